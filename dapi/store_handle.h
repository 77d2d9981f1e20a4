/* SPDX-License-Identifier: ISC */
/*
 * One database of the embedded store as one process has it open, or not: the
 * connection, the prepared statements, the transaction. For store_sqlite.c.
 */
#ifndef DAPI_STORE_HANDLE_H
#define DAPI_STORE_HANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>

#include "dapi/store.h"

#define HANDLE_PATH	32	/* bytes of a path below the root */
#define HANDLE_STMTS	32	/* prepared statements kept */

/* What the statements of a process obey to, whatever the database. */
struct handle_clock {
	uint64_t	 hc_deadline;	/* of the call; 0: none */
	uint64_t	 hc_patience;	/* when to stop waiting for a lock */
};

struct handle_stmt {
	sqlite3_stmt	*hs_stmt;
	uint64_t	 hs_used;	/* hd_tick when last used */
	bool		 hs_busy;	/* its rows are being handed out */
};

struct handle {
	int		 hd_rootfd;
	bool		 hd_writer;
	struct store_db	 hd_which;
	const struct handle_clock *hd_clock;
	char		 hd_path[HANDLE_PATH];
	sqlite3		*hd_db;		/* NULL: not open */
	bool		 hd_told;	/* that it cannot be opened */
	bool		 hd_tx;		/* inside a transaction */
	bool		 hd_lost;	/* which the connection was lost in */
	unsigned int	 hd_depth;	/* statements that are running */
	size_t		 hd_rows;	/* handed out, in the transaction */
	uint64_t	 hd_tick;
	struct handle_stmt hd_stmt[HANDLE_STMTS];
};

/* A closed handle. rootfd and the clock stay the caller's. */
void	handle_init(struct handle *, int rootfd, bool writer,
	    const struct handle_clock *, struct store_db);
/* Not while handle_busy(). */
void	handle_close(struct handle *);

/* Statements are running, or a transaction is open. */
bool	handle_busy(const struct handle *);
/* The file it has open is no longer the one of that name. */
bool	handle_moved(struct handle *);
/* STORE_OK, or STORE_NONE: there is no file. */
enum store_rc handle_there(const struct handle *);

/*
 * Make the file with its tables where there is none. It gets its name when it
 * is complete: nobody meets one half made. 0, or -1 with one line in why
 * (STORE_WHY bytes).
 */
int	handle_make(struct handle *, char *why);
/*
 * Open it. Logged unless it is STORE_NONE or STORE_LATE; why (STORE_WHY bytes)
 * says it too.
 */
enum store_rc handle_open(struct handle *, char *why);

/* Run a statement; opens the database where that was not done yet. */
enum store_rc handle_run(struct handle *, const struct store_job *);
enum store_rc handle_tx(struct handle *, enum store_tx);

#endif
