/* SPDX-License-Identifier: ISC */
/*
 * Which function a row of the endpoint table runs in dapi: dapi/calls_dapi.c,
 * made of conf/openapi.yaml by scripts/mkendpoints. A name that a client or a
 * peer sends never gets here, only the number of a row that was found.
 */
#ifndef DAPI_CALLS_H
#define DAPI_CALLS_H

#include <stdint.h>

#include "dapi/fw.h"

extern const fw_fn dapi_calls[];	/* by row; NULL: not ours */

/* NULL: the row is not one of ours. */
fw_fn	calls_find(uint16_t row);

#endif
