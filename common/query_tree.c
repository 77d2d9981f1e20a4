/* SPDX-License-Identifier: ISC */
/*
 * Conditions from tokens: see query_tree.h. The grammar is that part of SQL's
 * which the original's text can be; where it would be no SQL, the code is the
 * one with which the database's daemon refuses it.
 */
#include <sys/types.h>

#include <stdlib.h>

#include "common/query_tree.h"

struct parser {
	const struct query_token *p_at, *p_end;
	struct query *p_query;
	struct query_error *p_error;
	unsigned int p_depth;
};

static int tree_or(struct parser *, struct query_node **);

void
query_tree_add(
    struct query_tokens *ts, enum query_word word, struct query_node *node)
{
	struct query_token *v;
	size_t cap;

	if (ts->ts_failed)
		return;
	if (ts->ts_n == ts->ts_cap) {
		cap = ts->ts_cap == 0 ? 64 : ts->ts_cap * 2;
		v = reallocarray(ts->ts_v, cap, sizeof(*v));
		if (v == NULL) {
			ts->ts_failed = true;
			return;
		}
		ts->ts_v = v;
		ts->ts_cap = cap;
	}
	ts->ts_v[ts->ts_n].qt_word = word;
	ts->ts_v[ts->ts_n++].qt_node = node;
}

void
query_tree_free(struct query_tokens *ts)
{
	free(ts->ts_v);
	ts->ts_v = NULL;
	ts->ts_n = ts->ts_cap = 0;
}

static bool
tree_is(struct parser *p, enum query_word word)
{
	if (p->p_at == p->p_end || p->p_at->qt_word != word)
		return (false);
	p->p_at++;
	return (true);
}

static int
tree_primary(struct parser *p, struct query_node **node_r)
{
	if (p->p_at == p->p_end)
		return (query_fail(p->p_error, 2003, "%s", ""));
	if (p->p_at->qt_word == QW_LEAF) {
		*node_r = p->p_at++->qt_node;
		return (0);
	}
	if (!tree_is(p, QW_OPEN))
		return (query_fail(p->p_error, 2003, "%s", ""));
	if (++p->p_depth > QUERY_LEVELS)
		return (query_fail(p->p_error, 1407, "%s", ""));
	if (tree_or(p, node_r) == -1)
		return (-1);
	p->p_depth--;
	if (!tree_is(p, QW_CLOSE))
		return (query_fail(p->p_error, 2003, "%s", ""));
	return (0);
}

/*
 * A row of parts with the word between them, joined under one node. Parts that
 * hold for all rows are left out of it, whichever the word: a clause without
 * effect is as good as none.
 */
static int
tree_row(struct parser *p, enum query_word word, enum query_kind kind,
    int (*part)(struct parser *, struct query_node **),
    struct query_node **node_r)
{
	struct query_node *one, *row = NULL, **last = NULL;

	*node_r = NULL;
	do {
		if (part(p, &one) == -1)
			return (-1);
		if (one == NULL)
			continue;
		if (*node_r == NULL) {
			*node_r = one;
			continue;
		}
		if (row == NULL) {
			row = query_alloc(p->p_query, sizeof(*row));
			if (row == NULL)
				return (query_fail(p->p_error, 1000, "%s", ""));
			row->qn_kind = kind;
			row->qn_child = *node_r;
			last = &row->qn_child->qn_next;
			*node_r = row;
		}
		*last = one;
		last = &one->qn_next;
	} while (tree_is(p, word));
	return (0);
}

static int
tree_and(struct parser *p, struct query_node **node_r)
{
	return (tree_row(p, QW_AND, QN_AND, tree_primary, node_r));
}

static int
tree_or(struct parser *p, struct query_node **node_r)
{
	return (tree_row(p, QW_OR, QN_OR, tree_and, node_r));
}

int
query_tree_build(const struct query_tokens *ts, struct query *q,
    struct query_node **node_r, struct query_error *qe)
{
	struct parser p = { .p_query = q, .p_error = qe };

	*node_r = NULL;
	if (ts->ts_failed)
		return (query_fail(qe, 1000, "%s", ""));
	if (ts->ts_n == 0)
		return (0);
	p.p_at = ts->ts_v;
	p.p_end = ts->ts_v + ts->ts_n;
	if (tree_or(&p, node_r) == -1)
		return (-1);
	if (p.p_at != p.p_end)
		return (query_fail(qe, 2003, "%s", ""));
	return (0);
}
