/* SPDX-License-Identifier: ISC */
/*
 * The parts of gatehouse users. They work on rbac.db itself, so that they need
 * no server, and give nobody who reaches its control socket a new word: who may
 * change users is who may write the file.
 */
#ifndef GATEHOUSE_USERS_H
#define GATEHOUSE_USERS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/password.h"
#include "authz/rbacdb.h"
#include "gatehouse/init.h"

struct buf;
struct rbac;

#define USERS_FOLDER	"api/configuration/security"
#define USERS_SECRET	1024	/* bytes of a password as read, with its NUL */
#define USERS_NAME	256	/* bytes of a user's name as read, likewise */
#define USERS_ADMIN	1	/* id of the role administrator */

/* An instance whose users are at stake. */
struct users {
	const char	*us_dir;
	bool		 us_alias;	/* called as rbac_control */
	int		 us_rootfd;	/* the instance; -1: not open */
	int		 us_folder;	/* USERS_FOLDER; -1: not open */
	bool		 us_owned;	/* belongs to somebody else than root */
	struct init_owner us_owner;
	char		 us_path[PATH_MAX];	/* rbac.db, as we may reach it */
	struct rbacdb	*us_db;		/* NULL: not open */
	int64_t		 us_lives;	/* s that a token lives */
	int64_t		 us_since;	/* the second of this transaction */
	int64_t		*us_void;	/* users whose tokens become void */
	size_t		 us_nvoid;
};

/* --- users_db.c ------------------------------------------------------- */

/*
 * Open the instance's directories. change: refuse whoever may not change it,
 * before anybody is asked for a password. 0, or -1 after saying why; either
 * way users_close() ends it.
 */
int	users_open(struct users *, const char *dir, bool change);
void	users_close(struct users *);

/*
 * Become the owner if we are root, for good: whatever is written then is the
 * owner's, and links that the owner may have laid lead nowhere else. Nothing
 * outside of USERS_FOLDER can be opened by name afterwards. 0, or -1 after
 * saying why.
 */
int	users_become(struct users *);

/* Wait a little for a lock of others; false when it was long enough. */
bool	users_wait(unsigned int *tries);

/*
 * Open rbac.db, waiting a while for whoever has it locked. passwords: as
 * rbacdb_open().
 */
enum rbacdb_error users_load(struct users *, const char *const passwords[2]);
/* The same for all of its contents. NULL with *err_r. */
struct rbac *users_snapshot(struct users *, enum rbacdb_error *err_r);

/* rbacdb_begin(), waiting a while; takes the time. */
enum rbacdb_error users_begin(struct users *);
/* Void a user's tokens within the transaction. */
enum rbacdb_error users_void(struct users *, int64_t id);
/*
 * rbacdb_end() with a commit. When it returns no token that an old password
 * gave is good on a running server, and one that a new one gives will be.
 */
enum rbacdb_error users_commit(struct users *);

/* What to do about an error: a line's text, static. */
const char *users_why(enum rbacdb_error);
/* That of a code of the framework, as the original writes it, into out. */
void	users_code(uint16_t code, struct buf *out);

/* --- users_secret.c --------------------------------------------------- */

enum secret {
	SECRET_READ,
	SECRET_END,		/* there is nothing more to read */
	SECRET_BAD,		/* it was said why */
	SECRET_STOP		/* interrupted */
};

/*
 * The one line that text is: without its end, of at most size - 1 bytes.
 * Pure. NULL, or what is wrong (static).
 */
const char *secret_line(const char *text, size_t len, char *out, size_t size);

/* A password for name: asked on the terminal, else a line of the input. */
enum secret secret_ask(const char *name, bool twice, char out[USERS_SECRET]);

/* The contents of a file, which is one line. 0, or -1 after saying why. */
int	secret_file(const char *path, char *out, size_t size);

/* --- users_change.c --------------------------------------------------- */

/* Is it a name that the API gives to users? */
bool	users_named(const char *name);

enum change_state {
	CHANGE_ASKED,		/* nothing yet */
	CHANGE_REFUSED,		/* by ch_code */
	CHANGE_UPDATED,
	CHANGE_CREATED
};

/* A password that a user is to have. */
struct change {
	char		 ch_name[USERS_NAME];
	char		 ch_plain[USERS_SECRET];
	char		 ch_encoded[PASSWORD_ENCODED];	/* users_encode() */
	bool		 ch_create;	/* as an administrator, if need be */
	bool		 ch_unknown;	/* one that nobody knows: no ch_plain */
	enum change_state ch_state;
	uint16_t	 ch_code;
};

/* Judge the passwords and hash those that are good. 0, or -1 after saying why. */
int	users_encode(struct change *, size_t n);
/* Make the changes that are not refused yet, in one transaction. */
enum rbacdb_error users_apply(struct users *, struct change *, size_t n);

/* --- the commands ----------------------------------------------------- */

/* argv[0] is the verb. They return the exit status. */
int	users_list(struct users *, int argc, char *argv[]);
int	users_password(struct users *, int argc, char *argv[]);
int	users_reset(struct users *, int argc, char *argv[]);
int	users_env(struct users *, int argc, char *argv[]);
int	users_add(struct users *, int argc, char *argv[]);
int	users_delete(struct users *, int argc, char *argv[]);
int	users_run_as(struct users *, int argc, char *argv[]);

/* Pure: the list for people and for programs. */
void	users_table(const struct rbac *, struct buf *out);
void	users_json(const struct rbac *, struct buf *out);

/*
 * Users of the environment, see gatehouse(8). users_env_read() takes what there is:
 * 1, 0 when there is nothing, or -1 after saying why; users_env_make() makes it
 * true.
 */
struct users_env;

struct users_env *users_env_new(void);
void	users_env_free(struct users_env **);
int	users_env_read(struct users_env *);
int	users_env_make(struct users *, struct users_env *);

#endif
