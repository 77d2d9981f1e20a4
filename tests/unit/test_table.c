/* SPDX-License-Identifier: ISC */
/* The endpoint table agrees with itself. */
#include <sys/types.h>

#include <string.h>

#include "common/params_decode.h"
#include "common/table.h"
#include "tests/unit/unit.h"

#define ENUM_MAX 128 /* more values than any list has */

static void
test_ids(void)
{
	size_t i;

	CU_ASSERT_EQUAL(nrows, ROW__MAX);
	CU_ASSERT(nrows < ROW_NONE);
	for (i = 0; i < nrows; i++) {
		CU_ASSERT_EQUAL(rows[i].r_id, i);
		CU_ASSERT_PTR_NOT_NULL(rows[i].r_call);
		/* No path if and only if nobody may ask for it by HTTP. */
		CU_ASSERT_EQUAL(rows[i].r_path == NULL,
		    (rows[i].r_flags & ROWF_INTERNAL) != 0);
	}
	CU_ASSERT_STRING_EQUAL(rows[ROW_AGENTS_GET].r_path, "/agents");
	CU_ASSERT_EQUAL(rows[ROW_AGENTS_DELETE].r_method, METHOD_DELETE);
	CU_ASSERT_EQUAL(rows[ROW_TEST_EVENTS].r_pool, POOL_EVENTS);
}

/* Every index is good, no name stands twice, the flags say what is there. */
static void
test_params(void)
{
	const struct row *row;
	const struct param *p, *q;
	bool pretty, wait, body;
	size_t i, j, k;

	for (i = 0; i < nrows; i++) {
		row = &rows[i];
		pretty = wait = body = false;
		CU_ASSERT(row->r_nparams <= ARGS_MAX);
		CU_ASSERT((row->r_nparams == 0) == (row->r_params == NULL));
		for (j = 0; j < row->r_nparams; j++) {
			CU_ASSERT_FATAL(row->r_params[j] < nparams);
			p = &params[row->r_params[j]];
			pretty |= strcmp(p->p_name, "pretty") == 0;
			wait |= strcmp(p->p_name, "wait_for_complete") == 0;
			body |= p->p_in == PIN_BODY;
			for (k = 0; k < j; k++) {
				q = &params[row->r_params[k]];
				CU_ASSERT_STRING_NOT_EQUAL(
				    p->p_name, q->p_name);
			}
		}
		CU_ASSERT_EQUAL(pretty, (row->r_flags & ROWF_PRETTY) != 0);
		CU_ASSERT_EQUAL(wait, (row->r_flags & ROWF_WAIT) != 0);
		CU_ASSERT(!body || (row->r_flags & ROWF_JSON_BODY));
		CU_ASSERT(!(row->r_flags & (ROWF_JSON_BODY | ROWF_BODY_REQ)) ||
		    (row->r_flags & ROWF_BODY));
	}
}

/* How often a row's path names a placeholder. */
static size_t
placeholders(const struct row *row, const char *name)
{
	const char *s, *close;
	size_t n = 0;

	for (s = row->r_path; s != NULL && (s = strchr(s, '{')) != NULL;
	     s = close) {
		close = strchr(s, '}');
		CU_ASSERT_PTR_NOT_NULL_FATAL(close);
		if (name == NULL ||
		    ((size_t)(close - s - 1) == strlen(name) &&
		        memcmp(s + 1, name, strlen(name)) == 0))
			n++;
	}
	return (n);
}

static void
test_paths(void)
{
	const struct row *row;
	const struct param *p;
	size_t i, j, n;

	for (i = 0; i < nrows; i++) {
		row = &rows[i];
		for (j = 0; j < i && row->r_path != NULL; j++)
			CU_ASSERT(rows[j].r_path == NULL ||
			    rows[j].r_method != row->r_method ||
			    strcmp(rows[j].r_path, row->r_path) != 0);
		for (n = 0, j = 0; j < row->r_nparams; j++) {
			p = &params[row->r_params[j]];
			if (p->p_in != PIN_PATH)
				continue;
			CU_ASSERT_EQUAL(placeholders(row, p->p_name), 1);
			CU_ASSERT(p->p_flags & PMF_REQUIRED);
			n++;
		}
		CU_ASSERT_EQUAL(placeholders(row, NULL), n);
	}
}

/* A need names its actions, and resources whose braces hold a parameter. */
static void
test_rbac(void)
{
	const struct rbac_need *need;
	const char *open, *name;
	size_t i, j, k, l, n, found;

	for (i = 0; i < nrows; i++) {
		for (j = 0; j < ROW_RBAC; j++) {
			need = &rows[i].r_rbac[j];
			CU_ASSERT_PTR_NULL(need->rn_actions[ROW_ACTIONS - 1]);
			CU_ASSERT_EQUAL(need->rn_actions[0] == NULL,
			    need->rn_resources[0] == NULL);
			for (k = 0; k < ROW_ACTIONS; k++) {
				if (need->rn_resources[k] == NULL)
					continue;
				open = strchr(need->rn_resources[k], '{');
				if (open == NULL)
					continue;
				n = strcspn(open + 1, "}");
				for (found = 0, l = 0; l < rows[i].r_nparams;
				     l++) {
					name =
					    params[rows[i].r_params[l]].p_name;
					found += strlen(name) == n &&
					    memcmp(name, open + 1, n) == 0;
				}
				CU_ASSERT_EQUAL(found, 1);
			}
		}
	}
	CU_ASSERT_STRING_EQUAL(
	    rows[ROW_AGENTS_POST].r_rbac[0].rn_resources[0], "*:*:*");
}

static void
test_limits(void)
{
	const struct param *p;
	size_t i, n;

	for (i = 0; i < nparams; i++) {
		p = &params[i];
		CU_ASSERT_PTR_NOT_NULL_FATAL(p->p_name);
		CU_ASSERT((int)p->p_format >= PF_NONE && p->p_format < PF__MAX);
		CU_ASSERT_EQUAL(
		    p->p_format == PF_NONE, p->p_format_name == NULL);
		CU_ASSERT_EQUAL(
		    p->p_default != NULL, (p->p_flags & PMF_DEFAULT) != 0);
		CU_ASSERT(p->p_default == NULL || !(p->p_flags & PMF_REQUIRED));
		if ((p->p_flags & PMF_MIN) && (p->p_flags & PMF_MAX))
			CU_ASSERT(p->p_min <= p->p_max);
		CU_ASSERT(p->p_minitems == 0 || p->p_type == PT_STRINGS);
		if (p->p_enum == NULL)
			continue;
		CU_ASSERT(p->p_type == PT_STRING || p->p_type == PT_STRINGS);
		for (n = 0; n < ENUM_MAX && p->p_enum[n] != NULL; n++)
			continue;
		CU_ASSERT(n > 0 && n < ENUM_MAX);
	}
}

/* A default is what a client might have sent. */
static void
test_defaults(void)
{
	struct row row = { .r_call = "default", .r_nparams = 1 };
	struct params_pair pair;
	struct args args;
	struct buf arena;
	uint16_t index;
	char why[256];
	size_t i;

	row.r_params = &index;
	for (i = 0; i < nparams; i++) {
		if (params[i].p_default == NULL)
			continue;
		CU_ASSERT_EQUAL_FATAL(params[i].p_in, PIN_QUERY);
		index = (uint16_t)i;
		pair.pp_name = params[i].p_name;
		pair.pp_namelen = strlen(pair.pp_name);
		pair.pp_value = params[i].p_default;
		pair.pp_valuelen = strlen(pair.pp_value);
		args_init(&args);
		buf_init(&arena, 4096);
		CU_ASSERT_EQUAL(params_query(&row, &pair, 1, &args, &arena, why,
		                    sizeof(why)),
		    PARAMS_OK);
		CU_ASSERT_EQUAL(params_check(&row, &args, why, sizeof(why)), 0);
		args_free(&args);
		buf_free(&arena);
	}
}

/* What the recordings of the first rows were answered. */
static void
test_answers(void)
{
	static const struct {
		enum row_id id;
		const char *name, *value, *why;
	} bad[] = {
		{ ROW_ROOT, "wait_for_complete", "true",
		    "Extra query parameter(s) wait_for_complete not in spec" },
		{ ROW_AUTHENTICATE_POST, "pretty", "true",
		    "Extra query parameter(s) pretty not in spec" },
		{ ROW_AGENTS_GET, "limit", "100001",
		    "'limit' must be at most 100000" },
		{ ROW_AGENTS_GET, "agents_list", "all",
		    "'agents_list' is not in the format 'numbers'" },
		{ ROW_AGENTS_DELETE, "agents_list", "all",
		    "Missing query parameter 'status'" },
		{ ROW_AGENTS_DELETE, "status", "all",
		    "Missing query parameter 'agents_list'" },
	};
	struct params_pair pair;
	struct args args;
	struct buf arena;
	char why[256];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pair.pp_name = bad[i].name;
		pair.pp_namelen = strlen(bad[i].name);
		pair.pp_value = bad[i].value;
		pair.pp_valuelen = strlen(bad[i].value);
		args_init(&args);
		buf_init(&arena, 4096);
		CU_ASSERT_EQUAL(params_query(&rows[bad[i].id], &pair, 1, &args,
		                    &arena, why, sizeof(why)),
		    PARAMS_BAD);
		CU_ASSERT_STRING_EQUAL(why, bad[i].why);
		args_free(&args);
		buf_free(&arena);
	}
}

static const struct unit_case cases[] = {
	{ "ids", test_ids },
	{ "params", test_params },
	{ "paths", test_paths },
	{ "rbac", test_rbac },
	{ "limits", test_limits },
	{ "defaults", test_defaults },
	{ "answers", test_answers },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("table", cases));
}
