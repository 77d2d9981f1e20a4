/* SPDX-License-Identifier: ISC */
/* The hash role: see hash.h. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "authz/hash.h"
#include "authz/lanemsg.h"
#include "authz/password.h"
#include "authz/token.h"
#include "common/log.h"
#include "common/proc.h"

struct hash {
	struct token_key *hs_key; /* NULL until HASH_KEY */
	uint64_t hs_keyno;
	struct msgw hs_mw;
};

/*
 * Everything that OpenSSL and the JSON libraries fetch, open or seed the first
 * time they are used must have happened before the jail.
 */
static void
hash_boot(struct proc *pr)
{
	struct hash *hs;

	hs = calloc(1, sizeof(*hs));
	if (hs == NULL)
		fatalx("no memory");
	pr->pr_env = hs;
	token_warm();
	password_warm();
}

static void
hash_answer(struct proc *pr, struct peer *p, uint64_t id)
{
	struct hash *hs = pr->pr_env;

	pr->pr_page->pg_requests++;
	pr->pr_page->pg_inflight = 0;
	if (peer_send(p, &hs->hs_mw, NULL) == -1)
		log_warn("answer %llu is lost", (unsigned long long)id);
	explicit_bzero(hs->hs_mw.mw_buf, MSG_HDR + hs->hs_mw.mw_len);
}

static int
hash_on_key(struct peer *p, struct msg *m)
{
	struct hash *hs = proc_self->pr_env;
	struct token_key *key;
	const char *pem;
	uint64_t no;

	if (lanemsg_get_key(m, &no, &pem) == -1)
		return (-1);
	key = token_key_parse(pem, strlen(pem));
	if (key == NULL)
		return (-1);
	token_key_free(&hs->hs_key);
	hs->hs_key = key;
	hs->hs_keyno = no;
	return (0);
}

static int
hash_on_hash(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	struct hash *hs = pr->pr_env;
	struct hash_ask ask;
	struct hash_done done;
	char made[PASSWORD_ENCODED];

	if (lanemsg_get_hash(m, &ask) == -1)
		return (-1);
	pr->pr_page->pg_inflight = 1;
	done.hd_id = ask.ha_id;
	done.hd_encoded = NULL;
	if (ask.ha_op == HASH_CHECK)
		done.hd_ok = password_verify(ask.ha_encoded, ask.ha_password);
	else {
		done.hd_ok = password_make(ask.ha_password, made) == 0;
		if (done.hd_ok)
			done.hd_encoded = made;
	}
	lanemsg_put_hash_done(&hs->hs_mw, &done);
	hash_answer(pr, p, ask.ha_id);
	explicit_bzero(made, sizeof(made));
	return (0);
}

static int
hash_on_verify(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	struct hash *hs = pr->pr_env;
	struct verify_done done;
	const char *token;

	if (lanemsg_get_verify(m, &done.vd_id, &token) == -1)
		return (-1);
	pr->pr_page->pg_inflight = 1;
	done.vd_key = hs->hs_keyno;
	if (hs->hs_key == NULL)
		done.vd_status = VERIFY_NOKEY;
	else if (token_verify(hs->hs_key, token, strlen(token),
	             (int64_t)time(NULL), &done.vd_claims) == 0)
		done.vd_status = VERIFY_GOOD;
	else if (done.vd_claims.tc_user[0] != '\0')
		done.vd_status = VERIFY_ENDED;
	else
		done.vd_status = VERIFY_BAD;
	lanemsg_put_verify_done(&hs->hs_mw, &done);
	hash_answer(pr, p, done.vd_id);
	return (0);
}

static const struct handler hash_handlers[] = {
	{ MSG_HASH_KEY, hash_on_key },
	{ MSG_HASH, hash_on_hash },
	{ MSG_VERIFY, hash_on_verify },
	{ MSG_NONE, NULL },
};

const struct proc_ops hash_ops = {
	.po_role = ROLE_HASH,
	.po_boot = hash_boot,
	.po_handlers = hash_handlers,
};
