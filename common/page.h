/* SPDX-License-Identifier: ISC */
/*
 * The page of counters that each process owns: a memfd that the parent makes,
 * keeps over the process's deaths and maps read-only. Values in it are only
 * shown or added up, never trusted with more.
 */
#ifndef COMMON_PAGE_H
#define COMMON_PAGE_H

#include <stdint.h>

#include "common/roles.h"

#define PAGE_LINKS	128
#define PAGE_KEEP	131072	/* bytes a role keeps over its own death */

/* What is in force, bits of pg_sandbox. */
#define SBX_NNP		0x0001	/* no_new_privs */
#define SBX_NODUMP	0x0002	/* not dumpable */
#define SBX_NOCAPS	0x0004	/* no capabilities */
#define SBX_UID		0x0008	/* a user other than root */
#define SBX_CHROOT	0x0010
#define SBX_SECCOMP	0x0020
#define SBX_LANDLOCK	0x0040
#define SBX_ROMOUNT	0x0080	/* tree mounted read-only */
#define SBX_RLIMIT	0x0100

struct page_link {
	uint32_t	pl_taken;	/* number of the last frame taken */
	uint32_t	pl_claim;	/* most frames being taken just now */
	uint32_t	pl_sent;	/* number of the last frame sent */
	uint32_t	pl_pad;
};

struct page {
	uint64_t	pg_requests;	/* served since the server started */
	uint64_t	pg_errors;	/* of them, failed */
	uint64_t	pg_inflight;	/* now */
	uint64_t	pg_dropped;	/* log lines that did not fit */
	uint64_t	pg_current;	/* id of the call a child runs, or 0 */
	uint64_t	pg_connections;	/* http: open now */
	uint32_t	pg_generation;	/* how often the process was started */
	uint32_t	pg_sandbox;	/* SBX_ bits */
	uint32_t	pg_landlock;	/* ABI in force, 0: none */
	uint32_t	pg_conf;	/* generation of configuration in use */
	struct page_link pg_link[PAGE_LINKS];
	uint8_t		pg_keep[PAGE_KEEP] __attribute__((aligned(16)));
};

#endif
