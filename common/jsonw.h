/* SPDX-License-Identifier: ISC */
/*
 * A streaming JSON writer. It writes what the original's serialiser writes:
 * ", " and ": " between tokens, everything beyond ASCII escaped, or, when
 * pretty, one item a line indented by three blanks.
 */
#ifndef COMMON_JSONW_H
#define COMMON_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define JSONW_DEPTH	32

struct jsonw {
	struct buf	*j_out;		/* borrowed */
	bool		 j_pretty;
	unsigned int	 j_depth;
	bool		 j_first[JSONW_DEPTH];	/* no item yet at this level */
	bool		 j_key;			/* a key was just written */
};

/*
 * Start writing into out, which stays the caller's. Errors (no memory, limit)
 * are sticky in out->b_failed; deeper than JSONW_DEPTH sets it too.
 */
void	jsonw_init(struct jsonw *, struct buf *out, bool pretty);

void	jsonw_object(struct jsonw *);		/* { */
void	jsonw_object_end(struct jsonw *);		/* } */
void	jsonw_array(struct jsonw *);		/* [ */
void	jsonw_array_end(struct jsonw *);		/* ] */
void	jsonw_key(struct jsonw *, const char *);	/* inside an object */
/*
 * The same with len bytes of text as jsonw_key() writes them, quotes, colon
 * and blank included: for the keys of many objects, which are made once.
 */
void	jsonw_keyraw(struct jsonw *, const char *text, size_t len);

/* UTF-8 text of len bytes; each byte that is not UTF-8 becomes U+FFFD. */
void	jsonw_strn(struct jsonw *, const char *, size_t len);
void	jsonw_str(struct jsonw *, const char *);
void	jsonw_int(struct jsonw *, int64_t);
void	jsonw_uint(struct jsonw *, uint64_t);
void	jsonw_bool(struct jsonw *, bool);
void	jsonw_null(struct jsonw *);
/*
 * Shortest text that reads back equal, always with a point or an exponent,
 * spelled as Python does (16384.0, 1e-05). What is not finite becomes null.
 */
void	jsonw_double(struct jsonw *, double);
/* One complete JSON value as it stands, written by another writer. */
void	jsonw_raw(struct jsonw *, const char *, size_t len);

#endif
