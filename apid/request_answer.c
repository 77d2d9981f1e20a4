/* SPDX-License-Identifier: ISC */
/*
 * How a request ends: answers from authz and the router, problems of our own,
 * the access line.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apid/conn.h"
#include "apid/request.h"
#include "apid/request_answer.h"
#include "apid/worker.h"
#include "common/conf.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/memfd.h"
#include "common/node.h"
#include "common/page.h"
#include "common/params.h"
#include "common/proc.h"
#include "common/result.h"

size_t
request_own_host(const struct conn *c, char *out, size_t size)
{
	struct sockaddr_storage ss;
	const struct sockaddr_in *in = (const void *)&ss;
	const struct sockaddr_in6 *in6 = (const void *)&ss;
	socklen_t len = sizeof(ss);
	char addr[INET6_ADDRSTRLEN] = "localhost";
	in_port_t port = 0;
	bool six = false;
	int n;

	if (getsockname(c->c_io.io_fd, (struct sockaddr *)&ss, &len) == 0) {
		six = ss.ss_family == AF_INET6;
		port = six ? in6->sin6_port : in->sin_port;
		if (six)
			inet_ntop(
			    AF_INET6, &in6->sin6_addr, addr, sizeof(addr));
		else
			inet_ntop(AF_INET, &in->sin_addr, addr, sizeof(addr));
	}
	n = snprintf(out, size, six ? "[%s]:%u" : "%s:%u", addr,
	    (unsigned int)ntohs(port));
	return (n < 0 || (size_t)n >= size ? 0 : (size_t)n);
}

/* --- the access line -------------------------------------------------- */

static void
answer_log(struct request *rq, unsigned int status)
{
	struct worker *w = rq->rq_w;
	struct access ac;
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ac.ac_time = (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
	ac.ac_id = rq->rq_id;
	ac.ac_user = rq->rq_user;
	ac.ac_context = rq->rq_context;
	ac.ac_addr = rq->rq_addr;
	ac.ac_method = rq->rq_method;
	ac.ac_path = rq->rq_path;
	ac.ac_params = rq->rq_params;
	ac.ac_body = rq->rq_body;
	ac.ac_took = proc_now() - rq->rq_start;
	ac.ac_status = (uint16_t)status;
	ac.ac_login = rq->rq_row != NULL && (rq->rq_row->r_flags & ROWF_LOGIN);
	msgw_start(w->w_msg, MSG_ACCESS);
	access_put(w->w_msg, &ac);
	if (w->w_logd == NULL || w->w_msg->mw_failed ||
	    peer_send(w->w_logd, w->w_msg, NULL) == -1)
		w->w_pr->pr_page->pg_dropped++;
}

/* --- ends ------------------------------------------------------------- */

static void
answer_headers(const struct request *rq, struct reply *rp)
{
	const struct row *row = rq->rq_row;

	rp->rp_id = rq->rq_id;
	rp->rp_close = rq->rq_conn->c_close || rq->rq_w->w_stopping;
	rp->rp_keep = rq->rq_keep;
	if (rq->rq_w->w_cf->cf_cors && !rp->rp_bare) {
		rp->rp_origin = rq->rq_origin;
		rp->rp_cookie = rq->rq_cookie;
	}
	/* Only the operation itself says so, not what refused it. */
	if (row != NULL && (row->r_flags & ROWF_DEPRECATED) &&
	    rp->rp_status < 300) {
		rp->rp_deprecated = true;
		rp->rp_link = (row->r_flags & ROWF_LOGIN) != 0;
	}
}

void
request_reply(struct request *rq, struct reply *rp, const void *body,
    size_t len, void *map)
{
	struct worker *w = rq->rq_w;
	struct conn *c = rq->rq_conn;

	w->w_pr->pr_page->pg_requests++;
	if (rp->rp_status >= 500)
		w->w_pr->pr_page->pg_errors++;
	if ((c == NULL || rq->rq_head) && map != NULL) {
		munmap(map, len);
		map = NULL;
		body = NULL;
	}
	if (c != NULL) {
		rp->rp_len = len;
		answer_headers(rq, rp);
		buf_reset(&w->w_out);
		reply_head(&w->w_out, rp, w->w_cf, worker_date(w));
		if (body != NULL && !rq->rq_head)
			buf_add(&w->w_out, body, len);
		c->c_req = NULL;
		if (w->w_out.b_failed) {
			if (map != NULL)
				munmap(map, len);
			conn_drop(c);
		} else
			conn_send(c, w->w_out.b_data, w->w_out.b_len, map,
			    map != NULL ? len : 0, rp->rp_close);
	}
	answer_log(rq, rp->rp_status);
	request_free(rq);
}

static void
answer_problem(struct request *rq, const struct problem *pb)
{
	struct worker *w = rq->rq_w;
	struct reply rp = { .rp_status = pb->pb_status };

	buf_reset(&w->w_body);
	reply_problem(&w->w_body, pb, rq->rq_pretty);
	rp.rp_ctype = reply_ctype(RT_PROBLEM);
	rp.rp_bare = pb->pb_bare;
	rp.rp_retry = pb->pb_status == 503 ? 1 : pb->pb_retry;
	request_reply(rq, &rp, w->w_body.b_data, w->w_body.b_len, NULL);
}

void
request_problem(struct request *rq)
{
	answer_problem(rq, &rq->rq_problem);
}

void
request_fail(struct request *rq, unsigned int status, uint16_t code)
{
	struct problem pb = { .pb_status = status };
	struct reply rp = { .rp_status = status };
	struct result rs;

	if (code == 0 || status == 503) {
		answer_problem(rq, &pb);
		return;
	}
	result_init(
	    &rs, rq->rq_pretty, rq->rq_names ? NODE_NAME : NODE_UNKNOWN);
	result_problem(&rs, code, errors_find(code)->ed_class, NULL);
	rp.rp_ctype = reply_ctype(RT_PROBLEM);
	request_reply(rq, &rp, rs.rs_body.b_data, rs.rs_body.b_len, NULL);
	result_free(&rs);
}

void
request_end(struct request *rq, unsigned int status, uint16_t code)
{
	struct conn *c = rq->rq_conn;

	request_fail(rq, status, code);
	if (c != NULL)
		conn_resume(c);
}

/* --- from authz and the router ---------------------------------------- */

/* Keep what an older text was replaced by. 0, or -1 without memory. */
static void
answer_keep(char **to, const char *text)
{
	if (text == NULL)
		return;
	free(*to);
	*to = strdup(text);
}

static void
answer_deliver(
    struct request *rq, const struct answer *an, void *map, size_t maplen)
{
	struct conn *c = rq->rq_conn;
	struct reply rp = { .rp_status = an->an_status };

	rp.rp_ctype = reply_ctype((enum result_type)an->an_type);
	if (map != NULL)
		request_reply(rq, &rp, NULL, maplen, map);
	else if (an->an_body == NULL &&
	    (an->an_code != 0 || an->an_status >= 400))
		request_fail(rq, an->an_status, an->an_code);
	else
		request_reply(rq, &rp, an->an_body, an->an_len, NULL);
	if (c != NULL)
		conn_resume(c);
}

bool
request_held(const struct request *rq)
{
	return (rq->rq_held != NULL);
}

void
request_unhold(struct request *rq)
{
	struct held *hd = rq->rq_held;

	if (hd == NULL)
		return;
	if (hd->hd_map != NULL)
		munmap(hd->hd_map, hd->hd_maplen);
	free(hd);
	rq->rq_held = NULL;
}

void
request_release(struct request *rq)
{
	struct held *hd = rq->rq_held;
	void *map = hd->hd_map;

	rq->rq_held = NULL;
	answer_deliver(rq, &hd->hd_answer, map, hd->hd_maplen);
	free(hd);
}

/* The links from router and authz are two: RESULT may overtake ADMIT. */
static void
answer_hold(
    struct request *rq, const struct answer *an, void *map, size_t maplen)
{
	struct held *hd;

	hd = calloc(1, sizeof(*hd) + an->an_len);
	if (rq->rq_held != NULL || hd == NULL) {
		if (map != NULL)
			munmap(map, maplen);
		free(hd);
		return;
	}
	hd->hd_answer = *an;
	hd->hd_map = map;
	hd->hd_maplen = maplen;
	if (an->an_body != NULL) {
		memcpy(hd->hd_body, an->an_body, an->an_len);
		hd->hd_answer.an_body = hd->hd_body;
	}
	rq->rq_held = hd;
	/* Somebody was admitted, and not yet said who. */
	rq->rq_names = false;
}

int
request_admit(struct peer *p, struct msg *m)
{
	struct worker *w = proc_self->pr_env;
	struct request *rq;
	struct conn *c;
	struct admit ad;

	if (admit_get(m, &ad) == -1 || msg_end(m) == -1)
		return (-1);
	rq = request_find(w, ad.ad_id);
	if (rq == NULL || rq->rq_admitted)
		return (0);
	c = rq->rq_conn;
	rq->rq_admitted = true;
	rq->rq_seq = ad.ad_seq;
	rq->rq_names = ad.ad_names;
	answer_keep(&rq->rq_user, ad.ad_user);
	answer_keep(&rq->rq_context, ad.ad_context);
	if (!ad.ad_own) {
		if (rq->rq_held != NULL)
			request_release(rq);
		return (0);
	}
	if (!rq->rq_own) {
		log_warnx("authz wants a verdict that there is not");
		request_end(rq, 500, 1000);
		return (0);
	}
	request_problem(rq);
	if (c != NULL)
		conn_resume(c);
	return (0);
}

int
request_deny(struct peer *p, struct msg *m)
{
	struct worker *w = proc_self->pr_env;
	struct problem pb = { 0 };
	struct request *rq;
	struct conn *c;
	struct deny dn;

	if (deny_get(m, &dn) == -1 || msg_end(m) == -1)
		return (-1);
	rq = request_find(w, dn.dn_id);
	if (rq == NULL || rq->rq_admitted)
		return (0);
	c = rq->rq_conn;
	answer_keep(&rq->rq_user, dn.dn_user);
	pb.pb_status = dn.dn_status;
	pb.pb_code = dn.dn_code;
	pb.pb_detail = dn.dn_code == 0 ? dn.dn_detail : NULL;
	pb.pb_retry = dn.dn_retry;
	answer_problem(rq, &pb);
	if (c != NULL)
		conn_resume(c);
	return (0);
}

int
request_result(struct peer *p, struct msg *m)
{
	struct worker *w = proc_self->pr_env;
	struct request *rq;
	struct answer an;
	void *map = NULL;
	size_t maplen = 0;

	if (answer_get(m, &an) == -1 || msg_end(m) == -1) {
		if (an.an_fd != -1)
			close(an.an_fd);
		return (-1);
	}
	rq = request_find(w, an.an_id);
	if (an.an_fd != -1) {
		if (rq != NULL &&
		    memfd_map(an.an_fd, RESULT_MAX, &map, &maplen) == -1) {
			log_warn("%s: body of a result", peer_name(p));
			an.an_status = 500;
			an.an_code = 1000;
			an.an_type = RT_PROBLEM;
		}
		close(an.an_fd);
	}
	if (rq == NULL)
		return (0);
	/* authz's own never overtakes its ADMIT, and may have none. */
	if (rq->rq_admitted || peer_role(p) == ROLE_AUTHZ)
		answer_deliver(rq, &an, map, maplen);
	else
		answer_hold(rq, &an, map, maplen);
	return (0);
}
