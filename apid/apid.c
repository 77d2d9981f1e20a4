/* SPDX-License-Identifier: ISC */
/*
 * wazuh-apid: options, one instance, the start. The same file runs the roles
 * http and logd when the parent executes it with --role.
 */
#include <sys/types.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/logd.h"
#include "apid/parent.h"
#include "apid/tls.h"
#include "apid/worker.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/path.h"
#include "common/proc.h"

#ifndef WAZUH_HOME_DEFAULT
#define WAZUH_HOME_DEFAULT "/var/ossec"
#endif

/* Descriptors: links, connections of a worker, and some. */
#define APID_FILES 65536

struct apid_options {
	bool ao_foreground, ao_test, ao_version, ao_keeproot;
	const char *ao_conf, *ao_home;
};

static void __attribute__((noreturn)) apid_usage(int status)
{
	fprintf(status == 0 ? stdout : stderr,
	    "usage: wazuh-apid [-fhrtVd] [-c FILE] [-H DIR]\n"
	    "  -f       stay in the foreground\n"
	    "  -t       check the configuration and exit\n"
	    "  -r       run as root: drop no privileges (sandbox stays)\n"
	    "  -c FILE  read FILE instead of api/configuration/api.yaml\n"
	    "  -H DIR   the install root (default: where the program is\n"
	    "           installed, else " WAZUH_HOME_DEFAULT ")\n"
	    "  -V       print the version and exit\n"
	    "  -d       accepted; the level of the log is in api.yaml\n");
	exit(status);
}

static void
apid_options(int argc, char *argv[], struct apid_options *ao)
{
	int c;

	memset(ao, 0, sizeof(*ao));
	while ((c = getopt(argc, argv, "fhrtVdc:H:")) != -1) {
		switch (c) {
		case 'f':
			ao->ao_foreground = true;
			break;
		case 'r':
			ao->ao_keeproot = true;
			break;
		case 't':
			ao->ao_test = true;
			break;
		case 'V':
			ao->ao_version = true;
			break;
		case 'd':
			break;
		case 'c':
			ao->ao_conf = optarg;
			break;
		case 'H':
			ao->ao_home = optarg;
			break;
		default:
			apid_usage(c == 'h' ? 0 : 2);
		}
	}
	if (optind != argc)
		apid_usage(2);
}

/* The tree: -H, else WAZUH_HOME, else above bin/ when it is one, else ours. */
static void
apid_home(struct parent *pa, const char *home)
{
	char exe[PATH_MAX], probe[PATH_MAX + 16], real[PATH_MAX], *p;
	ssize_t n;

	if (home == NULL)
		home = getenv("WAZUH_HOME");
	if (home == NULL) {
		n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
		exe[n > 0 ? n : 0] = '\0';
		p = strrchr(exe, '/');
		if (p != NULL)
			*p = '\0';
		p = strrchr(exe, '/');
		if (p != NULL && strcmp(p, "/bin") == 0) {
			*p = '\0';
			snprintf(
			    probe, sizeof(probe), "%s/etc/ossec.conf", exe);
			if (access(probe, F_OK) == 0)
				home = exe;
		}
	}
	if (home == NULL)
		home = WAZUH_HOME_DEFAULT;
	if (realpath(home, real) == NULL)
		fatal("%s", home);
	memcpy(pa->pa_root, real, sizeof(pa->pa_root));
	pa->pa_rootfd = open(pa->pa_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pa->pa_rootfd == -1)
		fatal("%s", pa->pa_root);
}

/*
 * Who owns the tree: the user wazuh on a manager, else whoever has var/run.
 * Root only when asked for (-r, drop_privileges: no) or when it is a tree of
 * root's, where there is nobody to become.
 */
static void
apid_owner(struct parent *pa)
{
	struct passwd *pw = getpwnam("wazuh");
	struct stat st;

	pa->pa_isroot = geteuid() == 0;
	if (fstatat(pa->pa_rootfd, "var/run", &st, 0) == -1)
		fatal("%s/var/run: not an install root? (make one with "
		      "gatehouse init)",
		    pa->pa_root);
	pa->pa_uid = st.st_uid;
	pa->pa_gid = st.st_gid;
	if (fstatat(pa->pa_rootfd, "etc/client.keys", &st, 0) == 0 &&
	    st.st_uid != 0) {
		pa->pa_uid = st.st_uid;
		pa->pa_gid = st.st_gid;
	} else if (pw != NULL && pa->pa_uid == 0) {
		pa->pa_uid = pw->pw_uid;
		pa->pa_gid = pw->pw_gid;
	}
	if (pa->pa_keeproot || !pa->pa_conf->cf_drop_privileges) {
		pa->pa_uid = 0;
		pa->pa_gid = 0;
	}
}

static void
apid_dir(struct parent *pa, const char *path, mode_t mode, bool owner)
{
	int fd;

	if (path_mkdirs(pa->pa_rootfd, path, mode) == -1)
		fatal("%s/%s", pa->pa_root, path);
	fd = path_open(pa->pa_rootfd, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd == -1)
		fatal("%s/%s", pa->pa_root, path);
	if (pa->pa_isroot && owner && fchown(fd, pa->pa_uid, pa->pa_gid) == -1)
		fatal("%s/%s", pa->pa_root, path);
	if (fchmod(fd, mode) == -1)
		fatal("%s/%s", pa->pa_root, path);
	close(fd);
}

/* Folders of ours that a manager's tree does not have. */
static void
apid_dirs(struct parent *pa)
{
	apid_dir(pa, "logs/gatehouse/", 0750, true);
	apid_dir(pa, "var/run/gatehouse/", 0755, false);
	apid_dir(pa, "var/run/gatehouse/empty/", 0555, false);
}

/* One server an instance. false: another one has it. */
static bool
apid_lock(struct parent *pa)
{
	pa->pa_lockfd = path_open(
	    pa->pa_rootfd, "var/run/gatehouse/lock", O_RDWR | O_CREAT, 0600);
	if (pa->pa_lockfd == -1)
		fatal("%s/var/run/gatehouse/lock", pa->pa_root);
	return (flock(pa->pa_lockfd, LOCK_EX | LOCK_NB) == 0);
}

static void
apid_counts(struct parent *pa)
{
	const struct conf *cf = pa->pa_conf;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int r;

	for (r = ROLE_PARENT + 1; r < ROLE__MAX; r++)
		pa->pa_count[r] = 1;
	pa->pa_count[ROLE_PARENT] = 1;
	pa->pa_count[ROLE_HTTP] = cf->cf_http_workers != 0 ?
	    (unsigned int)cf->cf_http_workers :
	    cores > 16 ? 16 :
	    cores < 1  ? 1 :
	                 (unsigned int)cores;
	pa->pa_count[ROLE_READ] = (unsigned int)cf->cf_read_workers;
	pa->pa_count[ROLE_HASH] = (unsigned int)cf->cf_hash_workers;
}

static void
apid_limits(void)
{
	struct rlimit rl;

	rl.rlim_cur = rl.rlim_max = APID_FILES;
	if (setrlimit(RLIMIT_NOFILE, &rl) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		log_warn("RLIMIT_NOFILE");
}

/*
 * Into the background. The first process stays until the server says that
 * everything is up, so that a script that starts it can go on safely.
 */
static void
apid_daemon(struct parent *pa)
{
	char byte;
	pid_t pid;
	ssize_t n;
	int fd[2], null;

	if (pipe2(fd, O_CLOEXEC) == -1)
		fatal("pipe");
	pid = fork();
	if (pid == -1)
		fatal("fork");
	if (pid > 0) {
		close(fd[1]);
		do {
			n = read(fd[0], &byte, 1);
		} while (n == -1 && errno == EINTR);
		if (n != 1)
			fprintf(stderr,
			    "wazuh-apid: the start failed; see "
			    "%s/logs/gatehouse/\n",
			    pa->pa_root);
		_exit(n == 1 ? 0 : 1);
	}
	close(fd[0]);
	pa->pa_readyfd = fd[1];
	if (setsid() == -1)
		fatal("setsid");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 || dup2(null, STDERR_FILENO) == -1)
		fatal("/dev/null");
	close(null);
}

/* Descriptors 0 to 2 must be taken, or a link might become one of them. */
static void
apid_stdio(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

static int
apid_serve(struct parent *pa, struct conf *cf)
{
	apid_limits();
	if (handout_prepare(pa, cf) == -1)
		return (1);
	apid_counts(pa);
	if (spawn_setup(pa) == -1)
		return (1);
	if (!pa->pa_foreground)
		apid_daemon(pa);
	pidfile_clean(pa);
	pidfile_write(pa, ROLE_PARENT, getpid());
	return (parent_run(pa));
}

static int
apid_main(int argc, char *argv[])
{
	static struct parent self;
	struct parent *pa = &self;
	struct apid_options ao;
	struct conf *cf;
	const char *base = strrchr(argv[0], '/');
	char line[32];
	bool cluster;

	apid_stdio();
	base = base != NULL ? base + 1 : argv[0];
	cluster = strcmp(base, "wazuh-clusterd") == 0;
	log_init(base, LOGL_INFO);
	apid_options(argc, argv, &ao);
	if (ao.ao_version) {
		printf("Gatehouse " PACKAGE_VERSION ", Wazuh API 4.14.9\n");
		return (0);
	}
	parent_env = pa;
	pa->pa_foreground = ao.ao_foreground;
	pa->pa_keeproot = ao.ao_keeproot;
	pa->pa_confpath = ao.ao_conf;
	pa->pa_readyfd = pa->pa_tlsfd = -1;
	umask(0027);
	apid_home(pa, ao.ao_home);
	if (handout_load(pa, &cf) == -1)
		return (1);
	if (ao.ao_test) {
		conf_free(&cf);
		return (0);
	}
	pa->pa_conf = cf;
	apid_owner(pa);
	apid_dirs(pa);
	if (!apid_lock(pa)) {
		snprintf(line, sizeof(line), "start %s",
		    cluster ? "clusterd" : "apid");
		return (control_ask(pa->pa_rootfd, line) == 0 ? 0 : 1);
	}
	tls_init();
	pa->pa_conf = NULL;
	return (apid_serve(pa, cf));
}

int
main(int argc, char *argv[])
{
	static const struct proc_ops *const ops[] = { &http_ops, &logd_ops };

	if (argc > 1 && strcmp(argv[1], "--role") == 0)
		return (proc_main(argc, argv, ops, 2));
	return (apid_main(argc, argv));
}
