/* SPDX-License-Identifier: ISC */
/*
 * A strict parser of HTTP/1.1 requests (RFC 9110, RFC 9112): bytes in, struct
 * out, no input or output of its own. What request smuggling needs is refused:
 * both length headers, bare CR or LF, obs-fold, blanks before a colon, a second
 * Host, a Transfer-Encoding other than chunked, numbers with signs.
 */
#ifndef APID_HTTP_H
#define APID_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HTTP_HEADERS	100	/* most header fields of a request */

struct http_text {
	const char	*t_s;		/* not NUL-ended; in the input */
	size_t		 t_len;
};

struct http_header {
	struct http_text hh_name, hh_value;	/* value trimmed */
};

enum http_body { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

struct http_request {
	struct http_text hr_method;
	struct http_text hr_target;	/* origin form as sent; of an absolute
					 *  one what follows the authority */
	struct http_text hr_path;	/* before '?', still encoded */
	struct http_text hr_query;	/* after it; t_s NULL: no '?' */
	unsigned int	 hr_minor;	/* HTTP/1.minor: 0 or 1 */
	bool		 hr_keepalive;
	bool		 hr_expect;	/* an Expect field is there, */
	bool		 hr_expect_100;	/*  and says 100-continue */
	enum http_body	 hr_body;
	uint64_t	 hr_length;	/* HTTP_BODY_LENGTH */
	struct http_header hr_header[HTTP_HEADERS];
	size_t		 hr_nheaders;
	struct http_text hr_host, hr_auth, hr_ctype, hr_origin, hr_acrm,
			 hr_acrh;	/* t_s NULL: absent. acrm/acrh: the
					 *  Access-Control-Request-* fields */
	bool		 hr_auth_twice;	/* more than one Authorization */
};

enum http_status {
	HTTP_MORE,		/* need more bytes */
	HTTP_DONE,
	HTTP_BAD,		/* 400, close */
	HTTP_TOOBIG,		/* 431: head over the limit, or more than
				 *  HTTP_HEADERS fields; close */
	HTTP_VERSION,		/* 505, close */
	HTTP_NOTIMPL		/* 501: a transfer coding we do not know */
};

/*
 * Parse one request head in data[0..len). max: most bytes a head may have.
 * HTTP_DONE: fills *r (texts point into data; the path of an absolute form
 * without one is static) and *used_r (bytes of the head).
 * For the bad ones *why_r is a static text. An empty line before the request
 * line is skipped once (RFC 9112 2.2). Scans each byte once: *seen keeps how
 * far an earlier HTTP_MORE got (start at 0).
 */
enum http_status http_parse(const char *data, size_t len, size_t max,
	    size_t *seen, struct http_request *r, size_t *used_r,
	    const char **why_r);

/* The first header field of that name (any case), or NULL. */
const struct http_text *http_header(const struct http_request *,
	    const char *name);

/* A chunked body, taken apart as it comes. Zero it to start. */
struct http_chunked {
	unsigned int	 hc_state;
	uint64_t	 hc_left;	/* of the present chunk */
	size_t		 hc_line;	/* bytes of the present line */
	size_t		 hc_trailers;	/* bytes of trailers so far */
};

/*
 * Take bytes: *used_r of data are consumed; *out_r, *outlen_r is the piece of
 * the body among them (possibly empty). HTTP_MORE, HTTP_DONE (the body and its
 * trailers are complete) or HTTP_BAD.
 */
enum http_status http_chunk(struct http_chunked *, const char *data,
	    size_t len, size_t *used_r, const char **out_r, size_t *outlen_r,
	    const char **why_r);

/*
 * Decode %XX (and, in a query, '+') of text into out (at least len + 1 bytes,
 * NUL-ended). Returns the length, or -1: a bad escape or a NUL.
 */
ssize_t	http_decode(const char *text, size_t len, bool query, char *out);

/*
 * The next "name=value" of a query string; *rest is moved on. Returns false
 * at the end. Parts are still encoded; empty parts are skipped.
 */
bool	http_query_next(struct http_text *rest, struct http_text *name_r,
	    struct http_text *value_r);

#endif
