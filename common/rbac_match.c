/* SPDX-License-Identifier: ISC */
/*
 * The matcher: a caller's policy entries, in their order, against what a row
 * needs. Whatever it cannot read forbids the call: a need or an entry that
 * nobody understands must not let anything through.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/rbac_match.h"

#define MATCH_PARTS 2 /* parts of a resource joined by & */
#define MATCH_TYPE  64 /* bytes of a type, with NUL */

/* "type:attribute" and the value behind the second colon. */
struct part {
	const char *pt_text;
	size_t pt_type; /* bytes of type and attribute */
	const char *pt_value;
	size_t pt_len; /* bytes of the value */
};

struct resource {
	struct part rs_v[MATCH_PARTS];
	size_t rs_n;
};

/* What the request asks for. */
enum want {
	WANT_NAMED, /* the ids of the request */
	WANT_ANY, /* whatever is allowed, nothing was named */
	WANT_ALL, /* "rule:file:*": like ANY, but forbidden if empty */
	WANT_ONE /* a fixed value, or no ids at all */
};

struct match {
	struct resource m_need;
	size_t m_var; /* part that the ids belong to */
	enum want m_want;
	char m_type[MATCH_TYPE];
	struct idset m_asked; /* NAMED and ONE */
	struct idset m_exist; /* what a wildcard stands for */
	bool m_known; /* m_exist is filled */
	bool m_star; /* "*" stood among named ids */
	rbac_expand m_expand;
	void *m_arg;
};

static bool
part_is(const struct part *pt, const char *value)
{
	return (strlen(value) == pt->pt_len &&
	    memcmp(pt->pt_value, value, pt->pt_len) == 0);
}

static bool
part_same(const struct part *a, const struct part *b)
{
	return (a->pt_type == b->pt_type &&
	    memcmp(a->pt_text, b->pt_text, a->pt_type) == 0);
}

static bool
part_type(const struct part *pt, const char *type)
{
	return (strlen(type) == pt->pt_type &&
	    memcmp(pt->pt_text, type, pt->pt_type) == 0);
}

/* Is the value "{NAME}", and the first such mark there is? */
static bool
part_is_var(const struct part *pt)
{
	const char *name = pt->pt_value + 1;

	return (pt->pt_len >= 3 && pt->pt_value[0] == '{' &&
	    strcspn(pt->pt_text, "{}<>") == pt->pt_type + 1 &&
	    strcspn(name, "{}<>") == pt->pt_len - 2 &&
	    pt->pt_value[pt->pt_len - 1] == '}');
}

/* One "type:attribute:value" of len bytes. 0 or -1. */
static int
part_parse(const char *text, size_t len, struct part *pt)
{
	const char *first, *second;

	first = memchr(text, ':', len);
	if (first == NULL || first == text)
		return (-1);
	second = memchr(first + 1, ':', len - (size_t)(first + 1 - text));
	if (second == NULL || second == first + 1)
		return (-1);
	pt->pt_text = text;
	pt->pt_type = (size_t)(second - text);
	pt->pt_value = second + 1;
	pt->pt_len = len - pt->pt_type - 1;
	if (pt->pt_len == 0 || memchr(pt->pt_value, ':', pt->pt_len) != NULL)
		return (-1);
	return (0);
}

static int
resource_parse(const char *text, struct resource *rs)
{
	const char *amp;
	size_t len;

	for (rs->rs_n = 0;; text = amp + 1) {
		if (rs->rs_n == MATCH_PARTS)
			return (-1);
		amp = strchr(text, '&');
		len = amp == NULL ? strlen(text) : (size_t)(amp - text);
		if (part_parse(text, len, &rs->rs_v[rs->rs_n++]) == -1)
			return (-1);
		if (amp == NULL)
			return (0);
	}
}

/* What a wildcard stands for: what was named, or else all that exist. */
static int
match_exist(struct match *m)
{
	if (m->m_known)
		return (0);
	m->m_known = true;
	if (m->m_want == WANT_NAMED || m->m_want == WANT_ONE)
		return (idset_union(&m->m_exist, &m->m_asked));
	return (m->m_expand(m->m_arg, m->m_type, NULL, &m->m_exist));
}

/* Let one entry's set or wildcard act on what is allowed so far. */
static int
match_apply(
    struct match *m, const struct part *pt, bool allow, struct idset *allowed)
{
	struct idset some = { NULL, 0, 0 };
	const struct idset *which = &some;
	bool group;
	char *value;
	int ret;

	group = !part_same(pt, &m->m_need.rs_v[m->m_var]);
	if (part_is(pt, "*")) {
		ret = match_exist(m);
		which = &m->m_exist;
	} else {
		value = strndup(pt->pt_value, pt->pt_len);
		if (value == NULL)
			return (-1);
		if (group)
			ret =
			    m->m_expand(m->m_arg, "agent:group", value, &some);
		else
			ret = idset_add(&some, value);
		free(value);
	}
	if (ret == 0 && allow)
		ret = idset_union(allowed, which);
	else if (ret == 0)
		idset_minus(allowed, which);
	idset_free(&some);
	return (ret);
}

/*
 * Has an entry to do with the need? Pairs only meet pairs of the same types,
 * in the same order, whose other part is covered. An agent group stands for
 * its members where agents are needed.
 */
static bool
match_concerns(const struct match *m, const struct resource *entry)
{
	const struct part *need, *have;
	size_t i;

	if (entry->rs_n != m->m_need.rs_n)
		return (false);
	if (entry->rs_n == 1 && part_type(&entry->rs_v[0], "agent:group") &&
	    part_type(&m->m_need.rs_v[0], "agent:id"))
		return (true);
	for (i = 0; i < entry->rs_n; i++) {
		need = &m->m_need.rs_v[i];
		have = &entry->rs_v[i];
		if (!part_same(need, have))
			return (false);
		if (i == m->m_var || part_is(have, "*"))
			continue;
		if (have->pt_len != need->pt_len ||
		    memcmp(have->pt_value, need->pt_value, have->pt_len) != 0)
			return (false);
	}
	return (true);
}

/*
 * What one action allows: white begins with nothing, black with everything
 * that was asked for; each entry then adds or takes away. Return 1, 0 when an
 * entry cannot be read, -1 on failure.
 */
static int
match_action(struct match *m, const struct policies *ps, const char *action,
    struct idset *allowed)
{
	struct resource entry;
	size_t i;

	if (ps->ps_black &&
	    (match_exist(m) == -1 || idset_union(allowed, &m->m_exist) == -1))
		return (-1);
	for (i = 0; i < ps->ps_n; i++) {
		if (strcmp(ps->ps_v[i].pe_action, action) != 0)
			continue;
		if (resource_parse(ps->ps_v[i].pe_resource, &entry) == -1)
			return (0);
		if (!match_concerns(m, &entry))
			continue;
		if (match_apply(m, &entry.rs_v[m->m_var], ps->ps_v[i].pe_allow,
		        allowed) == -1)
			return (-1);
	}
	return (1);
}

/* All actions must allow. Return as match_action(). */
static int
match_actions(struct match *m, const struct policies *ps,
    const struct rbac_need *need, struct idset *allowed)
{
	struct idset one;
	size_t i;
	int ret = 0;

	for (i = 0; i < ROW_ACTIONS && need->rn_actions[i] != NULL; i++) {
		memset(&one, 0, sizeof(one));
		ret = match_action(m, ps, need->rn_actions[i], &one);
		if (ret == 1 && i == 0) {
			*allowed = one;
			continue;
		}
		if (ret == 1)
			idset_meet(allowed, &one);
		idset_free(&one);
		if (ret != 1)
			break;
	}
	return (ret);
}

/* Which part carries the ids, and how they are asked for. 1, or 0: bad need. */
static int
match_need(struct match *m, const struct rbac_need *need, bool named)
{
	const struct part *pt;
	size_t i, vars = 0;

	if (need->rn_actions[0] == NULL || need->rn_resources[0] == NULL ||
	    need->rn_resources[1] != NULL ||
	    resource_parse(need->rn_resources[0], &m->m_need) == -1)
		return (0);
	m->m_var = m->m_need.rs_n - 1;
	for (i = 0; i < m->m_need.rs_n; i++) {
		pt = &m->m_need.rs_v[i];
		if (part_is_var(pt)) {
			m->m_var = i;
			vars++;
		} else if (strcspn(pt->pt_text, "{}<>") <
		    pt->pt_type + 1 + pt->pt_len) {
			/* "<node_id>" has not been put in. */
			return (0);
		}
	}
	pt = &m->m_need.rs_v[m->m_var];
	if (vars > 1 || pt->pt_type >= sizeof(m->m_type))
		return (0);
	memcpy(m->m_type, pt->pt_text, pt->pt_type);
	if (vars == 1)
		m->m_want = named ? WANT_NAMED : WANT_ANY;
	else if (part_is(pt, "*") && !part_type(pt, "*:*"))
		m->m_want = WANT_ALL;
	else
		m->m_want = WANT_ONE;
	return (1);
}

/* Fill m_asked. 0 or -1. */
static int
match_ask(struct match *m, const char *const *ids, size_t n)
{
	const struct part *pt = &m->m_need.rs_v[m->m_var];
	char *value;
	size_t i;
	int ret;

	if (m->m_want == WANT_ONE) {
		value = strndup(pt->pt_value, pt->pt_len);
		if (value == NULL)
			return (-1);
		ret = idset_add(&m->m_asked, value);
		free(value);
		return (ret);
	}
	if (m->m_want != WANT_NAMED)
		return (0);
	for (i = 0; i < n; i++) {
		/* An executor could take it for everything: never allowed. */
		if (strcmp(ids[i], "*") == 0)
			m->m_star = true;
		else if (idset_add(&m->m_asked, ids[i]) == -1)
			return (-1);
	}
	return (0);
}

/* From what is allowed to the verdict. 0 or -1. */
static int
match_conclude(struct match *m, bool empty, struct rbac_verdict *rv)
{
	rv->rv_implicit = m->m_want == WANT_ANY;
	if (m->m_want == WANT_ANY)
		return (0);
	if (m->m_want == WANT_ALL) {
		rv->rv_forbidden = rv->rv_allowed.is_n == 0;
		return (rv->rv_forbidden ? idset_add(&rv->rv_denied, "*") : 0);
	}
	idset_meet(&rv->rv_allowed, &m->m_asked);
	if (idset_union(&rv->rv_denied, &m->m_asked) == -1)
		return (-1);
	idset_minus(&rv->rv_denied, &rv->rv_allowed);
	if (m->m_star && idset_add(&rv->rv_denied, "*") == -1)
		return (-1);
	rv->rv_forbidden =
	    rv->rv_allowed.is_n == 0 && !(empty && m->m_want == WANT_NAMED);
	return (0);
}

int
rbac_match(const struct policies *ps, const struct rbac_need *need,
    const char *const *ids, size_t n, rbac_expand expand, void *arg,
    struct rbac_verdict *rv)
{
	struct match m;
	bool named;
	int ret;

	memset(rv, 0, sizeof(*rv));
	memset(&m, 0, sizeof(m));
	m.m_expand = expand;
	m.m_arg = arg;
	named = ids != NULL && !(n == 1 && strcmp(ids[0], "*") == 0);
	ret = match_need(&m, need, named);
	if (ret == 1 && match_ask(&m, ids, n) == -1)
		ret = -1;
	if (ret == 1)
		ret = match_actions(&m, ps, need, &rv->rv_allowed);
	if (ret == 1 && match_conclude(&m, named && n == 0, rv) == -1)
		ret = -1;
	if (ret != 1) {
		rv->rv_forbidden = true;
		idset_free(&rv->rv_allowed);
	}
	if (ret == -1)
		idset_free(&rv->rv_denied);
	idset_free(&m.m_asked);
	idset_free(&m.m_exist);
	return (ret == -1 ? -1 : 0);
}

/* --- for those who ask a database ------------------------------------------ */

bool
rbac_needs_agents(const struct rbac_need *need)
{
	struct match m;

	memset(&m, 0, sizeof(m));
	return (match_need(&m, need, false) == 1 && m.m_want == WANT_ANY &&
	    m.m_need.rs_n == 1 && part_type(&m.m_need.rs_v[0], "agent:id"));
}

int
rbac_about(const char *resource, enum rbac_about *about_r, const char **value_r)
{
	struct resource rs;
	const struct part *pt = &rs.rs_v[0];

	*about_r = RBAC_OTHER;
	if (resource_parse(resource, &rs) == -1)
		return (-1);
	if (rs.rs_n != 1)
		return (0);
	if (part_type(pt, "agent:id"))
		*about_r = part_is(pt, "*") ? RBAC_ALL : RBAC_AGENT;
	else if (part_type(pt, "agent:group"))
		*about_r = part_is(pt, "*") ? RBAC_ALL : RBAC_GROUP;
	/* The only part: its value ends with the text. */
	*value_r = pt->pt_value;
	return (0);
}
