/* SPDX-License-Identifier: ISC */
/* The check of arguments against the endpoint table: see params.h. */
#include <sys/types.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/params.h"

#define INT64_TEXT 24 /* bytes of a 64-bit number in decimal */

/* The texts hold names and limits, never what the client sent. */
static int
bad_enum(const struct param *p, char *why, size_t whylen)
{
	const char *const *e;
	size_t used;
	int n;

	n = snprintf(why, whylen, "'%s' is not one of its values:", p->p_name);
	for (e = p->p_enum; *e != NULL && n >= 0; e++) {
		used = strlen(why);
		n = snprintf(why + used, whylen - used, "%s %s",
		    e == p->p_enum ? "" : ",", *e);
	}
	return (-1);
}

static int
check_text(
    const struct param *p, const char *s, size_t len, char *why, size_t whylen)
{
	const char *const *e;
	ssize_t chars;

	chars = params_utf8(s, len);
	if (chars == -1) {
		snprintf(why, whylen, "'%s' is not UTF-8 text", p->p_name);
		return (-1);
	}
	if (p->p_enum != NULL) {
		for (e = p->p_enum; *e != NULL; e++)
			if (strlen(*e) == len && memcmp(*e, s, len) == 0)
				break;
		if (*e == NULL)
			return (bad_enum(p, why, whylen));
	}
	if (p->p_format != PF_NONE &&
	    params_format(p->p_format, s, len) == -1) {
		snprintf(why, whylen, "'%s' is not in the format '%s'",
		    p->p_name, p->p_format_name);
		return (-1);
	}
	if ((p->p_flags & PMF_MIN) && chars < p->p_min) {
		snprintf(why, whylen,
		    "'%s' is too short, it has at least %" PRId64 " characters",
		    p->p_name, p->p_min);
		return (-1);
	}
	if ((p->p_flags & PMF_MAX) && chars > p->p_max) {
		snprintf(why, whylen,
		    "'%s' is too long, it has at most %" PRId64 " characters",
		    p->p_name, p->p_max);
		return (-1);
	}
	return (0);
}

/* low and high: on which side of its bounds a number is. */
static int
check_bounds(
    const struct param *p, bool low, bool high, char *why, size_t whylen)
{
	if ((p->p_flags & PMF_MIN) && low) {
		snprintf(why, whylen, "'%s' must be at least %" PRId64,
		    p->p_name, p->p_min);
		return (-1);
	}
	if ((p->p_flags & PMF_MAX) && high) {
		snprintf(why, whylen, "'%s' must be at most %" PRId64,
		    p->p_name, p->p_max);
		return (-1);
	}
	return (0);
}

/* An item of PT_INTEGERS: the one text that its number has. */
static int
check_integer(const struct param *p, const char *s, char *why, size_t whylen)
{
	char text[INT64_TEXT], *end;
	int64_t v;

	errno = 0;
	v = strtoll(s, &end, 10);
	snprintf(text, sizeof(text), "%" PRId64, v);
	if (errno != 0 || strcmp(text, s) != 0) {
		snprintf(why, whylen, "an item of '%s' is not an integer",
		    p->p_name);
		return (-1);
	}
	return (check_bounds(p, v<p->p_min, v> p->p_max, why, whylen));
}

static int
check_list(const struct param *p, const struct arg *a, char *why, size_t whylen)
{
	const char *s;
	size_t i;

	if (a->a.list.n < (size_t)p->p_minitems) {
		snprintf(why, whylen, "'%s' has too few items", p->p_name);
		return (-1);
	}
	if (p->p_maxitems != 0 && a->a.list.n > (size_t)p->p_maxitems) {
		snprintf(why, whylen, "'%s' has too many items", p->p_name);
		return (-1);
	}
	for (i = 0; i < a->a.list.n; i++) {
		s = a->a.list.v[i];
		if ((p->p_type == PT_INTEGERS ?
		            check_integer(p, s, why, whylen) :
		            check_text(p, s, strlen(s), why, whylen)) == -1)
			return (-1);
	}
	return (0);
}

int
params_arg(const struct param *p, const struct arg *a, char *why, size_t whylen)
{
	if (a->a_null) {
		if (!(p->p_flags & PMF_REQUIRED))
			return (0);
		snprintf(why, whylen, "'%s' must not be null", p->p_name);
		return (-1);
	}
	switch (p->p_type) {
	case PT_STRING:
		return (check_text(p, a->a.str.s, a->a.str.len, why, whylen));
	case PT_STRINGS:
	case PT_INTEGERS:
		return (check_list(p, a, why, whylen));
	case PT_INTEGER:
		return (check_bounds(
		    p, a->a.i<p->p_min, a->a.i> p->p_max, why, whylen));
	case PT_NUMBER:
		if (!isfinite(a->a.d)) {
			snprintf(
			    why, whylen, "'%s' is not a number", p->p_name);
			return (-1);
		}
		return (check_bounds(p,
		    a->a.d<(double)p->p_min, a->a.d>(double) p->p_max, why,
		    whylen));
	case PT_BOOLEAN:
	case PT_RAW:
	case PT_OBJECT:
		break;
	}
	return (0);
}

/* How many arguments are members of p, or SIZE_MAX if p is none of them. */
static size_t
count_members(const struct args *as, const char *name)
{
	const struct param *p;
	bool there = false;
	size_t i, n = 0;

	for (i = 0; i < as->as_n; i++) {
		p = &params[as->as_v[i].a_param];
		if (p->p_type == PT_OBJECT && !as->as_v[i].a_null &&
		    strcmp(p->p_name, name) == 0)
			there = true;
		n += p->p_parent != NULL && strcmp(p->p_parent, name) == 0;
	}
	return (there ? n : SIZE_MAX);
}

/* What no argument shows alone: is it there, and where it should be? */
static int
check_place(const struct param *p, bool there, const struct args *as, char *why,
    size_t whylen)
{
	bool within;

	within =
	    p->p_parent == NULL || count_members(as, p->p_parent) != SIZE_MAX;
	if (there && !within) {
		snprintf(why, whylen, "'%s' stands without '%s'", p->p_name,
		    p->p_parent);
		return (-1);
	}
	if (!there && within && (p->p_flags & PMF_REQUIRED)) {
		snprintf(why, whylen, "'%s' is required", p->p_name);
		return (-1);
	}
	if (there && p->p_type == PT_OBJECT &&
	    count_members(as, p->p_name) < (size_t)p->p_minitems) {
		snprintf(why, whylen, "'%s' has too few members", p->p_name);
		return (-1);
	}
	return (0);
}

int
params_check(
    const struct row *row, const struct args *as, char *why, size_t whylen)
{
	bool there[ARGS_MAX] = { false };
	const struct param *p;
	size_t i, j, body = 0;

	if (row->r_nparams > ARGS_MAX || as->as_n > ARGS_MAX) {
		snprintf(why, whylen, "too many arguments");
		return (-1);
	}
	for (i = 0; i < as->as_n; i++) {
		for (j = 0; j < row->r_nparams; j++)
			if (row->r_params[j] == as->as_v[i].a_param)
				break;
		if (j == row->r_nparams || there[j]) {
			snprintf(why, whylen,
			    "argument %zu is not one of "
			    "%s, or stands twice",
			    i, row->r_call);
			return (-1);
		}
		there[j] = true;
		if (params_arg(&params[as->as_v[i].a_param], &as->as_v[i], why,
		        whylen) == -1)
			return (-1);
	}
	for (j = 0; j < row->r_nparams; j++) {
		p = &params[row->r_params[j]];
		body += there[j] && p->p_in == PIN_BODY && p->p_parent == NULL;
		if (check_place(p, there[j], as, why, whylen) == -1)
			return (-1);
	}
	if (body < row->r_minprops) {
		snprintf(why, whylen, "the body has too few members");
		return (-1);
	}
	return (0);
}
