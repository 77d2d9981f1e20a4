/* SPDX-License-Identifier: ISC */
/*
 * Items of answers of /security: see security_item.h. Policies and rules stand
 * in them as objects, not as the texts they are stored as.
 */
#include <sys/types.h>

#include <string.h>

#include "authz/security_item.h"
#include "authz/storedjson.h"

/* --- pieces ------------------------------------------------------------ */

static void
item_open(struct jsonw *j, int64_t id, const char *key, const char *name)
{
	jsonw_object(j);
	jsonw_key(j, "id");
	jsonw_int(j, id);
	jsonw_key(j, key);
	jsonw_str(j, name);
}

static void
item_ids(struct jsonw *j, const char *key, const int64_t *ids, size_t n)
{
	size_t i;

	jsonw_key(j, key);
	jsonw_array(j);
	for (i = 0; i < n; i++)
		jsonw_int(j, ids[i]);
	jsonw_array_end(j);
}

static void
item_visit(void *arg, const struct stored *sd)
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

/* {"id", "name", KEY: the stored value; the object stays open. 0 or -1. */
static int
item_stored(struct jsonw *j, int64_t id, const char *name, const char *key,
    const char *text)
{
	unsigned int room;
	int ret;

	item_open(j, id, "name", name);
	jsonw_key(j, key);
	room = j->j_depth < JSONW_DEPTH ? JSONW_DEPTH - j->j_depth : 0;
	ret = storedjson_walk(text, room, item_visit, j);
	/* Too deep to be laid out anew; it is JSON all the same. */
	if (ret == 1)
		jsonw_raw(j, text, strlen(text));
	return (ret == -1 ? -1 : 0);
}

/* --- beginnings --------------------------------------------------------- */

void
security_item_user_open(struct jsonw *j, const struct rbac_user *ru)
{
	item_open(j, ru->ru_id, "username", ru->ru_name);
	jsonw_key(j, "allow_run_as");
	jsonw_bool(j, ru->ru_run_as);
}

void
security_item_role_open(struct jsonw *j, const struct rbac_role *ro)
{
	item_open(j, ro->ro_id, "name", ro->ro_name);
}

int
security_item_policy_open(struct jsonw *j, const struct rbac_policy *rp)
{
	return (item_stored(j, rp->rp_id, rp->rp_name, "policy", rp->rp_text));
}

int
security_item_rule_open(struct jsonw *j, const struct rbac_rule *rr)
{
	return (item_stored(j, rr->rr_id, rr->rr_name, "rule", rr->rr_text));
}

/* --- items --------------------------------------------------------------- */

int
security_item_user(
    struct jsonw *j, const struct rbac *rb, const struct rbac_user *ru)
{
	security_item_user_open(j, ru);
	item_ids(j, "roles", ru->ru_roles, ru->ru_nroles);
	jsonw_object_end(j);
	return (0);
}

/*
 * Only what has a level is ordered in the original; of the rest its database
 * gives ascending ids, as all that it reads is in the index of the pairs.
 */
int
security_item_role(
    struct jsonw *j, const struct rbac *rb, const struct rbac_role *ro)
{
	const struct rbac_user *ru;
	size_t i;

	security_item_role_open(j, ro);
	item_ids(j, "policies", ro->ro_policies, ro->ro_npolicies);
	jsonw_key(j, "users");
	jsonw_array(j);
	for (i = 0; i < rb->rb_nusers; i++) {
		ru = &rb->rb_users[i];
		if (rbac_listed(ru->ru_roles, ru->ru_nroles, ro->ro_id))
			jsonw_int(j, ru->ru_id);
	}
	jsonw_array_end(j);
	jsonw_key(j, "rules");
	jsonw_array(j);
	for (i = 0; i < rb->rb_nrules; i++)
		if (rbac_listed(
		        ro->ro_rules, ro->ro_nrules, rb->rb_rules[i].rr_id))
			jsonw_int(j, rb->rb_rules[i].rr_id);
	jsonw_array_end(j);
	jsonw_object_end(j);
	return (0);
}

int
security_item_policy(
    struct jsonw *j, const struct rbac *rb, const struct rbac_policy *rp)
{
	const struct rbac_role *ro;
	size_t i;
	int ret;

	ret = security_item_policy_open(j, rp);
	jsonw_key(j, "roles");
	jsonw_array(j);
	for (i = 0; i < rb->rb_nroles; i++) {
		ro = &rb->rb_roles[i];
		if (rbac_listed(ro->ro_policies, ro->ro_npolicies, rp->rp_id))
			jsonw_int(j, ro->ro_id);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
	return (ret);
}

int
security_item_rule(
    struct jsonw *j, const struct rbac *rb, const struct rbac_rule *rr)
{
	const struct rbac_role *ro;
	size_t i;
	int ret;

	ret = security_item_rule_open(j, rr);
	jsonw_key(j, "roles");
	jsonw_array(j);
	for (i = 0; i < rb->rb_nroles; i++) {
		ro = &rb->rb_roles[i];
		if (rbac_listed(ro->ro_rules, ro->ro_nrules, rr->rr_id))
			jsonw_int(j, ro->ro_id);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
	return (ret);
}
