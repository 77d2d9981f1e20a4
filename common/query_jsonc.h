/* SPDX-License-Identifier: ISC */
/* Items of queries that json-c holds. */
#ifndef COMMON_QUERY_JSONC_H
#define COMMON_QUERY_JSONC_H

#include "common/query_mem.h"

struct json_object;

/* The members of an array, which stays the caller's; NULL: none. */
struct query_items query_jsonc_items(struct json_object *array);

#endif
