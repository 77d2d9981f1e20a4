/* SPDX-License-Identifier: ISC */
/* ES512 tokens (RFC 7519, RFC 7518): facts/api/http.md section 10. */
#ifndef AUTHZ_TOKEN_H
#define AUTHZ_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_ROLES	256	/* most roles in a token */
#define TOKEN_MAX	8192	/* bytes of a token */
#define TOKEN_NAME	128	/* bytes of a user's name with NUL */

struct token_claims {
	char	 tc_user[TOKEN_NAME];
	int64_t	 tc_nbf, tc_exp;
	bool	 tc_run_as;
	size_t	 tc_nroles;
	int64_t	 tc_roles[TOKEN_ROLES];
	char	 tc_mode[8];		/* "white", "black" */
	char	 tc_context[40];	/* hex of the context's hash, or "" */
};

struct token_key;	/* a P-521 key */

/* The same for OpenSSL, libjwt and the JSON libraries: password_warm(). */
void		 token_warm(void);
/* Only the public half, from the PEM text that token_key_public() gave. */
struct token_key *token_key_parse(const char *pem, size_t len);
/* Are they the same key, or halves of one? */
bool		 token_key_same(const struct token_key *,
		    const struct token_key *);
/* PEM of the public half, NUL-ended, the key's. */
const char	*token_key_public(const struct token_key *);
void		 token_key_free(struct token_key **);

/* Sign: a NUL-ended token of at most TOKEN_MAX bytes in out. 0 or -1. */
int	token_sign(const struct token_key *, const struct token_claims *,
	    char *out, size_t outlen);

/*
 * Is it shaped like one of ours? Length, alphabet, three parts, the header
 * exactly the one we emit. Cheap; before anything else looks at it.
 */
bool	token_shape(const char *token, size_t len);

/*
 * Check the signature and the algorithm, then read the claims and check the
 * audience. now: seconds since the epoch, for exp and nbf. 0, or -1: then *out
 * is zeroed unless only the time was wrong (the access log names the user).
 */
int	token_verify(const struct token_key *, const char *token, size_t len,
	    int64_t now, struct token_claims *out);

#endif
