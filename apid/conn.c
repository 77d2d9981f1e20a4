/* SPDX-License-Identifier: ISC */
/* A client's connection: see conn.h. */
#include <sys/types.h>
#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

#include "apid/accept.h"
#include "apid/conn.h"
#include "apid/conn_input.h"
#include "apid/reply.h"
#include "apid/request.h"
#include "apid/worker.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/page.h"
#include "common/proc.h"

#define CONN_SECOND UINT64_C(1000000000) /* ns */
#define CONN_LINGER 5 /* seconds for a client to take its answer */
#define CONN_READ   16384 /* bytes read at a time */
#define CONN_AHEAD  16384 /* bytes read while a request is in work */
#define CONN_TURNS  16 /* reads before other connections get a turn */
/* What a client must at least do, beyond the timeouts, in bytes a second. */
#define CONN_RATE_IN  65536
#define CONN_RATE_OUT 8192

static void conn_on_read(evutil_socket_t, short, void *);
static void conn_on_write(evutil_socket_t, short, void *);

/* --- states ----------------------------------------------------------- */

static uint64_t
conn_seconds(const struct conn *c, enum conn_state state)
{
	const struct conf *cf = c->c_w->w_cf;

	switch (state) {
	case CS_HANDSHAKE:
		return ((uint64_t)cf->cf_handshake_timeout);
	case CS_IDLE:
		return ((uint64_t)cf->cf_idle_timeout);
	case CS_HEAD:
		return ((uint64_t)cf->cf_header_timeout);
	case CS_BODY:
		return ((uint64_t)cf->cf_body_timeout);
	case CS_REPLY:
		return ((uint64_t)cf->cf_write_timeout);
	default:
		return (CONN_LINGER);
	}
}

void
conn_set(struct conn *c, enum conn_state state)
{
	struct worker *w = c->c_w;
	bool waits = state <= CS_HEAD;

	/* A request that has begun keeps the place of its connection. */
	if (c->c_waiting && (!waits || state == CS_IDLE)) {
		TAILQ_REMOVE(&w->w_waiting, c, c_wait);
		c->c_waiting = false;
	}
	if (waits && !c->c_waiting) {
		TAILQ_INSERT_TAIL(&w->w_waiting, c, c_wait);
		c->c_waiting = true;
	}
	c->c_state = state;
	c->c_deadline = proc_now() + conn_seconds(c, state) * CONN_SECOND;
	c->c_stalled = c->c_deadline;
}

/* Keep w_bytes right: what this connection holds of this process's memory. */
void
conn_count(struct conn *c)
{
	size_t now = c->c_in.b_cap + io_unsent(&c->c_io);

	c->c_w->w_bytes += now - c->c_counted;
	c->c_counted = now;
}

static void
conn_reads(struct conn *c, bool on)
{
	if (on == c->c_reading)
		return;
	c->c_reading = on;
	if (on)
		event_add(&c->c_evr, NULL);
	else
		event_del(&c->c_evr);
}

static void
conn_writes(struct conn *c)
{
	bool on = io_wants_write(&c->c_io);

	if (on == c->c_writing || c->c_state == CS_DEAD)
		return;
	c->c_writing = on;
	if (on)
		event_add(&c->c_evw, NULL);
	else
		event_del(&c->c_evw);
}

/* --- begin and end ---------------------------------------------------- */

int
conn_new(struct worker *w, int fd, struct tls *tls, const char *addr)
{
	struct conn *c;

	c = calloc(1, sizeof(*c));
	if (c == NULL || io_open(&c->c_io, fd, tls) == -1) {
		free(c);
		return (-1);
	}
	c->c_w = w;
	strncpy(c->c_addr, addr, sizeof(c->c_addr) - 1);
	buf_init(&c->c_in, SIZE_MAX / 2);
	event_assign(
	    &c->c_evr, w->w_base, fd, EV_READ | EV_PERSIST, conn_on_read, c);
	event_assign(
	    &c->c_evw, w->w_base, fd, EV_WRITE | EV_PERSIST, conn_on_write, c);
	TAILQ_INSERT_TAIL(&w->w_conns, c, c_entry);
	w->w_nconns++;
	w->w_pr->pr_page->pg_connections = w->w_nconns;
	conn_set(c, tls != NULL ? CS_HANDSHAKE : CS_IDLE);
	conn_reads(c, true);
	worker_tick(w);
	return (0);
}

void
conn_drop(struct conn *c)
{
	struct worker *w = c->c_w;

	if (c->c_state == CS_DEAD)
		return;
	conn_reads(c, false);
	if (c->c_writing)
		event_del(&c->c_evw);
	c->c_writing = false;
	if (c->c_waiting)
		TAILQ_REMOVE(&w->w_waiting, c, c_wait);
	c->c_waiting = false;
	c->c_state = CS_DEAD;
	if (c->c_req != NULL)
		request_forget(c->c_req);
	c->c_req = NULL;
	io_close(&c->c_io);
	buf_freezero(&c->c_in);
	conn_count(c);
	TAILQ_REMOVE(&w->w_conns, c, c_entry);
	TAILQ_INSERT_TAIL(&w->w_dead, c, c_entry);
	w->w_nconns--;
	w->w_pr->pr_page->pg_connections = w->w_nconns;
	/* Callers up the stack still look at it. */
	event_active(w->w_reap, 0, 0);
	accept_resume(w);
}

void
conn_reap(struct worker *w)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&w->w_dead)) != NULL) {
		TAILQ_REMOVE(&w->w_dead, c, c_entry);
		free(c);
	}
}

bool
conn_evict(struct worker *w)
{
	struct conn *c = TAILQ_FIRST(&w->w_waiting);

	if (c == NULL)
		return (false);
	log_debug("%s: idle, makes room", c->c_addr);
	conn_drop(c);
	return (true);
}

/*
 * The last answer is out. Closing now would answer what the client is still
 * sending with a reset, which may destroy the answer on its way.
 */
void
conn_finish(struct conn *c)
{
	io_finish(&c->c_io);
	if (c->c_eof) {
		conn_drop(c);
		return;
	}
	buf_freezero(&c->c_in);
	conn_count(c);
	conn_set(c, CS_LINGER);
	conn_reads(c, true);
}

/* --- answers ---------------------------------------------------------- */

static void
conn_sent(struct conn *c)
{
	if (c->c_close || (c->c_eof && c->c_in.b_len == 0))
		conn_finish(c);
	else
		conn_set(c, CS_IDLE);
}

void
conn_send(struct conn *c, const void *data, size_t len, void *map,
    size_t maplen, bool last)
{
	enum io_result r;

	if (c->c_state == CS_DEAD) {
		if (map != NULL)
			munmap(map, maplen);
		return;
	}
	c->c_close = c->c_close || last;
	c->c_total = len + maplen;
	r = io_send(&c->c_io, data, len);
	if (map != NULL && (r == IO_OK || r == IO_WAIT))
		r = io_send_map(&c->c_io, map, maplen);
	else if (map != NULL)
		munmap(map, maplen);
	if (r != IO_OK && r != IO_WAIT) {
		conn_drop(c);
		return;
	}
	conn_count(c);
	conn_set(c, CS_REPLY);
	if (io_unsent(&c->c_io) == 0)
		conn_sent(c);
	conn_writes(c);
}

void
conn_refuse(struct conn *c, unsigned int status, const char *why)
{
	struct worker *w = c->c_w;
	struct problem pb = { .pb_status = status, .pb_detail = why };
	struct reply rp = { .rp_status = status, .rp_close = true };

	log_debug("%s: %u: %s", c->c_addr, status, why);
	buf_reset(&w->w_body);
	buf_reset(&w->w_out);
	reply_problem(&w->w_body, &pb, false);
	rp.rp_ctype = reply_ctype(RT_PROBLEM);
	rp.rp_len = w->w_body.b_len;
	rp.rp_retry = status == 503 ? 1 : 0;
	reply_head(&w->w_out, &rp, w->w_cf, worker_date(w));
	if (buf_add(&w->w_out, w->w_body.b_data, w->w_body.b_len) == -1) {
		conn_drop(c);
		return;
	}
	conn_send(c, w->w_out.b_data, w->w_out.b_len, NULL, 0, true);
}

/* --- events ----------------------------------------------------------- */

/* May more be read now? */
static bool
conn_room(const struct conn *c)
{
	if (c->c_eof || c->c_state == CS_DEAD)
		return (false);
	if (c->c_state == CS_WORK || c->c_state == CS_REPLY)
		return (c->c_in.b_len < CONN_AHEAD);
	return (true);
}

/* Memory for input is held by those who are sending, not by the idle. */
static uint8_t *
conn_input_room(struct conn *c)
{
	struct buf *spare = &c->c_w->w_spare;

	if (c->c_in.b_data == NULL && spare->b_data != NULL) {
		c->c_in.b_data = spare->b_data;
		c->c_in.b_cap = spare->b_cap;
		spare->b_data = NULL;
		spare->b_cap = 0;
	}
	return (buf_room(&c->c_in, CONN_READ));
}

void
conn_rest(struct conn *c)
{
	struct buf *spare = &c->c_w->w_spare;

	if (c->c_in.b_data == NULL || c->c_in.b_len > 0)
		return;
	if (spare->b_data == NULL && c->c_in.b_cap <= 4 * CONN_READ) {
		spare->b_data = c->c_in.b_data;
		spare->b_cap = c->c_in.b_cap;
		c->c_in.b_data = NULL;
		c->c_in.b_cap = 0;
	} else
		buf_freezero(&c->c_in);
	conn_count(c);
}

static void
conn_ended(struct conn *c)
{
	c->c_eof = true;
	conn_reads(c, false);
	/* A client may close its half and wait for the answer. */
	if (c->c_state != CS_WORK && c->c_state != CS_REPLY)
		conn_drop(c);
}

static void
conn_readable(struct conn *c)
{
	enum io_result r;
	uint8_t *p;
	size_t n;
	int turn;

	for (turn = 0; turn < CONN_TURNS && conn_room(c); turn++) {
		if (c->c_state == CS_LINGER)
			return;
		p = conn_input_room(c);
		if (p == NULL) {
			conn_drop(c);
			return;
		}
		r = io_read(&c->c_io, p, CONN_READ, &n);
		if (r == IO_OK) {
			c->c_in.b_len += n;
			conn_count(c);
			conn_input(c);
			if (c->c_state != CS_DEAD && io_more(&c->c_io))
				continue;
		} else if (r == IO_EOF)
			conn_ended(c);
		else if (r == IO_FAILED)
			conn_drop(c);
		else
			conn_rest(c);
		break;
	}
	if (c->c_state == CS_DEAD || c->c_state == CS_LINGER)
		return;
	conn_reads(c, conn_room(c));
	conn_writes(c);
	/* What lies inside of TLS makes no socket readable. */
	if (turn == CONN_TURNS && conn_room(c) && io_more(&c->c_io))
		event_active(&c->c_evr, EV_READ, 0);
}

static void
conn_handshake(struct conn *c)
{
	switch (io_handshake(&c->c_io)) {
	case IO_OK:
		conn_set(c, CS_IDLE);
		conn_writes(c);
		/* The first request may have come with the last flight. */
		if (io_more(&c->c_io))
			conn_readable(c);
		break;
	case IO_WAIT:
		conn_writes(c);
		break;
	default:
		conn_drop(c);
		break;
	}
}

static void
conn_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	switch (c->c_state) {
	case CS_HANDSHAKE:
		conn_handshake(c);
		break;
	case CS_LINGER:
		if (io_discard(&c->c_io) != IO_WAIT)
			conn_drop(c);
		break;
	case CS_DEAD:
		break;
	default:
		conn_readable(c);
		break;
	}
}

static void
conn_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	enum io_result r;
	size_t before;

	if (c->c_state == CS_HANDSHAKE) {
		conn_handshake(c);
		return;
	}
	before = io_unsent(&c->c_io);
	if (before > 0) {
		r = io_flush(&c->c_io);
		if (r != IO_OK && r != IO_WAIT) {
			conn_drop(c);
			return;
		}
		conn_count(c);
		if (io_unsent(&c->c_io) < before)
			c->c_stalled = proc_now() +
			    conn_seconds(c, CS_REPLY) * CONN_SECOND;
	}
	if (c->c_state == CS_REPLY && io_unsent(&c->c_io) == 0) {
		conn_sent(c);
		conn_resume(c);
	}
	if (c->c_state != CS_DEAD && c->c_io.io_read_blocked)
		conn_readable(c);
	conn_writes(c);
}

void
conn_resume(struct conn *c)
{
	/* Inside of conn_input() the loop there goes on by itself. */
	if (c->c_inside || c->c_state == CS_DEAD || c->c_state == CS_LINGER)
		return;
	conn_input(c);
	if (c->c_state == CS_DEAD || c->c_state == CS_LINGER)
		return;
	conn_reads(c, conn_room(c));
	if (conn_room(c) && io_more(&c->c_io))
		event_active(&c->c_evr, EV_READ, 0);
}

/* --- deadlines -------------------------------------------------------- */

/*
 * A client that moves enough bytes may take longer; one that takes none of
 * its answer for the whole timeout may not.
 */
static uint64_t
conn_limit(const struct conn *c)
{
	uint64_t limit = c->c_deadline;

	if (c->c_state == CS_BODY)
		limit += c->c_in.b_len / CONN_RATE_IN * CONN_SECOND;
	if (c->c_state != CS_REPLY)
		return (limit);
	limit +=
	    (c->c_total - io_unsent(&c->c_io)) / CONN_RATE_OUT * CONN_SECOND;
	return (limit < c->c_stalled ? limit : c->c_stalled);
}

void
conn_tick(struct worker *w, uint64_t now)
{
	static const char *const states[] = { "handshake", "idle", "head",
		"body", "work", "reply", "linger", "dead" };
	struct conn *c, *next;

	for (c = TAILQ_FIRST(&w->w_conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, c_entry);
		/* Requests in work have deadlines of their own. */
		if (c->c_state == CS_WORK || now < conn_limit(c))
			continue;
		log_debug("%s: too slow (%s)", c->c_addr, states[c->c_state]);
		conn_drop(c);
	}
}

void
conn_stop(struct worker *w)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&w->w_waiting)) != NULL)
		conn_drop(c);
	TAILQ_FOREACH (c, &w->w_conns, c_entry)
		c->c_close = true;
}
