/* SPDX-License-Identifier: ISC */
/* The answer to "status" (common/control.h) as a struct, a table, JSON. */
#ifndef GATEHOUSE_STATUS_H
#define GATEHOUSE_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_PROCS	1024	/* most processes */

struct buf;

/* Texts are borrowed from the answer. */
struct status_proc {
	const char	*sp_name;	/* "http[0]" */
	uint64_t	 sp_pid;	/* 0: none */
	const char	*sp_state;
	uint64_t	 sp_up;		/* seconds */
	uint64_t	 sp_restarts;
	uint64_t	 sp_inflight;
	uint64_t	 sp_requests;
	uint64_t	 sp_memory;	/* KiB */
	const char	*sp_memkind;	/* "pss" or "rss" */
	const char	*sp_sandbox;	/* words parted by commas */
	uint64_t	 sp_landlock;	/* ABI, 0: none */
	const char	*sp_program;
};

struct status {
	uint64_t	 st_pid;
	uint64_t	 st_up;		/* seconds */
	uint64_t	 st_generation;	/* of the configuration */
	const char	*st_root;
	size_t		 st_n;
	struct status_proc st_proc[STATUS_PROCS];
};

/*
 * Take an answer of len bytes apart, in place. Lines of a kind that is not
 * known are passed over. 0, or -1 when a line is malformed or there is no
 * "server" line. Pure.
 */
int	status_parse(struct status *, char *text, size_t len);

/* Is every process up? */
bool	status_all_up(const struct status *);
/* KiB of all processes together. */
uint64_t status_memory(const struct status *);

/* "45s", "3m12s", "5h03m", "12d04h": append an age in seconds. */
void	status_age(uint64_t seconds, struct buf *out);
/* "512K", "12.3M", "1.2G": append a size in KiB. */
void	status_size(uint64_t kib, struct buf *out);

/* For people and for programs. */
void	status_table(const struct status *, struct buf *out);
void	status_json(const struct status *, struct buf *out);

#endif
