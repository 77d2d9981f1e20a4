/* SPDX-License-Identifier: ISC */
/*
 * What the embedded databases are made of: the tables, columns, defaults,
 * checks and first rows of wazuh-db 4.14, so that either program can open what
 * the other made. The version stands in the row db_version of the table
 * metadata.
 */
#ifndef DAPI_STORE_SCHEMA_H
#define DAPI_STORE_SCHEMA_H

#include <stdbool.h>
#include <sqlite3.h>

#define SCHEMA_GLOBAL_VERSION	7
#define SCHEMA_AGENT_VERSION	16
#define SCHEMA_TASKS_VERSION	1
#define SCHEMA_MITRE_VERSION	1

/* Statements, ending in NULL, to be run in one transaction. */
extern const char *const schema_global[];
extern const char *const schema_agent[];	/* but for the inventory */
extern const char *const schema_inventory[];	/* an agent's sys_* tables */
extern const char *const schema_tasks[];
extern const char *const schema_mitre[];
/* What wazuh-db does not have and does not mind; may be run again. */
extern const char *const schema_global_more[];

/*
 * The way from a version to the next; ends with sp_sql NULL. Foreign keys are
 * not enforced on the way, and the version is written by schema_check().
 */
struct schema_step {
	int			 sp_from;
	const char *const	*sp_sql;
};
extern const struct schema_step schema_global_steps[];

struct schema {
	const char		*sc_name;
	int			 sc_version;
	const char *const	*sc_sql[3];	/* ends with NULL */
	const struct schema_step *sc_steps;	/* NULL: there are none */
	const char *const	*sc_more;	/* NULL: there is nothing */
};

enum schema_id { SCHEMA_GLOBAL, SCHEMA_TASKS, SCHEMA_MITRE, SCHEMA_AGENT };

const struct schema *schema_find(enum schema_id);

/* Fill an empty database. 0, or -1: sqlite3_errmsg() tells. */
int	schema_make(sqlite3 *, const struct schema *);

/*
 * Has the database the version that we know? upgrade: one that is older and
 * can be brought to it is, and gets sc_more where it lacks that. 0, or -1 with
 * one line in why (len bytes), which is empty where sqlite3_errmsg() tells.
 */
int	schema_check(sqlite3 *, const struct schema *, bool upgrade, char *why,
	    size_t len);

#endif
