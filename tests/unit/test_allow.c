/* SPDX-License-Identifier: ISC */
/*
 * Permissions of authz's own rows: what a call may touch, what is told about
 * the rest. The endpoint table and the snapshot are small ones made here.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/allow.h"
#include "tests/unit/rbac_rig.h"
#include "tests/unit/unit.h"

#define TEXT 4096

/* --- rows and their arguments ------------------------------------------- */

enum { P_USERS, P_POLICIES, P_RULES, P_ROLE, P__MAX };

const struct param params[] = {
	[P_USERS] = { .p_name = "user_ids", .p_type = PT_STRINGS },
	[P_POLICIES] = { .p_name = "policy_ids", .p_type = PT_STRINGS },
	[P_RULES] = { .p_name = "rule_ids", .p_type = PT_STRINGS },
	[P_ROLE] = { .p_name = "role_id", .p_type = PT_STRING },
};
const size_t nparams = P__MAX;
const struct wire wires[] = { { .w_name = NULL } };

static const uint16_t exclude_users[] = { 5001, 5004, 0 };

static const struct row row_users = { .r_call = "users",
	.r_rbac = { { { "security:read" }, { "user:id:{user_ids}" } } },
	.r_exclude = exclude_users };
static const struct row row_rules = { .r_call = "rules",
	.r_rbac = { { { "security:read" }, { "rule:id:{rule_ids}" } } } };
static const struct row row_create = { .r_call = "create",
	.r_rbac = { { { "security:create" }, { "*:*:*" } } } };
static const struct row row_link = { .r_call = "link",
	.r_rbac = { { { "security:update" }, { "role:id:{role_id}" } },
	    { { "security:update" }, { "policy:id:{policy_ids}" } } },
	.r_exclude = exclude_users };
static const struct row row_both = { .r_call = "both",
	.r_rbac = { { { "security:read", "security:update" },
	    { "user:id:{user_ids}" } } } };
static const struct row row_open = { .r_call = "open" };
static const struct row row_many = { .r_call = "many",
	.r_rbac = { { { "security:read" },
	                { "user:id:{user_ids}", "role:id:{role_id}",
	                    "rule:id:{rule_ids}" } },
	    { { "security:read" }, { "policy:id:{policy_ids}", "*:*:*" } } } };

/* Texts of a list, parted by blanks; "" is an empty list. */
static void
add_list(struct args *as, uint16_t param, char *text)
{
	struct arg *a = &as->as_v[as->as_n++];
	const char **room, *word;
	size_t n = 0;
	char *save;

	room = args_room(as, strlen(text));
	CU_ASSERT_PTR_NOT_NULL_FATAL(room);
	for (word = strtok_r(text, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		room[n++] = word;
	as->as_pooln += n;
	a->a_param = param;
	a->a.list.v = room;
	a->a.list.n = n;
}

static void
add_text(struct args *as, uint16_t param, const char *text)
{
	struct arg *a = &as->as_v[as->as_n++];

	a->a_param = param;
	a->a.str.s = text;
	a->a.str.len = strlen(text);
}

/* --- a call ---------------------------------------------------------------- */

/* One call: what it asks, what was decided, what it says. */
struct ask {
	struct rbac *k_rb;
	struct args k_args;
	struct allow k_al;
	struct result k_rs;
	char k_list[TEXT];
	int k_ret;
};

/* Users 1, 2, 12, 100; roles, rules and policies of the rules that follow. */
static struct rbac *
world(void)
{
	struct rbac *rb = rb_new();

	rb_user(rb, 1, "wazuh", true, "");
	rb_user(rb, 2, "wazuh-wui", true, "");
	rb_user(rb, 12, "twelve", false, "");
	rb_user(rb, 100, "eve", false, "");
	/* Everything that is read here, and two users less. */
	rb_role(rb, 1, "1");
	rb_role(rb, 2, "1 2");
	/* One user; one user and a policy; nothing. */
	rb_role(rb, 3, "3");
	rb_role(rb, 4, "4");
	rb_role(rb, 5, "");
	rb_role(rb, 6, "2 1");
	rb_role(rb, 7, "5");
	rb_policy(rb, 1,
	    "{\"actions\": [\"security:read\", \"security:create\"], "
	    "\"resources\": [\"user:id:*\", \"rule:id:*\", \"*:*:*\"], "
	    "\"effect\": \"allow\"}");
	rb_policy(rb, 2,
	    "{\"actions\": [\"security:read\"], \"resources\": "
	    "[\"user:id:2\", \"user:id:100\"], \"effect\": \"deny\"}");
	rb_policy(rb, 3,
	    "{\"actions\": [\"security:read\"], \"resources\": "
	    "[\"user:id:12\", \"user:id:777\"], \"effect\": \"allow\"}");
	rb_policy(rb, 4,
	    "{\"actions\": [\"security:update\"], \"resources\": "
	    "[\"role:id:3\", \"policy:id:3\", \"policy:id:4\", "
	    "\"user:id:*\"], \"effect\": \"allow\"}");
	rb_policy(rb, 5,
	    "{\"actions\": [\"security:create\"], \"resources\": "
	    "[\"user:id:*\"], \"effect\": \"allow\"}");
	rb_rule(rb, 1, "one", "{}");
	rb_rule(rb, 100, "two", "{}");
	return (rb);
}

/* Nothing is named where ids is NULL. role: the one role of the caller. */
static void
ask(struct ask *k, const struct row *row, int64_t role, bool black,
    uint16_t param, const char *ids)
{
	memset(k, 0, sizeof(*k));
	k->k_rb = world();
	args_init(&k->k_args);
	result_init(&k->k_rs, false, "node");
	if (ids != NULL && params[param].p_type == PT_STRINGS) {
		snprintf(k->k_list, sizeof(k->k_list), "%s", ids);
		add_list(&k->k_args, param, k->k_list);
	} else if (ids != NULL)
		add_text(&k->k_args, param, ids);
	k->k_ret = allow_decide(
	    k->k_rb, &role, 1, black, row, &k->k_args, &k->k_rs, &k->k_al);
}

static void
ask_end(struct ask *k)
{
	allow_free(&k->k_al);
	args_free(&k->k_args);
	result_free(&k->k_rs);
	rbac_free(&k->k_rb);
}

/* What the call may touch: "1 2", or "TEXT=ID" where the two differ. */
static void
may(struct ask *k, const char *param, const char *want)
{
	char have[TEXT] = "", one[64];
	struct allow_id *ids = NULL;
	size_t i, n = 0;

	CU_ASSERT_EQUAL_FATAL(k->k_ret, 0);
	CU_ASSERT_EQUAL(allow_ids(&k->k_al, param, &ids, &n), 0);
	for (i = 0; i < n; i++) {
		snprintf(one, sizeof(one), "%" PRId64, ids[i].ad_id);
		if (i > 0)
			strncat(have, " ", sizeof(have) - strlen(have) - 1);
		strncat(have, ids[i].ad_named, sizeof(have) - strlen(have) - 1);
		if (strcmp(one, ids[i].ad_named) == 0)
			continue;
		snprintf(have + strlen(have), sizeof(have) - strlen(have),
		    "=%s=%s", ids[i].ad_text, one);
	}
	free(ids);
	CU_ASSERT_STRING_EQUAL(have, want);
}

/* "CODE[ids] ..." of the failed items that the answer has. */
static void
failed(struct ask *k, const char *want)
{
	char have[TEXT] = "", *at, *end;

	CU_ASSERT_EQUAL(buf_addc(&k->k_rs.rs_body, '\0'), 0);
	at = (char *)k->k_rs.rs_body.b_data;
	while ((at = strstr(at, "\"code\": ")) != NULL) {
		at += strlen("\"code\": ");
		snprintf(have + strlen(have), sizeof(have) - strlen(have),
		    "%s%.4s", have[0] == '\0' ? "" : " ", at);
		at = strstr(at, "\"id\": ");
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		at += strlen("\"id\": ");
		end = strchr(at, ']');
		CU_ASSERT_PTR_NOT_NULL_FATAL(end);
		snprintf(have + strlen(have), sizeof(have) - strlen(have),
		    "%.*s", (int)(end - at) + 1, at);
	}
	CU_ASSERT_STRING_EQUAL(have, want);
}

/* The same with the refused ids put in. */
static void
refused(struct ask *k, const char *want)
{
	result_begin(&k->k_rs, "all", "some", "none");
	allow_denied(&k->k_al, &k->k_rs);
	result_end(&k->k_rs);
	failed(k, want);
}

/* The whole call is the problem 4000, with the type of the resource. */
static void
forbidden(struct ask *k, const char *type)
{
	char want[128];

	CU_ASSERT_EQUAL(k->k_ret, -1);
	CU_ASSERT_EQUAL(k->k_rs.rs_type, RT_PROBLEM);
	CU_ASSERT_EQUAL(k->k_rs.rs_status, 403);
	CU_ASSERT_EQUAL(k->k_rs.rs_code, 4000);
	CU_ASSERT_EQUAL(k->k_al.al_n, 0);
	CU_ASSERT_EQUAL(buf_addc(&k->k_rs.rs_body, '\0'), 0);
	snprintf(want, sizeof(want), "Resource type: %s\"", type);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)k->k_rs.rs_body.b_data, want));
}

/* --- cases ------------------------------------------------------------------- */

/* Nothing named: what is allowed, ascending as numbers, and no word more. */
static void
test_implicit(void)
{
	struct ask k;

	ask(&k, &row_users, 1, false, P_USERS, NULL);
	may(&k, "user_ids", "1 2 12 100");
	refused(&k, "");
	ask_end(&k);
	ask(&k, &row_users, 2, false, P_USERS, NULL);
	may(&k, "user_ids", "1 12");
	refused(&k, "");
	ask_end(&k);
	/* What a policy names may be gone. */
	ask(&k, &row_users, 3, false, P_USERS, NULL);
	may(&k, "user_ids", "12 777");
	ask_end(&k);
	/* Nothing at all is an answer too. */
	ask(&k, &row_users, 5, false, P_USERS, NULL);
	may(&k, "user_ids", "");
	refused(&k, "");
	ask_end(&k);
	/* The last of the policies wins. */
	ask(&k, &row_users, 6, false, P_USERS, NULL);
	may(&k, "user_ids", "1 2 12 100");
	ask_end(&k);
	ask(&k, &row_rules, 1, false, P_RULES, NULL);
	may(&k, "rule_ids", "1 100");
	ask_end(&k);
	/* No such parameter: nothing. */
	ask(&k, &row_rules, 1, false, P_RULES, NULL);
	may(&k, "user_ids", "");
	ask_end(&k);
}

static void
test_named(void)
{
	struct ask k;

	/* In the order named, also twice, also what there is not. */
	ask(&k, &row_users, 1, false, P_USERS, "100 1 55 100");
	may(&k, "user_ids", "100 1 55 100");
	refused(&k, "");
	ask_end(&k);
	/* A part of it: the rest is told. */
	ask(&k, &row_users, 2, false, P_USERS, "100 1 2 12");
	may(&k, "user_ids", "1 12");
	refused(&k, "4000[2, 100]");
	ask_end(&k);
	ask(&k, &row_users, 3, false, P_USERS, "12 13");
	may(&k, "user_ids", "12");
	refused(&k, "4000[13]");
	ask_end(&k);
	ask(&k, &row_users, 3, false, P_USERS, "13 1");
	forbidden(&k, "user:id");
	ask_end(&k);
	ask(&k, &row_users, 5, false, P_USERS, "1");
	forbidden(&k, "user:id");
	ask_end(&k);
	/* An empty list names nothing, and nobody is refused. */
	ask(&k, &row_users, 5, false, P_USERS, "");
	may(&k, "user_ids", "");
	refused(&k, "");
	ask_end(&k);
	/* A star is no id, and must not become all of them. */
	ask(&k, &row_users, 3, false, P_USERS, "12 *");
	may(&k, "user_ids", "12");
	ask_end(&k);
}

/* "all" anywhere names nothing. */
static void
test_all(void)
{
	struct ask k;

	ask(&k, &row_users, 2, false, P_USERS, "all 2");
	CU_ASSERT_TRUE(k.k_al.al_implicit);
	may(&k, "user_ids", "1 12");
	refused(&k, "");
	ask_end(&k);
	ask(&k, &row_users, 3, false, P_USERS, "12 all");
	CU_ASSERT_TRUE(k.k_al.al_implicit);
	may(&k, "user_ids", "12 777");
	ask_end(&k);
	ask(&k, &row_users, 5, false, P_USERS, "all");
	may(&k, "user_ids", "");
	ask_end(&k);
}

static void
test_black(void)
{
	struct ask k;

	ask(&k, &row_users, 5, true, P_USERS, NULL);
	may(&k, "user_ids", "1 2 12 100");
	ask_end(&k);
	ask(&k, &row_users, 5, true, P_USERS, "3 1");
	may(&k, "user_ids", "3 1");
	refused(&k, "");
	ask_end(&k);
	/* Role 2 denies after it has allowed all. */
	ask(&k, &row_users, 2, true, P_USERS, "2 3 100");
	may(&k, "user_ids", "3");
	refused(&k, "4000[2, 100]");
	ask_end(&k);
	ask(&k, &row_users, 2, true, P_USERS, "2");
	forbidden(&k, "user:id");
	ask_end(&k);
	ask(&k, &row_create, 5, true, P_USERS, NULL);
	CU_ASSERT_EQUAL(k.k_ret, 0);
	ask_end(&k);
}

/* Zeroes in front are part of the text that is compared, not of the number. */
static void
test_digits(void)
{
	struct ask k;

	ask(&k, &row_users, 1, false, P_USERS, "0012 000 0");
	may(&k, "user_ids", "0012=12=12 000=0=0 0");
	ask_end(&k);
	ask(&k, &row_users, 3, false, P_USERS, "012 12");
	may(&k, "user_ids", "12");
	refused(&k, "4000[12]");
	ask_end(&k);
	/* Beyond 64 bits no id is that large. */
	ask(&k, &row_users, 1, false, P_USERS,
	    "9223372036854775807 9223372036854775808 "
	    "0099999999999999999999");
	may(&k, "user_ids",
	    "9223372036854775807 "
	    "9223372036854775808=9223372036854775808=-1 "
	    "0099999999999999999999=99999999999999999999=-1");
	ask_end(&k);
	ask(&k, &row_users, 2, false, P_USERS, "1 99999999999999999999 002");
	may(&k, "user_ids",
	    "1 99999999999999999999=99999999999999999999=-1 002=2=2");
	refused(&k, "");
	ask_end(&k);
}

static void
test_resourceless(void)
{
	struct ask k;

	ask(&k, &row_create, 1, false, P_USERS, NULL);
	CU_ASSERT_EQUAL(k.k_ret, 0);
	CU_ASSERT_FALSE(k.k_al.al_implicit);
	ask_end(&k);
	ask(&k, &row_create, 5, false, P_USERS, NULL);
	forbidden(&k, "*:*");
	ask_end(&k);
	/* The action on another kind of thing is not this. */
	ask(&k, &row_create, 7, false, P_USERS, NULL);
	forbidden(&k, "*:*");
	ask_end(&k);
	/* A row that needs nothing. */
	ask(&k, &row_open, 5, false, P_USERS, NULL);
	CU_ASSERT_EQUAL(k.k_ret, 0);
	CU_ASSERT_EQUAL(k.k_al.al_n, 0);
	ask_end(&k);
}

/* Two things in one call: each has to be allowed, the last names the ids. */
static void
link_ask(struct ask *k, const char *role_id, const char *policies)
{
	int64_t role = 4;

	ask(k, &row_open, 4, false, P_ROLE, role_id);
	allow_free(&k->k_al);
	if (policies != NULL) {
		snprintf(k->k_list, sizeof(k->k_list), "%s", policies);
		add_list(&k->k_args, P_POLICIES, k->k_list);
	}
	k->k_ret = allow_decide(k->k_rb, &role, 1, false, &row_link, &k->k_args,
	    &k->k_rs, &k->k_al);
}

static void
test_two(void)
{
	struct ask k;

	link_ask(&k, "3", "4 5 3");
	CU_ASSERT_EQUAL(k.k_al.al_n, 2);
	may(&k, "role_id", "3");
	may(&k, "policy_ids", "4 3");
	refused(&k, "4000[5]");
	ask_end(&k);
	link_ask(&k, "1", "3");
	forbidden(&k, "role:id");
	ask_end(&k);
	link_ask(&k, "3", "5 6");
	forbidden(&k, "policy:id");
	ask_end(&k);
	/* Only the last says whether anything was named. */
	link_ask(&k, "3", NULL);
	CU_ASSERT_TRUE(k.k_al.al_implicit);
	may(&k, "policy_ids", "3 4");
	ask_end(&k);
}

/* All actions of a need have to allow. */
static void
test_actions(void)
{
	struct ask k;

	ask(&k, &row_both, 1, false, P_USERS, "1");
	forbidden(&k, "user:id");
	ask_end(&k);
	ask(&k, &row_both, 4, false, P_USERS, "1");
	forbidden(&k, "user:id");
	ask_end(&k);
	ask(&k, &row_both, 4, true, P_USERS, "1");
	may(&k, "user_ids", "1");
	ask_end(&k);
}

/* --- failures of items --------------------------------------------------------- */

static void
fail_all(struct ask *k, const char *want)
{
	CU_ASSERT_EQUAL(k->k_ret, 0);
	result_begin(&k->k_rs, "all", "some", "none");
	allow_fail(&k->k_al, &k->k_rs, "9", 5001);
	allow_fail(&k->k_al, &k->k_rs, "10", 5001);
	allow_fail_text(&k->k_al, &k->k_rs, "2", 5004);
	allow_fail(&k->k_al, &k->k_rs, "3", 4025);
	allow_fail_text(&k->k_al, &k->k_rs, "010", 4022);
	allow_fail_text(&k->k_al, &k->k_rs, "9", 4022);
	result_end(&k->k_rs);
	failed(k, want);
}

static void
test_fail(void)
{
	struct ask k;

	ask(&k, &row_users, 1, false, P_USERS, "1");
	fail_all(&k, "4022[\"9\", \"010\"] 4025[3] 5001[9, 10] 5004[\"2\"]");
	ask_end(&k);
	/* Of what nobody has named, some failures are nobody's business. */
	ask(&k, &row_users, 1, false, P_USERS, NULL);
	fail_all(&k, "4022[\"9\", \"010\"] 4025[3]");
	ask_end(&k);
	ask(&k, &row_users, 1, false, P_USERS, "all");
	fail_all(&k, "4022[\"9\", \"010\"] 4025[3]");
	ask_end(&k);
	/* A row that leaves none out. */
	ask(&k, &row_rules, 1, false, P_RULES, NULL);
	fail_all(&k, "4022[\"9\", \"010\"] 4025[3] 5001[9, 10] 5004[\"2\"]");
	ask_end(&k);
	ask(&k, &row_create, 1, false, P_RULES, NULL);
	fail_all(&k, "4022[\"9\", \"010\"] 4025[3] 5001[9, 10] 5004[\"2\"]");
	ask_end(&k);
}

/* --- what cannot be decided ------------------------------------------------------ */

static void
test_broken(void)
{
	struct result rs;
	struct allow al;
	struct args as;
	struct rbac *rb = world();
	int64_t role = 8;

	args_init(&as);
	/* A policy that nobody can read refuses, also in black mode. */
	rb_policy(rb, 9, "{\"actions\"");
	rb_role(rb, 8, "1 9");
	result_init(&rs, false, NULL);
	CU_ASSERT_EQUAL(
	    allow_decide(rb, &role, 1, true, &row_users, &as, &rs, &al), -1);
	CU_ASSERT_EQUAL(rs.rs_type, RT_PROBLEM);
	CU_ASSERT_EQUAL(rs.rs_code, 4500);
	CU_ASSERT_EQUAL(al.al_n, 0);
	result_free(&rs);
	result_init(&rs, false, NULL);
	/* More resources than there is room for. */
	role = 1;
	CU_ASSERT_EQUAL(
	    allow_decide(rb, &role, 1, true, &row_many, &as, &rs, &al), -1);
	CU_ASSERT_NOT_EQUAL(rs.rs_type, RT_PROBLEM);
	CU_ASSERT_EQUAL(al.al_n, 0);
	/* A role that has gone gives nothing. */
	role = 99;
	CU_ASSERT_EQUAL(
	    allow_decide(rb, &role, 1, false, &row_create, &as, &rs, &al), -1);
	CU_ASSERT_EQUAL(rs.rs_code, 4000);
	result_free(&rs);
	rbac_free(&rb);
}

static const struct unit_case cases[] = { { "implicit", test_implicit },
	{ "named", test_named }, { "all", test_all }, { "black", test_black },
	{ "digits", test_digits }, { "resourceless", test_resourceless },
	{ "two", test_two }, { "actions", test_actions }, { "fail", test_fail },
	{ "broken", test_broken }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("allow", cases));
}
