/* SPDX-License-Identifier: ISC */
/*
 * Results as bytes: see result.h. Key names, their order, the way failed items
 * are put together and what decides message and error are the original's.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/result.h"

/* Where the original sends the reader of an internal error; a fixed text. */
#define RESULT_LOGFILE "WAZUH_HOME/logs/api.log"
#define RESULT_UNKNOWN 1000 /* an error nobody raised on purpose */

struct result_failed {
	uint16_t rf_code;
	bool rf_numbers; /* all ids of its group are digits */
	size_t rf_seq; /* which failure it was */
	size_t rf_group; /* rf_seq of the first of its group */
	char *rf_id;
	char *rf_extra; /* NULL: none */
};

void
result_init(struct result *rs, bool pretty, const char *node)
{
	memset(rs, 0, sizeof(*rs));
	buf_init(&rs->rs_body, RESULT_MAX);
	jsonw_init(&rs->rs_json, &rs->rs_body, pretty);
	rs->rs_status = 200;
	rs->rs_type = RT_JSON;
	rs->rs_node = node;
}

static void
result_free_failed(struct result *rs)
{
	size_t i;

	for (i = 0; i < rs->rs_nfailed; i++) {
		free(rs->rs_failed[i].rf_id);
		free(rs->rs_failed[i].rf_extra);
	}
	free(rs->rs_failed);
	rs->rs_failed = NULL;
	rs->rs_nfailed = rs->rs_capfailed = 0;
}

void
result_free(struct result *rs)
{
	result_free_failed(rs);
	buf_free(&rs->rs_body);
}

void
result_begin(
    struct result *rs, const char *all, const char *some, const char *none)
{
	struct jsonw *j = &rs->rs_json;

	rs->rs_all = all;
	rs->rs_some = some;
	rs->rs_none = none;
	jsonw_object(j);
	jsonw_key(j, "data");
	jsonw_object(j);
	jsonw_key(j, "affected_items");
	jsonw_array(j);
}

void
result_item(struct result *rs)
{
	rs->rs_items++;
}

void
result_total(struct result *rs, uint64_t total)
{
	rs->rs_total = total;
	rs->rs_total_set = true;
}

static struct result_failed *
result_grow(struct result *rs)
{
	struct result_failed *p;
	size_t cap;

	if (rs->rs_nfailed == rs->rs_capfailed) {
		cap = rs->rs_capfailed == 0 ? 16 : rs->rs_capfailed * 2;
		p = reallocarray(rs->rs_failed, cap, sizeof(*p));
		if (p == NULL)
			return (NULL);
		rs->rs_failed = p;
		rs->rs_capfailed = cap;
	}
	return (&rs->rs_failed[rs->rs_nfailed]);
}

void
result_fail(struct result *rs, const char *id, uint16_t code, const char *extra)
{
	struct result_failed *rf;

	rf = result_grow(rs);
	if (rf == NULL) {
		rs->rs_body.b_failed = true;
		return;
	}
	memset(rf, 0, sizeof(*rf));
	rf->rf_code = code;
	rf->rf_seq = rs->rs_nfailed;
	rf->rf_id = strdup(id);
	rf->rf_extra = extra == NULL ? NULL : strdup(extra);
	if (rf->rf_id == NULL || (extra != NULL && rf->rf_extra == NULL)) {
		free(rf->rf_id);
		free(rf->rf_extra);
		rs->rs_body.b_failed = true;
		return;
	}
	rs->rs_nfailed++;
}

/* --- failed items: sorting -------------------------------------------- */

static int
result_cmp_size(size_t a, size_t b)
{
	return (a < b ? -1 : a > b);
}

/* Is it the same error: the same code and the same addition to its text? */
static int
result_cmp_error(const struct result_failed *a, const struct result_failed *b)
{
	if (a->rf_code != b->rf_code)
		return (a->rf_code < b->rf_code ? -1 : 1);
	if (a->rf_extra == NULL || b->rf_extra == NULL)
		return ((a->rf_extra != NULL) - (b->rf_extra != NULL));
	return (strcmp(a->rf_extra, b->rf_extra));
}

static int
result_by_error(const void *va, const void *vb)
{
	const struct result_failed *a = va, *b = vb;
	int c;

	c = result_cmp_error(a, b);
	return (c != 0 ? c : result_cmp_size(a->rf_seq, b->rf_seq));
}

/* Digits of any length as a number, then as text: 1, 001, 2, 10. */
static int
result_cmp_number(const char *a, const char *b)
{
	const char *x = a + strspn(a, "0"), *y = b + strspn(b, "0");
	int c;

	c = result_cmp_size(strlen(x), strlen(y));
	if (c == 0)
		c = strcmp(x, y);
	return (c != 0 ? c : strcmp(a, b));
}

static int
result_by_group(const void *va, const void *vb)
{
	const struct result_failed *a = va, *b = vb;

	if (a->rf_code != b->rf_code)
		return (a->rf_code < b->rf_code ? -1 : 1);
	if (a->rf_group != b->rf_group)
		return (result_cmp_size(a->rf_group, b->rf_group));
	if (a->rf_numbers)
		return (result_cmp_number(a->rf_id, b->rf_id));
	return (strcmp(a->rf_id, b->rf_id));
}

static bool
result_is_number(const char *id)
{
	return (*id != '\0' && id[strspn(id, "0123456789")] == '\0');
}

/*
 * Bring the failures into the order in which they are written: by code, groups
 * of one code as they first came, ids by number where all of a group are
 * numbers. An id that failed twice alike stays once, as in a set.
 */
static void
result_sort(struct result *rs)
{
	struct result_failed *v = rs->rs_failed;
	size_t i, k, end, n = rs->rs_nfailed;
	bool numbers;

	if (n == 0)
		return;
	qsort(v, n, sizeof(*v), result_by_error);
	for (i = 0; i < n; i = end) {
		numbers = true;
		for (end = i; end < n && result_cmp_error(&v[i], &v[end]) == 0;
		     end++)
			numbers = numbers && result_is_number(v[end].rf_id);
		for (k = i; k < end; k++) {
			v[k].rf_group = v[i].rf_seq;
			v[k].rf_numbers = numbers;
		}
	}
	qsort(v, n, sizeof(*v), result_by_group);
	for (i = k = 1; i < n; i++) {
		if (v[i].rf_code == v[k - 1].rf_code &&
		    v[i].rf_group == v[k - 1].rf_group &&
		    strcmp(v[i].rf_id, v[k - 1].rf_id) == 0) {
			free(v[i].rf_id);
			free(v[i].rf_extra);
		} else {
			v[k++] = v[i];
		}
	}
	rs->rs_nfailed = k;
}

/* --- writing ----------------------------------------------------------- */

/* Remedy of a code; a code without a row has none, not that of 1000. */
static const char *
result_remedy(uint16_t code)
{
	const struct errdesc *ed = errors_find(code);

	return (ed->ed_code == code ? ed->ed_remedy : NULL);
}

/* The text of an error as a JSON value. */
static void
result_text(struct jsonw *j, uint16_t code, const char *extra)
{
	struct buf text;

	buf_init(&text, RESULT_MAX);
	if (errors_text(&text, code, extra) == -1)
		j->j_out->b_failed = true;
	jsonw_strn(j, (const char *)text.b_data, text.b_len);
	buf_free(&text);
}

static void
result_put_failed(struct jsonw *j, const struct result_failed *v, size_t n)
{
	const char *remedy = result_remedy(v->rf_code);
	size_t i;

	jsonw_object(j);
	jsonw_key(j, "error");
	jsonw_object(j);
	jsonw_key(j, "code");
	jsonw_uint(j, v->rf_code);
	jsonw_key(j, "message");
	result_text(j, v->rf_code, v->rf_extra);
	if (remedy != NULL) {
		jsonw_key(j, "remediation");
		jsonw_str(j, remedy);
	}
	jsonw_object_end(j);
	jsonw_key(j, "id");
	jsonw_array(j);
	for (i = 0; i < n; i++)
		jsonw_str(j, v[i].rf_id);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

static void
result_put_all_failed(struct result *rs)
{
	struct result_failed *v = rs->rs_failed;
	size_t i, end;

	jsonw_key(&rs->rs_json, "failed_items");
	jsonw_array(&rs->rs_json);
	for (i = 0; i < rs->rs_nfailed; i = end) {
		for (end = i + 1;
		     end < rs->rs_nfailed && v[end].rf_code == v[i].rf_code &&
		     v[end].rf_group == v[i].rf_group;
		     end++)
			continue;
		result_put_failed(&rs->rs_json, &v[i], end - i);
	}
	jsonw_array_end(&rs->rs_json);
}

void
result_end(struct result *rs)
{
	struct jsonw *j = &rs->rs_json;
	uint64_t total;
	const char *message;
	unsigned int error;

	total = rs->rs_total_set ? rs->rs_total : rs->rs_items;
	result_sort(rs);
	jsonw_array_end(j);
	jsonw_key(j, "total_affected_items");
	jsonw_uint(j, total);
	jsonw_key(j, "total_failed_items");
	jsonw_uint(j, rs->rs_nfailed);
	result_put_all_failed(rs);
	jsonw_object_end(j);
	if (total == 0) {
		message = rs->rs_none;
		error = rs->rs_nfailed == 0 ? 0 : 1;
	} else {
		message = rs->rs_nfailed == 0 ? rs->rs_all : rs->rs_some;
		error = rs->rs_nfailed == 0 ? 0 : 2;
	}
	jsonw_key(j, "message");
	jsonw_str(j, message);
	jsonw_key(j, "error");
	jsonw_uint(j, error);
	jsonw_object_end(j);
}

void
result_plain_begin(struct result *rs)
{
	jsonw_object(&rs->rs_json);
	jsonw_key(&rs->rs_json, "data");
}

void
result_plain_end(struct result *rs)
{
	jsonw_key(&rs->rs_json, "error");
	jsonw_uint(&rs->rs_json, 0);
	jsonw_object_end(&rs->rs_json);
}

/* dapi_errors: which node failed, how, and where its log is. */
static void
result_put_node(struct jsonw *j, const char *node, uint16_t code,
    enum errclass cls, const char *extra)
{
	jsonw_key(j, "dapi_errors");
	jsonw_object(j);
	jsonw_key(j, node);
	jsonw_object(j);
	jsonw_key(j, "error");
	result_text(j, code, extra);
	if (errors_status(cls) == 500 && code != RESULT_UNKNOWN) {
		jsonw_key(j, "logfile");
		jsonw_str(j, RESULT_LOGFILE);
	}
	jsonw_object_end(j);
	jsonw_object_end(j);
}

void
result_problem(
    struct result *rs, uint16_t code, enum errclass cls, const char *extra)
{
	struct jsonw *j = &rs->rs_json;
	const char *remedy = result_remedy(code);

	result_free_failed(rs);
	buf_reset(&rs->rs_body);
	jsonw_init(j, &rs->rs_body, j->j_pretty);
	rs->rs_status = errors_status(cls);
	rs->rs_type = RT_PROBLEM;
	rs->rs_code = code;
	jsonw_object(j);
	jsonw_key(j, "title");
	jsonw_str(j, errors_title(cls));
	jsonw_key(j, "detail");
	result_text(j, code, extra);
	if (remedy != NULL) {
		jsonw_key(j, "remediation");
		jsonw_str(j, remedy);
	}
	if (rs->rs_node != NULL)
		result_put_node(j, rs->rs_node, code, cls, extra);
	jsonw_key(j, "error");
	jsonw_uint(j, code);
	jsonw_object_end(j);
}

void
result_problem_http(struct buf *out, bool pretty, const char *title,
    const char *detail, const char *remedy, uint16_t code)
{
	struct jsonw j;

	jsonw_init(&j, out, pretty);
	jsonw_object(&j);
	jsonw_key(&j, "title");
	jsonw_str(&j, title);
	jsonw_key(&j, "detail");
	jsonw_str(&j, detail);
	if (remedy != NULL) {
		jsonw_key(&j, "remediation");
		jsonw_str(&j, remedy);
	} else if (code != 0 && errors_find(code)->ed_class == ERRC_TOOMANY) {
		/* The original says null here, and only here: 6005. */
		jsonw_key(&j, "remediation");
		jsonw_null(&j);
	}
	if (code != 0) {
		jsonw_key(&j, "error");
		jsonw_uint(&j, code);
	}
	jsonw_object_end(&j);
}
