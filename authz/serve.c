/* SPDX-License-Identifier: ISC */
/* The rows that authz answers itself: see serve.h. The bodies are security.c's. */
#include <sys/types.h>

#include <string.h>
#include <time.h>

#include "authz/authz.h"
#include "authz/cache.h"
#include "authz/security.h"
#include "authz/serve.h"
#include "authz/snap.h"
#include "authz/tell.h"
#include "authz/token.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/proc.h"

/*
 * A token for the user's own roles, by level. Only now is the attempt taken
 * back: what fails before counts, as in the original.
 */
int
serve_login(struct gate *g, const struct caller *ca, struct result *rs)
{
	struct authz *az = g->g_az;
	const struct conf *cf = az->az_proc->pr_conf;
	struct admit_limits al = authz_limits(az);
	struct token_claims tc;
	uint8_t key[CACHE_KEY];
	char token[TOKEN_MAX + 1];
	size_t i;
	int ret;

	if (ca->ca_nroles > TOKEN_ROLES ||
	    strlen(ca->ca_user->ru_name) >= sizeof(tc.tc_user) ||
	    strlen(cf->cf_rbac_mode) >= sizeof(tc.tc_mode)) {
		log_errorx("%s: no token holds that name and %zu roles",
		    ca->ca_user->ru_name, ca->ca_nroles);
		return (-1);
	}
	memset(&tc, 0, sizeof(tc));
	memcpy(tc.tc_user, ca->ca_user->ru_name, strlen(ca->ca_user->ru_name));
	tc.tc_nbf = (int64_t)time(NULL);
	tc.tc_exp = tc.tc_nbf + cf->cf_token_timeout;
	tc.tc_nroles = ca->ca_nroles;
	for (i = 0; i < ca->ca_nroles; i++)
		tc.tc_roles[i] = ca->ca_roles[i];
	memcpy(tc.tc_mode, cf->cf_rbac_mode, strlen(cf->cf_rbac_mode));
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

/* The tokens of the user up to this second, of whatever login, are void. */
int
serve_logout(struct gate *g, const struct caller *ca, struct result *rs)
{
	struct authz *az = g->g_az;
	enum rbacdb_error err;
	int64_t now = (int64_t)time(NULL);

	err = rbacdb_revoke_user(snap_db(az->az_snap), ca->ca_user->ru_id, now,
	    now + az->az_proc->pr_conf->cf_token_timeout);
	if (err != RBACDB_OK) {
		log_warnx("logout: %s", rbacdb_strerror(err));
		result_init(rs, g->g_ck.ck_form == FORM_PRETTY, tell_node(g));
		result_problem(rs, 2008, ERRC_INTERNAL, rbacdb_strerror(err));
		return (0);
	}
	return (security_logout(ca->ca_user->ru_name, rs));
}

int
serve_me(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (security_me(snap_rbac(g->g_az->az_snap), ca->ca_user,
	    ca->ca_roles, ca->ca_nroles, g->g_ck.ck_form == FORM_PRETTY, rs));
}

void
serve_row(struct gate *g, const struct caller *ca)
{
	serve_fn fn = authz_calls[g->g_row->r_id];
	struct result rs;
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
	memset(&rs, 0, sizeof(rs));
	if (fn(g, ca, &rs) == 0)
		tell_result(g, ca, &rs);
	else
		tell_broken(g, ca);
	/* A body may be a token. */
	buf_freezero(&rs.rs_body);
	result_free(&rs);
	/* The caller stands in the old snapshot: this comes last. */
	if (g->g_row->r_flags & ROWF_CHANGES)
		authz_changed(g->g_az);
}
