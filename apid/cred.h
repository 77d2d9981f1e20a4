/* SPDX-License-Identifier: ISC */
/* What an Authorization header says, taken apart strictly (RFC 7617, 6750). */
#ifndef APID_CRED_H
#define APID_CRED_H

#include "common/check.h"

struct http_request;

struct cred {
	enum check_cred	 cr_kind;
	char		 cr_user[CHECK_NAME + 1];	/* CRED_BASIC */
	char		 cr_secret[CHECK_TOKEN + 1];	/* password or token */
};

/*
 * CRED_NONE: no header, an empty one, or a scheme that is none of ours;
 * CRED_BAD: more than one header, no value behind the scheme, bad base64, no
 * colon, a NUL, or longer than the fields. Pure.
 */
void	cred_parse(const struct http_request *, struct cred *);
/* Overwrite the secret. */
void	cred_wipe(struct cred *);

#endif
