/* SPDX-License-Identifier: ISC */
/*
 * Policies as SQL against rbac_match(): random policies over random agents and
 * groups have to let the same agents through, as rows and as a number, and to
 * forbid the same calls. RBAC_SEED chooses other ones, RBAC_ROUNDS more of
 * them; both are printed where an answer differs.
 */
#include <inttypes.h>

#include "common/rbac_match.h"
#include "dapi/fields_agents.h"
#include "dapi/keys.h"
#include "dapi/rbac_sql.h"
#include "tests/unit/store_rig.h"

#define ROUNDS   8 /* memberships */
#define POLICIES 90 /* of each */
#define ENTRIES  24 /* most of a random policy */
#define AGENTS   48
#define GROUPS   6
#define TEXT     96 /* bytes of an entry's resource */

struct chance {
	uint64_t c_state;
};

static uint64_t
draw(struct chance *c)
{
	c->c_state ^= c->c_state << 13;
	c->c_state ^= c->c_state >> 7;
	c->c_state ^= c->c_state << 17;
	return (c->c_state * UINT64_C(2685821657736338717) >> 16);
}

static size_t
below(struct chance *c, size_t n)
{
	return ((size_t)(draw(c) % n));
}

#define PICK(c, list) ((list)[below((c), sizeof(list) / sizeof((list)[0]))])

/* --- agents and groups ------------------------------------------------- */

static const char *const groups[GROUPS] = { "web", "db", "void", "o'brien",
	"100%", "a\"b\\" };

/* Ids whose order as text is not that of numbers stand at the end. */
static uint32_t
agent_id(size_t i)
{
	return ((uint32_t)(i < 40 ? i : 990 + 3 * (i - 40)));
}

struct world {
	struct tree w_tree;
	struct store *w_store;
	bool w_member[GROUPS][AGENTS];
	size_t w_all, w_none, w_less, w_forbidden, w_some; /* seen */
};

static void
world_make(struct world *w)
{
	struct store_val v;
	size_t i;

	memset(w, 0, sizeof(*w));
	tree_make(&w->w_tree);
	w->w_store = writer(&w->w_tree);
	exec(w->w_store, SD_GLOBAL, "DELETE FROM agent");
	for (i = 0; i < AGENTS; i++)
		insert(w->w_store, agent_id(i));
	exec(w->w_store, SD_GLOBAL,
	    "UPDATE agent SET connection_status = 'active'"
	    " WHERE id % 3 = 0");
	for (i = 0; i < GROUPS; i++) {
		v = (struct store_val)SV_OF_TEXT(groups[i]);
		CU_ASSERT_EQUAL(store_run(w->w_store,
		                    "INSERT INTO `group` (name) VALUES (?1)",
		                    &v, 1, NULL, NULL),
		    STORE_OK);
	}
}

static void
world_end(struct world *w)
{
	store_close(&w->w_store);
	tree_end(&w->w_tree);
}

/* New members for all groups but "void". */
static void
world_shuffle(struct world *w, struct chance *c)
{
	static const char sql[] =
	    "INSERT INTO belongs (id_agent, id_group, priority)"
	    " SELECT ?1, id, ?2 FROM `group` WHERE name = ?3";
	struct store_val v[3];
	size_t g, i;

	CU_ASSERT_EQUAL(store_tx(w->w_store, STORE_WRITE), STORE_OK);
	exec(w->w_store, SD_GLOBAL, "DELETE FROM belongs");
	for (g = 0; g < GROUPS; g++)
		for (i = 0; i < AGENTS; i++) {
			w->w_member[g][i] = strcmp(groups[g], "void") != 0 &&
			    below(c, g + 2) == 0;
			if (!w->w_member[g][i])
				continue;
			v[0] = (struct store_val)SV_OF_INT(agent_id(i));
			v[1] = (struct store_val)SV_OF_INT((int64_t)g);
			v[2] = (struct store_val)SV_OF_TEXT(groups[g]);
			store_run(w->w_store, sql, v, 3, NULL, NULL);
		}
	CU_ASSERT_EQUAL(store_tx(w->w_store, STORE_COMMIT), STORE_OK);
}

/* What exists, without the store. */
static int
world_expand(void *arg, const char *type, const char *value, struct idset *out)
{
	const struct world *w = arg;
	char id[KEYS_IDLEN];
	size_t g, i;

	for (g = 0; value != NULL && g < GROUPS; g++)
		if (strcmp(groups[g], value) == 0)
			break;
	if (g == GROUPS)
		return (0);
	for (i = 0; i < AGENTS; i++) {
		if (value != NULL && !w->w_member[g][i])
			continue;
		keys_idtext(agent_id(i), id);
		if (idset_add(out, id) == -1)
			return (-1);
	}
	return (0);
}

/* --- policies ---------------------------------------------------------- */

struct policy {
	struct policies po_ps;
	char po_text[POLICY_MAX][TEXT];
};

static void
policy_add(struct policy *po, const char *action, bool allow, const char *type,
    const char *value)
{
	struct policies *ps = &po->po_ps;
	char *text = po->po_text[ps->ps_n];

	snprintf(text, TEXT, "%s:%s", type, value);
	ps->ps_v[ps->ps_n++] = (struct policy_entry){
		.pe_action = action, .pe_resource = text, .pe_allow = allow
	};
}

static void
policy_entry(struct policy *po, struct chance *c, bool allow)
{
	/* What is no id as we write it, and what exists nowhere. */
	static const char *const odd[] = { "1", "0001", "00", "x", "-01", "777",
		"4294967296", "99999999999", "0*", "1 OR 1=1", "'" };
	static const char *const other[] = { "agent:id:001&agent:group:web",
		"group:id:*", "*:*:*", "node:id:n1", "agent:name:001" };
	static const char *const broken[] = { "nonsense", "agent:id:a:b",
		"agent:id:" };
	static const char *const actions[] = { "a:r", "a:r", "a:r", "a:w",
		"a:r" };
	const char *action = PICK(c, actions), *text;
	char id[KEYS_IDLEN];

	switch (below(c, 24)) {
	case 0:
		policy_add(po, action, allow, "agent:id", PICK(c, odd));
		break;
	case 1:
		policy_add(po, action, allow, "agent:group", "nobody's");
		break;
	case 2:
	case 3:
		text = below(c, 12) == 0 ? PICK(c, broken) : PICK(c, other);
		snprintf(po->po_text[po->po_ps.ps_n], TEXT, "%s", text);
		po->po_ps.ps_v[po->po_ps.ps_n] = (struct policy_entry){ action,
			po->po_text[po->po_ps.ps_n], allow };
		po->po_ps.ps_n++;
		break;
	case 4:
		policy_add(po, action, allow, "agent:id", "*");
		break;
	case 5:
		policy_add(po, action, allow, "agent:group", "*");
		break;
	case 6:
	case 7:
	case 8:
	case 9:
	case 10:
		policy_add(po, action, allow, "agent:group", PICK(c, groups));
		break;
	default:
		keys_idtext(agent_id(below(c, AGENTS)), id);
		policy_add(po, action, allow, "agent:id", id);
	}
}

static void
policy_draw(struct policy *po, struct chance *c)
{
	size_t i, n = below(c, ENTRIES);

	po->po_ps.ps_black = below(c, 2) == 0;
	po->po_ps.ps_n = 0;
	for (i = 0; i < n; i++)
		policy_entry(po, c, below(c, 2) == 0);
}

static void
policy_print(const struct policy *po)
{
	const struct policies *ps = &po->po_ps;
	size_t i;

	printf("%s:", ps->ps_black ? "black" : "white");
	for (i = 0; i < ps->ps_n; i++)
		printf(" %s %c%s,", ps->ps_v[i].pe_action,
		    ps->ps_v[i].pe_allow ? '+' : '-', ps->ps_v[i].pe_resource);
	printf("\n");
}

/* --- both ways --------------------------------------------------------- */

static int
id_row(void *arg, const struct store_val *col, size_t n)
{
	char id[KEYS_IDLEN];

	keys_idtext((uint32_t)store_int(&col[0]), id);
	return (idset_add(arg, id));
}

/* Run a query of the framework under the condition, as rows and a number. */
static void
ask(struct world *w, const struct rbac_sql *rq, const char *q,
    struct idset *ids, int64_t *total_r)
{
	static const char *const id[] = { "id" };
	const struct query_args qa = { .qa_select = id,
		.qa_nselect = 1,
		.qa_q = q,
		.qa_limit = QUERY_NOLIMIT };
	struct query_base qb = rbac_sql_base(rq);
	struct query_error qe;
	struct query_sql qs;
	struct query *query;

	query = query_parse(&fields_agents, &qa, &qe);
	CU_ASSERT_PTR_NOT_NULL_FATAL(query);
	CU_ASSERT_EQUAL(query_sql_make(&qs, query, &qb, QUERY_ROWS), 0);
	CU_ASSERT_EQUAL(store_run(w->w_store, (const char *)qs.qs_text.b_data,
	                    qs.qs_val, qs.qs_nval, id_row, ids),
	    STORE_OK);
	query_sql_free(&qs);
	*total_r = -1;
	CU_ASSERT_EQUAL(query_sql_make(&qs, query, &qb, QUERY_COUNT), 0);
	CU_ASSERT_EQUAL(store_run(w->w_store, (const char *)qs.qs_text.b_data,
	                    qs.qs_val, qs.qs_nval, int_row, total_r),
	    STORE_OK);
	query_sql_free(&qs);
	query_free(&query);
}

/* The allowed ids that exist, of those only the active ones where said so. */
static void
keep(const struct idset *allowed, bool active, struct idset *out)
{
	char id[KEYS_IDLEN];
	size_t i;

	for (i = 0; i < AGENTS; i++) {
		keys_idtext(agent_id(i), id);
		if (idset_has(allowed, id) && (!active || agent_id(i) % 3 == 0))
			CU_ASSERT_EQUAL(idset_add(out, id), 0);
	}
}

static bool
idset_same(const struct idset *a, const struct idset *b)
{
	size_t i;

	if (a->is_n != b->is_n)
		return (false);
	for (i = 0; i < a->is_n; i++)
		if (strcmp(a->is_v[i], b->is_v[i]) != 0)
			return (false);
	return (true);
}

static void
tally(struct world *w, const struct rbac_sql *rq, const struct idset *want)
{
	w->w_all += rq->rq_where.b_len == 0;
	w->w_less += rq->rq_less.b_len > 0;
	w->w_none += want->is_n == 0;
	w->w_some += want->is_n > 0 && want->is_n < AGENTS;
}

/* Does SQL say the same as the matcher? */
static bool
agree(struct world *w, const struct policy *po, const struct rbac_need *need)
{
	struct rbac_verdict rv;
	struct rbac_sql rq;
	struct idset want, got;
	int64_t total;
	int r, active;
	bool same;

	CU_ASSERT_EQUAL_FATAL(
	    rbac_match(&po->po_ps, need, NULL, 0, world_expand, w, &rv), 0);
	r = rbac_sql_agents(&rq, &po->po_ps, need);
	same = r == (rv.rv_forbidden ? 0 : 1);
	w->w_forbidden += r == 0;
	for (active = 0; same && r == 1 && active < 2; active++) {
		memset(&want, 0, sizeof(want));
		memset(&got, 0, sizeof(got));
		keep(&rv.rv_allowed, active != 0, &want);
		ask(w, &rq, active ? "status=active" : NULL, &got, &total);
		same = idset_same(&want, &got) && total == (int64_t)want.is_n;
		tally(w, &rq, &want);
		if (!same)
			printf("active %d: %zu wanted, %zu rows, total"
			       " %" PRId64 "\nwhere %s\nless %s\n",
			    active, want.is_n, got.is_n, total,
			    rq.rq_where.b_len ? (char *)rq.rq_where.b_data :
			                        "-",
			    rq.rq_less.b_len ? (char *)rq.rq_less.b_data : "-");
		idset_free(&want);
		idset_free(&got);
	}
	idset_free(&rv.rv_allowed);
	idset_free(&rv.rv_denied);
	rbac_sql_free(&rq);
	return (same);
}

static const struct rbac_need one = { { "a:r" }, { "agent:id:{x}" } };
static const struct rbac_need two = { { "a:r", "a:w" }, { "agent:id:{x}" } };

static uint64_t
number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return (text == NULL ? otherwise : strtoull(text, NULL, 10));
}

static void
test_random(void)
{
	uint64_t seed = number_of("RBAC_SEED", 2463534242);
	size_t rounds = number_of("RBAC_ROUNDS", ROUNDS), k, i;
	struct policy *po = calloc(1, sizeof(*po));
	struct chance c = { seed };
	struct world w;
	bool same = true;

	CU_ASSERT_PTR_NOT_NULL_FATAL(po);
	world_make(&w);
	for (k = 0; same && k < rounds; k++) {
		world_shuffle(&w, &c);
		for (i = 0; same && i < POLICIES; i++) {
			policy_draw(po, &c);
			same = agree(&w, po, i % 4 == 0 ? &two : &one);
			CU_ASSERT(same);
			if (!same)
				policy_print(po);
		}
	}
	if (!same)
		printf("RBAC_SEED=%" PRIu64 ", round %zu\n", seed, k);
	/* Each way of writing it was taken. */
	CU_ASSERT(w.w_all > 20);
	CU_ASSERT(w.w_none > 20);
	CU_ASSERT(w.w_some > 300);
	CU_ASSERT(w.w_less > 50);
	CU_ASSERT(w.w_forbidden > 20);
	world_end(&w);
	free(po);
}

/* --- the longest ------------------------------------------------------- */

enum filling {
	FILL_IDS,
	FILL_MIXED,
	FILL_LISTS /* each id is another list, for SQLite too many to join */
};

/* As many entries as a call can have, none of which can be left out. */
static void
fill(struct policy *po, bool black, size_t n, enum filling with)
{
	char value[32];
	size_t i;

	po->po_ps.ps_black = black;
	po->po_ps.ps_n = 0;
	for (i = 0; i < n; i++) {
		if (with != FILL_IDS && i % 2 == 0) {
			snprintf(value, sizeof(value), "g%zu", i);
			policy_add(po, "a:r",
			    with == FILL_LISTS ? black : i % 4 == 0,
			    "agent:group", i < GROUPS ? groups[i] : value);
		} else {
			keys_idtext((uint32_t)(n - i), value);
			policy_add(po, "a:r",
			    with == FILL_LISTS ? !black : i % 3 == 0,
			    "agent:id", value);
		}
	}
}

static void
test_longest(void)
{
	struct policy *po = calloc(1, sizeof(*po));
	struct chance c = { 1 };
	struct world w;
	int black;

	CU_ASSERT_PTR_NOT_NULL_FATAL(po);
	world_make(&w);
	world_shuffle(&w, &c);
	for (black = 0; black < 2; black++) {
		fill(po, black != 0, POLICY_MAX, FILL_MIXED);
		CU_ASSERT(agree(&w, po, &two));
		fill(po, black != 0, POLICY_MAX, FILL_LISTS);
		CU_ASSERT(agree(&w, po, &one));
		fill(po, black != 0, POLICY_MAX, FILL_IDS);
		CU_ASSERT(agree(&w, po, &one));
	}
	world_end(&w);
	free(po);
}

/* --- what it is written as --------------------------------------------- */

#define MANY "agent.id IN (SELECT value FROM json_each(?1))"
#define HAS                                                               \
	"EXISTS (SELECT 1 FROM belongs WHERE belongs.id_agent = agent.id" \
	" AND belongs.id_group"
#define NAMED "(SELECT `group`.id FROM `group` WHERE `group`.name"
#define LIST  "SELECT belongs.id_agent FROM belongs WHERE belongs.id_group IN "

static const struct {
	bool black;
	const char *entries; /* "+id:001 -group:web" */
	const char *where, *less;
	size_t values;
} texts[] = {
	/* All or nothing. */
	{ true, "", "", "", 0 },
	{ false, "", "(0)", "", 0 },
	{ false, "+id:*", "", "", 0 },
	{ false, "+group:*", "", "", 0 },
	{ false, "-id:001 +id:* +id:002 +group:web", "", "", 0 },
	{ true, "+id:* -group:*", "(0)", "", 0 },
	{ false, "-id:001 -group:web", "(0)", "", 0 },
	{ true, "+id:001 +group:web", "", "", 0 },
	{ false, "+id:x +id:1 +id:0001", "(0)", "", 0 },
	/* Ids are one value, however many. */
	{ false, "+id:001 +id:002 +id:007", "(" MANY ")", "", 1 },
	{ false, "+id:001 -id:002 +id:007", "(" MANY ")", "", 1 },
	{ true, "-id:001 -id:002", "(CASE WHEN " MANY " THEN 0 ELSE 1 END)",
	    MANY, 1 },
	{ false, "+id:* -id:001", "(CASE WHEN " MANY " THEN 0 ELSE 1 END)",
	    MANY, 1 },
	/* Groups. */
	{ false, "+group:web", "(agent.id IN (" LIST NAMED " IN (?1))))", "",
	    1 },
	{ false, "+group:web +group:db +id:001",
	    "(agent.id IN (SELECT value FROM json_each(?1) UNION ALL " LIST
	        NAMED " IN (?2, ?3))))",
	    "", 3 },
	{ true, "-group:web",
	    "(CASE WHEN " HAS " = " NAMED " = ?1)) THEN 0 ELSE 1 END)",
	    "agent.id IN (" LIST NAMED " IN (?1)))", 1 },
	{ true, "-group:web -group:db",
	    "(CASE WHEN " HAS " IN " NAMED " IN (?1, ?2))) THEN 0 ELSE 1 END)",
	    "agent.id IN (" LIST NAMED " IN (?1, ?2)))", 2 },
	/* The last one that is about an agent decides. */
	{ true, "-group:web +id:001",
	    "(CASE WHEN " MANY " THEN 1 WHEN " HAS " = " NAMED
	    " = ?2)) THEN 0 ELSE 1 END)",
	    "agent.id IN (" LIST NAMED " IN (?2))) AND NOT CASE WHEN " MANY
	    " THEN 1 WHEN " HAS " = " NAMED " = ?2)) THEN 0 ELSE 1 END",
	    2 },
	{ false, "+group:web -id:001",
	    "(agent.id IN (" LIST NAMED " IN (?2))) AND CASE WHEN " MANY
	    " THEN 0 WHEN " HAS " = " NAMED " = ?2)) THEN 1 ELSE 0 END)",
	    "", 2 },
};

static void
test_texts(void)
{
	struct policy *po = calloc(1, sizeof(*po));
	char copy[128], type[32], *entry, *save, *colon;
	struct query_base qb;
	struct rbac_sql rq;
	size_t i;
	bool good;

	CU_ASSERT_PTR_NOT_NULL_FATAL(po);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		po->po_ps.ps_black = texts[i].black;
		po->po_ps.ps_n = 0;
		snprintf(copy, sizeof(copy), "%s", texts[i].entries);
		for (entry = strtok_r(copy, " ", &save); entry != NULL;
		     entry = strtok_r(NULL, " ", &save)) {
			colon = strchr(entry, ':');
			*colon = '\0';
			snprintf(type, sizeof(type), "agent:%s", entry + 1);
			policy_add(po, "a:r", *entry == '+', type, colon + 1);
		}
		CU_ASSERT_EQUAL(rbac_sql_agents(&rq, &po->po_ps, &one), 1);
		qb = rbac_sql_base(&rq);
		good = strcmp(qb.qb_where == NULL ? "" : qb.qb_where,
		           texts[i].where) == 0 &&
		    strcmp(qb.qb_less == NULL ? "" : qb.qb_less,
		        texts[i].less) == 0 &&
		    qb.qb_nval == texts[i].values;
		CU_ASSERT(good);
		if (!good)
			printf("%s\n%s\n%s\n%zu values\n", texts[i].entries,
			    qb.qb_where, qb.qb_less, qb.qb_nval);
		rbac_sql_free(&rq);
	}
	free(po);
}

/* Needs that are not about agents alone are nobody's here. */
static void
test_needs(void)
{
	static const struct rbac_need bad[] = {
		{ { "a:r" }, { "agent:id:*" } },
		{ { "a:r" }, { "agent:id:001" } },
		{ { "a:r" }, { "agent:group:{x}" } },
		{ { "a:r" }, { "group:id:{x}" } },
		{ { "a:r" }, { "*:*:*" } },
		{ { "a:r" }, { "agent:id:{x}", "agent:group:{x}" } },
		{ { "a:r" }, { "agent:id:{x}&agent:group:web" } },
		{ { "a:r" }, { "nonsense" } },
		{ { NULL }, { "agent:id:{x}" } },
		{ { "a:r" }, { NULL } },
	};
	struct policy *po = calloc(1, sizeof(*po));
	struct rbac_sql rq;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(po);
	policy_add(po, "a:r", true, "agent:id", "*");
	CU_ASSERT_EQUAL(rbac_sql_agents(&rq, &po->po_ps, &one), 1);
	rbac_sql_free(&rq);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(rbac_sql_agents(&rq, &po->po_ps, &bad[i]), 0);
		rbac_sql_free(&rq);
	}
	free(po);
}

static const struct unit_case cases[] = { { "random", test_random },
	{ "longest", test_longest }, { "texts", test_texts },
	{ "needs", test_needs }, { NULL, NULL } };

int
main(void)
{
	return (store_main("rbac_sql", cases));
}
