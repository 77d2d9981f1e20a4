/* SPDX-License-Identifier: ISC */
/* The order of checks: see gate.h. */
#include <sys/types.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authz/authz.h"
#include "authz/cache.h"
#include "authz/gate.h"
#include "authz/lane.h"
#include "authz/lanemsg.h"
#include "authz/password.h"
#include "authz/pending.h"
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

#define SECOND UINT64_C(1000000000)

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

	g->g_claims = tc;
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

	authz_look(az);
	id = cache_login_get(az->az_cache, key, now);
	return (id == -1 ? NULL : rbac_user(snap_rbac(az->az_snap), id));
}

/*
 * It gets its token now, or in its turn. Until then it takes no place among the
 * attempts of its address, as if it were still to come.
 */
static void
gate_login_known(
    struct gate *g, const struct rbac_user *user, const uint8_t key[CACHE_KEY])
{
	struct admit_limits al = authz_limits(g->g_az);

	if (pending_turn(g, key))
		admit_release(
		    g->g_az->az_keep, &al, g->g_ck.ck_addr, g->g_login);
	else
		gate_login_good(g, user);
}

/* The password has to be compared. key: NULL if it is not to be remembered. */
static void
gate_password(struct gate *g, const uint8_t *key)
{
	const struct rbac_user *user;

	/* A user that does not exist takes as long as one that does. */
	user = rbac_user_name(snap_rbac(g->g_az->az_snap), g->g_ck.ck_user);
	pending_lane(g, PENDING_CHECK, key,
	    user != NULL ? user->ru_password : password_dummy());
}

static void
gate_basic(struct gate *g)
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
			gate_login_known(g, user, key);
			return;
		}
	}
	gate_password(g, remember ? key : NULL);
}

static void
gate_bearer(struct gate *g)
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
		pending_lane(g, PENDING_VERIFY, key, NULL);
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
		.g_names = true,
		.g_msg = m };
	int ret = -1;

	g.g_fd = msg_get_fd(m);
	if (check_get(m, &g.g_ck) == -1 || msg_end(m) == -1 ||
	    gate_row(&g) == -1)
		goto out;
	ret = 0;
	pending_serving(az, g.g_ck.ck_id);
	pr->pr_page->pg_requests++;
	g.g_now = proc_now();
	authz_refresh(az, g.g_now);
	if (!gate_admit(&g))
		goto out;
	if (g.g_row->r_flags & ROWF_PUBLIC)
		gate_public(&g);
	else if (g.g_row->r_flags & ROWF_BASIC)
		gate_basic(&g);
	else
		gate_bearer(&g);
out:
	args_free(&g.g_ck.ck_args);
	if (g.g_fd != -1)
		close(g.g_fd);
	pending_serving(az, 0);
	return (ret);
}

/* --- the lane ------------------------------------------------------------- */

/* Another request with the same credential has just been found good. */
static bool
gate_lane_known(void *arg)
{
	struct pending *pd = arg;
	struct authz *az = pd->pd_gate.g_az;
	const struct rbac_user *user;
	struct token_claims tc;

	if (pd->pd_for == PENDING_CHECK) {
		user = gate_known_login(az, pd->pd_key, proc_now());
		if (user == NULL)
			return (false);
		pending_left(pd);
		gate_login_known(&pd->pd_gate, user, pd->pd_key);
	} else {
		if (!cache_token_get(
		        az->az_cache, pd->pd_key, (int64_t)time(NULL), &tc))
			return (false);
		pending_left(pd);
		gate_token_good(&pd->pd_gate, &tc);
	}
	pending_done(pd);
	return (true);
}

const struct lane_ops gate_lane_ops = {
	.lo_send = pending_send,
	.lo_fail = pending_fail,
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

	authz_look(az);
	user = rbac_user_name(snap_rbac(az->az_snap), g->g_ck.ck_user);
	/* The hash may have been replaced while it was being compared. */
	if (!ok || user == NULL ||
	    strcmp(user->ru_password, pd->pd_encoded) != 0) {
		tell_deny(g, 401, 0, BAD_LOGIN, g->g_ck.ck_user);
		pending_done(pd);
		return;
	}
	keep = (uint64_t)az->az_proc->pr_conf->cf_login_cache * SECOND;
	if (keep > 0) {
		memcpy(key, pd->pd_key, sizeof(key));
		cache_login_put(az->az_cache, key, user->ru_id, now + keep);
	}
	gate_login_good(g, user);
	pending_done(pd);
	if (keep > 0)
		lane_settle(az->az_lane, LANE_LOGIN, key);
}

/* --- once more ------------------------------------------------------------ */

/*
 * From the claims of its token on: its user may have gone, its rights and the
 * key of all tokens may have changed, while the request waited.
 */
static void
gate_run(struct pending *pd)
{
	struct gate *g = &pd->pd_gate;

	g->g_now = proc_now();
	/* Until it is the caller's call again, as in gate_check(). */
	g->g_names = true;
	if (pd->pd_claims.tc_exp <= (int64_t)time(NULL) ||
	    pd->pd_keyno != g->g_az->az_keyno)
		tell_deny(g, 401, 0, BAD_TOKEN, pd->pd_claims.tc_user);
	else
		gate_token_good(g, &pd->pd_claims);
	pending_done(pd);
}

void
gate_again(struct pending *pd)
{
	struct authz *az = pd->pd_gate.g_az;

	authz_refresh(az, proc_now());
	pending_serving(az, pd->pd_gate.g_ck.ck_id);
	gate_run(pd);
	lane_run(az->az_lane, proc_now());
	pending_serving(az, 0);
}

void
gate_turn(struct pending *pd)
{
	struct gate *g = &pd->pd_gate;
	struct authz *az = g->g_az;
	struct admit_limits al = authz_limits(az);
	const struct check *ck = &g->g_ck;
	const struct rbac_user *user;

	g->g_now = proc_now();
	authz_refresh(az, g->g_now);
	pending_serving(az, ck->ck_id);
	user = gate_known_login(az, pd->pd_key, g->g_now);
	g->g_login = admit_attempt(az->az_keep, &al, ck->ck_addr, g->g_now);
	if (g->g_login == ADMIT_BLOCKED)
		gate_later(g, &al, 6000, NULL, ck->ck_user);
	else if (user != NULL)
		gate_login_good(g, user);
	else
		gate_password(g, pd->pd_key);
	pending_done(pd);
	lane_run(az->az_lane, proc_now());
	pending_serving(az, 0);
}

/* The hash of a new password was made. */
static void
gate_made(struct pending *pd, const struct hash_done *hd)
{
	if (!hd->hd_ok || hd->hd_encoded == NULL ||
	    pending_made(pd, hd->hd_encoded) == -1) {
		log_warnx("the hash of a password could not be made");
		tell_fail(&pd->pd_gate, 1000);
		pending_done(pd);
		return;
	}
	gate_run(pd);
}

/* --- answers of the lane -------------------------------------------------- */

/* It was asked something else: no instance that is in order does that. */
static int
gate_astray(struct pending *pd)
{
	pending_fail(pd, LANE_LOST);
	return (-1);
}

int
gate_hash_done(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	struct authz *az = pr->pr_env;
	struct hash_done hd;
	struct pending *pd;
	uint64_t now = proc_now();
	int ret = 0;

	if (lanemsg_get_hash_done(m, &hd) == -1)
		return (-1);
	authz_refresh(az, now);
	pd = pending_answered(az, p, hd.hd_id, now);
	if (pd != NULL)
		pending_serving(az, pd->pd_gate.g_ck.ck_id);
	if (pd != NULL && pd->pd_for == PENDING_MAKE)
		gate_made(pd, &hd);
	else if (pd != NULL && pd->pd_for == PENDING_CHECK)
		gate_login_done(pd, hd.hd_ok, now);
	else if (pd != NULL)
		ret = gate_astray(pd);
	lane_run(az->az_lane, now);
	pending_serving(az, 0);
	return (ret);
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
		pending_done(pd);
		return;
	}
	memcpy(key, pd->pd_key, sizeof(key));
	cache_token_put(az->az_cache, key, &vd->vd_claims);
	gate_token_good(g, &vd->vd_claims);
	pending_done(pd);
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
	int ret = 0;

	if (lanemsg_get_verify_done(m, &vd) == -1)
		return (-1);
	/* This may find another key: before its number is compared. */
	authz_refresh(az, now);
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
	pd = pending_answered(az, p, vd.vd_id, now);
	if (pd != NULL)
		pending_serving(az, pd->pd_gate.g_ck.ck_id);
	if (pd != NULL && pd->pd_for == PENDING_VERIFY)
		gate_token_done(pd, &vd);
	else if (pd != NULL)
		ret = gate_astray(pd);
	lane_run(az->az_lane, now);
	pending_serving(az, 0);
	return (ret);
}
