/* SPDX-License-Identifier: ISC */
/*
 * Rules and policies: what is accepted is printable, is accepted again without
 * a change, and a policy can be used unless the original could not use it.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <sys/types.h>

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "authz/pyjson.h"
#include "authz/rbac.h"
#include "authz/rbac_text.h"

#define ROOM  (1024 * 1024)
#define DEPTH 64

/* facts/api/rbac.yaml, policy_syntax, runtime_resource_check */
#define PART "[a-zA-Z0-9_.]+:[a-zA-Z0-9_.]+:[a-zA-Z0-9_.*/-]+"
#define USED "^(?:\\*|" PART "&" PART "|" PART "$)"

typedef uint16_t (*text_fn)(const char *, size_t, struct buf *);

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
usable(const struct pyjson_value *pv)
{
	static pcre2_code *re;
	static pcre2_match_data *md;
	PCRE2_SIZE where;
	size_t i, parts = 1;
	int error;

	if (re == NULL) {
		re = pcre2_compile((PCRE2_SPTR)USED, PCRE2_ZERO_TERMINATED, 0,
		    &error, &where, NULL);
		md = pcre2_match_data_create(1, NULL);
		if (re == NULL || md == NULL)
			abort();
	}
	for (i = 0; i < pv->pv_len; i++)
		if (pv->pv_text[i] == '&')
			parts++;
	return (parts <= 2 &&
	    pcre2_match(
	        re, (PCRE2_SPTR)pv->pv_text, pv->pv_len, 0, 0, md, NULL) >= 0);
}

static void
list_free(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static void
check_policy(const struct buf *b)
{
	const struct pyjson_value *pv;
	struct rbac_policy rp;
	struct pyjson *pj;
	bool good = true, nomem;

	pj = pyjson_read((const char *)b->b_data, b->b_len, DEPTH, &nomem);
	if (pj == NULL)
		abort();
	pv = pyjson_member(pyjson_root(pj), "resources");
	for (pv = pv->pv_first; pv != NULL; pv = pv->pv_next)
		good = good && usable(pv);
	pyjson_free(&pj);
	memset(&rp, 0, sizeof(rp));
	rp.rp_text = (char *)b->b_data;
	if (rbac_policy_read(&rp) == 0 && rp.rp_bad != !good)
		abort();
	list_free(rp.rp_actions);
	list_free(rp.rp_resources);
}

static bool
check(text_fn fn, const uint8_t *data, size_t len, bool is_policy)
{
	struct buf once, twice;
	uint16_t code;
	size_t i;

	buf_init(&once, ROOM);
	buf_init(&twice, ROOM);
	code = fn((const char *)data, len, &once);
	if (code == 0) {
		for (i = 0; i < once.b_len; i++)
			if (once.b_data[i] < ' ' || once.b_data[i] > '~')
				abort();
		if (fn((const char *)once.b_data, once.b_len, &twice) != 0 ||
		    once.b_len != twice.b_len ||
		    memcmp(once.b_data, twice.b_data, once.b_len) != 0)
			abort();
		if (is_policy)
			check_policy(&once);
	} else if (code == 1000 && !once.b_failed) {
		abort();
	}
	buf_free(&once);
	buf_free(&twice);
	return (code == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	bool rule, made, set;

	rule = check(rbac_rule_text, data, len, false);
	made = check(rbac_policy_text, data, len, true);
	set = check(rbac_policy_text_set, data, len, true);
	/* Each takes less than the one before it. */
	if ((made && !set) || (set && !rule))
		abort();
	return (0);
}
