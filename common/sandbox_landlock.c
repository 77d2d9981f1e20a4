/* SPDX-License-Identifier: ISC */
/*
 * Landlock (Linux 5.13 and later; each ABI adds rights). Debian 12's headers
 * know the first two, so the numbers of the later ones stand here, from the
 * kernel's documentation (userspace-api/landlock).
 */
#include <sys/types.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/page.h"
#include "common/path.h"
#include "common/sandbox_parts.h"

#define LL_CREATE       444 /* numbers of the system calls */
#define LL_ADD_RULE     445
#define LL_RESTRICT     446
#define LL_VERSION      1U /* flag of LL_CREATE */
#define LL_PATH_BENEATH 1

#define LL_EXECUTE     (1ULL << 0)
#define LL_WRITE_FILE  (1ULL << 1)
#define LL_READ_FILE   (1ULL << 2)
#define LL_READ_DIR    (1ULL << 3)
#define LL_REMOVE_DIR  (1ULL << 4)
#define LL_REMOVE_FILE (1ULL << 5)
#define LL_MAKE_DIR    (1ULL << 7)
#define LL_MAKE_REG    (1ULL << 8)
#define LL_REFER       (1ULL << 13) /* ABI 2 */
#define LL_TRUNCATE    (1ULL << 14) /* ABI 3 */
#define LL_ALL_1       ((1ULL << 13) - 1)
#define LL_ALL_5       ((1ULL << 16) - 1)
#define LL_NET_ALL     3ULL /* ABI 4: TCP bind, connect */
#define LL_SCOPE_ALL   3ULL /* ABI 6: abstract sockets, signals */

#define LL_READ (LL_READ_FILE | LL_READ_DIR)
#define LL_WRITE                                                        \
	(LL_WRITE_FILE | LL_REMOVE_DIR | LL_REMOVE_FILE | LL_MAKE_DIR | \
	    LL_MAKE_REG | LL_REFER | LL_TRUNCATE)

struct ll_ruleset {
	uint64_t lr_fs;
	uint64_t lr_net;
	uint64_t lr_scoped;
};

struct ll_beneath {
	uint64_t lb_access;
	int32_t lb_fd;
} __attribute__((packed));

struct ll_folder {
	uint32_t lf_roles;
	const char *lf_path;
	uint64_t lf_access;
};

#define R(x) ROLE_BIT(ROLE_##x)

/*
 * Folders below the role's directory. Executors see the tree without api/:
 * the keys, rbac.db and the TLS key are nothing to them.
 */
static const struct ll_folder ll_folders[] = {
	{ R(LOGD) | R(AUTHZ), ".", LL_READ | LL_WRITE },
	{ R(READ) | R(WRITE), "etc", LL_READ },
	{ R(READ) | R(WRITE), "queue", LL_READ },
	{ R(READ) | R(WRITE), "var", LL_READ },
	{ R(READ) | R(WRITE), "logs", LL_READ },
	{ R(READ) | R(WRITE), "stats", LL_READ },
	{ R(READ) | R(WRITE), "ruleset", LL_READ },
	{ R(READ) | R(WRITE), "backup", LL_READ },
	{ R(READ) | R(WRITE), "tmp", LL_READ },
	{ R(READ) | R(WRITE), "VERSION.json", LL_READ_FILE },
	/* bin/: whether bin/wazuh-db is there. */
	{ R(READ) | R(WRITE), "bin", LL_READ_DIR },
	{ R(WRITE), "etc", LL_WRITE },
	{ R(WRITE), "queue/db", LL_WRITE },
	{ R(WRITE), "queue/tasks", LL_WRITE },
	{ R(WRITE), "var/db", LL_WRITE },
	{ R(WRITE), "var/multigroups", LL_WRITE },
	{ R(WRITE), "var/upgrade", LL_WRITE },
	{ R(WRITE), "backup", LL_WRITE },
	{ R(WRITE), "tmp", LL_WRITE },
};

static void
ll_allow(int ruleset, int dirfd, const struct ll_folder *f, uint64_t handled)
{
	struct ll_beneath lb;

	memset(&lb, 0, sizeof(lb));
	lb.lb_access = f->lf_access & handled;
	lb.lb_fd = path_open(dirfd, f->lf_path, O_PATH, 0);
	if (lb.lb_fd == -1)
		return; /* not in this tree: nothing to allow */
	if (syscall(LL_ADD_RULE, ruleset, LL_PATH_BENEATH, &lb, 0) == -1)
		log_warn("landlock: %s", f->lf_path);
	close(lb.lb_fd);
}

uint32_t
sandbox_landlock(enum role role, int dirfd, uint32_t *abi_r)
{
	struct ll_ruleset lr;
	size_t i;
	long abi, ruleset, r;

	*abi_r = 0;
	abi = syscall(LL_CREATE, NULL, 0, LL_VERSION);
	if (abi < 1)
		return (0);
	memset(&lr, 0, sizeof(lr));
	lr.lr_fs = abi >= 5 ? LL_ALL_5 : LL_ALL_1;
	if (abi >= 2 && abi < 5)
		lr.lr_fs |= LL_REFER;
	if (abi >= 3 && abi < 5)
		lr.lr_fs |= LL_TRUNCATE;
	if (abi >= 4)
		lr.lr_net = LL_NET_ALL;
	if (abi >= 6)
		lr.lr_scoped = LL_SCOPE_ALL;
	/* An older kernel takes the shorter structure only. */
	ruleset = syscall(LL_CREATE, &lr,
	    abi >= 6     ? sizeof(lr) :
	        abi >= 4 ? offsetof(struct ll_ruleset, lr_scoped) :
	                   offsetof(struct ll_ruleset, lr_net),
	    0);
	if (ruleset == -1) {
		log_warn("landlock");
		return (0);
	}
	for (i = 0;
	     dirfd != -1 && i < sizeof(ll_folders) / sizeof(ll_folders[0]); i++)
		if (ll_folders[i].lf_roles & ROLE_BIT(role))
			ll_allow((int)ruleset, dirfd, &ll_folders[i], lr.lr_fs);
	r = syscall(LL_RESTRICT, ruleset, 0);
	close((int)ruleset);
	if (r == -1) {
		log_warn("landlock");
		return (0);
	}
	*abi_r = (uint32_t)abi;
	return (SBX_LANDLOCK);
}
