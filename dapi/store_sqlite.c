/* SPDX-License-Identifier: ISC */
/*
 * The embedded store: the manager's databases through SQLite, in the process
 * that writes as in those that read. global.db, tasks.db and mitre.db stay
 * open; of the agents' databases, which there is one of for each, those used
 * last. Which process may what is told in store_handle.c.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path.h"
#include "common/proc.h"
#include "dapi/store.h"
#include "dapi/store_handle.h"
#include "dapi/store_recover.h"
#include "dapi/store_vfs.h"

#define FOREIGN_STORE "bin/wazuh-db"

#define SQ_AGENTS 64 /* agents' databases open at once */
#define SQ_FIXED  3 /* the other ones */
#define SQ_BUSY   1000000000ULL /* ns to wait for a lock at most */

struct sq_agent {
	uint64_t sa_used; /* sq_tick when last used; 0: free */
	struct handle sa_handle;
};

struct sq {
	int sq_rootfd;
	bool sq_writer;
	uint64_t sq_tick;
	struct handle_clock sq_clock;
	struct handle sq_fixed[SQ_FIXED]; /* by enum store_kind */
	struct sq_agent sq_agent[SQ_AGENTS];
};

static void
sq_timer(struct sq *sq, uint64_t deadline)
{
	sq->sq_clock.hc_deadline = deadline;
	sq->sq_clock.hc_patience = proc_now() + SQ_BUSY;
	if (deadline != 0 && deadline < sq->sq_clock.hc_patience)
		sq->sq_clock.hc_patience = deadline;
}

/* --- handles ----------------------------------------------------------- */

/* That of an agent, where it is among those in use. */
static struct sq_agent *
sq_known(struct sq *sq, uint32_t agent)
{
	struct sq_agent *sa;
	size_t i;

	for (i = 0; i < SQ_AGENTS; i++) {
		sa = &sq->sq_agent[i];
		if (sa->sa_used != 0 &&
		    sa->sa_handle.hd_which.sd_agent == agent)
			return (sa);
	}
	return (NULL);
}

/* A free place, or that of the one not used for longest. */
static struct sq_agent *
sq_place(struct sq *sq, uint32_t agent)
{
	struct sq_agent *sa, *old = NULL;
	size_t i;

	for (i = 0; i < SQ_AGENTS; i++) {
		sa = &sq->sq_agent[i];
		if ((old == NULL || sa->sa_used < old->sa_used) &&
		    !handle_busy(&sa->sa_handle))
			old = sa;
	}
	if (old == NULL) {
		log_errorx(
		    "%d databases of agents are in use at once", SQ_AGENTS);
		return (NULL);
	}
	handle_close(&old->sa_handle);
	handle_init(&old->sa_handle, sq->sq_rootfd, sq->sq_writer,
	    &sq->sq_clock, SD_AGENT(agent));
	return (old);
}

/* The handle of a database, which may not be open yet; NULL: none is free. */
static struct handle *
sq_handle(struct sq *sq, struct store_db db)
{
	struct sq_agent *sa;
	struct handle *hd;

	if (db.sd_kind == STORE_GLOBAL)
		return (&sq->sq_fixed[STORE_GLOBAL]);
	if (db.sd_kind == STORE_AGENT) {
		sa = sq_known(sq, db.sd_agent);
		if (sa == NULL)
			sa = sq_place(sq, db.sd_agent);
		if (sa == NULL)
			return (NULL);
		sa->sa_used = ++sq->sq_tick;
		hd = &sa->sa_handle;
	} else
		hd = &sq->sq_fixed[db.sd_kind];
	/* An agent was deleted, what is known of attacks was replaced. */
	if (!handle_busy(hd) && handle_moved(hd))
		handle_close(hd);
	return (hd);
}

/* --- open and close ---------------------------------------------------- */

/*
 * wazuh-db would not know of rows that somebody else writes, so a tree that
 * has it is not ours to serve with this store.
 */
static bool
sq_foreign(int rootfd)
{
	int fd;

	fd = path_open(rootfd, FOREIGN_STORE, O_PATH, 0);
	if (fd != -1)
		close(fd);
	return (fd != -1 || (errno != ENOENT && errno != ENOTDIR));
}

/*
 * The writer is ready when readers find all they may need. Without tasks.db or
 * mitre.db only those calls fail that are about them.
 */
static int
sq_prepare(struct sq *sq, char *why)
{
	struct handle *hd = &sq->sq_fixed[STORE_GLOBAL];
	size_t i;

	if (handle_make(hd, why) == -1 || handle_open(hd, why) != STORE_OK)
		return (-1);
	for (i = 0; i < SQ_FIXED; i++) {
		hd = &sq->sq_fixed[i];
		if (i != STORE_GLOBAL &&
		    (handle_make(hd, why) == -1 ||
		        handle_open(hd, why) != STORE_OK))
			log_errorx("%s; calls that need it are refused", why);
	}
	recover_run(sq->sq_rootfd, &sq->sq_clock);
	return (0);
}

static void
sq_close(void *self)
{
	struct sq *sq = self;
	size_t i;

	/* global.db last: readers that are still there need its log. */
	for (i = 0; i < SQ_AGENTS; i++)
		handle_close(&sq->sq_agent[i].sa_handle);
	for (i = SQ_FIXED; i-- > 0;)
		handle_close(&sq->sq_fixed[i]);
	free(sq);
}

static void *
sq_open(int rootfd, bool writer, char *why)
{
	static const struct store_db fixed[SQ_FIXED] = { { STORE_GLOBAL, 0 },
		{ STORE_TASKS, 0 }, { STORE_MITRE, 0 } };
	struct sq *sq;
	size_t i;

	if (sq_foreign(rootfd)) {
		snprintf(why, STORE_WHY,
		    "the tree has %s: the embedded store "
		    "is for trees without it",
		    FOREIGN_STORE);
		return (NULL);
	}
	sq = calloc(1, sizeof(*sq));
	if (sq == NULL || vfs_enter(rootfd) == -1) {
		snprintf(why, STORE_WHY, "SQLite cannot be set up");
		free(sq);
		return (NULL);
	}
	sq->sq_rootfd = rootfd;
	sq->sq_writer = writer;
	for (i = 0; i < SQ_FIXED; i++)
		handle_init(
		    &sq->sq_fixed[i], rootfd, writer, &sq->sq_clock, fixed[i]);
	sq_timer(sq, 0);
	if (writer && sq_prepare(sq, why) == -1) {
		sq_close(sq);
		return (NULL);
	}
	return (sq);
}

/* --- operations -------------------------------------------------------- */

static enum store_rc
sq_run(void *self, struct store_db db, const struct store_job *job,
    uint64_t deadline)
{
	struct sq *sq = self;
	struct handle *hd;

	sq_timer(sq, deadline);
	if (deadline != 0 && proc_now() >= deadline)
		return (STORE_LATE);
	hd = sq_handle(sq, db);
	return (hd == NULL ? STORE_FAILED : handle_run(hd, job));
}

static enum store_rc
sq_tx(void *self, struct store_db db, enum store_tx tx, uint64_t deadline)
{
	struct sq *sq = self;
	struct handle *hd;

	sq_timer(sq, tx == STORE_ROLLBACK ? 0 : deadline);
	hd = sq_handle(sq, db);
	return (hd == NULL ? STORE_FAILED : handle_tx(hd, tx));
}

static enum store_rc
sq_has(void *self, struct store_db db)
{
	struct sq *sq = self;
	struct handle hd;

	handle_init(&hd, sq->sq_rootfd, false, &sq->sq_clock, db);
	return (handle_there(&hd));
}

static enum store_rc
sq_make(void *self, struct store_db db, uint64_t deadline)
{
	struct sq *sq = self;
	char why[STORE_WHY];
	struct handle hd;

	sq_timer(sq, deadline);
	if (!sq->sq_writer) {
		log_errorx("a reader was to make a database");
		return (STORE_FAILED);
	}
	handle_init(&hd, sq->sq_rootfd, true, &sq->sq_clock, db);
	if (handle_make(&hd, why) == 0)
		return (STORE_OK);
	if (deadline != 0 && proc_now() >= deadline)
		return (STORE_LATE);
	log_errorx("%s", why);
	return (STORE_FAILED);
}

static enum store_rc
sq_drop(void *self, uint32_t agent)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	struct sq *sq = self;
	struct sq_agent *sa;
	char path[64];
	size_t i;

	sa = sq_known(sq, agent);
	if (sa != NULL) {
		if (handle_busy(&sa->sa_handle)) {
			log_errorx("%s is in use", sa->sa_handle.hd_path);
			return (STORE_FAILED);
		}
		handle_close(&sa->sa_handle);
		sa->sa_used = 0;
	}
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "queue/db/%03" PRIu32 ".db%s",
		    agent, ends[i]);
		if (path_unlink(sq->sq_rootfd, path, 0) == -1 &&
		    errno != ENOENT) {
			log_warn("%s", path);
			return (STORE_FAILED);
		}
	}
	return (STORE_OK);
}

const struct store_ops store_sqlite = {
	.so_name = "embedded",
	.so_registry = true,
	.so_open = sq_open,
	.so_close = sq_close,
	.so_run = sq_run,
	.so_tx = sq_tx,
	.so_has = sq_has,
	.so_make = sq_make,
	.so_drop = sq_drop,
};
