/* SPDX-License-Identifier: ISC */
/*
 * Arguments: a query string, a path and a body for a row that the first byte
 * of the input chooses. What is taken must pass the executor's check, come
 * through the wire as it was, and pass again. The parts are "name=value" with
 * '&' between them, and the body after a newline.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/params_decode.h"

#define PAIRS 64
#define WHY   256

/* A small endpoint table with every type, linked in place of the real one. */
enum {
	P_LIMIT,
	P_RATIO,
	P_DEEP,
	P_LIST,
	P_TYPE,
	P_ID,
	P_NAME,
	P_WORDS,
	P_PART,
	P_FORCE,
	P_IDS,
	P_RULE,
	P_RULE_ON,
	P_RULE_INNER,
	P_RULE_INNER_IDS,
	P__MAX
};

static const char *const types[] = { "file", "caf\xc3\xa9", "", NULL };

const struct param params[] = {
	[P_LIMIT] = { .p_name = "limit",
	    .p_type = PT_INTEGER,
	    .p_flags = PMF_MIN | PMF_MAX,
	    .p_min = -5,
	    .p_max = 100000 },
	[P_RATIO] = { .p_name = "ratio",
	    .p_type = PT_NUMBER,
	    .p_flags = PMF_MIN,
	    .p_min = -2 },
	[P_DEEP] = { .p_name = "deep", .p_type = PT_BOOLEAN },
	[P_LIST] = { .p_name = "list",
	    .p_type = PT_STRINGS,
	    .p_format = PF_NUMBERS_OR_ALL,
	    .p_flags = PMF_MIN,
	    .p_min = 3,
	    .p_format_name = "numbers_or_all" },
	[P_TYPE] = { .p_name = "type",
	    .p_type = PT_STRING,
	    .p_flags = PMF_LOWER,
	    .p_enum = types },
	[P_ID] = { .p_name = "id",
	    .p_in = PIN_PATH,
	    .p_type = PT_STRING,
	    .p_format = PF_ALPHANUMERIC,
	    .p_flags = PMF_REQUIRED,
	    .p_format_name = "alphanumeric" },
	[P_NAME] = { .p_name = "name",
	    .p_in = PIN_BODY,
	    .p_type = PT_STRING,
	    .p_flags = PMF_REQUIRED | PMF_MAX,
	    .p_max = 8 },
	[P_WORDS] = { .p_name = "words",
	    .p_in = PIN_BODY,
	    .p_type = PT_STRINGS,
	    .p_minitems = 1 },
	[P_PART] = { .p_name = "part", .p_in = PIN_BODY, .p_type = PT_NUMBER },
	[P_FORCE] = { .p_name = "force", .p_in = PIN_BODY, .p_type = PT_RAW },
	[P_IDS] = { .p_name = "ids",
	    .p_type = PT_INTEGERS,
	    .p_flags = PMF_MAX,
	    .p_max = 1000,
	    .p_maxitems = 5 },
	[P_RULE] = { .p_name = "rule",
	    .p_in = PIN_BODY,
	    .p_type = PT_OBJECT,
	    .p_flags = PMF_CLOSED,
	    .p_minitems = 1 },
	[P_RULE_ON] = { .p_name = "rule.on",
	    .p_in = PIN_BODY,
	    .p_type = PT_BOOLEAN,
	    .p_parent = "rule" },
	[P_RULE_INNER] = { .p_name = "rule.inner",
	    .p_in = PIN_BODY,
	    .p_type = PT_OBJECT,
	    .p_parent = "rule" },
	[P_RULE_INNER_IDS] = { .p_name = "rule.inner.ids",
	    .p_in = PIN_BODY,
	    .p_type = PT_INTEGERS,
	    .p_flags = PMF_REQUIRED,
	    .p_maxitems = 3,
	    .p_parent = "rule.inner" },
};

const size_t nparams = P__MAX;

static const uint16_t query_params[] = { P_LIMIT, P_RATIO, P_DEEP, P_LIST,
	P_TYPE, P_IDS };
static const uint16_t path_params[] = { P_ID };
static const uint16_t body_params[] = { P_LIST, P_NAME, P_WORDS, P_PART,
	P_FORCE, P_RULE, P_RULE_ON, P_RULE_INNER, P_RULE_INNER_IDS };

enum { R_QUERY, R_PATH, R_BODY, R__MAX };

const struct row rows[] = {
	[R_QUERY] = { .r_id = R_QUERY,
	    .r_call = "query",
	    .r_params = query_params,
	    .r_nparams = 6 },
	[R_PATH] = { .r_id = R_PATH,
	    .r_call = "path",
	    .r_params = path_params,
	    .r_nparams = 1 },
	[R_BODY] = { .r_id = R_BODY,
	    .r_call = "body",
	    .r_flags = ROWF_JSON_BODY | ROWF_BODY,
	    .r_params = body_params,
	    .r_nparams = 9 },
};

const size_t nrows = R__MAX;

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t
cut(const char *text, size_t len, struct params_pair *pairs)
{
	const char *end = text + len, *amp, *eq;
	size_t n;

	for (n = 0; text < end && n < PAIRS; n++) {
		amp = memchr(text, '&', (size_t)(end - text));
		if (amp == NULL)
			amp = end;
		eq = memchr(text, '=', (size_t)(amp - text));
		if (eq == NULL)
			eq = amp;
		pairs[n].pp_name = text;
		pairs[n].pp_namelen = (size_t)(eq - text);
		pairs[n].pp_value = eq == amp ? eq : eq + 1;
		pairs[n].pp_valuelen = (size_t)(amp - pairs[n].pp_value);
		text = amp == end ? end : amp + 1;
	}
	return (n);
}

/* The executor takes them too; written again they are the same bytes. */
static void
wire(const struct row *row, const struct args *as)
{
	static struct msgw first, second;
	struct args got;
	struct msg m = { 0 };
	char why[WHY];

	if (params_check(row, as, why, sizeof(why)) == -1)
		abort();
	msgw_start(&first, MSG_CALL);
	args_put(&first, as);
	if (first.mw_failed)
		return;
	m.m_data = first.mw_buf + MSG_HDR;
	m.m_len = first.mw_len;
	if (args_get(&m, &got) == -1 || msg_end(&m) == -1 ||
	    params_check(row, &got, why, sizeof(why)) == -1)
		abort();
	msgw_start(&second, MSG_CALL);
	args_put(&second, &got);
	if (first.mw_len != second.mw_len ||
	    memcmp(first.mw_buf + MSG_HDR, second.mw_buf + MSG_HDR,
	        first.mw_len) != 0)
		abort();
	args_free(&got);
}

/* The input as it stands, as if it were a message. */
static void
wire_raw(const struct row *row, const uint8_t *data, size_t size)
{
	struct args got;
	struct msg m = { 0 };
	char why[WHY];

	m.m_data = data;
	m.m_len = size;
	if (args_get(&m, &got) == 0)
		params_check(row, &got, why, sizeof(why));
	args_free(&got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct params_pair pairs[PAIRS];
	const struct row *row;
	const char *text, *nl;
	struct args as;
	struct buf arena;
	char why[WHY];
	size_t len, n;
	int rv;

	if (size == 0)
		return (0);
	row = &rows[data[0] % nrows];
	wire_raw(row, data + 1, size - 1);
	text = (const char *)data + 1;
	len = size - 1;
	nl = memchr(text, '\n', len);
	if (nl == NULL)
		nl = text + len;
	args_init(&as);
	buf_init(&arena, 16384);
	n = cut(text, (size_t)(nl - text), pairs);
	rv = params_query(row, pairs, row->r_id == R_PATH ? 0 : n, &as, &arena,
	    why, sizeof(why));
	if (rv == PARAMS_OK)
		rv = params_path(row, pairs, n, &as, &arena, why, sizeof(why));
	if (rv == PARAMS_OK && (row->r_flags & ROWF_JSON_BODY) &&
	    nl < text + len)
		rv = params_body(row, nl + 1, (size_t)(text + len - nl - 1),
		    &as, &arena, why, sizeof(why));
	if (rv != PARAMS_OK && memchr(why, '\0', sizeof(why)) == NULL)
		abort();
	/* Without a body, what it has to have is missing. */
	if (rv == PARAMS_OK && (row->r_id != R_BODY || text + len > nl + 1))
		wire(row, &as);
	args_free(&as);
	buf_free(&arena);
	return (0);
}
