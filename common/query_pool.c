/* SPDX-License-Identifier: ISC */
/* Memory that is given back all at once: see query_pool.h. */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/query_pool.h"

#define POOL_PIECE 4096 /* bytes taken at a time */

struct pool_chunk {
	struct pool_chunk *ch_next;
	size_t ch_used, ch_size;
	max_align_t ch_data[];
};

void *
query_pool_get(struct query_pool *pl, size_t n)
{
	struct pool_chunk *ch = pl->pl_first;
	size_t size, unit = sizeof(max_align_t);
	char *p;

	if (n > SIZE_MAX / 4)
		return (NULL);
	n = (n + unit - 1) / unit * unit;
	if (ch == NULL || ch->ch_size - ch->ch_used < n) {
		size = n > POOL_PIECE ? n : POOL_PIECE;
		ch = calloc(1, sizeof(*ch) + size);
		if (ch == NULL)
			return (NULL);
		ch->ch_size = size;
		ch->ch_next = pl->pl_first;
		pl->pl_first = ch;
	}
	p = (char *)ch->ch_data + ch->ch_used;
	ch->ch_used += n;
	return (p);
}

char *
query_pool_copy(struct query_pool *pl, const char *s, size_t n)
{
	char *p;

	p = query_pool_get(pl, n + 1);
	if (p != NULL && n > 0)
		memcpy(p, s, n);
	return (p);
}

void
query_pool_free(struct query_pool *pl)
{
	struct pool_chunk *ch, *next;

	for (ch = pl->pl_first; ch != NULL; ch = next) {
		next = ch->ch_next;
		free(ch);
	}
	pl->pl_first = NULL;
}
