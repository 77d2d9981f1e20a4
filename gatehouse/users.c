/* SPDX-License-Identifier: ISC */
/* gatehouse users: its verbs, and the two that rbac_control has. */
#include <sys/types.h>
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gatehouse/gatehouse.h"
#include "gatehouse/users.h"

struct verb {
	const char *ve_name;
	int (*ve_fn)(struct users *, int, char *[]);
	bool ve_alias; /* also rbac_control's */
};

static const struct verb verbs[] = {
	{ "list", users_list, false },
	{ "change-password", users_password, true },
	{ "factory-reset", users_reset, true },
	{ "add", users_add, false },
	{ "delete", users_delete, false },
	{ "allow-run-as", users_run_as, false },
	{ "from-env", users_env, false },
};

#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *
users_verb(const char *name, bool alias)
{
	size_t i;

	for (i = 0; i < NVERBS; i++)
		if (strcmp(verbs[i].ve_name, name) == 0 &&
		    (!alias || verbs[i].ve_alias))
			return (&verbs[i]);
	return (NULL);
}

/* argv[0] is what stands before the verb. */
static int
users_run(const char *dir, bool alias, int argc, char *argv[])
{
	const struct verb *ve;
	struct users us;
	int ret;

	ve = argc < 2 ? NULL : users_verb(argv[1], alias);
	if (ve == NULL)
		return (GATEHOUSE_USAGE);
	memset(&us, 0, sizeof(us));
	us.us_dir = dir;
	us.us_alias = alias;
	us.us_rootfd = us.us_folder = -1;
	(void)umask(0077);
	ret = ve->ve_fn(&us, argc - 1, argv + 1);
	users_close(&us);
	if (fflush(stdout) != 0 && ret == 0)
		ret = GATEHOUSE_ERROR;
	return (ret);
}

int
users_main(const char *dir, int argc, char *argv[])
{
	int ret;

	ret = users_run(dir, false, argc, argv);
	return (ret == GATEHOUSE_USAGE ? gatehouse_usage(argv[0]) : ret);
}

static void
rbac_control_help(FILE *out)
{
	fprintf(out,
	    "usage: rbac_control change-password\n"
	    "       rbac_control factory-reset [-f | --force]\n\n"
	    "  change-password\n"
	    "        ask for new passwords of the default users; an empty one "
	    "changes nothing\n"
	    "  factory-reset\n"
	    "        users, roles, rules and policies as they are made; -f: do "
	    "not ask\n\n"
	    "The instance is the directory $WAZUH_HOME. "
	    "See gatehouse(8), whose users command this is.\n");
}

int
rbac_control_main(const char *dir, int argc, char *argv[])
{
	int i, ret;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "-h") == 0 ||
		    strcmp(argv[i], "--help") == 0)
			break;
	if (argc == 1 || i < argc) {
		rbac_control_help(stdout);
		return (fflush(stdout) == 0 ? 0 : GATEHOUSE_ERROR);
	}
	ret = users_run(dir, true, argc, argv);
	if (ret == GATEHOUSE_USAGE)
		rbac_control_help(stderr);
	return (ret);
}
