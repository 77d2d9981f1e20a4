/* SPDX-License-Identifier: ISC */
/*
 * A new rbac.db takes the place of one that is there, of an older version or
 * for a factory reset: while others are at it, without permission, without
 * space, and killed at any moment.
 */
#include <sys/types.h>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <sched.h>
#include <signal.h>

#include "common/log.h"
#include "tests/unit/rbacdb_kill.h"
#include "tests/unit/rbacdb_old.h"

#define NOBODY 65534

/* --- an older version ------------------------------------------------------------- */

static void
test_busy(void)
{
	struct place pl;
	sqlite3 *sql;

	old_make(&pl, NULL);
	sql = other_open(pl.pl_db);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_BUSY);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	/* Who only reads is no hindrance. */
	CU_ASSERT_EQUAL(sqlite3_exec(sql, "BEGIN; SELECT count(*) FROM users",
	                    NULL, NULL, NULL),
	    SQLITE_OK);
	migrate(&pl);
	sqlite3_close(sql);
	place_remove(&pl);
}

static int
denied(const struct place *pl)
{
	if (geteuid() == 0 && (setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
		return (1);
	return (open_error(pl->pl_db, NULL) == RBACDB_DENIED ? 0 : 2);
}

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

static void
test_denied(void)
{
	struct place pl;

	old_make(&pl, NULL);
	CU_ASSERT_EQUAL(chmod(pl.pl_db, 0444), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_dir, 0777), 0);
	CU_ASSERT_EQUAL(child(denied, &pl), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_db, 0666), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_dir, 0555), 0);
	CU_ASSERT_EQUAL(child(denied, &pl), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_dir, 0700), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "PRAGMA user_version"), "0");
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	place_remove(&pl);
}

#define CHILD_SKIP 77

/* Leave so many bytes of a small file system, seen by this child alone. */
static int
full_leave(const struct place *pl, off_t left)
{
	char name[128], block[4096] = { 0 };
	int fd;

	place_name(pl, ".fill", name, sizeof(name));
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	close(fd);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd == -1 || ftruncate(fd, lseek(fd, 0, SEEK_END) - left) == -1)
		return (-1);
	close(fd);
	return (0);
}

static int
full(const struct place *pl)
{
	char name[128];
	off_t left;
	int failed = 0;

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("none", pl->pl_dir, "tmpfs", 0, "size=1m") == -1)
		return (CHILD_SKIP);
	other_run(pl->pl_db, old_schema);
	other_run(pl->pl_db, old_defaults);
	for (left = 0; failed < 100; left += 16384, failed++) {
		if (full_leave(pl, left) == -1)
			return (1);
		if (open_error(pl->pl_db, NULL) == RBACDB_OK)
			break;
		if (open_error(pl->pl_db, NULL) != RBACDB_FULL)
			return (2);
		/* Nothing but the file that fills, and the old one as it was. */
		if (place_files(pl) != 2)
			return (3);
		if (strcmp(other_text(pl->pl_db, "PRAGMA user_version"), "0"))
			return (4);
	}
	if (failed < 3 || failed == 100)
		return (5);
	place_name(pl, BACKUP, name, sizeof(name));
	if (strcmp(other_text(name, "PRAGMA integrity_check"), "ok") != 0 ||
	    strcmp(other_text(pl->pl_db, "PRAGMA integrity_check"), "ok") != 0)
		return (6);
	return (0);
}

static void
test_full(void)
{
	struct place pl;
	int ret;

	place_make(&pl);
	ret = child(full, &pl);
	/* Only who may mount can see this. */
	CU_ASSERT(ret == 0 || ret == CHILD_SKIP);
	if (ret == CHILD_SKIP)
		printf("[no mount here] ");
	place_remove(&pl);
}

static void
copy(const char *from, const char *to)
{
	char bytes[65536];
	ssize_t n;
	int in, out;

	in = open(from, O_RDONLY | O_CLOEXEC);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CU_ASSERT(in != -1 && out != -1);
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		CU_ASSERT_EQUAL(write(out, bytes, (size_t)n), n);
	close(in);
	close(out);
}

static int
killed_open(const void *arg)
{
	return ((int)open_error(arg, NULL));
}

static int
killed_reset(const void *arg)
{
	return ((int)rbacdb_reset(arg, hashes, NULL, NULL));
}

/*
 * Killed at any moment there is the old file or the new one, and the next
 * attempt comes to the same end.
 */
static void
test_killed(void)
{
	static const char users[] = "SELECT id FROM users ORDER BY id";
	char name[128], keep[128];
	struct place pl, store;
	int n, ret, status = -1, kept_old = 0;

	old_make(&store, "INSERT INTO users VALUES (100, 'anna', 'x', 0, 'd')");
	place_make(&pl);
	place_name(&pl, BACKUP, name, sizeof(name));
	place_name(&store, "", keep, sizeof(keep));
	for (n = 0;; n++) {
		copy(keep, pl.pl_db);
		unlink(name);
		ret = kill_at(n, killed_open, pl.pl_db, &status);
		if (ret != 0)
			break;
		/* Nothing is half, whoever opens it. */
		CU_ASSERT_STRING_EQUAL(
		    other_text(pl.pl_db, "PRAGMA integrity_check"), "ok");
		if (strcmp(other_text(pl.pl_db, "PRAGMA user_version"), "0") ==
		    0) {
			CU_ASSERT_STRING_EQUAL(
			    other_text(pl.pl_db, "SELECT name FROM roles"),
			    "administrator gone readonly");
			kept_old++;
		} else {
			CU_ASSERT_EQUAL(access(name, F_OK), 0);
		}
		CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, users), "1 2 100");
		migrate(&pl);
		CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, users), "1 2 100");
		CU_ASSERT_STRING_EQUAL(
		    other_text(name, "PRAGMA user_version"), "0");
		CU_ASSERT_STRING_EQUAL(
		    other_text(name, "PRAGMA integrity_check"), "ok");
	}
	if (ret == KILL_NOT) {
		printf("[no tracing here] ");
	} else {
		printf("[%d moments] ", n);
		CU_ASSERT_EQUAL(status, 0);
		CU_ASSERT(kept_old > 50);
		CU_ASSERT(n > kept_old);
	}
	place_remove(&pl);
	place_remove(&store);
}

/* --- the factory's state ------------------------------------------------- */

static void
test_reset(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	enum rbacdb_error err;
	struct rbac *rb;
	struct stat st;
	sqlite3 *sql;

	CU_ASSERT_EQUAL(user_add(db, "anna"), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_db, 0600), 0);
	if (geteuid() == 0)
		CU_ASSERT_EQUAL(chown(pl.pl_db, NOBODY, NOBODY), 0);
	CU_ASSERT_EQUAL(rbacdb_reset(pl.pl_db, hashes, NULL, NULL), RBACDB_OK);
	CU_ASSERT_EQUAL(stat(pl.pl_db, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(st.st_uid, geteuid() == 0 ? NOBODY : geteuid());
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	/* Who has it open meets the new one. */
	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	CU_ASSERT_EQUAL(rb->rb_nusers, 2);
	CU_ASSERT_STRING_EQUAL(rb->rb_users[1].ru_password, hashes[1]);
	rbac_free(&rb);
	CU_ASSERT_EQUAL(user_add(db, "berta"), 0);
	CU_ASSERT_EQUAL(id, 100);
	/* Somebody is at it. */
	sql = other_open(pl.pl_db);
	CU_ASSERT_EQUAL(sqlite3_exec(sql, "BEGIN; SELECT count(*) FROM users",
	                    NULL, NULL, NULL),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(
	    rbacdb_reset(pl.pl_db, hashes, NULL, NULL), RBACDB_BUSY);
	sqlite3_close(sql);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM users"), "3");
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	rbacdb_close(&db);
	place_remove(&pl);
}

/* What was there when somebody was asked, and what that one is to say. */
struct asked {
	struct place *as_place;
	bool as_say;
	int as_files;
	enum rbacdb_error as_begin;
};

static bool
ask(void *arg)
{
	struct asked *as = arg;
	enum rbacdb_error err;
	struct rbacdb *db;

	as->as_files = place_files(as->as_place);
	db = rbacdb_open(as->as_place->pl_db, NULL, &err);
	as->as_begin = db == NULL ? err : rbacdb_begin(db);
	rbacdb_close(&db);
	return (as->as_say);
}

/* Asked with both files there and the old one locked; a no is the end of it. */
static void
test_reset_ready(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	struct asked as = { .as_place = &pl };

	CU_ASSERT_EQUAL(user_add(db, "anna"), 0);
	rbacdb_close(&db);
	CU_ASSERT_EQUAL(rbacdb_reset(pl.pl_db, hashes, ask, &as), RBACDB_OTHER);
	CU_ASSERT_EQUAL(as.as_files, 2);
	CU_ASSERT_EQUAL(as.as_begin, RBACDB_BUSY);
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM users"), "3");
	as.as_say = true;
	CU_ASSERT_EQUAL(rbacdb_reset(pl.pl_db, hashes, ask, &as), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM users"), "2");
	place_remove(&pl);
}

/* Of whatever is there, or nothing. */
static void
test_reset_any(void)
{
	char junk[5000];
	struct place pl;

	place_make(&pl);
	CU_ASSERT_EQUAL(rbacdb_reset(pl.pl_db, hashes, NULL, NULL), RBACDB_OK);
	memset(junk, 0xa5, sizeof(junk));
	place_write(pl.pl_db, junk, sizeof(junk));
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_CORRUPT);
	CU_ASSERT_EQUAL(rbacdb_reset(pl.pl_db, hashes, NULL, NULL), RBACDB_OK);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_OK);
	place_write(pl.pl_db, "", 0);
	CU_ASSERT_EQUAL(rbacdb_reset(pl.pl_db, hashes, NULL, NULL), RBACDB_OK);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_OK);
	other_run(pl.pl_db, "PRAGMA user_version=9");
	CU_ASSERT_EQUAL(rbacdb_reset(pl.pl_db, hashes, NULL, NULL), RBACDB_OK);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_OK);
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	place_remove(&pl);
	CU_ASSERT_EQUAL(
	    rbacdb_reset(pl.pl_db, hashes, NULL, NULL), RBACDB_MISSING);
}

static void
test_reset_killed(void)
{
	char keep[128];
	struct place pl, store;
	struct rbacdb *db = fresh(&store);
	int n, ret, status = -1, kept_old = 0;
	const char *users;

	CU_ASSERT_EQUAL(user_add(db, "anna"), 0);
	rbacdb_close(&db);
	place_make(&pl);
	place_name(&store, "", keep, sizeof(keep));
	for (n = 0;; n++) {
		copy(keep, pl.pl_db);
		ret = kill_at(n, killed_reset, pl.pl_db, &status);
		if (ret != 0)
			break;
		CU_ASSERT_STRING_EQUAL(
		    other_text(pl.pl_db, "PRAGMA integrity_check"), "ok");
		users =
		    other_text(pl.pl_db, "SELECT id FROM users ORDER BY id");
		kept_old += strcmp(users, "1 2 100") == 0;
		CU_ASSERT(
		    strcmp(users, "1 2 100") == 0 || strcmp(users, "1 2") == 0);
	}
	if (ret == KILL_NOT) {
		printf("[no tracing here] ");
	} else {
		CU_ASSERT_EQUAL(status, 0);
		CU_ASSERT(kept_old > 30);
		CU_ASSERT(n > kept_old);
		CU_ASSERT_EQUAL(place_files(&pl), 1);
	}
	place_remove(&pl);
	place_remove(&store);
}

static const struct unit_case cases[] = { { "busy", test_busy },
	{ "denied", test_denied }, { "full", test_full },
	{ "killed", test_killed }, { "reset", test_reset },
	{ "reset_ready", test_reset_ready }, { "reset_any", test_reset_any },
	{ "reset_killed", test_reset_killed }, { NULL, NULL } };

int
main(void)
{
	log_setlevel(LOGL_DISABLED);
	return (unit_run("rbacdb_replace", cases));
}
