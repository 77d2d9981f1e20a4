/* SPDX-License-Identifier: ISC */
/*
 * The configuration: api/configuration/api.yaml and security/security.yaml
 * with the original's keys, and api/configuration/gatehouse.yaml with ours.
 * One table of rows gives each key's file, type, default, bounds, and which
 * roles get it. The parent parses; children get their rows by CONF_VALUES, but
 * those of security.yaml, which authz reads itself: authz/secconf.h.
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/roles.h"

#define CONF_LIST	64	/* most entries of a list */

struct buf;
struct msg;
struct msgw;

struct conf_list {
	size_t	 cl_n;
	char	*cl_v[CONF_LIST];
};

struct conf {
	/* api.yaml */
	struct conf_list cf_host;
	int64_t		 cf_port;
	bool		 cf_drop_privileges;
	bool		 cf_experimental;
	int64_t		 cf_max_upload;		/* bytes, 0: no limit */
	int64_t		 cf_auth_pool;
	double		 cf_request_timeout;	/* seconds */
	bool		 cf_https;
	char		*cf_https_key, *cf_https_cert, *cf_https_ca;
	bool		 cf_https_use_ca;
	char		*cf_https_protocol, *cf_https_ciphers;
	char		*cf_log_level, *cf_log_format;
	bool		 cf_log_maxsize_on;
	char		*cf_log_maxsize;
	bool		 cf_cors;
	char		*cf_cors_origin;
	struct conf_list cf_cors_expose, cf_cors_headers;
	bool		 cf_cors_credentials;
	int64_t		 cf_max_login_attempts, cf_block_time;	/* s */
	int64_t		 cf_max_request_per_minute;
	bool		 cf_up_localfile_allow;
	struct conf_list cf_up_localfile_exc;
	bool		 cf_up_wodle_allow;
	struct conf_list cf_up_wodle_exc;
	bool		 cf_up_eps, cf_up_higher, cf_up_indexer;
	bool		 cf_up_vt_allow;
	int64_t		 cf_up_vt_quota;
	/* security.yaml */
	int64_t		 cf_token_timeout;	/* seconds */
	char		*cf_rbac_mode;		/* "white" or "black" */
	/* gatehouse.yaml */
	char		*cf_store;		/* "wdb" or "embedded" */
	char		*cf_sandbox;		/* "best" or "require" */
	int64_t		 cf_user_base;		/* first own user number */
	int64_t		 cf_http_workers;	/* 0: one a processor */
	int64_t		 cf_read_workers;
	int64_t		 cf_hash_workers;
	int64_t		 cf_max_connections;	/* a worker */
	int64_t		 cf_header_timeout, cf_body_timeout;	/* seconds */
	int64_t		 cf_write_timeout, cf_idle_timeout;	/* seconds */
	int64_t		 cf_handshake_timeout;			/* seconds */
	int64_t		 cf_max_header;		/* bytes of request head */
	int64_t		 cf_bytes_in_flight;	/* bytes a worker may hold */
	int64_t		 cf_login_cache;	/* seconds, 0: off */
	struct conf_list cf_trusted_proxies;	/* addresses, networks */
	bool		 cf_retry_after;	/* on 429 and 403 of logins */
	int64_t		 cf_caller_requests;	/* a minute, 0: no limit */
	/* not from a file */
	uint32_t	 cf_generation;
};

/* All defaults. NULL without memory. Free with conf_free(). */
struct conf *conf_new(void);
void	conf_free(struct conf **);

enum conf_file { CONF_API, CONF_SECURITY, CONF_GATEHOUSE };

/*
 * Read one YAML text of len bytes into cf, over what is there. name stands in
 * messages. Return 0, or -1 with one line ("NAME:LINE: key: what is wrong")
 * in err. Warnings (deprecated keys), if any, are lines in warn. Pure.
 */
int	conf_parse(struct conf *cf, enum conf_file, const char *name,
	    const char *text, size_t len, struct buf *err, struct buf *warn);

/*
 * Read the three files below the install root rootfd; a missing file means
 * defaults. api_path, if not NULL, replaces the first (option -c).
 */
struct conf *conf_load(int rootfd, const char *api_path, struct buf *err,
	    struct buf *warn);

/* What was understood, as YAML that parses again to the same. */
void	conf_print(const struct conf *, enum conf_file, struct buf *out);

/* The values that a role gets, and back. -1: does not fit, or nonsense. */
int	conf_put(struct msgw *, const struct conf *, enum role);
int	conf_get(struct msg *, struct conf *);

#endif
