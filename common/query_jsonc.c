/* SPDX-License-Identifier: ISC */
/* What the engine sees of json-c's values: see query_jsonc.h. */
#include <sys/types.h>

#include <json-c/json.h>
#include <string.h>

#include "common/query_jsonc.h"

static void
jsonc_value(struct json_object *jo, struct query_val *v)
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
jsonc_node(const struct query_val *v)
{
	return ((struct json_object *)(uintptr_t)v->v_node);
}

static void
jsonc_item(const void *arg, size_t i, struct query_val *v)
{
	const struct query_val all = { .v_node = arg };

	jsonc_value(json_object_array_get_idx(jsonc_node(&all), i), v);
}

static bool
jsonc_member(const void *arg, const struct query_val *object, const char *key,
    size_t len, struct query_val *v)
{
	const struct lh_entry *e;
	const char *name;

	if (object->v_type != QV_OBJECT)
		return (false);
	e = lh_table_head(json_object_get_object(jsonc_node(object)));
	for (; e != NULL; e = lh_entry_next(e)) {
		name = lh_entry_k(e);
		if (strlen(name) == len && memcmp(name, key, len) == 0)
			break;
	}
	if (e == NULL)
		return (false);
	jsonc_value((struct json_object *)lh_entry_v(e), v);
	return (true);
}

static bool
jsonc_next(const void *arg, const struct query_val *v, const void **pos,
    const char **key_r, struct query_val *child)
{
	const struct lh_entry *e = *pos;
	uintptr_t at = (uintptr_t)*pos;

	*key_r = NULL;
	if (v->v_type == QV_LIST) {
		if (at >= json_object_array_length(jsonc_node(v)))
			return (false);
		jsonc_value(
		    json_object_array_get_idx(jsonc_node(v), at), child);
		*pos = (const void *)(at + 1);
		return (true);
	}
	if (v->v_type != QV_OBJECT)
		return (false);
	e = e == NULL ? lh_table_head(json_object_get_object(jsonc_node(v))) :
	                lh_entry_next(e);
	if (e == NULL)
		return (false);
	*pos = e;
	*key_r = lh_entry_k(e);
	jsonc_value((struct json_object *)lh_entry_v(e), child);
	return (true);
}

struct query_items
query_jsonc_items(struct json_object *array)
{
	const struct query_items qi = {
		array == NULL ? 0 : json_object_array_length(array), array,
		jsonc_item, jsonc_member, jsonc_next
	};

	return (qi);
}
