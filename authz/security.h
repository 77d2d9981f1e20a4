/* SPDX-License-Identifier: ISC */
/* The bodies of the /security rows that authz answers itself. */
#ifndef AUTHZ_SECURITY_H
#define AUTHZ_SECURITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/rbac.h"
#include "common/result.h"

/*
 * Each writes into an empty result (result_init()). 0, or -1: memory ran out,
 * the body grew too large, or (security_me) a stored text is not JSON.
 */

/*
 * GET /security/users/me: the user with the roles of the token (n ids in its
 * order, which for a run_as login are not the user's own), each with its
 * policies and rules. Roles that have gone are left out.
 */
int	security_me(const struct rbac *, const struct rbac_user *,
	    const int64_t *roles, size_t n, struct result *);

/*
 * GET /security/users/me/policies: what the policies of these roles come to, by
 * action and resource. -1 also as rbac_entries_all().
 */
int	security_me_policies(const struct rbac *, const int64_t *roles,
	    size_t n, const char *mode, struct result *);

/* GET /security/config: timeout of tokens in seconds, and the mode. */
int	security_config(int64_t timeout, const char *mode, struct result *);

/* A login: the token as JSON, or raw as plain text. */
int	security_login(const char *token, bool raw, struct result *);

/* An answer that is one sentence (len bytes). */
int	security_message(const char *text, size_t len, struct result *);

/* DELETE /security/user/authenticate. */
int	security_logout(const char *user, struct result *);

#endif
