/* SPDX-License-Identifier: ISC */
/* The snapshot: look-ups, void tokens, reading policies, entries of a row. */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"
#include "tests/unit/rbac_rig.h"
#include "tests/unit/unit.h"

#define TEXT 16384

/* --- look-ups ------------------------------------------------------------ */

static void
test_find(void)
{
	struct rbac *rb = rb_new();
	int64_t id;

	CU_ASSERT_PTR_NULL(rbac_user(rb, 1));
	CU_ASSERT_PTR_NULL(rbac_user_name(rb, "u1"));
	rb_user(rb, 1, "wazuh", false, "");
	rb_user(rb, 2, "wazuh-wui", false, "");
	rb_user(rb, 100, "eve", false, "");
	rb_user(rb, 105, "Eve", false, "");
	rb_role(rb, 3, "");
	rb_role(rb, 9, "");
	rb_policy(rb, 7, "{}");
	for (id = -1; id < 110; id++)
		CU_ASSERT_EQUAL(rbac_user(rb, id) != NULL,
		    id == 1 || id == 2 || id == 100 || id == 105);
	CU_ASSERT_STRING_EQUAL(rbac_user(rb, 100)->ru_name, "eve");
	CU_ASSERT_EQUAL(rbac_user_name(rb, "Eve")->ru_id, 105);
	CU_ASSERT_PTR_NULL(rbac_user_name(rb, "wazuh-"));
	CU_ASSERT_PTR_NULL(rbac_user_name(rb, ""));
	CU_ASSERT_EQUAL(rbac_role(rb, 9)->ro_id, 9);
	CU_ASSERT_PTR_NULL(rbac_role(rb, 4));
	CU_ASSERT_EQUAL(rbac_policy(rb, 7)->rp_id, 7);
	CU_ASSERT_PTR_NULL(rbac_policy(rb, 8));
	CU_ASSERT_PTR_NULL(rbac_rule(rb, 1));
	rbac_free(&rb);
	CU_ASSERT_PTR_NULL(rb);
	rbac_free(&rb);
}

/* --- void tokens --------------------------------------------------------- */

static bool
is_void(struct rbac *rb, const char *user, const char *held, bool run_as,
    int64_t nbf)
{
	int64_t *list;
	size_t n;
	bool ret;

	list = rb_ids(held, &n);
	ret =
	    rbac_token_void(rb, rbac_user_name(rb, user), list, n, run_as, nbf);
	free(list);
	return (ret);
}

static void
test_void_roles(void)
{
	struct rbac *rb = rb_new();

	rb_user(rb, 1, "plain", false, "5 3");
	rb_user(rb, 2, "bare", false, "");
	rb_user(rb, 3, "runner", true, "5 3");
	/* A user who has gone. */
	CU_ASSERT_TRUE(is_void(rb, "ghost", "5 3", false, 9));
	/* The roles are those that are linked, in any order. */
	CU_ASSERT_FALSE(is_void(rb, "plain", "5 3", false, 9));
	CU_ASSERT_FALSE(is_void(rb, "plain", "3 5", false, 9));
	CU_ASSERT_FALSE(is_void(rb, "plain", "3 5 3", false, 9));
	CU_ASSERT_TRUE(is_void(rb, "plain", "5", false, 9));
	CU_ASSERT_TRUE(is_void(rb, "plain", "5 3 1", false, 9));
	CU_ASSERT_TRUE(is_void(rb, "plain", "5 1", false, 9));
	CU_ASSERT_TRUE(is_void(rb, "plain", "", false, 9));
	CU_ASSERT_FALSE(is_void(rb, "bare", "", false, 9));
	CU_ASSERT_TRUE(is_void(rb, "bare", "1", false, 9));
	/* A run_as token of one who may not do so any more. */
	CU_ASSERT_TRUE(is_void(rb, "plain", "1", true, 9));
	/* Who may run_as has the roles that the context gave. */
	CU_ASSERT_FALSE(is_void(rb, "runner", "1", true, 9));
	CU_ASSERT_FALSE(is_void(rb, "runner", "", true, 9));
	CU_ASSERT_FALSE(is_void(rb, "runner", "5 3", false, 9));
	rbac_free(&rb);
}

static void
test_void_black(void)
{
	struct rbac *rb = rb_new();

	rb_user(rb, 1, "plain", false, "5 3");
	rb_user(rb, 3, "runner", true, "5 8");
	rb_user(rb, 4, "quiet", true, "6");
	rb_black(&rb->rb_black_users, &rb->rb_nblack_users, 1, 1000);
	rb_black(&rb->rb_black_users, &rb->rb_nblack_users, 2, 9000);
	/* Valid from the second after. */
	CU_ASSERT_TRUE(is_void(rb, "plain", "5 3", false, 999));
	CU_ASSERT_TRUE(is_void(rb, "plain", "5 3", false, 1000));
	CU_ASSERT_FALSE(is_void(rb, "plain", "5 3", false, 1001));
	CU_ASSERT_FALSE(is_void(rb, "runner", "5 8", false, 500));
	/* run_as tokens of all users, no others. */
	rb_black(&rb->rb_black_runas, &rb->rb_nblack_runas, 0, 700);
	CU_ASSERT_TRUE(is_void(rb, "runner", "1", true, 700));
	CU_ASSERT_TRUE(is_void(rb, "quiet", "6", true, 1));
	CU_ASSERT_FALSE(is_void(rb, "runner", "1", true, 701));
	CU_ASSERT_FALSE(is_void(rb, "runner", "5 8", false, 700));
	/* Roles: those of the token and those that are linked. */
	rb_black(&rb->rb_black_roles, &rb->rb_nblack_roles, 3, 1500);
	rb_black(&rb->rb_black_roles, &rb->rb_nblack_roles, 8, 2000);
	rb_black(&rb->rb_black_roles, &rb->rb_nblack_roles, 9, 3000);
	CU_ASSERT_TRUE(is_void(rb, "plain", "5 3", false, 1500));
	CU_ASSERT_FALSE(is_void(rb, "plain", "5 3", false, 1501));
	CU_ASSERT_TRUE(is_void(rb, "runner", "1", true, 2000));
	CU_ASSERT_TRUE(is_void(rb, "runner", "9", true, 2500));
	CU_ASSERT_FALSE(is_void(rb, "runner", "1", true, 2001));
	CU_ASSERT_TRUE(is_void(rb, "quiet", "9", true, 3000));
	CU_ASSERT_FALSE(is_void(rb, "quiet", "6", true, 2000));
	rbac_free(&rb);
}

/* --- reading policies ---------------------------------------------------- */

static void
test_policy_good(void)
{
	struct rbac *rb = rb_new();
	struct rbac_policy *rp;

	rp = rb_policy(rb, 1,
	    "{\"actions\": [\"agent:READ\", \"a:b\"], "
	    "\"resources\": [\"AGENT:Id:WeB\", \"*\", \"node:id:N1&File:path:"
	    "etc/Ossec.conf\"], \"effect\": \"Allow\"}");
	CU_ASSERT_FALSE(rp->rp_bad);
	CU_ASSERT_TRUE(rp->rp_allow);
	CU_ASSERT_STRING_EQUAL(rp->rp_actions[0], "agent:read");
	CU_ASSERT_STRING_EQUAL(rp->rp_actions[1], "a:b");
	CU_ASSERT_PTR_NULL(rp->rp_actions[2]);
	CU_ASSERT_STRING_EQUAL(rp->rp_resources[0], "agent:id:WeB");
	CU_ASSERT_STRING_EQUAL(rp->rp_resources[1], "*:*:*");
	CU_ASSERT_STRING_EQUAL(
	    rp->rp_resources[2], "node:id:N1&file:path:etc/Ossec.conf");
	CU_ASSERT_PTR_NULL(rp->rp_resources[3]);
	/* Another order, more keys, and an effect that is no effect. */
	rp = rb_policy(rb, 2,
	    " {\"effect\": \"maybe\", \"x\": {\"y\": [1]}, "
	    "\"resources\": [], \"actions\": []} ");
	CU_ASSERT_FALSE(rp->rp_bad);
	CU_ASSERT_FALSE(rp->rp_allow);
	CU_ASSERT_PTR_NULL(rp->rp_actions[0]);
	CU_ASSERT_PTR_NULL(rp->rp_resources[0]);
	rp = rb_policy(rb, 3,
	    "{\"effect\": \"deny\", \"resources\": "
	    "[\"*:*:*\"], \"actions\": [\"a:b\"]}");
	CU_ASSERT_FALSE(rp->rp_bad);
	CU_ASSERT_FALSE(rp->rp_allow);
	/* Not quite allow. */
	rp = rb_policy(rb, 4,
	    "{\"actions\": [], \"resources\": [], "
	    "\"effect\": \"allow\\u0000\"}");
	CU_ASSERT_FALSE(rp->rp_bad);
	CU_ASSERT_FALSE(rp->rp_allow);
	/* The original's expression lets a newline stand at the end. */
	rp = rb_policy(rb, 5,
	    "{\"actions\": [], \"resources\": [\"a:b:c\\n\"], "
	    "\"effect\": \"allow\"}");
	CU_ASSERT_FALSE(rp->rp_bad);
	CU_ASSERT_STRING_EQUAL(rp->rp_resources[0], "a:b:c\n");
	rbac_free(&rb);
}

static void
test_policy_bad(void)
{
	static const char *const texts[] = {
		"",
		"null",
		"[]",
		"1",
		"\"x\"",
		"{}",
		"{",
		"nul",
		"{\"actions\": [], \"resources\": []}",
		"{\"actions\": [], \"effect\": \"allow\"}",
		"{\"resources\": [], \"effect\": \"allow\"}",
		"{\"actions\": {}, \"resources\": [], \"effect\": \"allow\"}",
		"{\"actions\": [1], \"resources\": [], \"effect\": \"allow\"}",
		"{\"actions\": [], \"resources\": [null], "
		"\"effect\": \"allow\"}",
		"{\"actions\": [], \"resources\": \"*\", "
		"\"effect\": \"allow\"}",
		"{\"actions\": [], \"resources\": [], \"effect\": true}",
		"{\"actions\": [], \"resources\": [], \"effect\": null}",
		"{\"actions\": [\"a\\u0000b\"], \"resources\": [], "
		"\"effect\": \"allow\"}",
		"{\"actions\": [], \"resources\": [], \"effect\": \"allow\"} x",
		"{\"actions\": [], \"resources\": [], \"effect\": \"allow\",}",
		"{\"actions\": [[[[[[[[[]]]]]]]]], \"resources\": [], "
		"\"effect\": \"allow\"}",
	};
	static const char *const resources[] = {
		"",
		":",
		"::",
		"a",
		"a:b",
		"a:b:",
		":b:c",
		"a::c",
		"a:b:c:d",
		"a:b:c d",
		"a:b:c?",
		"a:b:c@d",
		"a:b:\xc3\xa9",
		"a b:c:d",
		"a:*:*",
		"a*:b:c",
		"a:b:c&",
		"&a:b:c",
		"&",
		"a:b:c&d",
		"a:b:c&*",
		"*&a:b:c",
		"a:b:c&d:e:f&g:h:i",
		"a:b:c&&d:e:f",
		"a/b:c:d",
		"a-b:c:d",
		"a:b-c:d",
		"a:b:c\\n&d:e:f",
		"a:b:c&\xc3\xa9:e:f",
		"a:b:c&d:e:\xc3\xa9",
		"*:*:*&a:b:c&d:e:f",
		"*:*",
		"*:*:*:*",
	};
	char text[256];
	struct rbac *rb = rb_new();
	struct rbac_policy *rp;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		rp = rb_policy(rb, (int64_t)i, texts[i]);
		CU_ASSERT_TRUE(rp->rp_bad);
	}
	for (i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		snprintf(text, sizeof(text),
		    "{\"actions\": [], \"resources\": "
		    "[\"a:b:c\", \"%s\"], \"effect\": \"allow\"}",
		    resources[i]);
		rp = rb_policy(rb, (int64_t)i + 100, text);
		CU_ASSERT_TRUE(rp->rp_bad);
	}
	rbac_free(&rb);
}

static void
test_policy_resources(void)
{
	static const char *const resources[] = {
		"a:b:c",
		"a:b:*",
		"*:*:*",
		"*:*:x",
		"agent:id:001",
		"a_b:c.d:x",
		"a1:b2:3",
		"a:b:c*",
		"a:b:x.y/z-_",
		"a:b:c&d:e:f",
		"a:b:*&d:e:*",
		"*:b:*",
		"**:-:\xc3\xa9",
		"*:*:*&d-e:f:g",
		"a:b:c&d:e:f\xc3\xa9",
		"rule:file:0010-rules.xml",
	};
	char text[256];
	struct rbac *rb = rb_new();
	struct rbac_policy *rp;
	size_t i;

	for (i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		snprintf(text, sizeof(text),
		    "{\"actions\": [], \"resources\": "
		    "[\"%s\"], \"effect\": \"allow\"}",
		    resources[i]);
		rp = rb_policy(rb, (int64_t)i, text);
		CU_ASSERT_FALSE_FATAL(rp->rp_bad);
		CU_ASSERT_STRING_EQUAL(rp->rp_resources[0], resources[i]);
	}
	rbac_free(&rb);
}

/* Cut anywhere, a policy is bad, never half of itself. */
static void
test_policy_prefixes(void)
{
	static const char whole[] =
	    "{\"actions\": [\"agent:read\"], "
	    "\"resources\": [\"agent:id:001\"], \"effect\": \"deny\"}";
	char text[sizeof(whole)];
	struct rbac *rb = rb_new();
	size_t i;

	for (i = 0; i < sizeof(whole); i++) {
		memcpy(text, whole, i);
		text[i] = '\0';
		CU_ASSERT_EQUAL(rb_policy(rb, (int64_t)i, text)->rp_bad,
		    i + 1 != sizeof(whole));
	}
	rbac_free(&rb);
}

/* --- entries ------------------------------------------------------------- */

static const struct row row_read = {
	.r_rbac = { { { "agent:read" }, { "agent:id:{agent_list}" } } },
};
static const struct row row_two = {
	.r_rbac = {
		{ { "group:read", "agent:read" }, { "group:id:{group}" } },
		{ { "agent:read", "agent:delete" }, { "agent:id:{a}" } },
	},
};
static const struct row row_open = { .r_id = 0 };

/* "+x" allows, "-x" denies; * stands for *:*:* as in a policy. */
static void
policy_of(struct rbac *rb, int64_t id, const char *actions, const char *list)
{
	char text[TEXT], copy[TEXT], *item, *save;
	char sign = list[0];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text),
	    "{\"actions\": [%s], "
	    "\"resources\": [",
	    actions);
	snprintf(copy, sizeof(copy), "%s", list + (sign != '\0'));
	for (item = strtok_r(copy, " ", &save); item != NULL;
	     item = strtok_r(NULL, " ", &save))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"%s\"",
		    text[n - 1] == '[' ? "" : ", ", item);
	snprintf(text + n, sizeof(text) - n, "], \"effect\": \"%s\"}",
	    sign == '+' ? "allow" : "deny");
	CU_ASSERT_FALSE(rb_policy(rb, id, text)->rp_bad);
}

static const char *
show(const struct policies *ps)
{
	static char out[TEXT];
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < ps->ps_n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%c%s",
		    i == 0 ? "" : " ", ps->ps_v[i].pe_allow ? '+' : '-',
		    ps->ps_v[i].pe_resource);
	return (out);
}

/* Policies 1, 2, ... of one role, for agent:read. */
static const char *
entries(const char *const *lists, size_t n)
{
	static struct policies ps;
	static const int64_t held[] = { 1 };
	char all[256];
	struct rbac *rb = rb_new();
	const char *out;
	size_t i, len = 0;

	all[0] = '\0';
	for (i = 0; i < n && lists[i] != NULL; i++) {
		policy_of(rb, (int64_t)i + 1, "\"agent:read\"", lists[i]);
		len += (size_t)snprintf(
		    all + len, sizeof(all) - len, "%zu ", i + 1);
	}
	rb_role(rb, 1, all);
	CU_ASSERT_EQUAL(rbac_entries(rb, held, 1, false, &row_read, &ps), 0);
	out = show(&ps);
	for (i = 0; i < ps.ps_n; i++)
		CU_ASSERT_STRING_EQUAL(ps.ps_v[i].pe_action, "agent:read");
	rbac_free(&rb);
	return (out);
}

/* The override rules of the facts, one after the other. */
static void
test_override(void)
{
	static const struct {
		const char *lists[5];
		const char *want;
	} t[] = {
		{ { NULL }, "" },
		{ { "+" }, "" },
		{ { "+agent:id:001 agent:id:002" },
		    "+agent:id:001 +agent:id:002" },
		/* The same resource: replaced, and moved to the end. */
		{ { "+agent:id:001 agent:id:002", "-agent:id:001" },
		    "+agent:id:002 -agent:id:001" },
		{ { "+agent:id:001 agent:id:002 agent:id:001" },
		    "+agent:id:002 +agent:id:001" },
		{ { "-agent:id:001", "+agent:id:001", "-agent:id:001" },
		    "-agent:id:001" },
		/* A later star: all single ones of its type go. */
		{ { "+agent:id:001 agent:id:002", "-agent:id:*" },
		    "-agent:id:*" },
		{ { "+agent:id:001 group:id:g", "-agent:id:*" },
		    "+group:id:g -agent:id:*" },
		{ { "+agent:id:*", "-agent:id:*" }, "-agent:id:*" },
		{ { "-agent:id:*", "+agent:id:001" },
		    "-agent:id:* +agent:id:001" },
		{ { "-agent:id:*", "+agent:id:001", "+agent:id:*",
		      "-agent:id:003" },
		    "+agent:id:* -agent:id:003" },
		/* And with them every group of agents, whatever the type. */
		{ { "+agent:group:web agent:id:001", "-agent:id:*" },
		    "-agent:id:*" },
		{ { "+agent:group:* agent:id:001", "-agent:id:*" },
		    "-agent:id:*" },
		{ { "+agent:group:web agent:group:*" }, "+agent:group:*" },
		{ { "+agent:id:001 agent:group:web", "-agent:group:*" },
		    "+agent:id:001 -agent:group:*" },
		{ { "+agent:group:web group:id:g1", "-group:id:*" },
		    "-group:id:*" },
		{ { "+agent:group:web", "-*" }, "-*:*:*" },
		/* But no denial of them, unless it is a star of agents. */
		{ { "-agent:group:web", "+group:id:*" },
		    "-agent:group:web +group:id:*" },
		{ { "-agent:group:web", "+*" }, "-agent:group:web +*:*:*" },
		{ { "-agent:group:web", "+agent:group:*" }, "+agent:group:*" },
		/* But a later group leaves the agents alone. */
		{ { "+agent:id:*", "-agent:group:*" },
		    "+agent:id:* -agent:group:*" },
		{ { "+agent:id:* agent:group:*", "+agent:id:* agent:group:*" },
		    "+agent:id:* +agent:group:*" },
		{ { "+agent:id:* agent:group:*", "+agent:id:001",
		      "-agent:id:002" },
		    "+agent:id:* +agent:group:* +agent:id:001 -agent:id:002" },
		/* The star alone. */
		{ { "+*" }, "+*:*:*" },
		{ { "+*", "-*", "+*", "-*:*:*" }, "-*:*:*" },
		{ { "+*:*:* agent:id:001", "-*" }, "+agent:id:001 -*:*:*" },
		/* A star that is part of a name is none. */
		{ { "+agent:id:ab", "-agent:id:a*" },
		    "+agent:id:ab -agent:id:a*" },
		/* Types are whole words. */
		{ { "+agent:idx:1 agent:id:1", "-agent:id:*" },
		    "+agent:idx:1 -agent:id:*" },
		/* Pairs: the equal one, and those that a star covers. */
		{ { "+a:b:x&c:d:y", "-a:b:x&c:d:y" }, "-a:b:x&c:d:y" },
		{ { "+a:b:x&c:d:y a:b:x&c:d:z", "-a:b:x&c:d:*" },
		    "-a:b:x&c:d:*" },
		{ { "+a:b:x&c:d:y a:b:z&c:d:y", "-a:b:*&c:d:y" },
		    "-a:b:*&c:d:y" },
		{ { "+a:b:x&c:d:y", "-a:b:*&c:d:z" },
		    "+a:b:x&c:d:y -a:b:*&c:d:z" },
		{ { "+a:b:*&c:d:y a:b:x&c:d:*", "-a:b:*&c:d:*" },
		    "-a:b:*&c:d:*" },
		{ { "+a:b:*&c:d:y", "-a:b:x&c:d:y" },
		    "+a:b:*&c:d:y -a:b:x&c:d:y" },
		{ { "+a:b:*&c:d:y", "-a:b:x&c:d:*" },
		    "+a:b:*&c:d:y -a:b:x&c:d:*" },
		{ { "+a:b:xx&c:d:y", "-a:b:x&c:d:*" },
		    "+a:b:xx&c:d:y -a:b:x&c:d:*" },
		{ { "+a:b:x&c:d:yy", "-a:b:*&c:d:y" },
		    "+a:b:x&c:d:yy -a:b:*&c:d:y" },
		/* Pairs and single ones do not meet. */
		{ { "+a:b:x&c:d:y a:b:x", "-a:b:*" }, "+a:b:x&c:d:y -a:b:*" },
		{ { "+a:b:x c:d:y", "-a:b:*&c:d:*" },
		    "+a:b:x +c:d:y -a:b:*&c:d:*" },
		{ { "+agent:group:web&node:id:n1", "-agent:id:*" },
		    "+agent:group:web&node:id:n1 -agent:id:*" },
		{ { "+agent:group:web", "-rule:file:*&node:id:*" },
		    "+agent:group:web -rule:file:*&node:id:*" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		CU_ASSERT_STRING_EQUAL(entries(t[i].lists, 5), t[i].want);
}

/* Roles in the token's order, policies by level, actions apart. */
static void
test_order(void)
{
	static struct policies ps;
	struct rbac *rb = rb_new();

	policy_of(rb, 1, "\"agent:read\", \"agent:delete\"", "+agent:id:*");
	policy_of(rb, 2, "\"group:read\", \"AGENT:read\"", "-agent:id:001");
	policy_of(rb, 3, "\"agent:read\", \"agent:read\"", "+agent:id:001");
	policy_of(rb, 4, "\"agent:write\"", "+agent:id:009");
	rb_role(rb, 1, "1 2");
	rb_role(rb, 2, "3 4 99");
	rb_role(rb, 3, "2 1");
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 1, 2 }, 2, false, &row_read, &ps), 0);
	CU_ASSERT_FALSE(ps.ps_black);
	CU_ASSERT_STRING_EQUAL(show(&ps), "+agent:id:* +agent:id:001");
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 2, 1 }, 2, true, &row_read, &ps), 0);
	CU_ASSERT_TRUE(ps.ps_black);
	CU_ASSERT_STRING_EQUAL(show(&ps), "+agent:id:* -agent:id:001");
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 3 }, 1, false, &row_read, &ps), 0);
	CU_ASSERT_STRING_EQUAL(show(&ps), "+agent:id:*");
	/* A policy that two roles have counts again. */
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 3, 1 }, 2, false, &row_read, &ps), 0);
	CU_ASSERT_STRING_EQUAL(show(&ps), "+agent:id:* -agent:id:001");
	/* Roles that are not there, and none at all. */
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 77 }, 1, false, &row_read, &ps), 0);
	CU_ASSERT_EQUAL(ps.ps_n, 0);
	CU_ASSERT_EQUAL(rbac_entries(rb, NULL, 0, true, &row_read, &ps), 0);
	CU_ASSERT_EQUAL(ps.ps_n, 0);
	CU_ASSERT_TRUE(ps.ps_black);
	/* Each action once, in the order of the row. */
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 1 }, 1, false, &row_two, &ps), 0);
	CU_ASSERT_STRING_EQUAL(
	    show(&ps), "-agent:id:001 +agent:id:* -agent:id:001 +agent:id:*");
	CU_ASSERT_EQUAL_FATAL(ps.ps_n, 4);
	CU_ASSERT_STRING_EQUAL(ps.ps_v[0].pe_action, "group:read");
	CU_ASSERT_STRING_EQUAL(ps.ps_v[1].pe_action, "agent:read");
	CU_ASSERT_STRING_EQUAL(ps.ps_v[2].pe_action, "agent:read");
	CU_ASSERT_STRING_EQUAL(ps.ps_v[3].pe_action, "agent:delete");
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 1 }, 1, false, &row_open, &ps), 0);
	CU_ASSERT_EQUAL(ps.ps_n, 0);
	rbac_free(&rb);
}

/* A policy that cannot be read stops all of its roles' holders. */
static void
test_bad(void)
{
	static struct policies ps;
	struct rbac *rb = rb_new();

	policy_of(rb, 1, "\"agent:read\"", "+agent:id:*");
	rb_policy(rb, 2,
	    "{\"actions\": [\"x:y\"], \"resources\": [\"z\"], "
	    "\"effect\": \"deny\"}");
	rb_role(rb, 1, "1");
	rb_role(rb, 2, "1 2");
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 1 }, 1, true, &row_read, &ps), 0);
	CU_ASSERT_EQUAL(ps.ps_n, 1);
	errno = 0;
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 1, 2 }, 2, true, &row_read, &ps), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(ps.ps_n, 0);
	rbac_free(&rb);
}

/* Who may know this node's name: cluster:read on it. */
static void
test_sees_node(void)
{
	static const struct {
		const char *list;
		bool white, black;
	} t[] = {
		{ "+agent:id:*", false, true },
		{ "+node:id:*", true, true },
		{ "+node:id:node01", true, true },
		{ "+node:id:node0", false, true },
		{ "+node:id:node011", false, true },
		{ "-node:id:*", false, false },
		{ "-node:id:node01", false, false },
		{ "-node:id:worker1", false, true },
		{ "+*", false, true },
	};
	static struct policies ps;
	static const int64_t held[] = { 1 };
	struct rbac *rb;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		rb = rb_new();
		policy_of(rb, 1, "\"cluster:read\"", t[i].list);
		rb_role(rb, 1, "1");
		CU_ASSERT_EQUAL(
		    rbac_sees_node(rb, held, 1, false, &ps), t[i].white);
		CU_ASSERT_EQUAL(
		    rbac_sees_node(rb, held, 1, true, &ps), t[i].black);
		rbac_free(&rb);
	}
	/* By the right action, and by its order. */
	rb = rb_new();
	policy_of(
	    rb, 1, "\"cluster:status\", \"cluster:restart\"", "+node:id:*");
	policy_of(rb, 2, "\"cluster:read\"", "+node:id:*");
	policy_of(rb, 3, "\"cluster:read\"", "-node:id:node01");
	rb_policy(rb, 4, "{}");
	rb_role(rb, 1, "1");
	rb_role(rb, 2, "2 3");
	rb_role(rb, 3, "3 2");
	rb_role(rb, 4, "2 4");
	CU_ASSERT_FALSE(rbac_sees_node(rb, held, 1, false, &ps));
	CU_ASSERT_FALSE(rbac_sees_node(rb, (int64_t[]){ 2 }, 1, false, &ps));
	CU_ASSERT_TRUE(rbac_sees_node(rb, (int64_t[]){ 3 }, 1, false, &ps));
	/* A policy that cannot be read: nobody knows what it says. */
	CU_ASSERT_FALSE(rbac_sees_node(rb, (int64_t[]){ 4 }, 1, true, &ps));
	CU_ASSERT_FALSE(rbac_sees_node(rb, NULL, 0, false, &ps));
	rbac_free(&rb);
}

/* Policies of 32 agents each, ids from first on. */
static void
policies_many(struct rbac *rb, size_t count, size_t first, char sign)
{
	char list[1024];
	size_t i, j, n, base = rb->rb_npolicies;

	for (i = 0; i < count; i++) {
		n = (size_t)snprintf(list, sizeof(list), "%c", sign);
		for (j = 0; j < 32; j++)
			n += (size_t)snprintf(list + n, sizeof(list) - n,
			    "agent:id:%zu ", first + i * 32 + j);
		policy_of(rb, (int64_t)(base + i + 1), "\"agent:read\"", list);
	}
}

static void
role_all(struct rbac *rb, int64_t id)
{
	char *list = calloc(rb->rb_npolicies + 1, 8);
	size_t i, n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	for (i = 0; i < rb->rb_npolicies; i++)
		n += (size_t)snprintf(list + n, 9, "%zu ", i + 1);
	rb_role(rb, id, list);
	free(list);
}

static void
test_limit(void)
{
	static struct policies ps;
	static const int64_t held[] = { 1 };
	struct rbac *rb = rb_new();
	size_t i;

	/* 1024 fit, twice over with the other effect too. */
	policies_many(rb, 32, 5000, '+');
	policies_many(rb, 32, 5000, '-');
	role_all(rb, 1);
	CU_ASSERT_EQUAL(rbac_entries(rb, held, 1, false, &row_read, &ps), 0);
	CU_ASSERT_EQUAL_FATAL(ps.ps_n, POLICY_MAX);
	for (i = 0; i < POLICY_MAX; i++)
		CU_ASSERT_FALSE(ps.ps_v[i].pe_allow);
	CU_ASSERT_STRING_EQUAL(ps.ps_v[0].pe_resource, "agent:id:5000");
	CU_ASSERT_STRING_EQUAL(ps.ps_v[1023].pe_resource, "agent:id:6023");
	/* One more does not. */
	policy_of(rb, 65, "\"agent:read\"", "+agent:id:1");
	role_all(rb, 2);
	errno = 0;
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 2 }, 1, true, &row_read, &ps), -1);
	CU_ASSERT_EQUAL(errno, E2BIG);
	CU_ASSERT_EQUAL(ps.ps_n, 0);
	/* A star makes room for more. */
	rb_role(rb, 3, "");
	policy_of(rb, 66, "\"agent:read\"", "-agent:id:*");
	rb_role(rb, 4, "66 65");
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 1, 4 }, 2, true, &row_read, &ps), 0);
	CU_ASSERT_STRING_EQUAL(show(&ps), "-agent:id:* +agent:id:1");
	/* The limit is for all actions of the row together. */
	policy_of(rb, 67, "\"agent:delete\"", "+agent:id:7");
	rb_role(rb, 5, "67");
	errno = 0;
	CU_ASSERT_EQUAL(
	    rbac_entries(rb, (int64_t[]){ 1, 5 }, 2, true, &row_two, &ps), -1);
	CU_ASSERT_EQUAL(errno, E2BIG);
	rbac_free(&rb);
}

/* Many that come again with the other effect: the last place counts. */
static void
test_repeats(void)
{
	static struct policies ps;
	static const int64_t held[] = { 1 };
	struct rbac *rb = rb_new();
	char want[32];
	size_t i;

	policies_many(rb, 20, 1000, '+'); /* 1000 to 1639 */
	policies_many(rb, 10, 1160, '-'); /* 1160 to 1479 */
	policies_many(rb, 20, 1320, '+'); /* 1320 to 1959 */
	role_all(rb, 1);
	CU_ASSERT_EQUAL(rbac_entries(rb, held, 1, false, &row_read, &ps), 0);
	CU_ASSERT_EQUAL_FATAL(ps.ps_n, 960);
	/* 1000 to 1159, 1160 to 1319 denied, 1320 to 1959. */
	for (i = 0; i < ps.ps_n; i++) {
		snprintf(want, sizeof(want), "agent:id:%zu", 1000 + i);
		CU_ASSERT_STRING_EQUAL(ps.ps_v[i].pe_resource, want);
		CU_ASSERT_EQUAL(ps.ps_v[i].pe_allow, i < 160 || i >= 320);
	}
	rbac_free(&rb);
}

/* --- all actions ---------------------------------------------------------- */

/* "ACTION(entries) ..." as they come; stop: each() fails at this action. */
struct every {
	char ev_text[TEXT];
	const char *ev_stop;
	size_t ev_n;
};

static int
every_one(void *arg, const char *action, const struct policies *ps)
{
	struct every *ev = arg;
	size_t n = strlen(ev->ev_text);

	if (ev->ev_stop != NULL && strcmp(ev->ev_stop, action) == 0)
		return (-1);
	snprintf(ev->ev_text + n, sizeof(ev->ev_text) - n, "%s%s(%s)",
	    n == 0 ? "" : " ", action, show(ps));
	ev->ev_n++;
	return (0);
}

static const char *
every(const struct rbac *rb, const int64_t *held, size_t n)
{
	static struct every ev;

	memset(&ev, 0, sizeof(ev));
	CU_ASSERT_EQUAL(rbac_entries_all(rb, held, n, every_one, &ev), 0);
	return (ev.ev_text);
}

static void
test_every(void)
{
	struct rbac *rb = rb_new();

	policy_of(rb, 1, "\"b:b\", \"a:a\"", "+agent:id:1 agent:group:web");
	policy_of(rb, 2, "\"a:a\", \"c:c\"", "-agent:id:2");
	policy_of(rb, 3, "\"a:a\", \"a:a\"", "-agent:id:*");
	policy_of(rb, 4, "\"c:c\", \"d:d\"", "+");
	rb_role(rb, 1, "1 2");
	rb_role(rb, 2, "4 3 777");
	CU_ASSERT_STRING_EQUAL(every(rb, NULL, 0), "");
	CU_ASSERT_STRING_EQUAL(every(rb, (int64_t[]){ 1 }, 1),
	    "b:b(+agent:id:1 +agent:group:web) "
	    "a:a(+agent:id:1 +agent:group:web -agent:id:2) "
	    "c:c(-agent:id:2)");
	/* Actions by where they are first named, here in the first role. */
	CU_ASSERT_STRING_EQUAL(every(rb, (int64_t[]){ 2, 9, 1 }, 3),
	    "c:c(-agent:id:2) d:d() "
	    "a:a(-agent:id:* +agent:id:1 +agent:group:web -agent:id:2) "
	    "b:b(+agent:id:1 +agent:group:web)");
	/* What a star has replaced. */
	CU_ASSERT_STRING_EQUAL(every(rb, (int64_t[]){ 1, 2 }, 2),
	    "b:b(+agent:id:1 +agent:group:web) a:a(-agent:id:*) "
	    "c:c(-agent:id:2) d:d()");
	rbac_free(&rb);
}

static void
test_every_bad(void)
{
	static struct every ev;
	char actions[POLICY_MAX * 10], *p;
	struct rbac *rb = rb_new();
	const int64_t one = 1, two = 2, three = 3;
	size_t i;

	policy_of(rb, 1, "\"a:a\", \"b:b\", \"c:c\"", "+x:y:z");
	rb_policy(rb, 2, "{}");
	rb_role(rb, 1, "1");
	rb_role(rb, 2, "1 2");
	ev.ev_stop = "b:b";
	CU_ASSERT_EQUAL(rbac_entries_all(rb, &one, 1, every_one, &ev), -1);
	CU_ASSERT_STRING_EQUAL(ev.ev_text, "a:a(+x:y:z)");
	memset(&ev, 0, sizeof(ev));
	errno = 0;
	CU_ASSERT_EQUAL(rbac_entries_all(rb, &two, 1, every_one, &ev), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(ev.ev_n, 0);
	/* As many actions as there may be, and one more. */
	p = actions;
	for (i = 0; i < POLICY_MAX; i++)
		p += snprintf(p, 11, "%s\"a:%c%c%c\"", i == 0 ? "" : ",",
		    (char)('a' + i % 26), (char)('a' + i / 26 % 26),
		    (char)('a' + i / 676));
	policy_of(rb, 3, actions, "+");
	rb_role(rb, 3, "3");
	rb_role(rb, 4, "3 1");
	CU_ASSERT_EQUAL(rbac_entries_all(rb, &three, 1, every_one, &ev), 0);
	CU_ASSERT_EQUAL(ev.ev_n, POLICY_MAX);
	errno = 0;
	CU_ASSERT_EQUAL(
	    rbac_entries_all(rb, (int64_t[]){ 4 }, 1, every_one, &ev), -1);
	CU_ASSERT_EQUAL(errno, E2BIG);
	rbac_free(&rb);
}

static const struct unit_case cases[] = { { "find", test_find },
	{ "void_roles", test_void_roles }, { "void_black", test_void_black },
	{ "policy_good", test_policy_good }, { "policy_bad", test_policy_bad },
	{ "policy_resources", test_policy_resources },
	{ "policy_prefixes", test_policy_prefixes },
	{ "override", test_override }, { "order", test_order },
	{ "bad", test_bad }, { "sees_node", test_sees_node },
	{ "limit", test_limit }, { "repeats", test_repeats },
	{ "every", test_every }, { "every_bad", test_every_bad },
	{ NULL, NULL } };

int
main(void)
{
	return (unit_run("rbac", cases));
}
