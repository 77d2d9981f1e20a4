/* SPDX-License-Identifier: ISC */
/* What a fresh rbac.db holds: facts/api/rbac.yaml, database and default_*. */
#ifndef AUTHZ_RBACDB_SCHEMA_H
#define AUTHZ_RBACDB_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEMA_VERSION		1	/* PRAGMA user_version */
#define SCHEMA_ACTIONS		8	/* most in a policy, with the NULL */
#define SCHEMA_RESOURCES	5
#define SCHEMA_LINKS		32	/* most policies of a role, with the 0 */

struct schema_policy {			/* the effect of all is allow */
	int64_t		 sp_id;
	const char	*sp_name;
	const char	*sp_actions[SCHEMA_ACTIONS];
	const char	*sp_resources[SCHEMA_RESOURCES];
};

struct schema_rule {
	int64_t		 sr_id;
	const char	*sr_name;
	const char	*sr_text;
};

struct schema_role {
	int64_t		 so_id;
	const char	*so_name;
	int64_t		 so_policies[SCHEMA_LINKS];	/* by level; 0 ends */
	int64_t		 so_rules[SCHEMA_LINKS];
};

struct schema_user {			/* all may run_as */
	int64_t		 su_id;
	const char	*su_name;
	int64_t		 su_role;
};

extern const char *const schema_tables[];	/* SQL, ends with NULL */
extern const struct schema_policy schema_policies[];	/* ends with id 0 */
extern const struct schema_rule schema_rules[];		/* ends with id 0 */
extern const struct schema_role schema_roles[];		/* ends with id 0 */
extern const struct schema_user schema_users[2];

#endif
