/* SPDX-License-Identifier: ISC */
/*
 * Databases of agents after a writer's death: see store_recover.h. With a
 * hundred thousand agents this is one reading of the directory; only files with
 * something beside them are opened.
 */
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path.h"
#include "dapi/store_handle.h"
#include "dapi/store_recover.h"

#define RECOVER_DIR "queue/db"
/* What wazuh-db copies new databases from: the sign that it was here. */
#define RECOVER_TEMPLATE RECOVER_DIR "/.template.db"

struct recover {
	int rc_rootfd;
	const struct handle_clock *rc_clock;
	bool rc_all; /* open every database */
	size_t rc_n; /* how many were */
};

/*
 * Is it "NNN.db" and something after it, as the store writes names? The rest is
 * left in *end_r.
 */
static bool
recover_name(const char *name, uint32_t *id_r, const char **end_r)
{
	char want[16], *end;
	unsigned long id;
	size_t len;

	if (*name < '0' || *name > '9')
		return (false);
	errno = 0;
	id = strtoul(name, &end, 10);
	if (errno != 0 || id > UINT32_MAX)
		return (false);
	snprintf(want, sizeof(want), "%03lu.db", id);
	len = strlen(want);
	if (strncmp(name, want, len) != 0)
		return (false);
	*id_r = (uint32_t)id;
	*end_r = name + len;
	return (true);
}

static void
recover_remove(const struct recover *rc, const char *name)
{
	char path[NAME_MAX + sizeof(RECOVER_DIR) + 1];

	snprintf(path, sizeof(path), "%s/%s", RECOVER_DIR, name);
	if (path_unlink(rc->rc_rootfd, path, 0) == -1 && errno != ENOENT)
		log_warn("%s", path);
}

/* Opening it is enough: see handle_journal(). */
static void
recover_agent(struct recover *rc, uint32_t id, const char *name)
{
	char why[STORE_WHY];
	struct handle hd;

	handle_init(&hd, rc->rc_rootfd, true, rc->rc_clock, SD_AGENT(id));
	switch (handle_open(&hd, why)) {
	case STORE_OK:
		rc->rc_n++;
		break;
	case STORE_NONE:
		/* Nobody's journal. */
		recover_remove(rc, name);
		break;
	default:
		log_errorx("%s", why);
	}
	handle_close(&hd);
}

static void
recover_entry(struct recover *rc, const char *name)
{
	const char *end;
	uint32_t id;

	if (*name == '.') {
		/* ".NNN.db.new": see handle_make(). */
		if (recover_name(name + 1, &id, &end) &&
		    strncmp(end, ".new", 4) == 0)
			recover_remove(rc, name);
		return;
	}
	if (!recover_name(name, &id, &end))
		return;
	if (*end == '\0' ? rc->rc_all :
	                   strcmp(end, "-journal") == 0 ||
	            strcmp(end, "-wal") == 0 || strcmp(end, "-shm") == 0)
		recover_agent(rc, id, name);
}

static bool
recover_foreign(int rootfd)
{
	int fd;

	fd = path_open(rootfd, RECOVER_TEMPLATE, O_PATH, 0);
	if (fd == -1)
		return (false);
	close(fd);
	return (true);
}

void
recover_run(int rootfd, const struct handle_clock *hc)
{
	struct recover rc = { .rc_rootfd = rootfd, .rc_clock = hc };
	struct dirent *de;
	DIR *dir;

	rc.rc_all = recover_foreign(rootfd);
	dir = path_list(rootfd, RECOVER_DIR);
	if (dir == NULL) {
		log_warn("%s", RECOVER_DIR);
		return;
	}
	while ((de = readdir(dir)) != NULL)
		recover_entry(&rc, de->d_name);
	closedir(dir);
	if (rc.rc_n > 0)
		log_info("%zu databases of agents were looked after", rc.rc_n);
	if (rc.rc_all && path_unlink(rootfd, RECOVER_TEMPLATE, 0) == -1)
		log_warn("%s", RECOVER_TEMPLATE);
}
