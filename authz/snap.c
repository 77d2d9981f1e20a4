/* SPDX-License-Identifier: ISC */
/* The snapshot of rbac.db: see snap.h. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "authz/password.h"
#include "authz/rules.h"
#include "authz/snap.h"
#include "common/log.h"

/* The code under which the original refuses to start. */
#define CODE "2012 - "

struct snap {
	struct rbacdb *sn_db;
	struct rbac *sn_rb;
	struct rules *sn_rules; /* of sn_rb; NULL: not compiled */
	uint64_t sn_version; /* of the file when it was read */
	uint64_t sn_seen; /* ns, when it was last looked at */
	uint64_t sn_warned; /* ns of the last warning, 0: none */
	bool sn_stale; /* the last reading failed */
};

static struct rbacdb *
snap_make(const char *path, enum rbacdb_error *err_r)
{
	char a[PASSWORD_ENCODED], b[PASSWORD_ENCODED];
	const char *const passwords[2] = { a, b };
	struct rbacdb *db;

	if (password_unknown(a) == -1 || password_unknown(b) == -1)
		fatalx(CODE "no randomness for new passwords");
	db = rbacdb_open(path, passwords, err_r);
	if (db != NULL)
		log_warnx("rbac.db was not there and has been made new; nobody "
		          "knows the passwords of its users wazuh and "
		          "wazuh-wui: 'gatehouse users change-password' sets "
		          "them, also now");
	return (db);
}

struct snap *
snap_open(const char *path)
{
	const struct timespec pause = { 0, 100000000 };
	enum rbacdb_error err = RBACDB_OK;
	struct snap *sn;
	int tries = 0;

	sn = calloc(1, sizeof(*sn));
	if (sn == NULL)
		fatalx("no memory");
	for (;;) {
		if (sn->sn_db == NULL)
			sn->sn_db = rbacdb_open(path, NULL, &err);
		if (sn->sn_db == NULL && err == RBACDB_MISSING)
			sn->sn_db = snap_make(path, &err);
		if (sn->sn_db != NULL) {
			sn->sn_version = rbacdb_version(sn->sn_db);
			sn->sn_rb = rbacdb_snapshot(sn->sn_db, &err);
		}
		if (sn->sn_rb != NULL)
			return (sn);
		/* Locked by a program that is about to finish, most likely. */
		if (err != RBACDB_BUSY || ++tries > SNAP_TRIES)
			fatalx(CODE "%s", rbacdb_strerror(err));
		nanosleep(&pause, NULL);
	}
}

void
snap_close(struct snap **snp)
{
	struct snap *sn = *snp;

	if (sn == NULL)
		return;
	rules_free(&sn->sn_rules);
	rbac_free(&sn->sn_rb);
	rbacdb_close(&sn->sn_db);
	free(sn);
	*snp = NULL;
}

static void
snap_replace(struct snap *sn, struct rbac *rb)
{
	rules_free(&sn->sn_rules);
	rbac_free(&sn->sn_rb);
	sn->sn_rb = rb;
}

bool
snap_reload(struct snap *sn, uint64_t now)
{
	enum rbacdb_error err;
	struct rbac *rb;
	uint64_t version;

	/*
	 * The number first: what changes while the file is being read shows
	 * next time.
	 */
	version = rbacdb_version(sn->sn_db);
	rb = rbacdb_snapshot(sn->sn_db, &err);
	sn->sn_seen = now;
	sn->sn_stale = rb == NULL;
	if (rb == NULL) {
		if (sn->sn_warned == 0 || now - sn->sn_warned >= SNAP_WARN) {
			sn->sn_warned = now;
			log_warnx("%s; what was read before goes on serving",
			    rbacdb_strerror(err));
		}
		return (false);
	}
	sn->sn_version = version;
	snap_replace(sn, rb);
	return (true);
}

bool
snap_refresh(struct snap *sn, uint64_t now)
{
	return (now - sn->sn_seen >= SNAP_AGE && snap_look(sn, now));
}

bool
snap_look(struct snap *sn, uint64_t now)
{
	sn->sn_seen = now;
	if (!sn->sn_stale && rbacdb_version(sn->sn_db) == sn->sn_version)
		return (false);
	return (snap_reload(sn, now));
}

bool
snap_current(const struct snap *sn)
{
	return (!sn->sn_stale && rbacdb_version(sn->sn_db) == sn->sn_version);
}

void
snap_adopt(struct snap *sn, struct rbac *rb, uint64_t now)
{
	/* Our own changes do not count in the version. */
	sn->sn_seen = now;
	sn->sn_stale = false;
	snap_replace(sn, rb);
}

const struct rbac *
snap_rbac(const struct snap *sn)
{
	return (sn->sn_rb);
}

const struct rules *
snap_rules(struct snap *sn)
{
	const struct rbac *rb = sn->sn_rb;
	const char *wrong;
	size_t i;

	if (sn->sn_rules != NULL)
		return (sn->sn_rules);
	sn->sn_rules = rules_new(rb);
	for (i = 0; sn->sn_rules != NULL && i < rb->rb_nrules; i++) {
		wrong = rules_wrong(sn->sn_rules, i);
		if (wrong != NULL)
			log_warnx("rule %lld (%s) %s",
			    (long long)rb->rb_rules[i].rr_id,
			    rb->rb_rules[i].rr_name, wrong);
	}
	return (sn->sn_rules);
}

struct rbacdb *
snap_db(const struct snap *sn)
{
	return (sn->sn_db);
}
