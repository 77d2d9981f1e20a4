/* SPDX-License-Identifier: ISC */
/*
 * Changes of rbac.db: users, roles, rules, policies, their links and the black
 * lists. What is allowed, which ids are given and in which order links stand
 * is the original's: facts/api/rbac.yaml, reserved_ids, role_order, tokens.
 *
 * All of a request is one transaction: rbacdb_begin(), the changes, and
 * rbacdb_end(). Each change returns RBACDB_OK with *code_r 0 when it was made,
 * or the framework's code when it was not and nothing has changed (4002, ...);
 * the codes of each function stand below in the order in which they are looked
 * for. Anything but RBACDB_OK means that the file is in trouble: every further
 * change of the transaction then returns the same, and so does rbacdb_end(),
 * which takes everything back. Text is NUL-ended UTF-8.
 */
#ifndef AUTHZ_RBACDB_CHANGE_H
#define AUTHZ_RBACDB_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "authz/rbacdb.h"

#define RESERVED_MAX	99	/* ids up to here are the product's own */
#define POSITION_LAST	(-1)	/* no position was given */

/*
 * On the file that is there now, for us alone: RBACDB_BUSY comes at once, and
 * only here, while anybody else reads or writes it. Nothing has happened then,
 * so that whoever wants to may try again by a timer. RBACDB_DENIED: it may
 * only be read.
 */
enum rbacdb_error rbacdb_begin(struct rbacdb *);
/*
 * Commit, or take everything back. Returns the first error of the transaction;
 * after an error nothing has changed.
 */
enum rbacdb_error rbacdb_end(struct rbacdb *, bool commit);

/*
 * New users, roles, rules and policies get the id after the largest there is,
 * at least 100. id_r: 0 when there is none. Deleting one takes its links along
 * and leaves the levels of the others.
 */

enum rbacdb_error rbacdb_user_find(struct rbacdb *, const char *name,
	    int64_t *id_r, uint16_t *code_r);	/* 5001 */
/* encoded: password_make(). */
enum rbacdb_error rbacdb_user_add(struct rbacdb *, const char *name,
	    const char *encoded, int64_t *id_r,
	    uint16_t *code_r);			/* 5000 */
enum rbacdb_error rbacdb_user_password(struct rbacdb *, int64_t id,
	    const char *encoded, uint16_t *code_r);	/* 5001 */
enum rbacdb_error rbacdb_user_run_as(struct rbacdb *, int64_t id, bool allow,
	    uint16_t *code_r);			/* 5001 */
enum rbacdb_error rbacdb_user_delete(struct rbacdb *, int64_t id,
	    uint16_t *code_r);			/* 5004, 5001 */

enum rbacdb_error rbacdb_role_find(struct rbacdb *, const char *name,
	    int64_t *id_r, uint16_t *code_r);	/* 4002 */
enum rbacdb_error rbacdb_role_add(struct rbacdb *, const char *name,
	    int64_t *id_r, uint16_t *code_r);	/* 4005 */
enum rbacdb_error rbacdb_role_name(struct rbacdb *, int64_t id,
	    const char *name, uint16_t *code_r);	/* 4002, 4008, 4005 */
enum rbacdb_error rbacdb_role_delete(struct rbacdb *, int64_t id,
	    uint16_t *code_r);			/* 4008, 4002 */

/*
 * text: rbac_rule_text()'s, rbac_policy_text()'s or rbac_policy_text_set()'s.
 * name or text NULL: stays as it is. With both NULL a set only looks whether
 * it may be changed, which the original says before it looks at the text.
 */
enum rbacdb_error rbacdb_rule_add(struct rbacdb *, const char *name,
	    const char *text, int64_t *id_r, uint16_t *code_r);	/* 4005 */
enum rbacdb_error rbacdb_rule_set(struct rbacdb *, int64_t id,
	    const char *name, const char *text,
	    uint16_t *code_r);			/* 4022, 4008, 4005 */
enum rbacdb_error rbacdb_rule_delete(struct rbacdb *, int64_t id,
	    uint16_t *code_r);			/* 4008, 4022 */

enum rbacdb_error rbacdb_policy_add(struct rbacdb *, const char *name,
	    const char *text, int64_t *id_r, uint16_t *code_r);	/* 4009 */
enum rbacdb_error rbacdb_policy_set(struct rbacdb *, int64_t id,
	    const char *name, const char *text,
	    uint16_t *code_r);			/* 4007, 4008, 4013 */
enum rbacdb_error rbacdb_policy_delete(struct rbacdb *, int64_t id,
	    uint16_t *code_r);			/* 4008, 4007 */

/*
 * position: from 0, or POSITION_LAST. What is linked already stays where it
 * is: with POSITION_LAST that is 4017 or 4011; with a position it is no
 * failure, and the original counts it among what was linked.
 */
enum rbacdb_error rbacdb_user_link(struct rbacdb *, int64_t user, int64_t role,
	    int64_t position, uint16_t *code_r); /* 4008, 5001, 4002, 4017 */
enum rbacdb_error rbacdb_user_unlink(struct rbacdb *, int64_t user,
	    int64_t role, uint16_t *code_r);	/* 4008, 5001, 4002, 4016 */
enum rbacdb_error rbacdb_role_link_policy(struct rbacdb *, int64_t role,
	    int64_t policy, int64_t position,
	    uint16_t *code_r);			/* 4008, 4002, 4007, 4011 */
enum rbacdb_error rbacdb_role_unlink_policy(struct rbacdb *, int64_t role,
	    int64_t policy, uint16_t *code_r);	/* 4008, 4002, 4007, 4010 */
/* It is the rule that may be a reserved one (4008), not the role. */
enum rbacdb_error rbacdb_role_link_rule(struct rbacdb *, int64_t role,
	    int64_t rule, uint16_t *code_r);	/* 4008, 4022, 4002, 4023 */
enum rbacdb_error rbacdb_role_unlink_rule(struct rbacdb *, int64_t role,
	    int64_t rule, uint16_t *code_r);	/* 4008, 4022, 4002, 4024 */

/*
 * Tokens made up to now (seconds since the epoch) of a user, of a role, or of
 * run_as logins are void; the row may go after until. Rows that have ended are
 * purged. Never to an earlier time.
 */
enum rbacdb_error rbacdb_void_user(struct rbacdb *, int64_t user, int64_t now,
	    int64_t until);
enum rbacdb_error rbacdb_void_role(struct rbacdb *, int64_t role, int64_t now,
	    int64_t until);
enum rbacdb_error rbacdb_void_runas(struct rbacdb *, int64_t now,
	    int64_t until);
/* Empty the black lists: a new key has made all tokens void. */
enum rbacdb_error rbacdb_void_none(struct rbacdb *);

#endif
