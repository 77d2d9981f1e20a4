/* SPDX-License-Identifier: ISC */
/*
 * The client of the control socket. The socket is reached by the descriptor of
 * its directory, since a path may be longer than sun_path.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/control.h"
#include "common/path.h"
#include "gatehouse/ctl.h"
#include "gatehouse/gatehouse.h"

#define CTL_WAIT 60 /* seconds; the server itself gives up before */

static int
ctl_dirfd(const char *dir)
{
	int rootfd, fd;

	rootfd = gatehouse_open(dir);
	if (rootfd == -1)
		return (-1);
	fd = path_open(rootfd, "var/run", O_PATH | O_DIRECTORY, 0);
	if (fd == -1)
		warn("%s/var/run", dir);
	(void)close(rootfd);
	return (fd);
}

/* *fd_r: connected. */
static int
ctl_connect(const char *dir, int *fd_r)
{
	struct sockaddr_un sun;
	struct timeval tv = { CTL_WAIT, 0 };
	int dirfd, ret, error;

	dirfd = ctl_dirfd(dir);
	if (dirfd == -1)
		return (GATEHOUSE_ERROR);
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d/%s",
	    dirfd, strrchr(CONTROL_PATH, '/') + 1);
	*fd_r = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd_r == -1)
		err(GATEHOUSE_ERROR, "socket");
	ret = setsockopt(*fd_r, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (ret == 0)
		ret = connect(*fd_r, (struct sockaddr *)&sun, sizeof(sun));
	error = errno;
	(void)close(dirfd);
	if (ret == 0)
		return (0);
	(void)close(*fd_r);
	if (error == ENOENT || error == ECONNREFUSED) {
		warnx("%s: the server is not running", dir);
		return (GATEHOUSE_DOWN);
	}
	errno = error;
	warn("%s/%s", dir, CONTROL_PATH);
	return (GATEHOUSE_ERROR);
}

static int
ctl_talk(int fd, const char *line, struct buf *out)
{
	char text[CONTROL_LINE + 1];
	uint8_t *p;
	ssize_t n;
	int len;

	len = snprintf(text, sizeof(text), "%s\n", line);
	if (len < 0 || (size_t)len >= sizeof(text)) {
		errno = EMSGSIZE;
		return (-1);
	}
	/* A fresh socket takes so little at once. */
	if (send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
		return (-1);
	do {
		p = buf_room(out, 4096);
		if (p == NULL) {
			errno = EMSGSIZE;
			return (-1);
		}
		n = read(fd, p, 4096);
		if (n > 0)
			out->b_len += (size_t)n;
	} while (n > 0 || (n == -1 && errno == EINTR));
	return (n == 0 ? 0 : -1);
}

int
ctl_ask(const char *dir, const char *line, struct buf *out)
{
	const char *why;
	size_t body, len;
	int fd, ret;

	ret = ctl_connect(dir, &fd);
	if (ret != 0)
		return (ret);
	ret = ctl_talk(fd, line, out);
	/* The server may close before it has read all; its answer counts. */
	if (ret == -1 && errno != ECONNRESET && errno != EPIPE) {
		warn("%s/%s", dir, CONTROL_PATH);
		(void)close(fd);
		return (GATEHOUSE_ERROR);
	}
	(void)close(fd);
	if (ctl_judge((const char *)out->b_data, out->b_len, &body, &why,
	        &len) == 0) {
		out->b_len = body;
		return (0);
	}
	if (why != NULL)
		warnx("%.*s", (int)len, why);
	else if (out->b_len == 0)
		warnx("no answer (only root and the server's user may ask)");
	else
		warnx("the answer was cut short");
	return (GATEHOUSE_ERROR);
}

int
ctl_main(const char *dir, int argc, char *argv[])
{
	struct buf out;
	char line[CONTROL_LINE];
	bool reload;
	int n, ret;

	reload = strcmp(argv[0], "reload") == 0;
	if (argc != (reload ? 1 : 2) || (!reload && argv[1][0] == '-') ||
	    (!reload && strpbrk(argv[1], " \n") != NULL))
		return (gatehouse_usage(argv[0]));
	n = snprintf(line, sizeof(line), "%s%s%s", argv[0], reload ? "" : " ",
	    reload ? "" : argv[1]);
	if (n < 0 || (size_t)n >= sizeof(line))
		return (gatehouse_usage(argv[0]));
	buf_init(&out, CTL_ANSWER);
	ret = ctl_ask(dir, line, &out);
	if (ret == 0 && out.b_len > 0 &&
	    (fwrite(out.b_data, out.b_len, 1, stdout) != 1 ||
	        fflush(stdout) != 0))
		ret = GATEHOUSE_ERROR;
	buf_free(&out);
	return (ret);
}
