/* SPDX-License-Identifier: ISC */
/* Changes of rbac.db, each as a transaction of its own, for their tests. */
#ifndef TESTS_UNIT_RBACDB_RIG_H
#define TESTS_UNIT_RBACDB_RIG_H

#include "tests/unit/rbacdb_place.h"

/* One change as a transaction of its own: its code, or minus the error. */
#define CHANGE(db, call) \
	(rbacdb_begin(db) != RBACDB_OK ? -1000 : change_end(db, (call)))

/* What the last one said. */
static uint16_t code;
static int64_t id;

static inline int
change_end(struct rbacdb *db, enum rbacdb_error err)
{
	enum rbacdb_error end = rbacdb_end(db, true);

	CU_ASSERT_EQUAL(end, err);
	return (end == RBACDB_OK ? (int)code : -(int)end);
}

static inline int
user_add(struct rbacdb *db, const char *name)
{
	return (CHANGE(db, rbacdb_user_add(db, name, "scrypt:x", &id, &code)));
}

static inline int
role_add(struct rbacdb *db, const char *name)
{
	return (CHANGE(db, rbacdb_role_add(db, name, &id, &code)));
}

static inline int
rule_add(struct rbacdb *db, const char *name, const char *text)
{
	return (CHANGE(db, rbacdb_rule_add(db, name, text, &id, &code)));
}

static inline int
policy_add(struct rbacdb *db, const char *name, const char *text)
{
	return (CHANGE(db, rbacdb_policy_add(db, name, text, &id, &code)));
}

static inline int
user_link(struct rbacdb *db, int64_t user, int64_t role, int64_t position)
{
	return (CHANGE(db, rbacdb_user_link(db, user, role, position, &code)));
}

static inline int
user_unlink(struct rbacdb *db, int64_t user, int64_t role)
{
	return (CHANGE(db, rbacdb_user_unlink(db, user, role, &code)));
}

static inline int
policy_link(struct rbacdb *db, int64_t role, int64_t policy, int64_t position)
{
	return (CHANGE(
	    db, rbacdb_role_link_policy(db, role, policy, position, &code)));
}

static inline int
policy_unlink(struct rbacdb *db, int64_t role, int64_t policy)
{
	return (CHANGE(db, rbacdb_role_unlink_policy(db, role, policy, &code)));
}

static inline int
rule_link(struct rbacdb *db, int64_t role, int64_t rule)
{
	return (CHANGE(db, rbacdb_role_link_rule(db, role, rule, &code)));
}

static inline int
rule_unlink(struct rbacdb *db, int64_t role, int64_t rule)
{
	return (CHANGE(db, rbacdb_role_unlink_rule(db, role, rule, &code)));
}

/* Roles 100.. and policies 100.., n of each, and the user 100. */
static inline struct rbacdb *
populated(struct place *pl, int n)
{
	struct rbacdb *db = fresh(pl);
	char name[16], text[32];
	int i;

	CU_ASSERT_EQUAL(user_add(db, "anna"), 0);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		CU_ASSERT_EQUAL(role_add(db, name), 0);
		CU_ASSERT_EQUAL(id, 100 + i);
		snprintf(name, sizeof(name), "p%d", i);
		snprintf(text, sizeof(text), "{\"p\": %d}", i);
		CU_ASSERT_EQUAL(policy_add(db, name, text), 0);
		CU_ASSERT_EQUAL(id, 100 + i);
	}
	return (db);
}

/* A user's roles or a role's policies as ROLE@LEVEL. */
static inline const char *
roles_of(const struct place *pl)
{
	return (other_text(pl->pl_db,
	    "SELECT role_id || '@' || level FROM user_roles "
	    "WHERE user_id = 100 ORDER BY level, role_id"));
}

static inline const char *
policies_of(const struct place *pl)
{
	return (other_text(pl->pl_db,
	    "SELECT policy_id || '@' || level FROM roles_policies "
	    "WHERE role_id = 100 ORDER BY level, policy_id"));
}

#endif
