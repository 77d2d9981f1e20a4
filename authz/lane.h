/* SPDX-License-Identifier: ISC */
/*
 * authz's side of the hash lane: who waits, and which instance does what next.
 *
 * Neither kind of work may hold up the other. Of two or more instances the
 * first checks tokens only, so that a hundred logins never delay a token; the
 * others take logins first, and tokens when no login waits, so that junk
 * tokens cost a login no more than the few already handed out. A single
 * instance takes a login after every LANE_TURN tokens. Nothing is handed to an
 * instance behind a login.
 *
 * Of jobs with the same key only one is handed out at a time: when it ends
 * well its answer is remembered and the others need no work.
 *
 * Pure but for the callbacks; time is ns of CLOCK_MONOTONIC.
 */
#ifndef AUTHZ_LANE_H
#define AUTHZ_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/cache.h"

#define LANE_MAX	256	/* most jobs of a kind that wait */
#define LANE_DEPTH	4	/* most tokens handed to an instance at once */
#define LANE_TURN	32	/* tokens between two logins, one instance */

enum lane_kind { LANE_TOKEN, LANE_LOGIN, LANE__MAX };

enum lane_fate {
	LANE_LOST,		/* the instance died on it: 901 */
	LANE_NONE		/* no instance will be there soon: 900 */
};

struct lane;
struct lane_job;

struct lane_ops {
	/*
	 * Send the job of arg to an instance under the number id; *seq_r is
	 * that of the frame. 0 or -1 (try again later).
	 */
	int	(*lo_send)(unsigned int inst, enum lane_kind, uint64_t id,
		    void *arg, uint32_t *seq_r);
	/* The job ended without an answer and is gone. */
	void	(*lo_fail)(void *arg, enum lane_fate);
	/* Is the answer remembered by now? Then use it; the job is gone. */
	bool	(*lo_known)(void *arg);
};

/*
 * For n instances (1 to ROLE_INSTANCES). Jobs are numbered from id on, which
 * has to be beyond the numbers of an earlier life of this process: instances
 * still answer those, and an answer must not be taken for another's. Fatal
 * without memory.
 */
struct lane	*lane_new(unsigned int n, uint64_t id, const struct lane_ops *);
void		 lane_free(struct lane **);

/*
 * Add a job; lane_run() hands it out. key: what stands for the credential, or
 * NULL: share nothing. Returns NULL when it is not taken: *down_r tells that
 * no instance is there (900) from too much to do before deadline (503).
 */
struct lane_job	*lane_add(struct lane *, enum lane_kind,
		    const uint8_t key[CACHE_KEY], void *arg, uint64_t deadline,
		    uint64_t now, bool *down_r);

/* Nobody waits for the job any more. */
void		 lane_cancel(struct lane *, struct lane_job *);

/*
 * An instance answered id. Returns its arg, or NULL: nobody waits (any more).
 * The job is gone. Call lane_settle() when the answer was remembered, and
 * lane_run() in any case.
 */
void		*lane_done(struct lane *, unsigned int inst, uint64_t id,
		    uint64_t now);
/* An instance could not do id yet: it goes to the front again. */
void		 lane_again(struct lane *, unsigned int inst, uint64_t id);
/* Let those that wait with this key look whether it is known. */
void		 lane_settle(struct lane *, enum lane_kind,
		    const uint8_t key[CACHE_KEY]);
/* Hand out what can be. */
void		 lane_run(struct lane *, uint64_t now);

/*
 * An instance died having taken frames up to number taken: what it had fails,
 * the rest waits in the link. backoff: it will not be back soon.
 */
void		 lane_lost(struct lane *, unsigned int inst, uint32_t taken,
		    bool backoff);
void		 lane_up(struct lane *, unsigned int inst, uint64_t now);

/* Jobs of a kind that wait to be handed out. */
size_t		 lane_waiting(const struct lane *, enum lane_kind);

#endif
