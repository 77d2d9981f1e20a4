/* SPDX-License-Identifier: ISC */
#include <sys/types.h>

#include "authz/password.h"
#include "authz/token.h"
#include "authz/admit.h"
#include "apid/http.h"
