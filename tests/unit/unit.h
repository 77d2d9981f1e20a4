/* SPDX-License-Identifier: ISC */
/* The frame of a unit test program: one suite, a table of cases. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <CUnit/Basic.h>

#include <stdio.h>

struct unit_case {
	const char	*uc_name;
	void		(*uc_fn)(void);
};

/*
 * Run the cases (the table ends with a NULL name) and print one line
 * "unit NAME: N passed, M failed" that scripts/test adds up. Returns main()'s
 * status: 0 only if at least one case ran and none failed.
 */
static int
unit_run(const char *name, const struct unit_case *cases)
{
	CU_pSuite	 suite;
	unsigned int	 ran, bad;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return (2);
	suite = CU_add_suite(name, NULL, NULL);
	if (suite == NULL)
		return (2);
	for (; cases->uc_name != NULL; cases++)
		if (CU_add_test(suite, cases->uc_name, cases->uc_fn) == NULL)
			return (2);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	ran = CU_get_number_of_tests_run();
	bad = CU_get_number_of_tests_failed();
	CU_cleanup_registry();
	printf("unit %s: %u passed, %u failed\n", name, ran - bad, bad);
	return (ran == 0 || bad != 0);
}

#endif
