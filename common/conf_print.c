/* SPDX-License-Identifier: ISC */
/* The configuration as YAML: what conf_parse() reads back to the same. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/conf_rows.h"

/* Single quotes: nothing in them needs more than a doubled quote. */
static void
print_text(const char *s, struct buf *out)
{
	buf_addc(out, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_addc(out, '\'');
		buf_addc(out, *s);
	}
	buf_addc(out, '\'');
}

/* Few digits where they read back to the same, else all. */
static void
print_num(double v, struct buf *out)
{
	char s[40];

	snprintf(s, sizeof(s), "%.15g", v);
	if (strtod(s, NULL) != v)
		snprintf(s, sizeof(s), "%.17g", v);
	buf_addz(out, s);
}

static void
print_list(const struct conf_list *cl, struct buf *out)
{
	size_t i;

	buf_addc(out, '[');
	for (i = 0; i < cl->cl_n; i++) {
		if (i > 0)
			buf_addz(out, ", ");
		print_text(cl->cl_v[i], out);
	}
	buf_addc(out, ']');
}

static void
print_value(const struct conf *cf, const struct conf_row *row, struct buf *out)
{
	switch (row->cr_type) {
	case CONF_T_BOOL:
		buf_addz(out, *(const bool *)conf_cat(cf, row) ? "yes" : "no");
		break;
	case CONF_T_INT:
		buf_addf(out, "%lld",
		    (long long)*(const int64_t *)conf_cat(cf, row));
		break;
	case CONF_T_NUM:
		print_num(*(const double *)conf_cat(cf, row), out);
		break;
	case CONF_T_WORD:
		buf_addz(out, *(char *const *)conf_cat(cf, row));
		break;
	case CONF_T_LIST:
		print_list(conf_cat(cf, row), out);
		break;
	default:
		print_text(*(char *const *)conf_cat(cf, row), out);
		break;
	}
}

/* Bytes that two keys have in common, up to and with their last dot. */
static size_t
print_common(const char *a, const char *b)
{
	size_t i, common;

	for (i = common = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '.')
			common = i + 1;
	return (common);
}

/* The lines of a key: its sections that are not open yet, then itself. */
static void
print_key(const char *key, size_t open, struct buf *out)
{
	size_t i, n, depth;

	for (depth = 0, i = 0; i < open; i++)
		depth += key[i] == '.';
	for (key += open;; key += n + 1, depth++) {
		n = strcspn(key, ".");
		for (i = 0; i < depth; i++)
			buf_addz(out, "  ");
		buf_add(out, key, n);
		buf_addc(out, ':');
		if (key[n] == '\0')
			return;
		buf_addc(out, '\n');
	}
}

void
conf_print(const struct conf *cf, enum conf_file file, struct buf *out)
{
	const struct conf_row *row;
	const char *last;
	size_t i;

	for (last = "", i = 0; i < CONF_NROWS; i++) {
		row = &conf_rows[i];
		if (row->cr_file != file || row->cr_type == CONF_T_OLD)
			continue;
		print_key(row->cr_key, print_common(last, row->cr_key), out);
		buf_addc(out, ' ');
		print_value(cf, row, out);
		buf_addc(out, '\n');
		last = row->cr_key;
	}
}
