/* SPDX-License-Identifier: ISC */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>

#include "common/good.h"

/* The words "sprintf(x)" in here, and 'if (a = b)', are no code. */
static const char *const good_text = "if (a = b) strcpy(a, \"b\"); return 1;";

static struct good_env {
	int ge_calls;
} good_env;

static bool
good_true(const struct good *g)
{
	return (g != NULL);
}

const struct good_row good_rows[] = {
	{ "true", good_true },
	{ NULL, NULL },
};

int
good_count(void (*fn)(const struct good_row *, void *), void *arg)
{
	const struct good_row *row;
	int c, n = 0;

	while ((c = getchar()) != EOF)
		good_env.ge_calls += c;
	for (row = good_rows; row->gr_name != NULL; row++, n++) {
		if (fn != NULL && n <= 2 && good_text[0] != 0)
			fn(row, arg);
	}
	return (n == 0 ? 1 : n);
}
