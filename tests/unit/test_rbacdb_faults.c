/* SPDX-License-Identifier: ISC */
/* rbac.db when others are at it, when it is not ours, when the disk is full. */
#include <sys/types.h>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <sched.h>
#include <signal.h>

#include "tests/unit/rbacdb_place.h"

#define NOBODY 65534

/* --- opening ------------------------------------------------------------ */

static void
test_reopen(void)
{
	enum rbacdb_error err;
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	struct rbac *rb;

	CU_ASSERT_EQUAL(
	    rbacdb_set_password(db, "wazuh", "scrypt:new"), RBACDB_OK);
	CU_ASSERT_EQUAL(
	    rbacdb_set_password(db, "nobody", "scrypt:new"), RBACDB_MISSING);
	CU_ASSERT_EQUAL(
	    rbacdb_set_password(db, "' OR ''='", "scrypt:x"), RBACDB_MISSING);
	rbacdb_close(&db);
	/* What is there is taken as it is, passwords given or not. */
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_OK);
	db = rbacdb_open(pl.pl_db, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	CU_ASSERT_STRING_EQUAL(rb->rb_users[0].ru_password, "scrypt:new");
	CU_ASSERT_STRING_EQUAL(rb->rb_users[1].ru_password, hashes[1]);
	rbac_free(&rb);
	rbacdb_close(&db);
	/* A file in another journal mode is brought back to this one. */
	other_run(pl.pl_db,
	    "PRAGMA journal_mode=WAL; UPDATE roles SET "
	    "name = 'r7' WHERE id = 7");
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "PRAGMA journal_mode"), "delete");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT name FROM roles WHERE id = 7"), "r7");
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	place_remove(&pl);
}

static void
test_missing(void)
{
	struct place pl;
	char name[128];

	place_make(&pl);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_MISSING);
	CU_ASSERT_EQUAL(place_files(&pl), 0);
	/* An empty file is like none. */
	place_write(pl.pl_db, "", 0);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_MISSING);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM policies"), "35");
	/* No such folder. */
	snprintf(name, sizeof(name), "%s/none/rbac.db", pl.pl_dir);
	CU_ASSERT_EQUAL(open_error(name, hashes), RBACDB_MISSING);
	/* A folder in its place. */
	CU_ASSERT_EQUAL(open_error(pl.pl_dir, hashes), RBACDB_IO);
	place_remove(&pl);
}

static void
test_versions(void)
{
	enum rbacdb_error err;
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	rbacdb_close(&db);
	other_run(pl.pl_db, "PRAGMA user_version=2");
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_VERSION);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM users"), "2");
	/* Ours by its number, but not by its tables. */
	other_run(pl.pl_db, "PRAGMA user_version=1; DROP TABLE rules");
	db = rbacdb_open(pl.pl_db, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OTHER);
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_corrupt(void)
{
	enum rbacdb_error err;
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	char junk[4096];
	int fd;

	rbacdb_close(&db);
	/* All pages but the first. */
	memset(junk, 0xa5, sizeof(junk));
	fd = open(pl.pl_db, O_WRONLY | O_CLOEXEC);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(pwrite(fd, junk, sizeof(junk), 4096), 4096);
	CU_ASSERT_EQUAL(pwrite(fd, junk, sizeof(junk), 8192), 4096);
	CU_ASSERT_EQUAL(pwrite(fd, junk, sizeof(junk), 12288), 4096);
	close(fd);
	db = rbacdb_open(pl.pl_db, hashes, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_CORRUPT);
	rbacdb_close(&db);
	/* No database at all. It is not replaced. */
	place_write(pl.pl_db, junk, sizeof(junk));
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_CORRUPT);
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	place_remove(&pl);
}

/* What earlier files and attempts left beside it does no harm. */
static void
test_stale(void)
{
	static const char *const left[] = { ".new", ".new-journal",
		"-journal" };
	char name[128], journal[128], junk[3000];
	struct place pl;
	sqlite3 *sql;
	size_t i;
	int from, to;
	ssize_t n;

	place_make(&pl);
	memset(junk, 'j', sizeof(junk));
	for (i = 0; i < 3; i++) {
		place_name(&pl, left[i], name, sizeof(name));
		place_write(name, junk, sizeof(junk));
	}
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_OK);
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	/* A real journal of a file that was then removed: it would be hot. */
	sql = other_open(pl.pl_db);
	CU_ASSERT_EQUAL(sqlite3_exec(sql,
	                    "PRAGMA cache_size=1; BEGIN; "
	                    "UPDATE policies SET name = name || 'x'; "
	                    "UPDATE rules SET name = name || 'x'",
	                    NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_db_cacheflush(sql);
	place_name(&pl, "-journal", name, sizeof(name));
	from = open(name, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_NOT_EQUAL_FATAL(from, -1);
	place_name(&pl, "-kept", name, sizeof(name));
	to = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while ((n = read(from, junk, sizeof(junk))) > 0)
		CU_ASSERT_EQUAL(write(to, junk, (size_t)n), n);
	close(from);
	close(to);
	sqlite3_close(sql);
	unlink(pl.pl_db);
	place_name(&pl, "-journal", journal, sizeof(journal));
	CU_ASSERT_EQUAL(rename(name, journal), 0);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "PRAGMA integrity_check"), "ok");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM policies"), "35");
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	place_remove(&pl);
}

/* --- others at the same file -------------------------------------------- */

static void
test_version_changes(void)
{
	char name[128];
	struct place pl, pl2;
	struct rbacdb *db = fresh(&pl), *db2;
	uint64_t v1, v2, v3;
	enum rbacdb_error err;
	struct rbac *rb;

	v1 = rbacdb_version(db);
	CU_ASSERT_EQUAL(rbacdb_version(db), v1);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "wazuh", "own"), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_version(db), v1);
	other_run(pl.pl_db, "UPDATE users SET password = 'ext' WHERE id = 2");
	v2 = rbacdb_version(db);
	CU_ASSERT_NOT_EQUAL(v2, v1);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_version(db), v2);
	/* Another file takes the name. */
	db2 = fresh(&pl2);
	rbacdb_close(&db2);
	other_run(pl2.pl_db, "UPDATE users SET username = 'swap' WHERE id = 1");
	CU_ASSERT_EQUAL(rename(pl2.pl_db, pl.pl_db), 0);
	v3 = rbacdb_version(db);
	CU_ASSERT_NOT_EQUAL(v3, v2);
	CU_ASSERT_NOT_EQUAL(v3, v1);
	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	CU_ASSERT_STRING_EQUAL(rb->rb_users[0].ru_name, "swap");
	rbac_free(&rb);
	/* A change goes into the file that has the name. */
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "swap", "new"), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT password FROM users WHERE id = 1"),
	    "new");
	/* Without any file nothing is pretended to be stored. */
	place_name(&pl, ".away", name, sizeof(name));
	CU_ASSERT_EQUAL(rename(pl.pl_db, name), 0);
	CU_ASSERT_EQUAL(rbacdb_version(db), v3);
	CU_ASSERT_EQUAL(
	    rbacdb_set_password(db, "swap", "lost"), RBACDB_MISSING);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_MISSING);
	CU_ASSERT_EQUAL(rename(name, pl.pl_db), 0);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "swap", "kept"), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT password FROM users WHERE id = 1"),
	    "kept");
	rbacdb_close(&db);
	place_remove(&pl);
	place_remove(&pl2);
}

static void
test_busy(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	sqlite3 *sql;
	uint64_t v;

	v = rbacdb_version(db);
	sql = other_open(pl.pl_db);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_BUSY);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "wazuh", "x"), RBACDB_BUSY);
	CU_ASSERT_EQUAL(void_tokens(db, 1, 10, 20), RBACDB_BUSY);
	CU_ASSERT_EQUAL(rbacdb_version(db), v);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_BUSY);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OK);
	CU_ASSERT_EQUAL(void_tokens(db, 1, 10, 20), RBACDB_OK);
	/* A reader lets a change begin, but not end. */
	CU_ASSERT_EQUAL(sqlite3_exec(sql, "BEGIN; SELECT count(*) FROM users",
	                    NULL, NULL, NULL),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OK);
	CU_ASSERT_EQUAL(void_tokens(db, 2, 10, 20), RBACDB_BUSY);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "wazuh", "x"), RBACDB_BUSY);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT user_id FROM users_token_blacklist"),
	    "1");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT password FROM users WHERE id = 1"),
	    hashes[0]);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "wazuh", "y"), RBACDB_OK);
	sqlite3_close(sql);
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_revoke(void)
{
	static const char users[] = "SELECT * FROM users_token_blacklist "
	                            "ORDER BY 1";
	static const char runas[] = "SELECT * FROM runas_token_blacklist";
	enum rbacdb_error err;
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	struct rbac *rb;

	CU_ASSERT_EQUAL(void_tokens(db, 2, 1000, 1900), RBACDB_OK);
	CU_ASSERT_EQUAL(void_tokens(db, 1, 1100, 2000), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, users), "1|1100|2000 2|1000|1900");
	/* Later moves it, earlier does not. */
	CU_ASSERT_EQUAL(void_tokens(db, 2, 1200, 2100), RBACDB_OK);
	CU_ASSERT_EQUAL(void_tokens(db, 2, 500, 1400), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, users), "1|1100|2000 2|1200|2100");
	/* One row for run_as. */
	CU_ASSERT_EQUAL(void_tokens(db, 0, 1300, 2200), RBACDB_OK);
	CU_ASSERT_EQUAL(void_tokens(db, 0, 1250, 2150), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, runas), "1300|2200");
	CU_ASSERT_EQUAL(void_tokens(db, 0, 1400, 2300), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, runas), "1400|2300");
	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	CU_ASSERT_TRUE(rbac_token_void(
	    rb, rbac_user(rb, 2), (int64_t[]){ 1 }, 1, false, 1200));
	CU_ASSERT_FALSE(rbac_token_void(
	    rb, rbac_user(rb, 2), (int64_t[]){ 1 }, 1, false, 1201));
	CU_ASSERT_TRUE(rbac_token_void(
	    rb, rbac_user(rb, 2), (int64_t[]){ 1 }, 1, true, 1400));
	rbac_free(&rb);
	/* What has ended goes, in all three; the last second still counts. */
	other_run(pl.pl_db,
	    "INSERT INTO roles_token_blacklist VALUES "
	    "(3, 1, 2000), (4, 1, 2001)");
	CU_ASSERT_EQUAL(void_tokens(db, 7, 2001, 2901), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, users), "2|1200|2100 7|2001|2901");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT role_id FROM roles_token_blacklist"),
	    "4");
	CU_ASSERT_EQUAL(void_tokens(db, 7, 2301, 3201), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, runas), "");
	rbacdb_close(&db);
	place_remove(&pl);
}

/* --- in a child: other users, no space, killed -------------------------- */

/* Run a check in a child; 0 is good, other numbers say which step failed. */
static int
child(int (*fn)(const struct place *), const struct place *pl)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(fn(pl));
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return (-1);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static int
child_denied(const struct place *pl)
{
	enum rbacdb_error err;
	struct rbacdb *db;
	char name[128];

	if (geteuid() == 0 && (setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
		return (1);
	/* The file may be read, not written. */
	db = rbacdb_open(pl->pl_db, NULL, &err);
	if (db == NULL)
		return (2);
	if (snapshot_error(db) != RBACDB_OK)
		return (3);
	if (rbacdb_set_password(db, "wazuh", "x") != RBACDB_DENIED)
		return (4);
	if (void_tokens(db, 1, 1, 2) != RBACDB_DENIED)
		return (5);
	rbacdb_close(&db);
	/* Nothing may be made in the folder, and this one not be read. */
	place_name(pl, "2", name, sizeof(name));
	if (open_error(name, hashes) != RBACDB_DENIED)
		return (6);
	place_name(pl, "3", name, sizeof(name));
	if (open_error(name, hashes) != RBACDB_DENIED)
		return (7);
	return (0);
}

static void
test_denied(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	char name[128];

	rbacdb_close(&db);
	place_name(&pl, "3", name, sizeof(name));
	place_write(name, "x", 1);
	CU_ASSERT_EQUAL(chmod(name, 0), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_db, 0444), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_dir, 0555), 0);
	CU_ASSERT_EQUAL(child(child_denied, &pl), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_dir, 0700), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM users_token_blacklist"),
	    "0");
	place_remove(&pl);
}

#define CHILD_SKIP 77

static int
child_fill(const char *name)
{
	char block[4096] = { 0 };
	int fd;

	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	close(fd);
	return (0);
}

/* A file system of 256 KiB, seen by this child alone. */
static int
child_full(const struct place *pl)
{
	enum rbacdb_error err;
	struct rbacdb *db;
	char name[128];
	int i;

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("none", pl->pl_dir, "tmpfs", 0, "size=256k") == -1)
		return (CHILD_SKIP);
	place_name(pl, ".fill", name, sizeof(name));
	if (child_fill(name) == -1)
		return (1);
	/* No room for a new one, and nothing is left of the attempt. */
	if (open_error(pl->pl_db, hashes) != RBACDB_FULL)
		return (2);
	if (place_files(pl) != 1)
		return (3);
	/* Nor when it suffices for a part. */
	if (truncate(name, 256 * 1024 - 40960) == -1 ||
	    open_error(pl->pl_db, hashes) != RBACDB_FULL)
		return (4);
	if (place_files(pl) != 1 || unlink(name) == -1)
		return (5);
	db = rbacdb_open(pl->pl_db, hashes, &err);
	if (db == NULL || child_fill(name) == -1)
		return (6);
	/* Full: reading goes on, changes say why not, nothing is lost. */
	for (i = 0; i < 3; i++) {
		if (snapshot_error(db) != RBACDB_OK)
			return (7);
		if (rbacdb_set_password(db, "wazuh", "x") != RBACDB_FULL)
			return (8);
		if (void_tokens(db, 1, 1, 2) != RBACDB_FULL)
			return (9);
	}
	rbacdb_close(&db);
	db = rbacdb_open(pl->pl_db, NULL, &err);
	if (db == NULL || snapshot_error(db) != RBACDB_OK)
		return (10);
	if (unlink(name) == -1 ||
	    rbacdb_set_password(db, "wazuh", "x") != RBACDB_OK)
		return (11);
	rbacdb_close(&db);
	if (strcmp(other_text(pl->pl_db, "PRAGMA integrity_check"), "ok") != 0)
		return (12);
	return (0);
}

static void
test_full(void)
{
	struct place pl;
	int ret;

	place_make(&pl);
	ret = child(child_full, &pl);
	/* Only who may mount can see this. */
	CU_ASSERT(ret == 0 || ret == CHILD_SKIP);
	if (ret == CHILD_SKIP)
		printf("[no mount here] ");
	place_remove(&pl);
}

/* Die of SIGXFSZ where the file would grow beyond this many bytes. */
static off_t kill_limit;

static int
child_killed(const struct place *pl)
{
	struct rlimit rl = { (rlim_t)kill_limit, (rlim_t)kill_limit };

	signal(SIGXFSZ, SIG_DFL);
	if (setrlimit(RLIMIT_FSIZE, &rl) == -1)
		return (1);
	rl.rlim_cur = rl.rlim_max = 0;
	if (setrlimit(RLIMIT_CORE, &rl) == -1)
		return (2);
	return (open_error(pl->pl_db, hashes) == RBACDB_OK ? 0 : 3);
}

static void
test_killed(void)
{
	struct place pl;
	struct stat st;
	int died = 0, ret;

	place_make(&pl);
	for (kill_limit = 0;; kill_limit += 4096) {
		ret = child(child_killed, &pl);
		if (ret == 0)
			break;
		CU_ASSERT_EQUAL_FATAL(ret, -SIGXFSZ);
		died++;
		/* No half file has the name. */
		CU_ASSERT_EQUAL(stat(pl.pl_db, &st), -1);
		CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_MISSING);
	}
	CU_ASSERT(died > 10);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_OK);
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "PRAGMA integrity_check"), "ok");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM roles_policies"), "47");
	place_remove(&pl);
}

static void
test_strerror(void)
{
	int i, j;

	for (i = RBACDB_OK; i <= RBACDB_DENIED; i++)
		for (j = i + 1; j <= RBACDB_DENIED; j++)
			CU_ASSERT_STRING_NOT_EQUAL(
			    rbacdb_strerror((enum rbacdb_error)i),
			    rbacdb_strerror((enum rbacdb_error)j));
	CU_ASSERT_PTR_NOT_NULL(strstr(rbacdb_strerror(RBACDB_FULL), "space"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rbacdb_strerror(RBACDB_BUSY), "locked"));
}

static const struct unit_case cases[] = { { "reopen", test_reopen },
	{ "missing", test_missing }, { "versions", test_versions },
	{ "corrupt", test_corrupt }, { "stale", test_stale },
	{ "version_changes", test_version_changes }, { "busy", test_busy },
	{ "revoke", test_revoke }, { "denied", test_denied },
	{ "full", test_full }, { "killed", test_killed },
	{ "strerror", test_strerror }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("rbacdb_faults", cases));
}
