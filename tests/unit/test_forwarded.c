/* SPDX-License-Identifier: ISC */
/* Whose request it is, behind proxies that are trusted and others. */
#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "apid/forwarded.h"
#include "tests/unit/unit.h"

#define HEAD 4096

/* fields: what stands between the request line and the empty line. */
static void
client(
    const char *proxies, const char *peer, const char *fields, const char *want)
{
	struct conf_list cl = { 0 };
	struct forwarded fw;
	struct http_request r;
	char nets[256], head[HEAD], out[NETADDR_TEXT], *s, *save;
	const char *why;
	size_t seen = 0, used;

	snprintf(nets, sizeof(nets), "%s", proxies);
	for (s = strtok_r(nets, " ", &save); s != NULL;
	     s = strtok_r(NULL, " ", &save))
		cl.cl_v[cl.cl_n++] = s;
	snprintf(
	    head, sizeof(head), "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", fields);
	CU_ASSERT_EQUAL_FATAL(
	    http_parse(head, strlen(head), HEAD, &seen, &r, &used, &why),
	    HTTP_DONE);
	forwarded_conf(&fw, &cl);
	forwarded_client(&fw, peer, &r, out);
	CU_ASSERT_STRING_EQUAL(out, want);
	if (strcmp(out, want) != 0)
		printf("%s of %s, %s\n", peer, proxies, fields);
}

#define F "X-Forwarded-For: "

static void
test_trust(void)
{
	/* Nobody is trusted, or not this one. */
	client("", "10.0.0.1", F "192.0.2.7\r\n", "10.0.0.1");
	client("10.0.0.2", "10.0.0.1", F "192.0.2.7\r\n", "10.0.0.1");
	client("10.0.0.0/8", "192.0.2.1", F "10.0.0.1\r\n", "192.0.2.1");
	/* A proxy that says nothing is the client. */
	client("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1");
	client("10.0.0.0/8", "10.0.0.1", F "192.0.2.7\r\n", "192.0.2.7");
	client("10.0.0.0/8", "10.0.0.1", "x-FORWARDED-for:192.0.2.7\r\n",
	    "192.0.2.7");
	client("::1", "::1", F "2001:DB8::7\r\n", "2001:db8::7");
	client("10.0.0.0/8", "10.0.0.1", F "::ffff:192.0.2.7\r\n", "192.0.2.7");
}

static void
test_chain(void)
{
	/* What the client itself has put in front is not believed. */
	client(
	    "10.0.0.0/8", "10.0.0.1", F "1.1.1.1, 192.0.2.7\r\n", "192.0.2.7");
	client("10.0.0.0/8", "10.0.0.1",
	    F "1.1.1.1, 192.0.2.7, 10.9.9.9,10.0.0.2\r\n", "192.0.2.7");
	/* Several fields are one list. */
	client("10.0.0.0/8", "10.0.0.1",
	    F "1.1.1.1\r\nAccept: x\r\n" F "192.0.2.7\r\n" F "10.0.0.2\r\n",
	    "192.0.2.7");
	/* All are proxies: the farthest of them. */
	client(
	    "10.0.0.0/8", "10.0.0.1", F "10.0.0.3, 10.0.0.2\r\n", "10.0.0.3");
}

static void
test_forms(void)
{
	client("10.0.0.1", "10.0.0.1", F "192.0.2.7:4711\r\n", "192.0.2.7");
	client(
	    "10.0.0.1", "10.0.0.1", F "[2001:db8::7]:4711\r\n", "2001:db8::7");
	client("10.0.0.1", "10.0.0.1", F "[2001:db8::7]\r\n", "2001:db8::7");
	client("10.0.0.1", "10.0.0.1", F "\t 192.0.2.7 \t\r\n", "192.0.2.7");
}

/* What is no address ends the walk at whoever wrote it. */
static void
test_bad(void)
{
	static const char *const bad[] = { "unknown", "_hidden", "", ",",
		"1.2.3", "10.0.0.0/8", "[::1", "[]", "192.0.2.7 192.0.2.8",
		"\"1.2.3.4\"", "1.2.3.4.5", ":", "[", "::1%eth0" };
	char fields[HEAD];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(fields, sizeof(fields), F "%s\r\n", bad[i]);
		client("10.0.0.0/8", "10.0.0.1", fields, "10.0.0.1");
		snprintf(fields, sizeof(fields), F "%s, 10.0.0.2\r\n", bad[i]);
		client("10.0.0.0/8", "10.0.0.1", fields, "10.0.0.2");
		snprintf(fields, sizeof(fields), F "%s, 192.0.2.7\r\n", bad[i]);
		client("10.0.0.0/8", "10.0.0.1", fields, "192.0.2.7");
	}
	client("10.0.0.0/8", "?", F "192.0.2.7\r\n", "?");
}

/* However long the list is, only so many are looked at. */
static void
test_bound(void)
{
	char fields[HEAD] = F "192.0.2.7";
	size_t n = strlen(fields);
	int i;

	for (i = 1; i < FORWARDED_HOPS; i++)
		n += (size_t)snprintf(
		    fields + n, sizeof(fields) - n, ",10.0.0.%d", i);
	snprintf(fields + n, sizeof(fields) - n, "\r\n");
	client("10.0.0.0/8", "10.0.0.99", fields, "192.0.2.7");
	snprintf(fields + n, sizeof(fields) - n, ",10.0.0.77\r\n");
	client("10.0.0.0/8", "10.0.0.99", fields, "10.0.0.1");
}

static const struct unit_case cases[] = { { "trust", test_trust },
	{ "chain", test_chain }, { "forms", test_forms }, { "bad", test_bad },
	{ "bound", test_bound }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("forwarded", cases));
}
