/* SPDX-License-Identifier: ISC */
/*
 * Connected sockets for executors, which may not connect themselves: DIAL
 * names a row of this table, never a path. facts/data/daemons.md section 1.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apid/parent.h"
#include "common/dial.h"
#include "common/log.h"
#include "common/path.h"
#include "common/proc.h"

struct dial_row {
	const char *dr_path;
	int dr_type;
	uint32_t dr_roles;
};

#define R(x) ROLE_BIT(ROLE_##x)
#define RW   (R(READ) | R(WRITE))

static const struct dial_row dial_rows[DIAL__MAX] = {
	[DIAL_WDB] = { "queue/db/wdb", SOCK_STREAM, RW },
	[DIAL_WDB_HTTP] = { "queue/sockets/wdb-http.sock", SOCK_STREAM, RW },
	[DIAL_QUEUE] = { "queue/sockets/queue", SOCK_DGRAM, R(EVENTS) },
	[DIAL_ANALYSIS] = { "queue/sockets/analysis", SOCK_STREAM, RW },
	[DIAL_REMOTE] = { "queue/sockets/remote", SOCK_STREAM, RW },
	[DIAL_AR] = { "queue/alerts/ar", SOCK_DGRAM, R(WRITE) },
	[DIAL_EXECQ] = { "queue/alerts/execq", SOCK_DGRAM, R(WRITE) },
	[DIAL_COM] = { "queue/sockets/com", SOCK_STREAM, RW },
	[DIAL_AUTH] = { "queue/sockets/auth", SOCK_STREAM, RW },
	[DIAL_LOGTEST] = { "queue/sockets/logtest", SOCK_STREAM, RW },
	[DIAL_UPGRADE] = { "queue/tasks/upgrade", SOCK_STREAM, R(WRITE) },
	[DIAL_WMODULES] = { "queue/sockets/wmodules", SOCK_STREAM, R(READ) },
	[DIAL_AGENTLESS] = { "queue/sockets/agentless", SOCK_STREAM, R(READ) },
	[DIAL_CSYSLOG] = { "queue/sockets/csyslog", SOCK_STREAM, R(READ) },
	[DIAL_INTEGRATOR] = { "queue/sockets/integrator", SOCK_STREAM,
	    R(READ) },
	[DIAL_LOGCOLLECTOR] = { "queue/sockets/logcollector", SOCK_STREAM,
	    R(READ) },
	[DIAL_MAIL] = { "queue/sockets/mail", SOCK_STREAM, R(READ) },
	[DIAL_MONITOR] = { "queue/sockets/monitor", SOCK_STREAM, R(READ) },
	[DIAL_SYSCHECK] = { "queue/sockets/syscheck", SOCK_STREAM, R(READ) },
};

/*
 * Connect by way of a descriptor of the socket's file: the folders belong to
 * the tree's owner, and a link there must not make root knock elsewhere.
 */
static int
dial_connect(struct parent *pa, const struct dial_row *row)
{
	struct sockaddr_un sun;
	int pathfd, fd, saved;

	pathfd = path_open(pa->pa_rootfd, row->dr_path, O_PATH, 0);
	if (pathfd == -1)
		return (-1);
	fd = socket(AF_UNIX, row->dr_type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1) {
		close(pathfd);
		return (-1);
	}
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	snprintf(
	    sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d", pathfd);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		saved = errno;
		close(fd);
		fd = -1;
		errno = saved;
	}
	saved = errno;
	close(pathfd);
	errno = saved;
	return (fd);
}

/* DIAL: u64 request, u16 row. DIAL_OK: u64 request, u32 errno, descriptor. */
int
dial_handle(struct parent *pa, struct child *c, struct msg *m)
{
	struct msgw mw;
	uint64_t request;
	uint16_t id;
	int fd;

	if (msg_get_u64(m, &request) == -1 || msg_get_u16(m, &id) == -1 ||
	    msg_end(m) == -1 || id >= DIAL__MAX ||
	    !(dial_rows[id].dr_roles & ROLE_BIT(c->ch_role)))
		return (-1);
	fd = dial_connect(pa, &dial_rows[id]);
	msgw_start(&mw, MSG_DIAL_OK);
	msg_put_u64(&mw, request);
	msg_put_u32(&mw, fd == -1 ? (uint32_t)errno : 0);
	if (fd != -1)
		msg_put_fd(&mw, fd);
	if (peer_send(&c->ch_peer, &mw, NULL) == -1)
		parent_kill(c, "does not read");
	if (fd != -1)
		close(fd);
	return (0);
}
