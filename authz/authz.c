/* SPDX-License-Identifier: ISC */
/* The life of the authz role, and the program's main(): see authz.h. */
#include <sys/types.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "authz/authz.h"
#include "authz/cache.h"
#include "authz/gate.h"
#include "authz/hash.h"
#include "authz/lane.h"
#include "authz/password.h"
#include "authz/pending.h"
#include "authz/rekey.h"
#include "authz/secconf.h"
#include "authz/snap.h"
#include "authz/token.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/proc.h"
#include "common/roles.h"

#define RBAC_DB   "rbac.db"
#define PATH_MOST 4096

/*
 * A worker that has this much of our answers lying unread gets no more checks
 * done until most of it is gone.
 */
#define QUEUE_HIGH (4UL * 1024 * 1024)
#define QUEUE_LOW  (1UL * 1024 * 1024)
#define TICK_US    10000

_Static_assert(ROLE_INSTANCES <= 64, "az_paused has a bit for each");

struct admit_limits
authz_limits(const struct authz *az)
{
	const struct conf *cf = az->az_proc->pr_conf;
	struct admit_limits al;

	al.al_minute = cf->cf_max_request_per_minute;
	al.al_attempts = cf->cf_max_login_attempts;
	al.al_block = cf->cf_block_time;
	al.al_caller = cf->cf_caller_requests;
	return (al);
}

const char *
authz_rbac_mode(const struct authz *az)
{
	return (secconf_mode(az->az_secconf));
}

int64_t
authz_token_timeout(const struct authz *az)
{
	return (secconf_timeout(az->az_secconf));
}

void
authz_changed(struct authz *az)
{
	snap_reload(az->az_snap, proc_now());
	cache_drop(az->az_cache);
}

void
authz_look(struct authz *az)
{
	if (snap_look(az->az_snap, proc_now()))
		cache_drop(az->az_cache);
}

void
authz_refresh(struct authz *az, uint64_t now)
{
	if (snap_refresh(az->az_snap, now))
		cache_drop(az->az_cache);
	if (now - az->az_looked < SNAP_AGE)
		return;
	az->az_looked = now;
	secconf_refresh(az->az_secconf);
	rekey_look(az);
}

/* --- back-pressure, end ---------------------------------------------------- */

static void
authz_tick_start(struct authz *az, event_callback_fn fn, void *arg)
{
	struct timeval tv = { 0, TICK_US };

	if (event_base_once(
	        az->az_proc->pr_base, -1, EV_TIMEOUT, fn, arg, &tv) == -1)
		fatalx("no timer");
}

static void
authz_on_drain(evutil_socket_t fd, short what, void *arg)
{
	struct authz *az = proc_self->pr_env;
	struct peer *p = arg;

	if (peer_queued(p) > QUEUE_LOW) {
		authz_tick_start(az, authz_on_drain, p);
		return;
	}
	az->az_paused &= ~(UINT64_C(1) << peer_inst(p));
	peer_read(p, true);
}

static int
authz_on_check(struct peer *p, struct msg *m)
{
	struct authz *az = proc_self->pr_env;
	uint64_t bit = UINT64_C(1) << peer_inst(p);
	int ret;

	ret = gate_check(p, m);
	/* Some more may come before the reading stops: one timer is enough. */
	if (peer_queued(p) > QUEUE_HIGH && !(az->az_paused & bit)) {
		az->az_paused |= bit;
		peer_read(p, false);
		authz_tick_start(az, authz_on_drain, p);
	}
	return (ret);
}

static void
authz_on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct authz *az = arg;

	if (az->az_npending != 0) {
		authz_tick_start(az, authz_on_stop, az);
		return;
	}
	cache_drop(az->az_cache);
	proc_exit(az->az_proc);
}

static void
authz_stop(struct proc *pr)
{
	if (pr->pr_env == NULL || ((struct authz *)pr->pr_env)->az_lane == NULL)
		proc_exit(pr);
	authz_tick_start(pr->pr_env, authz_on_stop, pr->pr_env);
}

/* --- start ------------------------------------------------------------------ */

/* What the libraries open or fetch the first time: before the jail. */
static void
authz_boot(struct proc *pr)
{
	struct authz *az;

	az = calloc(1, sizeof(*az));
	if (az == NULL)
		fatalx("no memory");
	az->az_proc = pr;
	TAILQ_INIT(&az->az_pending);
	TAILQ_INIT(&az->az_turns);
	pr->pr_env = az;
	token_warm();
	password_warm();
	az->az_cache = cache_new();
}

static void
authz_start(struct proc *pr)
{
	struct authz *az = pr->pr_env;
	struct peer *p;
	uint8_t seed[16];
	char path[PATH_MOST];
	unsigned int i;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", pr->pr_rootpath,
	        RBAC_DB) >= sizeof(path))
		fatalx("%s: too long a name", pr->pr_rootpath);
	az->az_snap = snap_open(path);
	az->az_secconf = secconf_open(pr->pr_rootfd);
	az->az_looked = proc_now();
	rekey_open(az);
	if (RAND_bytes(seed, sizeof(seed)) != 1)
		fatalx("no randomness");
	az->az_keep = admit_open(pr->pr_page->pg_keep, seed, proc_now());
	az->az_lane =
	    lane_new(pr->pr_count[ROLE_HASH], proc_newid(pr), &gate_lane_ops);
	for (i = 0; i < pr->pr_count[ROLE_HASH]; i++) {
		p = proc_peer(ROLE_HASH, i);
		if (p == NULL || rekey_send(az, p) == -1)
			fatalx("no link to hash %u", i);
	}
}

/*
 * Times and limits are read where they are used. What is remembered was found
 * good under the old ones. Whoever asks for a new configuration expects that of
 * security.yaml too, at once; the first time it is not open yet.
 */
static void
authz_conf(struct proc *pr, const struct conf *cf)
{
	struct authz *az = pr->pr_env;

	cache_drop(az->az_cache);
	if (az->az_secconf != NULL)
		secconf_refresh(az->az_secconf);
}

/* --- peers -------------------------------------------------------------------- */

static void
authz_lost(
    struct proc *pr, struct peer *p, uint32_t taken, uint32_t via, bool backoff)
{
	struct authz *az = pr->pr_env;

	if (peer_role(p) == ROLE_HTTP)
		pending_forget(az, p);
	if (peer_role(p) != ROLE_HASH)
		return;
	lane_lost(az->az_lane, peer_inst(p), taken, backoff);
	lane_run(az->az_lane, proc_now());
}

static void
authz_up(struct proc *pr, struct peer *p)
{
	struct authz *az = pr->pr_env;
	uint64_t now = proc_now();

	if (peer_role(p) != ROLE_HASH)
		return;
	rekey_send(az, p);
	lane_up(az->az_lane, peer_inst(p), now);
	lane_run(az->az_lane, now);
}

static const struct handler authz_handlers[] = {
	{ MSG_CHECK, authz_on_check },
	{ MSG_HASH_DONE, gate_hash_done },
	{ MSG_VERIFY_DONE, gate_verify_done },
	{ MSG_NONE, NULL },
};

const struct proc_ops authz_ops = {
	.po_role = ROLE_AUTHZ,
	.po_boot = authz_boot,
	.po_start = authz_start,
	.po_conf = authz_conf,
	.po_peer_lost = authz_lost,
	.po_peer_up = authz_up,
	.po_stop = authz_stop,
	.po_handlers = authz_handlers,
};

int
main(int argc, char *argv[])
{
	const struct proc_ops *const ops[] = { &authz_ops, &hash_ops };

	return (proc_main(argc, argv, ops, sizeof(ops) / sizeof(ops[0])));
}
