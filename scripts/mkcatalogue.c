/* SPDX-License-Identifier: ISC */
/*
 * mkcatalogue FILE OUT: compile the catalogue of permissions, conf/rbac.yaml,
 * into C (authz/catalogue.h). The first mistake is told as "FILE:LINE: text",
 * and nothing is written.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scripts/mkendpoints.h"

static const struct field doc_fields[] = { { "resources", NODE_MAP, true },
	{ "actions", NODE_MAP, true }, { "operations", NODE_MAP, true },
	{ NULL, NODE_SCALAR, false } };
static const struct field action_fields[] = {
	{ "description", NODE_SCALAR, true }, { "resources", NODE_LIST, true },
	{ "example", NODE_MAP, true }, { NULL, NODE_SCALAR, false }
};
static const struct field example_fields[] = { { "actions", NODE_LIST, true },
	{ "resources", NODE_LIST, true }, { "effect", NODE_SCALAR, true },
	{ NULL, NODE_SCALAR, false } };

/* The three parts of the document. */
struct catalogue {
	struct mk *ct_mk;
	const struct node *ct_resources, *ct_actions, *ct_operations;
};

/* --- is it one? ------------------------------------------------------------ */

/* The length of "word:word" or "*:*" at the start; 0: neither. */
static size_t
pair_length(const char *s)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz_-";
	size_t n, m;

	if (strncmp(s, "*:*", 3) == 0)
		return (3);
	n = strspn(s, word);
	if (n == 0 || s[n] != ':')
		return (0);
	m = strspn(s + n + 1, word);
	return (m == 0 ? 0 : n + 1 + m);
}

static bool
is_pair(const char *s)
{
	return (s[0] != '\0' && s[pair_length(s)] == '\0');
}

static void
check_resources(const struct catalogue *ct)
{
	const struct node *c;

	NODE_FOREACH(c, ct->ct_resources)
	{
		if (!is_pair(c->nd_key))
			mk_die(ct->ct_mk, c, "'%s' is no type of resource",
			    c->nd_key);
		node_prose(ct->ct_mk, ct->ct_resources, c->nd_key);
	}
}

/* A list of names that all stand in a map. */
static void
check_names(const struct catalogue *ct, const struct node *list,
    const struct node *map, const char *what)
{
	const struct node *c;

	node_texts(ct->ct_mk, list, what);
	NODE_FOREACH(c, list)
	if (node_get(map, c->nd_text) == NULL)
		mk_die(ct->ct_mk, c, "'%s' of %s is not in the catalogue",
		    c->nd_text, what);
}

/* "TYPE:VALUE" with a type that is known. */
static void
check_object(const struct catalogue *ct, const struct node *nd)
{
	const struct node *c;
	size_t n = pair_length(nd->nd_text);

	if (n > 0 && nd->nd_text[n] == ':' && nd->nd_text[n + 1] != '\0')
		NODE_FOREACH(c, ct->ct_resources)
	if (strlen(c->nd_key) == n && strncmp(c->nd_key, nd->nd_text, n) == 0)
		return;
	mk_die(ct->ct_mk, nd, "'%s' is no resource", nd->nd_text);
}

static void
check_example(const struct catalogue *ct, const struct node *example)
{
	static const char *const effects[] = { "allow", "deny", NULL };
	const struct node *c, *list;

	node_fields(ct->ct_mk, example, "an example", example_fields);
	check_names(ct, node_get(example, "actions"), ct->ct_actions,
	    "an example's actions");
	list = node_get(example, "resources");
	node_texts(ct->ct_mk, list, "an example's resources");
	NODE_FOREACH(c, list)
	check_object(ct, c);
	node_choice(ct->ct_mk, node_get(example, "effect"), effects, "effect");
}

static void
check_actions(const struct catalogue *ct)
{
	const struct node *c;

	NODE_FOREACH(c, ct->ct_actions)
	{
		if (!is_pair(c->nd_key))
			mk_die(ct->ct_mk, c, "'%s' is no action", c->nd_key);
		node_fields(ct->ct_mk, c, "an action", action_fields);
		node_prose(ct->ct_mk, c, "description");
		check_names(ct, node_get(c, "resources"), ct->ct_resources,
		    "an action's resources");
		check_example(ct, node_get(c, "example"));
	}
}

static void
check_operations(const struct catalogue *ct)
{
	static const char *const methods[] = { "GET /", "POST /", "PUT /",
		"DELETE /", NULL };
	const struct node *c;
	size_t i;

	NODE_FOREACH(c, ct->ct_operations)
	{
		for (i = 0; methods[i] != NULL; i++)
			if (strncmp(
			        c->nd_key, methods[i], strlen(methods[i])) == 0)
				break;
		if (methods[i] == NULL ||
		    strchr(c->nd_key + strlen(methods[i]), ' ') != NULL)
			mk_die(ct->ct_mk, c, "'%s' is no operation", c->nd_key);
		if (c->nd_kind != NODE_LIST)
			mk_die(ct->ct_mk, c,
			    "an operation has a list of "
			    "actions");
		if (c->nd_n > 0)
			check_names(
			    ct, c, ct->ct_actions, "an operation's actions");
	}
}

static bool
asks_for(const struct node *operation, const char *action)
{
	const struct node *c;

	NODE_FOREACH(c, operation)
	if (strcmp(c->nd_text, action) == 0)
		return (true);
	return (false);
}

static void
check_used(const struct catalogue *ct)
{
	const struct node *action, *c;

	NODE_FOREACH(action, ct->ct_actions)
	{
		NODE_FOREACH(c, ct->ct_operations)
		if (asks_for(c, action->nd_key))
			break;
		if (c == NULL)
			mk_die(ct->ct_mk, action, "nobody asks for '%s'",
			    action->nd_key);
	}
}

/* --- in C -------------------------------------------------------------------- */

static void
out_text(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if (*s >= ' ' && *s <= '~')
			fputc(*s, f);
		else
			fprintf(f, "\\%03o", (unsigned char)*s);
	}
	fputc('"', f);
}

static void
out_list(FILE *f, const char *name, const struct node *list)
{
	const struct node *c;

	fprintf(f, "\t    .%s = (const char *const[]){ ", name);
	NODE_FOREACH(c, list)
	{
		out_text(f, c->nd_text);
		fputs(", ", f);
	}
	fputs("NULL },\n", f);
}

static void
out_action(const struct catalogue *ct, FILE *f, const struct node *action)
{
	const struct node *example = node_get(action, "example"), *c;

	fputs("\t{ .cn_name = ", f);
	out_text(f, action->nd_key);
	fputs(",\n\t    .cn_description = ", f);
	out_text(f, node_get(action, "description")->nd_text);
	fputs(",\n", f);
	out_list(f, "cn_resources", node_get(action, "resources"));
	out_list(f, "cn_actions", node_get(example, "actions"));
	out_list(f, "cn_objects", node_get(example, "resources"));
	fputs("\t    .cn_effect = ", f);
	out_text(f, node_get(example, "effect")->nd_text);
	fputs(",\n\t    .cn_operations = (const char *const[]){\n", f);
	NODE_FOREACH(c, ct->ct_operations)
	{
		if (!asks_for(c, action->nd_key))
			continue;
		fputs("\t\t", f);
		out_text(f, c->nd_key);
		fputs(",\n", f);
	}
	fputs("\t\tNULL },\n\t},\n", f);
}

/* In the order in which the operations first ask for them. */
static void
out_actions(const struct catalogue *ct, FILE *f)
{
	const struct node *operation, *c;
	struct node *action;

	fputs("const struct catalogue_action catalogue_actions[] = {\n", f);
	NODE_FOREACH(operation, ct->ct_operations)
	NODE_FOREACH(c, operation)
	{
		action = node_get(ct->ct_actions, c->nd_text);
		if (!action->nd_used)
			out_action(ct, f, action);
		action->nd_used = true;
	}
	fputs("\t{ .cn_name = NULL }\n};\n\n", f);
}

static void
out_catalogue(const struct catalogue *ct, FILE *f)
{
	const struct node *c;

	fputs("/* generated by mkcatalogue from conf/rbac.yaml; do not edit"
	      " */\n/* What permissions can be about. */\n"
	      "#include <sys/types.h>\n\n#include <stddef.h>\n\n"
	      "#include \"authz/catalogue.h\"\n\n"
	      "const struct catalogue_resource catalogue_resources[] = {\n",
	    f);
	NODE_FOREACH(c, ct->ct_resources)
	{
		fputs("\t{ ", f);
		out_text(f, c->nd_key);
		fputs(", ", f);
		out_text(f, c->nd_text);
		fputs(" },\n", f);
	}
	fputs("\t{ NULL, NULL }\n};\n\n", f);
	out_actions(ct, f);
	fputs("const char *const catalogue_operations[] = {\n", f);
	NODE_FOREACH(c, ct->ct_operations)
	{
		fputs("\t", f);
		out_text(f, c->nd_key);
		fputs(",\n", f);
	}
	fputs("\tNULL\n};\n", f);
}

/* --- files ------------------------------------------------------------------- */

static _Noreturn void
file_die(const char *name)
{
	fprintf(stderr, "mkcatalogue: %s: %s\n", name, strerror(errno));
	exit(1);
}

static void
read_catalogue(struct mk *mk, struct catalogue *ct)
{
	struct node *doc;
	FILE *f;

	f = fopen(mk->mk_file, "r");
	if (f == NULL)
		file_die(mk->mk_file);
	doc = tree_read(mk, f);
	fclose(f);
	node_fields(mk, doc, "the document", doc_fields);
	ct->ct_mk = mk;
	ct->ct_resources = node_get(doc, "resources");
	ct->ct_actions = node_get(doc, "actions");
	ct->ct_operations = node_get(doc, "operations");
	check_resources(ct);
	check_actions(ct);
	check_operations(ct);
	check_used(ct);
}

int
main(int argc, char *argv[])
{
	struct mk mk = { .mk_file = NULL };
	struct catalogue ct;
	const char *temp;
	FILE *f;

	if (argc != 3) {
		fprintf(stderr, "usage: mkcatalogue FILE OUT\n");
		return (2);
	}
	mk.mk_file = argv[1];
	read_catalogue(&mk, &ct);
	temp = mk_text(&mk, "%s.tmp", argv[2]);
	f = fopen(temp, "w");
	if (f == NULL)
		file_die(temp);
	out_catalogue(&ct, f);
	if (ferror(f) | fclose(f))
		file_die(temp);
	if (rename(temp, argv[2]) == -1)
		file_die(argv[2]);
	mk_free(&mk);
	return (0);
}
