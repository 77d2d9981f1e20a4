/* SPDX-License-Identifier: ISC */
/*
 * Queries of both dialects: each line of the input is an argument, such as
 * "q=id>1" or "f:status=active|pending" (see rig_args_pair()). What SQLite
 * answers and what memory answers has to be the same; an array has only to
 * survive it.
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "dapi/fields_agents.h"
#include "dapi/store_schema.h"
#include "tests/unit/query_rig.h"

#define LINES  12
#define ANSWER (1UL << 20)

static const char *const rows[] = {
	"INSERT INTO agent (id, name, register_ip, version, date_add,"
	" last_keepalive, `group`, connection_status, os_name, os_major,"
	" config_sum) VALUES"
	" (1, 'alpha', 'any', 'Wazuh v4.14.9', 1699990000, 1699999990,"
	"  'default,web', 'active', 'Debian', '12', '{\"a\":[\"b\"]}'),"
	" (2, 'ALPHA', '10.0.0.2', 'Wazuh v4.9.2', 1600000000, NULL, NULL,"
	"  'never_connected', NULL, NULL, '1.5'),"
	" (13, 'O''Neil', '::1', 'foo', 0, 0, 'web_1', 'disconnected', '',"
	"  '9', 'true'),"
	" (20, '\xc3\xa1rbol', NULL, NULL, 1699999999, 1699913600, '',"
	"  'pending', 'x', '100', '[1,2]')",
	NULL
};

static const char items[] =
    "[{\"id\":1,\"name\":\"alpha\",\"level\":3,\"on\":true,\"r\":1.5,"
    "\"l\":[\"a\",\"b\"],\"n\":[1,2],\"w\":\"2023-11-14T22:13:20Z\","
    "\"d\":{\"x\":{\"y\":1},\"z\":[{\"k\":\"v\"}]},\"e\":null},"
    "{\"id\":2,\"name\":\"\",\"level\":-1,\"l\":[],\"w\":\"x\"},"
    "{\"id\":3,\"name\":\"\xc3\x81\",\"level\":\"7\"},\"plain\",4]";

static const struct query_field fields[] = {
	{ .qf_name = "id", .qf_flags = QF_SORT | QF_SELECT | QF_REQUIRED },
	{ .qf_name = "name", .qf_flags = QF_ALL },
	{ .qf_name = "level", .qf_flags = QF_ALL },
	{ .qf_name = "d", .qf_flags = QF_ALL },
};

static const struct query_map arrays[] = {
	{ .qm_dialect = QUERY_ARRAY,
	    .qm_fields = fields,
	    .qm_n = sizeof(fields) / sizeof(fields[0]) },
	{ .qm_dialect = QUERY_ARRAY,
	    .qm_flags = QM_SORT_ANY | QM_SELECT_ANY | QM_SEARCH_ANY },
};

/* Made by the first input and kept. */
static struct world {
	struct rig_table w_agents, w_groups;
	struct json_object *w_items;
} env;

static void
world_open(void)
{
	static const struct query_base base = { .qb_from = "agent",
		.qb_key = "id" };
	sqlite3 *db;
	size_t i;

	db = rig_db(schema_global);
	for (i = 0; rows[i] != NULL; i++)
		if (sqlite3_exec(db, rows[i], NULL, NULL, NULL) != SQLITE_OK)
			abort();
	rig_table_open(&env.w_agents, db, &fields_agents, &base);
	rig_table_open(&env.w_groups, db, &fields_agents_groups, &base);
	env.w_items = json_tokener_parse(items);
	if (env.w_items == NULL)
		abort();
}

/* ASCII and characters of two bytes: enough, and no more than promised. */
static int
is_text(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (data[i] == '\0')
			return (0);
		if (data[i] < 0x80)
			continue;
		if (data[i] < 0xc2 || data[i] > 0xdf || ++i == size ||
		    (data[i] & 0xc0) != 0x80)
			return (0);
	}
	return (1);
}

static void
compare(const struct rig_table *rt, const struct query_args *qa)
{
	struct buf sql, mem;

	buf_init(&sql, ANSWER);
	buf_init(&mem, ANSWER);
	rig_run_sql(rt, qa, &sql);
	rig_run_mem(rt, qa, &mem);
	if (sql.b_len != mem.b_len ||
	    memcmp(sql.b_data, mem.b_data, sql.b_len) != 0)
		abort();
	buf_free(&sql);
	buf_free(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig_args ra;
	struct buf out;
	char *text, *line, *end;
	size_t i, n = 0;

	if (env.w_items == NULL)
		world_open();
	if (!is_text(data, size))
		return (0);
	text = malloc(size + 1);
	if (text == NULL)
		return (0);
	memcpy(text, data, size);
	text[size] = '\0';
	rig_args_init(&ra);
	for (line = text; line != NULL && n < LINES; line = end, n++) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		rig_args_set(&ra, line);
	}
	compare(&env.w_agents, &ra.ra_args);
	ra.ra_args.qa_group = true;
	compare(&env.w_groups, &ra.ra_args);
	for (i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		buf_init(&out, ANSWER);
		rig_run_array(&arrays[i], env.w_items, &ra.ra_args, &out);
		buf_free(&out);
	}
	rig_args_free(&ra);
	free(text);
	return (0);
}
