/* SPDX-License-Identifier: ISC */
/*
 * The authz role: says who asks and whether a request may run. This header is
 * shared by the parts of the role: authz.c (its life), gate.c (the order of
 * checks), serve.c (the /security rows).
 */
#ifndef AUTHZ_AUTHZ_H
#define AUTHZ_AUTHZ_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/admit.h"
#include "authz/rbac.h"
#include "common/call.h"
#include "common/check.h"
#include "common/msg.h"

struct cache;
struct event;
struct lane;
struct peer;
struct pending;
struct proc;
struct proc_ops;
struct rekey;
struct secconf;
struct snap;
struct token_claims;
struct token_key;

extern const struct proc_ops authz_ops;

/* What the role has; one of it, in pr_env. */
struct authz {
	struct proc	*az_proc;
	struct snap	*az_snap;
	struct secconf	*az_secconf;
	uint64_t	 az_looked;	/* ns, when it was last looked at */
	struct rekey	*az_rekey;
	struct token_key *az_key;	/* in force; rekey.h */
	uint64_t	 az_keyno;
	struct cache	*az_cache;
	struct admit_keep *az_keep;
	struct lane	*az_lane;
	TAILQ_HEAD(, pending) az_pending;	/* wait for the lane */
	size_t		 az_npending;
	TAILQ_HEAD(, pending) az_turns;		/* of them, for their turn */
	size_t		 az_nturns;
	struct event	*az_turn;	/* the next one's, or NULL */
	struct msgw	 az_mw;		/* the message being written */
	struct call	 az_call;	/* the call being written */
	uint64_t	 az_paused;	/* http instances not read from, bits */
};

/* Who asks, as a credential that held has shown. */
struct caller {
	const struct rbac_user	*ca_user;	/* in the snapshot */
	const int64_t		*ca_roles;	/* those of the token */
	size_t			 ca_nroles;
	const char		*ca_context;	/* hash, NULL: no run_as */
};

/* One request on its way through the checks. */
struct gate {
	struct authz	*g_az;
	struct peer	*g_peer;	/* the http worker that waits */
	struct check	 g_ck;
	const struct row *g_row;	/* NULL: there is no such path */
	enum admit_login g_login;	/* how the attempt was counted */
	int		 g_fd;		/* a large body, or -1; owned */
	uint64_t	 g_now;		/* ns of CLOCK_MONOTONIC */
	uint32_t	 g_retry;	/* s until a refused one may pass, or 0 */
	bool		 g_names;	/* problems name this node: node.h */
	const struct msg *g_msg;	/* CHECK; NULL: it has waited */
	struct pending	*g_pending;	/* NULL: it has not */
	const struct token_claims *g_claims; /* NULL: there is no token */
	const char	*g_encoded;	/* what serve_hash() asked for, or NULL */
	uint64_t	 g_locked;	/* ns since rbac.db is locked; 0: no */
	bool		 g_fresh;	/* the snapshot need not be read */
	char		 g_context[CHECK_CONTEXT]; /* hash, once a run_as */
					/*  login has been read, else "" */
};

/* We have changed rbac.db: read it again; nothing remembered holds. */
void	authz_changed(struct authz *);
/*
 * Look whether others have, or have changed security.yaml or the keys; to be
 * called before a snapshot serves.
 */
void	authz_refresh(struct authz *, uint64_t now);
/*
 * The same at once, before a password counts: a token that an old one gives
 * would outlive it.
 */
void	authz_look(struct authz *);
/* What api.yaml allows. */
struct admit_limits authz_limits(const struct authz *);
/* What security.yaml says: "white" or "black", good until authz_refresh(). */
const char *authz_rbac_mode(const struct authz *);
/* And how long tokens live, in seconds. */
int64_t	authz_token_timeout(const struct authz *);

/*
 * Answer a row of our own. The caller, whose credential was good, may be void
 * afterwards: it stands in a snapshot that has been replaced.
 */
void	serve_row(struct gate *, const struct caller *);

#endif
