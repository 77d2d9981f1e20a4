/* SPDX-License-Identifier: ISC */
/*
 * The result of a call: see call.h. Apart from its codec, which the cluster's
 * process has too: that makes no results and has no library of theirs.
 */
#include <sys/types.h>

#include "common/call.h"
#include "common/node.h"
#include "common/result.h"

void
call_result(const struct call_head *ch, struct result *rs)
{
	result_init(rs, ch->ch_form == FORM_PRETTY,
	    ch->ch_flags & CALL_NAMES_NODE ? NODE_NAME : NODE_UNKNOWN);
	if (ch->ch_form == FORM_WIRE)
		result_wire(rs);
	rs->rs_cluster = ch->ch_origin != ORIGIN_HTTP;
}
