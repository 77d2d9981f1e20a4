/* SPDX-License-Identifier: ISC */
/* Permissions of authz's own rows: see allow.h. */
#include <sys/types.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/allow.h"
#include "common/log.h"

#define ALLOW_PARAM 64 /* bytes of a parameter's name, with NUL */
#define ALLOW_EXTRA 128 /* bytes of what is added to 4000 */

/* Anywhere in a list it means all of them. */
#define ALLOW_ALL "all"

/* --- resources that exist --------------------------------------------- */

static int
allow_add(struct idset *out, int64_t id)
{
	char text[ALLOW_ID];

	snprintf(text, sizeof(text), "%" PRId64, id);
	return (idset_add(out, text));
}

/* rbac_match()'s question; of other types authz has none. */
static int
allow_expand(void *arg, const char *type, const char *value, struct idset *out)
{
	const struct rbac *rb = arg;
	size_t i;
	int ret = 0;

	if (value != NULL && strcmp(value, "*") != 0)
		return (0);
	if (strcmp(type, "user:id") == 0)
		for (i = 0; ret == 0 && i < rb->rb_nusers; i++)
			ret = allow_add(out, rb->rb_users[i].ru_id);
	else if (strcmp(type, "role:id") == 0)
		for (i = 0; ret == 0 && i < rb->rb_nroles; i++)
			ret = allow_add(out, rb->rb_roles[i].ro_id);
	else if (strcmp(type, "rule:id") == 0)
		for (i = 0; ret == 0 && i < rb->rb_nrules; i++)
			ret = allow_add(out, rb->rb_rules[i].rr_id);
	else if (strcmp(type, "policy:id") == 0)
		for (i = 0; ret == 0 && i < rb->rb_npolicies; i++)
			ret = allow_add(out, rb->rb_policies[i].rp_id);
	return (ret);
}

/* --- the decision ------------------------------------------------------ */

/* NAME of "type:id:{NAME}"; false: the resource has none. */
static bool
allow_param(const char *resource, char name[ALLOW_PARAM])
{
	const char *open = strchr(resource, '{');

	return (open != NULL && sscanf(open, "{%63[^}]}", name) == 1);
}

static void
allow_extra(const char *resource, char out[ALLOW_EXTRA])
{
	const char *end;

	end = strchr(resource, ':');
	if (end != NULL)
		end = strchr(end + 1, ':');
	snprintf(out, ALLOW_EXTRA, "Resource type: %.*s",
	    end == NULL ? (int)strlen(resource) : (int)(end - resource),
	    resource);
}

/* The ids that the arguments name, or NULL and 0. one lends room for one. */
static const char *const *
allow_named(
    const struct args *as, const char *param, const char **one, size_t *n_r)
{
	const char *const *v;
	size_t i;

	*n_r = 0;
	if (args_list(as, param, &v, n_r) == 0) {
		for (i = 0; i < *n_r; i++)
			if (strcmp(v[i], ALLOW_ALL) == 0) {
				*n_r = 0;
				return (NULL);
			}
		return (v);
	}
	*one = args_str(as, param, NULL);
	if (*one == NULL)
		return (NULL);
	*n_r = 1;
	return (one);
}

/* One resource of a need. As allow_decide(). */
static int
allow_resource(const struct policies *ps, const struct rbac *rb,
    const struct rbac_need *all, const char *resource, struct result *rs,
    struct allow *al)
{
	struct allow_one *ao = &al->al_one[al->al_n];
	struct rbac_need need = *all;
	const char *const *ids = NULL;
	const char *one;
	char name[ALLOW_PARAM], extra[ALLOW_EXTRA];
	size_t n = 0;

	need.rn_resources[0] = resource;
	need.rn_resources[1] = NULL;
	if (allow_param(resource, name))
		ids = allow_named(al->al_args, name, &one, &n);
	/* The callback does not change what it is lent. */
	if (rbac_match(ps, &need, ids, n, allow_expand, (void *)(uintptr_t)rb,
	        &ao->ao_verdict) == -1) {
		log_errorx(
		    "%s: permissions could not be decided", al->al_row->r_call);
		return (-1);
	}
	ao->ao_resource = resource;
	al->al_n++;
	al->al_implicit = ao->ao_verdict.rv_implicit;
	if (!ao->ao_verdict.rv_forbidden)
		return (0);
	allow_extra(resource, extra);
	result_problem(rs, 4000, ERRC_PERMISSION, extra);
	return (-1);
}

static int
allow_needs(const struct policies *ps, const struct rbac *rb, struct result *rs,
    struct allow *al)
{
	const struct rbac_need *need;
	size_t i, k;

	for (i = 0; i < ROW_RBAC; i++) {
		need = &al->al_row->r_rbac[i];
		if (need->rn_actions[0] == NULL)
			break;
		for (k = 0; k < ROW_ACTIONS && need->rn_resources[k] != NULL;
		     k++) {
			if (al->al_n == ALLOW_MAX) {
				log_errorx("%s: more than %d resources",
				    al->al_row->r_call, ALLOW_MAX);
				return (-1);
			}
			if (allow_resource(ps, rb, need, need->rn_resources[k],
			        rs, al) == -1)
				return (-1);
		}
	}
	return (0);
}

int
allow_decide(const struct rbac *rb, const int64_t *held, size_t nheld,
    bool black, const struct row *row, const struct args *as, struct result *rs,
    struct allow *al)
{
	struct policies *ps;
	bool bad;
	int ret = -1;

	memset(al, 0, sizeof(*al));
	al->al_row = row;
	al->al_args = as;
	ps = malloc(sizeof(*ps));
	if (ps == NULL) {
		log_warnx("no memory");
		return (-1);
	}
	if (rbac_entries(rb, held, nheld, black, row, ps) == -1) {
		bad = errno == EINVAL;
		log_error("%s: the caller's policies", row->r_call);
		if (bad)
			result_problem(rs, 4500, ERRC_ERROR, NULL);
	} else
		ret = allow_needs(ps, rb, rs, al);
	free(ps);
	if (ret == -1)
		allow_free(al);
	return (ret);
}

void
allow_free(struct allow *al)
{
	size_t i;

	for (i = 0; i < al->al_n; i++) {
		idset_free(&al->al_one[i].ao_verdict.rv_allowed);
		idset_free(&al->al_one[i].ao_verdict.rv_denied);
	}
	al->al_n = 0;
}

/* --- what it allows ------------------------------------------------------ */

struct allow_id
allow_id(const char *text)
{
	struct allow_id ad = { .ad_named = text };

	while (text[0] == '0' && text[1] != '\0')
		text++;
	ad.ad_text = text;
	errno = 0;
	ad.ad_id = strtoll(text, NULL, 10);
	if (errno != 0)
		ad.ad_id = -1;
	return (ad);
}

static int
allow_id_cmp(const void *a, const void *b)
{
	const struct allow_id *x = a, *y = b;

	return (x->ad_id < y->ad_id ? -1 : x->ad_id > y->ad_id);
}

int
allow_ids(const struct allow *al, const char *param, struct allow_id **ids_r,
    size_t *n_r)
{
	const struct idset *allowed = NULL;
	const char *const *named;
	const char *one;
	char name[ALLOW_PARAM];
	size_t i, n, have = 0;

	for (i = 0; i < al->al_n; i++)
		if (allow_param(al->al_one[i].ao_resource, name) &&
		    strcmp(name, param) == 0)
			allowed = &al->al_one[i].ao_verdict.rv_allowed;
	*n_r = 0;
	named = allow_named(al->al_args, param, &one, &n);
	if (named == NULL && allowed != NULL)
		n = allowed->is_n;
	*ids_r = calloc(n + 1, sizeof(**ids_r));
	if (*ids_r == NULL)
		return (-1);
	for (i = 0; allowed != NULL && i < n; i++) {
		if (named == NULL)
			(*ids_r)[have++] = allow_id(allowed->is_v[i]);
		else if (idset_has(allowed, named[i]))
			(*ids_r)[have++] = allow_id(named[i]);
	}
	/* The set is in the order of text. */
	if (named == NULL)
		qsort(*ids_r, have, sizeof(**ids_r), allow_id_cmp);
	*n_r = have;
	return (0);
}

/* Is the failure of an item that nobody named to be left out? */
static bool
allow_hides(const struct allow *al, uint16_t code)
{
	const uint16_t *out = al->al_row->r_exclude;

	for (; al->al_implicit && out != NULL && *out != 0; out++)
		if (*out == code)
			return (true);
	return (false);
}

void
allow_fail(
    const struct allow *al, struct result *rs, const char *id, uint16_t code)
{
	if (!allow_hides(al, code))
		result_fail_number(rs, id, code, NULL);
}

void
allow_fail_text(
    const struct allow *al, struct result *rs, const char *id, uint16_t code)
{
	if (!allow_hides(al, code))
		result_fail(rs, id, code, NULL);
}

void
allow_denied(const struct allow *al, struct result *rs)
{
	const struct idset *denied;
	char extra[ALLOW_EXTRA];
	size_t i, k;

	if (al->al_implicit)
		return;
	for (i = 0; i < al->al_n; i++) {
		denied = &al->al_one[i].ao_verdict.rv_denied;
		allow_extra(al->al_one[i].ao_resource, extra);
		for (k = 0; k < denied->is_n; k++)
			result_fail_number(
			    rs, allow_id(denied->is_v[k]).ad_text, 4000, extra);
	}
}
