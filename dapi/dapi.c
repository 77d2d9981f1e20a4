/* SPDX-License-Identifier: ISC */
/* The program of the router and of those that run calls. */
#include <sys/types.h>

#include <stddef.h>

#include "common/proc.h"
#include "dapi/executor.h"
#include "dapi/router.h"

int
main(int argc, char *argv[])
{
	static const struct proc_ops *const ops[] = { &router_ops, &read_ops,
		&write_ops, &events_ops };

	return (proc_main(argc, argv, ops, sizeof(ops) / sizeof(ops[0])));
}
