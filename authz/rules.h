/* SPDX-License-Identifier: ISC */
/*
 * The rules of roles, and which roles an authorization context is given by
 * them: facts/api/rbac.yaml, rule_language. Pure.
 *
 * An answer is yes, no, or that it cannot be said: a pattern took too many
 * steps or is not valid here, or a part of a rule is none. Such a part counts
 * neither as met nor as not met, so that a NOT around it, or a number of met
 * parts that has to be exact, grants nothing that it should not; the original
 * counts a pattern that ran out of time as not met, and answers 500 where a
 * rule is malformed. A yes is a yes whatever the unknown part would have been.
 */
#ifndef AUTHZ_RULES_H
#define AUTHZ_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/jsonvalue.h"
#include "authz/rbac.h"
#include "authz/token.h"

#define RULES_FIND	8	/* levels that FIND looks through */
#define RULES_TEXT	65536	/* bytes of a rule that is looked at */
#define RULES_RESERVED	99	/* rules up to this id are for one user only, */
#define RULES_RESERVED_USER 2	/*  wazuh-wui */
/*
 * Most work for one login: 1.3 million comparisons, or 0.7 million steps of
 * patterns. On the machines of its day all of it is about 20 ms.
 */
#define RULES_WORK	UINT64_C(4000000)

struct rules;

enum rules_answer {
	RULES_NO, RULES_YES, RULES_UNSURE,
	RULES_DEEP,		/* FIND was led deeper than it may go */
	RULES_UNREADABLE,	/* the rule is no JSON, or too large */
	RULES_NOT_YOURS		/* reserved for another user */
};

/* What a trace is told, in the order of the evaluation. */
struct rules_event {
	const struct rbac_role	*re_role;
	const struct rbac_rule	*re_rule;	/* NULL: of the role */
	const char		*re_clause;	/* "OR[1].FIND"; NULL: of the rule */
	enum rules_answer	 re_answer;
	const char		*re_where;	/* clause, yes: "a.b[2], c" */
};

typedef void (*rules_trace)(void *arg, const struct rules_event *);

struct rules_result {
	int64_t		 rr_roles[TOKEN_ROLES];	/* by id */
	size_t		 rr_nroles;
	size_t		 rr_ndeep;	/* roles left out for RULES_DEEP */
	int64_t		 rr_deep;	/* the first of them */
	size_t		 rr_nunsure;	/* rules that gave RULES_UNSURE */
	int64_t		 rr_unsure;	/* the first of them */
	uint64_t	 rr_work;	/* done */
};

/*
 * Compile the rules of a snapshot, which must stay as long as they do. NULL
 * without memory.
 */
struct rules	*rules_new(const struct rbac *);
void		 rules_free(struct rules **);
/* What is wrong with the i'th rule of the snapshot; NULL: nothing. */
const char	*rules_wrong(const struct rules *, size_t i);

/*
 * The roles that a context (an object, without nulls) gives to a user: those
 * with a rule that it meets; a role that leads FIND too deep is left out. work:
 * most to be done. trace may be NULL. 0; or -1 when it took more than that, there
 * are more than TOKEN_ROLES roles, or no memory: nothing holds then, as a role
 * that was not reached may be one that takes rights away.
 */
int	rules_roles(const struct rules *, const struct jv *context,
	    int64_t user, uint64_t work, rules_trace trace, void *arg,
	    struct rules_result *);

#endif
