/* SPDX-License-Identifier: ISC */
/* Changes of rbac.db: ids, codes and their order, voids, transactions. */
#include <sys/types.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <ctype.h>
#include <signal.h>

#include "authz/rbacdb_sql.h"
#include "tests/unit/rbacdb_rig.h"

#define NOBODY 65534

/* --- ids ----------------------------------------------------------------- */

static void
test_ids(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	CU_ASSERT_EQUAL(user_add(db, "anna"), 0);
	CU_ASSERT_EQUAL(id, 100);
	CU_ASSERT_EQUAL(user_add(db, "berta"), 0);
	CU_ASSERT_EQUAL(id, 101);
	CU_ASSERT_EQUAL(user_add(db, "clara"), 0);
	CU_ASSERT_EQUAL(id, 102);
	/* One from the middle leaves a gap, the last one's id comes again. */
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_user_delete(db, 101, &code)), 0);
	CU_ASSERT_EQUAL(user_add(db, "dora"), 0);
	CU_ASSERT_EQUAL(id, 103);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_user_delete(db, 103, &code)), 0);
	CU_ASSERT_EQUAL(user_add(db, "emma"), 0);
	CU_ASSERT_EQUAL(id, 103);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, username FROM users ORDER BY id"),
	    "1|wazuh 2|wazuh-wui 100|anna 102|clara 103|emma");
	/* None is given when none is made. */
	id = 77;
	CU_ASSERT_EQUAL(user_add(db, "emma"), 5000);
	CU_ASSERT_EQUAL(id, 0);
	/* The last of all goes: it begins again. */
	CU_ASSERT_EQUAL(role_add(db, "r"), 0);
	CU_ASSERT_EQUAL(id, 100);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_delete(db, 100, &code)), 0);
	CU_ASSERT_EQUAL(role_add(db, "s"), 0);
	CU_ASSERT_EQUAL(id, 100);
	CU_ASSERT_EQUAL(rule_add(db, "r", "{\"r\": 1}"), 0);
	CU_ASSERT_EQUAL(id, 100);
	CU_ASSERT_EQUAL(policy_add(db, "p", "{\"p\": 1}"), 0);
	CU_ASSERT_EQUAL(id, 100);
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_ids_odd(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	other_run(pl.pl_db, "INSERT INTO roles VALUES (99, 'cloud', NULL)");
	CU_ASSERT_EQUAL(role_add(db, "a"), 0);
	CU_ASSERT_EQUAL(id, 100);
	other_run(pl.pl_db, "INSERT INTO roles VALUES (5000, 'far', NULL)");
	CU_ASSERT_EQUAL(role_add(db, "b"), 0);
	CU_ASSERT_EQUAL(id, 5001);
	/* Nobody gets a reserved id because the table is empty. */
	other_run(pl.pl_db, "DELETE FROM rules");
	CU_ASSERT_EQUAL(rule_add(db, "r", "{}"), 0);
	CU_ASSERT_EQUAL(id, 100);
	/* Beyond the last there is nothing, but there is room elsewhere. */
	other_run(pl.pl_db,
	    "INSERT INTO policies VALUES (9223372036854775807, 'x', 'y', 0)");
	CU_ASSERT_EQUAL(policy_add(db, "p", "{}"), 0);
	CU_ASSERT(id > 0 && id < INT64_MAX);
	rbacdb_close(&db);
	place_remove(&pl);
}

/* Links that were left behind are not a new one's. */
static void
test_ids_inherit(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	other_run(pl.pl_db,
	    "INSERT INTO user_roles VALUES (90, 100, 1, 0, NULL);"
	    "INSERT INTO user_roles VALUES (91, 101, 1, 0, NULL);"
	    "INSERT INTO user_roles VALUES (92, 2, 100, 0, NULL);"
	    "INSERT INTO roles_policies VALUES (93, 100, 1, 0, NULL);"
	    "INSERT INTO roles_policies VALUES (94, 2, 100, 0, NULL);"
	    "INSERT INTO roles_rules VALUES (95, 100, 1, NULL);"
	    "INSERT INTO roles_rules VALUES (96, 2, 100, NULL);");
	CU_ASSERT_EQUAL(user_add(db, "anna"), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id FROM user_roles WHERE id > 89"),
	    "91 92");
	CU_ASSERT_EQUAL(role_add(db, "r"), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id FROM user_roles WHERE id > 89"),
	    "91");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id FROM roles_policies WHERE id > 89"),
	    "94");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id FROM roles_rules WHERE id > 89"),
	    "96");
	CU_ASSERT_EQUAL(policy_add(db, "p", "{}"), 0);
	CU_ASSERT_EQUAL(rule_add(db, "p", "{}"), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id FROM roles_policies WHERE id > 89"),
	    "");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id FROM roles_rules WHERE id > 89"),
	    "");
	rbacdb_close(&db);
	place_remove(&pl);
}

/* "YYYY-MM-DD HH:MM:SS.ffffff", of now. */
static void
test_created_at(void)
{
	static const char form[] = "0000-00-00 00:00:00.000000";
	static const char *const tables[] = { "users", "roles", "rules",
		"policies", "user_roles", "roles_policies", "roles_rules" };
	char query[128], now[32];
	const char *text;
	struct place pl;
	struct rbacdb *db = populated(&pl, 1);
	size_t i, j;

	CU_ASSERT_EQUAL(rule_add(db, "r", "{}"), 0);
	CU_ASSERT_EQUAL(user_link(db, 100, 100, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(policy_link(db, 100, 100, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(rule_link(db, 100, 100), 0);
	CU_ASSERT_EQUAL(rbacdb_date(now), 0);
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(query, sizeof(query),
		    "SELECT created_at FROM %s ORDER BY id DESC LIMIT 1",
		    tables[i]);
		text = other_text(pl.pl_db, query);
		CU_ASSERT_EQUAL_FATAL(strlen(text), sizeof(form) - 1);
		for (j = 0; form[j] != '\0'; j++)
			CU_ASSERT(form[j] == '0' ?
			        isdigit((unsigned char)text[j]) != 0 :
			        text[j] == form[j]);
		CU_ASSERT(strcmp(text, now) <= 0);
	}
	rbacdb_close(&db);
	place_remove(&pl);
}

/* --- codes --------------------------------------------------------------- */

static void
test_users(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	CU_ASSERT_EQUAL(user_add(db, "anna"), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT username, password, allow_run_as FROM users "
	        "WHERE id = 100"),
	    "anna|scrypt:x|0");
	CU_ASSERT_EQUAL(user_add(db, "anna"), 5000);
	CU_ASSERT_EQUAL(user_add(db, "wazuh"), 5000);
	CU_ASSERT_EQUAL(user_add(db, "Anna"), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_user_password(db, 100, "p1", &code)), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_user_password(db, 1, "p2", &code)), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_user_password(db, 1, "p2", &code)), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_user_password(db, 999, "p3", &code)), 5001);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_user_run_as(db, 100, true, &code)), 0);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_user_run_as(db, 1, false, &code)), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_user_run_as(db, 50, false, &code)), 5001);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	                           "SELECT id, password, allow_run_as "
	                           "FROM users ORDER BY id"),
	    "1|p2|0 2|scrypt:2:2:2$b$11|1 100|p1|1 101|scrypt:x|0");
	/* Reserved comes before missing. */
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_user_delete(db, 1, &code)), 5004);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_user_delete(db, 99, &code)), 5004);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_user_delete(db, 999, &code)), 5001);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_user_delete(db, 100, &code)), 0);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_user_delete(db, 100, &code)), 5001);
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_roles(void)
{
	char longest[66];
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CU_ASSERT_EQUAL(role_add(db, "a"), 0);
	CU_ASSERT_EQUAL(role_add(db, "a"), 4005);
	CU_ASSERT_EQUAL(role_add(db, "administrator"), 4005);
	/* The schema does not take it. */
	CU_ASSERT_EQUAL(role_add(db, longest), 4005);
	CU_ASSERT_EQUAL(role_add(db, "b"), 0);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_name(db, 100, "c", &code)), 0);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_name(db, 100, "c", &code)), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_role_name(db, 100, "b", &code)), 4005);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_role_name(db, 100, longest, &code)), 4005);
	/* Missing comes before reserved here, and not when it is deleted. */
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_name(db, 1, "d", &code)), 4008);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_name(db, 1, "b", &code)), 4008);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_name(db, 50, "d", &code)), 4002);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_role_name(db, 999, "b", &code)), 4002);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_delete(db, 1, &code)), 4008);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_delete(db, 50, &code)), 4008);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_delete(db, 999, &code)), 4002);
	CU_ASSERT_STRING_EQUAL(
	    other_text(
	        pl.pl_db, "SELECT id, name FROM roles WHERE id > 6 ORDER BY 1"),
	    "7|cluster_admin 100|c 101|b");
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_rules(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	CU_ASSERT_EQUAL(rule_add(db, "a", "{\"a\": 1}"), 0);
	CU_ASSERT_EQUAL(rule_add(db, "a", "{\"b\": 1}"), 4005);
	CU_ASSERT_EQUAL(rule_add(db, "b", "{\"a\": 1}"), 4005);
	CU_ASSERT_EQUAL(
	    rule_add(db, "b", "{\"FIND\": {\"username\": \"elastic\"}}"), 4005);
	CU_ASSERT_EQUAL(rule_add(db, "b", "{\"b\": 1}"), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 100, "c", NULL, &code)), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 100, NULL, "{\"c\": 1}", &code)), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 101, "d", "{\"d\": 1}", &code)), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT id, name, rule FROM rules WHERE id > 2 ORDER BY 1"),
	    "100|c|{\"c\": 1} 101|d|{\"d\": 1}");
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 101, "c", "{\"e\": 1}", &code)),
	    4005);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 101, "e", "{\"c\": 1}", &code)),
	    4005);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 1, "c", NULL, &code)), 4008);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 50, "c", NULL, &code)), 4022);
	/* Only asked. */
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 100, NULL, NULL, &code)), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 2, NULL, NULL, &code)), 4008);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_rule_set(db, 102, NULL, NULL, &code)), 4022);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_rule_delete(db, 50, &code)), 4008);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_rule_delete(db, 102, &code)), 4022);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_rule_delete(db, 100, &code)), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT id, name, rule FROM rules WHERE id > 2 ORDER BY 1"),
	    "101|d|{\"d\": 1}");
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_policies(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	CU_ASSERT_EQUAL(policy_add(db, "a", "{\"a\": 1}"), 0);
	CU_ASSERT_EQUAL(policy_add(db, "a", "{\"b\": 1}"), 4009);
	CU_ASSERT_EQUAL(policy_add(db, "b", "{\"a\": 1}"), 4009);
	/* A blank more is another text. */
	CU_ASSERT_EQUAL(policy_add(db, "b", "{\"a\":  1}"), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_policy_set(db, 100, "c", NULL, &code)), 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_policy_set(db, 101, NULL, "{\"a\": 1}", &code)),
	    4013);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_policy_set(db, 101, "c", NULL, &code)), 4013);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_policy_set(db, 101, NULL, "{\"d\": 1}", &code)),
	    0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_policy_set(db, 35, "c", NULL, &code)), 4008);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_policy_set(db, 36, "c", NULL, &code)), 4007);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_policy_delete(db, 36, &code)), 4008);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_policy_delete(db, 102, &code)), 4007);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT id, name, policy FROM policies WHERE id > 35 "
	        "ORDER BY 1"),
	    "100|c|{\"a\": 1} 101|b|{\"d\": 1}");
	rbacdb_close(&db);
	place_remove(&pl);
}

/* --- black lists --------------------------------------------------------- */

static void
test_void(void)
{
	static const char all[] =
	    "SELECT 'u', * FROM users_token_blacklist UNION ALL "
	    "SELECT 'r', * FROM roles_token_blacklist UNION ALL "
	    "SELECT 'a', * , 0 FROM runas_token_blacklist";
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_user(db, 1, 1000, 1900), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_role(db, 3, 1000, 1900), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_role(db, 2, 1100, 2000), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_runas(db, 1000, 1900), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, all),
	    "u|1|1000|1900 r|2|1100|2000 r|3|1000|1900 a|1000|1900|0");
	/* Later moves, earlier does not; of run_as one row stays. */
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_role(db, 2, 1000, 1800), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_role(db, 3, 1200, 2100), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_runas(db, 900, 1800), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_runas(db, 1000, 1950), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, all),
	    "u|1|1000|1900 r|2|1100|2000 r|3|1200|2100 a|1000|1950|0");
	/* Purged the second after the last. */
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_role(db, 4, 1950, 2850), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, all),
	    "r|2|1100|2000 r|3|1200|2100 r|4|1950|2850 a|1000|1950|0");
	CU_ASSERT_EQUAL(void_tokens(db, 0, 2001, 2901), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, all),
	    "r|3|1200|2100 r|4|1950|2850 a|2001|2901|0");
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_user(db, 9, 2001, 2901), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_none(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, all), "");
	rbacdb_close(&db);
	place_remove(&pl);
}

/* --- transactions -------------------------------------------------------- */

static void
test_together(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	uint64_t version = rbacdb_version(db);
	int64_t user, role;
	uint16_t c;

	/* Taken back. */
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_user_add(db, "anna", "x", &user, &c), RBACDB_OK);
	CU_ASSERT_EQUAL(c, 0);
	CU_ASSERT_EQUAL(rbacdb_role_add(db, "r", &role, &c), RBACDB_OK);
	CU_ASSERT_EQUAL(
	    rbacdb_user_link(db, user, role, POSITION_LAST, &c), RBACDB_OK);
	CU_ASSERT_EQUAL(c, 0);
	CU_ASSERT_EQUAL(rbacdb_void_user(db, user, 1, 2), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(db, false), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	                           "SELECT (SELECT count(*) FROM users), "
	                           "(SELECT count(*) FROM user_roles), "
	                           "(SELECT count(*) FROM roles), (SELECT "
	                           "count(*) FROM users_token_blacklist)"),
	    "2|2|7|0");
	/* Codes do not end it: the rest is made. */
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_user_add(db, "anna", "x", &user, &c), RBACDB_OK);
	CU_ASSERT_EQUAL(
	    rbacdb_user_link(db, user, 999, POSITION_LAST, &c), RBACDB_OK);
	CU_ASSERT_EQUAL(c, 4002);
	CU_ASSERT_EQUAL(rbacdb_user_link(db, user, 3, 0, &c), RBACDB_OK);
	CU_ASSERT_EQUAL(c, 0);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "3@0");
	/* Ours alone do not look like somebody else's. */
	CU_ASSERT_EQUAL(rbacdb_version(db), version);
	rbacdb_close(&db);
	place_remove(&pl);
}

/* Somebody reads or writes: told at the beginning, and nowhere else. */
static void
test_busy(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	sqlite3 *sql = other_open(pl.pl_db);

	CU_ASSERT_EQUAL(sqlite3_exec(sql, "BEGIN; SELECT count(*) FROM users",
	                    NULL, NULL, NULL),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_BUSY);
	/* No lock is left: others may write meanwhile. */
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "UPDATE roles SET name = 'x' WHERE id = 7", NULL,
	        NULL, NULL),
	    SQLITE_OK);
	/* Having it, nobody can take the end from us. */
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "SELECT count(*) FROM users", NULL, NULL, NULL),
	    SQLITE_BUSY);
	CU_ASSERT_EQUAL(
	    rbacdb_user_add(db, "anna", "x", &id, &code), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OK);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "SELECT count(*) FROM users", NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(sql);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM users"), "3");
	rbacdb_close(&db);
	place_remove(&pl);
}

/* Another file takes the name: the next change goes there. */
static void
test_replaced(void)
{
	struct place pl, pl2;
	struct rbacdb *db = fresh(&pl), *db2 = fresh(&pl2);

	CU_ASSERT_EQUAL(user_add(db2, "other"), 0);
	rbacdb_close(&db2);
	CU_ASSERT_EQUAL(rename(pl2.pl_db, pl.pl_db), 0);
	CU_ASSERT_EQUAL(user_add(db, "anna"), 0);
	CU_ASSERT_EQUAL(id, 101);
	/* Gone in the midst of a change: not pretended to be kept. */
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(unlink(pl.pl_db), 0);
	CU_ASSERT_EQUAL(
	    rbacdb_user_add(db, "berta", "x", &id, &code), RBACDB_DENIED);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_DENIED);
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_MISSING);
	rbacdb_close(&db);
	place_remove(&pl);
	place_remove(&pl2);
}

/* No page more: the first error stays, and nothing of it all. */
static void
test_full(void)
{
	static char text[65536];
	struct place pl;
	struct rbacdb *db = populated(&pl, 2);
	uint16_t c;

	memset(text, 'x', sizeof(text) - 1);
	CU_ASSERT_EQUAL(user_link(db, 100, 100, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(sqlite3_exec(db->db_sql, "PRAGMA max_page_count=1",
	                    NULL, NULL, NULL),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_user_link(db, 100, 101, 0, &c), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_user_delete(db, 100, &c), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_rule_add(db, "r", text, &id, &c), RBACDB_FULL);
	CU_ASSERT_EQUAL(id, 0);
	/* sqlite may have ended it by now: nothing more may slip through. */
	CU_ASSERT_EQUAL(rbacdb_role_add(db, "more", &id, &c), RBACDB_FULL);
	CU_ASSERT_EQUAL(rbacdb_role_name(db, 100, "x", &c), RBACDB_FULL);
	CU_ASSERT_EQUAL(rbacdb_role_delete(db, 100, &c), RBACDB_FULL);
	CU_ASSERT_EQUAL(rbacdb_user_link(db, 100, 101, 0, &c), RBACDB_FULL);
	CU_ASSERT_EQUAL(rbacdb_user_unlink(db, 100, 100, &c), RBACDB_FULL);
	CU_ASSERT_EQUAL(rbacdb_role_link_rule(db, 1, 100, &c), RBACDB_FULL);
	CU_ASSERT_EQUAL(rbacdb_role_unlink_rule(db, 1, 1, &c), RBACDB_FULL);
	CU_ASSERT_EQUAL(rbacdb_void_none(db), RBACDB_FULL);
	CU_ASSERT_EQUAL(rbacdb_void_runas(db, 1, 2), RBACDB_FULL);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_FULL);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "100@0");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT name FROM roles WHERE id > 99"),
	    "r0 r1");
	/* It is none of the file's fault, and small things fit. */
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OK);
	CU_ASSERT_EQUAL(user_link(db, 100, 101, 0), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "101@0 100@1");
	rbacdb_close(&db);
	place_remove(&pl);
}

/* A folder in which no journal can be made, and a file that is read-only. */
static int
denied(const struct place *pl)
{
	enum rbacdb_error err;
	struct rbacdb *db;
	char name[128];
	int ret = 0;

	if (geteuid() == 0 && (setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
		return (1);
	db = rbacdb_open(pl->pl_db, NULL, &err);
	if (db == NULL)
		return (2);
	if (rbacdb_begin(db) != RBACDB_OK)
		return (3);
	if (rbacdb_user_add(db, "anna", "x", &id, &code) != RBACDB_DENIED)
		ret = 4;
	if (rbacdb_end(db, true) != RBACDB_DENIED)
		ret = 5;
	if (snapshot_error(db) != RBACDB_OK)
		ret = 6;
	rbacdb_close(&db);
	place_name(pl, "-read", name, sizeof(name));
	db = rbacdb_open(name, NULL, &err);
	if (db == NULL || rbacdb_begin(db) != RBACDB_DENIED)
		ret = 7;
	rbacdb_close(&db);
	return (ret);
}

static void
test_denied(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	char name[128];
	int status = -1;
	pid_t pid;

	rbacdb_close(&db);
	place_name(&pl, "-read", name, sizeof(name));
	db = rbacdb_open(name, hashes, &(enum rbacdb_error){ RBACDB_OK });
	rbacdb_close(&db);
	CU_ASSERT_EQUAL(chmod(name, 0444), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_db, 0666), 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_dir, 0555), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(denied(&pl));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(chmod(pl.pl_dir, 0700), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT count(*) FROM users"), "2");
	place_remove(&pl);
}

/* Changes without a transaction are a mistake of ours that nobody survives. */
static void
test_misuse(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	int i, status;
	pid_t pid;

	fflush(NULL);
	for (i = 0; i < 3; i++) {
		pid = fork();
		if (pid == 0) {
			if (freopen("/dev/null", "w", stderr) == NULL)
				_exit(0);
			if (i == 0)
				(void)rbacdb_void_none(db);
			else if (i == 1)
				(void)rbacdb_end(db, true);
			else if (rbacdb_begin(db) == RBACDB_OK)
				(void)rbacdb_begin(db);
			_exit(0);
		}
		status = 0;
		CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	}
	rbacdb_close(&db);
	place_remove(&pl);
}

/* By a name, within the transaction. */
static void
test_find(void)
{
	struct place pl;
	struct rbacdb *db = populated(&pl, 1);

	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_user_find(db, "anna", &id, &code)), 0);
	CU_ASSERT_EQUAL(id, 100);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_user_find(db, "wazuh-wui", &id, &code)), 0);
	CU_ASSERT_EQUAL(id, 2);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_user_find(db, "Anna", &id, &code)), 5001);
	CU_ASSERT_EQUAL(id, 0);
	CU_ASSERT_EQUAL(
	    CHANGE(db, rbacdb_role_find(db, "administrator", &id, &code)), 0);
	CU_ASSERT_EQUAL(id, 1);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_find(db, "r0", &id, &code)), 0);
	CU_ASSERT_EQUAL(id, 100);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_find(db, "", &id, &code)), 4002);
	CU_ASSERT_EQUAL(id, 0);
	rbacdb_close(&db);
	place_remove(&pl);
}

static const struct unit_case cases[] = { { "ids", test_ids },
	{ "ids_odd", test_ids_odd }, { "ids_inherit", test_ids_inherit },
	{ "created_at", test_created_at }, { "users", test_users },
	{ "roles", test_roles }, { "rules", test_rules },
	{ "policies", test_policies }, { "void", test_void },
	{ "together", test_together }, { "busy", test_busy },
	{ "replaced", test_replaced }, { "full", test_full },
	{ "denied", test_denied }, { "misuse", test_misuse },
	{ "find", test_find }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("rbacdb_change", cases));
}
