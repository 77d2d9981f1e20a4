/* SPDX-License-Identifier: ISC */
/*
 * When a log file ends and what its past is called: pure functions. Names are
 * the original's (files.md of the reference, section 8): a day of api.log
 * becomes api/2026/Nov/api.log-21.gz, a part of it api/2026/Nov/api.log-21_N.gz
 * and the last parts of a process's own log gatehouse/ROLE.log-N.gz.
 *
 * Between the two a part lies beside its file as FILE.YYYY-MM-DD, or, where
 * there may be several a day, as FILE.YYYY-MM-DD_N.rotating; ".done" at its end
 * says that its archive is complete under a temporary name.
 */
#ifndef APID_LOGD_NAME_H
#define APID_LOGD_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define LOGD_NAME	64	/* bytes of a file's name with its NUL */
#define LOGD_PATH	192	/* bytes of a part's or an archive's */
#define LOGD_KEEP	7	/* archives of a process's own log */
#define LOGD_PARTS	999999999 /* the last number of a part */

/* A part: contents of a file that are on their way to an archive. */
struct logd_part {
	char	 lp_file[LOGD_NAME];	/* "api.log", "gatehouse/http.log" */
	int	 lp_day;		/* logd_day(); parts sort by it */
	unsigned int lp_n;		/* then by this; 0: a whole day */
	bool	 lp_done;
};

/*
 * Days since 1970-01-01 of the local date of t. 0 is also a date that a name
 * has no room for, and stands for none.
 */
int	logd_day(time_t t);

/*
 * The second after now at which the local date is another one: midnight, or
 * what stands in for it where clocks change at midnight. Either of two where
 * they go back to before it.
 */
time_t	logd_midnight(time_t now);

/*
 * Is a file whose lines are of day to be put away when it is today? Not when
 * the clock was set back over midnight a little: the day comes once more.
 */
bool	logd_day_over(int day, int today);

/* "10M" or "2000K" as bytes. 0: neither. */
unsigned long logd_size(const char *text);

/* The name of a part. */
void	logd_part_name(const struct logd_part *, char name[LOGD_PATH]);
/* And back; path is below the directory of logs. -1: not a part's name. */
int	logd_part_parse(const char *path, struct logd_part *);
/*
 * < 0, 0, > 0: a is older than b, the same, newer. Those of different files
 * that are as old as each other go by name, and one that is done goes before
 * another that is not: its archive is there, and has the name that the other's
 * would get while it is filled.
 */
int	logd_part_cmp(const struct logd_part *a, const struct logd_part *b);

/* Does the archive stand beside the file, numbered from the newest? */
bool	logd_part_own(const struct logd_part *);
/*
 * The name of an archive, the n-th that could be taken. n 0 is the one without
 * a number, which only a part of a whole day has.
 */
void	logd_archive(const struct logd_part *, unsigned int n,
	    char name[LOGD_PATH]);
/* Where it is until it is complete: in the same directory. */
void	logd_archive_temp(const struct logd_part *, char name[LOGD_PATH]);

#endif
