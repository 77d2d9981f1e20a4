/* SPDX-License-Identifier: ISC */
/*
 * From the policies of a token's roles to the ordered entries of a row's
 * actions, or of all: facts/api/rbac.yaml, "preprocessing". A policy may list a thousand
 * agents and this runs for every call, so a repeated resource is found by hash.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"
#include "common/node.h"
#include "common/rbac_match.h"

#define ENTRIES_SLOTS (POLICY_MAX * 2) /* a power of two */

struct gather {
	struct policies *ga_out;
	const char *ga_action;
	size_t ga_start; /* where the action's entries begin */
	uint16_t ga_slot[ENTRIES_SLOTS]; /* index + 1, or 0 */
	bool ga_dead[POLICY_MAX]; /* replaced, to be dropped */
};

/* The slot that holds the resource, or the empty one where it belongs. */
static size_t
entries_slot(const struct gather *ga, const char *resource)
{
	const char *have;
	uint32_t hash = 2166136261U;
	const char *p;
	size_t at;

	for (p = resource; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619U;
	for (at = hash % ENTRIES_SLOTS; ga->ga_slot[at] != 0;
	     at = (at + 1) % ENTRIES_SLOTS) {
		have = ga->ga_out->ps_v[ga->ga_slot[at] - 1].pe_resource;
		if (strcmp(have, resource) == 0)
			break;
	}
	return (at);
}

/* Drop the dead and number the rest anew. */
static void
entries_compact(struct gather *ga)
{
	struct policies *out = ga->ga_out;
	size_t i, n = ga->ga_start, at;

	memset(ga->ga_slot, 0, sizeof(ga->ga_slot));
	for (i = ga->ga_start; i < out->ps_n; i++) {
		if (ga->ga_dead[i])
			continue;
		out->ps_v[n] = out->ps_v[i];
		at = entries_slot(ga, out->ps_v[n].pe_resource);
		ga->ga_slot[at] = (uint16_t)(++n);
	}
	out->ps_n = n;
	memset(ga->ga_dead, 0, sizeof(ga->ga_dead));
}

/* Bytes of "type:attribute:", which every resource has. */
static size_t
entries_type(const char *part)
{
	return ((size_t)(strchr(strchr(part, ':') + 1, ':') - part) + 1);
}

/* Is the value of a part, which ends at NUL or &, the star? */
static bool
entries_star(const char *part)
{
	const char *value = part + entries_type(part);

	return (value[0] == '*' && (value[1] == '\0' || value[1] == '&'));
}

/* Does a part of a later pair stand for that part of an earlier one? */
static bool
entries_covers(const char *later, const char *earlier)
{
	size_t len;

	len = entries_star(later) ? entries_type(later) : strcspn(later, "&");
	if (strncmp(later, earlier, len) != 0)
		return (false);
	return (
	    entries_star(later) || earlier[len] == '\0' || earlier[len] == '&');
}

/*
 * What a later resource makes of no account: a single star all single
 * resources of its type and all groups of agents; a pair the pairs it covers.
 * The original lets a star of any type undo a denial of a group of agents,
 * which would let the denied in: ours does so for stars of agents only.
 */
static bool
entries_overrides(const char *later, const struct policy_entry *pe)
{
	const char *amp, *old, *earlier = pe->pe_resource;

	amp = strchr(later, '&');
	old = strchr(earlier, '&');
	if ((amp == NULL) != (old == NULL))
		return (false);
	if (amp != NULL)
		return (entries_covers(later, earlier) &&
		    entries_covers(amp + 1, old + 1));
	if (!entries_star(later))
		return (false);
	if (strncmp(later, earlier, entries_type(later)) == 0)
		return (true);
	return (strncmp(earlier, "agent:group:", strlen("agent:group:")) == 0 &&
	    (pe->pe_allow || strncmp(later, "agent:", strlen("agent:")) == 0));
}

/* Add one entry at the end. 0, or -1 when there are too many. */
static int
entries_add(struct gather *ga, const char *resource, bool allow)
{
	struct policies *out = ga->ga_out;
	size_t at, i;

	if (out->ps_n == POLICY_MAX)
		entries_compact(ga);
	at = entries_slot(ga, resource);
	if (ga->ga_slot[at] != 0)
		ga->ga_dead[ga->ga_slot[at] - 1] = true;
	if (strchr(resource, '*') != NULL)
		for (i = ga->ga_start; i < out->ps_n; i++)
			if (!ga->ga_dead[i] &&
			    entries_overrides(resource, &out->ps_v[i]))
				ga->ga_dead[i] = true;
	if (out->ps_n == POLICY_MAX) {
		entries_compact(ga);
		if (out->ps_n == POLICY_MAX) {
			errno = E2BIG;
			return (-1);
		}
		at = entries_slot(ga, resource);
	}
	out->ps_v[out->ps_n].pe_action = ga->ga_action;
	out->ps_v[out->ps_n].pe_resource = resource;
	out->ps_v[out->ps_n].pe_allow = allow;
	ga->ga_slot[at] = (uint16_t)(++out->ps_n);
	return (0);
}

static int
entries_policy(struct gather *ga, const struct rbac_policy *rp)
{
	size_t i, j;

	if (rp->rp_bad) {
		errno = EINVAL;
		return (-1);
	}
	/* An action named twice has the same effect twice. */
	for (i = 0; rp->rp_actions[i] != NULL; i++) {
		if (strcmp(rp->rp_actions[i], ga->ga_action) != 0)
			continue;
		for (j = 0; rp->rp_resources[j] != NULL; j++)
			if (entries_add(
			        ga, rp->rp_resources[j], rp->rp_allow) == -1)
				return (-1);
	}
	return (0);
}

/* All entries of one action: roles in the token's order, policies by level. */
static int
entries_action(struct gather *ga, const struct rbac *rb, const int64_t *held,
    size_t nheld, const char *action)
{
	const struct rbac_role *ro;
	const struct rbac_policy *rp;
	size_t i, j;

	ga->ga_action = action;
	ga->ga_start = ga->ga_out->ps_n;
	memset(ga->ga_slot, 0, sizeof(ga->ga_slot));
	memset(ga->ga_dead, 0, sizeof(ga->ga_dead));
	for (i = 0; i < nheld; i++) {
		ro = rbac_role(rb, held[i]);
		if (ro == NULL)
			continue;
		for (j = 0; j < ro->ro_npolicies; j++) {
			rp = rbac_policy(rb, ro->ro_policies[j]);
			if (rp != NULL && entries_policy(ga, rp) == -1)
				return (-1);
		}
	}
	entries_compact(ga);
	return (0);
}

static bool
entries_done(const struct policies *out, const char *action)
{
	size_t i;

	for (i = 0; i < out->ps_n; i++)
		if (strcmp(out->ps_v[i].pe_action, action) == 0)
			return (true);
	return (false);
}

int
rbac_entries(const struct rbac *rb, const int64_t *held, size_t nheld,
    bool black, const struct row *row, struct policies *out)
{
	struct gather *ga;
	const char *action;
	size_t i, j;
	int ret = 0;

	out->ps_black = black;
	out->ps_n = 0;
	ga = malloc(sizeof(*ga));
	if (ga == NULL)
		return (-1);
	ga->ga_out = out;
	for (i = 0; ret == 0 && i < ROW_RBAC; i++) {
		for (j = 0; ret == 0 && j < ROW_ACTIONS; j++) {
			action = row->r_rbac[i].rn_actions[j];
			if (action == NULL)
				break;
			if (!entries_done(out, action))
				ret =
				    entries_action(ga, rb, held, nheld, action);
		}
	}
	free(ga);
	if (ret == -1)
		out->ps_n = 0;
	return (ret);
}

/* --- all actions ----------------------------------------------------------- */

/* Actions in the order in which they were first met. */
struct actions {
	const char *ac_v[POLICY_MAX];
	size_t ac_n;
};

/* Add those of a policy that are new. 0, or -1 when there are too many. */
static int
actions_add(struct actions *ac, char *const *names)
{
	size_t i, k;

	for (i = 0; names[i] != NULL; i++) {
		for (k = 0; k < ac->ac_n; k++)
			if (strcmp(ac->ac_v[k], names[i]) == 0)
				break;
		if (k < ac->ac_n)
			continue;
		if (k == POLICY_MAX) {
			errno = E2BIG;
			return (-1);
		}
		ac->ac_v[ac->ac_n++] = names[i];
	}
	return (0);
}

static int
actions_gather(struct actions *ac, const struct rbac *rb, const int64_t *held,
    size_t nheld)
{
	const struct rbac_role *ro;
	const struct rbac_policy *rp;
	size_t i, j;

	for (i = 0; i < nheld; i++) {
		ro = rbac_role(rb, held[i]);
		for (j = 0; ro != NULL && j < ro->ro_npolicies; j++) {
			rp = rbac_policy(rb, ro->ro_policies[j]);
			if (rp == NULL)
				continue;
			if (rp->rp_bad) {
				errno = EINVAL;
				return (-1);
			}
			if (actions_add(ac, rp->rp_actions) == -1)
				return (-1);
		}
	}
	return (0);
}

static int
actions_each(const struct actions *ac, struct gather *ga, const struct rbac *rb,
    const int64_t *held, size_t nheld, rbac_each each, void *arg)
{
	size_t i;

	for (i = 0; i < ac->ac_n; i++) {
		ga->ga_out->ps_n = 0;
		if (entries_action(ga, rb, held, nheld, ac->ac_v[i]) == -1 ||
		    each(arg, ac->ac_v[i], ga->ga_out) == -1)
			return (-1);
	}
	return (0);
}

int
rbac_entries_all(const struct rbac *rb, const int64_t *held, size_t nheld,
    rbac_each each, void *arg)
{
	struct gather *ga = malloc(sizeof(*ga));
	struct actions *ac = malloc(sizeof(*ac));
	struct policies *ps = calloc(1, sizeof(*ps));
	int ret = -1;

	if (ga != NULL && ac != NULL && ps != NULL) {
		ac->ac_n = 0;
		ga->ga_out = ps;
		ret = actions_gather(ac, rb, held, nheld);
		if (ret == 0)
			ret = actions_each(ac, ga, rb, held, nheld, each, arg);
	}
	free(ga);
	free(ac);
	free(ps);
	return (ret);
}

/* --- this node's name -------------------------------------------------- */

/* One node that is named needs nothing to be looked up. */
static int
entries_expand(
    void *arg, const char *type, const char *value, struct idset *out)
{
	return (-1);
}

bool
rbac_sees_node(const struct rbac *rb, const int64_t *held, size_t nheld,
    bool black, struct policies *room)
{
	static const struct row row = { .r_rbac = {
		                            { { "cluster:read" },
		                                { "node:id:" NODE_NAME } },
		                        } };
	struct rbac_verdict rv;
	bool sees;

	if (rbac_entries(rb, held, nheld, black, &row, room) == -1 ||
	    rbac_match(
	        room, &row.r_rbac[0], NULL, 0, entries_expand, NULL, &rv) == -1)
		return (false);
	sees = !rv.rv_forbidden;
	idset_free(&rv.rv_allowed);
	idset_free(&rv.rv_denied);
	return (sees);
}
