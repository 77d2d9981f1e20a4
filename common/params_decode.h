/* SPDX-License-Identifier: ISC */
/*
 * From the decoded pieces of a request to the arguments of a row, in the
 * order of facts/api/validators.md section 1: names that the row does not
 * know, query parameters, path parameters, body. Pure: text in, struct out.
 */
#ifndef COMMON_PARAMS_DECODE_H
#define COMMON_PARAMS_DECODE_H

#include <stddef.h>

#include "common/buffer.h"
#include "common/params.h"

#define PARAMS_JSON_DEPTH	64	/* nested arrays and objects */
#define PARAMS_JSON_VALUES	65536	/* values in one JSON body */

/* What the functions below return. */
#define PARAMS_OK	0
#define PARAMS_BAD	(-1)	/* 400, "Bad Request" */
#define PARAMS_DEPTH	(-2)	/* 400, "Maximum recursion depth exceeded." */
#define PARAMS_TOOBIG	(-3)	/* more than args, arena or memory can hold */
#define PARAMS_MANY	(-4)	/* 400, "Events bulk size exceeded" */

/* One decoded "name=value"; not NUL-ended. */
struct params_pair {
	const char	*pp_name;
	size_t		 pp_namelen;
	const char	*pp_value;
	size_t		 pp_valuelen;
};

/*
 * All three add to args (args_init() first, args_free() by the caller, also
 * after a failure) and put the text that args borrow into arena, whose memory
 * and limit are the caller's; args must borrow from no other buffer that is
 * the arena's memory. When the arena has to move, the arguments already there
 * are moved along. Return PARAMS_OK or, for the first failure only, another
 * of the above with one line of text in why (whylen bytes, at least 256).
 * Defaults are not added: an absent argument stays absent.
 */

/* pairs: those of the query string, in the order sent. */
int	params_query(const struct row *, const struct params_pair *pairs,
	    size_t n, struct args *, struct buf *arena, char *why,
	    size_t whylen);

/* pairs: those of the path, by the names that its endpoint has for them. */
int	params_path(const struct row *, const struct params_pair *pairs,
	    size_t n, struct args *, struct buf *arena, char *why,
	    size_t whylen);

/*
 * json: the body of a ROWF_JSON_BODY row, len bytes. An object becomes compact
 * JSON text with its keys in their order, also where its members are parameters
 * beside it, and so does the whole body where the row has one of PMF_WHOLE. A
 * JSON null fits no parameter. PARAMS_MANY: a list has more than p_maxitems,
 * which the original words in a title of its own.
 */
int	params_body(const struct row *, const char *json, size_t len,
	    struct args *, struct buf *arena, char *why, size_t whylen);

#endif
