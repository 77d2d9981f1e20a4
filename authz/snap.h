/* SPDX-License-Identifier: ISC */
/*
 * The security data that authz serves from: a snapshot of rbac.db in memory.
 * Whether the file has changed is looked at before a snapshot older than
 * SNAP_AGE serves; while it cannot be read the old one goes on serving.
 */
#ifndef AUTHZ_SNAP_H
#define AUTHZ_SNAP_H

#include <stdbool.h>
#include <stdint.h>

#include "authz/rbac.h"
#include "authz/rbacdb.h"

#define SNAP_AGE	UINT64_C(1000000000)	/* ns */
#define SNAP_WARN	UINT64_C(60000000000)	/* ns between two warnings */
#define SNAP_TRIES	30	/* times 0.1 s for a locked file, at start */

struct rules;
struct snap;

/*
 * Open path, making it with users whose passwords nobody knows when it is not
 * there, and read it. Fatal (the original's code 2012) when it cannot be used.
 */
struct snap	*snap_open(const char *path);
void		 snap_close(struct snap **);

/*
 * Look at the file if it is time to; now: ns of CLOCK_MONOTONIC. Returns
 * whether there is a new snapshot: pointers into the old one are void then.
 */
bool	snap_refresh(struct snap *, uint64_t now);
/* Look at it in any case. Returns as above. */
bool	snap_look(struct snap *, uint64_t now);
/* Read again at once, after a change of our own. Returns as above. */
bool	snap_reload(struct snap *, uint64_t now);

/*
 * Is the snapshot what the file holds? Within rbacdb_begin() and rbacdb_end()
 * the answer stays true.
 */
bool	snap_current(const struct snap *);
/*
 * The snapshot that was read within changes is the present one: they have been
 * committed. Pointers into the old one are void.
 */
void	snap_adopt(struct snap *, struct rbac *, uint64_t now);

/* The present snapshot, never NULL. */
const struct rbac *snap_rbac(const struct snap *);
/*
 * Its rules, compiled when they are first asked for; what is wrong with them is
 * logged then. They go with the snapshot. NULL without memory.
 */
const struct rules *snap_rules(struct snap *);
/* The file, for changes. */
struct rbacdb	*snap_db(const struct snap *);

#endif
