/* SPDX-License-Identifier: ISC */
/* BLAKE2b: see blake2b.h. The names are those of RFC 7693, section 3. */
#include <sys/types.h>

#include <stdbool.h>
#include <string.h>

#include "authz/blake2b.h"

#define BLOCK  128 /* bytes of a block */
#define ROUNDS 12

static const uint64_t iv[8] = {
	UINT64_C(0x6a09e667f3bcc908),
	UINT64_C(0xbb67ae8584caa73b),
	UINT64_C(0x3c6ef372fe94f82b),
	UINT64_C(0xa54ff53a5f1d36f1),
	UINT64_C(0x510e527fade682d1),
	UINT64_C(0x9b05688c2b3e6c1f),
	UINT64_C(0x1f83d9abfb41bd6b),
	UINT64_C(0x5be0cd19137e2179),
};

/* The two rounds beyond ten are the first two again. */
static const uint8_t sigma[10][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint64_t
blake2b_load(const uint8_t *p)
{
	uint64_t w = 0;
	int i;

	for (i = 7; i >= 0; i--)
		w = w << 8 | p[i];
	return (w);
}

static uint64_t
blake2b_rotate(uint64_t w, unsigned int n)
{
	return (w >> n | w << (64 - n));
}

/* The mixing function G. */
static void
blake2b_mix(uint64_t v[16], const uint8_t at[4], uint64_t x, uint64_t y)
{
	uint64_t *a = &v[at[0]], *b = &v[at[1]];
	uint64_t *c = &v[at[2]], *d = &v[at[3]];

	*a += *b + x;
	*d = blake2b_rotate(*d ^ *a, 32);
	*c += *d;
	*b = blake2b_rotate(*b ^ *c, 24);
	*a += *b + y;
	*d = blake2b_rotate(*d ^ *a, 16);
	*c += *d;
	*b = blake2b_rotate(*b ^ *c, 63);
}

/* The compression function F: block is BLOCK bytes, t those up to its end. */
static void
blake2b_compress(uint64_t h[8], const uint8_t *block, uint64_t t, bool last)
{
	static const uint8_t mixed[8][4] = {
		{ 0, 4, 8, 12 },
		{ 1, 5, 9, 13 },
		{ 2, 6, 10, 14 },
		{ 3, 7, 11, 15 },
		{ 0, 5, 10, 15 },
		{ 1, 6, 11, 12 },
		{ 2, 7, 8, 13 },
		{ 3, 4, 9, 14 },
	};
	const uint8_t *s;
	uint64_t v[16], m[16];
	int i, r;

	for (i = 0; i < 16; i++) {
		m[i] = blake2b_load(block + 8 * i);
		v[i] = i < 8 ? h[i] : iv[i - 8];
	}
	v[12] ^= t;
	if (last)
		v[14] = ~v[14];
	for (r = 0; r < ROUNDS; r++) {
		s = sigma[r % 10];
		for (i = 0; i < 8; i++)
			blake2b_mix(v, mixed[i], m[s[2 * i]], m[s[2 * i + 1]]);
	}
	for (i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[i + 8];
}

void
blake2b(uint8_t *out, size_t outlen, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint8_t block[BLOCK];
	uint64_t h[8], t = 0;
	size_t i;

	memcpy(h, iv, sizeof(h));
	h[0] ^= UINT64_C(0x01010000) ^ outlen;
	/* The last block, which may be full or empty, is for the end. */
	for (; len > BLOCK; len -= BLOCK) {
		t += BLOCK;
		blake2b_compress(h, p, t, false);
		p += BLOCK;
	}
	memset(block, 0, sizeof(block));
	if (len > 0)
		memcpy(block, p, len);
	blake2b_compress(h, block, t + len, true);
	for (i = 0; i < outlen; i++)
		out[i] = (uint8_t)(h[i / 8] >> 8 * (i % 8));
	explicit_bzero(block, sizeof(block));
}
