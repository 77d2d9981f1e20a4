/* SPDX-License-Identifier: ISC */
/*
 * Links in rbac.db: a user's roles and a role's policies, which stand in an
 * order (level), and a role's rules, which do not. facts/api/rbac.yaml,
 * role_order. Links that are level stand by the id of what is held, since that
 * is the index by which sqlite finds them.
 */
#include <sys/types.h>

#include <stdlib.h>

#include "authz/rbacdb_change_parts.h"

/* The framework's codes. */
#define CODE_POLICY_NOT_LINKED 4010
#define CODE_POLICY_LINKED     4011
#define CODE_ROLE_NOT_LINKED   4016
#define CODE_ROLE_LINKED       4017
#define CODE_RULE_LINKED       4023
#define CODE_RULE_NOT_LINKED   4024
#define CODE_RESERVED          4008

/* A table of links that have levels. Each ? is the holder's id at first. */
struct links {
	enum change_kind li_holder, li_held;
	uint16_t li_taken, li_none;
	const char *li_find; /* holder, held: the level */
	const char *li_count; /* holder: how many are to something that is */
	const char *li_last; /* holder: the largest level, at least 0 */
	const char *li_at; /* holder, level */
	const char *li_from; /* holder, level: ids of the links from there on */
	const char *li_move; /* level, id of the link */
	const char *li_insert; /* holder, held, level, time */
	const char *li_remove; /* holder, held */
	const char *li_close; /* holder, level; NULL: gaps are left */
};

static const struct links user_roles = {
	.li_holder = CHANGE_USER,
	.li_held = CHANGE_ROLE,
	.li_taken = CODE_ROLE_LINKED,
	.li_none = CODE_ROLE_NOT_LINKED,
	.li_find = "SELECT level FROM user_roles "
	           "WHERE user_id = ? AND role_id = ?",
	.li_count = "SELECT count(*) FROM user_roles AS l, roles AS r "
	            "WHERE l.user_id = ? AND r.id = l.role_id",
	.li_last = "SELECT max(coalesce(max(level), 0), 0) FROM user_roles "
	           "WHERE user_id = ?",
	.li_at = "SELECT id FROM user_roles WHERE user_id = ? AND level = ?",
	.li_from = "SELECT id FROM user_roles WHERE user_id = ? "
	           "AND level >= ? ORDER BY level, role_id",
	.li_move = "UPDATE user_roles SET level = ? WHERE id = ?",
	.li_insert = "INSERT INTO user_roles "
	             "(user_id, role_id, level, created_at) "
	             "VALUES (?, ?, ?, ?)",
	.li_remove = "DELETE FROM user_roles "
	             "WHERE user_id = ? AND role_id = ?",
};

static const struct links role_policies = {
	.li_holder = CHANGE_ROLE,
	.li_held = CHANGE_POLICY,
	.li_taken = CODE_POLICY_LINKED,
	.li_none = CODE_POLICY_NOT_LINKED,
	.li_find = "SELECT level FROM roles_policies "
	           "WHERE role_id = ? AND policy_id = ?",
	.li_count = "SELECT count(*) FROM roles_policies AS l, policies AS p "
	            "WHERE l.role_id = ? AND p.id = l.policy_id",
	.li_last = "SELECT max(coalesce(max(level), 0), 0) "
	           "FROM roles_policies WHERE role_id = ?",
	.li_at = "SELECT id FROM roles_policies "
	         "WHERE role_id = ? AND level = ?",
	.li_from = "SELECT id FROM roles_policies WHERE role_id = ? "
	           "AND level >= ? ORDER BY level, policy_id",
	.li_move = "UPDATE roles_policies SET level = ? WHERE id = ?",
	.li_insert = "INSERT INTO roles_policies "
	             "(role_id, policy_id, level, created_at) "
	             "VALUES (?, ?, ?, ?)",
	.li_remove = "DELETE FROM roles_policies "
	             "WHERE role_id = ? AND policy_id = ?",
	.li_close = "UPDATE roles_policies SET level = level - 1 "
	            "WHERE role_id = ? AND level >= ?",
};

/* The links of a holder from a level on, in their order; to be freed. */
static enum rbacdb_error
link_from(sqlite3 *sql, const struct links *li, int64_t holder, int64_t level,
    int64_t **list_r, size_t *n_r)
{
	enum rbacdb_error err = RBACDB_OK;
	sqlite3_stmt *stmt = NULL;
	int64_t *more;
	int rc;

	*list_r = NULL;
	*n_r = 0;
	rc = sqlite3_prepare_v2(sql, li->li_from, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(stmt, 1, holder);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(stmt, 2, level);
	while (err == RBACDB_OK && rc == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		more = reallocarray(*list_r, *n_r + 1, sizeof(*more));
		if (more == NULL) {
			err = RBACDB_NOMEM;
			break;
		}
		*list_r = more;
		more[(*n_r)++] = sqlite3_column_int64(stmt, 0);
	}
	rc = sqlite3_finalize(stmt);
	return (err == RBACDB_OK ? rbacdb_error(sql, rc) : err);
}

/*
 * Make room at a level that is taken: what stands there and behind it comes
 * to stand behind it without gaps.
 */
static enum rbacdb_error
link_shift(
    sqlite3 *sql, const struct links *li, int64_t holder, int64_t position)
{
	enum rbacdb_error err;
	int64_t *list, unused;
	bool found;
	size_t i, n;

	err =
	    rbacdb_get(sql, li->li_at, &found, &unused, "ii", holder, position);
	if (err != RBACDB_OK || !found)
		return (err);
	err = link_from(sql, li, holder, position, &list, &n);
	/* Only somebody with an editor gets this far. */
	if (err == RBACDB_OK && (uint64_t)INT64_MAX - (uint64_t)position < n)
		err = RBACDB_OTHER;
	for (i = 0; err == RBACDB_OK && i < n; i++)
		err = rbacdb_run(
		    sql, li->li_move, "ii", position + 1 + (int64_t)i, list[i]);
	free(list);
	return (err);
}

/*
 * The level of a new link: its position, which for the first one is 0. What
 * would stand beyond the end comes after the last of a user's roles, and at
 * their number among a role's policies, where gaps may put it before others.
 * Without a position it is the number of links in both.
 */
static enum rbacdb_error
link_level(sqlite3 *sql, const struct links *li, int64_t holder,
    int64_t position, int64_t *level_r)
{
	enum rbacdb_error err;
	int64_t count, last;
	bool found;

	err = rbacdb_get(sql, li->li_count, &found, &count, "i", holder);
	*level_r = count;
	if (err != RBACDB_OK || position < 0)
		return (err);
	err = link_shift(sql, li, holder, position);
	if (err == RBACDB_OK)
		err = rbacdb_get(sql, li->li_last, &found, &last, "i", holder);
	if (err != RBACDB_OK)
		return (err);
	if (last == 0 && count == 0)
		*level_r = 0;
	else if (position - 1 <= last)
		*level_r = position;
	else if (li->li_close == NULL)
		*level_r = last + 1;
	return (RBACDB_OK);
}

static enum rbacdb_error
link_insert(sqlite3 *sql, const struct links *li, int64_t holder, int64_t held,
    int64_t position)
{
	char date[RBACDB_DATE];
	enum rbacdb_error err;
	int64_t level;

	if (rbacdb_date(date) == -1)
		return (RBACDB_OTHER);
	err = link_level(sql, li, holder, position, &level);
	if (err == RBACDB_OK)
		err = rbacdb_run(
		    sql, li->li_insert, "iiis", holder, held, level, date);
	return (err);
}

/* May they be linked, or parted, and are they linked? */
static enum rbacdb_error
link_look(struct rbacdb *db, const struct links *li, int64_t holder,
    int64_t held, bool *found_r, int64_t *level_r, uint16_t *code_r)
{
	enum rbacdb_error err;

	*found_r = false;
	err = rbacdb_change_ready(db, code_r);
	if (holder <= RESERVED_MAX)
		*code_r = CODE_RESERVED;
	if (err == RBACDB_OK)
		err = rbacdb_change_exists(db, li->li_holder, holder, code_r);
	if (err == RBACDB_OK)
		err = rbacdb_change_exists(db, li->li_held, held, code_r);
	if (err == RBACDB_OK)
		err = rbacdb_get(db->db_sql, li->li_find, found_r, level_r,
		    "ii", holder, held);
	return (err);
}

static enum rbacdb_error
link_add(struct rbacdb *db, const struct links *li, int64_t holder,
    int64_t held, int64_t position, uint16_t *code_r)
{
	enum rbacdb_error err;
	int64_t level;
	bool found;

	err = link_look(db, li, holder, held, &found, &level, code_r);
	if (err == RBACDB_OK && *code_r == 0) {
		if (!found)
			err =
			    link_insert(db->db_sql, li, holder, held, position);
		else if (position < 0)
			*code_r = li->li_taken;
	}
	return (rbacdb_change_done(db, err));
}

static enum rbacdb_error
link_remove(struct rbacdb *db, const struct links *li, int64_t holder,
    int64_t held, uint16_t *code_r)
{
	enum rbacdb_error err;
	int64_t level;
	bool found;

	err = link_look(db, li, holder, held, &found, &level, code_r);
	if (err == RBACDB_OK && *code_r == 0 && !found)
		*code_r = li->li_none;
	if (err == RBACDB_OK && *code_r == 0)
		err = rbacdb_run(db->db_sql, li->li_remove, "ii", holder, held);
	if (err == RBACDB_OK && *code_r == 0 && li->li_close != NULL)
		err = rbacdb_run(db->db_sql, li->li_close, "ii", holder, level);
	return (rbacdb_change_done(db, err));
}

enum rbacdb_error
rbacdb_user_link(struct rbacdb *db, int64_t user, int64_t role,
    int64_t position, uint16_t *code_r)
{
	return (link_add(db, &user_roles, user, role, position, code_r));
}

enum rbacdb_error
rbacdb_user_unlink(
    struct rbacdb *db, int64_t user, int64_t role, uint16_t *code_r)
{
	return (link_remove(db, &user_roles, user, role, code_r));
}

enum rbacdb_error
rbacdb_role_link_policy(struct rbacdb *db, int64_t role, int64_t policy,
    int64_t position, uint16_t *code_r)
{
	return (link_add(db, &role_policies, role, policy, position, code_r));
}

enum rbacdb_error
rbacdb_role_unlink_policy(
    struct rbacdb *db, int64_t role, int64_t policy, uint16_t *code_r)
{
	return (link_remove(db, &role_policies, role, policy, code_r));
}

/* The product's own rules keep their links; its roles may get others. */
static enum rbacdb_error
link_rule_look(struct rbacdb *db, int64_t role, int64_t rule, bool *found_r,
    uint16_t *code_r)
{
	enum rbacdb_error err;
	int64_t unused;

	*found_r = false;
	err = rbacdb_change_ready(db, code_r);
	rbacdb_change_reserved(CHANGE_RULE, rule, code_r);
	if (err == RBACDB_OK)
		err = rbacdb_change_exists(db, CHANGE_RULE, rule, code_r);
	if (err == RBACDB_OK)
		err = rbacdb_change_exists(db, CHANGE_ROLE, role, code_r);
	if (err == RBACDB_OK)
		err = rbacdb_get(db->db_sql,
		    "SELECT id FROM roles_rules "
		    "WHERE role_id = ? AND rule_id = ?",
		    found_r, &unused, "ii", role, rule);
	return (err);
}

enum rbacdb_error
rbacdb_role_link_rule(
    struct rbacdb *db, int64_t role, int64_t rule, uint16_t *code_r)
{
	char date[RBACDB_DATE];
	enum rbacdb_error err;
	bool found;

	err = link_rule_look(db, role, rule, &found, code_r);
	if (err == RBACDB_OK && *code_r == 0 && found)
		*code_r = CODE_RULE_LINKED;
	if (err == RBACDB_OK && rbacdb_date(date) == -1)
		err = RBACDB_OTHER;
	if (err == RBACDB_OK && *code_r == 0)
		err = rbacdb_run(db->db_sql,
		    "INSERT INTO roles_rules (role_id, rule_id, created_at) "
		    "VALUES (?, ?, ?)",
		    "iis", role, rule, date);
	return (rbacdb_change_done(db, err));
}

enum rbacdb_error
rbacdb_role_unlink_rule(
    struct rbacdb *db, int64_t role, int64_t rule, uint16_t *code_r)
{
	enum rbacdb_error err;
	bool found;

	err = link_rule_look(db, role, rule, &found, code_r);
	if (err == RBACDB_OK && *code_r == 0 && !found)
		*code_r = CODE_RULE_NOT_LINKED;
	if (err == RBACDB_OK && *code_r == 0)
		err = rbacdb_run(db->db_sql,
		    "DELETE FROM roles_rules "
		    "WHERE role_id = ? AND rule_id = ?",
		    "ii", role, rule);
	return (rbacdb_change_done(db, err));
}
