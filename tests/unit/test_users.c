/* SPDX-License-Identifier: ISC */
/*
 * The users on the command line: what is pure, what the environment gives, and
 * what a death at any step of a factory reset leaves.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "authz/rbac.h"
#include "authz/token_file.h"
#include "common/buffer.h"
#include "common/log.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/users.h"
#include "tests/unit/steps.h"
#include "tests/unit/unit.h"

#define MOST 65536

/* sqlite's own steps. */
int
fdatasync(int fd)
{
	if (steps_wrong())
		return (-1);
	return ((int)syscall(SYS_fdatasync, fd));
}

int
unlink(const char *path)
{
	if (steps_wrong())
		return (-1);
	return ((int)syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int
rename(const char *from, const char *to)
{
	if (steps_wrong())
		return (-1);
	return ((int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

/* Hashes are not what is tested here, and each takes a tenth of a second. */
int
EVP_PBE_scrypt(const char *pass, size_t passlen, const unsigned char *salt,
    size_t saltlen, uint64_t N, uint64_t r, uint64_t p, uint64_t maxmem,
    unsigned char *key, size_t keylen)
{
	memset(key, salt[0], keylen);
	return (1);
}

/* Nor is the time that it waits for a server which is not there. */
int
nanosleep(const struct timespec *want, struct timespec *left)
{
	return (0);
}

int
gatehouse_usage(const char *command)
{
	return (GATEHOUSE_USAGE);
}

int
gatehouse_open(const char *dir)
{
	return (open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static bool
is(struct buf *b, const char *want)
{
	bool same = !b->b_failed && b->b_len == strlen(want) &&
	    memcmp(b->b_data, want, b->b_len) == 0;

	if (!same)
		printf("have: %.*s\nwant: %s\n", (int)b->b_len,
		    (const char *)b->b_data, want);
	buf_free(b);
	return (same);
}

/* --- pure -------------------------------------------------------------------- */

static void
test_line(void)
{
	static const struct {
		const char *text;
		size_t len;
		const char *line; /* NULL: refused */
	} t[] = {
		{ "", 0, "" },
		{ "\n", 1, "" },
		{ "\r\n", 2, "" },
		{ "secret", 6, "secret" },
		{ "secret\n", 7, "secret" },
		{ "secret\r\n", 8, "secret" },
		/* Blanks are part of it. */
		{ " a b \n", 6, " a b " },
		{ "a\rb\n", 4, "a\rb" },
		{ "a\r\r\n", 4, "a\r" },
		{ "a\n\n", 3, NULL },
		{ "a\nb", 3, NULL },
		{ "\na", 2, NULL },
		{ "a\0b\n", 4, NULL },
		{ "a\0\n", 3, NULL },
		/* As much as there is room for. */
		{ "123456789\n", 10, "123456789" },
		{ "1234567890\n", 11, NULL },
	};
	char out[10], *copy;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		/* In a block of its size: who reads on is caught. */
		copy = malloc(t[i].len + 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, t[i].text, t[i].len);
		memset(out, 'x', sizeof(out));
		why = secret_line(copy, t[i].len, out, sizeof(out));
		CU_ASSERT_EQUAL(why == NULL, t[i].line != NULL);
		if (t[i].line != NULL)
			CU_ASSERT_STRING_EQUAL(out, t[i].line);
		free(copy);
	}
}

static void
test_named(void)
{
	char name[80];

	CU_ASSERT_TRUE(users_named("anna"));
	CU_ASSERT_TRUE(users_named("wazuh-wui"));
	CU_ASSERT_TRUE(users_named("a.b_c-1"));
	CU_ASSERT_FALSE(users_named(""));
	CU_ASSERT_FALSE(users_named("ann"));
	CU_ASSERT_FALSE(users_named("anna\n"));
	CU_ASSERT_FALSE(users_named("anna b"));
	CU_ASSERT_FALSE(users_named("anna:b"));
	CU_ASSERT_FALSE(users_named("anna\xff"));
	memset(name, 'a', sizeof(name));
	name[64] = '\0';
	CU_ASSERT_TRUE(users_named(name));
	name[64] = 'a';
	name[65] = '\0';
	CU_ASSERT_FALSE(users_named(name));
}

static void
test_list(void)
{
	char admin[] = "administrator", odd[] = "o\x1b[2J", anna[] = "anna",
	     line[] = "a\nb";
	int64_t one[] = { 1 }, more[] = { 100, 7, 1 };
	struct rbac_role given[] = { { .ro_id = 1, .ro_name = admin },
		{ .ro_id = 100, .ro_name = odd } };
	struct rbac_user users[] = {
		{ .ru_id = 1,
		    .ru_name = anna,
		    .ru_run_as = true,
		    .ru_nroles = 1,
		    .ru_roles = one },
		{ .ru_id = 1000000,
		    .ru_name = line,
		    .ru_nroles = 3,
		    .ru_roles = more },
		{ .ru_id = 1000001, .ru_name = anna },
	};
	struct rbac rb = { .rb_users = users,
		.rb_nusers = 3,
		.rb_roles = given,
		.rb_nroles = 2 };
	struct buf out;

	buf_init(&out, MOST);
	users_table(&rb, &out);
	CU_ASSERT_TRUE(is(&out,
	    "    ID  NAME  RUN_AS  ROLES\n"
	    "     1  anna  yes     administrator\n"
	    "1000000  a\\nb  no      o\\x1b[2J, (7), administrator\n"
	    "1000001  anna  no      -\n"));
	users[1].ru_nroles = 2;
	rb.rb_nusers = 2;
	users_json(&rb, &out);
	CU_ASSERT_TRUE(is(&out,
	    "[\n   {\n      \"id\": 1,\n      \"username\": \"anna\",\n"
	    "      \"allow_run_as\": true,\n      \"roles\": [\n"
	    "         {\n            \"id\": 1,\n"
	    "            \"name\": \"administrator\"\n         }\n      ]\n"
	    "   },\n   {\n      \"id\": 1000000,\n"
	    "      \"username\": \"a\\nb\",\n"
	    "      \"allow_run_as\": false,\n      \"roles\": [\n"
	    "         {\n            \"id\": 100,\n"
	    "            \"name\": \"o\\u001b[2J\"\n         },\n"
	    "         {\n            \"id\": 7,\n"
	    "            \"name\": null\n         }\n      ]\n   }\n]\n"));
	rb.rb_nusers = 0;
	users_json(&rb, &out);
	CU_ASSERT_TRUE(is(&out, "[]\n"));
	users_table(&rb, &out);
	CU_ASSERT_TRUE(is(&out, "    ID  NAME  RUN_AS  ROLES\n"));
	users_code(5009, &out);
	CU_ASSERT_TRUE(is(&out,
	    "Error 5009 - The password is too short or too long "
	    "(Use 8 to 64 characters)"));
}

/* --- the environment ------------------------------------------------------------ */

/* The standard error of what follows is nobody's. */
static int
quiet(int fd)
{
	int was, null;

	fflush(NULL);
	was = dup(fd);
	null = open("/dev/null", O_WRONLY);
	CU_ASSERT(was != -1 && null != -1);
	CU_ASSERT_EQUAL(dup2(null, fd), fd);
	close(null);
	return (was);
}

static void
loud(int fd, int was)
{
	fflush(NULL);
	CU_ASSERT_EQUAL(dup2(was, fd), fd);
	close(was);
}

/* Pairs of a name and a value, up to a NULL. */
static int
reads(const char *const *vars)
{
	static const char *const all[] = { "API_USERNAME", "API_PASSWORD",
		"API_USERNAME_FILE", "API_PASSWORD_FILE",
		"WAZUH_MANAGER_API_PASSWORD", "WAZUH_MANAGER_WUI_PASSWORD",
		"WAZUH_MANAGER_WUI_PASSWORD_FILE" };
	struct users_env *en;
	size_t i;
	int was, ret;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		CU_ASSERT_EQUAL(unsetenv(all[i]), 0);
	for (; vars[0] != NULL; vars += 2)
		CU_ASSERT_EQUAL(setenv(vars[0], vars[1], 1), 0);
	en = users_env_new();
	was = quiet(STDERR_FILENO);
	ret = users_env_read(en);
	loud(STDERR_FILENO, was);
	users_env_free(&en);
	CU_ASSERT_PTR_NULL(en);
	return (ret);
}

#define READS(...) reads((const char *const[]){ __VA_ARGS__, NULL })

static void
test_env(void)
{
	char path[] = "/tmp/gatehouse-users-XXXXXX";
	int fd;

	CU_ASSERT_EQUAL(READS("OTHER", "1"), 0);
	CU_ASSERT_EQUAL(
	    READS("API_USERNAME", "anna", "API_PASSWORD", "Anna.1234"), 1);
	/* It is not to be read there again. */
	CU_ASSERT_STRING_EQUAL(getenv("API_PASSWORD"), "");
	CU_ASSERT_EQUAL(READS("WAZUH_MANAGER_API_PASSWORD", "Anna.1234"), 1);
	CU_ASSERT_EQUAL(READS("WAZUH_MANAGER_WUI_PASSWORD", "Anna.1234"), 1);
	CU_ASSERT_EQUAL(
	    READS("API_USERNAME", "wazuh", "API_PASSWORD", "Anna.1234",
	        "WAZUH_MANAGER_API_PASSWORD", "Anna.1234"),
	    1);
	CU_ASSERT_EQUAL(
	    READS("API_USERNAME", "wazuh", "API_PASSWORD", "Anna.1234",
	        "WAZUH_MANAGER_API_PASSWORD", "Anna.1235"),
	    -1);
	CU_ASSERT_EQUAL(READS("API_USERNAME", "anna"), -1);
	CU_ASSERT_EQUAL(READS("API_PASSWORD", "Anna.1234"), -1);
	/* Set and empty is not the same as not set. */
	CU_ASSERT_EQUAL(READS("API_USERNAME", "anna", "API_PASSWORD", ""), -1);
	CU_ASSERT_EQUAL(
	    READS("API_USERNAME", "", "API_PASSWORD", "Anna.1234"), -1);
	CU_ASSERT_EQUAL(READS("API_USERNAME", "", "API_PASSWORD", ""), -1);
	CU_ASSERT_EQUAL(READS("WAZUH_MANAGER_WUI_PASSWORD", ""), -1);
	CU_ASSERT_EQUAL(
	    READS("API_USERNAME", "anna", "API_PASSWORD", "anna1234"), -1);
	CU_ASSERT_EQUAL(
	    READS("API_USERNAME", "a b c", "API_PASSWORD", "Anna.1234"), -1);

	fd = mkstemp(path);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(write(fd, "Anna.1234\n", 10), 10);
	close(fd);
	CU_ASSERT_EQUAL(READS("WAZUH_MANAGER_WUI_PASSWORD_FILE", path), 1);
	CU_ASSERT_EQUAL(
	    READS("API_USERNAME", "anna", "API_PASSWORD_FILE", path), 1);
	CU_ASSERT_EQUAL(READS("API_USERNAME", "anna", "API_PASSWORD_FILE", path,
	                    "API_PASSWORD", "Anna.1234"),
	    -1);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(READS("WAZUH_MANAGER_WUI_PASSWORD_FILE", path), -1);
}

/* --- a factory reset --------------------------------------------------------------- */

static struct {
	char dir[64];
	char folder[128];
	char db[160];
	int fd;
	int steps; /* of a whole factory reset */
} in;

static void
instance(void)
{
	static const char *const hashes[2] = { "scrypt:1:1:1$a$00",
		"scrypt:2:2:2$b$11" };
	/* etc says whose it is. */
	static const char *const dirs[] = { "etc", "api", "api/configuration",
		USERS_FOLDER };
	enum rbacdb_error err;
	struct rbacdb *db;
	char path[256];
	size_t i;

	snprintf(in.dir, sizeof(in.dir), "/tmp/gatehouse-users-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(in.dir));
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", in.dir, dirs[i]);
		CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
	}
	snprintf(in.folder, sizeof(in.folder), "%s/%s", in.dir, USERS_FOLDER);
	snprintf(in.db, sizeof(in.db), "%s/rbac.db", in.folder);
	in.fd = open(in.folder, O_RDONLY | O_DIRECTORY);
	db = rbacdb_open(in.db, hashes, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	rbacdb_close(&db);
}

static void
away(void)
{
	static const char *const dirs[] = { USERS_FOLDER, "api/configuration",
		"api", "etc" };
	char path[256];
	struct dirent *de;
	size_t i;
	DIR *d;

	close(in.fd);
	d = opendir(in.folder);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((de = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), de->d_name, 0);
	closedir(d);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", in.dir, dirs[i]);
		CU_ASSERT_EQUAL(rmdir(path), 0);
	}
	CU_ASSERT_EQUAL(rmdir(in.dir), 0);
}

static int
reset(bool force)
{
	char verb[] = "factory-reset", option[] = "-f";
	char *argv[] = { verb, force ? option : NULL, NULL };
	struct users us;
	int ret;

	memset(&us, 0, sizeof(us));
	us.us_dir = in.dir;
	us.us_rootfd = us.us_folder = -1;
	optind = 0;
	ret = users_reset(&us, force ? 2 : 1, argv);
	users_close(&us);
	return (ret);
}

static void
reset_alone(void *arg)
{
	int *ret_r = arg, ret;

	(void)quiet(STDOUT_FILENO);
	(void)quiet(STDERR_FILENO);
	ret = reset(true);
	if (ret_r != NULL)
		_exit(ret);
}

/* How many users a file has; 0: it is none. */
static size_t
open_users(void)
{
	enum rbacdb_error err;
	struct rbacdb *db;
	struct rbac *rb = NULL;
	size_t n = 0;

	db = rbacdb_open(in.db, NULL, &err);
	if (db != NULL)
		rb = rbacdb_snapshot(db, &err);
	if (rb != NULL)
		n = rb->rb_nusers;
	rbac_free(&rb);
	rbacdb_close(&db);
	return (n);
}

/* Are the users new ones? The file must be whole in any case. */
static bool
users_new(void)
{
	enum rbacdb_error err;
	struct rbacdb *db;
	struct rbac *rb = NULL;
	bool is_new = false;

	db = rbacdb_open(in.db, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	rb = rbacdb_snapshot(db, &err);
	CU_ASSERT_PTR_NOT_NULL(rb);
	if (rb != NULL) {
		is_new = strcmp(rb->rb_users[0].ru_password,
		             "scrypt:1:1:1$a$00") != 0;
		/* All of it, or nothing. */
		CU_ASSERT_EQUAL(rb->rb_nusers, 2);
		CU_ASSERT_EQUAL(strcmp(rb->rb_users[1].ru_password,
		                    "scrypt:2:2:2$b$11") != 0,
		    is_new);
		CU_ASSERT(rb->rb_npolicies > 5);
		CU_ASSERT_EQUAL(rb->rb_nroles, 7);
	}
	rbac_free(&rb);
	rbacdb_close(&db);
	return (is_new);
}

/* What is left; the keys as the server's next start takes them. */
static void
judge(const struct token_key *old, bool *users_r, bool *keys_r)
{
	struct token_key *key;

	*users_r = users_new();
	key = token_file_load(in.fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	*keys_r = !token_key_same(key, old);
	token_key_free(&key);
	/* Never old tokens for new users. */
	CU_ASSERT(*keys_r || !*users_r);
}

/* Death before each step. */
static void
test_death(void)
{
	struct token_key *old;
	bool died, users, keys, before = false, between = false, after = false;
	int at;

	for (at = 1, died = true; died; at++) {
		instance();
		old = token_file_load(in.fd);
		CU_ASSERT_PTR_NOT_NULL_FATAL(old);
		died = steps_die(at, reset_alone, NULL);
		judge(old, &users, &keys);
		before = before || !keys;
		between = between || (keys && !users);
		after = after || (users && died);
		CU_ASSERT(died || users);
		token_key_free(&old);
		away();
		CU_ASSERT_FATAL(at < 100);
	}
	/* The steps were there. */
	CU_ASSERT(before && between && after);
	CU_ASSERT(at > 8);
	in.steps = at - 2;
}

/* Each step fails once: what is said is what is so. */
static void
test_failure(void)
{
	struct token_key *old;
	int at, status, failed = 0;
	bool users, keys;
	pid_t pid;

	for (at = 1; at <= in.steps; at++) {
		instance();
		old = token_file_load(in.fd);
		CU_ASSERT_PTR_NOT_NULL_FATAL(old);
		fflush(NULL);
		pid = fork();
		if (pid == 0) {
			steps_set(at, ENOSPC);
			reset_alone(&status);
		}
		CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT_TRUE(WIFEXITED(status));
		judge(old, &users, &keys);
		CU_ASSERT_EQUAL(WEXITSTATUS(status) == 0, users);
		failed += !users;
		token_key_free(&old);
		away();
	}
	CU_ASSERT(failed > 3);
}

/* A file that no transaction can mend, and none at all. */
static void
test_instead(void)
{
	int was, fd;

	instance();
	fd = open(in.db, O_WRONLY | O_TRUNC);
	CU_ASSERT_EQUAL(write(fd, "no database, no database", 24), 24);
	close(fd);
	was = quiet(STDOUT_FILENO);
	CU_ASSERT_EQUAL(reset(true), 0);
	loud(STDOUT_FILENO, was);
	CU_ASSERT_EQUAL(open_users(), 2);
	CU_ASSERT_EQUAL(unlink(in.db), 0);
	was = quiet(STDOUT_FILENO);
	CU_ASSERT_EQUAL(reset(true), 0);
	loud(STDOUT_FILENO, was);
	CU_ASSERT_EQUAL(open_users(), 2);
	away();
}

static const struct unit_case cases[] = {
	{ "a line", test_line },
	{ "names", test_named },
	{ "the list", test_list },
	{ "the environment", test_env },
	{ "death in a factory reset", test_death },
	{ "failure in a factory reset", test_failure },
	{ "another file", test_instead },
	{ NULL, NULL },
};

int
main(void)
{
	log_init("test", LOGL_DISABLED);
	return (unit_run("users", cases));
}
