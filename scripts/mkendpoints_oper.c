/* SPDX-License-Identifier: ISC */
/*
 * Operations: what is below "paths" and "x-internal", with its parameters, its
 * body and its answers. The calls are mkendpoints_call.c's.
 */
#include <sys/types.h>

#include <ctype.h>
#include <string.h>

#include "scripts/mkendpoints.h"

static const struct field oper_fields[] = { { "tags", NODE_LIST, true },
	{ "summary", NODE_SCALAR, false },
	{ "description", NODE_SCALAR, false },
	{ "operationId", NODE_SCALAR, true },
	{ "deprecated", NODE_SCALAR, false }, { "security", NODE_LIST, false },
	{ "parameters", NODE_LIST, false }, { "requestBody", NODE_MAP, false },
	{ "responses", NODE_MAP, true }, { "x-login", NODE_SCALAR, false },
	{ "x-changes", NODE_SCALAR, false },
	{ "x-additive", NODE_SCALAR, false }, { "x-pool", NODE_SCALAR, true },
	{ "x-calls", NODE_LIST, true }, { NULL, NODE_SCALAR, false } };
static const struct field internal_fields[] = { { "operationId", NODE_SCALAR,
	                                            true },
	{ "description", NODE_SCALAR, false },
	{ "parameters", NODE_LIST, false }, { "x-pool", NODE_SCALAR, true },
	{ "x-calls", NODE_LIST, true }, { NULL, NODE_SCALAR, false } };
static const struct field body_fields[] = { { "description", NODE_SCALAR,
	                                        false },
	{ "required", NODE_SCALAR, false }, { "content", NODE_MAP, true },
	{ "x-untyped", NODE_SCALAR, false }, { "x-text", NODE_SCALAR, false },
	{ "x-run-as", NODE_SCALAR, false }, { NULL, NODE_SCALAR, false } };
static const struct field content_fields[] = { { "schema", NODE_MAP, true },
	{ NULL, NODE_SCALAR, false } };
static const struct field response_fields[] = { { "description", NODE_SCALAR,
	                                            false },
	{ "content", NODE_MAP, false }, { NULL, NODE_SCALAR, false } };

/* --- rows ---------------------------------------------------------------- */

struct mkrow *
row_new(struct mk *mk, const char *id, const struct node *at)
{
	struct mkrow *mr;
	size_t i;

	if (!islower((unsigned char)id[0]) ||
	    id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
		mk_die(
		    mk, at, "'%s' is no operationId: use a-z, 0-9 and _", id);
	for (i = 0; i < mk->mk_nrows; i++)
		if (strcmp(mk->mk_rows[i].mr_id, id) == 0)
			mk_die(mk, at, "the operationId '%s' is taken", id);
	if (mk->mk_nrows == MK_ROWS)
		mk_die(mk, at, "more than %d rows", MK_ROWS);
	mr = &mk->mk_rows[mk->mk_nrows];
	mr->mr_id = id;
	mr->mr_row.r_id = (uint16_t)mk->mk_nrows++;
	return (mr);
}

static enum pool
oper_pool(const struct mk *mk, const struct node *nd)
{
	static const char *const pools[] = { [POOL_READ] = "read",
		[POOL_WRITE] = "write",
		[POOL_EVENTS] = "events",
		[POOL_AUTHZ] = "authz",
		NULL };

	return (
	    (enum pool)node_choice(mk, node_get(nd, "x-pool"), pools, "pool"));
}

/* --- parameters ---------------------------------------------------------- */

/* Does the path have "{name}", as a segment of its own? */
static bool
path_has(const char *path, const char *name)
{
	size_t n = strlen(name);
	const char *s;

	for (s = path; (s = strstr(s, "/{")) != NULL; s++)
		if (strncmp(s + 2, name, n) == 0 && s[n + 2] == '}')
			return (true);
	return (false);
}

static void
oper_params(struct mk *mk, struct mkrow *mr, const struct node *nd)
{
	const struct node *list = node_get(nd, "parameters");
	const struct param *p;
	struct node *c, *found;
	size_t id, npath = 0, holders = 0;
	const char *s;

	if (list != NULL)
		NODE_FOREACH(c, list)
		{
			if (node_get(c, "$ref") == NULL)
				mk_die(mk, c, "a parameter is a '$ref' here");
			found =
			    ref_resolve(mk, c, mk->mk_parameters, "parameters");
			id = param_component(mk, found);
			row_add_param(mk, mr, id, c);
			p = &mk->mk_params[id].mp_param;
			if (strcmp(p->p_name, "pretty") == 0)
				mr->mr_row.r_flags |= ROWF_PRETTY;
			if (strcmp(p->p_name, "wait_for_complete") == 0)
				mr->mr_row.r_flags |= ROWF_WAIT;
			if (p->p_in != PIN_PATH)
				continue;
			npath++;
			if (mr->mr_path == NULL ||
			    !path_has(mr->mr_path, p->p_name))
				mk_die(
				    mk, c, "the path has no '{%s}'", p->p_name);
		}
	for (s = mr->mr_path; s != NULL && (s = strchr(s, '{')) != NULL; s++)
		holders++;
	if (holders != npath)
		mk_die(mk, nd,
		    "the path has more placeholders than the "
		    "operation has parameters for");
}

/* --- bodies and answers -------------------------------------------------- */

static void
check_type(const struct mk *mk, const struct node *c)
{
	const char *slash = strchr(c->nd_key, '/');

	if (slash == NULL || slash == c->nd_key || slash[1] == '\0' ||
	    c->nd_key[strspn(
	        c->nd_key, "abcdefghijklmnopqrstuvwxyz0123456789/+.-")] != '\0')
		mk_die(mk, c, "'%s' is no content type", c->nd_key);
	node_fields(mk, c, "a content type", content_fields);
}

static void
oper_content(struct mk *mk, struct mkrow *mr, const struct node *content)
{
	struct node *c, *schema;
	size_t n = 0;

	NODE_FOREACH(c, content)
	{
		check_type(mk, c);
		if (n == MK_CTYPES)
			mk_die(mk, c, "more than %d content types", MK_CTYPES);
		mr->mr_ctypes[n++] = c->nd_key;
		schema = node_get(c, "schema");
		schema_check(mk, schema);
		if (strcmp(c->nd_key, "application/json") == 0) {
			if (content->nd_n != 1)
				mk_die(mk, c, "a JSON body is taken alone");
			mr->mr_row.r_flags |= ROWF_JSON_BODY;
			param_body(mk, mr, schema);
		} else if (!node_is(node_get(schema, "format"), "binary"))
			mk_die(mk, c, "the body is a string of format binary");
	}
	if (n == 0)
		mk_die(mk, content, "'content' is empty");
}

static void
oper_body(struct mk *mk, struct mkrow *mr, const struct node *nd)
{
	const struct node *body = node_get(nd, "requestBody");
	unsigned int *flags = &mr->mr_row.r_flags;

	if (body == NULL)
		return;
	node_fields(mk, body, "a requestBody", body_fields);
	node_prose(mk, body, "description");
	*flags |= ROWF_BODY;
	if (node_bool(mk, body, "required"))
		*flags |= ROWF_BODY_REQ;
	if (node_get(body, "x-untyped") != NULL) {
		if (!node_is(node_get(body, "x-untyped"), "406"))
			mk_die(mk, body, "'x-untyped' is 406 or not there");
		*flags |= ROWF_BODY_406;
	}
	if (node_bool(mk, body, "x-run-as"))
		*flags |= ROWF_RUNAS;
	oper_content(mk, mr, node_get(body, "content"));
	if (node_bool(mk, body, "x-text")) {
		if (*flags & ROWF_JSON_BODY)
			mk_die(mk, body, "'x-text' is for bodies beside JSON");
		*flags |= ROWF_BODY_TEXT;
	}
}

static void
check_response(const struct mk *mk, struct node *nd)
{
	struct node *content, *c;

	node_fields(mk, nd, "a response", response_fields);
	node_prose(mk, nd, "description");
	content = node_get(nd, "content");
	if (content == NULL)
		return;
	NODE_FOREACH(c, content)
	{
		check_type(mk, c);
		schema_check(mk, node_get(c, "schema"));
	}
}

static void
oper_responses(struct mk *mk, const struct node *nd)
{
	const struct node *list = node_get(nd, "responses");
	struct node *c;
	size_t good = 0;

	NODE_FOREACH(c, list)
	{
		if (strcmp(c->nd_key, "default") != 0 &&
		    (strlen(c->nd_key) != 3 || c->nd_key[0] < '2' ||
		        c->nd_key[0] > '5' ||
		        strspn(c->nd_key, "0123456789") != 3))
			mk_die(mk, c, "'%s' is no status", c->nd_key);
		good += c->nd_key[0] == '2';
		if (node_get(c, "$ref") != NULL)
			ref_resolve(mk, c, mk->mk_responses, "responses");
		else
			check_response(mk, c);
	}
	if (good != 1)
		mk_die(mk, list, "one answer is a success");
}

/* --- operations ---------------------------------------------------------- */

static void
oper_tags(struct mk *mk, const struct node *nd)
{
	const struct node *list = node_get(nd, "tags"), *c;
	struct node *t;

	node_texts(mk, list, "'tags'");
	NODE_FOREACH(c, list)
	{
		NODE_FOREACH(t, node_get(mk->mk_doc, "tags"))
		if (node_is(node_get(t, "name"), c->nd_text))
			break;
		if (t == NULL)
			mk_die(
			    mk, c, "the tag '%s' is not declared", c->nd_text);
		t->nd_used = true;
	}
}

/* jwt is the rule; basicAuth logs in; an empty list asks nobody who he is. */
static void
oper_security(struct mk *mk, struct mkrow *mr, const struct node *nd)
{
	const struct node *list = node_get(nd, "security"), *scheme;

	if (list == NULL)
		return;
	if (list->nd_n == 0) {
		mr->mr_row.r_flags |= ROWF_PUBLIC;
		return;
	}
	scheme = list->nd_first;
	if (list->nd_n != 1 || scheme->nd_kind != NODE_MAP ||
	    scheme->nd_n != 1 ||
	    strcmp(scheme->nd_first->nd_key, "basicAuth") != 0)
		mk_die(mk, list, "'security' is [basicAuth: []] or empty");
	node_get(mk->mk_security, "basicAuth")->nd_used = true;
	mr->mr_row.r_flags |= ROWF_BASIC;
}

static void
oper_flags(struct mk *mk, struct mkrow *mr, const struct node *nd)
{
	unsigned int *flags = &mr->mr_row.r_flags;

	if (node_bool(mk, nd, "deprecated"))
		*flags |= ROWF_DEPRECATED;
	if (node_bool(mk, nd, "x-login")) {
		if (!(*flags & ROWF_BASIC))
			mk_die(mk, nd, "a login has Basic credentials");
		*flags |= ROWF_LOGIN;
	}
	if (node_bool(mk, nd, "x-changes"))
		*flags |= ROWF_CHANGES;
	if (node_bool(mk, nd, "x-additive"))
		*flags |= ROWF_ADDITIVE;
}

static void
oper_one(
    struct mk *mk, const char *path, const char *method, const struct node *nd)
{
	enum pool pool;
	struct mkrow *mr;

	node_fields(mk, nd, "an operation", oper_fields);
	node_prose(mk, nd, "summary");
	node_prose(mk, nd, "description");
	oper_tags(mk, nd);
	mr = row_new(
	    mk, node_prose(mk, nd, "operationId"), node_get(nd, "operationId"));
	mr->mr_path = path;
	mr->mr_method = method;
	oper_security(mk, mr, nd);
	oper_flags(mk, mr, nd);
	oper_params(mk, mr, nd);
	oper_body(mk, mr, nd);
	oper_responses(mk, nd);
	pool = oper_pool(mk, nd);
	if ((mr->mr_row.r_flags & (ROWF_CHANGES | ROWF_LOGIN)) &&
	    pool != POOL_AUTHZ)
		mk_die(mk, nd, "'x-login' and 'x-changes' are authz's");
	call_all(mk, (size_t)(mr - mk->mk_rows), nd, pool);
	/* Where black is the mode, no policies would allow everything. */
	if ((mr->mr_row.r_flags & ROWF_PUBLIC) &&
	    mr->mr_row.r_rbac[0].rn_actions[0] != NULL)
		mk_die(mk, nd, "nobody can have the rights that this needs");
}

/* "/a/{b}/c": segments that are words, or placeholders. */
static void
path_check(const struct mk *mk, const struct node *nd)
{
	const char *s = nd->nd_key, *end;
	size_t n;

	if (strcmp(s, "/") == 0)
		return;
	for (; *s != '\0'; s = end) {
		end = s + 1 + strcspn(s + 1, "/");
		n = (size_t)(end - s - 1);
		if (s[0] != '/' || n == 0)
			mk_die(mk, nd, "'%s' is no path", nd->nd_key);
		if (s[1] == '{' ?
		        n < 3 || s[n] != '}' || strcspn(s + 2, "{}") != n - 2 :
		        strcspn(s + 1, "{}/?#% ") != n)
			mk_die(mk, nd, "'%s' is no path", nd->nd_key);
	}
}

/* The same path but for the names of placeholders? */
static bool
path_same(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++) {
		if (*a != *b)
			return (false);
		if (*a == '{') {
			a += strcspn(a, "}");
			b += strcspn(b, "}");
		}
	}
	return (*a == *b);
}

static void
oper_path(struct mk *mk, const struct node *path)
{
	static const char *const keys[] = { "get", "post", "put", "delete",
		NULL };
	static const char *const names[] = { "GET", "POST", "PUT", "DELETE" };
	const struct node *c;
	size_t i;

	path_check(mk, path);
	for (c = node_get(mk->mk_doc, "paths")->nd_first; c != path;
	     c = c->nd_next)
		if (path_same(c->nd_key, path->nd_key))
			mk_die(mk, path, "'%s' is the path '%s' once more",
			    path->nd_key, c->nd_key);
	if (path->nd_kind != NODE_MAP || path->nd_n == 0)
		mk_die(mk, path, "the path has no operation");
	NODE_FOREACH(c, path)
	{
		for (i = 0; keys[i] != NULL; i++)
			if (strcmp(keys[i], c->nd_key) == 0)
				break;
		if (keys[i] == NULL)
			mk_die(mk, c, "'%s' is no method", c->nd_key);
		oper_one(mk, path->nd_key, names[i], c);
	}
}

static void
oper_internal(struct mk *mk, const struct node *nd)
{
	struct mkrow *mr;

	node_fields(mk, nd, "an internal row", internal_fields);
	node_prose(mk, nd, "description");
	mr = row_new(
	    mk, node_prose(mk, nd, "operationId"), node_get(nd, "operationId"));
	mr->mr_row.r_flags = ROWF_INTERNAL;
	oper_params(mk, mr, nd);
	call_all(mk, (size_t)(mr - mk->mk_rows), nd, oper_pool(mk, nd));
}

void
oper_all(struct mk *mk)
{
	const struct node *internal = node_get(mk->mk_doc, "x-internal");
	struct node *c;

	if (mk->mk_responses != NULL)
		NODE_FOREACH(c, mk->mk_responses)
	check_response(mk, c);
	NODE_FOREACH(c, node_get(mk->mk_doc, "paths"))
	oper_path(mk, c);
	if (internal != NULL)
		NODE_FOREACH(c, internal)
	oper_internal(mk, c);
}
