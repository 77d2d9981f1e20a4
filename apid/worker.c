/* SPDX-License-Identifier: ISC */
/* The role http: start, configuration, clock, end. See worker.h. */
#include <sys/types.h>

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apid/accept.h"
#include "apid/conn.h"
#include "apid/reply.h"
#include "apid/request.h"
#include "apid/tls.h"
#include "apid/worker.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/proc.h"

_Static_assert(WORKER_DATE >= REPLY_DATE, "a date fits");

#define WORKER_SECOND UINT64_C(1000000000) /* ns */
#define WORKER_OUT    (4 * MSG_64K) /* bytes of an answer that is copied */
#define WORKER_SHOWN  (MSG_64K * 3 / 8) /* of JSON in an access line */

const char *
worker_date(struct worker *w)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	if (ts.tv_sec != w->w_datesec || w->w_date[0] == '\0') {
		w->w_datesec = ts.tv_sec;
		reply_date(ts.tv_sec, w->w_date);
	}
	return (w->w_date);
}

/* --- clock ------------------------------------------------------------ */

void
worker_tick(struct worker *w)
{
	struct timeval tv = { 0, WORKER_TICK * 1000 };

	if (w->w_ticking)
		return;
	w->w_ticking = true;
	evtimer_add(w->w_tick, &tv);
}

static void
worker_on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	uint64_t now = proc_now();

	w->w_ticking = false;
	request_tick(w, now);
	conn_tick(w, now);
	worker_maybe_exit(w);
	if (w->w_nconns > 0 || w->w_nrequests > 0)
		worker_tick(w);
}

static void
worker_on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	conn_reap(w);
	worker_maybe_exit(w);
}

static void
worker_on_resume(evutil_socket_t fd, short what, void *arg)
{
	accept_resume(arg);
}

/* --- end -------------------------------------------------------------- */

void
worker_maybe_exit(struct worker *w)
{
	struct conn *c;

	if (!w->w_stopping)
		return;
	if (proc_now() < w->w_stopat) {
		if (w->w_nrequests > 0)
			return;
		/* Those that only linger have had their answer. */
		TAILQ_FOREACH (c, &w->w_conns, c_entry)
			if (c->c_state != CS_LINGER)
				return;
	}
	proc_exit(w->w_pr);
}

static void
worker_stop(struct proc *pr)
{
	struct worker *w = pr->pr_env;

	accept_close(w);
	conn_stop(w);
	w->w_stopping = true;
	w->w_stopat = proc_now() + WORKER_STOP * WORKER_SECOND;
	worker_tick(w);
	worker_maybe_exit(w);
}

/* --- start ------------------------------------------------------------ */

static void
worker_boot(struct proc *pr)
{
	struct worker *w;

	tls_init();
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		fatalx("no memory");
	w->w_pr = pr;
	w->w_newtls = -1;
	TAILQ_INIT(&w->w_acceptors);
	TAILQ_INIT(&w->w_newacceptors);
	TAILQ_INIT(&w->w_conns);
	TAILQ_INIT(&w->w_waiting);
	TAILQ_INIT(&w->w_dead);
	buf_init(&w->w_spare, SIZE_MAX / 2);
	buf_init(&w->w_scratch, SIZE_MAX / 2);
	buf_init(&w->w_arena, SIZE_MAX / 2);
	buf_init(&w->w_out, WORKER_OUT);
	buf_init(&w->w_body, WORKER_OUT);
	buf_init(&w->w_params, WORKER_SHOWN);
	buf_init(&w->w_shown, WORKER_SHOWN);
	request_init(w);
	pr->pr_env = w;
}

static void
worker_events(struct worker *w)
{
	w->w_base = w->w_pr->pr_base;
	w->w_tick = evtimer_new(w->w_base, worker_on_tick, w);
	w->w_reap = evtimer_new(w->w_base, worker_on_reap, w);
	w->w_resume = evtimer_new(w->w_base, worker_on_resume, w);
	w->w_authz = proc_peer(ROLE_AUTHZ, 0);
	w->w_logd = proc_peer(ROLE_LOGD, 0);
	if (w->w_tick == NULL || w->w_reap == NULL || w->w_resume == NULL)
		fatalx("no memory");
	if (w->w_authz == NULL)
		fatalx("no link to authz");
}

/* --- configuration ---------------------------------------------------- */

/* Connections keep the context that they began with. */
static void
worker_new_tls(struct worker *w, const struct conf *cf)
{
	struct tls *tls;
	struct buf err;

	buf_init(&err, MSG_1K);
	tls = tls_unpack(w->w_newtls, cf, &err);
	close(w->w_newtls);
	w->w_newtls = -1;
	if (tls == NULL)
		fatalx("%.*s", (int)err.b_len, (char *)err.b_data);
	buf_free(&err);
	tls_unref(&w->w_tls);
	w->w_tls = tls;
}

static void
worker_conf(struct proc *pr, const struct conf *cf)
{
	struct worker *w = pr->pr_env;

	if (w->w_base == NULL)
		worker_events(w);
	w->w_cf = cf;
	forwarded_conf(&w->w_forwarded, &cf->cf_trusted_proxies);
	if (w->w_newtls != -1)
		worker_new_tls(w, cf);
	accept_commit(w);
}

/* CONF_TLS: nothing but the descriptor. */
static int
worker_get_tls(struct peer *p, struct msg *m)
{
	struct worker *w = proc_self->pr_env;
	int fd = msg_get_fd(m);

	if (fd == -1)
		return (-1);
	if (w->w_newtls != -1)
		close(w->w_newtls);
	w->w_newtls = fd;
	return (msg_end(m));
}

/* CONF_LISTEN: u8 with TLS, str address, and the descriptor. */
static int
worker_get_listen(struct peer *p, struct msg *m)
{
	struct worker *w = proc_self->pr_env;
	const char *addr;
	uint8_t tls;
	int fd;

	if (msg_get_u8(m, &tls) == -1 || tls > 1 ||
	    msg_get_strn(m, &addr, MSG_1K) == -1)
		return (-1);
	fd = msg_get_fd(m);
	if (fd == -1)
		return (-1);
	if (accept_add(w, fd, tls == 1, addr) == -1)
		fatalx("no memory");
	return (msg_end(m));
}

/* --- peers ------------------------------------------------------------ */

static void
worker_peer_lost(
    struct proc *pr, struct peer *p, uint32_t taken, uint32_t via, bool backoff)
{
	struct worker *w = pr->pr_env;

	if (peer_role(p) == ROLE_AUTHZ)
		request_authz_lost(w, taken, backoff);
	else if (peer_role(p) == ROLE_ROUTER)
		request_router_lost(w, via);
}

static void
worker_peer_up(struct proc *pr, struct peer *p)
{
	struct worker *w = pr->pr_env;

	if (peer_role(p) == ROLE_AUTHZ)
		w->w_authz_down = false;
}

static const struct handler worker_handlers[] = {
	{ MSG_CONF_TLS, worker_get_tls },
	{ MSG_CONF_LISTEN, worker_get_listen },
	{ MSG_ADMIT, request_admit },
	{ MSG_DENY, request_deny },
	{ MSG_RESULT, request_result },
	{ MSG_NONE, NULL },
};

const struct proc_ops http_ops = {
	.po_role = ROLE_HTTP,
	.po_boot = worker_boot,
	.po_conf = worker_conf,
	.po_peer_lost = worker_peer_lost,
	.po_peer_up = worker_peer_up,
	.po_stop = worker_stop,
	.po_handlers = worker_handlers,
};
