/* SPDX-License-Identifier: ISC */
/* Users: making, changing and deleting them. */
#include <sys/types.h>

#include "authz/authz.h"
#include "authz/password.h"
#include "authz/security_item.h"
#include "authz/serve.h"
#include "authz/serve_edit.h"
#include "common/result.h"

static int
users_item(struct jsonw *j, const struct rbac *rb, int64_t id)
{
	const struct rbac_user *ru = rbac_user(rb, id);

	return (ru == NULL ? -1 : security_item_user(j, rb, ru));
}

const struct edit_kind edit_users = {
	.ek_ids = "user_ids",
	.ek_all = "The users were deleted",
	.ek_some = "Some of the users were not deleted",
	.ek_none = "No user was deleted",
	.ek_delete = rbacdb_user_delete,
	.ek_void = edit_void_user,
	.ek_item = users_item,
};

/*
 * Is it a password that a user may have? An empty one is one that is too
 * short. 0, or -1 with the problem.
 */
static int
users_password(const char *password, struct result *rs)
{
	uint16_t code = password_refuse(password);

	if (code == 0)
		return (0);
	result_problem(rs, code, ERRC_ERROR, NULL);
	return (-1);
}

int
serve_users_add(struct gate *g, const struct caller *ca, struct result *rs)
{
	const struct args *as = &g->g_ck.ck_args;
	const char *password = args_str(as, "password", "");
	struct edit_one eo = { .eo_name = args_str(as, "username", ""),
		.eo_all = "The user was made",
		.eo_none = "The user was not made" };
	struct edit ed;
	int ret;

	if (edit_may(g, ca, rs) == -1)
		return (-1);
	if (users_password(password, rs) == -1)
		return (-1);
	if (g->g_encoded == NULL)
		return (serve_hash(g, password));
	ret = edit_begin(&ed, g, rs);
	if (ret != 0)
		return (ret);
	eo.eo_error = rbacdb_user_add(
	    ed.ed_db, eo.eo_name, g->g_encoded, &eo.eo_id, &eo.eo_code);
	return (edit_answer(&ed, &edit_users, &eo));
}

int
serve_users_set(struct gate *g, const struct caller *ca, struct result *rs)
{
	const char *password = args_str(&g->g_ck.ck_args, "password", NULL);
	struct edit_one eo = { .eo_all = "The user was changed",
		.eo_none = "The user was not changed" };
	struct allow_id at;
	struct edit ed;
	int ret;

	if (edit_permit(g, ca, rs, "user_id", &at) == -1)
		return (-1);
	if (password == NULL) {
		result_problem(rs, 4001, ERRC_ERROR, NULL);
		return (-1);
	}
	if (users_password(password, rs) == -1)
		return (-1);
	eo.eo_at = &at;
	eo.eo_id = edit_id(&at);
	if (eo.eo_id <= RESERVED_MAX && ca->ca_user->ru_id > RESERVED_MAX) {
		result_problem(rs, 5011, ERRC_ERROR, NULL);
		return (-1);
	}
	if (g->g_encoded == NULL)
		return (serve_hash(g, password));
	ret = edit_begin(&ed, g, rs);
	if (ret != 0)
		return (ret);
	eo.eo_error =
	    rbacdb_user_password(ed.ed_db, eo.eo_id, g->g_encoded, &eo.eo_code);
	return (edit_answer(&ed, &edit_users, &eo));
}

int
serve_users_run_as(struct gate *g, const struct caller *ca, struct result *rs)
{
	const struct args *as = &g->g_ck.ck_args;
	bool on = args_bool(as, "allow_run_as", false);
	struct edit_one eo = { .eo_all = on ?
		    "The user may log in with a context now" :
		    "The user may not log in with a context any more",
		.eo_none = "The user was not changed" };
	struct allow_id at;
	struct edit ed;
	int ret;

	if (edit_may(g, ca, rs) == -1)
		return (-1);
	at = allow_id(args_str(as, "user_id", ""));
	eo.eo_at = &at;
	eo.eo_id = edit_id(&at);
	ret = edit_begin(&ed, g, rs);
	if (ret != 0)
		return (ret);
	eo.eo_error = rbacdb_user_run_as(ed.ed_db, eo.eo_id, on, &eo.eo_code);
	return (edit_answer(&ed, &edit_users, &eo));
}

int
serve_users_delete(struct gate *g, const struct caller *ca, struct result *rs)
{
	return (edit_delete(g, ca, rs, &edit_users));
}
