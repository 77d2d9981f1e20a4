/* SPDX-License-Identifier: ISC */
/*
 * What the tests of queries share: rows in SQLite and in memory, both
 * evaluators, and answers as text that can be compared.
 */
#ifndef TESTS_QUERY_RIG_H
#define TESTS_QUERY_RIG_H

#include <json-c/json_object.h>
#include <sqlite3.h>

#include "common/query_mem.h"
#include "dapi/query_sql.h"

#define RIG_NOW		1700000000	/* 2023-11-14T22:13:20Z */
#define RIG_ARGS	16	/* filters of a query */
#define RIG_WORDS	64	/* names or values in a list */

/* --- arguments as text: "q=a=1", "sort=-id", "f:status=a|b" ------------ */

struct rig_args {
	struct query_args ra_args;
	struct query_filter ra_filter[RIG_ARGS];
	const char	*ra_word[RIG_ARGS + 1][RIG_WORDS];
	char		*ra_text[RIG_ARGS * 2];	/* owned */
	size_t		 ra_ntext;
};

void	rig_args_init(struct rig_args *);
void	rig_args_free(struct rig_args *);
/*
 * Set one; 0 or -1: unknown. Also "search=", "select=a,b", "distinct=1",
 * "group=1", "offset=", "limit=" ("limit=" alone: none), "older=", "fixed=",
 * "g:NAME=TEXT" for a filter that is text.
 */
int	rig_args_set(struct rig_args *, const char *);
/* name and value apart. */
int	rig_args_pair(struct rig_args *, const char *name, const char *value);

/* --- rows of a database ------------------------------------------------ */

struct rig_rows {
	const struct query_map *rr_map;
	const size_t	*rr_col;	/* field of each column */
	size_t		 rr_ncol, rr_n, rr_cap;
	struct query_val *rr_v;		/* text is owned */
};

void	rig_rows_free(struct rig_rows *);
struct query_items rig_rows_items(const struct rig_rows *);

struct rig_table {
	sqlite3		*rt_db;
	const struct query_map *rt_map;
	struct query_base rt_base;
	struct rig_rows	 rt_rows;	/* all of them, all fields */
	size_t		*rt_fields;
};

/* Run the statements in a new database in memory; dies if one fails. */
sqlite3	*rig_db(const char *const *sql);
/* Read all rows of the base under the map. */
void	rig_table_open(struct rig_table *, sqlite3 *,
	    const struct query_map *, const struct query_base *);
void	rig_table_close(struct rig_table *);	/* not the database */

/* --- answers ----------------------------------------------------------- */

/*
 * The fields that a query shows by their names, whatever the map's order; no
 * more than "id" where that is one and nothing is grouped. How many.
 */
size_t	rig_fields(const struct query *, const struct query_map *, bool group,
	    size_t field_r[RIG_WORDS]);
/*
 * "1;2;3/3": ids of the rows shown and the total. Without an id the fields of
 * rig_fields() with '|' between them, '-' for NULL; of groups "*N" behind. Or
 * "=1407".
 */
struct buf;
void	rig_run_sql(const struct rig_table *, const struct query_args *,
	    struct buf *out);
void	rig_run_mem(const struct rig_table *, const struct query_args *,
	    struct buf *out);
/* An array: ids, or with select, or where there is none, JSON. */
void	rig_run_array(const struct query_map *, struct json_object *,
	    const struct query_args *, struct buf *out);

/* The whole of a file (gzip or plain) with a NUL behind, or NULL. */
char	*rig_slurp(const char *path);

#endif
