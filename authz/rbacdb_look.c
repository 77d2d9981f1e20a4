/* SPDX-License-Identifier: ISC */
/* A look at rbac.db, beside a server that works on it. */
#include <sys/types.h>

#include "authz/rbac.h"
#include "authz/rbacdb_schema.h"
#include "authz/rbacdb_sql.h"

#define LOOK_WAIT 2000 /* ms for a lock: nobody else waits for us */

struct rbac *
rbacdb_look(const char *path, enum rbacdb_error *err_r)
{
	struct rbacdb db = { .db_sql = NULL };
	struct rbac *rb = NULL;
	int64_t version;
	int rc;

	rc = sqlite3_open_v2(path, &db.db_sql,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
	        SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
	    NULL);
	*err_r = rbacdb_error(db.db_sql, rc);
	if (*err_r == RBACDB_OK) {
		sqlite3_busy_timeout(db.db_sql, LOOK_WAIT);
		*err_r = rbacdb_int(db.db_sql, "PRAGMA user_version", &version);
	}
	if (*err_r == RBACDB_OK && version != SCHEMA_VERSION)
		*err_r =
		    version > SCHEMA_VERSION ? RBACDB_VERSION : RBACDB_OTHER;
	if (*err_r == RBACDB_OK)
		rb = rbacdb_snapshot(&db, err_r);
	sqlite3_close(db.db_sql);
	return (rb);
}
