/* SPDX-License-Identifier: ISC */
/*
 * No statement's text ever holds what a client or a policy said. Each function
 * of the framework is called with a mark in each of its arguments in turn, as
 * if the checks of arguments before it were not there, and all statements that
 * run meanwhile are looked at as they were prepared.
 */
#include <stdio.h>

#include "authz/rbacdb.h"
#include "common/daemons.h"
#include "tests/unit/sql_watch.h"
#include "tests/unit/world.h"

#define MARK "zqX7"
/* What would end a literal or begin a comment; no blank, for a name's sake. */
#define WORD "zqX7'\"`;--/*%_\\]"

/* The same as far as a value of q may have it. */
#define CLAUSE "name=zqX7'\"--/*%_\\"

/* --- calls ------------------------------------------------------------- */

static size_t
param_count(const struct row *r, size_t i)
{
	return (params[r->r_params[i]].p_type == PT_STRING ? 4 : 1);
}

/* The value of a text in several forms: as such, or inside what is parsed. */
static const char *
param_text(const struct param *p, size_t form)
{
	static const char *const q[] = { WORD, CLAUSE,
		"(group~zqX7'%--,version!=zqX7'\");id<zqX7",
		"dateAdd>zqX7,lastKeepAlive<zqX7'" };
	static const char *const word[] = { WORD, "-" WORD, "+" WORD ",name",
		"zqX7" };

	if (strcmp(p->p_name, "q") == 0)
		return (q[form]);
	return (word[form]);
}

static void
param_fill(struct call *c, uint16_t param, const char *text)
{
	static const char *list[2];
	struct arg *a = &c->c_args.as_v[c->c_args.as_n++];

	a->a_param = param;
	switch (params[param].p_type) {
	case PT_STRINGS:
	case PT_INTEGERS:
		list[0] = text;
		list[1] = "002";
		a->a.list.v = list;
		a->a.list.n = 2;
		break;
	case PT_STRING:
	case PT_RAW:
		a->a.str.s = text;
		a->a.str.len = strlen(text);
		break;
	case PT_BOOLEAN:
	case PT_OBJECT:
		a->a.b = true;
		break;
	case PT_INTEGER:
		a->a.i = 3;
		break;
	case PT_NUMBER:
		a->a.d = 3;
		break;
	}
}

/* Everything allowed, in entries that hold the mark too. */
static void
policies_fill(struct call *c, bool black)
{
	const struct row *r = c->c_row;
	size_t i, k;

	c->c_policies.ps_black = black;
	for (i = 0; i < ROW_RBAC; i++)
		for (k = 0;
		     k < ROW_ACTIONS && r->r_rbac[i].rn_actions[k] != NULL;
		     k++) {
			const char *action = r->r_rbac[i].rn_actions[k];

			allow(c, action, "*:*:*", true);
			allow(c, action, "agent:id:*", true);
			allow(c, action, "group:id:*", true);
			allow(c, action, "agent:group:" WORD, black);
			allow(c, action, "agent:id:" WORD, false);
			allow(c, action, "agent:group:zqX7other", false);
		}
}

/* Required arguments that are not the one in question. */
static void
required_fill(struct call *c, size_t but)
{
	const struct row *r = c->c_row;
	size_t i;

	for (i = 0; i < r->r_nparams; i++)
		if (i != but && (params[r->r_params[i]].p_flags & PMF_REQUIRED))
			param_fill(c, r->r_params[i], "all");
}

static void
row_run(uint16_t row, size_t param, const char *text, bool black)
{
	struct call *c = call_new(row);
	struct result rs;

	c->c_user = WORD;
	policies_fill(c, black);
	if (param < c->c_row->r_nparams)
		param_fill(c, c->c_row->r_params[param], text);
	required_fill(c, param);
	run(c, &rs);
	result_free(&rs);
}

/* Rows of agents, groups and marked names, so that statements find some. */
static void
prepare(struct world *w)
{
	static struct daemons_page page;

	world_make(w);
	/* What the parent tells an executor at its start. */
	w->w_proc.pr_daemons = &page;
	w->w_proc.pr_dir = "/an/install/root";
	w->w_proc.pr_uuid = "8d42cd48-4ff1-4dbd-8130-34cd99cbcd47";
	enrol(4);
	sql(w,
	    "INSERT OR IGNORE INTO `group` (name) VALUES"
	    " ('zq' || 'X7other')");
	sql(w,
	    "INSERT INTO belongs (id_agent, id_group, priority)"
	    " SELECT 1, id, 5 FROM `group` WHERE name LIKE '%other'");
}

/* --- tests ------------------------------------------------------------- */

/*
 * rbac.db: what a user's name and password become. Before the store is opened:
 * in its process all paths of SQLite's are below the store's tree.
 */
static void
test_rbacdb(void)
{
	const char *const passwords[2] = { WORD "1", WORD "2" };
	enum rbacdb_error err;
	struct rbacdb *rdb;
	char dir[] = "/tmp/test_sql_text.XXXXXX", path[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/rbac.db", dir);
	watch_for(MARK);
	rdb = rbacdb_open(path, passwords, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rdb);
	CU_ASSERT(watch_now.wa_values > 0);
	watch_now.wa_values = 0;
	CU_ASSERT_EQUAL(
	    rbacdb_set_password(rdb, WORD, "scrypt"), RBACDB_MISSING);
	CU_ASSERT(watch_now.wa_values > 0);
	watch_now.wa_values = 0;
	CU_ASSERT_EQUAL(rbacdb_set_password(rdb, "wazuh", WORD), RBACDB_OK);
	CU_ASSERT(watch_now.wa_values > 0);
	CU_ASSERT_EQUAL(watch_now.wa_texts, 0);
	rbacdb_close(&rdb);
	watch_for(NULL);
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A watch that sees nothing would let everything pass. */
static void
test_watch(void)
{
	struct store_val v = SV_OF_TEXT(WORD);
	struct world w;

	prepare(&w);
	watch_for(MARK);
	sql(&w, "SELECT 'zqX7'");
	CU_ASSERT_EQUAL(watch_now.wa_runs, 1);
	CU_ASSERT_EQUAL(watch_now.wa_texts, 1);
	watch_for(MARK);
	CU_ASSERT_EQUAL(
	    store_run(w.w_env->ev_store, "SELECT ?1", &v, 1, NULL, NULL),
	    STORE_OK);
	CU_ASSERT_EQUAL(watch_now.wa_runs, 1);
	CU_ASSERT_EQUAL(watch_now.wa_texts, 0);
	CU_ASSERT_EQUAL(watch_now.wa_values, 1);
	watch_for(NULL);
	world_end(&w);
}

static void
test_rows(void)
{
	struct world w;
	size_t row, i, form, runs = 0;

	for (row = 0; row < nrows; row++) {
		if (calls_find((uint16_t)row) == NULL)
			continue;
		prepare(&w);
		watch_for(MARK);
		for (i = 0; i <= rows[row].r_nparams; i++) {
			if (i == rows[row].r_nparams) {
				row_run((uint16_t)row, i, NULL, false);
				row_run((uint16_t)row, i, NULL, true);
				continue;
			}
			for (form = 0; form < param_count(&rows[row], i);
			     form++)
				row_run((uint16_t)row, i,
				    param_text(
				        &params[rows[row].r_params[i]], form),
				    form % 2 == 0);
		}
		CU_ASSERT_EQUAL(watch_now.wa_texts, 0);
		if (watch_now.wa_texts > 0)
			printf("%s: %s\n", rows[row].r_call, watch_now.wa_last);
		runs += watch_now.wa_runs;
		watch_for(NULL);
		world_end(&w);
	}
	CU_ASSERT(runs > 200);
}

/* It is not for want of reaching SQLite that no text has it. */
static void
test_reached(void)
{
	static const struct {
		uint16_t row;
		const char *param; /* NULL: the policies alone */
		const char *value;
	} arg[] = {
		{ ROW_AGENTS_GET, NULL, NULL },
		{ ROW_AGENTS_SUMMARY_STATUS, NULL, NULL },
		{ ROW_OVERVIEW_AGENTS, NULL, NULL },
		{ ROW_AGENTS_GET, "agents_list", "001" },
		{ ROW_AGENTS_GET, "q", CLAUSE },
		{ ROW_AGENTS_GET, "q", "group~zqX7'%" },
		{ ROW_AGENTS_GET, "search", WORD },
		{ ROW_AGENTS_GET, "search", "-" WORD },
		{ ROW_AGENTS_GET, "status", WORD },
		{ ROW_AGENTS_GET, "os.platform", WORD },
		{ ROW_AGENTS_GET, "os.version", WORD },
		{ ROW_AGENTS_GET, "os.name", WORD },
		{ ROW_AGENTS_GET, "manager", WORD },
		{ ROW_AGENTS_GET, "version", WORD },
		{ ROW_AGENTS_GET, "group", WORD },
		{ ROW_AGENTS_GET, "node_name", WORD },
		{ ROW_AGENTS_GET, "name", WORD },
		{ ROW_AGENTS_GET, "ip", WORD },
		{ ROW_AGENTS_GET, "registerIP", WORD },
		{ ROW_AGENTS_GET, "group_config_status", WORD },
		{ ROW_AGENTS_POST, "name", WORD },
		{ ROW_AGENTS_DELETE, "q", CLAUSE },
		{ ROW_AGENTS_DELETE, "status", WORD },
		{ ROW_AGENTS_DELETE, "group", WORD },
		{ ROW_AGENTS_DELETE, "name", WORD },
		{ ROW_AGENTS_DELETE, "version", WORD },
	};
	const struct row *r;
	struct world w;
	size_t i, k;

	prepare(&w);
	for (i = 0; i < sizeof(arg) / sizeof(arg[0]); i++) {
		r = &rows[arg[i].row];
		for (k = 0; arg[i].param != NULL; k++)
			if (strcmp(params[r->r_params[k]].p_name,
			        arg[i].param) == 0)
				break;
		watch_for(MARK);
		row_run(arg[i].row, arg[i].param == NULL ? r->r_nparams : k,
		    arg[i].value, false);
		CU_ASSERT_EQUAL(watch_now.wa_texts, 0);
		CU_ASSERT(watch_now.wa_values > 0);
		if (watch_now.wa_values == 0)
			printf("%s %s\n", r->r_call, arg[i].param);
	}
	watch_for(NULL);
	world_end(&w);
}

static const struct unit_case cases[] = { { "rbac.db", test_rbacdb },
	{ "watch", test_watch }, { "rows", test_rows },
	{ "reached", test_reached }, { NULL, NULL } };

int
main(void)
{
	if (watch_start() == -1)
		return (1);
	return (world_main("sql_text", cases));
}
