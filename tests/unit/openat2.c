/* SPDX-License-Identifier: ISC */
/*
 * openat2 for valgrind, whose version in Debian 12 does not know the call:
 * run_valgrind loads this before the tests. A path is walked part by part with
 * openat, so that nothing is opened that the real one would refuse; only what
 * common/path.c asks for is there (BENEATH, NO_SYMLINKS, NO_MAGICLINKS).
 */
#include <sys/types.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

long syscall(long, ...);

/* The system call itself, as the C library's function of that name does it. */
static long
shim_call(long number, const long a[6])
{
#ifdef __x86_64__
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];
	long r;

	__asm__ volatile("syscall"
	                 : "=a"(r)
	                 : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]),
	                 "r"(r10), "r"(r8), "r"(r9)
	                 : "rcx", "r11", "memory");
	if (r < 0 && r > -4096) {
		errno = (int)-r;
		return (-1);
	}
	return (r);
#else
#error "not written for this machine"
#endif
}

/* Open one part of a path; the last with what the caller wants. */
static int
shim_part(int dirfd, const char *name, const struct open_how *how, bool last)
{
	struct stat st;

	/* O_PATH would open the link itself where the real call says no. */
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return (-1);
	}
	if (!last)
		return (openat(dirfd, name,
		    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	return (openat(
	    dirfd, name, (int)how->flags | O_NOFOLLOW, (mode_t)how->mode));
}

static int
shim_error(int fd, int dirfd, int error)
{
	if (fd != dirfd)
		close(fd);
	errno = error;
	return (-1);
}

static int
shim_openat2(int dirfd, const char *path, const struct open_how *how)
{
	char part[256];
	size_t len, blanks;
	int depth = 0, fd = dirfd, next;
	bool last = false;

	if (path[0] == '\0' || path[0] == '/')
		return (shim_error(fd, dirfd, path[0] == '/' ? EXDEV : ENOENT));
	while (!last) {
		len = strcspn(path, "/");
		blanks = strspn(path + len, "/");
		last = path[len + blanks] == '\0';
		if (len >= sizeof(part))
			return (shim_error(fd, dirfd, ENAMETOOLONG));
		memcpy(part, path, len);
		part[len] = '\0';
		path += len + blanks;
		if (strcmp(part, "..") == 0)
			depth--;
		else if (strcmp(part, ".") != 0)
			depth++;
		if (depth < 0)
			return (shim_error(fd, dirfd, EXDEV));
		next = shim_part(fd, part, how, last);
		if (next == -1)
			return (shim_error(fd, dirfd, errno));
		if (fd != dirfd)
			close(fd);
		fd = next;
	}
	return (fd);
}

long __attribute__((visibility("default"))) syscall(long number, ...)
{
	va_list ap;
	long a[6];
	int i;

	va_start(ap, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2)
		return (shim_openat2((int)a[0], (const char *)a[1],
		    (const struct open_how *)a[2]));
	return (shim_call(number, a));
}
