/* SPDX-License-Identifier: ISC */
/*
 * The HTTP parser: what it takes, what it refuses, and that the pieces in
 * which bytes arrive never change what they mean.
 */
#include <sys/types.h>

#include <dirent.h>
#include <limits.h>

#include "tests/unit/http_conn.h"
#include "tests/unit/unit.h"

#define HEAD_MAX        16384
#define SMUGGLING       "tests/fuzz/corpus/smuggling"
#define SMUGGLING_LEAST 40

static struct http_request req;
static const char *why;
static size_t used;

static enum http_status
parse(const char *text)
{
	size_t seen = 0;

	return (
	    http_parse(text, strlen(text), HEAD_MAX, &seen, &req, &used, &why));
}

/* A GET with more header lines, each with its CRLF. */
static enum http_status
fields(const char *lines)
{
	static char text[32768];

	snprintf(
	    text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", lines);
	return (parse(text));
}

static enum http_status
line(const char *first)
{
	static char text[1024];

	snprintf(text, sizeof(text), "%s\r\nHost: a\r\n\r\n", first);
	return (parse(text));
}

/* The same bytes; NULL for a text that is absent. */
static bool
is(const struct http_text *t, const char *want)
{
	if (want == NULL || t->t_s == NULL)
		return (want == NULL && t->t_s == NULL);
	return (
	    t->t_len == strlen(want) && memcmp(t->t_s, want, t->t_len) == 0);
}

static void
test_plain(void)
{
	static const char text[] =
	    "POST /agents?pretty=true&limit=1 HTTP/1.1\r\n"
	    "hOST: 127.0.0.1:55000\r\n"
	    "Authorization:Bearer a.b.c\r\n"
	    "Content-Type: \t application/json \t\r\n"
	    "X-Empty:\r\n"
	    "Content-Length: 2\r\n"
	    "X-Bytes: caf\xc3\xa9\r\n"
	    "\r\n{}";

	CU_ASSERT_EQUAL(parse(text), HTTP_DONE);
	CU_ASSERT_EQUAL(used, strlen(text) - 2);
	CU_ASSERT(is(&req.hr_method, "POST"));
	CU_ASSERT(is(&req.hr_target, "/agents?pretty=true&limit=1"));
	CU_ASSERT(is(&req.hr_path, "/agents"));
	CU_ASSERT(is(&req.hr_query, "pretty=true&limit=1"));
	CU_ASSERT_EQUAL(req.hr_minor, 1);
	CU_ASSERT(req.hr_keepalive);
	CU_ASSERT(!req.hr_expect && !req.hr_expect_100);
	CU_ASSERT_EQUAL(req.hr_body, HTTP_BODY_LENGTH);
	CU_ASSERT_EQUAL(req.hr_length, 2);
	CU_ASSERT_EQUAL(req.hr_nheaders, 6);
	CU_ASSERT(is(&req.hr_host, "127.0.0.1:55000"));
	CU_ASSERT(is(&req.hr_auth, "Bearer a.b.c"));
	CU_ASSERT(is(&req.hr_ctype, "application/json"));
	CU_ASSERT(is(&req.hr_origin, NULL));
	CU_ASSERT(is(http_header(&req, "x-empty"), ""));
	CU_ASSERT(is(http_header(&req, "X-BYTES"), "caf\xc3\xa9"));
	CU_ASSERT_PTR_NULL(http_header(&req, "X-Byte"));
}

static void
test_cors(void)
{
	CU_ASSERT_EQUAL(fields("Origin: https://b\r\n"
	                       "access-control-request-METHOD: PUT\r\n"
	                       "Access-Control-Request-Headers: a, b\r\n"
	                       "Origin: https://c\r\n"),
	    HTTP_DONE);
	CU_ASSERT(is(&req.hr_origin, "https://b"));
	CU_ASSERT(is(&req.hr_acrm, "PUT"));
	CU_ASSERT(is(&req.hr_acrh, "a, b"));
	CU_ASSERT(is(&req.hr_ctype, NULL));
}

/* A second parse into the same struct keeps nothing of the first. */
static void
test_no_leftovers(void)
{
	CU_ASSERT_EQUAL(
	    fields("Authorization: a\r\nAuthorization: b\r\n"
	           "Origin: o\r\nContent-Length: 7\r\nExpect: x\r\n"),
	    HTTP_DONE);
	CU_ASSERT(req.hr_auth_twice && req.hr_expect);
	CU_ASSERT(is(&req.hr_auth, "a"));
	CU_ASSERT_EQUAL(parse("GET / HTTP/1.0\r\n\r\n"), HTTP_DONE);
	CU_ASSERT(!req.hr_auth_twice && !req.hr_expect && !req.hr_keepalive);
	CU_ASSERT(is(&req.hr_auth, NULL) && is(&req.hr_origin, NULL));
	CU_ASSERT(is(&req.hr_host, NULL) && is(&req.hr_query, NULL));
	CU_ASSERT_EQUAL(req.hr_body, HTTP_BODY_NONE);
	CU_ASSERT_EQUAL(req.hr_length, 0);
	CU_ASSERT_EQUAL(req.hr_nheaders, 0);
	CU_ASSERT_EQUAL(req.hr_minor, 0);
}

static void
test_request_line(void)
{
	CU_ASSERT_EQUAL(line("get /x HTTP/1.1"), HTTP_DONE);
	CU_ASSERT(is(&req.hr_method, "get"));
	CU_ASSERT_EQUAL(line("M-SEARCH!#$%&'*+.^_`|~ /? HTTP/1.1"), HTTP_DONE);
	CU_ASSERT(is(&req.hr_path, "/") && is(&req.hr_query, ""));
	CU_ASSERT_EQUAL(line("GET //a/../b HTTP/1.1"), HTTP_DONE);
	CU_ASSERT(is(&req.hr_path, "//a/../b"));
	/* What curl sends as it was typed. */
	CU_ASSERT_EQUAL(
	    line("GET /agents?q=id<5;(a|b)\"^`{}[]\\ HTTP/1.1"), HTTP_DONE);
	CU_ASSERT(is(&req.hr_query, "q=id<5;(a|b)\"^`{}[]\\"));
	CU_ASSERT_EQUAL(line("GET /a?b?c HTTP/1.1"), HTTP_DONE);
	CU_ASSERT(is(&req.hr_query, "b?c"));
	CU_ASSERT_EQUAL(line("OPTIONS * HTTP/1.1"), HTTP_DONE);
	CU_ASSERT(is(&req.hr_path, "*"));
	CU_ASSERT_EQUAL(line("OPTIONSX * HTTP/1.1"), HTTP_BAD);
	CU_ASSERT_EQUAL(line("GET /\x7f HTTP/1.1"), HTTP_BAD);
}

static void
test_version(void)
{
	CU_ASSERT_EQUAL(line("GET / HTTP/1.0"), HTTP_DONE);
	CU_ASSERT_EQUAL(req.hr_minor, 0);
	CU_ASSERT_EQUAL(line("GET / HTTP/1.2"), HTTP_VERSION);
	CU_ASSERT_EQUAL(line("GET / HTTP/2.0"), HTTP_VERSION);
	CU_ASSERT_EQUAL(line("GET / HTTP/0.9"), HTTP_VERSION);
	CU_ASSERT_EQUAL(
	    parse("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HTTP_VERSION);
	CU_ASSERT_EQUAL(line("GET / HTTP/11"), HTTP_BAD);
	CU_ASSERT_EQUAL(line("GET / HTTPS/1.1"), HTTP_BAD);
	CU_ASSERT_EQUAL(line("GET / HTTP/1,1"), HTTP_BAD);
	CU_ASSERT_PTR_NOT_NULL(why);
}

static void
test_absolute(void)
{
	CU_ASSERT_EQUAL(line("GET http://h:80/p/q?r=s HTTP/1.1"), HTTP_DONE);
	CU_ASSERT(is(&req.hr_target, "/p/q?r=s"));
	CU_ASSERT(is(&req.hr_path, "/p/q") && is(&req.hr_query, "r=s"));
	CU_ASSERT(is(&req.hr_host, "h:80"));
	CU_ASSERT_EQUAL(line("GET HTTPS://[::1] HTTP/1.1"), HTTP_DONE);
	CU_ASSERT(is(&req.hr_path, "/") && is(&req.hr_query, NULL));
	CU_ASSERT(is(&req.hr_target, "/") && is(&req.hr_host, "[::1]"));
	CU_ASSERT_EQUAL(line("GET http://h?x HTTP/1.1"), HTTP_DONE);
	CU_ASSERT(is(&req.hr_path, "/") && is(&req.hr_query, "x"));
	/* Host must be there and be good all the same. */
	CU_ASSERT_EQUAL(parse("GET http://h/ HTTP/1.1\r\n\r\n"), HTTP_BAD);
	CU_ASSERT_EQUAL(
	    parse("GET http://h/ HTTP/1.1\r\nHost: a b\r\n\r\n"), HTTP_BAD);
}

static void
test_host(void)
{
	static const char *const good[] = { "a", "A-b_c~d.e", "a:", "a:65535",
		"10.0.0.1:55000", "[::1]", "[fe80::1:2]:443", "a%20b" };
	static const char *const bad[] = { "", ":80", "a:123456", "a:8 0",
		"[::1", "::1", "[]", "[g]", "[::1]x", "a;b", "a\\b", "a#",
		"*" };
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text),
		    "GET / HTTP/1.1\r\nHost: %s\r\n"
		    "\r\n",
		    good[i]);
		CU_ASSERT_EQUAL(parse(text), HTTP_DONE);
		CU_ASSERT(is(&req.hr_host, good[i]));
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
		    "GET / HTTP/1.1\r\nHost: %s\r\n"
		    "\r\n",
		    bad[i]);
		CU_ASSERT_EQUAL(parse(text), HTTP_BAD);
	}
	CU_ASSERT_EQUAL(
	    parse("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), HTTP_BAD);
}

static void
test_keepalive(void)
{
	static const struct {
		const char *lines;
		bool one, zero; /* in HTTP/1.1, in 1.0 */
	} cases[] = {
		{ "", true, false },
		{ "Connection: close\r\n", false, false },
		{ "Connection: Keep-Alive\r\n", true, true },
		{ "Connection: keep-alive, CLOSE\r\n", false, false },
		{ "Connection: keep-alive\r\nConnection: close\r\n", false,
		    false },
		{ "Connection: , ,te,\t keep-alive ,\r\n", true, true },
		{ "Connection: closed, xclose, keep-alive2\r\n", true, false },
		{ "Connection:\r\n", true, false },
		{ "Proxy-Connection: keep-alive\r\n", true, false },
	};
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(fields(cases[i].lines), HTTP_DONE);
		CU_ASSERT_EQUAL(req.hr_keepalive, cases[i].one);
		snprintf(text, sizeof(text), "GET / HTTP/1.0\r\n%s\r\n",
		    cases[i].lines);
		CU_ASSERT_EQUAL(parse(text), HTTP_DONE);
		CU_ASSERT_EQUAL(req.hr_keepalive, cases[i].zero);
	}
	CU_ASSERT_EQUAL(fields("Connection: clo se\r\n"), HTTP_BAD);
}

static void
test_expect(void)
{
	CU_ASSERT_EQUAL(fields("Expect: 100-Continue\r\n"), HTTP_DONE);
	CU_ASSERT(req.hr_expect && req.hr_expect_100);
	CU_ASSERT_EQUAL(fields("Expect: 200-ok\r\n"), HTTP_DONE);
	CU_ASSERT(req.hr_expect && !req.hr_expect_100);
	CU_ASSERT_EQUAL(
	    fields("Expect: 100-continue\r\nExpect: x\r\n"), HTTP_DONE);
	CU_ASSERT(req.hr_expect && !req.hr_expect_100);
	CU_ASSERT_EQUAL(
	    fields("Expect: x\r\nExpect: 100-continue\r\n"), HTTP_DONE);
	CU_ASSERT(req.hr_expect && !req.hr_expect_100);
	CU_ASSERT_EQUAL(parse("GET / HTTP/1.0\r\nExpect: 100-continue\r\n"
	                      "\r\n"),
	    HTTP_DONE);
	CU_ASSERT(!req.hr_expect && !req.hr_expect_100);
}

static void
test_lengths(void)
{
	CU_ASSERT_EQUAL(fields("Content-Length: 0\r\n"), HTTP_DONE);
	CU_ASSERT_EQUAL(req.hr_body, HTTP_BODY_LENGTH);
	CU_ASSERT_EQUAL(req.hr_length, 0);
	CU_ASSERT_EQUAL(
	    fields("Content-Length: 9999999999999999999\r\n"), HTTP_DONE);
	CU_ASSERT_EQUAL(req.hr_length, UINT64_C(9999999999999999999));
	CU_ASSERT_EQUAL(fields("Content-Length:\t0012 \r\n"), HTTP_DONE);
	CU_ASSERT_EQUAL(req.hr_length, 12);
	CU_ASSERT_EQUAL(
	    fields("Content-Length: 10000000000000000000\r\n"), HTTP_BAD);
	CU_ASSERT_EQUAL(fields("Transfer-Encoding: Chunked\r\n"), HTTP_DONE);
	CU_ASSERT_EQUAL(req.hr_body, HTTP_BODY_CHUNKED);
	CU_ASSERT_EQUAL(fields("Transfer-Encoding: gzip\r\n"), HTTP_NOTIMPL);
	CU_ASSERT_EQUAL(
	    fields("Transfer-Encoding: gzip, chunked\r\n"), HTTP_NOTIMPL);
	CU_ASSERT_EQUAL(
	    fields("Transfer-Encoding: chunked, gzip\r\n"), HTTP_BAD);
	CU_ASSERT_EQUAL(fields("Transfer-Encoding: gzip\r\n"
	                       "Content-Length: 1\r\n"),
	    HTTP_BAD);
}

static void
test_limits(void)
{
	static char text[32768];
	size_t i, len, seen = 0;

	len = (size_t)snprintf(text, sizeof(text),
	    "GET / HTTP/1.1\r\n"
	    "Host: a\r\n");
	for (i = 1; i < HTTP_HEADERS; i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "X%zu: y\r\n", i);
	snprintf(text + len, sizeof(text) - len, "\r\n");
	CU_ASSERT_EQUAL(parse(text), HTTP_DONE);
	CU_ASSERT_EQUAL(req.hr_nheaders, HTTP_HEADERS);
	CU_ASSERT(is(&req.hr_header[HTTP_HEADERS - 1].hh_name, "X99"));
	/* A head of exactly the limit, with a body behind it. */
	CU_ASSERT_EQUAL(
	    http_parse(text, len + 2, len + 2, &seen, &req, &used, &why),
	    HTTP_DONE);
	seen = 0;
	CU_ASSERT_EQUAL(
	    http_parse(text, len + 2, len + 1, &seen, &req, &used, &why),
	    HTTP_TOOBIG);
	seen = 0;
	CU_ASSERT_EQUAL(
	    http_parse(text, len, len + 1, &seen, &req, &used, &why),
	    HTTP_MORE);
	CU_ASSERT_EQUAL(seen, len);
	snprintf(text + len, sizeof(text) - len, "X: y\r\n\r\n");
	CU_ASSERT_EQUAL(parse(text), HTTP_TOOBIG);
	/* An endless line, and one that begins beyond the limit. */
	memset(text, 'a', HEAD_MAX + 1);
	text[HEAD_MAX + 1] = '\0';
	CU_ASSERT_EQUAL(parse(text), HTTP_TOOBIG);
	text[HEAD_MAX] = '\0';
	CU_ASSERT_EQUAL(parse(text), HTTP_TOOBIG);
	text[HEAD_MAX - 1] = '\0';
	CU_ASSERT_EQUAL(parse(text), HTTP_MORE);
}

/* What was searched is not searched again: a byte put in later is not seen. */
static void
test_seen(void)
{
	char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX: y";
	size_t seen = 0;

	CU_ASSERT_EQUAL(
	    http_parse(text, strlen(text), HEAD_MAX, &seen, &req, &used, &why),
	    HTTP_MORE);
	CU_ASSERT_EQUAL(seen, strlen(text));
	text[20] = '\n';
	CU_ASSERT_EQUAL(
	    http_parse(text, strlen(text), HEAD_MAX, &seen, &req, &used, &why),
	    HTTP_MORE);
	seen = 0;
	CU_ASSERT_EQUAL(
	    http_parse(text, strlen(text), HEAD_MAX, &seen, &req, &used, &why),
	    HTTP_BAD);
	CU_ASSERT_EQUAL(
	    http_parse(NULL, 0, HEAD_MAX, &seen, &req, &used, &why), HTTP_MORE);
}

static void
test_empty_line(void)
{
	CU_ASSERT_EQUAL(
	    parse("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), HTTP_DONE);
	CU_ASSERT_EQUAL(used, 29);
	CU_ASSERT_EQUAL(parse("\r"), HTTP_MORE);
	CU_ASSERT_EQUAL(parse("\r\n"), HTTP_MORE);
	CU_ASSERT_EQUAL(parse("\r\n\r"), HTTP_MORE);
	CU_ASSERT_EQUAL(parse("\r\n\r\n"), HTTP_BAD);
	CU_ASSERT_EQUAL(parse("\n"), HTTP_BAD);
}

static void
test_decode(void)
{
	char out[32];

	CU_ASSERT_EQUAL(http_decode("a%2Fb+c%c3%A9", 13, false, out), 7);
	CU_ASSERT_STRING_EQUAL(out, "a/b+c\xc3\xa9");
	CU_ASSERT_EQUAL(http_decode("a+b%2B%20", 9, true, out), 5);
	CU_ASSERT_STRING_EQUAL(out, "a b+ ");
	CU_ASSERT_EQUAL(http_decode("", 0, true, out), 0);
	CU_ASSERT_STRING_EQUAL(out, "");
	/* Once only. */
	CU_ASSERT_EQUAL(http_decode("%252e", 5, false, out), 3);
	CU_ASSERT_STRING_EQUAL(out, "%2e");
	CU_ASSERT_EQUAL(http_decode("%", 1, false, out), -1);
	CU_ASSERT_EQUAL(http_decode("%2", 2, false, out), -1);
	CU_ASSERT_EQUAL(http_decode("%2f", 2, false, out), -1);
	CU_ASSERT_EQUAL(http_decode("%g0", 3, false, out), -1);
	CU_ASSERT_EQUAL(http_decode("%0g", 3, false, out), -1);
	CU_ASSERT_EQUAL(http_decode("%+1", 3, true, out), -1);
	CU_ASSERT_EQUAL(http_decode("a%00", 4, false, out), -1);
	CU_ASSERT_EQUAL(http_decode("a\0b", 3, false, out), -1);
}

static void
test_query(void)
{
	static const char text[] = "&&a=1&b&=c&d==&&e=f;g=h&";
	static const char *const want[][2] = { { "a", "1" }, { "b", "" },
		{ "", "c" }, { "d", "=" }, { "e", "f;g=h" } };
	struct http_text rest = { text, sizeof(text) - 1 }, name, value;
	struct http_text none = { NULL, 0 };
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		CU_ASSERT_FATAL(http_query_next(&rest, &name, &value));
		CU_ASSERT(is(&name, want[i][0]) && is(&value, want[i][1]));
	}
	CU_ASSERT(!http_query_next(&rest, &name, &value));
	CU_ASSERT(!http_query_next(&none, &name, &value));
}

/* --- bodies in chunks -------------------------------------------------- */

/* Take a chunked body apart, step bytes at a time; out is NUL-ended. */
static enum http_status
unchunk(const char *text, size_t len, size_t step, char *out, size_t *at)
{
	struct http_chunked hc;
	enum http_status st = HTTP_MORE;
	const char *piece;
	size_t n, got, have;

	memset(&hc, 0, sizeof(hc));
	for (*at = 0; st == HTTP_MORE && *at < len; *at += n) {
		have = len - *at < step ? len - *at : step;
		st = http_chunk(&hc, text + *at, have, &n, &piece, &got, &why);
		memcpy(out, piece, got);
		out += got;
		if (st == HTTP_MORE && n == 0)
			break;
	}
	*out = '\0';
	return (st);
}

static void
test_chunks(void)
{
	static const char text[] =
	    "5\r\nhello\r\n00A;a=b;c=\"d e\"\r\n"
	    ", 3 worlds\r\n000\r\nX-Sum: 1\r\nY:\r\n\r\nGET /";
	char out[64];
	size_t at, step;

	for (step = 1; step < sizeof(text); step++) {
		CU_ASSERT_EQUAL(
		    unchunk(text, sizeof(text) - 1, step, out, &at), HTTP_DONE);
		CU_ASSERT_STRING_EQUAL(out, "hello, 3 worlds");
		CU_ASSERT_STRING_EQUAL(text + at, "GET /");
	}
	CU_ASSERT_EQUAL(unchunk("0\r\n\r\n", 5, 9, out, &at), HTTP_DONE);
	CU_ASSERT_EQUAL(unchunk("0\r\n\r\n", 4, 9, out, &at), HTTP_MORE);
	CU_ASSERT_EQUAL(unchunk("5\r\nab", 5, 9, out, &at), HTTP_MORE);
	CU_ASSERT_STRING_EQUAL(out, "ab");
	/* The largest size is taken, one more is not. */
	CU_ASSERT_EQUAL(
	    unchunk("7fffffffffffffff\r\nx", 19, 9, out, &at), HTTP_MORE);
	CU_ASSERT_EQUAL(
	    unchunk("8000000000000000\r\nx", 19, 9, out, &at), HTTP_BAD);
}

static void
test_chunk_limits(void)
{
	static char text[20000];
	char out[16];
	size_t at, n;

	for (n = 256; n <= 257; n++) {
		snprintf(
		    text, sizeof(text), "1;%0*d\r\nx\r\n0\r\n\r\n", (int)n, 0);
		CU_ASSERT_EQUAL(unchunk(text, strlen(text), 100, out, &at),
		    n == 256 ? HTTP_DONE : HTTP_BAD);
	}
	/* Each chunk has a limit of its own. */
	snprintf(text, sizeof(text), "1;%0200d\r\nx\r\n0;%0200d\r\n\r\n", 0, 0);
	CU_ASSERT_EQUAL(unchunk(text, strlen(text), 100, out, &at), HTTP_DONE);
	/* All trailers together: "X:", digits and a CR, twice. */
	for (n = 4096; n <= 4097; n++) {
		snprintf(text, sizeof(text), "0\r\nX:%0*d\r\nX:%04094d\r\n\r\n",
		    (int)n - 2, 0, 0);
		CU_ASSERT_EQUAL(
		    unchunk(text, strlen(text), 100, out, &at), HTTP_BAD);
		snprintf(text, sizeof(text), "0\r\nX:%0*d\r\nX:%04092d\r\n\r\n",
		    (int)n - 2, 0, 0);
		CU_ASSERT_EQUAL(unchunk(text, strlen(text), 100, out, &at),
		    n == 4096 ? HTTP_DONE : HTTP_BAD);
	}
}

/* --- pieces, and what must not get through ----------------------------- */

/* Every way of cutting the stream gives what it gives at once. */
static void
same_in_pieces(const char *stream, size_t len, struct conn *whole)
{
	static const size_t steps[] = { 1, 2, 3, 7, 64 };
	struct conn c;
	size_t i;

	conn_run(whole, stream, len, len, HEAD_MAX);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		conn_run(&c, stream, len, steps[i], HEAD_MAX);
		CU_ASSERT(conn_same(whole, &c));
		buf_free(&c.c_log);
	}
}

static void
test_pieces(void)
{
	static const char stream[] =
	    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	    "\r\nPOST /agents?x=%20 HTTP/1.1\r\nHost: [::1]:1\r\n"
	    "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
	    "3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: u\r\n\r\n"
	    "DELETE http://b/c HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
	    "Content-Type: application/json\r\n\r\n{}"
	    "HEAD /d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
	    "GET /e HTTP/1.1\r\nHost : a\r\n\r\n"
	    "GET /f HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char want[] =
	    " method=GET target=/ path=/ host=a minor=1 keep=1 expect=0,0"
	    " body=0,0 name=Host value=a\nbody: \ndone\n"
	    " method=POST target=/agents?x=%20 path=/agents query=x=%20"
	    " host=[::1]:1 minor=1 keep=1 expect=1,1 body=2,0"
	    " name=Host value=[::1]:1 name=Transfer-Encoding value=chunked"
	    " name=Expect value=100-continue\nbody: abcde\ndone\n"
	    " method=DELETE target=/c path=/c host=b ctype=application/json"
	    " minor=1 keep=1 expect=0,0 body=1,2 name=Host value=a"
	    " name=Content-Length value=2 name=Content-Type"
	    " value=application/json\nbody: {}\ndone\n"
	    " method=HEAD target=/d path=/d minor=0 keep=1 expect=0,0"
	    " body=0,0 name=Connection value=keep-alive\nbody: \ndone\n"
	    "\nover 2: malformed header name\n";
	struct conn whole;

	same_in_pieces(stream, sizeof(stream) - 1, &whole);
	CU_ASSERT_EQUAL(whole.c_done, 4);
	CU_ASSERT_EQUAL(whole.c_end, HTTP_BAD);
	CU_ASSERT_EQUAL(whole.c_log.b_len, sizeof(want) - 1);
	CU_ASSERT(memcmp(whole.c_log.b_data, want, sizeof(want) - 1) == 0);
	buf_free(&whole.c_log);
}

static const char *
source(void)
{
	const char *s;

	s = getenv("srcdir");
	return (s != NULL ? s : ".");
}

/* No request of the file may be taken, however its bytes come. */
static void
smuggle(const char *path, const char *name)
{
	static char data[32768];
	struct conn c;
	size_t len;
	FILE *f;

	f = fopen(path, "rb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	len = fread(data, 1, sizeof(data), f);
	CU_ASSERT(len > 0 && len < sizeof(data));
	fclose(f);
	same_in_pieces(data, len, &c);
	if (c.c_done != 0 || (c.c_end != HTTP_BAD && c.c_end != HTTP_NOTIMPL))
		printf("let in: %s, status %d\n", name, (int)c.c_end);
	CU_ASSERT_EQUAL(c.c_done, 0);
	CU_ASSERT(c.c_end == HTTP_BAD || c.c_end == HTTP_NOTIMPL);
	buf_free(&c.c_log);
}

static void
test_smuggling(void)
{
	char dir[PATH_MAX], path[PATH_MAX * 2];
	struct dirent *de;
	unsigned int n = 0;
	const char *dot;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/%s", source(), SMUGGLING);
	d = opendir(dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((de = readdir(d)) != NULL) {
		dot = strrchr(de->d_name, '.');
		if (dot == NULL || strcmp(dot, ".req") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		smuggle(path, de->d_name);
		n++;
	}
	closedir(d);
	CU_ASSERT(n >= SMUGGLING_LEAST);
}

static const struct unit_case cases[] = {
	{ "plain", test_plain },
	{ "cors", test_cors },
	{ "no_leftovers", test_no_leftovers },
	{ "request_line", test_request_line },
	{ "version", test_version },
	{ "absolute", test_absolute },
	{ "host", test_host },
	{ "keepalive", test_keepalive },
	{ "expect", test_expect },
	{ "lengths", test_lengths },
	{ "limits", test_limits },
	{ "seen", test_seen },
	{ "empty_line", test_empty_line },
	{ "decode", test_decode },
	{ "query", test_query },
	{ "chunks", test_chunks },
	{ "chunk_limits", test_chunk_limits },
	{ "pieces", test_pieces },
	{ "smuggling", test_smuggling },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("http", cases));
}
