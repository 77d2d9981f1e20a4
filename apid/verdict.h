/* SPDX-License-Identifier: ISC */
/*
 * What http itself thinks of a request: its row, its arguments, or the answer
 * that it deserves. The order is the original's (facts/api/http.md section 1):
 * what routing refuses is answered at once; every other verdict is kept until
 * authz has asked for it. Pure.
 */
#ifndef APID_VERDICT_H
#define APID_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apid/http.h"
#include "apid/reply.h"
#include "common/check.h"
#include "common/params_decode.h"

#define VERDICT_PAIRS	128	/* most parameters of one query */
#define VERDICT_WHY	1024	/* bytes of a problem's text */

struct buf;
struct conf;
struct route_map;

enum verdict_kind {
	VK_CHECK,		/* ask authz; vd_check says the rest */
	VK_METHOD,		/* 405 */
	VK_SLASH,		/* 307 to the first vd_pathlen bytes of vd_path */
	VK_PREFLIGHT,		/* of CORS */
	VK_BROKEN		/* 400 and close: a path that is not text */
};

struct verdict_in {
	const struct http_request *vi_req;
	const char	*vi_body;	/* decoded of any chunks */
	size_t		 vi_bodylen;
	bool		 vi_toobig;	/* the body was not read to its end, */
	uint64_t	 vi_size;	/*  because it has so many bytes */
	const struct conf *vi_conf;
	const struct route_map *vi_routes;
};

struct verdict {
	enum verdict_kind vd_kind;
	enum check_verdict vd_check;
	const struct row *vd_row;	/* NULL with VERDICT_NOPATH */
	struct args	 vd_args;	/* VERDICT_OK */
	struct problem	 vd_problem;	/* else: the answer kept */
	bool		 vd_pretty;	/* wanted for problems */
	uint8_t		 vd_form;	/* enum call_form */
	uint8_t		 vd_flags;	/* CALL_ bits */
	const char	*vd_path;	/* decoded, NUL-ended */
	size_t		 vd_pathlen;
	struct params_pair vd_pairs[VERDICT_PAIRS];
	size_t		 vd_npairs;
	char		 vd_why[VERDICT_WHY];
};

/*
 * Judge a request. scratch holds decoded text, arena what the arguments
 * borrow: both are the caller's, are emptied first and must live as long as
 * the verdict. Free with verdict_free().
 */
void	verdict_make(struct verdict *, const struct verdict_in *,
	    struct buf *scratch, struct buf *arena);
void	verdict_free(struct verdict *);

#endif
