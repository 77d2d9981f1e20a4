/* SPDX-License-Identifier: ISC */
/* The counters before everything else: see admit.h. */
#include <sys/types.h>

#include <assert.h>
#include <string.h>

#include "authz/admit.h"
#include "authz/siphash.h"
#include "common/page.h"

/* "admit" and the number of the layout. */
#define MAGIC UINT64_C(0x61646d6974000002)

#define SECOND   UINT64_C(1000000000)
#define TICK     (SECOND / 10) /* of ae_last */
#define WINDOW   (60 * SECOND)
#define BLOCKED  UINT32_C(0x80000000)
#define ATTEMPTS UINT32_C(0x7fffffff)
#define REQUEST  UINT64_C(1000000) /* of ab_left */
#define MINUTE   UINT64_C(600) /* ticks */

static_assert(sizeof(struct admit_keep) <= PAGE_KEEP, "fits into the page");
static_assert(_Alignof(struct admit_keep) <= 16, "aligned as pg_keep is");

struct admit_keep *
admit_open(void *mem, const uint8_t seed[16], uint64_t now)
{
	struct admit_keep *ak = mem;

	if (ak->ak_magic == MAGIC && ak->ak_epoch <= now)
		return (ak);
	memset(ak, 0, sizeof(*ak));
	memcpy(ak->ak_seed, seed, sizeof(ak->ak_seed));
	ak->ak_epoch = now;
	ak->ak_magic = MAGIC;
	return (ak);
}

/*
 * The original's window: it starts with the first request, all within a minute
 * of its start count, and the one that finds it over starts the next without
 * being counted itself.
 */
static bool
admit_count(struct admit_window *aw, int64_t most, uint64_t now)
{
	if (aw->aw_start == 0)
		aw->aw_start = now;
	if (now - aw->aw_start <= WINDOW)
		aw->aw_count++;
	else {
		aw->aw_count = 0;
		aw->aw_start = now;
	}
	return (aw->aw_count <= most);
}

uint16_t
admit_request(struct admit_keep *ak, const struct admit_limits *al, bool events,
    uint64_t now)
{
	int64_t most = al->al_minute;

	if (most <= 0)
		return (0);
	if (!admit_count(&ak->ak_all, most, now))
		return (6001);
	if (!events)
		return (0);
	if (most > ADMIT_EVENTS)
		most = ADMIT_EVENTS;
	return (admit_count(&ak->ak_events, most, now) ? 0 : 6005);
}

/* --- login attempts ---------------------------------------------------- */

static uint32_t
admit_ticks(const struct admit_keep *ak, uint64_t now)
{
	return ((uint32_t)((now - ak->ak_epoch) / TICK));
}

/* Has the entry seen no attempt for the block time? */
static bool
admit_passed(
    const struct admit_entry *ae, const struct admit_limits *al, uint32_t ticks)
{
	return ((int64_t)(ticks - ae->ae_last) >= al->al_block * 10);
}

static uint64_t
admit_key(const struct admit_keep *ak, const char *addr)
{
	uint64_t key;

	key = siphash(ak->ak_seed, addr, strlen(addr));
	return (key != 0 ? key : 1);
}

static struct admit_entry *
admit_find(struct admit_keep *ak, uint64_t key)
{
	struct admit_entry *set = ak->ak_sets[key % ADMIT_SETS];
	size_t i;

	for (i = 0; i < ADMIT_WAYS; i++)
		if (set[i].ae_key == key)
			return (&set[i]);
	return (NULL);
}

/* Is a, as a place for a newcomer, better than b? */
static bool
admit_cheaper(const struct admit_entry *a, const struct admit_entry *b,
    const struct admit_limits *al, uint32_t ticks)
{
	bool pa = a->ae_key == 0 || admit_passed(a, al, ticks);
	bool pb = b->ae_key == 0 || admit_passed(b, al, ticks);

	if (pa != pb)
		return (pa);
	if (!pa && a->ae_attempts != b->ae_attempts)
		return (a->ae_attempts < b->ae_attempts);
	return (ticks - a->ae_last > ticks - b->ae_last);
}

/* An empty entry for key, or the common one when there is no room. */
static struct admit_entry *
admit_room(struct admit_keep *ak, const struct admit_limits *al, uint64_t key,
    uint32_t ticks)
{
	struct admit_entry *set = ak->ak_sets[key % ADMIT_SETS];
	struct admit_entry *best = &set[0];
	size_t i;

	for (i = 1; i < ADMIT_WAYS; i++)
		if (admit_cheaper(&set[i], best, al, ticks))
			best = &set[i];
	if (best->ae_key != 0 && (best->ae_attempts & BLOCKED) != 0 &&
	    !admit_passed(best, al, ticks))
		return (&ak->ak_common);
	memset(best, 0, sizeof(*best));
	best->ae_key = key;
	return (best);
}

enum admit_login
admit_attempt(struct admit_keep *ak, const struct admit_limits *al,
    const char *addr, uint64_t now)
{
	struct admit_entry *ae;
	uint32_t n, ticks = admit_ticks(ak, now);
	uint64_t key = admit_key(ak, addr);

	ae = admit_find(ak, key);
	if (ae == NULL)
		ae = admit_room(ak, al, key, ticks);
	if (ae->ae_attempts != 0 && admit_passed(ae, al, ticks))
		ae->ae_attempts = 0;
	if ((ae->ae_attempts & BLOCKED) != 0)
		return (ADMIT_BLOCKED);
	n = ae->ae_attempts < ATTEMPTS ? ae->ae_attempts + 1 : ATTEMPTS;
	ae->ae_last = ticks;
	ae->ae_attempts = (int64_t)n >= al->al_attempts ? n | BLOCKED : n;
	return (ae == &ak->ak_common ? ADMIT_SHARED : ADMIT_COUNTED);
}

void
admit_release(struct admit_keep *ak, const struct admit_limits *al,
    const char *addr, enum admit_login how)
{
	struct admit_entry *ae = &ak->ak_common;
	uint32_t n;

	if (how == ADMIT_BLOCKED)
		return;
	if (how == ADMIT_COUNTED)
		ae = admit_find(ak, admit_key(ak, addr));
	if (ae == NULL || (ae->ae_attempts & ATTEMPTS) == 0)
		return;
	n = (ae->ae_attempts & ATTEMPTS) - 1;
	if ((int64_t)n >= al->al_attempts)
		n |= BLOCKED & ae->ae_attempts;
	ae->ae_attempts = n;
	/* Nothing is left to remember of an address that only succeeds. */
	if (n == 0)
		memset(ae, 0, sizeof(*ae));
}

/* --- buckets of callers -------------------------------------------------- */

/* What the bucket holds by now. */
static uint64_t
admit_level(const struct admit_bucket *ab, const struct admit_limits *al,
    uint32_t ticks)
{
	uint64_t most = (uint64_t)al->al_caller * REQUEST, more;

	if (ticks - ab->ab_last >= MINUTE)
		return (most);
	more = most * (ticks - ab->ab_last) / MINUTE;
	return (ab->ab_left > most || more > most - ab->ab_left ?
	        most :
	        ab->ab_left + more);
}

/* The caller's bucket; a new one is full. */
static struct admit_bucket *
admit_bucket(struct admit_keep *ak, const struct admit_limits *al,
    const char *who, uint32_t ticks)
{
	uint64_t key = admit_key(ak, who);
	struct admit_bucket *set = ak->ak_callers[key % ADMIT_CALLERS];
	struct admit_bucket *best = NULL;
	size_t i;

	for (i = 0; i < ADMIT_BUCKETS; i++) {
		if (set[i].ab_key == key)
			return (&set[i]);
		if (best == NULL ||
		    (best->ab_key != 0 &&
		        (set[i].ab_key == 0 ||
		            admit_level(&set[i], al, ticks) >
		                admit_level(best, al, ticks))))
			best = &set[i];
	}
	best->ab_key = key;
	best->ab_left = (uint64_t)al->al_caller * REQUEST;
	best->ab_last = ticks;
	return (best);
}

bool
admit_caller(struct admit_keep *ak, const struct admit_limits *al,
    const char *who, uint64_t now)
{
	uint32_t ticks = admit_ticks(ak, now);
	struct admit_bucket *ab;

	if (al->al_caller <= 0)
		return (true);
	ab = admit_bucket(ak, al, who, ticks);
	ab->ab_left = admit_level(ab, al, ticks);
	ab->ab_last = ticks;
	if (ab->ab_left < REQUEST)
		return (false);
	ab->ab_left -= REQUEST;
	return (true);
}

/* --- how long ------------------------------------------------------------ */

/* Ticks until a bucket holds one request. */
static uint64_t
admit_wait_bucket(struct admit_keep *ak, const struct admit_limits *al,
    const char *who, uint32_t ticks)
{
	uint64_t level, rate = (uint64_t)al->al_caller * REQUEST;

	level = admit_level(admit_bucket(ak, al, who, ticks), al, ticks);
	if (level >= REQUEST)
		return (0);
	return (((REQUEST - level) * MINUTE + rate - 1) / rate);
}

/* Ticks until a block ends. */
static uint64_t
admit_wait_block(struct admit_keep *ak, const struct admit_limits *al,
    const char *addr, uint32_t ticks)
{
	const struct admit_entry *ae = admit_find(ak, admit_key(ak, addr));
	int64_t left;

	if (ae == NULL)
		ae = &ak->ak_common;
	left = al->al_block * 10 - (int64_t)(ticks - ae->ae_last);
	return (left > 0 ? (uint64_t)left : 0);
}

uint32_t
admit_wait(struct admit_keep *ak, const struct admit_limits *al, uint16_t code,
    const char *addr, const char *who, uint64_t now)
{
	const struct admit_window *aw =
	    code == 6005 ? &ak->ak_events : &ak->ak_all;
	uint32_t ticks = admit_ticks(ak, now);
	uint64_t wait = 0;

	if (code == 6000)
		wait = admit_wait_block(ak, al, addr, ticks);
	else if (who != NULL)
		wait = admit_wait_bucket(ak, al, who, ticks);
	else if (now - aw->aw_start <= WINDOW)
		wait = (WINDOW - (now - aw->aw_start)) / TICK + 1;
	wait = (wait + 9) / 10;
	return (wait == 0         ? 1 :
	        wait > UINT32_MAX ? UINT32_MAX :
	                            (uint32_t)wait);
}
