/* SPDX-License-Identifier: ISC */
/*
 * tasks.db (db_version 1): what agents were told to do, upgrades above all. Its
 * names are in capitals, as wazuh-db has them.
 */
#include <sys/types.h>

#include <stddef.h>

#include "dapi/store_schema.h"

const char *const schema_tasks[] = {
	"CREATE TABLE TASKS ("
	" TASK_ID INTEGER PRIMARY KEY AUTOINCREMENT,"
	" AGENT_ID INTEGER NOT NULL,"
	" NODE TEXT NOT NULL,"
	" MODULE TEXT NOT NULL,"
	" COMMAND TEXT NOT NULL,"
	" CREATE_TIME INTEGER NOT NULL,"
	" LAST_UPDATE_TIME INTEGER,"
	" STATUS TEXT NOT NULL,"
	" ERROR_MESSAGE TEXT"
	")",
	"CREATE TABLE METADATA ("
	" key TEXT PRIMARY KEY,"
	" value TEXT"
	")",
	"CREATE INDEX tasks_task_id ON TASKS (TASK_ID)",
	"CREATE INDEX tasks_agent_id ON TASKS (AGENT_ID)",
	"CREATE INDEX tasks_node ON TASKS (NODE)",
	"CREATE INDEX tasks_module ON TASKS (MODULE)",
	"CREATE INDEX tasks_command ON TASKS (COMMAND)",
	"CREATE INDEX tasks_create_time ON TASKS (CREATE_TIME)",
	"CREATE INDEX tasks_last_update_time ON TASKS (LAST_UPDATE_TIME)",
	"CREATE INDEX tasks_status ON TASKS (STATUS)",
	"CREATE INDEX tasks_error_message ON TASKS (ERROR_MESSAGE)",
	"INSERT INTO METADATA (key, value) VALUES ('db_version', '1')", NULL
};
