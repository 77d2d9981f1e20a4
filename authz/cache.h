/* SPDX-License-Identifier: ISC */
/*
 * What authz remembers so as not to compute it again: tokens whose signature
 * held, and logins whose password was right. Kept under HMAC-SHA-256 with a
 * key that is random for each process and never leaves it, so that neither
 * tokens nor passwords lie around here. Only good ones are remembered: a wrong
 * password or a false token costs a full check each time.
 */
#ifndef AUTHZ_CACHE_H
#define AUTHZ_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/token.h"

#define CACHE_KEY	32	/* bytes that stand for a credential */
#define CACHE_TOKENS	16384	/* most tokens */
#define CACHE_LOGINS	4096	/* most logins */

struct cache;

/* Both parts, empty. Fatal without memory or randomness. */
struct cache	*cache_new(void);
void		 cache_free(struct cache **);
/* Forget everything: some right, password or key has changed. */
void		 cache_drop(struct cache *);

/* What stands for a token, or for a user's name and password. */
void	cache_token_key(struct cache *, const char *token, size_t len,
	    uint8_t key[CACHE_KEY]);
void	cache_login_key(struct cache *, const char *user, const char *password,
	    uint8_t key[CACHE_KEY]);

/*
 * The claims of a remembered token. now: seconds since the epoch; a token that
 * has ended is forgotten here. Returns whether *out was filled.
 */
bool	cache_token_get(struct cache *, const uint8_t key[CACHE_KEY],
	    int64_t now, struct token_claims *out);
/* Remember claims until they end. The one used longest ago makes room. */
void	cache_token_put(struct cache *, const uint8_t key[CACHE_KEY],
	    const struct token_claims *);

/* The same for logins. now, until: ns of CLOCK_MONOTONIC. -1: unknown. */
int64_t	cache_login_get(struct cache *, const uint8_t key[CACHE_KEY],
	    uint64_t now);
void	cache_login_put(struct cache *, const uint8_t key[CACHE_KEY],
	    int64_t user_id, uint64_t until);

/* How many of each are remembered. */
size_t	cache_tokens(const struct cache *);
size_t	cache_logins(const struct cache *);

#endif
