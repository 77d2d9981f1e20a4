/* SPDX-License-Identifier: ISC */
/* JSON values: see jsonvalue.h. Recursion ends at JV_DEPTH. */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/jsonvalue.h"

/* What a comparison costs, and bytes of text that are one more. */
#define EQUAL_COST 3
#define EQUAL_TEXT 32

#define DIGITS_MAX 320 /* bytes of the largest double, written out */

/* --- reading ---------------------------------------------------------------- */

static int
jv_copy_text(const char *s, size_t len, struct jv_text *out)
{
	out->jt_s = malloc(len + 1);
	if (out->jt_s == NULL)
		return (-1);
	memcpy(out->jt_s, s, len);
	out->jt_s[len] = '\0';
	out->jt_len = len;
	return (0);
}

static int
jv_copy_list(const struct pyjson_value *pv, struct jv *out)
{
	out->jv.list.v = calloc(pv->pv_n + 1U, sizeof(*out->jv.list.v));
	if (out->jv.list.v == NULL)
		return (-1);
	out->jv_type = JV_LIST;
	for (pv = pv->pv_first; pv != NULL; pv = pv->pv_next)
		if (jv_copy(pv, &out->jv.list.v[out->jv.list.n++]) == -1)
			return (-1);
	return (0);
}

static int
jv_copy_object(const struct pyjson_value *pv, struct jv *out)
{
	struct jv_member *jm;

	out->jv.object.v = calloc(pv->pv_n + 1U, sizeof(*out->jv.object.v));
	if (out->jv.object.v == NULL)
		return (-1);
	out->jv_type = JV_OBJECT;
	for (pv = pv->pv_first; pv != NULL; pv = pv->pv_next) {
		jm = &out->jv.object.v[out->jv.object.n++];
		if (jv_copy_text(pv->pv_key, pv->pv_keylen, &jm->jm_name) ==
		        -1 ||
		    jv_copy(pv, &jm->jm_value) == -1)
			return (-1);
	}
	return (0);
}

static int
jv_copy_integer(const struct pyjson_value *pv, struct jv *out)
{
	errno = 0;
	out->jv.i = strtoll(pv->pv_text, NULL, 10);
	out->jv_type = errno == 0 ? JV_INT : JV_LARGE;
	if (out->jv_type == JV_INT)
		return (0);
	return (jv_copy_text(pv->pv_text, pv->pv_len, &out->jv.text));
}

static int
jv_copy_value(const struct pyjson_value *pv, struct jv *out)
{
	switch (pv->pv_type) {
	case PYJSON_NULL:
		return (0);
	case PYJSON_FALSE:
	case PYJSON_TRUE:
		out->jv_type = JV_BOOL;
		out->jv.b = pv->pv_type == PYJSON_TRUE;
		return (0);
	case PYJSON_INTEGER:
		return (jv_copy_integer(pv, out));
	case PYJSON_DOUBLE:
		out->jv_type = JV_DOUBLE;
		out->jv.d = pv->pv_number;
		return (0);
	case PYJSON_STRING:
		out->jv_type = JV_TEXT;
		return (jv_copy_text(pv->pv_text, pv->pv_len, &out->jv.text));
	case PYJSON_ARRAY:
		return (jv_copy_list(pv, out));
	case PYJSON_OBJECT:
		return (jv_copy_object(pv, out));
	}
	return (0);
}

int
jv_copy(const struct pyjson_value *pv, struct jv *out)
{
	memset(out, 0, sizeof(*out));
	if (jv_copy_value(pv, out) == 0)
		return (0);
	jv_free(out);
	errno = ENOMEM;
	return (-1);
}

int
jv_read(const char *text, size_t len, struct jv *out)
{
	struct pyjson *pj;
	bool nomem;
	int ret;

	memset(out, 0, sizeof(*out));
	pj = pyjson_read(text, len, JV_DEPTH, &nomem);
	if (pj == NULL) {
		errno = nomem ? ENOMEM : EINVAL;
		return (-1);
	}
	ret = jv_copy(pyjson_root(pj), out);
	pyjson_free(&pj);
	return (ret);
}

void
jv_free(struct jv *v)
{
	size_t i;

	switch (v->jv_type) {
	case JV_LARGE:
	case JV_TEXT:
		free(v->jv.text.jt_s);
		break;
	case JV_LIST:
		for (i = 0; i < v->jv.list.n; i++)
			jv_free(&v->jv.list.v[i]);
		free(v->jv.list.v);
		break;
	case JV_OBJECT:
		for (i = 0; i < v->jv.object.n; i++) {
			free(v->jv.object.v[i].jm_name.jt_s);
			jv_free(&v->jv.object.v[i].jm_value);
		}
		free(v->jv.object.v);
		break;
	case JV_NULL:
	case JV_BOOL:
	case JV_INT:
	case JV_DOUBLE:
		break;
	}
	memset(v, 0, sizeof(*v));
}

void
jv_drop_nulls(struct jv *v)
{
	struct jv_member *jm;
	size_t i, n = 0;

	if (v->jv_type != JV_OBJECT)
		return;
	for (i = 0; i < v->jv.object.n; i++) {
		jm = &v->jv.object.v[i];
		if (jm->jm_value.jv_type == JV_NULL) {
			free(jm->jm_name.jt_s);
			continue;
		}
		jv_drop_nulls(&jm->jm_value);
		v->jv.object.v[n++] = *jm;
	}
	v->jv.object.n = n;
}

/* --- comparing -------------------------------------------------------------- */

bool
jv_spend(uint64_t *work, uint64_t n)
{
	if (*work < n) {
		*work = 0;
		return (false);
	}
	*work -= n;
	return (true);
}

bool
jv_text_equal(const struct jv_text *a, const struct jv_text *b)
{
	return (
	    a->jt_len == b->jt_len && memcmp(a->jt_s, b->jt_s, a->jt_len) == 0);
}

const struct jv *
jv_get(const struct jv *object, const struct jv_text *name, uint64_t *work)
{
	const struct jv_member *jm;
	size_t i;

	for (i = 0; i < object->jv.object.n; i++) {
		jm = &object->jv.object.v[i];
		if (!jv_spend(work, 1))
			return (NULL);
		if (jv_text_equal(&jm->jm_name, name))
			return (&jm->jm_value);
	}
	return (NULL);
}

static bool
jv_is_number(const struct jv *v)
{
	return (v->jv_type == JV_BOOL || v->jv_type == JV_INT ||
	    v->jv_type == JV_DOUBLE || v->jv_type == JV_LARGE);
}

/* Is the double that integer, exactly, however large? */
static bool
jv_is_double(const struct jv *v, double d)
{
	char digits[DIGITS_MAX];
	int64_t i = v->jv_type == JV_BOOL ? v->jv.b : v->jv.i;

	if (v->jv_type == JV_LARGE) {
		snprintf(digits, sizeof(digits), "%.0f", d);
		return (strcmp(digits, v->jv.text.jt_s) == 0);
	}
	if (!(d >= -0x1p63 && d < 0x1p63))
		return (false);
	return ((int64_t)d == i && (double)(int64_t)d == d);
}

static bool
jv_number_equal(const struct jv *a, const struct jv *b)
{
	if (a->jv_type == JV_DOUBLE && b->jv_type == JV_DOUBLE)
		return (a->jv.d == b->jv.d);
	if (a->jv_type == JV_DOUBLE)
		return (jv_is_double(b, a->jv.d));
	if (b->jv_type == JV_DOUBLE)
		return (jv_is_double(a, b->jv.d));
	if (a->jv_type == JV_LARGE || b->jv_type == JV_LARGE)
		return (a->jv_type == b->jv_type &&
		    jv_text_equal(&a->jv.text, &b->jv.text));
	return ((a->jv_type == JV_BOOL ? a->jv.b : a->jv.i) ==
	    (b->jv_type == JV_BOOL ? b->jv.b : b->jv.i));
}

static bool
jv_list_equal(const struct jv *a, const struct jv *b, uint64_t *work)
{
	size_t i;

	if (a->jv.list.n != b->jv.list.n)
		return (false);
	for (i = 0; i < a->jv.list.n; i++)
		if (!jv_equal(&a->jv.list.v[i], &b->jv.list.v[i], work))
			return (false);
	return (true);
}

static bool
jv_object_equal(const struct jv *a, const struct jv *b, uint64_t *work)
{
	const struct jv_member *jm;
	const struct jv *other;
	size_t i;

	if (a->jv.object.n != b->jv.object.n)
		return (false);
	for (i = 0; i < a->jv.object.n; i++) {
		jm = &a->jv.object.v[i];
		other = jv_get(b, &jm->jm_name, work);
		if (other == NULL || !jv_equal(&jm->jm_value, other, work))
			return (false);
	}
	return (true);
}

bool
jv_equal(const struct jv *a, const struct jv *b, uint64_t *work)
{
	if (!jv_spend(work, EQUAL_COST))
		return (false);
	if (jv_is_number(a) && jv_is_number(b))
		return (jv_number_equal(a, b));
	if (a->jv_type != b->jv_type)
		return (false);
	switch (a->jv_type) {
	case JV_TEXT:
		return (a->jv.text.jt_len == b->jv.text.jt_len &&
		    jv_spend(work, a->jv.text.jt_len / EQUAL_TEXT) &&
		    jv_text_equal(&a->jv.text, &b->jv.text));
	case JV_LIST:
		return (jv_list_equal(a, b, work));
	case JV_OBJECT:
		return (jv_object_equal(a, b, work));
	default:
		return (true);
	}
}
