/* SPDX-License-Identifier: ISC */
/* Whether a file is still the one that was read: see stamp.h. */
#include <sys/types.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>

#include "authz/stamp.h"

#define YOUNG 2 /* seconds: more than the coarsest clock's tick */

static bool
stamp_time(const struct timespec *a, const struct timespec *b)
{
	return (a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec);
}

void
stamp_take(int dirfd, const char *name, struct stamp *sp)
{
	struct stat st;

	memset(sp, 0, sizeof(*sp));
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	sp->sp_there = true;
	sp->sp_dev = st.st_dev;
	sp->sp_ino = st.st_ino;
	sp->sp_size = st.st_size;
	sp->sp_mtime = st.st_mtim;
	sp->sp_ctime = st.st_ctim;
	/* Times of modification are set at will, those of change are not. */
	sp->sp_young = time(NULL) < st.st_ctim.tv_sec + YOUNG;
}

bool
stamp_same(const struct stamp *before, const struct stamp *now)
{
	if (before->sp_young || before->sp_there != now->sp_there)
		return (false);
	return (before->sp_dev == now->sp_dev &&
	    before->sp_ino == now->sp_ino && before->sp_size == now->sp_size &&
	    stamp_time(&before->sp_mtime, &now->sp_mtime) &&
	    stamp_time(&before->sp_ctime, &now->sp_ctime));
}
