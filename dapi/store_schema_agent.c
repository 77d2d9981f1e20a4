/* SPDX-License-Identifier: ISC */
/*
 * The database of an agent (db_version 16): files, rootcheck, CIS-CAT, SCA, and
 * the state of scans and of synchronisation.
 */
#include <sys/types.h>

#include <stddef.h>

#include "dapi/store_schema.h"

const char *const schema_agent[] = {
	"CREATE TABLE fim_entry ("
	" full_path TEXT PRIMARY KEY,"
	" file TEXT,"
	" type TEXT CHECK (type IN"
	"  ('file', 'registry_key', 'registry_value')),"
	" date INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),"
	" changes INTEGER DEFAULT 1,"
	" arch TEXT CHECK (arch IN ('[x64]', '[x32]')),"
	" value_name TEXT,"
	" value_type TEXT,"
	" size INTEGER,"
	" perm TEXT,"
	" uid TEXT,"
	" gid TEXT,"
	" md5 TEXT,"
	" sha1 TEXT,"
	" uname TEXT,"
	" gname TEXT,"
	" mtime INTEGER,"
	" inode INTEGER,"
	" sha256 TEXT,"
	" attributes TEXT,"
	" symbolic_path TEXT,"
	" checksum TEXT"
	")",
	"CREATE TABLE pm_event ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" date_first INTEGER,"
	" date_last INTEGER,"
	" log TEXT,"
	" pci_dss TEXT,"
	" cis TEXT"
	")",
	"CREATE TABLE ciscat_results ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" scan_id INTEGER,"
	" scan_time TEXT,"
	" benchmark TEXT,"
	" profile TEXT,"
	" pass INTEGER,"
	" fail INTEGER,"
	" error INTEGER,"
	" notchecked INTEGER,"
	" unknown INTEGER,"
	" score INTEGER"
	")",
	"CREATE TABLE scan_info ("
	" module TEXT PRIMARY KEY,"
	" first_start INTEGER DEFAULT 0,"
	" first_end INTEGER DEFAULT 0,"
	" start_scan INTEGER DEFAULT 0,"
	" end_scan INTEGER DEFAULT 0,"
	" fim_first_check INTEGER DEFAULT 0,"
	" fim_second_check INTEGER DEFAULT 0,"
	" fim_third_check INTEGER DEFAULT 0"
	")",
	"CREATE TABLE sca_policy ("
	" name TEXT,"
	" file TEXT,"
	" id TEXT,"
	" description TEXT,"
	" `references` TEXT,"
	" hash_file TEXT"
	")",
	"CREATE TABLE sca_scan_info ("
	" id INTEGER PRIMARY KEY,"
	" start_scan INTEGER,"
	" end_scan INTEGER,"
	" policy_id TEXT,"
	" pass INTEGER,"
	" fail INTEGER,"
	" invalid INTEGER,"
	" total_checks INTEGER,"
	" score INTEGER,"
	" hash TEXT"
	")",
	"CREATE TABLE sca_check ("
	" scan_id INTEGER,"
	" id INTEGER PRIMARY KEY,"
	" policy_id TEXT,"
	" title TEXT,"
	" description TEXT,"
	" rationale TEXT,"
	" remediation TEXT,"
	" file TEXT,"
	" process TEXT,"
	" directory TEXT,"
	" registry TEXT,"
	" command TEXT,"
	" `references` TEXT,"
	" result TEXT,"
	" reason TEXT,"
	" condition TEXT"
	")",
	"CREATE TABLE sca_check_rules ("
	" id_check INTEGER,"
	" `type` TEXT,"
	" rule TEXT,"
	" PRIMARY KEY (id_check, `type`, rule)"
	")",
	"CREATE TABLE sca_check_compliance ("
	" id_check INTEGER,"
	" `key` TEXT,"
	" `value` TEXT,"
	" PRIMARY KEY (id_check, `key`, `value`)"
	")",
	"CREATE TABLE sync_info ("
	" component TEXT PRIMARY KEY,"
	" last_attempt INTEGER DEFAULT 0,"
	" last_completion INTEGER DEFAULT 0,"
	" n_attempts INTEGER DEFAULT 0,"
	" n_completions INTEGER DEFAULT 0,"
	" last_manager_checksum TEXT DEFAULT '',"
	" last_agent_checksum TEXT DEFAULT ''"
	")",
	"CREATE TABLE metadata ("
	" key TEXT PRIMARY KEY,"
	" value TEXT"
	")",
	"CREATE INDEX fim_entry_file ON fim_entry (file)",
	"CREATE INDEX fim_entry_date ON fim_entry (date)",
	"CREATE INDEX pm_event_log ON pm_event (log)",
	"CREATE INDEX sca_scan_info_policy ON sca_scan_info (policy_id)",
	"CREATE INDEX sca_check_policy ON sca_check (policy_id)",
	"INSERT INTO scan_info (module) VALUES ('fim'), ('syscollector')",
	"INSERT INTO sync_info (component) VALUES ('fim'), ('fim_file'),"
	" ('fim_registry'), ('fim_registry_key'), ('fim_registry_value'),"
	" ('syscollector-processes'), ('syscollector-packages'),"
	" ('syscollector-hotfixes'), ('syscollector-ports'),"
	" ('syscollector-netproto'), ('syscollector-netaddress'),"
	" ('syscollector-netinfo'), ('syscollector-hwinfo'),"
	" ('syscollector-osinfo'), ('syscollector-users'),"
	" ('syscollector-groups'), ('syscollector-browser-extensions'),"
	" ('syscollector-services')",
	"INSERT INTO metadata (key, value) VALUES ('db_version', '16')", NULL
};
