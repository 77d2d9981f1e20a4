/* SPDX-License-Identifier: ISC */
/* The log words: see log.h. */
#include <sys/types.h>

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/log.h"

#define LOG_TEXT 2048 /* bytes of one line's text; longer is cut */
#define LOG_LINE (LOG_TEXT * 4 + 128) /* the same, all escaped */

/* Logging has to work from anywhere, so its state is the process's. */
static struct {
	const char *name;
	enum loglevel level;
	uint64_t request;
	bool busy; /* inside the sink */
	void (*sink)(enum loglevel, const char *, void *);
	void *arg;
} log_env = { .name = "gatehouse", .level = LOGL_INFO };

static const struct {
	const char *ln_name; /* in lines */
	const char *ln_conf; /* in configuration */
} log_names[] = {
	[LOGL_DISABLED] = { "DISABLED", "disabled" },
	[LOGL_ERROR] = { "ERROR", "error" },
	[LOGL_WARN] = { "WARNING", "warning" },
	[LOGL_INFO] = { "INFO", "info" },
	[LOGL_DEBUG] = { "DEBUG", "debug" },
	[LOGL_DEBUG2] = { "DEBUG2", "debug2" },
};

#define LOG_NNAMES (sizeof(log_names) / sizeof(log_names[0]))

void
log_init(const char *name, enum loglevel level)
{
	log_env.name = name;
	log_env.level = level;
}

void
log_setlevel(enum loglevel level)
{
	log_env.level = level;
}

enum loglevel
log_level(void)
{
	return (log_env.level);
}

const char *
log_level_name(enum loglevel level)
{
	return ((size_t)level < LOG_NNAMES ? log_names[level].ln_name : "?");
}

int
log_level_find(const char *name)
{
	size_t i;

	for (i = 0; i < LOG_NNAMES; i++)
		if (strcmp(log_names[i].ln_conf, name) == 0)
			return ((int)i);
	return (-1);
}

void
log_sink(void (*sink)(enum loglevel, const char *, void *), void *arg)
{
	log_env.sink = sink;
	log_env.arg = arg;
}

void
log_request(uint64_t id)
{
	log_env.request = id;
}

uint64_t
log_request_id(void)
{
	return (log_env.request);
}

/* What stands for a byte that may not stand for itself; returns its length. */
static size_t
log_unit(uint8_t c, char u[4])
{
	static const char hex[] = "0123456789abcdef";
	static const char from[] = "\n\r\t\\", to[] = "nrt\\";
	const char *p;

	u[0] = '\\';
	p = c == '\0' ? NULL : strchr(from, c);
	if (p != NULL) {
		u[1] = to[p - from];
		return (2);
	}
	u[1] = 'x';
	u[2] = hex[c >> 4];
	u[3] = hex[c & 0xf];
	return (4);
}

static bool
log_plain(uint8_t c)
{
	return (c >= 0x20 && c <= 0x7e && c != '\\');
}

void
log_escape(struct buf *out, const char *text, size_t len, size_t max)
{
	char u[4];
	size_t i, n;

	for (i = 0; i < len; max -= n) {
		for (n = 0; i + n < len && n < max; n++)
			if (!log_plain((uint8_t)text[i + n]))
				break;
		if (n != 0) {
			buf_add(out, text + i, n);
			i += n;
			continue;
		}
		n = log_unit((uint8_t)text[i], u);
		if (n > max || log_plain((uint8_t)text[i]))
			return;
		buf_add(out, u, n);
		i++;
	}
}

/* One line, one write(): lines of several processes do not mix. */
static void
log_stderr(enum loglevel level, const char *text)
{
	struct buf line;
	size_t off = 0;
	ssize_t n;

	buf_init(&line, LOG_LINE);
	buf_addf(&line, "%s: %s: ", log_env.name, log_level_name(level));
	if (log_env.request != 0)
		buf_addf(&line, "[req %016" PRIx64 "] ", log_env.request);
	log_escape(&line, text, strlen(text), LOG_TEXT * 4);
	buf_addc(&line, '\n');
	while (off < line.b_len) {
		n = write(STDERR_FILENO, line.b_data + off, line.b_len - off);
		if (n == -1 && errno != EINTR)
			break;
		if (n > 0)
			off += (size_t)n;
	}
	buf_free(&line);
}

static void log_put(enum loglevel, bool, bool, const char *, va_list)
    __attribute__((format(printf, 4, 0)));

/*
 * Format and hand on. A line that the sink itself logs goes to the standard
 * error instead of round in circles. errno is the caller's before and after.
 */
static void
log_put(enum loglevel level, bool always, bool with_errno, const char *fmt,
    va_list ap)
{
	char text[LOG_TEXT];
	int save = errno, n;

	if (!always && level > log_env.level)
		return;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		return;
	if (with_errno && (size_t)n < sizeof(text))
		snprintf(
		    text + n, sizeof(text) - (size_t)n, ": %s", strerror(save));
	if (log_env.sink == NULL || log_env.busy) {
		log_stderr(level, text);
	} else {
		log_env.busy = true;
		log_env.sink(level, text, log_env.arg);
		log_env.busy = false;
	}
	errno = save;
}

void
log_debug2(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(LOGL_DEBUG2, false, false, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(LOGL_DEBUG, false, false, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(LOGL_INFO, false, false, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(LOGL_WARN, false, true, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(LOGL_WARN, false, false, fmt, ap);
	va_end(ap);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(LOGL_ERROR, false, true, fmt, ap);
	va_end(ap);
}

void
log_errorx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(LOGL_ERROR, false, false, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(LOGL_ERROR, true, true, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(LOGL_ERROR, true, false, fmt, ap);
	va_end(ap);
	exit(1);
}
