/* SPDX-License-Identifier: ISC */
/*
 * The program of the cluster's roles. The role cluster is linked and jailed
 * and takes what it is told; it opens no connection: its sessions come with
 * the cluster protocol.
 */
#include <sys/types.h>

#include <string.h>

#include "common/call.h"
#include "common/check.h"
#include "common/log.h"
#include "common/proc.h"

/* REMOTE_CALL: there is no session, so no node can run it. */
static int
cluster_remote_call(struct peer *p, struct msg *m)
{
	struct call_head ch;
	struct answer an;
	struct msgw mw;
	const uint8_t *rest;
	size_t len;

	if (call_get_head(m, &ch) == -1)
		return (-1);
	msg_get_rest(m, &rest, &len);
	memset(&an, 0, sizeof(an));
	an.an_id = ch.ch_id;
	an.an_status = 500;
	an.an_code = 3022;
	an.an_type = RT_PROBLEM;
	an.an_fd = -1;
	msgw_start(&mw, MSG_REMOTE_RESULT);
	if (answer_put(&mw, &an) == -1)
		return (-1);
	if (peer_send(p, &mw, NULL) == -1)
		log_warnx("%s: answer lost", peer_name(p));
	return (0);
}

/* AUTH_ASK and RESULT: nothing that this role has asked for. */
static int
cluster_unasked(struct peer *p, struct msg *m)
{
	const uint8_t *rest;
	size_t len;

	msg_get_rest(m, &rest, &len);
	log_warnx("%s: %s without a session", peer_name(p),
	    msgrows[m->m_type].mr_name);
	return (0);
}

static const struct handler cluster_handlers[] = {
	{ MSG_REMOTE_CALL, cluster_remote_call },
	{ MSG_AUTH_ASK, cluster_unasked },
	{ MSG_RESULT, cluster_unasked },
	{ MSG_NONE, NULL },
};

static const struct proc_ops cluster_ops = {
	.po_role = ROLE_CLUSTER,
	.po_handlers = cluster_handlers,
};

int
main(int argc, char *argv[])
{
	static const struct proc_ops *const ops[] = { &cluster_ops };

	return (proc_main(argc, argv, ops, 1));
}
