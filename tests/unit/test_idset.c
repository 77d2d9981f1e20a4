/* SPDX-License-Identifier: ISC */
/* Sets of ids. */
#include <sys/types.h>

#include <string.h>

#include "common/rbac_match.h"
#include "tests/unit/unit.h"

/* Blank-separated ids. */
static void
set_of(struct idset *is, const char *text)
{
	char copy[64], *id, *save;

	memset(is, 0, sizeof(*is));
	snprintf(copy, sizeof(copy), "%s", text);
	for (id = strtok_r(copy, " ", &save); id != NULL;
	     id = strtok_r(NULL, " ", &save))
		CU_ASSERT_EQUAL(idset_add(is, id), 0);
}

static const char *
show(const struct idset *is)
{
	static char out[64];
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < is->is_n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s",
		    i == 0 ? "" : " ", is->is_v[i]);
	return (out);
}

static void
test_sets(void)
{
	static const struct {
		const char *a, *b, *both, *less, *meet;
	} t[] = {
		{ "", "", "", "", "" },
		{ "a", "", "a", "a", "" },
		{ "", "a", "a", "", "" },
		{ "a b c", "a b c", "a b c", "", "a b c" },
		{ "a c e", "b d f", "a b c d e f", "a c e", "" },
		{ "b d f", "a c e", "a b c d e f", "b d f", "" },
		{ "a b", "b c", "a b c", "a", "b" },
		{ "c", "a b c d", "a b c d", "", "c" },
		{ "10 2 1", "2 3", "1 10 2 3", "1 10", "2" },
		{ "aa", "a aaa", "a aa aaa", "aa", "" },
	};
	struct idset a, b;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		set_of(&a, t[i].a);
		set_of(&b, t[i].b);
		CU_ASSERT_EQUAL(idset_union(&a, &b), 0);
		CU_ASSERT_STRING_EQUAL(show(&a), t[i].both);
		idset_free(&a);
		set_of(&a, t[i].a);
		idset_minus(&a, &b);
		CU_ASSERT_STRING_EQUAL(show(&a), t[i].less);
		idset_free(&a);
		set_of(&a, t[i].a);
		idset_meet(&a, &b);
		CU_ASSERT_STRING_EQUAL(show(&a), t[i].meet);
		idset_free(&a);
		idset_free(&b);
	}
	set_of(&a, "m a z m k a");
	CU_ASSERT_STRING_EQUAL(show(&a), "a k m z");
	CU_ASSERT_TRUE(idset_has(&a, "k"));
	CU_ASSERT_FALSE(idset_has(&a, "kk"));
	CU_ASSERT_EQUAL(idset_del(&a, "k"), 0);
	CU_ASSERT_EQUAL(idset_del(&a, "k"), -1);
	CU_ASSERT_FALSE(idset_has(&a, "k"));
	CU_ASSERT_EQUAL(idset_union(&a, &a), 0);
	CU_ASSERT_STRING_EQUAL(show(&a), "a m z");
	idset_free(&a);
	CU_ASSERT_EQUAL(a.is_n, 0);
	CU_ASSERT_PTR_NULL(a.is_v);
}

static void
test_sets_large(void)
{
	struct idset a = { NULL, 0, 0 }, b = { NULL, 0, 0 };
	char id[16];
	size_t i;

	for (i = 0; i < 5000; i++) {
		snprintf(id, sizeof(id), "%05zu", i * 7919 % 5000);
		CU_ASSERT_EQUAL_FATAL(idset_add(&a, id), 0);
		snprintf(id, sizeof(id), "%05zu", i + 2500);
		CU_ASSERT_EQUAL_FATAL(idset_add(&b, id), 0);
	}
	CU_ASSERT_EQUAL(a.is_n, 5000);
	for (i = 0; i + 1 < a.is_n; i++)
		CU_ASSERT_FATAL(strcmp(a.is_v[i], a.is_v[i + 1]) < 0);
	CU_ASSERT_EQUAL(idset_union(&a, &b), 0);
	CU_ASSERT_EQUAL(a.is_n, 7500);
	idset_minus(&a, &b);
	CU_ASSERT_EQUAL(a.is_n, 2500);
	CU_ASSERT_STRING_EQUAL(a.is_v[2499], "02499");
	/* Still one that can grow. */
	CU_ASSERT_EQUAL(idset_add(&a, "9"), 0);
	CU_ASSERT_STRING_EQUAL(a.is_v[2500], "9");
	idset_free(&a);
	idset_free(&b);
}

static const struct unit_case cases[] = { { "sets", test_sets },
	{ "sets_large", test_sets_large }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("idset", cases));
}
