/* SPDX-License-Identifier: ISC */
/*
 * The dialect QUERY_ARRAY, step by step: see query_mem.h. Each step looks only
 * at what the one before left, and so do its errors: framework.md 0.3.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/query_array.h"
#include "common/query_order.h"
#include "common/query_seen.h"
#include "common/query_text.h"

#define ARRAY_NUMBER 64 /* bytes of a number as text */
#define ARRAY_SMALL  512 /* bytes of text lower-cased without memory */
#define ARRAY_KEY    (1UL << 24) /* bytes of an item as text at most */

struct run {
	const struct query *r_q;
	const struct query_items *r_qi;
	struct query_page *r_page;
	struct query_error *r_error;
};

/* --- parsing ----------------------------------------------------------- */

static int
array_search_parse(struct query *q, const char *s, struct query_error *qe)
{
	char *text;
	size_t n;

	q->q_negated = *s == '-';
	s += q->q_negated;
	n = strlen(s);
	if (n == 0)
		return (0);
	text = query_copy(q, s, n);
	if (text == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	query_text_lower(s, n, text);
	q->q_search = text;
	return (0);
}

static int
array_filter_parse(
    struct query *q, const struct query_filter *from, struct query_filter *to)
{
	const char **v;
	size_t i;

	*to = *from;
	to->ql_name = query_copy(q, from->ql_name, strlen(from->ql_name));
	v = query_alloc(q, (from->ql_n + 1) * sizeof(*v));
	if (to->ql_name == NULL || v == NULL)
		return (-1);
	for (i = 0; i < from->ql_n; i++) {
		v[i] = query_copy(q, from->ql_v[i], strlen(from->ql_v[i]));
		if (v[i] == NULL)
			return (-1);
	}
	to->ql_v = v;
	return (0);
}

static int
array_filters_parse(
    struct query *q, const struct query_args *qa, struct query_error *qe)
{
	size_t i, total = 0;

	q->q_filters =
	    query_alloc(q, (qa->qa_nfilters + 1) * sizeof(*q->q_filters));
	if (q->q_filters == NULL)
		return (query_fail(qe, 1000, "%s", ""));
	for (i = 0; i < qa->qa_nfilters; i++) {
		total += qa->qa_filters[i].ql_n;
		if (total > QUERY_VALUES)
			return (query_fail(qe, 1407, "%s", ""));
		if (array_filter_parse(
		        q, &qa->qa_filters[i], &q->q_filters[i]) == -1)
			return (query_fail(qe, 1000, "%s", ""));
	}
	q->q_nfilters = qa->qa_nfilters;
	return (0);
}

int
query_array_parse(
    struct query *q, const struct query_args *qa, struct query_error *qe)
{
	if (array_filters_parse(q, qa, qe) == -1)
		return (-1);
	if (qa->qa_search != NULL) {
		if (strlen(qa->qa_search) > QUERY_TEXT)
			return (query_fail(qe, 1407, "%s", ""));
		if (array_search_parse(q, qa->qa_search, qe) == -1)
			return (-1);
	}
	return (qa->qa_q == NULL ? 0 : query_clause_parse(q, qa->qa_q, qe));
}

/* --- steps ------------------------------------------------------------- */

static void
array_item(const struct run *r, size_t i, struct query_val *v)
{
	memset(v, 0, sizeof(*v));
	r->r_qi->qi_item(r->r_qi->qi_arg, i, v);
}

static bool
array_member(const struct run *r, const struct query_val *item,
    const char *name, struct query_val *v)
{
	memset(v, 0, sizeof(*v));
	return (item->v_type == QV_OBJECT &&
	    r->r_qi->qi_member(r->r_qi->qi_arg, item, name, strlen(name), v));
}

/* Leave the items for which keep() says 1; -1 from it ends the run. */
static int
array_keep(struct run *r, int (*keep)(struct run *, const struct query_val *))
{
	struct query_page *qp = r->r_page;
	struct query_val item;
	size_t i, n = 0;
	int good;

	for (i = 0; i < qp->qp_n; i++) {
		array_item(r, qp->qp_item[i], &item);
		good = keep(r, &item);
		if (good == -1)
			return (-1);
		if (good)
			qp->qp_item[n++] = qp->qp_item[i];
	}
	qp->qp_n = n;
	return (0);
}

/* --- filters ----------------------------------------------------------- */

static int
array_filter_one(
    struct run *r, const struct query_filter *ql, const struct query_val *item)
{
	struct query_val v;
	const char *text;
	size_t i;

	if (!array_member(r, item, ql->ql_name, &v))
		return (query_fail(r->r_error, 1407, "%s", ql->ql_name));
	if (v.v_type != QV_TEXT)
		return (ql->ql_part ?
		        query_fail(r->r_error, 1407, "%s", ql->ql_name) :
		        0);
	for (i = 0; i < ql->ql_n; i++) {
		text = ql->ql_v[i];
		if (ql->ql_part ?
		        query_text_in(v.v_text, v.v_len, text, strlen(text)) :
		        strlen(text) == v.v_len &&
		            memcmp(text, v.v_text, v.v_len) == 0)
			return (1);
	}
	return (0);
}

/* Any filter is enough. */
static int
array_filter(struct run *r, const struct query_val *item)
{
	size_t i;
	int good = 0;

	for (i = 0; good == 0 && i < r->r_q->q_nfilters; i++)
		good = array_filter_one(r, &r->r_q->q_filters[i], item);
	return (good);
}

/* --- sort -------------------------------------------------------------- */

/* The values to sort by: of item i the q_norder ones from i * q_norder on. */
struct keys {
	const struct query_items *k_qi;
	struct query_val *k_v;
	size_t k_width;
	struct query_pool k_pool;
};

static int
array_key_order(const void *arg, size_t a, size_t b)
{
	const struct keys *k = arg;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < k->k_width; i++)
		r = query_order_python(k->k_qi, &k->k_v[a * k->k_width + i],
		    &k->k_v[b * k->k_width + i]);
	return (r);
}

/* One value to sort by; letters of text count alike. */
static int
array_key(struct run *r, struct keys *k, const struct query_val *item,
    const char *name, struct query_val *v)
{
	char *lower;

	if (!array_member(r, item, name, v))
		v->v_type = QV_NULL;
	if (v->v_type != QV_TEXT)
		return (0);
	lower = query_pool_get(&k->k_pool, v->v_len + 1);
	if (lower == NULL)
		return (-1);
	query_text_lower(v->v_text, v->v_len, lower);
	v->v_text = lower;
	return (0);
}

static bool
array_has_key(struct run *r, const struct query_val *item)
{
	struct query_val v;
	size_t i;

	for (i = 0; i < r->r_q->q_norder; i++)
		if (array_member(r, item, r->r_q->q_sort[i], &v))
			return (true);
	return (false);
}

/*
 * Some values have no order, as where keys are missing: the items that have
 * one of the keys come behind the others, or descending before them, and
 * nothing is sorted.
 */
static int
array_part(struct run *r)
{
	struct query_page *qp = r->r_page;
	struct query_val item;
	size_t *v, i, n = 0;
	int pass;

	v = reallocarray(NULL, qp->qp_n + 1, sizeof(*v));
	if (v == NULL)
		return (query_fail(r->r_error, 1000, "%s", ""));
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < qp->qp_n; i++) {
			array_item(r, qp->qp_item[i], &item);
			if (array_has_key(r, &item) ==
			    ((pass == 1) != r->r_q->q_desc))
				v[n++] = qp->qp_item[i];
		}
	}
	memcpy(qp->qp_item, v, n * sizeof(*v));
	free(v);
	return (0);
}

/* May it be sorted by these names? */
static int
array_sort_check(struct run *r, const struct query_val *first)
{
	const struct query *q = r->r_q;
	const struct query_field *qf;
	struct query_val v;
	const char *name;
	size_t i;
	bool good;

	for (i = 0; i < q->q_norder; i++) {
		name = q->q_sort[i];
		if (q->q_map->qm_flags & QM_SORT_ANY)
			good = array_member(r, first, name, &v);
		else {
			qf = query_find(q->q_map, name, strlen(name));
			good = qf != NULL && (qf->qf_flags & QF_SORT);
		}
		if (!good)
			return (query_fail(r->r_error, 1403, "%s", ""));
	}
	return (0);
}

/* Fill in what to sort by, and sort. As query_order_sort(). */
static int
array_sort_keys(struct run *r, struct keys *k, bool plain)
{
	const struct query *q = r->r_q;
	struct query_page *qp = r->r_page;
	struct query_val item;
	size_t i, f;

	for (i = 0; i < r->r_qi->qi_n; i++) {
		array_item(r, i, &item);
		if (plain)
			k->k_v[i] = item;
		for (f = 0; !plain && f < k->k_width; f++)
			if (array_key(r, k, &item, q->q_sort[f],
			        &k->k_v[i * k->k_width + f]) == -1)
				return (-1);
	}
	return (query_order_sort(
	    qp->qp_item, qp->qp_n, q->q_desc, array_key_order, k));
}

/* sort without a name is for plain values, with names for objects. */
static int
array_sort(struct run *r)
{
	const struct query *q = r->r_q;
	struct query_page *qp = r->r_page;
	struct keys k = { .k_qi = r->r_qi, .k_width = q->q_norder };
	struct query_val first;
	bool plain;
	int rv;

	if (q->q_sort == NULL || qp->qp_n == 0)
		return (0);
	array_item(r, qp->qp_item[0], &first);
	plain = q->q_norder == 1 && q->q_sort[0][0] == '\0';
	if (!plain && first.v_type != QV_OBJECT)
		return (query_fail(r->r_error, 1407, "%s", ""));
	if (!plain && array_sort_check(r, &first) == -1)
		return (-1);
	k.k_v = calloc(r->r_qi->qi_n, k.k_width * sizeof(*k.k_v));
	rv = k.k_v == NULL ? -1 : array_sort_keys(r, &k, plain);
	free(k.k_v);
	query_pool_free(&k.k_pool);
	if (rv == -1)
		return (query_fail(r->r_error, 1000, "%s", ""));
	if (rv == 0)
		return (0);
	return (plain ? query_fail(r->r_error, 1407, "%s", "") : array_part(r));
}

/* --- search ------------------------------------------------------------ */

static bool
array_text_has(struct run *r, const char *s, size_t len)
{
	const char *search = r->r_q->q_search;
	char small[ARRAY_SMALL], *lower = small;
	bool found = false;

	if (len > sizeof(small))
		lower = malloc(len);
	if (lower == NULL) {
		query_fail(r->r_error, 1000, "%s", "");
		return (false);
	}
	query_text_lower(s, len, lower);
	found = query_text_in(search, strlen(search), lower, len);
	if (lower != small)
		free(lower);
	return (found);
}

/* A number, as Python spells it. */
static bool
array_number_has(struct run *r, const struct query_val *v)
{
	char text[ARRAY_NUMBER];
	struct buf b;
	struct jsonw j;
	bool found;

	if (v->v_type == QV_INT) {
		snprintf(text, sizeof(text), "%" PRId64, v->v_int);
		return (array_text_has(r, text, strlen(text)));
	}
	buf_init(&b, ARRAY_NUMBER);
	jsonw_init(&j, &b, false);
	jsonw_double(&j, v->v_real);
	found = !b.b_failed && array_text_has(r, (char *)b.b_data, b.b_len);
	buf_free(&b);
	return (found);
}

/* Is the text in this value, or anywhere below it? */
static bool
array_has(struct run *r, const struct query_val *v)
{
	const struct query_items *qi = r->r_qi;
	struct query_val child;
	const void *pos = NULL;
	const char *key;

	switch (v->v_type) {
	case QV_NULL:
		return (array_text_has(r, "none", 4));
	case QV_BOOL:
		return (v->v_int ? array_text_has(r, "true", 4) :
		                   array_text_has(r, "false", 5));
	case QV_INT:
	case QV_REAL:
		return (array_number_has(r, v));
	case QV_TEXT:
		return (array_text_has(r, v->v_text, v->v_len));
	default:
		while (qi->qi_next(qi->qi_arg, v, &pos, &key, &child))
			if (array_has(r, &child))
				return (true);
		return (false);
	}
}

static int
array_search(struct run *r, const struct query_val *item)
{
	const struct query_map *qm = r->r_q->q_map;
	const struct query_field *qf;
	struct query_val v;
	bool found = false;
	size_t i;

	if ((qm->qm_flags & QM_SEARCH_ANY) || item->v_type != QV_OBJECT)
		found = array_has(r, item);
	else {
		for (i = 0; !found && i < qm->qm_n; i++) {
			qf = &qm->qm_fields[i];
			if ((qf->qf_flags & QF_SEARCH) &&
			    array_member(r, item, qf->qf_name, &v))
				found = array_has(r, &v);
		}
	}
	if (r->r_error->qe_code != 0)
		return (-1);
	return (found != r->r_q->q_negated);
}

/* --- the rest ---------------------------------------------------------- */

static int
array_q(struct run *r, const struct query_val *item)
{
	return (query_clause_match(r->r_q, r->r_qi, item, r->r_error));
}

static int
array_select(struct run *r, const struct query_val *item)
{
	if (item->v_type != QV_OBJECT)
		return (query_fail(r->r_error, 1407, "%s", ""));
	if ((r->r_q->q_map->qm_flags & QM_SELECT_ANY) &&
	    !query_select_any(r->r_q, r->r_qi, item))
		return (
		    query_fail(r->r_error, 1724, "%s", r->r_q->q_select[0]));
	return (1);
}

static int
array_distinct(struct run *r)
{
	struct query_page *qp = r->r_page;
	struct query_seen *sn;
	struct query_val item;
	struct buf b;
	size_t i, number, n = 0;
	bool new = false;

	sn = query_seen_new();
	if (sn == NULL)
		return (query_fail(r->r_error, 1000, "%s", ""));
	buf_init(&b, ARRAY_KEY);
	for (i = 0; i < qp->qp_n; i++) {
		array_item(r, qp->qp_item[i], &item);
		buf_reset(&b);
		query_select_text(r->r_q, r->r_qi, &item, &b);
		if (query_seen_put(sn, &b, &number, &new) == -1)
			break;
		if (new)
			qp->qp_item[n++] = qp->qp_item[i];
	}
	if (i < qp->qp_n)
		query_fail(r->r_error, 1000, "%s", "");
	qp->qp_n = n;
	buf_free(&b);
	query_seen_free(&sn);
	return (r->r_error->qe_code == 0 ? 0 : -1);
}

int
query_array_run(const struct query *q, const struct query_items *qi,
    struct query_page *qp, struct query_error *qe)
{
	struct run r = { q, qi, qp, qe };

	for (qp->qp_n = 0; qp->qp_n < qi->qi_n; qp->qp_n++)
		qp->qp_item[qp->qp_n] = qp->qp_n;
	if (qi->qi_n == 0)
		return (0);
	if (q->q_nfilters > 0 && array_keep(&r, array_filter) == -1)
		return (-1);
	if (array_sort(&r) == -1)
		return (-1);
	if (q->q_search != NULL && array_keep(&r, array_search) == -1)
		return (-1);
	if (q->q_nclauses > 0 && array_keep(&r, array_q) == -1)
		return (-1);
	if (q->q_nselect > 0 &&
	    (query_select_check(q, qe) == -1 ||
	        array_keep(&r, array_select) == -1))
		return (-1);
	if (q->q_distinct && array_distinct(&r) == -1)
		return (-1);
	qp->qp_total = qp->qp_n;
	if (query_check_page(q, qe) == -1)
		return (-1);
	query_page_cut(q, qp);
	return (0);
}
