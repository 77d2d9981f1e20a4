/* SPDX-License-Identifier: ISC */
/* The jail of each role. */
#ifndef COMMON_SANDBOX_H
#define COMMON_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/roles.h"

struct sandbox_spec {
	enum role	 ss_role;
	bool		 ss_root;	/* started as root: may chroot, setuid */
	bool		 ss_require;	/* refuse to go on with less */
	uid_t		 ss_uid;
	gid_t		 ss_gid;
	const char	*ss_dir;	/* root directory of the role, or NULL */
	bool		 ss_cluster_listen;
};

/*
 * First half, before the role opens anything of its own: root directory, user,
 * capabilities, no_new_privs, not dumpable. Returns SBX_ bits; fatal on error.
 */
uint32_t	sandbox_drop(const struct sandbox_spec *);

/*
 * Second half, before the first message of a peer: RLIMITs, Landlock, the
 * system-call filter. dirfd: the role's directory (-1: none). Returns SBX_
 * bits, *abi_r the Landlock ABI used.
 */
uint32_t	sandbox_enter(const struct sandbox_spec *, int dirfd,
		    uint32_t *abi_r);

/* Text of the bits, static, e.g. "nnp,nodump,nocaps,uid,chroot,seccomp". */
const char	*sandbox_text(uint32_t bits);

#endif
