/* SPDX-License-Identifier: ISC */
/* Reading the claims of a token whose signature has held: token_key.h. */
#include <sys/types.h>

#include <json-c/json.h>
#include <string.h>

#include "authz/token_key.h"

#define CLAIMS_DEPTH 4 /* of nested JSON */
#define TIME_MAX     253402300799LL /* end of the year 9999, seconds */

/* The claim of that name if it has that type, else NULL. */
static struct json_object *
token_claim(struct json_object *top, const char *name, enum json_type type)
{
	struct json_object *o;

	if (!json_object_object_get_ex(top, name, &o) ||
	    json_object_get_type(o) != type)
		return (NULL);
	return (o);
}

/* A string of at most size - 1 bytes without a NUL inside. 0 or -1. */
static int
token_claim_str(
    struct json_object *top, const char *name, char *out, size_t size)
{
	struct json_object *o = token_claim(top, name, json_type_string);
	size_t len;

	if (o == NULL)
		return (-1);
	len = (size_t)json_object_get_string_len(o);
	if (len >= size || strlen(json_object_get_string(o)) != len)
		return (-1);
	memcpy(out, json_object_get_string(o), len + 1);
	return (0);
}

static int
token_claim_int(struct json_object *o, int64_t max, int64_t *n_r)
{
	if (o == NULL || json_object_get_type(o) != json_type_int)
		return (-1);
	*n_r = json_object_get_int64(o);
	return (*n_r < 0 || *n_r > max ? -1 : 0);
}

static int
token_claim_roles(struct json_object *top, struct token_claims *out)
{
	struct json_object *o;
	size_t i, n;

	o = token_claim(top, "rbac_roles", json_type_array);
	if (o == NULL)
		return (-1);
	n = json_object_array_length(o);
	if (n > TOKEN_ROLES)
		return (-1);
	for (i = 0; i < n; i++)
		if (token_claim_int(json_object_array_get_idx(o, i), INT64_MAX,
		        &out->tc_roles[i]) == -1)
			return (-1);
	out->tc_nroles = n;
	return (0);
}

static int
token_claims_get(struct json_object *top, struct token_claims *out)
{
	struct json_object *o;
	char aud[64];

	if (token_claim_str(top, "aud", aud, sizeof(aud)) == -1 ||
	    strcmp(aud, TOKEN_AUDIENCE) != 0)
		return (-1);
	if (token_claim_int(token_claim(top, "nbf", json_type_int), TIME_MAX,
	        &out->tc_nbf) == -1 ||
	    token_claim_int(token_claim(top, "exp", json_type_int), TIME_MAX,
	        &out->tc_exp) == -1)
		return (-1);
	if (token_claim_str(top, "sub", out->tc_user, TOKEN_NAME) == -1 ||
	    out->tc_user[0] == '\0')
		return (-1);
	o = token_claim(top, "run_as", json_type_boolean);
	if (o == NULL)
		return (-1);
	out->tc_run_as = json_object_get_boolean(o) != 0;
	if (token_claim_roles(top, out) == -1 ||
	    token_claim_str(
	        top, "rbac_mode", out->tc_mode, sizeof(out->tc_mode)) == -1)
		return (-1);
	if (!json_object_object_get_ex(top, "hash_auth_context", &o))
		return (0);
	return (token_claim_str(top, "hash_auth_context", out->tc_context,
	    sizeof(out->tc_context)));
}

int
token_claims_parse(const char *json, struct token_claims *out)
{
	struct json_tokener *tok;
	struct json_object *top = NULL;
	int ret = -1;

	tok = json_tokener_new_ex(CLAIMS_DEPTH);
	if (tok == NULL)
		return (-1);
	top = json_tokener_parse_ex(tok, json, (int)strlen(json) + 1);
	if (json_tokener_get_error(tok) == json_tokener_success &&
	    json_object_get_type(top) == json_type_object)
		ret = token_claims_get(top, out);
	json_object_put(top);
	json_tokener_free(tok);
	if (ret == -1)
		memset(out, 0, sizeof(*out));
	return (ret);
}
