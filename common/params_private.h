/* SPDX-License-Identifier: ISC */
/* What params_decode.c and params_body.c share; for nobody else. */
#ifndef COMMON_PARAMS_PRIVATE_H
#define COMMON_PARAMS_PRIVATE_H

#include "common/params_decode.h"

#define DECODE_NAME	64	/* most bytes of a client's name in a text, */
#define DECODE_NAMES	8	/*  most such names, */
#define DECODE_TEXT	(DECODE_NAMES * (DECODE_NAME + 4) + 1) /* all of it */
#define DECODE_INTEGER	24	/* bytes of an integer in decimal, with a NUL */

/* One decoding under way. */
struct decode {
	const struct row	*d_row;
	struct args		*d_args;
	struct buf		*d_arena;
	char			*d_why;
	size_t			 d_whylen;
};

/* Say why, and return PARAMS_BAD. */
int	params_bad(struct decode *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/* How many bytes of a client's name to show: never half a character. */
int	params_shown(const char *name, size_t len);

/*
 * Room for n more bytes of text at the arena's end, what args borrow moved
 * along if need be. NULL: does not fit, and why is said (PARAMS_TOOBIG).
 */
char	*params_room(struct decode *, size_t n);

/* Copy text there with a NUL after it. NULL as above. */
char	*params_copy(struct decode *, const char *text, size_t len);

/* As args_room(), but says why. */
const char **params_items(struct decode *, size_t n);

/* Check an argument and add it. */
int	params_add(struct decode *, const struct arg *);

/*
 * Python's int() of text: blanks around it, a sign, single underscores between
 * digits. PARAMS_OK, or another and why.
 */
int	params_integer(struct decode *, const struct param *, const char *text,
	    size_t len, int64_t *);

/*
 * Is text a sequence of JSON tokens (RFC 8259), stricter than json-c reads
 * them: no NaN, no integers beyond 64 bits, no controls and no \u0000 in
 * strings, not too deep, not too many? Whether they form a value is json-c's
 * to see. PARAMS_OK, or another and why.
 */
int	params_tokens(struct decode *, const char *text, size_t len);

#endif
