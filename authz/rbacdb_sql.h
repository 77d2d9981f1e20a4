/* SPDX-License-Identifier: ISC */
/* What the parts of rbacdb share: the connection and its statements. */
#ifndef AUTHZ_RBACDB_SQL_H
#define AUTHZ_RBACDB_SQL_H

#include <sqlite3.h>
#include <stdint.h>

#include "authz/rbacdb.h"

struct rbacdb {
	sqlite3		*db_sql;
	char		*db_path;
	uint32_t	 db_epoch;	/* times that the file was replaced */
	uint32_t	 db_data;	/* last PRAGMA data_version */
};

/* What a result code of sqlite means; the connection may be NULL. */
enum rbacdb_error rbacdb_error(sqlite3 *, int rc);

/* The same of an errno. */
enum rbacdb_error rbacdb_error_system(int code);

/* Open an existing file with our settings. NULL with *err_r. */
sqlite3	*rbacdb_connect(const char *path, enum rbacdb_error *err_r);

/*
 * Run one statement to its end. types has a letter for each parameter: 'i' an
 * int64_t, 's' a NUL-ended text.
 */
enum rbacdb_error rbacdb_run(sqlite3 *, const char *sql, const char *types,
	    ...);

/* The first column of the first row of a statement without parameters. */
enum rbacdb_error rbacdb_int(sqlite3 *, const char *sql, int64_t *value_r);

/* Make a new file at path, whole or not at all. */
enum rbacdb_error rbacdb_create(const char *path,
	    const char *const passwords[2]);

/* Is another file there by now? Then open that. */
enum rbacdb_error rbacdb_follow(struct rbacdb *);

#endif
