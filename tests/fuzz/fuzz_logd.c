/* SPDX-License-Identifier: ISC */
/*
 * Log lines out of hostile fields. The input, cut at zero bytes, is the fields
 * of a request: each of its lines is one line of printable ASCII, and that of
 * api.json an object. Whatever is taken for an object by itself stays one.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apid/logd.h"
#include "common/buffer.h"
#include "common/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_line(const struct buf *b)
{
	size_t i;

	if (b->b_failed || b->b_len == 0 || b->b_data[b->b_len - 1] != '\n')
		abort();
	for (i = 0; i < b->b_len - 1; i++)
		if (b->b_data[i] < 0x20 || b->b_data[i] > 0x7e)
			abort();
}

/* The next field, or the last one again when there is none. */
static const char *
field(const char **p, const char *end)
{
	const char *s = *p;

	if (s + strlen(s) < end)
		*p = s + strlen(s) + 1;
	return (s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tm tm = { .tm_year = 124, .tm_mday = 1 };
	struct access ac;
	struct buf b;
	const char *p;
	char *copy;

	copy = malloc(size + 1);
	if (copy == NULL)
		return (0);
	memcpy(copy, data, size);
	copy[size] = '\0';
	memset(&ac, 0, sizeof(ac));
	p = copy;
	ac.ac_params = field(&p, copy + size);
	ac.ac_body = field(&p, copy + size);
	ac.ac_user = field(&p, copy + size);
	ac.ac_context = field(&p, copy + size);
	ac.ac_addr = field(&p, copy + size);
	ac.ac_method = field(&p, copy + size);
	ac.ac_path = field(&p, copy + size);
	buf_init(&b, 64UL * size + 4096);
	logd_access(&b, &tm, &ac);
	check_line(&b);
	buf_reset(&b);
	logd_line(&b, &tm, LOGL_INFO, "http[0]", size, ac.ac_path);
	check_line(&b);
	buf_reset(&b);
	logd_access_json(&b, &tm, &ac);
	check_line(&b);
	if (!logd_is_object((const char *)b.b_data, b.b_len - 1))
		abort();
	buf_free(&b);
	free(copy);
	return (0);
}
