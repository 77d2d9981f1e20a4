/* SPDX-License-Identifier: ISC */
/*
 * BLAKE2b without a key (RFC 7693). OpenSSL 3.0 knows it with 64 bytes only,
 * and its form with a key takes no empty one.
 */
#ifndef AUTHZ_BLAKE2B_H
#define AUTHZ_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

#define BLAKE2B_MAX	64	/* most bytes of a hash */

/* The hash, of 1 to BLAKE2B_MAX bytes, of len bytes of data. */
void	blake2b(uint8_t *out, size_t outlen, const void *data, size_t len);

#endif
