/* SPDX-License-Identifier: ISC */
/*
 * The embedded store in several processes: what a reader sees while the writer
 * is killed, comes back and ends; and both where no path can be opened but
 * below the directory's descriptor. Each process is forked before this one
 * has opened anything, as SQLite wants it.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path.h"
#include "dapi/store.h"
#include "dapi/store_vfs.h"
#include "tests/unit/unit.h"

/* --- a tree ------------------------------------------------------------ */

struct tree {
	char t_dir[32];
	int t_fd;
};

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	return (remove(path));
}

static void
tree_make(struct tree *t)
{
	snprintf(t->t_dir, sizeof(t->t_dir), "/tmp/test_store.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(t->t_dir));
	t->t_fd = open(t->t_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(t->t_fd != -1);
}

static void
tree_end(struct tree *t)
{
	close(t->t_fd);
	nftw(t->t_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int
int_row(void *arg, const struct store_val *col, size_t n)
{
	*(int64_t *)arg = store_int(&col[0]);
	return (0);
}

/* How many agents there are; below 0 the failure. */
static int64_t
agents(struct store *st)
{
	int64_t n = -100;
	enum store_rc rc;

	rc = store_run(st, "SELECT count(*) FROM agent", NULL, 0, int_row, &n);
	return (rc == STORE_OK ? n : -(int64_t)rc);
}

static enum store_rc
insert(struct store *st, int64_t id)
{
	struct store_val v[] = { SV_OF_INT(id), SV_OF_TEXT("x") };

	return (store_run(st,
	    "INSERT INTO agent (id, name, date_add) VALUES (?1, ?2, 0)", v, 2,
	    NULL, NULL));
}

/* --- several processes ------------------------------------------------- */

struct actor {
	pid_t a_pid;
	int a_fd;
};

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

static int64_t
tell(const struct actor *a, char cmd)
{
	int64_t r;

	if (write(a->a_fd, &cmd, 1) != 1 ||
	    read(a->a_fd, &r, sizeof(r)) != sizeof(r))
		return (-1000);
	return (r);
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
	char why[STORE_WHY];
	struct store *st;
	int i;

	vfs_boot();
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

	vfs_boot();
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
	CU_ASSERT_EQUAL(run_jailed(&t, jailed_writer), 0);
	CU_ASSERT_EQUAL(run_jailed(&t, jailed_reader), 0);
	actor_start(&t, &w);
	CU_ASSERT_EQUAL(tell(&w, 'w'), 0);
	CU_ASSERT_EQUAL(run_jailed(&t, jailed_reader), 0);
	actor_end(&w, 0);
	tree_end(&t);
}

static const struct unit_case cases[] = { { "killed writer", test_kill },
	{ "readers alone", test_orphan }, { "jail", test_jail },
	{ NULL, NULL } };

int
main(void)
{
	if (path_open(AT_FDCWD, ".", O_PATH, 0) == -1 && errno == ENOSYS) {
		printf("unit store_procs: skipped, no openat2 here\n");
		return (77);
	}
	log_setlevel(LOGL_DISABLED);
	return (unit_run("store_procs", cases));
}
