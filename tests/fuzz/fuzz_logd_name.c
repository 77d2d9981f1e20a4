/* SPDX-License-Identifier: ISC */
/*
 * Names that lie in the directory of logs. What is taken for a part has this
 * name and no other, and none of its archives leaves the directory.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apid/logd_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[LOGD_PATH], *path;
	struct logd_part lp;

	path = malloc(size + 1);
	if (path == NULL)
		return (0);
	memcpy(path, data, size);
	path[size] = '\0';
	(void)logd_size(path);
	if (logd_part_parse(path, &lp) == 0) {
		logd_part_name(&lp, name);
		if (strcmp(name, path) != 0)
			abort();
		logd_archive(&lp, 999999999, name);
		if (strlen(name) < 4 ||
		    strcmp(name + strlen(name) - 3, ".gz") != 0)
			abort();
		logd_archive_temp(&lp, name);
		if (strlen(name) < 4 ||
		    strcmp(name + strlen(name) - 3, ".gz") != 0)
			abort();
	}
	free(path);
	return (0);
}
