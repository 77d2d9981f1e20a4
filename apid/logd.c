/* SPDX-License-Identifier: ISC */
/*
 * The role logd: see logd.h. Nothing that is wrong with a log file stops it: a
 * line that cannot be written is dropped and counted, and the count is told
 * once a minute.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apid/logd.h"
#include "apid/logd_file.h"
#include "apid/logd_name.h"
#include "apid/logd_pack.h"
#include "apid/logd_rotate.h"
#include "common/buffer.h"
#include "common/check.h"
#include "common/conf.h"
#include "common/peer.h"
#include "common/proc.h"

#define LOGD_LINE   (1024UL * 1024) /* bytes of a line, all escaped */
#define LOGD_TELL   60 /* seconds between reports of loss */
#define LOGD_TICK   60 /* most seconds until the clock is looked at again */
#define LOGD_BURSTS 256 /* most of a peer's at the end */
#define LOGD_OWNMAX (10UL * 1024 * 1024) /* bytes of gatehouse/ROLE.log */
#define LOGD_FILES  (ROLE__MAX + 2)
#define LOGD_SECOND 1000000000U /* ns */

struct logd_env {
	struct logd_file le_plain; /* api.log */
	struct logd_file le_json; /* api.json */
	struct logd_file le_role[ROLE__MAX]; /* gatehouse/ROLE.log */
	enum loglevel le_level;
	bool le_plain_on, le_json_on;
	struct event *le_timer;
	uint64_t le_told; /* lost lines already reported */
	struct buf le_line;
	char le_self[32]; /* "logd[0]" */
	/* the end of files */
	int le_today; /* logd_day() of le_from up to le_until */
	time_t le_from, le_until;
	struct event *le_tick;
	struct event *le_packer; /* a slice is due */
	struct logd_pack *le_pack; /* NULL: nothing is being packed */
	struct logd_part le_part; /* the one that is, or was last */
	bool le_again; /* those that failed have another turn */
	int le_trouble; /* errno of what failed since it was told; 0: nothing */
	char le_where[LOGD_NAME]; /* and the file */
};

/* Start a line; logd_file_write() says what the first byte is for. */
static struct buf *
logd_begin(struct logd_env *env)
{
	buf_reset(&env->le_line);
	buf_addc(&env->le_line, '\n');
	return (&env->le_line);
}

/*
 * A file could not be put away, and errno says why. Not a log word at once: a
 * line may be on its way, and a full disk would be told about without end.
 */
static void
logd_trouble(struct logd_env *env, const char *where)
{
	env->le_trouble = errno;
	snprintf(env->le_where, sizeof(env->le_where), "%s", where);
}

static void
logd_move_away(struct proc *pr, struct logd_file *lf)
{
	struct logd_env *env = pr->pr_env;
	struct timeval now = { 0, 0 };

	if (logd_rotate(lf, pr->pr_rootfd, env->le_today, proc_now()) == -1)
		logd_trouble(env, lf->lf_name);
	env->le_again = true;
	event_add(env->le_packer, &now);
}

/* Every file, the n of them that are in use. */
static size_t
logd_files(struct logd_env *env, struct logd_file *files[LOGD_FILES])
{
	size_t n = 0;
	int i;

	if (env->le_plain_on)
		files[n++] = &env->le_plain;
	if (env->le_json_on)
		files[n++] = &env->le_json;
	for (i = 0; i < ROLE__MAX; i++)
		files[n++] = &env->le_role[i];
	return (n);
}

/*
 * Look at the clock: what date it is and until when, and which files end with
 * the day before.
 */
static void
logd_turn(struct proc *pr, const struct timespec *ts)
{
	struct logd_env *env = pr->pr_env;
	struct logd_file *files[LOGD_FILES];
	struct timeval tv = { LOGD_TICK, 0 };
	uint64_t now = proc_now();
	size_t i, n;

	env->le_from = ts->tv_sec;
	env->le_until = logd_midnight(ts->tv_sec);
	env->le_today = logd_day(ts->tv_sec);
	n = logd_files(env, files);
	for (i = 0; i < n; i++) {
		files[i]->lf_stuck = false;
		if (logd_file_ready(files[i], pr->pr_rootfd, now, false) == 0 &&
		    logd_rotate_due(files[i], 0, env->le_today))
			logd_move_away(pr, files[i]);
	}
	/* The loop's timers know nothing of a wall clock that is set. */
	if (env->le_until - ts->tv_sec <= LOGD_TICK) {
		tv.tv_sec = env->le_until - ts->tv_sec - 1;
		tv.tv_usec = 999999 - ts->tv_nsec / 1000;
	}
	event_add(env->le_tick, &tv);
}

static void
logd_on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct proc *pr = arg;
	struct logd_env *env = pr->pr_env;
	struct timeval now = { 0, 0 };
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	logd_turn(pr, &ts);
	env->le_again = true;
	event_add(env->le_packer, &now);
}

/* Find the next part and begin with it. 0, or -1 when there is none. */
static int
logd_pack_next(struct proc *pr)
{
	struct logd_env *env = pr->pr_env;
	const struct logd_file *all[LOGD_FILES];
	struct logd_part after = env->le_part;
	size_t n = 0;
	int i, r;

	all[n++] = &env->le_plain;
	all[n++] = &env->le_json;
	for (i = 0; i < ROLE__MAX; i++)
		all[n++] = &env->le_role[i];
	r = logd_rotate_next(pr->pr_rootfd, all, n,
	    env->le_again ? NULL : &after, &env->le_part);
	if (r == -1)
		logd_trouble(env, "logs");
	if (r != 1)
		return (-1);
	env->le_again = false;
	env->le_pack = logd_pack_open(pr->pr_rootfd, &env->le_part);
	if (env->le_pack == NULL)
		logd_trouble(env, env->le_part.lp_file);
	return (0);
}

/*
 * One slice of a part on its way to the archive; the lines that came meanwhile
 * have their turn before the next. What fails holds up no other part, and is
 * tried again with the next tick.
 */
static void
logd_on_pack(evutil_socket_t fd, short what, void *arg)
{
	struct proc *pr = arg;
	struct logd_env *env = pr->pr_env;
	struct timeval now = { 0, 0 };
	int r;

	if (env->le_pack == NULL) {
		if (logd_pack_next(pr) == -1)
			return;
	} else {
		r = logd_pack_step(env->le_pack);
		if (r == -1)
			logd_trouble(env, env->le_part.lp_file);
		if (r != 1)
			logd_pack_close(&env->le_pack);
	}
	event_add(env->le_packer, &now);
}

/* Write the line to its file, in which it may be the first. */
static void
logd_end(struct proc *pr, struct logd_file *lf)
{
	struct logd_env *env = pr->pr_env;
	struct buf *line = &env->le_line;
	uint64_t now = proc_now();
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ts.tv_sec < env->le_from || ts.tv_sec >= env->le_until)
		logd_turn(pr, &ts);
	if (line->b_failed ||
	    logd_file_ready(lf, pr->pr_rootfd, now, true) == -1) {
		pr->pr_page->pg_dropped++;
		return;
	}
	if (logd_rotate_due(lf, line->b_len - 1, env->le_today))
		logd_move_away(pr, lf);
	if (lf->lf_day == 0)
		lf->lf_day = env->le_today;
	if (logd_file_write(
	        lf, pr->pr_rootfd, line->b_data, line->b_len, now) == -1)
		pr->pr_page->pg_dropped++;
}

/* Wall clock in ns as local time. */
static void
logd_localtime(uint64_t ns, struct tm *tm)
{
	time_t t = (time_t)(ns / LOGD_SECOND);

	if (localtime_r(&t, tm) == NULL)
		memset(tm, 0, sizeof(*tm));
}

/* A line of logd's own; the sink of its log words. */
static void
logd_own(enum loglevel level, const char *text, void *arg)
{
	struct proc *pr = arg;
	struct logd_env *env = pr->pr_env;
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	logd_localtime((uint64_t)ts.tv_sec * LOGD_SECOND, &tm);
	logd_line(logd_begin(env), &tm, level, env->le_self, 0, text);
	logd_end(pr, &env->le_role[ROLE_LOGD]);
}

/* MSG_LOG */
static int
logd_on_log(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	struct logd_env *env = pr->pr_env;
	struct logline ll;
	struct tm tm;

	if (logline_get(m, &ll) == -1 || msg_end(m) == -1)
		return (-1);
	pr->pr_page->pg_requests++;
	if (ll.ll_level > env->le_level)
		return (0);
	logd_localtime(ll.ll_time, &tm);
	logd_line(logd_begin(env), &tm, (enum loglevel)ll.ll_level,
	    peer_name(p), ll.ll_request, ll.ll_text);
	logd_end(pr, &env->le_role[peer_role(p)]);
	return (0);
}

/* A line about a request that is not the access line: to both files. */
static void
logd_note(
    struct proc *pr, const struct tm *tm, enum loglevel level, const char *text)
{
	struct logd_env *env = pr->pr_env;

	if (level > env->le_level)
		return;
	if (env->le_plain_on) {
		logd_line(logd_begin(env), tm, level, NULL, 0, text);
		logd_end(pr, &env->le_plain);
	}
	if (env->le_json_on) {
		logd_note_json(logd_begin(env), tm, level, text);
		logd_end(pr, &env->le_json);
	}
}

static void
logd_warn_access(struct proc *pr, const struct tm *tm, const struct access *ac)
{
	char text[CHECK_NAME + 128];

	if (ac->ac_login && ac->ac_status == 403) {
		/* The manager's rule 428 looks for this text. */
		snprintf(text, sizeof(text),
		    "IP blocked due to exceeded number of logins attempts: %s",
		    ac->ac_addr);
		logd_note(pr, tm, LOGL_WARN, text);
	}
	if (ac->ac_user != NULL && logd_is_odd(ac->ac_user)) {
		snprintf(text, sizeof(text),
		    "User name with control characters, from %s: %s",
		    ac->ac_addr, ac->ac_user);
		logd_note(pr, tm, LOGL_WARN, text);
	}
}

/* MSG_ACCESS */
static int
logd_on_access(struct peer *p, struct msg *m)
{
	struct proc *pr = proc_self;
	struct logd_env *env = pr->pr_env;
	struct access ac;
	struct tm tm;

	if (access_get(m, &ac) == -1 || msg_end(m) == -1)
		return (-1);
	pr->pr_page->pg_requests++;
	logd_localtime(ac.ac_time, &tm);
	logd_warn_access(pr, &tm, &ac);
	if (env->le_level < LOGL_INFO)
		return (0);
	if (env->le_plain_on) {
		logd_access(logd_begin(env), &tm, &ac);
		logd_end(pr, &env->le_plain);
	}
	if (env->le_json_on) {
		logd_access_json(logd_begin(env), &tm, &ac);
		logd_end(pr, &env->le_json);
	}
	return (0);
}

static void
logd_tell(evutil_socket_t fd, short what, void *arg)
{
	struct proc *pr = arg;
	struct logd_env *env = pr->pr_env;
	uint64_t lost = pr->pr_page->pg_dropped - env->le_told;
	int trouble = env->le_trouble;

	env->le_told += lost;
	env->le_trouble = 0;
	if (trouble != 0)
		log_warnx("%s cannot be put away: %s", env->le_where,
		    strerror(trouble));
	if (lost != 0)
		log_warnx("%" PRIu64 " lines could not be written and are lost",
		    lost);
}

static void
logd_close_all(struct logd_env *env)
{
	int i;

	logd_file_close(&env->le_plain);
	logd_file_close(&env->le_json);
	for (i = 0; i < ROLE__MAX; i++)
		logd_file_close(&env->le_role[i]);
}

/* Before the jail: the last moment to read the time zone's file. */
static void
logd_boot(struct proc *pr)
{
	struct logd_env *env;
	char name[LOGD_NAME];
	int i;

	/* With TZ unset every localtime() would look for the file again. */
	if (getenv("TZ") == NULL && setenv("TZ", ":/etc/localtime", 1) == -1)
		fatal("setenv");
	tzset();
	/* The modes of the files are exact; only others are never let in. */
	umask(0007);
	env = calloc(1, sizeof(*env));
	if (env == NULL)
		fatalx("no memory");
	pr->pr_env = env;
	env->le_level = LOGL_INFO;
	env->le_plain_on = true;
	buf_init(&env->le_line, LOGD_LINE);
	logd_file_init(&env->le_plain, "api.log", 0660);
	logd_file_init(&env->le_json, "api.json", 0660);
	for (i = 0; i < ROLE__MAX; i++) {
		snprintf(
		    name, sizeof(name), "gatehouse/%s.log", roles[i].rr_name);
		logd_file_init(&env->le_role[i], name, 0640);
		env->le_role[i].lf_daily = true;
		env->le_role[i].lf_max = LOGD_OWNMAX;
	}
	snprintf(env->le_self, sizeof(env->le_self), "%s[%u]",
	    roles[ROLE_LOGD].rr_name, pr->pr_inst);
}

/* Both files of the requests end by size or at midnight, never both. */
static void
logd_conf_end(struct logd_file *lf, const struct conf *cf)
{
	lf->lf_max = cf->cf_log_maxsize_on ? logd_size(cf->cf_log_maxsize) : 0;
	lf->lf_daily = lf->lf_max == 0;
}

/* Also what a SIGHUP to the parent comes to: the files are opened anew. */
static void
logd_conf(struct proc *pr, const struct conf *cf)
{
	struct logd_env *env = pr->pr_env;
	int level;

	level = log_level_find(cf->cf_log_level);
	env->le_level = level == -1 ? LOGL_INFO : (enum loglevel)level;
	env->le_plain_on = strstr(cf->cf_log_format, "plain") != NULL;
	env->le_json_on = strstr(cf->cf_log_format, "json") != NULL;
	logd_conf_end(&env->le_plain, cf);
	logd_conf_end(&env->le_json, cf);
	logd_close_all(env);
}

static void
logd_start(struct proc *pr)
{
	struct logd_env *env = pr->pr_env;
	struct timeval tv = { LOGD_TELL, 0 };

	/* What an earlier life of this process lost was its own to tell. */
	env->le_told = pr->pr_page->pg_dropped;
	env->le_timer = event_new(pr->pr_base, -1, EV_PERSIST, logd_tell, pr);
	env->le_tick = evtimer_new(pr->pr_base, logd_on_tick, pr);
	env->le_packer = evtimer_new(pr->pr_base, logd_on_pack, pr);
	if (env->le_timer == NULL || env->le_tick == NULL ||
	    env->le_packer == NULL || event_add(env->le_timer, &tv) == -1)
		fatalx("no timer");
	log_sink(logd_own, pr);
	/* What the last life left, and files of a day that is over. */
	logd_on_tick(-1, 0, pr);
}

/*
 * Write what the others sent before they ended. A process that does not stop
 * sending does not keep this one from ending.
 */
static void
logd_drain(struct proc *pr)
{
	struct peer *p;
	unsigned int i, n;
	int r;

	for (r = ROLE_PARENT + 1; r < ROLE__MAX; r++)
		for (i = 0; i < pr->pr_count[r]; i++) {
			p = proc_peer((enum role)r, i);
			for (n = 0; p != NULL && n < LOGD_BURSTS; n++)
				if (peer_pump(p) <= 0)
					break;
		}
}

void
logd_fini(struct proc *pr)
{
	struct logd_env *env = pr->pr_env;

	log_sink(NULL, NULL);
	event_free(env->le_timer);
	event_free(env->le_tick);
	event_free(env->le_packer);
	logd_pack_close(&env->le_pack);
	logd_close_all(env);
	buf_free(&env->le_line);
	free(env);
	pr->pr_env = NULL;
}

static void
logd_stop(struct proc *pr)
{
	logd_drain(pr);
	logd_tell(-1, 0, pr);
	logd_fini(pr);
	proc_exit(pr);
}

static const struct handler logd_handlers[] = {
	{ MSG_LOG, logd_on_log },
	{ MSG_ACCESS, logd_on_access },
	{ MSG_NONE, NULL },
};

const struct proc_ops logd_ops = {
	.po_role = ROLE_LOGD,
	.po_boot = logd_boot,
	.po_conf = logd_conf,
	.po_start = logd_start,
	.po_stop = logd_stop,
	.po_handlers = logd_handlers,
};
