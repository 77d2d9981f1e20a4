/* SPDX-License-Identifier: ISC */
/*
 * Policies as SQL: see rbac_sql.h. Of all entries about an agent the last one
 * decides, so they are asked from the last to the first, in a CASE. Entries
 * before one that is about all agents decide nothing, and neither do the
 * first ones that say what holds without them.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/rbac_match.h"
#include "dapi/keys.h"
#include "dapi/rbac_sql.h"

#define SQL_TEXT    (1024UL * 1024) /* bytes of a condition at most */
#define SQL_CLAUSES 64 /* more are not made one list: SQLite takes 500 */

#define SQL_IDS "SELECT value FROM json_each(?%zu)"

/* One entry about an agent or a group. */
struct rule {
	bool ru_allow;
	const char *ru_group; /* NULL: an agent */
	uint32_t ru_id;
};

/* The rules of one action, from the last entry to the first. */
struct fold {
	bool fo_base; /* what holds where no rule applies */
	struct rule *fo_v;
	size_t fo_n;
};

/* Rules next to each other, alike but for whom they are about. */
struct clause {
	const struct rule *cl_v;
	size_t cl_n;
	size_t cl_value; /* number of its first value */
};

/* --- entries ----------------------------------------------------------- */

static bool
rule_same(const struct rule *a, const struct rule *b)
{
	if (a->ru_group == NULL || b->ru_group == NULL)
		return (a->ru_group == b->ru_group && a->ru_id == b->ru_id);
	return (strcmp(a->ru_group, b->ru_group) == 0);
}

static bool
rule_alike(const struct rule *a, const struct rule *b)
{
	return (a->ru_allow == b->ru_allow &&
	    (a->ru_group == NULL) == (b->ru_group == NULL));
}

/*
 * All rules of an action, the last one first; nothing about an agent or group
 * that a later one is about. 1, or 0: an entry cannot be read.
 */
static int
fold_read(struct fold *fo, const struct policies *ps, const char *action)
{
	const struct policy_entry *pe;
	enum rbac_about about;
	struct rule ru;
	size_t i, k;
	bool closed = false;

	fo->fo_base = ps->ps_black;
	fo->fo_n = 0;
	for (i = ps->ps_n; i > 0; i--) {
		pe = &ps->ps_v[i - 1];
		if (strcmp(pe->pe_action, action) != 0)
			continue;
		memset(&ru, 0, sizeof(ru));
		ru.ru_allow = pe->pe_allow;
		if (rbac_about(pe->pe_resource, &about, &ru.ru_group) == -1)
			return (0);
		if (closed || about == RBAC_OTHER)
			continue;
		if (about == RBAC_ALL) {
			fo->fo_base = pe->pe_allow;
			closed = true;
			continue;
		}
		if (about == RBAC_AGENT) {
			/* What is no id is no row's. */
			if (keys_id(ru.ru_group, &ru.ru_id) == -1)
				continue;
			ru.ru_group = NULL;
		}
		for (k = 0; k < fo->fo_n; k++)
			if (rule_same(&fo->fo_v[k], &ru))
				break;
		if (k == fo->fo_n)
			fo->fo_v[fo->fo_n++] = ru;
	}
	return (1);
}

/*
 * Each agent is named once, so between two rules about groups those about
 * agents may stand in any order: first the ones that change something.
 */
static void
fold_arrange(struct fold *fo)
{
	struct rule *v = fo->fo_v, ru;
	size_t i, first = 0;

	for (i = 0; i < fo->fo_n; i++) {
		if (v[i].ru_group != NULL) {
			first = i + 1;
			continue;
		}
		if (v[i].ru_allow == fo->fo_base)
			continue;
		ru = v[i];
		v[i] = v[first];
		v[first++] = ru;
	}
	while (fo->fo_n > 0 && v[fo->fo_n - 1].ru_allow == fo->fo_base)
		fo->fo_n--;
}

/* --- clauses ----------------------------------------------------------- */

/* Cut into clauses, and add their values. How many. */
static size_t
clauses_make(
    struct clause *cl, const struct fold *fo, struct rbac_sql *rq, size_t *nids)
{
	const struct rule *ru = fo->fo_v, *end = ru + fo->fo_n;
	struct store_val *v;
	uint32_t *ids;
	size_t i, n = 0;

	for (; ru < end; ru += cl[n++].cl_n) {
		cl[n].cl_v = ru;
		cl[n].cl_value = rq->rq_nval + 1;
		for (i = 1; ru + i < end && rule_alike(ru, ru + i);)
			i++;
		cl[n].cl_n = i;
		if (ru->ru_group != NULL) {
			for (i = 0; i < cl[n].cl_n; i++)
				rq->rq_val[rq->rq_nval++] =
				    (struct store_val)SV_OF_TEXT(
				        ru[i].ru_group);
			continue;
		}
		ids = rq->rq_ids + *nids;
		for (i = 0; i < cl[n].cl_n; i++)
			ids[i] = ru[i].ru_id;
		*nids += i;
		v = &rq->rq_val[rq->rq_nval++];
		*v = (struct store_val)SV_OF_IDS(ids, i);
	}
	return (n);
}

/* "(?3, ?4)": names of groups, as their numbers. */
static void
clause_groups(struct buf *out, const struct clause *cl)
{
	size_t i;

	for (i = 0; i < cl->cl_n; i++)
		buf_addf(out, "%s?%zu", i == 0 ? "" : ", ", cl->cl_value + i);
}

/* Is the row's agent one of the clause's? */
static void
clause_match(struct buf *out, const struct clause *cl)
{
	if (cl->cl_v->ru_group == NULL) {
		buf_addf(out, "agent.id IN (" SQL_IDS ")", cl->cl_value);
		return;
	}
	buf_addz(out,
	    "EXISTS (SELECT 1 FROM belongs WHERE belongs.id_agent = agent.id"
	    " AND belongs.id_group");
	/* A name has one group: asked for so, it costs half. */
	if (cl->cl_n == 1)
		buf_addf(out,
		    " = (SELECT `group`.id FROM `group` WHERE `group`.name ="
		    " ?%zu))",
		    cl->cl_value);
	else {
		buf_addz(out,
		    " IN (SELECT `group`.id FROM `group` WHERE `group`.name IN"
		    " (");
		clause_groups(out, cl);
		buf_addz(out, ")))");
	}
}

static void
clauses_case(struct buf *out, const struct clause *cl, size_t n, bool base)
{
	size_t i;

	buf_addz(out, "CASE");
	for (i = 0; i < n; i++) {
		buf_addz(out, " WHEN ");
		clause_match(out, &cl[i]);
		buf_addf(out, " THEN %d", cl[i].cl_v->ru_allow);
	}
	buf_addf(out, " ELSE %d END", base);
}

/* Is the agent among those of all clauses that change the base? */
static void
clauses_list(struct buf *out, const struct clause *cl, size_t n, bool base)
{
	const char *word = "", *comma = "";
	size_t i;

	buf_addz(out, "agent.id IN (");
	for (i = 0; i < n; i++) {
		if (cl[i].cl_v->ru_allow == base ||
		    cl[i].cl_v->ru_group != NULL)
			continue;
		buf_addf(out, "%s" SQL_IDS, word, cl[i].cl_value);
		word = " UNION ALL ";
	}
	for (i = 0; i < n; i++) {
		if (cl[i].cl_v->ru_allow == base ||
		    cl[i].cl_v->ru_group == NULL)
			continue;
		if (*comma == '\0')
			buf_addf(out,
			    "%sSELECT belongs.id_agent FROM belongs WHERE"
			    " belongs.id_group IN (SELECT `group`.id FROM"
			    " `group` WHERE `group`.name IN (",
			    word);
		buf_addz(out, comma);
		clause_groups(out, &cl[i]);
		comma = ", ";
	}
	buf_addz(out, *comma == '\0' ? ")" : ")))");
}

/* --- one action -------------------------------------------------------- */

/*
 * Where all is allowed that is not denied, a page comes quickest from looking
 * at each agent until it is full, and the number of all agents is known; where
 * nothing is, only the agents of the list are looked at.
 */
static void
action_write(struct rbac_sql *rq, const struct clause *cl, size_t n, bool base)
{
	bool one = true, list = n <= SQL_CLAUSES;
	size_t i;

	for (i = 0; i < n; i++)
		one = one && cl[i].cl_v->ru_allow != base;
	if (n == 0)
		buf_addc(&rq->rq_where, '0');
	else if (!base && list) {
		clauses_list(&rq->rq_where, cl, n, base);
		if (!one) {
			buf_addz(&rq->rq_where, " AND ");
			clauses_case(&rq->rq_where, cl, n, base);
		}
	} else
		clauses_case(&rq->rq_where, cl, n, base);
	if (n == 0 || !base || !list)
		return;
	clauses_list(&rq->rq_less, cl, n, base);
	if (!one) {
		buf_addz(&rq->rq_less, " AND NOT ");
		clauses_case(&rq->rq_less, cl, n, base);
	}
}

/* 1, 0: forbidden, -1. work: room for the rules and clauses of an action. */
static int
action_add(struct rbac_sql *rq, const struct policies *ps, const char *action,
    struct fold *fo, struct clause *cl, size_t *nids)
{
	size_t n;

	if (fold_read(fo, ps, action) == 0)
		return (0);
	fold_arrange(fo);
	if (fo->fo_n == 0 && fo->fo_base)
		return (1);
	n = clauses_make(cl, fo, rq, nids);
	if (rq->rq_where.b_len > 0)
		buf_addz(&rq->rq_where, " AND ");
	buf_addc(&rq->rq_where, '(');
	action_write(rq, cl, n, fo->fo_base);
	buf_addc(&rq->rq_where, ')');
	return (1);
}

int
rbac_sql_agents(struct rbac_sql *rq, const struct policies *ps,
    const struct rbac_need *need)
{
	struct fold fo = { .fo_n = 0 };
	struct clause *cl;
	size_t i, most = ps->ps_n + 1, nids = 0;
	int ret = 1;

	memset(rq, 0, sizeof(*rq));
	buf_init(&rq->rq_where, SQL_TEXT);
	buf_init(&rq->rq_less, SQL_TEXT);
	if (!rbac_needs_agents(need))
		return (0);
	/* Each entry is one rule of one action, a rule one value at most. */
	fo.fo_v = calloc(most, sizeof(*fo.fo_v));
	cl = calloc(most, sizeof(*cl));
	rq->rq_val = calloc(most * ROW_ACTIONS, sizeof(*rq->rq_val));
	rq->rq_ids = calloc(most * ROW_ACTIONS, sizeof(*rq->rq_ids));
	if (fo.fo_v == NULL || cl == NULL || rq->rq_val == NULL ||
	    rq->rq_ids == NULL)
		ret = -1;
	for (i = 0; ret == 1 && i < ROW_ACTIONS && need->rn_actions[i] != NULL;
	     i++)
		ret = action_add(rq, ps, need->rn_actions[i], &fo, cl, &nids);
	/* What one action leaves out is not all that is left out. */
	if (i > 1)
		buf_reset(&rq->rq_less);
	if (rq->rq_where.b_len > 0)
		buf_addc(&rq->rq_where, '\0');
	if (rq->rq_less.b_len > 0)
		buf_addc(&rq->rq_less, '\0');
	if (rq->rq_where.b_failed || rq->rq_less.b_failed)
		ret = -1;
	free(fo.fo_v);
	free(cl);
	return (ret);
}

void
rbac_sql_free(struct rbac_sql *rq)
{
	buf_free(&rq->rq_where);
	buf_free(&rq->rq_less);
	free(rq->rq_val);
	free(rq->rq_ids);
	memset(rq, 0, sizeof(*rq));
}

struct query_base
rbac_sql_base(const struct rbac_sql *rq)
{
	struct query_base qb = { .qb_from = "agent", .qb_key = "id" };

	if (rq->rq_where.b_len > 0)
		qb.qb_where = (const char *)rq->rq_where.b_data;
	if (rq->rq_less.b_len > 0)
		qb.qb_less = (const char *)rq->rq_less.b_data;
	qb.qb_val = rq->rq_val;
	qb.qb_nval = rq->rq_nval;
	return (qb);
}
