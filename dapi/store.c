/* SPDX-License-Identifier: ISC */
/* The store's front: the registry of backends, and what they share. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dapi/digest.h"
#include "dapi/store.h"
#include "dapi/store_vfs.h"

struct store {
	const struct store_ops *st_ops;
	void *st_self;
	uint64_t st_deadline;
};

static const struct store_ops *const store_backends[] = {
	&store_sqlite,
};

#define STORE_N (sizeof(store_backends) / sizeof(store_backends[0]))

void
store_boot(void)
{
	vfs_boot();
	digest_warm();
}

const struct store_ops *
store_find(const char *name)
{
	size_t i;

	for (i = 0; i < STORE_N; i++)
		if (strcmp(store_backends[i]->so_name, name) == 0)
			return (store_backends[i]);
	return (NULL);
}

struct store *
store_open(const char *name, int rootfd, bool writer, char *why)
{
	const struct store_ops *ops = store_find(name);
	struct store *st;

	if (ops == NULL) {
		snprintf(
		    why, STORE_WHY, "this version has no store \"%s\"", name);
		return (NULL);
	}
	st = calloc(1, sizeof(*st));
	if (st == NULL) {
		snprintf(why, STORE_WHY, "no memory");
		return (NULL);
	}
	st->st_ops = ops;
	st->st_self = ops->so_open(rootfd, writer, why);
	if (st->st_self == NULL) {
		free(st);
		return (NULL);
	}
	return (st);
}

void
store_close(struct store **stp)
{
	if (*stp == NULL)
		return;
	(*stp)->st_ops->so_close((*stp)->st_self);
	free(*stp);
	*stp = NULL;
}

bool
store_registry(const struct store *st)
{
	return (st->st_ops->so_registry);
}

void
store_deadline(struct store *st, uint64_t deadline)
{
	st->st_deadline = deadline;
}

enum store_rc
store_run_in(struct store *st, struct store_db db, const char *sql,
    const struct store_val *v, size_t n, store_row fn, void *arg)
{
	const struct store_job job = { sql, v, n, fn, arg };

	return (st->st_ops->so_run(st->st_self, db, &job, st->st_deadline));
}

enum store_rc
store_run(struct store *st, const char *sql, const struct store_val *v,
    size_t n, store_row fn, void *arg)
{
	return (store_run_in(st, SD_GLOBAL, sql, v, n, fn, arg));
}

enum store_rc
store_tx_in(struct store *st, struct store_db db, enum store_tx tx)
{
	return (st->st_ops->so_tx(st->st_self, db, tx, st->st_deadline));
}

enum store_rc
store_tx(struct store *st, enum store_tx tx)
{
	return (store_tx_in(st, SD_GLOBAL, tx));
}

enum store_rc
store_has(struct store *st, struct store_db db)
{
	return (st->st_ops->so_has(st->st_self, db));
}

enum store_rc
store_make(struct store *st, struct store_db db)
{
	return (st->st_ops->so_make(st->st_self, db, st->st_deadline));
}

enum store_rc
store_drop(struct store *st, uint32_t agent)
{
	return (st->st_ops->so_drop(st->st_self, agent));
}

int64_t
store_int(const struct store_val *v)
{
	char num[32];

	if (v->sv_type == SV_INT)
		return (v->sv_int);
	if (v->sv_type == SV_REAL && v->sv_real > -9e18 && v->sv_real < 9e18)
		return ((int64_t)v->sv_real);
	if (v->sv_type != SV_TEXT || v->sv_len >= sizeof(num))
		return (0);
	memcpy(num, v->sv_text, v->sv_len);
	num[v->sv_len] = '\0';
	return (strtoll(num, NULL, 10));
}
