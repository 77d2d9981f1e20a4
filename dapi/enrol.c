/* SPDX-License-Identifier: ISC */
/* The registry of agents: see enrol.h for the order of writes. */
#include <sys/types.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path.h"
#include "dapi/enrol.h"
#include "dapi/env.h"
#include "dapi/ipaddr.h"
#include "dapi/store.h"

#define ENROL_MAXID 999999999U

/* The group that remoted gives an agent without one. */
#define GROUP_DEFAULT "default"
#define GROUP_DIR     "etc/shared/" GROUP_DEFAULT
#define GROUP_HASH    "37a8eec1" /* SHA-256 of its name, 8 digits */

/* --- small statements -------------------------------------------------- */

static int
enrol_int_row(void *arg, const struct store_val *col, size_t n)
{
	*(int64_t *)arg = store_int(&col[0]);
	return (0);
}

/* One number from the store; def where there is no row. */
static int
enrol_int(struct store *st, const char *sql, int64_t def, int64_t *out)
{
	*out = def;
	return (store_run(st, sql, NULL, 0, enrol_int_row, out) == STORE_OK ?
	        0 :
	        -1);
}

/* A field of a line as text of its own. */
static void
enrol_field(const struct keys *ks, const struct key *k, uint16_t off,
    uint16_t len, char *out, size_t size)
{
	snprintf(out, size, "%.*s", (int)len,
	    (const char *)ks->ks_text.b_data + k->k_line + off);
}

/* --- rows -------------------------------------------------------------- */

/*
 * The id of the default group, made when its folder is there; 0: there is
 * none.
 */
static int
enrol_group(struct env *ev, int64_t *id_r)
{
	static const char find[] =
	    "SELECT id FROM `group` WHERE name = '" GROUP_DEFAULT "'";
	static const char make[] =
	    "INSERT INTO `group` (name) VALUES ('" GROUP_DEFAULT "')";
	int fd;

	if (enrol_int(ev->ev_store, find, 0, id_r) == -1)
		return (-1);
	if (*id_r != 0)
		return (0);
	fd = path_open(ev->ev_rootfd, GROUP_DIR, O_PATH | O_DIRECTORY, 0);
	if (fd == -1)
		return (0);
	close(fd);
	if (store_run(ev->ev_store, make, NULL, 0, NULL, NULL) != STORE_OK)
		return (-1);
	return (enrol_int(ev->ev_store, find, 0, id_r));
}

/* The row of a new agent and its place in the default group. */
static int
enrol_row(struct env *ev, uint32_t id, const char *name, const char *ip,
    const char *key, int64_t group)
{
	static const char add[] =
	    "INSERT INTO agent (id, name, register_ip, internal_key, date_add,"
	    " `group`, group_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
	static const char join[] = "INSERT INTO belongs (id_agent,"
	                           " id_group, priority)"
	                           " VALUES (?1, ?2, 0)";
	struct store_val v[] = { SV_OF_INT(id), SV_OF_TEXT(name),
		SV_OF_TEXT(ip), SV_OF_TEXT(key), SV_OF_INT((int64_t)time(NULL)),
		SV_OF_TEXT(GROUP_DEFAULT), SV_OF_TEXT(GROUP_HASH) };
	const struct store_val none = SV_OF_NULL;
	struct store_val b[] = { SV_OF_INT(id), SV_OF_INT(group) };

	if (group == 0)
		v[5] = v[6] = none;
	if (store_run(ev->ev_store, add, v, 7, NULL, NULL) != STORE_OK)
		return (-1);
	if (group == 0)
		return (0);
	return (store_run(ev->ev_store, join, b, 2, NULL, NULL) == STORE_OK ?
	        0 :
	        -1);
}

/* Rows of agents that are no more. Labels and groups go with them. */
static int
enrol_delete(struct env *ev, const uint32_t *ids, size_t n)
{
	static const char del[] = "DELETE FROM agent WHERE id IN"
	                          " (SELECT value FROM json_each(?1))";
	struct store_val v = SV_OF_IDS(ids, n);
	size_t i;

	if (n == 0)
		return (0);
	if (store_run(ev->ev_store, del, &v, 1, NULL, NULL) != STORE_OK)
		return (-1);
	/* A file that stays behind (logged) is no reason to keep the agent. */
	for (i = 0; i < n; i++)
		store_drop(ev->ev_store, ids[i]);
	return (0);
}

/* --- reconciling ------------------------------------------------------- */

/* The rows that are there: which have no line, which lines have no row. */
struct enrol_diff {
	const struct keys *ed_keys;
	size_t ed_next; /* line to be met next */
	uint32_t *ed_gone; /* rows to delete */
	size_t ed_ngone, ed_capgone;
	uint32_t *ed_lost; /* lines to make rows of */
	size_t ed_nlost, ed_caplost;
	size_t ed_kept; /* rows left alone */
};

static int
enrol_push(uint32_t **v, size_t *n, size_t *cap, uint32_t id)
{
	uint32_t *p;
	size_t want = *cap == 0 ? 64 : *cap * 2;

	if (*n == *cap) {
		p = reallocarray(*v, want, sizeof(**v));
		if (p == NULL)
			return (-1);
		*v = p;
		*cap = want;
	}
	(*v)[(*n)++] = id;
	return (0);
}

/* Every active line with an id below upto has no row. */
static int
enrol_lines(struct enrol_diff *ed, uint64_t upto)
{
	const struct keys *ks = ed->ed_keys;
	const struct key *k;

	for (; ed->ed_next < ks->ks_n; ed->ed_next++) {
		k = &ks->ks_v[ed->ed_next];
		if (k->k_id >= upto)
			break;
		if (!k->k_removed &&
		    enrol_push(&ed->ed_lost, &ed->ed_nlost, &ed->ed_caplost,
		        k->k_id) == -1)
			return (-1);
	}
	return (0);
}

/* A row: its id, and whether the agent was ever connected. By id. */
static int
enrol_diff_row(void *arg, const struct store_val *col, size_t n)
{
	struct enrol_diff *ed = arg;
	int64_t id = store_int(&col[0]);

	if (id > UINT32_MAX)
		return (0);
	if (enrol_lines(ed, (uint64_t)id) == -1)
		return (-1);
	if (ed->ed_next < ed->ed_keys->ks_n &&
	    ed->ed_keys->ks_v[ed->ed_next].k_id == (uint32_t)id)
		ed->ed_next++;
	if (keys_active(ed->ed_keys, (uint32_t)id))
		return (0);
	if (ed->ed_keys->ks_lines == 0 && store_int(&col[1]) != 0) {
		ed->ed_kept++;
		return (0);
	}
	return (enrol_push(
	    &ed->ed_gone, &ed->ed_ngone, &ed->ed_capgone, (uint32_t)id));
}

/* Make the rows of lines that have none. */
static int
enrol_restore(struct env *ev, const struct enrol_diff *ed)
{
	const struct keys *ks = ed->ed_keys;
	const struct key *k;
	struct ipaddr ia;
	char name[256], ip[IPADDR_LEN], key[256];
	int64_t group;
	size_t i;
	int rv = 0;

	if (enrol_group(ev, &group) == -1)
		return (-1);
	for (i = 0; i < ed->ed_nlost && rv == 0; i++) {
		k = keys_find(ks, ed->ed_lost[i]);
		enrol_field(ks, k, k->k_name, k->k_namelen, name, sizeof(name));
		enrol_field(ks, k, k->k_ip, k->k_iplen, ip, sizeof(ip));
		enrol_field(ks, k, k->k_key, k->k_keylen, key, sizeof(key));
		if (ipaddr_parse(ip, &ia) == 0)
			ipaddr_register(&ia, ip);
		rv = enrol_row(ev, k->k_id, name, ip, key, group);
	}
	explicit_bzero(key, sizeof(key));
	return (rv);
}

/* A row for the manager that still has the name of a new database. */
static int
enrol_manager(struct env *ev)
{
	static const char sql[] =
	    "UPDATE agent SET name = ?1, manager_host = ?1, version = ?2"
	    " WHERE id = 0 AND name = 'localhost' AND version IS NULL";
	struct store_val v[] = { SV_OF_TEXT(ev->ev_host),
		SV_OF_TEXT("Wazuh v" ENV_VERSION) };

	return (store_run(ev->ev_store, sql, v, 2, NULL, NULL) == STORE_OK ?
	        0 :
	        -1);
}

static int
enrol_reconcile(struct env *ev, struct enrol_diff *ed)
{
	static const char rows[] = "SELECT id, connection_status <>"
	                           " 'never_connected' FROM agent"
	                           " WHERE id > 0 ORDER BY id";

	if (store_run(ev->ev_store, rows, NULL, 0, enrol_diff_row, ed) !=
	        STORE_OK ||
	    enrol_lines(ed, UINT64_MAX) == -1 || enrol_manager(ev) == -1 ||
	    enrol_delete(ev, ed->ed_gone, ed->ed_ngone) == -1 ||
	    (ed->ed_nlost > 0 && enrol_restore(ev, ed) == -1))
		return (-1);
	if (ed->ed_ngone > 0)
		log_warnx("%zu agents without a line in %s were deleted",
		    ed->ed_ngone, KEYS_PATH);
	if (ed->ed_nlost > 0)
		log_warnx("%zu agents of %s were missing in the store",
		    ed->ed_nlost, KEYS_PATH);
	if (ed->ed_kept > 0)
		log_warnx("%s has no lines, but the store has %zu agents that "
		          "were connected: they are left as they are",
		    KEYS_PATH, ed->ed_kept);
	return (0);
}

int
enrol_sync(struct env *ev)
{
	struct enrol_diff ed;
	int rv;

	if (keyfile_refresh(&ev->ev_keys, ev->ev_rootfd) == -1) {
		log_error("%s", KEYS_PATH);
		return (-1);
	}
	if (!ev->ev_dirty && ev->ev_synced == ev->ev_keys.kf_generation)
		return (0);
	memset(&ed, 0, sizeof(ed));
	ed.ed_keys = &ev->ev_keys.kf_keys;
	/* What was begun is finished, however long it takes. */
	store_deadline(ev->ev_store, 0);
	rv = -1;
	if (store_tx(ev->ev_store, STORE_WRITE) == STORE_OK) {
		rv = enrol_reconcile(ev, &ed);
		if (rv == 0 && store_tx(ev->ev_store, STORE_COMMIT) != STORE_OK)
			rv = -1;
		if (rv == -1)
			store_tx(ev->ev_store, STORE_ROLLBACK);
	}
	free(ed.ed_gone);
	free(ed.ed_lost);
	ev->ev_dirty = rv == -1;
	if (rv == 0)
		ev->ev_synced = ev->ev_keys.kf_generation;
	else
		log_errorx(
		    "%s and the store could not be brought in step", KEYS_PATH);
	return (rv);
}

/* --- adding ------------------------------------------------------------ */

/*
 * Networks may be shared: several agents come from one. The manager's own name
 * is taken, as authd has it.
 */
static enum enrol_rc
enrol_taken(const struct env *ev, const char *name, const struct ipaddr *ia)
{
	const struct keys *ks = &ev->ev_keys.kf_keys;
	const struct key *k;
	struct ipaddr other;
	char ip[IPADDR_LEN];
	size_t i;
	bool single = ipaddr_single(ia);

	if (strcmp(name, ev->ev_host) == 0)
		return (ENROL_NAME);
	for (i = 0; i < ks->ks_n; i++) {
		k = &ks->ks_v[i];
		if (k->k_removed)
			continue;
		if (keys_same(ks, k, k->k_name, k->k_namelen, name))
			return (ENROL_NAME);
	}
	for (i = 0; single && i < ks->ks_n; i++) {
		k = &ks->ks_v[i];
		if (k->k_removed || k->k_iplen >= sizeof(ip))
			continue;
		enrol_field(ks, k, k->k_ip, k->k_iplen, ip, sizeof(ip));
		if (ipaddr_parse(ip, &other) == 0 && ipaddr_equal(&other, ia))
			return (ENROL_IP);
	}
	return (ENROL_OK);
}

/* An id above all that the file, the store or this process ever had. */
static enum enrol_rc
enrol_id(struct env *ev, uint32_t *id_r)
{
	int64_t top;
	uint32_t high;

	if (enrol_int(ev->ev_store, "SELECT max(id) FROM agent", 0, &top) == -1)
		return (ENROL_FAILED);
	high = keys_high(&ev->ev_keys.kf_keys);
	if (high < ev->ev_high)
		high = ev->ev_high;
	if (top > (int64_t)high)
		high = top > ENROL_MAXID ? ENROL_MAXID : (uint32_t)top;
	if (high >= ENROL_MAXID)
		return (ENROL_FULL);
	*id_r = high + 1;
	return (ENROL_OK);
}

static int
enrol_key(char key[KEYS_KEY + 1])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t raw[KEYS_KEY / 2];
	size_t i;

	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		return (-1);
	for (i = 0; i < sizeof(raw); i++) {
		key[i * 2] = hex[raw[i] >> 4];
		key[i * 2 + 1] = hex[raw[i] & 0xf];
	}
	key[KEYS_KEY] = '\0';
	explicit_bzero(raw, sizeof(raw));
	return (0);
}

/* The row, in a transaction of its own. */
static int
enrol_add_row(struct env *ev, uint32_t id, const char *name,
    const struct ipaddr *ia, const char *key)
{
	char ip[IPADDR_LEN];
	int64_t group;

	ipaddr_register(ia, ip);
	if (store_tx(ev->ev_store, STORE_WRITE) != STORE_OK)
		return (-1);
	if (enrol_group(ev, &group) == -1 ||
	    enrol_row(ev, id, name, ip, key, group) == -1 ||
	    store_tx(ev->ev_store, STORE_COMMIT) != STORE_OK) {
		store_tx(ev->ev_store, STORE_ROLLBACK);
		return (-1);
	}
	return (0);
}

/* The line. On failure the row is taken back at once, or by the next sync. */
static int
enrol_add_line(struct env *ev, uint32_t id, const char *name,
    const struct ipaddr *ia, const char *key)
{
	struct buf text;
	char ip[IPADDR_LEN];
	int rv;

	ipaddr_keys(ia, ip);
	buf_init(&text, KEYS_MAX);
	keys_add(&ev->ev_keys.kf_keys, id, name, ip, key, &text);
	rv = keyfile_write(&ev->ev_keys, ev->ev_rootfd, &text);
	if (rv == -1)
		log_error("%s", KEYS_PATH);
	buf_freezero(&text);
	ev->ev_dirty = rv == -1;
	return (rv);
}

enum enrol_rc
enrol_add(struct env *ev, const char *name, const struct ipaddr *ia,
    uint32_t *id_r, char key[KEYS_KEY + 1])
{
	enum enrol_rc rc;

	if (enrol_sync(ev) == -1)
		return (ENROL_FAILED);
	rc = enrol_taken(ev, name, ia);
	if (rc != ENROL_OK)
		return (rc);
	store_deadline(ev->ev_store, 0);
	rc = enrol_id(ev, id_r);
	if (rc != ENROL_OK)
		return (rc);
	if (enrol_key(key) == -1 ||
	    enrol_add_row(ev, *id_r, name, ia, key) == -1)
		return (ENROL_FAILED);
	ev->ev_high = *id_r;
	if (enrol_add_line(ev, *id_r, name, ia, key) == -1) {
		enrol_sync(ev);
		return (ENROL_FAILED);
	}
	ev->ev_synced = ev->ev_keys.kf_generation;
	return (ENROL_OK);
}

/* --- removing ---------------------------------------------------------- */

static int
enrol_rewrite(struct env *ev, const uint32_t *ids, size_t n, bool purge)
{
	struct buf text;
	int rv;

	buf_init(&text, KEYS_MAX);
	keys_remove(&ev->ev_keys.kf_keys, ids, n, purge, &text);
	rv = keyfile_write(&ev->ev_keys, ev->ev_rootfd, &text);
	if (rv == -1)
		log_error("%s", KEYS_PATH);
	buf_freezero(&text);
	return (rv);
}

/* The rows, in a transaction of its own. */
static int
enrol_remove_rows(struct env *ev, const uint32_t *ids, size_t n)
{
	store_deadline(ev->ev_store, 0);
	if (store_tx(ev->ev_store, STORE_WRITE) != STORE_OK)
		return (-1);
	if (enrol_delete(ev, ids, n) == -1 ||
	    store_tx(ev->ev_store, STORE_COMMIT) != STORE_OK) {
		store_tx(ev->ev_store, STORE_ROLLBACK);
		return (-1);
	}
	return (0);
}

int
enrol_remove(struct env *ev, const uint32_t *ids, size_t n, bool purge)
{
	uint32_t high;

	if (enrol_sync(ev) == -1)
		return (-1);
	/* A purge takes the highest id off the file, not out of use. */
	high = keys_high(&ev->ev_keys.kf_keys);
	if (high > ev->ev_high)
		ev->ev_high = high;
	ev->ev_dirty = true;
	if (enrol_rewrite(ev, ids, n, false) == -1)
		return (-1);
	/*
	 * The agents are gone now. Rows that cannot be deleted are deleted by
	 * the next sync: no reason to say that nothing happened.
	 */
	if (enrol_remove_rows(ev, ids, n) == -1)
		return (0);
	/* Only now, so that the marks lead enrol_sync() after a kill. */
	if (purge && enrol_rewrite(ev, ids, n, true) == -1)
		return (0);
	ev->ev_dirty = false;
	ev->ev_synced = ev->ev_keys.kf_generation;
	return (0);
}
