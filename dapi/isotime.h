/* SPDX-License-Identifier: ISC */
/* Times as the API writes them. Pure; no time zone is looked up. */
#ifndef DAPI_ISOTIME_H
#define DAPI_ISOTIME_H

#include <stdint.h>

#define ISOTIME_LEN	20	/* bytes of the text with its NUL */

/*
 * "YYYY-MM-DDTHH:MM:SS" in UTC of seconds since the epoch; the caller adds "Z"
 * or "+00:00" as the field has it. Years outside 0 to 9999 become the nearest
 * second that four digits can name.
 */
void	isotime_utc(int64_t epoch, char out[ISOTIME_LEN]);

#endif
