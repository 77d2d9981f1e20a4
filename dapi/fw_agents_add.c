/* SPDX-License-Identifier: ISC */
/* POST /agents: an agent's id and key, made here. */
#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "dapi/enrol.h"
#include "dapi/env.h"
#include "dapi/fw.h"
#include "dapi/ipaddr.h"
#include "dapi/keys.h"

#define ADD_NAME 128 /* most characters of a name */
#define ADD_TEXT 512 /* bytes of "id name ip key" */

/* Base 64 of len bytes; out has room for (len + 2) / 3 * 4 + 1. */
static void
add_base64(const char *in, size_t len, char *out)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                          "abcdefghijklmnopqrstuvwxyz"
	                          "0123456789+/";
	uint32_t w;
	size_t i, left;

	for (i = 0; i < len; i += 3) {
		left = len - i;
		w = (uint32_t)(uint8_t)in[i] << 16;
		if (left > 1)
			w |= (uint32_t)(uint8_t)in[i + 1] << 8;
		if (left > 2)
			w |= (uint8_t)in[i + 2];
		*out++ = abc[w >> 18];
		*out++ = abc[w >> 12 & 63];
		*out++ = left > 1 ? abc[w >> 6 & 63] : '=';
		*out++ = left > 2 ? abc[w & 63] : '=';
	}
	*out = '\0';
}

/* What the agent imports: base 64 of "id name ip key". */
static void
add_answer(struct result *rs, uint32_t id, const char *name, const char *ip,
    const char *key)
{
	char plain[ADD_TEXT], text[(ADD_TEXT + 2) / 3 * 4 + 1];
	char idtext[KEYS_IDLEN];

	keys_idtext(id, idtext);
	snprintf(plain, sizeof(plain), "%s %s %s %s", idtext, name, ip, key);
	add_base64(plain, strlen(plain), text);
	result_plain_begin(rs);
	jsonw_object(&rs->rs_json);
	jsonw_key(&rs->rs_json, "id");
	jsonw_str(&rs->rs_json, idtext);
	jsonw_key(&rs->rs_json, "key");
	jsonw_str(&rs->rs_json, text);
	jsonw_object_end(&rs->rs_json);
	result_plain_end(rs);
	explicit_bzero(plain, sizeof(plain));
	explicit_bzero(text, sizeof(text));
}

/* Lower case into out; -1 when it does not fit or is no address. */
static int
add_address(const char *ip, char *out, size_t len, struct ipaddr *ia)
{
	size_t i;

	for (i = 0; ip[i] != '\0' && i < len - 1; i++)
		out[i] = (char)tolower((unsigned char)ip[i]);
	out[i] = '\0';
	return (ip[i] == '\0' ? ipaddr_parse(out, ia) : -1);
}

static int
add_enrol(struct env *ev, struct result *rs, const char *name, const char *ip,
    const struct ipaddr *ia)
{
	char key[KEYS_KEY + 1];
	uint32_t id;
	int rv = -1;

	switch (enrol_add(ev, name, ia, &id, key)) {
	case ENROL_OK:
		add_answer(rs, id, name, ip, key);
		log_info("agent %03u added: %s, %s", id, name, ip);
		rv = 0;
		break;
	case ENROL_NAME:
		result_problem(rs, 1705, ERRC_ERROR, name);
		break;
	case ENROL_IP:
		result_problem(rs, 1706, ERRC_ERROR, ip);
		break;
	case ENROL_FULL:
		log_errorx("no id is left for another agent");
		/* FALLTHROUGH */
	case ENROL_FAILED:
		result_problem(rs, 1725, ERRC_INTERNAL, NULL);
		break;
	}
	explicit_bzero(key, sizeof(key));
	return (rv);
}

int
fw_agents_add(const struct call *c, struct result *rs)
{
	struct env *ev = env_get();
	const char *name, *given;
	char ip[IPADDR_LEN];
	struct ipaddr ia;
	struct rbac_verdict rv;

	if (env_store(ev, c, rs) == NULL || env_keys(ev, rs) == NULL)
		return (-1);
	if (fw_allowed(c, rs, 0, NULL, 0, &rv) == -1)
		return (-1);
	fw_verdict_free(&rv);
	name = args_str(&c->c_args, "name", "");
	given = args_str(&c->c_args, "ip", "any");
	if (strlen(name) > ADD_NAME) {
		result_problem(rs, 1738, ERRC_ERROR, NULL);
		return (-1);
	}
	/* The format "names" lets a line break at the end pass. */
	if (!keys_word(name)) {
		result_problem(rs, 1000, ERRC_ERROR,
		    "a name may hold no blank or control character");
		return (-1);
	}
	if (add_address(given, ip, sizeof(ip), &ia) == -1) {
		result_problem(rs, 1706, ERRC_ERROR, given);
		return (-1);
	}
	return (add_enrol(ev, rs, name, ip, &ia));
}
