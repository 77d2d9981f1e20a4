/* SPDX-License-Identifier: ISC */
/* etc/client.keys: reading, finding, rewriting, the file's cache. */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"
#include "dapi/keys.h"
#include "tests/unit/unit.h"

#define K64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char sample[] = "001 web any " K64 "\n"
                             "# a comment\n"
                             "003 !gone 10.0.0.3 " K64 "\n"
                             "\n"
                             "002 db 10.0.0.0/24 " K64 "\r\n"
                             "1000 far any " K64 "\n"
                             "999 near any " K64;

static void
load(struct keys *ks, const char *text)
{
	keys_init(ks);
	CU_ASSERT_EQUAL_FATAL(keys_parse(ks, text, strlen(text)), 0);
}

static void
test_parse(void)
{
	const struct key *k;
	struct keys ks;

	load(&ks, sample);
	CU_ASSERT_EQUAL(ks.ks_n, 5);
	CU_ASSERT_EQUAL(ks.ks_active, 4);
	CU_ASSERT_EQUAL(ks.ks_lines, 6);
	CU_ASSERT_EQUAL(keys_high(&ks), 1000);
	k = keys_find(&ks, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_FALSE(k->k_removed);
	CU_ASSERT_TRUE(keys_same(&ks, k, k->k_name, k->k_namelen, "db"));
	CU_ASSERT_TRUE(keys_same(&ks, k, k->k_ip, k->k_iplen, "10.0.0.0/24"));
	CU_ASSERT_TRUE(keys_same(&ks, k, k->k_key, k->k_keylen, K64));
	CU_ASSERT_FALSE(keys_same(&ks, k, k->k_name, k->k_namelen, "d"));
	k = keys_find(&ks, 3);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_TRUE(k->k_removed);
	CU_ASSERT_TRUE(keys_same(&ks, k, k->k_name, k->k_namelen, "gone"));
	CU_ASSERT_FALSE(keys_active(&ks, 3));
	CU_ASSERT_FALSE(keys_active(&ks, 4));
	CU_ASSERT_TRUE(keys_active(&ks, 0));
	CU_ASSERT_TRUE(keys_active(&ks, 1000));
	CU_ASSERT_PTR_NULL(keys_find(&ks, 0));
	/* In text, 1000 stands between 100 and 999. */
	CU_ASSERT_EQUAL(ks.ks_bytext[0], 1);
	CU_ASSERT_EQUAL(ks.ks_bytext[2], 1000);
	CU_ASSERT_EQUAL(ks.ks_bytext[3], 999);
	keys_free(&ks);
}

static void
test_not_agents(void)
{
	static const char *const bad[] = { "", "1 a any k", "01 a any k",
		"000 a any k", "0012 a any k", "001", "001 ", "001 a",
		"001 a any", "001 a any ", "001 a any k extra", "001  a any k",
		" 001 a any k", "001\ta any k", "001 ! any k", "x01 a any k",
		"1234567890 a any k", "-01 a any k", "#001 a any k" };
	struct keys ks;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		load(&ks, bad[i]);
		CU_ASSERT_EQUAL(ks.ks_n, 0);
		if (ks.ks_n != 0)
			printf("taken: '%s'\n", bad[i]);
		keys_free(&ks);
	}
	/* A NUL inside, which text functions would stop at. */
	keys_init(&ks);
	CU_ASSERT_EQUAL(keys_parse(&ks, "001 a\0b any k\n", 14), 0);
	CU_ASSERT_EQUAL(ks.ks_n, 0);
	keys_free(&ks);
}

static void
test_duplicates(void)
{
	const struct key *k;
	struct keys ks;

	load(&ks, "005 !old any k\n005 new any k\n005 newer any k\n");
	CU_ASSERT_EQUAL(ks.ks_n, 1);
	CU_ASSERT_EQUAL(ks.ks_active, 1);
	k = keys_find(&ks, 5);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_TRUE(keys_same(&ks, k, k->k_name, k->k_namelen, "new"));
	keys_free(&ks);
}

/* Any beginning of the file is read without harm, and never more agents. */
static void
test_bytes(void)
{
	struct keys ks;
	size_t n, last = 0;
	char *copy;

	keys_init(&ks);
	for (n = 0; n <= sizeof(sample) - 1; n++) {
		copy = malloc(n + 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, sample, n);
		CU_ASSERT_EQUAL(keys_parse(&ks, copy, n), 0);
		CU_ASSERT_TRUE(ks.ks_n >= last);
		last = ks.ks_n;
		free(copy);
	}
	CU_ASSERT_EQUAL(last, 5);
	keys_free(&ks);
}

static void
test_ids(void)
{
	char text[KEYS_IDLEN];
	uint32_t id;

	keys_idtext(7, text);
	CU_ASSERT_STRING_EQUAL(text, "007");
	keys_idtext(123456789, text);
	CU_ASSERT_STRING_EQUAL(text, "123456789");
	CU_ASSERT_EQUAL(keys_id("007", &id), 0);
	CU_ASSERT_EQUAL(id, 7);
	CU_ASSERT_EQUAL(keys_id("000", &id), 0);
	CU_ASSERT_EQUAL(id, 0);
	CU_ASSERT_EQUAL(keys_id("1000", &id), 0);
	CU_ASSERT_EQUAL(id, 1000);
	CU_ASSERT_EQUAL(keys_id("7", &id), -1);
	CU_ASSERT_EQUAL(keys_id("0007", &id), -1);
	CU_ASSERT_EQUAL(keys_id("00a", &id), -1);
	CU_ASSERT_EQUAL(keys_id("", &id), -1);
	CU_ASSERT_EQUAL(keys_id("1234567890", &id), -1);
}

static void
text_is(struct buf *b, const char *want)
{
	CU_ASSERT_EQUAL(b->b_len, strlen(want));
	CU_ASSERT_TRUE(
	    b->b_len == strlen(want) && memcmp(b->b_data, want, b->b_len) == 0);
	buf_freezero(b);
}

static void
test_add(void)
{
	struct keys ks;
	struct buf b;

	buf_init(&b, KEYS_MAX);
	load(&ks, "");
	CU_ASSERT_EQUAL(keys_add(&ks, 1, "a", "any", "k", &b), 0);
	text_is(&b, "001 a any k\n");
	keys_free(&ks);
	/* The last line may lack its end. */
	load(&ks, "001 a any k");
	CU_ASSERT_EQUAL(keys_add(&ks, 1001, "b", "any", "k", &b), 0);
	text_is(&b, "001 a any k\n1001 b any k\n");
	buf_init(&b, 8);
	CU_ASSERT_EQUAL(keys_add(&ks, 2, "b", "any", "k", &b), -1);
	/* Nothing that would be another line, field, or a removed agent. */
	buf_init(&b, KEYS_MAX);
	CU_ASSERT_EQUAL(keys_add(&ks, 2, "b\n", "any", "k", &b), -1);
	CU_ASSERT_EQUAL(keys_add(&ks, 2, "b c", "any", "k", &b), -1);
	CU_ASSERT_EQUAL(keys_add(&ks, 2, "!b", "any", "k", &b), -1);
	CU_ASSERT_EQUAL(keys_add(&ks, 2, "", "any", "k", &b), -1);
	CU_ASSERT_EQUAL(keys_add(&ks, 2, "b", "any\r", "k", &b), -1);
	CU_ASSERT_EQUAL(keys_add(&ks, 2, "b", "any", "k\n", &b), -1);
	CU_ASSERT_EQUAL(b.b_len, 0);
	buf_freezero(&b);
	keys_free(&ks);
}

static void
test_remove(void)
{
	static const char text[] = "001 a any k\n# note\n002 b any k\r\n"
	                           "003 !c any k\n004 d any k";
	static const uint32_t ids[] = { 2, 3, 4, 9 };
	struct keys ks, again;
	struct buf b;

	buf_init(&b, KEYS_MAX);
	load(&ks, text);
	CU_ASSERT_EQUAL(keys_remove(&ks, ids, 4, false, &b), 0);
	load(&again, "");
	CU_ASSERT_EQUAL(keys_parse(&again, b.b_data, b.b_len), 0);
	CU_ASSERT_EQUAL(again.ks_active, 1);
	CU_ASSERT_EQUAL(again.ks_n, 4);
	keys_free(&again);
	text_is(&b,
	    "001 a any k\n# note\n002 !b any k\r\n"
	    "003 !c any k\n004 !d any k");
	CU_ASSERT_EQUAL(keys_remove(&ks, ids, 4, true, &b), 0);
	text_is(&b, "001 a any k\n# note\n");
	CU_ASSERT_EQUAL(keys_remove(&ks, ids, 0, true, &b), 0);
	text_is(&b, text);
	keys_free(&ks);
}

/* --- the file ---------------------------------------------------------- */

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	return (remove(path));
}

static int
tree(char *dir, size_t len)
{
	int fd;

	snprintf(dir, len, "/tmp/test_keys.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fd != -1);
	CU_ASSERT_EQUAL(mkdirat(fd, "etc", 0750), 0);
	return (fd);
}

static void
test_file(void)
{
	struct keyfile kf;
	struct stat st;
	struct buf b;
	char dir[32];
	int root;

	root = tree(dir, sizeof(dir));
	keyfile_init(&kf);
	CU_ASSERT_EQUAL(keyfile_refresh(&kf, root), 0);
	CU_ASSERT_EQUAL(kf.kf_keys.ks_n, 0);
	CU_ASSERT_EQUAL(kf.kf_generation, 1);
	buf_init(&b, KEYS_MAX);
	keys_add(&kf.kf_keys, 1, "a", "any", "k", &b);
	CU_ASSERT_EQUAL(keyfile_write(&kf, root, &b), 0);
	CU_ASSERT_EQUAL(kf.kf_keys.ks_n, 1);
	CU_ASSERT_EQUAL(kf.kf_generation, 2);
	CU_ASSERT_EQUAL(fstatat(root, KEYS_PATH, &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	/* The same file is not read again; another of equal size is. */
	CU_ASSERT_EQUAL(keyfile_refresh(&kf, root), 0);
	CU_ASSERT_EQUAL(kf.kf_generation, 2);
	CU_ASSERT_EQUAL(path_write(root, KEYS_PATH, "007 a any k\n", 12, 0640,
	                    (uid_t)-1, (gid_t)-1),
	    0);
	CU_ASSERT_EQUAL(keyfile_refresh(&kf, root), 0);
	CU_ASSERT_EQUAL(kf.kf_generation, 3);
	CU_ASSERT_TRUE(keys_active(&kf.kf_keys, 7));
	CU_ASSERT_FALSE(keys_active(&kf.kf_keys, 1));
	buf_free(&b);
	/* A text that did not fit is not written. */
	buf_init(&b, 4);
	buf_addz(&b, "too long");
	CU_ASSERT_EQUAL(keyfile_write(&kf, root, &b), -1);
	CU_ASSERT_EQUAL(errno, EFBIG);
	buf_free(&b);
	/* Gone: no agents. A link is not followed: an error, and the last
	 * state stays. */
	CU_ASSERT_EQUAL(symlinkat("/etc/passwd", root, "etc/x"), 0);
	CU_ASSERT_EQUAL(renameat(root, "etc/x", root, KEYS_PATH), 0);
	CU_ASSERT_EQUAL(keyfile_refresh(&kf, root), -1);
	CU_ASSERT_TRUE(keys_active(&kf.kf_keys, 7));
	CU_ASSERT_EQUAL(unlinkat(root, KEYS_PATH, 0), 0);
	CU_ASSERT_EQUAL(keyfile_refresh(&kf, root), 0);
	CU_ASSERT_EQUAL(kf.kf_keys.ks_n, 0);
	keyfile_free(&kf);
	close(root);
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const struct unit_case cases[] = { { "parse", test_parse },
	{ "not agents", test_not_agents }, { "duplicates", test_duplicates },
	{ "byte by byte", test_bytes }, { "ids", test_ids },
	{ "add", test_add }, { "remove", test_remove }, { "file", test_file },
	{ NULL, NULL } };

int
main(void)
{
	if (path_open(AT_FDCWD, ".", O_PATH, 0) == -1 && errno == ENOSYS) {
		printf("unit keys: skipped, no openat2 here\n");
		return (77);
	}
	return (unit_run("keys", cases));
}
