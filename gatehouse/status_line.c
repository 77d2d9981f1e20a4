/* SPDX-License-Identifier: ISC */
/* The lines that "status" is answered with, taken apart: see status.h. */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/control.h"
#include "gatehouse/status.h"

#define SERVER_FIELDS 5

/* Cut a line at its tabs: the number of fields, at most max + 1. */
static size_t
status_split(char *line, char *field[], size_t max)
{
	size_t n;

	for (n = 0;;) {
		if (n == max)
			return (max + 1);
		field[n++] = line;
		line = strchr(line, '\t');
		if (line == NULL)
			return (n);
		*line++ = '\0';
	}
}

static int
status_number(const char *s, uint64_t *v_r)
{
	size_t len;

	len = strspn(s, "0123456789");
	if (len == 0 || s[len] != '\0')
		return (-1);
	errno = 0;
	*v_r = strtoull(s, NULL, 10);
	return (errno == 0 ? 0 : -1);
}

static int
status_server(struct status *st, char *field[])
{
	if (st->st_root != NULL || status_number(field[1], &st->st_pid) == -1 ||
	    status_number(field[2], &st->st_up) == -1 ||
	    status_number(field[3], &st->st_generation) == -1)
		return (-1);
	st->st_root = field[4];
	return (0);
}

static int
status_proc(struct status *st, char *field[])
{
	struct status_proc *sp;

	if (st->st_n == STATUS_PROCS)
		return (-1);
	sp = &st->st_proc[st->st_n];
	sp->sp_name = field[1];
	sp->sp_state = field[3];
	sp->sp_memkind = field[9];
	sp->sp_sandbox = field[10];
	sp->sp_program = field[12];
	if (status_number(field[2], &sp->sp_pid) == -1 ||
	    status_number(field[4], &sp->sp_up) == -1 ||
	    status_number(field[5], &sp->sp_restarts) == -1 ||
	    status_number(field[6], &sp->sp_inflight) == -1 ||
	    status_number(field[7], &sp->sp_requests) == -1 ||
	    status_number(field[8], &sp->sp_memory) == -1 ||
	    status_number(field[11], &sp->sp_landlock) == -1)
		return (-1);
	st->st_n++;
	return (0);
}

static int
status_line(struct status *st, char *line)
{
	char *field[CONTROL_FIELDS];
	size_t n;

	n = status_split(line, field, CONTROL_FIELDS);
	if (strcmp(field[0], "server") == 0)
		return (n == SERVER_FIELDS ? status_server(st, field) : -1);
	if (strcmp(field[0], "proc") == 0)
		return (n == CONTROL_FIELDS ? status_proc(st, field) : -1);
	return (0);
}

int
status_parse(struct status *st, char *text, size_t len)
{
	char *end;

	memset(st, 0, sizeof(*st));
	if (memchr(text, '\0', len) != NULL)
		return (-1);
	while (len > 0) {
		end = memchr(text, '\n', len);
		if (end == NULL)
			return (-1);
		*end = '\0';
		if (status_line(st, text) == -1)
			return (-1);
		len -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	return (st->st_root != NULL ? 0 : -1);
}

bool
status_all_up(const struct status *st)
{
	size_t i;

	for (i = 0; i < st->st_n; i++)
		if (strcmp(st->st_proc[i].sp_state, "up") != 0)
			return (false);
	return (st->st_n > 0);
}

uint64_t
status_memory(const struct status *st)
{
	uint64_t sum;
	size_t i;

	for (sum = 0, i = 0; i < st->st_n; i++)
		sum += st->st_proc[i].sp_memory;
	return (sum);
}
