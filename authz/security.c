/* SPDX-License-Identifier: ISC */
/*
 * Bodies of /security. Keys and their order are the original's; policies and
 * rules stand in it as objects, not as the texts they are stored as.
 */
#include <sys/types.h>

#include <string.h>

#include "authz/security.h"
#include "authz/storedjson.h"

static int
security_done(const struct result *rs, int ret)
{
	return (rs->rs_body.b_failed ? -1 : ret);
}

static void
security_visit(void *arg, const struct stored *sd)
{
	struct jsonw *j = arg;

	switch (sd->sd_event) {
	case STORED_OBJECT:
		jsonw_object(j);
		break;
	case STORED_OBJECT_END:
		jsonw_object_end(j);
		break;
	case STORED_ARRAY:
		jsonw_array(j);
		break;
	case STORED_ARRAY_END:
		jsonw_array_end(j);
		break;
	case STORED_KEY:
		jsonw_key(j, sd->sd_text);
		break;
	case STORED_STRING:
		jsonw_strn(j, sd->sd_text, sd->sd_len);
		break;
	case STORED_LITERAL:
		jsonw_raw(j, sd->sd_text, sd->sd_len);
		break;
	case STORED_DOUBLE:
		jsonw_double(j, sd->sd_number);
		break;
	}
}

/* {"id", "name", KEY: the stored value}. 0 or -1. */
static int
security_stored(struct jsonw *j, int64_t id, const char *name, const char *key,
    const char *text)
{
	unsigned int room;
	int ret;

	jsonw_object(j);
	jsonw_key(j, "id");
	jsonw_int(j, id);
	jsonw_key(j, "name");
	jsonw_str(j, name);
	jsonw_key(j, key);
	room = j->j_depth < JSONW_DEPTH ? JSONW_DEPTH - j->j_depth : 0;
	ret = storedjson_walk(text, room, security_visit, j);
	/* Too deep to be laid out anew; it is JSON all the same. */
	if (ret == 1)
		jsonw_raw(j, text, strlen(text));
	jsonw_object_end(j);
	return (ret == -1 ? -1 : 0);
}

static int
security_role(
    struct jsonw *j, const struct rbac *rb, const struct rbac_role *ro)
{
	const struct rbac_policy *rp;
	const struct rbac_rule *rr;
	size_t i;
	int ret = 0;

	jsonw_object(j);
	jsonw_key(j, "id");
	jsonw_int(j, ro->ro_id);
	jsonw_key(j, "name");
	jsonw_str(j, ro->ro_name);
	jsonw_key(j, "policies");
	jsonw_array(j);
	for (i = 0; ret == 0 && i < ro->ro_npolicies; i++) {
		rp = rbac_policy(rb, ro->ro_policies[i]);
		if (rp != NULL)
			ret = security_stored(
			    j, rp->rp_id, rp->rp_name, "policy", rp->rp_text);
	}
	jsonw_array_end(j);
	jsonw_key(j, "rules");
	jsonw_array(j);
	for (i = 0; ret == 0 && i < ro->ro_nrules; i++) {
		rr = rbac_rule(rb, ro->ro_rules[i]);
		if (rr != NULL)
			ret = security_stored(
			    j, rr->rr_id, rr->rr_name, "rule", rr->rr_text);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
	return (ret);
}

int
security_me(const struct rbac *rb, const struct rbac_user *ru,
    const int64_t *held, size_t n, struct result *rs)
{
	const struct rbac_role *ro;
	struct jsonw *j = &rs->rs_json;
	size_t i;
	int ret = 0;

	result_begin(rs, "This is the user who asks", NULL, NULL);
	jsonw_object(j);
	jsonw_key(j, "id");
	jsonw_int(j, ru->ru_id);
	jsonw_key(j, "username");
	jsonw_str(j, ru->ru_name);
	jsonw_key(j, "allow_run_as");
	jsonw_bool(j, ru->ru_run_as);
	jsonw_key(j, "roles");
	jsonw_array(j);
	for (i = 0; ret == 0 && i < n; i++) {
		ro = rbac_role(rb, held[i]);
		if (ro != NULL)
			ret = security_role(j, rb, ro);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
	result_item(rs);
	result_end(rs);
	return (security_done(rs, ret));
}

int
security_login(const char *token, bool raw, struct result *rs)
{
	struct jsonw *j = &rs->rs_json;

	if (raw) {
		rs->rs_type = RT_TEXT;
		buf_addz(&rs->rs_body, token);
		return (security_done(rs, 0));
	}
	result_plain_begin(rs);
	jsonw_object(j);
	jsonw_key(j, "token");
	jsonw_str(j, token);
	jsonw_object_end(j);
	result_plain_end(rs);
	return (security_done(rs, 0));
}

int
security_logout(const char *user, struct result *rs)
{
	struct jsonw *j = &rs->rs_json;
	struct buf text;

	buf_init(&text, RESULT_MAX);
	if (buf_addf(&text, "User %s has been logged out", user) == -1)
		rs->rs_body.b_failed = true;
	jsonw_object(j);
	jsonw_key(j, "message");
	jsonw_strn(j, (const char *)text.b_data, text.b_len);
	jsonw_key(j, "error");
	jsonw_int(j, 0);
	jsonw_object_end(j);
	buf_free(&text);
	return (security_done(rs, 0));
}
