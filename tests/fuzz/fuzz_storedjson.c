/* SPDX-License-Identifier: ISC */
/* Stored JSON: visits are balanced, within the room, or there are none. */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "authz/storedjson.h"

#define ROOM 5

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct seen {
	int se_visits;
	int se_open;
};

static void
visit(void *arg, const struct stored *sd)
{
	struct seen *se = arg;

	se->se_visits++;
	switch (sd->sd_event) {
	case STORED_OBJECT:
	case STORED_ARRAY:
		se->se_open++;
		break;
	case STORED_OBJECT_END:
	case STORED_ARRAY_END:
		se->se_open--;
		break;
	case STORED_KEY:
		if (se->se_open == 0 || strlen(sd->sd_text) != sd->sd_len)
			abort();
		break;
	case STORED_STRING:
		if (sd->sd_len != 0 && sd->sd_text == NULL)
			abort();
		break;
	case STORED_LITERAL:
		if (sd->sd_len == 0)
			abort();
		break;
	case STORED_DOUBLE:
		break;
	}
	if (se->se_open < 0 || se->se_open > ROOM)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seen se = { 0, 0 };
	char *text;
	int ret;

	text = strndup((const char *)data, len);
	if (text == NULL)
		return (0);
	ret = storedjson_walk(text, ROOM, visit, &se);
	if ((ret == 0) != (se.se_visits != 0) || se.se_open != 0)
		abort();
	free(text);
	return (0);
}
