/* SPDX-License-Identifier: ISC */
/* Tests of common/jsonw.c: layout, escapes, numbers as Python spells them. */
#include <sys/types.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "tests/unit/unit.h"

/* What was written is exactly this text. */
static int
is(const struct buf *b, const char *want)
{
	int same;

	same = !b->b_failed && b->b_len == strlen(want) &&
	    memcmp(b->b_data, want, b->b_len) == 0;
	if (!same)
		printf("\n  got  %.*s\n  want %s\n", (int)b->b_len,
		    b->b_data == NULL ? "" : (const char *)b->b_data, want);
	return (same);
}

static void
write_sample(struct jsonw *j)
{
	jsonw_object(j);
	jsonw_key(j, "a");
	jsonw_array(j);
	jsonw_int(j, 1);
	jsonw_object(j);
	jsonw_key(j, "b");
	jsonw_null(j);
	jsonw_key(j, "c");
	jsonw_bool(j, true);
	jsonw_object_end(j);
	jsonw_array(j);
	jsonw_array_end(j);
	jsonw_object(j);
	jsonw_object_end(j);
	jsonw_array_end(j);
	jsonw_key(j, "d");
	jsonw_str(j, "x");
	jsonw_key(j, "e");
	jsonw_object(j);
	jsonw_object_end(j);
	jsonw_key(j, "f");
	jsonw_raw(j, "[7, 8]", 6);
	jsonw_object_end(j);
}

static void
test_layout(void)
{
	struct buf b;
	struct jsonw j;

	buf_init(&b, 4096);
	jsonw_init(&j, &b, false);
	write_sample(&j);
	CU_ASSERT(is(&b,
	    "{\"a\": [1, {\"b\": null, \"c\": true}, [], {}], "
	    "\"d\": \"x\", \"e\": {}, \"f\": [7, 8]}"));
	CU_ASSERT_EQUAL(j.j_depth, 0);
	buf_free(&b);
}

static void
test_pretty(void)
{
	struct buf b;
	struct jsonw j;

	buf_init(&b, 4096);
	jsonw_init(&j, &b, true);
	write_sample(&j);
	CU_ASSERT(is(&b,
	    "{\n"
	    "   \"a\": [\n"
	    "      1,\n"
	    "      {\n"
	    "         \"b\": null,\n"
	    "         \"c\": true\n"
	    "      },\n"
	    "      [],\n"
	    "      {}\n"
	    "   ],\n"
	    "   \"d\": \"x\",\n"
	    "   \"e\": {},\n"
	    "   \"f\": [7, 8]\n"
	    "}"));
	buf_free(&b);
}

static void
test_empty(void)
{
	struct buf b;
	struct jsonw j;

	buf_init(&b, 64);
	jsonw_init(&j, &b, true);
	jsonw_array(&j);
	jsonw_array_end(&j);
	CU_ASSERT(is(&b, "[]"));
	buf_reset(&b);
	jsonw_init(&j, &b, true);
	jsonw_str(&j, "alone");
	CU_ASSERT(is(&b, "\"alone\""));
	buf_free(&b);
}

static int
str_is(const char *s, size_t len, const char *want)
{
	struct buf b;
	struct jsonw j;
	int same;

	buf_init(&b, 4096);
	jsonw_init(&j, &b, false);
	jsonw_strn(&j, s, len);
	same = is(&b, want);
	buf_free(&b);
	return (same);
}

#define STR(s, want) CU_ASSERT(str_is(s, sizeof(s) - 1, want))

static void
test_escapes(void)
{
	STR("", "\"\"");
	STR("plain /~ text", "\"plain /~ text\"");
	STR("\"\\\n\r\t\f\b", "\"\\\"\\\\\\n\\r\\t\\f\\b\"");
	STR("a\0b\x01\x1f\x7f", "\"a\\u0000b\\u0001\\u001f\\u007f\"");
	STR("\xc3\xa9", "\"\\u00e9\"");
	STR("\xe2\x82\xac", "\"\\u20ac\"");
	STR("\xf0\x9f\x98\x80!", "\"\\ud83d\\ude00!\"");
	STR("\xf4\x8f\xbf\xbf", "\"\\udbff\\udfff\"");
	STR("\xef\xbf\xbf", "\"\\uffff\"");
}

/* Each byte that does not belong to a sequence becomes one U+FFFD. */
static void
test_not_utf8(void)
{
	STR("\xff", "\"\\ufffd\"");
	STR("a\x80z", "\"a\\ufffdz\"");
	STR("\xc3", "\"\\ufffd\"");
	STR("\xc3(", "\"\\ufffd(\"");
	/* Longer than need be. */
	STR("\xc0\xaf", "\"\\ufffd\\ufffd\"");
	STR("\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\"");
	STR("\xf0\x80\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	/* A surrogate, and beyond the last plane. */
	STR("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");
	STR("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	/* Cut off. */
	STR("\xe2\x82", "\"\\ufffd\\ufffd\"");
	STR("\xf0\x9f\x98", "\"\\ufffd\\ufffd\\ufffd\"");
	STR("\xe2\x82\xe2\x82\xac", "\"\\ufffd\\ufffd\\u20ac\"");
}

/*
 * Wherever a byte stands that wants an escape, and whatever the length: text is
 * looked at in pieces.
 */
static void
test_places(void)
{
	static const struct {
		char c;
		const char *want;
	} t[] = { { '"', "\\\"" }, { '\\', "\\\\" }, { '\0', "\\u0000" },
		{ '\x1f', "\\u001f" }, { '\x7f', "\\u007f" },
		{ '\x80', "\\ufffd" }, { '\xff', "\\ufffd" }, { ' ', " " },
		{ '!', "!" }, { '#', "#" }, { '[', "[" }, { ']', "]" },
		{ '~', "~" } };
	char s[27], want[64];
	size_t i, len, at;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (len = 1; len < sizeof(s); len++)
			for (at = 0; at < len; at++) {
				memset(s, 'a', len);
				s[at] = t[i].c;
				snprintf(want, sizeof(want), "\"%.*s%s%.*s\"",
				    (int)at, "aaaaaaaaaaaaaaaaaaaaaaaaaa",
				    t[i].want, (int)(len - at - 1),
				    "aaaaaaaaaaaaaaaaaaaaaaaaaa");
				CU_ASSERT(str_is(s, len, want));
			}
	/* Every byte but these two is kept, eight alike at a time. */
	for (i = 0x20; i < 0x7f; i++) {
		memset(s, (int)i, 8);
		snprintf(want, sizeof(want), "\"%.8s\"", s);
		if (i != '"' && i != '\\')
			CU_ASSERT(str_is(s, 8, want));
	}
}

/* Keys that were made before are as good as the others. */
static void
test_keyraw(void)
{
	struct buf b, key;
	struct jsonw j;
	int pretty;

	buf_init(&key, 64);
	jsonw_init(&j, &key, false);
	jsonw_key(&j, "a\"b");
	CU_ASSERT(is(&key, "\"a\\\"b\": "));
	buf_init(&b, 4096);
	for (pretty = 0; pretty < 2; pretty++) {
		buf_reset(&b);
		jsonw_init(&j, &b, pretty);
		jsonw_object(&j);
		jsonw_keyraw(&j, (const char *)key.b_data, key.b_len);
		jsonw_int(&j, 1);
		jsonw_keyraw(&j, "\"c\": ", 5);
		jsonw_array(&j);
		jsonw_str(&j, "d");
		jsonw_array_end(&j);
		jsonw_key(&j, "e");
		jsonw_null(&j);
		jsonw_object_end(&j);
		CU_ASSERT(is(&b,
		    pretty ? "{\n   \"a\\\"b\": 1,\n   \"c\": [\n"
		             "      \"d\"\n   ],\n   \"e\": null\n}" :
		             "{\"a\\\"b\": 1, \"c\": [\"d\"], "
		             "\"e\": null}"));
	}
	buf_free(&key);
	buf_free(&b);
}

static void
test_integers(void)
{
	struct buf b;
	struct jsonw j;

	buf_init(&b, 4096);
	jsonw_init(&j, &b, false);
	jsonw_array(&j);
	jsonw_int(&j, 0);
	jsonw_int(&j, -1);
	jsonw_int(&j, INT64_MAX);
	jsonw_int(&j, INT64_MIN);
	jsonw_uint(&j, UINT64_MAX);
	jsonw_bool(&j, false);
	jsonw_array_end(&j);
	CU_ASSERT(is(&b,
	    "[0, -1, 9223372036854775807, "
	    "-9223372036854775808, 18446744073709551615, false]"));
	buf_free(&b);
}

static int
double_is(double v, const char *want)
{
	struct buf b;
	struct jsonw j;
	int same;

	buf_init(&b, 64);
	jsonw_init(&j, &b, false);
	jsonw_double(&j, v);
	same = is(&b, want);
	buf_free(&b);
	return (same);
}

static void
test_doubles(void)
{
	static const struct {
		double v;
		const char *want;
	} t[] = {
		{ 0.0, "0.0" },
		{ -0.0, "-0.0" },
		{ 1.0, "1.0" },
		{ -1.0, "-1.0" },
		{ 16384.0, "16384.0" },
		{ 0.1, "0.1" },
		{ 0.5, "0.5" },
		{ 100.0, "100.0" },
		{ 12.34, "12.34" },
		{ 1992.028, "1992.028" },
		{ 123456.789, "123456.789" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 2.0 / 3, "0.6666666666666666" },
		{ 0.0001, "0.0001" },
		{ 0.00012, "0.00012" },
		{ 0.00001, "1e-05" },
		{ 1.5e-05, "1.5e-05" },
		{ 1e15, "1000000000000000.0" },
		{ 9999999999999998.0, "9999999999999998.0" },
		{ 1e16, "1e+16" },
		{ 1.5e16, "1.5e+16" },
		{ 12345678901234567.0, "1.2345678901234568e+16" },
		{ 1e22, "1e+22" },
		{ 1e23, "1e+23" },
		{ 1e100, "1e+100" },
		{ -2.5e-200, "-2.5e-200" },
		{ DBL_MAX, "1.7976931348623157e+308" },
		{ DBL_MIN, "2.2250738585072014e-308" },
		{ 4.9406564584124654e-324, "5e-324" },
		{ 9007199254740993.0, "9007199254740992.0" },
		/* Powers of two whose nearest 16 digits are another number. */
		{ 0x1p-44, "5.684341886080802e-14" },
		{ 0x1p-24, "5.960464477539063e-08" },
		{ INFINITY, "null" },
		{ -INFINITY, "null" },
		{ NAN, "null" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		CU_ASSERT(double_is(t[i].v, t[i].want));
}

/* Whatever the bits are, the text reads back as the same number. */
static void
test_double_round(void)
{
	struct buf b;
	struct jsonw j;
	uint64_t x = 88172645463325252ULL;
	double v;
	int i, bad = 0;

	buf_init(&b, 64);
	for (i = 0; i < 20000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(&v, &x, sizeof(v));
		if (!isfinite(v))
			continue;
		buf_reset(&b);
		jsonw_init(&j, &b, false);
		jsonw_double(&j, v);
		buf_addc(&b, '\0');
		bad += strtod((const char *)b.b_data, NULL) != v;
	}
	CU_ASSERT_EQUAL(bad, 0);
	buf_free(&b);
}

static void
test_depth(void)
{
	struct buf b;
	struct jsonw j;
	int i;

	buf_init(&b, 4096);
	jsonw_init(&j, &b, true);
	for (i = 0; i < JSONW_DEPTH; i++)
		jsonw_array(&j);
	CU_ASSERT_FALSE(b.b_failed);
	jsonw_array(&j);
	CU_ASSERT_TRUE(b.b_failed);
	for (i = 0; i < JSONW_DEPTH + 1; i++)
		jsonw_array_end(&j);
	CU_ASSERT_EQUAL(j.j_depth, 0);
	buf_reset(&b);
	/* An end without a beginning is a failure, not an underflow. */
	jsonw_object_end(&j);
	CU_ASSERT_TRUE(b.b_failed);
	CU_ASSERT_EQUAL(j.j_depth, 0);
	buf_free(&b);
}

static void
test_limit(void)
{
	struct buf b;
	struct jsonw j;

	buf_init(&b, 8);
	jsonw_init(&j, &b, false);
	jsonw_array(&j);
	jsonw_str(&j, "more than eight");
	jsonw_array_end(&j);
	CU_ASSERT_TRUE(b.b_failed);
	CU_ASSERT_TRUE(b.b_len <= 8);
	buf_free(&b);
	/* What just fits is written. */
	buf_init(&b, 16);
	jsonw_init(&j, &b, false);
	jsonw_array(&j);
	jsonw_str(&j, "a\n");
	jsonw_str(&j, "");
	jsonw_int(&j, 123);
	jsonw_array_end(&j);
	CU_ASSERT(is(&b, "[\"a\\n\", \"\", 123]"));
	jsonw_str(&j, "");
	CU_ASSERT_TRUE(b.b_failed);
	buf_free(&b);
}

static const struct unit_case cases[] = {
	{ "layout", test_layout },
	{ "pretty", test_pretty },
	{ "empty", test_empty },
	{ "escapes", test_escapes },
	{ "escapes anywhere", test_places },
	{ "keys made before", test_keyraw },
	{ "not utf-8", test_not_utf8 },
	{ "integers", test_integers },
	{ "doubles", test_doubles },
	{ "doubles read back", test_double_round },
	{ "depth", test_depth },
	{ "limit", test_limit },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("jsonw", cases));
}
