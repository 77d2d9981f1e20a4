/* SPDX-License-Identifier: ISC */
/*
 * A streaming JSON writer: see jsonw.h. The layout is that of Python's
 * json.dumps() with ensure_ascii, and with indent=3 where pretty: clients
 * compare texts, so white space and the spelling of numbers are part of it.
 */
#include <sys/types.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"

#define JSON_INDENT 3
#define JSON_EACH   UINT64_C(0x0101010101010101) /* times a byte: all eight */
#define JSON_DIGITS 17 /* digits that tell any two doubles apart */

void
jsonw_init(struct jsonw *j, struct buf *out, bool pretty)
{
	memset(j, 0, sizeof(*j));
	j->j_out = out;
	j->j_pretty = pretty;
}

static void
jsonw_newline(struct jsonw *j)
{
	unsigned int i;

	buf_addc(j->j_out, '\n');
	for (i = 0; i < j->j_depth * JSON_INDENT; i++)
		buf_addc(j->j_out, ' ');
}

/*
 * Write what parts this token from the one before it, and make room for the n
 * bytes of the token: see buf_room(). Lists are long and tokens short, so both
 * are reserved at once.
 */
static uint8_t *
jsonw_token(struct jsonw *j, size_t n)
{
	uint8_t *p;
	bool first;

	if (j->j_key) {
		j->j_key = false;
		return (buf_room(j->j_out, n));
	}
	if (j->j_depth == 0 || j->j_depth > JSONW_DEPTH)
		return (buf_room(j->j_out, n));
	first = j->j_first[j->j_depth - 1];
	j->j_first[j->j_depth - 1] = false;
	if (j->j_pretty) {
		if (!first)
			buf_addc(j->j_out, ',');
		jsonw_newline(j);
		return (buf_room(j->j_out, n));
	}
	if (first)
		return (buf_room(j->j_out, n));
	p = buf_room(j->j_out, n + 2);
	if (p == NULL)
		return (NULL);
	p[0] = ',';
	p[1] = ' ';
	j->j_out->b_len += 2;
	return (p + 2);
}

/* A token that stands as it is. */
static void
jsonw_put(struct jsonw *j, const void *text, size_t len)
{
	uint8_t *p = jsonw_token(j, len);

	if (p == NULL || len == 0)
		return;
	memcpy(p, text, len);
	j->j_out->b_len += len;
}

/* Too deep is counted all the same, so that the ends still find their level. */
static void
jsonw_open(struct jsonw *j, char c)
{
	jsonw_put(j, &c, 1);
	if (j->j_depth < JSONW_DEPTH)
		j->j_first[j->j_depth] = true;
	else
		j->j_out->b_failed = true;
	j->j_depth++;
}

static void
jsonw_close(struct jsonw *j, char c)
{
	if (j->j_depth == 0) {
		j->j_out->b_failed = true;
		return;
	}
	j->j_depth--;
	if (j->j_pretty && j->j_depth < JSONW_DEPTH && !j->j_first[j->j_depth])
		jsonw_newline(j);
	buf_addc(j->j_out, c);
}

void
jsonw_object(struct jsonw *j)
{
	jsonw_open(j, '{');
}

void
jsonw_object_end(struct jsonw *j)
{
	jsonw_close(j, '}');
}

void
jsonw_array(struct jsonw *j)
{
	jsonw_open(j, '[');
}

void
jsonw_array_end(struct jsonw *j)
{
	jsonw_close(j, ']');
}

void
jsonw_key(struct jsonw *j, const char *key)
{
	jsonw_str(j, key);
	buf_addz(j->j_out, ": ");
	j->j_key = true;
}

void
jsonw_keyraw(struct jsonw *j, const char *text, size_t len)
{
	jsonw_put(j, text, len);
	j->j_key = true;
}

/* Bytes of the sequence that a lead byte starts, and what it carries. */
static size_t
jsonw_lead(uint8_t c, uint32_t *cp_r)
{
	if (c >= 0xc2 && c <= 0xdf) {
		*cp_r = c & 0x1f;
		return (2);
	}
	if ((c & 0xf0) == 0xe0) {
		*cp_r = c & 0x0f;
		return (3);
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*cp_r = c & 0x07;
		return (4);
	}
	return (0);
}

/*
 * The code point of the UTF-8 sequence (RFC 3629) at p, of which len bytes are
 * there. Returns its length; 1 and U+FFFD for a byte that starts none.
 */
static size_t
jsonw_decode(const uint8_t *p, size_t len, uint32_t *cp_r)
{
	uint32_t cp;
	size_t i, n;

	n = jsonw_lead(p[0], &cp);
	if (n == 0 || n > len)
		goto bad;
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			goto bad;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	/* Longer than need be, a surrogate, or beyond the last plane. */
	if ((n == 3 && cp < 0x800) || (n == 4 && cp < 0x10000) ||
	    (cp >= 0xd800 && cp <= 0xdfff) || cp > 0x10ffff)
		goto bad;
	*cp_r = cp;
	return (n);
bad:
	*cp_r = 0xfffd;
	return (1);
}

static void
jsonw_u(struct buf *out, uint32_t unit)
{
	static const char hex[] = "0123456789abcdef";
	char s[6];

	s[0] = '\\';
	s[1] = 'u';
	s[2] = hex[unit >> 12 & 0xf];
	s[3] = hex[unit >> 8 & 0xf];
	s[4] = hex[unit >> 4 & 0xf];
	s[5] = hex[unit & 0xf];
	buf_add(out, s, sizeof(s));
}

static void
jsonw_escape(struct buf *out, uint32_t cp)
{
	static const char from[] = "\"\\\n\r\t\f\b";
	static const char to[] = "\"\\nrtfb";
	const char *p;

	p = cp != 0 && cp < 0x80 ? strchr(from, (int)cp) : NULL;
	if (p != NULL) {
		buf_addc(out, '\\');
		buf_addc(out, to[p - from]);
	} else if (cp < 0x10000) {
		jsonw_u(out, cp);
	} else {
		cp -= 0x10000;
		jsonw_u(out, 0xd800 + (cp >> 10));
		jsonw_u(out, 0xdc00 + (cp & 0x3ff));
	}
}

static bool
jsonw_plain(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f && c != '"' && c != '\\');
}

/*
 * Not 0 where one of eight bytes wants an escape: those with the high bit, DEL,
 * which one more gives that bit, and those that borrow it when something is
 * taken off: controls, and '"' and '\\' made 0.
 */
static uint64_t
jsonw_dirty(uint64_t w)
{
	uint64_t quote = w ^ JSON_EACH * '"', back = w ^ JSON_EACH * '\\';

	return ((w | (w + JSON_EACH) | (w - JSON_EACH * 0x20) |
	            (quote - JSON_EACH) | (back - JSON_EACH)) &
	    JSON_EACH * 0x80);
}

/* Copy up to the first byte that wants an escape; how many these are. */
static size_t
jsonw_copy(uint8_t *out, const uint8_t *s, size_t len)
{
	uint64_t w;
	size_t i;

	for (i = 0; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s + i, sizeof(w));
		if (jsonw_dirty(w) != 0)
			break;
		memcpy(out + i, &w, sizeof(w));
	}
	for (; i < len && jsonw_plain(s[i]); i++)
		out[i] = s[i];
	return (i);
}

/* The rest of a text from a byte on that wants an escape. */
static void
jsonw_rest(struct buf *out, const uint8_t *s, size_t len)
{
	uint32_t cp;
	uint8_t *p;
	size_t i, n;

	for (i = 0; i < len;) {
		if (s[i] < 0x80)
			cp = s[i++];
		else
			i += jsonw_decode(s + i, len - i, &cp);
		jsonw_escape(out, cp);
		p = buf_room(out, len - i);
		if (p == NULL)
			return;
		n = jsonw_copy(p, s + i, len - i);
		out->b_len += n;
		i += n;
	}
	buf_addc(out, '"');
}

void
jsonw_strn(struct jsonw *j, const char *s, size_t len)
{
	const uint8_t *u = (const uint8_t *)s;
	uint8_t *p;
	size_t n;

	/* Mostly nothing wants an escape, and this is all of it. */
	p = jsonw_token(j, len + 2);
	if (p == NULL)
		return;
	*p++ = '"';
	n = jsonw_copy(p, u, len);
	j->j_out->b_len += n + 1;
	if (n == len) {
		p[n] = '"';
		j->j_out->b_len++;
	} else
		jsonw_rest(j->j_out, u + n, len - n);
}

void
jsonw_str(struct jsonw *j, const char *s)
{
	jsonw_strn(j, s, strlen(s));
}

static void
jsonw_digits(struct jsonw *j, bool minus, uint64_t v)
{
	char s[24];
	size_t i = sizeof(s);

	do {
		s[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	if (minus)
		s[--i] = '-';
	jsonw_put(j, s + i, sizeof(s) - i);
}

void
jsonw_int(struct jsonw *j, int64_t v)
{
	/* Negated as unsigned: INT64_MIN has no positive twin. */
	jsonw_digits(j, v < 0, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void
jsonw_uint(struct jsonw *j, uint64_t v)
{
	jsonw_digits(j, false, v);
}

void
jsonw_bool(struct jsonw *j, bool v)
{
	jsonw_put(j, v ? "true" : "false", v ? 4 : 5);
}

void
jsonw_null(struct jsonw *j)
{
	jsonw_put(j, "null", 4);
}

void
jsonw_raw(struct jsonw *j, const char *text, size_t len)
{
	jsonw_put(j, text, len);
}

/* A positive finite number as decimal digits: d.ddd times ten to the exp. */
struct jsonw_decimal {
	char jd_digits[JSON_DIGITS + 1];
	int jd_exp;
};

/* v rounded to n digits. */
static void
jsonw_round(struct jsonw_decimal *d, double v, int n)
{
	char s[64];
	size_t len = 0;
	char *p;

	snprintf(s, sizeof(s), "%.*e", n - 1, v);
	for (p = s; *p != 'e' && *p != '\0'; p++)
		if (*p != '.' && len < JSON_DIGITS)
			d->jd_digits[len++] = *p;
	d->jd_digits[len] = '\0';
	d->jd_exp = *p == 'e' ? (int)strtol(p + 1, NULL, 10) : 0;
}

static double
jsonw_value(const struct jsonw_decimal *d)
{
	char s[64];

	snprintf(s, sizeof(s), "%c.%se%d", d->jd_digits[0], d->jd_digits + 1,
	    d->jd_exp);
	return (strtod(s, NULL));
}

/* The next larger decimal of as many digits; false on a carry out of it. */
static bool
jsonw_up(struct jsonw_decimal *d)
{
	size_t i;

	for (i = strlen(d->jd_digits); i-- > 0;) {
		if (d->jd_digits[i] != '9') {
			d->jd_digits[i]++;
			return (true);
		}
		d->jd_digits[i] = '0';
	}
	return (false);
}

/*
 * The shortest digits that read back as v. Below a power of two doubles lie
 * closer together than above it, so there the nearest decimal may miss v while
 * the next one up, though farther away, still belongs to it.
 */
static void
jsonw_shortest(struct jsonw_decimal *d, double v)
{
	int n, unused;
	bool two;

	two = frexp(v, &unused) == 0.5;
	/* 15 digits always survive, so most numbers are done in one step. */
	jsonw_round(d, v, 15);
	if (jsonw_value(d) == v && isnormal(v)) {
		for (n = 14; n > 0 && d->jd_digits[n] == '0'; n--)
			d->jd_digits[n] = '\0';
		return;
	}
	for (n = isnormal(v) ? 16 : 1; n < JSON_DIGITS; n++) {
		jsonw_round(d, v, n);
		if (jsonw_value(d) == v)
			return;
		if (two && jsonw_up(d) && jsonw_value(d) == v)
			return;
	}
	jsonw_round(d, v, JSON_DIGITS);
}

/* Python's repr(): plain from 1e-4 up to 1e16, else with an exponent. */
static void
jsonw_decimal(struct buf *out, const struct jsonw_decimal *d)
{
	int i, n = (int)strlen(d->jd_digits);

	if (d->jd_exp < -4 || d->jd_exp >= 16) {
		buf_addc(out, d->jd_digits[0]);
		if (n > 1)
			buf_addf(out, ".%s", d->jd_digits + 1);
		buf_addf(
		    out, "e%c%02d", d->jd_exp < 0 ? '-' : '+', abs(d->jd_exp));
		return;
	}
	if (d->jd_exp < 0) {
		buf_addz(out, "0.");
		for (i = -1; i > d->jd_exp; i--)
			buf_addc(out, '0');
		buf_addz(out, d->jd_digits);
		return;
	}
	for (i = 0; i <= d->jd_exp; i++)
		buf_addc(out, i < n ? d->jd_digits[i] : '0');
	buf_addf(out, ".%s", i < n ? d->jd_digits + i : "0");
}

void
jsonw_double(struct jsonw *j, double v)
{
	struct jsonw_decimal d;

	if (!isfinite(v)) {
		jsonw_null(j);
		return;
	}
	jsonw_put(j, NULL, 0);
	if (signbit(v))
		buf_addc(j->j_out, '-');
	if (v == 0) {
		buf_addz(j->j_out, "0.0");
		return;
	}
	jsonw_shortest(&d, fabs(v));
	jsonw_decimal(j->j_out, &d);
}
