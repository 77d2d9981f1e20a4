/* SPDX-License-Identifier: ISC */
/* The file security.yaml: see secconf.h. */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/secconf.h"
#include "authz/stamp.h"
#include "common/buffer.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/path.h"

#define SECCONF_FILE "security.yaml"
#define TEXT_MAX     65536 /* bytes of the file */
#define SAID_MAX     1024 /* bytes of a complaint, with NUL */

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
