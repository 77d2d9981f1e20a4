/* SPDX-License-Identifier: ISC */
/*
 * The schema of rbac.db and the rows that a fresh one holds. Names, types,
 * constraints, ids and the order of links are those of the original, so that
 * a file may go either way.
 */
#include <sys/types.h>

#include "authz/rbacdb_schema.h"

const char *const schema_tables[] = {
	"CREATE TABLE users ("
	"id INTEGER NOT NULL, "
	"username VARCHAR(32) NOT NULL, "
	"password VARCHAR(256) NOT NULL, "
	"allow_run_as BOOLEAN NOT NULL, "
	"created_at DATETIME, "
	"PRIMARY KEY (id), "
	"CONSTRAINT username_restriction UNIQUE (username))",

	"CREATE TABLE roles ("
	"id INTEGER NOT NULL, "
	"name VARCHAR(20) NOT NULL, "
	"created_at DATETIME, "
	"PRIMARY KEY (id), "
	"CONSTRAINT name_role UNIQUE (name), "
	"CHECK (length(name) <= 64))",

	"CREATE TABLE rules ("
	"id INTEGER NOT NULL, "
	"name VARCHAR(20) NOT NULL, "
	"rule TEXT NOT NULL, "
	"created_at DATETIME, "
	"PRIMARY KEY (id), "
	"CONSTRAINT rule_name UNIQUE (name), "
	"CONSTRAINT rule_definition UNIQUE (rule))",

	"CREATE TABLE policies ("
	"id INTEGER NOT NULL, "
	"name VARCHAR(20) NOT NULL, "
	"policy TEXT NOT NULL, "
	"created_at DATETIME, "
	"PRIMARY KEY (id), "
	"CONSTRAINT name_policy UNIQUE (name), "
	"CONSTRAINT policy_definition UNIQUE (policy))",

	"CREATE TABLE user_roles ("
	"id INTEGER NOT NULL, "
	"user_id INTEGER, "
	"role_id INTEGER, "
	"level INTEGER, "
	"created_at DATETIME, "
	"PRIMARY KEY (id), "
	"CONSTRAINT user_role UNIQUE (user_id, role_id), "
	"FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, "
	"FOREIGN KEY(role_id) REFERENCES roles (id) ON DELETE CASCADE)",

	"CREATE TABLE roles_rules ("
	"id INTEGER NOT NULL, "
	"role_id INTEGER, "
	"rule_id INTEGER, "
	"created_at DATETIME, "
	"PRIMARY KEY (id), "
	"CONSTRAINT role_rule UNIQUE (role_id, rule_id), "
	"FOREIGN KEY(role_id) REFERENCES roles (id) ON DELETE CASCADE, "
	"FOREIGN KEY(rule_id) REFERENCES rules (id) ON DELETE CASCADE)",

	"CREATE TABLE roles_policies ("
	"id INTEGER NOT NULL, "
	"role_id INTEGER, "
	"policy_id INTEGER, "
	"level INTEGER, "
	"created_at DATETIME, "
	"PRIMARY KEY (id), "
	"CONSTRAINT role_policy UNIQUE (role_id, policy_id), "
	"FOREIGN KEY(role_id) REFERENCES roles (id) ON DELETE CASCADE, "
	"FOREIGN KEY(policy_id) REFERENCES policies (id) ON DELETE CASCADE)",

	"CREATE TABLE users_token_blacklist ("
	"user_id INTEGER NOT NULL, "
	"nbf_invalid_until INTEGER NOT NULL, "
	"is_valid_until INTEGER NOT NULL, "
	"PRIMARY KEY (user_id), "
	"CONSTRAINT user_invalidation_rule UNIQUE (user_id))",

	"CREATE TABLE roles_token_blacklist ("
	"role_id INTEGER NOT NULL, "
	"nbf_invalid_until INTEGER NOT NULL, "
	"is_valid_until INTEGER NOT NULL, "
	"PRIMARY KEY (role_id), "
	"CONSTRAINT role_invalidation_rule UNIQUE (role_id))",

	"CREATE TABLE runas_token_blacklist ("
	"nbf_invalid_until INTEGER NOT NULL, "
	"is_valid_until INTEGER NOT NULL, "
	"PRIMARY KEY (nbf_invalid_until), "
	"CONSTRAINT nbf_invalid_until_invalidation_rule "
	"UNIQUE (nbf_invalid_until))",

	NULL
};

const struct schema_user schema_users[2] = { { 1, "wazuh", 1 },
	{ 2, "wazuh-wui", 1 } };

const struct schema_rule schema_rules[] = {
	{ 1, "wui_elastic_admin", "{\"FIND\": {\"username\": \"elastic\"}}" },
	{ 2, "wui_opensearch_admin", "{\"FIND\": {\"user_name\": \"admin\"}}" },
	{ 0, NULL, NULL }
};

const struct schema_policy schema_policies[] = {
	{ 1, "agents_all_resourceless",
	    { "agent:create", "group:create", "agent:uninstall" },
	    { "*:*:*" } },
	{ 2, "agents_all_agents",
	    { "agent:read", "agent:delete", "agent:modify_group",
	        "agent:reconnect", "agent:restart", "agent:upgrade" },
	    { "agent:id:*", "agent:group:*" } },
	{ 3, "agents_all_groups",
	    { "group:read", "group:delete", "group:update_config",
	        "group:modify_assignments" },
	    { "group:id:*" } },
	{ 4, "agents_read_agents", { "agent:read" },
	    { "agent:id:*", "agent:group:*" } },
	{ 5, "agents_read_groups", { "group:read" }, { "group:id:*" } },
	{ 6, "agents_commands_agents", { "active-response:command" },
	    { "agent:id:*" } },
	{ 7, "security_all_resourceless",
	    { "security:create", "security:create_user", "security:read_config",
	        "security:update_config", "security:revoke",
	        "security:edit_run_as" },
	    { "*:*:*" } },
	{ 8, "security_all_security",
	    { "security:read", "security:update", "security:delete" },
	    { "role:id:*", "policy:id:*", "user:id:*", "rule:id:*" } },
	{ 9, "users_all_resourceless",
	    { "security:create_user", "security:revoke",
	        "security:edit_run_as" },
	    { "*:*:*" } },
	{ 10, "users_all_users",
	    { "security:read", "security:update", "security:delete" },
	    { "user:id:*" } },
	{ 11, "users_modify_run_as_flag", { "security:edit_run_as" },
	    { "*:*:*" } },
	{ 12, "ciscat_read_ciscat", { "ciscat:read" }, { "agent:id:*" } },
	{ 13, "decoders_read_decoders", { "decoders:read" },
	    { "decoder:file:*" } },
	{ 14, "decoders_all_files", { "decoders:read", "decoders:delete" },
	    { "decoder:file:*" } },
	{ 15, "decoders_all_resourceless", { "decoders:update" }, { "*:*:*" } },
	{ 16, "mitre_read_mitre", { "mitre:read" }, { "*:*:*" } },
	{ 17, "lists_read_rules", { "lists:read" }, { "list:file:*" } },
	{ 18, "lists_all_rules", { "lists:read", "lists:delete" },
	    { "list:file:*" } },
	{ 19, "lists_all_resourceless", { "lists:update" }, { "*:*:*" } },
	{ 20, "rootcheck_read_rootcheck", { "rootcheck:read" },
	    { "agent:id:*" } },
	{ 21, "rootcheck_all_rootcheck",
	    { "rootcheck:clear", "rootcheck:read", "rootcheck:run" },
	    { "agent:id:*" } },
	{ 22, "rules_read_rules", { "rules:read" }, { "rule:file:*" } },
	{ 23, "rules_all_files", { "rules:read", "rules:delete" },
	    { "rule:file:*" } },
	{ 24, "rules_all_resourceless", { "rules:update" }, { "*:*:*" } },
	{ 25, "sca_read_sca", { "sca:read" }, { "agent:id:*" } },
	{ 26, "syscheck_read_syscheck", { "syscheck:read" }, { "agent:id:*" } },
	{ 27, "syscheck_all_syscheck",
	    { "syscheck:clear", "syscheck:read", "syscheck:run" },
	    { "agent:id:*" } },
	{ 28, "syscollector_read_syscollector", { "syscollector:read" },
	    { "agent:id:*" } },
	{ 29, "cluster_all_resourceless",
	    { "cluster:status", "manager:read", "manager:read_api_config",
	        "manager:update_config", "manager:restart" },
	    { "*:*:*" } },
	{ 30, "cluster_all_nodes",
	    { "cluster:read_api_config", "cluster:read", "cluster:restart",
	        "cluster:update_config" },
	    { "node:id:*" } },
	{ 31, "cluster_read_resourceless",
	    { "cluster:status", "manager:read", "manager:read_api_config" },
	    { "*:*:*" } },
	{ 32, "cluster_read_nodes",
	    { "cluster:read_api_config", "cluster:read",
	        "cluster:read_api_config" },
	    { "node:id:*" } },
	{ 33, "logtest_all_logtest", { "logtest:run" }, { "*:*:*" } },
	{ 34, "task_status_task", { "task:status" }, { "*:*:*" } },
	{ 35, "events_ingest_resourceless", { "event:ingest" }, { "*:*:*" } },
	{ 0, NULL, { NULL }, { NULL } }
};

const struct schema_role schema_roles[] = {
	{ 1, "administrator",
	    { 1, 2, 3, 6, 7, 8, 29, 30, 12, 14, 15, 18, 19, 21, 23, 24, 16, 25,
	        27, 28, 33, 34, 35 },
	    { 1, 2 } },
	{ 2, "readonly", { 4, 5, 12, 31, 32, 13, 17, 20, 22, 16, 25, 26, 28 },
	    { 0 } },
	{ 3, "users_admin", { 9, 10 }, { 0 } },
	{ 4, "agents_readonly", { 4, 5 }, { 0 } },
	{ 5, "agents_admin", { 1, 2, 3 }, { 0 } },
	{ 6, "cluster_readonly", { 31, 32 }, { 0 } },
	{ 7, "cluster_admin", { 29, 30 }, { 0 } }, { 0, NULL, { 0 }, { 0 } }
};
