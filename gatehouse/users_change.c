/* SPDX-License-Identifier: ISC */
/* Passwords that users are to have: see users.h. */
#include <sys/types.h>

#include <err.h>
#include <string.h>

#include "authz/rbacdb_change.h"
#include "common/params.h"
#include "gatehouse/users.h"

#define CODE_USER_MISSING 5001

#define NAME_LEAST 4 /* characters, as in the API */
#define NAME_MOST  64

bool
users_named(const char *name)
{
	ssize_t chars = params_utf8(name, strlen(name));

	return (chars >= NAME_LEAST && chars <= NAME_MOST &&
	    strchr(name, '\n') == NULL &&
	    params_format(PF_NAMES, name, strlen(name)) == 0);
}

int
users_encode(struct change *ch, size_t n)
{
	int ret = 0;

	for (; n > 0 && ret == 0; ch++, n--) {
		if (ch->ch_unknown) {
			ret = password_unknown(ch->ch_encoded);
			continue;
		}
		ch->ch_code = password_refuse(ch->ch_plain);
		if (ch->ch_code != 0)
			ch->ch_state = CHANGE_REFUSED;
		else
			ret = password_make(ch->ch_plain, ch->ch_encoded);
	}
	if (ret == -1)
		warnx("no password hash can be made");
	return (ret);
}

/* A user that is not there. */
static enum rbacdb_error
change_create(struct users *us, struct change *ch)
{
	enum rbacdb_error err;
	int64_t id;

	err = rbacdb_user_add(
	    us->us_db, ch->ch_name, ch->ch_encoded, &id, &ch->ch_code);
	if (err == RBACDB_OK && ch->ch_code == 0)
		err = rbacdb_user_link(
		    us->us_db, id, USERS_ADMIN, POSITION_LAST, &ch->ch_code);
	/* It was not there, and the role is a reserved one. */
	if (err == RBACDB_OK && ch->ch_code != 0)
		err = RBACDB_OTHER;
	ch->ch_state = CHANGE_CREATED;
	return (err);
}

static enum rbacdb_error
change_make(struct users *us, struct change *ch)
{
	enum rbacdb_error err;
	int64_t id;

	err = rbacdb_user_find(us->us_db, ch->ch_name, &id, &ch->ch_code);
	if (err == RBACDB_OK && ch->ch_code == CODE_USER_MISSING &&
	    ch->ch_create)
		return (change_create(us, ch));
	if (err == RBACDB_OK && ch->ch_code == 0)
		err = rbacdb_user_password(
		    us->us_db, id, ch->ch_encoded, &ch->ch_code);
	if (err == RBACDB_OK && ch->ch_code == 0)
		err = users_void(us, id);
	ch->ch_state = ch->ch_code == 0 ? CHANGE_UPDATED : CHANGE_REFUSED;
	return (err);
}

enum rbacdb_error
users_apply(struct users *us, struct change *ch, size_t n)
{
	enum rbacdb_error err, end;
	size_t i, todo;

	for (i = todo = 0; i < n; i++)
		todo += ch[i].ch_state == CHANGE_ASKED;
	if (todo == 0)
		return (RBACDB_OK);
	err = users_begin(us);
	if (err != RBACDB_OK)
		return (err);
	for (i = 0; i < n && err == RBACDB_OK; i++)
		if (ch[i].ch_state == CHANGE_ASKED)
			err = change_make(us, &ch[i]);
	if (err == RBACDB_OK)
		return (users_commit(us));
	end = rbacdb_end(us->us_db, false);
	return (end != RBACDB_OK ? end : err);
}
