/* SPDX-License-Identifier: ISC */
/* The counters before everything else, with a clock of our own. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/admit.h"
#include "authz/siphash.h"
#include "tests/unit/unit.h"

#define SEC   UINT64_C(1000000000)
#define START (1000 * SEC)

static const uint8_t seed[16] = "0123456789abcde";

static struct admit_keep *
fresh(void)
{
	struct admit_keep *ak = aligned_alloc(16, sizeof(*ak));

	CU_ASSERT_PTR_NOT_NULL_FATAL(ak);
	memset(ak, 0xa5, sizeof(*ak));
	CU_ASSERT_PTR_EQUAL(admit_open(ak, seed, START), ak);
	return (ak);
}

/* The reference values of the paper's appendix and of its authors' code. */
static void
test_siphash(void)
{
	uint8_t key[16], in[15];
	size_t i;

	for (i = 0; i < 16; i++)
		key[i] = (uint8_t)i;
	for (i = 0; i < 15; i++)
		in[i] = (uint8_t)i;
	CU_ASSERT_EQUAL(siphash(key, in, 15), UINT64_C(0xa129ca6149be45e5));
	CU_ASSERT_EQUAL(siphash(key, in, 0), UINT64_C(0x726fdb47dd0e0e31));
	CU_ASSERT_EQUAL(siphash(key, in, 1), UINT64_C(0x74f839c593dc67fd));
	CU_ASSERT_EQUAL(siphash(key, in, 8), UINT64_C(0x93f5f5799a932462));
}

/* One request a row: seconds since the start, is it an event, what comes. */
struct request {
	double at;
	bool events;
	uint16_t code;
	int times;
};

static void
play(const struct admit_limits *al, const struct request *rq, size_t n)
{
	struct admit_keep *ak = fresh();
	uint64_t now;
	size_t i;
	int k;

	for (i = 0; i < n; i++)
		for (k = 0; k < rq[i].times; k++) {
			now = START + (uint64_t)(rq[i].at * (double)SEC);
			CU_ASSERT_EQUAL(
			    admit_request(ak, al, rq[i].events, now),
			    rq[i].code);
		}
	free(ak);
}

#define PLAY(al, rq) play(al, rq, sizeof(rq) / sizeof(rq[0]))

static void
test_window(void)
{
	static const struct admit_limits al = { 5, 50, 300, 0 };
	static const struct request rq[] = {
		{ 0, false, 0, 1 }, /* starts the window and counts */
		{ 10, false, 0, 4 },
		{ 20, false, 6001, 3 },
		{ 60, false, 6001, 1 }, /* the end belongs to it */
		{ 60.001, false, 0, 1 }, /* starts anew, for nothing */
		{ 61, false, 0, 5 },
		{ 61, false, 6001, 1 },
		{ 120.001, false, 6001, 1 },
		{ 120.1, false, 0, 6 },
		{ 120.1, false, 6001, 1 },
		{ 1000, false, 0, 6 },
	};

	PLAY(&al, rq);
}

static void
test_events(void)
{
	static const struct admit_limits al = { 40, 50, 300, 0 };
	static const struct request rq[] = {
		{ 0, true, 0, 30 },
		{ 1, true, 6005, 3 }, /* 33 of 40 in the general window */
		{ 2, false, 0, 7 },
		{ 3, false, 6001, 1 },
		{ 3, true, 6001, 1 }, /* the general limit speaks first */
		/* Over the general limit nothing counts as an event. */
		{ 60, true, 6001, 50 },
		{ 61, true, 0, 31 },
		{ 62, true, 6005, 1 },
	};

	PLAY(&al, rq);
}

/* Fewer requests than events: the smaller number holds for both. */
static void
test_events_small(void)
{
	static const struct admit_limits al = { 3, 50, 300, 0 };
	static const struct request rq[] = {
		{ 0, true, 0, 3 },
		{ 1, true, 6001, 1 },
		{ 61, true, 0, 1 }, /* both windows start anew */
		{ 62, true, 0, 3 },
		{ 62, true, 6001, 1 },
	};

	PLAY(&al, rq);
}

static void
test_no_limit(void)
{
	static const struct admit_limits al = { 0, 50, 300, 0 };
	static const struct request rq[] = {
		{ 0, false, 0, 1000 },
		{ 0, true, 0, 1000 },
	};

	PLAY(&al, rq);
}

/* --- logins ------------------------------------------------------------- */

/* What is done at a time, for an address, and what must come of it. */
struct step {
	double at;
	const char *addr;
	bool release; /* after it */
	enum admit_login want;
	int times;
};

#define A "192.0.2.1"
#define B "2001:db8::1"

static void
walk(const struct admit_limits *al, const struct step *st, size_t n)
{
	struct admit_keep *ak = fresh();
	enum admit_login got;
	uint64_t now;
	size_t i;
	int k;

	for (i = 0; i < n; i++)
		for (k = 0; k < st[i].times; k++) {
			now = START + (uint64_t)(st[i].at * (double)SEC);
			got = admit_attempt(ak, al, st[i].addr, now);
			CU_ASSERT_EQUAL(got, st[i].want);
			if (got != st[i].want)
				printf("step %zu at %g\n", i, st[i].at);
			if (st[i].release)
				admit_release(ak, al, st[i].addr, got);
		}
	free(ak);
}

#define WALK(al, st) walk(al, st, sizeof(st) / sizeof(st[0]))

static void
test_blocks(void)
{
	static const struct admit_limits al = { 300, 3, 300, 0 };
	static const struct step st[] = {
		{ 0, A, false, ADMIT_COUNTED, 3 },
		{ 1, A, false, ADMIT_BLOCKED, 5 },
		{ 1, B, false, ADMIT_COUNTED, 2 }, /* others not */
		{ 299.9, A, false, ADMIT_BLOCKED, 1 },
		/* Refused attempts do not prolong it. */
		{ 300, A, false, ADMIT_COUNTED, 3 },
		{ 301, A, false, ADMIT_BLOCKED, 1 },
		/* B had two attempts, long ago. */
		{ 302, B, false, ADMIT_COUNTED, 3 },
		{ 302, B, false, ADMIT_BLOCKED, 1 },
	};

	WALK(&al, st);
}

/* The time counts from the last attempt, not from the first. */
static void
test_last(void)
{
	static const struct admit_limits al = { 300, 3, 100, 0 };
	static const struct step st[] = {
		{ 0, A, false, ADMIT_COUNTED, 1 },
		{ 99, A, false, ADMIT_COUNTED, 1 },
		{ 150, A, false, ADMIT_COUNTED, 1 },
		{ 249.5, A, false, ADMIT_BLOCKED, 1 },
		{ 250, A, false, ADMIT_COUNTED, 1 },
	};

	WALK(&al, st);
}

static void
test_releases(void)
{
	static const struct admit_limits al = { 300, 3, 300, 0 };
	static const struct step st[] = {
		/* Only successes: for ever. */
		{ 0, A, true, ADMIT_COUNTED, 50 },
		{ 1, A, false, ADMIT_COUNTED, 2 },
		/* A success at the limit takes its own attempt back only. */
		{ 2, A, true, ADMIT_COUNTED, 20 },
		{ 3, A, false, ADMIT_COUNTED, 1 },
		{ 4, A, true, ADMIT_BLOCKED, 3 },
	};

	WALK(&al, st);
}

/* Attempts that run at the same time are all counted before any is checked. */
static void
test_parallel(void)
{
	static const struct admit_limits al = { 300, 4, 300, 0 };
	struct admit_keep *ak = fresh();
	int i, in = 0;

	for (i = 0; i < 50; i++)
		in += admit_attempt(ak, &al, A, START) == ADMIT_COUNTED;
	CU_ASSERT_EQUAL(in, 4);
	/* One of the four was good: unblocked, with three still counted. */
	admit_release(ak, &al, A, ADMIT_COUNTED);
	CU_ASSERT_EQUAL(admit_attempt(ak, &al, A, START), ADMIT_COUNTED);
	CU_ASSERT_EQUAL(admit_attempt(ak, &al, A, START), ADMIT_BLOCKED);
	/* More releases than attempts change nothing. */
	for (i = 0; i < 10; i++)
		admit_release(ak, &al, A, ADMIT_COUNTED);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(
		    admit_attempt(ak, &al, A, START), ADMIT_COUNTED);
	CU_ASSERT_EQUAL(admit_attempt(ak, &al, A, START), ADMIT_BLOCKED);
	free(ak);
}

static void
test_edges(void)
{
	static const struct admit_limits none = { 300, 0, 300, 0 },
	                                 nothing = { 300, 3, 0, 0 };
	static const struct step st_none[] = {
		/* No attempts allowed: the first still proceeds. */
		{ 0, A, false, ADMIT_COUNTED, 1 },
		{ 0, A, false, ADMIT_BLOCKED, 1 },
	};
	static const struct step st_nothing[] = {
		/* Blocked for no time at all. */
		{ 0, A, false, ADMIT_COUNTED, 20 },
	};

	WALK(&none, st_none);
	WALK(&nothing, st_nothing);
}

/* What a process that died has counted is there for the next one. */
static void
test_keep(void)
{
	static const struct admit_limits al = { 5, 3, 300, 0 };
	static const uint8_t other[16] = "another seed";
	struct admit_keep *ak = fresh();
	int i;

	for (i = 0; i < 3; i++)
		admit_attempt(ak, &al, A, START);
	for (i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(admit_request(ak, &al, false, START), 0);
	CU_ASSERT_PTR_EQUAL(admit_open(ak, other, START + SEC), ak);
	CU_ASSERT_EQUAL(admit_attempt(ak, &al, A, START + SEC), ADMIT_BLOCKED);
	CU_ASSERT_EQUAL(admit_request(ak, &al, false, START + SEC), 6001);
	/* Memory of another layout is not trusted. */
	ak->ak_magic++;
	admit_open(ak, other, START + SEC);
	CU_ASSERT_EQUAL(admit_attempt(ak, &al, A, START + SEC), ADMIT_COUNTED);
	CU_ASSERT_EQUAL(admit_request(ak, &al, false, START + SEC), 0);
	free(ak);
}

static enum admit_login
attempt_n(struct admit_keep *ak, const struct admit_limits *al, unsigned int n,
    uint64_t now)
{
	char addr[64];

	snprintf(addr, sizeof(addr), "2001:db8::%x:%x", n >> 16, n & 0xffff);
	return (admit_attempt(ak, al, addr, now));
}

/*
 * A hundred thousand addresses, one attempt each, then again: the table does
 * not grow, and who was near or over the limit before is not forgotten.
 */
static void
test_flood(void)
{
	static const struct admit_limits al = { 0, 5, 300, 0 };
	struct admit_keep *ak = fresh();
	unsigned int i, shared = 0;

	for (i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(
		    admit_attempt(ak, &al, A, START), ADMIT_COUNTED);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(
		    admit_attempt(ak, &al, B, START), ADMIT_COUNTED);
	for (i = 0; i < 200000; i++)
		shared += attempt_n(ak, &al, i % 100000, START + SEC) !=
		    ADMIT_COUNTED;
	CU_ASSERT_EQUAL(shared, 0);
	CU_ASSERT_EQUAL(
	    admit_attempt(ak, &al, A, START + 2 * SEC), ADMIT_BLOCKED);
	CU_ASSERT_EQUAL(
	    admit_attempt(ak, &al, B, START + 2 * SEC), ADMIT_COUNTED);
	CU_ASSERT_EQUAL(
	    admit_attempt(ak, &al, B, START + 2 * SEC), ADMIT_BLOCKED);
	free(ak);
}

/*
 * The attacker has enough addresses to fill every set with running blocks: a
 * block is never displaced, and newcomers share one count between them.
 */
static void
test_full(void)
{
	static const struct admit_limits al = { 0, 2, 300, 0 };
	struct admit_keep *ak = fresh();
	unsigned int i, n, counted, shared, refused;

	for (i = 0; i < 2; i++)
		admit_attempt(ak, &al, A, START);
	for (i = 0; i < 100000; i++) {
		attempt_n(ak, &al, i, START);
		attempt_n(ak, &al, i, START);
	}
	/* Every place is a block. */
	for (i = 0, n = 0; i < ADMIT_SETS * ADMIT_WAYS; i++)
		n += ak->ak_sets[i / ADMIT_WAYS][i % ADMIT_WAYS].ae_attempts ==
		    (UINT32_C(0x80000000) | 2);
	CU_ASSERT_EQUAL(n, ADMIT_SETS * ADMIT_WAYS);
	CU_ASSERT_EQUAL(
	    admit_attempt(ak, &al, A, START + 299 * SEC), ADMIT_BLOCKED);
	/* The common entry was used up by the attacker: nobody slips by. */
	for (i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(
		    attempt_n(ak, &al, 200000 + i, START + 299 * SEC),
		    ADMIT_BLOCKED);
	/* When its time has passed it lets as many pass as one address. */
	for (i = 0; i < ADMIT_SETS * ADMIT_WAYS; i++)
		ak->ak_sets[i / ADMIT_WAYS][i % ADMIT_WAYS].ae_last = 2000;
	counted = shared = refused = 0;
	for (i = 0; i < 1000; i++)
		switch (attempt_n(ak, &al, 300000 + i, START + 301 * SEC)) {
		case ADMIT_COUNTED:
			counted++;
			break;
		case ADMIT_SHARED:
			shared++;
			break;
		case ADMIT_BLOCKED:
			refused++;
			break;
		}
	CU_ASSERT_EQUAL(counted, 0);
	CU_ASSERT_EQUAL(shared, 2);
	CU_ASSERT_EQUAL(refused, 998);
	/* A success gives its share back, as it does for an address. */
	admit_release(ak, &al, "198.51.100.9", ADMIT_SHARED);
	CU_ASSERT_EQUAL(
	    attempt_n(ak, &al, 400000, START + 301 * SEC), ADMIT_SHARED);
	CU_ASSERT_EQUAL(
	    attempt_n(ak, &al, 400001, START + 301 * SEC), ADMIT_BLOCKED);
	/* All is over when the blocks are. */
	CU_ASSERT_EQUAL(
	    attempt_n(ak, &al, 400001, START + 501 * SEC), ADMIT_COUNTED);
	free(ak);
}

/* Which entry makes room: passed ones, then few attempts, then old ones. */
static void
test_victims(void)
{
	static const struct admit_limits al = { 0, 10, 300, 0 };
	struct admit_keep *ak = fresh();
	struct admit_entry *set;
	char addr[64];
	unsigned int i;
	uint64_t key;

	/* An address, and its set filled by hand with others. */
	snprintf(addr, sizeof(addr), "203.0.113.7");
	key = siphash(ak->ak_seed, addr, strlen(addr));
	set = ak->ak_sets[key % ADMIT_SETS];
	for (i = 0; i < ADMIT_WAYS; i++) {
		set[i].ae_key = 1000 + i;
		set[i].ae_last = 4000 + i;
		set[i].ae_attempts = 3;
	}
	set[7].ae_attempts = 2; /* fewest, with set[9] */
	set[9].ae_attempts = 2;
	set[9].ae_last = 3999; /* and older */
	set[11].ae_last = 3900; /* oldest, but three attempts */
	set[13].ae_last = 900; /* passed, whatever it had */
	set[13].ae_attempts = UINT32_C(0x80000000) | 10;
	admit_attempt(ak, &al, addr, START + 405 * SEC);
	CU_ASSERT_EQUAL(set[13].ae_key, key);
	CU_ASSERT_EQUAL(set[13].ae_attempts, 1);
	set[13].ae_key = 1013;
	set[13].ae_attempts = 5;
	admit_attempt(ak, &al, addr, START + 405 * SEC);
	CU_ASSERT_EQUAL(set[9].ae_key, key);
	set[9].ae_key = 1009;
	set[9].ae_attempts = 5;
	admit_attempt(ak, &al, addr, START + 405 * SEC);
	CU_ASSERT_EQUAL(set[7].ae_key, key);
	free(ak);
}

/* A bucket holds a minute's worth and fills by the rate; each has its own. */
static void
test_callers(void)
{
	static const struct admit_limits al = { 0, 50, 300, 6 };
	struct admit_keep *ak = fresh();
	int i;

	for (i = 0; i < 6; i++)
		CU_ASSERT_TRUE(admit_caller(ak, &al, "user a", START));
	CU_ASSERT_FALSE(admit_caller(ak, &al, "user a", START));
	CU_ASSERT_EQUAL(admit_wait(ak, &al, 6001, "x", "user a", START), 10);
	/* Another one is not concerned, nor an address of that name. */
	CU_ASSERT_TRUE(admit_caller(ak, &al, "user b", START));
	CU_ASSERT_TRUE(admit_caller(ak, &al, "from a", START));
	/* One each ten seconds; asking in vain costs nothing. */
	CU_ASSERT_FALSE(admit_caller(ak, &al, "user a", START + 9 * SEC));
	CU_ASSERT_EQUAL(
	    admit_wait(ak, &al, 6001, "x", "user a", START + 9 * SEC), 1);
	CU_ASSERT_TRUE(admit_caller(ak, &al, "user a", START + 10 * SEC));
	CU_ASSERT_FALSE(admit_caller(ak, &al, "user a", START + 10 * SEC));
	CU_ASSERT_TRUE(admit_caller(ak, &al, "user a", START + 30 * SEC));
	CU_ASSERT_TRUE(admit_caller(ak, &al, "user a", START + 30 * SEC));
	CU_ASSERT_FALSE(admit_caller(ak, &al, "user a", START + 30 * SEC));
	/* Never more than a minute's worth. */
	for (i = 0; i < 6; i++)
		CU_ASSERT_TRUE(
		    admit_caller(ak, &al, "user a", START + 900 * SEC));
	CU_ASSERT_FALSE(admit_caller(ak, &al, "user a", START + 900 * SEC));
	free(ak);
}

/* However many others there are, who is over the rate stays so. */
static void
test_callers_many(void)
{
	static const struct admit_limits al = { 0, 50, 300, 6 };
	static const struct admit_limits off = { 0, 50, 300, 0 };
	struct admit_keep *ak = fresh();
	char who[32];
	int i;

	for (i = 0; i < 6; i++)
		CU_ASSERT_TRUE(admit_caller(ak, &al, "user a", START));
	for (i = 0; i < 100000; i++) {
		snprintf(who, sizeof(who), "from %d", i);
		CU_ASSERT_TRUE(admit_caller(ak, &al, who, START));
	}
	CU_ASSERT_FALSE(admit_caller(ak, &al, "user a", START));
	CU_ASSERT_TRUE(admit_caller(ak, &off, "user a", START));
	free(ak);
}

static void
test_wait(void)
{
	static const struct admit_limits al = { 2, 2, 300, 0 };
	struct admit_keep *ak = fresh();
	int i;

	for (i = 0; i < 2; i++)
		admit_request(ak, &al, false, START);
	CU_ASSERT_EQUAL(admit_request(ak, &al, false, START + SEC), 6001);
	CU_ASSERT_EQUAL(admit_wait(ak, &al, 6001, "x", NULL, START + SEC), 60);
	CU_ASSERT_EQUAL(
	    admit_wait(ak, &al, 6001, "x", NULL, START + 60 * SEC), 1);
	/* When that is over it may pass. */
	CU_ASSERT_EQUAL(admit_request(ak, &al, false, START + 61 * SEC), 0);
	for (i = 0; i < 2; i++)
		admit_attempt(ak, &al, "x", START + 100 * SEC);
	CU_ASSERT_EQUAL(
	    admit_attempt(ak, &al, "x", START + 200 * SEC), ADMIT_BLOCKED);
	CU_ASSERT_EQUAL(
	    admit_wait(ak, &al, 6000, "x", NULL, START + 200 * SEC), 200);
	CU_ASSERT_EQUAL(
	    admit_attempt(ak, &al, "x", START + 400 * SEC), ADMIT_COUNTED);
	free(ak);
}

static const struct unit_case cases[] = {
	{ "SipHash", test_siphash },
	{ "requests a minute", test_window },
	{ "events a minute", test_events },
	{ "events with a small limit", test_events_small },
	{ "no limit", test_no_limit },
	{ "blocks", test_blocks },
	{ "the last attempt counts", test_last },
	{ "releases", test_releases },
	{ "parallel attempts", test_parallel },
	{ "edges", test_edges },
	{ "kept memory", test_keep },
	{ "a flood of addresses", test_flood },
	{ "a table full of blocks", test_full },
	{ "who makes room", test_victims },
	{ "callers", test_callers },
	{ "many callers", test_callers_many },
	{ "how long", test_wait },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("admit", cases));
}
