/* SPDX-License-Identifier: ISC */
/*
 * Fuzz tokens: the shape check and the verification of what has the shape. The
 * first byte chooses what the rest is: a token as it came; the payload of a
 * token that is put together here; claims for a token that is signed here;
 * claims as JSON; an answer of the hash role. Nothing passes that was not
 * signed, and what was signed reads back as it was.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "authz/lanemsg.h"
#include "authz/token.h"
#include "authz/token_key.h"

#define HEADER     "eyJhbGciOiJFUzUxMiIsInR5cCI6IkpXVCJ9"
#define HEADER_LEN 36
#define NOW        1700000000

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Made once: a key takes longer than all the rest. */
static struct token_key *
fuzz_key(void)
{
	static struct token_key *key;

	if (key == NULL)
		key = token_key_ephemeral();
	if (key == NULL)
		abort();
	return (key);
}

/* Any text of base64url between our header and some signature. */
static void
fuzz_payload(const uint8_t *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789-_";
	struct token_claims tc;
	char token[TOKEN_MAX + 256];
	size_t i, n = HEADER_LEN;

	if (len > TOKEN_MAX)
		return;
	memcpy(token, HEADER, HEADER_LEN);
	token[n++] = '.';
	for (i = 0; i < len; i++)
		token[n++] = digits[data[i] & 0x3f];
	token[n++] = '.';
	for (i = 0; i < 176; i++)
		token[n++] = digits[len == 0 ? 0 : data[i % len] >> 2];
	if (!token_shape(token, n) && n <= TOKEN_MAX && len >= 4 &&
	    len % 4 != 1)
		abort();
	if (token_verify(fuzz_key(), token, n, NOW, &tc) == 0)
		abort();
}

/* Claims of any text, signed: what is read back is what was written. */
static void
fuzz_claims(const uint8_t *data, size_t len)
{
	static struct token_claims tc, got;
	char token[TOKEN_MAX + 1];
	size_t i, n;

	memset(&tc, 0, sizeof(tc));
	n = len < TOKEN_NAME - 1 ? len : TOKEN_NAME - 1;
	for (i = 0; i < n; i++)
		tc.tc_user[i] = (char)(data[i] & 0x7f ? data[i] & 0x7f : 'x');
	if (n == 0)
		tc.tc_user[0] = 'x';
	tc.tc_nbf = NOW - (int64_t)(len % 3);
	tc.tc_exp = NOW + 1 + (int64_t)(len % 5);
	tc.tc_run_as = len % 2 == 0;
	tc.tc_nroles = len % (TOKEN_ROLES + 1);
	for (i = 0; i < tc.tc_nroles; i++)
		tc.tc_roles[i] = (int64_t)(len * i);
	memcpy(tc.tc_mode, len % 7 == 0 ? "black" : "white", 6);
	if (token_sign(fuzz_key(), &tc, token, sizeof(token)) == -1 ||
	    token_verify(fuzz_key(), token, strlen(token), NOW, &got) == -1 ||
	    strcmp(tc.tc_user, got.tc_user) != 0 ||
	    tc.tc_nroles != got.tc_nroles ||
	    memcmp(tc.tc_roles, got.tc_roles, sizeof(tc.tc_roles)) != 0)
		abort();
}

static void
fuzz_json(const uint8_t *data, size_t len)
{
	static struct token_claims tc;
	char *text;

	text = malloc(len + 1);
	if (text == NULL)
		abort();
	memcpy(text, data, len);
	text[len] = '\0';
	if (token_claims_parse(text, &tc) == 0 &&
	    (tc.tc_user[0] == '\0' || tc.tc_nroles > TOKEN_ROLES ||
	        tc.tc_nbf < 0 || tc.tc_exp < 0))
		abort();
	free(text);
}

/* What authz reads from a hash instance that has been taken over. */
static void
fuzz_answer(const uint8_t *data, size_t len)
{
	static struct verify_done vd, again;
	static struct msgw mw;
	struct hash_done hd;
	struct msg m;

	memset(&m, 0, sizeof(m));
	m.m_data = data;
	m.m_len = len;
	if (lanemsg_get_hash_done(&m, &hd) == 0 && hd.hd_encoded != NULL &&
	    strlen(hd.hd_encoded) > len)
		abort();
	m.m_pos = 0;
	if (lanemsg_get_verify_done(&m, &vd) == -1)
		return;
	lanemsg_put_verify_done(&mw, &vd);
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	m.m_pos = 0;
	if (mw.mw_failed || lanemsg_get_verify_done(&m, &again) == -1 ||
	    memcmp(&vd, &again, sizeof(vd)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct token_claims tc;
	char *copy;

	if (len == 0)
		return (0);
	len--;
	switch (*data++ % 5) {
	case 0:
		/* An exact copy: a byte read beyond it shows. */
		copy = malloc(len + 1);
		if (copy == NULL)
			abort();
		memcpy(copy, data, len);
		if (token_verify(fuzz_key(), copy, len, NOW, &tc) == 0)
			abort();
		free(copy);
		break;
	case 1:
		fuzz_payload(data, len);
		break;
	case 2:
		fuzz_claims(data, len);
		break;
	case 3:
		fuzz_json(data, len);
		break;
	case 4:
		fuzz_answer(data, len);
		break;
	}
	return (0);
}
