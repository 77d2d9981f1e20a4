/* SPDX-License-Identifier: ISC */
/* Files below a directory, and nothing else: see path.h and openat2(2). */
#include <sys/types.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/path.h"

/* openat2() gives up when a rename races with "..": how often to try again. */
#define PATH_RETRIES 32
#define PATH_CHUNK   65536 /* bytes read at once */
#define PATH_MODE    07777

int
path_open(int dirfd, const char *path, int flags, mode_t mode)
{
	struct open_how how;
	long fd;
	int tries = 0;

	memset(&how, 0, sizeof(how));
	how.flags = (uint64_t)(flags | O_CLOEXEC);
	/* O_PATH takes few other flags, and O_NOCTTY is not among them. */
	if (!(flags & O_PATH))
		how.flags |= O_NOCTTY;
	/* A mode where no file can be made is an error for openat2(). */
	if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE)
		how.mode = mode & PATH_MODE;
	how.resolve =
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
	do {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	} while (fd == -1 && (errno == EINTR || errno == EAGAIN) &&
	    ++tries < PATH_RETRIES);
	return ((int)fd);
}

DIR *
path_list(int dirfd, const char *path)
{
	DIR *dir;
	int fd, error;

	fd = path_open(dirfd, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd == -1)
		return (NULL);
	dir = fdopendir(fd);
	if (dir == NULL) {
		error = errno;
		close(fd);
		errno = error;
	}
	return (dir);
}

/* close() that leaves errno alone. */
static void
path_close(int fd)
{
	int save = errno;

	if (fd != -1)
		close(fd);
	errno = save;
}

/*
 * Make one directory if need be and open it. name is one part of a path; what
 * was there before may be a link or a file, and path_open() says so.
 */
static int
path_step(int dirfd, const char *name, mode_t mode)
{
	if (mkdirat(dirfd, name, mode) == -1 && errno != EEXIST)
		return (-1);
	return (path_open(dirfd, name, O_PATH | O_DIRECTORY, 0));
}

int
path_mkdirs(int dirfd, const char *path, mode_t mode)
{
	char name[NAME_MAX + 1];
	const char *p, *end;
	size_t len;
	int fd = -1, next;

	if (*path == '/') {
		errno = EXDEV;
		return (-1);
	}
	for (p = path; (end = strchr(p, '/')) != NULL; p = end + 1) {
		len = (size_t)(end - p);
		if (len == 0 || (len == 1 && *p == '.'))
			continue;
		if (len > NAME_MAX) {
			path_close(fd);
			errno = ENAMETOOLONG;
			return (-1);
		}
		memcpy(name, p, len);
		name[len] = '\0';
		next = path_step(fd == -1 ? dirfd : fd, name, mode);
		path_close(fd);
		if (next == -1)
			return (-1);
		fd = next;
	}
	path_close(fd);
	return (0);
}

/*
 * Everything from fd, at most max bytes, appended to out. One byte beyond the
 * limit is asked for: it shows that there is more.
 */
static int
path_slurp(int fd, size_t max, struct buf *out)
{
	size_t start = out->b_len, left, want;
	uint8_t probe, *p;
	ssize_t n;

	for (;;) {
		left = max - (out->b_len - start);
		if (left > out->b_max - out->b_len)
			left = out->b_max - out->b_len;
		want = left == 0 ? 1 : left < PATH_CHUNK ? left : PATH_CHUNK;
		p = left == 0 ? &probe : buf_room(out, want);
		if (p == NULL) {
			errno = ENOMEM;
			break;
		}
		n = read(fd, p, want);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		if (n == 0)
			return (0);
		if (left == 0) {
			errno = EFBIG;
			break;
		}
		out->b_len += (size_t)n;
	}
	out->b_len = start;
	return (-1);
}

int
path_read(int dirfd, const char *path, size_t max, struct buf *out)
{
	struct stat st;
	int fd, rv = -1;

	/* Not to hang on a FIFO that somebody put there. */
	fd = path_open(dirfd, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == -1)
		goto out;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		goto out;
	}
	if ((uintmax_t)st.st_size > max) {
		errno = EFBIG;
		goto out;
	}
	rv = path_slurp(fd, max, out);
out:
	path_close(fd);
	return (rv);
}

/*
 * Open the directory that the last part of path is in, and point *base_r at
 * that part, which must be a plain name.
 */
static int
path_parent(int dirfd, const char *path, const char **base_r)
{
	const char *slash;
	char *dir;
	int fd;

	slash = strrchr(path, '/');
	*base_r = slash == NULL ? path : slash + 1;
	if (**base_r == '\0' || strcmp(*base_r, ".") == 0 ||
	    strcmp(*base_r, "..") == 0) {
		errno = EINVAL;
		return (-1);
	}
	if (slash == NULL)
		return (path_open(dirfd, ".", O_RDONLY | O_DIRECTORY, 0));
	if (slash == path) {
		errno = EXDEV;
		return (-1);
	}
	dir = strndup(path, (size_t)(slash - path));
	if (dir == NULL)
		return (-1);
	fd = path_open(dirfd, dir, O_RDONLY | O_DIRECTORY, 0);
	free(dir);
	return (fd);
}

/* Fill the temporary file and give it its owner and mode, on disk. */
static int
path_fill(
    int fd, const uint8_t *data, size_t len, mode_t mode, uid_t uid, gid_t gid)
{
	ssize_t n;

	while (len != 0) {
		n = write(fd, data, len);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		data += n;
		len -= (size_t)n;
	}
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) &&
	    fchown(fd, uid, gid) == -1)
		return (-1);
	/* After the owner: a change of owner takes the set-id bits away. */
	if (fchmod(fd, mode & PATH_MODE) == -1)
		return (-1);
	return (fsync(fd));
}

int
path_stage(int dirfd, const char *path, const void *data, size_t len,
    mode_t mode, uid_t uid, gid_t gid, struct path_staged *ps)
{
	const char *base;
	uint64_t rnd;
	int fd, n, error;

	ps->ps_dirfd = path_parent(dirfd, path, &base);
	if (ps->ps_dirfd == -1)
		return (-1);
	if (getrandom(&rnd, sizeof(rnd), 0) != (ssize_t)sizeof(rnd))
		goto fail;
	n = snprintf(ps->ps_tmp, sizeof(ps->ps_tmp), ".%s.%016" PRIx64 ".tmp",
	    base, rnd);
	if (n < 0 || (size_t)n >= sizeof(ps->ps_tmp)) {
		errno = ENAMETOOLONG;
		goto fail;
	}
	snprintf(ps->ps_base, sizeof(ps->ps_base), "%s", base);
	fd = path_open(
	    ps->ps_dirfd, ps->ps_tmp, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd == -1)
		goto fail;
	if (path_fill(fd, data, len, mode, uid, gid) == 0) {
		close(fd);
		return (0);
	}
	path_close(fd);
	error = errno;
	path_unstage(ps);
	errno = error;
	return (-1);
fail:
	path_close(ps->ps_dirfd);
	ps->ps_dirfd = -1;
	return (-1);
}

int
path_commit(struct path_staged *ps)
{
	int error, rv;

	if (renameat(ps->ps_dirfd, ps->ps_tmp, ps->ps_dirfd, ps->ps_base) ==
	    -1) {
		error = errno;
		path_unstage(ps);
		errno = error;
		return (-1);
	}
	rv = fsync(ps->ps_dirfd) == -1;
	path_close(ps->ps_dirfd);
	ps->ps_dirfd = -1;
	return (rv);
}

void
path_unstage(struct path_staged *ps)
{
	if (ps->ps_dirfd == -1)
		return;
	unlinkat(ps->ps_dirfd, ps->ps_tmp, 0);
	close(ps->ps_dirfd);
	ps->ps_dirfd = -1;
}

int
path_write(int dirfd, const char *path, const void *data, size_t len,
    mode_t mode, uid_t uid, gid_t gid)
{
	struct path_staged ps;

	if (path_stage(dirfd, path, data, len, mode, uid, gid, &ps) == -1)
		return (-1);
	return (path_commit(&ps) == 0 ? 0 : -1);
}

int
path_unlink(int dirfd, const char *path, int flags)
{
	const char *base;
	int dfd, rv;

	dfd = path_parent(dirfd, path, &base);
	if (dfd == -1)
		return (-1);
	rv = unlinkat(dfd, base, flags);
	path_close(dfd);
	return (rv);
}
