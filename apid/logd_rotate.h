/* SPDX-License-Identifier: ISC */
/*
 * The end of a log file: it is renamed to a part (logd_name.h) and begun anew;
 * parts are found again by their names, also by the next life of the process.
 */
#ifndef APID_LOGD_ROTATE_H
#define APID_LOGD_ROTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logd_file;
struct logd_part;

/*
 * Does the open file end before len more bytes come (0: only by the clock)?
 * today is logd_day().
 */
bool	logd_rotate_due(const struct logd_file *, size_t len, int today);

/*
 * Move the file aside and make it anew. today is the date of a part that is not
 * a whole day; now is CLOCK_MONOTONIC in ns. -1 and errno: it goes on, and
 * lf_stuck keeps it from being tried with each line.
 */
int	logd_rotate(struct logd_file *, int dirfd, int today, uint64_t now);

/*
 * The oldest part of files[0..n) below dirfd that is newer than after (NULL:
 * any). 1, 0 when there is none, -1 and errno: none, and a directory could not
 * be read.
 */
int	logd_rotate_next(int dirfd, const struct logd_file *const files[],
	    size_t n, const struct logd_part *after, struct logd_part *);

#endif
