/* SPDX-License-Identifier: ISC */
/*
 * See security_query.h. The engine looks into an item only where the request
 * asks for it; then it sees what security_item_*() writes, read again, so that
 * it can neither find nor select what would not be shown.
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "authz/security_item.h"
#include "authz/security_query.h"
#include "common/query_mem.h"

#define DEPTH     1040 /* nesting: a stored text's, and the item's around it */
#define ITEM_TEXT (16UL * 1024 * 1024) /* bytes of one item */

static const struct query_field fields_user[] = {
	{ .qf_name = "id", .qf_flags = QF_SORT | QF_REQUIRED },
	{ .qf_name = "username", .qf_flags = QF_SORT },
};
static const struct query_field fields_named[] = {
	{ .qf_name = "id", .qf_flags = QF_SORT | QF_REQUIRED },
	{ .qf_name = "name", .qf_flags = QF_SORT },
};

#define MAP_FLAGS (QM_SELECT_ANY | QM_SEARCH_ANY)

static const struct query_map map_user = { .qm_dialect = QUERY_ARRAY,
	.qm_flags = MAP_FLAGS,
	.qm_fields = fields_user,
	.qm_n = 2 };
static const struct query_map map_named = { .qm_dialect = QUERY_ARRAY,
	.qm_flags = MAP_FLAGS,
	.qm_fields = fields_named,
	.qm_n = 2 };

/* What is to be listed. */
struct listing {
	const struct rbac *li_rb;
	enum security_kind li_kind;
	const void **li_item;
	size_t li_n;
	struct json_object **li_tree; /* of each item; NULL: not needed */
};

const void *
security_query_find(const struct rbac *rb, enum security_kind kind, int64_t id)
{
	switch (kind) {
	case SECURITY_USER:
		return (rbac_user(rb, id));
	case SECURITY_ROLE:
		return (rbac_role(rb, id));
	case SECURITY_RULE:
		return (rbac_rule(rb, id));
	case SECURITY_POLICY:
		return (rbac_policy(rb, id));
	}
	return (NULL);
}

static int
listing_write(const struct listing *li, size_t i, struct jsonw *j)
{
	switch (li->li_kind) {
	case SECURITY_USER:
		return (security_item_user(j, li->li_rb, li->li_item[i]));
	case SECURITY_ROLE:
		return (security_item_role(j, li->li_rb, li->li_item[i]));
	case SECURITY_RULE:
		return (security_item_rule(j, li->li_rb, li->li_item[i]));
	case SECURITY_POLICY:
		return (security_item_policy(j, li->li_rb, li->li_item[i]));
	}
	return (-1);
}

/* --- items as trees ------------------------------------------------------ */

static struct json_object *
tree_read(struct json_tokener *tok, const struct buf *text)
{
	struct json_object *jo;

	if (text->b_len > INT_MAX)
		return (NULL);
	json_tokener_reset(tok);
	jo = json_tokener_parse_ex(
	    tok, (const char *)text->b_data, (int)text->b_len);
	if (json_tokener_get_error(tok) == json_tokener_success)
		return (jo);
	json_object_put(jo);
	return (NULL);
}

static int
trees_fill(struct listing *li, struct json_tokener *tok)
{
	struct jsonw j;
	struct buf b;
	size_t i;
	int ret = 0;

	buf_init(&b, ITEM_TEXT);
	for (i = 0; ret == 0 && i < li->li_n; i++) {
		buf_reset(&b);
		jsonw_init(&j, &b, false);
		ret = listing_write(li, i, &j);
		if (ret == 0 && !b.b_failed)
			li->li_tree[i] = tree_read(tok, &b);
		if (li->li_tree[i] == NULL)
			ret = -1;
	}
	buf_free(&b);
	return (ret);
}

static int
trees_make(struct listing *li)
{
	struct json_tokener *tok;
	int ret = -1;

	li->li_tree = calloc(li->li_n + 1, sizeof(struct json_object *));
	tok = json_tokener_new_ex(DEPTH);
	if (li->li_tree != NULL && tok != NULL)
		ret = trees_fill(li, tok);
	if (tok != NULL)
		json_tokener_free(tok);
	return (ret);
}

static void
trees_free(struct listing *li)
{
	size_t i;

	for (i = 0; li->li_tree != NULL && i < li->li_n; i++)
		json_object_put(li->li_tree[i]);
	free(li->li_tree);
}

/* --- what the engine sees -------------------------------------------------- */

static void
items_value(struct json_object *jo, struct query_val *v)
{
	memset(v, 0, sizeof(*v));
	v->v_node = jo;
	switch (json_object_get_type(jo)) {
	case json_type_null:
		v->v_type = QV_NULL;
		break;
	case json_type_boolean:
		v->v_type = QV_BOOL;
		v->v_int = json_object_get_boolean(jo);
		break;
	case json_type_int:
		v->v_type = QV_INT;
		v->v_int = json_object_get_int64(jo);
		break;
	case json_type_double:
		v->v_type = QV_REAL;
		v->v_real = json_object_get_double(jo);
		break;
	case json_type_string:
		v->v_type = QV_TEXT;
		v->v_text = json_object_get_string(jo);
		v->v_len = (size_t)json_object_get_string_len(jo);
		break;
	case json_type_array:
		v->v_type = QV_LIST;
		break;
	case json_type_object:
		v->v_type = QV_OBJECT;
		break;
	}
}

/* json-c has no const; nothing is changed. */
static struct json_object *
items_node(const struct query_val *v)
{
	return ((struct json_object *)(uintptr_t)v->v_node);
}

static void
items_item(const void *arg, size_t i, struct query_val *v)
{
	const struct listing *li = arg;

	items_value(li->li_tree[i], v);
}

static bool
items_member(const void *arg, const struct query_val *object, const char *key,
    size_t len, struct query_val *v)
{
	const struct lh_entry *e;
	const char *name;

	if (object->v_type != QV_OBJECT)
		return (false);
	e = lh_table_head(json_object_get_object(items_node(object)));
	for (; e != NULL; e = lh_entry_next(e)) {
		name = lh_entry_k(e);
		if (strlen(name) == len && memcmp(name, key, len) == 0)
			break;
	}
	if (e == NULL)
		return (false);
	items_value((struct json_object *)lh_entry_v(e), v);
	return (true);
}

static bool
items_next(const void *arg, const struct query_val *v, const void **pos,
    const char **key_r, struct query_val *child)
{
	const struct lh_entry *e = *pos;
	uintptr_t at = (uintptr_t)*pos;

	*key_r = NULL;
	if (v->v_type == QV_LIST) {
		if (at >= json_object_array_length(items_node(v)))
			return (false);
		items_value(
		    json_object_array_get_idx(items_node(v), at), child);
		*pos = (const void *)(at + 1);
		return (true);
	}
	if (v->v_type != QV_OBJECT)
		return (false);
	e = e == NULL ? lh_table_head(json_object_get_object(items_node(v))) :
	                lh_entry_next(e);
	if (e == NULL)
		return (false);
	*pos = e;
	*key_r = lh_entry_k(e);
	items_value((struct json_object *)lh_entry_v(e), child);
	return (true);
}

/* --- the query ------------------------------------------------------------- */

static int
listing_order(const void *a, const void *b)
{
	int64_t x, y;

	/* Every kind begins with its id (rbac.h). */
	memcpy(&x, *(const void *const *)a, sizeof(x));
	memcpy(&y, *(const void *const *)b, sizeof(y));
	return (x < y ? -1 : x > y);
}

/* Write the page. 0 or -1. */
static int
listing_page(const struct listing *li, const struct query *q,
    const struct query_items *qi, const struct query_page *qp, bool selects,
    struct result *rs)
{
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < qp->qp_n; i++) {
		if (selects)
			query_write(q, qi, qp->qp_item[i], &rs->rs_json);
		else
			ret = listing_write(li, qp->qp_item[i], &rs->rs_json);
		result_item(rs);
	}
	result_total(rs, qp->qp_total);
	return (rs->rs_body.b_failed ? -1 : ret);
}

static int
listing_failed(const struct query_error *qe, struct result *rs)
{
	if (qe->qe_code != 1000)
		result_problem(rs, qe->qe_code, ERRC_ERROR,
		    qe->qe_extra[0] != '\0' ? qe->qe_extra : NULL);
	return (-1);
}

static int
listing_run(
    const struct listing *li, const struct query_args *qa, struct result *rs)
{
	const struct query_items qi = { li->li_n, li, items_item, items_member,
		items_next };
	struct query_error qe;
	struct query_page qp;
	struct query *q;
	int ret;

	q = query_parse(
	    li->li_kind == SECURITY_USER ? &map_user : &map_named, qa, &qe);
	if (q == NULL)
		return (listing_failed(&qe, rs));
	if (query_run(q, &qi, &qp, &qe) == -1) {
		query_free(&q);
		return (listing_failed(&qe, rs));
	}
	ret = listing_page(li, q, &qi, &qp, qa->qa_nselect > 0, rs);
	query_page_free(&qp);
	query_free(&q);
	return (ret);
}

/* Does the engine have to look into the items? */
static bool
listing_looks(const struct query_args *qa)
{
	return (qa->qa_q != NULL || qa->qa_search != NULL ||
	    qa->qa_sort != NULL || qa->qa_nselect > 0 || qa->qa_distinct);
}

int
security_query_items(const struct rbac *rb, enum security_kind kind,
    const void **items, size_t n, const struct query_args *qa,
    struct result *rs)
{
	struct listing li = { rb, kind, items, n, NULL };
	int ret = 0;

	if (qa->qa_sort == NULL)
		qsort(items, n, sizeof(*items), listing_order);
	if (listing_looks(qa))
		ret = trees_make(&li);
	if (ret == 0)
		ret = listing_run(&li, qa, rs);
	trees_free(&li);
	return (ret);
}
