/* SPDX-License-Identifier: ISC */
/*
 * Methods and paths, which only http knows: apid/endpoints.c, made of
 * conf/openapi.yaml by scripts/mkendpoints.
 */
#ifndef APID_ENDPOINTS_H
#define APID_ENDPOINTS_H

#include <stddef.h>
#include <stdint.h>

enum method {
	METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_HEAD,
	METHOD_OPTIONS, METHOD_OTHER
};

struct endpoint {
	enum method	 ep_method;
	const char	*ep_path;	/* "/agents/{agent_id}" */
	uint16_t	 ep_row;	/* index into rows[] */
};

extern const struct endpoint endpoints[];
extern const size_t nendpoints;

#endif
