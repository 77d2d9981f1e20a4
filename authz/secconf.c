/* SPDX-License-Identifier: ISC */
/* The file security.yaml: see secconf.h. */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/secconf.h"
#include "authz/stamp.h"
#include "common/buffer.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/path.h"

#define TEXT_MAX  65536 /* bytes of the file */
#define SAID_MAX  1024 /* bytes of a complaint, with NUL */
#define WRITE_MAX 128 /* bytes that are written */

struct secconf {
	int sf_dirfd;
	struct conf *sf_conf; /* its two rows of this file are used */
	struct stamp sf_stamp;
	bool sf_again; /* it could not be read: try the same one again */
	char sf_said[SAID_MAX]; /* the last complaint, or "" */
};

/* A bad file is complained of once, not each second. */
static void
secconf_complain(struct secconf *sf, const char *why)
{
	if (strncmp(sf->sf_said, why, sizeof(sf->sf_said) - 1) == 0)
		return;
	snprintf(sf->sf_said, sizeof(sf->sf_said), "%s", why);
	log_errorx("%s; mode %s and %lld s go on holding", why,
	    secconf_mode(sf), (long long)secconf_timeout(sf));
}

/* The file's text into cf, which has the defaults. 0, or -1 and why in err. */
static int
secconf_parse(struct secconf *sf, struct conf *cf, struct buf *err)
{
	struct buf text, warn;
	int ret;

	buf_init(&text, TEXT_MAX + 1);
	buf_init(&warn, SAID_MAX);
	ret = path_read(sf->sf_dirfd, SECCONF_FILE, TEXT_MAX, &text);
	sf->sf_again = ret == -1 && errno != ENOENT;
	if (ret == 0)
		ret = conf_parse(cf, CONF_SECURITY, SECCONF_FILE,
		    (const char *)text.b_data, text.b_len, err, &warn);
	else if (errno == ENOENT)
		ret = 0;
	else
		buf_addf(
		    err, SECCONF_FILE ": cannot be read: %s", strerror(errno));
	buf_free(&text);
	buf_free(&warn);
	return (ret);
}

/* Returns whether a value has changed. */
static bool
secconf_read(struct secconf *sf)
{
	struct conf *cf = conf_new();
	struct buf err;
	bool changed;

	if (cf == NULL) {
		sf->sf_again = true;
		secconf_complain(sf, SECCONF_FILE ": no memory to read it");
		return (false);
	}
	buf_init(&err, SAID_MAX);
	if (secconf_parse(sf, cf, &err) == -1) {
		buf_addc(&err, '\0');
		secconf_complain(sf,
		    err.b_failed ? SECCONF_FILE ": cannot be understood" :
		                   (const char *)err.b_data);
		buf_free(&err);
		conf_free(&cf);
		return (false);
	}
	buf_free(&err);
	sf->sf_said[0] = '\0';
	changed = cf->cf_token_timeout != sf->sf_conf->cf_token_timeout ||
	    strcmp(cf->cf_rbac_mode, sf->sf_conf->cf_rbac_mode) != 0;
	conf_free(&sf->sf_conf);
	sf->sf_conf = cf;
	return (changed);
}

struct secconf *
secconf_open(int dirfd)
{
	struct secconf *sf;

	sf = calloc(1, sizeof(*sf));
	if (sf == NULL)
		fatalx("no memory");
	sf->sf_dirfd = dirfd;
	sf->sf_conf = conf_new();
	if (sf->sf_conf == NULL)
		fatalx("no memory");
	stamp_take(dirfd, SECCONF_FILE, &sf->sf_stamp);
	secconf_read(sf);
	return (sf);
}

void
secconf_close(struct secconf **sfp)
{
	struct secconf *sf = *sfp;

	if (sf == NULL)
		return;
	conf_free(&sf->sf_conf);
	free(sf);
	*sfp = NULL;
}

bool
secconf_refresh(struct secconf *sf)
{
	struct stamp now;

	stamp_take(sf->sf_dirfd, SECCONF_FILE, &now);
	if (!sf->sf_again && stamp_same(&sf->sf_stamp, &now))
		return (false);
	sf->sf_stamp = now;
	if (!secconf_read(sf))
		return (false);
	log_info(SECCONF_FILE ": mode %s, tokens live for %lld s",
	    secconf_mode(sf), (long long)secconf_timeout(sf));
	return (true);
}

/* The keys by name, as the original's serialiser has them. 0 or -1. */
static int
secconf_text(const struct secconf_values *sv, char text[WRITE_MAX])
{
	struct conf *def = conf_new();
	int n;

	if (def == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	n = snprintf(text, WRITE_MAX,
	    "auth_token_exp_timeout: %lld\nrbac_mode: %s\n",
	    (long long)(sv->sv_timeout != 0 ? sv->sv_timeout :
	                                      def->cf_token_timeout),
	    sv->sv_mode != NULL ? sv->sv_mode : def->cf_rbac_mode);
	conf_free(&def);
	if (n < WRITE_MAX)
		return (0);
	errno = EINVAL;
	return (-1);
}

int
secconf_stage(const struct secconf *sf, const struct secconf_values *sv,
    struct path_staged *ps)
{
	const uid_t any = (uid_t)-1;
	char text[WRITE_MAX];
	struct stat st;
	int ret;

	ps->ps_dirfd = -1;
	if (secconf_text(sv, text) == -1)
		return (-1);
	if (fstatat(sf->sf_dirfd, SECCONF_FILE, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (path_stage(sf->sf_dirfd, SECCONF_FILE, text,
		    strlen(text), SECCONF_MODE, any, (gid_t)any, ps));
	ret = path_stage(sf->sf_dirfd, SECCONF_FILE, text, strlen(text),
	    st.st_mode, st.st_uid, st.st_gid, ps);
	/* It was given to somebody as whom we cannot write: ours, then. */
	if (ret == -1 && errno == EPERM)
		ret = path_stage(sf->sf_dirfd, SECCONF_FILE, text, strlen(text),
		    st.st_mode, any, (gid_t)any, ps);
	return (ret);
}

int
secconf_commit(struct secconf *sf, struct path_staged *ps)
{
	int ret;

	ret = path_commit(ps);
	if (ret == -1)
		return (-1);
	if (ret == 1)
		log_warn(SECCONF_FILE " is new, but may not be on disk");
	stamp_take(sf->sf_dirfd, SECCONF_FILE, &sf->sf_stamp);
	secconf_read(sf);
	return (0);
}

const char *
secconf_mode(const struct secconf *sf)
{
	return (sf->sf_conf->cf_rbac_mode);
}

int64_t
secconf_timeout(const struct secconf *sf)
{
	return (sf->sf_conf->cf_token_timeout);
}
