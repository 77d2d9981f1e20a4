/* SPDX-License-Identifier: ISC */
/*
 * A database through SQLite. One process writes, the others open it read-only
 * and need no right to write. global.db is in WAL mode: the writer keeps it
 * open, and a reader, which opens the shared-memory index read-only too, does
 * not mind the writer's death. All others have a rollback journal. A writer
 * killed in the middle of a transaction leaves one behind that a reader may not
 * play back, so the reader waits for the next writer, which does it first of
 * all (store_recover.c).
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path.h"
#include "common/proc.h"
#include "dapi/store_handle.h"
#include "dapi/store_schema.h"

#define HANDLE_COLS   64 /* most columns of a row */
#define HANDLE_STEPS  1000 /* instructions between two looks at the clock */
#define HANDLE_NAP    1000000L /* ns between two tries */
#define HANDLE_HOT    2000000000ULL /* ns to wait for another writer */
#define HANDLE_NUMBER 11 /* bytes of an id in a list, with its comma */

struct handle_kind {
	const char *hk_dir;
	const char *hk_name; /* NULL: the number of the agent */
	enum schema_id hk_schema;
	const char *hk_journal;
	const char *hk_options; /* of a reader */
};

static const struct handle_kind handle_kinds[] = {
	[STORE_GLOBAL] = { "queue/db", "global.db", SCHEMA_GLOBAL, "wal",
	    "?readonly_shm=1" },
	[STORE_TASKS] = { "queue/tasks", "tasks.db", SCHEMA_TASKS, "delete",
	    "" },
	[STORE_MITRE] = { "var/db", "mitre.db", SCHEMA_MITRE, "delete", "" },
	[STORE_AGENT] = { "queue/db", NULL, SCHEMA_AGENT, "delete", "" },
};

static const struct handle_kind *
handle_kind(const struct handle *hd)
{
	return (&handle_kinds[hd->hd_which.sd_kind]);
}

void
handle_init(struct handle *hd, int rootfd, bool writer,
    const struct handle_clock *hc, struct store_db db)
{
	const struct handle_kind *hk = &handle_kinds[db.sd_kind];

	memset(hd, 0, sizeof(*hd));
	hd->hd_rootfd = rootfd;
	hd->hd_writer = writer;
	hd->hd_clock = hc;
	hd->hd_which = db;
	if (hk->hk_name != NULL)
		snprintf(hd->hd_path, sizeof(hd->hd_path), "%s/%s", hk->hk_dir,
		    hk->hk_name);
	else
		snprintf(hd->hd_path, sizeof(hd->hd_path),
		    "%s/%03" PRIu32 ".db", hk->hk_dir, db.sd_agent);
}

/* --- time -------------------------------------------------------------- */

static bool
handle_late(const struct handle *hd)
{
	uint64_t deadline = hd->hd_clock->hc_deadline;

	return (deadline != 0 && proc_now() >= deadline);
}

static int
handle_progress(void *arg)
{
	return (handle_late(arg));
}

static void
handle_nap(void)
{
	const struct timespec nap = { .tv_nsec = HANDLE_NAP };

	nanosleep(&nap, NULL);
}

static int
handle_wait(void *arg, int tries)
{
	const struct handle *hd = arg;

	if (proc_now() >= hd->hd_clock->hc_patience)
		return (0);
	handle_nap();
	return (1);
}

/* --- open and close ---------------------------------------------------- */

static void
handle_disconnect(struct handle *hd)
{
	size_t i;

	for (i = 0; i < HANDLE_STMTS; i++) {
		sqlite3_finalize(hd->hd_stmt[i].hs_stmt);
		hd->hd_stmt[i].hs_stmt = NULL;
	}
	if (hd->hd_db != NULL && sqlite3_close(hd->hd_db) != SQLITE_OK)
		fatalx("%s: still in use at its end", hd->hd_path);
	hd->hd_db = NULL;
}

void
handle_close(struct handle *hd)
{
	handle_disconnect(hd);
	hd->hd_tx = hd->hd_lost = false;
}

bool
handle_busy(const struct handle *hd)
{
	/* A commit that failed leaves its transaction open. */
	return (hd->hd_depth > 0 || hd->hd_tx ||
	    (hd->hd_db != NULL && !sqlite3_get_autocommit(hd->hd_db)));
}

bool
handle_moved(struct handle *hd)
{
	int moved = 0;

	return (hd->hd_db != NULL &&
	    sqlite3_file_control(hd->hd_db, "main", SQLITE_FCNTL_HAS_MOVED,
	        &moved) == SQLITE_OK &&
	    moved != 0);
}

enum store_rc
handle_there(const struct handle *hd)
{
	int fd;

	fd = path_open(hd->hd_rootfd, hd->hd_path, O_PATH, 0);
	if (fd == -1)
		return (errno == ENOENT || errno == ENOTDIR ? STORE_NONE :
		                                              STORE_FAILED);
	close(fd);
	return (STORE_OK);
}

/* Run constant text that answers nothing. */
static int
handle_exec(struct handle *hd, const char *sql)
{
	return (sqlite3_exec(hd->hd_db, sql, NULL, NULL, NULL) == SQLITE_OK ?
	        0 :
	        -1);
}

static int
handle_limits(struct handle *hd)
{
	sqlite3 *db = hd->hd_db;

	if (sqlite3_extended_result_codes(db, 1) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0,
	        NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) !=
	        SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) !=
	        SQLITE_OK ||
	    sqlite3_busy_handler(db, handle_wait, hd) != SQLITE_OK)
		return (-1);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_progress_handler(db, HANDLE_STEPS, handle_progress, hd);
	/* Many of these are open at once. */
	if (hd->hd_which.sd_kind == STORE_AGENT &&
	    handle_exec(hd, "PRAGMA cache_size = -512") == -1)
		return (-1);
	/*
	 * Every list of agents counts them in an index, which is 1.7 MB for
	 * 100,000: that and the list itself just fit into SQLite's 2 MB, and
	 * where they do not, all of it is read again each time.
	 */
	if (hd->hd_which.sd_kind == STORE_GLOBAL && !hd->hd_writer &&
	    handle_exec(hd, "PRAGMA cache_size = -3072") == -1)
		return (-1);
	return (handle_exec(hd, "PRAGMA temp_store = MEMORY") |
	    handle_exec(hd, "PRAGMA foreign_keys = ON"));
}

/*
 * The writer's journal; asking for it plays back one that was left behind. A
 * file that wazuh-db left in WAL mode is taken out of it here.
 */
static int
handle_journal(struct handle *hd, char *why)
{
	const char *want = handle_kind(hd)->hk_journal, *mode;
	sqlite3_stmt *s;
	char sql[48];
	int rv = -1;

	if (sqlite3_db_readonly(hd->hd_db, "main") != 0) {
		snprintf(why, STORE_WHY, "cannot be written");
		return (-1);
	}
	snprintf(sql, sizeof(sql), "PRAGMA journal_mode = %s", want);
	if (sqlite3_prepare_v2(hd->hd_db, sql, -1, &s, NULL) != SQLITE_OK)
		return (-1);
	if (sqlite3_step(s) == SQLITE_ROW) {
		mode = (const char *)sqlite3_column_text(s, 0);
		if (mode != NULL && strcmp(mode, want) == 0)
			rv = 0;
		else
			snprintf(why, STORE_WHY, "stays in journal mode %s",
			    mode == NULL ? "?" : mode);
	}
	if (sqlite3_finalize(s) != SQLITE_OK)
		return (-1);
	return (rv);
}

/* SQLITE_OK, or an error with one line in why. */
static int
handle_connect(struct handle *hd, char *why)
{
	const struct handle_kind *hk = handle_kind(hd);
	char uri[HANDLE_PATH + 32], text[STORE_WHY];
	int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, rc;

	*text = '\0';
	flags |= hd->hd_writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	snprintf(uri, sizeof(uri), "file:/%s%s", hd->hd_path,
	    hd->hd_writer ? "" : hk->hk_options);
	rc = sqlite3_open_v2(uri, &hd->hd_db, flags, "unix");
	if (rc == SQLITE_OK && handle_limits(hd) == 0 &&
	    (!hd->hd_writer || handle_journal(hd, text) == 0) &&
	    schema_check(hd->hd_db, schema_find(hk->hk_schema), hd->hd_writer,
	        text, sizeof(text)) == 0)
		return (SQLITE_OK);
	rc = SQLITE_NOMEM;
	if (hd->hd_db != NULL)
		rc = sqlite3_extended_errcode(hd->hd_db);
	if (*text == '\0')
		snprintf(text, sizeof(text), "%s",
		    hd->hd_db == NULL ? "no memory" :
		                        sqlite3_errmsg(hd->hd_db));
	snprintf(why, STORE_WHY, "%s: %.200s", hd->hd_path, text);
	handle_disconnect(hd);
	/* A version that is not ours is no error of SQLite. */
	return (rc == SQLITE_ROW || rc == SQLITE_DONE || rc == SQLITE_OK ?
	        SQLITE_ERROR :
	        rc);
}

enum store_rc
handle_open(struct handle *hd, char *why)
{
	uint64_t until = proc_now() + HANDLE_HOT;
	int rc;

	*why = '\0';
	if (hd->hd_db != NULL)
		return (STORE_OK);
	if (handle_there(hd) == STORE_NONE) {
		snprintf(why, STORE_WHY, "%s is not there", hd->hd_path);
		return (STORE_NONE);
	}
	for (;;) {
		rc = handle_connect(hd, why);
		if (rc != SQLITE_READONLY_ROLLBACK || handle_late(hd) ||
		    proc_now() >= until)
			break;
		handle_nap();
	}
	if (rc == SQLITE_OK)
		return (STORE_OK);
	return (handle_late(hd) ? STORE_LATE : STORE_FAILED);
}

/* --- making ------------------------------------------------------------ */

/* An empty file with the mode that its companions take over. */
static int
handle_file(const struct handle *hd, const char *path)
{
	int fd, rv;

	if (path_mkdirs(hd->hd_rootfd, path, 0750) == -1 ||
	    (path_unlink(hd->hd_rootfd, path, 0) == -1 && errno != ENOENT))
		return (-1);
	fd = path_open(hd->hd_rootfd, path, O_RDWR | O_CREAT | O_EXCL, 0640);
	if (fd == -1)
		return (-1);
	rv = fchmod(fd, 0640);
	close(fd);
	return (rv);
}

/*
 * Fill that file. It is thrown away when this fails, so its journal need not
 * outlive the process.
 */
static int
handle_fill(struct handle *hd, const char *path, char *why)
{
	char uri[HANDLE_PATH + 32];
	int rv = -1;

	snprintf(uri, sizeof(uri), "file:/%s", path);
	if (sqlite3_open_v2(uri, &hd->hd_db,
	        SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE,
	        "unix") == SQLITE_OK &&
	    handle_limits(hd) == 0 &&
	    handle_exec(hd, "PRAGMA journal_mode = MEMORY") == 0)
		rv = schema_make(
		    hd->hd_db, schema_find(handle_kind(hd)->hk_schema));
	if (rv == -1)
		snprintf(why, STORE_WHY, "%s: %s", hd->hd_path,
		    hd->hd_db == NULL ? "no memory" :
		                        sqlite3_errmsg(hd->hd_db));
	handle_disconnect(hd);
	return (rv);
}

/*
 * Give it its name. A journal that stands beside a file that is not there would
 * be played back into this one.
 */
static int
handle_name(const struct handle *hd, const char *path)
{
	static const char *const ends[] = { "-journal", "-wal", "-shm" };
	const char *dir = handle_kind(hd)->hk_dir;
	char other[HANDLE_PATH + 16];
	size_t i, skip = strlen(dir) + 1;
	int dfd, rv = -1, save;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(other, sizeof(other), "%s%s", hd->hd_path, ends[i]);
		if (path_unlink(hd->hd_rootfd, other, 0) == -1 &&
		    errno != ENOENT)
			return (-1);
	}
	dfd = path_open(hd->hd_rootfd, dir, O_RDONLY | O_DIRECTORY, 0);
	if (dfd == -1)
		return (-1);
	if (renameat(dfd, path + skip, dfd, hd->hd_path + skip) == 0)
		rv = fsync(dfd);
	save = errno;
	close(dfd);
	errno = save;
	return (rv);
}

int
handle_make(struct handle *hd, char *why)
{
	const struct handle_kind *hk = handle_kind(hd);
	char path[HANDLE_PATH + 16];
	int r;

	if (handle_there(hd) != STORE_NONE)
		return (0);
	snprintf(path, sizeof(path), "%s/.%s.new", hk->hk_dir,
	    hd->hd_path + strlen(hk->hk_dir) + 1);
	r = handle_file(hd, path);
	if (r == 0 && handle_fill(hd, path, why) == -1) {
		path_unlink(hd->hd_rootfd, path, 0);
		return (-1);
	}
	if (r == 0)
		r = handle_name(hd, path);
	if (r == -1)
		snprintf(
		    why, STORE_WHY, "%s: %s", hd->hd_path, strerror(errno));
	return (r);
}

/* --- statements -------------------------------------------------------- */

/*
 * The prepared statement of a text: kept, or made in the oldest's place. One
 * whose rows are being handed out is left alone. NULL: errcode() tells, or is
 * SQLITE_OK when none of them was free.
 */
static struct handle_stmt *
handle_prepare(struct handle *hd, const char *sql)
{
	struct handle_stmt *hs, *old = NULL;
	size_t i;

	hd->hd_tick++;
	for (i = 0; i < HANDLE_STMTS; i++) {
		hs = &hd->hd_stmt[i];
		if (hs->hs_busy)
			continue;
		if (hs->hs_stmt != NULL &&
		    strcmp(sqlite3_sql(hs->hs_stmt), sql) == 0) {
			hs->hs_used = hd->hd_tick;
			return (hs);
		}
		if (old == NULL ||
		    (old->hs_stmt != NULL &&
		        (hs->hs_stmt == NULL || hs->hs_used < old->hs_used)))
			old = hs;
	}
	if (old == NULL)
		return (NULL);
	sqlite3_finalize(old->hs_stmt);
	old->hs_stmt = NULL;
	if (sqlite3_prepare_v3(hd->hd_db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	        &old->hs_stmt, NULL) != SQLITE_OK)
		return (NULL);
	old->hs_used = hd->hd_tick;
	return (old);
}

/* "[1,2,3]" for json_each(); SQLite frees it. */
static int
handle_bind_ids(sqlite3_stmt *s, int i, const uint32_t *ids, size_t n)
{
	char *text;
	size_t len = 1, k;
	int r;

	text = malloc(n * HANDLE_NUMBER + 3);
	if (text == NULL)
		return (SQLITE_NOMEM);
	text[0] = '[';
	for (k = 0; k < n; k++) {
		r = snprintf(text + len, HANDLE_NUMBER + 1, "%s%" PRIu32,
		    k == 0 ? "" : ",", ids[k]);
		len += (size_t)r;
	}
	text[len++] = ']';
	return (sqlite3_bind_text64(s, i, text, len, free, SQLITE_UTF8));
}

static int
handle_bind(sqlite3_stmt *s, int i, const struct store_val *v)
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
		return (handle_bind_ids(s, i, v->sv_ids, v->sv_nids));
	}
	return (SQLITE_MISUSE);
}

/*
 * A list costs this for each of its fields, so only what counts is set, and
 * the value is asked for once. In a connection without a mutex one that comes
 * from sqlite3_column_value() may be read like any other.
 */
static void
handle_column(sqlite3_value *c, struct store_val *v)
{
	v->sv_text = NULL;
	v->sv_len = 0;
	switch (sqlite3_value_type(c)) {
	case SQLITE_INTEGER:
		v->sv_type = SV_INT;
		v->sv_int = sqlite3_value_int64(c);
		break;
	case SQLITE_FLOAT:
		v->sv_type = SV_REAL;
		v->sv_real = sqlite3_value_double(c);
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		v->sv_text = (const char *)sqlite3_value_text(c);
		v->sv_len = (size_t)sqlite3_value_bytes(c);
		v->sv_type = v->sv_text == NULL ? SV_NULL : SV_TEXT;
		break;
	default:
		v->sv_type = SV_NULL;
	}
}

static int
handle_row(struct handle *hd, sqlite3_stmt *s, const struct store_job *job)
{
	struct store_val col[HANDLE_COLS];
	int i, n = sqlite3_column_count(s);

	hd->hd_rows++;
	if (job->sj_fn == NULL)
		return (0);
	if (n > HANDLE_COLS)
		return (-1);
	for (i = 0; i < n; i++)
		handle_column(sqlite3_column_value(s, i), &col[i]);
	return (job->sj_fn(job->sj_arg, col, (size_t)n));
}

/* Run a job once. SQLITE_OK, SQLITE_ABORT (the row's function), an error. */
static int
handle_step(struct handle *hd, const struct store_job *job)
{
	struct handle_stmt *hs;
	size_t i;
	int rc = SQLITE_OK;

	hs = handle_prepare(hd, job->sj_sql);
	if (hs == NULL) {
		rc = sqlite3_extended_errcode(hd->hd_db);
		return (rc == SQLITE_OK ? SQLITE_ABORT : rc);
	}
	hs->hs_busy = true;
	hd->hd_depth++;
	for (i = 0; i < job->sj_n && rc == SQLITE_OK; i++)
		rc = handle_bind(hs->hs_stmt, (int)i + 1, &job->sj_val[i]);
	if (rc == SQLITE_OK)
		while ((rc = sqlite3_step(hs->hs_stmt)) == SQLITE_ROW)
			if (handle_row(hd, hs->hs_stmt, job) == -1)
				break;
	if (rc == SQLITE_ROW)
		rc = SQLITE_ABORT;
	/* The error was reported by the step; reset only repeats it. */
	sqlite3_reset(hs->hs_stmt);
	sqlite3_clear_bindings(hs->hs_stmt);
	hd->hd_depth--;
	hs->hs_busy = false;
	return (rc == SQLITE_DONE ? SQLITE_OK : rc);
}

/*
 * Errors after which a reader opens the file anew: the writer has closed it,
 * or the index of the log that the reader maps is no longer the one in use, or
 * a journal has to be played back first.
 */
static bool
handle_gone(const struct handle *hd, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PROTOCOL:
	case SQLITE_IOERR:
	case SQLITE_NOTADB:
		return (!hd->hd_writer);
	default:
		return (false);
	}
}

static enum store_rc
handle_failed(struct handle *hd, int rc)
{
	if ((rc & 0xff) == SQLITE_INTERRUPT ||
	    ((rc & 0xff) == SQLITE_BUSY && handle_late(hd)))
		return (STORE_LATE);
	if (rc != SQLITE_ABORT)
		log_errorx("%s: %s", hd->hd_path, sqlite3_errmsg(hd->hd_db));
	if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
		log_errorx("%s is damaged and left as it is: end the server "
		           "and put a copy back that is whole",
		    hd->hd_path);
	if (!handle_gone(hd, rc))
		return (STORE_FAILED);
	if (hd->hd_depth == 0) {
		handle_disconnect(hd);
		hd->hd_lost = hd->hd_tx;
	}
	return (STORE_NONE);
}

/*
 * The first use, or another try after the file was gone. Of global.db every
 * failure is the reader's "not there yet", told once: the writer tells more.
 */
static enum store_rc
handle_ready(struct handle *hd)
{
	char why[STORE_WHY];
	enum store_rc r;

	if (hd->hd_db != NULL)
		return (STORE_OK);
	r = handle_open(hd, why);
	if (r == STORE_OK)
		hd->hd_told = false;
	if (r == STORE_OK || r == STORE_LATE)
		return (r);
	if (hd->hd_which.sd_kind == STORE_GLOBAL) {
		if (!hd->hd_told)
			log_warnx("the store is not there yet: %s", why);
		hd->hd_told = true;
		return (STORE_NONE);
	}
	if (r == STORE_FAILED)
		log_errorx("%s", why);
	return (r);
}

enum store_rc
handle_run(struct handle *hd, const struct store_job *job)
{
	const struct store_job begin = { .sj_sql = "BEGIN" };
	enum store_rc r;
	int rc;

	if (hd->hd_lost)
		return (STORE_NONE);
	if (!handle_busy(hd))
		hd->hd_rows = 0;
	r = handle_ready(hd);
	if (r != STORE_OK)
		return (r);
	rc = handle_step(hd, job);
	if (rc != SQLITE_OK && handle_gone(hd, rc) && hd->hd_rows == 0 &&
	    hd->hd_depth == 0) {
		/* Nothing was handed out: nobody notices a new start. */
		handle_disconnect(hd);
		r = handle_ready(hd);
		if (r != STORE_OK)
			return (r);
		rc = hd->hd_tx ? handle_step(hd, &begin) : SQLITE_OK;
		if (rc == SQLITE_OK)
			rc = handle_step(hd, job);
	}
	return (rc == SQLITE_OK ? STORE_OK : handle_failed(hd, rc));
}

enum store_rc
handle_tx(struct handle *hd, enum store_tx tx)
{
	static const char *const words[] = {
		[STORE_READ] = "BEGIN",
		[STORE_WRITE] = "BEGIN IMMEDIATE",
		[STORE_COMMIT] = "COMMIT",
		[STORE_ROLLBACK] = "ROLLBACK",
	};
	const struct store_job job = { .sj_sql = words[tx] };
	enum store_rc r = STORE_OK;

	/* Some errors have undone it already. */
	if (tx != STORE_ROLLBACK ||
	    (hd->hd_db != NULL && !sqlite3_get_autocommit(hd->hd_db)))
		r = handle_run(hd, &job);
	hd->hd_tx = r == STORE_OK && (tx == STORE_READ || tx == STORE_WRITE);
	hd->hd_lost = false;
	hd->hd_rows = 0;
	return (r);
}
