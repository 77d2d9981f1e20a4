/* SPDX-License-Identifier: ISC */
/* Numbers, spans and dates as clients write them: see query_value.h. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/query_value.h"

#define DAY          INT64_C(86400)
#define MICRO        INT64_C(1000000)
#define VALUE_NUMBER 512 /* bytes of a number in text at most */

static bool
value_digit(char c)
{
	return (c >= '0' && c <= '9');
}

static bool
value_blank(char c)
{
	return (c == ' ' || (c >= '\t' && c <= '\r'));
}

/* Cut blanks off both ends. */
static void
value_trim(const char **s, size_t *len)
{
	while (*len > 0 && value_blank(**s)) {
		(*s)++;
		(*len)--;
	}
	while (*len > 0 && value_blank((*s)[*len - 1]))
		(*len)--;
}

/* --- integers ---------------------------------------------------------- */

/* n * 10 + digit below zero, where there is room for INT64_MIN too. */
static int64_t
value_append(int64_t n, char digit)
{
	int64_t d = digit - '0';

	if (n < (INT64_MIN + d) / 10)
		return (INT64_MIN);
	return (n * 10 - d);
}

static int64_t
value_sign(int64_t below, bool minus)
{
	if (minus)
		return (below);
	return (below == INT64_MIN ? INT64_MAX : -below);
}

bool
query_value_int(const char *s, size_t len, int64_t *n_r)
{
	int64_t n = 0;
	bool minus = false;
	size_t i;

	value_trim(&s, &len);
	if (len > 0 && (*s == '-' || *s == '+')) {
		minus = *s == '-';
		s++;
		len--;
	}
	if (len == 0)
		return (false);
	for (i = 0; i < len; i++) {
		/* One underscore between two digits is for the eye only. */
		if (s[i] == '_' && i > 0 && i + 1 < len && s[i - 1] != '_')
			continue;
		if (!value_digit(s[i]))
			return (false);
		n = value_append(n, s[i]);
	}
	*n_r = value_sign(n, minus);
	return (true);
}

int64_t
query_value_cast(const char *s, size_t len)
{
	int64_t n = 0;
	bool minus = false;

	while (len > 0 && value_blank(*s)) {
		s++;
		len--;
	}
	if (len > 0 && (*s == '-' || *s == '+')) {
		minus = *s == '-';
		s++;
		len--;
	}
	for (; len > 0 && value_digit(*s); s++, len--)
		n = value_append(n, *s);
	return (value_sign(n, minus));
}

/* Does len bytes of text have the form of a number, and of an integer? */
static bool
value_form(const char *s, size_t len, bool *real_r)
{
	size_t i = 0, digits = 0;

	*real_r = false;
	if (i < len && (s[i] == '-' || s[i] == '+'))
		i++;
	for (; i < len && value_digit(s[i]); i++)
		digits++;
	if (i < len && s[i] == '.') {
		*real_r = true;
		for (i++; i < len && value_digit(s[i]); i++)
			digits++;
	}
	if (digits == 0)
		return (false);
	if (i == len)
		return (true);
	if (s[i] != 'e' && s[i] != 'E')
		return (false);
	*real_r = true;
	i++;
	if (i < len && (s[i] == '-' || s[i] == '+'))
		i++;
	if (i == len)
		return (false);
	while (i < len && value_digit(s[i]))
		i++;
	return (i == len);
}

/* Is this integer one of 64 bits? */
static bool
value_fits(const char *s, size_t len)
{
	const char *most = "9223372036854775807";

	if (*s == '-' || *s == '+') {
		if (*s == '-')
			most = "9223372036854775808";
		s++;
		len--;
	}
	while (len > 0 && *s == '0') {
		s++;
		len--;
	}
	return (len < 19 || (len == 19 && memcmp(s, most, 19) <= 0));
}

bool
query_value_number(
    const char *s, size_t len, bool *real_r, int64_t *n_r, double *d_r)
{
	char copy[VALUE_NUMBER];

	value_trim(&s, &len);
	if (len >= sizeof(copy) || !value_form(s, len, real_r))
		return (false);
	memcpy(copy, s, len);
	copy[len] = '\0';
	/* An integer beyond 64 bits is a real number. */
	*real_r = *real_r || !value_fits(s, len);
	*n_r = *real_r ? 0 : query_value_cast(s, len);
	*d_r = strtod(copy, NULL);
	return (true);
}

/* --- spans ------------------------------------------------------------- */

static int64_t
value_unit(char c)
{
	switch (c) {
	case 'd':
		return (DAY);
	case 'h':
		return (3600);
	case 'm':
		return (60);
	case 's':
		return (1);
	default:
		return (0);
	}
}

static int64_t
value_digits(const char *s, size_t len)
{
	int64_t n = 0;

	for (; len > 0 && n <= QUERY_SPAN; s++, len--)
		n = n * 10 + (*s - '0');
	return (n > QUERY_SPAN ? QUERY_SPAN : n);
}

static bool
value_word(char c)
{
	return (value_digit(c) || c == '_' || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || (c & 0x80));
}

int
query_value_span(const char *s, size_t len, int64_t *seconds_r)
{
	int64_t unit, sum = 0;
	size_t i, run;

	for (run = 0; run < len && value_digit(s[run]); run++)
		continue;
	if (run == 0)
		return (0);
	*seconds_r = value_digits(s, run);
	if (run == len)
		return (1);
	if (value_unit(s[run]) == 0)
		return (0);
	/*
	 * From here on every number with a letter behind it counts; the last
	 * digit stands for the letter where none follows.
	 */
	for (i = 0; i < len; i = run + 1) {
		for (run = i; run < len && value_digit(s[run]); run++)
			continue;
		if (run == len || !value_word(s[run]))
			run -= run > i;
		if (run == i)
			continue;
		unit = value_unit(s[run]);
		if (unit == 0)
			return (-1);
		sum += value_digits(s + i, run - i) * unit;
		if (sum > QUERY_SPAN)
			sum = QUERY_SPAN;
	}
	*seconds_r = sum;
	return (1);
}

/* --- dates ------------------------------------------------------------- */

struct moment {
	int64_t mo_year, mo_month, mo_day, mo_hour, mo_minute, mo_second;
	int64_t mo_micro;
};

/* A text read from its front. */
struct cursor {
	const char *c_p, *c_end;
};

/* A number of lo to hi digits. */
static bool
value_take(struct cursor *c, int lo, int hi, int64_t *n_r)
{
	int i;

	*n_r = 0;
	for (i = 0; i < hi && c->c_p < c->c_end && value_digit(*c->c_p); i++)
		*n_r = *n_r * 10 + (*c->c_p++ - '0');
	return (i >= lo);
}

static bool
value_skip(struct cursor *c, char want)
{
	if (c->c_p == c->c_end || *c->c_p != want)
		return (false);
	c->c_p++;
	return (true);
}

/* Days since the epoch, also of a day that the month does not have. */
static int64_t
value_days(int64_t year, int64_t month, int64_t day)
{
	int64_t era, y, shifted;

	/* Years that begin in March have their odd day last. */
	y = month <= 2 ? year - 1 : year;
	shifted = month <= 2 ? month + 9 : month - 3;
	era = (y >= 0 ? y : y - 399) / 400;
	y -= era * 400;
	return (era * 146097 + y * 365 + y / 4 - y / 100 +
	    (153 * shifted + 2) / 5 + day - 1 - 719468);
}

static int64_t
value_epoch(const struct moment *m)
{
	return (value_days(m->mo_year, m->mo_month, m->mo_day) * DAY +
	    m->mo_hour * 3600 + m->mo_minute * 60 + m->mo_second);
}

static bool
value_calendar(const struct moment *m)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	bool leap;

	leap = (m->mo_year % 4 == 0 && m->mo_year % 100 != 0) ||
	    m->mo_year % 400 == 0;
	return (m->mo_year >= 1 && m->mo_month >= 1 && m->mo_month <= 12 &&
	    m->mo_day >= 1 &&
	    m->mo_day <= length[m->mo_month - 1] + (m->mo_month == 2 && leap) &&
	    m->mo_hour <= 23 && m->mo_minute <= 59 && m->mo_second <= 59);
}

/* "YYYY-M-D" and how many digits month and day may lack. */
static bool
value_ymd(struct cursor *c, struct moment *m, int lo)
{
	return (value_take(c, 4, 4, &m->mo_year) && value_skip(c, '-') &&
	    value_take(c, lo, 2, &m->mo_month) && value_skip(c, '-') &&
	    value_take(c, lo, 2, &m->mo_day));
}

static bool
value_hms(struct cursor *c, struct moment *m, int lo)
{
	return (value_take(c, lo, 2, &m->mo_hour) && value_skip(c, ':') &&
	    value_take(c, lo, 2, &m->mo_minute) && value_skip(c, ':') &&
	    value_take(c, lo, 2, &m->mo_second));
}

/* What may follow the seconds of the form with a T. */
static bool
value_zulu(struct cursor *c, struct moment *m)
{
	const char *start;
	size_t n;

	if (value_skip(c, '.')) {
		start = c->c_p;
		if (!value_take(c, 1, 6, &m->mo_micro))
			return (false);
		for (n = (size_t)(c->c_p - start); n < 6; n++)
			m->mo_micro *= 10;
	}
	return (value_skip(c, 'Z'));
}

bool
query_value_date(const char *s, size_t len, int64_t *micros_r)
{
	struct cursor c = { s, s + len };
	struct moment m = { 0 };

	if (!value_ymd(&c, &m, 1))
		return (false);
	if (c.c_p < c.c_end) {
		if (value_skip(&c, 'T')) {
			if (!value_hms(&c, &m, 1) || !value_zulu(&c, &m))
				return (false);
		} else {
			if (!value_blank(*c.c_p))
				return (false);
			while (c.c_p < c.c_end && value_blank(*c.c_p))
				c.c_p++;
			if (!value_hms(&c, &m, 1))
				return (false);
		}
	}
	if (c.c_p != c.c_end || !value_calendar(&m))
		return (false);
	*micros_r = value_epoch(&m) * MICRO + m.mo_micro;
	return (true);
}

bool
query_value_day(const char *s, size_t len, int64_t *epoch_r, bool *unknown_r)
{
	struct cursor c = { s, s + len };
	struct moment m = { 0 };

	if (!value_ymd(&c, &m, 2))
		return (false);
	if (c.c_p < c.c_end) {
		if (!value_skip(&c, ' ') && !value_skip(&c, 'T'))
			return (false);
		if (!value_hms(&c, &m, 2))
			return (false);
		/* A part of a second is below what columns hold. */
		if (value_skip(&c, '.') && !value_take(&c, 1, 18, &m.mo_micro))
			return (false);
		value_skip(&c, 'Z');
	}
	if (c.c_p != c.c_end)
		return (false);
	*unknown_r = m.mo_month < 1 || m.mo_month > 12 || m.mo_day < 1 ||
	    m.mo_day > 31 || m.mo_hour > 24 || m.mo_minute > 59 ||
	    m.mo_second > 59;
	*epoch_r = *unknown_r ? 0 : value_epoch(&m);
	return (true);
}
