/* SPDX-License-Identifier: ISC */
/*
 * The directories and files of an instance, with the owners and modes of a
 * normal installation. What is there already is never touched. Every path is
 * opened below the root without following links: parts of the tree belong to
 * a user with fewer rights than the caller may have.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/conf.h"
#include "common/path.h"
#include "gatehouse/init.h"

#ifndef GATEHOUSE_DATADIR
#define GATEHOUSE_DATADIR "/usr/share/gatehouse"
#endif
/* Where the shipped files may stand, parted by ':'. */
#ifndef GATEHOUSE_DATA_PATH
#define GATEHOUSE_DATA_PATH GATEHOUSE_DATADIR
#endif

#define DATA_MAX 1048576 /* bytes of a shipped file */

struct tree_dir {
	const char *td_path;
	mode_t td_mode;
	bool td_root; /* root's with the owner's group, not the owner's */
};

/* Parents stand before their children. */
static const struct tree_dir tree_dirs[] = {
	{ "api", 0750, true },
	{ "api/configuration", 0770, true },
	{ "api/configuration/security", 0770, true },
	{ "api/configuration/ssl", 0770, true },
	{ "backup", 0750, false },
	{ "backup/agents", 0750, false },
	{ "backup/db", 0750, false },
	{ "backup/shared", 0750, false },
	{ "bin", 0750, true },
	{ "etc", 0770, false },
	{ "etc/decoders", 0770, true },
	{ "etc/lists", 0770, true },
	{ "etc/rootcheck", 0770, true },
	{ "etc/rules", 0770, true },
	{ "etc/shared", 0770, true },
	{ "etc/shared/default", 0770, false },
	{ "logs", 0770, false },
	{ "logs/alerts", 0750, false },
	{ "logs/api", 0750, false },
	{ "logs/archives", 0750, false },
	{ "logs/cluster", 0750, false },
	{ "logs/firewall", 0750, false },
	{ "logs/gatehouse", 0750, false },
	{ "logs/wazuh", 0750, false },
	{ "queue", 0750, true },
	{ "queue/alerts", 0770, false },
	{ "queue/cluster", 0770, false },
	{ "queue/db", 0750, false },
	{ "queue/diff", 0750, false },
	{ "queue/fim", 0750, false },
	{ "queue/fts", 0750, false },
	{ "queue/indexer", 0750, false },
	{ "queue/rids", 0770, false },
	{ "queue/sockets", 0770, false },
	{ "queue/syscollector", 0750, false },
	{ "queue/tasks", 0770, false },
	{ "queue/vd", 0750, false },
	{ "ruleset", 0750, true },
	{ "ruleset/decoders", 0750, true },
	{ "ruleset/rules", 0750, true },
	{ "ruleset/sca", 0750, true },
	{ "stats", 0750, false },
	{ "tmp", 01770, true },
	{ "var", 0750, true },
	{ "var/db", 0770, true },
	{ "var/download", 0770, true },
	{ "var/multigroups", 0770, false },
	{ "var/run", 0770, true },
	{ "var/upgrade", 0770, true },
};

struct tree_file {
	const char *tf_path;
	mode_t tf_mode;
	bool tf_root;
	const char *tf_data; /* name of a shipped file, or NULL */
	const char *tf_text; /* else what is in it */
};

static const struct tree_file tree_files[] = {
	{ "VERSION.json", 0440, false, NULL,
	    "{\n    \"version\": \"4.14.9\",\n    \"stage\": \"alpha0\"\n}\n" },
	{ "etc/ossec.conf", 0660, true, "ossec.conf", NULL },
	{ "etc/client.keys", 0640, false, NULL, "" },
	{ "etc/shared/default/agent.conf", 0660, false, NULL,
	    "<agent_config>\n\n"
	    "  <!-- What every agent of this group is told. -->\n\n"
	    "</agent_config>\n" },
	{ "api/configuration/api.yaml", 0660, true, "api.yaml", NULL },
	{ "api/configuration/gatehouse.yaml", 0640, true, "gatehouse.yaml",
	    NULL },
	{ "api/configuration/security/security.yaml", 0660, false,
	    "security.yaml", NULL },
};

#define NDIRS  (sizeof(tree_dirs) / sizeof(tree_dirs[0]))
#define NFILES (sizeof(tree_files) / sizeof(tree_files[0]))

int
init_exists(int rootfd, const char *path)
{
	int fd;

	fd = path_open(rootfd, path, O_PATH, 0);
	if (fd != -1) {
		(void)close(fd);
		return (1);
	}
	if (errno == ENOENT)
		return (0);
	warn("%s", path);
	return (-1);
}

/* Is it a name that an instance has at its top? */
static bool
init_known(const char *name)
{
	size_t i;

	/* Left by an earlier run that did not come to its end. */
	if (strncmp(name, ".init.", 6) == 0)
		return (true);
	for (i = 0; i < NDIRS; i++)
		if (strcmp(tree_dirs[i].td_path, name) == 0)
			return (true);
	for (i = 0; i < NFILES; i++)
		if (strcmp(tree_files[i].tf_path, name) == 0)
			return (true);
	return (false);
}

int
init_look(int rootfd, const char *dir, enum init_state *state_r)
{
	struct dirent *de;
	bool known;
	DIR *d;
	int fd, n;

	fd = openat(rootfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd == -1 ? NULL : fdopendir(fd);
	if (d == NULL) {
		warn("%s", dir);
		return (-1);
	}
	for (known = true, n = 0; (de = readdir(d)) != NULL;) {
		if (strcmp(de->d_name, ".") == 0 ||
		    strcmp(de->d_name, "..") == 0)
			continue;
		n++;
		known = known && init_known(de->d_name);
	}
	(void)closedir(d);
	*state_r = n == 0 ? INIT_EMPTY : INIT_TREE;
	if (n == 0)
		return (0);
	/* A manager has more; /, a home directory and so on have others. */
	if (faccessat(rootfd, "bin/wazuh-db", F_OK, 0) == 0)
		*state_r = INIT_MANAGER;
	else if (!known) {
		n = init_exists(rootfd, "api/configuration");
		if (n == -1)
			return (-1);
		if (n == 0)
			*state_r = INIT_FOREIGN;
	}
	return (0);
}

/* Make a directory; 1, or 0 when it is there, or -1. */
static int
init_dir(int rootfd, const struct tree_dir *td, const struct init_owner *io)
{
	char parent[64];
	const char *base;
	uid_t uid;
	int dirfd, fd, ret;

	ret = init_exists(rootfd, td->td_path);
	if (ret != 0)
		return (ret == 1 ? 0 : -1);
	base = strrchr(td->td_path, '/');
	snprintf(parent, sizeof(parent), "%.*s",
	    base == NULL ? 1 : (int)(base - td->td_path),
	    base == NULL ? "." : td->td_path);
	base = base == NULL ? td->td_path : base + 1;
	dirfd = path_open(rootfd, parent, O_RDONLY | O_DIRECTORY, 0);
	fd = -1;
	if (dirfd != -1 && mkdirat(dirfd, base, 0700) == 0)
		fd = path_open(dirfd, base, O_RDONLY | O_DIRECTORY, 0);
	uid = td->td_root && io->io_uid != (uid_t)-1 ? 0 : io->io_uid;
	ret = 1;
	if (fd == -1 ||
	    (io->io_uid != (uid_t)-1 && fchown(fd, uid, io->io_gid) == -1) ||
	    fchmod(fd, td->td_mode) == -1) {
		warn("%s", td->td_path);
		ret = -1;
	}
	if (fd != -1)
		(void)close(fd);
	if (dirfd != -1)
		(void)close(dirfd);
	return (ret);
}

int
init_dirs(int rootfd, const struct init_owner *io, unsigned int *made_r)
{
	size_t i;
	int n;

	for (i = 0; i < NDIRS; i++) {
		n = init_dir(rootfd, &tree_dirs[i], io);
		if (n == -1)
			return (-1);
		*made_r += (unsigned int)n;
	}
	return (0);
}

/* A shipped file, from the first directory that has it. */
static int
init_data(const char *name, struct buf *out)
{
	char path[4096];
	const char *dir;
	uint8_t *p;
	size_t n;
	FILE *f;

	for (f = NULL, dir = GATEHOUSE_DATA_PATH; f == NULL; dir += n + 1) {
		n = strcspn(dir, ":");
		snprintf(path, sizeof(path), "%.*s/%s", (int)n, dir, name);
		f = fopen(path, "re");
		if (f == NULL && errno != ENOENT)
			warn("%s", path);
		if (dir[n] == '\0')
			break;
	}
	if (f == NULL) {
		warnx("%s: not found in %s", name, GATEHOUSE_DATA_PATH);
		return (-1);
	}
	do {
		p = buf_room(out, 4096);
		n = p == NULL ? 0 : fread(p, 1, 4096, f);
		out->b_len += n;
	} while (n > 0);
	n = ferror(f) || out->b_failed;
	if (n != 0)
		warnx("%s: cannot be read", path);
	(void)fclose(f);
	return (n == 0 ? 0 : -1);
}

/* The lines of the shipped files that are different in an instance. */
static int
init_settle(const struct tree_file *tf, const struct init_settings *is,
    struct buf *text)
{
	int ret;

	ret = 0;
	if (strcmp(tf->tf_data, "gatehouse.yaml") == 0)
		ret = init_set_line(text, "store", "embedded");
	if (strcmp(tf->tf_data, "api.yaml") == 0) {
		if (is->is_port != NULL)
			ret = init_set_line(text, "port", is->is_port);
		if (ret == 0 && is->is_hosts != NULL)
			ret = init_set_line(text, "host", is->is_hosts);
	}
	if (ret == -1)
		warnx("%s: the shipped file lacks a line", tf->tf_data);
	return (ret);
}

/* --port and --host are checked by what will read them. */
static int
init_verify(const struct tree_file *tf, const struct buf *text)
{
	struct buf error, warning;
	struct conf *cf;
	int ret;

	if (strcmp(tf->tf_data, "api.yaml") != 0)
		return (0);
	cf = conf_new();
	if (cf == NULL)
		err(1, NULL);
	buf_init(&error, DATA_MAX);
	buf_init(&warning, DATA_MAX);
	ret = conf_parse(cf, CONF_API, tf->tf_data, (const char *)text->b_data,
	    text->b_len, &error, &warning);
	if (ret == -1)
		warnx("%.*s", (int)error.b_len, (const char *)error.b_data);
	buf_free(&warning);
	buf_free(&error);
	conf_free(&cf);
	return (ret);
}

/* Make a file; 1, or 0 when it is there, or -1. */
static int
init_file(int rootfd, const struct tree_file *tf, const struct init_owner *io,
    const struct init_settings *is)
{
	struct buf text;
	uid_t uid;
	int ret;

	ret = init_exists(rootfd, tf->tf_path);
	if (ret != 0)
		return (ret == 1 ? 0 : -1);
	buf_init(&text, DATA_MAX);
	if (tf->tf_data == NULL)
		ret = buf_addz(&text, tf->tf_text);
	else if (init_data(tf->tf_data, &text) == -1 ||
	    init_settle(tf, is, &text) == -1 || init_verify(tf, &text) == -1)
		ret = -1;
	if (ret == 0) {
		uid = tf->tf_root && io->io_uid != (uid_t)-1 ? 0 : io->io_uid;
		ret = path_write(rootfd, tf->tf_path,
		    text.b_data != NULL ? (const char *)text.b_data : "",
		    text.b_len, tf->tf_mode, uid, io->io_gid);
		if (ret == -1)
			warn("%s", tf->tf_path);
	}
	buf_free(&text);
	return (ret == 0 ? 1 : -1);
}

int
init_files(int rootfd, const struct init_owner *io,
    const struct init_settings *is, unsigned int *made_r)
{
	size_t i;
	int n;

	for (i = 0; i < NFILES; i++) {
		n = init_file(rootfd, &tree_files[i], io, is);
		if (n == -1)
			return (-1);
		*made_r += (unsigned int)n;
	}
	return (0);
}
