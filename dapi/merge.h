/* SPDX-License-Identifier: ISC */
/*
 * The parts of a result from several nodes become one: the operator | of the
 * original (protocol.md of the reference, 6.5). A pure function.
 */
#ifndef DAPI_MERGE_H
#define DAPI_MERGE_H

#include <stddef.h>

struct result;

#define MERGE_PARTS	64	/* most parts */
#define MERGE_DEPTH	24	/* of a value that is not merged, in brackets */
#define MERGE_HELD	(128UL * 1024 * 1024) /* bytes of trees at a time */
#define MERGE_VALUE	400	/* of those for each value, beside its text */

/* What a node answered: JSON as nodes exchange it. Borrowed. */
struct merge_text {
	const char	*mt_text;
	size_t		 mt_len;
};

/*
 * Merge v[0..n), n of at least 1, from left to right, into rs, which was made
 * by result_init() (and result_wire()) for the form that is wanted:
 *
 *	an error takes the place of a result, unless it says which ids of a list
 *	it is about: then they fail;
 *	lists are merged as sorted ones, by the order that the first one has;
 *	beside them, and in other results, numbers add up, lists are united,
 *	different texts are joined with "|".
 *
 * Items are read one at a time, so what is held beside the texts does not grow
 * with their number; all else in the texts, and one item of each, has to fit
 * into MERGE_HELD. 0, or -1 when it does not, a text is none that nodes send, or
 * the parts do not go together: rs is problem 1000 then, and *why_r (static)
 * says why.
 */
int	merge_results(struct result *rs, const struct merge_text v[], size_t n,
	    const char **why_r);

#endif
