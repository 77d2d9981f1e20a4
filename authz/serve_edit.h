/* SPDX-License-Identifier: ISC */
/*
 * What the rows share that change users, roles, rules, policies and links. A
 * request is one transaction, on the very state that its permissions were
 * decided on; what it has made is read within it, so that the snapshot shows
 * the change from the moment it holds.
 */
#ifndef AUTHZ_SERVE_EDIT_H
#define AUTHZ_SERVE_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/allow.h"
#include "authz/rbac.h"
#include "authz/rbacdb_change.h"
#include "common/buffer.h"
#include "common/jsonw.h"

struct caller;
struct gate;
struct result;

struct edit {
	struct gate	*ed_gate;
	struct result	*ed_result;
	struct rbacdb	*ed_db;
	const struct rbac *ed_before;	/* in the present snapshot */
	struct rbac	*ed_after;	/* NULL: not read yet */
	enum rbacdb_error ed_error;	/* the first; then nothing is changed */
	bool		 ed_changed;
	int64_t		 ed_now, ed_until; /* of black lists */
};

/*
 * Begin the changes. 0; else what the serve_fn has to return: rbac.db is
 * locked, or others have just changed it, and the row is run again; or it
 * cannot be changed, and the result says why.
 */
int	edit_begin(struct edit *, struct gate *, struct result *);

/*
 * A change (rbacdb_change.h) returned err and code. Whether it was made; if
 * neither that nor there is a code, the file is in trouble, edit_good() is
 * false from then on and edit_end() tells it.
 */
bool	edit_made(struct edit *, enum rbacdb_error err, uint16_t code);
bool	edit_good(const struct edit *);

/*
 * Tokens made up to now are void: of a user, of a role, of the roles that have
 * a policy or a rule, of run_as logins.
 */
void	edit_void_user(struct edit *, int64_t user);
void	edit_void_role(struct edit *, int64_t role);
void	edit_void_policy(struct edit *, int64_t policy);
void	edit_void_rule(struct edit *, int64_t rule);
void	edit_void_runas(struct edit *);

/* What the changes have made of it, or NULL: the file is in trouble. */
const struct rbac *edit_after(struct edit *);

/*
 * Commit what was changed, if anything was. 0: the snapshot shows it, and what
 * ed_before points to is void; else as edit_begin().
 */
int	edit_end(struct edit *);
/* Take everything back, because the answer cannot be written. -1. */
int	edit_undo(struct edit *);

/* The number of an id: one that is larger than any is that of nothing. */
int64_t	edit_id(const struct allow_id *);

/* --- users, roles, rules, policies ------------------------------------- */

struct edit_kind {
	const char	*ek_ids;	/* DELETE's parameter */
	const char	*ek_all, *ek_some, *ek_none; /* and its messages */
	enum rbacdb_error (*ek_delete)(struct rbacdb *, int64_t id,
			    uint16_t *code_r);
	void		(*ek_void)(struct edit *, int64_t id);
	/* Write the item of an element of the snapshot. 0 or -1. */
	int		(*ek_item)(struct jsonw *, const struct rbac *,
			    int64_t id);
};

extern const struct edit_kind edit_users, edit_roles, edit_rules, edit_policies;

/* What came of one that was to be made or set. */
struct edit_one {
	int64_t		 eo_id;
	enum rbacdb_error eo_error;
	uint16_t	 eo_code;
	const char	*eo_name;	/* of what is new, else NULL */
	const struct allow_id *eo_at;	/* of what was there, else NULL */
	const char	*eo_all, *eo_none; /* messages */
};

/* End the changes, which were this one, and answer. As a serve_fn. */
int	edit_answer(struct edit *, const struct edit_kind *,
	    const struct edit_one *);

/* serve_allow(), for rows that change something by these functions. */
int	edit_allow(struct gate *, const struct caller *, struct result *,
	    struct allow *al);
/* serve_may() for them. */
int	edit_may(struct gate *, const struct caller *, struct result *);
/*
 * The same where a path names the one id that is changed. 0 and *id_r, which
 * borrows from the arguments; or -1 as a serve_fn.
 */
int	edit_permit(struct gate *, const struct caller *, struct result *,
	    const char *param, struct allow_id *id_r);

/* Rules and policies have a name and a text, each of which may be set. */
struct edit_text {
	const struct edit_kind *et_kind;
	const char	*et_id, *et_member; /* of the path, of the body */
	const char	*et_added, *et_not_added, *et_set, *et_not_set;
	/* What is stored of what was sent: rbac_text.h. */
	uint16_t	(*et_new_text)(const char *, size_t, struct buf *);
	uint16_t	(*et_set_text)(const char *, size_t, struct buf *);
	enum rbacdb_error (*et_db_add)(struct rbacdb *, const char *name,
			    const char *text, int64_t *id_r, uint16_t *code_r);
	enum rbacdb_error (*et_db_set)(struct rbacdb *, int64_t id,
			    const char *name, const char *text,
			    uint16_t *code_r);
};

/* POST and PUT of one. As serve_fn. */
int	edit_text_add(struct gate *, const struct caller *, struct result *,
	    const struct edit_text *);
int	edit_text_set(struct gate *, const struct caller *, struct result *,
	    const struct edit_text *);

/* DELETE: all that the call names or may touch. As a serve_fn. */
int	edit_delete(struct gate *, const struct caller *, struct result *,
	    const struct edit_kind *);

#endif
