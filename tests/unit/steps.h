/* SPDX-License-Identifier: ISC */
/*
 * The steps by which files reach the disk, each of which can be made to fail
 * or to be the last: this takes the place of the C library's functions in the
 * one file of a test that includes it.
 */
#ifndef TESTS_UNIT_STEPS_H
#define TESTS_UNIT_STEPS_H

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static struct {
	int	at;		/* the step that goes wrong, from 1; 0: none */
	int	n;		/* steps so far */
	int	error;		/* how it fails; 0: the process ends */
} steps;

/* From now on; error 0: the process ends instead of doing step number at. */
static inline void
steps_set(int at, int error)
{
	steps.at = at;
	steps.n = 0;
	steps.error = error;
}

static bool
steps_wrong(void)
{
	if (++steps.n != steps.at)
		return (false);
	if (steps.error == 0)
		kill(getpid(), SIGKILL);
	errno = steps.error;
	return (true);
}

int
fsync(int fd)
{
	if (steps_wrong())
		return (-1);
	return ((int)syscall(SYS_fsync, fd));
}

int
fchmod(int fd, mode_t mode)
{
	if (steps_wrong())
		return (-1);
	return ((int)syscall(SYS_fchmod, fd, mode));
}

int
renameat(int fromfd, const char *from, int tofd, const char *to)
{
	if (steps_wrong())
		return (-1);
	return ((int)syscall(SYS_renameat2, fromfd, from, tofd, to, 0));
}

/*
 * Run fn in a process of its own that ends before step number at. Returns
 * whether it did; false: it had fewer steps.
 */
static inline bool
steps_die(int at, void (*fn)(void *), void *arg)
{
	pid_t	pid;
	int	status = 0;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		steps_set(at, 0);
		fn(arg);
		_exit(0);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return (false);
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

#endif
