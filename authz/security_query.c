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
#include "common/query_jsonc.h"

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
	struct json_object *li_trees; /* array of them all; NULL: not needed */
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
	struct json_object *tree;
	struct jsonw j;
	struct buf b;
	size_t i;
	int ret = 0;

	buf_init(&b, ITEM_TEXT);
	for (i = 0; ret == 0 && i < li->li_n; i++) {
		buf_reset(&b);
		jsonw_init(&j, &b, false);
		ret = listing_write(li, i, &j);
		tree = ret == 0 && !b.b_failed ? tree_read(tok, &b) : NULL;
		ret = -1;
		if (tree != NULL)
			ret = json_object_array_add(li->li_trees, tree);
		if (ret == -1)
			json_object_put(tree);
	}
	buf_free(&b);
	return (ret);
}

static int
trees_make(struct listing *li)
{
	struct json_tokener *tok;
	int ret = -1;

	li->li_trees = json_object_new_array();
	tok = json_tokener_new_ex(DEPTH);
	if (li->li_trees != NULL && tok != NULL)
		ret = trees_fill(li, tok);
	if (tok != NULL)
		json_tokener_free(tok);
	return (ret);
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
	struct query_items qi = query_jsonc_items(li->li_trees);
	struct query_error qe;
	struct query_page qp;
	struct query *q;
	int ret;

	/* Where none is looked into, there are as many all the same. */
	qi.qi_n = li->li_n;
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
	json_object_put(li.li_trees);
	return (ret);
}
