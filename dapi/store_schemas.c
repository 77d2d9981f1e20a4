/* SPDX-License-Identifier: ISC */
/* The embedded databases by name: making one, and bringing an old one on. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "dapi/store_schema.h"

static const struct schema schemas[] = {
	[SCHEMA_GLOBAL] = { "global", SCHEMA_GLOBAL_VERSION, { schema_global },
	    schema_global_steps, schema_global_more },
	[SCHEMA_TASKS] = { "tasks", SCHEMA_TASKS_VERSION, { schema_tasks },
	    NULL, NULL },
	[SCHEMA_MITRE] = { "mitre", SCHEMA_MITRE_VERSION, { schema_mitre },
	    NULL, NULL },
	[SCHEMA_AGENT] = { "agent", SCHEMA_AGENT_VERSION,
	    { schema_agent, schema_inventory }, NULL, NULL },
};

const struct schema *
schema_find(enum schema_id id)
{
	return (&schemas[id]);
}

/* Run constant text that answers nothing. */
static int
schema_exec(sqlite3 *db, const char *sql)
{
	return (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1);
}

static int
schema_list(sqlite3 *db, const char *const *sql)
{
	for (; *sql != NULL; sql++)
		if (schema_exec(db, *sql) == -1)
			return (-1);
	return (0);
}

int
schema_make(sqlite3 *db, const struct schema *sc)
{
	size_t i;

	if (schema_exec(db, "BEGIN IMMEDIATE") == -1)
		return (-1);
	for (i = 0; sc->sc_sql[i] != NULL; i++)
		if (schema_list(db, sc->sc_sql[i]) == -1)
			return (-1);
	if (sc->sc_more != NULL && schema_list(db, sc->sc_more) == -1)
		return (-1);
	return (schema_exec(db, "COMMIT"));
}

/* The version as number, 0 for a text that is none. */
static int
schema_version(sqlite3 *db, int *version_r)
{
	static const char sql[] =
	    "SELECT value FROM metadata WHERE key = 'db_version'";
	sqlite3_stmt *s;
	const char *text;
	int rc;

	*version_r = 0;
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		return (-1);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW) {
		text = (const char *)sqlite3_column_text(s, 0);
		if (text != NULL)
			*version_r = (int)strtol(text, NULL, 10);
	}
	return (sqlite3_finalize(s) == SQLITE_OK ? 0 : -1);
}

static int
schema_stamp(sqlite3 *db, int version)
{
	char sql[96];

	snprintf(sql, sizeof(sql),
	    "UPDATE metadata SET value = '%d' WHERE key = 'db_version'",
	    version);
	return (schema_exec(db, sql));
}

/* One step of the way, or more; -1 leaves the transaction open. */
static int
schema_walk(sqlite3 *db, const struct schema *sc, int from)
{
	const struct schema_step *sp;

	for (sp = sc->sc_steps; sp->sp_sql != NULL; sp++)
		if (sp->sp_from >= from && schema_list(db, sp->sp_sql) == -1)
			return (-1);
	return (schema_stamp(db, sc->sc_version));
}

/*
 * All of the way or nothing. A table that others refer to is made anew on it,
 * which is why foreign keys are not looked at: deleting the old one would take
 * their rows along.
 */
static int
schema_upgrade(sqlite3 *db, const struct schema *sc, int from)
{
	char why[256];

	if (schema_exec(db, "PRAGMA foreign_keys = OFF") == -1 ||
	    schema_exec(db, "BEGIN IMMEDIATE") == -1)
		return (-1);
	if (schema_walk(db, sc, from) == -1 ||
	    schema_exec(db, "COMMIT") == -1) {
		snprintf(why, sizeof(why), "%s", sqlite3_errmsg(db));
		schema_exec(db, "ROLLBACK");
		log_errorx("%s database, version %d to %d: %s", sc->sc_name,
		    from, sc->sc_version, why);
		return (-1);
	}
	log_info("%s database: brought from version %d to %d", sc->sc_name,
	    from, sc->sc_version);
	return (schema_exec(db, "PRAGMA foreign_keys = ON"));
}

/* All works without it, only slower: a full disk is no reason to refuse. */
static void
schema_more(sqlite3 *db, const struct schema *sc)
{
	if (sc->sc_more != NULL && schema_list(db, sc->sc_more) == -1)
		log_errorx("%s database: %s", sc->sc_name, sqlite3_errmsg(db));
}

int
schema_check(
    sqlite3 *db, const struct schema *sc, bool upgrade, char *why, size_t len)
{
	const struct schema_step *sp = sc->sc_steps;
	int version;

	*why = '\0';
	if (schema_version(db, &version) == -1)
		return (-1);
	if (version == sc->sc_version) {
		if (upgrade)
			schema_more(db, sc);
		return (0);
	}
	while (sp != NULL && sp->sp_sql != NULL && sp->sp_from != version)
		sp++;
	snprintf(why, len,
	    "has version %d of the schema of the %s database, not %d", version,
	    sc->sc_name, sc->sc_version);
	if (!upgrade || sp == NULL || sp->sp_sql == NULL ||
	    schema_upgrade(db, sc, version) == -1)
		return (-1);
	schema_more(db, sc);
	*why = '\0';
	return (0);
}
