/* SPDX-License-Identifier: ISC */
/* The matcher, by cases that were worked out by hand, and by its properties. */
#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/rbac_match.h"
#include "tests/unit/unit.h"

#define TEXT 1024
#define AG   "agent:id:{agent_list}"
#define GR   "group:id:{group_list}"
#define RU   "rule:file:{filename}"
#define RO   "role:id:{role_ids}"
#define FI   "node:id:n1&file:path:{path}"
#define ALL  "000 001 002 003 004 005"

/* --- a small world -------------------------------------------------------- */

struct world {
	int wo_calls;
	int wo_fail; /* the call that fails, from 1; 0: none */
};

static int
world_expand(void *arg, const char *type, const char *value, struct idset *out)
{
	static const struct {
		const char *type;
		const char *value; /* NULL: all that exist */
		const char *ids;
	} known[] = {
		{ "agent:id", NULL, ALL },
		{ "agent:group", "web", "001 002" },
		{ "agent:group", "db", "002 003" },
		{ "agent:group", "void", "" },
		{ "group:id", NULL, "db default web" },
		{ "rule:file", NULL, "a.xml b.xml c.xml" },
		{ "node:id", NULL, "n1 n2" },
		{ "role:id", NULL, "1 2 3" },
		{ "file:path", NULL, "etc/a etc/b" },
	};
	struct world *wo = arg;
	char copy[128], *id, *save;
	size_t i;

	if (++wo->wo_calls == wo->wo_fail)
		return (-1);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].type, type) != 0 ||
		    (known[i].value == NULL) != (value == NULL) ||
		    (value != NULL && strcmp(known[i].value, value) != 0))
			continue;
		snprintf(copy, sizeof(copy), "%s", known[i].ids);
		for (id = strtok_r(copy, " ", &save); id != NULL;
		     id = strtok_r(NULL, " ", &save))
			if (idset_add(out, id) == -1)
				return (-1);
	}
	return (0);
}

/* Split at blanks; the copy holds the items. */
static size_t
split(const char *text, char copy[TEXT], const char **v, size_t max)
{
	char *item, *save;
	size_t n = 0;

	snprintf(copy, TEXT, "%s", text);
	for (item = strtok_r(copy, " ", &save); item != NULL && n < max;
	     item = strtok_r(NULL, " ", &save))
		v[n++] = item;
	return (n);
}

static struct policies ps;

/* "+x" allows x, "-x" denies it, for action a:r, unless "ACTION=+x". */
static void
policies_set(bool black, const char *entries)
{
	static char copy[TEXT];
	const char *v[64];
	char *eq;
	size_t i, n;

	n = split(entries, copy, v, 64);
	ps.ps_black = black;
	ps.ps_n = n;
	for (i = 0; i < n; i++) {
		ps.ps_v[i].pe_action = "a:r";
		eq = strchr(copy + (v[i] - copy), '=');
		if (eq != NULL) {
			*eq = '\0';
			ps.ps_v[i].pe_action = v[i];
			v[i] = eq + 1;
		}
		ps.ps_v[i].pe_allow = v[i][0] == '+';
		ps.ps_v[i].pe_resource = v[i] + 1;
	}
}

/* ids: NULL none, "" an empty list. */
static int
match(const struct rbac_need *need, const char *ids, struct world *wo,
    struct rbac_verdict *rv)
{
	char copy[TEXT];
	const char *v[64] = { NULL };
	size_t n = 0;

	if (ids != NULL)
		n = split(ids, copy, v, 64);
	return (rbac_match(
	    &ps, need, ids == NULL ? NULL : v, n, world_expand, wo, rv));
}

static const char *
show(const struct idset *is)
{
	static char out[2][TEXT];
	static int turn;
	char *to = out[turn = !turn];
	size_t i, n = 0;

	to[0] = '\0';
	for (i = 0; i < is->is_n; i++)
		n += (size_t)snprintf(
		    to + n, TEXT - n, "%s%s", i == 0 ? "" : " ", is->is_v[i]);
	return (to);
}

static void
verdict_free(struct rbac_verdict *rv)
{
	idset_free(&rv->rv_allowed);
	idset_free(&rv->rv_denied);
}

struct decision {
	const char *d_need;
	const char *d_entries;
	const char *d_ids;
	const char *d_flags; /* I implicit, F forbidden */
	const char *d_allowed;
	const char *d_denied;
};

static void
decide(const struct decision *d, size_t n, bool black)
{
	struct rbac_need need = { { "a:r" }, { NULL } };
	struct rbac_verdict rv;
	struct world wo = { 0, 0 };
	bool good;

	for (; n > 0; n--, d++) {
		need.rn_resources[0] = d->d_need;
		policies_set(black, d->d_entries);
		CU_ASSERT_EQUAL_FATAL(match(&need, d->d_ids, &wo, &rv), 0);
		good = rv.rv_implicit == (d->d_flags[0] == 'I') &&
		    rv.rv_forbidden == (d->d_flags[0] == 'F') &&
		    strcmp(show(&rv.rv_allowed), d->d_allowed) == 0 &&
		    strcmp(show(&rv.rv_denied), d->d_denied) == 0;
		CU_ASSERT(good);
		if (!good)
			printf("%s, %s, %s\n", d->d_need, d->d_entries,
			    show(&rv.rv_allowed));
		verdict_free(&rv);
	}
}

/* --- white: begin with nothing -------------------------------------------- */

static const struct decision white_named[] = {
	/* Nothing granted, nothing allowed. */
	{ AG, "", "001", "F", "", "001" },
	{ AG, "", "001 002", "F", "", "001 002" },
	{ AG, "", "", "", "", "" },
	{ AG, "-agent:id:*", "", "", "", "" },
	/* Single grants. */
	{ AG, "+agent:id:001", "001", "", "001", "" },
	{ AG, "+agent:id:001", "002", "F", "", "002" },
	{ AG, "+agent:id:001", "001 002", "", "001", "002" },
	{ AG, "+agent:id:001 +agent:id:003", "001 002 003 004", "", "001 003",
	    "002 004" },
	{ AG, "-agent:id:001", "001", "F", "", "001" },
	{ AG, "-agent:id:001", "002", "F", "", "002" },
	/* Ids are text: neither padded nor cut, and case counts. */
	{ AG, "+agent:id:1", "001", "F", "", "001" },
	{ AG, "+agent:id:001", "1", "F", "", "1" },
	{ AG, "+agent:id:0010", "001", "F", "", "001" },
	{ AG, "+agent:id:00", "001", "F", "", "001" },
	{ GR, "+group:id:Web", "web", "F", "", "web" },
	/* What is named twice counts once. */
	{ AG, "+agent:id:001", "001 001", "", "001", "" },
	{ AG, "+agent:id:001", "002 001 002", "", "001", "002" },
	/* The star, also for what does not exist. */
	{ AG, "+agent:id:*", "001", "", "001", "" },
	{ AG, "+agent:id:*", "777", "", "777", "" },
	{ AG, "+agent:id:*", "777 001", "", "001 777", "" },
	{ AG, "+agent:id:777", "777", "", "777", "" },
	{ AG, "-agent:id:*", "777", "F", "", "777" },
	/* The order decides. */
	{ AG, "+agent:id:* -agent:id:002", "002", "F", "", "002" },
	{ AG, "+agent:id:* -agent:id:002", "001 002", "", "001", "002" },
	{ AG, "-agent:id:002 +agent:id:*", "001 002", "", "001 002", "" },
	{ AG, "+agent:id:001 -agent:id:*", "001", "F", "", "001" },
	{ AG, "-agent:id:* +agent:id:001", "001 002", "", "001", "002" },
	{ AG, "+agent:id:001 -agent:id:001", "001", "F", "", "001" },
	{ AG, "-agent:id:001 +agent:id:001", "001", "", "001", "" },
	{ AG, "+agent:id:001 -agent:id:001 +agent:id:001", "001", "", "001",
	    "" },
	{ AG, "+agent:id:* -agent:id:777", "777 778", "", "778", "777" },
	/* Groups of agents. */
	{ AG, "+agent:group:web", "001", "", "001", "" },
	{ AG, "+agent:group:web", "003", "F", "", "003" },
	{ AG, "+agent:group:web", "001 003", "", "001", "003" },
	{ AG, "+agent:group:web", "777", "F", "", "777" },
	{ AG, "+agent:group:none", "001", "F", "", "001" },
	{ AG, "+agent:group:void", "001", "F", "", "001" },
	{ AG, "+agent:group:web +agent:group:db", "001 002 003 004", "",
	    "001 002 003", "004" },
	{ AG, "+agent:group:web -agent:group:db", "001 002 003", "", "001",
	    "002 003" },
	{ AG, "-agent:group:db +agent:group:web", "001 002 003", "", "001 002",
	    "003" },
	{ AG, "+agent:id:* -agent:group:web", "001 004", "", "004", "001" },
	{ AG, "+agent:group:web -agent:id:001", "001 002", "", "002", "001" },
	{ AG, "+agent:id:001 -agent:group:web", "001", "F", "", "001" },
	{ AG, "-agent:group:web +agent:id:001", "001 002", "", "001", "002" },
	{ AG, "+agent:group:*", "001", "", "001", "" },
	{ AG, "+agent:group:*", "000 777", "", "000 777", "" },
	{ AG, "-agent:id:* +agent:group:*", "005", "", "005", "" },
	{ AG, "+agent:id:* -agent:group:*", "005", "F", "", "005" },
	/* Other types, other actions, other forms do not count. */
	{ AG, "+group:id:*", "001", "F", "", "001" },
	{ AG, "+agent:idx:*", "001", "F", "", "001" },
	{ AG, "+agent:i:*", "001", "F", "", "001" },
	{ AG, "+*:*:*", "001", "F", "", "001" },
	{ AG, "+agent:id:001 -*:*:*", "001", "", "001", "" },
	{ AG, "+agent:id:001 -group:id:*", "001", "", "001", "" },
	{ AG, "b:w=+agent:id:*", "001", "F", "", "001" },
	{ AG, "+agent:id:001 b:w=-agent:id:*", "001", "", "001", "" },
	{ AG, "+agent:id:001&agent:group:web", "001", "F", "", "001" },
	{ AG, "+agent:id:001 -agent:id:001&agent:group:web", "001", "", "001",
	    "" },
	{ AG, "+agent:id:00*", "001", "F", "", "001" },
	{ GR, "+agent:group:web", "web", "F", "", "web" },
	{ GR, "+group:id:web -agent:group:web", "web", "", "web", "" },
	/* The star as an id among others is never granted. */
	{ AG, "+agent:id:*", "001 *", "", "001", "*" },
	{ AG, "", "* *", "F", "", "*" },
	{ AG, "+agent:id:*", "* *", "F", "", "*" },
	/* The other types alike. */
	{ GR, "+group:id:web", "web db", "", "web", "db" },
	{ GR, "+group:id:* -group:id:db", "web db default", "", "default web",
	    "db" },
	{ RU, "+rule:file:a.xml", "a.xml", "", "a.xml", "" },
	{ RU, "+rule:file:a.xml", "A.xml", "F", "", "A.xml" },
	{ RU, "+rule:file:*", "new.xml", "", "new.xml", "" },
	{ RO, "+role:id:2", "2 3", "", "2", "3" },
	{ RO, "+role:id:3 -role:id:1 +role:id:2 -role:id:*", "2", "F", "",
	    "2" },
	{ RO, "-role:id:* +role:id:2", "2", "", "2", "" },
	{ "user:id:{user_id}", "+user:id:*", "101", "", "101", "" },
	{ "policy:id:{policy_ids}",
	    "+policy:id:99 -policy:id:1 "
	    "+policy:id:2 -role:id:*",
	    "99 1 2", "", "2 99", "1" },
};

static const struct decision white_any[] = {
	{ AG, "", NULL, "I", "", "" },
	{ AG, "+agent:id:*", NULL, "I", ALL, "" },
	{ AG, "-agent:id:*", NULL, "I", "", "" },
	{ AG, "+agent:id:*", "*", "I", ALL, "" },
	{ AG, "+agent:id:002", NULL, "I", "002", "" },
	{ AG, "+agent:id:002", "*", "I", "002", "" },
	/* What was granted by name is there even if it does not exist. */
	{ AG, "+agent:id:777", NULL, "I", "777", "" },
	{ AG, "+agent:id:777 -agent:id:*", NULL, "I", "777", "" },
	{ AG, "+agent:id:* +agent:id:777", NULL, "I", ALL " 777", "" },
	{ AG, "+agent:id:* -agent:id:002", NULL, "I", "000 001 003 004 005",
	    "" },
	{ AG, "-agent:id:002 +agent:id:*", NULL, "I", ALL, "" },
	{ AG, "+agent:id:001 +agent:id:004 -agent:id:004", NULL, "I", "001",
	    "" },
	{ AG, "+agent:group:web", NULL, "I", "001 002", "" },
	{ AG, "+agent:group:web +agent:group:db", NULL, "I", "001 002 003",
	    "" },
	{ AG, "+agent:id:* -agent:group:db", NULL, "I", "000 001 004 005", "" },
	{ AG, "+agent:group:web -agent:id:* +agent:group:db", NULL, "I",
	    "002 003", "" },
	{ AG, "-agent:id:* +agent:group:web +agent:group:db", NULL, "I",
	    "001 002 003", "" },
	{ AG,
	    "+agent:id:002 +agent:id:001 -agent:group:web +agent:id:005 "
	    "+agent:id:000",
	    NULL, "I", "000 005", "" },
	{ AG, "+agent:group:*", NULL, "I", ALL, "" },
	{ AG, "+agent:id:* -agent:group:*", NULL, "I", "", "" },
	{ AG, "+agent:group:void", NULL, "I", "", "" },
	{ AG, "+*:*:*", NULL, "I", "", "" },
	{ AG, "+rule:file:*", NULL, "I", "", "" },
	{ GR, "+group:id:* -group:id:web", NULL, "I", "db default", "" },
	{ RU, "+rule:file:b.xml", NULL, "I", "b.xml", "" },
	{ RO, "+role:id:* -role:id:1", NULL, "I", "2 3", "" },
	{ "user:id:{u}", "+user:id:*", NULL, "I", "", "" },
};

/* Fixed resources: nothing can be named, so nothing allowed is a refusal. */
static const struct decision white_fixed[] = {
	{ "*:*:*", "", NULL, "F", "", "*" },
	{ "*:*:*", "+*:*:*", NULL, "", "*", "" },
	{ "*:*:*", "-*:*:*", NULL, "F", "", "*" },
	{ "*:*:*", "+*:*:* -*:*:*", NULL, "F", "", "*" },
	{ "*:*:*", "-*:*:* +*:*:*", NULL, "", "*", "" },
	{ "*:*:*", "+agent:id:*", NULL, "F", "", "*" },
	{ "*:*:*", "+*:*:* -agent:id:*", NULL, "", "*", "" },
	{ "*:*:*", "+*:*:x", NULL, "F", "", "*" },
	{ "*:*:*", "+*:*:*", "001", "", "*", "" },
	{ "rule:file:*", "", NULL, "F", "", "*" },
	{ "rule:file:*", "+rule:file:*", NULL, "", "a.xml b.xml c.xml", "" },
	{ "rule:file:*", "-rule:file:*", NULL, "F", "", "*" },
	{ "rule:file:*", "+rule:file:b.xml", NULL, "", "b.xml", "" },
	{ "rule:file:*", "+rule:file:* -rule:file:b.xml", NULL, "",
	    "a.xml c.xml", "" },
	{ "rule:file:*", "+rule:file:a.xml -rule:file:*", NULL, "F", "", "*" },
	{ "rule:file:*", "+rule:file:*", "a.xml", "", "a.xml b.xml c.xml", "" },
	{ "node:id:n1", "", NULL, "F", "", "n1" },
	{ "node:id:n1", "+node:id:n1", NULL, "", "n1", "" },
	{ "node:id:n1", "+node:id:*", NULL, "", "n1", "" },
	{ "node:id:n9", "+node:id:*", NULL, "", "n9", "" },
	{ "node:id:n1", "+node:id:n2", NULL, "F", "", "n1" },
	{ "node:id:n1", "+node:id:* -node:id:n1", NULL, "F", "", "n1" },
	{ "node:id:n1", "-node:id:* +node:id:n1", NULL, "", "n1", "" },
	{ "node:id:n1", "+*:*:*", NULL, "F", "", "n1" },
	{ "node:id:n1", "+node:id:n1", "n2", "", "n1", "" },
};

static const struct decision white_pairs[] = {
	{ FI, "+node:id:n1&file:path:etc/a", "etc/a", "", "etc/a", "" },
	{ FI, "+node:id:n1&file:path:etc/a", "etc/a etc/b", "", "etc/a",
	    "etc/b" },
	{ FI, "+node:id:n2&file:path:etc/a", "etc/a", "F", "", "etc/a" },
	{ FI, "+node:id:*&file:path:etc/a", "etc/a", "", "etc/a", "" },
	{ FI, "+node:id:*&file:path:*", "etc/z", "", "etc/z", "" },
	{ FI, "+node:id:n1&file:path:*", NULL, "I", "etc/a etc/b", "" },
	{ FI, "+node:id:n2&file:path:* +node:id:*&file:path:etc/b", NULL, "I",
	    "etc/b", "" },
	{ FI, "+node:id:*&file:path:* -node:id:n1&file:path:etc/a", NULL, "I",
	    "etc/b", "" },
	{ FI, "+node:id:*&file:path:* -node:id:n2&file:path:*", "etc/a", "",
	    "etc/a", "" },
	{ FI, "-node:id:*&file:path:* +node:id:n1&file:path:etc/a",
	    "etc/a etc/b", "", "etc/a", "etc/b" },
	/* Both parts, in their order, of their types; no single ones. */
	{ FI, "+file:path:etc/a&node:id:n1", "etc/a", "F", "", "etc/a" },
	{ FI, "+node:id:* +file:path:*", "etc/a", "F", "", "etc/a" },
	{ FI, "+node:id:n1&rule:file:*", "etc/a", "F", "", "etc/a" },
	{ FI, "+node:id:*&file:path:* -node:id:n1 -file:path:etc/a", "etc/a",
	    "", "etc/a", "" },
	{ "node:id:{n}&file:path:etc/a", "+node:id:n1&file:path:*", "n1 n2", "",
	    "n1", "n2" },
	{ "node:id:n1&file:path:etc/a", "+node:id:n1&file:path:*", NULL, "",
	    "etc/a", "" },
	{ "node:id:n1&file:path:etc/a", "+node:id:n1&file:path:etc/b", NULL,
	    "F", "", "etc/a" },
	{ "node:id:n1&agent:id:{a}", "+node:id:n1&agent:group:web", "001", "F",
	    "", "001" },
};

/* --- black: begin with all that is asked for ------------------------------ */

static const struct decision black_named[] = {
	{ AG, "", "001", "", "001", "" },
	{ AG, "", "001 777", "", "001 777", "" },
	{ AG, "", "", "", "", "" },
	{ AG, "-agent:id:*", "", "", "", "" },
	{ AG, "-agent:id:001", "001", "F", "", "001" },
	{ AG, "-agent:id:001", "001 002", "", "002", "001" },
	{ AG, "-agent:id:001", "002", "", "002", "" },
	{ AG, "+agent:id:001", "001 002", "", "001 002", "" },
	{ AG, "-agent:id:*", "001", "F", "", "001" },
	{ AG, "-agent:id:*", "777", "F", "", "777" },
	{ AG, "-agent:id:* +agent:id:002", "001 002", "", "002", "001" },
	{ AG, "+agent:id:002 -agent:id:*", "001 002", "F", "", "001 002" },
	{ AG, "-agent:id:* +agent:id:777", "777", "", "777", "" },
	{ AG, "-agent:id:001 +agent:id:*", "001", "", "001", "" },
	{ AG, "-agent:group:web", "001 002 003", "", "003", "001 002" },
	{ AG, "-agent:group:web +agent:id:001", "001 002", "", "001", "002" },
	{ AG, "-agent:group:web +agent:group:db", "001 002", "", "002", "001" },
	{ AG, "-agent:group:none", "001", "", "001", "" },
	{ AG, "-agent:group:*", "000", "F", "", "000" },
	{ AG, "-agent:id:* +agent:group:*", "000", "", "000", "" },
	{ AG, "-group:id:*", "001", "", "001", "" },
	{ AG, "-*:*:*", "001", "", "001", "" },
	{ AG, "b:w=-agent:id:*", "001", "", "001", "" },
	{ AG, "-agent:id:001&agent:group:web", "001", "", "001", "" },
	{ AG, "-agent:id:00*", "001", "", "001", "" },
	{ AG, "", "001 *", "", "001", "*" },
	{ AG, "", "* *", "F", "", "*" },
	{ GR, "-agent:group:web", "web", "", "web", "" },
	{ GR, "-group:id:web", "web db", "", "db", "web" },
	{ RU, "-rule:file:b.xml", "a.xml b.xml", "", "a.xml", "b.xml" },
	{ RO, "-role:id:1 -role:id:2", "1 2", "F", "", "1 2" },
};

static const struct decision black_any[] = {
	{ AG, "", NULL, "I", ALL, "" },
	{ AG, "", "*", "I", ALL, "" },
	{ AG, "-agent:id:*", NULL, "I", "", "" },
	{ AG, "-agent:id:002", NULL, "I", "000 001 003 004 005", "" },
	{ AG, "+agent:id:777", NULL, "I", ALL " 777", "" },
	{ AG, "-agent:id:777", NULL, "I", ALL, "" },
	{ AG, "-agent:group:web", NULL, "I", "000 003 004 005", "" },
	{ AG, "-agent:id:* +agent:group:db", NULL, "I", "002 003", "" },
	{ AG, "-agent:id:* +agent:id:001 +agent:id:777", NULL, "I", "001 777",
	    "" },
	{ AG, "-agent:group:*", NULL, "I", "", "" },
	{ AG, "-*:*:*", NULL, "I", ALL, "" },
	{ GR, "", NULL, "I", "db default web", "" },
	{ RU, "-rule:file:a.xml", NULL, "I", "b.xml c.xml", "" },
	{ RO, "-role:id:* +role:id:3", NULL, "I", "3", "" },
};

static const struct decision black_fixed[] = {
	{ "*:*:*", "", NULL, "", "*", "" },
	{ "*:*:*", "-*:*:*", NULL, "F", "", "*" },
	{ "*:*:*", "+*:*:*", NULL, "", "*", "" },
	{ "*:*:*", "-*:*:* +*:*:*", NULL, "", "*", "" },
	{ "*:*:*", "+*:*:* -*:*:*", NULL, "F", "", "*" },
	{ "*:*:*", "-agent:id:*", NULL, "", "*", "" },
	{ "rule:file:*", "", NULL, "", "a.xml b.xml c.xml", "" },
	{ "rule:file:*", "-rule:file:a.xml", NULL, "", "b.xml c.xml", "" },
	{ "rule:file:*", "-rule:file:*", NULL, "F", "", "*" },
	{ "rule:file:*", "-rule:file:* +rule:file:c.xml", NULL, "", "c.xml",
	    "" },
	{ "node:id:n1", "", NULL, "", "n1", "" },
	{ "node:id:n1", "-node:id:n1", NULL, "F", "", "n1" },
	{ "node:id:n1", "-node:id:n2", NULL, "", "n1", "" },
	{ "node:id:n1", "-node:id:*", NULL, "F", "", "n1" },
	{ "node:id:n1", "-node:id:* +node:id:n1", NULL, "", "n1", "" },
	{ "node:id:n9", "", NULL, "", "n9", "" },
	{ FI, "", "etc/a etc/z", "", "etc/a etc/z", "" },
	{ FI, "", NULL, "I", "etc/a etc/b", "" },
	{ FI, "-node:id:n1&file:path:etc/a", NULL, "I", "etc/b", "" },
	{ FI, "-node:id:n2&file:path:*", NULL, "I", "etc/a etc/b", "" },
	{ FI, "-node:id:*&file:path:* +node:id:n1&file:path:etc/b", NULL, "I",
	    "etc/b", "" },
	{ FI, "-file:path:* -node:id:*", "etc/a", "", "etc/a", "" },
};

#define DECIDE(t, black) decide((t), sizeof(t) / sizeof((t)[0]), (black))

static void
test_white(void)
{
	DECIDE(white_named, false);
	DECIDE(white_any, false);
	DECIDE(white_fixed, false);
	DECIDE(white_pairs, false);
}

static void
test_black(void)
{
	DECIDE(black_named, true);
	DECIDE(black_any, true);
	DECIDE(black_fixed, true);
}

/* --- what cannot be read lets nothing through ----------------------------- */

static void
test_needs(void)
{
	static const char *const bad[] = {
		"",
		"agent",
		"agent:id",
		"agent:id:",
		"::",
		":id:x",
		"agent::x",
		"agent:id:x:y",
		"agent:id:{a}&",
		"&agent:id:{a}",
		"agent:id:{a}&agent:group:{b}",
		"a:b:c&d:e:f&g:h:{i}",
		"node:id:<node_id>",
		"node:id:<node_id>&file:path:{path}",
		"agent:id:{}",
		"agent:id:x{a}",
		"agent:id:{a}x",
		"agent:id:{",
		"agent:id:}",
		"agent:id:{{a}}",
		"agent:id:{a",
		"agent:id:x>",
		"{a}:id:{a}",
		"node:<id>:n1",
		"node:id:n1&a}:b:{c}",
	};
	struct rbac_need need = { { "a:r" }, { NULL } };
	struct world wo = { 0, 0 };
	struct rbac_verdict rv;
	size_t i;

	/* In black mode, where without an entry all is allowed. */
	policies_set(true, "");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		need.rn_resources[0] = bad[i];
		CU_ASSERT_EQUAL(match(&need, "001", &wo, &rv), 0);
		CU_ASSERT_TRUE(rv.rv_forbidden);
		CU_ASSERT_EQUAL(rv.rv_allowed.is_n, 0);
		verdict_free(&rv);
	}
	/* None, several, and no action. */
	need.rn_resources[0] = NULL;
	CU_ASSERT_EQUAL(match(&need, "001", &wo, &rv), 0);
	CU_ASSERT_TRUE(rv.rv_forbidden);
	need.rn_resources[0] = "role:id:{role_id}";
	need.rn_resources[1] = "policy:id:{policy_ids}";
	CU_ASSERT_EQUAL(match(&need, "001", &wo, &rv), 0);
	CU_ASSERT_TRUE(rv.rv_forbidden);
	need.rn_resources[1] = NULL;
	need.rn_actions[0] = NULL;
	CU_ASSERT_EQUAL(match(&need, "001", &wo, &rv), 0);
	CU_ASSERT_TRUE(rv.rv_forbidden);
	CU_ASSERT_EQUAL(wo.wo_calls, 0);
}

static void
test_entries(void)
{
	static const char *const bad[] = {
		"",
		"agent",
		"agent:id",
		"agent:id:",
		"agent::001",
		":a:b",
		"agent:id:001:2",
		"agent:id:001&",
		"agent:id:1&a:b:c&d:e:f",
		"&",
		"*",
	};
	const struct rbac_need need = { { "a:r" }, { AG } };
	struct world wo = { 0, 0 };
	struct rbac_verdict rv;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		policies_set(true, "+agent:id:* ?");
		ps.ps_v[1].pe_resource = bad[i];
		CU_ASSERT_EQUAL(match(&need, "001", &wo, &rv), 0);
		CU_ASSERT_TRUE(rv.rv_forbidden);
		CU_ASSERT_EQUAL(rv.rv_allowed.is_n, 0);
		verdict_free(&rv);
		/* For another action it does not matter. */
		ps.ps_v[1].pe_action = "b:w";
		CU_ASSERT_EQUAL(match(&need, "001", &wo, &rv), 0);
		CU_ASSERT_FALSE(rv.rv_forbidden);
		verdict_free(&rv);
	}
}

/* A resource that arrives cut off, byte by byte. */
static void
test_prefixes(void)
{
	static const char whole[] = "agent:id:001&agent:group:web";
	const struct rbac_need need = { { "a:r" }, { AG } };
	struct world wo = { 0, 0 };
	struct rbac_verdict rv;
	char *cut;
	size_t i;
	bool reads;

	for (i = 0; i < sizeof(whole); i++) {
		policies_set(true, "+agent:id:001");
		/* An allocation of its own: a read beyond it is seen. */
		cut = strndup(whole, i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
		ps.ps_v[0].pe_resource = cut;
		CU_ASSERT_EQUAL(match(&need, "001", &wo, &rv), 0);
		reads = (i >= 10 && i <= 12) || i >= 26;
		CU_ASSERT_EQUAL(rv.rv_forbidden, !reads);
		verdict_free(&rv);
		free(cut);
	}
}

/* Several actions: all of them must allow. */
static void
test_actions(void)
{
	struct rbac_need need = { { "a:r", "b:w" }, { AG } };
	struct world wo = { 0, 0 };
	struct rbac_verdict rv;

	policies_set(false,
	    "+agent:id:001 +agent:id:002 b:w=+agent:id:002 "
	    "b:w=+agent:id:003");
	CU_ASSERT_EQUAL(match(&need, "001 002 003", &wo, &rv), 0);
	CU_ASSERT_FALSE(rv.rv_forbidden);
	CU_ASSERT_STRING_EQUAL(show(&rv.rv_allowed), "002");
	CU_ASSERT_STRING_EQUAL(show(&rv.rv_denied), "001 003");
	verdict_free(&rv);
	CU_ASSERT_EQUAL(match(&need, NULL, &wo, &rv), 0);
	CU_ASSERT_STRING_EQUAL(show(&rv.rv_allowed), "002");
	verdict_free(&rv);
	policies_set(false, "+agent:id:*");
	CU_ASSERT_EQUAL(match(&need, "001", &wo, &rv), 0);
	CU_ASSERT_TRUE(rv.rv_forbidden);
	verdict_free(&rv);
	policies_set(true, "b:w=-agent:id:001");
	need.rn_actions[2] = "c:d";
	need.rn_actions[3] = "e:f";
	CU_ASSERT_EQUAL(match(&need, "001 002", &wo, &rv), 0);
	CU_ASSERT_STRING_EQUAL(show(&rv.rv_allowed), "002");
	verdict_free(&rv);
	policies_set(true, "e:f=-agent:id:002 b:w=-agent:id:001");
	CU_ASSERT_EQUAL(match(&need, "001 002", &wo, &rv), 0);
	CU_ASSERT_TRUE(rv.rv_forbidden);
	verdict_free(&rv);
}

/* The world is asked only where it must be, and its failure is one. */
static void
test_expand(void)
{
	const struct rbac_need need = { { "a:r" }, { AG } };
	struct world wo = { 0, 0 };
	struct rbac_verdict rv;

	policies_set(false, "+agent:id:* -agent:id:002 +agent:id:*");
	CU_ASSERT_EQUAL(match(&need, "001 002", &wo, &rv), 0);
	CU_ASSERT_EQUAL(wo.wo_calls, 0);
	verdict_free(&rv);
	CU_ASSERT_EQUAL(match(&need, NULL, &wo, &rv), 0);
	CU_ASSERT_EQUAL(wo.wo_calls, 1);
	verdict_free(&rv);
	wo.wo_calls = 0;
	policies_set(false, "+agent:id:001 +rule:file:*");
	CU_ASSERT_EQUAL(match(&need, NULL, &wo, &rv), 0);
	CU_ASSERT_EQUAL(wo.wo_calls, 0);
	verdict_free(&rv);
	policies_set(true, "-agent:group:web +agent:id:*");
	for (wo.wo_fail = 1; wo.wo_fail <= 2; wo.wo_fail++) {
		wo.wo_calls = 0;
		CU_ASSERT_EQUAL(match(&need, NULL, &wo, &rv), -1);
		CU_ASSERT_TRUE(rv.rv_forbidden);
		CU_ASSERT_PTR_NULL(rv.rv_allowed.is_v);
		CU_ASSERT_PTR_NULL(rv.rv_denied.is_v);
	}
	wo.wo_calls = 0;
	CU_ASSERT_EQUAL(match(&need, NULL, &wo, &rv), 0);
	CU_ASSERT_EQUAL(wo.wo_calls, 2);
	verdict_free(&rv);
}

/* --- properties ------------------------------------------------------------ */

static uint64_t seed;

static size_t
pick(size_t n)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return ((size_t)(seed >> 33) % n);
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

/*
 * At the end of any entries: a deny never widens, an allow never narrows; and
 * what is allowed and what is refused are parts of what was named.
 */
static void
test_properties(void)
{
	static const char *const resources[] = {
		"agent:id:*",
		"agent:id:000",
		"agent:id:001",
		"agent:id:002",
		"agent:id:777",
		"agent:group:*",
		"agent:group:web",
		"agent:group:db",
		"agent:group:none",
		"group:id:*",
		"*:*:*",
		"agent:id:001&agent:group:web",
		"node:id:n1&file:path:etc/a",
		"node:id:*&file:path:*",
		"rule:file:*",
		"rule:file:a.xml",
		"node:id:n1",
	};
	static const char *const needs[] = { AG, AG, AG, GR, RU, FI, "*:*:*",
		"rule:file:*", "node:id:n1" };
	static const char *const asked[] = { "001", "001 002", "777 000",
		"etc/a etc/b", "a.xml", "", "web" };
	const size_t nres = sizeof(resources) / sizeof(resources[0]);
	struct rbac_need need = { { "a:r" }, { NULL } };
	struct rbac_verdict before, deny, allow;
	struct world wo = { 0, 0 };
	const char *ids;
	size_t i, j, denied = 0, widened = 0, wrong = 0;

	seed = 20240229;
	for (i = 0; i < 20000; i++) {
		need.rn_resources[0] = needs[pick(9)];
		ids = pick(3) == 0 ? NULL : asked[pick(7)];
		ps.ps_black = pick(2) == 0;
		ps.ps_n = pick(8);
		for (j = 0; j <= ps.ps_n; j++) {
			ps.ps_v[j].pe_action = pick(8) == 0 ? "b:w" : "a:r";
			ps.ps_v[j].pe_resource = resources[pick(nres)];
			ps.ps_v[j].pe_allow = pick(2) == 0;
		}
		CU_ASSERT_EQUAL_FATAL(match(&need, ids, &wo, &before), 0);
		ps.ps_v[ps.ps_n++].pe_allow = false;
		CU_ASSERT_EQUAL_FATAL(match(&need, ids, &wo, &deny), 0);
		ps.ps_v[ps.ps_n - 1].pe_allow = true;
		CU_ASSERT_EQUAL_FATAL(match(&need, ids, &wo, &allow), 0);
		wrong += !subset(&deny.rv_allowed, &before.rv_allowed);
		wrong += before.rv_forbidden && !deny.rv_forbidden;
		wrong += !subset(&before.rv_allowed, &allow.rv_allowed);
		wrong += !before.rv_forbidden && allow.rv_forbidden;
		wrong += before.rv_implicit && before.rv_denied.is_n != 0;
		wrong += before.rv_forbidden && before.rv_allowed.is_n != 0;
		denied += deny.rv_allowed.is_n < before.rv_allowed.is_n;
		widened += allow.rv_allowed.is_n > before.rv_allowed.is_n;
		verdict_free(&before);
		verdict_free(&deny);
		verdict_free(&allow);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	/* The cases were not all idle. */
	CU_ASSERT(denied > 1000);
	CU_ASSERT(widened > 1000);
}

static const struct unit_case cases[] = { { "white", test_white },
	{ "black", test_black }, { "needs", test_needs },
	{ "entries", test_entries }, { "prefixes", test_prefixes },
	{ "actions", test_actions }, { "expand", test_expand },
	{ "properties", test_properties }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("rbac_match", cases));
}
