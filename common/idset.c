/* SPDX-License-Identifier: ISC */
/*
 * Sorted sets of ids. The merging operations are linear: a policy may name
 * groups with thousands of agents, and a call runs through many entries.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/rbac_match.h"

void
idset_free(struct idset *is)
{
	size_t i;

	for (i = 0; i < is->is_n; i++)
		free(is->is_v[i]);
	free(is->is_v);
	memset(is, 0, sizeof(*is));
}

/* Where the id is, or where it belongs; *found_r tells which. */
static size_t
idset_place(const struct idset *is, const char *id, bool *found_r)
{
	size_t lo = 0, hi = is->is_n, mid;
	int cmp;

	*found_r = false;
	/* Most sets are filled in order: look at the end first. */
	if (hi != 0 && strcmp(is->is_v[hi - 1], id) < 0)
		return (hi);
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		cmp = strcmp(is->is_v[mid], id);
		if (cmp == 0) {
			*found_r = true;
			return (mid);
		}
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

bool
idset_has(const struct idset *is, const char *id)
{
	bool found;

	(void)idset_place(is, id, &found);
	return (found);
}

int
idset_add(struct idset *is, const char *id)
{
	size_t at, cap;
	char *copy, **v;
	bool found;

	at = idset_place(is, id, &found);
	if (found)
		return (0);
	if (is->is_n == is->is_cap) {
		cap = is->is_cap == 0 ? 16 : is->is_cap * 2;
		v = reallocarray(is->is_v, cap, sizeof(*v));
		if (v == NULL)
			return (-1);
		is->is_v = v;
		is->is_cap = cap;
	}
	copy = strdup(id);
	if (copy == NULL)
		return (-1);
	memmove(is->is_v + at + 1, is->is_v + at,
	    (is->is_n - at) * sizeof(*is->is_v));
	is->is_v[at] = copy;
	is->is_n++;
	return (0);
}

int
idset_del(struct idset *is, const char *id)
{
	size_t at;
	bool found;

	at = idset_place(is, id, &found);
	if (!found)
		return (-1);
	free(is->is_v[at]);
	is->is_n--;
	memmove(is->is_v + at, is->is_v + at + 1,
	    (is->is_n - at) * sizeof(*is->is_v));
	return (0);
}

/* How many ids of b are not in a. */
static size_t
idset_missing(const struct idset *a, const struct idset *b)
{
	size_t i = 0, j = 0, n = 0;
	int cmp;

	while (j < b->is_n) {
		cmp = i == a->is_n ? 1 : strcmp(a->is_v[i], b->is_v[j]);
		if (cmp < 0) {
			i++;
			continue;
		}
		if (cmp > 0)
			n++;
		else
			i++;
		j++;
	}
	return (n);
}

int
idset_union(struct idset *to, const struct idset *from)
{
	struct idset out = { NULL, 0, 0 };
	size_t i = 0, j = 0, added, copied;
	char **v;
	int cmp;

	added = idset_missing(to, from);
	if (added == 0)
		return (0);
	out.is_cap = to->is_n + added;
	out.is_v = reallocarray(NULL, out.is_cap, sizeof(*out.is_v));
	/* All copies first, so that nothing has changed when one fails. */
	v = reallocarray(NULL, added, sizeof(*v));
	if (out.is_v == NULL || v == NULL)
		goto fail;
	for (copied = 0; j < from->is_n; j++) {
		while (i < to->is_n && strcmp(to->is_v[i], from->is_v[j]) < 0)
			i++;
		if (i < to->is_n && strcmp(to->is_v[i], from->is_v[j]) == 0)
			continue;
		v[copied] = strdup(from->is_v[j]);
		if (v[copied] == NULL) {
			while (copied > 0)
				free(v[--copied]);
			goto fail;
		}
		copied++;
	}
	for (i = 0, j = 0; i < to->is_n || j < added;) {
		if (i == to->is_n)
			cmp = 1;
		else if (j == added)
			cmp = -1;
		else
			cmp = strcmp(to->is_v[i], v[j]);
		out.is_v[out.is_n++] = cmp < 0 ? to->is_v[i++] : v[j++];
	}
	free(v);
	free(to->is_v);
	*to = out;
	return (0);
fail:
	free(v);
	free(out.is_v);
	return (-1);
}

/* Keep of a the ids that are in b (in true), or those that are not. */
static void
idset_sift(struct idset *a, const struct idset *b, bool in)
{
	size_t i, j = 0, kept = 0;
	bool both;

	for (i = 0; i < a->is_n; i++) {
		while (j < b->is_n && strcmp(b->is_v[j], a->is_v[i]) < 0)
			j++;
		both = j < b->is_n && strcmp(b->is_v[j], a->is_v[i]) == 0;
		if (both == in)
			a->is_v[kept++] = a->is_v[i];
		else
			free(a->is_v[i]);
	}
	a->is_n = kept;
}

void
idset_minus(struct idset *from, const struct idset *what)
{
	idset_sift(from, what, false);
}

void
idset_meet(struct idset *is, const struct idset *with)
{
	idset_sift(is, with, true);
}
