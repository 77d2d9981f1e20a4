/* SPDX-License-Identifier: ISC */
/*
 * Listings from the store: the arguments that listings share become a query,
 * its rows become items. One function for every row of the endpoint table
 * that shows a table of a database.
 */
#ifndef DAPI_FW_QUERY_H
#define DAPI_FW_QUERY_H

#include <stddef.h>

#include "common/call.h"
#include "common/query.h"
#include "common/result.h"
#include "dapi/query_sql.h"
#include "dapi/store.h"

#define FW_FILTERS	24	/* most filters of a row */

/* A query's arguments as a call has them; zero it, fill, keep the call. */
struct fw_query {
	struct query_args fq_args;
	struct query_filter fq_filter[FW_FILTERS];
	const char	*fq_value[FW_FILTERS];	/* of filters with one value */
};

/*
 * Read q, search, sort, select, distinct, offset, limit and older_than of the
 * call, and the filters named in names (ends with NULL). Texts stay borrowed
 * from the call and from *fq.
 */
void	fw_query_read(struct fw_query *fq, const struct call *,
	    const char *const *names);

/*
 * Run a query of dialect db and write its rows as affected items; total is
 * what the query finds without its page. 0; or -1, with the result made a
 * problem.
 */
int	fw_query_items(struct store *, const struct query_map *,
	    const struct query_args *, const struct query_base *,
	    struct result *);

/*
 * The same rows as members of an array that is open in the result's writer,
 * without counting; absent text as "N/A" where blank says so, and the size of
 * each group as "count" in a grouped query.
 */
int	fw_query_array(struct store *, const struct query_map *,
	    const struct query_args *, const struct query_base *,
	    struct result *, bool blank);

/*
 * The numbers in the field "id" of all rows that a query finds, ascending;
 * select, sort and page of the arguments do not count. The caller frees
 * *ids_r. 0; or -1, with the result made a problem.
 */
int	fw_query_ids(struct store *, const struct query_map *,
	    const struct query_args *, const struct query_base *,
	    struct result *, uint32_t **ids_r, size_t *n_r);

#endif
