/* SPDX-License-Identifier: ISC */
/* Tests of common/call.c: there and back, cut anywhere, changed anywhere. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/call.h"
#include "tests/unit/unit.h"

static const char *const words[] = { "001", "", "agents and more" };

static struct msg
message(const uint8_t *data, size_t len)
{
	struct msg m;

	memset(&m, 0, sizeof(m));
	m.m_type = MSG_CALL;
	m.m_data = data;
	m.m_len = len;
	return (m);
}

/* One argument of each type that the table has, and a null. */
static void
fill_args(struct args *as)
{
	struct arg *a;
	size_t i;

	args_init(as);
	for (i = 0; i < nparams && as->as_n < ARGS_MAX; i++) {
		a = &as->as_v[as->as_n++];
		memset(a, 0, sizeof(*a));
		a->a_param = (uint16_t)i;
		switch (params[i].p_type) {
		case PT_STRING:
		case PT_RAW:
		case PT_OBJECT:
			a->a.str.s = "some text";
			a->a.str.len = 9;
			break;
		case PT_INTEGER:
			a->a.i = -5;
			break;
		case PT_NUMBER:
			a->a.d = 0.25;
			break;
		case PT_BOOLEAN:
			a->a.b = true;
			break;
		case PT_STRINGS:
		case PT_INTEGERS:
			a->a.list.v = words;
			a->a.list.n = 3;
			break;
		}
	}
	as->as_v[0].a_null = true;
}

static struct call *
make_call(void)
{
	struct call *c;

	c = calloc(1, sizeof(*c));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	c->c_head.ch_id = 0x0102030405060708;
	c->c_head.ch_origin = ORIGIN_NODE;
	c->c_head.ch_inst = 7;
	c->c_head.ch_flags = CALL_WAIT;
	c->c_head.ch_form = FORM_PRETTY;
	c->c_head.ch_row = (uint16_t)(nrows - 1);
	c->c_head.ch_deadline = UINT64_MAX;
	c->c_user = "wazuh";
	c->c_node = "";
	c->c_policies.ps_black = true;
	c->c_policies.ps_n = 2;
	c->c_policies.ps_v[0].pe_action = "agent:read";
	c->c_policies.ps_v[0].pe_resource = "agent:id:*";
	c->c_policies.ps_v[0].pe_allow = true;
	c->c_policies.ps_v[1].pe_action = "agent:delete";
	c->c_policies.ps_v[1].pe_resource = "agent:id:001&agent:group:a";
	fill_args(&c->c_args);
	return (c);
}

static void
check_args(const struct args *a, const struct args *b)
{
	size_t i;

	CU_ASSERT_EQUAL_FATAL(a->as_n, b->as_n);
	for (i = 0; i < a->as_n; i++) {
		CU_ASSERT_EQUAL(a->as_v[i].a_param, b->as_v[i].a_param);
		CU_ASSERT_EQUAL(a->as_v[i].a_null, b->as_v[i].a_null);
		if (a->as_v[i].a_null)
			continue;
		if (params[a->as_v[i].a_param].p_type == PT_STRINGS) {
			CU_ASSERT_EQUAL_FATAL(b->as_v[i].a.list.n, 3);
			CU_ASSERT_STRING_EQUAL(
			    b->as_v[i].a.list.v[2], "agents and more");
		}
		if (params[a->as_v[i].a_param].p_type == PT_INTEGER)
			CU_ASSERT_EQUAL(b->as_v[i].a.i, -5);
	}
}

static void
test_round(void)
{
	struct call *a = make_call(), *b;
	struct msgw *mw;
	struct msg m;

	mw = malloc(sizeof(*mw));
	b = malloc(sizeof(*b));
	CU_ASSERT_TRUE_FATAL(mw != NULL && b != NULL);
	msgw_start(mw, MSG_CALL);
	call_put(mw, a);
	CU_ASSERT_FALSE_FATAL(mw->mw_failed);
	m = message(mw->mw_buf + MSG_HDR, mw->mw_len);
	CU_ASSERT_EQUAL_FATAL(call_get(&m, b), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(b->c_head.ch_id, 0x0102030405060708);
	CU_ASSERT_EQUAL(b->c_head.ch_origin, ORIGIN_NODE);
	CU_ASSERT_EQUAL(b->c_head.ch_inst, 7);
	CU_ASSERT_EQUAL(b->c_head.ch_flags, CALL_WAIT);
	CU_ASSERT_EQUAL(b->c_head.ch_form, FORM_PRETTY);
	CU_ASSERT_EQUAL(b->c_head.ch_deadline, UINT64_MAX);
	CU_ASSERT_PTR_EQUAL(b->c_row, &rows[nrows - 1]);
	CU_ASSERT_STRING_EQUAL(b->c_user, "wazuh");
	CU_ASSERT_STRING_EQUAL(b->c_node, "");
	CU_ASSERT_TRUE(b->c_policies.ps_black);
	CU_ASSERT_EQUAL_FATAL(b->c_policies.ps_n, 2);
	CU_ASSERT_STRING_EQUAL(b->c_policies.ps_v[0].pe_action, "agent:read");
	CU_ASSERT_TRUE(b->c_policies.ps_v[0].pe_allow);
	CU_ASSERT_STRING_EQUAL(
	    b->c_policies.ps_v[1].pe_resource, "agent:id:001&agent:group:a");
	CU_ASSERT_FALSE(b->c_policies.ps_v[1].pe_allow);
	check_args(&a->c_args, &b->c_args);
	CU_ASSERT_PTR_NULL(b->c_body);
	/* The router reads only this much. */
	m = message(mw->mw_buf + MSG_HDR, mw->mw_len);
	CU_ASSERT_EQUAL(call_get_head(&m, &b->c_head), 0);
	CU_ASSERT_EQUAL(m.m_pos, 22);
	call_free(b);
	CU_ASSERT_EQUAL(b->c_args.as_n, 0);
	free(a);
	free(b);
	free(mw);
}

/* Every shorter message fails; the copy shows a read past its end. */
static void
test_cut(void)
{
	struct call *a = make_call(), *b;
	struct msgw *mw;
	struct msg m;
	uint8_t *copy;
	size_t n, passed = 0;

	mw = malloc(sizeof(*mw));
	b = malloc(sizeof(*b));
	CU_ASSERT_TRUE_FATAL(mw != NULL && b != NULL);
	msgw_start(mw, MSG_CALL);
	call_put(mw, a);
	for (n = 0; n < mw->mw_len; n++) {
		copy = malloc(n + 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		copy = realloc(copy, n == 0 ? 1 : n);
		memcpy(copy, mw->mw_buf + MSG_HDR, n);
		m = message(copy, n);
		if (call_get(&m, b) == 0) {
			passed++;
			call_free(b);
		}
		CU_ASSERT_EQUAL(b->c_args.as_n, 0);
		CU_ASSERT_TRUE(m.m_pos <= n);
		free(copy);
	}
	CU_ASSERT_EQUAL(passed, 0);
	free(a);
	free(b);
	free(mw);
}

/* Any one byte changed: refused or understood, nothing else. */
static void
test_changed(void)
{
	static const uint8_t bits[] = { 0x01, 0x80, 0xff };
	struct call *a = make_call(), *b;
	struct msgw *mw;
	struct msg m;
	size_t i, k, refused = 0;

	mw = malloc(sizeof(*mw));
	b = malloc(sizeof(*b));
	CU_ASSERT_TRUE_FATAL(mw != NULL && b != NULL);
	msgw_start(mw, MSG_CALL);
	call_put(mw, a);
	for (i = 0; i < mw->mw_len; i++)
		for (k = 0; k < sizeof(bits); k++) {
			mw->mw_buf[MSG_HDR + i] ^= bits[k];
			m = message(mw->mw_buf + MSG_HDR, mw->mw_len);
			if (call_get(&m, b) == 0)
				call_free(b);
			else
				refused++;
			mw->mw_buf[MSG_HDR + i] ^= bits[k];
		}
	CU_ASSERT_TRUE(refused > 0);
	free(a);
	free(b);
	free(mw);
}

/* Does a call with this head pass? */
static int
head_passes(const struct call_head *ch)
{
	struct call *a = make_call(), *b;
	struct msgw *mw;
	struct msg m;
	int r;

	mw = malloc(sizeof(*mw));
	b = malloc(sizeof(*b));
	CU_ASSERT_TRUE_FATAL(mw != NULL && b != NULL);
	a->c_head = *ch;
	msgw_start(mw, MSG_CALL);
	call_put(mw, a);
	m = message(mw->mw_buf + MSG_HDR, mw->mw_len);
	r = call_get(&m, b);
	if (r == 0)
		call_free(b);
	free(a);
	free(b);
	free(mw);
	return (r == 0);
}

static void
test_head(void)
{
	const struct call_head good = { .ch_id = 1 };
	struct call_head ch;

	CU_ASSERT_TRUE(head_passes(&good));
	ch = good;
	ch.ch_origin = ORIGIN_LOCAL + 1;
	CU_ASSERT_FALSE(head_passes(&ch));
	ch = good;
	ch.ch_form = FORM_WIRE;
	CU_ASSERT_TRUE(head_passes(&ch));
	ch.ch_form = FORM_WIRE + 1;
	CU_ASSERT_FALSE(head_passes(&ch));
	ch = good;
	ch.ch_flags = CALL_WAIT | CALL_NAMES_NODE;
	CU_ASSERT_TRUE(head_passes(&ch));
	ch.ch_flags = 0x04;
	CU_ASSERT_FALSE(head_passes(&ch));
	ch = good;
	ch.ch_inst = ROLE_INSTANCES;
	CU_ASSERT_FALSE(head_passes(&ch));
	ch = good;
	ch.ch_row = (uint16_t)nrows;
	CU_ASSERT_FALSE(head_passes(&ch));
	ch.ch_row = ROW_NONE;
	CU_ASSERT_FALSE(head_passes(&ch));
}

static void
test_policies(void)
{
	struct call *a = make_call();
	struct msgw *mw;
	size_t i;

	mw = malloc(sizeof(*mw));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mw);
	for (i = 0; i < POLICY_MAX; i++)
		a->c_policies.ps_v[i] = a->c_policies.ps_v[0];
	a->c_policies.ps_n = POLICY_MAX;
	msgw_start(mw, MSG_CALL);
	call_put(mw, a);
	CU_ASSERT_FALSE(mw->mw_failed);
	a->c_policies.ps_n = POLICY_MAX + 1;
	msgw_start(mw, MSG_CALL);
	call_put(mw, a);
	CU_ASSERT_TRUE(mw->mw_failed);
	free(mw);
	free(a);
}

static const struct unit_case cases[] = {
	{ "there and back", test_round },
	{ "cut", test_cut },
	{ "changed", test_changed },
	{ "head", test_head },
	{ "policies", test_policies },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("call", cases));
}
