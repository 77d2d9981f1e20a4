/* SPDX-License-Identifier: ISC */
/*
 * Bodies of /security that are no lists of items. Keys and their order are the
 * original's.
 */
#include <sys/types.h>

#include "authz/security.h"
#include "authz/security_item.h"

static int
security_done(const struct result *rs, int ret)
{
	return (rs->rs_body.b_failed ? -1 : ret);
}

static int
security_role(
    struct jsonw *j, const struct rbac *rb, const struct rbac_role *ro)
{
	const struct rbac_policy *rp;
	const struct rbac_rule *rr;
	size_t i;
	int ret = 0;

	security_item_role_open(j, ro);
	jsonw_key(j, "policies");
	jsonw_array(j);
	for (i = 0; ret == 0 && i < ro->ro_npolicies; i++) {
		rp = rbac_policy(rb, ro->ro_policies[i]);
		if (rp == NULL)
			continue;
		ret = security_item_policy_open(j, rp);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_key(j, "rules");
	jsonw_array(j);
	for (i = 0; ret == 0 && i < rb->rb_nrules; i++) {
		rr = &rb->rb_rules[i];
		if (!rbac_listed(ro->ro_rules, ro->ro_nrules, rr->rr_id))
			continue;
		ret = security_item_rule_open(j, rr);
		jsonw_object_end(j);
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
	security_item_user_open(j, ru);
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

static int
security_entries(void *arg, const char *action, const struct policies *ps)
{
	struct jsonw *j = arg;
	size_t i;

	jsonw_key(j, action);
	jsonw_object(j);
	for (i = 0; i < ps->ps_n; i++) {
		jsonw_key(j, ps->ps_v[i].pe_resource);
		jsonw_str(j, ps->ps_v[i].pe_allow ? "allow" : "deny");
	}
	jsonw_object_end(j);
	return (0);
}

int
security_me_policies(const struct rbac *rb, const int64_t *held, size_t n,
    const char *mode, struct result *rs)
{
	struct jsonw *j = &rs->rs_json;
	int ret;

	result_plain_begin(rs);
	jsonw_object(j);
	ret = rbac_entries_all(rb, held, n, security_entries, j);
	jsonw_key(j, "rbac_mode");
	jsonw_str(j, mode);
	jsonw_object_end(j);
	jsonw_key(j, "message");
	jsonw_str(j, "This is what the policies of the user come to");
	result_plain_end(rs);
	return (security_done(rs, ret));
}

int
security_config(int64_t timeout, const char *mode, struct result *rs)
{
	struct jsonw *j = &rs->rs_json;

	result_plain_begin(rs);
	jsonw_object(j);
	jsonw_key(j, "auth_token_exp_timeout");
	jsonw_int(j, timeout);
	jsonw_key(j, "rbac_mode");
	jsonw_str(j, mode);
	jsonw_object_end(j);
	result_plain_end(rs);
	return (security_done(rs, 0));
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
security_message(const char *text, size_t len, struct result *rs)
{
	struct jsonw *j = &rs->rs_json;

	jsonw_object(j);
	jsonw_key(j, "message");
	jsonw_strn(j, text, len);
	jsonw_key(j, "error");
	jsonw_int(j, 0);
	jsonw_object_end(j);
	return (security_done(rs, 0));
}

int
security_logout(const char *user, struct result *rs)
{
	struct buf text;
	int ret;

	buf_init(&text, RESULT_MAX);
	if (buf_addf(&text, "User %s has been logged out", user) == -1)
		rs->rs_body.b_failed = true;
	ret = security_message((const char *)text.b_data, text.b_len, rs);
	buf_free(&text);
	return (ret);
}
