/* SPDX-License-Identifier: ISC */
/* Password hashes; the digests were computed with Python's hashlib. */
#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "authz/password.h"
#include "tests/unit/unit.h"

/* scrypt of "wazuh" at the original's parameters. */
#define WAZUH_SALT "abcdefghijklmnop"
#define WAZUH_HEX                                                          \
	"70adea51a80db27aec73bcf1314624d894bb296facfb87f6fbb1462a39df8f76" \
	"a36658effd3409f53f4ecd5f91173712d68895dabb92dbf1aec855846dffb6d0"

/* "" with N 16, r 1, p 1, salt NaCl. */
#define EMPTY_HEX                                                          \
	"e9353f5e6fda27bfbd038b928f2b651b60593b74f3641f2bb287f0c0c714983c" \
	"5dc9594a9bd0e795fe606d5ede9b354e604392898be45062b2ca77a85d6ddbd5"

/* "p\u00e4ssw\u00f6rd" with N 1024, r 8, p 16, salt S4lt. */
#define UTF8_HEX                                                           \
	"eb18dd1e98a7a9f46d28c77cbb09b62835346a97a16084c1bea0fcae47cfeac2" \
	"320642d8743bb736fd4982bd7c3e50408cedbf2a695b9f42d8cf186bc346cdea"

#define SHA256_HEX \
	"86047d1ecaad2aea56c699eff32f7d4eb3c36a34d3ffd3dc49394d69fa5d2d74"
#define SHA1_HEX "8b09c61e3ddee1285f60003548fcfb0963b1e8e2"
#define SHA512_HEX                                                         \
	"b26d3dad4cd2dfefb7f9caac5b3888a1614ef1b1249cac09c0612fc83d6b6b83" \
	"dc589b793a258594cfc156ff326c97b85d6f2a329ab7dde705ace6a26cd1a21c"

static void
test_vectors(void)
{
	CU_ASSERT_TRUE(password_verify(
	    "scrypt:32768:8:1$" WAZUH_SALT "$" WAZUH_HEX, "wazuh"));
	CU_ASSERT_FALSE(password_verify(
	    "scrypt:32768:8:1$" WAZUH_SALT "$" WAZUH_HEX, "wazuH"));
	CU_ASSERT_TRUE(password_verify("scrypt:16:1:1$NaCl$" EMPTY_HEX, ""));
	CU_ASSERT_FALSE(password_verify("scrypt:16:1:1$NaCl$" EMPTY_HEX, " "));
	CU_ASSERT_TRUE(password_verify(
	    "scrypt:1024:8:16$S4lt$" UTF8_HEX, "p\xc3\xa4ssw\xc3\xb6rd"));
	CU_ASSERT_TRUE(password_verify(
	    "pbkdf2:sha256:1000$saltsalt$" SHA256_HEX, "secret"));
	CU_ASSERT_FALSE(password_verify(
	    "pbkdf2:sha256:1001$saltsalt$" SHA256_HEX, "secret"));
	CU_ASSERT_TRUE(
	    password_verify("pbkdf2:sha1:1000$saltsalt$" SHA1_HEX, "secret"));
	CU_ASSERT_TRUE(password_verify(
	    "pbkdf2:sha512:1000$saltsalt$" SHA512_HEX, "secret"));
}

/* Each differs from a good one in one place. */
static void
test_malformed(void)
{
	static const char *const bad[] = {
		"",
		"scrypt",
		"scrypt:",
		"scrypt:16:1:1",
		"scrypt:16:1:1$",
		"scrypt:16:1:1$NaCl",
		"scrypt:16:1:1$NaCl$",
		"scrypt:16:1:1$$" EMPTY_HEX,
		"scrypt:16:1$NaCl$" EMPTY_HEX,
		"scrypt:16:1:1:1$NaCl$" EMPTY_HEX,
		"scrypt:016:1:1$NaCl$" EMPTY_HEX,
		"scrypt:+16:1:1$NaCl$" EMPTY_HEX,
		"scrypt: 16:1:1$NaCl$" EMPTY_HEX,
		"scrypt:16:1:1 $NaCl$" EMPTY_HEX,
		"scrypt:16:1:1$NaCl$" EMPTY_HEX "00",
		"scrypt:16:1:1$NaCl$" EMPTY_HEX "0",
		"scrypt:16:1:1$NaCl$" EMPTY_HEX "\n",
		"scrypt:16:1:1$NaCl$0" EMPTY_HEX,
		"Scrypt:16:1:1$NaCl$" EMPTY_HEX,
		"scrypt:16:1:1$NaCl$gg" EMPTY_HEX,
		"md5$NaCl$" EMPTY_HEX,
		"plain$$",
		"pbkdf2:md5:1000$saltsalt$0123456789abcdef0123456789abcdef",
		"pbkdf2:sha256$saltsalt$" SHA256_HEX,
		"pbkdf2:sha256:$saltsalt$" SHA256_HEX,
		"pbkdf2:sha256:1000$saltsalt$" SHA1_HEX,
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_FALSE(password_verify(bad[i], ""));
		CU_ASSERT_FALSE(password_verify(bad[i], "secret"));
	}
}

/*
 * Parameters that would cost gigabytes or minutes are refused although the
 * text is well formed; this returns at once or the test runner gives up.
 */
static void
test_bounds(void)
{
	static const char *const bad[] = {
		"scrypt:0:1:1$NaCl$" EMPTY_HEX,
		"scrypt:1:1:1$NaCl$" EMPTY_HEX,
		"scrypt:17:1:1$NaCl$" EMPTY_HEX,
		"scrypt:16:0:1$NaCl$" EMPTY_HEX,
		"scrypt:16:1:0$NaCl$" EMPTY_HEX,
		"scrypt:1073741824:8:1$NaCl$" EMPTY_HEX,
		"scrypt:18446744073709551616:8:1$NaCl$" EMPTY_HEX,
		"scrypt:524288:8:1$NaCl$" EMPTY_HEX,
		"scrypt:32768:8:1024$NaCl$" EMPTY_HEX,
		"scrypt:2:1024:1024$NaCl$" EMPTY_HEX,
		"scrypt:2:1073741824:1$NaCl$" EMPTY_HEX,
		"pbkdf2:sha256:0$saltsalt$" SHA256_HEX,
		"pbkdf2:sha256:2000001$saltsalt$" SHA256_HEX,
		"pbkdf2:sha256:99999999999999999999$saltsalt$" SHA256_HEX,
	};
	char text[PASSWORD_ENCODED], salt[80], plain[1200];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(password_verify(bad[i], ""));
	memset(salt, 's', sizeof(salt));
	salt[65] = '\0';
	snprintf(text, sizeof(text), "scrypt:16:1:1$%s$" EMPTY_HEX, salt);
	CU_ASSERT_FALSE(password_verify(text, ""));
	memset(plain, 'x', sizeof(plain));
	plain[sizeof(plain) - 1] = '\0';
	CU_ASSERT_EQUAL(password_make(plain, text), -1);
}

static void
test_make(void)
{
	char a[PASSWORD_ENCODED], b[PASSWORD_ENCODED];
	size_t i;

	CU_ASSERT_EQUAL_FATAL(password_make("Secret1*", a), 0);
	CU_ASSERT_EQUAL_FATAL(password_make("Secret1*", b), 0);
	CU_ASSERT_EQUAL(strncmp(a, "scrypt:32768:8:1$", 17), 0);
	CU_ASSERT_EQUAL(strlen(a), 17 + 16 + 1 + 128);
	CU_ASSERT_EQUAL(a[17 + 16], '$');
	CU_ASSERT_EQUAL(strspn(a + 17,
	                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                    "abcdefghijklmnopqrstuvwxyz0123456789"),
	    16);
	CU_ASSERT_EQUAL(strspn(a + 34, "0123456789abcdef"), 128);
	/* The salt is new each time. */
	CU_ASSERT_NOT_EQUAL(strcmp(a, b), 0);
	CU_ASSERT_TRUE(password_verify(a, "Secret1*"));
	CU_ASSERT_FALSE(password_verify(a, "Secret1"));
	/* One bit of the digest. */
	i = strlen(a) - 1;
	a[i] = a[i] == '0' ? '1' : '0';
	CU_ASSERT_FALSE(password_verify(a, "Secret1*"));
}

static void
test_dummy(void)
{
	char like[PASSWORD_ENCODED];

	/* As long and as costly as a real one, and nobody's. */
	CU_ASSERT_EQUAL_FATAL(password_make("x", like), 0);
	CU_ASSERT_EQUAL(strlen(password_dummy()), strlen(like));
	CU_ASSERT_EQUAL(strncmp(password_dummy(), like, 17), 0);
	CU_ASSERT_FALSE(password_verify(password_dummy(), ""));
	CU_ASSERT_FALSE(password_verify(password_dummy(), "x"));
}

static void
test_random(void)
{
	char out[65], last[65] = "";
	int i, seen[256] = { 0 };
	size_t j;

	CU_ASSERT_EQUAL(password_random(out, 7), -1);
	CU_ASSERT_EQUAL(password_random(out, 65), -1);
	for (i = 0; i < 300; i++) {
		size_t len = i % 2 == 0 ? 8 : 64;

		CU_ASSERT_EQUAL_FATAL(password_random(out, len), 0);
		CU_ASSERT_EQUAL(strlen(out), len);
		CU_ASSERT_NOT_EQUAL(strcmp(out, last), 0);
		CU_ASSERT_PTR_NOT_NULL(
		    strpbrk(out, "abcdefghijklmnopqrstuvwxyz"));
		CU_ASSERT_PTR_NOT_NULL(
		    strpbrk(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
		CU_ASSERT_PTR_NOT_NULL(strpbrk(out, "0123456789"));
		CU_ASSERT_PTR_NOT_NULL(strpbrk(out, ".-_+=*"));
		for (j = 0; j < len; j++)
			seen[(unsigned char)out[j]]++;
		memcpy(last, out, sizeof(out));
	}
	/* 10,800 draws of 68 characters: each about 159 times. */
	for (i = 0, j = 0; i < 256; i++)
		if (seen[i] != 0) {
			j++;
			CU_ASSERT_TRUE(seen[i] > 60 && seen[i] < 320);
		}
	CU_ASSERT_EQUAL(j, 68);
}

/* Which passwords a user may have: length in characters, then the classes. */
static void
test_refuse(void)
{
	static const struct {
		const char *plain;
		uint16_t code;
	} t[] = {
		{ "", 5009 },
		{ "Aa1.", 5009 },
		{ "Aa1.567", 5009 },
		{ "Aa1.5678", 0 },
		{ "aaaaaaa1.", 5007 },
		{ "AAAAAAA1.", 5007 },
		{ "AAAAaaaa.", 5007 },
		{ "AAAAaaaa1", 5007 },
		{ "Aa1 5678", 0 },
		/* Characters, not bytes; a letter beyond ASCII is no letter. */
		{ "Aa1\u00e9567", 5009 },
		{ "Aa1\u00e95678", 0 },
		{ "\u00c4\u00e4345678", 5007 },
		/* A digit of another script is a digit, and is none. */
		{ "Aabcdef\u0663", 0 },
		{ "Aa1.\xff\xff\xff\xff", 5009 },
		/* One line. */
		{ "Aa1.5678\n", 0 },
		{ "Aa1.567\n", 5007 },
		{ "Aa1.56\n78", 5007 },
		{ "Aa1.5678\n\n", 5007 },
		{ "aaaaaaaa\nA1.", 5007 },
	};
	char most[66];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		CU_ASSERT_EQUAL(password_refuse(t[i].plain), t[i].code);
	memset(most, 'a', sizeof(most));
	memcpy(most, "A1.", 3);
	most[65] = '\0';
	CU_ASSERT_EQUAL(password_refuse(most), 5009);
	most[64] = '\0';
	CU_ASSERT_EQUAL(password_refuse(most), 0);
	for (i = 8; i <= 64; i++) {
		CU_ASSERT_EQUAL(password_random(most, i), 0);
		CU_ASSERT_EQUAL(password_refuse(most), 0);
	}
}

static void
test_warm(void)
{
	password_warm();
	CU_ASSERT_TRUE(password_verify("scrypt:16:1:1$NaCl$" EMPTY_HEX, ""));
}

static const struct unit_case cases[] = {
	{ "known digests", test_vectors },
	{ "malformed hashes", test_malformed },
	{ "bounds of work", test_bounds },
	{ "making", test_make },
	{ "the dummy", test_dummy },
	{ "random passwords", test_random },
	{ "passwords that are refused", test_refuse },
	{ "warming up", test_warm },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("password", cases));
}
