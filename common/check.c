/* SPDX-License-Identifier: ISC */
/*
 * Codecs of what http, authz, router and executors tell each other about a
 * request, and of log lines: see check.h. Each put stands beside its get, in
 * the same order; the getters come first to what is short and refuse values
 * that contradict each other.
 */
#include <sys/types.h>

#include <errno.h>
#include <unistd.h>

#include "common/call.h"
#include "common/check.h"
#include "common/log.h"
#include "common/memfd.h"

/* Where the body of an answer is. */
enum answer_body { ANSWER_NONE, ANSWER_INLINE, ANSWER_FD };

/* --- CHECK, ADMIT, DENY ------------------------------------------------ */

void
check_put(struct msgw *mw, const struct check *ck)
{
	msg_put_u64(mw, ck->ck_id);
	msg_put_str(mw, ck->ck_addr);
	msg_put_u16(mw, ck->ck_row);
	msg_put_u8(mw, (uint8_t)ck->ck_verdict);
	msg_put_u8(mw, (uint8_t)ck->ck_cred);
	msg_put_str(mw, ck->ck_user);
	msg_put_str(mw, ck->ck_secret);
	msg_put_u8(mw, ck->ck_form);
	msg_put_u8(mw, ck->ck_flags);
	msg_put_u8(mw, ck->ck_raw);
	msg_put_u64(mw, ck->ck_bodylen);
	msg_put_u64(mw, ck->ck_deadline);
	if (ck->ck_verdict == VERDICT_OK)
		args_put(mw, &ck->ck_args);
}

/* Row, verdict and credential, which have to agree. */
static int
check_get_claim(struct msg *m, struct check *ck)
{
	uint8_t verdict, cred;
	size_t max;

	if (msg_get_u16(m, &ck->ck_row) == -1 ||
	    msg_get_u8(m, &verdict) == -1 || msg_get_u8(m, &cred) == -1 ||
	    verdict > VERDICT_NOPATH || cred > CRED_BAD)
		return (-1);
	ck->ck_verdict = (enum check_verdict)verdict;
	ck->ck_cred = (enum check_cred)cred;
	max = cred == CRED_BEARER ? CHECK_TOKEN : CHECK_NAME;
	if (msg_get_str(m, &ck->ck_user, CHECK_NAME) == -1 ||
	    msg_get_str(m, &ck->ck_secret, max) == -1)
		return (-1);
	if ((verdict == VERDICT_NOPATH) != (ck->ck_row == ROW_NONE))
		return (-1);
	if ((cred == CRED_BASIC) != (ck->ck_user != NULL))
		return (-1);
	if ((cred == CRED_BASIC || cred == CRED_BEARER) !=
	    (ck->ck_secret != NULL))
		return (-1);
	return (0);
}

int
check_get(struct msg *m, struct check *ck)
{
	args_init(&ck->ck_args);
	if (msg_get_u64(m, &ck->ck_id) == -1 ||
	    msg_get_strn(m, &ck->ck_addr, CHECK_ADDR) == -1 ||
	    check_get_claim(m, ck) == -1 || msg_get_u8(m, &ck->ck_form) == -1 ||
	    msg_get_u8(m, &ck->ck_flags) == -1 ||
	    call_get_bool(m, &ck->ck_raw) == -1 ||
	    msg_get_u64(m, &ck->ck_bodylen) == -1 ||
	    msg_get_u64(m, &ck->ck_deadline) == -1)
		return (-1);
	if (ck->ck_form > FORM_PRETTY || (ck->ck_flags & ~CALL_WAIT) != 0)
		return (-1);
	if (ck->ck_verdict != VERDICT_OK)
		return (0);
	if (args_get(m, &ck->ck_args) == -1) {
		args_free(&ck->ck_args);
		args_init(&ck->ck_args);
		return (-1);
	}
	return (0);
}

void
admit_put(struct msgw *mw, const struct admit *ad)
{
	msg_put_u64(mw, ad->ad_id);
	msg_put_u8(mw, ad->ad_own);
	msg_put_str(mw, ad->ad_user);
	msg_put_str(mw, ad->ad_context);
	msg_put_u32(mw, ad->ad_seq);
	msg_put_u8(mw, ad->ad_names);
}

int
admit_get(struct msg *m, struct admit *ad)
{
	if (msg_get_u64(m, &ad->ad_id) == -1 ||
	    call_get_bool(m, &ad->ad_own) == -1 ||
	    msg_get_str(m, &ad->ad_user, CHECK_NAME) == -1 ||
	    msg_get_str(m, &ad->ad_context, CHECK_CONTEXT) == -1 ||
	    msg_get_u32(m, &ad->ad_seq) == -1 ||
	    call_get_bool(m, &ad->ad_names) == -1)
		return (-1);
	return (0);
}

void
deny_put(struct msgw *mw, const struct deny *dn)
{
	msg_put_u64(mw, dn->dn_id);
	msg_put_u16(mw, dn->dn_status);
	msg_put_u16(mw, dn->dn_code);
	msg_put_str(mw, dn->dn_detail);
	msg_put_str(mw, dn->dn_user);
	msg_put_u32(mw, dn->dn_retry);
}

int
deny_get(struct msg *m, struct deny *dn)
{
	if (msg_get_u64(m, &dn->dn_id) == -1 ||
	    msg_get_u16(m, &dn->dn_status) == -1 ||
	    msg_get_u16(m, &dn->dn_code) == -1 ||
	    msg_get_str(m, &dn->dn_detail, MSG_1K) == -1 ||
	    msg_get_str(m, &dn->dn_user, CHECK_NAME) == -1 ||
	    msg_get_u32(m, &dn->dn_retry) == -1)
		return (-1);
	if (dn->dn_status < 400 || dn->dn_status > 599 ||
	    (dn->dn_code == 0 && dn->dn_detail == NULL))
		return (-1);
	return (0);
}

/* --- RESULT, DONE ------------------------------------------------------ */

int
answer_put(struct msgw *mw, const struct answer *an)
{
	enum answer_body kind = ANSWER_NONE;

	if (an->an_fd != -1)
		kind = ANSWER_FD;
	else if (an->an_body != NULL)
		kind = ANSWER_INLINE;
	if (kind == ANSWER_INLINE && an->an_len > MSG_INLINE) {
		errno = EMSGSIZE;
		return (-1);
	}
	msg_put_u64(mw, an->an_id);
	msg_put_u16(mw, an->an_status);
	msg_put_u16(mw, an->an_code);
	msg_put_u8(mw, an->an_type);
	msg_put_u8(mw, (uint8_t)kind);
	if (kind == ANSWER_INLINE)
		msg_put_blob(mw, an->an_body, an->an_len);
	else if (kind == ANSWER_FD)
		msg_put_fd(mw, an->an_fd);
	return (0);
}

int
answer_get(struct msg *m, struct answer *an)
{
	uint8_t kind;

	an->an_body = NULL;
	an->an_len = 0;
	an->an_fd = -1;
	if (msg_get_u64(m, &an->an_id) == -1 ||
	    msg_get_u16(m, &an->an_status) == -1 ||
	    msg_get_u16(m, &an->an_code) == -1 ||
	    msg_get_u8(m, &an->an_type) == -1 || msg_get_u8(m, &kind) == -1)
		return (-1);
	if (an->an_status < 200 || an->an_status > 599 ||
	    an->an_type > RT_PROBLEM || kind > ANSWER_FD)
		return (-1);
	if (kind == ANSWER_INLINE)
		return (msg_get_blob(m, &an->an_body, &an->an_len, MSG_INLINE));
	if (kind == ANSWER_FD) {
		an->an_fd = msg_get_fd(m);
		if (an->an_fd == -1)
			return (-1);
	}
	return (0);
}

int
answer_put_result(
    struct msgw *mw, uint64_t id, const struct result *rs, int *fd_r)
{
	struct answer an = { .an_id = id, .an_fd = -1 };

	*fd_r = -1;
	if (rs->rs_body.b_failed) {
		/* No body came about: http says so in place of it. */
		an.an_status = 500;
		an.an_code = 1000;
		an.an_type = RT_PROBLEM;
		return (answer_put(mw, &an));
	}
	an.an_status = (uint16_t)rs->rs_status;
	an.an_code = rs->rs_code;
	an.an_type = (uint8_t)rs->rs_type;
	if (rs->rs_body.b_len > MSG_INLINE) {
		an.an_fd =
		    memfd_seal("result", rs->rs_body.b_data, rs->rs_body.b_len);
		if (an.an_fd == -1)
			return (-1);
		*fd_r = an.an_fd;
	} else if (rs->rs_body.b_len != 0) {
		an.an_body = rs->rs_body.b_data;
		an.an_len = rs->rs_body.b_len;
	}
	return (answer_put(mw, &an));
}

/* --- LOG, ACCESS ------------------------------------------------------- */

void
logline_put(struct msgw *mw, const struct logline *ll)
{
	msg_put_u64(mw, ll->ll_time);
	msg_put_u8(mw, ll->ll_level);
	msg_put_u64(mw, ll->ll_request);
	msg_put_str(mw, ll->ll_text);
}

int
logline_get(struct msg *m, struct logline *ll)
{
	if (msg_get_u64(m, &ll->ll_time) == -1 ||
	    msg_get_u8(m, &ll->ll_level) == -1 ||
	    msg_get_u64(m, &ll->ll_request) == -1 ||
	    msg_get_strn(m, &ll->ll_text, MSG_16K) == -1)
		return (-1);
	if (ll->ll_level < LOGL_ERROR || ll->ll_level > LOGL_DEBUG2)
		return (-1);
	return (0);
}

void
access_put(struct msgw *mw, const struct access *ac)
{
	msg_put_u64(mw, ac->ac_time);
	msg_put_u64(mw, ac->ac_id);
	msg_put_str(mw, ac->ac_user);
	msg_put_str(mw, ac->ac_context);
	msg_put_str(mw, ac->ac_addr);
	msg_put_str(mw, ac->ac_method);
	msg_put_str(mw, ac->ac_path);
	msg_put_str(mw, ac->ac_params);
	msg_put_str(mw, ac->ac_body);
	msg_put_u64(mw, ac->ac_took);
	msg_put_u16(mw, ac->ac_status);
	msg_put_u8(mw, ac->ac_login);
}

int
access_get(struct msg *m, struct access *ac)
{
	if (msg_get_u64(m, &ac->ac_time) == -1 ||
	    msg_get_u64(m, &ac->ac_id) == -1 ||
	    msg_get_str(m, &ac->ac_user, CHECK_NAME) == -1 ||
	    msg_get_str(m, &ac->ac_context, CHECK_CONTEXT) == -1 ||
	    msg_get_strn(m, &ac->ac_addr, CHECK_ADDR) == -1 ||
	    msg_get_strn(m, &ac->ac_method, MSG_64K) == -1 ||
	    msg_get_strn(m, &ac->ac_path, MSG_64K) == -1 ||
	    msg_get_str(m, &ac->ac_params, MSG_64K) == -1 ||
	    msg_get_str(m, &ac->ac_body, MSG_64K) == -1 ||
	    msg_get_u64(m, &ac->ac_took) == -1 ||
	    msg_get_u16(m, &ac->ac_status) == -1 ||
	    call_get_bool(m, &ac->ac_login) == -1)
		return (-1);
	if (ac->ac_status < 100 || ac->ac_status > 599)
		return (-1);
	return (0);
}
