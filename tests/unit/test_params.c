/* SPDX-License-Identifier: ISC */
/* Arguments: formats, the check of a call, the wire, and the decoding. */
#include <sys/types.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/params_decode.h"
#include "tests/unit/params_rows.h"
#include "tests/unit/unit.h"

#define WHY 256

/* An endpoint table of its own, linked in place of the real one. */
static const char *const kinds[] = { "all", "active", "never_connected", NULL };

const struct param params[] = {
	[P_LIMIT] = { .p_name = "limit",
	    .p_in = PIN_QUERY,
	    .p_type = PT_INTEGER,
	    .p_flags = PMF_MIN | PMF_MAX | PMF_DEFAULT,
	    .p_min = 1,
	    .p_max = 100000,
	    .p_default = "500" },
	[P_RATIO] = { .p_name = "ratio",
	    .p_in = PIN_QUERY,
	    .p_type = PT_NUMBER,
	    .p_flags = PMF_MIN | PMF_MAX,
	    .p_min = -2,
	    .p_max = 1000 },
	[P_DEEP] = { .p_name = "deep",
	    .p_in = PIN_QUERY,
	    .p_type = PT_BOOLEAN },
	[P_LIST] = { .p_name = "list",
	    .p_in = PIN_QUERY,
	    .p_type = PT_STRINGS,
	    .p_format = PF_NUMBERS_OR_ALL,
	    .p_flags = PMF_MIN,
	    .p_min = 3,
	    .p_format_name = "numbers_or_all" },
	[P_KIND] = { .p_name = "kind",
	    .p_in = PIN_QUERY,
	    .p_type = PT_STRINGS,
	    .p_flags = PMF_LOWER,
	    .p_minitems = 1,
	    .p_enum = kinds },
	[P_TEXT] = { .p_name = "text",
	    .p_in = PIN_QUERY,
	    .p_type = PT_STRING,
	    .p_flags = PMF_MAX,
	    .p_max = 5 },
	[P_TYPE] = { .p_name = "type",
	    .p_in = PIN_QUERY,
	    .p_type = PT_STRING,
	    .p_format = PF_ALPHANUMERIC,
	    .p_flags = PMF_LOWER,
	    .p_format_name = "alphanumeric" },
	[P_ID] = { .p_name = "id", .p_in = PIN_QUERY, .p_type = PT_INTEGER },
	[P_NAME] = { .p_name = "name",
	    .p_in = PIN_BODY,
	    .p_type = PT_STRING,
	    .p_format = PF_NAMES,
	    .p_flags = PMF_REQUIRED | PMF_MIN | PMF_MAX,
	    .p_min = 2,
	    .p_max = 8,
	    .p_format_name = "names" },
	[P_COUNT] = { .p_name = "count",
	    .p_in = PIN_BODY,
	    .p_type = PT_INTEGER,
	    .p_flags = PMF_MIN,
	    .p_min = 0 },
	[P_PART] = { .p_name = "part", .p_in = PIN_BODY, .p_type = PT_NUMBER },
	[P_FLAG] = { .p_name = "flag", .p_in = PIN_BODY, .p_type = PT_BOOLEAN },
	[P_WORDS] = { .p_name = "words",
	    .p_in = PIN_BODY,
	    .p_type = PT_STRINGS,
	    .p_flags = PMF_MAX,
	    .p_max = 300,
	    .p_minitems = 1 },
	[P_FORCE] = { .p_name = "force", .p_in = PIN_BODY, .p_type = PT_RAW },
	[P_AGENT_ID] = { .p_name = "agent_id",
	    .p_in = PIN_PATH,
	    .p_type = PT_STRING,
	    .p_format = PF_NUMBERS,
	    .p_flags = PMF_REQUIRED | PMF_MIN,
	    .p_min = 3,
	    .p_format_name = "numbers" },
	[P_MOST] = { .p_name = "most",
	    .p_in = PIN_QUERY,
	    .p_type = PT_STRINGS,
	    .p_flags = PMF_REQUIRED },
};

const size_t nparams = P__MAX;

static const uint16_t query_params[] = { P_LIMIT, P_RATIO, P_DEEP, P_LIST,
	P_KIND, P_TEXT, P_TYPE, P_ID };
static const uint16_t path_params[] = { P_DEEP, P_AGENT_ID };
static const uint16_t body_params[] = { P_DEEP, P_NAME, P_COUNT, P_PART, P_FLAG,
	P_WORDS, P_FORCE };
static const uint16_t required_params[] = { P_DEEP, P_MOST };
static const uint16_t free_params[] = { P_COUNT };

const struct row rows[] = {
	[R_QUERY] = { .r_id = R_QUERY,
	    .r_call = "query",
	    .r_params = query_params,
	    .r_nparams = 8 },
	[R_PATH] = { .r_id = R_PATH,
	    .r_call = "path",
	    .r_params = path_params,
	    .r_nparams = 2 },
	[R_BODY] = { .r_id = R_BODY,
	    .r_call = "body",
	    .r_flags = ROWF_JSON_BODY | ROWF_BODY | ROWF_BODY_REQ,
	    .r_params = body_params,
	    .r_nparams = 7 },
	[R_REQUIRED] = { .r_id = R_REQUIRED,
	    .r_call = "required",
	    .r_params = required_params,
	    .r_nparams = 2 },
	[R_FREE] = { .r_id = R_FREE,
	    .r_call = "free",
	    .r_flags = ROWF_JSON_BODY | ROWF_BODY,
	    .r_params = free_params,
	    .r_nparams = 1 },
};

const size_t nrows = R__MAX;

/* --- formats ----------------------------------------------------------- */

struct format_case {
	enum param_format fc_format;
	const char *fc_good[12]; /* both end with NULL */
	const char *fc_bad[14];
};

#define HEX16 "0123456789abcdef"
#define HEX32 HEX16 HEX16

static const struct format_case formats[] = {
	{ PF_NONE, { "", "a b;c", "\xc3\xa9", "\xf0\x9f\x98\x80", "\x01" },
	    { "\xff", "\xc3", "a\xc3(", "\xed\xa0\x80", "\xc0\xaf",
	        "\xf4\x90\x80\x80", "\xe0\x80\xaf", "\xf0\x80\x80\xaf",
	        "\x80" } },
	{ PF_ALPHANUMERIC,
	    { "a", "_", "a b-c.d+e:f,g", "\n", "caf\xc3\xa9", "\xd9\xa1",
	        "\xe6\x97\xa5",
	        "a\xc2\xa0"
	        "b",
	        "\xe2\x80\xa8", "\xc2\x85\x1c" },
	    { "", "a;b", "a/b", "a\xff", "a\xc3", "\xe2\x82\xac", "a*",
	        "\xf0\x9f\x98\x80", "\xed\xa0\x80", "a\x01", "\xef\xbf\xbd" } },
	{ PF_SYMBOLS,
	    { "10.0.0.0/24", "*<>!()[]'\"|=~#", "a,b c:d", "\xc3\xa9", "any" },
	    { "", "a;b", "a\\b", "a$", "a&", "a%", "a{" } },
	{ PF_BASE64,
	    { "", "QQ==", "QUI=", "QUJD", "QUJDQQ==", "+/+/", "QQ==\n", "\n" },
	    { "Q", "QQ", "QUI", "QQ=", "=", "====", "QUJD=", "Q===", "QQ=A",
	        "QQ==QQ==", "QUJ-" } },
	{ PF_HASH,
	    { "", HEX32, HEX32 "\n", HEX32 "01234567",
	        "0123456789ABCDEFabcdefABCDEF0123456789aaaaaaaaaaaaaaaaaa",
	        HEX32 HEX32, HEX32 HEX32 HEX32, HEX32 HEX32 HEX32 HEX32 },
	    { "0", HEX16, HEX32 "0", " " HEX32, HEX32 "g", HEX16 HEX16 "\n\n",
	        "g123456789abcdef0123456789abcdef" } },
	{ PF_NAMES, { "a", "A_b-c.d%e9", "abc\n" },
	    { "", "\n", "a b", "caf\xc3\xa9", "a\nb", "a\n\n", "a,b",
	        "\xd9\xa1", "a/b" } },
	{ PF_NAMES_OR_EMPTY, { "", "a", "a%\n" },
	    { " ", "a b", "\n", "\xc3\xa9" } },
	{ PF_NUMBERS,
	    { "1", "001", "1\n", "\xd9\xa1\xd9\xa2", "\xef\xbc\x91",
	        "1\xe0\xa5\xa7" },
	    { "", "\n", "-1", "1.0", "1 ", "a", "1\n\n", "\xc2\xb2", "\xc3\xa9",
	        "\xe2\x85\xa7", "1\xd9", "all" } },
	{ PF_NUMBERS_OR_ALL, { "all", "all\n", "12", "\xd9\xa1" },
	    { "", "ALL", "all1", "1,2", "al" } },
	{ PF_GROUP_NAMES, { "a", "...", "ALL", "a.b_c-d", "alls", "a\n" },
	    { "", ".", "..", "all", "all\n", "..\n", "a b", "\xc3\xa9", "a/b",
	        "a%" } },
	{ PF_GROUP_NAMES_OR_ALL, { "all", "...", "a" },
	    { ".", "..", "..\n", "", "a,b" } },
	{ PF_CDB_PATH, { "a-b_c", "\xc3\xa9", "x\n" },
	    { "", "a.b", "a/b", "../a", " " } },
	{ PF_XML_NAMES, { "a.xml", "a.xml,b-c.xml", "\xc3\xa9.xml", "a.xml\n" },
	    { "", ".xml", "a.xml,", ",a.xml", "a.xml,,b.xml", "a.b.xml",
	        "a.xmlx", "a.XML", "a.xml b.xml", "a.xml\n,b.xml" } },
	{ PF_XML_PATH, { "a.xml", "local_rules.xml\n" },
	    { "", ".xml", "a.xml,b.xml", "../a.xml", "d/a.xml", "a" } },
	{ PF_DIRNAMES,
	    { "etc/rules", "etc/decoders/x", "ruleset/rules/a-b_c",
	        "etc/lists/amazon", "etc/lists", "etc/rulesx",
	        "ruleset/decoders\n" },
	    { "", "etc", "etc/", "etc/shared", "ruleset/lists", "/etc/rules",
	        "etc/rules/..", "etc/rules a", "etc/rules/a.b",
	        "etc/lists\xff" } },
	{ PF_PATH, { "a/b.c", "C:\\x\\y", "a..b", "...", "/var/x", "\xc3\xa9" },
	    { "", "..", "../a", "a/..", "a/../b", "..\\a", "a\\..", "a b", "a*",
	        "/..", "..\n" } },
	{ PF_WPK_PATH,
	    { "/a/b c.wpk", "a.wpk", "\xc3\xa9.wpk", "$.wpk",
	        "a\xe2\x82\xac.wpk", "a.wpk\n" },
	    { "", ".wpk", "/a/.wpk", "a.wp", "/../a.wpk", "$a.wpk", "\xff.wpk",
	        "a;b.wpk", "\xac.wpk", "a\xc3.wpk" } },
	{ PF_AR_COMMAND, { "restart-ossec0", "!x/y.sh", "!x\n" },
	    { "", "!", "!!x", "x!", "../x", "!../x", "a b" } },
	{ PF_RANGE, { "5", "12345", "1-2", "10-99", "1-2\n", "\xd9\xa1-2" },
	    { "", "-", "1-", "-1", "100-2", "1-200", "1-2-3", "a-b", "1 - 2",
	        "\xd9\xa1\xd9\xa1\xd9\xa1-2" } },
	{ PF_SEARCH, { "a", "-a b", "\n", "\xe2\x82\xac", "a<b" },
	    { "", "a;b", "a|b", "a&b", "^a", "a*", "a>b", "\xff" } },
	{ PF_SORT, { "+name", "-a.b,c d", "_", "\xc3\xa9\n" },
	    { "", "a;b", "a:b", "a/b", "a'" } },
	{ PF_TIMEFRAME,
	    { "7d", "0s", "10", "5h", "3m", "1d\n",
	        "\xd9\xa1"
	        "d" },
	    { "", "d", "1x", "1dd", "-1d", "1.5h", "1 d", "d1", "1D" } },
	{ PF_WAZUH_KEY, { "aZ09", "a\n" }, { "", "a_b", "a b", "\xc3\xa9" } },
	{ PF_VERSION,
	    { "v4.14.9", "4.14.9", "wazuh v4.1.0", "WAZUH 4.1.0", "V10.0.0\n",
	        "\xd9\xa1.2.3" },
	    { "", "v", "4.14", "4.14.9.1", "4..9", "vv1.2.3", "wazuhv1.2.3",
	        "4.14.", "4.14.x", "wazuh  v1.2.3", "4a.1.2" } },
	{ PF_DATE, { "2020-02-31", "0000-01-01", "2023-12-09\n" },
	    { "", "2020-13-01", "2020-00-01", "2020-01-32", "2020-01-00",
	        "20-01-01", "2020/01/01", "2020-1-1", "2020-01-01 ",
	        "202\xd9\xa1-01-01" } },
	{ PF_DATETIME,
	    { "2020-01-01T00:00:00Z", "2020-01-01t23:59:59.123z",
	        "2020-01-01T00:00:00+05:30", "2020-01-01T00:00:00.1-00:00",
	        "2020-01-01T00:00:00Z\n" },
	    { "", "2020-01-01", "2020-01-01T00:00:00", "2020-01-01 00:00:00Z",
	        "2020-01-01T24:00:00Z", "2020-01-01T00:60:00Z",
	        "2020-01-01T00:00:60Z", "2020-01-01T00:00:00.Z",
	        "2020-01-01T00:00:00+0530", "2020-01-01T00:00:00Zx",
	        "2020-01-01T00:00Z", "2020-13-01T00:00:00Z" } },
	{ PF_NUMBERS_OR_EMPTY, { "", "1", "001\n", "\xd9\xa1" },
	    { " ", "\n", "a", "1,2", "-1", "1\n\n" } },
	{ PF_DATETIME_OR_EMPTY,
	    { "", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z\n" },
	    { " ", "\n", "2020-01-01", "2020-01-01T00:00:00" } },
	{ PF_QUERY,
	    { "a=b", "a!=b", "os.name~x y", "a<1;b>2,c-d=3", "a=b\n",
	        "caf\xc3\xa9=\xc3\xa9" },
	    { "", "a", "=b", "a=", "a!b", "a==b", "a=b;", ";a=b", "a=b;;c=d",
	        "a=b;c", "(a=b)", "a=b\xff", "a b=c" } },
};

/* In a block of its own size, without a NUL. */
static int
format_of(enum param_format pf, const char *text)
{
	size_t len = strlen(text);
	char *copy;
	int rv;

	copy = malloc(len == 0 ? 1 : len);
	if (copy == NULL)
		abort();
	memcpy(copy, text, len);
	rv = params_format(pf, copy, len);
	free(copy);
	return (rv);
}

static void
test_formats(void)
{
	const struct format_case *fc;
	bool seen[PF__MAX] = { false };
	size_t i, j;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		fc = &formats[i];
		seen[fc->fc_format] = true;
		for (j = 0; fc->fc_good[j] != NULL; j++) {
			if (format_of(fc->fc_format, fc->fc_good[j]) != 0)
				printf("format %d refuses good %zu\n",
				    (int)fc->fc_format, j);
			CU_ASSERT_EQUAL(
			    format_of(fc->fc_format, fc->fc_good[j]), 0);
		}
		for (j = 0; fc->fc_bad[j] != NULL; j++) {
			if (format_of(fc->fc_format, fc->fc_bad[j]) != -1)
				printf("format %d takes bad %zu\n",
				    (int)fc->fc_format, j);
			CU_ASSERT_EQUAL(
			    format_of(fc->fc_format, fc->fc_bad[j]), -1);
		}
	}
	for (i = 0; i < PF__MAX; i++)
		CU_ASSERT(seen[i]);
	CU_ASSERT_EQUAL(params_format(PF__MAX, "a", 1), -1);
	/* A NUL is of no format. */
	for (i = 0; i < PF__MAX; i++) {
		CU_ASSERT_EQUAL(
		    params_format((enum param_format)i, "1\0", 2), -1);
		CU_ASSERT_EQUAL(
		    params_format((enum param_format)i, "\0", 1), -1);
	}
}

static void
test_utf8(void)
{
	CU_ASSERT_EQUAL(params_utf8("", 0), 0);
	CU_ASSERT_EQUAL(
	    params_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10), 4);
	CU_ASSERT_EQUAL(params_utf8("\xf4\x8f\xbf\xbf\xef\xbf\xbf", 7), 2);
	CU_ASSERT_EQUAL(params_utf8("a\0", 2), -1);
	CU_ASSERT_EQUAL(params_utf8("\xe2\x82", 2), -1);
	CU_ASSERT_EQUAL(params_utf8("\xf5\x80\x80\x80", 4), -1);
}

/* --- decoding ---------------------------------------------------------- */

static struct args args;
static struct buf arena;
static char why[WHY];

static void
start(void)
{
	args_free(&args);
	buf_free(&arena);
	buf_init(&arena, 65536);
	why[0] = '\0';
}

/* "a=1&b=2", already decoded; a '\1' stands for a NUL. */
static size_t
make_pairs(char *text, struct params_pair *pairs, size_t max)
{
	char *p, *eq, *next;
	size_t n = 0;

	for (p = text; p != NULL && *p != '\0' && n < max; p = next) {
		next = strchr(p, '&');
		if (next != NULL)
			*next++ = '\0';
		eq = strchr(p, '=');
		pairs[n].pp_name = p;
		pairs[n].pp_namelen = (size_t)(eq - p);
		pairs[n].pp_value = eq + 1;
		pairs[n].pp_valuelen = strlen(eq + 1);
		for (eq++; *eq != '\0'; eq++)
			if (*eq == '\1')
				*eq = '\0';
		n++;
	}
	return (n);
}

/* The pairs' text is gone when this returns: args must not borrow from it. */
static int
query(unsigned int row, const char *text)
{
	struct params_pair pairs[32];
	char *copy;
	size_t n;
	int rv;

	start();
	copy = strdup(text);
	if (copy == NULL)
		abort();
	n = make_pairs(copy, pairs, 32);
	rv =
	    params_query(&rows[row], pairs, n, &args, &arena, why, sizeof(why));
	free(copy);
	return (rv);
}

static int
path(const char *text)
{
	struct params_pair pairs[4];
	char *copy;
	size_t n;
	int rv;

	start();
	copy = strdup(text);
	if (copy == NULL)
		abort();
	n = make_pairs(copy, pairs, 4);
	rv = params_path(
	    &rows[R_PATH], pairs, n, &args, &arena, why, sizeof(why));
	free(copy);
	return (rv);
}

static int
bodyn(unsigned int row, const char *text, size_t len)
{
	char *copy;
	int rv;

	start();
	copy = malloc(len == 0 ? 1 : len);
	if (copy == NULL)
		abort();
	memcpy(copy, text, len);
	rv =
	    params_body(&rows[row], copy, len, &args, &arena, why, sizeof(why));
	free(copy);
	return (rv);
}

static int
body(const char *text)
{
	return (bodyn(R_BODY, text, strlen(text)));
}

static bool
list_is(const char *name, const char *want)
{
	const char *const *v;
	char all[256] = "";
	size_t i, n, used = 0;

	if (args_list(&args, name, &v, &n) == -1)
		return (want == NULL);
	for (i = 0; i < n; i++)
		used += (size_t)snprintf(
		    all + used, sizeof(all) - used, "[%s]", v[i]);
	return (want != NULL && strcmp(all, want) == 0);
}

static double
number(const char *name)
{
	return (args_number(&args, name, NAN));
}

static void
test_integer(void)
{
	static const char *const bad[] = { "", " ", "abc", "1.5", "+", "-",
		"1_", "_1", "1__0", "+_1", "0x10", "1e3", "1 0", "--1",
		"1;offset=1", "99999999999999999999", "0", "100001", "-1",
		"18446744073709551617", "-9223372036854775809" };
	char text[64];
	size_t i;

	CU_ASSERT_EQUAL(query(R_QUERY, "limit=7"), PARAMS_OK);
	CU_ASSERT_EQUAL(args_int(&args, "limit", -5), 7);
	CU_ASSERT_EQUAL(query(R_QUERY, "limit= +1_0\t"), PARAMS_OK);
	CU_ASSERT_EQUAL(args_int(&args, "limit", -5), 10);
	CU_ASSERT_EQUAL(query(R_QUERY, "limit=000100000"), PARAMS_OK);
	CU_ASSERT_EQUAL(args_int(&args, "limit", -5), 100000);
	/* The last one wins, and the others are not even looked at. */
	CU_ASSERT_EQUAL(query(R_QUERY, "limit=x&limit=3"), PARAMS_OK);
	CU_ASSERT_EQUAL(args_int(&args, "limit", -5), 3);
	CU_ASSERT_EQUAL(query(R_QUERY, "limit=3&limit=x"), PARAMS_BAD);
	/* Absent stays absent. */
	CU_ASSERT_EQUAL(query(R_QUERY, ""), PARAMS_OK);
	CU_ASSERT_EQUAL(args.as_n, 0);
	CU_ASSERT_EQUAL(args_int(&args, "limit", -5), -5);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "limit=%s", bad[i]);
		CU_ASSERT_EQUAL(query(R_QUERY, text), PARAMS_BAD);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "'limit'"));
	}
	CU_ASSERT_EQUAL(query(R_QUERY, "id=9223372036854775807"), PARAMS_OK);
	CU_ASSERT_EQUAL(args_int(&args, "id", 0), INT64_MAX);
	CU_ASSERT_EQUAL(query(R_QUERY, "id=-9223372036854775808"), PARAMS_OK);
	CU_ASSERT_EQUAL(args_int(&args, "id", 0), INT64_MIN);
	CU_ASSERT_EQUAL(query(R_QUERY, "id=9223372036854775808"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "id=-9223372036854775809"), PARAMS_BAD);
}

static void
test_number(void)
{
	static const char *const bad[] = { "", ".", "e5", "1e", "nan", "inf",
		"-Infinity", "0x1", "1,5", "1_", "1._5", "1__0", "1000.1",
		"-2.5", "1e999", "1 2", "1-2" };
	char text[64];
	size_t i;

	CU_ASSERT_EQUAL(query(R_QUERY, "ratio=1.5"), PARAMS_OK);
	CU_ASSERT_EQUAL(number("ratio"), 1.5);
	CU_ASSERT_EQUAL(query(R_QUERY, "ratio= -1_0.2_5e-1 "), PARAMS_OK);
	CU_ASSERT_EQUAL(number("ratio"), -1.025);
	CU_ASSERT_EQUAL(query(R_QUERY, "ratio=.5"), PARAMS_OK);
	CU_ASSERT_EQUAL(query(R_QUERY, "ratio=5."), PARAMS_OK);
	CU_ASSERT_EQUAL(query(R_QUERY, "ratio=1000"), PARAMS_OK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "ratio=%s", bad[i]);
		CU_ASSERT_EQUAL(query(R_QUERY, text), PARAMS_BAD);
	}
}

static void
test_boolean(void)
{
	CU_ASSERT_EQUAL(query(R_QUERY, "deep=TRUE"), PARAMS_OK);
	CU_ASSERT(args_bool(&args, "deep", false));
	CU_ASSERT_EQUAL(query(R_QUERY, "deep=False"), PARAMS_OK);
	CU_ASSERT(!args_bool(&args, "deep", true));
	CU_ASSERT_EQUAL(query(R_QUERY, "deep=1"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "deep="), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "deep=true "), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "deep=yes"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "'deep' is not of type 'boolean'");
}

static void
test_text(void)
{
	CU_ASSERT_EQUAL(query(R_QUERY, "text="), PARAMS_OK);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "text", "absent"), "");
	CU_ASSERT_EQUAL(args_find(&args, "text")->a.str.len, 0);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "type", "absent"), "absent");
	/* Characters, not bytes. */
	CU_ASSERT_EQUAL(
	    query(R_QUERY,
	        "text=\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac!"),
	    PARAMS_OK);
	CU_ASSERT_EQUAL(query(R_QUERY, "text=123456"), PARAMS_BAD);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "at most 5"));
	CU_ASSERT_EQUAL(query(R_QUERY, "text=a\xff"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "text=a\1b"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "type=AbC_\xc3\x89"), PARAMS_OK);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "type", ""), "abc_\xc3\x89");
	CU_ASSERT_EQUAL(query(R_QUERY, "type=a;b"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(
	    why, "'type' is not in the format 'alphanumeric'");
	CU_ASSERT_EQUAL(query(R_QUERY, "type=a\1"), PARAMS_BAD);
}

static void
test_list(void)
{
	CU_ASSERT_EQUAL(query(R_QUERY, "list=001,002"), PARAMS_OK);
	CU_ASSERT(list_is("list", "[001][002]"));
	CU_ASSERT_EQUAL(
	    query(R_QUERY,
	        "list=001,002&text=x&list=all&kind=ALL,Active&list=1234"),
	    PARAMS_OK);
	CU_ASSERT(list_is("list", "[001][002][all][1234]"));
	CU_ASSERT(list_is("kind", "[all][active]"));
	CU_ASSERT_STRING_EQUAL(args_str(&args, "text", ""), "x");
	CU_ASSERT_EQUAL(query(R_QUERY, ""), PARAMS_OK);
	CU_ASSERT(list_is("list", NULL));
	/* An empty value is one empty item. */
	CU_ASSERT_EQUAL(query(R_QUERY, "list="), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "list=001,"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "list=,001"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "list=001&list="), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "list=01"), PARAMS_BAD);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "at least 3"));
	/* Three Arabic digits are three characters. */
	CU_ASSERT_EQUAL(
	    query(R_QUERY, "list=\xd9\xa1\xd9\xa1\xd9\xa1"), PARAMS_OK);
	CU_ASSERT_EQUAL(query(R_QUERY, "list=\xd9\xa1\xd9\xa1"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "list=001\1"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "kind=foo"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why,
	    "'kind' is not one of its values: all, "
	    "active, never_connected");
	CU_ASSERT_EQUAL(query(R_QUERY, "kind=all,"), PARAMS_BAD);
}

static void
test_unknown(void)
{
	char text[512];

	CU_ASSERT_EQUAL(query(R_QUERY, "foo=1&limit=x"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Extra query parameter(s) foo not in spec");
	CU_ASSERT_EQUAL(
	    query(R_QUERY, "b=1&a=&b=2&limit=1&LIMIT=1"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(
	    why, "Extra query parameter(s) b,a,LIMIT not in spec");
	/* What a row has in its path or body is no query parameter of it. */
	CU_ASSERT_EQUAL(query(R_PATH, "agent_id=001"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_BODY, "name=abc"), PARAMS_BAD);
	CU_ASSERT_EQUAL(query(R_QUERY, "=1"), PARAMS_BAD);
	snprintf(text, sizeof(text), "%0300d=1", 0);
	CU_ASSERT_EQUAL(query(R_QUERY, text), PARAMS_BAD);
	CU_ASSERT(strlen(why) < 128);
	/* Cut before a character, not within it: 62 and two of three bytes. */
	snprintf(text, sizeof(text), "%062d\xe2\x82\xac\xe2\x82\xac=1", 0);
	CU_ASSERT_EQUAL(query(R_QUERY, text), PARAMS_BAD);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "00 not in spec"));
	CU_ASSERT_EQUAL(query(R_REQUIRED, "deep=true"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Missing query parameter 'most'");
	/* In the row's order: the first failure is told. */
	CU_ASSERT_EQUAL(query(R_REQUIRED, "deep=x"), PARAMS_BAD);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "'deep'"));
}

static void
test_path(void)
{
	CU_ASSERT_EQUAL(path("agent_id=001"), PARAMS_OK);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "agent_id", ""), "001");
	CU_ASSERT_EQUAL(path("agent_id=1"), PARAMS_BAD);
	CU_ASSERT_EQUAL(path("agent_id=abc"), PARAMS_BAD);
	CU_ASSERT_EQUAL(path("agent_id=001\1"), PARAMS_BAD);
	CU_ASSERT_EQUAL(path("other=1"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Missing path parameter 'agent_id'");
}

/* Arguments stay good while the arena and the lists' pool move. */
static void
test_moving(void)
{
	static char text[6000], want[64];
	struct params_pair pair = { "agent_id", 8, "00123", 5 };
	size_t used = 0, i;

	start();
	CU_ASSERT_EQUAL(
	    query(R_QUERY, "list=001,002&text=abc&kind=all"), PARAMS_OK);
	CU_ASSERT_EQUAL(params_path(&rows[R_PATH], &pair, 1, &args, &arena, why,
	                    sizeof(why)),
	    PARAMS_OK);
	used = (size_t)snprintf(text, sizeof(text),
	    "{\"name\": \"abcd\", "
	    "\"force\": {\"a\": [1, 2.50]}, \"words\": [");
	for (i = 0; i < 40; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s\"%0100zu\"", i == 0 ? "" : ",", i);
	snprintf(text + used, sizeof(text) - used, "]}");
	CU_ASSERT_EQUAL(params_body(&rows[R_BODY], text, strlen(text), &args,
	                    &arena, why, sizeof(why)),
	    PARAMS_OK);
	CU_ASSERT(list_is("list", "[001][002]"));
	CU_ASSERT(list_is("kind", "[all]"));
	CU_ASSERT_STRING_EQUAL(args_str(&args, "text", ""), "abc");
	CU_ASSERT_STRING_EQUAL(args_str(&args, "agent_id", ""), "00123");
	CU_ASSERT_STRING_EQUAL(args_str(&args, "name", ""), "abcd");
	CU_ASSERT_STRING_EQUAL(
	    args_str(&args, "force", ""), "{\"a\":[1,2.50]}");
	CU_ASSERT_EQUAL(args_find(&args, "words")->a.list.n, 40);
	snprintf(want, sizeof(want), "%05d", 39);
	CU_ASSERT_STRING_EQUAL(
	    args_find(&args, "words")->a.list.v[39] + 95, want);
	CU_ASSERT_STRING_EQUAL(
	    args_find(&args, "words")->a.list.v[0] + 95, "00000");
}

static void
test_room(void)
{
	static char commas[8192];
	struct params_pair pair = { "most", 4, commas, 0 };
	struct params_pair text = { "text", 4, "abc", 3 };

	memset(commas, ',', sizeof(commas));
	start();
	pair.pp_valuelen = ARGS_ITEMS - 1;
	CU_ASSERT_EQUAL(params_query(&rows[R_REQUIRED], &pair, 1, &args, &arena,
	                    why, sizeof(why)),
	    PARAMS_OK);
	CU_ASSERT_EQUAL(args_find(&args, "most")->a.list.n, ARGS_ITEMS);
	start();
	pair.pp_valuelen = ARGS_ITEMS;
	CU_ASSERT_EQUAL(params_query(&rows[R_REQUIRED], &pair, 1, &args, &arena,
	                    why, sizeof(why)),
	    PARAMS_TOOBIG);
	/* The arena's limit is the caller's: three and a NUL. */
	start();
	buf_init(&arena, 4);
	CU_ASSERT_EQUAL(params_query(&rows[R_QUERY], &text, 1, &args, &arena,
	                    why, sizeof(why)),
	    PARAMS_OK);
	start();
	buf_init(&arena, 3);
	CU_ASSERT_EQUAL(params_query(&rows[R_QUERY], &text, 1, &args, &arena,
	                    why, sizeof(why)),
	    PARAMS_TOOBIG);
	CU_ASSERT_EQUAL(params_body(&rows[R_BODY], "{\"name\":\"abc\"}", 14,
	                    &args, &arena, why, sizeof(why)),
	    PARAMS_TOOBIG);
	start();
	args.as_n = ARGS_MAX;
	memset(args.as_v, 0, sizeof(args.as_v));
	CU_ASSERT_EQUAL(params_query(&rows[R_QUERY], &text, 1, &args, &arena,
	                    why, sizeof(why)),
	    PARAMS_TOOBIG);
	args.as_n = 0;
}

static void
test_body(void)
{
	CU_ASSERT_EQUAL(
	    body(
	        " {\"name\": \"a\\u0062\\/c\", \"count\": 5,\n"
	        "\"part\": 2, \"flag\": true, \"words\": [\"\", \"\\u00e9,x\"],"
	        "\"force\": {\"a\": {\"b\": [1.10, null, \"/\"]}}}\t"),
	    PARAMS_BAD);
	CU_ASSERT_EQUAL(
	    body(
	        " {\"name\": \"a\\u0062.c\", \"count\": 5,\n"
	        "\"part\": 2, \"flag\": true, \"words\": [\"\", \"\\u00e9,x\"],"
	        "\"force\": {\"a\": {\"b\": [1.10, null, \"/\"]}}}\t"),
	    PARAMS_OK);
	CU_ASSERT_EQUAL(args.as_n, 6);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "name", ""), "ab.c");
	CU_ASSERT_EQUAL(args_int(&args, "count", -1), 5);
	CU_ASSERT_EQUAL(number("part"), 2.0);
	CU_ASSERT(args_bool(&args, "flag", false));
	CU_ASSERT(list_is("words", "[][\xc3\xa9,x]"));
	CU_ASSERT_STRING_EQUAL(
	    args_str(&args, "force", ""), "{\"a\":{\"b\":[1.10,null,\"/\"]}}");
	CU_ASSERT_EQUAL(args_find(&args, "force")->a.str.len, 27);
	/* The last of equal keys wins. */
	CU_ASSERT_EQUAL(body("{\"name\": 1, \"name\": \"xyz\"}"), PARAMS_OK);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "name", ""), "xyz");
	CU_ASSERT_EQUAL(body("{\"name\": \"xyz\", \"name\": 1}"), PARAMS_BAD);
	CU_ASSERT_EQUAL(
	    body("{\"name\": \"xy\", \"part\": -1.5e2}"), PARAMS_OK);
	CU_ASSERT_EQUAL(number("part"), -150.0);
	CU_ASSERT_EQUAL(body("{\"name\": \"xy\", \"count\":"
	                     " 9223372036854775807}"),
	    PARAMS_OK);
	CU_ASSERT_EQUAL(args_int(&args, "count", 0), INT64_MAX);
	/* An empty object for a raw parameter, and no list items. */
	CU_ASSERT_EQUAL(body("{\"name\": \"xy\", \"force\": {}}"), PARAMS_OK);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "force", ""), "{}");
	CU_ASSERT_EQUAL(body("{\"name\": \"xy\", \"words\": []}"), PARAMS_BAD);
}

static void
test_body_types(void)
{
	static const char *const bad[] = { "\"count\": 1.0", "\"count\": true",
		"\"count\": \"1\"", "\"count\": null", "\"count\": -1",
		"\"count\": [1]", "\"part\": \"1\"", "\"part\": null",
		"\"part\": 1e999", "\"flag\": 1", "\"flag\": \"true\"",
		"\"flag\": null", "\"words\": \"x\"", "\"words\": [1]",
		"\"words\": [null]", "\"words\": null", "\"words\": {}",
		"\"force\": []", "\"force\": \"x\"", "\"force\": null",
		"\"name\": null", "\"name\": 1", "\"name\": [\"abc\"]",
		"\"name\": \"a\"", "\"name\": \"abcdefghi\"",
		"\"name\": \"a b\"", "\"name\": \"caf\xc3\xa9\"" };
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{\"name\": \"abc\", %s}", bad[i]);
		CU_ASSERT_EQUAL(body(text), PARAMS_BAD);
		CU_ASSERT_EQUAL(why[0], '\'');
	}
}

static void
test_body_fields(void)
{
	CU_ASSERT_EQUAL(body(""), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Request body must not be empty");
	CU_ASSERT_EQUAL(bodyn(R_FREE, "", 0), PARAMS_OK);
	CU_ASSERT_EQUAL(args.as_n, 0);
	CU_ASSERT_EQUAL(bodyn(R_FREE, "{}", 2), PARAMS_OK);
	CU_ASSERT_EQUAL(body("{}"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "'name' is a required property");
	CU_ASSERT_EQUAL(body("{\"foo\": 1}"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "'name' is a required property");
	CU_ASSERT_EQUAL(body("{\"name\": \"abc\", \"foo\": 1}"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Invalid field found {'foo'}");
	CU_ASSERT_EQUAL(
	    body("{\"\": 1, \"name\": \"abc\", \"deep\": true}"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Invalid field found {'', 'deep'}");
	CU_ASSERT_EQUAL(
	    body("{\"Name\": \"abc\", \"name\": \"abc\"}"), PARAMS_BAD);
}

static void
test_body_json(void)
{
	static const char *const bad[] = { "[]", "\"x\"", "1", "null", "true",
		" ", "notjson", "{", "{\"name\":\"abc\"", "{\"name\":\"abc\"}x",
		"{\"name\":\"abc\"}{}", "{\"name\":\"abc\"},",
		"{'name':\"abc\"}", "{name:\"abc\"}", "{\"name\":\"abc\",}",
		"{\"name\" \"abc\"}", "{\"name\":\"abc\" \"count\":1}",
		"/**/{\"name\":\"abc\"}", "{\"name\":\"a\tb\"}",
		"{\"name\":\"a\\u0000b\"}", "{\"name\\u0000x\":\"abc\"}",
		"{\"name\":\"a\\x\"}", "{\"name\":\"a\\u00g0\"}",
		"{\"name\":\"abc\\\"}", "{\"name\":\"abc\",\"part\":NaN}",
		"{\"name\":\"abc\",\"part\":Infinity}",
		"{\"name\":\"abc\",\"part\":-Infinity}",
		"{\"name\":\"abc\",\"part\":01}",
		"{\"name\":\"abc\",\"part\":-01}",
		"{\"name\":\"abc\",\"part\":1.}",
		"{\"name\":\"abc\",\"part\":.5}",
		"{\"name\":\"abc\",\"part\":+1}",
		"{\"name\":\"abc\",\"part\":1e}",
		"{\"name\":\"abc\",\"part\":-}",
		"{\"name\":\"abc\",\"part\":00}",
		"{\"name\":\"abc\",\"flag\":TRUE}",
		"{\"name\":\"abc\",\"flag\":tru}",
		"{\"name\":\"abc\",\"count\":9223372036854775808}",
		"{\"name\":\"abc\",\"count\":99999999999999999999}",
		"{\"name\":\"abc\",\"force\":{\"a\":-9223372036854775809}}",
		"{\"name\":\"abc\",\"force\":{\"a\":NaN}}",
		"{\"name\":\"abc\",\"force\":{\"a\":\"\\u0000\"}}",
		"{\"name\":\"a\xff\"}", "\xef\xbb\xbf{\"name\":\"abc\"}",
		"{\"name\":\"abc\"]", "[\"name\":\"abc\"}",
		"\v{\"name\":\"abc\"}", "{\"words\":[,],\"name\":\"abc\"}" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (body(bad[i]) != PARAMS_BAD)
			printf("body taken: %s\n", bad[i]);
		CU_ASSERT_EQUAL(body(bad[i]), PARAMS_BAD);
		CU_ASSERT(strncmp(why, "The request body is not", 23) == 0);
	}
	CU_ASSERT_EQUAL(body("[]"), PARAMS_BAD);
	CU_ASSERT_STRING_EQUAL(why, "The request body is not of type 'object'");
	CU_ASSERT_EQUAL(bodyn(R_BODY, "{\"name\":\"abc\"}\0", 15), PARAMS_BAD);
	CU_ASSERT_EQUAL(bodyn(R_BODY, "{\"name\":\"a\0c\"}", 14), PARAMS_BAD);
}

/* n objects inside each other, the first being the body itself. */
static int
nested(size_t n)
{
	static char text[1024];
	size_t i, used;

	used = (size_t)snprintf(text, sizeof(text),
	    "{\"name\":\"abc\","
	    "\"force\":");
	for (i = 1; i < n; i++)
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "{\"a\":");
	text[used++] = '1';
	memset(text + used, '}', n);
	return (bodyn(R_BODY, text, used + n));
}

static void
test_body_bounds(void)
{
	static char text[PARAMS_JSON_VALUES * 2 + 64];
	size_t used;

	CU_ASSERT_EQUAL(nested(PARAMS_JSON_DEPTH), PARAMS_OK);
	CU_ASSERT_EQUAL(nested(PARAMS_JSON_DEPTH + 1), PARAMS_DEPTH);
	memset(text, '[', 1000);
	CU_ASSERT_EQUAL(bodyn(R_BODY, text, 1000), PARAMS_DEPTH);
	/* Brackets in strings and side by side do not add up. */
	memset(text, 0, sizeof(text));
	used = (size_t)snprintf(text, sizeof(text),
	    "{\"name\":\"abc\","
	    "\"words\":[\"");
	memset(text + used, '[', 200);
	memcpy(text + used + 200, "\"]}", 3);
	CU_ASSERT_EQUAL(bodyn(R_BODY, text, used + 203), PARAMS_OK);
	memset(text, '1', sizeof(text));
	text[0] = '[';
	for (used = 2; used < sizeof(text); used += 2)
		text[used] = ',';
	CU_ASSERT_EQUAL(bodyn(R_BODY, text, sizeof(text)), PARAMS_TOOBIG);
}

/* --- the wire and the executor's check --------------------------------- */

static struct msgw mw;

/* What args_put() wrote, to be read; cut off after len bytes. */
static struct msg
message(size_t len)
{
	struct msg m;

	memset(&m, 0, sizeof(m));
	m.m_data = mw.mw_buf + MSG_HDR;
	m.m_len = len;
	return (m);
}

static void
test_wire(void)
{
	struct args got;
	struct arg null = { .a_param = P_COUNT, .a_null = true };
	struct msg m;
	uint32_t len;

	CU_ASSERT_EQUAL(query(R_QUERY,
	                    "limit=7&ratio=-0.5&deep=true&text=&"
	                    "list=001,all&kind=active&type=x y"),
	    PARAMS_OK);
	args.as_v[args.as_n++] = null;
	msgw_start(&mw, MSG_CALL);
	args_put(&mw, &args);
	CU_ASSERT(!mw.mw_failed);
	m = message(mw.mw_len);
	CU_ASSERT_EQUAL(args_get(&m, &got), 0);
	CU_ASSERT_EQUAL(msg_end(&m), 0);
	CU_ASSERT_EQUAL(got.as_n, args.as_n);
	args_free(&args);
	buf_free(&arena);
	args = got;
	CU_ASSERT_EQUAL(args_int(&args, "limit", 0), 7);
	CU_ASSERT_EQUAL(number("ratio"), -0.5);
	CU_ASSERT(args_bool(&args, "deep", false));
	CU_ASSERT_STRING_EQUAL(args_str(&args, "text", "absent"), "");
	CU_ASSERT_STRING_EQUAL(args_str(&args, "type", ""), "x y");
	CU_ASSERT_EQUAL(args_find(&args, "type")->a.str.len, 3);
	CU_ASSERT(list_is("list", "[001][all]") && list_is("kind", "[active]"));
	/* Null is there, and is no value; the wrong getter gives none. */
	CU_ASSERT_PTR_NOT_NULL(args_find(&args, "count"));
	CU_ASSERT_EQUAL(args_int(&args, "count", 9), 9);
	CU_ASSERT_EQUAL(args_int(&args, "text", 9), 9);
	CU_ASSERT_STRING_EQUAL(args_str(&args, "limit", "no"), "no");
	CU_ASSERT(list_is("text", NULL));
	args_free(&args);
	/* No shorter message is taken for the whole. */
	for (len = 0; len < mw.mw_len; len++) {
		m = message(len);
		CU_ASSERT_EQUAL(args_get(&m, &got), -1);
		args_free(&got);
	}
}

/* One argument as numbers say it. */
static int
get_crafted(uint16_t param, uint8_t null, uint32_t a, uint32_t b)
{
	struct args got;
	struct msg m;
	int rv;

	msgw_start(&mw, MSG_CALL);
	msg_put_u32(&mw, 1);
	msg_put_u16(&mw, param);
	msg_put_u8(&mw, null);
	if (param == P_DEEP)
		msg_put_u8(&mw, (uint8_t)a);
	else if (!null) {
		msg_put_u32(&mw, a);
		msg_put_u32(&mw, b);
	}
	m = message(mw.mw_len);
	rv = args_get(&m, &got);
	args_free(&got);
	return (rv);
}

static void
test_wire_crafted(void)
{
	static char filler[MSG_64K - MSG_HDR - 8];
	struct args got;
	struct msg m;
	uint32_t i;

	CU_ASSERT_EQUAL(get_crafted(P_DEEP, 0, 1, 0), 0);
	CU_ASSERT_EQUAL(get_crafted(P_DEEP, 0, 2, 0), -1);
	CU_ASSERT_EQUAL(get_crafted(P_TEXT, 1, 0, 0), 0);
	CU_ASSERT_EQUAL(get_crafted(P_TEXT, 2, 0, 0), -1);
	CU_ASSERT_EQUAL(get_crafted(P__MAX, 1, 0, 0), -1);
	CU_ASSERT_EQUAL(get_crafted(UINT16_MAX, 1, 0, 0), -1);
	/* Strings: a NULL, an empty one, one longer than the message. */
	CU_ASSERT_EQUAL(get_crafted(P_TEXT, 0, UINT32_MAX, 0), -1);
	CU_ASSERT_EQUAL(get_crafted(P_TEXT, 0, 1, 0), 0);
	CU_ASSERT_EQUAL(get_crafted(P_TEXT, 0, 5, 0), -1);
	/* Lists: none, and more than the message can hold. */
	CU_ASSERT_EQUAL(get_crafted(P_LIST, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(get_crafted(P_LIST, 0, 1, 0), -1);
	CU_ASSERT_EQUAL(get_crafted(P_LIST, 0, UINT32_MAX, 0), -1);
	for (i = ARGS_MAX; i <= ARGS_MAX + 1; i++) {
		msgw_start(&mw, MSG_CALL);
		msg_put_u32(&mw, i);
		while (mw.mw_len < 4 + i * 3) {
			msg_put_u16(&mw, P_TEXT);
			msg_put_u8(&mw, 1);
		}
		m = message(mw.mw_len);
		CU_ASSERT_EQUAL(args_get(&m, &got), i == ARGS_MAX ? 0 : -1);
		args_free(&got);
	}
	/* More than fits is seen when it is written. */
	start();
	msgw_start(&mw, MSG_CALL);
	msg_put_blob(&mw, filler, sizeof(filler));
	CU_ASSERT_EQUAL(query(R_QUERY, "text=abc"), PARAMS_OK);
	args_put(&mw, &args);
	CU_ASSERT(mw.mw_failed);
}

static int
check(unsigned int row)
{
	return (params_check(&rows[row], &args, why, sizeof(why)));
}

static void
test_check(void)
{
	static const char *const items[] = { "001", "xyz" };
	struct arg a;

	CU_ASSERT_EQUAL(query(R_QUERY, "limit=7&list=001&type=x"), PARAMS_OK);
	CU_ASSERT_EQUAL(check(R_QUERY), 0);
	CU_ASSERT_EQUAL(check(R_BODY), -1); /* not its arguments */
	args.as_v[0].a.i = 0;
	CU_ASSERT_EQUAL(check(R_QUERY), -1);
	args.as_v[0].a.i = 100001;
	CU_ASSERT_EQUAL(check(R_QUERY), -1);
	CU_ASSERT_STRING_EQUAL(why, "'limit' must be at most 100000");
	args.as_v[0].a.i = 100000;
	CU_ASSERT_EQUAL(check(R_QUERY), 0);
	args.as_v[1].a.list.v = items;
	CU_ASSERT_EQUAL(check(R_QUERY), 0);
	args.as_v[1].a.list.n = 2;
	CU_ASSERT_EQUAL(check(R_QUERY), -1);
	args.as_v[1].a.list.n = 0;
	CU_ASSERT_EQUAL(check(R_QUERY), 0);
	args.as_v[2].a.str.s = "x;";
	args.as_v[2].a.str.len = 2;
	CU_ASSERT_EQUAL(check(R_QUERY), -1);
	args.as_v[2] = args.as_v[0]; /* twice */
	CU_ASSERT_EQUAL(check(R_QUERY), -1);
	CU_ASSERT_EQUAL(query(R_QUERY, "kind=all&ratio=1"), PARAMS_OK);
	args.as_v[1].a.list.n = 0;
	CU_ASSERT_EQUAL(check(R_QUERY), -1); /* minitems */
	args.as_n = 1;
	args.as_v[0].a.d = NAN;
	CU_ASSERT_EQUAL(check(R_QUERY), -1);
	args.as_v[0].a.d = INFINITY;
	CU_ASSERT_EQUAL(check(R_QUERY), -1);
	args.as_v[0].a.d = -2;
	CU_ASSERT_EQUAL(check(R_QUERY), 0);
	/* Required: there, and not null. */
	start();
	CU_ASSERT_EQUAL(check(R_QUERY), 0);
	CU_ASSERT_EQUAL(check(R_BODY), -1);
	CU_ASSERT_STRING_EQUAL(why, "'name' is required");
	a = (struct arg){ .a_param = P_NAME, .a_null = true };
	args.as_v[args.as_n++] = a;
	CU_ASSERT_EQUAL(check(R_BODY), -1);
	CU_ASSERT_STRING_EQUAL(why, "'name' must not be null");
	args.as_v[0].a_null = false;
	args.as_v[0].a.str.s = "abc";
	args.as_v[0].a.str.len = 3;
	CU_ASSERT_EQUAL(check(R_BODY), 0);
	a.a_param = P_COUNT;
	args.as_v[args.as_n++] = a;
	CU_ASSERT_EQUAL(check(R_BODY), 0);
	start();
}

static const struct unit_case cases[] = {
	{ "formats", test_formats },
	{ "utf8", test_utf8 },
	{ "integer", test_integer },
	{ "number", test_number },
	{ "boolean", test_boolean },
	{ "text", test_text },
	{ "list", test_list },
	{ "unknown", test_unknown },
	{ "path", test_path },
	{ "moving", test_moving },
	{ "room", test_room },
	{ "body", test_body },
	{ "body_types", test_body_types },
	{ "body_fields", test_body_fields },
	{ "body_json", test_body_json },
	{ "body_bounds", test_body_bounds },
	{ "wire", test_wire },
	{ "wire_crafted", test_wire_crafted },
	{ "check", test_check },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("params", cases));
}
