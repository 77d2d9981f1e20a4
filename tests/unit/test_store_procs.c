/* SPDX-License-Identifier: ISC */
/*
 * The embedded store in several processes: what a reader sees while the writer
 * is killed, comes back and ends; and both where no path can be opened but
 * below the directory's descriptor. Each process is forked before this one
 * has opened anything, as SQLite wants it.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <seccomp.h>
#include <signal.h>

#include "dapi/store_groups.h"
#include "tests/unit/store_rig.h"

/* --- several processes ------------------------------------------------- */

struct actor {
	pid_t a_pid;
	int a_fd;
};

static const char events_sql[] = "SELECT count(*) FROM pm_event";

/*
 * Begin, and write more than the cache holds, so that pages of the file itself
 * are changed and only the journal knows what was there.
 */
static enum store_rc
spill(struct store *st)
{
	static const char sql[] =
	    "WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c"
	    " WHERE n < 20000) INSERT INTO pm_event (log)"
	    " SELECT hex(zeroblob(100)) FROM c";
	enum store_rc r;

	r = store_tx_in(st, SD_AGENT(5), STORE_WRITE);
	if (r == STORE_OK)
		r = store_run_in(st, SD_AGENT(5), "DELETE FROM pm_event", NULL,
		    0, NULL, NULL);
	if (r == STORE_OK)
		r = store_run_in(st, SD_AGENT(5), sql, NULL, 0, NULL, NULL);
	return (r);
}

/* One event of agent 5, in its own transaction. */
static enum store_rc
event(struct store *st)
{
	return (store_run_in(st, SD_AGENT(5),
	    "INSERT INTO pm_event (log) VALUES ('x')", NULL, 0, NULL, NULL));
}

/* One that does what it is told, a byte at a time, and answers a number. */
static void
actor_loop(const struct tree *t, int fd)
{
	char cmd, why[STORE_WHY];
	struct store *st = NULL;
	int64_t r, next = 100;

	while (read(fd, &cmd, 1) == 1) {
		r = 0;
		switch (cmd) {
		case 'w':
		case 'r':
			st = store_open("embedded", t->t_fd, cmd == 'w', why);
			r = st == NULL;
			break;
		case 'c':
			r = agents(st);
			break;
		case 'i':
			r = agents(st);
			r = insert(st, next + r);
			break;
		case 'b':
			r = store_tx(st, STORE_WRITE);
			break;
		case 'M':
			r = store_make(st, SD_AGENT(5));
			break;
		case 'I':
			r = event(st);
			break;
		case 'S':
			r = spill(st);
			break;
		case 'C':
			r = number(st, SD_AGENT(5), events_sql);
			break;
		case 'T':
			r = number(st, SD_TASKS, "SELECT count(*) FROM TASKS");
			break;
		case 'A':
			r = number(
			    st, SD_MITRE, "SELECT count(*) FROM metadata");
			break;
		case 'q':
			store_close(&st);
			_exit(0);
		}
		if (write(fd, &r, sizeof(r)) != sizeof(r))
			_exit(1);
	}
	_exit(1);
}

static void
actor_start(const struct tree *t, struct actor *a)
{
	int sv[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	a->a_pid = fork();
	CU_ASSERT_TRUE_FATAL(a->a_pid != -1);
	if (a->a_pid == 0) {
		close(sv[0]);
		log_setlevel(LOGL_DISABLED);
		actor_loop(t, sv[1]);
	}
	close(sv[1]);
	a->a_fd = sv[0];
}

static void
ask(const struct actor *a, char cmd)
{
	CU_ASSERT_EQUAL(write(a->a_fd, &cmd, 1), 1);
}

static int64_t
answer(const struct actor *a)
{
	int64_t r;

	if (read(a->a_fd, &r, sizeof(r)) != sizeof(r))
		return (-1000);
	return (r);
}

static int64_t
tell(const struct actor *a, char cmd)
{
	ask(a, cmd);
	return (answer(a));
}

static void
actor_end(struct actor *a, int sig)
{
	int status;

	if (sig != 0)
		kill(a->a_pid, sig);
	else if (write(a->a_fd, "q", 1) != 1)
		CU_FAIL("the process is gone");
	CU_ASSERT_EQUAL(waitpid(a->a_pid, &status, 0), a->a_pid);
	CU_ASSERT_EQUAL(status, sig);
	close(a->a_fd);
}

static void
test_kill(void)
{
	struct actor w, r1, r2;
	struct tree t;
	int round;

	tree_make(&t);
	actor_start(&t, &r1);
	/* Before there is anything: each call tries again. */
	CU_ASSERT_EQUAL(tell(&r1, 'r'), 0);
	CU_ASSERT_EQUAL(tell(&r1, 'c'), -(int64_t)STORE_NONE);
	actor_start(&t, &w);
	CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	CU_ASSERT_EQUAL(tell(&r1, 'c'), 1);
	CU_ASSERT_EQUAL(tell(&w, 'i'), STORE_OK);
	CU_ASSERT_EQUAL(tell(&r1, 'c'), 2);
	for (round = 0; round < 5; round++) {
		/* Killed inside a transaction: what was not committed is not
		 * there, for readers old and new. */
		CU_ASSERT_EQUAL(tell(&w, 'b'), STORE_OK);
		CU_ASSERT_EQUAL(tell(&w, 'i'), STORE_OK);
		actor_end(&w, SIGKILL);
		CU_ASSERT_EQUAL(tell(&r1, 'c'), 2 + round);
		actor_start(&t, &r2);
		CU_ASSERT_EQUAL(tell(&r2, 'r'), 0);
		CU_ASSERT_EQUAL(tell(&r2, 'c'), 2 + round);
		actor_start(&t, &w);
		CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
		CU_ASSERT_EQUAL(tell(&r1, 'c'), 2 + round);
		CU_ASSERT_EQUAL(tell(&w, 'i'), STORE_OK);
		CU_ASSERT_EQUAL(tell(&r1, 'c'), 3 + round);
		CU_ASSERT_EQUAL(tell(&r2, 'c'), 3 + round);
		actor_end(&r2, round % 2 == 0 ? SIGKILL : 0);
	}
	/* The writer ends in order while a reader has it open. */
	actor_end(&w, 0);
	CU_ASSERT_EQUAL(tell(&r1, 'c'), 7);
	actor_start(&t, &w);
	CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	CU_ASSERT_EQUAL(tell(&w, 'i'), STORE_OK);
	CU_ASSERT_EQUAL(tell(&r1, 'c'), 8);
	actor_end(&r1, 0);
	actor_end(&w, 0);
	tree_end(&t);
}

/* Nobody is left but readers that come after the kill: no index is shared. */
static void
test_orphan(void)
{
	struct actor w, r;
	struct tree t;

	tree_make(&t);
	actor_start(&t, &w);
	CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	CU_ASSERT_EQUAL(tell(&w, 'i'), STORE_OK);
	actor_end(&w, SIGKILL);
	actor_start(&t, &r);
	CU_ASSERT_EQUAL(tell(&r, 'r'), 0);
	CU_ASSERT_EQUAL(tell(&r, 'c'), 2);
	actor_start(&t, &w);
	CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	CU_ASSERT_EQUAL(tell(&w, 'i'), STORE_OK);
	CU_ASSERT_EQUAL(tell(&r, 'c'), 3);
	CU_ASSERT_EQUAL(tell(&w, 'i'), STORE_OK);
	CU_ASSERT_EQUAL(tell(&r, 'c'), 4);
	actor_end(&r, 0);
	/* The last one in order: the log is gone, then comes a reader. */
	actor_end(&w, 0);
	actor_start(&t, &r);
	CU_ASSERT_EQUAL(tell(&r, 'r'), 0);
	CU_ASSERT_EQUAL(tell(&r, 'c'), -(int64_t)STORE_NONE);
	actor_start(&t, &w);
	CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	CU_ASSERT_EQUAL(tell(&r, 'c'), 4);
	actor_end(&w, SIGKILL);
	actor_end(&r, SIGKILL);
	tree_end(&t);
}

/*
 * The databases with a rollback journal. Readers meet the journal of a killed
 * writer: they wait, and see what was committed as soon as there is another.
 */
static void
test_kill_agents(void)
{
	struct actor w, r1, r2;
	struct tree t;
	int round;

	tree_make(&t);
	actor_start(&t, &r1);
	actor_start(&t, &w);
	CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	CU_ASSERT_EQUAL(tell(&r1, 'r'), 0);
	CU_ASSERT_EQUAL(tell(&w, 'M'), STORE_OK);
	CU_ASSERT_EQUAL(tell(&w, 'I'), STORE_OK);
	CU_ASSERT_EQUAL(tell(&r1, 'C'), 1);
	for (round = 0; round < 4; round++) {
		CU_ASSERT_EQUAL(tell(&w, 'S'), STORE_OK);
		actor_end(&w, SIGKILL);
		CU_ASSERT_TRUE(tree_mode(&t, "queue/db/005.db-journal") != 0);
		/* One that has it open, one that opens it. */
		actor_start(&t, &r2);
		CU_ASSERT_EQUAL(tell(&r2, 'r'), 0);
		ask(&r1, 'C');
		ask(&r2, 'C');
		actor_start(&t, &w);
		CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
		CU_ASSERT_EQUAL(answer(&r1), 1 + round);
		CU_ASSERT_EQUAL(answer(&r2), 1 + round);
		CU_ASSERT_EQUAL(tree_mode(&t, "queue/db/005.db-journal"), 0);
		CU_ASSERT_EQUAL(tell(&w, 'I'), STORE_OK);
		CU_ASSERT_EQUAL(tell(&r1, 'C'), 2 + round);
		CU_ASSERT_EQUAL(tell(&r2, 'C'), 2 + round);
		/* The others have no journal, and need no writer. */
		actor_end(&w, SIGKILL);
		CU_ASSERT_EQUAL(tell(&r1, 'C'), 2 + round);
		CU_ASSERT_EQUAL(tell(&r2, 'C'), 2 + round);
		CU_ASSERT_EQUAL(tell(&r2, 'T'), 0);
		CU_ASSERT_EQUAL(tell(&r1, 'A'), 1);
		actor_end(&r2, 0);
		actor_start(&t, &w);
		CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	}
	/* No other comes: after a while it is said. */
	CU_ASSERT_EQUAL(tell(&w, 'S'), STORE_OK);
	actor_end(&w, SIGKILL);
	CU_ASSERT_EQUAL(tell(&r1, 'C'), -(int64_t)STORE_FAILED);
	CU_ASSERT_EQUAL(tell(&r1, 'T'), 0);
	actor_end(&r1, 0);
	tree_end(&t);
}

/* Killed while it makes databases: there are whole ones, or none. */
static void
test_kill_making(void)
{
	struct actor w, r;
	struct tree t;
	int64_t n;
	int round;

	tree_make(&t);
	for (round = 0; round < 20; round++) {
		actor_start(&t, &w);
		CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
		ask(&w, 'M');
		usleep((useconds_t)round * 400);
		actor_end(&w, SIGKILL);
		actor_start(&t, &r);
		CU_ASSERT_EQUAL(tell(&r, 'r'), 0);
		n = tell(&r, 'C');
		CU_ASSERT_TRUE(n == 0 || n == -(int64_t)STORE_NONE);
		actor_end(&r, 0);
		if (n == 0)
			CU_ASSERT_EQUAL(
			    unlinkat(t.t_fd, "queue/db/005.db", 0), 0);
	}
	actor_start(&t, &w);
	CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	CU_ASSERT_EQUAL(tree_mode(&t, "queue/db/.005.db.new"), 0);
	CU_ASSERT_EQUAL(tell(&w, 'M'), STORE_OK);
	CU_ASSERT_EQUAL(tell(&w, 'C'), 0);
	actor_end(&w, 0);
	tree_end(&t);
}

/* --- what is left of the system ---------------------------------------- */

/* Calls with a path, and more that neither may need. */
static const int jail_both[] = { SCMP_SYS(open), SCMP_SYS(openat),
	SCMP_SYS(creat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(statx),
	SCMP_SYS(getcwd), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(truncate), SCMP_SYS(rename), SCMP_SYS(link), SCMP_SYS(symlink),
	SCMP_SYS(unlink), SCMP_SYS(mkdir), SCMP_SYS(rmdir), SCMP_SYS(chmod),
	SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(utimensat),
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(ioctl) };
static const int jail_reader[] = { SCMP_SYS(write), SCMP_SYS(pwrite64),
	SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(unlinkat), SCMP_SYS(mkdirat), SCMP_SYS(renameat),
	SCMP_SYS(fallocate), SCMP_SYS(fchmod) };

static void
jail(bool readonly)
{
	scmp_filter_ctx ctx;
	size_t i;
	int r = 0;

	ctx = seccomp_init(SCMP_ACT_ALLOW);
	for (i = 0; i < sizeof(jail_both) / sizeof(jail_both[0]); i++)
		r |= seccomp_rule_add(
		    ctx, SCMP_ACT_KILL_PROCESS, jail_both[i], 0);
	for (i = 0;
	     readonly && i < sizeof(jail_reader) / sizeof(jail_reader[0]); i++)
		r |= seccomp_rule_add(
		    ctx, SCMP_ACT_KILL_PROCESS, jail_reader[i], 0);
	r |= seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(newfstatat),
	    1, SCMP_A3(SCMP_CMP_EQ, 0, 0));
	if (r != 0 || seccomp_load(ctx) != 0)
		_exit(9);
	seccomp_release(ctx);
}

static int
jailed_writer(const struct tree *t)
{
	static const char *const names[] = { "default" };
	struct groups_item gi = { 7, NULL, names, 1, GROUPS_NOAGENT };
	char why[STORE_WHY];
	struct store *st;
	int i;

	store_boot();
	jail(false);
	st = store_open("embedded", t->t_fd, true, why);
	if (st == NULL)
		return (1);
	for (i = 1; i < 3000; i++)
		if (insert(st, i) != STORE_OK)
			return (2);
	if (store_tx(st, STORE_WRITE) != STORE_OK ||
	    insert(st, i) != STORE_OK ||
	    store_tx(st, STORE_ROLLBACK) != STORE_OK ||
	    store_drop(st, 1) != STORE_OK || agents(st) != 3000)
		return (3);
	if (store_make(st, SD_AGENT(5)) != STORE_OK || event(st) != STORE_OK ||
	    spill(st) != STORE_OK ||
	    store_tx_in(st, SD_AGENT(5), STORE_ROLLBACK) != STORE_OK ||
	    number(st, SD_AGENT(5), events_sql) != 1)
		return (4);
	if (groups_follow(st, t->t_fd, GROUPS_SYNCED) != 0 ||
	    groups_set(st, GROUPS_APPEND, GROUPS_SYNCED, &gi, 1) != STORE_OK ||
	    gi.gi_rc != GROUPS_OK)
		return (5);
	return (0);
}

/* Dies with a journal beside the database, for the next two. */
static int
jailed_victim(const struct tree *t)
{
	char why[STORE_WHY];
	struct store *st;

	store_boot();
	jail(false);
	st = store_open("embedded", t->t_fd, true, why);
	return (st == NULL || spill(st) != STORE_OK);
}

/* Neither writes nor removes anything on the way to its failure. */
static int
jailed_witness(const struct tree *t)
{
	char why[STORE_WHY];
	struct store *st;

	store_boot();
	jail(true);
	st = store_open("embedded", t->t_fd, false, why);
	if (st == NULL ||
	    number(st, SD_AGENT(5), events_sql) != -(int64_t)STORE_FAILED ||
	    number(st, SD_AGENT(6), events_sql) != -(int64_t)STORE_FAILED)
		return (1);
	store_close(&st);
	return (0);
}

/* Plays it back at the start. */
static int
jailed_successor(const struct tree *t)
{
	char why[STORE_WHY];
	struct store *st;

	store_boot();
	jail(false);
	st = store_open("embedded", t->t_fd, true, why);
	if (st == NULL || number(st, SD_AGENT(5), events_sql) != 1)
		return (1);
	store_close(&st);
	return (0);
}

/* With what spills elsewhere: sorts, sub-selects, lists. */
static int
jailed_reader(const struct tree *t)
{
	static const uint32_t ids[] = { 5, 6, 7 };
	struct store_val v = SV_OF_IDS(ids, 3);
	char why[STORE_WHY];
	struct store *st;
	int64_t n = 0;

	store_boot();
	jail(true);
	st = store_open("embedded", t->t_fd, false, why);
	if (st == NULL || agents(st) != 3000)
		return (1);
	if (store_run(st,
	        "SELECT count(*) FROM agent WHERE id IN"
	        " (SELECT value FROM json_each(?1))",
	        &v, 1, int_row, &n) != STORE_OK ||
	    n != 3)
		return (2);
	if (number(st, SD_AGENT(5), events_sql) != 1 ||
	    number(st, SD_TASKS, "SELECT count(*) FROM TASKS") != 0 ||
	    number(st, SD_AGENT(9), events_sql) != -(int64_t)STORE_NONE)
		return (4);
	if (store_run(st,
	        "SELECT count(*) FROM (SELECT DISTINCT a.name || b.id AS x"
	        " FROM agent a, agent b WHERE a.id < 60 ORDER BY x DESC)",
	        NULL, 0, int_row, &n) != STORE_OK ||
	    n != 6000)
		return (3);
	store_close(&st);
	return (0);
}

static int
run_jailed(const struct tree *t, int (*fn)(const struct tree *))
{
	int status;
	pid_t pid;

	pid = fork();
	CU_ASSERT_TRUE_FATAL(pid != -1);
	if (pid == 0)
		_exit(fn(t));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return (status);
}

/*
 * No path is opened but below the directory's descriptor: the filter kills for
 * anything else. The writer leaves without closing, so that the log is there.
 */
static void
test_jail(void)
{
	struct actor w;
	struct tree t;

	tree_make(&t);
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "etc", 0770), 0);
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "etc/shared", 0770), 0);
	CU_ASSERT_EQUAL(mkdirat(t.t_fd, "etc/shared/default", 0770), 0);
	CU_ASSERT_EQUAL(run_jailed(&t, jailed_writer), 0);
	CU_ASSERT_EQUAL(run_jailed(&t, jailed_reader), 0);
	actor_start(&t, &w);
	CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	CU_ASSERT_EQUAL(run_jailed(&t, jailed_reader), 0);
	actor_end(&w, 0);
	CU_ASSERT_EQUAL(run_jailed(&t, jailed_victim), 0);
	CU_ASSERT_TRUE(tree_mode(&t, "queue/db/005.db-journal") != 0);
	/* An empty file with a journal: SQLite would like to remove that. */
	close(openat(t.t_fd, "queue/db/006.db", O_CREAT | O_WRONLY, 0640));
	CU_ASSERT_EQUAL(linkat(t.t_fd, "queue/db/005.db-journal", t.t_fd,
	                    "queue/db/006.db-journal", 0),
	    0);
	CU_ASSERT_EQUAL(run_jailed(&t, jailed_witness), 0);
	CU_ASSERT_TRUE(tree_mode(&t, "queue/db/006.db-journal") != 0);
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, "queue/db/006.db-journal", 0), 0);
	CU_ASSERT_EQUAL(unlinkat(t.t_fd, "queue/db/006.db", 0), 0);
	CU_ASSERT_EQUAL(run_jailed(&t, jailed_successor), 0);
	CU_ASSERT_EQUAL(tree_mode(&t, "queue/db/005.db-journal"), 0);
	tree_end(&t);
}

static const struct unit_case cases[] = { { "killed writer", test_kill },
	{ "readers alone", test_orphan },
	{ "killed writer: agents", test_kill_agents },
	{ "killed while making", test_kill_making }, { "jail", test_jail },
	{ NULL, NULL } };

int
main(void)
{
	return (store_main("store_procs", cases));
}
