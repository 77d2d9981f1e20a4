/* SPDX-License-Identifier: ISC */
/* The states of a manager's daemons: see daemons.h. */
#include <sys/types.h>
#include <sys/mman.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemons.h"

/* Bits of dl_seen. */
#define SEEN_FAILED 0x1 /* NAME.failed */
#define SEEN_START  0x2 /* NAME.start */
#define SEEN_ALIVE  0x4 /* NAME-PID.pid of a process */
#define SEEN_DEAD   0x8 /* NAME-PID.pid of none */

static const char *const daemons_names[DAEMON__MAX] = {
	[DAEMON_AGENTLESSD] = "wazuh-agentlessd",
	[DAEMON_ANALYSISD] = "wazuh-analysisd",
	[DAEMON_AUTHD] = "wazuh-authd",
	[DAEMON_CSYSLOGD] = "wazuh-csyslogd",
	[DAEMON_MONITORD] = "wazuh-monitord",
	[DAEMON_EXECD] = "wazuh-execd",
	[DAEMON_INTEGRATORD] = "wazuh-integratord",
	[DAEMON_LOGCOLLECTOR] = "wazuh-logcollector",
	[DAEMON_MAILD] = "wazuh-maild",
	[DAEMON_REMOTED] = "wazuh-remoted",
	[DAEMON_REPORTD] = "wazuh-reportd",
	[DAEMON_SYSCHECKD] = "wazuh-syscheckd",
	[DAEMON_CLUSTERD] = "wazuh-clusterd",
	[DAEMON_MODULESD] = "wazuh-modulesd",
	[DAEMON_DB] = "wazuh-db",
	[DAEMON_APID] = "wazuh-apid",
};

static const char *const daemons_words[DAEMON_STATES] = {
	[DAEMON_STOPPED] = "stopped",
	[DAEMON_RUNNING] = "running",
	[DAEMON_STARTING] = "starting",
	[DAEMON_RESTARTING] = "restarting",
	[DAEMON_FAILED] = "failed",
};

/* The basic services, in the order in which 1017 names them. */
static const enum daemon daemons_basic[] = { DAEMON_MODULESD, DAEMON_ANALYSISD,
	DAEMON_EXECD, DAEMON_DB, DAEMON_REMOTED };

#define DAEMONS_NBASIC (sizeof(daemons_basic) / sizeof(daemons_basic[0]))

const char *
daemons_name(enum daemon d)
{
	return (daemons_names[d]);
}

const char *
daemons_word(enum daemon_state state)
{
	return (daemons_words[state]);
}

/* --- the rules --------------------------------------------------------- */

/*
 * The number in the rest of a pid file's name, which is "PID.pid" or
 * "TEXT-PID.pid"; 0 where there is none that a process could have. -1: the
 * name does not end as that of a pid file.
 */
static pid_t
daemons_number(const char *rest)
{
	const char *end = strrchr(rest, '.'), *digits;
	unsigned long n;
	char *stop;

	if (end == NULL || strcmp(end, ".pid") != 0)
		return (-1);
	digits = strrchr(rest, '-');
	digits = digits == NULL ? rest : digits + 1;
	if (!isdigit((unsigned char)*digits))
		return (0);
	errno = 0;
	n = strtoul(digits, &stop, 10);
	return (stop != end || errno != 0 || n > INT_MAX ? 0 : (pid_t)n);
}

static uint8_t
daemons_file(const char *rest, daemons_ask ask, void *arg)
{
	enum daemons_pid answer = PID_DEAD;
	pid_t pid;

	if (strcmp(rest, ".failed") == 0)
		return (SEEN_FAILED);
	if (strcmp(rest, ".start") == 0)
		return (SEEN_START);
	if (*rest != '-')
		return (0);
	pid = daemons_number(rest + 1);
	if (pid == -1)
		return (0);
	if (pid != 0)
		answer = ask(arg, pid);
	if (answer == PID_IGNORED)
		return (0);
	return (answer == PID_ALIVE ? SEEN_ALIVE : SEEN_DEAD);
}

void
daemons_note(
    struct daemons_look *dl, const char *name, daemons_ask ask, void *arg)
{
	size_t i, len;

	if (strcmp(name, ".restart") == 0) {
		dl->dl_restart = true;
		return;
	}
	for (i = 0; i < DAEMON__MAX; i++) {
		len = strlen(daemons_names[i]);
		if (strncmp(name, daemons_names[i], len) == 0)
			dl->dl_seen[i] |= daemons_file(name + len, ask, arg);
	}
}

static bool
daemons_is_basic(enum daemon d)
{
	size_t i;

	for (i = 0; i < DAEMONS_NBASIC; i++)
		if (daemons_basic[i] == d)
			return (true);
	return (false);
}

enum daemon_state
daemons_judge(const struct daemons_look *dl, enum daemon d, bool embedded)
{
	uint8_t seen = dl->dl_seen[d];

	if (seen & SEEN_FAILED)
		return (DAEMON_FAILED);
	if (dl->dl_restart)
		return (DAEMON_RESTARTING);
	if (seen & SEEN_START)
		return (DAEMON_STARTING);
	if (seen & SEEN_ALIVE)
		return (DAEMON_RUNNING);
	if (seen & SEEN_DEAD)
		return (DAEMON_FAILED);
	return (
	    embedded && daemons_is_basic(d) ? DAEMON_RUNNING : DAEMON_STOPPED);
}

/* --- the page ---------------------------------------------------------- */

struct daemons_page *
daemons_make(int *fd_r)
{
	void *p = MAP_FAILED;
	int fd, saved;

	fd = memfd_create("daemons", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return (NULL);
	if (ftruncate(fd, sizeof(struct daemons_page)) == 0)
		p = mmap(NULL, sizeof(struct daemons_page),
		    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	/* The mapping that is there already stays one for writing. */
	if (p == MAP_FAILED ||
	    fcntl(fd, F_ADD_SEALS,
	        F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW |
	            F_SEAL_SEAL) == -1) {
		saved = errno;
		if (p != MAP_FAILED)
			munmap(p, sizeof(struct daemons_page));
		close(fd);
		errno = saved;
		return (NULL);
	}
	*fd_r = fd;
	return (p);
}

void
daemons_free(struct daemons_page **dpp, int *fd)
{
	munmap(*dpp, sizeof(**dpp));
	*dpp = NULL;
	close(*fd);
	*fd = -1;
}

const struct daemons_page *
daemons_map(int fd)
{
	void *p;

	p = mmap(
	    NULL, sizeof(struct daemons_page), PROT_READ, MAP_SHARED, fd, 0);
	return (p == MAP_FAILED ? NULL : p);
}

void
daemons_publish(
    struct daemons_page *dp, const struct daemons_look *dl, bool embedded)
{
	enum daemon_state state;
	int d;

	for (d = 0; dl != NULL && d < DAEMON__MAX; d++) {
		state = daemons_judge(dl, (enum daemon)d, embedded);
		__atomic_store_n(
		    &dp->dp_state[d], (uint8_t)state, __ATOMIC_RELAXED);
	}
	/* Whoever sees that they are known sees them. */
	__atomic_store_n(&dp->dp_known, dl != NULL, __ATOMIC_RELEASE);
}

bool
daemons_known(const struct daemons_page *dp)
{
	return (__atomic_load_n(&dp->dp_known, __ATOMIC_ACQUIRE) != 0);
}

enum daemon_state
daemons_state(const struct daemons_page *dp, enum daemon d)
{
	return ((enum daemon_state)__atomic_load_n(
	    &dp->dp_state[d], __ATOMIC_RELAXED));
}

uint16_t
daemons_refuse(const struct daemons_page *dp, char why[DAEMONS_WHY])
{
	enum daemon_state state;
	size_t i, n = 0;

	why[0] = '\0';
	if (!daemons_known(dp))
		return (1913);
	for (i = 0; i < DAEMONS_NBASIC; i++) {
		state = daemons_state(dp, daemons_basic[i]);
		if (state == DAEMON_RUNNING || state == DAEMON_STARTING)
			continue;
		n += (size_t)snprintf(why + n, DAEMONS_WHY - n, "%s%s->%s",
		    n == 0 ? "" : ", ", daemons_names[daemons_basic[i]],
		    daemons_words[state]);
	}
	return (n == 0 ? 0 : 1017);
}
