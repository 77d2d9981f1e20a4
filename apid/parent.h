/* SPDX-License-Identifier: ISC */
/*
 * The parent: the only process that stays what it was started as. It spawns,
 * restarts, hands out configuration and descriptors, and never reads a byte
 * that a client sent.
 */
#ifndef APID_PARENT_H
#define APID_PARENT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/peer.h"
#include "common/roles.h"

#define PARENT_LISTEN	128	/* most addresses */
#define PARENT_CHILDREN	(PAGE_LINKS)
#define PARENT_LINES	128	/* log lines kept until logd is up */
#define PARENT_TICKETS	160	/* bytes: two generations of ticket keys */
#define PARENT_UUID	64	/* bytes of the installation's number, with NUL */

struct conf;
struct control;
struct event;
struct event_base;
struct watcher;

enum child_state {
	CHILD_STOPPED,		/* not wanted */
	CHILD_STARTING,		/* has not said READY and CONF_DONE yet */
	CHILD_UP,
	CHILD_BACKOFF		/* waits before the next attempt */
};

struct child {
	enum role	 ch_role;
	unsigned int	 ch_inst;
	char		 ch_name[32];
	enum child_state ch_state;
	bool		 ch_wanted;
	bool		 ch_ready;	/* READY came since the last start */
	pid_t		 ch_pid;	/* 0: not running */
	int		 ch_pagefd;
	const struct page *ch_page;
	struct peer	 ch_peer;	/* our end of its link */
	int		 ch_linkfd;	/* its end, kept for its successors */
	struct event	*ch_timer;
	unsigned int	 ch_early;	/* deaths before it was up, in a row */
	uint64_t	 ch_since;	/* started or up at, CLOCK_MONOTONIC ns */
	unsigned int	 ch_starts;
	uint32_t	 ch_conf;	/* generation it has confirmed */
	struct proc_slot *ch_slots;	/* its peers, as proc_peers() orders them */
	int		*ch_fds;	/* its ends of the links to them */
	size_t		 ch_nslots;
};

struct listener {
	char	 li_addr[64];	/* text, for logs and CONF_LISTEN */
	int	 li_fd;
};

struct parent_line {
	uint64_t	 pl_time;
	uint8_t		 pl_level;
	char		*pl_text;
};

struct parent {
	/* options */
	bool		 pa_foreground;
	bool		 pa_keeproot;	/* -r */
	const char	*pa_confpath;	/* -c */
	char		 pa_root[4096];	/* install root, absolute */
	/* state */
	int		 pa_rootfd;
	int		 pa_lockfd;
	int		 pa_readyfd;	/* told when all is up, or -1 */
	bool		 pa_isroot;
	uid_t		 pa_uid;	/* owner of the tree */
	gid_t		 pa_gid;
	struct conf	*pa_conf;
	uint32_t	 pa_generation;
	uint64_t	 pa_since;
	unsigned int	 pa_count[ROLE__MAX];
	struct child	 pa_child[PARENT_CHILDREN];
	size_t		 pa_nchild;
	int		 pa_progfd[ROLE__MAX];
	struct listener	 pa_listen[PARENT_LISTEN];
	size_t		 pa_nlisten;
	int		 pa_tlsfd;
	uint8_t		 pa_tickets[PARENT_TICKETS];
	struct event_base *pa_base;
	struct event	*pa_sig[5];
	struct event	*pa_stoptimer;
	int		 pa_stopping;	/* 0, or the phase of the stop */
	bool		 pa_started;	/* all was up once */
	bool		 pa_failed;	/* the start failed: exit status 1 */
	struct control	*pa_control;
	struct watcher	*pa_watcher;
	int		 pa_daemonsfd;	/* page of the daemons' states */
	char		 pa_uuid[PARENT_UUID];	/* "": unknown */
	struct parent_line pa_line[PARENT_LINES];
	size_t		 pa_nlines;
};

/* The one object of the process. */
extern struct parent *parent_env;

/* parent.c: the life of the children. */
int		 parent_run(struct parent *);
struct child	*parent_child(enum role, unsigned int inst);
struct child	*parent_child_name(const char *name);
void		 parent_start(struct child *);	/* wanted from here on */
void		 parent_stop(struct child *);	/* and not any more */
void		 parent_shutdown(struct parent *);
bool		 parent_all_up(const struct parent *);
void		 parent_kill(struct child *, const char *why);

/* parentlog.c: the sink of the parent's log, and what it kept. */
void		 parentlog_line(enum loglevel, const char *, void *parent);
void		 parentlog_flush(struct parent *);

/* spawn.c: links, pages, fork and execveat. */
int		 spawn_setup(struct parent *);
int		 spawn_child(struct parent *, struct child *);

/* handout.c: configuration to the children. */
int		 handout_load(struct parent *, struct conf **conf_r);
int		 handout_prepare(struct parent *, struct conf *);
void		 handout_boot(struct parent *, struct child *);
void		 handout_conf(struct parent *, struct child *);
/* New configuration for everybody; -1 with the old one still in use. */
int		 handout_reload(struct parent *);

/* listen.c: the listening sockets; listen_close() ends those not in keep. */
void		 listen_close(const struct listener *, size_t n,
		    const struct listener *keep, size_t nkeep);
int		 listen_open(const struct conf *, struct listener *old,
		    size_t nold, struct listener out[PARENT_LISTEN],
		    size_t *n_r);

/* pidfile.c */
void		 pidfile_write(struct parent *, enum role, pid_t);
void		 pidfile_remove(struct parent *, enum role, pid_t);
void		 pidfile_clean(struct parent *);

/* watcher.c: the states of the manager's daemons. */
int		 watcher_open(struct parent *);
void		 watcher_close(struct parent *);

/* installation.c: fill pa_uuid, from its file or anew. */
void		 installation_load(struct parent *);

/* dial.c: connected sockets for executors, by a table. */
int		 dial_handle(struct parent *, struct child *, struct msg *);

/* control.c */
int		 control_open(struct parent *);
void		 control_close(struct parent *);
/* Something came up or went: answer who waits for it. */
void		 control_progress(struct parent *);
void		 control_probe_done(struct parent *, struct child *,
		    const char *answer);
/*
 * The client's side, for a second wazuh-apid: send one line, print the
 * answer's error if any. 0 ok, 1 refused, -1 nobody answers.
 */
int		 control_ask(int rootfd, const char *line);

#endif
