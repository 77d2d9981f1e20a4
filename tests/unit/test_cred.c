/* SPDX-License-Identifier: ISC */
/* The Authorization header. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "apid/cred.h"
#include "apid/http.h"
#include "tests/unit/unit.h"

static const struct {
	const char *header; /* NULL: there is none */
	enum check_cred kind;
	const char *user, *secret;
} table[] = {
	{ NULL, CRED_NONE, "", "" },
	{ "", CRED_NONE, "", "" },
	{ "Basic d2F6dWg6d2F6dWg=", CRED_BASIC, "wazuh", "wazuh" },
	{ "bASIC   d2F6dWg6d2F6dWg=", CRED_BASIC, "wazuh", "wazuh" },
	{ "Basic dTphOmI6", CRED_BASIC, "u", "a:b:" }, /* u:a:b: */
	{ "Basic Og==", CRED_BASIC, "", "" }, /* : */
	{ "Basic dTrDqQ==", CRED_BASIC, "u", "\xc3\xa9" },
	{ "Basic dXU=", CRED_BAD, "", "" }, /* uu: no colon */
	{ "Basic dToAYQ==", CRED_BAD, "", "" }, /* a NUL */
	{ "Basic dTph Yg==", CRED_BAD, "", "" }, /* a blank inside */
	{ "Basic dTphOmI", CRED_BAD, "", "" }, /* no whole group */
	{ "Basic dTph=mI6", CRED_BAD, "", "" }, /* padding inside */
	{ "Basic Oh==", CRED_BAD, "", "" }, /* bits left over */
	{ "Basic dTph===", CRED_BAD, "", "" },
	{ "Basic ====", CRED_BAD, "", "" },
	{ "Basic d-_6", CRED_BAD, "", "" }, /* URL alphabet */
	{ "Basic ", CRED_BAD, "", "" },
	{ "Basic", CRED_BAD, "", "" },
	{ "Bearer abc.def-_.ghi", CRED_BEARER, "", "abc.def-_.ghi" },
	{ "bearer  x y", CRED_BEARER, "", "x y" },
	{ "Bearer", CRED_BAD, "", "" },
	{ "Bearer \x80", CRED_BAD, "", "" },
	{ "Digest username=x", CRED_NONE, "", "" },
	{ "Basicx d2F6dWg6d2F6dWg=", CRED_NONE, "", "" },
};

static void
parse(const char *header, size_t len, struct cred *cr)
{
	struct http_request r;
	char *copy;

	memset(&r, 0, sizeof(r));
	/* Exactly as long as it is, so that reading on is seen. */
	copy = malloc(len > 0 ? len : 1);
	if (header != NULL) {
		memcpy(copy, header, len);
		r.hr_auth.t_s = copy;
		r.hr_auth.t_len = len;
	}
	cred_parse(&r, cr);
	free(copy);
}

static void
test_table(void)
{
	struct cred cr;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		parse(table[i].header,
		    table[i].header == NULL ? 0 : strlen(table[i].header), &cr);
		CU_ASSERT_EQUAL(cr.cr_kind, table[i].kind);
		if (cr.cr_kind != table[i].kind)
			printf("\n%s\n", table[i].header);
		if (table[i].kind != CRED_BASIC && table[i].kind != CRED_BEARER)
			continue;
		CU_ASSERT_STRING_EQUAL(cr.cr_user, table[i].user);
		CU_ASSERT_STRING_EQUAL(cr.cr_secret, table[i].secret);
		cred_wipe(&cr);
		CU_ASSERT_STRING_EQUAL(cr.cr_secret, "");
	}
}

static void
test_twice(void)
{
	struct http_request r;
	struct cred cr;

	memset(&r, 0, sizeof(r));
	r.hr_auth.t_s = "Bearer a";
	r.hr_auth.t_len = 8;
	cred_parse(&r, &cr);
	CU_ASSERT_EQUAL(cr.cr_kind, CRED_BEARER);
	r.hr_auth_twice = true;
	cred_parse(&r, &cr);
	CU_ASSERT_EQUAL(cr.cr_kind, CRED_BAD);
}

/* Base64 of n times 'a', a colon, m times 'a'. */
static size_t
encode(char *out, size_t n, size_t m)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                          "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, len = n + 1 + m, o = 0;
	unsigned char b[3];

	memcpy(out, "Basic ", 6);
	o = 6;
	for (i = 0; i < len; i += 3) {
		b[0] = i == n ? ':' : 'a';
		b[1] = i + 1 >= len ? 0 : i + 1 == n ? ':' : 'a';
		b[2] = i + 2 >= len ? 0 : i + 2 == n ? ':' : 'a';
		out[o++] = abc[b[0] >> 2];
		out[o++] = abc[(b[0] & 3) << 4 | b[1] >> 4];
		out[o++] =
		    i + 1 < len ? abc[(b[1] & 15) << 2 | b[2] >> 6] : '=';
		out[o++] = i + 2 < len ? abc[b[2] & 63] : '=';
	}
	return (o);
}

static void
test_bounds(void)
{
	static char header[CHECK_TOKEN + 64];
	struct cred cr;
	size_t n;

	n = encode(header, CHECK_NAME, CHECK_NAME);
	parse(header, n, &cr);
	CU_ASSERT_EQUAL(cr.cr_kind, CRED_BASIC);
	CU_ASSERT_EQUAL(strlen(cr.cr_user), CHECK_NAME);
	CU_ASSERT_EQUAL(strlen(cr.cr_secret), CHECK_NAME);
	n = encode(header, CHECK_NAME + 1, 1);
	parse(header, n, &cr);
	CU_ASSERT_EQUAL(cr.cr_kind, CRED_BAD);
	n = encode(header, 1, CHECK_NAME + 1);
	parse(header, n, &cr);
	CU_ASSERT_EQUAL(cr.cr_kind, CRED_BAD);
	n = encode(header, 1, 5000);
	parse(header, n, &cr);
	CU_ASSERT_EQUAL(cr.cr_kind, CRED_BAD);
	memset(header, 'a', sizeof(header));
	memcpy(header, "Bearer ", 7);
	parse(header, 7 + CHECK_TOKEN, &cr);
	CU_ASSERT_EQUAL(cr.cr_kind, CRED_BEARER);
	CU_ASSERT_EQUAL(strlen(cr.cr_secret), CHECK_TOKEN);
	parse(header, 8 + CHECK_TOKEN, &cr);
	CU_ASSERT_EQUAL(cr.cr_kind, CRED_BAD);
}

static const struct unit_case cases[] = {
	{ "table", test_table },
	{ "two headers", test_twice },
	{ "bounds", test_bounds },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("cred", cases));
}
