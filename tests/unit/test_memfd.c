/* SPDX-License-Identifier: ISC */
/* Tests of common/memfd.c: what is sealed stays, what is not is refused. */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/memfd.h"
#include "tests/unit/unit.h"

static void
test_round(void)
{
	const size_t n = 300000;
	char *data;
	void *p;
	size_t len = 0, i;
	int fd;

	data = malloc(n);
	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	for (i = 0; i < n; i++)
		data[i] = (char)(i % 253);
	fd = memfd_seal("test", data, n);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(memfd_map(fd, n, &p, &len), 0);
	CU_ASSERT_EQUAL(len, n);
	CU_ASSERT_EQUAL(memcmp(p, data, n), 0);
	munmap(p, len);
	close(fd);
	free(data);
}

static void
test_sealed(void)
{
	void *p;
	int fd;

	fd = memfd_seal("test", "hello", 5);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	CU_ASSERT_EQUAL(pwrite(fd, "J", 1, 0), -1);
	CU_ASSERT_EQUAL(errno, EPERM);
	CU_ASSERT_EQUAL(ftruncate(fd, 1), -1);
	CU_ASSERT_EQUAL(ftruncate(fd, 100), -1);
	CU_ASSERT_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
	p = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CU_ASSERT_PTR_EQUAL(p, MAP_FAILED);
	close(fd);
}

static void
refused(int fd, size_t max, int error)
{
	void *p = NULL;
	size_t len = 0;

	errno = 0;
	CU_ASSERT_EQUAL(memfd_map(fd, max, &p, &len), -1);
	CU_ASSERT_EQUAL(errno, error);
	CU_ASSERT_PTR_NULL(p);
	CU_ASSERT_EQUAL(len, 0);
}

static void
test_size(void)
{
	void *p;
	size_t len;
	int fd;

	fd = memfd_seal("test", "hello", 5);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	refused(fd, 4, EFBIG);
	CU_ASSERT_EQUAL_FATAL(memfd_map(fd, 5, &p, &len), 0);
	munmap(p, len);
	close(fd);
	fd = memfd_seal("test", "", 0);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	refused(fd, 100, EFBIG);
	close(fd);
}

/* Every seal that the reader needs is asked for, one left out at a time. */
static void
test_unsealed(void)
{
	static const int seals[] = { 0, F_SEAL_WRITE | F_SEAL_GROW,
		F_SEAL_WRITE | F_SEAL_SHRINK, F_SEAL_GROW | F_SEAL_SHRINK,
		F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK };
	size_t i;
	int fd;

	for (i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
		CU_ASSERT_EQUAL(write(fd, "hello", 5), 5);
		CU_ASSERT_EQUAL(fcntl(fd, F_ADD_SEALS, seals[i]), 0);
		refused(fd, 100, EPERM);
		close(fd);
	}
}

static void
test_other(void)
{
	int fd, p[2];

	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	refused(fd, 100, EPERM);
	close(fd);
	CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
	refused(p[0], 100, EPERM);
	close(p[0]);
	close(p[1]);
	refused(-1, 100, EPERM);
}

static const struct unit_case cases[] = {
	{ "there and back", test_round },
	{ "sealed", test_sealed },
	{ "size", test_size },
	{ "seals missing", test_unsealed },
	{ "not a memfd", test_other },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("memfd", cases));
}
