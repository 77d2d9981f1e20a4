/* SPDX-License-Identifier: ISC */
/*
 * The matcher with needs, ids and entries from a text: line 1 the mode (b is
 * black) and the need behind it, line 2 the ids parted by commas ("-": none),
 * then entries, + or - and the resource. Nobody gains by one more denial, and
 * nothing is allowed that was not asked for.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/rbac_match.h"

#define IDS 32

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
expand(void *arg, const char *type, const char *value, struct idset *out)
{
	if (strchr(type, ':') == NULL || (value != NULL && *value == '\0'))
		abort();
	if (idset_add(out, "001") == -1 || idset_add(out, "a.xml") == -1)
		return (-1);
	return (value == NULL ? idset_add(out, "002") : 0);
}

static bool
subset(const struct idset *a, const struct idset *b)
{
	size_t i;

	for (i = 0; i < a->is_n; i++)
		if (!idset_has(b, a->is_v[i]))
			return (false);
	return (true);
}

static void
sorted(const struct idset *is)
{
	size_t i;

	for (i = 1; i < is->is_n; i++)
		if (strcmp(is->is_v[i - 1], is->is_v[i]) >= 0)
			abort();
}

static struct policies ps;

static void
run(const struct rbac_need *need, const char *const *ids, size_t n)
{
	struct rbac_verdict one, two;
	size_t i, j;

	if (rbac_match(&ps, need, ids, n, expand, NULL, &one) == -1)
		return;
	sorted(&one.rv_allowed);
	sorted(&one.rv_denied);
	if (one.rv_forbidden && one.rv_allowed.is_n != 0)
		abort();
	if (one.rv_implicit && one.rv_denied.is_n != 0)
		abort();
	/* With named ids in a need that takes them: these or nothing. */
	if (!one.rv_implicit && n > 1 &&
	    strchr(need->rn_resources[0], '{') != NULL)
		for (i = 0; i < one.rv_allowed.is_n; i++) {
			for (j = 0; j < n; j++)
				if (strcmp(one.rv_allowed.is_v[i], ids[j]) == 0)
					break;
			if (j == n)
				abort();
		}
	if (ps.ps_n != 0 && ps.ps_n < POLICY_MAX) {
		ps.ps_v[ps.ps_n] = ps.ps_v[0];
		ps.ps_v[ps.ps_n++].pe_allow = false;
		if (rbac_match(&ps, need, ids, n, expand, NULL, &two) == 0) {
			if (!subset(&two.rv_allowed, &one.rv_allowed))
				abort();
			idset_free(&two.rv_allowed);
			idset_free(&two.rv_denied);
		}
	}
	idset_free(&one.rv_allowed);
	idset_free(&one.rv_denied);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rbac_need need = { { "a:r" }, { NULL } };
	const char *ids[IDS] = { NULL };
	char *text, *rest, *line, *id;
	size_t n = 0;
	bool none;

	text = rest = strndup((const char *)data, len);
	if (text == NULL)
		return (0);
	line = strsep(&rest, "\n");
	ps.ps_n = 0;
	ps.ps_black = line[0] == 'b';
	need.rn_resources[0] = line + (line[0] != '\0');
	line = strsep(&rest, "\n");
	none = line == NULL || strcmp(line, "-") == 0;
	while (!none && n < IDS && (id = strsep(&line, ",")) != NULL)
		ids[n++] = id;
	while ((line = strsep(&rest, "\n")) != NULL && ps.ps_n < POLICY_MAX) {
		if (line[0] == '\0')
			continue;
		ps.ps_v[ps.ps_n].pe_action = "a:r";
		ps.ps_v[ps.ps_n].pe_allow = line[0] == '+';
		ps.ps_v[ps.ps_n++].pe_resource = line + 1;
	}
	run(&need, none ? NULL : ids, n);
	free(text);
	return (0);
}
