/* SPDX-License-Identifier: ISC */
/*
 * The role http: clients' connections in, CHECK to authz out, results from the
 * router or from authz in, answers out. It has no file, no authority and no
 * secret but the TLS key.
 */
#ifndef APID_WORKER_H
#define APID_WORKER_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "apid/forwarded.h"
#include "common/buffer.h"

#define WORKER_BUCKETS	1024	/* of the table of requests; a power of two */
#define WORKER_TICK	500	/* ms between two looks at deadlines */
#define WORKER_STOP	5	/* seconds to finish what is in flight */
#define WORKER_DATE	32	/* bytes of a date for an answer's head */

struct acceptor;
struct conf;
struct conn;
struct event;
struct event_base;
struct msgw;
struct peer;
struct proc;
struct proc_ops;
struct request;
struct route_map;
struct tls;
struct verdict;

TAILQ_HEAD(acceptor_head, acceptor);
TAILQ_HEAD(conn_head, conn);
TAILQ_HEAD(request_head, request);
LIST_HEAD(request_bucket, request);

/* One a process. */
struct worker {
	struct proc	*w_pr;
	const struct conf *w_cf;	/* in use */
	struct forwarded w_forwarded;	/* of it */
	struct event_base *w_base;
	struct peer	*w_authz, *w_logd;
	bool		 w_authz_down;	/* and backing off */

	/* listening; the new ones take effect at the next commit */
	struct acceptor_head w_acceptors, w_newacceptors;
	struct tls	*w_tls;
	int		 w_newtls;	/* sealed memfd, or -1 */
	struct event	*w_resume;	/* accepting again after a pause */
	bool		 w_paused;

	/* connections */
	struct conn_head w_conns;
	struct conn_head w_waiting;	/* no request in work; oldest first */
	struct conn_head w_dead;	/* freed when the callbacks are done */
	struct event	*w_reap;
	struct event	*w_tick;
	bool		 w_ticking;
	size_t		 w_nconns;
	size_t		 w_bytes;	/* held for clients */
	struct buf	 w_spare;	/* memory of an input buffer at rest */

	/* requests in work */
	struct request_head w_requests;
	struct request_bucket w_byid[WORKER_BUCKETS];
	size_t		 w_nrequests;

	bool		 w_stopping;
	uint64_t	 w_stopat;	/* CLOCK_MONOTONIC ns */

	/* space for work on one request at a time */
	struct route_map *w_routes;
	struct verdict	*w_verdict;
	struct buf	 w_scratch, w_arena, w_out, w_body;
	struct buf	 w_params, w_shown;	/* JSON for the access log */
	struct msgw	*w_msg;
	char		 w_date[WORKER_DATE];
	time_t		 w_datesec;
};

extern const struct proc_ops http_ops;

/* The present date for an answer's head; made once a second. */
const char *worker_date(struct worker *);
/* Make sure that deadlines are looked at while there is one. */
void	worker_tick(struct worker *);
/* Leave if this process is stopping and nothing is left to do. */
void	worker_maybe_exit(struct worker *);

#endif
