/* SPDX-License-Identifier: ISC */
/*
 * Users from the environment, as containers are given them: gatehouse users
 * from-env. The names are those of the original's images: API_USERNAME and
 * API_PASSWORD are one user, made if need be (4.x); the other two are the
 * passwords of the default users (5.x). Each may be given as a file instead,
 * by _FILE behind its name.
 *
 * Run again with the same values it changes nothing, so that a container that
 * is started again logs nobody out.
 */
#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"
#include "common/buffer.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/users.h"

#define ENV_NAME 64 /* bytes of a variable's name */
#define ENV_WHY  512 /* bytes of a reason */

struct users_env_row {
	const char *er_name; /* variable of the name, or NULL */
	const char *er_user; /* else the user */
	const char *er_password;
};

static const struct users_env_row env_rows[] = {
	{ "API_USERNAME", NULL, "API_PASSWORD" },
	{ NULL, "wazuh", "WAZUH_MANAGER_API_PASSWORD" },
	{ NULL, "wazuh-wui", "WAZUH_MANAGER_WUI_PASSWORD" },
};

#define ENV_ROWS (sizeof(env_rows) / sizeof(env_rows[0]))

struct users_env {
	struct change en_change[ENV_ROWS + INIT_USERS];
	size_t en_n;
};

struct users_env *
users_env_new(void)
{
	struct users_env *en;

	en = calloc(1, sizeof(*en));
	if (en == NULL)
		err(GATEHOUSE_ERROR, NULL);
	return (en);
}

void
users_env_free(struct users_env **enp)
{
	if (*enp == NULL)
		return;
	explicit_bzero(*enp, sizeof(**enp));
	free(*enp);
	*enp = NULL;
}

/* --- reading ----------------------------------------------------------------- */

/* A variable's value, or that of the file that it names: 1; 0: there is none. */
static int
users_env_value(const char *name, char *out, size_t size)
{
	char named[ENV_NAME];
	const char *file;
	char *value;
	size_t len;

	snprintf(named, sizeof(named), "%s_FILE", name);
	value = getenv(name);
	file = getenv(named);
	if (value == NULL && file == NULL)
		return (0);
	if (value != NULL && file != NULL) {
		warnx("%s and %s are both set", name, named);
		return (-1);
	}
	if (file != NULL) {
		if (secret_file(file, out, size) == -1)
			return (-1);
		name = named;
	} else {
		len = strlen(value);
		if (len >= size) {
			warnx("%s: too long", name);
			return (-1);
		}
		memcpy(out, value, len + 1);
		/* Whoever may look at our environment need not find it. */
		explicit_bzero(value, len);
	}
	if (out[0] != '\0')
		return (1);
	warnx("%s is empty", name);
	return (-1);
}

/* The user of a row: 1; 0: nobody is named. */
static int
users_env_user(const struct users_env_row *er, char out[USERS_NAME])
{
	int ret;

	if (er->er_user != NULL) {
		snprintf(out, USERS_NAME, "%s", er->er_user);
		return (1);
	}
	ret = users_env_value(er->er_name, out, USERS_NAME);
	if (ret != 1)
		return (ret);
	if (users_named(out))
		return (1);
	warnx("%s: not a name of 4 to 64 letters, digits and \"_-.%%\"",
	    er->er_name);
	return (-1);
}

static int
users_env_refuse(const struct users_env_row *er, const struct change *ch)
{
	uint16_t code = password_refuse(ch->ch_plain);
	struct buf why;

	if (code == 0)
		return (0);
	buf_init(&why, ENV_WHY);
	users_code(code, &why);
	warnx("%s: %.*s", er->er_password, (int)why.b_len,
	    why.b_data != NULL ? (const char *)why.b_data : "");
	buf_free(&why);
	return (-1);
}

/* One user's change, of two rows that may say the same. */
static int
users_env_add(struct users_env *en, const struct users_env_row *er,
    const struct change *new)
{
	struct change *ch;

	for (ch = en->en_change; ch < en->en_change + en->en_n; ch++) {
		if (strcmp(ch->ch_name, new->ch_name) != 0)
			continue;
		if (strcmp(ch->ch_plain, new->ch_plain) == 0)
			return (1);
		warnx("%s: another password of %s is given too",
		    er->er_password, ch->ch_name);
		return (-1);
	}
	*ch = *new;
	en->en_n++;
	return (1);
}

static int
users_env_row(struct users_env *en, const struct users_env_row *er)
{
	struct change ch;
	int user, password, ret;

	memset(&ch, 0, sizeof(ch));
	ch.ch_create = er->er_name != NULL;
	user = users_env_user(er, ch.ch_name);
	password = user == -1 ?
	    -1 :
	    users_env_value(er->er_password, ch.ch_plain, sizeof(ch.ch_plain));
	ret = user == -1 || password == -1 ? -1 : password;
	if (ret != -1 && er->er_name != NULL && user != password) {
		warnx("%s is set without %s",
		    user == 1 ? er->er_name : er->er_password,
		    user == 1 ? er->er_password : er->er_name);
		ret = -1;
	}
	if (ret == 1)
		ret = users_env_refuse(er, &ch) == -1 ?
		    -1 :
		    users_env_add(en, er, &ch);
	explicit_bzero(&ch, sizeof(ch));
	return (ret);
}

int
users_env_read(struct users_env *en)
{
	size_t i;

	for (i = 0; i < ENV_ROWS; i++)
		if (users_env_row(en, &env_rows[i]) == -1)
			return (-1);
	return (en->en_n > 0);
}

/* --- making it true ------------------------------------------------------------ */

/* The database; where there is none, one with users whom nobody can be. */
static enum rbacdb_error
users_env_load(struct users *us)
{
	char encoded[INIT_USERS][PASSWORD_ENCODED];
	const char *const passwords[2] = { encoded[0], encoded[1] };
	enum rbacdb_error err;

	err = users_load(us, NULL);
	if (err != RBACDB_MISSING)
		return (err);
	if (password_unknown(encoded[0]) == -1 ||
	    password_unknown(encoded[1]) == -1)
		return (RBACDB_NOMEM);
	return (users_load(us, passwords));
}

static bool
users_env_names(const struct users_env *en, const char *name)
{
	size_t i;

	for (i = 0; i < en->en_n; i++)
		if (strcmp(en->en_change[i].ch_name, name) == 0)
			return (true);
	return (false);
}

/* What is so already is not to be done again: it would void tokens. */
static void
users_env_settled(struct users_env *en, const struct rbac *rb)
{
	const struct rbac_user *ru;
	size_t i, n = 0;

	for (i = 0; i < en->en_n; i++) {
		ru = rbac_user_name(rb, en->en_change[i].ch_name);
		if (ru != NULL &&
		    password_verify(
		        ru->ru_password, en->en_change[i].ch_plain)) {
			printf("%s: as it was\n", ru->ru_name);
			continue;
		}
		if (n != i)
			en->en_change[n] = en->en_change[i];
		n++;
	}
	explicit_bzero(
	    en->en_change + n, (en->en_n - n) * sizeof(struct change));
	en->en_n = n;
}

/*
 * A default user that the original has made with its name as its password, and
 * for whom nothing is given, is not to be open to everybody.
 */
static void
users_env_lock(
    struct users_env *en, const struct rbac *rb, const bool named[INIT_USERS])
{
	const struct rbac_user *ru;
	struct change *ch;
	size_t i;

	for (i = 0; i < INIT_USERS; i++) {
		ru = rbac_user_name(rb, init_users[i]);
		if (named[i] || ru == NULL ||
		    !password_verify(ru->ru_password, init_users[i]))
			continue;
		ch = &en->en_change[en->en_n++];
		memset(ch, 0, sizeof(*ch));
		snprintf(ch->ch_name, sizeof(ch->ch_name), "%s", init_users[i]);
		ch->ch_unknown = true;
	}
}

static int
users_env_tell(const struct users_env *en)
{
	const struct change *ch;
	struct buf why;
	int ret = 0;

	for (ch = en->en_change; ch < en->en_change + en->en_n; ch++) {
		if (ch->ch_state == CHANGE_CREATED)
			printf("%s: made, an administrator\n", ch->ch_name);
		else if (ch->ch_state == CHANGE_UPDATED && ch->ch_unknown)
			printf("%s: had its name as its password, and now has "
			       "one that nobody knows\n",
			    ch->ch_name);
		else if (ch->ch_state == CHANGE_UPDATED)
			printf("%s: has a new password\n", ch->ch_name);
		else {
			buf_init(&why, ENV_WHY);
			users_code(ch->ch_code, &why);
			warnx("%s: %.*s", ch->ch_name, (int)why.b_len,
			    why.b_data != NULL ? (const char *)why.b_data : "");
			buf_free(&why);
			ret = -1;
		}
	}
	return (ret);
}

int
users_env_make(struct users *us, struct users_env *en)
{
	bool named[INIT_USERS];
	enum rbacdb_error err;
	struct rbac *rb = NULL;
	size_t i;

	if (users_open(us, us->us_dir, true) == -1 || users_become(us) == -1)
		return (-1);
	err = users_env_load(us);
	if (err == RBACDB_OK)
		rb = users_snapshot(us, &err);
	if (err == RBACDB_OK) {
		for (i = 0; i < INIT_USERS; i++)
			named[i] = users_env_names(en, init_users[i]);
		users_env_settled(en, rb);
		users_env_lock(en, rb, named);
		rbac_free(&rb);
		if (users_encode(en->en_change, en->en_n) == -1)
			return (-1);
		err = users_apply(us, en->en_change, en->en_n);
	}
	if (err == RBACDB_OK)
		return (users_env_tell(en));
	warnx("%s", users_why(err));
	return (-1);
}

int
users_env(struct users *us, int argc, char *argv[])
{
	struct users_env *en;
	int ret;

	if (argc != 1)
		return (GATEHOUSE_USAGE);
	en = users_env_new();
	ret = users_env_read(en);
	if (ret == 0)
		printf("no user is given in the environment\n");
	else if (ret == 1)
		ret = users_env_make(us, en);
	users_env_free(&en);
	return (ret == 0 ? 0 : GATEHOUSE_ERROR);
}
