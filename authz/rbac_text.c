/* SPDX-License-Identifier: ISC */
/*
 * Rules and policies from a client to rbac.db: see rbac_text.h. What a policy
 * may name is checked as the original checks it when one is made; what it takes
 * when a token is used is stricter (rbac_policy_read()).
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <sys/types.h>

#include <pcre2.h>
#include <string.h>

#include "authz/pyjson.h"
#include "authz/rbac_text.h"

#define TEXT_RULE_DEPTH   64 /* levels of nesting */
#define TEXT_POLICY_DEPTH 32
#define TEXT_POLICY_KEYS  3

/* The framework's codes. */
#define CODE_NO_MEMORY  1000
#define CODE_BAD_RULE   4003
#define CODE_BAD_POLICY 4006

/* Python's \w, spelled out: libraries differ in what theirs has. */
#define WORD "\\p{L}\\p{N}_"

#define ACTION   "(*LF)^[a-zA-Z_\\-]+:[a-zA-Z_\\-]+$"
#define RESOURCE "(*LF)^[a-zA-Z_\\-*]+:[" WORD "\\-*]+:[" WORD "\\-/.*]+$"

/* 0 or the code. The NUL behind the text is not counted in b_len. */
static uint16_t
text_write(const struct pyjson *pj, struct buf *out)
{
	pyjson_write(pyjson_root(pj), out);
	if (buf_addc(out, '\0') == -1)
		return (CODE_NO_MEMORY);
	out->b_len--;
	return (0);
}

/* An object, or NULL and *code_r: bad, or 1000. */
static struct pyjson *
text_read(const char *json, size_t len, unsigned int depth, uint16_t bad,
    uint16_t *code_r)
{
	struct pyjson *pj;
	bool nomem;

	pj = pyjson_read(json, len, depth, &nomem);
	*code_r = nomem ? CODE_NO_MEMORY : bad;
	if (pj != NULL && pyjson_root(pj)->pv_type != PYJSON_OBJECT)
		pyjson_free(&pj);
	return (pj);
}

uint16_t
rbac_rule_text(const char *json, size_t len, struct buf *out)
{
	struct pyjson *pj;
	uint16_t code;

	pj = text_read(json, len, TEXT_RULE_DEPTH, CODE_BAD_RULE, &code);
	if (pj != NULL)
		code = text_write(pj, out);
	pyjson_free(&pj);
	return (code);
}

/* --- policies ------------------------------------------------------------ */

/* Only names of ASCII letters mean anything: other letters stay. */
static void
text_lower(char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
}

/* Type and attribute of each part; behind its last colon stands the value. */
static void
text_lower_resource(struct pyjson_value *pv)
{
	char *part = pv->pv_text, *end, *amp, *colon;

	for (end = part + pv->pv_len; part <= end; part = amp + 1) {
		amp = memchr(part, '&', (size_t)(end - part));
		if (amp == NULL)
			amp = end;
		colon = memrchr(part, ':', (size_t)(amp - part));
		if (colon != NULL)
			text_lower(part, (size_t)(colon - part));
	}
}

/* Before anything is checked, as in the original. */
static void
text_sanitise(struct pyjson_value *actions, struct pyjson_value *resources,
    struct pyjson_value *effect)
{
	struct pyjson_value *pv;

	for (pv = actions->pv_first; pv != NULL; pv = pv->pv_next)
		if (pv->pv_type == PYJSON_STRING)
			text_lower(pv->pv_text, pv->pv_len);
	for (pv = resources->pv_first; pv != NULL; pv = pv->pv_next)
		if (pv->pv_type == PYJSON_STRING)
			text_lower_resource(pv);
	text_lower(effect->pv_text, effect->pv_len);
}

/* Does each of the parts match, which a separator parts? '\0': there is one. */
static bool
text_matches(pcre2_code *re, pcre2_match_data *md,
    const struct pyjson_value *pv, char separator)
{
	const char *part = pv->pv_text, *end = part + pv->pv_len, *behind;

	for (;; part = behind + 1) {
		behind = separator == '\0' ?
		    NULL :
		    memchr(part, separator, (size_t)(end - part));
		if (pcre2_match(re, (PCRE2_SPTR)part,
		        (size_t)((behind == NULL ? end : behind) - part), 0, 0,
		        md, NULL) < 0)
			return (false);
		if (behind == NULL)
			return (true);
	}
}

/* A list of strings that match. 0 or the code. */
static uint16_t
text_list(const struct pyjson_value *list, const char *pattern, char separator)
{
	const struct pyjson_value *pv;
	pcre2_match_data *md;
	pcre2_code *re;
	PCRE2_SIZE where;
	uint16_t code = 0;
	int error;

	re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF, &error, &where, NULL);
	md = re == NULL ? NULL : pcre2_match_data_create(1, NULL);
	if (md == NULL)
		code = CODE_NO_MEMORY;
	for (pv = list->pv_first; code == 0 && pv != NULL; pv = pv->pv_next)
		if (pv->pv_type != PYJSON_STRING ||
		    !text_matches(re, md, pv, separator))
			code = CODE_BAD_POLICY;
	pcre2_match_data_free(md);
	pcre2_code_free(re);
	return (code);
}

/* 0 or the code. alone: there may be no other keys. */
static uint16_t
text_policy(const struct pyjson_value *root, bool alone)
{
	struct pyjson_value *actions, *resources, *effect;
	uint16_t code;

	if (alone && root->pv_n != TEXT_POLICY_KEYS)
		return (CODE_BAD_POLICY);
	actions = pyjson_member(root, "actions");
	resources = pyjson_member(root, "resources");
	effect = pyjson_member(root, "effect");
	if (actions == NULL || actions->pv_type != PYJSON_ARRAY ||
	    resources == NULL || resources->pv_type != PYJSON_ARRAY ||
	    effect == NULL || effect->pv_type != PYJSON_STRING)
		return (CODE_BAD_POLICY);
	text_sanitise(actions, resources, effect);
	code = text_list(actions, ACTION, '\0');
	if (code == 0)
		code = text_list(resources, RESOURCE, '&');
	return (code);
}

static uint16_t
text_policy_write(const char *json, size_t len, bool alone, struct buf *out)
{
	struct pyjson *pj;
	uint16_t code;

	pj = text_read(json, len, TEXT_POLICY_DEPTH, CODE_BAD_POLICY, &code);
	if (pj != NULL)
		code = text_policy(pyjson_root(pj), alone);
	if (pj != NULL && code == 0)
		code = text_write(pj, out);
	pyjson_free(&pj);
	return (code);
}

uint16_t
rbac_policy_text(const char *json, size_t len, struct buf *out)
{
	return (text_policy_write(json, len, true, out));
}

uint16_t
rbac_policy_text_set(const char *json, size_t len, struct buf *out)
{
	return (text_policy_write(json, len, false, out));
}
