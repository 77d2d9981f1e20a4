/* SPDX-License-Identifier: ISC */
/*
 * The HTTP parser: a stream of requests at once and in pieces, whose size and
 * whose limit of a head the last byte of the input chooses, must say the same.
 * What is decoded is never longer than it was.
 */
#include <sys/types.h>

#include <stdint.h>

#include "tests/unit/http_conn.h"

#define STREAM_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
decode(const char *text, size_t len)
{
	struct http_text rest = { text, len }, name, value;
	char *out;
	ssize_t n;

	out = malloc(len + 1);
	if (out == NULL)
		abort();
	n = http_decode(text, len, true, out);
	if (n != -1 && ((size_t)n > len || strlen(out) != (size_t)n))
		abort();
	while (http_query_next(&rest, &name, &value))
		if (value.t_s < name.t_s + name.t_len ||
		    value.t_s + value.t_len > text + len)
			abort();
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct conn whole, pieces;
	size_t step, max;

	if (size == 0 || size > STREAM_MAX)
		return (0);
	step = 1 + data[size - 1] % 16;
	max = data[size - 1] & 0x80 ? 128 : 2048;
	conn_run(&whole, text, size, size, max);
	conn_run(&pieces, text, size, step, max);
	if (!conn_same(&whole, &pieces))
		abort();
	if (whole.c_at > size)
		abort();
	buf_free(&whole.c_log);
	buf_free(&pieces.c_log);
	decode(text, size);
	return (0);
}
