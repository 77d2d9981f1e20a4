/* SPDX-License-Identifier: ISC */
/* What gatehouse rbac explain prints. Pure. */
#ifndef GATEHOUSE_EXPLAIN_H
#define GATEHOUSE_EXPLAIN_H

#include <stdbool.h>

#include "authz/rbac.h"
#include "common/buffer.h"

#define EXPLAIN_MAX	(64UL * 1024 * 1024)	/* bytes of what is printed */

/*
 * Say which roles a login of user with this context (run_as_read()'s text)
 * would get, by which rules, and what these roles allow. user may be NULL: one
 * that is allowed to act for others, and has no roles. out gets text or JSON.
 * 0; or -1: the context is none. Lack of memory: out->b_failed.
 */
int	explain_show(const struct rbac *, const struct rbac_user *user,
	    const char *context, bool json, struct buf *out);

#endif
