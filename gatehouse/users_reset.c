/* SPDX-License-Identifier: ISC */
/*
 * gatehouse users factory-reset: the users, roles, rules and policies of a new
 * rbac.db, and no token that was good before.
 *
 * The new keys and the new rbac.db are on the disk beside the old ones before
 * anything changes. Then, with the old rbac.db locked, the keys take their
 * places, and then it. Whoever dies before that has changed nothing; whoever
 * dies between has all users as they were and has made all tokens void, which
 * asks everybody to log in again. The other way round a token would live on that
 * gives a new user what an old one of its name could do.
 */
#include <sys/types.h>

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"
#include "authz/rbacdb_change.h"
#include "authz/token_file.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/users.h"

#define RESET_WORD "RESET"

/* What init gives the default users too. */
struct reset {
	const char *re_file; /* of passwords, or NULL */
	bool re_force;
	struct init_secrets re_secrets;
	struct token_pair re_pair;
	bool re_asked; /* whether they can be put in place */
	bool re_keys; /* they are */
};

static int
reset_options(struct users *us, struct reset *re, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		{ "passwords", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int ch;

	while ((ch = getopt_long(argc, argv, "f", options, NULL)) != -1) {
		if (ch == 'f')
			re->re_force = true;
		else if (ch == 'p' && !us->us_alias)
			re->re_file = optarg;
		else
			return (-1);
	}
	return (optind == argc ? 0 : -1);
}

/* Does whoever is there mean it? */
static bool
reset_confirmed(const struct users *us)
{
	char line[sizeof(RESET_WORD) + 2];

	printf("All users, roles, rules and policies of %s go, and those of a "
	       "new instance come. Type " RESET_WORD " to have that: ",
	    us->us_dir);
	(void)fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return (false);
	line[strcspn(line, "\r\n")] = '\0';
	return (strcmp(line, RESET_WORD) == 0);
}

/* The new file is complete, and nobody can change the old one. */
static bool
reset_keys(void *arg)
{
	struct reset *re = arg;
	struct token_key *key;

	key = token_file_commit(&re->re_pair);
	re->re_asked = true;
	re->re_keys = key != NULL;
	if (key == NULL)
		warn("the new keys of the tokens cannot be put in place; "
		     "nothing has changed");
	token_key_free(&key);
	return (re->re_keys);
}

/* Are the new users there, although the last step failed? */
static bool
reset_placed(struct users *us, const char *encoded)
{
	const struct rbac_user *ru = NULL;
	enum rbacdb_error err;
	struct rbac *rb = NULL;
	bool placed;

	if (users_load(us, NULL) == RBACDB_OK)
		rb = users_snapshot(us, &err);
	if (rb != NULL)
		ru = rbac_user_name(rb, init_users[0]);
	placed = ru != NULL && strcmp(ru->ru_password, encoded) == 0;
	rbac_free(&rb);
	rbacdb_close(&us->us_db);
	return (placed);
}

/*
 * What a running server gave with its new keys while it still knew the old
 * users.
 */
static enum rbacdb_error
reset_void(struct users *us)
{
	enum rbacdb_error err;
	uint16_t code = 0;
	int64_t id;
	size_t i;

	err = users_load(us, NULL);
	if (err == RBACDB_OK)
		err = users_begin(us);
	if (err != RBACDB_OK)
		return (err);
	for (i = 0; i < INIT_USERS && err == RBACDB_OK; i++) {
		err = rbacdb_user_find(us->us_db, init_users[i], &id, &code);
		if (err == RBACDB_OK && code == 0)
			err = users_void(us, id);
	}
	if (err == RBACDB_OK)
		return (users_commit(us));
	(void)rbacdb_end(us->us_db, false);
	return (err);
}

/* How far it got. 0, or -1. */
static int
reset_tell(const struct reset *re, enum rbacdb_error err, bool done)
{
	if (err == RBACDB_OK)
		return (0);
	if (done) {
		warnx("the users are new ones, but tokens that were made in "
		      "the same moment may be good: %s",
		    users_why(err));
		return (0);
	}
	if (re->re_keys || !re->re_asked)
		warnx("%s; the users are as they were%s", users_why(err),
		    re->re_keys ? ", and all tokens are void" : "");
	return (-1);
}

static int
reset_make(struct users *us, struct reset *re)
{
	const char *const passwords[2] = { re->re_secrets.se_encoded[0],
		re->re_secrets.se_encoded[1] };
	enum rbacdb_error err;
	unsigned int tries = 0;
	bool done;

	if (token_file_stage(us->us_folder, &re->re_pair) == -1) {
		warn("new keys of the tokens cannot be made; nothing has "
		     "changed");
		return (-1);
	}
	do {
		err = rbacdb_reset(us->us_path, passwords, reset_keys, re);
	} while (err == RBACDB_BUSY && users_wait(&tries));
	if (!re->re_keys)
		token_file_unstage(&re->re_pair);
	done = err == RBACDB_OK;
	if (!done && re->re_keys && reset_placed(us, passwords[0])) {
		done = true;
		warnx("%s: what is new may not be on the disk", users_why(err));
	}
	if (done)
		err = reset_void(us);
	return (reset_tell(re, err, done));
}

static int
reset_run(struct users *us, struct reset *re)
{
	if (users_open(us, us->us_dir, true) == -1)
		return (-1);
	if (!re->re_force && !reset_confirmed(us)) {
		printf("\tNothing has changed.\n");
		return (-1);
	}
	if (init_secrets_read(&re->re_secrets, re->re_file) == -1 ||
	    users_become(us) == -1 ||
	    init_secrets_make(&re->re_secrets) == -1 ||
	    reset_make(us, re) == -1)
		return (-1);
	printf("\tUsers, roles, rules and policies are those of a new "
	       "instance.\n");
	return (init_secrets_tell(&re->re_secrets));
}

int
users_reset(struct users *us, int argc, char *argv[])
{
	struct reset re;
	int ret;

	memset(&re, 0, sizeof(re));
	if (reset_options(us, &re, argc, argv) == -1)
		return (GATEHOUSE_USAGE);
	ret = reset_run(us, &re);
	explicit_bzero(&re, sizeof(re));
	/* The original ends well whatever it says. */
	return (ret == 0 || us->us_alias ? 0 : GATEHOUSE_ERROR);
}
