/* SPDX-License-Identifier: ISC */
/* GET /agents: the rows of global.agent as the API shows them. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dapi/env.h"
#include "dapi/fw.h"
#include "dapi/isotime.h"
#include "dapi/keys.h"

#define AGENTS_LIMIT 500 /* where the client names none */

enum agents_form {
	AF_ID, /* zero padded text */
	AF_TEXT,
	AF_INT,
	AF_DATE, /* seconds to "...+00:00" */
	AF_DATE_SET, /* the same, nothing when 0 */
	AF_LIST /* text with commas to an array */
};

/*
 * The original's field map, in the order of the columns below and of
 * the keys in the answer. The last nine are members of "os".
 */
static const struct agents_field {
	const char *af_name;
	enum agents_form af_form;
} agents_fields[] = {
	{ "id", AF_ID },
	{ "name", AF_TEXT },
	{ "ip", AF_TEXT },
	{ "registerIP", AF_TEXT },
	{ "status", AF_TEXT },
	{ "status_code", AF_INT },
	{ "version", AF_TEXT },
	{ "manager", AF_TEXT },
	{ "node_name", AF_TEXT },
	{ "dateAdd", AF_DATE },
	{ "lastKeepAlive", AF_DATE },
	{ "disconnection_time", AF_DATE_SET },
	{ "group", AF_LIST },
	{ "group_config_status", AF_TEXT },
	{ "mergedSum", AF_TEXT },
	{ "configSum", AF_TEXT },
	{ "name", AF_TEXT },
	{ "version", AF_TEXT },
	{ "platform", AF_TEXT },
	{ "codename", AF_TEXT },
	{ "major", AF_TEXT },
	{ "minor", AF_TEXT },
	{ "uname", AF_TEXT },
	{ "arch", AF_TEXT },
	{ "build", AF_TEXT },
};

#define AGENTS_COLUMNS                                                         \
	"id, name, coalesce(ip, register_ip), register_ip, connection_status," \
	" status_code, version, manager_host, node_name, date_add,"            \
	" last_keepalive, disconnection_time, `group`, group_config_status,"   \
	" merged_sum, config_sum, os_name, os_version, os_platform,"           \
	" os_codename, os_major, os_minor, os_uname, os_arch, os_build"

#define AGENTS_N  (sizeof(agents_fields) / sizeof(agents_fields[0]))
#define AGENTS_OS 16 /* the first member of "os" */

_Static_assert(AGENTS_N == AGENTS_OS + 9, "os has nine members");

/* ?1: limit, ?2: offset, ?3: ids. Only what is filtered has the third. */
#define AGENTS_AMONG " WHERE id IN (SELECT value FROM json_each(?3))"
#define AGENTS_PAGE  " ORDER BY id LIMIT ?1 OFFSET ?2"

static const struct {
	const char *count;
	const char *page;
} agents_sql[] = {
	{ "SELECT count(*) FROM agent",
	    "SELECT " AGENTS_COLUMNS " FROM agent" AGENTS_PAGE },
	{ "SELECT count(*) FROM agent" AGENTS_AMONG,
	    "SELECT " AGENTS_COLUMNS " FROM agent" AGENTS_AMONG AGENTS_PAGE },
};

/* --- one item ---------------------------------------------------------- */

static void
agents_date(struct jsonw *j, int64_t when)
{
	static const char zone[] = "+00:00";
	char text[ISOTIME_LEN + sizeof(zone)];

	isotime_utc(when, text);
	memcpy(text + ISOTIME_LEN - 1, zone, sizeof(zone));
	jsonw_str(j, text);
}

static void
agents_list(struct jsonw *j, const char *text, size_t len)
{
	const char *comma;
	size_t n;

	jsonw_array(j);
	for (;;) {
		comma = memchr(text, ',', len);
		n = comma == NULL ? len : (size_t)(comma - text);
		jsonw_strn(j, text, n);
		if (comma == NULL)
			break;
		text += n + 1;
		len -= n + 1;
	}
	jsonw_array_end(j);
}

static void
agents_value(
    struct jsonw *j, const struct agents_field *af, const struct store_val *v)
{
	char id[KEYS_IDLEN];

	switch (af->af_form) {
	case AF_ID:
		keys_idtext((uint32_t)store_int(v), id);
		jsonw_str(j, id);
		break;
	case AF_INT:
		jsonw_int(j, store_int(v));
		break;
	case AF_DATE:
	case AF_DATE_SET:
		agents_date(j, store_int(v));
		break;
	case AF_LIST:
		agents_list(j, v->sv_text, v->sv_len);
		break;
	case AF_TEXT:
		jsonw_strn(j, v->sv_text, v->sv_len);
		break;
	}
}

/* NULL is left out, and so is what has not the type of its column. */
static bool
agents_shown(const struct agents_field *af, const struct store_val *v)
{
	switch (af->af_form) {
	case AF_TEXT:
		return (v->sv_type == SV_TEXT);
	case AF_LIST:
		return (v->sv_type == SV_TEXT && v->sv_len > 0);
	case AF_DATE_SET:
		return (store_int(v) != 0);
	default:
		return (v->sv_type != SV_NULL);
	}
}

static int
agents_row(void *arg, const struct store_val *col, size_t n)
{
	struct result *rs = arg;
	struct jsonw *j = &rs->rs_json;
	size_t i;
	bool os = false;

	jsonw_object(j);
	for (i = 0; i < n && i < AGENTS_N; i++) {
		if (!agents_shown(&agents_fields[i], &col[i]))
			continue;
		if (i >= AGENTS_OS && !os) {
			os = true;
			jsonw_key(j, "os");
			jsonw_object(j);
		}
		jsonw_key(j, agents_fields[i].af_name);
		agents_value(j, &agents_fields[i], &col[i]);
	}
	if (os)
		jsonw_object_end(j);
	jsonw_object_end(j);
	result_item(rs);
	return (rs->rs_body.b_failed ? -1 : 0);
}

/* --- the page ---------------------------------------------------------- */

static int
agents_count_row(void *arg, const struct store_val *col, size_t n)
{
	*(int64_t *)arg = store_int(&col[0]);
	return (0);
}

/*
 * Total and page of one state of the store. among: only ids count. The rows
 * that nobody is kept from need no list: then each id of global.db is shown.
 */
static enum store_rc
agents_page(struct store *st, const struct call *c, struct result *rs,
    bool among, const uint32_t *ids, size_t n)
{
	const struct store_val v[] = {
		SV_OF_INT(args_int(&c->c_args, "limit", AGENTS_LIMIT)),
		SV_OF_INT(args_int(&c->c_args, "offset", 0)),
		SV_OF_IDS(ids, n),
	};
	size_t nv = among ? 3 : 2;
	int64_t total = 0;
	enum store_rc rc;

	rc = store_tx(st, STORE_READ);
	if (rc != STORE_OK)
		return (rc);
	rc = store_run(st, agents_sql[among].count, v, among ? 3 : 0,
	    agents_count_row, &total);
	if (rc == STORE_OK)
		rc = store_run(
		    st, agents_sql[among].page, v, nv, agents_row, rs);
	if (rc == STORE_OK)
		rc = store_tx(st, STORE_COMMIT);
	if (rc != STORE_OK)
		store_tx(st, STORE_ROLLBACK);
	result_total(rs, (uint64_t)total);
	return (rc);
}

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

static int
agents_end(struct result *rs, enum store_rc rc)
{
	if (rc != STORE_OK)
		return (fw_store_failed(rs, rc));
	result_end(rs);
	return (0);
}

/* For a caller who may see some: only what is allowed and exists. */
static int
agents_some(const struct call *c, struct result *rs, struct store *st,
    const struct keys *ks, const struct rbac_verdict *rv)
{
	enum store_rc rc;
	uint32_t *ids;
	size_t n;

	agents_begin(rs);
	/* Nobody named the ids: one that is unknown is no failure (1701). */
	if (fw_agent_ids(rv, ks, &ids, &n,
	        rv->rv_implicit ? NULL : agents_unknown, rs) == -1)
		return (-1);
	fw_denied(rs, c, 0, rv);
	rc = agents_page(st, c, rs, true, ids, n);
	free(ids);
	return (agents_end(rs, rc));
}

int
fw_agents_get(const struct call *c, struct result *rs)
{
	struct env *ev = env_get();
	const struct keys *ks;
	const char *const *v = NULL;
	struct store *st;
	struct rbac_verdict rv;
	size_t n = 0;
	int r;

	st = env_store(ev, c, rs);
	if (st == NULL)
		return (-1);
	if (args_list(&c->c_args, "agents_list", &v, &n) == -1)
		v = NULL;
	if (v == NULL && fw_unlimited(c, 0)) {
		agents_begin(rs);
		return (agents_end(rs, agents_page(st, c, rs, false, NULL, 0)));
	}
	ks = env_keys(ev, rs);
	if (ks == NULL || fw_allowed(c, rs, 0, v, n, &rv) == -1)
		return (-1);
	r = agents_some(c, rs, st, ks, &rv);
	fw_verdict_free(&rv);
	return (r);
}
