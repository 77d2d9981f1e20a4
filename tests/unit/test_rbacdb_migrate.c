/* SPDX-License-Identifier: ISC */
/* An rbac.db of an older version becomes one of ours: what comes over, how. */
#include <sys/types.h>

#include <sys/stat.h>

#include "common/log.h"
#include "tests/unit/rbacdb_old.h"

#define OWN "WHERE id > 88 ORDER BY id"

/* --- what comes over ----------------------------------------------------- */

static void
test_defaults(void)
{
	char name[128];
	struct place pl;
	struct stat st;

	old_make(&pl, NULL);
	CU_ASSERT_EQUAL(chmod(pl.pl_db, 0600), 0);
	migrate(&pl);
	/* Of the two users the passwords alone. */
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	                           "SELECT id, username, password, "
	                           "allow_run_as FROM users ORDER BY id"),
	    "1|wazuh|scrypt:old1|1 2|wazuh-wui|scrypt:old2|1");
	/* All else is of today. */
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	                           "SELECT (SELECT count(*) FROM roles), "
	                           "(SELECT count(*) FROM policies), "
	                           "(SELECT count(*) FROM rules), "
	                           "(SELECT count(*) FROM user_roles), "
	                           "(SELECT count(*) FROM roles_policies), "
	                           "(SELECT count(*) FROM roles_rules)"),
	    "7|35|2|2|47|2");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "PRAGMA journal_mode"), "delete");
	CU_ASSERT_EQUAL(stat(pl.pl_db, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	CU_ASSERT_EQUAL(st.st_uid, geteuid());
	/* What it was stands beside it, whole. */
	place_name(&pl, BACKUP, name, sizeof(name));
	CU_ASSERT_STRING_EQUAL(other_text(name, "PRAGMA user_version"), "0");
	CU_ASSERT_STRING_EQUAL(
	    other_text(name, "PRAGMA integrity_check"), "ok");
	CU_ASSERT_STRING_EQUAL(
	    other_text(name, "SELECT id, name FROM roles ORDER BY id"),
	    "1|administrator 2|gone 3|readonly");
	CU_ASSERT_EQUAL(stat(name, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	place_remove(&pl);
}

static void
test_own(void)
{
	struct place pl;
	struct rbacdb *db;
	int64_t made;
	uint16_t c;

	old_make(&pl,
	    "INSERT INTO users VALUES (50, 'lost', 'x', 0, 'd'), "
	    "(89, 'cloud', 'p89', 1, '2020-01-02 03:04:05.000006'), "
	    "(99, 'last', 'p99', 0, NULL), (100, 'anna', 'p100', 1, 'd'), "
	    "(205, 'berta', 'p205', 0, 'd');"
	    "INSERT INTO roles VALUES (60, 'lost', 'd'), (90, 'r90', 'd'), "
	    "(100, 'r100', 'd'), (300, 'r300', 'd');"
	    "INSERT INTO rules VALUES (100, 'u100', '{\"a\":1}', 'd');"
	    "INSERT INTO policies VALUES (95, 'p95', '{\"p\": 95}', 'd'), "
	    "(100, 'p100', '{\"p\": 100}', 'd');");
	migrate(&pl);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	                           "SELECT id, username, password, "
	                           "allow_run_as FROM users " OWN),
	    "89|cloud|p89|1 99|last|p99|0 100|anna|p100|1 205|berta|p205|0");
	CU_ASSERT_STRING_EQUAL(
	    other_text(
	        pl.pl_db, "SELECT created_at FROM users WHERE id IN (89, 100)"),
	    "2020-01-02 03:04:05.000006 d");
	CU_ASSERT_EQUAL(strlen(other_text(pl.pl_db,
	                    "SELECT created_at FROM users WHERE id = 99")),
	    26);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, name FROM roles " OWN),
	    "90|r90 100|r100 300|r300");
	/* Spelled as the column has it. */
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, name, rule FROM rules " OWN),
	    "100|u100|{\"a\": 1}");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, name, policy FROM policies " OWN),
	    "95|p95|{\"p\": 95} 100|p100|{\"p\": 100}");
	/* What is neither a default nor one's own is gone. */
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM users WHERE id = 50"),
	    "0");
	db = rbacdb_open(pl.pl_db, NULL, &(enum rbacdb_error){ RBACDB_OK });
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_role_add(db, "next", &made, &c), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OK);
	CU_ASSERT_EQUAL(made, 301);
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_links(void)
{
	struct place pl;

	old_make(&pl,
	    "INSERT INTO users VALUES (90, 'cloud', 'x', 0, 'd'), "
	    "(100, 'anna', 'x', 0, 'd'), (101, 'berta', 'x', 0, 'd');"
	    "INSERT INTO roles VALUES (99, 'r99', 'd'), (100, 'r100', 'd'), "
	    "(101, 'r101', 'd');"
	    "INSERT INTO rules VALUES (100, 'u100', '{\"a\": 1}', 'd');"
	    "INSERT INTO policies VALUES (100, 'p100', '{\"p\": 1}', 'd'), "
	    "(101, 'p101', '{\"p\": 2}', 'd');"
	    /* Gaps, and a default that has another id today. */
	    "INSERT INTO user_roles VALUES (10, 100, 101, 0, 't'), "
	    "(11, 100, 3, 4, 't'), (12, 100, 100, 2, 't'), "
	    "(13, 90, 100, 0, 't'), (14, 90, 1, 1, 't'), (15, 90, 99, 2, 't'), "
	    /* A default user's own role. */
	    "(16, 2, 100, 1, 't'), "
	    /* Of what is no more, or never was. */
	    "(17, 101, 2, 0, 't'), (18, 101, 777, 1, 't'), "
	    "(19, 888, 100, 0, 't'), (20, 101, 1, 2, 't'), "
	    "(21, 101, NULL, 3, 't');"
	    "INSERT INTO roles_policies VALUES (10, 100, 101, 0, 't'), "
	    "(11, 100, 1, 1, 't'), (12, 100, 2, 2, 't'), (13, 100, 100, 3, 't'), "
	    "(14, 3, 100, 9, 't'), (15, 99, 100, NULL, 't');"
	    "INSERT INTO roles_rules VALUES (10, 100, 1, 't'), "
	    "(11, 1, 100, 't'), (12, 2, 100, 't');");
	migrate(&pl);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	                           "SELECT user_id, role_id, level FROM "
	                           "user_roles ORDER BY user_id, level"),
	    "1|1|0 2|1|0 2|100|1 90|100|0 90|1|1 90|99|2 100|101|0 100|100|1 "
	    "100|2|2 101|1|0");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT DISTINCT created_at FROM user_roles WHERE id > 2"),
	    "t");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT role_id, policy_id, level FROM roles_policies "
	        "WHERE role_id > 88 OR policy_id > 88 ORDER BY role_id, level"),
	    "2|100|13 99|100|0 100|101|0 100|4|1 100|100|2");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT role_id, rule_id FROM roles_rules ORDER BY 1, 2"),
	    "1|1 1|2 1|100 100|1");
	place_remove(&pl);
}

static void
test_conflicts(void)
{
	struct place pl;

	old_make(&pl,
	    "UPDATE users SET username = 'boss' WHERE id = 1;"
	    "INSERT INTO users VALUES (100, 'wazuh', 'x', 0, 'd'), "
	    "(101, 'wazuh_user', 'y', 0, 'd');"
	    "INSERT INTO roles VALUES (90, 'cluster_admin', 'd'), "
	    "(100, 'users_admin', 'd');"
	    /* The body of a default, that of another, a default's name. */
	    "INSERT INTO rules VALUES (100, 'u100', "
	    "'{\"FIND\":{\"user_name\":\"admin\"}}', 'd'), "
	    "(101, 'u101', '{\"a\": 1}', 'd'), (102, 'u102', '{\"a\":1}', 'd'), "
	    "(103, 'wui_opensearch_admin', '{\"b\": 1}', 'd');"
	    "INSERT INTO policies VALUES (100, 'p100', '{\"p\": 1}', 'd'), "
	    "(101, 'p101', '{\"actions\": [\"event:ingest\"], "
	    "\"resources\": [\"*:*:*\"], \"effect\": \"allow\"}', 'd'), "
	    "(102, 'p102', '{\"p\": 2}', 'd'), "
	    "(103, 'mitre_read_mitre', '{\"p\": 3}', 'd');"
	    "INSERT INTO user_roles VALUES (10, 100, 90, 0, 'd'), "
	    "(11, 100, 100, 1, 'd');"
	    "INSERT INTO roles_policies VALUES (10, 100, 102, 0, 'd'), "
	    "(11, 100, 101, 1, 'd'), (12, 100, 103, 2, 'd'), "
	    "(13, 100, 100, 3, 'd');"
	    "INSERT INTO roles_rules VALUES (10, 100, 100, 'd'), "
	    "(11, 100, 101, 'd'), (12, 100, 102, 'd'), (13, 100, 103, 'd');");
	migrate(&pl);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, username FROM users ORDER BY id"),
	    "1|wazuh 2|wazuh-wui 100|wazuh_user 101|wazuh_user_user");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, name FROM roles " OWN),
	    "90|cluster_admin_user 100|users_admin_user");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, name, rule FROM rules " OWN),
	    "101|u101|{\"a\": 1} 103|wui_opensearch_admin_user|{\"b\": 1}");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, name, policy FROM policies " OWN),
	    "100|p100|{\"p\": 1} 102|p102|{\"p\": 2} "
	    "103|mitre_read_mitre_user|{\"p\": 3}");
	/* One's own roles, not the defaults whose names they had. */
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT role_id FROM user_roles WHERE user_id = 100 "
	        "ORDER BY level"),
	    "90 100");
	/* What has become a default's stands where it stood. */
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT policy_id, level FROM roles_policies "
	        "WHERE role_id = 100 ORDER BY level"),
	    "102|0 35|1 103|2 100|3");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT rule_id FROM roles_rules WHERE role_id = 100 "
	        "ORDER BY 1"),
	    "2 101 103");
	place_remove(&pl);
}

/* Twice linked in the end is linked once, at the first of the two places. */
static void
test_meeting(void)
{
	struct place pl;

	old_make(&pl,
	    "INSERT INTO policies VALUES (35, 'events_ingest_resourceless', "
	    "'{\"old\": 1}', 'd'), "
	    "(100, 'mine', '{\"actions\": [\"event:ingest\"], "
	    "\"resources\": [\"*:*:*\"], \"effect\": \"allow\"}', 'd'), "
	    "(101, 'deny', '{\"p\": 1}', 'd');"
	    "INSERT INTO roles VALUES (100, 'r100', 'd');"
	    "INSERT INTO roles_policies VALUES (10, 100, 100, 0, 'd'), "
	    "(11, 100, 101, 1, 'd'), (12, 100, 35, 2, 'd');");
	migrate(&pl);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT policy_id, level FROM roles_policies "
	        "WHERE role_id = 100 ORDER BY level"),
	    "35|0 101|1");
	place_remove(&pl);
}

/* What cannot be read, or would not be accepted today, is not thrown away. */
static void
test_texts(void)
{
	char query[256];
	struct place pl;

	old_make(&pl,
	    "INSERT INTO policies VALUES (100, 'p100', "
	    "'{\"actions\":[\"*:*\"],\"resources\":[\"*:*\"],"
	    "\"effect\":\"deny\"}', 'd'), (101, 'p101', 'not json', 'd'), "
	    "(102, 'p102', '', 'd');"
	    "INSERT INTO rules VALUES (100, 'u100', '[1]', 'd'), "
	    "(101, 'u101', '{\"a\":\"\xc3\xa9\",\"a\":\"\xe2\x82\xac\"}', 'd');"
	    "INSERT INTO roles VALUES (100, 'r100', 'd');"
	    "INSERT INTO roles_policies VALUES (10, 100, 100, 0, 'd'), "
	    "(11, 100, 101, 1, 'd');");
	/* The schema of today does not take such a name. */
	snprintf(query, sizeof(query),
	    "INSERT INTO roles VALUES (101, '%070d', 'd'); INSERT INTO "
	    "user_roles VALUES (10, 1, 101, 0, 'd'), (11, 1, 100, 0, 'd')",
	    7);
	other_run(pl.pl_db, query);
	migrate(&pl);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, policy FROM policies " OWN),
	    "100|{\"actions\": [\"*:*\"], \"resources\": [\"*:*\"], "
	    "\"effect\": \"deny\"} 101|not json 102|");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, rule FROM rules " OWN),
	    "100|[1] 101|{\"a\": \"\\u20ac\"}");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT policy_id FROM roles_policies WHERE role_id = 100 "
	        "ORDER BY level"),
	    "100 101");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id FROM roles " OWN), "100");
	CU_ASSERT_STRING_EQUAL(
	    other_text(
	        pl.pl_db, "SELECT role_id FROM user_roles WHERE user_id = 1"),
	    "1 100");
	place_remove(&pl);
}

static void
test_blacks(void)
{
	struct place pl;

	old_make(&pl,
	    "INSERT INTO users VALUES (100, 'anna', 'x', 0, 'd');"
	    "INSERT INTO users_token_blacklist VALUES (1, 5, 6), (100, 7, 8), "
	    "(999, 9, 10);"
	    "INSERT INTO roles_token_blacklist VALUES (3, 11, 12), (2, 13, 14);"
	    "INSERT INTO runas_token_blacklist VALUES (15, 16)");
	migrate(&pl);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT * FROM users_token_blacklist UNION ALL "
	        "SELECT * FROM roles_token_blacklist UNION ALL "
	        "SELECT 0, * FROM runas_token_blacklist"),
	    "1|5|6 100|7|8 2|11|12 0|15|16");
	place_remove(&pl);
}

/* --- other shapes -------------------------------------------------------- */

/* Before the first release: fewer columns, numbers as text, fewer tables. */
static void
test_early(void)
{
	struct place pl;

	place_make(&pl);
	other_run(pl.pl_db,
	    "CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(32), "
	    "password VARCHAR(256), auth_context BOOLEAN);"
	    "CREATE TABLE roles (id INTEGER PRIMARY KEY, name VARCHAR(20));"
	    "CREATE TABLE rules (id INTEGER PRIMARY KEY, name VARCHAR(20), "
	    "rule TEXT);"
	    "CREATE TABLE policies (id INTEGER PRIMARY KEY, name VARCHAR(20), "
	    "policy TEXT);"
	    "CREATE TABLE user_roles (id INTEGER PRIMARY KEY, "
	    "user_id VARCHAR(32), role_id INTEGER);"
	    "CREATE TABLE roles_rules (id INTEGER PRIMARY KEY, "
	    "role_id INTEGER, rule_id INTEGER);"
	    "CREATE TABLE roles_policies (id INTEGER PRIMARY KEY, "
	    "role_id INTEGER, policy_id INTEGER);"
	    "INSERT INTO users VALUES (1, 'wazuh', 'scrypt:old1', 1), "
	    "(100, 'anna', 'x', 1), (101, NULL, NULL, 0);"
	    "INSERT INTO roles VALUES (1, 'administrator'), (100, 'r100'), "
	    "(101, 'r101');"
	    "INSERT INTO user_roles VALUES (1, '100', 101), (2, '100', 1), "
	    "(3, '100', 100);"
	    "PRAGMA user_version=-5");
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT id, username, allow_run_as FROM users ORDER BY id"),
	    "1|wazuh|1 2|wazuh-wui|1 100|anna|0 101||0");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT role_id, level FROM user_roles WHERE user_id = 100 "
	        "ORDER BY level"),
	    "101|0 1|1 100|2");
	CU_ASSERT_EQUAL(strlen(other_text(pl.pl_db,
	                    "SELECT created_at FROM roles WHERE id = 100")),
	    26);
	/* Nobody's password is a known one. */
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT password FROM users WHERE id = 1"),
	    "scrypt:old1");
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    other_text(pl.pl_db, "SELECT password FROM users WHERE id = 2"),
	    "scrypt:32768:8:1$"));
	CU_ASSERT_EQUAL(access(pl.pl_db, F_OK), 0);
	CU_ASSERT_EQUAL(place_files(&pl), 2);
	place_remove(&pl);
}

/* Somebody else's database, and one that lacks what matters. */
static void
test_not_ours(void)
{
	static const char *const changes[] = {
		"DROP TABLE roles",
		"DROP TABLE roles_policies",
		"ALTER TABLE users RENAME COLUMN password TO secret",
		"ALTER TABLE rules DROP COLUMN rule",
		"ALTER TABLE user_roles RENAME COLUMN role_id TO x",
	};
	struct place pl;
	size_t i;

	place_make(&pl);
	other_run(pl.pl_db, "CREATE TABLE notes (text TEXT)");
	refused(&pl, RBACDB_OTHER, "0");
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	place_remove(&pl);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		old_make(&pl, changes[i]);
		refused(&pl, RBACDB_OTHER, "0");
		CU_ASSERT_EQUAL(place_files(&pl), 1);
		place_remove(&pl);
	}
	/* A name that would be cut short to another's. */
	old_make(&pl,
	    "INSERT INTO users VALUES "
	    "(100, 'wazuh' || char(0) || 'x', 'x', 0, NULL)");
	refused(&pl, RBACDB_OTHER, "0");
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	place_remove(&pl);
	/* A newer one. */
	old_make(&pl, "PRAGMA user_version=2");
	refused(&pl, RBACDB_VERSION, "2");
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	place_remove(&pl);
}

static void
test_wal(void)
{
	struct place pl;
	sqlite3 *sql;

	old_make(&pl, "PRAGMA journal_mode=WAL");
	/* Killed after a change that has not reached the file itself. */
	sql = other_open(pl.pl_db);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql,
	        "INSERT INTO users VALUES (100, 'anna', 'x', 0, 'd')", NULL,
	        NULL, NULL),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_BUSY);
	sqlite3_close(sql);
	migrate(&pl);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT username FROM users WHERE id = 100"),
	    "anna");
	place_remove(&pl);
}

/* Again: nothing happens. Put back: it is done again. */
static void
test_again(void)
{
	char name[128];
	struct place pl;

	old_make(&pl, "INSERT INTO users VALUES (100, 'anna', 'x', 0, 'd')");
	migrate(&pl);
	other_run(pl.pl_db, "UPDATE users SET username = 'new' WHERE id = 100");
	migrate(&pl);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT username FROM users WHERE id = 100"),
	    "new");
	place_name(&pl, BACKUP, name, sizeof(name));
	CU_ASSERT_STRING_EQUAL(
	    other_text(name, "SELECT username FROM users WHERE id = 100"),
	    "anna");
	CU_ASSERT_EQUAL(rename(name, pl.pl_db), 0);
	other_run(pl.pl_db, "INSERT INTO users VALUES (101, 'b', 'x', 0, 'd')");
	migrate(&pl);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT username FROM users WHERE id > 99"),
	    "anna b");
	CU_ASSERT_STRING_EQUAL(
	    other_text(name, "SELECT username FROM users WHERE id > 99"),
	    "anna b");
	place_remove(&pl);
}

/* An old file takes the place of one that is open. */
static void
test_follow(void)
{
	struct place pl, pl2;
	struct rbacdb *db = fresh(&pl2);
	enum rbacdb_error err;
	struct rbac *rb;

	old_make(&pl, "INSERT INTO users VALUES (100, 'anna', 'x', 0, 'd')");
	CU_ASSERT_EQUAL(rename(pl.pl_db, pl2.pl_db), 0);
	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	CU_ASSERT_PTR_NOT_NULL(rbac_user_name(rb, "anna"));
	rbac_free(&rb);
	CU_ASSERT_EQUAL(user_add(db, "berta"), 0);
	CU_ASSERT_EQUAL(id, 101);
	rbacdb_close(&db);
	place_remove(&pl);
	place_remove(&pl2);
}

static const struct unit_case cases[] = { { "defaults", test_defaults },
	{ "own", test_own }, { "links", test_links },
	{ "conflicts", test_conflicts }, { "meeting", test_meeting },
	{ "texts", test_texts }, { "blacks", test_blacks },
	{ "early", test_early }, { "not_ours", test_not_ours },
	{ "wal", test_wal }, { "again", test_again }, { "follow", test_follow },
	{ NULL, NULL } };

int
main(void)
{
	log_setlevel(LOGL_DISABLED);
	return (unit_run("rbacdb_migrate", cases));
}
