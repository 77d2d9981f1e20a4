/* SPDX-License-Identifier: ISC */
/*
 * A part of a log file becomes a gzip archive, a slice at a time, so that lines
 * are written in between. Whatever moment the process ends at, each line is in
 * the part or in the archive, and the next life goes on from there:
 *
 *	1. the archive is filled under a temporary name, and is on disk;
 *	2. the part is renamed to ".done": from here on it is not read again;
 *	3. the archive gets its name, one that nobody has;
 *	4. the part is removed.
 */
#ifndef APID_LOGD_PACK_H
#define APID_LOGD_PACK_H

struct logd_pack;
struct logd_part;

/*
 * Begin, or go on with a part that is done. dirfd, the directory of logs, is
 * borrowed. Directories get the mode 0750, archives 0640. NULL and errno.
 */
struct logd_pack *logd_pack_open(int dirfd, const struct logd_part *);

/* Do a slice. 1: there is more to do, 0: the archive is there, -1 and errno. */
int	logd_pack_step(struct logd_pack *);

/* Give everything back; what is not complete is removed. Clears the pointer. */
void	logd_pack_close(struct logd_pack **);

#endif
