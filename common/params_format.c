/* SPDX-License-Identifier: ISC */
/*
 * The named formats of parameters, facts/api/validators.md section 2. They are
 * Python patterns there, whose '$' lets one newline stand last and whose \w,
 * \d and \s know all of Unicode; both is kept. What is beyond ASCII is rare
 * and goes to PCRE2, everything else is a loop.
 */
#include <sys/types.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/params.h"

#define FC_ALNUM  0x01 /* letters and digits of ASCII */
#define FC_WORD   0x02 /* \w */
#define FC_DIGIT  0x04 /* \d */
#define FC_SPACE  0x08 /* \s */
#define FC_OTHERS 0x10 /* all but fc_more */

/* A class of characters: those of the flags, and those of fc_more. */
struct fclass {
	unsigned int fc_flags;
	const char *fc_more;
};

/* The length in bytes of the character at s, or 0: not UTF-8. */
static size_t
utf8_char(const unsigned char *s, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t i, n;

	if (s[0] < 0x80)
		return (1);
	n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || n > len)
		return (0);
	c = s[0] & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return (0);
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return (0);
	return (n);
}

ssize_t
params_utf8(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	ssize_t chars = 0;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = utf8_char(s + i, len - i);
		if (n == 0 || s[i] == '\0')
			return (-1);
		chars++;
	}
	return (chars);
}

static bool
ascii_digit(unsigned char c)
{
	return (c >= '0' && c <= '9');
}

static bool
ascii_alnum(unsigned char c)
{
	return (
	    ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
}

/* Python's str.isspace() has the four separators 0x1c to 0x1f too. */
static bool
ascii_space(unsigned char c)
{
	return (
	    c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f));
}

static bool
class_has(const struct fclass *fc, unsigned char c)
{
	bool more;

	more = fc->fc_more != NULL && strchr(fc->fc_more, c) != NULL;
	if (fc->fc_flags & FC_OTHERS)
		return (!more);
	return (more ||
	    ((fc->fc_flags & (FC_ALNUM | FC_WORD)) && ascii_alnum(c)) ||
	    ((fc->fc_flags & FC_WORD) && c == '_') ||
	    ((fc->fc_flags & FC_DIGIT) && ascii_digit(c)) ||
	    ((fc->fc_flags & FC_SPACE) && ascii_space(c)));
}

/* Is every character beyond ASCII of the class? False also: not UTF-8. */
static bool
class_beyond(const struct fclass *fc, const char *s, size_t len)
{
	const char *strange;
	pcre2_code *re;
	pcre2_match_data *md;
	PCRE2_SIZE where;
	int err, found = 0;

	/* Letters and numbers are \w; Z and U+0085 are \s beyond ASCII. */
	if (fc->fc_flags & FC_DIGIT)
		strange = "[^\\x00-\\x7f\\p{Nd}]";
	else if (fc->fc_flags & FC_SPACE)
		strange = "[^\\x00-\\x7f\\p{L}\\p{N}\\p{Z}\\x{85}]";
	else
		strange = "[^\\x00-\\x7f\\p{L}\\p{N}]";
	re = pcre2_compile((PCRE2_SPTR)strange, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF, &err, &where, NULL);
	md = re == NULL ? NULL : pcre2_match_data_create(1, NULL);
	if (md != NULL)
		found = pcre2_match(re, (PCRE2_SPTR)s, len, 0, 0, md, NULL);
	pcre2_match_data_free(md);
	pcre2_code_free(re);
	return (found == PCRE2_ERROR_NOMATCH);
}

/* How many bytes from s on are of the class; SIZE_MAX: not UTF-8. */
static size_t
class_span(const struct fclass *fc, const char *s, size_t len)
{
	bool beyond = false;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = 1;
		if ((unsigned char)s[i] < 0x80) {
			if (s[i] == '\0' || !class_has(fc, (unsigned char)s[i]))
				break;
			continue;
		}
		n = utf8_char((const unsigned char *)s + i, len - i);
		if (n == 0)
			return (SIZE_MAX);
		if (fc->fc_flags & FC_OTHERS)
			continue;
		if (!(fc->fc_flags & (FC_WORD | FC_DIGIT)))
			break;
		beyond = true;
	}
	if (beyond && !class_beyond(fc, s, i))
		return (SIZE_MAX);
	return (i);
}

/* The whole text, and at least one character. */
static bool
class_all(const struct fclass *fc, const char *s, size_t len)
{
	return (len > 0 && class_span(fc, s, len) == len);
}

static const struct fclass fc_digit = { FC_DIGIT, NULL };
static const struct fclass fc_names = { FC_ALNUM, "_-.%" };
static const struct fclass fc_group = { FC_ALNUM, "_-." };
static const struct fclass fc_file = { FC_WORD, "-" };
static const struct fclass fc_base64 = { FC_ALNUM, "+/" };
static const struct fclass fc_hex = { 0, "0123456789abcdefABCDEF" };

static bool
text_is(const char *s, size_t len, const char *what)
{
	return (len == strlen(what) && memcmp(s, what, len) == 0);
}

static bool
format_base64(const char *s, size_t len)
{
	size_t n;

	if (len % 4 != 0)
		return (false);
	n = class_span(&fc_base64, s, len);
	if (n < len && len - n > 2)
		return (false);
	return (n == len || text_is(s + n, len - n, "==") ||
	    text_is(s + n, len - n, "="));
}

static bool
format_hash(const char *s, size_t len)
{
	if (len == 0)
		return (true);
	return ((len == 32 || len == 40 || len == 56 || len == 64 ||
	            len == 96 || len == 128) &&
	    class_all(&fc_hex, s, len));
}

static bool
format_names_or_empty(const char *s, size_t len)
{
	if (len > 1 && s[len - 1] == '\n')
		len--;
	return (len == 0 || class_all(&fc_names, s, len));
}

static bool
format_numbers_or_empty(const char *s, size_t len)
{
	if (len > 1 && s[len - 1] == '\n')
		len--;
	return (len == 0 || class_all(&fc_digit, s, len));
}

static bool
format_numbers_or_all(const char *s, size_t len)
{
	return (text_is(s, len, "all") || class_all(&fc_digit, s, len));
}

static bool
format_group_names_or_all(const char *s, size_t len)
{
	return (!text_is(s, len, ".") && !text_is(s, len, "..") &&
	    class_all(&fc_group, s, len));
}

static bool
format_group_names(const char *s, size_t len)
{
	return (!text_is(s, len, "all") && format_group_names_or_all(s, len));
}

static bool
format_xml_path(const char *s, size_t len)
{
	return (len > 4 && text_is(s + len - 4, 4, ".xml") &&
	    class_all(&fc_file, s, len - 4));
}

static bool
format_xml_names(const char *s, size_t len)
{
	const char *comma;

	while ((comma = memchr(s, ',', len)) != NULL) {
		if (!format_xml_path(s, (size_t)(comma - s)))
			return (false);
		len -= (size_t)(comma - s) + 1;
		s = comma + 1;
	}
	return (format_xml_path(s, len));
}

/*
 * No way up. That the path ends below the install root is seen to where it is
 * opened: whoever checks formats sees no files.
 */
static bool
path_safe(const char *s, size_t len)
{
	return (!text_is(s, len, "..") && memmem(s, len, "../", 3) == NULL &&
	    memmem(s, len, "..\\", 3) == NULL &&
	    memmem(s, len, "/..", 3) == NULL &&
	    memmem(s, len, "\\..", 3) == NULL);
}

static bool
format_dirnames(const char *s, size_t len)
{
	static const struct fclass fc = { FC_WORD, "-/" };
	static const char *const tops[] = { "etc/decoders", "etc/rules",
		"etc/lists", "ruleset/decoders", "ruleset/rules" };
	size_t i, n;

	for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		n = strlen(tops[i]);
		if (len >= n && memcmp(s, tops[i], n) == 0)
			return (class_span(&fc, s + n, len - n) == len - n);
	}
	return (false);
}

static bool
format_path(const char *s, size_t len)
{
	static const struct fclass fc = { FC_WORD, "-.\\/:" };

	return (class_all(&fc, s, len) && path_safe(s, len));
}

static bool
format_command(const char *s, size_t len)
{
	size_t skip = len > 0 && s[0] == '!';

	return (format_path(s + skip, len - skip));
}

/* [\w\-.\\/:\s]*[^\/]\.wpk */
static bool
format_wpk_path(const char *s, size_t len)
{
	static const struct fclass fc = { FC_WORD | FC_SPACE, "-.\\/:" };
	size_t last;

	if (len < 5 || !text_is(s + len - 4, 4, ".wpk"))
		return (false);
	len -= 4;
	for (last = len - 1; last > 0; last--)
		if (((unsigned char)s[last] & 0xc0) != 0x80)
			break;
	return (s[last] != '/' && params_utf8(s + last, len - last) == 1 &&
	    class_span(&fc, s, last) == last && path_safe(s, len));
}

static bool
format_range(const char *s, size_t len)
{
	const char *dash;
	size_t n;

	dash = memchr(s, '-', len);
	if (dash == NULL)
		return (class_all(&fc_digit, s, len));
	n = (size_t)(dash - s);
	return (class_all(&fc_digit, s, n) &&
	    class_all(&fc_digit, dash + 1, len - n - 1) &&
	    params_utf8(s, n) <= 2 && params_utf8(dash + 1, len - n - 1) <= 2);
}

static bool
format_timeframe(const char *s, size_t len)
{
	if (len > 1 && s[len - 1] != '\0' && strchr("dhms", s[len - 1]))
		len--;
	return (class_all(&fc_digit, s, len));
}

static bool
format_version(const char *s, size_t len)
{
	size_t n;
	int i;

	if (len >= 6 && strncasecmp(s, "wazuh ", 6) == 0) {
		s += 6;
		len -= 6;
	}
	if (len > 0 && (s[0] == 'v' || s[0] == 'V')) {
		s++;
		len--;
	}
	for (i = 0; i < 2; i++) {
		n = class_span(&fc_digit, s, len);
		if (n == 0 || n >= len || s[n] != '.')
			return (false);
		s += n + 1;
		len -= n + 1;
	}
	return (class_all(&fc_digit, s, len));
}

/* n digits at *s that make a number of lo to hi; *s moves behind them. */
static bool
take_number(const char **s, const char *end, int n, int lo, int hi)
{
	int i, v = 0;

	if (end - *s < n)
		return (false);
	for (i = 0; i < n; i++) {
		if (!ascii_digit((unsigned char)(*s)[i]))
			return (false);
		v = v * 10 + ((*s)[i] - '0');
	}
	*s += n;
	return (v >= lo && v <= hi);
}

static bool
take_char(const char **s, const char *end, const char *which)
{
	if (*s == end || **s == '\0' || strchr(which, **s) == NULL)
		return (false);
	(*s)++;
	return (true);
}

static bool
take_date(const char **s, const char *end)
{
	return (take_number(s, end, 4, 0, 9999) && take_char(s, end, "-") &&
	    take_number(s, end, 2, 1, 12) && take_char(s, end, "-") &&
	    take_number(s, end, 2, 1, 31));
}

static bool
take_hour_minute(const char **s, const char *end)
{
	return (take_number(s, end, 2, 0, 23) && take_char(s, end, ":") &&
	    take_number(s, end, 2, 0, 59));
}

static bool
format_date(const char *s, size_t len)
{
	const char *end = s + len;

	return (take_date(&s, end) && s == end);
}

static bool
format_datetime(const char *s, size_t len)
{
	const char *end = s + len;

	if (!take_date(&s, end) || !take_char(&s, end, "Tt") ||
	    !take_hour_minute(&s, end) || !take_char(&s, end, ":") ||
	    !take_number(&s, end, 2, 0, 59))
		return (false);
	if (take_char(&s, end, ".")) {
		if (!take_number(&s, end, 1, 0, 9))
			return (false);
		while (s < end && ascii_digit((unsigned char)*s))
			s++;
	}
	if (take_char(&s, end, "Zz"))
		return (s == end);
	return (
	    take_char(&s, end, "+-") && take_hour_minute(&s, end) && s == end);
}

static bool
format_datetime_or_empty(const char *s, size_t len)
{
	if (len > 1 && s[len - 1] == '\n')
		len--;
	return (len == 0 || format_datetime(s, len));
}

/* field, operator, value; and more of them behind ';' or ','. */
static bool
format_query(const char *s, size_t len)
{
	static const struct fclass field = { FC_WORD, ".-" };
	static const struct fclass value = { FC_WORD, ".- " };
	size_t n;

	for (;; s++, len--) {
		n = class_span(&field, s, len);
		if (n == 0 || n >= len)
			return (false);
		s += n;
		len -= n;
		n = len > 1 && s[0] == '!' && s[1] == '=' ? 2 : 1;
		if (n == 1 && (s[0] == '\0' || strchr("=<>~", s[0]) == NULL))
			return (false);
		s += n;
		len -= n;
		n = class_span(&value, s, len);
		if (n == 0 || n > len)
			return (false);
		s += n;
		len -= n;
		if (len == 0)
			return (true);
		if (s[0] != ';' && s[0] != ',')
			return (false);
	}
}

/* A class that the whole text must be of, or a function. */
static const struct format {
	struct fclass f_class;
	bool (*f_fn)(const char *, size_t);
	bool f_newline; /* one may stand last: '$' */
} formats[PF__MAX] = {
	[PF_ALPHANUMERIC] = { .f_class = { FC_WORD | FC_SPACE, ",-.+:" } },
	[PF_SYMBOLS] = { .f_class = { FC_WORD | FC_SPACE,
	                     ",*<>!-.+:/()[]'\"|=~#" } },
	[PF_BASE64] = { .f_fn = format_base64, .f_newline = true },
	[PF_HASH] = { .f_fn = format_hash, .f_newline = true },
	[PF_NAMES] = { .f_class = { FC_ALNUM, "_-.%" }, .f_newline = true },
	[PF_NAMES_OR_EMPTY] = { .f_fn = format_names_or_empty },
	[PF_NUMBERS] = { .f_class = { FC_DIGIT, NULL }, .f_newline = true },
	[PF_NUMBERS_OR_ALL] = { .f_fn = format_numbers_or_all,
	    .f_newline = true },
	[PF_GROUP_NAMES] = { .f_fn = format_group_names, .f_newline = true },
	[PF_GROUP_NAMES_OR_ALL] = { .f_fn = format_group_names_or_all,
	    .f_newline = true },
	[PF_CDB_PATH] = { .f_class = { FC_WORD, "-" }, .f_newline = true },
	[PF_XML_NAMES] = { .f_fn = format_xml_names, .f_newline = true },
	[PF_XML_PATH] = { .f_fn = format_xml_path, .f_newline = true },
	[PF_DIRNAMES] = { .f_fn = format_dirnames, .f_newline = true },
	[PF_PATH] = { .f_fn = format_path, .f_newline = true },
	[PF_WPK_PATH] = { .f_fn = format_wpk_path, .f_newline = true },
	[PF_AR_COMMAND] = { .f_fn = format_command, .f_newline = true },
	[PF_RANGE] = { .f_fn = format_range, .f_newline = true },
	[PF_SEARCH] = { .f_class = { FC_OTHERS, ";|&^*>" } },
	[PF_SORT] = { .f_class = { FC_WORD | FC_SPACE, "-,+." } },
	[PF_TIMEFRAME] = { .f_fn = format_timeframe, .f_newline = true },
	[PF_WAZUH_KEY] = { .f_class = { FC_ALNUM, NULL }, .f_newline = true },
	[PF_VERSION] = { .f_fn = format_version, .f_newline = true },
	[PF_DATE] = { .f_fn = format_date, .f_newline = true },
	[PF_DATETIME] = { .f_fn = format_datetime, .f_newline = true },
	[PF_NUMBERS_OR_EMPTY] = { .f_fn = format_numbers_or_empty },
	[PF_DATETIME_OR_EMPTY] = { .f_fn = format_datetime_or_empty },
	[PF_QUERY] = { .f_fn = format_query, .f_newline = true },
};

int
params_format(enum param_format pf, const char *text, size_t len)
{
	const struct format *f;

	if (pf >= PF__MAX)
		return (-1);
	if (pf == PF_NONE)
		return (params_utf8(text, len) == -1 ? -1 : 0);
	f = &formats[pf];
	if (f->f_newline && len > 0 && text[len - 1] == '\n')
		len--;
	if (f->f_fn != NULL)
		return (f->f_fn(text, len) ? 0 : -1);
	return (class_all(&f->f_class, text, len) ? 0 : -1);
}
