/* SPDX-License-Identifier: ISC */
/*
 * Kill what changes files at each of the system calls by which it does so:
 * before the first, before the second, and so on, as kill -9 or the power
 * switch might.
 */
#ifndef TESTS_UNIT_RBACDB_KILL_H
#define TESTS_UNIT_RBACDB_KILL_H

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* linux/ptrace.h cannot be read beside sys/ptrace.h. */
#ifndef PTRACE_GET_SYSCALL_INFO
#define PTRACE_GET_SYSCALL_INFO	0x420e
#endif

#define KILL_DONE	(-1)	/* it came to its end */
#define KILL_NOT	(-2)	/* it cannot be watched here */

static inline bool
kill_changes(uint64_t call)
{
	static const long calls[] = { SYS_openat, SYS_write, SYS_pwrite64,
		SYS_fsync, SYS_fdatasync, SYS_ftruncate, SYS_fchmod,
		SYS_fchown, SYS_renameat2, SYS_unlinkat, SYS_close,
#ifdef SYS_rename
		SYS_open, SYS_rename, SYS_unlink,
#endif
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((uint64_t)calls[i] == call)
			return (true);
	return (false);
}

/* The number of the call at whose entry the child has stopped; -1: none. */
static inline int64_t
kill_entry(pid_t pid)
{
	uint64_t info[16] = { 0 };	/* struct ptrace_syscall_info */

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), info) <= 0)
		return (-1);
	/* u8 op (1: entry), ..., u32 arch, u64 ip, u64 sp; u64 nr */
	return ((info[0] & 0xff) == 1 ? (int64_t)info[3] : -1);
}

/*
 * Run fn(arg) in a child and kill it before the n-th such call (from 0).
 * KILL_DONE: there are not as many, and *status_r is what fn returned.
 */
static inline int
kill_at(int n, int (*fn)(const void *), const void *arg, int *status_r)
{
	int status;
	int64_t call;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == -1)
			_exit(77);
		raise(SIGSTOP);
		_exit(fn(arg));
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return (KILL_NOT);
	if (ptrace(PTRACE_SETOPTIONS, pid, 0,
	    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == -1)
		return (KILL_NOT);
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, 0, 0) == -1 ||
		    waitpid(pid, &status, 0) != pid)
			return (KILL_NOT);
		if (WIFEXITED(status)) {
			*status_r = WEXITSTATUS(status);
			return (KILL_DONE);
		}
		if (!WIFSTOPPED(status))
			return (KILL_NOT);
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		call = kill_entry(pid);
		if (call >= 0 && kill_changes((uint64_t)call) && n-- == 0) {
			kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return (0);
		}
	}
}

#endif
