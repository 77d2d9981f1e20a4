/* SPDX-License-Identifier: ISC */
/*
 * Inside of token: the key pair and the reading of claims. Only the token*.c
 * files and their tests use it.
 */
#ifndef AUTHZ_TOKEN_KEY_H
#define AUTHZ_TOKEN_KEY_H

#include <openssl/evp.h>

#include "authz/token.h"

struct buf;

#define TOKEN_AUDIENCE	"Wazuh API REST"
#define TOKEN_PRIVATE	"private_key.pem"
#define TOKEN_PUBLIC	"public_key.pem"
#define TOKEN_PEM	4096	/* most bytes of a key file */

struct token_key {
	EVP_PKEY	*tk_pkey;	/* both halves, or the public one */
	bool		 tk_private;	/* may sign */
	char		*tk_pem;	/* public half, NUL-ended */
};

/* The key in a PEM text if it is one on P-521, else NULL. */
EVP_PKEY *token_key_read(const char *pem, size_t len, bool private);
/* One half as PEM, appended to a buffer that the caller wipes. 0 or -1. */
int	token_key_write(EVP_PKEY *, bool private, struct buf *);
/* Takes the key over, also when it fails. NULL and errno on error. */
struct token_key *token_key_new(EVP_PKEY *, bool private);

/* A pair that is in no file. NULL and errno on error. */
struct token_key *token_key_ephemeral(void);

/*
 * Read the claims from a JSON object: every claim of the original's must be
 * there, of its type and within bounds, and aud must be ours. Unknown ones
 * are passed over. Pure. 0, or -1 with *out zeroed.
 */
int	token_claims_parse(const char *json, struct token_claims *out);

#endif
