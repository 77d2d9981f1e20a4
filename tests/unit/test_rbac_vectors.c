/* SPDX-License-Identifier: ISC */
/*
 * The evaluator from stored policies to the verdict on a request, by the cases
 * of tests/unit/rbac/vectors.txt, which says how it is to be read; and that a
 * denial, wherever it stands, never lets anybody touch more.
 */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/rbac.h"
#include "common/rbac_match.h"
#include "tests/unit/unit.h"

#define TEXT     1024
#define POLICIES 16
#define ITEMS    32
#define CASES    300 /* at least so many are wanted */

/* --- the world ------------------------------------------------------------ */

static int
world_expand(void *arg, const char *type, const char *value, struct idset *out)
{
	static const struct {
		const char *type;
		const char *value; /* NULL: all that exist */
		const char *ids;
	} known[] = {
		{ "agent:id", NULL, "000,001,002,003,004,005" },
		{ "agent:group", "web", "001,002" },
		{ "agent:group", "db", "002,003" },
		{ "group:id", NULL, "db,default,web" },
		{ "role:id", NULL, "1,2,3,100" },
		{ "user:id", NULL, "1,2,99,100" },
		{ "rule:file", NULL, "a.xml,b.xml,c.xml" },
		{ "node:id", NULL, "n1,n2" },
	};
	char copy[TEXT], *id, *save;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].type, type) != 0 ||
		    (known[i].value == NULL) != (value == NULL) ||
		    (value != NULL && strcmp(known[i].value, value) != 0))
			continue;
		snprintf(copy, sizeof(copy), "%s", known[i].ids);
		for (id = strtok_r(copy, ",", &save); id != NULL;
		     id = strtok_r(NULL, ",", &save))
			if (idset_add(out, id) == -1)
				return (-1);
	}
	return (0);
}

static const struct {
	const char *name;
	struct rbac_need need;
} needs[] = {
	{ "agent", { { "a:r" }, { "agent:id:{agent_list}" } } },
	{ "group", { { "a:r" }, { "group:id:{group_list}" } } },
	{ "role", { { "a:r" }, { "role:id:{role_ids}" } } },
	{ "user", { { "a:r" }, { "user:id:{user_ids}" } } },
	{ "file", { { "a:r" }, { "rule:file:{filename}" } } },
	{ "files", { { "a:r" }, { "rule:file:*" } } },
	{ "node", { { "a:r" }, { "node:id:n1" } } },
	{ "nodes", { { "a:r" }, { "node:id:{node_list}" } } },
	{ "none", { { "a:r" }, { "*:*:*" } } },
};

static const struct rbac_need *
need_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (strcmp(needs[i].name, name) == 0)
			return (&needs[i].need);
	return (NULL);
}

/* --- policies --------------------------------------------------------------- */

/* A caller with one role, which has the policies in their order. */
struct caller {
	struct rbac ca_rbac;
	struct rbac_role ca_role;
	struct rbac_policy ca_policy[POLICIES];
	int64_t ca_id[POLICIES];
};

static void
caller_init(struct caller *ca)
{
	memset(ca, 0, sizeof(*ca));
	ca->ca_role.ro_id = 1;
	ca->ca_role.ro_policies = ca->ca_id;
	ca->ca_rbac.rb_roles = &ca->ca_role;
	ca->ca_rbac.rb_nroles = 1;
	ca->ca_rbac.rb_policies = ca->ca_policy;
}

static void
list_free(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static void
caller_clear(struct caller *ca)
{
	size_t i;

	for (i = 0; i < ca->ca_rbac.rb_npolicies; i++) {
		free(ca->ca_policy[i].rp_text);
		list_free(ca->ca_policy[i].rp_actions);
		list_free(ca->ca_policy[i].rp_resources);
	}
	caller_init(ca);
}

/* "x,y" as members of a JSON array. */
static void
json_list(const char *text, char out[TEXT])
{
	size_t n = 0;

	out[n++] = '"';
	for (; *text != '\0' && n < TEXT - 5; text++) {
		if (*text == ',')
			n += (size_t)snprintf(out + n, TEXT - n, "\", \"");
		else
			out[n++] = *text;
	}
	snprintf(out + n, TEXT - n, "\"");
}

static void
caller_add(struct caller *ca, const char *effect, const char *actions,
    const char *resources)
{
	size_t n = ca->ca_rbac.rb_npolicies;
	struct rbac_policy *rp = &ca->ca_policy[n];
	char a[TEXT], r[TEXT];

	CU_ASSERT_FATAL(n < POLICIES);
	json_list(actions, a);
	json_list(resources, r);
	rp->rp_id = (int64_t)n + 1;
	CU_ASSERT_NOT_EQUAL_FATAL(
	    asprintf(&rp->rp_text,
	        "{\"actions\": [%s], \"resources\": [%s], \"effect\": \"%s\"}",
	        a, r, effect),
	    -1);
	CU_ASSERT_EQUAL(rbac_policy_read(rp), 0);
	CU_ASSERT_FALSE(rp->rp_bad);
	ca->ca_id[n] = rp->rp_id;
	ca->ca_rbac.rb_npolicies = ca->ca_role.ro_npolicies = n + 1;
}

/* ids: NULL, nothing is named. */
static void
caller_ask(const struct caller *ca, bool black, const struct rbac_need *need,
    const char *const *ids, size_t n, struct rbac_verdict *rv)
{
	static struct policies ps;
	const struct row row = { .r_call = "test", .r_rbac = { *need } };

	CU_ASSERT_EQUAL_FATAL(
	    rbac_entries(&ca->ca_rbac, (int64_t[]){ 1 }, 1, black, &row, &ps),
	    0);
	CU_ASSERT_EQUAL_FATAL(
	    rbac_match(&ps, need, ids, n, world_expand, NULL, rv), 0);
}

static void
verdict_free(struct rbac_verdict *rv)
{
	idset_free(&rv->rv_allowed);
	idset_free(&rv->rv_denied);
}

/* --- the cases --------------------------------------------------------------- */

static void
show_set(const struct idset *is, char *out, size_t len)
{
	size_t i, n = 0;

	snprintf(out, len, "[]");
	for (i = 0; i < is->is_n && n < len; i++)
		n += (size_t)snprintf(
		    out + n, len - n, "%s%s", i == 0 ? "" : ",", is->is_v[i]);
}

static void
show(const struct rbac_verdict *rv, char out[TEXT])
{
	char allowed[TEXT / 4], denied[TEXT / 4];

	show_set(&rv->rv_allowed, allowed, sizeof(allowed));
	show_set(&rv->rv_denied, denied, sizeof(denied));
	/* What is refused as a whole allows nothing, whatever the set says. */
	snprintf(out, TEXT, "%s %s %s",
	    rv->rv_forbidden    ? "forbidden" :
	        rv->rv_implicit ? "implicit" :
	                          "ok",
	    rv->rv_forbidden ? "[]" : allowed, denied);
}

static void
vector_case(const struct caller *ca, unsigned int line, char *text)
{
	const char *v[ITEMS];
	const struct rbac_need *need;
	struct rbac_verdict rv;
	char mode[16], name[16], got[TEXT], *want, *ids, *id, *save;
	size_t n = 0;

	want = strstr(text, " = ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(want);
	*want = '\0';
	want += 3;
	CU_ASSERT_EQUAL_FATAL(sscanf(text, "%15s %15s", mode, name), 2);
	need = need_find(name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(need);
	ids = strrchr(text, ' ') + 1;
	if (strcmp(ids, "-") != 0 && strcmp(ids, "[]") != 0)
		for (id = strtok_r(ids, ",", &save); id != NULL && n < ITEMS;
		     id = strtok_r(NULL, ",", &save))
			v[n++] = id;
	caller_ask(ca, strcmp(mode, "black") == 0, need,
	    strcmp(ids, "-") == 0 ? NULL : v, n, &rv);
	show(&rv, got);
	CU_ASSERT_STRING_EQUAL(got, want);
	if (strcmp(got, want) != 0)
		printf(
		    "vectors.txt:%u:\n  got  %s\n  want %s\n", line, got, want);
	verdict_free(&rv);
}

static void
test_vectors(void)
{
	const char *src = getenv("srcdir");
	char path[4096], line[TEXT], effect[16], actions[256], resources[512];
	struct caller ca;
	unsigned int n = 0, cases = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/unit/rbac/vectors.txt",
	    src == NULL ? "." : src);
	f = fopen(path, "re");
	if (f == NULL)
		printf("unit rbac_vectors: no %s\n", path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	caller_init(&ca);
	while (fgets(line, sizeof(line), f) != NULL) {
		n++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#')
			continue;
		if (line[0] == '\0') {
			caller_clear(&ca);
		} else if (sscanf(line, "policy %15s %255s %511s", effect,
		               actions, resources) == 3) {
			caller_add(&ca, effect, actions, resources);
		} else {
			vector_case(&ca, n, line);
			cases++;
		}
	}
	(void)fclose(f);
	caller_clear(&ca);
	printf("unit rbac_vectors: %u cases\n", cases);
	CU_ASSERT(cases >= CASES);
}

/* --- a denial never widens ------------------------------------------------------ */

static uint32_t seed;

static uint32_t
dice(uint32_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return (seed % sides);
}

static const char *const resources[] = { "agent:id:*", "agent:id:001",
	"agent:id:002", "agent:id:099", "agent:group:*", "agent:group:web",
	"agent:group:db", "agent:group:void", "role:id:*", "role:id:1",
	"group:id:*", "*", "agent:id:001&agent:group:web",
	"agent:id:*&role:id:*", "agent:id:001,agent:group:db",
	"role:id:*,agent:id:002" };

#define NRESOURCES (sizeof(resources) / sizeof(resources[0]))

static const char *const *const asked[] = { NULL,
	(const char *const[]){ "001" }, (const char *const[]){ "002", "099" },
	(const char *const[]){ "000", "001", "002", "003" } };
static const size_t nasked[] = { 0, 1, 2, 4 };

/* Whatever the first allows the second allows too. */
static bool
within(const struct rbac_verdict *a, const struct rbac_verdict *b)
{
	size_t i;

	if (a->rv_forbidden)
		return (true);
	if (b->rv_forbidden)
		return (false);
	for (i = 0; i < a->rv_allowed.is_n; i++)
		if (!idset_has(&b->rv_allowed, a->rv_allowed.is_v[i]))
			return (false);
	return (true);
}

/* The same policies without, and with, one more denial somewhere. */
static void
widen_once(void)
{
	struct caller plain, more;
	struct rbac_verdict a, b;
	size_t i, k, n = 1 + dice(6), at = dice((uint32_t)n + 1);
	uint32_t allow, which;

	caller_init(&plain);
	caller_init(&more);
	for (i = 0; i <= n; i++) {
		if (i == at)
			caller_add(
			    &more, "deny", "a:r", resources[dice(NRESOURCES)]);
		if (i == n)
			break;
		allow = dice(3);
		which = dice(NRESOURCES);
		caller_add(&plain, allow != 0 ? "allow" : "deny", "a:r",
		    resources[which]);
		caller_add(&more, allow != 0 ? "allow" : "deny", "a:r",
		    resources[which]);
	}
	for (k = 0; k < 2 * sizeof(asked) / sizeof(asked[0]); k++) {
		caller_ask(&plain, k & 1, &needs[0].need, asked[k / 2],
		    nasked[k / 2], &a);
		caller_ask(&more, k & 1, &needs[0].need, asked[k / 2],
		    nasked[k / 2], &b);
		CU_ASSERT(within(&b, &a));
		if (!within(&b, &a))
			for (i = 0; i <= n; i++)
				printf("  %s\n", more.ca_policy[i].rp_text);
		verdict_free(&a);
		verdict_free(&b);
	}
	caller_clear(&plain);
	caller_clear(&more);
}

static void
test_deny(void)
{
	int i;

	seed = 20261121;
	for (i = 0; i < 3000; i++)
		widen_once();
}

static const struct unit_case cases[] = { { "vectors", test_vectors },
	{ "deny never widens", test_deny }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("rbac_vectors", cases));
}
