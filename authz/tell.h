/* SPDX-License-Identifier: ISC */
/* What authz tells http and the router about a request: gate.h decides. */
#ifndef AUTHZ_TELL_H
#define AUTHZ_TELL_H

#include <stdint.h>

struct caller;
struct gate;
struct result;

/*
 * The request is refused. code 0: detail is the text, else the code gives it.
 * user: for the access log; NULL: unknown.
 */
void	tell_deny(struct gate *, uint16_t status, uint16_t code,
	    const char *detail, const char *user);
/* What problems call this node: for result_init(). */
const char *tell_node(const struct gate *);
/* It failed inside, with a framework code that is a 500. */
void	tell_fail(struct gate *, uint16_t code);
/*
 * The daemons are not ready: code and why as of daemons_refuse(). user and
 * context: for the access log; NULL: unknown.
 */
void	tell_unready(struct gate *, uint16_t code, const char *why,
	    const char *user, const char *context);
/* It was allowed and then failed inside: 1000. What happened is in the log. */
void	tell_broken(struct gate *, const struct caller *);
/* It may pass, and http has an error of its own to send. */
void	tell_own(struct gate *, const struct caller *);
/* It may pass, and this is the answer. */
void	tell_result(struct gate *, const struct caller *,
	    const struct result *);
/* It may pass, and the router runs it. */
void	tell_call(struct gate *, const struct caller *);

#endif
