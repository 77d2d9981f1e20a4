/* SPDX-License-Identifier: ISC */
/* Requests that wait: see pending.h. */
#include <sys/types.h>

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/gate.h"
#include "authz/lanemsg.h"
#include "authz/pending.h"
#include "authz/tell.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/proc.h"

#define BUSY "The server has too much to do"

#define SECOND       UINT64_C(1000000000)
#define WAIT_DEFAULT (10 * SECOND) /* where request_timeout is 0 */
#define WAIT_MAX     (3600 * SECOND)

static void pending_timer(evutil_socket_t, short, void *);

void
pending_serving(struct authz *az, uint64_t id)
{
	az->az_proc->pr_page->pg_current = id;
	log_request(id);
}

/* --- one that waits ------------------------------------------------------ */

static void
pending_wipe(char **secret)
{
	if (*secret != NULL)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

static void
pending_free(struct pending *pd)
{
	struct authz *az = pd->pd_gate.g_az;

	if (pd->pd_for == PENDING_TURN && pd->pd_waits) {
		TAILQ_REMOVE(&az->az_turns, pd, pd_turn);
		az->az_nturns--;
	}
	TAILQ_REMOVE(&az->az_pending, pd, pd_entry);
	az->az_npending--;
	az->az_proc->pr_page->pg_inflight = az->az_npending;
	if (pd->pd_timer != NULL)
		event_free(pd->pd_timer);
	args_free(&pd->pd_gate.g_ck.ck_args);
	if (pd->pd_gate.g_fd != -1)
		close(pd->pd_gate.g_fd);
	if (pd->pd_frame != NULL)
		explicit_bzero(pd->pd_frame, pd->pd_len);
	free(pd->pd_frame);
	pending_wipe(&pd->pd_encoded);
	pending_wipe(&pd->pd_plain);
	explicit_bzero(pd, sizeof(*pd));
	free(pd);
}

/* Latest end of the wait: the client's deadline or the configured one. */
static uint64_t
pending_deadline(const struct gate *g)
{
	double s = g->g_az->az_proc->pr_conf->cf_request_timeout;
	uint64_t wait = WAIT_DEFAULT;

	if (g->g_pending != NULL)
		return (g->g_pending->pd_deadline);
	if (s > 0)
		wait = s * (double)SECOND < (double)WAIT_MAX ?
		    (uint64_t)(s * (double)SECOND) :
		    WAIT_MAX;
	if (g->g_ck.ck_deadline != 0 && g->g_ck.ck_deadline < g->g_now + wait)
		return (g->g_ck.ck_deadline);
	return (g->g_now + wait);
}

/*
 * A copy of the request that outlives the message: its bytes are copied and
 * read again. Takes over g's descriptor.
 */
static struct pending *
pending_new(struct gate *g)
{
	struct authz *az = g->g_az;
	const struct msg *m = g->g_msg;
	struct pending *pd;
	struct msg copy;

	pd = calloc(1, sizeof(*pd));
	if (pd == NULL)
		return (NULL);
	pd->pd_deadline = pending_deadline(g);
	pd->pd_gate = *g;
	pd->pd_gate.g_msg = NULL;
	pd->pd_gate.g_pending = pd;
	args_init(&pd->pd_gate.g_ck.ck_args);
	g->g_fd = -1;
	TAILQ_INSERT_TAIL(&az->az_pending, pd, pd_entry);
	az->az_npending++;
	az->az_proc->pr_page->pg_inflight = az->az_npending;
	pd->pd_frame = malloc(m->m_len);
	pd->pd_timer = evtimer_new(az->az_proc->pr_base, pending_timer, pd);
	if (pd->pd_frame == NULL || pd->pd_timer == NULL) {
		pending_free(pd);
		return (NULL);
	}
	pd->pd_len = m->m_len;
	memcpy(pd->pd_frame, m->m_data, m->m_len);
	memset(&copy, 0, sizeof(copy));
	copy.m_type = m->m_type;
	copy.m_data = pd->pd_frame;
	copy.m_len = pd->pd_len;
	if (check_get(&copy, &pd->pd_gate.g_ck) == -1)
		fatalx("a request reads differently the second time");
	return (pd);
}

/* The copy that waits, with the token's claims, or NULL without memory. */
static struct pending *
pending_hold(struct gate *g)
{
	struct pending *pd = g->g_pending;

	if (pd == NULL)
		pd = pending_new(g);
	if (pd == NULL)
		return (NULL);
	if (g->g_claims != NULL) {
		if (g->g_claims != &pd->pd_claims)
			pd->pd_claims = *g->g_claims;
		pd->pd_keyno = g->g_az->az_keyno;
		pd->pd_gate.g_claims = &pd->pd_claims;
	}
	return (pd);
}

static void
pending_arm(struct pending *pd, uint64_t ns)
{
	struct timeval tv;

	tv.tv_sec = (time_t)(ns / SECOND);
	tv.tv_usec = (suseconds_t)(ns % SECOND / 1000);
	evtimer_add(pd->pd_timer, &tv);
	pd->pd_waits = true;
}

void
pending_done(struct pending *pd)
{
	if (!pd->pd_waits)
		pending_free(pd);
}

static void
pending_timer(evutil_socket_t fd, short what, void *arg)
{
	struct pending *pd = arg;
	struct authz *az = pd->pd_gate.g_az;

	if (pd->pd_for == PENDING_FILE) {
		pd->pd_waits = false;
		gate_again(pd);
		return;
	}
	pending_serving(az, pd->pd_gate.g_ck.ck_id);
	if (pd->pd_job != NULL)
		lane_cancel(az->az_lane, pd->pd_job);
	tell_fail(&pd->pd_gate, 3021);
	pending_free(pd);
	lane_run(az->az_lane, proc_now());
	pending_serving(az, 0);
}

/* --- for the lane -------------------------------------------------------- */

static int
pending_text(struct pending *pd, enum pending_for what, const char *text)
{
	char **to = what == PENDING_MAKE ? &pd->pd_plain : &pd->pd_encoded;

	if (text == NULL)
		return (0);
	pending_wipe(to);
	*to = strdup(text);
	return (*to == NULL ? -1 : 0);
}

/* It cannot wait. What had waited before is freed by who runs it. */
static void
pending_refuse(struct gate *g, struct pending *pd, bool down)
{
	if (down)
		tell_fail(g, 900);
	else
		tell_deny(g, 503, 0, BUSY,
		    g->g_claims != NULL ? g->g_claims->tc_user :
		                          g->g_ck.ck_user);
	if (g != &pd->pd_gate)
		pending_free(pd);
}

void
pending_lane(
    struct gate *g, enum pending_for what, const uint8_t *key, const char *text)
{
	struct authz *az = g->g_az;
	struct pending *pd = pending_hold(g);
	uint64_t now = proc_now();
	bool down = false;

	if (pd == NULL || pending_text(pd, what, text) == -1) {
		tell_fail(g, 1000);
		if (pd != NULL && g != &pd->pd_gate)
			pending_free(pd);
		return;
	}
	pd->pd_for = what;
	if (key != NULL)
		memcpy(pd->pd_key, key, CACHE_KEY);
	pd->pd_job = lane_add(az->az_lane,
	    what == PENDING_VERIFY ? LANE_TOKEN : LANE_LOGIN, key, pd,
	    pd->pd_deadline, now, &down);
	if (pd->pd_job == NULL) {
		pending_refuse(g, pd, down);
		return;
	}
	pending_arm(pd, pd->pd_deadline > now ? pd->pd_deadline - now : 0);
	/* Who runs it again has others to settle first. */
	if (g->g_pending == NULL)
		lane_run(az->az_lane, now);
}

int
pending_send(unsigned int inst, enum lane_kind kind, uint64_t id, void *arg,
    uint32_t *seq_r)
{
	struct pending *pd = arg;
	const struct check *ck = &pd->pd_gate.g_ck;
	struct msgw *mw = &pd->pd_gate.g_az->az_mw;
	struct peer *p = proc_peer(ROLE_HASH, inst);
	bool make = pd->pd_for == PENDING_MAKE;
	struct hash_ask ask;
	int ret;

	if (p == NULL)
		return (-1);
	if (kind == LANE_LOGIN) {
		ask.ha_id = id;
		ask.ha_op = make ? HASH_MAKE : HASH_CHECK;
		ask.ha_encoded = make ? "" : pd->pd_encoded;
		ask.ha_password = make ? pd->pd_plain : ck->ck_secret;
		lanemsg_put_hash(mw, &ask);
	} else
		lanemsg_put_verify(mw, id, ck->ck_secret);
	ret = peer_send(p, mw, seq_r);
	explicit_bzero(mw->mw_buf, MSG_HDR + mw->mw_len);
	return (ret);
}

void
pending_fail(void *arg, enum lane_fate fate)
{
	struct pending *pd = arg;

	tell_fail(&pd->pd_gate, fate == LANE_LOST ? 901 : 900);
	pending_free(pd);
}

void
pending_left(struct pending *pd)
{
	pd->pd_job = NULL;
	pd->pd_waits = false;
}

struct pending *
pending_answered(
    struct authz *az, const struct peer *p, uint64_t id, uint64_t now)
{
	struct pending *pd;

	pd = lane_done(az->az_lane, peer_inst(p), id, now);
	if (pd != NULL)
		pending_left(pd);
	return (pd);
}

int
pending_made(struct pending *pd, const char *encoded)
{
	pending_wipe(&pd->pd_plain);
	pending_wipe(&pd->pd_encoded);
	pd->pd_encoded = strdup(encoded);
	pd->pd_gate.g_encoded = pd->pd_encoded;
	return (pd->pd_encoded == NULL ? -1 : 0);
}

/* --- for the file -------------------------------------------------------- */

bool
pending_file(struct gate *g)
{
	struct authz *az = g->g_az;
	struct pending *pd;
	uint64_t now = proc_now(), end;
	size_t n = 0;

	if (g->g_claims == NULL)
		return (false);
	if (g->g_locked == 0)
		g->g_locked = now;
	/* The answer has to be there before http's own patience ends. */
	end = g->g_locked + PENDING_LOCKED;
	if (pending_deadline(g) < end)
		end = pending_deadline(g);
	if (now + PENDING_AGAIN >= end)
		return (false);
	TAILQ_FOREACH (pd, &az->az_pending, pd_entry)
		n += pd->pd_for == PENDING_FILE && pd->pd_waits;
	if (n >= PENDING_FILES)
		return (false);
	pd = pending_hold(g);
	if (pd == NULL)
		return (false);
	pd->pd_for = PENDING_FILE;
	pending_arm(pd, PENDING_AGAIN);
	return (true);
}

/* --- for a turn ---------------------------------------------------------- */

static void
pending_on_turn(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval next = { 0, 0 };
	struct authz *az = arg;
	struct pending *pd = TAILQ_FIRST(&az->az_turns);

	if (pd == NULL)
		return;
	TAILQ_REMOVE(&az->az_turns, pd, pd_turn);
	az->az_nturns--;
	pd->pd_waits = false;
	/* Whoever comes while it is done is behind those that wait. */
	evtimer_add(az->az_turn, &next);
	gate_turn(pd);
}

bool
pending_turn(struct gate *g, const uint8_t key[CACHE_KEY])
{
	const struct timeval next = { 0, 0 };
	struct authz *az = g->g_az;
	struct pending *pd;
	uint64_t now;

	if (az->az_turn == NULL)
		az->az_turn =
		    evtimer_new(az->az_proc->pr_base, pending_on_turn, az);
	if (az->az_turn == NULL || az->az_nturns >= PENDING_TURNS)
		return (false);
	/* The first of a round does not wait. */
	if (!evtimer_pending(az->az_turn, NULL)) {
		evtimer_add(az->az_turn, &next);
		return (false);
	}
	pd = pending_hold(g);
	if (pd == NULL)
		return (false);
	now = proc_now();
	pd->pd_for = PENDING_TURN;
	memmove(pd->pd_key, key, CACHE_KEY);
	pending_arm(pd, pd->pd_deadline > now ? pd->pd_deadline - now : 0);
	TAILQ_INSERT_TAIL(&az->az_turns, pd, pd_turn);
	az->az_nturns++;
	return (true);
}

/* --- all of them --------------------------------------------------------- */

static void
pending_cancel(struct pending *pd)
{
	if (pd->pd_job != NULL)
		lane_cancel(pd->pd_gate.g_az->az_lane, pd->pd_job);
	pending_free(pd);
}

void
pending_forget(struct authz *az, const struct peer *p)
{
	struct pending *pd, *next;

	for (pd = TAILQ_FIRST(&az->az_pending); pd != NULL; pd = next) {
		next = TAILQ_NEXT(pd, pd_entry);
		if (pd->pd_gate.g_peer == p)
			pending_cancel(pd);
	}
	lane_run(az->az_lane, proc_now());
}

void
pending_end(struct authz *az)
{
	struct pending *pd;

	while ((pd = TAILQ_FIRST(&az->az_pending)) != NULL)
		pending_cancel(pd);
	if (az->az_turn != NULL)
		event_free(az->az_turn);
	az->az_turn = NULL;
}
