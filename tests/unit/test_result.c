/* SPDX-License-Identifier: ISC */
/* Tests of common/result.c: the bodies, byte by byte. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/result.h"
#include "common/wire.h"
#include "tests/unit/unit.h"

/*
 * Is b this text, in which %M is the message and %R the remedy of a code that
 * follows in parentheses: "%M(1701)". Our sentences stay in one place so.
 */
static int
is(const struct buf *b, const char *want)
{
	struct buf w;
	const struct errdesc *ed;
	char *end;
	int same;

	buf_init(&w, 65536);
	for (; *want != '\0'; want++) {
		if (want[0] != '%') {
			buf_addc(&w, *want);
			continue;
		}
		ed = errors_find((uint16_t)strtoul(want + 3, &end, 10));
		buf_addz(&w, want[1] == 'M' ? ed->ed_message : ed->ed_remedy);
		want = end;
	}
	same = !b->b_failed && w.b_len == b->b_len &&
	    memcmp(w.b_data, b->b_data, b->b_len) == 0;
	if (!same)
		printf("\n  got  %.*s\n  want %.*s\n", (int)b->b_len,
		    (const char *)b->b_data, (int)w.b_len,
		    (const char *)w.b_data);
	buf_free(&w);
	return (same);
}

static void
item(struct result *rs, const char *id)
{
	jsonw_object(&rs->rs_json);
	jsonw_key(&rs->rs_json, "id");
	jsonw_str(&rs->rs_json, id);
	jsonw_object_end(&rs->rs_json);
	result_item(rs);
}

static void
test_all(void)
{
	struct result rs;

	result_init(&rs, false, "node01");
	result_begin(&rs, "All ok", "Some failed", "None ok");
	item(&rs, "001");
	item(&rs, "002");
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"data\": {\"affected_items\": [{\"id\": \"001\"}, "
	    "{\"id\": \"002\"}], \"total_affected_items\": 2, "
	    "\"total_failed_items\": 0, \"failed_items\": []}, "
	    "\"message\": \"All ok\", \"error\": 0}"));
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	CU_ASSERT_EQUAL(rs.rs_type, RT_JSON);
	CU_ASSERT_EQUAL(rs.rs_code, 0);
	result_free(&rs);
}

static void
test_some(void)
{
	struct result rs;

	result_init(&rs, false, "node01");
	result_begin(&rs, "All ok", "Some failed", "None ok");
	result_fail(&rs, "000", 1703, NULL);
	item(&rs, "001");
	result_fail(&rs, "999", 1701, NULL);
	result_fail(&rs, "998", 1701, NULL);
	item(&rs, "003");
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"data\": {\"affected_items\": [{\"id\": \"001\"}, "
	    "{\"id\": \"003\"}], \"total_affected_items\": 2, "
	    "\"total_failed_items\": 3, \"failed_items\": ["
	    "{\"error\": {\"code\": 1701, \"message\": \"%M(1701)\", "
	    "\"remediation\": \"%R(1701)\"}, \"id\": [\"998\", \"999\"]}, "
	    "{\"error\": {\"code\": 1703, \"message\": \"%M(1703)\", "
	    "\"remediation\": \"%R(1703)\"}, \"id\": [\"000\"]}]}, "
	    "\"message\": \"Some failed\", \"error\": 2}"));
	result_free(&rs);
}

/* Groups by code and extra; no remediation where the code has none. */
static void
test_groups(void)
{
	struct result rs;

	result_init(&rs, false, "node01");
	result_begin(&rs, "All", "Some", "None");
	result_fail(&rs, "b", 1800, "z.txt");
	result_fail(&rs, "010", 1800, "a.txt");
	result_fail(&rs, "9", 1800, NULL);
	result_fail(&rs, "9", 1800, "a.txt");
	result_fail(&rs, "c", 1800, "z.txt");
	result_fail(&rs, "100", 1800, "a.txt");
	result_fail(&rs, "11", 1800, "z.txt");
	result_fail(&rs, "9", 1800, "a.txt");
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"data\": {\"affected_items\": [], \"total_affected_items\": 0, "
	    "\"total_failed_items\": 7, \"failed_items\": ["
	    "{\"error\": {\"code\": 1800, \"message\": \"%M(1800): z.txt\"}, "
	    "\"id\": [\"11\", \"b\", \"c\"]}, "
	    "{\"error\": {\"code\": 1800, \"message\": \"%M(1800): a.txt\"}, "
	    "\"id\": [\"9\", \"010\", \"100\"]}, "
	    "{\"error\": {\"code\": 1800, \"message\": \"%M(1800)\"}, "
	    "\"id\": [\"9\"]}]}, \"message\": \"None\", \"error\": 1}"));
	result_free(&rs);
}

/* Numbers longer than any integer are still numbers. */
static void
test_ids(void)
{
	struct result rs;

	result_init(&rs, false, NULL);
	result_begin(&rs, "All", "Some", "None");
	result_fail(&rs, "100000000000000000000000", 1701, NULL);
	result_fail(&rs, "99999999999999999999999", 1701, NULL);
	result_fail(&rs, "2", 1701, NULL);
	result_fail(&rs, "02", 1701, NULL);
	result_fail(&rs, "", 4000, "Resource type: agent:id");
	result_fail(&rs, "10", 4000, "Resource type: agent:id");
	result_fail(&rs, "9", 4000, "Resource type: agent:id");
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"data\": {\"affected_items\": [], \"total_affected_items\": 0, "
	    "\"total_failed_items\": 7, \"failed_items\": ["
	    "{\"error\": {\"code\": 1701, \"message\": \"%M(1701)\", "
	    "\"remediation\": \"%R(1701)\"}, \"id\": [\"02\", \"2\", "
	    "\"99999999999999999999999\", \"100000000000000000000000\"]}, "
	    "{\"error\": {\"code\": 4000, \"message\": "
	    "\"Permission denied: Resource type: agent:id\", "
	    "\"remediation\": \"%R(4000)\"}, \"id\": [\"\", \"10\", \"9\"]}]}, "
	    "\"message\": \"None\", \"error\": 1}"));
	result_free(&rs);
}

static void
test_total(void)
{
	struct result rs;

	/* A page beyond the end: nothing shown, but there is something. */
	result_init(&rs, false, NULL);
	result_begin(&rs, "All", "Some", "None");
	result_total(&rs, 11);
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"data\": {\"affected_items\": [], \"total_affected_items\": 11, "
	    "\"total_failed_items\": 0, \"failed_items\": []}, "
	    "\"message\": \"All\", \"error\": 0}"));
	result_free(&rs);
	/* Nothing at all is no error. */
	result_init(&rs, false, NULL);
	result_begin(&rs, "All", "Some", "None");
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"data\": {\"affected_items\": [], \"total_affected_items\": 0, "
	    "\"total_failed_items\": 0, \"failed_items\": []}, "
	    "\"message\": \"None\", \"error\": 0}"));
	result_free(&rs);
}

static void
test_pretty(void)
{
	struct result rs;

	result_init(&rs, true, "node01");
	result_begin(&rs, "All", "Some", "None");
	item(&rs, "001");
	result_fail(&rs, "5", 1745, NULL);
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\n"
	    "   \"data\": {\n"
	    "      \"affected_items\": [\n"
	    "         {\n"
	    "            \"id\": \"001\"\n"
	    "         }\n"
	    "      ],\n"
	    "      \"total_affected_items\": 1,\n"
	    "      \"total_failed_items\": 1,\n"
	    "      \"failed_items\": [\n"
	    "         {\n"
	    "            \"error\": {\n"
	    "               \"code\": 1745,\n"
	    "               \"message\": \"%M(1745)\"\n"
	    "            },\n"
	    "            \"id\": [\n"
	    "               \"5\"\n"
	    "            ]\n"
	    "         }\n"
	    "      ]\n"
	    "   },\n"
	    "   \"message\": \"Some\",\n"
	    "   \"error\": 2\n"
	    "}"));
	result_free(&rs);
}

static void
test_plain(void)
{
	struct result rs;

	result_init(&rs, false, NULL);
	result_plain_begin(&rs);
	jsonw_object(&rs.rs_json);
	jsonw_key(&rs.rs_json, "token");
	jsonw_str(&rs.rs_json, "abc");
	jsonw_object_end(&rs.rs_json);
	result_plain_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"data\": {\"token\": \"abc\"}, "
	    "\"error\": 0}"));
	result_free(&rs);
}

static void
test_problem(void)
{
	struct result rs;

	/* In the middle of a body, with failures and after a failure. */
	result_init(&rs, false, "node01");
	result_begin(&rs, "All", "Some", "None");
	item(&rs, "001");
	result_fail(&rs, "5", 1745, "x");
	rs.rs_body.b_failed = true;
	result_problem(&rs, 1701, ERRC_NOTFOUND, NULL);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"title\": \"Resource Not Found\", \"detail\": \"%M(1701)\", "
	    "\"remediation\": \"%R(1701)\", \"dapi_errors\": {\"node01\": "
	    "{\"error\": \"%M(1701)\"}}, \"error\": 1701}"));
	CU_ASSERT_EQUAL(rs.rs_status, 404);
	CU_ASSERT_EQUAL(rs.rs_type, RT_PROBLEM);
	CU_ASSERT_EQUAL(rs.rs_code, 1701);
	CU_ASSERT_EQUAL(rs.rs_nfailed, 0);
	/* The class decides status and title, not the code. */
	result_problem(&rs, 1407, ERRC_ERROR, "a=\"b");
	CU_ASSERT(is(&rs.rs_body,
	    "{\"title\": \"Bad Request\", \"detail\": \"%M(1407): a=\\\"b\", "
	    "\"dapi_errors\": {\"node01\": {\"error\": "
	    "\"%M(1407): a=\\\"b\"}}, \"error\": 1407}"));
	CU_ASSERT_EQUAL(rs.rs_status, 400);
	result_free(&rs);
}

static void
test_problem_logfile(void)
{
	struct result rs;

	result_init(&rs, false, "n");
	result_problem(&rs, 1017, ERRC_INTERNAL, "x->failed");
	CU_ASSERT(is(&rs.rs_body,
	    "{\"title\": \"Wazuh Internal Error\", \"detail\": "
	    "\"%M(1017): x->failed\", \"dapi_errors\": {\"n\": {\"error\": "
	    "\"%M(1017): x->failed\", \"logfile\": "
	    "\"WAZUH_HOME/logs/api.log\"}}, \"error\": 1017}"));
	CU_ASSERT_EQUAL(rs.rs_status, 500);
	result_problem(&rs, 3018, ERRC_CLUSTER, NULL);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"title\": \"Wazuh Cluster Error\", \"detail\": \"%M(3018)\", "
	    "\"dapi_errors\": {\"n\": {\"error\": \"%M(3018)\", \"logfile\": "
	    "\"WAZUH_HOME/logs/api.log\"}}, \"error\": 3018}"));
	/* What nobody raised on purpose names no file. */
	result_problem(&rs, 1000, ERRC_INTERNAL, NULL);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"title\": \"Wazuh Internal Error\", \"detail\": \"%M(1000)\", "
	    "\"remediation\": \"%R(1000)\", \"dapi_errors\": {\"n\": "
	    "{\"error\": \"%M(1000)\"}}, \"error\": 1000}"));
	result_free(&rs);
}

static void
test_problem_plain(void)
{
	struct result rs;

	/* Found before a call ran: no node to name. Unknown: no remedy. */
	result_init(&rs, true, NULL);
	result_problem(&rs, 1122, ERRC_NOTFOUND, NULL);
	CU_ASSERT(is(&rs.rs_body,
	    "{\n"
	    "   \"title\": \"Resource Not Found\",\n"
	    "   \"detail\": \"%M(1122)\",\n"
	    "   \"remediation\": \"%R(1122)\",\n"
	    "   \"error\": 1122\n"
	    "}"));
	result_problem(&rs, 9007, ERRC_ERROR, "said the daemon");
	CU_ASSERT(is(&rs.rs_body,
	    "{\n"
	    "   \"title\": \"Bad Request\",\n"
	    "   \"detail\": \"said the daemon\",\n"
	    "   \"error\": 9007\n"
	    "}"));
	result_free(&rs);
}

static int
http_is(const char *title, const char *detail, const char *remedy,
    uint16_t code, const char *want)
{
	struct buf b;
	int same;

	buf_init(&b, 4096);
	result_problem_http(&b, false, title, detail, remedy, code);
	same = is(&b, want);
	buf_free(&b);
	return (same);
}

static void
test_problem_http(void)
{
	CU_ASSERT(http_is("Unauthorized", "Invalid token", NULL, 0,
	    "{\"title\": \"Unauthorized\", \"detail\": \"Invalid token\"}"));
	CU_ASSERT(http_is("Permission Denied", "wait", NULL, 6000,
	    "{\"title\": \"Permission Denied\", \"detail\": \"wait\", "
	    "\"error\": 6000}"));
	CU_ASSERT(http_is("Too Many Requests", "wait", "slower", 6001,
	    "{\"title\": \"Too Many Requests\", \"detail\": \"wait\", "
	    "\"remediation\": \"slower\", \"error\": 6001}"));
	/* The one place where the original has null. */
	CU_ASSERT(http_is("Too Many Requests", "wait", NULL, 6005,
	    "{\"title\": \"Too Many Requests\", \"detail\": \"wait\", "
	    "\"remediation\": null, \"error\": 6005}"));
	CU_ASSERT(http_is("Request Entity Too Large", "big", NULL, 413,
	    "{\"title\": \"Request Entity Too Large\", \"detail\": \"big\", "
	    "\"error\": 413}"));
}

/* Many failures come out sorted, each once. */
static void
test_many(void)
{
	const unsigned int n = 20000;
	struct result rs;
	char id[16];
	const char *p;
	unsigned int i, seen = 0, bad = 0;

	result_init(&rs, false, NULL);
	result_begin(&rs, "All", "Some", "None");
	for (i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "%03u", (i * 7919) % n);
		result_fail(&rs, id, 1701, NULL);
	}
	result_end(&rs);
	buf_addc(&rs.rs_body, '\0');
	CU_ASSERT_FALSE_FATAL(rs.rs_body.b_failed);
	CU_ASSERT_EQUAL(rs.rs_nfailed, n);
	p = strstr((const char *)rs.rs_body.b_data, "\"id\": [");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (p += 7; *p == '"'; seen++) {
		bad += strtoul(p + 1, NULL, 10) != seen;
		p = strchr(p + 1, '"') + 1;
		p += *p == ',' ? 2 : 0;
	}
	CU_ASSERT_EQUAL(seen, n);
	CU_ASSERT_EQUAL(bad, 0);
	result_free(&rs);
}

/* --- the form for nodes ------------------------------------------------ */

#define NOBODY "\"dapi_errors\": {}, \"ids\": []}"

static void
test_wire(void)
{
	static const char *const fields[] = { "id", "os.name" };
	static const char *const casting[] = { "int", "str" };
	static const bool ascending[] = { true, false };
	static const struct result_order order = { fields, 2, casting, 2,
		ascending, 2 };
	struct result rs;

	/* Pretty is for people. */
	result_init(&rs, true, "node01");
	result_wire(&rs);
	result_begin(&rs, "All", "Some", NULL);
	item(&rs, "001");
	result_fail(&rs, "9", 1703, NULL);
	result_fail(&rs, "8", 1703, NULL);
	result_fail(&rs, "7", 1701, "x");
	jsonw_key(result_extra(&rs), "older_than");
	jsonw_str(result_extra(&rs), "7d");
	result_order(&rs, &order);
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"__wazuh_result__\": {\"__class__\": "
	    "\"AffectedItemsWazuhResult\", \"__object__\": "
	    "{\"affected_items\": [{\"id\": \"001\"}], \"sort_fields\": "
	    "[\"id\", \"os.name\"], \"sort_casting\": [\"int\", \"str\"], "
	    "\"sort_ascending\": [true, false], \"total_affected_items\": 1, "
	    "\"total_failed_items\": 3, \"dikt\": {\"older_than\": \"7d\"}, "
	    "\"all_msg\": \"All\", \"some_msg\": \"Some\", \"none_msg\": "
	    "\"\", \"failed_items_keys\": [{\"__object__\": {\"type\": "
	    "\"about:blank\", \"title\": \"Resource Not Found\", \"code\": "
	    "1701, \"extra_message\": \"x\", \"extra_remediation\": null, "
	    "\"cmd_error\": false, " NOBODY ", \"__class__\": "
	    "\"WazuhResourceNotFound\"}, {\"__object__\": {\"type\": "
	    "\"about:blank\", \"title\": \"Bad Request\", \"code\": 1703, "
	    "\"extra_message\": null, \"extra_remediation\": null, "
	    "\"cmd_error\": false, " NOBODY ", \"__class__\": "
	    "\"WazuhError\"}], \"failed_items_values\": [[\"7\"], "
	    "[\"8\", \"9\"]]}}}"));
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	result_free(&rs);
	result_init(&rs, false, NULL);
	result_wire(&rs);
	result_begin(&rs, "All", "Some", "None");
	result_total(&rs, 4);
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"__wazuh_result__\": {\"__class__\": "
	    "\"AffectedItemsWazuhResult\", \"__object__\": "
	    "{\"affected_items\": [], \"sort_fields\": null, "
	    "\"sort_casting\": [\"int\"], \"sort_ascending\": [true], "
	    "\"total_affected_items\": 4, \"total_failed_items\": 0, "
	    "\"dikt\": {}, \"all_msg\": \"All\", \"some_msg\": \"Some\", "
	    "\"none_msg\": \"None\", \"failed_items_keys\": [], "
	    "\"failed_items_values\": []}}}"));
	result_free(&rs);
}

static void
test_wire_plain(void)
{
	struct result rs;

	result_init(&rs, false, "node01");
	result_wire(&rs);
	result_plain_begin(&rs);
	jsonw_array(&rs.rs_json);
	jsonw_array_end(&rs.rs_json);
	jsonw_key(&rs.rs_json, "message");
	jsonw_str(&rs.rs_json, "m");
	result_plain_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"__wazuh_result__\": {\"__class__\": \"WazuhResult\", "
	    "\"__object__\": {\"str_priority\": null, \"result\": "
	    "{\"data\": [], \"message\": \"m\"}}}}"));
	result_free(&rs);
}

static void
test_wire_problem(void)
{
	struct result rs;

	result_init(&rs, false, "node01");
	result_wire(&rs);
	result_begin(&rs, "All", "Some", "None");
	result_problem(&rs, 1701, ERRC_NOTFOUND, NULL);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"__wazuh_exception__\": {\"__class__\": "
	    "\"WazuhResourceNotFound\", \"__object__\": {\"type\": "
	    "\"about:blank\", \"title\": \"Resource Not Found\", \"code\": "
	    "1701, \"extra_message\": null, \"extra_remediation\": null, "
	    "\"cmd_error\": false, \"dapi_errors\": {\"node01\": "
	    "{\"error\": \"%M(1701)\"}}, \"ids\": []}}}"));
	CU_ASSERT_EQUAL(rs.rs_status, 404);
	/* Only clients' errors say who they are about. */
	rs.rs_node = NULL;
	result_problem(&rs, 1017, ERRC_INTERNAL, "x");
	CU_ASSERT(is(&rs.rs_body,
	    "{\"__wazuh_exception__\": {\"__class__\": "
	    "\"WazuhInternalError\", \"__object__\": {\"type\": "
	    "\"about:blank\", \"title\": \"Wazuh Internal Error\", "
	    "\"code\": 1017, \"extra_message\": \"x\", "
	    "\"extra_remediation\": null, \"cmd_error\": false, "
	    "\"dapi_errors\": {}}}}"));
	/* The text of another program is all that is said. */
	result_problem(&rs, 1811, ERRC_ERROR, "whole text");
	CU_ASSERT(is(&rs.rs_body,
	    "{\"__wazuh_exception__\": {\"__class__\": \"WazuhError\", "
	    "\"__object__\": {\"type\": \"about:blank\", \"title\": "
	    "\"Bad Request\", \"code\": 1811, \"extra_message\": "
	    "\"whole text\", \"extra_remediation\": null, \"cmd_error\": "
	    "true, \"dapi_errors\": {}, \"ids\": []}}}"));
	result_free(&rs);
}

/* Daemons that are not ready: a sentence for people, its pieces for nodes. */
static void
test_unready(void)
{
	struct result rs;

	result_init(&rs, false, "node01");
	result_unready(&rs, 1017, "wazuh-db->failed, wazuh-execd->stopped");
	CU_ASSERT(is(&rs.rs_body,
	    "{\"title\": \"Wazuh Internal Error\", \"detail\": \"%M(1017): "
	    "wazuh-db->failed, wazuh-execd->stopped\", \"dapi_errors\": "
	    "{\"node01\": {\"error\": \"%M(1017): wazuh-db->failed, "
	    "wazuh-execd->stopped\", \"logfile\": "
	    "\"WAZUH_HOME/logs/api.log\"}}, \"error\": 1017}"));
	CU_ASSERT_EQUAL(rs.rs_status, 500);
	CU_ASSERT_EQUAL(rs.rs_code, 1017);
	CU_ASSERT_EQUAL(rs.rs_type, RT_PROBLEM);
	result_free(&rs);
	result_init(&rs, false, NULL);
	result_wire(&rs);
	result_unready(&rs, 1017, "wazuh-db->failed, wazuh-execd->stopped");
	CU_ASSERT(is(&rs.rs_body,
	    "{\"__wazuh_exception__\": {\"__class__\": "
	    "\"WazuhInternalError\", \"__object__\": {\"type\": "
	    "\"about:blank\", \"title\": \"Wazuh Internal Error\", "
	    "\"code\": 1017, \"extra_message\": {\"node_name\": "
	    "\"node01\", \"not_ready_daemons\": \"wazuh-db->failed, "
	    "wazuh-execd->stopped\"}, \"extra_remediation\": null, "
	    "\"cmd_error\": false, \"dapi_errors\": {}}}}"));
	/* Nothing is known of them. */
	result_unready(&rs, 1913, "");
	CU_ASSERT(is(&rs.rs_body,
	    "{\"__wazuh_exception__\": {\"__class__\": "
	    "\"WazuhInternalError\", \"__object__\": {\"type\": "
	    "\"about:blank\", \"title\": \"Wazuh Internal Error\", "
	    "\"code\": 1913, \"extra_message\": null, "
	    "\"extra_remediation\": null, \"cmd_error\": false, "
	    "\"dapi_errors\": {}}}}"));
	result_free(&rs);
}

/* Keys beside the items, for people. */
static void
test_extra(void)
{
	struct result rs;
	struct jsonw *j;
	int pretty;

	for (pretty = 0; pretty < 2; pretty++) {
		result_init(&rs, pretty, NULL);
		result_begin(&rs, "All", "Some", "None");
		j = result_extra(&rs);
		jsonw_key(j, "a");
		jsonw_array(j);
		jsonw_int(j, 1);
		jsonw_array_end(j);
		item(&rs, "1");
		jsonw_key(j, "b");
		jsonw_null(j);
		result_end(&rs);
		CU_ASSERT(is(&rs.rs_body,
		    pretty ?
		        "{\n   \"data\": {\n      \"affected_items\": [\n"
		        "         {\n            \"id\": \"1\"\n"
		        "         }\n      ],\n"
		        "      \"total_affected_items\": 1,\n"
		        "      \"total_failed_items\": 0,\n"
		        "      \"failed_items\": [],\n      \"a\": [\n"
		        "         1\n      ],\n      \"b\": null\n   },\n"
		        "   \"message\": \"All\",\n   \"error\": 0\n}" :
		        "{\"data\": {\"affected_items\": [{\"id\": \"1\"}], "
		        "\"total_affected_items\": 1, "
		        "\"total_failed_items\": 0, \"failed_items\": [], "
		        "\"a\": [1], \"b\": null}, \"message\": \"All\", "
		        "\"error\": 0}"));
		result_free(&rs);
	}
}

/* Errors that came from elsewhere, with what only they have. */
static void
test_fail_as(void)
{
	struct wire_error a, b;
	struct result rs;

	wire_error_init(&a, 1703, ERRC_ERROR, "");
	wire_error_init(&b, 1703, ERRC_ERROR, NULL);
	b.we_remedy = "more";
	result_init(&rs, false, NULL);
	result_begin(&rs, "All", "Some", "None");
	result_fail_as(&rs, "10", true, &a);
	result_fail_as(&rs, "9", true, &a);
	result_fail_as(&rs, "9", true, &a);
	result_fail_as(&rs, "9", false, &a);
	result_fail_as(&rs, "9", false, &b);
	result_end(&rs);
	CU_ASSERT(is(&rs.rs_body,
	    "{\"data\": {\"affected_items\": [], \"total_affected_items\": 0, "
	    "\"total_failed_items\": 4, \"failed_items\": ["
	    "{\"error\": {\"code\": 1703, \"message\": \"%M(1703)\", "
	    "\"remediation\": \"%R(1703)\"}, \"id\": [\"9\", 9, 10]}, "
	    "{\"error\": {\"code\": 1703, \"message\": \"%M(1703)\", "
	    "\"remediation\": \"%R(1703): more\"}, \"id\": [\"9\"]}]}, "
	    "\"message\": \"None\", \"error\": 1}"));
	result_free(&rs);
	CU_ASSERT_PTR_NULL(wire_class_find("ValueError"));
	CU_ASSERT_EQUAL(
	    wire_class_find("WazuhTooManyRequests")->wc_class, ERRC_TOOMANY);
	CU_ASSERT_STRING_EQUAL(
	    wire_class_of(ERRC_NOTACCEPTABLE)->wc_name, "WazuhNotAcceptable");
}

static const struct unit_case cases[] = {
	{ "all affected", test_all },
	{ "some failed", test_some },
	{ "groups of failures", test_groups },
	{ "order of ids", test_ids },
	{ "total", test_total },
	{ "pretty", test_pretty },
	{ "plain", test_plain },
	{ "problem", test_problem },
	{ "problem with a log file", test_problem_logfile },
	{ "problem without a node", test_problem_plain },
	{ "problem of HTTP", test_problem_http },
	{ "many failures", test_many },
	{ "for nodes", test_wire },
	{ "plain for nodes", test_wire_plain },
	{ "problem for nodes", test_wire_problem },
	{ "daemons not ready", test_unready },
	{ "keys beside the items", test_extra },
	{ "errors of others", test_fail_as },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("result", cases));
}
