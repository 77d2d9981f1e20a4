/* SPDX-License-Identifier: ISC */
/*
 * Tests of dapi/merge*.c with the pairs that the original was recorded with,
 * where they are there: GATEHOUSE_SHARED/facts/cluster/vectors (else
 * ../shared).
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/merge_rig.h"

#define ONE(a) ((const char *const[]){ a, NULL })

/* A file of vectors, or NULL. */
static struct json_object *
vectors(const char *name)
{
	const char *top = getenv("GATEHOUSE_SHARED"), *src = getenv("srcdir");
	struct json_object *o;
	char path[4096];

	if (top != NULL)
		snprintf(path, sizeof(path), "%s/facts/cluster/vectors/%s", top,
		    name);
	else
		snprintf(path, sizeof(path),
		    "%s/../shared/facts/cluster/vectors/%s",
		    src == NULL ? "." : src, name);
	o = json_object_from_file(path);
	if (o == NULL)
		printf("\n    skipped, no %s\n", path);
	return (o);
}

static struct json_object *
get(struct json_object *o, const char *key)
{
	struct json_object *v;

	return (json_object_object_get_ex(o, key, &v) ? v : NULL);
}

static int
by_text(const void *a, const void *b)
{
	struct json_object *const *x = a, *const *y = b;

	return (strcmp(json_object_to_json_string_ext(*x, 0),
	    json_object_to_json_string_ext(*y, 0)));
}

/*
 * Sets have no order: pair the failed ids with their errors and sort both. Our
 * sentences are our own: leave them out.
 */
static void
plain_order(struct json_object *o)
{
	struct json_object *keys = get(o, "failed_items_keys");
	struct json_object *values = get(o, "failed_items_values"), *pair;
	size_t i;

	json_object_object_foreach(o, key, v)
	{
		(void)key;
		if (json_object_is_type(v, json_type_object))
			plain_order(v);
		if (json_object_is_type(v, json_type_array))
			for (i = 0; i < json_object_array_length(v); i++)
				if (json_object_is_type(
				        json_object_array_get_idx(v, i),
				        json_type_object))
					plain_order(
					    json_object_array_get_idx(v, i));
	}
	if (get(o, "code") != NULL && get(o, "message") != NULL) {
		json_object_object_del(o, "message");
		json_object_object_del(o, "remediation");
	}
	if (keys == NULL || values == NULL)
		return;
	for (i = 0; i < json_object_array_length(keys); i++) {
		pair = json_object_array_get_idx(values, i);
		json_object_array_sort(pair, by_text);
		json_object_object_add(json_object_array_get_idx(keys, i),
		    "failed", json_object_get(pair));
	}
	json_object_array_sort(keys, by_text);
	json_object_object_del(o, "failed_items_values");
}

/* Are both the same but for that? got and want are taken. */
static int
same(struct json_object *got, struct json_object *want)
{
	int good;

	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	CU_ASSERT_PTR_NOT_NULL_FATAL(want);
	plain_order(got);
	plain_order(want);
	good = strcmp(json_object_to_json_string(got),
	           json_object_to_json_string(want)) == 0;
	if (!good)
		printf("\n  got  %s\n  want %s\n",
		    json_object_to_json_string(got),
		    json_object_to_json_string(want));
	json_object_put(got);
	json_object_put(want);
	return (good);
}

/* The merge of two texts (the second may be NULL) as a tree; NULL: refused. */
static struct json_object *
merged(enum form form, const char *a, const char *b)
{
	struct merge_text mt[2] = { { a, strlen(a) },
		{ b, b == NULL ? 0 : strlen(b) } };
	struct json_object *o = NULL;
	struct result rs;
	const char *why;

	result_init(&rs, form == PRETTY, NULL);
	if (form == WIRE)
		result_wire(&rs);
	if (merge_results(&rs, mt, b == NULL ? 1 : 2, &why) == 0) {
		buf_addc(&rs.rs_body, '\0');
		o = json_tokener_parse((char *)rs.rs_body.b_data);
		CU_ASSERT_PTR_NOT_NULL(o);
	}
	result_free(&rs);
	return (o);
}

static void
test_recorded_pairs(void)
{
	struct json_object *all = vectors("j03_merge.json"), *c, *v;
	const char *left, *right;
	size_t i, n;

	if (all == NULL)
		return;
	n = json_object_array_length(all);
	CU_ASSERT(n >= 15);
	for (i = 0; i < n; i++) {
		c = json_object_array_get_idx(all, i);
		left = json_object_get_string(get(c, "left"));
		right = json_object_get_string(get(c, "right"));
		if (get(c, "raises") != NULL) {
			CU_ASSERT_PTR_NULL(merged(WIRE, left, right));
			continue;
		}
		CU_ASSERT(same(merged(WIRE, left, right),
		    json_tokener_parse(
		        json_object_get_string(get(c, "result")))));
		v = get(c, "result_render");
		if (v == NULL)
			continue;
		CU_ASSERT(same(
		    merged(PRETTY, left, right), merged(HTTP, left, right)));
		CU_ASSERT(same(merged(HTTP, left, right), json_object_get(v)));
	}
	json_object_put(all);
}

static void
test_recorded_forms(void)
{
	struct json_object *all = vectors("j01_encodings.json"), *v, *two;
	const char *text;
	size_t n = 0;

	if (all != NULL) {
		json_object_object_foreach(all, key, c)
		{
			text = json_object_get_string(get(c, "json"));
			if (strncmp(key, "exc_", 4) != 0 &&
			    strncmp(key, "wazuhresult", 11) != 0) {
				CU_ASSERT_PTR_NULL(merged(WIRE, text, NULL));
				continue;
			}
			/* To the byte, as they are alone. */
			if (!merges(WIRE, ONE(text), 0, text))
				CU_FAIL(key);
			n++;
		}
		CU_ASSERT(n >= 9);
		json_object_put(all);
	}
	two = vectors("j02_affected_items.json");
	if (two == NULL)
		return;
	text = json_object_get_string(get(two, "a"));
	CU_ASSERT(same(merged(WIRE, text, NULL), json_tokener_parse(text)));
	v = json_object_get(get(two, "a_render"));
	CU_ASSERT(same(merged(HTTP, text, NULL), v));
	text = json_object_get_string(get(two, "b"));
	CU_ASSERT(same(merged(WIRE, text, NULL), json_tokener_parse(text)));
	json_object_put(two);
}

static void
test_recorded_odd(void)
{
	struct json_object *all = vectors("j04_decode_edge.json"), *c, *o;
	const char *text;
	size_t i, good = 0;

	if (all == NULL)
		return;
	for (i = 0; i < json_object_array_length(all); i++) {
		c = json_object_array_get_idx(all, i);
		text = json_object_get_string(get(c, "in"));
		o = merged(WIRE, text, NULL);
		if (get(c, "raises") != NULL)
			CU_ASSERT_PTR_NULL(o);
		good += o != NULL;
		json_object_put(o);
	}
	/* Of the others one is a result: the error with nothing but its code. */
	CU_ASSERT_EQUAL(good, 1);
	json_object_put(all);
}

static const struct unit_case cases[] = {
	{ "recorded pairs", test_recorded_pairs },
	{ "recorded forms", test_recorded_forms },
	{ "recorded odd ones", test_recorded_odd },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("merge_recorded", cases));
}
