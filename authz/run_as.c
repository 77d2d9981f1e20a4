/* SPDX-License-Identifier: ISC */
/* Authorization contexts: see run_as.h. */
#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "authz/admit.h"
#include "authz/blake2b.h"
#include "authz/jsonvalue.h"
#include "authz/run_as.h"

#define HASH_LEN 16 /* bytes */
#define DUMP_MAX 131072 /* bytes of a context written anew */

/* A character may become six, a comma two, and 1e9 twelve. */
_Static_assert(DUMP_MAX >= 8 * ADMIT_RUNAS, "a dump fits");

static int
run_as_hash(const struct pyjson *pj, char out[RUN_AS_HASH])
{
	uint8_t hash[HASH_LEN];
	struct buf text;
	size_t i;
	int ret = -1;

	buf_init(&text, DUMP_MAX);
	pyjson_write(pyjson_root(pj), &text);
	if (!text.b_failed) {
		blake2b(hash, sizeof(hash), text.b_data, text.b_len);
		for (i = 0; i < sizeof(hash); i++)
			snprintf(out + 2 * i, 3, "%02x", hash[i]);
		ret = 0;
	}
	buf_freezero(&text);
	return (ret);
}

int
run_as_read(const char *text, struct jv *out, char hash[RUN_AS_HASH])
{
	size_t len = strlen(text);
	struct pyjson *pj;
	bool nomem;
	int ret = -1;

	if (len > ADMIT_RUNAS)
		return (-1);
	pj = pyjson_read(text, len, JV_DEPTH, &nomem);
	if (pj == NULL)
		return (-1);
	if (pyjson_root(pj)->pv_type == PYJSON_OBJECT &&
	    run_as_hash(pj, hash) == 0)
		ret = jv_copy(pyjson_root(pj), out);
	pyjson_free(&pj);
	if (ret == 0)
		jv_drop_nulls(out);
	return (ret);
}
