/* SPDX-License-Identifier: ISC */
/* Days, parts and archives of log files: see logd_name.h. */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/logd_name.h"

#define LOGD_LONGEST (50 * 3600) /* seconds that a date may last, and more */
#define LOGD_DAYSECS 86400
#define LOGD_DATE    10 /* bytes of "2026-11-21" */

static const char logd_rotating[] = ".rotating";
static const char logd_done[] = ".done";

int
logd_day(time_t t)
{
	struct tm tm, date;

	if (localtime_r(&t, &tm) == NULL)
		return (0);
	if (tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
		return (0);
	memset(&date, 0, sizeof(date));
	date.tm_year = tm.tm_year;
	date.tm_mon = tm.tm_mon;
	date.tm_mday = tm.tm_mday;
	return ((int)(timegm(&date) / LOGD_DAYSECS));
}

/*
 * By bisection, as mktime() would have to guess what 00:00 means on a day that
 * has none, or has it twice.
 */
time_t
logd_midnight(time_t now)
{
	time_t same = now, other = now + LOGD_LONGEST, mid;
	int today = logd_day(now);

	while (other - same > 1) {
		mid = same + (other - same) / 2;
		if (logd_day(mid) == today)
			same = mid;
		else
			other = mid;
	}
	return (other);
}

bool
logd_day_over(int day, int today)
{
	return (today > day || today < day - 1);
}

unsigned long
logd_size(const char *text)
{
	unsigned long v;
	char *end;

	if (*text < '0' || *text > '9')
		return (0);
	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno != 0 || v > 1UL << 40)
		return (0);
	if (strcmp(end, "K") == 0)
		return (v * 1024);
	if (strcmp(end, "M") == 0)
		return (v * 1024 * 1024);
	return (0);
}

static void
logd_date(int day, struct tm *tm)
{
	time_t t = (time_t)day * LOGD_DAYSECS;

	if (gmtime_r(&t, tm) == NULL)
		memset(tm, 0, sizeof(*tm));
}

/* --- parts ------------------------------------------------------------- */

void
logd_part_name(const struct logd_part *lp, char name[LOGD_PATH])
{
	const char *done = lp->lp_done ? logd_done : "";
	struct tm tm;

	logd_date(lp->lp_day, &tm);
	if (lp->lp_n == 0)
		snprintf(name, LOGD_PATH, "%s.%04d-%02d-%02d%s", lp->lp_file,
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, done);
	else
		snprintf(name, LOGD_PATH, "%s.%04d-%02d-%02d_%u%s%s",
		    lp->lp_file, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		    lp->lp_n, logd_rotating, done);
}

/* Take end off text[0..*len_r), if that is how it ends. */
static bool
logd_cut(const char *text, size_t *len_r, const char *end)
{
	size_t n = strlen(end);

	if (*len_r < n || memcmp(text + *len_r - n, end, n) != 0)
		return (false);
	*len_r -= n;
	return (true);
}

/* The number that text[0..*len_r) ends in, after a "_", and take both off. */
static bool
logd_cut_number(const char *text, size_t *len_r, unsigned int *n_r)
{
	size_t i = *len_r;

	while (i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9')
		i--;
	if (i == *len_r || *len_r - i > 9 || i == 0 || text[i - 1] != '_' ||
	    text[i] == '0')
		return (false);
	*n_r = (unsigned int)strtoul(text + i, NULL, 10);
	*len_r = i - 1;
	return (true);
}

/* A date that exists: also those of a clock that nobody has set. */
static bool
logd_parse_date(const char *s, int *day_r)
{
	static const char form[] = "dddd-dd-dd";
	struct tm tm, back;
	size_t i;

	for (i = 0; i < LOGD_DATE; i++)
		if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
			return (false);
	memset(&tm, 0, sizeof(tm));
	tm.tm_year = (int)strtol(s, NULL, 10) - 1900;
	tm.tm_mon = (int)strtol(s + 5, NULL, 10) - 1;
	tm.tm_mday = (int)strtol(s + 8, NULL, 10);
	back = tm;
	*day_r = (int)(timegm(&back) / LOGD_DAYSECS);
	return (back.tm_year == tm.tm_year && back.tm_mon == tm.tm_mon &&
	    back.tm_mday == tm.tm_mday);
}

int
logd_part_parse(const char *path, struct logd_part *lp)
{
	size_t len = strlen(path);
	bool many;

	memset(lp, 0, sizeof(*lp));
	if (len >= LOGD_PATH)
		return (-1);
	lp->lp_done = logd_cut(path, &len, logd_done);
	many = logd_cut(path, &len, logd_rotating);
	if (many && !logd_cut_number(path, &len, &lp->lp_n))
		return (-1);
	if (len < LOGD_DATE + 2 || path[len - LOGD_DATE - 1] != '.' ||
	    !logd_parse_date(path + len - LOGD_DATE, &lp->lp_day))
		return (-1);
	len -= LOGD_DATE + 1;
	if (len >= sizeof(lp->lp_file))
		return (-1);
	memcpy(lp->lp_file, path, len);
	return (0);
}

int
logd_part_cmp(const struct logd_part *a, const struct logd_part *b)
{
	if (a->lp_day != b->lp_day)
		return (a->lp_day < b->lp_day ? -1 : 1);
	if (a->lp_n != b->lp_n)
		return (a->lp_n < b->lp_n ? -1 : 1);
	if (strcmp(a->lp_file, b->lp_file) != 0)
		return (strcmp(a->lp_file, b->lp_file));
	return ((int)b->lp_done - (int)a->lp_done);
}

/* --- archives ---------------------------------------------------------- */

bool
logd_part_own(const struct logd_part *lp)
{
	return (strchr(lp->lp_file, '/') != NULL);
}

/* The directory of the archive with its slash: never longer than LOGD_NAME. */
static void
logd_archive_dir(const struct logd_part *lp, char dir[LOGD_NAME])
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const char *end;
	struct tm tm;

	if (logd_part_own(lp)) {
		end = strrchr(lp->lp_file, '/') + 1;
		snprintf(dir, LOGD_NAME, "%.*s", (int)(end - lp->lp_file),
		    lp->lp_file);
		return;
	}
	end = strrchr(lp->lp_file, '.');
	if (end == NULL)
		end = lp->lp_file + strlen(lp->lp_file);
	logd_date(lp->lp_day, &tm);
	snprintf(dir, LOGD_NAME, "%.*s/%04d/%s/",
	    end - lp->lp_file > LOGD_NAME / 2 ? LOGD_NAME / 2 :
	                                        (int)(end - lp->lp_file),
	    lp->lp_file, tm.tm_year + 1900, months[tm.tm_mon % 12]);
}

/* The file's name without its directory. */
static const char *
logd_base(const char *file)
{
	const char *slash = strrchr(file, '/');

	return (slash == NULL ? file : slash + 1);
}

void
logd_archive(const struct logd_part *lp, unsigned int n, char name[LOGD_PATH])
{
	char dir[LOGD_NAME];
	const char *base = logd_base(lp->lp_file);
	struct tm tm;

	logd_archive_dir(lp, dir);
	logd_date(lp->lp_day, &tm);
	if (logd_part_own(lp))
		snprintf(name, LOGD_PATH, "%s%s-%u.gz", dir, base, n);
	else if (n == 0)
		snprintf(
		    name, LOGD_PATH, "%s%s-%02d.gz", dir, base, tm.tm_mday);
	else
		snprintf(name, LOGD_PATH, "%s%s-%02d_%u.gz", dir, base,
		    tm.tm_mday, n);
}

void
logd_archive_temp(const struct logd_part *lp, char name[LOGD_PATH])
{
	struct logd_part plain = *lp;
	char dir[LOGD_NAME], part[LOGD_PATH];

	plain.lp_done = false;
	logd_part_name(&plain, part);
	logd_archive_dir(lp, dir);
	/* A part's name is far shorter than its buffer. */
	snprintf(name, LOGD_PATH, "%s.%.*s.gz", dir, LOGD_PATH - LOGD_NAME - 5,
	    logd_base(part));
}
