/* SPDX-License-Identifier: ISC */
/*
 * The endpoint table's types: parameters, rows, and the check of arguments
 * against them, which http does to answer 400 and every executor does again.
 * The tables themselves are made of conf/openapi.yaml by scripts/mkendpoints;
 * paths and methods are apid/endpoints.h's.
 */
#ifndef COMMON_PARAMS_H
#define COMMON_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/msg.h"

enum param_in { PIN_QUERY, PIN_PATH, PIN_BODY };

enum param_type {
	PT_STRING, PT_INTEGER, PT_NUMBER, PT_BOOLEAN,
	PT_STRINGS,		/* array of strings */
	PT_RAW,			/* a JSON object of any members, as text */
	PT_INTEGERS,		/* array of integers, each as decimal text */
	PT_OBJECT		/* the same, whose members are parameters too */
};

/* validators.md section 2. */
enum param_format {
	PF_NONE, PF_ALPHANUMERIC, PF_SYMBOLS, PF_BASE64, PF_HASH, PF_NAMES,
	PF_NAMES_OR_EMPTY, PF_NUMBERS, PF_NUMBERS_OR_ALL, PF_GROUP_NAMES,
	PF_GROUP_NAMES_OR_ALL, PF_CDB_PATH, PF_XML_NAMES, PF_XML_PATH,
	PF_DIRNAMES, PF_PATH, PF_WPK_PATH, PF_AR_COMMAND, PF_RANGE, PF_SEARCH,
	PF_SORT, PF_TIMEFRAME, PF_WAZUH_KEY, PF_VERSION, PF_DATE, PF_DATETIME,
	PF_NUMBERS_OR_EMPTY, PF_DATETIME_OR_EMPTY, PF_QUERY,
	PF__MAX
};

#define PMF_REQUIRED	0x01
#define PMF_LOWER	0x02	/* lower-cased before the check */
#define PMF_DEFAULT	0x04	/* p_default stands where absent */
#define PMF_MIN		0x08
#define PMF_MAX		0x10
#define PMF_SECRET	0x20	/* masked in logs */
#define PMF_CLOSED	0x40	/* PT_OBJECT: no members but its own */
#define PMF_WHOLE	0x80	/* PT_RAW: the body itself, not a member */

struct param {
	const char	*p_name;	/* as sent; of a member "force.enabled" */
	enum param_in	 p_in;
	enum param_type	 p_type;
	enum param_format p_format;
	unsigned int	 p_flags;
	int64_t		 p_min, p_max;	/* value; of strings: characters */
	int64_t		 p_minitems;	/* of lists; members of a PT_OBJECT */
	int64_t		 p_maxitems;	/* of lists; 0: no such limit */
	const char	*const *p_enum;		/* ends with NULL, or NULL */
	const char	*p_default;		/* text, like a client's */
	const char	*p_format_name;		/* "numbers", for messages */
	const char	*p_parent;	/* "force": the PT_OBJECT it is in */
};

enum pool { POOL_READ, POOL_WRITE, POOL_EVENTS, POOL_AUTHZ };
enum route { ROUTE_LOCAL, ROUTE_MASTER, ROUTE_DISTRIBUTED };

#define ROWF_BASIC	0x01	/* Basic credentials, not a token */
#define ROWF_PRETTY	0x02	/* takes pretty */
#define ROWF_WAIT	0x04	/* takes wait_for_complete */
#define ROWF_BODY	0x08	/* reads a body */
#define ROWF_BODY_REQ	0x10	/* an empty one is a 400 */
#define ROWF_DEPRECATED	0x20
#define ROWF_LOGIN	0x40	/* counts as a login attempt */
#define ROWF_INTERNAL	0x80	/* no path: origin node or test only */
#define ROWF_JSON_BODY	0x100	/* body is an object of PIN_BODY params */
#define ROWF_BODY_406	0x200	/* absent content type with a body: 406 */
#define ROWF_RUNAS	0x400	/* body is an authorization context */
#define ROWF_PUBLIC	0x800	/* no credential is looked at */
#define ROWF_ADDITIVE	0x1000	/* a bad path parameter is no such path */
#define ROWF_CHANGES	0x2000	/* authz: rights may be others afterwards */
#define ROWF_BODY_TEXT	0x4000	/* empty is 1912, not UTF-8 is 1911 */
/* Of the call: how it goes to other nodes, and how long it may take. */
#define ROWF_BROADCAST	0x10000	/* to all nodes where its list names none */
#define ROWF_NODES	0x20000	/* needs the list of nodes */
#define ROWF_TIMED	0x40000	/* the time is limited whatever is asked, */
#define ROWF_UNTIMED	0x80000	/*  or never */
#define ROWF_KEEP_NONE	0x100000 /* absent arguments are sent as null */
#define ROWF_ARRAY	0x200000 /* queries are those of collections */
#define ROWF_PEER	0x400000 /* a node may ask for it without RBAC */

/* The daemons without which most calls are answered 1017. */
#define SVC_MODULESD	0x01
#define SVC_ANALYSISD	0x02
#define SVC_EXECD	0x04
#define SVC_DB		0x08
#define SVC_REMOTED	0x10
#define SVC_BASIC	0x1f

#define ROW_RBAC	4
#define ROW_ACTIONS	4

struct rbac_need {
	const char	*rn_actions[ROW_ACTIONS];	/* ends with NULL */
	const char	*rn_resources[ROW_ACTIONS];	/* "agent:id:{agents_list}" */
};

/* RBAC of nodes goes by other names in a cluster. */
enum rbac_when { RBAC_ALWAYS, RBAC_ALONE, RBAC_CLUSTER };

/* How an argument of a call is made of a parameter for the cluster's wire. */
enum wire_how {
	WIRE_VALUE,		/* as it is */
	WIRE_ONE,		/* a list of this one */
	WIRE_CONST,		/* w_json, whatever was sent */
	WIRE_SORT,		/* {"fields": [...], "order": "asc"} */
	WIRE_SORT_FIELDS,	/* those alone */
	WIRE_SORT_ASCENDING,	/* true or false */
	WIRE_SEARCH,		/* {"negation": ..., "value": ...} */
	WIRE_SEARCH_TEXT,
	WIRE_SEARCH_NEGATED,
	WIRE_UNDERSCORED	/* with '_' for each '-' */
};

struct wire {
	const char	*w_in;		/* "filters": inside it; or NULL */
	const char	*w_name;	/* Python's name of the argument */
	uint16_t	 w_param;	/* index into params[] */
	enum wire_how	 w_how;
	const char	*w_json;	/* where w_param is absent; or NULL */
};

/* One call. What an operation does in several steps are rows in a row. */
struct row {
	uint16_t	 r_id;
	const char	*r_call;	/* "wazuh.agent.get_agents" */
	enum pool	 r_pool;
	enum route	 r_route;
	unsigned int	 r_flags;
	const uint16_t	*r_params;	/* indices into params[], */
	size_t		 r_nparams;	/*  in the order they are checked */
	struct rbac_need r_rbac[ROW_RBAC];
	enum rbac_when	 r_when[ROW_RBAC]; /* that need is one */
	const char	*const *r_ctypes; /* of the body, ends with NULL */
	unsigned int	 r_services;	/* SVC_ bits */
	unsigned int	 r_minprops;	/* least members of a JSON body */
	unsigned int	 r_steps;	/* so many rows behind it belong to it */
	const uint16_t	*r_exclude;	/* codes dropped where nothing was */
					/*  named, ends with 0; or NULL */
	const struct wire *r_wire;
	size_t		 r_nwire;
};

#define ROW_NONE	0xffff

extern const struct param params[];
extern const size_t nparams;
extern const struct wire wires[];
extern const struct row rows[];		/* rows[i].r_id == i */
extern const size_t nrows;

/* --- arguments -------------------------------------------------------- */

#define ARGS_MAX	64
#define ARGS_ITEMS	4096	/* most items over all lists of one call */

struct arg {
	uint16_t	 a_param;	/* index into params[] */
	bool		 a_null;	/* JSON null: not absent, not empty */
	union {
		struct {
			const char	*s;
			size_t		 len;
		} str;			/* PT_STRING, PT_RAW, PT_OBJECT */
		int64_t	 i;
		double	 d;
		bool	 b;
		struct {
			const char	*const *v;	/* NUL-ended strings */
			size_t		 n;
		} list;			/* PT_STRINGS, PT_INTEGERS */
	} a;
};

struct args {
	size_t		 as_n;
	struct arg	 as_v[ARGS_MAX];
	const char	**as_pool;	/* backs the lists; args_free() */
	size_t		 as_pooln;
};

void	args_init(struct args *);
void	args_free(struct args *);
/* The argument named so, or NULL when absent. */
const struct arg *args_find(const struct args *, const char *name);
/* Its value, or the given default when absent or null. Borrowed. */
const char	*args_str(const struct args *, const char *name, const char *);
int64_t		 args_int(const struct args *, const char *name, int64_t);
bool		 args_bool(const struct args *, const char *name, bool);
double		 args_number(const struct args *, const char *name, double);
/* 0 and the list, or -1 when absent. Integers are decimal text. */
int	args_list(const struct args *, const char *name, const char *const **v_r,
	    size_t *n_r);
/*
 * Make room in as_pool for n more items of lists; the lists already there move
 * along. Return where they go (add to as_pooln what was written), or NULL:
 * more than ARGS_ITEMS, or no memory.
 */
const char	**args_room(struct args *, size_t n);

/*
 * On the wire, inside CHECK and CALL. Text is borrowed from the message; free
 * with args_free(), also after a failure. args_get() only sees to it that each
 * value has its parameter's type: params_check() does the rest.
 */
void	args_put(struct msgw *, const struct args *);
int	args_get(struct msg *, struct args *);

/* Has an argument of that type a list for its value? */
bool	param_is_list(enum param_type);
/* Has it a text, as a.str? */
bool	param_is_text(enum param_type);

/* Characters of UTF-8 text, or -1: it is not UTF-8, or holds a NUL. */
ssize_t	params_utf8(const char *text, size_t len);

/*
 * Is text (len bytes, as a client sent it) of that format? 0 or -1. What is
 * not UTF-8 is of no format, not even of PF_NONE.
 */
int	params_format(enum param_format, const char *text, size_t len);

/*
 * Does an argument satisfy its parameter: format, bounds, enum? 0, or -1 with
 * a line of text in why (whylen bytes, at least 128), which holds no value.
 */
int	params_arg(const struct param *, const struct arg *, char *why,
	    size_t whylen);

/*
 * The executor's check of a whole call: every argument belongs to the row, has
 * its type, format, bounds and enum, and what is required is there; members
 * only with the object that they are in, which is counted. 0, or -1 with a
 * line of text in why (at least 256 bytes).
 */
int	params_check(const struct row *, const struct args *, char *why,
	    size_t whylen);

#endif
