/* SPDX-License-Identifier: ISC */
/* A header as it should be. */
#ifndef COMMON_GOOD_H
#define COMMON_GOOD_H

#include <stdbool.h>

enum good_kind { GOOD_A, GOOD_B };

typedef enum good_kind (*good_fn)(int);

struct good;
struct good_row {
	const char	*gr_name;
	bool		(*gr_fn)(const struct good *);
};

extern const struct good_row good_rows[];

/* How many; never less than 1. Calls fn, if not NULL, for each. */
int	good_count(void (*fn)(const struct good_row *, void *), void *arg)
	    __attribute__((nonnull(2)));

#endif
