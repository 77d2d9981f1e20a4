/* SPDX-License-Identifier: ISC */
/*
 * The number of this installation: api/configuration/security/installation_uid,
 * which the original makes at its first start and shows in /manager/info. No
 * executor can look below api/, so the parent reads the file, or makes it, and
 * tells the read children by BOOT.
 */
#include <sys/types.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "apid/parent.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/path.h"

#define INSTALLATION_PATH "api/configuration/security/installation_uid"

/* RFC 9562 section 5.4: random, but for version and variant. */
static int
installation_uuid(char out[PARENT_UUID])
{
	uint8_t r[16];

	if (RAND_bytes(r, sizeof(r)) != 1)
		return (-1);
	r[6] = (r[6] & 0x0f) | 0x40;
	r[8] = (r[8] & 0x3f) | 0x80;
	snprintf(out, PARENT_UUID,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10],
	    r[11], r[12], r[13], r[14], r[15]);
	return (0);
}

/* What the file holds, without the line end that an editor leaves. */
static int
installation_read(struct parent *pa, char out[PARENT_UUID])
{
	struct buf b;
	size_t i;
	int r;

	buf_init(&b, PARENT_UUID - 1);
	r = path_read(pa->pa_rootfd, INSTALLATION_PATH, PARENT_UUID - 1, &b);
	if (r == 0) {
		while (b.b_len > 0 && b.b_data[b.b_len - 1] == '\n')
			b.b_len--;
		for (i = 0; i < b.b_len; i++)
			if (!isprint(b.b_data[i])) {
				errno = EILSEQ;
				r = -1;
			}
	}
	if (r == 0) {
		if (b.b_len > 0)
			memcpy(out, b.b_data, b.b_len);
		out[b.b_len] = '\0';
	}
	buf_free(&b);
	return (r);
}

void
installation_load(struct parent *pa)
{
	char *uuid = pa->pa_uuid;

	if (installation_read(pa, uuid) == 0)
		return;
	if (errno == ENOENT) {
		if (installation_uuid(uuid) == 0 &&
		    path_write(pa->pa_rootfd, INSTALLATION_PATH, uuid,
		        strlen(uuid), 0660,
		        pa->pa_isroot ? pa->pa_uid : (uid_t)-1,
		        pa->pa_isroot ? pa->pa_gid : (gid_t)-1) == 0)
			return;
	}
	log_warn("%s: this installation has no number", INSTALLATION_PATH);
	uuid[0] = '\0';
}
