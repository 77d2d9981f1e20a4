/* SPDX-License-Identifier: ISC */
/*
 * A call: what authz admits, the router forwards unread and an executor runs.
 */
#ifndef COMMON_CALL_H
#define COMMON_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/msg.h"
#include "common/params.h"

enum call_origin { ORIGIN_HTTP, ORIGIN_NODE, ORIGIN_LOCAL };
enum call_form { FORM_HTTP, FORM_PRETTY, FORM_WIRE };

#define CALL_WAIT	0x01	/* wait_for_complete: no deadline */
#define CALL_NAMES_NODE	0x02	/* authz: problems may name this node */

#define CALL_NODE	256	/* bytes of a node's name */
#define CALL_ACTION	128	/* bytes of an action's name */

/* The part that the router reads; it stands first in CALL and EXEC. */
struct call_head {
	uint64_t	 ch_id;
	uint8_t		 ch_origin;	/* enum call_origin */
	uint8_t		 ch_inst;	/* http worker that waits */
	uint8_t		 ch_flags;	/* CALL_ bits */
	uint8_t		 ch_form;	/* enum call_form */
	uint16_t	 ch_row;
	uint64_t	 ch_deadline;	/* CLOCK_MONOTONIC ns; 0: none */
};

#define POLICY_MAX	1024	/* entries of one call */

/* One entry of the caller's policies for one action, in order. */
struct policy_entry {
	const char	*pe_action;
	const char	*pe_resource;	/* "agent:id:*", "agent:id:001&..." */
	bool		 pe_allow;
};

struct policies {
	bool		 ps_black;	/* rbac_mode black */
	size_t		 ps_n;
	struct policy_entry ps_v[POLICY_MAX];
};

struct result;

struct call {
	struct call_head c_head;
	const char	*c_user;	/* who asks; "" for a node */
	const char	*c_node;	/* where it came from; "" is here */
	struct policies	 c_policies;
	struct args	 c_args;
	const uint8_t	*c_body;	/* large raw body, mapped, or NULL */
	size_t		 c_bodylen;
	const struct row *c_row;
};

/* A u8 that is 0 or 1; -1 when it is something else. */
int	call_get_bool(struct msg *, bool *);

/* 22 bytes. The getter refuses unknown origins, forms, flags, instances. */
void	call_put_head(struct msgw *, const struct call_head *);
int	call_get_head(struct msg *, struct call_head *);
/*
 * Head, caller, policies, arguments; c_user and c_node are not NULL. A large
 * body is not in it: who has one attaches its memfd after call_put(), and who
 * gets one takes it after call_get() and sets c_body, c_bodylen himself.
 */
void	call_put(struct msgw *, const struct call *);
/*
 * Text is borrowed from the message; free with call_free(). Sets c_row; -1,
 * with nothing to free, when the message makes no sense or there is no such
 * row. msg_end() is the caller's.
 */
int	call_get(struct msg *, struct call *);
void	call_free(struct call *);

/*
 * An empty result in the form that a call asks for, whose problems name the
 * node as far as the caller may know it; see result_init(). (call_result.c)
 */
void	call_result(const struct call_head *, struct result *);

#endif
