/* SPDX-License-Identifier: ISC */
/*
 * The parent's own log lines: to the standard error in the foreground, and to
 * logd. Lines from before logd is up, or while it is being replaced, are kept,
 * as many as a start that fails needs to be understood.
 */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apid/parent.h"
#include "common/check.h"
#include "common/log.h"
#include "common/proc.h"

static bool
parentlog_send(struct child *logd, const struct logline *ll)
{
	struct msgw mw;

	msgw_start(&mw, MSG_LOG);
	logline_put(&mw, ll);
	return (peer_send(&logd->ch_peer, &mw, NULL) == 0);
}

static void
parentlog_keep(struct parent *pa, const struct logline *ll)
{
	struct parent_line *pl;

	if (pa->pa_nlines == PARENT_LINES)
		return;
	pl = &pa->pa_line[pa->pa_nlines];
	pl->pl_text = strdup(ll->ll_text);
	if (pl->pl_text == NULL)
		return;
	pl->pl_time = ll->ll_time;
	pl->pl_level = ll->ll_level;
	pa->pa_nlines++;
}

void
parentlog_flush(struct parent *pa)
{
	struct child *logd = parent_child(ROLE_LOGD, 0);
	struct logline ll;
	size_t i;

	for (i = 0; i < pa->pa_nlines; i++) {
		ll.ll_time = pa->pa_line[i].pl_time;
		ll.ll_level = pa->pa_line[i].pl_level;
		ll.ll_request = 0;
		ll.ll_text = pa->pa_line[i].pl_text;
		if (logd != NULL && logd->ch_state == CHILD_UP)
			(void)parentlog_send(logd, &ll);
		free(pa->pa_line[i].pl_text);
	}
	pa->pa_nlines = 0;
}

/* The sink: see log_sink(). */
void
parentlog_line(enum loglevel level, const char *text, void *arg)
{
	struct parent *pa = arg;
	struct child *logd = parent_child(ROLE_LOGD, 0);
	struct logline ll;
	struct timespec ts;

	if (pa->pa_foreground)
		dprintf(STDERR_FILENO, "gatehouse: %s: %s\n",
		    log_level_name(level), text);
	clock_gettime(CLOCK_REALTIME, &ts);
	ll.ll_time = (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
	ll.ll_level = (uint8_t)level;
	ll.ll_request = 0;
	ll.ll_text = text;
	if (logd == NULL || logd->ch_state != CHILD_UP ||
	    !parentlog_send(logd, &ll))
		parentlog_keep(pa, &ll);
}
