/* SPDX-License-Identifier: ISC */
/* Links: order, numbers, descriptors, queues, and what the page says. */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/peer.h"
#include "common/proc.h"
#include "tests/unit/unit.h"

struct side {
	struct peer peer;
	struct page_link page;
	unsigned int frames, bad, eof;
	uint64_t last;
	int lastfd;
};

static struct event_base *base;
static struct side a, b;
static struct msgw mw;

static int
on_frame(struct peer *p, struct msg *m)
{
	struct side *s = p->p_arg;
	uint64_t v;

	if (msg_get_u64(m, &v) == -1)
		return (-1);
	if (v == 666)
		return (-1);
	/* In order, none lost, none twice. */
	CU_ASSERT_EQUAL(v, s->last + 1);
	s->last = v;
	s->frames++;
	s->lastfd = msg_get_fd(m);
	return (0);
}

static void
on_bad(struct peer *p, const char *why)
{
	((struct side *)p->p_arg)->bad++;
}

static void
on_eof(struct peer *p)
{
	((struct side *)p->p_arg)->eof++;
}

static const struct peer_ops ops = { on_frame, on_bad, on_eof };

/* a is authz, b the router: CALL goes that way, nothing comes back. */
static void
open_pair(void)
{
	int fd[2];

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	base = event_base_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(base);
	CU_ASSERT_EQUAL_FATAL(
	    socketpair(
	        AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd),
	    0);
	CU_ASSERT_EQUAL_FATAL(peer_init(&a.peer, base, fd[0], ROLE_AUTHZ,
	                          ROLE_ROUTER, 0, &a.page, &ops, &a),
	    0);
	CU_ASSERT_EQUAL_FATAL(peer_init(&b.peer, base, fd[1], ROLE_ROUTER,
	                          ROLE_AUTHZ, 0, &b.page, &ops, &b),
	    0);
	peer_read(&b.peer, true);
}

static void
close_pair(void)
{
	peer_fini(&a.peer, false);
	peer_fini(&b.peer, false);
	event_base_free(base);
}

static int
send_call(uint64_t n, size_t extra, int fd, uint32_t *seq)
{
	static uint8_t zero[60000];

	msgw_start(&mw, MSG_CALL);
	msg_put_u64(&mw, n);
	msg_put_rest(&mw, zero, extra);
	if (fd != -1)
		msg_put_fd(&mw, fd);
	return (peer_send(&a.peer, &mw, seq));
}

static void
test_order(void)
{
	uint32_t seq = 0;
	uint64_t i;

	open_pair();
	for (i = 1; i <= 5; i++)
		CU_ASSERT_EQUAL(send_call(i, 32, -1, &seq), 0);
	CU_ASSERT_EQUAL(seq, 5);
	CU_ASSERT_EQUAL(a.page.pl_sent, 5);
	CU_ASSERT_EQUAL(peer_pump(&b.peer), 5);
	CU_ASSERT_EQUAL(b.frames, 5);
	CU_ASSERT_EQUAL(b.page.pl_taken, 5);
	CU_ASSERT_EQUAL(b.page.pl_claim, 0);
	close_pair();
}

/* What does not fit the socket waits here, and goes out in order later. */
static void
test_queue(void)
{
	uint64_t i, n;

	open_pair();
	for (n = 0; n < 200; n++)
		if (send_call(n + 1, 50000, -1, NULL) == -1)
			break;
	CU_ASSERT_EQUAL(n < 200, 1);
	CU_ASSERT_EQUAL(errno, ENOBUFS);
	CU_ASSERT_TRUE(peer_queued(&a.peer) > PEER_QUEUE - 2 * 50100);
	for (i = 0; i < 1000 && b.frames < n; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	CU_ASSERT_EQUAL(b.frames, n);
	CU_ASSERT_EQUAL(peer_queued(&a.peer), 0);
	/* The refused frame has no number. */
	CU_ASSERT_EQUAL(a.page.pl_sent, n);
	CU_ASSERT_EQUAL(b.page.pl_taken, n);
	close_pair();
}

static void
test_fds(void)
{
	int fd;

	open_pair();
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(send_call(1, 32, fd, NULL), 0);
	peer_pump(&b.peer);
	CU_ASSERT_EQUAL(b.frames, 1);
	CU_ASSERT_TRUE_FATAL(b.lastfd >= 0);
	CU_ASSERT_NOT_EQUAL(b.lastfd, fd);
	CU_ASSERT_EQUAL(fcntl(b.lastfd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(b.lastfd);
	/* More than the table allows: refused, and none is left open. */
	msgw_start(&mw, MSG_CALL);
	msg_put_u64(&mw, 2);
	msg_put_rest(&mw, "0123456789012345", 16);
	msg_put_fd(&mw, fd);
	msg_put_fd(&mw, fd);
	CU_ASSERT_EQUAL(peer_send(&a.peer, &mw, NULL), 0);
	peer_pump(&b.peer);
	CU_ASSERT_EQUAL(b.bad, 1);
	CU_ASSERT_EQUAL(b.frames, 1);
	CU_ASSERT_EQUAL(fcntl(b.lastfd, F_GETFD), -1);
	close(fd);
	close_pair();
}

static void
test_bad(void)
{
	open_pair();
	/* Nonsense to the handler. */
	CU_ASSERT_EQUAL(send_call(666, 32, -1, NULL), 0);
	peer_pump(&b.peer);
	CU_ASSERT_EQUAL(b.bad, 1);
	/* Bytes that are no frame at all, and one that this side may not send. */
	CU_ASSERT_EQUAL(send(a.peer.p_fd, "abc", 3, 0), 3);
	peer_pump(&b.peer);
	CU_ASSERT_EQUAL(b.bad, 2);
	msgw_start(&mw, MSG_RESULT);
	msg_put_rest(&mw, "0123456789012345", 16);
	CU_ASSERT_EQUAL(peer_send(&a.peer, &mw, NULL), 0);
	peer_pump(&b.peer);
	CU_ASSERT_EQUAL(b.bad, 3);
	CU_ASSERT_EQUAL(b.frames, 0);
	close_pair();
}

/* A message larger than its row never leaves. */
static void
test_too_big(void)
{
	static const uint8_t body[MSG_1K + 1];

	open_pair();
	msgw_start(&mw, MSG_ADMIT);
	msg_put_rest(&mw, body, sizeof(body));
	CU_ASSERT_EQUAL(peer_send(&a.peer, &mw, NULL), -1);
	CU_ASSERT_EQUAL(a.page.pl_sent, 0);
	close_pair();
}

static void
test_eof(void)
{
	open_pair();
	CU_ASSERT_EQUAL(send_call(1, 32, -1, NULL), 0);
	peer_fini(&a.peer, false);
	event_base_loop(base, EVLOOP_NONBLOCK);
	CU_ASSERT_EQUAL(b.frames, 1);
	CU_ASSERT_EQUAL(b.eof, 1);
	peer_fini(&b.peer, false);
	event_base_free(base);
}

/* A successor goes on with the numbers that the page has. */
static void
test_successor(void)
{
	int fd;

	open_pair();
	CU_ASSERT_EQUAL(send_call(1, 32, -1, NULL), 0);
	CU_ASSERT_EQUAL(send_call(2, 32, -1, NULL), 0);
	fd = dup(a.peer.p_fd);
	peer_fini(&a.peer, false);
	CU_ASSERT_EQUAL_FATAL(peer_init(&a.peer, base, fd, ROLE_AUTHZ,
	                          ROLE_ROUTER, 0, &a.page, &ops, &a),
	    0);
	CU_ASSERT_EQUAL(send_call(3, 32, -1, NULL), 0);
	CU_ASSERT_EQUAL(peer_pump(&b.peer), 3);
	CU_ASSERT_EQUAL(b.page.pl_taken, 3);
	close_pair();
}

/* Both sides number a child's links alike. */
static void
test_slots(void)
{
	unsigned int count[ROLE__MAX];
	struct proc_slot s[PAGE_LINKS];
	size_t i, n;

	for (i = 0; i < ROLE__MAX; i++)
		count[i] = 2;
	n = proc_peers(ROLE_HTTP, count, s);
	/* logd, authz, router: two each. */
	CU_ASSERT_EQUAL(n, 6);
	for (i = 0; i < n; i++) {
		CU_ASSERT_NOT_EQUAL(s[i].ps_role, ROLE_PARENT);
		CU_ASSERT_TRUE(msg_linked(ROLE_HTTP, s[i].ps_role));
		CU_ASSERT_EQUAL(s[i].ps_inst, i % 2);
	}
}

static const struct unit_case cases[] = {
	{ "order and numbers", test_order },
	{ "queue", test_queue },
	{ "descriptors", test_fds },
	{ "nonsense", test_bad },
	{ "too big", test_too_big },
	{ "end of a link", test_eof },
	{ "successor", test_successor },
	{ "slots", test_slots },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("peer", cases));
}
