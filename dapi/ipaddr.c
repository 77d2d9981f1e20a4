/* SPDX-License-Identifier: ISC */
/* The address an agent is registered with: see ipaddr.h. */
#include <sys/types.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "dapi/ipaddr.h"

static unsigned int
ipaddr_bits(const struct ipaddr *ia)
{
	return (ia->ia_v6 ? 128 : 32);
}

/* One to three digits, at most max; -1 otherwise. */
static int
ipaddr_number(const char *text, unsigned int max)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 3; i++)
		n = n * 10 + (unsigned int)(text[i] - '0');
	if (i == 0 || text[i] != '\0' || n > max)
		return (-1);
	return ((int)n);
}

/* A netmask "255.255.0.0" as a number of bits; -1: not one. */
static int
ipaddr_mask(const char *text)
{
	uint8_t b[4];
	uint32_t m;
	int n = 0;

	if (inet_pton(AF_INET, text, b) != 1)
		return (-1);
	m = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
	    b[3];
	while (n < 32 && m & 0x80000000U) {
		m <<= 1;
		n++;
	}
	return (m == 0 ? n : -1);
}

static bool
ipaddr_hostbits(const struct ipaddr *ia)
{
	unsigned int i;

	for (i = ia->ia_prefix; i < ipaddr_bits(ia); i++)
		if (ia->ia_bytes[i / 8] & (0x80U >> (i % 8)))
			return (true);
	return (false);
}

int
ipaddr_parse(const char *text, struct ipaddr *ia)
{
	char addr[IPADDR_LEN];
	const char *slash;
	size_t len;
	int bits;

	memset(ia, 0, sizeof(*ia));
	if (strcmp(text, "any") == 0) {
		ia->ia_any = true;
		return (0);
	}
	slash = strchr(text, '/');
	len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	if (len >= sizeof(addr))
		return (-1);
	memcpy(addr, text, len);
	addr[len] = '\0';
	ia->ia_v6 = strchr(addr, ':') != NULL;
	if (inet_pton(ia->ia_v6 ? AF_INET6 : AF_INET, addr, ia->ia_bytes) != 1)
		return (-1);
	ia->ia_prefix = ipaddr_bits(ia);
	if (slash == NULL)
		return (0);
	bits = ipaddr_number(slash + 1, ipaddr_bits(ia));
	if (bits == -1 && !ia->ia_v6)
		bits = ipaddr_mask(slash + 1);
	if (bits == -1)
		return (-1);
	ia->ia_prefix = (unsigned int)bits;
	return (ipaddr_hostbits(ia) ? -1 : 0);
}

bool
ipaddr_single(const struct ipaddr *ia)
{
	return (!ia->ia_any && ia->ia_prefix == ipaddr_bits(ia));
}

bool
ipaddr_equal(const struct ipaddr *a, const struct ipaddr *b)
{
	return (a->ia_any == b->ia_any && a->ia_v6 == b->ia_v6 &&
	    a->ia_prefix == b->ia_prefix &&
	    memcmp(a->ia_bytes, b->ia_bytes, sizeof(a->ia_bytes)) == 0);
}

void
ipaddr_register(const struct ipaddr *ia, char out[IPADDR_LEN])
{
	const uint8_t *b = ia->ia_bytes;

	if (ia->ia_any)
		snprintf(out, IPADDR_LEN, "any");
	else if (!ia->ia_v6)
		snprintf(
		    out, IPADDR_LEN, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	else
		snprintf(out, IPADDR_LEN,
		    "%02X%02X:%02X%02X:%02X%02X:%02X%02X:"
		    "%02X%02X:%02X%02X:%02X%02X:%02X%02X",
		    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		    b[10], b[11], b[12], b[13], b[14], b[15]);
}

void
ipaddr_keys(const struct ipaddr *ia, char out[IPADDR_LEN])
{
	size_t n;

	ipaddr_register(ia, out);
	if (ia->ia_any || ipaddr_single(ia))
		return;
	n = strlen(out);
	snprintf(out + n, IPADDR_LEN - n, "/%u", ia->ia_prefix);
}
