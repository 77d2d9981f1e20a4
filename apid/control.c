/* SPDX-License-Identifier: ISC */
/*
 * The control socket: common/control.h. One line in, lines out. Only root and
 * the user the server was started as may speak.
 */
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/parent.h"
#include "common/control.h"
#include "common/log.h"
#include "common/page.h"
#include "common/path.h"
#include "common/probe.h"
#include "common/proc.h"
#include "common/sandbox.h"

#define CONTROL_CLIENTS 32 /* at most, at a time */
#define CONTROL_SECONDS 5 /* to send the line */
#define CONTROL_WAIT    30 /* seconds until a wait is given up */

enum control_wait {
	WAIT_NONE, /* the line has not come yet */
	WAIT_CONF, /* every process has the generation */
	WAIT_UP, /* every wanted process of the group is up */
	WAIT_DOWN, /* none of the group runs */
	WAIT_PROBE
};

struct control_client {
	TAILQ_ENTRY(control_client) cc_entry;
	struct bufferevent *cc_bev;
	struct event *cc_timer;
	enum control_wait cc_wait;
	char cc_group[32];
	struct child *cc_child;
	struct control *cc_control;
};

struct control {
	struct parent *co_parent;
	struct evconnlistener *co_listener;
	size_t co_n;
	TAILQ_HEAD(, control_client) co_clients;
};

static void
control_free(struct control_client *cc)
{
	TAILQ_REMOVE(&cc->cc_control->co_clients, cc, cc_entry);
	cc->cc_control->co_n--;
	event_free(cc->cc_timer);
	bufferevent_free(cc->cc_bev);
	free(cc);
}

static void
control_written(struct bufferevent *bev, void *arg)
{
	control_free(arg);
}

static void
control_event(struct bufferevent *bev, short what, void *arg)
{
	control_free(arg);
}

/* The last line; the connection ends when it is out. */
static void
control_end(struct control_client *cc, const char *line)
{
	struct timeval tv = { CONTROL_SECONDS, 0 };

	cc->cc_wait = WAIT_NONE;
	bufferevent_setcb(cc->cc_bev, NULL, control_written, control_event, cc);
	bufferevent_disable(cc->cc_bev, EV_READ);
	evbuffer_add_printf(bufferevent_get_output(cc->cc_bev), "%s\n", line);
	evtimer_add(cc->cc_timer, &tv);
}

/* --- status -------------------------------------------------------------- */

/* Memory of a process in KiB: its proportional share, or what is resident. */
static unsigned long
control_memory(pid_t pid, const char **kind_r)
{
	char path[64], line[256];
	unsigned long kb = 0, pages;
	FILE *f;

	*kind_r = "pss";
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	f = fopen(path, "re");
	if (f != NULL) {
		while (fgets(line, sizeof(line), f) != NULL)
			if (sscanf(line, "Pss: %lu kB", &kb) == 1)
				break;
		fclose(f);
	}
	if (kb != 0)
		return (kb);
	*kind_r = "rss";
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return (0);
	if (fscanf(f, "%*u %lu", &pages) == 1)
		kb = pages * (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
	fclose(f);
	return (kb);
}

static uint64_t
control_seconds(uint64_t since)
{
	return ((proc_now() - since) / 1000000000U);
}

static void
control_child(struct evbuffer *out, const struct child *c)
{
	static const char *const states[] = { "stopped", "starting", "up",
		"backoff" };
	const struct page *pg = c->ch_page;
	const char *kind = "rss";
	unsigned long kb = 0;

	if (c->ch_pid != 0)
		kb = control_memory(c->ch_pid, &kind);
	evbuffer_add_printf(out,
	    "proc\t%s\t%d\t%s\t%" PRIu64 "\t%u\t%" PRIu64 "\t%" PRIu64
	    "\t%lu\t%s\t%s\t%u\t%s\n",
	    c->ch_name, (int)c->ch_pid, states[c->ch_state],
	    c->ch_pid != 0 ? control_seconds(c->ch_since) : 0,
	    c->ch_starts > 0 ? c->ch_starts - 1 : 0, pg->pg_inflight,
	    pg->pg_requests, kb, kind, sandbox_text(pg->pg_sandbox),
	    pg->pg_landlock, roles[c->ch_role].rr_program);
}

static void
control_status(struct control_client *cc, const char *arg)
{
	struct evbuffer *out = bufferevent_get_output(cc->cc_bev);
	struct parent *pa = cc->cc_control->co_parent;
	const char *kind;
	unsigned long kb;
	size_t i;

	evbuffer_add_printf(out, "server\t%d\t%" PRIu64 "\t%u\t%s\n",
	    (int)getpid(), control_seconds(pa->pa_since), pa->pa_generation,
	    pa->pa_root);
	kb = control_memory(getpid(), &kind);
	evbuffer_add_printf(out,
	    "proc\tparent[0]\t%d\tup\t%" PRIu64 "\t0\t0\t0\t%lu\t%s\tnone\t0"
	    "\tapid\n",
	    (int)getpid(), control_seconds(pa->pa_since), kb, kind);
	for (i = 0; i < pa->pa_nchild; i++)
		control_child(out, &pa->pa_child[i]);
	control_end(cc, "ok");
}

/* --- commands that wait --------------------------------------------------- */

static bool
control_in_group(const struct child *c, const char *group)
{
	return (strcmp(group, "all") == 0 ||
	    strcmp(roles[c->ch_role].rr_group, group) == 0);
}

static bool
control_reached(const struct control_client *cc)
{
	struct parent *pa = cc->cc_control->co_parent;
	struct child *c;
	size_t i;

	for (i = 0; i < pa->pa_nchild; i++) {
		c = &pa->pa_child[i];
		if (cc->cc_wait == WAIT_CONF && c->ch_wanted &&
		    c->ch_conf != pa->pa_generation)
			return (false);
		if (!control_in_group(c, cc->cc_group))
			continue;
		if (cc->cc_wait == WAIT_UP && c->ch_wanted &&
		    c->ch_state != CHILD_UP)
			return (false);
		if (cc->cc_wait == WAIT_DOWN && c->ch_pid != 0)
			return (false);
	}
	return (true);
}

void
control_progress(struct parent *pa)
{
	struct control_client *cc, *next;

	if (pa->pa_control == NULL)
		return;
	for (cc = TAILQ_FIRST(&pa->pa_control->co_clients); cc != NULL;
	     cc = next) {
		next = TAILQ_NEXT(cc, cc_entry);
		if (cc->cc_wait != WAIT_NONE && cc->cc_wait != WAIT_PROBE &&
		    control_reached(cc))
			control_end(cc, "ok");
	}
}

static void
control_wait(struct control_client *cc, enum control_wait wait)
{
	struct timeval tv = { CONTROL_WAIT, 0 };

	cc->cc_wait = wait;
	evtimer_add(cc->cc_timer, &tv);
	if (control_reached(cc))
		control_end(cc, "ok");
}

static void
control_reload(struct control_client *cc, const char *arg)
{
	if (handout_reload(cc->cc_control->co_parent) == -1) {
		control_end(cc,
		    "error the new configuration is not valid "
		    "(see logs/gatehouse/parent.log); the old one stays");
		return;
	}
	control_wait(cc, WAIT_CONF);
}

static bool
control_group(struct control_client *cc, const char *arg)
{
	if (strcmp(arg, "apid") != 0 && strcmp(arg, "clusterd") != 0 &&
	    strcmp(arg, "all") != 0) {
		control_end(cc, "error the groups are apid, clusterd, all");
		return (false);
	}
	snprintf(cc->cc_group, sizeof(cc->cc_group), "%s", arg);
	return (true);
}

static void
control_start(struct control_client *cc, const char *arg)
{
	struct parent *pa = cc->cc_control->co_parent;
	size_t i;

	if (!control_group(cc, arg))
		return;
	for (i = 0; i < pa->pa_nchild; i++)
		if (control_in_group(&pa->pa_child[i], arg))
			parent_start(&pa->pa_child[i]);
	control_wait(cc, WAIT_UP);
}

static void
control_stop(struct control_client *cc, const char *arg)
{
	struct parent *pa = cc->cc_control->co_parent;
	size_t i;

	if (!control_group(cc, arg))
		return;
	if (strcmp(arg, "all") == 0) {
		control_end(cc, "ok");
		parent_shutdown(pa);
		return;
	}
	for (i = 0; i < pa->pa_nchild; i++)
		if (control_in_group(&pa->pa_child[i], arg))
			parent_stop(&pa->pa_child[i]);
	control_wait(cc, WAIT_DOWN);
}

#ifdef GATEHOUSE_PROBES
static void
control_probe(struct control_client *cc, const char *arg)
{
	struct timeval tv = { CONTROL_WAIT, 0 };
	struct child *c;
	struct msgw mw;
	char name[32];
	unsigned int what;
	const char *blank = strchr(arg, ' ');

	if (blank == NULL || (size_t)(blank - arg) >= sizeof(name)) {
		control_end(cc, "error probe NAME WHAT");
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(blank - arg), arg);
	c = parent_child_name(name);
	for (what = 0; probe_name(what) != NULL; what++)
		if (strcmp(probe_name(what), blank + 1) == 0)
			break;
	if (c == NULL || c->ch_state != CHILD_UP || probe_name(what) == NULL) {
		control_end(cc, "error no such process or attempt");
		return;
	}
	msgw_start(&mw, MSG_PROBE);
	msg_put_u8(&mw, (uint8_t)what);
	cc->cc_child = c;
	cc->cc_wait = WAIT_PROBE;
	evtimer_add(cc->cc_timer, &tv);
	if (peer_send(&c->ch_peer, &mw, NULL) == -1)
		control_end(cc, "error cannot reach it");
}
#endif

void
control_probe_done(struct parent *pa, struct child *c, const char *answer)
{
	struct control_client *cc, *next;

	if (pa->pa_control == NULL)
		return;
	for (cc = TAILQ_FIRST(&pa->pa_control->co_clients); cc != NULL;
	     cc = next) {
		next = TAILQ_NEXT(cc, cc_entry);
		if (cc->cc_wait == WAIT_PROBE && cc->cc_child == c)
			control_end(cc, answer);
	}
}

/* --- connections ---------------------------------------------------------- */

static const struct {
	const char *verb;
	void (*fn)(struct control_client *, const char *);
} control_verbs[] = {
	{ "status", control_status },
	{ "reload", control_reload },
	{ "start", control_start },
	{ "stop", control_stop },
#ifdef GATEHOUSE_PROBES
	{ "probe", control_probe },
#endif
};

static void
control_line(struct control_client *cc, char *line)
{
	char *arg = strchr(line, ' ');
	size_t i;

	if (arg != NULL)
		*arg++ = '\0';
	for (i = 0; i < sizeof(control_verbs) / sizeof(control_verbs[0]); i++)
		if (strcmp(control_verbs[i].verb, line) == 0) {
			control_verbs[i].fn(cc, arg != NULL ? arg : "");
			return;
		}
	control_end(cc, "error unknown command");
}

static void
control_read(struct bufferevent *bev, void *arg)
{
	struct control_client *cc = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char *line;
	size_t len;

	line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	if (line == NULL) {
		if (evbuffer_get_length(in) > CONTROL_LINE)
			control_free(cc);
		return;
	}
	/* What may come after the line is not looked at. */
	bufferevent_setcb(bev, NULL, NULL, control_event, cc);
	bufferevent_disable(bev, EV_READ);
	if (len > CONTROL_LINE)
		control_end(cc, "error line too long");
	else
		control_line(cc, line);
	free(line);
}

static void
control_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct control_client *cc = arg;

	if (cc->cc_wait == WAIT_NONE)
		control_free(cc);
	else
		control_end(cc,
		    "error it takes too long; see gatehouse "
		    "status");
}

static bool
control_trusted(int fd)
{
	struct ucred uc;
	socklen_t len = sizeof(uc);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &uc, &len) == -1)
		return (false);
	return (uc.uid == 0 || uc.uid == geteuid());
}

static void
control_accept(struct evconnlistener *l, evutil_socket_t fd,
    struct sockaddr *sa, int len, void *arg)
{
	struct timeval tv = { CONTROL_SECONDS, 0 };
	struct control *co = arg;
	struct control_client *cc;

	if (co->co_n >= CONTROL_CLIENTS || !control_trusted(fd)) {
		close(fd);
		return;
	}
	cc = calloc(1, sizeof(*cc));
	if (cc == NULL) {
		close(fd);
		return;
	}
	cc->cc_control = co;
	cc->cc_bev = bufferevent_socket_new(
	    co->co_parent->pa_base, fd, BEV_OPT_CLOSE_ON_FREE);
	cc->cc_timer = evtimer_new(co->co_parent->pa_base, control_timeout, cc);
	if (cc->cc_bev == NULL || cc->cc_timer == NULL)
		fatalx("no memory");
	TAILQ_INSERT_TAIL(&co->co_clients, cc, cc_entry);
	co->co_n++;
	bufferevent_setcb(cc->cc_bev, control_read, NULL, control_event, cc);
	bufferevent_enable(cc->cc_bev, EV_READ | EV_WRITE);
	evtimer_add(cc->cc_timer, &tv);
}

/* The name by way of the directory's descriptor: sun_path is short. */
static int
control_addr(int rootfd, struct sockaddr_un *sun)
{
	int dirfd;

	dirfd = path_open(rootfd, "var/run", O_PATH | O_DIRECTORY, 0);
	if (dirfd == -1)
		return (-1);
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	snprintf(sun->sun_path, sizeof(sun->sun_path),
	    "/proc/self/fd/%d/gatehouse.sock", dirfd);
	return (dirfd);
}

static int
control_bind(struct parent *pa)
{
	struct sockaddr_un sun;
	mode_t old;
	int dirfd, fd, r;

	dirfd = control_addr(pa->pa_rootfd, &sun);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (dirfd == -1 || fd == -1) {
		log_error("%s", CONTROL_PATH);
		if (dirfd != -1)
			close(dirfd);
		return (-1);
	}
	/* The lock on the instance is ours, so what is there is left over. */
	unlinkat(dirfd, "gatehouse.sock", 0);
	old = umask(0177);
	r = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	close(dirfd);
	if (r == -1) {
		log_error("%s", CONTROL_PATH);
		close(fd);
		return (-1);
	}
	return (fd);
}

int
control_open(struct parent *pa)
{
	struct control *co;
	int fd;

	fd = control_bind(pa);
	if (fd == -1)
		return (-1);
	co = calloc(1, sizeof(*co));
	if (co == NULL) {
		close(fd);
		return (-1);
	}
	co->co_parent = pa;
	TAILQ_INIT(&co->co_clients);
	co->co_listener = evconnlistener_new(pa->pa_base, control_accept, co,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16, fd);
	if (co->co_listener == NULL) {
		log_errorx("%s: no listener", CONTROL_PATH);
		close(fd);
		free(co);
		return (-1);
	}
	pa->pa_control = co;
	return (0);
}

void
control_close(struct parent *pa)
{
	struct control *co = pa->pa_control;

	if (co == NULL)
		return;
	while (!TAILQ_EMPTY(&co->co_clients))
		control_free(TAILQ_FIRST(&co->co_clients));
	evconnlistener_free(co->co_listener);
	free(co);
	pa->pa_control = NULL;
	path_unlink(pa->pa_rootfd, CONTROL_PATH, 0);
}

/* --- the other end --------------------------------------------------------- */

int
control_ask(int rootfd, const char *line)
{
	struct sockaddr_un sun;
	char answer[CONTROL_LINE];
	FILE *f;
	int dirfd, fd, r;

	dirfd = control_addr(rootfd, &sun);
	if (dirfd == -1)
		return (-1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	r = fd == -1 ? -1 : connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	close(dirfd);
	if (r == -1) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	f = fdopen(fd, "r+");
	if (f == NULL) {
		close(fd);
		return (-1);
	}
	answer[0] = '\0';
	r = 1;
	fprintf(f, "%s\n", line);
	fflush(f);
	while (fgets(answer, sizeof(answer), f) != NULL)
		if (strcmp(answer, "ok\n") == 0)
			r = 0;
	if (r != 0)
		log_errorx("the running server says: %s", answer);
	fclose(f);
	return (r);
}
