/* SPDX-License-Identifier: ISC */
/*
 * The log words of every process. Before log_sink() is called they write to
 * the standard error; afterwards each line is handed to the sink (the link to
 * logd). Text goes raw: who writes it to a file escapes it (log_escape).
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stddef.h>
#include <stdint.h>

struct buf;

enum loglevel {
	LOGL_DISABLED	= 0,
	LOGL_ERROR	= 1,
	LOGL_WARN	= 2,
	LOGL_INFO	= 3,
	LOGL_DEBUG	= 4,
	LOGL_DEBUG2	= 5
};

/* The name that stands before each line on the standard error ("http[1]"). */
void	log_init(const char *name, enum loglevel);
void	log_setlevel(enum loglevel);
/* The level of now, for callers that avoid building costly text. */
enum loglevel log_level(void);
/* "ERROR", "WARNING", "INFO", "DEBUG", "DEBUG2". Static text. */
const char *log_level_name(enum loglevel);
/* The level that configuration calls "disabled", "error", ...; -1: none. */
int	log_level_find(const char *name);

/*
 * Send lines elsewhere. sink gets the level, the text (NUL-ended, valid
 * during the call only) and arg, and must not log itself. NULL: stderr again.
 */
void	log_sink(void (*sink)(enum loglevel, const char *, void *), void *arg);

/* The id of the request now being served; 0: none. Goes into each line. */
void	log_request(uint64_t id);
/* That id, for the sink. */
uint64_t log_request_id(void);

/*
 * Append text to out with control characters, backslashes and bytes above
 * 0x7e made visible (\n, \r, \t, \\, \xNN); at most max bytes are added.
 */
void	log_escape(struct buf *out, const char *text, size_t len, size_t max);

#define LOG_FMT	__attribute__((format(printf, 1, 2)))
void	log_debug2(const char *, ...) LOG_FMT;
void	log_debug(const char *, ...) LOG_FMT;
void	log_info(const char *, ...) LOG_FMT;
void	log_warn(const char *, ...) LOG_FMT;	/* appends strerror(errno) */
void	log_warnx(const char *, ...) LOG_FMT;
void	log_error(const char *, ...) LOG_FMT;	/* like log_warn, an error */
void	log_errorx(const char *, ...) LOG_FMT;
/*
 * Log, whatever the level, and exit with status 1: start-up errors and broken
 * invariants only.
 */
void	fatal(const char *, ...) LOG_FMT __attribute__((noreturn));
void	fatalx(const char *, ...) LOG_FMT __attribute__((noreturn));

#endif
