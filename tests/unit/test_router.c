/* SPDX-License-Identifier: ISC */
/*
 * The router between authz, executors and http; the frame of a child is played
 * here. Its pools have tests of their own: this is what it says by itself.
 */
#include <sys/types.h>

#include <setjmp.h>
#include <string.h>

#include <event2/event.h>

#include "common/call.h"
#include "common/check.h"
#include "common/conf.h"
#include "common/daemons.h"
#include "common/log.h"
#include "common/page.h"
#include "common/proc.h"
#include "common/table.h"
#include "dapi/router.h"
#include "tests/unit/unit.h"

struct peer {
	enum role role;
	unsigned int inst;
};

static struct {
	struct proc proc;
	struct page page;
	struct daemons_page daemons;
	struct peer http[2], read, write, events;
	struct peer *to; /* of the last message */
	struct msgw sent;
	unsigned int nsent;
	uint8_t flags; /* of calls */
	jmp_buf out;
} fx;

struct proc *proc_self;

uint64_t
proc_now(void)
{
	return (1000000000);
}

struct peer *
proc_peer(enum role role, unsigned int inst)
{
	switch (role) {
	case ROLE_HTTP:
		return (inst < 2 ? &fx.http[inst] : NULL);
	case ROLE_READ:
		return (&fx.read);
	case ROLE_WRITE:
		return (&fx.write);
	default:
		return (&fx.events);
	}
}

enum role
peer_role(const struct peer *p)
{
	return (p->role);
}

unsigned int
peer_inst(const struct peer *p)
{
	return (p->inst);
}

const char *
peer_name(const struct peer *p)
{
	return ("peer");
}

int
peer_send(struct peer *p, struct msgw *mw, uint32_t *seq_r)
{
	CU_ASSERT_FALSE(mw->mw_failed);
	fx.to = p;
	fx.sent = *mw;
	fx.nsent++;
	if (seq_r != NULL)
		*seq_r = fx.nsent;
	return (0);
}

void
proc_accuse(struct peer *p, const char *why)
{
	CU_FAIL("nobody is accused here");
}

void
proc_exit(struct proc *pr)
{
	longjmp(fx.out, 1);
}

/* --- a router ---------------------------------------------------------- */

static void
start(void)
{
	unsigned int r;

	memset(&fx, 0, sizeof(fx));
	log_init("test", LOGL_DISABLED);
	fx.read.role = ROLE_READ;
	fx.write.role = ROLE_WRITE;
	fx.events.role = ROLE_EVENTS;
	fx.http[0].role = fx.http[1].role = ROLE_HTTP;
	fx.http[1].inst = 1;
	for (r = 0; r < ROLE__MAX; r++)
		fx.proc.pr_count[r] = 1;
	fx.proc.pr_count[ROLE_HTTP] = 2;
	fx.proc.pr_page = &fx.page;
	memset(fx.daemons.dp_state, DAEMON_RUNNING, DAEMON__MAX);
	fx.daemons.dp_known = 1;
	fx.proc.pr_daemons = &fx.daemons;
	fx.proc.pr_base = event_base_new();
	fx.proc.pr_conf = conf_new();
	proc_self = &fx.proc;
	router_ops.po_boot(&fx.proc);
	router_ops.po_conf(&fx.proc, fx.proc.pr_conf);
	router_ops.po_start(&fx.proc);
	router_ops.po_peer_up(&fx.proc, &fx.read);
	router_ops.po_peer_up(&fx.proc, &fx.write);
	router_ops.po_peer_up(&fx.proc, &fx.events);
}

static void
stop(void)
{
	if (setjmp(fx.out) == 0) {
		router_ops.po_stop(&fx.proc);
		CU_FAIL("it does not end");
	}
	event_base_free(fx.proc.pr_base);
	conf_free(&fx.proc.pr_conf);
}

/* Hand it a call of a row; the handler's return. */
static int
call(uint16_t row, uint8_t form)
{
	static struct msgw mw;
	struct call_head ch = { .ch_id = 77,
		.ch_inst = 1,
		.ch_row = row,
		.ch_form = form,
		.ch_flags = fx.flags };
	const struct handler *h = router_ops.po_handlers;
	struct msg m;

	msgw_start(&mw, MSG_CALL);
	call_put_head(&mw, &ch);
	memset(&m, 0, sizeof(m));
	m.m_type = MSG_CALL;
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = mw.mw_len;
	while (h->h_type != MSG_CALL)
		h++;
	return (h->h_fn(NULL, &m));
}

/* The last message is an answer to the second worker; its body in text. */
static void
answered(struct answer *an, char *text, size_t size)
{
	struct msg m;

	CU_ASSERT_PTR_EQUAL(fx.to, &fx.http[1]);
	CU_ASSERT_EQUAL(fx.sent.mw_type, MSG_RESULT);
	memset(&m, 0, sizeof(m));
	m.m_type = MSG_RESULT;
	m.m_data = fx.sent.mw_buf + MSG_HDR;
	m.m_len = fx.sent.mw_len;
	CU_ASSERT_EQUAL_FATAL(answer_get(&m, an), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(an->an_id, 77);
	CU_ASSERT_PTR_NOT_NULL_FATAL(an->an_body);
	snprintf(
	    text, size, "%.*s", (int)an->an_len, (const char *)an->an_body);
}

static void
test_runs(void)
{
	start();
	CU_ASSERT_EQUAL(call(ROW_ROOT, FORM_HTTP), 0);
	CU_ASSERT_PTR_EQUAL(fx.to, &fx.read);
	CU_ASSERT_EQUAL(fx.sent.mw_type, MSG_EXEC);
	CU_ASSERT_EQUAL(call(ROW_AGENTS_POST, FORM_HTTP), 0);
	CU_ASSERT_PTR_EQUAL(fx.to, &fx.write);
	CU_ASSERT_EQUAL(fx.nsent, 2);
	/* Rows of authz, and those that are none. */
	CU_ASSERT_EQUAL(call(ROW_USERS_ME_GET, FORM_HTTP), -1);
	CU_ASSERT_EQUAL(call(ROW__MAX, FORM_HTTP), -1);
	CU_ASSERT_EQUAL(fx.nsent, 2);
	stop();
}

/*
 * No row is exempt that needs a token, for authz has looked by then: in the
 * original not even the status of the daemons. What needs none of them runs.
 */
static void
test_unready(void)
{
	struct answer an;
	char text[1024];
	uint16_t row;
	unsigned int n = 0;

	start();
	fx.flags = CALL_NAMES_NODE;
	fx.daemons.dp_state[DAEMON_EXECD] = DAEMON_RESTARTING;
	for (row = 0; row < nrows; row++) {
		if (rows[row].r_pool == POOL_AUTHZ || rows[row].r_services == 0)
			continue;
		CU_ASSERT_EQUAL(call(row, FORM_HTTP), 0);
		CU_ASSERT_EQUAL(fx.nsent, ++n);
		answered(&an, text, sizeof(text));
		CU_ASSERT_EQUAL(an.an_status, 500);
		CU_ASSERT_EQUAL(an.an_code, 1017);
		CU_ASSERT_EQUAL(an.an_type, RT_PROBLEM);
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(text, ": wazuh-execd->restarting\""));
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(text, "\"dapi_errors\": {\"node01\": {"));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"error\": 1017}"));
	}
	CU_ASSERT_TRUE(n > 3);
	CU_ASSERT_EQUAL(fx.page.pg_errors, n);
	CU_ASSERT_EQUAL(fx.page.pg_inflight, 0);
	CU_ASSERT_EQUAL(call(ROW_OPENAPI_GET, FORM_HTTP), 0);
	CU_ASSERT_EQUAL(fx.sent.mw_type, MSG_EXEC);
	stop();
	start();
	/* One that starts is waited for. */
	fx.daemons.dp_state[DAEMON_EXECD] = DAEMON_STARTING;
	CU_ASSERT_EQUAL(call(ROW_AGENTS_GET, FORM_HTTP), 0);
	CU_ASSERT_EQUAL(fx.sent.mw_type, MSG_EXEC);
	stop();
}

/* To another node the states go one by one, as it has its own sentence. */
static void
test_unready_wire(void)
{
	struct answer an;
	char text[1024];

	start();
	fx.daemons.dp_state[DAEMON_DB] = DAEMON_FAILED;
	CU_ASSERT_EQUAL(call(ROW_AGENTS_GET, FORM_WIRE), 0);
	answered(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_code, 1017);
	CU_ASSERT_PTR_EQUAL(
	    strstr(text, "{\"__wazuh_exception__\": {\"__class__\": "), text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
	    "\"extra_message\": {\"node_name\": \"node01\", "
	    "\"not_ready_daemons\": \"wazuh-db->failed\"}, "));
	stop();
}

/* A call whose executor dies: its problem, for who asked and as he asked. */
static void
test_died(void)
{
	static const struct {
		uint8_t form, flags;
		const char *text;
	} v[] = {
		{ FORM_HTTP, 0, ", \"dapi_errors\": {\"unknown-node\": {" },
		{ FORM_HTTP, CALL_NAMES_NODE,
		    ", \"dapi_errors\": {\"node01\": {" },
		{ FORM_PRETTY, 0, "\n   \"error\": 901\n}" },
		{ FORM_WIRE, 0, "{\"__wazuh_exception__\": {\"__class__\": " },
	};
	struct answer an;
	char text[1024];
	size_t i;

	start();
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		fx.flags = v[i].flags;
		CU_ASSERT_EQUAL(call(ROW_ROOT, v[i].form), 0);
		CU_ASSERT_EQUAL(fx.sent.mw_type, MSG_EXEC);
		router_ops.po_peer_lost(&fx.proc, &fx.read, fx.nsent, 0, false);
		answered(&an, text, sizeof(text));
		CU_ASSERT_EQUAL(an.an_status, 500);
		CU_ASSERT_EQUAL(an.an_code, 901);
		CU_ASSERT_EQUAL(an.an_type, RT_PROBLEM);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, v[i].text));
		router_ops.po_peer_up(&fx.proc, &fx.read);
	}
	CU_ASSERT_EQUAL(fx.page.pg_errors, 4);
	CU_ASSERT_EQUAL(fx.page.pg_inflight, 0);
	stop();
}

static void
test_unknown(void)
{
	struct answer an;
	char text[1024];

	start();
	fx.daemons.dp_known = 0;
	CU_ASSERT_EQUAL(call(ROW_AGENTS_GET, FORM_PRETTY), 0);
	answered(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_status, 500);
	CU_ASSERT_EQUAL(an.an_code, 1913);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n   \"error\": 1913\n}"));
	stop();
}

static const struct unit_case cases[] = {
	{ "calls run", test_runs },
	{ "daemons not ready", test_unready },
	{ "daemons not ready, for nodes", test_unready_wire },
	{ "an executor dies", test_died },
	{ "states unknown", test_unknown },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("router", cases));
}
