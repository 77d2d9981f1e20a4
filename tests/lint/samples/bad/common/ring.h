/* SPDX-License-Identifier: ISC */
#ifndef RING_H
#define RING_H

#include "common/storage.h"

typedef struct ring {
	int	 r_len;
} ring;

#endif
