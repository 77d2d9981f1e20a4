/* SPDX-License-Identifier: ISC */
/* The configuration on its way over a link: which role gets what of it. */
#include <sys/types.h>

#include <math.h>
#include <string.h>

#include "common/msg.h"
#include "tests/unit/conf_rig.h"

static void
reader(struct msg *m, const struct msgw *mw)
{
	memset(m, 0, sizeof(*m));
	m->m_type = mw->mw_type;
	m->m_data = mw->mw_buf + MSG_HDR;
	m->m_len = mw->mw_len;
}

/* One that has nothing in common with the defaults. */
static struct conf *
other(void)
{
	static const char *const names[] = {
		[CONF_API] = "tests/unit/conf/api-full.in",
		[CONF_SECURITY] = "tests/unit/conf/security-full.in",
		[CONF_GATEHOUSE] = "tests/unit/conf/gatehouse-full.in",
	};
	struct buf text, err, warn;
	struct conf *cf;
	int i;

	cf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	buf_init(&err, MOST);
	buf_init(&warn, MOST);
	for (i = CONF_API; i <= CONF_GATEHOUSE; i++) {
		CU_ASSERT(slurp(names[i], &text));
		CU_ASSERT(parse(cf, (enum conf_file)i, names[i], &text, &err,
		              &warn) == 0);
		buf_free(&text);
	}
	cf->cf_https = false;
	buf_free(&warn);
	buf_free(&err);
	return (cf);
}

/* Is a row's value the same in two? */
static bool
same(const struct conf *a, const struct conf *b, const struct conf_row *row)
{
	const struct conf_list *la, *lb;
	size_t i;

	switch (row->cr_type) {
	case CONF_T_BOOL:
		return (*(const bool *)conf_cat(a, row) ==
		    *(const bool *)conf_cat(b, row));
	case CONF_T_INT:
		return (*(const int64_t *)conf_cat(a, row) ==
		    *(const int64_t *)conf_cat(b, row));
	case CONF_T_NUM:
		return (*(const double *)conf_cat(a, row) ==
		    *(const double *)conf_cat(b, row));
	case CONF_T_LIST:
		la = conf_cat(a, row);
		lb = conf_cat(b, row);
		for (i = 0; i < la->cl_n && i < lb->cl_n; i++)
			if (strcmp(la->cl_v[i], lb->cl_v[i]) != 0)
				return (false);
		return (la->cl_n == lb->cl_n);
	case CONF_T_OLD:
		return (false);
	default:
		return (strcmp(*(char *const *)conf_cat(a, row),
		            *(char *const *)conf_cat(b, row)) == 0);
	}
}

/* A role gets its rows and no others. */
static void
test_roles(void)
{
	static struct msgw mw;
	struct conf *from, *def, *to;
	struct msg m;
	size_t i;
	int role;

	from = other();
	def = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(def);
	for (role = 0; role < ROLE__MAX; role++) {
		msgw_start(&mw, MSG_CONF_VALUES);
		CU_ASSERT(conf_put(&mw, from, (enum role)role) == 0);
		reader(&m, &mw);
		to = conf_new();
		CU_ASSERT_PTR_NOT_NULL_FATAL(to);
		CU_ASSERT(conf_get(&m, to) == 0);
		CU_ASSERT(msg_end(&m) == 0);
		for (i = 0; i < CONF_NROWS; i++) {
			if (conf_rows[i].cr_type == CONF_T_OLD)
				continue;
			CU_ASSERT(!same(from, def, &conf_rows[i]));
			CU_ASSERT(same(to,
			    conf_rows[i].cr_roles & ROLE_BIT((enum role)role) ?
			        from :
			        def,
			    &conf_rows[i]));
		}
		conf_free(&to);
	}
	conf_free(&def);
	conf_free(&from);
}

/* Who needs what, said once more: the table must not lose it. */
static void
test_masks(void)
{
	static const struct {
		const char *key;
		uint32_t roles;
	} want[] = {
		{ "port", ROLE_BIT(ROLE_HTTP) },
		{ "https.key", 0 },
		{ "https.ssl_ciphers", ROLE_BIT(ROLE_HTTP) },
		{ "access.max_login_attempts", ROLE_BIT(ROLE_AUTHZ) },
		/* authz reads this one itself. */
		{ "rbac_mode", 0 },
		{ "logs.level", ROLE_CHILDREN },
		{ "logs.max_size.size", ROLE_BIT(ROLE_LOGD) },
		{ "store", ROLE_BIT(ROLE_ROUTER) | ROLE_EXECUTORS },
		{ "timeouts.idle", ROLE_BIT(ROLE_HTTP) },
		{ "login_cache", ROLE_BIT(ROLE_AUTHZ) },
		{ "user_base", 0 },
	};
	size_t i, j, found;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		for (found = j = 0; j < CONF_NROWS; j++) {
			if (strcmp(conf_rows[j].cr_key, want[i].key) != 0)
				continue;
			found++;
			CU_ASSERT(conf_rows[j].cr_roles == want[i].roles);
		}
		CU_ASSERT(found == 1);
	}
}

/* A body that is cut anywhere, or continued, is refused. */
static void
test_cut(void)
{
	static struct msgw mw;
	struct conf *from, *to;
	struct msg m;
	size_t len;

	from = other();
	msgw_start(&mw, MSG_CONF_VALUES);
	CU_ASSERT(conf_put(&mw, from, ROLE_HTTP) == 0);
	msg_put_u8(&mw, 0);
	for (len = 0; len <= mw.mw_len; len++) {
		to = conf_new();
		CU_ASSERT_PTR_NOT_NULL_FATAL(to);
		reader(&m, &mw);
		m.m_len = len;
		CU_ASSERT((conf_get(&m, to) == 0 && msg_end(&m) == 0) ==
		    (len == mw.mw_len - 1));
		conf_free(&to);
	}
	conf_free(&from);
}

static size_t
row_of(const char *key)
{
	size_t i;

	for (i = 0; i < CONF_NROWS; i++)
		if (strcmp(conf_rows[i].cr_key, key) == 0)
			return (i);
	CU_FAIL_FATAL("no such row");
	return (0);
}

static int
get(const struct msgw *mw)
{
	struct conf *cf;
	struct msg m;
	int ret;

	cf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	reader(&m, mw);
	ret = conf_get(&m, cf);
	conf_free(&cf);
	return (ret);
}

static void
start(struct msgw *mw, uint16_t n, const char *key)
{
	msgw_start(mw, MSG_CONF_VALUES);
	msg_put_u16(mw, n);
	msg_put_u16(mw, (uint16_t)row_of(key));
}

/* Values that no file could give are refused. */
static void
test_nonsense(void)
{
	static struct msgw mw;
	uint64_t bits;
	double d;
	int i;

	start(&mw, 1, "port");
	msg_put_i64(&mw, 65535);
	CU_ASSERT(get(&mw) == 0);
	start(&mw, 1, "port");
	msg_put_i64(&mw, 65536);
	CU_ASSERT(get(&mw) == -1);
	/* Twice the same row. */
	start(&mw, 2, "port");
	msg_put_i64(&mw, 1);
	msg_put_u16(&mw, (uint16_t)row_of("port"));
	msg_put_i64(&mw, 1);
	CU_ASSERT(get(&mw) == -1);

	start(&mw, 1, "https.enabled");
	msg_put_u8(&mw, 2);
	CU_ASSERT(get(&mw) == -1);

	d = NAN;
	memcpy(&bits, &d, sizeof(bits));
	start(&mw, 1, "intervals.request_timeout");
	msg_put_u64(&mw, bits);
	CU_ASSERT(get(&mw) == -1);

	start(&mw, 1, "store");
	msg_put_str(&mw, "embedded");
	CU_ASSERT(get(&mw) == 0);
	start(&mw, 1, "store");
	msg_put_str(&mw, "other");
	CU_ASSERT(get(&mw) == -1);
	start(&mw, 1, "store");
	msg_put_str(&mw, NULL);
	CU_ASSERT(get(&mw) == -1);

	/* A list that no file may leave empty, one too long, not UTF-8. */
	start(&mw, 1, "host");
	msg_put_u16(&mw, 0);
	CU_ASSERT(get(&mw) == -1);
	start(&mw, 1, "host");
	msg_put_u16(&mw, CONF_LIST + 1);
	for (i = 0; i <= CONF_LIST; i++)
		msg_put_str(&mw, "::");
	CU_ASSERT(get(&mw) == -1);
	start(&mw, 1, "host");
	msg_put_u16(&mw, 1);
	msg_put_str(&mw, "\xc0\xaf");
	CU_ASSERT(get(&mw) == -1);

	start(&mw, 1, "use_only_authd");
	CU_ASSERT(get(&mw) == -1);
	msgw_start(&mw, MSG_CONF_VALUES);
	msg_put_u16(&mw, 1);
	msg_put_u16(&mw, CONF_NROWS);
	CU_ASSERT(get(&mw) == -1);
}

/* The largest configuration that a file can give fits into a message. */
static void
test_largest(void)
{
	static const char longest[] =
	    "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128";
	static struct msgw mw;
	char text[CONF_LIST_BYTES / CONF_LIST];
	struct conf *cf;
	size_t i, j;
	bool net;
	int role;

	cf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	memset(text, 'x', sizeof(text));
	for (i = 0; i < CONF_NROWS; i++) {
		if (conf_rows[i].cr_type == CONF_T_STR) {
			for (j = 0; j < CONF_STRING; j += sizeof(text))
				CU_ASSERT_PTR_NULL(conf_value_set(cf,
				    &conf_rows[i], text, sizeof(text), false));
		}
		if (conf_rows[i].cr_type != CONF_T_LIST)
			continue;
		conf_value_clear(cf, &conf_rows[i]);
		net = conf_rows[i].cr_flags & CONF_F_NET;
		for (j = 0; j < CONF_LIST; j++)
			CU_ASSERT_PTR_NULL(conf_value_set(cf, &conf_rows[i],
			    net ? longest : text,
			    net ? strlen(longest) : sizeof(text), false));
		CU_ASSERT_PTR_NOT_NULL(
		    conf_value_set(cf, &conf_rows[i], text, 1, false));
	}
	for (role = 0; role < ROLE__MAX; role++) {
		msgw_start(&mw, MSG_CONF_VALUES);
		CU_ASSERT(conf_put(&mw, cf, (enum role)role) == 0);
		/* What is left is more than the single texts can take. */
		CU_ASSERT(msgw_space(&mw) > 8192);
	}
	/* And what does not fit is said. */
	msgw_start(&mw, MSG_CONF_VALUES);
	for (i = 0; i < 16000; i++)
		msg_put_u32(&mw, 0);
	CU_ASSERT(conf_put(&mw, cf, ROLE_HTTP) == -1);
	conf_free(&cf);
}

static const struct unit_case cases[] = {
	{ "values by role", test_roles },
	{ "masks", test_masks },
	{ "cut message", test_cut },
	{ "nonsense in a message", test_nonsense },
	{ "largest message", test_largest },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("conf_link", cases));
}
