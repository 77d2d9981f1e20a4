/* SPDX-License-Identifier: ISC */
/*
 * An executor: takes one call at a time from the router, checks it again by
 * the table, runs its function and answers. A call that is too late is not
 * begun, and no function waits past its deadline.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/call.h"
#include "common/check.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/params.h"
#include "common/proc.h"
#include "common/result.h"
#include "dapi/calls.h"
#include "dapi/enrol.h"
#include "dapi/env.h"
#include "dapi/executor.h"
#include "dapi/store.h"

/* --- the answer -------------------------------------------------------- */

/* Nobody could write a body: http renders the problem from the code. */
static void
executor_bare(struct msgw *mw, uint64_t id)
{
	struct answer an;

	memset(&an, 0, sizeof(an));
	an.an_id = id;
	an.an_status = 500;
	an.an_code = 1000;
	an.an_type = RT_PROBLEM;
	an.an_fd = -1;
	msgw_start(mw, MSG_DONE);
	if (answer_put(mw, &an) == -1)
		fatalx("an answer of nothing does not fit");
}

static int
executor_answer(
    struct peer *p, struct msgw *mw, uint64_t id, const struct result *rs)
{
	int fd = -1, rv;

	msgw_start(mw, MSG_DONE);
	if (answer_put_result(mw, id, rs, &fd) == -1) {
		log_error("answer of %zu bytes", rs->rs_body.b_len);
		executor_bare(mw, id);
	}
	rv = peer_send(p, mw, NULL);
	if (fd != -1)
		close(fd);
	if (rv == -1)
		log_error("answer to %s", peer_name(p));
	return (rv);
}

/* --- the call ---------------------------------------------------------- */

static enum pool
executor_pool(enum role role)
{
	switch (role) {
	case ROLE_READ:
		return (POOL_READ);
	case ROLE_WRITE:
		return (POOL_WRITE);
	default:
		return (POOL_EVENTS);
	}
}

/* Write the body of a call that belongs here. */
static void
executor_run(const struct call *c, struct result *rs)
{
	char why[256];
	fw_fn fn = calls_find(c->c_head.ch_row);

	if (c->c_head.ch_deadline != 0 && proc_now() >= c->c_head.ch_deadline) {
		result_problem(rs, 3021, ERRC_INTERNAL, NULL);
		return;
	}
	if (fn == NULL) {
		log_errorx("row %u has no function", c->c_head.ch_row);
		result_problem(rs, 1000, ERRC_INTERNAL, NULL);
		return;
	}
	/* http did the same; this is for calls that did not come from it. */
	if (params_check(c->c_row, &c->c_args, why, sizeof(why)) == -1) {
		log_warnx("row %u refused: %s", c->c_head.ch_row, why);
		result_problem(rs, 1000, ERRC_ERROR, why);
		return;
	}
	if (fn(c, rs) == -1 && rs->rs_code == 0)
		result_problem(rs, 1000, ERRC_INTERNAL, NULL);
}

static void
executor_count(struct page *page, const struct result *rs)
{
	page->pg_requests++;
	if (rs->rs_status >= 500)
		page->pg_errors++;
}

/* MSG_EXEC, a whole call: see call_put(). Answered with MSG_DONE. */
static int
executor_exec(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	struct env *ev = pr->pr_env;
	struct result rs;
	struct call *c;
	int rv = -1;

	c = calloc(1, sizeof(*c));
	if (c == NULL)
		fatalx("no memory");
	if (call_get(m, c) == -1) {
		free(c);
		return (-1);
	}
	if (msg_end(m) == -1 || c->c_head.ch_row >= nrows)
		goto out;
	c->c_row = &rows[c->c_head.ch_row];
	if (c->c_row->r_pool != executor_pool(pr->pr_role))
		goto out;
	pr->pr_page->pg_current = c->c_head.ch_id;
	pr->pr_page->pg_inflight = 1;
	log_request(c->c_head.ch_id);
	call_result(&c->c_head, &rs);
	executor_run(c, &rs);
	executor_count(pr->pr_page, &rs);
	rv = executor_answer(p, &ev->ev_msg, c->c_head.ch_id, &rs);
	result_free(&rs);
	log_request(0);
	pr->pr_page->pg_inflight = 0;
	pr->pr_page->pg_current = 0;
out:
	call_free(c);
	free(c);
	return (rv);
}

/* --- life -------------------------------------------------------------- */

static void
executor_boot(struct proc *pr)
{
	struct env *ev;

	ev = env_new(-1, pr->pr_role == ROLE_WRITE);
	if (ev == NULL)
		fatalx("no memory");
	if (pr->pr_role != ROLE_EVENTS)
		store_boot();
	pr->pr_env = ev;
}

/*
 * The writer is not ready before its database is: a reader cannot make what is
 * missing. A store that cannot be had leaves calls that need none.
 */
static void
executor_start(struct proc *pr)
{
	struct env *ev = pr->pr_env;

	if (pr->pr_role == ROLE_EVENTS)
		return;
	ev->ev_rootfd = pr->pr_rootfd;
	if (env_open(ev, pr->pr_conf->cf_store) == -1)
		return;
	/*
	 * Rows of groups without a folder stay: a tree that is not whole is no
	 * order to delete. groups_follow() is for who removes a folder.
	 */
	if (ev->ev_writer && store_registry(ev->ev_store))
		enrol_sync(ev);
}

static void
executor_conf(struct proc *pr, const struct conf *cf)
{
	struct env *ev = pr->pr_env;

	if (pr->pr_role != ROLE_EVENTS && ev->ev_store_name[0] != '\0' &&
	    strcmp(ev->ev_store_name, cf->cf_store) != 0)
		log_warnx("store: \"%s\" counts from the next start on",
		    cf->cf_store);
}

/* Nothing is in flight here: a call is run within its message. */
static void
executor_stop(struct proc *pr)
{
	struct env *ev = pr->pr_env;

	pr->pr_env = NULL;
	env_free(&ev);
	proc_exit(pr);
}

static const struct handler executor_handlers[] = {
	{ MSG_EXEC, executor_exec },
	{ MSG_NONE, NULL },
};

#define EXECUTOR_OPS(role)                                                 \
	{                                                                  \
		.po_role = (role), .po_boot = executor_boot,               \
		.po_start = executor_start, .po_conf = executor_conf,      \
		.po_stop = executor_stop, .po_handlers = executor_handlers \
	}

const struct proc_ops read_ops = EXECUTOR_OPS(ROLE_READ);
const struct proc_ops write_ops = EXECUTOR_OPS(ROLE_WRITE);
const struct proc_ops events_ops = EXECUTOR_OPS(ROLE_EVENTS);
