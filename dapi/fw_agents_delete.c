/* SPDX-License-Identifier: ISC */
/* DELETE /agents: which agents may go, and their removal. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "dapi/enrol.h"
#include "dapi/env.h"
#include "dapi/fw.h"
#include "dapi/isotime.h"
#include "dapi/keys.h"

#define DELETE_OLDER  "7d" /* where the client names none */
#define DELETE_NO_AGE "0s" /* the one span that means any age */

/* What the agents must meet. */
struct delete_want {
	int64_t dw_status; /* bits of delete_bits[], -1: any */
	bool dw_aged;
	int64_t dw_before; /* seen last before this second */
	char dw_text[256]; /* the same, for the client */
};

/* The agents in question, sorted by what becomes of them. */
struct delete_work {
	struct result *dk_rs;
	bool dk_quiet; /* no ids were named: no failures */
	const uint32_t *dk_fit; /* agents that meet the wants */
	size_t dk_nfit;
	uint32_t *dk_go;
	size_t dk_ngo;
};

struct delete_ids {
	uint32_t *di_v;
	size_t di_n, di_cap;
};

static const struct {
	const char *name;
	int64_t bit; /* as in delete_sql */
} delete_bits[] = {
	{ "active", 1 },
	{ "pending", 2 },
	{ "never_connected", 4 },
	{ "disconnected", 8 },
};

/*
 * ?1: statuses, -1 for any; ?2: the second before which an agent must have
 * been seen (or added, if it never connected), NULL for any.
 */
static const char delete_sql[] =
    "SELECT id FROM agent WHERE id > 0"
    " AND (?1 = -1 OR ?1 & CASE connection_status WHEN 'active' THEN 1"
    "  WHEN 'pending' THEN 2 WHEN 'never_connected' THEN 4"
    "  WHEN 'disconnected' THEN 8 ELSE 0 END)"
    " AND (?2 IS NULL OR CASE connection_status WHEN 'never_connected'"
    "  THEN date_add ELSE last_keepalive END < ?2)"
    " ORDER BY id";

/* --- what is asked ----------------------------------------------------- */

static void
delete_status(const struct args *as, struct delete_want *dw)
{
	const char *const *v;
	size_t n, i, k, len = 0;

	dw->dw_status = -1;
	if (args_list(as, "status", &v, &n) == -1)
		return;
	dw->dw_status = 0;
	len = (size_t)snprintf(dw->dw_text, sizeof(dw->dw_text), "status ");
	for (i = 0; i < n; i++) {
		if (strcmp(v[i], FW_ALL) == 0)
			dw->dw_status = -1;
		for (k = 0; k < 4 && dw->dw_status != -1; k++)
			if (strcmp(v[i], delete_bits[k].name) == 0)
				dw->dw_status |= delete_bits[k].bit;
		if (len < sizeof(dw->dw_text) / 2)
			len += (size_t)snprintf(dw->dw_text + len,
			    sizeof(dw->dw_text) - len, "%s%.20s",
			    i == 0 ? "" : " or ", v[i]);
	}
}

/* -1: older_than is no span. */
static int
delete_wants(const struct args *as, struct delete_want *dw)
{
	const char *older;
	int64_t span;
	size_t len;

	memset(dw, 0, sizeof(*dw));
	delete_status(as, dw);
	older = args_str(as, "older_than", DELETE_OLDER);
	if (strcmp(older, DELETE_NO_AGE) == 0)
		return (0);
	if (isotime_span(older, &span) == -1)
		return (-1);
	dw->dw_aged = true;
	dw->dw_before = (int64_t)time(NULL) - span;
	len = strlen(dw->dw_text);
	snprintf(dw->dw_text + len, sizeof(dw->dw_text) - len,
	    "%solder_than %.32s", len == 0 ? "" : ", ", older);
	return (0);
}

/* --- who meets it ------------------------------------------------------ */

static int
delete_row(void *arg, const struct store_val *col, size_t n)
{
	struct delete_ids *di = arg;
	uint32_t *v;
	size_t cap;

	if (di->di_n == di->di_cap) {
		cap = di->di_cap == 0 ? 64 : di->di_cap * 2;
		v = reallocarray(di->di_v, cap, sizeof(*v));
		if (v == NULL)
			return (-1);
		di->di_v = v;
		di->di_cap = cap;
	}
	di->di_v[di->di_n++] = (uint32_t)store_int(&col[0]);
	return (0);
}

static int
delete_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x < y ? -1 : x > y);
}

static void
delete_fail(
    struct delete_work *dk, uint32_t id, uint16_t code, const char *extra)
{
	char text[KEYS_IDLEN];

	keys_idtext(id, text);
	if (!dk->dk_quiet)
		result_fail(dk->dk_rs, text, code, extra);
}

static void
delete_unknown(void *arg, const char *id)
{
	struct delete_work *dk = arg;

	if (!dk->dk_quiet)
		result_fail(dk->dk_rs, id, 1701, NULL);
}

/* Take out of ids (n, which exist) those that go; the others fail. */
static void
delete_choose(struct delete_work *dk, const uint32_t *ids, size_t n,
    const struct delete_want *dw)
{
	char extra[sizeof(dw->dw_text) + 64];
	size_t i;

	snprintf(
	    extra, sizeof(extra), "it does not meet all of: %s", dw->dw_text);
	for (i = 0; i < n; i++) {
		if (ids[i] == 0)
			delete_fail(dk, 0, 1703, NULL);
		else if (dk->dk_nfit == 0 ||
		    bsearch(&ids[i], dk->dk_fit, dk->dk_nfit, sizeof(ids[i]),
		        delete_cmp) == NULL)
			delete_fail(dk, ids[i], 1731, extra);
		else
			dk->dk_go[dk->dk_ngo++] = ids[i];
	}
}

/* --- removal ----------------------------------------------------------- */

static int
delete_go(struct env *ev, const struct call *c, struct delete_work *dk)
{
	char id[KEYS_IDLEN];
	size_t i;

	if (dk->dk_ngo > 0 &&
	    enrol_remove(ev, dk->dk_go, dk->dk_ngo,
	        args_bool(&c->c_args, "purge", false)) == -1)
		return (-1);
	for (i = 0; i < dk->dk_ngo; i++) {
		keys_idtext(dk->dk_go[i], id);
		jsonw_str(&dk->dk_rs->rs_json, id);
		result_item(dk->dk_rs);
	}
	if (dk->dk_ngo > 0)
		log_info("%zu agents removed by %s", dk->dk_ngo, c->c_user);
	return (0);
}

/* dk_fit is filled; rv says who is in question. */
static int
delete_answer(struct env *ev, const struct call *c, struct delete_work *dk,
    const struct delete_want *dw, const struct rbac_verdict *rv)
{
	uint32_t *ids;
	size_t n;
	int r = -1;

	result_begin(dk->dk_rs, "All selected agents were deleted",
	    "Some agents were not deleted", "No agents were deleted");
	dk->dk_quiet = rv->rv_implicit;
	if (fw_agent_ids(
	        rv, &ev->ev_keys.kf_keys, &ids, &n, delete_unknown, dk) == -1)
		return (-1);
	fw_denied(dk->dk_rs, c, 0, rv);
	dk->dk_go = calloc(n + 1, sizeof(*dk->dk_go));
	if (dk->dk_go != NULL) {
		delete_choose(dk, ids, n, dw);
		r = delete_go(ev, c, dk);
	}
	free(dk->dk_go);
	free(ids);
	if (r == 0)
		result_end(dk->dk_rs);
	return (r);
}

static int
delete_run(struct env *ev, struct store *st, const struct call *c,
    struct result *rs, const struct rbac_verdict *rv)
{
	struct delete_work dk = { .dk_rs = rs };
	struct delete_ids fit = { NULL, 0, 0 };
	struct delete_want dw;
	struct store_val v[2];
	enum store_rc rc;
	int r;

	if (delete_wants(&c->c_args, &dw) == -1) {
		result_problem(rs, 1411, ERRC_ERROR, NULL);
		return (-1);
	}
	v[0] = (struct store_val)SV_OF_INT(dw.dw_status);
	v[1] = (struct store_val)SV_OF_NULL;
	if (dw.dw_aged)
		v[1] = (struct store_val)SV_OF_INT(dw.dw_before);
	rc = store_run(st, delete_sql, v, 2, delete_row, &fit);
	if (rc != STORE_OK) {
		free(fit.di_v);
		return (fw_store_failed(rs, rc));
	}
	dk.dk_fit = fit.di_v;
	dk.dk_nfit = fit.di_n;
	r = delete_answer(ev, c, &dk, &dw, rv);
	free(fit.di_v);
	return (r);
}

int
fw_agents_delete(const struct call *c, struct result *rs)
{
	struct env *ev = env_get();
	const char *const *v = NULL;
	struct store *st;
	struct rbac_verdict rv;
	size_t n = 0, i;
	int r;

	st = env_store(ev, c, rs);
	if (st == NULL || enrol_sync(ev) == -1)
		return (-1);
	store_deadline(st, c->c_head.ch_deadline);
	if (args_list(&c->c_args, "agents_list", &v, &n) == -1)
		v = NULL;
	for (i = 0; i < n; i++)
		if (strcmp(v[i], FW_ALL) == 0) {
			v = NULL;
			n = 0;
		}
	if (fw_allowed(c, rs, 0, v, n, &rv) == -1)
		return (-1);
	r = delete_run(ev, st, c, rs, &rv);
	fw_verdict_free(&rv);
	return (r);
}
