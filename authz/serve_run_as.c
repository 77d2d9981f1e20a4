/* SPDX-License-Identifier: ISC */
/*
 * A login with an authorization context: POST
 * /security/user/authenticate/run_as. The password was right; what a client
 * says of whom it acts for decides which roles the token has. All of it is done
 * here, in bounded time: the context has at most ADMIT_RUNAS bytes and JV_DEPTH
 * levels, and the rules have RULES_WORK to spend.
 */
#include <sys/types.h>

#include "authz/authz.h"
#include "authz/rules.h"
#include "authz/run_as.h"
#include "authz/serve.h"
#include "authz/snap.h"
#include "common/log.h"

/* The user is known and may be told no: that is no guess at a password. */
static int
run_as_refuse(struct gate *g, struct result *rs, uint16_t code, const char *why)
{
	struct admit_limits al = authz_limits(g->g_az);

	admit_release(g->g_az->az_keep, &al, g->g_ck.ck_addr, g->g_login);
	result_problem(rs, code, ERRC_PERMISSION, why);
	return (0);
}

static void
run_as_log(const char *user, const struct rules_result *rr)
{
	if (rr->rr_ndeep > 0)
		log_warnx("run_as of %s: the context has more than %d levels; "
		          "%zu roles left out, the first is %lld",
		    user, RULES_FIND, rr->rr_ndeep, (long long)rr->rr_deep);
	if (rr->rr_nunsure > 0)
		log_warnx("run_as of %s: %zu rules could not be decided and "
		          "count as not met, the first is %lld",
		    user, rr->rr_nunsure, (long long)rr->rr_unsure);
}

static int
run_as_roles(struct gate *g, const struct rbac_user *ru,
    const struct jv *context, struct result *rs)
{
	const struct rules *rules = snap_rules(g->g_az->az_snap);
	struct rules_result rr;

	if (rules == NULL)
		return (-1);
	if (rules_roles(
	        rules, context, ru->ru_id, RULES_WORK, NULL, NULL, &rr) == -1) {
		log_warnx("run_as of %s: refused, the rules take too much "
		          "work on this context, or give too many roles",
		    ru->ru_name);
		return (run_as_refuse(g, rs, 4000,
		    "The authorization context cannot be decided upon within "
		    "the limits"));
	}
	run_as_log(ru->ru_name, &rr);
	return (
	    serve_token(g, ru, rr.rr_roles, rr.rr_nroles, g->g_context, rs));
}

/*
 * A context that says nothing gives the user's own roles, even where the user
 * may not act for others: as in the original.
 */
static int
run_as_login(struct gate *g, const struct caller *ca, const struct jv *context,
    struct result *rs)
{
	const struct rbac_user *ru = ca->ca_user;

	if (context->jv.object.n == 0)
		return (serve_token(
		    g, ru, ca->ca_roles, ca->ca_nroles, g->g_context, rs));
	if (!ru->ru_run_as)
		return (run_as_refuse(g, rs, 6004, NULL));
	return (run_as_roles(g, ru, context, rs));
}

int
serve_run_as(struct gate *g, const struct caller *ca, struct result *rs)
{
	const char *text = args_str(&g->g_ck.ck_args, "body", NULL);
	struct jv context;
	int ret;

	if (text == NULL)
		return (-1);
	/* What http has passed is JSON. */
	if (run_as_read(text, &context, g->g_context) == -1)
		return (run_as_refuse(g, rs, 4000,
		    "The authorization context has a number that is infinite"));
	ret = run_as_login(g, ca, &context, rs);
	jv_free(&context);
	return (ret);
}
