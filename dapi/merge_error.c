/* SPDX-License-Identifier: ISC */
/* Errors of other nodes, and the ids that they are about: see merge_parts.h. */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/jsontree.h"
#include "common/jsonw.h"
#include "dapi/merge_parts.h"

#define MERGE_TEXT (16UL * 1024 * 1024) /* bytes of an error's texts */

void
merge_error_free(struct merge_error *me)
{
	json_object_put(me->me_object);
	json_object_put(me->me_dapi);
	json_object_put(me->me_ids);
	json_object_put(me->me_list);
	if (me->me_text != NULL)
		buf_free(me->me_text);
	free(me->me_text);
	free(me);
}

/* --- sets of ids ------------------------------------------------------- */

bool
merge_id_add(struct json_object *set, struct json_object *id)
{
	const char *key;

	if (!json_object_is_type(id, json_type_string) &&
	    !json_object_is_type(id, json_type_int))
		return (false);
	key = json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN);
	if (key == NULL)
		return (false);
	if (json_object_object_get_ex(set, key, NULL))
		return (true);
	json_object_get(id);
	if (json_object_object_add(set, key, id) == 0)
		return (true);
	json_object_put(id);
	return (false);
}

bool
merge_ids_add(struct json_object *set, struct json_object *from)
{
	struct json_object_iterator it = json_object_iter_begin(from);
	struct json_object_iterator end = json_object_iter_end(from);

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		if (!merge_id_add(set, json_object_iter_peek_value(&it)))
			return (false);
	return (true);
}

/* --- an error ---------------------------------------------------------- */

/* The values of an object, or whatever else it is, as words for a person. */
static bool
error_extra(struct merge_error *me, struct json_object *o)
{
	struct json_object_iterator it, end;
	struct buf *b;
	bool first = true;

	me->me_error.we_extra = o;
	if (json_object_is_type(o, json_type_string)) {
		me->me_error.we_text = json_object_get_string(o);
		return (true);
	}
	b = me->me_text = calloc(1, sizeof(*b));
	if (b == NULL)
		return (false);
	buf_init(b, MERGE_TEXT);
	if (json_object_is_type(o, json_type_object)) {
		it = json_object_iter_begin(o);
		end = json_object_iter_end(o);
		for (; !json_object_iter_equal(&it, &end);
		     json_object_iter_next(&it)) {
			if (!first)
				buf_addz(b, ": ");
			first = false;
			merge_str(b, json_object_iter_peek_value(&it));
		}
	} else {
		merge_str(b, o);
	}
	buf_addc(b, '\0');
	me->me_error.we_text = (const char *)b->b_data;
	return (!b->b_failed);
}

static bool
error_ids(struct merge_error *me, struct json_object *o)
{
	size_t i, n;

	if (!me->me_error.we_class->wc_ids ||
	    !json_object_is_type(o, json_type_array))
		return (false);
	n = json_object_array_length(o);
	for (i = 0; i < n; i++)
		if (!merge_id_add(me->me_ids, json_object_array_get_idx(o, i)))
			return (false);
	return (true);
}

static bool
error_code(struct merge_error *me, struct json_object *o)
{
	int64_t v;

	if (!json_object_is_type(o, json_type_int))
		return (false);
	v = json_object_get_int64(o);
	me->me_error.we_code = (uint16_t)v;
	return (v > 0 && v <= UINT16_MAX);
}

/* One field; what is not known is refused, as where arguments have names. */
static bool
error_field(struct merge_error *me, const char *key, struct json_object *o)
{
	struct wire_error *we = &me->me_error;
	bool text = json_object_is_type(o, json_type_string);

	if (strcmp(key, "code") == 0)
		return (error_code(me, o));
	if (strcmp(key, "ids") == 0)
		return (error_ids(me, o));
	if (strcmp(key, "cmd_error") == 0) {
		we->we_alone = json_object_get_boolean(o);
		return (json_object_is_type(o, json_type_boolean));
	}
	if (strcmp(key, "dapi_errors") == 0) {
		json_object_put(me->me_dapi);
		me->me_dapi = json_object_get(o);
		return (json_object_is_type(o, json_type_object));
	}
	if (strcmp(key, "extra_message") == 0)
		return (o == NULL || error_extra(me, o));
	if (strcmp(key, "extra_remediation") == 0) {
		if (text)
			we->we_remedy = json_object_get_string(o);
		return (o == NULL || text);
	}
	if (strcmp(key, "title") == 0 && text)
		we->we_title = json_object_get_string(o);
	else if (strcmp(key, "type") == 0 && text)
		we->we_type = json_object_get_string(o);
	else
		return (false);
	return (true);
}

struct merge_error *
merge_error_new(const char *cls, struct json_object *object)
{
	struct json_object_iterator it, end;
	struct merge_error *me;
	bool good;

	me = calloc(1, sizeof(*me));
	if (me == NULL) {
		json_object_put(object);
		return (NULL);
	}
	me->me_object = object;
	me->me_ids = json_object_new_object();
	me->me_error.we_class = wire_class_find(cls);
	good = me->me_ids != NULL && me->me_error.we_class != NULL;
	if (good) {
		me->me_error.we_type = WIRE_TYPE;
		me->me_error.we_title = me->me_error.we_class->wc_title;
	}
	it = json_object_iter_begin(object);
	end = json_object_iter_end(object);
	for (; good && !json_object_iter_equal(&it, &end);
	     json_object_iter_next(&it))
		good = error_field(me, json_object_iter_peek_name(&it),
		    json_object_iter_peek_value(&it));
	if (!good || me->me_error.we_code == 0) {
		merge_error_free(me);
		return (NULL);
	}
	return (me);
}

bool
merge_error_about(const struct merge_error *me)
{
	return (json_object_object_length(me->me_ids) > 0);
}

bool
merge_error_or(struct merge_error *a, const struct merge_error *b)
{
	struct json_object_iterator it, end;
	struct json_object *v;

	if (a->me_dapi == NULL)
		a->me_dapi = json_object_new_object();
	if (a->me_dapi == NULL)
		return (false);
	if (b->me_dapi != NULL) {
		it = json_object_iter_begin(b->me_dapi);
		end = json_object_iter_end(b->me_dapi);
		for (; !json_object_iter_equal(&it, &end);
		     json_object_iter_next(&it)) {
			v = json_object_get(json_object_iter_peek_value(&it));
			if (json_object_object_add(a->me_dapi,
			        json_object_iter_peek_name(&it), v) != 0) {
				json_object_put(v);
				return (false);
			}
		}
	}
	return (!a->me_error.we_class->wc_ids ||
	    merge_ids_add(a->me_ids, b->me_ids));
}

bool
merge_error_list(struct merge_error *me)
{
	struct json_object_iterator it, end;
	struct json_object *v;

	json_object_put(me->me_list);
	me->me_list = json_object_new_array();
	if (me->me_list == NULL)
		return (false);
	it = json_object_iter_begin(me->me_ids);
	end = json_object_iter_end(me->me_ids);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		v = json_object_get(json_object_iter_peek_value(&it));
		if (json_object_array_add(me->me_list, v) != 0) {
			json_object_put(v);
			return (false);
		}
	}
	me->me_error.we_ids = me->me_list;
	me->me_error.we_dapi = me->me_dapi;
	return (true);
}

/* --- failures ---------------------------------------------------------- */

/* What makes two errors the same: all but whom they are about, and where. */
static bool
fail_identity(const struct merge_error *me, struct buf *b)
{
	const struct wire_error *we = &me->me_error;
	struct jsonw j;

	buf_init(b, 8 * MERGE_TEXT);
	jsonw_init(&j, b, false);
	jsonw_array(&j);
	jsonw_str(&j, we->we_type);
	jsonw_str(&j, we->we_title);
	jsonw_uint(&j, we->we_code);
	jsontree_put(&j, we->we_extra, true);
	if (we->we_remedy != NULL)
		jsonw_str(&j, we->we_remedy);
	else
		jsonw_null(&j);
	jsonw_bool(&j, we->we_alone);
	jsonw_array_end(&j);
	buf_addc(b, '\0');
	return (!b->b_failed);
}

/* A new error with no ids yet, at the end. */
static struct merge_failed *
fail_new(struct merge_part *mp, struct merge_error *me, const char *identity)
{
	struct merge_failed *mf;
	struct json_object *at;

	/* The room doubles whenever it is used up: at powers of two. */
	if ((mp->mp_nfailed & (mp->mp_nfailed - 1)) == 0) {
		mf = reallocarray(mp->mp_failed,
		    mp->mp_nfailed == 0 ? 1 : 2 * mp->mp_nfailed, sizeof(*mf));
		if (mf == NULL)
			return (NULL);
		mp->mp_failed = mf;
	}
	mf = &mp->mp_failed[mp->mp_nfailed];
	at = json_object_new_int64((int64_t)mp->mp_nfailed);
	if (at == NULL ||
	    json_object_object_add(mp->mp_index, identity, at) != 0) {
		json_object_put(at);
		return (NULL);
	}
	mf->mf_ids = json_object_new_object();
	if (mf->mf_ids == NULL)
		return (NULL);
	mf->mf_error = me;
	mp->mp_nfailed++;
	return (mf);
}

bool
merge_fail(
    struct merge_part *mp, struct merge_error *me, struct json_object *ids)
{
	struct merge_failed *mf = NULL;
	struct json_object *at;
	struct buf b;

	if (mp->mp_index == NULL)
		mp->mp_index = json_object_new_object();
	if (mp->mp_index != NULL && fail_identity(me, &b)) {
		if (json_object_object_get_ex(
		        mp->mp_index, (char *)b.b_data, &at))
			mf = &mp->mp_failed[json_object_get_int64(at)];
		else
			mf = fail_new(mp, me, (char *)b.b_data);
	}
	if (mp->mp_index != NULL)
		buf_free(&b);
	if (mf == NULL || mf->mf_error != me)
		merge_error_free(me);
	return (mf != NULL && merge_ids_add(mf->mf_ids, ids));
}
