/* SPDX-License-Identifier: ISC */
/* Tokens: what is signed and what is refused. */
#include <sys/types.h>

#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "authz/token.h"
#include "authz/token_key.h"
#include "tests/unit/unit.h"

#define NBF    1700000000
#define EXP    1700000900
#define HEADER "eyJhbGciOiJFUzUxMiIsInR5cCI6IkpXVCJ9"

static const struct token_claims claims = {
	.tc_user = "wazuh",
	.tc_nbf = NBF,
	.tc_exp = EXP,
	.tc_nroles = 2,
	.tc_roles = { 1, 100 },
	.tc_mode = "white",
};

/* Room of a token under construction. */
#define ROOM 4096

static void
append(char *out, const char *text)
{
	size_t len = strlen(out);

	snprintf(out + len, ROOM - len, "%s", text);
}

static void
base64url(const void *data, size_t len, char *out)
{
	char *p;

	EVP_EncodeBlock((unsigned char *)out, data, (int)len);
	for (p = out; *p != '\0'; p++) {
		if (*p == '+')
			*p = '-';
		else if (*p == '/')
			*p = '_';
		else if (*p == '=')
			*p = '\0';
		if (*p == '\0')
			break;
	}
}

/* The text of a part; parts 0 and 1 only. */
static void
decode(const char *token, int part, char *out, size_t size)
{
	char text[TOKEN_MAX + 8];
	size_t n, i;

	if (part == 1)
		token = strchr(token, '.') + 1;
	n = strcspn(token, ".");
	for (i = 0; i < n; i++)
		text[i] = token[i] == '-' ? '+' :
		    token[i] == '_'       ? '/' :
		                            token[i];
	for (; i % 4 != 0; i++)
		text[i] = 'A';
	CU_ASSERT_TRUE_FATAL(i / 4 * 3 + 1 < size);
	EVP_DecodeBlock((unsigned char *)out, (unsigned char *)text, (int)i);
	out[n * 3 / 4] = '\0';
}

/* A token of any header and claims, signed as ES512 asks for. */
static void
forge(const struct token_key *key, const char *header, const char *payload,
    char *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *sig;
	unsigned char der[256], raw[132];
	const unsigned char *p = der;
	size_t len = sizeof(der);

	base64url(header, strlen(header), out);
	append(out, ".");
	base64url(payload, strlen(payload), out + strlen(out));
	EVP_DigestSignInit(ctx, NULL, EVP_sha512(), NULL, key->tk_pkey);
	EVP_DigestSign(ctx, der, &len, (unsigned char *)out, strlen(out));
	EVP_MD_CTX_free(ctx);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 66);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 66, 66);
	ECDSA_SIG_free(sig);
	append(out, ".");
	base64url(raw, sizeof(raw), out + strlen(out));
}

static int
check(const struct token_key *key, const char *token)
{
	struct token_claims tc;

	return (token_verify(key, token, strlen(token), NBF, &tc));
}

static void
test_round(void)
{
	struct token_key *key = token_key_ephemeral(), *pub;
	struct token_claims tc;
	char token[TOKEN_MAX + 1], text[TOKEN_MAX];
	const char *pem;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	CU_ASSERT_EQUAL_FATAL(
	    token_sign(key, &claims, token, sizeof(token)), 0);
	CU_ASSERT_EQUAL(strncmp(token, HEADER ".", 37), 0);
	decode(token, 0, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "{\"alg\":\"ES512\",\"typ\":\"JWT\"}");
	decode(token, 1, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text,
	    "{\"iss\":\"wazuh\",\"aud\":\"Wazuh API REST\",\"nbf\":1700000000,"
	    "\"exp\":1700000900,\"sub\":\"wazuh\",\"run_as\":false,"
	    "\"rbac_roles\":[1,100],\"rbac_mode\":\"white\"}");
	CU_ASSERT_TRUE(token_shape(token, strlen(token)));

	/* The verifier has the public half only, from its text. */
	pem = token_key_public(key);
	CU_ASSERT_EQUAL(strncmp(pem, "-----BEGIN PUBLIC KEY-----\n", 27), 0);
	pub = token_key_parse(pem, strlen(pem));
	CU_ASSERT_PTR_NOT_NULL_FATAL(pub);
	memset(&tc, 0xff, sizeof(tc));
	CU_ASSERT_EQUAL(token_verify(pub, token, strlen(token), NBF, &tc), 0);
	CU_ASSERT_STRING_EQUAL(tc.tc_user, "wazuh");
	CU_ASSERT_EQUAL(tc.tc_nbf, NBF);
	CU_ASSERT_EQUAL(tc.tc_exp, EXP);
	CU_ASSERT_FALSE(tc.tc_run_as);
	CU_ASSERT_EQUAL(tc.tc_nroles, 2);
	CU_ASSERT_EQUAL(tc.tc_roles[0], 1);
	CU_ASSERT_EQUAL(tc.tc_roles[1], 100);
	CU_ASSERT_STRING_EQUAL(tc.tc_mode, "white");
	CU_ASSERT_STRING_EQUAL(tc.tc_context, "");
	/* It cannot sign. */
	CU_ASSERT_EQUAL(token_sign(pub, &claims, token, sizeof(token)), -1);
	token_key_free(&pub);
	token_key_free(&key);
	CU_ASSERT_PTR_NULL(key);
}

static void
test_runas(void)
{
	struct token_key *key = token_key_ephemeral();
	struct token_claims tc = claims;
	char token[TOKEN_MAX + 1], text[TOKEN_MAX];

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	tc.tc_run_as = true;
	tc.tc_nroles = 0;
	snprintf(tc.tc_user, sizeof(tc.tc_user), "o\"n\xc3\xa9");
	snprintf(tc.tc_mode, sizeof(tc.tc_mode), "black");
	snprintf(tc.tc_context, sizeof(tc.tc_context), "%s",
	    "99914b932bd37a50b983c5e7c90ae93b");
	CU_ASSERT_EQUAL_FATAL(token_sign(key, &tc, token, sizeof(token)), 0);
	decode(token, 1, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text,
	    "{\"iss\":\"wazuh\",\"aud\":\"Wazuh API REST\",\"nbf\":1700000000,"
	    "\"exp\":1700000900,\"sub\":\"o\\\"n\\u00e9\",\"run_as\":true,"
	    "\"rbac_roles\":[],\"rbac_mode\":\"black\","
	    "\"hash_auth_context\":\"99914b932bd37a50b983c5e7c90ae93b\"}");
	memset(&tc, 0, sizeof(tc));
	CU_ASSERT_EQUAL(token_verify(key, token, strlen(token), NBF, &tc), 0);
	CU_ASSERT_STRING_EQUAL(tc.tc_user, "o\"n\xc3\xa9");
	CU_ASSERT_TRUE(tc.tc_run_as);
	CU_ASSERT_EQUAL(tc.tc_nroles, 0);
	CU_ASSERT_STRING_EQUAL(tc.tc_mode, "black");
	CU_ASSERT_STRING_EQUAL(
	    tc.tc_context, "99914b932bd37a50b983c5e7c90ae93b");
	token_key_free(&key);
}

/* Many roles and a long name still fit; a small buffer is noticed. */
static void
test_large(void)
{
	struct token_key *key = token_key_ephemeral();
	struct token_claims tc = claims, got;
	char token[TOKEN_MAX + 1];
	size_t i, len;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	tc.tc_nroles = TOKEN_ROLES;
	for (i = 0; i < TOKEN_ROLES; i++)
		tc.tc_roles[i] = 1000000 + (int64_t)i;
	memset(tc.tc_user, 'u', TOKEN_NAME - 1);
	tc.tc_user[TOKEN_NAME - 1] = '\0';
	CU_ASSERT_EQUAL_FATAL(token_sign(key, &tc, token, sizeof(token)), 0);
	len = strlen(token);
	CU_ASSERT_EQUAL(token_verify(key, token, len, NBF, &got), 0);
	CU_ASSERT_EQUAL(got.tc_nroles, TOKEN_ROLES);
	CU_ASSERT_EQUAL(got.tc_roles[255], 1000255);
	CU_ASSERT_STRING_EQUAL(got.tc_user, tc.tc_user);
	CU_ASSERT_EQUAL(token_sign(key, &tc, token, len), -1);
	CU_ASSERT_EQUAL(token_sign(key, &tc, token, len + 1), 0);
	tc.tc_nroles = TOKEN_ROLES + 1;
	CU_ASSERT_EQUAL(token_sign(key, &tc, token, sizeof(token)), -1);
	/* Roles with such numbers would not fit into TOKEN_MAX. */
	tc.tc_nroles = TOKEN_ROLES;
	for (i = 0; i < TOKEN_ROLES; i++)
		tc.tc_roles[i] = INT64_MAX;
	CU_ASSERT_EQUAL(token_sign(key, &tc, token, TOKEN_MAX), 0);
	CU_ASSERT_TRUE(strlen(token) < TOKEN_MAX);
	token_key_free(&key);
}

static void
test_time(void)
{
	struct token_key *key = token_key_ephemeral();
	struct token_claims tc;
	char token[TOKEN_MAX + 1];
	size_t len;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	CU_ASSERT_EQUAL_FATAL(
	    token_sign(key, &claims, token, sizeof(token)), 0);
	len = strlen(token);
	CU_ASSERT_EQUAL(token_verify(key, token, len, NBF - 1, &tc), -1);
	CU_ASSERT_EQUAL(token_verify(key, token, len, NBF, &tc), 0);
	CU_ASSERT_EQUAL(token_verify(key, token, len, EXP - 1, &tc), 0);
	CU_ASSERT_EQUAL(token_verify(key, token, len, EXP, &tc), -1);
	/* Who it was is still told when only the time is wrong, */
	CU_ASSERT_STRING_EQUAL(tc.tc_user, "wazuh");
	/* and never when the signature is. */
	token[len - 3] = token[len - 3] == 'A' ? 'B' : 'A';
	CU_ASSERT_EQUAL(token_verify(key, token, len, EXP, &tc), -1);
	CU_ASSERT_STRING_EQUAL(tc.tc_user, "");
	token_key_free(&key);
}

/* Every single character matters. */
static void
test_tampering(void)
{
	struct token_key *key = token_key_ephemeral(), *other;
	struct token_claims tc;
	char token[TOKEN_MAX + 1], c;
	size_t i, len;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	CU_ASSERT_EQUAL_FATAL(
	    token_sign(key, &claims, token, sizeof(token)), 0);
	len = strlen(token);
	for (i = 0; i < len; i += i < 40 || i > len - 6 ? 1 : 7) {
		c = token[i];
		token[i] = c == 'A' ? 'B' : 'A';
		CU_ASSERT_EQUAL(token_verify(key, token, len, NBF, &tc), -1);
		token[i] = c;
	}
	CU_ASSERT_EQUAL(token_verify(key, token, len, NBF, &tc), 0);
	CU_ASSERT_EQUAL(token_verify(key, token, len - 1, NBF, &tc), -1);
	other = token_key_ephemeral();
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	CU_ASSERT_EQUAL(token_verify(other, token, len, NBF, &tc), -1);
	token_key_free(&other);
	token_key_free(&key);
}

static void
test_shape(void)
{
	struct token_key *key = token_key_ephemeral();
	char good[TOKEN_MAX + 1], bad[TOKEN_MAX + 200];
	char *dot;
	size_t len, i, n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	CU_ASSERT_EQUAL_FATAL(token_sign(key, &claims, good, sizeof(good)), 0);
	len = strlen(good);
	/* Byte by byte: no beginning of it is one, nor anything longer. */
	for (i = 0; i < len; i++)
		CU_ASSERT_FALSE(token_shape(good, i));
	CU_ASSERT_TRUE(token_shape(good, len));
	memcpy(bad, good, len);
	for (i = 1; i < 256; i++) {
		bad[len] = (char)i;
		CU_ASSERT_FALSE(token_shape(bad, len + 1));
	}
	/* What is not of the alphabet is refused anywhere. */
	for (i = 0; i < len; i++) {
		static const char wrong[] = "+/=. \n\t%\x7f\x80";

		for (n = 0; n < sizeof(wrong); n++) {
			memcpy(bad, good, len);
			if (bad[i] == wrong[n])
				continue;
			bad[i] = wrong[n];
			CU_ASSERT_FALSE(token_shape(bad, len));
		}
	}
	/* Payloads of no whole number of bytes, and none. */
	memcpy(bad, good, len + 1);
	dot = strchr(bad + 37, '.');
	CU_ASSERT_PTR_NOT_NULL_FATAL(dot);
	n = len - 37 - (size_t)(dot - bad - 37);
	for (i = 0; i < 9; i++) {
		memset(bad + 37, 'A', i);
		memcpy(bad + 37 + i, dot - bad + good, n + 1);
		CU_ASSERT_EQUAL(
		    token_shape(bad, 37 + i + n), i >= 4 && i % 4 != 1);
	}
	/* The longest, and one byte more. */
	n = TOKEN_MAX - 37 - 177;
	memset(bad + 37, 'A', n + 1);
	memcpy(bad + 37 + n, dot - bad + good, 177);
	CU_ASSERT_TRUE(token_shape(bad, TOKEN_MAX));
	memset(bad + 37, 'A', n + 2);
	memcpy(bad + 37 + n + 2, dot - bad + good, 177);
	CU_ASSERT_FALSE(token_shape(bad, TOKEN_MAX + 2));
	token_key_free(&key);
}

/*
 * Headers other than ours. Each token is signed as its header says, so that
 * libjwt alone would take some of them.
 */
static void
test_headers(void)
{
	static const char *const headers[] = {
		"{\"typ\":\"JWT\",\"alg\":\"ES512\"}",
		"{\"alg\":\"ES512\"}",
		"{\"alg\":\"ES512\",\"typ\":\"JWT\" }",
		"{\"alg\":\"none\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
	};
	static const char payload[] =
	    "{\"iss\":\"wazuh\",\"aud\":\"Wazuh API REST\",\"nbf\":1700000000,"
	    "\"exp\":1700000900,\"sub\":\"wazuh\",\"run_as\":false,"
	    "\"rbac_roles\":[1],\"rbac_mode\":\"white\"}";
	struct token_key *key = token_key_ephemeral();
	char token[ROOM], *dot;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	/* The forger works: with our header its token is good. */
	forge(key, "{\"alg\":\"ES512\",\"typ\":\"JWT\"}", payload, token);
	CU_ASSERT_EQUAL(check(key, token), 0);
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		forge(key, headers[i], payload, token);
		CU_ASSERT_FALSE(token_shape(token, strlen(token)));
		CU_ASSERT_EQUAL(check(key, token), -1);
		dot = strrchr(token, '.');
		dot[1] = '\0';
		CU_ASSERT_EQUAL(check(key, token), -1);
		dot[0] = '\0';
		CU_ASSERT_EQUAL(check(key, token), -1);
	}
	token_key_free(&key);
}

/* The confusion that libjwt 1.10 falls for: HS256 with the public key. */
static void
test_confusion(void)
{
	static const char payload[] =
	    "{\"iss\":\"wazuh\",\"aud\":\"Wazuh API REST\",\"nbf\":1700000000,"
	    "\"exp\":1700000900,\"sub\":\"wazuh\",\"run_as\":false,"
	    "\"rbac_roles\":[1],\"rbac_mode\":\"white\"}";
	struct token_key *key = token_key_ephemeral();
	const char *pem;
	unsigned char mac[32];
	char token[ROOM];
	jwt_t *jwt = NULL;
	unsigned int len;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	pem = token_key_public(key);
	base64url("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", 27, token);
	append(token, ".");
	base64url(payload, strlen(payload), token + strlen(token));
	HMAC(EVP_sha256(), pem, (int)strlen(pem), (unsigned char *)token,
	    strlen(token), mac, &len);
	append(token, ".");
	base64url(mac, len, token + strlen(token));
	/* The attack is real: the library alone believes it. */
	CU_ASSERT_EQUAL(jwt_decode(&jwt, token, (const unsigned char *)pem,
	                    (int)strlen(pem)),
	    0);
	jwt_free(jwt);
	CU_ASSERT_FALSE(token_shape(token, strlen(token)));
	CU_ASSERT_EQUAL(check(key, token), -1);
	token_key_free(&key);
}

static void
test_claims(void)
{
	static const struct {
		int good;
		const char *json;
	} rows[] = {
#define C(iss, nbf, exp, sub, as, roles, mode, rest)                           \
	"{" iss "\"nbf\":" nbf ",\"exp\":" exp ",\"sub\":" sub                 \
	",\"run_as\":" as ",\"rbac_roles\":" roles ",\"rbac_mode\":" mode rest \
	"}"
#define A "\"iss\":\"wazuh\",\"aud\":\"Wazuh API REST\","
#define W "\"white\""
#define U "\"u\""
		{ 1, C(A, "1", "2", U, "false", "[]", W, "") },
		{ 1, C(A, "1", "2", U, "true", "[1,2]", W, "") },
		/* The issuer is not checked, nor is what is unknown. */
		{ 1,
		    C("\"aud\":\"Wazuh API REST\",", "1", "2", U, "false", "[]",
		        W, ",\"x\":[{}]") },
		{ 0, C("", "1", "2", U, "false", "[]", W, "") },
		{ 0,
		    C("\"aud\":\"Wazuh API\",", "1", "2", U, "false", "[]", W,
		        "") },
		{ 0,
		    C("\"aud\":[\"Wazuh API REST\"],", "1", "2", U, "false",
		        "[]", W, "") },
		{ 0, C("\"aud\":1,", "1", "2", U, "false", "[]", W, "") },
		{ 0, C(A, "\"1\"", "2", U, "false", "[]", W, "") },
		{ 0, C(A, "1.0", "2", U, "false", "[]", W, "") },
		{ 0, C(A, "1", "2e3", U, "false", "[]", W, "") },
		{ 0, C(A, "-1", "2", U, "false", "[]", W, "") },
		{ 0,
		    C(A, "1", "99999999999999999999", U, "false", "[]", W,
		        "") },
		{ 0, C(A, "1", "null", U, "false", "[]", W, "") },
		{ 0, C(A, "1", "true", U, "false", "[]", W, "") },
		{ 0, C(A, "1", "2", "7", "false", "[]", W, "") },
		{ 0, C(A, "1", "2", "\"\"", "false", "[]", W, "") },
		{ 0, C(A, "1", "2", "\"a\\u0000b\"", "false", "[]", W, "") },
		{ 0, C(A, "1", "2", "null", "false", "[]", W, "") },
		{ 0, C(A, "1", "2", U, "0", "[]", W, "") },
		{ 0, C(A, "1", "2", U, "\"false\"", "[]", W, "") },
		{ 0, C(A, "1", "2", U, "false", "1", W, "") },
		{ 0, C(A, "1", "2", U, "false", "{}", W, "") },
		{ 0, C(A, "1", "2", U, "false", "[\"1\"]", W, "") },
		{ 0, C(A, "1", "2", U, "false", "[1.5]", W, "") },
		{ 0, C(A, "1", "2", U, "false", "[-1]", W, "") },
		{ 0, C(A, "1", "2", U, "false", "[[1]]", W, "") },
		{ 0, C(A, "1", "2", U, "false", "[null]", W, "") },
		{ 0, C(A, "1", "2", U, "false", "[]", "1", "") },
		{ 0, C(A, "1", "2", U, "false", "[]", "\"whiteish\"", "") },
		{ 1,
		    C(A, "1", "2", U, "true", "[]", W,
		        ",\"hash_auth_context\":\"00\"") },
		{ 0,
		    C(A, "1", "2", U, "true", "[]", W,
		        ",\"hash_auth_context\":0") },
		{ 0,
		    C(A, "1", "2", U, "true", "[]", W,
		        ",\"hash_auth_context\":"
		        "\"0123456789012345678901234567890123456789\"") },
		{ 0, C(A, "1", "2", U, "true", "[]", W, ",\"x\":[[[[[1]]]]]") },
		{ 0, "[]" },
		{ 0, "1" },
		{ 0, "null" },
		{ 0, "" },
		{ 0, "{" },
	};
	struct token_claims tc;
	char many[ROOM];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r = token_claims_parse(rows[i].json, &tc);

		CU_ASSERT_EQUAL(r, rows[i].good ? 0 : -1);
		if (r != (rows[i].good ? 0 : -1))
			printf("claims: %s\n", rows[i].json);
		if (r == -1)
			CU_ASSERT_EQUAL(tc.tc_user[0], '\0');
	}
	/* One role too many. */
	many[0] = '\0';
	append(many,
	    "{" A "\"nbf\":1,\"exp\":2,\"sub\":\"u\",\"run_as\":false,"
	    "\"rbac_mode\":\"white\",\"rbac_roles\":[1");
	for (i = 1; i < TOKEN_ROLES; i++)
		append(many, ",1");
	append(many, "]}");
	CU_ASSERT_EQUAL(token_claims_parse(many, &tc), 0);
	CU_ASSERT_EQUAL(tc.tc_nroles, TOKEN_ROLES);
	*strchr(many, ']') = '\0';
	append(many, ",1]}");
	CU_ASSERT_EQUAL(token_claims_parse(many, &tc), -1);
}

/* Wrong types behind a good signature, and a payload that is no JSON. */
static void
test_signed_nonsense(void)
{
	static const char *const payloads[] = { "[1,2,3]", "nonsense", "{ }",
		"{\"aud\":\"Wazuh API REST\"}",
		"{\"aud\":\"Wazuh API REST\",\"nbf\":\"0\",\"exp\":2000000000,"
		"\"sub\":\"wazuh\",\"run_as\":false,\"rbac_roles\":[1],"
		"\"rbac_mode\":\"white\"}" };
	struct token_key *key = token_key_ephemeral();
	char token[ROOM];
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		forge(key, "{\"alg\":\"ES512\",\"typ\":\"JWT\"}", payloads[i],
		    token);
		CU_ASSERT_TRUE(token_shape(token, strlen(token)));
		CU_ASSERT_EQUAL(check(key, token), -1);
	}
	token_key_free(&key);
}

static void
test_warm(void)
{
	token_warm();
	CU_PASS("it came back");
}

static const struct unit_case cases[] = {
	{ "round trip", test_round },
	{ "run_as", test_runas },
	{ "large tokens", test_large },
	{ "time", test_time },
	{ "tampering", test_tampering },
	{ "shape", test_shape },
	{ "other headers", test_headers },
	{ "HS256 with the public key", test_confusion },
	{ "claims", test_claims },
	{ "signed nonsense", test_signed_nonsense },
	{ "warming up", test_warm },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("token", cases));
}
