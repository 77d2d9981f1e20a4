/* SPDX-License-Identifier: ISC */
/*
 * The one table of messages. Who may tell whom what, how large, with how many
 * descriptors: what is not here does not pass. Sizes are bytes of body.
 * gatehouse-internals.7 shows the same table; a unit test compares them.
 */
#include <sys/types.h>

#include <assert.h>

#include "common/msg.h"

#define R(x)      ROLE_BIT(ROLE_##x)
#define EXECUTORS ROLE_EXECUTORS
#define CHILDREN  ROLE_CHILDREN

const struct msgrow msgrows[MSG__MAX] = {
	[MSG_NONE] = { "NONE", 0, 0, 0, 0, 0 },

	/* The parent tells its children who they are and what to do. */
	[MSG_BOOT] = { "BOOT", R(PARENT), CHILDREN, 16, MSG_16K, 0 },
	[MSG_CONF_NEW] = { "CONF_NEW", R(PARENT), CHILDREN, 4, 4, 0 },
	[MSG_CONF_VALUES] = { "CONF_VALUES", R(PARENT), CHILDREN, 0, 65528, 0 },
	[MSG_CONF_TLS] = { "CONF_TLS", R(PARENT), R(HTTP), 0, 0, 1 },
	[MSG_CONF_LISTEN] = { "CONF_LISTEN", R(PARENT), R(HTTP), 5, 256, 1 },
	[MSG_CONF_COMMIT] = { "CONF_COMMIT", R(PARENT), CHILDREN, 4, 4, 0 },
	[MSG_PEER_LOST] = { "PEER_LOST", R(PARENT), CHILDREN, 11, 11, 0 },
	[MSG_PEER_UP] = { "PEER_UP", R(PARENT), CHILDREN, 2, 2, 0 },
	[MSG_STOP] = { "STOP", R(PARENT), CHILDREN, 0, 0, 0 },
	[MSG_DIAL_OK] = { "DIAL_OK", R(PARENT), EXECUTORS, 12, 12, 1 },
	[MSG_PROBE] = { "PROBE", R(PARENT), CHILDREN, 1, 1, 0 },

	/* What a child may ask of the parent. */
	[MSG_READY] = { "READY", CHILDREN, R(PARENT), 8, 8, 0 },
	[MSG_CONF_DONE] = { "CONF_DONE", CHILDREN, R(PARENT), 4, 4, 0 },
	[MSG_KILL_PEER] = { "KILL_PEER", CHILDREN, R(PARENT), 6, 256, 0 },
	[MSG_DIAL] = { "DIAL", EXECUTORS, R(PARENT), 10, 10, 0 },
	[MSG_PROBE_DONE] = { "PROBE_DONE", CHILDREN, R(PARENT), 5, 5, 0 },

	/* Logs. */
	[MSG_LOG] = { "LOG", CHILDREN | R(PARENT), R(LOGD), 17, MSG_16K, 0 },
	[MSG_ACCESS] = { "ACCESS", R(HTTP), R(LOGD), 32, 65528, 0 },

	/* May this request run, and how did it end? */
	[MSG_CHECK] = { "CHECK", R(HTTP), R(AUTHZ), 24, 65528, 1 },
	[MSG_ADMIT] = { "ADMIT", R(AUTHZ), R(HTTP), 14, MSG_1K, 0 },
	[MSG_DENY] = { "DENY", R(AUTHZ), R(HTTP), 12, MSG_1K, 0 },

	/* Costly arithmetic on secrets, away from everything else. */
	[MSG_HASH_KEY] = { "HASH_KEY", R(AUTHZ), R(HASH), 12, MSG_1K * 4, 0 },
	[MSG_HASH] = { "HASH", R(AUTHZ), R(HASH), 9, MSG_1K * 4, 0 },
	[MSG_HASH_DONE] = { "HASH_DONE", R(HASH), R(AUTHZ), 9, MSG_1K, 0 },
	[MSG_VERIFY] = { "VERIFY", R(AUTHZ), R(HASH), 12, MSG_16K, 0 },
	[MSG_VERIFY_DONE] = { "VERIFY_DONE", R(HASH), R(AUTHZ), 17, MSG_16K,
	    0 },

	/* Calls, and where their answers go. */
	[MSG_CALL] = { "CALL", R(AUTHZ), R(ROUTER), 22, 65528, 1 },
	[MSG_EXEC] = { "EXEC", R(ROUTER), EXECUTORS, 22, 65528, 1 },
	[MSG_DONE] = { "DONE", EXECUTORS, R(ROUTER), 13, MSG_16K + MSG_1K, 1 },
	[MSG_RESULT] = { "RESULT", R(ROUTER) | R(AUTHZ), R(HTTP) | R(CLUSTER),
	    13, MSG_16K + MSG_1K, 1 },

	/* The cluster. */
	[MSG_PEER_CALL] = { "PEER_CALL", R(CLUSTER), R(AUTHZ), 24, 65528, 1 },
	[MSG_REMOTE_CALL] = { "REMOTE_CALL", R(ROUTER), R(CLUSTER), 22, 65528,
	    1 },
	[MSG_REMOTE_RESULT] = { "REMOTE_RESULT", R(CLUSTER), R(ROUTER), 13,
	    MSG_16K + MSG_1K, 1 },
	[MSG_AUTH_ASK] = { "AUTH_ASK", R(AUTHZ), R(CLUSTER), 12, MSG_16K, 0 },
	[MSG_AUTH_ANSWER] = { "AUTH_ANSWER", R(CLUSTER), R(AUTHZ), 9, 65528,
	    0 },
	[MSG_NODES] = { "NODES", R(CLUSTER), R(ROUTER), 4, 65528, 0 },
};

static_assert(
    sizeof(msgrows) / sizeof(msgrows[0]) == MSG__MAX, "a row for each message");
static_assert(ROLE__MAX <= 32, "roles are bits of an uint32_t");

bool
msg_sends(enum role from, enum role to)
{
	int i;

	for (i = 1; i < MSG__MAX; i++)
		if ((msgrows[i].mr_from & ROLE_BIT(from)) &&
		    (msgrows[i].mr_to & ROLE_BIT(to)))
			return (true);
	return (false);
}

/*
 * RESULT from authz goes to http only and from the router to both, so authz
 * and cluster are a pair by PEER_CALL and AUTH_ASK in any case.
 */
bool
msg_linked(enum role a, enum role b)
{
	return (a != b && (msg_sends(a, b) || msg_sends(b, a)));
}
