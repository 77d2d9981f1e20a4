/* SPDX-License-Identifier: ISC */
/*
 * A byte buffer that knows its size and its limit: see buffer.h. One byte more
 * than asked for is always allocated, so that printf may write its NUL.
 */
#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"

#define BUF_FIRST 256 /* bytes of the first allocation */
/*
 * Up to here growing copies and wipes what it leaves behind, because a secret
 * may be in it; secrets are never larger, and above it realloc() is cheaper.
 */
#define BUF_WIPE 65536

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->b_max = max;
}

static void
buf_clear(struct buf *b)
{
	free(b->b_data);
	b->b_data = NULL;
	b->b_len = b->b_cap = 0;
	b->b_failed = false;
}

void
buf_free(struct buf *b)
{
	buf_clear(b);
}

void
buf_freezero(struct buf *b)
{
	if (b->b_data != NULL)
		explicit_bzero(b->b_data, b->b_cap);
	buf_clear(b);
}

void
buf_reset(struct buf *b)
{
	b->b_len = 0;
	b->b_failed = false;
}

/* A larger piece of memory with the same bytes; the old one is given back. */
static uint8_t *
buf_resize(struct buf *b, size_t cap)
{
	uint8_t *p;

	if (b->b_cap > BUF_WIPE)
		return (realloc(b->b_data, cap));
	p = malloc(cap);
	if (p == NULL || b->b_data == NULL)
		return (p);
	memcpy(p, b->b_data, b->b_len);
	explicit_bzero(b->b_data, b->b_cap);
	free(b->b_data);
	return (p);
}

uint8_t *
buf_grow(struct buf *b, size_t n)
{
	size_t need, cap;
	uint8_t *p;

	if (b->b_failed || n > b->b_max - b->b_len ||
	    n >= SIZE_MAX - b->b_len) {
		b->b_failed = true;
		return (NULL);
	}
	need = b->b_len + n + 1;
	cap = b->b_cap == 0 ? BUF_FIRST : b->b_cap;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap - 1 > b->b_max)
		cap = b->b_max + 1;
	p = buf_resize(b, cap);
	if (p == NULL) {
		b->b_failed = true;
		return (NULL);
	}
	b->b_data = p;
	b->b_cap = cap;
	return (p + b->b_len);
}

int
buf_add(struct buf *b, const void *data, size_t n)
{
	uint8_t *p;

	p = buf_room(b, n);
	if (p == NULL)
		return (-1);
	if (n != 0)
		memcpy(p, data, n);
	b->b_len += n;
	return (0);
}

int
buf_addz(struct buf *b, const char *s)
{
	return (buf_add(b, s, strlen(s)));
}

int
buf_addc(struct buf *b, char c)
{
	return (buf_add(b, &c, 1));
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	size_t room;
	int n;

	/* Mostly it fits into what is there, and one pass is enough. */
	room = b->b_cap - b->b_len;
	va_start(ap, fmt);
	n = vsnprintf(
	    room == 0 ? NULL : (char *)b->b_data + b->b_len, room, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->b_failed = true;
		return (-1);
	}
	if (buf_room(b, (size_t)n) == NULL)
		return (-1);
	if ((size_t)n >= room) {
		va_start(ap, fmt);
		vsnprintf((char *)b->b_data + b->b_len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->b_len += (size_t)n;
	return (0);
}

void
buf_drain(struct buf *b, size_t n)
{
	if (n >= b->b_len) {
		b->b_len = 0;
		return;
	}
	memmove(b->b_data, b->b_data + n, b->b_len - n);
	b->b_len -= n;
}
