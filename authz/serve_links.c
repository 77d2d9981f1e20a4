/* SPDX-License-Identifier: ISC */
/*
 * Links between users and roles, roles and policies, roles and rules. The one
 * that holds stands in the path; what is linked to it, or taken from it, is a
 * list. Each may fail for itself; the answer has one item, the holder.
 */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>

#include "authz/authz.h"
#include "authz/serve.h"
#include "authz/serve_edit.h"
#include "common/log.h"
#include "common/result.h"

#define LINK_RESERVED 4008 /* it may not be changed */
#define LINK_MESSAGE  512 /* bytes of one */

struct link {
	const struct edit_kind *ln_kind; /* of the holder */
	const char *ln_holder, *ln_held; /* parameters */
	uint16_t ln_missing; /* code: there is no such holder */
	bool ln_must; /* which then is a problem, not a failed item */
	bool ln_texts; /* failed ids go back as they were sent */
	const char *ln_all, *ln_some, *ln_none; /* messages but for the end */
	enum rbacdb_error (*ln_do)(struct edit *, int64_t holder, int64_t held,
	    int64_t position, uint16_t *code_r);
	void (*ln_void)(struct edit *, int64_t holder);
};

/* A request: how far it has come. */
struct links {
	const struct link *lk_link;
	const struct allow *lk_allow;
	struct allow_id lk_holder;
	int64_t lk_position;
	uint64_t lk_made;
	char lk_words[3][LINK_MESSAGE];
};

/* --- the six ------------------------------------------------------------- */

static enum rbacdb_error
links_user_add(struct edit *ed, int64_t user, int64_t role, int64_t position,
    uint16_t *code_r)
{
	return (rbacdb_user_link(ed->ed_db, user, role, position, code_r));
}

static enum rbacdb_error
links_user_take(struct edit *ed, int64_t user, int64_t role, int64_t position,
    uint16_t *code_r)
{
	return (rbacdb_user_unlink(ed->ed_db, user, role, code_r));
}

static enum rbacdb_error
links_policy_add(struct edit *ed, int64_t role, int64_t policy,
    int64_t position, uint16_t *code_r)
{
	return (
	    rbacdb_role_link_policy(ed->ed_db, role, policy, position, code_r));
}

static enum rbacdb_error
links_policy_take(struct edit *ed, int64_t role, int64_t policy,
    int64_t position, uint16_t *code_r)
{
	return (rbacdb_role_unlink_policy(ed->ed_db, role, policy, code_r));
}

static enum rbacdb_error
links_rule_add(struct edit *ed, int64_t role, int64_t rule, int64_t position,
    uint16_t *code_r)
{
	return (rbacdb_role_link_rule(ed->ed_db, role, rule, code_r));
}

static enum rbacdb_error
links_rule_take(struct edit *ed, int64_t role, int64_t rule, int64_t position,
    uint16_t *code_r)
{
	return (rbacdb_role_unlink_rule(ed->ed_db, role, rule, code_r));
}

/* Rules matter to those who log in with a context, whatever the role. */
static void
links_void_runas(struct edit *ed, int64_t role)
{
	edit_void_runas(ed);
}

/* --- what they share ----------------------------------------------------- */

static const char *
links_name(const struct links *lk, const struct rbac *rb)
{
	const struct rbac_user *ru;

	if (lk->lk_link->ln_kind != &edit_users)
		return (lk->lk_holder.ad_text);
	ru = rbac_user(rb, edit_id(&lk->lk_holder));
	return (ru != NULL ? ru->ru_name : "unknown");
}

static bool
links_exists(const struct links *lk, const struct rbac *rb)
{
	int64_t id = edit_id(&lk->lk_holder);

	if (lk->lk_link->ln_kind == &edit_users)
		return (rbac_user(rb, id) != NULL);
	return (rbac_role(rb, id) != NULL);
}

static void
links_begin(struct links *lk, const struct edit *ed)
{
	const struct link *ln = lk->lk_link;
	const char *name = links_name(lk, ed->ed_before);

	snprintf(lk->lk_words[0], LINK_MESSAGE, "%s %s", ln->ln_all, name);
	snprintf(lk->lk_words[1], LINK_MESSAGE, "%s %s", ln->ln_some, name);
	snprintf(lk->lk_words[2], LINK_MESSAGE, "%s %s", ln->ln_none, name);
	result_begin(
	    ed->ed_result, lk->lk_words[0], lk->lk_words[1], lk->lk_words[2]);
}

/* Where it is the holder's fault the failed id is the holder's. */
static void
links_fail(const struct links *lk, struct result *rs,
    const struct allow_id *held, uint16_t code)
{
	const struct link *ln = lk->lk_link;

	if (code == LINK_RESERVED || code == ln->ln_missing)
		allow_fail(lk->lk_allow, rs, lk->lk_holder.ad_text, code);
	else if (ln->ln_texts)
		allow_fail_text(lk->lk_allow, rs, held->ad_named, code);
	else
		allow_fail(lk->lk_allow, rs, held->ad_text, code);
}

static void
links_each(
    struct links *lk, struct edit *ed, const struct allow_id *held, size_t n)
{
	int64_t holder = edit_id(&lk->lk_holder);
	enum rbacdb_error err;
	uint16_t code;
	size_t i;

	for (i = 0; i < n && edit_good(ed); i++) {
		code = 0;
		err = lk->lk_link->ln_do(
		    ed, holder, edit_id(&held[i]), lk->lk_position, &code);
		if (edit_made(ed, err, code)) {
			lk->lk_made++;
			if (lk->lk_position != POSITION_LAST)
				lk->lk_position++;
		} else if (code != 0)
			links_fail(lk, ed->ed_result, &held[i], code);
	}
}

static int
links_run(
    struct links *lk, struct edit *ed, const struct allow_id *held, size_t n)
{
	const struct link *ln = lk->lk_link;
	struct result *rs = ed->ed_result;
	const struct rbac *rb;
	int ret = 0;

	if (ln->ln_must && !links_exists(lk, ed->ed_before)) {
		ret = edit_end(ed);
		if (ret != 0)
			return (ret);
		result_problem(rs, ln->ln_missing, ERRC_NOTFOUND, NULL);
		return (-1);
	}
	links_begin(lk, ed);
	links_each(lk, ed, held, n);
	if (lk->lk_made != 0) {
		ln->ln_void(ed, edit_id(&lk->lk_holder));
		rb = edit_after(ed);
		if (rb != NULL)
			ret = ln->ln_kind->ek_item(
			    &rs->rs_json, rb, edit_id(&lk->lk_holder));
		result_item(rs);
		result_total(rs, lk->lk_made);
	}
	allow_denied(lk->lk_allow, rs);
	result_end(rs);
	if (ret == -1 || rs->rs_body.b_failed)
		return (edit_undo(ed));
	return (edit_end(ed));
}

/* The ids that the call may touch, and then all of it. */
static int
links_change(struct gate *g, struct result *rs, struct links *lk)
{
	const struct link *ln = lk->lk_link;
	struct allow_id *holder = NULL, *held = NULL;
	struct edit ed;
	size_t nholder, nheld;
	int ret = -1;

	if (allow_ids(lk->lk_allow, ln->ln_holder, &holder, &nholder) == 0 &&
	    nholder == 1 &&
	    allow_ids(lk->lk_allow, ln->ln_held, &held, &nheld) == 0) {
		lk->lk_holder = holder[0];
		ret = edit_begin(&ed, g, rs);
		if (ret == 0)
			ret = links_run(lk, &ed, held, nheld);
	}
	free(holder);
	free(held);
	return (ret);
}

static int
links_serve(struct gate *g, const struct caller *ca, struct result *rs,
    const struct link *ln)
{
	struct links lk = { .lk_link = ln };
	struct allow al;
	int ret = -1;

	if (edit_allow(g, ca, rs, &al) == -1)
		return (-1);
	lk.lk_allow = &al;
	lk.lk_position = args_int(&g->g_ck.ck_args, "position", POSITION_LAST);
	if (lk.lk_position > INT32_MAX)
		lk.lk_position = INT32_MAX;
	/* The original takes the word "all" here and then fails over it. */
	if (!ln->ln_must && al.al_implicit)
		log_warnx("%s: all cannot be linked", g->g_row->r_call);
	else
		ret = links_change(g, rs, &lk);
	allow_free(&al);
	return (ret);
}

/* --- the rows ------------------------------------------------------------ */

int
serve_user_roles_add(struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct link ln = {
		.ln_kind = &edit_users,
		.ln_holder = "user_id",
		.ln_held = "role_ids",
		.ln_missing = 5001,
		.ln_all = "The roles were given to user",
		.ln_some = "Some of the roles were not given to user",
		.ln_none = "No role was given to user",
		.ln_do = links_user_add,
		.ln_void = edit_void_user,
	};

	return (links_serve(g, ca, rs, &ln));
}

int
serve_user_roles_delete(
    struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct link ln = {
		.ln_kind = &edit_users,
		.ln_holder = "user_id",
		.ln_held = "role_ids",
		.ln_missing = 5001,
		.ln_must = true,
		.ln_all = "The roles were taken from user",
		.ln_some = "Some of the roles were not taken from user",
		.ln_none = "No role was taken from user",
		.ln_do = links_user_take,
		.ln_void = edit_void_user,
	};

	return (links_serve(g, ca, rs, &ln));
}

int
serve_role_policies_add(
    struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct link ln = {
		.ln_kind = &edit_roles,
		.ln_holder = "role_id",
		.ln_held = "policy_ids",
		.ln_missing = 4002,
		.ln_all = "The policies were given to role",
		.ln_some = "Some of the policies were not given to role",
		.ln_none = "No policy was given to role",
		.ln_do = links_policy_add,
		.ln_void = edit_void_role,
	};

	return (links_serve(g, ca, rs, &ln));
}

int
serve_role_policies_delete(
    struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct link ln = {
		.ln_kind = &edit_roles,
		.ln_holder = "role_id",
		.ln_held = "policy_ids",
		.ln_missing = 4002,
		.ln_must = true,
		.ln_all = "The policies were taken from role",
		.ln_some = "Some of the policies were not taken from role",
		.ln_none = "No policy was taken from role",
		.ln_do = links_policy_take,
		.ln_void = edit_void_role,
	};

	return (links_serve(g, ca, rs, &ln));
}

int
serve_role_rules_add(struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct link ln = {
		.ln_kind = &edit_roles,
		.ln_holder = "role_id",
		.ln_held = "rule_ids",
		.ln_missing = 4002,
		.ln_all = "The security rules were given to role",
		.ln_some = "Some of the security rules were not given to role",
		.ln_none = "No security rule was given to role",
		.ln_do = links_rule_add,
		.ln_void = links_void_runas,
	};

	return (links_serve(g, ca, rs, &ln));
}

int
serve_role_rules_delete(
    struct gate *g, const struct caller *ca, struct result *rs)
{
	static const struct link ln = {
		.ln_kind = &edit_roles,
		.ln_holder = "role_id",
		.ln_held = "rule_ids",
		.ln_missing = 4002,
		.ln_must = true,
		.ln_texts = true,
		.ln_all = "The security rules were taken from role",
		.ln_some =
		    "Some of the security rules were not taken from role",
		.ln_none = "No security rule was taken from role",
		.ln_do = links_rule_take,
		.ln_void = links_void_runas,
	};

	return (links_serve(g, ca, rs, &ln));
}
