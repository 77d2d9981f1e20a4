/* SPDX-License-Identifier: ISC */
/*
 * Files below a directory, and nothing else: every path is opened with
 * openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
 * under the descriptor of a directory. All return -1 and errno on error
 * (EXDEV or ELOOP: the path tried to leave or to pass a link).
 */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include <stddef.h>
#include <sys/types.h>

struct buf;

/* Like openat(); O_CLOEXEC and O_NOCTTY are added. */
int	path_open(int dirfd, const char *path, int flags, mode_t mode);

/* Make the directories of path (not its last part unless it ends in '/'). */
int	path_mkdirs(int dirfd, const char *path, mode_t mode);

/* Append a whole regular file of at most max bytes to out; EFBIG beyond. */
int	path_read(int dirfd, const char *path, size_t max, struct buf *out);

/*
 * Replace or make a file: temporary file beside it, write, fchown (uid or gid
 * -1: unchanged), fchmod, fsync, rename, fsync of the directory.
 */
int	path_write(int dirfd, const char *path, const void *data, size_t len,
	    mode_t mode, uid_t uid, gid_t gid);

/* Remove a file (flags 0) or an empty directory (AT_REMOVEDIR). */
int	path_unlink(int dirfd, const char *path, int flags);

#endif
