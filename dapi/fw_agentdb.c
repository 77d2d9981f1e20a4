/* SPDX-License-Identifier: ISC */
/* Before an agent's database is asked: see fw_agentdb.h. */
#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "dapi/fw.h"
#include "dapi/fw_agentdb.h"
#include "dapi/keys.h"
#include "dapi/store.h"

int
fw_agentdb_none(const char *id, struct result *rs)
{
	char text[160];

	snprintf(text, sizeof(text),
	    "agent %.64s has no database; it may never have been connected",
	    id);
	result_problem(rs, 2007, ERRC_ERROR, text);
	return (-1);
}

static int
fw_agentdb_row(void *arg, const struct store_val *col, size_t n)
{
	*(int64_t *)arg = store_int(&col[0]);
	return (0);
}

int
fw_agentdb(struct store *st, uint32_t agent, struct result *rs)
{
	static const char sql[] = "SELECT count(*) FROM agent WHERE id = ?1";
	const struct store_val v = SV_OF_INT(agent);
	char id[KEYS_IDLEN];
	enum store_rc r;
	int64_t known = 0;

	keys_idtext(agent, id);
	r = store_has(st, SD_AGENT(agent));
	if (r == STORE_NONE)
		return (fw_agentdb_none(id, rs));
	if (r == STORE_OK)
		r = store_run(st, sql, &v, 1, fw_agentdb_row, &known);
	if (r != STORE_OK)
		return (fw_store_failed(rs, r));
	if (known == 0) {
		result_problem(rs, 2003, ERRC_ERROR, "Agent not found");
		return (-1);
	}
	return (0);
}
