/* SPDX-License-Identifier: ISC */
/* The files of the key pair: see token_file.h. */
#include <sys/types.h>

#include <errno.h>
#include <string.h>

#include <openssl/err.h>

#include "authz/token_file.h"
#include "common/buffer.h"
#include "common/log.h"

#define KEY_MODE 0640

/* One file's key. NULL and errno. */
static EVP_PKEY *
token_file_half(int dirfd, const char *name, bool private)
{
	EVP_PKEY *pkey = NULL;
	struct buf pem;
	int error = 0;

	buf_init(&pem, TOKEN_PEM);
	if (path_read(dirfd, name, TOKEN_PEM, &pem) == -1)
		error = errno;
	else {
		pkey = token_key_read(
		    (const char *)pem.b_data, pem.b_len, private);
		if (pkey == NULL)
			error = EBADMSG;
	}
	buf_freezero(&pem);
	errno = error;
	return (pkey);
}

/*
 * Both halves, each NULL where it cannot be had. 0, or the error that matters
 * more: of two files that cannot be used, one that is missing.
 */
static int
token_file_halves(int dirfd, EVP_PKEY **private_r, EVP_PKEY **public_r)
{
	int a, b;

	*private_r = token_file_half(dirfd, TOKEN_PRIVATE, true);
	a = *private_r == NULL ? errno : 0;
	*public_r = token_file_half(dirfd, TOKEN_PUBLIC, false);
	b = *public_r == NULL ? errno : 0;
	if (a == ENOENT || b == ENOENT)
		return (ENOENT);
	if (a != 0 || b != 0)
		return (a != 0 ? a : b);
	a = EVP_PKEY_eq(*private_r, *public_r) == 1 ? 0 : EBADMSG;
	ERR_clear_error();
	return (a);
}

struct token_key *
token_file_look(int dirfd)
{
	EVP_PKEY *private, *public;
	int error;

	error = token_file_halves(dirfd, &private, &public);
	EVP_PKEY_free(public);
	if (error == 0)
		return (token_key_new(private, true));
	EVP_PKEY_free(private);
	errno = error;
	return (NULL);
}

static struct token_key *
token_file_make(int dirfd)
{
	struct token_pair tp;

	if (token_file_stage(dirfd, &tp) == -1)
		return (NULL);
	return (token_file_commit(&tp));
}

/* The pair of a private half; its public one goes into the file, if it can. */
static struct token_key *
token_file_heal(int dirfd, EVP_PKEY *private)
{
	struct token_key *key;

	key = token_key_new(private, true);
	if (key == NULL)
		return (NULL);
	if (path_write(dirfd, TOKEN_PUBLIC, key->tk_pem, strlen(key->tk_pem),
	        KEY_MODE, (uid_t)-1, (gid_t)-1) == -1)
		log_warn(TOKEN_PUBLIC " does not belong to " TOKEN_PRIVATE
		                      " and cannot be written");
	else
		log_warnx(TOKEN_PUBLIC " did not belong to " TOKEN_PRIVATE
		                       " and was written anew");
	return (key);
}

struct token_key *
token_file_load(int dirfd)
{
	EVP_PKEY *private, *public;
	int error;

	error = token_file_halves(dirfd, &private, &public);
	EVP_PKEY_free(public);
	if (error == 0)
		return (token_key_new(private, true));
	if (error != ENOENT && private != NULL)
		return (token_file_heal(dirfd, private));
	EVP_PKEY_free(private);
	if (error == ENOENT)
		return (token_file_make(dirfd));
	errno = error;
	return (NULL);
}

int
token_file_stage(int dirfd, struct token_pair *tp)
{
	struct buf pem;
	int error = 0;

	tp->tp_private.ps_dirfd = tp->tp_public.ps_dirfd = -1;
	tp->tp_key = token_key_ephemeral();
	if (tp->tp_key == NULL)
		return (-1);
	buf_init(&pem, TOKEN_PEM);
	if (token_key_write(tp->tp_key->tk_pkey, true, &pem) == -1)
		error = EIO;
	else if (path_stage(dirfd, TOKEN_PRIVATE, pem.b_data, pem.b_len,
	             KEY_MODE, (uid_t)-1, (gid_t)-1, &tp->tp_private) == -1 ||
	    path_stage(dirfd, TOKEN_PUBLIC, tp->tp_key->tk_pem,
	        strlen(tp->tp_key->tk_pem), KEY_MODE, (uid_t)-1, (gid_t)-1,
	        &tp->tp_public) == -1)
		error = errno;
	buf_freezero(&pem);
	if (error == 0)
		return (0);
	token_file_unstage(tp);
	errno = error;
	return (-1);
}

struct token_key *
token_file_commit(struct token_pair *tp)
{
	struct token_key *key = tp->tp_key;
	int error, ret;

	ret = path_commit(&tp->tp_private);
	if (ret == -1) {
		error = errno;
		token_file_unstage(tp);
		errno = error;
		return (NULL);
	}
	if (ret == 1)
		log_warn(TOKEN_PRIVATE " is new, but may not be on disk");
	if (path_commit(&tp->tp_public) != 0)
		log_warn(TOKEN_PUBLIC " cannot follow " TOKEN_PRIVATE);
	tp->tp_key = NULL;
	return (key);
}

void
token_file_unstage(struct token_pair *tp)
{
	path_unstage(&tp->tp_private);
	path_unstage(&tp->tp_public);
	token_key_free(&tp->tp_key);
}
