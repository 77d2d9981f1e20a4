/* SPDX-License-Identifier: ISC */
/* What logd takes for a JSON object, json-c in its strict mode reads as one. */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>

#include "apid/logd.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_tokener *tok;
	struct json_object *o;

	if (size > 65536 || !logd_is_object((const char *)data, size))
		return (0);
	tok = json_tokener_new_ex(128);
	if (tok == NULL)
		return (0);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, (const char *)data, (int)size);
	if (o == NULL || !json_object_is_type(o, json_type_object) ||
	    json_tokener_get_parse_end(tok) != size)
		abort();
	json_object_put(o);
	json_tokener_free(tok);
	return (0);
}
