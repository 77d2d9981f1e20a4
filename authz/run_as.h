/* SPDX-License-Identifier: ISC */
/* Authorization contexts: what a client says of whom it acts for. */
#ifndef AUTHZ_RUN_AS_H
#define AUTHZ_RUN_AS_H

struct jv;

#define RUN_AS_HASH	33	/* bytes of a context's hash: hex and a NUL */

/*
 * Read a context, an object of at most ADMIT_RUNAS bytes. hash: BLAKE2b with 16
 * bytes of what Python's json.dumps() writes for it. Then members that are null
 * go (jv_drop_nulls()), as the rules never see them. 0 and *out, to be freed; or
 * -1: it is none, no memory, or a number in it is infinite.
 */
int	run_as_read(const char *text, struct jv *out, char hash[RUN_AS_HASH]);

#endif
