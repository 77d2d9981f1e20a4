/* SPDX-License-Identifier: ISC */
/*
 * The endpoint table of the first rows, written by hand in the very structs
 * that mkendpoints will emit. This file and table.h go away when
 * conf/openapi.yaml generates params[] and rows[].
 */
#include <sys/types.h>

#include "common/params.h"
#include "common/table.h"

enum param_id {
	PARAM_PRETTY,
	PARAM_WAIT,
	PARAM_OFFSET,
	PARAM_LIMIT,
	PARAM_AGENTS_LIST,
	PARAM_AGENTS_LIST_ALL,
	PARAM_STATUS_DELETE,
	PARAM_OLDER_THAN,
	PARAM_RAW,
	PARAM_AGENT_NAME,
	PARAM_AGENT_IP,
	PARAM__MAX
};

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

static const char *const statuses_delete[] = { "all", "active", "pending",
	"never_connected", "disconnected", NULL };

const struct param params[] = {
	[PARAM_PRETTY] = { .p_name = "pretty",
	    .p_in = PIN_QUERY,
	    .p_type = PT_BOOLEAN,
	    .p_flags = PMF_DEFAULT,
	    .p_default = "false" },
	[PARAM_WAIT] = { .p_name = "wait_for_complete",
	    .p_in = PIN_QUERY,
	    .p_type = PT_BOOLEAN,
	    .p_flags = PMF_DEFAULT,
	    .p_default = "false" },
	[PARAM_OFFSET] = { .p_name = "offset",
	    .p_in = PIN_QUERY,
	    .p_type = PT_INTEGER,
	    .p_flags = PMF_DEFAULT | PMF_MIN,
	    .p_min = 0,
	    .p_default = "0" },
	[PARAM_LIMIT] = { .p_name = "limit",
	    .p_in = PIN_QUERY,
	    .p_type = PT_INTEGER,
	    .p_flags = PMF_DEFAULT | PMF_MIN | PMF_MAX,
	    .p_min = 1,
	    .p_max = 100000,
	    .p_default = "500" },
	[PARAM_AGENTS_LIST] = { .p_name = "agents_list",
	    .p_in = PIN_QUERY,
	    .p_type = PT_STRINGS,
	    .p_format = PF_NUMBERS,
	    .p_flags = PMF_MIN,
	    .p_min = 3,
	    .p_format_name = "numbers" },
	[PARAM_AGENTS_LIST_ALL] = { .p_name = "agents_list",
	    .p_in = PIN_QUERY,
	    .p_type = PT_STRINGS,
	    .p_format = PF_NUMBERS_OR_ALL,
	    .p_flags = PMF_REQUIRED | PMF_MIN,
	    .p_min = 3,
	    .p_format_name = "numbers_or_all" },
	[PARAM_STATUS_DELETE] = { .p_name = "status",
	    .p_in = PIN_QUERY,
	    .p_type = PT_STRINGS,
	    .p_flags = PMF_REQUIRED | PMF_LOWER,
	    .p_minitems = 1,
	    .p_enum = statuses_delete },
	[PARAM_OLDER_THAN] = { .p_name = "older_than",
	    .p_in = PIN_QUERY,
	    .p_type = PT_STRING,
	    .p_format = PF_TIMEFRAME,
	    .p_flags = PMF_DEFAULT,
	    .p_default = "7d",
	    .p_format_name = "timeframe" },
	[PARAM_RAW] = { .p_name = "raw",
	    .p_in = PIN_QUERY,
	    .p_type = PT_BOOLEAN },
	/* No most length: a name over 128 bytes is the framework's 1738. */
	[PARAM_AGENT_NAME] = { .p_name = "name",
	    .p_in = PIN_BODY,
	    .p_type = PT_STRING,
	    .p_format = PF_NAMES,
	    .p_flags = PMF_REQUIRED,
	    .p_format_name = "names" },
	[PARAM_AGENT_IP] = { .p_name = "ip",
	    .p_in = PIN_BODY,
	    .p_type = PT_STRING,
	    .p_format = PF_SYMBOLS,
	    .p_format_name = "alphanumeric_symbols" },
};

const size_t nparams = NITEMS(params);

static const uint16_t root_params[] = { PARAM_PRETTY };
static const uint16_t agents_get_params[] = { PARAM_PRETTY, PARAM_WAIT,
	PARAM_AGENTS_LIST, PARAM_OFFSET, PARAM_LIMIT };
static const uint16_t agents_post_params[] = { PARAM_PRETTY, PARAM_WAIT,
	PARAM_AGENT_NAME, PARAM_AGENT_IP };
static const uint16_t agents_delete_params[] = { PARAM_PRETTY, PARAM_WAIT,
	PARAM_AGENTS_LIST_ALL, PARAM_STATUS_DELETE, PARAM_OLDER_THAN };
static const uint16_t login_params[] = { PARAM_RAW };
static const uint16_t users_me_params[] = { PARAM_PRETTY, PARAM_WAIT };

const struct row rows[] = {
	[ROW_ROOT] = { .r_id = ROW_ROOT,
	    .r_method = METHOD_GET,
	    .r_path = "/",
	    .r_call = "gatehouse.default.info",
	    .r_pool = POOL_READ,
	    .r_route = ROUTE_LOCAL,
	    .r_flags = ROWF_PRETTY,
	    .r_params = root_params,
	    .r_nparams = NITEMS(root_params) },
	[ROW_AGENTS_GET] = { .r_id = ROW_AGENTS_GET,
	    .r_method = METHOD_GET,
	    .r_path = "/agents",
	    .r_call = "wazuh.agent.get_agents",
	    .r_pool = POOL_READ,
	    .r_route = ROUTE_MASTER,
	    .r_flags = ROWF_PRETTY | ROWF_WAIT,
	    .r_params = agents_get_params,
	    .r_nparams = NITEMS(agents_get_params),
	    .r_rbac = { { { "agent:read" }, { "agent:id:{agents_list}" } } } },
	[ROW_AGENTS_POST] = { .r_id = ROW_AGENTS_POST,
	    .r_method = METHOD_POST,
	    .r_path = "/agents",
	    .r_call = "wazuh.agent.add_agent",
	    .r_pool = POOL_WRITE,
	    .r_route = ROUTE_MASTER,
	    .r_flags = ROWF_PRETTY | ROWF_WAIT | ROWF_BODY | ROWF_BODY_REQ |
	        ROWF_JSON_BODY | ROWF_BODY_406,
	    .r_params = agents_post_params,
	    .r_nparams = NITEMS(agents_post_params),
	    .r_rbac = { { { "agent:create" }, { "*:*:*" } } } },
	[ROW_AGENTS_DELETE] = { .r_id = ROW_AGENTS_DELETE,
	    .r_method = METHOD_DELETE,
	    .r_path = "/agents",
	    .r_call = "wazuh.agent.delete_agents",
	    .r_pool = POOL_WRITE,
	    .r_route = ROUTE_MASTER,
	    .r_flags = ROWF_PRETTY | ROWF_WAIT,
	    .r_params = agents_delete_params,
	    .r_nparams = NITEMS(agents_delete_params),
	    .r_rbac = { { { "agent:delete" },
	        { "agent:id:{agents_list}" } } } },
	[ROW_AUTHENTICATE_POST] = { .r_id = ROW_AUTHENTICATE_POST,
	    .r_method = METHOD_POST,
	    .r_path = "/security/user/authenticate",
	    .r_call = "gatehouse.security.login",
	    .r_pool = POOL_AUTHZ,
	    .r_route = ROUTE_MASTER,
	    .r_flags = ROWF_BASIC | ROWF_LOGIN,
	    .r_params = login_params,
	    .r_nparams = NITEMS(login_params) },
	[ROW_AUTHENTICATE_GET] = { .r_id = ROW_AUTHENTICATE_GET,
	    .r_method = METHOD_GET,
	    .r_path = "/security/user/authenticate",
	    .r_call = "gatehouse.security.login",
	    .r_pool = POOL_AUTHZ,
	    .r_route = ROUTE_MASTER,
	    .r_flags = ROWF_BASIC | ROWF_LOGIN | ROWF_DEPRECATED,
	    .r_params = login_params,
	    .r_nparams = NITEMS(login_params) },
	[ROW_AUTHENTICATE_DELETE] = { .r_id = ROW_AUTHENTICATE_DELETE,
	    .r_method = METHOD_DELETE,
	    .r_path = "/security/user/authenticate",
	    .r_call = "wazuh.security.revoke_current_user_tokens",
	    .r_pool = POOL_AUTHZ,
	    .r_route = ROUTE_MASTER },
	[ROW_USERS_ME_GET] = { .r_id = ROW_USERS_ME_GET,
	    .r_method = METHOD_GET,
	    .r_path = "/security/users/me",
	    .r_call = "wazuh.security.get_user_me",
	    .r_pool = POOL_AUTHZ,
	    .r_route = ROUTE_MASTER,
	    .r_flags = ROWF_PRETTY | ROWF_WAIT,
	    .r_params = users_me_params,
	    .r_nparams = NITEMS(users_me_params) },
	[ROW_TEST_EVENTS] = { .r_id = ROW_TEST_EVENTS,
	    .r_method = METHOD_OTHER,
	    .r_call = "gatehouse.test.events",
	    .r_pool = POOL_EVENTS,
	    .r_route = ROUTE_LOCAL,
	    .r_flags = ROWF_INTERNAL },
};

const size_t nrows = NITEMS(rows);

_Static_assert(NITEMS(params) == PARAM__MAX, "a parameter has no entry");
_Static_assert(NITEMS(rows) == ROW__MAX, "a row has no entry");
