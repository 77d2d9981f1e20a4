/* SPDX-License-Identifier: ISC */
/*
 * Reading the JSON texts of rbac.db. This stands apart from the writer of
 * common/jsonw.h because its names and json-c's cannot meet in one file.
 */
#ifndef AUTHZ_STOREDJSON_H
#define AUTHZ_STOREDJSON_H

#include <stddef.h>

enum stored_event {
	STORED_OBJECT, STORED_OBJECT_END, STORED_ARRAY, STORED_ARRAY_END,
	STORED_KEY,		/* sd_text, NUL-ended */
	STORED_STRING,		/* sd_text, sd_len: may hold NUL */
	STORED_LITERAL,		/* sd_text, sd_len: an integer, true, null */
	STORED_DOUBLE		/* sd_number */
};

struct stored {
	enum stored_event sd_event;
	const char	*sd_text;
	size_t		 sd_len;
	double		 sd_number;
};

typedef void (*stored_visit)(void *arg, const struct stored *);

/*
 * Walk through the value that text (NUL-ended) holds, keys in their order.
 * room: levels of objects and arrays that may be open at once. Return 0; 1
 * when it is nested deeper than that, without any visit; -1 when the text is
 * not JSON or memory ran out, likewise.
 */
int	storedjson_walk(const char *text, unsigned int room, stored_visit,
	    void *arg);

#endif
