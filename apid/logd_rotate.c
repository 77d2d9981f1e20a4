/* SPDX-License-Identifier: ISC */
/*
 * Files that are moved aside, and how they are found: see logd_rotate.h. What
 * waits is kept nowhere but in the names of the files, so nothing is forgotten
 * when the process ends at whatever moment.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apid/logd_file.h"
#include "apid/logd_rotate.h"

bool
logd_rotate_due(const struct logd_file *lf, size_t len, int today)
{
	if (lf->lf_fd == -1 || lf->lf_size == 0 || lf->lf_stuck)
		return (false);
	if (lf->lf_daily && lf->lf_day != 0 && logd_day_over(lf->lf_day, today))
		return (true);
	return (lf->lf_max != 0 && len != 0 && lf->lf_size + len >= lf->lf_max);
}

/* --- parts in a directory ---------------------------------------------- */

/*
 * Read the directory of file (below dirfd) and call fn with each part that lies
 * there, and whether it is a file. -1 and errno.
 */
static int
logd_parts(int dirfd, const char *file,
    void (*fn)(const struct logd_part *, bool, void *), void *arg)
{
	char path[LOGD_PATH];
	const char *base;
	struct logd_part lp;
	struct dirent *de;
	struct stat st;
	DIR *d;
	int fd, len, save;

	fd = logd_file_dir(dirfd, file, &base);
	if (fd == -1)
		return (-1);
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return (-1);
	}
	for (;;) {
		errno = 0;
		de = readdir(d);
		if (de == NULL)
			break;
		len = snprintf(path, sizeof(path), "%.*s%s", (int)(base - file),
		    file, de->d_name);
		if (len > 0 && (size_t)len < sizeof(path) &&
		    logd_part_parse(path, &lp) == 0)
			fn(&lp,
			    fstatat(fd, de->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			            0 &&
			        S_ISREG(st.st_mode),
			    arg);
	}
	/* Names that were not seen could be taken, or forgotten. */
	save = errno;
	closedir(d);
	errno = save;
	return (save == 0 ? 0 : -1);
}

/* --- moving aside ------------------------------------------------------ */

struct logd_move {
	struct logd_part *lm_part; /* the one to come */
	bool lm_taken; /* there is one of the whole day */
};

/* The new part sorts behind all that are there, whatever they are. */
static void
logd_move_past(const struct logd_part *lp, bool regular, void *arg)
{
	struct logd_move *lm = arg;
	struct logd_part *next = lm->lm_part;

	if (strcmp(lp->lp_file, next->lp_file) != 0)
		return;
	if (lp->lp_n >= next->lp_n)
		next->lp_n = lp->lp_n + 1;
	if (lp->lp_n == 0 && lp->lp_day == next->lp_day)
		lm->lm_taken = true;
}

/* Choose a name that no part has. */
static int
logd_move_name(
    const struct logd_file *lf, int dirfd, int today, char name[LOGD_PATH])
{
	struct logd_part lp;
	struct logd_move lm = { &lp, false };
	/* Only a day of a file that has no other end is one archive. */
	bool whole = lf->lf_daily && lf->lf_max == 0;

	memset(&lp, 0, sizeof(lp));
	memcpy(lp.lp_file, lf->lf_name, sizeof(lp.lp_file));
	lp.lp_day = whole && lf->lf_day != 0 ? lf->lf_day : today;
	lp.lp_n = 1;
	if (logd_parts(dirfd, lf->lf_name, logd_move_past, &lm) == -1)
		return (-1);
	if (whole && !lm.lm_taken)
		lp.lp_n = 0;
	if (lp.lp_n > LOGD_PARTS) {
		errno = EOVERFLOW;
		return (-1);
	}
	logd_part_name(&lp, name);
	return (0);
}

static int
logd_move(struct logd_file *lf, int dirfd, const char *part)
{
	const char *from, *to;
	int fd, rv, save;

	fd = logd_file_dir(dirfd, lf->lf_name, &from);
	if (fd == -1)
		return (-1);
	to = strrchr(part, '/');
	rv = renameat(fd, from, fd, to == NULL ? part : to + 1);
	save = errno;
	close(fd);
	errno = save;
	return (rv);
}

int
logd_rotate(struct logd_file *lf, int dirfd, int today, uint64_t now)
{
	char name[LOGD_PATH];

	if (logd_move_name(lf, dirfd, today, name) == -1 ||
	    logd_move(lf, dirfd, name) == -1) {
		lf->lf_stuck = true;
		return (-1);
	}
	logd_file_close(lf);
	return (logd_file_ready(lf, dirfd, now, true));
}

/* --- finding ----------------------------------------------------------- */

struct logd_find {
	const struct logd_file *const *lg_files;
	size_t lg_n;
	const struct logd_part *lg_after;
	struct logd_part *lg_part;
	bool lg_found;
};

static void
logd_find_older(const struct logd_part *lp, bool regular, void *arg)
{
	struct logd_find *lg = arg;
	size_t i;

	if (!regular ||
	    (lg->lg_after != NULL && logd_part_cmp(lp, lg->lg_after) <= 0) ||
	    (lg->lg_found && logd_part_cmp(lp, lg->lg_part) >= 0))
		return;
	for (i = 0; i < lg->lg_n; i++)
		if (strcmp(lp->lp_file, lg->lg_files[i]->lf_name) == 0)
			break;
	if (i == lg->lg_n)
		return; /* somebody else's */
	*lg->lg_part = *lp;
	lg->lg_found = true;
}

/* Do both lie in the same directory? */
static bool
logd_beside(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');

	if (x == NULL || y == NULL)
		return (x == y);
	return (x - a == y - b && strncmp(a, b, (size_t)(x - a)) == 0);
}

int
logd_rotate_next(int dirfd, const struct logd_file *const files[], size_t n,
    const struct logd_part *after, struct logd_part *lp)
{
	struct logd_find lg = { files, n, after, lp, false };
	size_t i, k;
	int failed = 0;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			if (logd_beside(files[i]->lf_name, files[k]->lf_name))
				break;
		if (k != i)
			continue; /* that directory was read */
		if (logd_parts(
		        dirfd, files[i]->lf_name, logd_find_older, &lg) == -1 &&
		    errno != ENOENT)
			failed = errno;
	}
	if (lg.lg_found)
		return (1);
	errno = failed;
	return (failed == 0 ? 0 : -1);
}
