/* SPDX-License-Identifier: ISC */
/*
 * Which daemons run: looks at var/run four times a second and publishes what
 * it finds (common/daemons.h).
 *
 * The parent does this, and not a read child, for three reasons. A read child
 * runs one call at a time within its loop, so a long call would leave the
 * states stale, which authz and the router refuse requests by. Whether a
 * process is there can only be seen from outside of the jails; a child would
 * have to ask for each number, by messages that a captured one could use to
 * search for processes. And nobody but the parent can then forge a state: the
 * memory is closed to all others for good.
 *
 * What the parent reads for it are names in a folder, no contents: a bounded
 * number of them, opened below the tree as by pidfile.c, matched against fixed
 * words. The one thing it does with a number from there is signal 0.
 */
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "apid/parent.h"
#include "common/conf.h"
#include "common/daemons.h"
#include "common/log.h"
#include "common/path.h"

#define WATCHER_MS 250

/* Most names of a look: the folder's owner must not be able to hold us up. */
#define WATCHER_NAMES 4096

struct watcher {
	struct daemons_page *wa_page;
	struct event *wa_timer;
	bool wa_embedded;
	uint16_t wa_refuse; /* what daemons_refuse() said last */
	char wa_why[DAEMONS_WHY];
};

/*
 * Is there such a process? The cluster role has the pid file that
 * wazuh-control looks for, but serves no cluster, which is what clients want
 * to know.
 */
static enum daemons_pid
watcher_ask(void *arg, pid_t pid)
{
	const struct child *c = parent_child(ROLE_CLUSTER, 0);

	if (c != NULL && c->ch_pid == pid)
		return (PID_IGNORED);
	return (kill(pid, 0) == 0 || errno == EPERM ? PID_ALIVE : PID_DEAD);
}

static int
watcher_read(struct parent *pa, struct daemons_look *dl)
{
	struct dirent *de;
	DIR *d;
	int n;

	d = path_list(pa->pa_rootfd, "var/run");
	if (d == NULL)
		return (-1);
	memset(dl, 0, sizeof(*dl));
	errno = 0;
	for (n = 0; n < WATCHER_NAMES && (de = readdir(d)) != NULL; n++) {
		daemons_note(dl, de->d_name, watcher_ask, NULL);
		errno = 0;
	}
	n = errno == 0 ? 0 : -1;
	closedir(d);
	return (n);
}

/* Say when requests begin to be refused, why, and when that ends. */
static void
watcher_tell(struct watcher *wa)
{
	char why[DAEMONS_WHY];
	uint16_t code = daemons_refuse(wa->wa_page, why);

	if (code == wa->wa_refuse && strcmp(why, wa->wa_why) == 0)
		return;
	wa->wa_refuse = code;
	memcpy(wa->wa_why, why, sizeof(why));
	if (code == 0)
		log_info("the daemons are ready: requests are served");
	else if (code == 1017)
		log_warnx("requests are refused (1017): %s", why);
	else
		log_warnx("requests are refused (%u): var/run cannot be read",
		    (unsigned int)code);
}

static void
watcher_look(struct parent *pa)
{
	struct watcher *wa = pa->pa_watcher;
	struct daemons_look dl;

	daemons_publish(wa->wa_page, watcher_read(pa, &dl) == 0 ? &dl : NULL,
	    wa->wa_embedded);
	watcher_tell(wa);
}

static void
watcher_on_timer(evutil_socket_t fd, short what, void *arg)
{
	watcher_look(arg);
}

int
watcher_open(struct parent *pa)
{
	struct timeval tv = { 0, WATCHER_MS * 1000 };
	struct watcher *wa;

	wa = calloc(1, sizeof(*wa));
	if (wa == NULL)
		return (-1);
	wa->wa_page = daemons_make(&pa->pa_daemonsfd);
	if (wa->wa_page == NULL) {
		log_error("page of the daemons");
		free(wa);
		return (-1);
	}
	/* The store is chosen at the start; a reload does not change it. */
	wa->wa_embedded = strcmp(pa->pa_conf->cf_store, "embedded") == 0;
	pa->pa_watcher = wa;
	wa->wa_timer =
	    event_new(pa->pa_base, -1, EV_PERSIST, watcher_on_timer, pa);
	if (wa->wa_timer == NULL || event_add(wa->wa_timer, &tv) == -1) {
		watcher_close(pa);
		return (-1);
	}
	/* Nobody is started before the states are known. */
	watcher_look(pa);
	return (0);
}

void
watcher_close(struct parent *pa)
{
	struct watcher *wa = pa->pa_watcher;

	if (wa == NULL)
		return;
	if (wa->wa_timer != NULL)
		event_free(wa->wa_timer);
	daemons_free(&wa->wa_page, &pa->pa_daemonsfd);
	free(wa);
	pa->pa_watcher = NULL;
}
