/* SPDX-License-Identifier: ISC */
/*
 * Which agents belong to which groups, in global.db: what wazuh-db does for
 * "set-agent-groups" and what modulesd has it do when a group's folder comes
 * or goes. An agent's groups have an order, the priority. The columns group
 * (names by priority, parted by commas) and group_hash (of that text) of its
 * row follow every change. For the writer only.
 */
#ifndef DAPI_STORE_GROUPS_H
#define DAPI_STORE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dapi/store.h"

#define GROUPS_MOST	128	/* groups of one agent */
#define GROUPS_NAME	255	/* bytes of a name at most */
#define GROUPS_HASH	8	/* digits of group_hash */
#define GROUPS_DEFAULT	"default"

enum groups_mode {
	GROUPS_OVERRIDE,	/* these instead of what there was */
	GROUPS_APPEND,		/* these behind; one that was there moves */
	GROUPS_EMPTY_ONLY,	/* these where there was none */
	GROUPS_REMOVE		/* not these; "default" if none is left */
};

/* What group_sync_status becomes. */
enum groups_sync { GROUPS_SYNCED, GROUPS_SYNCREQ };

enum groups_rc {
	GROUPS_OK,
	GROUPS_BADNAME,		/* groups_name() says no */
	GROUPS_UNKNOWN,		/* there is no such group */
	GROUPS_TOOMANY,		/* it would be more than GROUPS_MOST */
	GROUPS_NOAGENT
};

/* What is wanted for one agent, and what came of it. Names are borrowed. */
struct groups_item {
	uint32_t	 gi_agent;
	/* GROUPS_OVERRIDE makes an agent of that name where there is none. */
	const char	*gi_name;
	const char *const *gi_groups;
	size_t		 gi_n;
	enum groups_rc	 gi_rc;		/* filled in */
};

/* May a group have that name? Letters, digits, "_", "-", "."; not "..". */
bool	groups_name(const char *);

/*
 * The hash of a list of names: the first digits of its SHA-256, hexadecimal,
 * NUL-ended.
 */
void	groups_hash(const char *text, size_t len, char out[GROUPS_HASH + 1]);

/*
 * Change the groups of n agents in one transaction. An item that fails (gi_rc)
 * changes nothing and keeps no other from being done. Anything but STORE_OK:
 * nothing was changed.
 */
enum store_rc groups_set(struct store *, enum groups_mode, enum groups_sync,
	    struct groups_item *, size_t n);

/* The names of an agent's groups by priority, one row a name. */
enum store_rc groups_of(struct store *, uint32_t agent, store_row, void *arg);

/*
 * Bring the table of groups in step with the folders of etc/shared: new ones
 * are added; of those that are gone agents lose the membership, and get
 * "default" if they have no other. While there is no folder at all nothing is
 * deleted: that is a lost tree, not a decision. Cheap when nothing changed.
 * 0, or -1 (logged).
 */
int	groups_follow(struct store *, int rootfd, enum groups_sync);

#endif
