/* SPDX-License-Identifier: ISC */
/*
 * The calls of an operation ("x-calls"): what runs where, who may, and what
 * the arguments are called on the cluster's wire. The first is the operation's
 * own row; each further one becomes a row behind it.
 */
#include <sys/types.h>

#include <ctype.h>
#include <string.h>

#include "scripts/mkendpoints.h"

static const struct field call_fields[] = { { "call", NODE_SCALAR, true },
	{ "function", NODE_SCALAR, true }, { "route", NODE_SCALAR, true },
	{ "parameters", NODE_LIST, false }, { "args", NODE_MAP, false },
	{ "local", NODE_LIST, false }, { "rbac", NODE_LIST, false },
	{ "exclude_codes", NODE_LIST, false },
	{ "basic_services", NODE_LIST, false },
	{ "broadcast", NODE_SCALAR, false }, { "nodes", NODE_SCALAR, false },
	{ "wait", NODE_SCALAR, false }, { "keep_none", NODE_SCALAR, false },
	{ "dialect", NODE_SCALAR, false }, { "peer", NODE_SCALAR, false },
	{ NULL, NODE_SCALAR, false } };
static const struct field need_fields[] = { { "actions", NODE_LIST, true },
	{ "resources", NODE_LIST, true }, { "when", NODE_SCALAR, false },
	{ NULL, NODE_SCALAR, false } };

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static bool
is_word(const char *s)
{
	return (*s != '\0' && s[strspn(s, WORD)] == '\0' &&
	    !isdigit((unsigned char)*s));
}

/* --- arguments ----------------------------------------------------------- */

/* One call under way. */
struct step {
	struct mk *st_mk;
	struct mkrow *st_row;
	const struct node *st_args;
};

static const struct {
	const char *name;
	enum wire_how how;
} hows[] = {
	{ "sort_object", WIRE_SORT },
	{ "sort_fields", WIRE_SORT_FIELDS },
	{ "sort_ascending", WIRE_SORT_ASCENDING },
	{ "search_object", WIRE_SEARCH },
	{ "search_text", WIRE_SEARCH_TEXT },
	{ "search_negated", WIRE_SEARCH_NEGATED },
	{ "underscored", WIRE_UNDERSCORED },
};

/* The row's parameter of that name, or -1. */
static ssize_t
step_param(const struct step *st, const char *name, size_t len)
{
	const struct mkrow *mr = st->st_row;
	const char *have;
	size_t i;

	for (i = 0; i < mr->mr_row.r_nparams; i++) {
		have = st->st_mk->mk_params[mr->mr_params[i]].mp_param.p_name;
		if (strlen(have) == len && memcmp(have, name, len) == 0)
			return ((ssize_t)mr->mr_params[i]);
	}
	return (-1);
}

static struct wire *
wire_new(const struct step *st, const char *in, const struct node *nd)
{
	struct mk *mk = st->st_mk;
	struct wire *w;

	if (mk->mk_nwires == MK_WIRES)
		mk_die(mk, nd, "more than %d arguments", MK_WIRES);
	w = &mk->mk_wires[mk->mk_nwires++];
	w->w_in = in;
	w->w_name = nd->nd_key;
	st->st_row->mr_row.r_nwire++;
	return (w);
}

static void
wire_find(const struct step *st, struct wire *w, const struct node *nd,
    const char *name, size_t len)
{
	ssize_t id = step_param(st, name, len);

	if (id == -1)
		mk_die(st->st_mk, nd, "there is no parameter '%.*s' here",
		    (int)len, name);
	w->w_param = (uint16_t)id;
}

/*
 * "PARAMETER", "HOW(PARAMETER)", either with " = JSON" for where it is absent,
 * or "= JSON" alone.
 */
static void
wire_source(const struct step *st, const char *in, const struct node *nd)
{
	struct mk *mk = st->st_mk;
	struct wire *w = wire_new(st, in, nd);
	const char *s = nd->nd_text, *equals, *open;
	size_t i, len = strlen(s), n;

	if (nd->nd_type != TYPE_TEXT)
		mk_die(mk, nd, "the source of '%s' is no text", nd->nd_key);
	equals = s[0] == '=' ? s : strstr(s, " =");
	if (equals != NULL) {
		len = (size_t)(equals - s);
		w->w_json = equals + strspn(equals, " =");
		if (w->w_json[0] == '\0')
			mk_die(mk, nd, "there is nothing behind the '='");
		w->w_how = WIRE_CONST;
	}
	if (len == 0)
		return;
	w->w_how = WIRE_VALUE;
	open = memchr(s, '(', len);
	if (open != NULL && s[len - 1] == ')') {
		n = (size_t)(open - s);
		for (i = 0; i < sizeof(hows) / sizeof(hows[0]); i++)
			if (strlen(hows[i].name) == n &&
			    memcmp(hows[i].name, s, n) == 0)
				break;
		if (i == sizeof(hows) / sizeof(hows[0]))
			mk_die(mk, nd, "nobody knows '%.*s()'", (int)n, s);
		w->w_how = hows[i].how;
		len -= n + 2;
		s = open + 1;
	}
	wire_find(st, w, nd, s, len);
}

static void
wire_one(const struct step *st, const char *in, const struct node *nd)
{
	struct mk *mk = st->st_mk;
	const struct node *c;
	struct wire *w;

	switch (nd->nd_kind) {
	case NODE_SCALAR:
		/* null: the function has it, and nobody gives it. */
		if (nd->nd_type != TYPE_NULL)
			wire_source(st, in, nd);
		break;
	case NODE_LIST:
		c = nd->nd_first;
		if (nd->nd_n != 1 || c->nd_kind != NODE_SCALAR)
			mk_die(mk, nd, "a list is made of one parameter");
		w = wire_new(st, in, nd);
		w->w_how = WIRE_ONE;
		wire_find(st, w, c, c->nd_text, strlen(c->nd_text));
		break;
	case NODE_MAP:
		if (in != NULL)
			mk_die(mk, nd, "arguments nest only once");
		NODE_FOREACH(c, nd)
		wire_one(st, nd->nd_key, c);
		break;
	}
}

/* Is the parameter, or what it is in, sent anywhere? */
static bool
is_sent(const struct step *st, const struct param *p)
{
	const struct mk *mk = st->st_mk;
	const struct mkrow *mr = st->st_row;
	const struct wire *w;
	const char *name;
	size_t i, n;

	for (i = 0; i < mr->mr_row.r_nwire; i++) {
		w = &mk->mk_wires[mr->mr_wire + i];
		if (w->w_how == WIRE_CONST)
			continue;
		name = mk->mk_params[w->w_param].mp_param.p_name;
		n = strlen(name);
		if (strncmp(p->p_name, name, n) == 0 &&
		    (p->p_name[n] == '\0' ||
		        (p->p_parent != NULL && p->p_name[n] == '.')))
			return (true);
	}
	return (false);
}

static void
step_args(struct step *st, const struct node *call)
{
	struct mk *mk = st->st_mk;
	struct mkrow *mr = st->st_row;
	const struct node *local = node_get(call, "local"), *c;
	const struct param *p;
	size_t i;

	mr->mr_wire = mk->mk_nwires;
	st->st_args = node_get(call, "args");
	if (st->st_args != NULL)
		NODE_FOREACH(c, st->st_args)
	wire_one(st, NULL, c);
	if (local != NULL) {
		node_texts(mk, local, "'local'");
		NODE_FOREACH(c, local)
		if (step_param(st, c->nd_text, strlen(c->nd_text)) == -1)
			mk_die(mk, c, "there is no parameter '%s' here",
			    c->nd_text);
	}
	/* Our own calls are not on the wire. */
	if (strncmp(mr->mr_row.r_call, "wazuh.", 6) != 0)
		return;
	for (i = 0; i < mr->mr_row.r_nparams; i++) {
		p = &mk->mk_params[mr->mr_params[i]].mp_param;
		if (strcmp(p->p_name, "pretty") == 0 ||
		    strcmp(p->p_name, "wait_for_complete") == 0 ||
		    is_sent(st, p))
			continue;
		if (local != NULL)
			NODE_FOREACH(c, local)
		if (strcmp(c->nd_text, p->p_name) == 0)
			break;
		if (local == NULL || c == NULL)
			mk_die(mk, call,
			    "'%s' is in neither 'args' nor 'local'", p->p_name);
	}
}

/* --- RBAC ---------------------------------------------------------------- */

static void
need_action(const struct mk *mk, const struct node *c)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_-";
	size_t n = strspn(c->nd_text, letters);

	if (n == 0 || c->nd_text[n] != ':' || c->nd_text[n + 1] == '\0' ||
	    c->nd_text[n + 1 + strspn(c->nd_text + n + 1, letters)] != '\0')
		mk_die(mk, c, "'%s' is no action", c->nd_text);
}

/* The parameter that an argument is made of, or NULL: it is never given. */
static const char *
need_param(
    const struct step *st, const struct node *at, const char *arg, size_t len)
{
	const struct mk *mk = st->st_mk;
	const struct node *c = NULL;
	const struct wire *w;
	size_t i;

	for (i = 0; i < st->st_row->mr_row.r_nwire; i++) {
		w = &mk->mk_wires[st->st_row->mr_wire + i];
		if (w->w_in == NULL && w->w_how != WIRE_CONST &&
		    strlen(w->w_name) == len &&
		    memcmp(w->w_name, arg, len) == 0)
			return (mk->mk_params[w->w_param].mp_param.p_name);
	}
	if (st->st_args != NULL)
		NODE_FOREACH(c, st->st_args)
	if (strlen(c->nd_key) == len && memcmp(c->nd_key, arg, len) == 0)
		return (NULL);
	mk_die(mk, at, "'args' has no '%.*s'", (int)len, arg);
}

/* "type:attribute:value", once or joined by '&'. */
static bool
is_resource(const char *s)
{
	size_t n, parts = 0;

	if (strcmp(s, "*:*:*") == 0)
		return (true);
	for (;; s++) {
		n = strspn(s, "abcdefghijklmnopqrstuvwxyz");
		if (n == 0 || s[n] != ':')
			return (false);
		s += n + 1;
		n = strspn(s, "abcdefghijklmnopqrstuvwxyz");
		if (n == 0 || s[n] != ':')
			return (false);
		s += n + 1;
		n = strcspn(s, "&: ");
		if (n == 0 || ++parts > 2)
			return (false);
		s += n;
		if (*s == '\0')
			return (true);
		if (*s != '&')
			return (false);
	}
}

/* With the parameter's name where the argument's stood. */
static const char *
need_resource(const struct step *st, const struct node *c)
{
	struct mk *mk = st->st_mk;
	const char *open = strchr(c->nd_text, '{'), *close, *name;

	if (!is_resource(c->nd_text))
		mk_die(mk, c, "'%s' is no resource", c->nd_text);
	if (open == NULL)
		return (c->nd_text);
	close = strchr(open, '}');
	if (close == NULL || close == open + 1 || open[-1] != ':' ||
	    (close[1] != '\0' && close[1] != '&') || strchr(close, '{') != NULL)
		mk_die(mk, c, "'%s' is no resource", c->nd_text);
	name = need_param(st, c, open + 1, (size_t)(close - open - 1));
	if (name == NULL)
		return (c->nd_text);
	return (mk_text(mk, "%.*s%s%s", (int)(open + 1 - c->nd_text),
	    c->nd_text, name, close));
}

static void
step_rbac(struct step *st, const struct node *call)
{
	static const char *const whens[] = { [RBAC_ALWAYS] = "always",
		[RBAC_ALONE] = "alone",
		[RBAC_CLUSTER] = "cluster",
		NULL };
	struct mk *mk = st->st_mk;
	const struct node *list = node_get(call, "rbac"), *nd, *c;
	struct rbac_need *rn = st->st_row->mr_row.r_rbac;
	size_t i, n = 0;

	if (list == NULL)
		return;
	NODE_FOREACH(nd, list)
	{
		if (n++ == ROW_RBAC)
			mk_die(mk, nd, "more than %d needs", ROW_RBAC);
		node_fields(mk, nd, "a need", need_fields);
		node_texts(mk, node_get(nd, "actions"), "'actions'");
		node_texts(mk, node_get(nd, "resources"), "'resources'");
		if (node_get(nd, "actions")->nd_n >= ROW_ACTIONS ||
		    node_get(nd, "resources")->nd_n >= ROW_ACTIONS)
			mk_die(mk, nd, "more than %d actions or resources",
			    ROW_ACTIONS - 1);
		i = 0;
		NODE_FOREACH(c, node_get(nd, "actions"))
		{
			need_action(mk, c);
			rn->rn_actions[i++] = c->nd_text;
		}
		i = 0;
		NODE_FOREACH(c, node_get(nd, "resources"))
		rn->rn_resources[i++] = need_resource(st, c);
		if (node_get(nd, "when") != NULL)
			st->st_row->mr_row.r_when[n - 1] =
			    (enum rbac_when)node_choice(mk,
			        node_get(nd, "when"), whens, "time for a need");
		rn++;
	}
}

/* --- the rest ------------------------------------------------------------ */

static void
step_services(const struct mk *mk, struct mkrow *mr, const struct node *call)
{
	static const char *const names[] = { "wazuh-modulesd",
		"wazuh-analysisd", "wazuh-execd", "wazuh-db", "wazuh-remoted",
		NULL };
	const struct node *list = node_get(call, "basic_services"), *c;

	mr->mr_row.r_services = SVC_BASIC;
	if (list == NULL)
		return;
	mr->mr_row.r_services = 0;
	NODE_FOREACH(c, list)
	mr->mr_row.r_services |= 1U
	    << node_choice(mk, c, names, "basic service");
}

static void
step_exclude(const struct mk *mk, struct mkrow *mr, const struct node *call)
{
	const struct node *list = node_get(call, "exclude_codes"), *c;
	int64_t code;
	size_t n = 0;

	if (list == NULL)
		return;
	NODE_FOREACH(c, list)
	{
		code = node_number(mk, c);
		if (code < 900 || code > 9999)
			mk_die(mk, c, "%s is no code", c->nd_text);
		if (n == MK_EXCLUDE)
			mk_die(mk, c, "more than %d codes", MK_EXCLUDE);
		mr->mr_exclude[n++] = (uint16_t)code;
	}
}

static void
step_flags(const struct mk *mk, struct mkrow *mr, const struct node *call)
{
	static const char *const waits[] = { "never", "always", NULL };
	static const char *const dialects[] = { "db", "array", NULL };
	const struct node *c;
	unsigned int *flags = &mr->mr_row.r_flags;

	if (node_bool(mk, call, "broadcast"))
		*flags |= ROWF_BROADCAST;
	if (node_bool(mk, call, "nodes"))
		*flags |= ROWF_NODES;
	if (node_bool(mk, call, "keep_none"))
		*flags |= ROWF_KEEP_NONE;
	if (node_bool(mk, call, "peer"))
		*flags |= ROWF_PEER;
	c = node_get(call, "wait");
	if (c != NULL)
		*flags |= node_choice(mk, c, waits, "kind of waiting") == 0 ?
		    ROWF_TIMED :
		    ROWF_UNTIMED;
	c = node_get(call, "dialect");
	if (c != NULL && node_choice(mk, c, dialects, "dialect") == 1)
		*flags |= ROWF_ARRAY;
}

/* "wazuh.agent.get_agents": words with dots between them, two at least. */
static void
step_name(const struct mk *mk, struct mkrow *mr, const struct node *call)
{
	const char *name = node_prose(mk, call, "call"), *s;
	size_t n, words = 0;

	for (s = name;; s++) {
		n = strspn(s, WORD);
		if (n == 0 || isdigit((unsigned char)s[0]))
			break;
		words++;
		s += n;
		if (*s != '.')
			break;
	}
	if (*s != '\0' || n == 0 || words < 2)
		mk_die(mk, call, "'%s' is no call", name);
	mr->mr_row.r_call = name;
}

static void
step_function(const struct mk *mk, struct mkrow *mr, const struct node *call)
{
	const char *name = node_prose(mk, call, "function");
	const char *prefix = mr->mr_row.r_pool == POOL_AUTHZ ? "serve_" : "fw_";

	if (!is_word(name) || strncmp(name, prefix, strlen(prefix)) != 0)
		mk_die(mk, node_get(call, "function"),
		    "a function of this pool is called '%s...', not '%s'",
		    prefix, name);
	mr->mr_function = name;
}

static void
step_one(
    struct mk *mk, struct mkrow *mr, const struct node *call, enum pool pool)
{
	static const char *const routes[] = { [ROUTE_LOCAL] = "local_any",
		[ROUTE_MASTER] = "local_master",
		[ROUTE_DISTRIBUTED] = "distributed_master",
		NULL };
	struct step st = { mk, mr, NULL };

	node_fields(mk, call, "a call", call_fields);
	mr->mr_row.r_pool = pool;
	step_name(mk, mr, call);
	step_function(mk, mr, call);
	mr->mr_row.r_route = (enum route)node_choice(
	    mk, node_get(call, "route"), routes, "route");
	step_args(&st, call);
	step_rbac(&st, call);
	step_services(mk, mr, call);
	step_exclude(mk, mr, call);
	step_flags(mk, mr, call);
}

/* A further step has arguments of its own, which nobody sends by HTTP. */
static void
step_params(struct mk *mk, struct mkrow *mr, const struct node *call)
{
	const struct node *list = node_get(call, "parameters");
	struct node *c;

	if (list == NULL)
		return;
	NODE_FOREACH(c, list)
	row_add_param(mk, mr,
	    param_component(
	        mk, ref_resolve(mk, c, mk->mk_parameters, "parameters")),
	    c);
}

void
call_all(struct mk *mk, size_t row, const struct node *oper, enum pool pool)
{
	const struct node *list = node_get(oper, "x-calls"), *call;
	struct mkrow *first = &mk->mk_rows[row], *mr;

	call = list->nd_first;
	if (call == NULL)
		mk_die(mk, list, "'x-calls' is empty");
	if (node_get(call, "parameters") != NULL)
		mk_die(
		    mk, call, "the first call has the operation's parameters");
	step_one(mk, first, call, pool);
	for (call = call->nd_next; call != NULL; call = call->nd_next) {
		if (++first->mr_row.r_steps > 7)
			mk_die(mk, call, "too many calls");
		mr = row_new(mk,
		    mk_text(
		        mk, "%s_%u", first->mr_id, first->mr_row.r_steps + 1),
		    call);
		mr->mr_row.r_flags = ROWF_INTERNAL;
		step_params(mk, mr, call);
		step_one(mk, mr, call, pool);
	}
}
