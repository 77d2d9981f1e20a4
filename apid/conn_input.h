/* SPDX-License-Identifier: ISC */
/* Inside of conn: from the bytes of a connection to its requests. */
#ifndef APID_CONN_INPUT_H
#define APID_CONN_INPUT_H

#include "apid/conn.h"

/*
 * Look at what was read, as far as it goes: parse, gather a body, start the
 * request, and go on with the next when that one is answered already.
 */
void	conn_input(struct conn *);

/* Of conn.c, for conn_input.c alone. */
void	conn_set(struct conn *, enum conn_state);
void	conn_count(struct conn *);
/* Nothing more is to be sent: end it as gently as the client allows. */
void	conn_finish(struct conn *);
/* Give back the memory of an empty input. */
void	conn_rest(struct conn *);

#endif
