/* SPDX-License-Identifier: ISC */
/*
 * What the tests of dapi's functions share: a temporary tree with a store, the
 * making of calls as the router hands them over, and answers in one line.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


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
#include "dapi/keys.h"
#include "dapi/store.h"
#include "tests/unit/unit.h"

/* Not every test uses all of it. */
#define WORLD __attribute__((unused))

/* --- the frame --------------------------------------------------------- */

struct world {
	char w_dir[40];
	int w_fd;
	struct proc w_proc;
	struct env *w_env;
};

static WORLD int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	return (remove(path));
}

static WORLD void
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

static WORLD void
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
static WORLD void
world_again(struct world *w)
{
	env_free(&w->w_env);
	world_open(w);
}

static WORLD void
world_end(struct world *w)
{
	env_free(&w->w_env);
	close(w->w_fd);
	nftw(w->w_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	proc_self = NULL;
}

static WORLD void
put_keys(struct world *w, const char *text)
{
	CU_ASSERT_EQUAL(path_write(w->w_fd, KEYS_PATH, text, strlen(text), 0640,
	                    (uid_t)-1, (gid_t)-1),
	    0);
}

static WORLD bool
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

static WORLD struct call *
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

static WORLD void
allow(struct call *c, const char *action, const char *resource, bool yes)
{
	struct policy_entry *pe = &c->c_policies.ps_v[c->c_policies.ps_n++];

	pe->pe_action = action;
	pe->pe_resource = resource;
	pe->pe_allow = yes;
}

static WORLD struct arg *
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

static WORLD void
arg_int(struct call *c, const char *name, int64_t i)
{
	arg_new(c, name)->a.i = i;
}

static WORLD void
arg_str(struct call *c, const char *name, const char *s)
{
	struct arg *a = arg_new(c, name);

	a->a.str.s = s;
	a->a.str.len = strlen(s);
}

/* Items parted by commas; they stay allocated until the call is freed. */
static WORLD void
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
static WORLD void
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

static WORLD void
add_failed(struct buf *out, struct json_object *failed)
{
	struct json_object *f, *ids, *err, *code;
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
static WORLD void
summary(const struct result *rs, struct buf *out)
{
	struct json_object *top, *data, *items, *o, *id;
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

static WORLD void
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

static WORLD struct call *
get(const char *ids)
{
	struct call *c = call_new(ROW_AGENTS_GET);

	allow(c, "agent:read", "agent:id:*", true);
	if (ids != NULL)
		arg_list(c, "agents_list", ids);
	return (c);
}

static WORLD struct call *
post(const char *name, const char *ip)
{
	struct call *c = call_new(ROW_AGENTS_POST);

	allow(c, "agent:create", "*:*:*", true);
	arg_str(c, "name", name);
	if (ip != NULL)
		arg_str(c, "ip", ip);
	return (c);
}

static WORLD struct call *
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
static WORLD void
enrol(int n)
{
	char name[16];
	int i;

	for (i = 1; i <= n; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		expect(post(name, NULL), "200 0");
	}
}

static WORLD void
sql(struct world *w, const char *text)
{
	CU_ASSERT_EQUAL(
	    store_run(w->w_env->ev_store, text, NULL, 0, NULL, NULL), STORE_OK);
}

static WORLD int
int_row(void *arg, const struct store_val *col, size_t n)
{
	*(int64_t *)arg = store_int(&col[0]);
	return (0);
}

static WORLD int64_t
number(struct world *w, const char *text)
{
	int64_t n = -1;

	CU_ASSERT_EQUAL(
	    store_run(w->w_env->ev_store, text, NULL, 0, int_row, &n),
	    STORE_OK);
	return (n);
}

/* main() of such a test. */
static WORLD int
world_main(const char *name, const struct unit_case *cases)
{
	if (path_open(AT_FDCWD, ".", O_PATH, 0) == -1 && errno == ENOSYS) {
		printf("unit %s: skipped, no openat2 here\n", name);
		return (77);
	}
	log_setlevel(LOGL_DISABLED);
	return (unit_run(name, cases));
}

#endif
