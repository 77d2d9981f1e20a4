/* SPDX-License-Identifier: ISC */
/*
 * Fuzz encoded password hashes, as a damaged or foreign rbac.db may hold them.
 * The input is the hash up to the first newline and the password behind it.
 * Costly ones are left out here; the unit test holds their bounds.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "authz/password.h"

#define CHEAP  4096 /* most that the numbers may multiply to */
#define BEYOND (UINT64_C(1) << 28) /* nothing of that size is accepted */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The numbers before the first '$', multiplied. */
static uint64_t
fuzz_cost(const char *s)
{
	uint64_t cost = 1, n;

	while (*s != '\0' && *s != '$') {
		if (*s < '0' || *s > '9') {
			s++;
			continue;
		}
		for (n = 0; *s >= '0' && *s <= '9'; s++)
			if (n < BEYOND)
				n = n * 10 + (uint64_t)(*s - '0');
		if (n != 0 && cost < BEYOND)
			cost *= n;
	}
	return (cost);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text, *plain;
	uint64_t cost, most;
	bool ok;

	text = malloc(len + 1);
	if (text == NULL)
		abort();
	memcpy(text, data, len);
	text[len] = '\0';
	plain = strchr(text, '\n');
	if (plain != NULL)
		*plain++ = '\0';
	cost = fuzz_cost(text);
	/* The number in the name of sha512 and its like counts too. */
	most = strncmp(text, "pbkdf2:", 7) == 0 ? CHEAP * 512 : CHEAP;
	if (cost <= most || cost >= BEYOND) {
		ok = password_verify(text, plain != NULL ? plain : "");
		if (ok && strchr(text, '$') == NULL)
			abort();
	}
	free(text);
	return (0);
}
