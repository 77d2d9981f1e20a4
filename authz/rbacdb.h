/* SPDX-License-Identifier: ISC */
/*
 * The file rbac.db: schema, defaults, reading and changing. Also linked by the
 * command line (gatehouse init).
 */
#ifndef AUTHZ_RBACDB_H
#define AUTHZ_RBACDB_H

#include <stdbool.h>
#include <stdint.h>

struct rbac;
struct rbacdb;

enum rbacdb_error {
	RBACDB_OK,
	RBACDB_NOMEM,
	RBACDB_BUSY,		/* locked from outside */
	RBACDB_FULL,		/* no space */
	RBACDB_IO,
	RBACDB_CORRUPT,
	RBACDB_VERSION,		/* user_version is newer than ours */
	RBACDB_OTHER,		/* not our schema */
	RBACDB_MISSING,		/* no such file, or no such user */
	RBACDB_DENIED		/* no permission to open or to write */
};

/*
 * Open path (as sqlite sees it). A missing or empty file is made with the
 * schema and the defaults; passwords gives the two default users' encoded
 * hashes (password_make), in the order wazuh, wazuh-wui; NULL: refuse to make
 * one. Mode 0640, owner is who runs. It appears whole or not at all; path.new
 * beside it is what a killed attempt leaves, and the next one removes. A file
 * that may only be read is opened too: changes then fail. A file of an older
 * version is made one of ours; it stays beside it as path.bak-VERSION.
 * NULL with *err_r set on failure.
 */
struct rbacdb	*rbacdb_open(const char *path,
		    const char *const passwords[2], enum rbacdb_error *err_r);
void		 rbacdb_close(struct rbacdb **);
/* One line for the log; static text. */
const char	*rbacdb_strerror(enum rbacdb_error);

/*
 * Changes whenever someone else has changed the file (PRAGMA data_version) or
 * put another in its place, which is then opened. Our own changes do not
 * count. When it cannot be known (locked): the last value.
 */
uint64_t	 rbacdb_version(struct rbacdb *);

/*
 * Everything, read in one transaction: that of changes (rbacdb_begin()), or one
 * of its own. NULL with *err_r.
 */
struct rbac	*rbacdb_snapshot(struct rbacdb *, enum rbacdb_error *err_r);

/* The same of a file that is only read, and closed again: for the command line. */
struct rbac	*rbacdb_look(const char *path, enum rbacdb_error *err_r);

/* Replace a user's encoded password hash. RBACDB_MISSING: no such user. */
enum rbacdb_error rbacdb_set_password(struct rbacdb *, const char *user,
		    const char *encoded);

/*
 * Put a fresh file with the defaults into the place of whatever is there,
 * damaged or not, whole or not at all. It keeps owner and mode. RBACDB_BUSY:
 * somebody is at it. Who has it open meets the new file (rbacdb_version()).
 * ready, unless NULL, is called when the file is on the disk and nobody else
 * can change the old one; with false the old one stays, which is RBACDB_OTHER.
 */
enum rbacdb_error rbacdb_reset(const char *path,
		    const char *const passwords[2], bool (*ready)(void *),
		    void *arg);

#endif
