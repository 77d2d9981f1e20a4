/* SPDX-License-Identifier: ISC */
/*
 * TLS of the server: what the parent reads (or makes) below
 * api/configuration/ssl and hands out as one sealed memfd, and what a worker
 * makes of it. TLS 1.2 and 1.3, no renegotiation, no early data.
 *
 * The memfd holds TLS_MAGIC and four values, each a u32 length in the
 * machine's order and that many bytes: the certificates (PEM, the server's
 * first), the private key (PEM), the clients' CA (PEM; empty: none), and the
 * ticket keys.
 */
#ifndef APID_TLS_H
#define APID_TLS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

#define TLS_DIR		"api/configuration/ssl/"
#define TLS_MAGIC	"GHTLS 1\n"
#define TLS_MAGIC_LEN	8
#define TLS_FILE_MAX	262144	/* bytes of one PEM file */
#define TLS_TICKET_KEY	80	/* name 16, AES-256 key 32, HMAC key 32 */
#define TLS_TICKET_KEYS	(2 * TLS_TICKET_KEY)	/* the present one first */

struct buf;
struct ssl_st;
struct tls;

/*
 * Initialise OpenSSL wholly: configuration, provider, error texts, random
 * numbers. A worker can open nothing later.
 */
void	tls_init(void);

/*
 * Parent. Read key, certificate and CA of cf below the directory rootfd; make
 * key and certificate where they are missing (RSA 2048, 365 days, both 0400,
 * owned by uid and gid, -1: unchanged); check all of it as a worker would, and
 * return a sealed memfd, or -1 with one line of text in err that begins with
 * the original's error number (2003).
 */
int	tls_pack(int rootfd, const struct conf *cf, uid_t uid, gid_t gid,
	    const uint8_t ticket_keys[TLS_TICKET_KEYS], struct buf *err);

/*
 * Worker. Map the memfd, load it and unmap it; fd stays the caller's. NULL
 * with a line of text in err: not sealed, malformed, or refused by OpenSSL.
 */
struct tls *tls_unpack(int fd, const struct conf *cf, struct buf *err);

/* The same from bytes: what tls_pack() checks with. */
struct tls *tls_load(const uint8_t *data, size_t len, const struct conf *cf,
	    struct buf *err);

/* Contexts are counted: each connection holds its own until it ends. */
struct tls *tls_ref(struct tls *);
void	tls_unref(struct tls **);

/* A server's end of a connection on socket fd (not owned), or NULL. */
struct ssl_st *tls_accept(struct tls *, int fd);

/*
 * A new key and a certificate for it, signed by itself, as PEM. key may hold
 * one already: then it stays. 0 or -1.
 */
int	tls_make(struct buf *key, struct buf *cert);

#endif
