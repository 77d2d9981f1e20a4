/* SPDX-License-Identifier: ISC */
/* What authz remembers, for how long, and how much of it. */
#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "authz/cache.h"
#include "tests/unit/unit.h"

#define SEC UINT64_C(1000000000)

static void
claims(struct token_claims *tc, unsigned int n, int64_t exp)
{
	size_t i;

	memset(tc, 0, sizeof(*tc));
	snprintf(tc->tc_user, sizeof(tc->tc_user), "user%u", n);
	snprintf(tc->tc_mode, sizeof(tc->tc_mode), "white");
	tc->tc_nbf = 1000;
	tc->tc_exp = exp;
	tc->tc_nroles = n % (TOKEN_ROLES + 1);
	for (i = 0; i < tc->tc_nroles; i++)
		tc->tc_roles[i] = (int64_t)(n + i);
}

static void
key_n(struct cache *ca, unsigned int n, uint8_t key[CACHE_KEY])
{
	char text[32];

	snprintf(text, sizeof(text), "token %u", n);
	cache_token_key(ca, text, strlen(text), key);
}

static void
test_tokens(void)
{
	struct cache *ca = cache_new();
	struct token_claims tc, got;
	uint8_t a[CACHE_KEY], b[CACHE_KEY];

	key_n(ca, 1, a);
	key_n(ca, 2, b);
	CU_ASSERT_FALSE(cache_token_get(ca, a, 1500, &got));
	claims(&tc, TOKEN_ROLES, 2000);
	tc.tc_run_as = true;
	snprintf(tc.tc_context, sizeof(tc.tc_context), "00ff");
	cache_token_put(ca, a, &tc);
	CU_ASSERT_FALSE(cache_token_get(ca, b, 1500, &got));
	memset(&got, 0xff, sizeof(got));
	CU_ASSERT_TRUE(cache_token_get(ca, a, 1999, &got));
	CU_ASSERT_STRING_EQUAL(got.tc_user, "user256");
	CU_ASSERT_STRING_EQUAL(got.tc_mode, "white");
	CU_ASSERT_STRING_EQUAL(got.tc_context, "00ff");
	CU_ASSERT_TRUE(got.tc_run_as);
	CU_ASSERT_EQUAL(got.tc_nbf, 1000);
	CU_ASSERT_EQUAL(got.tc_exp, 2000);
	CU_ASSERT_EQUAL(got.tc_nroles, TOKEN_ROLES);
	CU_ASSERT_EQUAL(
	    memcmp(got.tc_roles, tc.tc_roles, sizeof(tc.tc_roles)), 0);
	claims(&tc, 0, 2000);
	cache_token_put(ca, b, &tc);
	CU_ASSERT_TRUE(cache_token_get(ca, b, 1500, &got));
	CU_ASSERT_EQUAL(got.tc_nroles, 0);
	CU_ASSERT_FALSE(got.tc_run_as);
	CU_ASSERT_STRING_EQUAL(got.tc_context, "");
	CU_ASSERT_EQUAL(cache_tokens(ca), 2);
	/* A token ends, and is gone even if the clock goes back. */
	CU_ASSERT_FALSE(cache_token_get(ca, a, 2000, &got));
	CU_ASSERT_FALSE(cache_token_get(ca, a, 1500, &got));
	CU_ASSERT_EQUAL(cache_tokens(ca), 1);
	cache_free(&ca);
	CU_ASSERT_PTR_NULL(ca);
}

static void
test_keys(void)
{
	struct cache *ca = cache_new(), *other = cache_new();
	uint8_t a[CACHE_KEY], b[CACHE_KEY];

	cache_login_key(ca, "wazuh", "secret", a);
	cache_login_key(ca, "wazuh", "secret", b);
	CU_ASSERT_EQUAL(memcmp(a, b, CACHE_KEY), 0);
	/* Name and password are not run together. */
	cache_login_key(ca, "wazuhs", "ecret", b);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, CACHE_KEY), 0);
	cache_login_key(ca, "wazuhsecret", "", b);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, CACHE_KEY), 0);
	/* A token is never taken for a login. */
	cache_token_key(ca, "wazuhsecret", 11, b);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, CACHE_KEY), 0);
	cache_login_key(ca, "wazuhsecret", "", a);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, CACHE_KEY), 0);
	/* Another process has another secret. */
	cache_token_key(other, "wazuhsecret", 11, a);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, CACHE_KEY), 0);
	cache_free(&ca);
	cache_free(&other);
}

static void
test_logins(void)
{
	struct cache *ca = cache_new();
	uint8_t a[CACHE_KEY], b[CACHE_KEY];

	cache_login_key(ca, "wazuh", "secret", a);
	cache_login_key(ca, "wazuh", "Secret", b);
	CU_ASSERT_EQUAL(cache_login_get(ca, a, 100 * SEC), -1);
	cache_login_put(ca, a, 7, 160 * SEC);
	CU_ASSERT_EQUAL(cache_login_get(ca, a, 100 * SEC), 7);
	CU_ASSERT_EQUAL(cache_login_get(ca, b, 100 * SEC), -1);
	/* Using it does not make it last longer. */
	CU_ASSERT_EQUAL(cache_login_get(ca, a, 160 * SEC - 1), 7);
	CU_ASSERT_EQUAL(cache_login_get(ca, a, 160 * SEC), -1);
	CU_ASSERT_EQUAL(cache_logins(ca), 0);
	cache_login_put(ca, a, 7, 260 * SEC);
	cache_login_put(ca, a, 8, 270 * SEC);
	CU_ASSERT_EQUAL(cache_logins(ca), 1);
	CU_ASSERT_EQUAL(cache_login_get(ca, a, 200 * SEC), 8);
	cache_free(&ca);
}

static void
test_drop(void)
{
	struct cache *ca = cache_new();
	struct token_claims tc;
	uint8_t a[CACHE_KEY], b[CACHE_KEY];

	key_n(ca, 1, a);
	cache_login_key(ca, "wazuh", "secret", b);
	claims(&tc, 1, 2000);
	cache_token_put(ca, a, &tc);
	cache_login_put(ca, b, 1, 160 * SEC);
	cache_drop(ca);
	CU_ASSERT_EQUAL(cache_tokens(ca) + cache_logins(ca), 0);
	CU_ASSERT_FALSE(cache_token_get(ca, a, 1500, &tc));
	CU_ASSERT_EQUAL(cache_login_get(ca, b, 100 * SEC), -1);
	/* It goes on working. */
	cache_token_put(ca, a, &tc);
	CU_ASSERT_EQUAL(cache_tokens(ca), 1);
	cache_free(&ca);
}

/* The bound holds, and what was used last stays. */
static void
test_bounds(void)
{
	struct cache *ca = cache_new();
	struct token_claims tc, got;
	uint8_t key[CACHE_KEY], a[CACHE_KEY];
	unsigned int i;

	key_n(ca, 0, a);
	for (i = 0; i < CACHE_TOKENS + 1000; i++) {
		key_n(ca, i, key);
		claims(&tc, i % 8, 2000 + i);
		cache_token_put(ca, key, &tc);
		/* The first one is in use all the time. */
		CU_ASSERT_TRUE_FATAL(cache_token_get(ca, a, 1500, &got));
	}
	CU_ASSERT_EQUAL(cache_tokens(ca), CACHE_TOKENS);
	for (i = 1; i < CACHE_TOKENS + 1000; i++) {
		key_n(ca, i, key);
		CU_ASSERT_EQUAL(cache_token_get(ca, key, 1500, &got), i > 1000);
	}
	for (i = 0; i < CACHE_LOGINS + 10; i++) {
		key_n(ca, i, key);
		cache_login_put(ca, key, i, 100 * SEC);
	}
	CU_ASSERT_EQUAL(cache_logins(ca), CACHE_LOGINS);
	key_n(ca, 9, key);
	CU_ASSERT_EQUAL(cache_login_get(ca, key, SEC), -1);
	key_n(ca, 10, key);
	CU_ASSERT_EQUAL(cache_login_get(ca, key, SEC), 10);
	cache_free(&ca);
}

static const struct unit_case cases[] = {
	{ "tokens", test_tokens },
	{ "keys", test_keys },
	{ "logins", test_logins },
	{ "dropping", test_drop },
	{ "bounds", test_bounds },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("cache", cases));
}
