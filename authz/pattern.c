/* SPDX-License-Identifier: ISC */
/*
 * Regular expressions of rules: see pattern.h. PCRE2's own limit of matches
 * counts where it may come back to, and between two of these it may walk over
 * a whole text. So a callout stands before each item of a pattern, and counts
 * what has been walked since the last.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <sys/types.h>

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "authz/pattern.h"

#define PREFIX   "r'"
#define DROPPED  2 /* characters, at either end */
#define WALKED   16 /* bytes walked over for one step, */
#define COMPARED 64 /*  or compared with what matched before */
#define CHECKED  8 /* bytes checked to be UTF-8 for one unit of work */
#define HEAP_KIB 4096 /* of PCRE2's memory for coming back */
#define NEST     64 /* parentheses in parentheses */
#define LENGTH   8192 /* bytes of a pattern */

struct pattern {
	pcre2_code *pt_code; /* NULL: not valid */
	struct jv_text pt_whole; /* as it stands in the rule */
	bool pt_back; /* refers back: its items compare more */
};

/* Kept from match to match: what PCRE2 comes back by may be megabytes. */
struct pattern_room {
	pcre2_match_context *pr_ctx;
	pcre2_match_data *pr_data;
	/* The match under way. */
	uint64_t *pr_work;
	uint64_t pr_steps; /* left */
	size_t pr_at; /* where the last item began */
	size_t pr_each; /* steps of an item beyond one */
};

bool
pattern_is(const struct jv_text *t)
{
	return (t->jt_len >= strlen(PREFIX) &&
	    memcmp(t->jt_s, PREFIX, strlen(PREFIX)) == 0);
}

/* Bytes up to the end of the characters between the dropped ones. */
static size_t
pattern_end(const struct jv_text *t)
{
	const size_t from = strlen(PREFIX);
	size_t to = t->jt_len;
	int i;

	for (i = 0; i < DROPPED; i++)
		while (
		    to > from && ((unsigned char)t->jt_s[--to] & 0xc0) == 0x80)
			continue;
	return (to);
}

static pcre2_code *
pattern_compile(const char *text, size_t len)
{
	pcre2_compile_context *ctx;
	pcre2_code *code = NULL;
	PCRE2_SIZE at;
	int error;

	ctx = pcre2_compile_context_create(NULL);
	if (ctx == NULL)
		return (NULL);
	if (pcre2_set_newline(ctx, PCRE2_NEWLINE_LF) == 0 &&
	    pcre2_set_max_pattern_length(ctx, LENGTH) == 0 &&
	    pcre2_set_parens_nest_limit(ctx, NEST) == 0)
		code = pcre2_compile((PCRE2_SPTR)text, len,
		    PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_ALT_BSUX |
		        PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C,
		    &error, &at, ctx);
	pcre2_compile_context_free(ctx);
	return (code);
}

struct pattern *
pattern_new(const struct jv_text *t)
{
	const size_t from = strlen(PREFIX);
	struct pattern *pt;
	uint32_t back = 0;

	pt = calloc(1, sizeof(*pt));
	if (pt == NULL)
		return (NULL);
	pt->pt_whole.jt_s = malloc(t->jt_len + 1);
	if (pt->pt_whole.jt_s == NULL) {
		free(pt);
		return (NULL);
	}
	memcpy(pt->pt_whole.jt_s, t->jt_s, t->jt_len + 1);
	pt->pt_whole.jt_len = t->jt_len;
	pt->pt_code = pattern_compile(t->jt_s + from, pattern_end(t) - from);
	if (pt->pt_code != NULL)
		pcre2_pattern_info(pt->pt_code, PCRE2_INFO_BACKREFMAX, &back);
	pt->pt_back = back > 0;
	return (pt);
}

void
pattern_free(struct pattern **ptp)
{
	struct pattern *pt = *ptp;

	if (pt == NULL)
		return;
	*ptp = NULL;
	pcre2_code_free(pt->pt_code);
	free(pt->pt_whole.jt_s);
	free(pt);
}

bool
pattern_valid(const struct pattern *pt)
{
	return (pt->pt_code != NULL);
}

/* Not 0: the match is given up. */
static int
pattern_count(pcre2_callout_block *block, void *arg)
{
	struct pattern_room *pr = arg;
	size_t at = block->current_position, steps;

	steps = 1 + pr->pr_each;
	if (at > pr->pr_at)
		steps += (at - pr->pr_at) / WALKED;
	pr->pr_at = at;
	if (steps > pr->pr_steps ||
	    !jv_spend(pr->pr_work, steps * PATTERN_STEP))
		return (PCRE2_ERROR_MATCHLIMIT);
	pr->pr_steps -= steps;
	return (0);
}

struct pattern_room *
pattern_room_new(void)
{
	struct pattern_room *pr;

	pr = calloc(1, sizeof(*pr));
	if (pr == NULL)
		return (NULL);
	pr->pr_ctx = pcre2_match_context_create(NULL);
	pr->pr_data = pcre2_match_data_create(1, NULL);
	if (pr->pr_ctx != NULL && pr->pr_data != NULL &&
	    pcre2_set_callout(pr->pr_ctx, pattern_count, pr) == 0 &&
	    pcre2_set_match_limit(pr->pr_ctx, PATTERN_STEPS) == 0 &&
	    pcre2_set_depth_limit(pr->pr_ctx, PATTERN_STEPS) == 0 &&
	    pcre2_set_heap_limit(pr->pr_ctx, HEAP_KIB) == 0)
		return (pr);
	pattern_room_free(&pr);
	return (NULL);
}

void
pattern_room_free(struct pattern_room **prp)
{
	struct pattern_room *pr = *prp;

	if (pr == NULL)
		return;
	*prp = NULL;
	pcre2_match_data_free(pr->pr_data);
	pcre2_match_context_free(pr->pr_ctx);
	free(pr);
}

enum pattern_answer
pattern_match(const struct pattern *pt, struct pattern_room *pr,
    const struct jv_text *t, uint64_t *work)
{
	int ret;

	if (!jv_spend(work, PATTERN_CALL + t->jt_len / CHECKED))
		return (PATTERN_UNSURE);
	if (pt->pt_code == NULL)
		return (jv_text_equal(&pt->pt_whole, t) ? PATTERN_YES :
		                                          PATTERN_UNSURE);
	pr->pr_work = work;
	pr->pr_steps = PATTERN_STEPS;
	pr->pr_at = 0;
	pr->pr_each = pt->pt_back ? t->jt_len / COMPARED : 0;
	ret = pcre2_match(pt->pt_code, (PCRE2_SPTR)t->jt_s, t->jt_len, 0, 0,
	    pr->pr_data, pr->pr_ctx);
	if (ret >= 0)
		return (PATTERN_YES);
	return (ret == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_UNSURE);
}
