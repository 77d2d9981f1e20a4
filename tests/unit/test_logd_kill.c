/* SPDX-License-Identifier: ISC */
/*
 * The end of logd at each of its system calls that changes files, while some
 * are moved aside and packed: a child does that under ptrace(2) and is killed
 * at the first call, at the second, and so on; then the next life comes.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/logd_file.h"
#include "apid/logd_pack.h"
#include "apid/logd_rotate.h"
#include "common/path.h"
#include "tests/unit/logd_gz.h"
#include "tests/unit/unit.h"

#define DAY   20778 /* 2026-11-21 */
#define LINES 8 /* that a life writes to a file, half of them before its end */
#define OLD   7 /* lines of old archives of the own log, the first the newest */

/* One life: the files, and how far it came, which outlives it. */
struct life {
	struct logd_file lf_api, lf_own;
	size_t *lf_wrote; /* for each file */
};

static void
life_files(struct life *l, bool daily)
{
	logd_file_init(&l->lf_api, "api.log", 0660);
	l->lf_api.lf_daily = daily;
	l->lf_api.lf_max = daily ? 0 : 1000000;
	logd_file_init(&l->lf_own, "gatehouse/http.log", 0640);
	l->lf_own.lf_max = 1000000;
}

/* Write lines [from, to) and count each that is written. */
static bool
life_write(struct life *l, struct logd_file *lf, int d, size_t from, size_t to)
{
	char line[32];
	int n;

	for (; from < to; from++) {
		n = snprintf(line, sizeof(line), "\n#%zu\n", from);
		if (logd_file_write(lf, d, (uint8_t *)line, (size_t)n, 1) == -1)
			return (false);
		if (lf->lf_day == 0)
			lf->lf_day = DAY;
		l->lf_wrote[lf == &l->lf_own]++;
	}
	return (true);
}

/* Pack all that waits. */
static bool
life_pack(struct life *l, int d)
{
	const struct logd_file *files[] = { &l->lf_api, &l->lf_own };
	struct logd_pack *lk;
	struct logd_part lp;
	int r;

	while ((r = logd_rotate_next(d, files, 2, NULL, &lp)) == 1) {
		lk = logd_pack_open(d, &lp);
		if (lk == NULL)
			return (false);
		while ((r = logd_pack_step(lk)) == 1)
			continue;
		logd_pack_close(&lk);
		if (r == -1)
			return (false);
	}
	return (r == 0);
}

static bool
life_all(struct life *l, int d)
{
	return (life_write(l, &l->lf_api, d, 0, LINES / 2) &&
	    life_write(l, &l->lf_own, d, OLD, OLD + LINES / 2) &&
	    logd_rotate(&l->lf_api, d, DAY + 1, 1) == 0 &&
	    logd_rotate(&l->lf_own, d, DAY + 1, 1) == 0 &&
	    life_write(l, &l->lf_api, d, LINES / 2, LINES) &&
	    life_write(l, &l->lf_own, d, OLD + LINES / 2, OLD + LINES) &&
	    life_pack(l, d));
}

/* Is the child about to do what changes files? */
static bool
changes(pid_t pid)
{
	static const unsigned int calls[] = { SYS_openat2, SYS_write,
		SYS_mkdirat, SYS_renameat, SYS_renameat2, SYS_unlinkat };
	struct __ptrace_syscall_info si;
	size_t i;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(si), &si) <= 0 ||
	    si.op != PTRACE_SYSCALL_INFO_ENTRY)
		return (false);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (si.entry.nr == calls[i])
			return (true);
	return (false);
}

/*
 * Kill the child before its n-th call that changes files. 1; 0 when it came to
 * its own end before; -1 when it may not be traced here.
 */
static int
killed_at(struct life *l, int d, unsigned int n)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	CU_ASSERT_NOT_EQUAL_FATAL(pid, -1);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			_exit(77);
		raise(SIGSTOP);
		_exit(life_all(l, d) ? 0 : 1);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	/* So that it is seen which stops are calls, and it does not outlive us. */
	if (WIFSTOPPED(status) &&
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
	        PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == -1)
		CU_FAIL_FATAL("no options");
	while (WIFSTOPPED(status)) {
		if (changes(pid) && n-- == 0)
			kill(pid, SIGKILL);
		else if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == -1)
			CU_FAIL_FATAL("it cannot go on");
		CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	}
	if (WIFSIGNALED(status)) {
		CU_ASSERT_EQUAL(WTERMSIG(status), SIGKILL);
		return (1);
	}
	CU_ASSERT_TRUE(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
	return (WEXITSTATUS(status) == 77 ? -1 : 0);
}

/* An archive as full as a process's own log has, one line each. */
static void
old_archives(int d)
{
	char name[64], line[8];
	gzFile gz;
	int fd, i;

	CU_ASSERT_EQUAL(mkdirat(d, "gatehouse", 0750), 0);
	for (i = 0; i < OLD; i++) {
		snprintf(name, sizeof(name), "gatehouse/http.log-%d.gz", i + 1);
		fd = openat(d, name, O_WRONLY | O_CREAT, 0640);
		CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
		gz = gzdopen(fd, "w");
		CU_ASSERT_PTR_NOT_NULL_FATAL(gz);
		snprintf(line, sizeof(line), "#%d\n", i);
		gzputs(gz, line);
		gzclose(gz);
	}
}

/* Of lines [from, to) the first n are there once, and at most the next one. */
static bool
lines_whole(int d, const char *kind, size_t from, size_t to, size_t n)
{
	unsigned char seen[OLD + LINES] = { 0 };
	struct gz_lines gl = { kind, seen, sizeof(seen), 0, 0 };
	size_t i;
	bool whole;

	gz_walk(d, "", gz_count, &gl, 0);
	whole = gl.gl_bad == 0;
	for (i = from; i < to; i++)
		if (i < from + n ? seen[i] != 1 : i > from + n && seen[i] != 0)
			whole = false;
	return (whole);
}

static void
left_over(int d, const char *path, void *arg)
{
	bool *left = arg;

	if (strstr(path, ".2026") != NULL)
		*left = true;
}

static void
run(bool daily)
{
	char dir[] = "/tmp/gh_kill.XXXXXX";
	struct life l, next;
	unsigned int n;
	bool left;
	int d, r = 1;

	l.lf_wrote = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(l.lf_wrote, MAP_FAILED);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	d = open(dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(d, -1);
	for (n = 0; r == 1; n++) {
		old_archives(d);
		l.lf_wrote[0] = l.lf_wrote[1] = 0;
		life_files(&l, daily);
		r = killed_at(&l, d, n);
		/* The next life, with nothing but what lies there. */
		life_files(&next, daily);
		CU_ASSERT_TRUE(life_pack(&next, d));
		CU_ASSERT_TRUE(
		    lines_whole(d, "api.log", 0, LINES, l.lf_wrote[0]));
		/* The oldest archive is given up for the new one. */
		CU_ASSERT_TRUE(lines_whole(d, "http.log", 0, OLD, OLD - 1));
		CU_ASSERT_TRUE(lines_whole(
		    d, "http.log", OLD, OLD + LINES, l.lf_wrote[1]));
		left = false;
		gz_walk(d, "", left_over, &left, 0);
		CU_ASSERT_FALSE(left);
		gz_walk(d, "", NULL, NULL, 1);
	}
	if (r == -1)
		printf("\n    skipped, no process may be traced here\n");
	else
		CU_ASSERT(n > 50);
	close(d);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
	munmap(l.lf_wrote, 4096);
}

static void
test_day(void)
{
	run(true);
}

static void
test_size(void)
{
	run(false);
}

static const struct unit_case cases[] = {
	{ "a day", test_day },
	{ "by size", test_size },
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
		printf("unit logd_kill: skipped, no openat2 here\n");
		return (77);
	}
	if (fd != -1)
		close(fd);
	return (unit_run("logd_kill", cases));
}
