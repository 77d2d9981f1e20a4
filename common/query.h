/* SPDX-License-Identifier: ISC */
/*
 * Queries: the arguments of a listing (q, search, sort, select, distinct,
 * offset, limit and filters), parsed once. A row speaks one of two dialects,
 * which differ in case, parentheses, precedence and errors, and clients see
 * it: facts/data/framework.md 0.3 to 0.5, facts/api/validators.md 4 and 5.
 * dapi/query_sql.h turns a query into SQL; query_mem.h runs it in memory.
 */
#ifndef COMMON_QUERY_H
#define COMMON_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUERY_TEXT	16384	/* bytes of q, search or a value at most */
#define QUERY_CLAUSES	256	/* clauses of q at most */
#define QUERY_LEVELS	32	/* parentheses open at once at most */
#define QUERY_NAMES	256	/* names in sort or select at most */
#define QUERY_VALUES	4096	/* values of all filters at most */
#define QUERY_EXTRA	1024	/* bytes of an error's text */

#define QUERY_LIMIT	500	/* the limit where a client names none */
#define QUERY_LIMIT_MAX	100000
#define QUERY_NOLIMIT	INT64_MIN	/* qa_limit: everything */

enum query_dialect {
	QUERY_DB,		/* rows of a database */
	QUERY_ARRAY		/* collections in memory: rules, groups, ... */
};

/* How a row's column becomes JSON; INT to DATE_SET compare as numbers. */
enum query_type {
	QT_TEXT,
	QT_INT,
	QT_REAL,
	QT_ID,			/* a number, zero padded to three digits */
	QT_DATE,		/* seconds since the epoch, "...+00:00" */
	QT_DATE_SET,		/* the same, left out when 0 */
	QT_LIST,		/* text with commas, an array */
	QT_JSON			/* JSON as text: an object where it is one */
};

#define QF_SORT		0x0001	/* sort may name it */
#define QF_SELECT	0x0002	/* select may name it */
#define QF_SEARCH	0x0004	/* search looks into it */
#define QF_QUERY	0x0008	/* q and filters may name it */
#define QF_ALL		0x000f
#define QF_REQUIRED	0x0010	/* shown though not selected */
/* What follows is of the dialect QUERY_DB alone. */
#define QF_DATE		0x0020	/* q compares it with dates and spans */
#define QF_NOT_ZERO	0x0040	/* and only where the field "id" is not 0 */
#define QF_MEMBER	0x0080	/* QT_LIST: "=" finds one of its members */
#define QF_VERSION	0x0100	/* "Wazuh v4.14.9": see query_resorts() */
#define QF_NUMBERED	0x0200	/* search compares it with all of the text */
#define QF_ANY_VALUE	0x0400	/* "all" is a value like any other */
#define QF_BARE		0x0800	/* an expression: its type converts nothing */
#define QF_COUNT	0x1000	/* sort only: size of the group */

struct query_field {
	const char	*qf_name;	/* as the API has it: "os.name" */
	const char	*qf_sql;	/* column or expression; NULL for arrays */
	enum query_type	 qf_type;
	unsigned int	 qf_flags;
	/* Sort by the integers in these two fields instead; NULL: by itself. */
	const char	*qf_order[2];
};

#define QM_SORT_ANY	0x1	/* array: sort by any key of the first item */
#define QM_SELECT_ANY	0x2	/* array: select what the items have */
#define QM_SEARCH_ANY	0x4	/* array: search the whole item */
#define QM_ONE_FIELD	0x8	/* db: 1410 for more than one in select */

/* A resource. Constant; order of the fields is that of keys in answers. */
struct query_map {
	enum query_dialect qm_dialect;
	unsigned int	 qm_flags;
	const struct query_field *qm_fields;
	size_t		 qm_n;
	/* db: order where sort is absent; and what older_than adds to q, with
	 * '$' where its span goes. */
	const char	*qm_sort;
	bool		 qm_desc;
	const char	*qm_older;
};

/* An argument that names a field, with one value or several. */
struct query_filter {
	const char	*ql_name;
	const char	*const *ql_v;
	size_t		 ql_n;
	/* array: a text the item's value has to be part of, not a list that
	 * has to hold it. */
	bool		 ql_part;
};

/*
 * What came, all borrowed until query_parse() returns; UTF-8 (RFC 3629), NULL
 * or 0 where absent. Zero is a valid start but for qa_limit.
 */
struct query_args {
	const char	*qa_q;
	const char	*qa_fixed;	/* q of ours: both have to hold */
	const char	*qa_search;	/* "-" in front: what does not have it */
	const char	*qa_sort;	/* "-" or "+" in front of all names */
	const char	*const *qa_select;
	size_t		 qa_nselect;
	bool		 qa_distinct;
	bool		 qa_group;	/* db: group by the selected fields */
	int64_t		 qa_offset;
	int64_t		 qa_limit;	/* or QUERY_NOLIMIT */
	const char	*qa_older;	/* older_than */
	const struct query_filter *qa_filters;
	size_t		 qa_nfilters;
	int64_t		 qa_now;	/* seconds since the epoch */
};

struct args;

/*
 * Read q, search, sort, select, distinct, offset, limit and older_than of a
 * request, which they are borrowed from; all else is zero.
 */
void	query_args_read(struct query_args *, const struct args *);

/* A code of errors.h, and text to add to its message; often empty. */
struct query_error {
	uint16_t	 qe_code;
	char		 qe_extra[QUERY_EXTRA];
};

struct query;

/*
 * Parse. The map has to outlive the query. NULL with *qe: 1407 for q, or
 * anything beyond the limits above; for QUERY_DB in the original's order 1724,
 * 1410, 1408, 1409, 1411, 1412, 2003 (parentheses or separators that do not
 * fit), 1403, 1405, 1406, 1401, 1400. For QUERY_ARRAY these wait for
 * query_array_run(), because an empty collection is never an error. Code 1000
 * stands for no memory.
 */
struct query *query_parse(const struct query_map *, const struct query_args *,
	    struct query_error *);
void	query_free(struct query **);

/*
 * db: which fields of the map to show, ascending; query_sql.h selects them in
 * this order. Borrowed.
 */
const size_t	*query_fields(const struct query *, size_t *n_r);

/*
 * db: the original sorts by text, then sorts the page that it got once more,
 * by the numbers in versions, where those are shown. True if this query wants
 * that: query_db_resort().
 */
bool	query_resorts(const struct query *);

#endif
