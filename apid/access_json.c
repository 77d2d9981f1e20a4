/* SPDX-License-Identifier: ISC */
/* JSON as a row of tokens: see access_json.h. */
#include <sys/types.h>

#include <json-c/json.h>
#include <string.h>

#include "apid/access_json.h"

struct walk {
	bool (*wk_fn)(void *, const struct token *);
	void *wk_arg;
	unsigned int wk_depth;
};

static void access_walk(struct walk *, struct json_object *);

static bool
access_emit(struct walk *wk, struct token *tk, enum token_kind kind)
{
	tk->tk_kind = kind;
	tk->tk_depth = wk->wk_depth;
	return (wk->wk_fn(wk->wk_arg, tk));
}

static void
access_walk_array(struct walk *wk, struct json_object *v)
{
	struct token tk = { 0 };
	size_t i, n = json_object_array_length(v);

	tk.tk_int = (int64_t)n;
	if (!access_emit(wk, &tk, TOKEN_ARRAY))
		return;
	wk->wk_depth++;
	for (i = 0; i < n; i++)
		access_walk(wk, json_object_array_get_idx(v, i));
	wk->wk_depth--;
	access_emit(wk, &tk, TOKEN_ARRAY_END);
}

static void
access_walk_object(struct walk *wk, struct json_object *v)
{
	struct token tk = { 0 };

	access_emit(wk, &tk, TOKEN_OBJECT);
	wk->wk_depth++;
	json_object_object_foreach(v, key, item)
	{
		tk.tk_s = key;
		tk.tk_len = strlen(key);
		if (access_emit(wk, &tk, TOKEN_KEY))
			access_walk(wk, item);
	}
	wk->wk_depth--;
	access_emit(wk, &tk, TOKEN_OBJECT_END);
}

static void
access_walk(struct walk *wk, struct json_object *v)
{
	struct token tk = { 0 };

	switch (json_object_get_type(v)) {
	case json_type_boolean:
		tk.tk_int = json_object_get_boolean(v);
		access_emit(wk, &tk, TOKEN_BOOL);
		break;
	case json_type_int:
		tk.tk_int = json_object_get_int64(v);
		access_emit(wk, &tk, TOKEN_INT);
		break;
	case json_type_double:
		tk.tk_double = json_object_get_double(v);
		access_emit(wk, &tk, TOKEN_DOUBLE);
		break;
	case json_type_string:
		tk.tk_s = json_object_get_string(v);
		tk.tk_len = (size_t)json_object_get_string_len(v);
		access_emit(wk, &tk, TOKEN_STRING);
		break;
	case json_type_array:
		access_walk_array(wk, v);
		break;
	case json_type_object:
		access_walk_object(wk, v);
		break;
	case json_type_null:
	default:
		access_emit(wk, &tk, TOKEN_NULL);
		break;
	}
}

/* Is there only white space from pos on? */
static bool
access_blank(const char *text, size_t len, size_t pos)
{
	while (pos < len && memchr(" \t\r\n", text[pos], 4) != NULL)
		pos++;
	return (pos == len);
}

int
access_json(const char *text, size_t len, unsigned int depth,
    bool (*fn)(void *, const struct token *), void *arg)
{
	struct walk wk = { fn, arg, 0 };
	struct json_tokener *tok;
	struct json_object *v;
	int r = -1;

	tok = json_tokener_new_ex((int)depth);
	if (tok == NULL)
		return (-1);
	v = json_tokener_parse_ex(tok, text, (int)len);
	if (json_tokener_get_error(tok) == json_tokener_success &&
	    json_object_get_type(v) == json_type_object &&
	    access_blank(text, len, json_tokener_get_parse_end(tok))) {
		access_walk(&wk, v);
		r = 0;
	}
	json_object_put(v);
	json_tokener_free(tok);
	return (r);
}
