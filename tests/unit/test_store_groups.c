/* SPDX-License-Identifier: ISC */
/*
 * Agents and groups: what each way of setting them does to the order of the
 * groups and to the columns of the agent's row, what is refused, and how the
 * table follows the folders.
 */
#include "dapi/store_groups.h"
#include "tests/unit/store_rig.h"

/* The groups of wazuh-db's own example data, and agents 1 to n. */
static struct store *
groups_start(struct tree *t, int n)
{
	struct store *st;
	int i;

	tree_make(t);
	st = writer(t);
	exec(st, SD_GLOBAL,
	    "INSERT INTO `group` (name) VALUES ('default'), ('group1'),"
	    " ('group2'), ('group3')");
	for (i = 1; i <= n; i++)
		CU_ASSERT_EQUAL(insert(st, i), STORE_OK);
	exec(st, SD_GLOBAL, "UPDATE agent SET `group` = NULL");
	return (st);
}

/* Names of a text parted by commas, at most 200; borrowed by the item. */
struct names {
	char nm_text[4096];
	const char *nm_v[200];
	size_t nm_n;
};

static void
names_make(struct names *nm, const char *text)
{
	char *p, *last;

	nm->nm_n = 0;
	snprintf(nm->nm_text, sizeof(nm->nm_text), "%s", text);
	for (p = strtok_r(nm->nm_text, ",", &last); p != NULL;
	     p = strtok_r(NULL, ",", &last))
		nm->nm_v[nm->nm_n++] = p;
}

static enum groups_rc
set(struct store *st, enum groups_mode mode, uint32_t agent, const char *text)
{
	struct groups_item gi;
	struct names nm;

	names_make(&nm, text);
	memset(&gi, 0, sizeof(gi));
	gi.gi_agent = agent;
	gi.gi_groups = nm.nm_v;
	gi.gi_n = nm.nm_n;
	gi.gi_rc = GROUPS_NOAGENT;
	CU_ASSERT_EQUAL(groups_set(st, mode, GROUPS_SYNCREQ, &gi, 1), STORE_OK);
	return (gi.gi_rc);
}

/* "names|hash|state" of the agent's row, and the memberships behind it. */
static void
is(struct store *st, uint32_t agent, const char *row, const char *belongs)
{
	const struct store_val v = SV_OF_INT(agent);

	query(st,
	    "SELECT `group`, group_hash, group_sync_status FROM agent"
	    " WHERE id = ?1",
	    &v, 1, row);
	query(st,
	    "SELECT coalesce(group_concat(name || ' ' || priority, ','), '')"
	    " FROM (SELECT g.name, b.priority FROM belongs b, `group` g"
	    "  WHERE g.id = b.id_group AND b.id_agent = ?1"
	    "  ORDER BY b.priority)",
	    &v, 1, belongs);
}

/* --- names and hashes -------------------------------------------------- */

static void
test_names(void)
{
	static const char *const good[] = { "default", "a", "A-b_c.9", "...",
		".x", "all" };
	static const char *const bad[] = { "", ".", "..", "a b", "a,b", "a/b",
		"\xc3\xa9", "a\n", "a'" };
	char name[GROUPS_NAME + 2];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(groups_name(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(groups_name(bad[i]));
	memset(name, 'a', sizeof(name));
	name[GROUPS_NAME] = '\0';
	CU_ASSERT_TRUE(groups_name(name));
	name[GROUPS_NAME] = 'a';
	name[GROUPS_NAME + 1] = '\0';
	CU_ASSERT_FALSE(groups_name(name));
}

/* Lists and hashes that wazuh-db wrote. */
static void
test_hash(void)
{
	static const char *const known[][2] = { { "default", "37a8eec1" },
		{ "default,group1", "e48046b2" },
		{ "default,group2", "f8a18502" },
		{ "default,group3", "b0342499" },
		{ "default,group1,group2", "12c9c6c6" },
		{ "default,group2,group3", "725b140d" },
		{ "default,group1,group3", "f33157f4" },
		{ "default,group1,group2,group3", "82d3eda3" },
		{ "group3", "b1ae877c" } };
	char hash[GROUPS_HASH + 1];
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		groups_hash(known[i][0], strlen(known[i][0]), hash);
		CU_ASSERT_STRING_EQUAL(hash, known[i][1]);
	}
}

/* --- the four ways ----------------------------------------------------- */

static void
test_append(void)
{
	struct tree t;
	struct store *st;

	st = groups_start(&t, 2);
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, "default"), GROUPS_OK);
	is(st, 1, "default|37a8eec1|syncreq", "default 0");
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, "group1,group2"), GROUPS_OK);
	is(st, 1, "default,group1,group2|12c9c6c6|syncreq",
	    "default 0,group1 1,group2 2");
	/* One that is there moves behind the others. */
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, "default"), GROUPS_OK);
	is(st, 1, "group1,group2,default|20b7dae9|syncreq",
	    "group1 1,group2 2,default 3");
	/* Nothing to append: the row is written all the same. */
	exec(st, SD_GLOBAL, "UPDATE agent SET `group` = 'x', group_hash = 'y'");
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, ""), GROUPS_OK);
	is(st, 1, "group1,group2,default|20b7dae9|syncreq",
	    "group1 1,group2 2,default 3");
	/* The other one was not touched. */
	is(st, 2, "x|y|synced", "");
	store_close(&st);
	tree_end(&t);
}

static void
test_override(void)
{
	struct tree t;
	struct store *st;

	st = groups_start(&t, 1);
	CU_ASSERT_EQUAL(
	    set(st, GROUPS_OVERRIDE, 1, "group3,default"), GROUPS_OK);
	CU_ASSERT_EQUAL(
	    set(st, GROUPS_OVERRIDE, 1, "default,group3"), GROUPS_OK);
	is(st, 1, "default,group3|b0342499|syncreq", "default 0,group3 1");
	CU_ASSERT_EQUAL(set(st, GROUPS_OVERRIDE, 1, "group3"), GROUPS_OK);
	is(st, 1, "group3|b1ae877c|syncreq", "group3 0");
	/* Named twice, the last place counts. */
	CU_ASSERT_EQUAL(
	    set(st, GROUPS_OVERRIDE, 1, "group1,default,group1"), GROUPS_OK);
	is(st, 1, "default,group1|e48046b2|syncreq", "default 1,group1 2");
	CU_ASSERT_EQUAL(set(st, GROUPS_OVERRIDE, 1, ""), GROUPS_OK);
	is(st, 1, "NULL|NULL|syncreq", "");
	store_close(&st);
	tree_end(&t);
}

static void
test_empty_only(void)
{
	struct tree t;
	struct store *st;

	st = groups_start(&t, 1);
	CU_ASSERT_EQUAL(
	    set(st, GROUPS_EMPTY_ONLY, 1, "default,group1"), GROUPS_OK);
	is(st, 1, "default,group1|e48046b2|syncreq", "default 0,group1 1");
	exec(st, SD_GLOBAL, "UPDATE agent SET group_sync_status = 'synced'");
	CU_ASSERT_EQUAL(set(st, GROUPS_EMPTY_ONLY, 1, "group2"), GROUPS_OK);
	is(st, 1, "default,group1|e48046b2|synced", "default 0,group1 1");
	store_close(&st);
	tree_end(&t);
}

static void
test_remove(void)
{
	struct tree t;
	struct store *st;

	st = groups_start(&t, 2);
	set(st, GROUPS_OVERRIDE, 1, "default,group1,group2");
	CU_ASSERT_EQUAL(set(st, GROUPS_REMOVE, 1, "group1"), GROUPS_OK);
	is(st, 1, "default,group2|f8a18502|syncreq", "default 0,group2 2");
	/* The next one comes behind the highest. */
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, "group1"), GROUPS_OK);
	is(st, 1, "default,group2,group1|ea51c772|syncreq",
	    "default 0,group2 2,group1 3");
	CU_ASSERT_EQUAL(
	    set(st, GROUPS_REMOVE, 1, "group1,group2,default"), GROUPS_OK);
	is(st, 1, "default|37a8eec1|syncreq", "default 0");
	CU_ASSERT_EQUAL(set(st, GROUPS_REMOVE, 1, "default"), GROUPS_OK);
	is(st, 1, "default|37a8eec1|syncreq", "default 0");
	/* "default" first: it comes back only when the rest has gone. */
	set(st, GROUPS_OVERRIDE, 1, "default,group1");
	CU_ASSERT_EQUAL(set(st, GROUPS_REMOVE, 1, "default,group1"), GROUPS_OK);
	is(st, 1, "default|37a8eec1|syncreq", "default 0");
	/* Not a member, but without any group either. */
	CU_ASSERT_EQUAL(set(st, GROUPS_REMOVE, 2, "group1"), GROUPS_OK);
	is(st, 2, "default|37a8eec1|syncreq", "default 0");
	/* Where there is no such group, there is none to go to. */
	exec(st, SD_GLOBAL, "DELETE FROM `group` WHERE name = 'default'");
	set(st, GROUPS_OVERRIDE, 1, "group1");
	CU_ASSERT_EQUAL(set(st, GROUPS_REMOVE, 1, "group1"), GROUPS_OK);
	is(st, 1, "NULL|NULL|syncreq", "");
	store_close(&st);
	tree_end(&t);
}

/* --- what is refused --------------------------------------------------- */

static void
test_refused(void)
{
	struct tree t;
	struct store *st;

	st = groups_start(&t, 1);
	set(st, GROUPS_OVERRIDE, 1, "default,group1");
	exec(st, SD_GLOBAL, "UPDATE agent SET group_sync_status = 'synced'");
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, "group2,no"), GROUPS_UNKNOWN);
	CU_ASSERT_EQUAL(
	    set(st, GROUPS_OVERRIDE, 1, "group2,no"), GROUPS_UNKNOWN);
	CU_ASSERT_EQUAL(set(st, GROUPS_REMOVE, 1, "group1,no"), GROUPS_UNKNOWN);
	CU_ASSERT_EQUAL(
	    set(st, GROUPS_APPEND, 1, "group2,a b"), GROUPS_BADNAME);
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, ".."), GROUPS_BADNAME);
	CU_ASSERT_EQUAL(
	    set(st, GROUPS_APPEND, 1, "x' OR '1'='1"), GROUPS_BADNAME);
	is(st, 1, "default,group1|e48046b2|synced", "default 0,group1 1");
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 2, "group1"), GROUPS_NOAGENT);
	CU_ASSERT_EQUAL(set(st, GROUPS_OVERRIDE, 2, "group1"), GROUPS_NOAGENT);
	query(st, "SELECT count(*) FROM belongs WHERE id_agent = 2", NULL, 0,
	    "0");
	store_close(&st);
	tree_end(&t);
}

/* "g<from>,...,g<to - 1>" */
static void
numbered(char *out, size_t len, int from, int to)
{
	size_t n = 0;

	for (*out = '\0'; from < to; from++)
		n += (size_t)snprintf(
		    out + n, len - n, "%sg%d", n == 0 ? "" : ",", from);
}

static void
test_most(void)
{
	static const char held[] =
	    "SELECT count(*) FROM belongs WHERE id_agent = 1";
	char text[2048];
	struct tree t;
	struct store *st;

	st = groups_start(&t, 1);
	exec(st, SD_GLOBAL,
	    "WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c"
	    " WHERE n < 199) INSERT INTO `group` (name)"
	    " SELECT 'g' || n FROM c");
	numbered(text, sizeof(text), 0, 129);
	CU_ASSERT_EQUAL(set(st, GROUPS_OVERRIDE, 1, text), GROUPS_TOOMANY);
	CU_ASSERT_EQUAL(set(st, GROUPS_EMPTY_ONLY, 1, text), GROUPS_TOOMANY);
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, text), GROUPS_TOOMANY);
	query(st, held, NULL, 0, "0");
	numbered(text, sizeof(text), 0, 128);
	CU_ASSERT_EQUAL(set(st, GROUPS_OVERRIDE, 1, text), GROUPS_OK);
	query(st, held, NULL, 0, "128");
	query(st, "SELECT length(`group`) FROM agent WHERE id = 1", NULL, 0,
	    "529");
	/* One that is there already makes none more. */
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, "g5,g5"), GROUPS_OK);
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, "g5,g150"), GROUPS_TOOMANY);
	CU_ASSERT_EQUAL(set(st, GROUPS_REMOVE, 1, "g7"), GROUPS_OK);
	CU_ASSERT_EQUAL(set(st, GROUPS_APPEND, 1, "g150"), GROUPS_OK);
	query(st, held, NULL, 0, "128");
	store_close(&st);
	tree_end(&t);
}

/* --- several, and new ones --------------------------------------------- */

static void
test_batch(void)
{
	static const char *const one[] = { "group1" };
	static const char *const odd[] = { "none" };
	struct groups_item gi[] = { { 1, NULL, one, 1, GROUPS_TOOMANY },
		{ 2, NULL, odd, 1, GROUPS_OK }, { 9, NULL, one, 1, GROUPS_OK },
		{ 9, "nine", one, 1, GROUPS_TOOMANY },
		{ 3, NULL, one, 1, GROUPS_TOOMANY } };
	struct tree t;
	struct store *st;

	st = groups_start(&t, 3);
	CU_ASSERT_EQUAL(
	    groups_set(st, GROUPS_OVERRIDE, GROUPS_SYNCED, gi, 5), STORE_OK);
	CU_ASSERT_EQUAL(gi[0].gi_rc, GROUPS_OK);
	CU_ASSERT_EQUAL(gi[1].gi_rc, GROUPS_UNKNOWN);
	CU_ASSERT_EQUAL(gi[2].gi_rc, GROUPS_NOAGENT);
	CU_ASSERT_EQUAL(gi[3].gi_rc, GROUPS_OK);
	CU_ASSERT_EQUAL(gi[4].gi_rc, GROUPS_OK);
	is(st, 1, "group1|ec282560|synced", "group1 0");
	is(st, 2, "NULL|NULL|synced", "");
	is(st, 3, "group1|ec282560|synced", "group1 0");
	is(st, 9, "group1|ec282560|synced", "group1 0");
	query(st,
	    "SELECT name, ip, connection_status, date_add > 1700000000"
	    " FROM agent WHERE id = 9",
	    NULL, 0, "nine|0.0.0.0|never_connected|1");
	/* A name makes no agent in the other ways. */
	gi[3].gi_agent = 10;
	CU_ASSERT_EQUAL(
	    groups_set(st, GROUPS_APPEND, GROUPS_SYNCED, &gi[3], 1), STORE_OK);
	CU_ASSERT_EQUAL(gi[3].gi_rc, GROUPS_NOAGENT);
	CU_ASSERT_EQUAL(
	    groups_set(st, GROUPS_APPEND, GROUPS_SYNCED, NULL, 0), STORE_OK);
	store_close(&st);
	tree_end(&t);
}

/* Too late is not at all. */
static void
test_late(void)
{
	static const char *const one[] = { "group1" };
	struct groups_item gi = { 1, NULL, one, 1, GROUPS_OK };
	struct tree t;
	struct store *st;

	st = groups_start(&t, 1);
	store_deadline(st, 1);
	CU_ASSERT_EQUAL(
	    groups_set(st, GROUPS_APPEND, GROUPS_SYNCED, &gi, 1), STORE_LATE);
	store_deadline(st, 0);
	is(st, 1, "NULL|NULL|synced", "");
	/* What fails in the middle is taken back. */
	exec(st, SD_GLOBAL,
	    "CREATE TRIGGER refuse BEFORE UPDATE ON agent BEGIN"
	    " SELECT RAISE(ABORT, 'no'); END");
	CU_ASSERT_EQUAL(
	    groups_set(st, GROUPS_APPEND, GROUPS_SYNCED, &gi, 1), STORE_FAILED);
	query(st, "SELECT count(*) FROM belongs", NULL, 0, "0");
	exec(st, SD_GLOBAL, "DROP TRIGGER refuse");
	CU_ASSERT_EQUAL(
	    groups_set(st, GROUPS_APPEND, GROUPS_SYNCED, &gi, 1), STORE_OK);
	is(st, 1, "group1|ec282560|synced", "group1 0");
	store_close(&st);
	tree_end(&t);
}

static void
test_of(void)
{
	struct tree t;
	struct store *st;
	struct buf b;

	st = groups_start(&t, 2);
	set(st, GROUPS_OVERRIDE, 1, "group2,default,group1");
	buf_init(&b, 1024);
	CU_ASSERT_EQUAL(groups_of(st, 1, text_row, &b), STORE_OK);
	CU_ASSERT_EQUAL(groups_of(st, 2, text_row, &b), STORE_OK);
	buf_addc(&b, '\0');
	CU_ASSERT_STRING_EQUAL(b.b_data, "group2;default;group1");
	buf_free(&b);
	store_close(&st);
	tree_end(&t);
}

/* --- folders ----------------------------------------------------------- */

static void
folder(const struct tree *t, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "etc/shared/%s", name);
	CU_ASSERT_EQUAL(mkdirat(t->t_fd, path, 0770), 0);
}

static void
no_folder(const struct tree *t, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "etc/shared/%s", name);
	CU_ASSERT_EQUAL(unlinkat(t->t_fd, path, AT_REMOVEDIR), 0);
}

static void
known(struct store *st, const char *want)
{
	query(st,
	    "SELECT coalesce(group_concat(name, ' '), '') FROM"
	    " (SELECT name FROM `group` ORDER BY name)",
	    NULL, 0, want);
}

static void
test_follow(void)
{
	struct tree t;
	struct store *st;

	st = groups_start(&t, 0);
	exec(st, SD_GLOBAL, "DELETE FROM `group`");
	/* No folder of folders: nothing to follow. */
	CU_ASSERT_EQUAL(groups_follow(st, t.t_fd, GROUPS_SYNCED), 0);
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "etc", 0770), 0);
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "etc/shared", 0770), 0);
	folder(&t, "default");
	folder(&t, "web");
	folder(&t, "a name");
	folder(&t, "db-1");
	CU_ASSERT_EQUAL(symlinkat("web", t.t_fd, "etc/shared/link"), 0);
	close(openat(t.t_fd, "etc/shared/ar.conf", O_CREAT | O_WRONLY, 0640));
	CU_ASSERT_EQUAL(groups_follow(st, t.t_fd, GROUPS_SYNCED), 0);
	known(st, "db-1 default web");
	no_folder(&t, "web");
	folder(&t, "new");
	CU_ASSERT_EQUAL(groups_follow(st, t.t_fd, GROUPS_SYNCED), 0);
	known(st, "db-1 default new");
	/* All of them gone is a lost tree. */
	no_folder(&t, "default");
	no_folder(&t, "db-1");
	no_folder(&t, "new");
	no_folder(&t, "a name");
	CU_ASSERT_EQUAL(groups_follow(st, t.t_fd, GROUPS_SYNCED), 0);
	known(st, "db-1 default new");
	/* A link in the place of the folders is none of ours. */
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, "etc/shared/ar.conf", 0), 0);
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, "etc/shared/link", 0), 0);
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, "etc/shared", AT_REMOVEDIR), 0);
	CU_ASSERT_EQUAL(symlinkat("..", t.t_fd, "etc/shared"), 0);
	CU_ASSERT_EQUAL(groups_follow(st, t.t_fd, GROUPS_SYNCED), -1);
	known(st, "db-1 default new");
	store_close(&st);
	tree_end(&t);
}

static void
test_follow_agents(void)
{
	struct tree t;
	struct store *st;

	st = groups_start(&t, 6);
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "etc", 0770), 0);
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "etc/shared", 0770), 0);
	folder(&t, "default");
	folder(&t, "group2");
	set(st, GROUPS_OVERRIDE, 1, "default,group1");
	set(st, GROUPS_OVERRIDE, 2, "group1");
	set(st, GROUPS_OVERRIDE, 3, "group1,group3,group2");
	set(st, GROUPS_OVERRIDE, 4, "group3,group1");
	set(st, GROUPS_OVERRIDE, 5, "default,group2");
	exec(st, SD_GLOBAL, "UPDATE agent SET group_sync_status = 'synced'");
	CU_ASSERT_EQUAL(groups_follow(st, t.t_fd, GROUPS_SYNCREQ), 0);
	known(st, "default group2");
	is(st, 1, "default|37a8eec1|syncreq", "default 0");
	is(st, 2, "default|37a8eec1|syncreq", "default 0");
	is(st, 3, "group2|8c87b477|syncreq", "group2 2");
	is(st, 4, "default|37a8eec1|syncreq", "default 0");
	/* Who lost none is left alone, without a group too. */
	is(st, 5, "default,group2|f8a18502|synced", "default 0,group2 1");
	is(st, 6, "NULL|NULL|synced", "");
	/* "default" itself: there is nowhere to go. */
	no_folder(&t, "default");
	CU_ASSERT_EQUAL(groups_follow(st, t.t_fd, GROUPS_SYNCED), 0);
	is(st, 1, "NULL|NULL|synced", "");
	is(st, 5, "group2|8c87b477|synced", "group2 1");
	/* All or nothing. */
	folder(&t, "default");
	no_folder(&t, "group2");
	exec(st, SD_GLOBAL,
	    "CREATE TRIGGER refuse BEFORE UPDATE ON agent BEGIN"
	    " SELECT RAISE(ABORT, 'no'); END");
	CU_ASSERT_EQUAL(groups_follow(st, t.t_fd, GROUPS_SYNCED), -1);
	known(st, "group2");
	is(st, 5, "group2|8c87b477|synced", "group2 1");
	store_close(&st);
	tree_end(&t);
}

/*
 * A recorded sequence on the recorded rows: groups of agents as GET /agents
 * showed them after each step.
 */
static void
shown(struct store *st, const char *want)
{
	query(st,
	    "SELECT group_concat(id || ' ' || coalesce(`group`, '-'), ' ')"
	    " FROM (SELECT id, `group` FROM agent ORDER BY id)",
	    NULL, 0, want);
}

static void
each(
    struct store *st, enum groups_mode mode, const char *ids, const char *group)
{
	struct names nm;
	size_t i;

	names_make(&nm, ids);
	for (i = 0; i < nm.nm_n; i++)
		CU_ASSERT_EQUAL(
		    set(st, mode, (uint32_t)strtoul(nm.nm_v[i], NULL, 10),
		        group),
		    GROUPS_OK);
}

static void
recorded(struct store *st, const struct tree *t)
{
	static const char all[] = "2,5,6,7,9,10,11,12,13,14,15";

	folder(t, "newgroup");
	CU_ASSERT_EQUAL(groups_follow(st, t->t_fd, GROUPS_SYNCED), 0);
	known(st, "default group-empty group1 group2 group3 newgroup");
	each(st, GROUPS_APPEND, "11", "newgroup");
	each(st, GROUPS_OVERRIDE, "4", "newgroup");
	each(st, GROUPS_APPEND, "1,2,3,5,6,7,8,9,10,12,13,14,15", "newgroup");
	each(st, GROUPS_OVERRIDE, "14", "newgroup");
	shown(st,
	    "0 - 1 default,group1,newgroup 2 default,group2,newgroup"
	    " 3 default,group3,newgroup 4 newgroup"
	    " 5 default,group1,group2,newgroup 6 default,group2,group3,newgroup"
	    " 7 default,group1,group3,newgroup"
	    " 8 default,group1,group2,group3,newgroup"
	    " 9 default,group1,newgroup 10 default,group2,newgroup"
	    " 11 default,newgroup 12 newgroup 13 default,newgroup 14 newgroup"
	    " 15 group3,newgroup");
	each(st, GROUPS_REMOVE, "4", "newgroup");
	is(st, 4, "default|37a8eec1|syncreq", "default 0");
	each(st, GROUPS_REMOVE, "8", "group1");
	each(st, GROUPS_REMOVE, "8", "group2,group3,newgroup");
	is(st, 8, "default|37a8eec1|syncreq", "default 0");
	each(st, GROUPS_REMOVE, "1,3", "newgroup");
	each(st, GROUPS_REMOVE, all, "newgroup");
	no_folder(t, "newgroup");
	CU_ASSERT_EQUAL(groups_follow(st, t->t_fd, GROUPS_SYNCED), 0);
	no_folder(t, "group3");
	CU_ASSERT_EQUAL(groups_follow(st, t->t_fd, GROUPS_SYNCED), 0);
	shown(st,
	    "0 - 1 default,group1 2 default,group2 3 default 4 default"
	    " 5 default,group1,group2 6 default,group2 7 default,group1"
	    " 8 default 9 default,group1 10 default,group2 11 default"
	    " 12 default 13 default 14 default 15 default");
	no_folder(t, "group1");
	no_folder(t, "group2");
	no_folder(t, "group-empty");
	CU_ASSERT_EQUAL(groups_follow(st, t->t_fd, GROUPS_SYNCED), 0);
	known(st, "default");
	query(st, "SELECT count(*) FROM agent WHERE `group` = 'default'", NULL,
	    0, "15");
}

static void
test_recorded(void)
{
	static const char *const names[] = { "default", "group1", "group2",
		"group3", "group-empty" };
	struct buf sql;
	struct tree t;
	struct store *st;
	size_t i;

	if (fixture("db/global_data.sql", &sql) == -1) {
		printf("unit store_groups: skipped, no recorded rows\n");
		return;
	}
	tree_make(&t);
	st = writer(&t);
	CU_ASSERT_EQUAL(
	    raw(&t, "queue/db/global.db", (const char *)sql.b_data), SQLITE_OK);
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "etc", 0770), 0);
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "etc/shared", 0770), 0);
	for (i = 0; i < 5; i++)
		folder(&t, names[i]);
	/* What is in step stays as it is. */
	CU_ASSERT_EQUAL(groups_follow(st, t.t_fd, GROUPS_SYNCED), 0);
	query(st, "SELECT id FROM `group` WHERE name = 'group-empty'", NULL, 0,
	    "5");
	recorded(st, &t);
	buf_free(&sql);
	store_close(&st);
	tree_end(&t);
}

static const struct unit_case cases[] = { { "names", test_names },
	{ "hash", test_hash }, { "append", test_append },
	{ "override", test_override }, { "empty only", test_empty_only },
	{ "remove", test_remove }, { "refused", test_refused },
	{ "128", test_most }, { "batch", test_batch }, { "late", test_late },
	{ "groups of", test_of }, { "folders", test_follow },
	{ "folders and agents", test_follow_agents },
	{ "recorded", test_recorded }, { NULL, NULL } };

int
main(void)
{
	return (store_main("store_groups", cases));
}
