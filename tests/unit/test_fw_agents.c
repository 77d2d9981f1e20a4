/* SPDX-License-Identifier: ISC */
/*
 * Agents from the call to the files: listing, enrolling, deleting, who may,
 * and what a kill in the middle leaves. The functions are called as the
 * executor calls them, on a temporary tree.
 */
#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Two of its types have the names of our writer's functions. */
#define json_object jsonc_object
#define json_bool   jsonc_bool
#include <json-c/json.h>
#undef json_object
#undef json_bool

#include "common/call.h"
#include "common/log.h"
#include "common/path.h"
#include "common/proc.h"
#include "common/result.h"
#include "common/table.h"
#include "dapi/calls.h"
#include "dapi/enrol.h"
#include "dapi/env.h"
#include "dapi/fw.h"
#include "dapi/ipaddr.h"
#include "dapi/keys.h"
#include "dapi/store.h"
#include "tests/unit/unit.h"

#define DAY	86400

/* --- the frame --------------------------------------------------------- */

struct world {
	char		 w_dir[40];
	int		 w_fd;
	struct proc	 w_proc;
	struct env	*w_env;
};

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	return (remove(path));
}

static void
world_open(struct world *w)
{
	w->w_env = env_new(w->w_fd, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->w_env);
	CU_ASSERT_EQUAL_FATAL(env_open(w->w_env, "embedded"), 0);
	CU_ASSERT_EQUAL(enrol_sync(w->w_env), 0);
	snprintf(w->w_env->ev_host, sizeof(w->w_env->ev_host), "manager-host");
	w->w_proc.pr_env = w->w_env;
	proc_self = &w->w_proc;
}

static void
world_make(struct world *w)
{
	memset(w, 0, sizeof(*w));
	snprintf(w->w_dir, sizeof(w->w_dir), "/tmp/test_fw_agents.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(w->w_dir));
	w->w_fd = open(w->w_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(w->w_fd != -1);
	CU_ASSERT_EQUAL(mkdirat(w->w_fd, "etc", 0750), 0);
	world_open(w);
}

/* As a restart of the writer. */
static void
world_again(struct world *w)
{
	env_free(&w->w_env);
	world_open(w);
}

static void
world_end(struct world *w)
{
	env_free(&w->w_env);
	close(w->w_fd);
	nftw(w->w_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	proc_self = NULL;
}

static void
put_keys(struct world *w, const char *text)
{
	CU_ASSERT_EQUAL(path_write(w->w_fd, KEYS_PATH, text, strlen(text),
			    0640, (uid_t)-1, (gid_t)-1),
	    0);
}

static bool
keys_are(struct world *w, const char *want)
{
	struct buf b;
	bool same;

	buf_init(&b, KEYS_MAX);
	CU_ASSERT_EQUAL(path_read(w->w_fd, KEYS_PATH, KEYS_MAX, &b), 0);
	same = b.b_len == strlen(want) && memcmp(b.b_data, want, b.b_len) == 0;
	buf_free(&b);
	return (same);
}

/* --- calls ------------------------------------------------------------- */

static struct call *
call_new(uint16_t row)
{
	struct call *c;

	c = calloc(1, sizeof(*c));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	args_init(&c->c_args);
	c->c_head.ch_row = row;
	c->c_row = &rows[row];
	c->c_user = "tester";
	c->c_node = "";
	return (c);
}

static void
allow(struct call *c, const char *action, const char *resource, bool yes)
{
	struct policy_entry *pe = &c->c_policies.ps_v[c->c_policies.ps_n++];

	pe->pe_action = action;
	pe->pe_resource = resource;
	pe->pe_allow = yes;
}

static struct arg *
arg_new(struct call *c, const char *name)
{
	struct arg *a = &c->c_args.as_v[c->c_args.as_n];
	size_t i;

	for (i = 0; i < c->c_row->r_nparams; i++)
		if (strcmp(params[c->c_row->r_params[i]].p_name, name) == 0)
			break;
	CU_ASSERT_TRUE_FATAL(i < c->c_row->r_nparams);
	a->a_param = c->c_row->r_params[i];
	c->c_args.as_n++;
	return (a);
}

static void
arg_int(struct call *c, const char *name, int64_t i)
{
	arg_new(c, name)->a.i = i;
}

static void
arg_str(struct call *c, const char *name, const char *s)
{
	struct arg *a = arg_new(c, name);

	a->a.str.s = s;
	a->a.str.len = strlen(s);
}

/* Items parted by commas; they stay allocated until the call is freed. */
static void
arg_list(struct call *c, const char *name, const char *text)
{
	static const char *items[8][16];
	static char store[8][256];
	static unsigned int turn;
	struct arg *a = arg_new(c, name);
	unsigned int t = turn++ % 8;
	char *p, *last;
	size_t n = 0;

	snprintf(store[t], sizeof(store[t]), "%s", text);
	for (p = strtok_r(store[t], ",", &last); p != NULL && n < 16;
	     p = strtok_r(NULL, ",", &last))
		items[t][n++] = p;
	a->a.list.v = items[t];
	a->a.list.n = n;
}

/* Run, free the call, leave the body NUL-ended in rs. */
static void
run(struct call *c, struct result *rs)
{
	fw_fn fn = calls_find(c->c_head.ch_row);

	CU_ASSERT_PTR_NOT_NULL_FATAL(fn);
	result_init(rs, false, "manager");
	if (fn(c, rs) == -1 && rs->rs_code == 0)
		result_problem(rs, 1000, ERRC_INTERNAL, NULL);
	CU_ASSERT_EQUAL(buf_addc(&rs->rs_body, '\0'), 0);
	args_free(&c->c_args);
	free(c);
}

/* --- what comes back --------------------------------------------------- */

static void
add_failed(struct buf *out, jsonc_object *failed)
{
	jsonc_object *f, *ids, *err, *code;
	size_t i, k;

	for (i = 0; i < json_object_array_length(failed); i++) {
		f = json_object_array_get_idx(failed, i);
		json_object_object_get_ex(f, "error", &err);
		json_object_object_get_ex(err, "code", &code);
		json_object_object_get_ex(f, "id", &ids);
		buf_addf(out, " %d:", json_object_get_int(code));
		for (k = 0; k < json_object_array_length(ids); k++)
			buf_addf(out, "%s%s", k == 0 ? "" : ",",
			    json_object_get_string(
				json_object_array_get_idx(ids, k)));
	}
}

/*
 * A result in one line: "STATUS ERROR TOTAL ids CODE:ids ...", a problem as
 * "STATUS CODE".
 */
static void
summary(const struct result *rs, struct buf *out)
{
	jsonc_object *top, *data, *items, *o, *id;
	size_t i;

	top = json_tokener_parse((const char *)rs->rs_body.b_data);
	CU_ASSERT_PTR_NOT_NULL_FATAL(top);
	json_object_object_get_ex(top, "error", &o);
	buf_addf(out, "%u %d", rs->rs_status, json_object_get_int(o));
	if (json_object_object_get_ex(top, "data", &data) &&
	    json_object_object_get_ex(data, "affected_items", &items)) {
		json_object_object_get_ex(data, "total_affected_items", &o);
		buf_addf(out, " %d ", json_object_get_int(o));
		for (i = 0; i < json_object_array_length(items); i++) {
			o = json_object_array_get_idx(items, i);
			if (json_object_object_get_ex(o, "id", &id))
				o = id;
			buf_addf(out, "%s%s", i == 0 ? "" : ",",
			    json_object_get_string(o));
		}
		json_object_object_get_ex(data, "failed_items", &o);
		add_failed(out, o);
	}
	json_object_put(top);
	buf_addc(out, '\0');
}

static void
expect(struct call *c, const char *want)
{
	struct result rs;
	struct buf got;

	run(c, &rs);
	buf_init(&got, 1 << 20);
	summary(&rs, &got);
	CU_ASSERT_STRING_EQUAL(got.b_data, want);
	if (strcmp((const char *)got.b_data, want) != 0)
		printf("got  %s\nwant %s\n", got.b_data, want);
	buf_free(&got);
	result_free(&rs);
}

/* --- short forms ------------------------------------------------------- */

static struct call *
get(const char *ids)
{
	struct call *c = call_new(ROW_AGENTS_GET);

	allow(c, "agent:read", "agent:id:*", true);
	if (ids != NULL)
		arg_list(c, "agents_list", ids);
	return (c);
}

static struct call *
post(const char *name, const char *ip)
{
	struct call *c = call_new(ROW_AGENTS_POST);

	allow(c, "agent:create", "*:*:*", true);
	arg_str(c, "name", name);
	if (ip != NULL)
		arg_str(c, "ip", ip);
	return (c);
}

static struct call *
del(const char *ids, const char *status, const char *older)
{
	struct call *c = call_new(ROW_AGENTS_DELETE);

	allow(c, "agent:delete", "agent:id:*", true);
	arg_list(c, "agents_list", ids);
	arg_list(c, "status", status);
	if (older != NULL)
		arg_str(c, "older_than", older);
	return (c);
}

/* Enrol agents named a1 ... an. */
static void
enrol(int n)
{
	char name[16];
	int i;

	for (i = 1; i <= n; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		expect(post(name, NULL), "200 0");
	}
}

static void
sql(struct world *w, const char *text)
{
	CU_ASSERT_EQUAL(store_run(w->w_env->ev_store, text, NULL, 0, NULL,
			    NULL),
	    STORE_OK);
}

static int
int_row(void *arg, const struct store_val *col, size_t n)
{
	*(int64_t *)arg = store_int(&col[0]);
	return (0);
}

static int64_t
number(struct world *w, const char *text)
{
	int64_t n = -1;

	CU_ASSERT_EQUAL(store_run(w->w_env->ev_store, text, NULL, 0, int_row,
			    &n),
	    STORE_OK);
	return (n);
}

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
	    "{\"name\": \"Ubuntu\", \"version\": \"20.04\", \"major\": \"20\","
	    " \"arch\": \"x86_64\"}}], \"total_affected_items\": 1, "
	    "\"total_failed_items\": 0, \"failed_items\": []}, \"message\": "
	    "\"All selected agents information was returned\", \"error\": 0}";

	world_make(&w);
	put_keys(&w, "007 x any k\n");
	world_again(&w);
	sql(&w,
	    "UPDATE agent SET name = 'w\xc3\xa9" "b', connection_status ="
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
	sql(&w, "UPDATE agent SET name = 'n', connection_status ="
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

static void
test_manager(void)
{
	struct world w;

	world_make(&w);
	/* The database was made with the host's real name. */
	CU_ASSERT_EQUAL(number(&w, "SELECT count(*) FROM agent WHERE id = 0 AND"
				   " name = manager_host AND version ="
				   " 'Wazuh v4.14.9'"), 1);
	sql(&w, "UPDATE agent SET name = 'given', version = 'x'");
	world_again(&w);
	CU_ASSERT_EQUAL(number(&w, "SELECT name = 'given' FROM agent"), 1);
	world_end(&w);
}

/* --- enrolling --------------------------------------------------------- */

/* "id name ip key" of an answer, out has room. */
static void
decode(const struct result *rs, char *out)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"
				  "rstuvwxyz0123456789+/";
	const char *p = strstr((const char *)rs->rs_body.b_data, "\"key\": \"");
	const char *at;
	unsigned int bits = 0, n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (p += 8; *p != '"' && *p != '='; p++) {
		at = strchr(abc, *p);
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		bits = bits << 6 | (unsigned int)(at - abc);
		n += 6;
		if (n >= 8) {
			n -= 8;
			*out++ = (char)(bits >> n & 0xff);
		}
	}
	*out = '\0';
}

static void
enrolled(struct world *w, const char *name, const char *ip, const char *want,
    const char *file, const char *reg)
{
	struct result rs;
	struct keys ks;
	struct buf b;
	char text[600], line[600], num[32];
	const char *key;
	struct store_val v[3] = { SV_OF_TEXT(name), SV_OF_TEXT(reg),
		SV_OF_NULL };
	int64_t n = 0;

	run(post(name, ip), &rs);
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	decode(&rs, text);
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
	{ "list", test_list }, { "manager", test_manager },
	{ "enrol", test_enrol }, { "ids", test_enrol_ids },
	{ "default group", test_enrol_group }, { "delete", test_delete },
	{ "delete by age", test_delete_age }, { "purge", test_purge },
	{ "rbac", test_rbac }, { "many", test_many },
	{ "reconcile", test_reconcile }, { "unwritable", test_unwritable },
	{ "killed", test_killed }, { "no store, no time", test_no_store },
	{ "plain", test_plain }, { NULL, NULL } };

int
main(void)
{
	if (path_open(AT_FDCWD, ".", O_PATH, 0) == -1 && errno == ENOSYS) {
		printf("unit fw_agents: skipped, no openat2 here\n");
		return (77);
	}
	log_setlevel(LOGL_DISABLED);
	return (unit_run("fw_agents", cases));
}
