/* SPDX-License-Identifier: ISC */
/*
 * Whose request it is, where a proxy hands it on: the X-Forwarded-For fields of
 * a peer that trusted_proxies names. From anyone else they mean nothing. Pure.
 */
#ifndef APID_FORWARDED_H
#define APID_FORWARDED_H

#include <stddef.h>

#include "apid/http.h"
#include "common/conf.h"
#include "common/netaddr.h"

#define FORWARDED_HOPS	32	/* most addresses that are looked at */

/* Who is trusted. */
struct forwarded {
	struct netaddr	 fw_v[CONF_LIST];
	size_t		 fw_n;
};

/* Take the addresses and networks of a configuration, which checked them. */
void	forwarded_conf(struct forwarded *, const struct conf_list *proxies);

/*
 * The client's address, as text: the last one in the fields, read from the
 * end, that is no trusted proxy; where an entry is no address, the proxy that
 * wrote it. peer: the text of the connection's address.
 */
void	forwarded_client(const struct forwarded *, const char *peer,
	    const struct http_request *, char out[NETADDR_TEXT]);

#endif
