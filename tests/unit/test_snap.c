/* SPDX-License-Identifier: ISC */
/* The snapshot: when it is read again, and what serves while it cannot be. */
#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/password.h"
#include "authz/rbacdb_change.h"
#include "authz/rules.h"
#include "authz/snap.h"
#include "common/log.h"
#include "tests/unit/unit.h"

#define SEC UINT64_C(1000000000)

static struct {
	char dir[64];
	char path[96];
	int warnings;
} fx;

static void
sink(enum loglevel level, const char *text, void *arg)
{
	if (level == LOGL_WARN)
		fx.warnings++;
}

static void
place(void)
{
	memset(&fx, 0, sizeof(fx));
	log_init("test", LOGL_INFO);
	log_sink(sink, NULL);
	snprintf(fx.dir, sizeof(fx.dir), "/tmp/gatehouse-snap-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(fx.dir));
	snprintf(fx.path, sizeof(fx.path), "%s/rbac.db", fx.dir);
}

static void
make_db(void)
{
	const char *const hashes[2] = { password_dummy(), "x" };
	enum rbacdb_error err;
	struct rbacdb *db;

	db = rbacdb_open(fx.path, hashes, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	rbacdb_close(&db);
}

static void
clear(void)
{
	log_sink(NULL, NULL);
	unlink(fx.path);
	CU_ASSERT_EQUAL(rmdir(fx.dir), 0);
}

/* Another program at the same file. */
static sqlite3 *
outside(const char *sql)
{
	sqlite3 *db;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(fx.path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	return (db);
}

static const char *
name_of(const struct snap *sn, int64_t id)
{
	const struct rbac_user *ru = rbac_user(snap_rbac(sn), id);

	return (ru != NULL ? ru->ru_name : "");
}

static void
test_refresh(void)
{
	struct snap *sn;
	sqlite3 *db;

	place();
	make_db();
	sn = snap_open(fx.path);
	CU_ASSERT_STRING_EQUAL(name_of(sn, 1), "wazuh");
	CU_ASSERT_FALSE(snap_refresh(sn, 1000 * SEC));
	db = outside("UPDATE users SET username = 'other' WHERE id = 1");
	sqlite3_close(db);
	/* A snapshot younger than a second serves without a look. */
	CU_ASSERT_FALSE(snap_refresh(sn, 1000 * SEC + SNAP_AGE - 1));
	CU_ASSERT_STRING_EQUAL(name_of(sn, 1), "wazuh");
	CU_ASSERT_TRUE(snap_refresh(sn, 1000 * SEC + SNAP_AGE));
	CU_ASSERT_STRING_EQUAL(name_of(sn, 1), "other");
	/* Nothing changes: nothing is read. */
	CU_ASSERT_FALSE(snap_refresh(sn, 1010 * SEC));
	CU_ASSERT_FALSE(snap_look(sn, 1010 * SEC));
	/* Who asks for a look gets one, however young it is. */
	db = outside("UPDATE users SET username = 'third' WHERE id = 1");
	sqlite3_close(db);
	CU_ASSERT_FALSE(snap_refresh(sn, 1010 * SEC));
	CU_ASSERT_TRUE(snap_look(sn, 1010 * SEC));
	CU_ASSERT_STRING_EQUAL(name_of(sn, 1), "third");
	db = outside("UPDATE users SET username = 'other' WHERE id = 1");
	sqlite3_close(db);
	CU_ASSERT_TRUE(snap_look(sn, 1010 * SEC));
	/* Our own changes are read at once, by asking for it. */
	CU_ASSERT_EQUAL(
	    rbacdb_set_password(snap_db(sn), "other", "new"), RBACDB_OK);
	CU_ASSERT_FALSE(snap_refresh(sn, 1020 * SEC));
	CU_ASSERT_TRUE(snap_reload(sn, 1020 * SEC));
	CU_ASSERT_STRING_EQUAL(rbac_user(snap_rbac(sn), 1)->ru_password, "new");
	CU_ASSERT_EQUAL(fx.warnings, 0);
	snap_close(&sn);
	CU_ASSERT_PTR_NULL(sn);
	clear();
}

/* Locked from outside: the old one serves, with a warning a minute. */
static void
test_locked(void)
{
	struct snap *sn;
	sqlite3 *db;
	int i;

	place();
	make_db();
	sn = snap_open(fx.path);
	snap_refresh(sn, 1000 * SEC);
	db = outside("UPDATE users SET username = 'other' WHERE id = 1");
	CU_ASSERT_EQUAL(
	    sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_FALSE(snap_reload(sn, 1001 * SEC));
	CU_ASSERT_EQUAL(fx.warnings, 1);
	for (i = 2; i < 61; i++)
		CU_ASSERT_FALSE(snap_refresh(sn, (1000 + (uint64_t)i) * SEC));
	CU_ASSERT_EQUAL(fx.warnings, 1);
	CU_ASSERT_STRING_EQUAL(name_of(sn, 1), "wazuh");
	CU_ASSERT_FALSE(snap_refresh(sn, 1061 * SEC));
	CU_ASSERT_EQUAL(fx.warnings, 2);
	/* It is read as soon as it can be. */
	sqlite3_close(db);
	CU_ASSERT_TRUE(snap_refresh(sn, 1062 * SEC));
	CU_ASSERT_STRING_EQUAL(name_of(sn, 1), "other");
	snap_close(&sn);
	clear();
}

/* A change of ours is read within it, and is the snapshot from then on. */
static void
test_adopt(void)
{
	enum rbacdb_error err;
	struct snap *sn;
	struct rbac *rb;
	uint16_t code;
	sqlite3 *db;

	place();
	make_db();
	sn = snap_open(fx.path);
	CU_ASSERT_TRUE(snap_current(sn));
	CU_ASSERT_EQUAL_FATAL(rbacdb_begin(snap_db(sn)), RBACDB_OK);
	CU_ASSERT_TRUE(snap_current(sn));
	CU_ASSERT_EQUAL(
	    rbacdb_user_password(snap_db(sn), 1, "new", &code), RBACDB_OK);
	rb = rbacdb_snapshot(snap_db(sn), &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	CU_ASSERT_STRING_EQUAL(rbac_user(rb, 1)->ru_password, "new");
	/* It has not ended the changes. */
	CU_ASSERT_EQUAL(
	    rbacdb_user_password(snap_db(sn), 2, "two", &code), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(snap_db(sn), true), RBACDB_OK);
	snap_adopt(sn, rb, 1000 * SEC);
	CU_ASSERT_PTR_EQUAL(snap_rbac(sn), rb);
	CU_ASSERT_TRUE(snap_current(sn));
	CU_ASSERT_FALSE(snap_refresh(sn, 1010 * SEC));
	/* What others have done shows, also within changes. */
	db = outside("UPDATE users SET username = 'other' WHERE id = 1");
	CU_ASSERT_FALSE(snap_current(sn));
	CU_ASSERT_EQUAL_FATAL(rbacdb_begin(snap_db(sn)), RBACDB_OK);
	CU_ASSERT_FALSE(snap_current(sn));
	CU_ASSERT_EQUAL(rbacdb_end(snap_db(sn), false), RBACDB_OK);
	CU_ASSERT_TRUE(snap_reload(sn, 1011 * SEC));
	CU_ASSERT_TRUE(snap_current(sn));
	CU_ASSERT_STRING_EQUAL(rbac_user(snap_rbac(sn), 2)->ru_password, "two");
	/* A snapshot that could not be read again is not to be relied on. */
	CU_ASSERT_EQUAL(
	    sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_FALSE(snap_reload(sn, 1012 * SEC));
	sqlite3_close(db);
	CU_ASSERT_FALSE(snap_current(sn));
	CU_ASSERT_TRUE(snap_reload(sn, 1013 * SEC));
	CU_ASSERT_TRUE(snap_current(sn));
	snap_close(&sn);
	clear();
}

/* How many roles a context gives by the rules of the present snapshot. */
static size_t
given(struct snap *sn, const char *text)
{
	static struct rules_result rr;
	const struct rules *rs = snap_rules(sn);
	struct jv context;

	CU_ASSERT_PTR_NOT_NULL_FATAL(rs);
	CU_ASSERT_PTR_EQUAL(snap_rules(sn), rs);
	CU_ASSERT_EQUAL_FATAL(jv_read(text, strlen(text), &context), 0);
	CU_ASSERT_EQUAL(
	    rules_roles(rs, &context, 2, RULES_WORK, NULL, NULL, &rr), 0);
	jv_free(&context);
	return (rr.rr_nroles);
}

/* Rules go with their snapshot, however that was replaced. */
static void
test_rules(void)
{
	static const char context[] = "{\"user_name\": \"admin\", \"a\": 1}";
	enum rbacdb_error err;
	struct snap *sn;
	uint16_t code;

	place();
	make_db();
	sn = snap_open(fx.path);
	CU_ASSERT_EQUAL(given(sn, context), 1);
	/* By somebody else, with one that is bad: that is told once. */
	sqlite3_close(outside("INSERT INTO rules VALUES (100, 'x', "
	                      "'{\"MATCH\": {\"a\": 1}}', ''), "
	                      "(101, 'y', '[', '');"
	                      "INSERT INTO roles_rules VALUES "
	                      "(100, 5, 100, ''), (101, 6, 101, '')"));
	CU_ASSERT_TRUE(snap_refresh(sn, 5 * SEC));
	CU_ASSERT_EQUAL(fx.warnings, 0);
	CU_ASSERT_EQUAL(given(sn, context), 2);
	CU_ASSERT_EQUAL(given(sn, context), 2);
	CU_ASSERT_EQUAL(fx.warnings, 1);
	/* By a change of our own. */
	CU_ASSERT_EQUAL_FATAL(rbacdb_begin(snap_db(sn)), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_rule_set(snap_db(sn), 100, NULL,
	                    "{\"MATCH\": {\"a\": 2}}", &code),
	    RBACDB_OK);
	CU_ASSERT_EQUAL(code, 0);
	snap_adopt(sn, rbacdb_snapshot(snap_db(sn), &err), 6 * SEC);
	CU_ASSERT_EQUAL(rbacdb_end(snap_db(sn), true), RBACDB_OK);
	CU_ASSERT_EQUAL(given(sn, context), 1);
	snap_close(&sn);
	clear();
}

/* Another file in its place (a restored copy, say) is taken up. */
static void
test_replaced(void)
{
	struct snap *sn;
	sqlite3 *db;
	char old[128];

	place();
	make_db();
	sn = snap_open(fx.path);
	snap_refresh(sn, 1000 * SEC);
	snprintf(old, sizeof(old), "%s.old", fx.path);
	CU_ASSERT_EQUAL(rename(fx.path, old), 0);
	make_db();
	db = outside("UPDATE users SET username = 'third' WHERE id = 1");
	sqlite3_close(db);
	CU_ASSERT_TRUE(snap_refresh(sn, 1002 * SEC));
	CU_ASSERT_STRING_EQUAL(name_of(sn, 1), "third");
	snap_close(&sn);
	unlink(old);
	clear();
}

/* Not there: made, with users nobody can be. */
static void
test_missing(void)
{
	const struct rbac_user *a, *b;
	struct snap *sn;
	struct stat st;

	place();
	sn = snap_open(fx.path);
	CU_ASSERT_EQUAL(fx.warnings, 1);
	CU_ASSERT_EQUAL(stat(fx.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	a = rbac_user_name(snap_rbac(sn), "wazuh");
	b = rbac_user_name(snap_rbac(sn), "wazuh-wui");
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_FALSE(password_verify(a->ru_password, "wazuh"));
	CU_ASSERT_FALSE(password_verify(a->ru_password, ""));
	CU_ASSERT_FALSE(password_verify(b->ru_password, "wazuh-wui"));
	CU_ASSERT_EQUAL(strncmp(a->ru_password, "scrypt:32768:8:1$", 17), 0);
	CU_ASSERT_STRING_NOT_EQUAL(a->ru_password, b->ru_password);
	snap_close(&sn);
	clear();
}

/* What snap_open() says in a process of its own, which must end with 1. */
static void
dies(char *out, size_t size)
{
	int p[2], status;
	ssize_t n;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
	pid = fork();
	CU_ASSERT_TRUE_FATAL(pid != -1);
	if (pid == 0) {
		dup2(p[1], STDERR_FILENO);
		log_sink(NULL, NULL);
		snap_open(fx.path);
		_exit(77);
	}
	close(p[1]);
	n = read(p[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(p[0]);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void
test_unusable(void)
{
	char out[512];
	sqlite3 *db;
	int fd;

	place();
	fd = open(fx.path, O_WRONLY | O_CREAT, 0640);
	CU_ASSERT_EQUAL(write(fd, "this is no database at all\n", 27), 27);
	close(fd);
	dies(out, sizeof(out));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "2012 - rbac.db is damaged"));
	unlink(fx.path);
	make_db();
	db = outside("PRAGMA user_version = 99");
	sqlite3_close(db);
	dies(out, sizeof(out));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "2012 - "));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "newer"));
	clear();
}

static const struct unit_case cases[] = {
	{ "refresh", test_refresh },
	{ "locked", test_locked },
	{ "adopt", test_adopt },
	{ "rules", test_rules },
	{ "replaced", test_replaced },
	{ "missing", test_missing },
	{ "unusable", test_unusable },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("snap", cases));
}
