/* SPDX-License-Identifier: ISC */
/* Was it done? The last line of an answer says so: see ctl.h. */
#include <sys/types.h>

#include <string.h>

#include "gatehouse/ctl.h"

int
ctl_judge(const char *text, size_t len, size_t *body_r, const char **why_r,
    size_t *why_len_r)
{
	const char *nl, *last;
	size_t n;

	*why_r = NULL;
	*why_len_r = 0;
	if (len == 0 || text[len - 1] != '\n')
		return (-1);
	nl = memrchr(text, '\n', len - 1);
	last = nl == NULL ? text : nl + 1;
	n = len - 1 - (size_t)(last - text);
	if (n == 2 && memcmp(last, "ok", 2) == 0) {
		*body_r = (size_t)(last - text);
		return (0);
	}
	if (n > 6 && memcmp(last, "error ", 6) == 0) {
		*why_r = last + 6;
		*why_len_r = n - 6;
	}
	return (-1);
}
