/* SPDX-License-Identifier: ISC */
/*
 * mkendpoints: conf/openapi.yaml to the tables of the program. The document is
 * read into nodes (mkendpoints_tree.c), its schemas and parameters are checked
 * (mkendpoints_schema.c), parameters are made of them (mkendpoints_param.c)
 * and rows of its operations (mkendpoints_oper.c, mkendpoints_call.c); then all
 * is written (mkendpoints_c.c, mkendpoints_json.c). Whatever is wrong ends it.
 */
#ifndef SCRIPTS_MKENDPOINTS_H
#define SCRIPTS_MKENDPOINTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/params.h"

/* --- the document ------------------------------------------------------ */

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

/* What a scalar is in YAML's core schema; quoted ones are text. */
enum node_type { TYPE_TEXT, TYPE_NULL, TYPE_BOOL, TYPE_INT, TYPE_FLOAT };

struct node {
	enum node_kind	 nd_kind;
	enum node_type	 nd_type;	/* NODE_SCALAR */
	size_t		 nd_line;	/* from 1 */
	const char	*nd_key;	/* in a NODE_MAP */
	const char	*nd_text;	/* NODE_SCALAR */
	struct node	*nd_first, *nd_next;
	size_t		 nd_n;		/* children */
	bool		 nd_used;	/* components, tags */
	bool		 nd_open;	/* schemas: being checked */
};

#define NODE_FOREACH(c, nd) \
	for ((c) = (nd)->nd_first; (c) != NULL; (c) = (c)->nd_next)

/* --- what is made of it ------------------------------------------------ */

#define MK_PARAMS	4096
#define MK_ROWS		1024
#define MK_WIRES	8192
#define MK_CTYPES	4
#define MK_EXCLUDE	16
#define MK_DEPTH	16	/* objects in objects */

struct mkparam {
	struct param	 mp_param;
	const struct node *mp_src;	/* what it was made of */
	const char	*mp_token;	/* "PF_NUMBERS", NULL: none */
	const struct node *mp_enum;	/* NODE_LIST, NULL: none */
};

struct mkrow {
	const char	*mr_id;		/* "agents_get": ROW_AGENTS_GET */
	const char	*mr_function;
	const char	*mr_method;	/* "GET", NULL: none */
	const char	*mr_path;	/* NULL: none */
	struct row	 mr_row;	/* pointers that follow left out */
	size_t		 mr_params[ARGS_MAX];
	const char	*mr_ctypes[MK_CTYPES + 1];
	uint16_t	 mr_exclude[MK_EXCLUDE + 1];
	size_t		 mr_wire;	/* first of r_nwire in mk_wires */
};

struct chunk;

struct mk {
	const char	*mk_file;	/* name for messages */
	struct chunk	*mk_chunks;	/* all memory */
	struct node	*mk_doc;
	struct node	*mk_parameters, *mk_schemas, *mk_responses, *mk_security;
	struct mkparam	*mk_params;
	size_t		 mk_nparams;
	struct mkrow	*mk_rows;
	size_t		 mk_nrows;
	struct wire	*mk_wires;
	size_t		 mk_nwires;
};

/* --- mkendpoints_tree.c -------------------------------------------------- */

/* Zeroed memory that lives as long as mk. Never NULL. */
void	*mk_alloc(struct mk *, size_t);
char	*mk_text(struct mk *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	mk_free(struct mk *);

/* Print "FILE:LINE: text" and end with status 1. */
_Noreturn void	mk_die(const struct mk *, const struct node *, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/* The document of a file. Dies of what is not YAML, or YAML of many meanings. */
struct node *tree_read(struct mk *, FILE *);

/* --- looking at nodes ---------------------------------------------------- */

/* A member of a map, or NULL. */
struct node *node_get(const struct node *, const char *key);
bool	node_is(const struct node *, const char *text);

/* What a map may hold; ends with a NULL name. */
struct field {
	const char	*f_name;
	enum node_kind	 f_kind;
	bool		 f_required;
};

/* Die unless nd is a map of these and of nothing else. */
void	node_fields(const struct mk *, const struct node *nd, const char *what,
	    const struct field *);
/* Values of members, which die where they are of another type. */
const char *node_text(const struct mk *, const struct node *, const char *key);
bool	node_bool(const struct mk *, const struct node *, const char *key);
bool	node_int(const struct mk *, const struct node *, const char *key,
	    int64_t *);
int64_t	node_number(const struct mk *, const struct node *);
/* A text of some length there must be. */
const char *node_prose(const struct mk *, const struct node *, const char *key);
/* One of the names, as its place among them. */
size_t	node_choice(const struct mk *, const struct node *,
	    const char *const *names, const char *what);
/* A list of at least one text, each once. */
void	node_texts(const struct mk *, const struct node *, const char *what);

/* --- mkendpoints_schema.c ------------------------------------------------ */

/* The component that a "$ref" names below #/components/KIND/. Marks it used. */
struct node *ref_resolve(const struct mk *, const struct node *ref,
	    const struct node *components, const char *kind);
/* The schema itself, behind whatever "$ref". */
struct node *schema_real(const struct mk *, struct node *);
/* Die unless it is a schema of the kind that this project uses. */
void	schema_check(const struct mk *, struct node *);
/* All of #/components/schemas. */
void	schema_components(const struct mk *);

struct mkformat {
	const char	*mf_name;
	const char	*mf_token;	/* NULL: only said, never checked */
	enum param_format mf_format;
};
const struct mkformat *schema_format(const char *name);

/* --- mkendpoints_param.c ------------------------------------------------- */

/* Check all of #/components/parameters. */
void	param_components(struct mk *);
/* The index of the parameter of a component. */
size_t	param_component(struct mk *, struct node *);
/* Add the parameters of a JSON body to a row. */
void	param_body(struct mk *, struct mkrow *, struct node *schema);
void	row_add_param(const struct mk *, struct mkrow *, size_t,
	    const struct node *);

/* --- mkendpoints_oper.c, mkendpoints_call.c ------------------------------ */

void	oper_all(struct mk *);
struct mkrow *row_new(struct mk *, const char *id, const struct node *);
/* The steps of an operation; row is the first, flags those of all steps. */
void	call_all(struct mk *, size_t row, const struct node *oper,
	    enum pool pool);

/* --- mkendpoints_c.c, mkendpoints_json.c --------------------------------- */

/* Each writes one file; which of them is which stands in mkendpoints.c. */
void	out_table(struct mk *, FILE *);
void	out_params(struct mk *, FILE *);
void	out_rows(struct mk *, FILE *);
void	out_endpoints(struct mk *, FILE *);
void	out_calls_dapi(struct mk *, FILE *);
void	out_calls_authz(struct mk *, FILE *);
void	out_json(struct mk *, FILE *);

#endif
