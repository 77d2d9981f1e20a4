/* SPDX-License-Identifier: ISC */
/*
 * A snapshot of rbac.db made by hand, for the tests of what reads it. What is
 * added ascends by id; rbac_free() frees all of it.
 */
#ifndef TESTS_UNIT_RBAC_RIG_H
#define TESTS_UNIT_RBAC_RIG_H

#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"
#include "tests/unit/unit.h"

static inline void *
rb_grown(void *list, size_t n, size_t size)
{
	list = reallocarray(list, n + 1, size);
	if (list == NULL)
		abort();
	memset((char *)list + n * size, 0, size);
	return (list);
}

static inline struct rbac *
rb_new(void)
{
	struct rbac *rb = calloc(1, sizeof(*rb));

	CU_ASSERT_PTR_NOT_NULL_FATAL(rb);
	return (rb);
}

static inline int64_t *
rb_ids(const char *text, size_t *n_r)
{
	int64_t *list = NULL;
	char *end;

	*n_r = 0;
	while (*text != '\0') {
		list = rb_grown(list, *n_r, sizeof(*list));
		list[(*n_r)++] = strtoll(text, &end, 10);
		text = end + strspn(end, " ");
	}
	return (list);
}

static inline void
rb_user(struct rbac *rb, int64_t id, const char *name, bool run_as,
    const char *held)
{
	struct rbac_user *ru;

	rb->rb_users = rb_grown(rb->rb_users, rb->rb_nusers, sizeof(*ru));
	ru = &rb->rb_users[rb->rb_nusers++];
	ru->ru_id = id;
	ru->ru_name = strdup(name);
	ru->ru_password = strdup("x");
	ru->ru_run_as = run_as;
	ru->ru_roles = rb_ids(held, &ru->ru_nroles);
}

static inline void
rb_role(struct rbac *rb, int64_t id, const char *policies)
{
	struct rbac_role *ro;

	rb->rb_roles = rb_grown(rb->rb_roles, rb->rb_nroles, sizeof(*ro));
	ro = &rb->rb_roles[rb->rb_nroles++];
	ro->ro_id = id;
	ro->ro_name = strdup("r");
	ro->ro_policies = rb_ids(policies, &ro->ro_npolicies);
}

static inline struct rbac_policy *
rb_policy(struct rbac *rb, int64_t id, const char *text)
{
	struct rbac_policy *rp;

	rb->rb_policies = rb_grown(rb->rb_policies, rb->rb_npolicies, sizeof(*rp));
	rp = &rb->rb_policies[rb->rb_npolicies++];
	rp->rp_id = id;
	rp->rp_name = strdup("p");
	rp->rp_text = strdup(text);
	CU_ASSERT_EQUAL(rbac_policy_read(rp), 0);
	return (rp);
}

static inline void
rb_rule(struct rbac *rb, int64_t id, const char *name, const char *text)
{
	struct rbac_rule *rr;

	rb->rb_rules = rb_grown(rb->rb_rules, rb->rb_nrules, sizeof(*rr));
	rr = &rb->rb_rules[rb->rb_nrules++];
	rr->rr_id = id;
	rr->rr_name = strdup(name);
	rr->rr_text = strdup(text);
}

static inline void
rb_black(struct rbac_black **list, size_t *n, int64_t id, int64_t nbf)
{
	*list = rb_grown(*list, *n, sizeof(**list));
	(*list)[*n].bl_id = id;
	(*list)[(*n)++].bl_nbf = nbf;
}

#endif
