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

#define SECCONF_FILE	"security.yaml"
#define SECCONF_MODE	0660		/* of a file that was not there */

struct path_staged;
struct secconf;

/* What to write. */
struct secconf_values {
	const char	*sv_mode;	/* NULL: the default */
	int64_t		 sv_timeout;	/* 0: the default */
};

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

/*
 * New values, on disk beside the file, with its owner and mode; written as the
 * original writes them. 0, or -1 and errno: nothing is. Then put them in place,
 * where they hold at once. 0, or -1 and errno: all is as it was.
 */
int		 secconf_stage(const struct secconf *,
		    const struct secconf_values *, struct path_staged *);
int		 secconf_commit(struct secconf *, struct path_staged *);

/* "white" or "black"; good until the next secconf_refresh(). */
const char	*secconf_mode(const struct secconf *);
/* Seconds that a token is valid. */
int64_t		 secconf_timeout(const struct secconf *);

#endif
