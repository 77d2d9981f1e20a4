/* SPDX-License-Identifier: ISC */
/*
 * Sorting for both dialects: see query_order.h. A merge sort, because it has
 * to be stable and to stop at two values that have no order.
 */
#include <sys/types.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/query_order.h"
#include "common/query_text.h"

/* --- the sort ---------------------------------------------------------- */

struct sorter {
	query_order_fn s_fn;
	const void *s_arg;
	bool s_desc;
};

/* Merge from[a..b) and from[b..c) into to. */
static int
order_merge(const struct sorter *s, const size_t *from, size_t a, size_t b,
    size_t c, size_t *to)
{
	size_t left = a, right = b, out = a;
	int r;

	while (left < b && right < c) {
		r = s->s_fn(s->s_arg, from[left], from[right]);
		if (r == QUERY_NO_ORDER)
			return (1);
		if (s->s_desc ? r >= 0 : r <= 0)
			to[out++] = from[left++];
		else
			to[out++] = from[right++];
	}
	memcpy(to + out, from + left, (b - left) * sizeof(*to));
	out += b - left;
	memcpy(to + out, from + right, (c - right) * sizeof(*to));
	return (0);
}

static size_t
order_least(size_t a, size_t b)
{
	return (a < b ? a : b);
}

int
query_order_sort(
    size_t *v, size_t n, bool desc, query_order_fn fn, const void *arg)
{
	const struct sorter s = { fn, arg, desc };
	size_t *room, *from, *to, *spare, width, i;
	int rv = 0;

	if (n < 2)
		return (0);
	room = reallocarray(NULL, n, 2 * sizeof(*room));
	if (room == NULL)
		return (-1);
	from = room;
	to = room + n;
	memcpy(from, v, n * sizeof(*v));
	for (width = 1; rv == 0 && width < n; width *= 2) {
		for (i = 0; rv == 0 && i < n; i += 2 * width)
			rv = order_merge(&s, from, i, order_least(i + width, n),
			    order_least(i + 2 * width, n), to);
		spare = from;
		from = to;
		to = spare;
	}
	if (rv == 0)
		memcpy(v, from, n * sizeof(*v));
	free(room);
	return (rv);
}

/* --- values ------------------------------------------------------------ */

int
query_order_mixed(int64_t i, double d)
{
	double whole;

	if (isnan(d))
		return (1);
	if (d >= 9223372036854775808.0)
		return (-1);
	if (d < -9223372036854775808.0)
		return (1);
	whole = trunc(d);
	if (i != (int64_t)whole)
		return (i < (int64_t)whole ? -1 : 1);
	return (d > whole ? -1 : d < whole);
}

static bool
order_number(const struct query_val *v)
{
	return (v->v_type == QV_BOOL || v->v_type == QV_INT ||
	    v->v_type == QV_REAL);
}

static int
order_numbers(const struct query_val *a, const struct query_val *b)
{
	if (a->v_type == QV_REAL && b->v_type == QV_REAL)
		return (a->v_real < b->v_real ? -1 : a->v_real > b->v_real);
	if (a->v_type == QV_REAL)
		return (-query_order_mixed(b->v_int, a->v_real));
	if (b->v_type == QV_REAL)
		return (query_order_mixed(a->v_int, b->v_real));
	return (a->v_int < b->v_int ? -1 : a->v_int > b->v_int);
}

/* NULL, then numbers, then text; lists and objects are in no column. */
static int
order_class(const struct query_val *v)
{
	if (order_number(v))
		return (1);
	return (v->v_type == QV_TEXT ? 2 : 0);
}

int
query_order_sqlite(const struct query_val *a, const struct query_val *b)
{
	int ca = order_class(a), cb = order_class(b);

	if (ca != cb)
		return (ca < cb ? -1 : 1);
	if (ca == 1)
		return (order_numbers(a, b));
	if (ca == 2)
		return (
		    query_text_order(a->v_text, a->v_len, b->v_text, b->v_len));
	return (0);
}

/* Objects are equal or have no order. */
static int
order_objects(const struct query_items *qi, const struct query_val *a,
    const struct query_val *b)
{
	struct query_val va, vb;
	const void *pos = NULL;
	const char *key;
	size_t left = 0, right = 0;

	while (qi->qi_next(qi->qi_arg, a, &pos, &key, &va)) {
		left++;
		if (!qi->qi_member(qi->qi_arg, b, key, strlen(key), &vb) ||
		    query_order_python(qi, &va, &vb) != 0)
			return (QUERY_NO_ORDER);
	}
	for (pos = NULL; qi->qi_next(qi->qi_arg, b, &pos, &key, &vb);)
		right++;
	return (left == right ? 0 : QUERY_NO_ORDER);
}

static int
order_lists(const struct query_items *qi, const struct query_val *a,
    const struct query_val *b)
{
	struct query_val va, vb;
	const void *pa = NULL, *pb = NULL;
	const char *key;
	bool more, others;
	int r;

	do {
		more = qi->qi_next(qi->qi_arg, a, &pa, &key, &va);
		others = qi->qi_next(qi->qi_arg, b, &pb, &key, &vb);
		if (!more || !others)
			return (more ? 1 : others ? -1 : 0);
		r = query_order_python(qi, &va, &vb);
	} while (r == 0);
	return (r);
}

int
query_order_python(const struct query_items *qi, const struct query_val *a,
    const struct query_val *b)
{
	if (order_number(a) && order_number(b))
		return (order_numbers(a, b));
	if (a->v_type != b->v_type)
		return (QUERY_NO_ORDER);
	switch (a->v_type) {
	case QV_TEXT:
		return (
		    query_text_order(a->v_text, a->v_len, b->v_text, b->v_len));
	case QV_LIST:
		return (order_lists(qi, a, b));
	case QV_OBJECT:
		return (order_objects(qi, a, b));
	default:
		return (0);
	}
}

bool
query_order_holds(enum query_op op, int r)
{
	switch (op) {
	case QO_EQ:
		return (r == 0);
	case QO_NE:
		return (r != 0);
	case QO_LT:
		return (r < 0);
	case QO_GT:
		return (r > 0);
	default:
		return (false);
	}
}
