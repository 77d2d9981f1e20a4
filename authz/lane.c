/* SPDX-License-Identifier: ISC */
/* Who waits for the hash instances: see lane.h. */
#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "authz/lane.h"
#include "common/log.h"
#include "common/roles.h"

#define MSEC UINT64_C(1000000)

struct lane_job {
	TAILQ_ENTRY(lane_job) lj_entry;
	enum lane_kind lj_kind;
	bool lj_keyed;
	bool lj_follows; /* another with its key is before it */
	uint8_t lj_key[CACHE_KEY];
	void *lj_arg; /* NULL: nobody waits any more */
	/* once handed out */
	uint64_t lj_id; /* 0: it waits */
	unsigned int lj_inst;
	uint32_t lj_seq;
	uint64_t lj_sent;
};

TAILQ_HEAD(lane_list, lane_job);

struct lane_inst {
	struct lane_list li_jobs; /* handed out to it */
	unsigned int li_n[LANE__MAX];
	uint64_t li_last; /* when it last answered */
	bool li_up;
	bool li_backoff;
};

struct lane {
	const struct lane_ops *la_ops;
	struct lane_list la_wait[LANE__MAX];
	size_t la_nwait[LANE__MAX];
	size_t la_nlead[LANE__MAX]; /* of them, not followers */
	uint64_t la_cost[LANE__MAX]; /* ns of one, moving mean */
	uint64_t la_id; /* of the next job; never 0 */
	unsigned int la_turn; /* tokens until a login's turn */
	unsigned int la_n;
	struct lane_inst la_inst[ROLE_INSTANCES];
};

struct lane *
lane_new(unsigned int n, uint64_t id, const struct lane_ops *ops)
{
	struct lane *la;
	unsigned int i;

	if (n == 0 || n > ROLE_INSTANCES)
		fatalx("no hash instances");
	la = calloc(1, sizeof(*la));
	if (la == NULL)
		fatalx("no memory");
	la->la_ops = ops;
	la->la_n = n;
	la->la_id = id;
	la->la_turn = LANE_TURN;
	/* First guesses; what is measured takes their place. */
	la->la_cost[LANE_TOKEN] = MSEC / 2;
	la->la_cost[LANE_LOGIN] = 120 * MSEC;
	TAILQ_INIT(&la->la_wait[LANE_TOKEN]);
	TAILQ_INIT(&la->la_wait[LANE_LOGIN]);
	for (i = 0; i < n; i++) {
		TAILQ_INIT(&la->la_inst[i].li_jobs);
		la->la_inst[i].li_up = true;
	}
	return (la);
}

static void
lane_job_free(struct lane_job *lj)
{
	explicit_bzero(lj, sizeof(*lj));
	free(lj);
}

void
lane_free(struct lane **lap)
{
	struct lane *la = *lap;
	struct lane_job *lj;
	unsigned int i;

	if (la == NULL)
		return;
	for (i = 0; i < la->la_n + LANE__MAX; i++) {
		struct lane_list *list = i < LANE__MAX ?
		    &la->la_wait[i] :
		    &la->la_inst[i - LANE__MAX].li_jobs;

		while ((lj = TAILQ_FIRST(list)) != NULL) {
			TAILQ_REMOVE(list, lj, lj_entry);
			lane_job_free(lj);
		}
	}
	free(la);
	*lap = NULL;
}

/* --- jobs of the same key ---------------------------------------------- */

static bool
lane_same(const struct lane_job *lj, enum lane_kind kind,
    const uint8_t key[CACHE_KEY])
{
	return (lj->lj_kind == kind && lj->lj_keyed &&
	    memcmp(lj->lj_key, key, CACHE_KEY) == 0);
}

/* Is a job with this key handed out? */
static bool
lane_running(
    const struct lane *la, enum lane_kind kind, const uint8_t key[CACHE_KEY])
{
	const struct lane_job *lj;
	unsigned int i;

	for (i = 0; i < la->la_n; i++)
		TAILQ_FOREACH (lj, &la->la_inst[i].li_jobs, lj_entry)
			if (lane_same(lj, kind, key))
				return (true);
	return (false);
}

/* The first that waits with this key, or NULL. */
static struct lane_job *
lane_first(
    const struct lane *la, enum lane_kind kind, const uint8_t key[CACHE_KEY])
{
	struct lane_job *lj;

	TAILQ_FOREACH (lj, &la->la_wait[kind], lj_entry)
		if (lane_same(lj, kind, key))
			return (lj);
	return (NULL);
}

/* --- the waiting lists ------------------------------------------------- */

static void
lane_wait(struct lane *la, struct lane_job *lj, bool front)
{
	lj->lj_id = 0;
	if (front)
		TAILQ_INSERT_HEAD(&la->la_wait[lj->lj_kind], lj, lj_entry);
	else
		TAILQ_INSERT_TAIL(&la->la_wait[lj->lj_kind], lj, lj_entry);
	la->la_nwait[lj->lj_kind]++;
	if (!lj->lj_follows)
		la->la_nlead[lj->lj_kind]++;
}

static void
lane_unwait(struct lane *la, struct lane_job *lj)
{
	TAILQ_REMOVE(&la->la_wait[lj->lj_kind], lj, lj_entry);
	la->la_nwait[lj->lj_kind]--;
	if (!lj->lj_follows)
		la->la_nlead[lj->lj_kind]--;
}

/*
 * The job leaves without an answer that others could use: the next one with
 * its key is work of its own again.
 */
static void
lane_promote(struct lane *la, const struct lane_job *gone)
{
	struct lane_job *lj;

	if (!gone->lj_keyed || gone->lj_follows)
		return;
	lj = lane_first(la, gone->lj_kind, gone->lj_key);
	if (lj != NULL && lj->lj_follows) {
		lj->lj_follows = false;
		la->la_nlead[lj->lj_kind]++;
	}
}

static void
lane_unhand(struct lane *la, struct lane_job *lj)
{
	struct lane_inst *li = &la->la_inst[lj->lj_inst];

	TAILQ_REMOVE(&li->li_jobs, lj, lj_entry);
	li->li_n[lj->lj_kind]--;
}

static unsigned int
lane_nup(const struct lane *la)
{
	unsigned int i, n = 0;

	for (i = 0; i < la->la_n; i++)
		n += la->la_inst[i].li_up;
	return (n);
}

/* Are all instances away, and not about to be back? */
static bool
lane_down(const struct lane *la)
{
	unsigned int i;

	for (i = 0; i < la->la_n; i++)
		if (la->la_inst[i].li_up || !la->la_inst[i].li_backoff)
			return (false);
	return (true);
}

/* Would one more of a kind be through by the deadline? */
static bool
lane_in_time(
    const struct lane *la, enum lane_kind kind, uint64_t deadline, uint64_t now)
{
	uint64_t jobs = la->la_nlead[kind] + 1, servers = 1;
	unsigned int i, nup = lane_nup(la);

	for (i = 0; i < la->la_n; i++)
		jobs += la->la_inst[i].li_n[kind];
	if (kind == LANE_LOGIN && nup > 2)
		servers = nup - 1;
	/* Half as much again: a machine that gets busy gets slower. */
	return (now + jobs * la->la_cost[kind] * 3 / 2 / servers <= deadline);
}

struct lane_job *
lane_add(struct lane *la, enum lane_kind kind, const uint8_t key[CACHE_KEY],
    void *arg, uint64_t deadline, uint64_t now, bool *down_r)
{
	struct lane_job *lj;
	bool follows;

	*down_r = lane_down(la);
	if (*down_r || la->la_nwait[kind] >= LANE_MAX)
		return (NULL);
	follows = key != NULL &&
	    (lane_running(la, kind, key) || lane_first(la, kind, key) != NULL);
	if (!follows && !lane_in_time(la, kind, deadline, now))
		return (NULL);
	lj = calloc(1, sizeof(*lj));
	if (lj == NULL)
		return (NULL);
	lj->lj_kind = kind;
	lj->lj_arg = arg;
	lj->lj_follows = follows;
	if (key != NULL) {
		lj->lj_keyed = true;
		memcpy(lj->lj_key, key, CACHE_KEY);
	}
	lane_wait(la, lj, false);
	return (lj);
}

void
lane_cancel(struct lane *la, struct lane_job *lj)
{
	if (lj->lj_id != 0) {
		/* The instance will answer; nobody listens. */
		lj->lj_arg = NULL;
		return;
	}
	lane_unwait(la, lj);
	lane_promote(la, lj);
	lane_job_free(lj);
}

/* --- handing out ------------------------------------------------------- */

/* The first of a kind whose key nobody is working on. */
static struct lane_job *
lane_next(const struct lane *la, enum lane_kind kind)
{
	struct lane_job *lj;

	TAILQ_FOREACH (lj, &la->la_wait[kind], lj_entry)
		if (!lj->lj_keyed || !lane_running(la, kind, lj->lj_key))
			return (lj);
	return (NULL);
}

/* What an instance should do now, or NULL. */
static struct lane_job *
lane_choose(struct lane *la, unsigned int inst, bool tokens_only, bool alone)
{
	const struct lane_inst *li = &la->la_inst[inst];
	struct lane_job *login = NULL, *token = NULL;

	if (li->li_n[LANE_LOGIN] != 0)
		return (NULL);
	if (!tokens_only)
		login = lane_next(la, LANE_LOGIN);
	if (li->li_n[LANE_TOKEN] < LANE_DEPTH)
		token = lane_next(la, LANE_TOKEN);
	if (login != NULL && alone && la->la_turn > 0 &&
	    la->la_nwait[LANE_TOKEN] != 0)
		login = NULL;
	if (login != NULL) {
		la->la_turn = LANE_TURN;
		return (login);
	}
	if (token != NULL && la->la_turn > 0)
		la->la_turn--;
	return (token);
}

static int
lane_hand(struct lane *la, unsigned int inst, struct lane_job *lj, uint64_t now)
{
	struct lane_inst *li = &la->la_inst[inst];
	uint64_t id = la->la_id;

	if (la->la_ops->lo_send(
	        inst, lj->lj_kind, id, lj->lj_arg, &lj->lj_seq) == -1)
		return (-1);
	la->la_id++;
	lane_unwait(la, lj);
	lj->lj_id = id;
	lj->lj_inst = inst;
	lj->lj_sent = now;
	TAILQ_INSERT_TAIL(&li->li_jobs, lj, lj_entry);
	li->li_n[lj->lj_kind]++;
	return (0);
}

void
lane_run(struct lane *la, uint64_t now)
{
	struct lane_job *lj;
	unsigned int i, nup = lane_nup(la), seen = 0;
	bool first;

	for (i = 0; i < la->la_n; i++) {
		if (!la->la_inst[i].li_up)
			continue;
		first = seen++ == 0;
		while ((lj = lane_choose(la, i, first && nup > 1, nup == 1)) !=
		    NULL)
			if (lane_hand(la, i, lj, now) == -1)
				break;
	}
}

/* --- answers ----------------------------------------------------------- */

static struct lane_job *
lane_handed(const struct lane *la, unsigned int inst, uint64_t id)
{
	struct lane_job *lj;

	if (inst >= la->la_n)
		return (NULL);
	TAILQ_FOREACH (lj, &la->la_inst[inst].li_jobs, lj_entry)
		if (lj->lj_id == id)
			return (lj);
	return (NULL);
}

void *
lane_done(struct lane *la, unsigned int inst, uint64_t id, uint64_t now)
{
	struct lane_inst *li = &la->la_inst[inst];
	struct lane_job *lj = lane_handed(la, inst, id);
	uint64_t since, *cost;
	void *arg;

	if (lj == NULL)
		return (NULL);
	/* It began when it was sent, or when the one before it ended. */
	since = lj->lj_sent > li->li_last ? lj->lj_sent : li->li_last;
	cost = &la->la_cost[lj->lj_kind];
	*cost = (*cost * 3 + (now - since)) / 4;
	li->li_last = now;
	arg = lj->lj_arg;
	lane_unhand(la, lj);
	lane_promote(la, lj);
	lane_job_free(lj);
	return (arg);
}

void
lane_again(struct lane *la, unsigned int inst, uint64_t id)
{
	struct lane_job *lj = lane_handed(la, inst, id);

	if (lj == NULL)
		return;
	lane_unhand(la, lj);
	if (lj->lj_arg == NULL) {
		lane_promote(la, lj);
		lane_job_free(lj);
	} else
		lane_wait(la, lj, true);
}

void
lane_settle(struct lane *la, enum lane_kind kind, const uint8_t key[CACHE_KEY])
{
	struct lane_job *lj;
	void *arg;

	while ((lj = lane_first(la, kind, key)) != NULL) {
		arg = lj->lj_arg;
		/* Its pending request may go while it uses the answer. */
		lane_unwait(la, lj);
		if (!la->la_ops->lo_known(arg)) {
			lane_wait(la, lj, true);
			return;
		}
		lane_job_free(lj);
	}
}

/* --- instances that come and go ---------------------------------------- */

static void
lane_fail(struct lane *la, struct lane_job *lj, enum lane_fate fate)
{
	void *arg = lj->lj_arg;

	lane_promote(la, lj);
	lane_job_free(lj);
	if (arg != NULL)
		la->la_ops->lo_fail(arg, fate);
}

void
lane_lost(struct lane *la, unsigned int inst, uint32_t taken, bool backoff)
{
	struct lane_inst *li;
	struct lane_job *lj, *next;
	int kind;

	if (inst >= la->la_n)
		return;
	li = &la->la_inst[inst];
	li->li_up = false;
	li->li_backoff = backoff;
	for (lj = TAILQ_FIRST(&li->li_jobs); lj != NULL; lj = next) {
		next = TAILQ_NEXT(lj, lj_entry);
		/* Numbers go round; half of them are behind taken. */
		if (!backoff && (int32_t)(lj->lj_seq - taken) > 0)
			continue;
		lane_unhand(la, lj);
		lane_fail(la, lj, LANE_LOST);
	}
	if (!lane_down(la))
		return;
	for (kind = 0; kind < LANE__MAX; kind++)
		while ((lj = TAILQ_FIRST(&la->la_wait[kind])) != NULL) {
			lane_unwait(la, lj);
			lane_fail(la, lj, LANE_NONE);
		}
}

void
lane_up(struct lane *la, unsigned int inst, uint64_t now)
{
	if (inst >= la->la_n)
		return;
	la->la_inst[inst].li_up = true;
	la->la_inst[inst].li_backoff = false;
	/* What waited in the link begins only now. */
	la->la_inst[inst].li_last = now;
}

size_t
lane_waiting(const struct lane *la, enum lane_kind kind)
{
	return (la->la_nwait[kind]);
}
