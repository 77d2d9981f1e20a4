/* SPDX-License-Identifier: ISC */
/* What rules.c and rules_match.c share; for nobody else. */
#ifndef AUTHZ_RULES_PARTS_H
#define AUTHZ_RULES_PARTS_H

#include "authz/pattern.h"
#include "authz/rules.h"

struct rule {
	struct jv	 ru_value;	/* marks: index of a pattern, from 1 */
	const char	*ru_wrong;
	bool		 ru_unreadable;
};

struct rules {
	const struct rbac *rs_rbac;
	struct rule	*rs_rules;	/* in the order of rb_rules */
	size_t		 rs_nrules;
	struct pattern	**rs_patterns;
	size_t		 rs_npatterns, rs_cappatterns;
};

/* A step on a path: a member of that name, or an item of a list. */
struct place {
	const struct jv_text *pl_name;	/* NULL: an item */
	size_t		 pl_index;
};

/* Room for all steps into a value. */
struct path {
	struct place	 pa_v[JV_DEPTH + 1];
	size_t		 pa_n;
};

/* One evaluation under way. */
struct run {
	const struct rules *rn_rules;
	const struct jv	*rn_context;
	struct pattern_room *rn_room;
	uint64_t	 rn_work;	/* left; 0: everything stops */
	bool		 rn_deep;	/* a FIND went too deep: so does the rule */
	/* For the trace only. */
	rules_trace	 rn_trace;
	void		*rn_arg;
	const struct rbac_role *rn_role;
	const struct rbac_rule *rn_rule;
	struct path	 rn_clause;	/* in the rule */
	struct path	 rn_at;		/* in the context */
	struct buf	 rn_where;	/* the places that met the clause */
};

/* Has something happened that ends the evaluation? */
bool	run_over(const struct run *);
/* Append a path: a.b[2], with names that are not plain as ["..."]. */
void	path_put(const struct path *, struct buf *);
void	path_name(struct path *, const struct jv_text *name);
void	path_item(struct path *, size_t index);
void	path_back(struct path *);

/*
 * So many of n parts are met, at least lo and at most hi: are exactly, or at
 * least, n?
 */
enum rules_answer rules_exactly(size_t lo, size_t hi, size_t n);
enum rules_answer rules_atleast(size_t lo, size_t hi, size_t n);

/*
 * MATCH and FIND of a rule's value on the context; exact: MATCH$ and FIND$.
 * Whether it was too much or too deep stands in the run.
 */
enum rules_answer rules_match(struct run *, const struct jv *rule, bool exact);
enum rules_answer rules_find(struct run *, const struct jv *rule, bool exact);

#endif
