/* SPDX-License-Identifier: ISC */
/* Tests of common/path.c: what stays below the directory, what is refused. */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/path.h"
#include "tests/unit/unit.h"

/*
 * A directory of its own for each case: T/in is the root, T/secret a file
 * outside of it. Returns the descriptor of T/in; names T in dir.
 */
static int
setup(char dir[64])
{
	int fd, top;

	snprintf(dir, 64, "/tmp/gh_path.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(top, -1);
	CU_ASSERT_EQUAL_FATAL(mkdirat(top, "in", 0755), 0);
	fd = openat(top, "secret", O_WRONLY | O_CREAT, 0600);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(write(fd, "outside", 7), 7);
	close(fd);
	fd = openat(top, "in", O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	close(top);
	return (fd);
}

static void
wipe(int at, const char *name)
{
	struct dirent *d;
	DIR *dir;
	int fd;

	if (unlinkat(at, name, 0) == 0)
		return;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd == -1)
		return;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			wipe(fd, d->d_name);
	closedir(dir);
	unlinkat(at, name, AT_REMOVEDIR);
}

static void
teardown(int fd, const char *dir)
{
	close(fd);
	wipe(AT_FDCWD, dir);
}

static void
put(int at, const char *name, const char *text)
{
	int fd;

	fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* Opening for reading fails with one of two errors. */
static void
refused(int at, const char *path, int e1, int e2)
{
	int fd;

	errno = 0;
	fd = path_open(at, path, O_RDONLY, 0);
	CU_ASSERT_EQUAL(fd, -1);
	CU_ASSERT_TRUE(errno == e1 || errno == e2);
	if (fd != -1)
		close(fd);
}

static void
test_open(void)
{
	char dir[64];
	struct stat st;
	int d = setup(dir), fd;

	CU_ASSERT_EQUAL(mkdirat(d, "sub", 0755), 0);
	fd = path_open(d, "sub/f", O_WRONLY | O_CREAT | O_EXCL, 0640);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0137, 0);
	close(fd);
	/* Twice is refused; a mode without O_CREAT does no harm. */
	CU_ASSERT_EQUAL(
	    path_open(d, "sub/f", O_WRONLY | O_CREAT | O_EXCL, 0640), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	fd = path_open(d, "sub/../sub/./f", O_RDONLY, 0777);
	CU_ASSERT_NOT_EQUAL(fd, -1);
	close(fd);
	fd = path_open(d, "sub", O_PATH | O_DIRECTORY, 0);
	CU_ASSERT_NOT_EQUAL(fd, -1);
	close(fd);
	refused(d, "none", ENOENT, 0);
	refused(d, "", ENOENT, 0);
	teardown(d, dir);
}

static void
test_escape(void)
{
	char dir[64], abs[128];
	int d = setup(dir);

	CU_ASSERT_EQUAL(mkdirat(d, "sub", 0755), 0);
	refused(d, "..", EXDEV, 0);
	refused(d, "../secret", EXDEV, 0);
	refused(d, "sub/../../secret", EXDEV, 0);
	refused(d, "/etc/passwd", EXDEV, 0);
	/* Absolute is refused even when it leads to the inside. */
	put(d, "f", "x");
	snprintf(abs, sizeof(abs), "%s/in/f", dir);
	refused(d, abs, EXDEV, 0);
	CU_ASSERT_EQUAL(path_open(d, "../new", O_WRONLY | O_CREAT, 0600), -1);
	CU_ASSERT_EQUAL(errno, EXDEV);
	teardown(d, dir);
}

static void
test_links(void)
{
	char dir[64], name[16];
	int d = setup(dir);

	put(d, "f", "x");
	CU_ASSERT_EQUAL(mkdirat(d, "sub", 0755), 0);
	put(d, "sub/g", "y");
	CU_ASSERT_EQUAL(symlinkat("f", d, "good"), 0);
	CU_ASSERT_EQUAL(symlinkat("../secret", d, "bad"), 0);
	CU_ASSERT_EQUAL(symlinkat("/etc/passwd", d, "abs"), 0);
	CU_ASSERT_EQUAL(symlinkat("sub", d, "dirlink"), 0);
	/* Any link, also one that stays inside, also in the middle. */
	refused(d, "good", ELOOP, 0);
	refused(d, "bad", ELOOP, EXDEV);
	refused(d, "abs", ELOOP, EXDEV);
	refused(d, "dirlink/g", ELOOP, 0);
	/* Magic links: the kernel's own way out of any directory. */
	close(d);
	d = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(d, -1);
	snprintf(name, sizeof(name), "%d", d);
	refused(d, name, ELOOP, EXDEV);
	close(d);
	d = open("/proc/self", O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(d, -1);
	refused(d, "root/etc/passwd", ELOOP, EXDEV);
	refused(d, "cwd", ELOOP, EXDEV);
	teardown(d, dir);
}

static void
test_mkdirs(void)
{
	char dir[64], longname[NAME_MAX + 8];
	struct stat st;
	int d = setup(dir);

	umask(022);
	CU_ASSERT_EQUAL(path_mkdirs(d, "a/b/file", 0750), 0);
	CU_ASSERT_EQUAL(fstatat(d, "a/b", &st, 0), 0);
	CU_ASSERT_TRUE(S_ISDIR(st.st_mode));
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0750);
	CU_ASSERT_EQUAL(fstatat(d, "a/b/file", &st, 0), -1);
	CU_ASSERT_EQUAL(path_mkdirs(d, "a/b/c/", 0700), 0);
	CU_ASSERT_EQUAL(fstatat(d, "a/b/c", &st, 0), 0);
	/* Again, with blanks of a path in it. */
	CU_ASSERT_EQUAL(path_mkdirs(d, "a//./b/x/", 0700), 0);
	CU_ASSERT_EQUAL(fstatat(d, "a/b/x", &st, 0), 0);
	CU_ASSERT_EQUAL(path_mkdirs(d, "name", 0700), 0);
	CU_ASSERT_EQUAL(fstatat(d, "name", &st, 0), -1);

	CU_ASSERT_EQUAL(path_mkdirs(d, "/tmp/x/", 0700), -1);
	CU_ASSERT_EQUAL(errno, EXDEV);
	CU_ASSERT_EQUAL(path_mkdirs(d, "../evil/", 0700), -1);
	CU_ASSERT_EQUAL(errno, EXDEV);
	CU_ASSERT_EQUAL(path_mkdirs(d, "a/../../evil/", 0700), -1);
	CU_ASSERT_EQUAL(errno, EXDEV);
	CU_ASSERT_EQUAL(fstatat(d, "../evil", &st, 0), -1);
	CU_ASSERT_EQUAL(symlinkat("..", d, "up"), 0);
	CU_ASSERT_EQUAL(path_mkdirs(d, "up/evil/", 0700), -1);
	CU_ASSERT_TRUE(errno == ELOOP || errno == ENOTDIR);
	CU_ASSERT_EQUAL(fstatat(d, "../evil", &st, 0), -1);
	put(d, "plain", "x");
	CU_ASSERT_EQUAL(path_mkdirs(d, "plain/sub/", 0700), -1);
	CU_ASSERT_EQUAL(errno, ENOTDIR);
	memset(longname, 'n', sizeof(longname));
	longname[NAME_MAX + 1] = '/';
	longname[NAME_MAX + 2] = '\0';
	CU_ASSERT_EQUAL(path_mkdirs(d, longname, 0700), -1);
	CU_ASSERT_EQUAL(errno, ENAMETOOLONG);
	teardown(d, dir);
}

static void
test_read(void)
{
	char dir[64];
	struct buf b;
	int d = setup(dir);

	buf_init(&b, 100);
	put(d, "f", "0123456789");
	buf_addz(&b, "> ");
	CU_ASSERT_EQUAL(path_read(d, "f", 10, &b), 0);
	CU_ASSERT_EQUAL(b.b_len, 12);
	CU_ASSERT_EQUAL(memcmp(b.b_data, "> 0123456789", 12), 0);
	CU_ASSERT_EQUAL(path_read(d, "f", 9, &b), -1);
	CU_ASSERT_EQUAL(errno, EFBIG);
	CU_ASSERT_EQUAL(b.b_len, 12);
	CU_ASSERT_FALSE(b.b_failed);
	CU_ASSERT_EQUAL(path_read(d, "none", 9, &b), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	put(d, "empty", "");
	CU_ASSERT_EQUAL(path_read(d, "empty", 0, &b), 0);
	CU_ASSERT_EQUAL(b.b_len, 12);
	buf_free(&b);
	/* The buffer's limit, hit exactly and passed. */
	buf_init(&b, 10);
	CU_ASSERT_EQUAL(path_read(d, "f", 50, &b), 0);
	CU_ASSERT_EQUAL(b.b_len, 10);
	buf_free(&b);
	buf_init(&b, 9);
	CU_ASSERT_EQUAL(path_read(d, "f", 50, &b), -1);
	CU_ASSERT_EQUAL(errno, EFBIG);
	CU_ASSERT_EQUAL(b.b_len, 0);
	buf_free(&b);
	teardown(d, dir);
}

static void
test_read_kinds(void)
{
	char dir[64];
	struct buf b;
	int d = setup(dir), fd;

	buf_init(&b, 1024UL * 1024);
	CU_ASSERT_EQUAL(mkdirat(d, "sub", 0755), 0);
	CU_ASSERT_EQUAL(path_read(d, "sub", 10, &b), -1);
	CU_ASSERT_EQUAL(errno, EISDIR);
	/* Nobody writes into it: a reader that waits would wait for ever. */
	CU_ASSERT_EQUAL(mkfifoat(d, "fifo", 0600), 0);
	CU_ASSERT_EQUAL(path_read(d, "fifo", 10, &b), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(symlinkat("../secret", d, "ln"), 0);
	CU_ASSERT_EQUAL(path_read(d, "ln", 10, &b), -1);
	CU_ASSERT_EQUAL(b.b_len, 0);
	/* A file that says 0 bytes and has more. */
	fd = open("/proc/self", O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(path_read(fd, "status", 100000, &b), 0);
	CU_ASSERT_TRUE(b.b_len > 100);
	buf_reset(&b);
	CU_ASSERT_EQUAL(path_read(fd, "status", 20, &b), -1);
	CU_ASSERT_EQUAL(errno, EFBIG);
	CU_ASSERT_EQUAL(b.b_len, 0);
	close(fd);
	buf_free(&b);
	teardown(d, dir);
}

static int
count_files(int at)
{
	struct dirent *e;
	DIR *dir;
	int n = 0;

	dir = fdopendir(openat(at, ".", O_RDONLY | O_DIRECTORY));
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((e = readdir(dir)) != NULL)
		n +=
		    strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(dir);
	return (n);
}

static int
file_is(int at, const char *path, const char *want)
{
	struct buf b;
	int same;

	buf_init(&b, 1024UL * 1024);
	same = path_read(at, path, 1024UL * 1024, &b) == 0 &&
	    b.b_len == strlen(want) &&
	    (b.b_len == 0 || memcmp(b.b_data, want, b.b_len) == 0);
	buf_free(&b);
	return (same);
}

static void
test_write(void)
{
	char dir[64];
	struct stat before, after;
	int d = setup(dir), fd;

	umask(077);
	CU_ASSERT_EQUAL(
	    path_write(d, "f", "one", 3, 0664, (uid_t)-1, (gid_t)-1), 0);
	CU_ASSERT(file_is(d, "f", "one"));
	CU_ASSERT_EQUAL(fstatat(d, "f", &before, 0), 0);
	CU_ASSERT_EQUAL(before.st_mode & 07777, 0664);
	/* Who has the old file open keeps all of it. */
	fd = path_open(d, "f", O_RDONLY, 0);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(
	    path_write(d, "f", "second", 6, 0600, getuid(), getgid()), 0);
	CU_ASSERT(file_is(d, "f", "second"));
	CU_ASSERT_EQUAL(fstatat(d, "f", &after, 0), 0);
	CU_ASSERT_NOT_EQUAL(before.st_ino, after.st_ino);
	CU_ASSERT_EQUAL(after.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(fstat(fd, &before), 0);
	CU_ASSERT_EQUAL(before.st_size, 3);
	close(fd);
	CU_ASSERT_EQUAL(
	    path_write(d, "f", "", 0, 0600, (uid_t)-1, (gid_t)-1), 0);
	CU_ASSERT(file_is(d, "f", ""));
	/* Nothing else is left behind. */
	CU_ASSERT_EQUAL(count_files(d), 1);
	umask(022);
	teardown(d, dir);
}

static void
test_write_refused(void)
{
	static const char *const bad[] = { "", ".", "..", "/", "/tmp/gh_x",
		"../new", "sub/", "sub/..", "none/f", "up/new", "sub/../../x" };
	char dir[64], name[NAME_MAX + 1];
	struct stat st;
	size_t i;
	int d = setup(dir);

	CU_ASSERT_EQUAL(mkdirat(d, "sub", 0755), 0);
	CU_ASSERT_EQUAL(symlinkat("..", d, "up"), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(
		    path_write(d, bad[i], "x", 1, 0600, (uid_t)-1, (gid_t)-1),
		    -1);
	CU_ASSERT_EQUAL(fstatat(d, "../new", &st, 0), -1);
	CU_ASSERT_EQUAL(fstatat(d, "../x", &st, 0), -1);
	/* A directory of that name: the temporary file goes away again. */
	CU_ASSERT_EQUAL(
	    path_write(d, "sub", "x", 1, 0600, (uid_t)-1, (gid_t)-1), -1);
	CU_ASSERT_EQUAL(errno, EISDIR);
	CU_ASSERT_EQUAL(count_files(d), 2);
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	CU_ASSERT_EQUAL(
	    path_write(d, name, "x", 1, 0600, (uid_t)-1, (gid_t)-1), -1);
	CU_ASSERT_EQUAL(errno, ENAMETOOLONG);
	/* A link of that name is replaced, and what it named stays. */
	CU_ASSERT_EQUAL(symlinkat("../secret", d, "ln"), 0);
	CU_ASSERT_EQUAL(
	    path_write(d, "ln", "new", 3, 0600, (uid_t)-1, (gid_t)-1), 0);
	CU_ASSERT(file_is(d, "ln", "new"));
	CU_ASSERT_EQUAL(fstatat(d, "../secret", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_size, 7);
	teardown(d, dir);
}

/* Two files, both prepared before either is replaced. */
static void
test_stage(void)
{
	const uid_t u = (uid_t)-1;
	const gid_t g = (gid_t)-1;
	struct path_staged a, b;
	char dir[64];
	int d = setup(dir);

	CU_ASSERT_EQUAL(path_write(d, "a", "old", 3, 0644, u, g), 0);
	CU_ASSERT_EQUAL(mkdirat(d, "sub", 0755), 0);
	CU_ASSERT_EQUAL(path_stage(d, "a", "new", 3, 0640, u, g, &a), 0);
	CU_ASSERT_EQUAL(path_stage(d, "sub/b", "b", 1, 0640, u, g, &b), 0);
	CU_ASSERT(file_is(d, "a", "old"));
	CU_ASSERT(file_is(d, a.ps_tmp, "new"));
	CU_ASSERT_EQUAL(count_files(d), 3);
	CU_ASSERT_EQUAL(path_commit(&a), 0);
	CU_ASSERT_EQUAL(path_commit(&b), 0);
	path_unstage(&a);
	CU_ASSERT(file_is(d, "a", "new"));
	CU_ASSERT(file_is(d, "sub/b", "b"));
	CU_ASSERT_EQUAL(count_files(d), 2);
	/* Taken back. */
	CU_ASSERT_EQUAL(path_stage(d, "a", "more", 4, 0640, u, g, &a), 0);
	path_unstage(&a);
	path_unstage(&a);
	CU_ASSERT(file_is(d, "a", "new"));
	CU_ASSERT_EQUAL(count_files(d), 2);
	/* A folder in its place: refused by the second step. */
	CU_ASSERT_EQUAL(path_stage(d, "sub", "x", 1, 0640, u, g, &a), 0);
	CU_ASSERT_EQUAL(path_commit(&a), -1);
	CU_ASSERT_EQUAL(errno, EISDIR);
	CU_ASSERT_EQUAL(a.ps_dirfd, -1);
	CU_ASSERT(file_is(d, "sub/b", "b"));
	CU_ASSERT_EQUAL(count_files(d), 2);
	CU_ASSERT_EQUAL(path_stage(d, "..", "x", 1, 0640, u, g, &a), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(a.ps_dirfd, -1);
	teardown(d, dir);
}

static void
test_unlink(void)
{
	char dir[64];
	struct stat st;
	int d = setup(dir);

	CU_ASSERT_EQUAL(mkdirat(d, "sub", 0755), 0);
	put(d, "sub/f", "x");
	CU_ASSERT_EQUAL(path_unlink(d, "sub", AT_REMOVEDIR), -1);
	CU_ASSERT_EQUAL(errno, ENOTEMPTY);
	CU_ASSERT_EQUAL(path_unlink(d, "sub/f", 0), 0);
	CU_ASSERT_EQUAL(path_unlink(d, "sub/f", 0), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(path_unlink(d, "sub", AT_REMOVEDIR), 0);
	CU_ASSERT_EQUAL(path_unlink(d, "../secret", 0), -1);
	CU_ASSERT_EQUAL(errno, EXDEV);
	CU_ASSERT_EQUAL(fstatat(d, "../secret", &st, 0), 0);
	CU_ASSERT_EQUAL(path_unlink(d, "..", AT_REMOVEDIR), -1);
	CU_ASSERT_EQUAL(path_unlink(d, "/etc/none", 0), -1);
	CU_ASSERT_EQUAL(errno, EXDEV);
	teardown(d, dir);
}

/* A folder's names; nothing that is none, or leads out. */
static void
test_list(void)
{
	char dir[64];
	struct dirent *de;
	DIR *d;
	int fd = setup(dir), n = 0;

	put(fd, "file", "x");
	CU_ASSERT_EQUAL(mkdirat(fd, "sub", 0755), 0);
	CU_ASSERT_EQUAL(symlinkat("..", fd, "up"), 0);
	d = path_list(fd, ".");
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((de = readdir(d)) != NULL)
		n += strcmp(de->d_name, "file") == 0 ||
		    strcmp(de->d_name, "sub") == 0 ||
		    strcmp(de->d_name, "up") == 0;
	closedir(d);
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_PTR_NULL(path_list(fd, "file"));
	CU_ASSERT_EQUAL(errno, ENOTDIR);
	CU_ASSERT_PTR_NULL(path_list(fd, "none"));
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_PTR_NULL(path_list(fd, "up"));
	CU_ASSERT_EQUAL(errno, ELOOP);
	CU_ASSERT_PTR_NULL(path_list(fd, ".."));
	CU_ASSERT_EQUAL(errno, EXDEV);
	teardown(fd, dir);
}

static const struct unit_case cases[] = {
	{ "open", test_open },
	{ "ways out", test_escape },
	{ "links", test_links },
	{ "directories", test_mkdirs },
	{ "read", test_read },
	{ "read other kinds", test_read_kinds },
	{ "write", test_write },
	{ "write refused", test_write_refused },
	{ "write in two steps", test_stage },
	{ "unlink", test_unlink },
	{ "list", test_list },
	{ NULL, NULL },
};

int
main(void)
{
	int fd;

	/* The valgrind of Debian 12 does not know openat2(). */
	fd = path_open(AT_FDCWD, ".", O_PATH, 0);
	if (fd == -1 && errno == ENOSYS) {
		printf("unit path: skipped, no openat2 here\n");
		return (77);
	}
	if (fd != -1)
		close(fd);
	return (unit_run("path", cases));
}
