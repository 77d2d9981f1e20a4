/* SPDX-License-Identifier: ISC */
/* What this node is called. */
#ifndef COMMON_NODE_H
#define COMMON_NODE_H

/*
 * The key of dapi_errors: the node_name of ossec.conf's cluster section, whose
 * default counts without a cluster too. Messages and failed items call such a
 * node "manager" instead.
 */
#define NODE_NAME	"node01"

/*
 * The same key for a caller who lacks cluster:read on node:id:NODE_NAME. What
 * the server finds out for itself, before it knows who asks, has the name: the
 * original runs its own calls with all rights (facts/api/rbac.yaml, matching).
 */
#define NODE_UNKNOWN	"unknown-node"

#endif
