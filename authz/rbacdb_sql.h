/* SPDX-License-Identifier: ISC */
/* What the parts of rbacdb share: the connection and its statements. */
#ifndef AUTHZ_RBACDB_SQL_H
#define AUTHZ_RBACDB_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "authz/rbacdb.h"

struct stat;

struct rbacdb {
	sqlite3		*db_sql;
	char		*db_path;
	uint32_t	 db_epoch;	/* times that the file was replaced */
	uint32_t	 db_data;	/* last PRAGMA data_version */
	bool		 db_begun;	/* between rbacdb_begin() and _end() */
	enum rbacdb_error db_failed;	/* the first error in between */
};

#define RBACDB_DATE	32		/* bytes of a time's text */

/* What a result code of sqlite means; the connection may be NULL. */
enum rbacdb_error rbacdb_error(sqlite3 *, int rc);

/* The same of an errno. */
enum rbacdb_error rbacdb_error_system(int code);

/* Open an existing file with our settings. NULL with *err_r. */
sqlite3	*rbacdb_connect(const char *path, enum rbacdb_error *err_r);

/*
 * Run one statement to its end. types has a letter for each parameter: 'i' an
 * int64_t, 's' a NUL-ended text; a text NULL is an SQL NULL.
 */
enum rbacdb_error rbacdb_run(sqlite3 *, const char *sql, const char *types,
	    ...);

/* The first column of the first row of a statement without parameters. */
enum rbacdb_error rbacdb_int(sqlite3 *, const char *sql, int64_t *value_r);

/*
 * The same with parameters as rbacdb_run() takes them. Without a row *found_r
 * becomes false and *value_r 0.
 */
enum rbacdb_error rbacdb_get(sqlite3 *, const char *sql, bool *found_r,
	    int64_t *value_r, const char *types, ...);

/* created_at of now: "YYYY-MM-DD HH:MM:SS.ffffff", UTC. 0 or -1. */
int	 rbacdb_date(char out[RBACDB_DATE]);

/* Everything, in the open transaction or one of its own. NULL with *err_r. */
struct rbac *rbacdb_read(sqlite3 *, enum rbacdb_error *err_r);

/* Rows of one's own, in the transaction that makes a new file. */
typedef enum rbacdb_error (*rbacdb_more)(sqlite3 *, void *arg);

/*
 * Make path.new with the schema, the defaults and, unless NULL, more rows, and
 * see that it can be read; then it is all on the disk. like: a file whose owner
 * and mode it gets; NULL: who runs, 0640. After an error it is gone again.
 */
enum rbacdb_error rbacdb_create_new(const char *path,
	    const char *const passwords[2], rbacdb_more, void *arg,
	    const struct stat *like);

/* Give path.new the name. After an error path.new is gone. */
enum rbacdb_error rbacdb_create_place(const char *path);

/* An empty file path + suffix, which was not there or is removed, as above. */
enum rbacdb_error rbacdb_create_file(const char *path, const char *suffix,
	    const struct stat *like);
/* Remove path + suffix and its journal. 0; -1 where one is there and stays. */
int	 rbacdb_create_remove(const char *path, const char *suffix);

/* Both together: a new file at path, whole or not at all. */
enum rbacdb_error rbacdb_create(const char *path,
	    const char *const passwords[2]);

/*
 * Make an older file one of our version; old is a connection to it. The old
 * one stays beside it as path.bak-VERSION. RBACDB_OTHER: it is none of ours.
 * After an error, or killed, all is as it was but for files that the next
 * attempt replaces.
 */
enum rbacdb_error rbacdb_migrate(sqlite3 *old, const char *path);

/* Is another file there by now? Then open that, but not in a transaction. */
enum rbacdb_error rbacdb_follow(struct rbacdb *);

#endif
