/* SPDX-License-Identifier: ISC */
/* A connection's bytes: see io.h. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/buffer.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

#include "apid/io.h"
#include "apid/tls.h"

int
io_open(struct io *io, int fd, struct tls *tls)
{
	memset(io, 0, sizeof(*io));
	io->io_out = evbuffer_new();
	if (io->io_out == NULL)
		return (-1);
	if (tls != NULL)
		io->io_tls = tls_ref(tls);
	io->io_fd = fd;
	return (0);
}

void
io_close(struct io *io)
{
	SSL_free(io->io_ssl);
	tls_unref(&io->io_tls);
	if (io->io_out != NULL)
		evbuffer_free(io->io_out);
	if (io->io_fd != -1)
		close(io->io_fd);
	io->io_ssl = NULL;
	io->io_out = NULL;
	io->io_fd = -1;
}

/* What a TLS call that returned r means. */
static enum io_result
io_ssl_result(struct io *io, int r)
{
	switch (SSL_get_error(io->io_ssl, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return (IO_WAIT);
	case SSL_ERROR_ZERO_RETURN:
		return (IO_EOF);
	default:
		io->io_failed = true;
		ERR_clear_error();
		return (IO_FAILED);
	}
}

static enum io_result
io_errno(void)
{
	if (errno == EAGAIN || errno == EINTR)
		return (IO_WAIT);
	return (IO_FAILED);
}

enum io_result
io_handshake(struct io *io)
{
	int r;

	if (io->io_tls == NULL)
		return (IO_OK);
	/* Not before the first byte: who says nothing costs little. */
	if (io->io_ssl == NULL)
		io->io_ssl = tls_accept(io->io_tls, io->io_fd);
	if (io->io_ssl == NULL)
		return (IO_FAILED);
	ERR_clear_error();
	r = SSL_do_handshake(io->io_ssl);
	io->io_read_blocked = false;
	if (r == 1) {
		/* Two buffers of 17 KB, which it only gives back if asked. */
		(void)SSL_free_buffers(io->io_ssl);
		return (IO_OK);
	}
	io->io_read_blocked = SSL_want_write(io->io_ssl);
	return (io_ssl_result(io, r));
}

enum io_result
io_read(struct io *io, void *data, size_t len, size_t *n_r)
{
	ssize_t n;
	int r;

	if (io->io_ssl == NULL) {
		n = recv(io->io_fd, data, len, 0);
		if (n == -1)
			return (io_errno());
		*n_r = (size_t)n;
		return (n == 0 ? IO_EOF : IO_OK);
	}
	ERR_clear_error();
	r = SSL_read_ex(io->io_ssl, data, len, n_r);
	io->io_read_blocked = r == 0 && SSL_want_write(io->io_ssl);
	return (r == 1 ? IO_OK : io_ssl_result(io, r));
}

bool
io_more(const struct io *io)
{
	return (io->io_ssl != NULL && SSL_has_pending(io->io_ssl) == 1);
}

enum io_result
io_discard(struct io *io)
{
	char data[16384];
	ssize_t n;
	size_t sum = 0;

	/* What is thrown away need not be decrypted. */
	while (sum < IO_TURN) {
		n = recv(io->io_fd, data, sizeof(data), 0);
		if (n == 0)
			return (IO_EOF);
		if (n == -1)
			return (io_errno());
		sum += (size_t)n;
	}
	return (IO_WAIT);
}

/* Write some bytes; *n_r of them went out. */
static enum io_result
io_write(struct io *io, const void *data, size_t len, size_t *n_r)
{
	ssize_t n;
	int r;

	*n_r = 0;
	if (io->io_ssl == NULL) {
		n = send(io->io_fd, data, len, MSG_NOSIGNAL);
		if (n == -1)
			return (io_errno());
		*n_r = (size_t)n;
		return (IO_OK);
	}
	if (io->io_failed)
		return (IO_FAILED);
	ERR_clear_error();
	r = SSL_write_ex(io->io_ssl, data, len, n_r);
	return (r == 1 ? IO_OK : io_ssl_result(io, r));
}

enum io_result
io_flush(struct io *io)
{
	struct evbuffer_iovec v;
	enum io_result r;
	size_t n, sum = 0;

	while (evbuffer_get_length(io->io_out) > 0) {
		if (sum >= IO_TURN)
			return (IO_WAIT);
		if (evbuffer_peek(io->io_out, -1, NULL, &v, 1) < 1)
			return (IO_FAILED);
		r = io_write(io, v.iov_base, v.iov_len, &n);
		if (r != IO_OK)
			return (r);
		evbuffer_drain(io->io_out, n);
		sum += n;
	}
	return (IO_OK);
}

enum io_result
io_send(struct io *io, const void *data, size_t len)
{
	const char *p = data;
	enum io_result r = IO_OK;
	size_t n, sum = 0;

	/* Mostly the client is ready: then nothing is copied. */
	while (evbuffer_get_length(io->io_out) == 0 && r == IO_OK && len > 0 &&
	    sum < IO_TURN) {
		r = io_write(io, p, len, &n);
		p += n;
		len -= n;
		sum += n;
	}
	if (r != IO_OK && r != IO_WAIT)
		return (r);
	if (len == 0)
		return (IO_OK);
	if (evbuffer_add(io->io_out, p, len) == -1)
		return (IO_FAILED);
	return (IO_WAIT);
}

static void
io_unmap(const void *data, size_t len, void *arg)
{
	munmap(arg, len);
}

enum io_result
io_send_map(struct io *io, void *map, size_t len)
{
	if (evbuffer_add_reference(io->io_out, map, len, io_unmap, map) == -1) {
		munmap(map, len);
		return (IO_FAILED);
	}
	return (io_flush(io));
}

size_t
io_unsent(const struct io *io)
{
	return (io->io_out == NULL ? 0 : evbuffer_get_length(io->io_out));
}

bool
io_wants_write(const struct io *io)
{
	return (io->io_read_blocked || io_unsent(io) > 0);
}

void
io_finish(struct io *io)
{
	if (io->io_ssl != NULL && !io->io_failed &&
	    SSL_is_init_finished(io->io_ssl)) {
		ERR_clear_error();
		(void)SSL_shutdown(io->io_ssl);
		ERR_clear_error();
	}
	(void)shutdown(io->io_fd, SHUT_WR);
}
