/* SPDX-License-Identifier: ISC */
/*
 * gatehouse: what an administrator types. main() finds the instance and the
 * command; each command is a file of its own.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatehouse/gatehouse.h"

#ifndef WAZUH_HOME_DEFAULT
#define WAZUH_HOME_DEFAULT "/var/ossec"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

struct command {
	const char *co_name;
	int (*co_fn)(const char *, int, char *[]);
	const char *co_usage; /* its arguments */
	const char *co_help;
};

static const struct command commands[] = {
	{ "init", init_main,
	    "[--passwords FILE | --from-env] [--owner USER] [--port N]\n"
	    "            [--host ADDR...]\n"
	    "            | --manager [--passwords FILE | --from-env]",
	    "make an instance with the embedded store" },
	{ "check", check_main, "",
	    "read the configuration and print what was understood" },
	{ "status", status_main, "[--json]", "show every process" },
	{ "logs", logs_main, "[ROLE | api] [-n LINES] [-f]",
	    "show the end of the log files" },
	{ "rbac", rbac_main, "explain [-u USER] [--json] [FILE | -]",
	    "which roles an authorization context gives, and why" },
	{ "users", users_main,
	    "list [--json] | change-password [USER...]\n"
	    "            | change-password USER --password-file FILE\n"
	    "            | factory-reset [-f] [--passwords FILE]\n"
	    "            | add USER [--role ROLE...] [--password-file FILE]\n"
	    "            | delete USER | allow-run-as USER yes|no | from-env",
	    "the users of the API, also while no server runs" },
	{ "reload", ctl_main, "", "read the configuration again" },
	{ "start", ctl_main, "GROUP", "start the processes of a group" },
	{ "stop", ctl_main, "GROUP | all", "stop them, or the whole server" },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *
gatehouse_find(const char *name)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].co_name, name) == 0)
			return (&commands[i]);
	return (NULL);
}

int
gatehouse_usage(const char *command)
{
	const struct command *co;

	co = gatehouse_find(command);
	if (co == NULL)
		fprintf(stderr,
		    "usage: gatehouse [-H DIR] COMMAND [...]\n"
		    "       gatehouse --help | --version\n");
	else
		fprintf(stderr, "usage: gatehouse [-H DIR] %s %s\n",
		    co->co_name, co->co_usage);
	return (GATEHOUSE_USAGE);
}

static int
gatehouse_help(void)
{
	size_t i;

	printf("usage: gatehouse [-H DIR] COMMAND [...]\n\n");
	for (i = 0; i < NCOMMANDS; i++)
		printf("  %s %s\n        %s\n", commands[i].co_name,
		    commands[i].co_usage, commands[i].co_help);
	printf("\nDIR is the instance: else $WAZUH_HOME, else ./instance if "
	       "there is one,\nelse %s. See gatehouse(8).\n",
	    WAZUH_HOME_DEFAULT);
	return (fflush(stdout) == 0 ? 0 : GATEHOUSE_ERROR);
}

static const char *
gatehouse_dir(void)
{
	const char *dir;
	struct stat st;

	dir = getenv("WAZUH_HOME");
	if (dir != NULL && *dir != '\0')
		return (dir);
	if (stat("./instance", &st) == 0 && S_ISDIR(st.st_mode))
		return ("./instance");
	return (WAZUH_HOME_DEFAULT);
}

int
gatehouse_open(const char *dir)
{
	int fd;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		warn("%s", dir);
	return (fd);
}

/* As the original's tool of that name, which is a link to this one. */
static bool
gatehouse_is_rbac_control(const char *called)
{
	const char *base;

	if (called == NULL)
		return (false);
	base = strrchr(called, '/');
	return (strcmp(base == NULL ? called : base + 1, "rbac_control") == 0);
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const struct command *co;
	const char *dir = NULL;
	int ch;

	if (gatehouse_is_rbac_control(argv[0]))
		return (rbac_control_main(gatehouse_dir(), argc, argv));
	/* '+': what follows the command is the command's. */
	while ((ch = getopt_long(argc, argv, "+H:hV", options, NULL)) != -1) {
		switch (ch) {
		case 'H':
			dir = optarg;
			break;
		case 'h':
			return (gatehouse_help());
		case 'V':
			printf("gatehouse %s\n", PACKAGE_VERSION);
			return (fflush(stdout) == 0 ? 0 : GATEHOUSE_ERROR);
		default:
			return (gatehouse_usage(""));
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 0)
		return (gatehouse_usage(""));
	co = gatehouse_find(argv[0]);
	if (co == NULL) {
		warnx("%s: no such command", argv[0]);
		return (gatehouse_usage(""));
	}
	/* 0, not 1: glibc's way to begin with another vector. */
	optind = 0;
	return (co->co_fn(dir != NULL ? dir : gatehouse_dir(), argc, argv));
}
