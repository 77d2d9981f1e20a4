/* SPDX-License-Identifier: ISC */
/*
 * Rules of several roles, what a trace is told, and how much work contexts and
 * patterns can cause: it is counted, and no clock is looked at.
 */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/pattern.h"
#include "authz/rules.h"
#include "common/buffer.h"
#include "tests/unit/unit.h"

#define MOST 65536 /* bytes of any text here */

static struct rules_result res;

/* --- a world of rules and roles ------------------------------------------------ */

/*
 * Roles of these texts of rules, NULL-ended: role 100 with rule 100 of the
 * first, and so on.
 */
static struct rbac *
world(const char *const *texts)
{
	struct rbac *rb = calloc(1, sizeof(*rb));
	struct rbac_role *ro;
	size_t i, n = 0;

	while (texts[n] != NULL)
		n++;
	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	rb->rb_rules = calloc(n + 1, sizeof(*rb->rb_rules));
	rb->rb_roles = calloc(n + 1, sizeof(*rb->rb_roles));
	rb->rb_nrules = rb->rb_nroles = n;
	for (i = 0; i < n; i++) {
		rb->rb_rules[i].rr_id = 100 + (int64_t)i;
		rb->rb_rules[i].rr_text = strdup(texts[i]);
		ro = &rb->rb_roles[i];
		ro->ro_id = 100 + (int64_t)i;
		ro->ro_rules = malloc(sizeof(*ro->ro_rules));
		ro->ro_rules[0] = 100 + (int64_t)i;
		ro->ro_nrules = 1;
	}
	return (rb);
}

/* Evaluate, results in res. */
static int
run(const struct rbac *rb, const char *text, int64_t user, uint64_t work,
    rules_trace trace, void *arg)
{
	struct rules *rs = rules_new(rb);
	struct jv context;
	int ret;

	CU_ASSERT_PTR_NOT_NULL_FATAL(rs);
	CU_ASSERT_EQUAL_FATAL(jv_read(text, strlen(text), &context), 0);
	ret = rules_roles(rs, &context, user, work, trace, arg, &res);
	CU_ASSERT_TRUE(res.rr_work <= work);
	jv_free(&context);
	rules_free(&rs);
	return (ret);
}

/* The same for texts; the roles as "100 102". */
static const char *
given(const char *const *texts, const char *context)
{
	static char out[1024];
	struct rbac *rb = world(texts);
	size_t i, n = 0;

	CU_ASSERT_EQUAL(run(rb, context, 1, RULES_WORK, NULL, NULL), 0);
	out[0] = '\0';
	for (i = 0; i < res.rr_nroles; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%lld",
		    i == 0 ? "" : " ", (long long)res.rr_roles[i]);
	rbac_free(&rb);
	return (out);
}

#define TRUE_RULE  "{\"MATCH\": {}}"
#define FALSE_RULE "{\"MATCH\": {\"no\": 1}}"
#define DEEP_RULE  "{\"FIND\": {\"no\": 1}}"
#define DEEP_CONTEXT \
	"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}"

static void
test_roles(void)
{
	static const char *const some[] = { TRUE_RULE, FALSE_RULE, TRUE_RULE,
		NULL };
	static const char *const deep[] = { TRUE_RULE, DEEP_RULE, DEEP_RULE,
		TRUE_RULE, NULL };
	static const char *const bad[] = { "{\"AND\": 5}", "[", TRUE_RULE, "1",
		NULL };
	static const char *const none[] = { NULL };

	CU_ASSERT_STRING_EQUAL(given(some, "{\"x\": 1}"), "100 102");
	CU_ASSERT_STRING_EQUAL(given(none, "{\"x\": 1}"), "");
	CU_ASSERT_STRING_EQUAL(given(deep, "{\"x\": 1}"), "100 103");
	CU_ASSERT_EQUAL(res.rr_ndeep, 0);
	/* Only the role that is led too deep is left out. */
	CU_ASSERT_STRING_EQUAL(given(deep, DEEP_CONTEXT), "100 103");
	CU_ASSERT_EQUAL(res.rr_ndeep, 2);
	CU_ASSERT_EQUAL(res.rr_deep, 101);
	CU_ASSERT_STRING_EQUAL(given(bad, "{\"x\": 1}"), "102");
	CU_ASSERT_EQUAL(res.rr_nunsure, 2);
	CU_ASSERT_EQUAL(res.rr_unsure, 100);
}

/* Give the first role rules of these numbers. */
static void
link_rules(struct rbac *rb, const int64_t *ids, size_t n)
{
	struct rbac_role *ro = &rb->rb_roles[0];

	free(ro->ro_rules);
	ro->ro_rules = calloc(n + 1, sizeof(*ids));
	CU_ASSERT_PTR_NOT_NULL_FATAL(ro->ro_rules);
	if (n > 0)
		memcpy(ro->ro_rules, ids, n * sizeof(*ids));
	ro->ro_nrules = n;
}

static void
test_linked(void)
{
	static const char *const texts[] = { FALSE_RULE, TRUE_RULE, DEEP_RULE,
		NULL };
	static const struct {
		int64_t ids[3];
		size_t n, roles, deep;
	} t[] = {
		{ { 0 }, 0, 0, 0 },
		{ { 100 }, 1, 0, 0 },
		{ { 100, 101 }, 2, 1, 0 },
		/* The first that is met, before one that goes too deep. */
		{ { 101, 102 }, 2, 1, 0 },
		{ { 102, 101 }, 2, 0, 1 },
		{ { 100, 999, 101 }, 3, 1, 0 },
	};
	struct rbac *rb = world(texts);
	size_t i;

	rb->rb_nroles = 1;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		link_rules(rb, t[i].ids, t[i].n);
		CU_ASSERT_EQUAL(
		    run(rb, DEEP_CONTEXT, 1, RULES_WORK, NULL, NULL), 0);
		CU_ASSERT_EQUAL(res.rr_nroles, t[i].roles);
		CU_ASSERT_EQUAL(res.rr_ndeep, t[i].deep);
	}
	rb->rb_nroles = 3;
	rbac_free(&rb);
}

/* Rules up to 99 are for the user with id 2. */
static void
test_reserved(void)
{
	static const char *const texts[] = { TRUE_RULE, NULL };
	static const struct {
		int64_t rule, user;
		size_t roles;
	} t[] = { { 1, 2, 1 }, { 1, 1, 0 }, { 99, 2, 1 }, { 99, 100, 0 },
		{ 99, 0, 0 }, { 100, 1, 1 }, { 100, 2, 1 } };
	struct rbac *rb = world(texts);
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		rb->rb_rules[0].rr_id = t[i].rule;
		link_rules(rb, &t[i].rule, 1);
		CU_ASSERT_EQUAL(
		    run(rb, "{\"x\": 1}", t[i].user, RULES_WORK, NULL, NULL),
		    0);
		CU_ASSERT_EQUAL(res.rr_nroles, t[i].roles);
	}
	rbac_free(&rb);
}

/* A token holds so many roles, and one more is too many. */
static void
test_many_roles(void)
{
	static const char *texts[TOKEN_ROLES + 2];
	struct rbac *rb;
	size_t i;

	for (i = 0; i < TOKEN_ROLES + 1; i++)
		texts[i] = TRUE_RULE;
	rb = world(texts);
	CU_ASSERT_EQUAL(run(rb, "{\"x\": 1}", 1, RULES_WORK, NULL, NULL), -1);
	CU_ASSERT_EQUAL(res.rr_nroles, 0);
	rbac_free(&rb);
	texts[TOKEN_ROLES] = FALSE_RULE;
	rb = world(texts);
	CU_ASSERT_EQUAL(run(rb, "{\"x\": 1}", 1, RULES_WORK, NULL, NULL), 0);
	CU_ASSERT_EQUAL(res.rr_nroles, TOKEN_ROLES);
	rbac_free(&rb);
}

/* --- the trace ---------------------------------------------------------------------- */

static void
keep(void *arg, const struct rules_event *re)
{
	struct buf *out = arg;

	if (re->re_rule != NULL)
		buf_addf(out, "rule %lld ", (long long)re->re_rule->rr_id);
	else
		buf_addf(out, "role %lld ", (long long)re->re_role->ro_id);
	if (re->re_clause != NULL)
		buf_addf(out, "%s ", re->re_clause);
	buf_addf(out, "%d%s%s\n", re->re_answer,
	    re->re_where != NULL ? " " : "",
	    re->re_where != NULL ? re->re_where : "");
}

static void
test_trace(void)
{
	static const char *const texts[] = {
		"{\"OR\": [{\"FIND\": {\"g\": \"x\"}}, "
		"{\"NOT\": {\"MATCH\": {\"q\": 1}}}]}",
		"{\"FIND\": {\"u\": {\"n\": \"r'b''\", \"l\": [\"p\", \"q\"]}}}",
		"{\"FIND$\": {\"no way\": {}}}", "{\"AND\": 5, \"MATCH\": {}}",
		DEEP_RULE, "{", NULL
	};
	static const char context[] =
	    "{\"g\": [\"y\", \"x\"], \"z.\": [{\"u\": {\"n\": \"bob\", "
	    "\"l\": [\"q\", \"p\", \"q\"]}}], \"no way\": null, "
	    "\"d\": " DEEP_CONTEXT "}";
	static const char want[] =
	    "rule 100 OR[0].FIND 1 g[1]\n"
	    "rule 100 OR[1].NOT.MATCH 0\n"
	    "rule 100 OR[1].NOT 1\n"
	    "rule 100 OR 1\n"
	    "rule 100 1\n"
	    "role 100 1\n"
	    "rule 101 FIND 1 [\"z.\"][0].u.n, [\"z.\"][0].u.l[0], "
	    "[\"z.\"][0].u.l[1]\n"
	    "rule 101 1\n"
	    "role 101 1\n"
	    "rule 102 FIND$ 1 [\"no way\"]\n"
	    "rule 102 1\n"
	    "role 102 1\n"
	    "rule 103 AND 2\n"
	    "rule 103 MATCH 1 (top)\n"
	    "rule 103 1\n"
	    "role 103 1\n"
	    "rule 104 FIND 3\n"
	    "rule 104 3\n"
	    "role 104 3\n"
	    "rule 105 4\n"
	    "role 105 0\n";
	struct rbac *rb = world(texts);
	struct buf out;

	buf_init(&out, MOST);
	CU_ASSERT_EQUAL(run(rb, context, 1, RULES_WORK, keep, &out), 0);
	buf_addc(&out, '\0');
	CU_ASSERT_STRING_EQUAL((const char *)out.b_data, want);
	if (strcmp((const char *)out.b_data, want) != 0)
		printf("%s", (const char *)out.b_data);
	buf_free(&out);
	rbac_free(&rb);
}

/* --- work --------------------------------------------------------------------------- */

/* With less work than it takes nobody gets anything, whatever came first. */
static void
test_work(void)
{
	static const char *const texts[] = { TRUE_RULE,
		"{\"FIND\": {\"g\": [\"x\", \"r'y+z''\"]}}",
		"{\"NOT\": {\"MATCH\": {\"g\": \"w\"}}}", NULL };
	static const char context[] = "{\"f\": 1, \"g\": [\"yyyz\", \"x\"]}";
	struct rbac *rb = world(texts);
	uint64_t need, w;

	CU_ASSERT_EQUAL(run(rb, context, 1, RULES_WORK, NULL, NULL), 0);
	CU_ASSERT_EQUAL(res.rr_nroles, 3);
	need = res.rr_work;
	CU_ASSERT_TRUE(need > 50 && need < 500);
	for (w = 0; w <= need; w++) {
		CU_ASSERT_EQUAL(run(rb, context, 1, w, NULL, NULL), -1);
		CU_ASSERT_EQUAL(res.rr_nroles, 0);
	}
	CU_ASSERT_EQUAL(run(rb, context, 1, need + 1, NULL, NULL), 0);
	CU_ASSERT_EQUAL(res.rr_nroles, 3);
	rbac_free(&rb);
}

/* s, n times, then end. The caller frees it. */
static char *
repeat(const char *s, size_t n, const char *end)
{
	struct buf out;

	buf_init(&out, MOST);
	while (n-- > 0)
		buf_addz(&out, s);
	buf_addz(&out, end);
	buf_addc(&out, '\0');
	CU_ASSERT_FALSE_FATAL(out.b_failed);
	return ((char *)out.b_data);
}

/* What a pattern is made to work on. */
struct nasty {
	const char *na_pattern;
	const char *na_text; /* so many times, */
	size_t na_n;
	const char *na_end; /* then this */
	bool na_decided; /* it can be told within the steps */
};

static const struct nasty nasty[] = {
	{ "(a+)+$", "a", 30, "!", false },
	{ "(a|a)*$", "a", 40, "!", false },
	{ "(a|aa)+$", "a", 60, "!", false },
	{ "(.*a){20}$", "a", 60, "!", false },
	{ "(.*)*x$", "b", 4000, "xy", false },
	{ "(.*.*)*=$", "b", 2000, "=;", false },
	{ ".*.*.*.*x", "b", 8000, "", false },
	{ "([^x]*[^x]*)*x", "b", 8000, "", false },
	{ "[^x]*[^x]*[^x]*[^x]*y", "b", 8000, "", false },
	{ "(\\\\w+\\\\s?)*$", "ab ", 2000, "!", false },
	{ "^(([a-z])+.)+[A-Z]([a-z])+$", "a", 60, "", false },
	{ "(x+x+)+y", "x", 40, "z", true },
	{ "(?=(a+))\\\\1b", "a", 8000, "", true },
	{ "(a*)*\\\\1b", "a", 8000, "", false },
	{ "((a*)\\\\2)*b", "a", 8000, "", false },
	{ "(\\\\p{L}+)*\\\\d", "\xc3\xa9", 4000, "", false },
	{ "(?i)(\\\\p{L}*\\\\p{L}*)*\\\\d", "\xc3\x84", 4000, "", false },
	{ "a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?"
	  "a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa$",
	    "a", 39, "!", false },
	{ "(?R)?a", "a", 8000, "", false },
	{ "(?:.|\\n)*?x(?:.|\\n)*?y", "b", 8000, "", true },
	{ "(.+)*\\\\1\\\\1\\\\1x", "ab", 4000, "", false },
	{ "\\\\X*\\\\X*x", "e\xcc\x81", 2600, "", false },
	{ "(?:a*+b?)*c", "a", 8000, "", true },
	{ "(.)(?=.*\\\\1).*z", "ab", 4000, "", false },
	{ "(?:(?:a|b)*c|(?:b|a)*d)+e", "ab", 1000, "", true },
};

static void
test_patterns(void)
{
	static const uint64_t most = PATTERN_STEPS * PATTERN_STEP + 8192 + 256;
	const char *texts[4] = { NULL };
	char *rules[3], *text, *context;
	struct rbac *rb;
	size_t i, n;

	for (i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		text = repeat(nasty[i].na_text, nasty[i].na_n, nasty[i].na_end);
		n = strlen(text) + 256;
		context = malloc(n);
		snprintf(context, n, "{\"k\": \"%s\"}", text);
		CU_ASSERT_TRUE(strlen(text) <= 8192);
		for (n = 0; n < 3; n++)
			rules[n] = malloc(1024);
		snprintf(rules[0], 1024, "{\"MATCH\": {\"k\": \"r'%s''\"}}",
		    nasty[i].na_pattern);
		snprintf(rules[1], 1024, "{\"NOT\": %s}", rules[0]);
		snprintf(
		    rules[2], 1024, "{\"AND\": [%s, %s]}", rules[1], rules[1]);
		for (n = 0; n < 3; n++)
			texts[n] = rules[n];
		rb = world(texts);
		CU_ASSERT_EQUAL(run(rb, context, 1, RULES_WORK, NULL, NULL), 0);
		/* Each pattern costs at most its own, and four are tried. */
		CU_ASSERT_TRUE(res.rr_work <= 4 * most);
		if (nasty[i].na_decided) {
			CU_ASSERT_EQUAL(res.rr_nunsure, 0);
			CU_ASSERT_EQUAL(res.rr_nroles, 2);
		} else {
			/* Nobody gains from a pattern that was given up. */
			CU_ASSERT_EQUAL(res.rr_nunsure, 3);
			CU_ASSERT_EQUAL(res.rr_nroles, 0);
		}
		if (res.rr_nunsure != (nasty[i].na_decided ? 0 : 3))
			printf(
			    "%s: %zu\n", nasty[i].na_pattern, res.rr_nunsure);
		rbac_free(&rb);
		for (n = 0; n < 3; n++)
			free(rules[n]);
		free(context);
		free(text);
	}
}

/* Many of them together are stopped by what a login may cost. */
static void
test_patterns_together(void)
{
	char *texts[65], *context;
	struct rbac *rb;
	size_t i;

	for (i = 0; i < 64; i++)
		texts[i] = repeat("", 0,
		    i % 2 == 0 ? "{\"FIND\": {\"r'.*''\": \"r'(a|a)*$''\"}}" :
		                 TRUE_RULE);
	texts[64] = NULL;
	context = repeat(
	    "", 0, "{\"k\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}");
	rb = world((const char *const *)texts);
	CU_ASSERT_EQUAL(run(rb, context, 1, RULES_WORK, NULL, NULL), -1);
	CU_ASSERT_EQUAL(res.rr_nroles, 0);
	CU_ASSERT_EQUAL(res.rr_work, RULES_WORK);
	rbac_free(&rb);
	for (i = 0; i < 64; i++)
		free(texts[i]);
	free(context);
}

/* Lists that all have to be compared with each other. */
static void
test_lists(void)
{
	char *list, *rule, *context;
	const char *texts[2] = { NULL };
	struct rbac *rb;

	list = repeat("\"xxxx\",", 4000, "\"xxxy\"");
	rule = malloc(MOST);
	context = malloc(MOST);
	snprintf(rule, MOST, "{\"NOT\": {\"FIND\": {\"g\": [%s]}}}", list);
	free(list);
	list = repeat("\"zzzz\",", 1100, "\"zzzz\"");
	snprintf(context, MOST, "{\"g\": [%s]}", list);
	texts[0] = rule;
	rb = world(texts);
	CU_ASSERT_EQUAL(run(rb, context, 1, RULES_WORK, NULL, NULL), -1);
	CU_ASSERT_EQUAL(res.rr_nroles, 0);
	rbac_free(&rb);
	free(list);
	free(rule);
	free(context);
}

/* What an identity provider says of somebody in 500 groups: 7.9 KiB. */
static char *
saml(void)
{
	struct buf out;
	size_t i;

	buf_init(&out, MOST);
	buf_addz(&out, "{\"name\": \"user5\", \"backend_roles\": [");
	for (i = 0; i < 500; i++)
		buf_addf(&out, "%s\"wz-%04zu-teams\"", i == 0 ? "" : ",", i);
	buf_addz(&out, "], \"realm\": {\"name\": \"saml\"}}");
	buf_addc(&out, '\0');
	CU_ASSERT_TRUE(out.b_len > 7900 && out.b_len <= 8192);
	return ((char *)out.b_data);
}

static void
test_saml(void)
{
	char *context = saml(), texts[300][128];
	const char *list[301] = { NULL };
	struct rbac *rb;
	size_t i, n;

	for (i = 0; i < 300; i++) {
		/* Of the last two hundred nothing is met. */
		n = i < 100 ? i : i + 500;
		if (i % 3 == 0)
			snprintf(texts[i], sizeof(texts[i]),
			    "{\"FIND\": {\"backend_roles\": "
			    "\"wz-%04zu-teams\"}}",
			    n);
		else if (i % 3 == 1)
			snprintf(texts[i], sizeof(texts[i]),
			    "{\"FIND\": {\"r'.*roles''\": "
			    "[\"r'^wz-%04zu.*$''\", \"wz-0499-teams\"]}}",
			    n);
		else
			snprintf(texts[i], sizeof(texts[i]),
			    "{\"FIND$\": {\"name\": \"user%zu\"}}", n);
		list[i] = texts[i];
	}
	rb = world(list);
	CU_ASSERT_EQUAL(run(rb, context, 1, RULES_WORK, NULL, NULL), 0);
	/* 34 groups, 33 pairs of groups, one name. */
	CU_ASSERT_EQUAL(res.rr_nroles, 34 + 33 + 1);
	CU_ASSERT_EQUAL(res.rr_nunsure, 0);
	/* One rule alone, which looks at all of it. */
	rb->rb_nroles = 1;
	link_rules(rb, (const int64_t[]){ 399 }, 1);
	CU_ASSERT_EQUAL(run(rb, context, 1, RULES_WORK, NULL, NULL), 0);
	CU_ASSERT_EQUAL(res.rr_nroles, 0);
	CU_ASSERT_TRUE(res.rr_work < 5000);
	rb->rb_nroles = 300;
	rbac_free(&rb);
	free(context);
}

static const struct unit_case cases[] = {
	{ "roles", test_roles },
	{ "linked rules", test_linked },
	{ "reserved rules", test_reserved },
	{ "many roles", test_many_roles },
	{ "trace", test_trace },
	{ "work", test_work },
	{ "patterns", test_patterns },
	{ "patterns together", test_patterns_together },
	{ "lists", test_lists },
	{ "500 groups", test_saml },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("rules_limits", cases));
}
