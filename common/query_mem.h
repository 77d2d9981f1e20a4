/* SPDX-License-Identifier: ISC */
/*
 * Queries run in memory, over items of any making. db: as SQLite would run
 * what dapi/query_sql.h writes. array: as the original's process_array() does,
 * in its order: filters, sort, search, q, select, distinct, page.
 */
#ifndef COMMON_QUERY_MEM_H
#define COMMON_QUERY_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/jsonw.h"
#include "common/query.h"

enum query_vtype {
	QV_NULL,
	QV_BOOL,		/* v_int */
	QV_INT,			/* v_int */
	QV_REAL,		/* v_real */
	QV_TEXT,		/* v_text, v_len; not always NUL-ended */
	QV_LIST,		/* v_node: the items' own */
	QV_OBJECT		/* v_node */
};

struct query_val {
	enum query_vtype v_type;
	int64_t		 v_int;
	double		 v_real;
	const char	*v_text;
	size_t		 v_len;
	const void	*v_node;
};

/*
 * The items. What the functions hand out stays valid until the items are
 * gone. Of db an item is an object with the values that the columns hold,
 * under the names of the fields ("os.name"); items ascend by what orders them
 * in the database where nothing else does, the id.
 */
struct query_items {
	size_t		 qi_n;
	const void	*qi_arg;
	void		(*qi_item)(const void *arg, size_t i,
			    struct query_val *);
	/* The member of an object; false: it has none of that name. */
	bool		(*qi_member)(const void *arg,
			    const struct query_val *, const char *key,
			    size_t len, struct query_val *);
	/*
	 * The next child of a list or object; *pos is NULL at the start and
	 * then the items' own; key NULL in lists. False: no more.
	 */
	bool		(*qi_next)(const void *arg, const struct query_val *,
			    const void **pos, const char **key_r,
			    struct query_val *);
};

/* What a query found: indices of items in the order to show them. */
struct query_page {
	size_t		*qp_item;
	size_t		 qp_n;
	uint64_t	*qp_count;	/* grouped: rows behind each item */
	uint64_t	 qp_total;	/* without offset and limit */
};

/*
 * Run a query of either dialect. 0 and the page, to be freed; or -1 with the
 * error: of QUERY_ARRAY 1407, 1403, 1724, 1400, 1401, 1405, 1406, of both 1000
 * without memory. QUERY_DB sorts versions as query_resorts() tells.
 */
int	query_run(const struct query *, const struct query_items *,
	    struct query_page *, struct query_error *);
void	query_page_free(struct query_page *);

/*
 * db: the order in which to show the rows of a page that came from SQL, if
 * query_resorts(); order_r has room for qi_n. 0, or -1 without memory.
 */
int	query_db_resort(const struct query *, const struct query_items *,
	    size_t *order_r);

/*
 * array: write an item as JSON, or of it what the query selected. Strings
 * that are not UTF-8 are mended (json.h); errors are sticky in the writer.
 */
void	query_write(const struct query *, const struct query_items *, size_t i,
	    struct jsonw *);

#endif
