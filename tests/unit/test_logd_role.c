/* SPDX-License-Identifier: ISC */
/* Tests of apid/logd.c: messages in, files out. */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/logd.h"
#include "common/buffer.h"
#include "common/check.h"
#include "common/conf.h"
#include "common/path.h"
#include "common/peer.h"
#include "common/proc.h"
#include "tests/unit/logd_gz.h"
#include "tests/unit/unit.h"

#define WHEN 1643884656000000000ULL /* 2022/02/03 10:37:36 UTC */

static int
on_frame(struct peer *p, struct msg *m)
{
	const struct handler *h;

	for (h = logd_ops.po_handlers; h->h_type != MSG_NONE; h++)
		if (h->h_type == m->m_type)
			return (h->h_fn(p, m));
	return (-1);
}

static void
on_bad(struct peer *p, const char *why)
{
	CU_FAIL("a message was refused");
}

static void
on_eof(struct peer *p)
{
}

static const struct peer_ops ops = { on_frame, on_bad, on_eof };

/* The role in this process: its directory, one http peer, no jail. */
struct house {
	char dir[64];
	struct proc proc;
	struct page page;
	struct peer peers[1];
	struct peer http; /* the other end */
	struct conf *conf;
};

static struct house *
place(const char *format, const char *level, const char *size)
{
	struct house *h;
	int sv[2];

	h = calloc(1, sizeof(*h));
	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	snprintf(h->dir, sizeof(h->dir), "/tmp/gh_role.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(h->dir));
	h->proc.pr_role = ROLE_LOGD;
	h->proc.pr_count[ROLE_HTTP] = 1;
	h->proc.pr_page = &h->page;
	h->proc.pr_rootfd = open(h->dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_NOT_EQUAL_FATAL(h->proc.pr_rootfd, -1);
	h->proc.pr_base = event_base_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(h->proc.pr_base);
	CU_ASSERT_EQUAL_FATAL(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sv), 0);
	CU_ASSERT_EQUAL_FATAL(peer_init(&h->peers[0], h->proc.pr_base, sv[0],
	                          ROLE_LOGD, ROLE_HTTP, 0, NULL, &ops, NULL),
	    0);
	CU_ASSERT_EQUAL_FATAL(peer_init(&h->http, h->proc.pr_base, sv[1],
	                          ROLE_HTTP, ROLE_LOGD, 0, NULL, &ops, NULL),
	    0);
	h->proc.pr_peers = h->peers;
	h->proc.pr_npeers = 1;
	proc_self = &h->proc;
	h->conf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(h->conf);
	free(h->conf->cf_log_format);
	h->conf->cf_log_format = strdup(format);
	free(h->conf->cf_log_level);
	h->conf->cf_log_level = strdup(level);
	if (size != NULL) {
		h->conf->cf_log_maxsize_on = true;
		free(h->conf->cf_log_maxsize);
		h->conf->cf_log_maxsize = strdup(size);
	}
	return (h);
}

static void
begin(struct house *h)
{
	logd_ops.po_boot(&h->proc);
	logd_ops.po_conf(&h->proc, h->conf);
	logd_ops.po_start(&h->proc);
}

static struct house *
setup(const char *format, const char *level)
{
	struct house *h = place(format, level, NULL);

	begin(h);
	return (h);
}

/* A file that is there before the role starts, last written an age ago. */
static void
put(struct house *h, const char *name, const char *text, time_t age)
{
	struct timespec ts[2];
	int fd, d = h->proc.pr_rootfd;

	CU_ASSERT_EQUAL(path_mkdirs(d, name, 0750), 0);
	fd = openat(d, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	ts[0].tv_sec = ts[1].tv_sec = time(NULL) - age;
	ts[0].tv_nsec = ts[1].tv_nsec = 0;
	CU_ASSERT_EQUAL(utimensat(d, name, ts, 0), 0);
}

/* Let the loop do what is due at once: the packing. */
static void
loop(struct house *h)
{
	int i;

	for (i = 0; i < 200; i++)
		event_base_loop(h->proc.pr_base, EVLOOP_NONBLOCK);
}

/* Let the role end in order in a child, which also shows that it can. */
static void
stop(struct house *h)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	CU_ASSERT_NOT_EQUAL_FATAL(pid, -1);
	if (pid == 0) {
		event_reinit(h->proc.pr_base);
		logd_ops.po_stop(&h->proc);
		_exit(9);
	}
	waitpid(pid, &status, 0);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
send_log(struct house *h, enum loglevel level, const char *text)
{
	struct logline ll = { WHEN, (uint8_t)level, 0xab, text };
	struct msgw *mw;

	mw = malloc(sizeof(*mw));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mw);
	msgw_start(mw, MSG_LOG);
	logline_put(mw, &ll);
	CU_ASSERT_EQUAL(peer_send(&h->http, mw, NULL), 0);
	free(mw);
}

static void
send_path(struct house *h, const char *path, const char *user,
    unsigned int status, bool login)
{
	struct access ac = { .ac_time = WHEN,
		.ac_id = 1,
		.ac_user = user,
		.ac_addr = "192.0.2.1",
		.ac_method = "GET",
		.ac_path = path,
		.ac_took = 2000000 };
	struct msgw *mw;

	ac.ac_status = (uint16_t)status;
	ac.ac_login = login;
	mw = malloc(sizeof(*mw));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mw);
	msgw_start(mw, MSG_ACCESS);
	access_put(mw, &ac);
	CU_ASSERT_EQUAL(peer_send(&h->http, mw, NULL), 0);
	free(mw);
}

static void
send_access(struct house *h, const char *user, unsigned int status, bool login)
{
	send_path(h, "/", user, status, login);
}

/* What a file holds; "" also where there is none. */
static int
file_is(struct house *h, const char *name, const char *want)
{
	struct buf b;
	int same;

	buf_init(&b, 65536);
	if (path_read(h->proc.pr_rootfd, name, 65536, &b) == -1)
		buf_reset(&b);
	same = b.b_len == strlen(want) &&
	    (b.b_len == 0 || memcmp(b.b_data, want, b.b_len) == 0);
	if (!same)
		printf("\n  got  %.*s\n  want %s\n", (int)b.b_len,
		    b.b_data == NULL ? "" : (const char *)b.b_data, want);
	buf_free(&b);
	return (same);
}

static void
teardown(struct house *h)
{
	gz_walk(h->proc.pr_rootfd, "", NULL, NULL, 1);
	CU_ASSERT_EQUAL(rmdir(h->dir), 0);
	logd_fini(&h->proc);
	peer_fini(&h->peers[0], false);
	peer_fini(&h->http, false);
	event_base_free(h->proc.pr_base);
	close(h->proc.pr_rootfd);
	conf_free(&h->conf);
	proc_self = NULL;
	free(h);
}

static void
test_log(void)
{
	struct house *h = setup("plain", "info");

	send_log(h, LOGL_INFO, "one");
	send_log(h, LOGL_DEBUG, "not at this level");
	send_log(h, LOGL_ERROR, "two\nforged");
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 3);
	CU_ASSERT(file_is(h, "gatehouse/http.log",
	    "2022/02/03 10:37:36 INFO: [http[0]] [req 00000000000000ab] one\n"
	    "2022/02/03 10:37:36 ERROR: [http[0]] [req 00000000000000ab] "
	    "two\\nforged\n"));
	CU_ASSERT_EQUAL(h->page.pg_requests, 3);
	CU_ASSERT_EQUAL(h->page.pg_dropped, 0);
	teardown(h);
}

#define LINE(user, status)                                                            \
	"2022/02/03 10:37:36 INFO: " user                                             \
	" 192.0.2.1 \"GET /\" with parameters {} and body {} done in 0.002s: " status \
	"\n"

static void
test_access(void)
{
	struct house *h = setup("plain", "info");

	send_access(h, "wazuh", 200, false);
	send_access(h, NULL, 403, true);
	send_access(h, "wazuh", 403, false);
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 3);
	CU_ASSERT(file_is(h, "api.log",
	    LINE("wazuh",
	        "200") "2022/02/03 10:37:36 WARNING: IP blocked due to exceeded number "
	               "of logins attempts: 192.0.2.1\n" LINE(
	                   "unknown_user", "403") LINE("wazuh", "403")));
	CU_ASSERT(file_is(h, "api.json", ""));
	teardown(h);
}

static void
test_odd_user(void)
{
	struct house *h = setup("plain", "info");

	send_access(h, "a\nb", 401, false);
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 1);
	CU_ASSERT(file_is(h, "api.log",
	    "2022/02/03 10:37:36 WARNING: User name with control characters, "
	    "from 192.0.2.1: a\\nb\n" LINE("a\\nb", "401")));
	teardown(h);
}

static void
test_level(void)
{
	struct house *h = setup("plain,json", "warning");

	send_access(h, "wazuh", 200, false);
	send_access(h, NULL, 403, true);
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 2);
	CU_ASSERT(file_is(h, "api.log",
	    "2022/02/03 10:37:36 WARNING: IP blocked due to exceeded number "
	    "of logins attempts: 192.0.2.1\n"));
	CU_ASSERT(file_is(h, "api.json",
	    "{\"timestamp\": \"2022/02/03 10:37:36\", \"levelname\": "
	    "\"WARNING\", \"data\": {\"type\": \"informative\", \"payload\": "
	    "\"IP blocked due to exceeded number of logins attempts: "
	    "192.0.2.1\"}}\n"));
	teardown(h);
	h = setup("plain,json", "disabled");
	send_access(h, NULL, 403, true);
	send_log(h, LOGL_ERROR, "nothing");
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 2);
	CU_ASSERT(file_is(h, "api.log", ""));
	CU_ASSERT(file_is(h, "api.json", ""));
	CU_ASSERT(file_is(h, "gatehouse/http.log", ""));
	teardown(h);
}

static void
test_format(void)
{
	struct house *h = setup("json", "info");

	send_access(h, "wazuh", 200, false);
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 1);
	CU_ASSERT(file_is(h, "api.log", ""));
	CU_ASSERT(file_is(h, "api.json",
	    "{\"timestamp\": \"2022/02/03 10:37:36\", \"levelname\": \"INFO\", "
	    "\"data\": {\"type\": \"request\", \"payload\": {\"user\": "
	    "\"wazuh\", \"ip\": \"192.0.2.1\", \"http_method\": \"GET\", "
	    "\"uri\": \"GET /\", \"parameters\": {}, \"body\": {}, \"time\": "
	    "\"0.002s\", \"status_code\": 200}}}\n"));
	teardown(h);
}

/* A new configuration opens the files again, whatever the clock says. */
static void
test_reopen(void)
{
	struct house *h = setup("plain", "info");

	send_access(h, "wazuh", 200, false);
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 1);
	CU_ASSERT_EQUAL(path_unlink(h->proc.pr_rootfd, "api.log", 0), 0);
	logd_ops.po_conf(&h->proc, h->conf);
	send_access(h, "wazuh", 404, false);
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 1);
	CU_ASSERT(file_is(h, "api.log", LINE("wazuh", "404")));
	teardown(h);
}

/* What cannot be written is counted, and nothing else happens. */
static void
test_dropped(void)
{
	struct house *h = setup("plain", "info");

	CU_ASSERT_EQUAL(mkdirat(h->proc.pr_rootfd, "api.log", 0700), 0);
	send_access(h, "wazuh", 200, false);
	send_access(h, "wazuh", 200, false);
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 2);
	CU_ASSERT_EQUAL(h->page.pg_dropped, 2);
	CU_ASSERT_EQUAL(
	    path_unlink(h->proc.pr_rootfd, "api.log", AT_REMOVEDIR), 0);
	teardown(h);
}

/* What was sent before the end is written at the end. */
static void
test_stop(void)
{
	struct house *h = setup("plain", "info");
	struct buf b;
	int i;

	for (i = 0; i < 100; i++)
		send_access(h, "wazuh", 200, false);
	h->page.pg_dropped = 7;
	stop(h);
	buf_init(&b, 65536);
	CU_ASSERT_EQUAL(path_read(h->proc.pr_rootfd, "api.log", 65536, &b), 0);
	CU_ASSERT_EQUAL(b.b_len, 100 * strlen(LINE("wazuh", "200")));
	buf_reset(&b);
	/* And the loss is told, by logd itself. */
	CU_ASSERT_EQUAL(
	    path_read(h->proc.pr_rootfd, "gatehouse/logd.log", 65536, &b), 0);
	buf_addc(&b, '\0');
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.b_data,
	    " WARNING: [logd[0]] 7 lines could not be written"));
	buf_free(&b);
	teardown(h);
}

/* --- the end of files -------------------------------------------------- */

#define DAY 86400

/* The archive of a file that was last written an age ago. */
static const char *
archive(const char *base, time_t age)
{
	static char name[128];
	char month[32], day[8];
	time_t t = time(NULL) - age;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(month, sizeof(month), "%Y/%b", &tm);
	strftime(day, sizeof(day), "%d", &tm);
	snprintf(name, sizeof(name), "api/%s/%s-%s.gz", month, base, day);
	return (name);
}

/* The server was not there at midnight: it sees to it when it comes. */
static void
test_old_files(void)
{
	struct house *h = place("plain,json", "info", NULL);

	put(h, "api.log", "old\n", 3 * DAY);
	put(h, "api.json", "{}\n", 2 * DAY);
	put(h, "gatehouse/http.log", "own\n", 2 * DAY);
	begin(h);
	send_access(h, "wazuh", 200, false);
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 1);
	loop(h);
	CU_ASSERT(file_is(h, "api.log", LINE("wazuh", "200")));
	CU_ASSERT(
	    gz_is(h->proc.pr_rootfd, archive("api.log", 3 * DAY), "old\n"));
	CU_ASSERT(
	    gz_is(h->proc.pr_rootfd, archive("api.json", 2 * DAY), "{}\n"));
	CU_ASSERT(gz_is(h->proc.pr_rootfd, "gatehouse/http.log-1.gz", "own\n"));
	CU_ASSERT(file_is(h, "gatehouse/http.log", ""));
	CU_ASSERT_EQUAL(h->page.pg_dropped, 0);
	teardown(h);
}

/* A file of today stays; by size, one of any day. */
static void
test_young_files(void)
{
	struct house *h = place("plain", "info", NULL);

	put(h, "api.log", "new\n", 0);
	put(h, "api.json", "{}\n", 2 * DAY);
	begin(h);
	loop(h);
	CU_ASSERT(file_is(h, "api.log", "new\n"));
	/* Not in use. */
	CU_ASSERT(file_is(h, "api.json", "{}\n"));
	teardown(h);
	h = place("plain", "info", "1M");
	put(h, "api.log", "old\n", 2 * DAY);
	begin(h);
	send_access(h, "wazuh", 200, false);
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 1);
	loop(h);
	CU_ASSERT(file_is(h, "api.log", "old\n" LINE("wazuh", "200")));
	teardown(h);
}

/* Lines that come while files end by size, over a life and the next. */
static void
test_size(void)
{
	struct house *h = place("plain,json", "info", "1M");
	char path[900];
	int i, n;

	/* Long lines, so that few of them fill a file. */
	memset(path, '/', sizeof(path));
	begin(h);
	for (n = 0; n < 6000; n++) {
		snprintf(path + 800, 100, "#%d", n);
		send_path(h, path, "wazuh", 200, false);
		if (n % 32 != 31)
			continue;
		for (i = 0; i < 3 && n % 64 != 63; i++)
			event_base_loop(h->proc.pr_base, EVLOOP_NONBLOCK);
		CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 32);
		if (n == 3007 || n == 4511) {
			logd_fini(&h->proc);
			begin(h);
		}
	}
	CU_ASSERT_EQUAL(peer_pump(&h->peers[0]), 6000 % 32);
	loop(h);
	CU_ASSERT_EQUAL(h->page.pg_dropped, 0);
	/* Each line is in both, so look at one kind after the other. */
	CU_ASSERT_EQUAL(gz_kind(h->proc.pr_rootfd, "api.log", 6000), 6);
	CU_ASSERT_EQUAL(gz_kind(h->proc.pr_rootfd, "api.json", 6000), 6);
	teardown(h);
}

/* What cannot be put away is told, once, and holds up nothing else. */
static void
test_trouble(void)
{
	struct house *h = place("plain", "info", NULL);
	struct buf b;
	char *said;

	put(h, "api.log", "old\n", 2 * DAY);
	put(h, "gatehouse/http.log", "own\n", 2 * DAY);
	CU_ASSERT_EQUAL(symlinkat("/tmp", h->proc.pr_rootfd, "api"), 0);
	begin(h);
	loop(h);
	CU_ASSERT(gz_is(h->proc.pr_rootfd, "gatehouse/http.log-1.gz", "own\n"));
	stop(h);
	buf_init(&b, 65536);
	CU_ASSERT_EQUAL(
	    path_read(h->proc.pr_rootfd, "gatehouse/logd.log", 65536, &b), 0);
	buf_addc(&b, '\0');
	said = strstr((char *)b.b_data, "api.log cannot be put away: ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(said);
	CU_ASSERT_PTR_NULL(strstr(said + 20, "put away"));
	buf_free(&b);
	teardown(h);
}

static const struct unit_case cases[] = {
	{ "log", test_log },
	{ "access", test_access },
	{ "odd user", test_odd_user },
	{ "level", test_level },
	{ "format", test_format },
	{ "reopen", test_reopen },
	{ "dropped", test_dropped },
	{ "stop", test_stop },
	{ "old files", test_old_files },
	{ "young files", test_young_files },
	{ "size", test_size },
	{ "trouble", test_trouble },
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
		printf("unit logd_role: skipped, no openat2 here\n");
		return (77);
	}
	if (fd != -1)
		close(fd);
	return (unit_run("logd_role", cases));
}
