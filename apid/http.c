/* SPDX-License-Identifier: ISC */
/*
 * The parser of request heads: see http.h. It runs in two steps, so that each
 * byte is looked at once however the bytes arrive: a search for the empty line
 * that refuses bare LFs on its way, and then the grammar, once, over the whole
 * head. Nothing here allocates.
 */
#include <sys/types.h>

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "apid/http.h"
#include "apid/http_chars.h"

#define LENGTH_DIGITS 19 /* what surely fits an uint64_t */
#define PORT_DIGITS   5

/* What a head says before its fields are judged together. */
struct head {
	struct http_request *h_req;
	struct http_text h_length;
	struct http_text h_coding;
	bool h_close, h_keep; /* Connection tokens */
	bool h_host;
	const char *h_why;
};

enum field {
	FIELD_HOST,
	FIELD_EXPECT,
	FIELD_ORIGIN,
	FIELD_CONNECTION,
	FIELD_CONTENT_TYPE,
	FIELD_AUTHORIZATION,
	FIELD_CONTENT_LENGTH,
	FIELD_TRANSFER_ENCODING,
	FIELD_ACRM,
	FIELD_ACRH
};

static const struct known {
	const char *k_name;
	size_t k_len;
	enum field k_field;
} known[] = {
	{ "Host", 4, FIELD_HOST },
	{ "Expect", 6, FIELD_EXPECT },
	{ "Origin", 6, FIELD_ORIGIN },
	{ "Connection", 10, FIELD_CONNECTION },
	{ "Content-Type", 12, FIELD_CONTENT_TYPE },
	{ "Authorization", 13, FIELD_AUTHORIZATION },
	{ "Content-Length", 14, FIELD_CONTENT_LENGTH },
	{ "Transfer-Encoding", 17, FIELD_TRANSFER_ENCODING },
	{ "Access-Control-Request-Method", 29, FIELD_ACRM },
	{ "Access-Control-Request-Headers", 30, FIELD_ACRH },
};

#define NKNOWN (sizeof(known) / sizeof(known[0]))

static enum http_status
bad(struct head *h, const char *why)
{
	h->h_why = why;
	return (HTTP_BAD);
}

static bool
text_is(const struct http_text *t, const char *s)
{
	size_t len = strlen(s);

	return (t->t_len == len && strncasecmp(t->t_s, s, len) == 0);
}

static bool
digits(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return (false);
	return (true);
}

/* Take the blanks off both ends. */
static struct http_text
trim(const char *s, const char *end)
{
	struct http_text t;

	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	t.t_s = s;
	t.t_len = (size_t)(end - s);
	return (t);
}

/*
 * Find the end of the head. The first line starts at start and must not be
 * empty. HTTP_DONE: *end_r is the offset after the empty line.
 */
static enum http_status
scan(const char *data, size_t lim, size_t start, size_t *seen, size_t *end_r,
    const char **why_r)
{
	const char *nl;
	size_t i, at;

	i = *seen > start ? *seen : start;
	while ((nl = memchr(data + i, '\n', lim - i)) != NULL) {
		at = (size_t)(nl - data);
		if (at == start || data[at - 1] != '\r') {
			*why_r = "line feed without a carriage return";
			return (HTTP_BAD);
		}
		if (at - 1 == start) {
			*why_r = "empty request line";
			return (HTTP_BAD);
		}
		if (data[at - 2] == '\n') {
			*end_r = at + 1;
			return (HTTP_DONE);
		}
		i = at + 1;
	}
	*seen = lim;
	return (HTTP_MORE);
}

/* "HTTP/1.1" and nothing else of that form is the version we speak. */
static enum http_status
parse_version(struct head *h, const char *s, size_t len)
{
	if (len != 8 || memcmp(s, "HTTP/", 5) != 0 || !digits(s + 5, 1) ||
	    s[6] != '.' || !digits(s + 7, 1))
		return (bad(h, "malformed request line"));
	if (s[5] != '1' || s[7] > '1') {
		h->h_why = "version of HTTP that is not spoken here";
		return (HTTP_VERSION);
	}
	h->h_req->hr_minor = (unsigned int)(s[7] - '0');
	return (HTTP_DONE);
}

/* What names and IPv4 addresses are made of; no DNS name has sub-delims. */
static bool
host_char(unsigned char c)
{
	return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' ||
	    c == '~' || c == '%');
}

/* A name or an address, with an optional port. */
static bool
host_valid(const struct http_text *t)
{
	const char *s = t->t_s, *end = t->t_s + t->t_len;
	const char *first;

	if (s < end && *s == '[') {
		first = ++s;
		while (s < end &&
		    (http_hex((unsigned char)*s) != -1 || *s == ':' ||
		        *s == '.'))
			s++;
		if (s == first || s == end || *s++ != ']')
			return (false);
	} else {
		first = s;
		while (s < end && host_char((unsigned char)*s))
			s++;
		if (s == first)
			return (false);
	}
	if (s == end)
		return (true);
	return (*s == ':' && end - s - 1 <= PORT_DIGITS &&
	    digits(s + 1, (size_t)(end - s - 1)));
}

/* Cut a target at its '?'. */
static void
split_target(struct http_request *r)
{
	const char *q;
	size_t len;

	r->hr_path = r->hr_target;
	q = memchr(r->hr_target.t_s, '?', r->hr_target.t_len);
	if (q == NULL)
		return;
	len = (size_t)(q - r->hr_target.t_s);
	r->hr_path.t_len = len;
	r->hr_query.t_s = q + 1;
	r->hr_query.t_len = r->hr_target.t_len - len - 1;
}

/*
 * Absolute form (RFC 9112 3.2.2): the authority replaces Host, the rest is
 * what an origin form would have been; without a path it is "/".
 */
static enum http_status
parse_absolute(struct head *h)
{
	struct http_request *r = h->h_req;
	struct http_text *t = &r->hr_target;
	size_t skip;

	if (t->t_len >= 7 && strncasecmp(t->t_s, "http://", 7) == 0)
		skip = 7;
	else if (t->t_len >= 8 && strncasecmp(t->t_s, "https://", 8) == 0)
		skip = 8;
	else
		return (bad(h, "target that is not a path"));
	t->t_s += skip;
	t->t_len -= skip;
	r->hr_host.t_s = t->t_s;
	while (t->t_len > 0 && *t->t_s != '/' && *t->t_s != '?') {
		t->t_s++;
		t->t_len--;
	}
	r->hr_host.t_len = (size_t)(t->t_s - r->hr_host.t_s);
	if (!host_valid(&r->hr_host))
		return (bad(h, "malformed authority in the target"));
	split_target(r);
	if (r->hr_path.t_len == 0) {
		r->hr_path.t_s = "/";
		r->hr_path.t_len = 1;
		if (r->hr_query.t_s == NULL)
			*t = r->hr_path;
	}
	return (HTTP_DONE);
}

static enum http_status
parse_target(struct head *h)
{
	struct http_request *r = h->h_req;
	const struct http_text *t = &r->hr_target;
	unsigned char c;
	size_t i;

	/* Like the original, more is let in than RFC 3986 has: "<" in q. */
	for (i = 0; i < t->t_len; i++) {
		c = (unsigned char)t->t_s[i];
		if (c <= ' ' || c >= 0x7f || c == '#')
			return (bad(h, "character that no target may hold"));
	}
	if (t->t_len > 0 && t->t_s[0] == '/') {
		split_target(r);
		return (HTTP_DONE);
	}
	if (t->t_len == 1 && t->t_s[0] == '*') {
		if (r->hr_method.t_len != 7 ||
		    memcmp(r->hr_method.t_s, "OPTIONS", 7) != 0)
			return (bad(h, "target '*' without OPTIONS"));
		r->hr_path = *t;
		return (HTTP_DONE);
	}
	return (parse_absolute(h));
}

/* method SP target SP version, with single spaces. */
static enum http_status
parse_request_line(struct head *h, const char *s, const char *end)
{
	struct http_request *r = h->h_req;
	const char *p, *sp;
	enum http_status st;

	for (p = s; p < end && http_tchar((unsigned char)*p); p++)
		continue;
	if (p == s || p == end || *p != ' ')
		return (bad(h, "malformed method"));
	r->hr_method.t_s = s;
	r->hr_method.t_len = (size_t)(p - s);
	p++;
	sp = memchr(p, ' ', (size_t)(end - p));
	if (sp == NULL)
		return (bad(h, "request line without a version"));
	r->hr_target.t_s = p;
	r->hr_target.t_len = (size_t)(sp - p);
	st = parse_version(h, sp + 1, (size_t)(end - sp - 1));
	if (st != HTTP_DONE)
		return (st);
	return (parse_target(h));
}

static enum http_status
field_host(struct head *h, const struct http_text *value)
{
	if (h->h_host)
		return (bad(h, "more than one Host"));
	h->h_host = true;
	if (!host_valid(value))
		return (bad(h, "malformed Host"));
	/* An absolute target has spoken already. */
	if (h->h_req->hr_host.t_s == NULL)
		h->h_req->hr_host = *value;
	return (HTTP_DONE);
}

static enum http_status
field_connection(struct head *h, const struct http_text *value)
{
	const char *p = value->t_s, *end = p + value->t_len;
	const char *comma;
	struct http_text t;
	size_t i;

	for (; p < end; p = comma + 1) {
		comma = memchr(p, ',', (size_t)(end - p));
		if (comma == NULL)
			comma = end;
		t = trim(p, comma);
		for (i = 0; i < t.t_len; i++)
			if (!http_tchar((unsigned char)t.t_s[i]))
				return (bad(h, "malformed Connection"));
		if (text_is(&t, "close"))
			h->h_close = true;
		else if (text_is(&t, "keep-alive"))
			h->h_keep = true;
		if (comma == end)
			break;
	}
	return (HTTP_DONE);
}

static enum http_status
field_length(struct head *h, const struct http_text *value)
{
	uint64_t n = 0;
	size_t i;

	if (h->h_length.t_s != NULL)
		return (bad(h, "more than one Content-Length"));
	if (value->t_len == 0 || value->t_len > LENGTH_DIGITS ||
	    !digits(value->t_s, value->t_len))
		return (bad(h, "malformed Content-Length"));
	for (i = 0; i < value->t_len; i++)
		n = n * 10 + (uint64_t)(value->t_s[i] - '0');
	h->h_length = *value;
	h->h_req->hr_length = n;
	return (HTTP_DONE);
}

static enum http_status
field_expect(struct head *h, const struct http_text *value)
{
	struct http_request *r = h->h_req;

	/* Several: we know them all or we do not meet the expectation. */
	r->hr_expect_100 = (!r->hr_expect || r->hr_expect_100) &&
	    text_is(value, "100-continue");
	r->hr_expect = true;
	return (HTTP_DONE);
}

/* Keep what the server looks at; refuse what may stand only once. */
static enum http_status
field_known(struct head *h, enum field f, const struct http_text *value)
{
	struct http_request *r = h->h_req;
	struct http_text *keep;

	switch (f) {
	case FIELD_HOST:
		return (field_host(h, value));
	case FIELD_CONNECTION:
		return (field_connection(h, value));
	case FIELD_CONTENT_LENGTH:
		return (field_length(h, value));
	case FIELD_EXPECT:
		return (field_expect(h, value));
	case FIELD_TRANSFER_ENCODING:
		if (h->h_coding.t_s != NULL)
			return (bad(h, "more than one Transfer-Encoding"));
		keep = &h->h_coding;
		break;
	case FIELD_AUTHORIZATION:
		if (r->hr_auth.t_s != NULL)
			r->hr_auth_twice = true;
		keep = &r->hr_auth;
		break;
	case FIELD_CONTENT_TYPE:
		keep = &r->hr_ctype;
		break;
	case FIELD_ORIGIN:
		keep = &r->hr_origin;
		break;
	case FIELD_ACRM:
		keep = &r->hr_acrm;
		break;
	case FIELD_ACRH:
	default:
		keep = &r->hr_acrh;
		break;
	}
	if (keep->t_s == NULL)
		*keep = *value;
	return (HTTP_DONE);
}

static enum http_status
parse_field(struct head *h, const char *s, const char *end)
{
	struct http_request *r = h->h_req;
	struct http_header *hh;
	const char *p;
	size_t i;

	if (*s == ' ' || *s == '\t')
		return (bad(h, "header line that begins with a blank"));
	for (p = s; p < end && http_tchar((unsigned char)*p); p++)
		continue;
	if (p == s || p == end || *p != ':')
		return (bad(h, "malformed header name"));
	if (r->hr_nheaders == HTTP_HEADERS) {
		h->h_why = "too many header fields";
		return (HTTP_TOOBIG);
	}
	hh = &r->hr_header[r->hr_nheaders++];
	hh->hh_name.t_s = s;
	hh->hh_name.t_len = (size_t)(p - s);
	hh->hh_value = trim(p + 1, end);
	for (i = 0; i < hh->hh_value.t_len; i++)
		if (!http_fchar((unsigned char)hh->hh_value.t_s[i]))
			return (bad(h, "control character in a header value"));
	for (i = 0; i < NKNOWN; i++)
		if (known[i].k_len == hh->hh_name.t_len &&
		    strncasecmp(known[i].k_name, s, known[i].k_len) == 0)
			return (
			    field_known(h, known[i].k_field, &hh->hh_value));
	return (HTTP_DONE);
}

/*
 * A Transfer-Encoding: chunked alone, or why not (RFC 9112 6.1, 7). Where
 * chunked is not the last coding, or stands twice, nobody can tell where the
 * body ends; other codings are only unknown.
 */
static enum http_status
judge_coding(struct head *h)
{
	const char *p = h->h_coding.t_s;
	const char *end = p + h->h_coding.t_len, *comma;
	struct http_text t;
	size_t i;

	if (h->h_length.t_s != NULL)
		return (bad(h, "Content-Length beside Transfer-Encoding"));
	if (h->h_req->hr_minor == 0)
		return (bad(h, "Transfer-Encoding in HTTP/1.0"));
	if (text_is(&h->h_coding, "chunked")) {
		h->h_req->hr_body = HTTP_BODY_CHUNKED;
		return (HTTP_DONE);
	}
	for (comma = p; comma != end; p = comma + 1) {
		comma = memchr(p, ',', (size_t)(end - p));
		if (comma == NULL)
			comma = end;
		t = trim(p, comma);
		for (i = 0; i < t.t_len; i++)
			if (!http_tchar((unsigned char)t.t_s[i]))
				break;
		if (t.t_len == 0 || i < t.t_len)
			return (bad(h, "malformed Transfer-Encoding"));
		if (comma != end && text_is(&t, "chunked"))
			return (bad(h, "chunked is not the last coding"));
	}
	if (h->h_coding.t_len == 0)
		return (bad(h, "empty Transfer-Encoding"));
	h->h_why = "transfer coding that is not known here";
	return (HTTP_NOTIMPL);
}

/* What can only be said once all fields are known. */
static enum http_status
judge(struct head *h)
{
	struct http_request *r = h->h_req;

	if (r->hr_minor == 1 && !h->h_host)
		return (bad(h, "HTTP/1.1 without Host"));
	r->hr_keepalive = !h->h_close && (r->hr_minor == 1 || h->h_keep);
	if (r->hr_minor == 0 && r->hr_expect_100)
		/* RFC 9110 10.1.1: not from such a client. */
		r->hr_expect = r->hr_expect_100 = false;
	if (h->h_coding.t_s != NULL)
		return (judge_coding(h));
	if (h->h_length.t_s != NULL)
		r->hr_body = HTTP_BODY_LENGTH;
	return (HTTP_DONE);
}

/* All but the array of fields, which is long and counted. */
static void
request_clear(struct http_request *r)
{
	size_t after;

	after = offsetof(struct http_request, hr_nheaders);
	memset(r, 0, offsetof(struct http_request, hr_header));
	memset((char *)r + after, 0, sizeof(*r) - after);
}

/* The lines from s up to end, which ends with the empty one. */
static enum http_status
parse_head(struct head *h, const char *s, const char *end)
{
	enum http_status st;
	const char *nl;

	nl = memchr(s, '\n', (size_t)(end - s));
	st = parse_request_line(h, s, nl - 1);
	for (s = nl + 1; st == HTTP_DONE && s + 2 < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		st = parse_field(h, s, nl - 1);
	}
	return (st == HTTP_DONE ? judge(h) : st);
}

enum http_status
http_parse(const char *data, size_t len, size_t max, size_t *seen,
    struct http_request *r, size_t *used_r, const char **why_r)
{
	struct head h = { .h_req = r };
	enum http_status st;
	size_t lim, start = 0, end = 0;

	*why_r = NULL;
	*used_r = 0;
	if (len == 0)
		return (HTTP_MORE);
	lim = len < max ? len : max;
	if (lim >= 2 && data[0] == '\r' && data[1] == '\n')
		start = 2;
	st = scan(data, lim, start, seen, &end, why_r);
	if (st == HTTP_MORE && len >= max) {
		*why_r = "request head over the limit";
		return (HTTP_TOOBIG);
	}
	if (st != HTTP_DONE)
		return (st);
	request_clear(r);
	st = parse_head(&h, data + start, data + end);
	*why_r = h.h_why;
	if (st == HTTP_DONE)
		*used_r = end;
	return (st);
}

const struct http_text *
http_header(const struct http_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->hr_nheaders; i++)
		if (text_is(&r->hr_header[i].hh_name, name))
			return (&r->hr_header[i].hh_value);
	return (NULL);
}

ssize_t
http_decode(const char *text, size_t len, bool query, char *out)
{
	size_t i, n = 0;
	int hi, lo;

	for (i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			if (len - i < 3)
				return (-1);
			hi = http_hex((unsigned char)text[i + 1]);
			lo = http_hex((unsigned char)text[i + 2]);
			if (hi == -1 || lo == -1)
				return (-1);
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && query)
			c = ' ';
		if (c == '\0')
			return (-1);
		out[n++] = c;
	}
	out[n] = '\0';
	return ((ssize_t)n);
}

bool
http_query_next(
    struct http_text *rest, struct http_text *name_r, struct http_text *value_r)
{
	const char *amp, *eq;
	size_t len;

	while (rest->t_s != NULL && rest->t_len > 0 && *rest->t_s == '&') {
		rest->t_s++;
		rest->t_len--;
	}
	if (rest->t_s == NULL || rest->t_len == 0)
		return (false);
	amp = memchr(rest->t_s, '&', rest->t_len);
	len = amp == NULL ? rest->t_len : (size_t)(amp - rest->t_s);
	eq = memchr(rest->t_s, '=', len);
	name_r->t_s = rest->t_s;
	name_r->t_len = eq == NULL ? len : (size_t)(eq - rest->t_s);
	value_r->t_s = eq == NULL ? rest->t_s + len : eq + 1;
	value_r->t_len = (size_t)(rest->t_s + len - value_r->t_s);
	rest->t_s += len;
	rest->t_len -= len;
	return (true);
}
