/* SPDX-License-Identifier: ISC */
/* See router.h; the pools' rules are in pool.c. */
#include <sys/types.h>

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/check.h"
#include "common/conf.h"
#include "common/daemons.h"
#include "common/log.h"
#include "common/params.h"
#include "common/proc.h"
#include "common/result.h"
#include "dapi/pool.h"
#include "dapi/router.h"

/* How often deadlines are looked at while calls are about, ms. */
#define ROUTER_TICK_MS 50
/* An executor over its deadline that only reads gets this much more, ns. */
#define ROUTER_GRACE 1000000000U

struct router {
	struct workpool ro_pool[3]; /* by enum pool */
	struct event *ro_tick;
	bool ro_ticking;
	uint64_t ro_timeout; /* request_timeout, ns */
};

static const enum role router_roles[3] = {
	[POOL_READ] = ROLE_READ,
	[POOL_WRITE] = ROLE_WRITE,
	[POOL_EVENTS] = ROLE_EVENTS,
};

static struct router *
router_env(void)
{
	return (proc_self->pr_env);
}

static struct workpool *
router_pool(enum role role)
{
	struct router *ro = router_env();
	size_t i;

	for (i = 0; i < 3; i++)
		if (router_roles[i] == role)
			return (&ro->ro_pool[i]);
	return (NULL);
}

/* --- answers --------------------------------------------------------------- */

/* To whoever waits: a problem, which is freed. */
static void
router_problem(const struct call_head *ch, struct result *rs)
{
	struct peer *p = proc_peer(ROLE_HTTP, ch->ch_inst);
	struct msgw mw;
	int fd;

	proc_self->pr_page->pg_errors++;
	msgw_start(&mw, MSG_RESULT);
	if (answer_put_result(&mw, ch->ch_id, rs, &fd) == -1 || p == NULL ||
	    peer_send(p, &mw, NULL) == -1)
		log_warnx(
		    "answer %u to http[%u] lost", rs->rs_code, ch->ch_inst);
	result_free(rs);
}

static void
router_fail(const struct call_head *ch, uint16_t code)
{
	struct result rs;

	call_result(ch, &rs);
	result_problem(&rs, code, errors_find(code)->ed_class, NULL);
	router_problem(ch, &rs);
}

/* What the daemons' states say. */
static void
router_unready(const struct call_head *ch, uint16_t code, const char *why)
{
	struct result rs;

	call_result(ch, &rs);
	result_unready(&rs, code, why);
	router_problem(ch, &rs);
}

/* 503, which no framework knows and http has the words for. */
static void
router_busy(const struct call_head *ch)
{
	struct result rs;

	call_result(ch, &rs);
	rs.rs_status = 503;
	rs.rs_type = RT_PROBLEM;
	router_problem(ch, &rs);
}

/* Forward the body of DONE as RESULT, unread. */
static void
router_forward(
    const struct call_head *ch, const uint8_t *data, size_t len, int fd)
{
	struct msgw mw;
	struct peer *p = proc_peer(ROLE_HTTP, ch->ch_inst);

	msgw_start(&mw, MSG_RESULT);
	msg_put_rest(&mw, data, len);
	if (fd != -1)
		msg_put_fd(&mw, fd);
	if (p == NULL || peer_send(p, &mw, NULL) == -1)
		log_warnx("answer to http[%u] lost", ch->ch_inst);
}

static void
router_finish(struct pool_call *pc)
{
	proc_self->pr_page->pg_inflight--;
	pool_call_free(&pc);
}

/* --- running calls ---------------------------------------------------------- */

/* Hand to executors whatever can start. */
static void
router_run(struct workpool *po)
{
	struct pool_call *pc;
	struct peer *p;
	struct msgw mw;
	unsigned int worker = 0;

	while ((pc = pool_next(po, &worker, proc_now())) != NULL) {
		p = proc_peer(po->po_role, worker);
		msgw_start(&mw, MSG_EXEC);
		msg_put_rest(&mw, pc->pc_data, pc->pc_len);
		if (pc->pc_fd != -1)
			msg_put_fd(&mw, pc->pc_fd);
		if (p != NULL && peer_send(p, &mw, &pc->pc_seq) == 0)
			continue;
		pool_done(po, worker, pc->pc_head.ch_id, proc_now());
		router_fail(&pc->pc_head, 900);
		router_finish(pc);
	}
}

static void
router_tick_on(struct router *ro)
{
	struct timeval tv = { 0, ROUTER_TICK_MS * 1000 };

	if (ro->ro_ticking)
		return;
	ro->ro_ticking = true;
	evtimer_add(ro->ro_tick, &tv);
}

/*
 * A call over its deadline: the caller hears 3021 now; the executor gets some
 * time to come back by itself before it is ended. One that writes gets more,
 * since what it does cannot be done by halves.
 */
static void
router_overdue(
    struct router *ro, struct workpool *po, unsigned int worker, uint64_t now)
{
	struct pool_call *pc = po->po_worker[worker].pw_call;

	if (pc == NULL || pc->pc_head.ch_deadline == 0 ||
	    now < pc->pc_head.ch_deadline)
		return;
	if (!pc->pc_answered) {
		pc->pc_answered = true;
		pc->pc_kill = now +
		    (po->po_role == ROLE_WRITE ? ro->ro_timeout : 0) +
		    ROUTER_GRACE;
		router_fail(&pc->pc_head, 3021);
		return;
	}
	if (now < pc->pc_kill || !po->po_worker[worker].pw_up)
		return;
	/* Asked once; PEER_LOST clears the call. */
	pc->pc_kill = UINT64_MAX;
	proc_accuse(proc_peer(po->po_role, worker), "over its deadline");
}

static bool
router_tick_pool(struct router *ro, struct workpool *po, uint64_t now)
{
	struct pool_call *pc;
	uint16_t code = 0;
	unsigned int i;
	bool busy = false;

	while ((pc = pool_expired(po, now, &code)) != NULL) {
		router_fail(&pc->pc_head, code);
		router_finish(pc);
	}
	/*
	 * It lies in the dead one's link and may still run when a successor
	 * comes after all, so it is 901 and not 900.
	 */
	while ((pc = pool_stranded(po, now)) != NULL) {
		if (!pc->pc_answered)
			router_fail(&pc->pc_head, 901);
		router_finish(pc);
	}
	for (i = 0; i < po->po_n; i++) {
		router_overdue(ro, po, i, now);
		if (po->po_worker[i].pw_call != NULL)
			busy = true;
	}
	return (busy || po->po_nqueue > 0);
}

static void
router_on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct router *ro = arg;
	uint64_t now = proc_now();
	bool busy = false;
	size_t i;

	for (i = 0; i < 3; i++)
		if (router_tick_pool(ro, &ro->ro_pool[i], now))
			busy = true;
	ro->ro_ticking = false;
	if (busy)
		router_tick_on(ro);
}

/* --- messages ---------------------------------------------------------------- */

/* CALL: see call.h. */
static int
router_call(struct peer *p, struct msg *m)
{
	struct router *ro = router_env();
	struct call_head ch;
	struct pool_call *pc;
	struct workpool *po;
	char why[DAEMONS_WHY];
	uint16_t code;

	if (call_get_head(m, &ch) == -1 || ch.ch_row >= nrows ||
	    rows[ch.ch_row].r_pool == POOL_AUTHZ ||
	    ch.ch_inst >= proc_self->pr_count[ROLE_HTTP])
		return (-1);
	proc_self->pr_page->pg_requests++;
	/*
	 * authz has looked for itself; what runs here depends on the daemons
	 * of this node, whoever admitted it, unless it needs none.
	 */
	code = rows[ch.ch_row].r_services == 0 ?
	    0 :
	    daemons_refuse(proc_self->pr_daemons, why);
	if (code != 0) {
		router_unready(&ch, code, why);
		return (0);
	}
	po = &ro->ro_pool[rows[ch.ch_row].r_pool];
	switch (pool_admit(po, &ch, proc_now())) {
	case POOL_DOWN:
		router_fail(&ch, 900);
		return (0);
	case POOL_BUSY:
		router_busy(&ch);
		return (0);
	case POOL_OK:
		break;
	}
	pc = pool_call_new(&ch, m->m_data, m->m_len, msg_get_fd(m), proc_now());
	if (pc == NULL) {
		router_busy(&ch);
		return (0);
	}
	proc_self->pr_page->pg_inflight++;
	pool_enqueue(po, pc);
	router_run(po);
	router_tick_on(ro);
	return (0);
}

/* DONE: see check.h, struct answer; only its id is read here. */
static int
router_done(struct peer *p, struct msg *m)
{
	struct workpool *po = router_pool(peer_role(p));
	struct pool_call *pc;
	uint64_t id;
	int fd;

	if (po == NULL || msg_get_u64(m, &id) == -1)
		return (-1);
	fd = msg_get_fd(m);
	pc = pool_done(po, peer_inst(p), id, proc_now());
	if (pc != NULL && !pc->pc_answered)
		router_forward(&pc->pc_head, m->m_data, m->m_len, fd);
	if (fd != -1)
		close(fd);
	if (pc != NULL)
		router_finish(pc);
	router_run(po);
	return (0);
}

/* RESULT of a call that ran on another node: none is out yet. */
static int
router_remote(struct peer *p, struct msg *m)
{
	const uint8_t *data;
	size_t len;

	msg_get_rest(m, &data, &len);
	log_debug("%s: a result that nobody waits for", peer_name(p));
	return (0);
}

static const struct handler router_handlers[] = {
	{ MSG_CALL, router_call },
	{ MSG_DONE, router_done },
	{ MSG_REMOTE_RESULT, router_remote },
	{ MSG_NODES, router_remote },
	{ MSG_NONE, NULL },
};

/* --- life --------------------------------------------------------------------- */

static void
router_peer_lost(
    struct proc *pr, struct peer *p, uint32_t taken, uint32_t via, bool backoff)
{
	struct workpool *po = router_pool(peer_role(p));
	struct pool_call *pc;

	if (po == NULL)
		return;
	pc = pool_lost(po, peer_inst(p), taken, backoff, proc_now());
	if (pc != NULL) {
		log_warnx("%s died running %s", peer_name(p),
		    rows[pc->pc_head.ch_row].r_call);
		if (!pc->pc_answered)
			router_fail(&pc->pc_head, 901);
		router_finish(pc);
	}
	router_tick_on(pr->pr_env);
}

static void
router_peer_up(struct proc *pr, struct peer *p)
{
	struct workpool *po = router_pool(peer_role(p));

	if (po == NULL)
		return;
	pool_up(po, peer_inst(p));
	router_run(po);
}

static void
router_conf(struct proc *pr, const struct conf *cf)
{
	struct router *ro = pr->pr_env;

	ro->ro_timeout = (uint64_t)(cf->cf_request_timeout * 1e9);
}

static void
router_boot(struct proc *pr)
{
	struct router *ro;
	size_t i;

	ro = calloc(1, sizeof(*ro));
	if (ro == NULL)
		fatalx("no memory");
	for (i = 0; i < 3; i++)
		pool_init(&ro->ro_pool[i], router_roles[i],
		    pr->pr_count[router_roles[i]]);
	pr->pr_env = ro;
}

static void
router_start(struct proc *pr)
{
	struct router *ro = pr->pr_env;

	ro->ro_tick = evtimer_new(pr->pr_base, router_on_tick, ro);
	if (ro->ro_tick == NULL)
		fatalx("no memory");
}

static void
router_stop(struct proc *pr)
{
	struct router *ro = pr->pr_env;
	size_t i;

	for (i = 0; i < 3; i++)
		pool_free(&ro->ro_pool[i]);
	event_free(ro->ro_tick);
	free(ro);
	proc_exit(pr);
}

const struct proc_ops router_ops = {
	.po_role = ROLE_ROUTER,
	.po_boot = router_boot,
	.po_start = router_start,
	.po_conf = router_conf,
	.po_peer_lost = router_peer_lost,
	.po_peer_up = router_peer_up,
	.po_stop = router_stop,
	.po_handlers = router_handlers,
};
