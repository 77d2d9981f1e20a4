/* SPDX-License-Identifier: ISC */
/*
 * Listings of the snapshot: users, roles, rules and policies, through the
 * query engine of common/query.h in its dialect for collections.
 */
#ifndef AUTHZ_SECURITY_QUERY_H
#define AUTHZ_SECURITY_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "authz/rbac.h"
#include "common/query.h"
#include "common/result.h"

enum security_kind {
	SECURITY_USER, SECURITY_ROLE, SECURITY_RULE, SECURITY_POLICY
};

/* The one with that id, or NULL; what it is follows from the kind. */
const void	*security_query_find(const struct rbac *, enum security_kind,
	    int64_t id);

/*
 * Run a query over n items of a kind, as security_query_find() gave them, and
 * write what it finds between result_begin() and result_end(), total included.
 * Without sort they ascend by id, in items too. 0; or -1, with the result made
 * a problem where the query is to blame, or not: no memory, or a stored text
 * is not JSON.
 */
int	security_query_items(const struct rbac *, enum security_kind,
	    const void **items, size_t n, const struct query_args *,
	    struct result *);

#endif
