/* SPDX-License-Identifier: ISC */
/* See digest.h. */
#include <sys/types.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "common/log.h"
#include "dapi/digest.h"

_Static_assert(DIGEST_HEX == 2 * EVP_MAX_MD_SIZE + 1, "the longest sum");

void
digest_warm(void)
{
	char out[DIGEST_HEX];

	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1 ||
	    digest_hex("md5", "", 0, out) == -1 ||
	    digest_hex("sha256", "", 0, out) == -1)
		fatalx("OpenSSL has no md5 or sha256");
}

int
digest_hex(
    const char *algorithm, const void *data, size_t len, char out[DIGEST_HEX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int i, n;
	EVP_MD *type;
	int ok;

	type = EVP_MD_fetch(NULL, algorithm, NULL);
	if (type == NULL)
		return (-1);
	ok = EVP_Digest(data, len, md, &n, type, NULL);
	EVP_MD_free(type);
	if (ok != 1)
		return (-1);
	for (i = 0; i < n; i++) {
		out[2 * i] = digits[md[i] >> 4];
		out[2 * i + 1] = digits[md[i] & 15];
	}
	out[2 * n] = '\0';
	return (0);
}
