/* SPDX-License-Identifier: ISC */
/* The client's end of the control socket: common/control.h. */
#ifndef GATEHOUSE_CTL_H
#define GATEHOUSE_CTL_H

#include <stddef.h>

struct buf;

#define CTL_ANSWER	1048576	/* most bytes of an answer */

/*
 * Send a line (without its end) to the server of the instance dir and collect
 * the answer without its last line in out. Returns 0, or GATEHOUSE_ERROR or
 * GATEHOUSE_DOWN after saying why on the standard error.
 */
int	ctl_ask(const char *dir, const char *line, struct buf *out);

/*
 * Judge an answer of len bytes: 0 when its last line is "ok", and *body_r is
 * the number of bytes before that line. Else -1; then *why_r and *why_len_r
 * are the text of an "error TEXT" line, or *why_r is NULL: it was cut short.
 * Pure.
 */
int	ctl_judge(const char *text, size_t len, size_t *body_r,
	    const char **why_r, size_t *why_len_r);

#endif
