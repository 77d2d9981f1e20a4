/* SPDX-License-Identifier: ISC */
/*
 * JSON text in pieces, and the parts of a result out of it: see merge_parts.h.
 * A list of items is only cut out here, however long it is; what is small is
 * read by json-c, within bounds of depth and number.
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/params.h"
#include "dapi/merge_parts.h"

#define SPAN_KEYS 4096 /* of an object that is read key by key */

static void
span_blank(struct span *s)
{
	while (s->s_p < s->s_end &&
	    (*s->s_p == ' ' || *s->s_p == '\t' || *s->s_p == '\n' ||
	        *s->s_p == '\r'))
		s->s_p++;
}

bool
span_take(struct span *s, char c)
{
	span_blank(s);
	if (s->s_p == s->s_end || *s->s_p != c)
		return (false);
	s->s_p++;
	return (true);
}

/* Past the string that begins at p; NULL: it has no end. */
static const char *
span_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return (p + 1);
		if (*p == '\\')
			p++;
	}
	return (NULL);
}

/* What ends a number or a word. */
static bool
span_stop(char c)
{
	return (c == ',' || c == ':' || c == '}' || c == ']' || c == '"' ||
	    c == '{' || c == '[' || c == ' ' || c == '\t' || c == '\n' ||
	    c == '\r');
}

bool
span_value(struct span *s, struct span *v)
{
	size_t depth = 0;

	span_blank(s);
	v->s_p = s->s_p;
	do {
		if (s->s_p == s->s_end)
			return (false);
		switch (*s->s_p) {
		case '"':
			s->s_p = span_string(s->s_p, s->s_end);
			if (s->s_p == NULL)
				return (false);
			break;
		case '{':
		case '[':
			depth++;
			s->s_p++;
			break;
		case '}':
		case ']':
			if (depth == 0)
				return (false);
			depth--;
			s->s_p++;
			break;
		default:
			do {
				s->s_p++;
			} while (s->s_p < s->s_end && !span_stop(*s->s_p));
			break;
		}
	} while (depth > 0);
	v->s_end = s->s_p;
	return (true);
}

size_t
span_cost(const struct span *s)
{
	const char *p = s->s_p;
	size_t n = 1;

	while (p != NULL && p < s->s_end)
		if (*p == '"') {
			p = span_string(p, s->s_end);
		} else {
			n += *p == '{' || *p == '[' || *p == ',' || *p == ':';
			p++;
		}
	return ((size_t)(s->s_end - s->s_p) + n * MERGE_VALUE);
}

/* Is a word, if it is a whole number, within what json-c has? */
static bool
span_number(const char *p, size_t len)
{
	const char *most = "18446744073709551615";
	size_t i;

	if (*p == '-') {
		most = "9223372036854775808";
		p++;
		len--;
	}
	for (i = 0; i < len; i++)
		if (p[i] < '0' || p[i] > '9')
			return (true);
	if (len != strlen(most))
		return (len < strlen(most));
	return (memcmp(p, most, len) <= 0);
}

/* json-c would take the largest integer that it has for a larger one. */
static bool
span_numbers(const struct span *s)
{
	const char *p = s->s_p, *word;

	while (p != NULL && p < s->s_end) {
		if (*p == '"') {
			p = span_string(p, s->s_end);
			continue;
		}
		for (word = p; p < s->s_end && !span_stop(*p); p++)
			continue;
		if (p == word)
			p++;
		else if (!span_number(word, (size_t)(p - word)))
			return (false);
	}
	return (true);
}

bool
span_read(const struct span *s, struct json_object **o_r)
{
	struct json_tokener *tok;
	enum json_tokener_error err;
	size_t len = (size_t)(s->s_end - s->s_p);
	bool good;

	*o_r = NULL;
	if (len == 0 || len > INT_MAX || !span_numbers(s))
		return (false);
	tok = json_tokener_new_ex(MERGE_DEPTH + 1);
	if (tok == NULL)
		return (false);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	*o_r = json_tokener_parse_ex(tok, s->s_p, (int)len);
	err = json_tokener_get_error(tok);
	good = err == json_tokener_success &&
	    json_tokener_get_parse_end(tok) == len;
	/* A number ends where something else begins. */
	if (err == json_tokener_continue) {
		*o_r = json_tokener_parse_ex(tok, "", 1);
		good = json_tokener_get_error(tok) == json_tokener_success;
	}
	json_tokener_free(tok);
	if (good)
		return (true);
	json_object_put(*o_r);
	*o_r = NULL;
	return (false);
}

struct json_object *
span_key(struct span *s)
{
	struct json_object *key;
	struct span v;

	span_blank(s);
	if (s->s_p == s->s_end || *s->s_p != '"' || !span_value(s, &v) ||
	    !span_read(&v, &key))
		return (NULL);
	if (span_take(s, ':'))
		return (key);
	json_object_put(key);
	return (NULL);
}

bool
span_object(const struct span *object,
    bool (*fn)(const char *, const struct span *, void *), void *arg)
{
	struct span s = *object, v;
	struct json_object *key;
	size_t n = 0;
	bool good;

	if (!span_take(&s, '{'))
		return (false);
	if (!span_take(&s, '}')) {
		do {
			key = span_key(&s);
			good = key != NULL && span_value(&s, &v) &&
			    fn(json_object_get_string(key), &v, arg);
			json_object_put(key);
			if (!good || ++n > SPAN_KEYS)
				return (false);
		} while (span_take(&s, ','));
		if (!span_take(&s, '}'))
			return (false);
	}
	span_blank(&s);
	return (s.s_p == s.s_end);
}

int
span_next(struct span *array, bool first, struct span *v)
{
	if (!span_take(array, first ? '[' : ','))
		return (!first && span_take(array, ']') ? 0 : -1);
	if (first && span_take(array, ']'))
		return (0);
	return (span_value(array, v) ? 1 : -1);
}

/* --- keys that are wanted ---------------------------------------------- */

struct pick {
	const char *pk_key;
	bool pk_must;
	struct span pk_value; /* s_p NULL: it was not there */
};

struct picks {
	struct pick *ps_v;
	size_t ps_n;
};

static bool
pick_one(const char *key, const struct span *v, void *arg)
{
	struct picks *ps = arg;
	size_t i;

	for (i = 0; i < ps->ps_n; i++)
		if (strcmp(key, ps->ps_v[i].pk_key) == 0)
			ps->ps_v[i].pk_value = *v;
	return (true);
}

/* Find keys of an object. false: it is none, or one that must be is not. */
static bool
pick(const struct span *object, struct pick *v, size_t n)
{
	struct picks ps = { v, n };
	size_t i;

	if (!span_object(object, pick_one, &ps))
		return (false);
	for (i = 0; i < n; i++)
		if (v[i].pk_must && v[i].pk_value.s_p == NULL)
			return (false);
	return (true);
}

/* Read what was found as a type; where it was not, it stays NULL. */
static bool
pick_read(const struct pick *pk, enum json_type type, struct json_object **o_r)
{
	*o_r = NULL;
	return (pk->pk_value.s_p == NULL ||
	    (span_read(&pk->pk_value, o_r) && json_object_is_type(*o_r, type)));
}

/* A text, or null, as a copy. */
static bool
pick_text(const struct pick *pk, char **text_r)
{
	struct json_object *o;
	bool good;

	if (!span_read(&pk->pk_value, &o))
		return (false);
	good = o == NULL || json_object_is_type(o, json_type_string);
	if (good) {
		*text_r = strdup(o == NULL ? "" : json_object_get_string(o));
		good = *text_r != NULL;
	}
	json_object_put(o);
	return (good);
}

/* --- failures of a list ------------------------------------------------ */

/* One error, {"__object__": ..., "__class__": ...}. */
static struct merge_error *
part_error(const struct span *s)
{
	struct pick pk[] = { { "__class__", true, { NULL, NULL } },
		{ "__object__", true, { NULL, NULL } } };
	struct merge_error *me = NULL;
	struct json_object *cls, *object = NULL;

	if (!pick(s, pk, 2))
		return (NULL);
	if (pick_read(&pk[0], json_type_string, &cls) &&
	    pick_read(&pk[1], json_type_object, &object)) {
		me = merge_error_new(json_object_get_string(cls), object);
		object = NULL;
	}
	json_object_put(object);
	json_object_put(cls);
	return (me);
}

/* The ids that failed with one error: an array. */
static bool
part_ids(const struct span *s, struct json_object *set)
{
	struct span a = *s, v;
	struct json_object *id;
	bool good = true;
	int r;

	for (r = span_next(&a, true, &v); r == 1 && good;
	     r = span_next(&a, false, &v)) {
		good = span_read(&v, &id) && merge_id_add(set, id);
		json_object_put(id);
	}
	return (good && r == 0);
}

static bool
part_fail(
    struct merge_part *mp, const struct span *error, const struct span *ids)
{
	struct merge_error *me = part_error(error);
	struct json_object *set = json_object_new_object();
	bool good = false;

	if (me != NULL && set != NULL && part_ids(ids, set)) {
		good = merge_fail(mp, me, set);
		me = NULL;
	}
	if (me != NULL)
		merge_error_free(me);
	json_object_put(set);
	return (good);
}

/* Two arrays side by side. */
static bool
part_failed(
    struct merge_part *mp, const struct span *keys, const struct span *values)
{
	struct span k = *keys, v = *values, key, value;
	bool first;
	int rk, rv;

	for (first = true;; first = false) {
		rk = span_next(&k, first, &key);
		rv = span_next(&v, first, &value);
		if (rk != 1 || rv != 1)
			return (rk == 0 && rv == 0);
		if (!part_fail(mp, &key, &value))
			return (false);
	}
}

/* --- parts ------------------------------------------------------------- */

/* Is there room for what is going to be read? Then it is taken. */
static bool
part_room(size_t cost, size_t *room)
{
	if (cost > *room)
		return (false);
	*room -= cost;
	return (true);
}

static bool
part_plain(
    struct merge_part *mp, const struct span *object, size_t cost, size_t *room)
{
	struct pick pk[] = { { "str_priority", false, { NULL, NULL } },
		{ "result", true, { NULL, NULL } } };

	mp->mp_kind = MERGE_PLAIN;
	return (pick(object, pk, 2) && part_room(cost, room) &&
	    (pk[0].pk_value.s_p == NULL ||
	        span_read(&pk[0].pk_value, &mp->mp_priority)) &&
	    (mp->mp_priority == NULL ||
	        json_object_is_type(mp->mp_priority, json_type_array)) &&
	    pick_read(&pk[1], json_type_object, &mp->mp_map));
}

enum {
	PK_ITEMS,
	PK_FIELDS,
	PK_CASTING,
	PK_ASCENDING,
	PK_TOTAL,
	PK_DIKT,
	PK_ALL,
	PK_SOME,
	PK_NONE,
	PK_KEYS,
	PK_VALUES,
	PK_MAX
};

static bool
part_total(const struct pick *pk, uint64_t *total_r)
{
	struct json_object *o;
	bool good;

	good =
	    pick_read(pk, json_type_int, &o) && json_object_get_int64(o) >= 0;
	if (good)
		*total_r = json_object_get_uint64(o);
	json_object_put(o);
	return (good);
}

static bool
part_items(
    struct merge_part *mp, const struct span *object, size_t cost, size_t *room)
{
	static const struct pick wanted[PK_MAX] = {
		[PK_ITEMS] = { .pk_key = "affected_items", .pk_must = true },
		[PK_FIELDS] = { .pk_key = "sort_fields", .pk_must = true },
		[PK_CASTING] = { .pk_key = "sort_casting" },
		[PK_ASCENDING] = { .pk_key = "sort_ascending",
		    .pk_must = true },
		[PK_TOTAL] = { .pk_key = "total_affected_items",
		    .pk_must = true },
		[PK_DIKT] = { .pk_key = "dikt", .pk_must = true },
		[PK_ALL] = { .pk_key = "all_msg", .pk_must = true },
		[PK_SOME] = { .pk_key = "some_msg", .pk_must = true },
		[PK_NONE] = { .pk_key = "none_msg", .pk_must = true },
		[PK_KEYS] = { .pk_key = "failed_items_keys", .pk_must = true },
		[PK_VALUES] = { .pk_key = "failed_items_values",
		    .pk_must = true },
	};
	struct pick pk[PK_MAX];

	memcpy(pk, wanted, sizeof(pk));
	mp->mp_kind = MERGE_ITEMS;
	if (!pick(object, pk, PK_MAX) || *pk[PK_ITEMS].pk_value.s_p != '[')
		return (false);
	mp->mp_items = pk[PK_ITEMS].pk_value;
	return (part_room(cost - span_cost(&mp->mp_items), room) &&
	    span_read(&pk[PK_FIELDS].pk_value, &mp->mp_fields) &&
	    pick_read(&pk[PK_CASTING], json_type_array, &mp->mp_casting) &&
	    span_read(&pk[PK_ASCENDING].pk_value, &mp->mp_ascending) &&
	    part_total(&pk[PK_TOTAL], &mp->mp_total) &&
	    pick_read(&pk[PK_DIKT], json_type_object, &mp->mp_map) &&
	    pick_text(&pk[PK_ALL], &mp->mp_all) &&
	    pick_text(&pk[PK_SOME], &mp->mp_some) &&
	    pick_text(&pk[PK_NONE], &mp->mp_none) &&
	    part_failed(mp, &pk[PK_KEYS].pk_value, &pk[PK_VALUES].pk_value));
}

static bool
part_result(
    struct merge_part *mp, const struct span *s, size_t cost, size_t *room)
{
	struct pick pk[] = { { "__class__", true, { NULL, NULL } },
		{ "__object__", true, { NULL, NULL } } };
	struct json_object *cls;
	const char *name;
	bool good = false;

	if (!pick(s, pk, 2))
		return (false);
	if (pick_read(&pk[0], json_type_string, &cls)) {
		name = json_object_get_string(cls);
		if (strcmp(name, "WazuhResult") == 0)
			good = part_plain(mp, &pk[1].pk_value, cost, room);
		else if (strcmp(name, "AffectedItemsWazuhResult") == 0)
			good = part_items(mp, &pk[1].pk_value, cost, room);
	}
	json_object_put(cls);
	return (good);
}

bool
merge_part_read(
    struct merge_part *mp, const struct merge_text *mt, size_t *room)
{
	struct pick pk[] = { { "__callable__", false, { NULL, NULL } },
		{ "__wazuh_exception__", false, { NULL, NULL } },
		{ "__wazuh_result__", false, { NULL, NULL } },
		{ "__wazuh_datetime__", false, { NULL, NULL } },
		{ "__unhandled_exc__", false, { NULL, NULL } } };
	struct span s = { mt->mt_text, mt->mt_text + mt->mt_len };
	size_t cost = span_cost(&s);

	memset(mp, 0, sizeof(*mp));
	/* Keys that are not UTF-8 could come out as the same one. */
	if (params_utf8(mt->mt_text, mt->mt_len) == -1)
		return (false);
	span_blank(&s);
	if (!pick(&s, pk, sizeof(pk) / sizeof(pk[0])))
		return (false);
	/* In the order in which the original looks for marks. */
	if (pk[0].pk_value.s_p != NULL)
		return (false);
	if (pk[1].pk_value.s_p != NULL) {
		mp->mp_kind = MERGE_ERROR;
		if (!part_room(cost, room))
			return (false);
		mp->mp_error = part_error(&pk[1].pk_value);
		return (mp->mp_error != NULL);
	}
	if (pk[2].pk_value.s_p != NULL)
		return (part_result(mp, &pk[2].pk_value, cost, room));
	/* A date is no result, and what failed unforeseen is no good one. */
	if (pk[3].pk_value.s_p != NULL || pk[4].pk_value.s_p != NULL)
		return (false);
	mp->mp_kind = MERGE_PLAIN;
	while (s.s_end[-1] != '}')
		s.s_end--;
	return (part_room(cost, room) && span_read(&s, &mp->mp_map));
}

void
merge_part_free(struct merge_part *mp)
{
	size_t i;

	json_object_put(mp->mp_map);
	json_object_put(mp->mp_priority);
	json_object_put(mp->mp_fields);
	json_object_put(mp->mp_casting);
	json_object_put(mp->mp_ascending);
	json_object_put(mp->mp_index);
	free(mp->mp_all);
	free(mp->mp_some);
	free(mp->mp_none);
	for (i = 0; i < mp->mp_nfailed; i++) {
		if (mp->mp_failed[i].mf_error != NULL)
			merge_error_free(mp->mp_failed[i].mf_error);
		json_object_put(mp->mp_failed[i].mf_ids);
	}
	free(mp->mp_failed);
	if (mp->mp_error != NULL)
		merge_error_free(mp->mp_error);
	memset(mp, 0, sizeof(*mp));
}
