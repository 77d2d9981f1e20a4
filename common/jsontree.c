/* SPDX-License-Identifier: ISC */
/* Values of json-c through the writer: see jsontree.h. */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdint.h>

#include "common/jsontree.h"
#include "common/jsonw.h"

const char *
jsontree_date(struct json_object *o)
{
	struct json_object *v;

	if (!json_object_is_type(o, json_type_object) ||
	    json_object_object_length(o) != 1 ||
	    !json_object_object_get_ex(o, "__wazuh_datetime__", &v) ||
	    !json_object_is_type(v, json_type_string))
		return (NULL);
	return (json_object_get_string(v));
}

static void
jsontree_int(struct jsonw *j, struct json_object *o)
{
	int64_t v = json_object_get_int64(o);

	/* json-c has two kinds of integers, and this is where they part. */
	if (v == INT64_MAX)
		jsonw_uint(j, json_object_get_uint64(o));
	else
		jsonw_int(j, v);
}

static void
jsontree_array(struct jsonw *j, struct json_object *o, bool wire)
{
	size_t i, n = json_object_array_length(o);

	jsonw_array(j);
	for (i = 0; i < n; i++)
		jsontree_put(j, json_object_array_get_idx(o, i), wire);
	jsonw_array_end(j);
}

static void
jsontree_object(struct jsonw *j, struct json_object *o, bool wire)
{
	struct json_object_iterator it = json_object_iter_begin(o);
	struct json_object_iterator end = json_object_iter_end(o);

	jsonw_object(j);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		jsonw_key(j, json_object_iter_peek_name(&it));
		jsontree_put(j, json_object_iter_peek_value(&it), wire);
	}
	jsonw_object_end(j);
}

void
jsontree_put(struct jsonw *j, struct json_object *o, bool wire)
{
	const char *date;

	switch (json_object_get_type(o)) {
	case json_type_boolean:
		jsonw_bool(j, json_object_get_boolean(o));
		break;
	case json_type_int:
		jsontree_int(j, o);
		break;
	case json_type_double:
		jsonw_double(j, json_object_get_double(o));
		break;
	case json_type_string:
		jsonw_strn(j, json_object_get_string(o),
		    (size_t)json_object_get_string_len(o));
		break;
	case json_type_array:
		jsontree_array(j, o, wire);
		break;
	case json_type_object:
		date = wire ? NULL : jsontree_date(o);
		if (date != NULL)
			jsonw_str(j, date);
		else
			jsontree_object(j, o, wire);
		break;
	default:
		jsonw_null(j);
		break;
	}
}
