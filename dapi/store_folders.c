/* SPDX-License-Identifier: ISC */
/* The table of groups follows the folders: groups_follow(). */
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path.h"
#include "dapi/store_groups_parts.h"

#define FOLDERS_DIR "etc/shared"

/* Names in the order of strcmp(). */
struct folders_list {
	char **fl_v;
	size_t fl_n, fl_cap;
};

/* A run: what is there, what is known, who lost a group. */
struct folders {
	struct store *fo_store;
	enum groups_sync fo_sync;
	struct folders_list fo_disk, fo_table;
	uint32_t *fo_agents;
	size_t fo_n, fo_cap;
	size_t fo_added, fo_gone;
};

/* --- lists ------------------------------------------------------------- */

static int
folders_add(struct folders_list *fl, const char *name, size_t len)
{
	size_t want = fl->fl_cap == 0 ? 64 : fl->fl_cap * 2;
	char **v;

	if (fl->fl_n == fl->fl_cap) {
		v = reallocarray(fl->fl_v, want, sizeof(*v));
		if (v == NULL)
			return (-1);
		fl->fl_v = v;
		fl->fl_cap = want;
	}
	fl->fl_v[fl->fl_n] = strndup(name, len);
	if (fl->fl_v[fl->fl_n] == NULL)
		return (-1);
	fl->fl_n++;
	return (0);
}

static int
folders_compare(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

static void
folders_sort(struct folders_list *fl)
{
	if (fl->fl_n > 0)
		qsort(fl->fl_v, fl->fl_n, sizeof(*fl->fl_v), folders_compare);
}

static void
folders_free(struct folders_list *fl)
{
	size_t i;

	for (i = 0; i < fl->fl_n; i++)
		free(fl->fl_v[i]);
	free(fl->fl_v);
}

/* --- both sides -------------------------------------------------------- */

/*
 * An entry of the directory: added when it is a folder that may be a group; a
 * link to one is none. One that cannot be looked at is an error: to take it for
 * absent would delete the group.
 */
static int
folders_entry(struct folders_list *fl, int dfd, const char *name)
{
	int fd;

	if (!groups_name(name))
		return (0);
	fd = path_open(dfd, name, O_PATH | O_DIRECTORY, 0);
	if (fd == -1)
		return (errno == ENOENT || errno == ENOTDIR || errno == ELOOP ?
		        0 :
		        -1);
	close(fd);
	return (folders_add(fl, name, strlen(name)));
}

static int
folders_read(DIR *dir, struct folders_list *fl)
{
	struct dirent *de;

	for (;;) {
		errno = 0;
		de = readdir(dir);
		if (de == NULL)
			return (errno == 0 ? 0 : -1);
		if (folders_entry(fl, dirfd(dir), de->d_name) == -1)
			return (-1);
	}
}

static int
folders_disk(int rootfd, struct folders_list *fl)
{
	DIR *dir;
	int rv;

	dir = path_list(rootfd, FOLDERS_DIR);
	if (dir == NULL && errno == ENOENT)
		return (0);
	if (dir == NULL) {
		log_error("%s", FOLDERS_DIR);
		return (-1);
	}
	rv = folders_read(dir, fl);
	if (rv == -1)
		log_error("%s", FOLDERS_DIR);
	closedir(dir);
	folders_sort(fl);
	return (rv);
}

static int
folders_table_row(void *arg, const struct store_val *col, size_t n)
{
	if (col[0].sv_type != SV_TEXT)
		return (0);
	return (folders_add(arg, col[0].sv_text, col[0].sv_len));
}

static int
folders_table(struct store *st, struct folders_list *fl)
{
	if (store_run(st, "SELECT name FROM `group`", NULL, 0,
	        folders_table_row, fl) != STORE_OK)
		return (-1);
	folders_sort(fl);
	return (0);
}

/* --- what differs ------------------------------------------------------ */

static int
folders_agent_row(void *arg, const struct store_val *col, size_t n)
{
	struct folders *fo = arg;
	size_t want = fo->fo_cap == 0 ? 256 : fo->fo_cap * 2;
	uint32_t *v;

	if (fo->fo_n == fo->fo_cap) {
		v = reallocarray(fo->fo_agents, want, sizeof(*v));
		if (v == NULL)
			return (-1);
		fo->fo_agents = v;
		fo->fo_cap = want;
	}
	fo->fo_agents[fo->fo_n++] = (uint32_t)store_int(&col[0]);
	return (0);
}

/* The memberships go with the group's row. */
static enum store_rc
folders_delete(struct folders *fo, const char *name)
{
	const struct store_val v = SV_OF_TEXT(name);
	enum store_rc r;

	log_info("group %s: its folder is gone", name);
	fo->fo_gone++;
	r = store_run(fo->fo_store,
	    "SELECT id_agent FROM belongs WHERE id_group ="
	    " (SELECT id FROM `group` WHERE name = ?1)",
	    &v, 1, folders_agent_row, fo);
	if (r == STORE_OK)
		r = store_run(fo->fo_store,
		    "DELETE FROM `group` WHERE name = ?1", &v, 1, NULL, NULL);
	return (r);
}

static enum store_rc
folders_insert(struct folders *fo, const char *name)
{
	const struct store_val v = SV_OF_TEXT(name);

	fo->fo_added++;
	return (store_run(fo->fo_store,
	    "INSERT INTO `group` (name) VALUES (?1)", &v, 1, NULL, NULL));
}

/* Agents that lost a group, or several. */
static enum store_rc
folders_agents(struct folders *fo)
{
	enum store_rc r;
	int64_t home;
	size_t i;

	r = groups_find(fo->fo_store, GROUPS_DEFAULT, &home);
	for (i = 0; i < fo->fo_n && r == STORE_OK; i++) {
		r = groups_home(fo->fo_store, fo->fo_agents[i], home);
		if (r == STORE_OK)
			r = groups_write(
			    fo->fo_store, fo->fo_agents[i], fo->fo_sync);
	}
	return (r);
}

/* Both lists are sorted: one walk finds what only one of them has. */
static enum store_rc
folders_merge(struct folders *fo)
{
	const struct folders_list *disk = &fo->fo_disk, *table = &fo->fo_table;
	enum store_rc r = STORE_OK;
	size_t d = 0, t = 0;
	int c;

	while (r == STORE_OK && (d < disk->fl_n || t < table->fl_n)) {
		c = d == disk->fl_n  ? 1 :
		    t == table->fl_n ? -1 :
		                       strcmp(disk->fl_v[d], table->fl_v[t]);
		if (c < 0)
			r = folders_insert(fo, disk->fl_v[d]);
		else if (c > 0)
			r = folders_delete(fo, table->fl_v[t]);
		d += c <= 0;
		t += c >= 0;
	}
	return (r == STORE_OK ? folders_agents(fo) : r);
}

static bool
folders_same(const struct folders *fo)
{
	size_t i;

	if (fo->fo_disk.fl_n != fo->fo_table.fl_n)
		return (false);
	for (i = 0; i < fo->fo_disk.fl_n; i++)
		if (strcmp(fo->fo_disk.fl_v[i], fo->fo_table.fl_v[i]) != 0)
			return (false);
	return (true);
}

static int
folders_apply(struct folders *fo)
{
	enum store_rc r;

	if (folders_same(fo))
		return (0);
	if (fo->fo_disk.fl_n == 0) {
		log_warnx("%s has no folder of a group: the %zu groups of the "
		          "store are left as they are",
		    FOLDERS_DIR, fo->fo_table.fl_n);
		return (0);
	}
	r = store_tx(fo->fo_store, STORE_WRITE);
	if (r == STORE_OK)
		r = folders_merge(fo);
	if (r == STORE_OK)
		r = store_tx(fo->fo_store, STORE_COMMIT);
	if (r == STORE_OK) {
		log_info("groups: %zu added, %zu deleted", fo->fo_added,
		    fo->fo_gone);
		return (0);
	}
	store_tx(fo->fo_store, STORE_ROLLBACK);
	log_errorx(
	    "the groups could not be brought in step with %s", FOLDERS_DIR);
	return (-1);
}

int
groups_follow(struct store *st, int rootfd, enum groups_sync sync)
{
	struct folders fo;
	int rv;

	memset(&fo, 0, sizeof(fo));
	fo.fo_store = st;
	fo.fo_sync = sync;
	rv = folders_disk(rootfd, &fo.fo_disk);
	if (rv == 0)
		rv = folders_table(st, &fo.fo_table);
	if (rv == 0)
		rv = folders_apply(&fo);
	folders_free(&fo.fo_disk);
	folders_free(&fo.fo_table);
	free(fo.fo_agents);
	return (rv);
}
