/* SPDX-License-Identifier: ISC */
/* The rows behind errors_find(), sorted by code: for errors.c and its test. */
#ifndef COMMON_ERRORS_TABLE_H
#define COMMON_ERRORS_TABLE_H

#include <stddef.h>

#include "common/errors.h"

extern const struct errdesc errors_table[];
extern const size_t errors_ntable;

#endif
