/* SPDX-License-Identifier: ISC */
/*
 * From a method and a path to an endpoint of the table. Matching is that
 * of facts/api/http.md section 2: case-sensitive, literal segments before
 * placeholders, and "%2F" is a separator like any '/', so a path is decoded
 * as a whole before it comes here.
 */
#ifndef APID_ROUTE_H
#define APID_ROUTE_H

#include <stddef.h>

#include "apid/endpoints.h"
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
 * Build the search structure of n endpoints, which must outlive it. NULL: no
 * memory, or a path of more than ROUTE_PARAMS placeholders, or two endpoints of
 * one method and path. Free with route_free().
 */
struct route_map *route_new(const struct endpoint *, size_t n);
void	route_free(struct route_map **);

/* The method of a token of len bytes; METHOD_OTHER if it is none of ours. */
enum method route_method(const char *token, size_t len);

/*
 * Find the endpoint of a decoded path of len bytes. HEAD counts as GET.
 * ROUTE_OK sets *ep_r, the path's values in pairs (ROUTE_PARAMS of them; names
 * borrow from the endpoint, values from path) and their number in *n_r; else
 * *ep_r is NULL.
 */
enum route_match route_find(const struct route_map *, enum method,
	    const char *path, size_t len, const struct endpoint **ep_r,
	    struct params_pair *pairs, size_t *n_r);

/* Length of a path without its trailing slashes: where ROUTE_SLASH leads. */
size_t	route_trim(const char *path, size_t len);

#endif
