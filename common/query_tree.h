/* SPDX-License-Identifier: ISC */
/*
 * Conditions of the dialect QUERY_DB, from tokens in the order in which the
 * original writes its SQL. For query_*.c.
 */
#ifndef COMMON_QUERY_TREE_H
#define COMMON_QUERY_TREE_H

#include "common/query_parts.h"

enum query_word { QW_LEAF, QW_OPEN, QW_CLOSE, QW_AND, QW_OR };

struct query_token {
	enum query_word	 qt_word;
	struct query_node *qt_node;	/* QW_LEAF; NULL: holds for all rows */
};

struct query_tokens {
	struct query_token *ts_v;
	size_t		 ts_n, ts_cap;
	bool		 ts_failed;	/* no memory; sticky */
};

void	query_tree_add(struct query_tokens *, enum query_word,
	    struct query_node *);
void	query_tree_free(struct query_tokens *);
/*
 * The condition that the tokens spell: AND binds closer than OR. 0 and
 * *node_r (NULL: no condition), or -1 with 2003, 1407 (too deep) or 1000.
 */
int	query_tree_build(const struct query_tokens *, struct query *,
	    struct query_node **node_r, struct query_error *);

#endif
