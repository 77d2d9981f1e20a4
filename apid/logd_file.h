/* SPDX-License-Identifier: ISC */
/* A log file that is appended to, and found again when it was moved away. */
#ifndef APID_LOGD_FILE_H
#define APID_LOGD_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apid/logd_name.h"

#define LOGD_LOOK	1000000000U	/* ns between looks at the name */

struct logd_file {
	char	 lf_name[LOGD_NAME];	/* below the directory of logs */
	mode_t	 lf_mode;		/* of a new file */
	int	 lf_fd;			/* -1: not open */
	bool	 lf_torn;		/* the last line was cut short */
	uint64_t lf_looked;		/* CLOCK_MONOTONIC ns; 0: not yet */
	uint64_t lf_size;		/* bytes, while it is open */
	int	 lf_day;		/* of its lines; 0: it is empty */
	/* when it ends: see logd_rotate.h */
	bool	 lf_daily;		/* with its day */
	uint64_t lf_max;		/* before it has more bytes; 0: never */
	bool	 lf_stuck;		/* it could not be moved a moment ago */
};

/* Opens nothing: the first line does. A name that is too long is cut. */
void	logd_file_init(struct logd_file *, const char *name, mode_t mode);

/* Close; the next line opens the file by its name again. */
void	logd_file_close(struct logd_file *);

/*
 * Have the file of this name open. now is CLOCK_MONOTONIC in ns: not more often
 * than LOGD_LOOK the name is looked at, and the file opened anew when it is not
 * the one at hand. With make, a file that is not there is made, and directories
 * of its name with mode 0750. 0, or -1 and errno.
 */
int	logd_file_ready(struct logd_file *, int dirfd, uint64_t now, bool make);

/*
 * Append a line with one write(), after logd_file_ready(). line[0] is a line
 * break that is left out, unless the line before was cut short; len counts it.
 * 0, or -1 and errno: the line is lost.
 */
int	logd_file_write(struct logd_file *, int dirfd, const uint8_t *line,
	    size_t len, uint64_t now);

/*
 * Open the directory of path, which is below dirfd, to read it and to name
 * files in it; *base_r is the last part of path. -1 and errno.
 */
int	logd_file_dir(int dirfd, const char *path, const char **base_r);

#endif
