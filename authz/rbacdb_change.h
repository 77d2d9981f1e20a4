/* SPDX-License-Identifier: ISC */
/*
 * Changes of rbac.db: users, roles, rules, policies, their links and the black
 * lists. What is allowed, which ids are given and in which order links stand
 * is the original's: facts/api/rbac.yaml, reserved_ids, role_order, tokens.
 *
 * All of a request is one transaction: rbacdb_begin(), the changes, and
 * rbacdb_end(). Each change returns RBACDB_OK with *code_r 0 when it was made,
 * or the framework's code when it was not and nothing has changed (4002, ...);
 * anything but RBACDB_OK means that the file is in trouble, and then the whole
 * transaction is to be ended with commit false. Text is NUL-ended UTF-8.
 */
#ifndef AUTHZ_RBACDB_CHANGE_H
#define AUTHZ_RBACDB_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "authz/rbacdb.h"

#define RESERVED_MAX	99	/* ids up to here are the product's own */
#define POSITION_LAST	(-1)	/* no position was given */

/* BEGIN IMMEDIATE, on the file that is there now. */
enum rbacdb_error rbacdb_begin(struct rbacdb *);
/* Commit, or take everything back. After an error nothing has changed. */
enum rbacdb_error rbacdb_end(struct rbacdb *, bool commit);

/* encoded: password_make(). 5000: the name is taken. */
enum rbacdb_error rbacdb_user_add(struct rbacdb *, const char *name,
	    const char *encoded, int64_t *id_r, uint16_t *code_r);
enum rbacdb_error rbacdb_user_password(struct rbacdb *, int64_t id,
	    const char *encoded, uint16_t *code_r);	/* 5001 */
enum rbacdb_error rbacdb_user_run_as(struct rbacdb *, int64_t id, bool allow,
	    uint16_t *code_r);				/* 5001 */
enum rbacdb_error rbacdb_user_delete(struct rbacdb *, int64_t id,
	    uint16_t *code_r);				/* 5001, 5004 */

enum rbacdb_error rbacdb_role_add(struct rbacdb *, const char *name,
	    int64_t *id_r, uint16_t *code_r);		/* 4005 */
enum rbacdb_error rbacdb_role_name(struct rbacdb *, int64_t id,
	    const char *name, uint16_t *code_r);	/* 4002, 4005, 4008 */
enum rbacdb_error rbacdb_role_delete(struct rbacdb *, int64_t id,
	    uint16_t *code_r);				/* 4002, 4008 */

/* text: rbac_rule_text()'s. name or text NULL: stays as it is. */
enum rbacdb_error rbacdb_rule_add(struct rbacdb *, const char *name,
	    const char *text, int64_t *id_r, uint16_t *code_r);	/* 4005 */
enum rbacdb_error rbacdb_rule_set(struct rbacdb *, int64_t id,
	    const char *name, const char *text,
	    uint16_t *code_r);				/* 4022, 4005, 4008 */
enum rbacdb_error rbacdb_rule_delete(struct rbacdb *, int64_t id,
	    uint16_t *code_r);				/* 4022, 4008 */

/* text: rbac_policy_text()'s. name or text NULL: stays as it is. */
enum rbacdb_error rbacdb_policy_add(struct rbacdb *, const char *name,
	    const char *text, int64_t *id_r, uint16_t *code_r);	/* 4009 */
enum rbacdb_error rbacdb_policy_set(struct rbacdb *, int64_t id,
	    const char *name, const char *text,
	    uint16_t *code_r);				/* 4007, 4013, 4008 */
enum rbacdb_error rbacdb_policy_delete(struct rbacdb *, int64_t id,
	    uint16_t *code_r);				/* 4007, 4008 */

/* position: from 0, or POSITION_LAST. */
enum rbacdb_error rbacdb_user_link(struct rbacdb *, int64_t user, int64_t role,
	    int64_t position, uint16_t *code_r); /* 5001, 4002, 4008, 4017 */
enum rbacdb_error rbacdb_user_unlink(struct rbacdb *, int64_t user,
	    int64_t role, uint16_t *code_r);	/* 5001, 4002, 4008, 4016 */
enum rbacdb_error rbacdb_role_link_policy(struct rbacdb *, int64_t role,
	    int64_t policy, int64_t position,
	    uint16_t *code_r);			/* 4002, 4007, 4008, 4011 */
enum rbacdb_error rbacdb_role_unlink_policy(struct rbacdb *, int64_t role,
	    int64_t policy, uint16_t *code_r);	/* 4002, 4007, 4008, 4010 */
enum rbacdb_error rbacdb_role_link_rule(struct rbacdb *, int64_t role,
	    int64_t rule, uint16_t *code_r);	/* 4002, 4022, 4008, 4023 */
enum rbacdb_error rbacdb_role_unlink_rule(struct rbacdb *, int64_t role,
	    int64_t rule, uint16_t *code_r);	/* 4002, 4022, 4008, 4024 */

/*
 * Tokens made up to now (seconds since the epoch) of a user, of a role, or of
 * run_as logins are void; the row may go at until. Rows that have ended are
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
