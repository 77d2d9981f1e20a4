/* SPDX-License-Identifier: ISC */
/*
 * GET /security/actions and /security/resources. Whoever has a token may ask:
 * the catalogue tells of the product and nothing of this server. (The original
 * asks for security:read_config, but only until somebody who has it has asked.)
 */
#include <sys/types.h>

#include <stdbool.h>
#include <string.h>

#include "authz/authz.h"
#include "authz/catalogue.h"
#include "authz/serve.h"
#include "common/params.h"
#include "common/result.h"

static bool
catalogue_has(const char *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return (true);
	return (false);
}

static void
catalogue_texts(struct jsonw *j, const char *key, const char *const *list)
{
	jsonw_key(j, key);
	jsonw_array(j);
	for (; *list != NULL; list++)
		jsonw_str(j, *list);
	jsonw_array_end(j);
}

static void
catalogue_text(struct jsonw *j, const char *key, const char *text)
{
	jsonw_key(j, key);
	jsonw_str(j, text);
}

static void
catalogue_action(struct jsonw *j, const struct catalogue_action *cn,
    const char *const *operations)
{
	jsonw_key(j, cn->cn_name);
	jsonw_object(j);
	catalogue_text(j, "description", cn->cn_description);
	catalogue_texts(j, "resources", cn->cn_resources);
	jsonw_key(j, "example");
	jsonw_object(j);
	catalogue_texts(j, "actions", cn->cn_actions);
	catalogue_texts(j, "resources", cn->cn_objects);
	catalogue_text(j, "effect", cn->cn_effect);
	jsonw_object_end(j);
	catalogue_texts(j, "related_endpoints", operations);
	jsonw_object_end(j);
}

/* An endpoint that is empty asks for all, as in the original. */
int
serve_actions_get(struct gate *g, const struct caller *ca, struct result *rs)
{
	const char *one[] = { args_str(&g->g_ck.ck_args, "endpoint", ""),
		NULL };
	const struct catalogue_action *cn;
	struct jsonw *j = &rs->rs_json;
	bool all = one[0][0] == '\0';

	if (!all && !catalogue_has(catalogue_operations, one[0])) {
		result_problem(rs, 4020, ERRC_ERROR, NULL);
		return (-1);
	}
	result_plain_begin(rs);
	jsonw_object(j);
	for (cn = catalogue_actions; cn->cn_name != NULL; cn++) {
		if (all)
			catalogue_action(j, cn, cn->cn_operations);
		else if (catalogue_has(cn->cn_operations, one[0]))
			catalogue_action(j, cn, one);
	}
	jsonw_object_end(j);
	result_plain_end(rs);
	return (rs->rs_body.b_failed ? -1 : 0);
}

/* Which types the parameter may name stands in conf/openapi.yaml. */
int
serve_resources_get(struct gate *g, const struct caller *ca, struct result *rs)
{
	const char *one = args_str(&g->g_ck.ck_args, "resource", NULL);
	const struct catalogue_resource *ct;
	struct jsonw *j = &rs->rs_json;

	result_plain_begin(rs);
	jsonw_object(j);
	for (ct = catalogue_resources; ct->ct_name != NULL; ct++) {
		if (one != NULL && strcmp(ct->ct_name, one) != 0)
			continue;
		jsonw_key(j, ct->ct_name);
		jsonw_object(j);
		catalogue_text(j, "description", ct->ct_description);
		jsonw_object_end(j);
	}
	jsonw_object_end(j);
	result_plain_end(rs);
	return (rs->rs_body.b_failed ? -1 : 0);
}
