/* SPDX-License-Identifier: ISC */
/*
 * Fuzz the configuration: the first byte chooses the file (or a message), the
 * rest is its text. What is accepted must print to something that reads back
 * to the same print; what is refused must say so in one line.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/conf.h"
#include "common/msg.h"

#define MOST 4194304 /* bytes of a text that is written here */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_print(struct conf *cf, enum conf_file file)
{
	struct buf first, second, err, warn;
	struct conf *again;

	buf_init(&first, MOST);
	buf_init(&second, MOST);
	buf_init(&err, MOST);
	buf_init(&warn, MOST);
	conf_print(cf, file, &first);
	again = conf_new();
	if (again == NULL ||
	    conf_parse(again, file, "print", (const char *)first.b_data,
	        first.b_len, &err, &warn) == -1)
		abort();
	conf_print(again, file, &second);
	if (first.b_len != second.b_len ||
	    memcmp(first.b_data, second.b_data, first.b_len) != 0)
		abort();
	conf_free(&again);
	buf_free(&warn);
	buf_free(&err);
	buf_free(&second);
	buf_free(&first);
}

static void
fuzz_text(enum conf_file file, const char *text, size_t len)
{
	struct buf err, warn;
	struct conf *cf;

	buf_init(&err, MOST);
	buf_init(&warn, MOST);
	cf = conf_new();
	if (cf == NULL)
		abort();
	if (conf_parse(cf, file, "fuzz", text, len, &err, &warn) == 0)
		fuzz_print(cf, file);
	else if (err.b_len == 0 || memchr(err.b_data, '\n', err.b_len) != NULL)
		abort();
	conf_free(&cf);
	buf_free(&warn);
	buf_free(&err);
}

static void
fuzz_message(const uint8_t *data, size_t len)
{
	struct conf *cf;
	struct msg m;

	memset(&m, 0, sizeof(m));
	m.m_data = data;
	m.m_len = len;
	cf = conf_new();
	if (cf == NULL)
		abort();
	if (conf_get(&m, cf) == 0) {
		fuzz_print(cf, CONF_API);
		fuzz_print(cf, CONF_SECURITY);
		fuzz_print(cf, CONF_GATEHOUSE);
	}
	conf_free(&cf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0)
		return (0);
	switch (data[0]) {
	case 'a':
		fuzz_text(CONF_API, (const char *)data + 1, len - 1);
		break;
	case 's':
		fuzz_text(CONF_SECURITY, (const char *)data + 1, len - 1);
		break;
	case 'g':
		fuzz_text(CONF_GATEHOUSE, (const char *)data + 1, len - 1);
		break;
	case 'm':
		fuzz_message(data + 1, len - 1);
		break;
	default:
		break;
	}
	return (0);
}
