/* SPDX-License-Identifier: ISC */
/* Stored JSON, parsed by json-c and told value by value. */
#include <sys/types.h>

#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "authz/storedjson.h"

#define STORED_DEPTH 1024 /* nesting of what is accepted at all */

struct walk {
	stored_visit wa_visit; /* NULL: only look how deep it is */
	void *wa_arg;
};

static int walk_value(const struct walk *, struct json_object *, unsigned int);

static void
walk_tell(const struct walk *wa, enum stored_event event, const char *text,
    size_t len)
{
	const struct stored sd = { event, text, len, 0 };

	if (wa->wa_visit != NULL)
		wa->wa_visit(wa->wa_arg, &sd);
}

static void
walk_tell_double(const struct walk *wa, double number)
{
	const struct stored sd = { STORED_DOUBLE, NULL, 0, number };

	if (wa->wa_visit != NULL)
		wa->wa_visit(wa->wa_arg, &sd);
}

static int
walk_array(const struct walk *wa, struct json_object *jo, unsigned int room)
{
	size_t i, n = json_object_array_length(jo);
	int ret = 0;

	walk_tell(wa, STORED_ARRAY, NULL, 0);
	for (i = 0; ret == 0 && i < n; i++)
		ret = walk_value(wa, json_object_array_get_idx(jo, i), room);
	walk_tell(wa, STORED_ARRAY_END, NULL, 0);
	return (ret);
}

static int
walk_object(const struct walk *wa, struct json_object *jo, unsigned int room)
{
	struct json_object_iterator it, end;
	const char *name;
	int ret = 0;

	walk_tell(wa, STORED_OBJECT, NULL, 0);
	it = json_object_iter_begin(jo);
	end = json_object_iter_end(jo);
	while (ret == 0 && !json_object_iter_equal(&it, &end)) {
		name = json_object_iter_peek_name(&it);
		walk_tell(wa, STORED_KEY, name, strlen(name));
		ret = walk_value(wa, json_object_iter_peek_value(&it), room);
		json_object_iter_next(&it);
	}
	walk_tell(wa, STORED_OBJECT_END, NULL, 0);
	return (ret);
}

/* 0, or 1 where the levels do not suffice. */
static int
walk_value(const struct walk *wa, struct json_object *jo, unsigned int room)
{
	const char *text;

	switch (json_object_get_type(jo)) {
	case json_type_array:
		return (room == 0 ? 1 : walk_array(wa, jo, room - 1));
	case json_type_object:
		return (room == 0 ? 1 : walk_object(wa, jo, room - 1));
	case json_type_string:
		walk_tell(wa, STORED_STRING, json_object_get_string(jo),
		    (size_t)json_object_get_string_len(jo));
		return (0);
	case json_type_double:
		walk_tell_double(wa, json_object_get_double(jo));
		return (0);
	case json_type_null:
	case json_type_boolean:
	case json_type_int:
		break;
	}
	text = jo == NULL ?
	    "null" :
	    json_object_to_json_string_ext(jo, JSON_C_TO_STRING_PLAIN);
	walk_tell(wa, STORED_LITERAL, text, strlen(text));
	return (0);
}

int
storedjson_walk(
    const char *text, unsigned int room, stored_visit visit, void *arg)
{
	struct walk look = { NULL, NULL }, tell = { visit, arg };
	struct json_tokener *tok;
	struct json_object *jo = NULL;
	size_t len = strlen(text);
	int ret = -1;

	tok = json_tokener_new_ex(STORED_DEPTH);
	if (tok == NULL)
		return (-1);
	json_tokener_set_flags(
	    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	if (len < INT_MAX) {
		jo = json_tokener_parse_ex(tok, text, (int)len + 1);
		if (json_tokener_get_error(tok) == json_tokener_success)
			ret = walk_value(&look, jo, room);
	}
	if (ret == 0)
		ret = walk_value(&tell, jo, room);
	json_object_put(jo);
	json_tokener_free(tok);
	return (ret);
}
