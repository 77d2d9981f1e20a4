/* SPDX-License-Identifier: ISC */
/*
 * A configuration file's text to values: YAML 1.1 by the events of libyaml.
 * Nesting follows the table of keys and never goes deeper than it; anchors,
 * aliases and tags are refused, so that a small text stays a small tree.
 */
#include <sys/types.h>

#include <ctype.h>
#include <string.h>
#include <yaml.h>

#include "common/buffer.h"
#include "common/conf_rows.h"

#define TEXT_MAX 1048576 /* bytes of a file */
#define SHOWN    64 /* most bytes of an unknown key in a message */
#define SEEN_ROW 0x80 /* of cy_seen; lower bits: sections by depth */

struct conf_yaml {
	yaml_parser_t cy_parser;
	yaml_event_t cy_event; /* the one being looked at */
	bool cy_have; /* cy_event must be given back */
	struct conf *cy_cf;
	enum conf_file cy_file;
	const char *cy_name;
	const char *cy_text;
	size_t cy_len;
	struct buf *cy_err, *cy_warn;
	/* By row: was it there? Sections count at their first row. */
	uint8_t cy_seen[CONF_NROWS];
};

/* Where a path leads in the table. */
enum place { PLACE_NONE, PLACE_ROW, PLACE_SECTION };

static size_t
yaml_line(const struct conf_yaml *cy)
{
	return (cy->cy_event.start_mark.line + 1);
}

/* "NAME:LINE: [key: ]what (allowed)" for the event at hand. Returns -1. */
static int
yaml_bad(struct conf_yaml *cy, const char *key, const char *what,
    const struct conf_row *row)
{
	buf_addf(cy->cy_err, "%s:%zu: ", cy->cy_name, yaml_line(cy));
	if (*key != '\0')
		buf_addf(cy->cy_err, "%s: ", key);
	buf_addz(cy->cy_err, what);
	if (row != NULL) {
		buf_addz(cy->cy_err, " (");
		conf_value_allowed(row, cy->cy_err);
		buf_addz(cy->cy_err, ")");
	}
	return (-1);
}

/* What libyaml says about a text that is not YAML. */
static int
yaml_syntax(struct conf_yaml *cy)
{
	const yaml_parser_t *y;
	size_t i, line;

	y = &cy->cy_parser;
	line = y->problem_mark.line + 1;
	if (y->error == YAML_READER_ERROR)
		for (line = 1, i = 0; i < y->problem_offset && i < cy->cy_len;
		     i++)
			line += cy->cy_text[i] == '\n';
	buf_addf(cy->cy_err, "%s:%zu: not YAML: %s", cy->cy_name, line,
	    y->problem != NULL ? y->problem : "out of memory");
	return (-1);
}

static bool
yaml_decorated(const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return (ev->data.scalar.anchor != NULL ||
		    ev->data.scalar.tag != NULL);
	case YAML_SEQUENCE_START_EVENT:
		return (ev->data.sequence_start.anchor != NULL ||
		    ev->data.sequence_start.tag != NULL);
	case YAML_MAPPING_START_EVENT:
		return (ev->data.mapping_start.anchor != NULL ||
		    ev->data.mapping_start.tag != NULL);
	default:
		return (ev->type == YAML_ALIAS_EVENT);
	}
}

/* Go to the next event. */
static int
yaml_next(struct conf_yaml *cy)
{
	if (cy->cy_have)
		yaml_event_delete(&cy->cy_event);
	cy->cy_have = yaml_parser_parse(&cy->cy_parser, &cy->cy_event) != 0;
	if (!cy->cy_have)
		return (yaml_syntax(cy));
	if (yaml_decorated(&cy->cy_event))
		return (yaml_bad(
		    cy, "", "anchors, aliases and tags are not allowed", NULL));
	return (0);
}

static bool
yaml_is_null(const yaml_event_t *ev)
{
	const char *s;

	if (ev->type != YAML_SCALAR_EVENT ||
	    ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return (false);
	s = (const char *)ev->data.scalar.value;
	return (*s == '\0' || strcmp(s, "~") == 0 || strcmp(s, "null") == 0);
}

/* --- values ------------------------------------------------------------- */

/* Hand the scalar at hand to the row. */
static int
yaml_scalar(struct conf_yaml *cy, const struct conf_row *row)
{
	const yaml_event_t *ev;
	const char *why;

	ev = &cy->cy_event;
	why = conf_value_set(cy->cy_cf, row,
	    (const char *)ev->data.scalar.value, ev->data.scalar.length,
	    ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE);
	if (why != NULL)
		return (yaml_bad(cy, row->cr_key, why, row));
	return (0);
}

static int
yaml_list(struct conf_yaml *cy, const struct conf_row *row)
{
	size_t n;

	conf_value_clear(cy->cy_cf, row);
	for (n = 0;; n++) {
		if (yaml_next(cy) == -1)
			return (-1);
		if (cy->cy_event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (cy->cy_event.type != YAML_SCALAR_EVENT)
			return (yaml_bad(cy, row->cr_key,
			    "an entry that is not a text", row));
		if (yaml_scalar(cy, row) == -1)
			return (-1);
	}
	if (n == 0 && (row->cr_flags & CONF_F_SOME))
		return (yaml_bad(cy, row->cr_key, "an empty list", row));
	return (0);
}

/* A text that stands for a list of itself: a text, so in lower case. */
static int
yaml_one(struct conf_yaml *cy, const struct conf_row *row)
{
	struct conf_list *cl;
	char *s;

	conf_value_clear(cy->cy_cf, row);
	if (yaml_scalar(cy, row) == -1)
		return (-1);
	cl = conf_at(cy->cy_cf, row);
	for (s = cl->cl_v[0]; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	return (0);
}

static void
yaml_warn(struct conf_yaml *cy, const struct conf_row *row)
{
	const char *what;

	if (row->cr_type == CONF_T_OLD)
		what = "no longer used, ignored";
	else if (row->cr_warn != NULL &&
	    conf_word(row->cr_warn, *(char *const *)conf_cat(cy->cy_cf, row)))
		what = "old value, accepted";
	else
		return;
	buf_addf(cy->cy_warn, "%s:%zu: %s: %s\n", cy->cy_name, yaml_line(cy),
	    row->cr_key, what);
}

static int
yaml_value(struct conf_yaml *cy, const struct conf_row *row)
{
	int ret;

	if (yaml_next(cy) == -1)
		return (-1);
	switch (cy->cy_event.type) {
	case YAML_SCALAR_EVENT:
		if (row->cr_type != CONF_T_LIST)
			ret = yaml_scalar(cy, row);
		else if (row->cr_flags & CONF_F_ONE)
			ret = yaml_one(cy, row);
		else
			ret = yaml_bad(cy, row->cr_key, "not a list", row);
		break;
	case YAML_SEQUENCE_START_EVENT:
		if (row->cr_type == CONF_T_LIST)
			return (yaml_list(cy, row));
		ret = yaml_bad(
		    cy, row->cr_key, "a list where one value belongs", row);
		break;
	default:
		ret =
		    yaml_bad(cy, row->cr_key, "keys below a single value", row);
		break;
	}
	if (ret == 0)
		yaml_warn(cy, row);
	return (ret);
}

/* --- keys --------------------------------------------------------------- */

/* Find a path; *row_r is the row, or the first row of the section. */
static enum place
yaml_find(const struct conf_yaml *cy, const char *path, size_t *row_r)
{
	const char *key;
	size_t i, len;

	len = strlen(path);
	for (i = 0; i < CONF_NROWS; i++) {
		key = conf_rows[i].cr_key;
		if (conf_rows[i].cr_file != cy->cy_file ||
		    strncmp(key, path, len) != 0)
			continue;
		if (key[len] != '\0' && key[len] != '.')
			continue;
		*row_r = i;
		return (key[len] == '\0' ? PLACE_ROW : PLACE_SECTION);
	}
	return (PLACE_NONE);
}

/* The keys that a section ("" or "logs.") may have. */
static void
yaml_siblings(const struct conf_yaml *cy, const char *section, struct buf *out)
{
	const char *key, *last;
	size_t i, len, n, lastn;

	len = strlen(section);
	for (last = "", lastn = 0, i = 0; i < CONF_NROWS; i++) {
		if (conf_rows[i].cr_file != cy->cy_file ||
		    conf_rows[i].cr_type == CONF_T_OLD ||
		    strncmp(conf_rows[i].cr_key, section, len) != 0)
			continue;
		key = conf_rows[i].cr_key + len;
		n = strcspn(key, ".");
		if (n == lastn && memcmp(key, last, n) == 0)
			continue;
		if (lastn != 0)
			buf_addz(out, ", ");
		buf_add(out, key, n);
		last = key;
		lastn = n;
	}
}

static int
yaml_unknown(
    struct conf_yaml *cy, const char *section, const char *key, size_t len)
{
	char shown[SHOWN + 1];
	size_t i;

	for (i = 0; i < len && i < SHOWN; i++)
		shown[i] = key[i] > 0x20 && key[i] < 0x7f ? key[i] : '?';
	shown[i] = '\0';
	buf_addf(cy->cy_err, "%s:%zu: %s%s: unknown key (", cy->cy_name,
	    yaml_line(cy), section, shown);
	yaml_siblings(cy, section, cy->cy_err);
	buf_addz(cy->cy_err, ")");
	return (-1);
}

static int yaml_section(struct conf_yaml *, const char *, unsigned int);

/* The key at hand and what belongs to it. */
static int
yaml_key(struct conf_yaml *cy, const char *section, unsigned int depth)
{
	char path[CONF_KEY + 1];
	const char *key;
	enum place place;
	size_t len, n, row;
	uint8_t bit;

	if (cy->cy_event.type != YAML_SCALAR_EVENT)
		return (yaml_bad(cy, "", "a key that is not a word", NULL));
	key = (const char *)cy->cy_event.data.scalar.value;
	len = cy->cy_event.data.scalar.length;
	n = strlen(section);
	if (len == 0 || n + len >= CONF_KEY || strlen(key) != len ||
	    strchr(key, '.') != NULL)
		return (yaml_unknown(cy, section, key, len));
	memcpy(path, section, n);
	memcpy(path + n, key, len + 1);

	place = yaml_find(cy, path, &row);
	if (place == PLACE_NONE)
		return (yaml_unknown(cy, section, key, len));
	bit = place == PLACE_ROW ? SEEN_ROW : (uint8_t)(1U << depth);
	if (cy->cy_seen[row] & bit)
		return (yaml_bad(cy, path, "given twice", NULL));
	cy->cy_seen[row] |= bit;
	if (place == PLACE_ROW)
		return (yaml_value(cy, &conf_rows[row]));

	if (yaml_next(cy) == -1)
		return (-1);
	memcpy(path + n + len, ".", 2);
	if (cy->cy_event.type == YAML_MAPPING_START_EVENT)
		return (yaml_section(cy, path, depth + 1));
	path[n + len] = '\0';
	yaml_bad(cy, path, "has no keys below it (", NULL);
	path[n + len] = '.';
	yaml_siblings(cy, path, cy->cy_err);
	buf_addz(cy->cy_err, ")");
	return (-1);
}

/* Keys and values up to the end of a mapping that has begun. */
static int
yaml_section(struct conf_yaml *cy, const char *section, unsigned int depth)
{
	for (;;) {
		if (yaml_next(cy) == -1)
			return (-1);
		if (cy->cy_event.type == YAML_MAPPING_END_EVENT)
			return (0);
		if (yaml_key(cy, section, depth) == -1)
			return (-1);
	}
}

/* The whole stream: nothing, or one document that is empty or a mapping. */
static int
yaml_stream(struct conf_yaml *cy)
{
	if (yaml_next(cy) == -1 || yaml_next(cy) == -1)
		return (-1);
	if (cy->cy_event.type == YAML_STREAM_END_EVENT)
		return (0);
	if (yaml_next(cy) == -1)
		return (-1);
	if (cy->cy_event.type == YAML_MAPPING_START_EVENT) {
		if (yaml_section(cy, "", 0) == -1)
			return (-1);
	} else if (!yaml_is_null(&cy->cy_event))
		return (yaml_bad(cy, "", "not keys with values", NULL));
	/* The end of the document, then that of the stream. */
	if (yaml_next(cy) == -1 || yaml_next(cy) == -1)
		return (-1);
	if (cy->cy_event.type != YAML_STREAM_END_EVENT)
		return (yaml_bad(cy, "", "a second document", NULL));
	return (0);
}

/*
 * libyaml compares each %TAG line with all before it: a file full of them
 * would take seconds, and as tags are refused none is of use. Returns the
 * line of the first one, or 0.
 */
static size_t
yaml_tag_line(const char *text, size_t len)
{
	size_t i, line;

	for (i = 0, line = 1; i + 4 <= len; i++) {
		if ((i == 0 || text[i - 1] == '\n') &&
		    memcmp(text + i, "%TAG", 4) == 0)
			return (line);
		line += text[i] == '\n';
	}
	return (0);
}

int
conf_parse(struct conf *cf, enum conf_file file, const char *name,
    const char *text, size_t len, struct buf *err, struct buf *warn)
{
	struct conf_yaml cy;
	size_t line;
	int ret;

	memset(&cy, 0, sizeof(cy));
	cy.cy_cf = cf;
	cy.cy_file = file;
	cy.cy_name = name;
	cy.cy_text = text;
	cy.cy_len = len;
	cy.cy_err = err;
	cy.cy_warn = warn;
	if (len > TEXT_MAX) {
		buf_addf(
		    err, "%s:1: too long (at most %d bytes)", name, TEXT_MAX);
		return (-1);
	}
	line = yaml_tag_line(text, len);
	if (line != 0) {
		buf_addf(err, "%s:%zu: tags are not allowed", name, line);
		return (-1);
	}
	if (!yaml_parser_initialize(&cy.cy_parser)) {
		buf_addf(err, "%s:1: out of memory", name);
		return (-1);
	}
	/* libyaml takes no NULL, not even for nothing. */
	yaml_parser_set_input_string(&cy.cy_parser,
	    (const unsigned char *)(text != NULL ? text : ""), len);
	ret = yaml_stream(&cy);
	if (cy.cy_have)
		yaml_event_delete(&cy.cy_event);
	yaml_parser_delete(&cy.cy_parser);
	return (ret);
}
