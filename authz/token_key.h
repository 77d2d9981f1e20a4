/* SPDX-License-Identifier: ISC */
/*
 * Inside of token: the key pair and the reading of claims. Only the token*.c
 * files and their tests use it.
 */
#ifndef AUTHZ_TOKEN_KEY_H
#define AUTHZ_TOKEN_KEY_H

#include <openssl/evp.h>

#include "authz/token.h"

#define TOKEN_AUDIENCE	"Wazuh API REST"
#define TOKEN_PRIVATE	"private_key.pem"
#define TOKEN_PUBLIC	"public_key.pem"
#define TOKEN_PEM	4096	/* most bytes of a key file */

struct token_key {
	EVP_PKEY	*tk_pkey;	/* both halves, or the public one */
	bool		 tk_private;	/* may sign */
	char		*tk_pem;	/* public half, NUL-ended */
};

/* A pair that is in no file. NULL and errno on error. */
struct token_key *token_key_ephemeral(void);

/*
 * Read the claims from a JSON object: every claim of the original's must be
 * there, of its type and within bounds, and aud must be ours. Unknown ones
 * are passed over. Pure. 0, or -1 with *out zeroed.
 */
int	token_claims_parse(const char *json, struct token_claims *out);

#endif
