/* SPDX-License-Identifier: ISC */
/*
 * The executor between its link and its functions. The frame of a child is
 * played here: what it sends is caught, its clock is ours.
 */
#include <sys/types.h>

#include <setjmp.h>

#include "common/check.h"
#include "common/conf.h"
#include "common/memfd.h"
#include "common/page.h"
#include "dapi/executor.h"
#include "tests/unit/world.h"

#include <sys/mman.h>

struct proc *proc_self;

static struct {
	uint64_t now;
	jmp_buf out;
	uint8_t frame[MSG_HDR + MSG_64K];
	size_t len;
	int fd; /* what came along, duplicated */
	bool broken;
} stage;

uint64_t
proc_now(void)
{
	return (stage.now);
}

static void
frame_of(struct msgw *mw)
{
	uint16_t head[2] = { mw->mw_type, 0 };
	uint32_t seq = 1;

	memcpy(stage.frame, head, 4);
	memcpy(stage.frame + 4, &seq, 4);
	memcpy(stage.frame + MSG_HDR, mw->mw_buf + MSG_HDR, mw->mw_len);
	stage.len = MSG_HDR + mw->mw_len;
}

int
peer_send(struct peer *p, struct msgw *mw, uint32_t *seq_r)
{
	if (stage.broken || mw->mw_failed)
		return (-1);
	frame_of(mw);
	stage.fd = mw->mw_nfds > 0 ? dup(mw->mw_fds[0]) : -1;
	return (0);
}

const char *
peer_name(const struct peer *p)
{
	return ("router[0]");
}

void
proc_exit(struct proc *pr)
{
	longjmp(stage.out, 1);
}

/* --- a child's life ---------------------------------------------------- */

struct child {
	struct world c_world;
	struct proc c_proc;
	struct page c_page;
};

static struct child *
child_start(const struct proc_ops *ops, const char *store)
{
	struct child *ch;

	ch = calloc(1, sizeof(*ch));
	CU_ASSERT_PTR_NOT_NULL_FATAL(ch);
	world_make(&ch->c_world);
	env_free(&ch->c_world.w_env);
	ch->c_proc.pr_ops = ops;
	ch->c_proc.pr_role = ops->po_role;
	ch->c_proc.pr_page = &ch->c_page;
	ch->c_proc.pr_rootfd =
	    ops->po_role == ROLE_EVENTS ? -1 : ch->c_world.w_fd;
	ch->c_proc.pr_conf = conf_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(ch->c_proc.pr_conf);
	free(ch->c_proc.pr_conf->cf_store);
	ch->c_proc.pr_conf->cf_store = strdup(store);
	proc_self = &ch->c_proc;
	ops->po_boot(&ch->c_proc);
	ops->po_conf(&ch->c_proc, ch->c_proc.pr_conf);
	ops->po_start(&ch->c_proc);
	stage.now = 1000;
	stage.fd = -1;
	return (ch);
}

static void
child_stop(struct child *ch)
{
	if (setjmp(stage.out) == 0) {
		ch->c_proc.pr_ops->po_stop(&ch->c_proc);
		CU_FAIL("it does not end");
	}
	conf_free(&ch->c_proc.pr_conf);
	world_end(&ch->c_world);
	free(ch);
}

/* Hand it a message; the handler's return. */
static int
hand(const struct proc_ops *ops, struct msgw *mw)
{
	const char *why;
	struct msg m;

	frame_of(mw);
	CU_ASSERT_EQUAL_FATAL(msg_parse(&m, stage.frame, stage.len, 0,
	                          ROLE_ROUTER, ops->po_role, &why),
	    0);
	stage.len = 0;
	CU_ASSERT_EQUAL_FATAL(ops->po_handlers[0].h_type, MSG_EXEC);
	return (ops->po_handlers[0].h_fn(NULL, &m));
}

static int
exec(const struct proc_ops *ops, struct call *c)
{
	static struct msgw mw;
	int rv;

	msgw_start(&mw, MSG_EXEC);
	call_put(&mw, c);
	args_free(&c->c_args);
	free(c);
	rv = hand(ops, &mw);
	CU_ASSERT_EQUAL(proc_self->pr_page->pg_current, 0);
	return (rv);
}

/* The caught answer; text is NUL-ended and has size bytes. */
static void
answer(struct answer *an, char *text, size_t size)
{
	const char *why;
	struct msg m;
	void *p;
	size_t len;

	text[0] = '\0';
	CU_ASSERT_EQUAL_FATAL(
	    msg_parse(&m, stage.frame, stage.len, stage.fd != -1,
	        proc_self->pr_role, ROLE_ROUTER, &why),
	    0);
	if (stage.fd != -1) {
		m.m_nfds = 1;
		m.m_fds[0] = stage.fd;
		stage.fd = -1;
	}
	CU_ASSERT_EQUAL_FATAL(m.m_type, MSG_DONE);
	CU_ASSERT_EQUAL_FATAL(answer_get(&m, an), 0);
	if (an->an_fd != -1) {
		CU_ASSERT_EQUAL_FATAL(
		    memfd_map(an->an_fd, RESULT_MAX, &p, &len), 0);
		snprintf(text, size, "%.*s", (int)len, (char *)p);
		an->an_len = len;
		munmap(p, len);
		close(an->an_fd);
	} else {
		snprintf(text, size, "%.*s", (int)an->an_len,
		    (const char *)an->an_body);
	}
}

/* --- tests ------------------------------------------------------------- */

static void
test_root(void)
{
	struct answer an;
	struct child *ch;
	struct call *c;
	char text[1024];

	ch = child_start(&read_ops, "embedded");
	c = call_new(ROW_ROOT);
	c->c_head.ch_id = 77;
	c->c_head.ch_deadline = 2000;
	CU_ASSERT_EQUAL(exec(&read_ops, c), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_id, 77);
	CU_ASSERT_EQUAL(an.an_status, 200);
	CU_ASSERT_EQUAL(an.an_code, 0);
	CU_ASSERT_EQUAL(an.an_type, RT_JSON);
	CU_ASSERT_EQUAL(strncmp(text, "{\"data\": {\"title\": ", 19), 0);
	c = call_new(ROW_ROOT);
	c->c_head.ch_form = FORM_PRETTY;
	CU_ASSERT_EQUAL(exec(&read_ops, c), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(strncmp(text, "{\n   \"data\": {\n", 15), 0);
	CU_ASSERT_EQUAL(ch->c_page.pg_requests, 2);
	CU_ASSERT_EQUAL(ch->c_page.pg_errors, 0);
	CU_ASSERT_EQUAL(ch->c_page.pg_inflight, 0);
	child_stop(ch);
}

/* Only who may know it hears what this node is called. */
static void
test_names(void)
{
	struct answer an;
	struct child *ch;
	struct call *c;
	char text[1024];
	int i;

	ch = child_start(&read_ops, "embedded");
	for (i = 0; i < 2; i++) {
		c = get("001");
		c->c_head.ch_flags = i == 0 ? 0 : CALL_NAMES_NODE;
		c->c_head.ch_deadline = 1000;
		CU_ASSERT_EQUAL(exec(&read_ops, c), 0);
		answer(&an, text, sizeof(text));
		CU_ASSERT_PTR_NOT_NULL(strstr(text,
		    i == 0 ? "\"dapi_errors\": {\"unknown-node\": {" :
		             "\"dapi_errors\": {\"node01\": {"));
	}
	child_stop(ch);
}

/* The log that a problem names is that of who asked. */
static void
test_logfile(void)
{
	static const struct {
		uint8_t origin;
		const char *log;
	} v[] = { { ORIGIN_HTTP, "/api.log\"" },
		{ ORIGIN_NODE, "/cluster.log\"" },
		{ ORIGIN_LOCAL, "/cluster.log\"" } };
	struct answer an;
	struct child *ch;
	struct call *c;
	char text[1024];
	size_t i;

	ch = child_start(&read_ops, "embedded");
	for (i = 0; i < 3; i++) {
		c = get("001");
		c->c_head.ch_origin = v[i].origin;
		c->c_head.ch_deadline = 1000;
		CU_ASSERT_EQUAL(exec(&read_ops, c), 0);
		answer(&an, text, sizeof(text));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, v[i].log));
	}
	child_stop(ch);
}

/* A call of another node: results and problems as nodes exchange them. */
static void
test_wire(void)
{
	struct answer an;
	struct child *ch;
	struct call *c;
	char text[1024];

	ch = child_start(&read_ops, "embedded");
	c = call_new(ROW_ROOT);
	c->c_head.ch_form = FORM_WIRE;
	CU_ASSERT_EQUAL(exec(&read_ops, c), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_status, 200);
	CU_ASSERT_PTR_EQUAL(
	    strstr(text,
	        "{\"__wazuh_result__\": {\"__class__\": \"WazuhResult\", "
	        "\"__object__\": {\"str_priority\": null, \"result\": "
	        "{\"data\": {\"title\": "),
	    text);
	c = get("001");
	c->c_head.ch_form = FORM_WIRE;
	c->c_head.ch_deadline = 1000;
	CU_ASSERT_EQUAL(exec(&read_ops, c), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_code, 3021);
	CU_ASSERT_PTR_EQUAL(strstr(text,
	                        "{\"__wazuh_exception__\": {\"__class__\": "
	                        "\"WazuhInternalError\", \"__object__\": {"),
	    text);
	child_stop(ch);
}

static void
test_late(void)
{
	struct answer an;
	struct child *ch;
	struct call *c;
	char text[1024];

	ch = child_start(&write_ops, "embedded");
	c = post("late", NULL);
	c->c_head.ch_deadline = 1000;
	CU_ASSERT_EQUAL(exec(&write_ops, c), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_status, 500);
	CU_ASSERT_EQUAL(an.an_code, 3021);
	CU_ASSERT_EQUAL(an.an_type, RT_PROBLEM);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"error\": 3021}"));
	CU_ASSERT_EQUAL(ch->c_page.pg_errors, 1);
	/* It was not begun. */
	CU_ASSERT_EQUAL(faccessat(ch->c_world.w_fd, KEYS_PATH, F_OK, 0), -1);
	c = post("early", NULL);
	c->c_head.ch_deadline = 1001;
	CU_ASSERT_EQUAL(exec(&write_ops, c), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_status, 200);
	CU_ASSERT_EQUAL(faccessat(ch->c_world.w_fd, KEYS_PATH, F_OK, 0), 0);
	child_stop(ch);
}

/* What the router must not send: no answer, the link's end. */
static void
test_nonsense(void)
{
	static struct msgw mw;
	struct child *ch;
	struct call *c;
	uint32_t n;

	ch = child_start(&read_ops, "embedded");
	/* A row of another pool, and one of authz. */
	CU_ASSERT_EQUAL(exec(&read_ops, post("x", NULL)), -1);
	CU_ASSERT_EQUAL(exec(&read_ops, call_new(ROW_USERS_ME_GET)), -1);
	c = call_new(ROW_ROOT);
	c->c_head.ch_row = ROW__MAX;
	CU_ASSERT_EQUAL(exec(&read_ops, c), -1);
	/* Cut anywhere, and one byte too long. */
	c = get("001,002");
	msgw_start(&mw, MSG_EXEC);
	call_put(&mw, c);
	n = mw.mw_len;
	for (mw.mw_len = msgrows[MSG_EXEC].mr_min; mw.mw_len < n; mw.mw_len++)
		CU_ASSERT_EQUAL(hand(&read_ops, &mw), -1);
	msg_put_u8(&mw, 0);
	CU_ASSERT_EQUAL(hand(&read_ops, &mw), -1);
	CU_ASSERT_EQUAL(stage.len, 0);
	CU_ASSERT_EQUAL(ch->c_page.pg_requests, 0);
	args_free(&c->c_args);
	free(c);
	/* The link cannot take the answer. */
	stage.broken = true;
	CU_ASSERT_EQUAL(exec(&read_ops, call_new(ROW_ROOT)), -1);
	stage.broken = false;
	child_stop(ch);
}

/* Arguments that http would have refused. */
static void
test_arguments(void)
{
	struct answer an;
	struct child *ch;
	struct call *c;
	char text[1024];

	ch = child_start(&write_ops, "embedded");
	CU_ASSERT_EQUAL(exec(&write_ops, post("bad name", NULL)), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_status, 400);
	CU_ASSERT_EQUAL(an.an_code, 1000);
	c = call_new(ROW_AGENTS_POST);
	allow(c, "agent:create", "*:*:*", true);
	CU_ASSERT_EQUAL(exec(&write_ops, c), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_status, 400);
	CU_ASSERT_EQUAL(faccessat(ch->c_world.w_fd, KEYS_PATH, F_OK, 0), -1);
	child_stop(ch);
}

/* Longer than a message: in a sealed file. */
static void
test_large(void)
{
	struct answer an;
	struct child *ch;
	struct buf b;
	char text[1024];
	int i;

	ch = child_start(&write_ops, "embedded");
	buf_init(&b, KEYS_MAX);
	for (i = 1; i <= 400; i++)
		buf_addf(&b, "%03d agent-%d any k%d\n", i, i, i);
	buf_addc(&b, '\0');
	put_keys(&ch->c_world, (const char *)b.b_data);
	buf_free(&b);
	CU_ASSERT_EQUAL(exec(&write_ops, post("more", NULL)), 0);
	/* The same files, now as a reader. */
	ch->c_proc.pr_ops = &read_ops;
	ch->c_proc.pr_role = ROLE_READ;
	CU_ASSERT_EQUAL(exec(&read_ops, get(NULL)), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_status, 200);
	CU_ASSERT_TRUE(an.an_len > MSG_INLINE);
	CU_ASSERT_EQUAL(
	    strncmp(text, "{\"data\": {\"affected_items\": [{\"id\": ", 36), 0);
	child_stop(ch);
}

static void
test_stores(void)
{
	struct answer an;
	struct child *ch;
	char text[1024];

	ch = child_start(&read_ops, "wdb");
	CU_ASSERT_EQUAL(exec(&read_ops, get(NULL)), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_code, 2005);
	CU_ASSERT_EQUAL(exec(&read_ops, call_new(ROW_ROOT)), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_EQUAL(an.an_status, 200);
	child_stop(ch);
	ch = child_start(&events_ops, "embedded");
	CU_ASSERT_EQUAL(exec(&events_ops, call_new(ROW_TEST_EVENTS)), 0);
	answer(&an, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text,
	    "{\"data\": {\"pool\": \"events\", \"files\": false}, \"error\": "
	    "0}");
	child_stop(ch);
}

static const struct unit_case cases[] = { { "root", test_root },
	{ "wire", test_wire }, { "log file", test_logfile },
	{ "names", test_names }, { "late", test_late },
	{ "nonsense", test_nonsense }, { "arguments", test_arguments },
	{ "large", test_large }, { "stores", test_stores }, { NULL, NULL } };

int
main(void)
{
	return (world_main("executor", cases));
}
