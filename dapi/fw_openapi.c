/* SPDX-License-Identifier: ISC */
/* GET /openapi.json: the description of the interface, as it stands. */
#include <sys/types.h>

#include "dapi/fw.h"
#include "dapi/openapi_json.h"

int
fw_openapi_get(const struct call *c, struct result *rs)
{
	jsonw_raw(&rs->rs_json, openapi_json, openapi_json_len);
	return (0);
}
