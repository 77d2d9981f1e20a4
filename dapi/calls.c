/* SPDX-License-Identifier: ISC */
/*
 * Rows and functions. A name that a client or a peer sends never gets here:
 * only the number of a row that was found in the table.
 */
#include <sys/types.h>

#include <stddef.h>

#include "common/table.h"
#include "dapi/calls.h"

static const struct {
	uint16_t row;
	fw_fn fn;
} calls[] = {
	{ ROW_ROOT, fw_api_info },
	{ ROW_AGENTS_GET, fw_agents_get },
	{ ROW_AGENTS_POST, fw_agents_add },
	{ ROW_AGENTS_DELETE, fw_agents_delete },
	{ ROW_MANAGER_STATUS, fw_manager_status },
	{ ROW_MANAGER_INFO, fw_manager_info },
	{ ROW_TEST_EVENTS, fw_test_events },
};

fw_fn
calls_find(uint16_t row)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].row == row)
			return (calls[i].fn);
	return (NULL);
}
