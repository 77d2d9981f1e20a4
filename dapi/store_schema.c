/* SPDX-License-Identifier: ISC */
/*
 * The schema of global.db: tables, columns, defaults, checks and indexes of
 * wazuh-db 4.14 (db_version 7), so that either program can open what the other
 * made.
 */
#include <sys/types.h>

#include <stddef.h>

#include "dapi/store_schema.h"

const char *const schema_global[] = {
	"CREATE TABLE agent ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL,"
	" ip TEXT,"
	" register_ip TEXT,"
	" internal_key TEXT,"
	" os_name TEXT,"
	" os_version TEXT,"
	" os_major TEXT,"
	" os_minor TEXT,"
	" os_codename TEXT,"
	" os_build TEXT,"
	" os_platform TEXT,"
	" os_uname TEXT,"
	" os_arch TEXT,"
	" version TEXT,"
	" config_sum TEXT,"
	" merged_sum TEXT,"
	" manager_host TEXT,"
	" node_name TEXT DEFAULT 'unknown',"
	" date_add INTEGER NOT NULL,"
	" last_keepalive INTEGER,"
	" `group` TEXT DEFAULT 'default',"
	" group_hash TEXT,"
	" group_sync_status TEXT DEFAULT 'synced'"
	"  CHECK (group_sync_status IN ('synced', 'syncreq')),"
	" sync_status TEXT DEFAULT 'synced'"
	"  CHECK (sync_status IN ('synced', 'syncreq', 'syncreq_status',"
	"   'syncreq_keepalive')),"
	" connection_status TEXT DEFAULT 'never_connected'"
	"  CHECK (connection_status IN ('pending', 'never_connected',"
	"   'active', 'disconnected')),"
	" disconnection_time INTEGER DEFAULT 0,"
	" group_config_status TEXT DEFAULT 'not synced'"
	"  CHECK (group_config_status IN ('synced', 'not synced')),"
	" status_code INTEGER DEFAULT 0"
	")",
	"CREATE INDEX agent_name ON agent (name)",
	"CREATE INDEX agent_ip ON agent (ip)",
	"CREATE INDEX agent_group_hash ON agent (group_hash)",
	"CREATE TABLE labels ("
	" id INTEGER REFERENCES agent (id) ON DELETE CASCADE,"
	" key TEXT,"
	" value TEXT,"
	" PRIMARY KEY (id, key)"
	")",
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
	"INSERT INTO metadata (key, value) VALUES ('db_version', '7')", NULL
};
