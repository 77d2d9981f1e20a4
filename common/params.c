/* SPDX-License-Identifier: ISC */
/* The check of arguments against the endpoint table: see params.h. */
#include <sys/types.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/params.h"

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

static int
check_list(const struct param *p, const struct arg *a, char *why, size_t whylen)
{
	const char *s;
	size_t i;

	if (a->a.list.n < (size_t)p->p_minitems) {
		snprintf(why, whylen, "'%s' has too few items", p->p_name);
		return (-1);
	}
	for (i = 0; i < a->a.list.n; i++) {
		s = a->a.list.v[i];
		if (check_text(p, s, strlen(s), why, whylen) == -1)
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
		break;
	}
	return (0);
}

int
params_check(
    const struct row *row, const struct args *as, char *why, size_t whylen)
{
	bool there[ARGS_MAX] = { false };
	const struct param *p;
	size_t i, j;

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
		if (!there[j] && (p->p_flags & PMF_REQUIRED)) {
			snprintf(why, whylen, "'%s' is required", p->p_name);
			return (-1);
		}
	}
	return (0);
}
