/* SPDX-License-Identifier: ISC */
/*
 * The words of q: see query_lex.h. The original cuts them out with one regular
 * expression; what that prefers, and where it steps back, is kept here:
 *
 *	clause := '('* field op value ')'* [;,]?
 *	op     := one or two of = ! < > ~, two rather than one
 *	value  := ( group* core group* )+
 *	core   := '[' (char | ',')* ']', up to the last ']', or else char+
 *	group  := '(' '[' (char | ',')* ']' ')', or else '(' char* ')'
 *
 * There is nothing to try twice but the length of the operator, so a text is
 * read in linear time.
 */
#include <sys/types.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "common/query_lex.h"

#define LC_FIELD 0x01 /* in names of fields */
#define LC_VALUE 0x02 /* in values */
#define LC_OP    0x04
#define LC_LIST  0x08 /* in values, inside brackets */

/* --- classes ----------------------------------------------------------- */

static uint8_t
lex_ascii(unsigned char c, bool dollar)
{
	static const char value[] = " -:?\\/'\"=@%<>{}[]";
	uint8_t class = 0;

	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '.')
		class = LC_FIELD | LC_VALUE | LC_LIST;
	else if (c == ',')
		class = LC_LIST;
	else if (c == '$' ? dollar : c != '\0' && strchr(value, c) != NULL)
		class = LC_VALUE | LC_LIST;
	if (c != '\0' && strchr("=!<>~", c) != NULL)
		class |= LC_OP;
	return (class);
}

/* Letters and digits beyond ASCII are the original's \w. */
static int
lex_beyond(uint8_t *class, const char *s, size_t len)
{
	pcre2_code *re;
	pcre2_match_data *md;
	PCRE2_SIZE *span, at = 0;
	int err, rv = 0;

	re = pcre2_compile((PCRE2_SPTR) "[^\\x00-\\x7f\\P{Xan}]+",
	    PCRE2_ZERO_TERMINATED, PCRE2_UTF, &err, &at, NULL);
	if (re == NULL)
		return (-1);
	md = pcre2_match_data_create_from_pattern(re, NULL);
	for (at = 0; md != NULL && rv >= 0 && at < len; at = span[1]) {
		rv = pcre2_match(re, (PCRE2_SPTR)s, len, at, 0, md, NULL);
		if (rv < 0)
			break;
		span = pcre2_get_ovector_pointer(md);
		memset(class + span[0], LC_FIELD | LC_VALUE | LC_LIST,
		    span[1] - span[0]);
	}
	if (md == NULL || (rv < 0 && rv != PCRE2_ERROR_NOMATCH))
		rv = -1;
	else
		rv = 0;
	pcre2_match_data_free(md);
	pcre2_code_free(re);
	return (rv);
}

int
query_lex_open(struct query_lex *lx, struct query *q, const char *s, size_t len)
{
	bool db = q->q_map->qm_dialect == QUERY_DB, beyond = false;
	uint8_t *class;
	size_t i;

	class = query_alloc(q, len + 1);
	if (class == NULL)
		return (-1);
	for (i = 0; i < len; i++) {
		class[i] = lex_ascii((unsigned char)s[i], db);
		beyond = beyond || (s[i] & 0x80) != 0;
	}
	if (beyond && lex_beyond(class, s, len) == -1)
		return (-1);
	lx->lx_text = s;
	lx->lx_class = class;
	lx->lx_end = len;
	lx->lx_nested = db;
	return (0);
}

/* --- values ------------------------------------------------------------ */

static size_t
lex_run(const struct query_lex *lx, size_t at, uint8_t class)
{
	while (at < lx->lx_end && (lx->lx_class[at] & class))
		at++;
	return (at);
}

static bool
lex_is(const struct query_lex *lx, size_t at, char c)
{
	return (at < lx->lx_end && lx->lx_text[at] == c);
}

/* Where the core that starts at this offset ends; the offset itself: none. */
static size_t
lex_core(const struct query_lex *lx, size_t at)
{
	size_t end;

	if (lex_is(lx, at, '[')) {
		end = lex_run(lx, at + 1, LC_LIST);
		while (end > at + 1 && lx->lx_text[end - 1] != ']')
			end--;
		if (end > at + 1)
			return (end);
	}
	return (lex_run(lx, at, LC_VALUE));
}

static size_t
lex_group(const struct query_lex *lx, size_t at)
{
	size_t end;

	if (!lex_is(lx, at, '('))
		return (at);
	if (lex_is(lx, at + 1, '[')) {
		end = lex_run(lx, at + 2, LC_LIST);
		if (lex_is(lx, end, ')') && end > at + 2 &&
		    lx->lx_text[end - 1] == ']')
			return (end + 1);
	}
	end = lex_run(lx, at + 1, LC_VALUE);
	return (lex_is(lx, end, ')') ? end + 1 : at);
}

static size_t
lex_groups(const struct query_lex *lx, size_t at)
{
	size_t end;

	while ((end = lex_group(lx, at)) != at)
		at = end;
	return (at);
}

/* Where the value ends, or the offset itself: there is none. */
static size_t
lex_value(const struct query_lex *lx, size_t at)
{
	size_t end, core;

	/* Groups behind a core belong to it, core or not behind them. */
	for (end = at;;) {
		core = lex_groups(lx, end);
		if (lex_core(lx, core) == core)
			return (end == at ? at : core);
		end = lex_core(lx, core);
	}
}

/* --- clauses ----------------------------------------------------------- */

static bool
lex_body(const struct query_lex *lx, size_t at, struct query_match *lm)
{
	size_t n;

	lm->lm_field = at;
	lm->lm_op = lex_run(lx, at, LC_FIELD);
	lm->lm_fieldlen = lm->lm_op - at;
	if (lm->lm_fieldlen == 0)
		return (false);
	n = lex_run(lx, lm->lm_op, LC_OP) - lm->lm_op;
	for (lm->lm_oplen = n > 2 ? 2 : n; lm->lm_oplen > 0; lm->lm_oplen--) {
		lm->lm_value = lm->lm_op + lm->lm_oplen;
		lm->lm_end = lex_value(lx, lm->lm_value);
		lm->lm_valuelen = lm->lm_end - lm->lm_value;
		if (lm->lm_valuelen > 0)
			return (true);
	}
	return (false);
}

bool
query_lex_match(const struct query_lex *lx, size_t at, struct query_match *lm)
{
	lm->lm_start = at;
	for (lm->lm_open = 0; lex_is(lx, at, '('); at++) {
		lm->lm_open++;
		if (!lx->lx_nested && lm->lm_open > 1)
			return (false);
	}
	if (!lex_body(lx, at, lm))
		return (false);
	for (lm->lm_close = 0; lex_is(lx, lm->lm_end, ')'); lm->lm_end++)
		lm->lm_close++;
	lm->lm_sep = '\0';
	if (lex_is(lx, lm->lm_end, ';') || lex_is(lx, lm->lm_end, ','))
		lm->lm_sep = lx->lx_text[lm->lm_end++];
	return (true);
}

bool
query_lex_next(const struct query_lex *lx, size_t at, struct query_match *lm)
{
	size_t end;

	while (at < lx->lx_end) {
		if (query_lex_match(lx, at, lm))
			return (true);
		/* No later start in the same run can do better. */
		end = at;
		while (lex_is(lx, end, '('))
			end++;
		end = lex_run(lx, end, LC_FIELD);
		at = end == at ? at + 1 : end;
	}
	return (false);
}

enum query_op
query_lex_op(const struct query_lex *lx, const struct query_match *lm)
{
	const char *op = lx->lx_text + lm->lm_op;

	if (lm->lm_oplen == 2)
		return (op[0] == '!' && op[1] == '=' ? QO_NE : QO_BAD);
	switch (op[0]) {
	case '=':
		return (QO_EQ);
	case '<':
		return (QO_LT);
	case '>':
		return (QO_GT);
	case '~':
		return (QO_LIKE);
	default:
		return (QO_BAD);
	}
}
