/* SPDX-License-Identifier: ISC */
/* Lines of several log files in the order of their times: see logs.h. */
#include <sys/types.h>

#include <ctype.h>
#include <string.h>

#include "common/buffer.h"
#include "gatehouse/logs.h"

#define LOGS_TEXTS 32 /* most files at a time */

/* A file that is being merged. */
struct cursor {
	const char *cu_at, *cu_end;
	char cu_time[LOGS_TIME]; /* of the line at hand or one before */
};

int
logs_has_time(const char *line, size_t len)
{
	static const char form[] = "0000/00/00 00:00:00";
	size_t i;

	if (len < LOGS_TIME)
		return (0);
	for (i = 0; i < LOGS_TIME; i++)
		if (form[i] == '0' ? !isdigit((unsigned char)line[i]) :
		                     line[i] != form[i])
			return (0);
	return (1);
}

/* Bytes of the first line of len bytes, with its end. */
static size_t
logs_line(const char *text, size_t len)
{
	const char *nl;

	nl = memchr(text, '\n', len);
	return (nl == NULL ? len : (size_t)(nl - text) + 1);
}

size_t
logs_count(const struct logs_text *lt)
{
	size_t n, at;

	for (n = at = 0; at < lt->lt_len; n++)
		at += logs_line(lt->lt_text + at, lt->lt_len - at);
	return (n);
}

/* Learn the time of the line at hand; without one the last stays. */
static void
logs_look(struct cursor *cu)
{
	if (logs_has_time(cu->cu_at, (size_t)(cu->cu_end - cu->cu_at)))
		memcpy(cu->cu_time, cu->cu_at, LOGS_TIME);
}

static struct cursor *
logs_first(struct cursor *cu, size_t n)
{
	struct cursor *first;
	size_t i;

	for (first = NULL, i = 0; i < n; i++) {
		if (cu[i].cu_at == cu[i].cu_end)
			continue;
		if (first == NULL ||
		    memcmp(cu[i].cu_time, first->cu_time, LOGS_TIME) < 0)
			first = &cu[i];
	}
	return (first);
}

/*
 * Take the line at hand, and those behind it that have no time of their own:
 * they belong to it. Lines are dropped while *skip says so.
 */
static void
logs_take(struct cursor *cu, size_t *skip, struct buf *out)
{
	size_t len;

	do {
		len = logs_line(cu->cu_at, (size_t)(cu->cu_end - cu->cu_at));
		if (*skip > 0)
			(*skip)--;
		else {
			buf_add(out, cu->cu_at, len);
			if (cu->cu_at[len - 1] != '\n')
				buf_addc(out, '\n');
		}
		cu->cu_at += len;
	} while (cu->cu_at != cu->cu_end &&
	    !logs_has_time(cu->cu_at, (size_t)(cu->cu_end - cu->cu_at)));
	if (cu->cu_at != cu->cu_end)
		logs_look(cu);
}

void
logs_merge(const struct logs_text *lt, size_t n, size_t max, struct buf *out)
{
	struct cursor cu[LOGS_TEXTS], *first;
	size_t i, skip, total;

	if (n > LOGS_TEXTS)
		n = LOGS_TEXTS;
	for (total = 0, i = 0; i < n; i++) {
		memset(&cu[i], 0, sizeof(cu[i]));
		cu[i].cu_at = cu[i].cu_end = lt[i].lt_text;
		if (lt[i].lt_len == 0)
			continue;
		cu[i].cu_end += lt[i].lt_len;
		logs_look(&cu[i]);
		total += logs_count(&lt[i]);
	}
	skip = total > max ? total - max : 0;
	while ((first = logs_first(cu, n)) != NULL)
		logs_take(first, &skip, out);
}
