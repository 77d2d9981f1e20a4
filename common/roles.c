/* SPDX-License-Identifier: ISC */
/*
 * The table of processes. Trust orders them: of two that meet, only the one
 * with more of it may have the other killed; the other exits instead.
 */
#include <sys/types.h>

#include <string.h>

#include "common/roles.h"

const struct role_row roles[ROLE__MAX] = {
	[ROLE_PARENT] = { "parent", "apid", "wazuh-apid", "apid", RU_ROOT,
	    RR_NONE, 100 },
	[ROLE_AUTHZ] = { "authz", "authz", "wazuh-apid_auth", "apid", RU_OWNER,
	    RR_SECURITY, 90 },
	[ROLE_LOGD] = { "logd", "apid", NULL, "apid", RU_OWNER, RR_LOGS, 80 },
	[ROLE_ROUTER] = { "router", "dapi", NULL, "apid", RU_OWN, RR_EMPTY,
	    70 },
	[ROLE_HASH] = { "hash", "authz", NULL, "apid", RU_OWN, RR_EMPTY, 60 },
	[ROLE_WRITE] = { "write", "dapi", "wazuh-apid_exec", "apid", RU_OWNER,
	    RR_TREE, 50 },
	[ROLE_READ] = { "read", "dapi", "wazuh-apid_exec", "apid", RU_OWNER,
	    RR_TREE, 45 },
	[ROLE_EVENTS] = { "events", "dapi", "wazuh-apid_events", "apid", RU_OWN,
	    RR_EMPTY, 40 },
	[ROLE_CLUSTER] = { "cluster", "clusterd", "wazuh-clusterd", "clusterd",
	    RU_OWN, RR_EMPTY, 20 },
	[ROLE_HTTP] = { "http", "apid", NULL, "apid", RU_OWN, RR_EMPTY, 10 },
};

int
roles_find(const char *name)
{
	int i;

	for (i = 0; i < ROLE__MAX; i++)
		if (strcmp(roles[i].rr_name, name) == 0)
			return (i);
	return (-1);
}
