/* SPDX-License-Identifier: ISC */
/*
 * Results: the body that a client gets, in the form it asked for. Two kinds
 * as in the original: plain, and affected items (streamed), with failed items
 * kept by code and written last. The third form is for other nodes of the
 * cluster, which put such results together and render them (see wire.h).
 */
#ifndef COMMON_RESULT_H
#define COMMON_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/errors.h"
#include "common/jsonw.h"

#define RESULT_MAX	(256UL * 1024 * 1024)	/* bytes of a body */

enum result_type {
	RT_JSON, RT_TEXT, RT_TEXT_UTF8, RT_XML, RT_PROBLEM
};

struct result_failed;
struct wire_error;

/*
 * How the items of several nodes are merged: as lists that are sorted by these
 * fields. All is borrowed; NULL stands for the original's default.
 */
struct result_order {
	const char *const *ro_fields;	/* "id", "os.name"; NULL: whole items */
	size_t		 ro_nfields;
	const char *const *ro_casting;	/* int, float, str, bool; NULL: int */
	size_t		 ro_ncasting;
	const bool	*ro_ascending;	/* NULL: true */
	size_t		 ro_nascending;
};

struct result {
	struct buf	 rs_body;
	struct jsonw	 rs_json;
	unsigned int	 rs_status;		/* HTTP */
	enum result_type rs_type;
	uint16_t	 rs_code;		/* 0, or that of the problem */
	const char	*rs_node;		/* for dapi_errors; NULL: none */
	bool		 rs_cluster;		/* asked for by the cluster */
	/* affected items */
	uint64_t	 rs_items;		/* written */
	uint64_t	 rs_total;		/* total_affected_items */
	bool		 rs_total_set;
	const char	*rs_all, *rs_some, *rs_none;
	struct result_failed *rs_failed;
	size_t		 rs_nfailed, rs_capfailed;
	struct buf	 rs_extra;		/* keys beside them */
	struct jsonw	 rs_extrajson;
	bool		 rs_wire;		/* the form for nodes */
	const struct result_order *rs_order;
};

/*
 * An empty result: 200, JSON. node is the name for dapi_errors, borrowed; NULL
 * (or rs_node set to it) leaves dapi_errors out, as where the original finds
 * the error before it runs a call (1122, 1911, 3013, ...). The result must not
 * be moved. Lack of memory and a body over RESULT_MAX are sticky in
 * rs_body.b_failed.
 */
void	result_init(struct result *, bool pretty, const char *node);
void	result_free(struct result *);

/* From the start on, write the form that nodes exchange. */
void	result_wire(struct result *);

/*
 * Affected items: begin, then each item as one JSON value through rs_json,
 * counted by result_item(); failures at any time; end writes the rest. The
 * three messages are borrowed until then: for all affected, for some, for none.
 */
void	result_begin(struct result *, const char *all, const char *some,
	    const char *none);
void	result_item(struct result *);
/* id fails with code; extra, if not NULL, is added to the message. Copied. */
void	result_fail(struct result *, const char *id, uint16_t code,
	    const char *extra);
/* The same for an id that is a number: its digits. */
void	result_fail_number(struct result *, const char *id, uint16_t code,
	    const char *extra);
/* The same with an error as other nodes have them, borrowed until the end. */
void	result_fail_as(struct result *, const char *id, bool number,
	    const struct wire_error *);
/*
 * Where to write keys of the data beside those of affected items, between begin
 * and end: jsonw_key() and a value each. They come last.
 */
struct jsonw *result_extra(struct result *);
/* For other nodes, borrowed until the end; NULL: the defaults. */
void	result_order(struct result *, const struct result_order *);
/* total_affected_items where it differs from the items written. */
void	result_total(struct result *, uint64_t);
void	result_end(struct result *);

/*
 * Plain: begin opens {"data": ; the caller writes one value (and may add keys
 * beside it); end adds error 0.
 */
void	result_plain_begin(struct result *);
void	result_plain_end(struct result *);

/*
 * The same without the key: the caller writes all keys, "data" among them.
 * priority goes to other nodes, one JSON value; NULL: null.
 */
void	result_bare_begin(struct result *, const char *priority);
void	result_bare_end(struct result *);

/*
 * Drop what was written and make it a problem: title, detail (our words, with
 * ": extra" where given), remediation, dapi_errors, error. cls: the class it
 * is raised as (status and title). dapi_errors names a log file for classes
 * of status 500, but for 1000: that of who asked, the API or the cluster.
 */
void	result_problem(struct result *, uint16_t code, enum errclass cls,
	    const char *extra);

/*
 * The problem that this node's daemons are not ready: what daemons_refuse()
 * gave. Other nodes get the node and the states one by one.
 */
void	result_unready(struct result *, uint16_t code, const char *why);

/* The same with an error as other nodes have them. */
void	result_problem_as(struct result *, const struct wire_error *);

/*
 * A problem of HTTP itself, as bytes for out: title, detail and, when code is
 * not 0, error. remedy may be NULL: no remediation, but null for a code of
 * ERRC_TOOMANY. Errors are sticky in out->b_failed.
 */
void	result_problem_http(struct buf *out, bool pretty, const char *title,
	    const char *detail, const char *remedy, uint16_t code);

#endif
