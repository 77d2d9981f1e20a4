/* SPDX-License-Identifier: ISC */
/*
 * A connection without a network: requests are taken from a stream of bytes
 * as it grows, and what they say is written down, so that two ways of cutting
 * the stream can be compared. For test_http.c and fuzz_http.c.
 */
#ifndef TESTS_HTTP_CONN_H
#define TESTS_HTTP_CONN_H

#include <stdlib.h>
#include <string.h>

#include "apid/http.h"
#include "common/buffer.h"

#define CONN_LOG	(1024 * 1024)

enum phase { PHASE_HEAD, PHASE_LENGTH, PHASE_CHUNKED, PHASE_OVER };

struct conn {
	enum phase	 c_phase;
	size_t		 c_max;		/* bytes of a head */
	size_t		 c_seen;	/* what http_parse() keeps */
	size_t		 c_at;		/* bytes of the stream used */
	uint64_t	 c_left;	/* of a body with a length */
	struct http_chunked c_chunked;
	struct buf	 c_log;
	unsigned int	 c_done;	/* requests complete, with body */
	enum http_status c_end;		/* why it is over */
};

static void
conn_text(struct conn *c, const char *name, const struct http_text *t)
{
	if (t->t_s == NULL)
		return;
	buf_addf(&c->c_log, " %s=", name);
	buf_add(&c->c_log, t->t_s, t->t_len);
}

static void
conn_request(struct conn *c, const struct http_request *r)
{
	size_t	 i;

	conn_text(c, "method", &r->hr_method);
	conn_text(c, "target", &r->hr_target);
	conn_text(c, "path", &r->hr_path);
	conn_text(c, "query", &r->hr_query);
	conn_text(c, "host", &r->hr_host);
	conn_text(c, "auth", &r->hr_auth);
	conn_text(c, "ctype", &r->hr_ctype);
	buf_addf(&c->c_log, " minor=%u keep=%d expect=%d,%d body=%d,%llu",
	    r->hr_minor, r->hr_keepalive, r->hr_expect, r->hr_expect_100,
	    (int)r->hr_body, (unsigned long long)r->hr_length);
	for (i = 0; i < r->hr_nheaders; i++) {
		conn_text(c, "name", &r->hr_header[i].hh_name);
		conn_text(c, "value", &r->hr_header[i].hh_value);
	}
	buf_addz(&c->c_log, "\nbody: ");
	memset(&c->c_chunked, 0, sizeof(c->c_chunked));
	c->c_left = r->hr_length;
	c->c_phase = r->hr_body == HTTP_BODY_CHUNKED ? PHASE_CHUNKED :
	    PHASE_LENGTH;
}

static void
conn_done(struct conn *c)
{
	buf_addz(&c->c_log, "\ndone\n");
	c->c_done++;
	c->c_seen = 0;
	c->c_phase = PHASE_HEAD;
}

/* One step; true: there may be another with the same bytes. */
static bool
conn_step(struct conn *c, const char *data, size_t len)
{
	static struct http_request	 r;
	enum http_status		 st = HTTP_MORE;
	const char			*why = "", *out;
	size_t				 n = 0, outlen;

	switch (c->c_phase) {
	case PHASE_HEAD:
		st = http_parse(data, len, c->c_max, &c->c_seen, &r, &n, &why);
		if (st == HTTP_DONE)
			conn_request(c, &r);
		break;
	case PHASE_LENGTH:
		n = len < c->c_left ? len : (size_t)c->c_left;
		buf_add(&c->c_log, data, n);
		c->c_left -= n;
		if (c->c_left == 0) {
			st = HTTP_DONE;
			conn_done(c);
		}
		break;
	case PHASE_CHUNKED:
		st = http_chunk(&c->c_chunked, data, len, &n, &out, &outlen,
		    &why);
		if (st == HTTP_BAD)
			break;
		buf_add(&c->c_log, out, outlen);
		if (st == HTTP_DONE)
			conn_done(c);
		else if (n > 0)
			st = HTTP_DONE;
		break;
	case PHASE_OVER:
		break;
	}
	c->c_at += n;
	if (st != HTTP_DONE && st != HTTP_MORE) {
		c->c_phase = PHASE_OVER;
		c->c_end = st;
		buf_addf(&c->c_log, "\nover %d: %s\n", (int)st, why);
	}
	return (st == HTTP_DONE);
}

/*
 * Feed a stream in pieces of step bytes. Each state of it is a block of its
 * own size, so that reading beyond it is found. Free c_log.
 */
static void
conn_run(struct conn *c, const char *stream, size_t len, size_t step,
    size_t max)
{
	size_t	 now = 0;
	char	*copy;

	memset(c, 0, sizeof(*c));
	c->c_max = max;
	c->c_end = HTTP_MORE;
	buf_init(&c->c_log, CONN_LOG);
	while (now < len && c->c_phase != PHASE_OVER) {
		now = len - now < step ? len : now + step;
		copy = malloc(now);
		if (copy == NULL)
			abort();
		memcpy(copy, stream, now);
		while (conn_step(c, copy + c->c_at, now - c->c_at))
			continue;
		free(copy);
	}
}

/* Do two ways of cutting the stream say the same? */
static bool
conn_same(const struct conn *a, const struct conn *b)
{
	return (a->c_phase == b->c_phase && a->c_end == b->c_end &&
	    a->c_done == b->c_done && !a->c_log.b_failed &&
	    a->c_log.b_len == b->c_log.b_len && (a->c_log.b_len == 0 ||
	    memcmp(a->c_log.b_data, b->c_log.b_data, a->c_log.b_len) == 0));
}

#endif
