/* SPDX-License-Identifier: ISC */
/* security.yaml as authz reads it, and how it notices that a file changed. */
#include <sys/types.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authz/secconf.h"
#include "authz/stamp.h"
#include "common/log.h"
#include "tests/unit/unit.h"

#define YAML "security.yaml"

static char dir[64];
static int fd;
static int lines; /* logged as warnings or worse */
static char last[256];

static void
logged(enum loglevel level, const char *text, void *arg)
{
	lines++;
	snprintf(last, sizeof(last), "%s", text);
}

static void
start(void)
{
	log_init("test", LOGL_WARN);
	log_sink(logged, NULL);
	lines = 0;
	last[0] = '\0';
	snprintf(dir, sizeof(dir), "/tmp/gatehouse-secconf-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fd != -1);
}

static void
stop(void)
{
	unlinkat(fd, YAML, 0);
	unlinkat(fd, YAML, AT_REMOVEDIR);
	close(fd);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

/* In place, as an editor or another program may do it. */
static void
put(const char *text)
{
	int f = openat(fd, YAML, O_WRONLY | O_CREAT | O_TRUNC, 0660);

	CU_ASSERT_TRUE_FATAL(f != -1);
	CU_ASSERT_EQUAL(write(f, text, strlen(text)), (ssize_t)strlen(text));
	close(f);
}

static void
holds(const struct secconf *sf, const char *mode, int64_t timeout)
{
	CU_ASSERT_STRING_EQUAL(secconf_mode(sf), mode);
	CU_ASSERT_EQUAL(secconf_timeout(sf), timeout);
}

static void
test_defaults(void)
{
	static const char *const texts[] = { "", "# nothing\n", "---\n", "{}",
		"null\n" };
	struct secconf *sf;
	size_t i;

	start();
	sf = secconf_open(fd);
	holds(sf, "white", 900);
	CU_ASSERT_FALSE(secconf_refresh(sf));
	put("rbac_mode: black\n");
	CU_ASSERT_TRUE(secconf_refresh(sf));
	holds(sf, "black", 900);
	put("auth_token_exp_timeout: 30\n");
	CU_ASSERT_TRUE(secconf_refresh(sf));
	holds(sf, "white", 30);
	/* Keys and files that are absent mean the default. */
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put("{rbac_mode: BLACK, auth_token_exp_timeout: 1}");
		CU_ASSERT_TRUE(secconf_refresh(sf));
		holds(sf, "black", 1);
		put(texts[i]);
		CU_ASSERT_TRUE(secconf_refresh(sf));
		holds(sf, "white", 900);
	}
	put("rbac_mode: black\n");
	CU_ASSERT_TRUE(secconf_refresh(sf));
	CU_ASSERT_EQUAL(unlinkat(fd, YAML, 0), 0);
	CU_ASSERT_TRUE(secconf_refresh(sf));
	holds(sf, "white", 900);
	CU_ASSERT_EQUAL(lines, 0);
	secconf_close(&sf);
	CU_ASSERT_PTR_NULL(sf);
	secconf_close(&sf);
	stop();
}

/* What the original writes is read; so is what is there at the start. */
static void
test_original(void)
{
	struct secconf *sf;

	start();
	put("auth_token_exp_timeout: 1800\nrbac_mode: black\n");
	sf = secconf_open(fd);
	holds(sf, "black", 1800);
	/* Another file by rename: other inode, same size. */
	CU_ASSERT_FALSE(secconf_refresh(sf));
	CU_ASSERT_EQUAL(renameat(fd, YAML, fd, "old"), 0);
	put("auth_token_exp_timeout: 1801\nrbac_mode: white\n");
	CU_ASSERT_TRUE(secconf_refresh(sf));
	holds(sf, "white", 1801);
	CU_ASSERT_EQUAL(renameat(fd, "old", fd, YAML), 0);
	CU_ASSERT_TRUE(secconf_refresh(sf));
	holds(sf, "black", 1800);
	secconf_close(&sf);
	stop();
}

/* A bad file is told once, and what held goes on holding. */
static void
test_bad(void)
{
	static const char *const texts[] = { "rbac_mode: grey\n",
		"rbac_mode: black\nauth_token_exp_timeout: x\n",
		"auth_token_exp_timeout: 0\n", "x: 1\n",
		"auth_token_exp_timeout: -5\n", "rbac_mode: [black]\n",
		"auth_token_exp_timeout: 99999999999\n",
		"rbac_mode: black\nrbac_mode: black\n", "rbac_mode: 'black\n",
		"\xff\xfe\n", "- rbac_mode\n" };
	char large[70000];
	struct secconf *sf;
	size_t i;
	int n;

	start();
	put("rbac_mode: black\nauth_token_exp_timeout: 77\n");
	sf = secconf_open(fd);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		n = lines;
		put(texts[i]);
		CU_ASSERT_FALSE(secconf_refresh(sf));
		holds(sf, "black", 77);
		CU_ASSERT_EQUAL(lines, n + 1);
		CU_ASSERT_EQUAL(strncmp(last, YAML ":", 14), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(last, "mode black and 77 s"));
		CU_ASSERT_FALSE(secconf_refresh(sf));
		CU_ASSERT_EQUAL(lines, n + 1);
	}
	memset(large, '#', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	put(large);
	CU_ASSERT_FALSE(secconf_refresh(sf));
	CU_ASSERT_PTR_NOT_NULL(strstr(last, "cannot be read"));
	/* A good one ends it; the same mistake is then told anew. */
	n = lines;
	put("rbac_mode: white\nauth_token_exp_timeout: 78\n");
	CU_ASSERT_TRUE(secconf_refresh(sf));
	holds(sf, "white", 78);
	CU_ASSERT_EQUAL(lines, n);
	put(large);
	CU_ASSERT_FALSE(secconf_refresh(sf));
	CU_ASSERT_EQUAL(lines, n + 1);
	holds(sf, "white", 78);
	secconf_close(&sf);
	/* At a start nothing was read before. */
	put("rbac_mode: grey\n");
	sf = secconf_open(fd);
	holds(sf, "white", 900);
	CU_ASSERT_EQUAL(lines, n + 2);
	secconf_close(&sf);
	stop();
}

/* Not a file: neither followed nor waited for, and well again by itself. */
static void
test_no_file(void)
{
	struct secconf *sf;

	start();
	put("rbac_mode: black\n");
	sf = secconf_open(fd);
	CU_ASSERT_EQUAL(unlinkat(fd, YAML, 0), 0);
	CU_ASSERT_EQUAL(symlinkat("/dev/null", fd, YAML), 0);
	CU_ASSERT_FALSE(secconf_refresh(sf));
	CU_ASSERT_EQUAL(unlinkat(fd, YAML, 0), 0);
	CU_ASSERT_EQUAL(mkdirat(fd, YAML, 0700), 0);
	CU_ASSERT_FALSE(secconf_refresh(sf));
	CU_ASSERT_EQUAL(unlinkat(fd, YAML, AT_REMOVEDIR), 0);
	CU_ASSERT_EQUAL(mkfifoat(fd, YAML, 0600), 0);
	CU_ASSERT_FALSE(secconf_refresh(sf));
	holds(sf, "black", 900);
	CU_ASSERT_EQUAL(lines, 3);
	CU_ASSERT_EQUAL(unlinkat(fd, YAML, 0), 0);
	put("auth_token_exp_timeout: 60\n");
	CU_ASSERT_TRUE(secconf_refresh(sf));
	holds(sf, "white", 60);
	secconf_close(&sf);
	stop();
}

static void
test_stamp(void)
{
	const struct timespec old[2] = { { 1000, 5 }, { 1000, 5 } };
	const struct timespec other[2] = { { 1000, 6 }, { 1000, 6 } };
	struct stamp a, b;

	start();
	stamp_take(fd, YAML, &a);
	stamp_take(fd, YAML, &b);
	CU_ASSERT_FALSE(a.sp_there);
	CU_ASSERT_TRUE(stamp_same(&a, &b));
	put("x");
	stamp_take(fd, YAML, &b);
	CU_ASSERT_FALSE(stamp_same(&a, &b));
	CU_ASSERT_FALSE(stamp_same(&b, &a));
	/* Written this moment: the next look must read it, too. */
	CU_ASSERT_TRUE(b.sp_young);
	CU_ASSERT_FALSE(stamp_same(&b, &b));
	/* As if it had been there for long. */
	a = b;
	a.sp_young = false;
	CU_ASSERT_TRUE(stamp_same(&a, &b));
	b.sp_size++;
	CU_ASSERT_FALSE(stamp_same(&a, &b));
	b = a;
	b.sp_ino++;
	CU_ASSERT_FALSE(stamp_same(&a, &b));
	/* A time of modification that was put back shows all the same. */
	CU_ASSERT_EQUAL(utimensat(fd, YAML, old, 0), 0);
	stamp_take(fd, YAML, &a);
	a.sp_young = false;
	CU_ASSERT_EQUAL(utimensat(fd, YAML, other, 0), 0);
	stamp_take(fd, YAML, &b);
	CU_ASSERT_FALSE(stamp_same(&a, &b));
	b = a;
	b.sp_ctime.tv_nsec++;
	CU_ASSERT_FALSE(stamp_same(&a, &b));
	stop();
}

static const struct unit_case cases[] = {
	{ "defaults", test_defaults },
	{ "the original's text", test_original },
	{ "bad files", test_bad },
	{ "no file", test_no_file },
	{ "stamps", test_stamp },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("secconf", cases));
}
