/* SPDX-License-Identifier: ISC */
/* What store_groups.c and store_folders.c share. Within a transaction. */
#ifndef DAPI_STORE_GROUPS_PARTS_H
#define DAPI_STORE_GROUPS_PARTS_H

#include <stdint.h>

#include "dapi/store_groups.h"

/* The id of a group; -1: there is none of that name. */
enum store_rc groups_find(struct store *, const char *name, int64_t *id_r);
/* Put an agent that has no group into the group home (-1: into none). */
enum store_rc groups_home(struct store *, uint32_t agent, int64_t home);
/* The columns of the agent's row by the groups it has now. */
enum store_rc groups_write(struct store *, uint32_t agent, enum groups_sync);

#endif
