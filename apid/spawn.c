/* SPDX-License-Identifier: ISC */
/*
 * Links, pages, and the start of a child. Links are made once; the parent
 * keeps both ends, so that a successor finds what was queued. Programs are
 * opened once too: an upgrade of the files under a running server never mixes
 * two tables of messages.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/parent.h"
#include "common/log.h"
#include "common/page.h"
#include "common/proc.h"

/* Bytes of a link's send buffer: some sixty frames of the greatest size. */
#define SPAWN_SNDBUF (4 * 1024 * 1024)

/* Descriptors of a child are collected above this number first. */
#define SPAWN_HIGH 4096

/*
 * A pair of ends. Where messages go one way only, the other way is shut
 * before anybody gets the socket: the receiver cannot send even if it is
 * taken over.
 */
static int
spawn_pair(enum role a, enum role b, int fd[2])
{
	int i, size = SPAWN_SNDBUF;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	        0, fd) == -1) {
		log_error("socketpair");
		return (-1);
	}
	for (i = 0; i < 2; i++)
		if (setsockopt(fd[i], SOL_SOCKET, SO_SNDBUFFORCE, &size,
		        sizeof(size)) == -1)
			setsockopt(
			    fd[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (!msg_sends(a, b))
		shutdown(fd[0], SHUT_WR);
	if (!msg_sends(b, a))
		shutdown(fd[1], SHUT_WR);
	return (0);
}

static int
spawn_page(struct child *c)
{
	void *p;

	c->ch_pagefd =
	    memfd_create(c->ch_name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (c->ch_pagefd == -1 ||
	    ftruncate(c->ch_pagefd, sizeof(struct page)) == -1 ||
	    fcntl(c->ch_pagefd, F_ADD_SEALS,
	        F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == -1) {
		log_error("page of %s", c->ch_name);
		return (-1);
	}
	p = mmap(
	    NULL, sizeof(struct page), PROT_READ, MAP_SHARED, c->ch_pagefd, 0);
	if (p == MAP_FAILED) {
		log_error("page of %s", c->ch_name);
		return (-1);
	}
	c->ch_page = p;
	return (0);
}

/* The end of the link between two children that belongs to the first. */
static int *
spawn_slot(struct child *c, enum role role, unsigned int inst)
{
	size_t i;

	for (i = 0; i < c->ch_nslots; i++)
		if (c->ch_slots[i].ps_role == role &&
		    c->ch_slots[i].ps_inst == inst)
			return (&c->ch_fds[i]);
	return (NULL);
}

static int
spawn_links(struct parent *pa)
{
	struct child *a, *b;
	size_t i, j;
	int fd[2], *ea, *eb;

	for (i = 0; i < pa->pa_nchild; i++) {
		a = &pa->pa_child[i];
		for (j = i + 1; j < pa->pa_nchild; j++) {
			b = &pa->pa_child[j];
			ea = spawn_slot(a, b->ch_role, b->ch_inst);
			eb = spawn_slot(b, a->ch_role, a->ch_inst);
			if (ea == NULL || eb == NULL)
				continue;
			if (spawn_pair(a->ch_role, b->ch_role, fd) == -1)
				return (-1);
			*ea = fd[0];
			*eb = fd[1];
		}
	}
	return (0);
}

static int
spawn_init_child(
    struct parent *pa, struct child *c, enum role role, unsigned int inst)
{
	struct proc_slot slots[PAGE_LINKS];
	int fd[2];

	c->ch_role = role;
	c->ch_inst = inst;
	snprintf(c->ch_name, sizeof(c->ch_name), "%s[%u]", roles[role].rr_name,
	    inst);
	c->ch_nslots = proc_peers(role, pa->pa_count, slots);
	c->ch_slots = calloc(c->ch_nslots + 1, sizeof(*c->ch_slots));
	c->ch_fds = calloc(c->ch_nslots + 1, sizeof(*c->ch_fds));
	if (c->ch_slots == NULL || c->ch_fds == NULL) {
		log_errorx("no memory");
		return (-1);
	}
	memcpy(c->ch_slots, slots, c->ch_nslots * sizeof(*slots));
	if (spawn_page(c) == -1 || spawn_pair(ROLE_PARENT, role, fd) == -1)
		return (-1);
	c->ch_peer.p_fd = fd[0];
	c->ch_linkfd = fd[1];
	return (0);
}

/* The programs stand beside the one that runs now. */
static int
spawn_programs(struct parent *pa)
{
	char dir[PATH_MAX], path[PATH_MAX + 32], *slash;
	ssize_t n;
	int r;

	n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	if (n == -1) {
		log_error("/proc/self/exe");
		return (-1);
	}
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return (-1);
	*slash = '\0';
	for (r = ROLE_PARENT + 1; r < ROLE__MAX; r++) {
		snprintf(path, sizeof(path), "%s/%s", dir, roles[r].rr_program);
		pa->pa_progfd[r] = open(path, O_RDONLY | O_CLOEXEC);
		if (pa->pa_progfd[r] == -1) {
			log_error("%s", path);
			return (-1);
		}
	}
	return (0);
}

int
spawn_setup(struct parent *pa)
{
	unsigned int i;
	int r;

	for (r = ROLE_PARENT + 1; r < ROLE__MAX; r++)
		for (i = 0; i < pa->pa_count[r]; i++) {
			if (pa->pa_nchild == PARENT_CHILDREN) {
				log_errorx("too many processes");
				return (-1);
			}
			if (spawn_init_child(pa, &pa->pa_child[pa->pa_nchild],
			        (enum role)r, i) == -1)
				return (-1);
			pa->pa_nchild++;
		}
	if (spawn_links(pa) == -1)
		return (-1);
	return (spawn_programs(pa));
}

/* --- in the forked child, until exec ------------------------------------ */

static void __attribute__((noreturn)) spawn_fail(const char *what)
{
	dprintf(STDERR_FILENO, "gatehouse: %s: %s\n", what, strerror(errno));
	_exit(127);
}

/*
 * Put fds[0..n) onto the numbers 3, 4, ... by way of high numbers, since
 * source and target ranges overlap.
 */
static void
spawn_place(const int *fds, int n)
{
	int high[PAGE_LINKS + 8], i;

	for (i = 0; i < n; i++) {
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, SPAWN_HIGH);
		if (high[i] == -1)
			spawn_fail("descriptors");
	}
	for (i = 0; i < n; i++)
		if (dup2(high[i], PROC_FD_PARENT + i) == -1)
			spawn_fail("descriptors");
}

static void __attribute__((noreturn))
spawn_exec(struct parent *pa, struct child *c)
{
	static char *envp[] = { NULL, NULL, NULL };
	char title[48], inst[16], tz[256];
	const char *zone = getenv("TZ");
	char *argv[5], role[16];
	sigset_t none;
	size_t i;
	int fds[PAGE_LINKS + 4], n = 0, prog;

	prog = fcntl(pa->pa_progfd[c->ch_role], F_DUPFD_CLOEXEC, SPAWN_HIGH);
	if (prog == -1)
		spawn_fail("program");
	fds[n++] = c->ch_linkfd;
	fds[n++] = c->ch_pagefd;
	for (i = 0; i < c->ch_nslots; i++)
		fds[n++] = c->ch_fds[i];
	if (PROC_DAEMONS & ROLE_BIT(c->ch_role))
		fds[n++] = pa->pa_daemonsfd;
	/* The child's descriptors block until it says otherwise itself. */
	spawn_place(fds, n);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Unset, TZ makes localtime() look at a file on every call. */
	snprintf(tz, sizeof(tz), "TZ=%s",
	    zone != NULL && *zone != '\0' ? zone : ":/etc/localtime");
	snprintf(title, sizeof(title), "gatehouse: %s", c->ch_name);
	snprintf(role, sizeof(role), "%s", roles[c->ch_role].rr_name);
	snprintf(inst, sizeof(inst), "%u", c->ch_inst);
	envp[0] = tz;
	argv[0] = title;
	argv[1] = (char[]){ "--role" };
	argv[2] = role;
	argv[3] = inst;
	argv[4] = NULL;
	syscall(SYS_execveat, prog, "", argv, envp, AT_EMPTY_PATH);
	spawn_fail("execveat");
}

int
spawn_child(struct parent *pa, struct child *c)
{
	pid_t pid;

	pid = fork();
	if (pid == -1) {
		log_error("fork");
		return (-1);
	}
	if (pid == 0)
		spawn_exec(pa, c);
	c->ch_pid = pid;
	c->ch_ready = false;
	c->ch_starts++;
	c->ch_since = proc_now();
	c->ch_state = CHILD_STARTING;
	handout_boot(pa, c);
	return (0);
}
