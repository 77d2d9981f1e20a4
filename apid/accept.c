/* SPDX-License-Identifier: ISC */
/* Accepting: see accept.h. */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/accept.h"
#include "apid/conn.h"
#include "apid/worker.h"
#include "common/conf.h"
#include "common/log.h"

#define ACCEPT_PAUSE 100000 /* microseconds without a new connection */

struct acceptor {
	TAILQ_ENTRY(acceptor) a_entry;
	struct worker *a_w;
	struct event *a_ev;
	int a_fd;
	bool a_tls;
	char a_addr[CONN_ADDR + 16];
};

static void
accept_free(struct acceptor *a)
{
	if (a->a_ev != NULL)
		event_free(a->a_ev);
	close(a->a_fd);
	free(a);
}

static void
accept_enable(struct worker *w, bool on)
{
	struct acceptor *a;

	TAILQ_FOREACH (a, &w->w_acceptors, a_entry) {
		if (on)
			event_add(a->a_ev, NULL);
		else
			event_del(a->a_ev);
	}
}

/*
 * No descriptor or no place is left. The kernel keeps clients waiting; without
 * a pause the listening sockets would be readable all the time.
 */
static void
accept_pause(struct worker *w)
{
	struct timeval tv = { 0, ACCEPT_PAUSE };

	if (!w->w_paused)
		accept_enable(w, false);
	w->w_paused = true;
	evtimer_add(w->w_resume, &tv);
}

void
accept_resume(struct worker *w)
{
	if (!w->w_paused)
		return;
	w->w_paused = false;
	evtimer_del(w->w_resume);
	accept_enable(w, true);
}

static void
accept_name(const struct sockaddr_storage *ss, char out[CONN_ADDR])
{
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;
	const void *addr;
	int family = ss->ss_family;

	addr = &in->sin_addr;
	if (family == AF_INET6) {
		addr = &in6->sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			addr = &in6->sin6_addr.s6_addr[12];
			family = AF_INET;
		}
	}
	if (inet_ntop(family, addr, out, CONN_ADDR) == NULL)
		memcpy(out, "?", 2);
}

/*
 * One connection a turn: the sockets are shared with the other workers, who
 * get the rest of a burst.
 */
static void
accept_ready(evutil_socket_t lfd, short what, void *arg)
{
	struct acceptor *a = arg;
	struct worker *w = a->a_w;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char addr[CONN_ADDR];
	int fd;

	if (w->w_nconns >= (size_t)w->w_cf->cf_max_connections &&
	    !conn_evict(w)) {
		accept_pause(w);
		return;
	}
	fd = accept4(a->a_fd, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
		    errno != ENOMEM)
			return;
		log_warn("accept");
		conn_evict(w);
		accept_pause(w);
		return;
	}
	accept_name(&ss, addr);
	if (conn_new(w, fd, a->a_tls ? w->w_tls : NULL, addr) == -1)
		close(fd);
}

int
accept_add(struct worker *w, int fd, bool tls, const char *addr)
{
	struct acceptor *a, *old;

	a = calloc(1, sizeof(*a));
	if (a == NULL || evutil_make_socket_nonblocking(fd) == -1) {
		free(a);
		close(fd);
		return (-1);
	}
	a->a_w = w;
	a->a_fd = fd;
	a->a_tls = tls;
	strncpy(a->a_addr, addr, sizeof(a->a_addr) - 1);
	TAILQ_FOREACH (old, &w->w_newacceptors, a_entry)
		if (strcmp(old->a_addr, a->a_addr) == 0)
			break;
	if (old != NULL) {
		TAILQ_REMOVE(&w->w_newacceptors, old, a_entry);
		accept_free(old);
	}
	TAILQ_INSERT_TAIL(&w->w_newacceptors, a, a_entry);
	return (0);
}

void
accept_close(struct worker *w)
{
	struct acceptor *a;

	while ((a = TAILQ_FIRST(&w->w_acceptors)) != NULL) {
		TAILQ_REMOVE(&w->w_acceptors, a, a_entry);
		accept_free(a);
	}
}

void
accept_commit(struct worker *w)
{
	struct acceptor *a;

	if (TAILQ_EMPTY(&w->w_newacceptors))
		return;
	accept_close(w);
	TAILQ_CONCAT(&w->w_acceptors, &w->w_newacceptors, a_entry);
	TAILQ_FOREACH (a, &w->w_acceptors, a_entry) {
		a->a_ev = event_new(
		    w->w_base, a->a_fd, EV_READ | EV_PERSIST, accept_ready, a);
		if (a->a_ev == NULL)
			fatalx("no memory");
		if (a->a_tls && w->w_tls == NULL)
			fatalx("%s wants TLS and has none", a->a_addr);
		log_debug("listening on %s", a->a_addr);
	}
	if (w->w_stopping)
		accept_close(w);
	else if (!w->w_paused)
		accept_enable(w, true);
}
