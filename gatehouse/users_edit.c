/* SPDX-License-Identifier: ISC */
/* gatehouse users add, delete and allow-run-as. */
#include <sys/types.h>

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "authz/rbacdb_change.h"
#include "common/buffer.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/users.h"

#define WHY_MOST   512 /* bytes of a reason */
#define ROLES_MOST 32 /* that a new user is given */

/* How it went; code 0 and no error: well. */
static int
edit_tell(const char *name, enum rbacdb_error err, uint16_t code)
{
	struct buf why;

	if (err != RBACDB_OK) {
		warnx("%s", users_why(err));
		return (-1);
	}
	if (code == 0)
		return (0);
	buf_init(&why, WHY_MOST);
	users_code(code, &why);
	warnx("%s: %.*s", name, (int)why.b_len,
	    why.b_data != NULL ? (const char *)why.b_data : "");
	buf_free(&why);
	return (-1);
}

/*
 * Do something to one user in a transaction of its own, of which nothing stays
 * unless all of it goes well. -1 after saying why.
 */
typedef enum rbacdb_error (*edit_fn)(struct users *, void *, uint16_t *code_r);

static int
edit_run(struct users *us, const char *name, edit_fn fn, void *arg)
{
	enum rbacdb_error err;
	uint16_t code = 0;

	if (users_become(us) == -1)
		return (-1);
	err = users_load(us, NULL);
	if (err == RBACDB_OK)
		err = users_begin(us);
	if (err == RBACDB_OK) {
		err = fn(us, arg, &code);
		if (err == RBACDB_OK && code == 0)
			err = users_commit(us);
		else
			(void)rbacdb_end(us->us_db, false);
	}
	return (edit_tell(name, err, code));
}

/* --- add --------------------------------------------------------------------- */

struct add {
	const char *ad_file;
	const char *ad_role[ROLES_MOST];
	size_t ad_n;
	struct change ad_change;
};

static int
add_options(struct add *ad, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "password-file", required_argument, NULL, 'f' },
		{ "role", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int ch;

	while ((ch = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (ch == 'f')
			ad->ad_file = optarg;
		else if (ch == 'r' && ad->ad_n < ROLES_MOST)
			ad->ad_role[ad->ad_n++] = optarg;
		else
			return (-1);
	}
	return (optind + 1 == argc ? 0 : -1);
}

static int
add_read(struct users *us, struct add *ad, const char *name)
{
	struct change *ch = &ad->ad_change;

	if (!users_named(name)) {
		warnx("%s: not a name of 4 to 64 letters, digits and \"_-.%%\"",
		    name);
		return (-1);
	}
	snprintf(ch->ch_name, sizeof(ch->ch_name), "%s", name);
	if (users_open(us, us->us_dir, true) == -1)
		return (-1);
	if (ad->ad_file != NULL)
		return (secret_file(ad->ad_file, ch->ch_plain, USERS_SECRET));
	switch (secret_ask(name, true, ch->ch_plain)) {
	case SECRET_READ:
		return (0);
	case SECRET_END:
		warnx("no password for %s", name);
		break;
	case SECRET_STOP:
		warnx("interrupted");
		break;
	case SECRET_BAD:
		break;
	}
	return (-1);
}

static enum rbacdb_error
add_make(struct users *us, void *arg, uint16_t *code_r)
{
	struct add *ad = arg;
	enum rbacdb_error err;
	int64_t user, role;
	size_t i;

	err = rbacdb_user_add(us->us_db, ad->ad_change.ch_name,
	    ad->ad_change.ch_encoded, &user, code_r);
	for (i = 0; i < ad->ad_n && err == RBACDB_OK && *code_r == 0; i++) {
		err =
		    rbacdb_role_find(us->us_db, ad->ad_role[i], &role, code_r);
		if (err == RBACDB_OK && *code_r == 0)
			err = rbacdb_user_link(
			    us->us_db, user, role, POSITION_LAST, code_r);
	}
	return (err);
}

static int
add_run(struct users *us, struct add *ad, const char *name)
{
	struct change *ch = &ad->ad_change;

	if (add_read(us, ad, name) == -1 || users_encode(ch, 1) == -1)
		return (-1);
	if (ch->ch_state == CHANGE_REFUSED)
		return (edit_tell(name, RBACDB_OK, ch->ch_code));
	return (edit_run(us, name, add_make, ad));
}

int
users_add(struct users *us, int argc, char *argv[])
{
	struct add ad;
	int ret;

	memset(&ad, 0, sizeof(ad));
	if (add_options(&ad, argc, argv) == -1)
		return (GATEHOUSE_USAGE);
	ret = add_run(us, &ad, argv[optind]);
	explicit_bzero(&ad, sizeof(ad));
	return (ret == 0 ? 0 : GATEHOUSE_ERROR);
}

/* --- delete, allow-run-as ------------------------------------------------------ */

struct edit {
	const char *ed_name;
	bool ed_allow;
};

static enum rbacdb_error
delete_make(struct users *us, void *arg, uint16_t *code_r)
{
	const struct edit *ed = arg;
	enum rbacdb_error err;
	int64_t id;

	err = rbacdb_user_find(us->us_db, ed->ed_name, &id, code_r);
	if (err == RBACDB_OK && *code_r == 0)
		err = rbacdb_user_delete(us->us_db, id, code_r);
	/* The id may be another's soon. */
	if (err == RBACDB_OK && *code_r == 0)
		err = users_void(us, id);
	return (err);
}

static enum rbacdb_error
run_as_make(struct users *us, void *arg, uint16_t *code_r)
{
	const struct edit *ed = arg;
	enum rbacdb_error err;
	int64_t id;

	err = rbacdb_user_find(us->us_db, ed->ed_name, &id, code_r);
	if (err == RBACDB_OK && *code_r == 0)
		err = rbacdb_user_run_as(us->us_db, id, ed->ed_allow, code_r);
	if (err == RBACDB_OK && *code_r == 0)
		err = users_void(us, id);
	return (err);
}

static int
edit_user(struct users *us, struct edit *ed, edit_fn fn)
{
	if (users_open(us, us->us_dir, true) == -1 ||
	    edit_run(us, ed->ed_name, fn, ed) == -1)
		return (GATEHOUSE_ERROR);
	return (0);
}

int
users_delete(struct users *us, int argc, char *argv[])
{
	struct edit ed;

	if (argc != 2)
		return (GATEHOUSE_USAGE);
	ed.ed_name = argv[1];
	return (edit_user(us, &ed, delete_make));
}

int
users_run_as(struct users *us, int argc, char *argv[])
{
	struct edit ed;

	if (argc != 3 ||
	    (strcmp(argv[2], "yes") != 0 && strcmp(argv[2], "no") != 0))
		return (GATEHOUSE_USAGE);
	ed.ed_name = argv[1];
	ed.ed_allow = argv[2][0] == 'y';
	return (edit_user(us, &ed, run_as_make));
}
