/* SPDX-License-Identifier: ISC */
/*
 * The settings of /security/config and what makes all tokens void. Which limits
 * of admit.h hold is api.yaml's business: nothing here changes them.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "authz/authz.h"
#include "authz/rekey.h"
#include "authz/secconf.h"
#include "authz/security.h"
#include "authz/serve.h"
#include "common/log.h"
#include "common/result.h"

#define WHY_MAX 128

/* Do it, and say so in one sentence. */
static int
serve_config_revoke(struct gate *g, struct result *rs,
    const struct secconf_values *sv, const char *done)
{
	char why[WHY_MAX];
	uint16_t code;

	code = rekey_revoke(g->g_az, sv);
	if (code != 0) {
		snprintf(why, sizeof(why), "%s: %s",
		    code == 1005 ? SECCONF_FILE : "the key pair",
		    strerror(errno));
		log_errorx("%s: %s", g->g_row->r_call, why);
		result_problem(rs, code, ERRC_INTERNAL, why);
		return (0);
	}
	return (security_message(done, strlen(done), rs));
}

/*
 * http and serve_row() have seen to it that one of the two is there, so that
 * the original's 4021, no setting at all, cannot come up.
 */
int
serve_config_put(struct gate *g, const struct caller *ca, struct result *rs)
{
	const struct args *as = &g->g_ck.ck_args;
	const struct secconf_values sv = {
		.sv_mode = args_str(as, "rbac_mode", NULL),
		.sv_timeout = args_int(as, "auth_token_exp_timeout", 0),
	};

	if (serve_may(g, ca, rs) == -1)
		return (-1);
	return (serve_config_revoke(g, rs, &sv,
	    "The security settings have changed and all tokens are void"));
}

int
serve_config_delete(struct gate *g, const struct caller *ca, struct result *rs)
{
	const struct secconf_values sv = { NULL, 0 };

	if (serve_may(g, ca, rs) == -1)
		return (-1);
	return (serve_config_revoke(g, rs, &sv,
	    "The security settings are the defaults and all tokens are void"));
}

int
serve_revoke(struct gate *g, const struct caller *ca, struct result *rs)
{
	if (serve_may(g, ca, rs) == -1)
		return (-1);
	return (serve_config_revoke(g, rs, NULL, "All tokens are void"));
}
