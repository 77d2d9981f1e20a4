/* SPDX-License-Identifier: ISC */
/* Errors that nodes exchange: see wire.h. Names and keys are the original's. */
#include <sys/types.h>

#include <string.h>

#include "common/buffer.h"
#include "common/jsontree.h"
#include "common/jsonw.h"
#include "common/wire.h"

#define WIRE_TEXT (256UL * 1024 * 1024) /* most bytes of a message */

/* The row of the base class is for those that come; we raise none as it. */
static const struct wire_class wire_classes[] = {
	{ "WazuhError", ERRC_ERROR, true, "Bad Request" },
	{ "WazuhInternalError", ERRC_INTERNAL, false, "Wazuh Internal Error" },
	{ "WazuhClusterError", ERRC_CLUSTER, false, "Wazuh Cluster Error" },
	{ "WazuhResourceNotFound", ERRC_NOTFOUND, true, "Resource Not Found" },
	{ "WazuhPermissionError", ERRC_PERMISSION, true, "Permission Denied" },
	{ "WazuhTooManyRequests", ERRC_TOOMANY, true, "Too Many Requests" },
	{ "WazuhNotAcceptable", ERRC_NOTACCEPTABLE, true, "Not Acceptable" },
	{ "WazuhHAPHelperError", ERRC_HAPROXY, false, "HAProxy Helper Error" },
	{ "WazuhException", ERRC_INTERNAL, false, "WazuhException" },
};

#define WIRE_NCLASS (sizeof(wire_classes) / sizeof(wire_classes[0]))

const struct wire_class *
wire_class_find(const char *name)
{
	size_t i;

	for (i = 0; i < WIRE_NCLASS; i++)
		if (strcmp(wire_classes[i].wc_name, name) == 0)
			return (&wire_classes[i]);
	return (NULL);
}

const struct wire_class *
wire_class_of(enum errclass cls)
{
	size_t i;

	for (i = 0; i < WIRE_NCLASS; i++)
		if (wire_classes[i].wc_class == cls)
			return (&wire_classes[i]);
	return (&wire_classes[1]);
}

/* Is extra all of the text, as it comes from another program? */
static bool
wire_alone(uint16_t code, const char *extra)
{
	struct buf b;
	bool same;

	buf_init(&b, WIRE_TEXT);
	same = errors_text(&b, code, extra) == 0 && b.b_len == strlen(extra) &&
	    memcmp(b.b_data, extra, b.b_len) == 0;
	buf_free(&b);
	return (same);
}

void
wire_error_init(
    struct wire_error *we, uint16_t code, enum errclass cls, const char *extra)
{
	memset(we, 0, sizeof(*we));
	we->we_class = wire_class_of(cls);
	we->we_code = code;
	we->we_type = WIRE_TYPE;
	we->we_title = we->we_class->wc_title;
	we->we_text = extra;
	we->we_alone =
	    extra != NULL && *extra != '\0' && wire_alone(code, extra);
}

static void
wire_text(struct jsonw *j, const char *key, const char *text)
{
	jsonw_key(j, key);
	if (text == NULL)
		jsonw_null(j);
	else
		jsonw_str(j, text);
}

void
wire_error_put(struct jsonw *j, const struct wire_error *we)
{
	jsonw_object(j);
	wire_text(j, "type", we->we_type);
	wire_text(j, "title", we->we_title);
	jsonw_key(j, "code");
	jsonw_uint(j, we->we_code);
	if (we->we_extra != NULL) {
		jsonw_key(j, "extra_message");
		jsontree_put(j, we->we_extra, true);
	} else {
		wire_text(j, "extra_message", we->we_text);
	}
	wire_text(j, "extra_remediation", we->we_remedy);
	jsonw_key(j, "cmd_error");
	jsonw_bool(j, we->we_alone);
	jsonw_key(j, "dapi_errors");
	if (we->we_dapi == NULL)
		jsonw_raw(j, "{}", 2);
	else
		jsontree_put(j, we->we_dapi, true);
	if (we->we_class->wc_ids) {
		jsonw_key(j, "ids");
		if (we->we_ids == NULL)
			jsonw_raw(j, "[]", 2);
		else
			jsontree_put(j, we->we_ids, true);
	}
	jsonw_object_end(j);
}

/* --- texts ------------------------------------------------------------- */

int
wire_error_text(struct buf *out, const struct wire_error *we)
{
	/* Nothing to add is what an empty text means, too. */
	const char *extra =
	    we->we_text != NULL && *we->we_text != '\0' ? we->we_text : NULL;

	if (we->we_alone)
		return (buf_addz(out, extra == NULL ? "" : extra));
	return (errors_text(out, we->we_code, extra));
}

void
wire_error_message(struct jsonw *j, const struct wire_error *we)
{
	struct buf text;

	buf_init(&text, WIRE_TEXT);
	if (wire_error_text(&text, we) == -1)
		j->j_out->b_failed = true;
	jsonw_strn(j, (const char *)text.b_data, text.b_len);
	buf_free(&text);
}

/* Remedy of a code; a code without a row has none, not that of 1000. */
static const char *
wire_remedy(uint16_t code)
{
	const struct errdesc *ed = errors_find(code);

	return (ed->ed_code == code ? ed->ed_remedy : NULL);
}

bool
wire_error_remedied(const struct wire_error *we)
{
	return (wire_remedy(we->we_code) != NULL || we->we_remedy != NULL);
}

void
wire_error_remedy(struct jsonw *j, const struct wire_error *we)
{
	const char *remedy = wire_remedy(we->we_code);
	struct buf text;

	buf_init(&text, WIRE_TEXT);
	if (remedy != NULL)
		buf_addz(&text, remedy);
	if (remedy != NULL && we->we_remedy != NULL)
		buf_addz(&text, ": ");
	if (we->we_remedy != NULL)
		buf_addz(&text, we->we_remedy);
	if (text.b_failed)
		j->j_out->b_failed = true;
	jsonw_strn(j, (const char *)text.b_data, text.b_len);
	buf_free(&text);
}
