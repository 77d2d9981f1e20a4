/* SPDX-License-Identifier: ISC */
/* The rules of a pool, with a clock of our own. */
#include <sys/types.h>

#include <string.h>

#include "dapi/pool.h"
#include "tests/unit/unit.h"

#define SEC 1000000000ULL
#define NOW (100 * SEC)

static struct workpool po;

static struct pool_call *
call(uint64_t id, uint64_t deadline, uint8_t flags)
{
	struct call_head ch;

	memset(&ch, 0, sizeof(ch));
	ch.ch_id = id;
	ch.ch_deadline = deadline;
	ch.ch_flags = flags;
	return (pool_call_new(&ch, (const uint8_t *)"data", 4, -1, NOW));
}

static void
setup(unsigned int n, bool up)
{
	unsigned int i;

	pool_init(&po, ROLE_READ, n);
	for (i = 0; up && i < n; i++)
		pool_up(&po, i);
}

/* What pool_next() gives: the id, or 0. */
static uint64_t
next(unsigned int *worker)
{
	struct pool_call *pc = pool_next(&po, worker, NOW);

	return (pc == NULL ? 0 : pc->pc_head.ch_id);
}

static void
test_fifo(void)
{
	struct pool_call *pc;
	unsigned int w, v;

	setup(2, true);
	pool_enqueue(&po, call(1, NOW + SEC, 0));
	pool_enqueue(&po, call(2, NOW + SEC, 0));
	pool_enqueue(&po, call(3, NOW + SEC, 0));
	CU_ASSERT_EQUAL(po.po_bytes, 12);
	CU_ASSERT_EQUAL(next(&w), 1);
	CU_ASSERT_EQUAL(next(&v), 2);
	CU_ASSERT_NOT_EQUAL(w, v);
	CU_ASSERT_EQUAL(next(&v), 0);
	/* An answer with an id that is not running is nobody's. */
	CU_ASSERT_PTR_NULL(pool_done(&po, w, 2, NOW));
	pc = pool_done(&po, w, 1, NOW + 1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pc);
	CU_ASSERT_EQUAL(pc->pc_head.ch_id, 1);
	pool_call_free(&pc);
	CU_ASSERT_PTR_NULL(pool_done(&po, w, 1, NOW));
	CU_ASSERT_EQUAL(next(&v), 3);
	CU_ASSERT_EQUAL(v, w);
	CU_ASSERT_EQUAL(po.po_bytes, 0);
	pool_free(&po);
}

/* Calls without a deadline leave one worker free, where there are two. */
static void
test_wait_for_complete(void)
{
	unsigned int w;

	setup(2, true);
	pool_enqueue(&po, call(1, 0, CALL_WAIT));
	pool_enqueue(&po, call(2, 0, CALL_WAIT));
	pool_enqueue(&po, call(3, NOW + SEC, 0));
	CU_ASSERT_EQUAL(next(&w), 1);
	CU_ASSERT_EQUAL(next(&w), 3);
	CU_ASSERT_EQUAL(next(&w), 0);
	pool_free(&po);
	/* Alone, the worker takes it. */
	setup(1, true);
	pool_enqueue(&po, call(1, 0, CALL_WAIT));
	CU_ASSERT_EQUAL(next(&w), 1);
	pool_free(&po);
}

static void
test_lost(void)
{
	struct pool_call *pc;
	unsigned int w;

	setup(1, true);
	pool_enqueue(&po, call(1, NOW + 9 * SEC, 0));
	CU_ASSERT_EQUAL(next(&w), 1);
	po.po_worker[0].pw_call->pc_seq = 41;
	/* Died with frame 40 taken: 41 is still in the link. */
	CU_ASSERT_PTR_NULL(pool_lost(&po, 0, 40, false, NOW));
	CU_ASSERT_PTR_NOT_NULL(po.po_worker[0].pw_call);
	CU_ASSERT_PTR_NULL(pool_stranded(&po, NOW + SEC / 2));
	pool_up(&po, 0);
	/* Its successor takes it and dies of it. */
	pc = pool_lost(&po, 0, 41, false, NOW);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pc);
	CU_ASSERT_EQUAL(pc->pc_head.ch_id, 1);
	pool_call_free(&pc);
	pool_free(&po);
}

/* Numbers go round at 2^32. */
static void
test_lost_wrap(void)
{
	struct pool_call *pc;
	unsigned int w;

	setup(1, true);
	pool_enqueue(&po, call(1, 0, 0));
	CU_ASSERT_EQUAL(next(&w), 1);
	po.po_worker[0].pw_call->pc_seq = 2;
	CU_ASSERT_PTR_NULL(pool_lost(&po, 0, UINT32_MAX, false, NOW));
	pc = pool_lost(&po, 0, 2, false, NOW);
	CU_ASSERT_PTR_NOT_NULL(pc);
	pool_call_free(&pc);
	pool_free(&po);
}

static void
test_stranded(void)
{
	struct pool_call *pc;
	unsigned int w;

	setup(1, true);
	pool_enqueue(&po, call(1, 0, 0));
	CU_ASSERT_EQUAL(next(&w), 1);
	po.po_worker[0].pw_call->pc_seq = 5;
	CU_ASSERT_PTR_NULL(pool_lost(&po, 0, 4, false, NOW));
	CU_ASSERT_PTR_NULL(pool_stranded(&po, NOW + POOL_HOLD - 1));
	pc = pool_stranded(&po, NOW + POOL_HOLD);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pc);
	pool_call_free(&pc);
	CU_ASSERT_PTR_NULL(pool_stranded(&po, NOW + POOL_HOLD));
	pool_free(&po);
}

/* 900: held for a second while a replacement starts, at once in back-off. */
static void
test_hold(void)
{
	struct call_head ch;
	struct pool_call *pc;
	uint16_t code = 0;

	memset(&ch, 0, sizeof(ch));
	ch.ch_deadline = NOW + 60 * SEC;
	setup(1, false);
	/* The server is just coming up. */
	CU_ASSERT_EQUAL(pool_admit(&po, &ch, NOW), POOL_OK);
	pool_up(&po, 0);
	CU_ASSERT_PTR_NULL(pool_lost(&po, 0, 0, false, NOW));
	CU_ASSERT_EQUAL(pool_admit(&po, &ch, NOW + SEC / 2), POOL_OK);
	pool_enqueue(&po, call(1, ch.ch_deadline, 0));
	CU_ASSERT_PTR_NULL(pool_expired(&po, NOW + POOL_HOLD - 1, &code));
	pc = pool_expired(&po, NOW + POOL_HOLD, &code);
	CU_ASSERT_PTR_NOT_NULL(pc);
	CU_ASSERT_EQUAL(code, 900);
	pool_call_free(&pc);
	CU_ASSERT_EQUAL(pool_admit(&po, &ch, NOW + POOL_HOLD), POOL_DOWN);
	pool_up(&po, 0);
	CU_ASSERT_EQUAL(pool_admit(&po, &ch, NOW + POOL_HOLD), POOL_OK);
	CU_ASSERT_PTR_NULL(pool_lost(&po, 0, 0, true, NOW));
	CU_ASSERT_EQUAL(pool_admit(&po, &ch, NOW), POOL_DOWN);
	pool_free(&po);
}

static void
test_deadline(void)
{
	struct pool_call *pc;
	uint16_t code = 0;

	setup(1, true);
	pool_enqueue(&po, call(1, 0, CALL_WAIT));
	pool_enqueue(&po, call(2, NOW + SEC, 0));
	CU_ASSERT_PTR_NULL(pool_expired(&po, NOW + SEC - 1, &code));
	pc = pool_expired(&po, NOW + SEC, &code);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pc);
	CU_ASSERT_EQUAL(pc->pc_head.ch_id, 2);
	CU_ASSERT_EQUAL(code, 3021);
	pool_call_free(&pc);
	CU_ASSERT_PTR_NULL(pool_expired(&po, NOW + 999 * SEC, &code));
	pool_free(&po);
}

/* 503 only when the wait that is to be expected exceeds the deadline. */
static void
test_busy(void)
{
	struct call_head ch;
	uint64_t i;
	unsigned int w;

	memset(&ch, 0, sizeof(ch));
	ch.ch_deadline = NOW + 10 * SEC;
	setup(1, true);
	po.po_mean = SEC;
	pool_enqueue(&po, call(1, 0, 0));
	CU_ASSERT_EQUAL(next(&w), 1);
	for (i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL(pool_admit(&po, &ch, NOW), POOL_OK);
		pool_enqueue(&po, call(2 + i, 0, 0));
	}
	pool_enqueue(&po, call(99, 0, 0));
	CU_ASSERT_EQUAL(pool_admit(&po, &ch, NOW), POOL_BUSY);
	ch.ch_deadline = 0;
	CU_ASSERT_EQUAL(pool_admit(&po, &ch, NOW), POOL_OK);
	for (; po.po_nqueue < POOL_QUEUE; i++)
		pool_enqueue(&po, call(2 + i, 0, 0));
	CU_ASSERT_EQUAL(pool_admit(&po, &ch, NOW), POOL_BUSY);
	pool_free(&po);
}

static const struct unit_case cases[] = {
	{ "first come, first served", test_fifo },
	{ "wait_for_complete", test_wait_for_complete },
	{ "a worker that dies", test_lost },
	{ "numbers that go round", test_lost_wrap },
	{ "no successor", test_stranded },
	{ "900", test_hold },
	{ "3021", test_deadline },
	{ "503", test_busy },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("pool", cases));
}
