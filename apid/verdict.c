/* SPDX-License-Identifier: ISC */
/* http's own opinion of a request: see verdict.h. */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "apid/route.h"
#include "apid/verdict.h"
#include "common/buffer.h"
#include "common/call.h"
#include "common/conf.h"

#define VERDICT_PATH 8192 /* bytes of the values of a path's placeholders */

/* --- decoding --------------------------------------------------------- */

/* Decode text into room that was made before. -1: it is not text. */
static ssize_t
verdict_decode(struct buf *scratch, const struct http_text *t, bool query,
    const char **out_r)
{
	char *out = (char *)scratch->b_data + scratch->b_len;
	ssize_t n;

	n = http_decode(t->t_s, t->t_len, query, out);
	if (n == -1)
		return (-1);
	*out_r = out;
	scratch->b_len += (size_t)n + 1;
	return (n);
}

/* Room for the path and every pair, so that nothing moves afterwards. */
static int
verdict_room(struct buf *scratch, const struct http_request *r)
{
	buf_reset(scratch);
	return (buf_room(scratch,
	            r->hr_path.t_len + r->hr_query.t_len + 2 * VERDICT_PAIRS +
	                2) == NULL ?
	        -1 :
	        0);
}

/* NULL, or what is wrong with the query string. */
static const char *
verdict_query(
    struct verdict *vd, struct buf *scratch, const struct http_request *r)
{
	struct http_text rest = r->hr_query, name, value;
	struct params_pair *p;
	ssize_t n;

	if (rest.t_s == NULL)
		return (NULL);
	while (http_query_next(&rest, &name, &value)) {
		if (vd->vd_npairs == VERDICT_PAIRS)
			return ("Too many query parameters");
		p = &vd->vd_pairs[vd->vd_npairs];
		n = verdict_decode(scratch, &name, true, &p->pp_name);
		if (n == -1)
			return ("Malformed escape in the query string");
		p->pp_namelen = (size_t)n;
		n = verdict_decode(scratch, &value, true, &p->pp_value);
		if (n == -1)
			return ("Malformed escape in the query string");
		p->pp_valuelen = (size_t)n;
		vd->vd_npairs++;
	}
	return (NULL);
}

/* Problems are indented only for the very word "true". */
static bool
verdict_pretty(const struct verdict *vd)
{
	const struct params_pair *p;
	bool pretty = false;
	size_t i;

	for (i = 0; i < vd->vd_npairs; i++) {
		p = &vd->vd_pairs[i];
		if (p->pp_namelen == 6 && memcmp(p->pp_name, "pretty", 6) == 0)
			pretty = p->pp_valuelen == 4 &&
			    memcmp(p->pp_value, "true", 4) == 0;
	}
	return (pretty);
}

/* --- verdicts --------------------------------------------------------- */

static void
verdict_problem(struct verdict *vd, unsigned int status, const char *title,
    const char *detail)
{
	vd->vd_check = VERDICT_BAD;
	vd->vd_problem.pb_status = status;
	vd->vd_problem.pb_title = title;
	vd->vd_problem.pb_detail = detail;
}

/* What params_decode.h returned; false: it was a failure. */
static bool
verdict_params(struct verdict *vd, int r)
{
	switch (r) {
	case PARAMS_OK:
		return (true);
	case PARAMS_DEPTH:
		/* The original refuses this outside of its header layer. */
		verdict_problem(vd, 400, "Maximum recursion depth exceeded.",
		    "The JSON of the request is nested deeper than is allowed");
		vd->vd_problem.pb_bare = true;
		return (false);
	case PARAMS_MANY:
		verdict_problem(
		    vd, 400, "Events bulk size exceeded", vd->vd_why);
		return (false);
	case PARAMS_TOOBIG:
		verdict_problem(vd, 413, "Content size exceeded.",
		    "The request has more values than can be held");
		return (false);
	default:
		verdict_problem(vd, 400, NULL, vd->vd_why);
		return (false);
	}
}

/* Is the content type that one, whatever its parameters? */
static bool
verdict_is_type(const struct http_text *t, const char *type)
{
	size_t len = strlen(type);

	return (t->t_len >= len && strncasecmp(t->t_s, type, len) == 0 &&
	    (t->t_len == len || t->t_s[len] == ';' || t->t_s[len] == ' ' ||
	        t->t_s[len] == '\t'));
}

static bool
verdict_type(struct verdict *vd, const struct verdict_in *in)
{
	const struct http_text *t = &in->vi_req->hr_ctype;
	const char *const *type = vd->vd_row->r_ctypes;
	size_t n;

	if (type == NULL || t->t_s == NULL || t->t_len == 0)
		return (true);
	n = (size_t)snprintf(vd->vd_why, sizeof(vd->vd_why),
	    "Content type %.*s is not taken here, only",
	    (int)(t->t_len < 256 ? t->t_len : 256), t->t_s);
	for (; *type != NULL; type++) {
		if (verdict_is_type(t, *type))
			return (true);
		if (n < sizeof(vd->vd_why))
			n += (size_t)snprintf(vd->vd_why + n,
			    sizeof(vd->vd_why) - n, " %s", *type);
	}
	verdict_problem(vd, 415, NULL, vd->vd_why);
	return (false);
}

/* A file that is sent: there has to be something in it, and it has to be text. */
static bool
verdict_text(struct verdict *vd, const struct verdict_in *in)
{
	uint16_t code = 0;

	if (in->vi_bodylen == 0)
		code = 1912;
	else if (params_utf8(in->vi_body, in->vi_bodylen) == -1)
		code = 1911;
	if (code == 0)
		return (true);
	verdict_problem(vd, 400, NULL, NULL);
	vd->vd_problem.pb_code = code;
	return (false);
}

static bool
verdict_body(struct verdict *vd, const struct verdict_in *in, struct buf *arena)
{
	unsigned int flags = vd->vd_row->r_flags;

	/* A body that is too large is refused as that, not for its content. */
	if (!(flags & ROWF_BODY) || in->vi_toobig)
		return (true);
	if (flags & ROWF_BODY_TEXT)
		return (verdict_text(vd, in));
	if (in->vi_bodylen == 0) {
		if (!(flags & ROWF_BODY_REQ))
			return (true);
		verdict_problem(
		    vd, 400, NULL, "The request body must not be empty");
		return (false);
	}
	if (!(flags & ROWF_JSON_BODY))
		return (true);
	return (verdict_params(vd,
	    params_body(vd->vd_row, in->vi_body, in->vi_bodylen, &vd->vd_args,
	        arena, vd->vd_why, sizeof(vd->vd_why))));
}

/* Expect and size, which the original looks at after everything else. */
static bool
verdict_limits(struct verdict *vd, const struct verdict_in *in)
{
	const struct http_request *r = in->vi_req;

	if (r->hr_expect && !r->hr_expect_100) {
		verdict_problem(vd, 417, NULL, "Unknown Expect");
		return (false);
	}
	if (!in->vi_toobig)
		return (true);
	snprintf(vd->vd_why, sizeof(vd->vd_why),
	    "Maximum content size (%" PRId64 ") exceeded (%" PRIu64 " bytes)",
	    in->vi_conf->cf_max_upload, in->vi_size);
	if (r->hr_expect && r->hr_body == HTTP_BODY_LENGTH)
		verdict_problem(vd, 417, NULL, vd->vd_why);
	else
		verdict_problem(vd, 413, "Content size exceeded.", vd->vd_why);
	return (false);
}

/* A body that does not say what it is: only the handler minded. */
static bool
verdict_untyped(struct verdict *vd, const struct verdict_in *in)
{
	const struct http_text *t = &in->vi_req->hr_ctype;

	if (!(vd->vd_row->r_flags & ROWF_BODY_406) || in->vi_bodylen == 0 ||
	    (t->t_s != NULL && t->t_len > 0))
		return (true);
	verdict_problem(vd, 406, NULL, NULL);
	vd->vd_problem.pb_code = 6002;
	return (false);
}

static void
verdict_nopath(struct verdict *vd)
{
	vd->vd_row = NULL;
	vd->vd_problem.pb_status = 404;
	vd->vd_problem.pb_detail = "404: Not Found";
}

/* Are the values of the path's placeholders what the row wants? */
static bool
verdict_exists(
    const struct row *row, const struct params_pair *path, size_t npath)
{
	char why[VERDICT_WHY];
	struct args args;
	struct buf arena;
	int r;

	args_init(&args);
	buf_init(&arena, VERDICT_PATH);
	r = params_path(row, path, npath, &args, &arena, why, sizeof(why));
	args_free(&args);
	buf_free(&arena);
	return (r == PARAMS_OK);
}

/* The row is known: everything that can be wrong with the rest. */
static void
verdict_check(struct verdict *vd, const struct verdict_in *in,
    const struct params_pair *path, size_t npath, const char *query_why,
    struct buf *arena)
{
	const struct row *row = vd->vd_row;

	/* Our additions to the paths leave those of the original alone. */
	if ((row->r_flags & ROWF_ADDITIVE) &&
	    !verdict_exists(row, path, npath)) {
		verdict_nopath(vd);
		return;
	}
	if (query_why != NULL) {
		verdict_problem(vd, 400, NULL, query_why);
		return;
	}
	if (!verdict_params(vd,
	        params_query(row, vd->vd_pairs, vd->vd_npairs, &vd->vd_args,
	            arena, vd->vd_why, sizeof(vd->vd_why))) ||
	    !verdict_params(vd,
	        params_path(row, path, npath, &vd->vd_args, arena, vd->vd_why,
	            sizeof(vd->vd_why))) ||
	    !verdict_type(vd, in) || !verdict_body(vd, in, arena) ||
	    !verdict_limits(vd, in) || !verdict_untyped(vd, in))
		return;
	vd->vd_check = VERDICT_OK;
	if ((row->r_flags & ROWF_PRETTY) &&
	    args_bool(&vd->vd_args, "pretty", false))
		vd->vd_form = FORM_PRETTY;
	if ((row->r_flags & ROWF_WAIT) &&
	    args_bool(&vd->vd_args, "wait_for_complete", false))
		vd->vd_flags = CALL_WAIT;
}

static bool
verdict_is_preflight(const struct verdict_in *in, enum method method)
{
	return (in->vi_conf->cf_cors && method == METHOD_OPTIONS &&
	    in->vi_req->hr_origin.t_s != NULL &&
	    in->vi_req->hr_acrm.t_s != NULL);
}

static void
verdict_init(struct verdict *vd)
{
	vd->vd_kind = VK_CHECK;
	vd->vd_check = VERDICT_NOPATH;
	vd->vd_row = NULL;
	args_init(&vd->vd_args);
	memset(&vd->vd_problem, 0, sizeof(vd->vd_problem));
	vd->vd_pretty = false;
	vd->vd_form = FORM_HTTP;
	vd->vd_flags = 0;
	vd->vd_path = "";
	vd->vd_pathlen = vd->vd_npairs = 0;
	vd->vd_why[0] = '\0';
}

void
verdict_make(struct verdict *vd, const struct verdict_in *in,
    struct buf *scratch, struct buf *arena)
{
	struct params_pair path[ROUTE_PARAMS];
	const struct endpoint *ep;
	const char *query_why;
	enum method method;
	ssize_t n = -1;
	size_t npath = 0;

	verdict_init(vd);
	buf_reset(arena);
	if (verdict_room(scratch, in->vi_req) == 0)
		n = verdict_decode(
		    scratch, &in->vi_req->hr_path, false, &vd->vd_path);
	if (n == -1) {
		vd->vd_kind = VK_BROKEN;
		verdict_problem(vd, 400, NULL, "Malformed path");
		return;
	}
	vd->vd_pathlen = (size_t)n;
	query_why = verdict_query(vd, scratch, in->vi_req);
	vd->vd_pretty = verdict_pretty(vd);
	method = route_method(
	    in->vi_req->hr_method.t_s, in->vi_req->hr_method.t_len);
	if (verdict_is_preflight(in, method)) {
		vd->vd_kind = VK_PREFLIGHT;
		return;
	}
	switch (route_find(in->vi_routes, method, vd->vd_path, vd->vd_pathlen,
	    &ep, path, &npath)) {
	case ROUTE_OK:
		vd->vd_row = &rows[ep->ep_row];
		verdict_check(vd, in, path, npath, query_why, arena);
		break;
	case ROUTE_NONE:
		verdict_nopath(vd);
		break;
	case ROUTE_METHOD:
		vd->vd_kind = VK_METHOD;
		verdict_problem(vd, 405, NULL, "405: Method Not Allowed");
		break;
	case ROUTE_SLASH:
		vd->vd_kind = VK_SLASH;
		vd->vd_pathlen = route_trim(vd->vd_path, vd->vd_pathlen);
		break;
	}
}

void
verdict_free(struct verdict *vd)
{
	args_free(&vd->vd_args);
}
