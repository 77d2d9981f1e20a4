/* SPDX-License-Identifier: ISC */
/*
 * Adding and removing agents where this server is the registry itself (no
 * authd): client.keys and the store's rows in step. Only the write process
 * calls these.
 *
 * The rule: client.keys decides. An agent exists when its active line is in
 * the file, so the one rename that brings the line (or its '!') is the moment
 * at which the agent is added (or removed).
 *
 *	add	row in global.db first, then the file
 *	remove	the file first, then the row; a purge takes the marked line
 *		out of the file at the very end
 *
 * Killed between the two steps, either leaves a row without an active line.
 * enrol_sync() runs at the writer's start, and again after a failed step or
 * when somebody else changed the file: it deletes rows without a line, and
 * makes the row of a line that has none (a restored or hand-edited file). Rows
 * that have been connected stay, with a warning, while the file is missing or
 * has no line at all: that is a lost file, not a thousand removals.
 */
#ifndef DAPI_ENROL_H
#define DAPI_ENROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dapi/keys.h"

struct env;
struct ipaddr;

enum enrol_rc {
	ENROL_OK,
	ENROL_NAME,		/* the name is taken: 1705 */
	ENROL_IP,		/* the address is taken: 1706 */
	ENROL_FULL,		/* no id is left */
	ENROL_FAILED		/* logged; nothing was added */
};

/*
 * Bring the rows in step with the file. Cheap when nothing changed. Returns 0,
 * or -1 (logged) and tries again at the next call.
 */
int	enrol_sync(struct env *);

/*
 * Add an agent. key gets KEYS_KEY hex digits and a NUL: overwrite it after
 * use.
 */
enum enrol_rc	enrol_add(struct env *, const char *name,
		    const struct ipaddr *, uint32_t *id_r,
		    char key[KEYS_KEY + 1]);

/*
 * Remove agents (n ids, ascending, none of them 0): their lines are marked, or
 * left out when purge, their rows with labels and groups and their databases
 * deleted. 0 once the file is written, -1 (logged) when nothing was removed.
 */
int	enrol_remove(struct env *, const uint32_t *ids, size_t n, bool purge);

#endif
