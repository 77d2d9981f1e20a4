/* SPDX-License-Identifier: ISC */
/*
 * The functions of the first rows as the executor calls them: listing and
 * deleting agents, who may, what happens without a store or without time.
 */
#include <sys/types.h>

#include <time.h>

#include "tests/unit/world.h"

#define DAY 86400

/* --- listing ----------------------------------------------------------- */

static void
test_item(void)
{
	struct world w;
	struct result rs;
	static const char want[] =
	    "{\"data\": {\"affected_items\": [{\"id\": \"007\", \"name\": "
	    "\"w\\u00e9b\", \"ip\": \"any\", \"registerIP\": \"any\", "
	    "\"status\": \"disconnected\", \"status_code\": 4, \"version\": "
	    "\"Wazuh v4.14.0\", \"manager\": \"host\", \"node_name\": "
	    "\"node01\", \"dateAdd\": \"2023-10-26T22:13:20+00:00\", "
	    "\"lastKeepAlive\": \"2023-11-14T22:14:20+00:00\", "
	    "\"disconnection_time\": \"2023-11-14T22:38:20+00:00\", "
	    "\"group\": [\"default\", \"group1\"], \"group_config_status\": "
	    "\"synced\", \"mergedSum\": \"m\", \"configSum\": \"c\", \"os\": "
	    "{\"arch\": \"x86_64\", \"major\": \"20\", \"name\": "
	    "\"Ubuntu\", \"version\": \"20.04\"}}], "
	    "\"total_affected_items\": 1, "
	    "\"total_failed_items\": 0, \"failed_items\": []}, \"message\": "
	    "\"All selected agents information was returned\", \"error\": 0}";

	world_make(&w);
	put_keys(&w, "007 x any k\n");
	world_again(&w);
	sql(&w,
	    "UPDATE agent SET name = 'w\xc3\xa9"
	    "b', connection_status ="
	    " 'disconnected', status_code = 4, version = 'Wazuh v4.14.0',"
	    " manager_host = 'host', node_name = 'node01', date_add ="
	    " 1698358400, last_keepalive = 1700000060, disconnection_time ="
	    " 1700001500, `group` = 'default,group1', group_config_status ="
	    " 'synced', merged_sum = 'm', config_sum = 'c', os_name ="
	    " 'Ubuntu', os_version = '20.04', os_major = '20', os_arch ="
	    " 'x86_64' WHERE id = 7");
	run(get("007"), &rs);
	CU_ASSERT_STRING_EQUAL(rs.rs_body.b_data, want);
	result_free(&rs);
	/* What is not known is not shown: no os, no group, no manager. */
	sql(&w,
	    "UPDATE agent SET name = 'n', connection_status ="
	    " 'never_connected', version = NULL, manager_host = NULL,"
	    " last_keepalive = NULL, disconnection_time = 0, `group` ="
	    " NULL, merged_sum = NULL, config_sum = NULL, os_name = NULL,"
	    " os_version = NULL, os_major = NULL, os_arch = NULL,"
	    " ip = '10.0.0.7' WHERE id = 7");
	run(get("007"), &rs);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)rs.rs_body.b_data,
	    "[{\"id\": \"007\", \"name\": \"n\", \"ip\": \"10.0.0.7\", "
	    "\"registerIP\": \"any\", \"status\": \"never_connected\", "
	    "\"status_code\": 4, \"node_name\": \"node01\", \"dateAdd\": "
	    "\"2023-10-26T22:13:20+00:00\", \"group_config_status\": "
	    "\"synced\"}]"));
	result_free(&rs);
	world_end(&w);
}

static void
test_list(void)
{
	struct world w;
	struct call *c;

	world_make(&w);
	expect(get(NULL), "200 0 1 000");
	enrol(4);
	expect(get(NULL), "200 0 5 000,001,002,003,004");
	expect(get("003,001,003"), "200 0 2 001,003");
	expect(get("000,999,0001,002"), "200 2 2 000,002 1701:0001,999");
	expect(get("999"), "200 1 0  1701:999");
	c = get(NULL);
	arg_int(c, "limit", 2);
	arg_int(c, "offset", 3);
	expect(c, "200 0 5 003,004");
	c = get(NULL);
	arg_int(c, "offset", 9);
	expect(c, "200 0 5 ");
	world_end(&w);
}

/* A page of the list with more arguments; NULL, -1: not given. */
static struct call *
page(int64_t limit, int64_t offset, const char *q, const char *sort)
{
	struct call *c = get(NULL);

	if (limit != -1)
		arg_int(c, "limit", limit);
	if (offset != -1)
		arg_int(c, "offset", offset);
	if (q != NULL)
		arg_str(c, "q", q);
	if (sort != NULL)
		arg_str(c, "sort", sort);
	return (c);
}

/* The total is that of all pages, whether this one is the last or not. */
static void
test_total(void)
{
	struct world w;
	struct result rs;
	struct call *c;
	int64_t limit;

	world_make(&w);
	enrol(4);
	sql(&w, "UPDATE agent SET version = 'Wazuh v4.10.0' WHERE id = 1");
	sql(&w, "UPDATE agent SET version = 'Wazuh v4.9.0' WHERE id > 1");
	expect(page(5, -1, NULL, NULL), "200 0 5 000,001,002,003,004");
	expect(page(6, -1, NULL, NULL), "200 0 5 000,001,002,003,004");
	expect(page(1, 4, NULL, NULL), "200 0 5 004");
	expect(page(2, 4, NULL, NULL), "200 0 5 004");
	expect(page(2, 5, NULL, NULL), "200 0 5 ");
	expect(page(2, -1, "id>1", "-id"), "200 0 3 004,003");
	expect(page(2, 2, "id>1", "-id"), "200 0 3 002");
	expect(page(2, 3, "id>1", "-id"), "200 0 3 ");
	expect(page(3, 0, "id>1", NULL), "200 0 3 002,003,004");
	expect(page(2, 0, "id>7", NULL), "200 0 0 ");
	expect(page(2, 1, "id>7", NULL), "200 0 0 ");
	/* Rows that are put in order once more. */
	expect(page(4, 0, "id>0", "version"), "200 0 4 002,003,004,001");
	expect(page(3, 0, "id>0", "version"), "200 0 4 002,003,001");
	/* What is alike is one item, and counted once. */
	for (limit = 1; limit <= 3; limit++) {
		c = page(limit, -1, "id>0", NULL);
		arg_list(c, "select", "version");
		arg_new(c, "distinct")->a.b = true;
		run(c, &rs);
		CU_ASSERT_PTR_NOT_NULL(strstr((const char *)rs.rs_body.b_data,
		    "\"total_affected_items\": 2,"));
		CU_ASSERT_EQUAL(rs.rs_items, limit == 1 ? 1 : 2);
		result_free(&rs);
	}
	world_end(&w);
}

/* Members of an object whose first ones are not there, or not asked for. */
static void
test_nested(void)
{
	static const char want[] =
	    "[{\"id\": \"000\", \"os\": {\"name\": \"n\", \"version\": "
	    "\"v\\\"\"}}, {\"id\": \"001\", \"os\": {\"version\": \"v\"}}, "
	    "{\"id\": \"002\"}]";
	struct world w;
	struct result rs;
	struct call *c;

	world_make(&w);
	enrol(2);
	sql(&w, "UPDATE agent SET os_name = NULL, os_version = NULL");
	sql(&w,
	    "UPDATE agent SET os_name = 'n', os_version = 'v\"'"
	    " WHERE id = 0");
	sql(&w, "UPDATE agent SET os_version = 'v' WHERE id = 1");
	c = get(NULL);
	arg_list(c, "select", "os.version,os.name");
	run(c, &rs);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)rs.rs_body.b_data, want));
	result_free(&rs);
	world_end(&w);
}

static void
test_manager(void)
{
	struct world w;

	world_make(&w);
	/* The database was made with the host's real name. */
	CU_ASSERT_EQUAL(number(&w,
	                    "SELECT count(*) FROM agent WHERE id = 0 AND"
	                    " name = manager_host AND version ="
	                    " 'Wazuh v4.14.9'"),
	    1);
	sql(&w, "UPDATE agent SET name = 'given', version = 'x'");
	world_again(&w);
	CU_ASSERT_EQUAL(number(&w, "SELECT name = 'given' FROM agent"), 1);
	world_end(&w);
}

/* --- deleting ---------------------------------------------------------- */

static void
test_delete(void)
{
	struct world w;
	struct result rs;

	world_make(&w);
	CU_ASSERT_EQUAL(mkdirat(w.w_fd, "etc/shared", 0770), 0);
	CU_ASSERT_EQUAL(mkdirat(w.w_fd, "etc/shared/default", 0770), 0);
	enrol(5);
	sql(&w, "INSERT INTO labels VALUES (2, 'k', 'v')");
	close(openat(w.w_fd, "queue/db/002.db", O_CREAT | O_WRONLY, 0640));
	/* New agents are younger than seven days. */
	expect(del("001", "all", NULL), "200 1 0  1731:001");
	expect(del("001", "active", "0s"), "200 1 0  1731:001");
	run(del("001", "active,pending", "3d"), &rs);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)rs.rs_body.b_data,
	    "status: active, status: pending, older_than: 3d"));
	result_free(&rs);
	expect(del("all", "all", NULL), "200 0 0 ");
	expect(
	    del("002,999,000", "all", "0s"), "200 2 1 002 1701:999 1703:000");
	expect(del("002", "all", "0s"), "200 1 0  1701:002");
	CU_ASSERT_EQUAL(number(&w, "SELECT count(*) FROM agent"), 5);
	CU_ASSERT_EQUAL(number(&w, "SELECT count(*) FROM labels"), 0);
	CU_ASSERT_EQUAL(number(&w, "SELECT count(*) FROM belongs"), 4);
	CU_ASSERT_EQUAL(faccessat(w.w_fd, "queue/db/002.db", F_OK, 0), -1);
	CU_ASSERT_TRUE(keys_active(&w.w_env->ev_keys.kf_keys, 1));
	CU_ASSERT_PTR_NOT_NULL(keys_find(&w.w_env->ev_keys.kf_keys, 2));
	CU_ASSERT_FALSE(keys_active(&w.w_env->ev_keys.kf_keys, 2));
	/* The name is free again, the id is not. */
	expect(post("a2", NULL), "200 0");
	expect(get(NULL), "200 0 6 000,001,003,004,005,006");
	expect(del("all,001", "never_connected,active", "0s"),
	    "200 0 5 001,003,004,005,006");
	expect(get(NULL), "200 0 1 000");
	world_end(&w);
}

static void
test_delete_age(void)
{
	char text[256];
	struct world w;
	long now = (long)time(NULL);

	world_make(&w);
	enrol(4);
	/* 1: seen 8 days ago; 2: added 8 days ago, seen now; 3: never seen,
	 * added 8 days ago; 4: connected once, no time known. */
	snprintf(text, sizeof(text),
	    "UPDATE agent SET connection_status ="
	    " 'disconnected', last_keepalive = %ld WHERE id = 1",
	    now - 8 * DAY);
	sql(&w, text);
	snprintf(text, sizeof(text),
	    "UPDATE agent SET connection_status ="
	    " 'active', last_keepalive = %ld, date_add = %ld WHERE id = 2",
	    now, now - 8 * DAY);
	sql(&w, text);
	snprintf(text, sizeof(text),
	    "UPDATE agent SET date_add = %ld"
	    " WHERE id = 3",
	    now - 8 * DAY);
	sql(&w, text);
	sql(&w,
	    "UPDATE agent SET connection_status = 'pending', date_add = 0"
	    " WHERE id = 4");
	expect(del("all", "all", "9d"), "200 0 0 ");
	expect(del("all", "disconnected", NULL), "200 0 1 001");
	expect(del("001,002,003,004", "all", NULL),
	    "200 2 1 003 1701:001 1731:002,004");
	expect(del("all", "pending", "0s"), "200 0 1 004");
	expect(del("002", "all", "0s"), "200 0 1 002");
	world_end(&w);
}

/* --- who may ----------------------------------------------------------- */

static void
test_rbac(void)
{
	struct world w;
	struct result rs;
	struct call *c;

	world_make(&w);
	CU_ASSERT_EQUAL(mkdirat(w.w_fd, "etc/shared", 0770), 0);
	CU_ASSERT_EQUAL(mkdirat(w.w_fd, "etc/shared/default", 0770), 0);
	enrol(3);
	/* Nothing allowed: an empty list, or 403 for what was named. */
	c = call_new(ROW_AGENTS_GET);
	expect(c, "200 0 0 ");
	c = call_new(ROW_AGENTS_GET);
	arg_list(c, "agents_list", "001");
	run(c, &rs);
	CU_ASSERT_EQUAL(rs.rs_status, 403);
	CU_ASSERT_EQUAL(rs.rs_code, 4000);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)rs.rs_body.b_data,
	    "\"detail\": \"Permission denied: Resource type: agent:id\""));
	result_free(&rs);
	c = call_new(ROW_AGENTS_POST);
	arg_str(c, "name", "x");
	run(c, &rs);
	CU_ASSERT_EQUAL(rs.rs_status, 403);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)rs.rs_body.b_data,
	    "\"detail\": \"Permission denied: Resource type: *:*\""));
	result_free(&rs);
	/* One of two, and all but one. */
	c = call_new(ROW_AGENTS_GET);
	allow(c, "agent:read", "agent:id:001", true);
	arg_list(c, "agents_list", "001,002");
	expect(c, "200 2 1 001 4000:002");
	c = call_new(ROW_AGENTS_GET);
	allow(c, "agent:read", "agent:id:001", true);
	expect(c, "200 0 1 001");
	c = get(NULL);
	allow(c, "agent:read", "agent:id:002", false);
	expect(c, "200 0 3 000,001,003");
	/* A row without a line is shown, but no agent that can be named. */
	sql(&w, "INSERT INTO agent (id, name, date_add) VALUES (50, 'x', 0)");
	c = get(NULL);
	allow(c, "agent:read", "agent:id:002", false);
	expect(c, "200 0 4 000,001,003,050");
	c = get(NULL);
	allow(c, "agent:read", "agent:id:050", false);
	expect(c, "200 0 4 000,001,002,003");
	expect(get("050"), "200 1 0  1701:050");
	expect(get(NULL), "200 0 5 000,001,002,003,050");
	c = get(NULL);
	allow(c, "agent:read", "agent:group:*", true);
	allow(c, "agent:delete", "agent:id:*", false);
	expect(c, "200 0 5 000,001,002,003,050");
	c = get(NULL);
	allow(c, "agent:read", "agent:id:*", false);
	expect(c, "200 0 0 ");
	c = get(NULL);
	allow(c, "agent:read", "nonsense", true);
	expect(c, "403 4000");
	c = call_new(ROW_AGENTS_GET);
	c->c_policies.ps_black = true;
	expect(c, "200 0 5 000,001,002,003,050");
	c = call_new(ROW_AGENTS_GET);
	c->c_policies.ps_black = true;
	allow(c, "agent:read", "agent:id:001", false);
	expect(c, "200 0 4 000,002,003,050");
	/* By group. */
	sql(&w, "DELETE FROM belongs WHERE id_agent = 3");
	c = call_new(ROW_AGENTS_GET);
	allow(c, "agent:read", "agent:group:default", true);
	expect(c, "200 0 2 001,002");
	c = call_new(ROW_AGENTS_GET);
	allow(c, "agent:read", "agent:group:nobody", true);
	expect(c, "200 0 0 ");
	c = get(NULL);
	allow(c, "agent:read", "agent:group:default", false);
	expect(c, "200 0 3 000,003,050");
	c = get(NULL);
	allow(c, "agent:read", "agent:group:default", false);
	allow(c, "agent:read", "agent:id:002", true);
	expect(c, "200 0 4 000,002,003,050");
	/* By group, of those that are named. */
	c = call_new(ROW_AGENTS_GET);
	allow(c, "agent:read", "agent:group:default", true);
	arg_list(c, "agents_list", "001,003");
	expect(c, "200 2 1 001 4000:003");
	c = get("001,002,003,999");
	allow(c, "agent:read", "agent:group:default", false);
	allow(c, "agent:read", "agent:id:002", true);
	expect(c, "200 2 2 002,003 1701:999 4000:001");
	c = call_new(ROW_AGENTS_GET);
	allow(c, "agent:read", "agent:group:default", true);
	arg_list(c, "agents_list", "003,0001");
	expect(c, "403 4000");
	/* Deleting takes its own action. */
	c = call_new(ROW_AGENTS_DELETE);
	allow(c, "agent:read", "agent:id:*", true);
	arg_list(c, "agents_list", "001");
	arg_list(c, "status", "all");
	arg_str(c, "older_than", "0s");
	expect(c, "403 4000");
	c = call_new(ROW_AGENTS_DELETE);
	allow(c, "agent:delete", "agent:id:003", true);
	arg_list(c, "agents_list", "all");
	arg_list(c, "status", "all");
	arg_str(c, "older_than", "0s");
	expect(c, "200 0 1 003");
	world_end(&w);
}

/* --- many -------------------------------------------------------------- */

static void
test_many(void)
{
	struct world w;
	struct call *c;
	struct buf b;
	int i;

	world_make(&w);
	buf_init(&b, KEYS_MAX);
	for (i = 1; i <= 5000; i++)
		buf_addf(&b, "%03d agent-%d any k%d\n", i, i, i);
	buf_addc(&b, '\0');
	put_keys(&w, (const char *)b.b_data);
	buf_free(&b);
	world_again(&w);
	CU_ASSERT_EQUAL(number(&w, "SELECT count(*) FROM agent"), 5001);
	c = get(NULL);
	arg_int(c, "limit", 3);
	arg_int(c, "offset", 998);
	expect(c, "200 0 5001 998,999,1000");
	c = get(NULL);
	arg_int(c, "offset", 4999);
	expect(c, "200 0 5001 4999,5000");
	c = get("5000,1000,0999,999,6000");
	expect(c, "200 2 3 999,1000,5000 1701:0999,6000");
	/* All but one, in pages. */
	c = get(NULL);
	allow(c, "agent:read", "agent:id:1000", false);
	arg_int(c, "limit", 2);
	arg_int(c, "offset", 999);
	expect(c, "200 0 5000 999,1001");
	sql(&w,
	    "UPDATE agent SET connection_status = 'active',"
	    " last_keepalive = 1 WHERE id BETWEEN 2 AND 4999");
	expect(del("all", "never_connected", "0s"), "200 0 2 001,5000");
	c = get(NULL);
	arg_int(c, "limit", 1);
	arg_int(c, "offset", 1);
	expect(c, "200 0 4999 002");
	world_end(&w);
}

/* --- without a store, without time ------------------------------------- */

static void
test_no_store(void)
{
	struct world w;
	struct call *c;

	world_make(&w);
	c = get(NULL);
	c->c_head.ch_deadline = 1;
	expect(c, "500 3021");
	/* What has begun to be written is not stopped half-way. */
	c = post("late", NULL);
	c->c_head.ch_deadline = 1;
	expect(c, "200 0");
	store_close(&w.w_env->ev_store);
	CU_ASSERT_EQUAL(env_open(w.w_env, "wdb"), -1);
	expect(get(NULL), "500 2005");
	expect(post("a", NULL), "500 2005");
	expect(del("all", "all", NULL), "500 2005");
	expect(call_new(ROW_ROOT), "200 0");
	/* A reader before the database is there. */
	w.w_env->ev_writer = false;
	CU_ASSERT_EQUAL(unlinkat(w.w_fd, "queue/db/global.db", 0), 0);
	CU_ASSERT_EQUAL(env_open(w.w_env, "embedded"), 0);
	expect(get(NULL), "500 2005");
	world_end(&w);
}

static void
test_plain(void)
{
	static const char want[] =
	    "{\"data\": {\"title\": \"Wazuh API REST\", \"api_version\": "
	    "\"4.14.9\", \"revision\": \"alpha0\", \"license_name\": \"GPL "
	    "2.0\", \"license_url\": \"https://github.com/wazuh/wazuh/blob/"
	    "v4.14.9/LICENSE\", \"hostname\": \"manager-host\", "
	    "\"timestamp\": \"20";
	struct world w;
	struct result rs;
	const char *text;

	world_make(&w);
	run(call_new(ROW_ROOT), &rs);
	text = (const char *)rs.rs_body.b_data;
	CU_ASSERT_EQUAL(strncmp(text, want, sizeof(want) - 1), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Z\"}, \"error\": 0}"));
	result_free(&rs);
	run(call_new(ROW_TEST_EVENTS), &rs);
	CU_ASSERT_STRING_EQUAL(rs.rs_body.b_data,
	    "{\"data\": {\"pool\": \"events\", \"files\": true}, \"error\": "
	    "0}");
	result_free(&rs);
	CU_ASSERT_PTR_NULL(calls_find(ROW_AUTHENTICATE_POST));
	CU_ASSERT_PTR_NULL(calls_find(ROW__MAX));
	world_end(&w);
}

static const struct unit_case cases[] = { { "item", test_item },
	{ "list", test_list }, { "total", test_total },
	{ "nested", test_nested }, { "manager", test_manager },
	{ "delete", test_delete }, { "delete by age", test_delete_age },
	{ "rbac", test_rbac }, { "many", test_many },
	{ "no store, no time", test_no_store }, { "plain", test_plain },
	{ NULL, NULL } };

int
main(void)
{
	return (world_main("fw_agents", cases));
}
