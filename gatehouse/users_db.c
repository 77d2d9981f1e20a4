/* SPDX-License-Identifier: ISC */
/* rbac.db as the command line changes it: see users.h. */
#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authz/rbac.h"
#include "authz/rbacdb_change.h"
#include "authz/secconf.h"
#include "authz/snap.h"
#include "common/buffer.h"
#include "common/errors.h"
#include "common/path.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/users.h"

#define WAIT_S  5 /* for a lock that another program holds */
#define WAIT_MS 20 /* between two tries */
#define SECOND  1000000000 /* ns */

#define WAIT_TRIES (WAIT_S * 1000 / WAIT_MS)

/* --- the instance ---------------------------------------------------------- */

/* Who may change the users: root, and whoever the files belong to. */
static int
users_allowed(const struct users *us)
{
	uid_t uid = geteuid();

	if (uid == 0 || (us->us_owned && us->us_owner.io_uid == uid))
		return (0);
	if (us->us_owned)
		warnx("%s belongs to the user %u: only that one and root may "
		      "change its users",
		    us->us_dir, (unsigned int)us->us_owner.io_uid);
	else
		warnx("%s belongs to root: only root may change its users",
		    us->us_dir);
	return (-1);
}

int
users_open(struct users *us, const char *dir, bool change)
{
	struct secconf *sf;

	us->us_dir = dir;
	us->us_rootfd = us->us_folder = -1;
	us->us_rootfd = gatehouse_open(dir);
	if (us->us_rootfd == -1)
		return (-1);
	us->us_folder =
	    path_open(us->us_rootfd, USERS_FOLDER, O_RDONLY | O_DIRECTORY, 0);
	if (us->us_folder == -1) {
		warn("%s/" USERS_FOLDER, dir);
		return (-1);
	}
	if ((size_t)snprintf(us->us_path, sizeof(us->us_path), "%s/" INIT_RBAC,
	        dir) >= sizeof(us->us_path)) {
		warnx("%s: too long a name", dir);
		return (-1);
	}
	us->us_owned = init_owner_present(us->us_rootfd, &us->us_owner);
	if (change && users_allowed(us) == -1)
		return (-1);
	sf = secconf_open(us->us_folder);
	us->us_lives = secconf_timeout(sf);
	secconf_close(&sf);
	return (0);
}

void
users_close(struct users *us)
{
	rbacdb_close(&us->us_db);
	free(us->us_void);
	us->us_void = NULL;
	us->us_nvoid = 0;
	if (us->us_folder != -1)
		(void)close(us->us_folder);
	if (us->us_rootfd != -1)
		(void)close(us->us_rootfd);
	us->us_rootfd = us->us_folder = -1;
}

int
users_become(struct users *us)
{
	uid_t uid = us->us_owner.io_uid;
	gid_t gid = us->us_owner.io_gid;

	if (geteuid() != 0 || !us->us_owned)
		return (0);
	password_warm();
	/*
	 * The owner need not be able to reach the instance by its name: it may
	 * lie in root's own directory.
	 */
	if (fchdir(us->us_folder) == -1 ||
	    (chroot(".") == -1 && errno != EPERM)) {
		warn("%s/" USERS_FOLDER, us->us_dir);
		return (-1);
	}
	snprintf(us->us_path, sizeof(us->us_path), "rbac.db");
	if (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1) {
		warn("cannot become the user %u", (unsigned int)uid);
		return (-1);
	}
	return (0);
}

/* --- errors ---------------------------------------------------------------- */

const char *
users_why(enum rbacdb_error err)
{
	switch (err) {
	case RBACDB_MISSING:
		return ("there is no rbac.db yet: 'gatehouse init' makes it, "
		        "and so does the server's first start");
	case RBACDB_BUSY:
		return ("rbac.db is locked by another program, and was for 5 "
		        "seconds");
	case RBACDB_DENIED:
		return ("rbac.db may not be read or written by this user");
	default:
		return (rbacdb_strerror(err));
	}
}

_Static_assert(WAIT_S == 5, "users_why() says it");

void
users_code(uint16_t code, struct buf *out)
{
	const struct errdesc *ed = errors_find(code);

	buf_addf(out, "Error %u - ", (unsigned int)code);
	errors_text(out, code, NULL);
	if (ed->ed_remedy != NULL)
		buf_addf(out, " (%s)", ed->ed_remedy);
}

/* --- waiting for others ---------------------------------------------------- */

bool
users_wait(unsigned int *tries)
{
	const struct timespec pause = { 0, WAIT_MS * 1000000L };

	if (++*tries > WAIT_TRIES)
		return (false);
	(void)nanosleep(&pause, NULL);
	return (true);
}

enum rbacdb_error
users_load(struct users *us, const char *const passwords[2])
{
	enum rbacdb_error err;
	unsigned int tries = 0;

	do {
		us->us_db = rbacdb_open(us->us_path, passwords, &err);
	} while (us->us_db == NULL && err == RBACDB_BUSY && users_wait(&tries));
	return (us->us_db != NULL ? RBACDB_OK : err);
}

struct rbac *
users_snapshot(struct users *us, enum rbacdb_error *err_r)
{
	unsigned int tries = 0;
	struct rbac *rb;

	do {
		rb = rbacdb_snapshot(us->us_db, err_r);
	} while (rb == NULL && *err_r == RBACDB_BUSY && users_wait(&tries));
	return (rb);
}

enum rbacdb_error
users_begin(struct users *us)
{
	enum rbacdb_error err;
	unsigned int tries = 0;

	do {
		err = rbacdb_begin(us->us_db);
	} while (err == RBACDB_BUSY && users_wait(&tries));
	us->us_since = (int64_t)time(NULL);
	us->us_nvoid = 0;
	return (err);
}

/* --- tokens ---------------------------------------------------------------- */

enum rbacdb_error
users_void(struct users *us, int64_t id)
{
	int64_t *more;

	more = reallocarray(us->us_void, us->us_nvoid + 1, sizeof(*more));
	if (more == NULL)
		return (RBACDB_NOMEM);
	us->us_void = more;
	us->us_void[us->us_nvoid++] = id;
	return (rbacdb_void_user(
	    us->us_db, id, us->us_since, us->us_since + us->us_lives));
}

/*
 * The server took old passwords up to the commit, whose second may be a later
 * one than the transaction's.
 */
static enum rbacdb_error
users_void_again(struct users *us)
{
	size_t i, n = us->us_nvoid;
	enum rbacdb_error err;

	err = users_begin(us);
	if (err != RBACDB_OK)
		return (err);
	for (i = 0; i < n && err == RBACDB_OK; i++)
		err = rbacdb_void_user(us->us_db, us->us_void[i], us->us_since,
		    us->us_since + us->us_lives);
	return (rbacdb_end(us->us_db, true));
}

/*
 * A running server looks at the file for each login, but for tokens only after
 * this time. And a token of the second that a black list names is void, so that
 * a new one is to be had only in the next.
 */
static void
users_settle(void)
{
	const struct timespec pause = { SNAP_AGE / SECOND, SNAP_AGE % SECOND };

	(void)nanosleep(&pause, NULL);
}

_Static_assert(SNAP_AGE >= SECOND, "users_settle() waits for both");

enum rbacdb_error
users_commit(struct users *us)
{
	enum rbacdb_error err;

	err = rbacdb_end(us->us_db, true);
	if (err != RBACDB_OK || us->us_nvoid == 0)
		return (err);
	if ((int64_t)time(NULL) != us->us_since &&
	    users_void_again(us) != RBACDB_OK)
		warnx("the change was made, but tokens that were made in the "
		      "same moment may still be good");
	users_settle();
	return (RBACDB_OK);
}
