/* SPDX-License-Identifier: ISC */
/* Listings of users, roles, rules and policies: what a query finds of them. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/security_query.h"
#include "tests/unit/rbac_rig.h"
#include "tests/unit/unit.h"

#define TEXT 16384
#define DEEP 1000 /* levels of a rule that is stored, and cannot be selected */

static struct rbac *
world(void)
{
	struct rbac *rb = rb_new();

	rb_user(rb, 1, "wazuh", true, "1");
	rb_user(rb, 2, "Anna", false, "7 1");
	rb_user(rb, 10, "bob", false, "");
	rb_user(rb, 100, "anne", true, "1");
	rb_role(rb, 1, "9 5");
	rb_role(rb, 7, "");
	rb_policy(rb, 5,
	    "{\"actions\": [\"agent:read\"], \"resources\": "
	    "[\"agent:id:001\"], \"effect\": \"deny\"}");
	rb_policy(rb, 9,
	    "{\"actions\": [\"agent:read\", \"group:read\"], "
	    "\"resources\": [\"*:*:*\"], \"effect\": \"allow\"}");
	rb_rule(rb, 1, "one", "{\"FIND\": {\"username\": \"elastic\"}}");
	rb_rule(rb, 2, "two",
	    "{\"NOT\": {\"MATCH\": {\"n\": 2.50, \"t\": [true, null]}}}");
	return (rb);
}

/* --- a listing ------------------------------------------------------------- */

/* All of a kind, from the last to the first: order is the listing's business. */
static size_t
all_of(const struct rbac *rb, enum security_kind kind, const void *items[8])
{
	const void *item;
	int64_t id;
	size_t n = 0;

	for (id = 200; id > 0; id--) {
		item = security_query_find(rb, kind, id);
		if (item != NULL)
			items[n++] = item;
	}
	return (n);
}

/*
 * The affected items and the total, or "=CODE"; "!" for a plain failure. No
 * limit stands for the usual one.
 */
static const char *
listed(
    const struct rbac *rb, enum security_kind kind, const struct query_args *qa)
{
	static char out[TEXT];
	struct query_args copy = *qa;
	const void *items[8];
	struct result rs;
	const char *end = "";
	size_t n;

	result_init(&rs, false, NULL);
	result_begin(&rs, "all", "some", "none");
	n = all_of(rb, kind, items);
	if (copy.qa_limit == 0)
		copy.qa_limit = QUERY_LIMIT;
	if (security_query_items(rb, kind, items, n, &copy, &rs) == -1) {
		snprintf(out, sizeof(out), "=%u", rs.rs_code);
		if (rs.rs_type != RT_PROBLEM)
			snprintf(out, sizeof(out), "!");
		result_free(&rs);
		return (out);
	}
	result_end(&rs);
	CU_ASSERT_FALSE(rs.rs_body.b_failed);
	CU_ASSERT_EQUAL(buf_addc(&rs.rs_body, '\0'), 0);
	snprintf(out, sizeof(out), "%s", (char *)rs.rs_body.b_data);
	CU_ASSERT_EQUAL(
	    strncmp(out, "{\"data\": {\"affected_items\": ", 28), 0);
	end = strstr(out, ", \"total_failed_items\"");
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	out[end - out] = '\0';
	result_free(&rs);
	return (out + 28);
}

#define ONE(...) ((const struct query_args){ __VA_ARGS__ })
#define SELECT(...)                                                  \
	.qa_select = (const char *const[]){ __VA_ARGS__ },           \
	.qa_nselect = sizeof((const char *const[]){ __VA_ARGS__ }) / \
	    sizeof(const char *)

static void
is(const struct rbac *rb, enum security_kind kind, struct query_args qa,
    const char *want)
{
	const char *have = listed(rb, kind, &qa);

	CU_ASSERT_STRING_EQUAL(have, want);
	if (strcmp(have, want) != 0)
		printf("\nwant %s\nhave %s\n", want, have);
}

#define WAZUH                                                           \
	"{\"id\": 1, \"username\": \"wazuh\", \"allow_run_as\": true, " \
	"\"roles\": [1]}"
#define ANNA                                                            \
	"{\"id\": 2, \"username\": \"Anna\", \"allow_run_as\": false, " \
	"\"roles\": [7, 1]}"
#define BOB                                                             \
	"{\"id\": 10, \"username\": \"bob\", \"allow_run_as\": false, " \
	"\"roles\": []}"
#define ANNE                                                             \
	"{\"id\": 100, \"username\": \"anne\", \"allow_run_as\": true, " \
	"\"roles\": [1]}"
#define OF(n) "], \"total_affected_items\": " #n

/* --- cases ------------------------------------------------------------------- */

static void
test_plain(void)
{
	struct rbac *rb = world();

	is(rb, SECURITY_USER, ONE(.qa_offset = 0),
	    "[" WAZUH ", " ANNA ", " BOB ", " ANNE OF(4));
	is(rb, SECURITY_USER, ONE(.qa_offset = 1, .qa_limit = 2),
	    "[" ANNA ", " BOB OF(4));
	is(rb, SECURITY_USER, ONE(.qa_offset = 9), "[" OF(4));
	is(rb, SECURITY_ROLE, ONE(.qa_offset = 0),
	    "[{\"id\": 1, \"name\": \"r\", \"policies\": [9, 5], "
	    "\"users\": [1, 2, 100], \"rules\": []}, {\"id\": 7, "
	    "\"name\": \"r\", \"policies\": [], \"users\": [2], "
	    "\"rules\": []}" OF(2));
	is(rb, SECURITY_POLICY, ONE(.qa_limit = 1),
	    "[{\"id\": 5, \"name\": \"p\", \"policy\": {\"actions\": "
	    "[\"agent:read\"], \"resources\": [\"agent:id:001\"], "
	    "\"effect\": \"deny\"}, \"roles\": [1]}" OF(2));
	is(rb, SECURITY_RULE, ONE(.qa_offset = 1),
	    "[{\"id\": 2, \"name\": \"two\", \"rule\": {\"NOT\": "
	    "{\"MATCH\": {\"n\": 2.5, \"t\": [true, null]}}}, \"roles\": []}" OF(
	        2));
	rbac_free(&rb);
}

static void
test_sort(void)
{
	struct rbac *rb = world();

	is(rb, SECURITY_USER, ONE(.qa_sort = "username"),
	    "[" ANNA ", " ANNE ", " BOB ", " WAZUH OF(4));
	is(rb, SECURITY_USER, ONE(.qa_sort = "-id"),
	    "[" ANNE ", " BOB ", " ANNA ", " WAZUH OF(4));
	/* As text 10 and 100 would come before 2. */
	is(rb, SECURITY_USER, ONE(.qa_sort = "+id", .qa_limit = 2),
	    "[" WAZUH ", " ANNA OF(4));
	/* What an item has is not always what it may be sorted by. */
	is(rb, SECURITY_USER, ONE(.qa_sort = "allow_run_as"), "=1403");
	is(rb, SECURITY_USER, ONE(.qa_sort = "name"), "=1403");
	is(rb, SECURITY_ROLE, ONE(.qa_sort = "username"), "=1403");
	is(rb, SECURITY_RULE, ONE(.qa_sort = "-name", SELECT("name")),
	    "[{\"name\": \"two\", \"id\": 2}, {\"name\": \"one\", \"id\": 1}" OF(
	        2));
	rbac_free(&rb);
}

static void
test_search(void)
{
	struct rbac *rb = world();

	is(rb, SECURITY_USER, ONE(.qa_search = "ANN"),
	    "[" ANNA ", " ANNE OF(2));
	is(rb, SECURITY_USER, ONE(.qa_search = "-ann"),
	    "[" WAZUH ", " BOB OF(2));
	is(rb, SECURITY_USER, ONE(.qa_search = "7"), "[" ANNA OF(1));
	/* Values everywhere, and no keys. */
	is(rb, SECURITY_RULE, ONE(.qa_search = "elast", SELECT("id")),
	    "[{\"id\": 1}" OF(1));
	is(rb, SECURITY_RULE, ONE(.qa_search = "none", SELECT("id")),
	    "[{\"id\": 2}" OF(1));
	is(rb, SECURITY_RULE, ONE(.qa_search = "FIND"), "[" OF(0));
	is(rb, SECURITY_POLICY, ONE(.qa_search = "group:", SELECT("id")),
	    "[{\"id\": 9}" OF(1));
	rbac_free(&rb);
}

static void
test_q(void)
{
	struct rbac *rb = world();

	is(rb, SECURITY_USER, ONE(.qa_q = "username=bob,id>10"),
	    "[" BOB ", " ANNE OF(2));
	is(rb, SECURITY_USER, ONE(.qa_q = "username~nn;id<50"), "[" ANNA OF(1));
	is(rb, SECURITY_USER, ONE(.qa_q = "roles=7"), "[" ANNA OF(1));
	is(rb, SECURITY_USER, ONE(.qa_q = "nothing=1"), "[" OF(0));
	is(rb, SECURITY_POLICY,
	    ONE(.qa_q = "policy.effect=deny", SELECT("name")),
	    "[{\"name\": \"p\", \"id\": 5}" OF(1));
	is(rb, SECURITY_POLICY,
	    ONE(.qa_q = "policy.actions=group:read", SELECT("id")),
	    "[{\"id\": 9}" OF(1));
	is(rb, SECURITY_RULE, ONE(.qa_q = "rule.NOT.MATCH.n=2", SELECT("id")),
	    "[" OF(0));
	is(rb, SECURITY_USER, ONE(.qa_q = "bad"), "=1407");
	is(rb, SECURITY_USER, ONE(.qa_q = "id=zz"), "=1407");
	rbac_free(&rb);
}

static void
test_select(void)
{
	struct rbac *rb = world();

	is(rb, SECURITY_USER, ONE(SELECT("roles"), .qa_limit = 2),
	    "[{\"roles\": [1], \"id\": 1}, {\"roles\": [7, 1], \"id\": 2}" OF(
	        4));
	is(rb, SECURITY_POLICY,
	    ONE(SELECT("policy.resources", "id"), .qa_limit = 1),
	    "[{\"policy\": {\"resources\": [\"agent:id:001\"]}, \"id\": 5}" OF(
	        2));
	is(rb, SECURITY_RULE, ONE(SELECT("rule"), .qa_offset = 1),
	    "[{\"rule\": {\"NOT\": {\"MATCH\": {\"n\": 2.5, \"t\": "
	    "[true, null]}}}, \"id\": 2}" OF(2));
	is(rb, SECURITY_USER, ONE(SELECT("password")), "=1724");
	is(rb, SECURITY_USER, ONE(SELECT("name")), "=1724");
	/* Of one that is not there and one that is, the latter. */
	is(rb, SECURITY_USER, ONE(SELECT("password", "id"), .qa_limit = 1),
	    "[{\"id\": 1}" OF(4));
	is(rb, SECURITY_USER, ONE(SELECT("allow_run_as"), .qa_distinct = true),
	    "[{\"allow_run_as\": true}, {\"allow_run_as\": false}" OF(2));
	is(rb, SECURITY_USER, ONE(.qa_distinct = true, .qa_limit = 1),
	    "[" WAZUH OF(4));
	rbac_free(&rb);
}

/* Of nothing, nothing is wrong. */
static void
test_empty(void)
{
	struct rbac *rb = rb_new();

	is(rb, SECURITY_USER,
	    ONE(.qa_sort = "x", .qa_q = "bad", SELECT("password")), "[" OF(0));
	is(rb, SECURITY_RULE, ONE(.qa_offset = 0), "[" OF(0));
	rbac_free(&rb);
}

/* The same item twice, as a client may name it. */
static void
test_twice(void)
{
	const struct query_args plain = { .qa_limit = 9 };
	const struct query_args sorted = { .qa_limit = 9, .qa_sort = "-id" };
	const struct query_args *const qa[] = { &plain, &sorted };
	static const char *const want[] = { "[" ANNA ", " BOB ", " BOB,
		"[" BOB ", " BOB ", " ANNA };
	struct rbac *rb = world();
	const void *items[3];
	struct result rs;
	size_t i;

	for (i = 0; i < 2; i++) {
		items[0] = items[2] = rbac_user(rb, 10);
		items[1] = rbac_user(rb, 2);
		result_init(&rs, false, NULL);
		result_begin(&rs, "all", "some", "none");
		CU_ASSERT_EQUAL(security_query_items(
		                    rb, SECURITY_USER, items, 3, qa[i], &rs),
		    0);
		CU_ASSERT_EQUAL(rs.rs_items, 3);
		CU_ASSERT_EQUAL(rs.rs_total, 3);
		CU_ASSERT_EQUAL(buf_addc(&rs.rs_body, '\0'), 0);
		CU_ASSERT_PTR_NOT_NULL(
		    strstr((char *)rs.rs_body.b_data, want[i]));
		result_free(&rs);
	}
	rbac_free(&rb);
}

/* A rule that is no JSON, or nests deeper than the writer can follow. */
static void
test_odd(void)
{
	char deep[2 * DEEP + 32];
	struct rbac *rb = world();

	memset(deep, '[', DEEP);
	deep[DEEP] = '1';
	memset(deep + DEEP + 1, ']', DEEP);
	deep[2 * DEEP + 1] = '\0';
	rb_rule(rb, 3, "three", deep);
	is(rb, SECURITY_RULE, ONE(.qa_search = "three", SELECT("name")),
	    "[{\"name\": \"three\", \"id\": 3}" OF(1));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(listed(rb, SECURITY_RULE, &ONE(.qa_offset = 2)), deep));
	is(rb, SECURITY_RULE, ONE(SELECT("rule"), .qa_offset = 2), "!");
	rb_rule(rb, 4, "four", "{\"FIND\": ");
	is(rb, SECURITY_RULE, ONE(.qa_limit = 2, SELECT("id")), "!");
	is(rb, SECURITY_RULE, ONE(.qa_offset = 0), "!");
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    listed(rb, SECURITY_RULE, &ONE(.qa_limit = 1)), "\"elastic\""));
	rbac_free(&rb);
}

static const struct unit_case cases[] = { { "plain", test_plain },
	{ "sort", test_sort }, { "search", test_search }, { "q", test_q },
	{ "select", test_select }, { "empty", test_empty },
	{ "twice", test_twice }, { "odd", test_odd }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("security_query", cases));
}
