/* SPDX-License-Identifier: ISC */
/* JSON that json-c has read, written anew as jsonw.h writes. */
#ifndef COMMON_JSONTREE_H
#define COMMON_JSONTREE_H

#include <stdbool.h>

struct json_object;
struct jsonw;

/*
 * Write a value; NULL is null. A date that is marked as one, which only nodes
 * do, loses the mark where it is not wire that is written. Recurses as deep as
 * the value: who read it set a limit.
 */
void	jsontree_put(struct jsonw *, struct json_object *, bool wire);

/* The text of a marked date, borrowed; NULL: it is none. */
const char *jsontree_date(struct json_object *);

#endif
