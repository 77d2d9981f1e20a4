/* SPDX-License-Identifier: ISC */
/*
 * YAML to nodes, by libyaml's events, and what is asked of nodes. YAML that
 * reads differently elsewhere (anchors, tags, "yes", numbers with a leading
 * zero) is refused: the same text is for other tools too.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "scripts/mkendpoints.h"

/* --- memory ------------------------------------------------------------- */

struct chunk {
	struct chunk *ck_next;
	_Alignas(max_align_t) unsigned char ck_data[];
};

void *
mk_alloc(struct mk *mk, size_t size)
{
	struct chunk *ck;

	ck = calloc(1, sizeof(*ck) + size);
	if (ck == NULL)
		mk_die(mk, NULL, "no memory");
	ck->ck_next = mk->mk_chunks;
	mk->mk_chunks = ck;
	return (ck->ck_data);
}

char *
mk_text(struct mk *mk, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		mk_die(mk, NULL, "a text cannot be made");
	s = mk_alloc(mk, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (s);
}

void
mk_free(struct mk *mk)
{
	struct chunk *ck;

	while ((ck = mk->mk_chunks) != NULL) {
		mk->mk_chunks = ck->ck_next;
		free(ck);
	}
}

void
mk_die(const struct mk *mk, const struct node *nd, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%zu: ", mk->mk_file, nd == NULL ? 1 : nd->nd_line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* --- YAML --------------------------------------------------------------- */

struct reader {
	struct mk *rd_mk;
	yaml_parser_t rd_parser;
	yaml_event_t rd_event;
	FILE *rd_file;
	size_t rd_depth;
};

static _Noreturn void
reader_die(struct reader *rd, size_t line, const char *what)
{
	struct node at = { .nd_line = line + 1 };

	mk_die(rd->rd_mk, &at, "%s", what);
}

/* Lines before a byte of the file: of what is no text libyaml tells no more. */
static size_t
reader_line(struct reader *rd, size_t offset)
{
	size_t lines = 0;
	int c;

	rewind(rd->rd_file);
	for (; offset > 0 && (c = getc(rd->rd_file)) != EOF; offset--)
		lines += c == '\n';
	return (lines);
}

/* The next event replaces the one before. */
static void
reader_next(struct reader *rd)
{
	yaml_parser_t *p = &rd->rd_parser;
	size_t line;

	yaml_event_delete(&rd->rd_event);
	if (yaml_parser_parse(p, &rd->rd_event))
		return;
	line = p->error == YAML_READER_ERROR ?
	    reader_line(rd, p->problem_offset) :
	    p->problem_mark.line;
	reader_die(
	    rd, line, p->problem != NULL ? p->problem : "this is not YAML");
}

static bool
text_in(const char *text, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(text, *list) == 0)
			return (true);
	return (false);
}

/* What a plain scalar is. */
static enum node_type
scalar_type(struct reader *rd, size_t line, const char *s)
{
	static const char *const nulls[] = { "", "null", NULL };
	static const char *const bools[] = { "true", "false", NULL };
	static const char *const others[] = { "~", "Null", "NULL", "True",
		"TRUE", "False", "FALSE", "yes", "Yes", "YES", "no", "No", "NO",
		"on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n", "N",
		NULL };
	const char *digits = s + (s[0] == '-' || s[0] == '+');
	size_t n = strspn(digits, "0123456789");
	char *end;

	if (text_in(s, nulls))
		return (TYPE_NULL);
	if (text_in(s, bools))
		return (TYPE_BOOL);
	if (text_in(s, others))
		reader_die(rd, line,
		    "this word has several meanings: write null, true or "
		    "false, or quote it");
	if (n == 0)
		return (TYPE_TEXT);
	if (digits[n] == '\0') {
		if (s[0] == '+' || (n > 1 && digits[0] == '0'))
			reader_die(rd, line,
			    "a number with a sign or zero in front: quote it");
		return (TYPE_INT);
	}
	errno = 0;
	strtod(s, &end);
	return (*end == '\0' && errno == 0 ? TYPE_FLOAT : TYPE_TEXT);
}

static struct node *
reader_scalar(struct reader *rd, bool key)
{
	yaml_event_t *ev = &rd->rd_event;
	const char *s = (const char *)ev->data.scalar.value;
	struct node *nd;

	if (strlen(s) != ev->data.scalar.length)
		reader_die(rd, ev->start_mark.line, "there is a NUL");
	nd = mk_alloc(rd->rd_mk, sizeof(*nd));
	nd->nd_line = ev->start_mark.line + 1;
	nd->nd_kind = NODE_SCALAR;
	nd->nd_text = mk_text(rd->rd_mk, "%s", s);
	nd->nd_type = TYPE_TEXT;
	if (!key && ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		nd->nd_type = scalar_type(rd, ev->start_mark.line, s);
	return (nd);
}

static struct node *reader_node(struct reader *);

static void
reader_list(struct reader *rd, struct node *nd)
{
	struct node **last = &nd->nd_first;

	reader_next(rd);
	while (rd->rd_event.type != YAML_SEQUENCE_END_EVENT) {
		*last = reader_node(rd);
		last = &(*last)->nd_next;
		nd->nd_n++;
		reader_next(rd);
	}
}

static void
reader_map(struct reader *rd, struct node *nd)
{
	struct node **last = &nd->nd_first, *key;

	reader_next(rd);
	while (rd->rd_event.type != YAML_MAPPING_END_EVENT) {
		if (rd->rd_event.type != YAML_SCALAR_EVENT)
			reader_die(rd, rd->rd_event.start_mark.line,
			    "a key has to be a word");
		key = reader_scalar(rd, true);
		if (node_get(nd, key->nd_text) != NULL)
			mk_die(rd->rd_mk, key, "'%s' stands here twice",
			    key->nd_text);
		reader_next(rd);
		*last = reader_node(rd);
		(*last)->nd_key = key->nd_text;
		/* Where its key is, is where one looks for it. */
		(*last)->nd_line = key->nd_line;
		last = &(*last)->nd_next;
		nd->nd_n++;
		reader_next(rd);
	}
}

/* The node that the present event begins. */
static struct node *
reader_node(struct reader *rd)
{
	yaml_event_t *ev = &rd->rd_event;
	const yaml_char_t *anchor = NULL, *tag = NULL;
	struct node *nd;

	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
	}
	if (anchor != NULL || tag != NULL || ev->type == YAML_ALIAS_EVENT)
		reader_die(rd, ev->start_mark.line,
		    "anchors, aliases and tags are not used here");
	if (ev->type == YAML_SCALAR_EVENT)
		return (reader_scalar(rd, false));
	nd = mk_alloc(rd->rd_mk, sizeof(*nd));
	nd->nd_line = ev->start_mark.line + 1;
	if (++rd->rd_depth > 64)
		reader_die(rd, ev->start_mark.line, "nested too deep");
	if (ev->type == YAML_SEQUENCE_START_EVENT) {
		nd->nd_kind = NODE_LIST;
		reader_list(rd, nd);
	} else {
		nd->nd_kind = NODE_MAP;
		reader_map(rd, nd);
	}
	rd->rd_depth--;
	return (nd);
}

struct node *
tree_read(struct mk *mk, FILE *f)
{
	struct reader rd = { .rd_mk = mk, .rd_file = f };
	struct node *doc;

	if (!yaml_parser_initialize(&rd.rd_parser))
		mk_die(mk, NULL, "no memory");
	yaml_parser_set_input_file(&rd.rd_parser, f);
	reader_next(&rd); /* STREAM-START */
	reader_next(&rd);
	if (rd.rd_event.type == YAML_STREAM_END_EVENT)
		mk_die(mk, NULL, "the file is empty");
	reader_next(&rd);
	doc = reader_node(&rd);
	reader_next(&rd); /* DOCUMENT-END */
	reader_next(&rd);
	if (rd.rd_event.type != YAML_STREAM_END_EVENT)
		reader_die(&rd, rd.rd_event.start_mark.line,
		    "a second document begins");
	yaml_event_delete(&rd.rd_event);
	yaml_parser_delete(&rd.rd_parser);
	return (doc);
}

/* --- asking nodes ------------------------------------------------------- */

struct node *
node_get(const struct node *nd, const char *key)
{
	struct node *c;

	if (nd == NULL || nd->nd_kind != NODE_MAP)
		return (NULL);
	NODE_FOREACH(c, nd)
	if (c->nd_key != NULL && strcmp(c->nd_key, key) == 0)
		return (c);
	return (NULL);
}

bool
node_is(const struct node *nd, const char *text)
{
	return (nd != NULL && nd->nd_kind == NODE_SCALAR &&
	    strcmp(nd->nd_text, text) == 0);
}

void
node_fields(const struct mk *mk, const struct node *nd, const char *what,
    const struct field *fields)
{
	static const char *const kinds[] = { [NODE_SCALAR] = "a single value",
		[NODE_LIST] = "a list",
		[NODE_MAP] = "a map" };
	const struct field *f;
	const struct node *c;

	if (nd->nd_kind != NODE_MAP)
		mk_die(mk, nd, "%s has to be a map", what);
	NODE_FOREACH(c, nd)
	{
		for (f = fields; f->f_name != NULL; f++)
			if (strcmp(f->f_name, c->nd_key) == 0)
				break;
		if (f->f_name == NULL)
			mk_die(mk, c, "%s knows no '%s'", what, c->nd_key);
		if (c->nd_kind != f->f_kind)
			mk_die(mk, c, "'%s' of %s has to be %s", c->nd_key,
			    what, kinds[f->f_kind]);
	}
	for (f = fields; f->f_name != NULL; f++)
		if (f->f_required && node_get(nd, f->f_name) == NULL)
			mk_die(mk, nd, "%s has no '%s'", what, f->f_name);
}

const char *
node_text(const struct mk *mk, const struct node *nd, const char *key)
{
	const struct node *c = node_get(nd, key);

	if (c == NULL)
		return (NULL);
	if (c->nd_kind != NODE_SCALAR || c->nd_type != TYPE_TEXT)
		mk_die(mk, c, "'%s' has to be text", key);
	return (c->nd_text);
}

const char *
node_prose(const struct mk *mk, const struct node *nd, const char *key)
{
	const char *s = node_text(mk, nd, key);

	if (s == NULL || s[0] == '\0')
		mk_die(mk, nd, "'%s' is missing", key);
	return (s);
}

bool
node_bool(const struct mk *mk, const struct node *nd, const char *key)
{
	const struct node *c = node_get(nd, key);

	if (c == NULL)
		return (false);
	if (c->nd_kind != NODE_SCALAR || c->nd_type != TYPE_BOOL)
		mk_die(mk, c, "'%s' has to be true or false", key);
	return (strcmp(c->nd_text, "true") == 0);
}

int64_t
node_number(const struct mk *mk, const struct node *nd)
{
	long long v;

	errno = 0;
	v = nd->nd_kind == NODE_SCALAR && nd->nd_type == TYPE_INT ?
	    strtoll(nd->nd_text, NULL, 10) :
	    0;
	if (nd->nd_kind != NODE_SCALAR || nd->nd_type != TYPE_INT || errno != 0)
		mk_die(mk, nd, "this has to be an integer");
	return (v);
}

bool
node_int(
    const struct mk *mk, const struct node *nd, const char *key, int64_t *v_r)
{
	const struct node *c = node_get(nd, key);

	if (c == NULL)
		return (false);
	*v_r = node_number(mk, c);
	return (true);
}

size_t
node_choice(const struct mk *mk, const struct node *nd,
    const char *const *names, const char *what)
{
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (node_is(nd, names[i]))
			return (i);
	mk_die(mk, nd, "'%s' is no %s",
	    nd->nd_kind == NODE_SCALAR ? nd->nd_text : "this", what);
}

void
node_texts(const struct mk *mk, const struct node *nd, const char *what)
{
	const struct node *c, *d;

	if (nd->nd_kind != NODE_LIST || nd->nd_n == 0)
		mk_die(
		    mk, nd, "%s has to be a list with something in it", what);
	NODE_FOREACH(c, nd)
	{
		if (c->nd_kind != NODE_SCALAR || c->nd_type != TYPE_TEXT)
			mk_die(mk, c, "%s has to be a list of texts", what);
		for (d = nd->nd_first; d != c; d = d->nd_next)
			if (strcmp(d->nd_text, c->nd_text) == 0)
				mk_die(mk, c, "'%s' stands in %s twice",
				    c->nd_text, what);
	}
}
