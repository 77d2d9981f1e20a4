/* SPDX-License-Identifier: ISC */
/* Logins with an authorization context, and what becomes of their tokens. */
#include <sys/types.h>

#include <sqlite3.h>

#include "authz/rbacdb_change.h"
#include "tests/unit/gate_rig.h"

#define BODY 65536 /* bytes of an answer */

/* Hashes of {}, {"a": 1} and {"user_name": "admin"}: recorded tokens. */
#define HASH_EMPTY "2afb9b83f9314e5d029766197f539792"
#define HASH_A     "6903fb303cd60ccb0a2b9c2592fa773b"
#define HASH_ADMIN "a05a0404f0b8168640d3a161b72dde8b"

static char body[BODY];

/* Somebody else changes rbac.db, and it is looked at. */
static void
change(const char *statements)
{
	char path[128];
	sqlite3 *sql;

	snprintf(path, sizeof(path), "%s/rbac.db", fx.dir);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &sql), SQLITE_OK);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, statements, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sql);
	fx.now += 2 * SEC;
}

static void
ask_run_as(struct check *ck, const char *user, const char *context)
{
	struct arg *a;

	*ck = ask_basic(ROW_RUNAS, user, "secret");
	a = &ck->ck_args.as_v[ck->ck_args.as_n++];
	a->a_param = PARAM_BODY;
	a->a.str.s = context;
	a->a.str.len = strlen(context);
	ck->ck_bodylen = strlen(context);
}

/* Log in: the answer is in body, and the access log learns the hash. */
static void
run_as(const char *user, const char *context, uint16_t status, const char *hash)
{
	struct admit ad;
	struct check ck;
	struct sent *s;

	ask_run_as(&ck, user, context);
	/* Of logins that are remembered one is answered in each round. */
	turn();
	send_check(&ck);
	if (fx.sent[fx.next].m.m_type == MSG_HASH)
		hash_does(true, false);
	s = next(MSG_ADMIT);
	CU_ASSERT_EQUAL_FATAL(admit_get(&s->m, &ad), 0);
	CU_ASSERT_FALSE(ad.ad_own);
	CU_ASSERT_STRING_EQUAL(ad.ad_user, user);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ad.ad_context);
	CU_ASSERT_STRING_EQUAL(ad.ad_context, hash);
	answered(status, body, sizeof(body));
	no_more();
}

/* The token of the last answer, cut out of body. */
static char *
token(void)
{
	char *end = strstr(body, "\"}, \"error\": 0}");

	CU_ASSERT_EQUAL_FATAL(
	    strncmp(body, "{\"data\": {\"token\": \"", 20), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	*end = '\0';
	return (body + 20);
}

/* Is the token one for these roles? */
static bool
holds(const char *user, const char *hash, size_t n, int64_t a, int64_t b)
{
	struct token_claims tc;
	char *text = token();

	if (token_verify(fx.az->az_key, text, strlen(text), (int64_t)time(NULL),
	        &tc) == -1)
		return (false);
	return (tc.tc_run_as && strcmp(tc.tc_user, user) == 0 &&
	    strcmp(tc.tc_context, hash) == 0 && tc.tc_nroles == n &&
	    (n < 1 || tc.tc_roles[0] == a) && (n < 2 || tc.tc_roles[1] == b));
}

static void
test_roles(void)
{
	start();
	/* The product's own rules are for its own user. */
	run_as("wazuh-wui", "{\"user_name\":\"admin\"}", 200, HASH_ADMIN);
	CU_ASSERT_TRUE(holds("wazuh-wui", HASH_ADMIN, 1, 1, 0));
	run_as("wazuh", "{\"user_name\":\"admin\"}", 200, HASH_ADMIN);
	CU_ASSERT_TRUE(holds("wazuh", HASH_ADMIN, 0, 0, 0));
	run_as("wazuh-wui", "{\"a\":1}", 200, HASH_A);
	CU_ASSERT_TRUE(holds("wazuh-wui", HASH_A, 0, 0, 0));
	/* A new rule counts at once. */
	change("INSERT INTO rules VALUES (100, 'x', "
	       "'{\"MATCH\": {\"a\": 1}}', '');"
	       "INSERT INTO roles_rules VALUES (100, 5, 100, ''),"
	       "(101, 3, 100, '')");
	run_as("wazuh", "{\"a\":1}", 200, HASH_A);
	CU_ASSERT_TRUE(holds("wazuh", HASH_A, 2, 3, 5));
	stop();
}

/* A context that says nothing: the user's own roles, flag or no flag. */
static void
test_empty(void)
{
	start();
	run_as("wazuh", "{}", 200, HASH_EMPTY);
	CU_ASSERT_TRUE(holds("wazuh", HASH_EMPTY, 1, 1, 0));
	run_as(
	    "wazuh", "{\"n\":null}", 200, "571b9420d807d610f68f183c4b60ed61");
	CU_ASSERT_TRUE(
	    holds("wazuh", "571b9420d807d610f68f183c4b60ed61", 1, 1, 0));
	change("UPDATE users SET allow_run_as = 0");
	run_as("wazuh", "{}", 200, HASH_EMPTY);
	CU_ASSERT_TRUE(holds("wazuh", HASH_EMPTY, 1, 1, 0));
	stop();
}

static void
test_not_allowed(void)
{
	static const char want[] = "{\"title\": \"Permission Denied\", ";
	static const char *const keys[] = { "\"detail\": \"",
		"\"remediation\": \"", "\"dapi_errors\": {\"",
		"\"error\": 6004}" };
	size_t i;

	start();
	fx.proc.pr_conf->cf_max_login_attempts = 2;
	change("UPDATE users SET allow_run_as = 0");
	/* The password was right: that is no attempt to find it. */
	for (i = 0; i < 5; i++)
		run_as("wazuh", "{\"a\":1}", 403, HASH_A);
	CU_ASSERT_EQUAL(strncmp(body, want, strlen(want)), 0);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(body, keys[i]));
	stop();
}

/* A wrong password, and what http has found wrong, count as before. */
static void
test_attempts(void)
{
	struct check ck;
	int i;

	start();
	fx.proc.pr_conf->cf_max_login_attempts = 3;
	for (i = 0; i < 10; i++)
		run_as("wazuh", "{\"a\":1}", 200, HASH_A);
	ask_run_as(&ck, "wazuh", "{\"a\":1}");
	ck.ck_secret = "wrong";
	send_check(&ck);
	hash_does(true, true);
	denied(401, 0, "Invalid credentials", "wazuh");
	ck = ask_basic(ROW_RUNAS, "wazuh", "secret");
	ck.ck_verdict = VERDICT_BAD;
	for (i = 0; i < 2; i++) {
		turn();
		send_check(&ck);
		admitted(true, "wazuh", NULL);
	}
	turn();
	send_check(&ck);
	denied(403, 6000, NULL, "wazuh");
	no_more();
	stop();
}

static void
test_raw(void)
{
	struct check ck;
	struct arg *a;

	start();
	ask_run_as(&ck, "wazuh-wui", "{\"a\":1}");
	a = &ck.ck_args.as_v[ck.ck_args.as_n++];
	a->a_param = PARAM_RAW;
	a->a.b = true;
	send_check(&ck);
	hash_does(true, false);
	next(MSG_ADMIT);
	answered(200, body, sizeof(body));
	CU_ASSERT_TRUE(token_shape(body, strlen(body)));
	no_more();
	stop();
}

/* Rules that take too much work: nobody gets anything. */
static void
test_work(void)
{
	static const char nasty[] =
	    "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n "
	    "WHERE i < 180) INSERT INTO rules SELECT i, 'r' || i, '{\"FIND\": "
	    "{\"r''.*''''\": \"r''(a|a)*$''''\"}, \"x\": ' || i || '}', '' "
	    "FROM n;"
	    "INSERT INTO roles_rules SELECT id, 4, id, '' FROM rules "
	    "WHERE id > 99;"
	    "INSERT INTO rules VALUES (99, 'y', '{\"MATCH\": {}}', '');"
	    "INSERT INTO roles_rules VALUES (99, 3, 99, '')";
	static const char context[] =
	    "{\"k\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}";
	int i;

	start();
	fx.proc.pr_conf->cf_max_login_attempts = 2;
	change(nasty);
	for (i = 0; i < 3; i++)
		run_as("wazuh-wui", context, 403,
		    "fbd596b405a6b9dd9b727ac167f0f25f");
	CU_ASSERT_PTR_NOT_NULL(strstr(body, "\"error\": 4000}"));
	CU_ASSERT_PTR_NULL(strstr(body, "token"));
	stop();
}

/* --- afterwards ------------------------------------------------------------------------ */

static bool
works(const char *text)
{
	struct check ck = ask_token(ROW_ME, text);
	enum msgtype type;
	struct deny dn;
	struct sent *s;

	send_check(&ck);
	if (fx.sent[fx.next].m.m_type == MSG_VERIFY)
		verify_does();
	s = &fx.sent[fx.next];
	type = s->m.m_type;
	if (type == MSG_DENY) {
		CU_ASSERT_EQUAL_FATAL(deny_get(&s->m, &dn), 0);
		CU_ASSERT_EQUAL(dn.dn_status, 401);
		CU_ASSERT_STRING_EQUAL(dn.dn_detail, "Invalid token");
	} else {
		CU_ASSERT_EQUAL(type, MSG_ADMIT);
		fx.next++;
		answered(200, body, sizeof(body));
	}
	forget();
	return (type == MSG_ADMIT);
}

/* A copy of a fresh token of wazuh-wui with role 1. */
static void
fresh(char out[TOKEN_MAX])
{
	run_as("wazuh-wui", "{\"user_name\":\"admin\"}", 200, HASH_ADMIN);
	snprintf(out, TOKEN_MAX, "%s", token());
	CU_ASSERT_TRUE(works(out));
	CU_ASSERT_PTR_NOT_NULL(strstr(body, "\"name\": \"administrator\""));
}

/* Tokens up to that time are void: of a user, or (0) of all such logins. */
static void
make_void(int64_t user, int64_t at)
{
	struct rbacdb *db = snap_db(fx.az->az_snap);

	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(user == 0 ? rbacdb_void_runas(db, at, at + 900) :
	                            rbacdb_void_user(db, user, at, at + 900),
	    RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OK);
	authz_changed(fx.az);
}

static void
test_void(void)
{
	char text[TOKEN_MAX], statement[256];
	int64_t now = (int64_t)time(NULL);

	start();
	fresh(text);
	/* What a rule linked to a role or taken from it does. */
	make_void(0, now - 10);
	CU_ASSERT_TRUE(works(text));
	make_void(0, now + 5);
	CU_ASSERT_FALSE(works(text));
	change("DELETE FROM runas_token_blacklist");
	CU_ASSERT_TRUE(works(text));
	/* A role of the token changes that is not linked to the user. */
	snprintf(statement, sizeof(statement),
	    "DELETE FROM user_roles; INSERT INTO roles_token_blacklist "
	    "VALUES (1, %lld, %lld)",
	    (long long)now + 5, (long long)now + 900);
	change(statement);
	CU_ASSERT_FALSE(works(text));
	change("DELETE FROM roles_token_blacklist");
	CU_ASSERT_TRUE(works(text));
	/* The user may not act for others any more, and has other roles. */
	change("UPDATE users SET allow_run_as = 0");
	CU_ASSERT_FALSE(works(text));
	change("INSERT INTO user_roles VALUES (9, 2, 1, 0, '')");
	CU_ASSERT_TRUE(works(text));
	/* Logged out. */
	make_void(2, now + 5);
	CU_ASSERT_FALSE(works(text));
	stop();
}

static const struct unit_case cases[] = {
	{ "roles", test_roles },
	{ "empty context", test_empty },
	{ "not allowed", test_not_allowed },
	{ "attempts", test_attempts },
	{ "raw", test_raw },
	{ "too much work", test_work },
	{ "void tokens", test_void },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("gate_run_as", cases));
}
