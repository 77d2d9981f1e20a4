/* SPDX-License-Identifier: ISC */
/* The bodies of /security that authz answers, to the byte. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"
#include "authz/security.h"
#include "authz/security_item.h"
#include "authz/storedjson.h"
#include "tests/unit/unit.h"

#define DEEP_ROOM 24 /* levels left where a rule's value stands */

static char policy_read[] =
    "{\"actions\": [\"agent:read\"], \"resources\": "
    "[\"agent:id:001\", \"agent:group:web\"], \"effect\": \"deny\"}";
static char policy_all[] = "{\"effect\":\"allow\",\"resources\":[\"*:*:*\"],"
                           "\"actions\":[\"a:b\"]}";
static char rule_odd[] =
    "{\"AND\": [{\"MATCH$\": {\"r'x\\\"y'\": [1, 2.50, "
    "-3e2, true, null, \"\\u00e9\"]}}, {\"NOT\": {}}, []]}";
static char rule_find[] = "{\"FIND\": {\"username\": \"elastic\"}}";
static char rule_bad[] = "{\"FIND\": ";
static char name_a[] = "role_a", name_b[] = "role\tb", name_p[] = "pol";
static char name_q[] = "rule \"q\"",
            name_u[] = "l\xc3\xad"
                       "mited";
static int64_t policies_a[] = { 101, 100, 999 }, rules_a[] = { 7, 3 };
static int64_t policies_b[] = { 101 }, rules_c[] = { 9 };

static struct rbac_policy policies[] = {
	{ .rp_id = 100, .rp_name = name_p, .rp_text = policy_all },
	{ .rp_id = 101, .rp_name = name_p, .rp_text = policy_read },
};
static struct rbac_rule rules[] = {
	{ .rr_id = 3, .rr_name = name_q, .rr_text = rule_find },
	{ .rr_id = 7, .rr_name = name_p, .rr_text = rule_odd },
	{ .rr_id = 9, .rr_name = name_p, .rr_text = rule_bad },
};
static struct rbac_role held[] = {
	{ .ro_id = 1,
	    .ro_name = name_a,
	    .ro_npolicies = 3,
	    .ro_nrules = 2,
	    .ro_policies = policies_a,
	    .ro_rules = rules_a },
	{ .ro_id = 2,
	    .ro_name = name_b,
	    .ro_npolicies = 1,
	    .ro_policies = policies_b },
	{ .ro_id = 4, .ro_name = name_b, .ro_nrules = 1, .ro_rules = rules_c },
};
static struct rbac_user user = { .ru_id = 101, .ru_name = name_u };
static const struct rbac snapshot = {
	.rb_users = &user,
	.rb_nusers = 1,
	.rb_roles = held,
	.rb_nroles = 3,
	.rb_policies = policies,
	.rb_npolicies = 2,
	.rb_rules = rules,
	.rb_nrules = 3,
};

/* The same with users who hold the roles. */
static int64_t roles_u[] = { 4, 2, 1 }, roles_v[] = { 2 };
static struct rbac_user users[] = {
	{ .ru_id = 1, .ru_name = name_a, .ru_run_as = true },
	{ .ru_id = 100,
	    .ru_name = name_u,
	    .ru_nroles = 3,
	    .ru_roles = roles_u },
	{ .ru_id = 101,
	    .ru_name = name_b,
	    .ru_nroles = 1,
	    .ru_roles = roles_v },
};
static const struct rbac linked = {
	.rb_users = users,
	.rb_nusers = 3,
	.rb_roles = held,
	.rb_nroles = 3,
	.rb_policies = policies,
	.rb_npolicies = 2,
	.rb_rules = rules,
	.rb_nrules = 3,
};

/* What a result says, NUL-ended; static. */
static const char *
body(struct result *rs)
{
	static char out[16384];

	CU_ASSERT_FATAL(rs->rs_body.b_len < sizeof(out));
	if (rs->rs_body.b_len != 0)
		memcpy(out, rs->rs_body.b_data, rs->rs_body.b_len);
	out[rs->rs_body.b_len] = '\0';
	return (out);
}

#define ROLE_B                                                         \
	"{\"id\": 2, \"name\": \"role\\tb\", \"policies\": [{\"id\": " \
	"101, \"name\": \"pol\", \"policy\": {\"actions\": "           \
	"[\"agent:read\"], \"resources\": [\"agent:id:001\", "         \
	"\"agent:group:web\"], \"effect\": \"deny\"}}], \"rules\": []}"
#define RULE_FIND                                              \
	"{\"id\": 3, \"name\": \"rule \\\"q\\\"\", \"rule\": " \
	"{\"FIND\": {\"username\": \"elastic\"}}"
#define RULE_ODD                                                      \
	"{\"id\": 7, \"name\": \"pol\", \"rule\": {\"AND\": "         \
	"[{\"MATCH$\": {\"r'x\\\"y'\": [1, 2.5, -300.0, true, null, " \
	"\"\\u00e9\"]}}, {\"NOT\": {}}, []]}"
#define ROLE_A                                                         \
	"{\"id\": 1, \"name\": \"role_a\", \"policies\": [{\"id\": "   \
	"101, \"name\": \"pol\", \"policy\": {\"actions\": "           \
	"[\"agent:read\"], \"resources\": [\"agent:id:001\", "         \
	"\"agent:group:web\"], \"effect\": \"deny\"}}, {\"id\": 100, " \
	"\"name\": \"pol\", \"policy\": {\"effect\": \"allow\", "      \
	"\"resources\": [\"*:*:*\"], \"actions\": [\"a:b\"]}}], "      \
	"\"rules\": [" RULE_FIND "}, " RULE_ODD "}]}"
#define HEAD                                              \
	"{\"data\": {\"affected_items\": [{\"id\": 101, " \
	"\"username\": \"l\\u00edmited\", \"allow_run_as\": "
#define TAIL                                                         \
	"]}], \"total_affected_items\": 1, \"total_failed_items\": " \
	"0, \"failed_items\": []}, \"message\": "                    \
	"\"This is the user who asks\", \"error\": 0}"

static int
me_make(const int64_t *roles_held, size_t n, bool pretty, struct result *rs)
{
	result_init(rs, pretty, NULL);
	return (security_me(&snapshot, &user, roles_held, n, rs));
}

static void
me(const int64_t *roles_held, size_t n, const char *want)
{
	struct result rs;

	CU_ASSERT_EQUAL(me_make(roles_held, n, false, &rs), 0);
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	CU_ASSERT_EQUAL(rs.rs_type, RT_JSON);
	CU_ASSERT_EQUAL(rs.rs_code, 0);
	CU_ASSERT_STRING_EQUAL(body(&rs), want);
	result_free(&rs);
}

static void
test_me(void)
{
	user.ru_run_as = false;
	me(NULL, 0, HEAD "false, \"roles\": [" TAIL);
	me((int64_t[]){ 2 }, 1, HEAD "false, \"roles\": [" ROLE_B TAIL);
	user.ru_run_as = true;
	/*
	 * The token's roles in its order; one that has gone is passed over.
	 * Policies by level, rules by their ids.
	 */
	me((int64_t[]){ 1, 77, 2 }, 3,
	    HEAD "true, \"roles\": [" ROLE_A ", " ROLE_B TAIL);
	me((int64_t[]){ 2, 1 }, 2,
	    HEAD "true, \"roles\": [" ROLE_B ", " ROLE_A TAIL);
}

static void
test_me_pretty(void)
{
	struct result rs;

	user.ru_run_as = false;
	CU_ASSERT_EQUAL(me_make((int64_t[]){ 2 }, 1, true, &rs), 0);
	CU_ASSERT_STRING_EQUAL(body(&rs),
	    "{\n"
	    "   \"data\": {\n"
	    "      \"affected_items\": [\n"
	    "         {\n"
	    "            \"id\": 101,\n"
	    "            \"username\": \"l\\u00edmited\",\n"
	    "            \"allow_run_as\": false,\n"
	    "            \"roles\": [\n"
	    "               {\n"
	    "                  \"id\": 2,\n"
	    "                  \"name\": \"role\\tb\",\n"
	    "                  \"policies\": [\n"
	    "                     {\n"
	    "                        \"id\": 101,\n"
	    "                        \"name\": \"pol\",\n"
	    "                        \"policy\": {\n"
	    "                           \"actions\": [\n"
	    "                              \"agent:read\"\n"
	    "                           ],\n"
	    "                           \"resources\": [\n"
	    "                              \"agent:id:001\",\n"
	    "                              \"agent:group:web\"\n"
	    "                           ],\n"
	    "                           \"effect\": \"deny\"\n"
	    "                        }\n"
	    "                     }\n"
	    "                  ],\n"
	    "                  \"rules\": []\n"
	    "               }\n"
	    "            ]\n"
	    "         }\n"
	    "      ],\n"
	    "      \"total_affected_items\": 1,\n"
	    "      \"total_failed_items\": 0,\n"
	    "      \"failed_items\": []\n"
	    "   },\n"
	    "   \"message\": \"This is the user who asks\",\n"
	    "   \"error\": 0\n"
	    "}");
	result_free(&rs);
}

/* A text that is no JSON is an error, not half an answer. */
static void
test_me_bad(void)
{
	struct result rs;

	CU_ASSERT_EQUAL(me_make((int64_t[]){ 2, 4 }, 2, false, &rs), -1);
	result_free(&rs);
}

/* Levels of arrays around a 1. */
static void
nested(char *out, size_t levels)
{
	memset(out, '[', levels);
	out[levels] = '1';
	memset(out + levels + 1, ']', levels);
	out[2 * levels + 1] = '\0';
}

static void
test_me_deep(void)
{
	char text[2200], want[4096];
	struct result rs;
	size_t levels;
	int pretty;

	for (levels = DEEP_ROOM - 1; levels <= DEEP_ROOM + 1; levels++) {
		nested(text, levels);
		rules[2].rr_text = text;
		for (pretty = 0; pretty < 2; pretty++) {
			CU_ASSERT_EQUAL(
			    me_make((int64_t[]){ 4 }, 1, pretty == 1, &rs), 0);
			snprintf(want, sizeof(want), "\"rule\": %s}", text);
			/* Laid out anew where the levels suffice. */
			if (pretty == 0)
				CU_ASSERT_PTR_NOT_NULL(strstr(body(&rs), want));
			want[strlen(want) - 1] = '\0';
			if (pretty == 1)
				CU_ASSERT_EQUAL(strstr(body(&rs), want) == NULL,
				    levels <= DEEP_ROOM);
			result_free(&rs);
		}
	}
	nested(text, 1023);
	CU_ASSERT_EQUAL(me_make((int64_t[]){ 4 }, 1, false, &rs), 0);
	result_free(&rs);
	nested(text, 1025);
	CU_ASSERT_EQUAL(me_make((int64_t[]){ 4 }, 1, false, &rs), -1);
	result_free(&rs);
	rules[2].rr_text = rule_bad;
}

static void
test_login(void)
{
	struct result rs;

	result_init(&rs, false, NULL);
	CU_ASSERT_EQUAL(security_login("aa.bb-_.cc", false, &rs), 0);
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	CU_ASSERT_EQUAL(rs.rs_type, RT_JSON);
	CU_ASSERT_STRING_EQUAL(
	    body(&rs), "{\"data\": {\"token\": \"aa.bb-_.cc\"}, \"error\": 0}");
	result_free(&rs);
	result_init(&rs, false, NULL);
	CU_ASSERT_EQUAL(security_login("aa.bb-_.cc", true, &rs), 0);
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	CU_ASSERT_EQUAL(rs.rs_type, RT_TEXT);
	CU_ASSERT_STRING_EQUAL(body(&rs), "aa.bb-_.cc");
	result_free(&rs);
}

static void
test_logout(void)
{
	struct result rs;

	result_init(&rs, false, NULL);
	CU_ASSERT_EQUAL(security_logout("e\"v\xc3\xa9", &rs), 0);
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	CU_ASSERT_EQUAL(rs.rs_type, RT_JSON);
	CU_ASSERT_STRING_EQUAL(body(&rs),
	    "{\"message\": \"User e\\\"v\\u00e9 "
	    "has been logged out\", \"error\": 0}");
	result_free(&rs);
}

static void
test_config(void)
{
	struct result rs;

	result_init(&rs, false, NULL);
	CU_ASSERT_EQUAL(security_config(900, "white", &rs), 0);
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	CU_ASSERT_STRING_EQUAL(body(&rs),
	    "{\"data\": {\"auth_token_exp_timeout\": 900, \"rbac_mode\": "
	    "\"white\"}, \"error\": 0}");
	result_free(&rs);
}

static void
me_policies(const int64_t *roles_held, size_t n, const char *want)
{
	char text[1024];
	struct result rs;

	result_init(&rs, false, NULL);
	CU_ASSERT_EQUAL(
	    security_me_policies(&linked, roles_held, n, "black", &rs), 0);
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	snprintf(text, sizeof(text),
	    "{\"data\": {%s\"rbac_mode\": \"black\"}, \"message\": "
	    "\"This is what the policies of the user come to\", "
	    "\"error\": 0}",
	    want);
	CU_ASSERT_STRING_EQUAL(body(&rs), text);
	result_free(&rs);
}

static void
policy_lists_free(struct rbac_policy *rp)
{
	size_t i;

	for (i = 0; rp->rp_actions[i] != NULL; i++)
		free(rp->rp_actions[i]);
	for (i = 0; rp->rp_resources[i] != NULL; i++)
		free(rp->rp_resources[i]);
	free(rp->rp_actions);
	free(rp->rp_resources);
}

static void
test_me_policies(void)
{
	struct result rs;
	size_t i;

	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(rbac_policy_read(&policies[i]), 0);
	me_policies(NULL, 0, "");
	me_policies((int64_t[]){ 2 }, 1,
	    "\"agent:read\": {\"agent:id:001\": \"deny\", "
	    "\"agent:group:web\": \"deny\"}, ");
	me_policies((int64_t[]){ 77, 1 }, 2,
	    "\"agent:read\": {\"agent:id:001\": \"deny\", "
	    "\"agent:group:web\": \"deny\"}, \"a:b\": {\"*:*:*\": "
	    "\"allow\"}, ");
	/* A policy that nobody can read: no half of an answer. */
	policies[0].rp_bad = true;
	result_init(&rs, false, NULL);
	CU_ASSERT_EQUAL(
	    security_me_policies(&linked, (int64_t[]){ 1 }, 1, "white", &rs),
	    -1);
	result_free(&rs);
	for (i = 0; i < 2; i++)
		policy_lists_free(&policies[i]);
}

/* --- items ------------------------------------------------------------------ */

enum kind { USER, ROLE, POLICY, RULE };

/* Written as the i-th of its kind in the second snapshot. */
static void
item(enum kind kind, size_t i, const char *want)
{
	struct jsonw j;
	struct buf b;
	int ret = -1;

	buf_init(&b, 4096);
	jsonw_init(&j, &b, false);
	if (kind == USER)
		ret = security_item_user(&j, &linked, &linked.rb_users[i]);
	else if (kind == ROLE)
		ret = security_item_role(&j, &linked, &linked.rb_roles[i]);
	else if (kind == POLICY)
		ret = security_item_policy(&j, &linked, &linked.rb_policies[i]);
	else
		ret = security_item_rule(&j, &linked, &linked.rb_rules[i]);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_FALSE(b.b_failed);
	CU_ASSERT_EQUAL(buf_addc(&b, '\0'), 0);
	CU_ASSERT_STRING_EQUAL(b.b_data, want);
	buf_free(&b);
}

static void
test_items(void)
{
	item(USER, 0,
	    "{\"id\": 1, \"username\": \"role_a\", \"allow_run_as\": true, "
	    "\"roles\": []}");
	item(USER, 1,
	    "{\"id\": 100, \"username\": \"l\\u00edmited\", "
	    "\"allow_run_as\": false, \"roles\": [4, 2, 1]}");
	item(USER, 2,
	    "{\"id\": 101, \"username\": \"role\\tb\", "
	    "\"allow_run_as\": false, \"roles\": [2]}");
	/* Its policies by level; users and rules ascending. */
	item(ROLE, 0,
	    "{\"id\": 1, \"name\": \"role_a\", \"policies\": [101, 100, 999], "
	    "\"users\": [100], \"rules\": [3, 7]}");
	item(ROLE, 1,
	    "{\"id\": 2, \"name\": \"role\\tb\", \"policies\": [101], "
	    "\"users\": [100, 101], \"rules\": []}");
	item(POLICY, 0,
	    "{\"id\": 100, \"name\": \"pol\", \"policy\": {\"effect\": "
	    "\"allow\", \"resources\": [\"*:*:*\"], \"actions\": "
	    "[\"a:b\"]}, \"roles\": [1]}");
	item(POLICY, 1,
	    "{\"id\": 101, \"name\": \"pol\", \"policy\": {\"actions\": "
	    "[\"agent:read\"], \"resources\": [\"agent:id:001\", "
	    "\"agent:group:web\"], \"effect\": \"deny\"}, \"roles\": [1, 2]}");
	item(RULE, 0, RULE_FIND ", \"roles\": [1]}");
	item(RULE, 1, RULE_ODD ", \"roles\": [1]}");
}

/* A text that is no JSON. */
static void
test_items_bad(void)
{
	struct jsonw j;
	struct buf b;

	buf_init(&b, 4096);
	jsonw_init(&j, &b, false);
	CU_ASSERT_EQUAL(
	    security_item_rule(&j, &linked, &linked.rb_rules[2]), -1);
	buf_free(&b);
}

/* --- stored texts ---------------------------------------------------------- */

static char trace[512];

static void
trace_visit(void *arg, const struct stored *sd)
{
	static const char marks[] = "{}[]ksl";
	size_t n = strlen(trace);

	(*(int *)arg)++;
	if (sd->sd_event == STORED_DOUBLE)
		snprintf(trace + n, sizeof(trace) - n, "f%g ", sd->sd_number);
	else
		snprintf(trace + n, sizeof(trace) - n, "%c%.*s ",
		    marks[sd->sd_event], (int)sd->sd_len,
		    sd->sd_text == NULL ? "" : sd->sd_text);
}

static int
walk(const char *text, unsigned int room, int *visits_r)
{
	trace[0] = '\0';
	*visits_r = 0;
	return (storedjson_walk(text, room, trace_visit, visits_r));
}

static void
test_walk(void)
{
	int n;

	CU_ASSERT_EQUAL(walk("{\"b\": [1, 2.50, \"x\"], \"a\": {\"c\": "
	                     "false, \"d\": null}}",
	                    2, &n),
	    0);
	CU_ASSERT_STRING_EQUAL(trace,
	    "{ kb [ l1 f2.5 sx ] ka { kc lfalse "
	    "kd lnull } } ");
	CU_ASSERT_EQUAL(walk("null", 0, &n), 0);
	CU_ASSERT_STRING_EQUAL(trace, "lnull ");
	CU_ASSERT_EQUAL(walk(" -12 ", 0, &n), 0);
	CU_ASSERT_STRING_EQUAL(trace, "l-12 ");
	/* Too deep: told, and nothing visited. */
	CU_ASSERT_EQUAL(walk("[]", 0, &n), 1);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(walk("[1, {\"a\": 2}]", 1, &n), 1);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(walk("[1, {\"a\": 2}]", 2, &n), 0);
	CU_ASSERT_EQUAL(n, 7);
}

static void
test_walk_bad(void)
{
	static const char *const bad[] = { "", " ", "{", "}", "[1,]", "[1 2]",
		"{\"a\"}", "{\"a\": }", "nul", "tru", "\"x", "1 2", "{} x",
		"[\"\xff\"]", "// x", "TRUE", "+1" };
	static const char whole[] = "{\"a\": [1, {\"b\": \"\\u00e9\"}]}";
	char text[sizeof(whole)];
	size_t i;
	int n;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(walk(bad[i], 9, &n), -1);
		CU_ASSERT_EQUAL(n, 0);
	}
	for (i = 0; i < sizeof(whole); i++) {
		memcpy(text, whole, i);
		text[i] = '\0';
		CU_ASSERT_EQUAL(walk(text, 9, &n) == 0, i + 1 == sizeof(whole));
		CU_ASSERT_EQUAL(n != 0, i + 1 == sizeof(whole));
	}
}

static const struct unit_case cases[] = { { "me", test_me },
	{ "me_pretty", test_me_pretty }, { "me_bad", test_me_bad },
	{ "me_deep", test_me_deep }, { "login", test_login },
	{ "logout", test_logout }, { "config", test_config },
	{ "me_policies", test_me_policies }, { "items", test_items },
	{ "items_bad", test_items_bad }, { "walk", test_walk },
	{ "walk_bad", test_walk_bad }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("security", cases));
}
