/* SPDX-License-Identifier: ISC */
/*
 * The store: the manager's databases through one of several named backends
 * (gatehouse.yaml "store"). Statements are constant text with parameters ?1,
 * ?2, ...; what a client sent only ever travels in a parameter.
 */
#ifndef DAPI_STORE_H
#define DAPI_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_WHY	256	/* bytes for the reason of a failure */

enum store_rc {
	STORE_OK,
	STORE_NONE,		/* the database is not there (2005) */
	STORE_LATE,		/* the deadline passed (3021) */
	STORE_FAILED		/* the statement failed; logged (2007) */
};

enum store_type { SV_NULL, SV_INT, SV_REAL, SV_TEXT, SV_IDS };

/*
 * A parameter or a column. Borrowed: of a parameter until the call returns, of
 * a column until the row's function returns. SV_IDS is a parameter only: a
 * list of ids, read in the statement as (SELECT value FROM json_each(?N)). Of
 * a column only the members of its type are set, and text and length.
 */
struct store_val {
	enum store_type	 sv_type;
	int64_t		 sv_int;
	double		 sv_real;
	const char	*sv_text;	/* not always NUL-ended in a column */
	size_t		 sv_len;	/* bytes of text */
	const uint32_t	*sv_ids;
	size_t		 sv_nids;
};

#define SV_OF_INT(i)	{ .sv_type = SV_INT, .sv_int = (i) }
#define SV_OF_TEXT(s)	{ .sv_type = SV_TEXT, .sv_text = (s), \
			    .sv_len = strlen(s) }
#define SV_OF_IDS(v, n)	{ .sv_type = SV_IDS, .sv_ids = (v), .sv_nids = (n) }
#define SV_OF_NULL	{ .sv_type = SV_NULL }

/* One row of n columns. 0: go on; -1: give up, the statement fails. */
typedef int (*store_row)(void *arg, const struct store_val *col, size_t n);

enum store_tx {
	STORE_READ,		/* several statements see one state */
	STORE_WRITE,
	STORE_COMMIT,
	STORE_ROLLBACK
};

/* A database of the manager. */
enum store_kind {
	STORE_GLOBAL,		/* agents, groups, labels */
	STORE_TASKS,
	STORE_MITRE,
	STORE_AGENT		/* what one agent reported; 0: the manager */
};

struct store_db {
	enum store_kind	 sd_kind;
	uint32_t	 sd_agent;	/* 0 but for STORE_AGENT */
};

#define SD_GLOBAL	((struct store_db){ STORE_GLOBAL, 0 })
#define SD_TASKS	((struct store_db){ STORE_TASKS, 0 })
#define SD_MITRE	((struct store_db){ STORE_MITRE, 0 })
#define SD_AGENT(id)	((struct store_db){ STORE_AGENT, (id) })

/* One statement to run; all borrowed. */
struct store_job {
	const char	*sj_sql;
	const struct store_val *sj_val;	/* of ?1, ?2, ... */
	size_t		 sj_n;
	store_row	 sj_fn;		/* gets each row; may be NULL */
	void		*sj_arg;
};

/*
 * A backend. so_open gets the directory of the tree (it stays the caller's)
 * and returns its own object, or NULL with one line in why (STORE_WHY bytes).
 * deadline: CLOCK_MONOTONIC nanoseconds, 0 for none; no statement runs longer.
 */
struct store_ops {
	const char	*so_name;
	/* client.keys is ours to write: there is no authd. */
	bool		 so_registry;
	void		*(*so_open)(int rootfd, bool writer, char *why);
	void		(*so_close)(void *);
	enum store_rc	(*so_run)(void *, struct store_db,
			    const struct store_job *, uint64_t deadline);
	enum store_rc	(*so_tx)(void *, struct store_db, enum store_tx,
			    uint64_t deadline);
	/* Is it there? STORE_OK, STORE_NONE. */
	enum store_rc	(*so_has)(void *, struct store_db);
	/* Make it, with its tables and first rows; what is there stays. */
	enum store_rc	(*so_make)(void *, struct store_db, uint64_t deadline);
	/* Remove the database of an agent; absent is well. */
	enum store_rc	(*so_drop)(void *, uint32_t agent);
};

extern const struct store_ops store_sqlite;

/* The backend of that name, or NULL: this version has none. */
const struct store_ops *store_find(const char *name);

struct store;

/*
 * Once in a process, before the jail: what SQLite and OpenSSL take from the
 * system when they are first used.
 */
void		 store_boot(void);

/*
 * Open the backend of that name. writer: makes databases that are not there.
 * NULL with one line in why (STORE_WHY bytes).
 */
struct store	*store_open(const char *name, int rootfd, bool writer,
		    char *why);
void		 store_close(struct store **);
bool		 store_registry(const struct store *);
/* For the statements that follow; 0: none. */
void		 store_deadline(struct store *, uint64_t);

/*
 * Run one statement of the global database, or of another. fn (may be NULL)
 * gets each row; it may run other statements, and the same one again.
 * STORE_NONE: there is no such database.
 */
enum store_rc	 store_run(struct store *, const char *sql,
		    const struct store_val *, size_t n, store_row fn,
		    void *arg);
enum store_rc	 store_run_in(struct store *, struct store_db,
		    const char *sql, const struct store_val *, size_t n,
		    store_row fn, void *arg);
/* A transaction is of one database; several may be open, each in its own. */
enum store_rc	 store_tx(struct store *, enum store_tx);
enum store_rc	 store_tx_in(struct store *, struct store_db, enum store_tx);
/*
 * Is a database there (STORE_OK, STORE_NONE)? An agent that never reported has
 * none. store_make() makes it, in the writer only; the others are made when
 * the store is opened.
 */
enum store_rc	 store_has(struct store *, struct store_db);
enum store_rc	 store_make(struct store *, struct store_db);
enum store_rc	 store_drop(struct store *, uint32_t agent);

/* A column as a number; text that is one counts. 0 otherwise. */
int64_t		 store_int(const struct store_val *);

#endif
