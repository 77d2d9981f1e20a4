/* SPDX-License-Identifier: ISC */
/*
 * An rbac.db of an older version (a lower user_version) becomes one of ours, as
 * the original does it (facts/api/rbac.yaml, database): into a fresh file with
 * the defaults of today come the passwords of users 1 and 2, what has an id
 * from 89 on, and the links of that. Defaults are found again by their names.
 *
 * Releases 4.0 to 4.5 wrote version 0. Their tables have the columns of today;
 * bodies of rules need not differ there and names of roles may be of any
 * length. What came before them may lack the columns created_at, level and
 * allow_run_as and the black lists: these get their defaults, where the
 * original takes a table that lacks a column for an empty one. A file that
 * lacks more than that is none of ours and is left alone.
 *
 * Where the original loses or widens something, this does not: users keep
 * allow_run_as, links keep their order where a body has become a default's, a
 * policy is kept whose text would not be accepted today, a rule or a policy
 * with a default's name gets another one, voided tokens stay void.
 */
#include <sys/types.h>

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/password.h"
#include "authz/pyjson.h"
#include "authz/rbacdb_schema.h"
#include "authz/rbacdb_sql.h"
#include "common/buffer.h"
#include "common/log.h"

#define OWN_FROM 89 /* ids below are the product's defaults */

#define MIGRATE_QUERY  512 /* bytes of a query */
#define MIGRATE_SUFFIX 32
#define MIGRATE_MODE   0640
#define MIGRATE_NAMES  4 /* names that are tried for one thing */
#define MIGRATE_NAME   1024 /* bytes of a name */
#define MIGRATE_DEPTH  200 /* levels of a rule or a policy */
#define MIGRATE_TEXT   (16 * 1024 * 1024)

enum kind_id { KIND_USERS, KIND_ROLES, KIND_RULES, KIND_POLICIES, KINDS };

/* Which id has become which; 0: it is gone. In the order of the old ones. */
struct map {
	int64_t (*ma_v)[2];
	size_t ma_n;
};

struct migrate {
	sqlite3 *mi_old, *mi_new;
	struct map mi_map[KINDS];
	char mi_date[RBACDB_DATE]; /* for what has none */
};

struct kind {
	const char *ki_table, *ki_one;
	const char *ki_name, *ki_body; /* columns; no body: NULL */
	const char *ki_default; /* name: the id of a default */
	const char *ki_same; /* body: who has it; NULL: many may */
	const char *ki_insert; /* id, name, body, run_as, time */
};

static const struct kind kinds[KINDS] = {
	[KIND_USERS] = { "users", "user", "username", "password",
	    "SELECT id FROM users WHERE username = ? AND id < 89", NULL,
	    "INSERT OR IGNORE INTO users "
	    "(id, username, password, allow_run_as, created_at) "
	    "VALUES (?1, ?2, ?3, ?4 <> 0, ?5)" },
	[KIND_ROLES] = { "roles", "role", "name", NULL,
	    "SELECT id FROM roles WHERE name = ? AND id < 89", NULL,
	    "INSERT OR IGNORE INTO roles (id, name, created_at) "
	    "VALUES (?1, ?2, ?5)" },
	[KIND_RULES] = { "rules", "rule", "name", "rule",
	    "SELECT id FROM rules WHERE name = ? AND id < 89",
	    "SELECT id FROM rules WHERE rule = ?",
	    "INSERT OR IGNORE INTO rules (id, name, rule, created_at) "
	    "VALUES (?1, ?2, ?3, ?5)" },
	[KIND_POLICIES] = { "policies", "policy", "name", "policy",
	    "SELECT id FROM policies WHERE name = ? AND id < 89",
	    "SELECT id FROM policies WHERE policy = ?",
	    "INSERT OR IGNORE INTO policies (id, name, policy, created_at) "
	    "VALUES (?1, ?2, ?3, ?5)" },
};

_Static_assert(OWN_FROM == 89, "the queries have it in their texts");

struct links {
	const char *li_table;
	const char *li_holder_id, *li_held_id; /* columns */
	enum kind_id li_holder, li_held;
	bool li_levels;
	const char *li_insert; /* holder, held, time */
};

static const struct links links[] = {
	{ "user_roles", "user_id", "role_id", KIND_USERS, KIND_ROLES, true,
	    "INSERT OR IGNORE INTO user_roles "
	    "(user_id, role_id, level, created_at) "
	    "SELECT ?1, ?2, count(*), ?3 FROM user_roles WHERE user_id = ?1" },
	{ "roles_policies", "role_id", "policy_id", KIND_ROLES, KIND_POLICIES,
	    true,
	    "INSERT OR IGNORE INTO roles_policies "
	    "(role_id, policy_id, level, created_at) "
	    "SELECT ?1, ?2, count(*), ?3 FROM roles_policies "
	    "WHERE role_id = ?1" },
	{ "roles_rules", "role_id", "rule_id", KIND_ROLES, KIND_RULES, false,
	    "INSERT OR IGNORE INTO roles_rules "
	    "(role_id, rule_id, created_at) VALUES (?1, ?2, ?3)" },
};

#define LINKS (sizeof(links) / sizeof(links[0]))

/* --- which id has become which ------------------------------------------- */

static enum rbacdb_error
map_add(struct map *ma, int64_t from, int64_t to)
{
	int64_t(*more)[2];

	more = reallocarray(ma->ma_v, ma->ma_n + 1, sizeof(*more));
	if (more == NULL)
		return (RBACDB_NOMEM);
	ma->ma_v = more;
	more[ma->ma_n][0] = from;
	more[ma->ma_n++][1] = to;
	return (RBACDB_OK);
}

static int
map_compare(const void *key, const void *entry)
{
	const int64_t *a = key, *b = entry;

	return ((*a > *b) - (*a < *b));
}

/* 0: it is gone, or never was. */
static int64_t
map_find(const struct map *ma, int64_t from)
{
	const int64_t *found;

	if (ma->ma_n == 0)
		return (0);
	found =
	    bsearch(&from, ma->ma_v, ma->ma_n, sizeof(*ma->ma_v), map_compare);
	return (found == NULL ? 0 : found[1]);
}

/* --- reading the old file ------------------------------------------------ */

static enum rbacdb_error
old_has(sqlite3 *old, const char *table, const char *column, bool *has_r)
{
	int64_t unused;

	return (
	    rbacdb_get(old, "SELECT 1 FROM pragma_table_info(?) WHERE name = ?",
	        has_r, &unused, "ss", table, column));
}

/* Has it what cannot be done without? RBACDB_OTHER: no. */
static enum rbacdb_error
old_check(sqlite3 *old)
{
	enum rbacdb_error err = RBACDB_OK;
	const char *need[2 * (KINDS + LINKS) + KINDS][2];
	size_t i, n = 0;
	bool has;

	for (i = 0; i < KINDS; i++) {
		need[n][0] = kinds[i].ki_table;
		need[n++][1] = "id";
		need[n][0] = kinds[i].ki_table;
		need[n++][1] = kinds[i].ki_name;
		need[n][0] = kinds[i].ki_table;
		need[n++][1] =
		    kinds[i].ki_body == NULL ? "id" : kinds[i].ki_body;
	}
	for (i = 0; i < LINKS; i++) {
		need[n][0] = links[i].li_table;
		need[n++][1] = links[i].li_holder_id;
		need[n][0] = links[i].li_table;
		need[n++][1] = links[i].li_held_id;
	}
	for (i = 0; err == RBACDB_OK && i < n; i++) {
		err = old_has(old, need[i][0], need[i][1], &has);
		if (err == RBACDB_OK && !has)
			err = RBACDB_OTHER;
	}
	return (err);
}

/* A column's text, valid until the next row; NULL where it is none. */
static enum rbacdb_error
old_text(sqlite3_stmt *stmt, int column, const char **text_r)
{
	bool null = sqlite3_column_type(stmt, column) == SQLITE_NULL;

	*text_r = (const char *)sqlite3_column_text(stmt, column);
	if (*text_r == NULL)
		return (null ? RBACDB_OK : RBACDB_NOMEM);
	/* "wazuh\0x" must not be taken for wazuh. */
	if (strlen(*text_r) != (size_t)sqlite3_column_bytes(stmt, column))
		return (RBACDB_OTHER);
	return (RBACDB_OK);
}

typedef enum rbacdb_error (*old_row)(
    struct migrate *, const void *what, sqlite3_stmt *);

static enum rbacdb_error
old_each(struct migrate *mi, const char *query, old_row take, const void *what)
{
	enum rbacdb_error err = RBACDB_OK;
	sqlite3_stmt *stmt = NULL;
	int rc;

	rc = sqlite3_prepare_v2(mi->mi_old, query, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	while (err == RBACDB_OK && rc == SQLITE_ROW) {
		err = take(mi, what, stmt);
		if (err == RBACDB_OK)
			rc = sqlite3_step(stmt);
	}
	if (err == RBACDB_OK)
		err = rbacdb_error(mi->mi_old, rc);
	sqlite3_finalize(stmt);
	return (err);
}

/* --- users, roles, rules, policies --------------------------------------- */

/*
 * A rule or a policy spelled as the column has it today, or as it is where that
 * cannot be done.
 */
static enum rbacdb_error
body_spell(const char *body, struct buf *out)
{
	struct pyjson *pj;
	bool nomem;

	pj = pyjson_read(body, strlen(body), MIGRATE_DEPTH, &nomem);
	if (pj == NULL && nomem)
		return (RBACDB_NOMEM);
	if (pj == NULL)
		buf_addz(out, body);
	else
		pyjson_write(pyjson_root(pj), out);
	pyjson_free(&pj);
	return (buf_addc(out, '\0') == -1 ? RBACDB_NOMEM : RBACDB_OK);
}

/* Insert it under its name or, where that is taken, another. */
static enum rbacdb_error
own_insert(struct migrate *mi, const struct kind *ki, int64_t id,
    const char *name, const char *body, int64_t run_as, const char *date)
{
	struct map *ma = &mi->mi_map[ki - kinds];
	enum rbacdb_error err;
	char other[MIGRATE_NAME];
	int tries;

	if (snprintf(other, sizeof(other), "%s", name) >= (int)sizeof(other))
		return (RBACDB_OTHER);
	for (tries = 0; tries < MIGRATE_NAMES; tries++) {
		err = rbacdb_run(mi->mi_new, ki->ki_insert, "issis", id, other,
		    body, run_as, date == NULL ? mi->mi_date : date);
		if (err != RBACDB_OK)
			return (err);
		if (sqlite3_changes(mi->mi_new) != 0) {
			if (tries != 0)
				log_warnx("rbac.db: %s %" PRId64
				          ", %s, is called %s now",
				    ki->ki_one, id, name, other);
			return (map_add(ma, id, id));
		}
		if (strlen(other) + strlen("_user") >= sizeof(other))
			break;
		memcpy(other + strlen(other), "_user", sizeof("_user"));
	}
	log_errorx("rbac.db: %s %" PRId64 ", %s, finds no name and is left out",
	    ki->ki_one, id, name);
	return (map_add(ma, id, 0));
}

/* One's own: with a body that is there already it becomes who has it. */
static enum rbacdb_error
own_take(struct migrate *mi, const struct kind *ki, int64_t id,
    const char *name, const char *body, int64_t run_as, const char *date)
{
	enum rbacdb_error err;
	struct buf text;
	int64_t same = 0;
	bool found = false;

	if (ki->ki_same == NULL)
		return (own_insert(mi, ki, id, name, body, run_as, date));
	buf_init(&text, MIGRATE_TEXT);
	err = body_spell(body, &text);
	body = (const char *)text.b_data;
	if (err == RBACDB_OK)
		err = rbacdb_get(
		    mi->mi_new, ki->ki_same, &found, &same, "s", body);
	if (err == RBACDB_OK && found) {
		log_warnx("rbac.db: %s %" PRId64 ", %s, has become %" PRId64
		          ", which says the same",
		    ki->ki_one, id, name, same);
		err = map_add(&mi->mi_map[ki - kinds], id, same);
	} else if (err == RBACDB_OK) {
		err = own_insert(mi, ki, id, name, body, run_as, date);
	}
	buf_free(&text);
	return (err);
}

/* Columns: id, name, body, run_as, time. */
static enum rbacdb_error
kind_row(struct migrate *mi, const void *what, sqlite3_stmt *stmt)
{
	const struct kind *ki = what;
	const char *name, *body, *date;
	enum rbacdb_error err;
	int64_t id, found_id;
	bool found;

	id = sqlite3_column_int64(stmt, 0);
	err = old_text(stmt, 1, &name);
	if (err == RBACDB_OK)
		err = old_text(stmt, 2, &body);
	if (err == RBACDB_OK)
		err = old_text(stmt, 4, &date);
	if (err != RBACDB_OK)
		return (err);
	if (name == NULL)
		name = "";
	if (id >= OWN_FROM)
		return (own_take(mi, ki, id, name, body == NULL ? "" : body,
		    sqlite3_column_int64(stmt, 3), date));
	err = rbacdb_get(
	    mi->mi_new, ki->ki_default, &found, &found_id, "s", name);
	if (err == RBACDB_OK)
		err = map_add(&mi->mi_map[ki - kinds], id, found_id);
	return (err);
}

static enum rbacdb_error
kind_rows(struct migrate *mi, const struct kind *ki)
{
	char query[MIGRATE_QUERY];
	enum rbacdb_error err;
	bool date, run_as;

	err = old_has(mi->mi_old, ki->ki_table, "created_at", &date);
	if (err == RBACDB_OK)
		err =
		    old_has(mi->mi_old, ki->ki_table, "allow_run_as", &run_as);
	if (err != RBACDB_OK)
		return (err);
	snprintf(query, sizeof(query),
	    "SELECT id, %s, %s, %s, %s FROM %s ORDER BY id", ki->ki_name,
	    ki->ki_body == NULL ? "NULL" : ki->ki_body,
	    run_as ? "allow_run_as" : "0", date ? "created_at" : "NULL",
	    ki->ki_table);
	return (old_each(mi, query, kind_row, ki));
}

/* --- links --------------------------------------------------------------- */

/* Columns: holder, held, time. Links between defaults are those of today. */
static enum rbacdb_error
link_row(struct migrate *mi, const void *what, sqlite3_stmt *stmt)
{
	const struct links *li = what;
	int64_t holder, held, from, to;
	enum rbacdb_error err;
	const char *date;

	from = sqlite3_column_int64(stmt, 0);
	to = sqlite3_column_int64(stmt, 1);
	if (from < OWN_FROM && to < OWN_FROM)
		return (RBACDB_OK);
	err = old_text(stmt, 2, &date);
	if (err != RBACDB_OK)
		return (err);
	holder = map_find(&mi->mi_map[li->li_holder], from);
	held = map_find(&mi->mi_map[li->li_held], to);
	if (holder == 0 || held == 0) {
		log_warnx("rbac.db: the link of %s %" PRId64 " and %s %" PRId64
		          " is left out: there is no such %s any more",
		    kinds[li->li_holder].ki_one, from,
		    kinds[li->li_held].ki_one, to,
		    kinds[holder == 0 ? li->li_holder : li->li_held].ki_one);
		return (RBACDB_OK);
	}
	return (rbacdb_run(mi->mi_new, li->li_insert, "iis", holder, held,
	    date == NULL ? mi->mi_date : date));
}

/* In their order, so that each comes behind what was before it. */
static enum rbacdb_error
link_rows(struct migrate *mi, const struct links *li)
{
	char query[MIGRATE_QUERY];
	enum rbacdb_error err;
	bool date, level = false;

	err = old_has(mi->mi_old, li->li_table, "created_at", &date);
	if (err == RBACDB_OK && li->li_levels)
		err = old_has(mi->mi_old, li->li_table, "level", &level);
	if (err != RBACDB_OK)
		return (err);
	snprintf(query, sizeof(query),
	    "SELECT %s, %s, %s FROM %s ORDER BY %s %s, %s", li->li_holder_id,
	    li->li_held_id, date ? "created_at" : "NULL", li->li_table,
	    level             ? "coalesce(level, 0)," :
	        li->li_levels ? "rowid," :
	                        "",
	    li->li_holder_id, li->li_held_id);
	return (old_each(mi, query, link_row, li));
}

/* --- black lists --------------------------------------------------------- */

struct blacks {
	const char *bs_table, *bs_query, *bs_insert;
	enum kind_id bs_kind; /* KINDS: of nobody in particular */
};

static enum rbacdb_error
black_row(struct migrate *mi, const void *what, sqlite3_stmt *stmt)
{
	const struct blacks *bs = what;
	int64_t id = 0;

	if (bs->bs_kind != KINDS) {
		id = map_find(
		    &mi->mi_map[bs->bs_kind], sqlite3_column_int64(stmt, 0));
		if (id == 0)
			return (RBACDB_OK);
	}
	return (rbacdb_run(mi->mi_new, bs->bs_insert, "iii", id,
	    sqlite3_column_int64(stmt, 1), sqlite3_column_int64(stmt, 2)));
}

static enum rbacdb_error
black_rows(struct migrate *mi)
{
	static const struct blacks blacks[] = {
		{ "users_token_blacklist",
		    "SELECT user_id, nbf_invalid_until, is_valid_until "
		    "FROM users_token_blacklist",
		    "INSERT OR IGNORE INTO users_token_blacklist "
		    "VALUES (?1, ?2, ?3)",
		    KIND_USERS },
		{ "roles_token_blacklist",
		    "SELECT role_id, nbf_invalid_until, is_valid_until "
		    "FROM roles_token_blacklist",
		    "INSERT OR IGNORE INTO roles_token_blacklist "
		    "VALUES (?1, ?2, ?3)",
		    KIND_ROLES },
		{ "runas_token_blacklist",
		    "SELECT 0, nbf_invalid_until, is_valid_until "
		    "FROM runas_token_blacklist",
		    "INSERT OR IGNORE INTO runas_token_blacklist "
		    "VALUES (?2, ?3)",
		    KINDS },
	};
	enum rbacdb_error err = RBACDB_OK;
	size_t i;
	bool has;

	for (i = 0; i < sizeof(blacks) / sizeof(blacks[0]); i++) {
		if (err == RBACDB_OK)
			err = old_has(mi->mi_old, blacks[i].bs_table,
			    "is_valid_until", &has);
		if (err == RBACDB_OK && has)
			err = old_each(
			    mi, blacks[i].bs_query, black_row, &blacks[i]);
	}
	return (err);
}

/* --- all of it ----------------------------------------------------------- */

static enum rbacdb_error
migrate_rows(sqlite3 *new, void *arg)
{
	struct migrate *mi = arg;
	enum rbacdb_error err = RBACDB_OK;
	size_t i;

	mi->mi_new = new;
	for (i = 0; err == RBACDB_OK && i < KINDS; i++)
		err = kind_rows(mi, &kinds[i]);
	for (i = 0; err == RBACDB_OK && i < LINKS; i++)
		err = link_rows(mi, &links[i]);
	if (err == RBACDB_OK)
		err = black_rows(mi);
	return (err);
}

/* The password of a default user; where there is none nobody knows it. */
static enum rbacdb_error
migrate_password(sqlite3 *old, int64_t id, char out[PASSWORD_ENCODED])
{
	enum rbacdb_error err;
	sqlite3_stmt *stmt = NULL;
	const char *text = NULL;
	int rc, n = 0;

	rc = sqlite3_prepare_v2(
	    old, "SELECT password FROM users WHERE id = ?", -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(stmt, 1, id);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	err = rbacdb_error(old, rc);
	if (rc == SQLITE_ROW)
		err = old_text(stmt, 0, &text);
	if (text != NULL)
		n = snprintf(out, PASSWORD_ENCODED, "%s", text);
	sqlite3_finalize(stmt);
	if (err == RBACDB_OK && (n == 0 || n >= PASSWORD_ENCODED)) {
		log_warnx("rbac.db: user %" PRId64 " has no password there; "
		          "nobody knows the one it has now",
		    id);
		if (password_unknown(out) == -1)
			err = RBACDB_NOMEM;
	}
	return (err);
}

/*
 * Copy a database. By sqlite, which minds that closing a file loses all locks
 * that the process has on it; and by a connection of its own, since one that
 * is about to write cannot be copied.
 */
static enum rbacdb_error
migrate_copy(const char *from, const char *to)
{
	enum rbacdb_error err;
	sqlite3 *in, *out = NULL;
	sqlite3_backup *copy;
	int rc;

	in = rbacdb_connect(from, &err);
	if (in != NULL)
		out = rbacdb_connect(to, &err);
	if (out != NULL) {
		copy = sqlite3_backup_init(out, "main", in, "main");
		rc = copy == NULL ? sqlite3_errcode(out) :
		                    sqlite3_backup_step(copy, -1);
		err = rbacdb_error(out, rc);
		if (copy != NULL)
			(void)sqlite3_backup_finish(copy);
	}
	sqlite3_close(out);
	sqlite3_close(in);
	return (err);
}

/* The old file as path + suffix, whole or not at all. */
static enum rbacdb_error
migrate_backup(const char *path, const char *suffix, const struct stat *like)
{
	char name[PATH_MAX], whole[PATH_MAX], part[MIGRATE_SUFFIX + 8];
	enum rbacdb_error err;

	snprintf(part, sizeof(part), "%s.new", suffix);
	if (snprintf(whole, sizeof(whole), "%s%s", path, suffix) >=
	        (int)sizeof(whole) ||
	    snprintf(name, sizeof(name), "%s%s", path, part) >=
	        (int)sizeof(name))
		return (RBACDB_IO);
	err = rbacdb_create_file(path, part, like);
	if (err == RBACDB_OK)
		err = migrate_copy(path, name);
	if (err == RBACDB_OK && rename(name, whole) == -1)
		err = rbacdb_error_system(errno);
	if (err != RBACDB_OK)
		(void)rbacdb_create_remove(path, part);
	return (err);
}

/* Nobody else may write it meanwhile, nor may it be another's by now. */
static enum rbacdb_error
migrate_lock(sqlite3 *old)
{
	enum rbacdb_error err;
	int moved = 0;

	if (sqlite3_db_readonly(old, "main") == 1)
		return (RBACDB_DENIED);
	err = rbacdb_run(old, "PRAGMA journal_mode=DELETE", "");
	if (err == RBACDB_OK)
		err = rbacdb_run(old, "BEGIN IMMEDIATE", "");
	if (err == RBACDB_OK &&
	    (sqlite3_file_control(
	         old, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK ||
	        moved != 0))
		err = RBACDB_BUSY;
	return (err);
}

static enum rbacdb_error
migrate_locked(struct migrate *mi, const char *path)
{
	char one[PASSWORD_ENCODED], two[PASSWORD_ENCODED];
	const char *const passwords[2] = { one, two };
	char suffix[MIGRATE_SUFFIX];
	enum rbacdb_error err;
	int64_t version;
	struct stat st;

	if (stat(path, &st) == -1)
		return (rbacdb_error_system(errno));
	if (geteuid() != 0) {
		st.st_uid = geteuid();
		st.st_gid = getegid();
	}
	st.st_mode = MIGRATE_MODE;
	err = rbacdb_int(mi->mi_old, "PRAGMA user_version", &version);
	if (err == RBACDB_OK)
		err = migrate_password(mi->mi_old, 1, one);
	if (err == RBACDB_OK)
		err = migrate_password(mi->mi_old, 2, two);
	if (err != RBACDB_OK)
		return (err);
	snprintf(suffix, sizeof(suffix), ".bak-%" PRId64, version);
	err = rbacdb_create_new(path, passwords, migrate_rows, mi, &st);
	if (err != RBACDB_OK)
		return (err);
	err = migrate_backup(path, suffix, &st);
	if (err == RBACDB_OK)
		err = rbacdb_create_place(path);
	else
		(void)rbacdb_create_remove(path, ".new");
	if (err == RBACDB_OK)
		log_info("rbac.db was of version %" PRId64 " and is of %d now; "
		         "the old file is rbac.db%s",
		    version, SCHEMA_VERSION, suffix);
	return (err);
}

enum rbacdb_error
rbacdb_migrate(sqlite3 *old, const char *path)
{
	struct migrate mi = { .mi_old = old };
	enum rbacdb_error err;
	size_t i;

	if (rbacdb_date(mi.mi_date) == -1)
		return (RBACDB_OTHER);
	err = old_check(old);
	if (err == RBACDB_OK)
		err = migrate_lock(old);
	if (err == RBACDB_OK)
		err = migrate_locked(&mi, path);
	if (sqlite3_get_autocommit(old) == 0)
		(void)rbacdb_run(old, "ROLLBACK", "");
	for (i = 0; i < KINDS; i++)
		free(mi.mi_map[i].ma_v);
	return (err);
}
