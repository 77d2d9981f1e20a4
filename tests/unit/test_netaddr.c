/* SPDX-License-Identifier: ISC */
/* Addresses, networks, and what lies in them. */
#include <sys/types.h>

#include <string.h>

#include "common/netaddr.h"
#include "tests/unit/unit.h"

static int
parse(const char *text, struct netaddr *na)
{
	return (netaddr_parse(text, strlen(text), na));
}

static void
test_good(void)
{
	static const struct {
		const char *text, *shown;
		bool v6;
		unsigned int prefix;
	} t[] = {
		{ "192.0.2.7", "192.0.2.7", false, 32 },
		{ "10.0.0.0/8", "10.0.0.0", false, 8 },
		{ "0.0.0.0/0", "0.0.0.0", false, 0 },
		{ "192.0.2.128/25", "192.0.2.128", false, 25 },
		{ "2001:DB8:0:0::1", "2001:db8::1", true, 128 },
		{ "2001:db8::/32", "2001:db8::", true, 32 },
		{ "::/0", "::", true, 0 },
		{ "::ffff:192.0.2.7", "192.0.2.7", false, 32 },
		{ "::ffff:10.0.0.0/104", "10.0.0.0", false, 8 },
		{ "::ffff:0:0/96", "0.0.0.0", false, 0 },
		/* A network that holds more than what is IPv4. */
		{ "::fffe:0:0/95", "::fffe:0:0", true, 95 },
	};
	struct netaddr na;
	char text[NETADDR_TEXT];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		CU_ASSERT_EQUAL(parse(t[i].text, &na), 0);
		CU_ASSERT_EQUAL(na.na_v6, t[i].v6);
		CU_ASSERT_EQUAL(na.na_prefix, t[i].prefix);
		netaddr_text(&na, text);
		CU_ASSERT_STRING_EQUAL(text, t[i].shown);
	}
}

static void
test_bad(void)
{
	static const char *const t[] = { "", " ", "1", "1.2.3", "1.2.3.4.5",
		"1.2.3.256", "01.2.3.4x", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/",
		"1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/+8", "10.0.0.0/08",
		"10.0.0.0/8/8", "10.0.0.1/8", "1.2.3.4/2147483649", "::1/129",
		"2001:db8::1/32", "[::1]", "::1%lo", "1:2:3:4:5:6:7:8:9",
		"localhost", "unknown", "::ffff:10.0.0.1/104",
		("11111111111111111111111111111111111111111111111111111111111"
		 "11111") };
	struct netaddr na;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		CU_ASSERT_EQUAL(parse(t[i], &na), -1);
	/* Only so many bytes are looked at, and no NUL passes. */
	CU_ASSERT_EQUAL(netaddr_parse("1.2.3.45", 7, &na), 0);
	CU_ASSERT_EQUAL(na.na_bytes[3], 4);
	CU_ASSERT_EQUAL(netaddr_parse("1.2.3.4\0", 8, &na), -1);
}

static void
test_in(void)
{
	static const struct {
		const char *net, *addr;
		bool in;
	} t[] = {
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.255", true },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "::1", true },
		{ "::/0", "192.0.2.7", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "192.0.2.0/24", "::ffff:192.0.2.9", true },
		{ "::ffff:192.0.2.0/120", "192.0.2.9", true },
	};
	struct netaddr net, addr;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		CU_ASSERT_EQUAL(parse(t[i].net, &net), 0);
		CU_ASSERT_EQUAL(parse(t[i].addr, &addr), 0);
		CU_ASSERT_EQUAL(netaddr_in(&net, &addr), t[i].in);
	}
}

static const struct unit_case cases[] = { { "good", test_good },
	{ "bad", test_bad }, { "in", test_in }, { NULL, NULL } };

int
main(void)
{
	return (unit_run("netaddr", cases));
}
