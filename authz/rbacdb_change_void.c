/* SPDX-License-Identifier: ISC */
/* The black lists of tokens: facts/api/rbac.yaml, tokens. */
#include <sys/types.h>

#include <stddef.h>

#include "authz/rbacdb_change_parts.h"

/* A row's time never goes back: who sets the clock back frees no token. */
#define VOID_LATEST                                            \
	"DO UPDATE SET nbf_invalid_until = "                   \
	"max(nbf_invalid_until, excluded.nbf_invalid_until), " \
	"is_valid_until = max(is_valid_until, excluded.is_valid_until)"

static enum rbacdb_error
void_purge(struct rbacdb *db, int64_t now)
{
	static const char *const purge[] = {
		"DELETE FROM users_token_blacklist WHERE is_valid_until < ?",
		"DELETE FROM roles_token_blacklist WHERE is_valid_until < ?",
		"DELETE FROM runas_token_blacklist WHERE is_valid_until < ?",
	};
	enum rbacdb_error err;
	uint16_t unused;
	size_t i;

	err = rbacdb_change_ready(db, &unused);
	for (i = 0; err == RBACDB_OK && i < sizeof(purge) / sizeof(purge[0]);
	     i++)
		err = rbacdb_run(db->db_sql, purge[i], "i", now);
	return (err);
}

enum rbacdb_error
rbacdb_void_user(struct rbacdb *db, int64_t user, int64_t now, int64_t until)
{
	enum rbacdb_error err;

	err = void_purge(db, now);
	if (err == RBACDB_OK)
		err = rbacdb_run(db->db_sql,
		    "INSERT INTO users_token_blacklist "
		    "(user_id, nbf_invalid_until, is_valid_until) "
		    "VALUES (?, ?, ?) ON CONFLICT (user_id) " VOID_LATEST,
		    "iii", user, now, until);
	return (rbacdb_change_done(db, err));
}

enum rbacdb_error
rbacdb_void_role(struct rbacdb *db, int64_t role, int64_t now, int64_t until)
{
	enum rbacdb_error err;

	err = void_purge(db, now);
	if (err == RBACDB_OK)
		err = rbacdb_run(db->db_sql,
		    "INSERT INTO roles_token_blacklist "
		    "(role_id, nbf_invalid_until, is_valid_until) "
		    "VALUES (?, ?, ?) ON CONFLICT (role_id) " VOID_LATEST,
		    "iii", role, now, until);
	return (rbacdb_change_done(db, err));
}

/* The time itself is this table's key: the latest row is the one that stays. */
enum rbacdb_error
rbacdb_void_runas(struct rbacdb *db, int64_t now, int64_t until)
{
	enum rbacdb_error err;

	err = void_purge(db, now);
	if (err == RBACDB_OK)
		err = rbacdb_run(db->db_sql,
		    "INSERT INTO runas_token_blacklist "
		    "(nbf_invalid_until, is_valid_until) VALUES (?, ?) "
		    "ON CONFLICT (nbf_invalid_until) " VOID_LATEST,
		    "ii", now, until);
	if (err == RBACDB_OK)
		err = rbacdb_run(db->db_sql,
		    "DELETE FROM runas_token_blacklist "
		    "WHERE nbf_invalid_until < "
		    "(SELECT max(nbf_invalid_until) "
		    "FROM runas_token_blacklist)",
		    "");
	return (rbacdb_change_done(db, err));
}

enum rbacdb_error
rbacdb_void_none(struct rbacdb *db)
{
	static const char *const empty[] = {
		"DELETE FROM users_token_blacklist",
		"DELETE FROM roles_token_blacklist",
		"DELETE FROM runas_token_blacklist",
	};
	enum rbacdb_error err;
	uint16_t unused;
	size_t i;

	err = rbacdb_change_ready(db, &unused);
	for (i = 0; err == RBACDB_OK && i < sizeof(empty) / sizeof(empty[0]);
	     i++)
		err = rbacdb_run(db->db_sql, empty[i], "");
	return (rbacdb_change_done(db, err));
}
