/* SPDX-License-Identifier: ISC */
/* The framework's error codes: numbers, classes and titles are facts. */
#ifndef COMMON_ERRORS_H
#define COMMON_ERRORS_H

#include <stdint.h>

struct buf;

enum errclass {
	ERRC_ERROR,		/* 400 Bad Request */
	ERRC_INTERNAL,		/* 500 Wazuh Internal Error */
	ERRC_CLUSTER,		/* 500 Wazuh Cluster Error */
	ERRC_NOTFOUND,		/* 404 Resource Not Found */
	ERRC_PERMISSION,	/* 403 Permission Denied */
	ERRC_TOOMANY,		/* 429 Too Many Requests */
	ERRC_NOTACCEPTABLE,	/* 406 Not Acceptable */
	ERRC_HAPROXY		/* 500 HAProxy Helper Error */
};

struct errdesc {
	uint16_t	 ed_code;
	enum errclass	 ed_class;	/* where the code is raised as one */
	const char	*ed_message;	/* our own words */
	const char	*ed_remedy;	/* NULL: none */
};

/*
 * The row of a code, or that of 1000 when there is none. Never NULL. The codes
 * 1810 to 1899 and 8001 to 8999 share a row (two, but for 1823).
 */
const struct errdesc *errors_find(uint16_t code);
/*
 * Append what a client reads: "MESSAGE: extra", or the message where extra is
 * NULL, or extra alone where the text comes from another program: 1600, the
 * two ranges, and every code that has no row. 0 or -1 like buf_add().
 */
int	errors_text(struct buf *, uint16_t code, const char *extra);
/* HTTP status of a class (400, 500, ...). */
unsigned int	errors_status(enum errclass);
/* Title of a class ("Bad Request", ...). Static text. */
const char	*errors_title(enum errclass);

#endif
