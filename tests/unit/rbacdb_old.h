/* SPDX-License-Identifier: ISC */
/* An rbac.db as releases 4.0 to 4.5 made it, and what becomes of it. */
#ifndef TESTS_UNIT_RBACDB_OLD_H
#define TESTS_UNIT_RBACDB_OLD_H

#include "tests/unit/rbacdb_rig.h"

#define BACKUP	".bak-0"

/* Bodies of rules need not differ, names of roles may be of any length. */
static const char old_schema[] =
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, "
    "username VARCHAR(32) NOT NULL UNIQUE, password VARCHAR(256) NOT NULL, "
    "allow_run_as BOOLEAN NOT NULL, created_at DATETIME);"
    "CREATE TABLE roles (id INTEGER NOT NULL PRIMARY KEY, "
    "name VARCHAR(20) NOT NULL UNIQUE, created_at DATETIME);"
    "CREATE TABLE rules (id INTEGER NOT NULL PRIMARY KEY, "
    "name VARCHAR(20) NOT NULL UNIQUE, rule TEXT NOT NULL, "
    "created_at DATETIME);"
    "CREATE TABLE policies (id INTEGER NOT NULL PRIMARY KEY, "
    "name VARCHAR(20) NOT NULL UNIQUE, policy TEXT NOT NULL UNIQUE, "
    "created_at DATETIME);"
    "CREATE TABLE user_roles (id INTEGER NOT NULL PRIMARY KEY, "
    "user_id INTEGER, role_id INTEGER, level INTEGER, created_at DATETIME, "
    "UNIQUE (user_id, role_id));"
    "CREATE TABLE roles_rules (id INTEGER NOT NULL PRIMARY KEY, "
    "role_id INTEGER, rule_id INTEGER, created_at DATETIME, "
    "UNIQUE (role_id, rule_id));"
    "CREATE TABLE roles_policies (id INTEGER NOT NULL PRIMARY KEY, "
    "role_id INTEGER, policy_id INTEGER, level INTEGER, "
    "created_at DATETIME, UNIQUE (role_id, policy_id));"
    "CREATE TABLE users_token_blacklist (user_id INTEGER PRIMARY KEY, "
    "nbf_invalid_until INTEGER NOT NULL, is_valid_until INTEGER NOT NULL);"
    "CREATE TABLE roles_token_blacklist (role_id INTEGER PRIMARY KEY, "
    "nbf_invalid_until INTEGER NOT NULL, is_valid_until INTEGER NOT NULL);"
    "CREATE TABLE runas_token_blacklist ("
    "nbf_invalid_until INTEGER PRIMARY KEY, "
    "is_valid_until INTEGER NOT NULL);";

/* Some defaults of then: others than today, and under other ids. */
static const char old_defaults[] =
    "INSERT INTO users VALUES (1, 'wazuh', 'scrypt:old1', 0, 'd'), "
    "(2, 'wazuh-wui', 'scrypt:old2', 0, 'd');"
    "INSERT INTO roles VALUES (1, 'administrator', 'd'), (2, 'gone', 'd'), "
    "(3, 'readonly', 'd');"
    "INSERT INTO rules VALUES (1, 'wui_elastic_admin', "
    "'{\"FIND\": {\"username\": \"elastic\"}}', 'd');"
    "INSERT INTO policies VALUES (1, 'agents_read_agents', '{\"x\": 1}', 'd'), "
    "(2, 'vanished', '{\"x\": 2}', 'd');"
    "INSERT INTO user_roles VALUES (1, 1, 1, 0, 'd'), (2, 2, 1, 0, 'd'), "
    "(3, 1, 3, 1, 'd');"
    "INSERT INTO roles_policies VALUES (1, 1, 1, 0, 'd'), (2, 1, 2, 1, 'd');"
    "INSERT INTO roles_rules VALUES (1, 1, 1, 'd');";

/* A file of then, with what a case wants besides. */
static inline void
old_make(struct place *pl, const char *more)
{
	place_make(pl);
	other_run(pl->pl_db, old_schema);
	other_run(pl->pl_db, old_defaults);
	if (more != NULL)
		other_run(pl->pl_db, more);
}

static inline struct rbacdb *
migrated(const struct place *pl)
{
	enum rbacdb_error err;
	struct rbacdb *db;

	db = rbacdb_open(pl->pl_db, NULL, &err);
	CU_ASSERT_EQUAL(err, RBACDB_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	CU_ASSERT_EQUAL(snapshot_error(db), RBACDB_OK);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl->pl_db, "PRAGMA user_version"), "1");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl->pl_db, "PRAGMA integrity_check"), "ok");
	CU_ASSERT_EQUAL(place_files(pl), 2);
	return (db);
}

/* Migrate it, which is all that a case needs to look at the tables. */
static inline void
migrate(const struct place *pl)
{
	struct rbacdb *db = migrated(pl);

	rbacdb_close(&db);
}

/* It could not be done, and nothing has happened. */
static inline void
refused(const struct place *pl, enum rbacdb_error why, const char *version)
{
	CU_ASSERT_EQUAL(open_error(pl->pl_db, NULL), why);
	CU_ASSERT_EQUAL(open_error(pl->pl_db, hashes), why);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl->pl_db, "PRAGMA user_version"), version);
}

#endif
