/* SPDX-License-Identifier: ISC */
/* GET /: what answers here. */
#include <sys/types.h>

#include <string.h>
#include <time.h>

#include "dapi/env.h"
#include "dapi/fw.h"
#include "dapi/isotime.h"

/* Clients look at these; they are the original's. */
#define API_TITLE    "Wazuh API REST"
#define API_REVISION "alpha0"
#define API_LICENSE  "GPL 2.0"
#define API_LICENSE_URL \
	"https://github.com/wazuh/wazuh/blob/v" ENV_VERSION "/LICENSE"

static void
api_text(struct jsonw *j, const char *key, const char *value)
{
	jsonw_key(j, key);
	jsonw_str(j, value);
}

int
fw_api_info(const struct call *c, struct result *rs)
{
	struct jsonw *j = &rs->rs_json;
	char now[ISOTIME_LEN + 1];

	isotime_utc((int64_t)time(NULL), now);
	memcpy(now + ISOTIME_LEN - 1, "Z", 2);
	result_plain_begin(rs);
	jsonw_object(j);
	api_text(j, "title", API_TITLE);
	api_text(j, "api_version", ENV_VERSION);
	api_text(j, "revision", API_REVISION);
	api_text(j, "license_name", API_LICENSE);
	api_text(j, "license_url", API_LICENSE_URL);
	api_text(j, "hostname", env_get()->ev_host);
	api_text(j, "timestamp", now);
	jsonw_object_end(j);
	result_plain_end(rs);
	return (0);
}
