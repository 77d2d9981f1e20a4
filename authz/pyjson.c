/* SPDX-License-Identifier: ISC */
/* JSON as Python reads and writes it: see pyjson.h. */
#include <sys/types.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "authz/pyjson.h"
#include "common/jsonw.h"

#define PYJSON_CHUNK 128 /* values allocated at a time */

struct chunk {
	struct chunk *ch_next;
	size_t ch_n;
	struct pyjson_value ch_v[PYJSON_CHUNK];
};

/*
 * The texts of all strings and numbers lie in one block: none is longer than
 * what stands for it in the source, its NUL included.
 */
struct pyjson {
	struct chunk *pj_chunks;
	struct pyjson_value *pj_root;
	char *pj_texts;
};

struct reader {
	struct pyjson *re_doc;
	const char *re_p, *re_end;
	char *re_text; /* where the next text goes */
	uint32_t re_values;
	bool re_nomem;
};

static int read_value(struct reader *, struct pyjson_value *, unsigned int);

static struct pyjson_value *
read_new(struct reader *re)
{
	struct chunk *ch = re->re_doc->pj_chunks;
	struct pyjson_value *pv;

	if (re->re_values++ == PYJSON_VALUES)
		return (NULL);
	if (ch == NULL || ch->ch_n == PYJSON_CHUNK) {
		ch = malloc(sizeof(*ch));
		if (ch == NULL) {
			re->re_nomem = true;
			return (NULL);
		}
		ch->ch_next = re->re_doc->pj_chunks;
		ch->ch_n = 0;
		re->re_doc->pj_chunks = ch;
	}
	pv = &ch->ch_v[ch->ch_n++];
	memset(pv, 0, sizeof(*pv));
	return (pv);
}

static void
read_space(struct reader *re)
{
	while (re->re_p < re->re_end &&
	    (*re->re_p == ' ' || *re->re_p == '\t' || *re->re_p == '\n' ||
	        *re->re_p == '\r'))
		re->re_p++;
}

/* Skip blanks and take the character if it is the next one. */
static bool
read_char(struct reader *re, char c)
{
	read_space(re);
	if (re->re_p == re->re_end || *re->re_p != c)
		return (false);
	re->re_p++;
	return (true);
}

/* --- strings ------------------------------------------------------------- */

static void
read_put(struct reader *re, uint32_t cp)
{
	char *p = re->re_text;

	if (cp < 0x80) {
		*p++ = (char)cp;
	} else if (cp < 0x800) {
		*p++ = (char)(0xc0 | cp >> 6);
		*p++ = (char)(0x80 | (cp & 0x3f));
	} else if (cp < 0x10000) {
		*p++ = (char)(0xe0 | cp >> 12);
		*p++ = (char)(0x80 | (cp >> 6 & 0x3f));
		*p++ = (char)(0x80 | (cp & 0x3f));
	} else {
		*p++ = (char)(0xf0 | cp >> 18);
		*p++ = (char)(0x80 | (cp >> 12 & 0x3f));
		*p++ = (char)(0x80 | (cp >> 6 & 0x3f));
		*p++ = (char)(0x80 | (cp & 0x3f));
	}
	re->re_text = p;
}

/* The four digits behind \u, or -1. */
static int
read_hex(struct reader *re)
{
	int i, c, v = 0;

	if (re->re_end - re->re_p < 4)
		return (-1);
	for (i = 0; i < 4; i++) {
		c = *re->re_p++;
		v <<= 4;
		if (c >= '0' && c <= '9')
			v |= c - '0';
		else if (c >= 'a' && c <= 'f')
			v |= c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			v |= c - 'A' + 10;
		else
			return (-1);
	}
	return (v);
}

/* Behind \u: a pair of surrogates is one character, half of one stays. */
static int
read_unicode(struct reader *re)
{
	const char *behind;
	int high, low;

	high = read_hex(re);
	if (high == -1)
		return (-1);
	if (high >= 0xd800 && high < 0xdc00 && re->re_end - re->re_p >= 6 &&
	    re->re_p[0] == '\\' && re->re_p[1] == 'u') {
		behind = re->re_p;
		re->re_p += 2;
		low = read_hex(re);
		if (low >= 0xdc00 && low < 0xe000)
			high = 0x10000 + ((high - 0xd800) << 10) + low - 0xdc00;
		else
			re->re_p = behind;
	}
	read_put(re, (uint32_t)high);
	return (0);
}

static int
read_escape(struct reader *re)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *p;

	if (re->re_p == re->re_end)
		return (-1);
	if (*re->re_p == 'u') {
		re->re_p++;
		return (read_unicode(re));
	}
	p = *re->re_p == '\0' ? NULL : strchr(from, *re->re_p);
	if (p == NULL)
		return (-1);
	re->re_p++;
	*re->re_text++ = to[p - from];
	return (0);
}

/* Copy one character beyond ASCII, by RFC 3629. */
static int
read_utf8(struct reader *re)
{
	const unsigned char *p = (const unsigned char *)re->re_p;
	size_t i, n;

	n = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 :
	    (p[0] & 0xf0) == 0xe0        ? 3 :
	    p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 :
	                                   0;
	if (n == 0 || (size_t)(re->re_end - re->re_p) < n)
		return (-1);
	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return (-1);
	/* Longer than need be, a surrogate, or beyond the last plane. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return (-1);
	memcpy(re->re_text, re->re_p, n);
	re->re_text += n;
	re->re_p += n;
	return (0);
}

/* From the first quote to behind the second one. */
static int
read_string(struct reader *re, char **text_r, size_t *len_r)
{
	unsigned char c;
	int ret = 0;

	if (!read_char(re, '"'))
		return (-1);
	*text_r = re->re_text;
	while (ret == 0) {
		if (re->re_p == re->re_end)
			return (-1);
		c = (unsigned char)*re->re_p;
		if (c < 0x20)
			return (-1);
		if (c >= 0x80) {
			ret = read_utf8(re);
			continue;
		}
		re->re_p++;
		if (c == '"')
			break;
		if (c == '\\')
			ret = read_escape(re);
		else
			*re->re_text++ = (char)c;
	}
	*len_r = (size_t)(re->re_text - *text_r);
	*re->re_text++ = '\0';
	return (ret);
}

/* --- other values -------------------------------------------------------- */

static size_t
read_digits(struct reader *re)
{
	const char *from = re->re_p;

	while (re->re_p < re->re_end && *re->re_p >= '0' && *re->re_p <= '9')
		re->re_p++;
	return ((size_t)(re->re_p - from));
}

/* The parts behind the integer. 1: there are some; 0; -1: half a number. */
static int
read_fraction(struct reader *re)
{
	int ret = 0;

	if (re->re_p < re->re_end && *re->re_p == '.') {
		re->re_p++;
		if (read_digits(re) == 0)
			return (-1);
		ret = 1;
	}
	if (re->re_p < re->re_end && (*re->re_p == 'e' || *re->re_p == 'E')) {
		re->re_p++;
		if (re->re_p < re->re_end &&
		    (*re->re_p == '+' || *re->re_p == '-'))
			re->re_p++;
		if (read_digits(re) == 0)
			return (-1);
		ret = 1;
	}
	return (ret);
}

static int
read_number(struct reader *re, struct pyjson_value *pv)
{
	const char *from = re->re_p, *digits;
	size_t n;
	int ret;

	if (*from == '-')
		re->re_p++;
	digits = re->re_p;
	n = read_digits(re);
	if (n == 0 || (n > 1 && *digits == '0'))
		return (-1);
	ret = read_fraction(re);
	if (ret == -1)
		return (-1);
	/* An integer has no negative zero. */
	if (ret == 0 && *digits == '0')
		from = digits;
	pv->pv_text = re->re_text;
	pv->pv_len = (size_t)(re->re_p - from);
	memcpy(pv->pv_text, from, pv->pv_len);
	pv->pv_text[pv->pv_len] = '\0';
	re->re_text += pv->pv_len + 1;
	if (ret == 0) {
		pv->pv_type = PYJSON_INTEGER;
		return (n > PYJSON_DIGITS ? -1 : 0);
	}
	pv->pv_type = PYJSON_DOUBLE;
	pv->pv_number = strtod(pv->pv_text, NULL);
	return (isfinite(pv->pv_number) ? 0 : -1);
}

static int
read_name(struct reader *re, struct pyjson_value *pv)
{
	static const char *const names[] = {
		[PYJSON_NULL] = "null",
		[PYJSON_FALSE] = "false",
		[PYJSON_TRUE] = "true",
	};
	size_t i, len;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		len = strlen(names[i]);
		if ((size_t)(re->re_end - re->re_p) < len ||
		    memcmp(re->re_p, names[i], len) != 0)
			continue;
		re->re_p += len;
		pv->pv_type = (enum pyjson_type)i;
		return (0);
	}
	return (-1);
}

static int
read_array(struct reader *re, struct pyjson_value *pv, unsigned int depth)
{
	struct pyjson_value **last = &pv->pv_first, *item;

	pv->pv_type = PYJSON_ARRAY;
	if (read_char(re, ']'))
		return (0);
	do {
		item = read_new(re);
		if (item == NULL || read_value(re, item, depth) == -1)
			return (-1);
		*last = item;
		last = &item->pv_next;
		pv->pv_n++;
	} while (read_char(re, ','));
	return (read_char(re, ']') ? 0 : -1);
}

static int
member_compare(const struct pyjson_value *a, const struct pyjson_value *b)
{
	size_t len = a->pv_keylen < b->pv_keylen ? a->pv_keylen : b->pv_keylen;
	int ret;

	ret = memcmp(a->pv_key, b->pv_key, len);
	if (ret == 0)
		ret = (a->pv_keylen > b->pv_keylen) -
		    (a->pv_keylen < b->pv_keylen);
	return (ret);
}

static int
member_order(const void *va, const void *vb)
{
	const struct pyjson_value *a = *(struct pyjson_value *const *)va;
	const struct pyjson_value *b = *(struct pyjson_value *const *)vb;
	int ret;

	ret = member_compare(a, b);
	if (ret == 0)
		ret = a->pv_order < b->pv_order ? -1 : 1;
	return (ret);
}

/* The first of equal keys takes the value of the last; the rest lose theirs. */
static void
object_merge(struct pyjson_value **v, uint32_t n)
{
	struct pyjson_value *first, *last;
	uint32_t i, j;

	for (i = 0; i < n; i = j) {
		first = v[i];
		for (j = i + 1; j < n && member_compare(first, v[j]) == 0; j++)
			v[j]->pv_key = NULL;
		if (j == i + 1)
			continue;
		last = v[j - 1];
		first->pv_type = last->pv_type;
		first->pv_text = last->pv_text;
		first->pv_len = last->pv_len;
		first->pv_number = last->pv_number;
		first->pv_n = last->pv_n;
		first->pv_first = last->pv_first;
	}
}

static int
object_unique(struct reader *re, struct pyjson_value *pv)
{
	struct pyjson_value **v, **at, *member;
	uint32_t n = 0;

	if (pv->pv_n < 2)
		return (0);
	v = calloc(pv->pv_n, sizeof(struct pyjson_value *));
	if (v == NULL) {
		re->re_nomem = true;
		return (-1);
	}
	for (member = pv->pv_first; member != NULL; member = member->pv_next)
		v[n++] = member;
	qsort(v, n, sizeof(struct pyjson_value *), member_order);
	object_merge(v, n);
	free(v);
	for (at = &pv->pv_first; *at != NULL;) {
		if ((*at)->pv_key != NULL) {
			at = &(*at)->pv_next;
			continue;
		}
		*at = (*at)->pv_next;
		pv->pv_n--;
	}
	return (0);
}

static int
read_object(struct reader *re, struct pyjson_value *pv, unsigned int depth)
{
	struct pyjson_value **last = &pv->pv_first, *member;
	char *key;

	pv->pv_type = PYJSON_OBJECT;
	if (read_char(re, '}'))
		return (0);
	do {
		member = read_new(re);
		if (member == NULL ||
		    read_string(re, &key, &member->pv_keylen) == -1 ||
		    !read_char(re, ':') || read_value(re, member, depth) == -1)
			return (-1);
		member->pv_key = key;
		member->pv_order = pv->pv_n++;
		*last = member;
		last = &member->pv_next;
	} while (read_char(re, ','));
	return (read_char(re, '}') ? object_unique(re, pv) : -1);
}

/* depth: levels that may still be opened. 0 or -1. */
static int
read_value(struct reader *re, struct pyjson_value *pv, unsigned int depth)
{
	read_space(re);
	if (re->re_p == re->re_end)
		return (-1);
	switch (*re->re_p) {
	case '"':
		pv->pv_type = PYJSON_STRING;
		return (read_string(re, &pv->pv_text, &pv->pv_len));
	case '[':
		re->re_p++;
		return (depth == 0 ? -1 : read_array(re, pv, depth - 1));
	case '{':
		re->re_p++;
		return (depth == 0 ? -1 : read_object(re, pv, depth - 1));
	case 'n':
	case 'f':
	case 't':
		return (read_name(re, pv));
	default:
		return (read_number(re, pv));
	}
}

struct pyjson *
pyjson_read(const char *text, size_t len, unsigned int depth, bool *nomem_r)
{
	struct reader re = { .re_p = text, .re_end = text + len };
	struct pyjson *pj;
	int ret = -1;

	*nomem_r = true;
	pj = calloc(1, sizeof(*pj));
	if (pj == NULL)
		return (NULL);
	/* A number that is all of the text has nothing where its NUL fits. */
	pj->pj_texts = malloc(len + 1);
	re.re_doc = pj;
	re.re_text = pj->pj_texts;
	re.re_nomem = re.re_text == NULL;
	if (!re.re_nomem)
		pj->pj_root = read_new(&re);
	if (pj->pj_root != NULL)
		ret = read_value(&re, pj->pj_root, depth);
	read_space(&re);
	*nomem_r = re.re_nomem;
	if (ret == -1 || re.re_p != re.re_end)
		pyjson_free(&pj);
	return (pj);
}

void
pyjson_free(struct pyjson **pjp)
{
	struct pyjson *pj = *pjp;
	struct chunk *ch;

	if (pj == NULL)
		return;
	*pjp = NULL;
	while ((ch = pj->pj_chunks) != NULL) {
		pj->pj_chunks = ch->ch_next;
		free(ch);
	}
	free(pj->pj_texts);
	free(pj);
}

struct pyjson_value *
pyjson_root(const struct pyjson *pj)
{
	return (pj->pj_root);
}

struct pyjson_value *
pyjson_member(const struct pyjson_value *pv, const char *key)
{
	size_t len = strlen(key);
	struct pyjson_value *member;

	for (member = pv->pv_first; member != NULL; member = member->pv_next)
		if (member->pv_keylen == len &&
		    memcmp(member->pv_key, key, len) == 0)
			return (member);
	return (NULL);
}

/* --- writing ------------------------------------------------------------- */

static void
write_unit(struct buf *out, uint32_t unit)
{
	buf_addf(out, "\\u%04x", (unsigned int)unit);
}

/* One character that does not stand for itself; returns its bytes. */
static size_t
write_escape(struct buf *out, const unsigned char *p)
{
	static const char from[] = "\"\\\n\r\t\f\b";
	static const char to[] = "\"\\nrtfb";
	const char *named;
	uint32_t cp;

	if (p[0] < 0x80) {
		named = p[0] == '\0' ? NULL : strchr(from, p[0]);
		if (named == NULL) {
			write_unit(out, p[0]);
		} else {
			buf_addc(out, '\\');
			buf_addc(out, to[named - from]);
		}
		return (1);
	}
	if (p[0] < 0xe0) {
		write_unit(out, (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU));
		return (2);
	}
	if (p[0] < 0xf0) {
		write_unit(out,
		    (p[0] & 0x0fU) << 12 | (p[1] & 0x3fU) << 6 |
		        (p[2] & 0x3fU));
		return (3);
	}
	cp = (p[0] & 0x07U) << 18 | (p[1] & 0x3fU) << 12 | (p[2] & 0x3fU) << 6 |
	    (p[3] & 0x3fU);
	cp -= 0x10000;
	write_unit(out, 0xd800 + (cp >> 10));
	write_unit(out, 0xdc00 + (cp & 0x3ff));
	return (4);
}

static void
write_string(struct buf *out, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t i, run;

	buf_addc(out, '"');
	for (i = 0; i < len;) {
		for (run = i; run < len && p[run] >= 0x20 && p[run] < 0x7f &&
		     p[run] != '"' && p[run] != '\\';
		     run++)
			continue;
		if (run != i)
			buf_add(out, p + i, run - i);
		i = run;
		if (i < len)
			i += write_escape(out, p + i);
	}
	buf_addc(out, '"');
}

static void
write_all(const struct pyjson_value *pv, struct buf *out, bool object)
{
	const struct pyjson_value *item;

	buf_addc(out, object ? '{' : '[');
	for (item = pv->pv_first; item != NULL; item = item->pv_next) {
		if (item != pv->pv_first)
			buf_addz(out, ", ");
		if (object) {
			write_string(out, item->pv_key, item->pv_keylen);
			buf_addz(out, ": ");
		}
		pyjson_write(item, out);
	}
	buf_addc(out, object ? '}' : ']');
}

void
pyjson_write(const struct pyjson_value *pv, struct buf *out)
{
	struct jsonw j;

	switch (pv->pv_type) {
	case PYJSON_NULL:
		buf_addz(out, "null");
		break;
	case PYJSON_FALSE:
		buf_addz(out, "false");
		break;
	case PYJSON_TRUE:
		buf_addz(out, "true");
		break;
	case PYJSON_INTEGER:
		buf_add(out, pv->pv_text, pv->pv_len);
		break;
	case PYJSON_DOUBLE:
		jsonw_init(&j, out, false);
		jsonw_double(&j, pv->pv_number);
		break;
	case PYJSON_STRING:
		write_string(out, pv->pv_text, pv->pv_len);
		break;
	case PYJSON_ARRAY:
	case PYJSON_OBJECT:
		write_all(pv, out, pv->pv_type == PYJSON_OBJECT);
		break;
	}
}
