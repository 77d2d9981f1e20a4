/* SPDX-License-Identifier: ISC */
/*
 * The databases beside global.db: which one a statement goes to, making and
 * dropping them, how many stay open, what happens to those that are damaged,
 * replaced or not ours.
 */
#include "common/proc.h"
#include "common/result.h"
#include "dapi/fw_agentdb.h"
#include "tests/unit/store_rig.h"

#include <dirent.h>

#define OPEN_MOST 64 /* databases of agents open at once */

static const char count_sql[] = "SELECT count(*) FROM pm_event";

static enum store_rc
event(struct store *st, uint32_t agent, const char *log)
{
	const struct store_val v = SV_OF_TEXT(log);

	return (store_run_in(st, SD_AGENT(agent),
	    "INSERT INTO pm_event (log) VALUES (?1)", &v, 1, NULL, NULL));
}

/* Agents 1 to n with a database of one event each. */
static void
many(struct store *st, uint32_t n)
{
	char log[16];
	uint32_t i;

	for (i = 1; i <= n; i++) {
		snprintf(log, sizeof(log), "event %u", i);
		CU_ASSERT_EQUAL(store_make(st, SD_AGENT(i)), STORE_OK);
		CU_ASSERT_EQUAL(event(st, i, log), STORE_OK);
	}
}

static void
put(const struct tree *t, const char *path, const void *data, size_t len)
{
	int fd;

	fd = openat(t->t_fd, path, O_CREAT | O_TRUNC | O_WRONLY, 0640);
	CU_ASSERT_TRUE_FATAL(fd != -1);
	CU_ASSERT_EQUAL(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static void
get(const struct tree *t, const char *path, struct buf *out)
{
	buf_init(out, 1 << 24);
	CU_ASSERT_EQUAL(path_read(t->t_fd, path, 1 << 24, out), 0);
}

static bool
there(const struct tree *t, const char *path)
{
	return (tree_mode(t, path) != 0);
}

/* How many files of a directory there are, all but "." and "..". */
static int
files(const struct tree *t, const char *path)
{
	DIR *dir;
	int n = 0;

	dir = fdopendir(openat(t->t_fd, path, O_RDONLY | O_DIRECTORY));
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return (n - 2);
}

/* --- there or not ------------------------------------------------------ */

static void
test_missing(void)
{
	struct tree t;
	struct store *st, *rd;

	tree_make(&t);
	rd = reader(&t);
	/* Nothing at all. */
	CU_ASSERT_EQUAL(store_has(rd, SD_AGENT(3)), STORE_NONE);
	CU_ASSERT_EQUAL(store_has(rd, SD_MITRE), STORE_NONE);
	CU_ASSERT_EQUAL(number(rd, SD_TASKS, "SELECT 1"), -(int64_t)STORE_NONE);
	st = writer(&t);
	CU_ASSERT_EQUAL(store_has(rd, SD_GLOBAL), STORE_OK);
	CU_ASSERT_EQUAL(store_has(rd, SD_MITRE), STORE_OK);
	CU_ASSERT_EQUAL(store_has(rd, SD_TASKS), STORE_OK);
	CU_ASSERT_EQUAL(number(rd, SD_TASKS, "SELECT 1"), 1);
	CU_ASSERT_EQUAL(tree_mode(&t, "queue/tasks/tasks.db"), 0640);
	CU_ASSERT_EQUAL(tree_mode(&t, "var/db/mitre.db"), 0640);
	/* An agent that never reported. */
	CU_ASSERT_EQUAL(store_has(st, SD_AGENT(3)), STORE_NONE);
	CU_ASSERT_EQUAL(
	    number(st, SD_AGENT(3), count_sql), -(int64_t)STORE_NONE);
	CU_ASSERT_EQUAL(event(st, 3, "x"), STORE_NONE);
	CU_ASSERT_EQUAL(store_tx_in(st, SD_AGENT(3), STORE_WRITE), STORE_NONE);
	CU_ASSERT_EQUAL(
	    number(rd, SD_AGENT(3), count_sql), -(int64_t)STORE_NONE);
	CU_ASSERT_FALSE(there(&t, "queue/db/003.db"));
	/* A reader makes none. */
	CU_ASSERT_EQUAL(store_make(rd, SD_AGENT(3)), STORE_FAILED);
	CU_ASSERT_EQUAL(store_make(st, SD_AGENT(3)), STORE_OK);
	CU_ASSERT_EQUAL(tree_mode(&t, "queue/db/003.db"), 0640);
	CU_ASSERT_EQUAL(store_has(rd, SD_AGENT(3)), STORE_OK);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(3), count_sql), 0);
	/* Made twice, it keeps its rows. */
	CU_ASSERT_EQUAL(event(st, 3, "x"), STORE_OK);
	CU_ASSERT_EQUAL(store_make(st, SD_AGENT(3)), STORE_OK);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(3), count_sql), 1);
	/* global.db, -wal, -shm, 003.db, and no trace of the making. */
	CU_ASSERT_EQUAL(files(&t, "queue/db"), 4);
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

static void
test_which(void)
{
	static const char version[] = "SELECT value FROM metadata"
	                              " WHERE key = 'db_version'";
	static const uint32_t ids[] = { 0, 7, 70, 700, 7000, 4294967295U };
	static const char *const paths[] = { "queue/db/000.db",
		"queue/db/007.db", "queue/db/070.db", "queue/db/700.db",
		"queue/db/7000.db", "queue/db/4294967295.db" };
	struct tree t;
	struct store *st;
	char log[16];
	size_t i;

	tree_make(&t);
	st = writer(&t);
	for (i = 0; i < 6; i++) {
		snprintf(log, sizeof(log), "of %zu", i);
		CU_ASSERT_EQUAL(store_make(st, SD_AGENT(ids[i])), STORE_OK);
		CU_ASSERT_TRUE(there(&t, paths[i]));
		CU_ASSERT_EQUAL(event(st, ids[i], log), STORE_OK);
	}
	for (i = 0; i < 6; i++) {
		snprintf(log, sizeof(log), "of %zu", i);
		query_in(st, SD_AGENT(ids[i]), "SELECT log FROM pm_event", NULL,
		    0, log);
	}
	query_in(st, SD_AGENT(7), version, NULL, 0, "16");
	query_in(st, SD_GLOBAL, version, NULL, 0, "7");
	query_in(st, SD_TASKS, version, NULL, 0, "1");
	query_in(st, SD_MITRE, version, NULL, 0, "1");
	/* Each knows its own tables only. */
	CU_ASSERT_EQUAL(
	    number(st, SD_GLOBAL, count_sql), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(number(st, SD_AGENT(7), "SELECT count(*) FROM agent"),
	    -(int64_t)STORE_FAILED);
	/* All but global.db have a rollback journal. */
	query_in(st, SD_AGENT(7), "PRAGMA journal_mode", NULL, 0, "delete");
	query_in(st, SD_TASKS, "PRAGMA journal_mode", NULL, 0, "delete");
	query_in(st, SD_MITRE, "PRAGMA journal_mode", NULL, 0, "delete");
	query_in(st, SD_GLOBAL, "PRAGMA journal_mode", NULL, 0, "wal");
	store_close(&st);
	tree_end(&t);
}

static void
test_values(void)
{
	struct store_val v[] = { SV_OF_TEXT("it's \"100%\"_;--"), SV_OF_INT(7),
		{ .sv_type = SV_REAL, .sv_real = 1992.25 }, SV_OF_NULL };
	struct tree t;
	struct store *st, *rd;

	tree_make(&t);
	st = writer(&t);
	rd = reader(&t);
	CU_ASSERT_EQUAL(store_make(st, SD_AGENT(1)), STORE_OK);
	CU_ASSERT_EQUAL(
	    store_run_in(st, SD_AGENT(1),
	        "INSERT INTO sys_hwinfo (scan_id, board_serial, cpu_cores,"
	        " cpu_mhz, cpu_name, checksum) VALUES (0, ?1, ?2, ?3, ?4,"
	        " 'c')",
	        v, 4, NULL, NULL),
	    STORE_OK);
	query_in(rd, SD_AGENT(1),
	    "SELECT board_serial, cpu_cores, cpu_mhz, cpu_name FROM sys_hwinfo",
	    NULL, 0, "it's \"100%\"_;--|7|1992.25|NULL");
	query_in(rd, SD_AGENT(1),
	    "SELECT count(*) FROM sys_hwinfo WHERE board_serial = ?1"
	    " AND cpu_cores = ?2 AND cpu_mhz = ?3 AND cpu_name IS ?4",
	    v, 4, "1");
	/* Nothing is written by a reader. */
	CU_ASSERT_EQUAL(event(rd, 1, "x"), STORE_NONE);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), count_sql), 0);
	CU_ASSERT_EQUAL(store_run_in(rd, SD_MITRE, "DELETE FROM metadata", NULL,
	                    0, NULL, NULL),
	    STORE_NONE);
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

/* --- how many are open ------------------------------------------------- */

/* Descriptors of this process that are files below the tree. */
static int
descriptors(const struct tree *t)
{
	char name[64], path[512];
	struct dirent *de;
	ssize_t len;
	DIR *dir;
	int n = 0;

	dir = opendir("/proc/self/fd");
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((de = readdir(dir)) != NULL) {
		snprintf(name, sizeof(name), "/proc/self/fd/%.16s", de->d_name);
		len = readlink(name, path, sizeof(path) - 1);
		if (len <= 0)
			continue;
		path[len] = '\0';
		if (strncmp(path, t->t_dir, strlen(t->t_dir)) == 0 &&
		    strstr(path, "queue/db/") != NULL)
			n++;
	}
	closedir(dir);
	return (n);
}

static void
test_bounded(void)
{
	struct tree t;
	struct store *st, *rd;
	char want[16];
	uint32_t i;
	int round;

	tree_make(&t);
	st = writer(&t);
	many(st, OPEN_MOST + 10);
	store_close(&st);
	st = writer(&t);
	rd = reader(&t);
	for (round = 0; round < 2; round++)
		for (i = 1; i <= OPEN_MOST + 10; i++) {
			snprintf(want, sizeof(want), "event %u", i);
			query_in(rd, SD_AGENT(i), "SELECT log FROM pm_event",
			    NULL, 0, want);
		}
	/* The writer's and the reader's global.db, its log and its index. */
	CU_ASSERT_TRUE(descriptors(&t) >= OPEN_MOST);
	CU_ASSERT_TRUE(descriptors(&t) <= OPEN_MOST + 6);
	store_close(&rd);
	store_close(&st);
	CU_ASSERT_EQUAL(descriptors(&t), 0);
	tree_end(&t);
}

/* What is being used is not closed for another's sake. */
static void
test_pinned(void)
{
	struct tree t;
	struct store *st;
	uint32_t i;

	tree_make(&t);
	st = writer(&t);
	many(st, OPEN_MOST + 2);
	CU_ASSERT_EQUAL(store_tx_in(st, SD_AGENT(1), STORE_WRITE), STORE_OK);
	CU_ASSERT_EQUAL(event(st, 1, "more"), STORE_OK);
	for (i = 2; i <= OPEN_MOST + 2; i++)
		CU_ASSERT_EQUAL(number(st, SD_AGENT(i), count_sql), 1);
	CU_ASSERT_EQUAL(number(st, SD_AGENT(1), count_sql), 2);
	CU_ASSERT_EQUAL(store_tx_in(st, SD_AGENT(1), STORE_COMMIT), STORE_OK);
	CU_ASSERT_EQUAL(number(st, SD_AGENT(1), count_sql), 2);
	/* All of them at once, and then one more. */
	for (i = 1; i <= OPEN_MOST; i++)
		CU_ASSERT_EQUAL(
		    store_tx_in(st, SD_AGENT(i), STORE_WRITE), STORE_OK);
	CU_ASSERT_EQUAL(number(st, SD_AGENT(OPEN_MOST + 1), count_sql),
	    -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(agents(st), 1);
	CU_ASSERT_EQUAL(store_tx_in(st, SD_AGENT(5), STORE_ROLLBACK), STORE_OK);
	CU_ASSERT_EQUAL(number(st, SD_AGENT(OPEN_MOST + 1), count_sql), 1);
	for (i = 1; i <= OPEN_MOST; i++)
		CU_ASSERT_EQUAL(
		    store_tx_in(st, SD_AGENT(i), STORE_ROLLBACK), STORE_OK);
	store_close(&st);
	tree_end(&t);
}

struct walk {
	struct store *wk_store;
	int wk_rows;
	int64_t wk_sum;
};

/* For each agent all the others, by the same statements. */
static int
inner_row(void *arg, const struct store_val *col, size_t n)
{
	struct walk *wk = arg;

	wk->wk_rows++;
	wk->wk_sum += number(
	    wk->wk_store, SD_AGENT((uint32_t)store_int(&col[0])), count_sql);
	return (0);
}

static int
outer_row(void *arg, const struct store_val *col, size_t n)
{
	struct walk *wk = arg;
	enum store_rc r;

	r = store_run(wk->wk_store, "SELECT id FROM agent WHERE id > 0", NULL,
	    0, inner_row, wk);
	return (r == STORE_OK ? 0 : -1);
}

static void
test_nested(void)
{
	struct walk wk = { NULL, 0, 0 };
	struct tree t;
	struct store *st;
	uint32_t i;

	tree_make(&t);
	st = writer(&t);
	many(st, 6);
	for (i = 1; i <= 6; i++)
		CU_ASSERT_EQUAL(insert(st, i), STORE_OK);
	wk.wk_store = reader(&t);
	CU_ASSERT_EQUAL(
	    store_run(wk.wk_store, "SELECT id FROM agent WHERE id > 0", NULL, 0,
	        outer_row, &wk),
	    STORE_OK);
	CU_ASSERT_EQUAL(wk.wk_rows, 36);
	CU_ASSERT_EQUAL(wk.wk_sum, 36);
	store_close(&wk.wk_store);
	store_close(&st);
	tree_end(&t);
}

/* --- going and coming -------------------------------------------------- */

static void
test_drop(void)
{
	struct tree t;
	struct store *st, *rd;

	tree_make(&t);
	st = writer(&t);
	rd = reader(&t);
	many(st, 2);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), count_sql), 1);
	/* Not while it is in use. */
	CU_ASSERT_EQUAL(store_tx_in(st, SD_AGENT(1), STORE_WRITE), STORE_OK);
	CU_ASSERT_EQUAL(store_drop(st, 1), STORE_FAILED);
	CU_ASSERT_EQUAL(store_tx_in(st, SD_AGENT(1), STORE_ROLLBACK), STORE_OK);
	CU_ASSERT_EQUAL(store_drop(st, 1), STORE_OK);
	/* Neither side goes on with the file it had open. */
	CU_ASSERT_EQUAL(
	    number(st, SD_AGENT(1), count_sql), -(int64_t)STORE_NONE);
	CU_ASSERT_EQUAL(
	    number(rd, SD_AGENT(1), count_sql), -(int64_t)STORE_NONE);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(2), count_sql), 1);
	/* A journal of the old one is none of the new one. */
	put(&t, "queue/db/001.db-journal", "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7",
	    8);
	CU_ASSERT_EQUAL(store_make(st, SD_AGENT(1)), STORE_OK);
	CU_ASSERT_FALSE(there(&t, "queue/db/001.db-journal"));
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), count_sql), 0);
	CU_ASSERT_EQUAL(event(st, 1, "a"), STORE_OK);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), count_sql), 1);
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

/* mitre.db is replaced by a rename, as an import does it. */
static void
test_replaced(void)
{
	struct tree t;
	struct store *st, *rd;

	tree_make(&t);
	st = writer(&t);
	rd = reader(&t);
	query_in(rd, SD_MITRE, "SELECT count(*) FROM metadata", NULL, 0, "1");
	CU_ASSERT_EQUAL(raw(&t, "var/db/new.db",
	                    "CREATE TABLE metadata (key TEXT, value TEXT);"
	                    "INSERT INTO metadata VALUES ('db_version', '1'),"
	                    " ('mitre_version', '9.9')"),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(
	    renameat(t.t_fd, "var/db/new.db", t.t_fd, "var/db/mitre.db"), 0);
	query_in(
	    rd, SD_MITRE, "SELECT max(value) FROM metadata", NULL, 0, "9.9");
	query_in(
	    st, SD_MITRE, "SELECT max(value) FROM metadata", NULL, 0, "9.9");
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

/* --- what is left behind ----------------------------------------------- */

static void
test_leftovers(void)
{
	struct tree t;
	struct store *st;

	tree_make(&t);
	st = writer(&t);
	store_close(&st);
	put(&t, "queue/db/.004.db.new", "half", 4);
	put(&t, "queue/db/.004.db.new-journal", "half", 4);
	put(&t, "queue/db/005.db-journal", "half", 4);
	put(&t, "queue/db/006.db-wal", "", 0);
	put(&t, "queue/db/7.db-journal", "not ours", 8);
	put(&t, "queue/db/0008.db-journal", "not ours", 8);
	put(&t, "queue/db/readme", "not ours", 8);
	st = writer(&t);
	CU_ASSERT_FALSE(there(&t, "queue/db/.004.db.new"));
	CU_ASSERT_FALSE(there(&t, "queue/db/.004.db.new-journal"));
	CU_ASSERT_FALSE(there(&t, "queue/db/005.db-journal"));
	CU_ASSERT_FALSE(there(&t, "queue/db/006.db-wal"));
	CU_ASSERT_TRUE(there(&t, "queue/db/7.db-journal"));
	CU_ASSERT_TRUE(there(&t, "queue/db/0008.db-journal"));
	CU_ASSERT_TRUE(there(&t, "queue/db/readme"));
	store_close(&st);
	tree_end(&t);
}

/*
 * A tree that wazuh-db had: its databases are in WAL mode, one of them with a
 * log that nobody played back. Afterwards a reader alone can open them.
 */
static void
test_inherited(void)
{
	struct tree t;
	struct store *st, *rd;
	struct buf db, wal;
	sqlite3 *own;

	tree_make(&t);
	st = writer(&t);
	many(st, 2);
	store_close(&st);
	CU_ASSERT_EQUAL(
	    raw(&t, "queue/db/001.db", "PRAGMA journal_mode = WAL"), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_open_v2("/queue/db/002.db", &own,
	                    SQLITE_OPEN_READWRITE, "unix"),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(own,
	                    "PRAGMA journal_mode = WAL;"
	                    "INSERT INTO pm_event (log) VALUES ('in the log')",
	                    NULL, NULL, NULL),
	    SQLITE_OK);
	get(&t, "queue/db/002.db", &db);
	get(&t, "queue/db/002.db-wal", &wal);
	sqlite3_close(own);
	put(&t, "queue/db/002.db", db.b_data, db.b_len);
	put(&t, "queue/db/002.db-wal", wal.b_data, wal.b_len);
	buf_free(&db);
	buf_free(&wal);
	put(&t, "queue/db/.template.db", "", 0);
	st = writer(&t);
	store_close(&st);
	CU_ASSERT_FALSE(there(&t, "queue/db/.template.db"));
	CU_ASSERT_FALSE(there(&t, "queue/db/002.db-wal"));
	rd = reader(&t);
	query_in(rd, SD_AGENT(1), "PRAGMA journal_mode", NULL, 0, "delete");
	query_in(rd, SD_AGENT(2), "PRAGMA journal_mode", NULL, 0, "delete");
	query_in(rd, SD_AGENT(2), "SELECT log FROM pm_event", NULL, 0,
	    "event 2;in the log");
	store_close(&rd);
	tree_end(&t);
}

/* --- damage ------------------------------------------------------------ */

static void
test_version(void)
{
	struct tree t;
	struct store *st, *rd;

	tree_make(&t);
	st = writer(&t);
	many(st, 2);
	exec(st, SD_AGENT(1), "UPDATE metadata SET value = '15'");
	store_close(&st);
	st = writer(&t);
	rd = reader(&t);
	CU_ASSERT_EQUAL(
	    number(st, SD_AGENT(1), count_sql), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(
	    number(rd, SD_AGENT(1), count_sql), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(2), count_sql), 1);
	CU_ASSERT_EQUAL(
	    raw(&t, "queue/db/001.db", "UPDATE metadata SET value = '16'"),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), count_sql), 1);
	CU_ASSERT_EQUAL(number(st, SD_AGENT(1), count_sql), 1);
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

/* Overwrite a file from an offset on with something else. */
static void
spoil(const struct tree *t, const char *path, off_t from)
{
	char junk[4096];
	struct stat sb;
	int fd;

	memset(junk, 0xa5, sizeof(junk));
	fd = openat(t->t_fd, path, O_RDWR);
	CU_ASSERT_TRUE_FATAL(fd != -1);
	CU_ASSERT_EQUAL(fstat(fd, &sb), 0);
	for (; from < sb.st_size; from += (off_t)sizeof(junk))
		CU_ASSERT_EQUAL(pwrite(fd, junk, sizeof(junk), from),
		    (ssize_t)sizeof(junk));
	close(fd);
}

static void
test_damaged(void)
{
	struct tree t;
	struct store *st, *rd;

	tree_make(&t);
	st = writer(&t);
	many(st, 4);
	store_close(&st);
	spoil(&t, "queue/db/001.db", 0);
	spoil(&t, "queue/db/002.db", 4096);
	put(&t, "queue/db/003.db", "", 0);
	st = writer(&t);
	rd = reader(&t);
	CU_ASSERT_EQUAL(
	    number(st, SD_AGENT(1), count_sql), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(
	    number(st, SD_AGENT(2), count_sql), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(
	    number(st, SD_AGENT(3), count_sql), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(
	    number(rd, SD_AGENT(1), count_sql), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(
	    number(rd, SD_AGENT(2), count_sql), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(
	    number(rd, SD_AGENT(3), count_sql), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(number(st, SD_AGENT(4), count_sql), 1);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(4), count_sql), 1);
	/* Making is no way to lose what is there. */
	CU_ASSERT_EQUAL(store_make(st, SD_AGENT(3)), STORE_OK);
	CU_ASSERT_EQUAL(
	    number(st, SD_AGENT(3), count_sql), -(int64_t)STORE_FAILED);
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

static void
same(const struct tree *t, const char *path, const struct buf *want)
{
	struct buf b;

	get(t, path, &b);
	CU_ASSERT_EQUAL(b.b_len, want->b_len);
	CU_ASSERT_TRUE(b.b_len == want->b_len &&
	    memcmp(b.b_data, want->b_data, b.b_len) == 0);
	buf_free(&b);
}

/* global.db is never made anew while a file has its name. */
static void
test_damaged_global(void)
{
	char why[STORE_WHY];
	struct tree t;
	struct store *st, *rd;
	struct buf old;
	int i;

	tree_make(&t);
	st = writer(&t);
	for (i = 1; i < 3000; i++)
		CU_ASSERT_EQUAL(insert(st, i), STORE_OK);
	store_close(&st);
	/* Behind the first pages: it is noticed when it is met. */
	spoil(&t, "queue/db/global.db", 4096 * 30);
	get(&t, "queue/db/global.db", &old);
	st = writer(&t);
	CU_ASSERT_EQUAL(
	    number(st, SD_GLOBAL, "SELECT sum(length(name)) FROM agent"),
	    -(int64_t)STORE_FAILED);
	store_close(&st);
	same(&t, "queue/db/global.db", &old);
	buf_free(&old);
	/* All of it: the start is refused. */
	spoil(&t, "queue/db/global.db", 0);
	get(&t, "queue/db/global.db", &old);
	CU_ASSERT_PTR_NULL(store_open("embedded", t.t_fd, true, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "queue/db/global.db: "));
	rd = reader(&t);
	CU_ASSERT_EQUAL(agents(rd), -(int64_t)STORE_NONE);
	store_close(&rd);
	same(&t, "queue/db/global.db", &old);
	buf_free(&old);
	/* Nothing of it. */
	put(&t, "queue/db/global.db", "", 0);
	CU_ASSERT_PTR_NULL(store_open("embedded", t.t_fd, true, why));
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, "queue/db/global.db", 0), 0);
	st = writer(&t);
	CU_ASSERT_EQUAL(agents(st), 1);
	store_close(&st);
	tree_end(&t);
}

/* Without the lesser ones the store is still a store. */
static void
test_damaged_others(void)
{
	struct tree t;
	struct store *st;

	tree_make(&t);
	st = writer(&t);
	store_close(&st);
	spoil(&t, "var/db/mitre.db", 0);
	put(&t, "queue/tasks/tasks.db", "", 0);
	st = writer(&t);
	CU_ASSERT_EQUAL(agents(st), 1);
	CU_ASSERT_EQUAL(
	    number(st, SD_MITRE, "SELECT 1"), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(
	    number(st, SD_TASKS, "SELECT 1"), -(int64_t)STORE_FAILED);
	store_close(&st);
	tree_end(&t);
}

/* --- time -------------------------------------------------------------- */

static void
test_deadline(void)
{
	static const char endless[] =
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
	    " SELECT count(*) FROM c";
	struct tree t;
	struct store *st, *rd;

	tree_make(&t);
	st = writer(&t);
	rd = reader(&t);
	many(st, 1);
	store_deadline(rd, proc_now() + SECOND / 20);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), endless), -(int64_t)STORE_LATE);
	CU_ASSERT_EQUAL(
	    number(rd, SD_AGENT(1), count_sql), -(int64_t)STORE_LATE);
	store_deadline(rd, 0);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), count_sql), 1);
	store_deadline(rd, proc_now() + SECOND / 20);
	CU_ASSERT_EQUAL(number(rd, SD_MITRE, endless), -(int64_t)STORE_LATE);
	store_deadline(rd, proc_now() + SECOND / 20);
	CU_ASSERT_EQUAL(number(rd, SD_TASKS, endless), -(int64_t)STORE_LATE);
	store_deadline(rd, 0);
	/* A reader in a transaction holds the writer up, within limits. */
	CU_ASSERT_EQUAL(store_tx_in(rd, SD_AGENT(1), STORE_READ), STORE_OK);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), count_sql), 1);
	store_deadline(st, proc_now() + SECOND / 20);
	CU_ASSERT_EQUAL(event(st, 1, "late"), STORE_LATE);
	store_deadline(st, 0);
	CU_ASSERT_EQUAL(event(st, 1, "locked"), STORE_FAILED);
	CU_ASSERT_EQUAL(store_tx_in(rd, SD_AGENT(1), STORE_COMMIT), STORE_OK);
	CU_ASSERT_EQUAL(event(st, 1, "free"), STORE_OK);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), count_sql), 2);
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

/* A commit that could not be done leaves nothing open. */
static void
test_commit(void)
{
	struct tree t;
	struct store *st, *rd;
	uint32_t i;

	tree_make(&t);
	st = writer(&t);
	rd = reader(&t);
	many(st, OPEN_MOST + 1);
	CU_ASSERT_EQUAL(store_tx_in(rd, SD_AGENT(1), STORE_READ), STORE_OK);
	CU_ASSERT_EQUAL(number(rd, SD_AGENT(1), count_sql), 1);
	CU_ASSERT_EQUAL(store_tx_in(st, SD_AGENT(1), STORE_WRITE), STORE_OK);
	CU_ASSERT_EQUAL(event(st, 1, "x"), STORE_OK);
	store_deadline(st, proc_now() + SECOND / 20);
	CU_ASSERT_EQUAL(store_tx_in(st, SD_AGENT(1), STORE_COMMIT), STORE_LATE);
	store_deadline(st, 0);
	/* Not thrown out meanwhile. */
	for (i = 2; i <= OPEN_MOST + 1; i++)
		CU_ASSERT_EQUAL(number(st, SD_AGENT(i), count_sql), 1);
	CU_ASSERT_EQUAL(number(st, SD_AGENT(1), count_sql), 2);
	CU_ASSERT_EQUAL(store_tx_in(st, SD_AGENT(1), STORE_ROLLBACK), STORE_OK);
	CU_ASSERT_EQUAL(number(st, SD_AGENT(1), count_sql), 1);
	CU_ASSERT_EQUAL(store_tx_in(rd, SD_AGENT(1), STORE_COMMIT), STORE_OK);
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

/* --- what a function asks first ---------------------------------------- */

static void
asked(struct store *st, uint32_t agent, unsigned int status, uint16_t code,
    const char *text)
{
	struct result rs;

	result_init(&rs, false, "manager");
	CU_ASSERT_EQUAL(fw_agentdb(st, agent, &rs), code == 0 ? 0 : -1);
	CU_ASSERT_EQUAL(rs.rs_code, code);
	if (code != 0) {
		CU_ASSERT_EQUAL(rs.rs_status, status);
		buf_addc(&rs.rs_body, '\0');
		CU_ASSERT_PTR_NOT_NULL(
		    strstr((const char *)rs.rs_body.b_data, text));
	}
	result_free(&rs);
}

static void
test_asked(void)
{
	struct tree t;
	struct store *st;
	struct result rs;

	tree_make(&t);
	st = writer(&t);
	asked(st, 11, 400, 2007, "agent 011 has no database");
	CU_ASSERT_EQUAL(store_make(st, SD_AGENT(11)), STORE_OK);
	asked(st, 11, 400, 2003, "");
	CU_ASSERT_EQUAL(insert(st, 11), STORE_OK);
	asked(st, 11, 0, 0, NULL);
	store_deadline(st, 1);
	asked(st, 11, 500, 3021, "");
	store_deadline(st, 0);
	result_init(&rs, false, "manager");
	CU_ASSERT_EQUAL(fw_agentdb_none("12345678901", &rs), -1);
	CU_ASSERT_EQUAL(rs.rs_code, 2007);
	CU_ASSERT_EQUAL(rs.rs_status, 400);
	result_free(&rs);
	store_close(&st);
	tree_end(&t);
}

static const struct unit_case cases[] = { { "missing", test_missing },
	{ "which", test_which }, { "values", test_values },
	{ "bounded", test_bounded }, { "in use", test_pinned },
	{ "nested", test_nested }, { "drop", test_drop },
	{ "replaced", test_replaced }, { "leftovers", test_leftovers },
	{ "of wazuh-db", test_inherited }, { "version", test_version },
	{ "damaged", test_damaged }, { "damaged global", test_damaged_global },
	{ "damaged others", test_damaged_others },
	{ "deadline", test_deadline }, { "failed commit", test_commit },
	{ "asked first", test_asked }, { NULL, NULL } };

int
main(void)
{
	return (store_main("store_agents", cases));
}
