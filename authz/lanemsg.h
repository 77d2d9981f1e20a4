/* SPDX-License-Identifier: ISC */
/*
 * What authz asks the hash instances and what they answer. Text that comes out
 * of a message is borrowed from it.
 *
 *	HASH_KEY	u64 number of the key, strn PEM of its public half
 *	HASH		u64 id, u8 op, strn encoded hash, strn password
 *	HASH_DONE	u64 id, u8 done or true, str encoded hash
 *	VERIFY		u64 id, strn token
 *	VERIFY_DONE	u64 id, u64 number of the key it was checked with (0:
 *			there was none), u8 status, and claims unless it is bad
 *			or there was no key: strn user, i64 nbf, i64 exp,
 *			u8 run_as, strn mode, strn context, u32 roles, i64 each
 */
#ifndef AUTHZ_LANEMSG_H
#define AUTHZ_LANEMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authz/token.h"
#include "common/msg.h"

enum hash_op { HASH_CHECK, HASH_MAKE };

struct hash_ask {
	uint64_t	 ha_id;
	enum hash_op	 ha_op;
	const char	*ha_encoded;	/* HASH_CHECK; else "" */
	const char	*ha_password;
};

struct hash_done {
	uint64_t	 hd_id;
	bool		 hd_ok;		/* it is the password; it was made */
	const char	*hd_encoded;	/* HASH_MAKE; else NULL */
};

enum verify_status {
	VERIFY_GOOD,
	VERIFY_BAD,
	VERIFY_ENDED,		/* good but for the time */
	VERIFY_NOKEY		/* HASH_KEY has not come yet: ask again */
};

struct verify_done {
	uint64_t	 vd_id, vd_key;
	enum verify_status vd_status;
	struct token_claims vd_claims;	/* VERIFY_GOOD, VERIFY_ENDED */
};

void	lanemsg_put_key(struct msgw *, uint64_t no, const char *pem);
int	lanemsg_get_key(struct msg *, uint64_t *no_r, const char **pem_r);
void	lanemsg_put_hash(struct msgw *, const struct hash_ask *);
int	lanemsg_get_hash(struct msg *, struct hash_ask *);
void	lanemsg_put_hash_done(struct msgw *, const struct hash_done *);
int	lanemsg_get_hash_done(struct msg *, struct hash_done *);
void	lanemsg_put_verify(struct msgw *, uint64_t id, const char *token);
int	lanemsg_get_verify(struct msg *, uint64_t *id_r, const char **token_r);
void	lanemsg_put_verify_done(struct msgw *, const struct verify_done *);
int	lanemsg_get_verify_done(struct msg *, struct verify_done *);

#endif
