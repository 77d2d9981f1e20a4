/* SPDX-License-Identifier: ISC */
/*
 * A recogniser of JSON objects (RFC 8259), narrower than the standard: one
 * line of printable ASCII, as the writers of this house make it. It keeps
 * nothing; see logd_is_object().
 */
#include <sys/types.h>

#include <string.h>

#include "apid/logd.h"

#define LOGD_DEPTH 64

/* What is left of the text. */
struct scan {
	const char *s_p, *s_end;
};

static bool logd_value(struct scan *, unsigned int depth);

static void
logd_blanks(struct scan *s)
{
	while (s->s_p < s->s_end && *s->s_p == ' ')
		s->s_p++;
}

static bool
logd_take(struct scan *s, char c)
{
	if (s->s_p == s->s_end || *s->s_p != c)
		return (false);
	s->s_p++;
	return (true);
}

static size_t
logd_digits(struct scan *s)
{
	size_t n = 0;

	while (s->s_p < s->s_end && *s->s_p >= '0' && *s->s_p <= '9') {
		s->s_p++;
		n++;
	}
	return (n);
}

static bool
logd_number(struct scan *s)
{
	logd_take(s, '-');
	/* A zero stands alone. */
	if (!logd_take(s, '0') && logd_digits(s) == 0)
		return (false);
	if (logd_take(s, '.') && logd_digits(s) == 0)
		return (false);
	if (logd_take(s, 'e') || logd_take(s, 'E')) {
		if (!logd_take(s, '+'))
			logd_take(s, '-');
		if (logd_digits(s) == 0)
			return (false);
	}
	return (true);
}

static bool
logd_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->s_end - s->s_p) < n || memcmp(s->s_p, word, n) != 0)
		return (false);
	s->s_p += n;
	return (true);
}

/* After a backslash. */
static bool
logd_escaped(struct scan *s)
{
	int i;

	if (s->s_p == s->s_end || *s->s_p == '\0')
		return (false);
	if (*s->s_p != 'u')
		return (strchr("\"\\/bfnrt", *s->s_p++) != NULL);
	s->s_p++;
	for (i = 0; i < 4; i++, s->s_p++)
		if (s->s_p == s->s_end || *s->s_p == '\0' ||
		    strchr("0123456789abcdefABCDEF", *s->s_p) == NULL)
			return (false);
	return (true);
}

static bool
logd_string(struct scan *s)
{
	if (!logd_take(s, '"'))
		return (false);
	while (s->s_p < s->s_end) {
		if (logd_take(s, '"'))
			return (true);
		if (*s->s_p < ' ' || *s->s_p > '~')
			return (false);
		if (*s->s_p++ == '\\' && !logd_escaped(s))
			return (false);
	}
	return (false);
}

/* The rest of an object (with keys) or an array, after its opening bracket. */
static bool
logd_items(struct scan *s, unsigned int depth, bool keys)
{
	char close = keys ? '}' : ']';

	logd_blanks(s);
	if (logd_take(s, close))
		return (true);
	do {
		logd_blanks(s);
		if (keys) {
			if (!logd_string(s))
				return (false);
			logd_blanks(s);
			if (!logd_take(s, ':'))
				return (false);
			logd_blanks(s);
		}
		if (!logd_value(s, depth))
			return (false);
		logd_blanks(s);
	} while (logd_take(s, ','));
	return (logd_take(s, close));
}

static bool
logd_value(struct scan *s, unsigned int depth)
{
	if (depth == LOGD_DEPTH || s->s_p == s->s_end)
		return (false);
	if (logd_take(s, '{'))
		return (logd_items(s, depth + 1, true));
	if (logd_take(s, '['))
		return (logd_items(s, depth + 1, false));
	if (*s->s_p == '"')
		return (logd_string(s));
	if (logd_word(s, "true") || logd_word(s, "false") ||
	    logd_word(s, "null"))
		return (true);
	return (logd_number(s));
}

bool
logd_is_object(const char *text, size_t len)
{
	struct scan s = { text, text + len };

	return (
	    len != 0 && *text == '{' && logd_value(&s, 0) && s.s_p == s.s_end);
}
