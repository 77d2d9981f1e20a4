/* SPDX-License-Identifier: ISC */
/* Large values between processes: see memfd.h and memfd_create(2). */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "common/memfd.h"

#define MEMFD_SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)

static int
memfd_fill(int fd, const uint8_t *data, size_t len)
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
	return (0);
}

int
memfd_seal(const char *name, const void *data, size_t len)
{
	int fd, save;

	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return (-1);
	if (memfd_fill(fd, data, len) == -1 ||
	    fcntl(fd, F_ADD_SEALS, MEMFD_SEALS | F_SEAL_SEAL) == -1) {
		save = errno;
		close(fd);
		errno = save;
		return (-1);
	}
	return (fd);
}

int
memfd_map(int fd, size_t max, void **p_r, size_t *len_r)
{
	struct stat st;
	void *p;
	int seals;

	/* Not every file has seals: then the kernel says EINVAL. */
	seals = fcntl(fd, F_GET_SEALS);
	if (seals == -1 || (seals & MEMFD_SEALS) != MEMFD_SEALS) {
		errno = EPERM;
		return (-1);
	}
	if (fstat(fd, &st) == -1)
		return (-1);
	if (st.st_size < 1 || (uintmax_t)st.st_size > max) {
		errno = EFBIG;
		return (-1);
	}
	/*
	 * Private: before Linux 6.7 a shared mapping of a write-sealed file is
	 * refused, even one for reading.
	 */
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return (-1);
	*p_r = p;
	*len_r = (size_t)st.st_size;
	return (0);
}
