/* SPDX-License-Identifier: ISC */
/*
 * Users, roles, policies and rules as items of an answer: keys and their order
 * are the original's. Each writes one JSON object. 0, or -1: a stored text is
 * not JSON (the writer's own errors are sticky in it).
 */
#ifndef AUTHZ_SECURITY_ITEM_H
#define AUTHZ_SECURITY_ITEM_H

#include "authz/rbac.h"
#include "common/jsonw.h"

/*
 * Order of the lists: roles of a user and policies of a role by level, all
 * others ascending.
 */

/* {"id", "username", "allow_run_as", "roles": [ids]} */
int	security_item_user(struct jsonw *, const struct rbac *,
	    const struct rbac_user *);
/* {"id", "name", "policies": [ids], "users": [ids], "rules": [ids]} */
int	security_item_role(struct jsonw *, const struct rbac *,
	    const struct rbac_role *);
/* {"id", "name", "policy": {...}, "roles": [ids]} */
int	security_item_policy(struct jsonw *, const struct rbac *,
	    const struct rbac_policy *);
/* {"id", "name", "rule": {...}, "roles": [ids]} */
int	security_item_rule(struct jsonw *, const struct rbac *,
	    const struct rbac_rule *);

/*
 * Their beginnings, for GET /security/users/me, where lists hold objects: the
 * object is left open behind allow_run_as, the name or the stored value.
 */
void	security_item_user_open(struct jsonw *, const struct rbac_user *);
void	security_item_role_open(struct jsonw *, const struct rbac_role *);
int	security_item_policy_open(struct jsonw *, const struct rbac_policy *);
int	security_item_rule_open(struct jsonw *, const struct rbac_rule *);

#endif
