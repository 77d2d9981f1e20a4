/* SPDX-License-Identifier: ISC */
/*
 * mkendpoints FILE DIR: compile the table of endpoints. Reads an OpenAPI 3.0
 * document with x- fields and writes, below DIR, what the program is made of.
 * The first mistake is told as "FILE:LINE: text", and nothing is written.
 *
 * mkendpoints -l FILE: print method, path and operationId of each operation.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scripts/mkendpoints.h"

static const struct field doc_fields[] = { { "openapi", NODE_SCALAR, true },
	{ "info", NODE_MAP, true }, { "servers", NODE_LIST, false },
	{ "security", NODE_LIST, true }, { "tags", NODE_LIST, true },
	{ "paths", NODE_MAP, true }, { "x-internal", NODE_LIST, false },
	{ "components", NODE_MAP, true }, { NULL, NODE_SCALAR, false } };
static const struct field info_fields[] = { { "title", NODE_SCALAR, true },
	{ "description", NODE_SCALAR, false }, { "version", NODE_SCALAR, true },
	{ "license", NODE_MAP, false }, { NULL, NODE_SCALAR, false } };
static const struct field tag_fields[] = { { "name", NODE_SCALAR, true },
	{ "description", NODE_SCALAR, false }, { NULL, NODE_SCALAR, false } };
static const struct field component_fields[] = { { "securitySchemes", NODE_MAP,
	                                             true },
	{ "parameters", NODE_MAP, false }, { "responses", NODE_MAP, false },
	{ "schemas", NODE_MAP, false }, { NULL, NODE_SCALAR, false } };

/*
 * The first is the one that make looks at: it is the first to be put in place,
 * so that the others are never older.
 */
static const struct output {
	const char *op_name;
	void (*op_write)(struct mk *, FILE *);
} outputs[] = {
	{ "common/table.h", out_table },
	{ "common/params.c", out_params },
	{ "common/rows.c", out_rows },
	{ "apid/endpoints.c", out_endpoints },
	{ "authz/calls_authz.c", out_calls_authz },
	{ "dapi/calls_dapi.c", out_calls_dapi },
	{ "dapi/openapi_json.c", out_json },
};

#define OUTPUTS (sizeof(outputs) / sizeof(outputs[0]))

/* --- the document --------------------------------------------------------- */

/* A component that nobody refers to is a leftover. */
static void
check_used(struct mk *mk, const struct node *list, const char *what)
{
	const struct node *c;

	if (list == NULL)
		return;
	NODE_FOREACH(c, list)
	if (!c->nd_used)
		mk_die(mk, c, "nobody uses the %s '%s'", what,
		    c->nd_key != NULL ? c->nd_key : node_text(mk, c, "name"));
}

static void
check_security(struct mk *mk)
{
	const struct node *list = node_get(mk->mk_doc, "security");
	struct node *jwt = node_get(mk->mk_security, "jwt");

	if (list->nd_n != 1 || node_get(list->nd_first, "jwt") == NULL)
		mk_die(mk, list, "'security' has to be [jwt: []]");
	if (jwt == NULL || node_get(mk->mk_security, "basicAuth") == NULL)
		mk_die(mk, mk->mk_security,
		    "the schemes are called jwt and basicAuth");
	jwt->nd_used = true;
}

static void
check_document(struct mk *mk)
{
	const struct node *doc = mk->mk_doc, *components, *c;

	node_fields(mk, doc, "the document", doc_fields);
	if (strncmp(node_prose(mk, doc, "openapi"), "3.0.", 4) != 0)
		mk_die(mk, node_get(doc, "openapi"), "this is not OpenAPI 3.0");
	node_fields(mk, node_get(doc, "info"), "'info'", info_fields);
	node_prose(mk, node_get(doc, "info"), "title");
	node_prose(mk, node_get(doc, "info"), "description");
	NODE_FOREACH(c, node_get(doc, "tags"))
	{
		node_fields(mk, c, "a tag", tag_fields);
		node_prose(mk, c, "name");
		node_prose(mk, c, "description");
	}
	components = node_get(doc, "components");
	node_fields(mk, components, "'components'", component_fields);
	mk->mk_security = node_get(components, "securitySchemes");
	mk->mk_parameters = node_get(components, "parameters");
	mk->mk_responses = node_get(components, "responses");
	mk->mk_schemas = node_get(components, "schemas");
}

static void
compile(struct mk *mk, FILE *f)
{
	mk->mk_params = mk_alloc(mk, MK_PARAMS * sizeof(*mk->mk_params));
	mk->mk_rows = mk_alloc(mk, MK_ROWS * sizeof(*mk->mk_rows));
	mk->mk_wires = mk_alloc(mk, MK_WIRES * sizeof(*mk->mk_wires));
	mk->mk_doc = tree_read(mk, f);
	check_document(mk);
	check_security(mk);
	schema_components(mk);
	param_components(mk);
	oper_all(mk);
	check_used(mk, mk->mk_parameters, "parameter");
	check_used(mk, mk->mk_schemas, "schema");
	check_used(mk, mk->mk_responses, "response");
	check_used(mk, mk->mk_security, "security scheme");
	check_used(mk, node_get(mk->mk_doc, "tags"), "tag");
}

/* --- files ---------------------------------------------------------------- */

static _Noreturn void
file_die(const char *name)
{
	fprintf(stderr, "mkendpoints: %s: %s\n", name, strerror(errno));
	exit(1);
}

static void
write_all(struct mk *mk, const char *dir)
{
	char *names[OUTPUTS], *temps[OUTPUTS];
	FILE *f;
	size_t i;

	for (i = 0; i < OUTPUTS; i++) {
		names[i] = mk_text(mk, "%s/%s", dir, outputs[i].op_name);
		temps[i] = mk_text(mk, "%s.tmp", names[i]);
		f = fopen(temps[i], "w");
		if (f == NULL)
			file_die(temps[i]);
		outputs[i].op_write(mk, f);
		if (ferror(f) | fclose(f))
			file_die(temps[i]);
	}
	for (i = 0; i < OUTPUTS; i++)
		if (rename(temps[i], names[i]) == -1)
			file_die(names[i]);
}

static void
list_all(const struct mk *mk)
{
	const struct mkrow *mr;
	size_t i;

	for (i = 0; i < mk->mk_nrows; i++) {
		mr = &mk->mk_rows[i];
		if (mr->mr_path != NULL)
			printf("%s %s %s\n", mr->mr_method, mr->mr_path,
			    mr->mr_id);
	}
}

int
main(int argc, char *argv[])
{
	struct mk mk = { .mk_file = NULL };
	bool list = false;
	FILE *f;
	int c;

	while ((c = getopt(argc, argv, "l")) != -1) {
		if (c != 'l')
			return (2);
		list = true;
	}
	if (argc - optind != (list ? 1 : 2)) {
		fprintf(stderr,
		    "usage: mkendpoints FILE DIR\n"
		    "       mkendpoints -l FILE\n");
		return (2);
	}
	mk.mk_file = argv[optind];
	f = fopen(mk.mk_file, "r");
	if (f == NULL)
		file_die(mk.mk_file);
	compile(&mk, f);
	fclose(f);
	if (list)
		list_all(&mk);
	else
		write_all(&mk, argv[optind + 1]);
	mk_free(&mk);
	return (0);
}
