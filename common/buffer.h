/* SPDX-License-Identifier: ISC */
/* A byte buffer that knows its size and its limit. */
#ifndef COMMON_BUFFER_H
#define COMMON_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t	*b_data;
	size_t	 b_len;		/* bytes in use */
	size_t	 b_cap;		/* bytes allocated */
	size_t	 b_max;		/* never grows beyond this, bytes */
	bool	 b_failed;	/* an addition did not fit; sticky */
};

/* Make an empty buffer that may grow to max bytes. Allocates nothing. */
void	buf_init(struct buf *, size_t max);

/* Give the memory back and clear the fields; b_max stays. */
void	buf_free(struct buf *);

/* The same, overwriting the bytes first: for secrets. */
void	buf_freezero(struct buf *);

/* Forget the bytes, keep the memory. Clears b_failed. */
void	buf_reset(struct buf *);

/*
 * Append. Return 0, or -1 when the limit or memory is exceeded; then nothing
 * is appended, b_failed is set and every later addition fails too, so that a
 * writer may check once at the end.
 */
int	buf_add(struct buf *, const void *, size_t);
int	buf_addz(struct buf *, const char *);
int	buf_addc(struct buf *, char);
int	buf_addf(struct buf *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Make room for n more bytes and return where they go (caller adds to b_len
 * what it wrote), or NULL like buf_add. Most often it is there, which the
 * writers of long lists ask for each of their tokens: hence inline.
 * buf_grow() is the rest of it, for where it is not there.
 */
uint8_t	*buf_grow(struct buf *, size_t n);

static inline uint8_t *
buf_room(struct buf *b, size_t n)
{
	/* One byte is kept free; see buffer.c. */
	if (!b->b_failed && n < b->b_cap - b->b_len)
		return (b->b_data + b->b_len);
	return (buf_grow(b, n));
}

/* Remove n bytes from the front; n <= b_len. */
void	buf_drain(struct buf *, size_t n);

#endif
