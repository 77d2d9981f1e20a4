/* SPDX-License-Identifier: ISC */
/* Rules: AND, OR and NOT, and the roles that they give. See rules.h. */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rules_parts.h"
#include "common/jsonw.h"

#define WHERE_MAX 4096 /* bytes of a clause's places */

/* --- paths ------------------------------------------------------------------- */

void
path_name(struct path *pa, const struct jv_text *name)
{
	if (pa->pa_n < sizeof(pa->pa_v) / sizeof(pa->pa_v[0]))
		pa->pa_v[pa->pa_n].pl_name = name;
	pa->pa_n++;
}

void
path_item(struct path *pa, size_t index)
{
	path_name(pa, NULL);
	if (pa->pa_n <= sizeof(pa->pa_v) / sizeof(pa->pa_v[0]))
		pa->pa_v[pa->pa_n - 1].pl_index = index;
}

void
path_back(struct path *pa)
{
	pa->pa_n--;
}

static bool
path_plain(const struct jv_text *t)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "abcdefghijklmnopqrstuvwxyz"
	                            "0123456789_-$@";

	return (t->jt_len > 0 && strspn(t->jt_s, plain) == t->jt_len);
}

void
path_put(const struct path *pa, struct buf *out)
{
	const struct place *pl;
	struct jsonw j;
	size_t i;

	if (pa->pa_n == 0)
		buf_addz(out, "(top)");
	for (i = 0; i < pa->pa_n; i++) {
		pl = &pa->pa_v[i];
		if (pl->pl_name == NULL)
			buf_addf(out, "[%zu]", pl->pl_index);
		else if (path_plain(pl->pl_name))
			buf_addf(
			    out, "%s%s", i > 0 ? "." : "", pl->pl_name->jt_s);
		else {
			jsonw_init(&j, out, false);
			buf_addc(out, '[');
			jsonw_strn(&j, pl->pl_name->jt_s, pl->pl_name->jt_len);
			buf_addc(out, ']');
		}
	}
}

/* --- compiling ---------------------------------------------------------------- */

/* Take over a pattern. Returns its mark, or 0 without memory. */
static uint32_t
rules_keep(struct rules *rs, struct pattern *pt)
{
	struct pattern **more;
	size_t cap;

	if (rs->rs_npatterns == rs->rs_cappatterns) {
		cap = rs->rs_cappatterns * 2 + 8;
		more = reallocarray(rs->rs_patterns, cap, sizeof(*more));
		if (more == NULL)
			return (0);
		rs->rs_patterns = more;
		rs->rs_cappatterns = cap;
	}
	rs->rs_patterns[rs->rs_npatterns++] = pt;
	return ((uint32_t)rs->rs_npatterns);
}

/* Mark a text if it is a pattern. 0, or -1 without memory. */
static int
rules_mark(struct rules *rs, struct rule *ru, const struct jv_text *t,
    uint32_t *mark_r)
{
	struct pattern *pt;

	if (!pattern_is(t))
		return (0);
	pt = pattern_new(t);
	if (pt == NULL)
		return (-1);
	if (!pattern_valid(pt))
		ru->ru_wrong = "has a pattern that is not valid here";
	*mark_r = rules_keep(rs, pt);
	if (*mark_r != 0)
		return (0);
	pattern_free(&pt);
	return (-1);
}

static int
rules_patterns(struct rules *rs, struct rule *ru, struct jv *v)
{
	struct jv_member *jm;
	size_t i;

	switch (v->jv_type) {
	case JV_TEXT:
		return (rules_mark(rs, ru, &v->jv.text, &v->jv_mark));
	case JV_LIST:
		for (i = 0; i < v->jv.list.n; i++)
			if (rules_patterns(rs, ru, &v->jv.list.v[i]) == -1)
				return (-1);
		return (0);
	case JV_OBJECT:
		for (i = 0; i < v->jv.object.n; i++) {
			jm = &v->jv.object.v[i];
			if (rules_mark(rs, ru, &jm->jm_name, &jm->jm_mark) ==
			        -1 ||
			    rules_patterns(rs, ru, &jm->jm_value) == -1)
				return (-1);
		}
		return (0);
	default:
		return (0);
	}
}

static int
rules_compile(struct rules *rs, struct rule *ru, const char *text)
{
	const size_t len = strlen(text);

	errno = EINVAL;
	if (len <= RULES_TEXT && jv_read(text, len, &ru->ru_value) == 0) {
		if (ru->ru_value.jv_type != JV_OBJECT)
			ru->ru_wrong = "is no JSON object";
		return (rules_patterns(rs, ru, &ru->ru_value));
	}
	if (errno == ENOMEM)
		return (-1);
	ru->ru_unreadable = true;
	ru->ru_wrong = "is not JSON, nested too deep, or too large";
	return (0);
}

struct rules *
rules_new(const struct rbac *rb)
{
	struct rules *rs;
	size_t i;

	rs = calloc(1, sizeof(*rs));
	if (rs == NULL)
		return (NULL);
	rs->rs_rbac = rb;
	rs->rs_rules = calloc(rb->rb_nrules + 1, sizeof(*rs->rs_rules));
	if (rs->rs_rules == NULL) {
		rules_free(&rs);
		return (NULL);
	}
	for (i = 0; i < rb->rb_nrules; i++) {
		rs->rs_nrules = i + 1;
		if (rules_compile(
		        rs, &rs->rs_rules[i], rb->rb_rules[i].rr_text) == -1) {
			rules_free(&rs);
			return (NULL);
		}
	}
	return (rs);
}

void
rules_free(struct rules **rsp)
{
	struct rules *rs = *rsp;
	size_t i;

	if (rs == NULL)
		return;
	*rsp = NULL;
	for (i = 0; i < rs->rs_nrules; i++)
		jv_free(&rs->rs_rules[i].ru_value);
	for (i = 0; i < rs->rs_npatterns; i++)
		pattern_free(&rs->rs_patterns[i]);
	free(rs->rs_rules);
	free(rs->rs_patterns);
	free(rs);
}

const char *
rules_wrong(const struct rules *rs, size_t i)
{
	return (rs->rs_rules[i].ru_wrong);
}

/* --- the trace ------------------------------------------------------------------ */

bool
run_over(const struct run *rn)
{
	return (rn->rn_work == 0 || rn->rn_deep);
}

/* clause: the run's, or NULL for what belongs to a whole rule or role. */
static void
run_tell(struct run *rn, const struct rbac_rule *rule, bool clause,
    enum rules_answer a)
{
	struct rules_event re = { rn->rn_role, rule, NULL, a, NULL };
	struct buf text;

	if (rn->rn_trace == NULL)
		return;
	buf_init(&text, WHERE_MAX);
	if (clause) {
		path_put(&rn->rn_clause, &text);
		re.re_clause =
		    buf_addc(&text, '\0') == 0 ? (const char *)text.b_data : "";
		if (a == RULES_YES && rn->rn_where.b_len > 0 &&
		    buf_addc(&rn->rn_where, '\0') == 0)
			re.re_where = (const char *)rn->rn_where.b_data;
	}
	rn->rn_trace(rn->rn_arg, &re);
	buf_free(&text);
	buf_reset(&rn->rn_where);
}

/* --- AND, OR, NOT ----------------------------------------------------------------- */

enum rules_op {
	OP_NONE,
	OP_AND,
	OP_OR,
	OP_NOT,
	OP_MATCH,
	OP_MATCH_EXACT,
	OP_FIND,
	OP_FIND_EXACT
};

static enum rules_op
rules_op(const struct jv_text *t)
{
	static const char *const names[] = {
		[OP_AND] = "AND",
		[OP_OR] = "OR",
		[OP_NOT] = "NOT",
		[OP_MATCH] = "MATCH",
		[OP_MATCH_EXACT] = "MATCH$",
		[OP_FIND] = "FIND",
		[OP_FIND_EXACT] = "FIND$",
	};
	size_t i;

	for (i = OP_AND; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == t->jt_len &&
		    memcmp(names[i], t->jt_s, t->jt_len) == 0)
			return ((enum rules_op)i);
	return (OP_NONE);
}

static enum rules_answer rules_check(struct run *, const struct jv *);

/* Python's len() of a text. */
static size_t
rules_length(const struct jv_text *t)
{
	size_t i, n = 0;

	for (i = 0; i < t->jt_len; i++)
		n += ((unsigned char)t->jt_s[i] & 0xc0) != 0x80;
	return (n);
}

/*
 * How many parts of an operator's value are met, and how many AND and NOT
 * compare that with: an object is one part, that counts as so many as it has
 * members. -1: a value that has no length.
 */
static int
rules_parts(
    struct run *rn, const struct jv *v, size_t *lo, size_t *hi, size_t *n)
{
	enum rules_answer a;
	size_t i;

	*lo = *hi = *n = 0;
	switch (v->jv_type) {
	case JV_LIST:
		*n = v->jv.list.n;
		for (i = 0; i < *n && !run_over(rn); i++) {
			path_item(&rn->rn_clause, i);
			a = rules_check(rn, &v->jv.list.v[i]);
			path_back(&rn->rn_clause);
			*lo += a == RULES_YES;
			*hi += a != RULES_NO;
		}
		return (0);
	case JV_OBJECT:
		*n = v->jv.object.n;
		a = rules_check(rn, v);
		*lo = a == RULES_YES;
		*hi = a != RULES_NO;
		return (0);
	case JV_TEXT:
		*n = rules_length(&v->jv.text);
		return (0);
	default:
		return (-1);
	}
}

static enum rules_answer
rules_logic(struct run *rn, enum rules_op op, const struct jv *v)
{
	enum rules_answer a;
	size_t lo, hi, n;

	if (rules_parts(rn, v, &lo, &hi, &n) == -1)
		return (op == OP_OR ? RULES_NO : RULES_UNSURE);
	if (op == OP_OR)
		return (rules_atleast(lo, hi, 1));
	a = rules_exactly(lo, hi, n);
	if (op == OP_AND || a == RULES_UNSURE)
		return (a);
	return (a == RULES_YES ? RULES_NO : RULES_YES);
}

static enum rules_answer
rules_clause(struct run *rn, enum rules_op op, const struct jv *v)
{
	enum rules_answer a;

	if (op == OP_AND || op == OP_OR || op == OP_NOT) {
		a = rules_logic(rn, op, v);
		/* The places have been told with the parts. */
		buf_reset(&rn->rn_where);
	} else if (op == OP_MATCH || op == OP_MATCH_EXACT)
		a = rules_match(rn, v, op == OP_MATCH_EXACT);
	else
		a = rules_find(rn, v, op == OP_FIND_EXACT);
	if (run_over(rn))
		a = RULES_UNSURE;
	run_tell(rn, rn->rn_rule, true, rn->rn_deep ? RULES_DEEP : a);
	return (a);
}

/*
 * A rule, or a part of one: its first member that is met decides, and so does
 * any NOT. What is no object is no rule.
 */
static enum rules_answer
rules_check(struct run *rn, const struct jv *v)
{
	const struct jv_member *jm;
	enum rules_answer a, unsure = RULES_NO;
	enum rules_op op;
	size_t i;

	if (v->jv_type != JV_OBJECT || !jv_spend(&rn->rn_work, 1))
		return (RULES_UNSURE);
	for (i = 0; i < v->jv.object.n && !run_over(rn); i++) {
		jm = &v->jv.object.v[i];
		op = rules_op(&jm->jm_name);
		if (op == OP_NONE)
			continue;
		path_name(&rn->rn_clause, &jm->jm_name);
		a = rules_clause(rn, op, &jm->jm_value);
		path_back(&rn->rn_clause);
		if (a == RULES_YES)
			return (a);
		if (a == RULES_UNSURE)
			unsure = a;
		if (op == OP_NOT)
			break;
	}
	return (run_over(rn) ? RULES_UNSURE : unsure);
}

/* --- roles ------------------------------------------------------------------------- */

static enum rules_answer
rules_rule(struct run *rn, const struct rule *ru, const struct rbac_rule *rr,
    int64_t user)
{
	enum rules_answer a;

	rn->rn_rule = rr;
	if (rr->rr_id <= RULES_RESERVED && user != RULES_RESERVED_USER)
		a = RULES_NOT_YOURS;
	else if (ru->ru_unreadable)
		a = RULES_UNREADABLE;
	else {
		a = rules_check(rn, &ru->ru_value);
		if (rn->rn_deep)
			a = RULES_DEEP;
	}
	run_tell(rn, rr, false, a);
	return (a);
}

/* The first rule that is met gives the role. */
static enum rules_answer
rules_role(struct run *rn, const struct rbac_role *ro, int64_t user,
    struct rules_result *rr)
{
	const struct rules *rs = rn->rn_rules;
	const struct rbac_rule *rule;
	enum rules_answer a;
	size_t i;

	for (i = 0; i < ro->ro_nrules && rn->rn_work > 0; i++) {
		rule = rbac_rule(rs->rs_rbac, ro->ro_rules[i]);
		if (rule == NULL || !jv_spend(&rn->rn_work, 1))
			continue;
		a = rules_rule(rn, &rs->rs_rules[rule - rs->rs_rbac->rb_rules],
		    rule, user);
		if (a == RULES_YES || a == RULES_DEEP)
			return (a);
		if (a == RULES_UNSURE && rr->rr_nunsure++ == 0)
			rr->rr_unsure = rule->rr_id;
	}
	return (RULES_NO);
}

static int
rules_run(struct run *rn, int64_t user, struct rules_result *rr)
{
	const struct rbac *rb = rn->rn_rules->rs_rbac;
	const struct rbac_role *ro;
	enum rules_answer a;
	size_t i;

	for (i = 0; i < rb->rb_nroles; i++) {
		ro = &rb->rb_roles[i];
		if (ro->ro_nrules == 0)
			continue;
		rn->rn_role = ro;
		rn->rn_deep = false;
		a = rules_role(rn, ro, user, rr);
		if (rn->rn_work == 0 ||
		    (a == RULES_YES && rr->rr_nroles == TOKEN_ROLES))
			return (-1);
		if (a == RULES_YES)
			rr->rr_roles[rr->rr_nroles++] = ro->ro_id;
		if (a == RULES_DEEP && rr->rr_ndeep++ == 0)
			rr->rr_deep = ro->ro_id;
		run_tell(rn, NULL, false, a);
	}
	return (0);
}

int
rules_roles(const struct rules *rs, const struct jv *context, int64_t user,
    uint64_t work, rules_trace trace, void *arg, struct rules_result *rr)
{
	struct run rn = { .rn_rules = rs,
		.rn_context = context,
		.rn_work = work,
		.rn_trace = trace,
		.rn_arg = arg };
	int ret;

	memset(rr, 0, sizeof(*rr));
	rn.rn_room = pattern_room_new();
	if (rn.rn_room == NULL)
		return (-1);
	buf_init(&rn.rn_where, WHERE_MAX);
	ret = rules_run(&rn, user, rr);
	rr->rr_work = work - rn.rn_work;
	if (ret == -1)
		rr->rr_nroles = 0;
	buf_free(&rn.rn_where);
	pattern_room_free(&rn.rn_room);
	return (ret);
}
