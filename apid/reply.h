/* SPDX-License-Identifier: ISC */
/*
 * Answers: the bytes of their heads, in the order and with the values of
 * facts/api/http.md sections 3 and 4, and the problem bodies that http itself
 * writes. Pure: structs in, bytes out.
 */
#ifndef APID_REPLY_H
#define APID_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "apid/http.h"
#include "common/result.h"

#define REPLY_DATE	32	/* bytes of an HTTP date with its NUL */

struct buf;
struct conf;

struct reply {
	unsigned int	 rp_status;
	const char	*rp_ctype;	/* NULL: no content-type */
	uint64_t	 rp_len;	/* bytes of the body */
	bool		 rp_close;	/* say connection: close */
	bool		 rp_keep;	/* say connection: keep-alive (1.0) */
	bool		 rp_bare;	/* without the constant headers */
	bool		 rp_deprecated;
	bool		 rp_link;	/* and where to read what replaces it */
	const char	*rp_location;	/* 307, else NULL */
	unsigned int	 rp_retry;	/* seconds, 0: no retry-after */
	uint64_t	 rp_id;		/* 0: none */
	/* CORS; t_s NULL: no Origin in the request, or CORS is off */
	struct http_text rp_origin;
	bool		 rp_cookie;	/* the request had a Cookie */
	/* a preflight instead: its own headers stand in front */
	const struct reply_preflight *rp_preflight;
};

/* What a preflight asks for; acrh may be absent. */
struct reply_preflight {
	struct http_text pf_method, pf_headers;
};

/* A problem that http words itself. Texts are borrowed. */
struct problem {
	unsigned int	 pb_status;
	uint16_t	 pb_code;	/* 0: none */
	const char	*pb_title;	/* NULL: by the status */
	const char	*pb_detail;	/* NULL: by the code */
	uint32_t	 pb_retry;	/* s; 0: no retry-after but of a 503 */
	bool		 pb_bare;	/* answered without constant headers */
};

/* A point in time as in RFC 9110 5.6.7. */
void	reply_date(time_t, char out[REPLY_DATE]);

/* Status line to empty line. 0, or -1: it did not fit out. */
int	reply_head(struct buf *out, const struct reply *, const struct conf *,
	    const char *date);

/* "Content-Type" of a type of result. Static text. */
const char *reply_ctype(enum result_type);
/* "Not Found": the title of a problem with this status. Static text. */
const char *reply_title(unsigned int status);

void	reply_problem(struct buf *out, const struct problem *, bool pretty);

/*
 * May this origin have answers? The original tests whether it is a substring
 * of cors.source_route, and so do we.
 */
bool	reply_cors_origin(const struct conf *, const struct http_text *origin);

/*
 * The body of the answer to a preflight; sets *status_r (200 or 400).
 */
void	reply_preflight(struct buf *out, const struct conf *,
	    const struct http_text *origin, const struct reply_preflight *,
	    unsigned int *status_r);

/*
 * Where ROUTE_SLASH leads: scheme, host, the first len bytes of the decoded
 * path encoded again, and the query as it came (t_s NULL: none).
 */
void	reply_location(struct buf *out, bool tls, const struct http_text *host,
	    const char *path, size_t len, const struct http_text *query);

#endif
