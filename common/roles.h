/* SPDX-License-Identifier: ISC */
/* Every process of the house: one row each. */
#ifndef COMMON_ROLES_H
#define COMMON_ROLES_H

#include <stdint.h>

enum role {
	ROLE_PARENT,
	ROLE_HTTP,
	ROLE_LOGD,
	ROLE_AUTHZ,
	ROLE_HASH,
	ROLE_ROUTER,
	ROLE_READ,
	ROLE_WRITE,
	ROLE_EVENTS,
	ROLE_CLUSTER,
	ROLE__MAX
};

#define ROLE_BIT(r)	(1U << (r))
#define ROLE_CHILDREN	((ROLE_BIT(ROLE__MAX) - 1) & ~ROLE_BIT(ROLE_PARENT))
#define ROLE_EXECUTORS	(ROLE_BIT(ROLE_READ) | ROLE_BIT(ROLE_WRITE) | \
			    ROLE_BIT(ROLE_EVENTS))
#define ROLE_INSTANCES	64	/* most processes of one role */

enum role_user {
	RU_ROOT,		/* stays what it was started as */
	RU_OWN,			/* a number of its own: base + role */
	RU_OWNER		/* the owner of the tree */
};

enum role_root {
	RR_NONE,
	RR_EMPTY,		/* an empty directory */
	RR_TREE,		/* the install root */
	RR_LOGS,		/* logs/ */
	RR_SECURITY		/* api/configuration/security/ */
};

struct role_row {
	const char	*rr_name;	/* "http" */
	const char	*rr_program;	/* file beside the parent's: "apid" */
	const char	*rr_pidname;	/* var/run/NAME-PID.pid, or NULL */
	const char	*rr_group;	/* what wazuh-control asks for */
	enum role_user	 rr_user;
	enum role_root	 rr_root;
	uint8_t		 rr_trust;	/* who may have whom killed: higher */
};

extern const struct role_row roles[ROLE__MAX];

/* The role of a name, or -1. */
int	roles_find(const char *name);

#endif
