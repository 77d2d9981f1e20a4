/* SPDX-License-Identifier: ISC */
/* Sums of files and names, as hex. */
#ifndef DAPI_DIGEST_H
#define DAPI_DIGEST_H

#include <stddef.h>

#define DIGEST_HEX	129	/* bytes of the longest sum as text, with NUL */

/*
 * What OpenSSL reads and fetches the first time must have happened before the
 * jail. Fatal when it cannot.
 */
void	digest_warm(void);

/*
 * The sum of len bytes by an algorithm OpenSSL knows ("md5", "sha256"), lower
 * case hex, NUL-ended. 0, or -1: unknown algorithm, no memory.
 */
int	digest_hex(const char *algorithm, const void *data, size_t len,
	    char out[DIGEST_HEX]);

#endif
