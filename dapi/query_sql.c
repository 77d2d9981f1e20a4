/* SPDX-License-Identifier: ISC */
/* Queries of the dialect QUERY_DB as SQL: see query_sql.h. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/query_parts.h"
#include "dapi/query_sql.h"

#define SQL_TEXT (4UL * 1024 * 1024) /* bytes of a statement at most */
/*
 * A row of ANDs or ORs becomes a tree as deep as it is long, and SQLite's
 * trees end at a depth of 1000: longer rows are parted by parentheses.
 */
#define SQL_ROW 64

struct writer {
	struct query_sql *w_sql;
	struct buf *w_out;
	const struct query *w_q;
	const struct query_base *w_base;
};

static void sql_node(struct writer *, const struct query_node *);

/* --- values ------------------------------------------------------------ */

/* The number of a new value, for "?N"; 0 without memory. */
static size_t
sql_value(struct writer *w, const struct store_val *v)
{
	struct query_sql *qs = w->w_sql;
	struct store_val *more;
	size_t cap;

	if (qs->qs_nval == qs->qs_cap) {
		cap = qs->qs_cap == 0 ? 16 : qs->qs_cap * 2;
		more = reallocarray(qs->qs_val, cap, sizeof(*more));
		if (more == NULL) {
			w->w_out->b_failed = true;
			return (0);
		}
		qs->qs_val = more;
		qs->qs_cap = cap;
	}
	qs->qs_val[qs->qs_nval++] = *v;
	return (qs->qs_nval);
}

static size_t
sql_text(struct writer *w, const char *text, size_t len)
{
	const struct store_val v = {
		.sv_type = SV_TEXT, .sv_text = text, .sv_len = len
	};

	return (sql_value(w, &v));
}

static size_t
sql_int(struct writer *w, int64_t n)
{
	const struct store_val v = SV_OF_INT(n);

	return (sql_value(w, &v));
}

/* --- conditions -------------------------------------------------------- */

static const char *
sql_op(enum query_op op)
{
	switch (op) {
	case QO_NE:
		return ("!=");
	case QO_LT:
		return ("<");
	case QO_GT:
		return (">");
	default:
		return ("=");
	}
}

static void
sql_date(struct writer *w, const struct query_node *qn)
{
	const struct store_val null = SV_OF_NULL;
	const struct query_field *qf;
	const char *col = qn->qn_field->qf_sql;

	buf_addf(w->w_out, "%s IS NOT NULL AND %s %s ?%zu", col, col,
	    sql_op(qn->qn_op),
	    qn->qn_unknown ? sql_value(w, &null) : sql_int(w, qn->qn_when));
	qf = query_find(w->w_q->q_map, "id", 2);
	if ((qn->qn_field->qf_flags & QF_NOT_ZERO) && qf != NULL)
		buf_addf(w->w_out, " AND %s != 0", qf->qf_sql);
}

static void
sql_search(struct writer *w, const struct query_node *qn)
{
	const struct query_map *qm = w->w_q->q_map;
	const struct query_field *qf;
	size_t i, text, id = 0;
	bool first = true;

	text = sql_text(w, qn->qn_text, qn->qn_len);
	for (i = 0; i < qm->qm_n; i++) {
		qf = &qm->qm_fields[i];
		if (!(qf->qf_flags & QF_SEARCH))
			continue;
		if (!first)
			buf_addz(w->w_out, " OR ");
		first = false;
		if (qf->qf_flags & QF_NUMBERED) {
			if (id == 0)
				id = sql_text(w, qn->qn_id, strlen(qn->qn_id));
			buf_addf(w->w_out, "%s LIKE ?%zu", qf->qf_sql, id);
		} else
			buf_addf(w->w_out, "(%s LIKE ?%zu AND %s IS NOT NULL)",
			    qf->qf_sql, text, qf->qf_sql);
	}
	if (first)
		buf_addc(w->w_out, '0');
}

/* n nodes from this one on, with the word between them. */
static void
sql_row(
    struct writer *w, const struct query_node *qn, size_t n, const char *word)
{
	size_t i, k, part;

	for (part = 1; n > SQL_ROW * part;)
		part *= SQL_ROW;
	for (i = 0; i < n; i += part) {
		if (i > 0)
			buf_addz(w->w_out, word);
		if (part == 1)
			sql_node(w, qn);
		else {
			buf_addc(w->w_out, '(');
			sql_row(w, qn, n - i < part ? n - i : part, word);
			buf_addc(w->w_out, ')');
		}
		for (k = 0; k < part && qn != NULL; k++)
			qn = qn->qn_next;
	}
}

static void
sql_children(struct writer *w, const struct query_node *qn)
{
	const struct query_node *child;
	size_t n = 0;

	for (child = qn->qn_child; child != NULL; child = child->qn_next)
		n++;
	sql_row(w, qn->qn_child, n, qn->qn_kind == QN_AND ? " AND " : " OR ");
}

/* One node in parentheses of its own. */
static void
sql_node(struct writer *w, const struct query_node *qn)
{
	const char *col = qn->qn_field != NULL ? qn->qn_field->qf_sql : "";
	struct buf *out = w->w_out;

	buf_addc(out, '(');
	switch (qn->qn_kind) {
	case QN_AND:
	case QN_OR:
		sql_children(w, qn);
		break;
	case QN_NOT:
		buf_addz(out, "NOT ");
		sql_node(w, qn->qn_child);
		break;
	case QN_COMPARE:
		/*
		 * COLLATE stands on the left: where the value has it, SQLite
		 * 3.40 makes "a = ?1 OR a = ?2" a search in an index of
		 * another collation, and misses rows.
		 */
		buf_addf(out, "%s COLLATE NOCASE %s ?%zu", col,
		    sql_op(qn->qn_op), sql_text(w, qn->qn_text, qn->qn_len));
		break;
	case QN_LIKE:
		buf_addf(out, "%s LIKE ?%zu", col,
		    sql_text(w, qn->qn_text, qn->qn_len));
		break;
	case QN_MEMBER:
		buf_addf(out, "(',' || %s || ',') LIKE ?%zu", col,
		    sql_text(w, qn->qn_text, qn->qn_len));
		break;
	case QN_NULL:
		buf_addf(out, "%s IS NULL", col);
		break;
	case QN_DATE:
		sql_date(w, qn);
		break;
	case QN_FILLED:
		buf_addf(out, "%s IS NOT NULL AND %s != ''", col, col);
		break;
	case QN_SEARCH:
		sql_search(w, qn);
		break;
	}
	buf_addc(out, ')');
}

static void
sql_where(struct writer *w)
{
	const char *fixed = w->w_base->qb_where;

	if (fixed == NULL && w->w_q->q_where == NULL)
		return;
	buf_addz(w->w_out, " WHERE ");
	if (fixed != NULL)
		buf_addf(w->w_out, "(%s)", fixed);
	if (fixed != NULL && w->w_q->q_where != NULL)
		buf_addz(w->w_out, " AND ");
	if (w->w_q->q_where != NULL)
		sql_node(w, w->w_q->q_where);
}

/* --- the rest ---------------------------------------------------------- */

static void
sql_columns(struct writer *w)
{
	const struct query *q = w->w_q;
	size_t i;

	for (i = 0; i < q->q_nshow; i++)
		buf_addf(w->w_out, "%s%s", i == 0 ? "" : ", ",
		    q->q_map->qm_fields[q->q_show[i]].qf_sql);
	if (q->q_nshow == 0)
		buf_addz(w->w_out, "NULL");
}

static void
sql_from(struct writer *w)
{
	buf_addf(w->w_out, " FROM %s", w->w_base->qb_from);
	sql_where(w);
}

static void
sql_order_field(struct writer *w, const struct query_field *qf)
{
	const char *desc = w->w_q->q_desc ? " DESC" : "";
	const struct query_field *by;
	const char *comma = "";
	size_t i;

	if (qf->qf_flags & QF_COUNT) {
		buf_addf(w->w_out, "count(*)%s", desc);
		return;
	}
	if (qf->qf_order[0] == NULL) {
		buf_addf(w->w_out, "%s%s", qf->qf_sql, desc);
		return;
	}
	for (i = 0; i < 2 && qf->qf_order[i] != NULL; i++) {
		by = query_find(
		    w->w_q->q_map, qf->qf_order[i], strlen(qf->qf_order[i]));
		if (by == NULL)
			continue;
		buf_addf(w->w_out, "%sCAST(%s AS INTEGER)%s", comma, by->qf_sql,
		    desc);
		comma = ", ";
	}
}

/*
 * A group stands where its first row does: with min() of the key, SQLite takes
 * every other column from the row that has it. That is also where DISTINCT
 * finds it, which for that reason is written as groups.
 */
static void
sql_order(struct writer *w, bool groups)
{
	const char *key = w->w_base->qb_key;
	const struct query *q = w->w_q;
	bool last = false;
	size_t i;

	buf_addz(w->w_out, " ORDER BY ");
	for (i = 0; i < q->q_norder; i++) {
		if (i > 0)
			buf_addz(w->w_out, ", ");
		sql_order_field(w, q->q_order[i]);
		last = key != NULL &&
		    strcmp(q->q_order[i]->qf_sql == NULL ?
		            "" :
		            q->q_order[i]->qf_sql,
		        key) == 0;
	}
	if (key != NULL && groups)
		buf_addf(w->w_out, ", min(%s)", key);
	else if (key != NULL && !last)
		buf_addf(w->w_out, ", %s", key);
}

static void
sql_rows(struct writer *w)
{
	const struct query *q = w->w_q;
	bool groups = q->q_group || q->q_distinct;

	buf_addz(w->w_out, "SELECT ");
	sql_columns(w);
	if (q->q_group)
		buf_addz(w->w_out, ", count(*)");
	sql_from(w);
	if (groups) {
		buf_addz(w->w_out, " GROUP BY ");
		sql_columns(w);
	}
	sql_order(w, groups);
	if (q->q_limit == QUERY_NOLIMIT && q->q_offset == 0)
		return;
	buf_addf(w->w_out, " LIMIT ?%zu",
	    sql_int(w, q->q_limit == QUERY_NOLIMIT ? -1 : q->q_limit));
	if (q->q_offset > 0)
		buf_addf(w->w_out, " OFFSET ?%zu", sql_int(w, q->q_offset));
}

static void
sql_count(struct writer *w)
{
	bool distinct = w->w_q->q_distinct && !w->w_q->q_group;
	const struct query_base *qb = w->w_base;

	if (qb->qb_less != NULL && w->w_q->q_where == NULL && !distinct) {
		/* All rows: an index is as long as that. */
		buf_addf(w->w_out,
		    "SELECT (SELECT count(*) FROM %s) -"
		    " (SELECT count(*) FROM %s WHERE %s)",
		    qb->qb_from, qb->qb_from, qb->qb_less);
		return;
	}
	buf_addz(w->w_out, "SELECT count(*)");
	if (distinct) {
		buf_addz(w->w_out, " FROM (SELECT DISTINCT ");
		sql_columns(w);
	}
	sql_from(w);
	if (distinct)
		buf_addc(w->w_out, ')');
}

int
query_sql_make(struct query_sql *qs, const struct query *q,
    const struct query_base *qb, enum query_form form)
{
	struct writer w = { qs, &qs->qs_text, q, qb };
	size_t i;

	memset(qs, 0, sizeof(*qs));
	buf_init(&qs->qs_text, SQL_TEXT);
	for (i = 0; i < qb->qb_nval; i++)
		sql_value(&w, &qb->qb_val[i]);
	if (form == QUERY_ROWS)
		sql_rows(&w);
	else
		sql_count(&w);
	buf_addc(&qs->qs_text, '\0');
	return (qs->qs_text.b_failed ? -1 : 0);
}

void
query_sql_free(struct query_sql *qs)
{
	buf_free(&qs->qs_text);
	free(qs->qs_val);
	memset(qs, 0, sizeof(*qs));
}
