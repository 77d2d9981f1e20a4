/* SPDX-License-Identifier: ISC */
/* A JSON body to arguments: see params_decode.h. */
#include <sys/types.h>

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/params_private.h"

static int
wrong_type(struct decode *d, const struct param *p, const char *type)
{
	return (params_bad(d, "'%s' is not of type '%s'", p->p_name, type));
}

static int
body_list(struct decode *d, uint16_t id, struct json_object *v)
{
	struct arg a = { .a_param = id };
	struct json_object *item;
	const char **list;
	size_t i, n;

	if (!json_object_is_type(v, json_type_array))
		return (wrong_type(d, &params[id], "array"));
	n = json_object_array_length(v);
	list = params_items(d, n);
	if (list == NULL)
		return (PARAMS_TOOBIG);
	a.a.list.v = list;
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(v, i);
		if (!json_object_is_type(item, json_type_string))
			return (wrong_type(d, &params[id], "string"));
		list[i] = params_copy(d, json_object_get_string(item),
		    (size_t)json_object_get_string_len(item));
		if (list[i] == NULL)
			return (PARAMS_TOOBIG);
		d->d_args->as_pooln++;
		a.a.list.n++;
	}
	return (params_add(d, &a));
}

/* An object's text as one compact line. */
static int
body_raw(struct decode *d, uint16_t id, struct json_object *v)
{
	struct arg a = { .a_param = id };
	const char *text;
	size_t len;

	if (!json_object_is_type(v, json_type_object))
		return (wrong_type(d, &params[id], "object"));
	text = json_object_to_json_string_length(
	    v, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text == NULL)
		return (PARAMS_TOOBIG);
	a.a.str.s = params_copy(d, text, len);
	a.a.str.len = len;
	return (a.a.str.s == NULL ? PARAMS_TOOBIG : params_add(d, &a));
}

static int
body_value(struct decode *d, uint16_t id, struct json_object *v)
{
	const struct param *p = &params[id];
	struct arg a = { .a_param = id };
	bool whole;

	whole = json_object_is_type(v, json_type_int);
	switch (p->p_type) {
	case PT_STRINGS:
		return (body_list(d, id, v));
	case PT_RAW:
		return (body_raw(d, id, v));
	case PT_STRING:
		if (!json_object_is_type(v, json_type_string))
			return (wrong_type(d, p, "string"));
		a.a.str.len = (size_t)json_object_get_string_len(v);
		a.a.str.s =
		    params_copy(d, json_object_get_string(v), a.a.str.len);
		if (a.a.str.s == NULL)
			return (PARAMS_TOOBIG);
		break;
	case PT_INTEGER:
		if (!whole)
			return (wrong_type(d, p, "integer"));
		a.a.i = json_object_get_int64(v);
		break;
	case PT_NUMBER:
		if (!whole && !json_object_is_type(v, json_type_double))
			return (wrong_type(d, p, "number"));
		a.a.d = json_object_get_double(v);
		break;
	case PT_BOOLEAN:
		if (!json_object_is_type(v, json_type_boolean))
			return (wrong_type(d, p, "boolean"));
		a.a.b = json_object_get_boolean(v) != 0;
		break;
	}
	return (params_add(d, &a));
}

/* The row's body parameters, in its order. */
static int
body_known(struct decode *d, struct json_object *body)
{
	const struct param *p;
	struct json_object *v;
	size_t j;
	int rv;

	for (j = 0; j < d->d_row->r_nparams; j++) {
		p = &params[d->d_row->r_params[j]];
		if (p->p_in != PIN_BODY)
			continue;
		if (!json_object_object_get_ex(body, p->p_name, &v)) {
			if (p->p_flags & PMF_REQUIRED)
				return (params_bad(d,
				    "'%s' is a required "
				    "property",
				    p->p_name));
			continue;
		}
		rv = body_value(d, d->d_row->r_params[j], v);
		if (rv != PARAMS_OK)
			return (rv);
	}
	return (PARAMS_OK);
}

static bool
row_has(const struct row *row, const char *name)
{
	const struct param *p;
	size_t i;

	for (i = 0; i < row->r_nparams; i++) {
		p = &params[row->r_params[i]];
		if (p->p_in == PIN_BODY && strcmp(p->p_name, name) == 0)
			return (true);
	}
	return (false);
}

/* Name the keys that the row does not know. */
static int
body_unknown(struct decode *d, struct json_object *body)
{
	struct json_object_iterator it, end;
	char names[DECODE_TEXT];
	const char *name;
	size_t used = 0, n = 0;

	it = json_object_iter_begin(body);
	end = json_object_iter_end(body);
	for (; !json_object_iter_equal(&it, &end) && n < DECODE_NAMES;
	     json_object_iter_next(&it)) {
		name = json_object_iter_peek_name(&it);
		if (row_has(d->d_row, name))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used,
		    "%s'%.*s'", n++ == 0 ? "" : ", ",
		    params_shown(name, strlen(name)), name);
	}
	if (n == 0)
		return (PARAMS_OK);
	return (params_bad(d, "Invalid field found {%s}", names));
}

/* NULL: *rv_r says what is wrong. */
static struct json_object *
body_parse(struct decode *d, const char *json, size_t len, int *rv_r)
{
	enum json_tokener_error err;
	struct json_tokener *tok;
	struct json_object *body;

	*rv_r = PARAMS_TOOBIG;
	/* Our own limit answers first; json-c counts a scalar as a level. */
	tok = json_tokener_new_ex(PARAMS_JSON_DEPTH + 2);
	if (tok == NULL) {
		params_bad(d, "The request body does not fit");
		return (NULL);
	}
	json_tokener_set_flags(
	    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	body = json_tokener_parse_ex(tok, json, (int)len);
	err = json_tokener_get_error(tok);
	if (err == json_tokener_continue) {
		/* A number may go on for ever; only a NUL says it doesn't. */
		body = json_tokener_parse_ex(tok, "", 1);
		err = json_tokener_get_error(tok);
	}
	*rv_r = PARAMS_OK;
	if (err != json_tokener_success)
		*rv_r = params_bad(d, "The request body is not JSON: %s",
		    json_tokener_error_desc(err));
	else if (!json_object_is_type(body, json_type_object))
		*rv_r =
		    params_bad(d, "The request body is not of type 'object'");
	json_tokener_free(tok);
	if (*rv_r != PARAMS_OK) {
		json_object_put(body);
		body = NULL;
	}
	return (body);
}

int
params_body(const struct row *row, const char *json, size_t len,
    struct args *as, struct buf *arena, char *why, size_t whylen)
{
	struct decode d = { row, as, arena, why, whylen };
	struct json_object *body;
	int rv;

	if (len == 0) {
		if (row->r_flags & ROWF_BODY_REQ)
			return (
			    params_bad(&d, "Request body must not be empty"));
		return (PARAMS_OK);
	}
	if (len > INT_MAX) {
		params_bad(&d, "The request body does not fit");
		return (PARAMS_TOOBIG);
	}
	if (params_utf8(json, len) == -1)
		return (params_bad(&d, "The request body is not UTF-8 text"));
	rv = params_tokens(&d, json, len);
	if (rv != PARAMS_OK)
		return (rv);
	body = body_parse(&d, json, len, &rv);
	if (body == NULL)
		return (rv);
	rv = body_known(&d, body);
	if (rv == PARAMS_OK)
		rv = body_unknown(&d, body);
	json_object_put(body);
	return (rv);
}
