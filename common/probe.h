/* SPDX-License-Identifier: ISC */
/*
 * Attempts at what a role may not do, made inside the running role. Built only
 * with --enable-probes, for the sandbox tests.
 */
#ifndef COMMON_PROBE_H
#define COMMON_PROBE_H

#include <stdint.h>

enum probe {
	PROBE_OPEN,		/* read a file outside */
	PROBE_CONNECT,
	PROBE_SOCKET,
	PROBE_EXEC,
	PROBE_FORK,
	PROBE_PTRACE,
	PROBE_KILL,
	PROBE_WRITE,		/* make a file outside */
	PROBE_TRUNCATE,		/* cut a file outside */
	PROBE__MAX
};

/* "open", ...; NULL beyond the end. */
const char	*probe_name(unsigned int);

/*
 * Try it. 0: the kernel allowed it; else the errno of the refusal; or the
 * process does not come back at all.
 */
int	probe_try(enum probe);

#endif
