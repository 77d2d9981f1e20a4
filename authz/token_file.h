/* SPDX-License-Identifier: ISC */
/*
 * The key pair of the tokens in its two files, private_key.pem and
 * public_key.pem of the security directory, 0640. Names, forms and modes are
 * the original's. The private one is the pair: the public one is there for
 * other programs to read, and follows it.
 */
#ifndef AUTHZ_TOKEN_FILE_H
#define AUTHZ_TOKEN_FILE_H

#include "authz/token_key.h"
#include "common/path.h"

/*
 * Read both files. NULL and errno on error; ENOENT: one of them is missing;
 * EBADMSG: no P-521 key, or two halves that do not belong together.
 */
struct token_key *token_file_look(int dirfd);

/*
 * At the start: make both when either is missing, as the original does. A
 * public half that is not the private one's is written anew and told in the
 * log: it is what a death between the two renames leaves. NULL and errno on
 * error (EBADMSG: the private one is no P-521 key).
 */
struct token_key *token_file_load(int dirfd);

/* A new pair on its way into the files. */
struct token_pair {
	struct token_key	*tp_key;
	struct path_staged	 tp_private, tp_public;
};

/* Make one, on disk beside the old ones. 0, or -1 and errno: nothing is. */
int	token_file_stage(int dirfd, struct token_pair *);
/*
 * Put it in their place. Once the private half is there this is the pair, and
 * it is returned, the caller's; a public half that could not follow is told in
 * the log and made good by the next start. NULL and errno: all is as it was.
 */
struct token_key *token_file_commit(struct token_pair *);
/* Forget a pair that was not committed. */
void	token_file_unstage(struct token_pair *);

#endif
