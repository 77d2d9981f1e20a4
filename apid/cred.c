/* SPDX-License-Identifier: ISC */
/* The Authorization header: see cred.h. */
#include <sys/types.h>

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "apid/cred.h"
#include "apid/http.h"

#define CRED_PLAIN (2 * CHECK_NAME + 1) /* "user:password" */

static int
cred_digit(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                               "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p;

	p = c == '\0' ? NULL : strchr(alphabet, c);
	return (p == NULL ? -1 : (int)(p - alphabet));
}

/*
 * Base64 of RFC 4648 section 4: whole groups, padding, no bits left over.
 * out: room for max bytes. Returns how many came out, or -1.
 */
static ssize_t
cred_base64(const char *s, size_t len, char *out, size_t max)
{
	size_t i, n = 0, pad = 0;
	uint32_t bits;
	int d;

	if (len == 0 || len % 4 != 0)
		return (-1);
	while (pad < 2 && s[len - 1 - pad] == '=')
		pad++;
	for (i = 0, bits = 0; i < len - pad; i++) {
		d = cred_digit(s[i]);
		if (d == -1)
			return (-1);
		bits = bits << 6 | (uint32_t)d;
		if (i % 4 == 0)
			continue;
		if (n == max)
			return (-1);
		out[n++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	if ((pad == 1 && (bits & 0x3) != 0) || (pad == 2 && (bits & 0xf) != 0))
		return (-1);
	return ((ssize_t)n);
}

/* "user:password", the first colon counts. */
static bool
cred_basic(const struct http_text *value, struct cred *cr)
{
	char plain[CRED_PLAIN];
	const char *colon;
	ssize_t n;
	size_t len;
	bool ok = false;

	n = cred_base64(value->t_s, value->t_len, plain, sizeof(plain));
	if (n == -1)
		goto done;
	colon = memchr(plain, ':', (size_t)n);
	if (colon == NULL || memchr(plain, '\0', (size_t)n) != NULL)
		goto done;
	len = (size_t)(colon - plain);
	n -= (ssize_t)len + 1;
	if (len > CHECK_NAME || n > CHECK_NAME)
		goto done;
	memcpy(cr->cr_user, plain, len);
	cr->cr_user[len] = '\0';
	memcpy(cr->cr_secret, colon + 1, (size_t)n);
	cr->cr_secret[n] = '\0';
	ok = true;
done:
	explicit_bzero(plain, sizeof(plain));
	return (ok);
}

static bool
cred_bearer(const struct http_text *value, struct cred *cr)
{
	size_t i;

	if (value->t_len > CHECK_TOKEN)
		return (false);
	for (i = 0; i < value->t_len; i++)
		if (value->t_s[i] < ' ' || value->t_s[i] > '~')
			return (false);
	memcpy(cr->cr_secret, value->t_s, value->t_len);
	cr->cr_secret[value->t_len] = '\0';
	return (true);
}

static bool
cred_scheme(const struct http_text *scheme, const char *name)
{
	return (scheme->t_len == strlen(name) &&
	    strncasecmp(scheme->t_s, name, scheme->t_len) == 0);
}

void
cred_parse(const struct http_request *r, struct cred *cr)
{
	struct http_text scheme, value;
	const char *blank;

	cr->cr_kind = CRED_NONE;
	cr->cr_user[0] = cr->cr_secret[0] = '\0';
	if (r->hr_auth_twice) {
		cr->cr_kind = CRED_BAD;
		return;
	}
	if (r->hr_auth.t_s == NULL || r->hr_auth.t_len == 0)
		return;
	scheme = value = r->hr_auth;
	blank = memchr(scheme.t_s, ' ', scheme.t_len);
	if (blank == NULL) {
		cr->cr_kind = CRED_BAD;
		return;
	}
	scheme.t_len = (size_t)(blank - scheme.t_s);
	value.t_len -= scheme.t_len;
	value.t_s = blank;
	while (value.t_len > 0 && *value.t_s == ' ') {
		value.t_s++;
		value.t_len--;
	}
	if (cred_scheme(&scheme, "basic"))
		cr->cr_kind = cred_basic(&value, cr) ? CRED_BASIC : CRED_BAD;
	else if (cred_scheme(&scheme, "bearer"))
		cr->cr_kind = cred_bearer(&value, cr) ? CRED_BEARER : CRED_BAD;
}

void
cred_wipe(struct cred *cr)
{
	explicit_bzero(cr->cr_secret, strlen(cr->cr_secret));
}
