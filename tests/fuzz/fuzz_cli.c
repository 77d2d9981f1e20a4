/* SPDX-License-Identifier: ISC */
/*
 * Fuzz the texts that the command line reads: the first byte chooses an answer
 * of the server, log lines (two files, parted by a NUL) or passwords.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "gatehouse/ctl.h"
#include "gatehouse/init.h"
#include "gatehouse/logs.h"
#include "gatehouse/status.h"
#include "gatehouse/users.h"

#define MOST 4194304 /* bytes of a text that is written here */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_answer(const char *text, size_t len)
{
	struct status *st;
	struct buf out;
	const char *why;
	size_t body, n;
	char *copy;

	if (ctl_judge(text, len, &body, &why, &n) == 0 && body > len)
		abort();
	copy = malloc(len + 1);
	st = malloc(sizeof(*st));
	if (copy == NULL || st == NULL)
		abort();
	memcpy(copy, text, len);
	buf_init(&out, MOST);
	if (status_parse(st, copy, len) == 0) {
		status_table(st, &out);
		status_json(st, &out);
	}
	buf_free(&out);
	free(st);
	free(copy);
}

static void
fuzz_logs(const char *text, size_t len)
{
	struct logs_text lt[2];
	struct buf out;
	const char *nul;
	size_t n;

	nul = memchr(text, '\0', len);
	n = nul == NULL ? len : (size_t)(nul - text);
	lt[0].lt_text = text;
	lt[0].lt_len = n;
	lt[1].lt_text = nul == NULL ? "" : nul + 1;
	lt[1].lt_len = nul == NULL ? 0 : len - n - 1;
	buf_init(&out, MOST);
	logs_merge(lt, 2, SIZE_MAX, &out);
	/* Every byte, and at most an end for each last line. */
	n = lt[0].lt_len + lt[1].lt_len;
	if (out.b_len < n || out.b_len > n + 2)
		abort();
	buf_reset(&out);
	logs_merge(lt, 2, 3, &out);
	buf_free(&out);
}

static void
fuzz_passwords(const char *text, size_t len)
{
	struct init_passwords ip;
	char secret[16];
	size_t line;

	if (init_parse_passwords(text, len, &ip, &line) == NULL)
		(void)password_refuse(ip.ip_plain[0]);
	else if (line == 0)
		abort();
	/* One line of the text, if it is one, and nothing else. */
	if (secret_line(text, len, secret, sizeof(secret)) == NULL &&
	    (strlen(secret) > len || len > strlen(secret) + 2 ||
	        memcmp(secret, text, strlen(secret)) != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text;

	if (len == 0)
		return (0);
	text = (const char *)data + 1;
	switch (data[0]) {
	case 's':
		fuzz_answer(text, len - 1);
		break;
	case 'l':
		fuzz_logs(text, len - 1);
		break;
	case 'p':
		fuzz_passwords(text, len - 1);
		break;
	default:
		break;
	}
	return (0);
}
