/* SPDX-License-Identifier: ISC */
/*
 * var/run/NAME-PID.pid with the original's names, which wazuh-control and the
 * status endpoint look for. The folder belongs to the tree's owner, so every
 * path goes through path.c: no link there leads root astray.
 */
#include <sys/types.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/parent.h"
#include "common/log.h"
#include "common/path.h"

static bool
pidfile_path(enum role role, pid_t pid, char *out, size_t len)
{
	if (roles[role].rr_pidname == NULL)
		return (false);
	snprintf(
	    out, len, "var/run/%s-%d.pid", roles[role].rr_pidname, (int)pid);
	return (true);
}

void
pidfile_write(struct parent *pa, enum role role, pid_t pid)
{
	char path[128], text[16];

	if (!pidfile_path(role, pid, path, sizeof(path)))
		return;
	snprintf(text, sizeof(text), "%d\n", (int)pid);
	if (path_write(pa->pa_rootfd, path, text, strlen(text), 0640,
	        pa->pa_isroot ? pa->pa_uid : (uid_t)-1,
	        pa->pa_isroot ? pa->pa_gid : (gid_t)-1) == -1)
		log_warn("%s", path);
}

void
pidfile_remove(struct parent *pa, enum role role, pid_t pid)
{
	char path[128];

	if (pidfile_path(role, pid, path, sizeof(path)) &&
	    path_unlink(pa->pa_rootfd, path, 0) == -1 && errno != ENOENT)
		log_warn("%s", path);
}

/* The process number in a name of ours, or 0. */
static pid_t
pidfile_pid(const char *name)
{
	size_t i, len;
	long pid;
	char *end;

	for (i = 0; i < ROLE__MAX; i++) {
		if (roles[i].rr_pidname == NULL)
			continue;
		len = strlen(roles[i].rr_pidname);
		if (strncmp(name, roles[i].rr_pidname, len) != 0 ||
		    name[len] != '-' || !isdigit((unsigned char)name[len + 1]))
			continue;
		pid = strtol(name + len + 1, &end, 10);
		if (strcmp(end, ".pid") == 0 && pid > 0)
			return ((pid_t)pid);
	}
	return (0);
}

/*
 * Files left by a server that was killed. The lock on the instance says that
 * no other one runs, so whoever has such a number now is somebody else.
 */
void
pidfile_clean(struct parent *pa)
{
	struct dirent *de;
	char path[300];
	DIR *d;

	d = path_list(pa->pa_rootfd, "var/run");
	if (d == NULL)
		return;
	while ((de = readdir(d)) != NULL) {
		if (pidfile_pid(de->d_name) == 0)
			continue;
		snprintf(path, sizeof(path), "var/run/%s", de->d_name);
		if (path_unlink(pa->pa_rootfd, path, 0) == 0)
			log_info("removed %s, left by an earlier run", path);
	}
	closedir(d);
}
