/* SPDX-License-Identifier: ISC */
/*
 * The configuration: pairs of a text and what is made of it (tests/unit/conf:
 * FILE-NAME.in with .ok, the warnings and the print, or .err, the one line),
 * the shipped files, and those of a tree.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"
#include "tests/unit/conf_rig.h"

static bool
equal(const struct buf *a, const struct buf *b)
{
	return (a->b_len == b->b_len &&
	    (a->b_len == 0 || memcmp(a->b_data, b->b_data, a->b_len) == 0));
}

static void
show(const char *what, const struct buf *b)
{
	printf("%s: %.*s\n", what, (int)b->b_len, (const char *)b->b_data);
}

/* What is printed is read back to the same print. */
static void
check_again(enum conf_file file, const struct buf *print)
{
	struct buf err, warn, again;
	struct conf *cf;

	buf_init(&err, MOST);
	buf_init(&warn, MOST);
	buf_init(&again, MOST);
	cf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	CU_ASSERT(parse(cf, file, "print", print, &err, &warn) == 0);
	CU_ASSERT(err.b_len == 0);
	conf_print(cf, file, &again);
	CU_ASSERT(equal(print, &again));
	conf_free(&cf);
	buf_free(&again);
	buf_free(&warn);
	buf_free(&err);
}

/* The expected half of a pair: "# WARNING" lines, then the print. */
static void
check_good(const char *base, enum conf_file file, const struct conf *cf,
    const struct buf *warn)
{
	struct buf ok, got, print;
	char path[512];
	size_t i;

	buf_init(&got, MOST);
	buf_init(&print, MOST);
	for (i = 0; i < warn->b_len; i++) {
		if (i == 0 || warn->b_data[i - 1] == '\n')
			buf_addz(&got, "# ");
		buf_addc(&got, (char)warn->b_data[i]);
	}
	conf_print(cf, file, &print);
	buf_add(&got, print.b_data, print.b_len);
	snprintf(path, sizeof(path), "tests/unit/conf/%s.ok", base);
	CU_ASSERT(slurp(path, &ok));
	CU_ASSERT(equal(&ok, &got));
	if (!equal(&ok, &got))
		show(base, &got);
	check_again(file, &print);
	buf_free(&ok);
	buf_free(&print);
	buf_free(&got);
}

static void
check_bad(const char *base, struct buf *err)
{
	struct buf want;
	char path[512];

	/* One line, whatever was in the text. */
	CU_ASSERT(err->b_len > 0);
	CU_ASSERT(
	    err->b_len == 0 || memchr(err->b_data, '\n', err->b_len) == NULL);
	buf_addc(err, '\n');
	snprintf(path, sizeof(path), "tests/unit/conf/%s.err", base);
	CU_ASSERT(slurp(path, &want));
	CU_ASSERT(equal(&want, err));
	if (!equal(&want, err))
		show(base, err);
	buf_free(&want);
}

static void
check_pair(const char *base, enum conf_file file)
{
	struct buf text, err, warn;
	struct conf *cf;
	char path[512];

	buf_init(&err, MOST);
	buf_init(&warn, MOST);
	snprintf(path, sizeof(path), "tests/unit/conf/%s.in", base);
	CU_ASSERT(slurp(path, &text));
	snprintf(path, sizeof(path), "%s.in", base);
	cf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	if (parse(cf, file, path, &text, &err, &warn) == 0) {
		CU_ASSERT(err.b_len == 0);
		check_good(base, file, cf, &warn);
	} else
		check_bad(base, &err);
	conf_free(&cf);
	buf_free(&warn);
	buf_free(&err);
	buf_free(&text);
}

static void
test_pairs(void)
{
	static const char *const files[] = {
		[CONF_API] = "api-",
		[CONF_SECURITY] = "security-",
		[CONF_GATEHOUSE] = "gatehouse-",
	};
	char dir[4096], base[256];
	struct dirent *de;
	unsigned int seen[3] = { 0, 0, 0 };
	size_t len;
	DIR *d;
	int i;

	snprintf(dir, sizeof(dir), "%s/tests/unit/conf", top());
	d = opendir(dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((de = readdir(d)) != NULL) {
		len = strlen(de->d_name);
		if (len < 4 || len > sizeof(base) ||
		    strcmp(de->d_name + len - 3, ".in") != 0)
			continue;
		memcpy(base, de->d_name, len - 3);
		base[len - 3] = '\0';
		for (i = CONF_API; i <= CONF_GATEHOUSE; i++) {
			if (strncmp(base, files[i], strlen(files[i])) != 0)
				continue;
			check_pair(base, (enum conf_file)i);
			seen[i]++;
		}
	}
	closedir(d);
	CU_ASSERT(seen[0] > 50 && seen[1] > 2 && seen[2] > 2);
}

/* Every row has a name and a place, and its section is in one piece. */
static void
test_rows(void)
{
	const char *a, *b;
	size_t i, j, n;

	for (i = 0; i < CONF_NROWS; i++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(conf_rows[i].cr_key);
		CU_ASSERT(strlen(conf_rows[i].cr_key) + 2 < CONF_KEY);
		for (n = 1, a = conf_rows[i].cr_key; *a != '\0'; a++)
			n += *a == '.';
		CU_ASSERT(n <= CONF_DEPTH);
		for (j = 0; j < i; j++) {
			CU_ASSERT(
			    conf_rows[j].cr_file != conf_rows[i].cr_file ||
			    strcmp(conf_rows[j].cr_key, conf_rows[i].cr_key));
			CU_ASSERT(conf_rows[i].cr_type == CONF_T_OLD ||
			    conf_rows[j].cr_type == CONF_T_OLD ||
			    conf_rows[j].cr_off != conf_rows[i].cr_off);
		}
	}
	for (i = 2; i < CONF_NROWS; i++) {
		a = conf_rows[i].cr_key;
		n = strcspn(a, ".");
		if (a[n] != '.' || conf_rows[i].cr_type == CONF_T_OLD)
			continue;
		for (j = 0; j + 1 < i; j++) {
			b = conf_rows[j].cr_key;
			if (conf_rows[j].cr_file != conf_rows[i].cr_file ||
			    conf_rows[j].cr_type == CONF_T_OLD ||
			    strncmp(a, b, n + 1) != 0)
				continue;
			CU_ASSERT(
			    strncmp(a, conf_rows[j + 1].cr_key, n + 1) == 0);
		}
	}
}

static void
test_defaults(void)
{
	struct conf *cf;

	cf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	CU_ASSERT(cf->cf_host.cl_n == 2);
	CU_ASSERT_STRING_EQUAL(cf->cf_host.cl_v[0], "0.0.0.0");
	CU_ASSERT_STRING_EQUAL(cf->cf_host.cl_v[1], "::");
	CU_ASSERT(cf->cf_port == 55000);
	CU_ASSERT(cf->cf_drop_privileges && !cf->cf_experimental);
	CU_ASSERT(cf->cf_max_upload == 10485760);
	CU_ASSERT(cf->cf_request_timeout == 10.0);
	CU_ASSERT(cf->cf_https && !cf->cf_https_use_ca);
	CU_ASSERT_STRING_EQUAL(cf->cf_https_key, "server.key");
	CU_ASSERT_STRING_EQUAL(cf->cf_https_ciphers, "");
	CU_ASSERT_STRING_EQUAL(cf->cf_log_maxsize, "1M");
	CU_ASSERT(cf->cf_cors_expose.cl_n == 1);
	CU_ASSERT_STRING_EQUAL(cf->cf_cors_expose.cl_v[0], "*");
	CU_ASSERT(cf->cf_max_login_attempts == 50);
	CU_ASSERT(cf->cf_up_localfile_exc.cl_n == 0);
	CU_ASSERT(cf->cf_up_vt_quota == 240);
	CU_ASSERT(cf->cf_token_timeout == 900);
	CU_ASSERT_STRING_EQUAL(cf->cf_rbac_mode, "white");
	CU_ASSERT_STRING_EQUAL(cf->cf_store, "wdb");
	CU_ASSERT(cf->cf_user_base == 61000);
	CU_ASSERT(cf->cf_bytes_in_flight == 67108864);
	conf_free(&cf);
	CU_ASSERT_PTR_NULL(cf);
	conf_free(&cf);
}

/* The files that are shipped say the defaults, all of them. */
static void
test_shipped(void)
{
	static const char *const paths[] = {
		[CONF_API] = "conf/api.yaml",
		[CONF_SECURITY] = "conf/security.yaml",
		[CONF_GATEHOUSE] = "conf/gatehouse.yaml",
	};
	struct buf text, err, warn, print, want;
	struct conf *cf, *def;
	const char *key;
	size_t i;
	int file;

	def = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(def);
	for (file = CONF_API; file <= CONF_GATEHOUSE; file++) {
		buf_init(&err, MOST);
		buf_init(&warn, MOST);
		buf_init(&print, MOST);
		buf_init(&want, MOST);
		cf = conf_new();
		CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
		CU_ASSERT(slurp(paths[file], &text));
		CU_ASSERT(parse(cf, (enum conf_file)file, paths[file], &text,
		              &err, &warn) == 0);
		CU_ASSERT(warn.b_len == 0);
		conf_print(cf, (enum conf_file)file, &print);
		conf_print(def, (enum conf_file)file, &want);
		CU_ASSERT(equal(&print, &want));
		/* Not by leaving a key out. */
		buf_addc(&text, '\0');
		for (i = 0; i < CONF_NROWS; i++) {
			if (conf_rows[i].cr_file != (enum conf_file)file ||
			    conf_rows[i].cr_type == CONF_T_OLD)
				continue;
			key = strrchr(conf_rows[i].cr_key, '.');
			key = key != NULL ? key + 1 : conf_rows[i].cr_key;
			CU_ASSERT_PTR_NOT_NULL(
			    strstr((const char *)text.b_data, key));
		}
		conf_free(&cf);
		buf_free(&want);
		buf_free(&print);
		buf_free(&warn);
		buf_free(&err);
		buf_free(&text);
	}
	conf_free(&def);
}

/* Every prefix of a good file ends in a value or in one line. */
static void
test_prefixes(void)
{
	struct buf text, err, warn;
	struct conf *cf;
	size_t len;
	int ret;

	CU_ASSERT(slurp("tests/unit/conf/api-full.in", &text));
	for (len = 0; len <= text.b_len; len++) {
		buf_init(&err, MOST);
		buf_init(&warn, MOST);
		cf = conf_new();
		CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
		ret = conf_parse(cf, CONF_API, "x", (const char *)text.b_data,
		    len, &err, &warn);
		CU_ASSERT((ret == 0) == (err.b_len == 0));
		CU_ASSERT(err.b_len == 0 ||
		    memchr(err.b_data, '\n', err.b_len) == NULL);
		conf_free(&cf);
		buf_free(&warn);
		buf_free(&err);
	}
	buf_free(&text);
}

static void
test_too_long(void)
{
	struct buf text, err, warn;
	struct conf *cf;
	size_t i;

	buf_init(&text, MOST);
	buf_init(&err, MOST);
	buf_init(&warn, MOST);
	for (i = 0; i < 1048576; i++)
		buf_addc(&text, i % 80 == 79 ? '\n' : '#');
	cf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	CU_ASSERT(parse(cf, CONF_API, "x", &text, &err, &warn) == 0);
	buf_addc(&text, '\n');
	CU_ASSERT(parse(cf, CONF_API, "x", &text, &err, &warn) == -1);
	CU_ASSERT(err.b_len > 0);
	conf_free(&cf);
	buf_free(&warn);
	buf_free(&err);
	buf_free(&text);
}

/* --- files of a tree --------------------------------------------------- */

static void
put(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT(fputs(text, f) >= 0);
	CU_ASSERT(fclose(f) == 0);
}

static struct conf *
load(const char *dir, const char *api_path, struct buf *err, struct buf *warn)
{
	struct conf *cf;
	int fd;

	buf_init(err, MOST);
	buf_init(warn, MOST);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_FATAL(fd != -1);
	cf = conf_load(fd, api_path, err, warn);
	close(fd);
	CU_ASSERT((cf != NULL) == (err->b_len == 0));
	return (cf);
}

static void
unload(struct conf **cf, struct buf *err, struct buf *warn)
{
	conf_free(cf);
	buf_free(err);
	buf_free(warn);
}

static void
check_load(const char *dir)
{
	static const char bad[] = "api/configuration/security/security.yaml:2:";
	struct buf err, warn;
	struct conf *cf;
	char path[512];

	/* Nothing there: the defaults. */
	cf = load(dir, NULL, &err, &warn);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	CU_ASSERT(cf->cf_port == 55000);
	unload(&cf, &err, &warn);

	put(dir, "api/configuration/api.yaml", "port: 1\ncache: {time: 1}\n");
	put(dir, "api/configuration/gatehouse.yaml", "store: embedded\n");
	put(dir, "other.yaml", "port: 2\n");
	cf = load(dir, NULL, &err, &warn);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	CU_ASSERT(cf->cf_port == 1);
	CU_ASSERT_STRING_EQUAL(cf->cf_store, "embedded");
	CU_ASSERT(warn.b_len > 0);
	unload(&cf, &err, &warn);

	snprintf(path, sizeof(path), "%s/other.yaml", dir);
	cf = load(dir, path, &err, &warn);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cf);
	CU_ASSERT(cf->cf_port == 2);
	unload(&cf, &err, &warn);
	/* One that was asked for by name must be there. */
	snprintf(path, sizeof(path), "%s/none.yaml", dir);
	cf = load(dir, path, &err, &warn);
	CU_ASSERT_PTR_NULL(cf);
	unload(&cf, &err, &warn);

	put(dir, "api/configuration/security/security.yaml", "\nx: 1\n");
	cf = load(dir, NULL, &err, &warn);
	CU_ASSERT_PTR_NULL(cf);
	CU_ASSERT(err.b_len > sizeof(bad) &&
	    memcmp(err.b_data, bad, sizeof(bad) - 1) == 0);
	unload(&cf, &err, &warn);
}

static void
test_load(void)
{
	static const char *const dirs[] = { "", "api", "api/configuration",
		"api/configuration/security" };
	static const char *const files[] = { "other.yaml",
		"api/configuration/api.yaml",
		"api/configuration/gatehouse.yaml",
		"api/configuration/security/security.yaml" };
	char dir[] = "/tmp/test_conf.XXXXXX", path[512];
	size_t i;
	int fd;

	/* The valgrind of Debian 12 does not know openat2(). */
	fd = path_open(AT_FDCWD, ".", O_PATH, 0);
	if (fd == -1 && errno == ENOSYS) {
		printf("files of a tree: left out, no openat2 here\n");
		return;
	}
	CU_ASSERT_FATAL(fd != -1);
	close(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	for (i = 1; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
		CU_ASSERT(mkdir(path, 0700) == 0);
	}
	check_load(dir);
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		CU_ASSERT(unlink(path) == 0);
	}
	for (i = 4; i-- > 0;) {
		snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
		CU_ASSERT(rmdir(path) == 0);
	}
}

int
main(void)
{
	static const struct unit_case cases[] = {
		{ "rows", test_rows },
		{ "defaults", test_defaults },
		{ "pairs", test_pairs },
		{ "shipped files", test_shipped },
		{ "prefixes", test_prefixes },
		{ "too long", test_too_long },
		{ "load", test_load },
		{ NULL, NULL },
	};

	return (unit_run("conf", cases));
}
