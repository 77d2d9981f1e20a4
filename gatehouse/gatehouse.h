/* SPDX-License-Identifier: ISC */
/* The command line: gatehouse [-H DIR] COMMAND. */
#ifndef GATEHOUSE_GATEHOUSE_H
#define GATEHOUSE_GATEHOUSE_H

/* Exit statuses beside 0. */
#define GATEHOUSE_ERROR	1	/* it was said why */
#define GATEHOUSE_USAGE	2
#define GATEHOUSE_DOWN	3	/* the server is not running */

/*
 * One function a command: dir is the instance's, argv[0] the command. They
 * return the exit status.
 */
int	init_main(const char *dir, int argc, char *argv[]);
int	check_main(const char *dir, int argc, char *argv[]);
int	status_main(const char *dir, int argc, char *argv[]);
int	logs_main(const char *dir, int argc, char *argv[]);
int	rbac_main(const char *dir, int argc, char *argv[]);
int	users_main(const char *dir, int argc, char *argv[]);
/* reload, start and stop: a line to the control socket. */
int	ctl_main(const char *dir, int argc, char *argv[]);

/* As rbac_control: argv is the program's. */
int	rbac_control_main(const char *dir, int argc, char *argv[]);

/* Say how a command is used, on the standard error. Returns GATEHOUSE_USAGE. */
int	gatehouse_usage(const char *command);

/* The directory of the instance, open for reading; -1 after saying why. */
int	gatehouse_open(const char *dir);

#endif
