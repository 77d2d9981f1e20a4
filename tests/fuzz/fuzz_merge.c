/* SPDX-License-Identifier: ISC */
/*
 * Answers of hostile nodes. The input, cut at zero bytes, is the parts of a
 * result: whatever comes of them is JSON in each form, and that for nodes is
 * read back and written again to the byte, unless it has grown too deep.
 */
#include <sys/types.h>

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/result.h"
#include "dapi/merge.h"

#define PARTS 4

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Merge into rs; is it a result? Whatever it is has to be JSON. */
static bool
one(struct result *rs, int form, const struct merge_text v[], size_t n)
{
	struct json_tokener *tok;
	struct json_object *o;
	const char *why;
	bool good;

	result_init(rs, form == 1, "node01");
	if (form == 2)
		result_wire(rs);
	good = merge_results(rs, v, n, &why) == 0;
	if (rs->rs_body.b_failed || rs->rs_body.b_len == 0)
		abort();
	tok = json_tokener_new_ex(JSONW_DEPTH + 1);
	if (tok == NULL)
		abort();
	o = json_tokener_parse_ex(
	    tok, (char *)rs->rs_body.b_data, (int)rs->rs_body.b_len);
	if (json_tokener_get_error(tok) != json_tokener_success ||
	    !json_object_is_type(o, json_type_object))
		abort();
	json_object_put(o);
	json_tokener_free(tok);
	return (good);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct merge_text v[PARTS], again;
	struct result rs, twice;
	const uint8_t *end;
	size_t n, len;
	int form;

	for (n = 0; n < PARTS; n++) {
		end = memchr(data, '\0', size);
		len = end == NULL ? size : (size_t)(end - data);
		v[n].mt_text = (const char *)data;
		v[n].mt_len = len;
		if (end == NULL) {
			n++;
			break;
		}
		data += len + 1;
		size -= len + 1;
	}
	for (form = 0; form < 2; form++) {
		one(&rs, form, v, n);
		result_free(&rs);
	}
	if (one(&rs, 2, v, n)) {
		again.mt_text = (char *)rs.rs_body.b_data;
		again.mt_len = rs.rs_body.b_len;
		if (one(&twice, 2, &again, 1) &&
		    (twice.rs_body.b_len != rs.rs_body.b_len ||
		        memcmp(twice.rs_body.b_data, rs.rs_body.b_data,
		            rs.rs_body.b_len) != 0))
			abort();
		result_free(&twice);
	}
	result_free(&rs);
	return (0);
}
