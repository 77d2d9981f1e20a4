/* SPDX-License-Identifier: ISC */
/* gatehouse users change-password, and what rbac_control has of the name. */
#include <sys/types.h>

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/users.h"

#define WHY_MOST 512 /* bytes of a reason */

struct passwords {
	const char *pa_file;
	bool pa_all; /* no names: the default users */
	struct change *pa_change;
	size_t pa_n;
};

static int
password_options(struct users *us, struct passwords *pa, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "password-file", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int ch;

	while ((ch = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (ch != 'f' || us->us_alias)
			return (-1);
		pa->pa_file = optarg;
	}
	argc -= optind;
	/* The original takes no names, and a file has one password. */
	if ((us->us_alias && argc != 0) || (pa->pa_file != NULL && argc != 1))
		return (-1);
	return (0);
}

/* Whose passwords: the names, or the default users. */
static int
password_names(struct passwords *pa, int argc, char *argv[])
{
	const char *name;
	size_t i;

	pa->pa_all = argc == 0;
	pa->pa_n = pa->pa_all ? INIT_USERS : (size_t)argc;
	pa->pa_change = calloc(pa->pa_n, sizeof(*pa->pa_change));
	if (pa->pa_change == NULL) {
		warn(NULL);
		return (-1);
	}
	for (i = 0; i < pa->pa_n; i++) {
		name = pa->pa_all ? init_users[i] : argv[i];
		if (strlen(name) >= USERS_NAME) {
			warnx("%s: no such user", name);
			return (-1);
		}
		memcpy(pa->pa_change[i].ch_name, name, strlen(name) + 1);
	}
	return (0);
}

/* Of the default users those keep theirs for whom nothing is given. */
static void
password_skip(struct passwords *pa, size_t i)
{
	pa->pa_n--;
	memmove(&pa->pa_change[i], &pa->pa_change[i + 1],
	    (pa->pa_n - i) * sizeof(*pa->pa_change));
	explicit_bzero(&pa->pa_change[pa->pa_n], sizeof(*pa->pa_change));
}

static int
password_read(const struct users *us, struct passwords *pa)
{
	struct change *ch;
	size_t i;

	if (pa->pa_file != NULL)
		return (secret_file(
		    pa->pa_file, pa->pa_change[0].ch_plain, USERS_SECRET));
	for (i = 0; i < pa->pa_n;) {
		ch = &pa->pa_change[i];
		switch (secret_ask(ch->ch_name, !us->us_alias, ch->ch_plain)) {
		case SECRET_READ:
			break;
		case SECRET_END:
			if (!pa->pa_all) {
				warnx("no password for %s: nothing has changed",
				    ch->ch_name);
				return (-1);
			}
			break;
		case SECRET_STOP:
			warnx("interrupted: nothing has changed");
			return (-1);
		case SECRET_BAD:
			return (-1);
		}
		if (pa->pa_all && ch->ch_plain[0] == '\0')
			password_skip(pa, i);
		else
			i++;
	}
	return (0);
}

/* The lines of the original. Returns whether all is well. */
static bool
password_tell(const struct passwords *pa, enum rbacdb_error err)
{
	const struct change *ch = pa->pa_change;
	struct buf why;
	size_t i;
	bool good = true;

	for (i = 0; i < pa->pa_n; i++, ch++) {
		buf_init(&why, WHY_MOST);
		if (ch->ch_state == CHANGE_REFUSED)
			users_code(ch->ch_code, &why);
		else if (err != RBACDB_OK)
			buf_addz(&why, users_why(err));
		if (why.b_len == 0)
			printf("\t%s: UPDATED\n", ch->ch_name);
		else
			printf("\t%s: FAILED | %.*s\n", ch->ch_name,
			    (int)why.b_len, (const char *)why.b_data);
		good = good && why.b_len == 0;
		buf_free(&why);
	}
	return (good);
}

static int
password_run(struct users *us, struct passwords *pa)
{
	enum rbacdb_error err;

	if (password_read(us, pa) == -1)
		return (-1);
	if (pa->pa_n == 0)
		return (0);
	if (users_become(us) == -1 ||
	    users_encode(pa->pa_change, pa->pa_n) == -1)
		return (-1);
	err = users_load(us, NULL);
	if (err == RBACDB_OK)
		err = users_apply(us, pa->pa_change, pa->pa_n);
	/* The original ends well whatever it says of the users. */
	return (password_tell(pa, err) || us->us_alias ? 0 : -1);
}

int
users_password(struct users *us, int argc, char *argv[])
{
	struct passwords pa;
	int ret;

	memset(&pa, 0, sizeof(pa));
	if (password_options(us, &pa, argc, argv) == -1)
		return (GATEHOUSE_USAGE);
	ret = password_names(&pa, argc - optind, argv + optind);
	if (ret == 0)
		ret = users_open(us, us->us_dir, true);
	if (ret == 0)
		ret = password_run(us, &pa);
	if (pa.pa_change != NULL)
		explicit_bzero(pa.pa_change,
		    (pa.pa_all ? INIT_USERS : (size_t)(argc - optind)) *
		        sizeof(*pa.pa_change));
	free(pa.pa_change);
	return (ret == 0 ? 0 : GATEHOUSE_ERROR);
}
