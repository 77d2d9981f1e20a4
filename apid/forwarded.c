/* SPDX-License-Identifier: ISC */
/* X-Forwarded-For: see forwarded.h. */
#include <sys/types.h>

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "apid/forwarded.h"

#define FIELD "x-forwarded-for"

/* Entries from the last of the last field to the first of the first. */
struct walk {
	const struct http_request *wa_r;
	size_t wa_field; /* fields before this one are left */
	struct http_text wa_rest; /* of the present one, what is left */
};

static bool
forwarded_is_field(const struct http_header *h)
{
	return (h->hh_name.t_len == strlen(FIELD) &&
	    strncasecmp(h->hh_name.t_s, FIELD, strlen(FIELD)) == 0);
}

/* The next entry without blanks around it; false: there is none left. */
static bool
forwarded_next(struct walk *wa, struct http_text *out)
{
	const struct http_header *h;
	const char *s, *end;

	while (wa->wa_rest.t_s == NULL) {
		if (wa->wa_field == 0)
			return (false);
		h = &wa->wa_r->hr_header[--wa->wa_field];
		if (forwarded_is_field(h))
			wa->wa_rest = h->hh_value;
	}
	end = wa->wa_rest.t_s + wa->wa_rest.t_len;
	for (s = end; s > wa->wa_rest.t_s && s[-1] != ','; s--)
		;
	wa->wa_rest.t_len = (size_t)(s - wa->wa_rest.t_s);
	if (s == wa->wa_rest.t_s)
		wa->wa_rest.t_s = NULL;
	else
		wa->wa_rest.t_len--;
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	out->t_s = s;
	out->t_len = (size_t)(end - s);
	return (true);
}

/* "192.0.2.7", "192.0.2.7:80", "2001:db8::1", "[2001:db8::1]:80". 0 or -1. */
static int
forwarded_entry(struct http_text t, struct netaddr *out)
{
	const char *end;

	if (t.t_len > 0 && t.t_s[0] == '[') {
		end = memchr(t.t_s, ']', t.t_len);
		if (end == NULL)
			return (-1);
		t.t_s++;
		t.t_len = (size_t)(end - t.t_s);
	} else {
		end = memchr(t.t_s, ':', t.t_len);
		if (end != NULL &&
		    memchr(end + 1, ':', t.t_len - (size_t)(end + 1 - t.t_s)) ==
		        NULL)
			t.t_len = (size_t)(end - t.t_s);
	}
	if (memchr(t.t_s, '/', t.t_len) != NULL)
		return (-1);
	return (netaddr_parse(t.t_s, t.t_len, out));
}

static bool
forwarded_trusted(const struct forwarded *fw, const struct netaddr *na)
{
	size_t i;

	for (i = 0; i < fw->fw_n; i++)
		if (netaddr_in(&fw->fw_v[i], na))
			return (true);
	return (false);
}

void
forwarded_conf(struct forwarded *fw, const struct conf_list *proxies)
{
	size_t i;

	fw->fw_n = 0;
	for (i = 0; i < proxies->cl_n; i++)
		if (netaddr_parse(proxies->cl_v[i], strlen(proxies->cl_v[i]),
		        &fw->fw_v[fw->fw_n]) == 0)
			fw->fw_n++;
}

void
forwarded_client(const struct forwarded *fw, const char *peer,
    const struct http_request *r, char out[NETADDR_TEXT])
{
	struct walk wa = { .wa_r = r, .wa_field = r->hr_nheaders };
	struct netaddr at, next;
	struct http_text t;
	int hops;

	strncpy(out, peer, NETADDR_TEXT - 1);
	out[NETADDR_TEXT - 1] = '\0';
	if (fw->fw_n == 0 || netaddr_parse(peer, strlen(peer), &at) == -1)
		return;
	for (hops = 0; hops < FORWARDED_HOPS; hops++) {
		if (!forwarded_trusted(fw, &at) || !forwarded_next(&wa, &t) ||
		    forwarded_entry(t, &next) == -1)
			break;
		at = next;
	}
	if (hops > 0)
		netaddr_text(&at, out);
}
