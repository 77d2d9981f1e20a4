/* SPDX-License-Identifier: ISC */
/*
 * The listening sockets: one for each address of api.yaml's host, IPv4 and
 * IPv6 apart, so that a machine without one of them serves the other.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apid/parent.h"
#include "common/conf.h"
#include "common/log.h"

#define LISTEN_BACKLOG 4096

/* Name in logs and in CONF_LISTEN, "[::]:55000". */
static void
listen_name(const struct addrinfo *ai, char *out, size_t len)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof(host), port,
	        sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		snprintf(out, len, "?");
		return;
	}
	snprintf(out, len,
	    ai->ai_family == AF_INET6 ? "[%.48s]:%.5s" : "%.48s:%.5s", host,
	    port);
}

static int
listen_socket(const struct addrinfo *ai)
{
	int fd, on = 1;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    IPPROTO_TCP);
	if (fd == -1)
		return (-1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Inherited by each connection: answers go out at once. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (ai->ai_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1)
		log_warn("IPV6_V6ONLY");
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    listen(fd, LISTEN_BACKLOG) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

/* Is this machine merely without the address or its family? */
static bool
listen_absent(int error)
{
	return (error == EAFNOSUPPORT || error == EADDRNOTAVAIL ||
	    error == EPROTONOSUPPORT);
}

static int
listen_one(const struct addrinfo *ai, const struct listener *old, size_t nold,
    struct listener out[PARENT_LISTEN], size_t *n)
{
	struct listener *li = &out[*n];
	size_t i;

	listen_name(ai, li->li_addr, sizeof(li->li_addr));
	for (i = 0; i < *n; i++)
		if (strcmp(out[i].li_addr, li->li_addr) == 0)
			return (0);
	for (i = 0; i < nold; i++)
		if (strcmp(old[i].li_addr, li->li_addr) == 0) {
			li->li_fd = old[i].li_fd;
			(*n)++;
			return (0);
		}
	li->li_fd = listen_socket(ai);
	if (li->li_fd != -1) {
		(*n)++;
		return (0);
	}
	if (listen_absent(errno)) {
		log_warn("not listening on %s", li->li_addr);
		return (0);
	}
	if (errno == EADDRINUSE)
		log_errorx(
		    "2010 - %s is in use by another program", li->li_addr);
	else
		log_error("cannot listen on %s", li->li_addr);
	return (-1);
}

static int
listen_host(const char *host, const char *port, const struct listener *old,
    size_t nold, struct listener out[PARENT_LISTEN], size_t *n)
{
	struct addrinfo hints, *res, *ai;
	int r;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
	r = getaddrinfo(host, port, &hints, &res);
	if (r != 0) {
		log_errorx("host %s: %s", host, gai_strerror(r));
		return (-1);
	}
	r = 0;
	for (ai = res; ai != NULL && r == 0 && *n < PARENT_LISTEN;
	     ai = ai->ai_next)
		r = listen_one(ai, old, nold, out, n);
	freeaddrinfo(res);
	return (r);
}

void
listen_close(const struct listener *li, size_t n, const struct listener *keep,
    size_t nkeep)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < nkeep; j++)
			if (keep[j].li_fd == li[i].li_fd)
				break;
		if (j == nkeep)
			close(li[i].li_fd);
	}
}

int
listen_open(const struct conf *cf, struct listener *old, size_t nold,
    struct listener out[PARENT_LISTEN], size_t *n_r)
{
	char port[8];
	size_t i, n = 0;
	int r = 0;

	snprintf(port, sizeof(port), "%u", (unsigned int)cf->cf_port & 0xffff);
	for (i = 0; i < cf->cf_host.cl_n && r == 0; i++)
		r = listen_host(cf->cf_host.cl_v[i], port, old, nold, out, &n);
	if (r == 0 && n > 0) {
		*n_r = n;
		return (0);
	}
	if (r == 0)
		log_errorx("no address to listen on");
	listen_close(out, n, old, nold);
	return (-1);
}
