/* SPDX-License-Identifier: ISC */
/*
 * A rule and a context, with a line feed between them. What is read is equal to
 * itself; the work stays within its bound; a trace changes nothing; and what is
 * granted is never granted turned around as well.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rules.h"
#include "common/buffer.h"

#define WORK UINT64_C(200000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
tell(void *arg, const struct rules_event *re)
{
	size_t *n = arg;

	/* Every text that is given can be read. */
	if (re->re_clause != NULL)
		*n += strlen(re->re_clause);
	if (re->re_where != NULL)
		*n += strlen(re->re_where);
}

/* -1: too much work; else whether the role is given. */
static int
granted(const char *text, const struct jv *context, bool traced)
{
	struct rbac_rule rr = { 100, NULL, NULL };
	int64_t ids[] = { 100 };
	struct rbac_role ro = { .ro_id = 7, .ro_nrules = 1, .ro_rules = ids };
	const struct rbac rb = {
		.rb_rules = &rr, .rb_nrules = 1, .rb_roles = &ro, .rb_nroles = 1
	};
	static struct rules_result res;
	struct rules *rs;
	size_t n = 0;
	int ret;

	rr.rr_text = strdup(text);
	rs = rules_new(&rb);
	if (rr.rr_text == NULL || rs == NULL)
		abort();
	ret = rules_roles(rs, context, 1, WORK, traced ? tell : NULL, &n, &res);
	if (res.rr_work > WORK || res.rr_nroles > 1 ||
	    res.rr_nroles + res.rr_ndeep + res.rr_nunsure > 1 ||
	    (ret == -1 && res.rr_nroles != 0))
		abort();
	rules_free(&rs);
	free(rr.rr_text);
	return (ret == -1 ? -1 : (int)res.rr_nroles);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nl = len > 0 ? memchr(data, '\n', len) : NULL;
	struct jv context;
	struct buf twice;
	char *rule;
	int a, b;

	if (nl == NULL || len > 65536)
		return (0);
	if (jv_read((const char *)nl + 1, len - (size_t)(nl + 1 - data),
	        &context) == -1)
		return (0);
	if (!jv_equal(&context, &context, &(uint64_t){ UINT64_MAX }))
		abort();
	jv_drop_nulls(&context);
	rule = strndup((const char *)data, (size_t)(nl - data));
	if (context.jv_type == JV_OBJECT && rule != NULL) {
		a = granted(rule, &context, false);
		if (granted(rule, &context, true) != a)
			abort();
		buf_init(&twice, 1 << 20);
		buf_addf(&twice, "{\"NOT\": [%s]}", rule);
		buf_addc(&twice, '\0');
		b = granted((const char *)twice.b_data, &context, false);
		if (a == 1 && b == 1)
			abort();
		buf_free(&twice);
	}
	free(rule);
	jv_free(&context);
	return (0);
}
