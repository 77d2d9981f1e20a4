/* SPDX-License-Identifier: ISC */
/* Policies: making, changing and deleting them. */
#include <sys/types.h>

#include "authz/rbac_text.h"
#include "authz/security_item.h"
#include "authz/serve.h"
#include "authz/serve_edit.h"

static int
policies_item(struct jsonw *j, const struct rbac *rb, int64_t id)
{
	const struct rbac_policy *rp = rbac_policy(rb, id);

	return (rp == NULL ? -1 : security_item_policy(j, rb, rp));
}

const struct edit_kind edit_policies = {
	.ek_ids = "policy_ids",
	.ek_all = "The policies were deleted",
	.ek_some = "Some of the policies were not deleted",
	.ek_none = "No policy was deleted",
	.ek_delete = rbacdb_policy_delete,
	.ek_void = edit_void_policy,
	.ek_item = policies_item,
};

static const struct edit_text policies_text = {
	.et_kind = &edit_policies,
	.et_id = "policy_id",
	.et_member = "policy",
	.et_added = "The policy was made",
	.et_not_added = "The policy was not made",
	.et_set = "The policy was changed",
	.et_not_set = "The policy was not changed",
	.et_new_text = rbac_policy_text,
	.et_set_text = rbac_policy_text_set,
	.et_db_add = rbacdb_policy_add,
	.et_db_set = rbacdb_policy_set,
};

int
serve_policies_add(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (edit_text_add(g, ca, rs, &policies_text));
}

int
serve_policies_set(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (edit_text_set(g, ca, rs, &policies_text));
}

int
serve_policies_delete(
    struct gate *g, const struct caller *ca, struct result *rs)
{
	return (edit_delete(g, ca, rs, &edit_policies));
}
