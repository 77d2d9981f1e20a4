/* SPDX-License-Identifier: ISC */
/*
 * Names in var/run, one a line. Whatever they are, each daemon has a state,
 * nobody is asked about a number that no process has, and the reasons fit.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemons.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static enum daemons_pid
ask(void *arg, pid_t pid)
{
	if (pid <= 0)
		abort();
	return ((enum daemons_pid)(pid % 3));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct daemons_look dl;
	struct daemons_page dp;
	char *text, *name, *last, why[DAEMONS_WHY];
	int d;

	text = malloc(size + 1);
	if (text == NULL)
		return (0);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	memset(&dl, 0, sizeof(dl));
	for (name = strtok_r(text, "\n", &last); name != NULL;
	     name = strtok_r(NULL, "\n", &last))
		daemons_note(&dl, name, ask, NULL);
	daemons_publish(&dp, &dl, size % 2 != 0);
	for (d = 0; d < DAEMON__MAX; d++)
		if (daemons_word(daemons_state(&dp, (enum daemon)d)) == NULL)
			abort();
	if (daemons_refuse(&dp, why) != 0 && strstr(why, "->") == NULL)
		abort();
	free(text);
	return (0);
}
