/* SPDX-License-Identifier: ISC */
/*
 * ES512 tokens (RFC 7519, RFC 7518 section 3.4). Signing is OpenSSL's, with
 * the text written here in the original's order; checking is libjwt's. libjwt
 * believes what a token's header says of the algorithm, so it only ever sees
 * tokens whose header is, byte for byte, the one that is written here.
 */
#include <sys/types.h>

#include <errno.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "authz/token.h"
#include "authz/token_key.h"
#include "common/buffer.h"
#include "common/jsonw.h"
#include "common/log.h"

/* {"alg":"ES512","typ":"JWT"} */
#define HEADER     "eyJhbGciOiJFUzUxMiIsInR5cCI6IkpXVCJ9."
#define HEADER_LEN (sizeof(HEADER) - 1)

#define ISSUER "wazuh"

#define SIG_PART    66 /* bytes of r, and of s */
#define SIG_LEN     (2 * SIG_PART)
#define SIG_TEXT    (SIG_LEN / 3 * 4) /* characters, no padding */
#define PAYLOAD_MIN 4 /* characters */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789-_";

/* Append data in base64url (RFC 4648 section 5) without padding. */
static void
token_base64(struct buf *out, const uint8_t *data, size_t len)
{
	uint32_t v;
	size_t i, n;
	int shift;

	for (i = 0; i < len; i += 3) {
		n = len - i < 3 ? len - i : 3;
		v = (uint32_t)data[i] << 16;
		if (n > 1)
			v |= (uint32_t)data[i + 1] << 8;
		if (n > 2)
			v |= data[i + 2];
		for (shift = 18; shift >= 18 - 6 * (int)n; shift -= 6)
			buf_addc(out, alphabet[v >> shift & 0x3f]);
	}
}

static void
token_text(struct buf *out, const char *s)
{
	struct jsonw js;

	jsonw_init(&js, out, false);
	jsonw_str(&js, s);
}

/* The claims as the original's serialiser writes them: no blanks. */
static void
token_payload(struct buf *out, const struct token_claims *tc)
{
	size_t i;

	buf_addz(out, "{\"iss\":\"" ISSUER "\",\"aud\":\"" TOKEN_AUDIENCE "\"");
	buf_addf(out, ",\"nbf\":%lld,\"exp\":%lld", (long long)tc->tc_nbf,
	    (long long)tc->tc_exp);
	buf_addz(out, ",\"sub\":");
	token_text(out, tc->tc_user);
	buf_addf(out, ",\"run_as\":%s", tc->tc_run_as ? "true" : "false");
	buf_addz(out, ",\"rbac_roles\":[");
	for (i = 0; i < tc->tc_nroles; i++)
		buf_addf(out, "%s%lld", i == 0 ? "" : ",",
		    (long long)tc->tc_roles[i]);
	buf_addz(out, "],\"rbac_mode\":");
	token_text(out, tc->tc_mode);
	if (tc->tc_run_as) {
		buf_addz(out, ",\"hash_auth_context\":");
		token_text(out, tc->tc_context);
	}
	buf_addc(out, '}');
}

/* r and s of an ECDSA signature, each in SIG_PART bytes. 0 or -1. */
static int
token_raw_sig(const uint8_t *der, size_t len, uint8_t out[SIG_LEN])
{
	ECDSA_SIG *sig;
	const BIGNUM *r, *s;
	int ret = -1;

	sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	if (sig == NULL)
		return (-1);
	ECDSA_SIG_get0(sig, &r, &s);
	if (BN_bn2binpad(r, out, SIG_PART) == SIG_PART &&
	    BN_bn2binpad(s, out + SIG_PART, SIG_PART) == SIG_PART)
		ret = 0;
	ECDSA_SIG_free(sig);
	return (ret);
}

static int
token_digest_sign(EVP_PKEY *key, const struct buf *text, uint8_t sig[SIG_LEN])
{
	EVP_MD_CTX *ctx;
	uint8_t der[256];
	size_t len = sizeof(der);
	int ret = -1;

	ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		return (-1);
	if (EVP_DigestSignInit(ctx, NULL, EVP_sha512(), NULL, key) == 1 &&
	    EVP_DigestSign(ctx, der, &len, text->b_data, text->b_len) == 1)
		ret = token_raw_sig(der, len, sig);
	EVP_MD_CTX_free(ctx);
	return (ret);
}

int
token_sign(const struct token_key *key, const struct token_claims *tc,
    char *out, size_t outlen)
{
	struct buf payload, text;
	uint8_t sig[SIG_LEN];
	int ret = -1;

	if (!key->tk_private || tc->tc_nroles > TOKEN_ROLES)
		return (-1);
	buf_init(&payload, TOKEN_MAX);
	buf_init(&text, TOKEN_MAX);
	token_payload(&payload, tc);
	buf_addz(&text, HEADER);
	token_base64(&text, payload.b_data, payload.b_len);
	if (payload.b_failed || text.b_failed ||
	    token_digest_sign(key->tk_pkey, &text, sig) == -1)
		goto out;
	buf_addc(&text, '.');
	token_base64(&text, sig, sizeof(sig));
	if (text.b_failed || text.b_len >= outlen)
		goto out;
	memcpy(out, text.b_data, text.b_len);
	out[text.b_len] = '\0';
	ret = 0;
out:
	if (ret == -1)
		ERR_clear_error();
	buf_freezero(&text);
	buf_freezero(&payload);
	return (ret);
}

void
token_warm(void)
{
	struct token_key *key;
	struct token_claims tc = { .tc_user = "nobody", .tc_exp = 1 };
	char text[TOKEN_MAX + 1];

	key = token_key_ephemeral();
	if (key == NULL || token_sign(key, &tc, text, sizeof(text)) == -1 ||
	    token_verify(key, text, strlen(text), 0, &tc) == -1)
		fatalx("ES512 tokens cannot be made: OpenSSL or libjwt");
	token_key_free(&key);
}

/* Characters of the alphabet that s begins with, at most len. */
static size_t
token_span(const char *s, size_t len)
{
	size_t n;
	char c;

	for (n = 0; n < len; n++) {
		c = s[n];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		        (c >= '0' && c <= '9') || c == '-' || c == '_'))
			break;
	}
	return (n);
}

bool
token_shape(const char *token, size_t len)
{
	size_t n;

	if (len > TOKEN_MAX || len < HEADER_LEN + PAYLOAD_MIN + 1 + SIG_TEXT)
		return (false);
	if (memcmp(token, HEADER, HEADER_LEN) != 0)
		return (false);
	token += HEADER_LEN;
	len -= HEADER_LEN;
	n = token_span(token, len);
	/* One character too many for whole bytes is no base64 at all. */
	if (n < PAYLOAD_MIN || n % 4 == 1 || n == len || token[n] != '.')
		return (false);
	token += n + 1;
	len -= n + 1;
	return (len == SIG_TEXT && token_span(token, len) == len);
}

int
token_verify(const struct token_key *key, const char *token, size_t len,
    int64_t now, struct token_claims *out)
{
	jwt_t *jwt = NULL;
	char copy[TOKEN_MAX + 1], *json = NULL;
	int ret = -1;

	memset(out, 0, sizeof(*out));
	if (!token_shape(token, len))
		return (-1);
	memcpy(copy, token, len);
	copy[len] = '\0';
	if (jwt_decode(&jwt, copy, (const unsigned char *)key->tk_pem,
	        (int)strlen(key->tk_pem)) == 0 &&
	    jwt_get_alg(jwt) == JWT_ALG_ES512)
		json = jwt_get_grants_json(jwt, NULL);
	if (json != NULL && strlen(json) <= TOKEN_MAX)
		ret = token_claims_parse(json, out);
	if (ret == 0 && (now < out->tc_nbf || now >= out->tc_exp))
		ret = -1;
	ERR_clear_error();
	jwt_free(jwt);
	free(json);
	OPENSSL_cleanse(copy, sizeof(copy));
	return (ret);
}
