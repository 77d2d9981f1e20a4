/* SPDX-License-Identifier: ISC */
/*
 * Arguments of every further shape that a body or a query may have: objects
 * whose members are parameters, bodies of any members, lists of integers, and
 * least and most numbers of each. The table is one of its own.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/params_decode.h"
#include "tests/unit/unit.h"

enum {
	P_IDS, /* query */
	P_NAME, /* body */
	P_FORCE,
	P_FORCE_ENABLED,
	P_FORCE_TIME,
	P_FORCE_TIME_VALUE,
	P_FORCE_LEVELS,
	P_ALERT,
	P_ALERT_DATA,
	P_EVENTS,
	P_WHOLE,
	P__MAX
};

enum { R_QUERY, R_BODY, R_LEAST, R_EVENTS, R_WHOLE, R__MAX };

const struct param params[] = {
	[P_IDS] = { .p_name = "ids",
	    .p_in = PIN_QUERY,
	    .p_type = PT_INTEGERS,
	    .p_flags = PMF_MIN | PMF_MAX,
	    .p_min = -5,
	    .p_max = 100,
	    .p_minitems = 1,
	    .p_maxitems = 4 },
	[P_NAME] = { .p_name = "name", .p_in = PIN_BODY, .p_type = PT_STRING },
	[P_FORCE] = { .p_name = "force",
	    .p_in = PIN_BODY,
	    .p_type = PT_OBJECT,
	    .p_flags = PMF_CLOSED },
	[P_FORCE_ENABLED] = { .p_name = "force.enabled",
	    .p_in = PIN_BODY,
	    .p_type = PT_BOOLEAN,
	    .p_parent = "force" },
	[P_FORCE_TIME] = { .p_name = "force.time",
	    .p_in = PIN_BODY,
	    .p_type = PT_OBJECT,
	    .p_flags = PMF_CLOSED,
	    .p_minitems = 1,
	    .p_parent = "force" },
	[P_FORCE_TIME_VALUE] = { .p_name = "force.time.value",
	    .p_in = PIN_BODY,
	    .p_type = PT_STRING,
	    .p_format = PF_TIMEFRAME,
	    .p_flags = PMF_REQUIRED,
	    .p_format_name = "timeframe",
	    .p_parent = "force.time" },
	[P_FORCE_LEVELS] = { .p_name = "force.levels",
	    .p_in = PIN_BODY,
	    .p_type = PT_INTEGERS,
	    .p_flags = PMF_MIN,
	    .p_min = 0,
	    .p_parent = "force" },
	[P_ALERT] = { .p_name = "alert",
	    .p_in = PIN_BODY,
	    .p_type = PT_OBJECT },
	[P_ALERT_DATA] = { .p_name = "alert.data",
	    .p_in = PIN_BODY,
	    .p_type = PT_RAW,
	    .p_parent = "alert" },
	[P_EVENTS] = { .p_name = "events",
	    .p_in = PIN_BODY,
	    .p_type = PT_STRINGS,
	    .p_flags = PMF_REQUIRED,
	    .p_maxitems = 3 },
	[P_WHOLE] = { .p_name = "body",
	    .p_in = PIN_BODY,
	    .p_type = PT_RAW,
	    .p_flags = PMF_WHOLE },
};

const size_t nparams = P__MAX;

static const uint16_t query_params[] = { P_IDS };
static const uint16_t body_params[] = { P_NAME, P_FORCE, P_FORCE_ENABLED,
	P_FORCE_TIME, P_FORCE_TIME_VALUE, P_FORCE_LEVELS, P_ALERT,
	P_ALERT_DATA };
static const uint16_t least_params[] = { P_NAME, P_ALERT, P_ALERT_DATA };
static const uint16_t events_params[] = { P_EVENTS };
static const uint16_t whole_params[] = { P_WHOLE };

#define BODY(id, list)                                                      \
	{                                                                   \
		.r_id = id, .r_call = "body",                               \
		.r_flags = ROWF_JSON_BODY | ROWF_BODY | ROWF_BODY_REQ,      \
		.r_params = list, .r_nparams = sizeof(list) / sizeof(*list) \
	}

const struct row rows[] = {
	[R_QUERY] = { .r_id = R_QUERY,
	    .r_call = "query",
	    .r_params = query_params,
	    .r_nparams = 1 },
	[R_BODY] = BODY(R_BODY, body_params),
	[R_LEAST] = { .r_id = R_LEAST,
	    .r_call = "least",
	    .r_flags = ROWF_JSON_BODY | ROWF_BODY | ROWF_BODY_REQ,
	    .r_params = least_params,
	    .r_nparams = 3,
	    .r_minprops = 1 },
	[R_EVENTS] = BODY(R_EVENTS, events_params),
	[R_WHOLE] = BODY(R_WHOLE, whole_params),
};

const size_t nrows = R__MAX;

static struct args args;
static struct buf arena;
static char why[256];

static void
start(void)
{
	args_free(&args);
	buf_free(&arena);
	buf_init(&arena, 65536);
	why[0] = '\0';
}

/* "a=1&b=2"; the text is in a block of its own size. */
static int
query(const char *text)
{
	struct params_pair pairs[8];
	char *copy = strdup(text), *p, *next;
	size_t n = 0;
	int rv;

	if (copy == NULL)
		abort();
	start();
	for (p = copy; p != NULL && *p != '\0'; p = next) {
		next = strchr(p, '&');
		if (next != NULL)
			*next++ = '\0';
		pairs[n].pp_name = p;
		pairs[n].pp_namelen = strcspn(p, "=");
		pairs[n].pp_value = p + pairs[n].pp_namelen + 1;
		pairs[n].pp_valuelen = strlen(pairs[n].pp_value);
		n++;
	}
	rv = params_query(
	    &rows[R_QUERY], pairs, n, &args, &arena, why, sizeof(why));
	free(copy);
	return (rv);
}

static int
body(unsigned int row, const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len == 0 ? 1 : len);
	int rv;

	if (copy == NULL)
		abort();
	memcpy(copy, text, len);
	start();
	rv =
	    params_body(&rows[row], copy, len, &args, &arena, why, sizeof(why));
	free(copy);
	return (rv);
}

static int
check(unsigned int row)
{
	return (params_check(&rows[row], &args, why, sizeof(why)));
}

static bool
list_is(const char *name, const char *want)
{
	const char *const *v;
	char all[256] = "";
	size_t i, n, used = 0;

	if (args_list(&args, name, &v, &n) == -1)
		return (false);
	for (i = 0; i < n; i++)
		used += (size_t)snprintf(
		    all + used, sizeof(all) - used, "[%s]", v[i]);
	return (strcmp(all, want) == 0);
}

/* Through a message and back; args are the ones that came out. */
static int
wire(void)
{
	static struct msgw mw;
	struct args got;
	struct msg m = { 0 };

	msgw_start(&mw, MSG_CALL);
	args_put(&mw, &args);
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	if (mw.mw_failed || args_get(&m, &got) == -1 || msg_end(&m) == -1)
		return (-1);
	args_free(&args);
	args = got;
	return (0);
}

static void
test_integers(void)
{
	static const char *const bad[] = { "", "ids=", "ids=1,", "ids=a",
		"ids=1.5", "ids=101", "ids=-6", "ids=1,2,3,4,5",
		"ids=1&ids=2,x", "ids=99999999999999999999", "ids=1 2",
		"ids=0x1" };
	size_t i;

	CU_ASSERT_EQUAL(query("ids=1,2"), PARAMS_OK);
	CU_ASSERT(list_is("ids", "[1][2]"));
	CU_ASSERT_EQUAL(check(R_QUERY), 0);
	/* As Python reads them, and in one spelling from then on. */
	CU_ASSERT_EQUAL(query("ids= +007 ,1_0&ids=-0,-5"), PARAMS_OK);
	CU_ASSERT(list_is("ids", "[7][10][0][-5]"));
	CU_ASSERT_EQUAL(check(R_QUERY), 0);
	CU_ASSERT_EQUAL(wire(), 0);
	CU_ASSERT(list_is("ids", "[7][10][0][-5]"));
	CU_ASSERT_EQUAL(check(R_QUERY), 0);
	for (i = 1; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(query(bad[i]), PARAMS_BAD);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "'ids'"));
	}
	CU_ASSERT_EQUAL(query(bad[0]), PARAMS_OK);
	CU_ASSERT_EQUAL(args.as_n, 0);
}

/* Texts of integers that only a message could hold. */
static void
test_integers_check(void)
{
	static const char *const texts[] = { "1", "100", "-5", "101", "-6",
		"01", "+1", " 1", "1 ", "", "x", "-0", "1.0",
		"9223372036854775808" };
	size_t i;

	CU_ASSERT_EQUAL(query("ids=1"), PARAMS_OK);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		args.as_v[0].a.list.v = &texts[i];
		CU_ASSERT_EQUAL(check(R_QUERY), i < 3 ? 0 : -1);
	}
	args.as_v[0].a.list.n = 0;
	CU_ASSERT_EQUAL(check(R_QUERY), -1);
}

static void
test_objects(void)
{
	CU_ASSERT_EQUAL(body(R_BODY,
	                    "{\"force\": {\"time\": {\"value\": \"1h\"},"
	                    " \"enabled\": false, \"levels\": [3, -0, 12]},"
	                    " \"alert\": {\"data\": {\"a\": [1]}, \"x\": 1}}"),
	    PARAMS_OK);
	CU_ASSERT_EQUAL(args.as_n, 7);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "force", ""),
	    "{\"time\":{\"value\":\"1h\"},\"enabled\":false,"
	    "\"levels\":[3,0,12]}");
	CU_ASSERT_STRING_EQUAL(
	    args_str(&args, "alert", ""), "{\"data\":{\"a\":[1]},\"x\":1}");
	CU_ASSERT_FALSE(args_bool(&args, "force.enabled", true));
	CU_ASSERT_STRING_EQUAL(args_str(&args, "force.time.value", ""), "1h");
	CU_ASSERT(list_is("force.levels", "[3][0][12]"));
	CU_ASSERT_STRING_EQUAL(
	    args_str(&args, "alert.data", ""), "{\"a\":[1]}");
	CU_ASSERT_EQUAL(check(R_BODY), 0);
	CU_ASSERT_EQUAL(wire(), 0);
	CU_ASSERT_EQUAL(args.as_n, 7);
	CU_ASSERT_STRING_EQUAL(
	    args_str(&args, "alert", ""), "{\"data\":{\"a\":[1]},\"x\":1}");
	CU_ASSERT_STRING_EQUAL(args_str(&args, "force.time.value", ""), "1h");
	CU_ASSERT_EQUAL(check(R_BODY), 0);
	/* Absent and empty are two things. */
	CU_ASSERT_EQUAL(body(R_BODY, "{}"), PARAMS_OK);
	CU_ASSERT_PTR_NULL(args_find(&args, "force"));
	CU_ASSERT_EQUAL(check(R_BODY), 0);
	CU_ASSERT_EQUAL(body(R_BODY, "{\"force\": {}}"), PARAMS_OK);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "force", ""), "{}");
	CU_ASSERT_EQUAL(args.as_n, 1);
	CU_ASSERT_EQUAL(wire(), 0);
	CU_ASSERT_EQUAL(args.as_n, 1);
	CU_ASSERT_EQUAL(check(R_BODY), 0);
	/* A key with a dot is not a member of a member. */
	CU_ASSERT_EQUAL(body(R_BODY, "{\"force.enabled\": true}"), PARAMS_BAD);
}

static void
test_objects_bad(void)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "{\"force\": 1}", "'force' is not of type 'object'" },
		{ "{\"force\": null}", "'force' is not of type 'object'" },
		{ "{\"force\": []}", "'force' is not of type 'object'" },
		{ "{\"force\": {\"enabled\": 1}}",
		    "'force.enabled' is not of type 'boolean'" },
		{ "{\"force\": {\"time\": {}}}",
		    "'force.time' has too few members" },
		{ "{\"force\": {\"time\": {\"x\": 1}}}",
		    "'force.time.value' is a required property" },
		{ "{\"force\": {\"time\": {\"value\": \"x\"}}}",
		    "'force.time.value' is not in the format 'timeframe'" },
		{ "{\"force\": {\"levels\": [\"1\"]}}",
		    "'force.levels' is not of type 'integer'" },
		{ "{\"force\": {\"levels\": [1.0]}}",
		    "'force.levels' is not of type 'integer'" },
		{ "{\"force\": {\"levels\": [-1]}}",
		    "'force.levels' must be at least 0" },
		{ "{\"force\": {\"foo\": 1}}", "Invalid field found {'foo'}" },
		{ "{\"force\": {\"time\": {\"value\": \"1h\", \"b\": 2},"
		  " \"a\": 1}, \"c\": 3}",
		    "Invalid field found {'b', 'a', 'c'}" },
		{ "{\"alert\": {\"data\": []}}",
		    "'alert.data' is not of type 'object'" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(body(R_BODY, bad[i].text), PARAMS_BAD);
		CU_ASSERT_STRING_EQUAL(why, bad[i].why);
	}
}

/* Members without their object, and objects without what they need. */
static void
test_objects_check(void)
{
	struct arg keep;

	CU_ASSERT_EQUAL(
	    body(R_BODY, "{\"force\": {\"time\": {\"value\": \"1h\"}}}"),
	    PARAMS_OK);
	CU_ASSERT_EQUAL_FATAL(args.as_n, 3);
	CU_ASSERT_EQUAL(check(R_BODY), 0);
	args.as_n = 2;
	CU_ASSERT_EQUAL(check(R_BODY), -1);
	CU_ASSERT_STRING_EQUAL(why, "'force.time' has too few members");
	args.as_n = 3;
	keep = args.as_v[1];
	args.as_v[1] = args.as_v[2];
	args.as_n = 2;
	CU_ASSERT_EQUAL(check(R_BODY), -1);
	CU_ASSERT_STRING_EQUAL(
	    why, "'force.time.value' stands without 'force.time'");
	args.as_v[0] = keep;
	CU_ASSERT_EQUAL(check(R_BODY), -1);
	CU_ASSERT_STRING_EQUAL(why, "'force.time' stands without 'force'");
	/* An object that is null has no members. */
	args.as_v[0].a_param = P_FORCE;
	args.as_v[0].a_null = true;
	args.as_v[1] = keep;
	CU_ASSERT_EQUAL(check(R_BODY), -1);
}

static void
test_least(void)
{
	CU_ASSERT_EQUAL(body(R_LEAST, "{}"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "The request body has too few members");
	CU_ASSERT_EQUAL(check(R_LEAST), -1);
	CU_ASSERT_STRING_EQUAL(why, "the body has too few members");
	CU_ASSERT_EQUAL(body(R_LEAST, "{\"name\": \"\"}"), PARAMS_OK);
	CU_ASSERT_EQUAL(check(R_LEAST), 0);
	CU_ASSERT_EQUAL(body(R_LEAST, "{\"foo\": 1}"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Invalid field found {'foo'}");
}

static void
test_most(void)
{
	CU_ASSERT_EQUAL(
	    body(R_EVENTS, "{\"events\": [\"a\",\"b\",\"c\"]}"), PARAMS_OK);
	CU_ASSERT_EQUAL(check(R_EVENTS), 0);
	CU_ASSERT_EQUAL(
	    body(R_EVENTS, "{\"events\": [\"a\",\"b\",\"c\",1]}"), PARAMS_MANY);
	CU_ASSERT_STRING_EQUAL(why, "'events' has more than 3 items");
	/* What is no string is one of few only. */
	CU_ASSERT_EQUAL(body(R_EVENTS, "{\"events\": [{}]}"), PARAMS_BAD);
	CU_ASSERT_EQUAL(body(R_EVENTS, "{\"events\": []}"), PARAMS_OK);
	CU_ASSERT(list_is("events", ""));
}

static void
test_whole(void)
{
	CU_ASSERT_EQUAL(
	    body(R_WHOLE, " {\"b\": [1.50, null],\n \"a\": {\"x\": \"/\"}} "),
	    PARAMS_OK);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "body", ""),
	    "{\"b\":[1.50,null],\"a\":{\"x\":\"/\"}}");
	CU_ASSERT_EQUAL(check(R_WHOLE), 0);
	CU_ASSERT_EQUAL(body(R_WHOLE, "{}"), PARAMS_OK);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "body", ""), "{}");
	CU_ASSERT_EQUAL(body(R_WHOLE, "[]"), PARAMS_BAD);
	CU_ASSERT_EQUAL(body(R_WHOLE, ""), PARAMS_BAD);
	CU_ASSERT_EQUAL(body(R_WHOLE, "{\"body\": 1}"), PARAMS_OK);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "body", ""), "{\"body\":1}");
	start();
}

static const struct unit_case cases[] = {
	{ "integers", test_integers },
	{ "integers_check", test_integers_check },
	{ "objects", test_objects },
	{ "objects_bad", test_objects_bad },
	{ "objects_check", test_objects_check },
	{ "least", test_least },
	{ "most", test_most },
	{ "whole", test_whole },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("params_object", cases));
}
