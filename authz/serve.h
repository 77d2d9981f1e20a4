/* SPDX-License-Identifier: ISC */
/*
 * The rows that authz answers itself (POOL_AUTHZ). Which function serves which
 * row stands in authz/calls_authz.c, made of conf/openapi.yaml.
 */
#ifndef AUTHZ_SERVE_H
#define AUTHZ_SERVE_H

struct allow;
struct caller;
struct gate;
struct result;

/*
 * Gets an empty result (result_init()), writes the body and returns 0; or -1,
 * with the result made a problem, or not: then it becomes 1000.
 */
typedef int (*serve_fn)(struct gate *, const struct caller *, struct result *);

int	serve_login(struct gate *, const struct caller *, struct result *);
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

/*
 * Decide the row's needs for what the request names: allow_decide() with the
 * caller's roles. 0 and *al, to be freed; or -1 as a serve_fn.
 */
int	serve_allow(struct gate *, const struct caller *, struct result *,
	    struct allow *al);

extern const serve_fn authz_calls[];	/* by row; NULL: not authz's */

#endif
