/* SPDX-License-Identifier: ISC */
/*
 * A caller's policies about agents as a condition on the table of agents: the
 * members of a group become a sub-select of the statement they limit, and no
 * list of what exists is ever made. It lets through the rows whose ids
 * rbac_match() would allow a call that names none, were the table's ids those
 * that exist.
 */
#ifndef DAPI_RBAC_SQL_H
#define DAPI_RBAC_SQL_H

#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/call.h"
#include "dapi/query_sql.h"
#include "dapi/store.h"

/* Zero it before the first use. Borrows from the policies. */
struct rbac_sql {
	struct buf	 rq_where;	/* NUL-ended; empty: every agent */
	/*
	 * NUL-ended: the rows that where leaves out, found without a look at
	 * all agents. Empty: that is not to be had.
	 */
	struct buf	 rq_less;
	struct store_val *rq_val;	/* of ?1, ?2, ... in either text */
	size_t		 rq_nval;
	uint32_t	*rq_ids;	/* what those lists point into */
};

/*
 * Make the condition for a need "agent:id:{x}". 1; 0: the call is forbidden,
 * as an entry or the need cannot be read; -1: no memory. Free it in each case.
 */
int	rbac_sql_agents(struct rbac_sql *, const struct policies *,
	    const struct rbac_need *);
void	rbac_sql_free(struct rbac_sql *);

/* The table of agents under that condition, which stays borrowed. */
struct query_base rbac_sql_base(const struct rbac_sql *);

#endif
