/* SPDX-License-Identifier: ISC */
/*
 * Results as bytes: see result.h. Key names, their order, the way failed items
 * are put together and what decides message and error are the original's.
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsontree.h"
#include "common/node.h"
#include "common/result.h"
#include "common/wire.h"

/* Where the original sends the reader of an internal error; fixed texts. */
#define RESULT_LOG_API     "WAZUH_HOME/logs/api.log"
#define RESULT_LOG_CLUSTER "WAZUH_HOME/logs/cluster.log"
#define RESULT_UNKNOWN     1000 /* an error nobody raised on purpose */

struct result_failed {
	uint16_t rf_code;
	bool rf_numbers; /* all ids of its group are digits */
	bool rf_number; /* this one is no text */
	size_t rf_seq; /* which failure it was */
	size_t rf_group; /* rf_seq of the first of its group */
	char *rf_id;
	char *rf_extra; /* NULL: none */
	const struct wire_error *rf_error; /* NULL: ours, as above */
};

void
result_init(struct result *rs, bool pretty, const char *node)
{
	memset(rs, 0, sizeof(*rs));
	buf_init(&rs->rs_body, RESULT_MAX);
	jsonw_init(&rs->rs_json, &rs->rs_body, pretty);
	buf_init(&rs->rs_extra, RESULT_MAX);
	rs->rs_status = 200;
	rs->rs_type = RT_JSON;
	rs->rs_node = node;
}

void
result_wire(struct result *rs)
{
	jsonw_init(&rs->rs_json, &rs->rs_body, false);
	rs->rs_wire = true;
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
	buf_free(&rs->rs_extra);
	buf_free(&rs->rs_body);
}

/* What stands around a result or an error that goes to another node. */
static void
result_wrap(struct jsonw *j, const char *mark, const char *cls)
{
	jsonw_object(j);
	jsonw_key(j, mark);
	jsonw_object(j);
	jsonw_key(j, "__class__");
	jsonw_str(j, cls);
	jsonw_key(j, "__object__");
}

static void
result_unwrap(struct jsonw *j)
{
	jsonw_object_end(j);
	jsonw_object_end(j);
}

void
result_begin(
    struct result *rs, const char *all, const char *some, const char *none)
{
	struct jsonw *j = &rs->rs_json;

	rs->rs_all = all;
	rs->rs_some = some;
	rs->rs_none = none;
	if (rs->rs_wire) {
		result_wrap(j, "__wazuh_result__", "AffectedItemsWazuhResult");
	} else {
		jsonw_object(j);
		jsonw_key(j, "data");
	}
	jsonw_object(j);
	jsonw_key(j, "affected_items");
	jsonw_array(j);
	/* Other keys are a piece of the data, wherever they are put in. */
	jsonw_init(&rs->rs_extrajson, &rs->rs_extra, j->j_pretty);
	rs->rs_extrajson.j_depth = rs->rs_wire ? 1 : j->j_depth - 1;
	rs->rs_extrajson.j_first[0] = rs->rs_wire;
}

struct jsonw *
result_extra(struct result *rs)
{
	return (&rs->rs_extrajson);
}

void
result_order(struct result *rs, const struct result_order *order)
{
	rs->rs_order = order;
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

/* A failure more, with a copy of its id; NULL without memory. */
static struct result_failed *
result_fail_new(struct result *rs, const char *id, uint16_t code)
{
	struct result_failed *rf;

	rf = result_grow(rs);
	if (rf == NULL) {
		rs->rs_body.b_failed = true;
		return (NULL);
	}
	memset(rf, 0, sizeof(*rf));
	rf->rf_code = code;
	rf->rf_seq = rs->rs_nfailed;
	rf->rf_id = strdup(id);
	if (rf->rf_id == NULL) {
		rs->rs_body.b_failed = true;
		return (NULL);
	}
	rs->rs_nfailed++;
	return (rf);
}

static void
result_fail_our(struct result *rs, const char *id, bool number, uint16_t code,
    const char *extra)
{
	struct result_failed *rf = result_fail_new(rs, id, code);

	if (rf == NULL)
		return;
	rf->rf_number = number;
	if (extra == NULL)
		return;
	rf->rf_extra = strdup(extra);
	if (rf->rf_extra == NULL)
		rs->rs_body.b_failed = true;
}

void
result_fail(struct result *rs, const char *id, uint16_t code, const char *extra)
{
	result_fail_our(rs, id, false, code, extra);
}

void
result_fail_number(
    struct result *rs, const char *id, uint16_t code, const char *extra)
{
	result_fail_our(rs, id, true, code, extra);
}

void
result_fail_as(
    struct result *rs, const char *id, bool number, const struct wire_error *we)
{
	struct result_failed *rf = result_fail_new(rs, id, we->we_code);

	if (rf == NULL)
		return;
	rf->rf_number = number;
	rf->rf_error = we;
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
	if (a->rf_error != b->rf_error)
		return (
		    (uintptr_t)a->rf_error < (uintptr_t)b->rf_error ? -1 : 1);
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
	int c;

	if (a->rf_code != b->rf_code)
		return (a->rf_code < b->rf_code ? -1 : 1);
	if (a->rf_group != b->rf_group)
		return (result_cmp_size(a->rf_group, b->rf_group));
	c = a->rf_numbers ? result_cmp_number(a->rf_id, b->rf_id) :
	                    strcmp(a->rf_id, b->rf_id);
	return (c != 0 ? c : (int)a->rf_number - (int)b->rf_number);
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
		    v[i].rf_number == v[k - 1].rf_number &&
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

/* The error of a failure in the common form. */
static void
result_error(const struct result_failed *rf, struct wire_error *we)
{
	if (rf->rf_error != NULL)
		*we = *rf->rf_error;
	else
		wire_error_init(we, rf->rf_code,
		    errors_find(rf->rf_code)->ed_class, rf->rf_extra);
}

static void
result_put_ids(struct jsonw *j, const struct result_failed *v, size_t n)
{
	size_t i;

	jsonw_array(j);
	for (i = 0; i < n; i++)
		if (v[i].rf_number)
			jsonw_raw(j, v[i].rf_id, strlen(v[i].rf_id));
		else
			jsonw_str(j, v[i].rf_id);
	jsonw_array_end(j);
}

static void
result_put_failed(struct jsonw *j, const struct result_failed *v, size_t n)
{
	struct wire_error we;

	result_error(v, &we);
	jsonw_object(j);
	jsonw_key(j, "error");
	jsonw_object(j);
	jsonw_key(j, "code");
	jsonw_uint(j, we.we_code);
	jsonw_key(j, "message");
	wire_error_message(j, &we);
	if (wire_error_remedied(&we)) {
		jsonw_key(j, "remediation");
		wire_error_remedy(j, &we);
	}
	jsonw_object_end(j);
	jsonw_key(j, "id");
	result_put_ids(j, v, n);
	jsonw_object_end(j);
}

/* The failure that begins the next group. */
static size_t
result_group_end(const struct result *rs, size_t i)
{
	const struct result_failed *v = rs->rs_failed;
	size_t end;

	for (end = i + 1; end < rs->rs_nfailed &&
	     v[end].rf_code == v[i].rf_code && v[end].rf_group == v[i].rf_group;
	     end++)
		continue;
	return (end);
}

static void
result_put_all_failed(struct result *rs)
{
	size_t i, end;

	jsonw_key(&rs->rs_json, "failed_items");
	jsonw_array(&rs->rs_json);
	for (i = 0; i < rs->rs_nfailed; i = end) {
		end = result_group_end(rs, i);
		result_put_failed(&rs->rs_json, &rs->rs_failed[i], end - i);
	}
	jsonw_array_end(&rs->rs_json);
}

/* --- for other nodes --------------------------------------------------- */

static void
result_put_list(struct jsonw *j, const char *key, const char *const *v,
    size_t n, const char *without)
{
	size_t i;

	jsonw_key(j, key);
	if (v == NULL) {
		jsonw_raw(j, without, strlen(without));
		return;
	}
	jsonw_array(j);
	for (i = 0; i < n; i++)
		jsonw_str(j, v[i]);
	jsonw_array_end(j);
}

static void
result_put_order(struct jsonw *j, const struct result_order *ro)
{
	static const struct result_order none;
	size_t i;

	if (ro == NULL)
		ro = &none;
	result_put_list(
	    j, "sort_fields", ro->ro_fields, ro->ro_nfields, "null");
	result_put_list(
	    j, "sort_casting", ro->ro_casting, ro->ro_ncasting, "[\"int\"]");
	jsonw_key(j, "sort_ascending");
	if (ro->ro_ascending == NULL) {
		jsonw_raw(j, "[true]", 6);
		return;
	}
	jsonw_array(j);
	for (i = 0; i < ro->ro_nascending; i++)
		jsonw_bool(j, ro->ro_ascending[i]);
	jsonw_array_end(j);
}

static void
result_put_text(struct jsonw *j, const char *key, const char *text)
{
	jsonw_key(j, key);
	jsonw_str(j, text == NULL ? "" : text);
}

/* Two lists side by side: the errors, and the ids that each is about. */
static void
result_put_wire_failed(struct result *rs)
{
	struct jsonw *j = &rs->rs_json;
	struct wire_error we;
	size_t i;

	jsonw_key(j, "failed_items_keys");
	jsonw_array(j);
	for (i = 0; i < rs->rs_nfailed; i = result_group_end(rs, i)) {
		result_error(&rs->rs_failed[i], &we);
		jsonw_object(j);
		jsonw_key(j, "__object__");
		wire_error_put(j, &we);
		jsonw_key(j, "__class__");
		jsonw_str(j, we.we_class->wc_name);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_key(j, "failed_items_values");
	jsonw_array(j);
	for (i = 0; i < rs->rs_nfailed; i = result_group_end(rs, i))
		result_put_ids(
		    j, &rs->rs_failed[i], result_group_end(rs, i) - i);
	jsonw_array_end(j);
}

/* The rest of a result of affected items, after the items. */
static void
result_end_wire(struct result *rs, uint64_t total)
{
	struct jsonw *j = &rs->rs_json;

	jsonw_array_end(j);
	result_put_order(j, rs->rs_order);
	jsonw_key(j, "total_affected_items");
	jsonw_uint(j, total);
	jsonw_key(j, "total_failed_items");
	jsonw_uint(j, rs->rs_nfailed);
	jsonw_key(j, "dikt");
	jsonw_object(j);
	buf_add(&rs->rs_body, rs->rs_extra.b_data, rs->rs_extra.b_len);
	jsonw_object_end(j);
	result_put_text(j, "all_msg", rs->rs_all);
	result_put_text(j, "some_msg", rs->rs_some);
	result_put_text(j, "none_msg", rs->rs_none);
	result_put_wire_failed(rs);
	jsonw_object_end(j);
	result_unwrap(j);
}

/* --- the end ----------------------------------------------------------- */

void
result_end(struct result *rs)
{
	struct jsonw *j = &rs->rs_json;
	uint64_t total;
	const char *message;
	unsigned int error;

	total = rs->rs_total_set ? rs->rs_total : rs->rs_items;
	result_sort(rs);
	if (rs->rs_extra.b_failed)
		rs->rs_body.b_failed = true;
	if (rs->rs_wire) {
		result_end_wire(rs, total);
		return;
	}
	jsonw_array_end(j);
	jsonw_key(j, "total_affected_items");
	jsonw_uint(j, total);
	jsonw_key(j, "total_failed_items");
	jsonw_uint(j, rs->rs_nfailed);
	result_put_all_failed(rs);
	buf_add(&rs->rs_body, rs->rs_extra.b_data, rs->rs_extra.b_len);
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
result_bare_begin(struct result *rs, const char *priority)
{
	struct jsonw *j = &rs->rs_json;

	if (rs->rs_wire) {
		if (priority == NULL)
			priority = "null";
		result_wrap(j, "__wazuh_result__", "WazuhResult");
		jsonw_object(j);
		jsonw_key(j, "str_priority");
		jsonw_raw(j, priority, strlen(priority));
		jsonw_key(j, "result");
	}
	jsonw_object(j);
}

void
result_bare_end(struct result *rs)
{
	struct jsonw *j = &rs->rs_json;

	if (!rs->rs_wire) {
		jsonw_key(j, "error");
		jsonw_uint(j, 0);
		jsonw_object_end(j);
		return;
	}
	jsonw_object_end(j);
	jsonw_object_end(j);
	result_unwrap(j);
}

void
result_plain_begin(struct result *rs)
{
	result_bare_begin(rs, NULL);
	jsonw_key(&rs->rs_json, "data");
}

void
result_plain_end(struct result *rs)
{
	result_bare_end(rs);
}

/* --- problems ---------------------------------------------------------- */

/* dapi_errors: which node failed, how, and where its log is. */
static struct json_object *
result_node(const struct result *rs, const struct wire_error *we)
{
	struct json_object *all, *one, *text, *file = NULL;
	struct buf b;
	bool logfile;

	buf_init(&b, RESULT_MAX);
	logfile = errors_status(we->we_class->wc_class) == 500 &&
	    we->we_code != RESULT_UNKNOWN;
	all = json_object_new_object();
	one = json_object_new_object();
	text = wire_error_text(&b, we) == -1 ?
	    NULL :
	    json_object_new_string_len((char *)b.b_data, (int)b.b_len);
	if (logfile)
		file = json_object_new_string(
		    rs->rs_cluster ? RESULT_LOG_CLUSTER : RESULT_LOG_API);
	buf_free(&b);
	if (all == NULL || one == NULL || text == NULL ||
	    (logfile && file == NULL) ||
	    json_object_object_add(all, rs->rs_node, one) != 0) {
		json_object_put(file);
		json_object_put(text);
		json_object_put(one);
		json_object_put(all);
		return (NULL);
	}
	json_object_object_add(one, "error", text);
	if (logfile)
		json_object_object_add(one, "logfile", file);
	return (all);
}

static void
result_put_problem(struct jsonw *j, const struct wire_error *we)
{
	jsonw_object(j);
	jsonw_key(j, "title");
	jsonw_str(j, we->we_title);
	jsonw_key(j, "detail");
	wire_error_message(j, we);
	if (wire_error_remedied(we)) {
		jsonw_key(j, "remediation");
		wire_error_remedy(j, we);
	}
	if (we->we_dapi != NULL && json_object_object_length(we->we_dapi) > 0) {
		jsonw_key(j, "dapi_errors");
		jsontree_put(j, we->we_dapi, false);
	}
	jsonw_key(j, "error");
	jsonw_uint(j, we->we_code);
	jsonw_object_end(j);
}

void
result_problem_as(struct result *rs, const struct wire_error *we)
{
	struct jsonw *j = &rs->rs_json;

	result_free_failed(rs);
	buf_reset(&rs->rs_body);
	jsonw_init(j, &rs->rs_body, j->j_pretty);
	rs->rs_status = errors_status(we->we_class->wc_class);
	rs->rs_type = RT_PROBLEM;
	rs->rs_code = we->we_code;
	if (!rs->rs_wire) {
		result_put_problem(j, we);
		return;
	}
	result_wrap(j, "__wazuh_exception__", we->we_class->wc_name);
	wire_error_put(j, we);
	result_unwrap(j);
}

/* A problem of this node. */
static void
result_problem_own(struct result *rs, struct wire_error *we)
{
	if (rs->rs_node != NULL)
		we->we_dapi = result_node(rs, we);
	result_problem_as(rs, we);
	if (rs->rs_node != NULL && we->we_dapi == NULL)
		rs->rs_body.b_failed = true;
	json_object_put(we->we_dapi);
}

void
result_problem(
    struct result *rs, uint16_t code, enum errclass cls, const char *extra)
{
	struct wire_error we;

	wire_error_init(&we, code, cls, extra);
	result_problem_own(rs, &we);
}

/* What other nodes make a sentence of, as they have another one. */
static struct json_object *
result_states(const char *why)
{
	struct json_object *o = json_object_new_object();
	struct json_object *node = json_object_new_string(NODE_NAME);
	struct json_object *states = json_object_new_string(why);

	if (o != NULL && node != NULL && states != NULL &&
	    json_object_object_add(o, "node_name", node) == 0) {
		node = NULL;
		if (json_object_object_add(o, "not_ready_daemons", states) == 0)
			return (o);
	}
	json_object_put(states);
	json_object_put(node);
	json_object_put(o);
	return (NULL);
}

void
result_unready(struct result *rs, uint16_t code, const char *why)
{
	struct json_object *states = NULL;
	struct wire_error we;
	bool some = *why != '\0';

	wire_error_init(&we, code, ERRC_INTERNAL, some ? why : NULL);
	if (some && rs->rs_wire)
		states = we.we_extra = result_states(why);
	result_problem_own(rs, &we);
	if (some && rs->rs_wire && states == NULL)
		rs->rs_body.b_failed = true;
	json_object_put(states);
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
