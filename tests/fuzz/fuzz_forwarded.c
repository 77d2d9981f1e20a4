/* SPDX-License-Identifier: ISC */
/* A peer's address, a line end, and X-Forwarded-For as it sent it. */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apid/forwarded.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char one[] = "10.0.0.0/8", two[] = "::1";
	const struct conf_list proxies = { 2, { one, two } };
	const char *text = (const char *)data, *line;
	struct http_request r = { .hr_nheaders = 2 };
	struct forwarded fw;
	struct netaddr na;
	char peer[NETADDR_TEXT], out[NETADDR_TEXT];
	size_t n;

	line = size == 0 ? NULL : memchr(text, '\n', size);
	if (line == NULL)
		return (0);
	n = (size_t)(line - text);
	if (n >= sizeof(peer) || memchr(text, '\0', n) != NULL)
		return (0);
	memcpy(peer, text, n);
	peer[n] = '\0';
	r.hr_header[0].hh_name = (struct http_text){ "X-Forwarded-For", 15 };
	r.hr_header[0].hh_value.t_s = line + 1;
	r.hr_header[0].hh_value.t_len = size - n - 1;
	r.hr_header[1] = r.hr_header[0];
	forwarded_conf(&fw, &proxies);
	forwarded_client(&fw, peer, &r, out);
	/* The peer itself, or an address and nothing else. */
	if (strcmp(out, peer) != 0 &&
	    (strchr(out, '/') != NULL ||
	        netaddr_parse(out, strlen(out), &na) == -1))
		abort();
	return (0);
}
