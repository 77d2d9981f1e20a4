/* SPDX-License-Identifier: ISC */
/* Rows and functions: see calls.h. */
#include <sys/types.h>

#include <stddef.h>

#include "dapi/calls.h"

fw_fn
calls_find(uint16_t row)
{
	return (row < nrows ? dapi_calls[row] : NULL);
}
