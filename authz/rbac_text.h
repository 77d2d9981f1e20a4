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
 * json, len: an object as the client sent it. out gets NUL-ended text. Return
 * 0 or the code: 4003 (a rule), 4006 (a policy), 1000 without memory or beyond
 * the buffer's limit.
 */
uint16_t	rbac_rule_text(const char *json, size_t len, struct buf *out);
/* Lower-cased where the original does that (sanitising). */
uint16_t	rbac_policy_text(const char *json, size_t len, struct buf *out);

#endif
