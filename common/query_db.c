/* SPDX-License-Identifier: ISC */
/*
 * The conditions of the dialect QUERY_DB. The original appends text to a
 * statement: filters, then q, then distinct, then search, each with AND, and
 * only the parentheses that q has. So "a,b" together with search means "a, or
 * b and what is found", which clients see and which is kept. What we add
 * ourselves, permissions and fixed clauses, stands in parentheses of its own.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buffer.h"
#include "common/query_db.h"
#include "common/query_lex.h"
#include "common/query_tree.h"

/* One clause of q, its field known. */
struct clause {
	struct query_match cl_match;
	const struct query_field *cl_field;
	enum query_op cl_op;
};

struct builder {
	struct query *b_query;
	const struct query_args *b_args;
	struct query_error *b_error;
	struct query_tokens b_tokens;
};

/* --- q ----------------------------------------------------------------- */

static int
db_clause(struct builder *b, const struct query_lex *lx, struct clause *cl)
{
	const struct query_match *lm = &cl->cl_match;
	const char *name = lx->lx_text + lm->lm_field;

	cl->cl_field = query_find(b->b_query->q_map, name, lm->lm_fieldlen);
	if (cl->cl_field == NULL || !(cl->cl_field->qf_flags & QF_QUERY))
		return (query_fail_names(b->b_error, 1408, b->b_query->q_map,
		    QF_QUERY, "Available fields", "Field", name,
		    lm->lm_fieldlen));
	cl->cl_op = query_lex_op(lx, lm);
	if (cl->cl_op == QO_BAD)
		return (query_fail(b->b_error, 1409,
		    "Valid operators: =, !=, <, >, ~. Used operator: %.*s",
		    (int)lm->lm_oplen, lx->lx_text + lm->lm_op));
	return (0);
}

/* Tokens of the clauses: parentheses follow the change of level. */
static int
db_tokens(struct builder *b, const struct query_lex *lx,
    const struct clause *cl, size_t n, struct query_tokens *ts)
{
	const struct query_match *lm;
	struct query_node *qn;
	int level = 0, to;
	size_t i;

	for (i = 0; i < n; i++) {
		lm = &cl[i].cl_match;
		if (lm->lm_open > QUERY_LEVELS || lm->lm_close > QUERY_LEVELS)
			return (query_fail(b->b_error, 1407, "%s", ""));
		to = level + (int)lm->lm_open - (int)lm->lm_close;
		if (query_leaf_make(b->b_query, cl[i].cl_field, cl[i].cl_op,
		        lx->lx_text + lm->lm_value, lm->lm_valuelen, &qn,
		        b->b_error, b->b_args->qa_now) == -1)
			return (-1);
		for (; level < to; level++)
			query_tree_add(ts, QW_OPEN, NULL);
		query_tree_add(ts, QW_LEAF, qn);
		for (; level > to; level--)
			query_tree_add(ts, QW_CLOSE, NULL);
		if (lm->lm_sep != '\0')
			query_tree_add(
			    ts, lm->lm_sep == ';' ? QW_AND : QW_OR, NULL);
	}
	return (0);
}

/*
 * Append q's tokens. What is no clause is skipped, as the original does, but
 * in front; behind clauses of ours it cannot tell that (alone false).
 */
static int
db_text(
    struct builder *b, const char *text, bool alone, struct query_tokens *ts)
{
	struct query_lex lx;
	struct clause *cl;
	size_t at, n = 0, len = strlen(text);
	int rv = -1;

	if (len > QUERY_TEXT ||
	    query_lex_open(&lx, b->b_query, text, len) == -1)
		return (query_fail(b->b_error, 1407, "%s", ""));
	cl = calloc(QUERY_CLAUSES + 1, sizeof(*cl));
	if (cl == NULL)
		return (query_fail(b->b_error, 1000, "%s", ""));
	if (alone && !query_lex_match(&lx, 0, &cl[0].cl_match)) {
		query_fail(b->b_error, 1407, "%s", text);
		goto out;
	}
	for (at = 0; query_lex_next(&lx, at, &cl[n].cl_match); n++) {
		at = cl[n].cl_match.lm_end;
		if (n == QUERY_CLAUSES) {
			query_fail(b->b_error, 1407, "%s", "");
			goto out;
		}
		if (db_clause(b, &lx, &cl[n]) == -1)
			goto out;
	}
	if (n == 0 || cl[0].cl_match.lm_start != 0)
		query_fail(b->b_error, 2003, "%s", "");
	else
		rv = db_tokens(b, &lx, cl, n, ts);
out:
	free(cl);
	return (rv);
}

/* A text whose clauses stand in parentheses of their own. */
static int
db_inner(struct builder *b, const char *text, bool alone)
{
	struct query_tokens ts = { 0 };
	struct query_node *qn;
	int rv;

	rv = db_text(b, text, alone, &ts);
	if (rv == 0)
		rv = query_tree_build(&ts, b->b_query, &qn, b->b_error);
	if (rv == 0) {
		if (b->b_tokens.ts_n > 0)
			query_tree_add(&b->b_tokens, QW_AND, NULL);
		query_tree_add(&b->b_tokens, QW_LEAF, qn);
	}
	query_tree_free(&ts);
	return (rv);
}

/* The clauses that older_than stands for, or "" for none. */
static int
db_older(struct builder *b, struct buf *out)
{
	const char *span = b->b_args->qa_older;
	const char *p = b->b_query->q_map->qm_older;

	if (span == NULL || p == NULL || strcmp(span, "0s") == 0)
		return (0);
	if (*span == '\0' || strlen(span) > 32 ||
	    strspn(span, "0123456789dhms") != strlen(span))
		return (query_fail(b->b_error, 1411, "%s", span));
	for (; *p != '\0'; p++) {
		if (*p == '$')
			buf_addz(out, span);
		else
			buf_addc(out, *p);
	}
	return (0);
}

static const char *
db_string(struct buf *b)
{
	return (buf_addc(b, '\0') == -1 ? NULL : (const char *)b->b_data);
}

static int
db_q(struct builder *b)
{
	const struct query_args *qa = b->b_args;
	const char *q = qa->qa_q != NULL ? qa->qa_q : "";
	struct buf all, older;
	int rv = -1;

	buf_init(&all, QUERY_TEXT + 1024);
	buf_init(&older, 1024);
	if (strlen(q) > QUERY_TEXT) {
		query_fail(b->b_error, 1407, "%s", "");
		goto out;
	}
	if (db_older(b, &older) == -1)
		goto out;
	if (qa->qa_fixed == NULL) {
		buf_addz(&all, q);
		if (*q != '\0' && older.b_len > 0)
			buf_addc(&all, ';');
		buf_add(&all, older.b_data, older.b_len);
		buf_reset(&older);
		q = db_string(&all);
	} else if (db_inner(b, qa->qa_fixed, true) == -1)
		goto out;
	if (db_string(&older) == NULL || q == NULL) {
		query_fail(b->b_error, 1000, "%s", "");
		goto out;
	}
	rv = 0;
	if (*q != '\0' && qa->qa_fixed != NULL)
		rv = db_inner(b, q, false);
	else if (*q != '\0') {
		if (b->b_tokens.ts_n > 0)
			query_tree_add(&b->b_tokens, QW_AND, NULL);
		rv = db_text(b, q, true, &b->b_tokens);
	}
	if (rv == 0 && older.b_len > 1)
		rv = db_inner(b, (char *)older.b_data, true);
out:
	buf_free(&all);
	buf_free(&older);
	return (rv);
}

/* --- filters ----------------------------------------------------------- */

/*
 * A version without its program's name gets it: "4.1.0" is "wazuh v4.1.0".
 * Other text stays. out has room for 64 bytes.
 */
static const char *
db_version(const char *s, char out[64])
{
	size_t n = strlen(s);
	const char *p = s;

	if (strncasecmp(p, "wazuh ", 6) == 0)
		p += 6;
	if (*p == 'v' || *p == 'V')
		p++;
	n = strlen(p);
	if (n == 0 || n > 40 || strspn(p, "0123456789.") != n || *p == '.' ||
	    p[n - 1] == '.')
		return (s);
	memcpy(out, "wazuh v", 7);
	memcpy(out + 7, p, n + 1);
	return (out);
}

static int
db_filter(struct builder *b, const struct query_filter *ql)
{
	struct query_tokens *ts = &b->b_tokens;
	const struct query_field *qf;
	struct query_node *qn;
	const char *v;
	char version[64];
	size_t i;

	qf = query_find(b->b_query->q_map, ql->ql_name, strlen(ql->ql_name));
	if (qf == NULL || !(qf->qf_flags & QF_QUERY))
		return (query_fail_names(b->b_error, 1408, b->b_query->q_map,
		    QF_QUERY, "Available fields", "Field", ql->ql_name,
		    strlen(ql->ql_name)));
	if (ql->ql_n == 0)
		return (0);
	if (ts->ts_n > 0)
		query_tree_add(ts, QW_AND, NULL);
	query_tree_add(ts, QW_OPEN, NULL);
	for (i = 0; i < ql->ql_n; i++) {
		v = ql->ql_v[i];
		if (qf->qf_flags & QF_VERSION)
			v = db_version(v, version);
		if (query_leaf_make(b->b_query, qf, QO_EQ, v, strlen(v), &qn,
		        b->b_error, b->b_args->qa_now) == -1)
			return (-1);
		if (i > 0)
			query_tree_add(ts, QW_OR, NULL);
		query_tree_add(ts, QW_LEAF, qn);
	}
	query_tree_add(ts, QW_CLOSE, NULL);
	return (0);
}

static int
db_filters(struct builder *b)
{
	const struct query_args *qa = b->b_args;
	size_t i, total = 0;

	for (i = 0; i < qa->qa_nfilters; i++) {
		total += qa->qa_filters[i].ql_n;
		if (total > QUERY_VALUES)
			return (query_fail(b->b_error, 1407, "%s", ""));
		if (db_filter(b, &qa->qa_filters[i]) == -1)
			return (-1);
	}
	return (0);
}

/* --- all of it --------------------------------------------------------- */

static int
db_leaf(struct builder *b, struct query_node *qn)
{
	if (qn == NULL)
		return (query_fail(b->b_error, 1000, "%s", ""));
	if (b->b_tokens.ts_n > 0)
		query_tree_add(&b->b_tokens, QW_AND, NULL);
	query_tree_add(&b->b_tokens, QW_LEAF, qn);
	return (0);
}

static int
db_rest(struct builder *b)
{
	struct query *q = b->b_query;
	const char *search = b->b_args->qa_search;
	struct query_node *qn;
	size_t i;

	for (i = 0; q->q_distinct && i < q->q_nshow; i++)
		if (db_leaf(b,
		        query_leaf_node(q, QN_FILLED,
		            &q->q_map->qm_fields[q->q_show[i]])) == -1)
			return (-1);
	if (search == NULL)
		return (0);
	if (strlen(search) > QUERY_TEXT)
		return (query_fail(b->b_error, 1407, "%s", ""));
	if (query_leaf_search(q, search, &qn, b->b_error) == -1)
		return (-1);
	return (db_leaf(b, qn));
}

int
query_db_where(
    struct query *q, const struct query_args *qa, struct query_error *qe)
{
	struct builder b = { q, qa, qe, { 0 } };
	int rv = -1;

	if (db_filters(&b) == 0 && db_q(&b) == 0 && db_rest(&b) == 0)
		rv = query_tree_build(&b.b_tokens, q, &q->q_where, qe);
	query_tree_free(&b.b_tokens);
	return (rv);
}
