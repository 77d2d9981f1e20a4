/* SPDX-License-Identifier: ISC */
/*
 * Queries of the dialect QUERY_DB as SQL. The text is made of what the field
 * map and the base hold, both constant text of ours, and of ?1, ?2, ...; what
 * a client sent only ever becomes a value.
 */
#ifndef DAPI_QUERY_SQL_H
#define DAPI_QUERY_SQL_H

#include <stddef.h>

#include "common/buffer.h"
#include "common/query.h"
#include "dapi/store.h"

/* What a query runs over; all borrowed. */
struct query_base {
	/* "agent", or tables and their joins. */
	const char	*qb_from;
	/*
	 * What has to hold besides, NULL for nothing: the condition that keeps
	 * a caller to what is permitted, such as
	 * "id IN (SELECT value FROM json_each(?1))" or a sub-select on belongs.
	 * It uses ?1 to ?N for its values, and the query cannot widen it.
	 */
	const char	*qb_where;
	const struct store_val *qb_val;
	size_t		 qb_nval;
	/*
	 * The rows that qb_where leaves out, with the same values, where finding
	 * those is less work than finding the others; NULL: it is not. Counts
	 * what no other condition limits.
	 */
	const char	*qb_less;
	/*
	 * A column whose values differ in each row and order them where sort
	 * does not; NULL: rows come as they are.
	 */
	const char	*qb_key;
};

enum query_form {
	QUERY_ROWS,		/* the page */
	QUERY_COUNT		/* one number: total_affected_items */
};

/* A statement and its values, for store_run(). */
struct query_sql {
	struct buf	 qs_text;	/* NUL-ended */
	struct store_val *qs_val;
	size_t		 qs_nval, qs_cap;
};

/*
 * Write the statement. The columns of QUERY_ROWS are the fields that
 * query_fields() tells, in that order, and one more in a grouped query: how
 * many rows are behind this one. Values are borrowed from the query and the
 * base. 0, or -1 without memory; free it in either case.
 */
int	query_sql_make(struct query_sql *, const struct query *,
	    const struct query_base *, enum query_form);
void	query_sql_free(struct query_sql *);

#endif
