/* SPDX-License-Identifier: ISC */
/*
 * In which order the items of two nodes go: see merge_parts.h. Fields are
 * compared as what the result says they should be taken for, by the rules of
 * Python's int(), float(), str() and bool().
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/jsontree.h"
#include "common/jsonw.h"
#include "dapi/merge_parts.h"

#define KEY_TEXT   (64UL * 1024 * 1024) /* bytes of an item as a text */
#define KEY_DIGITS 4300 /* of a number in a text: Python's limit */

/* --- str() ------------------------------------------------------------- */

/* repr() of a text. */
static void
key_quote(struct buf *out, const char *s, size_t len)
{
	char q = memchr(s, '\'', len) != NULL && memchr(s, '"', len) == NULL ?
	    '"' :
	    '\'';
	unsigned char c;
	size_t i;

	buf_addc(out, q);
	for (i = 0; i < len; i++) {
		c = (unsigned char)s[i];
		if (c == (unsigned char)q || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c == '\n')
			buf_addz(out, "\\n");
		else if (c == '\r')
			buf_addz(out, "\\r");
		else if (c == '\t')
			buf_addz(out, "\\t");
		else if (c < 0x20 || c == 0x7f)
			buf_addf(out, "\\x%02x", c);
		else
			buf_addc(out, (char)c);
	}
	buf_addc(out, q);
}

static void
key_double(struct buf *out, double d)
{
	struct jsonw j;

	if (isnan(d)) {
		buf_addz(out, "nan");
	} else if (isinf(d)) {
		buf_addz(out, d < 0 ? "-inf" : "inf");
	} else {
		jsonw_init(&j, out, false);
		jsonw_double(&j, d);
	}
}

static void key_repr(struct buf *, struct json_object *);

static void
key_repr_array(struct buf *out, struct json_object *o)
{
	size_t i, n = json_object_array_length(o);

	buf_addc(out, '[');
	for (i = 0; i < n; i++) {
		if (i != 0)
			buf_addz(out, ", ");
		key_repr(out, json_object_array_get_idx(o, i));
	}
	buf_addc(out, ']');
}

static void
key_repr_object(struct buf *out, struct json_object *o)
{
	struct json_object_iterator it = json_object_iter_begin(o);
	struct json_object_iterator end = json_object_iter_end(o);
	const char *key, *sep = "{";

	if (json_object_iter_equal(&it, &end))
		buf_addc(out, '{');
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		buf_addz(out, sep);
		sep = ", ";
		key = json_object_iter_peek_name(&it);
		key_quote(out, key, strlen(key));
		buf_addz(out, ": ");
		key_repr(out, json_object_iter_peek_value(&it));
	}
	buf_addc(out, '}');
}

static void
key_repr(struct buf *out, struct json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_boolean:
		buf_addz(out, json_object_get_boolean(o) ? "True" : "False");
		break;
	case json_type_double:
		key_double(out, json_object_get_double(o));
		break;
	case json_type_string:
		key_quote(out, json_object_get_string(o),
		    (size_t)json_object_get_string_len(o));
		break;
	case json_type_array:
		key_repr_array(out, o);
		break;
	case json_type_object:
		key_repr_object(out, o);
		break;
	case json_type_int:
		buf_addz(out,
		    json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
		break;
	default:
		buf_addz(out, "None");
		break;
	}
}

void
merge_str(struct buf *out, struct json_object *o)
{
	const char *date = jsontree_date(o), *t;

	if (json_object_is_type(o, json_type_string)) {
		buf_add(out, json_object_get_string(o),
		    (size_t)json_object_get_string_len(o));
	} else if (date != NULL) {
		/* The same date, written for people. */
		t = strchr(date, 'T');
		if (t == NULL)
			t = date + strlen(date);
		buf_add(out, date, (size_t)(t - date));
		if (*t != '\0')
			buf_addf(out, " %s", t + 1);
	} else {
		key_repr(out, o);
	}
}

/* --- a value to compare ------------------------------------------------ */

struct key {
	bool k_real; /* k_number counts, else k_text */
	bool k_digits; /* k_text is a whole number */
	bool k_minus;
	double k_number;
	struct buf k_text;
};

static bool
key_blank(char c)
{
	return (c == ' ' || (c >= '\t' && c <= '\r'));
}

/*
 * int() of a text: blanks around it, a sign, digits with single "_" between
 * them. The digits without leading zeros go to the key.
 */
static bool
key_parse_int(struct key *k, const char *s, size_t len)
{
	size_t i, digits = 0;

	while (len > 0 && key_blank(s[len - 1]))
		len--;
	for (; len > 0 && key_blank(*s); len--)
		s++;
	if (len > 0 && (*s == '-' || *s == '+')) {
		k->k_minus = *s == '-';
		s++;
		len--;
	}
	for (i = 0; i < len; i++) {
		if (s[i] == '_' && i > 0 && i + 1 < len && s[i - 1] != '_')
			continue;
		if (s[i] < '0' || s[i] > '9' || ++digits > KEY_DIGITS)
			return (false);
		if (s[i] != '0' || k->k_text.b_len > 0)
			buf_addc(&k->k_text, s[i]);
	}
	/* There is no zero below zero. */
	if (k->k_text.b_len == 0)
		k->k_minus = false;
	k->k_digits = true;
	return (digits > 0);
}

static bool
key_int(struct key *k, struct json_object *o)
{
	char text[400]; /* the largest double has 309 digits */
	const char *s;
	double d;

	switch (json_object_get_type(o)) {
	case json_type_boolean:
		return (key_parse_int(
		    k, json_object_get_boolean(o) ? "1" : "0", 1));
	case json_type_int:
		s = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
		return (key_parse_int(k, s, strlen(s)));
	case json_type_double:
		d = trunc(json_object_get_double(o));
		if (!isfinite(d))
			return (false);
		snprintf(text, sizeof(text), "%.0f", d);
		return (key_parse_int(k, text, strlen(text)));
	case json_type_string:
		return (key_parse_int(k, json_object_get_string(o),
		    (size_t)json_object_get_string_len(o)));
	default:
		return (false);
	}
}

static bool
key_float(struct key *k, struct json_object *o)
{
	const char *s;
	char *end;

	k->k_real = true;
	switch (json_object_get_type(o)) {
	case json_type_boolean:
	case json_type_int:
	case json_type_double:
		k->k_number = json_object_get_double(o);
		return (true);
	case json_type_string:
		s = json_object_get_string(o);
		/* strtod() takes hexadecimal, which Python does not. */
		if (*s == '\0' || strpbrk(s, "xX(") != NULL ||
		    strlen(s) != (size_t)json_object_get_string_len(o))
			return (false);
		k->k_number = strtod(s, &end);
		if (end == s)
			return (false);
		while (key_blank(*end))
			end++;
		return (*end == '\0');
	default:
		return (false);
	}
}

static bool
key_truth(struct json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_array:
		return (json_object_array_length(o) > 0);
	case json_type_object:
		return (json_object_object_length(o) > 0);
	case json_type_string:
		return (json_object_get_string_len(o) > 0);
	default:
		return (json_object_get_boolean(o));
	}
}

static bool
key_make(struct key *k, struct json_object *o, enum merge_cast cast)
{
	memset(k, 0, sizeof(*k));
	buf_init(&k->k_text, KEY_TEXT);
	switch (cast) {
	case CAST_INT:
		/* A date is no number, though its mark could be one. */
		return (key_int(k, o) && !k->k_text.b_failed);
	case CAST_FLOAT:
		return (key_float(k, o));
	case CAST_BOOL:
		k->k_real = true;
		k->k_number = key_truth(o);
		return (true);
	default:
		merge_str(&k->k_text, o);
		return (!k->k_text.b_failed);
	}
}

static int
key_cmp_text(const struct buf *a, const struct buf *b)
{
	size_t n = a->b_len < b->b_len ? a->b_len : b->b_len;
	int c = n == 0 ? 0 : memcmp(a->b_data, b->b_data, n);

	if (c != 0)
		return (c);
	return (a->b_len < b->b_len ? -1 : a->b_len > b->b_len);
}

/* < 0, 0, > 0. What is not a number is equal to all. */
static int
key_cmp(const struct key *a, const struct key *b)
{
	int c;

	if (a->k_real)
		return (
		    a->k_number < b->k_number ? -1 : a->k_number > b->k_number);
	if (!a->k_digits)
		return (key_cmp_text(&a->k_text, &b->k_text));
	if (a->k_minus != b->k_minus)
		return (a->k_minus ? -1 : 1);
	if (a->k_text.b_len != b->k_text.b_len)
		c = a->k_text.b_len < b->k_text.b_len ? -1 : 1;
	else
		c = key_cmp_text(&a->k_text, &b->k_text);
	return (a->k_minus ? -c : c);
}

/* --- the order of a result --------------------------------------------- */

/* A field "a.b\.c" as the keys "a" and "b.c"; NULL: not a text, no memory. */
static struct json_object *
order_path(struct json_object *field)
{
	struct json_object *path, *key;
	struct buf b;
	const char *s;
	bool good = true;

	if (!json_object_is_type(field, json_type_string))
		return (NULL);
	path = json_object_new_array();
	buf_init(&b, KEY_TEXT);
	for (s = json_object_get_string(field); good && path != NULL; s++) {
		if (*s == '\\' && s[1] == '.') {
			good = buf_addc(&b, *++s) == 0;
		} else if (*s != '.' && *s != '\0') {
			good = buf_addc(&b, *s) == 0;
		} else {
			key = json_object_new_string_len(
			    b.b_len == 0 ? "" : (const char *)b.b_data,
			    (int)b.b_len);
			good = key != NULL &&
			    json_object_array_add(path, key) == 0;
			if (!good)
				json_object_put(key);
			buf_reset(&b);
			if (*s == '\0')
				break;
		}
	}
	buf_free(&b);
	if (!good) {
		json_object_put(path);
		return (NULL);
	}
	return (path);
}

bool
merge_ascending(struct json_object *o, size_t i)
{
	if (json_object_is_type(o, json_type_array))
		return (key_truth(json_object_array_get_idx(o, i)));
	return (true);
}

static bool
order_cast(struct json_object *list, size_t i, enum merge_cast *cast_r)
{
	static const char *const names[] = { [CAST_INT] = "int",
		[CAST_FLOAT] = "float",
		[CAST_STR] = "str",
		[CAST_BOOL] = "bool" };
	struct json_object *o = json_object_array_get_idx(list, i);
	size_t k;

	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		if (json_object_is_type(o, json_type_string) &&
		    strcmp(json_object_get_string(o), names[k]) == 0) {
			*cast_r = (enum merge_cast)k;
			return (true);
		}
	return (false);
}

bool
merge_directions(struct json_object *o, size_t *n_r)
{
	if (json_object_is_type(o, json_type_array))
		*n_r = json_object_array_length(o);
	else if (json_object_is_type(o, json_type_string))
		/* Python goes through a text by its characters. */
		*n_r = (size_t)json_object_get_string_len(o);
	else
		return (false);
	return (true);
}

bool
merge_order_init(struct merge_order *mo, const struct merge_part *mp)
{
	size_t i, n = 1, casts = 1, dirs;
	bool whole = mp->mp_fields == NULL;

	memset(mo, 0, sizeof(*mo));
	if (!whole) {
		if (!json_object_is_type(mp->mp_fields, json_type_array))
			return (false);
		n = json_object_array_length(mp->mp_fields);
	}
	if (mp->mp_casting != NULL) {
		casts = json_object_array_length(mp->mp_casting);
		for (i = 0; i < casts; i++)
			if (!order_cast(mp->mp_casting, i, &mo->mo_cast[0]))
				return (false);
	}
	if (!merge_directions(mp->mp_ascending, &dirs))
		return (false);
	/* The shortest of the three counts. */
	n = n < casts ? n : casts;
	n = n < dirs ? n : dirs;
	n = n < MERGE_FIELDS ? n : MERGE_FIELDS;
	for (; mo->mo_n < n; mo->mo_n++) {
		i = mo->mo_n;
		mo->mo_cast[i] = CAST_INT;
		if (mp->mp_casting != NULL)
			order_cast(mp->mp_casting, i, &mo->mo_cast[i]);
		mo->mo_ascending[i] = merge_ascending(mp->mp_ascending, i);
		if (whole)
			continue;
		mo->mo_path[i] =
		    order_path(json_object_array_get_idx(mp->mp_fields, i));
		if (mo->mo_path[i] == NULL)
			return (false);
	}
	return (true);
}

void
merge_order_free(struct merge_order *mo)
{
	size_t i;

	for (i = 0; i < MERGE_FIELDS; i++)
		json_object_put(mo->mo_path[i]);
	memset(mo, 0, sizeof(*mo));
}

/* The field of an item; what is not there is null. */
static struct json_object *
order_field(struct json_object *path, struct json_object *item)
{
	struct json_object *key;
	size_t i, n = path == NULL ? 0 : json_object_array_length(path);

	for (i = 0; i < n; i++) {
		key = json_object_array_get_idx(path, i);
		if (!json_object_is_type(item, json_type_object) ||
		    !json_object_object_get_ex(
		        item, json_object_get_string(key), &item))
			return (NULL);
	}
	return (item);
}

int
merge_before(
    const struct merge_order *mo, struct json_object *a, struct json_object *b)
{
	struct json_object *x, *y;
	struct key kx, ky;
	bool good;
	size_t i;
	int c;

	for (i = 0; i < mo->mo_n; i++) {
		x = order_field(mo->mo_path[i], a);
		y = order_field(mo->mo_path[i], b);
		if (x == NULL && y == NULL)
			continue;
		if (x == NULL || y == NULL)
			return (x == NULL ? -1 : 0);
		good = key_make(&kx, x, mo->mo_cast[i]);
		good = key_make(&ky, y, mo->mo_cast[i]) && good;
		c = good ? key_cmp(&kx, &ky) : 0;
		buf_free(&kx.k_text);
		buf_free(&ky.k_text);
		if (!good)
			return (1);
		if (c != 0)
			return ((c < 0) == mo->mo_ascending[i] ? -1 : 0);
	}
	return (0);
}
