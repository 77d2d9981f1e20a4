/* SPDX-License-Identifier: ISC */
/* Roles: making, renaming and deleting them. */
#include <sys/types.h>

#include "authz/authz.h"
#include "authz/security_item.h"
#include "authz/serve.h"
#include "authz/serve_edit.h"
#include "common/result.h"

static int
roles_item(struct jsonw *j, const struct rbac *rb, int64_t id)
{
	const struct rbac_role *ro = rbac_role(rb, id);

	return (ro == NULL ? -1 : security_item_role(j, rb, ro));
}

const struct edit_kind edit_roles = {
	.ek_ids = "role_ids",
	.ek_all = "The roles were deleted",
	.ek_some = "Some of the roles were not deleted",
	.ek_none = "No role was deleted",
	.ek_delete = rbacdb_role_delete,
	.ek_void = edit_void_role,
	.ek_item = roles_item,
};

int
serve_roles_add(struct gate *g, const struct caller *ca, struct result *rs)
{
	struct edit_one eo = { .eo_name =
		                   args_str(&g->g_ck.ck_args, "name", ""),
		.eo_all = "The role was made",
		.eo_none = "The role was not made" };
	struct edit ed;
	int ret;

	if (edit_may(g, ca, rs) == -1)
		return (-1);
	ret = edit_begin(&ed, g, rs);
	if (ret != 0)
		return (ret);
	eo.eo_error =
	    rbacdb_role_add(ed.ed_db, eo.eo_name, &eo.eo_id, &eo.eo_code);
	return (edit_answer(&ed, &edit_roles, &eo));
}

int
serve_roles_set(struct gate *g, const struct caller *ca, struct result *rs)
{
	const char *name = args_str(&g->g_ck.ck_args, "name", NULL);
	struct edit_one eo = { .eo_all = "The role was changed",
		.eo_none = "The role was not changed" };
	struct allow_id at;
	struct edit ed;
	int ret;

	if (edit_permit(g, ca, rs, "role_id", &at) == -1)
		return (-1);
	if (name == NULL) {
		result_problem(rs, 4001, ERRC_ERROR, NULL);
		return (-1);
	}
	eo.eo_at = &at;
	eo.eo_id = edit_id(&at);
	ret = edit_begin(&ed, g, rs);
	if (ret != 0)
		return (ret);
	eo.eo_error = rbacdb_role_name(ed.ed_db, eo.eo_id, name, &eo.eo_code);
	return (edit_answer(&ed, &edit_roles, &eo));
}

int
serve_roles_delete(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (edit_delete(g, ca, rs, &edit_roles));
}
