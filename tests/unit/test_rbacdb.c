/* SPDX-License-Identifier: ISC */
/* rbac.db: what a fresh one holds, changes, and each way it can go wrong. */
#include <sys/types.h>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/rbac.h"
#include "authz/rbacdb.h"
#include "tests/unit/unit.h"

#define NOBODY	65534
#define TEXT	16384

static const char *const hashes[2] = { "scrypt:1:1:1$a$00", "scrypt:2:2:2$b$11" };

/* A folder of its own for each case. */
struct place {
	char	pl_dir[64];
	char	pl_db[96];
};

static void
place_make(struct place *pl)
{
	snprintf(pl->pl_dir, sizeof(pl->pl_dir), "/tmp/test_rbacdb.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(pl->pl_dir));
	snprintf(pl->pl_db, sizeof(pl->pl_db), "%s/rbac.db", pl->pl_dir);
}

static void
place_name(const struct place *pl, const char *suffix, char *out, size_t len)
{
	snprintf(out, len, "%s%s", pl->pl_db, suffix);
}

static void
place_write(const char *name, const char *bytes, size_t len)
{
	int fd;

	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

/* How many files there are. */
static int
place_files(const struct place *pl)
{
	struct dirent *de;
	DIR *dir;
	int n = 0;

	dir = opendir(pl->pl_dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((de = readdir(dir)) != NULL)
		if (de->d_name[0] != '.')
			n++;
	closedir(dir);
	return (n);
}

static void
place_remove(const struct place *pl)
{
	char name[512];
	struct dirent *de;
	DIR *dir;

	dir = opendir(pl->pl_dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", pl->pl_dir, de->d_name);
		unlink(name);
	}
	closedir(dir);
	CU_ASSERT_EQUAL(rmdir(pl->pl_dir), 0);
}

/* Somebody else's connection. */
static sqlite3 *
other_open(const char *path)
{
	sqlite3 *sql = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open_v2(path, &sql,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
	return (sql);
}

static void
other_run(const char *path, const char *text)
{
	sqlite3 *sql = other_open(path);

	CU_ASSERT_EQUAL(sqlite3_exec(sql, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sql);
}

/* The rows of a query: columns parted by |, rows by a blank. */
static const char *
other_text(const char *path, const char *query)
{
	static char out[TEXT];
	sqlite3 *sql = other_open(path);
	sqlite3_stmt *stmt = NULL;
	const unsigned char *cell;
	size_t n = 0;
	int i;

	out[0] = '\0';
	CU_ASSERT_EQUAL(sqlite3_prepare_v2(sql, query, -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		for (i = 0; i < sqlite3_column_count(stmt); i++) {
			cell = sqlite3_column_text(stmt, i);
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s",
			    i != 0 ? "|" : n != 0 ? " " : "",
			    cell == NULL ? (const unsigned char *)"" : cell);
			CU_ASSERT_FATAL(n < sizeof(out));
		}
	}
	sqlite3_finalize(stmt);
	sqlite3_close(sql);
	return (out);
}

static struct rbacdb *
fresh(struct place *pl)
{
	enum rbacdb_error err;
	struct rbacdb *db;

	place_make(pl);
	db = rbacdb_open(pl->pl_db, hashes, &err);
	CU_ASSERT_EQUAL(err, RBACDB_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	return (db);
}

static enum rbacdb_error
open_error(const char *path, const char *const passwords[2])
{
	enum rbacdb_error err;
	struct rbacdb *db;

	db = rbacdb_open(path, passwords, &err);
	CU_ASSERT_EQUAL(db == NULL, err != RBACDB_OK);
	rbacdb_close(&db);
	CU_ASSERT_PTR_NULL(db);
	return (err);
}

static enum rbacdb_error
snapshot_error(struct rbacdb *db)
{
	enum rbacdb_error err;
	struct rbac *rb;

	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_EQUAL(rb == NULL, err != RBACDB_OK);
	rbac_free(&rb);
	return (err);
}

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
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "PRAGMA user_version"),
	    "1");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "PRAGMA journal_mode"),
	    "delete");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "PRAGMA integrity_check"),
	    "ok");
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
		const char	*table;
		const char	*rows;
	} want[] = {
		{ "users", "2" }, { "roles", "7" }, { "policies", "35" },
		{ "rules", "2" }, { "user_roles", "2" },
		{ "roles_policies", "47" }, { "roles_rules", "2" },
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
		CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, query),
		    want[i].rows);
	}
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "SELECT count(*) FROM "
	    "sqlite_master WHERE type = 'table'"), "10");
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_fresh_schema(void)
{
	static const struct {
		const char	*table;
		const char	*columns;	/* name|type|notnull|pk */
		const char	*constraint;
	} want[] = {
		{ "users", "id|INTEGER|1|1 username|VARCHAR(32)|1|0 "
		    "password|VARCHAR(256)|1|0 allow_run_as|BOOLEAN|1|0 "
		    "created_at|DATETIME|0|0",
		    "CONSTRAINT username_restriction UNIQUE (username)" },
		{ "roles", "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "created_at|DATETIME|0|0",
		    "CONSTRAINT name_role UNIQUE (name)" },
		{ "roles", "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "created_at|DATETIME|0|0", "CHECK (length(name) <= 64)" },
		{ "policies", "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "policy|TEXT|1|0 created_at|DATETIME|0|0",
		    "CONSTRAINT name_policy UNIQUE (name)" },
		{ "policies", "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "policy|TEXT|1|0 created_at|DATETIME|0|0",
		    "CONSTRAINT policy_definition UNIQUE (policy)" },
		{ "rules", "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "rule|TEXT|1|0 created_at|DATETIME|0|0",
		    "CONSTRAINT rule_name UNIQUE (name)" },
		{ "rules", "id|INTEGER|1|1 name|VARCHAR(20)|1|0 "
		    "rule|TEXT|1|0 created_at|DATETIME|0|0",
		    "CONSTRAINT rule_definition UNIQUE (rule)" },
		{ "user_roles", "id|INTEGER|1|1 user_id|INTEGER|0|0 "
		    "role_id|INTEGER|0|0 level|INTEGER|0|0 "
		    "created_at|DATETIME|0|0",
		    "CONSTRAINT user_role UNIQUE (user_id, role_id)" },
		{ "roles_policies", "id|INTEGER|1|1 role_id|INTEGER|0|0 "
		    "policy_id|INTEGER|0|0 level|INTEGER|0|0 "
		    "created_at|DATETIME|0|0",
		    "CONSTRAINT role_policy UNIQUE (role_id, policy_id)" },
		{ "roles_rules", "id|INTEGER|1|1 role_id|INTEGER|0|0 "
		    "rule_id|INTEGER|0|0 created_at|DATETIME|0|0",
		    "CONSTRAINT role_rule UNIQUE (role_id, rule_id)" },
		{ "users_token_blacklist", "user_id|INTEGER|1|1 "
		    "nbf_invalid_until|INTEGER|1|0 is_valid_until|INTEGER|1|0",
		    "CONSTRAINT user_invalidation_rule UNIQUE (user_id)" },
		{ "roles_token_blacklist", "role_id|INTEGER|1|1 "
		    "nbf_invalid_until|INTEGER|1|0 is_valid_until|INTEGER|1|0",
		    "CONSTRAINT role_invalidation_rule UNIQUE (role_id)" },
		{ "runas_token_blacklist", "nbf_invalid_until|INTEGER|1|1 "
		    "is_valid_until|INTEGER|1|0",
		    "CONSTRAINT nbf_invalid_until_invalidation_rule "
		    "UNIQUE (nbf_invalid_until)" },
	};
	char query[256];
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		snprintf(query, sizeof(query), "SELECT name, type, "
		    "\"notnull\", pk FROM pragma_table_info('%s')",
		    want[i].table);
		CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, query),
		    want[i].columns);
		snprintf(query, sizeof(query),
		    "SELECT sql FROM sqlite_master WHERE name = '%s'",
		    want[i].table);
		CU_ASSERT_PTR_NOT_NULL(strstr(other_text(pl.pl_db, query),
		    want[i].constraint));
	}
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "SELECT \"table\", "
	    "\"from\", \"to\", on_delete "
	    "FROM pragma_foreign_key_list('roles_policies') ORDER BY 1"),
	    "policies|policy_id|id|CASCADE roles|role_id|id|CASCADE");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "SELECT \"table\", "
	    "\"from\", \"to\", on_delete "
	    "FROM pragma_foreign_key_list('roles_rules') ORDER BY 1"),
	    "roles|role_id|id|CASCADE rules|rule_id|id|CASCADE");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "SELECT \"table\", "
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

	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT id, username, password, "
	    "allow_run_as FROM users ORDER BY id"),
	    "1|wazuh|scrypt:1:1:1$a$00|1 2|wazuh-wui|scrypt:2:2:2$b$11|1");
	CU_ASSERT_STRING_EQUAL(other_text(p,
	    "SELECT id, name FROM roles ORDER BY id"),
	    "1|administrator 2|readonly 3|users_admin 4|agents_readonly "
	    "5|agents_admin 6|cluster_readonly 7|cluster_admin");
	CU_ASSERT_STRING_EQUAL(other_text(p,
	    "SELECT id, name, rule FROM rules ORDER BY id"),
	    "1|wui_elastic_admin|{\"FIND\": {\"username\": \"elastic\"}} "
	    "2|wui_opensearch_admin|{\"FIND\": {\"user_name\": \"admin\"}}");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT id, name, policy "
	    "FROM policies WHERE id = 1"),
	    "1|agents_all_resourceless|{\"actions\": [\"agent:create\", "
	    "\"group:create\", \"agent:uninstall\"], \"resources\": "
	    "[\"*:*:*\"], \"effect\": \"allow\"}");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT policy FROM policies "
	    "WHERE name = 'security_all_security'"),
	    "{\"actions\": [\"security:read\", \"security:update\", "
	    "\"security:delete\"], \"resources\": [\"role:id:*\", "
	    "\"policy:id:*\", \"user:id:*\", \"rule:id:*\"], "
	    "\"effect\": \"allow\"}");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT name, policy "
	    "FROM policies WHERE id = 32"),
	    "cluster_read_nodes|{\"actions\": [\"cluster:read_api_config\", "
	    "\"cluster:read\", \"cluster:read_api_config\"], "
	    "\"resources\": [\"node:id:*\"], \"effect\": \"allow\"}");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT name, policy "
	    "FROM policies WHERE id = 35"),
	    "events_ingest_resourceless|{\"actions\": [\"event:ingest\"], "
	    "\"resources\": [\"*:*:*\"], \"effect\": \"allow\"}");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT id, user_id, role_id, "
	    "level FROM user_roles ORDER BY id"), "1|1|1|0 2|2|1|0");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT id, role_id, rule_id "
	    "FROM roles_rules ORDER BY id"), "1|1|1 2|1|2");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT policy_id, level "
	    "FROM roles_policies WHERE role_id = 2 ORDER BY id"),
	    "4|0 5|1 12|2 31|3 32|4 13|5 17|6 20|7 22|8 16|9 25|10 26|11 "
	    "28|12");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT role_id, policy_id, "
	    "level FROM roles_policies WHERE role_id > 2 ORDER BY id"),
	    "3|9|0 3|10|1 4|4|0 4|5|1 5|1|0 5|2|1 5|3|2 6|31|0 6|32|1 "
	    "7|29|0 7|30|1");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT count(*) FROM users "
	    "WHERE created_at GLOB '20[0-9][0-9]-[01][0-9]-[0-3][0-9] "
	    "[0-2][0-9]:[0-5][0-9]:[0-6][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]'"),
	    "2");
	CU_ASSERT_STRING_EQUAL(other_text(p, "SELECT count(*) FROM "
	    "roles_policies WHERE abs(julianday('now') - "
	    "julianday(created_at)) < 1"), "47");
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_fresh_names(void)
{
	struct place pl;
	struct rbacdb *db = fresh(&pl);

	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT id, name FROM policies ORDER BY id"),
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
	CU_ASSERT_EQUAL(rb->rb_nblack_users + rb->rb_nblack_roles +
	    rb->rb_nblack_runas, 0);
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
	CU_ASSERT_EQUAL_FATAL(ro->ro_npolicies,
	    sizeof(admin) / sizeof(admin[0]));
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
	    "INSERT INTO roles_policies VALUES (100, 100, 100, 1, NULL);"
	    "INSERT INTO roles_policies VALUES (101, 100, 5, 0, NULL);"
	    "INSERT INTO roles_policies VALUES (102, 100, 777, 2, NULL);"
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
	CU_ASSERT_EQUAL(ru->ru_roles[1], 7);
	CU_ASSERT_EQUAL(ru->ru_roles[2], 2);
	CU_ASSERT_EQUAL(ru->ru_roles[3], 3);
	ro = rbac_role(rb, 100);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ro);
	CU_ASSERT_EQUAL_FATAL(ro->ro_npolicies, 2);
	CU_ASSERT_EQUAL(ro->ro_policies[0], 5);
	CU_ASSERT_EQUAL(ro->ro_policies[1], 100);
	CU_ASSERT_EQUAL_FATAL(ro->ro_nrules, 2);
	CU_ASSERT_EQUAL(ro->ro_rules[0], 2);
	CU_ASSERT_EQUAL(ro->ro_rules[1], 1);
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
	other_run(pl.pl_db, "INSERT INTO users VALUES "
	    "(101, 'wazuh' || char(0) || 'x', 'x', 0, NULL)");
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OTHER);
	rbacdb_close(&db);
	place_remove(&pl);
}

/* --- opening ------------------------------------------------------------ */

static void
test_reopen(void)
{
	enum rbacdb_error err;
	struct place pl;
	struct rbacdb *db = fresh(&pl);
	struct rbac *rb;

	CU_ASSERT_EQUAL(rbacdb_set_password(db, "wazuh", "scrypt:new"),
	    RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "nobody", "scrypt:new"),
	    RBACDB_MISSING);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "' OR ''='", "scrypt:x"),
	    RBACDB_MISSING);
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
	other_run(pl.pl_db, "PRAGMA journal_mode=WAL; UPDATE roles SET "
	    "name = 'r7' WHERE id = 7");
	CU_ASSERT_EQUAL(open_error(pl.pl_db, NULL), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "PRAGMA journal_mode"),
	    "delete");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT name FROM roles WHERE id = 7"), "r7");
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
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT count(*) FROM policies"), "35");
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
	other_run(pl.pl_db, "PRAGMA user_version=0");
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_OTHER);
	other_run(pl.pl_db, "PRAGMA user_version=-1");
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_OTHER);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT count(*) FROM users"), "2");
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
	CU_ASSERT_EQUAL(sqlite3_exec(sql, "PRAGMA cache_size=1; BEGIN; "
	    "UPDATE policies SET name = name || 'x'; "
	    "UPDATE rules SET name = name || 'x'", NULL, NULL, NULL),
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
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "PRAGMA integrity_check"),
	    "ok");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT count(*) FROM policies"), "35");
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
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT password FROM users WHERE id = 1"), "new");
	/* Without any file nothing is pretended to be stored. */
	place_name(&pl, ".away", name, sizeof(name));
	CU_ASSERT_EQUAL(rename(pl.pl_db, name), 0);
	CU_ASSERT_EQUAL(rbacdb_version(db), v3);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "swap", "lost"),
	    RBACDB_MISSING);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_MISSING);
	CU_ASSERT_EQUAL(rename(name, pl.pl_db), 0);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "swap", "kept"), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT password FROM users WHERE id = 1"), "kept");
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
	CU_ASSERT_EQUAL(sqlite3_exec(sql, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_BUSY);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "wazuh", "x"), RBACDB_BUSY);
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 1, 10, 20), RBACDB_BUSY);
	CU_ASSERT_EQUAL(rbacdb_version(db), v);
	CU_ASSERT_EQUAL(open_error(pl.pl_db, hashes), RBACDB_BUSY);
	CU_ASSERT_EQUAL(sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 1, 10, 20), RBACDB_OK);
	/* A reader lets a change begin, but not end. */
	CU_ASSERT_EQUAL(sqlite3_exec(sql, "BEGIN; SELECT count(*) FROM users",
	    NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 2, 10, 20), RBACDB_BUSY);
	CU_ASSERT_EQUAL(rbacdb_set_password(db, "wazuh", "x"), RBACDB_BUSY);
	CU_ASSERT_EQUAL(sqlite3_exec(sql, "COMMIT", NULL, NULL, NULL),
	    SQLITE_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT user_id FROM users_token_blacklist"), "1");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT password FROM users WHERE id = 1"), hashes[0]);
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

	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 2, 1000, 1900), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 1, 1100, 2000), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, users),
	    "1|1100|2000 2|1000|1900");
	/* Later moves it, earlier does not. */
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 2, 1200, 2100), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 2, 500, 1400), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, users),
	    "1|1100|2000 2|1200|2100");
	/* One row for run_as. */
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 0, 1300, 2200), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 0, 1250, 2150), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, runas), "1300|2200");
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 0, 1400, 2300), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, runas), "1400|2300");
	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	CU_ASSERT_TRUE(rbac_token_void(rb, rbac_user(rb, 2), (int64_t[]){ 1 },
	    1, false, 1200));
	CU_ASSERT_FALSE(rbac_token_void(rb, rbac_user(rb, 2), (int64_t[]){ 1 },
	    1, false, 1201));
	CU_ASSERT_TRUE(rbac_token_void(rb, rbac_user(rb, 2), (int64_t[]){ 1 },
	    1, true, 1400));
	rbac_free(&rb);
	/* What has ended goes, in all three; the last second still counts. */
	other_run(pl.pl_db, "INSERT INTO roles_token_blacklist VALUES "
	    "(3, 1, 2000), (4, 1, 2001)");
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 7, 2001, 2901), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, users),
	    "2|1200|2100 7|2001|2901");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT role_id FROM roles_token_blacklist"), "4");
	CU_ASSERT_EQUAL(rbacdb_revoke_user(db, 7, 2301, 3201), RBACDB_OK);
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
	if (rbacdb_revoke_user(db, 1, 1, 2) != RBACDB_DENIED)
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
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT count(*) FROM users_token_blacklist"), "0");
	place_remove(&pl);
}

#define CHILD_SKIP	77

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
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
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
		if (rbacdb_revoke_user(db, 1, 1, 2) != RBACDB_FULL)
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
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, "PRAGMA integrity_check"),
	    "ok");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	    "SELECT count(*) FROM roles_policies"), "47");
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

static const struct unit_case cases[] = {
	{ "fresh_file", test_fresh_file },
	{ "fresh_counts", test_fresh_counts },
	{ "fresh_schema", test_fresh_schema },
	{ "fresh_rows", test_fresh_rows },
	{ "fresh_names", test_fresh_names },
	{ "snapshot", test_snapshot },
	{ "snapshot_odd", test_snapshot_odd },
	{ "reopen", test_reopen },
	{ "missing", test_missing },
	{ "versions", test_versions },
	{ "corrupt", test_corrupt },
	{ "stale", test_stale },
	{ "version_changes", test_version_changes },
	{ "busy", test_busy },
	{ "revoke", test_revoke },
	{ "denied", test_denied },
	{ "full", test_full },
	{ "killed", test_killed },
	{ "strerror", test_strerror },
	{ NULL, NULL }
};

int
main(void)
{
	return (unit_run("rbacdb", cases));
}
