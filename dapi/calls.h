/* SPDX-License-Identifier: ISC */
/* Which function a row of the endpoint table runs in dapi. */
#ifndef DAPI_CALLS_H
#define DAPI_CALLS_H

#include <stdint.h>

#include "dapi/fw.h"

/* NULL: the row is not one of ours. */
fw_fn	calls_find(uint16_t row);

#endif
