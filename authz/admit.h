/* SPDX-License-Identifier: ISC */
/*
 * The counters that decide whether a request is looked at at all: requests a
 * minute, events a minute, login attempts of an address. Semantics and codes
 * are those of facts/api/http.md section 8. Pure: time comes from outside.
 *
 * All of it lives in memory that outlives this process (struct page, pg_keep),
 * so that a crash forgives nobody. Logins are counted in a table of fixed size:
 * sets of ADMIT_WAYS entries, chosen by a keyed hash of the address, so that
 * nobody can aim at a set. When a set is full, a newcomer takes the place of an
 * entry whose time has passed, else of the one with the fewest attempts (of
 * equals the oldest). A running block is never displaced: where a set holds
 * nothing else, newcomers are counted together in one common entry, with the
 * limit of one address, until a block there ends. With the default of 300
 * requests a minute no flood can fill even half of the table in a block time.
 *
 * Callers may have buckets of their own (al_caller), so that one cannot use up
 * what all have together: who is over its own rate is refused without being
 * counted. They stand in a table of the same kind; where a set of it is full,
 * the fullest bucket makes room, whose caller loses least.
 */
#ifndef AUTHZ_ADMIT_H
#define AUTHZ_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADMIT_WAYS	32
#define ADMIT_SETS	120
#define ADMIT_CALLERS	128	/* sets of buckets, */
#define ADMIT_BUCKETS	16	/*  and how many are in each */
#define ADMIT_EVENTS	30	/* most requests a minute for /events */
#define ADMIT_RUNAS	8192	/* most bytes of an authorization context */

struct admit_limits {
	int64_t	 al_minute;	/* requests a minute; 0 or less: no limit */
	int64_t	 al_attempts;	/* logins of an address before it is blocked */
	int64_t	 al_block;	/* seconds without an attempt that forgive */
	int64_t	 al_caller;	/* a caller's requests a minute; 0: no limit */
};

struct admit_window {
	uint64_t	 aw_start;	/* ns; 0: nothing counted yet */
	int64_t		 aw_count;
};

struct admit_entry {
	uint64_t	 ae_key;	/* keyed hash of the address, 0: free */
	uint32_t	 ae_last;	/* last attempt, 1/10 s since ak_epoch */
	uint32_t	 ae_attempts;	/* top bit: blocked */
};

struct admit_bucket {
	uint64_t	 ab_key;	/* keyed hash of the caller, 0: free */
	uint64_t	 ab_left;	/* millionths of requests */
	uint32_t	 ab_last;	/* when, 1/10 s since ak_epoch */
	uint32_t	 ab_pad;
};

struct admit_keep {
	uint64_t	 ak_magic;	/* says which layout this is */
	uint64_t	 ak_epoch;	/* ns, when the memory was set up */
	uint8_t		 ak_seed[16];	/* of the hash */
	struct admit_window ak_all, ak_events;
	struct admit_entry ak_common;	/* of addresses without an entry */
	struct admit_entry ak_sets[ADMIT_SETS][ADMIT_WAYS];
	struct admit_bucket ak_callers[ADMIT_CALLERS][ADMIT_BUCKETS];
};

enum admit_login {
	ADMIT_BLOCKED,
	ADMIT_COUNTED,		/* in the address's own entry */
	ADMIT_SHARED		/* in the common one */
};

/*
 * Use mem (at least sizeof(struct admit_keep), aligned for it): what an
 * earlier process left there goes on, anything else is set up anew with seed
 * (random). now: ns of CLOCK_MONOTONIC, here and below.
 */
struct admit_keep *admit_open(void *mem, const uint8_t seed[16], uint64_t now);

/*
 * Count a request; events: it asks for /events. 0 where it may pass, else the
 * code that refuses it: 6001, 6005.
 */
uint16_t admit_request(struct admit_keep *, const struct admit_limits *,
	    bool events, uint64_t now);

/*
 * Take a request from a caller's bucket, which holds a minute's worth and
 * fills at the rate of al_caller. who: a name that nobody else can have. False:
 * it is empty.
 */
bool	admit_caller(struct admit_keep *, const struct admit_limits *,
	    const char *who, uint64_t now);

/*
 * Seconds, at least one, until what was refused may pass: code 6000 of an
 * address, 6001 or 6005 by the window, or 6001 by who's bucket (NULL: it was
 * the window).
 */
uint32_t admit_wait(struct admit_keep *, const struct admit_limits *,
	    uint16_t code, const char *addr, const char *who, uint64_t now);

/* Count a login attempt of an address (its text) before it is checked. */
enum admit_login admit_attempt(struct admit_keep *,
	    const struct admit_limits *, const char *addr, uint64_t now);

/* A token has been made: take one attempt back from where it was counted. */
void	admit_release(struct admit_keep *, const struct admit_limits *,
	    const char *addr, enum admit_login);

#endif
