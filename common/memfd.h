/* SPDX-License-Identifier: ISC */
/* Large values between processes: sealed anonymous memory files. */
#ifndef COMMON_MEMFD_H
#define COMMON_MEMFD_H

#include <stddef.h>

/*
 * A descriptor (close-on-exec) of a memfd that holds len bytes of data and is
 * sealed against writing, growing and shrinking. -1 and errno on error.
 */
int	memfd_seal(const char *name, const void *data, size_t len);

/*
 * Map a descriptor that another process sent, read-only. Its seals (write,
 * grow, shrink) and its size (1 to max bytes) are checked first, so that the
 * sender can neither change nor cut what is being read. Sets *p_r and *len_r;
 * give back with munmap(). -1 with errno EPERM (not sealed) or EFBIG.
 */
int	memfd_map(int fd, size_t max, void **p_r, size_t *len_r);

#endif
