/* SPDX-License-Identifier: ISC */
/* Tests of apid/logd_name.c: dates with clocks that jump, names of archives. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apid/logd_name.h"
#include "tests/unit/unit.h"

/* 2026-11-21 00:00:00 UTC */
#define NOV21 1795219200
#define DAY21 (NOV21 / 86400)
#define LONG  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
zone(const char *tz)
{
	CU_ASSERT_EQUAL_FATAL(setenv("TZ", tz, 1), 0);
	tzset();
}

/* Is the date of now over at next, local time, and not a second before? */
static int
turns(time_t now, const char *next)
{
	char text[64];
	struct tm tm;
	time_t t = logd_midnight(now);
	int good;

	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%F %T", &tm);
	good = strcmp(text, next) == 0 && t > now &&
	    logd_day(t - 1) == logd_day(now) && logd_day(t) != logd_day(now);
	if (!good)
		printf("\n  got  %s\n  want %s\n", text, next);
	return (good);
}

static time_t
at(int year, int mon, int day, int hour, int min)
{
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	tm.tm_year = year - 1900;
	tm.tm_mon = mon - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = min;
	return (timegm(&tm));
}

static void
test_day(void)
{
	zone("UTC0");
	CU_ASSERT_EQUAL(logd_day(NOV21), DAY21);
	CU_ASSERT_EQUAL(logd_day(NOV21 - 1), DAY21 - 1);
	CU_ASSERT_EQUAL(logd_day(NOV21 + 86399), DAY21);
	zone("JST-9");
	CU_ASSERT_EQUAL(logd_day(NOV21 - 9 * 3600), DAY21);
	CU_ASSERT_EQUAL(logd_day(NOV21 - 9 * 3600 - 1), DAY21 - 1);
	zone("PST8");
	CU_ASSERT_EQUAL(logd_day(NOV21 + 8 * 3600 - 1), DAY21 - 1);
	/* The year after 9999 has no name. */
	zone("UTC0");
	CU_ASSERT_EQUAL(logd_day(253402300799), 2932896);
	CU_ASSERT_EQUAL(logd_day(253402300800), 0);
}

static void
test_midnight(void)
{
	zone("UTC0");
	CU_ASSERT_EQUAL(logd_midnight(NOV21), NOV21 + 86400);
	CU_ASSERT_EQUAL(logd_midnight(NOV21 - 1), NOV21);
	CU_ASSERT_EQUAL(logd_midnight(NOV21 + 12345), NOV21 + 86400);
	CU_ASSERT(turns(at(2028, 2, 28, 1, 0), "2028-02-29 00:00:00"));
	CU_ASSERT(turns(at(2026, 12, 31, 23, 59), "2027-01-01 00:00:00"));
	/* A day of 23 hours, and one of 25. */
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	CU_ASSERT(turns(at(2026, 3, 28, 23, 0), "2026-03-30 00:00:00"));
	CU_ASSERT_EQUAL(logd_midnight(at(2026, 3, 28, 23, 0)),
	    at(2026, 3, 28, 23, 0) + 23 * 3600);
	CU_ASSERT_EQUAL(logd_midnight(at(2026, 10, 24, 22, 0)),
	    at(2026, 10, 24, 22, 0) + 25 * 3600);
	CU_ASSERT(turns(at(2026, 10, 24, 22, 0), "2026-10-26 00:00:00"));
}

/* Clocks that change at midnight itself. */
static void
test_midnight_gap(void)
{
	/* 00:00 to 01:00 is not there on 2026-09-06; 24:00 comes twice in April. */
	zone("<-04>4<-03>,M9.1.6/24,M4.1.6/24");
	CU_ASSERT(turns(at(2026, 9, 5, 12, 0), "2026-09-06 01:00:00"));
	CU_ASSERT(turns(at(2026, 9, 6, 12, 0), "2026-09-07 00:00:00"));
	CU_ASSERT(turns(at(2026, 4, 4, 12, 0), "2026-04-05 00:00:00"));
	CU_ASSERT_EQUAL(logd_midnight(at(2026, 4, 4, 3, 0)),
	    at(2026, 4, 4, 3, 0) + 25 * 3600);
	/* Back a minute after midnight: that date ends twice. */
	zone("NST3:30NDT,M4.1.0/0:01,M11.1.0/0:01");
	CU_ASSERT(turns(at(2026, 10, 31, 12, 0), "2026-11-01 00:00:00"));
	zone("UTC0");
}

static void
test_over(void)
{
	CU_ASSERT_FALSE(logd_day_over(DAY21, DAY21));
	CU_ASSERT_TRUE(logd_day_over(DAY21, DAY21 + 1));
	CU_ASSERT_TRUE(logd_day_over(DAY21, DAY21 + 300));
	/* Set back over midnight, and set right after it was far ahead. */
	CU_ASSERT_FALSE(logd_day_over(DAY21, DAY21 - 1));
	CU_ASSERT_TRUE(logd_day_over(DAY21, DAY21 - 2));
	CU_ASSERT_TRUE(logd_day_over(DAY21 + 3650, DAY21));
}

static void
test_size(void)
{
	CU_ASSERT_EQUAL(logd_size("1M"), 1048576);
	CU_ASSERT_EQUAL(logd_size("1024K"), 1048576);
	CU_ASSERT_EQUAL(logd_size("999999999M"), 999999999UL * 1048576);
	CU_ASSERT_EQUAL(logd_size("0M"), 0);
	CU_ASSERT_EQUAL(logd_size(""), 0);
	CU_ASSERT_EQUAL(logd_size("M"), 0);
	CU_ASSERT_EQUAL(logd_size("-1M"), 0);
	CU_ASSERT_EQUAL(logd_size(" 1M"), 0);
	CU_ASSERT_EQUAL(logd_size("1"), 0);
	CU_ASSERT_EQUAL(logd_size("1MB"), 0);
	CU_ASSERT_EQUAL(logd_size("1m"), 0);
	CU_ASSERT_EQUAL(logd_size("99999999999999999999M"), 0);
}

/* The parts, and every name that comes of them. */
static const struct {
	const char *name; /* of the part */
	const char *file;
	int day;
	unsigned int n;
	bool done;
	const char *first, *third; /* archives 0 (own: 1) and 3 */
	const char *temp;
} names[] = {
	{ "api.log.2026-11-21", "api.log", DAY21, 0, false,
	    "api/2026/Nov/api.log-21.gz", "api/2026/Nov/api.log-21_3.gz",
	    "api/2026/Nov/.api.log.2026-11-21.gz" },
	{ "api.json.2026-11-21.done", "api.json", DAY21, 0, true,
	    "api/2026/Nov/api.json-21.gz", "api/2026/Nov/api.json-21_3.gz",
	    "api/2026/Nov/.api.json.2026-11-21.gz" },
	{ "api.log.2026-12-01_12.rotating", "api.log", DAY21 + 10, 12, false,
	    "api/2026/Dec/api.log-01.gz", "api/2026/Dec/api.log-01_3.gz",
	    "api/2026/Dec/.api.log.2026-12-01_12.rotating.gz" },
	{ "api.log.2027-01-01_999999999.rotating.done", "api.log", DAY21 + 41,
	    999999999, true, "api/2027/Jan/api.log-01.gz",
	    "api/2027/Jan/api.log-01_3.gz",
	    "api/2027/Jan/.api.log.2027-01-01_999999999.rotating.gz" },
	/* Of clocks that nobody had set: these are no reason to lose a line. */
	{ "api.log.1970-01-01_1.rotating", "api.log", 0, 1, false,
	    "api/1970/Jan/api.log-01.gz", "api/1970/Jan/api.log-01_3.gz",
	    "api/1970/Jan/.api.log.1970-01-01_1.rotating.gz" },
	{ "api.log.1969-12-31", "api.log", -1, 0, false,
	    "api/1969/Dec/api.log-31.gz", "api/1969/Dec/api.log-31_3.gz",
	    "api/1969/Dec/.api.log.1969-12-31.gz" },
	{ "gatehouse/http.log.2026-11-21_2.rotating", "gatehouse/http.log",
	    DAY21, 2, false, "gatehouse/http.log-1.gz",
	    "gatehouse/http.log-3.gz",
	    "gatehouse/.http.log.2026-11-21_2.rotating.gz" },
};

static void
test_names(void)
{
	char name[LOGD_PATH];
	struct logd_part lp;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(logd_part_parse(names[i].name, &lp), 0);
		CU_ASSERT_STRING_EQUAL(lp.lp_file, names[i].file);
		CU_ASSERT_EQUAL(lp.lp_day, names[i].day);
		CU_ASSERT_EQUAL(lp.lp_n, names[i].n);
		CU_ASSERT_EQUAL(lp.lp_done, names[i].done);
		logd_part_name(&lp, name);
		CU_ASSERT_STRING_EQUAL(name, names[i].name);
		logd_archive(&lp, logd_part_own(&lp) ? 1 : 0, name);
		CU_ASSERT_STRING_EQUAL(name, names[i].first);
		logd_archive(&lp, 3, name);
		CU_ASSERT_STRING_EQUAL(name, names[i].third);
		logd_archive_temp(&lp, name);
		CU_ASSERT_STRING_EQUAL(name, names[i].temp);
	}
}

static void
test_not_parts(void)
{
	static const char *const bad[] = { "", "api.log", "api.json", "api",
		"api.log.1", "api.log.2026-11-21.gz", "api.log-2026-11-21",
		"2026-11-21", ".2026-11-21", "api.log.2026-02-29",
		"api.log.2026-13-01", "api.log.2026-00-01",
		"api.log.2026-11-00", "api.log.11969-12-31",
		"api.log.2026-11-2", "api.log.02026-11-21_",
		"api.log.2026-11-21_1", "api.log.2026-11-21.rotating",
		"api.log.2026-11-21_.rotating", "api.log.2026-11-21_0.rotating",
		"api.log.2026-11-21_01.rotating",
		"api.log.2026-11-21_1234567890.rotating", "_1.rotating",
		"api.log.2026-11-21_-1.rotating", ".rotating", ".done",
		"api.log.2026-11-21.done.done",
		"api.log.2026-11-21.done.rotating", LONG ".2026-11-21" };
	char longest[300];
	struct logd_part lp;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (logd_part_parse(bad[i], &lp) != -1)
			CU_FAIL(bad[i]);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	CU_ASSERT_EQUAL(logd_part_parse(longest, &lp), -1);
	/* One byte less than too long. */
	CU_ASSERT_EQUAL(logd_part_parse(bad[28] + 1, &lp), 0);
}

static void
test_order(void)
{
	static const char *const sorted[] = { "api.log.2025-12-31_3.rotating",
		"api.json.2026-11-20.done", "api.json.2026-11-20",
		"api.log.2026-11-20", "api.json.2026-11-20_1.rotating",
		"api.log.2026-11-20_1.rotating",
		"api.log.2026-11-20_2.rotating",
		"api.log.2026-11-20_10.rotating",
		"gatehouse/a.log.2026-11-21_1.rotating" };
	struct logd_part a, b;
	size_t i, k, n = sizeof(sorted) / sizeof(sorted[0]);

	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++) {
			CU_ASSERT_EQUAL(logd_part_parse(sorted[i], &a), 0);
			CU_ASSERT_EQUAL(logd_part_parse(sorted[k], &b), 0);
			CU_ASSERT_EQUAL(logd_part_cmp(&a, &b) < 0, i < k);
			CU_ASSERT_EQUAL(logd_part_cmp(&a, &b) == 0, i == k);
		}
}

static const struct unit_case cases[] = {
	{ "day", test_day },
	{ "midnight", test_midnight },
	{ "clocks that change at midnight", test_midnight_gap },
	{ "day over", test_over },
	{ "size", test_size },
	{ "names", test_names },
	{ "not parts", test_not_parts },
	{ "order", test_order },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("logd_name", cases));
}
