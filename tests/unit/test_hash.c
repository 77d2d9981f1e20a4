/* SPDX-License-Identifier: ISC */
/* The messages between authz and hash, and what the hash role does. */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "authz/hash.h"
#include "authz/lanemsg.h"
#include "authz/password.h"
#include "authz/token_key.h"
#include "common/proc.h"
#include "tests/unit/unit.h"

/* --- the link, as the role sees it ------------------------------------------ */

static struct {
	struct proc proc;
	struct page page;
	struct msgw in, out;
	int sent;
} fx;

struct proc *proc_self;

int
peer_send(struct peer *p, struct msgw *mw, uint32_t *seq_r)
{
	CU_ASSERT_FALSE(mw->mw_failed);
	CU_ASSERT_TRUE(mw->mw_len >= msgrows[mw->mw_type].mr_min);
	CU_ASSERT_TRUE(mw->mw_len <= msgrows[mw->mw_type].mr_max);
	fx.out = *mw;
	fx.sent++;
	return (0);
}

/* Not reached: the role is not run, its handlers are called. */
int
proc_main(
    int argc, char *argv[], const struct proc_ops *const ops[], size_t nops)
{
	abort();
}

static struct msg
reader(const struct msgw *mw)
{
	struct msg m;

	memset(&m, 0, sizeof(m));
	m.m_type = mw->mw_type;
	m.m_data = mw->mw_buf + MSG_HDR;
	m.m_len = mw->mw_len;
	return (m);
}

static void
start(void)
{
	memset(&fx, 0, sizeof(fx));
	proc_self = &fx.proc;
	fx.proc.pr_page = &fx.page;
	hash_ops.po_boot(&fx.proc);
}

/* Have the role handle what is in fx.in. */
static int
handle(void)
{
	const struct handler *h;
	struct msg m = reader(&fx.in);

	for (h = hash_ops.po_handlers; h->h_type != MSG_NONE; h++)
		if (h->h_type == fx.in.mw_type)
			return (h->h_fn(NULL, &m));
	return (-2);
}

static void
give_key(const struct token_key *key, uint64_t no)
{
	lanemsg_put_key(&fx.in, no, token_key_public(key));
}

/* --- the messages -------------------------------------------------------------- */

static void
test_messages(void)
{
	static struct msgw mw;
	struct hash_ask ask, ask2;
	struct hash_done done, done2;
	struct msg m;
	const char *token;
	uint64_t id;
	uint32_t n;

	lanemsg_put_key(&mw, 5, "pem");
	for (n = 0; n <= mw.mw_len; n++) {
		m = reader(&mw);
		m.m_len = n;
		CU_ASSERT_EQUAL(
		    lanemsg_get_key(&m, &id, &token), n == mw.mw_len ? 0 : -1);
	}
	CU_ASSERT_EQUAL(id, 5);
	CU_ASSERT_STRING_EQUAL(token, "pem");

	ask.ha_id = 7;
	ask.ha_op = HASH_CHECK;
	ask.ha_encoded = "scrypt:1";
	ask.ha_password = "pass";
	lanemsg_put_hash(&mw, &ask);
	/* Fed byte by byte: only the whole of it is one. */
	for (n = 0; n <= mw.mw_len; n++) {
		m = reader(&mw);
		m.m_len = n;
		CU_ASSERT_EQUAL(
		    lanemsg_get_hash(&m, &ask2), n == mw.mw_len ? 0 : -1);
	}
	CU_ASSERT_EQUAL(ask2.ha_id, 7);
	CU_ASSERT_EQUAL(ask2.ha_op, HASH_CHECK);
	CU_ASSERT_STRING_EQUAL(ask2.ha_encoded, "scrypt:1");
	CU_ASSERT_STRING_EQUAL(ask2.ha_password, "pass");
	mw.mw_buf[MSG_HDR + 8] = 2;
	m = reader(&mw);
	CU_ASSERT_EQUAL(lanemsg_get_hash(&m, &ask2), -1);
	ask.ha_password = NULL;
	lanemsg_put_hash(&mw, &ask);
	m = reader(&mw);
	CU_ASSERT_EQUAL(lanemsg_get_hash(&m, &ask2), -1);

	done.hd_id = 8;
	done.hd_ok = true;
	done.hd_encoded = NULL;
	lanemsg_put_hash_done(&mw, &done);
	for (n = 0; n <= mw.mw_len; n++) {
		m = reader(&mw);
		m.m_len = n;
		CU_ASSERT_EQUAL(
		    lanemsg_get_hash_done(&m, &done2), n == mw.mw_len ? 0 : -1);
	}
	CU_ASSERT_EQUAL(done2.hd_id, 8);
	CU_ASSERT_TRUE(done2.hd_ok);
	CU_ASSERT_PTR_NULL(done2.hd_encoded);
	mw.mw_buf[MSG_HDR + 8] = 2;
	m = reader(&mw);
	CU_ASSERT_EQUAL(lanemsg_get_hash_done(&m, &done2), -1);

	lanemsg_put_verify(&mw, 9, "abc");
	m = reader(&mw);
	CU_ASSERT_EQUAL(lanemsg_get_verify(&m, &id, &token), 0);
	CU_ASSERT_EQUAL(id, 9);
	CU_ASSERT_STRING_EQUAL(token, "abc");
}

static void
test_claims(void)
{
	static struct msgw mw;
	static struct verify_done vd, got;
	struct msg m;
	uint32_t n;
	size_t i;

	memset(&vd, 0, sizeof(vd));
	vd.vd_id = 3;
	vd.vd_key = 6;
	vd.vd_status = VERIFY_GOOD;
	snprintf(vd.vd_claims.tc_user, TOKEN_NAME, "wazuh");
	snprintf(vd.vd_claims.tc_mode, 8, "black");
	snprintf(vd.vd_claims.tc_context, 40, "abcd");
	vd.vd_claims.tc_nbf = 1;
	vd.vd_claims.tc_exp = -2;
	vd.vd_claims.tc_run_as = true;
	vd.vd_claims.tc_nroles = TOKEN_ROLES;
	for (i = 0; i < TOKEN_ROLES; i++)
		vd.vd_claims.tc_roles[i] = INT64_MAX - (int64_t)i;
	lanemsg_put_verify_done(&mw, &vd);
	CU_ASSERT_TRUE(mw.mw_len <= msgrows[MSG_VERIFY_DONE].mr_max);
	for (n = 0; n <= mw.mw_len; n++) {
		m = reader(&mw);
		m.m_len = n;
		CU_ASSERT_EQUAL(
		    lanemsg_get_verify_done(&m, &got), n == mw.mw_len ? 0 : -1);
	}
	CU_ASSERT_EQUAL(got.vd_id, 3);
	CU_ASSERT_EQUAL(got.vd_key, 6);
	CU_ASSERT_EQUAL(
	    memcmp(&got.vd_claims, &vd.vd_claims, sizeof(got.vd_claims)), 0);
	/* More roles than there is room for. */
	n = TOKEN_ROLES + 1;
	memcpy(mw.mw_buf + MSG_HDR + mw.mw_len - 8 * TOKEN_ROLES - 4, &n, 4);
	msg_put_i64(&mw, 1);
	m = reader(&mw);
	CU_ASSERT_EQUAL(lanemsg_get_verify_done(&m, &got), -1);
	/* Refusals carry nothing, and may not. */
	vd.vd_status = VERIFY_BAD;
	lanemsg_put_verify_done(&mw, &vd);
	CU_ASSERT_EQUAL(mw.mw_len, 17);
	m = reader(&mw);
	CU_ASSERT_EQUAL(lanemsg_get_verify_done(&m, &got), 0);
	CU_ASSERT_EQUAL(got.vd_claims.tc_user[0], '\0');
	msg_put_u8(&mw, 0);
	m = reader(&mw);
	CU_ASSERT_EQUAL(lanemsg_get_verify_done(&m, &got), -1);
	mw.mw_len = 17;
	mw.mw_buf[MSG_HDR + 16] = 4;
	m = reader(&mw);
	CU_ASSERT_EQUAL(lanemsg_get_verify_done(&m, &got), -1);
}

/* --- the role ------------------------------------------------------------------- */

static void
ask_hash(enum hash_op op, const char *encoded, const char *password,
    struct hash_done *done)
{
	struct hash_ask ask = { 11, op, encoded, password };
	struct msg m;

	lanemsg_put_hash(&fx.in, &ask);
	CU_ASSERT_EQUAL(handle(), 0);
	m = reader(&fx.out);
	CU_ASSERT_EQUAL(m.m_type, MSG_HASH_DONE);
	CU_ASSERT_EQUAL_FATAL(lanemsg_get_hash_done(&m, done), 0);
	CU_ASSERT_EQUAL(done->hd_id, 11);
}

static void
test_passwords(void)
{
	struct hash_done done;
	char made[PASSWORD_ENCODED];

	start();
	ask_hash(HASH_MAKE, "", "Secret1*", &done);
	CU_ASSERT_TRUE(done.hd_ok);
	CU_ASSERT_PTR_NOT_NULL_FATAL(done.hd_encoded);
	snprintf(made, sizeof(made), "%s", done.hd_encoded);
	ask_hash(HASH_CHECK, made, "Secret1*", &done);
	CU_ASSERT_TRUE(done.hd_ok);
	CU_ASSERT_PTR_NULL(done.hd_encoded);
	ask_hash(HASH_CHECK, made, "Secret2*", &done);
	CU_ASSERT_FALSE(done.hd_ok);
	ask_hash(HASH_CHECK, "", "Secret2*", &done);
	CU_ASSERT_FALSE(done.hd_ok);
	CU_ASSERT_EQUAL(fx.page.pg_requests, 4);
	/* Nonsense is not answered. */
	fx.in.mw_len--;
	CU_ASSERT_EQUAL(handle(), -1);
	CU_ASSERT_EQUAL(fx.sent, 4);
	free(fx.proc.pr_env);
}

/* no: the number of the key that it must have been checked with. */
static enum verify_status
ask_verify(const char *token, uint64_t no)
{
	struct verify_done vd;
	struct msg m;

	lanemsg_put_verify(&fx.in, 12, token);
	CU_ASSERT_EQUAL(handle(), 0);
	m = reader(&fx.out);
	CU_ASSERT_EQUAL(m.m_type, MSG_VERIFY_DONE);
	CU_ASSERT_EQUAL_FATAL(lanemsg_get_verify_done(&m, &vd), 0);
	CU_ASSERT_EQUAL(vd.vd_id, 12);
	CU_ASSERT_EQUAL(vd.vd_key, no);
	if (vd.vd_status == VERIFY_GOOD || vd.vd_status == VERIFY_ENDED)
		CU_ASSERT_STRING_EQUAL(vd.vd_claims.tc_user, "wazuh");
	return (vd.vd_status);
}

static void
test_tokens(void)
{
	struct token_key *a = token_key_ephemeral(), *b = token_key_ephemeral();
	struct token_claims tc = { .tc_user = "wazuh" };
	char good[TOKEN_MAX + 1], old[TOKEN_MAX + 1];

	start();
	tc.tc_nbf = (int64_t)time(NULL) - 1;
	tc.tc_exp = tc.tc_nbf + 900;
	CU_ASSERT_EQUAL(token_sign(a, &tc, good, sizeof(good)), 0);
	tc.tc_exp = tc.tc_nbf;
	CU_ASSERT_EQUAL(token_sign(a, &tc, old, sizeof(old)), 0);
	CU_ASSERT_EQUAL(ask_verify(good, 0), VERIFY_NOKEY);
	give_key(a, 21);
	CU_ASSERT_EQUAL(handle(), 0);
	CU_ASSERT_EQUAL(ask_verify(good, 21), VERIFY_GOOD);
	CU_ASSERT_EQUAL(ask_verify(old, 21), VERIFY_ENDED);
	CU_ASSERT_EQUAL(ask_verify("nonsense", 21), VERIFY_BAD);
	/* A new key takes the old one's place. */
	give_key(b, 22);
	CU_ASSERT_EQUAL(handle(), 0);
	CU_ASSERT_EQUAL(ask_verify(good, 22), VERIFY_BAD);
	give_key(a, 23);
	CU_ASSERT_EQUAL(handle(), 0);
	/* What is no key is refused and changes nothing. */
	lanemsg_put_key(&fx.in, 24, "no key");
	CU_ASSERT_EQUAL(handle(), -1);
	CU_ASSERT_EQUAL(ask_verify(good, 23), VERIFY_GOOD);
	CU_ASSERT_EQUAL(fx.page.pg_requests, 6);
	token_key_free(&a);
	token_key_free(&b);
	/* The key is the first member of what the role keeps. */
	memcpy(&a, fx.proc.pr_env, sizeof(a));
	token_key_free(&a);
	free(fx.proc.pr_env);
}

static const struct unit_case cases[] = {
	{ "messages", test_messages },
	{ "claims on the wire", test_claims },
	{ "passwords", test_passwords },
	{ "tokens", test_tokens },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("hash", cases));
}
