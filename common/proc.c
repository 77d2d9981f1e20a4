/* SPDX-License-Identifier: ISC */
/*
 * The life of a child process, the same for every role: see proc.h. What the
 * parent says is believed; nonsense from it is fatal. Other peers are judged
 * by the order of trust (roles.c).
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"
#include "common/conf.h"
#include "common/daemons.h"
#include "common/log.h"
#include "common/path.h"
#include "common/peer.h"
#include "common/probe.h"
#include "common/proc.h"
#include "common/sandbox.h"

struct proc *proc_self;

/* What BOOT says; strings are copies. */
struct proc_boot {
	struct sandbox_spec pb_spec;
	char *pb_dir; /* root directory of the role */
	char *pb_uuid;
	uint8_t pb_level;
};

static int proc_frame(struct peer *, struct msg *);
static void proc_bad(struct peer *, const char *);
static void proc_eof(struct peer *);

static const struct peer_ops proc_peer_ops = { proc_frame, proc_bad, proc_eof };

uint64_t
proc_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec);
}

size_t
proc_peers(enum role self, const unsigned int count[ROLE__MAX],
    struct proc_slot out[PAGE_LINKS])
{
	unsigned int i;
	size_t n = 0;
	int r;

	for (r = ROLE_PARENT + 1; r < ROLE__MAX; r++) {
		if (!msg_linked(self, (enum role)r))
			continue;
		for (i = 0; i < count[r] && n < PAGE_LINKS - 1; i++) {
			out[n].ps_role = (enum role)r;
			out[n].ps_inst = i;
			n++;
		}
	}
	return (n);
}

struct peer *
proc_peer(enum role role, unsigned int inst)
{
	struct proc *pr = proc_self;
	size_t i;

	for (i = 0; i < pr->pr_npeers; i++)
		if (pr->pr_peers[i].p_role == role &&
		    pr->pr_peers[i].p_inst == inst)
			return (&pr->pr_peers[i]);
	return (NULL);
}

uint64_t
proc_newid(struct proc *pr)
{
	pr->pr_lastid++;
	return (((uint64_t)(pr->pr_inst & 0xff) << 56) |
	    ((uint64_t)(pr->pr_page->pg_generation & 0xffff) << 40) |
	    (pr->pr_lastid & 0xffffffffffU));
}

/* --- logging to logd --------------------------------------------------- */

static void
proc_log(enum loglevel level, const char *text, void *arg)
{
	struct proc *pr = arg;
	struct peer *logd = proc_peer(ROLE_LOGD, 0);
	struct logline ll;
	struct msgw mw;
	struct timespec ts;

	/* Why a start failed is wanted where it was asked for. */
	if (level == LOGL_ERROR)
		dprintf(STDERR_FILENO, "gatehouse: %s[%u]: ERROR: %s\n",
		    roles[pr->pr_role].rr_name, pr->pr_inst, text);
	clock_gettime(CLOCK_REALTIME, &ts);
	ll.ll_time = (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
	ll.ll_level = (uint8_t)level;
	ll.ll_request = log_request_id();
	ll.ll_text = text;
	msgw_start(&mw, MSG_LOG);
	logline_put(&mw, &ll);
	if (logd == NULL || peer_send(logd, &mw, NULL) == -1)
		pr->pr_page->pg_dropped++;
}

/* --- the order of trust ------------------------------------------------ */

void
proc_accuse(struct peer *p, const char *why)
{
	struct msgw mw;

	if (roles[proc_self->pr_role].rr_trust <= roles[p->p_role].rr_trust)
		fatalx("%s: %s", p->p_name, why);
	log_warnx("%s: %s; asking for its end", p->p_name, why);
	msgw_start(&mw, MSG_KILL_PEER);
	msg_put_u8(&mw, (uint8_t)p->p_role);
	msg_put_u8(&mw, (uint8_t)p->p_inst);
	msg_put_str(&mw, why);
	if (peer_send(&proc_self->pr_peers[0], &mw, NULL) == -1)
		fatalx("cannot reach the parent");
}

static void
proc_bad(struct peer *p, const char *why)
{
	proc_accuse(p, why);
}

static void
proc_eof(struct peer *p)
{
	/*
	 * The parent keeps both ends of every link, so the end of any of them
	 * means that it is gone.
	 */
	if (p->p_role != ROLE_PARENT)
		log_debug("%s: link ended", p->p_name);
	_exit(0);
}

/* --- configuration ----------------------------------------------------- */

static void
proc_read_peers(struct proc *pr)
{
	size_t i;

	for (i = 1; i < pr->pr_npeers; i++)
		peer_read(&pr->pr_peers[i], true);
}

static int
proc_commit(struct proc *pr, struct msg *m)
{
	struct conf *old = pr->pr_conf;
	struct msgw mw;
	uint32_t generation;

	if (msg_get_u32(m, &generation) == -1 || msg_end(m) == -1 ||
	    pr->pr_newconf == NULL ||
	    pr->pr_newconf->cf_generation != generation)
		return (-1);
	log_setlevel(log_level_find(pr->pr_newconf->cf_log_level));
	if (pr->pr_ops->po_conf != NULL)
		pr->pr_ops->po_conf(pr, pr->pr_newconf);
	pr->pr_conf = pr->pr_newconf;
	pr->pr_newconf = NULL;
	conf_free(&old);
	if (!pr->pr_started) {
		pr->pr_started = true;
		if (pr->pr_ops->po_start != NULL)
			pr->pr_ops->po_start(pr);
		proc_read_peers(pr);
	}
	pr->pr_page->pg_conf = generation;
	msgw_start(&mw, MSG_CONF_DONE);
	msg_put_u32(&mw, generation);
	return (peer_send(&pr->pr_peers[0], &mw, NULL));
}

static int
proc_conf(struct proc *pr, struct msg *m)
{
	uint32_t generation;

	if (m->m_type == MSG_CONF_VALUES) {
		if (pr->pr_newconf == NULL)
			return (-1);
		return (conf_get(m, pr->pr_newconf));
	}
	if (msg_get_u32(m, &generation) == -1 || msg_end(m) == -1)
		return (-1);
	conf_free(&pr->pr_newconf);
	pr->pr_newconf = conf_new();
	if (pr->pr_newconf == NULL)
		fatalx("no memory");
	pr->pr_newconf->cf_generation = generation;
	return (0);
}

/* --- peers that come and go -------------------------------------------- */

/* PEER_LOST: u8 role, u8 instance, u32 taken, u32 via, u8 backing off. */
static int
proc_lost(struct proc *pr, struct msg *m)
{
	struct peer *p;
	uint32_t taken, via;
	uint8_t role, inst, backoff;

	if (msg_get_u8(m, &role) == -1 || msg_get_u8(m, &inst) == -1 ||
	    msg_get_u32(m, &taken) == -1 || msg_get_u32(m, &via) == -1 ||
	    msg_get_u8(m, &backoff) == -1 || msg_end(m) == -1 ||
	    role >= ROLE__MAX)
		return (-1);
	p = proc_peer((enum role)role, inst);
	if (p == NULL)
		return (-1);
	if (pr->pr_started && pr->pr_ops->po_peer_lost != NULL)
		pr->pr_ops->po_peer_lost(pr, p, taken, via, backoff != 0);
	return (0);
}

/* PEER_UP: u8 role, u8 instance. */
static int
proc_up(struct proc *pr, struct msg *m)
{
	struct peer *p;
	uint8_t role, inst;

	if (msg_get_u8(m, &role) == -1 || msg_get_u8(m, &inst) == -1 ||
	    msg_end(m) == -1 || role >= ROLE__MAX)
		return (-1);
	p = proc_peer((enum role)role, inst);
	if (p == NULL)
		return (-1);
	if (pr->pr_started && pr->pr_ops->po_peer_up != NULL)
		pr->pr_ops->po_peer_up(pr, p);
	return (0);
}

#ifdef GATEHOUSE_PROBES
/* PROBE: u8 what. Answered with PROBE_DONE: u8 what, u32 errno. */
static int
proc_probe(struct proc *pr, struct msg *m)
{
	struct msgw mw;
	uint8_t what;

	if (msg_get_u8(m, &what) == -1 || msg_end(m) == -1)
		return (-1);
	msgw_start(&mw, MSG_PROBE_DONE);
	msg_put_u8(&mw, what);
	msg_put_u32(&mw, (uint32_t)probe_try((enum probe)what));
	return (peer_send(&pr->pr_peers[0], &mw, NULL));
}
#endif

/* --- dispatch ---------------------------------------------------------- */

/* What every role does with the parent's messages. 1: not one of them. */
static int
proc_parent(struct proc *pr, struct msg *m)
{
	switch (m->m_type) {
	case MSG_CONF_NEW:
	case MSG_CONF_VALUES:
		return (proc_conf(pr, m));
	case MSG_CONF_COMMIT:
		return (proc_commit(pr, m));
	case MSG_PEER_LOST:
		return (proc_lost(pr, m));
	case MSG_PEER_UP:
		return (proc_up(pr, m));
	case MSG_STOP:
		pr->pr_stopping = true;
		if (pr->pr_ops->po_stop == NULL)
			proc_exit(pr);
		pr->pr_ops->po_stop(pr);
		return (msg_end(m));
#ifdef GATEHOUSE_PROBES
	case MSG_PROBE:
		return (proc_probe(pr, m));
#endif
	default:
		return (1);
	}
}

static int
proc_frame(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	const struct handler *h;
	int r;

	if (p->p_role == ROLE_PARENT) {
		r = proc_parent(pr, m);
		if (r != 1)
			return (r);
	}
	for (h = pr->pr_ops->po_handlers; h != NULL && h->h_type != MSG_NONE;
	     h++)
		if (h->h_type == m->m_type)
			return (h->h_fn(p, m));
	return (-1);
}

/* --- start ------------------------------------------------------------- */

static char *
proc_copy(const char *s)
{
	char *copy = s == NULL ? NULL : strdup(s);

	if (s != NULL && copy == NULL)
		fatalx("no memory");
	return (copy);
}

/*
 * BOOT: u32 uid, u32 gid, u8 started as root, u8 sandbox required, u8 log
 * level, u8 this node is a master, str root directory, str number of the
 * installation, u8 instances of each role. Read with a blocking call: nothing
 * else is there yet.
 */
static void
proc_read_boot(struct proc *pr, struct proc_boot *pb)
{
	uint8_t frame[MSG_HDR + MSG_1K * 8], u[4], n;
	const char *dir, *uuid, *why;
	struct msg m;
	struct pollfd pfd = { PROC_FD_PARENT, POLLIN, 0 };
	uint32_t uid, gid;
	ssize_t len;
	int i;

	/* The link does not block, and the parent may be a moment behind. */
	while (poll(&pfd, 1, -1) == -1 && errno == EINTR)
		continue;
	len = recv(PROC_FD_PARENT, frame, sizeof(frame), 0);
	if (len <= 0)
		_exit(0);
	if (msg_parse(&m, frame, (size_t)len, 0, ROLE_PARENT, pr->pr_role,
	        &why) == -1)
		fatalx("boot: %s", why);
	if (m.m_type != MSG_BOOT || msg_get_u32(&m, &uid) == -1 ||
	    msg_get_u32(&m, &gid) == -1 || msg_get_u8(&m, &u[0]) == -1 ||
	    msg_get_u8(&m, &u[1]) == -1 || msg_get_u8(&m, &u[2]) == -1 ||
	    msg_get_u8(&m, &u[3]) == -1 ||
	    msg_get_str(&m, &dir, MSG_1K * 4) == -1 ||
	    msg_get_str(&m, &uuid, MSG_1K) == -1)
		fatalx("boot: nonsense");
	for (i = 0; i < ROLE__MAX; i++) {
		if (msg_get_u8(&m, &n) == -1 || n > ROLE_INSTANCES)
			fatalx("boot: nonsense");
		pr->pr_count[i] = n;
	}
	if (msg_end(&m) == -1)
		fatalx("boot: nonsense");
	memset(pb, 0, sizeof(*pb));
	pb->pb_spec.ss_role = pr->pr_role;
	pb->pb_spec.ss_uid = uid;
	pb->pb_spec.ss_gid = gid;
	pb->pb_spec.ss_root = u[0] != 0;
	pb->pb_spec.ss_require = u[1] != 0;
	pb->pb_level = u[2];
	pr->pr_master = u[3] != 0;
	pb->pb_dir = proc_copy(dir);
	pb->pb_uuid = proc_copy(uuid);
	pb->pb_spec.ss_dir = pb->pb_dir;
}

static void
proc_map_page(struct proc *pr)
{
	struct stat st;
	void *p;

	if (fstat(PROC_FD_PAGE, &st) == -1 ||
	    st.st_size < (off_t)sizeof(struct page))
		fatalx("not to be started by hand");
	p = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED,
	    PROC_FD_PAGE, 0);
	if (p == MAP_FAILED)
		fatal("mmap");
	close(PROC_FD_PAGE);
	pr->pr_page = p;
	pr->pr_page->pg_generation++;
	pr->pr_page->pg_current = 0;
	pr->pr_page->pg_inflight = 0;
	pr->pr_page->pg_connections = 0;
}

static void
proc_open_links(struct proc *pr)
{
	struct proc_slot slot[PAGE_LINKS];
	size_t i, n;

	n = proc_peers(pr->pr_role, pr->pr_count, slot);
	pr->pr_peers = calloc(n + 1, sizeof(*pr->pr_peers));
	if (pr->pr_peers == NULL)
		fatalx("no memory");
	if (peer_init(&pr->pr_peers[0], pr->pr_base, PROC_FD_PARENT,
	        pr->pr_role, ROLE_PARENT, 0, &pr->pr_page->pg_link[0],
	        &proc_peer_ops, NULL) == -1)
		fatalx("no memory");
	for (i = 0; i < n; i++)
		if (peer_init(&pr->pr_peers[i + 1], pr->pr_base,
		        PROC_FD_PEERS + (int)i, pr->pr_role, slot[i].ps_role,
		        slot[i].ps_inst, &pr->pr_page->pg_link[i + 1],
		        &proc_peer_ops, NULL) == -1)
			fatalx("no memory");
	pr->pr_npeers = n + 1;
	if (!(PROC_DAEMONS & ROLE_BIT(pr->pr_role)))
		return;
	pr->pr_daemons = daemons_map(PROC_FD_PEERS + (int)n);
	if (pr->pr_daemons == NULL)
		fatal("the daemons' states");
	close(PROC_FD_PEERS + (int)n);
}

static void
proc_signals(void)
{
	sigset_t none;

	/*
	 * The terminal's signals are for the parent, which stops the others
	 * in order. SIGTERM keeps its default: a child that is told to end
	 * from outside ends, and the parent leaves it at that.
	 */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
proc_jail(struct proc *pr, struct proc_boot *pb)
{
	uint32_t bits;

	bits = sandbox_drop(&pb->pb_spec);
	pr->pr_rootfd = -1;
	if (pb->pb_dir != NULL && roles[pr->pr_role].rr_root != RR_EMPTY) {
		pr->pr_rootfd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (pr->pr_rootfd == -1)
			fatal("%s", pb->pb_dir);
	}
	pr->pr_rootpath = bits & SBX_CHROOT ? "" : pb->pb_dir;
	pr->pr_dir = pb->pb_dir;
	pr->pr_uuid = pb->pb_uuid;
	pr->pr_base = event_base_new();
	if (pr->pr_base == NULL)
		fatalx("no event base");
	proc_open_links(pr);
	bits |= sandbox_enter(
	    &pb->pb_spec, pr->pr_rootfd, &pr->pr_page->pg_landlock);
	pr->pr_page->pg_sandbox = bits;
}

static void
proc_ready(struct proc *pr)
{
	struct msgw mw;

	msgw_start(&mw, MSG_READY);
	msg_put_u32(&mw, pr->pr_page->pg_sandbox);
	msg_put_u32(&mw, pr->pr_page->pg_landlock);
	if (peer_send(&pr->pr_peers[0], &mw, NULL) == -1)
		fatal("cannot reach the parent");
	peer_read(&pr->pr_peers[0], true);
}

static const struct proc_ops *
proc_find(
    int argc, char *argv[], const struct proc_ops *const ops[], size_t nops)
{
	size_t i;
	int role;

	if (argc != 4 || strcmp(argv[1], "--role") != 0)
		return (NULL);
	role = roles_find(argv[2]);
	for (i = 0; i < nops; i++)
		if ((int)ops[i]->po_role == role)
			return (ops[i]);
	return (NULL);
}

int
proc_main(
    int argc, char *argv[], const struct proc_ops *const ops[], size_t nops)
{
	static struct proc self;
	struct proc *pr = &self;
	struct proc_boot boot;
	char name[32];

	log_init("gatehouse", LOGL_INFO);
	pr->pr_ops = proc_find(argc, argv, ops, nops);
	if (pr->pr_ops == NULL)
		fatalx("started by wazuh-apid only, not by hand");
	proc_self = pr;
	pr->pr_role = pr->pr_ops->po_role;
	pr->pr_inst = (unsigned int)strtoul(argv[3], NULL, 10);
	snprintf(name, sizeof(name), "%s[%u]", roles[pr->pr_role].rr_name,
	    pr->pr_inst);
	log_init(name, LOGL_INFO);
	proc_signals();
	proc_map_page(pr);
	proc_read_boot(pr, &boot);
	log_setlevel((enum loglevel)boot.pb_level);
	tzset();
	if (pr->pr_ops->po_boot != NULL)
		pr->pr_ops->po_boot(pr);
	proc_jail(pr, &boot);
	if (pr->pr_role != ROLE_LOGD)
		log_sink(proc_log, pr);
	proc_ready(pr);
	event_base_dispatch(pr->pr_base);
	fatalx("the loop ended");
}

void
proc_exit(struct proc *pr)
{
	size_t i;

	for (i = pr->pr_npeers; i-- > 0;)
		peer_flush(&pr->pr_peers[i], 500);
	exit(0);
}
