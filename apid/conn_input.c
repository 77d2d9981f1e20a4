/* SPDX-License-Identifier: ISC */
/*
 * Requests out of a connection's bytes. The input buffer holds the head, then
 * the body as far as it is decoded, then what was not looked at yet; chunks
 * are decoded in place, so that a body is never copied to another buffer.
 */
#include <sys/types.h>

#include <string.h>

#include "apid/conn_input.h"
#include "apid/http.h"
#include "apid/request.h"
#include "apid/worker.h"
#include "common/buffer.h"
#include "common/conf.h"
#include "common/proc.h"

static const char conn_continue[] = "HTTP/1.1 100 Continue\r\n\r\n";

/* Most bytes of a body; 0 in the configuration means no limit. */
static uint64_t
conn_max_body(const struct conn *c)
{
	const struct conf *cf = c->c_w->w_cf;

	return (
	    cf->cf_max_upload > 0 ? (uint64_t)cf->cf_max_upload : UINT64_MAX);
}

/* Forget the request that was started: n bytes of the input. */
static void
conn_consume(struct conn *c, size_t n)
{
	/* It may have held a password or a token. */
	explicit_bzero(c->c_in.b_data, n);
	buf_drain(&c->c_in, n);
	c->c_seen = c->c_head = c->c_body = c->c_raw = 0;
}

static bool
conn_over_budget(const struct conn *c, uint64_t more)
{
	return (c->c_w->w_bytes + more >
	    (uint64_t)c->c_w->w_cf->cf_bytes_in_flight);
}

/* Parse the head at the front of the input; false: answered or incomplete. */
static bool
conn_parse(struct conn *c, struct http_request *r)
{
	const char *why = "malformed request";

	switch (http_parse((const char *)c->c_in.b_data, c->c_in.b_len,
	    (size_t)c->c_w->w_cf->cf_max_header, &c->c_seen, r, &c->c_head,
	    &why)) {
	case HTTP_DONE:
		return (true);
	case HTTP_MORE:
		if (conn_over_budget(c, 0))
			conn_refuse(c, 503, "too much is in flight");
		break;
	case HTTP_TOOBIG:
		conn_refuse(c, 431, why);
		break;
	case HTTP_VERSION:
		conn_refuse(c, 505, why);
		break;
	case HTTP_NOTIMPL:
		conn_refuse(c, 501, why);
		break;
	case HTTP_BAD:
	default:
		conn_refuse(c, 400, why);
		break;
	}
	return (false);
}

/* Hand the request over. r: NULL when the head has to be parsed again. */
static bool
conn_dispatch(struct conn *c, struct http_request *r, bool toobig)
{
	struct http_request again;
	struct request_body body;
	size_t used = c->c_raw;

	if (r == NULL) {
		/* The buffer has moved since; its texts pointed into it. */
		r = &again;
		c->c_seen = 0;
		if (!conn_parse(c, r))
			return (false);
	}
	body.rb_data = (const char *)c->c_in.b_data + c->c_head;
	body.rb_len = toobig ? 0 : c->c_body;
	body.rb_toobig = toobig;
	body.rb_size = c->c_kind == HTTP_BODY_LENGTH ? c->c_length : c->c_body;
	conn_set(c, CS_WORK);
	c->c_close = c->c_close || toobig || !r->hr_keepalive;
	request_start(c, r, &body);
	if (c->c_state == CS_DEAD || c->c_state == CS_LINGER)
		return (false);
	conn_consume(c, used);
	return (true);
}

/* Decode chunks in place. */
static enum http_status
conn_chunks(struct conn *c, const char **why_r)
{
	uint8_t *data = c->c_in.b_data;
	enum http_status st = HTTP_MORE;
	const char *piece;
	size_t used, len;

	while (st == HTTP_MORE && c->c_raw < c->c_in.b_len &&
	    c->c_body <= conn_max_body(c)) {
		st = http_chunk(&c->c_chunk, (char *)data + c->c_raw,
		    c->c_in.b_len - c->c_raw, &used, &piece, &len, why_r);
		if (st == HTTP_BAD)
			break;
		memmove(data + c->c_head + c->c_body, piece, len);
		c->c_body += len;
		c->c_raw += used;
	}
	if (st == HTTP_MORE && c->c_raw == c->c_in.b_len) {
		/* All framing is taken out: room for what comes next. */
		c->c_raw = c->c_head + c->c_body;
		c->c_in.b_len = c->c_raw;
	}
	return (st);
}

/* As much of the body as there is; false: more must be read. */
static bool
conn_body(struct conn *c, struct http_request *r)
{
	const char *why = "malformed body";
	size_t have = c->c_in.b_len - c->c_head;

	switch (c->c_kind) {
	case HTTP_BODY_NONE:
		c->c_raw = c->c_head;
		return (conn_dispatch(c, r, false));
	case HTTP_BODY_LENGTH:
		if (c->c_length > conn_max_body(c))
			return (conn_dispatch(c, r, true));
		if (have < c->c_length)
			break;
		c->c_body = (size_t)c->c_length;
		c->c_raw = c->c_head + c->c_body;
		return (conn_dispatch(c, r, false));
	case HTTP_BODY_CHUNKED:
		switch (conn_chunks(c, &why)) {
		case HTTP_DONE:
			if (c->c_body <= conn_max_body(c))
				return (conn_dispatch(c, r, false));
			return (conn_dispatch(c, r, true));
		case HTTP_MORE:
			if (c->c_body > conn_max_body(c))
				return (conn_dispatch(c, r, true));
			break;
		default:
			conn_refuse(c, 400, why);
			return (false);
		}
		break;
	}
	if (conn_over_budget(c, 0))
		conn_refuse(c, 503, "too much is in flight");
	return (false);
}

/* A head is complete: decide how its body is to come. */
static bool
conn_head(struct conn *c)
{
	struct http_request r;
	size_t have;

	if (!conn_parse(c, &r))
		return (false);
	c->c_began = proc_now();
	c->c_kind = r.hr_body;
	c->c_length = r.hr_length;
	c->c_body = 0;
	c->c_raw = c->c_head;
	memset(&c->c_chunk, 0, sizeof(c->c_chunk));
	have = c->c_in.b_len - c->c_head;
	if (c->c_kind != HTTP_BODY_NONE) {
		if (c->c_kind == HTTP_BODY_LENGTH && have < c->c_length &&
		    c->c_length <= conn_max_body(c) &&
		    conn_over_budget(c, c->c_length)) {
			conn_refuse(c, 503, "too much is in flight");
			return (false);
		}
		conn_set(c, CS_BODY);
		/* Ask for the body only if it will be read. */
		if (r.hr_expect_100 && r.hr_minor == 1 && have == 0 &&
		    (c->c_kind == HTTP_BODY_CHUNKED ||
		        (c->c_length > 0 && c->c_length <= conn_max_body(c))) &&
		    io_send(&c->c_io, conn_continue,
		        sizeof(conn_continue) - 1) == IO_FAILED) {
			conn_drop(c);
			return (false);
		}
	}
	return (conn_body(c, &r));
}

void
conn_input(struct conn *c)
{
	bool go = true;

	c->c_inside = true;
	while (go) {
		if (c->c_state == CS_IDLE && c->c_in.b_len > 0)
			conn_set(c, CS_HEAD);
		if (c->c_state == CS_HEAD)
			go = conn_head(c);
		else if (c->c_state == CS_BODY)
			go = conn_body(c, NULL);
		else
			go = false;
	}
	c->c_inside = false;
	/* Whoever closed his half was still owed what he had asked for. */
	if (c->c_eof && c->c_state <= CS_BODY)
		conn_finish(c);
	else if (c->c_state != CS_DEAD)
		conn_rest(c);
}
