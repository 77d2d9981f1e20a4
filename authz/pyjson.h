/* SPDX-License-Identifier: ISC */
/*
 * JSON as Python's json.loads() reads it and json.dumps() writes it: integers
 * of any size, the order of keys, the last of two equal keys at the place of
 * the first, halves of surrogate pairs. Stored texts are compared byte by byte,
 * with those of the original too, and json-c keeps none of these. RFC 8259;
 * NaN and Infinity, which Python reads besides, are refused. Pure.
 */
#ifndef AUTHZ_PYJSON_H
#define AUTHZ_PYJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define PYJSON_VALUES	65536	/* most values in one text */
#define PYJSON_DIGITS	4300	/* most digits of an integer; Python's limit */

enum pyjson_type {
	PYJSON_NULL, PYJSON_FALSE, PYJSON_TRUE,
	PYJSON_INTEGER,		/* pv_text: its digits */
	PYJSON_DOUBLE,		/* pv_number: finite */
	PYJSON_STRING,		/* pv_text: UTF-8, or half of a pair in three bytes */
	PYJSON_ARRAY,		/* pv_first, and pv_next of each */
	PYJSON_OBJECT		/* the same; each with a pv_key */
};

struct pyjson_value {
	enum pyjson_type pv_type;
	char		*pv_text;	/* NUL-ended; may hold NUL too */
	size_t		 pv_len;
	double		 pv_number;
	const char	*pv_key;	/* of a member: like a string's text */
	size_t		 pv_keylen;
	uint32_t	 pv_order;	/* of a member: which one it was */
	uint32_t	 pv_n;		/* items or members */
	struct pyjson_value *pv_first, *pv_next;
};

struct pyjson;

/*
 * Read len bytes, nested at most depth levels of objects and arrays. NULL:
 * *nomem_r says whether memory ran out; else it is not JSON or beyond a limit.
 */
struct pyjson	*pyjson_read(const char *text, size_t len, unsigned int depth,
		    bool *nomem_r);
void		 pyjson_free(struct pyjson **);

/* Strings may be changed where they are, as long as they keep their length. */
struct pyjson_value *pyjson_root(const struct pyjson *);
/* The member of an object, or NULL. */
struct pyjson_value *pyjson_member(const struct pyjson_value *, const char *);

/* Append the value's text. What does not fit: b_failed. */
void		 pyjson_write(const struct pyjson_value *, struct buf *);

#endif
