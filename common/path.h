/* SPDX-License-Identifier: ISC */
/*
 * Files below a directory, and nothing else: every path is opened with
 * openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
 * under the descriptor of a directory. All return -1 and errno on error
 * (EXDEV or ELOOP: the path tried to leave or to pass a link).
 */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include <dirent.h>
#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;

/* Like openat(); O_CLOEXEC and O_NOCTTY are added. */
int	path_open(int dirfd, const char *path, int flags, mode_t mode);

/* A folder, to be read by readdir() and closed by closedir(). NULL and errno. */
DIR	*path_list(int dirfd, const char *path);

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

/*
 * The same in two steps, for files that must change together: what takes room
 * or can be refused happens in the first one, for all of them.
 */
struct path_staged {
	int	 ps_dirfd;		/* of its directory; -1: nothing here */
	char	 ps_tmp[NAME_MAX + 1];	/* whole and on disk, beside base */
	char	 ps_base[NAME_MAX + 1];
};

/* Up to and with the fsync. After an error nothing is there to be undone. */
int	path_stage(int dirfd, const char *path, const void *data, size_t len,
	    mode_t mode, uid_t uid, gid_t gid, struct path_staged *);
/*
 * The rename and the fsync of the directory. -1: the rename failed, the file is
 * as it was and the temporary one is gone. 1: the new one is in place, but with
 * the power gone now the old one may be back.
 */
int	path_commit(struct path_staged *);
/* Take the first step back; harmless after path_commit(). */
void	path_unstage(struct path_staged *);

/* Remove a file (flags 0) or an empty directory (AT_REMOVEDIR). */
int	path_unlink(int dirfd, const char *path, int flags);

#endif
