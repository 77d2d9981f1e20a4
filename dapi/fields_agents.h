/* SPDX-License-Identifier: ISC */
/* What the API shows of table agent: facts/data/framework.md 1.1. */
#ifndef DAPI_FIELDS_AGENTS_H
#define DAPI_FIELDS_AGENTS_H

#include "common/query.h"

#define FIELDS_AGENTS_KEY	"id"	/* query_base.qb_key */

/* GET /agents and all that lists agents. Members of "os" come last. */
extern const struct query_map fields_agents;

/*
 * GET /agents/stats/distinct, a grouped query: internal_key is a field like
 * any other there, and sort knows "count".
 */
extern const struct query_map fields_agents_groups;

#endif
