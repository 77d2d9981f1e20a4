/* SPDX-License-Identifier: ISC */
/* The way of a request through authz: the order of checks, and logins. */
#include <sys/types.h>

#include "tests/unit/gate_rig.h"

/* --- the order of checks ------------------------------------------------------- */

static void
test_window(void)
{
	struct check ck;
	int i;

	start();
	fx.proc.pr_conf->cf_max_request_per_minute = 3;
	ck = ask(ROW_ROOT);
	for (i = 0; i < 3; i++) {
		send_check(&ck);
		denied(401, 0, "No authorization token provided", NULL);
	}
	/* Over the limit everything else is silent: path, login, verdict. */
	send_check(&ck);
	denied(429, 6001, NULL, NULL);
	ck = ask(ROW_NONE);
	ck.ck_verdict = VERDICT_NOPATH;
	send_check(&ck);
	denied(429, 6001, NULL, NULL);
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	denied(429, 6001, NULL, "wazuh");
	no_more();
	CU_ASSERT_EQUAL(fx.page.pg_requests, 6);
	stop();
}

static void
test_events_window(void)
{
	struct check ck;
	int i;

	start();
	ck = ask(ROW_EVENTS);
	ck.ck_raw = true;
	for (i = 0; i < 30; i++) {
		send_check(&ck);
		denied(401, 0, "No authorization token provided", NULL);
	}
	send_check(&ck);
	denied(429, 6005, NULL, NULL);
	ck = ask(ROW_ROOT);
	send_check(&ck);
	denied(401, 0, "No authorization token provided", NULL);
	no_more();
	stop();
}

/* A blocked address, before the size, before the credential. */
static void
test_block(void)
{
	struct check ck;
	int i;

	start();
	fx.proc.pr_conf->cf_max_login_attempts = 2;
	ck = ask(ROW_LOGIN);
	for (i = 0; i < 2; i++) {
		send_check(&ck);
		denied(401, 0, "Invalid credentials", NULL);
	}
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	denied(403, 6000, NULL, "wazuh");
	ck = ask_basic(ROW_RUNAS, "wazuh", "secret");
	ck.ck_bodylen = 9000;
	send_check(&ck);
	denied(403, 6000, NULL, "wazuh");
	ck.ck_addr = "192.0.2.2";
	send_check(&ck);
	denied(413, 413, NULL, "wazuh");
	ck.ck_addr = "192.0.2.3";
	ck.ck_bodylen = 8192;
	send_check(&ck);
	next(MSG_HASH);
	/* What is no login is not counted, nor kept out. */
	ck = ask(ROW_ROOT);
	send_check(&ck);
	denied(401, 0, "No authorization token provided", NULL);
	no_more();
	stop();
}

static void
test_paths(void)
{
	struct check ck;

	start();
	ck = ask(ROW_NONE);
	ck.ck_verdict = VERDICT_NOPATH;
	send_check(&ck);
	denied(404, 0, "404: Not Found", NULL);
	ck.ck_cred = CRED_BAD;
	send_check(&ck);
	denied(404, 0, "404: Not Found", NULL);
	no_more();
	/* Rows that are none, or have no path, are an offence. */
	ck = ask(ROW__MAX);
	CU_ASSERT_EQUAL(check_fd(&fx.http[0], &ck, -1), -1);
	ck = ask(ROW_INTERNAL);
	CU_ASSERT_EQUAL(check_fd(&fx.http[0], &ck, -1), -1);
	/* And so is a credential that contradicts itself. */
	ck = ask(ROW_ROOT);
	ck.ck_user = "wazuh";
	CU_ASSERT_EQUAL(check_fd(&fx.http[0], &ck, -1), -1);
	no_more();
	stop();
}

/* Nobody is asked who he is, but he is counted, and has no rights. */
static void
test_public(void)
{
	struct check ck;
	struct sent *s;
	struct call c;
	uint32_t seq = 0;

	start();
	fx.proc.pr_conf->cf_max_request_per_minute = 2;
	ck = ask(ROW_PUBLIC);
	send_check(&ck);
	s = next(MSG_CALL);
	CU_ASSERT_EQUAL_FATAL(call_get(&s->m, &c), 0);
	CU_ASSERT_EQUAL(c.c_head.ch_row, ROW_PUBLIC);
	CU_ASSERT_STRING_EQUAL(c.c_user, "");
	CU_ASSERT_EQUAL(c.c_policies.ps_n, 0);
	CU_ASSERT_FALSE(c.c_policies.ps_black);
	call_free(&c);
	admitted(false, NULL, &seq);
	CU_ASSERT_EQUAL(seq, s->m.m_seq);
	/* A credential is not even looked at; a bad request is one still. */
	ck = ask_basic(ROW_PUBLIC, "wazuh", "wrong");
	ck.ck_verdict = VERDICT_BAD;
	send_check(&ck);
	admitted(true, NULL, NULL);
	send_check(&ck);
	denied(429, 6001, NULL, "wazuh");
	no_more();
	stop();
}

static void
test_401(void)
{
	static const char junk[] = "eyJhbGciOiJIUzI1NiJ9.e30.AAAA";
	struct check ck;

	start();
	ck = ask(ROW_ROOT);
	send_check(&ck);
	denied(401, 0, "No authorization token provided", NULL);
	ck = ask_basic(ROW_ROOT, "wazuh", "secret");
	send_check(&ck);
	denied(401, 0, "No authorization token provided", "wazuh");
	ck = ask(ROW_ROOT);
	ck.ck_cred = CRED_BAD;
	send_check(&ck);
	denied(401, 0, "Invalid authorization header", NULL);
	ck = ask_token(ROW_ROOT, junk);
	send_check(&ck);
	denied(401, 0, "Invalid token", NULL);
	/* On the login paths it is always the same text. */
	ck = ask_token(ROW_LOGIN, junk);
	send_check(&ck);
	denied(401, 0, "Invalid credentials", NULL);
	ck = ask(ROW_LOGIN);
	ck.ck_cred = CRED_BAD;
	send_check(&ck);
	denied(401, 0, "Invalid credentials", NULL);
	/* A wrong query is not told to strangers. */
	ck = ask(ROW_ROOT);
	ck.ck_verdict = VERDICT_BAD;
	send_check(&ck);
	denied(401, 0, "No authorization token provided", NULL);
	/* None of it reached the lane. */
	no_more();
	stop();
}

/* --- logins ------------------------------------------------------------------------ */

static void
test_login(void)
{
	struct token_claims tc;
	struct check ck;
	struct arg *a;
	char body[4096], *end;

	start();
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	CU_ASSERT_EQUAL(fx.page.pg_inflight, 1);
	hash_does(true, false);
	admitted(false, "wazuh", NULL);
	answered(200, body, sizeof(body));
	no_more();
	CU_ASSERT_EQUAL(fx.page.pg_inflight, 0);
	CU_ASSERT_EQUAL(strncmp(body, "{\"data\": {\"token\": \"", 20), 0);
	end = strstr(body, "\"}, \"error\": 0}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	CU_ASSERT_EQUAL(
	    token_verify(fx.az->az_key, body + 20, (size_t)(end - body - 20),
	        (int64_t)time(NULL), &tc),
	    0);
	CU_ASSERT_STRING_EQUAL(tc.tc_user, "wazuh");
	CU_ASSERT_EQUAL(tc.tc_exp - tc.tc_nbf, 900);
	CU_ASSERT_FALSE(tc.tc_run_as);
	CU_ASSERT_EQUAL(tc.tc_nroles, 1);
	CU_ASSERT_EQUAL(tc.tc_roles[0], 1);
	CU_ASSERT_STRING_EQUAL(tc.tc_mode, "white");
	/* It is known already: no signature is checked for it. */
	*end = '\0';
	ck = ask_token(ROW_ROOT, body + 20);
	send_check(&ck);
	next(MSG_CALL);
	admitted(false, "wazuh", &(uint32_t){ 0 });
	no_more();
	/* The same login again is remembered; raw is the token alone. */
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	a = &ck.ck_args.as_v[ck.ck_args.as_n++];
	a->a_param = PARAM_RAW;
	a->a.b = true;
	send_check(&ck);
	admitted(false, "wazuh", NULL);
	answered(200, body, sizeof(body));
	CU_ASSERT_TRUE(token_shape(body, strlen(body)));
	no_more();
	stop();
}

static void
test_login_bad(void)
{
	struct hash_ask work;
	struct sent *s;
	struct check ck;

	start();
	ck = ask_basic(ROW_LOGIN, "wazuh", "Secret");
	send_check(&ck);
	hash_does(true, true);
	denied(401, 0, "Invalid credentials", "wazuh");
	/* A full check each time, although the good one is remembered. */
	ck.ck_secret = "secret";
	send_check(&ck);
	hash_does(true, false);
	admitted(false, "wazuh", NULL);
	next(MSG_RESULT);
	ck.ck_secret = "Secret";
	send_check(&ck);
	hash_does(true, true);
	denied(401, 0, "Invalid credentials", "wazuh");
	/* A user that does not exist is checked too, and never let in. */
	ck = ask_basic(ROW_LOGIN, "nobody", "secret");
	send_check(&ck);
	s = &fx.sent[fx.next];
	CU_ASSERT_EQUAL_FATAL(lanemsg_get_hash(&s->m, &work), 0);
	CU_ASSERT_STRING_EQUAL(work.ha_encoded, password_dummy());
	s->m.m_pos = 0;
	hash_does(false, true);
	denied(401, 0, "Invalid credentials", "nobody");
	ck = ask_basic(ROW_LOGIN, "", "");
	send_check(&ck);
	hash_does(true, true);
	denied(401, 0, "Invalid credentials", "");
	no_more();
	stop();
}

/* The attempt is taken back when a token was made, and not before. */
static void
test_reservation(void)
{
	struct check ck;
	int i;

	start();
	fx.proc.pr_conf->cf_max_login_attempts = 3;
	fx.proc.pr_conf->cf_login_cache = 0;
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	for (i = 0; i < 10; i++) {
		send_check(&ck);
		hash_does(true, false);
		admitted(false, "wazuh", NULL);
		next(MSG_RESULT);
	}
	/* A good password with a bad query counts as failed. */
	ck.ck_verdict = VERDICT_BAD;
	for (i = 0; i < 3; i++) {
		send_check(&ck);
		hash_does(true, false);
		admitted(true, "wazuh", NULL);
	}
	ck.ck_verdict = VERDICT_OK;
	send_check(&ck);
	denied(403, 6000, NULL, "wazuh");
	no_more();
	stop();
}

/* Parallel logins are all counted before the first is checked. */
static void
test_parallel(void)
{
	struct check ck;
	char word[16];
	int i, hashes;

	start();
	fx.proc.pr_conf->cf_max_login_attempts = 5;
	for (i = 0; i < 50; i++) {
		snprintf(word, sizeof(word), "guess%d", i);
		ck = ask_basic(ROW_LOGIN, "wazuh", word);
		send_check(&ck);
	}
	CU_ASSERT_EQUAL(fx.az->az_npending, 5);
	for (hashes = 0; fx.az->az_npending > 0; hashes++) {
		while (fx.sent[fx.next].m.m_type == MSG_DENY)
			fx.next++;
		hash_does(true, true);
	}
	CU_ASSERT_EQUAL(hashes, 5);
	stop();
}

/* What there is by now, and whether all else is the one hash. */
static size_t
crowd_results(void)
{
	size_t i, results = 0, hashes = 0;

	for (i = 0; i < fx.nsent; i++) {
		results += fx.sent[i].m.m_type == MSG_RESULT;
		hashes += fx.sent[i].m.m_type == MSG_HASH;
	}
	CU_ASSERT_EQUAL(hashes, 1);
	return (results);
}

/* Two hundred of the same good login cost one check, and hold up nobody. */
static void
test_crowd(void)
{
	struct check ck;
	size_t i, results;

	start();
	fx.proc.pr_conf->cf_max_login_attempts = 1000;
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	for (i = 0; i < 200; i++)
		send_check(&ck);
	hash_does(true, false);
	/* The one that was checked, the first of the others, and one a round. */
	for (results = 2; results < 200; results++) {
		CU_ASSERT_EQUAL(crowd_results(), results);
		CU_ASSERT_EQUAL(fx.az->az_npending, 200 - results);
		turn();
	}
	CU_ASSERT_EQUAL(crowd_results(), 200);
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	stop();
}

/* A remembered login, of which the first in a round is answered at once. */
static void
turns_begin(struct check *ck)
{
	start();
	*ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(ck);
	hash_does(true, false);
	send_check(ck);
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	forget();
}

/* Who waits for his turn may go, or wait too long, or be remembered no more. */
static void
test_turns(void)
{
	struct check ck;
	struct peer *p = &fx.http[1];
	int i;

	turns_begin(&ck);
	for (i = 1; i <= 4; i++)
		CU_ASSERT_EQUAL(check_fd(i % 2 ? p : &fx.http[0], &ck, -1), 0);
	CU_ASSERT_EQUAL(fx.az->az_npending, 4);
	CU_ASSERT_EQUAL(fx.page.pg_inflight, 4);
	no_more();
	pending_forget(fx.az, p);
	CU_ASSERT_EQUAL(fx.az->az_npending, 2);
	turn();
	CU_ASSERT_PTR_EQUAL(fx.sent[0].to, &fx.http[0]);
	admitted(false, "wazuh", NULL);
	next(MSG_RESULT);
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 1);
	/* Something has changed: the password is compared once more. */
	authz_changed(fx.az);
	turn();
	CU_ASSERT_EQUAL(fx.az->az_npending, 1);
	hash_does(true, false);
	admitted(false, "wazuh", NULL);
	next(MSG_RESULT);
	no_more();
	/* Rounds go by, and it is as it was. */
	turn();
	send_check(&ck);
	admitted(false, "wazuh", NULL);
	next(MSG_RESULT);
	no_more();
	stop();
}

static void
test_turns_many(void)
{
	struct check ck;
	size_t i;

	turns_begin(&ck);
	fx.proc.pr_conf->cf_max_request_per_minute = 0;
	/* Nor does it matter how many attempts there may be. */
	for (i = 0; i < PENDING_TURNS; i++)
		send_check(&ck);
	CU_ASSERT_EQUAL(fx.az->az_nturns, PENDING_TURNS);
	no_more();
	/* No more than that wait: the next is answered. */
	send_check(&ck);
	admitted(false, "wazuh", NULL);
	next(MSG_RESULT);
	no_more();
	stop();
}

/* Somebody else at the address has guessed too often meanwhile. */
static void
test_turns_blocked(void)
{
	struct check ck, bad = ask_basic(ROW_LOGIN, "wazuh", "guess");

	turns_begin(&ck);
	fx.proc.pr_conf->cf_max_login_attempts = 2;
	ck.ck_verdict = VERDICT_BAD;
	send_check(&ck);
	no_more();
	send_check(&bad);
	hash_does(true, true);
	denied(401, 0, "Invalid credentials", "wazuh");
	/* It is the last that counts; it has a good password and a bad query. */
	turn();
	admitted(true, "wazuh", NULL);
	ck.ck_verdict = VERDICT_OK;
	send_check(&ck);
	denied(403, 6000, NULL, "wazuh");
	no_more();
	stop();
	turns_begin(&ck);
	send_check(&ck);
	fx.proc.pr_conf->cf_max_login_attempts = 1;
	send_check(&bad);
	hash_does(true, true);
	denied(401, 0, "Invalid credentials", "wazuh");
	turn();
	denied(403, 6000, NULL, "wazuh");
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	stop();
}

/* The client's patience ends first. */
static void
test_turns_late(void)
{
	struct check ck;

	turns_begin(&ck);
	send_check(&ck);
	ck.ck_deadline = fx.now;
	send_check(&ck);
	CU_ASSERT_EQUAL(fx.az->az_npending, 2);
	turn();
	/* The first had its turn in the same round. */
	admitted(false, "wazuh", NULL);
	next(MSG_RESULT);
	failed(3021, true);
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	CU_ASSERT_EQUAL(fx.az->az_nturns, 0);
	turn();
	no_more();
	stop();
}

/* The password is changed while the old one is being compared. */
static void
test_login_race(void)
{
	struct rbacdb *db;
	enum rbacdb_error err;
	struct check ck;
	char path[128];

	start();
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	snprintf(path, sizeof(path), "%s/rbac.db", fx.dir);
	db = rbacdb_open(path, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	CU_ASSERT_EQUAL(
	    rbacdb_set_password(db, "wazuh", password_dummy()), RBACDB_OK);
	rbacdb_close(&db);
	hash_does(true, false);
	denied(401, 0, "Invalid credentials", "wazuh");
	no_more();
	stop();
}

/* A change from outside holds for the next login: nothing is remembered. */
static void
test_outside(void)
{
	struct rbacdb *db;
	enum rbacdb_error err;
	struct check ck;
	char path[128];

	start();
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	hash_does(true, false);
	admitted(false, "wazuh", NULL);
	next(MSG_RESULT);
	no_more();
	snprintf(path, sizeof(path), "%s/rbac.db", fx.dir);
	db = rbacdb_open(path, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	CU_ASSERT_EQUAL(
	    rbacdb_set_password(db, "wazuh", password_dummy()), RBACDB_OK);
	rbacdb_close(&db);
	send_check(&ck);
	hash_does(true, true);
	denied(401, 0, "Invalid credentials", "wazuh");
	no_more();
	stop();
}

static const struct unit_case cases[] = {
	{ "requests a minute", test_window },
	{ "events a minute", test_events_window },
	{ "blocked addresses", test_block },
	{ "paths and rows", test_paths },
	{ "public", test_public },
	{ "401", test_401 },
	{ "login", test_login },
	{ "bad logins", test_login_bad },
	{ "reservations", test_reservation },
	{ "parallel logins", test_parallel },
	{ "a crowd of one login", test_crowd },
	{ "known logins have turns", test_turns },
	{ "many turns", test_turns_many },
	{ "turns and attempts", test_turns_blocked },
	{ "a turn that comes too late", test_turns_late },
	{ "a password changed meanwhile", test_login_race },
	{ "a password changed outside", test_outside },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("gate", cases));
}
