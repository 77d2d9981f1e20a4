/* SPDX-License-Identifier: ISC */
/* DELETE /agents: which agents may go, and their removal. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "dapi/enrol.h"
#include "dapi/env.h"
#include "dapi/fields_agents.h"
#include "dapi/fw.h"
#include "dapi/fw_query.h"
#include "dapi/keys.h"

#define DELETE_OLDER "7d" /* where the client names none */
#define DELETE_TEXT  512 /* bytes of what is asked, for the client */

static const char *const delete_filters[] = { "status", "os.platform",
	"os.version", "os.name", "manager", "version", "group", "node_name",
	"name", "ip", "registerIP", NULL };

/* The agents in question, sorted by what becomes of them. */
struct delete_work {
	struct result *dk_rs;
	bool dk_quiet; /* no ids were named: no failures */
	uint32_t *dk_fit; /* agents that meet what is asked, ascending */
	size_t dk_nfit;
	uint32_t *dk_go;
	size_t dk_ngo;
	char dk_text[DELETE_TEXT]; /* what is asked */
};

/* --- what is asked ----------------------------------------------------- */

static void
delete_say(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s%s: %s", b->b_len == 0 ? "" : ", ", name, value);
}

/* The wants as one line. Too long a line is cut, not refused. */
static void
delete_text(struct delete_work *dk, const struct query_args *qa)
{
	const struct query_filter *ql;
	struct buf b;
	size_t i, k;

	buf_init(&b, DELETE_TEXT - 1);
	for (i = 0; i < qa->qa_nfilters; i++) {
		ql = &qa->qa_filters[i];
		for (k = 0; k < ql->ql_n; k++)
			delete_say(&b, ql->ql_name, ql->ql_v[k]);
	}
	delete_say(&b, "older_than", qa->qa_older);
	if (qa->qa_q != NULL)
		delete_say(&b, "q", qa->qa_q);
	if (b.b_len > 0)
		memcpy(dk->dk_text, b.b_data, b.b_len);
	dk->dk_text[b.b_len] = '\0';
	buf_free(&b);
}

/* Who meets it. 0, or -1 and a problem. */
static int
delete_find(struct store *st, const struct call *c, struct delete_work *dk)
{
	struct query_base base = fw_agents_base(NULL, 0);
	struct fw_query fq;

	fw_query_read(&fq, c, delete_filters);
	if (fq.fq_args.qa_older == NULL)
		fq.fq_args.qa_older = DELETE_OLDER;
	delete_text(dk, &fq.fq_args);
	return (fw_query_ids(st, &fields_agents, &fq.fq_args, &base, dk->dk_rs,
	    &dk->dk_fit, &dk->dk_nfit));
}

/* --- who goes ------------------------------------------------------------ */

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
delete_choose(struct delete_work *dk, const uint32_t *ids, size_t n)
{
	char extra[DELETE_TEXT + 64];
	size_t i;

	snprintf(
	    extra, sizeof(extra), "it does not meet all of: %s", dk->dk_text);
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
    const struct rbac_verdict *rv)
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
		delete_choose(dk, ids, n);
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
	int r;

	if (delete_find(st, c, &dk) == -1)
		return (-1);
	r = delete_answer(ev, c, &dk, rv);
	free(dk.dk_fit);
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
