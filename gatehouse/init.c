/* SPDX-License-Identifier: ISC */
/*
 * gatehouse init: an instance that runs without a manager. Run again it makes
 * what is missing and leaves the rest alone.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/conf.h"
#include "common/path.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/init.h"
#include "gatehouse/users.h"

#define HOSTS_MAX 65536 /* bytes of the list of addresses */

struct init {
	const char *in_dir;
	const char *in_passwords;
	const char *in_owner;
	const char *in_port;
	struct buf in_hosts; /* YAML: what stands between the brackets */
	bool in_manager;
	bool in_from_env;
	struct users_env *in_env; /* users that it gives; NULL: none */
	int in_rootfd;
};

static void
init_host(struct init *in, const char *host)
{
	if (in->in_hosts.b_len > 0)
		buf_addz(&in->in_hosts, ", ");
	buf_addc(&in->in_hosts, '\'');
	for (; *host != '\0'; host++) {
		if (*host == '\'')
			buf_addc(&in->in_hosts, '\'');
		buf_addc(&in->in_hosts, *host);
	}
	buf_addc(&in->in_hosts, '\'');
}

static int
init_options(struct init *in, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "from-env", no_argument, NULL, 'e' },
		{ "host", required_argument, NULL, 'h' },
		{ "manager", no_argument, NULL, 'm' },
		{ "owner", required_argument, NULL, 'o' },
		{ "passwords", required_argument, NULL, 'p' },
		{ "port", required_argument, NULL, 'P' },
		{ NULL, 0, NULL, 0 },
	};
	int ch;

	while ((ch = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (ch) {
		case 'e':
			in->in_from_env = true;
			break;
		case 'h':
			init_host(in, optarg);
			break;
		case 'm':
			in->in_manager = true;
			break;
		case 'o':
			in->in_owner = optarg;
			break;
		case 'p':
			in->in_passwords = optarg;
			break;
		case 'P':
			in->in_port = optarg;
			break;
		default:
			return (-1);
		}
	}
	/* --host takes more than one. */
	if (in->in_hosts.b_len == 0 && optind != argc)
		return (-1);
	for (; optind < argc; optind++)
		init_host(in, argv[optind]);
	if (in->in_hosts.b_failed ||
	    (in->in_from_env && in->in_passwords != NULL))
		return (-1);
	if (in->in_manager &&
	    (in->in_owner != NULL || in->in_port != NULL ||
	        in->in_hosts.b_len > 0))
		return (-1);
	return (0);
}

/* Open the directory, made if it is not there. */
static int
init_open(struct init *in)
{
	if (!in->in_manager && mkdir(in->in_dir, 0750) == -1 &&
	    errno != EEXIST) {
		warn("%s", in->in_dir);
		return (-1);
	}
	in->in_rootfd = gatehouse_open(in->in_dir);
	return (in->in_rootfd == -1 ? -1 : 0);
}

/* --- owner -------------------------------------------------------------- */

/* A user's name, or a number, which needs no entry in passwd. */
static int
init_owner_named(const char *name, struct init_owner *io)
{
	struct passwd *pw;
	unsigned long n;
	char *end;

	pw = getpwnam(name);
	if (pw != NULL) {
		io->io_uid = pw->pw_uid;
		io->io_gid = pw->pw_gid;
		return (0);
	}
	errno = 0;
	n = strtoul(name, &end, 10);
	if (!isdigit((unsigned char)name[0]) || *end != '\0' || errno != 0 ||
	    n == 0 || n > INT32_MAX) {
		warnx("%s: no such user", name);
		return (-1);
	}
	io->io_uid = (uid_t)n;
	io->io_gid = (gid_t)n;
	return (0);
}

bool
init_owner_present(int rootfd, struct init_owner *io)
{
	static const char *const paths[] = { "etc/client.keys", "etc",
		"var/run" };
	struct stat st;
	size_t i;
	int fd, ret;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		fd = path_open(rootfd, paths[i], O_PATH, 0);
		if (fd == -1)
			continue;
		ret = fstat(fd, &st);
		(void)close(fd);
		if (ret == 0 && st.st_uid != 0) {
			io->io_uid = st.st_uid;
			io->io_gid = st.st_gid;
			return (true);
		}
	}
	return (false);
}

static int
init_find_owner(const struct init *in, struct init_owner *io)
{
	struct passwd *pw;
	struct conf *cf;

	if (geteuid() != 0) {
		if (in->in_owner != NULL &&
		    (init_owner_named(in->in_owner, io) == -1 ||
		        io->io_uid != geteuid())) {
			warnx("only root can make an instance for %s",
			    in->in_owner);
			return (-1);
		}
		io->io_uid = (uid_t)-1;
		io->io_gid = (gid_t)-1;
		return (0);
	}
	if (in->in_owner != NULL)
		return (init_owner_named(in->in_owner, io));
	if (init_owner_present(in->in_rootfd, io))
		return (0);
	pw = getpwnam("wazuh");
	if (pw != NULL)
		return (init_owner_named("wazuh", io));
	cf = conf_new();
	if (cf == NULL)
		err(GATEHOUSE_ERROR, NULL);
	io->io_uid = (uid_t)cf->cf_user_base;
	io->io_gid = (gid_t)cf->cf_user_base;
	conf_free(&cf);
	return (0);
}

/* --- making ------------------------------------------------------------- */

/* The top directory, when nothing was in it before. */
static int
init_top(const struct init *in, const struct init_owner *io)
{
	if ((io->io_uid != (uid_t)-1 &&
	        fchown(in->in_rootfd, 0, io->io_gid) == -1) ||
	    fchmod(in->in_rootfd, 0750) == -1) {
		warn("%s", in->in_dir);
		return (-1);
	}
	return (0);
}

/* What the environment says of the users: last, as it gives rights up. */
static int
init_env(const struct init *in)
{
	struct users us;
	int ret;

	memset(&us, 0, sizeof(us));
	us.us_dir = in->in_dir;
	us.us_rootfd = us.us_folder = -1;
	ret = users_env_make(&us, in->in_env);
	users_close(&us);
	return (ret);
}

/* users: whether there are some already. */
static int
init_make_users(const struct init *in, const struct init_owner *io, int users)
{
	if (in->in_env != NULL)
		return (init_env(in));
	if (users == 0)
		return (
		    init_rbac(in->in_rootfd, in->in_dir, in->in_passwords, io));
	if (in->in_passwords != NULL)
		warnx("%s is there already: --passwords changes nothing",
		    INIT_RBAC);
	return (0);
}

/* Everything that is missing, then the users. */
static int
init_make(struct init *in, const struct init_owner *io)
{
	struct init_settings is;
	struct buf hosts;
	unsigned int made;
	int users, ret;

	users = init_exists(in->in_rootfd, INIT_RBAC);
	if (users == -1)
		return (-1);
	if ((in->in_port != NULL || in->in_hosts.b_len > 0) &&
	    init_exists(in->in_rootfd, "api/configuration/api.yaml") == 1)
		warnx("api/configuration/api.yaml is there already: --port "
		      "and --host change nothing");
	buf_init(&hosts, HOSTS_MAX + 3);
	buf_addf(&hosts, "[%.*s]", (int)in->in_hosts.b_len,
	    in->in_hosts.b_data != NULL ? (const char *)in->in_hosts.b_data :
	                                  "");
	buf_addc(&hosts, '\0');
	is.is_port = in->in_port;
	is.is_hosts =
	    in->in_hosts.b_len > 0 ? (const char *)hosts.b_data : NULL;
	made = 0;
	ret = init_dirs(in->in_rootfd, io, &made);
	if (ret == 0)
		ret = init_files(in->in_rootfd, io, &is, &made);
	if (ret == 0)
		ret = init_make_users(in, io, users);
	buf_free(&hosts);
	if (ret == 0 && made == 0 && users == 1)
		printf("%s is complete, nothing to do\n", in->in_dir);
	else if (ret == 0)
		printf("%s is ready\n", in->in_dir);
	return (ret);
}

/* On a manager: the users, where the original would give default passwords. */
static int
init_manager(struct init *in)
{
	struct init_owner io;
	int users;

	users = init_exists(in->in_rootfd, INIT_RBAC);
	if (users == -1)
		return (-1);
	if (users == 1 && in->in_env == NULL) {
		printf("%s is there already, nothing to do\n", INIT_RBAC);
		return (0);
	}
	if (init_find_owner(in, &io) == -1)
		return (-1);
	return (init_make_users(in, &io, users));
}

/* Passwords of the environment are judged before anything is made. */
static int
init_read_env(struct init *in)
{
	int ret;

	if (!in->in_from_env)
		return (0);
	in->in_env = users_env_new();
	ret = users_env_read(in->in_env);
	if (ret == 0)
		users_env_free(&in->in_env);
	return (ret == -1 ? -1 : 0);
}

static int
init_run(struct init *in)
{
	struct init_owner io;
	enum init_state state;

	if (init_read_env(in) == -1 || init_open(in) == -1 ||
	    init_look(in->in_rootfd, in->in_dir, &state) == -1)
		return (-1);
	if (in->in_manager) {
		if (state == INIT_MANAGER)
			return (init_manager(in));
		warnx("%s: no manager, it has no bin/wazuh-db", in->in_dir);
		return (-1);
	}
	if (state == INIT_MANAGER) {
		warnx("%s is a manager (bin/wazuh-db): no instance can be made "
		      "in it. Gatehouse runs there with store: wdb, which is "
		      "the default; if %s is missing, "
		      "gatehouse -H %s init --manager makes it, and the "
		      "keys are made at the first start",
		    in->in_dir, INIT_RBAC, in->in_dir);
		return (-1);
	}
	if (state == INIT_FOREIGN) {
		warnx("%s: not empty, and not an instance", in->in_dir);
		return (-1);
	}
	if (init_find_owner(in, &io) == -1 ||
	    (state == INIT_EMPTY && init_top(in, &io) == -1))
		return (-1);
	return (init_make(in, &io));
}

int
init_main(const char *dir, int argc, char *argv[])
{
	struct init in;
	int ret;

	memset(&in, 0, sizeof(in));
	in.in_dir = dir;
	in.in_rootfd = -1;
	buf_init(&in.in_hosts, HOSTS_MAX);
	if (init_options(&in, argc, argv) == -1) {
		buf_free(&in.in_hosts);
		return (gatehouse_usage(argv[0]));
	}
	(void)umask(0077);
	ret = init_run(&in);
	if (fflush(stdout) != 0)
		ret = -1;
	buf_free(&in.in_hosts);
	users_env_free(&in.in_env);
	if (in.in_rootfd != -1)
		(void)close(in.in_rootfd);
	return (ret == 0 ? 0 : GATEHOUSE_ERROR);
}
