/* SPDX-License-Identifier: ISC */
/*
 * From the text of a request to http's verdict, over the program's own table
 * of endpoints.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "apid/http.h"
#include "apid/route.h"
#include "apid/verdict.h"
#include "common/buffer.h"
#include "common/call.h"
#include "common/conf.h"
#include "common/table.h"
#include "tests/unit/unit.h"

#define LIMIT 64 /* max_upload_size in these tests, bytes */

/* One request; its text is kept in memory of exactly its size. */
struct trial {
	struct verdict t_verdict;
	struct http_request t_req;
	char *t_text;
	struct conf *t_conf;
	struct route_map *t_routes;
	struct buf t_scratch, t_arena;
};

/* head: request line and fields without the last empty line. */
static void
judge(struct trial *t, const char *head, const char *body, uint64_t size,
    bool cors)
{
	struct verdict_in in;
	const char *why = "";
	size_t len, used = 0, seen = 0;

	memset(t, 0, sizeof(*t));
	t->t_conf = conf_new();
	t->t_conf->cf_max_upload = LIMIT;
	t->t_conf->cf_cors = cors;
	t->t_routes = route_new(endpoints, nendpoints);
	buf_init(&t->t_scratch, 1024 * 1024);
	buf_init(&t->t_arena, 1024 * 1024);
	len = strlen(head) + 20;
	t->t_text = malloc(len);
	len = (size_t)snprintf(t->t_text, len, "%sHost: h\r\n\r\n", head);
	CU_ASSERT_EQUAL(
	    http_parse(t->t_text, len, 65536, &seen, &t->t_req, &used, &why),
	    HTTP_DONE);
	memset(&in, 0, sizeof(in));
	in.vi_req = &t->t_req;
	in.vi_toobig = size > LIMIT;
	in.vi_body = body;
	in.vi_bodylen = in.vi_toobig ? 0 : strlen(body);
	in.vi_size = size;
	in.vi_conf = t->t_conf;
	in.vi_routes = t->t_routes;
	verdict_make(&t->t_verdict, &in, &t->t_scratch, &t->t_arena);
}

static void
done(struct trial *t)
{
	verdict_free(&t->t_verdict);
	buf_free(&t->t_scratch);
	buf_free(&t->t_arena);
	route_free(&t->t_routes);
	conf_free(&t->t_conf);
	free(t->t_text);
}

#define JSON "Content-Type: application/json\r\n"

static const struct {
	const char *head, *body;
	enum verdict_kind kind;
	enum check_verdict check;
	unsigned int status; /* of the problem, 0: none */
	const char *detail; /* NULL: any */
} table[] = {
	{ "GET / HTTP/1.1\r\n", "", VK_CHECK, VERDICT_OK, 0, NULL },
	{ "HEAD / HTTP/1.1\r\n", "", VK_CHECK, VERDICT_OK, 0, NULL },
	{ "GET / HTTP/1.1\r\n", "{}", VK_CHECK, VERDICT_OK, 0, NULL },
	{ "GET / HTTP/1.1\r\n", "garbage", VK_CHECK, VERDICT_OK, 0, NULL },
	{ "GET /nothing HTTP/1.1\r\n", "", VK_CHECK, VERDICT_NOPATH, 404,
	    "404: Not Found" },
	{ "GET //agents HTTP/1.1\r\n", "", VK_CHECK, VERDICT_NOPATH, 404,
	    NULL },
	{ "GET /AGENTS HTTP/1.1\r\n", "", VK_CHECK, VERDICT_NOPATH, 404, NULL },
	{ "OPTIONS /nothing HTTP/1.1\r\n", "", VK_CHECK, VERDICT_NOPATH, 404,
	    NULL },
	{ "OPTIONS * HTTP/1.1\r\n", "", VK_CHECK, VERDICT_NOPATH, 404, NULL },
	{ "PATCH /agents HTTP/1.1\r\n", "", VK_METHOD, VERDICT_BAD, 405,
	    "405: Method Not Allowed" },
	{ "OPTIONS /agents HTTP/1.1\r\nOrigin: http://x\r\n"
	  "Access-Control-Request-Method: GET\r\n",
	    "", VK_METHOD, VERDICT_BAD, 405, NULL },
	{ "GET /agents/ HTTP/1.1\r\n", "", VK_SLASH, VERDICT_NOPATH, 0, NULL },
	{ "GET /a%00 HTTP/1.1\r\n", "", VK_BROKEN, VERDICT_BAD, 400, NULL },
	{ "GET /a%zz HTTP/1.1\r\n", "", VK_BROKEN, VERDICT_BAD, 400, NULL },
	{ "GET /%61gents HTTP/1.1\r\n", "", VK_CHECK, VERDICT_OK, 0, NULL },
	/* An added path is there for good values only. */
	{ "GET /agents/001 HTTP/1.1\r\n", "", VK_CHECK, VERDICT_OK, 0, NULL },
	{ "GET /agents/.. HTTP/1.1\r\n", "", VK_CHECK, VERDICT_NOPATH, 404,
	    "404: Not Found" },
	{ "GET /agents/summary HTTP/1.1\r\n", "", VK_CHECK, VERDICT_NOPATH, 404,
	    NULL },
	{ "GET /agents/01?limit=%zz HTTP/1.1\r\n", "", VK_CHECK, VERDICT_NOPATH,
	    404, NULL },
	{ "GET /agents/001?limit=1 HTTP/1.1\r\n", "", VK_CHECK, VERDICT_BAD,
	    400, NULL },
	{ "GET /agents/001/ HTTP/1.1\r\n", "", VK_SLASH, VERDICT_NOPATH, 0,
	    NULL },
	/* parameters */
	{ "GET /agents?limit=1&offset=2 HTTP/1.1\r\n", "", VK_CHECK, VERDICT_OK,
	    0, NULL },
	{ "GET /agents?limit=0 HTTP/1.1\r\n", "", VK_CHECK, VERDICT_BAD, 400,
	    NULL },
	{ "GET /agents?nope=0 HTTP/1.1\r\n", "", VK_CHECK, VERDICT_BAD, 400,
	    NULL },
	{ "GET /agents?limit=%zz HTTP/1.1\r\n", "", VK_CHECK, VERDICT_BAD, 400,
	    NULL },
	{ "GET /nothing?limit=%zz HTTP/1.1\r\n", "", VK_CHECK, VERDICT_NOPATH,
	    404, NULL },
	/* bodies */
	{ "POST /agents HTTP/1.1\r\n" JSON, "{\"name\":\"a\"}", VK_CHECK,
	    VERDICT_OK, 0, NULL },
	{ "POST /agents HTTP/1.1\r\n"
	  "Content-Type: APPLICATION/JSON ;charset=utf-8\r\n",
	    "{\"name\":\"a\"}", VK_CHECK, VERDICT_OK, 0, NULL },
	{ "POST /agents HTTP/1.1\r\nContent-Type: application/jsonx\r\n",
	    "{\"name\":\"a\"}", VK_CHECK, VERDICT_BAD, 415, NULL },
	{ "POST /agents HTTP/1.1\r\nContent-Type: text/plain\r\n", "", VK_CHECK,
	    VERDICT_BAD, 415, NULL },
	{ "POST /agents HTTP/1.1\r\n", "", VK_CHECK, VERDICT_BAD, 400,
	    "The request body must not be empty" },
	{ "POST /agents HTTP/1.1\r\n" JSON, "", VK_CHECK, VERDICT_BAD, 400,
	    "The request body must not be empty" },
	{ "POST /agents HTTP/1.1\r\n", "{\"name\":\"a\"}", VK_CHECK,
	    VERDICT_BAD, 406, NULL },
	{ "POST /agents HTTP/1.1\r\n", "{", VK_CHECK, VERDICT_BAD, 400, NULL },
	{ "POST /agents HTTP/1.1\r\n" JSON, "{\"nome\":\"a\"}", VK_CHECK,
	    VERDICT_BAD, 400, NULL },
	/* the first failure only: parameters, type, body, Expect */
	{ "POST /agents?x=1 HTTP/1.1\r\nContent-Type: a/b\r\nExpect: y\r\n",
	    "{", VK_CHECK, VERDICT_BAD, 400, NULL },
	{ "POST /agents HTTP/1.1\r\nContent-Type: a/b\r\nExpect: y\r\n", "{",
	    VK_CHECK, VERDICT_BAD, 415, NULL },
	{ "POST /agents HTTP/1.1\r\n" JSON "Expect: y\r\n", "{", VK_CHECK,
	    VERDICT_BAD, 400, NULL },
	{ "POST /agents HTTP/1.1\r\n" JSON "Expect: y\r\n", "{\"name\":\"a\"}",
	    VK_CHECK, VERDICT_BAD, 417, "Unknown Expect" },
	{ "GET / HTTP/1.1\r\nExpect: y\r\n", "", VK_CHECK, VERDICT_BAD, 417,
	    "Unknown Expect" },
	{ "GET / HTTP/1.1\r\nExpect: 100-Continue\r\n", "", VK_CHECK,
	    VERDICT_OK, 0, NULL },
	{ "POST /agents HTTP/1.1\r\nExpect: y\r\n", "{\"name\":\"a\"}",
	    VK_CHECK, VERDICT_BAD, 417, NULL },
};

static void
test_table(void)
{
	struct trial t;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		judge(&t, table[i].head, table[i].body, strlen(table[i].body),
		    false);
		if (t.t_verdict.vd_kind != table[i].kind ||
		    t.t_verdict.vd_check != table[i].check ||
		    t.t_verdict.vd_problem.pb_status != table[i].status)
			printf("\n%s -> %u %s\n", table[i].head,
			    t.t_verdict.vd_problem.pb_status,
			    t.t_verdict.vd_why);
		CU_ASSERT_EQUAL(t.t_verdict.vd_kind, table[i].kind);
		CU_ASSERT_EQUAL(t.t_verdict.vd_check, table[i].check);
		CU_ASSERT_EQUAL(
		    t.t_verdict.vd_problem.pb_status, table[i].status);
		if (table[i].detail != NULL)
			CU_ASSERT_STRING_EQUAL(
			    t.t_verdict.vd_problem.pb_detail, table[i].detail);
		/* CHECK has a row unless there is no such path. */
		if (table[i].kind == VK_CHECK)
			CU_ASSERT_EQUAL(t.t_verdict.vd_row == NULL,
			    table[i].check == VERDICT_NOPATH);
		done(&t);
	}
}

static void
test_args(void)
{
	const char *const *v;
	struct trial t;
	size_t n;

	judge(&t,
	    "GET /agents?agents_list=001,002&limit=7&"
	    "wait_for_complete=True&pretty=true HTTP/1.1\r\n",
	    "", 0, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_row->r_id, ROW_AGENTS_GET);
	CU_ASSERT_EQUAL(args_int(&t.t_verdict.vd_args, "limit", 0), 7);
	CU_ASSERT_EQUAL(args_int(&t.t_verdict.vd_args, "offset", -1), -1);
	CU_ASSERT_EQUAL(
	    args_list(&t.t_verdict.vd_args, "agents_list", &v, &n), 0);
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_STRING_EQUAL(v[1], "002");
	CU_ASSERT_EQUAL(t.t_verdict.vd_form, FORM_PRETTY);
	CU_ASSERT_EQUAL(t.t_verdict.vd_flags, CALL_WAIT);
	CU_ASSERT_TRUE(t.t_verdict.vd_pretty);
	CU_ASSERT_EQUAL(t.t_verdict.vd_npairs, 4);
	done(&t);
	judge(&t, "POST /agents HTTP/1.1\r\n" JSON,
	    "{\"ip\":\"any\",\"name\":\"web-1\"}", 28, false);
	CU_ASSERT_STRING_EQUAL(
	    args_str(&t.t_verdict.vd_args, "name", ""), "web-1");
	CU_ASSERT_STRING_EQUAL(args_str(&t.t_verdict.vd_args, "ip", ""), "any");
	CU_ASSERT_EQUAL(t.t_verdict.vd_form, FORM_HTTP);
	CU_ASSERT_EQUAL(t.t_verdict.vd_flags, 0);
	done(&t);
}

/* Problems are pretty for the exact word, answers for any true. */
static void
test_pretty(void)
{
	struct trial t;

	judge(&t, "GET /?pretty=True HTTP/1.1\r\n", "", 0, false);
	CU_ASSERT_FALSE(t.t_verdict.vd_pretty);
	CU_ASSERT_EQUAL(t.t_verdict.vd_form, FORM_PRETTY);
	done(&t);
	judge(&t, "GET /?pretty=false&pretty=true HTTP/1.1\r\n", "", 0, false);
	CU_ASSERT_TRUE(t.t_verdict.vd_pretty);
	done(&t);
	judge(&t, "GET /nothing?pretty=true HTTP/1.1\r\n", "", 0, false);
	CU_ASSERT_TRUE(t.t_verdict.vd_pretty);
	done(&t);
	/* Where the row does not take it, it is refused, and pretty. */
	judge(&t, "POST /security/user/authenticate?pretty=true HTTP/1.1\r\n",
	    "", 0, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_check, VERDICT_BAD);
	CU_ASSERT_TRUE(t.t_verdict.vd_pretty);
	done(&t);
}

/* A body over the limit: 413, with an Expect that was understood 417. */
static void
test_size(void)
{
	struct trial t;

	judge(&t, "POST /agents HTTP/1.1\r\n" JSON "Content-Length: 1000\r\n",
	    "", 1000, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_check, VERDICT_BAD);
	CU_ASSERT_EQUAL(t.t_verdict.vd_problem.pb_status, 413);
	CU_ASSERT_STRING_EQUAL(
	    t.t_verdict.vd_problem.pb_title, "Content size exceeded.");
	CU_ASSERT_PTR_NOT_NULL(strstr(t.t_verdict.vd_why, "(64)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t.t_verdict.vd_why, "1000"));
	done(&t);
	judge(&t,
	    "POST /agents HTTP/1.1\r\n" JSON
	    "Content-Length: 1000\r\nExpect: 100-continue\r\n",
	    "", 1000, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_problem.pb_status, 417);
	done(&t);
	judge(&t,
	    "POST /agents HTTP/1.1\r\n" JSON
	    "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n",
	    "", 65, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_problem.pb_status, 413);
	done(&t);
	/* The type is looked at before. */
	judge(&t,
	    "POST /agents HTTP/1.1\r\nContent-Type: a/b\r\n"
	    "Content-Length: 1000\r\n",
	    "", 1000, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_problem.pb_status, 415);
	done(&t);
	judge(&t, "GET /nothing HTTP/1.1\r\nContent-Length: 1000\r\n", "", 1000,
	    false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_problem.pb_status, 404);
	done(&t);
}

static void
test_slash(void)
{
	struct trial t;

	judge(&t, "GET /%61gents//?x=1 HTTP/1.1\r\n", "", 0, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_kind, VK_SLASH);
	CU_ASSERT_EQUAL(t.t_verdict.vd_pathlen, 7);
	CU_ASSERT_EQUAL(memcmp(t.t_verdict.vd_path, "/agents", 7), 0);
	done(&t);
}

static void
test_preflight(void)
{
	struct trial t;

	judge(&t,
	    "OPTIONS /nothing HTTP/1.1\r\nOrigin: http://x\r\n"
	    "Access-Control-Request-Method: GET\r\n",
	    "", 0, true);
	CU_ASSERT_EQUAL(t.t_verdict.vd_kind, VK_PREFLIGHT);
	done(&t);
	judge(&t, "OPTIONS /agents HTTP/1.1\r\nOrigin: http://x\r\n", "", 0,
	    true);
	CU_ASSERT_EQUAL(t.t_verdict.vd_kind, VK_METHOD);
	done(&t);
}

/* JSON that is nested too deep has a title and bare headers of its own. */
static void
test_depth(void)
{
	char body[4096];
	struct trial t;

	memset(body, '[', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	judge(&t, "POST /agents HTTP/1.1\r\n" JSON, body, LIMIT, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_problem.pb_status, 400);
	CU_ASSERT_TRUE(t.t_verdict.vd_problem.pb_bare);
	CU_ASSERT_STRING_EQUAL(t.t_verdict.vd_problem.pb_title,
	    "Maximum recursion depth exceeded.");
	done(&t);
}

static void
test_many(void)
{
	struct trial t;
	struct buf b;
	int i;

	buf_init(&b, 65536);
	buf_addz(&b, "GET /agents?");
	for (i = 0; i < VERDICT_PAIRS; i++)
		buf_addz(&b, "limit=1&");
	buf_add(&b, " HTTP/1.1\r\n", 12);
	judge(&t, (char *)b.b_data, "", 0, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_check, VERDICT_OK);
	done(&t);
	buf_reset(&b);
	buf_addz(&b, "GET /agents?x");
	for (i = 0; i < VERDICT_PAIRS; i++)
		buf_addz(&b, "&limit=1");
	buf_add(&b, " HTTP/1.1\r\n", 12);
	judge(&t, (char *)b.b_data, "", 0, false);
	CU_ASSERT_EQUAL(t.t_verdict.vd_check, VERDICT_BAD);
	CU_ASSERT_EQUAL(t.t_verdict.vd_problem.pb_status, 400);
	CU_ASSERT_EQUAL(t.t_verdict.vd_npairs, VERDICT_PAIRS);
	done(&t);
	buf_free(&b);
}

static const struct unit_case cases[] = {
	{ "table", test_table },
	{ "arguments", test_args },
	{ "pretty", test_pretty },
	{ "size", test_size },
	{ "slash", test_slash },
	{ "preflight", test_preflight },
	{ "depth", test_depth },
	{ "many parameters", test_many },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("verdict", cases));
}
