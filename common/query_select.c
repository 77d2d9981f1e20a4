/* SPDX-License-Identifier: ISC */
/*
 * What select of the dialect QUERY_ARRAY leaves of an item (framework.md 0.3).
 * Selected members are put into a new object one after the other; of those
 * below the same key the last one that is there takes the place of the others.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/query_array.h"
#include "common/query_seen.h"
#include "common/query_text.h"

/* One member of the new object: a path and what is at its end. */
struct pick {
	const char *p_path;
	size_t p_key; /* bytes of the path's first name */
	struct query_val p_val;
};

#define SELECT_PICKS (2 * QUERY_NAMES)

struct picks {
	struct pick pk_v[SELECT_PICKS];
	size_t pk_n;
};

static bool
select_find(const struct query_items *qi, const struct query_val *item,
    const char *path, struct query_val *v)
{
	size_t n;

	*v = *item;
	for (;;) {
		n = strcspn(path, ".");
		if (v->v_type != QV_OBJECT ||
		    !qi->qi_member(qi->qi_arg, v, path, n, v))
			return (false);
		if (path[n] == '\0')
			return (true);
		path += n + 1;
	}
}

static void
select_put(struct picks *pk, const char *path, const struct query_val *v)
{
	struct pick *p;
	size_t i, n = strcspn(path, ".");

	for (i = 0; i < pk->pk_n; i++)
		if (pk->pk_v[i].p_key == n &&
		    memcmp(pk->pk_v[i].p_path, path, n) == 0)
			break;
	if (i == SELECT_PICKS)
		return;
	if (i == pk->pk_n)
		pk->pk_n++;
	p = &pk->pk_v[i];
	p->p_path = path;
	p->p_key = n;
	p->p_val = *v;
}

static void
select_picks(const struct query *q, const struct query_items *qi,
    const struct query_val *item, struct picks *pk)
{
	const struct query_field *qf;
	struct query_val v;
	size_t i;

	pk->pk_n = 0;
	for (i = 0; i < q->q_nselect; i++)
		if (select_find(qi, item, q->q_select[i], &v))
			select_put(pk, q->q_select[i], &v);
	if (q->q_distinct)
		return;
	for (i = 0; i < q->q_map->qm_n; i++) {
		qf = &q->q_map->qm_fields[i];
		if ((qf->qf_flags & QF_REQUIRED) && item->v_type == QV_OBJECT &&
		    qi->qi_member(
		        qi->qi_arg, item, qf->qf_name, strlen(qf->qf_name), &v))
			select_put(pk, qf->qf_name, &v);
	}
}

int
query_select_check(const struct query *q, struct query_error *qe)
{
	const struct query_field *qf;
	const char *name;
	size_t i;

	if (q->q_map->qm_flags & QM_SELECT_ANY)
		return (0);
	for (i = 0; i < q->q_nselect; i++) {
		name = q->q_select[i];
		if (strchr(name, '.') != NULL)
			continue;
		qf = query_find(q->q_map, name, strlen(name));
		if (qf == NULL || !(qf->qf_flags & QF_SELECT))
			return (query_fail(qe, 1724, "%s", name));
	}
	return (0);
}

bool
query_select_any(const struct query *q, const struct query_items *qi,
    const struct query_val *item)
{
	struct query_val v;
	size_t i;

	for (i = 0; i < q->q_nselect; i++)
		if (select_find(qi, item, q->q_select[i], &v))
			return (true);
	return (false);
}

/* --- as text that tells items apart ------------------------------------ */

static int
select_compare(const void *a, const void *b)
{
	const struct pick *pa = a, *pb = b;

	return (query_text_order(pa->p_path, pa->p_key, pb->p_path, pb->p_key));
}

void
query_select_text(const struct query *q, const struct query_items *qi,
    const struct query_val *item, struct buf *out)
{
	struct picks *pk;
	const char *path;
	size_t i, n, depth;

	if (q->q_nselect == 0) {
		query_seen_text(qi, item, out);
		return;
	}
	pk = malloc(sizeof(*pk));
	if (pk == NULL) {
		out->b_failed = true;
		return;
	}
	select_picks(q, qi, item, pk);
	qsort(pk->pk_v, pk->pk_n, sizeof(pk->pk_v[0]), select_compare);
	buf_addc(out, '{');
	for (i = 0; i < pk->pk_n; i++) {
		path = pk->pk_v[i].p_path;
		for (depth = 0;; depth++) {
			n = strcspn(path, ".");
			buf_addf(out, "%zu:%.*s", n, (int)n, path);
			if (path[n] == '\0')
				break;
			path += n + 1;
			buf_addc(out, '{');
		}
		query_seen_text(qi, &pk->pk_v[i].p_val, out);
		for (; depth > 0; depth--)
			buf_addc(out, '}');
	}
	buf_addc(out, '}');
	free(pk);
}

/* --- as JSON ----------------------------------------------------------- */

static void
select_json(
    const struct query_items *qi, const struct query_val *v, struct jsonw *j)
{
	struct query_val child;
	const void *pos = NULL;
	const char *key;

	switch (v->v_type) {
	case QV_NULL:
		jsonw_null(j);
		break;
	case QV_BOOL:
		jsonw_bool(j, v->v_int != 0);
		break;
	case QV_INT:
		jsonw_int(j, v->v_int);
		break;
	case QV_REAL:
		jsonw_double(j, v->v_real);
		break;
	case QV_TEXT:
		jsonw_strn(j, v->v_text, v->v_len);
		break;
	case QV_LIST:
		jsonw_array(j);
		while (qi->qi_next(qi->qi_arg, v, &pos, &key, &child))
			select_json(qi, &child, j);
		jsonw_array_end(j);
		break;
	case QV_OBJECT:
		jsonw_object(j);
		while (qi->qi_next(qi->qi_arg, v, &pos, &key, &child)) {
			jsonw_key(j, key);
			select_json(qi, &child, j);
		}
		jsonw_object_end(j);
		break;
	}
}

/* "a.b" and its value, as the rest of an object that is already open. */
static void
select_json_path(
    const struct query_items *qi, const struct pick *p, struct jsonw *j)
{
	const char *path = p->p_path;
	char name[QUERY_TEXT];
	size_t n, depth = 0;

	for (;;) {
		n = strcspn(path, ".");
		if (n >= sizeof(name)) {
			j->j_out->b_failed = true;
			return;
		}
		memcpy(name, path, n);
		name[n] = '\0';
		jsonw_key(j, name);
		if (path[n] == '\0')
			break;
		path += n + 1;
		jsonw_object(j);
		depth++;
	}
	select_json(qi, &p->p_val, j);
	for (; depth > 0; depth--)
		jsonw_object_end(j);
}

void
query_write(const struct query *q, const struct query_items *qi, size_t i,
    struct jsonw *j)
{
	struct query_val item;
	struct picks *pk;
	size_t n;

	memset(&item, 0, sizeof(item));
	qi->qi_item(qi->qi_arg, i, &item);
	if (q->q_nselect == 0) {
		select_json(qi, &item, j);
		return;
	}
	pk = malloc(sizeof(*pk));
	if (pk == NULL) {
		j->j_out->b_failed = true;
		return;
	}
	select_picks(q, qi, &item, pk);
	jsonw_object(j);
	for (n = 0; n < pk->pk_n; n++)
		select_json_path(qi, &pk->pk_v[n], j);
	jsonw_object_end(j);
	free(pk);
}
