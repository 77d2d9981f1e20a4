/* SPDX-License-Identifier: ISC */
/*
 * TLS: what the parent makes, packs and refuses, and what a worker makes of
 * the pack: handshakes in memory show protocols, resumption and clients'
 * certificates.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apid/tls.h"
#include "common/buffer.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/memfd.h"
#include "common/path.h"
#include "tests/unit/unit.h"

#define KEY  TLS_DIR "server.key"
#define CERT TLS_DIR "server.crt"
#define CA   TLS_DIR "ca.crt"

static const char *const files[] = { KEY, CERT, CA };

/* An install root of its own. */
struct tree {
	char t_path[64];
	int t_fd;
	struct conf *t_conf;
	uint8_t t_tickets[TLS_TICKET_KEYS];
	struct buf t_err;
};

static void
tree_make(struct tree *t)
{
	snprintf(t->t_path, sizeof(t->t_path), "/tmp/test_tls.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(t->t_path));
	t->t_fd = open(t->t_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_NOT_EQUAL_FATAL(t->t_fd, -1);
	t->t_conf = conf_new();
	memset(t->t_tickets, 'k', sizeof(t->t_tickets));
	memset(t->t_tickets + TLS_TICKET_KEY, 'o', TLS_TICKET_KEY);
	buf_init(&t->t_err, 4096);
}

static void
tree_end(struct tree *t)
{
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(t->t_fd, files[i], 0);
	unlinkat(t->t_fd, "api/configuration/ssl", AT_REMOVEDIR);
	unlinkat(t->t_fd, "api/configuration", AT_REMOVEDIR);
	unlinkat(t->t_fd, "api", AT_REMOVEDIR);
	rmdir(t->t_path);
	close(t->t_fd);
	conf_free(&t->t_conf);
	buf_free(&t->t_err);
}

static int
tree_pack(struct tree *t)
{
	buf_reset(&t->t_err);
	return (tls_pack(
	    t->t_fd, t->t_conf, (uid_t)-1, (gid_t)-1, t->t_tickets, &t->t_err));
}

/* The pack fails with one line that begins with 2003 and names the file. */
static void
tree_refuses(struct tree *t, const char *name)
{
	int fd = tree_pack(t);

	CU_ASSERT_EQUAL(fd, -1);
	buf_addc(&t->t_err, '\0');
	CU_ASSERT_EQUAL(memcmp(t->t_err.b_data, "2003: ", 6), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)t->t_err.b_data, name));
	CU_ASSERT_PTR_NULL(strchr((char *)t->t_err.b_data, '\n'));
}

static void
tree_takes(struct tree *t)
{
	int fd = tree_pack(t);

	CU_ASSERT_NOT_EQUAL(fd, -1);
	close(fd);
}

static void
tree_read(struct tree *t, const char *path, struct buf *out)
{
	buf_init(out, TLS_FILE_MAX);
	CU_ASSERT_EQUAL(path_read(t->t_fd, path, TLS_FILE_MAX, out), 0);
}

static void
tree_write(struct tree *t, const char *path, const void *data, size_t len)
{
	CU_ASSERT_EQUAL(path_mkdirs(t->t_fd, TLS_DIR, 0750), 0);
	CU_ASSERT_EQUAL(
	    path_write(t->t_fd, path, data, len, 0600, (uid_t)-1, (gid_t)-1),
	    0);
}

static struct tls *
tree_tls(struct tree *t)
{
	struct tls *tls;
	int fd = tree_pack(t);

	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	tls = tls_unpack(fd, t->t_conf, &t->t_err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tls);
	close(fd);
	return (tls);
}

/* --- files ------------------------------------------------------------ */

static X509 *
cert_of(const struct buf *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->b_data, (int)pem->b_len);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return (x);
}

static void
check_cert(const struct buf *pem)
{
	char name[256];
	X509 *x = cert_of(pem);
	EVP_PKEY *key;
	int days, seconds;

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	X509_NAME_oneline(X509_get_subject_name(x), name, sizeof(name));
	CU_ASSERT_STRING_EQUAL(
	    name, "/C=US/ST=California/L=San Francisco/O=Wazuh/CN=wazuh.com");
	CU_ASSERT_EQUAL(
	    X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)),
	    0);
	ASN1_TIME_diff(
	    &days, &seconds, X509_get0_notBefore(x), X509_get0_notAfter(x));
	CU_ASSERT_EQUAL(days, 365);
	CU_ASSERT_EQUAL(X509_check_host(x, "localhost", 0, 0, NULL), 1);
	key = X509_get0_pubkey(x);
	CU_ASSERT_EQUAL(EVP_PKEY_get_base_id(key), EVP_PKEY_RSA);
	CU_ASSERT_EQUAL(EVP_PKEY_get_bits(key), 2048);
	CU_ASSERT_EQUAL(X509_verify(x, key), 1);
	CU_ASSERT_EQUAL(X509_get_signature_nid(x), NID_sha256WithRSAEncryption);
	X509_free(x);
}

static void
test_make(void)
{
	struct tree t;
	struct stat st;
	struct buf key, cert, again;

	tree_make(&t);
	tree_takes(&t);
	CU_ASSERT_EQUAL(fstatat(t.t_fd, KEY, &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0400);
	CU_ASSERT_EQUAL(fstatat(t.t_fd, CERT, &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0400);
	tree_read(&t, KEY, &key);
	tree_read(&t, CERT, &cert);
	CU_ASSERT_EQUAL(
	    memcmp(key.b_data, "-----BEGIN PRIVATE KEY-----\n", 28), 0);
	check_cert(&cert);
	/* What is there stays. */
	tree_takes(&t);
	tree_read(&t, KEY, &again);
	CU_ASSERT_EQUAL(again.b_len, key.b_len);
	CU_ASSERT_EQUAL(memcmp(again.b_data, key.b_data, key.b_len), 0);
	buf_free(&again);
	/* A key without a certificate gets one and stays too. */
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, CERT, 0), 0);
	tree_takes(&t);
	tree_read(&t, KEY, &again);
	CU_ASSERT_EQUAL(memcmp(again.b_data, key.b_data, key.b_len), 0);
	buf_free(&again);
	/* A certificate without a key is of no use. */
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, KEY, 0), 0);
	tree_takes(&t);
	tree_read(&t, KEY, &again);
	CU_ASSERT_NOT_EQUAL(memcmp(again.b_data, key.b_data, key.b_len), 0);
	buf_free(&again);
	buf_freezero(&key);
	buf_free(&cert);
	tree_end(&t);
}

static void
test_mismatch(void)
{
	struct tree t;
	struct buf key, cert, other;

	tree_make(&t);
	buf_init(&key, TLS_FILE_MAX);
	buf_init(&cert, TLS_FILE_MAX);
	buf_init(&other, TLS_FILE_MAX);
	CU_ASSERT_EQUAL(tls_make(&key, &cert), 0);
	buf_reset(&key);
	CU_ASSERT_EQUAL(tls_make(&key, &other), 0);
	tree_write(&t, KEY, key.b_data, key.b_len);
	tree_write(&t, CERT, cert.b_data, cert.b_len);
	tree_refuses(&t, "server.key");
	/* The chain may go on after the server's own. */
	buf_add(&other, cert.b_data, cert.b_len);
	tree_write(&t, CERT, other.b_data, other.b_len);
	tree_takes(&t);
	buf_addz(&other,
	    "-----BEGIN CERTIFICATE-----\nMIIB\n"
	    "-----END CERTIFICATE-----\n");
	tree_write(&t, CERT, other.b_data, other.b_len);
	tree_refuses(&t, "server.crt");
	buf_free(&key);
	buf_free(&cert);
	buf_free(&other);
	tree_end(&t);
}

static void
test_broken(void)
{
	struct tree t;
	struct buf key, cert;

	tree_make(&t);
	buf_init(&key, TLS_FILE_MAX);
	buf_init(&cert, TLS_FILE_MAX);
	CU_ASSERT_EQUAL(tls_make(&key, &cert), 0);
	tree_write(&t, KEY, "no key", 6);
	tree_write(&t, CERT, cert.b_data, cert.b_len);
	tree_refuses(&t, "server.key");
	tree_write(&t, KEY, key.b_data, key.b_len);
	tree_write(&t, CERT, "", 0);
	tree_refuses(&t, "server.crt");
	tree_write(&t, CERT, cert.b_data, cert.b_len);
	tree_takes(&t);
	/* A CA is needed only where it is asked for. */
	t.t_conf->cf_https_use_ca = true;
	tree_refuses(&t, "ca.crt: no such file");
	tree_write(&t, CA, "x", 1);
	tree_refuses(&t, "ca.crt");
	t.t_conf->cf_https_use_ca = false;
	free(t.t_conf->cf_https_ciphers);
	t.t_conf->cf_https_ciphers = strdup("no-such-cipher");
	tree_refuses(&t, "ssl_ciphers");
	free(t.t_conf->cf_https_ciphers);
	t.t_conf->cf_https_ciphers = strdup("ecdhe-rsa-aes128-gcm-sha256");
	tree_takes(&t);
	/* A link might lead anywhere. */
	unlinkat(t.t_fd, KEY, 0);
	CU_ASSERT_EQUAL(symlinkat("/etc/passwd", t.t_fd, KEY), 0);
	tree_refuses(&t, "server.key");
	buf_freezero(&key);
	buf_free(&cert);
	tree_end(&t);
}

/* --- the memfd -------------------------------------------------------- */

static void
test_tampered(void)
{
	struct tree t;
	struct tls *tls;
	struct buf all;
	void *p;
	size_t len, i;
	int fd, open_fd;

	tree_make(&t);
	fd = tree_pack(&t);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(memfd_map(fd, 1 << 20, &p, &len), 0);
	buf_init(&all, 1 << 20);
	buf_add(&all, p, len);
	CU_ASSERT_EQUAL(munmap(p, len), 0);
	CU_ASSERT_NOT_EQUAL(write(fd, "x", 1), 1);
	close(fd);
	/* The same bytes in a file that could still change. */
	open_fd = memfd_create("test", MFD_CLOEXEC);
	CU_ASSERT_EQUAL(
	    write(open_fd, all.b_data, all.b_len), (ssize_t)all.b_len);
	CU_ASSERT_PTR_NULL(tls_unpack(open_fd, t.t_conf, &t.t_err));
	close(open_fd);
	tls = tls_load(all.b_data, all.b_len, t.t_conf, &t.t_err);
	CU_ASSERT_PTR_NOT_NULL(tls);
	tls_unref(&tls);
	CU_ASSERT_PTR_NULL(tls);
	/* Cut anywhere, or longer. */
	for (i = 0; i < all.b_len; i += i < 16 ? 1 : 97)
		CU_ASSERT_PTR_NULL(tls_load(all.b_data, i, t.t_conf, &t.t_err));
	buf_addc(&all, 'x');
	CU_ASSERT_PTR_NULL(tls_load(all.b_data, all.b_len, t.t_conf, &t.t_err));
	all.b_len--;
	all.b_data[TLS_MAGIC_LEN + 3] = 0x7f; /* a length */
	CU_ASSERT_PTR_NULL(tls_load(all.b_data, all.b_len, t.t_conf, &t.t_err));
	all.b_data[TLS_MAGIC_LEN + 3] = 0;
	all.b_data[0] = 'X';
	CU_ASSERT_PTR_NULL(tls_load(all.b_data, all.b_len, t.t_conf, &t.t_err));
	buf_freezero(&all);
	tree_end(&t);
}

/* --- handshakes ------------------------------------------------------- */

struct client {
	SSL_CTX *c_ctx;
	SSL_SESSION *c_session;
	bool c_resumed;
	int c_version;
	char c_alpn[16];
};

static void
client_make(struct client *c)
{
	static const unsigned char alpn[] = "\x02h2\x08http/1.1";

	memset(c, 0, sizeof(*c));
	c->c_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_alpn_protos(c->c_ctx, alpn, sizeof(alpn) - 1);
}

static void
client_end(struct client *c)
{
	SSL_SESSION_free(c->c_session);
	SSL_CTX_free(c->c_ctx);
}

/* Handshake, one byte each way, close. 0 or -1. */
static int
meet(struct client *c, struct tls *tls)
{
	const unsigned char *alpn;
	unsigned int alpnlen;
	SSL *cl, *sv;
	char byte;
	int sp[2], i, r = -1;

	CU_ASSERT_EQUAL(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sp), 0);
	cl = SSL_new(c->c_ctx);
	SSL_set_fd(cl, sp[0]);
	if (c->c_session != NULL)
		SSL_set_session(cl, c->c_session);
	sv = tls_accept(tls, sp[1]);
	for (i = 0; i < 10; i++) {
		SSL_connect(cl);
		SSL_do_handshake(sv);
	}
	if (SSL_is_init_finished(cl) && SSL_is_init_finished(sv) &&
	    SSL_write(cl, "q", 1) == 1 && SSL_read(sv, &byte, 1) == 1 &&
	    SSL_write(sv, "a", 1) == 1 && SSL_read(cl, &byte, 1) == 1)
		r = 0;
	c->c_version = SSL_version(cl);
	c->c_resumed = SSL_session_reused(cl);
	SSL_get0_alpn_selected(cl, &alpn, &alpnlen);
	snprintf(c->c_alpn, sizeof(c->c_alpn), "%.*s", (int)alpnlen, alpn);
	SSL_SESSION_free(c->c_session);
	c->c_session = r == 0 ? SSL_get1_session(cl) : NULL;
	SSL_shutdown(cl);
	SSL_shutdown(sv);
	SSL_free(cl);
	SSL_free(sv);
	close(sp[0]);
	close(sp[1]);
	return (r);
}

static void
test_versions(void)
{
	struct client c;
	struct tree t;
	struct tls *tls;

	tree_make(&t);
	tls = tree_tls(&t);
	client_make(&c);
	CU_ASSERT_EQUAL(meet(&c, tls), 0);
	CU_ASSERT_EQUAL(c.c_version, TLS1_3_VERSION);
	CU_ASSERT_STRING_EQUAL(c.c_alpn, "http/1.1");
	client_end(&c);
	client_make(&c);
	SSL_CTX_set_max_proto_version(c.c_ctx, TLS1_2_VERSION);
	CU_ASSERT_EQUAL(meet(&c, tls), 0);
	CU_ASSERT_EQUAL(c.c_version, TLS1_2_VERSION);
	client_end(&c);
	client_make(&c);
	SSL_CTX_set_cipher_list(c.c_ctx, "ALL:@SECLEVEL=0");
	SSL_CTX_set_min_proto_version(c.c_ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(c.c_ctx, TLS1_1_VERSION);
	CU_ASSERT_EQUAL(meet(&c, tls), -1);
	client_end(&c);
	tls_unref(&tls);
	tree_end(&t);
}

/* Resumption at another worker, after a change of keys, and after two. */
static void
resume(int version)
{
	struct client c;
	struct tree t;
	struct tls *one, *two;

	tree_make(&t);
	one = tree_tls(&t);
	two = tree_tls(&t);
	client_make(&c);
	SSL_CTX_set_max_proto_version(c.c_ctx, version);
	CU_ASSERT_EQUAL(meet(&c, one), 0);
	CU_ASSERT_FALSE(c.c_resumed);
	CU_ASSERT_EQUAL(meet(&c, two), 0);
	CU_ASSERT_TRUE(c.c_resumed);
	tls_unref(&two);
	memcpy(t.t_tickets + TLS_TICKET_KEY, t.t_tickets, TLS_TICKET_KEY);
	memset(t.t_tickets, 'n', TLS_TICKET_KEY);
	two = tree_tls(&t);
	CU_ASSERT_EQUAL(meet(&c, two), 0);
	CU_ASSERT_TRUE(c.c_resumed);
	/* That gave it a ticket of the new key: the old worker is lost. */
	CU_ASSERT_EQUAL(meet(&c, one), 0);
	CU_ASSERT_FALSE(c.c_resumed);
	tls_unref(&two);
	memset(t.t_tickets, 'z', TLS_TICKET_KEYS);
	two = tree_tls(&t);
	CU_ASSERT_EQUAL(meet(&c, two), 0);
	CU_ASSERT_FALSE(c.c_resumed);
	client_end(&c);
	tls_unref(&one);
	tls_unref(&two);
	tree_end(&t);
}

static void
test_resume(void)
{
	resume(TLS1_3_VERSION);
	resume(TLS1_2_VERSION);
}

/* Keys that are all zero were never made: anyone could write a ticket. */
static void
test_zero_keys(void)
{
	struct client c;
	struct tree t;
	struct tls *one, *two;
	uint8_t zero[TLS_TICKET_KEY] = { 0 };

	tree_make(&t);
	memcpy(t.t_tickets, zero, sizeof(zero));
	CU_ASSERT_EQUAL(tree_pack(&t), -1);
	memset(t.t_tickets, 'k', TLS_TICKET_KEY);
	memset(t.t_tickets + TLS_TICKET_KEY, 0, TLS_TICKET_KEY);
	one = tree_tls(&t);
	client_make(&c);
	CU_ASSERT_EQUAL(meet(&c, one), 0);
	two = tree_tls(&t);
	CU_ASSERT_EQUAL(meet(&c, two), 0);
	CU_ASSERT_TRUE(c.c_resumed);
	client_end(&c);
	tls_unref(&one);
	tls_unref(&two);
	tree_end(&t);
}

static void
test_clients(void)
{
	struct client c;
	struct tree t;
	struct tls *tls;
	struct buf key, cert;
	EVP_PKEY *pkey;
	X509 *x;
	BIO *bio;

	tree_make(&t);
	buf_init(&key, TLS_FILE_MAX);
	buf_init(&cert, TLS_FILE_MAX);
	CU_ASSERT_EQUAL(tls_make(&key, &cert), 0);
	tree_write(&t, CA, cert.b_data, cert.b_len);
	t.t_conf->cf_https_use_ca = true;
	tls = tree_tls(&t);
	client_make(&c);
	CU_ASSERT_EQUAL(meet(&c, tls), -1);
	/* Signed by itself and named as CA: the shortest chain there is. */
	x = cert_of(&cert);
	bio = BIO_new_mem_buf(key.b_data, (int)key.b_len);
	pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	CU_ASSERT_EQUAL(SSL_CTX_use_certificate(c.c_ctx, x), 1);
	CU_ASSERT_EQUAL(SSL_CTX_use_PrivateKey(c.c_ctx, pkey), 1);
	CU_ASSERT_EQUAL(meet(&c, tls), 0);
	CU_ASSERT_EQUAL(meet(&c, tls), 0);
	CU_ASSERT_TRUE(c.c_resumed);
	/* The same session is worth nothing under another CA. */
	tls_unref(&tls);
	buf_reset(&key);
	buf_reset(&cert);
	CU_ASSERT_EQUAL(tls_make(&key, &cert), 0);
	tree_write(&t, CA, cert.b_data, cert.b_len);
	tls = tree_tls(&t);
	CU_ASSERT_EQUAL(meet(&c, tls), -1);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	X509_free(x);
	client_end(&c);
	tls_unref(&tls);
	buf_free(&key);
	buf_free(&cert);
	tree_end(&t);
}

/* A connection outlives the context that it was accepted with. */
static void
test_refs(void)
{
	struct client c;
	struct tree t;
	struct tls *tls, *held;

	tree_make(&t);
	tls = tree_tls(&t);
	held = tls_ref(tls);
	tls_unref(&tls);
	client_make(&c);
	CU_ASSERT_EQUAL(meet(&c, held), 0);
	client_end(&c);
	tls_unref(&held);
	tree_end(&t);
}

static const struct unit_case cases[] = {
	{ "files made", test_make },
	{ "mismatch", test_mismatch },
	{ "broken files", test_broken },
	{ "tampered pack", test_tampered },
	{ "versions", test_versions },
	{ "resumption", test_resume },
	{ "keys of zero", test_zero_keys },
	{ "clients' certificates", test_clients },
	{ "references", test_refs },
	{ NULL, NULL },
};

int
main(void)
{
	log_init("test_tls", LOGL_ERROR);
	tls_init();
	return (unit_run("tls", cases));
}
