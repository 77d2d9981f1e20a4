/* SPDX-License-Identifier: ISC */
/* The message table and the typed codec. */
#include <sys/types.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/msg.h"
#include "tests/unit/unit.h"

static struct msgw mw;

/* Frame as peer_send() makes it; returns its length. */
static size_t
frame(uint8_t *out, uint16_t type, uint32_t seq, const void *body, size_t len)
{
	memset(out, 0, MSG_HDR);
	memcpy(out, &type, sizeof(type));
	memcpy(out + 4, &seq, sizeof(seq));
	if (len != 0)
		memcpy(out + MSG_HDR, body, len);
	return (MSG_HDR + len);
}

static void
fill(void)
{
	msgw_start(&mw, MSG_LOG);
	msg_put_u8(&mw, 200);
	msg_put_u16(&mw, 60000);
	msg_put_u32(&mw, 4000000000U);
	msg_put_u64(&mw, UINT64_MAX - 1);
	msg_put_i64(&mw, INT64_MIN);
	msg_put_str(&mw, "text");
	msg_put_str(&mw, "");
	msg_put_str(&mw, NULL);
	msg_put_blob(&mw, "a\0b", 3);
	msg_put_rest(&mw, "tail", 4);
}

static int
take(struct msg *m)
{
	const uint8_t *p;
	const char *s;
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;
	int64_t i64;
	size_t len;

	if (msg_get_u8(m, &u8) == -1 || u8 != 200 ||
	    msg_get_u16(m, &u16) == -1 || u16 != 60000 ||
	    msg_get_u32(m, &u32) == -1 || u32 != 4000000000U ||
	    msg_get_u64(m, &u64) == -1 || u64 != UINT64_MAX - 1 ||
	    msg_get_i64(m, &i64) == -1 || i64 != INT64_MIN)
		return (-1);
	if (msg_get_strn(m, &s, 4) == -1 || strcmp(s, "text") != 0)
		return (-1);
	if (msg_get_str(m, &s, 4) == -1 || s == NULL || *s != '\0')
		return (-1);
	if (msg_get_str(m, &s, 4) == -1 || s != NULL)
		return (-1);
	if (msg_get_blob(m, &p, &len, 3) == -1 || len != 3 ||
	    memcmp(p, "a\0b", 3) != 0)
		return (-1);
	msg_get_rest(m, &p, &len);
	if (len != 4 || memcmp(p, "tail", 4) != 0)
		return (-1);
	return (msg_end(m));
}

static void
test_round_trip(void)
{
	struct msg m = { 0 };

	fill();
	CU_ASSERT_FALSE(mw.mw_failed);
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(take(&m), 0);
}

/* However short the body is cut, reading it fails and stays inside. */
static void
test_truncated(void)
{
	struct msg m;
	uint8_t copy[256];
	size_t n;

	fill();
	for (n = 0; n < mw.mw_len; n++) {
		memset(&m, 0, sizeof(m));
		memcpy(copy, mw.mw_buf + MSG_HDR, n);
		m.m_data = copy;
		m.m_len = n;
		CU_ASSERT_EQUAL(take(&m), -1);
	}
}

static void
test_strings(void)
{
	static const uint8_t inside[] = { 4, 0, 0, 0, 'a', 0, 'b', 0 };
	static const uint8_t unended[] = { 2, 0, 0, 0, 'a', 'b' };
	static const uint8_t empty[] = { 0, 0, 0, 0 };
	struct msg m = { 0 };
	const char *s;

	m.m_data = inside;
	m.m_len = sizeof(inside);
	CU_ASSERT_EQUAL(msg_get_str(&m, &s, 100), -1);
	memset(&m, 0, sizeof(m));
	m.m_data = unended;
	m.m_len = sizeof(unended);
	CU_ASSERT_EQUAL(msg_get_str(&m, &s, 100), -1);
	memset(&m, 0, sizeof(m));
	m.m_data = empty;
	m.m_len = sizeof(empty);
	CU_ASSERT_EQUAL(msg_get_str(&m, &s, 100), -1);
	/* Longer than the reader wants. */
	msgw_start(&mw, MSG_LOG);
	msg_put_str(&mw, "12345");
	memset(&m, 0, sizeof(m));
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(msg_get_str(&m, &s, 4), -1);
	/* NULL where a text must be. */
	msgw_start(&mw, MSG_LOG);
	msg_put_str(&mw, NULL);
	memset(&m, 0, sizeof(m));
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(msg_get_strn(&m, &s, 4), -1);
}

static void
test_overflow(void)
{
	static uint8_t big[MSG_64K];

	msgw_start(&mw, MSG_LOG);
	msg_put_rest(&mw, big, sizeof(big) - MSG_HDR);
	CU_ASSERT_FALSE(mw.mw_failed);
	CU_ASSERT_EQUAL(msgw_space(&mw), 0);
	msg_put_u8(&mw, 1);
	CU_ASSERT_TRUE(mw.mw_failed);
	msgw_start(&mw, MSG_LOG);
	msg_put_blob(&mw, big, sizeof(big));
	CU_ASSERT_TRUE(mw.mw_failed);
}

static void
test_leftover(void)
{
	struct msg m = { 0 };
	uint8_t v;

	msgw_start(&mw, MSG_LOG);
	msg_put_u8(&mw, 1);
	msg_put_u8(&mw, 2);
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(msg_get_u8(&m, &v), 0);
	CU_ASSERT_EQUAL(msg_end(&m), -1);
	CU_ASSERT_EQUAL(msg_get_u8(&m, &v), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	m.m_nfds = 1;
	m.m_fds[0] = 77;
	CU_ASSERT_EQUAL(msg_end(&m), -1);
	CU_ASSERT_EQUAL(msg_get_fd(&m), 77);
	CU_ASSERT_EQUAL(msg_get_fd(&m), -1);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
}

/*
 * Every pair of roles, every type: accepted exactly when the row allows it,
 * and only between its sizes.
 */
static void
test_table(void)
{
	static uint8_t f[MSG_64K + 16];
	const struct msgrow *r;
	const char *why;
	struct msg m;
	int t, from, to, good;

	for (t = 1; t < MSG__MAX; t++) {
		r = &msgrows[t];
		CU_ASSERT_PTR_NOT_NULL_FATAL(r->mr_name);
		CU_ASSERT_TRUE(r->mr_min <= r->mr_max);
		CU_ASSERT_TRUE(r->mr_max <= MSG_64K - MSG_HDR);
		CU_ASSERT_TRUE(r->mr_fds <= MSG_MAXFD);
		for (from = 0; from < ROLE__MAX; from++)
			for (to = 0; to < ROLE__MAX; to++) {
				good = (r->mr_from & ROLE_BIT(from)) &&
				    (r->mr_to & ROLE_BIT(to));
				frame(f, (uint16_t)t, 1, NULL, 0);
				CU_ASSERT_EQUAL(
				    msg_parse(&m, f, MSG_HDR + r->mr_min, 0,
				        (enum role)from, (enum role)to,
				        &why) == 0,
				    good);
				if (good)
					CU_ASSERT_TRUE(from == to ||
					    msg_linked((enum role)from,
					        (enum role)to));
			}
	}
}

static void
test_bounds(void)
{
	static uint8_t f[MSG_64K + 16];
	const char *why = NULL;
	struct msg m;

	frame(f, MSG_DIAL, 7, NULL, 0);
	CU_ASSERT_EQUAL(
	    msg_parse(&m, f, MSG_HDR + 10, 0, ROLE_READ, ROLE_PARENT, &why), 0);
	CU_ASSERT_EQUAL(m.m_seq, 7);
	CU_ASSERT_EQUAL(m.m_len, 10);
	CU_ASSERT_EQUAL(
	    msg_parse(&m, f, MSG_HDR + 9, 0, ROLE_READ, ROLE_PARENT, &why), -1);
	CU_ASSERT_EQUAL(
	    msg_parse(&m, f, MSG_HDR + 11, 0, ROLE_READ, ROLE_PARENT, &why),
	    -1);
	CU_ASSERT_EQUAL(
	    msg_parse(&m, f, MSG_HDR + 10, 1, ROLE_READ, ROLE_PARENT, &why),
	    -1);
	CU_ASSERT_EQUAL(
	    msg_parse(&m, f, MSG_HDR - 1, 0, ROLE_READ, ROLE_PARENT, &why), -1);
	frame(f, MSG__MAX, 1, NULL, 0);
	CU_ASSERT_EQUAL(
	    msg_parse(&m, f, MSG_HDR, 0, ROLE_READ, ROLE_PARENT, &why), -1);
	frame(f, MSG_NONE, 1, NULL, 0);
	CU_ASSERT_EQUAL(
	    msg_parse(&m, f, MSG_HDR, 0, ROLE_READ, ROLE_PARENT, &why), -1);
	frame(f, MSG_DIAL, 1, NULL, 0);
	f[2] = 1;
	CU_ASSERT_EQUAL(
	    msg_parse(&m, f, MSG_HDR + 10, 0, ROLE_READ, ROLE_PARENT, &why),
	    -1);
}

/* Rule 1 of the design, as the table gives it. */
static void
test_one_way_in(void)
{
	int t;

	for (t = 1; t < MSG__MAX; t++) {
		/* http speaks to authz, logd and the parent, nobody else. */
		if (msgrows[t].mr_from & ROLE_BIT(ROLE_HTTP))
			CU_ASSERT_EQUAL(msgrows[t].mr_to &
			        ~(ROLE_BIT(ROLE_AUTHZ) | ROLE_BIT(ROLE_LOGD) |
			            ROLE_BIT(ROLE_PARENT)),
			    0);
		/* Executors run what the router sends, and only that. */
		if (msgrows[t].mr_to & ROLE_EXECUTORS)
			CU_ASSERT_EQUAL(msgrows[t].mr_from &
			        ~(ROLE_BIT(ROLE_ROUTER) |
			            ROLE_BIT(ROLE_PARENT)),
			    0);
	}
	CU_ASSERT_FALSE(msg_linked(ROLE_HTTP, ROLE_READ));
	CU_ASSERT_FALSE(msg_linked(ROLE_HTTP, ROLE_HASH));
	CU_ASSERT_FALSE(msg_linked(ROLE_CLUSTER, ROLE_WRITE));
	CU_ASSERT_TRUE(msg_linked(ROLE_HTTP, ROLE_ROUTER));
}

/* Trust decides who may have whom killed, so no linked pair may be equal. */
static void
test_trust(void)
{
	int a, b;

	for (a = 0; a < ROLE__MAX; a++)
		for (b = a + 1; b < ROLE__MAX; b++)
			if (msg_linked((enum role)a, (enum role)b))
				CU_ASSERT_NOT_EQUAL(
				    roles[a].rr_trust, roles[b].rr_trust);
	CU_ASSERT_EQUAL(roles_find("router"), ROLE_ROUTER);
	CU_ASSERT_EQUAL(roles_find("nobody"), -1);
}

static const struct unit_case cases[] = {
	{ "round trip", test_round_trip },
	{ "truncated bodies", test_truncated },
	{ "strings", test_strings },
	{ "overflow", test_overflow },
	{ "leftovers", test_leftover },
	{ "every type between every pair", test_table },
	{ "sizes and headers", test_bounds },
	{ "one way in", test_one_way_in },
	{ "trust", test_trust },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("msg", cases));
}
