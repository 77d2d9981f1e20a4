/* SPDX-License-Identifier: ISC */
/* Times and addresses as agents have them. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dapi/ipaddr.h"
#include "dapi/isotime.h"
#include "tests/unit/unit.h"

static void
when(int64_t t, const char *want)
{
	char out[ISOTIME_LEN];

	isotime_utc(t, out);
	CU_ASSERT_STRING_EQUAL(out, want);
}

static void
test_utc(void)
{
	when(0, "1970-01-01T00:00:00");
	when(1700000060, "2023-11-14T22:14:20");
	when(951782400, "2000-02-29T00:00:00");
	when(4107542399, "2100-02-28T23:59:59");
	when(4107542400, "2100-03-01T00:00:00");
	when(253402300799, "9999-12-31T23:59:59");
	when(253402300800, "9999-12-31T23:59:59");
	when(INT64_MAX, "9999-12-31T23:59:59");
	when(-1, "1969-12-31T23:59:59");
	when(-62167219200, "0000-01-01T00:00:00");
	when(INT64_MIN, "0000-01-01T00:00:00");
}

/* Every day of 1890 to 2200 as the C library has it. */
static void
test_calendar(void)
{
	char want[32], out[ISOTIME_LEN];
	int64_t t;
	time_t tt;
	struct tm tm;
	int bad = 0;

	for (t = -2524608000; t < 7258118400; t += 86400 - 1) {
		tt = (time_t)t;
		gmtime_r(&tt, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &tm);
		isotime_utc(t, out);
		bad += strcmp(out, want) != 0;
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void
address(const char *text, const char *reg, const char *keys)
{
	struct ipaddr ia;
	char out[IPADDR_LEN];

	CU_ASSERT_EQUAL_FATAL(ipaddr_parse(text, &ia), 0);
	ipaddr_register(&ia, out);
	CU_ASSERT_STRING_EQUAL(out, reg);
	ipaddr_keys(&ia, out);
	CU_ASSERT_STRING_EQUAL(out, keys);
}

static void
test_address(void)
{
	static const char *const bad[] = {
		"", "Any", "1.2.3", "999.1.1.1", "01.2.3.4", "10.0.0.1/24",
		"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/ 8",
		"10.0.0.0/0024", "1.2.3.4/32 ", "10.0.0.0/255.0.255.0",
		"2001:db8::1/64", "2001:db8::/129", "::1%lo", "/24", "any/8",
		"host.example",
		"1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24"
	};
	struct ipaddr a, b;
	size_t i;

	address("any", "any", "any");
	address("10.0.0.50", "10.0.0.50", "10.0.0.50");
	address("10.0.0.50/32", "10.0.0.50", "10.0.0.50");
	address("10.0.0.0/24", "10.0.0.0", "10.0.0.0/24");
	address("10.1.0.0/255.255.0.0", "10.1.0.0", "10.1.0.0/16");
	address("0.0.0.0/0", "0.0.0.0", "0.0.0.0/0");
	address("2001:db8::99", "2001:0DB8:0000:0000:0000:0000:0000:0099",
	    "2001:0DB8:0000:0000:0000:0000:0000:0099");
	address("fe80::/10", "FE80:0000:0000:0000:0000:0000:0000:0000",
	    "FE80:0000:0000:0000:0000:0000:0000:0000/10");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(ipaddr_parse(bad[i], &a), -1);
		if (ipaddr_parse(bad[i], &a) == 0)
			printf("taken: '%s'\n", bad[i]);
	}
	CU_ASSERT_EQUAL(ipaddr_parse("::ffff", &a), 0);
	CU_ASSERT_EQUAL(ipaddr_parse("0:0::FFFF", &b), 0);
	CU_ASSERT_TRUE(ipaddr_equal(&a, &b));
	CU_ASSERT_TRUE(ipaddr_single(&a));
	CU_ASSERT_EQUAL(ipaddr_parse("10.0.0.0/24", &a), 0);
	CU_ASSERT_EQUAL(ipaddr_parse("10.0.0.0", &b), 0);
	CU_ASSERT_FALSE(ipaddr_equal(&a, &b));
	CU_ASSERT_FALSE(ipaddr_single(&a));
}

static const struct unit_case cases[] = { { "utc", test_utc },
	{ "calendar", test_calendar }, { "address", test_address },
	{ NULL, NULL } };

int
main(void)
{
	return (unit_run("isotime", cases));
}
