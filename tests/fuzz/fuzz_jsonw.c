/* SPDX-License-Identifier: ISC */
/*
 * The JSON writer: any bytes as text and as a number come out as printable
 * ASCII, and the number reads back equal.
 */
#include <sys/types.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_text(const struct buf *b)
{
	size_t i;

	if (b->b_failed || b->b_len < 2 || b->b_data[0] != '"' ||
	    b->b_data[b->b_len - 1] != '"')
		abort();
	for (i = 1; i < b->b_len - 1; i++) {
		if (b->b_data[i] < 0x20 || b->b_data[i] > 0x7e ||
		    b->b_data[i] == '"')
			abort();
		/* An escape has its second byte before the closing quote. */
		if (b->b_data[i] == '\\' && ++i == b->b_len - 1)
			abort();
	}
}

static void
check_number(struct buf *b, double v)
{
	const char *s;
	char *end;

	buf_addc(b, '\0');
	s = (const char *)b->b_data;
	if (!isfinite(v)) {
		if (strcmp(s, "null") != 0)
			abort();
		return;
	}
	if (strtod(s, &end) != v || *end != '\0' || strpbrk(s, ".e") == NULL ||
	    strlen(s) > 24)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b;
	struct jsonw j;
	double v;

	buf_init(&b, 6 * size + 64);
	jsonw_init(&j, &b, false);
	jsonw_strn(&j, (const char *)data, size);
	check_text(&b);
	if (size >= sizeof(v)) {
		memcpy(&v, data, sizeof(v));
		buf_reset(&b);
		jsonw_init(&j, &b, false);
		jsonw_double(&j, v);
		check_number(&b, v);
	}
	buf_free(&b);
	return (0);
}
