/* SPDX-License-Identifier: ISC */
#include <sys/types.h>

#include "apid/meet.h"
#include "common/ring.h"
#include "dapi/router.h"
