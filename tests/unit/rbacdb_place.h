/* SPDX-License-Identifier: ISC */
/* A folder of its own with an rbac.db for each case of the rbacdb tests. */
#ifndef TESTS_UNIT_RBACDB_PLACE_H
#define TESTS_UNIT_RBACDB_PLACE_H

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/rbac.h"
#include "authz/rbacdb.h"
#include "authz/rbacdb_change.h"
#include "tests/unit/unit.h"

#define PLACE_TEXT	16384

static const char *const hashes[2] = { "scrypt:1:1:1$a$00", "scrypt:2:2:2$b$11" };

/* A folder of its own for each case. */
struct place {
	char	pl_dir[64];
	char	pl_db[96];
};

static inline void
place_make(struct place *pl)
{
	snprintf(pl->pl_dir, sizeof(pl->pl_dir), "/tmp/test_rbacdb.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(pl->pl_dir));
	snprintf(pl->pl_db, sizeof(pl->pl_db), "%s/rbac.db", pl->pl_dir);
}

static inline void
place_name(const struct place *pl, const char *suffix, char *out, size_t len)
{
	snprintf(out, len, "%s%s", pl->pl_db, suffix);
}

static inline void
place_write(const char *name, const char *bytes, size_t len)
{
	int fd;

	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

/* How many files there are. */
static inline int
place_files(const struct place *pl)
{
	struct dirent *de;
	DIR *dir;
	int n = 0;

	dir = opendir(pl->pl_dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((de = readdir(dir)) != NULL)
		if (de->d_name[0] != '.')
			n++;
	closedir(dir);
	return (n);
}

static inline void
place_remove(const struct place *pl)
{
	char name[512];
	struct dirent *de;
	DIR *dir;

	dir = opendir(pl->pl_dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", pl->pl_dir, de->d_name);
		unlink(name);
	}
	closedir(dir);
	CU_ASSERT_EQUAL(rmdir(pl->pl_dir), 0);
}

/* Somebody else's connection. */
static inline sqlite3 *
other_open(const char *path)
{
	sqlite3 *sql = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open_v2(path, &sql,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
	return (sql);
}

static inline void
other_run(const char *path, const char *text)
{
	sqlite3 *sql = other_open(path);

	CU_ASSERT_EQUAL(sqlite3_exec(sql, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sql);
}

/* The rows of a query: columns parted by |, rows by a blank. */
static inline const char *
other_text(const char *path, const char *query)
{
	static char out[PLACE_TEXT];
	sqlite3 *sql = other_open(path);
	sqlite3_stmt *stmt = NULL;
	const unsigned char *cell;
	size_t n = 0;
	int i;

	out[0] = '\0';
	CU_ASSERT_EQUAL(sqlite3_prepare_v2(sql, query, -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		for (i = 0; i < sqlite3_column_count(stmt); i++) {
			cell = sqlite3_column_text(stmt, i);
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s",
			    i != 0 ? "|" : n != 0 ? " " : "",
			    cell == NULL ? (const unsigned char *)"" : cell);
			CU_ASSERT_FATAL(n < sizeof(out));
		}
	}
	sqlite3_finalize(stmt);
	sqlite3_close(sql);
	return (out);
}

static inline struct rbacdb *
fresh(struct place *pl)
{
	enum rbacdb_error err;
	struct rbacdb *db;

	place_make(pl);
	db = rbacdb_open(pl->pl_db, hashes, &err);
	CU_ASSERT_EQUAL(err, RBACDB_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	return (db);
}

static inline enum rbacdb_error
open_error(const char *path, const char *const passwords[2])
{
	enum rbacdb_error err;
	struct rbacdb *db;

	db = rbacdb_open(path, passwords, &err);
	CU_ASSERT_EQUAL(db == NULL, err != RBACDB_OK);
	rbacdb_close(&db);
	CU_ASSERT_PTR_NULL(db);
	return (err);
}

static inline enum rbacdb_error
snapshot_error(struct rbacdb *db)
{
	enum rbacdb_error err;
	struct rbac *rb;

	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_EQUAL(rb == NULL, err != RBACDB_OK);
	rbac_free(&rb);
	return (err);
}

/* A whole transaction: the tokens of a user or, with id 0, of run_as are void. */
static inline enum rbacdb_error
void_tokens(struct rbacdb *db, int64_t user, int64_t now, int64_t until)
{
	enum rbacdb_error err, end;

	err = rbacdb_begin(db);
	if (err != RBACDB_OK)
		return (err);
	err = user == 0 ? rbacdb_void_runas(db, now, until) :
	    rbacdb_void_user(db, user, now, until);
	end = rbacdb_end(db, true);
	if (err != RBACDB_OK)
		CU_ASSERT_EQUAL(end, err);
	return (end);
}

#endif
