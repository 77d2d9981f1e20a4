/* SPDX-License-Identifier: ISC */
/* A keyed hash for tables: SipHash-2-4 (Aumasson and Bernstein, 2012). */
#ifndef AUTHZ_SIPHASH_H
#define AUTHZ_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* The hash of len bytes under a secret key. */
uint64_t	siphash(const uint8_t key[16], const void *data, size_t len);

#endif
