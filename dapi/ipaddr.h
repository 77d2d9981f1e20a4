/* SPDX-License-Identifier: ISC */
/* The address an agent is registered with. Pure. */
#ifndef DAPI_IPADDR_H
#define DAPI_IPADDR_H

#include <stdbool.h>
#include <stdint.h>

#define IPADDR_LEN	64	/* bytes of any text made here */

struct ipaddr {
	bool		 ia_any;
	bool		 ia_v6;
	uint8_t		 ia_bytes[16];	/* 4 of them used by IPv4 */
	unsigned int	 ia_prefix;	/* bits: 32 or 128 is one address */
};

/*
 * Read "any", an address, or a network ("10.0.0.0/24", "10.0.0.0/255.255.0.0",
 * "2001:db8::/32") whose host bits are zero. Returns 0 or -1.
 */
int	ipaddr_parse(const char *text, struct ipaddr *);

/* Does it name one address (not "any", not a network)? */
bool	ipaddr_single(const struct ipaddr *);

bool	ipaddr_equal(const struct ipaddr *, const struct ipaddr *);

/*
 * As global.db's register_ip has it: IPv6 in full with capitals, a network
 * without its length (recorded from 4.14.9).
 */
void	ipaddr_register(const struct ipaddr *, char out[IPADDR_LEN]);

/* As client.keys has it: the same, a network with its length. */
void	ipaddr_keys(const struct ipaddr *, char out[IPADDR_LEN]);

#endif
