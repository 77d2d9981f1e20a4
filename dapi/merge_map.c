/* SPDX-License-Identifier: ISC */
/*
 * Mappings of two nodes become one, key by key: see merge_parts.h. What the
 * original makes of mappings within them is a result in a result, and so it is
 * written, marks and all.
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/jsontree.h"
#include "common/jsonw.h"
#include "dapi/merge_parts.h"

#define MAP_TEXT (64UL * 1024 * 1024) /* bytes of a text, or of an item's */

static bool
map_is_number(struct json_object *o)
{
	return (json_object_is_type(o, json_type_int) ||
	    json_object_is_type(o, json_type_double) ||
	    json_object_is_type(o, json_type_boolean));
}

/* Put a value, which may be NULL without memory, in the place of another. */
static bool
map_set(struct json_object *map, const char *key, struct json_object *v)
{
	if (v != NULL && json_object_object_add(map, key, v) == 0)
		return (true);
	json_object_put(v);
	return (false);
}

/* --- numbers, texts ---------------------------------------------------- */

/* json-c has two kinds of integers; a truth is one, too. */
static __int128
map_int(struct json_object *o)
{
	int64_t v = json_object_get_int64(o);

	return (v == INT64_MAX ? (__int128)json_object_get_uint64(o) : v);
}

static struct json_object *
map_add(struct json_object *a, struct json_object *b)
{
	__int128 sum;

	if (json_object_is_type(a, json_type_double) ||
	    json_object_is_type(b, json_type_double))
		return (json_object_new_double(
		    json_object_get_double(a) + json_object_get_double(b)));
	sum = map_int(a) + map_int(b);
	if (sum < INT64_MIN || sum > UINT64_MAX)
		return (NULL);
	return (sum > INT64_MAX ? json_object_new_uint64((uint64_t)sum) :
	                          json_object_new_int64((int64_t)sum));
}

/* Where the text stands in the list; SIZE_MAX: nowhere. */
static size_t
map_rank(struct json_object *list, struct json_object *text)
{
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);

	for (i = 0; i < n; i++)
		if (json_object_equal(json_object_array_get_idx(list, i), text))
			return (i);
	return (SIZE_MAX);
}

static struct json_object *
map_join(struct json_object *a, struct json_object *b, const char *key,
    struct json_object *priority)
{
	struct json_object *o = NULL;
	size_t ra = map_rank(priority, a), rb = map_rank(priority, b);
	struct buf text;

	/* How old agents must be is what was asked, and not a finding. */
	if (strcmp(key, "older_than") == 0 || json_object_equal(a, b) ||
	    ra < rb)
		return (json_object_get(a));
	if (rb < ra)
		return (json_object_get(b));
	buf_init(&text, MAP_TEXT);
	buf_add(&text, json_object_get_string(a),
	    (size_t)json_object_get_string_len(a));
	buf_addc(&text, '|');
	buf_add(&text, json_object_get_string(b),
	    (size_t)json_object_get_string_len(b));
	if (!text.b_failed)
		o = json_object_new_string_len(
		    (const char *)text.b_data, (int)text.b_len);
	buf_free(&text);
	return (o);
}

/* --- lists ------------------------------------------------------------- */

struct member {
	const char *mb_key;
	struct json_object *mb_value;
};

static int
map_by_key(const void *va, const void *vb)
{
	const struct member *a = va, *b = vb;

	return (strcmp(a->mb_key, b->mb_key));
}

static void map_canon(struct jsonw *, struct json_object *);

static void
map_canon_object(struct jsonw *j, struct json_object *o)
{
	struct json_object_iterator it = json_object_iter_begin(o);
	struct json_object_iterator end = json_object_iter_end(o);
	size_t i, n = 0, len = (size_t)json_object_object_length(o);
	struct member *v;

	v = calloc(len + 1, sizeof(*v));
	if (v == NULL) {
		j->j_out->b_failed = true;
		return;
	}
	for (; !json_object_iter_equal(&it, &end) && n < len;
	     json_object_iter_next(&it)) {
		v[n].mb_key = json_object_iter_peek_name(&it);
		v[n++].mb_value = json_object_iter_peek_value(&it);
	}
	qsort(v, n, sizeof(*v), map_by_key);
	jsonw_object(j);
	for (i = 0; i < n; i++) {
		jsonw_key(j, v[i].mb_key);
		map_canon(j, v[i].mb_value);
	}
	jsonw_object_end(j);
	free(v);
}

/*
 * A text that is the same for values that are equal: whatever the order of
 * keys, and 1, 1.0 and true are one.
 */
static void
map_canon(struct jsonw *j, struct json_object *o)
{
	size_t i, n;
	double d;

	switch (json_object_get_type(o)) {
	case json_type_boolean:
		jsonw_int(j, json_object_get_boolean(o));
		break;
	case json_type_double:
		d = json_object_get_double(o);
		if (d >= -9e15 && d <= 9e15 && d == (double)(int64_t)d)
			jsonw_int(j, (int64_t)d);
		else
			jsonw_double(j, d);
		break;
	case json_type_array:
		n = json_object_array_length(o);
		jsonw_array(j);
		for (i = 0; i < n; i++)
			map_canon(j, json_object_array_get_idx(o, i));
		jsonw_array_end(j);
		break;
	case json_type_object:
		map_canon_object(j, o);
		break;
	default:
		jsontree_put(j, o, true);
		break;
	}
}

/* That text; "" without memory. text is made anew. */
static const char *
map_name(struct buf *text, struct json_object *o)
{
	struct jsonw j;

	buf_reset(text);
	jsonw_init(&j, text, false);
	map_canon(&j, o);
	buf_addc(text, '\0');
	return (text->b_failed ? "" : (const char *)text->b_data);
}

static bool
map_append(struct json_object *list, struct json_object *v)
{
	if (json_object_array_add(list, json_object_get(v)) == 0)
		return (true);
	json_object_put(v);
	return (false);
}

/* Add to a what of b is not in it. */
static bool
map_unite(struct json_object *a, struct json_object *b)
{
	struct json_object *seen = json_object_new_object();
	struct json_object *v;
	struct buf text;
	const char *name;
	bool good = seen != NULL;
	size_t i, n = json_object_array_length(a);

	buf_init(&text, MAP_TEXT);
	for (i = 0; good && i < n; i++) {
		name = map_name(&text, json_object_array_get_idx(a, i));
		good = *name != '\0' &&
		    json_object_object_add(seen, name, NULL) == 0;
	}
	n = json_object_array_length(b);
	for (i = 0; good && i < n; i++) {
		v = json_object_array_get_idx(b, i);
		name = map_name(&text, v);
		/* Twice in b is twice in the end: only a is looked at. */
		good = *name != '\0' &&
		    (json_object_object_get_ex(seen, name, NULL) ||
		        map_append(a, v));
	}
	buf_free(&text);
	json_object_put(seen);
	return (good);
}

/* --- mappings within --------------------------------------------------- */

/*
 * The mapping in a result that is marked as one; o itself where it is not.
 * NULL: there is none behind the mark.
 */
static struct json_object *
map_inner(struct json_object *o)
{
	struct json_object *v, *map = NULL;

	if (json_object_object_length(o) != 1 ||
	    !json_object_object_get_ex(o, "__wazuh_result__", &v))
		return (o);
	if (json_object_is_type(v, json_type_object) &&
	    json_object_object_get_ex(v, "__object__", &v) &&
	    json_object_is_type(v, json_type_object) &&
	    !json_object_object_get_ex(v, "result", &map))
		json_object_object_get_ex(v, "dikt", &map);
	return (json_object_is_type(map, json_type_object) ? map : NULL);
}

/* A result of a kind that holds nothing but the mapping, which is taken. */
static struct json_object *
map_wrap(struct json_object *map, enum merge_kind kind)
{
	static const char plain[] =
	    "{\"__wazuh_result__\": {\"__class__\": \"WazuhResult\", "
	    "\"__object__\": {\"str_priority\": null, \"result\": null}}}";
	static const char items[] =
	    "{\"__wazuh_result__\": {\"__class__\": "
	    "\"AffectedItemsWazuhResult\", \"__object__\": "
	    "{\"affected_items\": [], \"sort_fields\": null, "
	    "\"sort_casting\": [\"int\"], \"sort_ascending\": [true], "
	    "\"total_affected_items\": 0, \"total_failed_items\": 0, "
	    "\"dikt\": null, \"all_msg\": \"\", \"some_msg\": \"\", "
	    "\"none_msg\": \"\", \"failed_items_keys\": [], "
	    "\"failed_items_values\": []}}}";
	struct json_object *o, *v;

	o = json_tokener_parse(kind == MERGE_PLAIN ? plain : items);
	if (json_object_object_get_ex(o, "__wazuh_result__", &v) &&
	    json_object_object_get_ex(v, "__object__", &v) &&
	    json_object_object_add(
	        v, kind == MERGE_PLAIN ? "result" : "dikt", map) == 0)
		return (o);
	json_object_put(map);
	json_object_put(o);
	return (NULL);
}

static bool
map_within(struct json_object *a, const char *key, struct json_object *av,
    struct json_object *bv, enum merge_kind kind)
{
	struct json_object *inner = json_object_get(map_inner(av));
	struct json_object *other = map_inner(bv);

	if (inner == NULL || other == NULL ||
	    !merge_map(inner, other, kind, NULL)) {
		json_object_put(inner);
		return (false);
	}
	return (map_set(a, key, map_wrap(inner, kind)));
}

static bool
map_one(struct json_object *a, const char *key, struct json_object *av,
    struct json_object *bv, enum merge_kind kind, struct json_object *priority)
{
	/* Nothing is known of null: what is there stands. */
	if (bv == NULL || (av != NULL && jsontree_date(bv) != NULL))
		return (true);
	if (av == NULL)
		return (map_set(a, key, json_object_get(bv)));
	if (map_is_number(av) && map_is_number(bv))
		return (map_set(a, key, map_add(av, bv)));
	if (json_object_get_type(av) != json_object_get_type(bv))
		return (false);
	switch (json_object_get_type(bv)) {
	case json_type_array:
		return (map_unite(av, bv));
	case json_type_object:
		return (map_within(a, key, av, bv, kind));
	default:
		return (map_set(a, key, map_join(av, bv, key, priority)));
	}
}

bool
merge_map(struct json_object *a, struct json_object *b, enum merge_kind kind,
    struct json_object *priority)
{
	struct json_object_iterator it = json_object_iter_begin(b);
	struct json_object_iterator end = json_object_iter_end(b);
	struct json_object *av, *bv;
	const char *key;

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		key = json_object_iter_peek_name(&it);
		bv = json_object_iter_peek_value(&it);
		if (json_object_object_get_ex(a, key, &av)) {
			if (!map_one(a, key, av, bv, kind, priority))
				return (false);
		} else if (json_object_object_add(
		               a, key, json_object_get(bv)) != 0) {
			json_object_put(bv);
			return (false);
		}
	}
	return (true);
}
