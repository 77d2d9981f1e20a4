/* SPDX-License-Identifier: ISC */
/* gatehouse status: every process, and whether all is well. */
#include <sys/types.h>

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/buffer.h"
#include "gatehouse/ctl.h"
#include "gatehouse/gatehouse.h"
#include "gatehouse/status.h"

static int
status_show(struct buf *answer, bool json)
{
	struct status *st;
	struct buf out;
	int ret;

	st = malloc(sizeof(*st));
	if (st == NULL)
		err(GATEHOUSE_ERROR, NULL);
	buf_init(&out, CTL_ANSWER);
	if (answer->b_len == 0 ||
	    status_parse(st, (char *)answer->b_data, answer->b_len) == -1) {
		warnx("the server's answer makes no sense");
		ret = GATEHOUSE_ERROR;
	} else {
		if (json)
			status_json(st, &out);
		else
			status_table(st, &out);
		ret = status_all_up(st) ? 0 : GATEHOUSE_ERROR;
		if (out.b_failed ||
		    fwrite(out.b_data, out.b_len, 1, stdout) != 1 ||
		    fflush(stdout) != 0)
			ret = GATEHOUSE_ERROR;
	}
	buf_free(&out);
	free(st);
	return (ret);
}

int
status_main(const char *dir, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct buf answer;
	bool json = false;
	int ch, ret;

	while ((ch = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (ch != 'j')
			return (gatehouse_usage(argv[0]));
		json = true;
	}
	if (optind != argc)
		return (gatehouse_usage(argv[0]));
	buf_init(&answer, CTL_ANSWER);
	ret = ctl_ask(dir, "status", &answer);
	if (ret == 0)
		ret = status_show(&answer, json);
	buf_free(&answer);
	return (ret);
}
