/* SPDX-License-Identifier: ISC */
/* Tests of apid/logd_rotate.c and logd_pack.c: on files, with a made clock. */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apid/logd_file.h"
#include "apid/logd_pack.h"
#include "apid/logd_rotate.h"
#include "common/path.h"
#include "tests/unit/logd_gz.h"
#include "tests/unit/unit.h"

#define SEC   1000000000ULL
#define NOV21 1795219200 /* 2026-11-21 00:00:00 UTC */
#define DAY21 (NOV21 / 86400)

struct place {
	char dir[64];
	int d;
	uint64_t now;
	struct logd_file log, own;
};

static void
setup(struct place *p)
{
	umask(0007);
	snprintf(p->dir, sizeof(p->dir), "/tmp/gh_rotate.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p->dir));
	p->d = open(p->dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(p->d, -1);
	p->now = SEC;
	logd_file_init(&p->log, "api.log", 0660);
	p->log.lf_daily = true;
	logd_file_init(&p->own, "gatehouse/http.log", 0640);
	p->own.lf_daily = true;
	p->own.lf_max = 1000000;
}

static void
teardown(struct place *p)
{
	logd_file_close(&p->log);
	logd_file_close(&p->own);
	gz_walk(p->d, "", NULL, NULL, 1);
	close(p->d);
	CU_ASSERT_EQUAL(rmdir(p->dir), 0);
}

static void
add(struct place *p, struct logd_file *lf, const char *line, int day)
{
	char text[256];

	snprintf(text, sizeof(text), "\n%s\n", line);
	CU_ASSERT_EQUAL(
	    logd_file_write(lf, p->d, (uint8_t *)text, strlen(text), p->now),
	    0);
	if (lf->lf_day == 0)
		lf->lf_day = day;
}

static void
put(struct place *p, const char *name, const char *text)
{
	int fd;

	CU_ASSERT_EQUAL(path_mkdirs(p->d, name, 0750), 0);
	fd = openat(p->d, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static bool
there(struct place *p, const char *name)
{
	struct stat st;

	return (fstatat(p->d, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
}

static unsigned int
mode(struct place *p, const char *name)
{
	struct stat st;

	CU_ASSERT_EQUAL(fstatat(p->d, name, &st, 0), 0);
	return (st.st_mode & 07777);
}

/* The next part's name, or "". */
static const char *
next(struct place *p, const struct logd_part *after, struct logd_part *lp)
{
	static char name[LOGD_PATH];
	const struct logd_file *files[] = { &p->log, &p->own };
	int r;

	r = logd_rotate_next(p->d, files, 2, after, lp);
	CU_ASSERT_NOT_EQUAL(r, -1);
	name[0] = '\0';
	if (r == 1)
		logd_part_name(lp, name);
	return (name);
}

/* Pack what waits, as a server does. Returns how many parts. */
static int
pack(struct place *p)
{
	struct logd_pack *lk;
	struct logd_part lp;
	int n, r;

	for (n = 0; *next(p, NULL, &lp) != '\0'; n++) {
		lk = logd_pack_open(p->d, &lp);
		CU_ASSERT_PTR_NOT_NULL_FATAL(lk);
		while ((r = logd_pack_step(lk)) == 1)
			continue;
		CU_ASSERT_EQUAL_FATAL(r, 0);
		logd_pack_close(&lk);
		CU_ASSERT_PTR_NULL(lk);
	}
	return (n);
}

static void
test_due(void)
{
	struct logd_file lf;

	logd_file_init(&lf, "api.log", 0660);
	lf.lf_daily = true;
	lf.lf_day = DAY21;
	lf.lf_size = 10;
	CU_ASSERT_FALSE(logd_rotate_due(&lf, 1, DAY21 + 1)); /* not open */
	lf.lf_fd = 0;
	CU_ASSERT_TRUE(logd_rotate_due(&lf, 1, DAY21 + 1));
	CU_ASSERT_TRUE(logd_rotate_due(&lf, 0, DAY21 + 1));
	CU_ASSERT_FALSE(logd_rotate_due(&lf, 1, DAY21));
	CU_ASSERT_FALSE(logd_rotate_due(&lf, 1000000000, DAY21));
	lf.lf_stuck = true;
	CU_ASSERT_FALSE(logd_rotate_due(&lf, 1, DAY21 + 1));
	lf.lf_stuck = false;
	lf.lf_size = 0;
	CU_ASSERT_FALSE(logd_rotate_due(&lf, 1, DAY21 + 1));
	/* By size alone. */
	lf.lf_daily = false;
	lf.lf_max = 100;
	lf.lf_size = 50;
	CU_ASSERT_FALSE(logd_rotate_due(&lf, 49, DAY21 + 1));
	CU_ASSERT_TRUE(logd_rotate_due(&lf, 50, DAY21 + 1));
	CU_ASSERT_FALSE(logd_rotate_due(&lf, 0, DAY21 + 1));
	/* A line that never fits is not a reason to move an empty file. */
	lf.lf_size = 0;
	CU_ASSERT_FALSE(logd_rotate_due(&lf, 500, DAY21));
}

/* A day ends: the timer has it, not a line. */
static void
test_day(void)
{
	struct place p;
	struct timespec ts[2] = { { NOV21 + 5, 0 }, { NOV21 + 5, 0 } };
	struct logd_part lp;

	setup(&p);
	put(&p, "api.log", "one\ntwo\n");
	CU_ASSERT_EQUAL(fchmodat(p.d, "api.log", 0600, 0), 0);
	CU_ASSERT_EQUAL(utimensat(p.d, "api.log", ts, 0), 0);
	CU_ASSERT_EQUAL(logd_file_ready(&p.log, p.d, p.now, false), 0);
	CU_ASSERT_EQUAL(p.log.lf_day, DAY21);
	CU_ASSERT_FALSE(logd_rotate_due(&p.log, 0, DAY21));
	CU_ASSERT_TRUE(logd_rotate_due(&p.log, 0, DAY21 + 1));
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 1, p.now), 0);
	CU_ASSERT_STRING_EQUAL(next(&p, NULL, &lp), "api.log.2026-11-21");
	/* A new file at once, with its mode and nothing in it. */
	CU_ASSERT_EQUAL(mode(&p, "api.log"), 0660);
	CU_ASSERT(gz_is(p.d, "api.log", ""));
	add(&p, &p.log, "three", DAY21 + 1);
	CU_ASSERT_EQUAL(pack(&p), 1);
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21.gz", "one\ntwo\n"));
	CU_ASSERT(gz_is(p.d, "api.log", "three\n"));
	CU_ASSERT_EQUAL(mode(&p, "api/2026/Nov/api.log-21.gz"), 0640);
	CU_ASSERT_EQUAL(mode(&p, "api"), 0750);
	CU_ASSERT_EQUAL(mode(&p, "api/2026/Nov"), 0750);
	CU_ASSERT_FALSE(there(&p, "api.log.2026-11-21"));
	CU_ASSERT_FALSE(there(&p, "api.log.2026-11-21.done"));
	CU_ASSERT_FALSE(there(&p, "api/2026/Nov/.api.log.2026-11-21.gz"));
	teardown(&p);
}

/* A file that is not there, or empty, has no end. */
static void
test_nothing(void)
{
	struct place p;

	setup(&p);
	CU_ASSERT_EQUAL(logd_file_ready(&p.log, p.d, p.now, false), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_FALSE(there(&p, "api.log"));
	/* Having looked keeps nobody from making it. */
	add(&p, &p.log, "x", DAY21);
	CU_ASSERT_EQUAL(pack(&p), 0);
	teardown(&p);
}

/* No archive is ever replaced, nor a part that waits. */
static void
test_taken(void)
{
	struct place p;

	setup(&p);
	put(&p, "api/2026/Nov/api.log-21.gz", "first");
	put(&p, "api/2026/Nov/api.log-21_2.gz", "third");
	add(&p, &p.log, "a", DAY21);
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 1, p.now), 0);
	add(&p, &p.log, "b", DAY21);
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 1, p.now), 0);
	CU_ASSERT_TRUE(there(&p, "api.log.2026-11-21"));
	CU_ASSERT_TRUE(there(&p, "api.log.2026-11-21_1.rotating"));
	CU_ASSERT_EQUAL(pack(&p), 2);
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21.gz", "first"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21_1.gz", "a\n"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21_2.gz", "third"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21_3.gz", "b\n"));
	teardown(&p);
}

/* By size: numbers from 1, oldest first, of the date on which they end. */
static void
test_sized(void)
{
	struct place p;
	char line[32];
	int i;

	setup(&p);
	p.log.lf_daily = false;
	p.log.lf_max = 1000;
	for (i = 0; i < 12; i++) {
		snprintf(line, sizeof(line), "part %d", i);
		add(&p, &p.log, line, DAY21);
		CU_ASSERT_EQUAL(
		    logd_rotate(&p.log, p.d, DAY21 + (i == 11), p.now), 0);
	}
	CU_ASSERT_TRUE(there(&p, "api.log.2026-11-21_11.rotating"));
	CU_ASSERT_TRUE(there(&p, "api.log.2026-11-22_12.rotating"));
	CU_ASSERT_EQUAL(pack(&p), 12);
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21_1.gz", "part 0\n"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21_2.gz", "part 1\n"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21_11.gz", "part 10\n"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-22_1.gz", "part 11\n"));
	CU_ASSERT_FALSE(there(&p, "api/2026/Nov/api.log-21.gz"));
	teardown(&p);
}

/* A process's own log: the newest is 1, seven are kept. */
static void
test_own(void)
{
	struct place p;
	char line[32], name[64], want[32];
	int i;

	setup(&p);
	for (i = 1; i <= 10; i++) {
		snprintf(line, sizeof(line), "part %d", i);
		add(&p, &p.own, line, DAY21);
		CU_ASSERT_EQUAL(logd_rotate(&p.own, p.d, DAY21, p.now), 0);
		/* Some wait for each other. */
		if (i % 3 != 0)
			CU_ASSERT_NOT_EQUAL(pack(&p), 0);
	}
	CU_ASSERT_EQUAL(pack(&p), 0);
	for (i = 1; i <= 7; i++) {
		snprintf(name, sizeof(name), "gatehouse/http.log-%d.gz", i);
		snprintf(want, sizeof(want), "part %d\n", 11 - i);
		CU_ASSERT(gz_is(p.d, name, want));
	}
	CU_ASSERT_FALSE(there(&p, "gatehouse/http.log-8.gz"));
	CU_ASSERT_EQUAL(mode(&p, "gatehouse/http.log"), 0640);
	CU_ASSERT_EQUAL(mode(&p, "gatehouse/http.log-1.gz"), 0640);
	/* A gap is filled before the last is given up. */
	CU_ASSERT_EQUAL(unlinkat(p.d, "gatehouse/http.log-3.gz", 0), 0);
	add(&p, &p.own, "part 11", DAY21);
	CU_ASSERT_EQUAL(logd_rotate(&p.own, p.d, DAY21, p.now), 0);
	CU_ASSERT_EQUAL(pack(&p), 1);
	CU_ASSERT(gz_is(p.d, "gatehouse/http.log-1.gz", "part 11\n"));
	CU_ASSERT(gz_is(p.d, "gatehouse/http.log-3.gz", "part 9\n"));
	CU_ASSERT(gz_is(p.d, "gatehouse/http.log-7.gz", "part 4\n"));
	teardown(&p);
}

/* The end of the process between any two steps. */
static void
test_crash(void)
{
	struct place p;
	struct logd_pack *lk;
	struct logd_part lp;
	struct stat st;
	char name[LOGD_PATH];
	int i, r;

	for (i = 0; i < 4; i++) {
		setup(&p);
		add(&p, &p.log, "once", DAY21);
		CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 1, p.now), 0);
		next(&p, NULL, &lp);
		/* A temporary file of an even earlier life. */
		put(&p, "api/2026/Nov/.api.log.2026-11-21.gz", "garbage");
		lk = logd_pack_open(p.d, &lp);
		CU_ASSERT_PTR_NOT_NULL_FATAL(lk);
		for (r = 1; r <= i; r++)
			CU_ASSERT_EQUAL(logd_pack_step(lk), r == 3 ? 0 : 1);
		if (i < 2) {
			/* What a crash leaves, a close would remove. */
			CU_ASSERT_EQUAL(linkat(p.d,
			                    "api/2026/Nov/.api.log."
			                    "2026-11-21.gz",
			                    p.d, "kept", 0),
			    0);
			logd_pack_close(&lk);
			CU_ASSERT_EQUAL(renameat(p.d, "kept", p.d,
			                    "api/2026/Nov/.api.log."
			                    "2026-11-21.gz"),
			    0);
		}
		logd_pack_close(&lk);
		CU_ASSERT_EQUAL(pack(&p), i < 3);
		CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21.gz", "once\n"));
		CU_ASSERT_FALSE(there(&p, "api/2026/Nov/api.log-21_1.gz"));
		teardown(&p);
	}
	/* After the archive had its name, before the part was removed. */
	setup(&p);
	put(&p, "api/2026/Nov/api.log-21.gz", "once\n");
	put(&p, "api.log.2026-11-21.done", "once\n");
	CU_ASSERT_STRING_EQUAL(next(&p, NULL, &lp), "api.log.2026-11-21.done");
	CU_ASSERT_EQUAL(pack(&p), 1);
	CU_ASSERT_FALSE(there(&p, "api.log.2026-11-21.done"));
	logd_archive(&lp, 1, name);
	CU_ASSERT_EQUAL(fstatat(p.d, name, &st, 0), -1);
	teardown(&p);
}

/* What an orderly end leaves: the part, and nothing that is not complete. */
static void
test_close(void)
{
	struct place p;
	struct logd_pack *lk;
	struct logd_part lp;

	setup(&p);
	add(&p, &p.log, "once", DAY21);
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 1, p.now), 0);
	next(&p, NULL, &lp);
	lk = logd_pack_open(p.d, &lp);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lk);
	CU_ASSERT_EQUAL(logd_pack_step(lk), 1);
	logd_pack_close(&lk);
	CU_ASSERT_TRUE(there(&p, "api.log.2026-11-21"));
	CU_ASSERT_FALSE(there(&p, "api/2026/Nov/.api.log.2026-11-21.gz"));
	teardown(&p);
}

/* Files that only look like ours, and things that are no files. */
static void
test_strangers(void)
{
	struct place p;
	struct logd_part lp, first;

	setup(&p);
	put(&p, "cluster.log.2026-11-21", "x");
	put(&p, "ossec.log.2026-11-21_1.rotating", "x");
	put(&p, "gatehouse/api.log.2026-11-21", "x");
	CU_ASSERT_EQUAL(mkdirat(p.d, "api.log.2026-11-22", 0700), 0);
	CU_ASSERT_EQUAL(
	    symlinkat("cluster.log.2026-11-21", p.d, "api.log.2026-11-23"), 0);
	CU_ASSERT_STRING_EQUAL(next(&p, NULL, &lp), "");
	put(&p, "gatehouse/http.log.2026-11-21_1.rotating", "own\n");
	put(&p, "api.log.2026-11-24", "late\n");
	CU_ASSERT_STRING_EQUAL(
	    next(&p, NULL, &first), "gatehouse/http.log.2026-11-21_1.rotating");
	CU_ASSERT_STRING_EQUAL(next(&p, &first, &lp), "api.log.2026-11-24");
	CU_ASSERT_STRING_EQUAL(next(&p, &lp, &first), "");
	/* The name of a directory, or of a link, is not taken from it. */
	add(&p, &p.log, "a", DAY21 + 1);
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 2, p.now), 0);
	add(&p, &p.log, "b", DAY21 + 2);
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 3, p.now), 0);
	CU_ASSERT_EQUAL(pack(&p), 4);
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-22_1.gz", "a\n"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-23_1.gz", "b\n"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-24.gz", "late\n"));
	CU_ASSERT_TRUE(there(&p, "api.log.2026-11-22"));
	CU_ASSERT_TRUE(there(&p, "api.log.2026-11-23"));
	CU_ASSERT_TRUE(there(&p, "cluster.log.2026-11-21"));
	teardown(&p);
}

/* There is no number after the last: the file goes on, and is not replaced. */
static void
test_last_number(void)
{
	struct place p;

	setup(&p);
	put(&p, "api.log.2026-11-20_999999999.rotating", "last\n");
	p.log.lf_daily = false;
	p.log.lf_max = 1;
	add(&p, &p.log, "a", DAY21);
	CU_ASSERT_TRUE(logd_rotate_due(&p.log, 1, DAY21));
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21, p.now), -1);
	CU_ASSERT_EQUAL(errno, EOVERFLOW);
	CU_ASSERT_TRUE(p.log.lf_stuck);
	CU_ASSERT_FALSE(logd_rotate_due(&p.log, 1, DAY21));
	add(&p, &p.log, "b", DAY21);
	CU_ASSERT(gz_is(p.d, "api.log", "a\nb\n"));
	CU_ASSERT_EQUAL(pack(&p), 1);
	p.log.lf_stuck = false;
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21, p.now), 0);
	CU_ASSERT_EQUAL(pack(&p), 1);
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-20_1.gz", "last\n"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21_1.gz", "a\nb\n"));
	teardown(&p);
}

/* A clock that nobody has set yet: its parts are found, and not replaced. */
static void
test_no_clock(void)
{
	struct place p;
	char line[32];
	int i;

	setup(&p);
	p.log.lf_daily = false;
	p.log.lf_max = 1;
	for (i = 0; i < 4; i++) {
		snprintf(line, sizeof(line), "part %d", i);
		add(&p, &p.log, line, 0);
		CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, -(i == 0), p.now), 0);
	}
	CU_ASSERT_EQUAL(pack(&p), 4);
	CU_ASSERT(gz_is(p.d, "api/1969/Dec/api.log-31_1.gz", "part 0\n"));
	CU_ASSERT(gz_is(p.d, "api/1970/Jan/api.log-01_1.gz", "part 1\n"));
	CU_ASSERT(gz_is(p.d, "api/1970/Jan/api.log-01_3.gz", "part 3\n"));
	teardown(&p);
}

/*
 * A part whose archive waits for its name, and another of the same day that
 * the original left meanwhile: the archive is not taken for a leftover.
 */
static void
test_two_servers(void)
{
	struct place p;
	struct logd_pack *lk;
	struct logd_part lp;

	setup(&p);
	add(&p, &p.log, "ours", DAY21);
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 1, p.now), 0);
	next(&p, NULL, &lp);
	lk = logd_pack_open(p.d, &lp);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lk);
	CU_ASSERT_EQUAL(logd_pack_step(lk), 1);
	CU_ASSERT_EQUAL(logd_pack_step(lk), 1);
	logd_pack_close(&lk);
	CU_ASSERT_TRUE(there(&p, "api.log.2026-11-21.done"));
	put(&p, "api.log.2026-11-21", "theirs\n");
	CU_ASSERT_STRING_EQUAL(next(&p, NULL, &lp), "api.log.2026-11-21.done");
	CU_ASSERT_EQUAL(pack(&p), 2);
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21.gz", "ours\n"));
	CU_ASSERT(gz_is(p.d, "api/2026/Nov/api.log-21_1.gz", "theirs\n"));
	teardown(&p);
}

/* A directory that cannot be read holds up no part in another one. */
static void
test_unreadable(void)
{
	struct place p;
	struct logd_part lp;
	const struct logd_file *files[] = { &p.own, &p.log };

	setup(&p);
	put(&p, "gatehouse", "no directory");
	put(&p, "api.log.2026-11-21", "x\n");
	CU_ASSERT_EQUAL(logd_rotate_next(p.d, files, 2, NULL, &lp), 1);
	CU_ASSERT_STRING_EQUAL(lp.lp_file, "api.log");
	CU_ASSERT_EQUAL(logd_rotate_next(p.d, files, 2, &lp, &lp), -1);
	CU_ASSERT_EQUAL(errno, ENOTDIR);
	teardown(&p);
}

/* The last life had no room for all of a line: the next begins a new one. */
static void
test_torn(void)
{
	struct place p;

	setup(&p);
	put(&p, "api.log", "one\ntw");
	add(&p, &p.log, "three", DAY21);
	logd_file_close(&p.log);
	add(&p, &p.log, "four", DAY21);
	CU_ASSERT(gz_is(p.d, "api.log", "one\ntw\nthree\nfour\n"));
	/* Nothing is torn in a file that somebody has emptied. */
	put(&p, "api.log", "fi");
	logd_file_close(&p.log);
	CU_ASSERT_EQUAL(logd_file_ready(&p.log, p.d, p.now, true), 0);
	put(&p, "api.log", "");
	p.now += 2 * SEC;
	add(&p, &p.log, "six", DAY21);
	CU_ASSERT(gz_is(p.d, "api.log", "six\n"));
	teardown(&p);
}

/* A link in place of the directory leads nowhere. */
static void
test_links(void)
{
	struct place p;
	struct logd_part lp;

	setup(&p);
	CU_ASSERT_EQUAL(symlinkat("/tmp", p.d, "api"), 0);
	add(&p, &p.log, "a", DAY21);
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 1, p.now), 0);
	next(&p, NULL, &lp);
	CU_ASSERT_PTR_NULL(logd_pack_open(p.d, &lp));
	CU_ASSERT_TRUE(errno == ELOOP || errno == ENOTDIR || errno == EXDEV);
	CU_ASSERT_TRUE(there(&p, "api.log.2026-11-21"));
	teardown(&p);
}

/* No room for the archive: the part stays, and its lines with it. */
static void
test_full(void)
{
	struct place p;
	struct logd_pack *lk;
	struct logd_part lp;
	struct rlimit old, small;
	char line[128];
	unsigned int x = 1;
	int i, k, r;

	setup(&p);
	for (i = 0; i < 2000; i++) {
		for (k = 0; k < 100; k++) {
			x = x * 1103515245 + 12345;
			line[k] = (char)('a' + (x >> 16) % 26);
		}
		line[k] = '\0';
		add(&p, &p.log, line, DAY21);
	}
	CU_ASSERT_EQUAL(logd_rotate(&p.log, p.d, DAY21 + 1, p.now), 0);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_IGN);
	small = old;
	small.rlim_cur = 30000;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	next(&p, NULL, &lp);
	lk = logd_pack_open(p.d, &lp);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lk);
	while ((r = logd_pack_step(lk)) == 1)
		continue;
	CU_ASSERT_EQUAL(r, -1);
	CU_ASSERT_EQUAL(errno, EFBIG);
	logd_pack_close(&lk);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	CU_ASSERT_FALSE(there(&p, "api/2026/Nov/api.log-21.gz"));
	CU_ASSERT_FALSE(there(&p, "api/2026/Nov/.api.log.2026-11-21.gz"));
	CU_ASSERT_EQUAL(pack(&p), 1);
	CU_ASSERT_TRUE(there(&p, "api/2026/Nov/api.log-21.gz"));
	teardown(&p);
}

#define LINES 200000

/*
 * Many lines while files end by size and are packed, a slice every now and
 * then; twice all that is known but the files is forgotten.
 */
static void
test_many(void)
{
	struct place p;
	struct logd_pack *lk = NULL;
	struct logd_part lp;
	char line[160];
	size_t len;
	int i, r, moved = 0;

	setup(&p);
	p.log.lf_daily = false;
	p.log.lf_max = 1024 * 1024;
	for (i = 0; i < LINES; i++) {
		len = (size_t)snprintf(line, sizeof(line),
		    "\n2026/11/21 10:00:%02d INFO: wazuh 127.0.0.1 "
		    "\"GET /agents/%d\" with parameters {} and body {} #%d\n",
		    i % 60, i * 7 % 1000, i);
		CU_ASSERT_EQUAL_FATAL(
		    logd_file_ready(&p.log, p.d, p.now, true), 0);
		if (logd_rotate_due(&p.log, len - 1, DAY21)) {
			CU_ASSERT_EQUAL_FATAL(
			    logd_rotate(&p.log, p.d, DAY21, p.now), 0);
			moved++;
		}
		CU_ASSERT_EQUAL_FATAL(
		    logd_file_write(&p.log, p.d, (uint8_t *)line, len, p.now),
		    0);
		if (i % 1000 != 999)
			continue;
		if (i == 59999 || i == 129999) {
			logd_pack_close(&lk);
			logd_file_close(&p.log);
		} else if (lk != NULL) {
			r = logd_pack_step(lk);
			CU_ASSERT_NOT_EQUAL_FATAL(r, -1);
			if (r == 0)
				logd_pack_close(&lk);
		} else if (*next(&p, NULL, &lp) != '\0') {
			lk = logd_pack_open(p.d, &lp);
			CU_ASSERT_PTR_NOT_NULL_FATAL(lk);
		}
	}
	logd_pack_close(&lk);
	CU_ASSERT(moved >= 15);
	CU_ASSERT_NOT_EQUAL(pack(&p), 0);
	CU_ASSERT_EQUAL(gz_kind(p.d, "", LINES), (size_t)moved + 1);
	CU_ASSERT_TRUE(there(&p, "api/2026/Nov/api.log-21_1.gz"));
	snprintf(line, sizeof(line), "api/2026/Nov/api.log-21_%d.gz", moved);
	CU_ASSERT_TRUE(there(&p, line));
	teardown(&p);
}

static const struct unit_case cases[] = {
	{ "due", test_due },
	{ "day", test_day },
	{ "nothing", test_nothing },
	{ "taken names", test_taken },
	{ "by size", test_sized },
	{ "own logs", test_own },
	{ "crash", test_crash },
	{ "close", test_close },
	{ "strangers", test_strangers },
	{ "the last number", test_last_number },
	{ "no clock", test_no_clock },
	{ "two servers", test_two_servers },
	{ "unreadable", test_unreadable },
	{ "a torn line", test_torn },
	{ "links", test_links },
	{ "disk full", test_full },
	{ "200,000 lines", test_many },
	{ NULL, NULL },
};

int
main(void)
{
	int fd;

	if (setenv("TZ", "UTC0", 1) == -1)
		return (2);
	/* The valgrind of Debian 12 does not know openat2(). */
	fd = path_open(AT_FDCWD, ".", O_PATH, 0);
	if (fd == -1 && errno == ENOSYS) {
		printf("unit logd_rotate: skipped, no openat2 here\n");
		return (77);
	}
	if (fd != -1)
		close(fd);
	return (unit_run("logd_rotate", cases));
}
