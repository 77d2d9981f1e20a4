/* SPDX-License-Identifier: ISC */
/* What the rows share that change rbac.db: see serve_edit.h. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "authz/authz.h"
#include "authz/cache.h"
#include "authz/serve.h"
#include "authz/serve_edit.h"
#include "authz/snap.h"
#include "common/log.h"
#include "common/proc.h"
#include "common/result.h"

#define EDIT_TEXT   (1024UL * 1024) /* bytes of a rule or policy as stored */
#define EDIT_BROKEN 1000 /* the text could not be made at all */

/* --- transactions -------------------------------------------------------- */

/* As edit_begin(): nothing has been changed, because of err. */
static int
edit_failed(struct edit *ed, enum rbacdb_error err)
{
	if (err == RBACDB_BUSY)
		return (serve_busy(ed->ed_gate, ed->ed_result));
	log_warnx("%s: %s", ed->ed_gate->g_row->r_call, rbacdb_strerror(err));
	result_problem(
	    ed->ed_result, 2008, ERRC_INTERNAL, rbacdb_strerror(err));
	return (-1);
}

int
edit_begin(struct edit *ed, struct gate *g, struct result *rs)
{
	struct authz *az = g->g_az;

	memset(ed, 0, sizeof(*ed));
	ed->ed_gate = g;
	ed->ed_result = rs;
	ed->ed_db = snap_db(az->az_snap);
	ed->ed_before = snap_rbac(az->az_snap);
	ed->ed_now = (int64_t)time(NULL);
	ed->ed_until = ed->ed_now + authz_token_timeout(az);
	ed->ed_error = rbacdb_begin(ed->ed_db);
	if (ed->ed_error != RBACDB_OK)
		return (edit_failed(ed, ed->ed_error));
	if (snap_current(az->az_snap))
		return (0);
	/* The permissions were decided on what is not so any more. */
	(void)rbacdb_end(ed->ed_db, false);
	authz_changed(az);
	return (edit_failed(ed, RBACDB_BUSY));
}

bool
edit_made(struct edit *ed, enum rbacdb_error err, uint16_t code)
{
	if (ed->ed_error == RBACDB_OK)
		ed->ed_error = err;
	if (ed->ed_error != RBACDB_OK || code != 0)
		return (false);
	ed->ed_changed = true;
	return (true);
}

bool
edit_good(const struct edit *ed)
{
	return (ed->ed_error == RBACDB_OK);
}

const struct rbac *
edit_after(struct edit *ed)
{
	if (edit_good(ed) && ed->ed_after == NULL)
		ed->ed_after = rbacdb_snapshot(ed->ed_db, &ed->ed_error);
	return (ed->ed_after);
}

int
edit_end(struct edit *ed)
{
	struct authz *az = ed->ed_gate->g_az;
	enum rbacdb_error err;
	bool commit;

	commit = ed->ed_changed && edit_after(ed) != NULL;
	err = rbacdb_end(ed->ed_db, commit && edit_good(ed));
	if (edit_good(ed))
		ed->ed_error = err;
	if (!commit || !edit_good(ed)) {
		rbac_free(&ed->ed_after);
		return (edit_good(ed) ? 0 : edit_failed(ed, ed->ed_error));
	}
	snap_adopt(az->az_snap, ed->ed_after, proc_now());
	ed->ed_after = NULL;
	cache_drop(az->az_cache);
	return (0);
}

int
edit_undo(struct edit *ed)
{
	log_warnx("%s: no answer could be written", ed->ed_gate->g_row->r_call);
	(void)rbacdb_end(ed->ed_db, false);
	rbac_free(&ed->ed_after);
	return (-1);
}

int64_t
edit_id(const struct allow_id *ad)
{
	return (ad->ad_id == -1 ? INT64_MAX : ad->ad_id);
}

/* --- tokens -------------------------------------------------------------- */

void
edit_void_user(struct edit *ed, int64_t user)
{
	(void)edit_made(
	    ed, rbacdb_void_user(ed->ed_db, user, ed->ed_now, ed->ed_until), 0);
}

void
edit_void_role(struct edit *ed, int64_t role)
{
	(void)edit_made(
	    ed, rbacdb_void_role(ed->ed_db, role, ed->ed_now, ed->ed_until), 0);
}

void
edit_void_runas(struct edit *ed)
{
	(void)edit_made(
	    ed, rbacdb_void_runas(ed->ed_db, ed->ed_now, ed->ed_until), 0);
}

static bool
edit_has(const int64_t *ids, size_t n, int64_t id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ids[i] == id)
			return (true);
	return (false);
}

void
edit_void_policy(struct edit *ed, int64_t policy)
{
	const struct rbac_role *ro = ed->ed_before->rb_roles;
	size_t i;

	for (i = 0; i < ed->ed_before->rb_nroles; i++)
		if (edit_has(ro[i].ro_policies, ro[i].ro_npolicies, policy))
			edit_void_role(ed, ro[i].ro_id);
}

void
edit_void_rule(struct edit *ed, int64_t rule)
{
	const struct rbac_role *ro = ed->ed_before->rb_roles;
	size_t i;

	for (i = 0; i < ed->ed_before->rb_nroles; i++)
		if (edit_has(ro[i].ro_rules, ro[i].ro_nrules, rule))
			edit_void_role(ed, ro[i].ro_id);
}

/* --- one ----------------------------------------------------------------- */

int
edit_allow(struct gate *g, const struct caller *ca, struct result *rs,
    struct allow *al)
{
	/* What is changed is adopted, and if nothing is, nothing is read. */
	g->g_fresh = true;
	return (serve_allow(g, ca, rs, al));
}

int
edit_may(struct gate *g, const struct caller *ca, struct result *rs)
{
	g->g_fresh = true;
	return (serve_may(g, ca, rs));
}

int
edit_permit(struct gate *g, const struct caller *ca, struct result *rs,
    const char *param, struct allow_id *id_r)
{
	struct allow al;
	struct allow_id *ids;
	size_t n = 0;
	int ret = -1;

	if (edit_allow(g, ca, rs, &al) == -1)
		return (-1);
	if (allow_ids(&al, param, &ids, &n) == 0) {
		/* A path names one, which is refused or may be touched. */
		if (n == 1) {
			*id_r = ids[0];
			ret = 0;
		}
		free(ids);
	}
	allow_free(&al);
	return (ret);
}

int
edit_answer(
    struct edit *ed, const struct edit_kind *ek, const struct edit_one *eo)
{
	struct result *rs = ed->ed_result;
	const struct rbac *rb;
	int ret = 0;

	result_begin(rs, eo->eo_all, NULL, eo->eo_none);
	if (edit_made(ed, eo->eo_error, eo->eo_code)) {
		if (eo->eo_name == NULL)
			ek->ek_void(ed, eo->eo_id);
		rb = edit_after(ed);
		if (rb != NULL)
			ret = ek->ek_item(&rs->rs_json, rb, eo->eo_id);
		result_item(rs);
	} else if (eo->eo_name != NULL)
		result_fail(rs, eo->eo_name, eo->eo_code, NULL);
	else
		result_fail_number(rs, eo->eo_at->ad_text, eo->eo_code, NULL);
	result_end(rs);
	if (ret == -1 || rs->rs_body.b_failed)
		return (edit_undo(ed));
	return (edit_end(ed));
}

/* --- rules and policies -------------------------------------------------- */

static int
edit_text_make(struct gate *g, struct result *rs, const struct edit_text *et,
    struct buf *text)
{
	const struct args *as = &g->g_ck.ck_args;
	const char *sent = args_str(as, et->et_member, "");
	struct edit_one eo = { .eo_name = args_str(as, "name", ""),
		.eo_all = et->et_added,
		.eo_none = et->et_not_added };
	struct edit ed;
	int ret;

	eo.eo_code = et->et_new_text(sent, strlen(sent), text);
	if (eo.eo_code == EDIT_BROKEN)
		return (-1);
	ret = edit_begin(&ed, g, rs);
	if (ret != 0)
		return (ret);
	if (eo.eo_code == 0)
		eo.eo_error = et->et_db_add(ed.ed_db, eo.eo_name,
		    (const char *)text->b_data, &eo.eo_id, &eo.eo_code);
	return (edit_answer(&ed, et->et_kind, &eo));
}

int
edit_text_add(struct gate *g, const struct caller *ca, struct result *rs,
    const struct edit_text *et)
{
	struct buf text;
	int ret;

	if (edit_may(g, ca, rs) == -1)
		return (-1);
	buf_init(&text, EDIT_TEXT);
	ret = edit_text_make(g, rs, et, &text);
	buf_free(&text);
	return (ret);
}

/* name, sent: NULL where the body does not have it; text: room. */
static int
edit_text_change(struct gate *g, struct result *rs, const struct edit_text *et,
    const struct allow_id *at, const char *name, const char *sent,
    struct buf *text)
{
	struct edit_one eo = { .eo_id = edit_id(at),
		.eo_at = at,
		.eo_all = et->et_set,
		.eo_none = et->et_not_set };
	const char *new = NULL;
	struct edit ed;
	uint16_t bad = 0;
	int ret;

	if (sent != NULL) {
		bad = et->et_set_text(sent, strlen(sent), text);
		new = (const char *)text->b_data;
	}
	if (bad == EDIT_BROKEN)
		return (-1);
	ret = edit_begin(&ed, g, rs);
	if (ret != 0)
		return (ret);
	/* That it may not be changed at all is said first. */
	if (bad != 0)
		name = new = NULL;
	eo.eo_error = et->et_db_set(ed.ed_db, eo.eo_id, name, new, &eo.eo_code);
	if (eo.eo_code == 0)
		eo.eo_code = bad;
	return (edit_answer(&ed, et->et_kind, &eo));
}

int
edit_text_set(struct gate *g, const struct caller *ca, struct result *rs,
    const struct edit_text *et)
{
	const struct args *as = &g->g_ck.ck_args;
	const char *name = args_str(as, "name", NULL);
	const char *sent = args_str(as, et->et_member, NULL);
	struct allow_id at;
	struct buf text;
	int ret;

	if (edit_permit(g, ca, rs, et->et_id, &at) == -1)
		return (-1);
	if (name == NULL && sent == NULL) {
		result_problem(rs, 4001, ERRC_ERROR, NULL);
		return (-1);
	}
	buf_init(&text, EDIT_TEXT);
	ret = edit_text_change(g, rs, et, &at, name, sent, &text);
	buf_free(&text);
	return (ret);
}

/* --- deletion ------------------------------------------------------------ */

static int
edit_cmp(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

/* Users come in the order of their ids' digits: 100, 1000, 101. */
static int
edit_cmp_text(const void *a, const void *b)
{
	char x[ALLOW_ID], y[ALLOW_ID];

	snprintf(x, sizeof(x), "%lld", (long long)*(const int64_t *)a);
	snprintf(y, sizeof(y), "%lld", (long long)*(const int64_t *)b);
	return (strcmp(x, y));
}

/* What was deleted, as it was. 0 or -1. */
static int
edit_put_gone(
    struct edit *ed, const struct edit_kind *ek, int64_t *ids, size_t n)
{
	struct result *rs = ed->ed_result;
	size_t i;
	int ret = 0;

	qsort(
	    ids, n, sizeof(*ids), ek == &edit_users ? edit_cmp_text : edit_cmp);
	for (i = 0; ret == 0 && i < n; i++) {
		ret = ek->ek_item(&rs->rs_json, ed->ed_before, ids[i]);
		result_item(rs);
	}
	return (ret);
}

/* Delete what can be deleted; how many that were, in gone. */
static size_t
edit_delete_each(struct edit *ed, const struct caller *ca,
    const struct edit_kind *ek, const struct allow *al,
    const struct allow_id *ids, size_t n, int64_t *gone)
{
	enum rbacdb_error err;
	uint16_t code;
	size_t i, ngone = 0;
	int64_t id;

	for (i = 0; i < n && edit_good(ed); i++) {
		id = edit_id(&ids[i]);
		code = 0;
		if (ek == &edit_users && id == ca->ca_user->ru_id &&
		    id > RESERVED_MAX) {
			allow_fail(al, ed->ed_result, ids[i].ad_text, 5008);
			continue;
		}
		err = ek->ek_delete(ed->ed_db, id, &code);
		if (edit_made(ed, err, code)) {
			ek->ek_void(ed, id);
			gone[ngone++] = id;
		} else if (code != 0)
			allow_fail(al, ed->ed_result, ids[i].ad_text, code);
	}
	return (ngone);
}

static int
edit_delete_all(struct edit *ed, const struct caller *ca,
    const struct edit_kind *ek, const struct allow *al,
    const struct allow_id *ids, size_t n)
{
	struct result *rs = ed->ed_result;
	int64_t *gone;
	size_t ngone;
	int ret;

	gone = calloc(n + 1, sizeof(*gone));
	if (gone == NULL)
		return (edit_undo(ed));
	result_begin(rs, ek->ek_all, ek->ek_some, ek->ek_none);
	ngone = edit_delete_each(ed, ca, ek, al, ids, n, gone);
	ret = edit_put_gone(ed, ek, gone, ngone);
	free(gone);
	allow_denied(al, rs);
	result_end(rs);
	if (ret == -1 || rs->rs_body.b_failed)
		return (edit_undo(ed));
	return (edit_end(ed));
}

int
edit_delete(struct gate *g, const struct caller *ca, struct result *rs,
    const struct edit_kind *ek)
{
	struct allow_id *ids;
	struct allow al;
	struct edit ed;
	size_t n;
	int ret = -1;

	if (edit_allow(g, ca, rs, &al) == -1)
		return (-1);
	if (allow_ids(&al, ek->ek_ids, &ids, &n) == 0) {
		ret = edit_begin(&ed, g, rs);
		if (ret == 0)
			ret = edit_delete_all(&ed, ca, ek, &al, ids, n);
		free(ids);
	}
	allow_free(&al);
	return (ret);
}
