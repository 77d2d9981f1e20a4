/* SPDX-License-Identifier: ISC */
/*
 * The role logd writes every log file: api.log and api.json for the requests,
 * gatehouse/ROLE.log for what the processes say. Others send time as a number
 * and fields raw; here alone they are formatted and escaped, by the pure
 * functions below. Files end with their day or by size (logd_rotate.h) and
 * become archives (logd_pack.h) between the lines.
 */
#ifndef APID_LOGD_H
#define APID_LOGD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/log.h"

struct access;
struct buf;
struct proc;
struct proc_ops;

extern const struct proc_ops logd_ops;

/* Close the files and give back what po_boot and po_start took. */
void	logd_fini(struct proc *);

/*
 * All append one line with its line break to out; errors are sticky there. No
 * byte of a field can end the line or move the cursor of a terminal.
 */

/*
 * "YYYY/MM/DD HH:MM:SS LEVEL: [name] [req 0123456789abcdef] text". Without
 * name (NULL) or request (0) the bracket is left out.
 */
void	logd_line(struct buf *out, const struct tm *, enum loglevel,
	    const char *name, uint64_t request, const char *text);

/* An answered request as in the original's api.log. */
void	logd_access(struct buf *out, const struct tm *, const struct access *);

/* The same as in its api.json: one object a line. */
void	logd_access_json(struct buf *out, const struct tm *,
	    const struct access *);

/* Any other line of api.json: a record of the type "informative". */
void	logd_note_json(struct buf *out, const struct tm *, enum loglevel,
	    const char *text);

/* Does text hold control characters, line breaks among them? */
bool	logd_is_odd(const char *text);

/*
 * Is text[0..len) one complete JSON object (RFC 8259) in printable ASCII? Only
 * then it goes into a line as it stands: what a captured sender calls JSON
 * must not add fields to a record.
 */
bool	logd_is_object(const char *text, size_t len);

#endif
