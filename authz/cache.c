/* SPDX-License-Identifier: ISC */
/* Remembered credentials: see cache.h. */
#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "authz/cache.h"
#include "common/log.h"

/* Keeps the keys of the two kinds apart. */
#define KIND_TOKEN 't'
#define KIND_LOGIN 'l'

struct cache_entry {
	LIST_ENTRY(cache_entry) ce_hash;
	TAILQ_ENTRY(cache_entry) ce_used;
	uint8_t ce_key[CACHE_KEY];
	uint64_t ce_until; /* in the table's own clock */
	size_t ce_len;
	uint8_t ce_data[];
};

LIST_HEAD(cache_bucket, cache_entry);

/* One table: a hash for finding, a list in order of last use for forgetting. */
struct cache_table {
	struct cache_bucket *ct_buckets;
	size_t ct_max; /* entries; buckets too */
	size_t ct_n;
	TAILQ_HEAD(, cache_entry) ct_used; /* oldest first */
};

struct cache {
	EVP_MAC_CTX *ca_mac; /* holds the secret */
	struct cache_table ca_tokens, ca_logins;
};

/* A token's claims without the room they do not use; roles follow. */
struct cache_claims {
	int64_t cc_nbf, cc_exp;
	size_t cc_nroles;
	bool cc_run_as;
	char cc_mode[sizeof(((struct token_claims *)0)->tc_mode)];
	char cc_context[sizeof(((struct token_claims *)0)->tc_context)];
	char cc_user[TOKEN_NAME];
};

static void
cache_table_init(struct cache_table *ct, size_t max)
{
	ct->ct_buckets = calloc(max, sizeof(*ct->ct_buckets));
	if (ct->ct_buckets == NULL)
		fatalx("no memory");
	ct->ct_max = max;
	ct->ct_n = 0;
	TAILQ_INIT(&ct->ct_used);
}

static void
cache_table_del(struct cache_table *ct, struct cache_entry *ce)
{
	LIST_REMOVE(ce, ce_hash);
	TAILQ_REMOVE(&ct->ct_used, ce, ce_used);
	ct->ct_n--;
	OPENSSL_cleanse(ce, sizeof(*ce) + ce->ce_len);
	free(ce);
}

static void
cache_table_drop(struct cache_table *ct)
{
	while (!TAILQ_EMPTY(&ct->ct_used))
		cache_table_del(ct, TAILQ_FIRST(&ct->ct_used));
}

/* The key is as random as can be: its first bytes choose the bucket. */
static struct cache_bucket *
cache_bucket(struct cache_table *ct, const uint8_t key[CACHE_KEY])
{
	uint64_t h;

	memcpy(&h, key, sizeof(h));
	return (&ct->ct_buckets[h % ct->ct_max]);
}

/* The entry of a key, moved to the end of the list of use. */
static struct cache_entry *
cache_table_find(
    struct cache_table *ct, const uint8_t key[CACHE_KEY], uint64_t now)
{
	struct cache_entry *ce;

	LIST_FOREACH (ce, cache_bucket(ct, key), ce_hash)
		if (CRYPTO_memcmp(ce->ce_key, key, CACHE_KEY) == 0)
			break;
	if (ce == NULL)
		return (NULL);
	if (now >= ce->ce_until) {
		cache_table_del(ct, ce);
		return (NULL);
	}
	TAILQ_REMOVE(&ct->ct_used, ce, ce_used);
	TAILQ_INSERT_TAIL(&ct->ct_used, ce, ce_used);
	return (ce);
}

/* A new entry with len bytes of data, or NULL: then it is not remembered. */
static struct cache_entry *
cache_table_add(struct cache_table *ct, const uint8_t key[CACHE_KEY],
    uint64_t until, size_t len)
{
	struct cache_entry *ce;

	/* An older answer of the same credential goes. */
	ce = cache_table_find(ct, key, 0);
	if (ce != NULL)
		cache_table_del(ct, ce);
	if (ct->ct_n == ct->ct_max)
		cache_table_del(ct, TAILQ_FIRST(&ct->ct_used));
	ce = calloc(1, sizeof(*ce) + len);
	if (ce == NULL)
		return (NULL);
	memcpy(ce->ce_key, key, CACHE_KEY);
	ce->ce_until = until;
	ce->ce_len = len;
	LIST_INSERT_HEAD(cache_bucket(ct, key), ce, ce_hash);
	TAILQ_INSERT_TAIL(&ct->ct_used, ce, ce_used);
	ct->ct_n++;
	return (ce);
}

struct cache *
cache_new(void)
{
	OSSL_PARAM params[2];
	EVP_MAC *mac;
	struct cache *ca;
	uint8_t secret[32];
	char digest[] = "SHA256";

	ca = calloc(1, sizeof(*ca));
	if (ca == NULL)
		fatalx("no memory");
	mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	ca->ca_mac = EVP_MAC_CTX_new(mac);
	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	if (RAND_bytes(secret, sizeof(secret)) != 1 || ca->ca_mac == NULL ||
	    EVP_MAC_init(ca->ca_mac, secret, sizeof(secret), params) != 1)
		fatalx("no keyed hash: OpenSSL is not usable");
	EVP_MAC_free(mac);
	OPENSSL_cleanse(secret, sizeof(secret));
	cache_table_init(&ca->ca_tokens, CACHE_TOKENS);
	cache_table_init(&ca->ca_logins, CACHE_LOGINS);
	return (ca);
}

void
cache_free(struct cache **ca)
{
	if (*ca == NULL)
		return;
	cache_drop(*ca);
	free((*ca)->ca_tokens.ct_buckets);
	free((*ca)->ca_logins.ct_buckets);
	EVP_MAC_CTX_free((*ca)->ca_mac);
	free(*ca);
	*ca = NULL;
}

void
cache_drop(struct cache *ca)
{
	cache_table_drop(&ca->ca_tokens);
	cache_table_drop(&ca->ca_logins);
}

/* Both texts with their lengths, so that no two pairs read alike. */
static void
cache_key(struct cache *ca, char kind, const char *a, size_t alen,
    const char *b, size_t blen, uint8_t key[CACHE_KEY])
{
	uint64_t head[3] = { (uint64_t)kind, alen, blen };
	size_t len;

	/* Without a new key: the secret stays as it was set. */
	if (EVP_MAC_init(ca->ca_mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(ca->ca_mac, (uint8_t *)head, sizeof(head)) != 1 ||
	    EVP_MAC_update(ca->ca_mac, (const uint8_t *)a, alen) != 1 ||
	    EVP_MAC_update(ca->ca_mac, (const uint8_t *)b, blen) != 1 ||
	    EVP_MAC_final(ca->ca_mac, key, &len, CACHE_KEY) != 1 ||
	    len != CACHE_KEY)
		fatalx("keyed hash failed");
}

void
cache_token_key(
    struct cache *ca, const char *token, size_t len, uint8_t key[CACHE_KEY])
{
	cache_key(ca, KIND_TOKEN, token, len, "", 0, key);
}

void
cache_login_key(struct cache *ca, const char *user, const char *password,
    uint8_t key[CACHE_KEY])
{
	cache_key(ca, KIND_LOGIN, user, strlen(user), password,
	    strlen(password), key);
}

bool
cache_token_get(struct cache *ca, const uint8_t key[CACHE_KEY], int64_t now,
    struct token_claims *out)
{
	struct cache_claims cc;
	struct cache_entry *ce;

	ce = cache_table_find(&ca->ca_tokens, key, (uint64_t)now);
	if (ce == NULL)
		return (false);
	memcpy(&cc, ce->ce_data, sizeof(cc));
	memcpy(out->tc_user, cc.cc_user, sizeof(cc.cc_user));
	memcpy(out->tc_mode, cc.cc_mode, sizeof(cc.cc_mode));
	memcpy(out->tc_context, cc.cc_context, sizeof(cc.cc_context));
	out->tc_nbf = cc.cc_nbf;
	out->tc_exp = cc.cc_exp;
	out->tc_run_as = cc.cc_run_as;
	out->tc_nroles = cc.cc_nroles;
	memcpy(out->tc_roles, ce->ce_data + sizeof(cc),
	    cc.cc_nroles * sizeof(out->tc_roles[0]));
	return (true);
}

void
cache_token_put(struct cache *ca, const uint8_t key[CACHE_KEY],
    const struct token_claims *tc)
{
	struct cache_claims cc;
	struct cache_entry *ce;
	size_t roles;

	roles = tc->tc_nroles * sizeof(tc->tc_roles[0]);
	ce = cache_table_add(
	    &ca->ca_tokens, key, (uint64_t)tc->tc_exp, sizeof(cc) + roles);
	if (ce == NULL)
		return;
	memset(&cc, 0, sizeof(cc));
	memcpy(cc.cc_user, tc->tc_user, sizeof(cc.cc_user));
	memcpy(cc.cc_mode, tc->tc_mode, sizeof(cc.cc_mode));
	memcpy(cc.cc_context, tc->tc_context, sizeof(cc.cc_context));
	cc.cc_nbf = tc->tc_nbf;
	cc.cc_exp = tc->tc_exp;
	cc.cc_run_as = tc->tc_run_as;
	cc.cc_nroles = tc->tc_nroles;
	memcpy(ce->ce_data, &cc, sizeof(cc));
	memcpy(ce->ce_data + sizeof(cc), tc->tc_roles, roles);
}

int64_t
cache_login_get(struct cache *ca, const uint8_t key[CACHE_KEY], uint64_t now)
{
	struct cache_entry *ce;
	int64_t id;

	ce = cache_table_find(&ca->ca_logins, key, now);
	if (ce == NULL)
		return (-1);
	memcpy(&id, ce->ce_data, sizeof(id));
	return (id);
}

void
cache_login_put(struct cache *ca, const uint8_t key[CACHE_KEY], int64_t user_id,
    uint64_t until)
{
	struct cache_entry *ce;

	ce = cache_table_add(&ca->ca_logins, key, until, sizeof(user_id));
	if (ce != NULL)
		memcpy(ce->ce_data, &user_id, sizeof(user_id));
}

size_t
cache_tokens(const struct cache *ca)
{
	return (ca->ca_tokens.ct_n);
}

size_t
cache_logins(const struct cache *ca)
{
	return (ca->ca_logins.ct_n);
}
