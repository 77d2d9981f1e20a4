/* SPDX-License-Identifier: ISC */
/* Taking connections from the sockets that the parent bound. */
#ifndef APID_ACCEPT_H
#define APID_ACCEPT_H

#include <stdbool.h>

struct worker;

/*
 * Keep a listening socket, whose descriptor is owned from here on, for the
 * next commit; it replaces one that waits with the same address. -1: no
 * memory; fd is closed then.
 */
int	accept_add(struct worker *, int fd, bool tls, const char *addr);
/* Listen on what was added, if anything was, and close the older sockets. */
void	accept_commit(struct worker *);
/* Close every listening socket. */
void	accept_close(struct worker *);
/* Accept again if that was put off: a connection ended. */
void	accept_resume(struct worker *);

#endif
