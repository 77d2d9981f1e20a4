/* SPDX-License-Identifier: ISC */
/*
 * The embedded store: queue/db/global.db through SQLite. One process writes;
 * it makes the file, keeps it in WAL mode and holds it open. The others open
 * it read-only, the shared-memory index too, so that they need no right to
 * write. A reader does not mind the writer's death: the log and its index stay
 * as they are, and where there is nothing to open yet, or the writer closed
 * it in order, each call tries again.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path.h"
#include "common/proc.h"
#include "dapi/store.h"
#include "dapi/store_schema.h"
#include "dapi/store_vfs.h"

#define GLOBAL_PATH   "queue/db/global.db"
#define GLOBAL_WRITER "file:/" GLOBAL_PATH
#define GLOBAL_READER "file:/" GLOBAL_PATH "?readonly_shm=1"
#define FOREIGN_STORE "bin/wazuh-db"

#define SQ_STMTS  32 /* prepared statements kept */
#define SQ_COLS   64 /* most columns of a row */
#define SQ_STEPS  1000 /* instructions between two looks at the clock */
#define SQ_BUSY   1000000000ULL /* ns to wait for a lock at most */
#define SQ_NAP    1000000L /* ns between two tries */
#define SQ_NUMBER 11 /* bytes of an id in a list, with its comma */

struct sq_stmt {
	sqlite3_stmt *ss_stmt;
	uint64_t ss_used; /* sq_clock when last used */
};

struct sq {
	int sq_rootfd;
	bool sq_writer;
	bool sq_told; /* that the file is not there */
	bool sq_tx; /* inside a transaction */
	size_t sq_rows; /* rows handed out in it */
	sqlite3 *sq_db; /* NULL: not open */
	uint64_t sq_deadline;
	uint64_t sq_patience; /* when to stop waiting for a lock */
	uint64_t sq_clock;
	struct sq_stmt sq_stmt[SQ_STMTS];
};

/* One statement to run, as so_run() got it. */
struct sq_job {
	const char *sj_sql;
	const struct store_val *sj_val;
	size_t sj_n;
	store_row sj_fn;
	void *sj_arg;
};

/* --- time -------------------------------------------------------------- */

static int
sq_progress(void *arg)
{
	struct sq *sq = arg;

	return (sq->sq_deadline != 0 && proc_now() >= sq->sq_deadline);
}

static int
sq_busy(void *arg, int tries)
{
	const struct timespec nap = { .tv_nsec = SQ_NAP };
	struct sq *sq = arg;

	if (proc_now() >= sq->sq_patience)
		return (0);
	nanosleep(&nap, NULL);
	return (1);
}

static void
sq_timer(struct sq *sq, uint64_t deadline)
{
	sq->sq_deadline = deadline;
	sq->sq_patience = proc_now() + SQ_BUSY;
	if (deadline != 0 && deadline < sq->sq_patience)
		sq->sq_patience = deadline;
}

/* --- open and close ---------------------------------------------------- */

static void
sq_disconnect(struct sq *sq)
{
	size_t i;

	for (i = 0; i < SQ_STMTS; i++) {
		sqlite3_finalize(sq->sq_stmt[i].ss_stmt);
		sq->sq_stmt[i].ss_stmt = NULL;
	}
	if (sq->sq_db != NULL && sqlite3_close(sq->sq_db) != SQLITE_OK)
		fatalx("%s: still in use at its end", GLOBAL_PATH);
	sq->sq_db = NULL;
}

/* Run constant text that answers nothing. */
static int
sq_exec(struct sq *sq, const char *sql)
{
	return (sqlite3_exec(sq->sq_db, sql, NULL, NULL, NULL) == SQLITE_OK ?
	        0 :
	        -1);
}

/* The first column of the first row as text, at most len bytes with NUL. */
static int
sq_one(struct sq *sq, const char *sql, char *out, size_t len)
{
	sqlite3_stmt *s;
	const char *text;
	int rv = -1;

	if (sqlite3_prepare_v2(sq->sq_db, sql, -1, &s, NULL) != SQLITE_OK)
		return (-1);
	if (sqlite3_step(s) == SQLITE_ROW) {
		text = (const char *)sqlite3_column_text(s, 0);
		if (text != NULL && strlen(text) < len) {
			memcpy(out, text, strlen(text) + 1);
			rv = 0;
		}
	}
	sqlite3_finalize(s);
	return (rv);
}

static int
sq_limits(struct sq *sq)
{
	if (sqlite3_extended_result_codes(sq->sq_db, 1) != SQLITE_OK ||
	    sqlite3_db_config(sq->sq_db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
	        0, NULL) != SQLITE_OK ||
	    sqlite3_db_config(sq->sq_db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) !=
	        SQLITE_OK ||
	    sqlite3_db_config(sq->sq_db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
	        NULL) != SQLITE_OK ||
	    sqlite3_busy_handler(sq->sq_db, sq_busy, sq) != SQLITE_OK)
		return (-1);
	sqlite3_limit(sq->sq_db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_progress_handler(sq->sq_db, SQ_STEPS, sq_progress, sq);
	return (sq_exec(sq, "PRAGMA temp_store = MEMORY") |
	    sq_exec(sq, "PRAGMA foreign_keys = ON"));
}

static int
sq_create(struct sq *sq)
{
	const char *const *sql;

	if (sq_exec(sq, "BEGIN IMMEDIATE") == -1)
		return (-1);
	for (sql = schema_global; *sql != NULL; sql++)
		if (sq_exec(sq, *sql) == -1)
			return (-1);
	return (sq_exec(sq, "COMMIT"));
}

/* Make the schema where there is none; refuse one that is not ours. */
static int
sq_schema(struct sq *sq, char *why)
{
	char num[16];

	if (sq->sq_writer &&
	    sq_one(sq, "SELECT count(*) FROM sqlite_master", num,
	        sizeof(num)) == 0 &&
	    strcmp(num, "0") == 0 && sq_create(sq) == -1)
		return (-1);
	if (sq_one(sq, "SELECT value FROM metadata WHERE key = 'db_version'",
	        num, sizeof(num)) == -1)
		return (-1);
	if (strtol(num, NULL, 10) == SCHEMA_GLOBAL_VERSION)
		return (0);
	snprintf(why, STORE_WHY, "%s has version %s of the schema, not %d",
	    GLOBAL_PATH, num, SCHEMA_GLOBAL_VERSION);
	return (-1);
}

/* Make the file with the mode that its companions take over. */
static int
sq_make(struct sq *sq)
{
	int fd;

	if (path_mkdirs(sq->sq_rootfd, GLOBAL_PATH, 0750) == -1)
		return (-1);
	fd = path_open(
	    sq->sq_rootfd, GLOBAL_PATH, O_RDWR | O_CREAT | O_EXCL, 0640);
	if (fd == -1)
		return (errno == EEXIST ? 0 : -1);
	if (fchmod(fd, 0640) == -1) {
		close(fd);
		return (-1);
	}
	close(fd);
	return (0);
}

static int
sq_wal(struct sq *sq, char *why)
{
	char mode[16];

	if (sqlite3_db_readonly(sq->sq_db, "main") != 0) {
		snprintf(why, STORE_WHY, "%s cannot be written", GLOBAL_PATH);
		return (-1);
	}
	if (sq_one(sq, "PRAGMA journal_mode = WAL", mode, sizeof(mode)) == -1 ||
	    strcmp(mode, "wal") != 0)
		return (-1);
	return (0);
}

/* Open the database. 0, or -1 with one line in why. */
static int
sq_connect(struct sq *sq, char *why)
{
	int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, rc;

	why[0] = '\0';
	if (sq->sq_writer && sq_make(sq) == -1) {
		snprintf(
		    why, STORE_WHY, "%s: %s", GLOBAL_PATH, strerror(errno));
		return (-1);
	}
	flags |= sq->sq_writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	rc = sqlite3_open_v2(sq->sq_writer ? GLOBAL_WRITER : GLOBAL_READER,
	    &sq->sq_db, flags, "unix");
	if (rc == SQLITE_OK && sq_limits(sq) == 0 &&
	    (!sq->sq_writer || sq_wal(sq, why) == 0) && sq_schema(sq, why) == 0)
		return (0);
	if (why[0] == '\0')
		snprintf(why, STORE_WHY, "%s: %s", GLOBAL_PATH,
		    sq->sq_db == NULL ? "no memory" :
		                        sqlite3_errmsg(sq->sq_db));
	sq_disconnect(sq);
	return (-1);
}

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

static void *
sq_open(int rootfd, bool writer, char *why)
{
	struct sq *sq;

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
	sq_timer(sq, 0);
	if (writer && sq_connect(sq, why) == -1) {
		free(sq);
		return (NULL);
	}
	return (sq);
}

static void
sq_close(void *self)
{
	struct sq *sq = self;

	sq_disconnect(sq);
	free(sq);
}

/* --- statements -------------------------------------------------------- */

/* The prepared statement of a text: kept, or made in the oldest's place. */
static sqlite3_stmt *
sq_prepare(struct sq *sq, const char *sql)
{
	struct sq_stmt *ss, *old = &sq->sq_stmt[0];
	size_t i;

	sq->sq_clock++;
	for (i = 0; i < SQ_STMTS; i++) {
		ss = &sq->sq_stmt[i];
		if (ss->ss_stmt != NULL &&
		    strcmp(sqlite3_sql(ss->ss_stmt), sql) == 0) {
			ss->ss_used = sq->sq_clock;
			return (ss->ss_stmt);
		}
		if (old->ss_stmt != NULL &&
		    (ss->ss_stmt == NULL || ss->ss_used < old->ss_used))
			old = ss;
	}
	sqlite3_finalize(old->ss_stmt);
	old->ss_stmt = NULL;
	if (sqlite3_prepare_v3(sq->sq_db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	        &old->ss_stmt, NULL) != SQLITE_OK)
		return (NULL);
	old->ss_used = sq->sq_clock;
	return (old->ss_stmt);
}

/* "[1,2,3]" for json_each(); SQLite frees it. */
static int
sq_bind_ids(sqlite3_stmt *s, int i, const uint32_t *ids, size_t n)
{
	char *text;
	size_t len = 1, k;
	int r;

	text = malloc(n * SQ_NUMBER + 3);
	if (text == NULL)
		return (SQLITE_NOMEM);
	text[0] = '[';
	for (k = 0; k < n; k++) {
		r = snprintf(text + len, SQ_NUMBER + 1, "%s%" PRIu32,
		    k == 0 ? "" : ",", ids[k]);
		len += (size_t)r;
	}
	text[len++] = ']';
	return (sqlite3_bind_text64(s, i, text, len, free, SQLITE_UTF8));
}

static int
sq_bind(sqlite3_stmt *s, int i, const struct store_val *v)
{
	switch (v->sv_type) {
	case SV_NULL:
		return (sqlite3_bind_null(s, i));
	case SV_INT:
		return (sqlite3_bind_int64(s, i, v->sv_int));
	case SV_REAL:
		return (sqlite3_bind_double(s, i, v->sv_real));
	case SV_TEXT:
		return (sqlite3_bind_text64(
		    s, i, v->sv_text, v->sv_len, SQLITE_STATIC, SQLITE_UTF8));
	case SV_IDS:
		return (sq_bind_ids(s, i, v->sv_ids, v->sv_nids));
	}
	return (SQLITE_MISUSE);
}

/* A list costs this for each of its fields, so only what counts is set. */
static void
sq_column(sqlite3_stmt *s, int i, struct store_val *v)
{
	v->sv_text = NULL;
	v->sv_len = 0;
	switch (sqlite3_column_type(s, i)) {
	case SQLITE_INTEGER:
		v->sv_type = SV_INT;
		v->sv_int = sqlite3_column_int64(s, i);
		break;
	case SQLITE_FLOAT:
		v->sv_type = SV_REAL;
		v->sv_real = sqlite3_column_double(s, i);
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		v->sv_text = (const char *)sqlite3_column_text(s, i);
		v->sv_len = (size_t)sqlite3_column_bytes(s, i);
		v->sv_type = v->sv_text == NULL ? SV_NULL : SV_TEXT;
		break;
	default:
		v->sv_type = SV_NULL;
	}
}

static int
sq_row(struct sq *sq, sqlite3_stmt *s, const struct sq_job *job)
{
	struct store_val col[SQ_COLS];
	int i, n = sqlite3_column_count(s);

	sq->sq_rows++;
	if (job->sj_fn == NULL)
		return (0);
	if (n > SQ_COLS)
		return (-1);
	for (i = 0; i < n; i++)
		sq_column(s, i, &col[i]);
	return (job->sj_fn(job->sj_arg, col, (size_t)n));
}

/* Run a job once. SQLITE_OK, SQLITE_ABORT (the row's function), an error. */
static int
sq_step(struct sq *sq, const struct sq_job *job)
{
	sqlite3_stmt *s;
	size_t i;
	int rc = SQLITE_OK;

	s = sq_prepare(sq, job->sj_sql);
	if (s == NULL)
		return (sqlite3_extended_errcode(sq->sq_db));
	for (i = 0; i < job->sj_n && rc == SQLITE_OK; i++)
		rc = sq_bind(s, (int)i + 1, &job->sj_val[i]);
	if (rc == SQLITE_OK)
		while ((rc = sqlite3_step(s)) == SQLITE_ROW)
			if (sq_row(sq, s, job) == -1)
				break;
	if (rc == SQLITE_ROW)
		rc = SQLITE_ABORT;
	/* The error was reported by the step; reset only repeats it. */
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return (rc == SQLITE_DONE ? SQLITE_OK : rc);
}

/*
 * Errors after which a reader opens the file anew: the writer has closed it,
 * or the index of the log that the reader maps is no longer the one in use.
 */
static bool
sq_gone(const struct sq *sq, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PROTOCOL:
	case SQLITE_IOERR:
	case SQLITE_NOTADB:
		return (!sq->sq_writer);
	default:
		return (false);
	}
}

static enum store_rc
sq_failed(struct sq *sq, int rc)
{
	if ((rc & 0xff) == SQLITE_INTERRUPT ||
	    ((rc & 0xff) == SQLITE_BUSY && sq->sq_deadline != 0 &&
	        proc_now() >= sq->sq_deadline))
		return (STORE_LATE);
	if (rc != SQLITE_ABORT)
		log_errorx("%s: %s", GLOBAL_PATH, sqlite3_errmsg(sq->sq_db));
	if (!sq_gone(sq, rc))
		return (STORE_FAILED);
	sq_disconnect(sq);
	return (STORE_NONE);
}

/* A reader's first use, or another try after the file was gone. */
static enum store_rc
sq_ready(struct sq *sq)
{
	char why[STORE_WHY];

	if (sq->sq_db != NULL)
		return (STORE_OK);
	if (sq_connect(sq, why) == -1) {
		if (!sq->sq_told)
			log_warnx("the store is not there yet: %s", why);
		sq->sq_told = true;
		return (STORE_NONE);
	}
	sq->sq_told = false;
	return (STORE_OK);
}

static enum store_rc
sq_job(struct sq *sq, const struct sq_job *job)
{
	const struct sq_job begin = { .sj_sql = "BEGIN" };
	enum store_rc r;
	int rc;

	if (!sq->sq_tx)
		sq->sq_rows = 0;
	r = sq_ready(sq);
	if (r != STORE_OK)
		return (r);
	rc = sq_step(sq, job);
	if (rc != SQLITE_OK && sq_gone(sq, rc) && sq->sq_rows == 0) {
		/* Nothing was handed out: nobody notices a new start. */
		sq_disconnect(sq);
		r = sq_ready(sq);
		if (r != STORE_OK)
			return (r);
		rc = sq->sq_tx ? sq_step(sq, &begin) : SQLITE_OK;
		if (rc == SQLITE_OK)
			rc = sq_step(sq, job);
	}
	return (rc == SQLITE_OK ? STORE_OK : sq_failed(sq, rc));
}

static enum store_rc
sq_run(void *self, const char *sql, const struct store_val *v, size_t n,
    store_row fn, void *arg, uint64_t deadline)
{
	struct sq *sq = self;
	const struct sq_job job = { sql, v, n, fn, arg };

	sq_timer(sq, deadline);
	if (sq_progress(sq))
		return (STORE_LATE);
	return (sq_job(sq, &job));
}

static enum store_rc
sq_tx(void *self, enum store_tx tx, uint64_t deadline)
{
	static const char *const words[] = {
		[STORE_READ] = "BEGIN",
		[STORE_WRITE] = "BEGIN IMMEDIATE",
		[STORE_COMMIT] = "COMMIT",
		[STORE_ROLLBACK] = "ROLLBACK",
	};
	struct sq *sq = self;
	const struct sq_job job = { .sj_sql = words[tx] };
	enum store_rc r;

	sq_timer(sq, tx == STORE_ROLLBACK ? 0 : deadline);
	if (tx == STORE_ROLLBACK &&
	    (sq->sq_db == NULL || sqlite3_get_autocommit(sq->sq_db))) {
		/* Some errors have undone it already. */
		sq->sq_tx = false;
		return (STORE_OK);
	}
	r = sq_job(sq, &job);
	sq->sq_tx = r == STORE_OK && (tx == STORE_READ || tx == STORE_WRITE);
	sq->sq_rows = 0;
	return (r);
}

static enum store_rc
sq_drop(void *self, uint32_t agent)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	struct sq *sq = self;
	char path[64];
	size_t i;

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
	.so_drop = sq_drop,
};
