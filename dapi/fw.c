/* SPDX-License-Identifier: ISC */
/* What the framework's functions share: permissions, failures. */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/path.h"
#include "dapi/env.h"
#include "dapi/fw.h"
#include "dapi/keys.h"
#include "dapi/rbac_sql.h"

int
fw_store_failed(struct result *rs, enum store_rc rc)
{
	uint16_t code;

	code = rc == STORE_NONE ? 2005 : rc == STORE_LATE ? 3021 : 2007;
	result_problem(rs, code, ERRC_INTERNAL, NULL);
	return (-1);
}

/* --- resources that exist --------------------------------------------- */

static int
fw_member_row(void *arg, const struct store_val *col, size_t n)
{
	char id[KEYS_IDLEN];

	keys_idtext((uint32_t)store_int(&col[0]), id);
	return (idset_add(arg, id));
}

/* Added in the order of the set, for which that is cheap. */
static int
fw_all_agents(const struct keys *ks, struct idset *out)
{
	char id[KEYS_IDLEN];
	size_t i;

	if (idset_add(out, "000") == -1)
		return (-1);
	for (i = 0; i < ks->ks_active; i++) {
		keys_idtext(ks->ks_bytext[i], id);
		if (idset_add(out, id) == -1)
			return (-1);
	}
	return (0);
}

/* Groups are the folders of etc/shared. */
static int
fw_all_groups(struct env *ev, struct idset *out)
{
	struct dirent *de;
	struct stat st;
	DIR *d;
	int r = 0;

	d = path_list(ev->ev_rootfd, "etc/shared");
	if (d == NULL)
		return (errno == ENOENT ? 0 : -1);
	while (r == 0 && (de = readdir(d)) != NULL) {
		if (strcmp(de->d_name, ".") == 0 ||
		    strcmp(de->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(d), de->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
		        0 &&
		    S_ISDIR(st.st_mode))
			r = idset_add(out, de->d_name);
	}
	closedir(d);
	return (r);
}

/* What is to be expanded, and for whom. */
struct fw_expand {
	struct env *fe_env;
	bool fe_named; /* the call names agents */
	uint32_t *fe_ids; /* those of them that are ids */
	size_t fe_n;
};

/* A group's members; of those that nobody asked for none decides anything. */
static int
fw_members(const struct fw_expand *fe, const char *group, struct idset *out)
{
	static const char *const sql[2] = {
		"SELECT b.id_agent FROM `group` g JOIN belongs b"
		" ON b.id_group = g.id WHERE g.name = ?1"
		" ORDER BY printf('%03d', b.id_agent)",
		"SELECT b.id_agent FROM `group` g JOIN belongs b"
		" ON b.id_group = g.id WHERE g.name = ?1"
		" AND b.id_agent IN (SELECT value FROM json_each(?2))"
		" ORDER BY printf('%03d', b.id_agent)",
	};
	const struct store_val v[2] = { SV_OF_TEXT(group),
		SV_OF_IDS(fe->fe_ids, fe->fe_n) };

	return (store_run(fe->fe_env->ev_store, sql[fe->fe_named], v,
	            fe->fe_named ? 2 : 1, fw_member_row, out) == STORE_OK ?
	        0 :
	        -1);
}

/*
 * rbac_match()'s question: all agents are those of
 * client.keys and 000, also for "agent:group:*"; a group's members are the
 * store's.
 */
static int
fw_expand(void *arg, const char *type, const char *value, struct idset *out)
{
	const struct fw_expand *fe = arg;
	struct env *ev = fe->fe_env;
	bool all;

	all = value == NULL || strcmp(value, "*") == 0;
	if (all && strcmp(type, "group:id") == 0)
		return (fw_all_groups(ev, out));
	if (strcmp(type, "agent:id") != 0 && strcmp(type, "agent:group") != 0)
		return (0);
	if (all)
		return (fw_all_agents(&ev->ev_keys.kf_keys, out));
	if (strcmp(type, "agent:id") == 0 || ev->ev_store == NULL)
		return (0);
	return (fw_members(fe, value, out));
}

/* --- permissions ------------------------------------------------------- */

/* "Resource type: agent:id" of a need "agent:id:{agents_list}". */
static void
fw_resource(const struct call *c, size_t i, char *out, size_t len)
{
	const char *res = c->c_row->r_rbac[i].rn_resources[0], *end;

	end = strchr(res, ':');
	if (end != NULL)
		end = strchr(end + 1, ':');
	snprintf(out, len, "Resource type: %.*s",
	    end == NULL ? (int)strlen(res) : (int)(end - res), res);
}

static void
fw_forbidden(struct result *rs, const struct call *c, size_t i)
{
	char extra[128];

	fw_resource(c, i, extra, sizeof(extra));
	result_problem(rs, 4000, ERRC_PERMISSION, extra);
}

int
fw_limits(
    const struct call *c, struct result *rs, size_t i, struct rbac_sql *rq)
{
	int r;

	r = rbac_sql_agents(rq, &c->c_policies, &c->c_row->r_rbac[i]);
	if (r == 1)
		return (0);
	if (r == 0)
		fw_forbidden(rs, c, i);
	else
		log_errorx("permissions could not be decided");
	rbac_sql_free(rq);
	return (-1);
}

int
fw_allowed(const struct call *c, struct result *rs, size_t i,
    const char *const *ids, size_t n, struct rbac_verdict *rv)
{
	struct fw_expand fe = { .fe_env = env_get() };
	size_t k;
	int r = -1;

	memset(rv, 0, sizeof(*rv));
	fe.fe_named = ids != NULL && !(n == 1 && strcmp(ids[0], "*") == 0);
	fe.fe_ids = calloc(n + 1, sizeof(*fe.fe_ids));
	for (k = 0; fe.fe_ids != NULL && k < n; k++)
		if (keys_id(ids[k], &fe.fe_ids[fe.fe_n]) == 0)
			fe.fe_n++;
	if (fe.fe_ids != NULL)
		r = rbac_match(&c->c_policies, &c->c_row->r_rbac[i], ids, n,
		    fw_expand, &fe, rv);
	free(fe.fe_ids);
	if (r == -1)
		log_errorx("permissions could not be decided");
	else if (rv->rv_forbidden)
		fw_forbidden(rs, c, i);
	else
		return (0);
	fw_verdict_free(rv);
	return (-1);
}

void
fw_verdict_free(struct rbac_verdict *rv)
{
	idset_free(&rv->rv_allowed);
	idset_free(&rv->rv_denied);
}

void
fw_denied(struct result *rs, const struct call *c, size_t i,
    const struct rbac_verdict *rv)
{
	char extra[128];
	size_t k;

	if (rv->rv_implicit)
		return;
	fw_resource(c, i, extra, sizeof(extra));
	for (k = 0; k < rv->rv_denied.is_n; k++)
		result_fail(rs, rv->rv_denied.is_v[k], 4000, extra);
}

static int
fw_id_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x < y ? -1 : x > y);
}

int
fw_agent_ids(const struct rbac_verdict *rv, const struct keys *ks,
    uint32_t **ids_r, size_t *n_r, void (*miss)(void *, const char *),
    void *arg)
{
	const struct idset *set = &rv->rv_allowed;
	size_t i, n = 0;
	uint32_t *v, id;

	v = calloc(set->is_n + 1, sizeof(*v));
	if (v == NULL)
		return (-1);
	for (i = 0; i < set->is_n; i++) {
		if (keys_id(set->is_v[i], &id) == 0 && keys_active(ks, id))
			v[n++] = id;
		else if (miss != NULL)
			miss(arg, set->is_v[i]);
	}
	/* The set is in the order of text, where "1000" stands before "999". */
	qsort(v, n, sizeof(*v), fw_id_cmp);
	*ids_r = v;
	*n_r = n;
	return (0);
}
