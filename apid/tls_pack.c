/* SPDX-License-Identifier: ISC */
/*
 * The parent's half of TLS: reads the files an administrator put below
 * api/configuration/ssl, or makes them, and packs them for the workers. Runs
 * as root, before any client is there and never after a client spoke.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apid/tls.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/memfd.h"
#include "common/path.h"

#define MAKE_BITS   2048
#define MAKE_DAYS   365
#define MAKE_SERIAL 159 /* random bits of the serial number */

/* --- making ----------------------------------------------------------- */

static const struct {
	const char *field, *value;
} make_subject[] = {
	{ "C", "US" },
	{ "ST", "California" },
	{ "L", "San Francisco" },
	{ "O", "Wazuh" },
	{ "CN", "wazuh.com" },
};

static int
make_names(X509 *x)
{
	X509_NAME *name = X509_get_subject_name(x);
	size_t i;

	for (i = 0; i < sizeof(make_subject) / sizeof(make_subject[0]); i++)
		if (X509_NAME_add_entry_by_txt(name, make_subject[i].field,
		        MBSTRING_ASC,
		        (const unsigned char *)make_subject[i].value, -1, -1,
		        0) != 1)
			return (-1);
	return (X509_set_issuer_name(x, name) == 1 ? 0 : -1);
}

static int
make_serial(X509 *x)
{
	BIGNUM *n = BN_new();
	int r = -1;

	if (n != NULL &&
	    BN_rand(n, MAKE_SERIAL, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL)
		r = 0;
	BN_free(n);
	return (r);
}

static int
make_san(X509 *x)
{
	X509_EXTENSION *ext;
	int r;

	ext = X509V3_EXT_conf_nid(
	    NULL, NULL, NID_subject_alt_name, "DNS:localhost");
	if (ext == NULL)
		return (-1);
	r = X509_add_ext(x, ext, -1) == 1 ? 0 : -1;
	X509_EXTENSION_free(ext);
	return (r);
}

static X509 *
make_cert(EVP_PKEY *key)
{
	X509 *x = X509_new();

	if (x == NULL)
		return (NULL);
	if (X509_set_version(x, X509_VERSION_3) == 1 && make_serial(x) == 0 &&
	    X509_gmtime_adj(X509_getm_notBefore(x), 0) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(x), MAKE_DAYS * 24L * 3600) !=
	        NULL &&
	    make_names(x) == 0 && X509_set_pubkey(x, key) == 1 &&
	    make_san(x) == 0 && X509_sign(x, key, EVP_sha256()) != 0)
		return (x);
	X509_free(x);
	return (NULL);
}

/* Move what a memory BIO holds into a buffer. */
static int
make_take(BIO *bio, struct buf *out)
{
	char *p;
	long len = BIO_get_mem_data(bio, &p);

	return (len > 0 ? buf_add(out, p, (size_t)len) : -1);
}

static int
make_nopass(char *out, int size, int rw, void *arg)
{
	return (-1);
}

/* The key of the buffer, or a new one that is put there. */
static EVP_PKEY *
make_key(struct buf *key)
{
	EVP_PKEY *pkey = NULL;
	BIO *bio;

	if (key->b_len > 0) {
		bio = BIO_new_mem_buf(key->b_data, (int)key->b_len);
		if (bio != NULL)
			pkey = PEM_read_bio_PrivateKey(
			    bio, NULL, make_nopass, NULL);
		BIO_free(bio);
		return (pkey);
	}
	bio = BIO_new(BIO_s_secmem());
	pkey = EVP_RSA_gen(MAKE_BITS);
	if (bio == NULL || pkey == NULL ||
	    PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) !=
	        1 ||
	    make_take(bio, key) == -1) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	BIO_free(bio);
	return (pkey);
}

int
tls_make(struct buf *key, struct buf *cert)
{
	EVP_PKEY *pkey;
	X509 *x = NULL;
	BIO *bio;
	int r = -1;

	pkey = make_key(key);
	bio = BIO_new(BIO_s_mem());
	if (pkey != NULL && bio != NULL)
		x = make_cert(pkey);
	if (x != NULL && PEM_write_bio_X509(bio, x) == 1 &&
	    make_take(bio, cert) == 0)
		r = 0;
	X509_free(x);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return (r);
}

/* --- reading and packing ---------------------------------------------- */

/* Configuration gives file names without a directory. */
static int
pack_path(const char *name, char *out, size_t size)
{
	int n = snprintf(out, size, TLS_DIR "%s", name);

	return (n < 0 || (size_t)n >= size ? -1 : 0);
}

/* 1: read, 0: there is none, -1: an error (in err). */
static int
pack_read(int rootfd, const char *name, struct buf *out, struct buf *err)
{
	char path[512];

	errno = ENAMETOOLONG;
	if (pack_path(name, path, sizeof(path)) == 0 &&
	    path_read(rootfd, path, TLS_FILE_MAX, out) == 0)
		return (1);
	if (errno == ENOENT)
		return (0);
	buf_addf(err, "2003: %s%s: %s (errno %d)", TLS_DIR, name,
	    strerror(errno), errno);
	return (-1);
}

static int
pack_write(int rootfd, const char *name, const struct buf *data, uid_t uid,
    gid_t gid, struct buf *err)
{
	char path[512];

	errno = ENAMETOOLONG;
	if (pack_path(name, path, sizeof(path)) == 0 &&
	    path_write(
	        rootfd, path, data->b_data, data->b_len, 0400, uid, gid) == 0)
		return (0);
	buf_addf(err, "2003: %s%s: cannot be made: %s (errno %d)", TLS_DIR,
	    name, strerror(errno), errno);
	return (-1);
}

/*
 * Both files, made where they are missing. An administrator's key is never
 * overwritten for want of a certificate: it gets one.
 */
static int
pack_files(int rootfd, const struct conf *cf, uid_t uid, gid_t gid,
    struct buf *key, struct buf *cert, struct buf *err)
{
	int havekey, havecert;

	havekey = pack_read(rootfd, cf->cf_https_key, key, err);
	if (havekey == -1)
		return (-1);
	havecert = pack_read(rootfd, cf->cf_https_cert, cert, err);
	if (havecert == -1)
		return (-1);
	if (havekey && havecert)
		return (0);
	log_info("HTTPS is on and %s%s is missing: making %s", TLS_DIR,
	    havekey ? cf->cf_https_cert : cf->cf_https_key,
	    havekey ? "a certificate" : "a key and a certificate");
	buf_reset(cert);
	if (tls_make(key, cert) == -1) {
		buf_addf(err, "2003: %s%s: no certificate can be made with it",
		    TLS_DIR, cf->cf_https_key);
		return (-1);
	}
	if (path_mkdirs(rootfd, TLS_DIR, 0750) == -1) {
		buf_addf(err, "2003: %s: %s (errno %d)", TLS_DIR,
		    strerror(errno), errno);
		return (-1);
	}
	if (!havekey &&
	    pack_write(rootfd, cf->cf_https_key, key, uid, gid, err) == -1)
		return (-1);
	return (pack_write(rootfd, cf->cf_https_cert, cert, uid, gid, err));
}

static void
pack_value(struct buf *out, const void *data, size_t len)
{
	uint32_t n = (uint32_t)len;

	buf_add(out, &n, sizeof(n));
	buf_add(out, data, len);
}

static int
pack_seal(const struct buf *packed, const struct conf *cf, struct buf *err)
{
	struct tls *t;
	int fd;

	/* What a worker would refuse must not reach one. */
	t = tls_load(packed->b_data, packed->b_len, cf, err);
	if (t == NULL)
		return (-1);
	tls_unref(&t);
	fd = memfd_seal("gatehouse-tls", packed->b_data, packed->b_len);
	if (fd == -1)
		buf_addf(err, "2003: TLS: no sealed memory: %s (errno %d)",
		    strerror(errno), errno);
	return (fd);
}

int
tls_pack(int rootfd, const struct conf *cf, uid_t uid, gid_t gid,
    const uint8_t ticket_keys[TLS_TICKET_KEYS], struct buf *err)
{
	struct buf cert, key, ca, packed;
	int fd = -1, r;

	buf_init(&cert, TLS_FILE_MAX);
	buf_init(&key, TLS_FILE_MAX);
	buf_init(&ca, TLS_FILE_MAX);
	buf_init(&packed, 4 * TLS_FILE_MAX);
	if (pack_files(rootfd, cf, uid, gid, &key, &cert, err) == -1)
		goto done;
	if (cf->cf_https_use_ca) {
		r = pack_read(rootfd, cf->cf_https_ca, &ca, err);
		if (r == 0)
			buf_addf(err, "2003: %s%s: no such file", TLS_DIR,
			    cf->cf_https_ca);
		if (r != 1)
			goto done;
	}
	buf_add(&packed, TLS_MAGIC, TLS_MAGIC_LEN);
	pack_value(&packed, cert.b_data, cert.b_len);
	pack_value(&packed, key.b_data, key.b_len);
	pack_value(&packed, ca.b_data, ca.b_len);
	pack_value(&packed, ticket_keys, TLS_TICKET_KEYS);
	if (packed.b_failed)
		buf_addz(err, "2003: TLS: no memory");
	else
		fd = pack_seal(&packed, cf, err);
done:
	buf_free(&cert);
	buf_freezero(&key);
	buf_free(&ca);
	buf_freezero(&packed);
	return (fd);
}
