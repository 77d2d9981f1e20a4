/* SPDX-License-Identifier: ISC */
/*
 * The registry of agents: what enrolling and removing write, and that file and
 * store agree whatever stopped it half-way.
 */
#include <sys/types.h>
#include <sys/wait.h>

#include <signal.h>
#include <time.h>

#include "dapi/ipaddr.h"
#include "tests/unit/world.h"

/* --- enrolling --------------------------------------------------------- */

/* "id name ip key" of an answer, out has room. */
static void
decode(const struct result *rs, char *out)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"
	                          "rstuvwxyz0123456789+/";
	const char *p = strstr((const char *)rs->rs_body.b_data, "\"key\": \"");
	const char *at;
	unsigned int bits = 0, n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (p += 8; *p != '"' && *p != '='; p++) {
		at = strchr(abc, *p);
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		bits = bits << 6 | (unsigned int)(at - abc);
		n += 6;
		if (n >= 8) {
			n -= 8;
			*out++ = (char)(bits >> n & 0xff);
		}
	}
	*out = '\0';
}

static void
enrolled(struct world *w, const char *name, const char *ip, const char *want,
    const char *file, const char *reg)
{
	struct result rs;
	struct buf b;
	char text[600], line[600], num[32];
	const char *key;
	struct store_val v[3] = { SV_OF_TEXT(name), SV_OF_TEXT(reg),
		SV_OF_NULL };
	int64_t n = 0;

	run(post(name, ip), &rs);
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	decode(&rs, text);
	CU_ASSERT_EQUAL(strncmp(text, want, strlen(want)), 0);
	key = strrchr(text, ' ') + 1;
	CU_ASSERT_EQUAL(strlen(key), KEYS_KEY);
	CU_ASSERT_EQUAL(strspn(key, "0123456789abcdef"), KEYS_KEY);
	snprintf(num, sizeof(num), "\"id\": \"%.3s\"", want);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)rs.rs_body.b_data, num));
	/* The file's last line, and the row. */
	snprintf(line, sizeof(line), "%s %s\n", file, key);
	buf_init(&b, KEYS_MAX);
	CU_ASSERT_EQUAL(path_read(w->w_fd, KEYS_PATH, KEYS_MAX, &b), 0);
	CU_ASSERT_TRUE(b.b_len >= strlen(line) &&
	    memcmp(b.b_data + b.b_len - strlen(line), line, strlen(line)) == 0);
	v[2] = (struct store_val)SV_OF_TEXT(key);
	CU_ASSERT_EQUAL(store_run(w->w_env->ev_store,
	                    "SELECT count(*) FROM agent WHERE name = ?1 AND"
	                    " register_ip = ?2 AND internal_key = ?3 AND"
	                    " ip IS NULL AND connection_status ="
	                    " 'never_connected' AND date_add > 1700000000",
	                    v, 3, int_row, &n),
	    STORE_OK);
	CU_ASSERT_EQUAL(n, 1);
	buf_free(&b);
	result_free(&rs);
}

static void
test_enrol(void)
{
	char longest[130];
	struct world w;

	world_make(&w);
	enrolled(&w, "web", NULL, "001 web any ", "001 web any", "any");
	enrolled(&w, "db", "10.0.0.5", "002 db 10.0.0.5 ", "002 db 10.0.0.5",
	    "10.0.0.5");
	enrolled(&w, "net", "10.0.0.0/24", "003 net 10.0.0.0/24 ",
	    "003 net 10.0.0.0/24", "10.0.0.0");
	enrolled(&w, "net2", "10.0.0.0/24", "004 net2 10.0.0.0/24 ",
	    "004 net2 10.0.0.0/24", "10.0.0.0");
	enrolled(&w, "six", "2001:DB8::99", "005 six 2001:db8::99 ",
	    "005 six 2001:0DB8:0000:0000:0000:0000:0000:0099",
	    "2001:0DB8:0000:0000:0000:0000:0000:0099");
	enrolled(&w, "any2", "ANY", "006 any2 any ", "006 any2 any", "any");
	expect(post("web", NULL), "400 1705");
	expect(post("web", "10.0.0.77"), "400 1705");
	expect(post("manager-host", NULL), "400 1705");
	/* A line break at the end passes the format of names. */
	expect(post("web2\n", NULL), "400 1000");
	expect(post("other", "10.0.0.5"), "400 1706");
	expect(post("other", "2001:db8:0::99"), "400 1706");
	expect(post("other", "999.1.1.1"), "400 1706");
	expect(post("other", "10.0.0.1/24"), "400 1706");
	memset(longest, 'x', sizeof(longest));
	longest[129] = '\0';
	expect(post(longest, NULL), "400 1738");
	longest[128] = '\0';
	expect(post(longest, NULL), "200 0");
	CU_ASSERT_EQUAL(number(&w, "SELECT count(*) FROM agent"), 8);
	CU_ASSERT_EQUAL(number(&w, "SELECT count(*) FROM belongs"), 0);
	world_end(&w);
}

static void
test_enrol_ids(void)
{
	static const uint32_t top[] = { 1000 };
	struct world w;

	world_make(&w);
	/* Removed lines count, and so do rows; ids grow over three digits. */
	put_keys(&w, "004 old any k\n998 !gone any k\n");
	world_again(&w);
	expect(post("a", NULL), "200 0");
	expect(post("gone", NULL), "200 0");
	expect(get(NULL), "200 0 4 000,004,999,1000");
	/* A purge frees no id while this process lives. */
	CU_ASSERT_EQUAL(enrol_remove(w.w_env, top, 1, true), 0);
	CU_ASSERT_EQUAL(keys_high(&w.w_env->ev_keys.kf_keys), 999);
	expect(post("b", NULL), "200 0");
	expect(get(NULL), "200 0 4 000,004,999,1001");
	world_again(&w);
	expect(get(NULL), "200 0 4 000,004,999,1001");
	/* The last id there is. */
	put_keys(&w, "999999999 last any k\n");
	expect(post("c", NULL), "500 1725");
	world_end(&w);
}

static void
test_enrol_group(void)
{
	struct world w;

	world_make(&w);
	CU_ASSERT_EQUAL(mkdirat(w.w_fd, "etc/shared", 0770), 0);
	CU_ASSERT_EQUAL(mkdirat(w.w_fd, "etc/shared/default", 0770), 0);
	enrol(2);
	CU_ASSERT_EQUAL(number(&w,
	                    "SELECT count(*) FROM belongs b JOIN `group`"
	                    " g ON g.id = b.id_group WHERE g.name ="
	                    " 'default' AND priority = 0"),
	    2);
	CU_ASSERT_EQUAL(number(&w,
	                    "SELECT count(*) FROM agent WHERE `group` ="
	                    " 'default' AND group_hash = '37a8eec1' AND"
	                    " group_sync_status = 'synced'"),
	    2);
	world_end(&w);
}

static void
test_purge(void)
{
	static const uint32_t ids[] = { 1, 3 };
	struct world w;

	world_make(&w);
	put_keys(&w, "001 a any k\n002 b any k\n003 c any k\n");
	world_again(&w);
	CU_ASSERT_EQUAL(enrol_remove(w.w_env, ids, 2, true), 0);
	CU_ASSERT_TRUE(keys_are(&w, "002 b any k\n"));
	CU_ASSERT_EQUAL(number(&w, "SELECT sum(id) FROM agent"), 2);
	world_end(&w);
}

/* --- after a kill ------------------------------------------------------ */

static void
test_reconcile(void)
{
	struct world w;

	world_make(&w);
	enrol(3);
	/* Adding: the row is there, the line is not. */
	sql(&w, "INSERT INTO agent (id, name, date_add) VALUES (4, 'd', 0)");
	world_again(&w);
	expect(get(NULL), "200 0 4 000,001,002,003");
	/* Removing: the mark is there, and so is the row. */
	sql(&w, "UPDATE agent SET connection_status = 'active'");
	close(openat(w.w_fd, "queue/db/002.db", O_CREAT | O_WRONLY, 0640));
	put_keys(&w, "001 a1 any k\n002 !a2 any k\n003 a3 any k\n");
	world_again(&w);
	expect(get(NULL), "200 0 3 000,001,003");
	CU_ASSERT_EQUAL(faccessat(w.w_fd, "queue/db/002.db", F_OK, 0), -1);
	/* A line without a row: somebody else wrote the file; no restart. */
	put_keys(&w, "001 a1 any k\n003 a3 any k\n005 new 2001:db8::/32 k5\n");
	expect(post("a6", NULL), "200 0");
	expect(get(NULL), "200 0 5 000,001,003,005,006");
	CU_ASSERT_EQUAL(number(&w,
	                    "SELECT count(*) FROM agent WHERE id = 5"
	                    " AND name = 'new' AND internal_key = 'k5'"
	                    " AND register_ip = '2001:0DB8:0000:0000:"
	                    "0000:0000:0000:0000'"),
	    1);
	/* The file is lost: what was connected stays. */
	CU_ASSERT_EQUAL(unlinkat(w.w_fd, KEYS_PATH, 0), 0);
	world_again(&w);
	CU_ASSERT_EQUAL(number(&w, "SELECT sum(id) FROM agent"), 4);
	world_end(&w);
}

/* The file cannot be written: nothing was added, and later it works again. */
static void
test_unwritable(void)
{
	struct world w;

	world_make(&w);
	enrol(1);
	sql(&w, "UPDATE agent SET connection_status = 'active'");
	CU_ASSERT_EQUAL(renameat(w.w_fd, "etc", w.w_fd, "away"), 0);
	expect(post("lost", NULL), "500 1725");
	CU_ASSERT_EQUAL(number(&w,
	                    "SELECT count(*) FROM agent WHERE name ="
	                    " 'lost'"),
	    0);
	CU_ASSERT_EQUAL(renameat(w.w_fd, "away", w.w_fd, "etc"), 0);
	expect(post("found", NULL), "200 0");
	expect(get(NULL), "200 0 3 000,001,003");
	world_end(&w);
}

/* Enrol and remove until the end comes from outside. */
static void
restless(struct world *w)
{
	struct ipaddr ia = { .ia_any = true };
	char name[32], key[KEYS_KEY + 1];
	uint32_t id;
	int i;

	world_open(w);
	for (i = 0;; i++) {
		snprintf(name, sizeof(name), "p%d-%d", (int)getpid(), i);
		if (enrol_add(w->w_env, name, &ia, &id, key) != ENROL_OK)
			_exit(1);
		if (i % 3 == 0 &&
		    enrol_remove(w->w_env, &id, 1, i % 2 == 0) == -1)
			_exit(2);
	}
}

static int
same_row(void *arg, const struct store_val *col, size_t n)
{
	struct world *w = arg;
	const struct keys *ks = &w->w_env->ev_keys.kf_keys;
	const struct key *k = keys_find(ks, (uint32_t)store_int(&col[0]));
	char name[64];

	snprintf(
	    name, sizeof(name), "%.*s", (int)col[1].sv_len, col[1].sv_text);
	CU_ASSERT_TRUE(k != NULL && !k->k_removed &&
	    keys_same(ks, k, k->k_name, k->k_namelen, name));
	return (0);
}

static void
test_killed(void)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	struct world w;
	int status, i, k;
	pid_t pid;

	world_make(&w);
	for (i = 0; i < 12; i++) {
		env_free(&w.w_env);
		pid = fork();
		CU_ASSERT_TRUE_FATAL(pid != -1);
		if (pid == 0)
			restless(&w);
		for (k = 0; k < 5 + i * 3; k++)
			nanosleep(&nap, NULL);
		kill(pid, SIGKILL);
		CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT_EQUAL(status, SIGKILL);
		world_open(&w);
		CU_ASSERT_EQUAL(number(&w, "SELECT count(*) FROM agent"),
		    (int64_t)w.w_env->ev_keys.kf_keys.ks_active + 1);
		CU_ASSERT_EQUAL(store_run(w.w_env->ev_store,
		                    "SELECT id, name FROM agent WHERE id > 0",
		                    NULL, 0, same_row, &w),
		    STORE_OK);
	}
	expect(post("last", NULL), "200 0");
	world_end(&w);
}

static const struct unit_case cases[] = { { "enrol", test_enrol },
	{ "ids", test_enrol_ids }, { "default group", test_enrol_group },
	{ "purge", test_purge }, { "reconcile", test_reconcile },
	{ "unwritable", test_unwritable }, { "killed", test_killed },
	{ NULL, NULL } };

int
main(void)
{
	return (world_main("enrol", cases));
}
