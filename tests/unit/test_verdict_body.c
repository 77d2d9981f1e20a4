/* SPDX-License-Identifier: ISC */
/*
 * http's verdict on bodies of every kind that a row may take, over a table of
 * endpoints of its own.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "apid/http.h"
#include "apid/route.h"
#include "apid/verdict.h"
#include "common/buffer.h"
#include "common/conf.h"
#include "tests/unit/unit.h"

const struct param params[] = {
	{ .p_name = "events",
	    .p_in = PIN_BODY,
	    .p_type = PT_STRINGS,
	    .p_flags = PMF_REQUIRED,
	    .p_maxitems = 2 },
};

const size_t nparams = 1;

static const uint16_t events_params[] = { 0 };
static const char *const json_types[] = { "application/json", NULL };
static const char *const file_types[] = { "application/octet-stream",
	"application/xml", NULL };

enum { R_FILE, R_EVENTS, R_NONE, R__MAX };

const struct row rows[] = {
	[R_FILE] = { .r_id = R_FILE,
	    .r_call = "file",
	    .r_flags =
	        ROWF_BODY | ROWF_BODY_REQ | ROWF_BODY_TEXT | ROWF_BODY_406,
	    .r_ctypes = file_types },
	[R_EVENTS] = { .r_id = R_EVENTS,
	    .r_call = "events",
	    .r_flags = ROWF_BODY | ROWF_BODY_REQ | ROWF_JSON_BODY,
	    .r_params = events_params,
	    .r_nparams = 1,
	    .r_ctypes = json_types },
	[R_NONE] = { .r_id = R_NONE, .r_call = "none" },
};

const size_t nrows = R__MAX;

const struct endpoint endpoints[] = {
	{ METHOD_PUT, "/file", R_FILE },
	{ METHOD_POST, "/events", R_EVENTS },
	{ METHOD_POST, "/none", R_NONE },
};

const size_t nendpoints = 3;

#define NOT_UTF8 "a\xff"

static const struct {
	const char *line, *type, *body;
	unsigned int status; /* 0: good */
	uint16_t code;
	const char *title; /* NULL: by the status */
} table[] = {
	{ "PUT /file", "application/octet-stream", "text", 0, 0, NULL },
	{ "PUT /file", "application/xml; charset=x", "<a/>", 0, 0, NULL },
	{ "PUT /file", "Application/XML", "<a/>", 0, 0, NULL },
	{ "PUT /file", "application/xmls", "<a/>", 415, 0, NULL },
	{ "PUT /file", "application/json", "{}", 415, 0, NULL },
	{ "PUT /file", "text/plain", "", 415, 0, NULL },
	{ "PUT /file", NULL, "text", 406, 6002, NULL },
	/* What is missing or no text is told by a code. */
	{ "PUT /file", "application/xml", "", 400, 1912, NULL },
	{ "PUT /file", NULL, "", 400, 1912, NULL },
	{ "PUT /file", "application/xml", NOT_UTF8, 400, 1911, NULL },
	{ "PUT /file", NULL, NOT_UTF8, 400, 1911, NULL },
	{ "PUT /file", "text/plain", NOT_UTF8, 415, 0, NULL },
	/* JSON */
	{ "POST /events", "application/json", "{\"events\":[\"a\",\"b\"]}", 0,
	    0, NULL },
	{ "POST /events", NULL, "{\"events\":[\"a\",\"b\"]}", 0, 0, NULL },
	{ "POST /events", "application/json", "{\"events\":[\"a\",\"b\",1]}",
	    400, 0, "Events bulk size exceeded" },
	{ "POST /events", "application/json", "{\"events\":[\"a\",1]}", 400, 0,
	    NULL },
	{ "POST /events", "application/xml", "{\"events\":[]}", 415, 0, NULL },
	/* A row that reads no body minds none. */
	{ "POST /none", "text/plain", NOT_UTF8, 0, 0, NULL },
};

static void
judge(size_t i, struct conf *cf, const struct route_map *routes)
{
	static struct verdict vd;
	struct verdict_in in = { .vi_conf = cf, .vi_routes = routes };
	const struct problem *pb = &vd.vd_problem;
	struct http_request req;
	struct buf scratch, arena;
	const char *why = "";
	char head[256];
	size_t len, used = 0, seen = 0;

	len = (size_t)snprintf(head, sizeof(head),
	    "%s HTTP/1.1\r\nHost: h\r\n%s%s%s\r\n", table[i].line,
	    table[i].type == NULL ? "" : "Content-Type: ",
	    table[i].type == NULL ? "" : table[i].type,
	    table[i].type == NULL ? "" : "\r\n");
	CU_ASSERT_EQUAL_FATAL(
	    http_parse(head, len, 4096, &seen, &req, &used, &why), HTTP_DONE);
	buf_init(&scratch, 65536);
	buf_init(&arena, 65536);
	in.vi_req = &req;
	in.vi_body = table[i].body;
	in.vi_bodylen = in.vi_size = strlen(table[i].body);
	verdict_make(&vd, &in, &scratch, &arena);
	if (pb->pb_status != table[i].status)
		printf("\n%s %s: %u %s\n", table[i].line, table[i].body,
		    pb->pb_status, vd.vd_why);
	CU_ASSERT_EQUAL(
	    vd.vd_check, table[i].status == 0 ? VERDICT_OK : VERDICT_BAD);
	CU_ASSERT_EQUAL(pb->pb_status, table[i].status);
	CU_ASSERT_EQUAL(pb->pb_code, table[i].code);
	CU_ASSERT_EQUAL(pb->pb_title == NULL, table[i].title == NULL);
	if (pb->pb_title != NULL && table[i].title != NULL)
		CU_ASSERT_STRING_EQUAL(pb->pb_title, table[i].title);
	if (table[i].status == 415)
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(pb->pb_detail, rows[vd.vd_row->r_id].r_ctypes[0]));
	verdict_free(&vd);
	buf_free(&scratch);
	buf_free(&arena);
}

static void
test_bodies(void)
{
	struct route_map *routes = route_new(endpoints, nendpoints);
	struct conf *cf = conf_new();
	size_t i;

	CU_ASSERT_TRUE_FATAL(routes != NULL && cf != NULL);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		judge(i, cf, routes);
	route_free(&routes);
	conf_free(&cf);
}

static const struct unit_case cases[] = {
	{ "bodies", test_bodies },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("verdict_body", cases));
}
