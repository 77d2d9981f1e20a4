/* SPDX-License-Identifier: ISC */
/*
 * The description of the interface, as GET /openapi.json gives it:
 * dapi/openapi_json.c, made of conf/openapi.yaml by scripts/mkendpoints.
 */
#ifndef DAPI_OPENAPI_JSON_H
#define DAPI_OPENAPI_JSON_H

#include <stddef.h>

extern const char openapi_json[];	/* one JSON object */
extern const size_t openapi_json_len;

#endif
