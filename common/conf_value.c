/* SPDX-License-Identifier: ISC */
/*
 * One value of the configuration: from text to its member in struct conf.
 * Every way in (defaults, files, messages) goes through the checks here, and
 * what passes them can be printed as YAML that reads back the same.
 */
#include <sys/types.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buffer.h"
#include "common/conf_rows.h"
#include "common/netaddr.h"

#define NUMBER 32 /* most characters of a number */

#define NO_MEMORY "out of memory"
#define NOT_TEXT  "not a text: put it in quotes if it is meant as one"

/* What YAML 1.1 makes of a scalar without quotes. */
enum plain { PLAIN_TEXT, PLAIN_NULL, PLAIN_BOOL, PLAIN_INT, PLAIN_NUM };

static bool
value_bool(const char *s, bool *v_r)
{
	static const char *const yes[] = { "yes", "true", "on", NULL };
	static const char *const no[] = { "no", "false", "off", NULL };
	size_t i;

	for (i = 0; yes[i] != NULL; i++) {
		if (strcasecmp(s, yes[i]) == 0 || strcasecmp(s, no[i]) == 0) {
			*v_r = strcasecmp(s, yes[i]) == 0;
			return (true);
		}
	}
	return (false);
}

/* A decimal number; *num_r true if it has a fraction or an exponent. */
static bool
value_number(const char *s, bool *num_r)
{
	size_t n, m;

	*num_r = false;
	if (*s == '-' || *s == '+')
		s++;
	n = strspn(s, "0123456789");
	s += n;
	m = 0;
	if (*s == '.') {
		*num_r = true;
		m = strspn(++s, "0123456789");
		s += m;
	}
	if (n + m == 0)
		return (false);
	if (*s == 'e' || *s == 'E') {
		*num_r = true;
		s++;
		if (*s == '-' || *s == '+')
			s++;
		n = strspn(s, "0123456789");
		if (n == 0)
			return (false);
		s += n;
	}
	return (*s == '\0');
}

static enum plain
value_plain(const char *s)
{
	bool b;

	if (*s == '\0' || strcmp(s, "~") == 0 || strcasecmp(s, "null") == 0)
		return (PLAIN_NULL);
	if (value_bool(s, &b))
		return (PLAIN_BOOL);
	if (value_number(s, &b))
		return (b ? PLAIN_NUM : PLAIN_INT);
	return (PLAIN_TEXT);
}

/*
 * One character of UTF-8 from n bytes, n > 0; 0 when there is none. Returns
 * its length in bytes.
 */
static size_t
value_rune(const unsigned char *s, size_t n, uint32_t *rune_r)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t i, len;

	for (len = 0; len < 5 && (s[0] & (0x80U >> len)) != 0; len++)
		;
	/* No leading bits: one byte; a single one: the middle of another. */
	len = len == 0 ? 1 : len == 1 || len == 5 ? 0 : len;
	if (len == 0 || len > n)
		return (0);
	c = len == 1 ? s[0] : s[0] & (0x7fU >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return (0);
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return (0);
	*rune_r = c;
	return (len);
}

/*
 * Strings end up in logs, in response headers and in the printed YAML: no
 * control characters, no line separators, nothing that is not UTF-8.
 */
static const char *
value_printable(const char *text, size_t len)
{
	const unsigned char *s;
	uint32_t c;
	size_t n;

	s = (const unsigned char *)text;
	for (; len > 0; s += n, len -= n) {
		n = value_rune(s, len, &c);
		if (n == 0)
			return ("not UTF-8");
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
		    c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff)
			return ("has a control character");
	}
	return (NULL);
}

const char *
conf_value_int(struct conf *cf, const struct conf_row *row, int64_t v)
{
	if (v < row->cr_min || v > row->cr_max)
		return ("out of bounds");
	*(int64_t *)conf_at(cf, row) = v;
	return (NULL);
}

const char *
conf_value_num(struct conf *cf, const struct conf_row *row, double v)
{
	if (!(v >= (double)row->cr_min && v <= (double)row->cr_max))
		return ("out of bounds");
	/* -0 would be printed with its sign. */
	*(double *)conf_at(cf, row) = v == 0 ? 0 : v;
	return (NULL);
}

static const char *
value_set_bool(
    struct conf *cf, const struct conf_row *row, const char *s, bool plain)
{
	bool v;

	/* In quotes only the two words that the original knows. */
	if (!value_bool(s, &v) ||
	    (!plain && strcasecmp(s, "yes") != 0 && strcasecmp(s, "no") != 0))
		return ("neither yes nor no");
	*(bool *)conf_at(cf, row) = v;
	return (NULL);
}

static const char *
value_set_int(
    struct conf *cf, const struct conf_row *row, const char *s, bool plain)
{
	const char *digits;
	long long v;

	if (!plain || value_plain(s) != PLAIN_INT)
		return ("not a whole number");
	digits = s + (*s == '-' || *s == '+');
	/* YAML 1.1 reads 010 as eight: say no rather than guess. */
	if (digits[0] == '0' && digits[1] != '\0')
		return ("a number that begins with 0");
	errno = 0;
	v = strtoll(s, NULL, 10);
	if (errno != 0)
		return ("out of bounds");
	return (conf_value_int(cf, row, v));
}

static const char *
value_set_num(
    struct conf *cf, const struct conf_row *row, const char *s, bool plain)
{
	bool fraction;

	if (!plain || !value_number(s, &fraction))
		return ("not a number");
	return (conf_value_num(cf, row, strtod(s, NULL)));
}

static const char *
value_check_file(const char *s)
{
	size_t i;

	if (strcmp(s, "") == 0 || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return ("not the name of a file");
	for (i = 0; s[i] != '\0'; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_' &&
		    s[i] != '-' && s[i] != '.')
			return ("not the name of a file");
	return (NULL);
}

/* The unit comes out in upper case, whatever the file had. */
static const char *
value_check_size(char *s)
{
	unsigned long v;
	size_t n;

	n = strspn(s, "0123456789");
	if (n == 0 || n > 9 || s[n] == '\0' || s[n + 1] != '\0' ||
	    strchr("kKmM", s[n]) == NULL)
		return ("not a size");
	v = strtoul(s, NULL, 10);
	s[n] = (char)toupper((unsigned char)s[n]);
	if (v < (s[n] == 'K' ? 1024UL : 1UL))
		return ("too small");
	return (NULL);
}

static const char *
value_check(const struct conf_row *row, char *s)
{
	switch (row->cr_type) {
	case CONF_T_WORD:
		return (conf_word(row->cr_words, s) ? NULL : "unknown word");
	case CONF_T_FILE:
		return (value_check_file(s));
	case CONF_T_SIZE:
		return (value_check_size(s));
	default:
		return (NULL);
	}
}

static const char *
value_set_str(struct conf *cf, const struct conf_row *row, const char *s)
{
	const char *why;
	char *copy, **at;
	size_t i;

	copy = strdup(s);
	if (copy == NULL)
		return (NO_MEMORY);
	for (i = 0; copy[i] != '\0' && !(row->cr_flags & CONF_F_CASE); i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	why = value_check(row, copy);
	if (why != NULL) {
		free(copy);
		return (why);
	}
	at = conf_at(cf, row);
	free(*at);
	*at = copy;
	return (NULL);
}

static const char *
value_add(struct conf *cf, const struct conf_row *row, const char *s)
{
	struct conf_list *cl;
	struct netaddr net;
	size_t i, total;

	cl = conf_at(cf, row);
	if (*s == '\0')
		return ("an empty entry");
	for (i = 0; s[i] != '\0' && (row->cr_flags & CONF_F_HOST); i++)
		if (!isalnum((unsigned char)s[i]) &&
		    strchr(".:-_%", s[i]) == NULL)
			return ("neither an address nor the name of a host");
	if ((row->cr_flags & CONF_F_NET) &&
	    netaddr_parse(s, strlen(s), &net) == -1)
		return ("neither an address nor a network");
	if (cl->cl_n == CONF_LIST)
		return ("too many entries");
	total = strlen(s);
	for (i = 0; i < cl->cl_n; i++)
		total += strlen(cl->cl_v[i]);
	if (total > CONF_LIST_BYTES)
		return ("too long a list");
	cl->cl_v[cl->cl_n] = strdup(s);
	if (cl->cl_v[cl->cl_n] == NULL)
		return (NO_MEMORY);
	cl->cl_n++;
	return (NULL);
}

const char *
conf_value_set(struct conf *cf, const struct conf_row *row, const char *text,
    size_t len, bool plain)
{
	char s[CONF_STRING + 1];
	const char *why;

	if (len > (row->cr_type <= CONF_T_NUM ? NUMBER : CONF_STRING))
		return ("too long");
	why = value_printable(text, len);
	if (why != NULL)
		return (why);
	memcpy(s, text, len);
	s[len] = '\0';
	if (row->cr_type == CONF_T_OLD)
		return (NULL);
	if (plain && value_plain(s) == PLAIN_NULL)
		return ("has no value");
	switch (row->cr_type) {
	case CONF_T_BOOL:
		return (value_set_bool(cf, row, s, plain));
	case CONF_T_INT:
		return (value_set_int(cf, row, s, plain));
	case CONF_T_NUM:
		return (value_set_num(cf, row, s, plain));
	default:
		break;
	}
	if (plain && value_plain(s) != PLAIN_TEXT)
		return (NOT_TEXT);
	if (row->cr_type == CONF_T_LIST)
		return (value_add(cf, row, s));
	return (value_set_str(cf, row, s));
}

void
conf_value_clear(struct conf *cf, const struct conf_row *row)
{
	struct conf_list *cl;
	char **at;

	switch (row->cr_type) {
	case CONF_T_STR:
	case CONF_T_WORD:
	case CONF_T_FILE:
	case CONF_T_SIZE:
		at = conf_at(cf, row);
		free(*at);
		*at = NULL;
		break;
	case CONF_T_LIST:
		cl = conf_at(cf, row);
		while (cl->cl_n > 0) {
			free(cl->cl_v[--cl->cl_n]);
			cl->cl_v[cl->cl_n] = NULL;
		}
		break;
	default:
		break;
	}
}

static void
value_allowed_words(const char *words, struct buf *out)
{
	const char *quote;
	size_t n;

	for (;;) {
		n = strcspn(words, "|");
		quote = memchr(words, ',', n) != NULL ? "'" : "";
		buf_addf(out, "%s%.*s%s", quote, (int)n, words, quote);
		if (words[n] == '\0')
			return;
		words += n + 1;
		buf_addz(out, strchr(words, '|') == NULL ? " or " : ", ");
	}
}

void
conf_value_allowed(const struct conf_row *row, struct buf *out)
{
	switch (row->cr_type) {
	case CONF_T_BOOL:
		buf_addz(out, "yes or no");
		break;
	case CONF_T_INT:
	case CONF_T_NUM:
		buf_addf(out, "a %snumber, %lld to %lld",
		    row->cr_type == CONF_T_INT ? "whole " : "",
		    (long long)row->cr_min, (long long)row->cr_max);
		break;
	case CONF_T_WORD:
		value_allowed_words(row->cr_words, out);
		break;
	case CONF_T_FILE:
		buf_addz(out, "a name of letters, digits, '_', '-' and '.'");
		break;
	case CONF_T_SIZE:
		buf_addz(out, "a number and K or M, at least 1M");
		break;
	case CONF_T_LIST:
		buf_addf(out, "a list of %s%s, at most %d%s",
		    row->cr_flags & CONF_F_SOME ? "one or more " : "",
		    row->cr_flags & CONF_F_NET ? "addresses or networks" :
		                                 "texts",
		    CONF_LIST, row->cr_flags & CONF_F_ONE ? ", or a text" : "");
		break;
	default:
		buf_addf(out, "a text of at most %d bytes", CONF_STRING);
		break;
	}
}
