/* SPDX-License-Identifier: ISC */
/* What the access log shows, and above all what it does not. */
#include <sys/types.h>

#include <string.h>

#include "apid/access.h"
#include "common/buffer.h"
#include "tests/unit/unit.h"

static void
check_body(const char *path, bool count, const char *body, const char *want)
{
	struct buf b;

	buf_init(&b, 65536);
	buf_addz(&b, "<");
	access_body(&b, NULL, path, body, strlen(body), count);
	CU_ASSERT_FALSE(b.b_failed);
	buf_addc(&b, '\0');
	CU_ASSERT_STRING_EQUAL((char *)b.b_data + 1, want);
	buf_free(&b);
}

static void
test_plain(void)
{
	check_body("/x", true, "", "{}");
	check_body("/x", true, "{}", "{}");
	check_body("/x", true, "{ }", "{}");
	check_body("/x", true, " {\"b\":1,\"a\":[true,null,1.5,\"x\"]} \n",
	    "{\"b\": 1, \"a\": [true, null, 1.5, \"x\"]}");
	check_body("/x", true, "{\"a\":{\"b\":{\"c\":[]}}}",
	    "{\"a\": {\"b\": {\"c\": []}}}");
	check_body("/x", true, "{\"\xc3\xa9\":\"\\u00e9\\n\"}",
	    "{\"\\u00e9\": \"\\u00e9\\n\"}");
}

static void
test_not_json(void)
{
	check_body("/x", true, "<xml/>", "{}");
	check_body("/x", true, "[1,2]", "{}");
	check_body("/x", true, "\"text\"", "{}");
	check_body("/x", true, "{\"a\":1}{\"b\":2}", "{}");
	check_body("/x", true, "{\"a\":1} x", "{}");
	check_body("/x", true, "{\"a\":", "{}");
	check_body("/x", true, "password=secret", "{}");
}

static void
test_masks(void)
{
	check_body("/security/users", true,
	    "{\"username\":\"u\",\"password\":\"Secret1*\"}",
	    "{\"username\": \"u\", \"password\": \"****\"}");
	check_body("/x", true, "{\"password\":{\"a\":[1]},\"b\":2}",
	    "{\"password\": \"****\", \"b\": 2}");
	check_body("/agents/insert", true, "{\"name\":\"n\",\"key\":\"k\"}",
	    "{\"name\": \"n\", \"key\": \"****\"}");
	check_body("/lists", true, "{\"key\":\"k\"}", "{\"key\": \"k\"}");
	/* A name that is spelled with an escape is the same name. */
	check_body("/x", true, "{\"p\\u0061ssword\":\"s\"}",
	    "{\"password\": \"****\"}");
	/* Only what stands in the body itself, as in the original. */
	check_body("/agents", true, "{\"a\":{\"key\":\"k\"}}",
	    "{\"a\": {\"key\": \"k\"}}");
}

static void
test_events(void)
{
	check_body("/events", true, "{\"events\":[\"a\",\"b\",\"c\"]}",
	    "{\"events\": 3}");
	check_body(
	    "/events", true, "{\"events\":[[1,2],3]}", "{\"events\": 2}");
	check_body("/events", true, "{\"other\":[1,2]}", "{\"events\": 0}");
	check_body("/events", true, "{\"events\":\"x\"}", "{\"events\": 0}");
	check_body("/events", true, "nothing", "{}");
	check_body(
	    "/events", false, "{\"events\":[\"a\"]}", "{\"events\": [\"a\"]}");
	check_body(
	    "/eventsx", true, "{\"events\":[\"a\"]}", "{\"events\": [\"a\"]}");
}

/* Too large or too deep to be shown is as good as not JSON. */
static void
test_limits(void)
{
	struct buf in, out;
	size_t i;

	buf_init(&in, 1024 * 1024);
	buf_init(&out, 1000);
	buf_addz(&in, "{\"a\":\"");
	for (i = 0; i < 600; i++)
		buf_addz(&in, "\xc3\xa9");
	buf_addz(&in, "\"}");
	buf_addz(&out, "before");
	access_body(&out, NULL, "/x", (char *)in.b_data, in.b_len, true);
	CU_ASSERT_FALSE(out.b_failed);
	CU_ASSERT_EQUAL(out.b_len, 8);
	CU_ASSERT_EQUAL(memcmp(out.b_data, "before{}", 8), 0);
	buf_reset(&in);
	buf_addz(&in, "{\"a\":");
	for (i = 0; i < 200; i++)
		buf_addz(&in, "[");
	for (i = 0; i < 200; i++)
		buf_addz(&in, "]");
	buf_addz(&in, "}");
	buf_reset(&out);
	access_body(&out, NULL, "/x", (char *)in.b_data, in.b_len, true);
	CU_ASSERT_EQUAL(out.b_len, 2);
	buf_reset(&in);
	buf_addz(&in, "{\"a\":\"");
	while (in.b_len < ACCESS_BODY + 1)
		buf_addz(&in, "0123456789");
	buf_addz(&in, "\"}");
	buf_reset(&out);
	access_body(&out, NULL, "/x", (char *)in.b_data, in.b_len, true);
	CU_ASSERT_EQUAL(out.b_len, 2);
	buf_free(&in);
	buf_free(&out);
}

/* --- parameters ------------------------------------------------------- */

static struct params_pair
pair(const char *name, const char *value)
{
	struct params_pair p = { name, strlen(name), value, strlen(value) };

	return (p);
}

static void
check_params(const struct params_pair *v, size_t n, const char *want)
{
	struct buf b;

	buf_init(&b, 4096);
	access_params(&b, NULL, v, n);
	buf_addc(&b, '\0');
	CU_ASSERT_STRING_EQUAL((char *)b.b_data, want);
	buf_free(&b);
}

static void
test_params(void)
{
	struct params_pair v[5];

	check_params(NULL, 0, "{}");
	v[0] = pair("limit", "1");
	v[1] = pair("q", "a\"b\n");
	check_params(v, 2, "{\"limit\": \"1\", \"q\": \"a\\\"b\\n\"}");
	v[2] = pair("limit", "2");
	v[3] = pair("password", "p");
	v[4] = pair("passwords", "p");
	check_params(v, 5,
	    "{\"limit\": \"2\", \"q\": \"a\\\"b\\n\", "
	    "\"password\": \"****\", \"passwords\": \"p\"}");
}

static const struct unit_case cases[] = {
	{ "bodies", test_plain },
	{ "bodies that are not JSON", test_not_json },
	{ "masks", test_masks },
	{ "events", test_events },
	{ "limits", test_limits },
	{ "parameters", test_params },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("access", cases));
}
