/* SPDX-License-Identifier: ISC */
/* See fw_query.h. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/query_mem.h"
#include "dapi/fw.h"
#include "dapi/fw_query.h"
#include "dapi/isotime.h"
#include "dapi/keys.h"

/* --- arguments ----------------------------------------------------------- */

static void
fw_query_filter(struct fw_query *fq, const struct call *c, const char *name)
{
	struct query_args *qa = &fq->fq_args;
	struct query_filter *ql = &fq->fq_filter[qa->qa_nfilters];
	const char **value = &fq->fq_value[qa->qa_nfilters];

	if (args_list(&c->c_args, name, &ql->ql_v, &ql->ql_n) == 0) {
		ql->ql_name = name;
		qa->qa_nfilters++;
		return;
	}
	*value = args_str(&c->c_args, name, NULL);
	if (*value == NULL)
		return;
	ql->ql_name = name;
	ql->ql_v = value;
	ql->ql_n = 1;
	qa->qa_nfilters++;
}

void
fw_query_read(
    struct fw_query *fq, const struct call *c, const char *const *names)
{
	struct query_args *qa = &fq->fq_args;

	memset(fq, 0, sizeof(*fq));
	query_args_read(qa, &c->c_args);
	qa->qa_filters = fq->fq_filter;
	for (; *names != NULL && qa->qa_nfilters < FW_FILTERS; names++)
		fw_query_filter(fq, c, *names);
}

/* --- one item -------------------------------------------------------------- */

#define FW_KEYS 16384 /* bytes of the keys of a row at most */

/*
 * A field of the rows, with its key as JSON has it. "os.name" is a member of
 * "os": fc_nest tells which object it is in by the first field that is there
 * too, counted from 1; 0: none. One object is open at a time, and fields with
 * the same first part stand together in the map.
 */
struct fw_col {
	const struct query_field *fc_field;
	size_t fc_nest;
	size_t fc_first, fc_firstlen; /* key of the object, in fr_keys */
	size_t fc_key, fc_keylen;
};

/* What writing a row needs; the columns stand in the query's order. */
struct fw_rows {
	const struct query_map *fr_map;
	struct fw_col *fr_col;
	size_t fr_ncol;
	struct buf fr_keys;
	struct result *fr_rs;
	bool fr_blank;
	bool fr_group;
	bool fr_count; /* as affected items */
};

/* Write a key apart; where it is, and its length. */
static size_t
fw_query_key(struct buf *keys, const char *name, size_t len, size_t *len_r)
{
	struct jsonw j;
	size_t at = keys->b_len;

	jsonw_init(&j, keys, false);
	jsonw_strn(&j, name, len);
	buf_addz(keys, ": ");
	*len_r = keys->b_len - at;
	return (at);
}

static void
fw_query_col(struct fw_rows *fr, size_t i)
{
	struct fw_col *fc = &fr->fr_col[i];
	const char *name = fc->fc_field->qf_name, *dot = strchr(name, '.');
	size_t k, n;

	if (dot != NULL) {
		n = (size_t)(dot + 1 - name);
		for (k = 0; k < i; k++)
			if (strncmp(fr->fr_col[k].fc_field->qf_name, name, n) ==
			    0)
				break;
		fc->fc_nest = k + 1;
		fc->fc_first =
		    fw_query_key(&fr->fr_keys, name, n - 1, &fc->fc_firstlen);
		name = dot + 1;
	}
	fc->fc_key =
	    fw_query_key(&fr->fr_keys, name, strlen(name), &fc->fc_keylen);
}

/* What the rows of a query will look like. 0, or -1 without memory. */
static int
fw_query_cols(struct fw_rows *fr, const struct query *q)
{
	const size_t *field = query_fields(q, &fr->fr_ncol);
	size_t i;

	buf_init(&fr->fr_keys, FW_KEYS);
	fr->fr_col = calloc(fr->fr_ncol + 1, sizeof(*fr->fr_col));
	if (fr->fr_col == NULL)
		return (-1);
	for (i = 0; i < fr->fr_ncol; i++) {
		fr->fr_col[i].fc_field = &fr->fr_map->qm_fields[field[i]];
		fw_query_col(fr, i);
	}
	return (fr->fr_keys.b_failed ? -1 : 0);
}

static void
fw_query_uncols(struct fw_rows *fr)
{
	buf_free(&fr->fr_keys);
	free(fr->fr_col);
	fr->fr_col = NULL;
}

static void
fw_query_date(struct jsonw *j, int64_t when)
{
	static const char zone[] = "+00:00";
	char text[ISOTIME_LEN + sizeof(zone)];

	isotime_utc(when, text);
	memcpy(text + ISOTIME_LEN - 1, zone, sizeof(zone));
	jsonw_strn(j, text, ISOTIME_LEN + sizeof(zone) - 2);
}

static void
fw_query_list(struct jsonw *j, const char *text, size_t len)
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

/* NULL is left out, and so is what has not the type of its column. */
static bool
fw_query_shown(const struct query_field *qf, const struct store_val *v)
{
	switch (qf->qf_type) {
	case QT_TEXT:
	case QT_JSON:
		return (v->sv_type == SV_TEXT);
	case QT_LIST:
		return (v->sv_type == SV_TEXT && v->sv_len > 0);
	case QT_DATE_SET:
		return (store_int(v) != 0);
	default:
		return (v->sv_type != SV_NULL);
	}
}

static void
fw_query_value(
    struct jsonw *j, const struct query_field *qf, const struct store_val *v)
{
	char id[KEYS_IDLEN];

	switch (qf->qf_type) {
	case QT_ID:
		keys_idtext((uint32_t)store_int(v), id);
		jsonw_str(j, id);
		break;
	case QT_INT:
		jsonw_int(j, store_int(v));
		break;
	case QT_REAL:
		jsonw_double(j,
		    v->sv_type == SV_REAL ? v->sv_real : (double)store_int(v));
		break;
	case QT_DATE:
	case QT_DATE_SET:
		fw_query_date(j, store_int(v));
		break;
	case QT_LIST:
		fw_query_list(j, v->sv_text, v->sv_len);
		break;
	case QT_TEXT:
	case QT_JSON:
		jsonw_strn(j, v->sv_text, v->sv_len);
		break;
	}
}

static void
fw_query_member_key(
    const struct fw_rows *fr, const struct fw_col *fc, size_t *open)
{
	struct jsonw *j = &fr->fr_rs->rs_json;
	const char *keys = (const char *)fr->fr_keys.b_data;

	if (fc->fc_nest != *open) {
		if (*open != 0)
			jsonw_object_end(j);
		*open = fc->fc_nest;
		if (*open != 0) {
			jsonw_keyraw(j, keys + fc->fc_first, fc->fc_firstlen);
			jsonw_object(j);
		}
	}
	jsonw_keyraw(j, keys + fc->fc_key, fc->fc_keylen);
}

static int
fw_query_row(void *arg, const struct store_val *col, size_t n)
{
	const struct fw_rows *fr = arg;
	const struct fw_col *fc;
	struct jsonw *j = &fr->fr_rs->rs_json;
	size_t i, open = 0;
	bool shown;

	jsonw_object(j);
	for (i = 0; i < fr->fr_ncol && i < n; i++) {
		fc = &fr->fr_col[i];
		shown = fw_query_shown(fc->fc_field, &col[i]);
		if (!shown && !fr->fr_blank)
			continue;
		fw_query_member_key(fr, fc, &open);
		if (shown)
			fw_query_value(j, fc->fc_field, &col[i]);
		else
			jsonw_strn(j, "N/A", 3);
	}
	if (open != 0)
		jsonw_object_end(j);
	if (fr->fr_group && i < n) {
		jsonw_key(j, "count");
		jsonw_int(j, store_int(&col[i]));
	}
	jsonw_object_end(j);
	if (fr->fr_count)
		result_item(fr->fr_rs);
	return (fr->fr_rs->rs_body.b_failed ? -1 : 0);
}

/* --- the order of versions --------------------------------------------------- */

/* The rows of a page that is ordered once more after SQL, as copies. */
struct fw_kept {
	const struct fw_rows *fk_rows;
	struct store_val *fk_val; /* fk_n rows of fk_width */
	size_t fk_n, fk_cap, fk_width;
};

static int
fw_query_keep(void *arg, const struct store_val *col, size_t n)
{
	struct fw_kept *fk = arg;
	struct store_val *v;
	char *text;
	size_t i;

	fk->fk_width = n;
	if (fk->fk_n == fk->fk_cap) {
		fk->fk_cap = fk->fk_cap == 0 ? 64 : 2 * fk->fk_cap;
		v = reallocarray(
		    fk->fk_val, fk->fk_cap, n * sizeof(*fk->fk_val));
		if (v == NULL)
			return (-1);
		fk->fk_val = v;
	}
	v = &fk->fk_val[fk->fk_n++ * n];
	memcpy(v, col, n * sizeof(*v));
	for (i = 0; i < n; i++) {
		if (v[i].sv_type != SV_TEXT)
			continue;
		text = malloc(v[i].sv_len + 1);
		if (text == NULL) {
			/* The rest is borrowed and must not be freed. */
			for (; i < n; i++)
				v[i].sv_type = SV_NULL;
			return (-1);
		}
		memcpy(text, v[i].sv_text, v[i].sv_len);
		text[v[i].sv_len] = '\0';
		v[i].sv_text = text;
	}
	return (0);
}

static void
fw_query_forget(struct fw_kept *fk)
{
	size_t i;

	for (i = 0; i < fk->fk_n * fk->fk_width; i++)
		if (fk->fk_val[i].sv_type == SV_TEXT)
			free((void *)(uintptr_t)fk->fk_val[i].sv_text);
	free(fk->fk_val);
}

/* The kept rows as the query's items: objects with a member a field. */
static void
fw_query_item(const void *arg, size_t i, struct query_val *out)
{
	const struct fw_kept *fk = arg;

	memset(out, 0, sizeof(*out));
	out->v_type = QV_OBJECT;
	out->v_node = &fk->fk_val[i * fk->fk_width];
}

static bool
fw_query_member(const void *arg, const struct query_val *object,
    const char *key, size_t len, struct query_val *out)
{
	const struct fw_kept *fk = arg;
	const struct fw_rows *fr = fk->fk_rows;
	const struct store_val *v = object->v_node;
	const char *name;
	size_t i;

	for (i = 0; i < fr->fr_ncol; i++) {
		name = fr->fr_col[i].fc_field->qf_name;
		if (strlen(name) == len && memcmp(name, key, len) == 0)
			break;
	}
	if (i == fr->fr_ncol)
		return (false);
	memset(out, 0, sizeof(*out));
	switch (v[i].sv_type) {
	case SV_INT:
		out->v_type = QV_INT;
		out->v_int = v[i].sv_int;
		break;
	case SV_REAL:
		out->v_type = QV_REAL;
		out->v_real = v[i].sv_real;
		break;
	case SV_TEXT:
		out->v_type = QV_TEXT;
		out->v_text = v[i].sv_text;
		out->v_len = v[i].sv_len;
		break;
	default:
		out->v_type = QV_NULL;
		break;
	}
	return (true);
}

static bool
fw_query_next(const void *arg, const struct query_val *v, const void **pos,
    const char **key_r, struct query_val *out)
{
	return (false);
}

static enum store_rc
fw_query_resorted(struct store *st, const struct query *q,
    const struct query_sql *qs, struct fw_rows *fr)
{
	struct fw_kept fk = { .fk_rows = fr };
	struct query_items items = { .qi_arg = &fk,
		.qi_item = fw_query_item,
		.qi_member = fw_query_member,
		.qi_next = fw_query_next };
	enum store_rc rc;
	size_t *order = NULL, i;

	rc = store_run(st, (const char *)qs->qs_text.b_data, qs->qs_val,
	    qs->qs_nval, fw_query_keep, &fk);
	if (rc == STORE_OK && fk.fk_n > 0) {
		items.qi_n = fk.fk_n;
		order = calloc(fk.fk_n, sizeof(*order));
		if (order == NULL || query_db_resort(q, &items, order) == -1)
			rc = STORE_FAILED;
	}
	for (i = 0; rc == STORE_OK && i < fk.fk_n; i++)
		if (fw_query_row(fr, &fk.fk_val[order[i] * fk.fk_width],
		        fk.fk_width) == -1)
			rc = STORE_FAILED;
	free(order);
	fw_query_forget(&fk);
	return (rc);
}

/* --- the page ------------------------------------------------------------------ */

static int
fw_query_number(void *arg, const struct store_val *col, size_t n)
{
	*(int64_t *)arg = store_int(&col[0]);
	return (0);
}

static enum store_rc
fw_query_count(struct store *st, const struct query *q,
    const struct query_base *base, int64_t *total)
{
	struct query_sql qs;
	enum store_rc rc = STORE_FAILED;

	memset(&qs, 0, sizeof(qs));
	if (query_sql_make(&qs, q, base, QUERY_COUNT) == 0)
		rc = store_run(st, (const char *)qs.qs_text.b_data, qs.qs_val,
		    qs.qs_nval, fw_query_number, total);
	query_sql_free(&qs);
	return (rc);
}

static enum store_rc
fw_query_page(struct store *st, const struct query *q,
    const struct query_base *base, struct fw_rows *fr)
{
	struct query_sql qs;
	enum store_rc rc = STORE_FAILED;

	memset(&qs, 0, sizeof(qs));
	if (fw_query_cols(fr, q) == 0 &&
	    query_sql_make(&qs, q, base, QUERY_ROWS) == 0) {
		if (query_resorts(q))
			rc = fw_query_resorted(st, q, &qs, fr);
		else
			rc = store_run(st, (const char *)qs.qs_text.b_data,
			    qs.qs_val, qs.qs_nval, fw_query_row, fr);
	}
	query_sql_free(&qs);
	fw_query_uncols(fr);
	return (rc);
}

static struct query *
fw_query_parse(
    const struct query_map *map, const struct query_args *qa, struct result *rs)
{
	struct query_error qe;
	struct query *q;

	memset(&qe, 0, sizeof(qe));
	q = query_parse(map, qa, &qe);
	if (q == NULL)
		result_problem(rs, qe.qe_code,
		    qe.qe_code == 1000 ? ERRC_INTERNAL : ERRC_ERROR,
		    qe.qe_extra[0] != '\0' ? qe.qe_extra : NULL);
	return (q);
}

/*
 * A page that is not full ends with the last row, so that nothing has to be
 * counted: in a search that finds little this saves a scan of the table. Not
 * where a group is one row of the page and many of the total.
 */
static bool
fw_query_ended(const struct query_args *qa, uint64_t n, int64_t *total)
{
	if (qa->qa_group || (n == 0 && qa->qa_offset > 0) ||
	    (qa->qa_limit != QUERY_NOLIMIT && n >= (uint64_t)qa->qa_limit))
		return (false);
	*total = qa->qa_offset + (int64_t)n;
	return (true);
}

int
fw_query_items(struct store *st, const struct query_map *map,
    const struct query_args *qa, const struct query_base *base,
    struct result *rs)
{
	struct fw_rows fr = { .fr_map = map, .fr_rs = rs, .fr_count = true };
	struct query *q;
	uint64_t before = rs->rs_items;
	int64_t total = 0;
	enum store_rc rc;

	q = fw_query_parse(map, qa, rs);
	if (q == NULL)
		return (-1);
	/* Total and page are of one state of the store. */
	rc = store_tx(st, STORE_READ);
	if (rc == STORE_OK)
		rc = fw_query_page(st, q, base, &fr);
	if (rc == STORE_OK &&
	    !fw_query_ended(qa, rs->rs_items - before, &total))
		rc = fw_query_count(st, q, base, &total);
	if (rc == STORE_OK)
		rc = store_tx(st, STORE_COMMIT);
	if (rc != STORE_OK)
		store_tx(st, STORE_ROLLBACK);
	query_free(&q);
	result_total(rs, (uint64_t)total);
	return (rc == STORE_OK ? 0 : fw_store_failed(rs, rc));
}

int
fw_query_array(struct store *st, const struct query_map *map,
    const struct query_args *qa, const struct query_base *base,
    struct result *rs, bool blank)
{
	struct fw_rows fr = { .fr_map = map,
		.fr_rs = rs,
		.fr_blank = blank,
		.fr_group = qa->qa_group };
	struct query *q;
	enum store_rc rc;

	q = fw_query_parse(map, qa, rs);
	if (q == NULL)
		return (-1);
	rc = fw_query_page(st, q, base, &fr);
	query_free(&q);
	return (rc == STORE_OK ? 0 : fw_store_failed(rs, rc));
}

/* --- ids --------------------------------------------------------------------------- */

struct fw_ids {
	uint32_t *fi_v;
	size_t fi_n, fi_cap;
};

static int
fw_query_id(void *arg, const struct store_val *col, size_t n)
{
	struct fw_ids *fi = arg;
	uint32_t *v;
	size_t cap;

	if (fi->fi_n == fi->fi_cap) {
		cap = fi->fi_cap == 0 ? 64 : fi->fi_cap * 2;
		v = reallocarray(fi->fi_v, cap, sizeof(*v));
		if (v == NULL)
			return (-1);
		fi->fi_v = v;
		fi->fi_cap = cap;
	}
	fi->fi_v[fi->fi_n++] = (uint32_t)store_int(&col[0]);
	return (0);
}

int
fw_query_ids(struct store *st, const struct query_map *map,
    const struct query_args *given, const struct query_base *base,
    struct result *rs, uint32_t **ids_r, size_t *n_r)
{
	static const char *const id[] = { "id" };
	struct query_args qa = *given;
	struct fw_ids fi = { NULL, 0, 0 };
	struct query_sql qs;
	struct query *q;
	enum store_rc rc = STORE_FAILED;

	qa.qa_select = id;
	qa.qa_nselect = 1;
	qa.qa_sort = NULL;
	qa.qa_offset = 0;
	qa.qa_limit = QUERY_NOLIMIT;
	q = fw_query_parse(map, &qa, rs);
	if (q == NULL)
		return (-1);
	memset(&qs, 0, sizeof(qs));
	if (query_sql_make(&qs, q, base, QUERY_ROWS) == 0)
		rc = store_run(st, (const char *)qs.qs_text.b_data, qs.qs_val,
		    qs.qs_nval, fw_query_id, &fi);
	query_sql_free(&qs);
	query_free(&q);
	if (rc != STORE_OK) {
		free(fi.fi_v);
		return (fw_store_failed(rs, rc));
	}
	*ids_r = fi.fi_v;
	*n_r = fi.fi_n;
	return (0);
}
