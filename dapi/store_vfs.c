/* SPDX-License-Identifier: ISC */
/* SQLite's system calls: see store_vfs.h and sqlite3_vfs in its manual. */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"
#include "dapi/store_vfs.h"

#define VFS_MODE 0640 /* of every file that SQLite makes */

/*
 * The replaced calls get no argument of ours, so the directory is the one
 * thing that has to be the process's.
 */
static int vfs_rootfd = -1;

/* SQLite's names are absolute because vfs_getcwd() says "/". */
static const char *
vfs_name(const char *path)
{
	path += strspn(path, "/");
	return (*path == '\0' ? "." : path);
}

/*
 * O_TRUNC is dropped: SQLite only asks for it where the file is new, and a
 * sandbox without Landlock's third version could not refuse it elsewhere.
 */
static int
vfs_open(const char *path, int flags, int mode)
{
	return (path_open(vfs_rootfd, vfs_name(path), flags & ~O_TRUNC,
	    (mode_t)mode & VFS_MODE));
}

static int
vfs_stat(const char *path, struct stat *st)
{
	int fd, rv, save;

	fd = path_open(vfs_rootfd, vfs_name(path), O_PATH | O_NOFOLLOW, 0);
	if (fd == -1)
		return (-1);
	rv = fstat(fd, st);
	save = errno;
	close(fd);
	errno = save;
	return (rv);
}

static int
vfs_access(const char *path, int mode)
{
	struct stat st;

	return (vfs_stat(path, &st));
}

static char *
vfs_getcwd(char *buf, size_t len)
{
	if (len < 2) {
		errno = ERANGE;
		return (NULL);
	}
	memcpy(buf, "/", 2);
	return (buf);
}

/* No link is followed anywhere, so none is read. */
static ssize_t
vfs_readlink(const char *path, char *buf, size_t len)
{
	errno = EINVAL;
	return (-1);
}

static int
vfs_unlink(const char *path)
{
	return (path_unlink(vfs_rootfd, vfs_name(path), 0));
}

static int
vfs_mkdir(const char *path, mode_t mode)
{
	errno = EPERM;
	return (-1);
}

static int
vfs_rmdir(const char *path)
{
	errno = EPERM;
	return (-1);
}

/* Files are made with the owner and mode they shall have. */
static int
vfs_fchmod(int fd, mode_t mode)
{
	return (0);
}

static int
vfs_fchown(int fd, uid_t uid, gid_t gid)
{
	return (0);
}

/* SQLite hands files to the database's owner when it is 0. */
static uid_t
vfs_geteuid(void)
{
	return (1);
}

static const struct {
	const char *name;
	sqlite3_syscall_ptr fn;
} vfs_calls[] = {
	{ "open", (sqlite3_syscall_ptr)vfs_open },
	{ "stat", (sqlite3_syscall_ptr)vfs_stat },
	{ "lstat", (sqlite3_syscall_ptr)vfs_stat },
	{ "access", (sqlite3_syscall_ptr)vfs_access },
	{ "getcwd", (sqlite3_syscall_ptr)vfs_getcwd },
	{ "readlink", (sqlite3_syscall_ptr)vfs_readlink },
	{ "unlink", (sqlite3_syscall_ptr)vfs_unlink },
	{ "mkdir", (sqlite3_syscall_ptr)vfs_mkdir },
	{ "rmdir", (sqlite3_syscall_ptr)vfs_rmdir },
	{ "fchmod", (sqlite3_syscall_ptr)vfs_fchmod },
	{ "fchown", (sqlite3_syscall_ptr)vfs_fchown },
	{ "geteuid", (sqlite3_syscall_ptr)vfs_geteuid },
};

void
vfs_boot(void)
{
	char seed[8];

	/* The first draw seeds the generator from the kernel's. */
	sqlite3_randomness((int)sizeof(seed), seed);
}

int
vfs_enter(int rootfd)
{
	sqlite3_vfs *vfs;
	size_t i;

	if (sqlite3_initialize() != SQLITE_OK)
		return (-1);
	vfs = sqlite3_vfs_find("unix");
	if (vfs == NULL || vfs->iVersion < 3)
		return (-1);
	for (i = 0; i < sizeof(vfs_calls) / sizeof(vfs_calls[0]); i++)
		if (vfs->xSetSystemCall(
		        vfs, vfs_calls[i].name, vfs_calls[i].fn) != SQLITE_OK)
			return (-1);
	vfs_rootfd = rootfd;
	return (0);
}
