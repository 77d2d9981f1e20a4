/* SPDX-License-Identifier: ISC */
/*
 * The schema of global.db (db_version 7), and the way to it from version 4 on:
 * 5 brought the status code, 6 tied labels to their agent, 7 more states of
 * synchronisation. What is older wazuh-db has to open first.
 */
#include <sys/types.h>

#include <stddef.h>

#include "dapi/store_schema.h"

#define SCHEMA_COLUMNS                                                    \
	" ("                                                              \
	" id INTEGER PRIMARY KEY,"                                        \
	" name TEXT NOT NULL,"                                            \
	" ip TEXT,"                                                       \
	" register_ip TEXT,"                                              \
	" internal_key TEXT,"                                             \
	" os_name TEXT,"                                                  \
	" os_version TEXT,"                                               \
	" os_major TEXT,"                                                 \
	" os_minor TEXT,"                                                 \
	" os_codename TEXT,"                                              \
	" os_build TEXT,"                                                 \
	" os_platform TEXT,"                                              \
	" os_uname TEXT,"                                                 \
	" os_arch TEXT,"                                                  \
	" version TEXT,"                                                  \
	" config_sum TEXT,"                                               \
	" merged_sum TEXT,"                                               \
	" manager_host TEXT,"                                             \
	" node_name TEXT DEFAULT 'unknown',"                              \
	" date_add INTEGER NOT NULL,"                                     \
	" last_keepalive INTEGER,"                                        \
	" `group` TEXT DEFAULT 'default',"                                \
	" group_hash TEXT,"                                               \
	" group_sync_status TEXT DEFAULT 'synced'"                        \
	"  CHECK (group_sync_status IN ('synced', 'syncreq')),"           \
	" sync_status TEXT DEFAULT 'synced'"                              \
	"  CHECK (sync_status IN ('synced', 'syncreq', 'syncreq_status'," \
	"   'syncreq_keepalive')),"                                       \
	" connection_status TEXT DEFAULT 'never_connected'"               \
	"  CHECK (connection_status IN ('pending', 'never_connected',"    \
	"   'active', 'disconnected')),"                                  \
	" disconnection_time INTEGER DEFAULT 0,"                          \
	" group_config_status TEXT DEFAULT 'not synced'"                  \
	"  CHECK (group_config_status IN ('synced', 'not synced')),"      \
	" status_code INTEGER DEFAULT 0"                                  \
	")"

#define SCHEMA_LABELS                                          \
	" ("                                                   \
	" id INTEGER REFERENCES agent (id) ON DELETE CASCADE," \
	" key TEXT,"                                           \
	" value TEXT,"                                         \
	" PRIMARY KEY (id, key)"                               \
	")"

#define SCHEMA_INDEXES                             \
	"CREATE INDEX agent_name ON agent (name)", \
	    "CREATE INDEX agent_ip ON agent (ip)", \
	    "CREATE INDEX agent_group_hash ON agent (group_hash)"

const char *const schema_global[] = { "CREATE TABLE agent" SCHEMA_COLUMNS,
	SCHEMA_INDEXES, "CREATE TABLE labels" SCHEMA_LABELS,
	"CREATE TABLE info ("
	" key TEXT PRIMARY KEY,"
	" value TEXT"
	")",
	"CREATE TABLE `group` ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" name TEXT UNIQUE"
	")",
	"CREATE TABLE belongs ("
	" id_agent INTEGER REFERENCES agent (id) ON DELETE CASCADE,"
	" id_group INTEGER REFERENCES `group` (id) ON DELETE CASCADE,"
	" priority INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (id_agent, priority),"
	" PRIMARY KEY (id_agent, id_group)"
	")",
	"CREATE TABLE metadata ("
	" key TEXT PRIMARY KEY,"
	" value TEXT"
	")",
	/* Agent 000 is the manager itself: always there, always connected. */
	"INSERT INTO agent (id, ip, register_ip, name, date_add,"
	" last_keepalive, `group`, connection_status)"
	" VALUES (0, '127.0.0.1', '127.0.0.1', 'localhost',"
	" CAST(strftime('%s', 'now') AS INTEGER), 253402300799, NULL,"
	" 'active')",
	"INSERT INTO metadata (key, value) VALUES ('db_version', '7')", NULL };

/*
 * The members of a group, in the order of their ids: without it whoever asks
 * for them, and a group's deletion, looks at all memberships of all agents.
 */
const char *const schema_global_more[] = {
	"CREATE INDEX IF NOT EXISTS belongs_group"
	" ON belongs (id_group, id_agent)",
	NULL
};

/* --- from older versions ----------------------------------------------- */

static const char *const schema_4[] = {
	"ALTER TABLE agent ADD COLUMN status_code INTEGER DEFAULT 0", NULL
};

/* A column's constraint cannot be changed: the table is made anew. */
static const char *const schema_5[] = { "CREATE TABLE labels_6" SCHEMA_LABELS,
	"INSERT OR REPLACE INTO labels_6 (id, key, value)"
	" SELECT id, key, value FROM labels"
	" WHERE id IN (SELECT id FROM agent)",
	"DROP TABLE labels", "ALTER TABLE labels_6 RENAME TO labels", NULL };

#define SCHEMA_NAMES                                                          \
	"id, name, ip, register_ip, internal_key, os_name, os_version,"       \
	" os_major, os_minor, os_codename, os_build, os_platform, os_uname,"  \
	" os_arch, version, config_sum, merged_sum, manager_host, node_name," \
	" date_add, last_keepalive, `group`, group_hash, group_sync_status,"  \
	" sync_status, connection_status, disconnection_time,"                \
	" group_config_status, status_code"

static const char *const schema_6[] = { "CREATE TABLE agent_7" SCHEMA_COLUMNS,
	"INSERT INTO agent_7 (" SCHEMA_NAMES ") SELECT " SCHEMA_NAMES
	" FROM agent",
	"DROP TABLE agent", "ALTER TABLE agent_7 RENAME TO agent",
	SCHEMA_INDEXES, NULL };

const struct schema_step schema_global_steps[] = { { 4, schema_4 },
	{ 5, schema_5 }, { 6, schema_6 }, { 0, NULL } };
