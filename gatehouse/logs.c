/* SPDX-License-Identifier: ISC */
/*
 * gatehouse logs: the end of the log files, and what is added to them. A file
 * that is moved away (rotation) is read to its end before the one that took
 * its name.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/path.h"
#include "common/roles.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/logs.h"

#define LOGS_LINES 20 /* shown unless -n says otherwise */
#define LOGS_MOST  100000 /* -n */
#define LOGS_STEP  65536 /* bytes read at a time */
#define LOGS_BYTES 8388608 /* most bytes of a file's end */
#define LOGS_TICK  250 /* ms between looks at the files */

struct source {
	char so_path[64]; /* below the instance */
	int so_fd; /* -1: not there yet */
	dev_t so_dev;
	ino_t so_ino;
	off_t so_off; /* read so far */
	struct buf so_text;
};

struct logs {
	int lo_rootfd;
	size_t lo_n;
	size_t lo_lines;
	bool lo_follow;
	struct source lo_src[ROLE__MAX];
};

static void
logs_source(struct logs *lo, const char *fmt, const char *name)
{
	struct source *so;

	so = &lo->lo_src[lo->lo_n++];
	snprintf(so->so_path, sizeof(so->so_path), "logs/%s%s.log", fmt, name);
	so->so_fd = -1;
	buf_init(&so->so_text, LOGS_BYTES + LOGS_STEP);
}

/* The file of a name, or of every role. */
static int
logs_sources(struct logs *lo, const char *name)
{
	int role;

	if (name == NULL) {
		for (role = 0; role < ROLE__MAX; role++)
			logs_source(lo, "gatehouse/", roles[role].rr_name);
		return (0);
	}
	if (strcmp(name, "api") == 0) {
		logs_source(lo, "", name);
		return (0);
	}
	if (roles_find(name) == -1) {
		fprintf(stderr, "gatehouse: %s: no such role (api", name);
		for (role = 0; role < ROLE__MAX; role++)
			fprintf(stderr, ", %s", roles[role].rr_name);
		fprintf(stderr, ")\n");
		return (-1);
	}
	logs_source(lo, "gatehouse/", name);
	return (0);
}

/* Open the file that has the name now. -1: there is none, or not for us. */
static int
logs_open(struct logs *lo, struct source *so)
{
	struct stat st;
	int fd;

	fd = path_open(lo->lo_rootfd, so->so_path, O_RDONLY, 0);
	if (fd == -1) {
		if (errno != ENOENT)
			warn("%s", so->so_path);
		return (-1);
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		warnx("%s: not a file", so->so_path);
		(void)close(fd);
		return (-1);
	}
	so->so_fd = fd;
	so->so_dev = st.st_dev;
	so->so_ino = st.st_ino;
	so->so_off = 0;
	return (0);
}

/* Everything from so_off on that fits, appended to so_text. */
static void
logs_read(struct source *so)
{
	uint8_t *p;
	ssize_t n;

	do {
		p = buf_room(&so->so_text, LOGS_STEP);
		if (p == NULL) {
			so->so_text.b_failed = false;
			return;
		}
		n = pread(so->so_fd, p, LOGS_STEP, so->so_off);
		if (n == -1)
			warn("%s", so->so_path);
		if (n > 0) {
			so->so_off += n;
			so->so_text.b_len += (size_t)n;
		}
	} while (n > 0);
}

/* Read the last lines: as much of the end as holds them. */
static void
logs_tail(struct logs *lo, struct source *so)
{
	struct logs_text lt;
	const char *nl;
	off_t size, want;

	size = lseek(so->so_fd, 0, SEEK_END);
	for (want = LOGS_STEP;; want *= 4) {
		if (want > LOGS_BYTES)
			want = LOGS_BYTES;
		so->so_off = size > want ? size - want : 0;
		buf_reset(&so->so_text);
		logs_read(so);
		lt.lt_text = (const char *)so->so_text.b_data;
		lt.lt_len = so->so_text.b_len;
		/* One more: the first may be the rest of a line. */
		if (size <= want || want == LOGS_BYTES ||
		    logs_count(&lt) > lo->lo_lines)
			break;
	}
	if (size <= want)
		return;
	nl = memchr(so->so_text.b_data, '\n', so->so_text.b_len);
	buf_drain(&so->so_text,
	    nl == NULL ? so->so_text.b_len :
	                 (size_t)(nl + 1 - (const char *)so->so_text.b_data));
}

/* Print what was read, the last max lines of it. */
static int
logs_print(struct logs *lo, size_t max, bool whole)
{
	struct logs_text lt[ROLE__MAX];
	struct source *so;
	struct buf out;
	const char *nl;
	size_t i;
	int ret;

	buf_init(&out, (size_t)ROLE__MAX * (LOGS_BYTES + LOGS_STEP));
	for (i = 0; i < lo->lo_n; i++) {
		so = &lo->lo_src[i];
		lt[i].lt_text = (const char *)so->so_text.b_data;
		lt[i].lt_len = so->so_text.b_len;
		if (whole && lt[i].lt_len > 0) {
			/* A line that is still being written waits. */
			nl = memrchr(lt[i].lt_text, '\n', lt[i].lt_len);
			lt[i].lt_len =
			    nl == NULL ? 0 : (size_t)(nl + 1 - lt[i].lt_text);
		}
	}
	logs_merge(lt, lo->lo_n, max, &out);
	for (i = 0; i < lo->lo_n; i++)
		buf_drain(&lo->lo_src[i].so_text, lt[i].lt_len);
	ret = 0;
	if (out.b_failed ||
	    (out.b_len > 0 && fwrite(out.b_data, out.b_len, 1, stdout) != 1) ||
	    fflush(stdout) != 0)
		ret = -1;
	buf_free(&out);
	return (ret);
}

/* Was the file moved away, or cut? Then the name is opened anew. */
static void
logs_again(struct logs *lo, struct source *so)
{
	struct stat st;
	int fd;

	if (so->so_fd != -1) {
		fd = path_open(lo->lo_rootfd, so->so_path, O_PATH, 0);
		if (fd == -1)
			return;
		if (fstat(fd, &st) == -1) {
			(void)close(fd);
			return;
		}
		(void)close(fd);
		if (st.st_dev == so->so_dev && st.st_ino == so->so_ino) {
			if (st.st_size < so->so_off)
				so->so_off = 0;
			return;
		}
		/* Lines may have come after it was read last. */
		logs_read(so);
		(void)close(so->so_fd);
		so->so_fd = -1;
	}
	if (logs_open(lo, so) == 0)
		logs_read(so);
}

static int
logs_follow(struct logs *lo)
{
	const struct timespec tick = { 0, LOGS_TICK * 1000000L };
	size_t i;

	for (;;) {
		(void)nanosleep(&tick, NULL);
		for (i = 0; i < lo->lo_n; i++) {
			if (lo->lo_src[i].so_fd != -1)
				logs_read(&lo->lo_src[i]);
			logs_again(lo, &lo->lo_src[i]);
		}
		if (logs_print(lo, SIZE_MAX, true) == -1)
			return (GATEHOUSE_ERROR);
	}
}

static int
logs_show(struct logs *lo, const char *dir)
{
	size_t i, found;
	int ret;

	lo->lo_rootfd = gatehouse_open(dir);
	if (lo->lo_rootfd == -1)
		return (GATEHOUSE_ERROR);
	for (found = i = 0; i < lo->lo_n; i++) {
		if (logs_open(lo, &lo->lo_src[i]) == -1)
			continue;
		found++;
		logs_tail(lo, &lo->lo_src[i]);
	}
	if (found == 0 && !lo->lo_follow) {
		warnx("%s: no log files there yet", dir);
		ret = GATEHOUSE_ERROR;
	} else if (logs_print(lo, lo->lo_lines, lo->lo_follow) == -1)
		ret = GATEHOUSE_ERROR;
	else
		ret = lo->lo_follow ? logs_follow(lo) : 0;
	for (i = 0; i < lo->lo_n; i++) {
		buf_free(&lo->lo_src[i].so_text);
		if (lo->lo_src[i].so_fd != -1)
			(void)close(lo->lo_src[i].so_fd);
	}
	(void)close(lo->lo_rootfd);
	return (ret);
}

int
logs_main(const char *dir, int argc, char *argv[])
{
	struct logs lo;
	char *end;
	long n;
	int ch;

	memset(&lo, 0, sizeof(lo));
	lo.lo_lines = LOGS_LINES;
	while ((ch = getopt(argc, argv, "fn:")) != -1) {
		switch (ch) {
		case 'f':
			lo.lo_follow = true;
			break;
		case 'n':
			n = strtol(optarg, &end, 10);
			if (*optarg == '\0' || *end != '\0' || n < 0 ||
			    n > LOGS_MOST) {
				warnx("-n: a number, 0 to %d", LOGS_MOST);
				return (GATEHOUSE_USAGE);
			}
			lo.lo_lines = (size_t)n;
			break;
		default:
			return (gatehouse_usage(argv[0]));
		}
	}
	if (argc - optind > 1)
		return (gatehouse_usage(argv[0]));
	if (logs_sources(&lo, argv[optind]) == -1)
		return (GATEHOUSE_USAGE);
	return (logs_show(&lo, dir));
}
