/* SPDX-License-Identifier: ISC */
/*
 * A child process: its links, its life, its loop.
 *
 * The parent starts a program with the descriptors 3 (link to the parent), 4
 * (page of counters), one for each peer in the order of proc_peers() and, for
 * the roles of PROC_DAEMONS, the page of the daemons' states; and sends BOOT.
 * proc_main() then does, for every role alike: read BOOT, po_boot (what must
 * happen before the jail), enter the jail, drop the user, READY; then it waits
 * for the first configuration, calls po_start once, and loops.
 */
#ifndef COMMON_PROC_H
#define COMMON_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/msg.h"
#include "common/page.h"
#include "common/roles.h"

struct conf;
struct daemons_page;
struct event_base;
struct peer;
struct proc;

/*
 * Handle one message. Values are taken with msg_get_*; return 0, or -1 when
 * the message makes no sense, which ends the link by the order of trust.
 */
typedef int (*msg_handler)(struct peer *, struct msg *);

struct handler {
	enum msgtype	 h_type;
	msg_handler	 h_fn;
};

struct proc_ops {
	enum role	 po_role;
	/* Before the jail; the working directory is the role's root. */
	void		(*po_boot)(struct proc *);
	/* After the jail and the first configuration. */
	void		(*po_start)(struct proc *);
	/* A new configuration was committed (also the first, before start). */
	void		(*po_conf)(struct proc *, const struct conf *);
	/* A peer died: frames up to taken were seen by it, later ones wait. */
	void		(*po_peer_lost)(struct proc *, struct peer *,
			    uint32_t taken, uint32_t via, bool backoff);
	void		(*po_peer_up)(struct proc *, struct peer *);
	/* Finish what is in flight; call proc_exit() when done. */
	void		(*po_stop)(struct proc *);
	const struct handler *po_handlers;	/* ends with MSG_NONE */
};

struct proc {
	const struct proc_ops *pr_ops;
	enum role	 pr_role;
	unsigned int	 pr_inst;
	unsigned int	 pr_count[ROLE__MAX];	/* instances of each role */
	struct event_base *pr_base;
	struct page	*pr_page;		/* this process's own */
	struct conf	*pr_conf;		/* in use */
	int		 pr_rootfd;		/* directory of the role, or -1 */
	const char	*pr_rootpath;		/* its name as this process sees it */
	const char	*pr_dir;		/* its name outside, or NULL */
	const char	*pr_uuid;		/* of the installation; read only */
	const struct daemons_page *pr_daemons;	/* roles of PROC_DAEMONS */
	bool		 pr_master;		/* this node is not a worker */
	bool		 pr_stopping;
	void		*pr_env;		/* the role's own */
	/* proc.c's own */
	struct peer	*pr_peers;		/* [0] is the parent */
	size_t		 pr_npeers;
	struct conf	*pr_newconf;		/* between CONF_NEW and COMMIT */
	uint64_t	 pr_lastid;
	bool		 pr_started;
};

/* The only process-wide object of a child. */
extern struct proc *proc_self;

/* main() of a program: runs the role named on the command line. */
int	proc_main(int argc, char *argv[], const struct proc_ops *const ops[],
	    size_t nops);

/* Leave in order: flush the links, exit with status 0. */
void	proc_exit(struct proc *) __attribute__((noreturn));

/* The peer of a role and an instance; NULL when there is no link. */
struct peer *proc_peer(enum role, unsigned int inst);
enum role	peer_role(const struct peer *);
unsigned int	peer_inst(const struct peer *);
/* "authz[0]"; static buffer of the peer. */
const char	*peer_name(const struct peer *);

/*
 * Send a finished message. Descriptors stay the caller's. Returns 0 and sets
 * *seq_r (may be NULL) to its number on the link, or -1 when the writer had
 * failed or the queue towards the peer is full (errno ENOBUFS).
 */
int	peer_send(struct peer *, struct msgw *, uint32_t *seq_r);
/* Bytes queued in this process because the socket was full. */
size_t	peer_queued(const struct peer *);
/* Stop or resume reading from a peer (back-pressure). */
void	peer_read(struct peer *, bool on);

/*
 * Ask the parent to kill a peer that is less trusted; exit when this process
 * is the less trusted of the two. why is logged.
 */
void	proc_accuse(struct peer *, const char *why);

/* A new id for a request of this process: unique over its restarts. */
uint64_t	proc_newid(struct proc *);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t	proc_now(void);

/*
 * The order of a role's peers, used by both sides to number descriptors:
 * fills out[] (PAGE_LINKS entries) and returns how many.
 */
struct proc_slot {
	enum role	 ps_role;
	unsigned int	 ps_inst;
};
size_t	proc_peers(enum role, const unsigned int count[ROLE__MAX],
	    struct proc_slot out[PAGE_LINKS]);

#define PROC_FD_PARENT	3
#define PROC_FD_PAGE	4
#define PROC_FD_PEERS	5

/* Who sees which of the manager's daemons run. */
#define PROC_DAEMONS	(ROLE_BIT(ROLE_AUTHZ) | ROLE_BIT(ROLE_ROUTER) | \
			    ROLE_BIT(ROLE_READ))

#endif
