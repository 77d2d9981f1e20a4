/* SPDX-License-Identifier: ISC */
/* Requests in work: see request.h. */
#include <sys/types.h>
#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apid/access.h"
#include "apid/conn.h"
#include "apid/cred.h"
#include "apid/request.h"
#include "apid/request_answer.h"
#include "apid/route.h"
#include "apid/verdict.h"
#include "apid/worker.h"
#include "common/call.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/page.h"
#include "common/proc.h"

#define REQUEST_SECOND  UINT64_C(1000000000) /* ns */
#define REQUEST_MARGIN  2 /* seconds: the router answers 3021 first */
#define REQUEST_LONGEST 3600 /* seconds of a wait_for_complete */
#define REQUEST_PATH    8192 /* bytes of a path that are logged */

_Static_assert(NETADDR_TEXT <= CHECK_ADDR, "an address fits");

/* --- the table -------------------------------------------------------- */

void
request_init(struct worker *w)
{
	size_t i;

	TAILQ_INIT(&w->w_requests);
	for (i = 0; i < WORKER_BUCKETS; i++)
		LIST_INIT(&w->w_byid[i]);
	w->w_verdict = calloc(1, sizeof(*w->w_verdict));
	w->w_msg = calloc(1, sizeof(*w->w_msg));
	if (w->w_verdict == NULL || w->w_msg == NULL)
		fatalx("no memory");
	w->w_routes = route_new(endpoints, nendpoints);
	if (w->w_routes == NULL)
		fatalx("the table of endpoints contradicts itself");
}

static struct request_bucket *
request_bucket(struct worker *w, uint64_t id)
{
	return (&w->w_byid[id & (WORKER_BUCKETS - 1)]);
}

struct request *
request_find(struct worker *w, uint64_t id)
{
	struct request *rq;

	LIST_FOREACH (rq, request_bucket(w, id), rq_hash)
		if (rq->rq_id == id)
			return (rq);
	return (NULL);
}

static void
request_insert(struct worker *w, struct request *rq)
{
	LIST_INSERT_HEAD(request_bucket(w, rq->rq_id), rq, rq_hash);
	TAILQ_INSERT_TAIL(&w->w_requests, rq, rq_entry);
	w->w_nrequests++;
	w->w_pr->pr_page->pg_inflight = w->w_nrequests;
	worker_tick(w);
}

void
request_free(struct request *rq)
{
	struct worker *w = rq->rq_w;

	LIST_REMOVE(rq, rq_hash);
	TAILQ_REMOVE(&w->w_requests, rq, rq_entry);
	w->w_nrequests--;
	w->w_pr->pr_page->pg_inflight = w->w_nrequests;
	request_unhold(rq);
	free(rq->rq_user);
	free(rq->rq_context);
	free(rq);
	worker_maybe_exit(w);
}

void
request_forget(struct request *rq)
{
	rq->rq_conn = NULL;
}

/* --- making one ------------------------------------------------------- */

/* Copy len bytes to *p and move it on; returns the copy, NUL-ended. */
static const char *
request_text(char **p, const char *s, size_t len)
{
	char *out = *p;

	if (len > 0)
		memcpy(out, s, len);
	out[len] = '\0';
	*p += len + 1;
	return (out);
}

static void
request_render(
    struct worker *w, const struct verdict *vd, const struct request_body *body)
{
	bool count = log_level() <= LOGL_INFO;

	buf_reset(&w->w_params);
	buf_reset(&w->w_shown);
	access_params(&w->w_params, vd->vd_row, vd->vd_pairs, vd->vd_npairs);
	if (w->w_params.b_failed) {
		buf_reset(&w->w_params);
		buf_addz(&w->w_params, "{}");
	}
	access_body(&w->w_shown, vd->vd_row, vd->vd_path, body->rb_data,
	    body->rb_len, count);
}

/*
 * All texts of a request stand behind it in one allocation: what the access
 * line and the answer need after the input is gone.
 */
static struct request *
request_new(struct conn *c, const struct http_request *r,
    const struct verdict *vd, const struct request_body *body)
{
	struct worker *w = c->c_w;
	struct request *rq;
	const char *detail = vd->vd_problem.pb_detail;
	size_t pathlen = strlen(vd->vd_path), detaillen;
	char *p;

	request_render(w, vd, body);
	if (pathlen > REQUEST_PATH)
		pathlen = REQUEST_PATH;
	detaillen = detail != NULL ? strlen(detail) : 0;
	rq = calloc(1,
	    sizeof(*rq) + r->hr_method.t_len + pathlen + detaillen +
	        w->w_params.b_len + w->w_shown.b_len + r->hr_origin.t_len + 6);
	if (rq == NULL)
		return (NULL);
	p = rq->rq_texts;
	rq->rq_method = request_text(&p, r->hr_method.t_s, r->hr_method.t_len);
	rq->rq_path = request_text(&p, vd->vd_path, pathlen);
	rq->rq_params =
	    request_text(&p, (char *)w->w_params.b_data, w->w_params.b_len);
	rq->rq_body =
	    request_text(&p, (char *)w->w_shown.b_data, w->w_shown.b_len);
	rq->rq_problem = vd->vd_problem;
	if (detail != NULL)
		rq->rq_problem.pb_detail = request_text(&p, detail, detaillen);
	if (r->hr_origin.t_s != NULL) {
		rq->rq_origin.t_s =
		    request_text(&p, r->hr_origin.t_s, r->hr_origin.t_len);
		rq->rq_origin.t_len = r->hr_origin.t_len;
	}
	rq->rq_w = w;
	rq->rq_conn = c;
	rq->rq_id = proc_newid(w->w_pr);
	rq->rq_row = vd->vd_row;
	rq->rq_start = c->c_began;
	rq->rq_own = vd->vd_check != VERDICT_OK;
	rq->rq_names = true;
	rq->rq_pretty = vd->vd_pretty;
	rq->rq_head = strcmp(rq->rq_method, "HEAD") == 0;
	rq->rq_keep = r->hr_minor == 0;
	rq->rq_cookie = w->w_cf->cf_cors && http_header(r, "cookie") != NULL;
	forwarded_client(&w->w_forwarded, c->c_addr, r, rq->rq_addr);
	c->c_req = rq;
	request_insert(w, rq);
	return (rq);
}

/* --- asking authz ----------------------------------------------------- */

static void
request_deadline(struct request *rq, struct check *ck)
{
	double seconds = rq->rq_w->w_cf->cf_request_timeout;
	uint64_t now = proc_now();

	rq->rq_deadline = now + REQUEST_LONGEST * REQUEST_SECOND;
	ck->ck_deadline = 0;
	if ((ck->ck_flags & CALL_WAIT) || seconds <= 0 ||
	    seconds > REQUEST_LONGEST)
		return;
	ck->ck_deadline = now + (uint64_t)(seconds * 1e9);
	rq->rq_deadline = ck->ck_deadline + REQUEST_MARGIN * REQUEST_SECOND;
}

static int
request_put(struct request *rq, struct check *ck)
{
	struct worker *w = rq->rq_w;
	int r;

	msgw_start(w->w_msg, MSG_CHECK);
	check_put(w->w_msg, ck);
	r = w->w_msg->mw_failed ?
	    1 :
	    peer_send(w->w_authz, w->w_msg, &rq->rq_check);
	/* A password or a token went through it. */
	explicit_bzero(w->w_msg->mw_buf, w->w_msg->mw_len + MSG_HDR);
	return (r);
}

static void
request_check(struct request *rq, const struct http_request *r,
    struct verdict *vd, uint64_t bodylen)
{
	struct check ck;
	struct cred cr;
	int sent;

	cred_parse(r, &cr);
	if (cr.cr_kind == CRED_BASIC)
		rq->rq_user = strdup(cr.cr_user);
	ck.ck_id = rq->rq_id;
	ck.ck_addr = rq->rq_addr;
	ck.ck_row = vd->vd_row != NULL ? vd->vd_row->r_id : ROW_NONE;
	ck.ck_verdict = vd->vd_check;
	ck.ck_cred = cr.cr_kind;
	ck.ck_user = cr.cr_kind == CRED_BASIC ? cr.cr_user : NULL;
	ck.ck_secret = cr.cr_kind == CRED_BASIC || cr.cr_kind == CRED_BEARER ?
	    cr.cr_secret :
	    NULL;
	ck.ck_form = vd->vd_form;
	ck.ck_flags = vd->vd_flags;
	ck.ck_raw = strcmp(rq->rq_path, "/events") == 0;
	ck.ck_bodylen = bodylen;
	ck.ck_args = vd->vd_args;
	request_deadline(rq, &ck);
	sent = request_put(rq, &ck);
	if (sent == 1) {
		/* The arguments fit no message: authz still comes first. */
		ck.ck_verdict = VERDICT_BAD;
		rq->rq_own = true;
		memset(&rq->rq_problem, 0, sizeof(rq->rq_problem));
		rq->rq_problem.pb_status = 413;
		rq->rq_problem.pb_title = "Content size exceeded.";
		rq->rq_problem.pb_detail = "The values of the request do not "
		                           "fit a message";
		sent = request_put(rq, &ck);
	}
	cred_wipe(&cr);
	if (sent != 0)
		request_fail(rq, 503, 0);
}

/* --- what needs no asking --------------------------------------------- */

static void
request_redirect(
    struct request *rq, const struct http_request *r, const struct verdict *vd)
{
	struct worker *w = rq->rq_w;
	struct reply rp = { .rp_status = 307 };
	struct http_text host = r->hr_host;
	char own[128];

	if (host.t_s == NULL) {
		host.t_s = own;
		host.t_len = request_own_host(rq->rq_conn, own, sizeof(own));
	}
	buf_reset(&w->w_body);
	reply_location(&w->w_body, rq->rq_conn->c_io.io_ssl != NULL, &host,
	    vd->vd_path, vd->vd_pathlen, &r->hr_query);
	if (buf_addc(&w->w_body, '\0') == -1) {
		request_fail(rq, 500, 1000);
		return;
	}
	rp.rp_location = (const char *)w->w_body.b_data;
	request_reply(rq, &rp, NULL, 0, NULL);
}

static void
request_preflight(struct request *rq, const struct http_request *r)
{
	struct worker *w = rq->rq_w;
	struct reply_preflight pf = { r->hr_acrm, r->hr_acrh };
	struct reply rp = { .rp_preflight = &pf };

	buf_reset(&w->w_body);
	reply_preflight(
	    &w->w_body, w->w_cf, &rq->rq_origin, &pf, &rp.rp_status);
	rp.rp_ctype = reply_ctype(RT_TEXT_UTF8);
	request_reply(rq, &rp, w->w_body.b_data, w->w_body.b_len, NULL);
}

/* Arguments and queries hold passwords. */
static void
request_wipe(struct worker *w)
{
	if (w->w_arena.b_len > 0)
		explicit_bzero(w->w_arena.b_data, w->w_arena.b_len);
	if (w->w_scratch.b_len > 0)
		explicit_bzero(w->w_scratch.b_data, w->w_scratch.b_len);
	buf_reset(&w->w_arena);
	buf_reset(&w->w_scratch);
}

void
request_start(struct conn *c, const struct http_request *r,
    const struct request_body *body)
{
	struct worker *w = c->c_w;
	struct verdict *vd = w->w_verdict;
	struct verdict_in in = { .vi_req = r,
		.vi_body = body->rb_data,
		.vi_bodylen = body->rb_len,
		.vi_toobig = body->rb_toobig,
		.vi_size = body->rb_size,
		.vi_conf = w->w_cf,
		.vi_routes = w->w_routes };
	struct request *rq;

	verdict_make(vd, &in, &w->w_scratch, &w->w_arena);
	rq = request_new(c, r, vd, body);
	if (rq == NULL) {
		conn_refuse(c, 503, "no memory");
		goto done;
	}
	switch (vd->vd_kind) {
	case VK_CHECK:
		if (w->w_authz_down)
			request_fail(rq, 500, 900);
		else
			request_check(rq, r, vd, body->rb_size);
		break;
	case VK_SLASH:
		request_redirect(rq, r, vd);
		break;
	case VK_PREFLIGHT:
		request_preflight(rq, r);
		break;
	case VK_BROKEN:
		c->c_close = true;
		/* FALLTHROUGH */
	case VK_METHOD:
		request_problem(rq);
		break;
	}
done:
	verdict_free(vd);
	request_wipe(w);
}

/* --- time and deaths -------------------------------------------------- */

void
request_tick(struct worker *w, uint64_t now)
{
	struct request *rq, *next;

	for (rq = TAILQ_FIRST(&w->w_requests); rq != NULL; rq = next) {
		next = TAILQ_NEXT(rq, rq_entry);
		if (now >= rq->rq_deadline)
			request_end(rq, 500, 3021);
	}
}

/* Numbers of frames wrap around. */
static bool
request_upto(uint32_t seq, uint32_t last)
{
	return ((int32_t)(seq - last) <= 0);
}

void
request_authz_lost(struct worker *w, uint32_t taken, bool backoff)
{
	struct request *rq, *next;

	w->w_authz_down = backoff;
	for (rq = TAILQ_FIRST(&w->w_requests); rq != NULL; rq = next) {
		next = TAILQ_NEXT(rq, rq_entry);
		if (rq->rq_seq != 0)
			continue; /* the router has it */
		if (request_held(rq))
			/* Only what was admitted can have a result. */
			request_release(rq);
		else if (rq->rq_admitted || request_upto(rq->rq_check, taken))
			request_end(rq, 500, 901);
		else if (backoff)
			request_end(rq, 500, 900);
	}
}

void
request_router_lost(struct worker *w, uint32_t via)
{
	struct request *rq, *next;

	for (rq = TAILQ_FIRST(&w->w_requests); rq != NULL; rq = next) {
		next = TAILQ_NEXT(rq, rq_entry);
		if (rq->rq_seq != 0 && request_upto(rq->rq_seq, via))
			request_end(rq, 500, 901);
	}
}
