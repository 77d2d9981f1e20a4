/* SPDX-License-Identifier: ISC */
/* Tests of common/check.c: each message there and back, and cut anywhere. */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/call.h"
#include "common/check.h"
#include "common/log.h"
#include "common/memfd.h"
#include "tests/unit/unit.h"

static struct msg
message(const struct msgw *mw)
{
	struct msg m;
	int i;

	memset(&m, 0, sizeof(m));
	m.m_type = mw->mw_type;
	m.m_data = mw->mw_buf + MSG_HDR;
	m.m_len = mw->mw_len;
	m.m_nfds = mw->mw_nfds;
	for (i = 0; i < mw->mw_nfds; i++)
		m.m_fds[i] = fcntl(mw->mw_fds[i], F_DUPFD_CLOEXEC, 0);
	return (m);
}

static struct msgw *
writer(enum msgtype type)
{
	struct msgw *mw;

	mw = malloc(sizeof(*mw));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mw);
	msgw_start(mw, type);
	return (mw);
}

/* How many of all shorter messages a getter takes; it should be none. */
static size_t
cut(const struct msgw *mw, int (*get)(struct msg *))
{
	struct msg m;
	uint8_t *copy;
	size_t n, passed = 0;

	for (n = 0; n < mw->mw_len; n++) {
		copy = malloc(n == 0 ? 1 : n);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, mw->mw_buf + MSG_HDR, n);
		memset(&m, 0, sizeof(m));
		m.m_type = mw->mw_type;
		m.m_data = copy;
		m.m_len = n;
		if (get(&m) == 0)
			passed++;
		free(copy);
	}
	return (passed);
}

/* --- CHECK ------------------------------------------------------------- */

static int
get_check(struct msg *m)
{
	struct check *ck;
	int r;

	ck = malloc(sizeof(*ck));
	CU_ASSERT_PTR_NOT_NULL_FATAL(ck);
	r = check_get(m, ck);
	if (r == 0)
		args_free(&ck->ck_args);
	free(ck);
	return (r);
}

static void
fill_check(struct check *ck)
{
	memset(ck, 0, sizeof(*ck));
	ck->ck_id = 77;
	ck->ck_addr = "192.0.2.1";
	ck->ck_row = 0;
	ck->ck_verdict = VERDICT_OK;
	ck->ck_cred = CRED_BASIC;
	ck->ck_user = "wazuh";
	ck->ck_secret = "p\xc3\xa9:x";
	ck->ck_form = FORM_PRETTY;
	ck->ck_flags = CALL_WAIT;
	ck->ck_raw = true;
	ck->ck_bodylen = 5000000000;
	ck->ck_deadline = 12345;
	args_init(&ck->ck_args);
	ck->ck_args.as_n = 1;
	ck->ck_args.as_v[0].a_param = 0;
	ck->ck_args.as_v[0].a_null = true;
}

static void
test_check(void)
{
	struct check *a, *b;
	struct msgw *mw = writer(MSG_CHECK);
	struct msg m;

	a = malloc(sizeof(*a));
	b = malloc(sizeof(*b));
	CU_ASSERT_TRUE_FATAL(a != NULL && b != NULL);
	fill_check(a);
	check_put(mw, a);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(check_get(&m, b), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(b->ck_id, 77);
	CU_ASSERT_STRING_EQUAL(b->ck_addr, "192.0.2.1");
	CU_ASSERT_EQUAL(b->ck_row, 0);
	CU_ASSERT_EQUAL(b->ck_verdict, VERDICT_OK);
	CU_ASSERT_EQUAL(b->ck_cred, CRED_BASIC);
	CU_ASSERT_STRING_EQUAL(b->ck_user, "wazuh");
	CU_ASSERT_STRING_EQUAL(b->ck_secret, "p\xc3\xa9:x");
	CU_ASSERT_EQUAL(b->ck_form, FORM_PRETTY);
	CU_ASSERT_EQUAL(b->ck_flags, CALL_WAIT);
	CU_ASSERT_TRUE(b->ck_raw);
	CU_ASSERT_EQUAL(b->ck_bodylen, 5000000000);
	CU_ASSERT_EQUAL(b->ck_deadline, 12345);
	CU_ASSERT_EQUAL(b->ck_args.as_n, 1);
	CU_ASSERT_TRUE(b->ck_args.as_v[0].a_null);
	args_free(&b->ck_args);
	CU_ASSERT_EQUAL(cut(mw, get_check), 0);
	/* Without a path there are no arguments. */
	a->ck_verdict = VERDICT_NOPATH;
	a->ck_row = ROW_NONE;
	a->ck_cred = CRED_NONE;
	a->ck_user = a->ck_secret = NULL;
	msgw_start(mw, MSG_CHECK);
	check_put(mw, a);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(check_get(&m, b), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(b->ck_args.as_n, 0);
	CU_ASSERT_PTR_NULL(b->ck_user);
	CU_ASSERT_EQUAL(cut(mw, get_check), 0);
	free(a);
	free(b);
	free(mw);
}

static int
check_passes(const struct check *ck)
{
	struct msgw *mw = writer(MSG_CHECK);
	struct msg m;
	int r;

	check_put(mw, ck);
	m = message(mw);
	r = get_check(&m);
	free(mw);
	return (r == 0);
}

static void
try_credentials(struct check *ck)
{
	char *big;

	ck->ck_user = NULL;
	CU_ASSERT_FALSE(check_passes(ck));
	ck->ck_cred = CRED_BEARER;
	CU_ASSERT_TRUE(check_passes(ck));
	ck->ck_secret = NULL;
	CU_ASSERT_FALSE(check_passes(ck));
	ck->ck_cred = CRED_NONE;
	CU_ASSERT_TRUE(check_passes(ck));
	ck->ck_secret = "x";
	CU_ASSERT_FALSE(check_passes(ck));
	ck->ck_cred = (enum check_cred)(CRED_BAD + 1);
	CU_ASSERT_FALSE(check_passes(ck));
	/* A token may be longer than a password. */
	big = malloc(CHECK_TOKEN + 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(big);
	memset(big, 'a', CHECK_TOKEN + 1);
	big[CHECK_TOKEN] = '\0';
	ck->ck_cred = CRED_BEARER;
	ck->ck_secret = big;
	CU_ASSERT_TRUE(check_passes(ck));
	big[CHECK_TOKEN] = 'a';
	big[CHECK_TOKEN + 1] = '\0';
	CU_ASSERT_FALSE(check_passes(ck));
	ck->ck_cred = CRED_BASIC;
	ck->ck_user = "u";
	big[CHECK_NAME + 1] = '\0';
	CU_ASSERT_FALSE(check_passes(ck));
	big[CHECK_NAME] = '\0';
	CU_ASSERT_TRUE(check_passes(ck));
	free(big);
}

/* What contradicts itself is refused. */
static void
test_check_refused(void)
{
	struct check *ck;

	ck = malloc(sizeof(*ck));
	CU_ASSERT_PTR_NOT_NULL_FATAL(ck);
	fill_check(ck);
	CU_ASSERT_TRUE(check_passes(ck));
	ck->ck_row = ROW_NONE;
	CU_ASSERT_FALSE(check_passes(ck));
	ck->ck_verdict = VERDICT_NOPATH;
	CU_ASSERT_TRUE(check_passes(ck));
	ck->ck_row = 0;
	CU_ASSERT_FALSE(check_passes(ck));
	ck->ck_verdict = (enum check_verdict)(VERDICT_NOPATH + 1);
	CU_ASSERT_FALSE(check_passes(ck));
	fill_check(ck);
	ck->ck_form = FORM_WIRE;
	CU_ASSERT_FALSE(check_passes(ck));
	fill_check(ck);
	ck->ck_flags = 0x80;
	CU_ASSERT_FALSE(check_passes(ck));
	/* What a caller may know is not for http to say. */
	ck->ck_flags = CALL_NAMES_NODE;
	CU_ASSERT_FALSE(check_passes(ck));
	fill_check(ck);
	ck->ck_addr = NULL;
	CU_ASSERT_FALSE(check_passes(ck));
	fill_check(ck);
	try_credentials(ck);
	free(ck);
}

/* --- ADMIT, DENY ------------------------------------------------------- */

static int
get_admit(struct msg *m)
{
	struct admit ad;

	return (admit_get(m, &ad));
}

static void
test_admit(void)
{
	struct admit a = { 9, true, "wazuh", "abcdef", 4711, true }, b;
	struct msgw *mw = writer(MSG_ADMIT);
	struct msg m;

	admit_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(admit_get(&m, &b), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(b.ad_id, 9);
	CU_ASSERT_TRUE(b.ad_own);
	CU_ASSERT_STRING_EQUAL(b.ad_user, "wazuh");
	CU_ASSERT_STRING_EQUAL(b.ad_context, "abcdef");
	CU_ASSERT_EQUAL(b.ad_seq, 4711);
	CU_ASSERT_TRUE(b.ad_names);
	CU_ASSERT_EQUAL(cut(mw, get_admit), 0);
	mw->mw_buf[MSG_HDR + 8] = 2;
	m = message(mw);
	CU_ASSERT_EQUAL(admit_get(&m, &b), -1);
	a.ad_user = a.ad_context = NULL;
	a.ad_names = false;
	msgw_start(mw, MSG_ADMIT);
	admit_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL(admit_get(&m, &b), 0);
	CU_ASSERT_PTR_NULL(b.ad_user);
	CU_ASSERT_PTR_NULL(b.ad_context);
	CU_ASSERT_FALSE(b.ad_names);
	free(mw);
}

static int
get_deny(struct msg *m)
{
	struct deny dn;

	return (deny_get(m, &dn));
}

static void
test_deny(void)
{
	struct deny a = { 9, 401, 0, "Invalid token", NULL, 0 }, b;
	struct msgw *mw = writer(MSG_DENY);
	struct msg m;

	deny_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(deny_get(&m, &b), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(b.dn_id, 9);
	CU_ASSERT_EQUAL(b.dn_status, 401);
	CU_ASSERT_EQUAL(b.dn_code, 0);
	CU_ASSERT_STRING_EQUAL(b.dn_detail, "Invalid token");
	CU_ASSERT_PTR_NULL(b.dn_user);
	CU_ASSERT_EQUAL(b.dn_retry, 0);
	CU_ASSERT_EQUAL(cut(mw, get_deny), 0);
	/* A code brings its text; neither code nor text is no reason. */
	a.dn_detail = NULL;
	msgw_start(mw, MSG_DENY);
	deny_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL(deny_get(&m, &b), -1);
	a.dn_code = 6000;
	a.dn_status = 403;
	a.dn_user = "u";
	a.dn_retry = 301;
	msgw_start(mw, MSG_DENY);
	deny_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL(deny_get(&m, &b), 0);
	CU_ASSERT_EQUAL(b.dn_code, 6000);
	CU_ASSERT_STRING_EQUAL(b.dn_user, "u");
	CU_ASSERT_EQUAL(b.dn_retry, 301);
	a.dn_status = 200;
	msgw_start(mw, MSG_DENY);
	deny_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL(deny_get(&m, &b), -1);
	free(mw);
}

/* --- RESULT ------------------------------------------------------------ */

static int
get_answer(struct msg *m)
{
	struct answer an;

	return (answer_get(m, &an));
}

static void
test_answer(void)
{
	struct answer a = { 5, 404, 1701, RT_PROBLEM,
		(const uint8_t *)"{\"a\": 1}", 8, -1 },
	              b;
	struct msgw *mw = writer(MSG_RESULT);
	struct msg m;

	CU_ASSERT_EQUAL(answer_put(mw, &a), 0);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(answer_get(&m, &b), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(b.an_id, 5);
	CU_ASSERT_EQUAL(b.an_status, 404);
	CU_ASSERT_EQUAL(b.an_code, 1701);
	CU_ASSERT_EQUAL(b.an_type, RT_PROBLEM);
	CU_ASSERT_EQUAL_FATAL(b.an_len, 8);
	CU_ASSERT_EQUAL(memcmp(b.an_body, "{\"a\": 1}", 8), 0);
	CU_ASSERT_EQUAL(b.an_fd, -1);
	CU_ASSERT_EQUAL(cut(mw, get_answer), 0);
	/* No body. */
	a.an_body = NULL;
	a.an_code = 901;
	msgw_start(mw, MSG_RESULT);
	CU_ASSERT_EQUAL(answer_put(mw, &a), 0);
	m = message(mw);
	CU_ASSERT_EQUAL(answer_get(&m, &b), 0);
	CU_ASSERT_PTR_NULL(b.an_body);
	CU_ASSERT_EQUAL(b.an_code, 901);
	CU_ASSERT_EQUAL(cut(mw, get_answer), 0);
	/* Nonsense. */
	a.an_status = 42;
	msgw_start(mw, MSG_RESULT);
	CU_ASSERT_EQUAL(answer_put(mw, &a), 0);
	m = message(mw);
	CU_ASSERT_EQUAL(answer_get(&m, &b), -1);
	a.an_status = 200;
	a.an_type = RT_PROBLEM + 1;
	msgw_start(mw, MSG_RESULT);
	CU_ASSERT_EQUAL(answer_put(mw, &a), 0);
	m = message(mw);
	CU_ASSERT_EQUAL(answer_get(&m, &b), -1);
	free(mw);
}

static void
test_answer_fd(void)
{
	struct answer a = { 5, 200, 0, RT_JSON, NULL, 0, -1 }, b;
	struct msgw *mw = writer(MSG_DONE);
	struct msg m;
	void *p;
	size_t len;

	a.an_fd = memfd_seal("test", "hello", 5);
	CU_ASSERT_NOT_EQUAL_FATAL(a.an_fd, -1);
	CU_ASSERT_EQUAL(answer_put(mw, &a), 0);
	CU_ASSERT_EQUAL(mw->mw_nfds, 1);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(answer_get(&m, &b), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_PTR_NULL(b.an_body);
	CU_ASSERT_EQUAL_FATAL(memfd_map(b.an_fd, 100, &p, &len), 0);
	CU_ASSERT_EQUAL(len, 5);
	CU_ASSERT_EQUAL(memcmp(p, "hello", 5), 0);
	munmap(p, len);
	close(b.an_fd);
	/* Promised, but not there. */
	m = message(mw);
	close(m.m_fds[0]);
	m.m_nfds = 0;
	CU_ASSERT_EQUAL(answer_get(&m, &b), -1);
	CU_ASSERT_EQUAL(cut(mw, get_answer), 0);
	close(a.an_fd);
	/* Too large to go inside. */
	a.an_fd = -1;
	a.an_body = mw->mw_buf;
	a.an_len = MSG_INLINE + 1;
	msgw_start(mw, MSG_DONE);
	CU_ASSERT_EQUAL(answer_put(mw, &a), -1);
	CU_ASSERT_EQUAL(mw->mw_len, 0);
	free(mw);
}

/* A result of n bytes, sent and received; returns how it travelled. */
static int
send_result(size_t n)
{
	struct result rs;
	struct answer b;
	struct msgw *mw = writer(MSG_DONE);
	struct msg m;
	void *p;
	size_t len;
	int fd, r;

	result_init(&rs, false, NULL);
	rs.rs_status = 202;
	p = buf_room(&rs.rs_body, n);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memset(p, 'x', n);
	rs.rs_body.b_len = n;
	CU_ASSERT_EQUAL_FATAL(answer_put_result(mw, 3, &rs, &fd), 0);
	CU_ASSERT_FALSE(mw->mw_failed);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(answer_get(&m, &b), 0);
	CU_ASSERT_EQUAL(b.an_id, 3);
	CU_ASSERT_EQUAL(b.an_status, 202);
	CU_ASSERT_EQUAL(b.an_code, 0);
	CU_ASSERT_EQUAL(fd != -1, b.an_fd != -1);
	r = b.an_fd != -1 ? 2 : b.an_body != NULL;
	if (r == 2) {
		CU_ASSERT_EQUAL_FATAL(memfd_map(b.an_fd, n, &p, &len), 0);
		CU_ASSERT_EQUAL(len, n);
		munmap(p, len);
		close(b.an_fd);
		close(fd);
	} else {
		CU_ASSERT_EQUAL(b.an_len, n);
	}
	result_free(&rs);
	free(mw);
	return (r);
}

static void
test_answer_result(void)
{
	struct result rs;
	struct answer b;
	struct msgw *mw;
	struct msg m;
	int fd;

	CU_ASSERT_EQUAL(send_result(0), 0);
	CU_ASSERT_EQUAL(send_result(1), 1);
	CU_ASSERT_EQUAL(send_result(MSG_INLINE), 1);
	CU_ASSERT_EQUAL(send_result(MSG_INLINE + 1), 2);
	CU_ASSERT_EQUAL(send_result(300000), 2);
	/* A body that did not come about. */
	mw = writer(MSG_DONE);
	result_init(&rs, false, NULL);
	buf_addz(&rs.rs_body, "half");
	rs.rs_body.b_failed = true;
	CU_ASSERT_EQUAL(answer_put_result(mw, 3, &rs, &fd), 0);
	CU_ASSERT_EQUAL(fd, -1);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(answer_get(&m, &b), 0);
	CU_ASSERT_EQUAL(b.an_status, 500);
	CU_ASSERT_EQUAL(b.an_code, 1000);
	CU_ASSERT_PTR_NULL(b.an_body);
	result_free(&rs);
	free(mw);
}

/* --- LOG, ACCESS ------------------------------------------------------- */

static int
get_logline(struct msg *m)
{
	struct logline ll;

	return (logline_get(m, &ll));
}

static void
test_logline(void)
{
	struct logline a = { 1700000000123456789, LOGL_WARN, 0xff, "a\nb" }, b;
	struct msgw *mw = writer(MSG_LOG);
	struct msg m;

	logline_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(logline_get(&m, &b), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(b.ll_time, 1700000000123456789);
	CU_ASSERT_EQUAL(b.ll_level, LOGL_WARN);
	CU_ASSERT_EQUAL(b.ll_request, 0xff);
	CU_ASSERT_STRING_EQUAL(b.ll_text, "a\nb");
	CU_ASSERT_EQUAL(cut(mw, get_logline), 0);
	a.ll_level = LOGL_DISABLED;
	msgw_start(mw, MSG_LOG);
	logline_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL(logline_get(&m, &b), -1);
	a.ll_level = LOGL_DEBUG2 + 1;
	msgw_start(mw, MSG_LOG);
	logline_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL(logline_get(&m, &b), -1);
	a.ll_level = LOGL_INFO;
	a.ll_text = NULL;
	msgw_start(mw, MSG_LOG);
	logline_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL(logline_get(&m, &b), -1);
	free(mw);
}

static int
get_access(struct msg *m)
{
	struct access ac;

	return (access_get(m, &ac));
}

static void
test_access(void)
{
	struct access a = { 1, 2, "u", "c", "::1", "GET", "/agents",
		"{\"limit\": \"1\"}", "{}", 9000000, 200, true },
	              b;
	struct msgw *mw = writer(MSG_ACCESS);
	struct msg m;

	access_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL_FATAL(access_get(&m, &b), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(b.ac_time, 1);
	CU_ASSERT_EQUAL(b.ac_id, 2);
	CU_ASSERT_STRING_EQUAL(b.ac_user, "u");
	CU_ASSERT_STRING_EQUAL(b.ac_context, "c");
	CU_ASSERT_STRING_EQUAL(b.ac_addr, "::1");
	CU_ASSERT_STRING_EQUAL(b.ac_method, "GET");
	CU_ASSERT_STRING_EQUAL(b.ac_path, "/agents");
	CU_ASSERT_STRING_EQUAL(b.ac_params, "{\"limit\": \"1\"}");
	CU_ASSERT_STRING_EQUAL(b.ac_body, "{}");
	CU_ASSERT_EQUAL(b.ac_took, 9000000);
	CU_ASSERT_EQUAL(b.ac_status, 200);
	CU_ASSERT_TRUE(b.ac_login);
	CU_ASSERT_EQUAL(cut(mw, get_access), 0);
	a.ac_user = a.ac_context = a.ac_params = a.ac_body = NULL;
	a.ac_login = false;
	msgw_start(mw, MSG_ACCESS);
	access_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL(access_get(&m, &b), 0);
	CU_ASSERT_PTR_NULL(b.ac_user);
	CU_ASSERT_PTR_NULL(b.ac_body);
	CU_ASSERT_FALSE(b.ac_login);
	a.ac_status = 7;
	msgw_start(mw, MSG_ACCESS);
	access_put(mw, &a);
	m = message(mw);
	CU_ASSERT_EQUAL(access_get(&m, &b), -1);
	free(mw);
}

static const struct unit_case cases[] = {
	{ "check", test_check },
	{ "check refused", test_check_refused },
	{ "admit", test_admit },
	{ "deny", test_deny },
	{ "answer", test_answer },
	{ "answer in a memfd", test_answer_fd },
	{ "answer from a result", test_answer_result },
	{ "logline", test_logline },
	{ "access", test_access },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("check", cases));
}
