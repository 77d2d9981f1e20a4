/* SPDX-License-Identifier: ISC */
/*
 * The codec: a frame from any role to any role, then its values in an order
 * that the input chooses. First two bytes: sender and receiver; the next
 * eight: which getters run.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
get_one(struct msg *m, uint8_t how)
{
	const uint8_t *p;
	const char *s;
	uint64_t v = 0;
	size_t len;

	switch (how % 8) {
	case 0:
		msg_get_u8(m, (uint8_t *)&v);
		break;
	case 1:
		msg_get_u16(m, (uint16_t *)&v);
		break;
	case 2:
		msg_get_u32(m, (uint32_t *)&v);
		break;
	case 3:
		msg_get_u64(m, &v);
		break;
	case 4:
		if (msg_get_blob(m, &p, &len, how * 64U) == 0 &&
		    len > how * 64U)
			abort();
		break;
	case 5:
		if (msg_get_str(m, &s, how * 64U) == 0 && s != NULL &&
		    strlen(s) > how * 64U)
			abort();
		break;
	case 6:
		if (msg_get_strn(m, &s, how) == 0 && strlen(s) > how)
			abort();
		break;
	case 7:
		msg_end(m);
		break;
	}
	if (m->m_pos > m->m_len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *order, *p;
	const char *why;
	struct msg m;
	size_t i, len;

	if (size < 10)
		return (0);
	order = data + 2;
	if (msg_parse(&m, data + 10, size - 10, 0,
	        (enum role)(data[0] % ROLE__MAX),
	        (enum role)(data[1] % ROLE__MAX), &why) == -1)
		return (0);
	for (i = 0; i < 8; i++)
		get_one(&m, order[i]);
	msg_get_rest(&m, &p, &len);
	if (msg_end(&m) != 0)
		abort();
	return (0);
}
