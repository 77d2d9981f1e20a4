/* SPDX-License-Identifier: ISC */
/* Files that logd appends to: see logd_file.h. */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apid/logd_file.h"
#include "common/path.h"

#define LOGD_DIRMODE 0750

void
logd_file_init(struct logd_file *lf, const char *name, mode_t mode)
{
	memset(lf, 0, sizeof(*lf));
	snprintf(lf->lf_name, sizeof(lf->lf_name), "%s", name);
	lf->lf_mode = mode;
	lf->lf_fd = -1;
}

void
logd_file_close(struct logd_file *lf)
{
	if (lf->lf_fd != -1)
		close(lf->lf_fd);
	lf->lf_fd = -1;
	lf->lf_torn = false;
	lf->lf_looked = 0;
	lf->lf_size = 0;
	lf->lf_day = 0;
}

/* Nonblocking: nobody is to hold logd up with a FIFO of the file's name. */
static int
logd_file_open(struct logd_file *lf, int dirfd, bool make)
{
	const int flags = O_RDWR | O_APPEND | O_NONBLOCK | (make ? O_CREAT : 0);
	struct stat st;
	char last = '\n';
	int fd;

	fd = path_open(dirfd, lf->lf_name, flags, lf->lf_mode);
	if (fd == -1 && errno == ENOENT && make &&
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
	lf->lf_size = (uint64_t)st.st_size;
	lf->lf_day = st.st_size == 0 ? 0 : logd_day(st.st_mtime);
	/* An earlier life may have had no room for all of its last line. */
	lf->lf_torn = st.st_size != 0 &&
	    pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
	return (0);
}

/*
 * Is the file of that name still the one that is open? Somebody may also have
 * cut it, so its size is taken from there.
 */
static bool
logd_file_same(struct logd_file *lf, int dirfd)
{
	struct stat a, b;

	if (fstat(lf->lf_fd, &a) == -1 ||
	    fstatat(dirfd, lf->lf_name, &b, AT_SYMLINK_NOFOLLOW) == -1)
		return (false);
	lf->lf_size = (uint64_t)a.st_size;
	if (a.st_size == 0) {
		lf->lf_day = 0;
		lf->lf_torn = false;
	}
	return (a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

/* What failed a moment ago is not tried again. */
int
logd_file_ready(struct logd_file *lf, int dirfd, uint64_t now, bool make)
{
	if (lf->lf_looked != 0 && now - lf->lf_looked < LOGD_LOOK) {
		if (lf->lf_fd != -1)
			return (0);
		errno = EAGAIN;
		return (-1);
	}
	if (lf->lf_fd != -1 && !logd_file_same(lf, dirfd))
		logd_file_close(lf);
	if (lf->lf_fd == -1 && logd_file_open(lf, dirfd, make) == -1) {
		/* A look that was not to make the file keeps nobody off. */
		if (make)
			lf->lf_looked = now;
		return (-1);
	}
	lf->lf_looked = now;
	return (0);
}

int
logd_file_write(struct logd_file *lf, int dirfd, const uint8_t *line,
    size_t len, uint64_t now)
{
	size_t skip;
	ssize_t n;

	if (logd_file_ready(lf, dirfd, now, true) == -1)
		return (-1);
	skip = lf->lf_torn ? 0 : 1;
	do {
		n = write(lf->lf_fd, line + skip, len - skip);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (-1);
	lf->lf_size += (uint64_t)n;
	if ((size_t)n != len - skip) {
		if (n != 0)
			lf->lf_torn = line[skip + (size_t)n - 1] != '\n';
		errno = ENOSPC;
		return (-1);
	}
	lf->lf_torn = false;
	return (0);
}

int
logd_file_dir(int dirfd, const char *path, const char **base_r)
{
	const char *slash = strrchr(path, '/');
	char dir[LOGD_PATH];

	*base_r = slash == NULL ? path : slash + 1;
	if (slash == NULL)
		return (path_open(dirfd, ".", O_RDONLY | O_DIRECTORY, 0));
	if ((size_t)(slash - path) >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = '\0';
	return (path_open(dirfd, dir, O_RDONLY | O_DIRECTORY, 0));
}
