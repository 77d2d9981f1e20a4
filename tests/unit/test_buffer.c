/* SPDX-License-Identifier: ISC */
/* Tests of common/buffer.c: limits, stickiness, growth. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "tests/unit/unit.h"

static void
test_add(void)
{
	struct buf b;

	buf_init(&b, 100);
	CU_ASSERT_PTR_NULL(b.b_data);
	CU_ASSERT_EQUAL(buf_addz(&b, "abc"), 0);
	CU_ASSERT_EQUAL(buf_addc(&b, 'd'), 0);
	CU_ASSERT_EQUAL(buf_add(&b, "e\0f", 3), 0);
	CU_ASSERT_EQUAL(buf_addf(&b, "%d-%s", 42, "x"), 0);
	CU_ASSERT_EQUAL(b.b_len, 11);
	CU_ASSERT_EQUAL(memcmp(b.b_data, "abcde\0f42-x", 11), 0);
	CU_ASSERT_FALSE(b.b_failed);
	buf_free(&b);
	CU_ASSERT_PTR_NULL(b.b_data);
	CU_ASSERT_EQUAL(b.b_len, 0);
	CU_ASSERT_EQUAL(b.b_max, 100);
}

static void
test_limit(void)
{
	struct buf b;

	buf_init(&b, 5);
	CU_ASSERT_EQUAL(buf_addz(&b, "12345"), 0);
	CU_ASSERT_EQUAL(b.b_len, 5);
	CU_ASSERT_EQUAL(buf_add(&b, "", 0), 0);
	CU_ASSERT_EQUAL(buf_addc(&b, '6'), -1);
	CU_ASSERT_TRUE(b.b_failed);
	CU_ASSERT_EQUAL(b.b_len, 5);
	/* Sticky: what would fit fails as well. */
	buf_drain(&b, 5);
	CU_ASSERT_EQUAL(buf_addc(&b, '6'), -1);
	CU_ASSERT_EQUAL(b.b_len, 0);
	buf_reset(&b);
	CU_ASSERT_FALSE(b.b_failed);
	CU_ASSERT_EQUAL(buf_addf(&b, "%s", "12345"), 0);
	CU_ASSERT_EQUAL(b.b_len, 5);
	buf_reset(&b);
	CU_ASSERT_EQUAL(buf_addf(&b, "%s", "123456"), -1);
	CU_ASSERT_EQUAL(b.b_len, 0);
	buf_free(&b);
}

static void
test_huge(void)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	CU_ASSERT_EQUAL(buf_addc(&b, 'x'), 0);
	CU_ASSERT_PTR_NULL(buf_room(&b, SIZE_MAX));
	CU_ASSERT_TRUE(b.b_failed);
	CU_ASSERT_EQUAL(b.b_len, 1);
	b.b_failed = false;
	CU_ASSERT_PTR_NULL(buf_room(&b, SIZE_MAX - 1));
	buf_free(&b);
}

/* One byte at a time over the step where growing changes its way. */
static void
test_growth(void)
{
	const size_t n = 200000;
	struct buf b;
	size_t i, bad = 0;

	buf_init(&b, n);
	for (i = 0; i < n; i++)
		bad += buf_addc(&b, (char)(i * 7 % 251)) != 0;
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_EQUAL(b.b_len, n);
	CU_ASSERT_TRUE(b.b_cap <= n + 1);
	for (i = 0; i < n; i++)
		bad += b.b_data[i] != i * 7 % 251;
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_EQUAL(buf_addc(&b, 'x'), -1);
	buf_free(&b);
}

static void
test_room(void)
{
	struct buf b;
	uint8_t *p;

	buf_init(&b, 1000);
	p = buf_room(&b, 10);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(b.b_len, 0);
	memcpy(p, "0123456789", 10);
	b.b_len += 10;
	p = buf_room(&b, 990);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memset(p, 'x', 990);
	b.b_len += 990;
	CU_ASSERT_EQUAL(memcmp(b.b_data, "0123456789xx", 12), 0);
	CU_ASSERT_PTR_NULL(buf_room(&b, 1));
	buf_free(&b);
}

static void
test_drain(void)
{
	struct buf b;

	buf_init(&b, 100);
	buf_addz(&b, "hello world");
	buf_drain(&b, 0);
	CU_ASSERT_EQUAL(b.b_len, 11);
	buf_drain(&b, 6);
	CU_ASSERT_EQUAL(b.b_len, 5);
	CU_ASSERT_EQUAL(memcmp(b.b_data, "world", 5), 0);
	buf_addc(&b, '!');
	CU_ASSERT_EQUAL(memcmp(b.b_data, "world!", 6), 0);
	buf_drain(&b, 6);
	CU_ASSERT_EQUAL(b.b_len, 0);
	buf_free(&b);
}

static void
test_freezero(void)
{
	struct buf b;

	buf_init(&b, 100);
	buf_freezero(&b);
	CU_ASSERT_PTR_NULL(b.b_data);
	buf_addz(&b, "secret");
	buf_freezero(&b);
	CU_ASSERT_PTR_NULL(b.b_data);
	CU_ASSERT_EQUAL(b.b_len, 0);
	CU_ASSERT_EQUAL(b.b_cap, 0);
	/* It can be used again. */
	CU_ASSERT_EQUAL(buf_addz(&b, "again"), 0);
	CU_ASSERT_EQUAL(b.b_len, 5);
	buf_free(&b);
}

static const struct unit_case cases[] = {
	{ "add", test_add },
	{ "limit", test_limit },
	{ "huge", test_huge },
	{ "growth", test_growth },
	{ "room", test_room },
	{ "drain", test_drain },
	{ "freezero", test_freezero },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("buffer", cases));
}
