/* SPDX-License-Identifier: ISC */
/* Parts of log files become archives: see logd_pack.h. */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "apid/logd_file.h"
#include "apid/logd_pack.h"
#include "common/path.h"

#define LOGD_SLICE   65536 /* bytes read in one step */
#define LOGD_SYNC    (1024 * 1024) /* bytes written between flushes */
#define LOGD_DIRMODE 0750
#define LOGD_GZMODE  0640
#define LOGD_GZIP    (15 + 16) /* window bits, and gzip's frame */
#define LOGD_MEMORY  8 /* zlib's default */

struct logd_pack {
	struct logd_part lk_part;
	int lk_partdir; /* directory of the part */
	int lk_gzdir; /* directory of the archive */
	char lk_temp[LOGD_PATH]; /* in lk_gzdir */
	int lk_in, lk_out; /* -1: not in use */
	bool lk_deflating;
	size_t lk_dirty; /* bytes that may not be on disk */
	z_stream lk_z;
	uint8_t lk_buf[2][LOGD_SLICE]; /* read; packed */
};

static void
logd_pack_shut(int *fd)
{
	int save = errno;

	if (*fd != -1)
		close(*fd);
	*fd = -1;
	errno = save;
}

void
logd_pack_close(struct logd_pack **lkp)
{
	struct logd_pack *lk = *lkp;
	int save = errno;

	*lkp = NULL;
	if (lk == NULL)
		return;
	if (lk->lk_deflating)
		(void)deflateEnd(&lk->lk_z);
	if (lk->lk_out != -1)
		(void)unlinkat(lk->lk_gzdir, lk->lk_temp, 0);
	logd_pack_shut(&lk->lk_out);
	logd_pack_shut(&lk->lk_in);
	logd_pack_shut(&lk->lk_gzdir);
	logd_pack_shut(&lk->lk_partdir);
	free(lk);
	errno = save;
}

/* The name of the part in its directory. */
static const char *
logd_pack_name(const struct logd_pack *lk, bool done, char name[LOGD_PATH])
{
	struct logd_part lp = lk->lk_part;
	const char *slash;

	lp.lp_done = done;
	logd_part_name(&lp, name);
	slash = strrchr(name, '/');
	return (slash == NULL ? name : slash + 1);
}

static int
logd_pack_open_in(struct logd_pack *lk)
{
	char name[LOGD_PATH];
	struct stat st;

	lk->lk_in = path_open(lk->lk_partdir, logd_pack_name(lk, false, name),
	    O_RDONLY | O_NONBLOCK, 0);
	if (lk->lk_in == -1 || fstat(lk->lk_in, &st) == -1)
		return (-1);
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return (-1);
	}
	return (0);
}

/* What an earlier life left of the archive is of no use. */
static int
logd_pack_open_out(struct logd_pack *lk)
{
	if (unlinkat(lk->lk_gzdir, lk->lk_temp, 0) == -1 && errno != ENOENT)
		return (-1);
	lk->lk_out = path_open(lk->lk_gzdir, lk->lk_temp,
	    O_WRONLY | O_CREAT | O_EXCL, LOGD_GZMODE);
	return (lk->lk_out == -1 ? -1 : 0);
}

static int
logd_pack_begin(struct logd_pack *lk)
{
	if (logd_pack_open_in(lk) == -1 || logd_pack_open_out(lk) == -1)
		return (-1);
	if (deflateInit2(&lk->lk_z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
	        LOGD_GZIP, LOGD_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		errno = ENOMEM;
		return (-1);
	}
	lk->lk_deflating = true;
	return (0);
}

struct logd_pack *
logd_pack_open(int dirfd, const struct logd_part *lp)
{
	struct logd_pack *lk;
	char path[LOGD_PATH];
	const char *base;

	lk = calloc(1, sizeof(*lk));
	if (lk == NULL)
		return (NULL);
	lk->lk_part = *lp;
	lk->lk_partdir = lk->lk_gzdir = lk->lk_in = lk->lk_out = -1;
	lk->lk_partdir = logd_file_dir(dirfd, lp->lp_file, &base);
	if (lk->lk_partdir == -1)
		goto bad;
	logd_archive_temp(lp, path);
	if (path_mkdirs(dirfd, path, LOGD_DIRMODE) == -1)
		goto bad;
	lk->lk_gzdir = logd_file_dir(dirfd, path, &base);
	if (lk->lk_gzdir == -1)
		goto bad;
	snprintf(lk->lk_temp, sizeof(lk->lk_temp), "%s", base);
	if (!lp->lp_done && logd_pack_begin(lk) == -1)
		goto bad;
	return (lk);
bad:
	logd_pack_close(&lk);
	return (NULL);
}

/* --- packing ----------------------------------------------------------- */

/*
 * All of it, and every now and then on disk: flushing little by little keeps
 * each flush short.
 */
static int
logd_pack_write(struct logd_pack *lk, const uint8_t *p, size_t len)
{
	ssize_t n;

	lk->lk_dirty += len;
	while (len > 0) {
		n = write(lk->lk_out, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		p += n;
		len -= (size_t)n;
	}
	if (lk->lk_dirty < LOGD_SYNC)
		return (0);
	lk->lk_dirty = 0;
	return (fdatasync(lk->lk_out));
}

/* Pack what was read; flush is Z_FINISH at the end. */
static int
logd_pack_deflate(struct logd_pack *lk, size_t len, int flush)
{
	z_stream *z = &lk->lk_z;
	int r;

	z->next_in = lk->lk_buf[0];
	z->avail_in = (unsigned int)len;
	do {
		z->next_out = lk->lk_buf[1];
		z->avail_out = LOGD_SLICE;
		r = deflate(z, flush);
		/* Z_BUF_ERROR: all was out already. */
		if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR) {
			errno = EIO;
			return (-1);
		}
		if (logd_pack_write(
		        lk, lk->lk_buf[1], LOGD_SLICE - z->avail_out) == -1)
			return (-1);
	} while (z->avail_out == 0);
	return (0);
}

/* Have names on disk, where the file system knows how. */
static int
logd_pack_sync(int dirfd)
{
	return (fsync(dirfd) == -1 && errno != EINVAL ? -1 : 0);
}

/* The archive is complete: make it last, then let go of the part. */
static int
logd_pack_done(struct logd_pack *lk)
{
	char from[LOGD_PATH], to[LOGD_PATH];
	const char *f, *t;

	if (fsync(lk->lk_out) == -1 || logd_pack_sync(lk->lk_gzdir) == -1)
		return (-1);
	f = logd_pack_name(lk, false, from);
	t = logd_pack_name(lk, true, to);
	if (renameat(lk->lk_partdir, f, lk->lk_partdir, t) == -1)
		return (-1);
	lk->lk_part.lp_done = true;
	logd_pack_shut(&lk->lk_out);
	logd_pack_shut(&lk->lk_in);
	return (1);
}

/* --- the name of the archive ------------------------------------------- */

static const char *
logd_pack_archive(struct logd_pack *lk, unsigned int n, char name[LOGD_PATH])
{
	const char *slash;

	logd_archive(&lk->lk_part, n, name);
	slash = strrchr(name, '/');
	return (slash == NULL ? name : slash + 1);
}

/* Is there an archive of this number? 1, 0, or -1 and errno. */
static int
logd_pack_taken(struct logd_pack *lk, unsigned int n)
{
	char name[LOGD_PATH];
	struct stat st;

	if (fstatat(lk->lk_gzdir, logd_pack_archive(lk, n, name), &st,
	        AT_SYMLINK_NOFOLLOW) == 0)
		return (1);
	return (errno == ENOENT ? 0 : -1);
}

static int
logd_pack_renumber(struct logd_pack *lk, unsigned int from, unsigned int to)
{
	char a[LOGD_PATH], b[LOGD_PATH];
	const char *f = logd_pack_archive(lk, from, a);
	const char *t = logd_pack_archive(lk, to, b);

	return (renameat(lk->lk_gzdir, f, lk->lk_gzdir, t));
}

/*
 * Make 1 free by moving the others up; the last is overwritten if there is no
 * gap. The end of the process in the midst of it leaves one.
 */
static int
logd_pack_shift(struct logd_pack *lk)
{
	unsigned int n;
	int taken = 1;

	for (n = 0; taken == 1 && n < LOGD_KEEP;)
		taken = logd_pack_taken(lk, ++n);
	if (taken == -1)
		return (-1);
	for (; n > 1; n--)
		if (logd_pack_renumber(lk, n - 1, n) == -1)
			return (-1);
	return (0);
}

/*
 * Give the archive a name that nobody has. No archive is there when an earlier
 * life got as far as this.
 */
static int
logd_pack_place(struct logd_pack *lk)
{
	char name[LOGD_PATH];
	unsigned int n;
	struct stat st;
	int taken;

	if (fstatat(lk->lk_gzdir, lk->lk_temp, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (errno == ENOENT ? 0 : -1);
	if (logd_part_own(&lk->lk_part)) {
		if (logd_pack_shift(lk) == -1)
			return (-1);
		n = 1;
	} else {
		n = lk->lk_part.lp_n == 0 ? 0 : 1;
		while ((taken = logd_pack_taken(lk, n)) == 1)
			n++;
		if (taken == -1)
			return (-1);
	}
	if (renameat(lk->lk_gzdir, lk->lk_temp, lk->lk_gzdir,
	        logd_pack_archive(lk, n, name)) == -1)
		return (-1);
	return (logd_pack_sync(lk->lk_gzdir));
}

static int
logd_pack_finish(struct logd_pack *lk)
{
	char name[LOGD_PATH];

	if (logd_pack_place(lk) == -1)
		return (-1);
	return (
	    unlinkat(lk->lk_partdir, logd_pack_name(lk, true, name), 0) == -1 ?
	        -1 :
	        0);
}

int
logd_pack_step(struct logd_pack *lk)
{
	ssize_t n;

	if (lk->lk_part.lp_done)
		return (logd_pack_finish(lk));
	do {
		n = read(lk->lk_in, lk->lk_buf[0], LOGD_SLICE);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (-1);
	if (n > 0)
		return (logd_pack_deflate(lk, (size_t)n, Z_NO_FLUSH) == -1 ?
		        -1 :
		        1);
	if (logd_pack_deflate(lk, 0, Z_FINISH) == -1)
		return (-1);
	return (logd_pack_done(lk));
}
