/* SPDX-License-Identifier: ISC */
/*
 * What a query is made of: for query_*.c, dapi/query_sql.c and their tests.
 * All of it is const once parsed, and lives as long as the query.
 */
#ifndef COMMON_QUERY_PARTS_H
#define COMMON_QUERY_PARTS_H

#include "common/query.h"
#include "common/query_pool.h"

enum query_op { QO_EQ, QO_NE, QO_LT, QO_GT, QO_LIKE, QO_BAD };

/* --- db: a condition is a tree, of SQL's three values ----------------- */

enum query_kind {
	QN_AND, QN_OR, QN_NOT,	/* of their children */
	QN_COMPARE,		/* field op text, letters alike (NOCASE) */
	QN_LIKE,		/* field LIKE text */
	QN_MEMBER,		/* ',' field ',' LIKE text */
	QN_NULL,		/* field is NULL */
	QN_DATE,		/* field op number, field not NULL, id not 0 */
	QN_FILLED,		/* field neither NULL nor '' */
	QN_SEARCH		/* some field LIKE text */
};

struct query_node {
	enum query_kind	 qn_kind;
	enum query_op	 qn_op;
	const struct query_field *qn_field;
	const char	*qn_text;	/* NUL-ended too */
	size_t		 qn_len;
	const char	*qn_id;		/* QN_SEARCH: for QF_NUMBERED */
	bool		 qn_unknown;	/* QN_DATE: no such day, so NULL */
	int64_t		 qn_when;	/* QN_DATE: seconds since the epoch */
	struct query_node *qn_child, *qn_next;
};

/* --- array: alternatives, each a row of clauses that all have to hold -- */

struct query_clause {
	bool		 qc_bad;	/* 1407 when it is looked at */
	bool		 qc_or;		/* the first of an alternative */
	enum query_op	 qc_op;		/* QO_BAD: 1407 when compared */
	const char	*qc_field;	/* NUL-ended "a.b.c" */
	const char	*qc_text;	/* the value; of a bad one the clause */
	size_t		 qc_len;
	bool		 qc_int;	/* text is a number: */
	int64_t		 qc_number;	/* beyond 64 bits its nearest */
	bool		 qc_date;	/* text is a date: */
	int64_t		 qc_micros;	/* microseconds since the epoch */
};

struct query {
	const struct query_map *q_map;
	struct query_pool q_pool;
	/* db */
	struct query_node *q_where;	/* NULL: every row */
	size_t		*q_show;	/* fields of the map, ascending */
	size_t		 q_nshow;
	const struct query_field **q_order;	/* never empty */
	bool		 q_group;
	/* array */
	struct query_clause *q_clauses;
	size_t		 q_nclauses;
	struct query_filter *q_filters;
	size_t		 q_nfilters;
	const char	*q_search;	/* lower-cased; NULL: none */
	bool		 q_negated;
	const char	**q_sort;
	const char	**q_select;
	size_t		 q_nselect;
	/* both */
	size_t		 q_norder;	/* of q_order or q_sort */
	bool		 q_desc;
	bool		 q_distinct;
	int64_t		 q_offset;
	int64_t		 q_limit;	/* QUERY_NOLIMIT: everything */
};

/* --- query.c ----------------------------------------------------------- */

/* Zeroed memory that lives as long as the query, or NULL. */
void	*query_alloc(struct query *, size_t);
/* A copy of n bytes with a NUL behind, likewise. */
char	*query_copy(struct query *, const char *, size_t n);
const struct query_field *query_find(const struct query_map *, const char *,
	    size_t len);
/* Fill in the error; the text is cut where it is too long. Returns -1. */
int	query_fail(struct query_error *, uint16_t code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/*
 * The same, with what the client may name: "BEFORE NAMES. AFTER TEXT", of the
 * fields that have one of the flags, sorted as the original does.
 */
int	query_fail_names(struct query_error *, uint16_t code,
	    const struct query_map *, unsigned int flags, const char *before,
	    const char *after, const char *text, size_t len);
/* db: is this field of the map shown? */
bool	query_shows(const struct query *, const struct query_field *);
/* Do offset and limit hold? 0 or -1 with 1400, 1401, 1405 or 1406. */
int	query_check_page(const struct query *, struct query_error *);

#endif
