/* SPDX-License-Identifier: ISC */
/* Telling equal values apart from new ones: see query_seen.h. */
#include <sys/types.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/query_pool.h"
#include "common/query_seen.h"
#include "common/query_text.h"

#define SEEN_FIRST 64 /* places at first, a power of two */
#define SEEN_TWO63 9223372036854775808.0

/* --- values as text ---------------------------------------------------- */

struct member {
	const char *m_key;
	struct query_val m_val;
};

static void
seen_real(double d, struct buf *out)
{
	if (d == trunc(d) && d >= -SEEN_TWO63 && d < SEEN_TWO63)
		buf_addf(out, "i%" PRId64 ";", (int64_t)d);
	else
		buf_addf(out, "r%a;", d);
}

static int
seen_compare(const void *a, const void *b)
{
	const struct member *ma = a, *mb = b;

	return (strcmp(ma->m_key, mb->m_key));
}

/* The members by name, however they come. */
static void
seen_object(
    const struct query_items *qi, const struct query_val *v, struct buf *out)
{
	struct member *m = NULL, *more;
	struct query_val child;
	const void *pos = NULL;
	const char *key;
	size_t i, n = 0, cap = 0;

	while (qi->qi_next(qi->qi_arg, v, &pos, &key, &child)) {
		if (n == cap) {
			cap = cap == 0 ? 16 : cap * 2;
			more = reallocarray(m, cap, sizeof(*m));
			if (more == NULL) {
				out->b_failed = true;
				break;
			}
			m = more;
		}
		m[n].m_key = key;
		m[n++].m_val = child;
	}
	if (n > 1)
		qsort(m, n, sizeof(*m), seen_compare);
	buf_addc(out, '{');
	for (i = 0; i < n; i++) {
		buf_addf(out, "%zu:%s", strlen(m[i].m_key), m[i].m_key);
		query_seen_text(qi, &m[i].m_val, out);
	}
	buf_addc(out, '}');
	free(m);
}

void
query_seen_text(
    const struct query_items *qi, const struct query_val *v, struct buf *out)
{
	struct query_val child;
	const void *pos = NULL;
	const char *key;

	switch (v->v_type) {
	case QV_NULL:
		buf_addc(out, 'n');
		break;
	case QV_BOOL:
	case QV_INT:
		buf_addf(out, "i%" PRId64 ";", v->v_int);
		break;
	case QV_REAL:
		seen_real(v->v_real, out);
		break;
	case QV_TEXT:
		buf_addf(out, "s%zu:", v->v_len);
		buf_add(out, v->v_text, v->v_len);
		break;
	case QV_LIST:
		buf_addc(out, '[');
		while (qi->qi_next(qi->qi_arg, v, &pos, &key, &child))
			query_seen_text(qi, &child, out);
		buf_addc(out, ']');
		break;
	case QV_OBJECT:
		seen_object(qi, v, out);
		break;
	}
}

/* --- the set ----------------------------------------------------------- */

struct entry {
	const char *e_text; /* NULL: free */
	size_t e_len, e_number;
	uint64_t e_hash;
};

struct query_seen {
	struct query_pool sn_pool;
	struct entry *sn_v;
	size_t sn_n, sn_cap;
};

struct query_seen *
query_seen_new(void)
{
	struct query_seen *sn;

	sn = calloc(1, sizeof(*sn));
	if (sn == NULL)
		return (NULL);
	sn->sn_cap = SEEN_FIRST;
	sn->sn_v = calloc(sn->sn_cap, sizeof(*sn->sn_v));
	if (sn->sn_v == NULL) {
		free(sn);
		return (NULL);
	}
	return (sn);
}

void
query_seen_free(struct query_seen **snp)
{
	if (*snp == NULL)
		return;
	query_pool_free(&(*snp)->sn_pool);
	free((*snp)->sn_v);
	free(*snp);
	*snp = NULL;
}

/* FNV-1a: the texts are the server's own, nobody can aim at it. */
static uint64_t
seen_hash(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; n > 0; n--)
		h = (h ^ *p++) * UINT64_C(1099511628211);
	return (h);
}

/* The place of a text: its own, or a free one. */
static struct entry *
seen_find(
    struct entry *v, size_t cap, uint64_t hash, const void *text, size_t len)
{
	size_t i;

	for (i = hash & (cap - 1); v[i].e_text != NULL; i = (i + 1) & (cap - 1))
		if (v[i].e_hash == hash && v[i].e_len == len &&
		    memcmp(v[i].e_text, text, len) == 0)
			break;
	return (&v[i]);
}

static int
seen_grow(struct query_seen *sn)
{
	struct entry *v, *e;
	size_t i, cap = sn->sn_cap * 2;

	v = calloc(cap, sizeof(*v));
	if (v == NULL)
		return (-1);
	for (i = 0; i < sn->sn_cap; i++) {
		e = &sn->sn_v[i];
		if (e->e_text != NULL)
			*seen_find(v, cap, e->e_hash, e->e_text, e->e_len) = *e;
	}
	free(sn->sn_v);
	sn->sn_v = v;
	sn->sn_cap = cap;
	return (0);
}

int
query_seen_put(
    struct query_seen *sn, const struct buf *b, size_t *number_r, bool *new_r)
{
	struct entry *e;
	uint64_t hash;

	if (b->b_failed || b->b_len == 0)
		return (-1);
	if (sn->sn_n * 2 >= sn->sn_cap && seen_grow(sn) == -1)
		return (-1);
	hash = seen_hash(b->b_data, b->b_len);
	e = seen_find(sn->sn_v, sn->sn_cap, hash, b->b_data, b->b_len);
	*new_r = e->e_text == NULL;
	if (*new_r) {
		e->e_text = query_pool_copy(
		    &sn->sn_pool, (const char *)b->b_data, b->b_len);
		if (e->e_text == NULL)
			return (-1);
		e->e_len = b->b_len;
		e->e_hash = hash;
		e->e_number = sn->sn_n++;
	}
	*number_r = e->e_number;
	return (0);
}
