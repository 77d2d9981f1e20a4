/* SPDX-License-Identifier: ISC */
/*
 * The tokens of a JSON text. json-c, even when strict, reads NaN, -01, 1. and
 * single quotes, cuts names at \u0000, and turns numbers that are too large
 * into others; this look over the text comes first.
 */
#include <sys/types.h>

#include <string.h>

#include "common/params_private.h"

/* The four digits of a \u at s, or -1. */
static int
hex4(const char *s, size_t len)
{
	int i, v = 0;

	if (len < 4)
		return (-1);
	for (i = 0; i < 4; i++) {
		v <<= 4;
		if (s[i] >= '0' && s[i] <= '9')
			v |= s[i] - '0';
		else if (s[i] >= 'a' && s[i] <= 'f')
			v |= s[i] - 'a' + 10;
		else if (s[i] >= 'A' && s[i] <= 'F')
			v |= s[i] - 'A' + 10;
		else
			return (-1);
	}
	return (v);
}

/* The length of the string at s with both its quotes, or 0. */
static size_t
token_string(const char *s, size_t len)
{
	size_t i;

	for (i = 1; i < len && s[i] != '"'; i++) {
		if ((unsigned char)s[i] < ' ')
			return (0);
		if (s[i] != '\\')
			continue;
		if (++i == len || s[i] == '\0' ||
		    strchr("\"\\/bfnrtu", s[i]) == NULL)
			return (0);
		if (s[i] == 'u' && hex4(s + i + 1, len - i - 1) <= 0)
			return (0);
	}
	return (i < len ? i + 1 : 0);
}

static size_t
span_digits(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len && s[i] >= '0' && s[i] <= '9'; i++)
		continue;
	return (i);
}

/* Does the integer of len characters, sign included, fit an int64_t? */
static bool
integer_fits(const char *s, size_t len)
{
	uint64_t v = 0, most = (uint64_t)INT64_MAX;
	size_t i = 0;

	if (s[0] == '-') {
		most++;
		i = 1;
	}
	for (; i < len; i++) {
		if (v > (most - (uint64_t)(s[i] - '0')) / 10)
			return (false);
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	return (true);
}

/* The length of the number at s, or 0. */
static size_t
token_number(const char *s, size_t len)
{
	size_t i, n, integer;

	i = s[0] == '-';
	n = span_digits(s + i, len - i);
	if (n == 0 || (n > 1 && s[i] == '0'))
		return (0);
	integer = i += n;
	if (i < len && s[i] == '.') {
		n = span_digits(s + i + 1, len - i - 1);
		if (n == 0)
			return (0);
		i += n + 1;
	}
	if (i < len && (s[i] == 'e' || s[i] == 'E')) {
		i++;
		i += i < len && (s[i] == '+' || s[i] == '-');
		n = span_digits(s + i, len - i);
		if (n == 0)
			return (0);
		i += n;
	}
	return (i == integer && !integer_fits(s, i) ? 0 : i);
}

static size_t
token_name(const char *s, size_t len)
{
	static const char *const names[] = { "true", "false", "null" };
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if (len >= n && memcmp(s, names[i], n) == 0)
			return (n);
	}
	return (0);
}

/* The length of the token at s, or 0. */
static size_t
token(const char *s, size_t len)
{
	switch (*s) {
	case ' ':
	case '\t':
	case '\n':
	case '\r':
	case ',':
	case ':':
	case '[':
	case ']':
	case '{':
	case '}':
		return (1);
	case '"':
		return (token_string(s, len));
	case '-':
		return (token_number(s, len));
	default:
		return (*s >= '0' && *s <= '9' ? token_number(s, len) :
		                                 token_name(s, len));
	}
}

int
params_tokens(struct decode *d, const char *text, size_t len)
{
	size_t i, n, depth = 0, values = 0;

	for (i = 0; i < len; i += n) {
		n = token(text + i, len - i);
		if (n == 0)
			return (params_bad(d,
			    "The request body is not JSON: "
			    "no token at byte %zu",
			    i));
		if (text[i] == '[' || text[i] == '{') {
			if (++depth > PARAMS_JSON_DEPTH) {
				params_bad(d,
				    "The request body has more than "
				    "%d levels",
				    PARAMS_JSON_DEPTH);
				return (PARAMS_DEPTH);
			}
		} else if ((text[i] == ']' || text[i] == '}') && depth > 0)
			depth--;
		else if (text[i] != ',')
			continue;
		if (++values > PARAMS_JSON_VALUES) {
			params_bad(d, "The request body has too many values");
			return (PARAMS_TOOBIG);
		}
	}
	return (PARAMS_OK);
}
