/* SPDX-License-Identifier: ISC */
/*
 * Keys of the tokens as PEM: PKCS 8 in the clear, SPKI; a P-521 key (RFC 7518
 * section 3.4). The forms are the original's, so that either program takes
 * over the other's keys.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>

#include "authz/token_key.h"
#include "common/buffer.h"

/* An encrypted key is refused; OpenSSL would ask the terminal otherwise. */
static int
token_no_password(char *buf, int size, int rwflag, void *arg)
{
	return (-1);
}

/* Is it a key on the named curve P-521? */
static bool
token_key_p521(const EVP_PKEY *pkey)
{
	char name[64];
	size_t len;

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(pkey, name, sizeof(name), &len) != 1)
		return (false);
	return (strcmp(name, SN_secp521r1) == 0);
}

EVP_PKEY *
token_key_read(const char *pem, size_t len, bool private)
{
	EVP_PKEY *pkey;
	BIO *bio;

	bio = BIO_new_mem_buf(pem, (int)len);
	if (bio == NULL)
		return (NULL);
	if (private)
		pkey =
		    PEM_read_bio_PrivateKey(bio, NULL, token_no_password, NULL);
	else
		pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (pkey != NULL && !token_key_p521(pkey)) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	ERR_clear_error();
	return (pkey);
}

int
token_key_write(EVP_PKEY *pkey, bool private, struct buf *out)
{
	BIO *bio;
	char *p;
	long len;
	int ok;

	/* The kind of memory BIO that is wiped when it goes. */
	bio = BIO_new(BIO_s_secmem());
	if (bio == NULL)
		return (-1);
	if (private)
		ok = PEM_write_bio_PKCS8PrivateKey(
		    bio, pkey, NULL, NULL, 0, NULL, NULL);
	else
		ok = PEM_write_bio_PUBKEY(bio, pkey);
	len = BIO_get_mem_data(bio, &p);
	if (ok == 1 && len > 0)
		ok = buf_add(out, p, (size_t)len) == 0;
	BIO_free(bio);
	ERR_clear_error();
	return (ok == 1 ? 0 : -1);
}

struct token_key *
token_key_new(EVP_PKEY *pkey, bool private)
{
	struct token_key *key;
	struct buf pem;

	buf_init(&pem, TOKEN_PEM);
	key = calloc(1, sizeof(*key));
	if (key == NULL || token_key_write(pkey, false, &pem) == -1 ||
	    buf_addc(&pem, '\0') == -1) {
		EVP_PKEY_free(pkey);
		buf_free(&pem);
		free(key);
		errno = ENOMEM;
		return (NULL);
	}
	key->tk_pkey = pkey;
	key->tk_private = private;
	key->tk_pem = (char *)pem.b_data;
	return (key);
}

struct token_key *
token_key_ephemeral(void)
{
	EVP_PKEY *pkey;

	pkey = EVP_EC_gen("P-521");
	if (pkey == NULL) {
		ERR_clear_error();
		errno = EIO;
		return (NULL);
	}
	return (token_key_new(pkey, true));
}

struct token_key *
token_key_parse(const char *pem, size_t len)
{
	EVP_PKEY *pkey;

	if (len == 0 || len > TOKEN_PEM) {
		errno = EBADMSG;
		return (NULL);
	}
	pkey = token_key_read(pem, len, false);
	if (pkey == NULL) {
		errno = EBADMSG;
		return (NULL);
	}
	return (token_key_new(pkey, false));
}

const char *
token_key_public(const struct token_key *key)
{
	return (key->tk_pem);
}

bool
token_key_same(const struct token_key *a, const struct token_key *b)
{
	bool same = EVP_PKEY_eq(a->tk_pkey, b->tk_pkey) == 1;

	ERR_clear_error();
	return (same);
}

void
token_key_free(struct token_key **key)
{
	if (*key == NULL)
		return;
	EVP_PKEY_free((*key)->tk_pkey);
	free((*key)->tk_pem);
	free(*key);
	*key = NULL;
}
