/* SPDX-License-Identifier: ISC */
/*
 * What the tests of the store share: a temporary tree, opening its store in
 * either role, rows as text, files of SQL from outside.
 */
#ifndef TESTS_STORE_RIG_H
#define TESTS_STORE_RIG_H

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/log.h"
#include "common/path.h"
#include "dapi/store.h"
#include "tests/unit/unit.h"

/* Not every test uses all of it. */
#define RIG __attribute__((unused))

#define SECOND 1000000000ULL

/* --- a tree ------------------------------------------------------------ */

struct tree {
	char t_dir[32];
	int t_fd;
};

static RIG int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	return (remove(path));
}

static RIG void
tree_make(struct tree *t)
{
	snprintf(t->t_dir, sizeof(t->t_dir), "/tmp/test_store.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(t->t_dir));
	t->t_fd = open(t->t_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(t->t_fd != -1);
}

static RIG void
tree_end(struct tree *t)
{
	close(t->t_fd);
	nftw(t->t_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Permissions of a file; 0: there is none. */
static RIG mode_t
tree_mode(const struct tree *t, const char *path)
{
	struct stat st;

	if (fstatat(t->t_fd, path, &st, 0) == -1)
		return (0);
	return (st.st_mode & 07777);
}

static RIG struct store *
writer(const struct tree *t)
{
	char why[STORE_WHY] = "";
	struct store *st;

	st = store_open("embedded", t->t_fd, true, why);
	if (st == NULL)
		printf("writer: %s\n", why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(st);
	return (st);
}

static RIG struct store *
reader(const struct tree *t)
{
	char why[STORE_WHY];
	struct store *st;

	st = store_open("embedded", t->t_fd, false, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(st);
	return (st);
}

/*
 * SQL straight into a file of the tree, as another program would do it; after
 * a store was opened, which says where the tree is. Anything but SQLITE_OK is
 * an error.
 */
static RIG int
raw(const struct tree *t, const char *path, const char *sql)
{
	char name[64], *err = NULL;
	sqlite3 *db;
	int rc;

	snprintf(name, sizeof(name), "/%s", path);
	rc = sqlite3_open_v2(name, &db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix");
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, sql, NULL, NULL, &err);
	if (err != NULL)
		printf("%s: %s\n", path, err);
	sqlite3_free(err);
	sqlite3_close(db);
	return (rc);
}

/* --- statements -------------------------------------------------------- */

static RIG int
text_row(void *arg, const struct store_val *col, size_t n)
{
	struct buf *b = arg;
	size_t i;

	for (i = 0; i < n; i++) {
		if (b->b_len > 0)
			buf_addc(b, i == 0 ? ';' : '|');
		switch (col[i].sv_type) {
		case SV_NULL:
			buf_addz(b, "NULL");
			break;
		case SV_INT:
			buf_addf(b, "%" PRId64, col[i].sv_int);
			break;
		case SV_REAL:
			buf_addf(b, "%g", col[i].sv_real);
			break;
		default:
			buf_add(b, col[i].sv_text, col[i].sv_len);
		}
	}
	return (0);
}

/* Rows as text: columns parted by '|', rows by ';'. */
static RIG void
query_in(struct store *st, struct store_db db, const char *sql,
    const struct store_val *v, size_t n, const char *want)
{
	struct buf b;

	buf_init(&b, 65536);
	CU_ASSERT_EQUAL(
	    store_run_in(st, db, sql, v, n, text_row, &b), STORE_OK);
	buf_addc(&b, '\0');
	CU_ASSERT_STRING_EQUAL(b.b_data, want);
	if (strcmp((const char *)b.b_data, want) != 0)
		printf("got  %s\nwant %s\n", b.b_data, want);
	buf_free(&b);
}

static RIG void
query(struct store *st, const char *sql, const struct store_val *v, size_t n,
    const char *want)
{
	query_in(st, SD_GLOBAL, sql, v, n, want);
}

static RIG void
exec(struct store *st, struct store_db db, const char *sql)
{
	CU_ASSERT_EQUAL(
	    store_run_in(st, db, sql, NULL, 0, NULL, NULL), STORE_OK);
}

static RIG int
int_row(void *arg, const struct store_val *col, size_t n)
{
	*(int64_t *)arg = store_int(&col[0]);
	return (0);
}

/* One number; below 0 the failure. */
static RIG int64_t
number(struct store *st, struct store_db db, const char *sql)
{
	int64_t n = -100;
	enum store_rc rc;

	rc = store_run_in(st, db, sql, NULL, 0, int_row, &n);
	return (rc == STORE_OK ? n : -(int64_t)rc);
}

static RIG int64_t
agents(struct store *st)
{
	return (number(st, SD_GLOBAL, "SELECT count(*) FROM agent"));
}

static RIG enum store_rc
insert(struct store *st, int64_t id)
{
	struct store_val v[] = { SV_OF_INT(id), SV_OF_TEXT("x") };

	return (store_run(st,
	    "INSERT INTO agent (id, name, date_add) VALUES (?1, ?2, 0)", v, 2,
	    NULL, NULL));
}

/* --- files from outside ------------------------------------------------ */

/*
 * A file of the recorded manager, NUL-ended; FIXTURE names its folder. -1 when
 * it is not there.
 */
static RIG int
fixture(const char *name, struct buf *out)
{
	const char *top = getenv("FIXTURE"), *src = getenv("srcdir");
	char path[4096];
	FILE *f;
	int c;

	if (top != NULL)
		snprintf(path, sizeof(path), "%s/%s", top, name);
	else
		snprintf(path, sizeof(path), "%s/../shared/fixture/%s",
		    src == NULL ? "." : src, name);
	f = fopen(path, "r");
	if (f == NULL)
		return (-1);
	buf_init(out, 1 << 22);
	while ((c = getc(f)) != EOF)
		buf_addc(out, (char)c);
	fclose(f);
	return (buf_addc(out, '\0'));
}

/* main() of such a test. */
static RIG int
store_main(const char *name, const struct unit_case *cases)
{
	if (path_open(AT_FDCWD, ".", O_PATH, 0) == -1 && errno == ENOSYS) {
		printf("unit %s: skipped, no openat2 here\n", name);
		return (77);
	}
	log_setlevel(LOGL_DISABLED);
	return (unit_run(name, cases));
}

#endif
