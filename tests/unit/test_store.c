/* SPDX-License-Identifier: ISC */
/*
 * The embedded store: what it makes, what it refuses, statements, transactions
 * and deadlines.
 */
#include <sys/types.h>

#include "common/proc.h"
#include "tests/unit/store_rig.h"

#define SECOND 1000000000ULL

/* --- what is made ------------------------------------------------------ */

static void
test_fresh(void)
{
	struct tree t;
	struct store *st;

	tree_make(&t);
	st = writer(&t);
	CU_ASSERT_TRUE(store_registry(st));
	CU_ASSERT_EQUAL(tree_mode(&t, "queue/db/global.db"), 0640);
	CU_ASSERT_EQUAL(tree_mode(&t, "queue/db/global.db-wal") & 0137, 0);
	CU_ASSERT_EQUAL(tree_mode(&t, "queue/db/global.db-shm") & 0137, 0);
	query(st, "SELECT key, value FROM metadata", NULL, 0, "db_version|7");
	query(st,
	    "SELECT id, name, ip, register_ip, last_keepalive, `group`,"
	    " connection_status, node_name, status_code, disconnection_time,"
	    " group_config_status, sync_status, group_sync_status, version,"
	    " date_add > 1700000000 FROM agent",
	    NULL, 0,
	    "0|localhost|127.0.0.1|127.0.0.1|253402300799|NULL|active|unknown"
	    "|0|0|not synced|synced|synced|NULL|1");
	query(st, "SELECT count(*) FROM `group`", NULL, 0, "0");
	store_close(&st);
	/* Opened again, it is as it was. */
	st = writer(&t);
	CU_ASSERT_EQUAL(agents(st), 1);
	store_close(&st);
	CU_ASSERT_PTR_NULL(st);
	tree_end(&t);
}

static void
test_schema(void)
{
	struct tree t;
	struct store *st;

	tree_make(&t);
	st = writer(&t);
	query(st,
	    "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master"
	    " WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	    " ORDER BY name)",
	    NULL, 0, "agent,belongs,group,info,labels,metadata");
	query(st,
	    "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master"
	    " WHERE type = 'index' AND name NOT LIKE 'sqlite_%'"
	    " ORDER BY name)",
	    NULL, 0,
	    "agent_group_hash,agent_ip,agent_name,"
	    "belongs_group");
	query(st, "SELECT group_concat(name) FROM pragma_table_info('agent')",
	    NULL, 0,
	    "id,name,ip,register_ip,internal_key,os_name,os_version,os_major,"
	    "os_minor,os_codename,os_build,os_platform,os_uname,os_arch,"
	    "version,config_sum,merged_sum,manager_host,node_name,date_add,"
	    "last_keepalive,group,group_hash,group_sync_status,sync_status,"
	    "connection_status,disconnection_time,group_config_status,"
	    "status_code");
	query(st,
	    "SELECT group_concat(name || ' ' || pk) FROM"
	    " pragma_table_info('belongs')",
	    NULL, 0, "id_agent 1,id_group 2,priority 0");
	/* The checks, the keys and the cascade. */
	CU_ASSERT_EQUAL(insert(st, 5), STORE_OK);
	CU_ASSERT_EQUAL(insert(st, 5), STORE_FAILED);
	CU_ASSERT_EQUAL(
	    store_run(st, "UPDATE agent SET connection_status = 'odd'", NULL, 0,
	        NULL, NULL),
	    STORE_FAILED);
	CU_ASSERT_EQUAL(store_run(st,
	                    "INSERT INTO `group` (name) VALUES"
	                    " ('default')",
	                    NULL, 0, NULL, NULL),
	    STORE_OK);
	CU_ASSERT_EQUAL(store_run(st, "INSERT INTO belongs VALUES (5, 1, 0)",
	                    NULL, 0, NULL, NULL),
	    STORE_OK);
	CU_ASSERT_EQUAL(store_run(st, "INSERT INTO belongs VALUES (6, 1, 0)",
	                    NULL, 0, NULL, NULL),
	    STORE_FAILED);
	CU_ASSERT_EQUAL(store_run(st,
	                    "INSERT INTO labels VALUES"
	                    " (5, 'k', 'v')",
	                    NULL, 0, NULL, NULL),
	    STORE_OK);
	CU_ASSERT_EQUAL(store_run(st, "DELETE FROM agent WHERE id = 5", NULL, 0,
	                    NULL, NULL),
	    STORE_OK);
	query(st,
	    "SELECT (SELECT count(*) FROM belongs),"
	    " (SELECT count(*) FROM labels)",
	    NULL, 0, "0|0");
	store_close(&st);
	tree_end(&t);
}

/* --- what is refused --------------------------------------------------- */

static void
test_refused(void)
{
	static const char *const wrong[] = { "UPDATE metadata SET value = '3'",
		"UPDATE metadata SET value = '8'" };
	static const char *const says[] = { "version 3", "version 8" };
	char why[STORE_WHY] = "";
	struct tree t;
	struct store *st;
	size_t i;
	int fd;

	tree_make(&t);
	CU_ASSERT_PTR_NULL(store_find("wdb"));
	CU_ASSERT_PTR_NULL(store_open("wdb", t.t_fd, true, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "wdb"));
	/* A tree with wazuh-db is not ours, for readers neither. */
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "bin", 0750), 0);
	fd = openat(t.t_fd, "bin/wazuh-db", O_CREAT | O_WRONLY, 0750);
	CU_ASSERT_TRUE(fd != -1);
	close(fd);
	CU_ASSERT_PTR_NULL(store_open("embedded", t.t_fd, true, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "wazuh-db"));
	CU_ASSERT_PTR_NULL(store_open("embedded", t.t_fd, false, why));
	CU_ASSERT_EQUAL(tree_mode(&t, "queue/db/global.db"), 0);
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, "bin/wazuh-db", 0), 0);
	/* Another version of the schema, too old or too new. */
	for (i = 0; i < 2; i++) {
		st = writer(&t);
		exec(st, SD_GLOBAL, wrong[i]);
		store_close(&st);
		CU_ASSERT_PTR_NULL(store_open("embedded", t.t_fd, true, why));
		CU_ASSERT_PTR_NOT_NULL(strstr(why, says[i]));
		st = reader(&t);
		CU_ASSERT_EQUAL(agents(st), -(int64_t)STORE_NONE);
		store_close(&st);
		CU_ASSERT_EQUAL(raw(&t, "queue/db/global.db",
		                    "UPDATE metadata SET value = '7'"),
		    SQLITE_OK);
	}
	/* Something else under its name. */
	fd = openat(t.t_fd, "queue/db/global.db", O_TRUNC | O_WRONLY);
	CU_ASSERT_TRUE(fd != -1);
	CU_ASSERT_EQUAL(write(fd, "not a database, rather a text", 29), 29);
	close(fd);
	CU_ASSERT_PTR_NULL(store_open("embedded", t.t_fd, true, why));
	/* A link is not followed. */
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, "queue/db/global.db", 0), 0);
	CU_ASSERT_EQUAL(
	    symlinkat("elsewhere", t.t_fd, "queue/db/global.db"), 0);
	CU_ASSERT_PTR_NULL(store_open("embedded", t.t_fd, true, why));
	tree_end(&t);
}

/* --- statements -------------------------------------------------------- */

static void
test_values(void)
{
	static const uint32_t ids[] = { 1, 4294967295U, 30 };
	struct store_val v[] = { SV_OF_TEXT("it's \"\xc3\xa9\" %_;--"),
		SV_OF_INT(INT64_MIN), SV_OF_NULL, SV_OF_IDS(ids, 3),
		{ .sv_type = SV_REAL, .sv_real = 0.5 } };
	const struct store_val none = SV_OF_IDS(ids, 0);
	struct store_val num = SV_OF_TEXT("42x");
	char sql[64], want[16];
	struct tree t;
	struct store *st;
	int i;

	tree_make(&t);
	st = writer(&t);
	query(st,
	    "SELECT ?1, ?2, ?3, ?5, (SELECT group_concat(value) FROM"
	    " json_each(?4))",
	    v, 5,
	    "it's \"\xc3\xa9\" %_;--|-9223372036854775808|NULL|0.5"
	    "|1,4294967295,30");
	query(st, "SELECT count(*) FROM json_each(?1)", &none, 1, "0");
	v[0].sv_text = "a\0b";
	v[0].sv_len = 3;
	query(st, "SELECT hex(?1), length(CAST(?1 AS BLOB))", v, 1, "610062|3");
	/* A parameter left from before is not there any more. */
	query(st, "SELECT hex(?1), length(CAST(?1 AS BLOB))", NULL, 0, "NULL");
	/* More statements than are kept, twice. */
	for (i = 0; i < 80; i++) {
		snprintf(sql, sizeof(sql), "SELECT %d + 1", i % 40);
		snprintf(want, sizeof(want), "%d", i % 40 + 1);
		query(st, sql, NULL, 0, want);
	}
	CU_ASSERT_EQUAL(
	    store_run(st, "SELECT nothing", NULL, 0, NULL, NULL), STORE_FAILED);
	CU_ASSERT_EQUAL(
	    store_run(st, "ATTACH '/queue/db/x.db' AS x", NULL, 0, NULL, NULL),
	    STORE_FAILED);
	CU_ASSERT_EQUAL(
	    store_run(st, "SELECT load_extension('x')", NULL, 0, NULL, NULL),
	    STORE_FAILED);
	CU_ASSERT_EQUAL(store_int(&num), 42);
	store_close(&st);
	tree_end(&t);
}

static int
row_fails(void *arg, const struct store_val *col, size_t n)
{
	return (++*(int *)arg == 2 ? -1 : 0);
}

static void
test_transactions(void)
{
	struct tree t;
	struct store *st, *rd;
	int n = 0;

	tree_make(&t);
	st = writer(&t);
	CU_ASSERT_EQUAL(store_tx(st, STORE_WRITE), STORE_OK);
	CU_ASSERT_EQUAL(insert(st, 1), STORE_OK);
	CU_ASSERT_EQUAL(store_tx(st, STORE_ROLLBACK), STORE_OK);
	CU_ASSERT_EQUAL(store_tx(st, STORE_ROLLBACK), STORE_OK);
	CU_ASSERT_EQUAL(agents(st), 1);
	CU_ASSERT_EQUAL(store_tx(st, STORE_WRITE), STORE_OK);
	CU_ASSERT_EQUAL(insert(st, 1), STORE_OK);
	CU_ASSERT_EQUAL(store_tx(st, STORE_COMMIT), STORE_OK);
	/* A reader's transaction sees one state. */
	rd = reader(&t);
	CU_ASSERT_EQUAL(store_tx(rd, STORE_READ), STORE_OK);
	CU_ASSERT_EQUAL(agents(rd), 2);
	CU_ASSERT_EQUAL(insert(st, 2), STORE_OK);
	CU_ASSERT_EQUAL(agents(rd), 2);
	CU_ASSERT_EQUAL(store_tx(rd, STORE_COMMIT), STORE_OK);
	CU_ASSERT_EQUAL(agents(rd), 3);
	CU_ASSERT_EQUAL(insert(rd, 9), STORE_NONE);
	CU_ASSERT_EQUAL(agents(rd), 3);
	/* A row's function that gives up ends the statement, not more. */
	CU_ASSERT_EQUAL(
	    store_run(rd, "SELECT id FROM agent", NULL, 0, row_fails, &n),
	    STORE_FAILED);
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_EQUAL(agents(rd), 3);
	store_close(&rd);
	store_close(&st);
	tree_end(&t);
}

static void
test_deadline(void)
{
	static const char endless[] =
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
	    " SELECT count(*) FROM c";
	struct tree t;
	struct store *st;
	sqlite3 *db;

	tree_make(&t);
	st = writer(&t);
	store_deadline(st, proc_now() + SECOND / 20);
	CU_ASSERT_EQUAL(
	    store_run(st, endless, NULL, 0, NULL, NULL), STORE_LATE);
	store_deadline(st, 0);
	CU_ASSERT_EQUAL(agents(st), 1);
	/* The other who holds the lock does not hold us for ever. */
	CU_ASSERT_EQUAL(sqlite3_open_v2("/queue/db/global.db", &db,
	                    SQLITE_OPEN_READWRITE, "unix"),
	    SQLITE_OK);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_deadline(st, proc_now() + SECOND / 20);
	CU_ASSERT_EQUAL(insert(st, 1), STORE_LATE);
	store_deadline(st, 0);
	CU_ASSERT_EQUAL(insert(st, 1), STORE_FAILED);
	CU_ASSERT_EQUAL(sqlite3_close(db), SQLITE_OK);
	CU_ASSERT_EQUAL(insert(st, 1), STORE_OK);
	store_close(&st);
	tree_end(&t);
}

static void
test_drop(void)
{
	static const char *const names[] = { "queue/db/007.db",
		"queue/db/007.db-wal", "queue/db/1000.db",
		"queue/db/1000.db-journal", "queue/db/070.db" };
	struct tree t;
	struct store *st;
	size_t i;

	tree_make(&t);
	st = writer(&t);
	for (i = 0; i < 5; i++)
		close(openat(t.t_fd, names[i], O_CREAT | O_WRONLY, 0640));
	CU_ASSERT_EQUAL(store_drop(st, 7), STORE_OK);
	CU_ASSERT_EQUAL(store_drop(st, 1000), STORE_OK);
	CU_ASSERT_EQUAL(store_drop(st, 8), STORE_OK);
	for (i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(tree_mode(&t, names[i]), i == 4 ? 0640 : 0);
	store_close(&st);
	tree_end(&t);
}

static const struct unit_case cases[] = { { "fresh", test_fresh },
	{ "schema", test_schema }, { "refused", test_refused },
	{ "values", test_values }, { "transactions", test_transactions },
	{ "deadline", test_deadline }, { "drop", test_drop }, { NULL, NULL } };

int
main(void)
{
	return (store_main("store", cases));
}
