/* SPDX-License-Identifier: ISC */
/* The outgoing messages of the checks: see tell.h. */
#include <sys/types.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "authz/authz.h"
#include "authz/snap.h"
#include "authz/tell.h"
#include "common/log.h"
#include "common/node.h"
#include "common/proc.h"
#include "common/result.h"

/* Send what is written to the worker that waits, and forget its bytes. */
static void
tell_send(struct gate *g)
{
	struct msgw *mw = &g->g_az->az_mw;

	/* A worker that lets thousands of answers lie is none. */
	if (peer_send(g->g_peer, mw, NULL) == -1)
		proc_accuse(g->g_peer, "does not take its answers");
	explicit_bzero(mw->mw_buf, MSG_HDR + mw->mw_len);
}

void
tell_deny(struct gate *g, uint16_t status, uint16_t code, const char *detail,
    const char *user)
{
	struct deny dn;

	dn.dn_id = g->g_ck.ck_id;
	dn.dn_status = status;
	dn.dn_code = code;
	dn.dn_detail = detail;
	dn.dn_user = user;
	dn.dn_retry = g->g_retry;
	if (status >= 500)
		g->g_az->az_proc->pr_page->pg_errors++;
	msgw_start(&g->g_az->az_mw, MSG_DENY);
	deny_put(&g->g_az->az_mw, &dn);
	tell_send(g);
}

const char *
tell_node(const struct gate *g)
{
	return (g->g_names ? NODE_NAME : NODE_UNKNOWN);
}

static void
tell_body(struct gate *g, const struct result *rs)
{
	int fd;

	msgw_start(&g->g_az->az_mw, MSG_RESULT);
	if (answer_put_result(&g->g_az->az_mw, g->g_ck.ck_id, rs, &fd) == -1) {
		log_warn(
		    "no room for an answer of %zu bytes", rs->rs_body.b_len);
		tell_fail(g, 1000);
		return;
	}
	if (rs->rs_status >= 500)
		g->g_az->az_proc->pr_page->pg_errors++;
	tell_send(g);
	if (fd != -1)
		close(fd);
}

void
tell_fail(struct gate *g, uint16_t code)
{
	struct result rs;

	result_init(&rs, g->g_ck.ck_form == FORM_PRETTY, tell_node(g));
	result_problem(&rs, code, errors_find(code)->ed_class, NULL);
	tell_body(g, &rs);
	result_free(&rs);
}

static void
tell_name(struct gate *g, const char *user, const char *context, bool own,
    uint32_t seq)
{
	struct admit ad;

	ad.ad_id = g->g_ck.ck_id;
	ad.ad_own = own;
	ad.ad_user = user;
	ad.ad_context = context;
	ad.ad_seq = seq;
	ad.ad_names = g->g_names;
	msgw_start(&g->g_az->az_mw, MSG_ADMIT);
	admit_put(&g->g_az->az_mw, &ad);
	tell_send(g);
}

static void
tell_admit(struct gate *g, const struct caller *ca, bool own, uint32_t seq)
{
	tell_name(g, ca->ca_user->ru_name, ca->ca_context, own, seq);
}

void
tell_broken(struct gate *g, const struct caller *ca)
{
	tell_admit(g, ca, false, 0);
	tell_fail(g, 1000);
}

void
tell_own(struct gate *g, const struct caller *ca)
{
	tell_admit(g, ca, true, 0);
}

void
tell_result(struct gate *g, const struct caller *ca, const struct result *rs)
{
	tell_admit(g, ca, false, 0);
	tell_body(g, rs);
}

void
tell_unready(struct gate *g, uint16_t code, const char *why, const char *user,
    const char *context)
{
	struct result rs;

	result_init(&rs, g->g_ck.ck_form == FORM_PRETTY, tell_node(g));
	result_unready(&rs, code, why);
	tell_name(g, user, context, false, 0);
	tell_body(g, &rs);
	result_free(&rs);
}

/* rbac_entries() failed: errno says how. A bad policy is the caller's, 4500. */
static void
tell_policies(struct gate *g, const struct caller *ca)
{
	struct result rs;
	bool bad = errno == EINVAL;

	log_error("%s: the policies of %s", g->g_row->r_call,
	    ca->ca_user->ru_name != NULL ? ca->ca_user->ru_name : "nobody");
	if (!bad) {
		tell_broken(g, ca);
		return;
	}
	result_init(&rs, g->g_ck.ck_form == FORM_PRETTY, tell_node(g));
	result_problem(&rs, 4500, ERRC_ERROR, NULL);
	tell_result(g, ca, &rs);
	result_free(&rs);
}

void
tell_call(struct gate *g, const struct caller *ca)
{
	struct authz *az = g->g_az;
	struct call *c = &az->az_call;
	const struct check *ck = &g->g_ck;
	struct peer *router = proc_peer(ROLE_ROUTER, 0);
	const char *user = ca->ca_user->ru_name;
	const char *mode = authz_rbac_mode(az);
	uint32_t seq;

	c->c_head.ch_id = ck->ck_id;
	c->c_head.ch_origin = ORIGIN_HTTP;
	c->c_head.ch_inst = (uint8_t)peer_inst(g->g_peer);
	c->c_head.ch_flags =
	    (uint8_t)(ck->ck_flags | (g->g_names ? CALL_NAMES_NODE : 0));
	c->c_head.ch_form = ck->ck_form;
	c->c_head.ch_row = ck->ck_row;
	c->c_head.ch_deadline = ck->ck_deadline;
	c->c_user = user != NULL ? user : "";
	c->c_node = "";
	c->c_args = ck->ck_args; /* lent: freed with the check */
	if (rbac_entries(snap_rbac(az->az_snap), ca->ca_roles, ca->ca_nroles,
	        strcmp(mode, "black") == 0, g->g_row, &c->c_policies) == -1) {
		tell_policies(g, ca);
		return;
	}
	msgw_start(&az->az_mw, MSG_CALL);
	call_put(&az->az_mw, c);
	if (g->g_fd != -1)
		msg_put_fd(&az->az_mw, g->g_fd);
	if (az->az_mw.mw_failed) {
		log_errorx("%s: arguments and policies do not fit together",
		    g->g_row->r_call);
		tell_broken(g, ca);
		return;
	}
	/* The call first: ADMIT carries its number on the router's link. */
	if (router == NULL || peer_send(router, &az->az_mw, &seq) == -1) {
		tell_deny(g, 503, 0, "The server has too much to do", user);
		return;
	}
	tell_admit(g, ca, false, seq);
}
