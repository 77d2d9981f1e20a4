/* SPDX-License-Identifier: ISC */
/* The access log's view of a request: see access.h. */
#include <sys/types.h>

#include <string.h>

#include "apid/access.h"
#include "apid/access_json.h"
#include "common/buffer.h"
#include "common/jsonw.h"

/* Does the table say that this parameter is not for logs? */
static bool
access_secret(
    const struct row *row, enum param_in in, const char *name, size_t len)
{
	const struct param *p;
	size_t i;

	for (i = 0; row != NULL && i < row->r_nparams; i++) {
		p = &params[row->r_params[i]];
		if ((p->p_flags & PMF_SECRET) && p->p_in == in &&
		    strlen(p->p_name) == len &&
		    memcmp(p->p_name, name, len) == 0)
			return (true);
	}
	return (false);
}

static bool
access_same(const struct params_pair *a, const struct params_pair *b)
{
	return (a->pp_namelen == b->pp_namelen &&
	    memcmp(a->pp_name, b->pp_name, a->pp_namelen) == 0);
}

static void
access_key(struct jsonw *j, const struct params_pair *p)
{
	char name[256];
	size_t len = p->pp_namelen;

	/* Names beyond this are nobody's; they are shown cut. */
	if (len > sizeof(name) - 1)
		len = sizeof(name) - 1;
	memcpy(name, p->pp_name, len);
	name[len] = '\0';
	jsonw_key(j, name);
}

void
access_params(struct buf *out, const struct row *row,
    const struct params_pair *v, size_t n)
{
	const struct params_pair *last;
	struct jsonw j;
	size_t i, k;

	jsonw_init(&j, out, false);
	jsonw_object(&j);
	for (i = 0; i < n; i++) {
		for (k = 0; k < i && !access_same(&v[k], &v[i]); k++)
			continue;
		if (k < i)
			continue;
		last = &v[i];
		for (k = i + 1; k < n; k++)
			if (access_same(&v[k], &v[i]))
				last = &v[k];
		access_key(&j, &v[i]);
		if ((v[i].pp_namelen == 8 &&
		        memcmp(v[i].pp_name, "password", 8) == 0) ||
		    access_secret(
		        row, PIN_QUERY, v[i].pp_name, v[i].pp_namelen))
			jsonw_str(&j, ACCESS_MASK);
		else
			jsonw_strn(&j, last->pp_value, last->pp_valuelen);
	}
	jsonw_object_end(&j);
}

/* One body on its way from tokens to text. */
struct access_body {
	struct jsonw ab_json;
	const struct row *ab_row;
	bool ab_agents; /* "key" is a secret */
	uint64_t ab_n;
};

/* A member of the body itself whose value nobody may read. */
static bool
access_masked(const struct access_body *ab, const struct token *tk)
{
	return (tk->tk_depth == 1 &&
	    (strcmp(tk->tk_s, "password") == 0 ||
	        (ab->ab_agents && strcmp(tk->tk_s, "key") == 0) ||
	        access_secret(ab->ab_row, PIN_BODY, tk->tk_s, tk->tk_len)));
}

static bool
access_token(void *arg, const struct token *tk)
{
	struct access_body *ab = arg;
	struct jsonw *j = &ab->ab_json;

	switch (tk->tk_kind) {
	case TOKEN_OBJECT:
		jsonw_object(j);
		break;
	case TOKEN_OBJECT_END:
		jsonw_object_end(j);
		break;
	case TOKEN_ARRAY:
		jsonw_array(j);
		break;
	case TOKEN_ARRAY_END:
		jsonw_array_end(j);
		break;
	case TOKEN_KEY:
		jsonw_key(j, tk->tk_s);
		if (!access_masked(ab, tk))
			break;
		jsonw_str(j, ACCESS_MASK);
		return (false);
	case TOKEN_STRING:
		jsonw_strn(j, tk->tk_s, tk->tk_len);
		break;
	case TOKEN_INT:
		jsonw_int(j, tk->tk_int);
		break;
	case TOKEN_DOUBLE:
		jsonw_double(j, tk->tk_double);
		break;
	case TOKEN_BOOL:
		jsonw_bool(j, tk->tk_int != 0);
		break;
	case TOKEN_NULL:
		jsonw_null(j);
		break;
	}
	return (true);
}

/* Of /events: how many there are, nothing else. */
static bool
access_count(void *arg, const struct token *tk)
{
	struct access_body *ab = arg;

	if (tk->tk_kind == TOKEN_KEY)
		return (tk->tk_depth == 1 && strcmp(tk->tk_s, "events") == 0);
	if (tk->tk_kind == TOKEN_ARRAY) {
		ab->ab_n = (uint64_t)tk->tk_int;
		return (false);
	}
	return (true);
}

static int
access_events(struct access_body *ab, const char *body, size_t len)
{
	struct jsonw *j = &ab->ab_json;

	if (access_json(body, len, JSONW_DEPTH, access_count, ab) == -1)
		return (-1);
	jsonw_object(j);
	jsonw_key(j, "events");
	jsonw_uint(j, ab->ab_n);
	jsonw_object_end(j);
	return (0);
}

void
access_body(struct buf *out, const struct row *row, const char *path,
    const char *body, size_t len, bool count)
{
	struct access_body ab = { .ab_row = row };
	size_t start = out->b_len;
	int r = -1;

	ab.ab_agents = strstr(path, "/agents") != NULL;
	jsonw_init(&ab.ab_json, out, false);
	/* Dashboards send {} with everything. */
	if (len > 2 && count && strcmp(path, "/events") == 0)
		r = access_events(&ab, body, len);
	else if (len > 2 && len <= ACCESS_BODY)
		r = access_json(body, len, JSONW_DEPTH, access_token, &ab);
	/* Escapes may make it longer than there is room. */
	if (r == 0 && !out->b_failed)
		return;
	out->b_failed = false;
	out->b_len = start;
	buf_addz(out, "{}");
}
