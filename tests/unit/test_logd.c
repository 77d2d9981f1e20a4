/* SPDX-License-Identifier: ISC */
/* Tests of apid/logd_format.c, logd_json.c and logd_file.c. */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/logd.h"
#include "apid/logd_file.h"
#include "common/buffer.h"
#include "common/check.h"
#include "common/path.h"
#include "tests/unit/unit.h"

/* 2022/02/03 10:37:36 */
static const struct tm noon = { .tm_year = 122,
	.tm_mon = 1,
	.tm_mday = 3,
	.tm_hour = 10,
	.tm_min = 37,
	.tm_sec = 36 };

static const struct access plain = { .ac_user = "wazuh",
	.ac_addr = "127.0.0.1",
	.ac_method = "PUT",
	.ac_path = "/agents/group",
	.ac_params = "{\"group_id\": \"group1\", \"q\": \"a\\\\b\"}",
	.ac_body = "{}",
	.ac_took = 75400000,
	.ac_status = 200 };

static int
is(struct buf *b, const char *want)
{
	int same;

	same = !b->b_failed && b->b_len == strlen(want) &&
	    memcmp(b->b_data, want, b->b_len) == 0;
	if (!same)
		printf("\n  got  %.*s\n  want %s\n", (int)b->b_len,
		    b->b_data == NULL ? "" : (const char *)b->b_data, want);
	buf_reset(b);
	return (same);
}

/* One line, and nothing in it that a terminal or a reader could act on. */
static int
is_one_line(const struct buf *b)
{
	size_t i;

	if (b->b_failed || b->b_len == 0 || b->b_data[b->b_len - 1] != '\n')
		return (0);
	for (i = 0; i < b->b_len - 1; i++)
		if (b->b_data[i] < 0x20 || b->b_data[i] > 0x7e)
			return (0);
	return (1);
}

static void
test_line(void)
{
	struct buf b;

	buf_init(&b, 4096);
	logd_line(&b, &noon, LOGL_WARN, "http[0]", 0x123, "slow");
	CU_ASSERT(is(&b,
	    "2022/02/03 10:37:36 WARNING: [http[0]] "
	    "[req 0000000000000123] slow\n"));
	logd_line(&b, &noon, LOGL_DEBUG2, "authz[0]", 0, "x");
	CU_ASSERT(is(&b, "2022/02/03 10:37:36 DEBUG2: [authz[0]] x\n"));
	logd_line(&b, &noon, LOGL_INFO, NULL, 0,
	    "a\n2022/02/03 10:37:36 INFO: forged\r\x1b[1m");
	CU_ASSERT(is(&b,
	    "2022/02/03 10:37:36 INFO: "
	    "a\\n2022/02/03 10:37:36 INFO: forged\\r\\x1b[1m\n"));
	buf_free(&b);
}

static void
test_access(void)
{
	struct buf b;
	struct access ac = plain;

	buf_init(&b, 4096);
	logd_access(&b, &noon, &ac);
	CU_ASSERT(is(&b,
	    "2022/02/03 10:37:36 INFO: wazuh 127.0.0.1 "
	    "\"PUT /agents/group\" with parameters {\"group_id\": \"group1\", "
	    "\"q\": \"a\\\\b\"} and body {} done in 0.075s: 200\n"));
	ac.ac_context = "d8466023fdec3f1310679989d8827eee";
	ac.ac_params = NULL;
	ac.ac_took = 73000000;
	logd_access(&b, &noon, &ac);
	CU_ASSERT(is(&b,
	    "2022/02/03 10:37:36 INFO: wazuh "
	    "(d8466023fdec3f1310679989d8827eee) 127.0.0.1 "
	    "\"PUT /agents/group\" with parameters {} and body {} "
	    "done in 0.073s: 200\n"));
	ac = plain;
	ac.ac_user = NULL;
	ac.ac_status = 401;
	ac.ac_params = ac.ac_body = NULL;
	logd_access(&b, &noon, &ac);
	CU_ASSERT(is(&b,
	    "2022/02/03 10:37:36 INFO: unknown_user 127.0.0.1 "
	    "\"PUT /agents/group\" with parameters {} and body {} "
	    "done in 0.075s: 401\n"));
	buf_free(&b);
}

static int
took_is(uint64_t ns, const char *want)
{
	struct access ac = plain;
	struct buf b;
	const char *p;
	int same;

	ac.ac_took = ns;
	buf_init(&b, 4096);
	logd_access(&b, &noon, &ac);
	buf_addc(&b, '\0');
	p = strstr((const char *)b.b_data, " done in ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	same = strncmp(p + 9, want, strlen(want)) == 0 &&
	    strcmp(p + 9 + strlen(want), ": 200\n") == 0;
	buf_free(&b);
	return (same);
}

static void
test_took(void)
{
	CU_ASSERT(took_is(0, "0.000s"));
	CU_ASSERT(took_is(499999, "0.000s"));
	CU_ASSERT(took_is(500000, "0.001s"));
	CU_ASSERT(took_is(9000000, "0.009s"));
	CU_ASSERT(took_is(999500000, "1.000s"));
	CU_ASSERT(took_is(61234567890, "61.235s"));
	CU_ASSERT(took_is(UINT64_MAX, "18446744073.710s"));
}

static void
test_json(void)
{
	struct buf b;
	struct access ac = plain;

	buf_init(&b, 4096);
	ac.ac_took = 9000000;
	logd_access_json(&b, &noon, &ac);
	CU_ASSERT(is(&b,
	    "{\"timestamp\": \"2022/02/03 10:37:36\", "
	    "\"levelname\": \"INFO\", \"data\": {\"type\": \"request\", "
	    "\"payload\": {\"user\": \"wazuh\", \"ip\": \"127.0.0.1\", "
	    "\"http_method\": \"PUT\", \"uri\": \"PUT /agents/group\", "
	    "\"parameters\": {\"group_id\": \"group1\", \"q\": \"a\\\\b\"}, "
	    "\"body\": {}, \"time\": \"0.009s\", \"status_code\": 200}}}\n"));
	ac.ac_user = NULL;
	ac.ac_context = "abc";
	ac.ac_params = ac.ac_body = NULL;
	logd_access_json(&b, &noon, &ac);
	CU_ASSERT(is(&b,
	    "{\"timestamp\": \"2022/02/03 10:37:36\", "
	    "\"levelname\": \"INFO\", \"data\": {\"type\": \"request\", "
	    "\"payload\": {\"user\": \"unknown_user\", \"ip\": \"127.0.0.1\", "
	    "\"http_method\": \"PUT\", \"uri\": \"PUT /agents/group\", "
	    "\"parameters\": {}, \"body\": {}, \"time\": \"0.009s\", "
	    "\"status_code\": 200, \"hash_auth_context\": \"abc\"}}}\n"));
	logd_note_json(&b, &noon, LOGL_WARN, "a \"b\"\n");
	CU_ASSERT(is(&b,
	    "{\"timestamp\": \"2022/02/03 10:37:36\", "
	    "\"levelname\": \"WARNING\", \"data\": {\"type\": "
	    "\"informative\", \"payload\": \"a \\\"b\\\"\\n\"}}\n"));
	buf_free(&b);
}

/* A sender that was taken over writes what it likes into each field. */
static void
test_forged(void)
{
	static const char evil[] =
	    "x\n2022/02/03 10:37:36 INFO: \r\t\x1b"
	    "[2J\x7f\x80\xff\xc3\xa9\"}, \"user\": \"y\"";
	struct access ac;
	struct buf b;
	const char *line;

	memset(&ac, 0, sizeof(ac));
	ac.ac_user = ac.ac_context = ac.ac_addr = ac.ac_method = ac.ac_path =
	    ac.ac_params = ac.ac_body = evil;
	ac.ac_status = 200;
	buf_init(&b, 65536);
	logd_access(&b, &noon, &ac);
	CU_ASSERT(is_one_line(&b));
	buf_reset(&b);
	logd_line(&b, &noon, LOGL_INFO, "http[0]", 1, evil);
	CU_ASSERT(is_one_line(&b));
	buf_reset(&b);
	/* Not an object, so it is a text and adds no key. */
	ac.ac_params = "{}, \"user\": \"root\", \"x\": {}";
	logd_access_json(&b, &noon, &ac);
	CU_ASSERT(is_one_line(&b));
	b.b_data[b.b_len - 1] = '\0';
	line = (const char *)b.b_data;
	CU_ASSERT_TRUE(logd_is_object(line, strlen(line)));
	CU_ASSERT_PTR_NOT_NULL(strstr(line,
	    "\"parameters\": "
	    "\"{}, \\\"user\\\": \\\"root\\\", \\\"x\\\": {}\", \"body\": \"x\\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line,
	    "\"payload\": {\"user\": "
	    "\"x\\n2022/02/03 10:37:36 INFO: \\r\\t\\u001b[2J\\u007f\\ufffd"
	    "\\ufffd\\u00e9\\\"}, "));
	buf_free(&b);
}

static void
test_odd(void)
{
	CU_ASSERT_FALSE(logd_is_odd(""));
	CU_ASSERT_FALSE(logd_is_odd("wazuh \\ ~"));
	CU_ASSERT_FALSE(logd_is_odd("jos\xc3\xa9"));
	CU_ASSERT_TRUE(logd_is_odd("a\nb"));
	CU_ASSERT_TRUE(logd_is_odd("\t"));
	CU_ASSERT_TRUE(logd_is_odd("a\x7f"));
}

#define OBJ(s) logd_is_object(s, sizeof(s) - 1)

static void
test_object(void)
{
	static const char sample[] =
	    "{\"a\": [1, -0.5e+3, true, false, "
	    "null, \"\\u00e9\\\"\\n\", {}, []], \"b\": {\"c\": \"d\"}}";
	char deep[300];
	size_t i, bad = 0;

	CU_ASSERT_TRUE(OBJ("{}"));
	CU_ASSERT_TRUE(OBJ("{ }"));
	CU_ASSERT_TRUE(OBJ(sample));
	CU_ASSERT_TRUE(OBJ("{\"a\":0,\"a\":0.0}"));
	/* Byte by byte: no beginning of it is complete. */
	for (i = 0; i < sizeof(sample) - 1; i++)
		bad += logd_is_object(sample, i);
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_FALSE(OBJ(""));
	CU_ASSERT_FALSE(OBJ("[]"));
	CU_ASSERT_FALSE(OBJ(" {}"));
	CU_ASSERT_FALSE(OBJ("{} "));
	CU_ASSERT_FALSE(OBJ("{}, \"a\": {}"));
	CU_ASSERT_FALSE(OBJ("{}{}"));
	CU_ASSERT_FALSE(OBJ("{\"a\"}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": }"));
	CU_ASSERT_FALSE(OBJ("{\"a\": 1,}"));
	CU_ASSERT_FALSE(OBJ("{a: 1}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": 01}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": 1.}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": .5}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": 1e}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": +1}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": -}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": NaN}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": tru}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": [1}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": \"\\x\"}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": \"\\u12g4\"}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": \"\n\"}"));
	CU_ASSERT_FALSE(OBJ("{\n}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": \"\xc3\xa9\"}"));
	CU_ASSERT_FALSE(OBJ("{\"a\": \"\0\"}"));
	CU_ASSERT_FALSE(OBJ("{\"\\\0\": 1}"));
	/* 1 object and n arrays; where it ends is ours to say. */
	for (i = 0; i < 2; i++) {
		snprintf(deep, sizeof(deep), "{\"a\": %.*s%.*s}", 63 + (int)i,
		    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
		    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
		    63 + (int)i,
		    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
		    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
		CU_ASSERT_EQUAL(logd_is_object(deep, strlen(deep)), i == 0);
	}
}

/* --- files ------------------------------------------------------------- */

#define SEC 1000000000ULL

static int
setup(char dir[64])
{
	int d;

	umask(0007);
	snprintf(dir, 64, "/tmp/gh_logd.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	d = open(dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(d, -1);
	return (d);
}

static void
teardown(int d, const char *dir)
{
	static const char *const names[] = { "f", "f.1", "old",
		"gatehouse/x.log" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(d, names[i], 0);
	unlinkat(d, "gatehouse", AT_REMOVEDIR);
	close(d);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

static int
write_line(struct logd_file *lf, int d, const char *line, uint64_t now)
{
	return (
	    logd_file_write(lf, d, (const uint8_t *)line, strlen(line), now));
}

static int
file_is(int d, const char *name, const char *want)
{
	struct buf b;
	int same;

	buf_init(&b, 65536);
	same = path_read(d, name, 65536, &b) == 0 && is(&b, want);
	buf_free(&b);
	return (same);
}

static void
test_file(void)
{
	char dir[64];
	int d = setup(dir);
	struct logd_file lf;
	struct stat st;

	logd_file_init(&lf, "gatehouse/x.log", 0640);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\none\n", SEC), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\ntwo\n", SEC), 0);
	CU_ASSERT(file_is(d, "gatehouse/x.log", "one\ntwo\n"));
	CU_ASSERT_EQUAL(fstatat(d, "gatehouse/x.log", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	CU_ASSERT_EQUAL(fstatat(d, "gatehouse", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0750);
	logd_file_close(&lf);
	/* Appended to, and an open file's mode is left alone. */
	CU_ASSERT_EQUAL(fchmodat(d, "gatehouse/x.log", 0600, 0), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\nthree\n", SEC), 0);
	CU_ASSERT(file_is(d, "gatehouse/x.log", "one\ntwo\nthree\n"));
	CU_ASSERT_EQUAL(fstatat(d, "gatehouse/x.log", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	logd_file_close(&lf);
	logd_file_close(&lf);
	CU_ASSERT_EQUAL(lf.lf_fd, -1);
	logd_file_init(&lf, "f", 0660);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\nx\n", SEC), 0);
	CU_ASSERT_EQUAL(fstatat(d, "f", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0660);
	logd_file_close(&lf);
	teardown(d, dir);
}

static void
test_moved(void)
{
	char dir[64];
	int d = setup(dir);
	struct logd_file lf;

	logd_file_init(&lf, "f", 0660);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n1\n", 10 * SEC), 0);
	CU_ASSERT_EQUAL(renameat(d, "f", d, "f.1"), 0);
	/* Within the second it goes where the file went. */
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n2\n", 11 * SEC - 1), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n3\n", 11 * SEC), 0);
	CU_ASSERT(file_is(d, "f.1", "1\n2\n"));
	CU_ASSERT(file_is(d, "f", "3\n"));
	/* Removed. */
	CU_ASSERT_EQUAL(unlinkat(d, "f", 0), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n4\n", 12 * SEC), 0);
	CU_ASSERT(file_is(d, "f", "4\n"));
	/* Another in its place. */
	CU_ASSERT_EQUAL(renameat(d, "f", d, "old"), 0);
	CU_ASSERT_EQUAL(renameat(d, "f.1", d, "f"), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n5\n", 13 * SEC), 0);
	CU_ASSERT(file_is(d, "f", "1\n2\n5\n"));
	CU_ASSERT(file_is(d, "old", "4\n"));
	logd_file_close(&lf);
	teardown(d, dir);
}

static void
test_not_a_file(void)
{
	char dir[64];
	int d = setup(dir);
	struct logd_file lf;
	struct stat st;

	/* A link, even to a place inside; a FIFO that nobody reads. */
	logd_file_init(&lf, "f", 0660);
	CU_ASSERT_EQUAL(symlinkat("old", d, "f"), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n1\n", SEC), -1);
	CU_ASSERT_EQUAL(errno, ELOOP);
	CU_ASSERT_EQUAL(fstatat(d, "old", &st, 0), -1);
	CU_ASSERT_EQUAL(unlinkat(d, "f", 0), 0);
	/* What failed is tried again after a second, not at once. */
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n2\n", SEC + 1), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n3\n", 2 * SEC), 0);
	CU_ASSERT(file_is(d, "f", "3\n"));
	logd_file_close(&lf);
	CU_ASSERT_EQUAL(unlinkat(d, "f", 0), 0);
	CU_ASSERT_EQUAL(mkfifoat(d, "f", 0600), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n4\n", SEC), -1);
	CU_ASSERT_EQUAL(lf.lf_fd, -1);
	logd_file_close(&lf);
	teardown(d, dir);
}

/* No more room: the line is lost, and the next one begins at its margin. */
static void
test_full(void)
{
	char dir[64];
	int d = setup(dir);
	struct logd_file lf;
	struct rlimit old, small;

	logd_file_init(&lf, "f", 0660);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\n12345\n", SEC), 0);
	small = old;
	small.rlim_cur = 9;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\nabcdef\n", SEC), -1);
	CU_ASSERT_EQUAL(errno, ENOSPC);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\nabcdef\n", SEC), -1);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &old), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\nnew\n", SEC), 0);
	CU_ASSERT_EQUAL(write_line(&lf, d, "\nlast\n", SEC), 0);
	CU_ASSERT(file_is(d, "f", "12345\nabc\nnew\nlast\n"));
	signal(SIGXFSZ, SIG_DFL);
	logd_file_close(&lf);
	teardown(d, dir);
}

static const struct unit_case pure[] = {
	{ "line", test_line },
	{ "access", test_access },
	{ "seconds", test_took },
	{ "json", test_json },
	{ "forged fields", test_forged },
	{ "odd names", test_odd },
	{ "object", test_object },
	{ NULL, NULL },
};

static const struct unit_case all[] = {
	{ "line", test_line },
	{ "access", test_access },
	{ "seconds", test_took },
	{ "json", test_json },
	{ "forged fields", test_forged },
	{ "odd names", test_odd },
	{ "object", test_object },
	{ "file", test_file },
	{ "file moved", test_moved },
	{ "not a file", test_not_a_file },
	{ "disk full", test_full },
	{ NULL, NULL },
};

int
main(void)
{
	int fd;

	/* The valgrind of Debian 12 does not know openat2(). */
	fd = path_open(AT_FDCWD, ".", O_PATH, 0);
	if (fd == -1 && errno == ENOSYS) {
		printf("files: left out, no openat2 here\n");
		return (unit_run("logd", pure));
	}
	if (fd != -1)
		close(fd);
	return (unit_run("logd", all));
}
