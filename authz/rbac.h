/* SPDX-License-Identifier: ISC */
/* The security data in memory, as one transaction saw it. */
#ifndef AUTHZ_RBAC_H
#define AUTHZ_RBAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/call.h"

struct rbac_policy {
	int64_t		 rp_id;
	char		*rp_name;
	char		*rp_text;	/* the stored JSON */
	bool		 rp_allow;
	bool		 rp_bad;	/* text cannot be read (4500) */
	char		**rp_actions;	/* lower case; NULL-ended */
	char		**rp_resources;	/* NULL-ended */
};

struct rbac_rule {
	int64_t		 rr_id;
	char		*rr_name;
	char		*rr_text;	/* the stored JSON */
};

struct rbac_role {
	int64_t		 ro_id;
	char		*ro_name;
	size_t		 ro_npolicies, ro_nrules;
	int64_t		*ro_policies;	/* by level */
	int64_t		*ro_rules;	/* by id */
};

struct rbac_user {
	int64_t		 ru_id;
	char		*ru_name;
	char		*ru_password;	/* encoded */
	bool		 ru_run_as;
	size_t		 ru_nroles;
	int64_t		*ru_roles;	/* by level */
};

struct rbac_black {			/* one row of a black list */
	int64_t		 bl_id;		/* user or role; 0 for run_as */
	int64_t		 bl_nbf;	/* tokens up to here are void */
	int64_t		 bl_until;
};

struct rbac {
	struct rbac_user	*rb_users;	/* all arrays by id */
	struct rbac_role	*rb_roles;
	struct rbac_policy	*rb_policies;
	struct rbac_rule	*rb_rules;
	struct rbac_black	*rb_black_users, *rb_black_roles, *rb_black_runas;
	size_t	 rb_nusers, rb_nroles, rb_npolicies, rb_nrules;
	size_t	 rb_nblack_users, rb_nblack_roles, rb_nblack_runas;
};

void	rbac_free(struct rbac **);

const struct rbac_user	 *rbac_user_name(const struct rbac *, const char *);
const struct rbac_user	 *rbac_user(const struct rbac *, int64_t id);
const struct rbac_role	 *rbac_role(const struct rbac *, int64_t id);
const struct rbac_policy *rbac_policy(const struct rbac *, int64_t id);
const struct rbac_rule	 *rbac_rule(const struct rbac *, int64_t id);

/* Is the id in the list? */
bool	rbac_listed(const int64_t *list, size_t n, int64_t id);

/*
 * Read rp_text into rp_allow, rp_actions and rp_resources, lower case but for
 * the resources' values ("*" becomes "*:*:*"), or set rp_bad: facts, policy
 * syntax. 0, or -1 without memory.
 */
int	rbac_policy_read(struct rbac_policy *);

/*
 * Is a token with these claims void by a black list, or by a change of the
 * user? facts/api/rbac.yaml, tokens: check_order, blacklist_rule.
 */
bool	rbac_token_void(const struct rbac *, const struct rbac_user *,
	    const int64_t *roles, size_t nroles, bool run_as, int64_t nbf);

/*
 * The entries that the policies of these roles give for the actions of a row,
 * preprocessed (preprocessing: override, net_effect). Strings are borrowed
 * from the snapshot. 0, or -1 with errno: E2BIG when there are more than
 * POLICY_MAX, EINVAL when a policy of these roles is bad (4500), ENOMEM. Then
 * the call must not go on: with no entries, black mode would allow everything.
 */
int	rbac_entries(const struct rbac *, const int64_t *roles, size_t nroles,
	    bool black, const struct row *, struct policies *out);

/*
 * The same for all actions that these policies name, in the order in which
 * they first do: each() gets the entries of one, which may be none, and ends it
 * with -1. Also E2BIG: more than POLICY_MAX actions.
 */
typedef int (*rbac_each)(void *arg, const char *action,
    const struct policies *);
int	rbac_entries_all(const struct rbac *, const int64_t *roles,
	    size_t nroles, rbac_each each, void *arg);

/*
 * May these roles know what this node is called (cluster:read)? No, where that
 * cannot be decided. room: written over.
 */
bool	rbac_sees_node(const struct rbac *, const int64_t *roles,
	    size_t nroles, bool black, struct policies *room);

#endif
