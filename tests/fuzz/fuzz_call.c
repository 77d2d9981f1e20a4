/* SPDX-License-Identifier: ISC */
/*
 * The getters of calls, checks, answers and log lines: the first byte chooses
 * one, the rest is the body. What is understood is written again and has to be
 * the same bytes.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/call.h"
#include "common/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Large, and not to be cleared for each input. */
static struct msgw writer;
static struct call call;
static struct check check;

static int
redo_call(struct msg *m)
{
	if (call_get(m, &call) == -1)
		return (-1);
	if (call.c_row == NULL || call.c_row->r_id != call.c_head.ch_row)
		abort();
	call_put(&writer, &call);
	call_free(&call);
	return (0);
}

static int
redo_check(struct msg *m)
{
	if (check_get(m, &check) == -1)
		return (-1);
	if (check.ck_secret != NULL && strlen(check.ck_secret) > CHECK_TOKEN)
		abort();
	check_put(&writer, &check);
	args_free(&check.ck_args);
	return (0);
}

static int
redo_admit(struct msg *m)
{
	struct admit ad;

	if (admit_get(m, &ad) == -1)
		return (-1);
	admit_put(&writer, &ad);
	return (0);
}

static int
redo_deny(struct msg *m)
{
	struct deny dn;

	if (deny_get(m, &dn) == -1)
		return (-1);
	deny_put(&writer, &dn);
	return (0);
}

static int
redo_answer(struct msg *m)
{
	struct answer an;

	if (answer_get(m, &an) == -1)
		return (-1);
	if (answer_put(&writer, &an) == -1)
		abort();
	return (0);
}

static int
redo_logline(struct msg *m)
{
	struct logline ll;

	if (logline_get(m, &ll) == -1)
		return (-1);
	logline_put(&writer, &ll);
	return (0);
}

static int
redo_access(struct msg *m)
{
	struct access ac;

	if (access_get(m, &ac) == -1)
		return (-1);
	access_put(&writer, &ac);
	return (0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const redo[])(struct msg *) = { redo_call, redo_check,
		redo_admit, redo_deny, redo_answer, redo_logline, redo_access };
	struct msg m;

	if (size == 0)
		return (0);
	memset(&m, 0, sizeof(m));
	m.m_data = data + 1;
	m.m_len = size - 1;
	msgw_start(&writer, MSG_NONE);
	if (redo[*data % (sizeof(redo) / sizeof(redo[0]))](&m) == -1)
		return (0);
	if (writer.mw_failed || writer.mw_len != m.m_pos ||
	    memcmp(writer.mw_buf + MSG_HDR, m.m_data, m.m_pos) != 0)
		abort();
	return (0);
}
