/* SPDX-License-Identifier: ISC */
/*
 * The life of the children: started, ready, configured, up; lost, told to
 * their peers, started again. What a child sends may come from an attacker:
 * everything is checked against the tables of roles and messages.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/parent.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/page.h"
#include "common/probe.h"
#include "common/proc.h"

struct parent *parent_env;

/* Seconds that each phase of a stop may take before SIGKILL. */
#define STOP_SECONDS 8
/* Deaths of one child before it is up that make the first start fail. */
#define START_DEATHS 4
/* First pause after a death before it was up; doubled each time, to the last. */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS  30000

static int parent_frame(struct peer *, struct msg *);
static void parent_bad(struct peer *, const char *);
static void parent_eof(struct peer *);
static void parent_next_phase(struct parent *);

static const struct peer_ops parent_peer_ops = { parent_frame, parent_bad,
	parent_eof };

struct child *
parent_child(enum role role, unsigned int inst)
{
	struct parent *pa = parent_env;
	size_t i;

	for (i = 0; i < pa->pa_nchild; i++)
		if (pa->pa_child[i].ch_role == role &&
		    pa->pa_child[i].ch_inst == inst)
			return (&pa->pa_child[i]);
	return (NULL);
}

struct child *
parent_child_name(const char *name)
{
	struct parent *pa = parent_env;
	size_t i;

	for (i = 0; i < pa->pa_nchild; i++)
		if (strcmp(pa->pa_child[i].ch_name, name) == 0)
			return (&pa->pa_child[i]);
	return (NULL);
}

bool
parent_all_up(const struct parent *pa)
{
	size_t i;

	for (i = 0; i < pa->pa_nchild; i++)
		if (pa->pa_child[i].ch_wanted &&
		    pa->pa_child[i].ch_state != CHILD_UP)
			return (false);
	return (true);
}

void
parent_kill(struct child *c, const char *why)
{
	if (c->ch_pid == 0)
		return;
	log_warnx("%s (pid %d): killed: %s", c->ch_name, (int)c->ch_pid, why);
	kill(c->ch_pid, SIGKILL);
}

/* --- telling the peers ------------------------------------------------- */

/* What the link from one child to another says was taken by the other. */
static uint32_t
parent_taken(const struct child *dead, enum role from, unsigned int inst)
{
	const struct page_link *pl;
	size_t i;

	for (i = 0; i < dead->ch_nslots; i++) {
		if (dead->ch_slots[i].ps_role != from ||
		    dead->ch_slots[i].ps_inst != inst)
			continue;
		/* Link 0 is ours. */
		pl = &dead->ch_page->pg_link[i + 1];
		/*
		 * Frames that were being taken count as taken: their requests
		 * fail now instead of waiting for answers that may never come.
		 */
		return (__atomic_load_n(&pl->pl_taken, __ATOMIC_ACQUIRE) +
		    __atomic_load_n(&pl->pl_claim, __ATOMIC_ACQUIRE));
	}
	return (0);
}

static void
parent_tell_lost(struct child *dead, bool backoff)
{
	struct child *c;
	struct msgw mw;
	uint32_t via;
	size_t i;

	via = dead->ch_role == ROLE_ROUTER ? parent_taken(dead, ROLE_AUTHZ, 0) :
	                                     0;
	for (i = 0; i < dead->ch_nslots; i++) {
		c = parent_child(
		    dead->ch_slots[i].ps_role, dead->ch_slots[i].ps_inst);
		if (c == NULL || c->ch_pid == 0)
			continue;
		msgw_start(&mw, MSG_PEER_LOST);
		msg_put_u8(&mw, (uint8_t)dead->ch_role);
		msg_put_u8(&mw, (uint8_t)dead->ch_inst);
		msg_put_u32(&mw, parent_taken(dead, c->ch_role, c->ch_inst));
		msg_put_u32(&mw, via);
		msg_put_u8(&mw, backoff);
		if (peer_send(&c->ch_peer, &mw, NULL) == -1)
			parent_kill(c, "does not read");
	}
}

static void
parent_send_up(struct child *to, const struct child *up)
{
	struct msgw mw;

	msgw_start(&mw, MSG_PEER_UP);
	msg_put_u8(&mw, (uint8_t)up->ch_role);
	msg_put_u8(&mw, (uint8_t)up->ch_inst);
	if (peer_send(&to->ch_peer, &mw, NULL) == -1)
		parent_kill(to, "does not read");
}

/*
 * A child that came up is told which of its peers are there already, and
 * those that run are told of it.
 */
static void
parent_tell_up(struct child *c)
{
	struct child *p;
	size_t i;

	for (i = 0; i < c->ch_nslots; i++) {
		p = parent_child(
		    c->ch_slots[i].ps_role, c->ch_slots[i].ps_inst);
		if (p == NULL)
			continue;
		if (p->ch_state == CHILD_UP)
			parent_send_up(c, p);
		if (p->ch_pid != 0)
			parent_send_up(p, c);
	}
}

/* --- starting and stopping --------------------------------------------- */

static void
parent_backoff(struct child *c)
{
	struct timeval tv;
	unsigned int ms = BACKOFF_FIRST_MS, i;

	for (i = 1; i < c->ch_early && ms < BACKOFF_LAST_MS; i++)
		ms *= 2;
	if (ms > BACKOFF_LAST_MS)
		ms = BACKOFF_LAST_MS;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	c->ch_state = CHILD_BACKOFF;
	evtimer_add(c->ch_timer, &tv);
}

static void
parent_spawn(struct child *c)
{
	if (spawn_child(parent_env, c) == -1) {
		c->ch_early++;
		parent_backoff(c);
	}
}

static void
parent_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	if (c->ch_wanted && c->ch_pid == 0)
		parent_spawn(c);
}

void
parent_start(struct child *c)
{
	c->ch_wanted = true;
	c->ch_early = 0;
	if (c->ch_pid == 0 && !parent_env->pa_stopping)
		parent_spawn(c);
}

void
parent_stop(struct child *c)
{
	struct msgw mw;

	c->ch_wanted = false;
	evtimer_del(c->ch_timer);
	if (c->ch_pid == 0) {
		c->ch_state = CHILD_STOPPED;
		return;
	}
	msgw_start(&mw, MSG_STOP);
	if (c->ch_state != CHILD_UP || peer_send(&c->ch_peer, &mw, NULL) == -1)
		kill(c->ch_pid, SIGKILL);
}

/* --- messages from children --------------------------------------------- */

static int
parent_ready(struct child *c, struct msg *m)
{
	uint32_t bits, abi;

	if (msg_get_u32(m, &bits) == -1 || msg_get_u32(m, &abi) == -1 ||
	    msg_end(m) == -1 || c->ch_ready)
		return (-1);
	c->ch_ready = true;
	handout_conf(parent_env, c);
	return (0);
}

static void
parent_tell_starter(struct parent *pa)
{
	if (pa->pa_readyfd == -1 || !parent_all_up(pa))
		return;
	if (write(pa->pa_readyfd, "+", 1) == -1)
		log_debug("nobody waits for the start");
	close(pa->pa_readyfd);
	pa->pa_readyfd = -1;
}

static int
parent_conf_done(struct child *c, struct msg *m)
{
	struct parent *pa = parent_env;
	uint32_t generation;

	if (msg_get_u32(m, &generation) == -1 || msg_end(m) == -1 ||
	    generation > pa->pa_generation)
		return (-1);
	c->ch_conf = generation;
	if (c->ch_state == CHILD_STARTING) {
		c->ch_state = CHILD_UP;
		c->ch_early = 0;
		c->ch_since = proc_now();
		if (c->ch_role == ROLE_LOGD)
			parentlog_flush(pa);
		pidfile_write(pa, c->ch_role, c->ch_pid);
		parent_tell_up(c);
		log_info("%s up, pid %d", c->ch_name, (int)c->ch_pid);
		if (parent_all_up(pa)) {
			pa->pa_started = true;
			log_info("all processes up");
		}
	}
	parent_tell_starter(pa);
	control_progress(pa);
	return (0);
}

/* KILL_PEER: u8 role, u8 instance, str why. By the order of trust only. */
static int
parent_accused(struct child *by, struct msg *m)
{
	struct child *c;
	const char *why;
	char text[200];
	uint8_t role, inst;

	if (msg_get_u8(m, &role) == -1 || msg_get_u8(m, &inst) == -1 ||
	    msg_get_strn(m, &why, 128) == -1 || msg_end(m) == -1 ||
	    role >= ROLE__MAX)
		return (-1);
	c = parent_child((enum role)role, inst);
	if (c == NULL || !msg_linked(by->ch_role, c->ch_role) ||
	    roles[by->ch_role].rr_trust <= roles[c->ch_role].rr_trust)
		return (-1);
	snprintf(text, sizeof(text), "%s says: %s", by->ch_name, why);
	parent_kill(c, text);
	return (0);
}

#ifdef GATEHOUSE_PROBES
static int
parent_probed(struct child *c, struct msg *m)
{
	char text[64];
	uint8_t what;
	uint32_t error;

	if (msg_get_u8(m, &what) == -1 || msg_get_u32(m, &error) == -1 ||
	    msg_end(m) == -1)
		return (-1);
	if (error == 0)
		snprintf(text, sizeof(text), "error allowed");
	else
		snprintf(text, sizeof(text), "ok refused %u", error);
	control_probe_done(parent_env, c, text);
	return (0);
}
#endif

static int
parent_frame(struct peer *p, struct msg *m)
{
	struct child *c = p->p_arg;

	switch (m->m_type) {
	case MSG_READY:
		return (parent_ready(c, m));
	case MSG_CONF_DONE:
		return (parent_conf_done(c, m));
	case MSG_KILL_PEER:
		return (parent_accused(c, m));
	case MSG_DIAL:
		return (dial_handle(parent_env, c, m));
#ifdef GATEHOUSE_PROBES
	case MSG_PROBE_DONE:
		return (parent_probed(c, m));
#endif
	default:
		return (-1);
	}
}

static void
parent_bad(struct peer *p, const char *why)
{
	parent_kill(p->p_arg, why);
}

static void
parent_eof(struct peer *p)
{
	/* We hold the other end too, so this cannot be. */
	fatalx("%s: link broken", peer_name(p));
}

/* --- deaths ------------------------------------------------------------- */

static void
parent_log_death(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		log_warnx("%s (pid %d) ended by signal %d (%s)%s", c->ch_name,
		    (int)c->ch_pid, WTERMSIG(status),
		    strsignal(WTERMSIG(status)),
		    WTERMSIG(status) == SIGSYS ? ": forbidden system call" :
		                                 "");
	else if (WEXITSTATUS(status) != 0 || c->ch_wanted)
		log_warnx("%s (pid %d) ended with status %d", c->ch_name,
		    (int)c->ch_pid, WEXITSTATUS(status));
	else
		log_debug("%s (pid %d) ended", c->ch_name, (int)c->ch_pid);
}

/* Frames of ours that the dead did not read are not for its successor. */
static void
parent_drain_link(struct child *c)
{
	char byte;

	while (peer_pump(&c->ch_peer) > 0)
		continue;
	while (peer_flush(&c->ch_peer, 0) > 0) {
		if (recv(c->ch_linkfd, &byte, 1, MSG_DONTWAIT) == -1)
			break;
	}
	/* One byte is enough: a frame is taken whole, its rest dropped. */
	while (recv(c->ch_linkfd, &byte, 1, MSG_DONTWAIT) > -1)
		continue;
}

/*
 * What to do about a child that should run. Deaths before it was up count;
 * when the server has never been up, a few of them mean that it cannot be: a
 * start that fails is better told than retried for ever.
 */
static void
parent_again(struct parent *pa, struct child *c, bool up)
{
	if (up) {
		parent_spawn(c);
		return;
	}
	if (++c->ch_early >= START_DEATHS && !pa->pa_started) {
		log_errorx("%s cannot be started; giving up", c->ch_name);
		pa->pa_failed = true;
		parent_shutdown(pa);
		return;
	}
	parent_backoff(c);
}

static void
parent_died(struct child *c, int status)
{
	struct parent *pa = parent_env;
	char text[64];
	bool up = c->ch_state == CHILD_UP;

	parent_log_death(c, status);
	parent_drain_link(c);
	pidfile_remove(pa, c->ch_role, c->ch_pid);
	c->ch_pid = 0;
	c->ch_ready = false;
	c->ch_state = CHILD_STOPPED;
	snprintf(text, sizeof(text), "ok died %d",
	    WIFSIGNALED(status) ? WTERMSIG(status) : -1);
	control_probe_done(pa, c, text);
	/* Told to end from outside: left alone until asked for again. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)
		c->ch_wanted = false;
	if (!pa->pa_stopping) {
		parent_tell_lost(c, !c->ch_wanted || (!up && c->ch_early > 0));
		if (c->ch_wanted)
			parent_again(pa, c, up);
	}
	control_progress(pa);
}

static void
parent_reap(struct parent *pa)
{
	struct child *c;
	pid_t pid;
	size_t i;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < pa->pa_nchild; i++) {
			c = &pa->pa_child[i];
			if (c->ch_pid == pid) {
				parent_died(c, status);
				break;
			}
		}
	}
	if (pa->pa_stopping)
		parent_next_phase(pa);
}

/* --- the end ------------------------------------------------------------ */

#define STOP_PHASES 4

/*
 * Who ends when: first those that take requests, so that what is in flight
 * can still be answered; the writer after the readers, so that it closes the
 * databases last and leaves no journal; the log at the end.
 */
static int
parent_phase(enum role role)
{
	switch (role) {
	case ROLE_HTTP:
	case ROLE_CLUSTER:
		return (1);
	case ROLE_WRITE:
		return (3);
	case ROLE_LOGD:
		return (STOP_PHASES);
	default:
		return (2);
	}
}

static void
parent_next_phase(struct parent *pa)
{
	struct timeval tv = { STOP_SECONDS, 0 };
	struct child *c;
	size_t i, left;

	for (;;) {
		left = 0;
		for (i = 0; i < pa->pa_nchild; i++) {
			c = &pa->pa_child[i];
			if (parent_phase(c->ch_role) == pa->pa_stopping &&
			    c->ch_pid != 0)
				left++;
		}
		if (left > 0)
			return;
		if (++pa->pa_stopping > STOP_PHASES) {
			event_base_loopbreak(pa->pa_base);
			return;
		}
		if (pa->pa_stopping == STOP_PHASES) {
			/* The link takes the last line before it ends. */
			log_info("stopped");
			log_sink(NULL, NULL);
		}
		for (i = 0; i < pa->pa_nchild; i++)
			if (parent_phase(pa->pa_child[i].ch_role) ==
			    pa->pa_stopping)
				parent_stop(&pa->pa_child[i]);
		evtimer_add(pa->pa_stoptimer, &tv);
	}
}

static void
parent_on_stoptimer(evutil_socket_t fd, short what, void *arg)
{
	struct parent *pa = arg;
	size_t i;

	for (i = 0; i < pa->pa_nchild; i++)
		if (parent_phase(pa->pa_child[i].ch_role) <= pa->pa_stopping)
			parent_kill(&pa->pa_child[i], "does not stop");
}

void
parent_shutdown(struct parent *pa)
{
	size_t i;

	if (pa->pa_stopping)
		return;
	log_info("stopping");
	for (i = 0; i < pa->pa_nchild; i++) {
		pa->pa_child[i].ch_wanted = false;
		evtimer_del(pa->pa_child[i].ch_timer);
		if (pa->pa_child[i].ch_pid == 0)
			pa->pa_child[i].ch_state = CHILD_STOPPED;
	}
	/* Phase 0 has nobody, so this begins phase 1. */
	parent_next_phase(pa);
}

static void
parent_on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct parent *pa = arg;

	switch (sig) {
	case SIGCHLD:
		parent_reap(pa);
		break;
	case SIGHUP:
		handout_reload(pa);
		break;
	default:
		parent_shutdown(pa);
		break;
	}
}

/* --- the loop ---------------------------------------------------------- */

static int
parent_events(struct parent *pa)
{
	static const int signals[] = { SIGCHLD, SIGHUP, SIGTERM, SIGINT,
		SIGQUIT };
	struct child *c;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		pa->pa_sig[i] =
		    evsignal_new(pa->pa_base, signals[i], parent_on_signal, pa);
		if (pa->pa_sig[i] == NULL ||
		    evsignal_add(pa->pa_sig[i], NULL) == -1)
			return (-1);
	}
	pa->pa_stoptimer = evtimer_new(pa->pa_base, parent_on_stoptimer, pa);
	if (pa->pa_stoptimer == NULL)
		return (-1);
	for (i = 0; i < pa->pa_nchild; i++) {
		c = &pa->pa_child[i];
		c->ch_timer = evtimer_new(pa->pa_base, parent_on_timer, c);
		if (c->ch_timer == NULL ||
		    peer_init(&c->ch_peer, pa->pa_base, c->ch_peer.p_fd,
		        ROLE_PARENT, c->ch_role, c->ch_inst, NULL,
		        &parent_peer_ops, c) == -1)
			return (-1);
		peer_read(&c->ch_peer, true);
	}
	return (0);
}

static void
parent_free(struct parent *pa)
{
	struct child *c;
	size_t i;

	control_close(pa);
	watcher_close(pa);
	parentlog_flush(pa);
	for (i = 0; i < sizeof(pa->pa_sig) / sizeof(pa->pa_sig[0]); i++)
		event_free(pa->pa_sig[i]);
	event_free(pa->pa_stoptimer);
	for (i = 0; i < pa->pa_nchild; i++) {
		c = &pa->pa_child[i];
		event_free(c->ch_timer);
		peer_fini(&c->ch_peer, false);
		free(c->ch_slots);
		free(c->ch_fds);
	}
	event_base_free(pa->pa_base);
	conf_free(&pa->pa_conf);
	explicit_bzero(pa->pa_tickets, sizeof(pa->pa_tickets));
}

int
parent_run(struct parent *pa)
{
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	pa->pa_since = proc_now();
	pa->pa_base = event_base_new();
	if (pa->pa_base == NULL || parent_events(pa) == -1) {
		log_errorx("no event loop");
		return (1);
	}
	if (control_open(pa) == -1)
		return (1);
	log_sink(parentlog_line, pa);
	installation_load(pa);
	if (watcher_open(pa) == -1) {
		log_errorx("the daemons cannot be watched");
		return (1);
	}
	for (i = 0; i < pa->pa_nchild; i++)
		parent_start(&pa->pa_child[i]);
	event_base_dispatch(pa->pa_base);
	pidfile_remove(pa, ROLE_PARENT, getpid());
	parent_free(pa);
	return (pa->pa_failed ? 1 : 0);
}
