/* SPDX-License-Identifier: ISC */
/*
 * Rows that change something: passwords whose hash the lane makes, rights that
 * change meanwhile, and a file that another program has locked.
 */
#include <sys/types.h>

#include <sqlite3.h>

#include "tests/unit/gate_rig.h"

#define GOOD "Good-Pass.1"
#define MADE "scrypt:2:1:1$salt$00"

/* PUT /security/users/{user_id}; password NULL: none is sent. */
static struct check
ask_password(const char *token, const char *user, const char *password)
{
	struct check ck = ask_token(ROW_PASSWORD, token);
	struct arg *a;

	a = &ck.ck_args.as_v[ck.ck_args.as_n++];
	a->a_param = PARAM_USER;
	a->a.str.s = user;
	if (password != NULL) {
		a = &ck.ck_args.as_v[ck.ck_args.as_n++];
		a->a_param = PARAM_PASSWORD;
		a->a.str.s = password;
	}
	return (ck);
}

/* A token of the administrator that is remembered. */
static void
start_token(char token[TOKEN_MAX + 1])
{
	struct token_claims tc;
	struct check ck;

	start();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_ME, token);
	send_check(&ck);
	verify_does();
	next(MSG_ADMIT);
	next(MSG_RESULT);
	no_more();
}

/* The hash instance makes a hash, or says that it could not. */
static void
hash_makes(const char *password, const char *encoded)
{
	static struct msgw mw;
	struct hash_done hd = { .hd_ok = encoded != NULL };
	struct sent *s = next(MSG_HASH);
	struct hash_ask asked;
	struct msg m;

	CU_ASSERT_EQUAL_FATAL(lanemsg_get_hash(&s->m, &asked), 0);
	CU_ASSERT_EQUAL(asked.ha_op, HASH_MAKE);
	CU_ASSERT_STRING_EQUAL(asked.ha_encoded, "");
	CU_ASSERT_STRING_EQUAL(asked.ha_password, password);
	/* The first instance is for tokens. */
	CU_ASSERT_EQUAL(s->to->inst, 1);
	hd.hd_id = asked.ha_id;
	hd.hd_encoded = encoded;
	lanemsg_put_hash_done(&mw, &hd);
	memset(&m, 0, sizeof(m));
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(gate_hash_done(s->to, &m), 0);
}

static const char *
stored(int64_t id)
{
	return (rbac_user(snap_rbac(fx.az->az_snap), id)->ru_password);
}

/* The problem of that code is the answer; its text in out. */
static void
problem(uint16_t status, uint16_t code, char *out, size_t size)
{
	char want[32];

	admitted(false, "wazuh", NULL);
	answered(status, out, size);
	snprintf(want, sizeof(want), "\"error\": %u}", code);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, want));
}

static void
outside(sqlite3 **db, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/rbac.db", fx.dir);
	if (*db == NULL)
		CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(*db, text, NULL, NULL, NULL), SQLITE_OK);
}

/* Timers are the real clock's: one of them. */
static void
tick(uint64_t ns)
{
	fx.now += ns;
	event_base_loop(fx.proc.pr_base, EVLOOP_ONCE);
}

/* --- passwords ------------------------------------------------------------ */

static void
test_password(void)
{
	struct check ck;
	char token[TOKEN_MAX + 1], text[512];

	start_token(token);
	ck = ask_password(token, "2", GOOD);
	send_check(&ck);
	/* It waits, and nobody has been told anything. */
	CU_ASSERT_EQUAL(fx.az->az_npending, 1);
	CU_ASSERT_EQUAL(fx.nsent, 1);
	CU_ASSERT_STRING_EQUAL(stored(2), rig_hash);
	hash_makes(GOOD, MADE);
	admitted(false, "wazuh", NULL);
	answered(200, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"username\": \"wazuh-wui\""));
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	CU_ASSERT_STRING_EQUAL(stored(2), MADE);
	/* Nothing is remembered after a change; one's own token is void. */
	ck = ask_password(token, "1", GOOD);
	send_check(&ck);
	verify_does();
	hash_makes(GOOD, MADE);
	admitted(false, "wazuh", NULL);
	answered(200, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(stored(1), MADE);
	ck = ask_token(ROW_ME, token);
	send_check(&ck);
	verify_does();
	denied(401, 0, "Invalid token", "wazuh");
	no_more();
	stop();
}

/* Nothing is hashed for what is refused anyway; absent and empty are two. */
static void
test_password_bad(void)
{
	static const struct {
		const char *user, *password;
		uint16_t status, code;
	} bad[] = {
		{ "2", NULL, 400, 4001 },
		{ "2", "", 400, 5009 },
		{ "2", "Short-1", 400, 5009 },
		{ "2", "no-capital.1", 400, 5007 },
		{ "1", "NODIGIT-and", 400, 5007 },
	};
	struct token_claims tc;
	struct check ck;
	char token[TOKEN_MAX + 1], text[512];
	sqlite3 *db = NULL;
	size_t i;

	start_token(token);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck = ask_password(token, bad[i].user, bad[i].password);
		send_check(&ck);
		problem(bad[i].status, bad[i].code, text, sizeof(text));
		no_more();
	}
	/* Users of the product are for users of the product. */
	outside(&db,
	    "INSERT INTO users (id, username, password, allow_run_as) "
	    "VALUES (100, 'eve', 'x', 0); INSERT INTO user_roles "
	    "(user_id, role_id, level) VALUES (100, 1, 0)");
	sqlite3_close(db);
	fx.now += 2 * SEC;
	make_claims(&tc);
	snprintf(tc.tc_user, sizeof(tc.tc_user), "eve");
	make_token(&tc, token);
	ck = ask_password(token, "2", GOOD);
	send_check(&ck);
	verify_does();
	admitted(false, "eve", NULL);
	answered(400, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"error\": 5011}"));
	no_more();
	/* The user that there is not is an item, after the hash was made. */
	ck = ask_password(token, "999", GOOD);
	send_check(&ck);
	hash_makes(GOOD, MADE);
	admitted(false, "eve", NULL);
	answered(200, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"code\": 5001"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"id\": [999]"));
	no_more();
	stop();
}

/* The token had to be verified first: the same wait goes on. */
static void
test_password_unknown_token(void)
{
	struct token_claims tc;
	struct check ck;
	char token[TOKEN_MAX + 1], text[512];

	start();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_password(token, "2", GOOD);
	send_check(&ck);
	send_check(&ck);
	CU_ASSERT_EQUAL(fx.az->az_npending, 2);
	/* Both have the same token; the answer for one is that for both. */
	verify_does();
	CU_ASSERT_EQUAL(fx.az->az_npending, 2);
	/* The password of one is not that of another, even if it is the same. */
	hash_makes(GOOD, "first");
	admitted(false, "wazuh", NULL);
	answered(200, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(stored(2), "first");
	hash_makes(GOOD, "second");
	admitted(false, "wazuh", NULL);
	answered(200, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(stored(2), "second");
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	stop();
}

/* What was allowed when the request came need not be when the hash is there. */
static void
test_meanwhile(void)
{
	static const struct {
		const char *sql;
		uint16_t status;
		const char *text;
	} t[] = {
		{ "DELETE FROM user_roles WHERE user_id = 1", 401, NULL },
		{ "DELETE FROM users WHERE id = 1", 401, NULL },
		{ "INSERT INTO users_token_blacklist VALUES "
		  "(1, 9999999999, 9999999999)",
		    401, NULL },
		{ "DELETE FROM roles_policies WHERE policy_id = 8", 403,
		    "\"error\": 4000}" },
	};
	struct check ck;
	char token[TOKEN_MAX + 1], text[512];
	sqlite3 *db;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		db = NULL;
		start_token(token);
		if (i == 0)
			outside(&db,
			    "UPDATE users SET allow_run_as = 0 WHERE id = 1");
		fx.now += 2 * SEC;
		ck = ask_password(token, "2", GOOD);
		send_check(&ck);
		if (i == 0)
			verify_does();
		outside(&db, t[i].sql);
		sqlite3_close(db);
		fx.now += 2 * SEC;
		hash_makes(GOOD, MADE);
		if (t[i].status == 401)
			denied(401, 0, "Invalid token", "wazuh");
		else {
			admitted(false, "wazuh", NULL);
			answered(t[i].status, text, sizeof(text));
			CU_ASSERT_PTR_NOT_NULL(strstr(text, t[i].text));
		}
		no_more();
		CU_ASSERT_STRING_EQUAL(stored(2), rig_hash);
		CU_ASSERT_EQUAL(fx.az->az_npending, 0);
		stop();
	}
	/* A token that has ended. */
	start_token(token);
	ck = ask_password(token, "2", GOOD);
	send_check(&ck);
	TAILQ_FIRST(&fx.az->az_pending)->pd_claims.tc_exp = 1;
	hash_makes(GOOD, MADE);
	denied(401, 0, "Invalid token", "wazuh");
	no_more();
	CU_ASSERT_STRING_EQUAL(stored(2), rig_hash);
	stop();
	/* A new key, which makes all tokens void. */
	start_token(token);
	ck = ask_password(token, "2", GOOD);
	send_check(&ck);
	fx.az->az_keyno++;
	hash_makes(GOOD, MADE);
	denied(401, 0, "Invalid token", "wazuh");
	no_more();
	CU_ASSERT_STRING_EQUAL(stored(2), rig_hash);
	stop();
	/* Daemons that have gone. */
	start_token(token);
	ck = ask_password(token, "2", GOOD);
	send_check(&ck);
	memset(fx.daemons.dp_state, DAEMON_STOPPED, DAEMON__MAX);
	hash_makes(GOOD, MADE);
	problem(500, 1017, text, sizeof(text));
	no_more();
	CU_ASSERT_STRING_EQUAL(stored(2), rig_hash);
	stop();
}

/* What ends a wait for the lane ends this one. */
static void
test_lane(void)
{
	struct check ck;
	struct sent *s;
	char token[TOKEN_MAX + 1], text[512];
	int i;

	start_token(token);
	ck = ask_password(token, "2", GOOD);
	/* The instance cannot make it. */
	send_check(&ck);
	hash_makes(GOOD, NULL);
	failed(1000, true);
	no_more();
	/* It dies. */
	send_check(&ck);
	s = next(MSG_HASH);
	lane_lost(fx.az->az_lane, s->to->inst, s->m.m_seq, false);
	failed(901, true);
	no_more();
	lane_up(fx.az->az_lane, 1, fx.now);
	/* There is none, and there will be none soon. */
	lane_lost(fx.az->az_lane, 0, 0, true);
	lane_lost(fx.az->az_lane, 1, 0, true);
	send_check(&ck);
	failed(900, true);
	no_more();
	lane_up(fx.az->az_lane, 0, fx.now);
	lane_up(fx.az->az_lane, 1, fx.now);
	/* Nobody waits any more. */
	send_check(&ck);
	pending_forget(fx.az, &fx.http[0]);
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	hash_makes(GOOD, MADE);
	no_more();
	/* It takes too long. */
	ck.ck_deadline = fx.now + 200 * 1000000;
	send_check(&ck);
	for (i = 0; i < 100 && fx.az->az_npending != 0; i++)
		event_base_loop(fx.proc.pr_base, EVLOOP_ONCE);
	hash_makes(GOOD, MADE);
	failed(3021, true);
	no_more();
	CU_ASSERT_STRING_EQUAL(stored(2), rig_hash);
	/* And the lane goes on. */
	ck.ck_deadline = 0;
	send_check(&ck);
	hash_makes(GOOD, MADE);
	admitted(false, "wazuh", NULL);
	answered(200, text, sizeof(text));
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	stop();
}

/* An answer to another question ends the request, and the instance. */
static void
test_astray(void)
{
	static struct msgw mw;
	struct hash_done hd = { .hd_ok = true };
	struct token_claims tc;
	struct hash_ask asked;
	struct verify_done vd;
	const char *text;
	struct check ck;
	struct sent *s;
	struct msg m;
	char token[TOKEN_MAX + 1];

	start();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_ME, token);
	send_check(&ck);
	s = next(MSG_VERIFY);
	CU_ASSERT_EQUAL_FATAL(lanemsg_get_verify(&s->m, &hd.hd_id, &text), 0);
	lanemsg_put_hash_done(&mw, &hd);
	memset(&m, 0, sizeof(m));
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(gate_hash_done(s->to, &m), -1);
	failed(901, true);
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	s = next(MSG_HASH);
	CU_ASSERT_EQUAL_FATAL(lanemsg_get_hash(&s->m, &asked), 0);
	memset(&vd, 0, sizeof(vd));
	vd.vd_id = asked.ha_id;
	vd.vd_key = fx.az->az_keyno;
	vd.vd_status = VERIFY_GOOD;
	vd.vd_claims = tc;
	lanemsg_put_verify_done(&mw, &vd);
	memset(&m, 0, sizeof(m));
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(gate_verify_done(s->to, &m), -1);
	failed(901, true);
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	stop();
}

/* The ceiling is that of logins. */
static void
test_lane_full(void)
{
	struct check ck;
	char token[TOKEN_MAX + 1];
	int i;

	start_token(token);
	fx.proc.pr_conf->cf_max_request_per_minute = 0;
	fx.proc.pr_conf->cf_request_timeout = 3600;
	ck = ask_password(token, "2", GOOD);
	for (i = 0; i < LANE_MAX + 1; i++)
		send_check(&ck);
	CU_ASSERT_EQUAL(fx.az->az_npending, LANE_MAX + 1);
	next(MSG_HASH);
	no_more();
	send_check(&ck);
	denied(503, 0, "The server has too much to do", "wazuh");
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, LANE_MAX + 1);
	stop();
}

/* --- the file -------------------------------------------------------------- */

static void
test_locked(void)
{
	struct check ck, me;
	sqlite3 *db = NULL;
	char token[TOKEN_MAX + 1], text[512];
	int i;

	start_token(token);
	outside(&db, "BEGIN EXCLUSIVE");
	ck = ask_password(token, "2", GOOD);
	send_check(&ck);
	hash_makes(GOOD, MADE);
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 1);
	/* Reads go on meanwhile. */
	me = ask_token(ROW_ME, token);
	for (i = 0; i < 3; i++) {
		tick(1000000);
		CU_ASSERT_EQUAL(fx.az->az_npending, 1);
		send_check(&me);
		admitted(false, "wazuh", NULL);
		answered(200, text, sizeof(text));
		no_more();
	}
	outside(&db, "ROLLBACK");
	tick(1000000);
	/* The hash was made only once. */
	admitted(false, "wazuh", NULL);
	answered(200, text, sizeof(text));
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	CU_ASSERT_STRING_EQUAL(stored(2), MADE);
	sqlite3_close(db);
	stop();
}

/* It stays locked: the answer says so, and nothing else. */
static void
test_locked_long(void)
{
	struct check ck;
	sqlite3 *db = NULL;
	char token[TOKEN_MAX + 1], text[512];

	start_token(token);
	outside(&db, "BEGIN EXCLUSIVE");
	ck = ask_token(ROW_LOGOUT, token);
	send_check(&ck);
	CU_ASSERT_EQUAL(fx.nsent, 0);
	tick(PENDING_LOCKED - PENDING_AGAIN - 1);
	CU_ASSERT_EQUAL(fx.az->az_npending, 1);
	tick(1);
	problem(500, 2008, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "locked by another program"));
	CU_ASSERT_PTR_NULL(strstr(text, "damaged"));
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	/* A client with less patience is told earlier. */
	ck.ck_deadline = fx.now + PENDING_AGAIN + 2;
	send_check(&ck);
	CU_ASSERT_EQUAL(fx.nsent, 0);
	tick(2);
	problem(500, 2008, text, sizeof(text));
	ck.ck_deadline = fx.now + PENDING_AGAIN;
	send_check(&ck);
	problem(500, 2008, text, sizeof(text));
	no_more();
	/* Nobody waits any more. */
	ck.ck_deadline = 0;
	send_check(&ck);
	CU_ASSERT_EQUAL(fx.az->az_npending, 1);
	pending_forget(fx.az, &fx.http[0]);
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	no_more();
	sqlite3_close(db);
	stop();
}

static void
test_locked_many(void)
{
	struct check ck;
	sqlite3 *db = NULL;
	char token[TOKEN_MAX + 1], text[512];
	int i;

	start_token(token);
	outside(&db, "BEGIN EXCLUSIVE");
	ck = ask_token(ROW_LOGOUT, token);
	for (i = 0; i < PENDING_FILES; i++)
		send_check(&ck);
	CU_ASSERT_EQUAL(fx.az->az_npending, PENDING_FILES);
	CU_ASSERT_EQUAL(fx.nsent, 0);
	send_check(&ck);
	problem(500, 2008, text, sizeof(text));
	no_more();
	/* The first one's token is that of all. */
	outside(&db, "ROLLBACK");
	for (i = 0; i < 1000 && fx.az->az_npending != 0; i++)
		tick(0);
	admitted(false, "wazuh", NULL);
	answered(200, text, sizeof(text));
	for (i = 1; i < PENDING_FILES; i++)
		denied(401, 0, "Invalid token", "wazuh");
	no_more();
	sqlite3_close(db);
	stop();
}

/*
 * Others have changed the file, which is not looked at for a second: what is
 * decided and what is changed are of one state all the same.
 */
static void
test_stale(void)
{
	struct check ck;
	sqlite3 *db = NULL;
	char token[TOKEN_MAX + 1], text[512];

	start_token(token);
	ck = ask_password(token, "2", GOOD);
	send_check(&ck);
	outside(&db, "UPDATE users SET username = 'other' WHERE id = 2");
	hash_makes(GOOD, MADE);
	no_more();
	CU_ASSERT_EQUAL(fx.az->az_npending, 1);
	tick(1000000);
	admitted(false, "wazuh", NULL);
	answered(200, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"username\": \"other\""));
	no_more();
	/* Rights that are gone are gone. */
	send_check(&ck);
	verify_does();
	outside(&db, "DELETE FROM roles_policies WHERE policy_id = 8");
	hash_makes(GOOD, "another");
	no_more();
	tick(1000000);
	problem(403, 4000, text, sizeof(text));
	no_more();
	CU_ASSERT_STRING_EQUAL(stored(2), MADE);
	sqlite3_close(db);
	stop();
}

static const struct unit_case cases[] = { { "password", test_password },
	{ "password that is refused", test_password_bad },
	{ "password and an unknown token", test_password_unknown_token },
	{ "changes meanwhile", test_meanwhile }, { "lane", test_lane },
	{ "an answer astray", test_astray }, { "lane full", test_lane_full },
	{ "locked", test_locked }, { "locked for long", test_locked_long },
	{ "locked for many", test_locked_many }, { "stale", test_stale },
	{ NULL, NULL } };

int
main(void)
{
	return (unit_run("gate_edit", cases));
}
