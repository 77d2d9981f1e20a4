/* SPDX-License-Identifier: ISC */
/* Files that logd appends to: see logd_file.h. */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "apid/logd_file.h"
#include "common/path.h"

#define LOGD_DIRMODE 0750

void
logd_file_init(struct logd_file *lf, const char *name, mode_t mode)
{
	snprintf(lf->lf_name, sizeof(lf->lf_name), "%s", name);
	lf->lf_mode = mode;
	lf->lf_fd = -1;
	lf->lf_torn = false;
	lf->lf_looked = 0;
}

void
logd_file_close(struct logd_file *lf)
{
	if (lf->lf_fd != -1)
		close(lf->lf_fd);
	lf->lf_fd = -1;
	lf->lf_torn = false;
	lf->lf_looked = 0;
}

/* Nonblocking: nobody is to hold logd up with a FIFO of the file's name. */
static int
logd_file_open(struct logd_file *lf, int dirfd)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK;
	struct stat st;
	int fd;

	fd = path_open(dirfd, lf->lf_name, flags, lf->lf_mode);
	if (fd == -1 && errno == ENOENT &&
	    path_mkdirs(dirfd, lf->lf_name, LOGD_DIRMODE) == 0)
		fd = path_open(dirfd, lf->lf_name, flags, lf->lf_mode);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return (-1);
	}
	lf->lf_fd = fd;
	return (0);
}

/* Is the file of that name still the one that is open? */
static bool
logd_file_same(const struct logd_file *lf, int dirfd)
{
	struct stat a, b;

	if (fstat(lf->lf_fd, &a) == -1 ||
	    fstatat(dirfd, lf->lf_name, &b, AT_SYMLINK_NOFOLLOW) == -1)
		return (false);
	return (a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

/* Have the right file open. What failed a moment ago is not tried again. */
static int
logd_file_ready(struct logd_file *lf, int dirfd, uint64_t now)
{
	if (lf->lf_looked != 0 && now - lf->lf_looked < LOGD_LOOK) {
		if (lf->lf_fd != -1)
			return (0);
		errno = EAGAIN;
		return (-1);
	}
	if (lf->lf_fd != -1 && !logd_file_same(lf, dirfd))
		logd_file_close(lf);
	lf->lf_looked = now;
	return (lf->lf_fd != -1 ? 0 : logd_file_open(lf, dirfd));
}

int
logd_file_write(struct logd_file *lf, int dirfd, const uint8_t *line,
    size_t len, uint64_t now)
{
	size_t skip;
	ssize_t n;

	if (logd_file_ready(lf, dirfd, now) == -1)
		return (-1);
	skip = lf->lf_torn ? 0 : 1;
	do {
		n = write(lf->lf_fd, line + skip, len - skip);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (-1);
	if ((size_t)n != len - skip) {
		if (n != 0)
			lf->lf_torn = line[skip + (size_t)n - 1] != '\n';
		errno = ENOSPC;
		return (-1);
	}
	lf->lf_torn = false;
	return (0);
}
