/* SPDX-License-Identifier: ISC */
/* Log archives as tests read them. */
#ifndef TESTS_UNIT_LOGD_GZ_H
#define TESTS_UNIT_LOGD_GZ_H

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "common/buffer.h"
#include "tests/unit/unit.h"

/* Append what the file holds, unpacked where it is packed. -1: not whole. */
static inline int
gz_read(int d, const char *name, struct buf *out)
{
	uint8_t *p;
	gzFile gz;
	int fd, n;

	fd = openat(d, name, O_RDONLY);
	if (fd == -1)
		return (-1);
	gz = gzdopen(fd, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(gz);
	do {
		p = buf_room(out, 65536);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		n = gzread(gz, p, 65536);
		if (n > 0)
			out->b_len += (size_t)n;
	} while (n > 0);
	/* A stream that was cut is an error of the end. */
	return (gzclose(gz) == Z_OK && n == 0 ? 0 : -1);
}

static inline int
gz_is(int d, const char *name, const char *want)
{
	struct buf b;
	int same;

	buf_init(&b, 64UL * 1024 * 1024);
	same = gz_read(d, name, &b) == 0 && b.b_len == strlen(want) &&
	    (b.b_len == 0 || memcmp(b.b_data, want, b.b_len) == 0);
	if (!same)
		printf("\n  %s\n  got  %.*s\n  want %s\n", name, (int)b.b_len,
		    b.b_data == NULL ? "" : (const char *)b.b_data, want);
	buf_free(&b);
	return (same);
}

/*
 * Call fn with each file below the directory, by its path from there; with
 * remove, take all of it away.
 */
static inline void
gz_walk(int d, const char *path, void (*fn)(int, const char *, void *),
    void *arg, int take)
{
	char sub[512];
	struct dirent *de;
	struct stat st;
	DIR *dir;
	int fd;

	fd = openat(d, *path == '\0' ? "." : path, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	dir = fdopendir(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((de = readdir(dir)) != NULL) {
		if (strcmp(de->d_name, ".") == 0 ||
		    strcmp(de->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof(sub), "%.200s%s%.200s", path,
		    *path == '\0' ? "" : "/", de->d_name);
		CU_ASSERT_EQUAL_FATAL(
		    fstatat(d, sub, &st, AT_SYMLINK_NOFOLLOW), 0);
		if (S_ISDIR(st.st_mode))
			gz_walk(d, sub, fn, arg, take);
		else if (fn != NULL)
			fn(d, sub, arg);
		if (take)
			unlinkat(d, sub, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
	}
	closedir(dir);
}

/* All lines "... #N ..." of all files: how often each number was seen. */
struct gz_lines {
	const char *gl_kind; /* files whose names hold this */
	unsigned char *gl_seen;
	size_t gl_n;
	size_t gl_files, gl_bad;
};

static inline void
gz_count(int d, const char *path, void *arg)
{
	struct gz_lines *gl = arg;
	struct buf b;
	char *line, *end, *mark;
	size_t n;

	if (strstr(path, gl->gl_kind) == NULL)
		return;
	buf_init(&b, 64UL * 1024 * 1024);
	if (gz_read(d, path, &b) == -1)
		gl->gl_bad++;
	buf_addc(&b, '\0');
	gl->gl_files++;
	for (line = (char *)b.b_data; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		mark = strchr(line, '#');
		if (end == NULL || mark == NULL || mark > end) {
			gl->gl_bad++;
			break;
		}
		n = strtoul(mark + 1, NULL, 10);
		if (n >= gl->gl_n || gl->gl_seen[n]++ != 0)
			gl->gl_bad++;
	}
	buf_free(&b);
}

/*
 * Is each of n lines there, and once, in files whose names hold kind? Returns
 * the number of files, or 0.
 */
static inline size_t
gz_kind(int d, const char *kind, size_t n)
{
	struct gz_lines gl = { kind, NULL, n, 0, 0 };
	size_t i;

	gl.gl_seen = calloc(n, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gl.gl_seen);
	gz_walk(d, "", gz_count, &gl, 0);
	for (i = 0; i < n; i++)
		gl.gl_bad += gl.gl_seen[i] != 1;
	free(gl.gl_seen);
	return (gl.gl_bad == 0 ? gl.gl_files : 0);
}

#endif
