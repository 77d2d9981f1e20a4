/* SPDX-License-Identifier: ISC */
/*
 * What the access log shows of a request: its parameters and its body as JSON
 * objects with the secrets masked (facts/api/http.md section 13). Pure.
 */
#ifndef APID_ACCESS_H
#define APID_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/params_decode.h"

#define ACCESS_MASK	"****"
#define ACCESS_BODY	16384	/* most bytes of a body that is shown */

/*
 * Append the decoded query as an object: of a name that is repeated, the
 * place of the first and the value of the last.
 */
void	access_params(struct buf *out, const struct row *,
	    const struct params_pair *, size_t n);

/*
 * Append a body of len bytes as an object: {} when it is not a JSON object,
 * or larger than ACCESS_BODY. path: decoded, NUL-ended. count: of /events
 * only the number of events is shown. row may be NULL.
 */
void	access_body(struct buf *out, const struct row *, const char *path,
	    const char *body, size_t len, bool count);

#endif
