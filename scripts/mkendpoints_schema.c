/* SPDX-License-Identifier: ISC */
/*
 * Schemas, as OpenAPI 3.0 has them and this project uses them: a type and what
 * goes with it, or allOf, oneOf, anyOf. A misspelt word, a format that nobody
 * checks and a default that its own schema refuses are mistakes.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "scripts/mkendpoints.h"

#define REF "#/components/"

/* Without a token: a word for readers, which the original does not check. */
static const struct mkformat formats[] = {
	{ "alphanumeric", "PF_ALPHANUMERIC", PF_ALPHANUMERIC },
	{ "alphanumeric_symbols", "PF_SYMBOLS", PF_SYMBOLS },
	{ "base64", "PF_BASE64", PF_BASE64 },
	{ "hash", "PF_HASH", PF_HASH },
	{ "hash_or_empty", "PF_HASH", PF_HASH },
	{ "names", "PF_NAMES", PF_NAMES },
	{ "names_or_empty", "PF_NAMES_OR_EMPTY", PF_NAMES_OR_EMPTY },
	{ "numbers", "PF_NUMBERS", PF_NUMBERS },
	{ "numbers_or_empty", "PF_NUMBERS_OR_EMPTY", PF_NUMBERS_OR_EMPTY },
	{ "numbers_or_all", "PF_NUMBERS_OR_ALL", PF_NUMBERS_OR_ALL },
	{ "group_names", "PF_GROUP_NAMES", PF_GROUP_NAMES },
	{ "group_names_or_all", "PF_GROUP_NAMES_OR_ALL",
	    PF_GROUP_NAMES_OR_ALL },
	{ "cdb_filename_path", "PF_CDB_PATH", PF_CDB_PATH },
	{ "xml_filename", "PF_XML_NAMES", PF_XML_NAMES },
	{ "xml_filename_path", "PF_XML_PATH", PF_XML_PATH },
	{ "get_dirnames_path", "PF_DIRNAMES", PF_DIRNAMES },
	{ "path", "PF_PATH", PF_PATH },
	{ "wpk_path", "PF_WPK_PATH", PF_WPK_PATH },
	{ "active_response_command", "PF_AR_COMMAND", PF_AR_COMMAND },
	{ "query", "PF_QUERY", PF_QUERY },
	{ "range", "PF_RANGE", PF_RANGE },
	{ "search", "PF_SEARCH", PF_SEARCH },
	{ "sort", "PF_SORT", PF_SORT },
	{ "timeframe", "PF_TIMEFRAME", PF_TIMEFRAME },
	{ "wazuh_key", "PF_WAZUH_KEY", PF_WAZUH_KEY },
	{ "wazuh_version", "PF_VERSION", PF_VERSION },
	{ "date", "PF_DATE", PF_DATE },
	{ "date-time", "PF_DATETIME", PF_DATETIME },
	{ "date-time_or_empty", "PF_DATETIME_OR_EMPTY", PF_DATETIME_OR_EMPTY },
	{ "binary", NULL, PF_NONE },
	{ "jwt", NULL, PF_NONE },
	{ "password", NULL, PF_NONE },
	{ "paths", NULL, PF_NONE },
	{ "symbols_alphanumeric_param", NULL, PF_NONE },
	{ "uri", NULL, PF_NONE },
};

const struct mkformat *
schema_format(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].mf_name, name) == 0)
			return (&formats[i]);
	return (NULL);
}

/* --- references --------------------------------------------------------- */

struct node *
ref_resolve(const struct mk *mk, const struct node *nd,
    const struct node *components, const char *kind)
{
	const char *text;
	struct node *found;
	size_t n = strlen(kind);

	if (nd->nd_n != 1)
		mk_die(mk, nd, "nothing stands beside a '$ref'");
	text = node_prose(mk, nd, "$ref");
	if (strncmp(text, REF, strlen(REF)) != 0 ||
	    strncmp(text + strlen(REF), kind, n) != 0 ||
	    text[strlen(REF) + n] != '/')
		mk_die(mk, nd, "'%s' does not lead to " REF "%s/", text, kind);
	found = node_get(components, text + strlen(REF) + n + 1);
	if (found == NULL)
		mk_die(mk, nd, "there is no '%s'", text);
	found->nd_used = true;
	return (found);
}

struct node *
schema_real(const struct mk *mk, struct node *nd)
{
	struct node *at = nd;
	size_t i;

	for (i = 0; node_get(at, "$ref") != NULL; i++) {
		if (i == MK_DEPTH)
			mk_die(mk, nd, "the schema refers to itself");
		at = ref_resolve(mk, at, mk->mk_schemas, "schemas");
	}
	return (at);
}

/* --- one value ---------------------------------------------------------- */

/* Characters, where min and max count them. */
static void
value_length(const struct mk *mk, const struct node *schema,
    const struct node *v, const char *what)
{
	ssize_t n = params_utf8(v->nd_text, strlen(v->nd_text));
	int64_t limit;

	if (n == -1)
		mk_die(mk, v, "the %s is not UTF-8", what);
	if (node_int(mk, schema, "minLength", &limit) && n < limit)
		mk_die(mk, v, "the %s is shorter than minLength", what);
	if (node_int(mk, schema, "maxLength", &limit) && n > limit)
		mk_die(mk, v, "the %s is longer than maxLength", what);
}

static void
value_text(const struct mk *mk, const struct node *schema, const struct node *v,
    const char *what)
{
	const struct node *list = node_get(schema, "enum"), *c;
	const char *name = node_text(mk, schema, "format");
	const struct mkformat *mf;

	if (v->nd_kind != NODE_SCALAR || v->nd_type != TYPE_TEXT)
		mk_die(mk, v, "the %s is no text", what);
	value_length(mk, schema, v, what);
	mf = name == NULL ? NULL : schema_format(name);
	if (mf != NULL && mf->mf_token != NULL &&
	    params_format(mf->mf_format, v->nd_text, strlen(v->nd_text)) == -1)
		mk_die(mk, v, "the %s is not in the format '%s'", what, name);
	if (list == NULL)
		return;
	NODE_FOREACH(c, list)
	if (strcmp(c->nd_text, v->nd_text) == 0)
		return;
	mk_die(mk, v, "the %s is none of the enum", what);
}

static void
value_number(const struct mk *mk, const struct node *schema,
    const struct node *v, const char *what, bool whole)
{
	int64_t limit;
	double d;

	if (v->nd_kind != NODE_SCALAR ||
	    !(v->nd_type == TYPE_INT || (!whole && v->nd_type == TYPE_FLOAT)))
		mk_die(mk, v, "the %s is no %s", what,
		    whole ? "integer" : "number");
	d = strtod(v->nd_text, NULL);
	if (node_int(mk, schema, "minimum", &limit) && d < (double)limit)
		mk_die(mk, v, "the %s is below the minimum", what);
	if (node_int(mk, schema, "maximum", &limit) && d > (double)limit)
		mk_die(mk, v, "the %s is above the maximum", what);
}

static void
schema_default(const struct mk *mk, const struct node *schema)
{
	const struct node *v = node_get(schema, "default");
	const char *type = node_text(mk, schema, "type");

	if (v == NULL)
		return;
	if (strcmp(type, "string") == 0)
		value_text(mk, schema, v, "default");
	else if (strcmp(type, "boolean") == 0)
		node_bool(mk, schema, "default");
	else
		value_number(
		    mk, schema, v, "default", strcmp(type, "integer") == 0);
}

/* --- what a schema may hold --------------------------------------------- */

#define SCHEMA_ANY                                                            \
	{ "type", NODE_SCALAR, true }, { "description", NODE_SCALAR, false }, \
	{                                                                     \
		"nullable", NODE_SCALAR, false                                \
	}

static const struct field string_fields[] = { SCHEMA_ANY,
	{ "format", NODE_SCALAR, false }, { "enum", NODE_LIST, false },
	{ "default", NODE_SCALAR, false }, { "minLength", NODE_SCALAR, false },
	{ "maxLength", NODE_SCALAR, false }, { "x-secret", NODE_SCALAR, false },
	{ NULL, NODE_SCALAR, false } };
static const struct field number_fields[] = { SCHEMA_ANY,
	{ "format", NODE_SCALAR, false }, { "default", NODE_SCALAR, false },
	{ "minimum", NODE_SCALAR, false }, { "maximum", NODE_SCALAR, false },
	{ NULL, NODE_SCALAR, false } };
static const struct field boolean_fields[] = { SCHEMA_ANY,
	{ "default", NODE_SCALAR, false }, { NULL, NODE_SCALAR, false } };
static const struct field array_fields[] = { SCHEMA_ANY,
	{ "items", NODE_MAP, true }, { "minItems", NODE_SCALAR, false },
	{ "maxItems", NODE_SCALAR, false }, { NULL, NODE_SCALAR, false } };
static const struct field object_fields[] = { SCHEMA_ANY,
	{ "properties", NODE_MAP, false }, { "required", NODE_LIST, false },
	{ "minProperties", NODE_SCALAR, false }, { NULL, NODE_SCALAR, false } };
/* The same, where it is a schema; where it is false, it is taken out. */
static const struct field open_fields[] = { SCHEMA_ANY,
	{ "properties", NODE_MAP, false }, { "required", NODE_LIST, false },
	{ "minProperties", NODE_SCALAR, false },
	{ "additionalProperties", NODE_MAP, false },
	{ NULL, NODE_SCALAR, false } };
static const struct field closed_fields[] = { SCHEMA_ANY,
	{ "properties", NODE_MAP, true }, { "required", NODE_LIST, false },
	{ "minProperties", NODE_SCALAR, false },
	{ "additionalProperties", NODE_SCALAR, false },
	{ NULL, NODE_SCALAR, false } };
static const struct field all_fields[] = { { "allOf", NODE_LIST, true },
	{ "description", NODE_SCALAR, false }, { NULL, NODE_SCALAR, false } };
static const struct field one_fields[] = { { "oneOf", NODE_LIST, true },
	{ "description", NODE_SCALAR, false }, { NULL, NODE_SCALAR, false } };
static const struct field any_fields[] = { { "anyOf", NODE_LIST, true },
	{ "description", NODE_SCALAR, false }, { NULL, NODE_SCALAR, false } };

static void
check_order(const struct mk *mk, const struct node *nd, const char *low,
    const char *high)
{
	int64_t min = 0, max = 0;
	bool from, to;

	from = node_int(mk, nd, low, &min);
	to = node_int(mk, nd, high, &max);
	if (from && to && min > max)
		mk_die(mk, nd, "%s is greater than %s", low, high);
	if (strcmp(low, "minimum") != 0 &&
	    ((from && min < 0) || (to && max < 0)))
		mk_die(mk, nd, "%s and %s are not negative", low, high);
}

static void
check_string(const struct mk *mk, const struct node *nd)
{
	const struct node *list = node_get(nd, "enum"), *c;
	const char *name = node_text(mk, nd, "format");

	node_fields(mk, nd, "a string", string_fields);
	if (name != NULL && schema_format(name) == NULL)
		mk_die(mk, node_get(nd, "format"),
		    "there is no format '%s' of strings", name);
	check_order(mk, nd, "minLength", "maxLength");
	node_bool(mk, nd, "x-secret");
	if (list == NULL)
		return;
	node_texts(mk, list, "the enum");
	NODE_FOREACH(c, list)
	value_text(mk, nd, c, "value of the enum");
}

static void
check_number(const struct mk *mk, const struct node *nd, bool whole)
{
	static const char *const ints[] = { "int32", "int64", NULL };
	static const char *const floats[] = { "float", "double", NULL };
	const struct node *format = node_get(nd, "format");

	node_fields(mk, nd, whole ? "an integer" : "a number", number_fields);
	if (format != NULL)
		node_choice(mk, format, whole ? ints : floats,
		    whole ? "format of integers" : "format of numbers");
	check_order(mk, nd, "minimum", "maximum");
}

static void
check_array(const struct mk *mk, const struct node *nd)
{
	node_fields(mk, nd, "an array", array_fields);
	check_order(mk, nd, "minItems", "maxItems");
	schema_check(mk, node_get(nd, "items"));
}

static void
check_object(const struct mk *mk, const struct node *nd)
{
	const struct node *props = node_get(nd, "properties");
	const struct node *list = node_get(nd, "required"), *c;
	struct node *more = node_get(nd, "additionalProperties"), *p;
	int64_t least = 0;

	node_fields(mk, nd, "an object",
	    more == NULL                     ? object_fields :
	        more->nd_kind == NODE_SCALAR ? closed_fields :
	                                       open_fields);
	if (more != NULL && more->nd_kind == NODE_MAP)
		schema_check(mk, more);
	else if (more != NULL && node_bool(mk, nd, "additionalProperties"))
		mk_die(
		    mk, more, "additionalProperties: true goes without saying");
	if (props != NULL)
		NODE_FOREACH(p, props)
	schema_check(mk, p);
	if (node_int(mk, nd, "minProperties", &least) && least < 0)
		mk_die(mk, nd, "minProperties is not negative");
	if (list == NULL)
		return;
	node_texts(mk, list, "'required'");
	NODE_FOREACH(c, list)
	if (node_get(props, c->nd_text) == NULL)
		mk_die(mk, c, "'%s' is required but no property", c->nd_text);
}

static bool
check_compound(const struct mk *mk, const struct node *nd, const char *key,
    const struct field *fields)
{
	const struct node *list = node_get(nd, key);
	struct node *c;

	if (list == NULL)
		return (false);
	node_fields(mk, nd, "a schema", fields);
	if (list->nd_n == 0)
		mk_die(mk, list, "'%s' is empty", key);
	NODE_FOREACH(c, list)
	schema_check(mk, c);
	return (true);
}

void
schema_check(const struct mk *mk, struct node *nd)
{
	static const char *const types[] = { "string", "integer", "number",
		"boolean", "array", "object", NULL };

	if (nd->nd_kind != NODE_MAP)
		mk_die(mk, nd, "a schema has to be a map");
	if (node_get(nd, "$ref") != NULL) {
		/* What it leads to is checked once, as a component. */
		schema_real(mk, nd);
		return;
	}
	if (check_compound(mk, nd, "allOf", all_fields) ||
	    check_compound(mk, nd, "oneOf", one_fields) ||
	    check_compound(mk, nd, "anyOf", any_fields))
		return;
	if (node_get(nd, "type") == NULL)
		mk_die(mk, nd, "a schema has no 'type'");
	switch (node_choice(mk, node_get(nd, "type"), types, "type")) {
	case 0:
		check_string(mk, nd);
		break;
	case 1:
		check_number(mk, nd, true);
		break;
	case 2:
		check_number(mk, nd, false);
		break;
	case 3:
		node_fields(mk, nd, "a boolean", boolean_fields);
		break;
	case 4:
		check_array(mk, nd);
		break;
	default:
		check_object(mk, nd);
		break;
	}
	node_bool(mk, nd, "nullable");
	if (node_get(nd, "description") != NULL)
		node_prose(mk, nd, "description");
	schema_default(mk, nd);
}

/* Die if a schema holds itself. */
static void
schema_loop(const struct mk *mk, struct node *nd)
{
	struct node *c;

	if (nd->nd_open)
		mk_die(mk, nd, "the schema '%s' holds itself", nd->nd_key);
	if (nd->nd_kind == NODE_SCALAR)
		return;
	if (node_get(nd, "$ref") != NULL) {
		schema_loop(mk, schema_real(mk, nd));
		return;
	}
	nd->nd_open = true;
	NODE_FOREACH(c, nd)
	schema_loop(mk, c);
	nd->nd_open = false;
}

void
schema_components(const struct mk *mk)
{
	struct node *c;

	if (mk->mk_schemas == NULL)
		return;
	NODE_FOREACH(c, mk->mk_schemas)
	{
		if (node_get(c, "$ref") != NULL)
			mk_die(mk, c, "'%s' is only another name", c->nd_key);
		schema_check(mk, c);
		node_prose(mk, c, "description");
	}
	NODE_FOREACH(c, mk->mk_schemas)
	schema_loop(mk, c);
}
