/* SPDX-License-Identifier: ISC */
/*
 * Permissions of the rows that authz answers itself: facts/api/rbac.yaml,
 * "matching" and "denial". The resources are those of the snapshot.
 */
#ifndef AUTHZ_ALLOW_H
#define AUTHZ_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/rbac.h"
#include "common/params.h"
#include "common/rbac_match.h"
#include "common/result.h"

#define ALLOW_MAX	4	/* resources of a row's needs, all together */
#define ALLOW_ID	24	/* bytes of an id's digits that fits, with NUL */

struct allow_one {
	const char	*ao_resource;	/* "user:id:{user_ids}", the row's */
	struct rbac_verdict ao_verdict;
};

/* The verdict on a call. */
struct allow {
	const struct row *al_row;
	const struct args *al_args;
	bool		 al_implicit;	/* the last resource was not named */
	size_t		 al_n;
	struct allow_one al_one[ALLOW_MAX];
};

/* An id that the call may touch. */
struct allow_id {
	const char	*ad_text;	/* digits without leading zeros */
	const char	*ad_named;	/* the same as it was sent */
	int64_t		 ad_id;		/* -1: larger than any id */
};

/* That of digits as a client sends them, which are borrowed. */
struct allow_id allow_id(const char *digits);

/*
 * Decide all needs of the row, in their order, for what the arguments name; an
 * id "all" anywhere in a list means that nothing is named. 0 and *al, which
 * allow_free() frees and which borrows row and args; or -1, with the result
 * made the problem 4000, or 4500 where a policy cannot be read, or not (then it
 * becomes 1000: no memory, or too many policies, which is logged).
 */
int	allow_decide(const struct rbac *, const int64_t *held, size_t nheld,
	    bool black, const struct row *, const struct args *,
	    struct result *, struct allow *al);
void	allow_free(struct allow *);

/*
 * What the call may touch of the parameter's ids: in the order named, or
 * ascending where none was. The caller frees *ids_r, whose texts are borrowed
 * from the arguments and *al. 0, or -1 without memory.
 */
int	allow_ids(const struct allow *, const char *param,
	    struct allow_id **ids_r, size_t *n_r);

/*
 * An item failed: it becomes a failed item under the number id (digits), unless
 * nothing was named and the row leaves such failures out (exclude_codes).
 */
void	allow_fail(const struct allow *, struct result *, const char *id,
	    uint16_t code);
/* The same for a row that gives the id back as text, just as it was sent. */
void	allow_fail_text(const struct allow *, struct result *, const char *id,
	    uint16_t code);
/* The ids that were named and refused become failed items (4000). */
void	allow_denied(const struct allow *, struct result *);

#endif
