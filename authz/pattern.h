/* SPDX-License-Identifier: ISC */
/*
 * The regular expressions of rules: a text that begins with r' is one, of its
 * characters from the third on without the last two (facts/api/rbac.yaml,
 * regex_clause). They match from the start of a text, not up to its end.
 *
 * Written for Python's regex module, read here by PCRE2 with UTF and Unicode
 * classes. Most patterns mean the same; these do not:
 *	\Z		is also before a line feed at the end; \z is not
 *	(?a) (?L) (?u)	and look-behinds of no fixed length are not valid,
 *			nor are \L<name>, \m, \M
 *	\g<name>	calls the group instead of repeating what it matched
 *	(foo){e<=1}	is not approximate, but these characters
 *	(*VERB), \Q..\E	mean something; there they are not valid
 * One that is not valid is compared as a text, as there; but that it differs
 * decides nothing (PATTERN_UNSURE), as it may be valid there.
 *
 * A match is bounded by counted steps, never by a clock.
 */
#ifndef AUTHZ_PATTERN_H
#define AUTHZ_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/jsonvalue.h"

#define PATTERN_STEP	6	/* work that a step costs */
#define PATTERN_CALL	32	/* and the beginning of a match */
#define PATTERN_STEPS	50000	/* most steps of one match */

enum pattern_answer {
	PATTERN_NO, PATTERN_YES,
	PATTERN_UNSURE		/* too much work, or not valid */
};

struct pattern;
struct pattern_room;

/* Does the text say that it is a pattern? */
bool	pattern_is(const struct jv_text *);
/* Compile such a text. It keeps a copy. NULL without memory. */
struct pattern *pattern_new(const struct jv_text *);
void	pattern_free(struct pattern **);
bool	pattern_valid(const struct pattern *);

/* Memory for matches, one after the other. NULL without any. */
struct pattern_room *pattern_room_new(void);
void	pattern_room_free(struct pattern_room **);

/* Work is taken off *work; when that is used up (0), PATTERN_UNSURE. */
enum pattern_answer pattern_match(const struct pattern *,
	    struct pattern_room *, const struct jv_text *subject,
	    uint64_t *work);

#endif
