/* SPDX-License-Identifier: ISC */
/*
 * The dialect QUERY_DB in memory: see query_mem.h. Every rule here is one of
 * SQLite's: three values, affinity, NOCASE, LIKE, the order of types.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/query_array.h"
#include "common/query_mem.h"
#include "common/query_order.h"
#include "common/query_parts.h"
#include "common/query_seen.h"
#include "common/query_text.h"
#include "common/query_value.h"

#define MEM_TEXT 64 /* bytes of a number as text */
#define MEM_KEY  (1UL << 24) /* bytes of a row's selected columns at most */

enum truth { T_FALSE, T_TRUE, T_NULL };

struct mem {
	const struct query *m_q;
	const struct query_items *m_qi;
	/* Grouped: what the indices that are sorted stand for. */
	const size_t *m_first;
	const uint64_t *m_count;
};

static enum truth mem_eval(const struct mem *, const struct query_node *,
    const struct query_val *item);

/* --- values ------------------------------------------------------------ */

/* What a column can hold; true and false are numbers there. */
static void
mem_field(const struct mem *m, const struct query_val *item,
    const struct query_field *qf, struct query_val *v)
{
	memset(v, 0, sizeof(*v));
	if (item->v_type != QV_OBJECT ||
	    !m->m_qi->qi_member(
	        m->m_qi->qi_arg, item, qf->qf_name, strlen(qf->qf_name), v))
		v->v_type = QV_NULL;
	if (v->v_type == QV_BOOL)
		v->v_type = QV_INT;
	if (v->v_type == QV_LIST || v->v_type == QV_OBJECT)
		v->v_type = QV_NULL;
}

/* SQLite's text of a number: a real one keeps its point. */
static void
mem_text(const struct query_val *v, char room[MEM_TEXT], const char **s_r,
    size_t *len_r)
{
	char digits[MEM_TEXT / 2];
	char *e;

	if (v->v_type == QV_TEXT) {
		*s_r = v->v_text;
		*len_r = v->v_len;
		return;
	}
	if (v->v_type == QV_INT) {
		snprintf(room, MEM_TEXT, "%" PRId64, v->v_int);
	} else {
		snprintf(digits, sizeof(digits), "%.15g", v->v_real);
		e = strchr(digits, 'e');
		if (strchr(digits, '.') != NULL || strchr(digits, 'n') != NULL)
			snprintf(room, MEM_TEXT, "%s", digits);
		else if (e == NULL)
			snprintf(room, MEM_TEXT, "%s.0", digits);
		else
			snprintf(room, MEM_TEXT, "%.*s.0%s", (int)(e - digits),
			    digits, e);
	}
	*s_r = room;
	*len_r = strlen(room);
}

static bool
mem_like(const struct query_val *v, const char *pattern, size_t plen)
{
	char room[MEM_TEXT];
	const char *s;
	size_t len;

	mem_text(v, room, &s, &len);
	return (query_text_like(pattern, plen, s, len));
}

/* Does a column of this type turn what it is compared with into a number? */
static bool
mem_numeric(const struct query_field *qf)
{
	if (qf->qf_flags & QF_BARE)
		return (false);
	switch (qf->qf_type) {
	case QT_INT:
	case QT_REAL:
	case QT_ID:
	case QT_DATE:
	case QT_DATE_SET:
		return (true);
	default:
		return (false);
	}
}

static int
mem_compare(const struct query_field *qf, const struct query_val *v,
    const char *text, size_t len)
{
	struct query_val to = { .v_type = QV_TEXT };
	bool real;

	if (mem_numeric(qf) &&
	    query_value_number(text, len, &real, &to.v_int, &to.v_real))
		to.v_type = real ? QV_REAL : QV_INT;
	if (v->v_type == QV_TEXT && to.v_type == QV_TEXT)
		return (query_text_nocase(v->v_text, v->v_len, text, len));
	return (query_order_sqlite(v, &to));
}

/* --- conditions -------------------------------------------------------- */

static enum truth
mem_and(enum truth a, enum truth b)
{
	if (a == T_FALSE || b == T_FALSE)
		return (T_FALSE);
	return (a == T_TRUE && b == T_TRUE ? T_TRUE : T_NULL);
}

static enum truth
mem_not(enum truth t)
{
	return (t == T_NULL ? T_NULL : t == T_TRUE ? T_FALSE : T_TRUE);
}

static enum truth
mem_children(const struct mem *m, const struct query_node *qn,
    const struct query_val *item)
{
	const struct query_node *child;
	bool all = qn->qn_kind == QN_AND;
	enum truth t = T_TRUE, one;

	/* "a or b" is "not (not a and not b)", of three values too. */
	for (child = qn->qn_child; child != NULL; child = child->qn_next) {
		one = mem_eval(m, child, item);
		t = mem_and(t, all ? one : mem_not(one));
		if (t == T_FALSE)
			break;
	}
	return (all ? t : mem_not(t));
}

static enum truth
mem_member(const struct query_node *qn, const struct query_val *v)
{
	char room[MEM_TEXT];
	struct buf b;
	const char *s;
	enum truth t;
	size_t len;

	mem_text(v, room, &s, &len);
	buf_init(&b, len + 2);
	buf_addc(&b, ',');
	buf_add(&b, s, len);
	buf_addc(&b, ',');
	t = b.b_failed ? T_NULL :
	    query_text_like(
	        qn->qn_text, qn->qn_len, (char *)b.b_data, b.b_len) ?
	                 T_TRUE :
	                 T_FALSE;
	buf_free(&b);
	return (t);
}

static enum truth
mem_date(const struct mem *m, const struct query_node *qn,
    const struct query_val *item, const struct query_val *v)
{
	const struct query_val when = { .v_type = QV_INT,
		.v_int = qn->qn_when };
	const struct query_field *qf;
	struct query_val id;
	enum truth t = T_NULL;

	if (!qn->qn_unknown)
		t = query_order_holds(qn->qn_op, query_order_sqlite(v, &when));
	if (!(qn->qn_field->qf_flags & QF_NOT_ZERO))
		return (t);
	qf = query_find(m->m_q->q_map, "id", 2);
	if (qf == NULL)
		return (t);
	mem_field(m, item, qf, &id);
	if (id.v_type == QV_NULL)
		return (mem_and(t, T_NULL));
	return (mem_and(t, mem_compare(qf, &id, "0", 1) != 0));
}

static enum truth
mem_search(const struct mem *m, const struct query_node *qn,
    const struct query_val *item)
{
	const struct query_map *qm = m->m_q->q_map;
	const struct query_field *qf;
	struct query_val v;
	enum truth t = T_FALSE;
	size_t i;

	for (i = 0; i < qm->qm_n; i++) {
		qf = &qm->qm_fields[i];
		if (!(qf->qf_flags & QF_SEARCH))
			continue;
		mem_field(m, item, qf, &v);
		if (v.v_type == QV_NULL) {
			/* Only the number is compared without that check. */
			if (qf->qf_flags & QF_NUMBERED)
				t = T_NULL;
			continue;
		}
		if (qf->qf_flags & QF_NUMBERED ?
		        mem_like(&v, qn->qn_id, strlen(qn->qn_id)) :
		        mem_like(&v, qn->qn_text, qn->qn_len))
			return (T_TRUE);
	}
	return (t);
}

/* A node that looks at one field. */
static enum truth
mem_leaf(const struct mem *m, const struct query_node *qn,
    const struct query_val *item)
{
	struct query_val v;

	mem_field(m, item, qn->qn_field, &v);
	if (qn->qn_kind == QN_NULL)
		return (v.v_type == QV_NULL);
	if (v.v_type == QV_NULL)
		return (qn->qn_kind == QN_DATE || qn->qn_kind == QN_FILLED ?
		        T_FALSE :
		        T_NULL);
	switch (qn->qn_kind) {
	case QN_COMPARE:
		return (query_order_holds(qn->qn_op,
		    mem_compare(qn->qn_field, &v, qn->qn_text, qn->qn_len)));
	case QN_LIKE:
		return (mem_like(&v, qn->qn_text, qn->qn_len));
	case QN_MEMBER:
		return (mem_member(qn, &v));
	case QN_DATE:
		return (mem_date(m, qn, item, &v));
	default:
		return (v.v_type != QV_TEXT || v.v_len > 0);
	}
}

static enum truth
mem_eval(const struct mem *m, const struct query_node *qn,
    const struct query_val *item)
{
	switch (qn->qn_kind) {
	case QN_AND:
	case QN_OR:
		return (mem_children(m, qn, item));
	case QN_NOT:
		return (mem_not(mem_eval(m, qn->qn_child, item)));
	case QN_SEARCH:
		return (mem_search(m, qn, item));
	default:
		return (mem_leaf(m, qn, item));
	}
}

/* --- order ------------------------------------------------------------- */

/* Without its fraction; the nearest where 64 bits do not hold it. */
static int64_t
mem_whole(double d)
{
	if (d >= 9223372036854775808.0)
		return (INT64_MAX);
	return (d <= -9223372036854775808.0 ? INT64_MIN : (int64_t)d);
}

static void
mem_cast(struct query_val *v)
{
	if (v->v_type == QV_TEXT)
		v->v_int = query_value_cast(v->v_text, v->v_len);
	else if (v->v_type == QV_REAL)
		v->v_int = mem_whole(v->v_real);
	if (v->v_type != QV_NULL)
		v->v_type = QV_INT;
}

static int
mem_order_field(const struct mem *m, const struct query_field *qf,
    const struct query_val *a, const struct query_val *b)
{
	const struct query_map *qm = m->m_q->q_map;
	const struct query_field *by;
	struct query_val va, vb;
	size_t i;
	int r;

	if (qf->qf_order[0] == NULL) {
		mem_field(m, a, qf, &va);
		mem_field(m, b, qf, &vb);
		return (query_order_sqlite(&va, &vb));
	}
	for (i = 0; i < 2 && qf->qf_order[i] != NULL; i++) {
		by = query_find(qm, qf->qf_order[i], strlen(qf->qf_order[i]));
		if (by == NULL)
			continue;
		mem_field(m, a, by, &va);
		mem_field(m, b, by, &vb);
		mem_cast(&va);
		mem_cast(&vb);
		r = query_order_sqlite(&va, &vb);
		if (r != 0)
			return (r);
	}
	return (0);
}

static void
mem_item(const struct mem *m, size_t i, struct query_val *item)
{
	if (m->m_first != NULL)
		i = m->m_first[i];
	memset(item, 0, sizeof(*item));
	m->m_qi->qi_item(m->m_qi->qi_arg, i, item);
}

static int
mem_order(const void *arg, size_t i, size_t k)
{
	const struct mem *m = arg;
	const struct query_field *qf;
	struct query_val a, b;
	size_t f;
	int r = 0;

	mem_item(m, i, &a);
	mem_item(m, k, &b);
	for (f = 0; r == 0 && f < m->m_q->q_norder; f++) {
		qf = m->m_q->q_order[f];
		if (!(qf->qf_flags & QF_COUNT))
			r = mem_order_field(m, qf, &a, &b);
		else if (m->m_count != NULL)
			r = m->m_count[i] < m->m_count[k] ?
			    -1 :
			    m->m_count[i] > m->m_count[k];
	}
	return (r);
}

/* The three numbers behind "Wazuh v"; 0 for what is not there. */
static void
mem_version(const struct query_val *v, int64_t n[3])
{
	const char *s, *end;
	int i;

	memset(n, 0, 3 * sizeof(*n));
	if (v->v_type != QV_TEXT)
		return;
	s = v->v_text;
	end = s + v->v_len;
	while (s < end && (*s < '0' || *s > '9'))
		s++;
	for (i = 0; i < 3 && s < end; i++) {
		n[i] = query_value_cast(s, (size_t)(end - s));
		while (s < end && *s >= '0' && *s <= '9')
			s++;
		if (s == end || *s != '.')
			break;
		s++;
	}
}

static int
mem_again_field(const struct mem *m, const struct query_field *qf,
    const struct query_val *a, const struct query_val *b)
{
	struct query_val va, vb;
	int64_t na[3], nb[3];
	int i;

	mem_field(m, a, qf, &va);
	mem_field(m, b, qf, &vb);
	if (!(qf->qf_flags & QF_VERSION)) {
		if (va.v_type == QV_TEXT && vb.v_type == QV_TEXT)
			return (query_text_nocase(
			    va.v_text, va.v_len, vb.v_text, vb.v_len));
		return (query_order_sqlite(&va, &vb));
	}
	mem_version(&va, na);
	mem_version(&vb, nb);
	for (i = 0; i < 3; i++)
		if (na[i] != nb[i])
			return (na[i] < nb[i] ? -1 : 1);
	return (0);
}

static int
mem_again(const void *arg, size_t i, size_t k)
{
	const struct mem *m = arg;
	struct query_val a, b;
	size_t f;
	int r = 0;

	mem_item(m, i, &a);
	mem_item(m, k, &b);
	for (f = 0; r == 0 && f < m->m_q->q_norder; f++)
		if (query_shows(m->m_q, m->m_q->q_order[f]))
			r = mem_again_field(m, m->m_q->q_order[f], &a, &b);
	return (r);
}

int
query_db_resort(
    const struct query *q, const struct query_items *qi, size_t *order_r)
{
	const struct mem m = { q, qi, NULL, NULL };
	size_t i;

	for (i = 0; i < qi->qi_n; i++)
		order_r[i] = i;
	return (query_order_sort(order_r, qi->qi_n, q->q_desc, mem_again, &m));
}

/* --- all of it --------------------------------------------------------- */

static void
mem_filter(const struct mem *m, struct query_page *qp)
{
	struct query_val item;
	size_t i;

	for (i = 0; i < m->m_qi->qi_n; i++) {
		mem_item(m, i, &item);
		if (m->m_q->q_where == NULL ||
		    mem_eval(m, m->m_q->q_where, &item) == T_TRUE)
			qp->qp_item[qp->qp_n++] = i;
	}
	qp->qp_total = qp->qp_n;
}

/* Leave of each group its first row, and count. */
static int
mem_group_rows(const struct mem *m, struct query_page *qp,
    struct query_seen *sn, struct buf *b)
{
	const struct query *q = m->m_q;
	struct query_val item, v;
	size_t i, f, number, n = 0;
	bool new;

	for (i = 0; i < qp->qp_n; i++) {
		mem_item(m, qp->qp_item[i], &item);
		buf_reset(b);
		for (f = 0; f < q->q_nshow; f++) {
			mem_field(
			    m, &item, &q->q_map->qm_fields[q->q_show[f]], &v);
			query_seen_text(m->m_qi, &v, b);
		}
		if (query_seen_put(sn, b, &number, &new) == -1)
			return (-1);
		if (new)
			qp->qp_item[n++] = qp->qp_item[i];
		qp->qp_count[number]++;
	}
	qp->qp_n = n;
	return (0);
}

static int
mem_group(const struct mem *m, struct query_page *qp)
{
	struct query_seen *sn;
	struct buf b;
	int rv;

	qp->qp_count = calloc(qp->qp_n + 1, sizeof(*qp->qp_count));
	sn = query_seen_new();
	if (qp->qp_count == NULL || sn == NULL) {
		query_seen_free(&sn);
		return (-1);
	}
	buf_init(&b, MEM_KEY);
	rv = mem_group_rows(m, qp, sn, &b);
	buf_free(&b);
	query_seen_free(&sn);
	if (!m->m_q->q_group)
		qp->qp_total = qp->qp_n;
	return (rv);
}

/* Sort the groups: rows and counts move together. */
static int
mem_sort_groups(struct mem *m, struct query_page *qp)
{
	size_t *order, *item;
	uint64_t *count;
	size_t i;
	int rv = -1;

	order = reallocarray(NULL, qp->qp_n + 1, sizeof(*order));
	item = reallocarray(NULL, qp->qp_n + 1, sizeof(*item));
	count = reallocarray(NULL, qp->qp_n + 1, sizeof(*count));
	if (order != NULL && item != NULL && count != NULL) {
		for (i = 0; i < qp->qp_n; i++)
			order[i] = i;
		m->m_first = qp->qp_item;
		m->m_count = qp->qp_count;
		rv = query_order_sort(
		    order, qp->qp_n, m->m_q->q_desc, mem_order, m);
		m->m_first = NULL;
		m->m_count = NULL;
	}
	for (i = 0; rv == 0 && i < qp->qp_n; i++) {
		item[i] = qp->qp_item[order[i]];
		count[i] = qp->qp_count[order[i]];
	}
	if (rv == 0) {
		memcpy(qp->qp_item, item, qp->qp_n * sizeof(*item));
		memcpy(qp->qp_count, count, qp->qp_n * sizeof(*count));
	}
	free(order);
	free(item);
	free(count);
	return (rv);
}

static int
mem_run(struct mem *m, struct query_page *qp)
{
	const struct query *q = m->m_q;

	mem_filter(m, qp);
	if (q->q_group || q->q_distinct) {
		if (mem_group(m, qp) == -1 || mem_sort_groups(m, qp) == -1)
			return (-1);
	} else if (query_order_sort(
	               qp->qp_item, qp->qp_n, q->q_desc, mem_order, m) == -1)
		return (-1);
	query_page_cut(q, qp);
	if (!query_resorts(q))
		return (0);
	return (
	    query_order_sort(qp->qp_item, qp->qp_n, q->q_desc, mem_again, m));
}

void
query_page_cut(const struct query *q, struct query_page *qp)
{
	size_t from, n = qp->qp_n;

	from = (uint64_t)q->q_offset < n ? (size_t)q->q_offset : n;
	n -= from;
	if (q->q_limit != QUERY_NOLIMIT && (uint64_t)q->q_limit < n)
		n = (size_t)q->q_limit;
	memmove(qp->qp_item, qp->qp_item + from, n * sizeof(*qp->qp_item));
	if (qp->qp_count != NULL)
		memmove(qp->qp_count, qp->qp_count + from,
		    n * sizeof(*qp->qp_count));
	qp->qp_n = n;
}

int
query_run(const struct query *q, const struct query_items *qi,
    struct query_page *qp, struct query_error *qe)
{
	struct mem m = { q, qi, NULL, NULL };
	int rv = 0;

	memset(qp, 0, sizeof(*qp));
	qe->qe_code = 0;
	qe->qe_extra[0] = '\0';
	qp->qp_item = reallocarray(NULL, qi->qi_n + 1, sizeof(*qp->qp_item));
	if (qp->qp_item == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	if (q->q_map->qm_dialect == QUERY_ARRAY)
		rv = query_array_run(q, qi, qp, qe);
	else if (mem_run(&m, qp) == -1)
		rv = query_fail(qe, 1000, "%s", "");
	if (rv == -1)
		query_page_free(qp);
	return (rv);
}

void
query_page_free(struct query_page *qp)
{
	free(qp->qp_item);
	free(qp->qp_count);
	memset(qp, 0, sizeof(*qp));
}
