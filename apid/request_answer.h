/* SPDX-License-Identifier: ISC */
/* Inside of request: the struct, and everything that ends one. */
#ifndef APID_REQUEST_ANSWER_H
#define APID_REQUEST_ANSWER_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apid/http.h"
#include "apid/reply.h"
#include "common/check.h"

struct conn;
struct row;
struct worker;

/* A result that came before its admission. */
struct held {
	struct answer	 hd_answer;	/* an_body points to hd_body */
	void		*hd_map;	/* or this is the body */
	size_t		 hd_maplen;
	uint8_t		 hd_body[];
};

struct request {
	LIST_ENTRY(request) rq_hash;
	TAILQ_ENTRY(request) rq_entry;
	struct worker	*rq_w;
	struct conn	*rq_conn;	/* NULL: the client is gone */
	uint64_t	 rq_id;
	uint64_t	 rq_start, rq_deadline;	/* CLOCK_MONOTONIC ns */
	uint32_t	 rq_check;	/* number of its CHECK */
	uint32_t	 rq_seq;	/* of the CALL to the router, 0: none */
	bool		 rq_admitted;
	bool		 rq_names;	/* problems name this node: node.h */
	bool		 rq_own;	/* rq_problem is the answer */
	bool		 rq_pretty;
	bool		 rq_head;	/* HEAD: no body goes out */
	bool		 rq_keep;	/* HTTP/1.0: say keep-alive */
	bool		 rq_cookie;
	const struct row *rq_row;	/* NULL: none */
	struct problem	 rq_problem;
	struct held	*rq_held;
	char		*rq_user, *rq_context;
	struct http_text rq_origin;
	char		 rq_addr[CHECK_ADDR];
	/* point into rq_texts */
	const char	*rq_method, *rq_path, *rq_params, *rq_body;
	char		 rq_texts[];
};

/* Of request.c. */
struct request *request_find(struct worker *, uint64_t id);
void	request_free(struct request *);

/*
 * All of these end the request, which is freed. body, len: the answer's body,
 * copied; map: it is a mapping of len bytes instead, owned from here on.
 */
void	request_reply(struct request *, struct reply *, const void *body,
	    size_t len, void *map);
/* The problem that was kept. */
void	request_problem(struct request *);
/* Nobody wrote a body: the problem of a code, or of a status (code 0). */
void	request_fail(struct request *, unsigned int status, uint16_t code);
/*
 * The same from outside of a connection's own callbacks: goes on with the
 * connection afterwards. The four above are followed by it.
 */
void	request_end(struct request *, unsigned int status, uint16_t code);

bool	request_held(const struct request *);
/* Send what was held. */
void	request_release(struct request *);
void	request_unhold(struct request *);

/* "127.0.0.1:55000": where the client reached us. Returns the length. */
size_t	request_own_host(const struct conn *, char *out, size_t size);

#endif
