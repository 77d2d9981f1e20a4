/* SPDX-License-Identifier: ISC */
/*
 * The codec of a call: see call.h. On the wire a call is its head, the user,
 * the node, the policies (u8 black, u16 count, and for each entry action,
 * resource and u8 allow) and the arguments to the end.
 */
#include <sys/types.h>

#include <string.h>

#include "common/call.h"
#include "common/check.h"

int
call_get_bool(struct msg *m, bool *v)
{
	uint8_t u;

	if (msg_get_u8(m, &u) == -1 || u > 1)
		return (-1);
	*v = u != 0;
	return (0);
}

void
call_put_head(struct msgw *mw, const struct call_head *ch)
{
	msg_put_u64(mw, ch->ch_id);
	msg_put_u8(mw, ch->ch_origin);
	msg_put_u8(mw, ch->ch_inst);
	msg_put_u8(mw, ch->ch_flags);
	msg_put_u8(mw, ch->ch_form);
	msg_put_u16(mw, ch->ch_row);
	msg_put_u64(mw, ch->ch_deadline);
}

int
call_get_head(struct msg *m, struct call_head *ch)
{
	if (msg_get_u64(m, &ch->ch_id) == -1 ||
	    msg_get_u8(m, &ch->ch_origin) == -1 ||
	    msg_get_u8(m, &ch->ch_inst) == -1 ||
	    msg_get_u8(m, &ch->ch_flags) == -1 ||
	    msg_get_u8(m, &ch->ch_form) == -1 ||
	    msg_get_u16(m, &ch->ch_row) == -1 ||
	    msg_get_u64(m, &ch->ch_deadline) == -1)
		return (-1);
	if (ch->ch_origin > ORIGIN_LOCAL || ch->ch_form > FORM_WIRE ||
	    (ch->ch_flags & ~(CALL_WAIT | CALL_NAMES_NODE)) != 0 ||
	    ch->ch_inst >= ROLE_INSTANCES)
		return (-1);
	return (0);
}

static void
call_put_policies(struct msgw *mw, const struct policies *ps)
{
	size_t i;

	if (ps->ps_n > POLICY_MAX) {
		mw->mw_failed = true;
		return;
	}
	msg_put_u8(mw, ps->ps_black);
	msg_put_u16(mw, (uint16_t)ps->ps_n);
	for (i = 0; i < ps->ps_n; i++) {
		msg_put_str(mw, ps->ps_v[i].pe_action);
		msg_put_str(mw, ps->ps_v[i].pe_resource);
		msg_put_u8(mw, ps->ps_v[i].pe_allow);
	}
}

static int
call_get_policies(struct msg *m, struct policies *ps)
{
	struct policy_entry *pe;
	uint16_t n;

	if (call_get_bool(m, &ps->ps_black) == -1 || msg_get_u16(m, &n) == -1 ||
	    n > POLICY_MAX)
		return (-1);
	for (ps->ps_n = 0; ps->ps_n < n; ps->ps_n++) {
		pe = &ps->ps_v[ps->ps_n];
		if (msg_get_strn(m, &pe->pe_action, CALL_ACTION) == -1 ||
		    msg_get_strn(m, &pe->pe_resource, MSG_64K) == -1 ||
		    call_get_bool(m, &pe->pe_allow) == -1)
			return (-1);
	}
	return (0);
}

void
call_put(struct msgw *mw, const struct call *c)
{
	call_put_head(mw, &c->c_head);
	msg_put_str(mw, c->c_user);
	msg_put_str(mw, c->c_node);
	call_put_policies(mw, &c->c_policies);
	args_put(mw, &c->c_args);
}

int
call_get(struct msg *m, struct call *c)
{
	args_init(&c->c_args);
	c->c_body = NULL;
	c->c_bodylen = 0;
	c->c_row = NULL;
	c->c_policies.ps_n = 0;
	if (call_get_head(m, &c->c_head) == -1 ||
	    msg_get_strn(m, &c->c_user, CHECK_NAME) == -1 ||
	    msg_get_strn(m, &c->c_node, CALL_NODE) == -1 ||
	    call_get_policies(m, &c->c_policies) == -1)
		return (-1);
	if (c->c_head.ch_row >= nrows)
		return (-1);
	c->c_row = &rows[c->c_head.ch_row];
	if (args_get(m, &c->c_args) == -1) {
		call_free(c);
		return (-1);
	}
	return (0);
}

void
call_free(struct call *c)
{
	args_free(&c->c_args);
	args_init(&c->c_args);
}
