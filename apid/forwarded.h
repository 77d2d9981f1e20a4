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

/*
 * The client's address, as text: the last one in the fields, read from the
 * end, that is no trusted proxy; where an entry is no address, the proxy that
 * wrote it. peer: the text of the connection's address.
 */
void	forwarded_client(const struct conf_list *proxies, const char *peer,
	    const struct http_request *, char out[NETADDR_TEXT]);

#endif
