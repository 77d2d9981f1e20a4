/* SPDX-License-Identifier: ISC */
/*
 * Password hashes as rbac.db keeps them (facts/api/rbac.yaml, password_hash):
 * "method$salt$hex". What is stored there may have been written by others, so
 * its parameters are bounded before any work is done for them.
 */
#include <sys/types.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "authz/password.h"
#include "common/params.h"

/* What new hashes get. */
#define SCRYPT_N   32768
#define SCRYPT_R   8
#define SCRYPT_P   1
#define SCRYPT_LEN 64 /* bytes of digest */

/* OpenSSL's own limit is 32 MiB, just too little for the values above. */
#define SCRYPT_MAXMEM (64UL * 1024 * 1024)
/* Most N * r * p: eight times what a new hash costs, about a second. */
#define SCRYPT_MAXWORK (8UL * SCRYPT_N * SCRYPT_R * SCRYPT_P)

#define PBKDF2_MAXITER 2000000U /* about a second */

#define SALT_LEN   16 /* bytes, new hashes */
#define SALT_MAX   64
#define DIGEST_MAX 64 /* bytes, and twice as many hex digits */
#define PLAIN_MAX  1024 /* bytes of a password that are looked at */
#define RANDOM_MAX 64 /* characters of a random password */

#define PASSWORD_LEAST 8 /* characters */
#define PASSWORD_MOST  64

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* An encoded hash taken apart. */
struct parts {
	const EVP_MD *pt_md; /* PBKDF2; NULL: scrypt */
	uint64_t pt_n, pt_r, pt_p;
	uint64_t pt_iter;
	const char *pt_salt; /* in the encoded text */
	size_t pt_saltlen;
	uint8_t pt_digest[DIGEST_MAX];
	size_t pt_len; /* of the digest */
};

/*
 * A decimal number of at most max that ends at the character end. Moves *s
 * behind that character. 0 or -1.
 */
static int
password_number(const char **s, char end, uint64_t max, uint64_t *n_r)
{
	const char *p = *s;
	uint64_t n = 0;

	if (*p < '1' || *p > '9')
		return (-1);
	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > max)
			return (-1);
	}
	if (*p != end)
		return (-1);
	*s = p + 1;
	*n_r = n;
	return (0);
}

static int
password_nibble(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

/* "N:r:p$", all within the bounds of memory and work. */
static int
password_scrypt(const char **s, struct parts *pt)
{
	if (password_number(s, ':', SCRYPT_MAXMEM / 128, &pt->pt_n) == -1 ||
	    password_number(s, ':', 1024, &pt->pt_r) == -1 ||
	    password_number(s, '$', 1024, &pt->pt_p) == -1)
		return (-1);
	if (pt->pt_n < 2 || (pt->pt_n & (pt->pt_n - 1)) != 0)
		return (-1);
	if (pt->pt_n * pt->pt_r * pt->pt_p > SCRYPT_MAXWORK)
		return (-1);
	return (0);
}

/* "sha256:600000$" and its like. */
static int
password_pbkdf2(const char **s, struct parts *pt)
{
	static const struct {
		const char *name;
		const EVP_MD *(*md)(void);
	} mds[] = { { "sha256:", EVP_sha256 }, { "sha512:", EVP_sha512 },
		{ "sha1:", EVP_sha1 }, { "sha224:", EVP_sha224 },
		{ "sha384:", EVP_sha384 } };
	size_t i, len;

	for (i = 0; i < sizeof(mds) / sizeof(mds[0]); i++) {
		len = strlen(mds[i].name);
		if (strncmp(*s, mds[i].name, len) != 0)
			continue;
		*s += len;
		pt->pt_md = mds[i].md();
		return (password_number(s, '$', PBKDF2_MAXITER, &pt->pt_iter));
	}
	return (-1);
}

/* The hex digits at the end of the text. */
static int
password_digest(const char *s, struct parts *pt)
{
	size_t len = strlen(s), i;
	int hi, lo;

	if (len == 0 || len % 2 != 0 || len > 2 * DIGEST_MAX)
		return (-1);
	for (i = 0; i < len / 2; i++) {
		hi = password_nibble(s[2 * i]);
		lo = password_nibble(s[2 * i + 1]);
		if (hi == -1 || lo == -1)
			return (-1);
		pt->pt_digest[i] = (uint8_t)(hi << 4 | lo);
	}
	pt->pt_len = len / 2;
	if (pt->pt_md != NULL)
		return (
		    pt->pt_len == (size_t)EVP_MD_get_size(pt->pt_md) ? 0 : -1);
	return (pt->pt_len == SCRYPT_LEN ? 0 : -1);
}

/* Take an encoded hash apart. Pure. 0, or -1 for what is not understood. */
static int
password_parse(const char *s, struct parts *pt)
{
	const char *end;

	memset(pt, 0, sizeof(*pt));
	if (strncmp(s, "scrypt:", 7) == 0) {
		s += 7;
		if (password_scrypt(&s, pt) == -1)
			return (-1);
	} else if (strncmp(s, "pbkdf2:", 7) == 0) {
		s += 7;
		if (password_pbkdf2(&s, pt) == -1)
			return (-1);
	} else
		return (-1);
	end = strchr(s, '$');
	if (end == NULL || end == s || (size_t)(end - s) > SALT_MAX)
		return (-1);
	pt->pt_salt = s;
	pt->pt_saltlen = (size_t)(end - s);
	return (password_digest(end + 1, pt));
}

/* The digest of plain by the parameters of pt. 0 or -1. */
static int
password_derive(
    const struct parts *pt, const char *plain, uint8_t out[DIGEST_MAX])
{
	const uint8_t *salt = (const uint8_t *)pt->pt_salt;
	size_t len = strlen(plain);
	int ok;

	if (len > PLAIN_MAX)
		return (-1);
	if (pt->pt_md != NULL)
		ok = PKCS5_PBKDF2_HMAC(plain, (int)len, salt,
		    (int)pt->pt_saltlen, (int)pt->pt_iter, pt->pt_md,
		    (int)pt->pt_len, out);
	else
		ok = EVP_PBE_scrypt(plain, len, salt, pt->pt_saltlen, pt->pt_n,
		    pt->pt_r, pt->pt_p, SCRYPT_MAXMEM, out, pt->pt_len);
	return (ok == 1 ? 0 : -1);
}

bool
password_verify(const char *encoded, const char *plain)
{
	struct parts pt;
	uint8_t got[DIGEST_MAX];
	bool ok = false;

	if (password_parse(encoded, &pt) == -1)
		return (false);
	if (password_derive(&pt, plain, got) == 0)
		ok = CRYPTO_memcmp(got, pt.pt_digest, pt.pt_len) == 0;
	OPENSSL_cleanse(got, sizeof(got));
	OPENSSL_cleanse(&pt, sizeof(pt));
	return (ok);
}

/*
 * One of n characters, each equally likely: bytes beyond the last whole
 * multiple of n are thrown away. -1 when there is no randomness.
 */
static int
password_pick(const char *set, size_t n, char *c_r)
{
	uint8_t b;

	do {
		if (RAND_bytes(&b, 1) != 1)
			return (-1);
	} while (b >= 256 - 256 % n);
	*c_r = set[b % n];
	OPENSSL_cleanse(&b, 1);
	return (0);
}

static int
password_fill(const char *set, char *out, size_t len)
{
	size_t n = strlen(set), i;

	for (i = 0; i < len; i++)
		if (password_pick(set, n, &out[i]) == -1)
			return (-1);
	out[len] = '\0';
	return (0);
}

int
password_make(const char *plain, char out[PASSWORD_ENCODED])
{
	struct parts pt;
	char salt[SALT_LEN + 1];
	uint8_t digest[DIGEST_MAX];
	size_t len, i;

	if (password_fill(LOWER UPPER DIGITS, salt, SALT_LEN) == -1)
		return (-1);
	memset(&pt, 0, sizeof(pt));
	pt.pt_n = SCRYPT_N;
	pt.pt_r = SCRYPT_R;
	pt.pt_p = SCRYPT_P;
	pt.pt_salt = salt;
	pt.pt_saltlen = SALT_LEN;
	pt.pt_len = SCRYPT_LEN;
	if (password_derive(&pt, plain, digest) == -1)
		return (-1);
	len = (size_t)snprintf(out, PASSWORD_ENCODED, "scrypt:%d:%d:%d$%s$",
	    SCRYPT_N, SCRYPT_R, SCRYPT_P, salt);
	for (i = 0; i < SCRYPT_LEN; i++)
		len += (size_t)snprintf(
		    out + len, PASSWORD_ENCODED - len, "%02x", digest[i]);
	OPENSSL_cleanse(digest, sizeof(digest));
	return (0);
}

/* Bytes of the character at s, which is UTF-8. */
static size_t
password_char(const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return (n);
}

uint16_t
password_refuse(const char *plain)
{
	bool lower = false, upper = false, digit = false, other = false;
	ssize_t chars = params_utf8(plain, strlen(plain));
	size_t i, n, line = strcspn(plain, "\n");

	if (chars < PASSWORD_LEAST || chars > PASSWORD_MOST)
		return (5009);
	/* The original looks at one line, which may have an end. */
	if (plain[line] != '\0' &&
	    (plain[line + 1] != '\0' || chars == PASSWORD_LEAST))
		return (5007);
	for (i = 0; i < line; i += n) {
		n = password_char(plain + i);
		if (n == 1 && strchr(LOWER, plain[i]) != NULL)
			lower = true;
		else if (n == 1 && strchr(UPPER, plain[i]) != NULL)
			upper = true;
		else if (n == 1 && strchr(DIGITS, plain[i]) != NULL)
			digit = true;
		else
			other = true;
		/* A digit of any script is one, and no letter or digit too. */
		if (n > 1 && params_format(PF_NUMBERS, plain + i, n) == 0)
			digit = true;
	}
	return (lower && upper && digit && other ? 0 : 5007);
}

void
password_warm(void)
{
	/* Both methods at their least, and a byte of randomness. */
	password_verify("scrypt:2:1:1$a$"
	                "00000000000000000000000000000000"
	                "00000000000000000000000000000000"
	                "00000000000000000000000000000000"
	                "00000000000000000000000000000000",
	    "");
	password_verify("pbkdf2:sha1:1$a$"
	                "0000000000000000000000000000000000000000",
	    "");
	RAND_status();
}

const char *
password_dummy(void)
{
	/* No password gives a digest of noughts; the work is that of others. */
	return ("scrypt:32768:8:1$GatehouseNobody1$"
	        "00000000000000000000000000000000"
	        "00000000000000000000000000000000"
	        "00000000000000000000000000000000"
	        "00000000000000000000000000000000");
}

int
password_random(char *out, size_t len)
{
	static const char others[] = ".-_+=*";

	if (len < 8 || len > RANDOM_MAX)
		return (-1);
	/* Drawing whole passwords until one fits keeps all of them as likely. */
	do {
		if (password_fill(LOWER UPPER DIGITS ".-_+=*", out, len) == -1)
			return (-1);
	} while (strpbrk(out, LOWER) == NULL || strpbrk(out, UPPER) == NULL ||
	    strpbrk(out, DIGITS) == NULL || strpbrk(out, others) == NULL);
	return (0);
}

int
password_unknown(char out[PASSWORD_ENCODED])
{
	char plain[RANDOM_MAX + 1];
	int ret;

	ret = password_random(plain, RANDOM_MAX);
	if (ret == 0)
		ret = password_make(plain, out);
	explicit_bzero(plain, sizeof(plain));
	return (ret);
}
