/* SPDX-License-Identifier: ISC */
/* The whole of rbac.db into memory, as one transaction sees it. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"
#include "authz/rbacdb_sql.h"

/*
 * Take one row of a query: 0, or an error. i counts the rows from 0; there is
 * room for as many as the query's table had in the same transaction.
 */
typedef enum rbacdb_error (*read_row)(struct rbac *, size_t i, sqlite3_stmt *);

/* A copy of a column's text; NULL becomes "". A NUL inside is refused. */
static enum rbacdb_error
read_text(sqlite3_stmt *stmt, int column, char **text_r)
{
	const unsigned char *text;

	text = sqlite3_column_text(stmt, column);
	if (text == NULL && sqlite3_column_type(stmt, column) != SQLITE_NULL)
		return (RBACDB_NOMEM);
	if (text == NULL)
		text = (const unsigned char *)"";
	/* "wazuh\0x" must not be taken for wazuh. */
	if (strlen((const char *)text) !=
	    (size_t)sqlite3_column_bytes(stmt, column))
		return (RBACDB_OTHER);
	*text_r = strdup((const char *)text);
	return (*text_r == NULL ? RBACDB_NOMEM : RBACDB_OK);
}

static enum rbacdb_error
read_user(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	struct rbac_user *ru = &rb->rb_users[i];
	enum rbacdb_error err;

	rb->rb_nusers = i + 1;
	ru->ru_id = sqlite3_column_int64(stmt, 0);
	ru->ru_run_as = sqlite3_column_int(stmt, 3) != 0;
	err = read_text(stmt, 1, &ru->ru_name);
	if (err == RBACDB_OK)
		err = read_text(stmt, 2, &ru->ru_password);
	return (err);
}

static enum rbacdb_error
read_role(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	rb->rb_nroles = i + 1;
	rb->rb_roles[i].ro_id = sqlite3_column_int64(stmt, 0);
	return (read_text(stmt, 1, &rb->rb_roles[i].ro_name));
}

static enum rbacdb_error
read_policy(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	struct rbac_policy *rp = &rb->rb_policies[i];
	enum rbacdb_error err;

	rb->rb_npolicies = i + 1;
	rp->rp_id = sqlite3_column_int64(stmt, 0);
	err = read_text(stmt, 1, &rp->rp_name);
	if (err == RBACDB_OK)
		err = read_text(stmt, 2, &rp->rp_text);
	if (err == RBACDB_OK && rbac_policy_read(rp) == -1)
		err = RBACDB_NOMEM;
	return (err);
}

static enum rbacdb_error
read_rule(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	struct rbac_rule *rr = &rb->rb_rules[i];
	enum rbacdb_error err;

	rb->rb_nrules = i + 1;
	rr->rr_id = sqlite3_column_int64(stmt, 0);
	err = read_text(stmt, 1, &rr->rr_name);
	if (err == RBACDB_OK)
		err = read_text(stmt, 2, &rr->rr_text);
	return (err);
}

/* Put one more link at the end of a list. */
static enum rbacdb_error
read_link(int64_t **list, size_t *n, int64_t id)
{
	int64_t *more;

	more = reallocarray(*list, *n + 1, sizeof(*more));
	if (more == NULL)
		return (RBACDB_NOMEM);
	more[(*n)++] = id;
	*list = more;
	return (RBACDB_OK);
}

/*
 * Links: the holder's id, then that of what it holds, in their order: by level
 * and, where that is the same, by id, as the original's queries find them.
 * Links to what is gone are passed over, as the original does when it joins
 * tables.
 */
static enum rbacdb_error
read_user_role(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	const struct rbac_user *found;
	struct rbac_user *ru;
	int64_t id = sqlite3_column_int64(stmt, 1);

	found = rbac_user(rb, sqlite3_column_int64(stmt, 0));
	if (found == NULL || rbac_role(rb, id) == NULL)
		return (RBACDB_OK);
	ru = &rb->rb_users[found - rb->rb_users];
	return (read_link(&ru->ru_roles, &ru->ru_nroles, id));
}

static enum rbacdb_error
read_role_policy(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	const struct rbac_role *found;
	struct rbac_role *ro;
	int64_t id = sqlite3_column_int64(stmt, 1);

	found = rbac_role(rb, sqlite3_column_int64(stmt, 0));
	if (found == NULL || rbac_policy(rb, id) == NULL)
		return (RBACDB_OK);
	ro = &rb->rb_roles[found - rb->rb_roles];
	return (read_link(&ro->ro_policies, &ro->ro_npolicies, id));
}

static enum rbacdb_error
read_role_rule(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	const struct rbac_role *found;
	struct rbac_role *ro;
	int64_t id = sqlite3_column_int64(stmt, 1);

	found = rbac_role(rb, sqlite3_column_int64(stmt, 0));
	if (found == NULL || rbac_rule(rb, id) == NULL)
		return (RBACDB_OK);
	ro = &rb->rb_roles[found - rb->rb_roles];
	return (read_link(&ro->ro_rules, &ro->ro_nrules, id));
}

static void
read_black(struct rbac_black *bl, sqlite3_stmt *stmt)
{
	bl->bl_id = sqlite3_column_int64(stmt, 0);
	bl->bl_nbf = sqlite3_column_int64(stmt, 1);
	bl->bl_until = sqlite3_column_int64(stmt, 2);
}

static enum rbacdb_error
read_black_user(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	read_black(&rb->rb_black_users[i], stmt);
	rb->rb_nblack_users = i + 1;
	return (RBACDB_OK);
}

static enum rbacdb_error
read_black_role(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	read_black(&rb->rb_black_roles[i], stmt);
	rb->rb_nblack_roles = i + 1;
	return (RBACDB_OK);
}

/* Should there be several, the latest is the one that counts. */
static enum rbacdb_error
read_black_runas(struct rbac *rb, size_t i, sqlite3_stmt *stmt)
{
	if (i == 0) {
		read_black(&rb->rb_black_runas[0], stmt);
		rb->rb_nblack_runas = 1;
	}
	return (RBACDB_OK);
}

static enum rbacdb_error
read_rows(
    sqlite3 *sql, struct rbac *rb, size_t max, const char *query, read_row take)
{
	enum rbacdb_error err = RBACDB_OK;
	sqlite3_stmt *stmt = NULL;
	size_t i;
	int rc;

	rc = sqlite3_prepare_v2(sql, query, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	for (i = 0; err == RBACDB_OK && rc == SQLITE_ROW; i++) {
		err = i < max ? take(rb, i, stmt) : RBACDB_CORRUPT;
		if (err == RBACDB_OK)
			rc = sqlite3_step(stmt);
	}
	if (err == RBACDB_OK)
		err = rbacdb_error(sql, rc);
	sqlite3_finalize(stmt);
	return (err);
}

/* Room for all rows of a table, at least for one. */
static enum rbacdb_error
read_room(
    sqlite3 *sql, const char *count, size_t size, void **room_r, size_t *n_r)
{
	enum rbacdb_error err;
	int64_t n;

	err = rbacdb_int(sql, count, &n);
	if (err != RBACDB_OK)
		return (err);
	*n_r = (size_t)n;
	*room_r = calloc((size_t)n + 1, size);
	return (*room_r == NULL ? RBACDB_NOMEM : RBACDB_OK);
}

static enum rbacdb_error
read_objects(sqlite3 *sql, struct rbac *rb)
{
	enum rbacdb_error err;
	void *room;
	size_t n;

	err = read_room(sql, "SELECT count(*) FROM users",
	    sizeof(*rb->rb_users), &room, &n);
	if (err == RBACDB_OK) {
		rb->rb_users = room;
		err = read_rows(sql, rb, n,
		    "SELECT id, username, password, "
		    "allow_run_as FROM users ORDER BY id",
		    read_user);
	}
	if (err == RBACDB_OK)
		err = read_room(sql, "SELECT count(*) FROM roles",
		    sizeof(*rb->rb_roles), &room, &n);
	if (err == RBACDB_OK) {
		rb->rb_roles = room;
		err = read_rows(sql, rb, n,
		    "SELECT id, name FROM roles ORDER BY id", read_role);
	}
	if (err == RBACDB_OK)
		err = read_room(sql, "SELECT count(*) FROM policies",
		    sizeof(*rb->rb_policies), &room, &n);
	if (err == RBACDB_OK) {
		rb->rb_policies = room;
		err = read_rows(sql, rb, n,
		    "SELECT id, name, policy FROM policies ORDER BY id",
		    read_policy);
	}
	if (err == RBACDB_OK)
		err = read_room(sql, "SELECT count(*) FROM rules",
		    sizeof(*rb->rb_rules), &room, &n);
	if (err == RBACDB_OK) {
		rb->rb_rules = room;
		err = read_rows(sql, rb, n,
		    "SELECT id, name, rule FROM rules ORDER BY id", read_rule);
	}
	return (err);
}

static enum rbacdb_error
read_links(sqlite3 *sql, struct rbac *rb)
{
	enum rbacdb_error err;

	/* Of one level, ascending: so the original's come out of its index. */
	err = read_rows(sql, rb, SIZE_MAX,
	    "SELECT user_id, role_id "
	    "FROM user_roles ORDER BY user_id, level, role_id",
	    read_user_role);
	if (err == RBACDB_OK)
		err = read_rows(sql, rb, SIZE_MAX,
		    "SELECT role_id, policy_id "
		    "FROM roles_policies "
		    "ORDER BY role_id, level, policy_id",
		    read_role_policy);
	if (err == RBACDB_OK)
		err = read_rows(sql, rb, SIZE_MAX,
		    "SELECT role_id, rule_id "
		    "FROM roles_rules ORDER BY role_id, rule_id",
		    read_role_rule);
	return (err);
}

static enum rbacdb_error
read_blacks(sqlite3 *sql, struct rbac *rb)
{
	enum rbacdb_error err;
	void *room;
	size_t n;

	err = read_room(sql, "SELECT count(*) FROM users_token_blacklist",
	    sizeof(*rb->rb_black_users), &room, &n);
	if (err == RBACDB_OK) {
		rb->rb_black_users = room;
		err = read_rows(sql, rb, n,
		    "SELECT user_id, "
		    "nbf_invalid_until, is_valid_until "
		    "FROM users_token_blacklist ORDER BY user_id",
		    read_black_user);
	}
	if (err == RBACDB_OK)
		err =
		    read_room(sql, "SELECT count(*) FROM roles_token_blacklist",
		        sizeof(*rb->rb_black_roles), &room, &n);
	if (err == RBACDB_OK) {
		rb->rb_black_roles = room;
		err = read_rows(sql, rb, n,
		    "SELECT role_id, "
		    "nbf_invalid_until, is_valid_until "
		    "FROM roles_token_blacklist ORDER BY role_id",
		    read_black_role);
	}
	if (err == RBACDB_OK)
		err =
		    read_room(sql, "SELECT count(*) FROM runas_token_blacklist",
		        sizeof(*rb->rb_black_runas), &room, &n);
	if (err == RBACDB_OK) {
		rb->rb_black_runas = room;
		err = read_rows(sql, rb, n,
		    "SELECT 0, nbf_invalid_until, "
		    "is_valid_until FROM runas_token_blacklist "
		    "ORDER BY nbf_invalid_until DESC",
		    read_black_runas);
	}
	return (err);
}

struct rbac *
rbacdb_read(sqlite3 *sql, enum rbacdb_error *err_r)
{
	struct rbac *rb;
	bool own;

	/* Within changes it shows them, and nobody can lock it out. */
	own = sqlite3_get_autocommit(sql) != 0;
	rb = calloc(1, sizeof(*rb));
	*err_r = rb == NULL ? RBACDB_NOMEM : RBACDB_OK;
	if (*err_r == RBACDB_OK && own)
		*err_r = rbacdb_run(sql, "BEGIN", "");
	if (*err_r == RBACDB_OK) {
		*err_r = read_objects(sql, rb);
		if (*err_r == RBACDB_OK)
			*err_r = read_links(sql, rb);
		if (*err_r == RBACDB_OK)
			*err_r = read_blacks(sql, rb);
		/* Nothing was written: ending it cannot lose anything. */
		if (own && sqlite3_get_autocommit(sql) == 0)
			(void)rbacdb_run(sql, "ROLLBACK", "");
	}
	if (*err_r != RBACDB_OK)
		rbac_free(&rb);
	return (rb);
}

struct rbac *
rbacdb_snapshot(struct rbacdb *db, enum rbacdb_error *err_r)
{
	*err_r = rbacdb_follow(db);
	return (*err_r == RBACDB_OK ? rbacdb_read(db->db_sql, err_r) : NULL);
}
