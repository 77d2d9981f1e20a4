/* SPDX-License-Identifier: ISC */
/* Sorting for both dialects. For query_*.c. */
#ifndef COMMON_QUERY_ORDER_H
#define COMMON_QUERY_ORDER_H

#include "common/query_mem.h"
#include "common/query_parts.h"

/* -1, 0 or 1 of two indices, or QUERY_NO_ORDER. */
#define QUERY_NO_ORDER	2
typedef int (*query_order_fn)(const void *arg, size_t, size_t);

/*
 * Sort n indices; equal ones keep their order, descending too. 0; 1 when two
 * of them have no order, v is then as it was; -1 without memory.
 */
int	query_order_sort(size_t *v, size_t n, bool desc, query_order_fn,
	    const void *arg);

/* Two values as SQLite orders them: NULL, numbers, text byte by byte. */
int	query_order_sqlite(const struct query_val *, const struct query_val *);

/* Does a comparison that came out as r hold? Of QO_LIKE and QO_BAD none does. */
bool	query_order_holds(enum query_op, int r);
/* As Python's "<" and "==" do; QUERY_NO_ORDER where "<" raises TypeError. */
int	query_order_python(const struct query_items *,
	    const struct query_val *, const struct query_val *);
/* An integer and a real number, exactly. */
int	query_order_mixed(int64_t, double);

#endif
