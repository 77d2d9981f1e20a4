/* SPDX-License-Identifier: ISC */
/*
 * One client's connection: from bytes to requests, and answers back. Requests
 * are served one after the other; what a client sends ahead waits, unread
 * beyond a bound.
 */
#ifndef APID_CONN_H
#define APID_CONN_H

#include <sys/queue.h>
#include <sys/types.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apid/http.h"
#include "apid/io.h"
#include "common/buffer.h"

#define CONN_ADDR	64	/* bytes of a client's address as text */

struct request;
struct tls;
struct worker;

enum conn_state {
	CS_HANDSHAKE,
	CS_IDLE,		/* between requests */
	CS_HEAD,		/* a request has begun */
	CS_BODY,
	CS_WORK,		/* somebody else's turn */
	CS_REPLY,		/* the answer is on its way out */
	CS_LINGER,		/* we are done; the client may not know yet */
	CS_DEAD
};

struct conn {
	TAILQ_ENTRY(conn) c_entry;
	TAILQ_ENTRY(conn) c_wait;	/* in w_waiting, if c_waiting */
	struct worker	*c_w;
	struct io	 c_io;
	struct event	 c_evr, c_evw;
	enum conn_state	 c_state;
	bool		 c_waiting;
	bool		 c_reading, c_writing;	/* the events are in use */
	bool		 c_inside;	/* conn_input() is running */
	bool		 c_close;	/* after this answer */
	bool		 c_eof;		/* the client sends no more */
	uint64_t	 c_deadline;	/* CLOCK_MONOTONIC ns */
	uint64_t	 c_stalled;	/* the same, unless some bytes move */
	size_t		 c_total;	/* bytes of the present answer */
	size_t		 c_counted;	/* part of w_bytes */
	struct request	*c_req;		/* in work, or NULL */
	/* input: head, decoded body, bytes not looked at yet */
	struct buf	 c_in;
	size_t		 c_seen;	/* for http_parse() */
	size_t		 c_head;	/* bytes of the head */
	size_t		 c_body;	/* bytes of decoded body */
	size_t		 c_raw;		/* where undecoded bytes begin */
	uint64_t	 c_length;	/* of the body, by its header */
	enum http_body	 c_kind;
	struct http_chunked c_chunk;
	uint64_t	 c_began;	/* when the head was complete, ns */
	char		 c_addr[CONN_ADDR];
};

/* Take over a new socket. -1: no memory; fd stays the caller's then. */
int	conn_new(struct worker *, int fd, struct tls *, const char *addr);
/* End it now; what is in work for it goes on without it. */
void	conn_drop(struct conn *);
/* Free those that were dropped. */
void	conn_reap(struct worker *);
/* Drop the one that waited longest without a request. false: there is none. */
bool	conn_evict(struct worker *);

/*
 * Send an answer: len bytes, then the mapping (NULL: none), which is owned
 * from here on. close: the connection ends with it.
 */
void	conn_send(struct conn *, const void *data, size_t len, void *map,
	    size_t maplen, bool close);
/* Go on with what the client sent ahead. */
void	conn_resume(struct conn *);
/*
 * Answer a request that cannot be served, with a problem of our own words,
 * and close: for faults of HTTP itself.
 */
void	conn_refuse(struct conn *, unsigned int status, const char *why);

/* Look at the deadlines of every connection. */
void	conn_tick(struct worker *, uint64_t now);
/* Drop what has no request in work; the others end with their answer. */
void	conn_stop(struct worker *);

#endif
