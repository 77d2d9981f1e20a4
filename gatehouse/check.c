/* SPDX-License-Identifier: ISC */
/*
 * gatehouse check: what the server would do with the configuration as it is.
 * One line and status 1 when it would refuse it.
 */
#include <sys/types.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/conf.h"
#include "common/path.h"
#include "gatehouse/gatehouse.h"

#define PEM_MAX  262144 /* bytes of a file of certificates */
#define TEXT_MAX 4194304 /* bytes that are printed */

#define SSL_DIR "api/configuration/ssl"

/* A certificate and its key, as far as they are there. */
struct pair {
	X509 *pa_cert;
	EVP_PKEY *pa_key;
};

/* There is nobody to ask: a key with a passphrase is not for a server. */
static int
check_no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	return (-1);
}

/* A PEM file below SSL_DIR: 1 and the bytes, 0 when missing, or -1. */
static int
check_pem(int rootfd, const char *name, char path[PATH_MAX], struct buf *pem)
{
	snprintf(path, PATH_MAX, "%s/%s", SSL_DIR, name);
	buf_init(pem, PEM_MAX);
	if (path_read(rootfd, path, PEM_MAX, pem) == 0)
		return (1);
	if (errno == ENOENT)
		return (0);
	warn("%s", path);
	return (-1);
}

static BIO *
check_bio(const struct buf *pem)
{
	BIO *bio;

	bio = BIO_new_mem_buf(
	    pem->b_data != NULL ? (const char *)pem->b_data : "",
	    (int)pem->b_len);
	if (bio == NULL)
		errx(GATEHOUSE_ERROR, "out of memory");
	return (bio);
}

/* *cert_r stays NULL when there is no such file. */
static int
check_cert(int rootfd, const char *name, X509 **cert_r)
{
	char path[PATH_MAX];
	struct buf pem;
	BIO *bio;
	int ret;

	*cert_r = NULL;
	ret = check_pem(rootfd, name, path, &pem);
	if (ret == 1) {
		bio = check_bio(&pem);
		*cert_r =
		    PEM_read_bio_X509(bio, NULL, check_no_passphrase, NULL);
		BIO_free(bio);
		if (*cert_r == NULL) {
			warnx("%s: no certificate in PEM form", path);
			ret = -1;
		} else if (X509_cmp_current_time(X509_get0_notAfter(*cert_r)) <
		    0)
			warnx("%s: warning: no longer valid", path);
	}
	buf_free(&pem);
	return (ret == -1 ? -1 : 0);
}

static int
check_key(int rootfd, const char *name, EVP_PKEY **key_r)
{
	char path[PATH_MAX];
	struct buf pem;
	BIO *bio;
	int ret;

	*key_r = NULL;
	ret = check_pem(rootfd, name, path, &pem);
	if (ret == 1) {
		bio = check_bio(&pem);
		*key_r = PEM_read_bio_PrivateKey(
		    bio, NULL, check_no_passphrase, NULL);
		BIO_free(bio);
		if (*key_r == NULL) {
			warnx("%s: no key in PEM form, or one with a "
			      "passphrase",
			    path);
			ret = -1;
		}
	}
	buf_freezero(&pem);
	return (ret == -1 ? -1 : 0);
}

static int
check_pair(const struct conf *cf, const struct pair *pa)
{
	if (pa->pa_cert != NULL && pa->pa_key != NULL &&
	    X509_check_private_key(pa->pa_cert, pa->pa_key) != 1) {
		warnx("%s/%s: not the certificate of %s", SSL_DIR,
		    cf->cf_https_cert, cf->cf_https_key);
		return (-1);
	}
	return (0);
}

static int
check_tls(int rootfd, const struct conf *cf)
{
	struct pair pa = { NULL, NULL };
	X509 *ca = NULL;
	int ret;

	if (!cf->cf_https)
		return (0);
	ret = 0;
	if (check_cert(rootfd, cf->cf_https_cert, &pa.pa_cert) == -1 ||
	    check_key(rootfd, cf->cf_https_key, &pa.pa_key) == -1 ||
	    check_pair(cf, &pa) == -1)
		ret = -1;
	else if (cf->cf_https_use_ca) {
		ret = check_cert(rootfd, cf->cf_https_ca, &ca);
		if (ret == 0 && ca == NULL) {
			warnx("%s/%s: missing, and https.use_ca is yes",
			    SSL_DIR, cf->cf_https_ca);
			ret = -1;
		}
	}
	X509_free(pa.pa_cert);
	EVP_PKEY_free(pa.pa_key);
	X509_free(ca);
	return (ret);
}

/* The embedded store must never meet wazuh-db on the same files. */
static int
check_store(int rootfd, const struct conf *cf)
{
	if (strcmp(cf->cf_store, "embedded") != 0 ||
	    faccessat(rootfd, "bin/wazuh-db", F_OK, 0) == -1)
		return (0);
	warnx("api/configuration/gatehouse.yaml: store: embedded is not for a "
	      "manager's tree, which has bin/wazuh-db (wdb)");
	return (-1);
}

static int
check_print(const struct conf *cf)
{
	static const char *const names[] = {
		[CONF_API] = "api/configuration/api.yaml",
		[CONF_SECURITY] = "api/configuration/security/security.yaml",
		[CONF_GATEHOUSE] = "api/configuration/gatehouse.yaml",
	};
	struct buf out;
	int i, ret;

	buf_init(&out, TEXT_MAX);
	for (i = CONF_API; i <= CONF_GATEHOUSE; i++) {
		buf_addf(&out, "%s# %s\n", i == CONF_API ? "" : "\n", names[i]);
		conf_print(cf, (enum conf_file)i, &out);
	}
	ret = 0;
	if (out.b_failed || fwrite(out.b_data, out.b_len, 1, stdout) != 1 ||
	    fflush(stdout) != 0)
		ret = -1;
	buf_free(&out);
	return (ret);
}

/* Warnings are lines. */
static void
check_warn(const struct buf *warning)
{
	const char *s, *nl;
	size_t left;

	s = (const char *)warning->b_data;
	for (left = warning->b_len; left > 0; s = nl + 1) {
		nl = memchr(s, '\n', left);
		if (nl == NULL)
			return;
		warnx("%.*s", (int)(nl - s), s);
		left -= (size_t)(nl + 1 - s);
	}
}

int
check_main(const char *dir, int argc, char *argv[])
{
	struct buf error, warning;
	struct conf *cf;
	int rootfd, ret;

	if (argc != 1)
		return (gatehouse_usage(argv[0]));
	rootfd = gatehouse_open(dir);
	if (rootfd == -1)
		return (GATEHOUSE_ERROR);
	buf_init(&error, TEXT_MAX);
	buf_init(&warning, TEXT_MAX);
	cf = conf_load(rootfd, NULL, &error, &warning);
	check_warn(&warning);
	if (cf == NULL) {
		warnx("%.*s", (int)error.b_len, (const char *)error.b_data);
		ret = -1;
	} else {
		ret = check_print(cf);
		if (check_store(rootfd, cf) == -1 ||
		    check_tls(rootfd, cf) == -1)
			ret = -1;
	}
	conf_free(&cf);
	buf_free(&warning);
	buf_free(&error);
	(void)close(rootfd);
	return (ret == 0 ? 0 : GATEHOUSE_ERROR);
}
