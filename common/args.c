/* SPDX-License-Identifier: ISC */
/* The typed arguments of a call: look-up, lists, and the wire. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/params.h"

bool
param_is_list(enum param_type type)
{
	return (type == PT_STRINGS || type == PT_INTEGERS);
}

bool
param_is_text(enum param_type type)
{
	return (type == PT_STRING || type == PT_RAW || type == PT_OBJECT);
}

void
args_init(struct args *as)
{
	as->as_n = 0;
	as->as_pool = NULL;
	as->as_pooln = 0;
}

void
args_free(struct args *as)
{
	free(as->as_pool);
	args_init(as);
}

const struct arg *
args_find(const struct args *as, const char *name)
{
	size_t i;

	for (i = 0; i < as->as_n; i++)
		if (strcmp(params[as->as_v[i].a_param].p_name, name) == 0)
			return (&as->as_v[i]);
	return (NULL);
}

/* The argument if it is there, not null, and of that type. */
static const struct arg *
args_typed(const struct args *as, const char *name, enum param_type type)
{
	const struct arg *a;

	a = args_find(as, name);
	if (a == NULL || a->a_null || params[a->a_param].p_type != type)
		return (NULL);
	return (a);
}

const char *
args_str(const struct args *as, const char *name, const char *def)
{
	const struct arg *a;

	a = args_find(as, name);
	if (a == NULL || a->a_null || !param_is_text(params[a->a_param].p_type))
		return (def);
	return (a->a.str.s);
}

int64_t
args_int(const struct args *as, const char *name, int64_t def)
{
	const struct arg *a;

	a = args_typed(as, name, PT_INTEGER);
	return (a == NULL ? def : a->a.i);
}

bool
args_bool(const struct args *as, const char *name, bool def)
{
	const struct arg *a;

	a = args_typed(as, name, PT_BOOLEAN);
	return (a == NULL ? def : a->a.b);
}

double
args_number(const struct args *as, const char *name, double def)
{
	const struct arg *a;

	a = args_typed(as, name, PT_NUMBER);
	return (a == NULL ? def : a->a.d);
}

int
args_list(const struct args *as, const char *name, const char *const **v_r,
    size_t *n_r)
{
	const struct arg *a;

	a = args_find(as, name);
	if (a == NULL || a->a_null || !param_is_list(params[a->a_param].p_type))
		return (-1);
	*v_r = a->a.list.v;
	*n_r = a->a.list.n;
	return (0);
}

const char **
args_room(struct args *as, size_t n)
{
	const char **pool;
	struct arg *a;
	uintptr_t old, at;
	size_t i;

	if (n > ARGS_ITEMS - as->as_pooln)
		return (NULL);
	old = (uintptr_t)as->as_pool;
	/* Never zero bytes: a list of nothing is a list all the same. */
	pool = reallocarray(as->as_pool, as->as_pooln + n + 1, sizeof(*pool));
	if (pool == NULL)
		return (NULL);
	as->as_pool = pool;
	for (i = 0; i < as->as_n; i++) {
		a = &as->as_v[i];
		if (a->a_null || !param_is_list(params[a->a_param].p_type))
			continue;
		at = (uintptr_t)a->a.list.v;
		if (old != 0 && at >= old &&
		    at <= old + as->as_pooln * sizeof(*pool))
			a->a.list.v = pool + (at - old) / sizeof(*pool);
	}
	return (pool + as->as_pooln);
}

/*
 * u32 number of arguments; of each: u16 parameter, u8 null or not, and unless
 * null the value by the parameter's type: i64, u64 (a double's bits), u8, str,
 * u32 number of items and so many str. An object's members are arguments
 * themselves.
 */
void
args_put(struct msgw *mw, const struct args *as)
{
	const struct arg *a;
	uint64_t bits;
	size_t i, j;

	msg_put_u32(mw, (uint32_t)as->as_n);
	for (i = 0; i < as->as_n; i++) {
		a = &as->as_v[i];
		msg_put_u16(mw, a->a_param);
		msg_put_u8(mw, a->a_null);
		if (a->a_null)
			continue;
		switch (params[a->a_param].p_type) {
		case PT_INTEGER:
			msg_put_i64(mw, a->a.i);
			break;
		case PT_NUMBER:
			memcpy(&bits, &a->a.d, sizeof(bits));
			msg_put_u64(mw, bits);
			break;
		case PT_BOOLEAN:
			msg_put_u8(mw, a->a.b);
			break;
		case PT_STRINGS:
		case PT_INTEGERS:
			msg_put_u32(mw, (uint32_t)a->a.list.n);
			for (j = 0; j < a->a.list.n; j++)
				msg_put_str(mw, a->a.list.v[j]);
			break;
		case PT_STRING:
		case PT_RAW:
		case PT_OBJECT:
			msg_put_str(mw, a->a.str.s);
			break;
		}
	}
}

static int
args_get_list(struct msg *m, struct args *as, struct arg *a)
{
	const char **v;
	uint32_t i, n;

	/* No item is shorter than its length and its NUL. */
	if (msg_get_u32(m, &n) == -1 || n > (m->m_len - m->m_pos) / 5)
		return (-1);
	v = args_room(as, n);
	if (v == NULL)
		return (-1);
	for (i = 0; i < n; i++)
		if (msg_get_strn(m, &v[i], MSG_64K) == -1)
			return (-1);
	as->as_pooln += n;
	a->a.list.v = v;
	a->a.list.n = n;
	return (0);
}

static int
args_get_value(struct msg *m, struct args *as, struct arg *a)
{
	uint64_t bits;
	uint8_t b;

	switch (params[a->a_param].p_type) {
	case PT_INTEGER:
		return (msg_get_i64(m, &a->a.i));
	case PT_NUMBER:
		if (msg_get_u64(m, &bits) == -1)
			return (-1);
		memcpy(&a->a.d, &bits, sizeof(bits));
		return (0);
	case PT_BOOLEAN:
		if (msg_get_u8(m, &b) == -1 || b > 1)
			return (-1);
		a->a.b = b == 1;
		return (0);
	case PT_STRINGS:
	case PT_INTEGERS:
		return (args_get_list(m, as, a));
	case PT_STRING:
	case PT_RAW:
	case PT_OBJECT:
		if (msg_get_strn(m, &a->a.str.s, MSG_64K) == -1)
			return (-1);
		a->a.str.len = strlen(a->a.str.s);
		return (0);
	}
	return (-1);
}

int
args_get(struct msg *m, struct args *as)
{
	struct arg *a;
	uint32_t i, n;
	uint8_t null;

	args_init(as);
	if (msg_get_u32(m, &n) == -1 || n > ARGS_MAX)
		return (-1);
	for (i = 0; i < n; i++) {
		a = &as->as_v[i];
		if (msg_get_u16(m, &a->a_param) == -1 ||
		    a->a_param >= nparams || msg_get_u8(m, &null) == -1 ||
		    null > 1)
			return (-1);
		a->a_null = null == 1;
		if (!a->a_null && args_get_value(m, as, a) == -1)
			return (-1);
		as->as_n++;
	}
	return (0);
}
