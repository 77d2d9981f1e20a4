/* SPDX-License-Identifier: ISC */
/*
 * A worker's TLS contexts, made from the bytes that the parent packed. Nothing
 * here opens a file.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "apid/tls.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/memfd.h"

#define TLS_CHAIN      10 /* most certificates of one file */
#define TLS_SESSION    3600 /* seconds that a ticket is good for */
#define TLS_PACKED_MAX (4 * TLS_FILE_MAX)

/* The code that the original gives to every fault of these files. */
#define TLS_ERROR "2003: "

struct tls {
	SSL_CTX *t_ctx;
	unsigned int t_refs;
	uint8_t t_keys[TLS_TICKET_KEYS];
};

/* The four values of a packed configuration; borrowed. */
struct tls_parts {
	const uint8_t *tp_v[4];
	size_t tp_len[4];
};

enum { TP_CERT, TP_KEY, TP_CA, TP_TICKETS };

void
tls_init(void)
{
	uint8_t b[16];
	SSL_CTX *ctx;

	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG |
	            OPENSSL_INIT_LOAD_SSL_STRINGS |
	            OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
	        NULL) != 1)
		fatalx("OpenSSL does not start");
	/* Seeds from getrandom(2), and so will every later reseeding. */
	if (RAND_bytes(b, sizeof(b)) != 1)
		fatalx("no random numbers");
	/* The first context fetches every algorithm that TLS may want. */
	ctx = SSL_CTX_new(TLS_server_method());
	if (ctx == NULL)
		fatalx("OpenSSL makes no TLS context");
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

/* "2003: WHAT: why", and the library's own word if it has one. */
static void
tls_err(struct buf *err, const char *what, const char *why)
{
	unsigned long e = ERR_peek_last_error();
	const char *reason = e != 0 ? ERR_reason_error_string(e) : NULL;

	buf_addf(err, TLS_ERROR "%s: %s", what, why);
	if (reason != NULL)
		buf_addf(err, " (%s)", reason);
	ERR_clear_error();
}

/* --- session tickets -------------------------------------------------- */

static int
tls_ticket_init(const uint8_t *key, const uint8_t *iv, EVP_CIPHER_CTX *cipher,
    EVP_MAC_CTX *mac, int enc)
{
	OSSL_PARAM params[3];
	char digest[] = "SHA256";
	uint8_t mackey[32];
	int ok;

	memcpy(mackey, key + 48, sizeof(mackey));
	params[0] = OSSL_PARAM_construct_octet_string(
	    OSSL_MAC_PARAM_KEY, mackey, sizeof(mackey));
	params[1] =
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[2] = OSSL_PARAM_construct_end();
	ok = EVP_MAC_CTX_set_params(mac, params) == 1 &&
	    EVP_CipherInit_ex2(
	        cipher, EVP_aes_256_cbc(), key + 16, iv, enc, NULL) == 1;
	explicit_bzero(mackey, sizeof(mackey));
	return (ok);
}

/* Bytes that nobody made. Whoever guesses it could write tickets. */
static bool
tls_is_zero(const uint8_t *key)
{
	static const uint8_t zero[TLS_TICKET_KEY];

	return (memcmp(key, zero, sizeof(zero)) == 0);
}

/*
 * All workers, and those that come after them, share the keys, so that a
 * client resumes wherever it lands. Tickets of the older key are renewed.
 */
static int
tls_ticket(SSL *ssl, unsigned char name[16], unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int enc)
{
	const struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const uint8_t *key;
	int i;

	if (enc) {
		if (RAND_bytes(
		        iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1)
			return (-1);
		memcpy(name, t->t_keys, 16);
		return (
		    tls_ticket_init(t->t_keys, iv, cipher, mac, 1) ? 1 : -1);
	}
	for (i = 0; i < 2; i++) {
		key = t->t_keys + i * TLS_TICKET_KEY;
		if (memcmp(name, key, 16) != 0 || tls_is_zero(key))
			continue;
		if (!tls_ticket_init(key, iv, cipher, mac, 0))
			return (-1);
		return (i == 0 ? 1 : 2);
	}
	return (0);
}

/* --- loading ---------------------------------------------------------- */

static int
tls_split(const uint8_t *data, size_t len, struct tls_parts *tp)
{
	uint32_t n;
	size_t pos = TLS_MAGIC_LEN;
	int i;

	if (len < TLS_MAGIC_LEN || memcmp(data, TLS_MAGIC, TLS_MAGIC_LEN) != 0)
		return (-1);
	for (i = 0; i < 4; i++) {
		if (len - pos < sizeof(n))
			return (-1);
		memcpy(&n, data + pos, sizeof(n));
		pos += sizeof(n);
		if (len - pos < n || n > TLS_FILE_MAX)
			return (-1);
		tp->tp_v[i] = data + pos;
		tp->tp_len[i] = n;
		pos += n;
	}
	if (pos != len || tp->tp_len[TP_TICKETS] != TLS_TICKET_KEYS ||
	    tls_is_zero(tp->tp_v[TP_TICKETS]))
		return (-1);
	return (0);
}

/* A key with a passphrase must not make the server ask a terminal for it. */
static int
tls_nopass(char *out, int size, int rw, void *arg)
{
	return (-1);
}

static int
tls_load_key(
    SSL_CTX *ctx, const struct tls_parts *tp, const char *name, struct buf *err)
{
	EVP_PKEY *key = NULL;
	BIO *bio;
	int ok;

	bio = BIO_new_mem_buf(tp->tp_v[TP_KEY], (int)tp->tp_len[TP_KEY]);
	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, tls_nopass, NULL);
	BIO_free(bio);
	if (key == NULL) {
		tls_err(err, name, "no private key in PEM without passphrase");
		return (-1);
	}
	ok = SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1;
	EVP_PKEY_free(key);
	if (ok)
		return (0);
	tls_err(
	    err, name, "the private key does not belong to the certificate");
	return (-1);
}

/* The end of PEM data is an error of its own kind. */
static bool
tls_pem_end(void)
{
	unsigned long e = ERR_peek_last_error();

	if (ERR_GET_LIB(e) != ERR_LIB_PEM ||
	    ERR_GET_REASON(e) != PEM_R_NO_START_LINE)
		return (false);
	ERR_clear_error();
	return (true);
}

/*
 * Call fn with each certificate; it takes no reference. Returns how many, or
 * -1: bad data, none at all, too many, or fn failed.
 */
static int
tls_each_cert(const uint8_t *data, size_t len,
    int (*fn)(SSL_CTX *, X509 *, int), SSL_CTX *ctx)
{
	X509 *x;
	BIO *bio;
	int n = 0, ok = 1;

	bio = BIO_new_mem_buf(data, (int)len);
	if (bio == NULL)
		return (-1);
	while (ok && n <= TLS_CHAIN &&
	    (x = PEM_read_bio_X509(bio, NULL, tls_nopass, NULL)) != NULL) {
		ok = fn(ctx, x, n++);
		X509_free(x);
	}
	BIO_free(bio);
	if (!ok || n == 0 || n > TLS_CHAIN || !tls_pem_end())
		return (-1);
	return (n);
}

static int
tls_add_cert(SSL_CTX *ctx, X509 *x, int n)
{
	if (n == 0)
		return (SSL_CTX_use_certificate(ctx, x) == 1);
	return (SSL_CTX_add1_chain_cert(ctx, x) == 1);
}

static int
tls_add_ca(SSL_CTX *ctx, X509 *x, int n)
{
	return (X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x) == 1 &&
	    SSL_CTX_add_client_CA(ctx, x) == 1);
}

static int
tls_load_ciphers(SSL_CTX *ctx, const struct conf *cf, struct buf *err)
{
	char list[1024];
	size_t i;

	if (cf->cf_https_ciphers == NULL || cf->cf_https_ciphers[0] == '\0')
		return (0);
	for (i = 0; cf->cf_https_ciphers[i] != '\0'; i++) {
		if (i == sizeof(list) - 1) {
			tls_err(err, "https.ssl_ciphers", "too long");
			return (-1);
		}
		list[i] = (char)toupper((unsigned char)cf->cf_https_ciphers[i]);
	}
	list[i] = '\0';
	if (SSL_CTX_set_cipher_list(ctx, list) == 1)
		return (0);
	tls_err(err, "https.ssl_ciphers", "no such ciphers");
	return (-1);
}

/* Same protocols and habits for every context. */
static int
tls_settings(SSL_CTX *ctx, const struct tls_parts *tp)
{
	uint8_t id[SHA256_DIGEST_LENGTH];

	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
	        SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	/*
	 * An idle connection keeps no buffers; a write may end early, so that
	 * progress towards a slow reader shows, and go on from a copy.
	 */
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(ctx, TLS_SESSION);
	/* A session made under another CA must not be resumed under this. */
	SHA256(tp->tp_v[TP_CA], tp->tp_len[TP_CA], id);
	return (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	    SSL_CTX_set_num_tickets(ctx, 1) == 1 &&
	    SSL_CTX_set_session_id_context(ctx, id, sizeof(id)) == 1 &&
	    SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, tls_ticket) == 1);
}

/* ALPN: http/1.1 if it is offered, else as if ALPN were not there. */
static int
tls_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned int inlen, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";

	if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, outlen,
	        ours, sizeof(ours) - 1, in, inlen) != OPENSSL_NPN_NEGOTIATED)
		return (SSL_TLSEXT_ERR_NOACK);
	return (SSL_TLSEXT_ERR_OK);
}

static int
tls_fill(SSL_CTX *ctx, const struct tls_parts *tp, const struct conf *cf,
    struct buf *err)
{
	if (!tls_settings(ctx, tp)) {
		tls_err(err, "TLS", "OpenSSL refuses the settings");
		return (-1);
	}
	SSL_CTX_set_alpn_select_cb(ctx, tls_alpn, NULL);
	if (tls_each_cert(tp->tp_v[TP_CERT], tp->tp_len[TP_CERT], tls_add_cert,
	        ctx) == -1) {
		tls_err(err, cf->cf_https_cert, "no good certificate in PEM");
		return (-1);
	}
	if (tls_load_key(ctx, tp, cf->cf_https_key, err) == -1 ||
	    tls_load_ciphers(ctx, cf, err) == -1)
		return (-1);
	if (!cf->cf_https_use_ca)
		return (0);
	if (tls_each_cert(
	        tp->tp_v[TP_CA], tp->tp_len[TP_CA], tls_add_ca, ctx) == -1) {
		tls_err(err, cf->cf_https_ca, "no good certificate in PEM");
		return (-1);
	}
	SSL_CTX_set_verify(
	    ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return (0);
}

struct tls *
tls_load(
    const uint8_t *data, size_t len, const struct conf *cf, struct buf *err)
{
	struct tls_parts tp;
	struct tls *t;

	ERR_clear_error();
	if (tls_split(data, len, &tp) == -1) {
		tls_err(err, "TLS", "malformed configuration");
		return (NULL);
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return (NULL);
	t->t_refs = 1;
	memcpy(t->t_keys, tp.tp_v[TP_TICKETS], sizeof(t->t_keys));
	t->t_ctx = SSL_CTX_new(TLS_server_method());
	if (t->t_ctx == NULL) {
		tls_err(err, "TLS", "no context");
		tls_unref(&t);
		return (NULL);
	}
	SSL_CTX_set_app_data(t->t_ctx, t);
	if (tls_fill(t->t_ctx, &tp, cf, err) == -1)
		tls_unref(&t);
	return (t);
}

struct tls *
tls_unpack(int fd, const struct conf *cf, struct buf *err)
{
	struct tls *t;
	void *p;
	size_t len;

	ERR_clear_error();
	if (memfd_map(fd, TLS_PACKED_MAX, &p, &len) == -1) {
		tls_err(err, "TLS", "configuration that is not sealed");
		return (NULL);
	}
	t = tls_load(p, len, cf, err);
	/* The mapping was the only other copy of the key in this process. */
	munmap(p, len);
	return (t);
}

/* --- use -------------------------------------------------------------- */

struct tls *
tls_ref(struct tls *t)
{
	t->t_refs++;
	return (t);
}

void
tls_unref(struct tls **tp)
{
	struct tls *t = *tp;

	*tp = NULL;
	if (t == NULL || --t->t_refs > 0)
		return;
	SSL_CTX_free(t->t_ctx);
	explicit_bzero(t->t_keys, sizeof(t->t_keys));
	free(t);
}

SSL *
tls_accept(struct tls *t, int fd)
{
	SSL *ssl;

	ssl = SSL_new(t->t_ctx);
	if (ssl == NULL)
		return (NULL);
	if (SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return (NULL);
	}
	SSL_set_accept_state(ssl);
	return (ssl);
}
