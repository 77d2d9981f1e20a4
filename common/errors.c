/* SPDX-License-Identifier: ISC */
/* The error codes: see errors.h. */
#include <sys/types.h>

#include <stdbool.h>
#include <stdlib.h>

#include "common/buffer.h"
#include "common/errors.h"
#include "common/errors_table.h"

#define ERRORS_UNKNOWN 1000

static const struct {
	unsigned int ec_status; /* HTTP */
	const char *ec_title;
} errors_class[] = {
	[ERRC_ERROR] = { 400, "Bad Request" },
	[ERRC_INTERNAL] = { 500, "Wazuh Internal Error" },
	[ERRC_CLUSTER] = { 500, "Wazuh Cluster Error" },
	[ERRC_NOTFOUND] = { 404, "Resource Not Found" },
	[ERRC_PERMISSION] = { 403, "Permission Denied" },
	[ERRC_TOOMANY] = { 429, "Too Many Requests" },
	[ERRC_NOTACCEPTABLE] = { 406, "Not Acceptable" },
	[ERRC_HAPROXY] = { 500, "HAProxy Helper Error" },
};

#define ERRORS_NCLASS (sizeof(errors_class) / sizeof(errors_class[0]))

/* Codes that other programs fill; each range has its first code as its row. */
static const struct {
	uint16_t er_first, er_last;
} errors_range[] = {
	{ 1810, 1899 }, /* the module that upgrades agents */
	{ 8001, 8999 }, /* the modules that scan */
};

#define ERRORS_NRANGE (sizeof(errors_range) / sizeof(errors_range[0]))

static int
errors_compare(const void *key, const void *row)
{
	const uint16_t *code = key;
	const struct errdesc *ed = row;

	return (*code < ed->ed_code ? -1 : *code > ed->ed_code);
}

static const struct errdesc *
errors_row(uint16_t code)
{
	return (bsearch(&code, errors_table, errors_ntable,
	    sizeof(errors_table[0]), errors_compare));
}

/* The first code of the range that code lies in, or 0. */
static uint16_t
errors_in_range(uint16_t code)
{
	size_t i;

	for (i = 0; i < ERRORS_NRANGE; i++)
		if (code >= errors_range[i].er_first &&
		    code <= errors_range[i].er_last)
			return (errors_range[i].er_first);
	return (0);
}

const struct errdesc *
errors_find(uint16_t code)
{
	const struct errdesc *ed;
	uint16_t first;

	ed = errors_row(code);
	first = errors_in_range(code);
	if (ed == NULL && first != 0)
		ed = errors_row(first);
	if (ed == NULL)
		ed = errors_row(ERRORS_UNKNOWN);
	/* errors_table.c has that row; its unit test makes sure. */
	if (ed == NULL)
		abort();
	return (ed);
}

int
errors_text(struct buf *out, uint16_t code, const char *extra)
{
	const struct errdesc *ed = errors_find(code);
	bool alone;

	if (extra == NULL)
		return (buf_addz(out, ed->ed_message));
	alone =
	    code == 1600 || errors_in_range(code) != 0 || ed->ed_code != code;
	if (alone)
		return (buf_addz(out, extra));
	return (buf_addf(out, "%s: %s", ed->ed_message, extra));
}

unsigned int
errors_status(enum errclass cls)
{
	return (
	    (size_t)cls < ERRORS_NCLASS ? errors_class[cls].ec_status : 500);
}

const char *
errors_title(enum errclass cls)
{
	if ((size_t)cls >= ERRORS_NCLASS)
		cls = ERRC_INTERNAL;
	return (errors_class[cls].ec_title);
}
