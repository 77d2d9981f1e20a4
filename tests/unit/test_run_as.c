/* SPDX-License-Identifier: ISC */
/* Authorization contexts: the tree they become, its spelling, its hash. */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/blake2b.h"
#include "authz/jsonvalue.h"
#include "authz/run_as.h"
#include "tests/unit/unit.h"

#define MUCH UINT64_C(1000000)

/* --- the hash ------------------------------------------------------------------ */

static void
hex(const uint8_t *p, size_t len, char *out)
{
	size_t i;

	for (i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static void
test_blake2b(void)
{
	/* Of bytes 0, 7, 14, ...; made with Python's hashlib. */
	static const struct {
		size_t len, outlen;
		const char *want;
	} t[] = {
		{ 0, 16, "cae66941d9efbd404e4d88758ea67670" },
		{ 1, 16, "7025e075d5e2f6cde3cc051a31f07660" },
		{ 127, 16, "40efb3ed1b6eb973c5f774422adb0230" },
		{ 128, 16, "06e5bcee475a6bf6d9b8a07c6f4ae80a" },
		{ 129, 16, "2ec7e7bf8a8265ffd68aadd70ecd2b7e" },
		{ 255, 16, "b4b6fa7ac93abe0503b7ac802593eadd" },
		{ 256, 16, "dbb08d79105462394550aa4d4e10133f" },
		{ 257, 16, "6510946411e0caf5e4de75adf990b58d" },
		{ 1024, 16, "47aa08d55bca9fb9f42d119e7722bd0f" },
		{ 129, 1, "58" },
		{ 129, 20, "fd00121d08f627a1ed72f13cbd825f971034be82" },
		{ 129, 32,
		    "3934215260b1039be9d9d2b073b059bc"
		    "d50120c327a22af93eb4d98cf821c14c" },
	};
	uint8_t data[1024], out[BLAKE2B_MAX];
	char text[2 * BLAKE2B_MAX + 1];
	size_t i;

	/* RFC 7693, appendix A. */
	blake2b(out, 64, "abc", 3);
	hex(out, 64, text);
	CU_ASSERT_STRING_EQUAL(text,
	    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
	    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(7 * i);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		blake2b(out, t[i].outlen, data, t[i].len);
		hex(out, t[i].outlen, text);
		CU_ASSERT_STRING_EQUAL(text, t[i].want);
	}
	blake2b(out, 16, NULL, 0);
	hex(out, 16, text);
	CU_ASSERT_STRING_EQUAL(text, t[0].want);
}

/* --- contexts -------------------------------------------------------------------- */

static bool
is_value(const struct jv *v, const char *want)
{
	uint64_t work = MUCH;
	struct jv w;
	bool same;

	CU_ASSERT_EQUAL_FATAL(jv_read(want, strlen(want), &w), 0);
	same = jv_equal(v, &w, &work);
	jv_free(&w);
	return (same);
}

/* Of contexts as Python's json.is_value(json.loads()) spells them. */
static void
test_hash(void)
{
	static const struct {
		const char *text, *hash;
	} t[] = {
		/* Those of recorded tokens. */
		{ "{}", "2afb9b83f9314e5d029766197f539792" },
		{ "{\"a\":1}", "6903fb303cd60ccb0a2b9c2592fa773b" },
		{ "{\"username\":\"elastic\",\"name\":\"x\"}",
		    "761c934bd7fee2c7c5f699bef227df87" },
		{ "{\"user_name\":\"admin\"}",
		    "a05a0404f0b8168640d3a161b72dde8b" },
		{ "{\"username\": \"ta2\"}",
		    "7ae9bf5cc66b5329aba16c1a1e0177b1" },
		/* Others. */
		{ "{\"\\u00e9\":\"\\ud83d\\ude00\\u007f/\\\"\\\\\\n\\u0001\"}",
		    "f1af4d3d1eaecda0d97f1a1c2ad7fbd6" },
		{ "{\"a\":[-0,-0.0,1.50,1E5,1e16,1e-5,0.1,"
		  "123456789012345678]}",
		    "7f4eb4779579e7fae859e3e579b6d87d" },
		{ "{\"a\":1,\"b\":{},\"c\":[],\"a\":2}",
		    "be4e574602afece39f3b53b85b1885a7" },
	};
	char hash[RUN_AS_HASH];
	struct jv v;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(run_as_read(t[i].text, &v, hash), 0);
		CU_ASSERT_TRUE(is_value(&v, t[i].text));
		CU_ASSERT_STRING_EQUAL(hash, t[i].hash);
		jv_free(&v);
	}
}

/* The hash is of all of it; what the rules see has no null members. */
static void
test_nulls(void)
{
	static const char text[] =
	    "{\"a\":null,\"b\":[null,{\"c\":null}],\"d\":{\"e\":null}}";
	char hash[RUN_AS_HASH];
	struct jv v;

	CU_ASSERT_EQUAL_FATAL(run_as_read(text, &v, hash), 0);
	CU_ASSERT_STRING_EQUAL(hash, "233d4d9b4b0d7ae2fec7dbcfc8783f86");
	CU_ASSERT_TRUE(
	    is_value(&v, "{\"b\": [null, {\"c\": null}], \"d\": {}}"));
	jv_free(&v);
	CU_ASSERT_EQUAL_FATAL(run_as_read("{\"n\": null}", &v, hash), 0);
	CU_ASSERT_EQUAL(v.jv.object.n, 0);
	jv_free(&v);
}

static void
test_refused(void)
{
	static const char *const t[] = { "", "[]", "null", "1", "\"x\"", "{",
		"{\"a\"}", "{\"a\":1}x", "{\"a\":1e999}", "{\"a\":\"\xff\"}",
		"{\"a\":\"\xf7\x9e\x9e\x9e\"}" };
	char hash[RUN_AS_HASH], *big;
	struct jv v;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		CU_ASSERT_EQUAL(run_as_read(t[i], &v, hash), -1);
	big = malloc(8194);
	CU_ASSERT_PTR_NOT_NULL_FATAL(big);
	memset(big, 'x', 8193);
	memcpy(big, "{\"a\":\"", 6);
	memcpy(big + 8190, "\"}", 3);
	CU_ASSERT_EQUAL_FATAL(run_as_read(big, &v, hash), 0);
	jv_free(&v);
	memcpy(big + 8191, "\"}", 3);
	big[8190] = 'x';
	CU_ASSERT_EQUAL(run_as_read(big, &v, hash), -1);
	free(big);
	/* A NUL does not end a text. */
	CU_ASSERT_EQUAL_FATAL(
	    run_as_read("{\"a\\u0000b\":\"c\\u0000d\"}", &v, hash), 0);
	CU_ASSERT_EQUAL(v.jv.object.v[0].jm_name.jt_len, 3);
	CU_ASSERT_EQUAL(v.jv.object.v[0].jm_value.jv.text.jt_len, 3);
	CU_ASSERT_FALSE(is_value(&v, "{\"a\": \"c\"}"));
	CU_ASSERT_FALSE(is_value(&v, "{\"a\\u0000b\": \"c\\u0000e\"}"));
	jv_free(&v);
}

/* --- values -------------------------------------------------------------------------- */

/* n times open, then a value, then n times close. */
static char *
nested(const char *open, const char *value, const char *close, size_t n)
{
	size_t i, o = strlen(open), v = strlen(value), c = strlen(close);
	char *s = malloc(n * (o + c) + v + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	for (i = 0; i < n; i++)
		memcpy(s + i * o, open, o);
	memcpy(s + n * o, value, v);
	for (i = 0; i < n; i++)
		memcpy(s + n * o + v + i * c, close, c);
	s[n * (o + c) + v] = '\0';
	return (s);
}

static void
test_bounds(void)
{
	struct jv v;
	char *s;
	int i;

	for (i = 0; i < 2; i++) {
		s = i == 0 ? nested("[", "1", "]", JV_DEPTH) :
		             nested("{\"a\":", "1", "}", JV_DEPTH);
		CU_ASSERT_EQUAL(jv_read(s, strlen(s), &v), 0);
		jv_free(&v);
		free(s);
		s = i == 0 ? nested("[", "1", "]", JV_DEPTH + 1) :
		             nested("{\"a\":", "{}", "}", JV_DEPTH);
		errno = 0;
		CU_ASSERT_EQUAL(jv_read(s, strlen(s), &v), -1);
		CU_ASSERT_EQUAL(errno, EINVAL);
		CU_ASSERT_EQUAL(v.jv_type, JV_NULL);
		free(s);
	}
	s = nested("[", "", "]", 4000);
	CU_ASSERT_EQUAL(jv_read(s, strlen(s), &v), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	free(s);
	/* Values: the list is one. */
	for (i = 0; i < 2; i++) {
		s = nested("1,", "1", "", PYJSON_VALUES - 2 + (size_t)i);
		s = realloc(s, strlen(s) + 3);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		memmove(s + 1, s, strlen(s) + 1);
		s[0] = '[';
		memcpy(s + strlen(s), "]", 2);
		CU_ASSERT_EQUAL(jv_read(s, strlen(s), &v), i == 0 ? 0 : -1);
		if (i == 1)
			CU_ASSERT_EQUAL(errno, EINVAL);
		jv_free(&v);
		free(s);
	}
	/* Every beginning of a text is either one or refused. */
	s = nested("{\"a\": [1.5e3, \"\\u00e9\", ", "true", "]}", 3);
	for (i = 0; (size_t)i < strlen(s); i++)
		CU_ASSERT_EQUAL(jv_read(s, (size_t)i, &v), -1);
	CU_ASSERT_EQUAL(jv_read(s, strlen(s), &v), 0);
	jv_free(&v);
	free(s);
}

static void
test_numbers(void)
{
	static const char ends[] = "[9223372036854775807, 9223372036854775808, "
	                           "-9223372036854775808]";
	struct jv v;

	CU_ASSERT_EQUAL_FATAL(jv_read("12", 2, &v), 0);
	CU_ASSERT_TRUE(v.jv_type == JV_INT && v.jv.i == 12);
	CU_ASSERT_EQUAL_FATAL(jv_read(ends, strlen(ends), &v), 0);
	CU_ASSERT_EQUAL(v.jv.list.v[0].jv_type, JV_INT);
	CU_ASSERT_EQUAL(v.jv.list.v[0].jv.i, INT64_MAX);
	CU_ASSERT_EQUAL(v.jv.list.v[1].jv_type, JV_LARGE);
	CU_ASSERT_EQUAL(v.jv.list.v[2].jv.i, INT64_MIN);
	jv_free(&v);
}

static bool
equal(const char *a, const char *b, uint64_t work)
{
	struct jv v, w;
	bool same;

	CU_ASSERT_EQUAL_FATAL(jv_read(a, strlen(a), &v), 0);
	CU_ASSERT_EQUAL_FATAL(jv_read(b, strlen(b), &w), 0);
	same = jv_equal(&v, &w, &work);
	jv_free(&v);
	jv_free(&w);
	return (same);
}

static void
test_equal(void)
{
	static const char a[] = "{\"a\": [1, {\"b\": \"x\"}], \"c\": null}";
	static const char b[] = "{\"c\": null, \"a\": [true, {\"b\": \"x\"}]}";
	uint64_t work, least = 0;

	CU_ASSERT_TRUE(equal(a, b, MUCH));
	CU_ASSERT_FALSE(equal("[1, 2]", "[2, 1]", MUCH));
	CU_ASSERT_FALSE(equal("[1]", "[1, 1]", MUCH));
	CU_ASSERT_FALSE(equal("{\"a\": 1}", "{\"a\": 1, \"b\": 1}", MUCH));
	CU_ASSERT_FALSE(equal("{\"a\": 1}", "{\"b\": 1}", MUCH));
	CU_ASSERT_FALSE(equal("{\"a\": null}", "{\"b\": null}", MUCH));
	CU_ASSERT_FALSE(equal("null", "false", MUCH));
	CU_ASSERT_FALSE(equal("0", "\"\"", MUCH));
	CU_ASSERT_FALSE(equal("[]", "{}", MUCH));
	/* Exactly, however large. */
	CU_ASSERT_TRUE(
	    equal("9223372036854775808", "9223372036854775808.0", MUCH));
	CU_ASSERT_FALSE(
	    equal("9223372036854775809", "9223372036854775808.0", MUCH));
	CU_ASSERT_TRUE(equal("1e22", "10000000000000000000000", MUCH));
	CU_ASSERT_TRUE(equal("-100000000000000000000", "-1e20", MUCH));
	CU_ASSERT_TRUE(
	    equal("100000000000000000000", "100000000000000000000", MUCH));
	CU_ASSERT_FALSE(
	    equal("100000000000000000000", "100000000000000000001", MUCH));
	CU_ASSERT_FALSE(equal("1", "18446744073709551617", MUCH));
	CU_ASSERT_TRUE(equal("null", "null", MUCH));
	/* With less work than it takes nothing is equal. */
	for (work = 0; work < 100 && least == 0; work++)
		if (equal(a, b, work))
			least = work;
	CU_ASSERT_TRUE(least > 10 && least < 100);
	CU_ASSERT_FALSE(equal(a, b, least - 1));
	CU_ASSERT_TRUE(equal(a, b, least + 1));
}

static const struct unit_case cases[] = {
	{ "blake2b", test_blake2b },
	{ "hash", test_hash },
	{ "nulls", test_nulls },
	{ "refused", test_refused },
	{ "bounds", test_bounds },
	{ "numbers", test_numbers },
	{ "equal", test_equal },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("run_as", cases));
}
