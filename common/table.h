/* SPDX-License-Identifier: ISC */
/*
 * The numbers of the rows of rows[]: rows[ROW_X].r_id == ROW_X. This file and
 * table.c go away when conf/openapi.yaml generates them.
 */
#ifndef COMMON_TABLE_H
#define COMMON_TABLE_H

enum row_id {
	ROW_ROOT,			/* GET / */
	ROW_AGENTS_GET,			/* GET /agents */
	ROW_AGENTS_POST,		/* POST /agents */
	ROW_AGENTS_DELETE,		/* DELETE /agents */
	ROW_MANAGER_STATUS,		/* GET /manager/status */
	ROW_MANAGER_INFO,		/* GET /manager/info */
	ROW_AUTHENTICATE_POST,		/* POST /security/user/authenticate */
	ROW_AUTHENTICATE_GET,		/* GET, deprecated */
	ROW_AUTHENTICATE_DELETE,	/* DELETE: log out */
	ROW_USERS_ME_GET,		/* GET /security/users/me */
	ROW_TEST_EVENTS,		/* internal: the events pool, for tests */
	ROW__MAX
};

#endif
