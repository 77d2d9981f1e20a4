/* SPDX-License-Identifier: ISC */
/* Whether a file is still the one that was read: by what its inode says. */
#ifndef AUTHZ_STAMP_H
#define AUTHZ_STAMP_H

#include <sys/types.h>

#include <stdbool.h>
#include <time.h>

struct stamp {
	bool		 sp_there;
	bool		 sp_young;	/* changed only just now */
	dev_t		 sp_dev;
	ino_t		 sp_ino;
	off_t		 sp_size;
	struct timespec	 sp_mtime, sp_ctime;
};

/*
 * Look at the file name below dirfd, before it is read: a change in between
 * then shows next time. What cannot be looked at is not there.
 */
void	stamp_take(int dirfd, const char *name, struct stamp *);

/*
 * Is it the same file, unchanged, as when before was taken? Never said of a
 * file that was young then: within one tick of the file system's clock two
 * changes look like one.
 */
bool	stamp_same(const struct stamp *before, const struct stamp *now);

#endif
