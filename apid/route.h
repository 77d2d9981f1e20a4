/* SPDX-License-Identifier: ISC */
/*
 * From a method and a path to a row of the endpoint table. Matching is that
 * of facts/api/http.md section 2: case-sensitive, literal segments before
 * placeholders, and "%2F" is a separator like any '/', so a path is decoded
 * as a whole before it comes here.
 */
#ifndef APID_ROUTE_H
#define APID_ROUTE_H

#include <stddef.h>

#include "common/params_decode.h"

#define ROUTE_PARAMS	8	/* most placeholders of one path */

enum route_match {
	ROUTE_OK,
	ROUTE_NONE,		/* 404 */
	ROUTE_METHOD,		/* 405: the path is there, the method is not */
	ROUTE_SLASH		/* 307 to the path without its last slashes */
};

struct route_map;

/*
 * Build the search structure of n rows, which must outlive it; rows without a
 * path are left out. NULL: no memory, or a path of more than ROUTE_PARAMS
 * placeholders, or two rows of one method and path. Free with route_free().
 */
struct route_map *route_new(const struct row *rows, size_t n);
void	route_free(struct route_map **);

/* The method of a token of len bytes; METHOD_OTHER if it is none of ours. */
enum method route_method(const char *token, size_t len);

/*
 * Find the row for a decoded path of len bytes. HEAD counts as GET. ROUTE_OK
 * sets *row_r, the path's values in pairs (ROUTE_PARAMS of them; names borrow
 * from the row, values from path) and their number in *n_r.
 */
enum route_match route_find(const struct route_map *, enum method,
	    const char *path, size_t len, const struct row **row_r,
	    struct params_pair *pairs, size_t *n_r);

/* Length of a path without its trailing slashes: where ROUTE_SLASH leads. */
size_t	route_trim(const char *path, size_t len);

#endif
