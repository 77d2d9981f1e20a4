/* SPDX-License-Identifier: ISC */
/* The files of the key pair: made, read, replaced, healed. */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/pem.h>

#include "authz/token_file.h"
#include "common/log.h"
#include "tests/unit/steps.h"
#include "tests/unit/unit.h"

#define NBF 1700000000

static const struct token_claims claims = {
	.tc_user = "wazuh",
	.tc_nbf = NBF,
	.tc_exp = NBF + 900,
	.tc_nroles = 1,
	.tc_roles = { 1 },
	.tc_mode = "white",
};

/* Is the token good under the key? */
static bool
good(const struct token_key *key, const char *token)
{
	struct token_claims tc;

	return (token_verify(key, token, strlen(token), NBF + 1, &tc) == 0);
}

static int
scratch(char dir[64])
{
	snprintf(dir, 64, "/tmp/gatehouse-token-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	return (open(dir, O_RDONLY | O_DIRECTORY));
}

static void
scratch_end(int fd, const char *dir)
{
	unlinkat(fd, "private_key.pem", 0);
	unlinkat(fd, "public_key.pem", 0);
	close(fd);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

static void
put(int fd, const char *name, const char *text)
{
	int f = openat(fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	CU_ASSERT_TRUE_FATAL(f != -1);
	CU_ASSERT_EQUAL(write(f, text, strlen(text)), (ssize_t)strlen(text));
	close(f);
}

static void
get(int fd, const char *name, char *out, size_t size)
{
	int f = openat(fd, name, O_RDONLY);
	ssize_t n;

	CU_ASSERT_TRUE_FATAL(f != -1);
	n = read(f, out, size - 1);
	CU_ASSERT_TRUE_FATAL(n >= 0);
	out[n] = '\0';
	close(f);
}

static void
test_files(void)
{
	struct token_key *a, *b, *c;
	struct stat st;
	char dir[64], token[TOKEN_MAX + 1];
	char priv[4096], pub[4096], now[4096];
	int fd = scratch(dir);

	a = token_file_load(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_EQUAL(fstatat(fd, "private_key.pem", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	CU_ASSERT_EQUAL(fstatat(fd, "public_key.pem", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	get(fd, "private_key.pem", priv, sizeof(priv));
	get(fd, "public_key.pem", pub, sizeof(pub));
	CU_ASSERT_EQUAL(strncmp(priv, "-----BEGIN PRIVATE KEY-----\n", 28), 0);
	CU_ASSERT_STRING_EQUAL(pub, token_key_public(a));

	/* The next one to load finds the same key. */
	CU_ASSERT_EQUAL(token_sign(a, &claims, token, sizeof(token)), 0);
	b = token_file_load(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_TRUE(good(b, token));
	get(fd, "private_key.pem", now, sizeof(now));
	CU_ASSERT_STRING_EQUAL(now, priv);
	token_key_free(&b);

	/* Either file missing: a new pair. */
	CU_ASSERT_EQUAL(unlinkat(fd, "public_key.pem", 0), 0);
	b = token_file_load(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_FALSE(good(b, token));
	get(fd, "public_key.pem", now, sizeof(now));
	CU_ASSERT_STRING_EQUAL(now, token_key_public(b));
	CU_ASSERT_EQUAL(unlinkat(fd, "private_key.pem", 0), 0);
	c = token_file_load(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	get(fd, "public_key.pem", now, sizeof(now));
	CU_ASSERT_STRING_EQUAL(now, token_key_public(c));
	CU_ASSERT_STRING_NOT_EQUAL(now, token_key_public(b));

	token_key_free(&a);
	token_key_free(&b);
	token_key_free(&c);
	scratch_end(fd, dir);
}

/* Keys of another kind, encrypted ones, and texts that are none. */
static void
test_wrong_files(void)
{
	struct token_key *good = token_key_ephemeral();
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	char dir[64], pub[4096], priv[4096], big[5000];
	int fd = scratch(dir), n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(good);
	PEM_write_bio_PUBKEY(bio, ec);
	n = BIO_read(bio, pub, sizeof(pub) - 1);
	pub[n > 0 ? n : 0] = '\0';
	PEM_write_bio_PKCS8PrivateKey(bio, ec, NULL, NULL, 0, NULL, NULL);
	n = BIO_read(bio, priv, sizeof(priv) - 1);
	priv[n > 0 ? n : 0] = '\0';
	CU_ASSERT_PTR_NULL(token_key_parse(pub, strlen(pub)));
	CU_ASSERT_PTR_NULL(token_key_parse("", 0));
	CU_ASSERT_PTR_NULL(token_key_parse("rubbish\n", 8));
	put(fd, "public_key.pem", pub);
	put(fd, "private_key.pem", priv);
	CU_ASSERT_PTR_NULL(token_file_load(fd));
	CU_ASSERT_EQUAL(errno, EBADMSG);
	/* A passphrase is never asked for. */
	PEM_write_bio_PKCS8PrivateKey(
	    bio, good->tk_pkey, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
	n = BIO_read(bio, priv, sizeof(priv) - 1);
	priv[n > 0 ? n : 0] = '\0';
	CU_ASSERT_EQUAL(
	    strncmp(priv, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 38), 0);
	put(fd, "public_key.pem", token_key_public(good));
	put(fd, "private_key.pem", priv);
	CU_ASSERT_PTR_NULL(token_file_load(fd));
	CU_ASSERT_EQUAL(errno, EBADMSG);
	memset(big, '\n', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	put(fd, "private_key.pem", big);
	CU_ASSERT_PTR_NULL(token_file_load(fd));
	CU_ASSERT_EQUAL(errno, EFBIG);
	BIO_free(bio);
	EVP_PKEY_free(ec);
	token_key_free(&good);
	scratch_end(fd, dir);
}

/* How many files there are, the two included. */
static int
count(int fd)
{
	const struct dirent *d;
	DIR *dir = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));
	int n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((d = readdir(dir)) != NULL)
		n += d->d_name[0] != '.' || strlen(d->d_name) > 2;
	closedir(dir);
	return (n);
}

/* What those that died have left. */
static void
wipe(int fd)
{
	const struct dirent *d;
	DIR *dir = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((d = readdir(dir)) != NULL)
		if (strlen(d->d_name) > 2)
			unlinkat(fd, d->d_name, 0);
	closedir(dir);
}

/*
 * The public half follows the private one, whatever stands in its place; a
 * private one that is none is an error, and nothing is changed.
 */
static void
test_heal(void)
{
	struct token_key *a, *b, *other = token_key_ephemeral();
	char dir[64], token[TOKEN_MAX + 1], priv[4096], now[4096];
	const char *wrong[] = { NULL, "", "nonsense\n",
		"-----BEGIN PUBLIC KEY-----\nMIGb" };
	size_t i;
	int fd = scratch(dir);

	wrong[0] = token_key_public(other);
	a = token_file_load(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_EQUAL(token_sign(a, &claims, token, sizeof(token)), 0);
	get(fd, "private_key.pem", priv, sizeof(priv));
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		put(fd, "public_key.pem", wrong[i]);
		/* To look is not to touch. */
		CU_ASSERT_PTR_NULL(token_file_look(fd));
		CU_ASSERT_EQUAL(errno, EBADMSG);
		get(fd, "public_key.pem", now, sizeof(now));
		CU_ASSERT_STRING_EQUAL(now, wrong[i]);
		b = token_file_load(fd);
		CU_ASSERT_PTR_NOT_NULL_FATAL(b);
		CU_ASSERT_TRUE(token_key_same(a, b));
		CU_ASSERT_TRUE(good(b, token));
		token_key_free(&b);
		get(fd, "public_key.pem", now, sizeof(now));
		CU_ASSERT_STRING_EQUAL(now, token_key_public(a));
		get(fd, "private_key.pem", now, sizeof(now));
		CU_ASSERT_STRING_EQUAL(now, priv);
		b = token_file_look(fd);
		CU_ASSERT_PTR_NOT_NULL(b);
		token_key_free(&b);
	}
	/* A link is not followed, and gives way. */
	CU_ASSERT_EQUAL(unlinkat(fd, "public_key.pem", 0), 0);
	CU_ASSERT_EQUAL(symlinkat("/etc/passwd", fd, "public_key.pem"), 0);
	b = token_file_load(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_TRUE(token_key_same(a, b));
	token_key_free(&b);
	/* The disk does not take it: the pair is used all the same. */
	put(fd, "public_key.pem", "nonsense");
	steps_set(2, ENOSPC);
	b = token_file_load(fd);
	steps_set(0, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_TRUE(token_key_same(a, b));
	token_key_free(&b);
	get(fd, "public_key.pem", now, sizeof(now));
	CU_ASSERT_STRING_EQUAL(now, "nonsense");
	/* Half a private key. */
	priv[strlen(priv) / 2] = '\0';
	put(fd, "private_key.pem", priv);
	CU_ASSERT_PTR_NULL(token_file_load(fd));
	CU_ASSERT_EQUAL(errno, EBADMSG);
	get(fd, "private_key.pem", now, sizeof(now));
	CU_ASSERT_STRING_EQUAL(now, priv);
	CU_ASSERT_EQUAL(count(fd), 2);
	CU_ASSERT_FALSE(token_key_same(a, other));
	token_key_free(&a);
	token_key_free(&other);
	scratch_end(fd, dir);
}

/* A new pair; and one that is not to be, after all. */
static void
test_replace(void)
{
	struct token_key *a, *b, *c;
	struct token_pair tp;
	struct stat st;
	char dir[64], token[TOKEN_MAX + 1];
	int fd = scratch(dir);

	a = token_file_load(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_EQUAL(token_sign(a, &claims, token, sizeof(token)), 0);
	CU_ASSERT_EQUAL_FATAL(token_file_stage(fd, &tp), 0);
	CU_ASSERT_EQUAL(count(fd), 4);
	b = token_file_look(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_TRUE(token_key_same(a, b));
	token_key_free(&b);
	token_file_unstage(&tp);
	CU_ASSERT_EQUAL(count(fd), 2);
	CU_ASSERT_EQUAL_FATAL(token_file_stage(fd, &tp), 0);
	b = token_file_commit(&tp);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_FALSE(token_key_same(a, b));
	CU_ASSERT_FALSE(good(b, token));
	c = token_file_look(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_TRUE(token_key_same(b, c));
	CU_ASSERT_EQUAL(count(fd), 2);
	CU_ASSERT_EQUAL(fstatat(fd, "private_key.pem", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	CU_ASSERT_EQUAL(fstatat(fd, "public_key.pem", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	token_key_free(&a);
	token_key_free(&b);
	token_key_free(&c);
	scratch_end(fd, dir);
}

/* Each step refused in turn: the old pair whole, or the new one in force. */
static void
test_replace_refused(void)
{
	struct token_key *a, *b, *c;
	struct token_pair tp;
	char dir[64];
	int fd = scratch(dir), at, done;

	a = token_file_load(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	for (at = 1, done = 0; done == 0; at++) {
		steps_set(at, ENOSPC);
		b = NULL;
		if (token_file_stage(fd, &tp) == 0)
			b = token_file_commit(&tp);
		done = steps.n < at;
		if (b == NULL)
			CU_ASSERT_EQUAL(errno, ENOSPC);
		steps_set(0, 0);
		CU_ASSERT_TRUE(count(fd) == 2);
		c = token_file_load(fd);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT_TRUE(token_key_same(c, b == NULL ? a : b));
		token_key_free(&c);
		if (b != NULL) {
			token_key_free(&a);
			a = b;
		}
		/* Up to the first rename nothing has happened. */
		CU_ASSERT_TRUE((b != NULL) == (at > 5));
	}
	/* Two of each: fchmod, fsync; then rename, fsync. */
	CU_ASSERT_EQUAL(at - 2, 8);
	token_key_free(&a);
	scratch_end(fd, dir);
}

static void
replace(void *arg)
{
	struct token_pair tp;
	int fd = *(int *)arg;

	if (token_file_stage(fd, &tp) == 0)
		(void)token_file_commit(&tp);
}

/* Ended before each step in turn: the next start has a pair, the old or new. */
static void
test_replace_died(void)
{
	struct token_key *a, *b;
	struct token_pair tp;
	char dir[64], pub[4096];
	int fd = scratch(dir), at, news = 0;

	a = token_file_load(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	for (at = 1; steps_die(at, replace, &fd); at++) {
		b = token_file_load(fd);
		CU_ASSERT_PTR_NOT_NULL_FATAL(b);
		CU_ASSERT_TRUE(token_key_same(a, b) == (at <= 5));
		news += !token_key_same(a, b);
		get(fd, "public_key.pem", pub, sizeof(pub));
		CU_ASSERT_STRING_EQUAL(pub, token_key_public(b));
		token_key_free(&b);
		/* From the same pair again. */
		put(fd, "public_key.pem", token_key_public(a));
		memset(&tp, 0, sizeof(tp));
		CU_ASSERT_EQUAL_FATAL(token_file_stage(fd, &tp), 0);
		token_key_free(&a);
		a = token_file_commit(&tp);
		CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	}
	CU_ASSERT_EQUAL(at, 9);
	CU_ASSERT_EQUAL(news, 3);
	token_key_free(&a);
	wipe(fd);
	scratch_end(fd, dir);
}

static void
start_anew(void *arg)
{
	(void)token_file_load(*(int *)arg);
}

/* The same with the first start of all. */
static void
test_make_died(void)
{
	struct token_key *a;
	char dir[64];
	int fd = scratch(dir), at;

	for (at = 1; steps_die(at, start_anew, &fd); at++) {
		a = token_file_load(fd);
		CU_ASSERT_PTR_NOT_NULL(a);
		token_key_free(&a);
		unlinkat(fd, "private_key.pem", 0);
		unlinkat(fd, "public_key.pem", 0);
	}
	CU_ASSERT_EQUAL(at, 9);
	wipe(fd);
	scratch_end(fd, dir);
}

static const struct unit_case cases[] = {
	{ "key files", test_files },
	{ "wrong key files", test_wrong_files },
	{ "two halves", test_heal },
	{ "another pair", test_replace },
	{ "another pair, refused", test_replace_refused },
	{ "another pair, died", test_replace_died },
	{ "the first pair, died", test_make_died },
	{ NULL, NULL },
};

int
main(void)
{
	log_init("test", LOGL_DISABLED);
	return (unit_run("token_file", cases));
}
