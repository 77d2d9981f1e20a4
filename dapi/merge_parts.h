/* SPDX-License-Identifier: ISC */
/* What the files of merge.h share. */
#ifndef DAPI_MERGE_PARTS_H
#define DAPI_MERGE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"
#include "dapi/merge.h"

struct buf;
struct json_object;

/* --- reading (merge_read.c) --------------------------------------------- */

/* Text that is still to be read, or one value in it. */
struct span {
	const char	*s_p, *s_end;
};

/* Go past blanks and c. false: something else is there. */
bool	span_take(struct span *, char c);
/*
 * Cut one value off. It ends where brackets and quotes say so; whether it is
 * JSON is seen when it is read. false: it has no end, or too much in it.
 */
bool	span_value(struct span *, struct span *value_r);
/* Cut the key of an object off, and its colon; free it. NULL: nonsense. */
struct json_object *span_key(struct span *);
/*
 * Read a whole value. false: it is no JSON, or has integers that json-c does
 * not. A null is NULL.
 */
bool	span_read(const struct span *, struct json_object **);
/* Bytes that the value takes when it is read, at the most. */
size_t	span_cost(const struct span *);

/* The next item of an array. 1, 0 at its end, -1: it is none. */
int	span_next(struct span *array, bool first, struct span *item_r);

/*
 * Call fn with each key of the object and its value. false: no object, or what
 * fn said.
 */
bool	span_object(const struct span *,
	    bool (*fn)(const char *key, const struct span *, void *), void *);

/* --- parts ---------------------------------------------------------------- */

enum merge_kind { MERGE_PLAIN, MERGE_ITEMS, MERGE_ERROR };

/* An error with the objects that it borrows from. */
struct merge_error {
	struct wire_error me_error;
	struct json_object *me_object;	/* as it came */
	struct json_object *me_dapi;	/* object */
	struct json_object *me_ids;	/* object: JSON of an id -> the id */
	struct json_object *me_list;	/* the same as an array, once asked for */
	struct buf	*me_text;	/* of an extra that is no text */
};

/* Ids that failed with the same error. */
struct merge_failed {
	struct merge_error *mf_error;
	struct json_object *mf_ids;	/* like me_ids */
};

struct merge_part {
	enum merge_kind	 mp_kind;
	struct json_object *mp_map;	/* result, or dikt */
	struct json_object *mp_priority; /* array or NULL */
	/* MERGE_ITEMS */
	struct span	 mp_items;	/* the array */
	uint64_t	 mp_total;
	struct json_object *mp_fields, *mp_casting, *mp_ascending;
	char		*mp_all, *mp_some, *mp_none;
	struct merge_failed *mp_failed;
	size_t		 mp_nfailed;
	struct json_object *mp_index;	/* identity of an error -> its place */
	/* MERGE_ERROR */
	struct merge_error *mp_error;
};

/*
 * Read a part; what it takes beside its items goes off *room. false, with what
 * to free in it all the same.
 */
bool	merge_part_read(struct merge_part *, const struct merge_text *,
	    size_t *room);
void	merge_part_free(struct merge_part *);

/* --- errors (merge_error.c) --------------------------------------------- */

/*
 * Make an error of its class and its object, which is taken over. NULL: not an
 * error, or no memory.
 */
struct merge_error *merge_error_new(const char *cls, struct json_object *);
void	merge_error_free(struct merge_error *);
/* It may name ids, and does. */
bool	merge_error_about(const struct merge_error *);
/* Two errors of two nodes: a is both of them. */
bool	merge_error_or(struct merge_error *a, const struct merge_error *b);
/* Have the ids in the list that is written. */
bool	merge_error_list(struct merge_error *);

/* Put an id into a set; only texts and whole numbers are ids. */
bool	merge_id_add(struct json_object *set, struct json_object *id);
/* All of from into set. */
bool	merge_ids_add(struct json_object *set, struct json_object *from);
/*
 * Let ids (a set) fail with an error, which is taken over, also where there is
 * one like it already.
 */
bool	merge_fail(struct merge_part *, struct merge_error *,
	    struct json_object *ids);

/* --- mappings (merge_map.c) --------------------------------------------- */

/* a becomes both. priority: of texts, an array or NULL. false: cannot be. */
bool	merge_map(struct json_object *a, struct json_object *b,
	    enum merge_kind, struct json_object *priority);

/* --- order (merge_key.c) -------------------------------------------------- */

enum merge_cast { CAST_INT, CAST_FLOAT, CAST_STR, CAST_BOOL };

/* Fields that are compared; more would not change what the first say. */
#define MERGE_FIELDS	16

struct merge_order {
	size_t		 mo_n;
	struct json_object *mo_path[MERGE_FIELDS]; /* array of keys; NULL: all */
	enum merge_cast	 mo_cast[MERGE_FIELDS];
	bool		 mo_ascending[MERGE_FIELDS];
};

/* false: a list makes no sense, or no memory. Free it all the same. */
bool	merge_order_init(struct merge_order *, const struct merge_part *);
void	merge_order_free(struct merge_order *);
/* The i-th direction, and how many there are; nodes have sent odd things. */
bool	merge_ascending(struct json_object *, size_t i);
bool	merge_directions(struct json_object *, size_t *n_r);
/*
 * < 0: a goes strictly before b, 0: not. 1: what is there cannot be taken for
 * what it should be compared as.
 */
int	merge_before(const struct merge_order *, struct json_object *a,
	    struct json_object *b);

/* Append a value as Python's str() has it. */
void	merge_str(struct buf *, struct json_object *);

#endif
