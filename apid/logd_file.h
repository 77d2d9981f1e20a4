/* SPDX-License-Identifier: ISC */
/* A log file that is appended to, and found again when it was moved away. */
#ifndef APID_LOGD_FILE_H
#define APID_LOGD_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGD_NAME	64	/* bytes of a file's name with its NUL */
#define LOGD_LOOK	1000000000U	/* ns between looks at the name */

struct logd_file {
	char	 lf_name[LOGD_NAME];	/* below the directory of logs */
	mode_t	 lf_mode;		/* of a new file */
	int	 lf_fd;			/* -1: not open */
	bool	 lf_torn;		/* the last line was cut short */
	uint64_t lf_looked;		/* CLOCK_MONOTONIC ns; 0: not yet */
};

/* Opens nothing: the first line does. A name that is too long is cut. */
void	logd_file_init(struct logd_file *, const char *name, mode_t mode);

/* Close; the next line opens the file by its name again. */
void	logd_file_close(struct logd_file *);

/*
 * Append a line with one write(). line[0] is a line break that is left out,
 * unless the line before was cut short; len counts it. now is CLOCK_MONOTONIC
 * in ns: not more often than LOGD_LOOK the name is looked at, and the file
 * opened anew when it is not the one at hand. Directories of the name are made
 * with mode 0750. 0, or -1 and errno: the line is lost.
 */
int	logd_file_write(struct logd_file *, int dirfd, const uint8_t *line,
	    size_t len, uint64_t now);

#endif
