/* SPDX-License-Identifier: ISC */
/* The arguments that listings share, of a request: see query.h. */
#include <sys/types.h>

#include <string.h>
#include <time.h>

#include "common/params.h"
#include "common/query.h"

void
query_args_read(struct query_args *qa, const struct args *as)
{
	memset(qa, 0, sizeof(*qa));
	qa->qa_q = args_str(as, "q", NULL);
	qa->qa_search = args_str(as, "search", NULL);
	qa->qa_sort = args_str(as, "sort", NULL);
	if (args_list(as, "select", &qa->qa_select, &qa->qa_nselect) == -1)
		qa->qa_nselect = 0;
	qa->qa_distinct = args_bool(as, "distinct", false);
	qa->qa_offset = args_int(as, "offset", 0);
	qa->qa_limit = args_int(as, "limit", QUERY_LIMIT);
	qa->qa_older = args_str(as, "older_than", NULL);
	qa->qa_now = (int64_t)time(NULL);
}
