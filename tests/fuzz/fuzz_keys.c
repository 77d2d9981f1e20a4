/* SPDX-License-Identifier: ISC */
/*
 * client.keys from anybody: reading never fails on content, and what is
 * rewritten reads back as what was meant.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>

#include "dapi/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
rewrite(const struct keys *ks, bool purge)
{
	struct keys again;
	struct buf out;
	uint32_t id = ks->ks_v[ks->ks_n / 2].k_id;

	buf_init(&out, KEYS_MAX);
	keys_init(&again);
	if (keys_remove(ks, &id, 1, purge, &out) == -1 ||
	    keys_parse(&again, out.b_data, out.b_len) == -1)
		abort();
	if (keys_active(&again, id) ||
	    (purge && keys_find(&again, id) != NULL) ||
	    (!purge && again.ks_n != ks->ks_n))
		abort();
	keys_free(&again);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct keys ks, again;
	struct buf out;
	uint32_t id;
	size_t i;

	keys_init(&ks);
	keys_init(&again);
	buf_init(&out, KEYS_MAX);
	if (keys_parse(&ks, data, len) == -1)
		abort();
	for (i = 0; i < ks.ks_n; i++)
		if (keys_find(&ks, ks.ks_v[i].k_id) != &ks.ks_v[i])
			abort();
	if (ks.ks_n > 0) {
		rewrite(&ks, false);
		rewrite(&ks, true);
	}
	id = keys_high(&ks) + 1;
	if (id <= 999999999 &&
	    (keys_add(&ks, id, "name", "any", "key", &out) == -1 ||
	        keys_parse(&again, out.b_data, out.b_len) == -1 ||
	        !keys_active(&again, id)))
		abort();
	buf_free(&out);
	keys_free(&again);
	keys_free(&ks);
	return (0);
}
