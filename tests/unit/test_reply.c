/* SPDX-License-Identifier: ISC */
/* Heads of answers byte by byte, the table of CORS, problems, redirects. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "apid/reply.h"
#include "common/buffer.h"
#include "common/conf.h"
#include "tests/unit/unit.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define CONSTANT                                        \
	"server: Wazuh\r\n"                             \
	"strict-transport-security: max-age=63072000; " \
	"includeSubdomains\r\n"                         \
	"x-frame-options: deny\r\n"                     \
	"x-xss-protection: 0\r\n"                       \
	"x-content-type-options: nosniff\r\n"           \
	"content-security-policy: none\r\n"             \
	"referrer-policy: no-referrer, "                \
	"strict-origin-when-cross-origin\r\n"           \
	"cache-control: no-store\r\n"

static struct http_text
text(const char *s)
{
	struct http_text t = { s, s == NULL ? 0 : strlen(s) };

	return (t);
}

static void
set_list(struct conf_list *list, const char *a, const char *b)
{
	while (list->cl_n > 0)
		free(list->cl_v[--list->cl_n]);
	if (a != NULL)
		list->cl_v[list->cl_n++] = strdup(a);
	if (b != NULL)
		list->cl_v[list->cl_n++] = strdup(b);
}

static void
set_origin(struct conf *cf, const char *origin)
{
	free(cf->cf_cors_origin);
	cf->cf_cors_origin = strdup(origin);
}

static void
check_head(const struct reply *rp, const struct conf *cf, const char *want)
{
	struct buf b;

	buf_init(&b, 65536);
	CU_ASSERT_EQUAL(reply_head(&b, rp, cf, DATE), 0);
	buf_addc(&b, '\0');
	CU_ASSERT_STRING_EQUAL((char *)b.b_data, want);
	buf_free(&b);
}

static void
test_date(void)
{
	char d[REPLY_DATE];

	reply_date(784111777, d);
	CU_ASSERT_STRING_EQUAL(d, DATE);
	reply_date(951782400, d);
	CU_ASSERT_STRING_EQUAL(d, "Tue, 29 Feb 2000 00:00:00 GMT");
}

static void
test_plain(void)
{
	struct conf *cf = conf_new();
	struct reply rp = { .rp_status = 200,
		.rp_ctype = reply_ctype(RT_JSON),
		.rp_len = 42,
		.rp_id = 0x1f };

	check_head(&rp, cf,
	    "HTTP/1.1 200 OK\r\ndate: " DATE "\r\n"
	    "content-type: application/json\r\ncontent-length: 42\r\n" CONSTANT
	    "x-request-id: 000000000000001f\r\n\r\n");
	rp.rp_close = rp.rp_keep = true;
	rp.rp_id = 0;
	rp.rp_status = 503;
	rp.rp_ctype = reply_ctype(RT_PROBLEM);
	rp.rp_retry = 1;
	check_head(&rp, cf,
	    "HTTP/1.1 503 Service Unavailable\r\ndate: " DATE "\r\n"
	    "content-type: application/problem+json; charset=utf-8\r\n"
	    "content-length: 42\r\nretry-after: 1\r\n" CONSTANT
	    "connection: close\r\n\r\n");
	rp.rp_close = false;
	rp.rp_retry = 0;
	rp.rp_bare = true;
	rp.rp_status = 400;
	check_head(&rp, cf,
	    "HTTP/1.1 400 Bad Request\r\ndate: " DATE "\r\n"
	    "content-type: application/problem+json; charset=utf-8\r\n"
	    "content-length: 42\r\nconnection: keep-alive\r\n\r\n");
	conf_free(&cf);
}

static void
test_deprecated(void)
{
	struct conf *cf = conf_new();
	struct reply rp = { .rp_status = 200,
		.rp_ctype = reply_ctype(RT_TEXT),
		.rp_deprecated = true,
		.rp_link = true };

	check_head(&rp, cf,
	    "HTTP/1.1 200 OK\r\ndate: " DATE "\r\n"
	    "content-type: text/plain\r\ncontent-length: 0\r\n"
	    "deprecated: true\r\n"
	    "link: <https://documentation.wazuh.com/4.14.9/user-manual/api/"
	    "reference.html#operation/api.controllers.security_controller."
	    "login_user>; rel=\"Deprecated\"\r\n" CONSTANT "\r\n");
	conf_free(&cf);
}

static void
test_redirect(void)
{
	struct conf *cf = conf_new();
	struct reply rp = { .rp_status = 307 };
	struct http_text host = text("[::1]:55000"), query = text("a=%20b");
	struct http_text none = text(NULL);
	struct buf b;

	buf_init(&b, 4096);
	reply_location(&b, true, &host, "/agents///", 7, &query);
	buf_addc(&b, '\0');
	rp.rp_location = (char *)b.b_data;
	check_head(&rp, cf,
	    "HTTP/1.1 307 Temporary Redirect\r\ndate: " DATE "\r\n"
	    "content-length: 0\r\n"
	    "location: https://[::1]:55000/agents?a=%20b\r\n" CONSTANT "\r\n");
	/* What was decoded is encoded again: no line of its own comes out. */
	buf_reset(&b);
	reply_location(&b, false, &host, "/a\r\nx: y?#%/", 11, &none);
	buf_addc(&b, '\0');
	CU_ASSERT_STRING_EQUAL(
	    (char *)b.b_data, "http://[::1]:55000/a%0D%0Ax:%20y%3F%23%25");
	buf_free(&b);
	conf_free(&cf);
}

/* --- CORS ------------------------------------------------------------- */

static const struct {
	const char *route, *origin;
	bool allowed;
} origins[] = {
	{ "*", "https://a.example", true },
	{ "https://*.example", "http://other", true },
	{ "https://a.example", "https://a.example", true },
	{ "https://a.example", "https://b.example", false },
	{ "https://a.example", "https://a.example:8443", false },
	{ "https://a.example https://b.example", "https://b.example", true },
	/* A substring is enough, as in the original. */
	{ "https://a.example", "https://a", true },
	{ "https://a.example", "HTTPS://A.EXAMPLE", false },
};

static void
test_origin(void)
{
	struct conf *cf = conf_new();
	struct http_text t;
	size_t i;

	for (i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		set_origin(cf, origins[i].route);
		t = text(origins[i].origin);
		CU_ASSERT_EQUAL(reply_cors_origin(cf, &t), origins[i].allowed);
	}
	conf_free(&cf);
}

static const struct {
	const char *route;
	bool credentials, cookie;
	const char *expose;
	const char *want; /* the lines between length and server */
} simple[] = {
	{ "*", false, false, "*",
	    "access-control-allow-origin: *\r\n"
	    "access-control-expose-headers: *\r\n" },
	{ "*", true, false, NULL,
	    "access-control-allow-origin: *\r\n"
	    "access-control-allow-credentials: true\r\n" },
	{ "*", true, true, NULL,
	    "access-control-allow-origin: https://a.example\r\n"
	    "access-control-allow-credentials: true\r\nvary: Origin\r\n" },
	{ "https://a.example", false, false, NULL,
	    "access-control-allow-origin: https://a.example\r\n"
	    "vary: Origin\r\n" },
	{ "https://b.example", true, true, "x-a",
	    "access-control-allow-credentials: true\r\n"
	    "access-control-expose-headers: x-a\r\n" },
};

static void
test_simple(void)
{
	struct conf *cf = conf_new();
	struct reply rp = { .rp_status = 200, .rp_ctype = "text/plain" };
	char want[2048];
	size_t i;

	rp.rp_origin = text("https://a.example");
	for (i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
		cf->cf_cors = true;
		cf->cf_cors_credentials = simple[i].credentials;
		set_origin(cf, simple[i].route);
		set_list(&cf->cf_cors_expose, simple[i].expose, NULL);
		rp.rp_cookie = simple[i].cookie;
		snprintf(want, sizeof(want),
		    "HTTP/1.1 200 OK\r\ndate: " DATE "\r\n"
		    "content-type: text/plain\r\ncontent-length: 0\r\n"
		    "%s" CONSTANT "\r\n",
		    simple[i].want);
		check_head(&rp, cf, want);
	}
	/* Nothing of it when it is off, or without an Origin. */
	cf->cf_cors = false;
	check_head(&rp, cf,
	    "HTTP/1.1 200 OK\r\ndate: " DATE "\r\ncontent-type: text/plain\r\n"
	    "content-length: 0\r\n" CONSTANT "\r\n");
	cf->cf_cors = true;
	rp.rp_origin = text(NULL);
	check_head(&rp, cf,
	    "HTTP/1.1 200 OK\r\ndate: " DATE "\r\ncontent-type: text/plain\r\n"
	    "content-length: 0\r\n" CONSTANT "\r\n");
	conf_free(&cf);
}

static const struct {
	const char *route;
	bool credentials;
	const char *allow; /* header that configuration allows */
	const char *method, *headers;
	unsigned int status;
	const char *body, *want;
} flights[] = {
	{ "*", false, "*", "GET", "x-a, x-b", 200, "OK",
	    "access-control-allow-origin: *\r\n"
	    "access-control-allow-methods: GET\r\n"
	    "access-control-max-age: 600\r\n"
	    "access-control-allow-headers: x-a, x-b\r\n" },
	{ "*", true, "*", "GET", NULL, 200, "OK",
	    "vary: Origin\r\n"
	    "access-control-allow-methods: GET\r\n"
	    "access-control-max-age: 600\r\n"
	    "access-control-allow-credentials: true\r\n"
	    "access-control-allow-origin: https://a.example\r\n" },
	{ "https://b.example", false, "X-A", "POST", "x-a ,x-c", 400,
	    "Disallowed CORS origin, method, headers",
	    "vary: Origin\r\n"
	    "access-control-allow-methods: GET\r\n"
	    "access-control-max-age: 600\r\n"
	    "access-control-allow-headers: Accept, Accept-Language, "
	    "Content-Language, Content-Type, X-A\r\n" },
	{ "https://a.example", false, "Accept", "GET", "X-A", 400,
	    "Disallowed CORS headers",
	    "vary: Origin\r\n"
	    "access-control-allow-methods: GET\r\n"
	    "access-control-max-age: 600\r\n"
	    "access-control-allow-headers: Accept, Accept-Language, "
	    "Content-Language, Content-Type\r\n"
	    "access-control-allow-origin: https://a.example\r\n" },
	{ "https://a.example", false, "x-a", "get", "Content-TYPE,X-A", 400,
	    "Disallowed CORS method",
	    "vary: Origin\r\n"
	    "access-control-allow-methods: GET\r\n"
	    "access-control-max-age: 600\r\n"
	    "access-control-allow-headers: Accept, Accept-Language, "
	    "Content-Language, Content-Type, x-a\r\n"
	    "access-control-allow-origin: https://a.example\r\n" },
};

static void
test_preflight(void)
{
	struct conf *cf = conf_new();
	struct reply_preflight pf;
	struct reply rp = { .rp_ctype = reply_ctype(RT_TEXT_UTF8),
		.rp_preflight = &pf };
	struct buf b;
	char want[2048];
	size_t i;

	rp.rp_origin = text("https://a.example");
	cf->cf_cors = true;
	buf_init(&b, 4096);
	for (i = 0; i < sizeof(flights) / sizeof(flights[0]); i++) {
		cf->cf_cors_credentials = flights[i].credentials;
		set_origin(cf, flights[i].route);
		set_list(&cf->cf_cors_headers, flights[i].allow, NULL);
		pf.pf_method = text(flights[i].method);
		pf.pf_headers = text(flights[i].headers);
		buf_reset(&b);
		reply_preflight(&b, cf, &rp.rp_origin, &pf, &rp.rp_status);
		CU_ASSERT_EQUAL(rp.rp_status, flights[i].status);
		rp.rp_len = b.b_len;
		buf_addc(&b, '\0');
		CU_ASSERT_STRING_EQUAL((char *)b.b_data, flights[i].body);
		snprintf(want, sizeof(want),
		    "HTTP/1.1 %s\r\ndate: " DATE "\r\n"
		    "content-type: text/plain; charset=utf-8\r\n"
		    "content-length: %zu\r\n%s" CONSTANT "\r\n",
		    flights[i].status == 200 ? "200 OK" : "400 Bad Request",
		    strlen(flights[i].body), flights[i].want);
		check_head(&rp, cf, want);
	}
	buf_free(&b);
	conf_free(&cf);
}

/* --- problems --------------------------------------------------------- */

static void
check_problem(unsigned int status, uint16_t code, const char *detail,
    bool pretty, const char *want)
{
	struct problem pb = {
		.pb_status = status, .pb_code = code, .pb_detail = detail
	};
	struct buf b;

	buf_init(&b, 4096);
	reply_problem(&b, &pb, pretty);
	buf_addc(&b, '\0');
	CU_ASSERT_STRING_EQUAL((char *)b.b_data, want);
	buf_free(&b);
}

static void
test_problem(void)
{
	check_problem(404, 0, "404: Not Found", false,
	    "{\"title\": \"Not Found\", \"detail\": \"404: Not Found\"}");
	check_problem(403, 0, "no", true,
	    "{\n   \"title\": \"Permission Denied\",\n"
	    "   \"detail\": \"no\"\n}");
	check_problem(417, 0, "Unknown Expect", false,
	    "{\"title\": \"Expectation failed\", "
	    "\"detail\": \"Unknown Expect\"}");
	check_problem(413, 413, "d", false,
	    "{\"title\": \"Request Entity Too Large\", \"detail\": \"d\", "
	    "\"error\": 413}");
	check_problem(429, 6005, "d", false,
	    "{\"title\": \"Too Many Requests\", \"detail\": \"d\", "
	    "\"remediation\": null, \"error\": 6005}");
	check_problem(503, 0, NULL, false,
	    "{\"title\": \"Service Unavailable\", "
	    "\"detail\": \"Service Unavailable\"}");
}

/* Text comes from the code when there is none. */
static void
test_problem_code(void)
{
	struct problem pb = { .pb_status = 406, .pb_code = 6002 };
	struct buf b;

	buf_init(&b, 4096);
	reply_problem(&b, &pb, false);
	buf_addc(&b, '\0');
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.b_data,
	    "{\"title\": \"Not Acceptable\", \"detail\": \""));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.b_data, "\"error\": 6002}"));
	CU_ASSERT_PTR_NULL(strstr((char *)b.b_data, "\"detail\": \"Not Acc"));
	buf_free(&b);
}

static const struct unit_case cases[] = {
	{ "date", test_date },
	{ "plain", test_plain },
	{ "deprecated", test_deprecated },
	{ "redirect", test_redirect },
	{ "CORS origins", test_origin },
	{ "CORS answers", test_simple },
	{ "CORS preflight", test_preflight },
	{ "problems", test_problem },
	{ "problem of a code", test_problem_code },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("reply", cases));
}
