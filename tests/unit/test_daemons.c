/* SPDX-License-Identifier: ISC */
/*
 * The states of the daemons: listings of var/run and what they mean, and the
 * page by which they are published.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemons.h"
#include "tests/unit/unit.h"

/* --- listings ---------------------------------------------------------- */

static int asked;

/* Numbers below 100 live; 100 is to be ignored. */
static enum daemons_pid
ask(void *arg, pid_t pid)
{
	asked++;
	CU_ASSERT_PTR_EQUAL(arg, &asked);
	CU_ASSERT_TRUE(pid > 0);
	if (pid == 100)
		return (PID_IGNORED);
	return (pid < 100 ? PID_ALIVE : PID_DEAD);
}

/* Names parted by blanks. */
static struct daemons_look
look(const char *names)
{
	struct daemons_look dl;
	char copy[512], *name, *last;

	memset(&dl, 0, sizeof(dl));
	asked = 0;
	snprintf(copy, sizeof(copy), "%s", names);
	for (name = strtok_r(copy, " ", &last); name != NULL;
	     name = strtok_r(NULL, " ", &last))
		daemons_note(&dl, name, ask, &asked);
	return (dl);
}

static const char *
state(const char *names, enum daemon d, bool embedded)
{
	struct daemons_look dl = look(names);

	return (daemons_word(daemons_judge(&dl, d, embedded)));
}

static void
test_rules(void)
{
	static const struct {
		const char *names;
		const char *want; /* of wazuh-db */
	} t[] = {
		{ "", "stopped" },
		{ "wazuh-db-7.pid", "running" },
		{ "wazuh-db-700.pid", "failed" },
		{ "wazuh-db-700.pid wazuh-db-7.pid", "running" },
		{ "wazuh-db-7.pid wazuh-db-700.pid", "running" },
		{ "wazuh-db.start", "starting" },
		{ "wazuh-db.start wazuh-db-7.pid", "starting" },
		{ ".restart", "restarting" },
		{ ".restart wazuh-db.start wazuh-db-7.pid", "restarting" },
		{ "wazuh-db.failed", "failed" },
		{ "wazuh-db-7.pid wazuh-db.start .restart wazuh-db.failed",
		    "failed" },
		/* The number is what follows the last dash. */
		{ "wazuh-db-700-7.pid", "running" },
		{ "wazuh-db-7-700.pid", "failed" },
		/* No number that a process could have: as one that is gone. */
		{ "wazuh-db-.pid", "failed" },
		{ "wazuh-db-x.pid", "failed" },
		{ "wazuh-db-0.pid", "failed" },
		{ "wazuh-db-7x.pid", "failed" },
		{ "wazuh-db-+7.pid", "failed" },
		{ "wazuh-db-4294967303.pid", "failed" },
		{ "wazuh-db-99999999999999999999999.pid", "failed" },
		/* Other files. */
		{ "wazuh-db-7 wazuh-db-7.pi wazuh-db-7.pid~ wazuh-db-7.tmp",
		    "stopped" },
		{ "wazuh-db wazuh-db. wazuh-db.starts wazuh-db.Failed "
		  "xwazuh-db-7.pid wazuh-dbx-7.pid wazuh-db_x-7.pid",
		    "stopped" },
		{ "restart .restarts ..restart .restart.failed", "stopped" },
		{ "wazuh-db-100.pid", "stopped" },
		{ "wazuh-db-100.pid wazuh-db-700.pid", "failed" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		CU_ASSERT_STRING_EQUAL(
		    state(t[i].names, DAEMON_DB, false), t[i].want);
		if (strcmp(state(t[i].names, DAEMON_DB, false), t[i].want) != 0)
			printf("%s: not %s\n", t[i].names, t[i].want);
	}
}

/* Nobody is asked about what is no number of a process. */
static void
test_asked(void)
{
	look("wazuh-db-7.pid wazuh-apid-8.pid wazuh-db-x.pid wazuh-db-0.pid "
	     "wazuh-db.failed .restart 9.pid wazuh-apid_exec-9.pid other-9.pid "
	     "wazuh-clusterd_child_1-9.pid");
	CU_ASSERT_EQUAL(asked, 2);
}

static void
test_apart(void)
{
	static const char *const names[DAEMON__MAX] = { "wazuh-agentlessd",
		"wazuh-analysisd", "wazuh-authd", "wazuh-csyslogd",
		"wazuh-monitord", "wazuh-execd", "wazuh-integratord",
		"wazuh-logcollector", "wazuh-maild", "wazuh-remoted",
		"wazuh-reportd", "wazuh-syscheckd", "wazuh-clusterd",
		"wazuh-modulesd", "wazuh-db", "wazuh-apid" };
	char text[64];
	int d, e;

	for (d = 0; d < DAEMON__MAX; d++) {
		CU_ASSERT_STRING_EQUAL(daemons_name((enum daemon)d), names[d]);
		snprintf(text, sizeof(text), "%s-7.pid", names[d]);
		for (e = 0; e < DAEMON__MAX; e++)
			CU_ASSERT_STRING_EQUAL(
			    state(text, (enum daemon)e, false),
			    e == d ? "running" : "stopped");
	}
	/* Those of our own helpers are nobody's. */
	CU_ASSERT_STRING_EQUAL(
	    state("wazuh-apid_exec-7.pid", DAEMON_APID, false), "stopped");
}

static void
test_embedded(void)
{
	int d;
	bool basic;

	for (d = 0; d < DAEMON__MAX; d++) {
		basic = d == DAEMON_MODULESD || d == DAEMON_ANALYSISD ||
		    d == DAEMON_EXECD || d == DAEMON_DB || d == DAEMON_REMOTED;
		CU_ASSERT_STRING_EQUAL(state("", (enum daemon)d, true),
		    basic ? "running" : "stopped");
		CU_ASSERT_STRING_EQUAL(
		    state(".restart", (enum daemon)d, true), "restarting");
	}
	CU_ASSERT_STRING_EQUAL(
	    state("wazuh-db-700.pid", DAEMON_DB, true), "failed");
	CU_ASSERT_STRING_EQUAL(
	    state("wazuh-db-7.pid", DAEMON_DB, true), "running");
	CU_ASSERT_STRING_EQUAL(
	    state("wazuh-db.failed", DAEMON_DB, true), "failed");
	CU_ASSERT_STRING_EQUAL(
	    state("wazuh-db.start", DAEMON_DB, true), "starting");
}

/* --- the page ---------------------------------------------------------- */

static void
test_refuse(void)
{
	static const struct {
		const char *names;
		bool embedded;
		uint16_t code;
		const char *why;
	} t[] = {
		{ "", true, 0, "" },
		{ "", false, 1017,
		    "wazuh-modulesd->stopped, wazuh-analysisd->stopped, "
		    "wazuh-execd->stopped, wazuh-db->stopped, "
		    "wazuh-remoted->stopped" },
		/* The longest there is. */
		{ ".restart", true, 1017,
		    "wazuh-modulesd->restarting, wazuh-analysisd->restarting, "
		    "wazuh-execd->restarting, wazuh-db->restarting, "
		    "wazuh-remoted->restarting" },
		{ "wazuh-modulesd-7.pid wazuh-analysisd.start wazuh-db-7.pid "
		  "wazuh-execd-700.pid",
		    false, 1017,
		    "wazuh-execd->failed, wazuh-remoted->stopped" },
		/* One that starts is waited for; the others do not matter. */
		{ "wazuh-db.start wazuh-authd.failed wazuh-apid-700.pid", true,
		    0, "" },
	};
	struct daemons_page dp;
	struct daemons_look dl;
	char why[DAEMONS_WHY];
	size_t i;

	memset(&dp, 0, sizeof(dp));
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		dl = look(t[i].names);
		daemons_publish(&dp, &dl, t[i].embedded);
		CU_ASSERT_TRUE(daemons_known(&dp));
		CU_ASSERT_EQUAL(daemons_refuse(&dp, why), t[i].code);
		CU_ASSERT_STRING_EQUAL(why, t[i].why);
	}
	daemons_publish(&dp, NULL, true);
	CU_ASSERT_FALSE(daemons_known(&dp));
	CU_ASSERT_EQUAL(daemons_refuse(&dp, why), 1913);
	CU_ASSERT_STRING_EQUAL(why, "");
}

static void
test_page(void)
{
	const struct daemons_page *seen;
	struct daemons_page *dp;
	struct daemons_look dl;
	char why[DAEMONS_WHY];
	void *p;
	int fd = -1;

	dp = daemons_make(&fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dp);
	seen = daemons_map(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(seen);
	CU_ASSERT_EQUAL(daemons_refuse(seen, why), 1913);
	dl = look("wazuh-authd-7.pid wazuh-db.failed");
	daemons_publish(dp, &dl, true);
	CU_ASSERT_EQUAL(daemons_state(seen, DAEMON_AUTHD), DAEMON_RUNNING);
	CU_ASSERT_EQUAL(daemons_state(seen, DAEMON_DB), DAEMON_FAILED);
	CU_ASSERT_EQUAL(daemons_state(seen, DAEMON_MAILD), DAEMON_STOPPED);
	CU_ASSERT_EQUAL(daemons_refuse(seen, why), 1017);
	dl = look("");
	daemons_publish(dp, &dl, true);
	CU_ASSERT_EQUAL(daemons_refuse(seen, why), 0);

	/* Whoever has the descriptor can do no more than that. */
	p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CU_ASSERT_PTR_EQUAL(p, MAP_FAILED);
	CU_ASSERT_EQUAL(errno, EPERM);
	p = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	CU_ASSERT_TRUE_FATAL(p != MAP_FAILED);
	CU_ASSERT_EQUAL(mprotect(p, 1, PROT_READ | PROT_WRITE), -1);
	CU_ASSERT_EQUAL(munmap(p, 1), 0);
	CU_ASSERT_EQUAL(write(fd, "x", 1), -1);
	CU_ASSERT_EQUAL(ftruncate(fd, 0), -1);
	CU_ASSERT_EQUAL(ftruncate(fd, 8192), -1);
	CU_ASSERT_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);

	CU_ASSERT_EQUAL(munmap((void *)(uintptr_t)seen, sizeof(*seen)), 0);
	daemons_free(&dp, &fd);
	CU_ASSERT_PTR_NULL(dp);
	CU_ASSERT_EQUAL(fd, -1);
	CU_ASSERT_PTR_NULL(daemons_map(fd));
}

static const struct unit_case cases[] = {
	{ "rules", test_rules },
	{ "who is asked about", test_asked },
	{ "each by its own name", test_apart },
	{ "embedded store", test_embedded },
	{ "what is refused", test_refuse },
	{ "the page", test_page },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("daemons", cases));
}
