/* SPDX-License-Identifier: ISC */
/* Texts that gatehouse init reads and changes: see init.h. */
#include <sys/types.h>

#include <string.h>

#include "common/buffer.h"
#include "gatehouse/init.h"

const char *const init_users[INIT_USERS] = { "wazuh", "wazuh-wui" };

/* The bytes of a key's line without its end; false: there is none. */
static bool
init_find_line(
    const struct buf *text, const char *key, size_t *at_r, size_t *len_r)
{
	const char *s, *nl;
	size_t at, len, n;

	n = strlen(key);
	for (at = 0; at < text->b_len; at += len + 1) {
		s = (const char *)text->b_data + at;
		nl = memchr(s, '\n', text->b_len - at);
		len = nl == NULL ? text->b_len - at : (size_t)(nl - s);
		if (len > n && memcmp(s, key, n) == 0 && s[n] == ':') {
			*at_r = at;
			*len_r = len;
			return (true);
		}
	}
	return (false);
}

int
init_set_line(struct buf *text, const char *key, const char *value)
{
	struct buf out;
	size_t at, len;

	if (!init_find_line(text, key, &at, &len))
		return (-1);
	buf_init(&out, text->b_max);
	buf_add(&out, text->b_data, at);
	buf_addf(&out, "%s: %s", key, value);
	buf_add(&out, text->b_data + at + len, text->b_len - at - len);
	if (out.b_failed) {
		buf_free(&out);
		return (-1);
	}
	buf_free(text);
	*text = out;
	return (0);
}

static const char *
init_parse_line(const char *line, size_t len, struct init_passwords *ip)
{
	const char *colon;
	size_t i, n;

	colon = memchr(line, ':', len);
	if (colon == NULL)
		return ("not user:password");
	n = (size_t)(colon - line);
	for (i = 0; i < INIT_USERS; i++)
		if (strlen(init_users[i]) == n &&
		    memcmp(init_users[i], line, n) == 0)
			break;
	if (i == INIT_USERS)
		return ("not one of the users wazuh and wazuh-wui");
	if (ip->ip_plain[i][0] != '\0')
		return ("a user for the second time");
	len -= n + 1;
	if (len == 0 || len > INIT_PASSWORD)
		return ("a password must have 1 to 64 bytes");
	if (memchr(colon + 1, '\0', len) != NULL)
		return ("a NUL in a password");
	memcpy(ip->ip_plain[i], colon + 1, len);
	ip->ip_plain[i][len] = '\0';
	return (NULL);
}

const char *
init_parse_passwords(
    const char *text, size_t len, struct init_passwords *ip, size_t *line_r)
{
	const char *nl, *why;
	size_t n, skip;

	memset(ip, 0, sizeof(*ip));
	for (*line_r = 1; len > 0; (*line_r)++) {
		nl = memchr(text, '\n', len);
		n = nl == NULL ? len : (size_t)(nl - text);
		skip = nl == NULL ? n : n + 1;
		if (n > 0 && text[n - 1] == '\r')
			n--;
		if (n > 0) {
			why = init_parse_line(text, n, ip);
			if (why != NULL)
				return (why);
		}
		text += skip;
		len -= skip;
	}
	return (NULL);
}
