/* SPDX-License-Identifier: ISC */
/* Password hashes of rbac.db: facts/api/rbac.yaml, password_hash. */
#ifndef AUTHZ_PASSWORD_H
#define AUTHZ_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSWORD_ENCODED	256	/* bytes of an encoded hash, with NUL */

/*
 * "scrypt:32768:8:1$SALT$HEX" of a password, with a random salt. 0 or -1.
 * Takes about 0.1 s and 32 MiB.
 */
int	password_make(const char *plain, char out[PASSWORD_ENCODED]);

/*
 * Is it the password? Understands scrypt:N:r:p and pbkdf2:HASH:ITERATIONS
 * within bounds of work; anything else is false. Constant time in the digest.
 */
bool	password_verify(const char *encoded, const char *plain);

/*
 * May a user have this password (UTF-8)? user_limits of the same facts. 0, or
 * the code: 5009 for its length, 5007 for what is in it.
 */
uint16_t password_refuse(const char *plain);

/* Do once, cheaply, what OpenSSL does on first use: before the jail. */
void	password_warm(void);

/* A hash of nothing in particular, verified for users that do not exist. */
const char *password_dummy(void);

/*
 * A random password of len (8 to 64) characters that satisfies the policy; out
 * has len + 1 bytes. 0, or -1: a length out of bounds, no randomness.
 */
int	password_random(char *out, size_t len);

/* The hash of a password that nobody knows. 0 or -1. */
int	password_unknown(char out[PASSWORD_ENCODED]);

#endif
