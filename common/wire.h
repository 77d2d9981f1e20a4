/* SPDX-License-Identifier: ISC */
/*
 * Errors as nodes of a cluster exchange them (protocol.md of the reference,
 * 2.3 and 6.5): the class by its name, and what each node makes a text of.
 */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/errors.h"

struct buf;
struct json_object;
struct jsonw;

#define WIRE_TYPE	"about:blank"

struct wire_class {
	const char	*wc_name;	/* "WazuhError" */
	enum errclass	 wc_class;	/* HTTP's status */
	bool		 wc_ids;	/* it may say who it is about */
	const char	*wc_title;
};

struct wire_error {
	const struct wire_class *we_class;
	uint16_t	 we_code;
	const char	*we_type;
	const char	*we_title;
	const char	*we_text;	/* added to the message; NULL: nothing */
	struct json_object *we_extra;	/* the same where it is not a text */
	const char	*we_remedy;	/* added to the remedy; NULL: nothing */
	bool		 we_alone;	/* we_text is all of the message */
	struct json_object *we_dapi;	/* object: dapi_errors; NULL: empty */
	struct json_object *we_ids;	/* array; NULL: empty */
};

/* The class of a name; NULL: there is none. */
const struct wire_class *wire_class_find(const char *name);
/* The class that a code of ours is raised as. */
const struct wire_class *wire_class_of(enum errclass);

/*
 * An error of this node: extra may be NULL, text is borrowed. cls: the class it
 * is raised as.
 */
void	wire_error_init(struct wire_error *, uint16_t code, enum errclass cls,
	    const char *extra);
/* The object of an error, without its class. */
void	wire_error_put(struct jsonw *, const struct wire_error *);

/* Append what a client reads as the message. 0 or -1 like buf_add(). */
int	wire_error_text(struct buf *, const struct wire_error *);
/* The same as a JSON value. */
void	wire_error_message(struct jsonw *, const struct wire_error *);
/* Is there a remedy? Then it can be written. */
bool	wire_error_remedied(const struct wire_error *);
void	wire_error_remedy(struct jsonw *, const struct wire_error *);

#endif
