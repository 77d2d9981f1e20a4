/* SPDX-License-Identifier: ISC */
/* What every function about an agent's own database asks first. */
#ifndef DAPI_FW_AGENTDB_H
#define DAPI_FW_AGENTDB_H

#include <stdint.h>

struct result;
struct store;

/*
 * May the database of an agent be asked? 0; or -1 and the problem: 2007 where
 * the agent has none, 2003 where the store knows of no such agent (wazuh-db's
 * refusal), or what the failed statement stands for.
 */
int	fw_agentdb(struct store *, uint32_t agent, struct result *);

/* The problem 2007 for an id that no database can have. -1. */
int	fw_agentdb_none(const char *id, struct result *);

#endif
