/* SPDX-License-Identifier: ISC */
/*
 * JSON documents among the values of q. Some columns hold JSON as text, which
 * the original finds by reading the value and writing it anew, the way the
 * column was written; numbers that look like any other value pass through too.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/query.h"
#include "common/query_value.h"

#define DOC_NUMBER 512 /* bytes of a number with point or exponent */

struct reader {
	const char *r_p, *r_end;
	struct buf *r_out;
	unsigned int r_depth;
};

static bool doc_any(struct reader *);

static void
doc_blank(struct reader *r)
{
	while (r->r_p < r->r_end && strchr(" \t\n\r", *r->r_p) != NULL &&
	    *r->r_p != '\0')
		r->r_p++;
}

static bool
doc_is(struct reader *r, char c)
{
	if (r->r_p == r->r_end || *r->r_p != c)
		return (false);
	r->r_p++;
	return (true);
}

static bool
doc_word(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->r_end - r->r_p) < n || memcmp(r->r_p, word, n) != 0)
		return (false);
	r->r_p += n;
	buf_add(r->r_out, word, n);
	return (true);
}

/* --- numbers ----------------------------------------------------------- */

static size_t
doc_digits(struct reader *r)
{
	const char *start = r->r_p;

	while (r->r_p < r->r_end && *r->r_p >= '0' && *r->r_p <= '9')
		r->r_p++;
	return ((size_t)(r->r_p - start));
}

/* A number with a point or an exponent, as a double is written. */
static bool
doc_real(struct reader *r, const char *text, size_t len)
{
	char copy[DOC_NUMBER];
	struct jsonw j;
	double d;

	if (len >= sizeof(copy))
		return (false);
	memcpy(copy, text, len);
	copy[len] = '\0';
	d = strtod(copy, NULL);
	if (d > 1.7976931348623157e308 || d < -1.7976931348623157e308) {
		buf_addz(r->r_out, d > 0 ? "Infinity" : "-Infinity");
		return (true);
	}
	jsonw_init(&j, r->r_out, false);
	jsonw_double(&j, d);
	return (true);
}

static bool
doc_number(struct reader *r)
{
	const char *start = r->r_p, *mark;
	bool real = false, minus;
	size_t n;

	minus = doc_is(r, '-');
	n = doc_digits(r);
	if (n == 0 || (n > 1 && r->r_p[-(ptrdiff_t)n] == '0'))
		return (false);
	mark = r->r_p;
	if (doc_is(r, '.') && doc_digits(r) > 0) {
		real = true;
		mark = r->r_p;
	}
	/* What is no fraction or exponent after all is left to the caller. */
	r->r_p = mark;
	if (doc_is(r, 'e') || doc_is(r, 'E')) {
		if (!doc_is(r, '-'))
			doc_is(r, '+');
		if (doc_digits(r) > 0) {
			real = true;
			mark = r->r_p;
		}
		r->r_p = mark;
	}
	n = (size_t)(r->r_p - start);
	if (real)
		return (doc_real(r, start, n));
	/* There is no negative zero among integers. */
	minus = minus && n == 2 && start[1] == '0';
	buf_add(r->r_out, start + minus, n - minus);
	return (true);
}

/* --- text -------------------------------------------------------------- */

static void
doc_unit(struct buf *out, unsigned int u)
{
	static const char from[] = "\"\\\n\r\t\f\b", to[] = "\"\\nrtfb";
	const char *p;

	p = u != 0 && u < 0x80 ? strchr(from, (int)u) : NULL;
	if (p != NULL)
		buf_addf(out, "\\%c", to[p - from]);
	else if (u >= 0x20 && u < 0x7f)
		buf_addc(out, (char)u);
	else
		buf_addf(out, "\\u%04x", u);
}

/* Behind a backslash. */
static bool
doc_escaped(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	static const char hex[] = "0123456789abcdef";
	const char *p;
	unsigned int u = 0;
	int i;
	char c;

	if (r->r_p == r->r_end)
		return (false);
	c = *r->r_p++;
	if (c != 'u') {
		p = c == '\0' ? NULL : strchr(from, c);
		if (p == NULL)
			return (false);
		doc_unit(r->r_out, (unsigned char)to[p - from]);
		return (true);
	}
	for (i = 0; i < 4; i++) {
		if (r->r_p == r->r_end || *r->r_p == '\0')
			return (false);
		c = *r->r_p++;
		p = strchr(hex, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c);
		if (p == NULL)
			return (false);
		u = u << 4 | (unsigned int)(p - hex);
	}
	doc_unit(r->r_out, u);
	return (true);
}

/* A character beyond ASCII; the text is known to be UTF-8. */
static bool
doc_beyond(struct reader *r)
{
	unsigned char c = (unsigned char)*r->r_p++;
	unsigned int u;
	int n;

	n = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	u = c & (0x3fU >> n);
	for (; n > 0; n--) {
		if (r->r_p == r->r_end)
			return (false);
		u = u << 6 | ((unsigned char)*r->r_p++ & 0x3fU);
	}
	if (u >= 0x10000) {
		u -= 0x10000;
		doc_unit(r->r_out, 0xd800 + (u >> 10 & 0x3ff));
		u = 0xdc00 + (u & 0x3ff);
	}
	doc_unit(r->r_out, u);
	return (true);
}

static bool
doc_text(struct reader *r)
{
	if (!doc_is(r, '"'))
		return (false);
	buf_addc(r->r_out, '"');
	while (r->r_p < r->r_end && *r->r_p != '"') {
		if ((unsigned char)*r->r_p < 0x20)
			return (false);
		if (*r->r_p & 0x80) {
			if (!doc_beyond(r))
				return (false);
		} else if (*r->r_p != '\\') {
			doc_unit(r->r_out, (unsigned char)*r->r_p++);
		} else {
			r->r_p++;
			if (!doc_escaped(r))
				return (false);
		}
	}
	buf_addc(r->r_out, '"');
	return (doc_is(r, '"'));
}

/* --- collections ------------------------------------------------------- */

static bool
doc_member(struct reader *r, bool named)
{
	if (named) {
		doc_blank(r);
		if (!doc_text(r))
			return (false);
		doc_blank(r);
		if (!doc_is(r, ':'))
			return (false);
		buf_addc(r->r_out, ':');
	}
	return (doc_any(r));
}

static bool
doc_many(struct reader *r, char close)
{
	bool ok, named = close == '}';

	if (r->r_depth == QUERY_LEVELS)
		return (false);
	r->r_depth++;
	buf_addc(r->r_out, *r->r_p++);
	doc_blank(r);
	ok = doc_is(r, close);
	while (!ok) {
		if (!doc_member(r, named))
			return (false);
		ok = doc_is(r, close);
		if (!ok && !doc_is(r, ','))
			return (false);
		if (!ok)
			buf_addc(r->r_out, ',');
	}
	buf_addc(r->r_out, close);
	r->r_depth--;
	return (true);
}

static bool
doc_value(struct reader *r)
{
	if (r->r_p == r->r_end)
		return (false);
	switch (*r->r_p) {
	case '{':
		return (doc_many(r, '}'));
	case '[':
		return (doc_many(r, ']'));
	case '"':
		return (doc_text(r));
	case 't':
		return (doc_word(r, "true"));
	case 'f':
		return (doc_word(r, "false"));
	case 'n':
		return (doc_word(r, "null"));
	case 'N':
		return (doc_word(r, "NaN"));
	case 'I':
		return (doc_word(r, "Infinity"));
	default:
		return (doc_word(r, "-Infinity") || doc_number(r));
	}
}

/* A value and the blanks around it. */
static bool
doc_any(struct reader *r)
{
	doc_blank(r);
	if (!doc_value(r))
		return (false);
	doc_blank(r);
	return (true);
}

bool
query_json_compact(const char *text, size_t len, struct buf *out)
{
	struct reader r = { text, text + len, out, 0 };

	return (doc_any(&r) && r.r_p == r.r_end && !out->b_failed);
}
