/* SPDX-License-Identifier: ISC */
/*
 * Times as text. gmtime_r() is not used: the C library reads the zone's file
 * at the first call, which the sandbox forbids.
 */
#include <sys/types.h>

#include "dapi/isotime.h"

#define DAY       86400
#define EPOCH_MIN INT64_C(-62167219200) /* 0000-01-01T00:00:00 */
#define EPOCH_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59 */

/* Days of the years before year in the Gregorian calendar, from year 0. */
static int64_t
isotime_days(int64_t year)
{
	int64_t y = year - 1;

	if (year == 0)
		return (0);
	/* Year 0 itself was a leap year: hence the last 1. */
	return (365 * year + y / 4 - y / 100 + y / 400 + 1);
}

static int
isotime_leap(int64_t y)
{
	return ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0);
}

/* Two digits and what follows them. */
static void
isotime_two(char *out, unsigned int n, char after)
{
	out[0] = (char)('0' + n / 10);
	out[1] = (char)('0' + n % 10);
	out[2] = after;
}

void
isotime_utc(int64_t epoch, char out[ISOTIME_LEN])
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	int64_t day, year, rest;
	unsigned int month, n, sec;

	if (epoch < EPOCH_MIN)
		epoch = EPOCH_MIN;
	if (epoch > EPOCH_MAX)
		epoch = EPOCH_MAX;
	epoch -= EPOCH_MIN;
	day = epoch / DAY;
	sec = (unsigned int)(epoch % DAY);
	/* 400 years have 146097 days: a guess that is at most one too high. */
	year = day * 400 / 146097;
	while (isotime_days(year) > day)
		year--;
	while (isotime_days(year + 1) <= day)
		year++;
	rest = day - isotime_days(year);
	for (month = 0; month < 11; month++) {
		n = (unsigned int)(length[month] +
		    (month == 1 && isotime_leap(year)));
		if (rest < n)
			break;
		rest -= n;
	}
	isotime_two(out, (unsigned int)year / 100, '\0');
	isotime_two(out + 2, (unsigned int)year % 100, '-');
	isotime_two(out + 5, month + 1, '-');
	isotime_two(out + 8, (unsigned int)rest + 1, 'T');
	isotime_two(out + 11, sec / 3600, ':');
	isotime_two(out + 14, sec / 60 % 60, ':');
	isotime_two(out + 17, sec % 60, '\0');
}
