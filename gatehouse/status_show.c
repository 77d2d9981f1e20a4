/* SPDX-License-Identifier: ISC */
/* The state of the processes, for people and for programs: see status.h. */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/buffer.h"
#include "common/jsonw.h"
#include "gatehouse/status.h"

#define COLUMNS 8 /* that are padded; the last one is not */
#define CELL    32 /* bytes of a cell with its NUL */

struct row {
	char ro_cell[COLUMNS][CELL];
};

void
status_age(uint64_t s, struct buf *out)
{
	if (s < 60)
		buf_addf(out, "%us", (unsigned int)s);
	else if (s < 3600)
		buf_addf(out, "%um%02us", (unsigned int)(s / 60),
		    (unsigned int)(s % 60));
	else if (s < 86400)
		buf_addf(out, "%uh%02um", (unsigned int)(s / 3600),
		    (unsigned int)(s / 60 % 60));
	else
		buf_addf(out, "%" PRIu64 "d%02uh", s / 86400,
		    (unsigned int)(s / 3600 % 24));
}

void
status_size(uint64_t kib, struct buf *out)
{
	if (kib < 1024)
		buf_addf(out, "%" PRIu64 "K", kib);
	else if (kib < UINT64_C(1024) * 1024)
		buf_addf(out, "%.1fM", (double)kib / 1024);
	else
		buf_addf(out, "%.1fG", (double)kib / (1024 * 1024));
}

/* What a writer of text gives, as a cell. */
static void
status_cell(char cell[CELL], void (*fn)(uint64_t, struct buf *), uint64_t v)
{
	struct buf b;

	buf_init(&b, CELL);
	fn(v, &b);
	snprintf(cell, CELL, "%.*s", (int)b.b_len,
	    b.b_data != NULL ? (const char *)b.b_data : "");
	buf_free(&b);
}

static void
status_row(struct row *ro, const struct status_proc *sp)
{
	snprintf(ro->ro_cell[0], CELL, "%s", sp->sp_name);
	snprintf(ro->ro_cell[2], CELL, "%s", sp->sp_state);
	snprintf(ro->ro_cell[4], CELL, "%" PRIu64, sp->sp_restarts);
	snprintf(ro->ro_cell[5], CELL, "%" PRIu64, sp->sp_inflight);
	snprintf(ro->ro_cell[6], CELL, "%" PRIu64, sp->sp_requests);
	if (sp->sp_pid == 0) {
		snprintf(ro->ro_cell[1], CELL, "-");
		snprintf(ro->ro_cell[3], CELL, "-");
		snprintf(ro->ro_cell[7], CELL, "-");
		return;
	}
	snprintf(ro->ro_cell[1], CELL, "%" PRIu64, sp->sp_pid);
	status_cell(ro->ro_cell[3], status_age, sp->sp_up);
	status_cell(ro->ro_cell[7], status_size, sp->sp_memory);
}

static void
status_widen(size_t width[COLUMNS], const struct row *ro)
{
	size_t i, n;

	for (i = 0; i < COLUMNS; i++) {
		n = strlen(ro->ro_cell[i]);
		if (n > width[i])
			width[i] = n;
	}
}

static void
status_put(struct buf *out, const size_t width[COLUMNS], const struct row *ro)
{
	static const bool left[COLUMNS] = { [0] = true, [2] = true };
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		buf_addf(out, "%*s  ", left[i] ? -(int)width[i] : (int)width[i],
		    ro->ro_cell[i]);
}

/* The words of the jail; Landlock's with its version. */
static void
status_sandbox(struct buf *out, const struct status_proc *sp)
{
	const char *at;
	size_t n;

	if (sp->sp_pid == 0) {
		buf_addc(out, '-');
		return;
	}
	at = strstr(sp->sp_sandbox, "landlock");
	if (at == NULL || sp->sp_landlock == 0) {
		buf_addz(out, sp->sp_sandbox);
		return;
	}
	n = (size_t)(at - sp->sp_sandbox) + strlen("landlock");
	buf_addf(out, "%.*s:%" PRIu64 "%s", (int)n, sp->sp_sandbox,
	    sp->sp_landlock, sp->sp_sandbox + n);
}

/* Where the kernel did not tell a share, the sum counts shared pages twice. */
static const char *
status_kind(const struct status *st)
{
	size_t i;

	for (i = 0; i < st->st_n; i++)
		if (st->st_proc[i].sp_memory != 0 &&
		    strcmp(st->st_proc[i].sp_memkind, "pss") != 0)
			return (
			    "resident, shared pages counted more than once");
	return ("proportional share");
}

void
status_table(const struct status *st, struct buf *out)
{
	static const struct row head = { { "NAME", "PID", "STATE", "UP",
	    "RESTARTS", "INFLIGHT", "REQUESTS", "MEMORY" } };
	size_t width[COLUMNS] = { 0 }, i;
	struct row ro;

	buf_addf(out, "server %" PRIu64 ", up ", st->st_pid);
	status_age(st->st_up, out);
	buf_addf(out, ", configuration %" PRIu64 ", %s\n\n", st->st_generation,
	    st->st_root);
	status_widen(width, &head);
	for (i = 0; i < st->st_n; i++) {
		status_row(&ro, &st->st_proc[i]);
		status_widen(width, &ro);
	}
	status_put(out, width, &head);
	buf_addz(out, "SANDBOX\n");
	for (i = 0; i < st->st_n; i++) {
		status_row(&ro, &st->st_proc[i]);
		status_put(out, width, &ro);
		status_sandbox(out, &st->st_proc[i]);
		buf_addc(out, '\n');
	}
	buf_addz(out, "\nmemory ");
	status_size(status_memory(st), out);
	buf_addf(out, " (%s)\n", status_kind(st));
}

static void
status_json_proc(struct jsonw *j, const struct status_proc *sp)
{
	jsonw_object(j);
	jsonw_key(j, "name");
	jsonw_str(j, sp->sp_name);
	jsonw_key(j, "program");
	jsonw_str(j, sp->sp_program);
	jsonw_key(j, "pid");
	jsonw_uint(j, sp->sp_pid);
	jsonw_key(j, "state");
	jsonw_str(j, sp->sp_state);
	jsonw_key(j, "up_seconds");
	jsonw_uint(j, sp->sp_up);
	jsonw_key(j, "restarts");
	jsonw_uint(j, sp->sp_restarts);
	jsonw_key(j, "in_flight");
	jsonw_uint(j, sp->sp_inflight);
	jsonw_key(j, "requests");
	jsonw_uint(j, sp->sp_requests);
	jsonw_key(j, "memory_kib");
	jsonw_uint(j, sp->sp_memory);
	jsonw_key(j, "memory_kind");
	jsonw_str(j, sp->sp_memkind);
	jsonw_key(j, "sandbox");
	jsonw_str(j, sp->sp_sandbox);
	jsonw_key(j, "landlock");
	jsonw_uint(j, sp->sp_landlock);
	jsonw_object_end(j);
}

void
status_json(const struct status *st, struct buf *out)
{
	struct jsonw j;
	size_t i;

	jsonw_init(&j, out, true);
	jsonw_object(&j);
	jsonw_key(&j, "server");
	jsonw_object(&j);
	jsonw_key(&j, "pid");
	jsonw_uint(&j, st->st_pid);
	jsonw_key(&j, "up_seconds");
	jsonw_uint(&j, st->st_up);
	jsonw_key(&j, "generation");
	jsonw_uint(&j, st->st_generation);
	jsonw_key(&j, "root");
	jsonw_str(&j, st->st_root);
	jsonw_object_end(&j);
	jsonw_key(&j, "all_up");
	jsonw_bool(&j, status_all_up(st));
	jsonw_key(&j, "memory_kib");
	jsonw_uint(&j, status_memory(st));
	jsonw_key(&j, "processes");
	jsonw_array(&j);
	for (i = 0; i < st->st_n; i++)
		status_json_proc(&j, &st->st_proc[i]);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	buf_addc(out, '\n');
}
