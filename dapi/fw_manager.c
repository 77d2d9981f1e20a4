/* SPDX-License-Identifier: ISC */
/*
 * GET /manager/status, GET /manager/info: facts/data/framework.md section 3.
 * Neither reads a file: the states come from the page that the parent keeps,
 * the rest was told at the start.
 */
#include <sys/types.h>

#include <time.h>

#include "common/daemons.h"
#include "common/proc.h"
#include "dapi/env.h"
#include "dapi/fw.h"

static void
manager_text(struct jsonw *j, const char *key, const char *value)
{
	jsonw_key(j, key);
	jsonw_str(j, value);
}

/* May the caller read about the manager? 0, or -1 and the problem. */
static int
manager_allowed(const struct call *c, struct result *rs)
{
	struct rbac_verdict rv;

	if (fw_allowed(c, rs, 0, NULL, 0, &rv) == -1)
		return (-1);
	fw_verdict_free(&rv);
	return (0);
}

int
fw_manager_status(const struct call *c, struct result *rs)
{
	const struct daemons_page *dp = proc_self->pr_daemons;
	struct jsonw *j = &rs->rs_json;
	int d;

	if (manager_allowed(c, rs) == -1)
		return (-1);
	if (!daemons_known(dp)) {
		result_problem(rs, 1913, ERRC_INTERNAL, NULL);
		return (-1);
	}
	result_begin(rs, "Processes status was successfully read", NULL, NULL);
	jsonw_object(j);
	for (d = 0; d < DAEMON__MAX; d++)
		manager_text(j, daemons_name((enum daemon)d),
		    daemons_word(daemons_state(dp, (enum daemon)d)));
	jsonw_object_end(j);
	result_item(rs);
	result_end(rs);
	return (0);
}

/* Offset and name of the local time, as of now. */
static void
manager_zone(struct jsonw *j)
{
	time_t now = time(NULL);
	struct tm tm;
	char offset[16] = "", name[64] = "";

	if (localtime_r(&now, &tm) != NULL) {
		strftime(offset, sizeof(offset), "%z", &tm);
		strftime(name, sizeof(name), "%Z", &tm);
	}
	manager_text(j, "tz_offset", offset);
	manager_text(j, "tz_name", name);
}

int
fw_manager_info(const struct call *c, struct result *rs)
{
	struct jsonw *j = &rs->rs_json;

	if (manager_allowed(c, rs) == -1)
		return (-1);
	result_begin(rs, "Basic information was successfully read", NULL, NULL);
	jsonw_object(j);
	manager_text(j, "path", proc_self->pr_dir);
	manager_text(j, "version", "v" ENV_VERSION);
	manager_text(j, "type", "server");
	/* What the original says since these are no longer chosen at build. */
	manager_text(j, "max_agents", "unlimited");
	manager_text(j, "openssl_support", "N/A");
	manager_zone(j);
	jsonw_key(j, "uuid");
	if (proc_self->pr_uuid != NULL)
		jsonw_str(j, proc_self->pr_uuid);
	else
		jsonw_null(j);
	jsonw_object_end(j);
	result_item(rs);
	result_end(rs);
	return (0);
}
