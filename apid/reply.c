/* SPDX-License-Identifier: ISC */
/* Heads of answers: see reply.h. */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "apid/reply.h"
#include "common/buffer.h"
#include "common/conf.h"
#include "common/errors.h"

/* Seconds that a browser may remember a preflight. */
#define REPLY_MAX_AGE "600"

/* On every answer but those of rp_bare; order and text are the original's. */
static const char reply_constant[] =
    "server: Wazuh\r\n"
    "strict-transport-security: max-age=63072000; includeSubdomains\r\n"
    "x-frame-options: deny\r\n"
    "x-xss-protection: 0\r\n"
    "x-content-type-options: nosniff\r\n"
    "content-security-policy: none\r\n"
    "referrer-policy: no-referrer, strict-origin-when-cross-origin\r\n"
    "cache-control: no-store\r\n";

/* The only deprecated operation that names its successor. */
static const char reply_link[] =
    "link: <https://documentation.wazuh.com/4.14.9/user-manual/api/"
    "reference.html#operation/"
    "api.controllers.security_controller.login_user>; rel=\"Deprecated\"\r\n";

static const struct {
	unsigned int status;
	const char *reason;
	const char *title; /* of a problem; NULL: the reason */
} reply_statuses[] = {
	{ 200, "OK", NULL },
	{ 202, "Accepted", NULL },
	{ 307, "Temporary Redirect", NULL },
	{ 400, "Bad Request", NULL },
	{ 401, "Unauthorized", NULL },
	{ 403, "Forbidden", "Permission Denied" },
	{ 404, "Not Found", NULL },
	{ 405, "Method Not Allowed", NULL },
	{ 406, "Not Acceptable", NULL },
	{ 408, "Request Timeout", NULL },
	{ 413, "Request Entity Too Large", NULL },
	{ 415, "Unsupported Media Type", NULL },
	{ 417, "Expectation Failed", "Expectation failed" },
	{ 429, "Too Many Requests", NULL },
	{ 431, "Request Header Fields Too Large", NULL },
	{ 500, "Internal Server Error", "Wazuh Internal Error" },
	{ 501, "Not Implemented", NULL },
	{ 503, "Service Unavailable", NULL },
	{ 505, "HTTP Version Not Supported", NULL },
};

#define REPLY_NSTATUS (sizeof(reply_statuses) / sizeof(reply_statuses[0]))

static size_t
reply_status(unsigned int status)
{
	size_t i;

	for (i = 0; i < REPLY_NSTATUS; i++)
		if (reply_statuses[i].status == status)
			break;
	return (i);
}

static const char *
reply_reason(unsigned int status)
{
	size_t i = reply_status(status);

	return (i == REPLY_NSTATUS ? "Status" : reply_statuses[i].reason);
}

const char *
reply_title(unsigned int status)
{
	size_t i = reply_status(status);

	if (i < REPLY_NSTATUS && reply_statuses[i].title != NULL)
		return (reply_statuses[i].title);
	return (reply_reason(status));
}

const char *
reply_ctype(enum result_type type)
{
	static const char *const types[] = {
		[RT_JSON] = "application/json",
		[RT_TEXT] = "text/plain",
		[RT_TEXT_UTF8] = "text/plain; charset=utf-8",
		[RT_XML] = "application/xml; charset=utf-8",
		[RT_PROBLEM] = "application/problem+json; charset=utf-8",
	};

	return (types[type]);
}

void
reply_date(time_t t, char out[REPLY_DATE])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;

	/* Not strftime(): its names depend on the locale. */
	if (gmtime_r(&t, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	snprintf(out, REPLY_DATE, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
	    days + 3 * tm.tm_wday, (unsigned int)tm.tm_mday % 100,
	    months + 3 * tm.tm_mon, (unsigned int)(tm.tm_year + 1900) % 10000,
	    (unsigned int)tm.tm_hour % 100, (unsigned int)tm.tm_min % 100,
	    (unsigned int)tm.tm_sec % 100);
}

/* --- CORS ------------------------------------------------------------- */

static bool
reply_cors_any(const struct conf *cf)
{
	return (strchr(cf->cf_cors_origin, '*') != NULL);
}

bool
reply_cors_origin(const struct conf *cf, const struct http_text *origin)
{
	return (reply_cors_any(cf) ||
	    memmem(cf->cf_cors_origin, strlen(cf->cf_cors_origin), origin->t_s,
	        origin->t_len) != NULL);
}

static void
reply_text(struct buf *out, const char *name, const struct http_text *value)
{
	buf_addz(out, name);
	buf_add(out, value->t_s, value->t_len);
	buf_addz(out, "\r\n");
}

static void
reply_list(struct buf *out, const char *name, const struct conf_list *list)
{
	size_t i;

	if (list->cl_n == 0)
		return;
	buf_addz(out, name);
	for (i = 0; i < list->cl_n; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", list->cl_v[i]);
	buf_addz(out, "\r\n");
}

/* The headers of an answer that is not one to a preflight. */
static void
reply_cors(struct buf *out, const struct reply *rp, const struct conf *cf)
{
	bool any = reply_cors_any(cf);
	bool echo;

	echo = any ? rp->rp_cookie : reply_cors_origin(cf, &rp->rp_origin);
	if (any && !echo)
		buf_addz(out, "access-control-allow-origin: *\r\n");
	else if (echo)
		reply_text(
		    out, "access-control-allow-origin: ", &rp->rp_origin);
	if (cf->cf_cors_credentials)
		buf_addz(out, "access-control-allow-credentials: true\r\n");
	reply_list(out, "access-control-expose-headers: ", &cf->cf_cors_expose);
	if (echo)
		buf_addz(out, "vary: Origin\r\n");
}

/* Headers that scripts may always send. */
static const char *const reply_safe[] = { "accept", "accept-language",
	"content-language", "content-type" };

static bool
reply_list_has(const struct conf_list *list, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < list->cl_n; i++)
		if (strlen(list->cl_v[i]) == len &&
		    strncasecmp(list->cl_v[i], s, len) == 0)
			return (true);
	return (false);
}

/* Is each of the comma-separated names allowed? */
static bool
reply_names_allowed(const struct conf *cf, const struct http_text *names)
{
	const char *p = names->t_s, *end = p + names->t_len;
	const char *comma, *e;
	size_t i;

	for (;;) {
		comma = memchr(p, ',', (size_t)(end - p));
		e = comma == NULL ? end : comma;
		while (p < e && (*p == ' ' || *p == '\t'))
			p++;
		while (e > p && (e[-1] == ' ' || e[-1] == '\t'))
			e--;
		for (i = 0; i < sizeof(reply_safe) / sizeof(reply_safe[0]); i++)
			if (strlen(reply_safe[i]) == (size_t)(e - p) &&
			    strncasecmp(reply_safe[i], p, (size_t)(e - p)) == 0)
				break;
		if (i == sizeof(reply_safe) / sizeof(reply_safe[0]) &&
		    !reply_list_has(&cf->cf_cors_headers, p, (size_t)(e - p)))
			return (false);
		if (comma == NULL)
			return (true);
		p = comma + 1;
	}
}

void
reply_preflight(struct buf *out, const struct conf *cf,
    const struct http_text *origin, const struct reply_preflight *pf,
    unsigned int *status_r)
{
	const char *sep = "Disallowed CORS ";
	size_t start = out->b_len;

	if (!reply_cors_origin(cf, origin)) {
		buf_addf(out, "%sorigin", sep);
		sep = ", ";
	}
	if (pf->pf_method.t_len != 3 ||
	    memcmp(pf->pf_method.t_s, "GET", 3) != 0) {
		buf_addf(out, "%smethod", sep);
		sep = ", ";
	}
	if (pf->pf_headers.t_s != NULL &&
	    !reply_list_has(&cf->cf_cors_headers, "*", 1) &&
	    !reply_names_allowed(cf, &pf->pf_headers))
		buf_addf(out, "%sheaders", sep);
	*status_r = out->b_len == start ? 200 : 400;
	if (out->b_len == start)
		buf_addz(out, "OK");
}

/* The safe headers and those of configuration, as the original sorts them. */
static void
reply_allow_headers(struct buf *out, const struct conf *cf)
{
	static const char *const names[] = { "Accept", "Accept-Language",
		"Content-Language", "Content-Type" };
	const char *all[4 + CONF_LIST], *t;
	size_t i, j, n = 0;

	for (i = 0; i < 4; i++)
		all[n++] = names[i];
	for (i = 0; i < cf->cf_cors_headers.cl_n; i++)
		all[n++] = cf->cf_cors_headers.cl_v[i];
	for (i = 1; i < n; i++)
		for (j = i; j > 0 && strcmp(all[j - 1], all[j]) > 0; j--) {
			t = all[j];
			all[j] = all[j - 1];
			all[j - 1] = t;
		}
	buf_addz(out, "access-control-allow-headers: ");
	for (i = 0; i < n; i++)
		if (i == 0 || strcmp(all[i - 1], all[i]) != 0)
			buf_addf(out, "%s%s", i > 0 ? ", " : "", all[i]);
	buf_addz(out, "\r\n");
}

static void
reply_cors_preflight(
    struct buf *out, const struct reply *rp, const struct conf *cf)
{
	const struct reply_preflight *pf = rp->rp_preflight;
	bool echo = !reply_cors_any(cf) || cf->cf_cors_credentials;
	bool any = reply_list_has(&cf->cf_cors_headers, "*", 1);

	if (echo)
		buf_addz(out, "vary: Origin\r\n");
	else
		buf_addz(out, "access-control-allow-origin: *\r\n");
	buf_addz(out,
	    "access-control-allow-methods: GET\r\n"
	    "access-control-max-age: " REPLY_MAX_AGE "\r\n");
	if (!any)
		reply_allow_headers(out, cf);
	if (cf->cf_cors_credentials)
		buf_addz(out, "access-control-allow-credentials: true\r\n");
	if (echo && reply_cors_origin(cf, &rp->rp_origin))
		reply_text(
		    out, "access-control-allow-origin: ", &rp->rp_origin);
	if (any && pf->pf_headers.t_s != NULL)
		reply_text(
		    out, "access-control-allow-headers: ", &pf->pf_headers);
}

/* --- head ------------------------------------------------------------- */

int
reply_head(struct buf *out, const struct reply *rp, const struct conf *cf,
    const char *date)
{
	buf_addf(out, "HTTP/1.1 %u %s\r\ndate: %s\r\n", rp->rp_status,
	    reply_reason(rp->rp_status), date);
	if (rp->rp_ctype != NULL)
		buf_addf(out, "content-type: %s\r\n", rp->rp_ctype);
	buf_addf(out, "content-length: %" PRIu64 "\r\n", rp->rp_len);
	if (rp->rp_location != NULL)
		buf_addf(out, "location: %s\r\n", rp->rp_location);
	if (rp->rp_deprecated)
		buf_addz(out, "deprecated: true\r\n");
	if (rp->rp_link)
		buf_addz(out, reply_link);
	if (rp->rp_retry != 0)
		buf_addf(out, "retry-after: %u\r\n", rp->rp_retry);
	if (rp->rp_preflight != NULL)
		reply_cors_preflight(out, rp, cf);
	else if (cf->cf_cors && rp->rp_origin.t_s != NULL)
		reply_cors(out, rp, cf);
	if (!rp->rp_bare)
		buf_add(out, reply_constant, sizeof(reply_constant) - 1);
	if (rp->rp_id != 0)
		buf_addf(out, "x-request-id: %016" PRIx64 "\r\n", rp->rp_id);
	if (rp->rp_close)
		buf_addz(out, "connection: close\r\n");
	else if (rp->rp_keep)
		buf_addz(out, "connection: keep-alive\r\n");
	return (buf_addz(out, "\r\n"));
}

void
reply_problem(struct buf *out, const struct problem *pb, bool pretty)
{
	const struct errdesc *ed = NULL;
	const char *title = pb->pb_title, *detail = pb->pb_detail;
	const char *remedy = NULL;

	if (pb->pb_code != 0) {
		ed = errors_find(pb->pb_code);
		remedy = ed->ed_remedy;
		if (detail == NULL)
			detail = ed->ed_message;
	}
	if (title == NULL)
		title = reply_title(pb->pb_status);
	result_problem_http(out, pretty, title, detail == NULL ? title : detail,
	    remedy, pb->pb_code);
}

/* --- 307 -------------------------------------------------------------- */

/* Characters of a path that need no escape (RFC 3986 3.3, and '/'). */
static bool
reply_path_char(unsigned char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'))
		return (true);
	return (c != '\0' && strchr("-._~!$&'()*+,;=:@/", c) != NULL);
}

void
reply_location(struct buf *out, bool tls, const struct http_text *host,
    const char *path, size_t len, const struct http_text *query)
{
	size_t i;

	buf_addz(out, tls ? "https://" : "http://");
	buf_add(out, host->t_s, host->t_len);
	for (i = 0; i < len; i++) {
		if (reply_path_char((unsigned char)path[i]))
			buf_addc(out, path[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)path[i]);
	}
	if (query->t_s != NULL) {
		buf_addc(out, '?');
		buf_add(out, query->t_s, query->t_len);
	}
}
