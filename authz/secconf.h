/* SPDX-License-Identifier: ISC */
/*
 * security.yaml, which says how long tokens live and how the access control
 * reads what no policy mentions: facts/api/http.md section 9. It belongs to
 * authz. Other programs may change it at any time, so it is looked at again
 * whenever rbac.db is.
 */
#ifndef AUTHZ_SECCONF_H
#define AUTHZ_SECCONF_H

#include <stdbool.h>
#include <stdint.h>

struct secconf;

/*
 * Read it below dirfd, which stays the caller's and must outlive this. A key
 * that is absent, or the file itself, means the default. One that cannot be
 * understood is logged, and the defaults hold: the parent has refused it at
 * the start, and an authz that is started again must not go for good. Fatal
 * without memory.
 */
struct secconf	*secconf_open(int dirfd);
void		 secconf_close(struct secconf **);

/*
 * Read it again if it is another one now; what cannot be understood is logged
 * once, and what was read before goes on holding. Returns whether a value has
 * changed.
 */
bool		 secconf_refresh(struct secconf *);

/* "white" or "black"; good until the next secconf_refresh(). */
const char	*secconf_mode(const struct secconf *);
/* Seconds that a token is valid. */
int64_t		 secconf_timeout(const struct secconf *);

#endif
