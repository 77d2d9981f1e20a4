/* SPDX-License-Identifier: ISC */
/*
 * The search for an endpoint: see route.h. The paths of the table stand in a tree
 * with one node a segment, children behind one another with the placeholder
 * last, so that a literal wins; where a literal leads nowhere the placeholder
 * is tried, as "/cluster/{node_id}/status" must for a node named "local".
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apid/route.h"

#define ROUTE_METHODS (METHOD_OTHER + 1)
#define NODE_NONE     0 /* the root is nobody's child */

struct route_node {
	const char *rn_seg; /* NULL: a placeholder; not NUL-ended */
	size_t rn_len;
	uint16_t rn_child; /* first */
	uint16_t rn_next; /* sibling */
	bool rn_path; /* some endpoint ends here */
	const struct endpoint *rn_ep[ROUTE_METHODS];
};

struct route_map {
	size_t rm_n;
	struct route_node *rm_nodes; /* [0] is the root, "/" */
};

/* The search under way: placeholders' values of the path so far. */
struct walk {
	const struct route_map *w_map;
	enum method w_method;
	const char *w_end;
	struct params_pair *w_pairs;
	size_t w_npairs;
	bool w_path; /* met a path without the method */
};

/* The segment that begins at s. */
static size_t
segment(const char *s, const char *end)
{
	const char *slash;

	slash = memchr(s, '/', (size_t)(end - s));
	return ((size_t)((slash == NULL ? end : slash) - s));
}

/* The child for a segment of a path, made if there is none. */
static uint16_t
node_child(struct route_map *rm, uint16_t parent, const char *seg, size_t len)
{
	struct route_node *n;
	uint16_t *link;
	bool holder = seg[0] == '{';

	link = &rm->rm_nodes[parent].rn_child;
	for (; *link != NODE_NONE; link = &n->rn_next) {
		n = &rm->rm_nodes[*link];
		if (holder && n->rn_seg == NULL)
			return (*link);
		if (!holder && n->rn_seg == NULL)
			break;
		if (!holder && n->rn_len == len &&
		    memcmp(n->rn_seg, seg, len) == 0)
			return (*link);
	}
	n = &rm->rm_nodes[rm->rm_n];
	n->rn_seg = holder ? NULL : seg;
	n->rn_len = len;
	n->rn_next = *link;
	*link = (uint16_t)rm->rm_n++;
	return (*link);
}

static int
map_add(struct route_map *rm, const struct endpoint *ep)
{
	const char *s = ep->ep_path + 1;
	const char *end = ep->ep_path + strlen(ep->ep_path);
	struct route_node *n;
	uint16_t at = 0;
	size_t len, holders = 0;

	for (; s < end; s += len + 1) {
		len = segment(s, end);
		if (s[0] == '{' && ++holders > ROUTE_PARAMS)
			return (-1);
		at = node_child(rm, at, s, len);
	}
	n = &rm->rm_nodes[at];
	if (n->rn_ep[ep->ep_method] != NULL)
		return (-1);
	n->rn_path = true;
	n->rn_ep[ep->ep_method] = ep;
	return (0);
}

struct route_map *
route_new(const struct endpoint *table, size_t n)
{
	struct route_map *rm;
	const char *c;
	size_t i, most = 1;

	/* A slash is a segment at most, and a segment a node at most. */
	for (i = 0; i < n; i++)
		for (c = table[i].ep_path; *c != '\0'; c++)
			most += *c == '/';
	rm = calloc(1, sizeof(*rm));
	if (rm == NULL || most > UINT16_MAX) {
		free(rm);
		return (NULL);
	}
	rm->rm_n = 1;
	rm->rm_nodes = calloc(most, sizeof(*rm->rm_nodes));
	if (rm->rm_nodes == NULL)
		route_free(&rm);
	for (i = 0; i < n && rm != NULL; i++)
		if (map_add(rm, &table[i]) == -1)
			route_free(&rm);
	return (rm);
}

void
route_free(struct route_map **rm)
{
	if (*rm == NULL)
		return;
	free((*rm)->rm_nodes);
	free(*rm);
	*rm = NULL;
}

enum method
route_method(const char *token, size_t len)
{
	static const char *const names[] = {
		[METHOD_GET] = "GET",
		[METHOD_POST] = "POST",
		[METHOD_PUT] = "PUT",
		[METHOD_DELETE] = "DELETE",
		[METHOD_HEAD] = "HEAD",
		[METHOD_OPTIONS] = "OPTIONS",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len &&
		    memcmp(names[i], token, len) == 0)
			return ((enum method)i);
	return (METHOD_OTHER);
}

/*
 * The endpoint at or below a node for the rest of the path, which begins after a
 * slash; NULL at the end of the path stands for nothing more. As deep as the
 * deepest path of the table.
 */
static const struct endpoint *
walk_down(struct walk *w, const struct route_node *n, const char *s)
{
	const struct endpoint *ep;
	const char *rest;
	size_t len;
	uint16_t i;

	if (s == NULL) {
		w->w_path = w->w_path || n->rn_path;
		return (n->rn_ep[w->w_method]);
	}
	len = segment(s, w->w_end);
	if (len == 0)
		return (NULL);
	rest = s + len == w->w_end ? NULL : s + len + 1;
	for (i = n->rn_child; i != NODE_NONE; i = n->rn_next) {
		n = &w->w_map->rm_nodes[i];
		if (n->rn_seg != NULL &&
		    (n->rn_len != len || memcmp(n->rn_seg, s, len) != 0))
			continue;
		if (n->rn_seg == NULL) {
			w->w_pairs[w->w_npairs].pp_value = s;
			w->w_pairs[w->w_npairs++].pp_valuelen = len;
		}
		ep = walk_down(w, n, rest);
		if (ep != NULL)
			return (ep);
		if (n->rn_seg == NULL)
			w->w_npairs--;
	}
	return (NULL);
}

/* Give the values the names that the endpoint's own path has for them. */
static void
name_pairs(const struct endpoint *ep, struct params_pair *pairs)
{
	const char *s, *close;

	for (s = ep->ep_path; (s = strchr(s, '{')) != NULL; s = close) {
		close = strchr(s, '}');
		pairs->pp_name = s + 1;
		pairs->pp_namelen = (size_t)(close - s - 1);
		pairs++;
	}
}

size_t
route_trim(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] == '/')
		len--;
	return (len);
}

enum route_match
route_find(const struct route_map *rm, enum method method, const char *path,
    size_t len, const struct endpoint **ep_r, struct params_pair *pairs,
    size_t *n_r)
{
	struct walk w = { .w_map = rm,
		.w_method = method,
		.w_end = path + len,
		.w_pairs = pairs };
	size_t trimmed;

	*ep_r = NULL;
	*n_r = 0;
	if (method == METHOD_HEAD)
		w.w_method = METHOD_GET;
	if (len == 0 || path[0] != '/')
		return (ROUTE_NONE);
	*ep_r = walk_down(&w, rm->rm_nodes, len == 1 ? NULL : path + 1);
	if (*ep_r != NULL) {
		name_pairs(*ep_r, pairs);
		*n_r = w.w_npairs;
		return (ROUTE_OK);
	}
	if (w.w_path)
		return (ROUTE_METHOD);
	trimmed = route_trim(path, len);
	if (trimmed == len || trimmed == 0)
		return (ROUTE_NONE);
	/* Any method will do: it is the new request that is told 405. */
	w.w_end = path + trimmed;
	w.w_npairs = 0;
	if (walk_down(&w, rm->rm_nodes, path + 1) != NULL || w.w_path)
		return (ROUTE_SLASH);
	return (ROUTE_NONE);
}
