/* SPDX-License-Identifier: ISC */
/*
 * The system-call filters. libseccomp checks the architecture first. Calls
 * that libraries make in good faith and can do without get an errno; every
 * other call that is not listed kills the process.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/page.h"
#include "common/sandbox_parts.h"

#define R(x) ROLE_BIT(ROLE_##x)
#define ALL  ROLE_CHILDREN
/* Those that work with files through their own directory. */
#define FILES   (R(LOGD) | R(AUTHZ) | R(READ) | R(WRITE))
#define WRITERS (R(LOGD) | R(AUTHZ) | R(WRITE))

struct sb_call {
	uint32_t sc_roles;
	int sc_call;
};

static const struct sb_call sb_allow[] = {
	/* Descriptors that are there. */
	{ ALL, SCMP_SYS(read) },
	{ ALL, SCMP_SYS(readv) },
	{ ALL, SCMP_SYS(write) },
	{ ALL, SCMP_SYS(writev) },
	{ ALL, SCMP_SYS(close) },
	{ ALL, SCMP_SYS(fstat) },
	{ ALL, SCMP_SYS(lseek) },
	{ ALL, SCMP_SYS(dup) },
	{ ALL, SCMP_SYS(fcntl) },
	{ ALL, SCMP_SYS(poll) },
	{ ALL, SCMP_SYS(ppoll) },
	{ ALL, SCMP_SYS(epoll_wait) },
	{ ALL, SCMP_SYS(epoll_pwait) },
	{ ALL, SCMP_SYS(epoll_pwait2) },
	{ ALL, SCMP_SYS(epoll_ctl) },
	{ ALL, SCMP_SYS(recvmsg) },
	{ ALL, SCMP_SYS(recvmmsg) },
	{ ALL, SCMP_SYS(recvfrom) },
	{ ALL, SCMP_SYS(sendmsg) },
	{ ALL, SCMP_SYS(sendto) },
	{ ALL, SCMP_SYS(shutdown) },
	{ ALL, SCMP_SYS(getsockopt) },
	/* Memory; executable memory is refused below. */
	{ ALL, SCMP_SYS(brk) },
	{ ALL, SCMP_SYS(munmap) },
	{ ALL, SCMP_SYS(mremap) },
	{ ALL, SCMP_SYS(madvise) },
	{ ALL, SCMP_SYS(memfd_create) },
	{ ALL, SCMP_SYS(ftruncate) },
	/* Time, chance, itself. */
	{ ALL, SCMP_SYS(clock_gettime) },
	{ ALL, SCMP_SYS(clock_nanosleep) },
	{ ALL, SCMP_SYS(gettimeofday) },
	{ ALL, SCMP_SYS(time) },
	{ ALL, SCMP_SYS(nanosleep) },
	{ ALL, SCMP_SYS(getrandom) },
	{ ALL, SCMP_SYS(getpid) },
	{ ALL, SCMP_SYS(gettid) },
	{ ALL, SCMP_SYS(getuid) },
	{ ALL, SCMP_SYS(geteuid) },
	{ ALL, SCMP_SYS(getgid) },
	{ ALL, SCMP_SYS(getegid) },
	{ ALL, SCMP_SYS(getppid) },
	{ ALL, SCMP_SYS(sched_yield) },
	{ ALL, SCMP_SYS(futex) },
	{ ALL, SCMP_SYS(rseq) },
	{ ALL, SCMP_SYS(rt_sigaction) },
	{ ALL, SCMP_SYS(rt_sigprocmask) },
	{ ALL, SCMP_SYS(rt_sigreturn) },
	{ ALL, SCMP_SYS(sigaltstack) },
	{ ALL, SCMP_SYS(restart_syscall) },
	{ ALL, SCMP_SYS(exit) },
	{ ALL, SCMP_SYS(exit_group) },
	/* http takes connections from sockets that the parent bound. */
	{ R(HTTP), SCMP_SYS(accept4) },
	{ R(HTTP), SCMP_SYS(accept) },
	{ R(HTTP), SCMP_SYS(setsockopt) },
	{ R(HTTP), SCMP_SYS(getsockname) },
	{ R(HTTP), SCMP_SYS(getpeername) },
	{ R(HTTP), SCMP_SYS(listen) },
	/*
	 * Files. A role that only reads gets openat2 and nothing else that
	 * opens: below Landlock ABI 3 open(O_TRUNC) would cut files.
	 */
	{ FILES, SCMP_SYS(openat2) },
	{ FILES, SCMP_SYS(pread64) },
	{ FILES, SCMP_SYS(newfstatat) },
	{ FILES, SCMP_SYS(stat) },
	{ FILES, SCMP_SYS(lstat) },
	{ FILES, SCMP_SYS(statx) },
	{ FILES, SCMP_SYS(access) },
	{ FILES, SCMP_SYS(faccessat) },
	{ FILES, SCMP_SYS(faccessat2) },
	{ FILES, SCMP_SYS(getdents64) },
	{ FILES, SCMP_SYS(getcwd) },
	{ FILES, SCMP_SYS(readlink) },
	{ FILES, SCMP_SYS(readlinkat) },
	{ FILES, SCMP_SYS(fstatfs) },
	{ FILES, SCMP_SYS(uname) },
	{ FILES, SCMP_SYS(fadvise64) },
	{ FILES, SCMP_SYS(flock) },
	{ WRITERS, SCMP_SYS(pwrite64) },
	{ WRITERS, SCMP_SYS(fsync) },
	{ WRITERS, SCMP_SYS(fdatasync) },
	{ WRITERS, SCMP_SYS(fallocate) },
	{ WRITERS, SCMP_SYS(fchmod) },
	{ WRITERS, SCMP_SYS(fchown) },
	{ WRITERS, SCMP_SYS(rename) },
	{ WRITERS, SCMP_SYS(renameat) },
	{ WRITERS, SCMP_SYS(renameat2) },
	{ WRITERS, SCMP_SYS(unlink) },
	{ WRITERS, SCMP_SYS(unlinkat) },
	{ WRITERS, SCMP_SYS(mkdir) },
	{ WRITERS, SCMP_SYS(mkdirat) },
	{ WRITERS, SCMP_SYS(rmdir) },
	/* SQLite in authz opens rbac.db by its name. */
	{ R(AUTHZ), SCMP_SYS(open) },
	{ R(AUTHZ), SCMP_SYS(openat) },
};

/* Asked for in good faith; the answer is the errno. */
static const struct {
	int call;
	int error;
} sb_soft[] = {
	{ SCMP_SYS(prlimit64), EPERM },
	{ SCMP_SYS(getrlimit), EPERM },
	{ SCMP_SYS(sysinfo), EPERM },
	{ SCMP_SYS(sched_getaffinity), EPERM },
	{ SCMP_SYS(membarrier), ENOSYS },
};

static int
sb_add(scmp_filter_ctx ctx, enum role role)
{
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(sb_allow) / sizeof(sb_allow[0]); i++)
		if (sb_allow[i].sc_roles & ROLE_BIT(role))
			r |= seccomp_rule_add(
			    ctx, SCMP_ACT_ALLOW, sb_allow[i].sc_call, 0);
	for (i = 0; i < sizeof(sb_soft) / sizeof(sb_soft[0]); i++)
		r |= seccomp_rule_add(ctx,
		    SCMP_ACT_ERRNO((uint32_t)sb_soft[i].error), sb_soft[i].call,
		    0);
	return (r);
}

/* One comparison; libseccomp's own macros leave fields out. */
static struct scmp_arg_cmp
sb_cmp(unsigned int arg, enum scmp_compare op, scmp_datum_t a, scmp_datum_t b)
{
	struct scmp_arg_cmp c;

	c.arg = arg;
	c.op = op;
	c.datum_a = a;
	c.datum_b = b;
	return (c);
}

/* Calls that depend on their arguments. */
static int
sb_add_args(scmp_filter_ctx ctx, enum role role)
{
	struct scmp_arg_cmp code, data;
	int r = 0;

	/* A stack or a heap, never code. PCRE2 tries and does without. */
	code = sb_cmp(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);
	data = sb_cmp(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, data);
	r |= seccomp_rule_add(
	    ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mmap), 1, code);
	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, data);
	r |= seccomp_rule_add(
	    ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mprotect), 1, code);
	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
	    sb_cmp(1, SCMP_CMP_EQ, FIONREAD, 0));
	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
	    sb_cmp(1, SCMP_CMP_EQ, FIONBIO, 0));
	/* isatty() of the C library's streams. */
	r |= seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1,
	    sb_cmp(1, SCMP_CMP_EQ, TCGETS, 0));
	/* abort() */
	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    sb_cmp(0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	/* fstat() of the C library: a descriptor, no path. */
	if (!(FILES & ROLE_BIT(role)))
		r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat),
		    1, sb_cmp(3, SCMP_CMP_EQ, AT_EMPTY_PATH, 0));
	/* Names of threads and such; nothing here needs it. */
	r |= seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 0);
	return (r);
}

#ifdef GATEHOUSE_PROBES
/*
 * Debug builds name the call before the kernel kills the process: the filter
 * traps, this writes, and the same call once more, with the signal blocked,
 * is the end.
 */
static void
sb_trap(int sig, siginfo_t *si, void *arg)
{
	char line[96];
	int n;

	n = snprintf(line, sizeof(line), "gatehouse[%d]: system call %d\n",
	    (int)getpid(), si->si_syscall);
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) == -1)
		_exit(1);
	syscall(si->si_syscall, 0, 0, 0, 0, 0, 0);
}

static uint32_t
sb_default(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = sb_trap;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSYS, &sa, NULL);
	return (SCMP_ACT_TRAP);
}
#else
static uint32_t
sb_default(void)
{
	return (SCMP_ACT_KILL_PROCESS);
}
#endif

uint32_t
sandbox_seccomp(enum role role)
{
#if defined(__SANITIZE_ADDRESS__)
	/* The sanitizers' run time opens files and makes threads. */
	log_warnx("built with sanitizers: no system-call filter");
	return (0);
#else
	scmp_filter_ctx ctx;
	int r;

	ctx = seccomp_init(sb_default());
	if (ctx == NULL) {
		log_warnx("no system-call filter");
		return (0);
	}
	/* A tree instead of a list: the filter is on the hot path. */
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	r = sb_add(ctx, role);
	r |= sb_add_args(ctx, role);
	if (r != 0)
		fatalx("the system-call filter is inconsistent");
	r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r < 0) {
		log_warnx("no system-call filter: %s", strerror(-r));
		return (0);
	}
	return (SBX_SECCOMP);
#endif
}
