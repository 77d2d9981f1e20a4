/* SPDX-License-Identifier: ISC */
/*
 * What the embedded databases are made of, against a description of wazuh-db's
 * that was typed by hand; rows of a recorded manager; databases of older
 * versions.
 */
#include "tests/unit/store_rig.h"

struct table {
	const char *tb_name;
	const char *tb_columns;
};

/*
 * A column: name, first letter of the type (Integer, Text, Real, Varchar,
 * Datetime, Boolean), "!" where NULL is refused, "#" and the place in the
 * primary key, "=" and the default.
 */
static const struct table global_tables[] = {
	{ "agent",
	    "id I#1,name T!,ip T,register_ip T,internal_key T,os_name T,"
	    "os_version T,os_major T,os_minor T,os_codename T,os_build T,"
	    "os_platform T,os_uname T,os_arch T,version T,config_sum T,"
	    "merged_sum T,manager_host T,node_name T='unknown',date_add I!,"
	    "last_keepalive I,group T='default',group_hash T,"
	    "group_sync_status T='synced',sync_status T='synced',"
	    "connection_status T='never_connected',disconnection_time I=0,"
	    "group_config_status T='not synced',status_code I=0" },
	{ "belongs", "id_agent I#1,id_group I#2,priority I!=0" },
	{ "group", "id I#1,name T" },
	{ "info", "key T#1,value T" },
	{ "labels", "id I#1,key T#2,value T" },
	{ "metadata", "key T#1,value T" },
	{ NULL, NULL },
};

static const struct table agent_tables[] = {
	{ "ciscat_results",
	    "id I#1,scan_id I,scan_time T,benchmark T,profile T,pass I,fail I,"
	    "error I,notchecked I,unknown I,score I" },
	{ "fim_entry",
	    "full_path T#1,file T,type T,"
	    "date I=CAST(strftime('%s', 'now') AS INTEGER),changes I=1,arch T,"
	    "value_name T,value_type T,size I,perm T,uid T,gid T,md5 T,sha1 T,"
	    "uname T,gname T,mtime I,inode I,sha256 T,attributes T,"
	    "symbolic_path T,checksum T" },
	{ "metadata", "key T#1,value T" },
	{ "pm_event", "id I#1,date_first I,date_last I,log T,pci_dss T,cis T" },
	{ "sca_check",
	    "scan_id I,id I#1,policy_id T,title T,description T,rationale T,"
	    "remediation T,file T,process T,directory T,registry T,command T,"
	    "references T,result T,reason T,condition T" },
	{ "sca_check_compliance", "id_check I#1,key T#2,value T#3" },
	{ "sca_check_rules", "id_check I#1,type T#2,rule T#3" },
	{ "sca_policy",
	    "name T,file T,id T,description T,references T,hash_file T" },
	{ "sca_scan_info",
	    "id I#1,start_scan I,end_scan I,policy_id T,pass I,fail I,"
	    "invalid I,total_checks I,score I,hash T" },
	{ "scan_info",
	    "module T#1,first_start I=0,first_end I=0,start_scan I=0,"
	    "end_scan I=0,fim_first_check I=0,fim_second_check I=0,"
	    "fim_third_check I=0" },
	{ "sync_info",
	    "component T#1,last_attempt I=0,last_completion I=0,n_attempts I=0,"
	    "n_completions I=0,last_manager_checksum T='',"
	    "last_agent_checksum T=''" },
	{ "sys_browser_extensions",
	    "scan_id I,scan_time T,browser_name T#1,user_id T#2,"
	    "package_name T#4,package_id T,package_version T#5,"
	    "package_description T,package_vendor T,package_build_version T,"
	    "package_path T,browser_profile_name T,browser_profile_path T#3,"
	    "package_reference T,package_permissions T,package_type T,"
	    "package_enabled I,package_visible I,package_autoupdate I,"
	    "package_persistent I,package_from_webstore I,"
	    "browser_profile_referenced I,package_installed T,"
	    "file_hash_sha256 T,checksum T!,item_id T" },
	{ "sys_groups",
	    "scan_id I,scan_time T,group_id I,group_name T#1,"
	    "group_description T,group_id_signed I,group_uuid T,"
	    "group_is_hidden I,group_users T,checksum T!" },
	{ "sys_hotfixes", "scan_id I#1,scan_time T,hotfix T#2,checksum T!" },
	{ "sys_hwinfo",
	    "scan_id I#1,scan_time T,board_serial T#2,cpu_name T,cpu_cores I,"
	    "cpu_mhz R,ram_total I,ram_free I,ram_usage I,checksum T!" },
	{ "sys_netaddr",
	    "scan_id I#1,iface T#2,proto T#3,address T#4,netmask T,"
	    "broadcast T,checksum T!,item_id T" },
	{ "sys_netiface",
	    "scan_id I#1,scan_time T,name T#2,adapter T,type T,state T,mtu I,"
	    "mac T,tx_packets I,rx_packets I,tx_bytes I,rx_bytes I,"
	    "tx_errors I,rx_errors I,tx_dropped I,rx_dropped I,checksum T!,"
	    "item_id T" },
	{ "sys_netproto",
	    "scan_id I#1,iface T#2,type T#3,gateway T,dhcp T='unknown',"
	    "metric I,checksum T!,item_id T" },
	{ "sys_osinfo",
	    "scan_id I#1,scan_time T,hostname T,architecture T,os_name T#2,"
	    "os_version T,os_codename T,os_major T,os_minor T,os_patch T,"
	    "os_build T,os_platform T,sysname T,release T,version T,"
	    "os_release T,checksum T!,os_display_version T,reference T=''" },
	{ "sys_ports",
	    "scan_id I,scan_time T,protocol T#1,local_ip T#2,local_port I#3,"
	    "remote_ip T,remote_port I,tx_queue I,rx_queue I,inode I#4,"
	    "state T,PID I,process T,checksum T!,item_id T" },
	{ "sys_processes",
	    "scan_id I#1,scan_time T,pid T#2,name T,state T,ppid I,utime I,"
	    "stime I,cmd T,argvs T,euser T,ruser T,suser T,egroup T,rgroup T,"
	    "sgroup T,fgroup T,priority I,nice I,size I,vm_size I,resident I,"
	    "share I,start_time I,pgrp I,session I,nlwp I,tgid I,tty I,"
	    "processor I,checksum T!" },
	{ "sys_programs",
	    "scan_id I#1,scan_time T,format T#5,name T#2,priority T,section T,"
	    "size I,vendor T,install_time T,version T#3,architecture T#4,"
	    "multiarch T,source T,description T,location T#6,cpe T,"
	    "msu_name T,checksum T!,item_id T" },
	{ "sys_services",
	    "scan_id I,scan_time T,service_id T#1,service_name T,"
	    "service_description T,service_type T,service_state T,"
	    "service_sub_state T,service_enabled T,service_start_type T,"
	    "service_restart T,service_frequency I,service_starts_on_mount I,"
	    "service_starts_on_path_modified T,"
	    "service_starts_on_not_empty_directory T,"
	    "service_inetd_compatibility I,process_pid I,process_executable T,"
	    "process_args T,process_user_name T,process_group_name T,"
	    "process_working_directory T,process_root_directory T,"
	    "file_path T#2,service_address T,log_file_path T,"
	    "error_log_file_path T,service_exit_code I,"
	    "service_win32_exit_code I,service_following T,"
	    "service_object_path T,service_target_ephemeral_id I,"
	    "service_target_type T,service_target_address T,checksum T!,"
	    "item_id T" },
	{ "sys_users",
	    "scan_id I,scan_time T,user_name T#1,user_full_name T,user_home T,"
	    "user_id I,user_uid_signed I,user_uuid T,user_groups T,"
	    "user_group_id I,user_group_id_signed I,user_created R,"
	    "user_roles T,user_shell T,user_type T,user_is_hidden I,"
	    "user_is_remote I,user_last_login I,user_auth_failed_count I,"
	    "user_auth_failed_timestamp R,user_password_last_change R,"
	    "user_password_expiration_date I,user_password_hash_algorithm T,"
	    "user_password_inactive_days I,"
	    "user_password_max_days_between_changes I,"
	    "user_password_min_days_between_changes I,user_password_status T,"
	    "user_password_warning_days_before_expiration I,process_pid I,"
	    "host_ip T,login_status I,login_tty T,login_type T,checksum T!" },
	{ NULL, NULL },
};

static const struct table tasks_tables[] = {
	{ "METADATA", "key T#1,value T" },
	{ "TASKS",
	    "TASK_ID I#1,AGENT_ID I!,NODE T!,MODULE T!,COMMAND T!,"
	    "CREATE_TIME I!,LAST_UPDATE_TIME I,STATUS T!,ERROR_MESSAGE T" },
	{ NULL, NULL },
};

#define MITRE_NAMED                                                     \
	"id V!#1,name V!,description V,created_time D,modified_time D," \
	"mitre_version V,revoked_by V,deprecated B"

static const struct table mitre_tables[] = {
	{ "alias", "id V!#1,alias V!#2,type V!" },
	{ "contributor", "id V!#1,contributor V!#2,type V!" },
	{ "data_source", "id V!#1,source V!#2" },
	{ "defense_bypassed", "id V!#1,defense V!#2" },
	{ "effective_permission", "id V!#1,permission V!#2" },
	{ "group", MITRE_NAMED },
	{ "impact", "id V!#1,impact V!#2" },
	{ "metadata", "key V!#1,value V!" },
	{ "mitigate",
	    "id V!#1,source_id V!,target_id V!,description V,created_time D,"
	    "modified_time D" },
	{ "mitigation", MITRE_NAMED },
	{ "permission", "id V!#1,permission V!#2" },
	{ "phase", "tactic_id V!#1,tech_id V!#2" },
	{ "platform", "id V!#1,platform V!#2,type V!" },
	{ "reference",
	    "id V!#1,source V!#2,external_id V,url V!#3,description V,"
	    "type V!" },
	{ "software", MITRE_NAMED },
	{ "system_requirement", "id V!#1,requirement V!#2" },
	{ "tactic",
	    "id V!#1,name V!,description V,created_time D,modified_time D,"
	    "short_name V" },
	{ "technique",
	    "id V!#1,name V!,description V,created_time D,modified_time D,"
	    "mitre_version V,mitre_detection V,network_requirements B,"
	    "remote_support B,revoked_by V,deprecated B,subtechnique_of V" },
	{ "use",
	    "id V!#1,source_id V!,source_type V!,target_id V!,target_type V!,"
	    "description V,created_time D,modified_time D" },
	{ NULL, NULL },
};

/* --- tables ------------------------------------------------------------ */

static void
columns(struct store *st, struct store_db db, const struct table *tb)
{
	static const char sql[] =
	    "SELECT group_concat(name || ' ' || substr(type, 1, 1) ||"
	    " iif(\"notnull\", '!', '') || iif(pk, '#' || pk, '') ||"
	    " coalesce('=' || dflt_value, ''), ',')"
	    " FROM pragma_table_info(?1)";
	const struct store_val v = SV_OF_TEXT(tb->tb_name);

	query_in(st, db, sql, &v, 1, tb->tb_columns);
}

/* These tables, and no other. */
static void
tables(struct store *st, struct store_db db, const struct table *tb)
{
	static const char sql[] =
	    "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
	    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
	int64_t n = 0;

	for (; tb->tb_name != NULL; tb++, n++)
		columns(st, db, tb);
	CU_ASSERT_EQUAL(number(st, db, sql), n);
}

static void
test_tables(void)
{
	struct tree t;
	struct store *st;

	tree_make(&t);
	st = writer(&t);
	tables(st, SD_GLOBAL, global_tables);
	tables(st, SD_TASKS, tasks_tables);
	tables(st, SD_MITRE, mitre_tables);
	CU_ASSERT_EQUAL(store_make(st, SD_AGENT(7)), STORE_OK);
	tables(st, SD_AGENT(7), agent_tables);
	query_in(st, SD_TASKS,
	    "SELECT count(*) FROM pragma_index_list('TASKS')", NULL, 0, "9");
	store_close(&st);
	tree_end(&t);
}

static void
test_seeds(void)
{
	static const char version[] =
	    "SELECT value FROM metadata WHERE key = 'db_version'";
	struct tree t;
	struct store *st;

	tree_make(&t);
	st = writer(&t);
	CU_ASSERT_EQUAL(store_make(st, SD_AGENT(0)), STORE_OK);
	query(st, version, NULL, 0, "7");
	query_in(st, SD_AGENT(0), version, NULL, 0, "16");
	query_in(st, SD_TASKS, version, NULL, 0, "1");
	query_in(
	    st, SD_MITRE, "SELECT * FROM metadata", NULL, 0, "db_version|1");
	query_in(st, SD_AGENT(0), "SELECT * FROM scan_info ORDER BY module",
	    NULL, 0, "fim|0|0|0|0|0|0|0;syscollector|0|0|0|0|0|0|0");
	query_in(st, SD_AGENT(0),
	    "SELECT group_concat(component, ' ') FROM"
	    " (SELECT component FROM sync_info ORDER BY component)",
	    NULL, 0,
	    "fim fim_file fim_registry fim_registry_key fim_registry_value"
	    " syscollector-browser-extensions syscollector-groups"
	    " syscollector-hotfixes syscollector-hwinfo"
	    " syscollector-netaddress syscollector-netinfo"
	    " syscollector-netproto syscollector-osinfo syscollector-packages"
	    " syscollector-ports syscollector-processes syscollector-services"
	    " syscollector-users");
	query_in(st, SD_TASKS, "SELECT count(*) FROM tasks", NULL, 0, "0");
	store_close(&st);
	tree_end(&t);
}

static void
test_checks(void)
{
	static const char *const good[] = {
		"INSERT INTO fim_entry (full_path, type, arch) VALUES"
		" ('a', 'file', NULL), ('b', 'registry_key', '[x64]'),"
		" ('c', 'registry_value', '[x32]')",
		"INSERT INTO sys_netproto (scan_id, iface, type, dhcp, checksum)"
		" VALUES (0, 'a', 'ipv4', 'BOOTP', 'c'), (0, 'a', 'ipv6',"
		" 'enabled', 'c'), (0, 'b', 'ipv4', 'disabled', 'c')",
		"INSERT INTO sys_netproto (scan_id, iface, type, checksum)"
		" VALUES (0, 'c', 'ipv6', 'c')",
		"INSERT INTO sys_netiface (scan_id, name, mtu, checksum)"
		" VALUES (0, 'lo', 65536, 'c'), (0, 'x', NULL, 'c')",
		"INSERT INTO sys_ports (protocol, local_ip, local_port,"
		" remote_port, inode, checksum) VALUES"
		" ('udp', '::', 0, 0, 1, 'c')",
		"INSERT INTO sys_osinfo (scan_id, os_name, checksum)"
		" VALUES (0, 'x', 'c')",
	};
	static const char *const bad[] = {
		"INSERT INTO fim_entry (full_path, type) VALUES ('d', 'link')",
		"INSERT INTO fim_entry (full_path, type, arch) VALUES"
		" ('d', 'file', '[arm]')",
		"INSERT INTO fim_entry (full_path, type) VALUES ('a', 'file')",
		"INSERT INTO sys_netproto (scan_id, iface, type, dhcp, checksum)"
		" VALUES (0, 'd', 'ipv4', 'perhaps', 'c')",
		"INSERT INTO sys_netiface (scan_id, name, mtu, checksum)"
		" VALUES (0, 'y', 0, 'c')",
		"INSERT INTO sys_netiface (scan_id, name, checksum)"
		" VALUES (0, 'y', '')",
		"INSERT INTO sys_netiface (scan_id, name) VALUES (0, 'y')",
		"INSERT INTO sys_netiface (scan_id, name, checksum)"
		" VALUES (0, 'lo', 'd')",
		"INSERT INTO sys_ports (protocol, local_ip, local_port,"
		" inode, checksum) VALUES ('udp', '::', -1, 1, 'c')",
		"INSERT INTO sys_ports (protocol, local_ip, local_port,"
		" remote_port, inode, checksum) VALUES"
		" ('tcp', '::', 1, -1, 1, 'c')",
		"INSERT INTO sys_programs (scan_id, name, size, checksum)"
		" VALUES (0, 'p', -1, 'c')",
	};
	struct tree t;
	struct store *st;
	size_t i;

	tree_make(&t);
	st = writer(&t);
	CU_ASSERT_EQUAL(store_make(st, SD_AGENT(1)), STORE_OK);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		exec(st, SD_AGENT(1), good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(
		    store_run_in(st, SD_AGENT(1), bad[i], NULL, 0, NULL, NULL),
		    STORE_FAILED);
	query_in(st, SD_AGENT(1),
	    "SELECT dhcp FROM sys_netproto WHERE iface = 'c'", NULL, 0,
	    "unknown");
	query_in(st, SD_AGENT(1),
	    "SELECT reference = '', date > 1700000000, changes"
	    " FROM sys_osinfo, fim_entry WHERE full_path = 'a'",
	    NULL, 0, "1|1|1");
	CU_ASSERT_EQUAL(store_run_in(st, SD_TASKS,
	                    "INSERT INTO tasks (agent_id, node, module,"
	                    " command, create_time) VALUES (1, 'n', 'm', 'c',"
	                    " 0)",
	                    NULL, 0, NULL, NULL),
	    STORE_FAILED);
	CU_ASSERT_EQUAL(
	    store_run_in(st, SD_MITRE,
	        "INSERT INTO phase VALUES ('no', 'such')", NULL, 0, NULL, NULL),
	    STORE_FAILED);
	store_close(&st);
	tree_end(&t);
}

/* --- a recorded manager's rows ----------------------------------------- */

static const struct {
	uint32_t agent;
	bool extra; /* without rows */
} recorded[] = { { 0, false }, { 1, false }, { 2, false }, { 3, false },
	{ 4, false }, { 5, false }, { 6, false }, { 7, false }, { 8, false },
	{ 9, false }, { 10, true }, { 11, true }, { 12, true }, { 13, false },
	{ 14, true }, { 15, true } };

/* -1: the file is not there. */
static int
load(const struct tree *t, const char *name, const char *path)
{
	struct buf sql;

	if (fixture(name, &sql) == -1) {
		printf("unit store_schema: skipped, no %s\n", name);
		return (-1);
	}
	CU_ASSERT_EQUAL(raw(t, path, (const char *)sql.b_data), SQLITE_OK);
	buf_free(&sql);
	return (0);
}

static void
test_rows_agents(void)
{
	char name[64], path[64];
	struct tree t;
	struct store *st;
	size_t i;

	tree_make(&t);
	st = writer(&t);
	for (i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++) {
		snprintf(name, sizeof(name), "db%s/agent_%03u.sql",
		    recorded[i].extra ? "_extra" : "", recorded[i].agent);
		snprintf(
		    path, sizeof(path), "queue/db/%03u.db", recorded[i].agent);
		CU_ASSERT_EQUAL(
		    store_make(st, SD_AGENT(recorded[i].agent)), STORE_OK);
		if (load(&t, name, path) == -1)
			goto out;
		query_in(st, SD_AGENT(recorded[i].agent),
		    "SELECT count(*) > 10 FROM fim_entry", NULL, 0,
		    recorded[i].extra ? "0" : "1");
	}
	/* Some values with their types. */
	query_in(st, SD_AGENT(0),
	    "SELECT size, perm, mtime, inode, uid FROM fim_entry"
	    " WHERE file = '/etc/passwd'",
	    NULL, 0, "1000|rwxr-xr-x|1700000000|100|0");
	query_in(st, SD_AGENT(4),
	    "SELECT group_concat(DISTINCT typeof(cpu_mhz) || typeof(cpu_cores)"
	    " || typeof(scan_id) || typeof(scan_time)) FROM sys_hwinfo",
	    NULL, 0, "realintegerintegertext");
	query_in(st, SD_AGENT(4), "SELECT cpu_mhz FROM sys_hwinfo", NULL, 0,
	    "1992.4");
	query_in(st, SD_AGENT(4),
	    "SELECT DISTINCT typeof(uid) || typeof(pid) || typeof(tty)"
	    " FROM fim_entry, sys_processes WHERE uid IS NOT NULL",
	    NULL, 0, "texttextinteger");
out:
	store_close(&st);
	tree_end(&t);
}

static void
test_rows_global(void)
{
	struct tree t;
	struct store *st;

	tree_make(&t);
	st = writer(&t);
	if (load(&t, "db/global_data.sql", "queue/db/global.db") == 0) {
		CU_ASSERT_EQUAL(agents(st), 16);
		query(st, "SELECT count(*) FROM `group`", NULL, 0, "5");
		query(st, "SELECT name FROM agent WHERE id = 0", NULL, 0,
		    "wazuh-master");
	}
	if (load(&t, "db/tasks_data.sql", "queue/tasks/tasks.db") == 0)
		query_in(st, SD_TASKS,
		    "SELECT task_id, agent_id, status, error_message"
		    " FROM tasks WHERE task_id IN (1, 6)",
		    NULL, 0,
		    "1|2|Legacy|NULL;6|6|Timeout|Timeout while waiting for the"
		    " agent");
	store_close(&st);
	tree_end(&t);
}

/* mitre.sql has its own schema, which ours is compared with. */
static void
test_rows_mitre(void)
{
	struct tree t;
	struct store *st;

	tree_make(&t);
	st = writer(&t);
	store_close(&st);
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, "var/db/mitre.db", 0), 0);
	if (load(&t, "db/mitre.sql", "var/db/mitre.db") == 0) {
		st = writer(&t);
		tables(st, SD_MITRE, mitre_tables);
		query_in(st, SD_MITRE, "SELECT * FROM metadata", NULL, 0,
		    "db_version|1;mitre_version|2.0");
		CU_ASSERT_TRUE(number(st, SD_MITRE,
		                   "SELECT count(*) FROM technique") >= 50);
		store_close(&st);
	}
	tree_end(&t);
}

/* --- older versions ---------------------------------------------------- */

/* Version 4, as far as it differs: a narrower check, no code, free labels. */
static const char version_4[] =
    "DROP TABLE labels; DROP TABLE belongs; DROP TABLE agent;"
    "CREATE TABLE agent (id INTEGER PRIMARY KEY, name TEXT NOT NULL, ip TEXT,"
    " register_ip TEXT, internal_key TEXT, os_name TEXT, os_version TEXT,"
    " os_major TEXT, os_minor TEXT, os_codename TEXT, os_build TEXT,"
    " os_platform TEXT, os_uname TEXT, os_arch TEXT, version TEXT,"
    " config_sum TEXT, merged_sum TEXT, manager_host TEXT,"
    " node_name TEXT DEFAULT 'unknown', date_add INTEGER NOT NULL,"
    " last_keepalive INTEGER, `group` TEXT DEFAULT 'default',"
    " group_hash TEXT, group_sync_status TEXT NOT NULL CHECK"
    "  (group_sync_status IN ('synced', 'syncreq')) DEFAULT 'synced',"
    " sync_status TEXT NOT NULL CHECK"
    "  (sync_status IN ('synced', 'syncreq')) DEFAULT 'synced',"
    " connection_status TEXT NOT NULL DEFAULT 'never_connected',"
    " disconnection_time INTEGER DEFAULT 0,"
    " group_config_status TEXT NOT NULL DEFAULT 'not synced');"
    "CREATE INDEX agent_name ON agent (name);"
    "CREATE INDEX agent_ip ON agent (ip);"
    "CREATE INDEX agent_group_hash ON agent (group_hash);"
    "CREATE TABLE labels (id INTEGER, key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (id, key));"
    "CREATE TABLE belongs (id_agent INTEGER REFERENCES agent (id)"
    "  ON DELETE CASCADE, id_group INTEGER REFERENCES `group` (id)"
    "  ON DELETE CASCADE, priority INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (id_agent, priority), PRIMARY KEY (id_agent, id_group));"
    "INSERT INTO agent (id, name, date_add, os_uname, sync_status) VALUES"
    " (0, 'm', 1, 'u', 'synced'), (3, 'three', 2, NULL, 'syncreq');"
    "INSERT INTO `group` (id, name) VALUES (9, 'g');"
    "INSERT INTO belongs VALUES (3, 9, 0);"
    "INSERT INTO labels VALUES (3, 'k', 'v'), (5, 'k', 'of nobody');"
    "UPDATE metadata SET value = '4' WHERE key = 'db_version'";

static void
test_upgrade(void)
{
	struct tree t;
	struct store *st, *rd;

	tree_make(&t);
	st = writer(&t);
	store_close(&st);
	CU_ASSERT_EQUAL(raw(&t, "queue/db/global.db", version_4), SQLITE_OK);
	/* A reader does not bring it on, nor does it believe it. */
	rd = reader(&t);
	CU_ASSERT_EQUAL(agents(rd), -(int64_t)STORE_NONE);
	st = writer(&t);
	tables(st, SD_GLOBAL, global_tables);
	query(st, "SELECT value FROM metadata", NULL, 0, "7");
	query(st,
	    "SELECT id, name, date_add, os_uname, sync_status, status_code"
	    " FROM agent ORDER BY id",
	    NULL, 0, "0|m|1|u|synced|0;3|three|2|NULL|syncreq|0");
	query(st, "SELECT * FROM labels", NULL, 0, "3|k|v");
	query(st, "SELECT * FROM belongs", NULL, 0, "3|9|0");
	query(st,
	    "SELECT count(*) FROM sqlite_master WHERE type = 'index'"
	    " AND name IN ('agent_name', 'agent_ip', 'agent_group_hash',"
	    " 'belongs_group')",
	    NULL, 0, "4");
	query(
	    st, "SELECT count(*) FROM pragma_foreign_key_check", NULL, 0, "0");
	/* The check is the wide one, and foreign keys count again. */
	exec(st, SD_GLOBAL,
	    "UPDATE agent SET sync_status = 'syncreq_keepalive'");
	exec(st, SD_GLOBAL, "DELETE FROM agent WHERE id = 3");
	query(st,
	    "SELECT (SELECT count(*) FROM labels),"
	    " (SELECT count(*) FROM belongs)",
	    NULL, 0, "0|0");
	CU_ASSERT_EQUAL(agents(rd), 1);
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

/* What cannot be brought on is left as it was. */
static void
test_upgrade_fails(void)
{
	char why[STORE_WHY];
	struct tree t;
	struct store *st;

	tree_make(&t);
	st = writer(&t);
	store_close(&st);
	CU_ASSERT_EQUAL(raw(&t, "queue/db/global.db", version_4), SQLITE_OK);
	CU_ASSERT_EQUAL(raw(&t, "queue/db/global.db",
	                    "UPDATE agent SET connection_status = 'odd'"),
	    SQLITE_OK);
	CU_ASSERT_PTR_NULL(store_open("embedded", t.t_fd, true, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "version 4"));
	CU_ASSERT_EQUAL(raw(&t, "queue/db/global.db",
	                    "INSERT INTO labels VALUES (77, 'still', 'free');"
	                    "UPDATE agent SET connection_status = 'pending'"),
	    SQLITE_OK);
	st = writer(&t);
	query(st, "SELECT count(*) FROM agent", NULL, 0, "2");
	query(st, "SELECT * FROM labels", NULL, 0, "3|k|v");
	store_close(&st);
	tree_end(&t);
}

/* The index that wazuh-db does not make, in its databases and in ours. */
static void
test_more(void)
{
	static const char sql[] =
	    "SELECT count(*) FROM sqlite_master WHERE name = 'belongs_group'";
	struct tree t;
	struct store *st;
	int i;

	tree_make(&t);
	for (i = 0; i < 2; i++) {
		st = writer(&t);
		query(st, sql, NULL, 0, "1");
		store_close(&st);
		CU_ASSERT_EQUAL(raw(&t, "queue/db/global.db",
		                    i == 0 ? "DROP INDEX belongs_group" : ""),
		    SQLITE_OK);
	}
	/* In the way of it stands a table: all goes on without. */
	CU_ASSERT_EQUAL(raw(&t, "queue/db/global.db",
	                    "DROP INDEX belongs_group;"
	                    "CREATE TABLE belongs_group (x)"),
	    SQLITE_OK);
	st = writer(&t);
	CU_ASSERT_EQUAL(agents(st), 1);
	store_close(&st);
	tree_end(&t);
}

static const struct unit_case cases[] = { { "tables", test_tables },
	{ "first rows", test_seeds }, { "checks", test_checks },
	{ "recorded rows: agents", test_rows_agents },
	{ "recorded rows: global, tasks", test_rows_global },
	{ "recorded rows: mitre", test_rows_mitre },
	{ "more than tables", test_more }, { "older version", test_upgrade },
	{ "older version, damaged", test_upgrade_fails }, { NULL, NULL } };

int
main(void)
{
	return (store_main("store_schema", cases));
}
