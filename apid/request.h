/* SPDX-License-Identifier: ISC */
/*
 * Requests in work: from a parsed head and a body to CHECK, and from what
 * authz, the router or nobody says to the answer and the access line.
 */
#ifndef APID_REQUEST_H
#define APID_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct http_request;
struct msg;
struct peer;
struct request;
struct worker;

struct request_body {
	const char	*rb_data;
	size_t		 rb_len;
	bool		 rb_toobig;	/* not read to its end */
	uint64_t	 rb_size;	/* bytes it has, or had when given up */
};

/* Make the table of requests and that of endpoints. Fatal on error. */
void	request_init(struct worker *);

/*
 * Begin to serve a request of a connection in CS_WORK. Nothing of the input
 * is used after it returns. It may have answered already.
 */
void	request_start(struct conn *, const struct http_request *,
	    const struct request_body *);

/* The connection is gone: the answer is logged, not sent. */
void	request_forget(struct request *);

/* ADMIT, DENY, RESULT: see check.h. */
int	request_admit(struct peer *, struct msg *);
int	request_deny(struct peer *, struct msg *);
int	request_result(struct peer *, struct msg *);

/* Answer 500 with 3021 what is over its deadline. */
void	request_tick(struct worker *, uint64_t now);
/*
 * authz died; its CHECKs up to taken are lost, later ones wait for the next
 * authz, unless that is long in coming.
 */
void	request_authz_lost(struct worker *, uint32_t taken, bool backoff);
/* The router died and had taken CALLs up to via. */
void	request_router_lost(struct worker *, uint32_t via);

#endif
