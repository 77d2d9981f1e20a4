/* SPDX-License-Identifier: ISC */
/* What a writer finds that its predecessor did not finish. */
#ifndef DAPI_STORE_RECOVER_H
#define DAPI_STORE_RECOVER_H

struct handle_clock;

/*
 * Play back, or throw away, the journals beside the databases of agents, and
 * remove files that were being made. Once, after wazuh-db left the tree, take
 * all of them out of WAL mode, which a reader cannot open alone. Failures are
 * logged; the databases in question then fail when they are used.
 */
void	recover_run(int rootfd, const struct handle_clock *);

#endif
