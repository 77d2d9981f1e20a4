/* SPDX-License-Identifier: ISC */
/*
 * The way of a request through authz, in the original's order of checks
 * (facts/api/http.md sections 1 and 8): requests a minute, login attempts,
 * size of an authorization context, unknown path, credential; then http's own
 * verdict, then the row, which is answered here or handed to the router.
 */
#ifndef AUTHZ_GATE_H
#define AUTHZ_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct authz;
struct lane_ops;
struct msg;
struct peer;
struct pending;

/* How the lane asks gate about those that wait in it. */
extern const struct lane_ops gate_lane_ops;

/* CHECK: struct check, at most one descriptor of a body. */
int	gate_check(struct peer *, struct msg *);
/* HASH_DONE and VERIFY_DONE: lanemsg.h. */
int	gate_hash_done(struct peer *, struct msg *);
int	gate_verify_done(struct peer *, struct msg *);

/* A request with a token that waited is run once more, with all checks. */
void	gate_again(struct pending *);
/* A login that waited for its turn. */
void	gate_turn(struct pending *);

#endif
