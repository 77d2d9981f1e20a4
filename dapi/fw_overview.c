/* SPDX-License-Identifier: ISC */
/*
 * GET /agents/summary/status and GET /overview/agents: numbers about agents
 * and groups, of one state of the store. facts/data/framework.md 1.2 and 15.
 */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/path.h"
#include "dapi/digest.h"
#include "dapi/env.h"
#include "dapi/fields_agents.h"
#include "dapi/fw.h"
#include "dapi/fw_query.h"
#include "dapi/rbac_sql.h"

#define OVERVIEW_FILE (64UL * 1024 * 1024) /* most bytes of a file hashed */
#define OVERVIEW_SQL  (2UL * 1024 * 1024) /* bytes of a statement at most */

/* Which agents and groups a caller may see. */
struct overview {
	struct store *ov_store;
	struct result *ov_rs;
	struct rbac_sql ov_agents;
	struct query_base ov_base; /* those agents */
	struct rbac_verdict ov_groups;
};

/* --- permissions ------------------------------------------------------------ */

/* The agents of need number 0, as the base of queries. 0 or -1. */
static int
overview_agents(struct overview *ov, const struct call *c)
{
	if (fw_limits(c, ov->ov_rs, 0, &ov->ov_agents) == -1)
		return (-1);
	ov->ov_base = rbac_sql_base(&ov->ov_agents);
	return (0);
}

/* --- states of agents --------------------------------------------------------- */

static const char *const overview_status[] = { "active", "disconnected",
	"never_connected", "pending" };
static const char *const overview_config[] = { "synced", "not synced" };

/* How many agents there are of each of the names that are known. */
struct overview_count {
	const char *const *oc_name;
	size_t oc_n;
	int64_t oc_count[4];
};

static void
overview_add(struct overview_count *oc, const struct store_val *v, int64_t n)
{
	size_t i;

	if (v->sv_type != SV_TEXT)
		return;
	for (i = 0; i < oc->oc_n; i++)
		if (strlen(oc->oc_name[i]) == v->sv_len &&
		    memcmp(oc->oc_name[i], v->sv_text, v->sv_len) == 0)
			oc->oc_count[i] += n;
}

/* arg: the two counts. A row: connection, configuration, number. */
static int
overview_count_row(void *arg, const struct store_val *col, size_t n)
{
	struct overview_count *oc = arg;
	int64_t agents = store_int(&col[2]);

	overview_add(&oc[0], &col[0], agents);
	overview_add(&oc[1], &col[1], agents);
	return (0);
}

/* {"active": 7, ..., "total": 15}; a blank in a name becomes '_' as a key. */
static void
overview_write_count(struct jsonw *j, const struct overview_count *oc)
{
	char key[32], *blank;
	int64_t total = 0;
	size_t i;

	jsonw_object(j);
	for (i = 0; i < oc->oc_n; i++) {
		snprintf(key, sizeof(key), "%s", oc->oc_name[i]);
		blank = strchr(key, ' ');
		if (blank != NULL)
			*blank = '_';
		jsonw_key(j, key);
		jsonw_int(j, oc->oc_count[i]);
		total += oc->oc_count[i];
	}
	jsonw_key(j, "total");
	jsonw_int(j, total);
	jsonw_object_end(j);
}

/* The four numbers of connections and the two of configurations. */
static enum store_rc
overview_states(struct overview *ov)
{
	struct overview_count oc[2] = {
		{ .oc_name = overview_status, .oc_n = 4 },
		{ .oc_name = overview_config, .oc_n = 2 },
	};
	const struct query_base *qb = &ov->ov_base;
	struct jsonw *j = &ov->ov_rs->rs_json;
	enum store_rc rc = STORE_FAILED;
	struct buf sql;

	buf_init(&sql, OVERVIEW_SQL);
	buf_addz(&sql,
	    "SELECT connection_status, group_config_status, count(*)"
	    " FROM agent WHERE id != 0");
	if (qb->qb_where != NULL)
		buf_addf(&sql, " AND (%s)", qb->qb_where);
	buf_addz(&sql, " GROUP BY 1, 2");
	if (buf_addc(&sql, '\0') == 0)
		rc = store_run(ov->ov_store, (const char *)sql.b_data,
		    qb->qb_val, qb->qb_nval, overview_count_row, oc);
	buf_free(&sql);
	jsonw_object(j);
	jsonw_key(j, "connection");
	overview_write_count(j, &oc[0]);
	jsonw_key(j, "configuration");
	overview_write_count(j, &oc[1]);
	jsonw_object_end(j);
	return (rc);
}

/* --- groups ---------------------------------------------------------------------- */

/* The MD5 of a file below etc/shared as a member of the open object. */
static void
overview_sum(
    struct jsonw *j, const char *key, const char *group, const char *file)
{
	char path[512], hex[DIGEST_HEX];
	struct buf b;

	buf_init(&b, OVERVIEW_FILE);
	snprintf(path, sizeof(path), "etc/shared/%s/%s", group, file);
	if (path_read(env_get()->ev_rootfd, path, OVERVIEW_FILE, &b) == 0 &&
	    digest_hex("md5", b.b_data, b.b_len, hex) == 0) {
		jsonw_key(j, key);
		jsonw_str(j, hex);
	}
	buf_free(&b);
}

static int
overview_group_row(void *arg, const struct store_val *col, size_t n)
{
	struct overview *ov = arg;
	struct jsonw *j = &ov->ov_rs->rs_json;
	char name[256];

	if (col[0].sv_type != SV_TEXT || col[0].sv_len >= sizeof(name))
		return (0);
	memcpy(name, col[0].sv_text, col[0].sv_len);
	name[col[0].sv_len] = '\0';
	if (!idset_has(&ov->ov_groups.rv_allowed, name))
		return (0);
	jsonw_object(j);
	jsonw_key(j, "name");
	jsonw_str(j, name);
	jsonw_key(j, "count");
	jsonw_int(j, store_int(&col[1]));
	overview_sum(j, "mergedSum", name, "merged.mg");
	overview_sum(j, "configSum", name, "agent.conf");
	jsonw_object_end(j);
	return (0);
}

/* Groups that have a row and a folder, and that the caller may see. */
static enum store_rc
overview_groups(struct overview *ov)
{
	static const char sql[] =
	    "SELECT g.name, (SELECT count(b.id_agent) FROM belongs b WHERE"
	    " b.id_group = g.id) FROM `group` g ORDER BY g.name";
	enum store_rc rc;

	jsonw_array(&ov->ov_rs->rs_json);
	rc = store_run(ov->ov_store, sql, NULL, 0, overview_group_row, ov);
	jsonw_array_end(&ov->ov_rs->rs_json);
	return (rc);
}

/* --- agents by what they have in common --------------------------------------------- */

static int
overview_grouped(struct overview *ov, const char *const *fields, size_t n)
{
	struct query_args qa = { .qa_fixed = "id!=0",
		.qa_select = fields,
		.qa_nselect = n,
		.qa_group = true,
		.qa_limit = QUERY_NOLIMIT,
		.qa_now = (int64_t)time(NULL) };
	int r;

	jsonw_array(&ov->ov_rs->rs_json);
	r = fw_query_array(ov->ov_store, &fields_agents_groups, &qa,
	    &ov->ov_base, ov->ov_rs, true);
	if (r == 0)
		jsonw_array_end(&ov->ov_rs->rs_json);
	return (r);
}

static int
overview_last(struct overview *ov)
{
	struct query_args qa = { .qa_fixed = "id!=0",
		.qa_sort = "-dateAdd",
		.qa_limit = 1,
		.qa_now = (int64_t)time(NULL) };
	int r;

	jsonw_array(&ov->ov_rs->rs_json);
	r = fw_query_array(
	    ov->ov_store, &fields_agents, &qa, &ov->ov_base, ov->ov_rs, false);
	if (r == 0)
		jsonw_array_end(&ov->ov_rs->rs_json);
	return (r);
}

/* The members of "data" in the original's order. 0, or -1 and a problem. */
static int
overview_write(struct overview *ov)
{
	static const char *const nodes[] = { "node_name" };
	static const char *const os[] = { "os.name", "os.platform",
		"os.version" };
	static const char *const versions[] = { "version" };
	struct jsonw *j = &ov->ov_rs->rs_json;
	enum store_rc rc;

	jsonw_object(j);
	jsonw_key(j, "nodes");
	if (overview_grouped(ov, nodes, 1) == -1)
		return (-1);
	jsonw_key(j, "groups");
	rc = overview_groups(ov);
	if (rc != STORE_OK)
		return (fw_store_failed(ov->ov_rs, rc));
	jsonw_key(j, "agent_os");
	if (overview_grouped(ov, os, 3) == -1)
		return (-1);
	jsonw_key(j, "agent_status");
	rc = overview_states(ov);
	if (rc != STORE_OK)
		return (fw_store_failed(ov->ov_rs, rc));
	jsonw_key(j, "agent_version");
	if (overview_grouped(ov, versions, 1) == -1)
		return (-1);
	jsonw_key(j, "last_registered_agent");
	if (overview_last(ov) == -1)
		return (-1);
	jsonw_object_end(j);
	return (0);
}

/* --- the two rows --------------------------------------------------------------------- */

int
fw_agents_summary_status(const struct call *c, struct result *rs)
{
	struct overview ov = { .ov_rs = rs };
	enum store_rc rc;

	ov.ov_store = env_store(env_get(), c, rs);
	if (ov.ov_store == NULL || overview_agents(&ov, c) == -1)
		return (-1);
	result_plain_begin(rs);
	rc = store_tx(ov.ov_store, STORE_READ);
	if (rc == STORE_OK)
		rc = overview_states(&ov);
	store_tx(ov.ov_store, rc == STORE_OK ? STORE_COMMIT : STORE_ROLLBACK);
	rbac_sql_free(&ov.ov_agents);
	if (rc != STORE_OK)
		return (fw_store_failed(rs, rc));
	result_plain_end(rs);
	return (0);
}

int
fw_overview_agents(const struct call *c, struct result *rs)
{
	struct overview ov = { .ov_rs = rs };
	enum store_rc rc;
	int r = -1;

	ov.ov_store = env_store(env_get(), c, rs);
	if (ov.ov_store == NULL || overview_agents(&ov, c) == -1)
		return (-1);
	if (fw_allowed(c, rs, 1, NULL, 0, &ov.ov_groups) == -1) {
		rbac_sql_free(&ov.ov_agents);
		return (-1);
	}
	result_plain_begin(rs);
	rc = store_tx(ov.ov_store, STORE_READ);
	if (rc == STORE_OK)
		r = overview_write(&ov);
	else
		fw_store_failed(rs, rc);
	store_tx(ov.ov_store, r == 0 ? STORE_COMMIT : STORE_ROLLBACK);
	if (r == 0)
		result_plain_end(rs);
	fw_verdict_free(&ov.ov_groups);
	rbac_sql_free(&ov.ov_agents);
	return (r);
}
