/* SPDX-License-Identifier: ISC */
#include <sys/types.h>
#include <sys/socket.h>

#include <stdio.h>

#include "apid/user.h"
#include "common/good.h"

int
user_main(void)
{
	return (good_count(NULL, stdin));
}
