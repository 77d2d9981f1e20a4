/* SPDX-License-Identifier: ISC */
/*
 * JSON values as Python compares them: a tree of our own, so that authorization
 * contexts and rules mean what they mean in the original. Depth and number of
 * values are bounded, and so is whatever walks through them.
 */
#ifndef AUTHZ_JSONVALUE_H
#define AUTHZ_JSONVALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/pyjson.h"

#define JV_DEPTH	64	/* most nested objects and lists */

enum jv_type {
	JV_NULL, JV_BOOL, JV_INT, JV_DOUBLE,
	JV_LARGE,		/* an integer beyond 64 bits: its digits */
	JV_TEXT, JV_LIST, JV_OBJECT
};

struct jv_text {
	char		*jt_s;		/* as pv_text, with a NUL behind it */
	size_t		 jt_len;
};

struct jv {
	enum jv_type	 jv_type;
	uint32_t	 jv_mark;	/* of a text, for who reads it; 0 */
	union {
		bool		 b;
		int64_t		 i;
		double		 d;
		struct jv_text	 text;		/* also of JV_LARGE */
		struct {
			struct jv	*v;
			size_t		 n;
		} list;
		struct {
			struct jv_member *v;	/* in the order sent, each */
			size_t		 n;	/*  name once */
		} object;
	} jv;
};

struct jv_member {
	struct jv_text	 jm_name;
	uint32_t	 jm_mark;	/* as jv_mark */
	struct jv	 jm_value;
};

/*
 * Read text (len bytes) with at most JV_DEPTH levels. 0, or -1 and errno:
 * ENOMEM; EINVAL, pyjson_read() takes it for no JSON. After a failure *out is
 * null.
 */
int	jv_read(const char *text, size_t len, struct jv *out);
/* The same of what has been read with so many levels; a copy. 0 or -1, ENOMEM. */
int	jv_copy(const struct pyjson_value *, struct jv *out);
/* Release what the value holds; it becomes null. */
void	jv_free(struct jv *);

/*
 * Take members that are null out of an object and of the objects that are its
 * members, but not out of those in lists: as the original does.
 */
void	jv_drop_nulls(struct jv *);

/*
 * Python's ==: true is 1 and 1.0, the order of members does not count. Each
 * comparison is taken off *work; where that is used up (0), false.
 */
bool	jv_equal(const struct jv *, const struct jv *, uint64_t *work);
/* The member of that name of an object, or NULL; work as above. */
const struct jv *jv_get(const struct jv *, const struct jv_text *name,
	    uint64_t *work);
bool	jv_text_equal(const struct jv_text *, const struct jv_text *);
/* Take n off *work. Returns whether there was as much. */
bool	jv_spend(uint64_t *work, uint64_t n);

#endif
