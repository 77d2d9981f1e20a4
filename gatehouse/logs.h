/* SPDX-License-Identifier: ISC */
/* Lines of log files, and lines of several files as one. */
#ifndef GATEHOUSE_LOGS_H
#define GATEHOUSE_LOGS_H

#include <stddef.h>

struct buf;

/* Whole lines of one file; the last one may lack its end. Borrowed. */
struct logs_text {
	const char	*lt_text;
	size_t		 lt_len;
};

/* Length of "YYYY/MM/DD HH:MM:SS", which such a line begins with. */
#define LOGS_TIME	19

/* Does a line of len bytes begin with a time? Pure. */
int	logs_has_time(const char *line, size_t len);

/*
 * Append the last max lines of n texts, ordered by time, to out. Lines of the
 * same second stay in the order of their files; a line without a time stays
 * behind the one before it. Pure.
 */
void	logs_merge(const struct logs_text *, size_t n, size_t max,
	    struct buf *out);

/* How many lines are there? */
size_t	logs_count(const struct logs_text *);

#endif
