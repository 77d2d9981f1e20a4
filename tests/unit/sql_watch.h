/* SPDX-License-Identifier: ISC */
/*
 * Sees every statement that any connection of the process runs: its text as it
 * was prepared, where client's words have no place, and the text with the
 * values put in, where they may stand.
 */
#ifndef TESTS_SQL_WATCH_H
#define TESTS_SQL_WATCH_H

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

struct watch {
	const char *wa_mark; /* what must stand in no text */
	size_t wa_runs; /* statements */
	size_t wa_values; /* of them with the mark in a value */
	size_t wa_texts; /* of them with the mark in the text */
	char wa_last[256]; /* the beginning of the last of those */
};

/* SQLite hands it to no callback of a new connection. */
static struct watch watch_now;

static int
watch_statement(unsigned int what, void *arg, void *stmt, void *text)
{
	struct watch *wa = arg;
	const char *sql = sqlite3_sql(stmt);
	char *full;

	if (wa->wa_mark == NULL)
		return (0);
	wa->wa_runs++;
	/* Of a trigger's statements text is a comment. */
	if ((sql != NULL && strstr(sql, wa->wa_mark) != NULL) ||
	    strstr(text, wa->wa_mark) != NULL) {
		wa->wa_texts++;
		snprintf(wa->wa_last, sizeof(wa->wa_last), "%s", sql);
	}
	full = sqlite3_expanded_sql(stmt);
	if (full != NULL && strstr(full, wa->wa_mark) != NULL)
		wa->wa_values++;
	sqlite3_free(full);
	return (0);
}

static int
watch_connection(
    sqlite3 *db, const char **err, const struct sqlite3_api_routines *api)
{
	return (sqlite3_trace_v2(
	    db, SQLITE_TRACE_STMT, watch_statement, &watch_now));
}

/* From here on every connection that is opened; before the first. 0 or -1. */
static int
watch_start(void)
{
	memset(&watch_now, 0, sizeof(watch_now));
	return (sqlite3_auto_extension((void (*)(void))watch_connection) ==
	            SQLITE_OK ?
	        0 :
	        -1);
}

/* Count anew, for this mark. */
static void
watch_for(const char *mark)
{
	memset(&watch_now, 0, sizeof(watch_now));
	watch_now.wa_mark = mark;
}

#endif
