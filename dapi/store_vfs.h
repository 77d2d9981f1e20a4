/* SPDX-License-Identifier: ISC */
/*
 * How SQLite reaches files here: its own unix layer, with every system call
 * that takes a path replaced by one that resolves below a directory's
 * descriptor (path_open(), path_unlink()). So the sandbox needs to permit
 * openat2 and unlinkat only, and no name that SQLite makes up leads outside.
 */
#ifndef DAPI_STORE_VFS_H
#define DAPI_STORE_VFS_H

/*
 * Before the jail: let SQLite draw its randomness while the device is there.
 */
void	vfs_boot(void);

/*
 * From now on names that begin with '/' are below rootfd, which must stay
 * open. Returns 0, or -1 when SQLite refuses a replacement.
 */
int	vfs_enter(int rootfd);

#endif
