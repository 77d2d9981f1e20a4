/* SPDX-License-Identifier: ISC */
/* GET /manager/status and /manager/info: their bodies to the byte. */
#include <sys/types.h>

#include <string.h>
#include <time.h>

#include "common/daemons.h"
#include "tests/unit/world.h"

static struct daemons_page page;

static enum daemons_pid
ask(void *arg, pid_t pid)
{
	return (pid == 7 ? PID_ALIVE : PID_DEAD);
}

/* A read child as the parent starts it. */
static void
begin(struct world *w)
{
	static const char *const names[] = { "wazuh-authd-7.pid",
		"wazuh-maild-8.pid", "wazuh-db.start" };
	struct daemons_look dl;
	size_t i;

	world_make(w);
	memset(&dl, 0, sizeof(dl));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		daemons_note(&dl, names[i], ask, NULL);
	daemons_publish(&page, &dl, true);
	w->w_proc.pr_daemons = &page;
	w->w_proc.pr_dir = "/an/install/root";
	w->w_proc.pr_uuid = "8d42cd48-4ff1-4dbd-8130-34cd99cbcd47";
}

static struct call *
permitted(uint16_t row)
{
	struct call *c = call_new(row);

	allow(c, "manager:read", "*:*:*", true);
	return (c);
}

static void
is(struct call *c, const char *want)
{
	struct result rs;

	run(c, &rs);
	CU_ASSERT_EQUAL(rs.rs_status, 200);
	CU_ASSERT_STRING_EQUAL((char *)rs.rs_body.b_data, want);
	result_free(&rs);
}

static void
test_status(void)
{
	struct world w;

	begin(&w);
	is(permitted(ROW_MANAGER_STATUS),
	    "{\"data\": {\"affected_items\": [{"
	    "\"wazuh-agentlessd\": \"stopped\", "
	    "\"wazuh-analysisd\": \"running\", "
	    "\"wazuh-authd\": \"running\", "
	    "\"wazuh-csyslogd\": \"stopped\", "
	    "\"wazuh-monitord\": \"stopped\", "
	    "\"wazuh-execd\": \"running\", "
	    "\"wazuh-integratord\": \"stopped\", "
	    "\"wazuh-logcollector\": \"stopped\", "
	    "\"wazuh-maild\": \"failed\", "
	    "\"wazuh-remoted\": \"running\", "
	    "\"wazuh-reportd\": \"stopped\", "
	    "\"wazuh-syscheckd\": \"stopped\", "
	    "\"wazuh-clusterd\": \"stopped\", "
	    "\"wazuh-modulesd\": \"running\", "
	    "\"wazuh-db\": \"starting\", "
	    "\"wazuh-apid\": \"stopped\"}], "
	    "\"total_affected_items\": 1, \"total_failed_items\": 0, "
	    "\"failed_items\": []}, "
	    "\"message\": \"Processes status was successfully read\", "
	    "\"error\": 0}");
	world_end(&w);
}

static void
test_status_unknown(void)
{
	struct result rs;
	struct world w;

	begin(&w);
	daemons_publish(&page, NULL, true);
	run(permitted(ROW_MANAGER_STATUS), &rs);
	CU_ASSERT_EQUAL(rs.rs_status, 500);
	CU_ASSERT_EQUAL(rs.rs_code, 1913);
	result_free(&rs);
	world_end(&w);
}

#define INFO_HEAD                                                            \
	"{\"data\": {\"affected_items\": [{\"path\": \"/an/install/root\", " \
	"\"version\": \"v4.14.9\", \"type\": \"server\", "                   \
	"\"max_agents\": \"unlimited\", \"openssl_support\": \"N/A\", "
#define INFO_TAIL                                                      \
	"}], \"total_affected_items\": 1, \"total_failed_items\": 0, " \
	"\"failed_items\": []}, "                                      \
	"\"message\": \"Basic information was successfully read\", "   \
	"\"error\": 0}"

static void
test_info(void)
{
	struct world w;

	begin(&w);
	setenv("TZ", "UTC0", 1);
	tzset();
	is(permitted(ROW_MANAGER_INFO),
	    INFO_HEAD
	    "\"tz_offset\": \"+0000\", \"tz_name\": \"UTC\", "
	    "\"uuid\": \"8d42cd48-4ff1-4dbd-8130-34cd99cbcd47\"" INFO_TAIL);
	setenv("TZ", "XYZ-5:30", 1);
	tzset();
	w.w_proc.pr_uuid = NULL;
	is(permitted(ROW_MANAGER_INFO),
	    INFO_HEAD "\"tz_offset\": \"+0530\", \"tz_name\": \"XYZ\", "
	              "\"uuid\": null" INFO_TAIL);
	setenv("TZ", "ABC3", 1);
	tzset();
	is(permitted(ROW_MANAGER_INFO),
	    INFO_HEAD "\"tz_offset\": \"-0300\", \"tz_name\": \"ABC\", "
	              "\"uuid\": null" INFO_TAIL);
	unsetenv("TZ");
	tzset();
	world_end(&w);
}

/* Only the right one allows it, and only where nothing denies it. */
static void
test_rights(void)
{
	static const uint16_t which[] = { ROW_MANAGER_STATUS,
		ROW_MANAGER_INFO };
	struct result rs;
	struct world w;
	struct call *c;
	size_t i;

	begin(&w);
	for (i = 0; i < 2; i++) {
		run(call_new(which[i]), &rs);
		CU_ASSERT_EQUAL(rs.rs_status, 403);
		CU_ASSERT_EQUAL(rs.rs_code, 4000);
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)rs.rs_body.b_data,
		    "Permission denied: Resource type: *:*"));
		CU_ASSERT_PTR_NULL(
		    strstr((char *)rs.rs_body.b_data, "affected_items"));
		result_free(&rs);

		c = call_new(which[i]);
		allow(c, "manager:update_config", "*:*:*", true);
		run(c, &rs);
		CU_ASSERT_EQUAL(rs.rs_code, 4000);
		result_free(&rs);

		c = permitted(which[i]);
		allow(c, "manager:read", "*:*:*", false);
		run(c, &rs);
		CU_ASSERT_EQUAL(rs.rs_code, 4000);
		result_free(&rs);

		c = call_new(which[i]);
		c->c_policies.ps_black = true;
		run(c, &rs);
		CU_ASSERT_EQUAL(rs.rs_status, 200);
		result_free(&rs);
	}
	world_end(&w);
}

static const struct unit_case cases[] = {
	{ "status", test_status },
	{ "status unknown", test_status_unknown },
	{ "info", test_info },
	{ "rights", test_rights },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("fw_manager", cases));
}
