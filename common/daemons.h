/* SPDX-License-Identifier: ISC */
/*
 * The states of a manager's daemons: the rules that the files of var/run are
 * read by (facts/data/files.md section 9), and the page in which the parent
 * publishes what it found to those that admit, route and show.
 */
#ifndef COMMON_DAEMONS_H
#define COMMON_DAEMONS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of GET /manager/status. */
enum daemon {
	DAEMON_AGENTLESSD, DAEMON_ANALYSISD, DAEMON_AUTHD, DAEMON_CSYSLOGD,
	DAEMON_MONITORD, DAEMON_EXECD, DAEMON_INTEGRATORD, DAEMON_LOGCOLLECTOR,
	DAEMON_MAILD, DAEMON_REMOTED, DAEMON_REPORTD, DAEMON_SYSCHECKD,
	DAEMON_CLUSTERD, DAEMON_MODULESD, DAEMON_DB, DAEMON_APID,
	DAEMON__MAX
};

enum daemon_state {
	DAEMON_STOPPED, DAEMON_RUNNING, DAEMON_STARTING, DAEMON_RESTARTING,
	DAEMON_FAILED,
	DAEMON_STATES
};

/* "wazuh-db", "running": static texts, those that clients get. */
const char	*daemons_name(enum daemon);
const char	*daemons_word(enum daemon_state);

/* --- the rules: pure --------------------------------------------------- */

/* What one look at var/run has shown so far; begins as all zeros. */
struct daemons_look {
	bool		 dl_restart;
	uint8_t		 dl_seen[DAEMON__MAX];	/* bits of daemons.c */
};

enum daemons_pid {
	PID_DEAD,
	PID_ALIVE,
	PID_IGNORED		/* as if its file were not there */
};
typedef enum daemons_pid (*daemons_ask)(void *arg, pid_t);

/* Note one name of the folder. ask is called for the number in a pid file. */
void	daemons_note(struct daemons_look *, const char *name, daemons_ask,
	    void *arg);

/*
 * The state that a whole look gives a daemon. embedded: the store is ours, so
 * that the basic services count as running where nothing speaks of them.
 */
enum daemon_state daemons_judge(const struct daemons_look *, enum daemon,
	    bool embedded);

/* --- the page ---------------------------------------------------------- */

/* One writer; each byte stands for itself. */
struct daemons_page {
	uint8_t		 dp_known;	/* 1: the last look succeeded */
	uint8_t		 dp_state[DAEMON__MAX];	/* enum daemon_state */
};

/*
 * Make a page and map it for writing; *fd_r is its memory file, in which no one
 * else can ever write or map for writing (F_SEAL_FUTURE_WRITE, Linux 5.1).
 * NULL and errno on error. All states are unknown.
 */
struct daemons_page *daemons_make(int *fd_r);
/* The maker gives both back. */
void	daemons_free(struct daemons_page **, int *fd);
/* Map it for reading; fd stays the caller's. NULL and errno on error. */
const struct daemons_page *daemons_map(int fd);

/* Publish a look; NULL: there was none, the states are unknown. */
void	daemons_publish(struct daemons_page *, const struct daemons_look *,
	    bool embedded);

bool	daemons_known(const struct daemons_page *);
enum daemon_state daemons_state(const struct daemons_page *, enum daemon);

#define DAEMONS_WHY	192	/* bytes of the text below, with its NUL */

/*
 * May a request run? 0; or 1017 and in why "wazuh-db->failed, ...", the basic
 * services that are not ready; or 1913 and "", their states are unknown.
 */
uint16_t	daemons_refuse(const struct daemons_page *,
		    char why[DAEMONS_WHY]);

#endif
