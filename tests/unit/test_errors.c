/* SPDX-License-Identifier: ISC */
/* Tests of common/errors.c and its table. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/errors.h"
#include "common/errors_table.h"
#include "tests/unit/unit.h"

static void
test_table(void)
{
	const struct errdesc *ed;
	size_t i, bad = 0;

	CU_ASSERT_EQUAL(errors_ntable, 258);
	for (i = 0; i < errors_ntable; i++) {
		ed = &errors_table[i];
		if (i > 0 && ed[-1].ed_code >= ed->ed_code)
			bad++;
		if (errors_find(ed->ed_code) != ed)
			bad++;
		/* ": extra" may follow, so no sentence ends itself. */
		if (*ed->ed_message == '\0' ||
		    ed->ed_message[strlen(ed->ed_message) - 1] == '.')
			bad++;
		if (ed->ed_remedy != NULL && *ed->ed_remedy == '\0')
			bad++;
		if ((unsigned int)ed->ed_class > ERRC_HAPROXY)
			bad++;
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void
test_find(void)
{
	CU_ASSERT_EQUAL(errors_find(413)->ed_code, 413);
	CU_ASSERT_EQUAL(errors_find(1701)->ed_code, 1701);
	CU_ASSERT_EQUAL(errors_find(8001)->ed_code, 8001);
	/* No such code. */
	CU_ASSERT_EQUAL(errors_find(0)->ed_code, 1000);
	CU_ASSERT_EQUAL(errors_find(1702)->ed_code, 1000);
	CU_ASSERT_EQUAL(errors_find(65535)->ed_code, 1000);
	CU_ASSERT_EQUAL(errors_find(2200)->ed_code, 1000);
	/* Ranges. */
	CU_ASSERT_EQUAL(errors_find(1809)->ed_code, 1000);
	CU_ASSERT_EQUAL(errors_find(1811)->ed_code, 1810);
	CU_ASSERT_EQUAL(errors_find(1823)->ed_code, 1823);
	CU_ASSERT_EQUAL(errors_find(1899)->ed_code, 1810);
	CU_ASSERT_EQUAL(errors_find(8999)->ed_code, 8001);
	CU_ASSERT_EQUAL(errors_find(9000)->ed_code, 1000);
}

/* Class and whether there is a remedy, as the original has it. */
static void
test_facts(void)
{
	static const struct {
		uint16_t code;
		enum errclass cls;
		int remedy;
	} t[] = {
		{ 900, ERRC_INTERNAL, 0 },
		{ 901, ERRC_INTERNAL, 0 },
		{ 902, ERRC_NOTFOUND, 0 },
		{ 1000, ERRC_INTERNAL, 1 },
		{ 1017, ERRC_INTERNAL, 0 },
		{ 1122, ERRC_NOTFOUND, 1 },
		{ 1407, ERRC_ERROR, 0 },
		{ 1701, ERRC_NOTFOUND, 1 },
		{ 1710, ERRC_NOTFOUND, 1 },
		{ 1730, ERRC_NOTFOUND, 1 },
		{ 1745, ERRC_ERROR, 0 },
		{ 2007, ERRC_ERROR, 0 },
		{ 3021, ERRC_INTERNAL, 0 },
		{ 3022, ERRC_CLUSTER, 1 },
		{ 3044, ERRC_HAPROXY, 0 },
		{ 4000, ERRC_PERMISSION, 1 },
		{ 4002, ERRC_NOTFOUND, 1 },
		{ 5001, ERRC_NOTFOUND, 1 },
		{ 6000, ERRC_PERMISSION, 0 },
		{ 6001, ERRC_TOOMANY, 1 },
		{ 6002, ERRC_NOTACCEPTABLE, 0 },
		{ 6004, ERRC_PERMISSION, 1 },
		{ 6005, ERRC_TOOMANY, 0 },
	};
	const struct errdesc *ed;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ed = errors_find(t[i].code);
		CU_ASSERT_EQUAL(ed->ed_class, t[i].cls);
		CU_ASSERT_EQUAL(ed->ed_remedy != NULL, t[i].remedy);
	}
}

static void
test_classes(void)
{
	CU_ASSERT_EQUAL(errors_status(ERRC_ERROR), 400);
	CU_ASSERT_EQUAL(errors_status(ERRC_INTERNAL), 500);
	CU_ASSERT_EQUAL(errors_status(ERRC_CLUSTER), 500);
	CU_ASSERT_EQUAL(errors_status(ERRC_NOTFOUND), 404);
	CU_ASSERT_EQUAL(errors_status(ERRC_PERMISSION), 403);
	CU_ASSERT_EQUAL(errors_status(ERRC_TOOMANY), 429);
	CU_ASSERT_EQUAL(errors_status(ERRC_NOTACCEPTABLE), 406);
	CU_ASSERT_STRING_EQUAL(errors_title(ERRC_ERROR), "Bad Request");
	CU_ASSERT_STRING_EQUAL(
	    errors_title(ERRC_INTERNAL), "Wazuh Internal Error");
	CU_ASSERT_STRING_EQUAL(
	    errors_title(ERRC_CLUSTER), "Wazuh Cluster Error");
	CU_ASSERT_STRING_EQUAL(
	    errors_title(ERRC_NOTFOUND), "Resource Not Found");
	CU_ASSERT_STRING_EQUAL(
	    errors_title(ERRC_PERMISSION), "Permission Denied");
	CU_ASSERT_STRING_EQUAL(errors_title(ERRC_TOOMANY), "Too Many Requests");
	CU_ASSERT_STRING_EQUAL(
	    errors_title(ERRC_NOTACCEPTABLE), "Not Acceptable");
	CU_ASSERT_STRING_EQUAL(
	    errors_title(ERRC_HAPROXY), "HAProxy Helper Error");
}

static int
text_is(uint16_t code, const char *extra, const char *want)
{
	struct buf b;
	int same;

	buf_init(&b, 4096);
	same = errors_text(&b, code, extra) == 0 && b.b_len == strlen(want) &&
	    memcmp(b.b_data, want, b.b_len) == 0;
	buf_free(&b);
	return (same);
}

static void
test_text(void)
{
	struct buf b;

	/* A text that clients compare. */
	CU_ASSERT(text_is(4000, "Resource type: agent:id",
	    "Permission denied: Resource type: agent:id"));
	CU_ASSERT(text_is(4000, NULL, "Permission denied"));
	CU_ASSERT(text_is(1701, NULL, errors_find(1701)->ed_message));
	/* Texts of other programs stand alone. */
	CU_ASSERT(text_is(1600, "why", "why"));
	CU_ASSERT(text_is(1812, "why", "why"));
	CU_ASSERT(text_is(1823, "why", "why"));
	CU_ASSERT(text_is(8500, "why", "why"));
	CU_ASSERT(text_is(9012, "why", "why"));
	CU_ASSERT(text_is(9012, NULL, errors_find(1000)->ed_message));
	buf_init(&b, 10);
	CU_ASSERT_EQUAL(errors_text(&b, 4000, NULL), -1);
	CU_ASSERT_TRUE(b.b_failed);
	buf_free(&b);
}

static const struct unit_case cases[] = {
	{ "table", test_table },
	{ "find", test_find },
	{ "facts", test_facts },
	{ "classes", test_classes },
	{ "text", test_text },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("errors", cases));
}
