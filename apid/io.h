/* SPDX-License-Identifier: ISC */
/*
 * The bytes of one client's connection, in TLS or in the clear, never
 * blocking. libevent 2.1's bufferevent_openssl is not used: it has no way to
 * see a slow reader's progress (with partial writes it loses bytes between
 * the pieces of its output), and reads twice for each request.
 */
#ifndef APID_IO_H
#define APID_IO_H

#include <stdbool.h>
#include <stddef.h>

struct evbuffer;
struct ssl_st;
struct tls;

#define IO_TURN	(1024 * 1024)	/* most bytes sent before others get a turn */

enum io_result {
	IO_OK,
	IO_WAIT,		/* wait for io_wants_write, or for reading */
	IO_EOF,			/* the client sends no more */
	IO_FAILED
};

struct io {
	int		 io_fd;
	struct tls	*io_tls;	/* NULL: in the clear */
	struct ssl_st	*io_ssl;	/* from the handshake on */
	struct evbuffer	*io_out;	/* not sent yet */
	bool		 io_read_blocked;	/* reading needs a write first */
	bool		 io_failed;	/* TLS must not be used any more */
};

/*
 * Take over socket fd. tls: NULL for none; a reference is taken. -1: no
 * memory; fd stays the caller's then.
 */
int	io_open(struct io *, int fd, struct tls *tls);
/* Close at once; what is unsent is lost. */
void	io_close(struct io *);

/* IO_OK when the handshake is done. */
enum io_result io_handshake(struct io *);

/* Up to len bytes; IO_OK sets *n_r to at least 1. */
enum io_result io_read(struct io *, void *data, size_t len, size_t *n_r);
/* Bytes wait inside of TLS that the socket no longer shows. */
bool	io_more(const struct io *);
/* Drop what a client still sends, unread. IO_WAIT, IO_EOF or IO_FAILED. */
enum io_result io_discard(struct io *);

/* Send a copy, or what is left of it when the client is ready. */
enum io_result io_send(struct io *, const void *data, size_t len);
/* Send a mapping, which is unmapped when it is gone (also on failure). */
enum io_result io_send_map(struct io *, void *map, size_t len);
/* Go on sending. IO_OK: nothing is left. */
enum io_result io_flush(struct io *);
size_t	io_unsent(const struct io *);
/* Is it writability that something waits for? */
bool	io_wants_write(const struct io *);

/* Say that no more will be sent. */
void	io_finish(struct io *);

#endif
