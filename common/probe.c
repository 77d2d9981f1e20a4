/* SPDX-License-Identifier: ISC */
/*
 * See probe.h. System calls are made directly so that no library function
 * refuses before the kernel is asked.
 */
#include <sys/types.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/probe.h"

static const char *const probe_names[] = { "open", "connect", "socket", "exec",
	"fork", "ptrace", "kill", "write", "truncate" };

const char *
probe_name(unsigned int what)
{
	return (what < PROBE__MAX ? probe_names[what] : NULL);
}

#ifdef GATEHOUSE_PROBES

/*
 * What is out of bounds: outside the root directory for every role and, for
 * those that see the whole tree, the folder of the keys and what is not listed
 * for them. In a jail most of the names lead nowhere: a refusal too.
 */
static const char *const probe_reads[] = { "/etc/passwd", "../../etc/passwd",
	"/proc/1/status", "/api/configuration/security/private_key.pem",
	"api/configuration/security/private_key.pem" };
static const char *const probe_writes[] = { "/usr/gatehouse-probe",
	"/tmp/../gatehouse-probe", "/bin/gatehouse-probe",
	"api/configuration/security/gatehouse-probe", "logs/gatehouse-probe" };
static const char *const probe_cuts[] = { "/etc/passwd",
	"/api/configuration/api.yaml", "api/configuration/api.yaml",
	"/logs/gatehouse/router.log", "logs/gatehouse/router.log" };

/* The calls that some role may make come last: the others kill at once. */
static int
probe_openat2(const char *const *paths, size_t n, int flags)
{
	struct open_how how;
	size_t i;
	long fd;
	int last = ENOENT;

	for (i = 0; i < n; i++) {
		memset(&how, 0, sizeof(how));
		how.flags = (uint64_t)flags;
		how.mode = flags & O_CREAT ? 0600 : 0;
		fd =
		    syscall(SYS_openat2, AT_FDCWD, paths[i], &how, sizeof(how));
		if (fd != -1) {
			close((int)fd);
			return (0);
		}
		last = errno;
	}
	return (last);
}

static int
probe_truncate(void)
{
	size_t i, n = sizeof(probe_cuts) / sizeof(probe_cuts[0]);
	int e;

	e = probe_openat2(probe_cuts, n, O_RDONLY | O_TRUNC);
	if (e == 0)
		return (0);
	for (i = 0; i < n; i++)
		if (syscall(SYS_truncate, probe_cuts[i], (off_t)0) == 0)
			return (0);
	return (errno);
}

static int
probe_connect(void)
{
	struct sockaddr_in sin;
	int fd;

	/* On a socket that is there: no role has one to give away. */
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(9);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (fd = 3; fd < 16; fd++)
		if (syscall(SYS_connect, fd, &sin, sizeof(sin)) == 0)
			return (0);
	return (errno);
}

int
probe_try(enum probe what)
{
	static char *const argv[] = { NULL };
	long r = -1;

	switch (what) {
	case PROBE_OPEN:
		return (probe_openat2(probe_reads,
		    sizeof(probe_reads) / sizeof(probe_reads[0]), O_RDONLY));
	case PROBE_CONNECT:
		return (probe_connect());
	case PROBE_SOCKET:
		r = syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
		break;
	case PROBE_EXEC:
		r = syscall(SYS_execve, "/bin/true", argv, argv);
		break;
	case PROBE_FORK:
		r = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0UL);
		if (r == 0)
			_exit(0);
		break;
	case PROBE_PTRACE:
		r = syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), NULL, NULL);
		break;
	case PROBE_KILL:
		r = syscall(SYS_kill, getppid(), 0);
		break;
	case PROBE_WRITE:
		return (probe_openat2(probe_writes,
		    sizeof(probe_writes) / sizeof(probe_writes[0]),
		    O_WRONLY | O_CREAT | O_EXCL));
	case PROBE_TRUNCATE:
		return (probe_truncate());
	case PROBE__MAX:
		break;
	}
	return (r == -1 ? errno : 0);
}

#endif
