/* SPDX-License-Identifier: ISC */
/* The numbers of test_params.c's own parameters and rows. */
#ifndef TESTS_PARAMS_ROWS_H
#define TESTS_PARAMS_ROWS_H

enum {
	P_LIMIT, P_RATIO, P_DEEP, P_LIST, P_KIND, P_TEXT, P_TYPE, P_ID,	/* query */
	P_NAME, P_COUNT, P_PART, P_FLAG, P_WORDS, P_FORCE,		/* body */
	P_AGENT_ID,							/* path */
	P_MOST,					/* query, a list, required */
	P__MAX
};

enum { R_QUERY, R_PATH, R_BODY, R_REQUIRED, R_FREE, R__MAX };

#endif
