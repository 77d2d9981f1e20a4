/* SPDX-License-Identifier: ISC */
/*
 * gatehouse-internals.7 shows the tables of roles and of messages. Here the
 * page is read and compared with the program's own, row by row: a change in one
 * place alone fails.
 */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "tests/unit/unit.h"

#define MANUAL "man/gatehouse-internals.7"
#define CELLS  6

static char *manual;

/* The whole page, NUL-ended, or NULL. */
static char *
manual_read(void)
{
	const char *top = getenv("srcdir");
	char path[1024], *text;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", top == NULL ? "." : top, MANUAL);
	f = fopen(path, "r");
	if (f == NULL)
		return (NULL);
	text = calloc(1, 65536);
	if (text != NULL) {
		n = fread(text, 1, 65535, f);
		text[n] = '\0';
	}
	fclose(f);
	return (text);
}

/*
 * The row of a table that begins with this name: ".It NAME Ta CELL Ta ...".
 * Fills cells, whose texts are 64 bytes each, and returns how many; 0: none.
 */
static int
manual_row(const char *name, char cells[CELLS][64])
{
	const char *p, *end, *ta;
	char head[64];
	size_t len;
	int n = 0;

	snprintf(head, sizeof(head), "\n.It %s Ta ", name);
	p = strstr(manual, head);
	if (p == NULL)
		return (0);
	p += 5;
	end = strchr(p, '\n');
	while (p < end && n < CELLS) {
		ta = strstr(p, " Ta ");
		if (ta == NULL || ta > end)
			ta = end;
		len = (size_t)(ta - p);
		if (len > 63)
			len = 63;
		memcpy(cells[n], p, len);
		cells[n++][len] = '\0';
		p = ta + 4;
	}
	return (n);
}

/* The words for a set of roles. */
static const char *
manual_roles(uint32_t set, char out[64])
{
	size_t n = 0;
	int i;

	if (set == ROLE_CHILDREN)
		return ("children");
	if (set == ROLE_EXECUTORS)
		return ("executors");
	if (set == (ROLE_CHILDREN | ROLE_BIT(ROLE_PARENT)))
		return ("all");
	out[0] = '\0';
	for (i = 0; i < ROLE__MAX; i++)
		if ((set & ROLE_BIT(i)) && n < 48)
			n += (size_t)snprintf(out + n, 64 - n, "%s%s",
			    n == 0 ? "" : ", ", roles[i].rr_name);
	return (out);
}

/* Rows in the page, of both tables. */
static int
manual_count(void)
{
	const char *p = manual, *end;
	int n = 0;

	while ((p = strstr(p, "\n.It ")) != NULL) {
		p += 5;
		end = strchr(p, '\n');
		if (end != NULL && strstr(p, " Ta ") != NULL &&
		    strstr(p, " Ta ") < end && strncmp(p, "Sy ", 3) != 0)
			n++;
	}
	return (n);
}

static void
messages(void)
{
	char cells[CELLS][64], from[64], to[64], want[256], have[512];
	const struct msgrow *r;
	int i;

	for (i = 1; i < MSG__MAX; i++) {
		r = &msgrows[i];
		memset(cells, 0, sizeof(cells));
		manual_row(r->mr_name, cells);
		snprintf(have, sizeof(have), "%s|%s|%s|%s|%s|%s", cells[0],
		    cells[1], cells[2], cells[3], cells[4], cells[5]);
		snprintf(want, sizeof(want), "%s|%s|%s|%u|%u|%u", r->mr_name,
		    manual_roles(r->mr_from, from), manual_roles(r->mr_to, to),
		    r->mr_min, r->mr_max, r->mr_fds);
		CU_ASSERT_STRING_EQUAL(have, want);
		if (strcmp(have, want) != 0)
			printf("page: %s\nprogram: %s\n", have, want);
	}
}

static void
processes(void)
{
	static const char *const users[] = { "root", "own", "owner" };
	static const char *const roots[] = { "none", "empty", "tree", "logs",
		"security" };
	char cells[CELLS][64], want[256], have[512];
	const struct role_row *r;
	int i;

	for (i = 0; i < ROLE__MAX; i++) {
		r = &roles[i];
		memset(cells, 0, sizeof(cells));
		manual_row(r->rr_name, cells);
		snprintf(have, sizeof(have), "%s|%s|%s|%s|%s|%s", cells[0],
		    cells[1], cells[2], cells[3], cells[4], cells[5]);
		snprintf(want, sizeof(want), "%s|%s|%s|%s|%u|%s", r->rr_name,
		    r->rr_program, users[r->rr_user], roots[r->rr_root],
		    r->rr_trust, r->rr_pidname == NULL ? "-" : r->rr_pidname);
		CU_ASSERT_STRING_EQUAL(have, want);
		if (strcmp(have, want) != 0)
			printf("page: %s\nprogram: %s\n", have, want);
	}
}

static void
nothing_else(void)
{
	CU_ASSERT_EQUAL(manual_count(), MSG__MAX - 1 + ROLE__MAX);
}

static const struct unit_case cases[] = {
	{ "messages", messages },
	{ "processes", processes },
	{ "nothing else", nothing_else },
	{ NULL, NULL },
};

int
main(void)
{
	int status;

	manual = manual_read();
	if (manual == NULL) {
		fprintf(stderr, "cannot read %s\n", MANUAL);
		return (2);
	}
	status = unit_run("manual", cases);
	free(manual);
	return (status);
}
