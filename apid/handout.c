/* SPDX-License-Identifier: ISC */
/*
 * Configuration: read and checked here, prepared as a new generation (sockets,
 * certificate), handed to each child as CONF_NEW ... CONF_COMMIT. What is in
 * use changes only when everything of the new generation is there.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/parent.h"
#include "apid/tls.h"
#include "common/buffer.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/path.h"
#include "common/proc.h"

#define HANDOUT_TEXT 65536 /* bytes of warnings and errors */

/* Text of several lines, each logged apart. */
static void
handout_log(struct buf *b, bool error)
{
	char *line, *next, *text;

	if (b->b_len == 0 || buf_addc(b, '\0') == -1)
		return;
	text = (char *)b->b_data;
	for (line = text; line != NULL && *line != '\0'; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (error)
			log_errorx("%s", line);
		else
			log_warnx("%s", line);
	}
}

/*
 * The embedded store would write to databases that wazuh-db owns, so the two
 * never meet: said here, before anything is opened.
 */
static int
handout_store(struct parent *pa, const struct conf *cf)
{
	int fd;

	if (strcmp(cf->cf_store, "embedded") != 0)
		return (0);
	fd = path_open(pa->pa_rootfd, "bin/wazuh-db", O_PATH, 0);
	if (fd == -1)
		return (0);
	close(fd);
	log_errorx("store: embedded is set, but %s has bin/wazuh-db: "
	           "set store: wdb in api/configuration/gatehouse.yaml",
	    pa->pa_root);
	return (-1);
}

int
handout_load(struct parent *pa, struct conf **conf_r)
{
	struct buf err, warn;
	struct conf *cf;

	buf_init(&err, HANDOUT_TEXT);
	buf_init(&warn, HANDOUT_TEXT);
	cf = conf_load(pa->pa_rootfd, pa->pa_confpath, &err, &warn);
	handout_log(&warn, false);
	if (cf == NULL)
		handout_log(&err, true);
	else if (handout_store(pa, cf) == -1)
		conf_free(&cf);
	buf_free(&err);
	buf_free(&warn);
	*conf_r = cf;
	return (cf == NULL ? -1 : 0);
}

/* The older half stays valid for sessions made before the change. */
static int
handout_tickets(uint8_t tickets[PARENT_TICKETS])
{
	static const uint8_t none[PARENT_TICKETS / 2];
	size_t n = PARENT_TICKETS / 2;

	/* The first time both are new: a key of zeros could be guessed. */
	if (memcmp(tickets, none, n) == 0)
		n = PARENT_TICKETS;
	else
		memcpy(tickets + n, tickets, n);
	if (RAND_bytes(tickets, (int)n) != 1) {
		log_errorx("no random bytes");
		return (-1);
	}
	return (0);
}

int
handout_prepare(struct parent *pa, struct conf *cf)
{
	struct listener now[PARENT_LISTEN];
	struct buf err;
	size_t n = 0;
	int tls = -1;

	if (handout_tickets(pa->pa_tickets) == -1)
		return (-1);
	buf_init(&err, HANDOUT_TEXT);
	if (cf->cf_https) {
		tls = tls_pack(pa->pa_rootfd, cf, pa->pa_uid, pa->pa_gid,
		    pa->pa_tickets, &err);
		if (tls == -1) {
			handout_log(&err, true);
			buf_free(&err);
			return (-1);
		}
	}
	buf_free(&err);
	if (listen_open(cf, pa->pa_listen, pa->pa_nlisten, now, &n) == -1) {
		if (tls != -1)
			close(tls);
		return (-1);
	}
	listen_close(pa->pa_listen, pa->pa_nlisten, now, n);
	memcpy(pa->pa_listen, now, n * sizeof(now[0]));
	pa->pa_nlisten = n;
	if (pa->pa_tlsfd != -1)
		close(pa->pa_tlsfd);
	pa->pa_tlsfd = tls;
	conf_free(&pa->pa_conf);
	pa->pa_conf = cf;
	cf->cf_generation = ++pa->pa_generation;
	return (0);
}

/* --- to one child -------------------------------------------------------- */

static void
handout_send(struct child *c, struct msgw *mw)
{
	if (peer_send(&c->ch_peer, mw, NULL) == -1)
		parent_kill(c, "cannot be configured");
}

/* The directory that becomes the child's root, NULL: none. */
static const char *
handout_dir(const struct parent *pa, enum role role, char *path, size_t len)
{
	static const char *const dirs[] = {
		[RR_EMPTY] = "/var/run/gatehouse/empty",
		[RR_TREE] = "",
		[RR_LOGS] = "/logs",
		[RR_SECURITY] = "/api/configuration/security",
	};
	enum role_root root = roles[role].rr_root;

	if (root == RR_NONE)
		return (NULL);
	snprintf(path, len, "%s%s", pa->pa_root, dirs[root]);
	return (path);
}

void
handout_boot(struct parent *pa, struct child *c)
{
	char path[sizeof(pa->pa_root) + 64];
	struct msgw mw;
	bool owner = roles[c->ch_role].rr_user == RU_OWNER, uuid;
	uint32_t own;
	int i;

	own = (uint32_t)pa->pa_conf->cf_user_base + (uint32_t)c->ch_role;
	msgw_start(&mw, MSG_BOOT);
	msg_put_u32(&mw, owner ? pa->pa_uid : own);
	msg_put_u32(&mw, owner ? pa->pa_gid : own);
	msg_put_u8(&mw, pa->pa_isroot);
	msg_put_u8(&mw, strcmp(pa->pa_conf->cf_sandbox, "require") == 0);
	msg_put_u8(&mw, (uint8_t)log_level_find(pa->pa_conf->cf_log_level));
	msg_put_u8(&mw, 1);
	msg_put_str(&mw, handout_dir(pa, c->ch_role, path, sizeof(path)));
	uuid = c->ch_role == ROLE_READ && *pa->pa_uuid != '\0';
	msg_put_str(&mw, uuid ? pa->pa_uuid : NULL);
	for (i = 0; i < ROLE__MAX; i++)
		msg_put_u8(&mw, (uint8_t)pa->pa_count[i]);
	handout_send(c, &mw);
}

static void
handout_sockets(struct parent *pa, struct child *c)
{
	struct msgw mw;
	size_t i;

	if (pa->pa_tlsfd != -1) {
		msgw_start(&mw, MSG_CONF_TLS);
		msg_put_fd(&mw, pa->pa_tlsfd);
		handout_send(c, &mw);
	}
	for (i = 0; i < pa->pa_nlisten; i++) {
		msgw_start(&mw, MSG_CONF_LISTEN);
		msg_put_u8(&mw, pa->pa_tlsfd != -1);
		msg_put_str(&mw, pa->pa_listen[i].li_addr);
		msg_put_fd(&mw, pa->pa_listen[i].li_fd);
		handout_send(c, &mw);
	}
}

void
handout_conf(struct parent *pa, struct child *c)
{
	struct msgw mw;

	msgw_start(&mw, MSG_CONF_NEW);
	msg_put_u32(&mw, pa->pa_generation);
	handout_send(c, &mw);
	msgw_start(&mw, MSG_CONF_VALUES);
	if (conf_put(&mw, pa->pa_conf, c->ch_role) == -1)
		fatalx("the configuration does not fit a message");
	handout_send(c, &mw);
	if (c->ch_role == ROLE_HTTP)
		handout_sockets(pa, c);
	msgw_start(&mw, MSG_CONF_COMMIT);
	msg_put_u32(&mw, pa->pa_generation);
	handout_send(c, &mw);
}

/* What is fixed at the start is said, not silently ignored. */
static void
handout_fixed(const struct conf *old, const struct conf *new)
{
	if (old->cf_http_workers != new->cf_http_workers ||
	    old->cf_read_workers != new->cf_read_workers ||
	    old->cf_hash_workers != new->cf_hash_workers ||
	    old->cf_user_base != new->cf_user_base ||
	    strcmp(old->cf_sandbox, new->cf_sandbox) != 0 ||
	    strcmp(old->cf_store, new->cf_store) != 0)
		log_warnx("reload: numbers of processes, user_base, sandbox "
		          "and store take effect at the next start");
}

int
handout_reload(struct parent *pa)
{
	struct conf *cf;
	size_t i;

	log_info("reading the configuration again");
	if (handout_load(pa, &cf) == -1) {
		log_errorx("reload: the old configuration stays in use");
		return (-1);
	}
	handout_fixed(pa->pa_conf, cf);
	if (handout_prepare(pa, cf) == -1) {
		conf_free(&cf);
		log_errorx("reload: the old configuration stays in use");
		return (-1);
	}
	for (i = 0; i < pa->pa_nchild; i++)
		if (pa->pa_child[i].ch_ready)
			handout_conf(pa, &pa->pa_child[i]);
	return (0);
}
