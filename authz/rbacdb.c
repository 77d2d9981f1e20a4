/* SPDX-License-Identifier: ISC */
/* Opening rbac.db and the changes to it. */
#include <sys/types.h>

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rbacdb_schema.h"
#include "authz/rbacdb_sql.h"

const char *
rbacdb_strerror(enum rbacdb_error err)
{
	switch (err) {
	case RBACDB_OK:
		return ("no error");
	case RBACDB_NOMEM:
		return ("rbac.db: out of memory");
	case RBACDB_BUSY:
		return ("rbac.db is locked by another program");
	case RBACDB_FULL:
		return ("rbac.db: no space left on its disk");
	case RBACDB_IO:
		return ("rbac.db: reading or writing failed");
	case RBACDB_CORRUPT:
		return ("rbac.db is damaged or not a database");
	case RBACDB_VERSION:
		return ("rbac.db was made by a newer version");
	case RBACDB_MISSING:
		return ("rbac.db has no such entry, or does not exist");
	case RBACDB_DENIED:
		return ("rbac.db: permission denied");
	case RBACDB_OTHER:
		break;
	}
	return ("rbac.db was made by another program");
}

/*
 * Is it a database that we understand? RBACDB_OTHER: not as it is; *older_r: it
 * may be one of an older version. *empty_r: there is nothing in it.
 */
static enum rbacdb_error
rbacdb_check(sqlite3 *sql, bool *empty_r, bool *older_r)
{
	enum rbacdb_error err;
	int64_t version, tables;

	*empty_r = *older_r = false;
	err = rbacdb_int(sql, "PRAGMA user_version", &version);
	if (err != RBACDB_OK)
		return (err);
	if (version > SCHEMA_VERSION)
		return (RBACDB_VERSION);
	if (version == SCHEMA_VERSION)
		return (RBACDB_OK);
	err = rbacdb_int(sql, "SELECT count(*) FROM sqlite_master", &tables);
	if (err != RBACDB_OK)
		return (err);
	*empty_r = version == 0 && tables == 0;
	*older_r = !*empty_r;
	return (*empty_r ? RBACDB_MISSING : RBACDB_OTHER);
}

/* A connection to a file that has been checked. */
static sqlite3 *
rbacdb_attach(const char *path, bool *empty_r, enum rbacdb_error *err_r)
{
	sqlite3 *sql;
	bool older;

	*empty_r = false;
	sql = rbacdb_connect(path, err_r);
	if (sql == NULL)
		return (NULL);
	*err_r = rbacdb_check(sql, empty_r, &older);
	if (older) {
		*err_r = rbacdb_migrate(sql, path);
		sqlite3_close(sql);
		sql = *err_r == RBACDB_OK ? rbacdb_connect(path, err_r) : NULL;
		if (sql == NULL)
			return (NULL);
		*err_r = rbacdb_check(sql, empty_r, &older);
	}
	/* Going back to the original needs its journal mode. */
	if (*err_r == RBACDB_OK && sqlite3_db_readonly(sql, "main") == 0)
		*err_r = rbacdb_run(sql, "PRAGMA journal_mode=DELETE", "");
	if (*err_r == RBACDB_OK)
		return (sql);
	sqlite3_close(sql);
	return (NULL);
}

struct rbacdb *
rbacdb_open(
    const char *path, const char *const passwords[2], enum rbacdb_error *err_r)
{
	struct rbacdb *db;
	struct stat st;
	bool empty;

	*err_r = RBACDB_NOMEM;
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return (NULL);
	db->db_path = strdup(path);
	if (db->db_path == NULL) {
		rbacdb_close(&db);
		return (NULL);
	}
	*err_r = RBACDB_MISSING;
	empty = stat(path, &st) == -1 && errno == ENOENT;
	if (!empty)
		db->db_sql = rbacdb_attach(path, &empty, err_r);
	if (empty && passwords != NULL) {
		*err_r = rbacdb_create(path, passwords);
		if (*err_r == RBACDB_OK)
			db->db_sql = rbacdb_attach(path, &empty, err_r);
	}
	if (db->db_sql == NULL)
		rbacdb_close(&db);
	return (db);
}

void
rbacdb_close(struct rbacdb **dbp)
{
	struct rbacdb *db = *dbp;

	if (db == NULL)
		return;
	*dbp = NULL;
	sqlite3_close(db->db_sql);
	free(db->db_path);
	free(db);
}

enum rbacdb_error
rbacdb_follow(struct rbacdb *db)
{
	enum rbacdb_error err;
	sqlite3 *sql;
	bool empty;
	int moved = 0;

	if (db->db_begun)
		return (RBACDB_OK);
	if (sqlite3_file_control(db->db_sql, "main", SQLITE_FCNTL_HAS_MOVED,
	        &moved) != SQLITE_OK ||
	    moved == 0)
		return (RBACDB_OK);
	sql = rbacdb_attach(db->db_path, &empty, &err);
	if (sql == NULL)
		return (err);
	sqlite3_close(db->db_sql);
	db->db_sql = sql;
	db->db_epoch++;
	return (RBACDB_OK);
}

uint64_t
rbacdb_version(struct rbacdb *db)
{
	int64_t data;

	if (rbacdb_follow(db) == RBACDB_OK &&
	    rbacdb_int(db->db_sql, "PRAGMA data_version", &data) == RBACDB_OK)
		db->db_data = (uint32_t)data;
	return ((uint64_t)db->db_epoch << 32 | db->db_data);
}

enum rbacdb_error
rbacdb_set_password(struct rbacdb *db, const char *user, const char *encoded)
{
	enum rbacdb_error err;

	err = rbacdb_follow(db);
	if (err == RBACDB_OK)
		err = rbacdb_run(db->db_sql,
		    "UPDATE users SET password = ? WHERE username = ?", "ss",
		    encoded, user);
	if (err == RBACDB_OK && sqlite3_changes(db->db_sql) == 0)
		err = RBACDB_MISSING;
	return (err);
}
