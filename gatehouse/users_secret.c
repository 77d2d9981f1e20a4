/* SPDX-License-Identifier: ISC */
/*
 * Where passwords come from: the terminal, the standard input, a file. Never
 * from the command line, which everybody can read.
 */
#include <sys/types.h>
#include <sys/signalfd.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "gatehouse/users.h"

#define FILE_MOST 4096 /* bytes of a file */

const char *
secret_line(const char *text, size_t len, char *out, size_t size)
{
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (memchr(text, '\n', len) != NULL)
		return ("more than one line");
	if (memchr(text, '\0', len) != NULL)
		return ("a NUL in it");
	if (len >= size)
		return ("too long");
	memcpy(out, text, len);
	out[len] = '\0';
	return (NULL);
}

int
secret_file(const char *path, char *out, size_t size)
{
	char text[FILE_MOST];
	const char *why;
	size_t len;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL) {
		warn("%s", path);
		return (-1);
	}
	/* No second copy of the secret in stdio's buffer. */
	(void)setvbuf(f, NULL, _IONBF, 0);
	len = fread(text, 1, sizeof(text), f);
	if (ferror(f)) {
		warn("%s", path);
		why = "";
	} else {
		why = len == sizeof(text) ? "too long" :
		                            secret_line(text, len, out, size);
		if (why != NULL)
			warnx("%s: %s", path, why);
	}
	(void)fclose(f);
	explicit_bzero(text, sizeof(text));
	return (why == NULL ? 0 : -1);
}

/* The next byte of the input: 1, 0 at its end, or -1. */
static ssize_t
secret_byte(char *c)
{
	ssize_t n;

	do {
		n = read(STDIN_FILENO, c, 1);
	} while (n == -1 && errno == EINTR);
	return (n);
}

/*
 * A line of the input, byte by byte: what follows it is the next password, or
 * the next program's.
 */
static enum secret
secret_input(char out[USERS_SECRET])
{
	char text[USERS_SECRET + 2];
	const char *why = NULL;
	size_t len = 0;
	ssize_t n;

	do {
		n = secret_byte(text + len);
	} while (n == 1 && text[len++] != '\n' && len < sizeof(text));
	if (n == -1)
		warn("the standard input");
	else
		why = secret_line(text, len, out, USERS_SECRET);
	explicit_bzero(text, sizeof(text));
	if (why != NULL)
		warnx("the standard input: %s", why);
	if (n == -1 || why != NULL)
		return (SECRET_BAD);
	return (n == 0 && len == 0 ? SECRET_END : SECRET_READ);
}

/* --- the terminal ------------------------------------------------------------ */

struct tty {
	int ty_fd;
	int ty_say; /* where the questions go */
	int ty_signals; /* signalfd */
	struct termios ty_was;
	sigset_t ty_mask; /* of before */
};

static void
tty_close(struct tty *ty)
{
	(void)tcsetattr(ty->ty_fd, TCSAFLUSH, &ty->ty_was);
	(void)sigprocmask(SIG_SETMASK, &ty->ty_mask, NULL);
	if (ty->ty_signals != -1)
		(void)close(ty->ty_signals);
	if (ty->ty_fd != STDIN_FILENO)
		(void)close(ty->ty_fd);
}

/*
 * Switch the echo off. What would end or stop us comes through a descriptor
 * until it is on again.
 */
static int
tty_open(struct tty *ty)
{
	struct termios quiet;
	sigset_t set;

	ty->ty_fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	ty->ty_say = ty->ty_fd;
	if (ty->ty_fd == -1) {
		ty->ty_fd = STDIN_FILENO;
		ty->ty_say = STDERR_FILENO;
	}
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGTSTP);
	if (tcgetattr(ty->ty_fd, &ty->ty_was) == -1 ||
	    sigprocmask(SIG_BLOCK, &set, &ty->ty_mask) == -1) {
		warn("the terminal");
		if (ty->ty_fd != STDIN_FILENO)
			(void)close(ty->ty_fd);
		return (-1);
	}
	quiet = ty->ty_was;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	ty->ty_signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (ty->ty_signals == -1 ||
	    tcsetattr(ty->ty_fd, TCSAFLUSH, &quiet) == -1) {
		warn("the terminal");
		tty_close(ty);
		return (-1);
	}
	return (0);
}

/* Was it a signal that ends us? Stopping waits: the echo is off. */
static bool
tty_ended(struct tty *ty)
{
	struct signalfd_siginfo si;

	if (read(ty->ty_signals, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return (true);
	return (si.ssi_signo != SIGTSTP);
}

/* Wait for a line or the end. */
static enum secret
tty_wait(struct tty *ty)
{
	struct pollfd pfd[2] = {
		{ .fd = ty->ty_fd, .events = POLLIN },
		{ .fd = ty->ty_signals, .events = POLLIN },
	};

	do {
		if (poll(pfd, 2, -1) == -1)
			return (SECRET_BAD);
		if (pfd[1].revents != 0 && tty_ended(ty))
			return (SECRET_STOP);
	} while (pfd[0].revents == 0);
	return (SECRET_READ);
}

/* The line that answers a question. */
static enum secret
tty_line(struct tty *ty, char out[USERS_SECRET])
{
	char line[USERS_SECRET + 2];
	const char *why = NULL;
	enum secret ret;
	ssize_t n = 0;

	ret = tty_wait(ty);
	if (ret == SECRET_READ) {
		n = read(ty->ty_fd, line, sizeof(line));
		if (n == -1)
			ret = SECRET_BAD;
		else if (n == 0)
			ret = SECRET_END;
	}
	/* The one that ended the line was not shown. */
	(void)dprintf(ty->ty_say, "\n");
	if (ret == SECRET_BAD)
		warn("the terminal");
	if (ret == SECRET_READ)
		why = secret_line(line, (size_t)n, out, USERS_SECRET);
	explicit_bzero(line, sizeof(line));
	if (why == NULL)
		return (ret);
	warnx("the terminal: %s", why);
	return (SECRET_BAD);
}

/* Once, or until it was twice the same. Nothing is not to be said twice. */
static enum secret
tty_ask(struct tty *ty, const char *name, bool twice, char out[USERS_SECRET])
{
	char again[USERS_SECRET];
	enum secret ret;
	bool same;

	do {
		(void)dprintf(
		    ty->ty_say, "New password of %s (empty: none): ", name);
		ret = tty_line(ty, out);
		if (ret != SECRET_READ || !twice || out[0] == '\0')
			return (ret);
		(void)dprintf(ty->ty_say, "The same again: ");
		ret = tty_line(ty, again);
		same = ret == SECRET_READ && strcmp(out, again) == 0;
		explicit_bzero(again, sizeof(again));
		if (ret == SECRET_READ && !same)
			(void)dprintf(ty->ty_say, "These were two.\n");
	} while (ret == SECRET_READ && !same);
	return (ret);
}

enum secret
secret_ask(const char *name, bool twice, char out[USERS_SECRET])
{
	enum secret ret;
	struct tty ty;

	if (!isatty(STDIN_FILENO))
		return (secret_input(out));
	if (tty_open(&ty) == -1)
		return (SECRET_BAD);
	ret = tty_ask(&ty, name, twice, out);
	tty_close(&ty);
	return (ret);
}
