/* SPDX-License-Identifier: ISC */
/*
 * GET /security/users, /security/roles, /security/rules, /security/policies:
 * facts/api/rbac.yaml, denial; the items are those that the caller may read.
 */
#include <sys/types.h>

#include <stdlib.h>

#include "authz/allow.h"
#include "authz/authz.h"
#include "authz/security_query.h"
#include "authz/serve.h"
#include "authz/snap.h"

struct list {
	enum security_kind ls_kind;
	const char *ls_param; /* of the ids */
	uint16_t ls_code; /* there is none with such an id */
	bool ls_text; /* which is told with the id as text */
	const char *ls_all, *ls_some, *ls_none;
};

static int
list_items(const struct list *ls, const struct rbac *rb, const struct allow *al,
    const struct allow_id *ids, size_t n, struct result *rs)
{
	struct query_args qa;
	const void **items, *item;
	size_t i, have = 0;
	int ret;

	items = calloc(n + 1, sizeof(*items));
	if (items == NULL)
		return (-1);
	for (i = 0; i < n; i++) {
		item = security_query_find(rb, ls->ls_kind, ids[i].ad_id);
		if (item != NULL)
			items[have++] = item;
		else if (ls->ls_text)
			allow_fail_text(al, rs, ids[i].ad_named, ls->ls_code);
		else
			allow_fail(al, rs, ids[i].ad_text, ls->ls_code);
	}
	query_args_read(&qa, al->al_args);
	ret = security_query_items(rb, ls->ls_kind, items, have, &qa, rs);
	free(items);
	return (ret);
}

static int
list_serve(struct gate *g, const struct caller *ca, struct result *rs,
    const struct list *ls)
{
	const struct rbac *rb = snap_rbac(g->g_az->az_snap);
	struct allow_id *ids;
	struct allow al;
	size_t n;
	int ret = -1;

	if (serve_allow(g, ca, rs, &al) == -1)
		return (-1);
	if (allow_ids(&al, ls->ls_param, &ids, &n) == 0) {
		result_begin(rs, ls->ls_all, ls->ls_some, ls->ls_none);
		ret = list_items(ls, rb, &al, ids, n, rs);
		free(ids);
	}
	if (ret == 0) {
		allow_denied(&al, rs);
		result_end(rs);
	}
	allow_free(&al);
	return (ret);
}

int
serve_users_get(struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct list ls = { SECURITY_USER, "user_ids", 5001, false,
		"All users that were asked for are here",
		"Some of the users are not here", "There are no users here" };

	return (list_serve(g, ca, rs, &ls));
}

int
serve_roles_get(struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct list ls = { SECURITY_ROLE, "role_ids", 4002, false,
		"All roles that were asked for are here",
		"Some of the roles are not here", "There are no roles here" };

	return (list_serve(g, ca, rs, &ls));
}

int
serve_rules_get(struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct list ls = { SECURITY_RULE, "rule_ids", 4022, true,
		"All security rules that were asked for are here",
		"Some of the security rules are not here",
		"There are no security rules here" };

	return (list_serve(g, ca, rs, &ls));
}

int
serve_policies_get(struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct list ls = { SECURITY_POLICY, "policy_ids", 4007,
		false, "All policies that were asked for are here",
		"Some of the policies are not here",
		"There are no policies here" };

	return (list_serve(g, ca, rs, &ls));
}
