/* SPDX-License-Identifier: ISC */
/*
 * Queries by vectors: the .tsv files of tests/unit/query, whose lines have what
 * is expected and, behind tabs, the arguments. Cases of the dialect db run
 * through SQLite and in memory, and both have to answer as expected. And the
 * limits.
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/query_text.h"
#include "common/query_value.h"
#include "dapi/fields_agents.h"
#include "dapi/store_schema.h"
#include "tests/unit/query_rig.h"
#include "tests/unit/unit.h"

#define TEXT (1UL << 20)

/* --- where the data is ------------------------------------------------- */

static char *
read_file(const char *name)
{
	const char *src = getenv("srcdir");
	char path[4096], *text;

	snprintf(path, sizeof(path), "%s/tests/unit/query/%s",
	    src == NULL ? "." : src, name);
	text = rig_slurp(path);
	if (text == NULL)
		printf("unit query: no %s\n", path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	return (text);
}

/* --- vectors ----------------------------------------------------------- */

/* Runs a case: name of what runs it, arguments, and the answer to compare. */
struct vectors {
	const char *v_file;
	void (*v_run)(void *, const char *map, const struct query_args *,
	    struct buf *, int how);
	int v_ways; /* how many of them */
	void *v_arg;
	unsigned int v_cases;
	char v_map[64];
};

static void
vectors_case(struct vectors *v, unsigned int line, char *text)
{
	char *want = text, *next = strchr(text, '\t');
	struct rig_args ra;
	struct buf got;
	int how;

	rig_args_init(&ra);
	while (next != NULL) {
		*next++ = '\0';
		text = next;
		next = strchr(text, '\t');
		if (next != NULL)
			*next = '\0';
		CU_ASSERT_EQUAL(rig_args_set(&ra, text), 0);
	}
	for (how = 0; how < v->v_ways; how++) {
		buf_init(&got, TEXT);
		v->v_run(v->v_arg, v->v_map, &ra.ra_args, &got, how);
		buf_addc(&got, '\0');
		CU_ASSERT_STRING_EQUAL(got.b_data, want);
		if (strcmp((char *)got.b_data, want) != 0)
			printf("%s:%u (%d):\n  got  %s\n  want %s\n", v->v_file,
			    line, how, got.b_data, want);
		buf_free(&got);
	}
	rig_args_free(&ra);
	v->v_cases++;
}

static void
vectors_run(struct vectors *v)
{
	char *text, *line, *end;
	unsigned int n = 1;

	text = read_file(v->v_file);
	for (line = text; *line != '\0'; line = end + 1, n++) {
		end = strchr(line, '\n');
		CU_ASSERT_PTR_NOT_NULL_FATAL(end);
		*end = '\0';
		if (*line == '@')
			snprintf(v->v_map, sizeof(v->v_map), "%s", line + 1);
		else if (*line != '#' && *line != '\0')
			vectors_case(v, n, line);
	}
	free(text);
	printf("unit query: %u cases in %s\n", v->v_cases, v->v_file);
}

/* --- db ---------------------------------------------------------------- */

static const struct query_field thing_fields[] = {
	{ "id", "k", QT_INT, QF_ALL | QF_REQUIRED, { NULL } },
	{ "label", "label", QT_TEXT, QF_ALL, { NULL } },
	{ "size", "size", QT_REAL, QF_ALL, { NULL } },
	{ "perm", "perm", QT_JSON, QF_ALL, { NULL } },
	{ "num", "num", QT_INT, QF_ALL, { NULL } },
	{ "state", "state", QT_TEXT, QF_ALL | QF_ANY_VALUE, { NULL } },
	{ "seen", "seen", QT_DATE, QF_ALL | QF_DATE, { NULL } },
};

#define NTHINGS (sizeof(thing_fields) / sizeof(thing_fields[0]))

static const struct query_map things = {
	.qm_dialect = QUERY_DB,
	.qm_fields = thing_fields,
	.qm_n = NTHINGS,
	.qm_sort = "size",
	.qm_desc = true,
};

static const struct query_map thing = {
	.qm_dialect = QUERY_DB,
	.qm_flags = QM_ONE_FIELD,
	.qm_fields = thing_fields,
	.qm_n = NTHINGS,
	.qm_sort = "size",
	.qm_desc = true,
};

static const struct {
	const char *name;
	const struct query_map *map;
	struct query_base base;
} tables[] = {
	{ "agents", &fields_agents, { .qb_from = "agent", .qb_key = "id" } },
	{ "agents_groups", &fields_agents_groups,
	    { .qb_from = "agent", .qb_key = "id" } },
	{ "things", &things, { .qb_from = "things", .qb_key = "k" } },
	{ "thing", &thing, { .qb_from = "things", .qb_key = "k" } },
};

#define NTABLES (sizeof(tables) / sizeof(tables[0]))

static sqlite3 *
db_open(struct rig_table *rt)
{
	sqlite3 *db;
	char *sql, *err = NULL;
	size_t i;

	db = rig_db(schema_global);
	sql = read_file("rows.sql");
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, &err), SQLITE_OK);
	if (err != NULL)
		printf("rows.sql: %s\n", err);
	free(sql);
	for (i = 0; i < NTABLES; i++)
		rig_table_open(&rt[i], db, tables[i].map, &tables[i].base);
	return (db);
}

static void
db_close(struct rig_table *rt, sqlite3 *db)
{
	size_t i;

	for (i = 0; i < NTABLES; i++)
		rig_table_close(&rt[i]);
	sqlite3_close(db);
}

static void
db_run(void *arg, const char *map, const struct query_args *qa, struct buf *out,
    int how)
{
	struct rig_table *rt = arg;
	size_t i;

	for (i = 0; i < NTABLES; i++)
		if (strcmp(tables[i].name, map) == 0)
			break;
	CU_ASSERT_FATAL(i < NTABLES);
	if (how == 0)
		rig_run_sql(&rt[i], qa, out);
	else
		rig_run_mem(&rt[i], qa, out);
}

static void
test_db(void)
{
	struct rig_table rt[NTABLES];
	struct vectors v = {
		.v_file = "db.tsv", .v_run = db_run, .v_ways = 2, .v_arg = rt
	};
	sqlite3 *db;

	db = db_open(rt);
	vectors_run(&v);
	CU_ASSERT(v.v_cases >= 300);
	db_close(rt, db);
}

/* --- array ------------------------------------------------------------- */

#define KEEP (QF_SORT | QF_SELECT)

static const struct query_field item_fields[] = {
	{ .qf_name = "id", .qf_flags = KEEP | QF_REQUIRED },
	{ .qf_name = "name", .qf_flags = KEEP | QF_SEARCH },
	{ .qf_name = "level", .qf_flags = KEEP },
	{ .qf_name = "on", .qf_flags = KEEP },
	{ .qf_name = "score", .qf_flags = KEEP },
	{ .qf_name = "groups", .qf_flags = KEEP },
	{ .qf_name = "nums", .qf_flags = KEEP },
	{ .qf_name = "when", .qf_flags = KEEP },
	{ .qf_name = "detail", .qf_flags = KEEP },
	{ .qf_name = "file", .qf_flags = KEEP | QF_SEARCH },
	{ .qf_name = "note", .qf_flags = KEEP },
	{ .qf_name = "parts", .qf_flags = KEEP },
	{ .qf_name = "shown", .qf_flags = QF_SELECT },
};

#define NITEMS (sizeof(item_fields) / sizeof(item_fields[0]))

/* The map is the part of the name in front of the point, if there is one. */
static const struct {
	const char *name;
	struct query_map map;
} arrays[] = {
	{ "named",
	    { .qm_dialect = QUERY_ARRAY,
	        .qm_flags = QM_SEARCH_ANY,
	        .qm_fields = item_fields,
	        .qm_n = NITEMS } },
	{ "some",
	    { .qm_dialect = QUERY_ARRAY,
	        .qm_fields = item_fields,
	        .qm_n = NITEMS } },
	{ "any",
	    { .qm_dialect = QUERY_ARRAY,
	        .qm_flags = QM_SEARCH_ANY | QM_SORT_ANY | QM_SELECT_ANY } },
};

static void
array_run(void *arg, const char *name, const struct query_args *qa,
    struct buf *out, int how)
{
	struct json_object *items;
	const char *dot = strchr(name, '.');
	size_t i, n = sizeof(arrays) / sizeof(arrays[0]);

	CU_ASSERT_PTR_NOT_NULL_FATAL(dot);
	for (i = 0; i < n; i++)
		if (strncmp(arrays[i].name, name, (size_t)(dot - name)) == 0)
			break;
	CU_ASSERT_FATAL(i < n);
	CU_ASSERT_FATAL(json_object_object_get_ex(arg, dot + 1, &items));
	rig_run_array(&arrays[i].map, items, qa, out);
}

static void
test_array(void)
{
	struct vectors v = {
		.v_file = "array.tsv", .v_run = array_run, .v_ways = 1
	};
	struct json_object *all;
	char *text;

	text = read_file("items.json");
	all = json_tokener_parse(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	v.v_arg = all;
	vectors_run(&v);
	CU_ASSERT(v.v_cases >= 200);
	json_object_put(all);
	free(text);
}

/* --- limits ------------------------------------------------------------ */

static uint16_t
code_of(const struct query_map *qm, const struct query_args *qa)
{
	struct query_error qe;
	struct query *q;

	q = query_parse(qm, qa, &qe);
	query_free(&q);
	return (qe.qe_code);
}

/* n copies of a text, with another between them. Freed by the caller. */
static char *
repeat(const char *text, const char *between, size_t n)
{
	struct buf b;
	size_t i;

	buf_init(&b, 64 * TEXT);
	for (i = 0; i < n; i++) {
		buf_addz(&b, i == 0 ? "" : between);
		buf_addz(&b, text);
	}
	buf_addc(&b, '\0');
	CU_ASSERT_FALSE_FATAL(b.b_failed);
	return ((char *)b.b_data);
}

static uint16_t
code_q(const struct query_map *qm, char *q)
{
	struct query_args qa = { .qa_q = q, .qa_limit = 5 };
	uint16_t code;

	code = code_of(qm, &qa);
	free(q);
	return (code);
}

static void
test_limits(void)
{
	const struct query_map *db = &fields_agents, *array = &arrays[0].map;
	struct query_args qa = { .qa_limit = 5 };
	char *text;

	CU_ASSERT_EQUAL(code_q(db, repeat("id=1", ",", 256)), 0);
	CU_ASSERT_EQUAL(code_q(db, repeat("id=1", ",", 257)), 1407);
	CU_ASSERT_EQUAL(code_q(array, repeat("id=1", ",", 256)), 0);
	CU_ASSERT_EQUAL(code_q(array, repeat("id=1", ";", 257)), 1407);
	/* Bytes. */
	text = repeat("x", "", 16384);
	memcpy(text, "name=", 5);
	CU_ASSERT_EQUAL(code_q(db, text), 0);
	text = repeat("x", "", 16385);
	memcpy(text, "name=", 5);
	CU_ASSERT_EQUAL(code_q(db, text), 1407);
	text = repeat("x", "", 16385);
	memcpy(text, "name=", 5);
	CU_ASSERT_EQUAL(code_q(array, text), 1407);
	CU_ASSERT_EQUAL(code_q(db, repeat("x", "", TEXT)), 1407);
	text = repeat("x", "", 16385);
	qa.qa_search = text;
	CU_ASSERT_EQUAL(code_of(db, &qa), 1407);
	CU_ASSERT_EQUAL(code_of(array, &qa), 1407);
	qa.qa_search = text + 1;
	CU_ASSERT_EQUAL(code_of(db, &qa), 0);
	CU_ASSERT_EQUAL(code_of(array, &qa), 0);
	free(text);
	/* Parentheses: as deep as it may be, and one more. */
	qa.qa_search = NULL;
	qa.qa_q = "((((((((((((((((((((((((((((((((id=1"
	          "))))))))))))))))))))))))))))))))";
	CU_ASSERT_EQUAL(code_of(db, &qa), 0);
	qa.qa_q = "(((((((((((((((((((((((((((((((((id=1"
	          ")))))))))))))))))))))))))))))))))";
	CU_ASSERT_EQUAL(code_of(db, &qa), 1407);
	CU_ASSERT_EQUAL(code_q(db, repeat("(id=1", ";", 33)), 1407);
	CU_ASSERT_EQUAL(code_q(db, repeat("(", "", 16000)), 1407);
	CU_ASSERT_EQUAL(code_q(db, repeat("a=(", "", 5000)), 1407);
	CU_ASSERT_EQUAL(code_q(db, repeat("id=[", "", 4000)), 0);
	/* Names. */
	qa.qa_q = NULL;
	text = repeat("id", ",", 256);
	qa.qa_sort = text;
	CU_ASSERT_EQUAL(code_of(db, &qa), 0);
	free(text);
	text = repeat("id", ",", 257);
	qa.qa_sort = text;
	CU_ASSERT_EQUAL(code_of(db, &qa), 1403);
	free(text);
}

static void
test_many(void)
{
	struct rig_table rt[NTABLES];
	struct query_filter ql = { .ql_name = "id" };
	struct query_args qa = {
		.qa_limit = QUERY_LIMIT, .qa_filters = &ql, .qa_nfilters = 1
	};
	const char **v;
	struct buf got;
	sqlite3 *db;
	size_t i;

	/* As many values as a call can have: SQLite takes the statement. */
	v = calloc(QUERY_VALUES + 1, sizeof(*v));
	for (i = 0; i <= QUERY_VALUES; i++)
		v[i] = "999";
	v[4000] = "12";
	v[77] = "003";
	ql.ql_v = v;
	ql.ql_n = QUERY_VALUES;
	db = db_open(rt);
	for (i = 0; i < 2; i++) {
		buf_init(&got, TEXT);
		db_run(rt, "agents", &qa, &got, (int)i);
		buf_addc(&got, '\0');
		CU_ASSERT_STRING_EQUAL(got.b_data, "3;12/2");
		buf_free(&got);
	}
	ql.ql_n = QUERY_VALUES + 1;
	CU_ASSERT_EQUAL(code_of(&fields_agents, &qa), 1407);
	CU_ASSERT_EQUAL(code_of(&arrays[0].map, &qa), 1407);
	db_close(rt, db);
	free(v);
}

/* A text that ends anywhere is one of those queries that have an answer. */
static void
test_prefixes(void)
{
	static const char q[] = "(id=001;(group~[a,b](c),name!=O'N),x(y)=("
	                        "z)w;lastKeepAlive<1d2h,configSum={\"a\": "
	                        "[1.50, \"\\u00e9\"]};\xc3\xa1=\xc3\xa9)";
	const struct query_map *maps[] = { &fields_agents, &arrays[0].map };
	struct query_args qa = { .qa_limit = 5 };
	char part[sizeof(q)];
	uint16_t code;
	size_t i, n;

	for (i = 0; i < 2; i++) {
		for (n = 0; n < sizeof(q); n++) {
			memcpy(part, q, n);
			part[n] = '\0';
			qa.qa_q = part;
			code = code_of(maps[i], &qa);
			CU_ASSERT(code == 0 || (code >= 1407 && code <= 1409) ||
			    code == 1411 || code == 1412 || code == 2003);
		}
	}
	/* Half a character is no text. */
	qa.qa_q = "name=\xc3";
	CU_ASSERT_EQUAL(code_of(maps[0], &qa), 1407);
	CU_ASSERT_EQUAL(code_of(maps[1], &qa), 1407);
}

/* What an error tells besides its code. */
static void
test_extra(void)
{
	static const struct {
		const char *q, *sort, *select;
		uint16_t code;
		const char *extra;
	} cases[] = {
		{ "bad", NULL, NULL, 1407, "bad" },
		{ "id>>1", NULL, NULL, 1409,
		    "Valid operators: =, !=, <, >, ~. Used operator: >>" },
		{ "seen=soon", NULL, NULL, 1412, "soon" },
		{ "x=1", NULL, NULL, 1408,
		    "Available fields: id, label, num, perm, seen, size, "
		    "state. Field: x" },
		{ NULL, "x", NULL, 1403,
		    "Allowed sort fields: id, label, num, perm, seen, size, "
		    "state. Fields: x" },
		{ NULL, NULL, "x", 1724,
		    "Allowed select fields: id, label, num, perm, seen, size, "
		    "state. Fields: x" },
	};
	struct query_error qe;
	struct query_args qa;
	struct query *q;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&qa, 0, sizeof(qa));
		qa.qa_limit = 5;
		qa.qa_q = cases[i].q;
		qa.qa_sort = cases[i].sort;
		qa.qa_select = &cases[i].select;
		qa.qa_nselect = cases[i].select != NULL;
		q = query_parse(&things, &qa, &qe);
		CU_ASSERT_PTR_NULL(q);
		CU_ASSERT_EQUAL(qe.qe_code, cases[i].code);
		CU_ASSERT_STRING_EQUAL(qe.qe_extra, cases[i].extra);
	}
	/* Long ones are cut between characters. */
	memset(&qa, 0, sizeof(qa));
	text = repeat("\xc3\xa9", "", 4000);
	qa.qa_q = text;
	CU_ASSERT_PTR_NULL(query_parse(&things, &qa, &qe));
	CU_ASSERT_EQUAL(qe.qe_code, 1407);
	CU_ASSERT_EQUAL(strlen(qe.qe_extra), 1022);
	free(text);
}

/* --- the small parsers ------------------------------------------------- */

static void
test_json(void)
{
	static const char *const cases[][2] = { { "1", "1" }, { "-0", "0" },
		{ "-0.0", "-0.0" }, { "1e3", "1000.0" }, { "1E-7", "1e-07" },
		{ "10.10", "10.1" }, { " 5 ", "5" }, { "001", NULL },
		{ "1.", NULL }, { ".5", NULL }, { "+1", NULL }, { "-", NULL },
		{ "1e", NULL }, { "1e400", "Infinity" }, { "NaN", "NaN" },
		{ "-Infinity", "-Infinity" }, { "nan", NULL },
		{ "true", "true" }, { "True", NULL }, { "null", "null" },
		{ "truex", NULL }, { "\"a\"", "\"a\"" }, { "\"a", NULL },
		{ "\"\\u00e9\"", "\"\\u00e9\"" },
		{ "\"\xc3\xa9\"", "\"\\u00e9\"" },
		{ "\"\xf0\x9f\x98\x80\"", "\"\\ud83d\\ude00\"" },
		{ "\"\\ud800\"", "\"\\ud800\"" }, { "\"\\u41\"", NULL },
		{ "\"\\u0041\\/\"", "\"A/\"" }, { "\"\\x\"", NULL },
		{ "\"\\n\x7f\"", "\"\\n\\u007f\"" }, { "\"\n\"", NULL },
		{ "[]", "[]" }, { "[ ]", "[]" }, { "[1 , 2]", "[1,2]" },
		{ "[1,]", NULL }, { "[,1]", NULL }, { "[1 2]", NULL },
		{ "{}", "{}" }, { "{\"a\": [\"b\"]}", "{\"a\":[\"b\"]}" },
		{ "{\"a\":1, \"b\" : 2}", "{\"a\":1,\"b\":2}" },
		{ "{a:1}", NULL }, { "{\"a\"}", NULL }, { "{\"a\":}", NULL },
		{ "{\"a\":1,}", NULL }, { "1 2", NULL }, { "", NULL },
		{ " ", NULL }, { "rw-r--r--", NULL },
		{ "123456789012345678901234567890",
		    "123456789012345678901234567890" } };
	struct buf b;
	size_t i, n;
	bool good;
	char *deep;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, 256);
		good = query_json_compact(cases[i][0], strlen(cases[i][0]), &b);
		buf_addc(&b, '\0');
		CU_ASSERT_EQUAL(good, cases[i][1] != NULL);
		if (good && cases[i][1] != NULL) {
			CU_ASSERT_STRING_EQUAL(b.b_data, cases[i][1]);
		}
		/* No part of a text that ends early does any harm. */
		for (n = 0; n < strlen(cases[i][0]); n++) {
			buf_reset(&b);
			query_json_compact(cases[i][0], n, &b);
		}
		buf_free(&b);
	}
	deep = repeat("[", "", 33);
	buf_init(&b, 256);
	CU_ASSERT_FALSE(query_json_compact(deep, 33, &b));
	buf_free(&b);
	free(deep);
}

static void
test_values(void)
{
	int64_t n;
	double d;
	bool real, unknown;

	CU_ASSERT(query_value_int("12", 2, &n) && n == 12);
	CU_ASSERT(query_value_int(" -1_000 ", 8, &n) && n == -1000);
	CU_ASSERT(
	    query_value_int("-9223372036854775808", 20, &n) && n == INT64_MIN);
	CU_ASSERT(
	    query_value_int("9223372036854775808", 19, &n) && n == INT64_MAX);
	CU_ASSERT_FALSE(query_value_int("", 0, &n));
	CU_ASSERT_FALSE(query_value_int("1__0", 4, &n));
	CU_ASSERT_FALSE(query_value_int("_1", 2, &n));
	CU_ASSERT_FALSE(query_value_int("1_", 2, &n));
	CU_ASSERT_FALSE(query_value_int("1.0", 3, &n));
	CU_ASSERT(
	    query_value_number(" 7 ", 3, &real, &n, &d) && !real && n == 7);
	CU_ASSERT(
	    query_value_number(".5", 2, &real, &n, &d) && real && d == .5);
	CU_ASSERT(query_value_number("5.", 2, &real, &n, &d) && real && d == 5);
	CU_ASSERT(
	    query_value_number("9223372036854775807", 19, &real, &n, &d) &&
	    !real && n == INT64_MAX);
	CU_ASSERT(
	    query_value_number("-9223372036854775808", 20, &real, &n, &d) &&
	    !real && n == INT64_MIN);
	CU_ASSERT(
	    query_value_number("9223372036854775808", 19, &real, &n, &d) &&
	    real && d == 9223372036854775808.0);
	CU_ASSERT(query_value_number(
	              "0000000000000000000000012", 25, &real, &n, &d) &&
	    !real && n == 12);
	CU_ASSERT_FALSE(query_value_number("0x10", 4, &real, &n, &d));
	CU_ASSERT_FALSE(query_value_number("1e", 2, &real, &n, &d));
	CU_ASSERT_FALSE(query_value_number(".", 1, &real, &n, &d));
	CU_ASSERT_FALSE(query_value_number("", 0, &real, &n, &d));
	CU_ASSERT_EQUAL(query_value_cast(" -12abc", 7), -12);
	CU_ASSERT_EQUAL(query_value_cast("abc", 3), 0);
	CU_ASSERT(query_value_date("2023-11-14T22:13:20.5Z", 22, &n) &&
	    n == INT64_C(1700000000500000));
	CU_ASSERT(query_value_date("2000-2-29", 9, &n) &&
	    n == INT64_C(951782400000000));
	CU_ASSERT(query_value_date("1960-01-01", 10, &n) &&
	    n == INT64_C(-315619200000000));
	CU_ASSERT_FALSE(query_value_date("1900-02-29", 10, &n));
	CU_ASSERT_FALSE(query_value_date("0000-01-01", 10, &n));
	CU_ASSERT_FALSE(query_value_date("2023-11-14T22:13:20", 19, &n));
	CU_ASSERT_FALSE(query_value_date("2023-11-14 22:13:60", 19, &n));
	CU_ASSERT_FALSE(
	    query_value_date("2023-11-14T22:13:20.1234567Z", 28, &n));
	CU_ASSERT(query_value_day("2020-02-31", 10, &n, &unknown) && !unknown &&
	    n == INT64_C(1583107200));
	CU_ASSERT(query_value_day("2020-00-01", 10, &n, &unknown) && unknown);
}

static void
test_text(void)
{
	char out[32];

	CU_ASSERT(query_text_like("%a%b%c%", 7, "xxAxxBxxCxx", 11));
	CU_ASSERT_FALSE(query_text_like("%a%b%c", 6, "xxAxxBxxCxx", 11));
	CU_ASSERT(query_text_like("_", 1, "\xc3\xa1", 2));
	CU_ASSERT_FALSE(query_text_like("__", 2, "\xc3\xa1", 2));
	CU_ASSERT(query_text_like("", 0, "", 0));
	CU_ASSERT(query_text_like("%", 1, "", 0));
	CU_ASSERT_FALSE(query_text_like("_", 1, "", 0));
	CU_ASSERT(query_text_like("a%a%a%", 6, "aaaaaaaaaaaaaaaa", 16));
	query_text_lower("\xc3\x81"
	                 "BC\xc4\xb0\xd0\x96\xe1\xba\x80x",
	    11, out);
	CU_ASSERT_EQUAL(memcmp(out,
	                    "\xc3\xa1"
	                    "bc\xc4\xb0\xd0\xb6\xe1\xba\x81x",
	                    11),
	    0);
	/* What breaks off in the middle of a character stays. */
	query_text_lower("\xe1\xba", 2, out);
	CU_ASSERT_EQUAL(memcmp(out, "\xe1\xba", 2), 0);
}

int
main(void)
{
	static const struct unit_case cases[] = { { "db", test_db },
		{ "array", test_array }, { "limits", test_limits },
		{ "many", test_many }, { "prefixes", test_prefixes },
		{ "extra", test_extra }, { "json", test_json },
		{ "values", test_values }, { "text", test_text },
		{ NULL, NULL } };

	return (unit_run("query", cases));
}
