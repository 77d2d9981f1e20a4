/* SPDX-License-Identifier: ISC */
/*
 * Requests that wait: for the hash lane, for rbac.db when another program has
 * it locked, or for their turn. Each is a copy of what http sent, which has no
 * answer yet.
 */
#ifndef AUTHZ_PENDING_H
#define AUTHZ_PENDING_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/authz.h"
#include "authz/cache.h"
#include "authz/lane.h"
#include "authz/token.h"

#define PENDING_AGAIN	UINT64_C(50000000)	/* ns until a file is tried again */
#define PENDING_LOCKED	UINT64_C(3000000000)	/* ns that it may be locked */
#define PENDING_FILES	64	/* most requests that wait for the file */
#define PENDING_TURNS	512	/* most logins that wait for their turn */

struct event;

enum pending_for {
	PENDING_VERIFY,		/* the signature of a token */
	PENDING_CHECK,		/* the comparison of a password */
	PENDING_MAKE,		/* the hash of a new password */
	PENDING_FILE,		/* rbac.db */
	PENDING_TURN		/* a login that is known: for others */
};

struct pending {
	TAILQ_ENTRY(pending) pd_entry;
	TAILQ_ENTRY(pending) pd_turn;	/* PENDING_TURN, while it waits */
	struct gate	 pd_gate;	/* texts in pd_frame */
	enum pending_for pd_for;
	bool		 pd_waits;	/* false: it is being worked on */
	struct lane_job	*pd_job;	/* while the lane has it */
	struct event	*pd_timer;	/* its end, or when it is run again */
	uint64_t	 pd_deadline;	/* ns of CLOCK_MONOTONIC */
	uint8_t		*pd_frame;	/* CHECK's body, copied */
	size_t		 pd_len;
	uint8_t		 pd_key[CACHE_KEY];
	char		*pd_encoded;	/* the hash: compared with, or made */
	char		*pd_plain;	/* what it is made of, else NULL */
	struct token_claims pd_claims;	/* PENDING_MAKE, PENDING_FILE */
	uint64_t	 pd_keyno;	/* of the key that they were signed with */
};

/* The request now worked on, for status and in log lines; 0: none. */
void	pending_serving(struct authz *, uint64_t id);

/*
 * Let the request wait for the lane, or tell at once that it cannot. key: what
 * stands for the credential, NULL: it is not to be shared nor remembered.
 * text: PENDING_CHECK's hash, PENDING_MAKE's password; copied. The descriptor
 * becomes the copy's.
 */
void	pending_lane(struct gate *, enum pending_for, const uint8_t *key,
	    const char *text);

/*
 * Let a request with a token run again in a little while, when rbac.db may not
 * be locked any more. False: it has waited long enough, or too many do.
 */
bool	pending_file(struct gate *);

/*
 * To sign a token takes as long as thirty other requests. Of logins that need
 * no more than that one is done in each round of the event loop, so that a
 * crowd of them holds up nobody. True: it waits, and gate_turn() goes on with
 * it; key is what stands for the credential. False: it is to be done now.
 */
bool	pending_turn(struct gate *, const uint8_t key[CACHE_KEY]);

/* The request whose job an instance of hash answered, or NULL. */
struct pending *pending_answered(struct authz *, const struct peer *,
	    uint64_t id, uint64_t now);
/* The lane has let go of it: it is worked on now. */
void	pending_left(struct pending *);
/* The hash that it waited for, as g_encoded. 0, or -1 without memory. */
int	pending_made(struct pending *, const char *encoded);
/* It has been worked on: gone, unless it waits again. */
void	pending_done(struct pending *);

/* Nobody waits for what a http worker asked any more. */
void	pending_forget(struct authz *, const struct peer *);
/* Forget everything that waits. */
void	pending_end(struct authz *);

/* The lane's questions: lane.h. */
int	pending_send(unsigned int inst, enum lane_kind, uint64_t id, void *arg,
	    uint32_t *seq_r);
void	pending_fail(void *arg, enum lane_fate);

#endif
