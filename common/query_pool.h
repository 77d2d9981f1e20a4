/* SPDX-License-Identifier: ISC */
/* Memory that is given back all at once. For query_*.c. */
#ifndef COMMON_QUERY_POOL_H
#define COMMON_QUERY_POOL_H

#include <stddef.h>

struct pool_chunk;

/* Zeroed: empty. */
struct query_pool {
	struct pool_chunk *pl_first;
};

/* n bytes of zeroes, or NULL without memory. */
void	*query_pool_get(struct query_pool *, size_t n);
/* A copy of n bytes with a NUL behind, likewise. */
char	*query_pool_copy(struct query_pool *, const char *, size_t n);
void	query_pool_free(struct query_pool *);

#endif
