/* SPDX-License-Identifier: ISC */
/*
 * Parameters: those of #/components/parameters, and the members of JSON
 * bodies, each flattened to a name with dots, objects before their members.
 */
#include <sys/types.h>

#include <string.h>

#include "scripts/mkendpoints.h"

static const struct field parameter_fields[] = { { "name", NODE_SCALAR, true },
	{ "in", NODE_SCALAR, true }, { "description", NODE_SCALAR, false },
	{ "required", NODE_SCALAR, false }, { "schema", NODE_MAP, true },
	{ "x-lower", NODE_SCALAR, false }, { "x-secret", NODE_SCALAR, false },
	{ NULL, NODE_SCALAR, false } };

/* Bounds, enum, format and default of a simple schema. */
static void
param_limits(struct mk *mk, struct mkparam *mp, const struct node *schema)
{
	struct param *p = &mp->mp_param;
	const char *name = node_text(mk, schema, "format");
	const struct mkformat *mf;
	const struct node *def = node_get(schema, "default");

	if (node_int(mk, schema, "minimum", &p->p_min) ||
	    node_int(mk, schema, "minLength", &p->p_min))
		p->p_flags |= PMF_MIN;
	if (node_int(mk, schema, "maximum", &p->p_max) ||
	    node_int(mk, schema, "maxLength", &p->p_max))
		p->p_flags |= PMF_MAX;
	mf = name == NULL ? NULL : schema_format(name);
	if (mf != NULL && mf->mf_token != NULL) {
		p->p_format = mf->mf_format;
		p->p_format_name = name;
		mp->mp_token = mf->mf_token;
	}
	mp->mp_enum = node_get(schema, "enum");
	if (node_bool(mk, schema, "x-secret"))
		p->p_flags |= PMF_SECRET;
	if (def == NULL)
		return;
	if (p->p_flags & PMF_REQUIRED)
		mk_die(mk, def, "'%s' is required, so its default never holds",
		    p->p_name);
	p->p_default = def->nd_text;
	p->p_flags |= PMF_DEFAULT;
}

/* Everything but objects. */
static void
param_schema(struct mk *mk, struct mkparam *mp, struct node *ref)
{
	struct node *schema = schema_real(mk, ref), *items;
	struct param *p = &mp->mp_param;
	const char *type = node_text(mk, schema, "type");

	if (type == NULL)
		mk_die(mk, ref, "'%s' has to have one type", p->p_name);
	if (strcmp(type, "array") == 0) {
		node_int(mk, schema, "minItems", &p->p_minitems);
		node_int(mk, schema, "maxItems", &p->p_maxitems);
		items = schema_real(mk, node_get(schema, "items"));
		type = node_text(mk, items, "type");
		if (type != NULL && strcmp(type, "string") == 0)
			p->p_type = PT_STRINGS;
		else if (type != NULL && strcmp(type, "integer") == 0)
			p->p_type = PT_INTEGERS;
		else
			mk_die(mk, ref,
			    "'%s' is a list of neither strings nor"
			    " integers",
			    p->p_name);
		schema = items;
		if (node_get(items, "default") != NULL)
			mk_die(mk, items, "an item of a list has no default");
	} else if (strcmp(type, "string") == 0)
		p->p_type = PT_STRING;
	else if (strcmp(type, "integer") == 0)
		p->p_type = PT_INTEGER;
	else if (strcmp(type, "number") == 0)
		p->p_type = PT_NUMBER;
	else if (strcmp(type, "boolean") == 0)
		p->p_type = PT_BOOLEAN;
	else
		mk_die(mk, ref, "'%s' can't be an object here", p->p_name);
	if (node_bool(mk, schema, "nullable"))
		mk_die(mk, schema, "no parameter takes null");
	param_limits(mk, mp, schema);
}

static struct mkparam *
param_new(struct mk *mk, const struct node *src)
{
	struct mkparam *mp;

	if (mk->mk_nparams == MK_PARAMS)
		mk_die(mk, src, "more than %d parameters", MK_PARAMS);
	mp = &mk->mk_params[mk->mk_nparams++];
	mp->mp_src = src;
	return (mp);
}

static void
param_one(struct mk *mk, struct node *nd)
{
	static const char *const places[] = { "query", "path", NULL };
	struct mkparam *mp;
	struct param *p;

	node_fields(mk, nd, "a parameter", parameter_fields);
	schema_check(mk, node_get(nd, "schema"));
	mp = param_new(mk, nd);
	p = &mp->mp_param;
	p->p_name = node_prose(mk, nd, "name");
	node_prose(mk, nd, "description");
	p->p_in = node_choice(mk, node_get(nd, "in"), places,
	              "place of a parameter") == 0 ?
	    PIN_QUERY :
	    PIN_PATH;
	if (node_bool(mk, nd, "required"))
		p->p_flags |= PMF_REQUIRED;
	if (p->p_in == PIN_PATH && !(p->p_flags & PMF_REQUIRED))
		mk_die(mk, nd, "'%s' is in the path, so it is required",
		    p->p_name);
	if (node_bool(mk, nd, "x-lower"))
		p->p_flags |= PMF_LOWER;
	if (node_bool(mk, nd, "x-secret"))
		p->p_flags |= PMF_SECRET;
	param_schema(mk, mp, node_get(nd, "schema"));
	if ((p->p_flags & PMF_LOWER) && p->p_type != PT_STRING &&
	    p->p_type != PT_STRINGS)
		mk_die(mk, nd, "'%s' is no text to lower", p->p_name);
	if (p->p_in == PIN_PATH &&
	    (p->p_type == PT_STRINGS || p->p_type == PT_INTEGERS))
		mk_die(
		    mk, nd, "'%s' is in the path, so it is no list", p->p_name);
}

void
param_components(struct mk *mk)
{
	struct node *c;

	if (mk->mk_parameters == NULL)
		return;
	NODE_FOREACH(c, mk->mk_parameters)
	param_one(mk, c);
}

size_t
param_component(struct mk *mk, struct node *nd)
{
	size_t i;

	for (i = 0; i < mk->mk_nparams; i++)
		if (mk->mk_params[i].mp_src == nd)
			return (i);
	mk_die(mk, nd, "this parameter has not been read");
}

void
row_add_param(
    const struct mk *mk, struct mkrow *mr, size_t id, const struct node *at)
{
	const struct param *p = &mk->mk_params[id].mp_param, *q;
	size_t i;

	for (i = 0; i < mr->mr_row.r_nparams; i++) {
		q = &mk->mk_params[mr->mr_params[i]].mp_param;
		/* Functions look for them by name, wherever they were sent. */
		if (strcmp(p->p_name, q->p_name) == 0)
			mk_die(mk, at, "two parameters are called '%s'",
			    p->p_name);
	}
	if (mr->mr_row.r_nparams == ARGS_MAX)
		mk_die(mk, at, "more than %d parameters", ARGS_MAX);
	mr->mr_params[mr->mr_row.r_nparams++] = id;
}

/* --- bodies ------------------------------------------------------------- */

static bool
body_required(const struct node *schema, const char *name)
{
	const struct node *list = node_get(schema, "required"), *c;

	if (list == NULL)
		return (false);
	NODE_FOREACH(c, list)
	if (strcmp(c->nd_text, name) == 0)
		return (true);
	return (false);
}

/* Two operations with the same body share its parameters. */
static struct mkparam *
body_param(struct mk *mk, const struct node *src, const char *name, bool *new_r)
{
	struct mkparam *mp;
	size_t i;

	*new_r = false;
	for (i = 0; i < mk->mk_nparams; i++) {
		mp = &mk->mk_params[i];
		if (mp->mp_src == src && strcmp(mp->mp_param.p_name, name) == 0)
			return (mp);
	}
	*new_r = true;
	mp = param_new(mk, src);
	mp->mp_param.p_name = name;
	mp->mp_param.p_in = PIN_BODY;
	return (mp);
}

/* An object has nothing that OpenAPI could say of its members but these. */
static const struct node *
body_object(const struct mk *mk, struct node *ref)
{
	const struct node *nd = schema_real(mk, ref), *more;
	const char *type = node_text(mk, nd, "type");

	if (type == NULL || strcmp(type, "object") != 0)
		return (NULL);
	more = node_get(nd, "additionalProperties");
	if (more != NULL && more->nd_kind == NODE_MAP)
		mk_die(mk, ref, "members of a body are named, or of any kind");
	return (nd);
}

static void
body_members(struct mk *mk, struct mkrow *mr, const struct node *object,
    const char *parent, size_t depth)
{
	const struct node *inner;
	struct mkparam *mp;
	struct node *c;
	const char *name;
	bool fresh;

	if (depth == MK_DEPTH)
		mk_die(mk, object, "objects in objects in objects");
	NODE_FOREACH(c, node_get(object, "properties"))
	{
		name = parent == NULL ? c->nd_key :
		                        mk_text(mk, "%s.%s", parent, c->nd_key);
		mp = body_param(mk, c, name, &fresh);
		inner = body_object(mk, c);
		if (fresh) {
			mp->mp_param.p_parent = parent;
			if (body_required(object, c->nd_key))
				mp->mp_param.p_flags |= PMF_REQUIRED;
			if (inner == NULL)
				param_schema(mk, mp, c);
			else if (node_get(inner, "properties") == NULL)
				mp->mp_param.p_type = PT_RAW;
			else
				mp->mp_param.p_type = PT_OBJECT;
		}
		row_add_param(mk, mr, (size_t)(mp - mk->mk_params), c);
		if (mp->mp_param.p_type != PT_OBJECT)
			continue;
		node_int(mk, inner, "minProperties", &mp->mp_param.p_minitems);
		if (node_get(inner, "additionalProperties") != NULL)
			mp->mp_param.p_flags |= PMF_CLOSED;
		body_members(mk, mr, inner, name, depth + 1);
	}
}

void
param_body(struct mk *mk, struct mkrow *mr, struct node *ref)
{
	const struct node *object = body_object(mk, ref);
	struct mkparam *mp;
	int64_t least = 0;
	bool fresh;

	if (object == NULL)
		mk_die(mk, ref, "a JSON body has to be an object");
	node_int(mk, object, "minProperties", &least);
	mr->mr_row.r_minprops = (unsigned int)least;
	if (node_get(object, "properties") == NULL) {
		mp = body_param(mk, object, "body", &fresh);
		mp->mp_param.p_type = PT_RAW;
		mp->mp_param.p_flags |= PMF_WHOLE;
		row_add_param(mk, mr, (size_t)(mp - mk->mk_params), ref);
		return;
	}
	if (node_get(object, "required") != NULL &&
	    !(mr->mr_row.r_flags & ROWF_BODY_REQ))
		mk_die(mk, ref,
		    "a body that has to have members is required itself");
	/* The original refuses members that it does not know. */
	if (node_get(object, "additionalProperties") == NULL)
		mk_die(
		    mk, ref, "a JSON body has 'additionalProperties: false'");
	body_members(mk, mr, object, NULL, 0);
}
