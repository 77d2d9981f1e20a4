/* SPDX-License-Identifier: ISC */
/* The rows that authz answers itself: see serve.h. The bodies are security.c's. */
#include <sys/types.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "authz/allow.h"
#include "authz/authz.h"
#include "authz/cache.h"
#include "authz/pending.h"
#include "authz/security.h"
#include "authz/serve.h"
#include "authz/serve_edit.h"
#include "authz/snap.h"
#include "authz/tell.h"
#include "authz/token.h"
#include "common/log.h"
#include "common/node.h"
#include "common/proc.h"

/* The claims of a token that begins now. 0, or -1: none holds them. */
static int
serve_claims(const struct authz *az, const struct rbac_user *ru,
    const int64_t *held, size_t nheld, const char *context,
    struct token_claims *tc)
{
	const char *mode = authz_rbac_mode(az);

	memset(tc, 0, sizeof(*tc));
	if (nheld > TOKEN_ROLES || strlen(ru->ru_name) >= sizeof(tc->tc_user) ||
	    strlen(mode) >= sizeof(tc->tc_mode) ||
	    (context != NULL && strlen(context) >= sizeof(tc->tc_context)))
		return (-1);
	memcpy(tc->tc_user, ru->ru_name, strlen(ru->ru_name));
	tc->tc_nbf = (int64_t)time(NULL);
	tc->tc_exp = tc->tc_nbf + authz_token_timeout(az);
	if (nheld > 0)
		memcpy(tc->tc_roles, held, nheld * sizeof(*held));
	tc->tc_nroles = nheld;
	memcpy(tc->tc_mode, mode, strlen(mode));
	tc->tc_run_as = context != NULL;
	if (context != NULL)
		memcpy(tc->tc_context, context, strlen(context));
	return (0);
}

int
serve_token(struct gate *g, const struct rbac_user *ru, const int64_t *held,
    size_t nheld, const char *context, struct result *rs)
{
	struct authz *az = g->g_az;
	struct admit_limits al = authz_limits(az);
	struct token_claims tc;
	uint8_t key[CACHE_KEY];
	char token[TOKEN_MAX + 1];
	int ret;

	if (serve_claims(az, ru, held, nheld, context, &tc) == -1) {
		log_errorx("%s: no token holds that name and %zu roles",
		    ru->ru_name, nheld);
		return (-1);
	}
	if (token_sign(az->az_key, &tc, token, sizeof(token)) == -1) {
		log_errorx("a token could not be signed");
		return (-1);
	}
	/* What was signed here need not be verified when it comes back. */
	cache_token_key(az->az_cache, token, strlen(token), key);
	cache_token_put(az->az_cache, key, &tc);
	admit_release(az->az_keep, &al, g->g_ck.ck_addr, g->g_login);
	ret = security_login(
	    token, args_bool(&g->g_ck.ck_args, "raw", false), rs);
	explicit_bzero(token, sizeof(token));
	return (ret);
}

/*
 * A token for the user's own roles, by level. Only now is the attempt taken
 * back: what fails before counts, as in the original.
 */
int
serve_login(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (
	    serve_token(g, ca->ca_user, ca->ca_roles, ca->ca_nroles, NULL, rs));
}

/* The tokens of the user up to this second, of whatever login, are void. */
int
serve_logout(struct gate *g, const struct caller *ca, struct result *rs)
{
	struct edit ed;
	int ret;

	g->g_fresh = true;
	ret = edit_begin(&ed, g, rs);
	if (ret != 0)
		return (ret);
	edit_void_user(&ed, ca->ca_user->ru_id);
	if (security_logout(ca->ca_user->ru_name, rs) == -1)
		return (edit_undo(&ed));
	return (edit_end(&ed));
}

int
serve_me(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (security_me(snap_rbac(g->g_az->az_snap), ca->ca_user,
	    ca->ca_roles, ca->ca_nroles, rs));
}

int
serve_me_policies(struct gate *g, const struct caller *ca, struct result *rs)
{
	struct authz *az = g->g_az;
	int ret;

	ret = security_me_policies(snap_rbac(az->az_snap), ca->ca_roles,
	    ca->ca_nroles, authz_rbac_mode(az), rs);
	if (ret == -1)
		log_errorx("%s: the user's policies cannot be told",
		    ca->ca_user->ru_name);
	return (ret);
}

int
serve_config_get(struct gate *g, const struct caller *ca, struct result *rs)
{
	const struct authz *az = g->g_az;

	if (serve_may(g, ca, rs) == -1)
		return (-1);
	return (
	    security_config(authz_token_timeout(az), authz_rbac_mode(az), rs));
}

int
serve_allow(struct gate *g, const struct caller *ca, struct result *rs,
    struct allow *al)
{
	struct authz *az = g->g_az;

	return (allow_decide(snap_rbac(az->az_snap), ca->ca_roles,
	    ca->ca_nroles, strcmp(authz_rbac_mode(az), "black") == 0, g->g_row,
	    &g->g_ck.ck_args, rs, al));
}

int
serve_may(struct gate *g, const struct caller *ca, struct result *rs)
{
	struct allow al;

	if (serve_allow(g, ca, rs, &al) == -1)
		return (-1);
	allow_free(&al);
	return (0);
}

int
serve_hash(struct gate *g, const char *password)
{
	/* Only what a token asked for can be run again. */
	if (g->g_claims == NULL)
		return (-1);
	pending_lane(g, PENDING_MAKE, NULL, password);
	return (SERVE_WAITS);
}

int
serve_busy(struct gate *g, struct result *rs)
{
	if (pending_file(g))
		return (SERVE_WAITS);
	log_warnx("%s: %s", g->g_row->r_call, rbacdb_strerror(RBACDB_BUSY));
	result_problem(rs, 2008, ERRC_INTERNAL, rbacdb_strerror(RBACDB_BUSY));
	return (-1);
}

/*
 * Run it and answer. The caller stands in a snapshot that the function may
 * replace: what ADMIT says of it is copied first.
 */
static void
serve_run(struct gate *g, const struct caller *ca, serve_fn fn)
{
	char name[CHECK_NAME], context[CHECK_CONTEXT];
	struct rbac_user user = { .ru_name = name };
	struct caller who = { .ca_user = &user };
	struct result rs;
	int ret;

	snprintf(name, sizeof(name), "%s", ca->ca_user->ru_name);
	if (ca->ca_context != NULL) {
		snprintf(context, sizeof(context), "%s", ca->ca_context);
		who.ca_context = context;
	}
	result_init(&rs, g->g_ck.ck_form == FORM_PRETTY, tell_node(g));
	ret = fn(g, ca, &rs);
	if (ret == SERVE_WAITS) {
		result_free(&rs);
		return;
	}
	if (g->g_context[0] != '\0')
		who.ca_context = g->g_context;
	if (ret == 0 || rs.rs_type == RT_PROBLEM)
		tell_result(g, &who, &rs);
	else
		tell_broken(g, &who);
	/* A body may be a token. */
	buf_freezero(&rs.rs_body);
	result_free(&rs);
	/* Rights may be others now. */
	if ((g->g_row->r_flags & ROWF_CHANGES) && !g->g_fresh)
		authz_changed(g->g_az);
}

void
serve_row(struct gate *g, const struct caller *ca)
{
	serve_fn fn = authz_calls[g->g_row->r_id];
	char why[256];

	if (fn == NULL) {
		log_errorx("%s: nobody answers it here", g->g_row->r_call);
		tell_broken(g, ca);
		return;
	}
	/* http has checked them, and http is what an attacker meets first. */
	if (params_check(g->g_row, &g->g_ck.ck_args, why, sizeof(why)) == -1) {
		log_warnx(
		    "%s: %s: %s", peer_name(g->g_peer), g->g_row->r_call, why);
		tell_broken(g, ca);
		return;
	}
	serve_run(g, ca, fn);
}
