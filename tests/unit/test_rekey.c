/* SPDX-License-Identifier: ISC */
/* The key pair in force: replaced by others, made anew, in the middle of it. */
#include <sys/types.h>

#include <dirent.h>
#include <sqlite3.h>

#include "authz/rbacdb_change.h"
#include "authz/token_file.h"
#include "tests/unit/gate_rig.h"
#include "tests/unit/steps.h"

static int lines; /* logged as warnings or worse */

static void
logged(enum loglevel level, const char *text, void *arg)
{
	lines++;
}

static void
listen_log(void)
{
	log_init("test", LOGL_WARN);
	log_sink(logged, NULL);
	lines = 0;
}

/* --- the files as others see them -------------------------------------------- */

static int
count(void)
{
	const struct dirent *d;
	DIR *dir = fdopendir(openat(fx.dirfd, ".", O_RDONLY | O_DIRECTORY));
	int n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((d = readdir(dir)) != NULL)
		n +=
		    strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	closedir(dir);
	return (n);
}

static void
put(const char *name, const char *text)
{
	int f = openat(fx.dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	CU_ASSERT_TRUE_FATAL(f != -1);
	CU_ASSERT_EQUAL(write(f, text, strlen(text)), (ssize_t)strlen(text));
	close(f);
}

static void
get(const char *name, char *out, size_t size)
{
	int f = openat(fx.dirfd, name, O_RDONLY);
	ssize_t n = f == -1 ? 0 : read(f, out, size - 1);

	CU_ASSERT_TRUE_FATAL(n >= 0);
	out[n] = '\0';
	if (f != -1)
		close(f);
}

/* A pair that another program has put there. */
static struct token_key *
others(void)
{
	struct token_pair tp;
	struct token_key *key;

	CU_ASSERT_EQUAL_FATAL(token_file_stage(fx.dirfd, &tp), 0);
	key = token_file_commit(&tp);
	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	return (key);
}

/* What a request makes happen once a second. */
static void
look(void)
{
	fx.now += SEC;
	authz_refresh(fx.az, fx.now);
}

/* --- what hash is told --------------------------------------------------------- */

/* Both instances were given the key in force, under its number. */
static void
told(void)
{
	const char *pem;
	struct sent *s;
	uint64_t no;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		s = next(MSG_HASH_KEY);
		CU_ASSERT_PTR_EQUAL(s->to, &fx.hash[i]);
		CU_ASSERT_EQUAL_FATAL(lanemsg_get_key(&s->m, &no, &pem), 0);
		CU_ASSERT_EQUAL(no, fx.az->az_keyno);
		CU_ASSERT_STRING_EQUAL(pem, token_key_public(fx.az->az_key));
	}
	no_more();
}

/* A request with the token, whose signature is looked at if need be. */
static void
passes(const char *token)
{
	struct check ck = ask_token(ROW_ROOT, token);

	send_check(&ck);
	if (fx.sent[fx.next].m.m_type == MSG_VERIFY)
		verify_does();
	next(MSG_CALL);
	next(MSG_ADMIT);
	no_more();
}

/* Refused as what is signed by nobody is: no name. */
static void
refused(const char *token)
{
	struct check ck = ask_token(ROW_ROOT, token);

	send_check(&ck);
	verify_does();
	denied(401, 0, "Invalid token", NULL);
	no_more();
}

static void
fresh_token(char token[TOKEN_MAX + 1])
{
	struct token_claims tc;

	make_claims(&tc);
	tc.tc_exp = tc.tc_nbf + authz_token_timeout(fx.az);
	snprintf(tc.tc_mode, sizeof(tc.tc_mode), "%s", authz_rbac_mode(fx.az));
	make_token(&tc, token);
}

/* --- replaced by others --------------------------------------------------------- */

static void
test_same(void)
{
	char token[TOKEN_MAX + 1], pem[4096];
	uint64_t no;

	start();
	listen_log();
	fresh_token(token);
	no = fx.az->az_keyno;
	passes(token);
	look();
	/* Written again, the same; in place, by another program. */
	get("private_key.pem", pem, sizeof(pem));
	put("private_key.pem", pem);
	look();
	CU_ASSERT_EQUAL(fx.az->az_keyno, no);
	CU_ASSERT_EQUAL(lines, 0);
	no_more();
	passes(token);
	stop();
}

static void
test_replaced(void)
{
	struct token_key *key;
	char old[TOKEN_MAX + 1], new[TOKEN_MAX + 1];

	start();
	listen_log();
	fresh_token(old);
	passes(old);
	key = others();
	/* Looked at once a second, no more. */
	passes(old);
	look();
	CU_ASSERT_TRUE(token_key_same(key, fx.az->az_key));
	CU_ASSERT_EQUAL(lines, 1);
	told();
	refused(old);
	fresh_token(new);
	passes(new);
	token_key_free(&key);
	stop();
}

/* One file after the other, in halves, with a look after each. */
static void
test_replaced_slowly(void)
{
	struct token_key *key;
	char priv[4096], pub[4096], token[TOKEN_MAX + 1];
	char oldpriv[4096], oldpub[4096], half[4096];

	start();
	listen_log();
	fresh_token(token);
	get("private_key.pem", oldpriv, sizeof(oldpriv));
	get("public_key.pem", oldpub, sizeof(oldpub));
	key = others();
	get("private_key.pem", priv, sizeof(priv));
	get("public_key.pem", pub, sizeof(pub));
	put("private_key.pem", oldpriv);
	put("public_key.pem", oldpub);
	look();
	CU_ASSERT_EQUAL(lines, 0);
	snprintf(half, sizeof(half), "%.*s", (int)strlen(priv) / 2, priv);
	put("private_key.pem", "");
	look();
	put("private_key.pem", half);
	look();
	put("private_key.pem", priv);
	look();
	put("public_key.pem", "");
	look();
	/* The pair before has gone on, and that was said once. */
	CU_ASSERT_EQUAL(lines, 1);
	no_more();
	passes(token);
	put("public_key.pem", pub);
	look();
	told();
	CU_ASSERT_TRUE(token_key_same(key, fx.az->az_key));
	refused(token);
	/* What is bad later is told anew. */
	lines = 0;
	put("public_key.pem", oldpub);
	look();
	look();
	CU_ASSERT_EQUAL(lines, 1);
	/* Nobody but a start makes it good. */
	get("public_key.pem", half, sizeof(half));
	CU_ASSERT_STRING_EQUAL(half, oldpub);
	token_key_free(&key);
	stop();
}

static void
test_missing(void)
{
	char old[TOKEN_MAX + 1], new[TOKEN_MAX + 1], pub[4096];
	struct token_key *key;

	start();
	listen_log();
	fresh_token(old);
	passes(old);
	CU_ASSERT_EQUAL(unlinkat(fx.dirfd, "private_key.pem", 0), 0);
	look();
	/* One that is put in place a moment later is taken. */
	passes(old);
	key = others();
	look();
	CU_ASSERT_TRUE(token_key_same(key, fx.az->az_key));
	told();
	token_key_free(&key);
	/* Else both are made. */
	fresh_token(old);
	passes(old);
	CU_ASSERT_EQUAL(unlinkat(fx.dirfd, "public_key.pem", 0), 0);
	look();
	CU_ASSERT_EQUAL(count(), 2);
	passes(old);
	look();
	told();
	CU_ASSERT_EQUAL(count(), 3);
	get("public_key.pem", pub, sizeof(pub));
	CU_ASSERT_STRING_EQUAL(pub, token_key_public(fx.az->az_key));
	refused(old);
	fresh_token(new);
	passes(new);
	look();
	no_more();
	/* Where they cannot be made the pair in force goes on. */
	CU_ASSERT_EQUAL(unlinkat(fx.dirfd, "public_key.pem", 0), 0);
	look();
	steps_set(2, ENOSPC);
	look();
	steps_set(0, 0);
	no_more();
	passes(new);
	look();
	told();
	stop();
}

/* --- all tokens void ------------------------------------------------------------- */

static void
blacklist(void)
{
	struct rbacdb *db = snap_db(fx.az->az_snap);
	int64_t now = (int64_t)time(NULL);

	/* Of a user whose tokens nobody here uses, and of run_as. */
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_user(db, 2, now, now + 900), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_void_runas(db, now, now + 900), RBACDB_OK);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OK);
	authz_changed(fx.az);
}

static size_t
blacklisted(void)
{
	const struct rbac *rb = snap_rbac(fx.az->az_snap);

	return (
	    rb->rb_nblack_users + rb->rb_nblack_roles + rb->rb_nblack_runas);
}

static void
test_revoke(void)
{
	const struct secconf_values black = { "black", 77 };
	const struct secconf_values none = { NULL, 0 };
	char old[TOKEN_MAX + 1], new[TOKEN_MAX + 1], text[256];
	struct stat st;

	start();
	fresh_token(old);
	passes(old);
	blacklist();
	CU_ASSERT_EQUAL(blacklisted(), 2);
	CU_ASSERT_EQUAL(rekey_revoke(fx.az, NULL), 0);
	authz_changed(fx.az);
	CU_ASSERT_EQUAL(blacklisted(), 0);
	told();
	refused(old);
	fresh_token(new);
	passes(new);
	/* There were no settings, and there are none. */
	CU_ASSERT_EQUAL(count(), 3);

	CU_ASSERT_EQUAL(rekey_revoke(fx.az, &black), 0);
	told();
	get("security.yaml", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(
	    text, "auth_token_exp_timeout: 77\nrbac_mode: black\n");
	CU_ASSERT_EQUAL(fstatat(fx.dirfd, "security.yaml", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0660);
	/* They hold at once. */
	CU_ASSERT_STRING_EQUAL(authz_rbac_mode(fx.az), "black");
	CU_ASSERT_EQUAL(authz_token_timeout(fx.az), 77);
	refused(new);
	fresh_token(new);
	passes(new);

	/* A mode that somebody gave the file stays; so does the owner. */
	CU_ASSERT_EQUAL(fchmodat(fx.dirfd, "security.yaml", 0604, 0), 0);
	if (geteuid() == 0)
		CU_ASSERT_EQUAL(
		    fchownat(fx.dirfd, "security.yaml", 12, 34, 0), 0);
	CU_ASSERT_EQUAL(rekey_revoke(fx.az, &none), 0);
	told();
	get("security.yaml", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(
	    text, "auth_token_exp_timeout: 900\nrbac_mode: white\n");
	CU_ASSERT_EQUAL(fstatat(fx.dirfd, "security.yaml", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0604);
	if (geteuid() == 0)
		CU_ASSERT_TRUE(st.st_uid == 12 && st.st_gid == 34);
	CU_ASSERT_STRING_EQUAL(authz_rbac_mode(fx.az), "white");
	look();
	no_more();
	CU_ASSERT_EQUAL(count(), 4);
	stop();
}

/*
 * A signature is being checked when the key goes: what was found with the old
 * one is not believed, in either direction.
 */
static void
test_revoke_meanwhile(void)
{
	struct token_claims tc;
	struct check ck;
	struct sent *s;
	char old[TOKEN_MAX + 1], new[TOKEN_MAX + 1];
	const char *text;
	uint64_t id, no;

	start();
	fresh_token(old);
	no = fx.az->az_keyno;
	make_claims(&tc);
	ck = ask_token(ROW_ROOT, old);
	send_check(&ck);
	s = next(MSG_VERIFY);
	CU_ASSERT_EQUAL_FATAL(lanemsg_get_verify(&s->m, &id, &text), 0);
	CU_ASSERT_EQUAL(rekey_revoke(fx.az, NULL), 0);
	next(MSG_HASH_KEY);
	next(MSG_HASH_KEY);
	verify_with(s, id, no, VERIFY_GOOD, &tc);
	next(MSG_HASH_KEY);
	verify_does();
	denied(401, 0, "Invalid token", NULL);
	no_more();
	CU_ASSERT_EQUAL(cache_tokens(fx.az->az_cache), 0);

	/* Others have made the key and this token: bad before, good now. */
	no = fx.az->az_keyno;
	CU_ASSERT_EQUAL(rekey_revoke(fx.az, NULL), 0);
	fresh_token(new);
	cache_drop(fx.az->az_cache);
	forget();
	ck = ask_token(ROW_ROOT, new);
	send_check(&ck);
	s = next(MSG_VERIFY);
	CU_ASSERT_EQUAL_FATAL(lanemsg_get_verify(&s->m, &id, &text), 0);
	verify_with(s, id, no, VERIFY_BAD, NULL);
	next(MSG_HASH_KEY);
	verify_does();
	next(MSG_CALL);
	next(MSG_ADMIT);
	no_more();
	stop();
}

/* The instances of hash, each with the key that it was given last. */
static struct {
	struct token_key *key;
	uint64_t no;
} lane[2];

static void
lane_key(unsigned int inst, uint64_t no, const char *pem)
{
	token_key_free(&lane[inst].key);
	lane[inst].key = token_key_parse(pem, strlen(pem));
	CU_ASSERT_PTR_NOT_NULL_FATAL(lane[inst].key);
	lane[inst].no = no;
}

/* One does what it was sent next. */
static void
lane_turn(void)
{
	struct token_claims tc;
	struct sent *s = &fx.sent[fx.next++];
	unsigned int i = s->to->inst;
	const char *text;
	uint64_t id;
	int r;

	if (s->m.m_type == MSG_HASH_KEY) {
		CU_ASSERT_EQUAL_FATAL(lanemsg_get_key(&s->m, &id, &text), 0);
		lane_key(i, id, text);
		return;
	}
	CU_ASSERT_EQUAL_FATAL(lanemsg_get_verify(&s->m, &id, &text), 0);
	r = token_verify(
	    lane[i].key, text, strlen(text), (int64_t)time(NULL), &tc);
	verify_with(s, id, lane[i].no, r == 0 ? VERIFY_GOOD : VERIFY_BAD, &tc);
}

/* The same with a hundred of them, some the same, and with logins. */
static void
test_revoke_crowd(void)
{
	struct token_claims tc;
	struct check ck;
	struct deny dn;
	char old[10][TOKEN_MAX + 1];
	size_t i, answers = 0, logins = 0;
	int turns;

	start();
	for (i = 0; i < 2; i++)
		lane_key((unsigned int)i, fx.az->az_keyno,
		    token_key_public(fx.az->az_key));
	for (i = 0; i < 10; i++) {
		make_claims(&tc);
		tc.tc_nbf -= (int64_t)i;
		tc.tc_exp -= (int64_t)i;
		make_token(&tc, old[i]);
	}
	for (i = 0; i < 100; i++) {
		ck = ask_token(ROW_ROOT, old[i % 10]);
		send_check(&ck);
		if (i % 50 == 0) {
			ck = ask_basic(ROW_LOGIN, "wazuh", "secret");
			send_check(&ck);
		}
	}
	CU_ASSERT_EQUAL(fx.az->az_npending, 102);
	CU_ASSERT_EQUAL(rekey_revoke(fx.az, NULL), 0);
	/* Instances take what they were sent, with the key they have. */
	for (turns = 0; fx.az->az_npending != 0 && turns < 1000; turns++) {
		struct sent *s = &fx.sent[fx.next];

		CU_ASSERT_TRUE_FATAL(fx.next < fx.nsent);
		switch (s->m.m_type) {
		case MSG_VERIFY:
		case MSG_HASH_KEY:
			lane_turn();
			break;
		case MSG_HASH:
			hash_does(true, false);
			break;
		case MSG_DENY:
			CU_ASSERT_EQUAL_FATAL(
			    deny_get(&next(MSG_DENY)->m, &dn), 0);
			CU_ASSERT_EQUAL(dn.dn_status, 401);
			CU_ASSERT_STRING_EQUAL(dn.dn_detail, "Invalid token");
			answers++;
			break;
		default:
			logins += s->m.m_type == MSG_RESULT;
			fx.next++;
			break;
		}
	}
	while (fx.next < fx.nsent) {
		answers += fx.sent[fx.next].m.m_type == MSG_DENY;
		logins += fx.sent[fx.next].m.m_type == MSG_RESULT;
		fx.next++;
	}
	CU_ASSERT_EQUAL(answers, 100);
	CU_ASSERT_EQUAL(logins, 2);
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	forget();
	for (i = 0; i < 2; i++)
		token_key_free(&lane[i].key);
	stop();
}

/* Locked from outside: the tokens are void, the rows do no harm. */
static void
test_revoke_locked(void)
{
	char path[128], old[TOKEN_MAX + 1], new[TOKEN_MAX + 1];
	sqlite3 *sql;

	start();
	listen_log();
	blacklist();
	fresh_token(old);
	passes(old);
	snprintf(path, sizeof(path), "%s/rbac.db", fx.dir);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &sql), SQLITE_OK);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(sql, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(rekey_revoke(fx.az, NULL), 0);
	CU_ASSERT_EQUAL(lines, 1);
	sqlite3_close(sql);
	told();
	refused(old);
	fresh_token(new);
	passes(new);
	CU_ASSERT_EQUAL(blacklisted(), 2);
	stop();
}

/* --- refused, and died --------------------------------------------------------- */

/* Steps of a change: mode and fsync of three files, then rename and fsync. */
#define STEPS      12
#define YAML_IN    7 /* the rename of security.yaml */
#define PRIVATE_IN 9

static const struct secconf_values change = { "black", 77 };

/*
 * Each step refused: before the first rename all is as it was; after that of
 * the private key all is new. Between them the old tokens are void by what
 * they claim. Never an old token that passes under new settings.
 */
static void
test_refused(void)
{
	char token[TOKEN_MAX + 1];
	struct check ck;
	uint16_t code;
	int at;

	for (at = 1; at <= STEPS + 1; at++) {
		start();
		settings("rbac_mode: white\n");
		look();
		fresh_token(token);
		steps_set(at, ENOSPC);
		code = rekey_revoke(fx.az, &change);
		if (code != 0)
			CU_ASSERT_EQUAL(errno, ENOSPC);
		steps_set(0, 0);
		CU_ASSERT_EQUAL(code,
		    at < 3               ? 1005 :
		        at < YAML_IN     ? 6003 :
		        at == YAML_IN    ? 1005 :
		        at == PRIVATE_IN ? 6003 :
		                           0);
		CU_ASSERT_EQUAL(count(), 4);
		forget();
		if (at <= YAML_IN) {
			CU_ASSERT_STRING_EQUAL(authz_rbac_mode(fx.az), "white");
			passes(token);
		} else if (at == PRIVATE_IN) {
			CU_ASSERT_STRING_EQUAL(authz_rbac_mode(fx.az), "black");
			ck = ask_token(ROW_ROOT, token);
			send_check(&ck);
			verify_does();
			denied(401, 0, "Token expired", "wazuh");
		} else {
			CU_ASSERT_STRING_EQUAL(authz_rbac_mode(fx.az), "black");
			refused(token);
		}
		stop();
	}
}

static void
do_revoke(void *arg)
{
	(void)rekey_revoke(fx.az, arg);
}

/* Died before each step: the same, as the next start finds it. */
static void
test_died(void)
{
	struct secconf_values values = change;
	struct token_claims tc;
	struct token_key *key;
	char token[TOKEN_MAX + 1], pub[4096];
	bool sound, old;
	int at;

	for (at = 1; at <= STEPS + 1; at++) {
		start();
		settings("rbac_mode: white\n");
		look();
		fresh_token(token);
		CU_ASSERT_EQUAL(steps_die(at, do_revoke, &values), at <= STEPS);
		/* A start: the rig's parts anew. */
		rekey_close(fx.az);
		secconf_close(&fx.az->az_secconf);
		fx.az->az_secconf = secconf_open(fx.dirfd);
		rekey_open(fx.az);
		CU_ASSERT_EQUAL(count(), 4);
		key = fx.az->az_key;
		sound = token_verify(key, token, strlen(token),
		            (int64_t)time(NULL), &tc) == 0;
		old = strcmp(authz_rbac_mode(fx.az), "white") == 0;
		CU_ASSERT_EQUAL(authz_token_timeout(fx.az), old ? 900 : 77);
		CU_ASSERT_EQUAL(old, at <= YAML_IN);
		CU_ASSERT_EQUAL(sound, at <= PRIVATE_IN);
		get("public_key.pem", pub, sizeof(pub));
		CU_ASSERT_STRING_EQUAL(pub, token_key_public(key));
		stop();
	}
}

/* What a death leaves goes with the next start, and nothing else. */
static void
test_sweep(void)
{
	static const char *const kept[] = { ".private_key.pem.tmp",
		".private_key.pem.0123456789abcdef", "security.yaml.bak",
		".security.yaml.0123456789abcdef0.tmp",
		"private_key.pem.0123456789abcdef.tmp",
		".rbac.db.0123456789abcdef.tmp" };
	size_t i, n = sizeof(kept) / sizeof(kept[0]);

	start();
	for (i = 0; i < n; i++)
		put(kept[i], "");
	put(".private_key.pem.0123456789abcdef.tmp", "x");
	put(".public_key.pem.0123456789abcdef.tmp", "x");
	put(".security.yaml.0123456789abcdef.tmp", "x");
	rekey_close(fx.az);
	rekey_open(fx.az);
	CU_ASSERT_EQUAL(count(), 3 + (int)n);
	for (i = 0; i < n; i++)
		CU_ASSERT_EQUAL(unlinkat(fx.dirfd, kept[i], 0), 0);
	stop();
}

static const struct unit_case cases[] = {
	{ "the same", test_same },
	{ "replaced", test_replaced },
	{ "replaced slowly", test_replaced_slowly },
	{ "missing", test_missing },
	{ "all tokens void", test_revoke },
	{ "in the middle of a check", test_revoke_meanwhile },
	{ "in a crowd", test_revoke_crowd },
	{ "with rbac.db locked", test_revoke_locked },
	{ "refused", test_refused },
	{ "died", test_died },
	{ "what deaths leave", test_sweep },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("rekey", cases));
}
