/* SPDX-License-Identifier: ISC */
/*
 * What a client sends as a rule or a policy, as rbac.db holds it: the text that
 * Python's json.dumps() would write, for these columns are UNIQUE and the
 * original reads them too. Pure. facts/api/rbac.yaml, json_text, policy_syntax,
 * rule_language.
 */
#ifndef AUTHZ_RBAC_TEXT_H
#define AUTHZ_RBAC_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

/*
 * json, len: an object as the client sent it. Appends NUL-ended text to out;
 * b_len does not count the NUL. Return 0 or the code: 4003 (a rule), 4006 (a
 * policy), 1000 without memory or beyond the buffer's limit, and then out is
 * to be thrown away. Nested deeper than 64 levels (a policy: 32), a number that
 * is infinite or more than 65536 values: 4003, 4006.
 */
uint16_t	rbac_rule_text(const char *json, size_t len, struct buf *out);
/*
 * A policy to be made: exactly actions, resources and effect. Actions, effect
 * and all but the values of resources become lower-case (sanitising).
 */
uint16_t	rbac_policy_text(const char *json, size_t len, struct buf *out);
/* One to replace another: the original lets other keys stand beside them. */
uint16_t	rbac_policy_text_set(const char *json, size_t len,
		    struct buf *out);

#endif
