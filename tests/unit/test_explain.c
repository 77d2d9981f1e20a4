/* SPDX-License-Identifier: ISC */
/* gatehouse rbac explain: its text and its JSON, on a fresh rbac.db. */
#include <sys/types.h>

#include <json-c/json.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/rbacdb.h"
#include "gatehouse/explain.h"
#include "tests/unit/unit.h"

static char file[64];
static struct rbac *rb;

/* Roles 3 and 5 get rules, and there is a user who may not act for others. */
static void
start(void)
{
	static const char *const passwords[2] = { "x", "y" };
	static const char change[] =
	    "INSERT INTO rules VALUES (101, 'first', "
	    "'{\"AND\": [{\"FIND\": {\"g\": [\"q\"]}}, "
	    "{\"NOT\": {\"MATCH\": {\"off\": true}}}]}', ''),"
	    "(100, 'b\x1b[1md', '{\"OR\": [{\"MATCH\": {\"a\": "
	    "\"r''(x''''\"}}]}', ''),"
	    "(102, 'deep', '{\"FIND$\": {\"n\": 1}}', ''),"
	    "(103, 'json', '{', '');"
	    "INSERT INTO roles_rules VALUES (100, 3, 100, ''),"
	    "(101, 3, 101, ''), (102, 4, 102, ''), (103, 4, 103, '');"
	    "INSERT INTO users VALUES (100, 'plain', 'z', 0, '');"
	    "INSERT INTO user_roles VALUES (100, 100, 7, 0, '');";
	enum rbacdb_error err;
	struct rbacdb *db;
	sqlite3 *sql;
	int fd;

	memcpy(file, "/tmp/gatehouse-explain-XXXXXX", 30);
	fd = mkstemp(file);
	CU_ASSERT_TRUE_FATAL(fd != -1);
	close(fd);
	CU_ASSERT_EQUAL(unlink(file), 0);
	CU_ASSERT_PTR_NULL(rbacdb_look(file, &err));
	CU_ASSERT_EQUAL(err, RBACDB_MISSING);
	db = rbacdb_open(file, passwords, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	rbacdb_close(&db);
	CU_ASSERT_EQUAL(sqlite3_open(file, &sql), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(sql, change, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sql);
	rb = rbacdb_look(file, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
}

static void
stop(void)
{
	rbac_free(&rb);
	CU_ASSERT_EQUAL(unlink(file), 0);
}

/* What is printed; the caller frees it. */
static char *
print(const char *user, const char *context, bool json)
{
	const struct rbac_user *ru = NULL;
	struct buf out;

	if (user != NULL) {
		ru = rbac_user_name(rb, user);
		CU_ASSERT_PTR_NOT_NULL_FATAL(ru);
	}
	buf_init(&out, EXPLAIN_MAX);
	CU_ASSERT_EQUAL(explain_show(rb, ru, context, json, &out), 0);
	buf_addc(&out, '\0');
	CU_ASSERT_FALSE_FATAL(out.b_failed);
	return ((char *)out.b_data);
}

/* Are these texts, up to a NULL, in what is printed, in this order? */
static void
shows(const char *user, const char *context, const char *const *want)
{
	char *text = print(user, context, false), *p = text;

	for (; *want != NULL; want++) {
		p = strstr(p, *want);
		CU_ASSERT_PTR_NOT_NULL(p);
		if (p == NULL) {
			printf("no %s in: %s\n", *want, text);
			break;
		}
		p += strlen(*want);
	}
	free(text);
}

static void
test_text(void)
{
	static const char want[] =
	    "role 1 administrator: not given\n"
	    "    rule 1 wui_elastic_admin: counts for the user wazuh-wui only\n"
	    "    rule 2 wui_opensearch_admin: counts for the user wazuh-wui "
	    "only\n"
	    "role 3 users_admin: given by rule 101 first\n"
	    "    rule 100 \"b\\u001b[1md\": not met\n"
	    "        (this rule has a pattern that is not valid here)\n"
	    "        OR[0].MATCH: no\n"
	    "        OR: no\n"
	    "    rule 101 first: met\n"
	    "        AND[0].FIND: yes, by p[0].g[1]\n"
	    "        AND[1].NOT.MATCH: no\n"
	    "        AND[1].NOT: yes\n"
	    "        AND: yes\n"
	    "role 4 agents_readonly: not given\n"
	    "    rule 102 deep: not met\n"
	    "        FIND$: no\n"
	    "    rule 103 json: not read\n"
	    "        (this rule is not JSON, nested too deep, or too large)\n"
	    "\n"
	    "The token has these roles:\n"
	    "  role 3 users_admin\n"
	    "    policy 9 users_all_resourceless: allow security:create_user, "
	    "security:revoke, security:edit_run_as on *:*:*\n"
	    "    policy 10 users_all_users: allow security:read, "
	    "security:update, security:delete on user:id:*\n"
	    "hash_auth_context: 8889b9b0c8accbdff31f0b6b1a7de3da\n";
	struct buf out;
	char *text;

	start();
	text = print(NULL, "{\"p\":[{\"g\":[\"z\",\"q\"]}]}", false);
	CU_ASSERT_STRING_EQUAL(text, want);
	free(text);
	buf_init(&out, EXPLAIN_MAX);
	CU_ASSERT_EQUAL(explain_show(rb, NULL, "[]", false, &out), -1);
	buf_free(&out);
	stop();
}

static void
test_users(void)
{
	static const char *const wui[] = {
		"role 1 administrator: given by rule 2 wui_opensearch_admin\n",
		"FIND: no\n", "FIND: yes, by user_name\n",
		"The token has these roles:\n  role 1 administrator\n", NULL
	};
	static const char *const plain[] = { "role 3 users_admin: given",
		"The login is refused (6004): plain may not act for others.\n",
		"There would be these roles:\n  role 3 users_admin\n", NULL };
	static const char *const empty[] = {
		"The context is empty: the roles are the user's own.\n",
		"The token has these roles:\n  role 7 cluster_admin\n", NULL
	};
	static const char *const nobody[] = {
		"The token has these roles: none\n", NULL
	};
	static const char *const unsure[] = {
		"rule 100 \"b\\u001b[1md\": undecided, which counts as not met",
		"OR[0].MATCH: undecided\n", NULL
	};
	static const char *const deep[] = {
		"role 4 agents_readonly: left out, the context has more than 8",
		"rule 102 deep: led too deep", "FIND$: too deep\n", NULL
	};

	start();
	shows("wazuh-wui", "{\"user_name\":\"admin\"}", wui);
	shows("plain", "{\"g\":[\"q\"]}", plain);
	shows("plain", "{\"n\":null}", empty);
	shows(NULL, "{}", nobody);
	shows(NULL, "{\"a\":\"y\"}", unsure);
	shows(NULL,
	    "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
	    "{}}}}}}}}}}",
	    deep);
	stop();
}

/* As many rules as are too much for a login. */
static void
too_much(void)
{
	static const char change[] =
	    "WITH RECURSIVE n(i) AS (SELECT 200 UNION ALL SELECT i + 1 "
	    "FROM n WHERE i < 280) INSERT INTO rules SELECT i, 'r' || i, "
	    "'{\"FIND\": {\"r''.*''''\": \"r''(a|a)*$''''\"}, \"x\": ' "
	    "|| i || '}', '' FROM n;"
	    "INSERT INTO roles_rules SELECT id, 5, id, '' FROM rules "
	    "WHERE id > 199;";
	enum rbacdb_error err;
	sqlite3 *sql;

	CU_ASSERT_EQUAL(sqlite3_open(file, &sql), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(sql, change, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sql);
	rbac_free(&rb);
	rb = rbacdb_look(file, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
}

static struct json_object *
member(struct json_object *jo, const char *name)
{
	struct json_object *v = NULL;

	CU_ASSERT_TRUE(json_object_object_get_ex(jo, name, &v));
	return (v);
}

static bool
is_text(struct json_object *jo, const char *name, const char *want)
{
	const char *have = json_object_get_string(member(jo, name));

	if (have == NULL || want == NULL)
		return (have == want);
	return (strcmp(have, want) == 0);
}

static struct json_object *
parsed(const char *user, const char *context)
{
	struct json_object *jo;
	char *text = print(user, context, true);

	jo = json_tokener_parse(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(jo);
	free(text);
	return (jo);
}

static void
test_json(void)
{
	struct json_object *jo, *list, *role, *rule;

	start();
	jo = parsed("plain", "{\"p\":[{\"g\":[\"z\",\"q\"]}]}");
	CU_ASSERT_TRUE(is_text(jo, "user", "plain"));
	CU_ASSERT_TRUE(is_text(
	    jo, "hash_auth_context", "8889b9b0c8accbdff31f0b6b1a7de3da"));
	CU_ASSERT_EQUAL(json_object_get_int(member(jo, "refused")), 6004);
	CU_ASSERT_TRUE(is_text(jo, "context_is_empty", "false"));
	list = member(jo, "evaluation");
	CU_ASSERT_EQUAL(json_object_array_length(list), 3);
	role = json_object_array_get_idx(list, 1);
	CU_ASSERT_EQUAL(json_object_get_int(member(role, "id")), 3);
	CU_ASSERT_TRUE(is_text(role, "answer", "yes"));
	CU_ASSERT_EQUAL(json_object_get_int(member(role, "given_by")), 101);
	rule = json_object_array_get_idx(member(role, "rules"), 0);
	CU_ASSERT_TRUE(is_text(rule, "name", "b\x1b[1md"));
	CU_ASSERT_TRUE(
	    is_text(rule, "wrong", "has a pattern that is not valid here"));
	rule = json_object_array_get_idx(member(role, "rules"), 1);
	CU_ASSERT_TRUE(is_text(rule, "wrong", NULL));
	CU_ASSERT_EQUAL(json_object_array_length(member(rule, "clauses")), 4);
	list = json_object_array_get_idx(member(rule, "clauses"), 0);
	CU_ASSERT_TRUE(is_text(list, "clause", "AND[0].FIND"));
	CU_ASSERT_TRUE(is_text(list, "answer", "yes"));
	CU_ASSERT_TRUE(is_text(list, "by", "p[0].g[1]"));
	list = member(jo, "roles");
	CU_ASSERT_EQUAL(json_object_array_length(list), 1);
	list = member(json_object_array_get_idx(list, 0), "policies");
	CU_ASSERT_EQUAL(json_object_array_length(list), 2);
	list = json_object_array_get_idx(list, 1);
	CU_ASSERT_TRUE(is_text(list, "name", "users_all_users"));
	CU_ASSERT_TRUE(is_text(list, "allow", "true"));
	json_object_put(jo);
	/* No user, an empty context. */
	jo = parsed(NULL, "{}");
	CU_ASSERT_TRUE(is_text(jo, "user", NULL));
	CU_ASSERT_TRUE(is_text(jo, "refused", NULL));
	CU_ASSERT_TRUE(is_text(jo, "context_is_empty", "true"));
	json_object_put(jo);
	/* An evaluation that was ended in the middle is JSON still. */
	too_much();
	jo = parsed("wazuh",
	    "{\"k\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}");
	CU_ASSERT_EQUAL(json_object_get_int(member(jo, "refused")), 4000);
	CU_ASSERT_EQUAL(json_object_array_length(member(jo, "roles")), 0);
	json_object_put(jo);
	stop();
}

static const struct unit_case cases[] = {
	{ "text", test_text },
	{ "users", test_users },
	{ "JSON", test_json },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("explain", cases));
}
