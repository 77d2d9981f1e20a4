/* SPDX-License-Identifier: ISC */
/*
 * What the tests of gate stand on: links, a clock and an endpoint table of
 * their own, and a real rbac.db. Defines what proc.c, peer.c, rows.c,
 * params.c, calls_authz.c and authz.c define in the program, so that only one
 * file of a test includes it.
 */
#ifndef TESTS_UNIT_GATE_RIG_H
#define TESTS_UNIT_GATE_RIG_H

#include <sys/types.h>
#include <sys/stat.h>

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authz/authz.h"
#include "authz/cache.h"
#include "authz/gate.h"
#include "authz/lane.h"
#include "authz/lanemsg.h"
#include "authz/password.h"
#include "authz/pending.h"
#include "authz/rekey.h"
#include "authz/secconf.h"
#include "authz/serve.h"
#include "authz/snap.h"
#include "authz/token_key.h"
#include "common/conf.h"
#include "common/daemons.h"
#include "common/log.h"
#include "common/proc.h"
#include "tests/unit/unit.h"

#define SEC	UINT64_C(1000000000)

/* --- a small endpoint table ------------------------------------------------ */

enum { PARAM_RAW, PARAM_USER, PARAM_PASSWORD, PARAM_BODY, PARAM__MAX };
enum {
	ROW_ROOT, ROW_AGENTS, ROW_LOGIN, ROW_RUNAS, ROW_LOGOUT, ROW_ME,
	ROW_EVENTS, ROW_INTERNAL, ROW_NOBODY, ROW_PUBLIC, ROW_PASSWORD,
	ROW__MAX
};

const struct param params[] = {
	[PARAM_RAW] = { .p_name = "raw", .p_type = PT_BOOLEAN },
	[PARAM_USER] = { .p_name = "user_id", .p_in = PIN_PATH },
	[PARAM_PASSWORD] = { .p_name = "password", .p_in = PIN_BODY },
	[PARAM_BODY] = { .p_name = "body", .p_in = PIN_BODY,
	    .p_type = PT_RAW, .p_flags = PMF_WHOLE },
};
const size_t nparams = PARAM__MAX;

static const uint16_t raw_params[] = { PARAM_RAW };
static const uint16_t password_params[] = { PARAM_USER, PARAM_PASSWORD };
static const uint16_t runas_params[] = { PARAM_RAW, PARAM_BODY };

const struct row rows[] = {
	[ROW_ROOT] = { .r_id = ROW_ROOT, .r_call = "root",
	    .r_pool = POOL_READ },
	[ROW_AGENTS] = { .r_id = ROW_AGENTS,
	    .r_call = "agents", .r_pool = POOL_READ,
	    .r_rbac = { { { "agent:read" }, { "agent:id:{x}" } } } },
	[ROW_LOGIN] = { .r_id = ROW_LOGIN,
	    .r_call = "gatehouse.security.login", .r_pool = POOL_AUTHZ,
	    .r_flags = ROWF_BASIC | ROWF_LOGIN, .r_params = raw_params,
	    .r_nparams = 1 },
	[ROW_RUNAS] = { .r_id = ROW_RUNAS,
	    .r_call = "gatehouse.security.run_as", .r_pool = POOL_AUTHZ,
	    .r_flags = ROWF_BASIC | ROWF_LOGIN | ROWF_RUNAS,
	    .r_params = runas_params, .r_nparams = 2 },
	[ROW_LOGOUT] = { .r_id = ROW_LOGOUT,
	    .r_call = "wazuh.security.revoke_current_user_tokens",
	    .r_pool = POOL_AUTHZ, .r_flags = ROWF_CHANGES },
	[ROW_ME] = { .r_id = ROW_ME,
	    .r_call = "wazuh.security.get_user_me", .r_pool = POOL_AUTHZ },
	[ROW_EVENTS] = { .r_id = ROW_EVENTS,
	    .r_call = "events", .r_pool = POOL_EVENTS },
	[ROW_INTERNAL] = { .r_id = ROW_INTERNAL, .r_call = "internal",
	    .r_flags = ROWF_INTERNAL },
	[ROW_NOBODY] = { .r_id = ROW_NOBODY,
	    .r_call = "nobody", .r_pool = POOL_AUTHZ },
	[ROW_PUBLIC] = { .r_id = ROW_PUBLIC, .r_call = "public",
	    .r_pool = POOL_READ, .r_flags = ROWF_PUBLIC,
	    .r_rbac = { { { "agent:read" }, { "agent:id:{x}" } } } },
	[ROW_PASSWORD] = { .r_id = ROW_PASSWORD,
	    .r_call = "wazuh.security.update_user", .r_pool = POOL_AUTHZ,
	    .r_flags = ROWF_CHANGES, .r_params = password_params,
	    .r_nparams = 2,
	    .r_rbac = { { { "security:update" }, { "user:id:{user_id}" } } } },
};
const size_t nrows = ROW__MAX;

const serve_fn authz_calls[ROW__MAX] = {
	[ROW_LOGIN] = serve_login,
	[ROW_RUNAS] = serve_run_as,
	[ROW_LOGOUT] = serve_logout,
	[ROW_ME] = serve_me,
	[ROW_PASSWORD] = serve_users_set,
};

/* --- links and clock -------------------------------------------------------- */

struct peer {
	enum role	role;
	unsigned int	inst;
};

struct sent {
	struct peer	*to;
	struct msg	 m;	/* reads from frame */
	uint8_t		*frame;
	int		 fds;
};

#define SENT_MAX	1200

static struct {
	struct peer	 http[2], hash[2], router;
	struct sent	 sent[SENT_MAX];
	size_t		 nsent, next;
	uint64_t	 now;
	uint32_t	 seq;
	bool		 full;		/* the router's link */
	int		 accused;
	int		 refreshes;
	struct proc	 proc;
	struct page	 page;
	struct daemons_page daemons;
	struct authz	*az;
	char		 dir[64];
	int		 dirfd;
} fx;

struct proc *proc_self;

uint64_t
proc_now(void)
{
	return (fx.now);
}

struct peer *
proc_peer(enum role role, unsigned int inst)
{
	if (role == ROLE_HASH && inst < 2)
		return (&fx.hash[inst]);
	if (role == ROLE_ROUTER)
		return (&fx.router);
	return (NULL);
}

enum role
peer_role(const struct peer *p)
{
	return (p->role);
}

unsigned int
peer_inst(const struct peer *p)
{
	return (p->inst);
}

const char *
peer_name(const struct peer *p)
{
	return ("peer");
}

void
proc_accuse(struct peer *p, const char *why)
{
	fx.accused++;
}

int
peer_send(struct peer *p, struct msgw *mw, uint32_t *seq_r)
{
	struct sent	*s = &fx.sent[fx.nsent];
	int		 i;

	CU_ASSERT_FALSE(mw->mw_failed);
	CU_ASSERT_TRUE(mw->mw_len <= msgrows[mw->mw_type].mr_max);
	CU_ASSERT_TRUE(mw->mw_len >= msgrows[mw->mw_type].mr_min);
	CU_ASSERT_TRUE(msgrows[mw->mw_type].mr_to & ROLE_BIT(p->role));
	if (fx.full && p == &fx.router)
		return (-1);
	CU_ASSERT_TRUE_FATAL(fx.nsent < SENT_MAX);
	memset(s, 0, sizeof(*s));
	s->to = p;
	s->frame = malloc(mw->mw_len + 1);
	memcpy(s->frame, mw->mw_buf + MSG_HDR, mw->mw_len);
	s->m.m_type = mw->mw_type;
	s->m.m_data = s->frame;
	s->m.m_len = mw->mw_len;
	s->m.m_seq = ++fx.seq;
	s->m.m_nfds = mw->mw_nfds;
	for (i = 0; i < mw->mw_nfds; i++)
		s->m.m_fds[i] = dup(mw->mw_fds[i]);
	fx.nsent++;
	if (seq_r != NULL)
		*seq_r = fx.seq;
	return (0);
}

uint64_t
proc_newid(struct proc *pr)
{
	return (++pr->pr_lastid);
}

/* --- what authz.c does in the program ----------------------------------------- */

void
authz_changed(struct authz *az)
{
	snap_reload(az->az_snap, fx.now);
	cache_drop(az->az_cache);
}

void
authz_look(struct authz *az)
{
	if (snap_look(az->az_snap, fx.now))
		cache_drop(az->az_cache);
}

void
authz_refresh(struct authz *az, uint64_t now)
{
	fx.refreshes++;
	if (snap_refresh(az->az_snap, now))
		cache_drop(az->az_cache);
	if (now - az->az_looked < SNAP_AGE)
		return;
	az->az_looked = now;
	secconf_refresh(az->az_secconf);
	rekey_look(az);
}

const char *
authz_rbac_mode(const struct authz *az)
{
	return (secconf_mode(az->az_secconf));
}

int64_t
authz_token_timeout(const struct authz *az)
{
	return (secconf_timeout(az->az_secconf));
}

struct admit_limits
authz_limits(const struct authz *az)
{
	const struct conf	*cf = az->az_proc->pr_conf;
	struct admit_limits	 al = { cf->cf_max_request_per_minute,
		cf->cf_max_login_attempts, cf->cf_block_time,
		cf->cf_caller_requests };

	return (al);
}

/* --- set-up --------------------------------------------------------------------- */

/* "secret", at a cost that tests can bear. */
static const char rig_hash[] =
    "pbkdf2:sha1:1000$saltsalt$8b09c61e3ddee1285f60003548fcfb0963b1e8e2";

static inline void
start(void)
{
	static const char *const	passwords[2] = { rig_hash, rig_hash };
	static const uint8_t		seed[16];
	enum rbacdb_error		err;
	struct rbacdb			*db;
	struct authz			*az;
	char				 path[128];

	memset(&fx, 0, sizeof(fx));
	log_init("test", LOGL_DISABLED);
	snprintf(fx.dir, sizeof(fx.dir), "/tmp/gatehouse-gate-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(fx.dir));
	snprintf(path, sizeof(path), "%s/rbac.db", fx.dir);
	db = rbacdb_open(path, passwords, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	rbacdb_close(&db);
	fx.now = 1000 * SEC;
	fx.http[0].role = fx.http[1].role = ROLE_HTTP;
	fx.http[1].inst = 1;
	fx.hash[0].role = fx.hash[1].role = ROLE_HASH;
	fx.hash[1].inst = 1;
	fx.router.role = ROLE_ROUTER;
	proc_self = &fx.proc;
	fx.proc.pr_page = &fx.page;
	memset(fx.daemons.dp_state, DAEMON_RUNNING, DAEMON__MAX);
	fx.daemons.dp_known = 1;
	fx.proc.pr_daemons = &fx.daemons;
	fx.proc.pr_base = event_base_new();
	fx.proc.pr_conf = conf_new();
	fx.az = az = calloc(1, sizeof(*az));
	fx.proc.pr_env = az;
	az->az_proc = &fx.proc;
	TAILQ_INIT(&az->az_pending);
	TAILQ_INIT(&az->az_turns);
	az->az_snap = snap_open(path);
	fx.dirfd = open(fx.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fx.dirfd != -1);
	fx.proc.pr_rootfd = fx.dirfd;
	az->az_secconf = secconf_open(fx.dirfd);
	az->az_looked = fx.now;
	rekey_open(az);
	fx.proc.pr_count[ROLE_HASH] = 2;
	az->az_cache = cache_new();
	az->az_keep = admit_open(fx.page.pg_keep, seed, fx.now);
	az->az_lane = lane_new(2, 1, &gate_lane_ops);
}

/* What security.yaml says from now on: it is looked at once a second. */
static inline void
settings(const char *text)
{
	char	path[128];
	FILE	*f;

	snprintf(path, sizeof(path), "%s/security.yaml", fx.dir);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	CU_ASSERT_EQUAL(fclose(f), 0);
	fx.now += SEC;
}

static inline void
forget(void)
{
	while (fx.nsent > 0) {
		struct sent	*s = &fx.sent[--fx.nsent];
		int		 i;

		for (i = 0; i < s->m.m_nfds; i++)
			if (s->m.m_fds[i] != -1)
				close(s->m.m_fds[i]);
		free(s->frame);
	}
	fx.next = 0;
}

static inline void
stop(void)
{
	char	path[128];

	pending_end(fx.az);
	CU_ASSERT_EQUAL(fx.az->az_npending, 0);
	forget();
	lane_free(&fx.az->az_lane);
	cache_free(&fx.az->az_cache);
	rekey_close(fx.az);
	snap_close(&fx.az->az_snap);
	secconf_close(&fx.az->az_secconf);
	free(fx.az);
	conf_free(&fx.proc.pr_conf);
	event_base_free(fx.proc.pr_base);
	snprintf(path, sizeof(path), "%s/rbac.db", fx.dir);
	unlink(path);
	unlinkat(fx.dirfd, "security.yaml", 0);
	unlinkat(fx.dirfd, "private_key.pem", 0);
	unlinkat(fx.dirfd, "public_key.pem", 0);
	close(fx.dirfd);
	CU_ASSERT_EQUAL(rmdir(fx.dir), 0);
}

/* A request as http sends it. */
static inline struct check
ask(uint16_t row)
{
	struct check	ck;

	memset(&ck, 0, sizeof(ck));
	ck.ck_id = 4711;
	ck.ck_addr = "192.0.2.1";
	ck.ck_row = row;
	args_init(&ck.ck_args);
	return (ck);
}

static inline struct check
ask_basic(uint16_t row, const char *user, const char *password)
{
	struct check	ck = ask(row);

	ck.ck_cred = CRED_BASIC;
	ck.ck_user = user;
	ck.ck_secret = password;
	return (ck);
}

static inline struct check
ask_token(uint16_t row, const char *token)
{
	struct check	ck = ask(row);

	ck.ck_cred = CRED_BEARER;
	ck.ck_secret = token;
	return (ck);
}

static inline int
check_fd(struct peer *p, const struct check *ck, int fd)
{
	static struct msgw	mw;
	struct msg		m;

	msgw_start(&mw, MSG_CHECK);
	check_put(&mw, ck);
	memset(&m, 0, sizeof(m));
	m.m_type = MSG_CHECK;
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	if (fd != -1) {
		m.m_nfds = 1;
		m.m_fds[0] = fd;
	}
	return (gate_check(p, &m));
}

static inline void
send_check(const struct check *ck)
{
	CU_ASSERT_EQUAL(check_fd(&fx.http[0], ck, -1), 0);
}

/* One round of the event loop, with something in it. */
static inline void
turn(void)
{
	event_base_loop(fx.proc.pr_base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* The next message that was sent; it must be of that type. */
static struct sent *
next(enum msgtype type)
{
	struct sent	*s = &fx.sent[fx.next];

	CU_ASSERT_TRUE_FATAL(fx.next < fx.nsent);
	CU_ASSERT_EQUAL(s->m.m_type, type);
	if (s->m.m_type != type)
		printf("got %s, not %s\n", msgrows[s->m.m_type].mr_name,
		    msgrows[type].mr_name);
	fx.next++;
	return (s);
}

static inline void
no_more(void)
{
	CU_ASSERT_EQUAL(fx.next, fx.nsent);
	forget();
}

static inline void
denied(uint16_t status, uint16_t code, const char *detail, const char *user)
{
	struct deny	 dn;
	struct sent	*s = next(MSG_DENY);

	CU_ASSERT_EQUAL_FATAL(deny_get(&s->m, &dn), 0);
	CU_ASSERT_EQUAL(dn.dn_id, 4711);
	CU_ASSERT_EQUAL(dn.dn_status, status);
	CU_ASSERT_EQUAL(dn.dn_code, code);
	CU_ASSERT_TRUE((dn.dn_detail == NULL) == (detail == NULL));
	if (dn.dn_detail != NULL && detail != NULL)
		CU_ASSERT_STRING_EQUAL(dn.dn_detail, detail);
	CU_ASSERT_TRUE((dn.dn_user == NULL) == (user == NULL));
	if (dn.dn_user != NULL && user != NULL)
		CU_ASSERT_STRING_EQUAL(dn.dn_user, user);
}

static inline void
admitted(bool own, const char *user, uint32_t *seq_r)
{
	struct admit	 ad;
	struct sent	*s = next(MSG_ADMIT);

	CU_ASSERT_EQUAL_FATAL(admit_get(&s->m, &ad), 0);
	CU_ASSERT_EQUAL(ad.ad_id, 4711);
	CU_ASSERT_EQUAL(ad.ad_own, own);
	CU_ASSERT_TRUE((ad.ad_user == NULL) == (user == NULL));
	if (ad.ad_user != NULL && user != NULL)
		CU_ASSERT_STRING_EQUAL(ad.ad_user, user);
	CU_ASSERT_PTR_NULL(ad.ad_context);
	if (seq_r != NULL)
		*seq_r = ad.ad_seq;
	else
		CU_ASSERT_EQUAL(ad.ad_seq, 0);
}

/* A RESULT with the problem of a code, which names this node or no one. */
static inline void
failed(uint16_t code, bool names)
{
	struct answer	 an;
	struct sent	*s = next(MSG_RESULT);
	char		 text[1024], tail[32];

	CU_ASSERT_EQUAL_FATAL(answer_get(&s->m, &an), 0);
	CU_ASSERT_EQUAL(an.an_id, 4711);
	CU_ASSERT_EQUAL(an.an_status, 500);
	CU_ASSERT_EQUAL(an.an_code, code);
	CU_ASSERT_EQUAL(an.an_type, RT_PROBLEM);
	CU_ASSERT_PTR_NOT_NULL_FATAL(an.an_body);
	snprintf(text, sizeof(text), "%.*s", (int)an.an_len,
	    (const char *)an.an_body);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, names ?
	    "\"dapi_errors\": {\"node01\": {" :
	    "\"dapi_errors\": {\"unknown-node\": {"));
	snprintf(tail, sizeof(tail), "\"error\": %u}", code);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, tail));
}

/* A RESULT with a body; its text in out. */
static inline void
answered(uint16_t status, char *out, size_t size)
{
	struct answer	 an;
	struct sent	*s = next(MSG_RESULT);
	struct stat	 st;

	CU_ASSERT_EQUAL_FATAL(answer_get(&s->m, &an), 0);
	CU_ASSERT_EQUAL(an.an_status, status);
	out[0] = '\0';
	if (an.an_body != NULL)
		snprintf(out, size, "%.*s", (int)an.an_len,
		    (const char *)an.an_body);
	if (an.an_fd != -1) {
		CU_ASSERT_EQUAL(fstat(an.an_fd, &st), 0);
		CU_ASSERT_TRUE(st.st_size > 0);
		close(an.an_fd);
	}
}

/* The hash instance does what it was sent last, or says what it is told. */
static inline void
hash_does(bool really, bool ok)
{
	static struct msgw	mw;
	struct hash_ask		ask_;
	struct hash_done	hd = { 0, ok, NULL };
	struct sent		*s = next(MSG_HASH);
	struct msg		m;

	CU_ASSERT_EQUAL_FATAL(lanemsg_get_hash(&s->m, &ask_), 0);
	hd.hd_id = ask_.ha_id;
	if (really)
		hd.hd_ok =
		    password_verify(ask_.ha_encoded, ask_.ha_password);
	lanemsg_put_hash_done(&mw, &hd);
	memset(&m, 0, sizeof(m));
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(gate_hash_done(s->to, &m), 0);
}

/* no: the number of the key that it was checked with. */
static inline void
verify_with(struct sent *s, uint64_t id, uint64_t no,
    enum verify_status status, const struct token_claims *tc)
{
	static struct msgw	mw;
	struct verify_done	vd;
	struct msg		m;

	memset(&vd, 0, sizeof(vd));
	vd.vd_id = id;
	vd.vd_key = no;
	vd.vd_status = status;
	if (tc != NULL)
		vd.vd_claims = *tc;
	lanemsg_put_verify_done(&mw, &vd);
	memset(&m, 0, sizeof(m));
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	CU_ASSERT_EQUAL(gate_verify_done(s->to, &m), 0);
}

static inline void
verify_answer(struct sent *s, uint64_t id, enum verify_status status,
    const struct token_claims *tc)
{
	verify_with(s, id, status == VERIFY_NOKEY ? 0 : fx.az->az_keyno,
	    status, tc);
}

static inline void
verify_does(void)
{
	struct token_claims	tc;
	struct sent		*s = next(MSG_VERIFY);
	const char		*token;
	uint64_t		 id;
	int			 r;

	CU_ASSERT_EQUAL_FATAL(lanemsg_get_verify(&s->m, &id, &token), 0);
	r = token_verify(fx.az->az_key, token, strlen(token),
	    (int64_t)time(NULL), &tc);
	verify_answer(s, id, r == 0 ? VERIFY_GOOD :
	    tc.tc_user[0] != '\0' ? VERIFY_ENDED : VERIFY_BAD, &tc);
}

static inline void
make_claims(struct token_claims *tc)
{
	memset(tc, 0, sizeof(*tc));
	snprintf(tc->tc_user, sizeof(tc->tc_user), "wazuh");
	snprintf(tc->tc_mode, sizeof(tc->tc_mode), "white");
	tc->tc_nbf = (int64_t)time(NULL);
	tc->tc_exp = tc->tc_nbf + 900;
	tc->tc_nroles = 1;
	tc->tc_roles[0] = 1;
}

static inline void
make_token(const struct token_claims *tc, char token[TOKEN_MAX + 1])
{
	CU_ASSERT_EQUAL_FATAL(
	    token_sign(fx.az->az_key, tc, token, TOKEN_MAX + 1), 0);
}

#endif
