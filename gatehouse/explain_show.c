/* SPDX-License-Identifier: ISC */
/* What gatehouse rbac explain prints: see explain.h. */
#include <sys/types.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rules.h"
#include "authz/run_as.h"
#include "common/jsonw.h"
#include "gatehouse/explain.h"

/* What the evaluation has told so far. */
struct explain {
	const struct rbac *ex_rb;
	const struct rules *ex_rules;
	bool ex_json;
	struct buf *ex_out;
	struct jsonw ex_j;
	const struct rbac_role *ex_role; /* begun, and its rule */
	const struct rbac_rule *ex_rule;
	const struct rbac_rule *ex_by; /* the rule that gave the role */
	struct buf ex_body, ex_clauses; /* text of a role, of a rule */
};

/* How a login would end. */
struct verdict {
	const struct rbac_user *ve_user;
	char ve_hash[RUN_AS_HASH];
	bool ve_empty; /* the context: the user's own roles */
	uint16_t ve_code; /* refused, or 0 */
	const int64_t *ve_roles;
	size_t ve_nroles;
	struct rules_result ve_result;
};

static const char *const answers[] = {
	[RULES_NO] = "no",
	[RULES_YES] = "yes",
	[RULES_UNSURE] = "undecided",
	[RULES_DEEP] = "too deep",
	[RULES_UNREADABLE] = "unreadable",
	[RULES_NOT_YOURS] = "reserved",
};

#define UNDECIDED                                                 \
	"undecided, which counts as not met: a pattern took too " \
	"long, or a part of the rule is not valid"

static const char *const meanings[] = {
	[RULES_NO] = "not met",
	[RULES_YES] = "met",
	[RULES_UNSURE] = UNDECIDED,
	[RULES_DEEP] = "led too deep into the context",
	[RULES_UNREADABLE] = "not read",
	[RULES_NOT_YOURS] = "counts for the user wazuh-wui only",
};

/* A name as it is, or quoted where a terminal would do something with it. */
static void
explain_name(struct buf *out, const char *name)
{
	const char *p;
	struct jsonw j;

	for (p = name; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f ||
		    (unsigned char)*p >= 0x80)
			break;
	if (*p == '\0') {
		buf_addz(out, name);
		return;
	}
	jsonw_init(&j, out, false);
	jsonw_str(&j, name);
}

static void
explain_add(struct buf *to, struct buf *from)
{
	if (from->b_failed)
		to->b_failed = true;
	(void)buf_add(to, from->b_data, from->b_len);
	buf_reset(from);
}

static const char *
explain_wrong(const struct explain *ex, const struct rbac_rule *rr)
{
	return (rules_wrong(ex->ex_rules, (size_t)(rr - ex->ex_rb->rb_rules)));
}

/* --- the evaluation, as text ---------------------------------------------------- */

static void
text_rule(struct explain *ex, const struct rules_event *re)
{
	struct buf *out = &ex->ex_body;
	const char *wrong = explain_wrong(ex, re->re_rule);

	buf_addf(out, "    rule %" PRId64 " ", re->re_rule->rr_id);
	explain_name(out, re->re_rule->rr_name);
	buf_addf(out, ": %s\n", meanings[re->re_answer]);
	if (wrong != NULL)
		buf_addf(out, "        (this rule %s)\n", wrong);
	explain_add(out, &ex->ex_clauses);
}

static void
text_role(struct explain *ex, const struct rules_event *re)
{
	struct buf *out = ex->ex_out;

	buf_addf(out, "role %" PRId64 " ", re->re_role->ro_id);
	explain_name(out, re->re_role->ro_name);
	if (re->re_answer == RULES_YES) {
		buf_addf(out, ": given by rule %" PRId64 " ", ex->ex_by->rr_id);
		explain_name(out, ex->ex_by->rr_name);
		buf_addc(out, '\n');
	} else if (re->re_answer == RULES_DEEP)
		buf_addf(out,
		    ": left out, the context has more than %d levels\n",
		    RULES_FIND);
	else
		buf_addz(out, ": not given\n");
	explain_add(out, &ex->ex_body);
}

static void
text_event(struct explain *ex, const struct rules_event *re)
{
	struct buf *out = &ex->ex_clauses;

	if (re->re_rule == NULL)
		text_role(ex, re);
	else if (re->re_clause == NULL)
		text_rule(ex, re);
	else {
		buf_addf(out, "        %s: %s", re->re_clause,
		    answers[re->re_answer]);
		if (re->re_where != NULL)
			buf_addf(out, ", by %s", re->re_where);
		buf_addc(out, '\n');
	}
}

/* --- the evaluation, as JSON ----------------------------------------------------- */

static void
json_id(struct jsonw *j, int64_t id, const char *name)
{
	jsonw_key(j, "id");
	jsonw_int(j, id);
	jsonw_key(j, "name");
	jsonw_str(j, name);
}

static void
json_begin(struct explain *ex, const struct rules_event *re)
{
	struct jsonw *j = &ex->ex_j;

	if (ex->ex_role != re->re_role) {
		jsonw_object(j);
		json_id(j, re->re_role->ro_id, re->re_role->ro_name);
		jsonw_key(j, "rules");
		jsonw_array(j);
	}
	if (re->re_rule != NULL && ex->ex_rule != re->re_rule) {
		jsonw_object(j);
		json_id(j, re->re_rule->rr_id, re->re_rule->rr_name);
		jsonw_key(j, "wrong");
		if (explain_wrong(ex, re->re_rule) == NULL)
			jsonw_null(j);
		else
			jsonw_str(j, explain_wrong(ex, re->re_rule));
		jsonw_key(j, "clauses");
		jsonw_array(j);
	}
}

static void
json_event(struct explain *ex, const struct rules_event *re)
{
	struct jsonw *j = &ex->ex_j;

	json_begin(ex, re);
	if (re->re_clause != NULL) {
		jsonw_object(j);
		jsonw_key(j, "clause");
		jsonw_str(j, re->re_clause);
	} else
		jsonw_array_end(j);
	jsonw_key(j, "answer");
	jsonw_str(j, answers[re->re_answer]);
	if (re->re_clause != NULL) {
		jsonw_key(j, "by");
		if (re->re_where == NULL)
			jsonw_null(j);
		else
			jsonw_str(j, re->re_where);
	}
	if (re->re_rule == NULL) {
		jsonw_key(j, "given_by");
		if (re->re_answer == RULES_YES)
			jsonw_int(j, ex->ex_by->rr_id);
		else
			jsonw_null(j);
	}
	jsonw_object_end(j);
}

static void
explain_event(void *arg, const struct rules_event *re)
{
	struct explain *ex = arg;

	if (ex->ex_json)
		json_event(ex, re);
	else
		text_event(ex, re);
	ex->ex_role = re->re_rule == NULL ? NULL : re->re_role;
	ex->ex_rule = re->re_clause == NULL ? NULL : re->re_rule;
	if (re->re_rule != NULL && re->re_answer == RULES_YES)
		ex->ex_by = re->re_rule;
}

/* --- what comes of it -------------------------------------------------------------- */

static void
text_list(struct buf *out, char *const *list)
{
	size_t i;

	for (i = 0; list[i] != NULL; i++) {
		if (i > 0)
			buf_addz(out, ", ");
		explain_name(out, list[i]);
	}
}

static void
text_policies(
    const struct rbac *rb, const struct rbac_role *ro, struct buf *out)
{
	const struct rbac_policy *rp;
	size_t i;

	buf_addf(out, "  role %" PRId64 " ", ro->ro_id);
	explain_name(out, ro->ro_name);
	buf_addc(out, '\n');
	for (i = 0; i < ro->ro_npolicies; i++) {
		rp = rbac_policy(rb, ro->ro_policies[i]);
		if (rp == NULL)
			continue;
		buf_addf(out, "    policy %" PRId64 " ", rp->rp_id);
		explain_name(out, rp->rp_name);
		if (rp->rp_bad)
			buf_addz(out, ": cannot be read");
		else {
			buf_addz(out, rp->rp_allow ? ": allow " : ": deny ");
			text_list(out, rp->rp_actions);
			buf_addz(out, " on ");
			text_list(out, rp->rp_resources);
		}
		buf_addc(out, '\n');
	}
}

static void
text_verdict(const struct rbac *rb, const struct verdict *ve, struct buf *out)
{
	const struct rbac_role *ro;
	size_t i;

	if (ve->ve_code == 6004) {
		buf_addz(out, "The login is refused (6004): ");
		explain_name(out, ve->ve_user->ru_name);
		buf_addz(out, " may not act for others.\n");
	} else if (ve->ve_code != 0)
		buf_addf(out,
		    "The login is refused (%d): the rules take too much work "
		    "on this context, or give too many roles.\n",
		    ve->ve_code);
	if (ve->ve_empty)
		buf_addz(out,
		    "The context is empty: the roles are the user's own.\n");
	buf_addf(out, "%s roles:%s\n",
	    ve->ve_code != 0 ? "There would be these" : "The token has these",
	    ve->ve_nroles == 0 ? " none" : "");
	for (i = 0; i < ve->ve_nroles; i++) {
		ro = rbac_role(rb, ve->ve_roles[i]);
		if (ro != NULL)
			text_policies(rb, ro, out);
	}
	buf_addf(out, "hash_auth_context: %s\n", ve->ve_hash);
}

static void
json_policies(
    const struct rbac *rb, const struct rbac_role *ro, struct jsonw *j)
{
	const struct rbac_policy *rp;
	size_t i, n;

	jsonw_object(j);
	json_id(j, ro->ro_id, ro->ro_name);
	jsonw_key(j, "policies");
	jsonw_array(j);
	for (i = 0; i < ro->ro_npolicies; i++) {
		rp = rbac_policy(rb, ro->ro_policies[i]);
		if (rp == NULL)
			continue;
		jsonw_object(j);
		json_id(j, rp->rp_id, rp->rp_name);
		jsonw_key(j, "allow");
		if (rp->rp_bad)
			jsonw_null(j);
		else
			jsonw_bool(j, rp->rp_allow);
		jsonw_key(j, "actions");
		jsonw_array(j);
		for (n = 0; !rp->rp_bad && rp->rp_actions[n] != NULL; n++)
			jsonw_str(j, rp->rp_actions[n]);
		jsonw_array_end(j);
		jsonw_key(j, "resources");
		jsonw_array(j);
		for (n = 0; !rp->rp_bad && rp->rp_resources[n] != NULL; n++)
			jsonw_str(j, rp->rp_resources[n]);
		jsonw_array_end(j);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
}

static void
json_verdict(const struct rbac *rb, const struct verdict *ve, struct jsonw *j)
{
	const struct rbac_role *ro;
	size_t i;

	jsonw_key(j, "user");
	if (ve->ve_user == NULL)
		jsonw_null(j);
	else
		jsonw_str(j, ve->ve_user->ru_name);
	jsonw_key(j, "hash_auth_context");
	jsonw_str(j, ve->ve_hash);
	jsonw_key(j, "context_is_empty");
	jsonw_bool(j, ve->ve_empty);
	jsonw_key(j, "refused");
	if (ve->ve_code == 0)
		jsonw_null(j);
	else
		jsonw_int(j, ve->ve_code);
	jsonw_key(j, "roles");
	jsonw_array(j);
	for (i = 0; i < ve->ve_nroles; i++) {
		ro = rbac_role(rb, ve->ve_roles[i]);
		if (ro != NULL)
			json_policies(rb, ro, j);
	}
	jsonw_array_end(j);
}

/* --- all of it ------------------------------------------------------------------------ */

static void
explain_evaluate(
    struct explain *ex, const struct jv *context, struct verdict *ve)
{
	const struct rbac_user *ru = ve->ve_user;
	int ret;

	ve->ve_empty = context->jv.object.n == 0;
	if (ve->ve_empty) {
		ve->ve_roles = ru == NULL ? NULL : ru->ru_roles;
		ve->ve_nroles = ru == NULL ? 0 : ru->ru_nroles;
		return;
	}
	ret = rules_roles(ex->ex_rules, context, ru == NULL ? 0 : ru->ru_id,
	    RULES_WORK, explain_event, ex, &ve->ve_result);
	ve->ve_roles = ve->ve_result.rr_roles;
	ve->ve_nroles = ve->ve_result.rr_nroles;
	if (ru != NULL && !ru->ru_run_as)
		ve->ve_code = 6004;
	else if (ret == -1)
		ve->ve_code = 4000;
}

static void
explain_run(struct explain *ex, const struct jv *context, struct verdict *ve)
{
	struct jsonw *j = &ex->ex_j;

	if (!ex->ex_json) {
		explain_evaluate(ex, context, ve);
		/* Of a role that was not reached to its end. */
		explain_add(ex->ex_out, &ex->ex_body);
		explain_add(ex->ex_out, &ex->ex_clauses);
		buf_addc(ex->ex_out, '\n');
		text_verdict(ex->ex_rb, ve, ex->ex_out);
		return;
	}
	jsonw_init(j, ex->ex_out, true);
	jsonw_object(j);
	jsonw_key(j, "evaluation");
	jsonw_array(j);
	explain_evaluate(ex, context, ve);
	if (ex->ex_rule != NULL) {
		jsonw_array_end(j);
		jsonw_object_end(j);
	}
	if (ex->ex_role != NULL) {
		jsonw_array_end(j);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	json_verdict(ex->ex_rb, ve, j);
	jsonw_object_end(j);
	buf_addc(ex->ex_out, '\n');
}

int
explain_show(const struct rbac *rb, const struct rbac_user *user,
    const char *text, bool json, struct buf *out)
{
	struct explain ex = { .ex_rb = rb, .ex_json = json, .ex_out = out };
	struct verdict *ve;
	struct rules *rules;
	struct jv context;

	ve = calloc(1, sizeof(*ve));
	if (ve == NULL || run_as_read(text, &context, ve->ve_hash) == -1) {
		free(ve);
		return (-1);
	}
	ve->ve_user = user;
	buf_init(&ex.ex_body, EXPLAIN_MAX);
	buf_init(&ex.ex_clauses, EXPLAIN_MAX);
	ex.ex_rules = rules = rules_new(rb);
	if (rules == NULL)
		out->b_failed = true;
	else
		explain_run(&ex, &context, ve);
	rules_free(&rules);
	buf_free(&ex.ex_body);
	buf_free(&ex.ex_clauses);
	jv_free(&context);
	free(ve);
	return (0);
}
