/* SPDX-License-Identifier: ISC */
/* The words of q: clauses as validators.md 5.1 has them. For query_*.c. */
#ifndef COMMON_QUERY_LEX_H
#define COMMON_QUERY_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/query_parts.h"

/* A text with the class of each of its bytes. */
struct query_lex {
	const char	*lx_text;
	const uint8_t	*lx_class;
	size_t		 lx_end;	/* nothing is read from here on */
	bool		 lx_nested;	/* several parentheses in a row */
};

/* One clause: offsets into the text. */
struct query_match {
	size_t		 lm_start, lm_end;
	size_t		 lm_open, lm_close;	/* how many parentheses */
	size_t		 lm_field, lm_fieldlen;
	size_t		 lm_op, lm_oplen;
	size_t		 lm_value, lm_valuelen;
	char		 lm_sep;		/* ';', ',' or 0 */
};

/*
 * Start on len bytes of UTF-8, which have to outlive it; the classes live as
 * long as the query. 0, or -1 without memory or on text that is not UTF-8.
 */
int	query_lex_open(struct query_lex *, struct query *, const char *,
	    size_t len);
/* Is there a clause exactly at this offset? */
bool	query_lex_match(const struct query_lex *, size_t at,
	    struct query_match *);
/* The first clause at this offset or behind it. */
bool	query_lex_next(const struct query_lex *, size_t at,
	    struct query_match *);
/* The operator of a clause. */
enum query_op query_lex_op(const struct query_lex *,
	    const struct query_match *);

#endif
