/* SPDX-License-Identifier: ISC */
/*
 * Reading a stored policy: {"actions": [..], "resources": [..], "effect": ..}.
 * The text may come from an older program or from a person with sqlite3, so
 * nothing is taken for granted; what cannot be read makes the policy bad, and
 * whoever has it through a role is refused rather than served without it.
 */
#include <sys/types.h>

#include <ctype.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "authz/rbac.h"

#define POLICY_DEPTH 40 /* nesting: more than rbac_policy_text_set() lets in */
#define POLICY_ITEMS 65536 /* most actions or resources */

/* How much of a part is looked at when a token is used. */
enum part_check {
	PART_SHAPE, /* of a resource that begins with a star */
	PART_SINGLE, /* the only one: a newline may end it */
	PART_FIRST,
	PART_SECOND /* of a pair: its value only has to begin well */
};

/* Characters of a part: type and attribute, and (value true) the value. */
static bool
policy_char(unsigned char c, bool value)
{
	if (c >= 0x80)
		return (false);
	return (isalnum(c) || c == '_' || c == '.' ||
	    (value && (c == '/' || c == '-' || c == '*')));
}

/* The value of a part, of len bytes. */
static bool
policy_value(const char *text, size_t len, enum part_check check)
{
	size_t i;

	if (check == PART_SECOND)
		len = 1;
	else if (check == PART_SINGLE && len > 1 && text[len - 1] == '\n')
		len--;
	for (i = 0; i < len; i++)
		if (!policy_char((unsigned char)text[i], true))
			return (false);
	return (true);
}

/*
 * One "type:attribute:value" of len bytes, lower-cased up to the value. The
 * original's expression for a resource as a whole (facts, policy_syntax,
 * runtime_resource_check) is narrower here and wider there than the one for
 * those that are made: a hyphen in a type that could be made is bad. 0 or -1.
 */
static int
policy_part(char *text, size_t len, enum part_check check)
{
	size_t i, start = 0, colons = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == ':') {
			if (i == start || ++colons > 2)
				return (-1);
			start = i + 1;
		} else if (colons < 2) {
			text[i] = (char)tolower((unsigned char)text[i]);
			if (check != PART_SHAPE &&
			    !policy_char((unsigned char)text[i], false))
				return (-1);
		}
	}
	if (colons != 2 || start == len)
		return (-1);
	if (check == PART_SHAPE)
		return (0);
	return (policy_value(text + start, len - start, check) ? 0 : -1);
}

/* A whole resource, one part or two joined by &. 0 or -1. */
static int
policy_resource(char *text)
{
	bool star = text[0] == '*';
	char *amp;

	amp = strchr(text, '&');
	if (amp == NULL)
		return (policy_part(
		    text, strlen(text), star ? PART_SHAPE : PART_SINGLE));
	if (strchr(amp + 1, '&') != NULL)
		return (-1);
	if (policy_part(text, (size_t)(amp - text),
	        star ? PART_SHAPE : PART_FIRST) == -1)
		return (-1);
	return (policy_part(
	    amp + 1, strlen(amp + 1), star ? PART_SHAPE : PART_SECOND));
}

/* An array of strings as a list of copies. 1, 0: not one, -1: no memory. */
static int
policy_list(struct json_object *array, char ***list_r)
{
	struct json_object *item;
	size_t i, n;
	char **list;

	if (!json_object_is_type(array, json_type_array))
		return (0);
	n = json_object_array_length(array);
	if (n > POLICY_ITEMS)
		return (0);
	list = calloc(n + 1, sizeof(*list));
	if (list == NULL)
		return (-1);
	*list_r = list;
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_string) ||
		    strlen(json_object_get_string(item)) !=
		        (size_t)json_object_get_string_len(item))
			return (0);
		list[i] = strdup(json_object_get_string(item));
		if (list[i] == NULL)
			return (-1);
	}
	return (1);
}

/* "*" alone means everything that has no ids. 1, 0 or -1. */
static int
policy_resources(char **list)
{
	char *all;
	size_t i;

	for (i = 0; list[i] != NULL; i++) {
		if (strcmp(list[i], "*") == 0) {
			all = strdup("*:*:*");
			if (all == NULL)
				return (-1);
			free(list[i]);
			list[i] = all;
		}
		if (policy_resource(list[i]) == -1)
			return (0);
	}
	return (1);
}

/* 1, 0: not a policy, -1: no memory. */
static int
policy_take(struct rbac_policy *rp, struct json_object *root)
{
	struct json_object *actions, *resources, *effect;
	char *p;
	size_t i;
	int ret;

	if (!json_object_is_type(root, json_type_object) ||
	    !json_object_object_get_ex(root, "actions", &actions) ||
	    !json_object_object_get_ex(root, "resources", &resources) ||
	    !json_object_object_get_ex(root, "effect", &effect) ||
	    !json_object_is_type(effect, json_type_string))
		return (0);
	/* Everything but allow acts as deny, allow and a NUL too. */
	rp->rp_allow =
	    json_object_get_string_len(effect) == (int)strlen("allow") &&
	    strcasecmp(json_object_get_string(effect), "allow") == 0;
	ret = policy_list(actions, &rp->rp_actions);
	if (ret != 1)
		return (ret);
	for (i = 0; rp->rp_actions[i] != NULL; i++)
		for (p = rp->rp_actions[i]; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
	ret = policy_list(resources, &rp->rp_resources);
	if (ret != 1)
		return (ret);
	return (policy_resources(rp->rp_resources));
}

int
rbac_policy_read(struct rbac_policy *rp)
{
	struct json_tokener *tok;
	struct json_object *root = NULL;
	size_t len;
	int ret = 0;

	tok = json_tokener_new_ex(POLICY_DEPTH);
	if (tok == NULL)
		return (-1);
	json_tokener_set_flags(
	    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	len = strlen(rp->rp_text);
	/* The NUL is passed too: a number at the end needs to know it ended. */
	if (len < INT_MAX)
		root = json_tokener_parse_ex(tok, rp->rp_text, (int)len + 1);
	if (root != NULL && json_tokener_get_error(tok) == json_tokener_success)
		ret = policy_take(rp, root);
	json_object_put(root);
	json_tokener_free(tok);
	if (ret == -1)
		return (-1);
	rp->rp_bad = ret == 0;
	return (0);
}
