/* SPDX-License-Identifier: ISC */
/*
 * The rows that authz answers itself (POOL_AUTHZ). Which function serves which
 * row stands in authz/calls_authz.c, made of conf/openapi.yaml.
 */
#ifndef AUTHZ_SERVE_H
#define AUTHZ_SERVE_H

#include <stddef.h>
#include <stdint.h>

struct allow;
struct caller;
struct gate;
struct rbac_user;
struct result;

/*
 * Gets an empty result (result_init()), writes the body and returns 0; or -1,
 * with the result made a problem, or not: then it becomes 1000; or what
 * serve_hash() or serve_busy() returned.
 */
typedef int (*serve_fn)(struct gate *, const struct caller *, struct result *);

int	serve_login(struct gate *, const struct caller *, struct result *);
int	serve_run_as(struct gate *, const struct caller *, struct result *);
int	serve_logout(struct gate *, const struct caller *, struct result *);
int	serve_config_put(struct gate *, const struct caller *, struct result *);
int	serve_config_delete(struct gate *, const struct caller *,
	    struct result *);
int	serve_revoke(struct gate *, const struct caller *, struct result *);
int	serve_me(struct gate *, const struct caller *, struct result *);
int	serve_me_policies(struct gate *, const struct caller *,
	    struct result *);
int	serve_config_get(struct gate *, const struct caller *,
	    struct result *);

/* serve_lists.c */
int	serve_users_get(struct gate *, const struct caller *, struct result *);
int	serve_roles_get(struct gate *, const struct caller *, struct result *);
int	serve_rules_get(struct gate *, const struct caller *, struct result *);
int	serve_policies_get(struct gate *, const struct caller *,
	    struct result *);

/* serve_catalogue.c */
int	serve_actions_get(struct gate *, const struct caller *,
	    struct result *);
int	serve_resources_get(struct gate *, const struct caller *,
	    struct result *);

/* serve_users.c */
int	serve_users_add(struct gate *, const struct caller *, struct result *);
int	serve_users_set(struct gate *, const struct caller *, struct result *);
int	serve_users_run_as(struct gate *, const struct caller *,
	    struct result *);
int	serve_users_delete(struct gate *, const struct caller *,
	    struct result *);

/* serve_roles.c */
int	serve_roles_add(struct gate *, const struct caller *, struct result *);
int	serve_roles_set(struct gate *, const struct caller *, struct result *);
int	serve_roles_delete(struct gate *, const struct caller *,
	    struct result *);

/* serve_rules.c */
int	serve_rules_add(struct gate *, const struct caller *, struct result *);
int	serve_rules_set(struct gate *, const struct caller *, struct result *);
int	serve_rules_delete(struct gate *, const struct caller *,
	    struct result *);

/* serve_policies.c */
int	serve_policies_add(struct gate *, const struct caller *,
	    struct result *);
int	serve_policies_set(struct gate *, const struct caller *,
	    struct result *);
int	serve_policies_delete(struct gate *, const struct caller *,
	    struct result *);

/* serve_links.c */
int	serve_user_roles_add(struct gate *, const struct caller *,
	    struct result *);
int	serve_user_roles_delete(struct gate *, const struct caller *,
	    struct result *);
int	serve_role_policies_add(struct gate *, const struct caller *,
	    struct result *);
int	serve_role_policies_delete(struct gate *, const struct caller *,
	    struct result *);
int	serve_role_rules_add(struct gate *, const struct caller *,
	    struct result *);
int	serve_role_rules_delete(struct gate *, const struct caller *,
	    struct result *);

/*
 * Answer a login: a token for the user with these roles; context: the hash of a
 * run_as login, else NULL. The attempt is taken back. As a serve_fn.
 */
int	serve_token(struct gate *, const struct rbac_user *,
	    const int64_t *roles, size_t nroles, const char *context,
	    struct result *);

/*
 * Decide the row's needs for what the request names: allow_decide() with the
 * caller's roles. 0 and *al, to be freed; or -1 as a serve_fn.
 */
int	serve_allow(struct gate *, const struct caller *, struct result *,
	    struct allow *al);
/* The same for a row whose needs have no ids: 0, or -1 as a serve_fn. */
int	serve_may(struct gate *, const struct caller *, struct result *);

#define SERVE_WAITS	1	/* it has been told, or is run again */

/*
 * The row needs the hash of a password: the hash lane makes it, and the row is
 * run again with g_encoded, all that came before it too. To be returned.
 */
int	serve_hash(struct gate *, const char *password);

/*
 * Another program has rbac.db locked: the row is run again in a little while,
 * or the result becomes 2008 if that was tried long enough. To be returned.
 */
int	serve_busy(struct gate *, struct result *);

extern const serve_fn authz_calls[];	/* by row; NULL: not authz's */

#endif
