/* SPDX-License-Identifier: ISC */
/* Requests with a token, and what happens when others fail. */
#include <sys/types.h>

#include "tests/unit/gate_rig.h"

/* --- tokens ------------------------------------------------------------------------- */

static void
test_token_call(void)
{
	static struct call c;
	struct token_claims tc;
	struct check ck;
	struct sent *s;
	uint32_t seq = 0;
	char token[TOKEN_MAX + 1];

	start();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_AGENTS, token);
	ck.ck_form = FORM_PRETTY;
	ck.ck_flags = CALL_WAIT;
	ck.ck_deadline = fx.now + 77 * SEC;
	CU_ASSERT_EQUAL(check_fd(&fx.http[1], &ck, -1), 0);
	verify_does();
	s = next(MSG_CALL);
	CU_ASSERT_PTR_EQUAL(s->to, &fx.router);
	CU_ASSERT_EQUAL_FATAL(call_get(&s->m, &c), 0);
	CU_ASSERT_EQUAL(msg_end(&s->m), 0);
	CU_ASSERT_EQUAL(c.c_head.ch_id, 4711);
	CU_ASSERT_EQUAL(c.c_head.ch_origin, ORIGIN_HTTP);
	CU_ASSERT_EQUAL(c.c_head.ch_inst, 1);
	CU_ASSERT_EQUAL(c.c_head.ch_form, FORM_PRETTY);
	CU_ASSERT_EQUAL(c.c_head.ch_flags, CALL_WAIT | CALL_NAMES_NODE);
	CU_ASSERT_EQUAL(c.c_head.ch_row, ROW_AGENTS);
	CU_ASSERT_EQUAL(c.c_head.ch_deadline, ck.ck_deadline);
	CU_ASSERT_STRING_EQUAL(c.c_user, "wazuh");
	CU_ASSERT_STRING_EQUAL(c.c_node, "");
	CU_ASSERT_FALSE(c.c_policies.ps_black);
	/* What the administrator's default policies say of agent:read. */
	CU_ASSERT_EQUAL_FATAL(c.c_policies.ps_n, 2);
	CU_ASSERT_STRING_EQUAL(c.c_policies.ps_v[0].pe_action, "agent:read");
	CU_ASSERT_STRING_EQUAL(c.c_policies.ps_v[0].pe_resource, "agent:id:*");
	CU_ASSERT_TRUE(c.c_policies.ps_v[0].pe_allow);
	call_free(&c);
	admitted(false, "wazuh", &seq);
	CU_ASSERT_EQUAL(seq, s->m.m_seq);
	CU_ASSERT_PTR_EQUAL(fx.sent[fx.next - 1].to, &fx.http[1]);
	no_more();
	/* The second time nothing is verified. */
	send_check(&ck);
	next(MSG_CALL);
	admitted(false, "wazuh", &seq);
	/* http's own error comes instead of the call. */
	ck.ck_verdict = VERDICT_BAD;
	send_check(&ck);
	admitted(true, "wazuh", NULL);
	no_more();
	stop();
}

/* A large body travels on as it came, also after a wait. */
static void
test_body(void)
{
	struct token_claims tc;
	struct check ck;
	struct sent *s;
	char token[TOKEN_MAX + 1], c = 0;
	int p[2], i;

	start();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_AGENTS, token);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
		CU_ASSERT_EQUAL(write(p[1], "x", 1), 1);
		close(p[1]);
		CU_ASSERT_EQUAL(check_fd(&fx.http[0], &ck, p[0]), 0);
		if (i == 0)
			verify_does();
		s = next(MSG_CALL);
		CU_ASSERT_EQUAL_FATAL(s->m.m_nfds, 1);
		CU_ASSERT_EQUAL(read(s->m.m_fds[0], &c, 1), 1);
		CU_ASSERT_EQUAL(c, 'x');
		next(MSG_ADMIT);
		/* Ours is closed. */
		CU_ASSERT_EQUAL(fcntl(p[0], F_GETFD), -1);
	}
	no_more();
	stop();
}

static void
test_token_bad(void)
{
	static const struct {
		const char *what;
		int field;
		const char *detail;
	} t[] = {
		{ "another lifetime", 0, "Token expired" },
		{ "another mode", 1, "Token expired" },
		{ "no such user", 2, "Invalid token" },
		{ "ended", 3, "Invalid token" },
		{ "not yet", 4, "Invalid token" },
	};
	struct token_claims tc;
	struct check ck;
	struct deny dn;
	char token[TOKEN_MAX + 1];
	size_t i;

	start();
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		make_claims(&tc);
		switch (t[i].field) {
		case 0:
			tc.tc_exp++;
			break;
		case 1:
			snprintf(tc.tc_mode, sizeof(tc.tc_mode), "black");
			break;
		case 2:
			snprintf(tc.tc_user, sizeof(tc.tc_user), "nobody");
			break;
		case 3:
			tc.tc_nbf -= 901;
			tc.tc_exp -= 901;
			break;
		case 4:
			tc.tc_nbf += 100;
			tc.tc_exp += 100;
			break;
		}
		make_token(&tc, token);
		ck = ask_token(ROW_ROOT, token);
		send_check(&ck);
		verify_does();
		CU_ASSERT_EQUAL_FATAL(deny_get(&next(MSG_DENY)->m, &dn), 0);
		CU_ASSERT_EQUAL(dn.dn_status, 401);
		CU_ASSERT_STRING_EQUAL(dn.dn_detail, t[i].detail);
		CU_ASSERT_PTR_NOT_NULL_FATAL(dn.dn_user);
		CU_ASSERT_STRING_EQUAL(dn.dn_user, tc.tc_user);
		no_more();
	}
	/* A signature that is none. */
	make_claims(&tc);
	make_token(&tc, token);
	token[strlen(token) - 5] = token[strlen(token) - 5] == 'A' ? 'B' : 'A';
	ck = ask_token(ROW_ROOT, token);
	send_check(&ck);
	verify_does();
	denied(401, 0, "Invalid token", NULL);
	no_more();
	stop();
}

/* security.yaml changes: the same token has expired, then has not. */
static void
test_settings(void)
{
	struct token_claims tc;
	struct check ck;
	char token[TOKEN_MAX + 1];

	start();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_ROOT, token);
	send_check(&ck);
	verify_does();
	next(MSG_CALL);
	next(MSG_ADMIT);
	settings("auth_token_exp_timeout: 901\n");
	send_check(&ck);
	denied(401, 0, "Token expired", "wazuh");
	settings("rbac_mode: black\n");
	send_check(&ck);
	denied(401, 0, "Token expired", "wazuh");
	/* Nonsense changes nothing. */
	settings("rbac_mode: green\n");
	send_check(&ck);
	denied(401, 0, "Token expired", "wazuh");
	settings("rbac_mode: white\n");
	send_check(&ck);
	next(MSG_CALL);
	next(MSG_ADMIT);
	no_more();
	stop();
}

static void
test_me(void)
{
	struct token_claims tc;
	struct check ck;
	char token[TOKEN_MAX + 1], body[64];

	start();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_ME, token);
	send_check(&ck);
	verify_does();
	admitted(false, "wazuh", NULL);
	answered(200, body, sizeof(body));
	no_more();
	stop();
}

static void
test_logout(void)
{
	struct token_claims tc;
	struct check ck;
	char token[TOKEN_MAX + 1], other[TOKEN_MAX + 1];
	char body[256];

	start();
	make_claims(&tc);
	make_token(&tc, token);
	tc.tc_nbf += 60;
	tc.tc_exp += 60;
	make_token(&tc, other);
	/* A remembered login, which a security change forgets. */
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	hash_does(true, false);
	next(MSG_ADMIT);
	next(MSG_RESULT);
	no_more();
	ck = ask_token(ROW_LOGOUT, token);
	send_check(&ck);
	verify_does();
	admitted(false, "wazuh", NULL);
	answered(200, body, sizeof(body));
	CU_ASSERT_PTR_NOT_NULL(strstr(body, "\"error\": 0"));
	no_more();
	/* From then on it is void, with a signature as good as ever. */
	ck = ask_token(ROW_ROOT, token);
	send_check(&ck);
	verify_does();
	denied(401, 0, "Invalid token", "wazuh");
	/* One made later is not. */
	ck = ask_token(ROW_ROOT, other);
	send_check(&ck);
	make_claims(&tc);
	tc.tc_nbf += 60;
	tc.tc_exp += 60;
	{
		struct sent *s = next(MSG_VERIFY);
		const char *text;
		uint64_t id;

		CU_ASSERT_EQUAL_FATAL(lanemsg_get_verify(&s->m, &id, &text), 0);
		verify_answer(s, id, VERIFY_GOOD, &tc);
	}
	next(MSG_CALL);
	next(MSG_ADMIT);
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	next(MSG_HASH);
	no_more();
	stop();
}

/* Nobody serves this row: that is ours to be sorry for. */
static void
test_nobody(void)
{
	struct token_claims tc;
	struct check ck;
	char token[TOKEN_MAX + 1];

	start();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_NOBODY, token);
	send_check(&ck);
	verify_does();
	admitted(false, "wazuh", NULL);
	failed(1000, true);
	no_more();
	stop();
}

/*
 * What this node is called goes with the call, to http and into problems: not
 * to who lacks cluster:read, nor to who need not say who he is.
 */
static void
test_names(void)
{
	/* administrator, agents_readonly, cluster_readonly */
	static const struct {
		int64_t role;
		bool names;
	} v[] = { { 1, true }, { 4, false }, { 6, true } };
	static struct call c;
	struct token_claims tc;
	struct check ck;
	struct admit ad;
	char token[TOKEN_MAX + 1];
	size_t i;

	start();
	for (i = 0; i <= sizeof(v) / sizeof(v[0]); i++) {
		const bool names = i < 3 && v[i].names;

		/* This one's tokens may have any roles. */
		make_claims(&tc);
		snprintf(tc.tc_user, sizeof(tc.tc_user), "wazuh-wui");
		tc.tc_roles[0] = i < 3 ? v[i].role : 1;
		make_token(&tc, token);
		ck = i < 3 ? ask_token(ROW_ROOT, token) : ask(ROW_PUBLIC);
		send_check(&ck);
		if (i < 3)
			verify_does();
		CU_ASSERT_EQUAL_FATAL(call_get(&next(MSG_CALL)->m, &c), 0);
		CU_ASSERT_EQUAL(c.c_head.ch_flags, names ? CALL_NAMES_NODE : 0);
		call_free(&c);
		CU_ASSERT_EQUAL_FATAL(admit_get(&next(MSG_ADMIT)->m, &ad), 0);
		CU_ASSERT_EQUAL(ad.ad_names, names);
		if (i < 3) {
			ck = ask_token(ROW_NOBODY, token);
			send_check(&ck);
			admitted(false, "wazuh-wui", NULL);
			failed(1000, names);
		}
		no_more();
	}
	stop();
}

/* --- trouble ------------------------------------------------------------------------- */

static void
test_router_full(void)
{
	struct token_claims tc;
	struct check ck;
	char token[TOKEN_MAX + 1];

	start();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_ROOT, token);
	send_check(&ck);
	fx.full = true;
	verify_does();
	denied(503, 0, "The server has too much to do", "wazuh");
	no_more();
	stop();
}

static void
test_lane_full(void)
{
	struct check ck;
	char word[16];
	int i;

	start();
	fx.proc.pr_conf->cf_max_login_attempts = 1000;
	fx.proc.pr_conf->cf_max_request_per_minute = 0;
	fx.proc.pr_conf->cf_request_timeout = 3600;
	for (i = 0; i < LANE_MAX + 1; i++) {
		snprintf(word, sizeof(word), "guess%d", i);
		ck = ask_basic(ROW_LOGIN, "wazuh", word);
		send_check(&ck);
	}
	CU_ASSERT_EQUAL(fx.az->az_npending, LANE_MAX + 1);
	next(MSG_HASH);
	no_more();
	ck = ask_basic(ROW_LOGIN, "wazuh", "one more");
	send_check(&ck);
	denied(503, 0, "The server has too much to do", "wazuh");
	no_more();
	stop();
}

static void
test_timeout(void)
{
	struct check ck;
	struct sent *s;
	int i;

	start();
	fx.proc.pr_conf->cf_login_cache = 0;
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	ck.ck_deadline = fx.now + 200 * 1000000;
	send_check(&ck);
	s = next(MSG_HASH);
	/* The timer is the real clock's. */
	for (i = 0; i < 100 && fx.az->az_npending != 0; i++) {
		event_base_loop(fx.proc.pr_base, EVLOOP_ONCE);
	}
	failed(3021, true);
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	/* The answer comes too late for anybody. */
	fx.next--;
	fx.next--;
	CU_ASSERT_PTR_EQUAL(&fx.sent[fx.next], s);
	hash_does(true, false);
	next(MSG_RESULT);
	no_more();
	/* The lane goes on. */
	ck.ck_deadline = 0;
	send_check(&ck);
	hash_does(true, false);
	admitted(false, "wazuh", NULL);
	next(MSG_RESULT);
	no_more();
	stop();
}

static void
test_hash_lost(void)
{
	struct token_claims tc;
	struct check ck;
	struct sent *s;
	const char *text;
	uint64_t id;
	char token[TOKEN_MAX + 1];

	start();
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	s = next(MSG_HASH);
	lane_lost(fx.az->az_lane, s->to->inst, s->m.m_seq, false);
	failed(901, true);
	no_more();
	lane_up(fx.az->az_lane, 1, fx.now);
	/* Not taken yet: it stays, and a new instance has no key at first. */
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_ROOT, token);
	send_check(&ck);
	s = next(MSG_VERIFY);
	CU_ASSERT_EQUAL(s->to->inst, 0);
	lane_lost(fx.az->az_lane, 0, s->m.m_seq - 1, false);
	lane_up(fx.az->az_lane, 0, fx.now);
	CU_ASSERT_EQUAL(lanemsg_get_verify(&s->m, &id, &text), 0);
	verify_answer(s, id, VERIFY_NOKEY, NULL);
	next(MSG_HASH_KEY);
	verify_does();
	next(MSG_CALL);
	next(MSG_ADMIT);
	no_more();
	stop();
}

static void
test_http_lost(void)
{
	struct token_claims tc;
	struct check ck;
	char token[TOKEN_MAX + 1];
	int p[2];

	start();
	make_claims(&tc);
	make_token(&tc, token);
	CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
	ck = ask_token(ROW_ROOT, token);
	CU_ASSERT_EQUAL(check_fd(&fx.http[0], &ck, p[0]), 0);
	CU_ASSERT_EQUAL(check_fd(&fx.http[1], &ck, -1), 0);
	CU_ASSERT_EQUAL(fx.az->az_npending, 2);
	pending_forget(fx.az, &fx.http[0]);
	CU_ASSERT_EQUAL(fx.az->az_npending, 1);
	CU_ASSERT_EQUAL(fcntl(p[0], F_GETFD), -1);
	close(p[1]);
	/* The other worker's request is done, after the first one's answer. */
	verify_does();
	verify_does();
	next(MSG_CALL);
	admitted(false, "wazuh", &(uint32_t){ 0 });
	CU_ASSERT_PTR_EQUAL(fx.sent[fx.next - 1].to, &fx.http[1]);
	no_more();
	stop();
}

/* Answers that nobody asked for, and such as are none. */
static void
test_hash_nonsense(void)
{
	static struct msgw mw;
	struct hash_done hd = { 99, true, NULL };
	struct msg m;

	start();
	lanemsg_put_hash_done(&mw, &hd);
	memset(&m, 0, sizeof(m));
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(gate_hash_done(&fx.hash[1], &m), 0);
	m.m_pos = 0;
	m.m_len--;
	CU_ASSERT_EQUAL(gate_hash_done(&fx.hash[1], &m), -1);
	m.m_pos = 0;
	m.m_len = 8;
	CU_ASSERT_EQUAL(gate_verify_done(&fx.hash[0], &m), -1);
	no_more();
	stop();
}

static const struct unit_case cases[] = {
	{ "a call", test_token_call },
	{ "a large body", test_body },
	{ "bad tokens", test_token_bad },
	{ "settings", test_settings },
	{ "me", test_me },
	{ "logout", test_logout },
	{ "a row nobody serves", test_nobody },
	{ "the node's name", test_names },
	{ "the router's link is full", test_router_full },
	{ "the lane is full", test_lane_full },
	{ "a timeout", test_timeout },
	{ "hash died", test_hash_lost },
	{ "http died", test_http_lost },
	{ "hash talks nonsense", test_hash_nonsense },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("gate_token", cases));
}
