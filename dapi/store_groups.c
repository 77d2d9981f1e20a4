/* SPDX-License-Identifier: ISC */
/* Agents and groups: see store_groups.h. */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/buffer.h"
#include "common/log.h"
#include "dapi/digest.h"
#include "dapi/store_groups.h"
#include "dapi/store_groups_parts.h"

#define GROUPS_TEXT 1048576 /* bytes of a list of names at most */

bool
groups_name(const char *name)
{
	static const char chars[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_.-";
	size_t len = strspn(name, chars);

	return (len > 0 && len <= GROUPS_NAME && name[len] == '\0' &&
	    strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
}

void
groups_hash(const char *text, size_t len, char out[GROUPS_HASH + 1])
{
	char hex[DIGEST_HEX];

	if (digest_hex("sha256", text, len, hex) == -1)
		fatalx("no SHA-256");
	memcpy(out, hex, GROUPS_HASH);
	out[GROUPS_HASH] = '\0';
}

/* --- small statements -------------------------------------------------- */

static int
groups_int_row(void *arg, const struct store_val *col, size_t n)
{
	*(int64_t *)arg = store_int(&col[0]);
	return (0);
}

/* One number; def where there is no row, or NULL. */
static enum store_rc
groups_int(struct store *st, const char *sql, const struct store_val *v,
    size_t n, int64_t def, int64_t *out)
{
	*out = def;
	return (store_run(st, sql, v, n, groups_int_row, out));
}

enum store_rc
groups_find(struct store *st, const char *name, int64_t *id_r)
{
	const struct store_val v = SV_OF_TEXT(name);

	return (groups_int(
	    st, "SELECT id FROM `group` WHERE name = ?1", &v, 1, -1, id_r));
}

static enum store_rc
groups_join(struct store *st, uint32_t agent, int64_t group, int64_t priority)
{
	/* REPLACE: who was there already gets the new place. */
	static const char sql[] =
	    "INSERT OR REPLACE INTO belongs (id_agent, id_group, priority)"
	    " VALUES (?1, ?2, ?3)";
	const struct store_val v[] = { SV_OF_INT(agent), SV_OF_INT(group),
		SV_OF_INT(priority) };

	return (store_run(st, sql, v, 3, NULL, NULL));
}

static enum store_rc
groups_leave(struct store *st, uint32_t agent, int64_t group)
{
	const struct store_val v[] = { SV_OF_INT(agent), SV_OF_INT(group) };

	return (store_run(st,
	    "DELETE FROM belongs WHERE id_agent = ?1 AND id_group = ?2", v, 2,
	    NULL, NULL));
}

/* The highest priority of an agent's groups; -1: it has none. */
static enum store_rc
groups_top(struct store *st, uint32_t agent, int64_t *top_r)
{
	const struct store_val v = SV_OF_INT(agent);

	return (groups_int(st,
	    "SELECT coalesce(max(priority), -1) FROM belongs"
	    " WHERE id_agent = ?1",
	    &v, 1, -1, top_r));
}

enum store_rc
groups_of(struct store *st, uint32_t agent, store_row fn, void *arg)
{
	static const char sql[] =
	    "SELECT g.name FROM belongs b JOIN `group` g ON g.id = b.id_group"
	    " WHERE b.id_agent = ?1 ORDER BY b.priority";
	const struct store_val v = SV_OF_INT(agent);

	return (store_run(st, sql, &v, 1, fn, arg));
}

/* --- the agent's row --------------------------------------------------- */

static int
groups_text_row(void *arg, const struct store_val *col, size_t n)
{
	struct buf *b = arg;

	if (b->b_len > 0)
		buf_addc(b, ',');
	return (buf_add(b, col[0].sv_text, col[0].sv_len));
}

enum store_rc
groups_write(struct store *st, uint32_t agent, enum groups_sync sync)
{
	static const char sql[] =
	    "UPDATE agent SET `group` = ?1, group_hash = ?2,"
	    " group_sync_status = ?3 WHERE id = ?4";
	struct store_val v[] = { SV_OF_NULL, SV_OF_NULL,
		SV_OF_TEXT(sync == GROUPS_SYNCREQ ? "syncreq" : "synced"),
		SV_OF_INT(agent) };
	char hash[GROUPS_HASH + 1];
	struct buf text;
	enum store_rc r;

	buf_init(&text, GROUPS_TEXT);
	r = groups_of(st, agent, groups_text_row, &text);
	if (r == STORE_OK && text.b_len > 0) {
		v[0].sv_type = v[1].sv_type = SV_TEXT;
		v[0].sv_text = (const char *)text.b_data;
		v[0].sv_len = text.b_len;
		groups_hash(v[0].sv_text, v[0].sv_len, hash);
		v[1].sv_text = hash;
		v[1].sv_len = GROUPS_HASH;
	}
	if (r == STORE_OK)
		r = store_run(st, sql, v, 4, NULL, NULL);
	buf_free(&text);
	return (r);
}

enum store_rc
groups_home(struct store *st, uint32_t agent, int64_t home)
{
	int64_t top;
	enum store_rc r;

	r = groups_top(st, agent, &top);
	if (r == STORE_OK && top == -1 && home != -1)
		r = groups_join(st, agent, home, 0);
	return (r);
}

/* --- one agent --------------------------------------------------------- */

/* An item with what its names stand for. */
struct groups_work {
	struct store *gw_store;
	enum groups_mode gw_mode;
	struct groups_item *gw_item;
	int64_t *gw_ids; /* of gi_groups */
	int64_t gw_top; /* highest priority before */
	bool gw_new; /* the agent is to be made */
	int64_t gw_home; /* the group "default" */
};

/* The ids of the groups; gi_rc where there is something wrong with a name. */
static enum store_rc
groups_names(struct groups_work *gw)
{
	struct groups_item *gi = gw->gw_item;
	enum store_rc r;
	size_t i;

	for (i = 0; i < gi->gi_n; i++) {
		if (!groups_name(gi->gi_groups[i])) {
			gi->gi_rc = GROUPS_BADNAME;
			return (STORE_OK);
		}
		r = groups_find(gw->gw_store, gi->gi_groups[i], &gw->gw_ids[i]);
		if (r != STORE_OK)
			return (r);
		if (gw->gw_ids[i] == -1) {
			gi->gi_rc = GROUPS_UNKNOWN;
			return (STORE_OK);
		}
	}
	return (STORE_OK);
}

/* How many groups would it be? Those named twice count once. */
static enum store_rc
groups_count(struct groups_work *gw, size_t *n_r)
{
	static const char had[] = "SELECT count(*) FROM belongs"
	                          " WHERE id_agent = ?1";
	static const char has[] = "SELECT count(*) FROM belongs"
	                          " WHERE id_agent = ?1 AND id_group = ?2";
	struct store_val v[] = { SV_OF_INT(gw->gw_item->gi_agent),
		SV_OF_INT(0) };
	bool append = gw->gw_mode == GROUPS_APPEND;
	enum store_rc r = STORE_OK;
	int64_t n = 0;
	size_t i, k;

	if (append)
		r = groups_int(gw->gw_store, had, v, 1, 0, &n);
	*n_r = (size_t)n;
	for (i = 0;
	     i < gw->gw_item->gi_n && r == STORE_OK && *n_r <= GROUPS_MOST;
	     i++) {
		for (k = 0; k < i; k++)
			if (gw->gw_ids[k] == gw->gw_ids[i])
				break;
		n = 0;
		v[1].sv_int = gw->gw_ids[i];
		if (append)
			r = groups_int(gw->gw_store, has, v, 2, 0, &n);
		if (k == i && n == 0)
			++*n_r;
	}
	return (r);
}

/* Look before anything is written; gi_rc says what is wrong. */
static enum store_rc
groups_look(struct groups_work *gw)
{
	struct groups_item *gi = gw->gw_item;
	const struct store_val v = SV_OF_INT(gi->gi_agent);
	enum store_rc r;
	int64_t there;
	size_t n = 0;

	gi->gi_rc = GROUPS_OK;
	r = groups_int(gw->gw_store, "SELECT count(*) FROM agent WHERE id = ?1",
	    &v, 1, 0, &there);
	gw->gw_new =
	    there == 0 && gw->gw_mode == GROUPS_OVERRIDE && gi->gi_name != NULL;
	if (r == STORE_OK && there == 0 && !gw->gw_new)
		gi->gi_rc = GROUPS_NOAGENT;
	if (r == STORE_OK && gi->gi_rc == GROUPS_OK)
		r = groups_names(gw);
	if (r == STORE_OK && gi->gi_rc == GROUPS_OK)
		r = groups_top(gw->gw_store, gi->gi_agent, &gw->gw_top);
	if (r == STORE_OK && gi->gi_rc == GROUPS_OK &&
	    gw->gw_mode != GROUPS_REMOVE)
		r = groups_count(gw, &n);
	if (n > GROUPS_MOST)
		gi->gi_rc = GROUPS_TOOMANY;
	return (r);
}

/* The row of an agent that a worker hears of before it was told of it. */
static enum store_rc
groups_agent(struct store *st, const struct groups_item *gi)
{
	static const char sql[] =
	    "INSERT INTO agent (id, name, ip, register_ip, date_add, `group`)"
	    " VALUES (?1, ?2, '0.0.0.0', '0.0.0.0', ?3, NULL)";
	const struct store_val v[] = { SV_OF_INT(gi->gi_agent),
		SV_OF_TEXT(gi->gi_name), SV_OF_INT((int64_t)time(NULL)) };

	return (store_run(st, sql, v, 3, NULL, NULL));
}

static enum store_rc
groups_add(struct groups_work *gw)
{
	struct store *st = gw->gw_store;
	const struct groups_item *gi = gw->gw_item;
	const struct store_val v = SV_OF_INT(gi->gi_agent);
	int64_t priority = gw->gw_top + 1;
	enum store_rc r = STORE_OK;
	size_t i;

	if (gw->gw_new)
		r = groups_agent(st, gi);
	if (r == STORE_OK && gw->gw_mode == GROUPS_OVERRIDE) {
		priority = 0;
		r = store_run(st, "DELETE FROM belongs WHERE id_agent = ?1", &v,
		    1, NULL, NULL);
	}
	for (i = 0; i < gi->gi_n && r == STORE_OK; i++)
		r = groups_join(
		    st, gi->gi_agent, gw->gw_ids[i], priority + (int64_t)i);
	return (r);
}

static enum store_rc
groups_remove(struct groups_work *gw)
{
	const struct groups_item *gi = gw->gw_item;
	enum store_rc r = STORE_OK;
	size_t i;

	/* After each, so that removing all and "default" leaves "default". */
	for (i = 0; i < gi->gi_n && r == STORE_OK; i++) {
		r = groups_leave(gw->gw_store, gi->gi_agent, gw->gw_ids[i]);
		if (r == STORE_OK)
			r = groups_home(
			    gw->gw_store, gi->gi_agent, gw->gw_home);
	}
	return (r);
}

static enum store_rc
groups_one(struct groups_work *gw, enum groups_sync sync)
{
	enum store_rc r;

	r = groups_look(gw);
	if (r != STORE_OK || gw->gw_item->gi_rc != GROUPS_OK)
		return (r);
	if (gw->gw_mode == GROUPS_EMPTY_ONLY && gw->gw_top >= 0)
		return (STORE_OK);
	r = gw->gw_mode == GROUPS_REMOVE ? groups_remove(gw) : groups_add(gw);
	if (r == STORE_OK)
		r = groups_write(gw->gw_store, gw->gw_item->gi_agent, sync);
	return (r);
}

enum store_rc
groups_set(struct store *st, enum groups_mode mode, enum groups_sync sync,
    struct groups_item *v, size_t n)
{
	struct groups_work gw = { .gw_store = st, .gw_mode = mode };
	enum store_rc r;
	size_t i, most = 1;

	for (i = 0; i < n; i++)
		if (v[i].gi_n > most)
			most = v[i].gi_n;
	gw.gw_ids = calloc(most, sizeof(*gw.gw_ids));
	if (gw.gw_ids == NULL)
		return (STORE_FAILED);
	r = store_tx(st, STORE_WRITE);
	if (r == STORE_OK)
		r = groups_find(st, GROUPS_DEFAULT, &gw.gw_home);
	for (i = 0; i < n && r == STORE_OK; i++) {
		gw.gw_item = &v[i];
		r = groups_one(&gw, sync);
	}
	if (r == STORE_OK)
		r = store_tx(st, STORE_COMMIT);
	if (r != STORE_OK)
		store_tx(st, STORE_ROLLBACK);
	free(gw.gw_ids);
	return (r);
}
