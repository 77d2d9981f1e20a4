/* SPDX-License-Identifier: ISC */
/* The conditions of the dialect QUERY_DB. For query.c. */
#ifndef COMMON_QUERY_DB_H
#define COMMON_QUERY_DB_H

#include "common/query_parts.h"

/*
 * Make q_where from filters, fixed clauses, q, older_than, distinct (of the
 * fields that q_show has then) and search. 0 or -1 with the error.
 */
int	query_db_where(struct query *, const struct query_args *,
	    struct query_error *);

/* --- query_leaf.c ------------------------------------------------------ */

/*
 * One comparison as the original would write it, in *node_r; NULL there for a
 * value that stands for all. 0, or -1 with 1409, 1411, 1412, 1407 or 1000.
 */
int	query_leaf_make(struct query *, const struct query_field *,
	    enum query_op, const char *value, size_t len,
	    struct query_node **node_r, struct query_error *, int64_t now);
/* The condition of search, also where the text begins with '-'. */
int	query_leaf_search(struct query *, const char *text,
	    struct query_node **node_r, struct query_error *);
/* A node without a child, or NULL without memory. */
struct query_node *query_leaf_node(struct query *, enum query_kind,
	    const struct query_field *);

#endif
