/* SPDX-License-Identifier: ISC */
/*
 * q of the dialect QUERY_ARRAY: "," parts alternatives, ";" what has to hold
 * in each, and parentheses are skipped (validators.md 5.2). Clauses are looked
 * at in turn, one item after the other, and what is wrong with a clause is
 * only found when that happens. Where the original runs into an exception of
 * Python, the code is 1407.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/query_array.h"
#include "common/query_lex.h"
#include "common/query_order.h"
#include "common/query_text.h"
#include "common/query_value.h"

#define CLAUSE_NUMBER 24 /* bytes of an integer as text */
#define CLAUSE_DEPTH  32 /* lists within lists at most */

/* --- parsing ----------------------------------------------------------- */

static int
clause_fill(struct query *q, struct query_lex *lx, size_t at, size_t end,
    struct query_clause *qc)
{
	struct query_match lm;

	lx->lx_end = end;
	qc->qc_bad = !query_lex_match(lx, at, &lm);
	if (qc->qc_bad) {
		qc->qc_text = query_copy(q, lx->lx_text + at, end - at);
		return (qc->qc_text == NULL ? -1 : 0);
	}
	qc->qc_op = query_lex_op(lx, &lm);
	qc->qc_field = query_copy(q, lx->lx_text + lm.lm_field, lm.lm_fieldlen);
	qc->qc_text = query_copy(q, lx->lx_text + lm.lm_value, lm.lm_valuelen);
	qc->qc_len = lm.lm_valuelen;
	if (qc->qc_field == NULL || qc->qc_text == NULL)
		return (-1);
	qc->qc_int = query_value_int(qc->qc_text, qc->qc_len, &qc->qc_number);
	qc->qc_date = query_value_date(qc->qc_text, qc->qc_len, &qc->qc_micros);
	return (0);
}

int
query_clause_parse(struct query *q, const char *text, struct query_error *qe)
{
	struct query_lex lx;
	size_t at, end, len = strlen(text), n = 1;

	if (len == 0)
		return (0);
	for (at = 0; at < len; at++)
		n += text[at] == ',' || text[at] == ';';
	if (len > QUERY_TEXT || n > QUERY_CLAUSES ||
	    query_lex_open(&lx, q, text, len) == -1)
		return (query_fail(qe, 1407, "%s", ""));
	q->q_clauses = query_alloc(q, n * sizeof(*q->q_clauses));
	if (q->q_clauses == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	for (at = 0; q->q_nclauses < n; at = end + 1) {
		end = at + strcspn(text + at, ",;");
		q->q_clauses[q->q_nclauses].qc_or =
		    at == 0 || text[at - 1] == ',';
		if (clause_fill(
		        q, &lx, at, end, &q->q_clauses[q->q_nclauses++]) == -1)
			return (query_fail(qe, 1000, "%s", ""));
	}
	return (0);
}

/* --- comparing --------------------------------------------------------- */

static int
clause_wrong(struct query_error *qe, const char *text)
{
	return (query_fail(qe, 1407, "'%s'", text));
}

/* "=" and "!=" of things that are never equal; the rest has no answer. */
static int
clause_never(const struct query_clause *qc, struct query_error *qe)
{
	if (qc->qc_op == QO_EQ || qc->qc_op == QO_NE)
		return (qc->qc_op == QO_NE);
	return (clause_wrong(qe, qc->qc_text));
}

static int
clause_text(const struct query_clause *qc, const struct query_val *v,
    struct query_error *qe)
{
	int64_t micros;
	int r;

	if (qc->qc_op == QO_LIKE)
		return (query_text_in(
		    qc->qc_text, qc->qc_len, v->v_text, v->v_len));
	if (!qc->qc_date)
		r = query_text_order(
		    v->v_text, v->v_len, qc->qc_text, qc->qc_len);
	else if (query_value_date(v->v_text, v->v_len, &micros))
		r = micros < qc->qc_micros ? -1 : micros > qc->qc_micros;
	else
		return (clause_never(qc, qe));
	return (query_order_holds(qc->qc_op, r));
}

static int
clause_int(const struct query_clause *qc, const struct query_val *v,
    struct query_error *qe)
{
	char text[CLAUSE_NUMBER];

	if (qc->qc_op == QO_LIKE) {
		snprintf(text, sizeof(text), "%" PRId64, v->v_int);
		return (
		    query_text_in(qc->qc_text, qc->qc_len, text, strlen(text)));
	}
	if (!qc->qc_int)
		return (clause_wrong(qe, qc->qc_text));
	return (query_order_holds(qc->qc_op,
	    v->v_int < qc->qc_number ? -1 : v->v_int > qc->qc_number));
}

/* What is no list. 1, 0, or -1 with the error. */
static int
clause_single(const struct query_clause *qc, const struct query_items *qi,
    const struct query_val *v, struct query_error *qe)
{
	struct query_val unused;

	if (qc->qc_op == QO_BAD)
		return (clause_wrong(qe, qc->qc_text));
	switch (v->v_type) {
	case QV_TEXT:
		return (clause_text(qc, v, qe));
	case QV_INT:
		return (clause_int(qc, v, qe));
	case QV_OBJECT:
		/* What is "in" a dictionary of Python is one of its keys. */
		if (qc->qc_op == QO_LIKE)
			return (qi->qi_member(
			    qi->qi_arg, v, qc->qc_text, qc->qc_len, &unused));
		return (clause_never(qc, qe));
	default:
		return (clause_never(qc, qe));
	}
}

/*
 * One value, or any member of a list. The original turns the text into an
 * integer at the first integer of a list and stumbles over it at the next
 * member.
 */
static int
clause_value(const struct query_clause *qc, const struct query_items *qi,
    const struct query_val *v, unsigned int depth, struct query_error *qe)
{
	struct query_val child;
	const void *pos = NULL;
	const char *key;
	bool turned = false;
	int r = 0;

	if (v->v_type != QV_LIST)
		return (clause_single(qc, qi, v, qe));
	if (depth == CLAUSE_DEPTH)
		return (clause_wrong(qe, qc->qc_text));
	while (r == 0 && qi->qi_next(qi->qi_arg, v, &pos, &key, &child)) {
		if (turned)
			return (clause_wrong(qe, qc->qc_text));
		r = clause_value(qc, qi, &child, depth + 1, qe);
		turned = child.v_type == QV_INT && qc->qc_op != QO_LIKE;
	}
	return (r);
}

/* What Python takes for false. */
static bool
clause_empty(const struct query_items *qi, const struct query_val *v)
{
	struct query_val child;
	const void *pos = NULL;
	const char *key;

	switch (v->v_type) {
	case QV_BOOL:
	case QV_INT:
		return (v->v_int == 0);
	case QV_REAL:
		return (v->v_real == 0);
	case QV_TEXT:
		return (v->v_len == 0);
	case QV_LIST:
	case QV_OBJECT:
		return (!qi->qi_next(qi->qi_arg, v, &pos, &key, &child));
	default:
		return (true);
	}
}

/*
 * Follow "a.b.c" down from a value. A list, on the way or at its end, stands
 * for each of its members; what is empty at the end is passed over.
 */
static int
clause_path(const struct query_clause *qc, const struct query_items *qi,
    const struct query_val *v, const char *path, unsigned int depth,
    struct query_error *qe)
{
	struct query_val child;
	const void *pos = NULL;
	const char *key;
	size_t n;
	int r = 0;

	if (depth == CLAUSE_DEPTH)
		return (clause_wrong(qe, qc->qc_text));
	if (v->v_type == QV_LIST) {
		while (r == 0 && qi->qi_next(qi->qi_arg, v, &pos, &key, &child))
			r = clause_path(qc, qi, &child, path, depth + 1, qe);
		return (r);
	}
	if (path == NULL)
		return (clause_empty(qi, v) ? 0 : clause_single(qc, qi, v, qe));
	n = strcspn(path, ".");
	if (v->v_type != QV_OBJECT ||
	    !qi->qi_member(qi->qi_arg, v, path, n, &child))
		return (0);
	path = path[n] == '.' ? path + n + 1 : NULL;
	return (clause_path(qc, qi, &child, path, depth + 1, qe));
}

static int
clause_one(const struct query_clause *qc, const struct query_items *qi,
    const struct query_val *item, struct query_error *qe)
{
	struct query_val v;

	if (qc->qc_bad)
		return (clause_wrong(qe, qc->qc_text));
	if (item->v_type != QV_OBJECT)
		return (0);
	if (strchr(qc->qc_field, '.') != NULL)
		return (clause_path(qc, qi, item, qc->qc_field, 0, qe));
	if (!qi->qi_member(
	        qi->qi_arg, item, qc->qc_field, strlen(qc->qc_field), &v))
		return (0);
	return (clause_value(qc, qi, &v, 0, qe));
}

int
query_clause_match(const struct query *q, const struct query_items *qi,
    const struct query_val *item, struct query_error *qe)
{
	bool good = false;
	size_t i;
	int r;

	for (i = 0; i < q->q_nclauses; i++) {
		if (q->q_clauses[i].qc_or) {
			if (good)
				return (1);
			good = true;
		}
		if (!good)
			continue;
		r = clause_one(&q->q_clauses[i], qi, item, qe);
		if (r == -1)
			return (-1);
		good = r == 1;
	}
	return (good);
}
