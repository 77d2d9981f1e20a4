/* SPDX-License-Identifier: ISC */
/* The field maps of table agent: see fields_agents.h. */
#include <sys/types.h>

#include "dapi/fields_agents.h"

#define AGENTS_DATE (QF_ALL | QF_DATE | QF_NOT_ZERO)

/* What the two maps share, in the order in which answers have it. */
#define AGENTS_COMMON                                                          \
	{ "id", "id", QT_ID, QF_ALL | QF_REQUIRED | QF_NUMBERED, { NULL } },   \
	    { "name", "name", QT_TEXT, QF_ALL, { NULL } },                     \
	    { "ip", "coalesce(ip, register_ip)", QT_TEXT, QF_ALL | QF_BARE,    \
		    { NULL } },                                                \
	    { "registerIP", "register_ip", QT_TEXT, QF_ALL, { NULL } },        \
	    { "status", "connection_status", QT_TEXT, QF_ALL, { NULL } },      \
	    { "status_code", "status_code", QT_INT, QF_ALL, { NULL } },        \
	    { "version", "version", QT_TEXT, QF_ALL | QF_VERSION, { NULL } },  \
	    { "manager", "manager_host", QT_TEXT, QF_ALL, { NULL } },          \
	    { "node_name", "node_name", QT_TEXT, QF_ALL, { NULL } },           \
	    { "dateAdd", "date_add", QT_DATE, AGENTS_DATE, { NULL } },         \
	    { "lastKeepAlive", "last_keepalive", QT_DATE, AGENTS_DATE,         \
		    { NULL } },                                                \
	    { "disconnection_time", "disconnection_time", QT_DATE_SET, QF_ALL, \
		    { NULL } },                                                \
	    { "group", "`group`", QT_LIST, QF_ALL | QF_MEMBER, { NULL } },     \
	    { "group_config_status", "group_config_status", QT_TEXT, QF_ALL,   \
		    { NULL } },                                                \
	    { "mergedSum", "merged_sum", QT_TEXT, QF_ALL, { NULL } },          \
	    { "configSum", "config_sum", QT_TEXT, QF_ALL, { NULL } },          \
	    { "os.arch", "os_arch", QT_TEXT, QF_ALL, { NULL } },               \
	    { "os.build", "os_build", QT_TEXT, QF_ALL, { NULL } },             \
	    { "os.codename", "os_codename", QT_TEXT, QF_ALL, { NULL } },       \
	    { "os.major", "os_major", QT_TEXT, QF_ALL, { NULL } },             \
	    { "os.minor", "os_minor", QT_TEXT, QF_ALL, { NULL } },             \
	    { "os.name", "os_name", QT_TEXT, QF_ALL, { NULL } },               \
	    { "os.platform", "os_platform", QT_TEXT, QF_ALL, { NULL } },       \
	    { "os.uname", "os_uname", QT_TEXT, QF_ALL, { NULL } },             \
	{                                                                      \
		"os.version", "os_version", QT_TEXT, QF_ALL,                   \
		{                                                              \
			"os.major", "os.minor"                                 \
		}                                                              \
	}

static const struct query_field agents[] = {
	AGENTS_COMMON,
	/* Found by search, and nowhere to be seen. */
	{ "internal_key", "internal_key", QT_TEXT, QF_SEARCH, { NULL } },
};

static const struct query_field agents_groups[] = {
	AGENTS_COMMON,
	{ "internal_key", "internal_key", QT_TEXT, QF_ALL, { NULL } },
	{ "count", NULL, QT_INT, QF_SORT | QF_COUNT, { NULL } },
};

/* Never connected, an agent is as old as its registration. */
#define AGENTS_OLDER                                \
	"(lastKeepAlive>$;status!=never_connected," \
	"dateAdd>$;status=never_connected)"

const struct query_map fields_agents = {
	.qm_dialect = QUERY_DB,
	.qm_fields = agents,
	.qm_n = sizeof(agents) / sizeof(agents[0]),
	.qm_sort = "id",
	.qm_older = AGENTS_OLDER,
};

const struct query_map fields_agents_groups = {
	.qm_dialect = QUERY_DB,
	.qm_fields = agents_groups,
	.qm_n = sizeof(agents_groups) / sizeof(agents_groups[0]),
	.qm_sort = "id",
	.qm_older = AGENTS_OLDER,
};
