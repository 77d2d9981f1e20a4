/* SPDX-License-Identifier: ISC */
/* Tests of dapi/merge*.c: pairs that were worked out by hand. */
#include <sys/types.h>

#include <string.h>

#include "common/wire.h"
#include "tests/unit/merge_rig.h"

#define TWO(a, b)      ((const char *const[]){ a, b, NULL })
#define THREE(a, b, c) ((const char *const[]){ a, b, c, NULL })
#define ONE(a)         ((const char *const[]){ a, NULL })

#define PLAIN(r)                                                   \
	"{\"__wazuh_result__\": {\"__class__\": \"WazuhResult\", " \
	"\"__object__\": {\"str_priority\": null, \"result\": " r "}}}"
#define PRIO(p, r)                                                 \
	"{\"__wazuh_result__\": {\"__class__\": \"WazuhResult\", " \
	"\"__object__\": {\"str_priority\": " p ", \"result\": " r "}}}"
#define ITEMS(items, fields, cast, asc, n, f, dikt, keys, values)        \
	"{\"__wazuh_result__\": {\"__class__\": "                        \
	"\"AffectedItemsWazuhResult\", \"__object__\": "                 \
	"{\"affected_items\": " items ", \"sort_fields\": " fields       \
	", \"sort_casting\": " cast ", \"sort_ascending\": " asc         \
	", \"total_affected_items\": " n ", \"total_failed_items\": " f  \
	", \"dikt\": " dikt ", \"all_msg\": \"All\", \"some_msg\": "     \
	"\"Some\", \"none_msg\": \"None\", \"failed_items_keys\": " keys \
	", \"failed_items_values\": " values "}}}"
#define LIST(items, fields, cast, n) \
	ITEMS(items, fields, cast, "[true]", n, "0", "{}", "[]", "[]")
#define ERROR(cls, title, code, ids)                                          \
	"{\"__wazuh_exception__\": {\"__class__\": \"" cls                    \
	"\", \"__object__\": {\"type\": \"about:blank\", \"title\": \"" title \
	"\", \"code\": " code ", \"extra_message\": null, "                   \
	"\"extra_remediation\": null, \"cmd_error\": false, "                 \
	"\"dapi_errors\": {}" ids "}}}"
#define KEY(code)                                                        \
	"{\"__object__\": {\"type\": \"about:blank\", \"title\": "       \
	"\"Bad Request\", \"code\": " code ", \"extra_message\": null, " \
	"\"extra_remediation\": null, \"cmd_error\": false, "            \
	"\"dapi_errors\": {}, \"ids\": []}, \"__class__\": \"WazuhError\"}"
#define DATA(items, n)                                                   \
	"{\"data\": {\"affected_items\": " items                         \
	", \"total_affected_items\": " n ", \"total_failed_items\": 0, " \
	"\"failed_items\": []}, \"message\": \"All\", \"error\": 0}"

static void
test_plain(void)
{
	CU_ASSERT(merges(WIRE,
	    TWO(PLAIN("{\"a\": 1, \"b\": 2.5, \"t\": true, \"s\": \"x\", "
	              "\"l\": [1], \"only\": null}"),
	        PLAIN("{\"b\": 1, \"a\": 41, \"t\": true, \"s\": \"y\", "
	              "\"l\": [2, 1], \"new\": {\"k\": []}}")),
	    0,
	    PLAIN("{\"a\": 42, \"b\": 3.5, \"t\": 2, \"s\": \"x|y\", "
	          "\"l\": [1, 2], \"only\": null, \"new\": {\"k\": []}}")));
	CU_ASSERT(merges(HTTP,
	    THREE(PLAIN("{\"message\": \"a\"}"), PLAIN("{\"message\": \"b\"}"),
	        PLAIN("{\"message\": \"a\"}")),
	    0, "{\"message\": \"a|b|a\", \"error\": 0}"));
	CU_ASSERT(
	    merges(PRETTY, ONE(PLAIN("{\"data\":{\"a\":[1,2],\"b\":{}}}")), 0,
	        "{\n   \"data\": {\n      \"a\": [\n         1,\n         2\n"
	        "      ],\n      \"b\": {}\n   },\n   \"error\": 0\n}"));
	/* An object without a mark is a result that nobody wrapped. */
	CU_ASSERT(merges(HTTP, ONE(" {\"message\": \"text\"}\n"), 0,
	    "{\"message\": \"text\", \"error\": 0}"));
	CU_ASSERT(merges(WIRE,
	    TWO("{\"older_than\": \"7d\", \"n\": null}",
	        "{\"older_than\": \"1d\", \"n\": 3}"),
	    0, PLAIN("{\"older_than\": \"7d\", \"n\": 3}")));
	/* What cannot be added. */
	CU_ASSERT(merges(WIRE, TWO("{\"a\": 1}", "{\"a\": \"1\"}"), -1, NULL));
	CU_ASSERT(merges(WIRE, TWO("{\"a\": [1]}", "{\"a\": {}}"), -1, NULL));
}

/* Integers add up as far as there are any here, and never become others. */
static void
test_numbers(void)
{
	static const struct {
		const char *a, *b, *sum; /* NULL: refused */
	} v[] = {
		{ "9223372036854775807", "1", "9223372036854775808" },
		{ "9223372036854775807", "9223372036854775807",
		    "18446744073709551614" },
		{ "18446744073709551615", "0", "18446744073709551615" },
		{ "18446744073709551615", "-1", "18446744073709551614" },
		{ "18446744073709551615", "false", "18446744073709551615" },
		{ "18446744073709551615", "true", NULL },
		{ "-9223372036854775808", "9223372036854775808", "0" },
		{ "-9223372036854775808", "-1", NULL },
		{ "18446744073709551616", "0", NULL },
		{ "-9223372036854775809", "0", NULL },
		{ "100000000000000000000", "0", NULL },
		{ "10000000000000000000", "0", "10000000000000000000" },
		{ "18446744073709551616.0", "0.5", "1.8446744073709552e+19" },
		{ "1e+20", "0", "1e+20" },
	};
	char a[64], b[64], want[64];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		snprintf(a, sizeof(a), "{\"a\": %s}", v[i].a);
		snprintf(b, sizeof(b), "{\"a\": %s}", v[i].b);
		if (v[i].sum != NULL)
			snprintf(want, sizeof(want),
			    "{\"a\": %s, \"error\": 0}", v[i].sum);
		CU_ASSERT(merges(HTTP, TWO(a, b), v[i].sum == NULL ? -1 : 0,
		    v[i].sum == NULL ? NULL : want));
	}
	/* Not what looks like one in a text, nor the end of the text itself. */
	CU_ASSERT(merges(HTTP, ONE("{\"a\": \"99999999999999999999\"}"), 0,
	    "{\"a\": \"99999999999999999999\", \"error\": 0}"));
	CU_ASSERT(merges(HTTP, ONE("{\"a\": 99999999999999999999"), -1, NULL));
	CU_ASSERT(merges(HTTP, ONE("{\"a\": -"), -1, NULL));
}

static void
test_priority(void)
{
	CU_ASSERT(merges(WIRE,
	    THREE(PRIO("[\"KO\", \"OK\"]", "{\"s\": \"OK\", \"t\": \"?\"}"),
	        PRIO("[\"KO\", \"OK\"]", "{\"s\": \"KO\", \"t\": \"OK\"}"),
	        PRIO("[\"KO\", \"OK\"]", "{\"s\": \"OK\", \"t\": \"OK\"}")),
	    0, PRIO("[\"KO\", \"OK\"]", "{\"s\": \"KO\", \"t\": \"OK\"}")));
	/* That of the first counts. */
	CU_ASSERT(merges(HTTP,
	    TWO(PLAIN("{\"s\": \"OK\"}"), PRIO("[\"KO\"]", "{\"s\": \"KO\"}")),
	    0, "{\"s\": \"OK|KO\", \"error\": 0}"));
	CU_ASSERT(merges(HTTP,
	    TWO(PRIO("[\"A\", \"B\"]", "{\"s\": \"x\"}"),
	        PRIO("null", "{\"s\": \"y\"}")),
	    0, "{\"s\": \"x|y\", \"error\": 0}"));
	CU_ASSERT(merges(HTTP, ONE(PRIO("\"A\"", "{\"s\": \"x\"}")), -1, NULL));
}

/* Equal is what Python finds equal; what b has twice it has twice. */
static void
test_lists(void)
{
	CU_ASSERT(merges(HTTP,
	    TWO("{\"l\": [1, \"1\", {\"a\": 1, \"b\": [true]}, null, \"d\", "
	        "\"d\"]}",
	        "{\"l\": [1.0, true, 1.5, 1.5, {\"b\": [1], \"a\": 1.0}, "
	        "null, [], \"1\", \"e\", \"e\", \"d\"]}"),
	    0,
	    "{\"l\": [1, \"1\", {\"a\": 1, \"b\": [true]}, null, \"d\", \"d\", "
	    "1.5, 1.5, [], \"e\", \"e\"], \"error\": 0}"));
}

/* A mapping in both is a result in the result, and stays one. */
static void
test_nested(void)
{
	CU_ASSERT(merges(HTTP,
	    THREE("{\"d\": {\"a\": 1, \"e\": {\"x\": \"y\"}}}",
	        "{\"d\": {\"a\": 2, \"e\": {\"x\": \"z\"}}}",
	        "{\"d\": {\"a\": 4}, \"f\": {\"g\": 1}}"),
	    0,
	    "{\"d\": " PLAIN("{\"a\": 7, \"e\": " PLAIN(
	        "{\"x\": \"y|z\"}") "}") ", \"f\": {\"g\": 1}, \"error\": 0}"));
}

/* A mark with no mapping behind it is no result. */
static void
test_nested_odd(void)
{
#define MARK(x) "{\"__wazuh_result__\": " x "}"
	static const char *const odd[] = { MARK("1"), MARK("null"), MARK("{}"),
		MARK("{\"__object__\": []}"), MARK("{\"__object__\": {}}"),
		MARK("{\"__object__\": {\"result\": 5}}"),
		MARK("{\"__object__\": {\"dikt\": null}}"),
		MARK("{\"__object__\": {\"result\": null, \"dikt\": {}}}") };
	char bad[128];
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		snprintf(bad, sizeof(bad), "{\"d\": %s}", odd[i]);
		CU_ASSERT(merges(WIRE, TWO(bad, bad), -1, NULL));
		CU_ASSERT(merges(WIRE, TWO("{\"d\": {}}", bad), -1, NULL));
		CU_ASSERT(merges(WIRE, TWO(bad, "{\"d\": {}}"), -1, NULL));
		/* Nobody looks into one that is alone. */
		CU_ASSERT(merges(WIRE, TWO(bad, "{}"), 0, NULL));
	}
	CU_ASSERT(merges(HTTP,
	    TWO("{\"d\": {\"__wazuh_result__\": {\"__object__\": {\"dikt\": "
	        "{\"a\": 1}}}}}",
	        "{\"d\": {\"a\": 2}}"),
	    0, "{\"d\": " PLAIN("{\"a\": 3}") ", \"error\": 0}"));
}

static void
test_sorted(void)
{
	/* By number, not by text; the first one's item where both are equal. */
	CU_ASSERT(merges(HTTP,
	    THREE(LIST("[{\"id\": \"2\", \"n\": 1}, {\"id\": \"10\"}]",
	              "[\"id\"]", "[\"int\"]", "2"),
	        LIST("[{\"id\": \"002\", \"n\": 2}, {\"id\": 9.7}]", "[\"x\"]",
	            "[\"str\"]", "2"),
	        LIST("[{\"id\": \" -1\"}, {\"id\": \"+1_000\"}]", "null",
	            "[\"int\"]", "5")),
	    0,
	    DATA("[{\"id\": \" -1\"}, {\"id\": \"2\", \"n\": 1}, "
	         "{\"id\": \"002\", \"n\": 2}, {\"id\": 9.7}, "
	         "{\"id\": \"10\"}, {\"id\": \"+1_000\"}]",
	        "9")));
	/* Null and what is not there go first, in both directions. */
	CU_ASSERT(merges(HTTP,
	    TWO(ITEMS("[{\"a\": null}, {\"a\": \"z\"}]", "[\"a\"]", "[\"str\"]",
	            "[false]", "2", "0", "{}", "[]", "[]"),
	        LIST("[{}, {\"a\": \"b\"}]", "null", "[\"int\"]", "2")),
	    0,
	    DATA("[{\"a\": null}, {}, {\"a\": \"z\"}, {\"a\": \"b\"}]", "4")));
	/* Lists that are not sorted are merged all the same, head by head. */
	CU_ASSERT(merges(HTTP,
	    TWO(LIST("[5, 1]", "null", "[\"int\"]", "2"),
	        LIST("[3, 4]", "null", "[\"int\"]", "2")),
	    0, DATA("[3, 4, 5, 1]", "4")));
	CU_ASSERT(merges(HTTP,
	    TWO(LIST("[]", "null", "[\"int\"]", "0"),
	        LIST("[ ]", "null", "[\"int\"]", "0")),
	    0,
	    "{\"data\": {\"affected_items\": [], \"total_affected_items\": 0, "
	    "\"total_failed_items\": 0, \"failed_items\": []}, "
	    "\"message\": \"None\", \"error\": 0}"));
}

/* Several fields, as many as there are directions and casts. */
static void
test_fields(void)
{
	CU_ASSERT(merges(HTTP,
	    TWO(ITEMS("[{\"a\": {\"b.c\": \"x\"}, \"n\": 5}]",
	            "[\"a.b\\\\.c\", \"n\"]", "[\"str\", \"int\"]",
	            "[true, false]", "1", "0", "{}", "[]", "[]"),
	        LIST("[{\"a\": {\"b.c\": \"x\"}, \"n\": 7}]", "null",
	            "[\"int\"]", "1")),
	    0,
	    DATA("[{\"a\": {\"b.c\": \"x\"}, \"n\": 7}, "
	         "{\"a\": {\"b.c\": \"x\"}, \"n\": 5}]",
	        "2")));
	/* One direction only: the second field is not looked at. */
	CU_ASSERT(merges(HTTP,
	    TWO(ITEMS("[{\"a\": 1, \"n\": 7}]", "[\"a\", \"n\"]",
	            "[\"int\", \"int\"]", "[true]", "1", "0", "{}", "[]", "[]"),
	        LIST("[{\"a\": 1, \"n\": 5}]", "null", "[\"int\"]", "1")),
	    0, DATA("[{\"a\": 1, \"n\": 7}, {\"a\": 1, \"n\": 5}]", "2")));
	/* Nodes have sent these for a direction. */
	CU_ASSERT(merges(HTTP,
	    TWO(ITEMS("[2]", "null", "[\"int\"]", "\"True\"", "1", "0", "{}",
	            "[]", "[]"),
	        ITEMS("[1]", "null", "[\"int\"]", "[\"True\"]", "1", "0", "{}",
	            "[]", "[]")),
	    0, DATA("[1, 2]", "2")));
	CU_ASSERT(merges(HTTP,
	    TWO(ITEMS("[2]", "null", "[\"int\"]", "[\"True\"]", "1", "0", "{}",
	            "[]", "[]"),
	        LIST("[1]", "null", "[\"int\"]", "1")),
	    0, DATA("[1, 2]", "2")));
	/* No field at all: one after the other. */
	CU_ASSERT(merges(HTTP,
	    TWO(LIST("[{}, 2]", "[]", "[\"int\"]", "2"),
	        LIST("[1]", "[]", "[\"int\"]", "1")),
	    0, DATA("[{}, 2, 1]", "3")));
}

static int
casts(const char *cast, const char *a, const char *b, bool b_first)
{
	char x[2048], y[2048], want[1024];

	snprintf(x, sizeof(x), LIST("[%s]", "null", "[\"%s\"]", "1"), a, cast);
	snprintf(y, sizeof(y), LIST("[%s]", "null", "[\"%s\"]", "1"), b, cast);
	snprintf(want, sizeof(want), DATA("[%s, %s]", "2"), b_first ? b : a,
	    b_first ? a : b);
	return (merges(HTTP, TWO(x, y), 0, want));
}

static int
refused(const char *cast, const char *a, const char *b)
{
	char x[2048], y[2048];

	snprintf(x, sizeof(x), LIST("[%s]", "null", "[\"%s\"]", "1"), a, cast);
	snprintf(y, sizeof(y), LIST("[%s]", "null", "[\"%s\"]", "1"), b, cast);
	return (merges(HTTP, TWO(x, y), -1, NULL) &&
	    merges(HTTP, TWO(y, x), -1, NULL));
}

static void
test_casts(void)
{
	/* int() */
	CU_ASSERT(casts("int", "\"100000000000000000000000\"",
	    "\"99999999999999999999999\"", true));
	CU_ASSERT(casts("int", "\"-99999999999999999999999\"",
	    "\"-100000000000000000000000\"", true));
	CU_ASSERT(casts("int", "\"-0\"", "\"000\"", false));
	CU_ASSERT(casts("int", "true", "0", true));
	CU_ASSERT(casts("int", "1e+300", "18446744073709551615", true));
	CU_ASSERT(casts("int", "2.9", "2", false));
	CU_ASSERT(casts("int", "\" 7\\t\"", "\"6\"", true));
	CU_ASSERT(refused("int", "1", "\"1.5\""));
	CU_ASSERT(refused("int", "1", "\"\""));
	CU_ASSERT(refused("int", "1", "\"1__0\""));
	CU_ASSERT(refused("int", "1", "\"_1\""));
	CU_ASSERT(refused("int", "1", "\"1 2\""));
	CU_ASSERT(refused("int", "1", "[]"));
	CU_ASSERT(refused("int", "1", "{\"a\": 1}"));
	CU_ASSERT(refused("int", "1", "NaN"));
	CU_ASSERT(
	    refused("int", "1", "{\"__wazuh_datetime__\": \"2024-05-06\"}"));
	/* float() */
	CU_ASSERT(casts("float", "\"1.5\"", "\" 1.25 \"", true));
	CU_ASSERT(casts("float", "10", "\"9.5\"", true));
	CU_ASSERT(refused("float", "1", "\"0x10\""));
	CU_ASSERT(refused("float", "1", "\"\""));
	CU_ASSERT(refused("float", "1", "\"1 2\""));
	CU_ASSERT(refused("float", "1", "\"1\\u0000\""));
	CU_ASSERT(refused("float", "1", "{}"));
	/* bool() */
	CU_ASSERT(casts("bool", "\"x\"", "\"\"", true));
	CU_ASSERT(casts("bool", "\"y\"", "\"x\"", false));
	CU_ASSERT(casts("bool", "{\"a\": 1}", "[]", true));
	CU_ASSERT(casts("bool", "0.5", "0", true));
	/* str(), with that of Python for what is no text */
	CU_ASSERT(casts("str", "\"10\"", "\"9\"", false));
	CU_ASSERT(casts("str", "10", "9", false));
	CU_ASSERT(casts("str", "\"None\"", "null", true));
	CU_ASSERT(casts("str", "true", "\"Trud\"", true));
	CU_ASSERT(casts("str", "true", "\"Truf\"", false));
	CU_ASSERT(casts("str", "\"\\u00e9\"", "\"z\"", true));
	CU_ASSERT(
	    casts("str", "{\"n\": \"b\", \"a\": 1}", "{\"n\": \"a\"}", true));
	CU_ASSERT(casts("str", "{\"n\": true}", "{\"n\": \"z\"}", true));
	CU_ASSERT(casts("str", "{\"a\": null}", "\"{'a': None}\"", false));
	CU_ASSERT(casts("str", "{\"a\": null}", "\"{'a': Non\"", true));
	CU_ASSERT(casts("str", "{\"a\": [1.0, 1e+22, \"it's\", \"\\\"'\"]}",
	    "\"{'a': [1.0, 1e+22, \\\"it's\\\", '\\\"\\\\'']\"", true));
	CU_ASSERT(casts("str", "{\"a\": \"\\n\\u0001\\\\\"}",
	    "\"{'a': '\\\\n\\\\x01\\\\\\\\'\"", true));
	CU_ASSERT(merges(HTTP,
	    TWO(LIST("[1]", "null", "[\"dict\"]", "1"),
	        LIST("[1]", "null", "[\"int\"]", "1")),
	    -1, NULL));
	CU_ASSERT(
	    merges(HTTP, ONE(LIST("[1]", "null", "\"int\"", "1")), -1, NULL));
	CU_ASSERT(
	    merges(HTTP, ONE(LIST("[1]", "{}", "[\"int\"]", "1")), -1, NULL));
	CU_ASSERT(
	    merges(HTTP, ONE(LIST("[1]", "[1]", "[\"int\"]", "1")), -1, NULL));
	/* One part alone is compared with nothing. */
	CU_ASSERT(
	    merges(HTTP, ONE(LIST("[{}, \"x\"]", "null", "[\"int\"]", "7")), 0,
	        DATA("[{}, \"x\"]", "7")));
}

/* Marks of dates are for nodes; clients get the date. */
static void
test_dates(void)
{
	static const char a[] = LIST("[{\"d\": {\"__wazuh_datetime__\": "
	                             "\"2024-05-06T07:08:09+00:00\"}}]",
	    "[\"d\"]", "[\"str\"]", "1");
	static const char b[] =
	    LIST("[{\"d\": {\"__wazuh_datetime__\": "
	         "\"2024-05-06T07:08:08.5+00:00\"}}, {\"d\": "
	         "\"2024-05-06 07:08:09+00:01\"}]",
	        "[\"d\"]", "[\"str\"]", "2");

	CU_ASSERT(merges(HTTP, TWO(a, b), 0,
	    DATA("[{\"d\": \"2024-05-06T07:08:08.5+00:00\"}, "
	         "{\"d\": \"2024-05-06T07:08:09+00:00\"}, "
	         "{\"d\": \"2024-05-06 07:08:09+00:01\"}]",
	        "3")));
	CU_ASSERT(merges(WIRE, ONE(a), 0, a));
	CU_ASSERT(merges(HTTP,
	    ONE("{\"x\": {\"__wazuh_datetime__\": \"2024\", "
	        "\"y\": 1}}"),
	    0,
	    "{\"x\": {\"__wazuh_datetime__\": \"2024\", \"y\": 1}, "
	    "\"error\": 0}"));
}

/* Failures of both, each id once, in the order of the original. */
static void
test_failed(void)
{
	static const char a[] = ITEMS("[]", "null", "[\"int\"]", "[true]", "0",
	    "3", "{}", "[" KEY("1800") ", " KEY("1703") "]",
	    "[[\"b\", \"10\"], [\"9\"]]");
	static const char b[] = ITEMS("[]", "null", "[\"int\"]", "[true]", "0",
	    "3", "{}", "[" KEY("1703") ", " KEY("1800") "]",
	    "[[\"10\", \"9\"], [\"a\"]]");

	CU_ASSERT(merges(WIRE, TWO(a, b), 0,
	    ITEMS("[]", "null", "[\"int\"]", "[true]", "0", "5", "{}",
	        "[" KEY("1703") ", " KEY("1800") "]",
	        "[[\"9\", \"10\"], [\"10\", \"a\", \"b\"]]")));
	/* Ids may be numbers; whatever else is none. */
	CU_ASSERT(merges(WIRE,
	    ONE(ITEMS("[]", "null", "[\"int\"]", "[true]", "0", "3", "{}",
	        "[" KEY("4001") "]", "[[100, 99, \"99\"]]")),
	    0,
	    ITEMS("[]", "null", "[\"int\"]", "[true]", "0", "3", "{}",
	        "[" KEY("4001") "]", "[[\"99\", 99, 100]]")));
	CU_ASSERT(merges(WIRE,
	    ONE(ITEMS("[]", "null", "[\"int\"]", "[true]", "0", "1", "{}",
	        "[" KEY("4001") "]", "[[{}]]")),
	    -1, NULL));
	/* The two lists have to be as long as each other. */
	CU_ASSERT(merges(WIRE,
	    ONE(ITEMS("[]", "null", "[\"int\"]", "[true]", "0", "1", "{}",
	        "[" KEY("4001") "]", "[]")),
	    -1, NULL));
	CU_ASSERT(merges(WIRE,
	    ONE(ITEMS("[]", "null", "[\"int\"]", "[true]", "0", "1", "{}", "[]",
	        "[[]]")),
	    -1, NULL));
	CU_ASSERT(merges(WIRE,
	    ONE(ITEMS("[]", "null", "[\"int\"]", "[true]", "0", "1", "{}",
	        "[{\"__class__\": \"ValueError\", \"__object__\": "
	        "{\"code\": 1}}]",
	        "[[]]")),
	    -1, NULL));
}

#define NOID ", \"ids\": []"
#define ID9  ", \"ids\": [\"9\"]"

static void
test_errors(void)
{
	static const char list[] = LIST("[1]", "null", "[\"int\"]", "1");
	static const char about[] =
	    ERROR("WazuhError", "Bad Request", "3022", ID9);
	static const char none[] =
	    ERROR("WazuhResourceNotFound", "Resource Not Found", "1730", NOID);
	static const char inner[] =
	    ERROR("WazuhInternalError", "Wazuh Internal Error", "1017", "");
	char mine[1024];
	const struct errdesc *ed = errors_find(3022);

	CU_ASSERT(merges(WIRE, TWO(list, none), 0, none));
	CU_ASSERT(merges(WIRE, TWO(none, list), 0, none));
	CU_ASSERT(merges(WIRE, THREE(list, inner, list), 0, inner));
	CU_ASSERT(merges(WIRE, THREE(list, about, inner), 0, inner));
	CU_ASSERT(merges(WIRE, TWO("{\"a\": 1}", about), 0, about));
	CU_ASSERT(merges(WIRE, TWO(about, "{\"a\": 1}"), 0, about));
	snprintf(mine, sizeof(mine),
	    "{\"data\": {\"affected_items\": [1, 1], "
	    "\"total_affected_items\": 2, \"total_failed_items\": 1, "
	    "\"failed_items\": [{\"error\": {\"code\": 3022, \"message\": "
	    "\"%s\"%s%s%s}, \"id\": [\"9\"]}]}, \"message\": \"Some\", "
	    "\"error\": 2}",
	    ed->ed_message,
	    ed->ed_remedy == NULL ? "" : ", \"remediation\": \"",
	    ed->ed_remedy == NULL ? "" : ed->ed_remedy,
	    ed->ed_remedy == NULL ? "" : "\"");
	CU_ASSERT(merges(HTTP, THREE(list, about, list), 0, mine));
	CU_ASSERT(merges(HTTP, THREE(about, list, list), 0, mine));
	CU_ASSERT(merges(HTTP, THREE(list, list, about), 0, mine));
	CU_ASSERT(merges(HTTP, THREE(about, about, ONE(list)[0]), 0, NULL));
}

/* What a client gets of an error of another node. */
static void
test_problem(void)
{
	static const char error[] =
	    "{\"__wazuh_exception__\": {\"__class__\": \"WazuhError\", "
	    "\"__object__\": {\"title\": \"Wazuh Cluster Error\", \"code\": "
	    "1810, \"extra_message\": \"said so\", \"cmd_error\": true, "
	    "\"extra_remediation\": \"try\", \"dapi_errors\": {\"n1\": "
	    "{\"error\": \"e\"}}}}}";
	static const char extra[] =
	    "{\"__wazuh_exception__\": {\"__class__\": "
	    "\"WazuhInternalError\", \"__object__\": {\"code\": 1017, "
	    "\"extra_message\": {\"node_name\": \"n1\", "
	    "\"not_ready_daemons\": \"wazuh-db->stopped\"}}}}";
	char want[1024];

	CU_ASSERT(merges(HTTP, ONE(error), 0,
	    "{\"title\": \"Wazuh Cluster Error\", \"detail\": \"said so\", "
	    "\"remediation\": \"try\", \"dapi_errors\": {\"n1\": {\"error\": "
	    "\"e\"}}, \"error\": 1810}"));
	snprintf(want, sizeof(want),
	    "{\"title\": \"Wazuh Internal Error\", \"detail\": \"%s: n1: "
	    "wazuh-db->stopped\", \"error\": 1017}",
	    errors_find(1017)->ed_message);
	CU_ASSERT(merges(HTTP, ONE(extra), 0, want));
	/* dapi_errors of both; the ids of both. */
	CU_ASSERT(merges(WIRE,
	    TWO("{\"__wazuh_exception__\": {\"__class__\": \"WazuhError\", "
	        "\"__object__\": {\"code\": 1703, \"dapi_errors\": {\"a\": 1, "
	        "\"b\": 2}, \"ids\": [\"1\"]}}}",
	        "{\"__wazuh_exception__\": {\"__class__\": \"WazuhError\", "
	        "\"__object__\": {\"code\": 1701, \"dapi_errors\": {\"b\": 3}, "
	        "\"ids\": [\"2\", \"1\"]}}}"),
	    0,
	    "{\"__wazuh_exception__\": {\"__class__\": \"WazuhError\", "
	    "\"__object__\": {\"type\": \"about:blank\", \"title\": "
	    "\"Bad Request\", \"code\": 1703, \"extra_message\": null, "
	    "\"extra_remediation\": null, \"cmd_error\": false, "
	    "\"dapi_errors\": {\"a\": 1, \"b\": 3}, \"ids\": [\"1\", "
	    "\"2\"]}}}"));
}

/* Keys beside the items, in each form. */
static void
test_dikt(void)
{
	static const char a[] = ITEMS("[1]", "null", "[\"int\"]", "[true]", "1",
	    "0", "{\"older_than\": \"7d\", \"m\": [1, 2]}", "[]", "[]");
	static const char b[] = ITEMS("[2]", "null", "[\"int\"]", "[true]", "1",
	    "0", "{\"older_than\": \"1d\", \"m\": [3]}", "[]", "[]");

	CU_ASSERT(merges(WIRE, TWO(a, b), 0,
	    ITEMS("[1, 2]", "null", "[\"int\"]", "[true]", "2", "0",
	        "{\"older_than\": \"7d\", \"m\": [1, 2, 3]}", "[]", "[]")));
	CU_ASSERT(merges(HTTP, TWO(a, b), 0,
	    "{\"data\": {\"affected_items\": [1, 2], "
	    "\"total_affected_items\": 2, \"total_failed_items\": 0, "
	    "\"failed_items\": [], \"older_than\": \"7d\", \"m\": [1, 2, 3]}, "
	    "\"message\": \"All\", \"error\": 0}"));
	/* Keys that are there for people already are not there twice. */
	CU_ASSERT(merges(HTTP,
	    ONE(ITEMS("[1]", "null", "[\"int\"]", "[true]", "1", "0",
	        "{\"affected_items\": [2], \"total_affected_items\": 9, "
	        "\"total_failed_items\": 9, \"failed_items\": 9, \"m\": 1}",
	        "[]", "[]")),
	    0,
	    "{\"data\": {\"affected_items\": [1], "
	    "\"total_affected_items\": 1, \"total_failed_items\": 0, "
	    "\"failed_items\": [], \"m\": 1}, \"message\": \"All\", "
	    "\"error\": 0}"));
	CU_ASSERT(merges(PRETTY, ONE(a), 0,
	    "{\n   \"data\": {\n      \"affected_items\": [\n         1\n"
	    "      ],\n      \"total_affected_items\": 1,\n"
	    "      \"total_failed_items\": 0,\n      \"failed_items\": [],\n"
	    "      \"older_than\": \"7d\",\n      \"m\": [\n         1,\n"
	    "         2\n      ]\n   },\n   \"message\": \"All\",\n"
	    "   \"error\": 0\n}"));
}

static void
test_refused(void)
{
	static const char good[] =
	    LIST("[1, {\"a\": \"}]\\\"\"}]", "null", "[\"int\"]", "2");
	static const char *const bad[] = { "", " ", "1", "[]", "null", "\"x\"",
		"{", "{}x", "{}{}", "{\"a\"}", "{\"a\": }", "{\"a\": 1,}",
		"{a: 1}", "{'a': 1}", "{\"a\": \"\xff\"}",
		"{\"\xed\xa0\x80\": 1}", "{\"a\": tru}", "{\"a\": 1 2}",
		"{\"a\": \"\\x\"}", "{\"__callable__\": {\"__name__\": \"f\"}}",
		"{\"__wazuh_datetime__\": \"2024-05-06\"}",
		"{\"__unhandled_exc__\": {\"__class__\": \"ValueError\", "
		"\"__args__\": []}}",
		"{\"__wazuh_result__\": {}}",
		"{\"__wazuh_result__\": {\"__class__\": \"X\", \"__object__\": "
		"{\"str_priority\": null, \"result\": {}}}}",
		"{\"__wazuh_result__\": {\"__class__\": \"WazuhResult\", "
		"\"__object__\": {\"str_priority\": null}}}",
		PLAIN("[]"), PLAIN("null"), ERROR("X", "t", "1", ""),
		ERROR("WazuhError", "t", "0", ""),
		ERROR("WazuhError", "t", "65536", ""),
		ERROR("WazuhError", "t", "\"1\"", ""),
		ERROR("WazuhError", "t", "1", ", \"x\": 1"),
		ERROR("WazuhError", "t", "1", ", \"ids\": {}"),
		ERROR("WazuhInternalError", "t", "1", ", \"ids\": []"),
		LIST("{}", "null", "[\"int\"]", "1"),
		LIST("[1", "null", "[\"int\"]", "1"),
		LIST("[1, ]", "null", "[\"int\"]", "1"),
		LIST("[1 2]", "null", "[\"int\"]", "1"),
		LIST("[x]", "null", "[\"int\"]", "1"),
		LIST("[]", "null", "[\"int\"]", "-1"),
		LIST("[]", "null", "[\"int\"]", "1.0") };
	char cut[2048];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!merges(HTTP, ONE(bad[i]), -1, NULL) ||
		    !merges(WIRE, TWO(good, bad[i]), -1, NULL))
			CU_FAIL(bad[i]);
	/* No beginning of a part is one. */
	CU_ASSERT(merges(WIRE, ONE(good), 0, good));
	for (i = 0; i < sizeof(good) - 1; i++) {
		memcpy(cut, good, i);
		cut[i] = '\0';
		if (!merges(HTTP, ONE(cut), -1, NULL))
			CU_FAIL(cut);
	}
	/* Kinds that do not go together. */
	CU_ASSERT(merges(HTTP, TWO(good, "{\"a\": 1}"), -1, NULL));
	CU_ASSERT(merges(HTTP, TWO("{\"a\": 1}", good), -1, NULL));
	CU_ASSERT(merges(HTTP, (const char *const[]){ NULL }, -1, NULL));
}

/* How deep a value may be. */
static void
test_depth(void)
{
	char text[128], *p;
	int i, k;

	for (k = 0; k < 2; k++) {
		p = text + snprintf(text, sizeof(text), "{\"a\": ");
		for (i = 0; i < MERGE_DEPTH - 1 + k; i++)
			*p++ = '[';
		*p++ = '1';
		for (i = 0; i < MERGE_DEPTH - 1 + k; i++)
			*p++ = ']';
		memcpy(p, "}", 2);
		CU_ASSERT(merges(HTTP, ONE(text), k == 0 ? 0 : -1, NULL));
	}
}

static void
test_parts(void)
{
	struct merge_text v[MERGE_PARTS + 1];
	struct result rs;
	const char *why;
	size_t i;

	for (i = 0; i < MERGE_PARTS + 1; i++) {
		v[i].mt_text = LIST("[1]", "null", "[\"int\"]", "1");
		v[i].mt_len = strlen(v[i].mt_text);
	}
	for (i = 0; i < 2; i++) {
		result_init(&rs, false, NULL);
		CU_ASSERT_EQUAL(
		    merge_results(&rs, v, MERGE_PARTS + i, &why), -(int)i);
		CU_ASSERT_EQUAL(rs.rs_items, i == 0 ? MERGE_PARTS : 0);
		result_free(&rs);
	}
}

/* --- bounds of what is held ---------------------------------------------- */

#define HEAD                                                                    \
	"{\"__wazuh_result__\": {\"__class__\": \"AffectedItemsWazuhResult\", " \
	"\"__object__\": {\"affected_items\": ["
#define TAIL                                                               \
	"], \"sort_fields\": [], \"sort_ascending\": [true], "             \
	"\"total_affected_items\": 1, \"dikt\": {}, \"all_msg\": \"\", "   \
	"\"some_msg\": \"\", \"none_msg\": \"\", \"failed_items_keys\": [" \
	"], \"failed_items_values\": []}}}"
#define FAILS                                                                   \
	"{\"__wazuh_result__\": {\"__class__\": \"AffectedItemsWazuhResult\", " \
	"\"__object__\": {\"affected_items\": [], \"sort_fields\": null, "      \
	"\"sort_ascending\": [true], \"total_affected_items\": 0, "             \
	"\"dikt\": {}, \"all_msg\": \"\", \"some_msg\": \"\", "                 \
	"\"none_msg\": \"\", \"failed_items_keys\": [" KEY(                     \
	    "1703") "], "                                                       \
	            "\"failed_items_values\": [["

/* Merge a text, parts times, that repeats what n times. What came of it. */
static int
repeated(const char *head, const char *what, size_t n, const char *tail,
    size_t parts, struct result *rs)
{
	struct merge_text v[MERGE_PARTS];
	struct buf b;
	const char *why;
	size_t i;
	int r;

	buf_init(&b, RESULT_MAX);
	buf_addz(&b, head);
	for (i = 0; i < n; i++) {
		buf_addz(&b, i == 0 ? "" : ", ");
		buf_addz(&b, what);
	}
	buf_addz(&b, tail);
	for (i = 0; i < parts; i++) {
		v[i].mt_text = (const char *)b.b_data;
		v[i].mt_len = b.b_len;
	}
	result_init(rs, false, NULL);
	r = merge_results(rs, v, parts, &why);
	buf_free(&b);
	return (r);
}

/* Twenty values in few bytes. */
#define DEEP "[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]"

static void
test_held(void)
{
	static const char map[] = "{\"a\": [";
	const size_t most = MERGE_HELD / (20 * MERGE_VALUE);
	const struct {
		const char *head, *what, *tail;
		size_t n, parts;
		int rv;
	} v[] = {
		/* Many items are no bound, many values in one piece are. */
		{ HEAD, DEEP, TAIL, most, 1, 0 },
		{ map, DEEP, "]}", most, 1, -1 },
		{ map, DEEP, "]}", most / 2, 1, 0 },
		/* All parts together count. */
		{ map, DEEP, "]}", most / 2, 2, -1 },
		/* One item of each is held at a time. */
		{ HEAD "[", DEEP, "]" TAIL, most / 2, 1, 0 },
		{ HEAD "[", DEEP, "]" TAIL, most / 2, 2, -1 },
		{ FAILS, "\"1\"", "]]}}}", 20 * most, 1, -1 },
		{ FAILS, "\"1\"", "]]}}}", most, 2, 0 },
		/* Keys that nobody wants are passed by, but not for ever. */
		{ "{", "\"k\": 1", "}", 4096, 1, 0 },
		{ "{", "\"k\": 1", "}", 4097, 1, -1 },
	};
	struct result rs;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL(repeated(v[i].head, v[i].what, v[i].n,
		                    v[i].tail, v[i].parts, &rs),
		    v[i].rv);
		result_free(&rs);
	}
}

static const struct unit_case cases[] = {
	{ "plain", test_plain },
	{ "numbers", test_numbers },
	{ "priority", test_priority },
	{ "lists", test_lists },
	{ "nested", test_nested },
	{ "nested odd ones", test_nested_odd },
	{ "sorted", test_sorted },
	{ "fields", test_fields },
	{ "casts", test_casts },
	{ "dates", test_dates },
	{ "failed", test_failed },
	{ "errors", test_errors },
	{ "problem", test_problem },
	{ "keys beside", test_dikt },
	{ "refused", test_refused },
	{ "depth", test_depth },
	{ "number of parts", test_parts },
	{ "held", test_held },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("merge", cases));
}
