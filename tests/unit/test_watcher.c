/* SPDX-License-Identifier: ISC */
/*
 * What the parent looks up in the tree for others: the daemons of var/run,
 * again and again, and the number of the installation, once.
 */
#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <event2/event.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/parent.h"
#include "common/buffer.h"
#include "common/conf.h"
#include "common/daemons.h"
#include "common/log.h"
#include "common/path.h"
#include "tests/unit/unit.h"

#define SECURITY "api/configuration/security/"

/* parent.c is not part of this program. */
struct parent *parent_env;
static struct child cluster;

struct child *
parent_child(enum role role, unsigned int inst)
{
	CU_ASSERT_EQUAL(role, ROLE_CLUSTER);
	return (&cluster);
}

/* --- a tree ------------------------------------------------------------ */

static struct {
	struct parent pa;
	char dir[40];
	char logged[512]; /* the last line */
	const struct daemons_page *page;
} fx;

static void
sink(enum loglevel level, const char *text, void *arg)
{
	snprintf(fx.logged, sizeof(fx.logged), "%s", text);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	return (remove(path));
}

static void
start(void)
{
	memset(&fx, 0, sizeof(fx));
	memset(&cluster, 0, sizeof(cluster));
	snprintf(fx.dir, sizeof(fx.dir), "/tmp/test_watcher.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(fx.dir));
	fx.pa.pa_rootfd = open(fx.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fx.pa.pa_rootfd != -1);
	CU_ASSERT_EQUAL(path_mkdirs(fx.pa.pa_rootfd, "var/run/", 0750), 0);
	CU_ASSERT_EQUAL(path_mkdirs(fx.pa.pa_rootfd, SECURITY, 0750), 0);
	log_init("test", LOGL_INFO);
	log_sink(sink, NULL);
}

static void
stop(void)
{
	log_sink(NULL, NULL);
	log_init("test", LOGL_DISABLED);
	close(fx.pa.pa_rootfd);
	nftw(fx.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
file(const char *path, const char *text)
{
	CU_ASSERT_EQUAL(path_write(fx.pa.pa_rootfd, path, text, strlen(text),
	                    0640, (uid_t)-1, (gid_t)-1),
	    0);
}

static void
pid_file(const char *name, pid_t pid)
{
	char path[128];

	snprintf(path, sizeof(path), "var/run/%s-%d.pid", name, (int)pid);
	file(path, "");
}

/* A number that nobody has: of a child that is gone. */
static pid_t
dead(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	CU_ASSERT_TRUE_FATAL(pid > 0);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	return (pid);
}

/* --- the watcher ------------------------------------------------------- */

static void
watch(const char *store)
{
	fx.pa.pa_conf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(fx.pa.pa_conf);
	free(fx.pa.pa_conf->cf_store);
	fx.pa.pa_conf->cf_store = strdup(store);
	fx.pa.pa_base = event_base_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(fx.pa.pa_base);
	CU_ASSERT_EQUAL_FATAL(watcher_open(&fx.pa), 0);
	fx.page = daemons_map(fx.pa.pa_daemonsfd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fx.page);
}

/* Until the next look is over. */
static void
again(void)
{
	CU_ASSERT_EQUAL(event_base_loop(fx.pa.pa_base, EVLOOP_ONCE), 0);
}

static void
unwatch(void)
{
	watcher_close(&fx.pa);
	CU_ASSERT_PTR_NULL(fx.pa.pa_watcher);
	watcher_close(&fx.pa);
	event_base_free(fx.pa.pa_base);
	conf_free(&fx.pa.pa_conf);
}

static void
test_watch(void)
{
	char why[DAEMONS_WHY];
	pid_t gone = dead();

	start();
	pid_file("wazuh-authd", getpid());
	pid_file("wazuh-maild", gone);
	/* One of root's, which no test may signal unless it is root's too. */
	pid_file("wazuh-reportd", 1);
	watch("embedded");
	CU_ASSERT_EQUAL(daemons_refuse(fx.page, why), 0);
	CU_ASSERT_EQUAL(daemons_state(fx.page, DAEMON_AUTHD), DAEMON_RUNNING);
	CU_ASSERT_EQUAL(daemons_state(fx.page, DAEMON_MAILD), DAEMON_FAILED);
	CU_ASSERT_EQUAL(daemons_state(fx.page, DAEMON_REPORTD), DAEMON_RUNNING);
	CU_ASSERT_EQUAL(daemons_state(fx.page, DAEMON_DB), DAEMON_RUNNING);
	CU_ASSERT_EQUAL(daemons_state(fx.page, DAEMON_APID), DAEMON_STOPPED);
	CU_ASSERT_STRING_EQUAL(fx.logged, "");

	file("var/run/wazuh-db.failed", "");
	again();
	CU_ASSERT_EQUAL(daemons_refuse(fx.page, why), 1017);
	CU_ASSERT_STRING_EQUAL(why, "wazuh-db->failed");
	CU_ASSERT_STRING_EQUAL(
	    fx.logged, "requests are refused (1017): wazuh-db->failed");
	/* It is said once. */
	fx.logged[0] = '\0';
	again();
	CU_ASSERT_STRING_EQUAL(fx.logged, "");

	CU_ASSERT_EQUAL(
	    path_unlink(fx.pa.pa_rootfd, "var/run/wazuh-db.failed", 0), 0);
	again();
	CU_ASSERT_EQUAL(daemons_refuse(fx.page, why), 0);
	CU_ASSERT_STRING_EQUAL(
	    fx.logged, "the daemons are ready: requests are served");
	unwatch();
	stop();
}

/* The folder goes away and comes back. */
static void
test_unreadable(void)
{
	char why[DAEMONS_WHY];

	start();
	watch("embedded");
	CU_ASSERT_EQUAL(
	    path_unlink(fx.pa.pa_rootfd, "var/run", AT_REMOVEDIR), 0);
	again();
	CU_ASSERT_EQUAL(daemons_refuse(fx.page, why), 1913);
	CU_ASSERT_STRING_EQUAL(
	    fx.logged, "requests are refused (1913): var/run cannot be read");
	/* A link there is not followed, wherever it leads. */
	CU_ASSERT_EQUAL(symlinkat("run2", fx.pa.pa_rootfd, "var/run"), 0);
	CU_ASSERT_EQUAL(path_mkdirs(fx.pa.pa_rootfd, "var/run2/", 0750), 0);
	again();
	CU_ASSERT_EQUAL(daemons_refuse(fx.page, why), 1913);
	CU_ASSERT_EQUAL(path_unlink(fx.pa.pa_rootfd, "var/run", 0), 0);
	CU_ASSERT_EQUAL(path_mkdirs(fx.pa.pa_rootfd, "var/run/", 0750), 0);
	again();
	CU_ASSERT_EQUAL(daemons_refuse(fx.page, why), 0);
	unwatch();
	stop();
}

/* The idle cluster role is no cluster; another clusterd is one. */
static void
test_cluster(void)
{
	pid_t gone = dead();

	start();
	cluster.ch_pid = getpid();
	pid_file("wazuh-clusterd", getpid());
	watch("wdb");
	CU_ASSERT_EQUAL(
	    daemons_state(fx.page, DAEMON_CLUSTERD), DAEMON_STOPPED);
	CU_ASSERT_EQUAL(daemons_state(fx.page, DAEMON_DB), DAEMON_STOPPED);
	cluster.ch_pid = gone;
	again();
	CU_ASSERT_EQUAL(
	    daemons_state(fx.page, DAEMON_CLUSTERD), DAEMON_RUNNING);
	unwatch();
	stop();
}

/* A folder with too many names costs a bounded look. */
static void
test_many(void)
{
	char path[64];
	int i;

	start();
	for (i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "%s/var/run/x%d", fx.dir, i);
		CU_ASSERT_EQUAL(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
	}
	watch("embedded");
	CU_ASSERT_TRUE(daemons_known(fx.page));
	unwatch();
	stop();
}

/* --- the number -------------------------------------------------------- */

static void
read_file(const char *path, char out[128])
{
	struct buf b;

	out[0] = '\0';
	buf_init(&b, 127);
	CU_ASSERT_EQUAL(path_read(fx.pa.pa_rootfd, path, 127, &b), 0);
	if (b.b_len > 0)
		memcpy(out, b.b_data, b.b_len);
	out[b.b_len] = '\0';
	buf_free(&b);
}

static void
test_installation_new(void)
{
	char text[128], first[PARENT_UUID];
	struct stat st;
	size_t i;

	start();
	installation_load(&fx.pa);
	CU_ASSERT_EQUAL_FATAL(strlen(fx.pa.pa_uuid), 36);
	for (i = 0; i < 36; i++)
		CU_ASSERT_PTR_NOT_NULL(
		    strchr(i == 8 || i == 13 || i == 18 || i == 23 ?
		            "-" :
		            "0123456789abcdef",
		        fx.pa.pa_uuid[i]));
	CU_ASSERT_EQUAL(fx.pa.pa_uuid[14], '4');
	CU_ASSERT_PTR_NOT_NULL(strchr("89ab", fx.pa.pa_uuid[19]));
	read_file(SECURITY "installation_uid", text);
	CU_ASSERT_STRING_EQUAL(text, fx.pa.pa_uuid);
	CU_ASSERT_EQUAL(
	    fstatat(fx.pa.pa_rootfd, SECURITY "installation_uid", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0660);
	/* The next start finds it, another installation makes another. */
	memcpy(first, fx.pa.pa_uuid, sizeof(first));
	memset(fx.pa.pa_uuid, 'x', 5);
	installation_load(&fx.pa);
	CU_ASSERT_STRING_EQUAL(fx.pa.pa_uuid, first);
	CU_ASSERT_EQUAL(
	    path_unlink(fx.pa.pa_rootfd, SECURITY "installation_uid", 0), 0);
	installation_load(&fx.pa);
	CU_ASSERT_STRING_NOT_EQUAL(fx.pa.pa_uuid, first);
	stop();
}

static void
test_installation_file(void)
{
	static const struct {
		const char *text, *want;
		bool told;
	} t[] = {
		{ "8d42cd48-4ff1-4dbd-8130-34cd99cbcd47",
		    "8d42cd48-4ff1-4dbd-8130-34cd99cbcd47", false },
		{ "by hand\n", "by hand", false },
		{ "", "", false },
		{ "two\nlines", "", true },
		{ "\377", "", true },
		/* 63 bytes, and one more. */
		{ "0123456789012345678901234567890123456789012345678901234567"
		  "89012",
		    "0123456789012345678901234567890123456789012345678901234567"
		    "89012",
		    false },
		{ "0123456789012345678901234567890123456789012345678901234567"
		  "890123",
		    "", true },
	};
	char text[128];
	size_t i;

	start();
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		fx.logged[0] = '\0';
		file(SECURITY "installation_uid", t[i].text);
		installation_load(&fx.pa);
		CU_ASSERT_STRING_EQUAL(fx.pa.pa_uuid, t[i].want);
		CU_ASSERT_EQUAL(fx.logged[0] != '\0', t[i].told);
		/* What is there stays. */
		read_file(SECURITY "installation_uid", text);
		CU_ASSERT_STRING_EQUAL(text, t[i].text);
	}
	stop();
}

static const struct unit_case cases[] = {
	{ "changes are seen", test_watch },
	{ "no folder", test_unreadable },
	{ "the cluster role", test_cluster },
	{ "many names", test_many },
	{ "a new number", test_installation_new },
	{ "a number that is there", test_installation_file },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("watcher", cases));
}
