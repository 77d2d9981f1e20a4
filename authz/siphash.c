/* SPDX-License-Identifier: ISC */
/* SipHash-2-4, written from the paper (section 2 of it). */
#include <sys/types.h>

#include "authz/siphash.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
sip_rotl(uint64_t x, unsigned int n)
{
	return (x << n | x >> (64 - n));
}

static uint64_t
sip_load(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	while (len-- > 0)
		v = v << 8 | p[len];
	return (v);
}

static void
sip_rounds(struct sip *s, int n)
{
	while (n-- > 0) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = sip_rotl(s->v1, 13) ^ s->v0;
		s->v3 = sip_rotl(s->v3, 16) ^ s->v2;
		s->v0 = sip_rotl(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = sip_rotl(s->v1, 17) ^ s->v2;
		s->v3 = sip_rotl(s->v3, 21) ^ s->v0;
		s->v2 = sip_rotl(s->v2, 32);
	}
}

static void
sip_word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_rounds(s, 2);
	s->v0 ^= m;
}

uint64_t
siphash(const uint8_t key[16], const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t k0 = sip_load(key, 8), k1 = sip_load(key + 8, 8);
	uint64_t last = (uint64_t)len << 56;
	struct sip s;

	/* "somepseudorandomlygeneratedbytes" */
	s.v0 = k0 ^ UINT64_C(0x736f6d6570736575);
	s.v1 = k1 ^ UINT64_C(0x646f72616e646f6d);
	s.v2 = k0 ^ UINT64_C(0x6c7967656e657261);
	s.v3 = k1 ^ UINT64_C(0x7465646279746573);
	for (; len >= 8; p += 8, len -= 8)
		sip_word(&s, sip_load(p, 8));
	sip_word(&s, last | sip_load(p, len));
	s.v2 ^= 0xff;
	sip_rounds(&s, 4);
	return (s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
}
