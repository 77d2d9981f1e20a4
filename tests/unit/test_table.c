/* SPDX-License-Identifier: ISC */
/*
 * The endpoint table, as it was made of conf/openapi.yaml, agrees with itself,
 * with the document that clients get, and with what the first rows were when
 * they were written by hand.
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <string.h>

#include "apid/endpoints.h"
#include "common/params_decode.h"
#include "common/table.h"
#include "dapi/calls.h"
#include "dapi/openapi_json.h"
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
		/* What is not authz's own has a function here. */
		CU_ASSERT_EQUAL(
		    dapi_calls[i] == NULL, rows[i].r_pool == POOL_AUTHZ);
		CU_ASSERT_PTR_EQUAL(calls_find((uint16_t)i), dapi_calls[i]);
	}
	CU_ASSERT_PTR_NULL(calls_find((uint16_t)nrows));
	CU_ASSERT_PTR_NULL(calls_find(ROW_NONE));
	CU_ASSERT_EQUAL(rows[ROW_TEST_EVENTS].r_pool, POOL_EVENTS);
}

static const struct endpoint *
endpoint_of(size_t row)
{
	const struct endpoint *found = NULL;
	size_t i;

	for (i = 0; i < nendpoints; i++) {
		if (endpoints[i].ep_row != row)
			continue;
		CU_ASSERT_PTR_NULL(found);
		found = &endpoints[i];
	}
	return (found);
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

/* How often a path names a placeholder. */
static size_t
placeholders(const char *path, const char *name)
{
	const char *s, *close;
	size_t n = 0;

	for (s = path; (s = strchr(s, '{')) != NULL; s = close) {
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
	const struct endpoint *ep;
	const struct param *p;
	size_t i, j, n;

	for (i = 0; i < nrows; i++) {
		ep = endpoint_of(i);
		/* No path if and only if nobody may ask for it by HTTP. */
		CU_ASSERT_EQUAL(
		    ep == NULL, (rows[i].r_flags & ROWF_INTERNAL) != 0);
		for (n = 0, j = 0; j < rows[i].r_nparams; j++) {
			p = &params[rows[i].r_params[j]];
			if (p->p_in != PIN_PATH)
				continue;
			CU_ASSERT_PTR_NOT_NULL_FATAL(ep);
			CU_ASSERT_EQUAL(
			    placeholders(ep->ep_path, p->p_name), 1);
			CU_ASSERT(p->p_flags & PMF_REQUIRED);
			n++;
		}
		if (ep != NULL)
			CU_ASSERT_EQUAL(placeholders(ep->ep_path, NULL), n);
	}
	for (i = 0; i < nendpoints; i++)
		for (j = 0; j < i; j++)
			CU_ASSERT(
			    endpoints[j].ep_method != endpoints[i].ep_method ||
			    strcmp(endpoints[j].ep_path,
			        endpoints[i].ep_path) != 0);
	CU_ASSERT_STRING_EQUAL(endpoint_of(ROW_AGENTS_GET)->ep_path, "/agents");
	CU_ASSERT_EQUAL(
	    endpoint_of(ROW_AGENTS_DELETE)->ep_method, METHOD_DELETE);
}

static bool
row_has(const struct row *row, const char *name, size_t len)
{
	const char *have;
	size_t i;

	for (i = 0; i < row->r_nparams; i++) {
		have = params[row->r_params[i]].p_name;
		if (strlen(have) == len && memcmp(have, name, len) == 0)
			return (true);
	}
	return (false);
}

/*
 * A need names its actions, and resources whose braces hold a parameter, or an
 * argument that is never given: then the resource is all there are.
 */
static void
test_rbac(void)
{
	const struct rbac_need *need;
	const char *open;
	size_t i, j, k;

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
				if (i != ROW_AGENTS_SUMMARY_STATUS &&
				    i != ROW_OVERVIEW_AGENTS)
					CU_ASSERT(row_has(&rows[i], open + 1,
					    strcspn(open + 1, "}")));
			}
		}
	}
	need = rows[ROW_MANAGER_STATUS].r_rbac;
	CU_ASSERT_EQUAL(rows[ROW_MANAGER_STATUS].r_when[0], RBAC_ALONE);
	CU_ASSERT_STRING_EQUAL(need[0].rn_actions[0], "manager:read");
	CU_ASSERT_EQUAL(rows[ROW_MANAGER_STATUS].r_when[1], RBAC_CLUSTER);
	CU_ASSERT_EQUAL(rows[ROW_AGENTS_GET].r_when[0], RBAC_ALWAYS);
	CU_ASSERT_STRING_EQUAL(need[1].rn_resources[0], "node:id:<node_id>");
	CU_ASSERT_STRING_EQUAL(rows[ROW_AGENT_GET].r_rbac[0].rn_resources[0],
	    "agent:id:{agent_id}");
}

/* --- the wire ----------------------------------------------------------- */

static const struct wire *
wire_of(const struct row *row, const char *in, const char *name)
{
	const struct wire *found = NULL, *w;
	size_t i;

	for (i = 0; i < row->r_nwire; i++) {
		w = &row->r_wire[i];
		if ((w->w_in == NULL) != (in == NULL) ||
		    (in != NULL && strcmp(w->w_in, in) != 0) ||
		    strcmp(w->w_name, name) != 0)
			continue;
		CU_ASSERT_PTR_NULL(found);
		found = w;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	return (found);
}

static void
test_wire(void)
{
	const struct row *row;
	const struct wire *w;
	const char *name;
	size_t i, j;

	for (i = 0; i < nrows; i++) {
		row = &rows[i];
		for (j = 0; j < row->r_nwire; j++) {
			w = &row->r_wire[j];
			CU_ASSERT_PTR_EQUAL(
			    w, wire_of(row, w->w_in, w->w_name));
			CU_ASSERT_FATAL(w->w_param < nparams);
			name = params[w->w_param].p_name;
			CU_ASSERT(w->w_how == WIRE_CONST ||
			    row_has(row, name, strlen(name)));
		}
	}
	row = &rows[ROW_AGENTS_GET];
	w = wire_of(row, NULL, "agent_list");
	CU_ASSERT_STRING_EQUAL(params[w->w_param].p_name, "agents_list");
	CU_ASSERT_EQUAL(w->w_how, WIRE_VALUE);
	w = wire_of(row, "filters", "os.version");
	CU_ASSERT_STRING_EQUAL(params[w->w_param].p_name, "os.version");
	w = wire_of(row, NULL, "sort");
	CU_ASSERT_EQUAL(w->w_how, WIRE_SORT);
	w = wire_of(row, NULL, "search");
	CU_ASSERT_EQUAL(w->w_how, WIRE_SEARCH);
	w = wire_of(&rows[ROW_AGENT_GET], NULL, "agent_list");
	CU_ASSERT_EQUAL(w->w_how, WIRE_ONE);
	CU_ASSERT_STRING_EQUAL(params[w->w_param].p_name, "agent_id");
	/* What no request names is not sent. */
	CU_ASSERT_EQUAL(rows[ROW_AGENTS_SUMMARY_STATUS].r_nwire, 0);
}

/* What the function, the router and http are told besides. */
static void
test_rest(void)
{
	static const struct {
		enum row_id id;
		unsigned int services;
	} services[] = {
		{ ROW_ROOT, 0 },
		{ ROW_OPENAPI_GET, 0 },
		{ ROW_MANAGER_STATUS, 0 },
		{ ROW_MANAGER_INFO, SVC_BASIC },
		{ ROW_AGENTS_GET, SVC_BASIC },
		{ ROW_AUTHENTICATE_POST, SVC_BASIC },
	};
	const uint16_t *code;
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		CU_ASSERT_EQUAL(
		    rows[services[i].id].r_services, services[i].services);
	code = rows[ROW_AGENTS_DELETE].r_exclude;
	CU_ASSERT_PTR_NOT_NULL_FATAL(code);
	CU_ASSERT_EQUAL(code[0], 1701);
	CU_ASSERT_EQUAL(code[1], 1703);
	CU_ASSERT_EQUAL(code[2], 1731);
	CU_ASSERT_EQUAL(code[3], 0);
	CU_ASSERT_PTR_NULL(rows[ROW_AGENTS_POST].r_exclude);
	CU_ASSERT_STRING_EQUAL(
	    rows[ROW_AGENTS_POST].r_ctypes[0], "application/json");
	CU_ASSERT_PTR_NULL(rows[ROW_AGENTS_POST].r_ctypes[1]);
	CU_ASSERT_EQUAL(rows[ROW_OPENAPI_GET].r_flags, ROWF_PUBLIC);
	CU_ASSERT(rows[ROW_AUTHENTICATE_DELETE].r_flags & ROWF_CHANGES);
	CU_ASSERT(rows[ROW_AGENT_GET].r_flags & ROWF_ADDITIVE);
	for (i = 0; i < nrows; i++) {
		CU_ASSERT_EQUAL(rows[i].r_ctypes != NULL,
		    (rows[i].r_flags & ROWF_BODY) != 0);
		CU_ASSERT(i + rows[i].r_steps < nrows);
	}
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
		CU_ASSERT(p->p_minitems == 0 || param_is_list(p->p_type) ||
		    p->p_type == PT_OBJECT);
		CU_ASSERT(p->p_maxitems == 0 || param_is_list(p->p_type));
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
		if (params[i].p_default == NULL || params[i].p_in == PIN_BODY)
			continue;
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

/* --- the rows that were written by hand ---------------------------------- */

#define PAGE ROWF_PRETTY | ROWF_WAIT

static const struct old_row {
	enum row_id id;
	enum method method;
	const char *path, *call;
	enum pool pool;
	enum route route;
	unsigned int flags;
	const char *action, *resource;
	const char *params[7];
} old_rows[] = {
	{ ROW_ROOT, METHOD_GET, "/", "gatehouse.default.info", POOL_READ,
	    ROUTE_LOCAL, ROWF_PRETTY, NULL, NULL, { "pretty" } },
	{ ROW_AGENTS_GET, METHOD_GET, "/agents", "wazuh.agent.get_agents",
	    POOL_READ, ROUTE_MASTER, PAGE, "agent:read",
	    "agent:id:{agents_list}",
	    { "pretty", "wait_for_complete", "agents_list", "offset",
	        "limit" } },
	{ ROW_AGENTS_POST, METHOD_POST, "/agents", "wazuh.agent.add_agent",
	    POOL_WRITE, ROUTE_MASTER,
	    PAGE | ROWF_BODY | ROWF_BODY_REQ | ROWF_JSON_BODY | ROWF_BODY_406,
	    "agent:create", "*:*:*",
	    { "pretty", "wait_for_complete", "name", "ip" } },
	{ ROW_AGENTS_DELETE, METHOD_DELETE, "/agents",
	    "wazuh.agent.delete_agents", POOL_WRITE, ROUTE_MASTER, PAGE,
	    "agent:delete", "agent:id:{agents_list}",
	    { "pretty", "wait_for_complete", "agents_list", "status",
	        "older_than" } },
	{ ROW_AUTHENTICATE_POST, METHOD_POST, "/security/user/authenticate",
	    "gatehouse.security.login", POOL_AUTHZ, ROUTE_MASTER,
	    ROWF_BASIC | ROWF_LOGIN, NULL, NULL, { "raw" } },
	{ ROW_AUTHENTICATE_GET, METHOD_GET, "/security/user/authenticate",
	    "gatehouse.security.login", POOL_AUTHZ, ROUTE_MASTER,
	    ROWF_BASIC | ROWF_LOGIN | ROWF_DEPRECATED, NULL, NULL, { "raw" } },
	{ ROW_AUTHENTICATE_DELETE, METHOD_DELETE, "/security/user/authenticate",
	    "wazuh.security.revoke_current_user_tokens", POOL_AUTHZ,
	    ROUTE_MASTER, ROWF_CHANGES, NULL, NULL, { NULL } },
	{ ROW_USERS_ME_GET, METHOD_GET, "/security/users/me",
	    "wazuh.security.get_user_me", POOL_AUTHZ, ROUTE_MASTER, PAGE, NULL,
	    NULL, { "pretty", "wait_for_complete" } },
	{ ROW_TEST_EVENTS, METHOD_OTHER, NULL, "gatehouse.test.events",
	    POOL_EVENTS, ROUTE_LOCAL, ROWF_INTERNAL, NULL, NULL, { NULL } },
};

static void
test_old_rows(void)
{
	const struct old_row *old;
	const struct endpoint *ep;
	const struct row *row;
	size_t i, j, at;

	for (i = 0; i < sizeof(old_rows) / sizeof(old_rows[0]); i++) {
		old = &old_rows[i];
		row = &rows[old->id];
		ep = endpoint_of(old->id);
		CU_ASSERT_EQUAL(ep == NULL, old->path == NULL);
		if (ep != NULL) {
			CU_ASSERT_EQUAL(ep->ep_method, old->method);
			CU_ASSERT_STRING_EQUAL(ep->ep_path, old->path);
		}
		CU_ASSERT_STRING_EQUAL(row->r_call, old->call);
		CU_ASSERT_EQUAL(row->r_pool, old->pool);
		CU_ASSERT_EQUAL(row->r_route, old->route);
		CU_ASSERT_EQUAL(row->r_flags, old->flags);
		CU_ASSERT_EQUAL(
		    row->r_rbac[0].rn_actions[0] == NULL, old->action == NULL);
		if (old->action != NULL) {
			CU_ASSERT_STRING_EQUAL(
			    row->r_rbac[0].rn_actions[0], old->action);
			CU_ASSERT_STRING_EQUAL(
			    row->r_rbac[0].rn_resources[0], old->resource);
			CU_ASSERT_PTR_NULL(row->r_rbac[0].rn_actions[1]);
			CU_ASSERT_PTR_NULL(row->r_rbac[1].rn_actions[0]);
		}
		/* All are there, in their order, maybe with others between. */
		for (at = 0, j = 0; old->params[j] != NULL; j++, at++) {
			while (at < row->r_nparams &&
			    strcmp(params[row->r_params[at]].p_name,
			        old->params[j]) != 0)
				at++;
			CU_ASSERT(at < row->r_nparams);
		}
	}
}

static const char *const old_status[] = { "all", "active", "pending",
	"never_connected", "disconnected", NULL };

/* What they were like; r is a row that has it. */
static const struct {
	enum row_id row;
	struct param param;
} old_params[] = {
	{ ROW_ROOT,
	    { .p_name = "pretty",
	        .p_type = PT_BOOLEAN,
	        .p_flags = PMF_DEFAULT,
	        .p_default = "false" } },
	{ ROW_AGENTS_GET,
	    { .p_name = "wait_for_complete",
	        .p_type = PT_BOOLEAN,
	        .p_flags = PMF_DEFAULT,
	        .p_default = "false" } },
	{ ROW_AGENTS_GET,
	    { .p_name = "offset",
	        .p_type = PT_INTEGER,
	        .p_flags = PMF_DEFAULT | PMF_MIN,
	        .p_default = "0" } },
	{ ROW_AGENTS_GET,
	    { .p_name = "limit",
	        .p_type = PT_INTEGER,
	        .p_flags = PMF_DEFAULT | PMF_MIN | PMF_MAX,
	        .p_min = 1,
	        .p_max = 100000,
	        .p_default = "500" } },
	{ ROW_AGENTS_GET,
	    { .p_name = "agents_list",
	        .p_type = PT_STRINGS,
	        .p_format = PF_NUMBERS,
	        .p_flags = PMF_MIN,
	        .p_min = 3,
	        .p_format_name = "numbers" } },
	{ ROW_AGENTS_DELETE,
	    { .p_name = "agents_list",
	        .p_type = PT_STRINGS,
	        .p_format = PF_NUMBERS_OR_ALL,
	        .p_flags = PMF_REQUIRED | PMF_MIN,
	        .p_min = 3,
	        .p_format_name = "numbers_or_all" } },
	{ ROW_AGENTS_DELETE,
	    { .p_name = "status",
	        .p_type = PT_STRINGS,
	        .p_flags = PMF_REQUIRED | PMF_LOWER,
	        .p_minitems = 1,
	        .p_enum = old_status } },
	{ ROW_AGENTS_DELETE,
	    { .p_name = "older_than",
	        .p_type = PT_STRING,
	        .p_format = PF_TIMEFRAME,
	        .p_flags = PMF_DEFAULT,
	        .p_default = "7d",
	        .p_format_name = "timeframe" } },
	{ ROW_AUTHENTICATE_GET, { .p_name = "raw", .p_type = PT_BOOLEAN } },
	{ ROW_AGENTS_POST,
	    { .p_name = "name",
	        .p_in = PIN_BODY,
	        .p_type = PT_STRING,
	        .p_format = PF_NAMES,
	        .p_flags = PMF_REQUIRED,
	        .p_format_name = "names" } },
	{ ROW_AGENTS_POST,
	    { .p_name = "ip",
	        .p_in = PIN_BODY,
	        .p_type = PT_STRING,
	        .p_format = PF_SYMBOLS,
	        .p_format_name = "alphanumeric_symbols" } },
};

static bool
same(const char *a, const char *b)
{
	return (a == b || (a != NULL && b != NULL && strcmp(a, b) == 0));
}

static void
test_old_params(void)
{
	const struct param *p, *old;
	const struct row *row;
	size_t i, j;

	for (i = 0; i < sizeof(old_params) / sizeof(old_params[0]); i++) {
		old = &old_params[i].param;
		row = &rows[old_params[i].row];
		for (j = 0; j < row->r_nparams; j++)
			if (same(params[row->r_params[j]].p_name, old->p_name))
				break;
		CU_ASSERT_FATAL(j < row->r_nparams);
		p = &params[row->r_params[j]];
		CU_ASSERT_EQUAL(p->p_in, old->p_in);
		CU_ASSERT_EQUAL(p->p_type, old->p_type);
		CU_ASSERT_EQUAL(p->p_format, old->p_format);
		CU_ASSERT_EQUAL(p->p_flags, old->p_flags);
		CU_ASSERT_EQUAL(p->p_min, old->p_min);
		CU_ASSERT_EQUAL(p->p_max, old->p_max);
		CU_ASSERT_EQUAL(p->p_minitems, old->p_minitems);
		CU_ASSERT_EQUAL(p->p_maxitems, 0);
		CU_ASSERT(same(p->p_default, old->p_default));
		CU_ASSERT(same(p->p_format_name, old->p_format_name));
		CU_ASSERT_PTR_NULL(p->p_parent);
		CU_ASSERT_EQUAL(p->p_enum == NULL, old->p_enum == NULL);
		for (j = 0; p->p_enum != NULL && old->p_enum != NULL; j++) {
			CU_ASSERT(same(p->p_enum[j], old->p_enum[j]));
			if (p->p_enum[j] == NULL || old->p_enum[j] == NULL)
				break;
		}
	}
}

/* --- the document for clients --------------------------------------------- */

/* No key that begins with "x-" anywhere. */
static void
no_extension(struct json_object *v)
{
	size_t i;

	if (json_object_is_type(v, json_type_array))
		for (i = 0; i < json_object_array_length(v); i++)
			no_extension(json_object_array_get_idx(v, i));
	if (!json_object_is_type(v, json_type_object))
		return;
	json_object_object_foreach(v, key, item)
	{
		CU_ASSERT_NOT_EQUAL(strncmp(key, "x-", 2), 0);
		no_extension(item);
	}
}

static void
test_document(void)
{
	static const char *const names[] = { "get", "post", "put", "delete" };
	struct json_object *doc, *paths, *v, *op;
	const struct endpoint *ep;
	size_t i, n = 0;

	CU_ASSERT_EQUAL(strlen(openapi_json), openapi_json_len);
	doc = json_tokener_parse(openapi_json);
	CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
	CU_ASSERT(json_object_object_get_ex(doc, "openapi", &v));
	CU_ASSERT_STRING_EQUAL(json_object_get_string(v), "3.0.3");
	CU_ASSERT(json_object_object_get_ex(doc, "paths", &paths));
	for (i = 0; i < nendpoints; i++) {
		ep = &endpoints[i];
		CU_ASSERT(json_object_object_get_ex(paths, ep->ep_path, &v));
		CU_ASSERT(
		    json_object_object_get_ex(v, names[ep->ep_method], &op));
		CU_ASSERT_EQUAL(json_object_object_get_ex(op, "deprecated", &v),
		    (rows[ep->ep_row].r_flags & ROWF_DEPRECATED) != 0);
		CU_ASSERT_EQUAL(
		    json_object_object_get_ex(op, "requestBody", &v),
		    (rows[ep->ep_row].r_flags & ROWF_BODY) != 0);
		CU_ASSERT(json_object_object_get_ex(op, "description", &v));
	}
	/* And no other. */
	json_object_object_foreach(paths, key, item)
	{
		CU_ASSERT_EQUAL(key[0], '/');
		n += (size_t)json_object_object_length(item);
	}
	CU_ASSERT_EQUAL(n, nendpoints);
	no_extension(doc);
	json_object_put(doc);
}

static const struct unit_case cases[] = {
	{ "ids", test_ids },
	{ "params", test_params },
	{ "paths", test_paths },
	{ "rbac", test_rbac },
	{ "wire", test_wire },
	{ "rest", test_rest },
	{ "limits", test_limits },
	{ "defaults", test_defaults },
	{ "answers", test_answers },
	{ "old rows", test_old_rows },
	{ "old parameters", test_old_params },
	{ "document", test_document },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("table", cases));
}
