/* SPDX-License-Identifier: ISC */
/*
 * An endpoint table with a parameter of every type, for test_params.c and
 * fuzz_params.c: they are linked with it in place of the real one.
 */
#ifndef TESTS_PARAMS_ROWS_H
#define TESTS_PARAMS_ROWS_H

#include "common/params.h"

enum {
	P_LIMIT, P_RATIO, P_DEEP, P_LIST, P_KIND, P_TEXT, P_TYPE, P_ID, P_NAME,
	P_COUNT, P_PART, P_FLAG, P_WORDS, P_FORCE, P_AGENT_ID, P_MOST, P__MAX
};

enum { R_QUERY, R_PATH, R_BODY, R_REQUIRED, R_FREE, R__MAX };

static const char *const kinds[] = { "all", "active", "never_connected",
	NULL };

const struct param params[] = {
	[P_LIMIT] = { .p_name = "limit", .p_in = PIN_QUERY,
	    .p_type = PT_INTEGER, .p_flags = PMF_MIN | PMF_MAX | PMF_DEFAULT,
	    .p_min = 1, .p_max = 100000, .p_default = "500" },
	[P_RATIO] = { .p_name = "ratio", .p_in = PIN_QUERY,
	    .p_type = PT_NUMBER, .p_flags = PMF_MIN | PMF_MAX, .p_min = -2,
	    .p_max = 1000 },
	[P_DEEP] = { .p_name = "deep", .p_in = PIN_QUERY,
	    .p_type = PT_BOOLEAN },
	[P_LIST] = { .p_name = "list", .p_in = PIN_QUERY,
	    .p_type = PT_STRINGS, .p_format = PF_NUMBERS_OR_ALL,
	    .p_flags = PMF_MIN, .p_min = 3,
	    .p_format_name = "numbers_or_all" },
	[P_KIND] = { .p_name = "kind", .p_in = PIN_QUERY,
	    .p_type = PT_STRINGS, .p_flags = PMF_LOWER, .p_minitems = 1,
	    .p_enum = kinds },
	[P_TEXT] = { .p_name = "text", .p_in = PIN_QUERY,
	    .p_type = PT_STRING, .p_flags = PMF_MAX, .p_max = 5 },
	[P_TYPE] = { .p_name = "type", .p_in = PIN_QUERY,
	    .p_type = PT_STRING, .p_format = PF_ALPHANUMERIC,
	    .p_flags = PMF_LOWER, .p_format_name = "alphanumeric" },
	[P_ID] = { .p_name = "id", .p_in = PIN_QUERY, .p_type = PT_INTEGER },
	[P_NAME] = { .p_name = "name", .p_in = PIN_BODY, .p_type = PT_STRING,
	    .p_format = PF_NAMES, .p_flags = PMF_REQUIRED | PMF_MIN | PMF_MAX,
	    .p_min = 2, .p_max = 8, .p_format_name = "names" },
	[P_COUNT] = { .p_name = "count", .p_in = PIN_BODY,
	    .p_type = PT_INTEGER, .p_flags = PMF_MIN, .p_min = 0 },
	[P_PART] = { .p_name = "part", .p_in = PIN_BODY,
	    .p_type = PT_NUMBER },
	[P_FLAG] = { .p_name = "flag", .p_in = PIN_BODY,
	    .p_type = PT_BOOLEAN },
	[P_WORDS] = { .p_name = "words", .p_in = PIN_BODY,
	    .p_type = PT_STRINGS, .p_flags = PMF_MAX, .p_max = 300,
	    .p_minitems = 1 },
	[P_FORCE] = { .p_name = "force", .p_in = PIN_BODY, .p_type = PT_RAW },
	[P_AGENT_ID] = { .p_name = "agent_id", .p_in = PIN_PATH,
	    .p_type = PT_STRING, .p_format = PF_NUMBERS,
	    .p_flags = PMF_REQUIRED | PMF_MIN, .p_min = 3,
	    .p_format_name = "numbers" },
	[P_MOST] = { .p_name = "most", .p_in = PIN_QUERY,
	    .p_type = PT_STRINGS, .p_flags = PMF_REQUIRED },
};

const size_t nparams = P__MAX;

static const uint16_t query_params[] = { P_LIMIT, P_RATIO, P_DEEP, P_LIST,
	P_KIND, P_TEXT, P_TYPE, P_ID };
static const uint16_t path_params[] = { P_DEEP, P_AGENT_ID };
static const uint16_t body_params[] = { P_DEEP, P_NAME, P_COUNT, P_PART,
	P_FLAG, P_WORDS, P_FORCE };
static const uint16_t required_params[] = { P_DEEP, P_MOST };
static const uint16_t free_params[] = { P_COUNT };

const struct row rows[] = {
	[R_QUERY] = { .r_id = R_QUERY, .r_path = "/q", .r_call = "query",
	    .r_params = query_params, .r_nparams = 8 },
	[R_PATH] = { .r_id = R_PATH, .r_path = "/p/{agent_id}",
	    .r_call = "path", .r_params = path_params, .r_nparams = 2 },
	[R_BODY] = { .r_id = R_BODY, .r_path = "/b", .r_call = "body",
	    .r_flags = ROWF_JSON_BODY | ROWF_BODY | ROWF_BODY_REQ,
	    .r_params = body_params, .r_nparams = 7 },
	[R_REQUIRED] = { .r_id = R_REQUIRED, .r_path = "/r",
	    .r_call = "required", .r_params = required_params,
	    .r_nparams = 2 },
	[R_FREE] = { .r_id = R_FREE, .r_path = "/f", .r_call = "free",
	    .r_flags = ROWF_JSON_BODY | ROWF_BODY, .r_params = free_params,
	    .r_nparams = 1 },
};

const size_t nrows = R__MAX;

#endif
