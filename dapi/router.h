/* SPDX-License-Identifier: ISC */
/*
 * The router: where a call runs, how long, and what its caller hears when the
 * process that ran it is gone. It reads the head of a call and nothing else.
 */
#ifndef DAPI_ROUTER_H
#define DAPI_ROUTER_H

struct proc_ops;

extern const struct proc_ops router_ops;

#endif
