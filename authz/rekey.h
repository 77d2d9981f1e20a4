/* SPDX-License-Identifier: ISC */
/*
 * The key pair in force: az_key, with the number az_keyno that the hash
 * instances tell with each signature they checked, so that what was found good
 * under another key counts for nothing. It changes when all tokens are to be
 * void, and when somebody else has replaced the files.
 */
#ifndef AUTHZ_REKEY_H
#define AUTHZ_REKEY_H

#include <stdint.h>

struct authz;
struct peer;
struct rekey;
struct secconf_values;

/* Load the pair or make it; fatal (the original's 6003) where that fails. */
void	rekey_open(struct authz *);
void	rekey_close(struct authz *);

/*
 * Look whether the files are others now, and use them. What cannot be used is
 * told once, and the pair in force goes on; of files that are missing twice
 * running, new ones are made.
 */
void	rekey_look(struct authz *);

/* Give an instance of hash the public key. 0 or -1. */
int	rekey_send(struct authz *, struct peer *);

/*
 * All tokens are void from here on: a new pair, nothing remembered, no black
 * lists. Values that are not NULL go into security.yaml first. 0, or the code
 * of what failed (1005: security.yaml, 6003: the keys) with errno: then no new
 * pair is in force.
 */
uint16_t rekey_revoke(struct authz *, const struct secconf_values *);

#endif
