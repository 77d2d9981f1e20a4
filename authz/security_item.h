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

#endif
