/* SPDX-License-Identifier: ISC */
/* A JSON body to arguments: see params_decode.h. */
#include <sys/types.h>

#include <inttypes.h>
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

/* An item of a list as text. NULL: rv_r says what is wrong. */
static const char *
body_item(
    struct decode *d, const struct param *p, struct json_object *v, int *rv_r)
{
	char digits[DECODE_INTEGER];
	const char *text;

	*rv_r = PARAMS_TOOBIG;
	if (p->p_type == PT_INTEGERS) {
		if (!json_object_is_type(v, json_type_int)) {
			*rv_r = wrong_type(d, p, "integer");
			return (NULL);
		}
		snprintf(digits, sizeof(digits), "%" PRId64,
		    json_object_get_int64(v));
		return (params_copy(d, digits, strlen(digits)));
	}
	if (!json_object_is_type(v, json_type_string)) {
		*rv_r = wrong_type(d, p, "string");
		return (NULL);
	}
	text = json_object_get_string(v);
	return (params_copy(d, text, (size_t)json_object_get_string_len(v)));
}

static int
body_list(struct decode *d, uint16_t id, struct json_object *v)
{
	const struct param *p = &params[id];
	struct arg a = { .a_param = id };
	const char **list;
	size_t i, n;
	int rv;

	if (!json_object_is_type(v, json_type_array))
		return (wrong_type(d, p, "array"));
	n = json_object_array_length(v);
	if (p->p_maxitems != 0 && n > (size_t)p->p_maxitems) {
		params_bad(d, "'%s' has more than %" PRId64 " items", p->p_name,
		    p->p_maxitems);
		return (PARAMS_MANY);
	}
	list = params_items(d, n);
	if (list == NULL)
		return (PARAMS_TOOBIG);
	a.a.list.v = list;
	for (i = 0; i < n; i++) {
		list[i] = body_item(d, p, json_object_array_get_idx(v, i), &rv);
		if (list[i] == NULL)
			return (rv);
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

static int body_members(struct decode *, struct json_object *, const char *);

/* An object whose members are parameters: the whole, then those. */
static int
body_object(struct decode *d, uint16_t id, struct json_object *v)
{
	const struct param *p = &params[id];
	int rv;

	if (!json_object_is_type(v, json_type_object))
		return (wrong_type(d, p, "object"));
	if (json_object_object_length(v) < p->p_minitems)
		return (params_bad(d, "'%s' has too few members", p->p_name));
	rv = body_raw(d, id, v);
	return (rv == PARAMS_OK ? body_members(d, v, p->p_name) : rv);
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
	case PT_INTEGERS:
		return (body_list(d, id, v));
	case PT_RAW:
		return (body_raw(d, id, v));
	case PT_OBJECT:
		return (body_object(d, id, v));
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

/*
 * The key of a body's parameter where it is a member of parent (NULL: of the
 * body itself), or NULL.
 */
static const char *
body_key(const struct param *p, const char *parent)
{
	if (p->p_in != PIN_BODY)
		return (NULL);
	if (parent == NULL)
		return (p->p_parent == NULL ? p->p_name : NULL);
	if (p->p_parent == NULL || strcmp(p->p_parent, parent) != 0)
		return (NULL);
	return (p->p_name + strlen(parent) + 1);
}

/*
 * The row's parameters that are members of parent, in its order. As deep as
 * the table, whose parents stand before their members.
 */
static int
body_members(struct decode *d, struct json_object *body, const char *parent)
{
	const struct param *p;
	struct json_object *v;
	const char *key;
	size_t j;
	int rv;

	for (j = 0; j < d->d_row->r_nparams; j++) {
		p = &params[d->d_row->r_params[j]];
		key = body_key(p, parent);
		if (key == NULL)
			continue;
		if (p->p_flags & PMF_WHOLE)
			v = body;
		else if (!json_object_object_get_ex(body, key, &v)) {
			if (p->p_flags & PMF_REQUIRED)
				return (params_bad(d,
				    "'%s' is a required property", p->p_name));
			continue;
		}
		rv = body_value(d, d->d_row->r_params[j], v);
		if (rv != PARAMS_OK)
			return (rv);
	}
	return (PARAMS_OK);
}

/* The row's parameter for a member, or NULL. */
static const struct param *
body_param(const struct row *row, const char *parent, const char *name)
{
	const struct param *p;
	const char *key;
	size_t i;

	for (i = 0; i < row->r_nparams; i++) {
		p = &params[row->r_params[i]];
		key = body_key(p, parent);
		if (key != NULL && !(p->p_flags & PMF_WHOLE) &&
		    strcmp(key, name) == 0)
			return (p);
	}
	return (NULL);
}

/* Names of members that nobody knows, each no longer than is shown. */
struct strangers {
	char sg_names[DECODE_TEXT];
	size_t sg_used, sg_n;
};

static void
body_strangers(const struct row *row, struct json_object *body,
    const char *parent, bool closed, struct strangers *sg)
{
	struct json_object_iterator it, end;
	const struct param *p;
	const char *name;

	it = json_object_iter_begin(body);
	end = json_object_iter_end(body);
	for (; !json_object_iter_equal(&it, &end) && sg->sg_n < DECODE_NAMES;
	     json_object_iter_next(&it)) {
		name = json_object_iter_peek_name(&it);
		p = body_param(row, parent, name);
		if (p != NULL && p->p_type == PT_OBJECT)
			body_strangers(row, json_object_iter_peek_value(&it),
			    p->p_name, (p->p_flags & PMF_CLOSED) != 0, sg);
		if (p != NULL || !closed)
			continue;
		sg->sg_used += (size_t)snprintf(sg->sg_names + sg->sg_used,
		    sizeof(sg->sg_names) - sg->sg_used, "%s'%.*s'",
		    sg->sg_n++ == 0 ? "" : ", ",
		    params_shown(name, strlen(name)), name);
	}
}

/* Name the keys that the row does not know. */
static int
body_unknown(struct decode *d, struct json_object *body)
{
	struct strangers sg = { .sg_n = 0 };
	const struct param *p;
	size_t j;

	for (j = 0; j < d->d_row->r_nparams; j++) {
		p = &params[d->d_row->r_params[j]];
		if (p->p_in == PIN_BODY && (p->p_flags & PMF_WHOLE))
			return (PARAMS_OK);
	}
	body_strangers(d->d_row, body, NULL, true, &sg);
	if (sg.sg_n == 0)
		return (PARAMS_OK);
	return (params_bad(d, "Invalid field found {%s}", sg.sg_names));
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
	rv = PARAMS_OK;
	if ((unsigned int)json_object_object_length(body) < row->r_minprops)
		rv = params_bad(&d, "The request body has too few members");
	if (rv == PARAMS_OK)
		rv = body_members(&d, body, NULL);
	if (rv == PARAMS_OK)
		rv = body_unknown(&d, body);
	json_object_put(body);
	return (rv);
}
