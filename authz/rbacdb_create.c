/* SPDX-License-Identifier: ISC */
/*
 * Making a new rbac.db: in a file beside it, which takes its name when it is
 * complete and on the disk. Whoever kills us at any moment finds no half file.
 */
#include <sys/types.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/rbac.h"
#include "authz/rbacdb_schema.h"
#include "authz/rbacdb_sql.h"
#include "common/buffer.h"

#define CREATE_NEW     ".new"
#define CREATE_MODE    0640
#define CREATE_PRIVATE 0600
#define CREATE_POLICY  4096 /* bytes of a policy's text */

static void
create_policy_list(struct buf *b, const char *key, const char *const *list)
{
	size_t i;

	buf_addf(b, "\"%s\": [", key);
	for (i = 0; list[i] != NULL; i++)
		buf_addf(b, "%s\"%s\"", i == 0 ? "" : ", ", list[i]);
	buf_addz(b, "], ");
}

/* The text is UNIQUE, so its layout has to be the original's to the byte. */
static enum rbacdb_error
create_policy(sqlite3 *sql, const struct schema_policy *sp, const char *date)
{
	enum rbacdb_error err;
	struct buf b;

	buf_init(&b, CREATE_POLICY);
	buf_addc(&b, '{');
	create_policy_list(&b, "actions", sp->sp_actions);
	create_policy_list(&b, "resources", sp->sp_resources);
	buf_addz(&b, "\"effect\": \"allow\"}");
	buf_addc(&b, '\0');
	if (b.b_failed)
		err = RBACDB_NOMEM;
	else
		err = rbacdb_run(sql,
		    "INSERT INTO policies "
		    "(id, name, policy, created_at) VALUES (?, ?, ?, ?)",
		    "isss", sp->sp_id, sp->sp_name, (const char *)b.b_data,
		    date);
	buf_free(&b);
	return (err);
}

static enum rbacdb_error
create_role(sqlite3 *sql, const struct schema_role *so, const char *date)
{
	enum rbacdb_error err;
	size_t i;

	err = rbacdb_run(sql,
	    "INSERT INTO roles (id, name, created_at) VALUES (?, ?, ?)", "iss",
	    so->so_id, so->so_name, date);
	for (i = 0; err == RBACDB_OK && so->so_policies[i] != 0; i++)
		err = rbacdb_run(sql,
		    "INSERT INTO roles_policies "
		    "(role_id, policy_id, level, created_at) "
		    "VALUES (?, ?, ?, ?)",
		    "iiis", so->so_id, so->so_policies[i], (int64_t)i, date);
	for (i = 0; err == RBACDB_OK && so->so_rules[i] != 0; i++)
		err = rbacdb_run(sql,
		    "INSERT INTO roles_rules "
		    "(role_id, rule_id, created_at) VALUES (?, ?, ?)",
		    "iis", so->so_id, so->so_rules[i], date);
	return (err);
}

static enum rbacdb_error
create_user(sqlite3 *sql, const struct schema_user *su, const char *encoded,
    const char *date)
{
	enum rbacdb_error err;

	err = rbacdb_run(sql,
	    "INSERT INTO users "
	    "(id, username, password, allow_run_as, created_at) "
	    "VALUES (?, ?, ?, 1, ?)",
	    "isss", su->su_id, su->su_name, encoded, date);
	if (err == RBACDB_OK)
		err = rbacdb_run(sql,
		    "INSERT INTO user_roles "
		    "(user_id, role_id, level, created_at) "
		    "VALUES (?, ?, 0, ?)",
		    "iis", su->su_id, su->su_role, date);
	return (err);
}

/* Links go in after both of their ends, so each role comes after the rules. */
static enum rbacdb_error
create_rows(sqlite3 *sql, const char *const passwords[2], const char *date)
{
	const struct schema_rule *sr;
	const struct schema_policy *sp;
	const struct schema_role *so;
	enum rbacdb_error err = RBACDB_OK;
	size_t i;

	for (i = 0; err == RBACDB_OK && schema_tables[i] != NULL; i++)
		err = rbacdb_run(sql, schema_tables[i], "");
	for (sr = schema_rules; err == RBACDB_OK && sr->sr_id != 0; sr++)
		err = rbacdb_run(sql,
		    "INSERT INTO rules "
		    "(id, name, rule, created_at) VALUES (?, ?, ?, ?)",
		    "isss", sr->sr_id, sr->sr_name, sr->sr_text, date);
	for (sp = schema_policies; err == RBACDB_OK && sp->sp_id != 0; sp++)
		err = create_policy(sql, sp, date);
	for (so = schema_roles; err == RBACDB_OK && so->so_id != 0; so++)
		err = create_role(sql, so, date);
	for (i = 0; err == RBACDB_OK && i < 2; i++)
		err = create_user(sql, &schema_users[i], passwords[i], date);
	return (err);
}

/* All of it or nothing, and on the disk. */
static enum rbacdb_error
create_fill(
    sqlite3 *sql, const char *const passwords[2], rbacdb_more more, void *arg)
{
	char date[RBACDB_DATE];
	enum rbacdb_error err;

	if (rbacdb_date(date) == -1)
		return (RBACDB_OTHER);
	/* Nobody else knows the file yet; a journal would only be left over. */
	err = rbacdb_run(sql, "PRAGMA journal_mode=MEMORY", "");
	if (err == RBACDB_OK)
		err = rbacdb_run(sql, "PRAGMA synchronous=FULL", "");
	if (err == RBACDB_OK)
		err = rbacdb_run(sql, "BEGIN EXCLUSIVE", "");
	if (err == RBACDB_OK)
		err = create_rows(sql, passwords, date);
	if (err == RBACDB_OK && more != NULL)
		err = more(sql, arg);
	if (err == RBACDB_OK)
		err = rbacdb_run(sql, "PRAGMA user_version=1", "");
	if (err == RBACDB_OK)
		err = rbacdb_run(sql, "COMMIT", "");
	return (err);
}

_Static_assert(SCHEMA_VERSION == 1, "create_fill() writes it in its text");

/* Can it be read as any other will be? */
static enum rbacdb_error
create_check(sqlite3 *sql)
{
	enum rbacdb_error err;
	struct rbac *rb;
	int64_t faults;

	err = rbacdb_int(sql,
	    "SELECT count(*) FROM pragma_integrity_check "
	    "WHERE integrity_check <> 'ok'",
	    &faults);
	if (err == RBACDB_OK && faults != 0)
		err = RBACDB_CORRUPT;
	if (err != RBACDB_OK)
		return (err);
	rb = rbacdb_read(sql, &err);
	rbac_free(&rb);
	return (err);
}

static int
create_name(char name[PATH_MAX], const char *path, const char *suffix)
{
	if (snprintf(name, PATH_MAX, "%s%s", path, suffix) < PATH_MAX)
		return (0);
	errno = ENAMETOOLONG;
	return (-1);
}

/* Remove path + suffix. Return -1 only where it is there and stays. */
static int
create_unlink(const char *path, const char *suffix)
{
	char name[PATH_MAX];

	if (create_name(name, path, suffix) == -1)
		return (-1);
	return (unlink(name) == -1 && errno != ENOENT ? -1 : 0);
}

int
rbacdb_create_remove(const char *path, const char *suffix)
{
	char name[PATH_MAX];

	if (create_name(name, path, suffix) == -1 ||
	    create_unlink(name, "-journal") == -1)
		return (-1);
	return (create_unlink(name, ""));
}

enum rbacdb_error
rbacdb_create_file(
    const char *path, const char *suffix, const struct stat *like)
{
	char name[PATH_MAX];
	enum rbacdb_error err = RBACDB_OK;
	int fd;

	if (rbacdb_create_remove(path, suffix) == -1 ||
	    create_name(name, path, suffix) == -1)
		return (rbacdb_error_system(errno));
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    CREATE_PRIVATE);
	if (fd == -1)
		return (rbacdb_error_system(errno));
	/* The owner before the mode: nobody is to read it in between. */
	if (like != NULL &&
	    (like->st_uid != geteuid() || like->st_gid != getegid()) &&
	    fchown(fd, like->st_uid, like->st_gid) == -1)
		err = rbacdb_error_system(errno);
	/* Whatever the umask is. */
	if (err == RBACDB_OK &&
	    fchmod(fd, like == NULL ? CREATE_MODE : like->st_mode & 0777) == -1)
		err = rbacdb_error_system(errno);
	close(fd);
	if (err != RBACDB_OK)
		(void)rbacdb_create_remove(path, suffix);
	return (err);
}

/* A rename is certain only once the folder is on the disk. */
static int
create_sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash;
	int fd, ret;

	slash = strrchr(path, '/');
	if (slash == NULL)
		snprintf(folder, sizeof(folder), ".");
	else
		snprintf(folder, sizeof(folder), "%.*s",
		    slash == path ? 1 : (int)(slash - path), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	ret = fsync(fd);
	close(fd);
	return (ret);
}

enum rbacdb_error
rbacdb_create_new(const char *path, const char *const passwords[2],
    rbacdb_more more, void *arg, const struct stat *like)
{
	char name[PATH_MAX];
	enum rbacdb_error err;
	sqlite3 *sql = NULL;

	if (create_name(name, path, CREATE_NEW) == -1)
		return (rbacdb_error_system(errno));
	err = rbacdb_create_file(path, CREATE_NEW, like);
	if (err == RBACDB_OK)
		sql = rbacdb_connect(name, &err);
	if (sql != NULL)
		err = create_fill(sql, passwords, more, arg);
	if (sql != NULL && err == RBACDB_OK)
		err = create_check(sql);
	sqlite3_close(sql);
	if (err != RBACDB_OK)
		(void)rbacdb_create_remove(path, CREATE_NEW);
	return (err);
}

enum rbacdb_error
rbacdb_create_place(const char *path)
{
	static const char *const stale[] = { "-journal", "-wal", "-shm" };
	char name[PATH_MAX];
	enum rbacdb_error err = RBACDB_OK;
	size_t i;

	if (create_name(name, path, CREATE_NEW) == -1)
		return (rbacdb_error_system(errno));
	/*
	 * What an earlier file of the name left beside it would be taken for
	 * this one's and rolled back into it.
	 */
	for (i = 0; i < sizeof(stale) / sizeof(stale[0]); i++)
		if (err == RBACDB_OK && create_unlink(path, stale[i]) == -1)
			err = rbacdb_error_system(errno);
	if (err == RBACDB_OK &&
	    (rename(name, path) == -1 || create_sync_folder(path) == -1))
		err = rbacdb_error_system(errno);
	if (err != RBACDB_OK)
		(void)rbacdb_create_remove(path, CREATE_NEW);
	return (err);
}

enum rbacdb_error
rbacdb_create(const char *path, const char *const passwords[2])
{
	enum rbacdb_error err;

	err = rbacdb_create_new(path, passwords, NULL, NULL, NULL);
	return (err == RBACDB_OK ? rbacdb_create_place(path) : err);
}

/* The fresh file of a reset; like: NULL where there was none. */
static enum rbacdb_error
create_anew(const char *path, const char *const passwords[2],
    const struct stat *like, bool (*ready)(void *), void *arg)
{
	enum rbacdb_error err;

	err = rbacdb_create_new(path, passwords, NULL, NULL, like);
	if (err != RBACDB_OK)
		return (err);
	if (ready == NULL || ready(arg))
		return (rbacdb_create_place(path));
	(void)rbacdb_create_remove(path, CREATE_NEW);
	return (RBACDB_OTHER);
}

enum rbacdb_error
rbacdb_reset(const char *path, const char *const passwords[2],
    bool (*ready)(void *), void *arg)
{
	enum rbacdb_error err;
	sqlite3 *sql;
	struct stat st;

	if (stat(path, &st) == -1)
		return (errno == ENOENT ?
		        create_anew(path, passwords, NULL, ready, arg) :
		        rbacdb_error_system(errno));
	/*
	 * Whoever is about to change it has to be through: the journal left by
	 * one would be taken for the new file's. What is damaged has no users.
	 */
	sql = rbacdb_connect(path, &err);
	if (sql != NULL)
		err = rbacdb_run(sql, "BEGIN EXCLUSIVE", "");
	if (err == RBACDB_OK || err == RBACDB_CORRUPT)
		err = create_anew(path, passwords, &st, ready, arg);
	sqlite3_close(sql);
	return (err);
}
