/* SPDX-License-Identifier: ISC */
/*
 * MATCH and FIND. What looks odd here is so in the original, which clients'
 * rules were written for: facts/api/rbac.yaml, rule_language.
 */
#include <sys/types.h>

#include <string.h>

#include "authz/rules_parts.h"

static enum rules_answer match_value(
    struct run *, const struct jv *, const struct jv *, bool);

enum rules_answer
rules_exactly(size_t lo, size_t hi, size_t n)
{
	if (lo == hi)
		return (lo == n ? RULES_YES : RULES_NO);
	return (lo <= n && n <= hi ? RULES_UNSURE : RULES_NO);
}

enum rules_answer
rules_atleast(size_t lo, size_t hi, size_t n)
{
	if (lo >= n)
		return (RULES_YES);
	return (hi >= n ? RULES_UNSURE : RULES_NO);
}

/* Add an answer to the least and the most that may be met. */
static void
match_add(enum rules_answer a, size_t *lo, size_t *hi)
{
	*lo += a == RULES_YES;
	*hi += a != RULES_NO;
}

/* --- places ------------------------------------------------------------------- */

/* The trace learns the place that is being looked at. */
static enum rules_answer
match_met(struct run *rn)
{
	if (rn->rn_trace != NULL) {
		if (rn->rn_where.b_len > 0)
			buf_addz(&rn->rn_where, ", ");
		path_put(&rn->rn_at, &rn->rn_where);
	}
	return (RULES_YES);
}

/* Places that were met on the way to a no are of no interest. */
static enum rules_answer
match_end(struct run *rn, size_t mark, enum rules_answer a)
{
	if (a != RULES_YES && rn->rn_where.b_len > mark)
		rn->rn_where.b_len = mark;
	return (a);
}

/* --- texts and lists ------------------------------------------------------------- */

static bool
match_valid(const struct run *rn, uint32_t mark)
{
	return (pattern_valid(rn->rn_rules->rs_patterns[mark - 1]));
}

/* Only text meets a pattern. */
static enum rules_answer
match_pattern(struct run *rn, uint32_t mark, const struct jv *v)
{
	const struct pattern *pt = rn->rn_rules->rs_patterns[mark - 1];

	if (v->jv_type != JV_TEXT)
		return (RULES_NO);
	switch (pattern_match(pt, rn->rn_room, &v->jv.text, &rn->rn_work)) {
	case PATTERN_YES:
		return (RULES_YES);
	case PATTERN_NO:
		return (RULES_NO);
	default:
		return (RULES_UNSURE);
	}
}

/* A value of the rule that is in a list, and one of the context's list. */
static enum rules_answer
match_item(struct run *rn, const struct jv *rule, const struct jv *v)
{
	if (rule->jv_mark != 0)
		return (match_pattern(rn, rule->jv_mark, v));
	return (jv_equal(rule, v, &rn->rn_work) ? RULES_YES : RULES_NO);
}

/*
 * Pairs of a value of the rule and one of the context that go together: at
 * least as many as the rule has values, all of them counted for each value of
 * the context. Exact: the lists are of one length.
 */
static enum rules_answer
match_pairs(struct run *rn, const struct jv *rule, size_t n, const struct jv *v,
    bool exact)
{
	const size_t mark = rn->rn_where.b_len;
	enum rules_answer a;
	size_t i, j, lo = 0, hi = 0;

	if (exact && v->jv.list.n != n)
		return (RULES_NO);
	for (i = 0; i < v->jv.list.n && lo < n && !run_over(rn); i++) {
		path_item(&rn->rn_at, i);
		for (j = 0; j < n && lo < n && !run_over(rn); j++) {
			a = match_item(rn, &rule[j], &v->jv.list.v[i]);
			match_add(a, &lo, &hi);
			if (a == RULES_YES)
				match_met(rn);
		}
		path_back(&rn->rn_at);
	}
	return (match_end(rn, mark, rules_atleast(lo, hi, n)));
}

/* How often is the value in the list? */
static size_t
match_times(struct run *rn, const struct jv *list, const struct jv *v)
{
	size_t i, n = 0;

	for (i = 0; i < list->jv.list.n && !run_over(rn); i++)
		n += jv_equal(&list->jv.list.v[i], v, &rn->rn_work);
	return (n);
}

/* The same values in whatever order? */
static bool
match_same(struct run *rn, const struct jv *a, const struct jv *b)
{
	size_t i, n = a->jv.list.n;
	const struct jv *v;

	if (n != b->jv.list.n)
		return (false);
	for (i = 0; i < n && !run_over(rn); i++) {
		v = &a->jv.list.v[i];
		if (match_times(rn, a, v) != match_times(rn, b, v))
			return (false);
	}
	return (i == n);
}

/*
 * Lists that are the same are met, also when they are empty or have the text
 * of a pattern in them. In all other cases pairs tell the same.
 */
static enum rules_answer
match_lists(
    struct run *rn, const struct jv *rule, const struct jv *v, bool exact)
{
	size_t i, n = rule->jv.list.n;
	bool marked = n == 0;

	for (i = 0; i < n; i++)
		marked = marked || rule->jv.list.v[i].jv_mark != 0;
	if (marked && match_same(rn, rule, v))
		return (match_met(rn));
	if (n == 0)
		return (RULES_NO);
	return (match_pairs(rn, rule->jv.list.v, n, v, exact));
}

/*
 * A pattern on a text, or on any text of a list. One that is not valid is a
 * text there, which is in an exact list alone.
 */
static enum rules_answer
match_any(struct run *rn, const struct jv *rule, const struct jv *v, bool exact)
{
	enum rules_answer a, unsure = RULES_NO;
	bool alone;
	size_t i;

	if (v->jv_type != JV_LIST) {
		a = match_pattern(rn, rule->jv_mark, v);
		return (a == RULES_YES ? match_met(rn) : a);
	}
	alone = exact && v->jv.list.n != 1 && !match_valid(rn, rule->jv_mark);
	for (i = 0; i < v->jv.list.n && !run_over(rn); i++) {
		a = match_pattern(rn, rule->jv_mark, &v->jv.list.v[i]);
		if (a == RULES_YES && alone)
			a = RULES_UNSURE;
		if (a == RULES_YES) {
			path_item(&rn->rn_at, i);
			match_met(rn);
			path_back(&rn->rn_at);
			return (RULES_YES);
		}
		if (a == RULES_UNSURE)
			unsure = a;
	}
	return (unsure);
}

/* A text of the rule stands for a list of itself where it meets a list. */
static enum rules_answer
match_text(
    struct run *rn, const struct jv *rule, const struct jv *v, bool exact)
{
	if (rule->jv_mark != 0)
		return (match_any(rn, rule, v, exact));
	if (v->jv_type == JV_LIST)
		return (match_pairs(rn, rule, 1, v, exact));
	return (jv_equal(rule, v, &rn->rn_work) ? match_met(rn) : RULES_NO);
}

/* --- objects --------------------------------------------------------------------- */

static enum rules_answer
match_member(struct run *rn, const struct jv_member *rule,
    const struct jv_text *name, const struct jv *v, bool exact)
{
	enum rules_answer a;

	path_name(&rn->rn_at, name);
	a = match_value(rn, &rule->jm_value, v, exact);
	path_back(&rn->rn_at);
	return (a);
}

/*
 * A name that is a pattern: each member of the context that it fits counts. One
 * that is not valid is a name, which is looked up besides.
 */
static void
match_names(struct run *rn, const struct jv_member *rule, const struct jv *v,
    bool exact, size_t *lo, size_t *hi)
{
	const struct jv_member *jm;
	enum rules_answer fits, a;
	struct jv name = { .jv_type = JV_TEXT };
	const bool named = !match_valid(rn, rule->jm_mark);
	size_t i;

	for (i = 0; i < v->jv.object.n && !run_over(rn); i++) {
		jm = &v->jv.object.v[i];
		if (named && jv_text_equal(&jm->jm_name, &rule->jm_name))
			continue;
		name.jv.text = jm->jm_name;
		fits = match_pattern(rn, rule->jm_mark, &name);
		if (fits == RULES_NO)
			continue;
		a = match_member(rn, rule, &jm->jm_name, &jm->jm_value, exact);
		if (a != RULES_NO && fits == RULES_UNSURE)
			a = RULES_UNSURE;
		match_add(a, lo, hi);
	}
}

/*
 * As many members have to be met as the rule has: where a pattern fits two
 * names whose values are met too, that is one too many.
 */
static enum rules_answer
match_object(
    struct run *rn, const struct jv *rule, const struct jv *v, bool exact)
{
	const size_t mark = rn->rn_where.b_len;
	const struct jv_member *jm;
	const struct jv *value;
	size_t i, lo = 0, hi = 0;

	for (i = 0; i < rule->jv.object.n && !run_over(rn); i++) {
		jm = &rule->jv.object.v[i];
		if (jm->jm_mark != 0)
			match_names(rn, jm, v, exact, &lo, &hi);
		value = jv_get(v, &jm->jm_name, &rn->rn_work);
		if (value != NULL)
			match_add(
			    match_member(rn, jm, &jm->jm_name, value, exact),
			    &lo, &hi);
	}
	if (rule->jv.object.n == 0)
		return (match_met(rn));
	return (match_end(rn, mark, rules_exactly(lo, hi, rule->jv.object.n)));
}

/* Does a value of the context meet one of the rule? */
static enum rules_answer
match_value(
    struct run *rn, const struct jv *rule, const struct jv *v, bool exact)
{
	if (!jv_spend(&rn->rn_work, 1))
		return (RULES_UNSURE);
	switch (rule->jv_type) {
	case JV_OBJECT:
		if (v->jv_type == JV_OBJECT)
			return (match_object(rn, rule, v, exact));
		/* One that asks for nothing is met by everything. */
		return (rule->jv.object.n == 0 ? match_met(rn) : RULES_NO);
	case JV_LIST:
		return (v->jv_type == JV_LIST ?
		        match_lists(rn, rule, v, exact) :
		        RULES_NO);
	case JV_TEXT:
		return (match_text(rn, rule, v, exact));
	case JV_NULL:
		/* Members that are null are as good as absent. */
		return (RULES_NO);
	default:
		return (
		    jv_equal(rule, v, &rn->rn_work) ? match_met(rn) : RULES_NO);
	}
}

enum rules_answer
rules_match(struct run *rn, const struct jv *rule, bool exact)
{
	return (match_value(rn, rule, rn->rn_context, exact));
}

/* --- FIND -------------------------------------------------------------------------- */

static enum rules_answer find_members(
    struct run *, const struct jv *, const struct jv *, bool, unsigned int);

/* An object that has to be tried itself, and all in it. */
static enum rules_answer
find_object(struct run *rn, const struct jv *rule, const struct jv *v,
    bool exact, unsigned int depth)
{
	enum rules_answer a, b;

	if (depth == RULES_FIND) {
		rn->rn_deep = true;
		return (RULES_UNSURE);
	}
	a = match_value(rn, rule, v, exact);
	if (a == RULES_YES)
		return (a);
	b = find_members(rn, rule, v, exact, depth);
	return (b == RULES_NO ? a : b);
}

/* A member that has been tried: what is in it. */
static enum rules_answer
find_inside(struct run *rn, const struct jv *rule, const struct jv *v,
    bool exact, unsigned int depth)
{
	enum rules_answer a, unsure = RULES_NO;
	size_t i;

	if (v->jv_type == JV_OBJECT) {
		if (depth == RULES_FIND) {
			rn->rn_deep = true;
			return (RULES_UNSURE);
		}
		return (find_members(rn, rule, v, exact, depth));
	}
	if (v->jv_type != JV_LIST)
		return (RULES_NO);
	for (i = 0; i < v->jv.list.n && !run_over(rn); i++) {
		if (v->jv.list.v[i].jv_type != JV_OBJECT)
			continue;
		path_item(&rn->rn_at, i);
		a = find_object(rn, rule, &v->jv.list.v[i], exact, depth);
		path_back(&rn->rn_at);
		if (a == RULES_YES)
			return (a);
		if (a == RULES_UNSURE)
			unsure = a;
	}
	return (unsure);
}

/* Each member, then what is in it, before the next. */
static enum rules_answer
find_members(struct run *rn, const struct jv *rule, const struct jv *v,
    bool exact, unsigned int depth)
{
	const struct jv_member *jm;
	enum rules_answer a, unsure = RULES_NO;
	size_t i;

	for (i = 0; i < v->jv.object.n && !run_over(rn); i++) {
		jm = &v->jv.object.v[i];
		path_name(&rn->rn_at, &jm->jm_name);
		a = match_value(rn, rule, &jm->jm_value, exact);
		if (a == RULES_UNSURE)
			unsure = a;
		if (a != RULES_YES)
			a = find_inside(
			    rn, rule, &jm->jm_value, exact, depth + 1);
		path_back(&rn->rn_at);
		if (a == RULES_YES)
			return (a);
		if (a == RULES_UNSURE)
			unsure = a;
	}
	return (unsure);
}

enum rules_answer
rules_find(struct run *rn, const struct jv *rule, bool exact)
{
	return (find_object(rn, rule, rn->rn_context, exact, 0));
}
