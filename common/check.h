/* SPDX-License-Identifier: ISC */
/*
 * What http asks authz (CHECK), what it answers (ADMIT, DENY), and the answer
 * to a call (RESULT; DONE on its way from an executor to the router).
 */
#ifndef COMMON_CHECK_H
#define COMMON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/msg.h"
#include "common/params.h"
#include "common/result.h"

#define CHECK_ADDR	64	/* bytes of an address's text */
#define CHECK_NAME	512	/* bytes of a user's name or password */
#define CHECK_TOKEN	8192	/* bytes of a token; longer: CRED_BAD */
#define CHECK_CONTEXT	128	/* bytes of the hash of a run_as context */

enum check_verdict {
	VERDICT_OK,		/* arguments are good */
	VERDICT_BAD,		/* http has a 400, 413, 415 or 417 ready */
	VERDICT_NOPATH		/* 404 */
};

enum check_cred {
	CRED_NONE,		/* no Authorization */
	CRED_BASIC,
	CRED_BEARER,
	CRED_BAD		/* not one of the two forms */
};

struct check {
	uint64_t	 ck_id;
	const char	*ck_addr;	/* client's address, text */
	uint16_t	 ck_row;	/* ROW_NONE with VERDICT_NOPATH */
	enum check_verdict ck_verdict;
	enum check_cred	 ck_cred;
	const char	*ck_user;	/* CRED_BASIC; else NULL */
	const char	*ck_secret;	/* password, or the token; else NULL */
	uint8_t		 ck_form;	/* enum call_form */
	uint8_t		 ck_flags;	/* CALL_WAIT or 0 */
	bool		 ck_raw;	/* path is /events: its own window */
	uint64_t	 ck_bodylen;	/* bytes of the request's body */
	uint64_t	 ck_deadline;	/* CLOCK_MONOTONIC ns, 0: none */
	struct args	 ck_args;	/* VERDICT_OK only */
};

/*
 * The codec of a message is a put and a get each; a get returns -1 when the
 * message is too short or its values contradict each other, and leaves
 * descriptors that the caller attached, and msg_end(), to the caller.
 */
void	check_put(struct msgw *, const struct check *);
/* Text is borrowed from the message; ck_args wants args_free() after 0. */
int	check_get(struct msg *, struct check *);

struct admit {
	uint64_t	 ad_id;
	bool		 ad_own;	/* send the verdict you kept */
	const char	*ad_user;	/* for the access log; NULL: unknown */
	const char	*ad_context;	/* hash of a run_as context, or NULL */
	uint32_t	 ad_seq;	/* CALL's number on authz's link to router, 0: none */
	bool		 ad_names;	/* problems may name this node */
};

void	admit_put(struct msgw *, const struct admit *);
int	admit_get(struct msg *, struct admit *);

struct deny {
	uint64_t	 dn_id;
	uint16_t	 dn_status;	/* HTTP; gives the title */
	uint16_t	 dn_code;	/* 0, 413, 6000, 6001, 6005, ...: gives the text */
	const char	*dn_detail;	/* text where code is 0 */
	const char	*dn_user;	/* for the access log; NULL: unknown */
	uint32_t	 dn_retry;	/* s until it may pass; 0: not told */
};

void	deny_put(struct msgw *, const struct deny *);
int	deny_get(struct msg *, struct deny *);

/*
 * RESULT and DONE. A body of up to MSG_INLINE bytes travels in the message,
 * a larger one in a sealed memfd. No body at all and a code, or status 503:
 * http renders the problem, as nobody was there to write one.
 */
struct answer {
	uint64_t	 an_id;
	uint16_t	 an_status;
	uint16_t	 an_code;
	uint8_t		 an_type;	/* enum result_type */
	const uint8_t	*an_body;	/* NULL when in an_fd or absent */
	size_t		 an_len;	/* bytes of an_body */
	int		 an_fd;		/* -1: none; receiver owns it */
};

/*
 * an_fd, if not -1, is attached and stays the caller's; so one process passes
 * on what another sealed. -1: an_body is larger than MSG_INLINE.
 */
int	answer_put(struct msgw *, const struct answer *);
/* Does not look into the descriptor: memfd_map() checks it where it is read. */
int	answer_get(struct msg *, struct answer *);
/*
 * The same from a finished result, which goes into a memfd where it is large.
 * The memfd, if any, is left in *fd_r (else -1), to be closed after sending.
 * -1: it was needed and could not be made. A result whose body failed is sent
 * as code 1000 without a body.
 */
int	answer_put_result(struct msgw *, uint64_t id, const struct result *,
	    int *fd_r);

/* --- logs ------------------------------------------------------------- */

/* LOG: u64 wall clock in ns, u8 enum loglevel, u64 request id, str text. */
struct logline {
	uint64_t	 ll_time;
	uint8_t		 ll_level;
	uint64_t	 ll_request;
	const char	*ll_text;
};

void	logline_put(struct msgw *, const struct logline *);
int	logline_get(struct msg *, struct logline *);

/* ACCESS: one request answered; fields raw, secrets already masked. */
struct access {
	uint64_t	 ac_time;	/* wall clock ns, when answered */
	uint64_t	 ac_id;
	const char	*ac_user;
	const char	*ac_context;	/* hash of a run_as context, or NULL */
	const char	*ac_addr;
	const char	*ac_method;
	const char	*ac_path;
	const char	*ac_params;	/* JSON object */
	const char	*ac_body;	/* JSON object */
	uint64_t	 ac_took;	/* ns */
	uint16_t	 ac_status;
	bool		 ac_login;	/* a login path: 403 adds a warning */
};

void	access_put(struct msgw *, const struct access *);
int	access_get(struct msg *, struct access *);

#endif
