/* SPDX-License-Identifier: ISC */
/* Parts of a result become one: see merge.h. */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsontree.h"
#include "common/result.h"
#include "dapi/merge_parts.h"

/* Items of a part that are still to be merged. */
struct source {
	struct span so_rest;
	bool so_first;
	bool so_ended;
	struct json_object *so_head; /* the next; NULL may be an item, too */
	size_t so_cost; /* of it */
};

/* What the parts so far make, and the items that are in it. */
struct merge {
	struct merge_part m_part; /* items: of the first only */
	struct source m_source[MERGE_PARTS];
	size_t m_nsource;
	size_t m_room; /* bytes that may still be held */
	const char *m_why;
};

static bool
merge_refuse(struct merge *m, const char *why)
{
	m->m_why = why;
	return (false);
}

/* --- from left to right ------------------------------------------------ */

static void
merge_source(struct merge *m, const struct merge_part *mp)
{
	struct source *so = &m->m_source[m->m_nsource++];

	memset(so, 0, sizeof(*so));
	so->so_rest = mp->mp_items;
	so->so_first = true;
}

/* mp is all that is left; what was before it is not. mp is taken over. */
static void
merge_replace(struct merge *m, struct merge_part *mp)
{
	merge_part_free(&m->m_part);
	m->m_part = *mp;
	memset(mp, 0, sizeof(*mp));
	m->m_nsource = 0;
	if (m->m_part.mp_kind == MERGE_ITEMS)
		merge_source(m, &m->m_part);
}

/* Take the error out of a part and let its ids fail in a list. */
static bool
merge_about(struct merge *m, struct merge_part *list, struct merge_part *error)
{
	struct merge_error *me = error->mp_error;
	struct json_object *ids = json_object_get(me->me_ids);
	bool good;

	error->mp_error = NULL;
	good = merge_error_list(me);
	if (good)
		good = merge_fail(list, me, ids);
	else
		merge_error_free(me);
	json_object_put(ids);
	return (good || merge_refuse(m, "no memory"));
}

/* The failures of b become those of a, too. */
static bool
merge_failures(struct merge_part *a, struct merge_part *b)
{
	struct merge_error *me;
	size_t i;

	for (i = 0; i < b->mp_nfailed; i++) {
		me = b->mp_failed[i].mf_error;
		b->mp_failed[i].mf_error = NULL;
		if (!merge_fail(a, me, b->mp_failed[i].mf_ids))
			return (false);
	}
	return (true);
}

/* An error and a list that it is about, in either order. */
static bool
merge_is_about(const struct merge_part *list, const struct merge_part *error)
{
	return (list->mp_kind == MERGE_ITEMS && error->mp_kind == MERGE_ERROR &&
	    merge_error_about(error->mp_error));
}

static bool
merge_results_or(struct merge *m, struct merge_part *mp)
{
	struct merge_part *a = &m->m_part;

	if (a->mp_kind != mp->mp_kind)
		return (merge_refuse(m, "results of different kinds"));
	if (!merge_map(a->mp_map, mp->mp_map, a->mp_kind, a->mp_priority))
		return (merge_refuse(m, "values that do not add up"));
	if (a->mp_kind == MERGE_PLAIN)
		return (true);
	if (__builtin_add_overflow(a->mp_total, mp->mp_total, &a->mp_total))
		return (merge_refuse(m, "a total out of bounds"));
	if (!merge_failures(a, mp))
		return (merge_refuse(m, "no memory"));
	merge_source(m, mp);
	return (true);
}

/* m is m | mp. What is still needed of mp is taken out of it. */
static bool
merge_or(struct merge *m, struct merge_part *mp)
{
	struct merge_part *a = &m->m_part;

	if (merge_is_about(a, mp))
		return (merge_about(m, a, mp));
	if (merge_is_about(mp, a)) {
		if (!merge_about(m, mp, a))
			return (false);
		merge_replace(m, mp);
		return (true);
	}
	if (a->mp_kind == MERGE_ERROR && mp->mp_kind == MERGE_ERROR)
		return (merge_error_or(a->mp_error, mp->mp_error) ||
		    merge_refuse(m, "no memory"));
	if (a->mp_kind == MERGE_ERROR)
		return (true);
	if (mp->mp_kind == MERGE_ERROR) {
		merge_replace(m, mp);
		return (true);
	}
	return (merge_results_or(m, mp));
}

/* --- items ------------------------------------------------------------- */

/* Read the next item of a source. */
static bool
merge_advance(struct merge *m, struct source *so)
{
	struct span v;
	int r;

	json_object_put(so->so_head);
	so->so_head = NULL;
	m->m_room += so->so_cost;
	so->so_cost = 0;
	r = span_next(&so->so_rest, so->so_first, &v);
	so->so_first = false;
	so->so_ended = r != 1;
	if (r != 1)
		return (r == 0 || merge_refuse(m, "items that are no JSON"));
	so->so_cost = span_cost(&v);
	if (so->so_cost > m->m_room) {
		so->so_cost = 0;
		return (merge_refuse(m, "too much to hold"));
	}
	m->m_room -= so->so_cost;
	return (span_read(&v, &so->so_head) ||
	    merge_refuse(m, "items that are no JSON"));
}

/*
 * The source whose item comes next: the first, unless that of another goes
 * strictly before. NULL: all have ended, or *good_r is false.
 */
static struct source *
merge_choose(struct merge *m, const struct merge_order *mo, bool *good_r)
{
	struct source *best = NULL, *so;
	size_t i;
	int c;

	*good_r = true;
	for (i = 0; i < m->m_nsource; i++) {
		so = &m->m_source[i];
		if (so->so_ended)
			continue;
		if (best == NULL) {
			best = so;
			continue;
		}
		c = merge_before(mo, so->so_head, best->so_head);
		if (c > 0) {
			*good_r = false;
			return (NULL);
		}
		if (c < 0)
			best = so;
	}
	return (best);
}

static bool
merge_items(struct merge *m, const struct merge_order *mo, struct result *rs)
{
	struct source *so;
	bool good;
	size_t i;

	for (i = 0; i < m->m_nsource; i++)
		if (!merge_advance(m, &m->m_source[i]))
			return (false);
	while ((so = merge_choose(m, mo, &good)) != NULL) {
		jsontree_put(&rs->rs_json, so->so_head, rs->rs_wire);
		result_item(rs);
		if (rs->rs_body.b_failed)
			return (merge_refuse(m, "a result out of bounds"));
		if (!merge_advance(m, so))
			return (false);
	}
	return (good || merge_refuse(m, "items that cannot be compared"));
}

/* --- writing ----------------------------------------------------------- */

static void
merge_put_keys(struct jsonw *j, struct json_object *map, bool wire)
{
	struct json_object_iterator it = json_object_iter_begin(map);
	struct json_object_iterator end = json_object_iter_end(map);

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		jsonw_key(j, json_object_iter_peek_name(&it));
		jsontree_put(j, json_object_iter_peek_value(&it), wire);
	}
}

static bool
merge_put_failed(struct result *rs, const struct merge_failed *mf)
{
	struct json_object_iterator it = json_object_iter_begin(mf->mf_ids);
	struct json_object_iterator end = json_object_iter_end(mf->mf_ids);
	struct json_object *id;

	if (!merge_error_list(mf->mf_error))
		return (false);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		id = json_object_iter_peek_value(&it);
		result_fail_as(rs, json_object_get_string(id),
		    json_object_is_type(id, json_type_int),
		    &mf->mf_error->me_error);
	}
	return (true);
}

/* The order of a part as it is written; the pieces are borrowed from it. */
struct written_order {
	struct result_order wo_order;
	const char **wo_fields, **wo_casting;
	bool *wo_ascending;
};

static const char **
written_texts(struct json_object *list, size_t *n_r)
{
	size_t i, n = json_object_array_length(list);
	const char **v = calloc(n + 1, sizeof(*v));

	for (i = 0; v != NULL && i < n; i++)
		v[i] =
		    json_object_get_string(json_object_array_get_idx(list, i));
	for (i = 0; v != NULL && i < n; i++)
		if (v[i] == NULL)
			v[i] = "";
	*n_r = n;
	return (v);
}

static bool
written_init(struct written_order *wo, const struct merge_part *mp)
{
	struct result_order *ro = &wo->wo_order;
	size_t i, n;

	memset(wo, 0, sizeof(*wo));
	if (mp->mp_fields != NULL)
		wo->wo_fields = written_texts(mp->mp_fields, &ro->ro_nfields);
	if (mp->mp_casting != NULL)
		wo->wo_casting =
		    written_texts(mp->mp_casting, &ro->ro_ncasting);
	if (!merge_directions(mp->mp_ascending, &n))
		return (false);
	wo->wo_ascending = calloc(n + 1, sizeof(*wo->wo_ascending));
	for (i = 0; wo->wo_ascending != NULL && i < n; i++)
		wo->wo_ascending[i] = merge_ascending(mp->mp_ascending, i);
	ro->ro_fields = wo->wo_fields;
	ro->ro_casting = wo->wo_casting;
	ro->ro_ascending = wo->wo_ascending;
	ro->ro_nascending = n;
	return (wo->wo_ascending != NULL &&
	    (mp->mp_fields == NULL || wo->wo_fields != NULL) &&
	    (mp->mp_casting == NULL || wo->wo_casting != NULL));
}

static void
written_free(struct written_order *wo)
{
	free(wo->wo_fields);
	free(wo->wo_casting);
	free(wo->wo_ascending);
}

static bool
merge_put_list(struct merge *m, const struct merge_order *mo, struct result *rs)
{
	static const char *const own[] = { "affected_items",
		"total_affected_items", "total_failed_items", "failed_items" };
	struct merge_part *a = &m->m_part;
	struct written_order wo;
	size_t i;
	bool good = true;

	result_begin(rs, a->mp_all, a->mp_some, a->mp_none);
	result_total(rs, a->mp_total);
	if (!merge_items(m, mo, rs))
		return (false);
	/* For people they stand beside these, of which there is one each. */
	for (i = 0; !rs->rs_wire && i < sizeof(own) / sizeof(own[0]); i++)
		json_object_object_del(a->mp_map, own[i]);
	merge_put_keys(result_extra(rs), a->mp_map, rs->rs_wire);
	for (i = 0; i < a->mp_nfailed && good; i++)
		good = merge_put_failed(rs, &a->mp_failed[i]);
	if (written_init(&wo, a) && good) {
		result_order(rs, &wo.wo_order);
		result_end(rs);
		result_order(rs, NULL);
	} else {
		good = false;
	}
	written_free(&wo);
	return (good || merge_refuse(m, "no memory"));
}

static bool
merge_put_plain(struct merge *m, struct result *rs)
{
	struct merge_part *a = &m->m_part;
	struct jsonw j;
	struct buf priority;

	/* Its place is taken by the one that a client gets. */
	if (!rs->rs_wire)
		json_object_object_del(a->mp_map, "error");
	buf_init(&priority, RESULT_MAX);
	jsonw_init(&j, &priority, false);
	jsontree_put(&j, a->mp_priority, true);
	buf_addc(&priority, '\0');
	if (!priority.b_failed) {
		result_bare_begin(rs, (const char *)priority.b_data);
		merge_put_keys(&rs->rs_json, a->mp_map, rs->rs_wire);
		result_bare_end(rs);
	} else {
		rs->rs_body.b_failed = true;
	}
	buf_free(&priority);
	return (true);
}

static bool
merge_put(struct merge *m, struct result *rs)
{
	struct merge_order mo;
	bool good;

	switch (m->m_part.mp_kind) {
	case MERGE_ERROR:
		good = merge_error_list(m->m_part.mp_error);
		if (good)
			result_problem_as(rs, &m->m_part.mp_error->me_error);
		break;
	case MERGE_PLAIN:
		good = merge_put_plain(m, rs);
		break;
	default:
		good = merge_order_init(&mo, &m->m_part) ||
		    merge_refuse(m, "an order that makes no sense");
		good = good && merge_put_list(m, &mo, rs);
		merge_order_free(&mo);
		break;
	}
	if (good && rs->rs_body.b_failed)
		return (merge_refuse(m, "a result out of bounds"));
	return (good);
}

/* --- all of it --------------------------------------------------------- */

static bool
merge_all(struct merge *m, const struct merge_text v[], size_t n)
{
	struct merge_part mp;
	bool good = true;
	size_t i;

	if (n == 0 || n > MERGE_PARTS)
		return (merge_refuse(m, "too many parts, or none"));
	for (i = 0; i < n && good; i++) {
		good = merge_part_read(&mp, &v[i], &m->m_room) ||
		    merge_refuse(m, "a part that is no result, or too large");
		if (good && i == 0)
			merge_replace(m, &mp);
		else if (good)
			good = merge_or(m, &mp);
		merge_part_free(&mp);
	}
	return (good);
}

int
merge_results(struct result *rs, const struct merge_text v[], size_t n,
    const char **why_r)
{
	struct merge m;
	bool good;
	size_t i;

	memset(&m, 0, sizeof(m));
	m.m_room = MERGE_HELD;
	m.m_why = "no memory";
	good = merge_all(&m, v, n) && merge_put(&m, rs);
	if (!good) {
		result_problem(rs, 1000, ERRC_INTERNAL, NULL);
		*why_r = m.m_why;
	}
	for (i = 0; i < m.m_nsource; i++)
		json_object_put(m.m_source[i].so_head);
	merge_part_free(&m.m_part);
	return (good ? 0 : -1);
}
