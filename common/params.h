/* SPDX-License-Identifier: ISC */
/*
 * The endpoint table's types: parameters, rows, endpoints, and the check of
 * arguments against them, which http does to answer 400 and every executor
 * does again.
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
	PT_RAW			/* a body as it came, or a JSON object's text */
};

/* validators.md section 2. */
enum param_format {
	PF_NONE, PF_ALPHANUMERIC, PF_SYMBOLS, PF_BASE64, PF_HASH, PF_NAMES,
	PF_NAMES_OR_EMPTY, PF_NUMBERS, PF_NUMBERS_OR_ALL, PF_GROUP_NAMES,
	PF_GROUP_NAMES_OR_ALL, PF_CDB_PATH, PF_XML_NAMES, PF_XML_PATH,
	PF_DIRNAMES, PF_PATH, PF_WPK_PATH, PF_AR_COMMAND, PF_RANGE, PF_SEARCH,
	PF_SORT, PF_TIMEFRAME, PF_WAZUH_KEY, PF_VERSION, PF_DATE, PF_DATETIME,
	PF__MAX
};

#define PMF_REQUIRED	0x01
#define PMF_LOWER	0x02	/* lower-cased before the check */
#define PMF_DEFAULT	0x04	/* p_default stands where absent */
#define PMF_MIN		0x08
#define PMF_MAX		0x10
#define PMF_SECRET	0x20	/* masked in logs */

struct param {
	const char	*p_name;	/* as sent */
	enum param_in	 p_in;
	enum param_type	 p_type;
	enum param_format p_format;
	unsigned int	 p_flags;
	int64_t		 p_min, p_max;	/* value; of strings: characters */
	int64_t		 p_minitems;
	const char	*const *p_enum;		/* ends with NULL, or NULL */
	const char	*p_default;		/* text, like a client's */
	const char	*p_format_name;		/* "numbers", for messages */
};

enum pool { POOL_READ, POOL_WRITE, POOL_EVENTS, POOL_AUTHZ };
enum route { ROUTE_LOCAL, ROUTE_MASTER, ROUTE_DISTRIBUTED };
enum method {
	METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_HEAD,
	METHOD_OPTIONS, METHOD_OTHER
};

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

#define ROW_RBAC	2
#define ROW_ACTIONS	4

struct rbac_need {
	const char	*rn_actions[ROW_ACTIONS];	/* ends with NULL */
	const char	*rn_resources[ROW_ACTIONS];	/* "agent:id:{agent_list}" */
};

struct row {
	uint16_t	 r_id;
	enum method	 r_method;
	const char	*r_path;	/* "/agents/{agent_id}", NULL: internal */
	const char	*r_call;	/* "wazuh.agent.get_agents" */
	enum pool	 r_pool;
	enum route	 r_route;
	unsigned int	 r_flags;
	const uint16_t	*r_params;	/* indices into params[], */
	size_t		 r_nparams;	/*  in the order they are checked */
	struct rbac_need r_rbac[ROW_RBAC];
};

#define ROW_NONE	0xffff

extern const struct param params[];
extern const size_t nparams;
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
		} str;			/* PT_STRING, PT_RAW */
		int64_t	 i;
		double	 d;
		bool	 b;
		struct {
			const char	*const *v;	/* NUL-ended strings */
			size_t		 n;
		} list;
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
/* 0 and the list, or -1 when absent. */
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
 * its type, format, bounds and enum, and what is required is there. 0, or -1
 * with a line of text in why (at least 256 bytes).
 */
int	params_check(const struct row *, const struct args *, char *why,
	    size_t whylen);

#endif
