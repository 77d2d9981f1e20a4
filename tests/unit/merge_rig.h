/* SPDX-License-Identifier: ISC */
/* Merging texts and looking at what comes out, for the tests of dapi/merge*.c. */
#ifndef TESTS_UNIT_MERGE_RIG_H
#define TESTS_UNIT_MERGE_RIG_H

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/result.h"
#include "dapi/merge.h"
#include "tests/unit/unit.h"

enum form { HTTP, PRETTY, WIRE };

/* Merge some texts (NULL ends them) and check what comes out. */
static inline int
merges(enum form form, const char *const v[], int rv, const char *want)
{
	struct merge_text mt[8];
	struct result rs;
	const char *why = NULL;
	size_t n;
	int r, good;

	for (n = 0; n < 8 && v[n] != NULL; n++) {
		/* A copy of its own, so that a byte too many is seen. */
		mt[n].mt_len = strlen(v[n]);
		mt[n].mt_text =
		    memcpy(malloc(mt[n].mt_len + 1), v[n], mt[n].mt_len);
	}
	result_init(&rs, form == PRETTY, "node01");
	if (form == WIRE)
		result_wire(&rs);
	r = merge_results(&rs, mt, n, &why);
	buf_addc(&rs.rs_body, '\0');
	good = r == rv && !rs.rs_body.b_failed && (r == 0) == (why == NULL) &&
	    (want == NULL || strcmp((char *)rs.rs_body.b_data, want) == 0) &&
	    (r == 0 || (rs.rs_code == 1000 && rs.rs_status == 500));
	if (!good)
		printf("\n  %d %s\n  got  %s\n  want %s\n", r,
		    why == NULL ? "" : why, (char *)rs.rs_body.b_data,
		    want == NULL ? "" : want);
	result_free(&rs);
	while (n-- > 0)
		free((void *)(uintptr_t)mt[n].mt_text);
	return (good);
}

#endif
