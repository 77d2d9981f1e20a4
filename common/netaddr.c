/* SPDX-License-Identifier: ISC */
/* Addresses and networks: see netaddr.h. */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <string.h>

#include "common/netaddr.h"

#define NETADDR_MOST 64 /* bytes of a network's text, with NUL */

static unsigned int
netaddr_bits(const struct netaddr *na)
{
	return (na->na_v6 ? 128 : 32);
}

/* "0" to most, without a sign or leading zeros. 0 or -1. */
static int
netaddr_number(const char *s, unsigned int most, unsigned int *n_r)
{
	size_t i;

	*n_r = 0;
	for (i = 0; s[i] >= '0' && s[i] <= '9' && i < 3; i++)
		*n_r = *n_r * 10 + (unsigned int)(s[i] - '0');
	if (i == 0 || s[i] != '\0' || (s[0] == '0' && i > 1) || *n_r > most)
		return (-1);
	return (0);
}

/* ::ffff:a.b.c.d is a.b.c.d; of a network, if its prefix covers the mark. */
static void
netaddr_unmap(struct netaddr *na)
{
	static const uint8_t mark[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
		0xff };

	if (!na->na_v6 || na->na_prefix < 96 ||
	    memcmp(na->na_bytes, mark, sizeof(mark)) != 0)
		return;
	na->na_v6 = false;
	na->na_prefix -= 96;
	memmove(na->na_bytes, na->na_bytes + sizeof(mark), 4);
	memset(na->na_bytes + 4, 0, sizeof(na->na_bytes) - 4);
}

int
netaddr_parse(const char *text, size_t len, struct netaddr *out)
{
	char s[NETADDR_MOST], *slash;
	unsigned int i;

	memset(out, 0, sizeof(*out));
	if (len >= sizeof(s) || memchr(text, '\0', len) != NULL)
		return (-1);
	memcpy(s, text, len);
	s[len] = '\0';
	slash = strchr(s, '/');
	if (slash != NULL)
		*slash++ = '\0';
	if (inet_pton(AF_INET6, s, out->na_bytes) == 1)
		out->na_v6 = true;
	else if (inet_pton(AF_INET, s, out->na_bytes) != 1)
		return (-1);
	out->na_prefix = netaddr_bits(out);
	if (slash != NULL &&
	    netaddr_number(slash, out->na_prefix, &out->na_prefix) == -1)
		return (-1);
	for (i = out->na_prefix; i < netaddr_bits(out); i++)
		if (out->na_bytes[i / 8] & (0x80U >> (i % 8)))
			return (-1);
	netaddr_unmap(out);
	return (0);
}

bool
netaddr_in(const struct netaddr *net, const struct netaddr *addr)
{
	unsigned int whole = net->na_prefix / 8, rest = net->na_prefix % 8;

	if (net->na_v6 != addr->na_v6 ||
	    memcmp(net->na_bytes, addr->na_bytes, whole) != 0)
		return (false);
	return (rest == 0 ||
	    (net->na_bytes[whole] ^ addr->na_bytes[whole]) >> (8 - rest) == 0);
}

void
netaddr_text(const struct netaddr *na, char out[NETADDR_TEXT])
{
	if (inet_ntop(na->na_v6 ? AF_INET6 : AF_INET, na->na_bytes, out,
	        NETADDR_TEXT) == NULL)
		out[0] = '\0';
}
