/* SPDX-License-Identifier: ISC */
/* The snapshot: look-ups, release, and what makes a token void. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"

static void
rbac_list_free(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

void
rbac_free(struct rbac **rbp)
{
	struct rbac *rb = *rbp;
	size_t i;

	if (rb == NULL)
		return;
	*rbp = NULL;
	for (i = 0; i < rb->rb_nusers; i++) {
		free(rb->rb_users[i].ru_name);
		free(rb->rb_users[i].ru_roles);
		if (rb->rb_users[i].ru_password != NULL)
			explicit_bzero(rb->rb_users[i].ru_password,
			    strlen(rb->rb_users[i].ru_password));
		free(rb->rb_users[i].ru_password);
	}
	for (i = 0; i < rb->rb_nroles; i++) {
		free(rb->rb_roles[i].ro_name);
		free(rb->rb_roles[i].ro_policies);
		free(rb->rb_roles[i].ro_rules);
	}
	for (i = 0; i < rb->rb_npolicies; i++) {
		free(rb->rb_policies[i].rp_name);
		free(rb->rb_policies[i].rp_text);
		rbac_list_free(rb->rb_policies[i].rp_actions);
		rbac_list_free(rb->rb_policies[i].rp_resources);
	}
	for (i = 0; i < rb->rb_nrules; i++) {
		free(rb->rb_rules[i].rr_name);
		free(rb->rb_rules[i].rr_text);
	}
	free(rb->rb_users);
	free(rb->rb_roles);
	free(rb->rb_policies);
	free(rb->rb_rules);
	free(rb->rb_black_users);
	free(rb->rb_black_roles);
	free(rb->rb_black_runas);
	free(rb);
}

/* Every element begins with its id, by which the arrays are sorted. */
static const void *
rbac_find(const void *base, size_t n, size_t size, int64_t id)
{
	const uint8_t *at;
	size_t lo = 0, hi = n, mid;
	int64_t have;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		at = (const uint8_t *)base + mid * size;
		memcpy(&have, at, sizeof(have));
		if (have == id)
			return (at);
		if (have < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (NULL);
}

_Static_assert(offsetof(struct rbac_user, ru_id) == 0 &&
        offsetof(struct rbac_role, ro_id) == 0 &&
        offsetof(struct rbac_policy, rp_id) == 0 &&
        offsetof(struct rbac_rule, rr_id) == 0 &&
        offsetof(struct rbac_black, bl_id) == 0,
    "rbac_find() reads the id at the start");

const struct rbac_user *
rbac_user_name(const struct rbac *rb, const char *name)
{
	size_t i;

	for (i = 0; i < rb->rb_nusers; i++)
		if (strcmp(rb->rb_users[i].ru_name, name) == 0)
			return (&rb->rb_users[i]);
	return (NULL);
}

const struct rbac_user *
rbac_user(const struct rbac *rb, int64_t id)
{
	return (
	    rbac_find(rb->rb_users, rb->rb_nusers, sizeof(*rb->rb_users), id));
}

const struct rbac_role *
rbac_role(const struct rbac *rb, int64_t id)
{
	return (
	    rbac_find(rb->rb_roles, rb->rb_nroles, sizeof(*rb->rb_roles), id));
}

const struct rbac_policy *
rbac_policy(const struct rbac *rb, int64_t id)
{
	return (rbac_find(
	    rb->rb_policies, rb->rb_npolicies, sizeof(*rb->rb_policies), id));
}

const struct rbac_rule *
rbac_rule(const struct rbac *rb, int64_t id)
{
	return (
	    rbac_find(rb->rb_rules, rb->rb_nrules, sizeof(*rb->rb_rules), id));
}

bool
rbac_listed(const int64_t *list, size_t n, int64_t id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i] == id)
			return (true);
	return (false);
}

static bool
rbac_within(const int64_t *some, size_t nsome, const int64_t *all, size_t nall)
{
	size_t i;

	for (i = 0; i < nsome; i++)
		if (!rbac_listed(all, nall, some[i]))
			return (false);
	return (true);
}

/* Of the same second counts as before: the row may be the younger one. */
static bool
rbac_blacked(const struct rbac_black *list, size_t n, int64_t id, int64_t nbf)
{
	const struct rbac_black *bl;

	bl = rbac_find(list, n, sizeof(*list), id);
	return (bl != NULL && nbf <= bl->bl_nbf);
}

static bool
rbac_roles_blacked(
    const struct rbac *rb, const int64_t *ids, size_t n, int64_t nbf)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rbac_blacked(
		        rb->rb_black_roles, rb->rb_nblack_roles, ids[i], nbf))
			return (true);
	return (false);
}

bool
rbac_token_void(const struct rbac *rb, const struct rbac_user *ru,
    const int64_t *held, size_t nheld, bool run_as, int64_t nbf)
{
	if (ru == NULL)
		return (true);
	if (!ru->ru_run_as &&
	    (!rbac_within(held, nheld, ru->ru_roles, ru->ru_nroles) ||
	        !rbac_within(ru->ru_roles, ru->ru_nroles, held, nheld)))
		return (true);
	if (rbac_blacked(
	        rb->rb_black_users, rb->rb_nblack_users, ru->ru_id, nbf))
		return (true);
	if (run_as &&
	    rbac_blacked(rb->rb_black_runas, rb->rb_nblack_runas, 0, nbf))
		return (true);
	return (rbac_roles_blacked(rb, ru->ru_roles, ru->ru_nroles, nbf) ||
	    rbac_roles_blacked(rb, held, nheld, nbf));
}
