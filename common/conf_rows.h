/* SPDX-License-Identifier: ISC */
/*
 * Inside of conf: the table of keys, and how a value of a row is checked,
 * stored, shown and freed. Only the conf_*.c files and their tests use it.
 */
#ifndef COMMON_CONF_ROWS_H
#define COMMON_CONF_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

#define CONF_KEY	80	/* most bytes of a dotted key with its NUL */
#define CONF_DEPTH	5	/* most parts of a dotted key */
#define CONF_STRING	1024	/* most bytes of one string */
#define CONF_LIST_BYTES	16384	/* most bytes of a list's strings together */

enum conf_type {
	CONF_T_BOOL,
	CONF_T_INT,
	CONF_T_NUM,		/* may have a fraction */
	CONF_T_STR,
	CONF_T_WORD,		/* one of cr_words */
	CONF_T_FILE,		/* a file's name without a directory */
	CONF_T_SIZE,		/* "<n>K" or "<n>M", at least a MiB */
	CONF_T_LIST,		/* of strings */
	CONF_T_OLD		/* no longer used: a scalar, dropped */
};

#define CONF_F_CASE	0x1	/* upper case is kept */
#define CONF_F_ONE	0x2	/* a single string stands for a list of it */
#define CONF_F_SOME	0x4	/* a list of nothing is refused */
#define CONF_F_HOST	0x8	/* entries are addresses or names of hosts */
#define CONF_F_NET	0x10	/* entries are addresses or networks */

struct conf_row {
	const char	*cr_key;	/* "logs.max_size.size" */
	enum conf_file	 cr_file;
	enum conf_type	 cr_type;
	unsigned int	 cr_flags;
	size_t		 cr_off;	/* in struct conf */
	const char	*cr_def;	/* entries of a list: parted by blanks */
	int64_t		 cr_min, cr_max; /* of numbers */
	const char	*cr_words;	/* "wdb|embedded" */
	const char	*cr_warn;	/* those of them that are warned about */
	uint32_t	 cr_roles;	/* bits of the roles that get the value */
};

#define CONF_NROWS	59

extern const struct conf_row conf_rows[CONF_NROWS];

/* Where the value of a row is: of the type that goes with cr_type. */
static inline void *
conf_at(struct conf *cf, const struct conf_row *row)
{
	return ((char *)cf + row->cr_off);
}

static inline const void *
conf_cat(const struct conf *cf, const struct conf_row *row)
{
	return ((const char *)cf + row->cr_off);
}

/* Is word one of words, which are parted by '|'? words may be NULL. */
bool	conf_word(const char *words, const char *word);

/*
 * Store a scalar of len bytes. plain: it stood without quotes, so that its
 * text gives its type as in YAML 1.1. Return NULL, or what is wrong (static
 * text). A CONF_T_LIST gets an entry more; see conf_value_clear().
 */
const char *conf_value_set(struct conf *, const struct conf_row *,
	    const char *text, size_t len, bool plain);

/* The same from values that have their type: bounds are checked. */
const char *conf_value_int(struct conf *, const struct conf_row *, int64_t);
const char *conf_value_num(struct conf *, const struct conf_row *, double);

/* Give back what the row holds: an empty list, a NULL string. */
void	conf_value_clear(struct conf *, const struct conf_row *);

/* "a whole number, 1 to 65535": what the row takes, appended to out. */
void	conf_value_allowed(const struct conf_row *, struct buf *out);

#endif
