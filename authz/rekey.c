/* SPDX-License-Identifier: ISC */
/*
 * The key pair in force: see rekey.h.
 *
 * Making all tokens void, with new settings or without, changes three files
 * and one database. The new contents are all on disk before the first name
 * changes; then follow, each one durable before the next,
 *
 *  1. security.yaml. Whoever dies here leaves the new settings in force, and
 *     if they differ from the old ones, that alone makes the old tokens void:
 *     they claim the other settings. If they do not differ, nothing has
 *     happened yet.
 *  2. private_key.pem, from which on no old token has a good signature.
 *  3. public_key.pem, which the next start makes good (token_file_load()).
 *  4. The black lists. Rows that stay there can only refuse tokens that are
 *     void anyway, while without them those of step 2 would be good again.
 *
 * The answer goes out after all of it.
 */
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/authz.h"
#include "authz/cache.h"
#include "authz/lanemsg.h"
#include "authz/rbacdb_change.h"
#include "authz/rekey.h"
#include "authz/secconf.h"
#include "authz/snap.h"
#include "authz/stamp.h"
#include "authz/token_file.h"
#include "common/log.h"
#include "common/proc.h"

#define TMP_DIGITS 16 /* of the names that path_stage() makes */
#define TMP_SUFFIX ".tmp"

struct rekey {
	struct stamp rk_private, rk_public; /* when last read */
	bool rk_again; /* they could not be read: try the same ones again */
	bool rk_missing; /* one was missing the last time */
	int rk_told; /* errno of the last complaint, 0: none */
};

/* --- at the start -------------------------------------------------------- */

/* Is it a file that a death has left on its way to become base? */
static bool
rekey_is_left(const char *name, const char *base)
{
	size_t len = strlen(base);

	return (name[0] == '.' && strncmp(name + 1, base, len) == 0 &&
	    name[1 + len] == '.' &&
	    strlen(name) == len + 2 + TMP_DIGITS + strlen(TMP_SUFFIX) &&
	    strcmp(name + len + 2 + TMP_DIGITS, TMP_SUFFIX) == 0);
}

/*
 * This process has not begun to write such names. Only a factory reset on the
 * command line does too: it then says that it failed.
 */
static void
rekey_sweep(int dirfd)
{
	static const char *const bases[] = { TOKEN_PRIVATE, TOKEN_PUBLIC,
		SECCONF_FILE };
	const struct dirent *d;
	DIR *dir;
	size_t i;

	dir = path_list(dirfd, ".");
	if (dir == NULL) {
		log_warn("what a death has left cannot be removed");
		return;
	}
	while ((d = readdir(dir)) != NULL)
		for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
			if (rekey_is_left(d->d_name, bases[i]))
				unlinkat(dirfd, d->d_name, 0);
	closedir(dir);
}

/* Before they are read: what changes meanwhile shows next time. */
static void
rekey_stamp(int dirfd, struct rekey *rk)
{
	stamp_take(dirfd, TOKEN_PRIVATE, &rk->rk_private);
	stamp_take(dirfd, TOKEN_PUBLIC, &rk->rk_public);
}

void
rekey_open(struct authz *az)
{
	int dirfd = az->az_proc->pr_rootfd;

	az->az_rekey = calloc(1, sizeof(*az->az_rekey));
	if (az->az_rekey == NULL)
		fatalx("no memory");
	rekey_sweep(dirfd);
	rekey_stamp(dirfd, az->az_rekey);
	az->az_key = token_file_load(dirfd);
	if (az->az_key == NULL)
		fatal("6003 - the key pair of the tokens");
	az->az_keyno = proc_newid(az->az_proc);
}

void
rekey_close(struct authz *az)
{
	token_key_free(&az->az_key);
	free(az->az_rekey);
	az->az_rekey = NULL;
}

/* --- another pair ---------------------------------------------------------- */

int
rekey_send(struct authz *az, struct peer *p)
{
	lanemsg_put_key(&az->az_mw, az->az_keyno, token_key_public(az->az_key));
	if (peer_send(p, &az->az_mw, NULL) == -1) {
		log_warn("%s: the public key cannot be sent", peer_name(p));
		return (-1);
	}
	return (0);
}

/* This is the pair from here on. */
static void
rekey_use(struct authz *az, struct token_key *key)
{
	struct proc *pr = az->az_proc;
	struct peer *p;
	unsigned int i;

	token_key_free(&az->az_key);
	az->az_key = key;
	az->az_keyno = proc_newid(pr);
	cache_drop(az->az_cache);
	for (i = 0; i < pr->pr_count[ROLE_HASH]; i++) {
		p = proc_peer(ROLE_HASH, i);
		if (p != NULL)
			rekey_send(az, p);
	}
}

/* A state of the files is complained of once, not each second. */
static void
rekey_complain(struct rekey *rk, int error)
{
	/* What is no pair stays so until one of them changes. */
	rk->rk_again = error != EBADMSG;
	if (rk->rk_told == error)
		return;
	rk->rk_told = error;
	if (error == EBADMSG)
		log_errorx(TOKEN_PRIVATE " and " TOKEN_PUBLIC " are no pair; "
		                         "the one before goes on");
	else {
		errno = error;
		log_error(TOKEN_PRIVATE " and " TOKEN_PUBLIC
		                        "; the pair before goes on");
	}
}

void
rekey_look(struct authz *az)
{
	struct rekey *rk = az->az_rekey, before = *rk;
	int dirfd = az->az_proc->pr_rootfd;
	struct token_key *key;

	rekey_stamp(dirfd, rk);
	if (!rk->rk_again && stamp_same(&before.rk_private, &rk->rk_private) &&
	    stamp_same(&before.rk_public, &rk->rk_public))
		return;
	rk->rk_again = rk->rk_missing = false;
	key = token_file_look(dirfd);
	if (key == NULL && errno == ENOENT) {
		/* Not at once: one may be about to be put in its place. */
		rk->rk_missing = rk->rk_again = true;
		if (!before.rk_missing)
			return;
		log_warnx(TOKEN_PRIVATE " or " TOKEN_PUBLIC " is missing: "
		                        "making both");
		key = token_file_load(dirfd);
	}
	if (key == NULL) {
		rekey_complain(rk, errno);
		return;
	}
	rk->rk_told = 0;
	if (token_key_same(key, az->az_key)) {
		token_key_free(&key);
		return;
	}
	log_warnx("the key pair has been replaced: all tokens are void");
	rekey_use(az, key);
}

/* --- all tokens ------------------------------------------------------------ */

/* Rows that stay do no harm, so that this may fail. */
static void
rekey_unlist(struct authz *az)
{
	struct rbacdb *db = snap_db(az->az_snap);
	enum rbacdb_error err;

	err = rbacdb_begin(db);
	if (err == RBACDB_OK) {
		(void)rbacdb_void_none(db);
		err = rbacdb_end(db, true);
	}
	if (err != RBACDB_OK)
		log_warnx("the black lists stay as they are: %s",
		    rbacdb_strerror(err));
}

uint16_t
rekey_revoke(struct authz *az, const struct secconf_values *sv)
{
	int dirfd = az->az_proc->pr_rootfd, error;
	struct path_staged conf = { .ps_dirfd = -1 };
	struct token_pair tp;
	struct token_key *key;

	if (sv != NULL && secconf_stage(az->az_secconf, sv, &conf) == -1)
		return (1005);
	if (token_file_stage(dirfd, &tp) == -1) {
		error = errno;
		path_unstage(&conf);
		errno = error;
		return (6003);
	}
	if (sv != NULL && secconf_commit(az->az_secconf, &conf) == -1) {
		error = errno;
		token_file_unstage(&tp);
		errno = error;
		return (1005);
	}
	key = token_file_commit(&tp);
	if (key == NULL)
		return (6003);
	rekey_use(az, key);
	rekey_unlist(az);
	return (0);
}
