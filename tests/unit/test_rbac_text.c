/* SPDX-License-Identifier: ISC */
/*
 * Rules and policies as rbac.db holds them: the spelling is that of Python's
 * json.dumps(), what is refused is what the original refuses.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "authz/pyjson.h"
#include "authz/rbac.h"
#include "authz/rbac_text.h"
#include "tests/unit/unit.h"

#define ROOM (1024 * 1024)

typedef uint16_t (*text_fn)(const char *, size_t, struct buf *);

/* The text that is made of one, or the code that refuses it. */
static const char *
made(text_fn fn, const char *json, size_t len)
{
	static char out[ROOM];
	struct buf b;
	uint16_t code;

	buf_init(&b, ROOM);
	code = fn(json, len, &b);
	if (code != 0) {
		snprintf(out, sizeof(out), "%u", code);
	} else {
		CU_ASSERT_EQUAL(b.b_data[b.b_len], '\0');
		CU_ASSERT_EQUAL(strlen((const char *)b.b_data), b.b_len);
		memcpy(out, b.b_data, b.b_len + 1);
	}
	buf_free(&b);
	return (out);
}

static const char *
rule(const char *json)
{
	return (made(rbac_rule_text, json, strlen(json)));
}

static const char *
policy(const char *json)
{
	return (made(rbac_policy_text, json, strlen(json)));
}

/* A policy with one resource; the JSON spelling of it. */
static const char *
resource(const char *name)
{
	char json[512];

	snprintf(json, sizeof(json),
	    "{\"actions\": [\"a:b\"], \"resources\": [\"%s\"], "
	    "\"effect\": \"allow\"}",
	    name);
	return (policy(json));
}

static const char *
action(const char *name)
{
	char json[512];

	snprintf(json, sizeof(json),
	    "{\"actions\": [\"%s\"], \"resources\": [], "
	    "\"effect\": \"allow\"}",
	    name);
	return (policy(json));
}

struct pair {
	const char *from, *to;
};

static void
rules_become(const struct pair *pairs)
{
	char from[1024], want[1024];

	for (; pairs->from != NULL; pairs++) {
		snprintf(from, sizeof(from), "{\"k\":%s}", pairs->from);
		snprintf(want, sizeof(want), "{\"k\": %s}", pairs->to);
		CU_ASSERT_STRING_EQUAL(rule(from), want);
		/* What was made is made again of itself. */
		CU_ASSERT_STRING_EQUAL(rule(want), want);
	}
}

/* --- spelling ------------------------------------------------------------ */

static void
test_layout(void)
{
	CU_ASSERT_STRING_EQUAL(rule("{}"), "{}");
	CU_ASSERT_STRING_EQUAL(rule(" \t\r\n{ } "), "{}");
	CU_ASSERT_STRING_EQUAL(rule("{\"FIND\":{\"username\":\"elastic\"}}"),
	    "{\"FIND\": {\"username\": \"elastic\"}}");
	CU_ASSERT_STRING_EQUAL(
	    rule("{\"AND\":[{\"MATCH$\":{\"a\":\"b\"}},"
	         "{\"NOT\" : {\"FIND$\":{\"r'x'\":\"y\"}}}]}"),
	    "{\"AND\": [{\"MATCH$\": {\"a\": \"b\"}}, "
	    "{\"NOT\": {\"FIND$\": {\"r'x'\": \"y\"}}}]}");
	CU_ASSERT_STRING_EQUAL(rule("{\"OR\":[ ],\"x\":[null,true,false,{ }]}"),
	    "{\"OR\": [], \"x\": [null, true, false, {}]}");
}

static void
test_strings(void)
{
	static const struct pair pairs[] = {
		{ "\"\"", "\"\"" },
		{ "\"a\\/b/c\"", "\"a/b/c\"" },
		{ "\"\\\"\\\\\\b\\f\\n\\r\\t\"",
		    "\"\\\"\\\\\\b\\f\\n\\r\\t\"" },
		{ "\"\\u0041\\u007e\\u007f\"", "\"A~\\u007f\"" },
		{ "\"~\x7f\"", "\"~\\u007f\"" },
		{ "\"\\u0000\\u001F\"", "\"\\u0000\\u001f\"" },
		{ "\"\xc3\xa9\xe2\x82\xac\"", "\"\\u00e9\\u20ac\"" },
		{ "\"\\u00E9\\u20aC\"", "\"\\u00e9\\u20ac\"" },
		{ "\"\xf0\x9f\x98\x80\"", "\"\\ud83d\\ude00\"" },
		{ "\"\\uD83D\\uDE00\"", "\"\\ud83d\\ude00\"" },
		{ "\"\xf4\x8f\xbf\xbf\"", "\"\\udbff\\udfff\"" },
		/* Halves of pairs stay what they are. */
		{ "\"\\ud800\"", "\"\\ud800\"" },
		{ "\"\\ud800x\\udc00\"", "\"\\ud800x\\udc00\"" },
		{ "\"\\udc00\\ud800\"", "\"\\udc00\\ud800\"" },
		{ "\"\\ud83d\\ud83d\\ude00\"", "\"\\ud83d\\ud83d\\ude00\"" },
		{ "\"\\ud800\\u0041\"", "\"\\ud800A\"" },
		{ "\"\\ud800\\n\"", "\"\\ud800\\n\"" },
		{ NULL, NULL },
	};

	rules_become(pairs);
	CU_ASSERT_STRING_EQUAL(
	    rule("{\"\\u00e9\\n\":{\"\":1}}"), "{\"\\u00e9\\n\": {\"\": 1}}");
}

static void
test_numbers(void)
{
	static const struct pair pairs[] = {
		{ "0", "0" },
		{ "-0", "0" },
		{ "-1", "-1" },
		{ "9223372036854775808", "9223372036854775808" },
		{ "-123456789012345678901234567890",
		    "-123456789012345678901234567890" },
		{ "1.0", "1.0" },
		{ "-0.0", "-0.0" },
		{ "1.50", "1.5" },
		{ "0.1", "0.1" },
		{ "1e5", "100000.0" },
		{ "1E+16", "1e+16" },
		{ "1e15", "1000000000000000.0" },
		{ "1e-4", "0.0001" },
		{ "1e-5", "1e-05" },
		{ "123456789.123456789", "123456789.12345679" },
		{ "1e-400", "0.0" },
		{ "-1e-400", "-0.0" },
		{ "5e-324", "5e-324" },
		{ "1.7976931348623157e308", "1.7976931348623157e+308" },
		{ "9007199254740993.0", "9007199254740992.0" },
		{ NULL, NULL },
	};
	char digits[PYJSON_DIGITS + 64], want[PYJSON_DIGITS + 64];

	rules_become(pairs);
	/* As many digits as Python takes, and one more. */
	memset(want, 0, sizeof(want));
	memcpy(want, "{\"k\": ", 6);
	memset(want + 6, '7', PYJSON_DIGITS);
	want[6 + PYJSON_DIGITS] = '}';
	CU_ASSERT_STRING_EQUAL(rule(want), want);
	memset(digits, 0, sizeof(digits));
	memcpy(digits, "{\"k\": ", 6);
	memset(digits + 6, '7', PYJSON_DIGITS + 1);
	digits[6 + PYJSON_DIGITS + 1] = '}';
	CU_ASSERT_STRING_EQUAL(rule(digits), "4003");
}

/* Keys keep their order; the last of equal ones counts, at the first's place. */
static void
test_keys(void)
{
	char json[4096], want[4096];
	size_t n, m;
	int i;

	CU_ASSERT_STRING_EQUAL(rule("{\"b\":1,\"a\":2,\"c\":3}"),
	    "{\"b\": 1, \"a\": 2, \"c\": 3}");
	CU_ASSERT_STRING_EQUAL(
	    rule("{\"b\":1,\"a\":2,\"b\":[3]}"), "{\"b\": [3], \"a\": 2}");
	CU_ASSERT_STRING_EQUAL(
	    rule("{\"a\":1,\"\\u0061\":\"x\"}"), "{\"a\": \"x\"}");
	CU_ASSERT_STRING_EQUAL(
	    rule("{\"a\":{\"x\":1},\"b\":2,\"a\":1.5,\"b\":null,\"a\":[]}"),
	    "{\"a\": [], \"b\": null}");
	CU_ASSERT_STRING_EQUAL(
	    rule("{\"a\":1,\"a\\u0000\":2,\"a\\u0000\":3,\"\":4}"),
	    "{\"a\": 1, \"a\\u0000\": 3, \"\": 4}");
	/* Many, each twice and backwards the second time. */
	n = m = 0;
	for (i = 0; i < 100; i++) {
		n += (size_t)snprintf(json + n, sizeof(json) - n,
		    "%c\"k%d\":%d", i == 0 ? '{' : ',', i, i);
		m += (size_t)snprintf(want + m, sizeof(want) - m,
		    "%s\"k%d\": -%d", i == 0 ? "{" : ", ", i, i + 1);
	}
	for (i = 99; i >= 0; i--)
		n += (size_t)snprintf(
		    json + n, sizeof(json) - n, ",\"k%d\":-%d", i, i + 1);
	snprintf(json + n, sizeof(json) - n, "}");
	snprintf(want + m, sizeof(want) - m, "}");
	CU_ASSERT_STRING_EQUAL(rule(json), want);
}

/* --- what is no rule ----------------------------------------------------- */

static void
test_refused(void)
{
	static const char *const texts[] = { "", " ", "null", "true", "1",
		"\"x\"", "[]", "[{}]", "{", "}", "{}}", "{} x", "{}{}", "{,}",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}",
		"{'a':1}", "{1:1}", "{null:1}", "{\"a\":1 \"b\":2}",
		"{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 2]}", "{\"a\":[1}",
		"{\"a\":{]}", "{\"a\":01}", "{\"a\":-01}", "{\"a\":1.}",
		"{\"a\":.5}", "{\"a\":+1}", "{\"a\":-}", "{\"a\":1e}",
		"{\"a\":1e+}", "{\"a\":1.e5}", "{\"a\":0x1}", "{\"a\":NaN}",
		"{\"a\":Infinity}", "{\"a\":-Infinity}", "{\"a\":1e400}",
		"{\"a\":-1e400}", "{\"a\":nul}", "{\"a\":True}",
		"{\"a\":nulll}", "{\"a\":\"}", "{\"a\":\"\n\"}",
		"{\"a\":\"\x1f\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\\"}",
		"{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\\ud800\\u12\"}", "{\"a\":\"\\U0041\"}",
		"{\"a\":\"\x80\"}", "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xc3\"}",
		"{\"a\":\"\xc3(\"}", "{\"a\":\"\xe0\x9f\xbf\"}",
		"{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf0\x8f\xbf\xbf\"}",
		"{\"a\":\"\xf4\x90\x80\x80\"}", "{\"a\":\"\xf5\x80\x80\x80\"}",
		"{\"a\":/* */1}", "\xef\xbb\xbf{}" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CU_ASSERT_STRING_EQUAL(rule(texts[i]), "4003");
		CU_ASSERT_STRING_EQUAL(policy(texts[i]), "4006");
	}
	/* A NUL is no blank. */
	CU_ASSERT_STRING_EQUAL(made(rbac_rule_text, "{}\0", 3), "4003");
	CU_ASSERT_STRING_EQUAL(
	    made(rbac_rule_text, "{\"a\":\"\0\"}", 9), "4003");
}

/* Cut anywhere it is refused, never half of itself. */
static void
test_prefixes(void)
{
	static const char whole[] =
	    "{\"AND\": [{\"a\": \"\\ud83d\\ude00\xc3\xa9\\n\"}, -1.5e3, "
	    "true, null, 12]}";
	static const char whole_policy[] =
	    "{\"actions\": [\"agent:read\"], \"resources\": "
	    "[\"agent:id:001&agent:group:x\"], \"effect\": \"deny\"}";
	char *part;
	size_t i;

	for (i = 0; i < sizeof(whole) - 1; i++) {
		/* On the heap, so that reading behind it shows. */
		part = malloc(i + 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(part);
		memcpy(part, whole, i);
		CU_ASSERT_STRING_EQUAL(made(rbac_rule_text, part, i), "4003");
		free(part);
	}
	CU_ASSERT_STRING_EQUAL(made(rbac_rule_text, whole, i),
	    "{\"AND\": [{\"a\": \"\\ud83d\\ude00\\u00e9\\n\"}, -1500.0, "
	    "true, null, 12]}");
	for (i = 0; i < sizeof(whole_policy) - 1; i++)
		CU_ASSERT_STRING_EQUAL(
		    made(rbac_policy_text, whole_policy, i), "4006");
	CU_ASSERT_STRING_EQUAL(policy(whole_policy), whole_policy);
}

/* levels objects within each other. */
static const char *
nested(int levels)
{
	static char out[2048];
	size_t n = 0;
	int i;

	for (i = 0; i < levels - 1; i++)
		n += (size_t)snprintf(
		    out + n, sizeof(out) - n, i % 2 ? "[" : "{\"a\": ");
	n += (size_t)snprintf(out + n, sizeof(out) - n, "{}");
	while (i-- > 0)
		n += (size_t)snprintf(
		    out + n, sizeof(out) - n, i % 2 ? "]" : "}");
	return (out);
}

static void
test_limits(void)
{
	struct buf b;
	char *big;
	size_t i, n;

	CU_ASSERT_STRING_EQUAL(rule(nested(64)), nested(64));
	CU_ASSERT_STRING_EQUAL(rule(nested(65)), "4003");
	CU_ASSERT_STRING_EQUAL(rule(nested(300)), "4003");
	/* The buffer's own limit is no fault of the text. */
	buf_init(&b, 20);
	CU_ASSERT_EQUAL(
	    rbac_rule_text("{\"a\":\"01234567890\"}", 19, &b), 1000);
	buf_free(&b);
	buf_init(&b, 20);
	CU_ASSERT_EQUAL(rbac_rule_text("{\"a\":\"01234567\"}", 16, &b), 0);
	CU_ASSERT_EQUAL(b.b_len, 17);
	buf_free(&b);
	/* The object, the list, and what is in it. */
	big = malloc(2 * PYJSON_VALUES + 16);
	CU_ASSERT_PTR_NOT_NULL_FATAL(big);
	memcpy(big, "{\"a\":[", 6);
	for (i = 0, n = 6; i < PYJSON_VALUES - 2; i++) {
		big[n++] = '1';
		big[n++] = ',';
	}
	memcpy(big + n - 1, "]}", 2);
	CU_ASSERT_STRING_NOT_EQUAL(made(rbac_rule_text, big, n + 1), "4003");
	memcpy(big + n - 1, ",1]}", 4);
	CU_ASSERT_STRING_EQUAL(made(rbac_rule_text, big, n + 3), "4003");
	free(big);
}

/* --- policies ------------------------------------------------------------ */

static void
test_policy_keys(void)
{
	static const char *const refused[] = {
		"{}",
		"{\"actions\": [], \"resources\": []}",
		"{\"actions\": [], \"effect\": \"allow\"}",
		"{\"effect\": \"allow\", \"resources\": []}",
		"{\"actions\": [], \"resources\": [], \"Effect\": \"allow\"}",
		"{\"actions\": [], \"resources\": {}, \"effect\": \"allow\"}",
		"{\"actions\": \"a:b\", \"resources\": [], "
		"\"effect\": \"allow\"}",
		"{\"actions\": null, \"resources\": [], \"effect\": \"allow\"}",
		"{\"actions\": [], \"resources\": [], \"effect\": true}",
		"{\"actions\": [], \"resources\": [], \"effect\": null}",
		"{\"actions\": [], \"resources\": [], \"effect\": [\"allow\"]}",
		"{\"actions\": [1], \"resources\": [], \"effect\": \"allow\"}",
		"{\"actions\": [], \"resources\": [null], "
		"\"effect\": \"allow\"}",
		"{\"actions\": [], \"resources\": [[\"a:b:c\"]], "
		"\"effect\": \"allow\"}",
	};
	static const char more[] =
	    "{\"actions\": [], \"resources\": [], \"effect\": \"allow\", "
	    "\"note\": {\"x\": 1}}";
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		CU_ASSERT_STRING_EQUAL(policy(refused[i]), "4006");
		CU_ASSERT_STRING_EQUAL(
		    made(rbac_policy_text_set, refused[i], strlen(refused[i])),
		    "4006");
	}
	/* Empty lists are lists. The order is the client's. */
	CU_ASSERT_STRING_EQUAL(
	    policy("{\"effect\":\"\",\"resources\":[],\"actions\":[]}"),
	    "{\"effect\": \"\", \"resources\": [], \"actions\": []}");
	/* One key more is too many where a policy is made. */
	CU_ASSERT_STRING_EQUAL(policy(more), "4006");
	CU_ASSERT_STRING_EQUAL(
	    made(rbac_policy_text_set, more, strlen(more)), more);
	/* Twice the same is one. */
	CU_ASSERT_STRING_EQUAL(
	    policy("{\"effect\":1,\"resources\":[],\"actions\":[],"
	           "\"effect\":\"deny\"}"),
	    "{\"effect\": \"deny\", \"resources\": [], \"actions\": []}");
}

static void
test_policy_lower(void)
{
	CU_ASSERT_STRING_EQUAL(
	    policy("{\"actions\":[\"AGENT:Read\"],\"resources\":"
	           "[\"Agent:ID:WeB&NODE:id:N1\",\"*:*:*\"],"
	           "\"effect\":\"ALLOW\"}"),
	    "{\"actions\": [\"agent:read\"], \"resources\": "
	    "[\"agent:id:WeB&node:id:N1\", \"*:*:*\"], "
	    "\"effect\": \"allow\"}");
	/* Any word is an effect. */
	CU_ASSERT_STRING_EQUAL(
	    policy("{\"actions\":[],\"resources\":[],\"effect\":\"MayBe "
	           "\xc3\x89\"}"),
	    "{\"actions\": [], \"resources\": [], "
	    "\"effect\": \"maybe \\u00c9\"}");
}

static void
test_policy_actions(void)
{
	static const char *const good[] = { "a:b", "agent:read",
		"active-response:command", "A_b-C:d", "-:_", "a:b\\n" };
	static const char *const bad[] = { "", ":", "a", "a:", ":b", "a:b:c",
		"a b:c", "a1:b", "a:b*", "*:*", "a:b&c:d", "\xc3\xa9:b",
		"a.b:c", "a:b\\n\\n", "\\na:b", "a:b\\r", "a:b\\u0000",
		"a:\\ud800" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_STRING_NOT_EQUAL(action(good[i]), "4006");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_STRING_EQUAL(action(bad[i]), "4006");
}

/*
 * Resources that may be made, and whether the original takes them when a token
 * is used; it was asked. What it does not take breaks whoever has the policy.
 */
static const struct {
	const char *name;
	bool used;
} resources[] = {
	{ "agent:id:001", true },
	{ "*:*:*", true },
	{ "rule:file:0010-rules.xml", true },
	{ "list:file:etc/lists/audit-keys", true },
	{ "a_b:c_d:-", true },
	{ "agent:id:001&agent:group:x", true },
	{ "a:b:*&c:d:*", true },
	{ "a:b:c\\n", true },
	/* All that begins with a star. */
	{ "*:*:x", true },
	{ "*:b:c", true },
	{ "**:-:\xc3\xa9", true },
	{ "*-a:b:c&d-e:f:\xc3\xa9", true },
	/* The second of a pair only has to begin well. */
	{ "a:b:c&d:e:f\xc3\xa9", true },
	{ "a:b:c&d:e:f\\n", true },
	/* Hyphens and stars in types, letters of other alphabets, many parts. */
	{ "a-b:c:d", false },
	{ "a:c-d:x", false },
	{ "a:*:*", false },
	{ "a*:b:c", false },
	{ "a:b\xc3\xa9:c", false },
	{ "a:b:\xc3\xa9", false },
	{ "a:b:\xd9\xa3", false },
	{ "a:b:c&d:e:\xc3\xa9", false },
	{ "a:b:c\\n&d:e:f", false },
	{ "a:b:c&d-e:f:g", false },
	{ "a:b:c&*:*:*", false },
	{ "a:b:c&d:e:f&g:h:i", false },
	{ "*:*:*&a:b:c&d:e:f", false },
};

/* Can a policy of this text be used? */
static bool
used(const char *text)
{
	struct rbac_policy rp;
	size_t i;

	memset(&rp, 0, sizeof(rp));
	rp.rp_text = strdup(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rp.rp_text);
	CU_ASSERT_EQUAL(rbac_policy_read(&rp), 0);
	for (i = 0; rp.rp_actions != NULL && rp.rp_actions[i] != NULL; i++)
		free(rp.rp_actions[i]);
	for (i = 0; rp.rp_resources != NULL && rp.rp_resources[i] != NULL; i++)
		free(rp.rp_resources[i]);
	free(rp.rp_actions);
	free(rp.rp_resources);
	free(rp.rp_text);
	return (!rp.rp_bad);
}

static void
test_policy_resources(void)
{
	static const char *const refused[] = { "", "*", "*:*", "a", "a:b",
		"a:b:", ":b:c", "a::c", "a:b:c:d", "a1:b:c", "a.b:c:d",
		"a:b.c:d", "\xc3\xa9:b:c", "a:b:c d", "a:b:c@d", "a:b:c?",
		"a:b:c&", "&a:b:c", "a:b:c&&d:e:f", "a:b:c&d", "a:b:c\\n\\n",
		"a:b\\n:c", "a:b:c\\u0000", "a:b:\\ud800", "a:b:c\\u00d7" };
	const char *text;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CU_ASSERT_STRING_EQUAL(resource(refused[i]), "4006");
	for (i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		text = resource(resources[i].name);
		CU_ASSERT_STRING_NOT_EQUAL(text, "4006");
		CU_ASSERT_EQUAL(used(text), resources[i].used);
	}
}

/* What stands beside the three keys does not matter, however deep. */
static void
test_policy_beside(void)
{
	static const char head[] =
	    "{\"actions\": [], \"resources\": [], \"effect\": \"x\", "
	    "\"note\": ";
	char json[4096];

	snprintf(json, sizeof(json), "%s%s}", head, nested(31));
	CU_ASSERT_STRING_EQUAL(
	    made(rbac_policy_text_set, json, strlen(json)), json);
	CU_ASSERT_TRUE(used(json));
	snprintf(json, sizeof(json), "%s%s}", head, nested(32));
	CU_ASSERT_STRING_EQUAL(
	    made(rbac_policy_text_set, json, strlen(json)), "4006");
}

static const struct unit_case cases[] = { { "layout", test_layout },
	{ "strings", test_strings }, { "numbers", test_numbers },
	{ "keys", test_keys }, { "refused", test_refused },
	{ "prefixes", test_prefixes }, { "limits", test_limits },
	{ "policy_keys", test_policy_keys },
	{ "policy_lower", test_policy_lower },
	{ "policy_actions", test_policy_actions },
	{ "policy_resources", test_policy_resources },
	{ "policy_beside", test_policy_beside }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("rbac_text", cases));
}
