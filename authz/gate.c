/* SPDX-License-Identifier: ISC */
/* The order of checks, and those that wait for the hash lane: see gate.h. */
#include <sys/types.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authz/authz.h"
#include "authz/cache.h"
#include "authz/gate.h"
#include "authz/lane.h"
#include "authz/lanemsg.h"
#include "authz/password.h"
#include "authz/rekey.h"
#include "authz/snap.h"
#include "authz/tell.h"
#include "authz/token.h"
#include "common/conf.h"
#include "common/daemons.h"
#include "common/log.h"
#include "common/proc.h"

/* The 401s: these texts are compared by clients. */
#define NO_TOKEN   "No authorization token provided"
#define BAD_HEADER "Invalid authorization header"
#define BAD_TOKEN  "Invalid token"
#define OLD_TOKEN  "Token expired"
#define BAD_LOGIN  "Invalid credentials"
#define NO_PATH    "404: Not Found"
#define BUSY       "The server has too much to do"

#define SECOND       UINT64_C(1000000000)
#define WAIT_DEFAULT (10 * SECOND) /* where request_timeout is 0 */
#define WAIT_MAX     (3600 * SECOND)

/* A request that waits for the lane. */
struct pending {
	TAILQ_ENTRY(pending) pd_entry;
	struct gate pd_gate; /* texts in pd_frame */
	enum lane_kind pd_kind;
	struct lane_job *pd_job;
	struct event *pd_timer;
	uint8_t *pd_frame; /* CHECK's body, copied */
	size_t pd_len;
	uint8_t pd_key[CACHE_KEY];
	char *pd_encoded; /* the hash that is compared */
};

static void gate_timeout(evutil_socket_t, short, void *);

/* The request now worked on, for status and in log lines; 0: none. */
static void
gate_serving(struct authz *az, uint64_t id)
{
	az->az_proc->pr_page->pg_current = id;
	log_request(id);
}

/* --- who waits ---------------------------------------------------------- */

static void
pending_free(struct pending *pd)
{
	struct authz *az = pd->pd_gate.g_az;

	TAILQ_REMOVE(&az->az_pending, pd, pd_entry);
	az->az_npending--;
	az->az_proc->pr_page->pg_inflight = az->az_npending;
	if (pd->pd_timer != NULL)
		event_free(pd->pd_timer);
	args_free(&pd->pd_gate.g_ck.ck_args);
	if (pd->pd_gate.g_fd != -1)
		close(pd->pd_gate.g_fd);
	if (pd->pd_frame != NULL)
		explicit_bzero(pd->pd_frame, pd->pd_len);
	free(pd->pd_frame);
	if (pd->pd_encoded != NULL)
		explicit_bzero(pd->pd_encoded, strlen(pd->pd_encoded));
	free(pd->pd_encoded);
	explicit_bzero(pd, sizeof(*pd));
	free(pd);
}

/* Latest end of the wait: the client's deadline or the configured one. */
static uint64_t
pending_deadline(const struct gate *g)
{
	double s = g->g_az->az_proc->pr_conf->cf_request_timeout;
	uint64_t wait = WAIT_DEFAULT;

	if (s > 0)
		wait = s * (double)SECOND < (double)WAIT_MAX ?
		    (uint64_t)(s * (double)SECOND) :
		    WAIT_MAX;
	if (g->g_ck.ck_deadline != 0 && g->g_ck.ck_deadline < g->g_now + wait)
		return (g->g_ck.ck_deadline);
	return (g->g_now + wait);
}

/*
 * A copy of the request that outlives the message: its bytes are copied and
 * read again. frame, len: the body of CHECK. Takes over g's descriptor.
 */
static struct pending *
pending_new(struct gate *g, const struct msg *m, const char *encoded)
{
	struct authz *az = g->g_az;
	struct pending *pd;
	struct msg copy;

	pd = calloc(1, sizeof(*pd));
	if (pd == NULL)
		return (NULL);
	pd->pd_gate = *g;
	args_init(&pd->pd_gate.g_ck.ck_args);
	g->g_fd = -1;
	TAILQ_INSERT_TAIL(&az->az_pending, pd, pd_entry);
	az->az_npending++;
	az->az_proc->pr_page->pg_inflight = az->az_npending;
	pd->pd_frame = malloc(m->m_len);
	pd->pd_timer = evtimer_new(az->az_proc->pr_base, gate_timeout, pd);
	if (encoded != NULL)
		pd->pd_encoded = strdup(encoded);
	if (pd->pd_frame == NULL || pd->pd_timer == NULL ||
	    (encoded != NULL && pd->pd_encoded == NULL)) {
		pending_free(pd);
		return (NULL);
	}
	pd->pd_len = m->m_len;
	memcpy(pd->pd_frame, m->m_data, m->m_len);
	memset(&copy, 0, sizeof(copy));
	copy.m_type = m->m_type;
	copy.m_data = pd->pd_frame;
	copy.m_len = pd->pd_len;
	if (check_get(&copy, &pd->pd_gate.g_ck) == -1)
		fatalx("a request reads differently the second time");
	return (pd);
}

/*
 * Let the request wait for the lane. m: its CHECK; key: what stands for the
 * credential, NULL: it is not to be remembered; encoded: the hash for logins.
 */
static void
gate_wait(struct gate *g, const struct msg *m, enum lane_kind kind,
    const uint8_t *key, const char *encoded)
{
	struct authz *az = g->g_az;
	struct pending *pd;
	struct timeval tv;
	uint64_t deadline = pending_deadline(g), left;
	bool down = false;

	pd = pending_new(g, m, encoded);
	if (pd == NULL) {
		tell_fail(g, 1000);
		return;
	}
	pd->pd_kind = kind;
	if (key != NULL)
		memcpy(pd->pd_key, key, CACHE_KEY);
	pd->pd_job =
	    lane_add(az->az_lane, kind, key, pd, deadline, g->g_now, &down);
	if (pd->pd_job == NULL) {
		if (down)
			tell_fail(&pd->pd_gate, 900);
		else
			tell_deny(&pd->pd_gate, 503, 0, BUSY,
			    pd->pd_gate.g_ck.ck_user);
		pending_free(pd);
		return;
	}
	left = deadline - g->g_now;
	tv.tv_sec = (time_t)(left / SECOND);
	tv.tv_usec = (suseconds_t)(left % SECOND / 1000);
	evtimer_add(pd->pd_timer, &tv);
	lane_run(az->az_lane, g->g_now);
}

static void
gate_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct pending *pd = arg;
	struct authz *az = pd->pd_gate.g_az;

	gate_serving(az, pd->pd_gate.g_ck.ck_id);
	lane_cancel(az->az_lane, pd->pd_job);
	tell_fail(&pd->pd_gate, 3021);
	pending_free(pd);
	lane_run(az->az_lane, proc_now());
	gate_serving(az, 0);
}

void
gate_forget(struct authz *az, const struct peer *p)
{
	struct pending *pd, *next;

	for (pd = TAILQ_FIRST(&az->az_pending); pd != NULL; pd = next) {
		next = TAILQ_NEXT(pd, pd_entry);
		if (pd->pd_gate.g_peer != p)
			continue;
		lane_cancel(az->az_lane, pd->pd_job);
		pending_free(pd);
	}
	lane_run(az->az_lane, proc_now());
}

void
gate_free(struct authz *az)
{
	struct pending *pd;

	while ((pd = TAILQ_FIRST(&az->az_pending)) != NULL) {
		lane_cancel(az->az_lane, pd->pd_job);
		pending_free(pd);
	}
}

/* --- the daemons -------------------------------------------------------- */

/*
 * The original looks whether its daemons are ready each time that it asks who
 * somebody is: before it compares a password, and after the signature of a
 * token, before anything that the token claims. So no row is exempt and what
 * http found wrong with the request is not told (facts/api/http.md section 12).
 */
static bool
gate_ready(struct gate *g, const char *user, const char *context)
{
	char why[DAEMONS_WHY];
	uint16_t code;

	code = daemons_refuse(g->g_az->az_proc->pr_daemons, why);
	if (code != 0)
		tell_unready(g, code, why, user, context);
	return (code == 0);
}

/* --- with a credential that holds --------------------------------------- */

static void
gate_pass(struct gate *g, const struct caller *ca)
{
	if (g->g_ck.ck_verdict == VERDICT_BAD)
		tell_own(g, ca);
	else if (g->g_row->r_pool == POOL_AUTHZ)
		serve_row(g, ca);
	else
		tell_call(g, ca);
}

/* Whoever asks: nobody, who has no rights. */
static void
gate_public(struct gate *g)
{
	static const struct rbac_user nobody = { .ru_name = NULL };
	const struct caller ca = { .ca_user = &nobody };

	g->g_names = false;
	gate_pass(g, &ca);
}

/* The password was right. */
static void
gate_login_good(struct gate *g, const struct rbac_user *user)
{
	struct caller ca;

	ca.ca_user = user;
	ca.ca_roles = user->ru_roles;
	ca.ca_nroles = user->ru_nroles;
	ca.ca_context = NULL;
	gate_pass(g, &ca);
}

/*
 * The signature held; what the token claims is compared with the present
 * rights and settings (facts/api/rbac.yaml, tokens: check_order).
 */
static void
gate_token_good(struct gate *g, const struct token_claims *tc)
{
	const struct authz *az = g->g_az;
	const struct rbac *rb = snap_rbac(az->az_snap);
	struct caller ca;

	ca.ca_context = tc->tc_context[0] != '\0' ? tc->tc_context : NULL;
	if (!gate_ready(g, tc->tc_user, ca.ca_context))
		return;
	ca.ca_user = rbac_user_name(rb, tc->tc_user);
	if (ca.ca_user == NULL ||
	    rbac_token_void(rb, ca.ca_user, tc->tc_roles, tc->tc_nroles,
	        tc->tc_run_as, tc->tc_nbf)) {
		tell_deny(g, 401, 0, BAD_TOKEN, tc->tc_user);
		return;
	}
	if (strcmp(tc->tc_mode, authz_rbac_mode(az)) != 0 ||
	    tc->tc_exp - tc->tc_nbf != authz_token_timeout(az)) {
		tell_deny(g, 401, 0, OLD_TOKEN, tc->tc_user);
		return;
	}
	ca.ca_roles = tc->tc_roles;
	ca.ca_nroles = tc->tc_nroles;
	/* From here on it is the caller's call, and not one of our own. */
	g->g_names = rbac_sees_node(rb, ca.ca_roles, ca.ca_nroles,
	    strcmp(authz_rbac_mode(az), "black") == 0,
	    &g->g_az->az_call.c_policies);
	gate_pass(g, &ca);
}

/* --- credentials --------------------------------------------------------- */

/* The user of a remembered login, or NULL. */
static const struct rbac_user *
gate_known_login(struct authz *az, const uint8_t key[CACHE_KEY], uint64_t now)
{
	int64_t id;

	id = cache_login_get(az->az_cache, key, now);
	return (id == -1 ? NULL : rbac_user(snap_rbac(az->az_snap), id));
}

static void
gate_basic(struct gate *g, const struct msg *m)
{
	struct authz *az = g->g_az;
	const struct check *ck = &g->g_ck;
	const struct rbac_user *user;
	uint8_t key[CACHE_KEY];
	bool remember;

	if (ck->ck_cred != CRED_BASIC) {
		tell_deny(g, 401, 0, BAD_LOGIN, NULL);
		return;
	}
	if (!gate_ready(g, ck->ck_user, NULL))
		return;
	remember = az->az_proc->pr_conf->cf_login_cache > 0;
	if (remember) {
		cache_login_key(az->az_cache, ck->ck_user, ck->ck_secret, key);
		user = gate_known_login(az, key, g->g_now);
		if (user != NULL) {
			gate_login_good(g, user);
			return;
		}
	}
	/* A user that does not exist takes as long as one that does. */
	user = rbac_user_name(snap_rbac(az->az_snap), ck->ck_user);
	gate_wait(g, m, LANE_LOGIN, remember ? key : NULL,
	    user != NULL ? user->ru_password : password_dummy());
}

static void
gate_bearer(struct gate *g, const struct msg *m)
{
	struct authz *az = g->g_az;
	const char *token = g->g_ck.ck_secret;
	struct token_claims tc;
	uint8_t key[CACHE_KEY];

	if (g->g_ck.ck_cred == CRED_NONE || g->g_ck.ck_cred == CRED_BASIC) {
		tell_deny(g, 401, 0, NO_TOKEN, g->g_ck.ck_user);
		return;
	}
	if (g->g_ck.ck_cred == CRED_BAD) {
		tell_deny(g, 401, 0, BAD_HEADER, NULL);
		return;
	}
	if (!token_shape(token, strlen(token))) {
		tell_deny(g, 401, 0, BAD_TOKEN, NULL);
		return;
	}
	cache_token_key(az->az_cache, token, strlen(token), key);
	if (cache_token_get(az->az_cache, key, (int64_t)time(NULL), &tc))
		gate_token_good(g, &tc);
	else
		gate_wait(g, m, LANE_TOKEN, key, NULL);
}

/* --- before the credential ------------------------------------------------ */

/*
 * The name for the access log of a request that is refused before its
 * credential is looked at, as far as it costs nothing. tc lends the room.
 */
static const char *
gate_name(const struct gate *g, struct token_claims *tc)
{
	struct cache *ca = g->g_az->az_cache;
	const char *token = g->g_ck.ck_secret;
	uint8_t key[CACHE_KEY];

	if (g->g_ck.ck_cred == CRED_BASIC)
		return (g->g_ck.ck_user);
	if (g->g_ck.ck_cred != CRED_BEARER)
		return (NULL);
	cache_token_key(ca, token, strlen(token), key);
	return (cache_token_get(ca, key, (int64_t)time(NULL), tc) ?
	        tc->tc_user :
	        NULL);
}

/* Refused, but not for ever. who: whose bucket it was, or NULL. */
static void
gate_later(struct gate *g, const struct admit_limits *al, uint16_t code,
    const char *who, const char *user)
{
	struct authz *az = g->g_az;

	if (az->az_proc->pr_conf->cf_retry_after)
		g->g_retry = admit_wait(
		    az->az_keep, al, code, g->g_ck.ck_addr, who, g->g_now);
	tell_deny(g, code == 6000 ? 403 : 429, code, NULL, user);
}

/*
 * The caller's own rate, where there is one. Whoever has shown a good token
 * goes by the user's name, all others by their address.
 */
static bool
gate_caller(struct gate *g, const struct admit_limits *al)
{
	struct authz *az = g->g_az;
	struct token_claims tc;
	const char *name;
	char who[TOKEN_NAME + CHECK_ADDR];

	if (al->al_caller <= 0)
		return (true);
	name = gate_name(g, &tc);
	snprintf(who, sizeof(who), "%s%s",
	    g->g_ck.ck_cred == CRED_BEARER && name != NULL ? "user " : "from ",
	    g->g_ck.ck_cred == CRED_BEARER && name != NULL ? name :
	                                                     g->g_ck.ck_addr);
	if (admit_caller(az->az_keep, al, who, g->g_now))
		return (true);
	gate_later(g, al, 6001, who, name);
	return (false);
}

/* Windows, login attempts, sizes, paths. Returns whether it may go on. */
static bool
gate_admit(struct gate *g)
{
	struct authz *az = g->g_az;
	struct admit_limits al = authz_limits(az);
	const struct check *ck = &g->g_ck;
	const unsigned int flags = g->g_row != NULL ? g->g_row->r_flags : 0;
	struct token_claims tc;
	uint16_t code;

	if (!gate_caller(g, &al))
		return (false);
	code = admit_request(az->az_keep, &al, ck->ck_raw, g->g_now);
	if (code != 0) {
		gate_later(g, &al, code, NULL, gate_name(g, &tc));
		return (false);
	}
	if (flags & ROWF_LOGIN) {
		g->g_login =
		    admit_attempt(az->az_keep, &al, ck->ck_addr, g->g_now);
		if (g->g_login == ADMIT_BLOCKED) {
			gate_later(g, &al, 6000, NULL, ck->ck_user);
			return (false);
		}
	}
	if ((flags & ROWF_RUNAS) && ck->ck_bodylen > ADMIT_RUNAS) {
		tell_deny(g, 413, 413, NULL, ck->ck_user);
		return (false);
	}
	if (g->g_row == NULL) {
		tell_deny(g, 404, 0, NO_PATH, gate_name(g, &tc));
		return (false);
	}
	return (true);
}

/* The row that is asked for. -1: http may not ask for that. */
static int
gate_row(struct gate *g)
{
	const struct check *ck = &g->g_ck;

	g->g_row = NULL;
	if (ck->ck_verdict == VERDICT_NOPATH)
		return (0);
	if (ck->ck_row >= nrows || (rows[ck->ck_row].r_flags & ROWF_INTERNAL))
		return (-1);
	g->g_row = &rows[ck->ck_row];
	return (0);
}

int
gate_check(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	struct authz *az = pr->pr_env;
	struct gate g = { .g_az = az,
		.g_peer = p,
		.g_login = ADMIT_BLOCKED,
		.g_names = true };
	int ret = -1;

	g.g_fd = msg_get_fd(m);
	if (check_get(m, &g.g_ck) == -1 || msg_end(m) == -1 ||
	    gate_row(&g) == -1)
		goto out;
	ret = 0;
	gate_serving(az, g.g_ck.ck_id);
	pr->pr_page->pg_requests++;
	g.g_now = proc_now();
	authz_refresh(az, g.g_now);
	if (!gate_admit(&g))
		goto out;
	if (g.g_row->r_flags & ROWF_PUBLIC)
		gate_public(&g);
	else if (g.g_row->r_flags & ROWF_BASIC)
		gate_basic(&g, m);
	else
		gate_bearer(&g, m);
out:
	args_free(&g.g_ck.ck_args);
	if (g.g_fd != -1)
		close(g.g_fd);
	gate_serving(az, 0);
	return (ret);
}

/* --- the lane ------------------------------------------------------------- */

static int
gate_lane_send(unsigned int inst, enum lane_kind kind, uint64_t id, void *arg,
    uint32_t *seq_r)
{
	struct pending *pd = arg;
	const struct check *ck = &pd->pd_gate.g_ck;
	struct msgw *mw = &pd->pd_gate.g_az->az_mw;
	struct peer *p = proc_peer(ROLE_HASH, inst);
	struct hash_ask ask;
	int ret;

	if (p == NULL)
		return (-1);
	if (kind == LANE_LOGIN) {
		ask.ha_id = id;
		ask.ha_op = HASH_CHECK;
		ask.ha_encoded = pd->pd_encoded;
		ask.ha_password = ck->ck_secret;
		lanemsg_put_hash(mw, &ask);
	} else
		lanemsg_put_verify(mw, id, ck->ck_secret);
	ret = peer_send(p, mw, seq_r);
	explicit_bzero(mw->mw_buf, MSG_HDR + mw->mw_len);
	return (ret);
}

static void
gate_lane_fail(void *arg, enum lane_fate fate)
{
	struct pending *pd = arg;

	tell_fail(&pd->pd_gate, fate == LANE_LOST ? 901 : 900);
	pending_free(pd);
}

/* Another request with the same credential has just been found good. */
static bool
gate_lane_known(void *arg)
{
	struct pending *pd = arg;
	struct authz *az = pd->pd_gate.g_az;
	const struct rbac_user *user;
	struct token_claims tc;

	if (pd->pd_kind == LANE_LOGIN) {
		user = gate_known_login(az, pd->pd_key, proc_now());
		if (user == NULL)
			return (false);
		gate_login_good(&pd->pd_gate, user);
	} else {
		if (!cache_token_get(
		        az->az_cache, pd->pd_key, (int64_t)time(NULL), &tc))
			return (false);
		gate_token_good(&pd->pd_gate, &tc);
	}
	pending_free(pd);
	return (true);
}

const struct lane_ops gate_lane_ops = {
	.lo_send = gate_lane_send,
	.lo_fail = gate_lane_fail,
	.lo_known = gate_lane_known,
};

/* A password was compared. */
static void
gate_login_done(struct pending *pd, bool ok, uint64_t now)
{
	struct gate *g = &pd->pd_gate;
	struct authz *az = g->g_az;
	const struct rbac_user *user;
	uint64_t keep;
	uint8_t key[CACHE_KEY];

	user = rbac_user_name(snap_rbac(az->az_snap), g->g_ck.ck_user);
	/* The hash may have been replaced while it was being compared. */
	if (!ok || user == NULL ||
	    strcmp(user->ru_password, pd->pd_encoded) != 0) {
		tell_deny(g, 401, 0, BAD_LOGIN, g->g_ck.ck_user);
		pending_free(pd);
		return;
	}
	keep = (uint64_t)az->az_proc->pr_conf->cf_login_cache * SECOND;
	if (keep > 0) {
		memcpy(key, pd->pd_key, sizeof(key));
		cache_login_put(az->az_cache, key, user->ru_id, now + keep);
	}
	gate_login_good(g, user);
	pending_free(pd);
	if (keep > 0)
		lane_settle(az->az_lane, LANE_LOGIN, key);
}

int
gate_hash_done(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	struct authz *az = pr->pr_env;
	struct hash_done hd;
	struct pending *pd;
	uint64_t now = proc_now();

	if (lanemsg_get_hash_done(m, &hd) == -1)
		return (-1);
	authz_refresh(az, now);
	pd = lane_done(az->az_lane, peer_inst(p), hd.hd_id, now);
	if (pd != NULL && pd->pd_kind == LANE_LOGIN) {
		gate_serving(az, pd->pd_gate.g_ck.ck_id);
		gate_login_done(pd, hd.hd_ok, now);
	}
	lane_run(az->az_lane, now);
	gate_serving(az, 0);
	return (0);
}

/* A signature was checked. */
static void
gate_token_done(struct pending *pd, const struct verify_done *vd)
{
	struct gate *g = &pd->pd_gate;
	struct authz *az = g->g_az;
	uint8_t key[CACHE_KEY];

	if (vd->vd_status != VERIFY_GOOD) {
		tell_deny(g, 401, 0, BAD_TOKEN,
		    vd->vd_status == VERIFY_ENDED ? vd->vd_claims.tc_user :
		                                    NULL);
		pending_free(pd);
		return;
	}
	memcpy(key, pd->pd_key, sizeof(key));
	cache_token_put(az->az_cache, key, &vd->vd_claims);
	gate_token_good(g, &vd->vd_claims);
	pending_free(pd);
	lane_settle(az->az_lane, LANE_TOKEN, key);
}

int
gate_verify_done(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	struct authz *az = pr->pr_env;
	struct verify_done vd;
	struct pending *pd;
	uint64_t now = proc_now();

	if (lanemsg_get_verify_done(m, &vd) == -1)
		return (-1);
	if (vd.vd_key != az->az_keyno) {
		/*
		 * It was started anew with this still in the link, or the key
		 * has changed meanwhile: what it found counts for nothing.
		 */
		if (rekey_send(az, p) == 0)
			lane_again(az->az_lane, peer_inst(p), vd.vd_id);
		lane_run(az->az_lane, now);
		return (0);
	}
	authz_refresh(az, now);
	pd = lane_done(az->az_lane, peer_inst(p), vd.vd_id, now);
	if (pd != NULL && pd->pd_kind == LANE_TOKEN) {
		gate_serving(az, pd->pd_gate.g_ck.ck_id);
		gate_token_done(pd, &vd);
	}
	lane_run(az->az_lane, now);
	gate_serving(az, 0);
	return (0);
}
