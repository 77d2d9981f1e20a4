/* SPDX-License-Identifier: ISC */
/*
 * Query strings and paths to arguments: see params_decode.h. Coercion is what
 * facts/api/validators.md section 3 says of the original: int(), float() and
 * true or false in any case.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/params_decode.h"
#include "common/params_private.h"

#define NUMBER_MAX 64 /* bytes of a number with a point */

int
params_bad(struct decode *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->d_why, d->d_whylen, fmt, ap);
	va_end(ap);
	return (PARAMS_BAD);
}

static int
decode_toobig(struct decode *d)
{
	params_bad(d, "The arguments are too many or too long");
	return (PARAMS_TOOBIG);
}

int
params_shown(const char *name, size_t len)
{
	if (len <= DECODE_NAME)
		return ((int)len);
	for (len = DECODE_NAME; len > 0; len--)
		if (((unsigned char)name[len] & 0xc0) != 0x80)
			break;
	return ((int)len);
}

/* Where a text of the old arena stands in the new one. */
static const char *
moved(const char *s, uintptr_t old, const struct buf *arena)
{
	uintptr_t at = (uintptr_t)s;

	if (at < old || at >= old + arena->b_len)
		return (s);
	return ((const char *)arena->b_data + (at - old));
}

char *
params_room(struct decode *d, size_t n)
{
	struct args *as = d->d_args;
	struct arg *a;
	uintptr_t old;
	uint8_t *room;
	size_t i;

	old = (uintptr_t)d->d_arena->b_data;
	room = buf_room(d->d_arena, n);
	if (room == NULL) {
		decode_toobig(d);
		return (NULL);
	}
	if (old == 0 || old == (uintptr_t)d->d_arena->b_data)
		return ((char *)room);
	for (i = 0; i < as->as_pooln; i++)
		as->as_pool[i] = moved(as->as_pool[i], old, d->d_arena);
	for (i = 0; i < as->as_n; i++) {
		a = &as->as_v[i];
		if (!a->a_null && param_is_text(params[a->a_param].p_type))
			a->a.str.s = moved(a->a.str.s, old, d->d_arena);
	}
	return ((char *)room);
}

char *
params_copy(struct decode *d, const char *text, size_t len)
{
	char *s;

	s = params_room(d, len + 1);
	if (s == NULL)
		return (NULL);
	if (len != 0)
		memcpy(s, text, len);
	s[len] = '\0';
	d->d_arena->b_len += len + 1;
	return (s);
}

const char **
params_items(struct decode *d, size_t n)
{
	const char **v;

	v = args_room(d->d_args, n);
	if (v == NULL)
		decode_toobig(d);
	return (v);
}

int
params_add(struct decode *d, const struct arg *a)
{
	if (d->d_args->as_n == ARGS_MAX)
		return (decode_toobig(d));
	if (params_arg(&params[a->a_param], a, d->d_why, d->d_whylen) == -1)
		return (PARAMS_BAD);
	d->d_args->as_v[d->d_args->as_n++] = *a;
	return (PARAMS_OK);
}

/* --- coercion ---------------------------------------------------------- */

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* Take off the blanks that Python's number makers do not mind. */
static void
strip(const char **s, size_t *len)
{
	while (*len > 0 && strchr(" \t\n\v\f\r", **s) != NULL) {
		(*s)++;
		(*len)--;
	}
	while (*len > 0 && strchr(" \t\n\v\f\r", (*s)[*len - 1]) != NULL)
		(*len)--;
}

int
params_integer(struct decode *d, const struct param *p, const char *s,
    size_t len, int64_t *v_r)
{
	uint64_t v = 0, most;
	size_t i;
	bool neg, over = false;

	strip(&s, &len);
	neg = len > 0 && s[0] == '-';
	if (len > 0 && (s[0] == '-' || s[0] == '+')) {
		s++;
		len--;
	}
	most = (uint64_t)INT64_MAX + neg;
	for (i = 0; i < len; i++) {
		if (s[i] == '_' && i > 0 && i + 1 < len && s[i - 1] != '_')
			continue;
		if (!is_digit(s[i]))
			break;
		if (v > (most - (uint64_t)(s[i] - '0')) / 10)
			over = true;
		else
			v = v * 10 + (uint64_t)(s[i] - '0');
	}
	if (len == 0 || i < len)
		return (
		    params_bad(d, "'%s' is not of type 'integer'", p->p_name));
	if (over)
		return (params_bad(d, "'%s' is out of range", p->p_name));
	*v_r = neg ? (int64_t)(0 - v) : (int64_t)v;
	return (PARAMS_OK);
}

/* Python's float(), without its names for infinities and for no number. */
static int
coerce_number(struct decode *d, const struct param *p, const char *s,
    size_t len, double *v_r)
{
	char text[NUMBER_MAX], *end;
	size_t i, n = 0;
	bool good;

	strip(&s, &len);
	good = len > 0 && len < sizeof(text);
	for (i = 0; good && i < len; i++) {
		if (s[i] == '_')
			good = i > 0 && is_digit(s[i - 1]) && i + 1 < len &&
			    is_digit(s[i + 1]);
		else if (is_digit(s[i]) || strchr("+-.eE", s[i]) != NULL)
			text[n++] = s[i];
		else
			good = false;
	}
	if (good) {
		text[n] = '\0';
		*v_r = strtod(text, &end);
		good = end == text + n;
	}
	if (!good)
		return (
		    params_bad(d, "'%s' is not of type 'number'", p->p_name));
	return (PARAMS_OK);
}

static int
coerce_boolean(struct decode *d, const struct param *p, const char *s,
    size_t len, bool *v_r)
{
	if (len == 4 && strncasecmp(s, "true", 4) == 0)
		*v_r = true;
	else if (len == 5 && strncasecmp(s, "false", 5) == 0)
		*v_r = false;
	else
		return (
		    params_bad(d, "'%s' is not of type 'boolean'", p->p_name));
	return (PARAMS_OK);
}

/* As the parameter wants it; the values that are lower-cased are ASCII. */
static char
cased(const struct param *p, char c)
{
	if ((p->p_flags & PMF_LOWER) && c >= 'A' && c <= 'Z')
		return ((char)(c - 'A' + 'a'));
	return (c);
}

/* --- query and path ---------------------------------------------------- */

static bool
pair_names(const struct params_pair *pair, const struct param *p)
{
	return (strlen(p->p_name) == pair->pp_namelen &&
	    memcmp(p->p_name, pair->pp_name, pair->pp_namelen) == 0);
}

static int
decode_scalar(struct decode *d, uint16_t id, const struct params_pair *pair)
{
	const struct param *p = &params[id];
	const char *s = pair->pp_value;
	size_t len = pair->pp_valuelen;
	struct arg a = { .a_param = id };
	char *copy;
	int rv = PARAMS_OK;

	switch (p->p_type) {
	case PT_INTEGER:
		rv = params_integer(d, p, s, len, &a.a.i);
		break;
	case PT_NUMBER:
		rv = coerce_number(d, p, s, len, &a.a.d);
		break;
	case PT_BOOLEAN:
		rv = coerce_boolean(d, p, s, len, &a.a.b);
		break;
	default:
		copy = params_copy(d, s, len);
		if (copy == NULL)
			return (PARAMS_TOOBIG);
		a.a.str.s = copy;
		a.a.str.len = len;
		for (; *copy != '\0'; copy++)
			*copy = cased(p, *copy);
		break;
	}
	return (rv == PARAMS_OK ? params_add(d, &a) : rv);
}

/*
 * Each item as the text of its number, written over what was sent, which is
 * never shorter.
 */
static int
decode_integers(
    struct decode *d, const struct param *p, char *text, size_t items)
{
	char digits[DECODE_INTEGER];
	int64_t v;
	size_t n;
	int rv;

	for (; items > 0; items--) {
		n = strlen(text);
		rv = params_integer(d, p, text, n, &v);
		if (rv != PARAMS_OK)
			return (rv);
		snprintf(digits, sizeof(digits), "%" PRId64, v);
		memcpy(text, digits, strlen(digits) + 1);
		text += n + 1;
	}
	return (PARAMS_OK);
}

/* Repeated keys are joined with ',' and the whole is split again. */
static int
decode_list(
    struct decode *d, uint16_t id, const struct params_pair *pairs, size_t n)
{
	const struct param *p = &params[id];
	struct arg a = { .a_param = id };
	size_t i, j, text = 0, items = 0;
	const char **v;
	char *s, *start;
	int rv;

	for (i = 0; i < n; i++) {
		if (!pair_names(&pairs[i], p))
			continue;
		text += pairs[i].pp_valuelen + 1;
		items++;
		for (j = 0; j < pairs[i].pp_valuelen; j++)
			items += pairs[i].pp_value[j] == ',';
	}
	start = s = params_room(d, text);
	v = s == NULL ? NULL : params_items(d, items);
	if (v == NULL)
		return (PARAMS_TOOBIG);
	a.a.list.v = v;
	a.a.list.n = items;
	d->d_args->as_pooln += items;
	d->d_arena->b_len += text;
	for (i = 0; i < n; i++) {
		if (!pair_names(&pairs[i], p))
			continue;
		*v++ = s;
		for (j = 0; j < pairs[i].pp_valuelen; j++, s++) {
			*s = cased(p, pairs[i].pp_value[j]);
			if (*s == ',') {
				*s = '\0';
				*v++ = s + 1;
			}
		}
		*s++ = '\0';
	}
	if (p->p_type == PT_INTEGERS) {
		rv = decode_integers(d, p, start, items);
		if (rv != PARAMS_OK)
			return (rv);
	}
	return (params_add(d, &a));
}

/* The parameters of one place, in the row's order. */
static int
decode_pairs(struct decode *d, enum param_in in,
    const struct params_pair *pairs, size_t n)
{
	const struct params_pair *last;
	const struct param *p;
	size_t i, j;
	int rv;

	for (j = 0; j < d->d_row->r_nparams; j++) {
		p = &params[d->d_row->r_params[j]];
		if (p->p_in != in)
			continue;
		last = NULL;
		for (i = 0; i < n; i++)
			if (pair_names(&pairs[i], p))
				last = &pairs[i];
		if (last == NULL) {
			if (p->p_flags & PMF_REQUIRED)
				return (params_bad(d,
				    "Missing %s parameter "
				    "'%s'",
				    in == PIN_PATH ? "path" : "query",
				    p->p_name));
			continue;
		}
		if (param_is_list(p->p_type))
			rv = decode_list(d, d->d_row->r_params[j], pairs, n);
		else
			rv = decode_scalar(d, d->d_row->r_params[j], last);
		if (rv != PARAMS_OK)
			return (rv);
	}
	return (PARAMS_OK);
}

/* A NUL would end a value before its end. */
static int
decode_clean(struct decode *d, const struct params_pair *pairs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (memchr(pairs[i].pp_value, '\0', pairs[i].pp_valuelen))
			return (params_bad(d, "A parameter holds a NUL"));
	return (PARAMS_OK);
}

static bool
row_has(const struct row *row, const struct params_pair *pair)
{
	const struct param *p;
	size_t i;

	for (i = 0; i < row->r_nparams; i++) {
		p = &params[row->r_params[i]];
		if (p->p_in == PIN_QUERY && pair_names(pair, p))
			return (true);
	}
	return (false);
}

/* Name what the row does not know, each once, and not for ever. */
static int
decode_unknown(struct decode *d, const struct params_pair *pairs, size_t n)
{
	const struct params_pair *bad[DECODE_NAMES];
	char names[DECODE_TEXT];
	size_t i, j, nbad = 0, used = 0;

	for (i = 0; i < n && nbad < DECODE_NAMES; i++) {
		if (row_has(d->d_row, &pairs[i]))
			continue;
		for (j = 0; j < nbad; j++)
			if (bad[j]->pp_namelen == pairs[i].pp_namelen &&
			    memcmp(bad[j]->pp_name, pairs[i].pp_name,
			        pairs[i].pp_namelen) == 0)
				break;
		if (j < nbad)
			continue;
		bad[nbad++] = &pairs[i];
		used += (size_t)snprintf(names + used, sizeof(names) - used,
		    "%s%.*s", nbad == 1 ? "" : ",",
		    params_shown(pairs[i].pp_name, pairs[i].pp_namelen),
		    pairs[i].pp_name);
	}
	if (nbad == 0)
		return (PARAMS_OK);
	return (
	    params_bad(d, "Extra query parameter(s) %s not in spec", names));
}

int
params_query(const struct row *row, const struct params_pair *pairs, size_t n,
    struct args *as, struct buf *arena, char *why, size_t whylen)
{
	struct decode d = { row, as, arena, why, whylen };
	int rv;

	rv = decode_unknown(&d, pairs, n);
	if (rv == PARAMS_OK)
		rv = decode_clean(&d, pairs, n);
	if (rv == PARAMS_OK)
		rv = decode_pairs(&d, PIN_QUERY, pairs, n);
	return (rv);
}

int
params_path(const struct row *row, const struct params_pair *pairs, size_t n,
    struct args *as, struct buf *arena, char *why, size_t whylen)
{
	struct decode d = { row, as, arena, why, whylen };
	int rv;

	rv = decode_clean(&d, pairs, n);
	if (rv == PARAMS_OK)
		rv = decode_pairs(&d, PIN_PATH, pairs, n);
	return (rv);
}
