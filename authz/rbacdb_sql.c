/* SPDX-License-Identifier: ISC */
/* Statements on rbac.db, and what sqlite's errors mean to an administrator. */
#include <sys/types.h>

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "authz/rbacdb_sql.h"

#define SQL_VALUE_MAX (16 * 1024 * 1024) /* bytes of one value */

/* A disk that is full must not be called anything else. */
enum rbacdb_error
rbacdb_error_system(int code)
{
	switch (code) {
	case ENOSPC:
	case EDQUOT:
		return (RBACDB_FULL);
	case EACCES:
	case EPERM:
	case EROFS:
		return (RBACDB_DENIED);
	case ENOENT:
		return (RBACDB_MISSING);
	case ENOMEM:
		return (RBACDB_NOMEM);
	default:
		return (RBACDB_IO);
	}
}

enum rbacdb_error
rbacdb_error(sqlite3 *sql, int rc)
{
	int code = sql == NULL ? 0 : sqlite3_system_errno(sql);

	if (rc == SQLITE_IOERR_NOMEM)
		return (RBACDB_NOMEM);
	if (rc == SQLITE_IOERR_CORRUPTFS)
		return (RBACDB_CORRUPT);
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return (RBACDB_OK);
	case SQLITE_NOMEM:
		return (RBACDB_NOMEM);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return (RBACDB_BUSY);
	case SQLITE_FULL:
		return (RBACDB_FULL);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return (RBACDB_CORRUPT);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return (RBACDB_DENIED);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return (rbacdb_error_system(code));
	default:
		return (RBACDB_OTHER);
	}
}

sqlite3 *
rbacdb_connect(const char *path, enum rbacdb_error *err_r)
{
	static const char *const settings[] = {
		"PRAGMA temp_store=MEMORY", "PRAGMA mmap_size=0",
		"PRAGMA foreign_keys=OFF", /* as the original has it */
	};
	sqlite3 *sql = NULL;
	size_t i;
	int rc;

	rc = sqlite3_open_v2(path, &sql,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	        SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
	    NULL);
	*err_r = rbacdb_error(sql, rc);
	if (rc == SQLITE_OK) {
		/* Whoever waits for a lock is not to hold up everyone. */
		sqlite3_busy_timeout(sql, 0);
		sqlite3_limit(sql, SQLITE_LIMIT_LENGTH, SQL_VALUE_MAX);
		sqlite3_limit(sql, SQLITE_LIMIT_ATTACHED, 0);
		sqlite3_db_config(
		    sql, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
		sqlite3_db_config(sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		sqlite3_db_config(sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	}
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (*err_r == RBACDB_OK)
			*err_r = rbacdb_run(sql, settings[i], "");
	if (*err_r == RBACDB_OK)
		return (sql);
	sqlite3_close(sql);
	return (NULL);
}

static int
rbacdb_bind(sqlite3_stmt *stmt, const char *types, va_list ap)
{
	int i, rc = SQLITE_OK;

	for (i = 0; types[i] != '\0' && rc == SQLITE_OK; i++) {
		if (types[i] == 'i')
			rc = sqlite3_bind_int64(
			    stmt, i + 1, va_arg(ap, int64_t));
		else
			rc = sqlite3_bind_text(stmt, i + 1,
			    va_arg(ap, const char *), -1, SQLITE_STATIC);
	}
	return (rc);
}

/* A statement with its values. A code of sqlite; *stmt_r is finalized always. */
static int
rbacdb_prepare(sqlite3 *sql, const char *text, const char *types, va_list ap,
    sqlite3_stmt **stmt_r)
{
	int rc;

	*stmt_r = NULL;
	rc = sqlite3_prepare_v2(sql, text, -1, stmt_r, NULL);
	return (rc == SQLITE_OK ? rbacdb_bind(*stmt_r, types, ap) : rc);
}

enum rbacdb_error
rbacdb_run(sqlite3 *sql, const char *text, const char *types, ...)
{
	enum rbacdb_error err;
	sqlite3_stmt *stmt;
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = rbacdb_prepare(sql, text, types, ap, &stmt);
	va_end(ap);
	if (rc == SQLITE_OK) {
		do {
			rc = sqlite3_step(stmt);
		} while (rc == SQLITE_ROW);
	}
	err = rbacdb_error(sql, rc);
	sqlite3_finalize(stmt);
	return (err);
}

enum rbacdb_error
rbacdb_int(sqlite3 *sql, const char *text, int64_t *value_r)
{
	enum rbacdb_error err;
	bool found;

	err = rbacdb_get(sql, text, &found, value_r, "");
	return (err == RBACDB_OK && !found ? RBACDB_OTHER : err);
}

enum rbacdb_error
rbacdb_get(sqlite3 *sql, const char *text, bool *found_r, int64_t *value_r,
    const char *types, ...)
{
	enum rbacdb_error err;
	sqlite3_stmt *stmt;
	va_list ap;
	int rc;

	*found_r = false;
	*value_r = 0;
	va_start(ap, types);
	rc = rbacdb_prepare(sql, text, types, ap, &stmt);
	va_end(ap);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		*found_r = true;
		*value_r = sqlite3_column_int64(stmt, 0);
	}
	err = rbacdb_error(sql, rc);
	sqlite3_finalize(stmt);
	return (err);
}

int
rbacdb_date(char out[RBACDB_DATE])
{
	struct timespec ts;
	struct tm tm;
	char day[RBACDB_DATE];

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1 ||
	    gmtime_r(&ts.tv_sec, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return (-1);
	return (snprintf(out, RBACDB_DATE, "%.19s.%06ld", day,
	            ts.tv_nsec / 1000) < RBACDB_DATE ?
	        0 :
	        -1);
}
