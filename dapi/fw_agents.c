/* SPDX-License-Identifier: ISC */
/* GET /agents: the rows of global.agent as the API shows them. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "dapi/env.h"
#include "dapi/fields_agents.h"
#include "dapi/fw.h"
#include "dapi/fw_query.h"
#include "dapi/keys.h"
#include "dapi/rbac_sql.h"

static const char *const agents_filters[] = { "status", "os.platform",
	"os.version", "os.name", "manager", "version", "group", "node_name",
	"name", "ip", "registerIP", "group_config_status", NULL };

static void
agents_unknown(void *arg, const char *id)
{
	result_fail(arg, id, 1701, NULL);
}

static void
agents_begin(struct result *rs)
{
	result_begin(rs, "All selected agents information was returned",
	    "Some agents information was not returned",
	    "No agent information was returned");
}

/* The page of what the base lets through. */
static int
agents_page(struct store *st, const struct call *c, struct result *rs,
    const struct query_base *base)
{
	struct fw_query fq;

	fw_query_read(&fq, c, agents_filters);
	if (fw_query_items(st, &fields_agents, &fq.fq_args, base, rs) == -1)
		return (-1);
	result_end(rs);
	return (0);
}

/*
 * Nobody is named: what the caller may see decides by itself, and only as far
 * as the page goes.
 */
static int
agents_all(const struct call *c, struct result *rs, struct store *st)
{
	struct query_base base;
	struct rbac_sql rq;
	int r;

	if (fw_limits(c, rs, 0, &rq) == -1)
		return (-1);
	agents_begin(rs);
	base = rbac_sql_base(&rq);
	r = agents_page(st, c, rs, &base);
	rbac_sql_free(&rq);
	return (r);
}

/* Of those named only what is allowed and exists. */
static int
agents_some(const struct call *c, struct result *rs, struct store *st,
    const struct keys *ks, const struct rbac_verdict *rv)
{
	struct query_base base;
	struct store_val v;
	uint32_t *ids;
	size_t n;
	int r;

	agents_begin(rs);
	/* Nobody named the ids: one that is unknown is no failure (1701). */
	if (fw_agent_ids(rv, ks, &ids, &n,
	        rv->rv_implicit ? NULL : agents_unknown, rs) == -1)
		return (-1);
	fw_denied(rs, c, 0, rv);
	v = (struct store_val)SV_OF_IDS(ids, n);
	base = fw_agents_base(&v, 1);
	r = agents_page(st, c, rs, &base);
	free(ids);
	return (r);
}

/* ids, n: what the call names; NULL: nothing. */
static int
agents_get(
    const struct call *c, struct result *rs, const char *const *ids, size_t n)
{
	struct env *ev = env_get();
	const struct keys *ks;
	struct store *st;
	struct rbac_verdict rv;
	int r;

	st = env_store(ev, c, rs);
	if (st == NULL)
		return (-1);
	if (ids == NULL)
		return (agents_all(c, rs, st));
	ks = env_keys(ev, rs);
	if (ks == NULL || fw_allowed(c, rs, 0, ids, n, &rv) == -1)
		return (-1);
	r = agents_some(c, rs, st, ks, &rv);
	fw_verdict_free(&rv);
	return (r);
}

struct query_base
fw_agents_base(const struct store_val *ids, size_t n)
{
	struct query_base qb = { .qb_from = "agent", .qb_key = "id" };

	if (n > 0) {
		qb.qb_where = "id IN (SELECT value FROM json_each(?1))";
		qb.qb_val = ids;
		qb.qb_nval = n;
	}
	return (qb);
}

int
fw_agents_get(const struct call *c, struct result *rs)
{
	const char *const *v;
	size_t n;

	if (args_list(&c->c_args, "agents_list", &v, &n) == -1)
		return (agents_get(c, rs, NULL, 0));
	return (agents_get(c, rs, v, n));
}

/* One agent by its path; unlike in a list, an unknown one is no such thing. */
int
fw_agent_get(const struct call *c, struct result *rs)
{
	struct env *ev = env_get();
	const char *id = args_str(&c->c_args, "agent_id", "");
	const struct keys *ks;
	struct rbac_verdict rv;
	struct store *st;
	uint32_t *ids = NULL;
	size_t n = 0;
	int r;

	ks = env_keys(ev, rs);
	if (ks == NULL || fw_allowed(c, rs, 0, &id, 1, &rv) == -1)
		return (-1);
	r = fw_agent_ids(&rv, ks, &ids, &n, NULL, NULL);
	free(ids);
	if (r == 0 && n == 0) {
		result_problem(rs, 1701, ERRC_NOTFOUND, NULL);
		r = -1;
	}
	st = r == 0 ? env_store(ev, c, rs) : NULL;
	r = st != NULL ? agents_some(c, rs, st, ks, &rv) : -1;
	fw_verdict_free(&rv);
	return (r);
}
