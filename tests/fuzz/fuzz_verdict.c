/* SPDX-License-Identifier: ISC */
/*
 * From a request's bytes to http's verdict, its credential and what the access
 * log shows: whatever comes, one of the answers stands, arguments are those of
 * the row, and nothing that is written has a line of its own.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apid/access.h"
#include "apid/cred.h"
#include "apid/http.h"
#include "apid/reply.h"
#include "apid/route.h"
#include "apid/verdict.h"
#include "common/buffer.h"
#include "common/conf.h"

#define LIMIT 4096

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct verdict *vd)
{
	char why[256];

	switch (vd->vd_kind) {
	case VK_CHECK:
		if ((vd->vd_check == VERDICT_NOPATH) != (vd->vd_row == NULL))
			abort();
		if (vd->vd_check != VERDICT_OK &&
		    vd->vd_problem.pb_status < 400)
			abort();
		/* An executor must not find more than http did. */
		if (vd->vd_check == VERDICT_OK &&
		    params_check(vd->vd_row, &vd->vd_args, why, sizeof(why)) ==
		        -1)
			abort();
		break;
	case VK_SLASH:
		if (vd->vd_pathlen == 0)
			abort();
		break;
	default:
		break;
	}
}

static void
one_line(struct buf *b)
{
	if (b->b_len > 0 &&
	    (memchr(b->b_data, '\n', b->b_len) != NULL ||
	        memchr(b->b_data, '\r', b->b_len) != NULL))
		abort();
}

static void
shown(const struct verdict *vd, const struct http_request *r, const char *body,
    size_t len)
{
	struct buf b;

	buf_init(&b, 65536);
	access_params(&b, vd->vd_row, vd->vd_pairs, vd->vd_npairs);
	one_line(&b);
	buf_reset(&b);
	access_body(&b, vd->vd_row, vd->vd_path, body, len, true);
	access_body(&b, vd->vd_row, vd->vd_path, body, len, false);
	one_line(&b);
	if (vd->vd_kind == VK_SLASH && r->hr_host.t_s != NULL) {
		buf_reset(&b);
		reply_location(&b, true, &r->hr_host, vd->vd_path,
		    vd->vd_pathlen, &r->hr_query);
		one_line(&b);
	}
	buf_free(&b);
}

static void
judge(const struct http_request *r, const char *body, size_t len)
{
	static struct verdict vd;
	struct verdict_in in = {
		.vi_req = r, .vi_body = body, .vi_bodylen = len, .vi_size = len
	};
	struct route_map *routes = route_new(endpoints, nendpoints);
	struct conf *cf = conf_new();
	struct buf scratch, arena;

	if (routes == NULL || cf == NULL)
		abort();
	buf_init(&scratch, 1024 * 1024);
	buf_init(&arena, 1024 * 1024);
	cf->cf_cors = len % 2 == 0;
	cf->cf_max_upload = LIMIT;
	in.vi_toobig = len > LIMIT;
	in.vi_conf = cf;
	in.vi_routes = routes;
	verdict_make(&vd, &in, &scratch, &arena);
	check(&vd);
	shown(&vd, r, body, len);
	verdict_free(&vd);
	buf_free(&scratch);
	buf_free(&arena);
	conf_free(&cf);
	route_free(&routes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request r;
	struct cred cr;
	const char *text = (const char *)data, *why;
	size_t used, seen = 0;

	if (size == 0 ||
	    http_parse(text, size, 65536, &seen, &r, &used, &why) != HTTP_DONE)
		return (0);
	cred_parse(&r, &cr);
	if (strlen(cr.cr_user) > CHECK_NAME ||
	    strlen(cr.cr_secret) > CHECK_TOKEN)
		abort();
	cred_wipe(&cr);
	judge(&r, text + used, size - used);
	return (0);
}
