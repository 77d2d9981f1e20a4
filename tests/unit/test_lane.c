/* SPDX-License-Identifier: ISC */
/* The order in which the hash instances get their work. */
#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "authz/lane.h"
#include "common/roles.h"
#include "tests/unit/unit.h"

#define MS  UINT64_C(1000000)
#define FAR (1000000 * MS)

/* A request as the lane sees it, and what became of it. */
struct job {
	struct lane_job *job;
	uint64_t id;
	int inst; /* -1: not handed out */
	uint32_t seq;
	bool known; /* answers lo_known so */
	int used; /* times that it used an answer */
	int failed; /* times, and how */
	enum lane_fate fate;
};

static struct {
	uint32_t seq[ROLE_INSTANCES];
	int sent[ROLE_INSTANCES][LANE__MAX];
	bool full; /* links take nothing */
} fake;

static int
fake_send(unsigned int inst, enum lane_kind kind, uint64_t id, void *arg,
    uint32_t *seq_r)
{
	struct job *j = arg;

	if (fake.full)
		return (-1);
	j->id = id;
	j->inst = (int)inst;
	j->seq = *seq_r = ++fake.seq[inst];
	fake.sent[inst][kind]++;
	return (0);
}

static void
fake_fail(void *arg, enum lane_fate fate)
{
	struct job *j = arg;

	j->failed++;
	j->fate = fate;
	j->job = NULL;
}

static bool
fake_known(void *arg)
{
	struct job *j = arg;

	if (j->known)
		j->used++;
	return (j->known);
}

static const struct lane_ops ops = { fake_send, fake_fail, fake_known };

static struct lane *
fresh(unsigned int n)
{
	memset(&fake, 0, sizeof(fake));
	return (lane_new(n, 1, &ops));
}

static bool
add(struct lane *la, enum lane_kind kind, const uint8_t *key, struct job *j,
    uint64_t deadline, uint64_t now)
{
	bool down;

	memset(j, 0, sizeof(*j));
	j->inst = -1;
	j->job = lane_add(la, kind, key, j, deadline, now, &down);
	CU_ASSERT_FALSE(down && j->job != NULL);
	lane_run(la, now);
	return (j->job != NULL);
}

static void
finish(struct lane *la, struct job *j, uint64_t now)
{
	CU_ASSERT_PTR_EQUAL(
	    lane_done(la, (unsigned int)j->inst, j->id, now), j);
	j->job = NULL;
	lane_run(la, now);
}

/* Two instances: a crowd of logins leaves the first one to the tokens. */
static void
test_logins_and_tokens(void)
{
	struct lane *la = fresh(2);
	struct job login[50], token[20];
	int i;

	for (i = 0; i < 50; i++)
		CU_ASSERT_TRUE(add(la, LANE_LOGIN, NULL, &login[i], FAR, MS));
	CU_ASSERT_EQUAL(fake.sent[0][LANE_LOGIN], 0);
	CU_ASSERT_EQUAL(fake.sent[1][LANE_LOGIN], 1);
	for (i = 0; i < 20; i++)
		CU_ASSERT_TRUE(add(la, LANE_TOKEN, NULL, &token[i], FAR, MS));
	CU_ASSERT_EQUAL(fake.sent[0][LANE_TOKEN], LANE_DEPTH);
	CU_ASSERT_EQUAL(fake.sent[1][LANE_TOKEN], 0);
	CU_ASSERT_EQUAL(lane_waiting(la, LANE_LOGIN), 49);
	CU_ASSERT_EQUAL(lane_waiting(la, LANE_TOKEN), 20 - LANE_DEPTH);
	/* Each in its order. */
	for (i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(token[i].inst, 0);
		finish(la, &token[i], 2 * MS);
	}
	for (i = 0; i < 50; i++) {
		CU_ASSERT_EQUAL(login[i].inst, 1);
		CU_ASSERT_TRUE(i == 49 || login[i + 1].inst == -1);
		finish(la, &login[i], 3 * MS);
	}
	lane_free(&la);
}

/* Junk tokens use what is idle, and a login passes all that wait. */
static void
test_junk(void)
{
	struct lane *la = fresh(3);
	struct job token[100], login;
	int i;

	for (i = 0; i < 100; i++)
		add(la, LANE_TOKEN, NULL, &token[i], FAR, MS);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(fake.sent[i][LANE_TOKEN], LANE_DEPTH);
	CU_ASSERT_TRUE(add(la, LANE_LOGIN, NULL, &login, FAR, MS));
	CU_ASSERT_EQUAL(login.inst, 1);
	/* That instance gets nothing behind it. */
	for (i = LANE_DEPTH; i < 2 * LANE_DEPTH; i++)
		finish(la, &token[i], 2 * MS);
	CU_ASSERT_EQUAL(fake.sent[1][LANE_TOKEN], LANE_DEPTH);
	finish(la, &login, 90 * MS);
	CU_ASSERT_EQUAL(fake.sent[1][LANE_TOKEN], 2 * LANE_DEPTH);
	lane_free(&la);
}

/* One instance for everything: they take turns. */
static void
test_alone(void)
{
	struct lane *la = fresh(1);
	struct job login[4], token[200];
	int i, t = 0, l = 0, run = 0, longest = 0;

	for (i = 0; i < 4; i++)
		add(la, LANE_LOGIN, NULL, &login[i], FAR, MS);
	CU_ASSERT_EQUAL(fake.sent[0][LANE_LOGIN], 1);
	for (i = 0; i < 200; i++)
		add(la, LANE_TOKEN, NULL, &token[i], FAR, MS);
	/* Nothing is handed out behind a login. */
	CU_ASSERT_EQUAL(fake.sent[0][LANE_TOKEN], 0);
	while (t < 200 || l < 4) {
		if (l < 4 && login[l].inst == 0 &&
		    (t == 200 || token[t].inst == -1 ||
		        login[l].seq < token[t].seq)) {
			finish(la, &login[l++], 2 * MS);
			run = 0;
			continue;
		}
		CU_ASSERT_EQUAL_FATAL(token[t].inst, 0);
		finish(la, &token[t++], 2 * MS);
		if (l < 4 && ++run > longest)
			longest = run;
	}
	CU_ASSERT_EQUAL(longest, LANE_TURN);
	lane_free(&la);
}

static void
test_ceiling(void)
{
	struct lane *la = fresh(2);
	struct job token[LANE_MAX + 20], login;
	int i;

	for (i = 0; i < LANE_MAX + 2 * LANE_DEPTH; i++)
		CU_ASSERT_TRUE(add(la, LANE_TOKEN, NULL, &token[i], FAR, MS));
	CU_ASSERT_EQUAL(lane_waiting(la, LANE_TOKEN), LANE_MAX);
	CU_ASSERT_FALSE(add(la, LANE_TOKEN, NULL, &token[i], FAR, MS));
	/* The other kind has a ceiling of its own. */
	CU_ASSERT_TRUE(add(la, LANE_LOGIN, NULL, &login, FAR, MS));
	finish(la, &token[0], 2 * MS);
	CU_ASSERT_TRUE(add(la, LANE_TOKEN, NULL, &token[i], FAR, MS));
	lane_free(&la);
}

/* What would come too late is refused at once; what is measured counts. */
static void
test_deadline(void)
{
	struct lane *la = fresh(2);
	struct job login[20];
	uint64_t now = 0;
	int i, n;

	for (n = 0; n < 20; n++)
		if (!add(la, LANE_LOGIN, NULL, &login[n], 1000 * MS, now))
			break;
	/* 120 ms each is the first guess, taken for half as much again. */
	CU_ASSERT_EQUAL(n, 5);
	for (i = 0; i < n; i++) {
		now += 250 * MS;
		finish(la, &login[i], now);
	}
	/* They took 250 ms each: fewer are taken into the same time. */
	for (n = 0; n < 20; n++)
		if (!add(la, LANE_LOGIN, NULL, &login[n], now + 1000 * MS, now))
			break;
	CU_ASSERT_EQUAL(n, 3);
	lane_free(&la);
}

static const uint8_t key_a[CACHE_KEY] = "a", key_b[CACHE_KEY] = "b";

/* The same credential two hundred times is checked once. */
static void
test_followers(void)
{
	struct lane *la = fresh(3);
	struct job a[200], b;
	int i;

	for (i = 0; i < 200; i++)
		CU_ASSERT_TRUE(
		    add(la, LANE_LOGIN, key_a, &a[i], 2000 * MS, MS));
	CU_ASSERT_EQUAL(fake.sent[1][LANE_LOGIN], 1);
	CU_ASSERT_EQUAL(fake.sent[2][LANE_LOGIN], 0);
	/* They do not count as work, and do not hold up others. */
	CU_ASSERT_TRUE(add(la, LANE_LOGIN, key_b, &b, 2000 * MS, MS));
	CU_ASSERT_EQUAL(b.inst, 2);
	for (i = 1; i < 200; i++)
		a[i].known = true;
	CU_ASSERT_PTR_EQUAL(lane_done(la, 1, a[0].id, 100 * MS), &a[0]);
	lane_settle(la, LANE_LOGIN, key_a);
	lane_run(la, 100 * MS);
	for (i = 1; i < 200; i++) {
		CU_ASSERT_EQUAL(a[i].used, 1);
		CU_ASSERT_EQUAL(a[i].inst, -1);
	}
	CU_ASSERT_EQUAL(lane_waiting(la, LANE_LOGIN), 0);
	CU_ASSERT_EQUAL(b.used, 0);
	lane_free(&la);
}

/* Followers of one that ended badly count as work again, one by one. */
static void
test_followers_count(void)
{
	struct lane *la = fresh(2);
	struct job a, a2, a3, b, c;

	add(la, LANE_LOGIN, key_a, &a, FAR, 0);
	add(la, LANE_LOGIN, NULL, &b, FAR, 0);
	add(la, LANE_LOGIN, key_a, &a2, FAR, 0);
	add(la, LANE_LOGIN, key_a, &a3, FAR, 0);
	/* Two and itself, 180 ms each; the followers do not count. */
	CU_ASSERT_FALSE(add(la, LANE_LOGIN, NULL, &c, 539 * MS, 0));
	CU_ASSERT_TRUE(add(la, LANE_LOGIN, NULL, &c, 540 * MS, 0));
	lane_cancel(la, c.job);
	finish(la, &a, 120 * MS);
	CU_ASSERT_EQUAL(b.inst, 1);
	/* Now b runs and a2 is work, but a3 is not. */
	CU_ASSERT_FALSE(add(la, LANE_LOGIN, NULL, &c, 659 * MS, 120 * MS));
	CU_ASSERT_TRUE(add(la, LANE_LOGIN, NULL, &c, 660 * MS, 120 * MS));
	lane_free(&la);
}

/* A wrong password costs a full check each time, one at a time. */
static void
test_followers_fail(void)
{
	struct lane *la = fresh(4);
	struct job a[5];
	int i;

	for (i = 0; i < 5; i++)
		add(la, LANE_LOGIN, key_a, &a[i], FAR, MS);
	for (i = 0; i < 5; i++) {
		CU_ASSERT_NOT_EQUAL(a[i].inst, -1);
		CU_ASSERT_TRUE(i == 4 || a[i + 1].inst == -1);
		finish(la, &a[i], 100 * MS);
	}
	/* Kinds do not mix, and without a key nobody follows. */
	add(la, LANE_LOGIN, key_a, &a[0], FAR, MS);
	add(la, LANE_TOKEN, key_a, &a[1], FAR, MS);
	add(la, LANE_LOGIN, NULL, &a[2], FAR, MS);
	add(la, LANE_LOGIN, NULL, &a[3], FAR, MS);
	for (i = 0; i < 4; i++)
		CU_ASSERT_NOT_EQUAL(a[i].inst, -1);
	lane_free(&la);
}

/* Followers of one that is cancelled, or lost, are work again. */
static void
test_followers_orphaned(void)
{
	struct lane *la = fresh(2);
	struct job first, a, b, c;

	add(la, LANE_LOGIN, NULL, &first, FAR, MS);
	add(la, LANE_LOGIN, key_a, &a, FAR, MS);
	add(la, LANE_LOGIN, key_a, &b, FAR, MS);
	add(la, LANE_LOGIN, key_a, &c, FAR, MS);
	lane_cancel(la, a.job);
	finish(la, &first, 2 * MS);
	CU_ASSERT_EQUAL(b.inst, 1);
	CU_ASSERT_EQUAL(c.inst, -1);
	/* The one that is handed out is cancelled: its answer is nobody's. */
	lane_cancel(la, b.job);
	CU_ASSERT_PTR_NULL(lane_done(la, 1, b.id, 3 * MS));
	lane_run(la, 3 * MS);
	CU_ASSERT_EQUAL(c.inst, 1);
	lane_lost(la, 1, c.seq, false);
	CU_ASSERT_EQUAL(c.failed, 1);
	lane_free(&la);
}

static void
test_lost(void)
{
	struct lane *la = fresh(1);
	struct job t[6];
	int i;

	fake.seq[0] = UINT32_MAX - 2; /* numbers go round */
	for (i = 0; i < 6; i++)
		add(la, LANE_TOKEN, NULL, &t[i], FAR, MS);
	CU_ASSERT_EQUAL(t[2].seq, 0);
	/* It had taken two of the four in its link. */
	lane_lost(la, 0, t[1].seq, false);
	for (i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(t[i].failed, i < 2);
		CU_ASSERT_EQUAL(t[i].fate, LANE_LOST);
	}
	lane_run(la, 2 * MS);
	CU_ASSERT_EQUAL(t[4].inst, -1);
	/* An answer to what has failed is nobody's. */
	CU_ASSERT_PTR_NULL(lane_done(la, 0, t[0].id, 2 * MS));
	CU_ASSERT_PTR_NULL(lane_done(la, 0, 12345, 2 * MS));
	lane_up(la, 0, 3 * MS);
	lane_run(la, 3 * MS);
	CU_ASSERT_EQUAL(t[4].inst, 0);
	for (i = 2; i < 6; i++)
		finish(la, &t[i], 4 * MS);
	lane_free(&la);
}

/* With an instance away the others do the work of both kinds. */
static void
test_degraded(void)
{
	struct lane *la = fresh(2);
	struct job login, token, more;

	lane_lost(la, 0, 0, true);
	add(la, LANE_TOKEN, NULL, &token, FAR, MS);
	CU_ASSERT_EQUAL(token.inst, 1);
	add(la, LANE_LOGIN, NULL, &login, FAR, MS);
	CU_ASSERT_EQUAL(login.inst, 1);
	lane_up(la, 0, 2 * MS);
	add(la, LANE_TOKEN, NULL, &more, FAR, 2 * MS);
	CU_ASSERT_EQUAL(more.inst, 0);
	lane_free(&la);
}

static void
test_down(void)
{
	struct lane *la = fresh(2);
	struct job a, b, c;
	bool down;

	add(la, LANE_LOGIN, NULL, &a, FAR, MS);
	add(la, LANE_LOGIN, NULL, &b, FAR, MS);
	lane_lost(la, 0, 0, false);
	lane_lost(la, 1, 0, false);
	/* Away for a moment: they wait. */
	CU_ASSERT_EQUAL(a.failed + b.failed, 0);
	CU_ASSERT_TRUE(add(la, LANE_LOGIN, NULL, &c, FAR, MS));
	CU_ASSERT_EQUAL(c.inst, -1);
	lane_lost(la, 0, 0, true);
	CU_ASSERT_EQUAL(c.failed, 0);
	lane_lost(la, 1, 0, true);
	CU_ASSERT_EQUAL(a.failed, 1);
	CU_ASSERT_EQUAL(a.fate, LANE_LOST);
	CU_ASSERT_EQUAL(b.fate, LANE_NONE);
	CU_ASSERT_EQUAL(c.fate, LANE_NONE);
	CU_ASSERT_EQUAL(b.failed + c.failed, 2);
	CU_ASSERT_PTR_NULL(lane_add(la, LANE_TOKEN, NULL, &a, FAR, MS, &down));
	CU_ASSERT_TRUE(down);
	lane_up(la, 1, 2 * MS);
	CU_ASSERT_TRUE(add(la, LANE_TOKEN, NULL, &a, FAR, 2 * MS));
	CU_ASSERT_EQUAL(a.inst, 1);
	lane_free(&la);
}

/* A new instance that has no key yet: the job goes out again, first. */
static void
test_again(void)
{
	struct lane *la = fresh(1);
	struct job a, b[5];
	uint64_t id;
	int i;

	add(la, LANE_TOKEN, NULL, &a, FAR, MS);
	for (i = 0; i < 5; i++)
		add(la, LANE_TOKEN, NULL, &b[i], FAR, MS);
	CU_ASSERT_EQUAL(b[3].inst, -1);
	id = a.id;
	lane_again(la, 0, id);
	lane_run(la, 2 * MS);
	CU_ASSERT_NOT_EQUAL(a.id, id);
	CU_ASSERT_EQUAL(b[3].inst, -1);
	CU_ASSERT_PTR_NULL(lane_done(la, 0, id, 2 * MS));
	/* Nobody waits for it any more: it ends there. */
	lane_cancel(la, a.job);
	lane_again(la, 0, a.id);
	lane_run(la, 2 * MS);
	CU_ASSERT_EQUAL(b[3].inst, 0);
	CU_ASSERT_EQUAL(b[4].inst, -1);
	lane_free(&la);
}

/* A full link keeps the job waiting. */
static void
test_full(void)
{
	struct lane *la = fresh(2);
	struct job a;

	fake.full = true;
	CU_ASSERT_TRUE(add(la, LANE_LOGIN, NULL, &a, FAR, MS));
	CU_ASSERT_EQUAL(lane_waiting(la, LANE_LOGIN), 1);
	fake.full = false;
	lane_run(la, 2 * MS);
	CU_ASSERT_EQUAL(a.inst, 1);
	CU_ASSERT_EQUAL(lane_waiting(la, LANE_LOGIN), 0);
	finish(la, &a, 3 * MS);
	lane_free(&la);
	CU_ASSERT_PTR_NULL(la);
}

/*
 * The one before this process died with a job handed out. Its answer comes to
 * the successor, whose first job it must not end.
 */
static void
test_lives(void)
{
	struct lane *la = fresh(1);
	struct job before, now;

	CU_ASSERT_TRUE(add(la, LANE_TOKEN, NULL, &before, FAR, MS));
	CU_ASSERT_EQUAL(before.id, 1);
	lane_free(&la);
	la = lane_new(1, (UINT64_C(1) << 40) + 1, &ops);
	CU_ASSERT_TRUE(add(la, LANE_TOKEN, NULL, &now, FAR, MS));
	CU_ASSERT_PTR_NULL(lane_done(la, 0, before.id, MS));
	CU_ASSERT_EQUAL(now.id, (UINT64_C(1) << 40) + 1);
	finish(la, &now, MS);
	lane_free(&la);
}

static const struct unit_case cases[] = {
	{ "logins and tokens", test_logins_and_tokens },
	{ "junk tokens", test_junk },
	{ "one instance", test_alone },
	{ "the ceiling", test_ceiling },
	{ "too late", test_deadline },
	{ "the same credential", test_followers },
	{ "followers as work", test_followers_count },
	{ "the same wrong credential", test_followers_fail },
	{ "followers of the cancelled", test_followers_orphaned },
	{ "a lost instance", test_lost },
	{ "one instance away", test_degraded },
	{ "all instances away", test_down },
	{ "again", test_again },
	{ "a full link", test_full },
	{ "answers to an earlier life", test_lives },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("lane", cases));
}
