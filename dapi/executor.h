/* SPDX-License-Identifier: ISC */
/* The roles that run calls: read (no writes), write (one), events. */
#ifndef DAPI_EXECUTOR_H
#define DAPI_EXECUTOR_H

#include "common/proc.h"

extern const struct proc_ops	read_ops, write_ops, events_ops;

#endif
