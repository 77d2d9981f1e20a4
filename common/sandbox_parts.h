/* SPDX-License-Identifier: ISC */
/* The parts of the jail; only sandbox.c calls them. */
#ifndef COMMON_SANDBOX_PARTS_H
#define COMMON_SANDBOX_PARTS_H

#include <stdint.h>

#include "common/roles.h"

/*
 * Confine to the folders of the role below dirfd (-1: to none at all), no TCP,
 * no abstract sockets, no signals to others. SBX_LANDLOCK or 0; *abi_r is the
 * version that the kernel has.
 */
uint32_t	sandbox_landlock(enum role, int dirfd, uint32_t *abi_r);

/* Load the filter of the role. SBX_SECCOMP or 0. */
uint32_t	sandbox_seccomp(enum role);

#endif
