/* SPDX-License-Identifier: ISC */
/*
 * The internal row of the events pool. It has no path: tests send it to see a
 * call through a process that has no files.
 */
#include <sys/types.h>

#include "dapi/env.h"
#include "dapi/fw.h"

int
fw_test_events(const struct call *c, struct result *rs)
{
	result_plain_begin(rs);
	jsonw_object(&rs->rs_json);
	jsonw_key(&rs->rs_json, "pool");
	jsonw_str(&rs->rs_json, "events");
	jsonw_key(&rs->rs_json, "files");
	jsonw_bool(&rs->rs_json, env_get()->ev_rootfd != -1);
	jsonw_object_end(&rs->rs_json);
	result_plain_end(rs);
	return (0);
}
