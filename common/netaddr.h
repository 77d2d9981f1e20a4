/* SPDX-License-Identifier: ISC */
/*
 * Addresses and networks as text: "192.0.2.7", "2001:db8::/32". An IPv4 address
 * that is written as IPv6 (RFC 4291 2.5.5.2) counts as the IPv4 one. Pure.
 */
#ifndef COMMON_NETADDR_H
#define COMMON_NETADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETADDR_TEXT	46	/* bytes of an address's text, with NUL */

struct netaddr {
	bool		 na_v6;
	uint8_t		 na_bytes[16];	/* of IPv4 the first four */
	unsigned int	 na_prefix;	/* bits that count */
};

/*
 * Read an address, or a network whose host bits are 0; of len bytes. 0, or -1:
 * neither.
 */
int	netaddr_parse(const char *text, size_t len, struct netaddr *out);

/* Is the address (its prefix does not matter) in the network? */
bool	netaddr_in(const struct netaddr *net, const struct netaddr *addr);

/* The address without its prefix. */
void	netaddr_text(const struct netaddr *, char out[NETADDR_TEXT]);

#endif
