/* SPDX-License-Identifier: ISC */
/* Links in rbac.db: codes and their order, levels, what goes along. */
#include <sys/types.h>

#include "tests/unit/rbacdb_rig.h"

static void
test_link_codes(void)
{
	struct place pl;
	struct rbacdb *db = populated(&pl, 2);

	CU_ASSERT_EQUAL(rule_add(db, "r", "{}"), 0);
	/* Reserved, missing holder, missing held, in that order. */
	CU_ASSERT_EQUAL(user_link(db, 1, 100, POSITION_LAST), 4008);
	CU_ASSERT_EQUAL(user_link(db, 50, 999, POSITION_LAST), 4008);
	CU_ASSERT_EQUAL(user_link(db, 999, 999, POSITION_LAST), 5001);
	CU_ASSERT_EQUAL(user_link(db, 100, 999, POSITION_LAST), 4002);
	CU_ASSERT_EQUAL(user_unlink(db, 1, 1), 4008);
	CU_ASSERT_EQUAL(user_unlink(db, 999, 999), 5001);
	CU_ASSERT_EQUAL(user_unlink(db, 100, 999), 4002);
	CU_ASSERT_EQUAL(user_unlink(db, 100, 100), 4016);
	CU_ASSERT_EQUAL(user_link(db, 100, 100, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(user_link(db, 100, 100, POSITION_LAST), 4017);
	CU_ASSERT_EQUAL(policy_link(db, 1, 100, POSITION_LAST), 4008);
	CU_ASSERT_EQUAL(policy_link(db, 50, 999, POSITION_LAST), 4008);
	CU_ASSERT_EQUAL(policy_link(db, 999, 999, POSITION_LAST), 4002);
	CU_ASSERT_EQUAL(policy_link(db, 100, 999, POSITION_LAST), 4007);
	CU_ASSERT_EQUAL(policy_unlink(db, 1, 1), 4008);
	CU_ASSERT_EQUAL(policy_unlink(db, 999, 999), 4002);
	CU_ASSERT_EQUAL(policy_unlink(db, 100, 999), 4007);
	CU_ASSERT_EQUAL(policy_unlink(db, 100, 1), 4010);
	CU_ASSERT_EQUAL(policy_link(db, 100, 1, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(policy_link(db, 100, 1, POSITION_LAST), 4011);
	/* Of these it is the rule that is reserved, and it comes first. */
	CU_ASSERT_EQUAL(rule_link(db, 100, 1), 4008);
	CU_ASSERT_EQUAL(rule_link(db, 999, 50), 4008);
	CU_ASSERT_EQUAL(rule_link(db, 999, 999), 4022);
	CU_ASSERT_EQUAL(rule_link(db, 999, 100), 4002);
	CU_ASSERT_EQUAL(rule_unlink(db, 1, 1), 4008);
	CU_ASSERT_EQUAL(rule_unlink(db, 999, 999), 4022);
	CU_ASSERT_EQUAL(rule_unlink(db, 999, 100), 4002);
	CU_ASSERT_EQUAL(rule_unlink(db, 1, 100), 4024);
	CU_ASSERT_EQUAL(rule_link(db, 1, 100), 0);
	CU_ASSERT_EQUAL(rule_link(db, 1, 100), 4023);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT role_id, rule_id FROM roles_rules ORDER BY id"),
	    "1|1 1|2 1|100");
	CU_ASSERT_EQUAL(rule_unlink(db, 1, 100), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT role_id, rule_id FROM roles_rules ORDER BY id"),
	    "1|1 1|2");
	rbacdb_close(&db);
	place_remove(&pl);
}

/* --- the order of links -------------------------------------------------- */

static void
test_user_levels(void)
{
	struct place pl;
	struct rbacdb *db = populated(&pl, 8);

	/* The first is at 0 wherever it was wanted. */
	CU_ASSERT_EQUAL(user_link(db, 100, 100, 7), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "100@0");
	CU_ASSERT_EQUAL(user_link(db, 100, 101, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(user_link(db, 100, 1, 0), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "1@0 100@1 101@2");
	CU_ASSERT_EQUAL(user_link(db, 100, 2, 99), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "1@0 100@1 101@2 2@3");
	CU_ASSERT_EQUAL(user_link(db, 100, 102, 2), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "1@0 100@1 102@2 101@3 2@4");
	/* What is there stays, wherever it is wanted. */
	CU_ASSERT_EQUAL(user_link(db, 100, 2, 0), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "1@0 100@1 102@2 101@3 2@4");
	/* Gaps are left, and the number of links is the last position. */
	CU_ASSERT_EQUAL(user_unlink(db, 100, 1), 0);
	CU_ASSERT_EQUAL(user_unlink(db, 100, 102), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "100@1 101@3 2@4");
	CU_ASSERT_EQUAL(user_link(db, 100, 103, POSITION_LAST), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "100@1 101@3 103@3 2@4");
	/* A free level needs no room, a taken one closes the gaps behind it. */
	CU_ASSERT_EQUAL(user_link(db, 100, 104, 2), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "100@1 104@2 101@3 103@3 2@4");
	CU_ASSERT_EQUAL(user_unlink(db, 100, 104), 0);
	CU_ASSERT_EQUAL(user_link(db, 100, 105, 1), 0);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "105@1 100@2 101@3 103@4 2@5");
	CU_ASSERT_EQUAL(user_link(db, 100, 106, 6), 0);
	CU_ASSERT_EQUAL(user_link(db, 100, 107, 8), 0);
	CU_ASSERT_STRING_EQUAL(
	    roles_of(&pl), "105@1 100@2 101@3 103@4 2@5 106@6 107@7");
	/* Nobody else's have moved. */
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT user_id, role_id, level FROM user_roles "
	        "WHERE user_id < 100 ORDER BY 1"),
	    "1|1|0 2|1|0");
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_policy_levels(void)
{
	struct place pl;
	struct rbacdb *db = populated(&pl, 8);

	CU_ASSERT_EQUAL(policy_link(db, 100, 100, 5), 0);
	CU_ASSERT_EQUAL(policy_link(db, 100, 101, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(policy_link(db, 100, 102, 99), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "100@0 101@1 102@2");
	CU_ASSERT_EQUAL(policy_link(db, 100, 103, 1), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "100@0 103@1 101@2 102@3");
	/* Unlinking closes the gap. */
	CU_ASSERT_EQUAL(policy_unlink(db, 100, 103), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "100@0 101@1 102@2");
	CU_ASSERT_EQUAL(policy_unlink(db, 100, 100), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "101@0 102@1");
	/* Deleting the policy itself does not. */
	CU_ASSERT_EQUAL(policy_link(db, 100, 104, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_policy_delete(db, 101, &code)), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "102@1 104@2");
	/* Then the number of links is not beyond the end. */
	CU_ASSERT_EQUAL(policy_link(db, 100, 105, POSITION_LAST), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "102@1 104@2 105@2");
	CU_ASSERT_EQUAL(policy_link(db, 100, 106, 9), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "102@1 104@2 105@2 106@3");
	/* Those at the level of what goes are lowered too. */
	CU_ASSERT_EQUAL(policy_unlink(db, 100, 105), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "102@1 104@1 106@2");
	CU_ASSERT_EQUAL(policy_link(db, 100, 102, 0), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "102@1 104@1 106@2");
	/* Of two at one level the one with the smaller id comes first. */
	CU_ASSERT_EQUAL(policy_link(db, 100, 107, 1), 0);
	CU_ASSERT_STRING_EQUAL(policies_of(&pl), "107@1 102@2 104@3 106@4");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT sum(level), count(*) FROM roles_policies "
	        "WHERE role_id < 100"),
	    "338|47");
	rbacdb_close(&db);
	place_remove(&pl);
}

/* Levels that only an editor of databases can make. */
static void
test_levels_odd(void)
{
	struct place pl;
	struct rbacdb *db = populated(&pl, 3);
	uint16_t unused;

	other_run(pl.pl_db,
	    "INSERT INTO user_roles VALUES "
	    "(90, 100, 100, 9223372036854775807, NULL)");
	CU_ASSERT_EQUAL(rbacdb_begin(db), RBACDB_OK);
	CU_ASSERT_EQUAL(
	    rbacdb_user_link(db, 100, 101, INT64_MAX, &unused), RBACDB_OTHER);
	CU_ASSERT_EQUAL(rbacdb_end(db, true), RBACDB_OTHER);
	CU_ASSERT_STRING_EQUAL(roles_of(&pl), "100@9223372036854775807");
	CU_ASSERT_EQUAL(user_link(db, 100, 101, 3), 0);
	other_run(
	    pl.pl_db, "UPDATE user_roles SET level = NULL WHERE user_id = 100");
	CU_ASSERT_EQUAL(user_link(db, 100, 102, 5), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT role_id, level FROM user_roles WHERE user_id = 100 "
	        "ORDER BY role_id"),
	    "100| 101| 102|1");
	rbacdb_close(&db);
	place_remove(&pl);
}

static void
test_delete_links(void)
{
	static const char users[] =
	    "SELECT user_id, role_id, level FROM user_roles "
	    "WHERE user_id > 99 ORDER BY 1, 3";
	struct place pl;
	struct rbacdb *db = populated(&pl, 3);

	CU_ASSERT_EQUAL(user_add(db, "berta"), 0);
	CU_ASSERT_EQUAL(rule_add(db, "r", "{}"), 0);
	CU_ASSERT_EQUAL(user_link(db, 100, 100, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(user_link(db, 100, 101, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(user_link(db, 100, 2, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(user_link(db, 101, 101, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(user_link(db, 101, 100, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(policy_link(db, 100, 100, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(policy_link(db, 100, 101, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(policy_link(db, 101, 100, POSITION_LAST), 0);
	CU_ASSERT_EQUAL(rule_link(db, 100, 100), 0);
	CU_ASSERT_EQUAL(rule_link(db, 1, 100), 0);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_role_delete(db, 100, &code)), 0);
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db, users), "100|101|1 100|2|2 101|101|0");
	CU_ASSERT_STRING_EQUAL(
	    other_text(pl.pl_db,
	        "SELECT role_id, policy_id FROM roles_policies "
	        "WHERE role_id > 99"),
	    "101|100");
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	                           "SELECT role_id, rule_id FROM roles_rules "
	                           "WHERE rule_id > 99"),
	    "1|100");
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_user_delete(db, 100, &code)), 0);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db, users), "101|101|0");
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_policy_delete(db, 100, &code)), 0);
	CU_ASSERT_EQUAL(CHANGE(db, rbacdb_rule_delete(db, 100, &code)), 0);
	CU_ASSERT_STRING_EQUAL(other_text(pl.pl_db,
	                           "SELECT (SELECT count(*) FROM user_roles), "
	                           "(SELECT count(*) FROM roles_policies), "
	                           "(SELECT count(*) FROM roles_rules)"),
	    "3|47|2");
	rbacdb_close(&db);
	place_remove(&pl);
}

static const struct unit_case cases[] = { { "link_codes", test_link_codes },
	{ "user_levels", test_user_levels },
	{ "policy_levels", test_policy_levels },
	{ "levels_odd", test_levels_odd },
	{ "delete_links", test_delete_links }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("rbacdb_link", cases));
}
