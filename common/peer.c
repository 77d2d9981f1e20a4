/* SPDX-License-Identifier: ISC */
/*
 * One end of a link. A frame goes out at once when the socket takes it, else
 * it waits in a bounded queue. Numbers and the page make it possible to say,
 * when the other process dies, which frames it had taken: see page.h.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/peer.h"
#include "common/proc.h"

/* How long to wait when the kernel, not the peer, is short of something. */
#define PEER_RETRY_US 20000
/* Frames taken from a link by one system call. */
#define PEER_BATCH 4

struct peer_frame {
	TAILQ_ENTRY(peer_frame) pf_entry;
	size_t pf_len;
	int pf_nfds;
	int pf_fds[MSG_MAXFD];
	uint8_t pf_data[];
};

union peer_cmsg {
	struct cmsghdr hdr;
	char buf[CMSG_SPACE(sizeof(int) * MSG_MAXFD)];
};

static void peer_on_read(evutil_socket_t, short, void *);
static void peer_on_write(evutil_socket_t, short, void *);

int
peer_init(struct peer *p, struct event_base *base, int fd, enum role self,
    enum role role, unsigned int inst, struct page_link *page,
    const struct peer_ops *ops, void *arg)
{
	memset(p, 0, sizeof(*p));
	TAILQ_INIT(&p->p_out);
	p->p_self = self;
	p->p_role = role;
	p->p_inst = inst;
	p->p_fd = fd;
	p->p_page = page;
	p->p_ops = ops;
	p->p_arg = arg;
	p->p_reads = msg_sends(role, self);
	if (page != NULL)
		p->p_seq = page->pl_sent;
	snprintf(
	    p->p_name, sizeof(p->p_name), "%s[%u]", roles[role].rr_name, inst);
	p->p_evr = event_new(base, fd, EV_READ | EV_PERSIST, peer_on_read, p);
	p->p_evw = event_new(base, fd, EV_WRITE, peer_on_write, p);
	if (p->p_evr == NULL || p->p_evw == NULL) {
		peer_fini(p, true);
		return (-1);
	}
	return (0);
}

static void
peer_frame_free(struct peer_frame *f)
{
	int i;

	for (i = 0; i < f->pf_nfds; i++)
		close(f->pf_fds[i]);
	explicit_bzero(f->pf_data, f->pf_len);
	free(f);
}

static void
peer_frame_drop(struct peer *p, struct peer_frame *f)
{
	TAILQ_REMOVE(&p->p_out, f, pf_entry);
	p->p_queued -= f->pf_len;
	peer_frame_free(f);
}

void
peer_fini(struct peer *p, bool keepfd)
{
	while (!TAILQ_EMPTY(&p->p_out))
		peer_frame_drop(p, TAILQ_FIRST(&p->p_out));
	if (p->p_evr != NULL)
		event_free(p->p_evr);
	if (p->p_evw != NULL)
		event_free(p->p_evw);
	p->p_evr = p->p_evw = NULL;
	if (!keepfd && p->p_fd != -1)
		close(p->p_fd);
	p->p_fd = -1;
}

enum role
peer_role(const struct peer *p)
{
	return (p->p_role);
}

unsigned int
peer_inst(const struct peer *p)
{
	return (p->p_inst);
}

const char *
peer_name(const struct peer *p)
{
	return (p->p_name);
}

size_t
peer_queued(const struct peer *p)
{
	return (p->p_queued);
}

void
peer_read(struct peer *p, bool on)
{
	if (!p->p_reads)
		return;
	if (on)
		event_add(p->p_evr, NULL);
	else
		event_del(p->p_evr);
}

/* 0: sent, 1: later, -1: the link is gone. */
static int
peer_sendmsg(
    struct peer *p, uint8_t *data, size_t len, const int *fds, int nfds)
{
	union peer_cmsg cm;
	struct cmsghdr *c;
	struct msghdr mh;
	struct iovec iov;

	iov.iov_base = data;
	iov.iov_len = len;
	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	if (nfds > 0) {
		memset(&cm, 0, sizeof(cm));
		mh.msg_control = cm.buf;
		mh.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nfds);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)nfds);
	}
	for (;;) {
		if (sendmsg(p->p_fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
			return (0);
		if (errno == EINTR)
			continue;
		break;
	}
	p->p_retry = errno != EAGAIN;
	/*
	 * ETOOMANYREFS: descriptors of this user in flight; ENOBUFS, ENOMEM:
	 * the kernel. The socket is writable then, so that waiting for it
	 * would spin.
	 */
	if (errno == EAGAIN || errno == ETOOMANYREFS || errno == ENOBUFS ||
	    errno == ENOMEM)
		return (1);
	return (-1);
}

static int
peer_enqueue(
    struct peer *p, const uint8_t *data, size_t len, const int *fds, int nfds)
{
	struct peer_frame *f;
	int i;

	if (p->p_queued + len > PEER_QUEUE) {
		errno = ENOBUFS;
		return (-1);
	}
	f = calloc(1, sizeof(*f) + len);
	if (f == NULL)
		return (-1);
	f->pf_len = len;
	memcpy(f->pf_data, data, len);
	for (i = 0; i < nfds; i++) {
		f->pf_fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		if (f->pf_fds[i] == -1) {
			peer_frame_free(f);
			return (-1);
		}
		f->pf_nfds++;
	}
	TAILQ_INSERT_TAIL(&p->p_out, f, pf_entry);
	p->p_queued += len;
	return (0);
}

static void
peer_wait(struct peer *p)
{
	struct timeval tv = { 0, PEER_RETRY_US };

	if (p->p_retry)
		event_add(p->p_evw, &tv);
	else
		event_add(p->p_evw, NULL);
}

int
peer_send(struct peer *p, struct msgw *mw, uint32_t *seq_r)
{
	uint16_t zero = 0;
	uint32_t seq = p->p_seq + 1;
	size_t len = MSG_HDR + mw->mw_len;
	int r = 1;

	if (mw->mw_failed || mw->mw_len > msgrows[mw->mw_type].mr_max ||
	    p->p_fd == -1) {
		errno = EMSGSIZE;
		return (-1);
	}
	memcpy(mw->mw_buf, &mw->mw_type, sizeof(mw->mw_type));
	memcpy(mw->mw_buf + 2, &zero, sizeof(zero));
	memcpy(mw->mw_buf + 4, &seq, sizeof(seq));
	if (TAILQ_EMPTY(&p->p_out))
		r = peer_sendmsg(p, mw->mw_buf, len, mw->mw_fds, mw->mw_nfds);
	if (r == -1)
		return (-1);
	if (r == 1) {
		if (peer_enqueue(p, mw->mw_buf, len, mw->mw_fds, mw->mw_nfds) ==
		    -1)
			return (-1);
		peer_wait(p);
	}
	p->p_seq = seq;
	if (p->p_page != NULL)
		__atomic_store_n(&p->p_page->pl_sent, seq, __ATOMIC_RELAXED);
	if (seq_r != NULL)
		*seq_r = seq;
	return (0);
}

/* Send what is queued as far as it goes; false when some must wait. */
static bool
peer_drain(struct peer *p)
{
	struct peer_frame *f;
	int r;

	while ((f = TAILQ_FIRST(&p->p_out)) != NULL) {
		r = peer_sendmsg(
		    p, f->pf_data, f->pf_len, f->pf_fds, f->pf_nfds);
		if (r == 1)
			return (false);
		/* -1: nobody will ever read it. */
		peer_frame_drop(p, f);
	}
	return (true);
}

static void
peer_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;

	if (!peer_drain(p))
		peer_wait(p);
}

size_t
peer_flush(struct peer *p, int ms)
{
	struct pollfd pfd;
	uint64_t end = proc_now() + (uint64_t)ms * 1000000;
	uint64_t now;

	while (!peer_drain(p)) {
		now = proc_now();
		if (now >= end)
			break;
		pfd.fd = p->p_fd;
		pfd.events = POLLOUT;
		if (p->p_retry)
			poll(NULL, 0, 10);
		else
			poll(&pfd, 1, (int)((end - now) / 1000000) + 1);
	}
	return (p->p_queued);
}

static int
peer_fds(struct msghdr *mh, int fds[MSG_MAXFD])
{
	struct cmsghdr *c;
	size_t n = 0, m;

	for (c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		m = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (m > MSG_MAXFD - n)
			m = MSG_MAXFD - n;
		memcpy(fds + n, CMSG_DATA(c), m * sizeof(int));
		n += m;
	}
	return ((int)n);
}

/* The last frame of a batch says how far the link was taken. */
static void
peer_taken(struct peer *p, const uint8_t *data, size_t len)
{
	uint32_t seq;

	if (len < MSG_HDR)
		return;
	memcpy(&seq, data + 4, sizeof(seq));
	__atomic_store_n(&p->p_page->pl_taken, seq, __ATOMIC_RELEASE);
}

static void
peer_claim(struct peer *p, uint32_t claim)
{
	if (p->p_page != NULL)
		__atomic_store_n(&p->p_page->pl_claim, claim, __ATOMIC_RELEASE);
}

/* Handle one received frame; the descriptors are closed if nobody took them. */
static void
peer_frame(
    struct peer *p, uint8_t *data, size_t len, int *fds, int nfds, bool cut)
{
	const char *why = "message that makes no sense";
	struct msg m;
	int i;

	if (cut ||
	    msg_parse(&m, data, len, nfds, p->p_role, p->p_self, &why) == -1) {
		for (i = 0; i < nfds; i++)
			close(fds[i]);
		p->p_ops->po_bad(p, cut ? "frame that was cut" : why);
		return;
	}
	m.m_nfds = nfds;
	memcpy(m.m_fds, fds, sizeof(int) * (size_t)nfds);
	i = p->p_ops->po_frame(p, &m);
	while (nfds-- > 0)
		if (m.m_fds[nfds] != -1)
			close(m.m_fds[nfds]);
	if (i == -1) {
		log_debug("%s: %s makes no sense", p->p_name,
		    msgrows[m.m_type].mr_name);
		p->p_ops->po_bad(p, why);
	}
}

/* What one call may take from a link. */
struct peer_batch {
	struct mmsghdr pb_msg[PEER_BATCH];
	struct iovec pb_iov[PEER_BATCH];
	union peer_cmsg pb_cmsg[PEER_BATCH];
	/* One byte more than any frame: longer ones show. */
	uint8_t pb_data[PEER_BATCH][MSG_64K + 1];
};

/*
 * Several frames in one call: the call that finds the link empty, one for
 * each message otherwise, is a tenth of what a request costs.
 */
static int
peer_receive(struct peer *p, struct peer_batch *b)
{
	struct msghdr *mh;
	int i, n;

	for (i = 0; i < PEER_BATCH; i++) {
		b->pb_iov[i].iov_base = b->pb_data[i];
		b->pb_iov[i].iov_len = sizeof(b->pb_data[i]);
		mh = &b->pb_msg[i].msg_hdr;
		memset(mh, 0, sizeof(*mh));
		mh->msg_iov = &b->pb_iov[i];
		mh->msg_iovlen = 1;
		mh->msg_control = b->pb_cmsg[i].buf;
		mh->msg_controllen = sizeof(b->pb_cmsg[i].buf);
	}
	peer_claim(p, PEER_BATCH);
	do {
		n = recvmmsg(p->p_fd, b->pb_msg, PEER_BATCH,
		    MSG_DONTWAIT | MSG_CMSG_CLOEXEC, NULL);
	} while (n == -1 && errno == EINTR);
	if (n > 0 && p->p_page != NULL)
		peer_taken(p, b->pb_data[n - 1], b->pb_msg[n - 1].msg_len);
	peer_claim(p, 0);
	return (n);
}

int
peer_pump(struct peer *p)
{
	struct peer_batch b;
	struct msghdr *mh;
	int fds[MSG_MAXFD], done = 0, i, n, nfds;

	do {
		n = peer_receive(p, &b);
		if (n == -1)
			return (errno == EAGAIN ? done : -1);
		for (i = 0; i < n; i++) {
			mh = &b.pb_msg[i].msg_hdr;
			nfds = peer_fds(mh, fds);
			/* The end of a link reads as an empty frame. */
			if (b.pb_msg[i].msg_len == 0)
				return (-1);
			peer_frame(p, b.pb_data[i], b.pb_msg[i].msg_len, fds,
			    nfds,
			    (mh->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0);
			/* What passed through may have been a password. */
			explicit_bzero(b.pb_data[i], b.pb_msg[i].msg_len);
			done++;
		}
	} while (n == PEER_BATCH && done < PEER_BURST && p->p_fd != -1);
	return (done);
}

static void
peer_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;

	if (peer_pump(p) == -1) {
		peer_read(p, false);
		p->p_ops->po_eof(p);
	}
}
