/* SPDX-License-Identifier: ISC */
/* See pool.h. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dapi/pool.h"

void
pool_init(struct workpool *po, enum role role, unsigned int n)
{
	memset(po, 0, sizeof(*po));
	po->po_role = role;
	po->po_n = n;
	TAILQ_INIT(&po->po_queue);
}

static void
pool_remove(struct workpool *po, struct pool_call *pc)
{
	TAILQ_REMOVE(&po->po_queue, pc, pc_entry);
	po->po_nqueue--;
	po->po_bytes -= pc->pc_len;
}

void
pool_free(struct workpool *po)
{
	struct pool_call *pc;
	unsigned int i;

	while ((pc = TAILQ_FIRST(&po->po_queue)) != NULL) {
		pool_remove(po, pc);
		pool_call_free(&pc);
	}
	for (i = 0; i < po->po_n; i++)
		pool_call_free(&po->po_worker[i].pw_call);
}

struct pool_call *
pool_call_new(const struct call_head *ch, const uint8_t *data, size_t len,
    int fd, uint64_t now)
{
	struct pool_call *pc;

	pc = malloc(sizeof(*pc) + len);
	if (pc == NULL) {
		if (fd != -1)
			close(fd);
		return (NULL);
	}
	memset(pc, 0, sizeof(*pc));
	pc->pc_head = *ch;
	pc->pc_since = now;
	pc->pc_fd = fd;
	pc->pc_len = len;
	memcpy(pc->pc_data, data, len);
	return (pc);
}

void
pool_call_free(struct pool_call **pc_p)
{
	struct pool_call *pc = *pc_p;

	if (pc == NULL)
		return;
	*pc_p = NULL;
	if (pc->pc_fd != -1)
		close(pc->pc_fd);
	explicit_bzero(pc->pc_data, pc->pc_len);
	free(pc);
}

/* Is a worker there, or will one be within the time that calls are held? */
static bool
pool_worker_hope(const struct pool_worker *pw, uint64_t now)
{
	if (pw->pw_up)
		return (true);
	/* Not started yet: the server is just coming up. */
	if (pw->pw_lost == 0)
		return (true);
	return (!pw->pw_backoff && now - pw->pw_lost < POOL_HOLD);
}

bool
pool_alive(const struct workpool *po, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < po->po_n; i++)
		if (pool_worker_hope(&po->po_worker[i], now))
			return (true);
	return (false);
}

enum pool_state
pool_admit(const struct workpool *po, const struct call_head *ch, uint64_t now)
{
	uint64_t wait;

	if (!pool_alive(po, now))
		return (POOL_DOWN);
	if (po->po_nqueue >= POOL_QUEUE || po->po_bytes >= POOL_BYTES)
		return (POOL_BUSY);
	if (ch->ch_deadline == 0 || po->po_nqueue < po->po_n)
		return (POOL_OK);
	wait = po->po_mean / po->po_n * po->po_nqueue;
	return (now + wait > ch->ch_deadline ? POOL_BUSY : POOL_OK);
}

void
pool_enqueue(struct workpool *po, struct pool_call *pc)
{
	TAILQ_INSERT_TAIL(&po->po_queue, pc, pc_entry);
	po->po_nqueue++;
	po->po_bytes += pc->pc_len;
}

/* Free workers, and one of them. */
static unsigned int
pool_idle(const struct workpool *po, unsigned int *worker_r)
{
	unsigned int i, n = 0;

	for (i = 0; i < po->po_n; i++) {
		if (!po->po_worker[i].pw_up || po->po_worker[i].pw_call != NULL)
			continue;
		if (n++ == 0)
			*worker_r = i;
	}
	return (n);
}

struct pool_call *
pool_next(struct workpool *po, unsigned int *worker_r, uint64_t now)
{
	struct pool_call *pc;
	unsigned int idle;

	idle = pool_idle(po, worker_r);
	if (idle == 0)
		return (NULL);
	TAILQ_FOREACH (pc, &po->po_queue, pc_entry) {
		if ((pc->pc_head.ch_flags & CALL_WAIT) && idle == 1 &&
		    po->po_n > 1)
			continue;
		pool_remove(po, pc);
		pc->pc_since = now;
		po->po_worker[*worker_r].pw_call = pc;
		return (pc);
	}
	return (NULL);
}

struct pool_call *
pool_done(struct workpool *po, unsigned int worker, uint64_t id, uint64_t now)
{
	struct pool_worker *pw = &po->po_worker[worker];
	struct pool_call *pc = pw->pw_call;
	uint64_t took;

	/* An answer to a predecessor of this router, or to nothing. */
	if (pc == NULL || pc->pc_head.ch_id != id)
		return (NULL);
	pw->pw_call = NULL;
	took = now - pc->pc_since;
	po->po_mean = po->po_mean - po->po_mean / 16 + took / 16;
	return (pc);
}

struct pool_call *
pool_lost(struct workpool *po, unsigned int worker, uint32_t taken,
    bool backoff, uint64_t now)
{
	struct pool_worker *pw = &po->po_worker[worker];
	struct pool_call *pc = pw->pw_call;

	pw->pw_up = false;
	pw->pw_backoff = backoff;
	pw->pw_lost = now;
	if (pc == NULL)
		return (NULL);
	/* Frames are numbered round; the difference tells which came first. */
	if ((int32_t)(pc->pc_seq - taken) > 0)
		return (NULL);
	pw->pw_call = NULL;
	return (pc);
}

void
pool_up(struct workpool *po, unsigned int worker)
{
	po->po_worker[worker].pw_up = true;
	po->po_worker[worker].pw_backoff = false;
}

struct pool_call *
pool_stranded(struct workpool *po, uint64_t now)
{
	struct pool_worker *pw;
	struct pool_call *pc;
	unsigned int i;

	for (i = 0; i < po->po_n; i++) {
		pw = &po->po_worker[i];
		if (pw->pw_call == NULL || pool_worker_hope(pw, now))
			continue;
		pc = pw->pw_call;
		pw->pw_call = NULL;
		return (pc);
	}
	return (NULL);
}

struct pool_call *
pool_expired(struct workpool *po, uint64_t now, uint16_t *code_r)
{
	struct pool_call *pc;
	bool alive = pool_alive(po, now);

	TAILQ_FOREACH (pc, &po->po_queue, pc_entry) {
		if (!alive)
			*code_r = 900;
		else if (pc->pc_head.ch_deadline != 0 &&
		    now >= pc->pc_head.ch_deadline)
			*code_r = 3021;
		else
			continue;
		pool_remove(po, pc);
		return (pc);
	}
	return (NULL);
}
