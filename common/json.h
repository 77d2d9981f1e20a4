/* SPDX-License-Identifier: ISC */
/*
 * A streaming JSON writer. It writes what the original's serialiser writes:
 * ", " and ": " between tokens, everything beyond ASCII escaped, or, when
 * pretty, one item a line indented by three blanks.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define JSON_DEPTH	32

struct json {
	struct buf	*j_out;		/* borrowed */
	bool		 j_pretty;
	unsigned int	 j_depth;
	bool		 j_first[JSON_DEPTH];	/* no item yet at this level */
	bool		 j_key;			/* a key was just written */
};

/*
 * Start writing into out, which stays the caller's. Errors (no memory, limit)
 * are sticky in out->b_failed; deeper than JSON_DEPTH sets it too.
 */
void	json_init(struct json *, struct buf *out, bool pretty);

void	json_object(struct json *);		/* { */
void	json_object_end(struct json *);		/* } */
void	json_array(struct json *);		/* [ */
void	json_array_end(struct json *);		/* ] */
void	json_key(struct json *, const char *);	/* inside an object */

/* UTF-8 text of len bytes; each byte that is not UTF-8 becomes U+FFFD. */
void	json_strn(struct json *, const char *, size_t len);
void	json_str(struct json *, const char *);
void	json_int(struct json *, int64_t);
void	json_uint(struct json *, uint64_t);
void	json_bool(struct json *, bool);
void	json_null(struct json *);
/*
 * Shortest text that reads back equal, always with a point or an exponent,
 * spelled as Python does (16384.0, 1e-05). What is not finite becomes null.
 */
void	json_double(struct json *, double);
/* One complete JSON value as it stands, written by another writer. */
void	json_raw(struct json *, const char *, size_t len);

#endif
