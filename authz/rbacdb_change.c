/* SPDX-License-Identifier: ISC */
/*
 * Transactions on rbac.db, and users, roles, rules and policies in them: see
 * rbacdb_change.h. Names and bodies are UNIQUE in the schema, so a statement
 * that is told to ignore such conflicts and has changed no row has met one.
 */
#include <sys/types.h>

#include <stddef.h>

#include "authz/rbacdb_change_parts.h"
#include "common/log.h"

#define CHANGE_LINKS 4 /* most tables with links of one kind, with the NULL */

/* The framework's codes. */
#define CODE_ROLE_MISSING   4002
#define CODE_NAME_TAKEN     4005
#define CODE_POLICY_MISSING 4007
#define CODE_RESERVED       4008
#define CODE_POLICY_TAKEN   4009
#define CODE_POLICY_SAME    4013
#define CODE_RULE_MISSING   4022
#define CODE_USER_TAKEN     5000
#define CODE_USER_MISSING   5001
#define CODE_USER_RESERVED  5004

struct kind {
	uint16_t ki_missing, ki_reserved;
	const char *ki_find, *ki_delete;
	const char *ki_unlink[CHANGE_LINKS];
};

static const struct kind kinds[] = {
	[CHANGE_USER] = { CODE_USER_MISSING, CODE_USER_RESERVED,
	    "SELECT id FROM users WHERE id = ?",
	    "DELETE FROM users WHERE id = ?",
	    { "DELETE FROM user_roles WHERE user_id = ?" } },
	[CHANGE_ROLE] = { CODE_ROLE_MISSING, CODE_RESERVED,
	    "SELECT id FROM roles WHERE id = ?",
	    "DELETE FROM roles WHERE id = ?",
	    { "DELETE FROM user_roles WHERE role_id = ?",
	        "DELETE FROM roles_policies WHERE role_id = ?",
	        "DELETE FROM roles_rules WHERE role_id = ?" } },
	[CHANGE_RULE] = { CODE_RULE_MISSING, CODE_RESERVED,
	    "SELECT id FROM rules WHERE id = ?",
	    "DELETE FROM rules WHERE id = ?",
	    { "DELETE FROM roles_rules WHERE rule_id = ?" } },
	[CHANGE_POLICY] = { CODE_POLICY_MISSING, CODE_RESERVED,
	    "SELECT id FROM policies WHERE id = ?",
	    "DELETE FROM policies WHERE id = ?",
	    { "DELETE FROM roles_policies WHERE policy_id = ?" } },
};

/*
 * The id of a new row: the first beyond the reserved ones, else NULL, which
 * sqlite makes one more than the largest there is. So the id of the row that
 * was made last is given again when that has been deleted, as in the original.
 */
#define NEW_ID "CASE WHEN coalesce(max(id), 0) < 99 THEN 100 END"

_Static_assert(RESERVED_MAX == 99, "NEW_ID has it in its text");

/* --- transactions -------------------------------------------------------- */

enum rbacdb_error
rbacdb_begin(struct rbacdb *db)
{
	enum rbacdb_error err;

	if (db->db_begun)
		fatalx("rbac.db: a change within a change");
	err = rbacdb_follow(db);
	if (err == RBACDB_OK && sqlite3_db_readonly(db->db_sql, "main") == 1)
		err = RBACDB_DENIED;
	if (err == RBACDB_OK)
		err = rbacdb_run(db->db_sql, "BEGIN EXCLUSIVE", "");
	db->db_begun = err == RBACDB_OK;
	db->db_failed = RBACDB_OK;
	return (err);
}

enum rbacdb_error
rbacdb_end(struct rbacdb *db, bool commit)
{
	enum rbacdb_error err = db->db_failed;

	if (!db->db_begun)
		fatalx("rbac.db: the end of no change");
	if (commit && err == RBACDB_OK)
		err = rbacdb_run(db->db_sql, "COMMIT", "");
	/* sqlite may have rolled back itself: then this has nothing to do. */
	if (sqlite3_get_autocommit(db->db_sql) == 0)
		(void)rbacdb_run(db->db_sql, "ROLLBACK", "");
	db->db_begun = false;
	return (err);
}

enum rbacdb_error
rbacdb_change_ready(struct rbacdb *db, uint16_t *code_r)
{
	if (!db->db_begun)
		fatalx("rbac.db: a change outside of a transaction");
	*code_r = 0;
	return (db->db_failed);
}

enum rbacdb_error
rbacdb_change_done(struct rbacdb *db, enum rbacdb_error err)
{
	if (db->db_failed == RBACDB_OK)
		db->db_failed = err;
	return (err);
}

/* --- all kinds ----------------------------------------------------------- */

void
rbacdb_change_reserved(enum change_kind kind, int64_t id, uint16_t *code_r)
{
	if (*code_r == 0 && id <= RESERVED_MAX)
		*code_r = kinds[kind].ki_reserved;
}

enum rbacdb_error
rbacdb_change_exists(
    struct rbacdb *db, enum change_kind kind, int64_t id, uint16_t *code_r)
{
	enum rbacdb_error err;
	int64_t unused;
	bool found;

	if (*code_r != 0)
		return (RBACDB_OK);
	err = rbacdb_get(
	    db->db_sql, kinds[kind].ki_find, &found, &unused, "i", id);
	if (err == RBACDB_OK && !found)
		*code_r = kinds[kind].ki_missing;
	return (err);
}

static enum rbacdb_error
change_unlink(struct rbacdb *db, enum change_kind kind, int64_t id)
{
	const char *const *unlinks = kinds[kind].ki_unlink;
	enum rbacdb_error err = RBACDB_OK;
	size_t i;

	for (i = 0; err == RBACDB_OK && unlinks[i] != NULL; i++)
		err = rbacdb_run(db->db_sql, unlinks[i], "i", id);
	return (err);
}

/* Foreign keys are off, as in the original: links do not go by themselves. */
static enum rbacdb_error
change_delete(
    struct rbacdb *db, enum change_kind kind, int64_t id, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = rbacdb_change_ready(db, code_r);
	rbacdb_change_reserved(kind, id, code_r);
	if (err == RBACDB_OK)
		err = rbacdb_change_exists(db, kind, id, code_r);
	if (err == RBACDB_OK && *code_r == 0)
		err = change_unlink(db, kind, id);
	if (err == RBACDB_OK && *code_r == 0)
		err = rbacdb_run(db->db_sql, kinds[kind].ki_delete, "i", id);
	return (rbacdb_change_done(db, err));
}

/* What is to be changed has to be there and be the users' own. */
static enum rbacdb_error
change_own(
    struct rbacdb *db, enum change_kind kind, int64_t id, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = rbacdb_change_ready(db, code_r);
	if (err == RBACDB_OK)
		err = rbacdb_change_exists(db, kind, id, code_r);
	rbacdb_change_reserved(kind, id, code_r);
	return (err);
}

/* After the statement that changes: nobody was changed by it? */
static enum rbacdb_error
change_made(
    struct rbacdb *db, enum rbacdb_error err, uint16_t none, uint16_t *code_r)
{
	if (err == RBACDB_OK && *code_r == 0 &&
	    sqlite3_changes(db->db_sql) == 0)
		*code_r = none;
	return (rbacdb_change_done(db, err));
}

/*
 * A row was inserted, unless its name or body is taken. Links that somebody
 * left behind when another had this id are not to be inherited.
 */
static enum rbacdb_error
change_added(struct rbacdb *db, enum change_kind kind, enum rbacdb_error err,
    uint16_t taken, int64_t *id_r, uint16_t *code_r)
{
	*id_r = 0;
	err = change_made(db, err, taken, code_r);
	if (err != RBACDB_OK || *code_r != 0)
		return (err);
	*id_r = sqlite3_last_insert_rowid(db->db_sql);
	return (rbacdb_change_done(db, change_unlink(db, kind, *id_r)));
}

/* Insert two texts and the time. */
static enum rbacdb_error
change_insert(struct rbacdb *db, const char *sql, const char *name,
    const char *text, uint16_t *code_r)
{
	char date[RBACDB_DATE];
	enum rbacdb_error err;

	err = rbacdb_change_ready(db, code_r);
	if (err == RBACDB_OK && rbacdb_date(date) == -1)
		err = RBACDB_OTHER;
	if (err != RBACDB_OK)
		return (err);
	if (text == NULL)
		return (rbacdb_run(db->db_sql, sql, "ss", name, date));
	return (rbacdb_run(db->db_sql, sql, "sss", name, text, date));
}

/* One by its name. */
static enum rbacdb_error
change_find(struct rbacdb *db, enum change_kind kind, const char *sql,
    const char *name, int64_t *id_r, uint16_t *code_r)
{
	enum rbacdb_error err;
	bool found;

	*id_r = 0;
	err = rbacdb_change_ready(db, code_r);
	if (err != RBACDB_OK)
		return (err);
	err = rbacdb_get(db->db_sql, sql, &found, id_r, "s", name);
	if (err == RBACDB_OK && !found)
		*code_r = kinds[kind].ki_missing;
	return (rbacdb_change_done(db, err));
}

/* --- users --------------------------------------------------------------- */

enum rbacdb_error
rbacdb_user_find(
    struct rbacdb *db, const char *name, int64_t *id_r, uint16_t *code_r)
{
	return (change_find(db, CHANGE_USER,
	    "SELECT id FROM users WHERE username = ?", name, id_r, code_r));
}

enum rbacdb_error
rbacdb_user_add(struct rbacdb *db, const char *name, const char *encoded,
    int64_t *id_r, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = change_insert(db,
	    "INSERT OR IGNORE INTO users "
	    "(id, username, password, allow_run_as, created_at) "
	    "SELECT " NEW_ID ", ?, ?, 0, ? FROM users",
	    name, encoded, code_r);
	return (
	    change_added(db, CHANGE_USER, err, CODE_USER_TAKEN, id_r, code_r));
}

enum rbacdb_error
rbacdb_user_password(
    struct rbacdb *db, int64_t id, const char *encoded, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = rbacdb_change_ready(db, code_r);
	if (err == RBACDB_OK)
		err = rbacdb_run(db->db_sql,
		    "UPDATE users SET password = ? WHERE id = ?", "si", encoded,
		    id);
	return (change_made(db, err, CODE_USER_MISSING, code_r));
}

enum rbacdb_error
rbacdb_user_run_as(struct rbacdb *db, int64_t id, bool allow, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = rbacdb_change_ready(db, code_r);
	if (err == RBACDB_OK)
		err = rbacdb_run(db->db_sql,
		    "UPDATE users SET allow_run_as = ? WHERE id = ?", "ii",
		    (int64_t)allow, id);
	return (change_made(db, err, CODE_USER_MISSING, code_r));
}

enum rbacdb_error
rbacdb_user_delete(struct rbacdb *db, int64_t id, uint16_t *code_r)
{
	return (change_delete(db, CHANGE_USER, id, code_r));
}

/* --- roles --------------------------------------------------------------- */

enum rbacdb_error
rbacdb_role_find(
    struct rbacdb *db, const char *name, int64_t *id_r, uint16_t *code_r)
{
	return (change_find(db, CHANGE_ROLE,
	    "SELECT id FROM roles WHERE name = ?", name, id_r, code_r));
}

enum rbacdb_error
rbacdb_role_add(
    struct rbacdb *db, const char *name, int64_t *id_r, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = change_insert(db,
	    "INSERT OR IGNORE INTO roles (id, name, created_at) "
	    "SELECT " NEW_ID ", ?, ? FROM roles",
	    name, NULL, code_r);
	return (
	    change_added(db, CHANGE_ROLE, err, CODE_NAME_TAKEN, id_r, code_r));
}

enum rbacdb_error
rbacdb_role_name(
    struct rbacdb *db, int64_t id, const char *name, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = change_own(db, CHANGE_ROLE, id, code_r);
	if (err == RBACDB_OK && *code_r == 0)
		err = rbacdb_run(db->db_sql,
		    "UPDATE OR IGNORE roles SET name = ? WHERE id = ?", "si",
		    name, id);
	return (change_made(db, err, CODE_NAME_TAKEN, code_r));
}

enum rbacdb_error
rbacdb_role_delete(struct rbacdb *db, int64_t id, uint16_t *code_r)
{
	return (change_delete(db, CHANGE_ROLE, id, code_r));
}

/* --- rules --------------------------------------------------------------- */

enum rbacdb_error
rbacdb_rule_add(struct rbacdb *db, const char *name, const char *text,
    int64_t *id_r, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = change_insert(db,
	    "INSERT OR IGNORE INTO rules (id, name, rule, created_at) "
	    "SELECT " NEW_ID ", ?, ?, ? FROM rules",
	    name, text, code_r);
	return (
	    change_added(db, CHANGE_RULE, err, CODE_NAME_TAKEN, id_r, code_r));
}

enum rbacdb_error
rbacdb_rule_set(struct rbacdb *db, int64_t id, const char *name,
    const char *text, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = change_own(db, CHANGE_RULE, id, code_r);
	if (err == RBACDB_OK && *code_r == 0)
		err = rbacdb_run(db->db_sql,
		    "UPDATE OR IGNORE rules SET name = coalesce(?, name), "
		    "rule = coalesce(?, rule) WHERE id = ?",
		    "ssi", name, text, id);
	return (change_made(db, err, CODE_NAME_TAKEN, code_r));
}

enum rbacdb_error
rbacdb_rule_delete(struct rbacdb *db, int64_t id, uint16_t *code_r)
{
	return (change_delete(db, CHANGE_RULE, id, code_r));
}

/* --- policies ------------------------------------------------------------ */

enum rbacdb_error
rbacdb_policy_add(struct rbacdb *db, const char *name, const char *text,
    int64_t *id_r, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = change_insert(db,
	    "INSERT OR IGNORE INTO policies (id, name, policy, created_at) "
	    "SELECT " NEW_ID ", ?, ?, ? FROM policies",
	    name, text, code_r);
	return (change_added(
	    db, CHANGE_POLICY, err, CODE_POLICY_TAKEN, id_r, code_r));
}

enum rbacdb_error
rbacdb_policy_set(struct rbacdb *db, int64_t id, const char *name,
    const char *text, uint16_t *code_r)
{
	enum rbacdb_error err;

	err = change_own(db, CHANGE_POLICY, id, code_r);
	if (err == RBACDB_OK && *code_r == 0)
		err = rbacdb_run(db->db_sql,
		    "UPDATE OR IGNORE policies SET name = coalesce(?, name), "
		    "policy = coalesce(?, policy) WHERE id = ?",
		    "ssi", name, text, id);
	return (change_made(db, err, CODE_POLICY_SAME, code_r));
}

enum rbacdb_error
rbacdb_policy_delete(struct rbacdb *db, int64_t id, uint16_t *code_r)
{
	return (change_delete(db, CHANGE_POLICY, id, code_r));
}
