/* SPDX-License-Identifier: ISC */
/* Text as SQLite and as Python compare it: see query_text.h. */
#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "common/query_text.h"

static unsigned char
text_fold(char c)
{
	return ((unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c));
}

int
query_text_order(const char *a, size_t alen, const char *b, size_t blen)
{
	int r;

	r = memcmp(a, b, alen < blen ? alen : blen);
	if (r != 0)
		return (r < 0 ? -1 : 1);
	return (alen < blen ? -1 : alen > blen);
}

int
query_text_nocase(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t i;

	for (i = 0; i < alen && i < blen; i++)
		if (text_fold(a[i]) != text_fold(b[i]))
			return (text_fold(a[i]) < text_fold(b[i]) ? -1 : 1);
	return (alen < blen ? -1 : alen > blen);
}

/* Where the character after the one at i starts. */
static size_t
text_next(const char *s, size_t len, size_t i)
{
	i++;
	while (i < len && ((unsigned char)s[i] & 0xc0) == 0x80)
		i++;
	return (i);
}

/*
 * Whatever the last % took, an earlier one need not take more: so only the
 * last is ever given another try, and this ends after len times plen steps.
 */
bool
query_text_like(const char *pattern, size_t plen, const char *s, size_t len)
{
	size_t i = 0, p = 0, mark = 0, star = SIZE_MAX;

	while (i < len) {
		if (p < plen && pattern[p] == '%') {
			star = p++;
			mark = i;
		} else if (p < plen && pattern[p] == '_') {
			p++;
			i = text_next(s, len, i);
		} else if (p < plen &&
		    text_fold(pattern[p]) == text_fold(s[i])) {
			p++;
			i++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			mark = text_next(s, len, mark);
			i = mark;
		} else {
			return (false);
		}
	}
	while (p < plen && pattern[p] == '%')
		p++;
	return (p == plen);
}

bool
query_text_in(const char *needle, size_t nlen, const char *s, size_t len)
{
	return (memmem(s, len, needle, nlen) != NULL);
}

/* --- lower case -------------------------------------------------------- */

/* Code points that have a lower case, which is tl_add further. */
static const struct text_lower {
	uint16_t tl_first, tl_last;
	uint16_t tl_step; /* 2: capitals and small letters take turns */
	int16_t tl_add;
} text_lowers[] = { { 0x00c0, 0x00d6, 1, 32 }, { 0x00d8, 0x00de, 1, 32 },
	{ 0x0100, 0x012e, 2, 1 }, { 0x0132, 0x0136, 2, 1 },
	{ 0x0139, 0x0147, 2, 1 }, { 0x014a, 0x0176, 2, 1 },
	{ 0x0178, 0x0178, 1, -121 }, { 0x0179, 0x017d, 2, 1 },
	{ 0x0386, 0x0386, 1, 38 }, { 0x0388, 0x038a, 1, 37 },
	{ 0x038c, 0x038c, 1, 64 }, { 0x038e, 0x038f, 1, 63 },
	{ 0x0391, 0x03a1, 1, 32 }, { 0x03a3, 0x03ab, 1, 32 },
	{ 0x0400, 0x040f, 1, 80 }, { 0x0410, 0x042f, 1, 32 },
	{ 0x0460, 0x0480, 2, 1 }, { 0x048a, 0x04be, 2, 1 },
	{ 0x04c1, 0x04cd, 2, 1 }, { 0x04d0, 0x052e, 2, 1 },
	{ 0x0531, 0x0556, 1, 48 }, { 0x1e00, 0x1e94, 2, 1 },
	{ 0x1ea0, 0x1efe, 2, 1 } };

static uint32_t
text_lower_point(uint32_t c)
{
	const struct text_lower *tl;
	size_t i;

	for (i = 0; i < sizeof(text_lowers) / sizeof(text_lowers[0]); i++) {
		tl = &text_lowers[i];
		if (c >= tl->tl_first && c <= tl->tl_last &&
		    (c - tl->tl_first) % tl->tl_step == 0)
			return ((uint32_t)((int32_t)c + tl->tl_add));
	}
	return (c);
}

/* Every pair of the table is as long in UTF-8 as its capital. */
void
query_text_lower(const char *s, size_t len, char *out)
{
	uint32_t c;
	size_t i;

	for (i = 0; i < len; i++) {
		out[i] = (char)text_fold(s[i]);
		if (i + 1 < len && ((unsigned char)s[i] & 0xe0) == 0xc0) {
			c = ((uint32_t)s[i] & 0x1f) << 6 |
			    ((uint32_t)s[i + 1] & 0x3f);
			c = text_lower_point(c);
			out[i] = (char)(0xc0 | c >> 6);
			out[++i] = (char)(0x80 | (c & 0x3f));
		} else if (i + 2 < len &&
		    ((unsigned char)s[i] & 0xf0) == 0xe0) {
			c = ((uint32_t)s[i] & 0x0f) << 12 |
			    ((uint32_t)s[i + 1] & 0x3f) << 6 |
			    ((uint32_t)s[i + 2] & 0x3f);
			c = text_lower_point(c);
			out[i] = (char)(0xe0 | c >> 12);
			out[++i] = (char)(0x80 | (c >> 6 & 0x3f));
			out[++i] = (char)(0x80 | (c & 0x3f));
		}
	}
}
