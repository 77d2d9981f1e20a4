/* SPDX-License-Identifier: ISC */
/* What an executor (read, write, events) has at hand; proc_self->pr_env. */
#ifndef DAPI_ENV_H
#define DAPI_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/msg.h"
#include "dapi/keys.h"

#define ENV_VERSION	"4.14.9"	/* of the original that is answered for */

struct call;
struct result;
struct store;

struct env {
	int		 ev_rootfd;	/* install root, -1: none */
	bool		 ev_writer;
	char		 ev_host[256];	/* read before the jail */
	char		 ev_store_name[32];
	struct store	*ev_store;	/* NULL: could not be opened */
	struct keyfile	 ev_keys;
	/* enrol.c's own, in the writer */
	bool		 ev_dirty;	/* file and store may differ */
	uint32_t	 ev_synced;	/* generation of keys last reconciled */
	uint32_t	 ev_high;	/* highest id ever given by this process */
	struct msgw	 ev_msg;	/* the answer being written */
};

/* An empty environment; NULL without memory. Free with env_free(). */
struct env	*env_new(int rootfd, bool writer);
void		 env_free(struct env **);
/* That of this process. */
struct env	*env_get(void);

/* Open the store of that name; logs why it could not. 0 or -1. */
int	env_open(struct env *, const char *store);

/*
 * The store for a call, its statements bound to the call's deadline. NULL: the
 * result has become the problem 2005.
 */
struct store	*env_store(struct env *, const struct call *, struct result *);

/*
 * client.keys as it is now. NULL: it could not be read, and the result has
 * become a problem.
 */
const struct keys *env_keys(struct env *, struct result *);

#endif
