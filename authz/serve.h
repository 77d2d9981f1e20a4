/* SPDX-License-Identifier: ISC */
/*
 * The rows that authz answers itself (POOL_AUTHZ). Which function serves which
 * row stands in authz/calls_authz.c, made of conf/openapi.yaml.
 */
#ifndef AUTHZ_SERVE_H
#define AUTHZ_SERVE_H

struct caller;
struct gate;
struct result;

/*
 * Makes the result, which result_free() frees, also after -1: no answer could
 * be made.
 */
typedef int (*serve_fn)(struct gate *, const struct caller *, struct result *);

int	serve_login(struct gate *, const struct caller *, struct result *);
int	serve_logout(struct gate *, const struct caller *, struct result *);
int	serve_me(struct gate *, const struct caller *, struct result *);

extern const serve_fn authz_calls[];	/* by row; NULL: not authz's */

#endif
