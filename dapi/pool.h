/* SPDX-License-Identifier: ISC */
/*
 * A pool: the executors of one role, the calls they run, the calls that wait.
 * No input or output of its own; the router acts on what it answers. Times are
 * CLOCK_MONOTONIC in ns.
 */
#ifndef DAPI_POOL_H
#define DAPI_POOL_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/call.h"
#include "common/roles.h"

#define POOL_QUEUE	4096		/* most calls that wait */
#define POOL_BYTES	(64UL * 1024 * 1024)	/* most bytes of them */
#define POOL_HOLD	1000000000U	/* ns a call waits for a replacement */

struct pool_call {
	TAILQ_ENTRY(pool_call) pc_entry;
	struct call_head pc_head;
	uint64_t	 pc_since;	/* queued, or started */
	uint32_t	 pc_seq;	/* of EXEC on the link to the executor */
	bool		 pc_answered;	/* the caller has its answer already */
	uint64_t	 pc_kill;	/* when the executor is ended, 0: not yet */
	int		 pc_fd;		/* descriptor that came along, or -1 */
	size_t		 pc_len;
	uint8_t		 pc_data[];	/* body of CALL as it came */
};

TAILQ_HEAD(pool_queue, pool_call);

struct pool_worker {
	bool		 pw_up;
	bool		 pw_backoff;
	uint64_t	 pw_lost;	/* when it went, 0: never was there */
	struct pool_call *pw_call;	/* what it runs, or NULL */
};

struct workpool {
	enum role	 po_role;
	unsigned int	 po_n;
	struct pool_worker po_worker[ROLE_INSTANCES];
	struct pool_queue po_queue;
	size_t		 po_nqueue;
	size_t		 po_bytes;
	uint64_t	 po_mean;	/* ns a call takes, moving average */
};

void	pool_init(struct workpool *, enum role, unsigned int n);
void	pool_free(struct workpool *);

/*
 * Copy a call: len bytes of CALL's body, fd comes with it (owned from here
 * on). NULL without memory; fd is closed then.
 */
struct pool_call *pool_call_new(const struct call_head *, const uint8_t *data,
	    size_t len, int fd, uint64_t now);
void	pool_call_free(struct pool_call **);

enum pool_state {
	POOL_OK,
	POOL_DOWN,	/* nobody there, nobody coming soon: 900 */
	POOL_BUSY	/* would wait longer than it may: 503 */
};

/* May a call be queued now? */
enum pool_state pool_admit(const struct workpool *, const struct call_head *,
	    uint64_t now);
void	pool_enqueue(struct workpool *, struct pool_call *);

/*
 * The next call that can start and who runs it: takes it off the queue and
 * marks the worker. NULL: none can. A call without a deadline never gets the
 * last free worker of two or more.
 */
struct pool_call *pool_next(struct workpool *, unsigned int *worker_r,
	    uint64_t now);

/* The worker has answered id; its call, for the caller to free, or NULL. */
struct pool_call *pool_done(struct workpool *, unsigned int worker, uint64_t id,
	    uint64_t now);

/*
 * The worker died having taken frames up to taken. Returns the call that it
 * was running (caller frees), or NULL when it had not begun: then the call
 * stays with its successor.
 */
struct pool_call *pool_lost(struct workpool *, unsigned int worker,
	    uint32_t taken, bool backoff, uint64_t now);
void	pool_up(struct workpool *, unsigned int worker);

/* The first waiting call that is over its time (*code_r 3021) or cannot hope
 * for a worker any more (900); off the queue, caller frees. NULL: none. */
struct pool_call *pool_expired(struct workpool *, uint64_t now, uint16_t *code_r);

/*
 * A call that a dead worker had not begun and whose successor does not come
 * within the hold: taken from it, caller frees. NULL: none.
 */
struct pool_call *pool_stranded(struct workpool *, uint64_t now);

/* Is any executor there, or coming within the hold? */
bool	pool_alive(const struct workpool *, uint64_t now);

#endif
