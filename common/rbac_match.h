/* SPDX-License-Identifier: ISC */
/*
 * What a caller may touch: facts/api/rbac.yaml, "preprocessing", "matching",
 * "expansion" and "denial". Pure: the resources that exist come from a
 * callback, so that every executor decides alike.
 */
#ifndef COMMON_RBAC_MATCH_H
#define COMMON_RBAC_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/call.h"

/* A set of ids of one resource type, kept sorted; strings are owned. */
struct idset {
	char	**is_v;
	size_t	  is_n, is_cap;
};

void	idset_free(struct idset *);
int	idset_add(struct idset *, const char *);	/* 0, -1: no memory */
bool	idset_has(const struct idset *, const char *);
int	idset_del(struct idset *, const char *);	/* 0, -1: not in it */
/* Add all of the second to the first. 0, or -1 without memory, unchanged. */
int	idset_union(struct idset *, const struct idset *);
/* Take all of the second out of the first. */
void	idset_minus(struct idset *, const struct idset *);
/* Leave in the first only what is in the second too. */
void	idset_meet(struct idset *, const struct idset *);

/*
 * The ids that exist of a type ("agent:id"; value NULL or "*"), or the members
 * of a group (type "agent:group", value the group). Adds to out; 0 or -1.
 */
typedef int (*rbac_expand)(void *arg, const char *type, const char *value,
    struct idset *out);

struct rbac_verdict {
	bool		 rv_implicit;	/* no ids were named: denied not told */
	bool		 rv_forbidden;	/* 4000 for the whole call */
	struct idset	 rv_allowed;	/* "*" for resources without ids */
	struct idset	 rv_denied;	/* named and refused */
};

/*
 * Decide one need of a row. ids, n: what the request names (n 0 and ids NULL,
 * or the one id "*": nothing is named; n 0 and ids not NULL: an empty list,
 * which is allowed and empty). Free the sets of *rv. 0, or -1 without memory
 * or when the callback failed.
 *
 * The need has one resource and one or more actions, all of which must allow.
 *	"agent:id:{x}"		the ids are its values
 *	"rule:file:*"		all that exist; forbidden when none is allowed
 *	"node:id:node01"	this one; allowed or forbidden
 *	"*:*:*"			no ids: allowed is "*" or the call is forbidden
 *	"T:a:v&T:b:{x}"		a pair; the ids are the values of the {x} part
 * Where an executor has to put in a node's name or choose between the names
 * with and without a cluster, it does so before, and of a need with several
 * resources it asks for each one. What is not of these forms is forbidden.
 */
int	rbac_match(const struct policies *, const struct rbac_need *,
	    const char *const *ids, size_t n, rbac_expand, void *arg,
	    struct rbac_verdict *rv);

/*
 * The same for executors that ask a database instead of listing what exists:
 * which agents an entry is about, as far as the need is "agent:id:{x}" alone.
 */
enum rbac_about {
	RBAC_OTHER,		/* nothing of that need */
	RBAC_ALL,		/* all agents */
	RBAC_AGENT,		/* one; the value is its id as text */
	RBAC_GROUP		/* the members of a group, by its name */
};

/* Is the need one for agents' ids, "agent:id:{x}"? */
bool	rbac_needs_agents(const struct rbac_need *);
/*
 * What a policy entry's resource is about. *value_r (AGENT, GROUP) points into
 * it. 0, or -1: it cannot be read, which forbids the call.
 */
int	rbac_about(const char *resource, enum rbac_about *, const char **value_r);

#endif
