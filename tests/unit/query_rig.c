/* SPDX-License-Identifier: ISC */
/* What the tests of queries share: see query_rig.h. */
#include <sys/types.h>

#include <json-c/json.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/buffer.h"
#include "common/query_jsonc.h"
#include "tests/unit/query_rig.h"

#define RIG_TEXT (16UL << 20)

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "query_rig: %s: %s\n", what, why);
	exit(2);
}

/* --- arguments --------------------------------------------------------- */

void
rig_args_init(struct rig_args *ra)
{
	memset(ra, 0, sizeof(*ra));
	ra->ra_args.qa_limit = QUERY_LIMIT;
	ra->ra_args.qa_now = RIG_NOW;
	ra->ra_args.qa_filters = ra->ra_filter;
}

void
rig_args_free(struct rig_args *ra)
{
	while (ra->ra_ntext > 0)
		free(ra->ra_text[--ra->ra_ntext]);
}

static char *
keep(struct rig_args *ra, const char *s)
{
	char *copy;

	if (ra->ra_ntext == RIG_ARGS * 2)
		die(s, "too many arguments");
	copy = strdup(s);
	if (copy == NULL)
		die(s, "no memory");
	ra->ra_text[ra->ra_ntext++] = copy;
	return (copy);
}

static size_t
split(struct rig_args *ra, const char *s, char at, const char **word)
{
	char *copy = keep(ra, s);
	size_t n = 0;

	while (n < RIG_WORDS) {
		word[n++] = copy;
		copy = at == '\0' ? NULL : strchr(copy, at);
		if (copy == NULL)
			break;
		*copy++ = '\0';
	}
	return (n);
}

static void
filter(struct rig_args *ra, const char *name, const char *value, bool part)
{
	struct query_filter *ql = &ra->ra_filter[ra->ra_args.qa_nfilters];

	if (ra->ra_args.qa_nfilters++ == RIG_ARGS)
		die(name, "too many filters");
	ql->ql_name = keep(ra, name);
	ql->ql_v = ra->ra_word[ra->ra_args.qa_nfilters];
	ql->ql_n = split(
	    ra, value, part ? '\0' : '|', ra->ra_word[ra->ra_args.qa_nfilters]);
	ql->ql_part = part;
}

int
rig_args_pair(struct rig_args *ra, const char *name, const char *value)
{
	struct query_args *qa = &ra->ra_args;

	if (strcmp(name, "q") == 0)
		qa->qa_q = keep(ra, value);
	else if (strcmp(name, "fixed") == 0)
		qa->qa_fixed = keep(ra, value);
	else if (strcmp(name, "search") == 0)
		qa->qa_search = keep(ra, value);
	else if (strcmp(name, "sort") == 0)
		qa->qa_sort = keep(ra, value);
	else if (strcmp(name, "older") == 0)
		qa->qa_older = keep(ra, value);
	else if (strcmp(name, "select") == 0) {
		qa->qa_select = ra->ra_word[0];
		qa->qa_nselect = split(ra, value, ',', ra->ra_word[0]);
	} else if (strcmp(name, "distinct") == 0)
		qa->qa_distinct = true;
	else if (strcmp(name, "group") == 0)
		qa->qa_group = true;
	else if (strcmp(name, "offset") == 0)
		qa->qa_offset = strtoll(value, NULL, 10);
	else if (strcmp(name, "limit") == 0)
		qa->qa_limit =
		    *value == '\0' ? QUERY_NOLIMIT : strtoll(value, NULL, 10);
	else if (strncmp(name, "f:", 2) == 0)
		filter(ra, name + 2, value, false);
	else if (strncmp(name, "g:", 2) == 0)
		filter(ra, name + 2, value, true);
	else
		return (-1);
	return (0);
}

int
rig_args_set(struct rig_args *ra, const char *text)
{
	char name[64];
	const char *eq = strchr(text, '=');

	if (eq == NULL || (size_t)(eq - text) >= sizeof(name))
		return (-1);
	memcpy(name, text, (size_t)(eq - text));
	name[eq - text] = '\0';
	return (rig_args_pair(ra, name, eq + 1));
}

/* --- rows -------------------------------------------------------------- */

void
rig_rows_free(struct rig_rows *rr)
{
	size_t i;

	for (i = 0; i < rr->rr_n * rr->rr_ncol; i++)
		if (rr->rr_v[i].v_type == QV_TEXT)
			free((void *)(uintptr_t)rr->rr_v[i].v_text);
	free(rr->rr_v);
	rr->rr_v = NULL;
	rr->rr_n = rr->rr_cap = 0;
}

/* The row that a statement stands on; its columns are those of rr_col. */
static void
rows_add(struct rig_rows *rr, sqlite3_stmt *st)
{
	struct query_val *v;
	size_t i;
	char *text;

	if (rr->rr_n == rr->rr_cap) {
		rr->rr_cap = rr->rr_cap * 2 + 64;
		rr->rr_v = realloc(
		    rr->rr_v, rr->rr_cap * rr->rr_ncol * sizeof(*rr->rr_v));
		if (rr->rr_v == NULL)
			die("rows", "no memory");
	}
	for (i = 0; i < rr->rr_ncol; i++) {
		v = &rr->rr_v[rr->rr_n * rr->rr_ncol + i];
		memset(v, 0, sizeof(*v));
		switch (sqlite3_column_type(st, (int)i)) {
		case SQLITE_INTEGER:
			v->v_type = QV_INT;
			v->v_int = sqlite3_column_int64(st, (int)i);
			break;
		case SQLITE_FLOAT:
			v->v_type = QV_REAL;
			v->v_real = sqlite3_column_double(st, (int)i);
			break;
		case SQLITE_NULL:
			break;
		default:
			v->v_type = QV_TEXT;
			v->v_len = (size_t)sqlite3_column_bytes(st, (int)i);
			text = malloc(v->v_len + 1);
			if (text == NULL)
				die("rows", "no memory");
			memcpy(text, sqlite3_column_text(st, (int)i), v->v_len);
			v->v_text = text;
		}
	}
	rr->rr_n++;
}

static void
rows_item(const void *arg, size_t i, struct query_val *v)
{
	const struct rig_rows *rr = arg;

	memset(v, 0, sizeof(*v));
	v->v_type = QV_OBJECT;
	v->v_node = &rr->rr_v[i * rr->rr_ncol];
}

static bool
rows_member(const void *arg, const struct query_val *item, const char *key,
    size_t len, struct query_val *v)
{
	const struct rig_rows *rr = arg;
	const struct query_val *row = item->v_node;
	const char *name;
	size_t i;

	for (i = 0; i < rr->rr_ncol; i++) {
		name = rr->rr_map->qm_fields[rr->rr_col[i]].qf_name;
		if (strlen(name) == len && memcmp(name, key, len) == 0) {
			*v = row[i];
			return (true);
		}
	}
	return (false);
}

static bool
rows_next(const void *arg, const struct query_val *v, const void **pos,
    const char **key_r, struct query_val *child)
{
	return (false);
}

struct query_items
rig_rows_items(const struct rig_rows *rr)
{
	const struct query_items qi = { rr->rr_n, rr, rows_item, rows_member,
		rows_next };

	return (qi);
}

/* --- tables ------------------------------------------------------------ */

sqlite3 *
rig_db(const char *const *sql)
{
	sqlite3 *db;
	char *err = NULL;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		die("open", "failed");
	for (; *sql != NULL; sql++)
		if (sqlite3_exec(db, *sql, NULL, NULL, &err) != SQLITE_OK)
			die(*sql, err);
	return (db);
}

void
rig_table_open(struct rig_table *rt, sqlite3 *db, const struct query_map *qm,
    const struct query_base *qb)
{
	sqlite3_stmt *st;
	struct buf sql;
	size_t i, n = 0;

	memset(rt, 0, sizeof(*rt));
	rt->rt_db = db;
	rt->rt_map = qm;
	rt->rt_base = *qb;
	rt->rt_fields = calloc(qm->qm_n, sizeof(size_t));
	buf_init(&sql, 65536);
	buf_addz(&sql, "SELECT ");
	for (i = 0; i < qm->qm_n; i++) {
		if (qm->qm_fields[i].qf_sql == NULL)
			continue;
		buf_addf(
		    &sql, "%s%s", n == 0 ? "" : ", ", qm->qm_fields[i].qf_sql);
		rt->rt_fields[n++] = i;
	}
	buf_addf(&sql, " FROM %s ORDER BY %s", qb->qb_from,
	    qb->qb_key != NULL ? qb->qb_key : "rowid");
	buf_addc(&sql, '\0');
	rt->rt_rows.rr_map = qm;
	rt->rt_rows.rr_col = rt->rt_fields;
	rt->rt_rows.rr_ncol = n;
	if (sqlite3_prepare_v2(db, (char *)sql.b_data, -1, &st, NULL) !=
	    SQLITE_OK)
		die((char *)sql.b_data, sqlite3_errmsg(db));
	while (sqlite3_step(st) == SQLITE_ROW)
		rows_add(&rt->rt_rows, st);
	sqlite3_finalize(st);
	buf_free(&sql);
}

void
rig_table_close(struct rig_table *rt)
{
	rig_rows_free(&rt->rt_rows);
	free(rt->rt_fields);
}

/* --- answers ----------------------------------------------------------- */

static void
show_value(const struct query_val *v, struct buf *out)
{
	switch (v->v_type) {
	case QV_INT:
		buf_addf(out, "%" PRId64, v->v_int);
		break;
	case QV_REAL:
		buf_addf(out, "%g", v->v_real);
		break;
	case QV_TEXT:
		buf_add(out, v->v_text, v->v_len);
		break;
	default:
		buf_addc(out, '-');
	}
}

size_t
rig_fields(const struct query *q, const struct query_map *qm, bool group,
    size_t field_r[RIG_WORDS])
{
	const struct query_field *qf = qm->qm_fields;
	const size_t *shown;
	size_t i, k, n;

	shown = query_fields(q, &n);
	for (i = 0; i < n && i < RIG_WORDS; i++) {
		if (!group && strcmp(qf[shown[i]].qf_name, "id") == 0) {
			field_r[0] = shown[i];
			return (1);
		}
		for (k = i; k > 0 &&
		     strcmp(qf[field_r[k - 1]].qf_name, qf[shown[i]].qf_name) >
		         0;
		     k--)
			field_r[k] = field_r[k - 1];
		field_r[k] = shown[i];
	}
	return (i);
}

/* One row; count 0: no group. */
static void
show_row(const struct query *q, const struct query_map *qm,
    const struct query_items *qi, size_t i, uint64_t count, bool first,
    struct buf *out)
{
	struct query_val item, v;
	size_t f[RIG_WORDS], k, n;
	const char *name;

	if (!first)
		buf_addc(out, ';');
	n = rig_fields(q, qm, count > 0, f);
	qi->qi_item(qi->qi_arg, i, &item);
	for (k = 0; k < n; k++) {
		name = qm->qm_fields[f[k]].qf_name;
		if (!qi->qi_member(qi->qi_arg, &item, name, strlen(name), &v))
			v.v_type = QV_NULL;
		if (k > 0)
			buf_addc(out, '|');
		show_value(&v, out);
	}
	if (count > 0)
		buf_addf(out, "*%" PRIu64, count);
}

static sqlite3_stmt *
prepare(const struct rig_table *rt, const struct query_sql *qs)
{
	const struct store_val *v;
	sqlite3_stmt *st;
	size_t i;

	if (sqlite3_prepare_v2(rt->rt_db, (char *)qs->qs_text.b_data, -1, &st,
	        NULL) != SQLITE_OK)
		die((char *)qs->qs_text.b_data, sqlite3_errmsg(rt->rt_db));
	if ((size_t)sqlite3_bind_parameter_count(st) != qs->qs_nval)
		die((char *)qs->qs_text.b_data, "values do not fit");
	for (i = 0; i < qs->qs_nval; i++) {
		v = &qs->qs_val[i];
		if (v->sv_type == SV_INT)
			sqlite3_bind_int64(st, (int)i + 1, v->sv_int);
		else if (v->sv_type == SV_TEXT)
			sqlite3_bind_text(st, (int)i + 1, v->sv_text,
			    (int)v->sv_len, SQLITE_STATIC);
	}
	return (st);
}

static void
run_rows(const struct rig_table *rt, const struct query *q,
    const struct query_sql *qs, bool group, struct buf *out)
{
	struct rig_rows rr = { .rr_map = rt->rt_map };
	struct query_items qi;
	uint64_t *count = NULL;
	sqlite3_stmt *st;
	size_t i, *order;

	st = prepare(rt, qs);
	rr.rr_col = query_fields(q, &rr.rr_ncol);
	while (sqlite3_step(st) == SQLITE_ROW) {
		rows_add(&rr, st);
		if (!group)
			continue;
		count = realloc(count, rr.rr_n * sizeof(*count));
		if (count == NULL)
			die("groups", "no memory");
		count[rr.rr_n - 1] =
		    (uint64_t)sqlite3_column_int64(st, (int)rr.rr_ncol);
	}
	if (sqlite3_finalize(st) != SQLITE_OK)
		die((char *)qs->qs_text.b_data, sqlite3_errmsg(rt->rt_db));
	qi = rig_rows_items(&rr);
	order = calloc(rr.rr_n + 1, sizeof(*order));
	for (i = 0; i < rr.rr_n; i++)
		order[i] = i;
	if (query_resorts(q) && query_db_resort(q, &qi, order) == -1)
		die("resort", "failed");
	for (i = 0; i < rr.rr_n; i++)
		show_row(q, rt->rt_map, &qi, order[i],
		    count == NULL ? 0 : count[order[i]], i == 0, out);
	free(order);
	free(count);
	rig_rows_free(&rr);
}

void
rig_run_sql(
    const struct rig_table *rt, const struct query_args *qa, struct buf *out)
{
	struct query_error qe;
	struct query_sql qs;
	struct query *q;
	sqlite3_stmt *st;

	q = query_parse(rt->rt_map, qa, &qe);
	if (q == NULL) {
		buf_addf(out, "=%u", qe.qe_code);
		return;
	}
	if (query_sql_make(&qs, q, &rt->rt_base, QUERY_ROWS) == -1)
		die("rows", "no statement");
	run_rows(rt, q, &qs, qa->qa_group, out);
	query_sql_free(&qs);
	if (query_sql_make(&qs, q, &rt->rt_base, QUERY_COUNT) == -1)
		die("count", "no statement");
	st = prepare(rt, &qs);
	if (sqlite3_step(st) != SQLITE_ROW)
		die((char *)qs.qs_text.b_data, sqlite3_errmsg(rt->rt_db));
	buf_addf(out, "/%" PRId64, (int64_t)sqlite3_column_int64(st, 0));
	sqlite3_finalize(st);
	query_sql_free(&qs);
	query_free(&q);
}

void
rig_run_mem(
    const struct rig_table *rt, const struct query_args *qa, struct buf *out)
{
	const struct query_items qi = rig_rows_items(&rt->rt_rows);
	struct query_error qe;
	struct query_page qp;
	struct query *q;
	size_t i;

	q = query_parse(rt->rt_map, qa, &qe);
	if (q == NULL || query_run(q, &qi, &qp, &qe) == -1) {
		buf_addf(out, "=%u", qe.qe_code);
		query_free(&q);
		return;
	}
	for (i = 0; i < qp.qp_n; i++)
		show_row(q, rt->rt_map, &qi, qp.qp_item[i],
		    qa->qa_group ? qp.qp_count[i] : 0, i == 0, out);
	buf_addf(out, "/%" PRIu64, qp.qp_total);
	query_page_free(&qp);
	query_free(&q);
}

/* --- JSON -------------------------------------------------------------- */

void
rig_run_array(const struct query_map *qm, struct json_object *all,
    const struct query_args *qa, struct buf *out)
{
	const struct query_items qi = query_jsonc_items(all);
	struct query_error qe;
	struct query_page qp;
	struct query_val item, id;
	struct query *q;
	struct jsonw j;
	size_t i;

	q = query_parse(qm, qa, &qe);
	if (q == NULL || query_run(q, &qi, &qp, &qe) == -1) {
		buf_addf(out, "=%u", qe.qe_code);
		query_free(&q);
		return;
	}
	for (i = 0; i < qp.qp_n; i++) {
		if (i > 0)
			buf_addc(out, ';');
		qi.qi_item(all, qp.qp_item[i], &item);
		if (qa->qa_nselect == 0 && item.v_type == QV_OBJECT &&
		    qi.qi_member(all, &item, "id", 2, &id))
			show_value(&id, out);
		else {
			jsonw_init(&j, out, false);
			query_write(q, &qi, qp.qp_item[i], &j);
		}
	}
	buf_addf(out, "/%" PRIu64, qp.qp_total);
	query_page_free(&qp);
	query_free(&q);
}

/* --- files ------------------------------------------------------------- */

char *
rig_slurp(const char *path)
{
	struct buf b;
	gzFile f;
	char *p;
	int n;

	f = gzopen(path, "rb");
	if (f == NULL)
		return (NULL);
	buf_init(&b, RIG_TEXT);
	do {
		p = (char *)buf_room(&b, 65536);
		n = p == NULL ? -1 : gzread(f, p, 65536);
		if (n > 0)
			b.b_len += (size_t)n;
	} while (n > 0);
	gzclose(f);
	if (n < 0 || buf_addc(&b, '\0') == -1)
		die(path, "too large");
	return ((char *)b.b_data);
}
