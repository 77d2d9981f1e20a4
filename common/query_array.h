/* SPDX-License-Identifier: ISC */
/* The dialect QUERY_ARRAY. For query.c and query_mem.c. */
#ifndef COMMON_QUERY_ARRAY_H
#define COMMON_QUERY_ARRAY_H

#include "common/query_mem.h"
#include "common/query_parts.h"

/* Take apart q, search and filters. 0, or -1 with 1407 or 1000. */
int	query_array_parse(struct query *, const struct query_args *,
	    struct query_error *);
/* Fill the page, whose qp_item has room for all. 0 or -1 with the error. */
int	query_array_run(const struct query *, const struct query_items *,
	    struct query_page *, struct query_error *);

/* --- query_clause.c ---------------------------------------------------- */

/* q as clauses. 0, or -1 with 1407 (too long) or 1000. */
int	query_clause_parse(struct query *, const char *, struct query_error *);
/* Does the item hold q? 1 or 0, or -1 with 1407. */
int	query_clause_match(const struct query *, const struct query_items *,
	    const struct query_val *item, struct query_error *);

/* --- query_select.c ---------------------------------------------------- */

/* Are the selected names allowed? 0 or -1 with 1724. */
int	query_select_check(const struct query *, struct query_error *);
/* Does the item have anything of what is selected? */
bool	query_select_any(const struct query *, const struct query_items *,
	    const struct query_val *item);
/* What is shown of the item, as query_seen_text() does. */
void	query_select_text(const struct query *, const struct query_items *,
	    const struct query_val *item, struct buf *);

/* --- query_mem.c ------------------------------------------------------- */

/* Apply offset and limit, which were checked. */
void	query_page_cut(const struct query *, struct query_page *);

#endif
