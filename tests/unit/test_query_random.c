/* SPDX-License-Identifier: ISC */
/*
 * Random queries of the dialect QUERY_DB over random rows: SQLite and memory
 * have to give the same answer. QUERY_SEED chooses other ones, QUERY_ROUNDS
 * more of them; both are printed where an answer differs.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "dapi/fields_agents.h"
#include "dapi/store_schema.h"
#include "tests/unit/query_rig.h"
#include "tests/unit/unit.h"

#define ROUNDS  4 /* tables */
#define QUERIES 400 /* of each table */
#define ANSWER  (1UL << 22)

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

/* One time in n. */
static bool
once(struct chance *c, size_t n)
{
	return (below(c, n) == 0);
}

#define PICK(c, list) ((list)[below((c), sizeof(list) / sizeof((list)[0]))])

/* --- what values are made of ------------------------------------------- */

/* Texts that some rule or other looks at, in rows and queries alike. */
static const char *const texts[] = { "alpha", "ALPHA", "Alphabet", "bravo",
	"b_avo", "100%", "a,b", "web", "web,db", "db,web,x", ",", "web_1",
	"WEB", "1", "01", "1.0", "1.50", "1e3", "1000.0", "-1", "12", "2",
	"true", "null", "NULL", "all", "ALL", "[1,2]", "{\"a\":1}", "O'Neil",
	"\xc3\xa1", "\xc3\x81", "any", "Wazuh v4.14.9", "Wazuh v4.9.2",
	"wazuh v4.14.9", "v1", "x", "", " ", "a b", "\\", "\"", "''", "%", "_",
	"__", "a%a", "1h", "1d", "2023-11-14", "2023-11-14 22:13:20",
	"2023-11-14T22:13:20Z", "9223372036854775807", "9223372036854779904",
	"1699990000", "0", "(x)y", "a(b)", "$", "@" };

static const char *const statuses[] = { "active", "pending", "disconnected",
	"never_connected" };

static const int64_t moments[] = { 0, 1, 1600000000, 1699990000, 1699996400,
	1699913600, 1700000000, 1700000001, INT64_C(253402300799) };

/* --- rows -------------------------------------------------------------- */

static void
put_text(struct chance *c, struct buf *sql)
{
	const char *s = PICK(c, texts);

	if (once(c, 5)) {
		buf_addz(sql, "NULL");
		return;
	}
	buf_addc(sql, '\'');
	for (; *s != '\0'; s++)
		buf_addf(sql, "%s%c", *s == '\'' ? "'" : "", *s);
	buf_addc(sql, '\'');
}

static void
put_moment(struct chance *c, struct buf *sql, bool null)
{
	if (null && once(c, 4))
		buf_addz(sql, "NULL");
	else
		buf_addf(sql, "%" PRId64, PICK(c, moments));
}

static void
put_agent(struct chance *c, struct buf *sql, unsigned int id)
{
	size_t i;

	buf_addf(sql,
	    "INSERT INTO agent (id, name, connection_status,"
	    " group_config_status, date_add, last_keepalive,"
	    " disconnection_time, status_code, ip, register_ip,"
	    " internal_key, os_name, os_version, os_major, os_minor,"
	    " os_codename, os_build, os_platform, os_uname, os_arch,"
	    " version, config_sum, merged_sum, manager_host,"
	    " node_name, `group`) VALUES (%u, 'n'||coalesce(",
	    id);
	put_text(c, sql);
	buf_addf(sql, ",''), '%s', '%s', ", PICK(c, statuses),
	    once(c, 2) ? "synced" : "not synced");
	put_moment(c, sql, false);
	buf_addz(sql, ", ");
	put_moment(c, sql, true);
	buf_addz(sql, ", ");
	put_moment(c, sql, false);
	buf_addf(sql, ", %zu", below(c, 6));
	for (i = 0; i < 18; i++) {
		buf_addz(sql, ", ");
		put_text(c, sql);
	}
	buf_addz(sql, ");\n");
}

static void
put_thing(struct chance *c, struct buf *sql, unsigned int id)
{
	static const char *const reals[] = { "NULL", "0.0", "1.0", "2.5",
		"-2.5", "1e20", "12", "0.1", "9223372036854779904.0", "1e-7" };
	static const char *const ints[] = { "NULL", "0", "1", "-1", "12",
		"9223372036854775807", "-9223372036854775808", "1000" };

	buf_addf(sql, "INSERT INTO things VALUES (%u, ", id);
	put_text(c, sql);
	buf_addf(sql, ", %s, ", PICK(c, reals));
	put_text(c, sql);
	buf_addf(sql, ", %s, ", PICK(c, ints));
	put_text(c, sql);
	buf_addz(sql, ", ");
	put_moment(c, sql, true);
	buf_addz(sql, ");\n");
}

static const struct query_field thing_fields[] = {
	{ "id", "k", QT_INT, QF_ALL | QF_REQUIRED | QF_NUMBERED, { NULL } },
	{ "label", "label", QT_TEXT, QF_ALL, { "num", "size" } },
	{ "size", "size", QT_REAL, QF_ALL, { NULL } },
	{ "perm", "perm", QT_JSON, QF_ALL, { NULL } },
	{ "num", "num", QT_INT, QF_ALL, { NULL } },
	{ "state", "state", QT_TEXT, QF_ALL | QF_ANY_VALUE, { NULL } },
	{ "seen", "seen", QT_DATE, QF_ALL | QF_DATE, { NULL } },
	{ "bare", "coalesce(num, label)", QT_TEXT, QF_ALL | QF_BARE, { NULL } },
	{ "count", NULL, QT_INT, QF_SORT | QF_COUNT, { NULL } },
};

static const struct query_map things = {
	.qm_dialect = QUERY_DB,
	.qm_fields = thing_fields,
	.qm_n = sizeof(thing_fields) / sizeof(thing_fields[0]),
	.qm_sort = "size",
	.qm_desc = true,
};

static sqlite3 *
rows(struct chance *c)
{
	static const char *const made[] = {
		"CREATE TABLE things (k INTEGER PRIMARY KEY, label TEXT,"
		" size REAL, perm TEXT, num INTEGER, state TEXT, seen INTEGER)",
		"CREATE INDEX things_label ON things (label)",
		"CREATE INDEX things_num ON things (num)", NULL
	};
	char *err = NULL;
	struct buf sql;
	sqlite3 *db;
	size_t i, n = 3 + below(c, 40);

	db = rig_db(schema_global);
	buf_init(&sql, ANSWER);
	for (i = 0; made[i] != NULL; i++)
		buf_addf(&sql, "%s;\n", made[i]);
	for (i = 1; i <= n; i++) {
		put_agent(c, &sql,
		    (unsigned int)(i * (1 + i % 3)) + 100 * (unsigned int)i);
		put_thing(c, &sql, (unsigned int)i);
	}
	buf_addc(&sql, '\0');
	CU_ASSERT_EQUAL_FATAL(
	    sqlite3_exec(db, (char *)sql.b_data, NULL, NULL, &err), SQLITE_OK);
	buf_free(&sql);
	return (db);
}

/* --- queries ----------------------------------------------------------- */

/* A field to show or sort by; seldom one that is not. */
static const char *
name(struct chance *c, const struct query_map *qm)
{
	const struct query_field *qf;

	if (once(c, 60))
		return ("nofield");
	do
		qf = &qm->qm_fields[below(c, qm->qm_n)];
	while (!(qf->qf_flags & QF_SELECT) && !once(c, 20));
	return (qf->qf_name);
}

static void
put_clause(struct chance *c, const struct query_map *qm, struct buf *q)
{
	static const char *const ops[] = { "=", "=", "=", "!=", "!=", "<", ">",
		"~", "~" };
	static const char *const dates[] = { "1h", "1d", "0", "3600s", "1d2h",
		"2023-11-14", "2023-11-14 22:13:20", "1970-01-01", "null",
		"all", "2020-13-01", "1700000000" };
	const struct query_field *qf;

	qf = &qm->qm_fields[below(c, qm->qm_n)];
	/* Most clauses have to be good, or nothing is left to compare. */
	if (!(qf->qf_flags & QF_QUERY) && !once(c, 20))
		qf = &qm->qm_fields[1];
	buf_addf(q, "%s%s", once(c, 80) ? "nofield" : qf->qf_name,
	    once(c, 80)                                  ? "==" :
	        qf->qf_flags & QF_MEMBER && !once(c, 20) ? "=" :
	                                                   PICK(c, ops));
	if (qf->qf_flags & QF_DATE && !once(c, 20))
		buf_addz(q, PICK(c, dates));
	else if (qf->qf_type == QT_ID && !once(c, 3))
		buf_addf(q, "%03zu", below(c, 130));
	else
		buf_addz(q, PICK(c, texts));
	if (once(c, 20))
		buf_addz(q, PICK(c, texts));
}

static void
put_q(struct chance *c, const struct query_map *qm, struct buf *q, int depth)
{
	size_t i, n = 1 + below(c, 3);

	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(q, once(c, 2) ? ',' : ';');
		if (depth < 3 && once(c, 4)) {
			buf_addc(q, '(');
			put_q(c, qm, q, depth + 1);
			buf_addc(q, ')');
		} else
			put_clause(c, qm, q);
	}
	if (once(c, 100))
		buf_addc(q,
		    PICK(c,
		        ((const char[]){ ')', '(', ';', ',', '!', ' ', '=' })));
}

static void
put_names(struct chance *c, const struct query_map *qm, struct buf *out)
{
	size_t i, n = 1 + below(c, 3);

	for (i = 0; i < n; i++)
		buf_addf(out, "%s%s", i > 0 ? "," : "", name(c, qm));
}

/* One argument as text; true if it is to be set. */
static bool
put_argument(
    struct chance *c, const struct query_map *qm, size_t which, struct buf *out)
{
	static const char *const spans[] = { "1h", "1d", "0s", "7d", "0" };
	size_t often[] = { 1, 4, 2, 3, 6, 3, 3, 6, 12, 4 };

	if (!once(c, often[which]))
		return (false);
	switch (which) {
	case 0:
		buf_addz(out, "q=");
		put_q(c, qm, out, 0);
		break;
	case 1:
		buf_addf(
		    out, "search=%s%s", once(c, 3) ? "-" : "", PICK(c, texts));
		break;
	case 2:
		buf_addf(out, "sort=%s", once(c, 2) ? "-" : "");
		put_names(c, qm, out);
		break;
	case 3:
		buf_addz(out, "select=");
		put_names(c, qm, out);
		break;
	case 4:
		buf_addz(out, "distinct=1");
		break;
	case 5:
		buf_addf(out, "offset=%zu", below(c, 8));
		break;
	case 6:
		buf_addf(out, "limit=%zu", 1 + below(c, 8));
		break;
	case 7:
		buf_addf(out, "older=%s", PICK(c, spans));
		break;
	case 8:
		buf_addz(out, "fixed=");
		put_q(c, qm, out, 2);
		break;
	default:
		buf_addf(out, "f:%s=%s|%s", name(c, qm), PICK(c, texts),
		    PICK(c, texts));
	}
	return (true);
}

struct tally {
	unsigned int t_good, t_errors, t_rows;
};

static void
compare(
    struct chance *c, const struct rig_table *rt, bool groups, struct tally *t)
{
	struct rig_args ra;
	struct buf said, sql, mem, one;
	size_t i;

	rig_args_init(&ra);
	buf_init(&said, ANSWER);
	if (groups)
		rig_args_set(&ra, "group=1");
	for (i = 0; i < 10; i++) {
		buf_init(&one, ANSWER);
		if (put_argument(c, rt->rt_map, i, &one)) {
			buf_addc(&one, '\0');
			CU_ASSERT_EQUAL(
			    rig_args_set(&ra, (char *)one.b_data), 0);
			buf_addf(&said, "  %s\n", one.b_data);
		}
		buf_free(&one);
	}
	buf_addc(&said, '\0');
	buf_init(&sql, ANSWER);
	buf_init(&mem, ANSWER);
	rig_run_sql(rt, &ra.ra_args, &sql);
	rig_run_mem(rt, &ra.ra_args, &mem);
	buf_addc(&sql, '\0');
	buf_addc(&mem, '\0');
	CU_ASSERT_STRING_EQUAL(sql.b_data, mem.b_data);
	if (strcmp((char *)sql.b_data, (char *)mem.b_data) != 0)
		printf("%s  SQL    %s\n  memory %s\n", said.b_data, sql.b_data,
		    mem.b_data);
	if (sql.b_data[0] == '=')
		t->t_errors++;
	else
		t->t_good++;
	t->t_rows += sql.b_data[0] != '=' && sql.b_data[0] != '/';
	buf_free(&said);
	buf_free(&sql);
	buf_free(&mem);
	rig_args_free(&ra);
}

static unsigned long
setting(const char *key, unsigned long otherwise)
{
	const char *s = getenv(key);

	return (s == NULL ? otherwise : strtoul(s, NULL, 10));
}

static void
test_random(void)
{
	static const struct query_base agent = { .qb_from = "agent",
		.qb_key = "id" };
	static const struct query_base thing = { .qb_from = "things",
		.qb_key = "k" };
	unsigned long seed = setting("QUERY_SEED", 20231114);
	unsigned long round, rounds = setting("QUERY_ROUNDS", ROUNDS);
	struct rig_table rt[3];
	struct tally t = { 0 };
	struct chance c;
	sqlite3 *db;
	size_t i;

	for (round = 0; round < rounds; round++) {
		c.c_state = (seed + round) * UINT64_C(0x9e3779b97f4a7c15) | 1;
		db = rows(&c);
		rig_table_open(&rt[0], db, &fields_agents, &agent);
		rig_table_open(&rt[1], db, &fields_agents_groups, &agent);
		rig_table_open(&rt[2], db, &things, &thing);
		for (i = 0; i < QUERIES; i++) {
			compare(&c, &rt[0], false, &t);
			compare(&c, &rt[1], true, &t);
			compare(&c, &rt[2], once(&c, 4), &t);
		}
		for (i = 0; i < 3; i++)
			rig_table_close(&rt[i]);
		sqlite3_close(db);
	}
	printf("unit query_random: seed %lu, %u answers, %u with rows,"
	       " %u errors\n",
	    seed, t.t_good, t.t_rows, t.t_errors);
	/* The generator is worth something only if most queries are good. */
	CU_ASSERT(t.t_good > t.t_errors * 2);
	CU_ASSERT(t.t_rows > t.t_good / 4);
}

int
main(void)
{
	static const struct unit_case cases[] = { { "random", test_random },
		{ NULL, NULL } };

	return (unit_run("query_random", cases));
}
