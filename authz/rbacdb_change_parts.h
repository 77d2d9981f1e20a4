/* SPDX-License-Identifier: ISC */
/* What the parts of rbacdb_change share. */
#ifndef AUTHZ_RBACDB_CHANGE_PARTS_H
#define AUTHZ_RBACDB_CHANGE_PARTS_H

#include <stdint.h>

#include "authz/rbacdb_change.h"
#include "authz/rbacdb_sql.h"

enum change_kind { CHANGE_USER, CHANGE_ROLE, CHANGE_RULE, CHANGE_POLICY };

/* *code_r becomes 0. What went wrong in this transaction before, if anything. */
enum rbacdb_error rbacdb_change_ready(struct rbacdb *, uint16_t *code_r);

/*
 * Unless *code_r says something already: say the kind's code where there is
 * none of that id, or where the id is a reserved one.
 */
enum rbacdb_error rbacdb_change_exists(struct rbacdb *, enum change_kind,
	    int64_t id, uint16_t *code_r);
void	 rbacdb_change_reserved(enum change_kind, int64_t id,
	    uint16_t *code_r);

/* Keep an error for rbacdb_end(); returns it. */
enum rbacdb_error rbacdb_change_done(struct rbacdb *, enum rbacdb_error);

#endif
