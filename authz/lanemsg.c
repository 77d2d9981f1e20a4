/* SPDX-License-Identifier: ISC */
/* The messages between authz and hash: see lanemsg.h. */
#include <sys/types.h>

#include <string.h>

#include "authz/lanemsg.h"
#include "authz/password.h"
#include "common/check.h"

#define PEM_MAX 4000 /* bytes of the public key's text */

void
lanemsg_put_key(struct msgw *mw, uint64_t no, const char *pem)
{
	msgw_start(mw, MSG_HASH_KEY);
	msg_put_u64(mw, no);
	msg_put_str(mw, pem);
}

int
lanemsg_get_key(struct msg *m, uint64_t *no_r, const char **pem_r)
{
	if (msg_get_u64(m, no_r) == -1 || msg_get_strn(m, pem_r, PEM_MAX) == -1)
		return (-1);
	return (msg_end(m));
}

void
lanemsg_put_hash(struct msgw *mw, const struct hash_ask *ha)
{
	msgw_start(mw, MSG_HASH);
	msg_put_u64(mw, ha->ha_id);
	msg_put_u8(mw, (uint8_t)ha->ha_op);
	msg_put_str(mw, ha->ha_encoded);
	msg_put_str(mw, ha->ha_password);
}

int
lanemsg_get_hash(struct msg *m, struct hash_ask *ha)
{
	uint8_t op;

	if (msg_get_u64(m, &ha->ha_id) == -1 || msg_get_u8(m, &op) == -1 ||
	    msg_get_strn(m, &ha->ha_encoded, PASSWORD_ENCODED) == -1 ||
	    msg_get_strn(m, &ha->ha_password, CHECK_NAME) == -1)
		return (-1);
	if (op != HASH_CHECK && op != HASH_MAKE)
		return (-1);
	ha->ha_op = (enum hash_op)op;
	return (msg_end(m));
}

void
lanemsg_put_hash_done(struct msgw *mw, const struct hash_done *hd)
{
	msgw_start(mw, MSG_HASH_DONE);
	msg_put_u64(mw, hd->hd_id);
	msg_put_u8(mw, hd->hd_ok);
	msg_put_str(mw, hd->hd_encoded);
}

int
lanemsg_get_hash_done(struct msg *m, struct hash_done *hd)
{
	uint8_t ok;

	if (msg_get_u64(m, &hd->hd_id) == -1 || msg_get_u8(m, &ok) == -1 ||
	    msg_get_str(m, &hd->hd_encoded, PASSWORD_ENCODED) == -1 || ok > 1)
		return (-1);
	hd->hd_ok = ok == 1;
	return (msg_end(m));
}

void
lanemsg_put_verify(struct msgw *mw, uint64_t id, const char *token)
{
	msgw_start(mw, MSG_VERIFY);
	msg_put_u64(mw, id);
	msg_put_str(mw, token);
}

int
lanemsg_get_verify(struct msg *m, uint64_t *id_r, const char **token_r)
{
	if (msg_get_u64(m, id_r) == -1 ||
	    msg_get_strn(m, token_r, TOKEN_MAX) == -1)
		return (-1);
	return (msg_end(m));
}

void
lanemsg_put_verify_done(struct msgw *mw, const struct verify_done *vd)
{
	const struct token_claims *tc = &vd->vd_claims;
	size_t i;

	msgw_start(mw, MSG_VERIFY_DONE);
	msg_put_u64(mw, vd->vd_id);
	msg_put_u64(mw, vd->vd_key);
	msg_put_u8(mw, (uint8_t)vd->vd_status);
	if (vd->vd_status != VERIFY_GOOD && vd->vd_status != VERIFY_ENDED)
		return;
	msg_put_str(mw, tc->tc_user);
	msg_put_i64(mw, tc->tc_nbf);
	msg_put_i64(mw, tc->tc_exp);
	msg_put_u8(mw, tc->tc_run_as);
	msg_put_str(mw, tc->tc_mode);
	msg_put_str(mw, tc->tc_context);
	msg_put_u32(mw, (uint32_t)tc->tc_nroles);
	for (i = 0; i < tc->tc_nroles; i++)
		msg_put_i64(mw, tc->tc_roles[i]);
}

/* A string into a field of size bytes. */
static int
lanemsg_get_text(struct msg *m, char *out, size_t size)
{
	const char *s;

	if (msg_get_strn(m, &s, size - 1) == -1)
		return (-1);
	memcpy(out, s, strlen(s) + 1);
	return (0);
}

static int
lanemsg_get_claims(struct msg *m, struct token_claims *tc)
{
	uint32_t n, i;
	uint8_t run_as;

	if (lanemsg_get_text(m, tc->tc_user, sizeof(tc->tc_user)) == -1 ||
	    msg_get_i64(m, &tc->tc_nbf) == -1 ||
	    msg_get_i64(m, &tc->tc_exp) == -1 || msg_get_u8(m, &run_as) == -1 ||
	    run_as > 1 ||
	    lanemsg_get_text(m, tc->tc_mode, sizeof(tc->tc_mode)) == -1 ||
	    lanemsg_get_text(m, tc->tc_context, sizeof(tc->tc_context)) == -1 ||
	    msg_get_u32(m, &n) == -1 || n > TOKEN_ROLES)
		return (-1);
	tc->tc_run_as = run_as == 1;
	for (i = 0; i < n; i++)
		if (msg_get_i64(m, &tc->tc_roles[i]) == -1)
			return (-1);
	tc->tc_nroles = n;
	return (0);
}

int
lanemsg_get_verify_done(struct msg *m, struct verify_done *vd)
{
	uint8_t status;

	memset(vd, 0, sizeof(*vd));
	if (msg_get_u64(m, &vd->vd_id) == -1 ||
	    msg_get_u64(m, &vd->vd_key) == -1 || msg_get_u8(m, &status) == -1 ||
	    status > VERIFY_NOKEY)
		return (-1);
	vd->vd_status = (enum verify_status)status;
	if ((vd->vd_status == VERIFY_GOOD || vd->vd_status == VERIFY_ENDED) &&
	    lanemsg_get_claims(m, &vd->vd_claims) == -1)
		return (-1);
	return (msg_end(m));
}
