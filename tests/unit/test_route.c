/* SPDX-License-Identifier: ISC */
/* From method and path to a row. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "apid/route.h"
#include "common/table.h"
#include "tests/unit/unit.h"

#define ROW(m, p)                                     \
	{                                             \
		.ep_method = METHOD_##m, .ep_path = p \
	}

/* Paths of every shape that the whole table will have. */
static const struct endpoint table[] = {
	ROW(GET, "/"),
	ROW(GET, "/agents"),
	ROW(POST, "/agents"),
	ROW(DELETE, "/agents"),
	ROW(GET, "/agents/{agent_id}/config/{component}/{configuration}"),
	ROW(DELETE, "/agents/{agent_id}/group"),
	ROW(GET, "/agents/{agent_id}/group/is_sync"),
	ROW(DELETE, "/agents/{agent_id}/group/{group_id}"),
	ROW(PUT, "/agents/{agent_id}/group/{group_id}"),
	ROW(GET, "/agents/{agent_id}/key"),
	ROW(PUT, "/agents/{agent_id}/restart"),
	ROW(DELETE, "/agents/group"),
	ROW(PUT, "/agents/group/{group_id}/restart"),
	ROW(PUT, "/agents/node/{node_id}/restart"),
	ROW(POST, "/agents/insert/quick"),
	ROW(PUT, "/agents/restart"),
	ROW(GET, "/cluster/local/info"),
	ROW(GET, "/cluster/{node_id}/info"),
	ROW(GET, "/cluster/{node_id}/status"),
	ROW(PUT, "/cluster/{node_id}/configuration"),
	ROW(GET, "/cluster/configuration/validation"),
	ROW(GET, "/groups/{group_id}/files/{file_name}"),
	ROW(DELETE, "/security/users"),
	ROW(GET, "/security/users/me"),
	ROW(PUT, "/security/users/{user_id}"),
};

#define NTABLE (sizeof(table) / sizeof(table[0]))

static struct route_map *map;
static const struct endpoint *row;
static struct params_pair pairs[ROUTE_PARAMS];
static size_t npairs;

/* The path stands in a block of its own size. */
static enum route_match
find(enum method m, const char *path)
{
	static char *block;
	size_t len = strlen(path);

	free(block);
	block = NULL;
	if (map == NULL)
		return (ROUTE_NONE);
	block = malloc(len + 1);
	if (block == NULL)
		abort();
	memcpy(block, path, len);
	return (route_find(map, m, block, len, &row, pairs, &npairs));
}

/* The path of the row that is found, or what else comes of it. */
static const char *
found(enum method m, const char *path)
{
	static const char *const others[] = { [ROUTE_NONE] = "404",
		[ROUTE_METHOD] = "405",
		[ROUTE_SLASH] = "307" };
	enum route_match rm;

	rm = find(m, path);
	if (rm != ROUTE_OK) {
		CU_ASSERT_PTR_NULL(row);
		return (others[rm]);
	}
	CU_ASSERT(row->ep_method == m || m == METHOD_HEAD);
	return (row->ep_path);
}

static bool
pair_is(size_t i, const char *name, const char *value)
{
	return (i < npairs && pairs[i].pp_namelen == strlen(name) &&
	    memcmp(pairs[i].pp_name, name, strlen(name)) == 0 &&
	    pairs[i].pp_valuelen == strlen(value) &&
	    memcmp(pairs[i].pp_value, value, strlen(value)) == 0);
}

static void
test_plain(void)
{
	CU_ASSERT_STRING_EQUAL(found(METHOD_GET, "/"), "/");
	CU_ASSERT_STRING_EQUAL(found(METHOD_HEAD, "/"), "/");
	CU_ASSERT_STRING_EQUAL(found(METHOD_GET, "/agents"), "/agents");
	CU_ASSERT_EQUAL(npairs, 0);
	CU_ASSERT_STRING_EQUAL(found(METHOD_POST, "/agents"), "/agents");
	CU_ASSERT_STRING_EQUAL(found(METHOD_DELETE, "/agents"), "/agents");
	CU_ASSERT_STRING_EQUAL(found(METHOD_HEAD, "/agents"), "/agents");
	CU_ASSERT_EQUAL(row->ep_method, METHOD_GET);
}

static void
test_values(void)
{
	CU_ASSERT_STRING_EQUAL(
	    found(METHOD_GET, "/agents/001/key"), "/agents/{agent_id}/key");
	CU_ASSERT_EQUAL(npairs, 1);
	CU_ASSERT(pair_is(0, "agent_id", "001"));
	CU_ASSERT_STRING_EQUAL(found(METHOD_GET, "/agents/001/config/com/a b"),
	    "/agents/{agent_id}/config/{component}/{configuration}");
	CU_ASSERT_EQUAL(npairs, 3);
	CU_ASSERT(pair_is(0, "agent_id", "001"));
	CU_ASSERT(pair_is(1, "component", "com"));
	CU_ASSERT(pair_is(2, "configuration", "a b"));
	CU_ASSERT_STRING_EQUAL(found(METHOD_PUT, "/agents/../restart"),
	    "/agents/{agent_id}/restart");
	CU_ASSERT(pair_is(0, "agent_id", ".."));
}

/* Literals first, but never at the price of a match. */
static void
test_order(void)
{
	CU_ASSERT_STRING_EQUAL(
	    found(METHOD_GET, "/cluster/local/info"), "/cluster/local/info");
	CU_ASSERT_EQUAL(npairs, 0);
	CU_ASSERT_STRING_EQUAL(found(METHOD_GET, "/cluster/local/status"),
	    "/cluster/{node_id}/status");
	CU_ASSERT_EQUAL(npairs, 1);
	CU_ASSERT(pair_is(0, "node_id", "local"));
	CU_ASSERT_STRING_EQUAL(found(METHOD_GET, "/cluster/node01/info"),
	    "/cluster/{node_id}/info");
	CU_ASSERT_STRING_EQUAL(found(METHOD_PUT, "/agents/group/restart"),
	    "/agents/{agent_id}/restart");
	CU_ASSERT(pair_is(0, "agent_id", "group"));
	CU_ASSERT_STRING_EQUAL(found(METHOD_PUT, "/agents/group/g1/restart"),
	    "/agents/group/{group_id}/restart");
	CU_ASSERT_EQUAL(npairs, 1);
	CU_ASSERT(pair_is(0, "group_id", "g1"));
	CU_ASSERT_STRING_EQUAL(found(METHOD_DELETE, "/agents/group/group"),
	    "/agents/{agent_id}/group");
	/* The literal has the path, only the placeholder has the method. */
	CU_ASSERT_STRING_EQUAL(found(METHOD_PUT, "/security/users/me"),
	    "/security/users/{user_id}");
	CU_ASSERT(pair_is(0, "user_id", "me"));
	CU_ASSERT_STRING_EQUAL(found(METHOD_PUT, "/agents/1/group/is_sync"),
	    "/agents/{agent_id}/group/{group_id}");
	CU_ASSERT_EQUAL(npairs, 2);
	CU_ASSERT(pair_is(1, "group_id", "is_sync"));
}

static void
test_missing(void)
{
	static const char *const none[] = { "", "agents", "*", "//", "///",
		"//agents", "/AGENTS", "/agents/..", "/agents/.", "/agentsx",
		"/agent", "/nonexistent", "/agents//key", "/agents/001",
		"/agents/001/key/extra", "/agents/001//key", "/nonexistent/",
		"/agents/001/", "/cluster/local", "/agents ", "/ agents",
		"/agents\n", "/{agent_id}", "//agents/", "/.",
		"/agents/1/KEY" };
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		CU_ASSERT_STRING_EQUAL(found(METHOD_GET, none[i]), "404");
		CU_ASSERT_STRING_EQUAL(found(METHOD_OPTIONS, none[i]), "404");
	}
}

static void
test_method(void)
{
	CU_ASSERT_STRING_EQUAL(found(METHOD_POST, "/"), "405");
	CU_ASSERT_STRING_EQUAL(found(METHOD_OTHER, "/agents"), "405");
	CU_ASSERT_STRING_EQUAL(found(METHOD_OPTIONS, "/agents"), "405");
	CU_ASSERT_STRING_EQUAL(found(METHOD_PUT, "/agents"), "405");
	CU_ASSERT_STRING_EQUAL(found(METHOD_HEAD, "/agents/restart"), "405");
	CU_ASSERT_STRING_EQUAL(
	    found(METHOD_GET, "/agents/insert/quick"), "405");
	CU_ASSERT_EQUAL(npairs, 0);
	CU_ASSERT_STRING_EQUAL(found(METHOD_POST, "/agents/1/key"), "405");
	CU_ASSERT_STRING_EQUAL(found(METHOD_OPTIONS, "/nonexistent"), "404");
}

static void
test_slash(void)
{
	CU_ASSERT_STRING_EQUAL(found(METHOD_GET, "/agents/"), "307");
	CU_ASSERT_STRING_EQUAL(found(METHOD_GET, "/agents//"), "307");
	CU_ASSERT_STRING_EQUAL(found(METHOD_GET, "/agents/001/key/"), "307");
	CU_ASSERT_EQUAL(npairs, 0);
	CU_ASSERT_STRING_EQUAL(
	    found(METHOD_GET, "/agents/001/config/com/logging/"), "307");
	/* Whatever the method: the new request is told. */
	CU_ASSERT_STRING_EQUAL(found(METHOD_PUT, "/agents/"), "307");
	CU_ASSERT_STRING_EQUAL(found(METHOD_OPTIONS, "/agents/"), "307");
	CU_ASSERT_STRING_EQUAL(found(METHOD_GET, "/"), "/");
	CU_ASSERT_EQUAL(route_trim("/agents//", 9), 7);
	CU_ASSERT_EQUAL(route_trim("/agents", 7), 7);
	CU_ASSERT_EQUAL(route_trim("//", 2), 0);
	CU_ASSERT_EQUAL(route_trim("", 0), 0);
}

static void
test_methods(void)
{
	CU_ASSERT_EQUAL(route_method("GET", 3), METHOD_GET);
	CU_ASSERT_EQUAL(route_method("POST", 4), METHOD_POST);
	CU_ASSERT_EQUAL(route_method("PUT", 3), METHOD_PUT);
	CU_ASSERT_EQUAL(route_method("DELETE", 6), METHOD_DELETE);
	CU_ASSERT_EQUAL(route_method("HEAD", 4), METHOD_HEAD);
	CU_ASSERT_EQUAL(route_method("OPTIONS", 7), METHOD_OPTIONS);
	CU_ASSERT_EQUAL(route_method("PATCH", 5), METHOD_OTHER);
	CU_ASSERT_EQUAL(route_method("get", 3), METHOD_OTHER);
	CU_ASSERT_EQUAL(route_method("GETX", 4), METHOD_OTHER);
	CU_ASSERT_EQUAL(route_method("GET", 2), METHOD_OTHER);
}

static void
test_tables(void)
{
	static const struct endpoint twice[] = { ROW(GET, "/a/{x}"),
		ROW(GET, "/a/{y}") };
	static const struct endpoint many[] = {
		ROW(GET, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}"),
		ROW(GET, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}")
	};
	struct route_map *rm;

	CU_ASSERT_PTR_NULL(route_new(twice, 2));
	CU_ASSERT_PTR_NULL(route_new(many, 2));
	rm = route_new(many, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rm);
	CU_ASSERT_EQUAL(route_find(rm, METHOD_GET, "/1/2/3/4/5/6/7/8", 16, &row,
	                    pairs, &npairs),
	    ROUTE_OK);
	CU_ASSERT_EQUAL(npairs, ROUTE_PARAMS);
	CU_ASSERT(pair_is(7, "h", "8"));
	route_free(&rm);
	CU_ASSERT_PTR_NULL(rm);
	route_free(&rm);
	rm = route_new(NULL, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rm);
	CU_ASSERT_EQUAL(
	    route_find(rm, METHOD_GET, "/", 1, &row, pairs, &npairs),
	    ROUTE_NONE);
	route_free(&rm);
}

/* The real table: each endpoint is found by its own method and path. */
static void
test_real(void)
{
	struct route_map *rm;
	size_t i;

	rm = route_new(endpoints, nendpoints);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rm);
	for (i = 0; i < nendpoints; i++) {
		CU_ASSERT_EQUAL(
		    route_find(rm, endpoints[i].ep_method, endpoints[i].ep_path,
		        strlen(endpoints[i].ep_path), &row, pairs, &npairs),
		    ROUTE_OK);
		CU_ASSERT_PTR_EQUAL(row, &endpoints[i]);
	}
	CU_ASSERT_EQUAL(
	    route_find(rm, METHOD_HEAD, "/security/user/authenticate", 27, &row,
	        pairs, &npairs),
	    ROUTE_OK);
	CU_ASSERT_EQUAL(row->ep_row, ROW_AUTHENTICATE_GET);
	CU_ASSERT_EQUAL(
	    route_find(rm, METHOD_PUT, "/security/user/authenticate", 27, &row,
	        pairs, &npairs),
	    ROUTE_METHOD);
	route_free(&rm);
}

static const struct unit_case cases[] = {
	{ "plain", test_plain },
	{ "values", test_values },
	{ "order", test_order },
	{ "missing", test_missing },
	{ "method", test_method },
	{ "slash", test_slash },
	{ "methods", test_methods },
	{ "tables", test_tables },
	{ "real", test_real },
	{ NULL, NULL },
};

int
main(void)
{
	int rv;

	map = route_new(table, NTABLE);
	if (map == NULL)
		return (2);
	rv = unit_run("route", cases);
	route_free(&map);
	find(METHOD_GET, ""); /* gives the last path back */
	return (rv);
}
