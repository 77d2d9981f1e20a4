/* SPDX-License-Identifier: ISC */
/* Telling equal values apart from new ones. For query_*.c. */
#ifndef COMMON_QUERY_SEEN_H
#define COMMON_QUERY_SEEN_H

#include "common/buffer.h"
#include "common/query_mem.h"

/*
 * Append the value as text that equal values share: 1, 1.0 and true do, and
 * objects whatever the order of their keys.
 */
void	query_seen_text(const struct query_items *, const struct query_val *,
	    struct buf *);

struct query_seen;

struct query_seen *query_seen_new(void);	/* NULL: no memory */
void	query_seen_free(struct query_seen **);
/*
 * Look a text up, and add it where it is new; it is copied. 0 and its number,
 * counted from 0 in the order they came; *new_r tells. -1 without memory.
 */
int	query_seen_put(struct query_seen *, const struct buf *,
	    size_t *number_r, bool *new_r);

#endif
