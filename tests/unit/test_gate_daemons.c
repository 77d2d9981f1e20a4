/* SPDX-License-Identifier: ISC */
/*
 * Requests while daemons are not ready: where in the order of checks 1017
 * stands, and what it looks like.
 */
#include <sys/types.h>

#include "tests/unit/gate_rig.h"

#define TEXT "Daemons that this request needs are not running: "
#define WHY  "wazuh-modulesd->stopped, wazuh-db->failed"

static void
unready(void)
{
	fx.daemons.dp_state[DAEMON_DB] = DAEMON_FAILED;
	fx.daemons.dp_state[DAEMON_MODULESD] = DAEMON_STOPPED;
}

static void
ready(void)
{
	memset(fx.daemons.dp_state, DAEMON_RUNNING, DAEMON__MAX);
}

/* The name for the access log, then the problem. */
static void
refused(const char *user)
{
	char body[1024];

	admitted(false, user, NULL);
	answered(500, body, sizeof(body));
	CU_ASSERT_STRING_EQUAL(body,
	    "{\"title\": \"Wazuh Internal Error\", \"detail\": \"" TEXT WHY
	    "\", \"dapi_errors\": {\"node01\": {\"error\": \"" TEXT WHY
	    "\", \"logfile\": \"WAZUH_HOME/logs/api.log\"}}, "
	    "\"error\": 1017}");
	no_more();
}

/* No password is compared, right or wrong, remembered or not. */
static void
test_login(void)
{
	struct check ck;

	start();
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	send_check(&ck);
	hash_does(true, true);
	admitted(false, "wazuh", NULL);
	next(MSG_RESULT);
	no_more();
	unready();
	send_check(&ck);
	refused("wazuh");
	ck = ask_basic(ROW_LOGIN, "nobody", "wrong");
	send_check(&ck);
	refused("nobody");
	ck = ask_basic(ROW_RUNAS, "wazuh", "secret");
	send_check(&ck);
	refused("wazuh");
	ready();
	ck = ask_basic(ROW_LOGIN, "wazuh", "wrong");
	send_check(&ck);
	hash_does(true, false);
	denied(401, 0, "Invalid credentials", "wazuh");
	no_more();
	stop();
}

/* Whatever the row and whatever http says; the signature comes before. */
static void
test_token(void)
{
	static const uint16_t which[] = { ROW_ROOT, ROW_AGENTS, ROW_LOGOUT,
		ROW_ME, ROW_EVENTS };
	struct token_claims tc;
	struct check ck;
	char token[TOKEN_MAX + 1], bad[TOKEN_MAX + 1];
	size_t i;

	start();
	unready();
	make_claims(&tc);
	make_token(&tc, token);
	ck = ask_token(ROW_AGENTS, token);
	send_check(&ck);
	verify_does();
	refused("wazuh");
	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		ck = ask_token(which[i], token);
		send_check(&ck);
		refused("wazuh");
		ck.ck_verdict = VERDICT_BAD;
		send_check(&ck);
		refused("wazuh");
	}
	/* Its user and its settings are not looked at. */
	snprintf(tc.tc_user, sizeof(tc.tc_user), "gone");
	tc.tc_exp++;
	make_token(&tc, bad);
	ck = ask_token(ROW_ROOT, bad);
	send_check(&ck);
	verify_does();
	refused("gone");
	/* One that is not good is told so. */
	bad[strlen(bad) - 5] = bad[strlen(bad) - 5] == 'A' ? 'B' : 'A';
	ck = ask_token(ROW_ROOT, bad);
	send_check(&ck);
	verify_does();
	denied(401, 0, "Invalid token", NULL);
	no_more();
	/* The token that was refused is as good as before. */
	ready();
	ck = ask_token(ROW_AGENTS, token);
	send_check(&ck);
	next(MSG_CALL);
	next(MSG_ADMIT);
	no_more();
	stop();
}

/* What comes before the credential stays as it is. */
static void
test_before(void)
{
	struct check ck;

	start();
	unready();
	ck = ask(ROW_ROOT);
	send_check(&ck);
	denied(401, 0, "No authorization token provided", NULL);
	ck = ask(ROW_NONE);
	ck.ck_verdict = VERDICT_NOPATH;
	send_check(&ck);
	denied(404, 0, "404: Not Found", NULL);
	ck = ask_token(ROW_LOGIN, "x.y.z");
	send_check(&ck);
	denied(401, 0, "Invalid credentials", NULL);
	ck = ask_token(ROW_ROOT, "nothing");
	send_check(&ck);
	denied(401, 0, "Invalid token", NULL);
	no_more();
	/* Refused logins count, as every login that makes no token. */
	fx.proc.pr_conf->cf_max_login_attempts = 2;
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	ck.ck_addr = "192.0.2.7";
	send_check(&ck);
	refused("wazuh");
	send_check(&ck);
	refused("wazuh");
	send_check(&ck);
	denied(403, 6000, NULL, "wazuh");
	no_more();
	stop();
}

static void
test_unknown(void)
{
	struct check ck;
	char body[1024];

	start();
	fx.daemons.dp_known = 0;
	ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
	ck.ck_form = FORM_PRETTY;
	send_check(&ck);
	admitted(false, "wazuh", NULL);
	answered(500, body, sizeof(body));
	CU_ASSERT_EQUAL(strncmp(body, "{\n   \"title\"", 12), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(body, "\n   \"error\": 1913\n}"));
	no_more();
	CU_ASSERT_EQUAL(fx.page.pg_errors, 1);
	stop();
}

static const struct unit_case cases[] = {
	{ "logins", test_login },
	{ "tokens", test_token },
	{ "what comes before", test_before },
	{ "states unknown", test_unknown },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("gate_daemons", cases));
}
