/* SPDX-License-Identifier: ISC */
#ifndef COMMON_STORAGE_H
#define COMMON_STORAGE_H

#include "common/ring.h"

struct storage {
	int	 s_value;
	int	(*s_fn)(int);
};

enum storage_kind { STORAGE_A, STORAGE_B };

extern const int storage_limit;
int	storage_count;
static const char *const storage_names[] = { "a", "b" };
int	storage_add(struct storage *, int (*)(int), const char name[16]);

#endif
