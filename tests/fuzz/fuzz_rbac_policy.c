/* SPDX-License-Identifier: ISC */
/*
 * Stored policies: what is read without complaint has to be of the form that
 * the code which works with it takes for granted.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t
count(const char *text, char c)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		if (*text == c)
			n++;
	return (n);
}

static void
check(const struct rbac *rb)
{
	static struct policies ps;
	static const int64_t held[] = { 1, 1 };
	static const struct row row = {
		.r_rbac = { { { "agent:read", "a:b" }, { NULL } } },
	};
	const struct rbac_policy *rp = &rb->rb_policies[0];
	size_t i, amps;

	if (!rp->rp_bad) {
		for (i = 0; rp->rp_resources[i] != NULL; i++) {
			amps = count(rp->rp_resources[i], '&');
			if (amps > 1 ||
			    count(rp->rp_resources[i], ':') != (amps + 1) * 2)
				abort();
		}
		for (i = 0; rp->rp_actions[i] != NULL; i++)
			if (strpbrk(rp->rp_actions[i], "ABCXYZ") != NULL)
				abort();
	}
	if (rbac_entries(rb, held, 2, true, &row, &ps) == -1 && ps.ps_n != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rbac_role *ro;
	struct rbac *rb;

	rb = calloc(1, sizeof(*rb));
	if (rb == NULL)
		return (0);
	rb->rb_policies = calloc(1, sizeof(*rb->rb_policies));
	rb->rb_roles = ro = calloc(1, sizeof(*ro));
	if (rb->rb_policies != NULL && ro != NULL) {
		rb->rb_npolicies = rb->rb_nroles = 1;
		rb->rb_policies[0].rp_id = ro->ro_id = 1;
		ro->ro_policies = calloc(1, sizeof(*ro->ro_policies));
		rb->rb_policies[0].rp_text = strndup((const char *)data, len);
		if (ro->ro_policies != NULL &&
		    rb->rb_policies[0].rp_text != NULL) {
			ro->ro_policies[0] = 1;
			ro->ro_npolicies = 1;
			if (rbac_policy_read(&rb->rb_policies[0]) == 0)
				check(rb);
		}
	}
	rbac_free(&rb);
	return (0);
}
