/* SPDX-License-Identifier: ISC */
/* What is pure in the command line: answers, tables, log lines, texts. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "gatehouse/ctl.h"
#include "gatehouse/init.h"
#include "gatehouse/logs.h"
#include "gatehouse/status.h"
#include "tests/unit/unit.h"

#define MOST 1048576 /* bytes of any text here */

static const char answer[] =
    "server\t100\t192\t3\t/srv/gate house\n"
    "proc\tparent[0]\t100\tup\t192\t0\t0\t0\t2048\tpss\tnone\t0\tapid\n"
    "proc\thttp[0]\t101\tup\t59\t2\t17\t123456\t9999\tpss\t"
    "nnp,nodump,seccomp,rlimit\t0\tapid\n"
    "note\tof a kind that comes later\n"
    "proc\tread[1]\t102\tup\t7262\t0\t0\t5\t512\tpss\tnnp,landlock,rlimit\t"
    "4\tdapi\n";

static bool
is(struct buf *b, const char *want)
{
	bool same;

	same = b->b_len == strlen(want) &&
	    memcmp(b->b_data != NULL ? (const char *)b->b_data : "", want,
	        b->b_len) == 0;
	if (!same)
		printf("got: %.*s\nwant: %s\n", (int)b->b_len,
		    (const char *)b->b_data, want);
	buf_reset(b);
	return (same);
}

/* Parse a copy; the caller frees *text_r, which the result points into. */
static int
parse(struct status *st, const char *s, size_t len, char **text_r)
{
	*text_r = malloc(len + 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(*text_r);
	memcpy(*text_r, s, len);
	(*text_r)[len] = '\0';
	return (status_parse(st, *text_r, len));
}

static void
test_status_parse(void)
{
	static struct status st;
	char *text;

	CU_ASSERT_FATAL(parse(&st, answer, sizeof(answer) - 1, &text) == 0);
	CU_ASSERT(st.st_pid == 100 && st.st_up == 192);
	CU_ASSERT(st.st_generation == 3);
	CU_ASSERT_STRING_EQUAL(st.st_root, "/srv/gate house");
	CU_ASSERT(st.st_n == 3);
	CU_ASSERT_STRING_EQUAL(st.st_proc[1].sp_name, "http[0]");
	CU_ASSERT_STRING_EQUAL(st.st_proc[1].sp_state, "up");
	CU_ASSERT(st.st_proc[1].sp_pid == 101);
	CU_ASSERT(st.st_proc[1].sp_up == 59);
	CU_ASSERT(st.st_proc[1].sp_restarts == 2);
	CU_ASSERT(st.st_proc[1].sp_inflight == 17);
	CU_ASSERT(st.st_proc[1].sp_requests == 123456);
	CU_ASSERT(st.st_proc[1].sp_memory == 9999);
	CU_ASSERT_STRING_EQUAL(st.st_proc[1].sp_memkind, "pss");
	CU_ASSERT_STRING_EQUAL(
	    st.st_proc[1].sp_sandbox, "nnp,nodump,seccomp,rlimit");
	CU_ASSERT(st.st_proc[2].sp_landlock == 4);
	CU_ASSERT_STRING_EQUAL(st.st_proc[2].sp_program, "dapi");
	CU_ASSERT(status_memory(&st) == 2048 + 9999 + 512);
	CU_ASSERT(status_all_up(&st));
	free(text);
}

/* An answer that is cut is good only where a line ends. */
static void
test_status_cut(void)
{
	static struct status st;
	size_t len;
	char *text;

	for (len = 0; len < sizeof(answer); len++) {
		CU_ASSERT((parse(&st, answer, len, &text) == 0) ==
		    (len > 0 && answer[len - 1] == '\n'));
		free(text);
	}
}

static void
test_status_bad(void)
{
	static const char *const bad[] = {
		"",
		"\n",
		"proc\thttp[0]\t1\tup\t1\t0\t0\t0\t1\tpss\tnone\t0\tapid\n",
		"server\t1\t2\t3\n",
		"server\t1\t2\t3\t/\t5\n",
		"server\t1\t2\t3\t/\nserver\t1\t2\t3\t/\n",
		"server\t-1\t2\t3\t/\n",
		"server\t\t2\t3\t/\n",
		"server\t99999999999999999999\t2\t3\t/\n",
		"server\t1\t2\t3\t/\nproc\thttp[0]\t1\tup\t1\t0\t0\t0\t1\tpss\t"
		"none\t0\n",
		"server\t1\t2\t3\t/\nproc\thttp[0]\t1\tup\t1\t0\t0\t0\tx\tpss\t"
		"none\t0\tapid\n",
		"server\t1\t2\t3\t/\nproc\thttp[0]\t1\tup\t1\t0\t0\t0\t1\tpss\t"
		"none\t0\tapid\tmore\n",
	};
	static struct status st;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT(parse(&st, bad[i], strlen(bad[i]), &text) == -1);
		free(text);
	}
	CU_ASSERT(parse(&st, "server\t1\t2\t3\t/\0\n", 17, &text) == -1);
	free(text);
}

static void
test_status_down(void)
{
	static const char down[] =
	    "server\t1\t2\t3\t/\n"
	    "proc\thttp[0]\t0\tbackoff\t0\t7\t0\t9\t0\trss\tnone\t0\tapid\n";
	static struct status st;
	struct buf out;
	char *text;

	buf_init(&out, MOST);
	CU_ASSERT_FATAL(parse(&st, down, sizeof(down) - 1, &text) == 0);
	CU_ASSERT(!status_all_up(&st));
	status_table(&st, &out);
	CU_ASSERT(is(&out,
	    "server 1, up 2s, configuration 3, /\n\n"
	    "NAME     PID  STATE    UP  RESTARTS  INFLIGHT  REQUESTS  MEMORY"
	    "  SANDBOX\n"
	    "http[0]    -  backoff   -         7         0         9       -"
	    "  -\n\n"
	    "memory 0K (proportional share)\n"));
	free(text);
	/* A server without processes is not one that is up. */
	CU_ASSERT_FATAL(parse(&st, "server\t1\t2\t3\t/\n", 15, &text) == 0);
	CU_ASSERT(!status_all_up(&st));
	free(text);
	buf_free(&out);
}

static void
test_status_table(void)
{
	static struct status st;
	struct buf out;
	char *text;

	buf_init(&out, MOST);
	CU_ASSERT_FATAL(parse(&st, answer, sizeof(answer) - 1, &text) == 0);
	status_table(&st, &out);
	CU_ASSERT(is(&out,
	    "server 100, up 3m12s, configuration 3, /srv/gate house\n\n"
	    "NAME       PID  STATE     UP  RESTARTS  INFLIGHT  REQUESTS  MEMORY"
	    "  SANDBOX\n"
	    "parent[0]  100  up     3m12s         0         0         0    2.0M"
	    "  none\n"
	    "http[0]    101  up       59s         2        17    123456    9.8M"
	    "  nnp,nodump,seccomp,rlimit\n"
	    "read[1]    102  up     2h01m         0         0         5    512K"
	    "  nnp,landlock:4,rlimit\n\n"
	    "memory 12.3M (proportional share)\n"));
	st.st_proc[1].sp_memkind = "rss";
	status_table(&st, &out);
	buf_addc(&out, '\0');
	CU_ASSERT_PTR_NOT_NULL(
	    strstr((const char *)out.b_data, "memory 12.3M (resident"));
	buf_free(&out);
	free(text);
}

static void
test_status_json(void)
{
	static const char down[] =
	    "server\t1\t2\t3\t/\"x\"\n"
	    "proc\thttp[0]\t0\tbackoff\t0\t7\t0\t9\t0\trss\tnone\t0\tapid\n";
	static struct status st;
	struct buf out;
	char *text;

	buf_init(&out, MOST);
	CU_ASSERT_FATAL(parse(&st, down, sizeof(down) - 1, &text) == 0);
	status_json(&st, &out);
	CU_ASSERT(is(&out,
	    "{\n"
	    "   \"server\": {\n"
	    "      \"pid\": 1,\n"
	    "      \"up_seconds\": 2,\n"
	    "      \"generation\": 3,\n"
	    "      \"root\": \"/\\\"x\\\"\"\n"
	    "   },\n"
	    "   \"all_up\": false,\n"
	    "   \"memory_kib\": 0,\n"
	    "   \"processes\": [\n"
	    "      {\n"
	    "         \"name\": \"http[0]\",\n"
	    "         \"program\": \"apid\",\n"
	    "         \"pid\": 0,\n"
	    "         \"state\": \"backoff\",\n"
	    "         \"up_seconds\": 0,\n"
	    "         \"restarts\": 7,\n"
	    "         \"in_flight\": 0,\n"
	    "         \"requests\": 9,\n"
	    "         \"memory_kib\": 0,\n"
	    "         \"memory_kind\": \"rss\",\n"
	    "         \"sandbox\": \"none\",\n"
	    "         \"landlock\": 0\n"
	    "      }\n"
	    "   ]\n"
	    "}\n"));
	buf_free(&out);
	free(text);
}

static void
test_age_size(void)
{
	static const struct {
		uint64_t v;
		const char *age, *size;
	} want[] = {
		{ 0, "0s", "0K" },
		{ 59, "59s", "59K" },
		{ 60, "1m00s", "60K" },
		{ 1023, "17m03s", "1023K" },
		{ 1024, "17m04s", "1.0M" },
		{ 3599, "59m59s", "3.5M" },
		{ 3600, "1h00m", "3.5M" },
		{ 86399, "23h59m", "84.4M" },
		{ 86400, "1d00h", "84.4M" },
		{ 1048576, "12d03h", "1.0G" },
	};
	struct buf out;
	size_t i;

	buf_init(&out, MOST);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		status_age(want[i].v, &out);
		CU_ASSERT(is(&out, want[i].age));
		status_size(want[i].v, &out);
		CU_ASSERT(is(&out, want[i].size));
	}
	buf_free(&out);
}

static void
test_judge(void)
{
	const char *why;
	size_t body, len;

	CU_ASSERT(ctl_judge("ok\n", 3, &body, &why, &len) == 0 && body == 0);
	CU_ASSERT(ctl_judge("a\nok\n", 5, &body, &why, &len) == 0);
	CU_ASSERT(body == 2);
	CU_ASSERT(ctl_judge("a\nok", 4, &body, &why, &len) == -1);
	CU_ASSERT_PTR_NULL(why);
	CU_ASSERT(ctl_judge("a\nbook\n", 7, &body, &why, &len) == -1);
	CU_ASSERT(ctl_judge("ok\na\n", 5, &body, &why, &len) == -1);
	CU_ASSERT_PTR_NULL(why);
	CU_ASSERT(ctl_judge("", 0, &body, &why, &len) == -1);
	CU_ASSERT(ctl_judge("\n", 1, &body, &why, &len) == -1);
	CU_ASSERT(ctl_judge("a\nerror no way\n", 15, &body, &why, &len) == -1);
	CU_ASSERT(why != NULL && len == 6 && memcmp(why, "no way", 6) == 0);
	CU_ASSERT(ctl_judge("error \n", 7, &body, &why, &len) == -1);
	CU_ASSERT_PTR_NULL(why);
}

/* --- logs --------------------------------------------------------------- */

static void
text(struct logs_text *lt, const char *s)
{
	lt->lt_text = s;
	lt->lt_len = strlen(s);
}

static void
test_log_time(void)
{
	static const char good[] = "2026/01/02 03:04:05 INFO: x";
	size_t len;

	for (len = 0; len <= sizeof(good) - 1; len++)
		CU_ASSERT((logs_has_time(good, len) != 0) == (len >= 19));
	CU_ASSERT(!logs_has_time("2026-01-02 03:04:05 INFO", 24));
	CU_ASSERT(!logs_has_time("2026/01/02 03:04:0x INFO", 24));
	CU_ASSERT(!logs_has_time(" 2026/01/02 03:04:05", 20));
}

static void
test_log_merge(void)
{
	struct logs_text lt[3];
	struct buf out;

	buf_init(&out, MOST);
	text(&lt[0],
	    "2026/01/01 00:00:01 INFO: a1\n"
	    "2026/01/01 00:00:03 INFO: a3\n"
	    "  goes on\n"
	    "2026/01/01 00:00:05 INFO: a5");
	text(&lt[1], "");
	text(&lt[2],
	    "rest of something\n"
	    "2026/01/01 00:00:03 INFO: c3\n"
	    "2026/01/01 00:00:02 INFO: c2 (the clock was set)\n"
	    "2026/01/01 00:00:09 INFO: c9\n");
	logs_merge(lt, 3, 100, &out);
	CU_ASSERT(is(&out,
	    "rest of something\n"
	    "2026/01/01 00:00:01 INFO: a1\n"
	    "2026/01/01 00:00:03 INFO: a3\n"
	    "  goes on\n"
	    "2026/01/01 00:00:03 INFO: c3\n"
	    "2026/01/01 00:00:02 INFO: c2 (the clock was set)\n"
	    "2026/01/01 00:00:05 INFO: a5\n"
	    "2026/01/01 00:00:09 INFO: c9\n"));
	logs_merge(lt, 3, 2, &out);
	CU_ASSERT(is(&out,
	    "2026/01/01 00:00:05 INFO: a5\n"
	    "2026/01/01 00:00:09 INFO: c9\n"));
	logs_merge(lt, 3, 0, &out);
	CU_ASSERT(is(&out, ""));
	logs_merge(lt, 0, 9, &out);
	CU_ASSERT(is(&out, ""));
	buf_free(&out);
}

/* Nothing is lost or made up, wherever the texts are cut. */
static void
test_log_cut(void)
{
	static const char a[] = "2026/01/01 00:00:01 a\nx\n\n"
	                        "2026/01/01 00:00:04 b\n";
	static const char b[] = "\n2026/01/01 00:00:02 c\n";
	struct logs_text lt[2];
	struct buf out;
	size_t i, j, ends;

	buf_init(&out, MOST);
	for (i = 0; i < sizeof(a); i++) {
		for (j = 0; j < sizeof(b); j++) {
			lt[0].lt_text = a;
			lt[0].lt_len = i;
			lt[1].lt_text = b;
			lt[1].lt_len = j;
			logs_merge(lt, 2, 100, &out);
			ends = (i > 0 && a[i - 1] != '\n') +
			    (j > 0 && b[j - 1] != '\n');
			CU_ASSERT(out.b_len == i + j + ends);
			buf_reset(&out);
		}
	}
	CU_ASSERT(logs_count(&lt[0]) == 4);
	lt[0].lt_len = 0;
	CU_ASSERT(logs_count(&lt[0]) == 0);
	buf_free(&out);
}

/* --- init --------------------------------------------------------------- */

static void
test_set_line(void)
{
	struct buf b;

	buf_init(&b, MOST);
	buf_addz(&b, "# port: 1\n  port: 2\nports: 3\nport: 4\nport: 5\n");
	CU_ASSERT(init_set_line(&b, "port", "77") == 0);
	CU_ASSERT(
	    is(&b, "# port: 1\n  port: 2\nports: 3\nport: 77\nport: 5\n"));
	buf_addz(&b, "store: wdb");
	CU_ASSERT(init_set_line(&b, "store", "embedded") == 0);
	CU_ASSERT(is(&b, "store: embedded"));
	buf_addz(&b, "store\nstored: x\n");
	CU_ASSERT(init_set_line(&b, "store", "embedded") == -1);
	CU_ASSERT(is(&b, "store\nstored: x\n"));
	CU_ASSERT(init_set_line(&b, "store", "embedded") == -1);
	buf_free(&b);
}

static const char *
passwords(const char *s, struct init_passwords *ip, size_t *line_r)
{
	return (init_parse_passwords(s, strlen(s), ip, line_r));
}

static void
test_passwords(void)
{
	struct init_passwords ip;
	char text64[80], *copy;
	size_t line, i;

	CU_ASSERT_PTR_NULL(
	    passwords("wazuh-wui:a:b c\r\n\nwazuh:x", &ip, &line));
	CU_ASSERT_STRING_EQUAL(ip.ip_plain[0], "x");
	CU_ASSERT_STRING_EQUAL(ip.ip_plain[1], "a:b c");
	CU_ASSERT_PTR_NULL(passwords("", &ip, &line));
	CU_ASSERT_STRING_EQUAL(ip.ip_plain[0], "");
	CU_ASSERT_PTR_NULL(passwords("wazuh:y\n", &ip, &line));
	CU_ASSERT_STRING_EQUAL(ip.ip_plain[0], "y");
	CU_ASSERT_STRING_EQUAL(ip.ip_plain[1], "");

	CU_ASSERT_PTR_NOT_NULL(passwords("\nwazuh\n", &ip, &line));
	CU_ASSERT(line == 2);
	CU_ASSERT_PTR_NOT_NULL(passwords("wazuh:x\nroot:x\n", &ip, &line));
	CU_ASSERT(line == 2);
	CU_ASSERT_PTR_NOT_NULL(passwords("wazuh:x\nwazuh:x\n", &ip, &line));
	CU_ASSERT(line == 2);
	CU_ASSERT_PTR_NOT_NULL(passwords("wazuh:\n", &ip, &line));
	CU_ASSERT(line == 1);
	CU_ASSERT_PTR_NOT_NULL(passwords("wazuh :x\n", &ip, &line));
	CU_ASSERT_PTR_NOT_NULL(passwords("waz:x\n", &ip, &line));
	CU_ASSERT_PTR_NOT_NULL(
	    init_parse_passwords("wazuh:a\0b", 9, &ip, &line));

	snprintf(text64, sizeof(text64), "wazuh:%064d", 0);
	CU_ASSERT_PTR_NULL(passwords(text64, &ip, &line));
	CU_ASSERT(strlen(ip.ip_plain[0]) == 64);
	snprintf(text64, sizeof(text64), "wazuh:%065d", 0);
	CU_ASSERT_PTR_NOT_NULL(passwords(text64, &ip, &line));

	/* From memory of exactly its size, cut anywhere. */
	for (i = 0; i < strlen(text64); i++) {
		copy = malloc(i + 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, text64, i);
		CU_ASSERT((init_parse_passwords(copy, i, &ip, &line) == NULL) ==
		    (i == 0 || i > 6));
		free(copy);
	}
}

int
main(void)
{
	static const struct unit_case cases[] = {
		{ "status parsed", test_status_parse },
		{ "status cut", test_status_cut },
		{ "status malformed", test_status_bad },
		{ "status of what is down", test_status_down },
		{ "status as a table", test_status_table },
		{ "status as JSON", test_status_json },
		{ "ages and sizes", test_age_size },
		{ "last line of an answer", test_judge },
		{ "time of a line", test_log_time },
		{ "lines merged", test_log_merge },
		{ "lines cut", test_log_cut },
		{ "line of a key", test_set_line },
		{ "file of passwords", test_passwords },
		{ NULL, NULL },
	};

	return (unit_run("cli", cases));
}
