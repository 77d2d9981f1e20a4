/* SPDX-License-Identifier: ISC */
/* rbac.db: what a fresh one holds, and what is read from any. */
#include <sys/types.h>

#include <sys/stat.h>

#include "tests/unit/rbacdb_place.h"

/* --- a fresh file ------------------------------------------------------- */

static void
test_fresh_file(void)
{
	struct place pl;
	struct rbacdb *db;
	struct stat st;
	mode_t mask;

	mask = umask(077);
	db = fresh(&pl);
	umask(mask);
	rbacdb_close(&db);
	CU_ASSERT_EQUAL(stat(pl.pl_db, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	CU_ASSERT_EQUAL(place_files(&pl), 1);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "PRAGMA user_version"), "1");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "PRAGMA journal_mode"), "delete");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "PRAGMA integrity_check"), "ok");
	place_remove(&pl);

	mask = umask(0);
	db = fresh(&pl);
	umask(mask);
	rbacdb_close(&db);
	CU_ASSERT_EQUAL(stat(pl.pl_db, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	place_remove(&pl);
}

static void
test_fresh_counts(void)
{
	static const struct {
		const char *table;
		const char *rows;
	} want[] = {
		{ "users", "2" },
		{ "roles", "7" },
		{ "policies", "35" },
		{ "rules", "2" },
		{ "user_roles", "2" },
		{ "roles_policies", "47" },
		{ "roles_rules", "2" },
		{ "users_token_blacklist", "0" },
		{ "roles_token_blacklist", "0" },
		{ "runas_token_blacklist", "0" },
	};
	char query[128];
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		snprintf(query, sizeof(query), "SELECT count(*) FROM %s",
		    want[i].table);
		CU_ASSERT_STRING_EQUAL(
		    other_text(pl.pl_db, query), want[i].rows);
	}
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	                           "SELECT count(*) FROM "
	                           "sqlite_master WHERE type = 'table'"),
	    "10");
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_fresh_schema(void)
{
	static const struct {
		const char *table;
		const char *columns; /* name|type|notnull|pk */
		const char *constraint;
	} want[] = {
		{ "users",
		    "id|INTEGER|1|1 username|VARCHAR(32)|1|0 "
		    "password|VARCHAR(256)|1|0 allow_run_as|BOOLEAN|1|0 "
		    "created_at|DATETIME|0|0",
		    "CONSTRAINT username_restriction UNIQUE (username)" },
		{ "roles",
		    "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "created_at|DATETIME|0|0",
		    "CONSTRAINT name_role UNIQUE (name)" },
		{ "roles",
		    "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "created_at|DATETIME|0|0",
		    "CHECK (length(name) <= 64)" },
		{ "policies",
		    "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "policy|TEXT|1|0 created_at|DATETIME|0|0",
		    "CONSTRAINT name_policy UNIQUE (name)" },
		{ "policies",
		    "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "policy|TEXT|1|0 created_at|DATETIME|0|0",
		    "CONSTRAINT policy_definition UNIQUE (policy)" },
		{ "rules",
		    "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "rule|TEXT|1|0 created_at|DATETIME|0|0",
		    "CONSTRAINT rule_name UNIQUE (name)" },
		{ "rules",
		    "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "rule|TEXT|1|0 created_at|DATETIME|0|0",
		    "CONSTRAINT rule_definition UNIQUE (rule)" },
		{ "user_roles",
		    "id|INTEGER|1|1 user_id|INTEGER|0|0 "
		    "role_id|INTEGER|0|0 level|INTEGER|0|0 "
		    "created_at|DATETIME|0|0",
		    "CONSTRAINT user_role UNIQUE (user_id, role_id)" },
		{ "roles_policies",
		    "id|INTEGER|1|1 role_id|INTEGER|0|0 "
		    "policy_id|INTEGER|0|0 level|INTEGER|0|0 "
		    "created_at|DATETIME|0|0",
		    "CONSTRAINT role_policy UNIQUE (role_id, policy_id)" },
		{ "roles_rules",
		    "id|INTEGER|1|1 role_id|INTEGER|0|0 "
		    "rule_id|INTEGER|0|0 created_at|DATETIME|0|0",
		    "CONSTRAINT role_rule UNIQUE (role_id, rule_id)" },
		{ "users_token_blacklist",
		    "user_id|INTEGER|1|1 "
		    "nbf_invalid_until|INTEGER|1|0 is_valid_until|INTEGER|1|0",
		    "CONSTRAINT user_invalidation_rule UNIQUE (user_id)" },
		{ "roles_token_blacklist",
		    "role_id|INTEGER|1|1 "
		    "nbf_invalid_until|INTEGER|1|0 is_valid_until|INTEGER|1|0",
		    "CONSTRAINT role_invalidation_rule UNIQUE (role_id)" },
		{ "runas_token_blacklist",
		    "nbf_invalid_until|INTEGER|1|1 "
		    "is_valid_until|INTEGER|1|0",
		    "CONSTRAINT nbf_invalid_until_invalidation_rule "
		    "UNIQUE (nbf_invalid_until)" },
	};
	char query[256];
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		snprintf(query, sizeof(query),
		    "SELECT name, type, "
		    "\"notnull\", pk FROM pragma_table_info('%s')",
		    want[i].table);
		CU_ASSERT_STRING_EQUAL(
		    other_text(pl.pl_db, query), want[i].columns);
		snprintf(query, sizeof(query),
		    "SELECT sql FROM sqlite_master WHERE name = '%s'",
		    want[i].table);
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(other_text(pl.pl_db, query), want[i].constraint));
	}
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT \"table\", "
	        "\"from\", \"to\", on_delete "
	        "FROM pragma_foreign_key_list('roles_policies') ORDER BY 1"),
	    "policies|policy_id|id|CASCADE roles|role_id|id|CASCADE");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT \"table\", "
	        "\"from\", \"to\", on_delete "
	        "FROM pragma_foreign_key_list('roles_rules') ORDER BY 1"),
	    "roles|role_id|id|CASCADE rules|rule_id|id|CASCADE");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT \"table\", "
	        "\"from\", \"to\", on_delete "
	        "FROM pragma_foreign_key_list('user_roles') ORDER BY 1"),
	    "roles|role_id|id|CASCADE users|user_id|id|CASCADE");
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_fresh_rows(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	const char *p = pl.pl_db;

	CU_ASSERT_STRING_EQUAL(other_text(p,
	                           "SELECT id, username, password, "
	                           "allow_run_as FROM users ORDER BY id"),
	    "1|wazuh|scrypt:1:1:1$a$00|1 2|wazuh-wui|scrypt:2:2:2$b$11|1");
	CU_ASSERT_STRING_EQUAL(
	    other_text(p, "SELECT id, name FROM roles ORDER BY id"),
	    "1|administrator 2|readonly 3|users_admin 4|agents_readonly "
	    "5|agents_admin 6|cluster_readonly 7|cluster_admin");
	CU_ASSERT_STRING_EQUAL(
	    other_text(p, "SELECT id, name, rule FROM rules ORDER BY id"),
	    "1|wui_elastic_admin|{\"FIND\": {\"username\": \"elastic\"}} "
	    "2|wui_opensearch_admin|{\"FIND\": {\"user_name\": \"admin\"}}");
	CU_ASSERT_STRING_EQUAL(other_text(p,
	                           "SELECT id, name, policy "
	                           "FROM policies WHERE id = 1"),
	    "1|agents_all_resourceless|{\"actions\": [\"agent:create\", "
	    "\"group:create\", \"agent:uninstall\"], \"resources\": "
	    "[\"*:*:*\"], \"effect\": \"allow\"}");
	CU_ASSERT_STRING_EQUAL(other_text(p,
	                           "SELECT policy FROM policies "
	                           "WHERE name = 'security_all_security'"),
	    "{\"actions\": [\"security:read\", \"security:update\", "
	    "\"security:delete\"], \"resources\": [\"role:id:*\", "
	    "\"policy:id:*\", \"user:id:*\", \"rule:id:*\"], "
	    "\"effect\": \"allow\"}");
	CU_ASSERT_STRING_EQUAL(other_text(p,
	                           "SELECT name, policy "
	                           "FROM policies WHERE id = 32"),
	    "cluster_read_nodes|{\"actions\": [\"cluster:read_api_config\", "
	    "\"cluster:read\", \"cluster:read_api_config\"], "
	    "\"resources\": [\"node:id:*\"], \"effect\": \"allow\"}");
	CU_ASSERT_STRING_EQUAL(other_text(p,
	                           "SELECT name, policy "
	                           "FROM policies WHERE id = 35"),
	    "events_ingest_resourceless|{\"actions\": [\"event:ingest\"], "
	    "\"resources\": [\"*:*:*\"], \"effect\": \"allow\"}");
	CU_ASSERT_STRING_EQUAL(other_text(p,
	                           "SELECT id, user_id, role_id, "
	                           "level FROM user_roles ORDER BY id"),
	    "1|1|1|0 2|2|1|0");
	CU_ASSERT_STRING_EQUAL(other_text(p,
	                           "SELECT id, role_id, rule_id "
	                           "FROM roles_rules ORDER BY id"),
	    "1|1|1 2|1|2");
	CU_ASSERT_STRING_EQUAL(
	    other_text(p,
	        "SELECT policy_id, level "
	        "FROM roles_policies WHERE role_id = 2 ORDER BY id"),
	    "4|0 5|1 12|2 31|3 32|4 13|5 17|6 20|7 22|8 16|9 25|10 26|11 "
	    "28|12");
	CU_ASSERT_STRING_EQUAL(
	    other_text(p,
	        "SELECT role_id, policy_id, "
	        "level FROM roles_policies WHERE role_id > 2 ORDER BY id"),
	    "3|9|0 3|10|1 4|4|0 4|5|1 5|1|0 5|2|1 5|3|2 6|31|0 6|32|1 "
	    "7|29|0 7|30|1");
	CU_ASSERT_STRING_EQUAL(
	    other_text(p,
	        "SELECT count(*) FROM users "
	        "WHERE created_at GLOB '20[0-9][0-9]-[01][0-9]-[0-3][0-9] "
	        "[0-2][0-9]:[0-5][0-9]:[0-6][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]'"),
	    "2");
	CU_ASSERT_STRING_EQUAL(
	    other_text(p,
	        "SELECT count(*) FROM "
	        "roles_policies WHERE abs(julianday('now') - "
	        "julianday(created_at)) < 1"),
	    "47");
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_fresh_names(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, "SELECT id, name FROM policies ORDER BY id"),
	    "1|agents_all_resourceless 2|agents_all_agents "
	    "3|agents_all_groups 4|agents_read_agents 5|agents_read_groups "
	    "6|agents_commands_agents 7|security_all_resourceless "
	    "8|security_all_security 9|users_all_resourceless "
	    "10|users_all_users 11|users_modify_run_as_flag "
	    "12|ciscat_read_ciscat 13|decoders_read_decoders "
	    "14|decoders_all_files 15|decoders_all_resourceless "
	    "16|mitre_read_mitre 17|lists_read_rules 18|lists_all_rules "
	    "19|lists_all_resourceless 20|rootcheck_read_rootcheck "
	    "21|rootcheck_all_rootcheck 22|rules_read_rules "
	    "23|rules_all_files 24|rules_all_resourceless 25|sca_read_sca "
	    "26|syscheck_read_syscheck 27|syscheck_all_syscheck "
	    "28|syscollector_read_syscollector 29|cluster_all_resourceless "
	    "30|cluster_all_nodes 31|cluster_read_resourceless "
	    "32|cluster_read_nodes 33|logtest_all_logtest "
	    "34|task_status_task 35|events_ingest_resourceless");
	rbacdb_close(&db);
	place_remove(&pl);
}

/* --- the snapshot ------------------------------------------------------- */

static void
test_snapshot(void)
{
	static const int64_t admin[] = { 1, 2, 3, 6, 7, 8, 29, 30, 12, 14, 15,
		18, 19, 21, 23, 24, 16, 25, 27, 28, 33, 34, 35 };
	const struct rbac_policy *rp;
	const struct rbac_role *ro;
	const struct rbac_user *ru;
	enum rbacdb_error err;
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	struct rbac *rb;
	size_t i;

	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	CU_ASSERT_EQUAL(err, RBACDB_OK);
	CU_ASSERT_EQUAL(rb->rb_nusers, 2);
	CU_ASSERT_EQUAL(rb->rb_nroles, 7);
	CU_ASSERT_EQUAL(rb->rb_npolicies, 35);
	CU_ASSERT_EQUAL(rb->rb_nrules, 2);
	CU_ASSERT_EQUAL(
	    rb->rb_nblack_users + rb->rb_nblack_roles + rb->rb_nblack_runas, 0);
	ru = rbac_user_name(rb, "wazuh-wui");
	CU_ASSERT_PTR_NOT_NULL_FATAL(ru);
	CU_ASSERT_EQUAL(ru->ru_id, 2);
	CU_ASSERT_STRING_EQUAL(ru->ru_password, hashes[1]);
	CU_ASSERT_TRUE(ru->ru_run_as);
	CU_ASSERT_EQUAL_FATAL(ru->ru_nroles, 1);
	CU_ASSERT_EQUAL(ru->ru_roles[0], 1);
	ro = rbac_role(rb, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ro);
	CU_ASSERT_STRING_EQUAL(ro->ro_name, "administrator");
	CU_ASSERT_EQUAL_FATAL(
	    ro->ro_npolicies, sizeof(admin) / sizeof(admin[0]));
	for (i = 0; i < ro->ro_npolicies; i++)
		CU_ASSERT_EQUAL(ro->ro_policies[i], admin[i]);
	CU_ASSERT_EQUAL_FATAL(ro->ro_nrules, 2);
	CU_ASSERT_EQUAL(ro->ro_rules[1], 2);
	rp = rbac_policy(rb, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rp);
	CU_ASSERT_FALSE(rp->rp_bad);
	CU_ASSERT_TRUE(rp->rp_allow);
	CU_ASSERT_STRING_EQUAL(rp->rp_actions[5], "agent:upgrade");
	CU_ASSERT_PTR_NULL(rp->rp_actions[6]);
	CU_ASSERT_STRING_EQUAL(rp->rp_resources[1], "agent:group:*");
	CU_ASSERT_PTR_NULL(rp->rp_resources[2]);
	for (i = 0; i < rb->rb_npolicies; i++)
		CU_ASSERT_FALSE(rb->rb_policies[i].rp_bad);
	CU_ASSERT_STRING_EQUAL(rbac_rule(rb, 2)->rr_text,
	    "{\"FIND\": {\"user_name\": \"admin\"}}");
	rbac_free(&rb);
	CU_ASSERT_PTR_NULL(rb);
	rbacdb_close(&db);
	place_remove(&pl);
}

/* Order of links, links to nothing, texts that nobody can read. */
static void
test_snapshot_odd(void)
{
	const struct rbac_role *ro;
	const struct rbac_user *ru;
	enum rbacdb_error err;
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	struct rbac *rb;

	other_run(pl.pl_db,
	    "INSERT INTO users VALUES (100, 'eve', 'x', 0, NULL);"
	    "INSERT INTO roles VALUES (100, 'night', NULL);"
	    "INSERT INTO user_roles VALUES (50, 100, 3, 2, NULL);"
	    "INSERT INTO user_roles VALUES (51, 100, 100, 0, NULL);"
	    "INSERT INTO user_roles VALUES (53, 100, 2, 1, NULL);"
	    "INSERT INTO user_roles VALUES (52, 100, 7, 1, NULL);"
	    "INSERT INTO user_roles VALUES (54, 100, 999, 3, NULL);"
	    "INSERT INTO user_roles VALUES (55, 888, 1, 0, NULL);"
	    "INSERT INTO policies VALUES (100, 'broken', '{\"actions\"', NULL);"
	    "INSERT INTO policies VALUES (101, 'empty', '{}', NULL);"
	    "INSERT INTO roles_policies VALUES (100, 100, 100, 1, NULL);"
	    "INSERT INTO roles_policies VALUES (101, 100, 5, 1, NULL);"
	    "INSERT INTO roles_policies VALUES (102, 100, 777, 2, NULL);"
	    "INSERT INTO roles_policies VALUES (99, 100, 101, 1, NULL);"
	    "INSERT INTO roles_rules VALUES (100, 100, 2, NULL);"
	    "INSERT INTO roles_rules VALUES (101, 100, 1, NULL);"
	    "INSERT INTO roles_rules VALUES (102, 100, 666, NULL);"
	    "INSERT INTO runas_token_blacklist VALUES (10, 90);"
	    "INSERT INTO runas_token_blacklist VALUES (30, 95);"
	    "INSERT INTO roles_token_blacklist VALUES (3, 11, 99);");
	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	ru = rbac_user(rb, 100);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ru);
	CU_ASSERT_FALSE(ru->ru_run_as);
	CU_ASSERT_EQUAL_FATAL(ru->ru_nroles, 4);
	CU_ASSERT_EQUAL(ru->ru_roles[0], 100);
	CU_ASSERT_EQUAL(ru->ru_roles[1], 2);
	CU_ASSERT_EQUAL(ru->ru_roles[2], 7);
	CU_ASSERT_EQUAL(ru->ru_roles[3], 3);
	ro = rbac_role(rb, 100);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ro);
	CU_ASSERT_EQUAL_FATAL(ro->ro_npolicies, 3);
	CU_ASSERT_EQUAL(ro->ro_policies[0], 5);
	CU_ASSERT_EQUAL(ro->ro_policies[1], 100);
	CU_ASSERT_EQUAL(ro->ro_policies[2], 101);
	CU_ASSERT_EQUAL_FATAL(ro->ro_nrules, 2);
	CU_ASSERT_EQUAL(ro->ro_rules[0], 1);
	CU_ASSERT_EQUAL(ro->ro_rules[1], 2);
	CU_ASSERT_TRUE(rbac_policy(rb, 100)->rp_bad);
	CU_ASSERT_EQUAL_FATAL(rb->rb_nblack_runas, 1);
	CU_ASSERT_EQUAL(rb->rb_black_runas[0].bl_nbf, 30);
	CU_ASSERT_EQUAL(rb->rb_black_runas[0].bl_until, 95);
	CU_ASSERT_EQUAL_FATAL(rb->rb_nblack_roles, 1);
	CU_ASSERT_EQUAL(rb->rb_black_roles[0].bl_id, 3);
	CU_ASSERT_EQUAL(rb->rb_black_roles[0].bl_nbf, 11);
	CU_ASSERT_EQUAL(rb->rb_black_roles[0].bl_until, 99);
	rbac_free(&rb);
	/* A name that would be cut short to another's. */
	other_run(pl.pl_db,
	    "INSERT INTO users VALUES "
	    "(101, 'wazuh' || char(0) || 'x', 'x', 0, NULL)");
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OTHER);
	rbacdb_close(&db);
	place_remove(&pl);
}

static const struct unit_case cases[] = { { "fresh_file", test_fresh_file },
	{ "fresh_counts", test_fresh_counts },
	{ "fresh_schema", test_fresh_schema },
	{ "fresh_rows", test_fresh_rows }, { "fresh_names", test_fresh_names },
	{ "snapshot", test_snapshot }, { "snapshot_odd", test_snapshot_odd },
	{ NULL, NULL } };

int
main(void)
{
	return (unit_run("rbacdb", cases));
}
