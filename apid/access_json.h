/* SPDX-License-Identifier: ISC */
/*
 * A JSON object read as a row of tokens. It stands apart from access.c because
 * json-c and our own JSON writer both use the name json_object.
 */
#ifndef APID_ACCESS_JSON_H
#define APID_ACCESS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
	TOKEN_OBJECT, TOKEN_OBJECT_END, TOKEN_ARRAY, TOKEN_ARRAY_END,
	TOKEN_KEY, TOKEN_STRING, TOKEN_INT, TOKEN_DOUBLE, TOKEN_BOOL,
	TOKEN_NULL
};

struct token {
	enum token_kind	 tk_kind;
	unsigned int	 tk_depth;	/* objects and arrays around it */
	const char	*tk_s;		/* key or string, NUL-ended */
	size_t		 tk_len;
	int64_t		 tk_int;	/* an int, a bool; items of an array */
	double		 tk_double;
};

/*
 * Call fn with each token of text if it is one whole JSON object, nested at
 * most depth times. fn returns false to have the value after a key, or the
 * array's items, left out. -1: it is none; fn was not called.
 */
int	access_json(const char *text, size_t len, unsigned int depth,
	    bool (*fn)(void *, const struct token *), void *arg);

#endif
