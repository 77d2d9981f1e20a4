/* SPDX-License-Identifier: ISC */
/* Texts of configuration, for the tests of common/conf*.c. */
#ifndef TESTS_UNIT_CONF_RIG_H
#define TESTS_UNIT_CONF_RIG_H

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/conf_rows.h"
#include "tests/unit/unit.h"

#define MOST 4194304 /* bytes of any text here */

static inline const char *
top(void)
{
	const char *s;

	s = getenv("srcdir");
	return (s != NULL ? s : ".");
}

/* A file below the source tree; false when it is not there. */
static inline bool
slurp(const char *path, struct buf *out)
{
	char name[4096];
	uint8_t *p;
	size_t n;
	FILE *f;

	buf_init(out, MOST);
	snprintf(name, sizeof(name), "%s/%s", top(), path);
	f = fopen(name, "r");
	if (f == NULL)
		return (false);
	do {
		p = buf_room(out, 4096);
		n = p == NULL ? 0 : fread(p, 1, 4096, f);
		out->b_len += n;
	} while (n > 0);
	fclose(f);
	return (true);
}

static inline int
parse(struct conf *cf, enum conf_file file, const char *name,
    const struct buf *text, struct buf *err, struct buf *warn)
{
	return (conf_parse(cf, file, name, (const char *)text->b_data,
	    text->b_len, err, warn));
}

#endif
