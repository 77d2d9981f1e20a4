/* SPDX-License-Identifier: ISC */
/* Tests of common/log.c: levels, the sink, the standard error, escaping. */
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/log.h"
#include "tests/unit/unit.h"

struct caught {
	int n;
	enum loglevel level;
	uint64_t request;
	char text[4096];
};

static void catch (enum loglevel level, const char *text, void *arg)
{
	struct caught *c = arg;

	c->n++;
	c->level = level;
	c->request = log_request_id();
	snprintf(c->text, sizeof(c->text), "%s", text);
}

static void
test_levels(void)
{
	struct caught c = { 0 };

	log_init("test", LOGL_INFO);
	log_sink(catch, &c);
	log_debug("no");
	log_debug2("no");
	CU_ASSERT_EQUAL(c.n, 0);
	log_info("one %d", 1);
	CU_ASSERT_EQUAL(c.n, 1);
	CU_ASSERT_EQUAL(c.level, LOGL_INFO);
	CU_ASSERT_STRING_EQUAL(c.text, "one 1");
	log_setlevel(LOGL_DEBUG2);
	CU_ASSERT_EQUAL(log_level(), LOGL_DEBUG2);
	log_debug2("two");
	CU_ASSERT_EQUAL(c.level, LOGL_DEBUG2);
	log_debug("three");
	CU_ASSERT_EQUAL(c.level, LOGL_DEBUG);
	log_warnx("four");
	CU_ASSERT_EQUAL(c.level, LOGL_WARN);
	log_errorx("five");
	CU_ASSERT_EQUAL(c.level, LOGL_ERROR);
	CU_ASSERT_EQUAL(c.n, 5);
	log_setlevel(LOGL_ERROR);
	log_warnx("no");
	log_setlevel(LOGL_DISABLED);
	log_errorx("no");
	CU_ASSERT_EQUAL(c.n, 5);
	log_sink(NULL, NULL);
}

static void
test_names(void)
{
	CU_ASSERT_STRING_EQUAL(log_level_name(LOGL_ERROR), "ERROR");
	CU_ASSERT_STRING_EQUAL(log_level_name(LOGL_WARN), "WARNING");
	CU_ASSERT_STRING_EQUAL(log_level_name(LOGL_INFO), "INFO");
	CU_ASSERT_STRING_EQUAL(log_level_name(LOGL_DEBUG), "DEBUG");
	CU_ASSERT_STRING_EQUAL(log_level_name(LOGL_DEBUG2), "DEBUG2");
	CU_ASSERT_EQUAL(log_level_find("disabled"), LOGL_DISABLED);
	CU_ASSERT_EQUAL(log_level_find("error"), LOGL_ERROR);
	CU_ASSERT_EQUAL(log_level_find("warning"), LOGL_WARN);
	CU_ASSERT_EQUAL(log_level_find("info"), LOGL_INFO);
	CU_ASSERT_EQUAL(log_level_find("debug"), LOGL_DEBUG);
	CU_ASSERT_EQUAL(log_level_find("debug2"), LOGL_DEBUG2);
	CU_ASSERT_EQUAL(log_level_find("INFO"), -1);
	CU_ASSERT_EQUAL(log_level_find(""), -1);
}

static void
test_errno(void)
{
	struct caught c = { 0 };

	log_init("test", LOGL_INFO);
	log_sink(catch, &c);
	errno = ENOENT;
	log_warn("file %s", "x");
	CU_ASSERT_STRING_EQUAL(c.text, "file x: No such file or directory");
	CU_ASSERT_EQUAL(errno, ENOENT);
	errno = EACCES;
	log_error("file");
	CU_ASSERT_STRING_EQUAL(c.text, "file: Permission denied");
	CU_ASSERT_EQUAL(c.level, LOGL_ERROR);
	log_sink(NULL, NULL);
}

static void
test_request(void)
{
	struct caught c = { 0 };

	log_init("test", LOGL_INFO);
	log_sink(catch, &c);
	log_request(0xabcdef);
	log_info("x");
	CU_ASSERT_EQUAL(c.request, 0xabcdef);
	log_request(0);
	log_info("x");
	CU_ASSERT_EQUAL(c.request, 0);
	log_sink(NULL, NULL);
}

/* A text of any length is cut, not overrun. */
static void
test_long(void)
{
	struct caught c = { 0 };
	char *s;

	s = malloc(100001);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	memset(s, 'x', 100000);
	s[100000] = '\0';
	log_init("test", LOGL_INFO);
	log_sink(catch, &c);
	log_warn("%s", s);
	CU_ASSERT_EQUAL(c.n, 1);
	CU_ASSERT_EQUAL(strlen(c.text), 2047);
	log_sink(NULL, NULL);
	free(s);
}

/* What fn writes to the standard error of a child, and its status. */
static int
run_child(void (*fn)(void), char *out, size_t size)
{
	int p[2], status = -1;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
	fflush(NULL);
	pid = fork();
	CU_ASSERT_NOT_EQUAL_FATAL(pid, -1);
	if (pid == 0) {
		dup2(p[1], STDERR_FILENO);
		close(p[0]);
		close(p[1]);
		fn();
		_exit(0);
	}
	close(p[1]);
	while (len < size - 1) {
		n = read(p[0], out + len, size - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
	close(p[0]);
	waitpid(pid, &status, 0);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void
child_stderr(void)
{
	log_init("http[3]", LOGL_INFO);
	log_info("plain");
	log_request(0x1f);
	log_warnx("evil\nERROR: forged \\ \x1b[2J");
}

static void
test_stderr(void)
{
	char out[1024];

	CU_ASSERT_EQUAL(run_child(child_stderr, out, sizeof(out)), 0);
	CU_ASSERT_STRING_EQUAL(out,
	    "http[3]: INFO: plain\n"
	    "http[3]: WARNING: [req 000000000000001f] "
	    "evil\\nERROR: forged \\\\ \\x1b[2J\n");
}

static void
again(enum loglevel level, const char *text, void *arg)
{
	log_info("from the sink: %s", text);
}

static void
child_loop(void)
{
	log_init("x", LOGL_INFO);
	log_sink(again, NULL);
	log_info("one");
	log_info("two");
}

static void
test_loop(void)
{
	char out[1024];

	CU_ASSERT_EQUAL(run_child(child_loop, out, sizeof(out)), 0);
	CU_ASSERT_STRING_EQUAL(out,
	    "x: INFO: from the sink: one\n"
	    "x: INFO: from the sink: two\n");
}

static void
child_fatal(void)
{
	log_init("x", LOGL_DISABLED);
	errno = EIO;
	fatal("disk %d", 7);
}

static void
child_fatalx(void)
{
	log_init("x", LOGL_INFO);
	fatalx("over");
}

static void
test_fatal(void)
{
	char out[1024];

	CU_ASSERT_EQUAL(run_child(child_fatal, out, sizeof(out)), 1);
	CU_ASSERT_STRING_EQUAL(out, "x: ERROR: disk 7: Input/output error\n");
	CU_ASSERT_EQUAL(run_child(child_fatalx, out, sizeof(out)), 1);
	CU_ASSERT_STRING_EQUAL(out, "x: ERROR: over\n");
}

static int
escape_is(const char *text, size_t len, size_t max, const char *want)
{
	struct buf b;
	int same;

	buf_init(&b, 4096);
	log_escape(&b, text, len, max);
	same = b.b_len == strlen(want) &&
	    (b.b_len == 0 || memcmp(b.b_data, want, b.b_len) == 0);
	buf_free(&b);
	return (same);
}

#define ESC(s, max, want) CU_ASSERT(escape_is(s, sizeof(s) - 1, max, want))

static void
test_escape(void)
{
	ESC("", 10, "");
	ESC("plain ~text", 100, "plain ~text");
	ESC("\n\r\t\\", 100, "\\n\\r\\t\\\\");
	ESC("a\0b\x01\x1b\x7f\x80\xff", 100,
	    "a\\x00b\\x01\\x1b\\x7f\\x80\\xff");
	/* Never more than max, and no escape cut in two. */
	ESC("abcdef", 3, "abc");
	ESC("ab\ncd", 3, "ab");
	ESC("ab\ncd", 4, "ab\\n");
	ESC("\xff\xff", 7, "\\xff");
	ESC("x", 0, "");
}

/* All bytes: what comes out is printable, whatever went in. */
static void
test_escape_all(void)
{
	struct buf b;
	char c[256];
	size_t i, bad = 0;

	for (i = 0; i < sizeof(c); i++)
		c[i] = (char)i;
	buf_init(&b, 4096);
	log_escape(&b, c, sizeof(c), SIZE_MAX);
	for (i = 0; i < b.b_len; i++)
		bad += b.b_data[i] < 0x20 || b.b_data[i] > 0x7e;
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_TRUE(b.b_len > 256);
	buf_free(&b);
}

static const struct unit_case cases[] = {
	{ "levels", test_levels },
	{ "names", test_names },
	{ "errno", test_errno },
	{ "request", test_request },
	{ "long text", test_long },
	{ "standard error", test_stderr },
	{ "sink that logs", test_loop },
	{ "fatal", test_fatal },
	{ "escape", test_escape },
	{ "escape all bytes", test_escape_all },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("log", cases));
}
