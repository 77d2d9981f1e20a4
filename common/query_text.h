/* SPDX-License-Identifier: ISC */
/* Text as SQLite and as Python compare it. For query_*.c; pure. */
#ifndef COMMON_QUERY_TEXT_H
#define COMMON_QUERY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* -1, 0 or 1: byte by byte, which is also by code points. */
int	query_text_order(const char *, size_t, const char *, size_t);
/* The same with letters of ASCII alike: SQLite's NOCASE. */
int	query_text_nocase(const char *, size_t, const char *, size_t);
/* SQLite's "text LIKE pattern": % and _, letters of ASCII alike. */
bool	query_text_like(const char *pattern, size_t, const char *text, size_t);
/* Is the first in the second? */
bool	query_text_in(const char *, size_t, const char *, size_t);
/*
 * Write the text in lower case: ASCII, Latin, Greek, Cyrillic and Armenian.
 * out gets as many bytes as the text has.
 */
void	query_text_lower(const char *, size_t len, char *out);

#endif
