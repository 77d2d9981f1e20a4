/* SPDX-License-Identifier: ISC */
/* What clients write for values: numbers, spans, dates, JSON. Pure. */
#ifndef COMMON_QUERY_VALUE_H
#define COMMON_QUERY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define QUERY_SPAN	INT64_C(1000000000000)	/* a span at most, seconds */

/* As Python's int(): false if it would raise; beyond 64 bits the nearest. */
bool	query_value_int(const char *, size_t, int64_t *n_r);
/*
 * As Python's strptime() with one of the four formats of framework.md 0.4:
 * microseconds since the epoch. False: not one of them.
 */
bool	query_value_date(const char *, size_t, int64_t *micros_r);
/*
 * db: is this a span, digits alone or digits and one of d, h, m, s in front? 1
 * and seconds, capped at QUERY_SPAN; 0: no span; -1: one with an unknown unit.
 */
int	query_value_span(const char *, size_t, int64_t *seconds_r);
/*
 * db: "YYYY-MM-DD", or with " HH:MM:SS" or "THH:MM:SS", a fraction and "Z":
 * whole seconds since the epoch. False: not of that form. *unknown_r is set
 * where SQLite knows no such time.
 */
bool	query_value_day(const char *, size_t, int64_t *epoch_r,
	    bool *unknown_r);
/*
 * A number, as SQLite's affinity takes text for one. *real_r tells which of
 * the two is set. False: it stays text.
 */
bool	query_value_number(const char *, size_t, bool *real_r, int64_t *n_r,
	    double *d_r);
/* SQLite's CAST(text AS INTEGER): what digits it begins with. */
int64_t	query_value_cast(const char *, size_t);

/* --- query_json.c ------------------------------------------------------ */

/*
 * If the text is a JSON document as Python reads one, append it as Python
 * writes it compactly (all ASCII, numbers spelled anew) and return true.
 * Deeper than QUERY_LEVELS is none.
 */
bool	query_json_compact(const char *, size_t, struct buf *out);

#endif
