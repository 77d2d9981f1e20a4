/* SPDX-License-Identifier: ISC */
/* Security rules: making, changing and deleting them. */
#include <sys/types.h>

#include "authz/rbac_text.h"
#include "authz/security_item.h"
#include "authz/serve.h"
#include "authz/serve_edit.h"

static int
rules_item(struct jsonw *j, const struct rbac *rb, int64_t id)
{
	const struct rbac_rule *rr = rbac_rule(rb, id);

	return (rr == NULL ? -1 : security_item_rule(j, rb, rr));
}

const struct edit_kind edit_rules = {
	.ek_ids = "rule_ids",
	.ek_all = "The security rules were deleted",
	.ek_some = "Some of the security rules were not deleted",
	.ek_none = "No security rule was deleted",
	.ek_delete = rbacdb_rule_delete,
	.ek_void = edit_void_rule,
	.ek_item = rules_item,
};

static const struct edit_text rules_text = {
	.et_kind = &edit_rules,
	.et_id = "rule_id",
	.et_member = "rule",
	.et_added = "The security rule was made",
	.et_not_added = "The security rule was not made",
	.et_set = "The security rule was changed",
	.et_not_set = "The security rule was not changed",
	.et_new_text = rbac_rule_text,
	.et_set_text = rbac_rule_text,
	.et_db_add = rbacdb_rule_add,
	.et_db_set = rbacdb_rule_set,
};

int
serve_rules_add(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (edit_text_add(g, ca, rs, &rules_text));
}

int
serve_rules_set(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (edit_text_set(g, ca, rs, &rules_text));
}

int
serve_rules_delete(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (edit_delete(g, ca, rs, &edit_rules));
}
