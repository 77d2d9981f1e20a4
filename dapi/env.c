/* SPDX-License-Identifier: ISC */
/* The executors' environment. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/call.h"
#include "common/log.h"
#include "common/proc.h"
#include "common/result.h"
#include "dapi/env.h"
#include "dapi/store.h"

struct env *
env_new(int rootfd, bool writer)
{
	struct env *ev;

	ev = calloc(1, sizeof(*ev));
	if (ev == NULL)
		return (NULL);
	ev->ev_rootfd = rootfd;
	ev->ev_writer = writer;
	if (gethostname(ev->ev_host, sizeof(ev->ev_host) - 1) == -1)
		snprintf(ev->ev_host, sizeof(ev->ev_host), "localhost");
	keyfile_init(&ev->ev_keys);
	return (ev);
}

void
env_free(struct env **evp)
{
	if (*evp == NULL)
		return;
	store_close(&(*evp)->ev_store);
	keyfile_free(&(*evp)->ev_keys);
	free(*evp);
	*evp = NULL;
}

struct env *
env_get(void)
{
	return (proc_self->pr_env);
}

int
env_open(struct env *ev, const char *store)
{
	char why[STORE_WHY];

	snprintf(ev->ev_store_name, sizeof(ev->ev_store_name), "%s", store);
	ev->ev_store = store_open(store, ev->ev_rootfd, ev->ev_writer, why);
	if (ev->ev_store != NULL)
		return (0);
	log_errorx("store: %s; calls that need it are refused", why);
	return (-1);
}

struct store *
env_store(struct env *ev, const struct call *c, struct result *rs)
{
	if (ev->ev_store == NULL) {
		log_errorx("no store \"%s\" is open; see the start of this log",
		    ev->ev_store_name);
		result_problem(rs, 2005, ERRC_INTERNAL, NULL);
		return (NULL);
	}
	store_deadline(ev->ev_store, c->c_head.ch_deadline);
	return (ev->ev_store);
}

const struct keys *
env_keys(struct env *ev, struct result *rs)
{
	if (keyfile_refresh(&ev->ev_keys, ev->ev_rootfd) == -1) {
		log_error("%s", KEYS_PATH);
		result_problem(rs, 1000, ERRC_INTERNAL, NULL);
		return (NULL);
	}
	return (&ev->ev_keys.kf_keys);
}
