/* SPDX-License-Identifier: ISC */
/*
 * Lines of log files out of raw fields: see logd.h. The plain line of a
 * request is what the manager's own decoders (0007-wazuh-api_decoders.xml)
 * take apart, so its form is the original's to the byte.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <string.h>

#include "apid/logd.h"
#include "common/buffer.h"
#include "common/check.h"
#include "common/jsonw.h"

#define LOGD_FIELD  65536 /* most bytes of an escaped field */
#define LOGD_NOBODY "unknown_user"

/* "YYYY/MM/DD HH:MM:SS", the time that all of the files have. */
static void
logd_time(struct buf *out, const struct tm *tm)
{
	buf_addf(out, "%04d/%02d/%02d %02d:%02d:%02d", tm->tm_year + 1900,
	    tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec);
}

static void
logd_field(struct buf *out, const char *text)
{
	log_escape(out, text, strlen(text), LOGD_FIELD);
}

/* A JSON object as it stands, or, if it is none, as text that does no harm. */
static void
logd_object(struct buf *out, const char *text)
{
	if (text == NULL)
		buf_addz(out, "{}");
	else if (logd_is_object(text, strlen(text)))
		buf_addz(out, text);
	else
		logd_field(out, text);
}

/* Nanoseconds as seconds with three decimals: "0.009s". */
static void
logd_took(struct buf *out, uint64_t ns)
{
	uint64_t ms = ns / 1000000 + (ns % 1000000 >= 500000);

	buf_addf(
	    out, "%" PRIu64 ".%03us", ms / 1000, (unsigned int)(ms % 1000));
}

bool
logd_is_odd(const char *text)
{
	uint8_t c;

	for (; *text != '\0'; text++) {
		c = (uint8_t)*text;
		if (c < 0x20 || c == 0x7f)
			return (true);
	}
	return (false);
}

void
logd_line(struct buf *out, const struct tm *tm, enum loglevel level,
    const char *name, uint64_t request, const char *text)
{
	logd_time(out, tm);
	buf_addf(out, " %s: ", log_level_name(level));
	if (name != NULL)
		buf_addf(out, "[%s] ", name);
	if (request != 0)
		buf_addf(out, "[req %016" PRIx64 "] ", request);
	logd_field(out, text);
	buf_addc(out, '\n');
}

void
logd_access(struct buf *out, const struct tm *tm, const struct access *ac)
{
	logd_time(out, tm);
	buf_addf(out, " %s: ", log_level_name(LOGL_INFO));
	logd_field(out, ac->ac_user == NULL ? LOGD_NOBODY : ac->ac_user);
	if (ac->ac_context != NULL) {
		buf_addz(out, " (");
		logd_field(out, ac->ac_context);
		buf_addc(out, ')');
	}
	buf_addc(out, ' ');
	logd_field(out, ac->ac_addr);
	buf_addz(out, " \"");
	logd_field(out, ac->ac_method);
	buf_addc(out, ' ');
	logd_field(out, ac->ac_path);
	buf_addz(out, "\" with parameters ");
	logd_object(out, ac->ac_params);
	buf_addz(out, " and body ");
	logd_object(out, ac->ac_body);
	buf_addz(out, " done in ");
	logd_took(out, ac->ac_took);
	buf_addf(out, ": %u\n", ac->ac_status);
}

/* What every record of api.json begins with, up to the value of payload. */
static void
logd_record(
    struct jsonw *j, const struct tm *tm, enum loglevel level, const char *type)
{
	struct buf when;

	buf_init(&when, 64);
	logd_time(&when, tm);
	jsonw_object(j);
	jsonw_key(j, "timestamp");
	jsonw_strn(j, (const char *)when.b_data, when.b_len);
	jsonw_key(j, "levelname");
	jsonw_str(j, log_level_name(level));
	jsonw_key(j, "data");
	jsonw_object(j);
	jsonw_key(j, "type");
	jsonw_str(j, type);
	jsonw_key(j, "payload");
	buf_free(&when);
}

static void
logd_record_end(struct jsonw *j)
{
	jsonw_object_end(j);
	jsonw_object_end(j);
	buf_addc(j->j_out, '\n');
}

static void
logd_put(struct jsonw *j, const char *key, const char *value)
{
	jsonw_key(j, key);
	jsonw_str(j, value);
}

static void
logd_put_object(struct jsonw *j, const char *key, const char *text)
{
	jsonw_key(j, key);
	if (text == NULL)
		jsonw_raw(j, "{}", 2);
	else if (logd_is_object(text, strlen(text)))
		jsonw_raw(j, text, strlen(text));
	else
		jsonw_str(j, text);
}

void
logd_access_json(struct buf *out, const struct tm *tm, const struct access *ac)
{
	struct buf tmp;
	struct jsonw j;

	jsonw_init(&j, out, false);
	logd_record(&j, tm, LOGL_INFO, "request");
	jsonw_object(&j);
	logd_put(&j, "user", ac->ac_user == NULL ? LOGD_NOBODY : ac->ac_user);
	logd_put(&j, "ip", ac->ac_addr);
	logd_put(&j, "http_method", ac->ac_method);
	buf_init(&tmp, 4 * LOGD_FIELD);
	buf_addf(&tmp, "%s %s", ac->ac_method, ac->ac_path);
	jsonw_key(&j, "uri");
	jsonw_strn(&j, (const char *)tmp.b_data, tmp.b_len);
	logd_put_object(&j, "parameters", ac->ac_params);
	logd_put_object(&j, "body", ac->ac_body);
	buf_reset(&tmp);
	logd_took(&tmp, ac->ac_took);
	jsonw_key(&j, "time");
	jsonw_strn(&j, (const char *)tmp.b_data, tmp.b_len);
	jsonw_key(&j, "status_code");
	jsonw_uint(&j, ac->ac_status);
	if (ac->ac_context != NULL)
		logd_put(&j, "hash_auth_context", ac->ac_context);
	jsonw_object_end(&j);
	logd_record_end(&j);
	buf_free(&tmp);
}

void
logd_note_json(
    struct buf *out, const struct tm *tm, enum loglevel level, const char *text)
{
	struct jsonw j;

	jsonw_init(&j, out, false);
	logd_record(&j, tm, level, "informative");
	jsonw_str(&j, text);
	logd_record_end(&j);
}
