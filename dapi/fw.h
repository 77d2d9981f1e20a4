/* SPDX-License-Identifier: ISC */
/*
 * The framework's functions, one a row of the endpoint table. Each gets a call
 * whose arguments were checked and a result that is empty, writes the body and
 * returns 0; or -1, with the result made a problem, or without (then it
 * becomes 1000). None touches HTTP.
 */
#ifndef DAPI_FW_H
#define DAPI_FW_H

#include <stdbool.h>
#include <stddef.h>

#include "common/call.h"
#include "common/rbac_match.h"
#include "common/result.h"
#include "dapi/query_sql.h"
#include "dapi/store.h"

typedef int (*fw_fn)(const struct call *, struct result *);

int	fw_api_info(const struct call *, struct result *);	/* GET / */
int	fw_openapi_get(const struct call *, struct result *);
int	fw_agents_get(const struct call *, struct result *);
int	fw_agent_get(const struct call *, struct result *);
int	fw_agents_summary_status(const struct call *, struct result *);
int	fw_overview_agents(const struct call *, struct result *);
int	fw_agents_add(const struct call *, struct result *);
int	fw_agents_delete(const struct call *, struct result *);
int	fw_manager_status(const struct call *, struct result *);
int	fw_manager_info(const struct call *, struct result *);
int	fw_test_events(const struct call *, struct result *);

/* --- what they share -------------------------------------------------- */

/* The first id of a list that means all of them, as in "agents_list=all". */
#define FW_ALL	"all"

/* Make the result the problem that a failed statement stands for. -1. */
int	fw_store_failed(struct result *, enum store_rc);

/*
 * The agents that the caller is allowed for need number i, where the call names
 * none: as a condition, since listing 100,000 agents alone would take longer
 * than the answer. 0 and *rq, which the caller frees with rbac_sql_free(); or
 * -1 and the problem 4000 (or none, without memory).
 */
struct rbac_sql;
int	fw_limits(const struct call *, struct result *, size_t i,
	    struct rbac_sql *rq);

/*
 * Decide the row's need number i for the agents, or other resources, that the
 * call names (n 0 and ids NULL: none). 0 and *rv, which the caller frees with
 * fw_verdict_free(); or -1 and the problem 4000 (or none, without memory).
 */
int	fw_allowed(const struct call *, struct result *, size_t i,
	    const char *const *ids, size_t n, struct rbac_verdict *rv);
void	fw_verdict_free(struct rbac_verdict *);

/* Refused items of the verdict become failed items (4000). */
void	fw_denied(struct result *, const struct call *, size_t i,
	    const struct rbac_verdict *);

/*
 * The table of agents as what a query runs over; ids (an SV_IDS), n: only
 * these, n 0: all. ids stays borrowed. See rbac_sql_base() too.
 */
struct query_base fw_agents_base(const struct store_val *ids, size_t n);

/*
 * Ids of the verdict that exist as agents, as numbers, ascending, 000 too; the
 * others are handed to miss (may be NULL). The caller frees *ids_r. 0 or -1.
 */
struct keys;
int	fw_agent_ids(const struct rbac_verdict *, const struct keys *,
	    uint32_t **ids_r, size_t *n_r,
	    void (*miss)(void *, const char *), void *arg);

#endif
